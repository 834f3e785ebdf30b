"""A robot with its house beside a private mail world: what the tests of the road share.

    with Road() as road:
        road.import_cases(1)
        road.once("2027-03-01T09:00:00+01:00")
        mail = road.mails("tutor")[-1]
        road.answer("tutor", clients.IPHONE, mail, "Oui, je valide", "2027-03-02T10:00:00+01:00")
"""
import datetime
import email
import json
import os
import sqlite3
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests"))
import clients  # noqa: E402
import servers  # noqa: E402

FACTEUR = os.path.join(ROOT, os.environ.get("FACTEUR", "build/plain/facteur"))
IS_SANITIZED = "sanitized" in FACTEUR
ROBOT = "stages@univ.example.org"
PEOPLE = {
    "student": ("Lina Haddad", "lina@etu.example.org"),
    "tutor": ("Paul Girard", "paul.girard@univ.example.org"),
    "company": ("Mark Lefevre", "m.lefevre@rhone.example.com"),
    "manager": ("Claire Moreau", "claire.moreau@univ.example.org"),
    "head": ("Ines Ben Salah", "ines.bensalah@univ.example.org"),
}
HEADER = ("reference,language,country,student_name,student_email,academic_tutor_name,academic_tutor_email,"
          "company_tutor_name,company_tutor_email,internship_manager_name,internship_manager_email,"
          "programme_head_name,programme_head_email,organisation,subject,start,end,step")
BEGIN = "2027-02-01T09:00:00+01:00"
DONE, REVIEW, QUARANTINE, RETRY = ("Facteur/Traités", "Facteur/À voir", "Facteur/Quarantaine", "Facteur/À retraiter")


def row(number):
    """One case; from the second on everybody is somebody else, so that no cap is crossed."""
    mark = f"{number}." if number > 1 else ""
    people = ",".join(f"{name},{mark}{address}" for name, address in PEOPLE.values())
    return f"2027-{number:04d},fr,fr,{people},Ateliers du Rhône,Suivi qualité,2027-03-01,2027-07-30,record_validation"


