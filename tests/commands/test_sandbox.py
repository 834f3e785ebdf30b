"""The robot as an administrator gets it: the installed files, started under the restrictions of facteur.service, with the
duties' own walls inside; hold, backup and the others beside it while it runs."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests" / "robot"))
from road import BEGIN, ROBOT, Road, clients, servers, wait_until  # noqa: E402

SANDBOX = TOP / "tests" / "commands" / "sandbox.py"
UNIT = TOP / "systemd" / "facteur.service"
UID = 64987
CONFIG = "/etc/facteur/facteur.conf"
PLACES = ("/etc/facteur", "/var/lib/facteur", "/run/credentials")
DUTIES = {f"facteur-{name}" for name in ("fetch", "clerk", "reader", "send", "web")}
tap = servers.Tap()


class Machine:
    """ROOT of the sandbox: what make install put there, and a configured house."""

    def __init__(self, road):
        self.road = road
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="facteur-root-"))
        self.robot = None
        done = subprocess.run(["make", "-C", TOP, "--no-print-directory", f"DESTDIR={self.root}", "install"], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        for place in PLACES:
            (self.root / place[1:]).mkdir(parents=True)
        credentials = self.root / "run/credentials/facteur.service"
        credentials.mkdir()
        for name in ("mailbox.password", "submission.password", "tokens.keys", "seal.keys", "label.keys"):
            shutil.copy(road.path(f"secrets/{name}"), credentials / name)
        shutil.copy(road.world.ca_file, self.root / "etc/facteur/ca.pem")
        (self.root / "etc/facteur/facteur.conf").write_text(self.settings())
        shutil.copytree(road.path("state"), self.root / "var/lib/facteur", dirs_exist_ok=True)
        for place in ("etc/facteur", "var/lib/facteur", "run/credentials"):
            subprocess.run(["chown", "-R", f"{UID}:{UID}", self.root / place], check=True)
        (self.root / "var/lib/facteur").chmod(0o700)
        self.root.chmod(0o755)

    def settings(self):
        with open(self.road.config, encoding="utf-8") as file:
            text = file.read()
        for key, value in (("password_file: secrets/mailbox", "password_file: /run/credentials/facteur.service/mailbox"),
                           ("password_file: secrets/submission", "password_file: /run/credentials/facteur.service/submission"),
                           (self.road.world.ca_file, "/etc/facteur/ca.pem")):
            text = text.replace(key, value)
        text += f"web:\n  listen: 127.0.0.1:{servers.free_port()}\n  base_url: https://stages.univ.example.org\n"
        text = re.sub(r"rules_dir: .*", "rules_dir: /usr/local/share/facteur/rules", text)
        return re.sub(r"templates_dir: .*", "templates_dir: /usr/local/share/facteur/mail_templates\n  state_dir: /var/lib/facteur\n"
                      "  keys_dir: /run/credentials/facteur.service", text)

    def command(self, *arguments, unit=UNIT):
        return ["/usr/bin/python3", str(SANDBOX), str(unit), str(self.root), str(UID), *map(str, arguments)]

    def run(self, *arguments, unit=UNIT):
        return subprocess.run(self.command(*arguments, unit=unit), capture_output=True, text=True, timeout=120, check=False)

    def facteur(self, name, *arguments, now=BEGIN):
        clock = ["--now", now] if now else []
        return self.run("/usr/local/bin/facteur", name, "--config", CONFIG, *clock, *arguments)

    def start(self, unit=UNIT):
        assert self.robot is None
        self.log = open(self.root / "log", "wb")  # pylint: disable=consider-using-with
        self.robot = subprocess.Popen(self.command("/usr/local/bin/facteur", "run", "--config", CONFIG, "--now", BEGIN, unit=unit),
                                      stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, start_new_session=True)

    def stop(self):
        self.robot.terminate()
        code = self.robot.wait(60)
        self.robot = None
        self.log.close()
        return code

    def said(self):
        return (self.root / "log").read_text(errors="replace")

    def close(self):
        if self.robot is not None:
            self.robot.kill()
            self.robot.wait()
        shutil.rmtree(self.root)


def status(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)


def family(pid):
    """{name: facts} of a process and all below it."""
    facts = status(pid)
    found = {facts["Name"]: facts}
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        for child in file.read().split():
            found.update(family(int(child)))
    return found


def probe(machine, code):
    """A line of Python in the sandbox: what it says."""
    done = machine.run("/usr/bin/python3", "-c", code)
    return done.stdout.strip() + done.stderr.strip()[-200:]


def check_walls(machine):
    for name, code, words in (
            ("no file of the system can be written", "open('/etc/hostname-not', 'w')", "Read-only file system"),
            ("no home", "import os; os.listdir('/root')", "Permission denied"),
            ("no process of others is seen", "import os; print('1' in os.listdir('/proc'), str(os.getpid()) in os.listdir('/proc'))", "False True"),
            ("a user of its own, without rights", "import os; print(os.getuid(), open('/proc/self/status').read().split('CapEff:')[1].split()[0])", f"{UID} 0000000000000000"),
            ("no memory that is written and run", "import mmap; mmap.mmap(-1, 4096, prot=7)", "Operation not permitted"),
            ("no socket but of the net", "import socket; socket.socket(16, 3, 0)", "Operation not permitted"),
            ("no new namespace", "import ctypes, os; c = ctypes.CDLL(None, use_errno=True); print(c.unshare(0x20000), ctypes.get_errno())", "-1 1"),
            ("no mount", "import ctypes; c = ctypes.CDLL(None, use_errno=True); print(c.mount(b'x', b'/tmp', b'tmpfs', 0, None), ctypes.get_errno())", "-1 1"),
            ("the state can be written", "open('/var/lib/facteur/x', 'w'); import os; os.remove('/var/lib/facteur/x'); print('well')", "well")):
        with tap.case(f"the sandbox: {name}"):
            said = probe(machine, code)
            assert words in said, said


def check_robot(machine, road):
    with tap.case("ExecStartPre: the installed rules are well"):
        done = machine.facteur("check", now=None)
        assert done.returncode == 0, done.stdout + done.stderr
    with tap.case("it starts, and every duty is at work"):
        machine.start()
        wait_until(lambda: DUTIES <= set(family(machine.robot.pid)), 30, machine.said)
        wait_until(lambda: "fetch    mailbox read" in machine.facteur("status").stdout, 30, machine.said)
    with tap.case("the duties' own filters and walls stand inside the unit's"):
        facts = family(machine.robot.pid)
        outer = int(facts["facteur"]["Seccomp_filters"])
        for name in DUTIES:
            assert int(facts[name]["Seccomp_filters"]) > outer, (name, facts[name]["Seccomp_filters"], outer)
            assert facts[name]["NoNewPrivs"] == "1" and facts[name]["CapEff"].strip("0") == "" and facts[name]["Uid"].split()[0] == str(UID)
        here = {line.split("reason=")[0] for line in machine.said().splitlines() if "wall-missing" in line}
        assert here <= missing_outside(road), here
    with tap.case("mail goes out, comes in, and is decided"):
        wait_until(lambda: road.mails("manager"), 30, machine.said)
        road.answer("manager", clients.IPHONE, road.mails("manager")[-1], "Oui, je valide", BEGIN)
        wait_until(lambda: "2027-0001" in machine.facteur("case", "list").stdout and "record_validation" not in machine.facteur("case", "list").stdout,
                   40, lambda: machine.said() + machine.facteur("case", "list").stdout)
        wait_until(lambda: len(road.mails("tutor")) > 0, 30, machine.said)  # a document was drawn on the way


def missing_outside(road):
    """What this kernel has not, whoever asks."""
    road.start(now=BEGIN)
    road.wait_said("duty=send")
    wait_until(lambda: "fetch    mailbox read" in road.run("status", now=BEGIN).stdout, 20, road.said)
    assert road.stop() == 0
    return {line.split("reason=")[0] for line in road.said().splitlines() if "wall-missing" in line}


def check_beside(machine, road):
    with tap.case("hold while it runs: mails wait; release: they go"):
        assert machine.facteur("hold", "déménagement").returncode == 0
        before = len(road.mails("manager"))
        road.world.submit(clients.IPHONE.reply(road.mails("manager")[-1], "SUIVI", "Claire Moreau <claire.moreau@univ.example.org>", clients.at(BEGIN)),
                          "claire.moreau@univ.example.org", [ROBOT])
        wait_until(lambda: " 0 waiting, 0 held" in machine.facteur("status").stdout.replace("inbox    ", " "), 30, machine.said)
        assert "HELD since" in machine.facteur("status").stdout and len(road.mails("manager")) == before
        assert machine.facteur("release").returncode == 0
    with tap.case("backup and restore --verify while it runs"):
        done = machine.facteur("backup", "/var/lib/facteur/backup")
        assert done.returncode == 0, done.stderr
        done = machine.run("/usr/local/bin/facteur", "restore", "--verify", "/var/lib/facteur/backup")
        assert done.returncode == 0 and "0 faults" in done.stdout, done.stdout + done.stderr
    with tap.case("audit while it runs, and a clean end"):
        assert machine.facteur("audit").returncode == 0
        assert machine.stop() == 0, machine.said()
        assert "was stopped on" in machine.facteur("status").stdout


def check_without_its_line(machine):
    """The line of the unit that names seccomp and landlock is needed: without it the walls fall, and are missed."""
    text = UNIT.read_text()
    unit = machine.root / "weaker.service"
    unit.write_text(re.sub(r"^SystemCallFilter=seccomp .*\n", "", text, flags=re.M))
    assert unit.read_text() != text
    with tap.case("without the unit's line for them the walls are missing, and it says so"):
        machine.start(unit=unit)
        wait_until(lambda: "wall-missing" in machine.said(), 30, machine.said)
        machine.stop()


def main():
    if os.geteuid() != 0 or shutil.which("systemd-analyze") is None or subprocess.run(["unshare", "-m", "true"], check=False).returncode != 0:
        tap.skip("started under the unit's restrictions", "it takes root, namespaces and systemd-analyze")
        tap.finish()
    made = [place for place in PLACES if not os.path.exists(place)]
    try:
        with Road() as road:
            road.import_cases(1)
            machine = Machine(road)
            try:
                check_walls(machine)
                check_robot(machine, road)
                check_beside(machine, road)
                check_without_its_line(machine)
            finally:
                machine.close()
    finally:
        for place in made:
            os.rmdir(place)
    tap.finish()


main()
