"""facteur replay and explain FILE: old mail read again with other patterns, and nothing changed by it."""
import mailbox
import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "robot"))
from road import BEGIN, DONE, ROOT, Road, clients, later, servers  # noqa: E402

tap = servers.Tap()
STATE = "SELECT (SELECT count(*) FROM journal), (SELECT count(*) FROM outbox), (SELECT count(*) FROM inbox)"


def keep(road, name, mails):
    box = mailbox.mbox(road.path(name))
    for mail in mails:
        box.add(mail.replace(b"\r\n", b"\n"))
    box.close()
    return road.path(name)


def without_a_word(road):
    """Patterns that do not know the word VALIDER."""
    folder = road.path("rules")
    shutil.copytree(os.path.join(ROOT, "rules"), folder)
    path = os.path.join(folder, "reading/command.yaml")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    assert "valider|approuver" in text
    text = text.replace("valider|approuver", "approuver").replace('[VALIDER, "Valider svp", Approve]', "[Approve]")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return folder


with Road() as road:
    now = later(BEGIN, days=1)
    road.import_cases()
    road.once(BEGIN)
    road.answer("manager", clients.IPHONE, road.mails("manager")[0], "VALIDER", now)
    road.once(now)
    box = keep(road, "old.mbox", road.box(DONE) + [b"From: a@example.org\nSubject: never came\nMessage-ID: <x@y>\n\nBonjour\n"])
    before = road.rows(STATE)
    with tap.case("the rules of that day read the same"):
        done = road.run("replay", box, now=now)
        assert done.stdout == "2 mails: 0 would be read differently, 1 did not come here, 0 cannot be read\n", done.stdout
    with tap.case("without a word, the answer that had it is named"):
        done = road.run("replay", "--rules", without_a_word(road), box, now=now)
        assert "  commands  validate → -\n" in done.stdout and ": applied\n" in done.stdout, done.stdout
        assert done.stdout.endswith("2 mails: 1 would be read differently, 1 did not come here, 0 cannot be read\n"), done.stdout
    with tap.case("a file is explained"):
        letter = road.path("letter.eml")
        with open(letter, "wb") as file:
            file.write(road.box(DONE)[0])
        said = road.run("explain", letter, now=now).stdout
        for line in ("match     token", "level     A2", "text      VALIDER"):
            assert line in said, said
    with tap.case("nothing was changed"):
        assert road.rows(STATE) == before
    with tap.case("no such file"):
        done = road.run("replay", "/nowhere.mbox", now=now)
        assert done.returncode == 1 and "/nowhere.mbox" in done.stderr, done.stderr
    with tap.case("patterns that are wrong are named"):
        with open(os.path.join(road.path("rules"), "reading/fr.yaml"), "a", encoding="utf-8") as file:
            file.write("nonsense: [\n")
        done = road.run("replay", "--rules", road.path("rules"), box, now=now)
        assert done.returncode == 1 and "reading/fr.yaml:" in done.stderr, done.stderr

tap.finish()
