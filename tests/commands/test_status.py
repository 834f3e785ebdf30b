"""facteur status at two in the morning: what is said when a server, a password, the disk, the clock or the robot itself is
wrong: what, where, and the mend; and the same as metrics."""
import json
import os
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "robot"))
from road import BEGIN, FACTEUR, Road, later, servers, wait_until  # noqa: E402

REGISTRY = "robot.registry_address: scolarite@univ.example.org"
tap = servers.Tap()


def status(road, *arguments, now=BEGIN):
    return road.run("status", *arguments, now=now)


def wait_for(road, words, now=BEGIN, code=1, seconds=30):
    """Until status says it, and exits so."""
    wait_until(lambda: words in status(road, now=now).stdout, seconds, lambda: f"`{words}` is not in:\n{status(road, now=now).stdout}{road.said()}")
    done = status(road, now=now)
    assert done.returncode == code, f"exit {done.returncode}: {done.stdout}{done.stderr}"
    print("# " + next(line for line in done.stdout.splitlines() if words in line), flush=True)
    return done.stdout


def check_well(road):
    with tap.case("never started: said, and no alarm"):
        done = status(road)
        assert done.returncode == 0 and "does not run: `systemctl start facteur`" in done.stdout, done.stdout
    with tap.case("it runs, and each duty says so"):
        road.start(now=BEGIN)
        for duty in ("fetch    mailbox read", "clerk    nothing to decide", "send     outbox looked through"):
            wait_for(road, duty, code=0)
        wait_for(road, "runs since 2027-02-01T09:00:00+01:00", code=0)
    with tap.case("the mail to itself comes back"):
        wait_for(road, "trip     the mail to itself was back on 2027-02-01T09:00:00+01:00", code=0)
        assert json.loads(status(road, "--json").stdout)["round_trip"]["back_at"], "no back_at"
    with tap.case("a second robot on the same state is refused"):
        second = subprocess.run(road.command("run", now=BEGIN), capture_output=True, text=True, timeout=60)
        assert second.returncode != 0 and "another robot runs on this state folder" in second.stderr, second
        assert "runs since" in status(road).stdout
    with tap.case("stopped: said, and no alarm"):
        assert road.stop() == 0
        wait_for(road, "was stopped on 2027-02-01T09:00:00+01:00", code=0)
    with tap.case("killed: an alarm"):
        road.start(now=BEGIN)
        wait_until(lambda: "mailbox read" in status(road).stdout, 20, road.said)
        road.daemon.send_signal(signal.SIGKILL)
        road.daemon.wait()
        road.daemon = None
        wait_for(road, "robot    DOES NOT RUN, and was not told to stop")


def check_servers(road):
    with tap.case("no mailbox server"):
        port = servers.free_port()
        road.configure(f"{REGISTRY}\nmailbox.port: {port}")
        road.start(now=BEGIN)
        said = wait_for(road, "fetch    FAILS since 2027-02-01T09:00:00+01:00")
        assert f"{road.world.host}:{port}" in said, said
        assert road.stop() == 0
    with tap.case("a wrong password, where it is written, and no secret"):
        road.configure(REGISTRY)
        road.write("secrets/mailbox.password", "wrong-and-long")
        road.start(now=BEGIN)
        said = wait_for(road, "fetch    FAILS")
        assert "password" in said and "wrong-and-long" not in said, said
        assert road.stop() == 0
        road.write("secrets/mailbox.password", "secret")
    with tap.case("no submission server, and what waits for it"):
        port = servers.free_port()
        road.configure(f"{REGISTRY}\nsubmission.port: {port}")
        road.import_cases(1)
        road.start(now=BEGIN)
        said = wait_for(road, "send     FAILS")
        assert f"{road.world.host}:{port}" in said, said
        assert road.stop() == 0
        wait_for(road, "outbox   WAITS: a mail could have gone 120 minutes ago", now=later(BEGIN, hours=2))
        road.configure(REGISTRY)
    with tap.case("a certificate of another name"):
        road.world.use_certificate("wrong-host")
        road.start(now=BEGIN)
        said = wait_for(road, "fetch    FAILS")
        assert "the certificate is for other.example.org" in said, said
        assert road.stop() == 0
        road.world.use_certificate("good")
    with tap.case("well again"):
        road.start(now=BEGIN)
        wait_for(road, "fetch    mailbox read", code=0)
        assert road.stop() == 0


def check_clock(road):
    with tap.case("a clock that is behind"):
        said = wait_for(road, "clock    WRONG", now=later(BEGIN, days=-30))
        assert "timedatectl" in said, said


