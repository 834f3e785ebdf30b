"""facteur run --once over real mail: a whole exchange, folders that people drag mails about in, and bad days."""
import datetime
import re
import sqlite3
import time

from road import (DONE, FACTEUR, QUARANTINE, RETRY, REVIEW, ROBOT, Road, clients, email, later,
                  os, servers, subprocess)

import border as border_module  # road.py knows where

tap = servers.Tap()
ROWS = "SELECT state, outcome, folder FROM inbox WHERE door = 'mailbox' ORDER BY id"


def subject(raw):
    message = email.message_from_bytes(raw, policy=email.policy.default)
    return str(message["Subject"])


def check_exchange(road):
    now = "2027-02-01T10:00:00+01:00"
    with tap.case("the first mail goes, once"):
        road.import_cases()
        road.once(now)
        road.once(now)
        assert len(road.mails("manager")) == 1, [subject(raw) for raw in road.mails("manager")]
    with tap.case("an iPhone's answer is decided, receipted and moved"):
        now = "2027-02-02T10:00:00+01:00"
        road.answer("manager", clients.IPHONE, road.mails("manager")[0], "VALIDER", now)
        road.once(now)
        assert road.step("record_validation")["state"] == "done", road.run("case", "show", "2027-0001").stdout
        assert road.rows(ROWS) == [("decided", "applied", "done")]
        assert road.box() == [] and len(road.box(DONE)) == 1
        receipt = road.mails("manager")[-1]
        assert b"ANNULER" in email.message_from_bytes(receipt).get_payload(0).get_payload(decode=True)
    with tap.case("nothing is left to do"):
        before = road.value("SELECT count(*) FROM journal")
        road.once(now)
        assert road.value("SELECT count(*) FROM journal") == before
        assert road.value("SELECT count(*) FROM outbox WHERE state <> 'sent'") == 0
    with tap.case("time opens the mid-term report, reminds and stays quiet between"):
        for day in range(1, 160, 3):
            road.once(later(now, days=day))
        assert road.step("midterm_report")["state"] in ("open", "overdue"), road.step("midterm_report")
        assert len(road.mails("student")) >= 2
        assert 1 <= road.value("SELECT max(reminders) FROM tasks") <= 3
    with tap.case("the journal is whole"):
        road.audit()


def check_folders(road):
    now = "2027-02-01T10:00:00+01:00"
    road.once(now)
    with tap.case("an old mailbox: what lies there stays untouched"):
        assert road.value("SELECT count(*) FROM inbox WHERE door = 'mailbox'") == 0
        assert len(road.box()) == 1
    with tap.case("a stranger's words wait for staff"):
        road.world.arrive(servers.message("who@elsewhere.example.net", ROBOT, "stage", "Bonjour, une question ?\r\n"),
                          "who@elsewhere.example.net", [ROBOT])
        road.once(now)
        assert road.rows(ROWS) == [("decided", "held", "review")]
        assert len(road.box(REVIEW)) == 1
        assert road.value("SELECT mailbox FROM inbox WHERE door = 'mailbox'") == REVIEW
    with tap.case("dragged to the retry folder it is read again"):
        with road.world.mailbox(ROBOT, REVIEW) as mailbox:
            mailbox.move(mailbox.uids()[0], RETRY)
        done = road.once(now)
        assert "message-again" in done.stderr, done.stderr
        assert road.value("SELECT count(*) FROM inbox WHERE door = 'mailbox'") == 1
        assert road.box(RETRY) == [] and len(road.box(REVIEW)) == 1
    with tap.case("taken out of the review folder it is no longer in the digest"):
        with road.world.mailbox(ROBOT, REVIEW) as mailbox:
            mailbox.move(mailbox.uids()[0], DONE)
        done = road.once(now)
        assert "message-reviewed" in done.stderr, done.stderr
        assert road.rows("SELECT outcome, rule, reviewed_at > 0 FROM inbox WHERE door = 'mailbox'") == [
            ("ignored", "a person took it out of its folder", 1)]
    with tap.case("a mail that was never seen, dragged to the retry folder, is read"):
        with road.world.mailbox(ROBOT) as mailbox:
            mailbox.move(mailbox.uids()[0], RETRY)
        road.once(now)
        assert road.value("SELECT count(*) FROM inbox WHERE door = 'mailbox' AND state = 'decided'") == 2
        assert road.box(RETRY) == []
    with tap.case("a folder that somebody removed is made again"):
        with road.world.mailbox(ROBOT) as mailbox:
            mailbox.imap.delete('"' + servers.folder_to_wire(RETRY) + '"')
        road.once(now)
        assert RETRY in road.world.folders(ROBOT)
    with tap.case("read or unread does not matter"):
        road.world.deliver(ROBOT, servers.message("x@elsewhere.example.net", ROBOT))
        with road.world.mailbox(ROBOT) as mailbox:
            mailbox.imap.uid("STORE", str(mailbox.uids()[-1]), "+FLAGS", r"(\Seen)")
        road.once(now)
        assert road.box() == []


