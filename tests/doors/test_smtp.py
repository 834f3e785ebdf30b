"""The SMTP door against the border, against servers that misbehave, and through a real Postfix."""
import os
import re
import shutil
import ssl
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from driver import SMTP_ADDRESS, SMTP_GONE, SMTP_LOGIN, SMTP_SENDER, SMTP_TLS, Failure, Probe, expect  # noqa: E402
import border  # noqa: E402
import postfix  # noqa: E402
import servers  # noqa: E402

ROBOT, TUTOR = "stages@univ.example.org", "tutor@company.example.org"
PASSWORD = "pa\"ss\\word"
tap = servers.Tap()
folder = None  # of message files


def connect(world, security="tls", password=PASSWORD, user=ROBOT, ca_file=None, port=None, patience_s=0,
            host="localhost", variant=None):
    port = port or (world.smtps_port if security == "tls" else world.smtp_port)
    return Probe("smtp", host, port, security, user, password, ca_file or world.ca_file, patience_s,
                 variant=variant)


def file_of(raw, name="mail.eml"):
    path = os.path.join(folder, name)
    with open(path, "wb") as file:
        file.write(raw)
    return path


def small(**headers):
    return servers.message(ROBOT, TUTOR, "Fiche de stage", "Bonjour,\r\n.point\r\n..deux\r\nfin\r\n", **headers)


def submit(probe, raw=None, sender=ROBOT, recipient=TUTOR):
    """(verdict, code, text)"""
    verdict, code, text = probe.ask("submit", sender, recipient, file_of(raw or small())).split(" ", 2)
    return verdict, int(code), text


def verdict_is(probe, verdict, code=None, **arguments):
    got = submit(probe, **arguments)
    assert got[0] == verdict and (code is None or got[1] == code), got
    return got


def check_road(world):
    for security in ("tls", "starttls"):
        with tap.case(f"accepted over {security}, bytes unchanged"), connect(world, security) as probe:
            raw = small()
            world.border.accepted.clear()
            verdict_is(probe, "accepted", 250, raw=raw)
            taken = world.border.accepted[0]
            assert (taken.sender, taken.recipients, taken.login) == (ROBOT, [TUTOR], ROBOT)
            assert taken.raw == raw
            assert world.wait_for(TUTOR, 1)[-1].endswith(raw.partition(b"\r\n\r\n")[2])
    with tap.case("a hundred mails on one connection"), connect(world) as probe:
        before = world.border.connections
        world.border.is_sink = True
        for _ in range(100):
            verdict_is(probe, "accepted")
        world.border.is_sink = False
        assert world.border.connections - before == 1
    with tap.case("the empty envelope sender"), connect(world) as probe:
        verdict_is(probe, "accepted", sender="-")
        assert world.border.accepted[-1].sender == ""
    with tap.case("no AUTH on loopback to a local server"), \
            connect(world, "plain", user="-", password="-", port=world.mx_port) as probe:
        verdict_is(probe, "accepted")
    with tap.case("an unknown recipient comes back as a notification"), connect(world) as probe:
        verdict_is(probe, "accepted", recipient="nobody@univ.example.org")
        report = world.wait_for(ROBOT, 1)[-1]
        assert b"Status: 5.1.1" in report and b"report-type=delivery-status" in report


def check_addresses(world):
    rows = ["tutor", "a b@example.org", "a@example.org\rRCPT TO:<b@example.org>", "tutor@", "<a@example.org>",
            "töter@company.example.org", "a@example.org> NOTIFY=NEVER"]
    for row in rows:
        with tap.case(f"recipient {row!r} never goes on the wire"), connect(world) as probe:
            expect(lambda r=row: submit(probe, recipient=r), SMTP_ADDRESS)
            expect(lambda r=row: submit(probe, sender=r), SMTP_ADDRESS)
    with tap.case("a domain beyond ASCII goes as A-labels"), connect(world) as probe:
        world.add_user("a@xn--cole-9oa.example.org", "x")
        verdict_is(probe, "accepted", recipient="a@école.example.org")
        assert world.border.accepted[-1].recipients == ["a@xn--cole-9oa.example.org"]
    for name, raw in (("LF", b"Subject: x\r\n\r\na\nb\r\n"), ("CR", b"Subject: x\r\n\r\na\rb\r\n")):
        with tap.case(f"a bare {name} is refused here"), connect(world) as probe:
            verdict_is(probe, "refused", 0, raw=raw)


