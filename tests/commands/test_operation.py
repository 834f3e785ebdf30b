"""hold, release, backup, restore: what an administrator does while the robot runs, and at two in the morning."""
import hashlib
import json
import os
import shutil
import sqlite3
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "robot"))
from road import BEGIN, Road, clients, later, servers, wait_until  # noqa: E402

tap = servers.Tap()


def waiting(road):
    return json.loads(road.run("status", "--json", now=BEGIN).stdout)["outbox"]["queued"]


def expect(done, code, *words):
    said = done.stdout + done.stderr
    assert done.returncode == code, f"exit {done.returncode}, want {code}: {said}"
    for word in words:
        assert word in said, f"`{word}` is not in: {said}"
    return said


def check_hold(road):
    road.import_cases(1)
    with tap.case("held: mails are decided and wait"):
        expect(road.run("hold", "le", "serveur déménage", now=BEGIN), 0, "sending is held")
        road.once()
        assert waiting(road) > 0 and not road.mails("manager"), waiting(road)
    with tap.case("status and digest say so"):
        expect(road.run("status", now=BEGIN), 0, "HELD since 2027-02-01T09:00:00+01:00, le serveur déménage")
        assert json.loads(road.run("status", "--json", now=BEGIN).stdout)["is_sending_held"]
        road.configure("robot.registry_address: scolarite@univ.example.org")
        expect(road.run("digest", "--preview"), 0, "le serveur déménage")
        road.configure()
    with tap.case("a rehearsal shows what would go all the same"):
        expect(road.run("run", "--dry-run", now=BEGIN), 0, "---- to claire.moreau@univ.example.org")
    with tap.case("released: they go"):
        expect(road.run("release", now=BEGIN), 0, "goes on")
        road.once()
        assert waiting(road) == 0 and road.mails("manager")
        assert not json.loads(road.run("status", "--json", now=BEGIN).stdout)["is_sending_held"]
    with tap.case("a running robot stops at once"):
        road.start(now=BEGIN)
        road.wait_said("clerk")
        road.run("hold").check_returncode()
        road.answer("manager", clients.IPHONE, road.mails("manager")[-1], "Oui, je valide", BEGIN)
        wait_until(lambda: waiting(road) > 0, 20, road.said)
        time.sleep(1)  # the clerk rang for the sender long ago
        assert waiting(road) > 0 and len(road.mails("manager")) == 1
        assert road.stop() == 0
        road.run("release").check_returncode()
        road.once()
        assert waiting(road) == 0 and len(road.mails("manager")) > 1


def backup(road, *arguments, now=BEGIN):
    said = expect(road.run("backup", road.path("copies"), *arguments, now=now), 0)
    return said.split(": ")[0]


def check_backup(road):
    copies = road.path("copies")
    with tap.case("made while the robot runs, and whole"):
        road.start(now=BEGIN, log=road.path("second-log"))
        road.wait_said("duty=send")
        first = backup(road)
        assert road.stop() == 0
        said = expect(road.run("restore", "--verify", first, bare=True), 0, "0 faults", "1 cases")
        assert road.audit().split()[-1] in said
        assert sorted(os.listdir(first)) == ["facteur.conf", "facteur.db", "manifest.json", "spool"]
        assert not any("keys" in name for _, _, names in os.walk(first) for name in names)
    with tap.case("the next one shares what did not change, and the oldest go"):
        days = [later(BEGIN, days=day) for day in (1, 2, 3)]
        made = [backup(road, "--keep", "2", now=day) for day in days]
        assert sorted(os.path.join(copies, name) for name in os.listdir(copies)) == made[1:]
        segments = [os.path.join(folder, name) for folder, _, names in os.walk(made[2]) for name in names
                    if name.endswith(".seg")]
        assert segments and all(os.stat(path).st_nlink == 2 for path in segments)
    with tap.case("the folder of many: the newest"):
        expect(road.run("restore", "--verify", copies, bare=True), 0, made[2])
    with tap.case("twice in a second: the first stays"):
        expect(road.run("backup", copies, now=days[2]), 1, "there already")
        expect(road.run("restore", "--verify", copies, bare=True), 0, made[2])
    with tap.case("half of one is never taken for one"):
        os.rename(made[2], os.path.join(copies, ".unfinished-20990101T000000Z"))
        expect(road.run("restore", "--verify", copies, bare=True), 0, made[1])
        expect(road.run("restore", "--verify", road.path("state"), bare=True), 1, "no finished backup")
        os.remove(os.path.join(made[1], "manifest.json"))
        expect(road.run("restore", "--verify", made[1], bare=True), 1, "no finished backup")