def check_held():
    """What waits for a person ends, whatever is done with it in the mailbox; the digest follows."""
    now = "2027-02-01T10:00:00+01:00"
    stranger = "who@elsewhere.example.net"

    def hold(road, text):
        road.world.arrive(servers.message(stranger, ROBOT, text, text + "\r\n"), stranger, [ROBOT])
        road.once(now)
        assert text in digest(road), digest(road)
        return road.value("SELECT max(id) FROM inbox WHERE door = 'mailbox'")

    def digest(road):
        done = road.run("digest", "--preview", now=now)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def drag(road, folder):
        with road.world.mailbox(ROBOT, REVIEW) as mailbox:
            uid = mailbox.uids()[-1]
            if folder is None:
                mailbox.imap.uid("STORE", str(uid), "+FLAGS", r"(\Deleted)")
                mailbox.imap.expunge()
            else:
                mailbox.move(uid, folder)
        road.once(now)

    with Road("robot.registry_address: scolarite@univ.example.org\n") as road:
        road.import_cases()
        road.once(now)
        for folder, words in ((DONE, "into what is done"), ("INBOX", "back into the inbox"), (None, "deleted")):
            with tap.case(f"held, then dragged: {words}"):
                row = hold(road, f"Question {words}")
                drag(road, folder)
                assert f"Question {words}" not in digest(road)
                assert road.rows("SELECT outcome, rule FROM inbox WHERE id = ?", row) == [
                    ("ignored", "a person took it out of its folder")]
        with tap.case("dragged to the retry folder once its case is there: it is decided"):
            early = "2.claire.moreau@univ.example.org"
            road.world.add_user(early, "secret")
            raw = servers.message(early, ROBOT, "Re: [SEMSEM 2027-0002]", "SUIVI\r\n")
            road.world.submit(raw, early, [ROBOT])
            road.once(now)
            row = road.value("SELECT max(id) FROM inbox WHERE door = 'mailbox'")
            assert road.rows("SELECT outcome FROM inbox WHERE id = ?", row) == [("held",)]
            road.import_cases(2)
            drag(road, RETRY)
            assert road.rows("SELECT outcome, case_id FROM inbox WHERE id = ?", row) == [("applied", 2)], road.rows("SELECT * FROM inbox WHERE id = ?", row)
            assert not road.box(RETRY) and not road.box(REVIEW)
        with tap.case("every row has an outcome, and the journal is whole"):
            assert road.value("SELECT count(*) FROM inbox WHERE outcome IS NULL") == 0
            road.audit()


def check_since():
    with Road() as road, tap.case("--since takes what lies there already"):
        for _ in range(3):
            road.world.deliver(ROBOT, servers.message("x@elsewhere.example.net", ROBOT))
        road.once("2027-02-01T10:00:00+01:00", "--since", "2020-01-01")
        assert road.value("SELECT count(*) FROM inbox") == 3 and road.box() == []


