"""The IMAP door against a real Dovecot, and against servers that lie, stall and vanish."""
import hashlib
import os
import sys
import threading
import time
import warnings

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from driver import LATER, LOGIN, LOST, REFUSED, TLS, Probe, expect, messages  # noqa: E402
import servers  # noqa: E402

USER, PASSWORD = "stages@univ.example.org", 'pa"ss\\wörd'
tap = servers.Tap()


def connect(world, security="tls", user=USER, password=PASSWORD, ca_file=None, host="localhost", port=None,
            cap_ms=0, variant=None):
    port = port or (world.imaps_port if security == "tls" else world.imap_port)
    return Probe("imap", host, port, security, user, password, ca_file or world.ca_file, cap_ms, variant=variant)


def numbers(answer):
    return [int(word) for word in answer.split()]


def fingerprint(raw):
    return hashlib.sha256(raw).hexdigest()


# With Dovecot

def check_login(world):
    for security in ("tls", "starttls", "plain"):
        with tap.case(f"login over {security}"), connect(world, security) as probe:
            probe.ask("select", "INBOX")
    with tap.case("wrong password"):
        expect(lambda: connect(world, password="wrong"), LOGIN, "wrong user or password", "mailbox.password_file")
    with tap.case("wrong password over STARTTLS"):
        expect(lambda: connect(world, "starttls", password="wrong"), LOGIN)
    with tap.case("server gone"):
        expect(lambda: connect(world, port=servers.free_port()), LOST, "no connection")
    with tap.case("unknown host"):
        expect(lambda: connect(world, host="nowhere.invalid"), LOST, "not found")
    with tap.case("TLS spoken to the STARTTLS port"):
        expect(lambda: connect(world, port=world.imap_port), LOST, "mailbox.security")
    with tap.case("STARTTLS spoken to the TLS port"):
        expect(lambda: connect(world, "starttls", port=world.imaps_port, cap_ms=1500), LOST)


def check_certificates(world):
    expected = {"wrong-host": "other.example.org — set mailbox.host", "expired": "expired on 2021-01-01",
                "self-signed": "self-signed", "client-only": "not one for servers"}
    for name, words in expected.items():
        world.use_certificate(name)
        for security in ("tls", "starttls"):
            with tap.case(f"certificate {name} over {security}"):
                expect(lambda s=security: connect(world, s), TLS, words)
    world.use_certificate("good")
    with tap.case("signed by a CA that is not ours"):
        other = world.certificates.get("other-ca")[0]
        expect(lambda: connect(world, ca_file=other), TLS, "CA that is not known here", "mailbox.ca_file")
    with tap.case("the system's CAs do not know ours"):
        expect(lambda: connect(world, ca_file="-"), TLS, "")
    with tap.case("CA file missing"):
        expect(lambda: connect(world, ca_file="/nonexistent.pem"), TLS, "mailbox.ca_file")
    with tap.case("address instead of host name"), connect(world, host="127.0.0.1"):
        pass


def check_fetch(world):
    raws = [servers.message("a@example.org", USER, f"number {i}", "x" * i + "\r\n") for i in range(5)]
    raws[3] = raws[3] + b"nul \0 inside\r\n"
    for raw in raws:
        with world.mailbox(USER) as mailbox:
            mailbox.append(raw)
    with tap.case("select, search, sizes, fetch"), connect(world) as probe:
        validity, uidnext, exists = numbers(probe.ask("select", "INBOX"))
        assert validity > 0 and uidnext == 6 and exists == 5, (validity, uidnext, exists)
        assert numbers(probe.ask("search", 0, 0)) == [1, 2, 3, 4, 5]
        assert numbers(probe.ask("search", 3, 0)) == [4, 5]
        assert numbers(probe.ask("search", 5, 0)) == []
        assert numbers(probe.ask("search", 4294967295, 0)) == []
        assert numbers(probe.ask("search", 0, int(time.time()))) == [1, 2, 3, 4, 5]
        assert numbers(probe.ask("search", 0, int(time.time()) + 5 * 86400)) == []
        sizes = messages(probe.ask("sizes", "1,2,3"))
        assert [m.size for m in sizes] == [len(raw) for raw in raws[:3]]
        assert all(abs(m.received_at - time.time()) < 100 for m in sizes)
        found = messages(probe.ask("fetch", "1,2,4,5,77"))
        assert [m.uid for m in found] == [1, 2, 4, 5]
        stored = [raw.replace(b"\0", b"\x80") for raw in raws]  # Dovecot sends no NUL
        assert [m.sha256 for m in found] == [fingerprint(stored[i]) for i in (0, 1, 3, 4)]
    with tap.case("fetching marks nothing as seen"), world.mailbox(USER) as mailbox:
        assert mailbox.uids("SEEN") == []


