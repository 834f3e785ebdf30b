"""make install and uninstall, and the units: what an administrator gets."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import servers  # noqa: E402

TOP = pathlib.Path(__file__).resolve().parents[2]
EXPOSURE = 1.2  # of 10, as systemd counts it
tap = servers.Tap()


def run(*command, **others):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, **others)


def files(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}


with tempfile.TemporaryDirectory() as root:
    root = pathlib.Path(root)
    made = ("make", "-C", TOP, "--no-print-directory", f"DESTDIR={root}")
    with tap.case("make install: program, manual, rules, templates, units"):
        done = run(*made, "install")
        assert done.returncode == 0, done.stderr
        there = files(root)
        for wanted in ("usr/local/bin/facteur", "usr/local/share/man/man1/facteur.1",
                       "usr/local/share/man/man5/facteur.conf.5", "usr/local/share/facteur/rules/semsem-stages.yaml",
                       "usr/local/lib/systemd/system/facteur.service"):
            assert wanted in there, wanted
    with tap.case("the installed program checks the installed rules"):
        share = root / "usr/local/share/facteur"
        facteur = root / "usr/local/bin/facteur"
        assert run(facteur, "init", root / "house").returncode == 0
        config = root / "house/facteur.conf"
        text = config.read_text()
        text = re.sub(r"(# )?rules_dir: .*", f"rules_dir: {share}/rules", text)
        text = re.sub(r"(# )?templates_dir: .*", f"templates_dir: {share}/mail_templates", text)
        for name, value in (("address", "robot@univ.example.org"), ("reply_to", "robot+%t@univ.example.org"),
                            ("host", "mail.univ.example.org"), ("institution", "Université"), ("user", "robot"),
                            ("base_url", "https://stages.univ.example.org")):
            text = re.sub(rf"^  {name}: CHANGE-ME", f"  {name}: {value}", text, flags=re.M)
        config.write_text(text)
        for secret in ("mailbox.password", "submission.password"):
            path = root / "house/secrets" / secret
            path.write_text("secret\n")
            path.chmod(0o600)
        done = run(facteur, "check", "--config", config)
        assert done.returncode == 0, done.stdout + done.stderr
    with tap.case("another PREFIX builds the objects again, the same one does not"):
        # a room's object that names a folder below PREFIX, built apart from everybody's
        made_object = root / "objects/src/base/config.o"
        build = ("make", "-C", TOP, "--no-print-directory", f"BUILD={root}/objects", made_object)
        times = []
        for prefix in ("/first", "/second", "/second"):
            done = run(*build, f"PREFIX={prefix}")
            assert done.returncode == 0, done.stderr
            assert f"{prefix}/share/facteur".encode() in made_object.read_bytes(), prefix
            times.append(made_object.stat().st_mtime_ns)
        assert times[1] != times[0] and times[2] == times[1], times
    with tap.case("make uninstall leaves nothing"):
        assert run(*made, "uninstall").returncode == 0
        left = {name for name in files(root) if not name.startswith(("house/", "objects/"))}
        assert left == set(), left

with tap.case("the units start what is installed, as a user of their own"):
    for unit in TOP.glob("systemd/*.service"):
        for program in re.findall(r"^Exec\w+=(\S+)", unit.read_text(), re.M):
            assert program == "/usr/local/bin/facteur" or os.path.exists(program), f"{unit.name}: {program}"

with tap.case(f"the unit's sandbox: an exposure of {EXPOSURE} or less"):
    done = run("systemd-analyze", "security", "--offline=true", "--no-pager", TOP / "systemd/facteur.service")
    score = re.search(r"exposure level for facteur.service: ([0-9.]+)", done.stdout)
    assert score, done.stderr
    print(f"# exposure {score[1]}", flush=True)
    assert float(score[1]) <= EXPOSURE

tap.finish()