def check_verdicts(world):
    rows = [
        ("mail", "451 4.3.0 try later", "later", 451), ("mail", "552 5.3.4 too big", "refused", 552),
        ("rcpt", "450 4.2.1 greylisted", "later", 450), ("rcpt", "550 5.1.1 unknown", "refused-recipient", 550),
        ("rcpt", "421 4.7.0 slow down", "later", 421), ("data", "452 4.3.1 disk full", "later", 452),
        ("data", "554 5.6.0 no", "refused", 554), ("dot", "451 4.3.0 later", "later", 451),
        ("dot", "552 5.3.4 too big", "refused", 552), ("mail", border.DROP, "later", None),
        ("rcpt", border.DROP, "later", None), ("dot", border.DROP, "uncertain", None),
        ("dot", border.DROP_AFTER, "uncertain", None),
    ]
    for stage, what, verdict, code in rows:
        with tap.case(f"{what} at {stage}: {verdict}, and the next mail goes"), connect(world) as probe:
            world.border.misbehave(stage, what)
            got = verdict_is(probe, verdict, code)
            assert code is None or got[2].startswith(what), got
            verdict_is(probe, "accepted")
    with tap.case("a refused recipient is told from a refused mail"), connect(world) as probe:
        for stage, verdict in (("rcpt", "refused-recipient"), ("dot", "refused")):
            world.border.misbehave(stage, "550 5.7.1 no")
            verdict_is(probe, verdict)
    with tap.case("a connection that went stale between two mails"), connect(world) as probe:
        verdict_is(probe, "accepted")
        before = world.border.connections
        world.border.misbehave("mail", border.DROP)
        verdict_is(probe, "accepted")
        assert world.border.connections - before == 1
    with tap.case("dropped in the middle of a large message"), connect(world) as probe:
        world.border.misbehave("data", border.DROP)
        verdict_is(probe, "later", raw=small() + b"x" * 70 + b"\r\n" + (b"y" * 70 + b"\r\n") * 200000)
    with tap.case("no answer to the final dot"), connect(world, patience_s=1) as probe:
        world.border.misbehave("dot", 4)
        verdict_is(probe, "uncertain")
        world.border.behave()
        time.sleep(4)
    with tap.case("a slow answer is waited for"), connect(world) as probe:
        world.border.misbehave("dot", 1.5)
        verdict_is(probe, "accepted")


def check_server_troubles(world):
    with tap.case("wrong password"), connect(world, password="wrong") as probe:
        expect(lambda: submit(probe), SMTP_LOGIN, "submission.password_file", "535")
    with tap.case("we may not send as this address"), connect(world) as probe:
        world.border.misbehave("mail", "550 5.7.60 not your address")
        expect(lambda: submit(probe), SMTP_SENDER, "robot.address")
        verdict_is(probe, "accepted")
    with tap.case("login put off"), connect(world) as probe:
        world.border.misbehave("auth", "454 4.7.0 later")
        expect(lambda: submit(probe), SMTP_GONE, "454")
        verdict_is(probe, "accepted")
    with tap.case("421 for a greeting"), connect(world) as probe:
        world.border.misbehave("connect", "421 4.3.2 too busy")
        expect(lambda: submit(probe), SMTP_GONE, "too busy")
        verdict_is(probe, "accepted")
    with tap.case("dropped before the greeting"), connect(world, "starttls") as probe:
        world.border.misbehave("connect", border.DROP)
        expect(lambda: submit(probe), SMTP_GONE)
    with tap.case("server gone"), connect(world, port=servers.free_port()) as probe:
        expect(lambda: submit(probe), SMTP_GONE)
    with tap.case("unknown host"), connect(world, host="nowhere.invalid") as probe:
        expect(lambda: submit(probe), SMTP_GONE)
    with tap.case("a login is wanted and none is set"), connect(world, user="-") as probe:
        expect(lambda: submit(probe), SMTP_LOGIN)


def polite(peer, extensions=("AUTH PLAIN LOGIN",), context=None):
    """Greeting and EHLO of a scripted server; gives the next command."""
    peer.send("220 hello\r\n")
    peer.line()
    offered = [*extensions, *(["STARTTLS"] if context else [])]
    peer.send("".join(f"250-{e}\r\n" for e in offered) + "250 HELP\r\n")
    return peer.line()