def check_large(world):
    line = b"a line of a large message, seventy-six characters or nearly so, and more\r\n"
    raw = servers.message("a@example.org", USER, "large") + line * (30_000_000 // len(line))
    with world.mailbox(USER) as mailbox:
        mailbox.append(raw)
        uid = mailbox.uids()[-1]
    with tap.case("30 MB in bounded memory"), connect(world, variant="plain") as probe:
        probe.ask("select", "INBOX")
        before = int(probe.ask("memory"))
        assert messages(probe.ask("sizes", uid))[0].size == len(raw)
        found = messages(probe.ask("large", uid, 40_000_000))[0]
        assert found.sha256 == fingerprint(raw)
        grown = int(probe.ask("memory")) - before
        assert grown < 1.6 * len(raw) / 1024, f"{grown} kB"
    with tap.case("beyond the limit the body is dropped, and the session lives"), \
            connect(world, variant="plain") as probe:
        probe.ask("select", "INBOX")
        before = int(probe.ask("memory"))
        found = messages(probe.ask("large", uid, 1_000_000))[0]
        assert found.uid == uid and found.length == 0 and found.sha256 == "-"
        grown = int(probe.ask("memory")) - before
        assert grown < 4000, f"{grown} kB"
        assert numbers(probe.ask("search", uid - 1, 0)) == [uid]
    with tap.case("a large message that is gone"), connect(world) as probe:
        probe.ask("select", "INBOX")
        assert messages(probe.ask("large", 4000, 1000))[0].length == 0


def check_folders(world):
    with tap.case("folder names with accents, nested"), connect(world) as probe:
        for name in ("Facteur/Traités", "Facteur/À voir", "Facteur/Quarantaine", "R&D/x", "تدريب"):
            probe.ask("ensure", name)
            probe.ask("ensure", name)
            probe.ask("select", name)
        expect(lambda: probe.ask("select", "Absent"), REFUSED, "Absent")
        expect(lambda: probe.ask("ensure", "a\x01b"), REFUSED, "control")
        probe.ask("select", "INBOX")
    with tap.case("as another program sees them"):
        folders = world.folders(USER)
        for name in ("Facteur/Traités", "Facteur/À voir", "R&D/x", "تدريب"):
            assert name in folders, folders


def check_move(world):
    with tap.case("MOVE, missing UIDs are fine"), connect(world) as probe:
        probe.ask("select", "INBOX")
        probe.ask("move", "1,2,99,100", "Facteur/Traités")
        assert 1 not in numbers(probe.ask("search", 0, 0))
        probe.ask("move", "1,2", "Facteur/Traités")
    with tap.case("moved mail is whole"):
        assert len(world.messages(USER, "Facteur/Traités")) == 2
    with tap.case("where a moved mail lies, without leaving the folder"), connect(world) as probe:
        probe.ask("select", "INBOX")
        validity, uidnext, exists = numbers(probe.ask("status", "Facteur/Traités"))
        world.deliver(USER, servers.message("a@example.org", USER))
        uid = numbers(probe.ask("search", 0, 0))[-1]
        assert probe.ask("place", f"{uid},{uid + 50}", "Facteur/Traités") == f"{uid}:{validity}:{uidnext}"
        assert numbers(probe.ask("status", "Facteur/Traités")) == [validity, uidnext + 1, exists + 1]
        assert probe.ask("place", uid, "Facteur/Traités") == ""
    with tap.case("moved back: the folder is as it was"), world.mailbox(USER, "Facteur/Traités") as mailbox:
        mailbox.move(uidnext, "INBOX")
    with tap.case("the status of no folder"), connect(world) as probe:
        expect(lambda: probe.ask("status", "Absent"), REFUSED, "Absent")
    with tap.case("MOVE into a folder that somebody removed"), connect(world) as probe:
        probe.ask("select", "INBOX")
        probe.ask("move", "3", "Facteur/Neuf")
    with tap.case("it was made again"):
        assert len(world.messages(USER, "Facteur/Neuf")) == 1


def check_idle(world):
    with tap.case("IDLE tells new mail"), connect(world) as probe:
        probe.ask("select", "INBOX")
        last = numbers(probe.ask("search", 0, 0))[-1]
        threading.Timer(0.3, world.deliver, (USER, servers.message("a@example.org", USER))).start()
        started = time.monotonic()
        assert probe.ask("wait", 20000) == "changed"
        assert time.monotonic() - started < 5
        assert numbers(probe.ask("search", last, 0)) == [last + 1]
        assert probe.ask("wait", 300) == "quiet"
        assert probe.ask("wait", 300) == "quiet"
    with tap.case("mail that came between search and IDLE"), connect(world) as probe:
        probe.ask("select", "INBOX")
        probe.ask("search", 0, 0)
        world.deliver(USER, servers.message("a@example.org", USER))
        assert probe.ask("wait", 5000) == "changed"
    with tap.case("Dovecot stops while we wait"):
        with connect(world) as probe:
            probe.ask("select", "INBOX")
            threading.Timer(0.3, world.dovecot.stop).start()
            expect(lambda: probe.ask("wait", 20000), LOST, "closed the connection")
        world.dovecot.start()


def check_many(world):
    count = 10000
    raw = servers.message("a@example.org", USER)
    world.add_user("many@univ.example.org", "m")
    world.fill("many@univ.example.org", (raw for _ in range(count)))
    with tap.case("ten thousand UIDs, moved in commands of hundreds"), \
            connect(world, user="many@univ.example.org", password="m", variant="plain") as probe:
        probe.ask("select", "INBOX")
        uids = numbers(probe.ask("search", 0, 0))
        assert len(uids) == count
        assert len(messages(probe.ask("fetch", ",".join(map(str, uids[:500]))))) == 500
        probe.ask("ensure", "Facteur/Traités")
        scattered = ",".join(map(str, uids[:2000:2]))
        before = int(probe.ask("commands"))
        probe.ask("move", scattered, "Facteur/Traités")
        assert int(probe.ask("commands")) - before == 2
        assert len(numbers(probe.ask("search", 0, 0))) == count - 1000
        assert int(probe.ask("memory")) < 40000


def check_uidvalidity(world):
    with tap.case("UIDVALIDITY changes when the folder is made anew"), connect(world) as probe:
        probe.ask("ensure", "Neu")
        old = numbers(probe.ask("select", "Neu"))[0]
        probe.ask("select", "INBOX")
        time.sleep(1.1)  # Dovecot takes the second for the value
        with world.mailbox(USER) as mailbox:
            mailbox.imap.delete("Neu")
            mailbox.imap.create("Neu")
        assert numbers(probe.ask("select", "Neu"))[0] != old


def check_dialects():
    with servers.World({USER: PASSWORD}, separator=".") as world:
        with tap.case("another delimiter"), connect(world) as probe:
            probe.ask("ensure", "Facteur/Traités")
            world.deliver(USER, servers.message("a@example.org", USER))
            probe.ask("select", "INBOX")
            probe.ask("move", "1", "Facteur/Traités")
            assert "Facteur.Traités" in world.folders(USER)
    with servers.World({USER: PASSWORD}, imap_extra="imap_capability = IMAP4rev1 UIDPLUS LITERAL+") as world:
        with tap.case("no MOVE: COPY and UID EXPUNGE, others' \\Deleted left alone"), connect(world) as probe:
            for _ in range(3):
                world.deliver(USER, servers.message("a@example.org", USER))
            with world.mailbox(USER) as mailbox:
                mailbox.imap.uid("STORE", "3", "+FLAGS", r"(\Deleted)")
            probe.ask("ensure", "Facteur/Traités")
            probe.ask("select", "INBOX")
            places = probe.ask("place", "1,2", "Facteur/Traités").split()
            assert [place.split(":")[0::2] for place in places] == [["1", "1"], ["2", "2"]], places
            assert numbers(probe.ask("search", 0, 0)) == [3]
            assert len(world.messages(USER, "Facteur/Traités")) == 2
        with tap.case("no IDLE: waits and lives"), connect(world) as probe:
            probe.ask("select", "INBOX")
            started = time.monotonic()
            assert probe.ask("wait", 300) == "quiet"
            assert 0.2 < time.monotonic() - started < 3
            probe.ask("search", 0, 0)


# With servers that misbehave

def hostile(play, security="plain", tls=None, cap_ms=1500, user="u", **arguments):
    """A probe at a scripted server; gives the probe and the server."""
    server = servers.Scripted(play, tls)
    try:
        return server, connect(None, security, user=user, password="p", port=server.port, cap_ms=cap_ms,
                               **{"ca_file": "-", **arguments})
    except Exception:
        server.close()
        raise


def refuse_connect(play, code, *words, **arguments):
    def call():
        server, probe = hostile(play, **arguments)
        probe.close()
        server.close()
    started = time.monotonic()
    expect(call, code, *words)
    assert time.monotonic() - started < 6, "too slow"


CAPABILITIES = "IMAP4rev1 IDLE MOVE UIDPLUS AUTH=PLAIN"


def greet(peer, capabilities=CAPABILITIES):
    peer.send("* OK hello\r\n")
    for _ in range(4):
        tag, _, command = peer.line().partition(" ")
        if command.startswith("CAPABILITY"):
            peer.send(f"* CAPABILITY {capabilities}\r\n{tag} OK done\r\n")
        elif command.startswith("AUTHENTICATE"):
            peer.send("+ \r\n")
            peer.line()
            peer.send(f"{tag} OK in\r\n* CAPABILITY {capabilities}\r\n")
        elif command.startswith("LOGIN"):
            peer.send(f"{tag} OK in\r\n")
        if command.startswith("CAPABILITY") and peer.greeted:
            return
        peer.greeted = command.startswith(("AUTHENTICATE", "LOGIN"))


def select(peer):
    tag = peer.line().split(" ")[0]
    peer.send("* 3 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 4] x\r\n* FLAGS (\\Seen)\r\n"
              f"{tag} OK [READ-WRITE] done\r\n")


def in_session(name, play, command, code=None, *words, answer=None, cap_ms=1500, capabilities=CAPABILITIES):
    """Logs in and selects at a scripted server, then plays; the command must fail so, or answer so."""
    def serve(peer, _number):
        greet(peer, capabilities)
        select(peer)
        play(peer)
        try:
            peer.line()
        except OSError:
            pass
    with tap.case(name):
        server, probe = hostile(serve, cap_ms=cap_ms)
        with server, probe:
            probe.ask("select", "INBOX")
            started = time.monotonic()
            if answer is not None:
                got = probe.ask(*command)
                assert got == answer, got
            else:
                expect(lambda: probe.ask(*command), code, *words)
            assert time.monotonic() - started < 6, "too slow"


def tag_of(peer):
    return peer.line().split(" ")[0]


def dribble(peer, text, seconds=20):
    end = time.monotonic() + seconds
    for character in text:
        peer.send(character)
        time.sleep(0.3)
        if time.monotonic() > end:
            return


def check_greetings():
    with tap.case("a server that says nothing"):
        refuse_connect(lambda peer, _: time.sleep(5), LOST, "in time")
    with tap.case("a server that dribbles"):
        refuse_connect(lambda peer, _: dribble(peer, "* OK " + "x" * 100), LOST, "in time")
    with tap.case("a server that hangs up"):
        refuse_connect(lambda peer, _: None, LOST, "closed the connection")
    with tap.case("BYE for a greeting"):
        refuse_connect(lambda peer, _: peer.send("* BYE too many connections\r\n"), LATER, "too many connections")
    with tap.case("not an IMAP server"):
        refuse_connect(lambda peer, _: (peer.send("HTTP/1.1 200 OK\r\n\r\n"), time.sleep(1)), LOST)
    with tap.case("an endless greeting"):
        refuse_connect(lambda peer, _: [peer.send("x" * 100000) for _ in range(1000)], LOST, "more than is allowed")
    with tap.case("PREAUTH before STARTTLS"):
        refuse_connect(lambda peer, _: (peer.send("* PREAUTH welcome\r\n"), time.sleep(1)), TLS, "PREAUTH",
                       security="starttls")
    with tap.case("STARTTLS stripped"):
        def stripped(peer, _):
            peer.send("* OK hello\r\n")
            tag = tag_of(peer)
            peer.send(f"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n{tag} OK done\r\n")
            peer.line()
        refuse_connect(stripped, TLS, "no STARTTLS", security="starttls")
    with tap.case("text injected after STARTTLS"):
        def injected(peer, _):
            peer.send("* OK hello\r\n")
            tag = tag_of(peer)
            peer.send(f"* CAPABILITY IMAP4rev1 STARTTLS\r\n{tag} OK done\r\n")
            tag = tag_of(peer)
            peer.send(f"{tag} OK begin TLS\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n")
            time.sleep(1)
        refuse_connect(injected, TLS, security="starttls")
    with tap.case("the TLS handshake stalls"):
        def stalled(peer, _):
            peer.send("* OK hello\r\n")
            tag = tag_of(peer)
            peer.send(f"* CAPABILITY IMAP4rev1 STARTTLS\r\n{tag} OK done\r\n")
            peer.send(f"{tag_of(peer)} OK begin TLS\r\n")
            time.sleep(5)
        refuse_connect(stalled, LOST, "in time", security="starttls")


def check_old_tls():
    with tap.case("TLS 1.1 alone is refused"):
        with servers.World({USER: PASSWORD}) as world:
            import ssl
            context = world.certificates.server_context()
            warnings.simplefilter("ignore", DeprecationWarning)
            try:
                context.set_ciphers("ALL:@SECLEVEL=0")
                context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
            except (ValueError, ssl.SSLError):
                return
            refuse_connect(lambda peer, _: peer.send("* OK old\r\n"), TLS, "TLS 1.2", security="tls", tls=context,
                           ca_file=world.ca_file)


def check_login_answers():
    def answering(text):
        def serve(peer, _):
            peer.send("* OK hello\r\n")
            tag = tag_of(peer)
            peer.send(f"* CAPABILITY IMAP4rev1\r\n{tag} OK done\r\n")
            peer.send(f"{tag_of(peer)} {text}\r\n")
            peer.line()
        return serve
    rows = [("NO [AUTHENTICATIONFAILED] no", LOGIN), ("NO Invalid credentials", LOGIN),
            ("NO [UNAVAILABLE] backend down", LATER), ("NO [THROTTLED] slow down", LATER),
            ("NO [INUSE] x", LATER), ("BAD User is authenticated but not connected.", LATER)]
    for text, code in rows:
        with tap.case("LOGIN answered " + text):
            refuse_connect(answering(text), code)
    with tap.case("a password with a line break never goes out"):
        refuse_connect(answering("OK in"), LOGIN, "line break", user="u\rx")


def check_broken_sessions():
    in_session("closed in the middle of a literal", lambda peer: (
        tag_of(peer), peer.send("* 1 FETCH (UID 1 RFC822.SIZE 50 BODY[] {5000}\r\nhalf"), peer.hang_up()),
        ["fetch", "1"], LOST, "closed the connection")
    in_session("a literal that dribbles", lambda peer: (
        tag_of(peer), peer.send("* 1 FETCH (UID 1 BODY[] {5000}\r\n"), dribble(peer, "x" * 100)),
        ["fetch", "1"], LOST, "in time")
    in_session("a literal of four gigabytes", lambda peer: (
        tag_of(peer), peer.send("* 1 FETCH (UID 1 BODY[] {4294967290}\r\n"),
        [peer.send(b"x" * 1000000) for _ in range(200)]),
        ["fetch", "1"], LOST, cap_ms=5000)
    in_session("endless untagged lines", lambda peer: (
        tag_of(peer), [peer.send("* OK still here\r\n" * 10000) for _ in range(200)]),
        ["search", 0, 0], LOST, cap_ms=4000)
    in_session("BYE in the middle", lambda peer: (tag_of(peer), peer.send("* BYE going down\r\n"),
                                                  peer.hang_up()), ["search", 0, 0], LOST)
    in_session("NO to a search keeps the session", lambda peer: peer.send(f"{tag_of(peer)} NO not now\r\n"),
               ["search", 0, 0], REFUSED, "not now")
    in_session("NO to the folder delimiter", lambda peer: peer.send(f"{tag_of(peer)} NO not now\r\n"),
               ["ensure", "Facteur"], REFUSED, "delimiter")
    in_session("NO to a look for a folder", lambda peer: (
        peer.send(f'* LIST (\\Noselect) "/" ""\r\n{tag_of(peer)} OK done\r\n'),
        peer.send(f"{tag_of(peer)} NO not now\r\n")), ["ensure", "Facteur"], REFUSED, "looked for")
    in_session("a search that names the last UID again", lambda peer: peer.send(
        f"* SEARCH 3\r\n{tag_of(peer)} OK done\r\n"), ["search", 3, 0], answer="")
    in_session("news nobody asked for among the answers", lambda peer: peer.send(
        "* 2 FETCH (FLAGS (\\Seen))\r\n* 9 FETCH (UID 9 RFC822.SIZE 3 BODY[] {3}\r\nabc)\r\n"
        "* 1 FETCH (UID 1 RFC822.SIZE 3 INTERNALDATE \"01-Mar-2027 08:00:00 +0100\" BODY[] {3}\r\nxyz)\r\n"
        f"* 4 EXISTS\r\n{tag_of(peer)} OK done\r\n"), ["fetch", "1"],
        answer="1:3:1803884400:3:3608bca1e44ea6c4d268eb6db02260269892c0b42b86bbf1e77a6fa16c3c9282")
    in_session("BODY[] NIL is a message that is gone", lambda peer: peer.send(
        f"* 1 FETCH (UID 1 RFC822.SIZE 3 BODY[] NIL)\r\n{tag_of(peer)} OK done\r\n"), ["fetch", "1"], answer="")


def check_idle_quirks():
    def idle(before="", plus="+ idling\r\n", after=""):
        def play(peer):
            tag = tag_of(peer)
            peer.send(before + plus + after)
            if peer.line() == "DONE":
                peer.send(f"{tag} OK done\r\n")
        return play
    in_session("EXISTS before the +", idle(before="* 4 EXISTS\r\n"), ["wait", 2000], answer="changed")
    in_session("EXISTS in the packet of the +", idle(after="* 4 EXISTS\r\n"), ["wait", 2000], answer="changed")
    in_session("a + with a code", idle(plus="+ [BADCHARSET ({3} x\r\n", after="* 4 EXISTS\r\n"), ["wait", 2000],
               answer="changed")
    in_session("an empty +", idle(plus="+\r\n"), ["wait", 300], answer="quiet")
    in_session("flags and greetings are no news", idle(after="* 1 FETCH (FLAGS ())\r\n* OK Still here\r\n"),
               ["wait", 300], answer="quiet")
    in_session("BYE while idle", idle(after="* BYE timeout\r\n"), ["wait", 3000], LOST)
    in_session("IDLE refused", lambda peer: peer.send(f"{tag_of(peer)} NO no idle\r\n"), ["wait", 300],
               answer="quiet")
    in_session("DONE is never answered", lambda peer: (tag_of(peer), peer.send("+ idling\r\n"), peer.line(),
                                                       time.sleep(4)), ["wait", 200], LOST, "in time")


def main():
    with servers.World({USER: PASSWORD}) as world:
        for check in (check_login, check_certificates, check_fetch, check_folders, check_move, check_large,
                      check_idle, check_uidvalidity, check_many):
            check(world)
    for check in (check_dialects, check_greetings, check_old_tls, check_login_answers, check_broken_sessions,
                  check_idle_quirks):
        check()
    tap.finish()


main()
