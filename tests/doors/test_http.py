"""The HTTP door: what it takes, what it turns away, and that nobody can hold it up."""
import os
import socket
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from driver import Failure, Probe  # noqa: E402
import servers  # noqa: E402

tap = servers.Tap()
FORM = "application/x-www-form-urlencoded"


class Client:
    """Speaks bytes, so that broken requests can be sent."""

    def __init__(self, target):
        self.socket = socket.socket(socket.AF_UNIX if isinstance(target, str) else socket.AF_INET)
        self.socket.settimeout(10)
        self.socket.connect(target)

    def send(self, data):
        self.socket.sendall(data.encode() if isinstance(data, str) else data)

    def read(self):
        got = b""
        try:
            while piece := self.socket.recv(65536):
                got += piece
        except (ConnectionResetError, BrokenPipeError):
            pass
        self.socket.close()
        return got.decode("utf-8", "replace")


def ask(target, data):
    client = Client(target)
    try:
        client.send(data)
    except (ConnectionResetError, BrokenPipeError):
        pass  # turned away before the end: the answer may be there all the same
    return client.read()


def request(method, path, body="", kind=FORM, headers=()):
    body = body.encode() if isinstance(body, str) else body
    lines = [f"{method} {path} HTTP/1.1", "Host: stages.example.org", *headers]
    if method == "POST":
        lines += [f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def status(answer):
    return int(answer.split()[1]) if answer.startswith("HTTP/1.1 ") else 0


def multipart(*parts):
    body = b""
    for disposition, content in parts:
        content = content.encode() if isinstance(content, str) else content
        body += b"--frontier\r\nContent-Disposition: form-data; " + disposition.encode() + b"\r\n\r\n" + content + b"\r\n"
    return body + b"--frontier--\r\n"


def check_taken(target):
    with tap.case("GET is answered, with the headers that keep a page to itself"):
        answer = ask(target, request("GET", "/t/abc"))
        assert status(answer) == 200 and "GET /t/abc" in answer, answer
        for header in ("Content-Security-Policy: default-src 'none'", "frame-ancestors 'none'", "Cache-Control: no-store",
                       "Referrer-Policy: no-referrer", "X-Robots-Tag: noindex", "X-Content-Type-Options: nosniff",
                       "Connection: close"):
            assert header.lower() in answer.lower(), header
    with tap.case("HEAD is a GET without the body"):
        answer = ask(target, request("HEAD", "/t/abc"))
        assert status(answer) == 200 and answer.endswith("\r\n\r\n"), answer
    with tap.case("an urlencoded form, with accents, signs and Arabic"):
        answer = ask(target, request("POST", "/t/abc", "a=%C3%A9t%C3%A9+d%27or&b=&c=%D9%86%D8%B9%D9%85&b=2"))
        assert "POST /t/abc" in answer, answer
        assert "\na=été d'or - 0" in answer and "\nb= - 0" in answer and "\nc=نعم - 0" in answer and "\nb=2 " in answer, answer
    with tap.case("bytes that are no UTF-8 and NULs become harmless"):
        answer = ask(target, request("POST", "/x", "a=%E9%00%FFb"))
        assert "a=\ufffd\ufffdb" in answer, answer
    with tap.case("a form with a file"):
        body = multipart(('name="cv"; filename="mon cv.pdf"', b"%PDF-1.4 " + b"x" * 5000), ('name="note"', "ligne 1\r\nligne 2"))
        answer = ask(target, request("POST", "/x", body, "multipart/form-data; boundary=frontier"))
        assert "cv= mon cv.pdf 5009 %PDF-1.4 xxxxxxx" in answer and "note=ligne 1\nligne 2 - 0" in answer, answer
    with tap.case("a file field left empty"):
        answer = ask(target, request("POST", "/x", multipart(('name="cv"; filename=""', "")), "multipart/form-data; boundary=frontier"))
        assert status(answer) == 200 and " 0 " in answer, answer
    with tap.case("a file over the limit is not kept, and the rest of the form is"):
        body = multipart(('name="cv"; filename="a.pdf"', b"x" * 1000001), ('name="note"', "kept"))
        answer = ask(target, request("POST", "/x", body, "multipart/form-data; boundary=frontier"))
        assert "cv= a.pdf 1000001 too large" in answer and "note=kept - 0" in answer, answer
    with tap.case("a piece of a file"):
        answer = ask(target, request("GET", "/piece"))
        assert "Content-Length: 4\r\n" in answer and answer.endswith("\r\n\r\nECDE"), answer
    with tap.case("an unknown page"):
        assert status(ask(target, request("GET", "/nowhere"))) == 404


def check_sources(target):
    rows = [("same origin", ["Sec-Fetch-Site: same-origin", "Origin: https://stages.example.org"], 0),
            ("no browser headers", [], 0), ("typed address", ["Sec-Fetch-Site: none"], 0),
            ("privacy hides the origin", ["Sec-Fetch-Site: same-origin", "Origin: null"], 0),
            ("another site", ["Sec-Fetch-Site: cross-site"], 1), ("a sister site", ["Sec-Fetch-Site: same-site"], 1),
            ("another origin, old browser", ["Origin: https://evil.example.org"], 1)]
    for name, headers, want in rows:
        with tap.case("cross site: " + name):
            answer = ask(target, request("POST", "/x", "a=1", headers=headers))
            assert f"cross {want}" in answer, answer
    with tap.case("the languages of the browser, as they came; none is none"):
        assert "languages ar, fr;q=0.5\n" in ask(target, request("GET", "/x", headers=["Accept-Language: ar, fr;q=0.5"]))
        assert "languages \n" in ask(target, request("GET", "/x"))
    with tap.case("the proxy's word for who asks: the last one"):
        answer = ask(target, request("GET", "/x", headers=["X-Forwarded-For: 10.0.0.1, 203.0.113.9"]))
        assert "source 203.0.113.9 " in answer, answer


def check_turned_away(target):
    rows = [("PUT", "PUT / HTTP/1.1\r\nHost: a\r\n\r\n", {405}),
            ("DELETE", "DELETE / HTTP/1.1\r\nHost: a\r\n\r\n", {405}),
            ("two lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\na=1", {0, 400}),
            ("length and chunks", f"POST / HTTP/1.1\r\nHost: a\r\nContent-Type: {FORM}\r\nContent-Length: 3\r\n"
             "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n", {0, 400}),
            ("no request", "\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", {0, 400}),
            ("a path that is none", "GET x HTTP/1.1\r\nHost: a\r\n\r\n", {0, 400}),
            ("a GET with a body", "GET /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na=1", {0, 400}),
            ("JSON", request("POST", "/x", "{}", "application/json"), {415}),
            ("no content type", "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na=1", {415}),
            ("40 KB of headers", "GET / HTTP/1.1\r\nHost: a\r\nX: " + "x" * 40000 + "\r\n\r\n", {0, 400, 413, 414, 431}),
            ("a value of 600 KB", request("POST", "/x", "a=" + "x" * 600000), {413}),
            ("500 fields", request("POST", "/x", "&".join(f"f{i}=1" for i in range(500))), {413}),
            ("a multipart without its end", request("POST", "/x", multipart(('name="a"', "b"))[:-20],
                                                    "multipart/form-data; boundary=frontier"), {400}),
            ("a chunked body over the limit", None, {0, 413})]
    for name, data, wanted in rows:
        with tap.case("turned away: " + name):
            if data is None:
                data = (f"POST /x HTTP/1.1\r\nHost: a\r\nContent-Type: {FORM}\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + "2\r\na=\r\n" + ("10000\r\n" + "x" * 65536 + "\r\n") * 20 + "0\r\n\r\n")
            answer = ask(target, data)
            assert status(answer) in wanted, (status(answer), answer[:300])
            assert "smuggled" not in answer and "POST /x" not in answer, answer
    with tap.case("after an answer nothing more is read from the connection"):
        answer = ask(target, request("GET", "/one") + request("GET", "/two"))
        assert "GET /one" in answer and "GET /two" not in answer, answer


def check_patience(target):
    for name, first, drip in [("headers", b"GET /x HTTP/1.1\r\nHost: a\r\n", b"X-A: b\r\n"),
                              ("body", request("POST", "/x", "a" * 100)[:-100], b"a")]:
        with tap.case(f"a client that drips its {name} is cut off"):
            client, started = Client(target), time.monotonic()
            client.send(first)
            try:
                while time.monotonic() - started < 9:
                    time.sleep(0.3)
                    client.send(drip)
            except OSError:
                pass
            assert time.monotonic() - started < 6, "it was never cut off"
    with tap.case("a hundred silent clients do not shut out the next for long"):
        silent = [Client(target) for _ in range(100)]
        answer = ask(target, request("GET", "/x"))
        assert status(answer) == 200, answer
        for client in silent:
            client.socket.close()


def check_memory(target, probe):
    with tap.case("memory stays flat over 3000 posts and 20 files"):
        def resident():
            with open(f"/proc/{probe.process.pid}/statm", encoding="ascii") as file:
                return int(file.read().split()[1]) * 4096
        body = multipart(('name="cv"; filename="a.pdf"', b"x" * 900000))
        for _ in range(500):
            ask(target, request("POST", "/x", "a=" + "x" * 2000))
        before = resident()
        for _ in range(3000):
            ask(target, request("POST", "/x", "a=" + "x" * 2000))
        for _ in range(20):
            ask(target, request("POST", "/x", body, "multipart/form-data; boundary=frontier"))
        grown = resident() - before
        assert grown < 4e6, f"{grown} bytes more"


def check_listening(folder):
    for where in ("0.0.0.0:0", "192.0.2.1:80", "example.org:80", "unix:" + "/x" * 100, "systemd", "nonsense"):
        with tap.case("listen on " + where[:30] + " is refused"):
            try:
                Probe("http", where, folder).close()
            except Failure as failure:
                assert "web.listen" in str(failure), failure
            else:
                raise AssertionError("it was taken")
    with tap.case("a file in the place of the socket is left alone"):
        path = os.path.join(folder, "file")
        with open(path, "w", encoding="ascii") as file:
            file.write("mine")
        try:
            Probe("http", "unix:" + path, folder).close()
        except Failure:
            pass
        with open(path, encoding="ascii") as file:
            assert file.read() == "mine"


def main():
    with tempfile.TemporaryDirectory() as folder:
        path, port = os.path.join(folder, "web.sock"), servers.free_port()
        with Probe("http", f"127.0.0.1:{port}", folder) as probe:
            target = ("127.0.0.1", port)
            check_taken(target)
            check_sources(target)
            check_turned_away(target)
            check_patience(target)
            assert not [name for name in os.listdir(folder) if name != "web.sock"], "an upload was left behind"
        with Probe("http", f"127.0.0.1:{port}", folder, variant="plain") as probe:
            check_memory(("127.0.0.1", port), probe)  # ASan keeps what was freed for a while
        with Probe("http", "unix:" + path, folder), tap.case("a Unix socket that the proxy's group may use"):
            assert os.stat(path).st_mode & 0o777 == 0o660
            assert status(ask(path, request("GET", "/x"))) == 200
        check_listening(folder)
    tap.finish()


main()