def check_tls(world):
    expected = {"wrong-host": "another name", "expired": "expired", "self-signed": "not known here",
                "client-only": "not one for servers"}
    for name, words in expected.items():
        context = world.certificates.server_context(name)
        seen = []

        def starttls(peer, _number, context=context, seen=seen):
            seen.append(polite(peer, context=context))
            peer.send("220 go\r\n")
            peer.start_tls(context)
            peer.line()
            peer.send("250-AUTH PLAIN LOGIN\r\n250 HELP\r\n")
            seen.append(peer.line())

        def direct(peer, _number, seen=seen):
            seen.append(polite(peer))
        for security, play, tls in (("starttls", starttls, None), ("tls", direct, context)):
            with tap.case(f"certificate {name} over {security}: refused before the password goes"), \
                    servers.Scripted(play, tls) as server, connect(world, security, port=server.port) as probe:
                expect(lambda: submit(probe), SMTP_TLS, words)
                time.sleep(0.1)
                assert not any("AUTH" in line for line in seen), seen
    with tap.case("signed by a CA that is not ours"):
        with connect(world, ca_file=world.certificates.get("other-ca")[0]) as probe:
            expect(lambda: submit(probe), SMTP_TLS, "submission.ca_file")
    with tap.case("CA file missing"), connect(world, ca_file="/nonexistent.pem") as probe:
        expect(lambda: submit(probe), SMTP_TLS, "submission.ca_file")
    seen = []
    with tap.case("STARTTLS stripped"), servers.Scripted(lambda peer, _: seen.append(polite(peer))) as server, \
            connect(world, "starttls", port=server.port) as probe:
        expect(lambda: submit(probe), SMTP_TLS, "STARTTLS")
        assert not any("AUTH" in line for line in seen), seen

    def injected(peer, _number):
        polite(peer, context=True)
        peer.send("220 go\r\n250 AUTH PLAIN\r\n")
        time.sleep(1)
    with tap.case("text injected after STARTTLS"), servers.Scripted(injected) as server, \
            connect(world, "starttls", port=server.port) as probe:
        try:
            submit(probe)
            raise AssertionError("accepted")
        except Failure as failure:
            assert failure.code in (SMTP_TLS, SMTP_GONE), failure
    with tap.case("plain text to a host that is not this machine"), \
            connect(world, "plain", user="-", host="192.0.2.1", port=25) as probe:
        expect(lambda: submit(probe), SMTP_TLS, "this machine")


def check_hostile_replies(world):
    def answering(*answers):
        def play(peer, _number):
            peer.send("220 hello\r\n")
            for answer in answers:
                peer.line()
                peer.send(answer)
            peer.line()
        return play
    rows = [("silence", lambda peer, _: time.sleep(4), None),
            ("a reply without a code", answering("hello\r\n"), None),
            ("an endless reply", lambda peer, _: [peer.send("220-" + "x" * 9000 + "\r\n") for _ in range(20000)], None),
            ("control characters in a refusal", answering("250 HELP\r\n", "250 ok\r\n", "550 no\x1b[2J\x07 way\r\n"),
             ("refused-recipient", 550))]
    for name, play, verdict in rows:
        with tap.case("scripted: " + name), servers.Scripted(play) as server, \
                connect(world, "plain", user="-", port=server.port, patience_s=1) as probe:
            started = time.monotonic()
            if verdict:
                got = verdict_is(probe, *verdict)
                assert "\x1b" not in got[2] and "\x07" not in got[2], got
            else:
                expect(lambda: submit(probe), SMTP_GONE)
            assert time.monotonic() - started < 8


def check_postfix(world):
    if os.getuid() != 0:
        tap.skip("through a real Postfix", "only root can run one")
        return
    if postfix.unpack() is None:
        tap.skip("through a real Postfix", "the package is not to be had")
        return
    world.border.behave()
    with postfix.Postfix(world) as server:
        server.wait()
        with tap.case("Postfix: three mails on one connection, whole"), \
                connect(world, "starttls", user="-", password="-", port=server.port) as probe:
            raw, before = small(), len(world.messages(TUTOR))
            for _ in range(3):
                verdict_is(probe, "accepted", 250, raw=raw)
            mails = world.wait_for(TUTOR, before + 3)[before:]
            assert all(mail.endswith(raw.partition(b"\r\n\r\n")[2]) for mail in mails), mails
        with tap.case("Postfix: larger than it takes is refused for good"), \
                connect(world, "starttls", user="-", password="-", port=server.port) as probe:
            verdict_is(probe, "refused", raw=small() + b"x" * 70 + b"\r\n" * 6000000)
        with tap.case("Postfix: what may not be relayed is refused for good"), \
                connect(world, "starttls", user="-", password="-", port=server.port) as probe:
            verdict_is(probe, "refused-recipient", 554, recipient="tutor@blocked.example.org")


def main():
    global folder
    with servers.World({ROBOT: PASSWORD, TUTOR: "t"}) as world:
        folder = world.folder
        for check in (check_road, check_addresses, check_verdicts, check_server_troubles, check_tls,
                      check_hostile_replies, check_postfix):
            check(world)
    tap.finish()


main()
