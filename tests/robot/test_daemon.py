"""facteur run: processes that die and come back, servers that do, signals, walls, and what it says of itself."""
import json
import os
import re
import signal
import socket
import time
import urllib.request

from road import DONE, IS_SANITIZED, PEOPLE, ROBOT, Road, clients, servers, wait_until

tap = servers.Tap()
DUTIES = ("fetch", "clerk", "send", "web")


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return [int(word) for word in file.read().split()]


def name_of(pid):
    with open(f"/proc/{pid}/comm", encoding="ascii") as file:
        return file.read().strip()


def duties(road):
    """{name: pid} of what runs now, the reader too."""
    found = {}
    for pid in children(road.daemon.pid):
        try:
            found[name_of(pid)] = pid
            found.update({name_of(child): child for child in children(pid)})
        except OSError:
            pass
    return found


def is_complete(road):
    return sorted(duties(road)) == sorted(f"facteur-{name}" for name in DUTIES + ("reader",))


def status(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)


def arrive(road, text="Bonjour ?"):
    """A mail from outside: it must get an outcome."""
    before = road.value("SELECT count(*) FROM inbox WHERE state <> 'new'")
    sender = "who@elsewhere.example.net"
    road.world.arrive(servers.message(sender, ROBOT, "stage", text + "\r\n"), sender, [ROBOT])
    wait_until(lambda: road.value("SELECT count(*) FROM inbox WHERE state <> 'new'") > before, 30, road.said)


def check_walls(road):
    with tap.case("one process a duty, and the reader"):
        wait_until(lambda: is_complete(road), 20, lambda: f"{duties(road)}\n{road.said()}")
        time.sleep(0.3)  # the walls are up
    with tap.case("no secret and no address in arguments and environment"):
        for pid in (road.daemon.pid, *duties(road).values()):
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                assert b"secret" not in file.read() and b"@" not in file.read()
    if IS_SANITIZED:
        tap.skip("each behind its wall", "a sanitizer needs what the walls refuse")
        return
    with tap.case("each behind its wall"):
        for name, pid in duties(road).items():
            facts = status(pid)
            assert facts["Seccomp"] == "2" and facts["NoNewPrivs"] == "1", (name, facts)
    with tap.case("memory of each below 30 MB"):
        sizes = {name: int(status(pid)["VmHWM"].split()[0]) for name, pid in duties(road).items()}
        print("# " + ", ".join(f"{name} {size // 1024} MB" for name, size in sorted(sizes.items())))
        assert max(sizes.values()) < 30 << 10, sizes


def check_deaths(road):
    for name in DUTIES + ("reader",):
        with tap.case(f"{name} is killed: the road goes on"):
            wait_until(lambda: is_complete(road), 20, road.said)
            pid = duties(road)[f"facteur-{name}"]
            os.kill(pid, signal.SIGKILL)
            arrive(road)
            wait_until(lambda n=name, p=pid: duties(road).get(f"facteur-{n}", p) != p, 20, road.said)


def check_servers(road):
    with tap.case("the IMAP server goes and comes back"):
        road.world.dovecot.stop()
        road.wait_said("duty-waits")
        road.world.dovecot.start()
        arrive(road)
    with tap.case("it says when all is well again"):
        road.wait_said("duty-works-again")


def check_reload(road):
    with tap.case("SIGHUP with a broken configuration: the old one stays, and it says why"):
        with open(road.config, encoding="utf-8") as file:
            right = file.read()
        road.write("facteur.conf", right.replace("robot:", "robbot:"))
        before = duties(road)
        road.daemon.send_signal(signal.SIGHUP)
        road.wait_said("reload-refused")
        assert re.search(r"facteur\.conf:\d+:\d+: .*robbot", road.said()), road.said()
        assert duties(road) == before
        road.write("facteur.conf", right)
    with tap.case("SIGHUP with a right one: every duty starts afresh"):
        before = duties(road)
        road.daemon.send_signal(signal.SIGHUP)
        wait_until(lambda: is_complete(road) and not set(duties(road).values()) & set(before.values()), 30, road.said)
        arrive(road)


def check_words(road, port):
    with tap.case("the health page"):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=10) as answer:
            assert json.load(answer)["well"] is True
    with tap.case("no address, subject or text in the log"):
        for word in ("@elsewhere", "@univ", "@etu", "Bonjour", "secret"):
            assert word not in road.said(), word


def check_stop(road):
    with tap.case("SIGTERM: all leave cleanly"):
        pids = list(duties(road).values())
        assert road.stop() == 0, road.said()
        wait_until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in pids), 5)
        assert re.findall(r"duty-ended duty=\w+ code=0 signal=0", road.said())
        road.audit()


def check_login():
    with Road(password="wrong") as road, tap.case("a wrong password is not hammered"):
        road.import_cases()
        road.start()
        road.wait_said("mailbox.password_file")
        time.sleep(4)
        assert len(re.findall("facteur fetch error: duty-waits", road.said())) == 1, road.said()
        assert road.stop() == 0


def check_notify():
    with Road() as road, tap.case("sd_notify: READY, STATUS, WATCHDOG, STOPPING"):
        path = os.path.join(road.world.folder, "notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
            listener.bind(path)
            listener.settimeout(20)
            os.environ.update(NOTIFY_SOCKET=path, WATCHDOG_USEC="3000000")
            road.start()
            del os.environ["NOTIFY_SOCKET"], os.environ["WATCHDOG_USEC"]
            said = ""
            while not all(word in said for word in ("READY=1", "STATUS=", "fetch: mailbox read", "WATCHDOG=1")):
                said += listener.recv(4096).decode() + "\n"
            road.daemon.terminate()
            while "STOPPING=1" not in said:
                said += listener.recv(4096).decode() + "\n"
            assert "@" not in said, said
        road.stop()


def check_latency():
    """From the server's EXISTS to the 250 of the next mail: fetch wakes, all others follow by doorbell."""
    now = "2027-02-01T10:00:00+01:00"
    with Road() as road, tap.case("a reply is answered as soon as the server tells of it"):
        road.import_cases()
        road.start(now=now)
        mail = road.world.wait_for(PEOPLE["manager"][1], 1)[0]
        time.sleep(0.5)
        began = time.monotonic()
        road.answer("manager", clients.GMAIL, mail, "VALIDER", now)
        road.world.wait_for(PEOPLE["manager"][1], 2)
        took = time.monotonic() - began
        print(f"# answered {took:.2f} s after it was sent; Dovecot gathers news for 0.5 s")
        assert took < 5
        wait_until(lambda: len(road.box(DONE)) == 1)
        assert road.stop() == 0


def main():
    port = servers.free_port()
    with Road(f"web.listen: 127.0.0.1:{port}\nweb.base_url: https://stages.univ.example.org") as road:
        road.start()
        for check in (check_walls, check_deaths, check_servers, check_reload):
            check(road)
        check_words(road, port)
        check_stop(road)
    check_login()
    check_notify()
    check_latency()
    tap.finish()


if __name__ == "__main__":
    main()
