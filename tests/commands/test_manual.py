"""The manual pages name what there is, no more and no less, and are set without a complaint."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve()
sys.path.insert(0, str(HERE.parents[1]))

import yaml  # noqa: E402

import servers  # noqa: E402

TOP = HERE.parents[2]
FACTEUR = TOP / os.environ.get("FACTEUR", "build/plain/facteur")
tap = servers.Tap()
ANY = "what init chose"


def page(name):
    return (TOP / "docs" / name).read_text()


def tags(text, macro=".It"):
    """The words of the headings of a list."""
    lines = [line for line in text.splitlines() if line.startswith((macro, ".Cm "))]
    return set(re.findall(r"[A-Za-z_]{2,}", " ".join(lines)))


def run(*command):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)


with tap.case("the pages are set without a complaint"):
    for name in ("facteur.1", "facteur.conf.5", "facteur-rules.5"):
        done = run("groff", "-k", "-mandoc", "-Tutf8", "-ww", "-z", str(TOP / "docs" / name))
        assert done.returncode == 0 and done.stderr == "", done.stderr

with tap.case("facteur.1 has every command with its options, and no other"):
    there = set(re.findall(r"^  ([a-z-]+) ", run(FACTEUR, "help").stdout, re.M))
    described = set(re.findall(r"^\.It Cm ([a-z-]+)", page("facteur.1"), re.M))
    assert there == described, there ^ described
    for command in sorted(there - {"demo", "read"}):
        options = set(re.findall(r"--([a-z]+)", run(FACTEUR, command, "--help").stdout))
        for option in options - {"help", "config", "now"}:
            item = re.findall(rf"^\.It Cm {command}.*(?:\n(?!\.It).*)*", page("facteur.1"), re.M)
            assert f"Fl -{option}" in "\n".join(item), f"{command} --{option}"

with tap.case("facteur.conf.5 has every setting with its value, and no other"):
    with tempfile.TemporaryDirectory() as folder:
        assert run(FACTEUR, "init", folder + "/house").returncode == 0
        written = pathlib.Path(folder, "house", "facteur.conf").read_text()
    there, described = set(), set()
    for part in re.split(r"^(?=\w+:$)", written, flags=re.M)[1:]:  # each setting follows its line of explanation
        for is_default, name, value in re.findall(r"^  # .*\n  (# )?(\w+): ?(.*)$", part, re.M):
            there.add((part.split(":")[0], name, value if is_default else ANY))
    for part in re.split(r"^\.Ss ", page("facteur.conf.5"), flags=re.M)[1:]:
        for name, value in re.findall(r"^\.It Cm (\w+)(?: No = Ar (.*))?$", part, re.M):
            described.add((part.split("\n")[0], name, value))
    there = {entry if entry[2] != ANY else (*entry[:2], dict((d[:2], d[2]) for d in described).get(entry[:2], ANY))
             for entry in there}
    assert there == described, there ^ described

with tap.case("facteur-rules.5 has every key of the shipped rules"):
    rules = page("facteur-rules.5")
    named = set(re.findall(r"[a-z_]{2,}", " ".join(line for line in rules.splitlines() if line.startswith((".It", ".Cm", ".Po")))))
    procedure = yaml.safe_load((TOP / "rules/semsem-stages.yaml").read_text())
    keys = set(procedure) - {"forms", "words", "steps", "calendars"}
    for step in procedure["steps"].values():
        keys |= {str(key) for key in step}
        for entry in step.get("mails", []) + [answer for answer in step.get("answers", [])]:
            keys |= {"on" if key is True else str(key) for key in entry}
    for source in (TOP / "rules/semsem-stages").glob("*.yaml"):
        for form in yaml.safe_load(source.read_text())["forms"].values():
            keys |= set(form)
            for field in form.get("fields", []):
                keys |= set(field) | {field["kind"]}
    assert keys - named == set(), keys - named

tap.finish()