def damaged(road, name, change):
    """A backup in which something was changed."""
    folder = road.path("damaged")
    shutil.rmtree(folder, ignore_errors=True)
    path = backup_into(road, folder)
    change(path)
    return road.run("restore", "--verify", folder, bare=True)


def backup_into(road, folder):
    return expect(road.run("backup", folder, now=BEGIN), 0).split(": ")[0]


def flip(path):
    with open(path, "r+b") as file:
        file.seek(100)
        byte = file.read(1)
        file.seek(100)
        file.write(bytes([byte[0] ^ 1]))


def forge(path):
    """A change of the state that keeps the hashes of the files right."""
    database = sqlite3.connect(os.path.join(path, "facteur.db"))
    database.execute("UPDATE tasks SET state = 'done' WHERE state = 'open'")
    database.commit()
    database.close()
    with open(os.path.join(path, "facteur.db"), "rb") as file:
        content = file.read()
    with open(os.path.join(path, "manifest.json"), encoding="utf-8") as file:
        manifest = json.load(file)
    manifest["files"]["facteur.db"] = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    with open(os.path.join(path, "manifest.json"), "w", encoding="utf-8") as file:
        json.dump(manifest, file)


def segment(path):
    return next(os.path.join(folder, name) for folder, _, names in os.walk(path) for name in names if ".seg" in name)


def drop_segment(path):
    name = os.path.relpath(segment(path), path)
    os.remove(os.path.join(path, name))
    with open(os.path.join(path, "manifest.json"), encoding="utf-8") as file:
        manifest = json.load(file)
    del manifest["files"][name]
    with open(os.path.join(path, "manifest.json"), "w", encoding="utf-8") as file:
        json.dump(manifest, file)


def check_damage(road):
    for name, change, words in (
            ("a byte of the database", lambda path: flip(os.path.join(path, "facteur.db")), "not the file that was copied"),
            ("a byte of a mail", lambda path: flip(segment(path)), "not the file that was copied"),
            ("a missing file", lambda path: os.remove(segment(path)), "No such file"),
            ("a segment that nobody names", drop_segment, "rows point at messages in it"),
            ("a state that the journal does not say", forge, "its state is not what its journal says")):
        with tap.case(f"told: {name}"):
            expect(damaged(road, name, change), 1, words)
            expect(road.run("restore", road.path("damaged"), road.path("elsewhere"), bare=True), 1, words)
            assert not os.path.exists(road.path("elsewhere"))


def check_restore(road):
    with tap.case("a day is lost, the backup is put back, nothing goes out"):
        road.run("hold", now=BEGIN).check_returncode()
        road.import_cases(2)
        road.once()
        road.run("release", now=BEGIN).check_returncode()
        path = backup_into(road, road.path("night"))
        road.once()
        before, sent = road.audit(), len(road.mails("manager"))
        os.rename(road.path("state"), road.path("broken"))
        expect(road.run("restore", path, road.path("state"), bare=True), 0, "1 mails waited", "record_to_validate",
               "2.claire.moreau@univ.example.org", "all sending is held")
        expect(road.run("status", now=BEGIN), 0, "HELD", "restored from the backup of 2027-02-01 08:00 UTC")
        expect(road.run("restore", path, road.path("state"), bare=True), 1, "there already")
        road.once()
        assert len(road.mails("manager")) == sent
        assert "2 cases, 0 faults" in before and "2 cases, 0 faults" in road.audit()
    with tap.case("released: what waited goes"):
        road.run("release", now=BEGIN).check_returncode()
        road.once()
        assert waiting(road) == 0
    with tap.case("usage"):
        expect(road.run("restore", path, bare=True), 64)
        expect(road.run("restore", "--verify", path, "x", bare=True), 64)
        expect(road.run("backup", "x", "--keep", "-1"), 64)


with Road() as the_road:
    check_hold(the_road)
    check_backup(the_road)
    check_damage(the_road)
    check_restore(the_road)
tap.finish()
