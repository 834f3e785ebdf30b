"""hold, release, backup, restore: what an administrator does while the robot runs, and at two in the morning."""
import json
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "robot"))
from road import BEGIN, Road, clients, servers, wait_until  # noqa: E402

tap = servers.Tap()


def waiting(road):
    return json.loads(road.run("status", "--json").stdout)["outbox"]["queued"]


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
        expect(road.run("status"), 0, "HELD since 2027-02-01T09:00:00+01:00, le serveur déménage")
        assert json.loads(road.run("status", "--json").stdout)["is_sending_held"]
        expect(road.run("digest", "--preview"), 0, "le serveur déménage")
    with tap.case("a rehearsal shows what would go all the same"):
        expect(road.run("run", "--dry-run", now=BEGIN), 0, "---- to claire.moreau@univ.example.org")
    with tap.case("released: they go"):
        expect(road.run("release", now=BEGIN), 0, "goes on")
        road.once()
        assert waiting(road) == 0 and road.mails("manager")
        assert not json.loads(road.run("status", "--json").stdout)["is_sending_held"]
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


with Road() as the_road:
    check_hold(the_road)
tap.finish()