def check_blind(road):
    with tap.case("the mail to itself does not come back"):
        road.configure(f"{REGISTRY}\nmailbox.inbox: Elsewhere")
        with road.world.mailbox("stages@univ.example.org") as mailbox:
            mailbox.imap.create("Elsewhere")
        day = later(BEGIN, days=1)
        road.once(day)
        said = wait_for(road, "trip     NOT BACK", now=later(day, hours=1))
        assert "`Elsewhere`" in said, said
        road.configure(REGISTRY)


def check_metrics(road):
    path = road.path("facteur.prom")
    with tap.case("metrics: whole, well-formed, of nobody"):
        done = status(road, "--metrics", path)
        assert done.returncode == 0, done.stderr
        with open(path, encoding="ascii") as file:
            text = file.read()
        assert os.stat(path).st_mode & 0o777 == 0o644
        seen = {}
        for line in text.splitlines():
            assert re.fullmatch(r'# (HELP|TYPE) facteur_\w+ .+|facteur_\w+(\{\w+="\w+"\})? -?\d+', line), line
            if not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                assert name not in seen, name
                seen[name] = int(value)
        for name in ("facteur_last_imap_success_timestamp_seconds", "facteur_last_send_success_timestamp_seconds",
                     "facteur_round_trip_back_timestamp_seconds", "facteur_db_bytes", "facteur_cases"):
            assert seen[name] > 0, (name, seen)
        assert seen["facteur_up"] == 0 and seen['facteur_outbox{state="queued"}'] == 0, seen
        assert "@" not in text and "Haddad" not in text
        assert status(road, "--metrics", "-").stdout.startswith("# HELP facteur_up")


def check_disk(road):
    if os.geteuid() != 0 or subprocess.run(["mountpoint", "-q", "/"], check=False).returncode != 0:
        tap.skip("a full disk", "it takes root to make one")
        return
    folder = road.path("small")
    os.mkdir(folder)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m,mode=700", "tmpfs", folder], check=False).returncode != 0:
        tap.skip("a full disk", "nothing can be mounted here")
        return
    try:
        state = os.path.join(folder, "state")
        subprocess.run(["cp", "-r", road.path("state"), state], check=True)
        road.configure(f"{REGISTRY}\npaths.state_dir: {state}")
        road.start(now=BEGIN)
        wait_until(lambda: "mailbox read" in status(road).stdout, 20, road.said)
        with tap.case("a full disk: what, where; nothing is lost, and it goes on by itself"):
            with open(os.path.join(folder, "filler"), "wb") as file:
                try:
                    while True:
                        file.write(b"x" * 65536)
                        file.flush()
                except OSError:
                    pass
            road.world.arrive(servers.message("who@elsewhere.example.net", "stages@univ.example.org", "stage", "Bonjour ?\r\n" * 20000),
                              "who@elsewhere.example.net", ["stages@univ.example.org"])
            said = wait_for(road, "disk     NEARLY FULL: 0 MB free", seconds=40)
            assert folder in said, said
            said = wait_for(road, "fetch    FAILS", seconds=40)
            assert "free some space" in said or "No space" in said, said
            os.remove(os.path.join(folder, "filler"))
    finally:
        if road.daemon is not None:
            assert road.stop() == 0
        subprocess.run(["umount", folder], check=False)
        road.configure(REGISTRY)


def check_database(road):
    with tap.case("a broken database: the rest is said all the same"):
        with open(road.path("state/facteur.db"), "r+b") as file:
            file.write(b"no database at all" * 100)
        for name in ("-wal", "-shm"):
            if os.path.exists(road.path("state/facteur.db") + name):
                os.remove(road.path("state/facteur.db") + name)
        said = wait_for(road, "database CANNOT BE READ")
        assert "restore the last backup" in said and "robot    " in said, said
        assert "facteur_database_readable 0" in status(road, "--metrics", "-").stdout


def check_probe():
    with Road() as road:
        with tap.case("probe: both servers, both addresses, the border"):
            done = road.run("probe")
            assert done.returncode == 0, done.stdout + done.stderr
            for words in ("login well; MOVE yes, IDLE yes, UIDPLUS yes", "submission  localhost: login well",
                          "plain       <stages@univ.example.org>: back after", "tagged      <stages+", "its Message-ID kept", "border "):
                assert words in done.stdout, done.stdout
        with tap.case("probe: a running robot files what was sent, and it answers nobody"):
            road.once(BEGIN)
            assert road.rows("SELECT DISTINCT outcome, kind FROM inbox") in ([], [("ignored", "own")]), road.rows("SELECT * FROM inbox")
        with tap.case("probe: a wrong password"):
            road.write("secrets/mailbox.password", "wrong")
            done = road.run("probe")
            assert done.returncode == 1 and "wrong user or password" in done.stderr, done.stdout + done.stderr


check_probe()
with Road(REGISTRY) as the_road:
    for part in (check_well, check_servers, check_clock, check_metrics, check_blind, check_disk, check_database):
        part(the_road)
tap.finish()
