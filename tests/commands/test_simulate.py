"""facteur simulate: a year of invented cases, without clock, network or database; the same seed, the same words."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve()
sys.path.insert(0, str(HERE.parents[1]))

import servers  # noqa: E402

TOP = HERE.parents[2]
FACTEUR = TOP / os.environ.get("FACTEUR", "build/plain/facteur")
PLAIN = TOP / os.environ.get("FACTEUR_PLAIN", "build/plain/facteur")
tap = servers.Tap()


def simulate(*arguments, program=FACTEUR, **others):
    # nowhere to find a facteur.conf, and the root folder is nobody's to write to
    return subprocess.run([str(program), "simulate", *map(str, arguments)], capture_output=True, text=True, check=False,
                          cwd="/", **others)


def figure(text, name):
    return int(re.search(rf"^ *{name} +(\d+)", text, re.M).group(1))


with tap.case("the shipped procedure: every promise is kept, and the figures add up"):
    first = simulate("--cases", 40, "--seed", 11)
    assert first.returncode == 0 and first.stderr == "", first.stderr
    assert first.stdout.endswith("every promise was kept\n"), first.stdout
    told = [int(count) for count in re.findall(r"^  \S+ +(\d+) +\d+ +[\d.]+ +\d+ +\d+$", first.stdout, re.M)]
    assert sum(told) == figure(first.stdout, "mails"), first.stdout
    labels = first.stdout.split("labels")[1]
    assert sum(figure(labels, name) for name in ("awarded", "not awarded", "open")) == 40

with tap.case("the same seed says the same, whatever the clock and the place; another one another"):
    elsewhere = dict(os.environ, TZ="Pacific/Auckland", LC_ALL="C")
    assert simulate("--cases", 40, "--seed", 11, env=elsewhere).stdout == first.stdout
    assert simulate("--cases", 40, "--seed", 12).stdout != first.stdout

with tap.case("no network, no file written"):
    calls = "/tmp/facteur-simulate-calls" if not os.environ.get("TMPDIR") else os.environ["TMPDIR"] + "/calls"
    done = subprocess.run(["strace", "-f", "-o", calls, "-e", "trace=network,openat", str(PLAIN),
                           "simulate", "--cases", "3"], capture_output=True, text=True, check=False, cwd="/")
    assert done.returncode == 0, done.stderr
    seen = pathlib.Path(calls).read_text()
    os.unlink(calls)
    assert not re.search(r"socket\(|connect\(|O_WRONLY|O_RDWR|O_CREAT", seen), seen

with tap.case("one life is told"):
    life = simulate("--case", 7, "--seed", 11).stdout
    assert " begin record\n" in life and "\nmail record_to_validate to " in life and "\nrule " in life, life

with tempfile.TemporaryDirectory() as rules:
    for path in ("rules/calendars.yaml", "rules/words.yaml", "tests/procedure/leave/leave.yaml"):
        shutil.copy(TOP / path, rules)
    with tap.case("another procedure: leave"):
        done = simulate("--rules", rules, "--procedure", "leave.yaml", "--cases", 100)
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith("procedure leave ") and "labels" not in done.stdout, done.stdout
    with tap.case("rules with a fault are refused, with the place"):
        text = (TOP / "tests/procedure/leave/leave.yaml").read_text()
        pathlib.Path(rules, "leave.yaml").write_text(text.replace("after: [approval]", "after: [aproval]", 1))
        done = simulate("--rules", rules, "--procedure", "leave.yaml")
        assert done.returncode == 78 and re.search(r"leave\.yaml:\d+:\d+: ", done.stderr), done.stderr

with tap.case("memory does not grow with the cases"):
    def memory(cases):
        process = subprocess.Popen([str(PLAIN), "simulate", "--cases", str(cases)], stdout=subprocess.DEVNULL, cwd="/")
        return os.wait4(process.pid, 0)[2].ru_maxrss
    few, many = memory(20), memory(300)
    assert many < few + 2048, (few, many)

with tap.case("odd numbers are refused"):
    for words in (("--cases", 0), ("--days", -1), ("--seed", -3), ("a",)):
        assert simulate(*words).returncode == 64, words
tap.finish()