def check_renumbered():
    # the server's dates of arrival are real ones: some days from now, in office hours
    now = datetime.datetime.now().astimezone().replace(hour=10, minute=0, second=0, microsecond=0).isoformat()
    with Road("mailbox.inbox: Stages") as road:
        with road.world.mailbox(ROBOT) as mailbox:
            mailbox.imap.create("Stages")
        road.import_cases(now=now)
        while not road.mails("manager"):
            now = later(now, days=1)
            road.once(now)
        raw = clients.IPHONE.reply(road.mails("manager")[0], "VALIDER", "Claire <claire.moreau@univ.example.org>",
                                   clients.at(now))

        def put(*mails):
            with road.world.mailbox(ROBOT) as mailbox:
                for mail in mails:
                    mailbox.append(mail, "Stages")
        with tap.case("another folder than INBOX"):
            put(servers.message("a@elsewhere.example.net", ROBOT, "un"), raw)
            road.once(now)
            assert len(road.rows(ROWS)) == 2
        with tap.case("UIDVALIDITY changed: the same mails again decide nothing"):
            journal = road.value("SELECT count(*) FROM journal")
            sent = len(road.mails("manager"))
            time.sleep(1.1)  # Dovecot takes the second for the value
            with road.world.mailbox(ROBOT) as mailbox:
                mailbox.imap.delete("Stages")
                mailbox.imap.create("Stages")
            put(servers.message("b@elsewhere.example.net", ROBOT, "deux"), raw)
            done = road.once(now)
            assert "mailbox-renumbered" in done.stderr, done.stderr
            assert road.value("SELECT count(*) FROM journal") == journal
            assert len(road.mails("manager")) == sent
            assert len(road.rows(ROWS)) == 4 and road.world.messages(ROBOT, "Stages") == []
        with tap.case("UIDNEXT went back under the same UIDVALIDITY"):
            with road.world.mailbox(ROBOT) as mailbox:
                validity = road.value("SELECT uidvalidity FROM mailboxes")
            with sqlite3.connect(road.path("state/facteur.db")) as database:
                database.execute("UPDATE mailboxes SET last_uid = 1000")
            database.close()
            put(servers.message("c@elsewhere.example.net", ROBOT, "trois"))
            done = road.once(now)
            assert "UIDNEXT went back" in done.stderr, done.stderr
            assert len(road.rows(ROWS)) == 5 and road.world.messages(ROBOT, "Stages") == []
            assert road.value("SELECT uidvalidity FROM mailboxes") == validity + 2**32


def check_bad_days(road):
    now = "2027-02-01T10:00:00+01:00"
    with tap.case("the IMAP server is gone: the rest is done, exit 1, and it says where"):
        road.world.dovecot.stop()
        done = road.once(now, code=1)
        assert f"mailbox {road.world.host}:{road.world.imaps_port}" in done.stderr, done.stderr
        assert "Traceback" not in done.stderr
    with tap.case("and back"):
        road.world.dovecot.start()
        road.import_cases()
        road.once(now)
        assert len(road.mails("manager")) == 1
    with tap.case("a wrong password, said with the mend"):
        road.write("secrets/mailbox.password", "wrong")
        done = road.once(now, code=1)
        assert "mailbox.password_file" in done.stderr, done.stderr
        road.write("secrets/mailbox.password", "secret")
    with tap.case("a wrong certificate"):
        road.world.use_certificate("self-signed")
        done = road.once(now, code=1)
        assert "certificate" in done.stderr, done.stderr
        road.world.use_certificate("good")
    with tap.case("30 MB: told from the size, never fetched, put into quarantine"):
        large = servers.message("a@elsewhere.example.net", ROBOT, "gros", ("x" * 70 + "\r\n") * (30 << 20 >> 6))
        road.world.fill(ROBOT, [large])
        done = road.once(now)
        assert road.rows(ROWS) == [("decided", "held", "quarantine")], road.rows(ROWS)
        assert road.value("SELECT length FROM inbox WHERE door = 'mailbox'") == 0
        assert len(road.box(QUARANTINE)) == 1
    with tap.case("20 MB is read"):
        road.world.fill(ROBOT, [large[:20 << 20]])
        road.once(now)
        assert road.value("SELECT count(*) FROM inbox WHERE length > 20000000 AND state = 'decided'") == 1
    with tap.case("odd mails get an outcome each"):
        odd = [b"no header at all\r\n", b"\r\n\r\nbody alone", b"From: a@b\0c\r\nSubject: \0\r\n\r\nx\0y\r\n",
               b"Subject: x\r\n" * 3000 + b"\r\n",
               b"Content-Type: multipart/mixed; boundary=a\r\n\r\n" + b"--a\r\nContent-Type: message/rfc822\r\n\r\n" * 10000,
               b"From: " + b"(" * 200000 + b"\r\n\r\n"]
        before = road.value("SELECT count(*) FROM inbox WHERE state = 'decided'")
        road.world.fill(ROBOT, odd)
        road.once(now)
        assert road.value("SELECT count(*) FROM inbox WHERE state = 'decided'") == before + len(odd)
        assert road.box() == []