class Road:
    def __init__(self, settings="", password="secret", **world):
        users = {address: "secret" for _, address in PEOPLE.values()}
        users[ROBOT] = "secret"
        self.world = servers.World(users, **world)
        self.folder = os.path.join(self.world.folder, "house")
        self.config = os.path.join(self.folder, "facteur.conf")
        self.daemon = None
        try:
            self.run("init", self.folder, bare=True).check_returncode()
            self.configure(settings)
            for name in ("mailbox", "submission"):
                self.write(f"secrets/{name}.password", password)
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self.daemon is not None:
            self.daemon.kill()
            self.daemon.wait()
        self.world.close()

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(self.path(name), 0o600)
        return self.path(name)

    def configure(self, settings="", rules=None):
        """settings: more lines, as `section.key: value`."""
        with open(self.config, encoding="utf-8") as file:
            instance = next(line for line in file if "instance:" in line).split(":")[1].strip()
        values = {
            "robot.instance": instance, "robot.address": ROBOT, "robot.reply_to": "stages+%t@univ.example.org",
            "robot.display_name": "Stages (robot)", "robot.institution": "Université d'Exemple",
            "mailbox.host": self.world.host, "mailbox.port": self.world.imaps_port, "mailbox.user": ROBOT,
            "mailbox.password_file": "secrets/mailbox.password", "mailbox.ca_file": self.world.ca_file,
            "mailbox.trusted_authserv": self.world.authserv,
            "submission.host": self.world.host, "submission.port": self.world.smtps_port, "submission.user": ROBOT,
            "submission.password_file": "secrets/submission.password", "submission.ca_file": self.world.ca_file,
            "paths.rules_dir": rules or os.path.join(ROOT, "rules"),
            "paths.templates_dir": os.path.join(ROOT, "mail_templates"),
        }
        for line in settings.strip().splitlines():
            key, value = line.strip().split(": ", 1)
            values[key] = value
        sections = {}
        for key, value in values.items():
            section, name = key.split(".")
            sections.setdefault(section, []).append(f"  {name}: {value}\n")
        self.write("facteur.conf", "".join(f"{section}:\n" + "".join(lines) for section, lines in sections.items()))

    # commands

    def command(self, name, *arguments, now=None):
        return [FACTEUR, name, "--config", self.config] + (["--now", now] if now else []) + list(arguments)

    def run(self, name, *arguments, now=None, bare=False, seconds=120):
        command = [FACTEUR, name, *arguments] if bare else self.command(name, *arguments, now=now)
        return subprocess.run(command, capture_output=True, text=True, timeout=seconds)

    def import_cases(self, count=1, now=BEGIN):
        path = self.write("table.csv", HEADER + "\n" + "\n".join(row(number + 1) for number in range(count)) + "\n")
        done = self.run("import", path, now=now)
        assert done.returncode == 0, done.stderr
        return done

    def once(self, now=BEGIN, *arguments, code=0):
        done = self.run("run", "--once", *arguments, now=now)
        assert done.returncode == code, f"exit {done.returncode}: {done.stderr}"
        return done

    def start(self, *arguments, now=None, log=None):
        """`facteur run`, until stop(). Its log is a file."""
        self.log = log or self.path("log")
        with open(self.log, "ab") as file:
            self.daemon = subprocess.Popen(self.command("run", *arguments, now=now), stdin=subprocess.DEVNULL,
                                           stdout=file, stderr=file, start_new_session=True)
        return self.daemon

    def stop(self, seconds=40):
        self.daemon.terminate()
        code = self.daemon.wait(seconds)
        self.daemon = None
        return code

    def said(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def wait_said(self, words, seconds=20):
        wait_until(lambda: words in self.said(), seconds, lambda: f"`{words}` is not in:\n{self.said()}")

    # people

    def mails(self, who):
        """Of ours that lie in somebody's mailbox, oldest first, as bytes."""
        return self.world.messages(PEOPLE[who][1])

    def answer(self, who, program, mail, typed, now, to=None):
        """Through the border, logged in, as a mail program does. Gives the bytes."""
        name, address = PEOPLE[who]
        raw = program.reply(mail, typed, f"{name} <{address}>", clients.at(now), to=to)
        recipient = email.message_from_bytes(raw)["To"]
        self.world.submit(raw, address, [email.utils.parseaddr(recipient)[1]])
        return raw

    def stamp(self, author):
        """What the border writes on top: for mail that is put straight into the mailbox."""
        name, domain = self.world.authserv, author.partition("@")[2]
        return (f"Return-Path: <{author}>\r\nDelivered-To: {ROBOT}\r\n"
                f"Authentication-Results: {name};\r\n\tspf=pass smtp.mailfrom={author};\r\n"
                f"\tdmarc=pass (p=none) header.from={domain}\r\n"
                f"Received: from mail.example.net (unknown [192.0.2.1])\r\n\tby {name} (Border) with ESMTP id 1\r\n"
                f"\tfor <{ROBOT}>; Mon, 01 Feb 2027 10:00:00 +0100\r\n").encode()

    def box(self, name="INBOX"):
        return self.world.messages(ROBOT, name)

    # the database, looked at from outside

    def rows(self, sql, *values):
        with sqlite3.connect(f"file:{self.path('state/facteur.db')}?mode=ro", uri=True) as database:
            return database.execute(sql, values).fetchall()

    def value(self, sql, *values):
        return self.rows(sql, *values)[0][0]

    def set_position(self, last_uid):
        """As if the mailbox had been read that far."""
        database = sqlite3.connect(self.path("state/facteur.db"))
        with database:
            database.execute("UPDATE mailboxes SET last_uid = ?", (last_uid,))
        database.close()

    def case(self, number=1):
        done = self.run("case", "show", f"2027-{number:04d}", "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def step(self, key, number=1):
        return next(step for step in self.case(number)["steps"] if step["key"] == key)

    def audit(self):
        done = self.run("audit")
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def wait_until(is_so, seconds=20, explain=lambda: "it did not happen"):
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError(explain())
        time.sleep(0.02)


def later(now, **delta):
    """`2027-03-01T09:00:00+01:00` so many days=, hours= on."""
    return (datetime.datetime.fromisoformat(now) + datetime.timedelta(**delta)).isoformat()
