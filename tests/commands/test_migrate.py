"""facteur migrate-cases: told first, refused with the mend, done in one transaction; the robot goes on by the new rules."""
import email.header
import os
import shutil
import sqlite3
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "robot"))
from road import BEGIN, ROOT, Road, clients, later, servers  # noqa: E402

tap = servers.Tap()
STATE = "SELECT (SELECT count(*) FROM journal), (SELECT count(*) FROM outbox), (SELECT count(*) FROM procedures)"
SAFETY = """  safety:
    label: {fr: Consignes de sécurité, en: Safety instructions, ar: تعليمات السلامة}
    role: student
    act: acknowledge
    form: record
    weight: light
    after: [record_validation]
    due: {working_days: 5}
    label_required: yes
    mails:
      - {on: opened, mail: MAIL, to: actor}

"""
STARTED = "  started:\n    number: S07\n"
DUE = "    after: [record]\n    due: {working_days: 5}\n"


def changed_rules(road, name, *changes):
    folder = road.path(name)
    shutil.copytree(os.path.join(ROOT, "rules"), folder)
    path = os.path.join(folder, "semsem-stages.yaml")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return folder


with Road() as road:
    road.import_cases(3)
    road.once(BEGIN)
    now = later(BEGIN, days=1)
    road.answer("manager", clients.IPHONE, road.mails("manager")[0], "VALIDER", now)
    road.once(now)
    rules = changed_rules(road, "rules-2", (STARTED, SAFETY.replace("MAIL", "midterm_to_acknowledge") + STARTED),
                          (DUE, DUE.replace("5", "10")))
    before, old = road.rows(STATE), road.value("SELECT hash FROM procedures")

    with tap.case("nothing to move while the rules are the same"):
        done = road.run("migrate-cases", now=now)
        assert done.stdout == "nothing to move: 3 cases are over, or by this version already\n", done.stdout + done.stderr

    with tap.case("what would change is told, cases that change alike together; nothing is done"):
        done = road.run("migrate-cases", "--rules", rules, now=now)
        assert done.returncode == 0, done.stderr
        for line in (" of semsem-stages\n  step `safety` is new, for student, required\n",
                     "\n1 case (2027-0001), from version " + old[:12] + ":\n  `safety` opens for student, due in 7 days\n"
                     "  mail `midterm_to_acknowledge` to student about safety\n",
                     "\n2 cases (2027-0002 2027-0003), from version " + old[:12] + ":\n  `record_validation` is due +7 days\n",
                     "\nnothing was moved yet: say --yes to move 3 cases\n"):
            assert line in done.stdout, done.stdout
        assert road.rows(STATE) == before

    with tap.case("what cannot be mapped is refused with the mend, and nothing is moved"):
        other = changed_rules(road, "rules-4", ("procedure: semsem-stages\n", "procedure: other-stages\n"))
        done = road.run("migrate-cases", "--rules", other, "--yes", now=now)
        assert done.returncode == 1, done.stdout
        assert ("case 2027-0001 cannot move: it goes through `semsem-stages`, and the other version is of `other-stages`: "
                "name the rules of the same procedure\n") in done.stderr, done.stderr
        done = road.run("migrate-cases", "--rules", rules, "--cases", "2027-0001, 2027-0099,", "--yes", now=now)
        assert done.returncode == 1 and done.stderr.startswith("there is no case 2027-0099"), done.stderr
        broken = changed_rules(road, "rules-5", ("    after: [record]\n", "    after: [recrod]\n"))
        done = road.run("migrate-cases", "--rules", broken, now=now)
        assert done.returncode == 78 and "semsem-stages.yaml:" in done.stderr, done.stderr
        assert road.rows(STATE) == before

    with tap.case("all or nothing: a mail without its words moves no case"):
        wordless = changed_rules(road, "rules-6", (STARTED, SAFETY.replace("MAIL", "safety_to_read") + STARTED))
        done = road.run("migrate-cases", "--rules", wordless, "--yes", now=now)
        assert done.returncode == 1 and "nothing was moved" in done.stderr and "safety_to_read" in done.stderr, done.stderr
        assert road.rows(STATE) == before

    with tap.case("--yes moves them, each with its journal entry; the chain and the state hold"):
        done = road.run("migrate-cases", "--rules", rules, "--yes", now=now)
        assert done.returncode == 0 and done.stdout.endswith("\n3 cases moved\n"), done.stdout + done.stderr
        assert road.value("SELECT count(*) FROM journal WHERE kind = 'migrated'") == 3
        assert road.value("SELECT count(DISTINCT procedure) FROM cases") == 1
        assert road.value("SELECT procedure FROM cases LIMIT 1") != old
        assert road.value("SELECT count(*) FROM outbox WHERE template = 'midterm_to_acknowledge'") == 1
        assert ", 0 faults;" in road.run("audit").stdout

    with tap.case("moved back, the new step ends, and its mail that waits is not sent"):
        new = road.value("SELECT procedure FROM cases LIMIT 1")
        queued = "SELECT state FROM outbox WHERE template = 'midterm_to_acknowledge' ORDER BY id"
        back = os.path.join(ROOT, "rules")
        done = road.run("migrate-cases", "--rules", back, "--cases", "2027-0001", now=now)
        assert "  `safety` ends: its step is gone\n" in done.stdout, done.stdout
        road.run("migrate-cases", "--rules", back, "--cases", "2027-0001", "--yes", now=now).check_returncode()
        assert road.rows(queued) == [("cancelled",)], road.rows(queued)
        road.run("migrate-cases", "--rules", rules, "--yes", now=now).check_returncode()
        assert road.rows(queued) == [("cancelled",), ("queued",)], road.rows(queued)
        assert ", 0 faults;" in road.run("audit").stdout

    with tap.case("a version that this facteur cannot read any more holds nobody up"):
        with sqlite3.connect(road.path("state/facteur.db")) as database:
            kept = database.execute("SELECT source FROM procedures WHERE hash = ?", (new,)).fetchone()[0]
            database.execute("UPDATE procedures SET source = ? WHERE hash = ?", (b"no rules", new))
        done = road.run("migrate-cases", "--rules", back, "--cases", "2027-0003", now=now)
        assert "  its version cannot be read any more: deadlines stay\n" in done.stdout, done.stdout + done.stderr
        road.run("migrate-cases", "--rules", back, "--cases", "2027-0003", "--yes", now=now).check_returncode()
        with sqlite3.connect(road.path("state/facteur.db")) as database:
            database.execute("UPDATE procedures SET source = ? WHERE hash = ?", (kept, new))
        assert ", 0 faults;" in road.run("audit").stdout
        road.run("migrate-cases", "--rules", rules, "--yes", now=now).check_returncode()

    road.configure(rules=rules)
    with tap.case("once more there is nothing to move"):
        assert road.run("migrate-cases", "--yes", now=now).stdout.startswith("nothing to move: 3 cases"), now

    with tap.case("the robot goes on: the new step is asked, answered, done"):
        now = later(now, hours=1)
        road.once(now)
        asked = road.mails("student")[-1]
        subject = str(email.header.make_header(email.header.decode_header(email.message_from_bytes(asked)["Subject"])))
        assert "Consignes de sécurité" in subject, subject
        now = later(now, hours=1)
        road.answer("student", clients.GMAIL, asked, "ACCUSER RÉCEPTION", now)
        road.once(now)
        assert road.step("safety")["state"] == "done", road.case()
        assert ", 0 faults;" in road.run("audit").stdout

    with tap.case("some without the others, and back: what is gone ends"):
        done = road.run("migrate-cases", "--rules", os.path.join(ROOT, "rules"), "--cases", "2027-0002", "--yes", now=now)
        assert done.returncode == 0 and done.stdout.endswith("\n1 case moved\n"), done.stdout + done.stderr
        assert road.value("SELECT count(*) FROM cases WHERE procedure = ?", old) == 1
        assert ", 0 faults;" in road.run("audit").stdout
tap.finish()