def check_sending(road):
    now = "2027-02-01T10:00:00+01:00"
    border = road.world.border
    border.is_sink = True
    road.import_cases(4)
    with tap.case("4xx: tried again later, not at once"):
        border.misbehave("rcpt", "450 4.2.1 greylisted", match="claire.moreau@")
        road.once(now)
        assert road.value("SELECT count(*) FROM outbox WHERE state = 'queued' AND attempts = 1") == 1
        road.once(later(now, minutes=1))
        assert road.value("SELECT count(*) FROM outbox WHERE state = 'queued'") == 1
        road.once(later(now, minutes=3))
        assert road.value("SELECT count(*) FROM outbox WHERE state <> 'sent'") == 0
    with tap.case("lost after the final dot: once more, the same bytes"):
        road.import_cases(5)
        border.misbehave("dot", border_module.DROP_AFTER)
        count = len(border.accepted)
        road.once(now)
        assert road.value("SELECT count(*) FROM outbox WHERE is_uncertain = 1 AND state = 'queued'") == 1
        road.once(later(now, minutes=16))
        assert road.value("SELECT count(*) FROM outbox WHERE state <> 'sent'") == 0
        first, second = border.accepted[count:]
        assert first.raw == second.raw and first.message_id == second.message_id
    with tap.case("a refused recipient is a bounce: a row of the inbox about our mail"):
        road.import_cases(6)
        border.misbehave("rcpt", "550 5.1.1 no such user", match="6.claire.moreau@")
        road.once(now)
        assert road.value("SELECT count(*) FROM outbox WHERE state = 'refused'") == 1
        found = road.rows("SELECT kind, outcome, case_id FROM inbox WHERE door = 'send'")
        assert len(found) == 1 and found[0][0] == "bounce" and found[0][2] is not None, found
    with tap.case("the server is gone: the outbox waits, and no try is counted"):
        road.import_cases(7)
        border.misbehave("connect", "421 4.3.2 closing", times=50)
        done = road.once(now, code=1)
        assert "421" in done.stderr and "submission" in done.stderr, done.stderr
        assert road.rows("SELECT state, attempts FROM outbox WHERE state <> 'sent' AND state <> 'refused'") == [("queued", 0)]
        border.behave()
        road.once(now)
        assert road.value("SELECT count(*) FROM outbox WHERE state = 'queued'") == 0


def check_rehearsal(road):
    now = "2027-02-01T10:00:00+01:00"
    with tap.case("--dry-run prints the mails and changes nothing"):
        road.import_cases()
        before = road.rows("SELECT id, state FROM outbox")
        done = road.run("run", "--dry-run", now=now)
        assert done.returncode == 0, done.stderr
        assert re.search(r"^---- to claire", done.stdout, re.M) and "Message-ID: " in done.stdout, done.stdout[:500]
        assert road.rows("SELECT id, state FROM outbox") == before and road.mails("manager") == []
        assert "Facteur/Traités" not in road.world.folders(ROBOT)
    with tap.case("a reply is read and decided, and nothing moves"):
        road.once(now)
        raw = road.answer("manager", clients.OUTLOOK, road.mails("manager")[0], "VALIDER", now)
        done = road.run("run", "--dry-run", now=now)
        assert done.returncode == 0 and "---- to " in done.stdout, done.stderr
        assert len(road.box()) == 1 and road.rows(ROWS) == []
        assert raw


def check_usage(road):
    with tap.case("usage and configuration errors have their exit codes"):
        assert road.run("run", "--since", "yesterday-ish").returncode == 64
        assert road.run("run", "--once", "more").returncode == 64
        assert subprocess.run([FACTEUR, "run", "--duty", "fetch", "--config", road.config], capture_output=True,
                              check=False).returncode == 1
        with open(road.config, "a", encoding="utf-8") as file:
            file.write("nonsense: 1\n")
        done = road.run("run", "--once")
        assert done.returncode == 78 and "facteur.conf:" in done.stderr, done.stderr


def main():
    with Road() as road:
        check_exchange(road)
    with Road() as road:
        road.world.deliver(ROBOT, servers.message("old@elsewhere.example.net", ROBOT, "ancien"))
        check_folders(road)
    check_held()
    check_since()
    check_renumbered()
    for check in (check_bad_days, check_sending, check_rehearsal, check_usage):
        with Road() as road:
            check(road)
    tap.finish()


if __name__ == "__main__":
    main()
