"""Those who mean no good: links made up, cut, mixed and worn; posts from other sites; paths, header lines, sizes and
speeds that nobody meant; ten thousand guesses. Nothing is done, nothing is told, memory stays flat."""
import email
import os
import re
import socket
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from forms import fill_and_send, path_of, request, send  # noqa: E402
from website import LINK, Site, roads, servers  # noqa: E402
import website  # noqa: E402

tap = servers.Tap()
NOW = "2027-07-26T10:00:00+02:00"
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
NAMES = re.compile(r"Lina|Claire|Haddad|Moreau|2027-000\d|Ateliers")
HEADER = "X-Injected: yes"
POISON = f"rien\r\n{HEADER}\r\nBcc: eve@evil.example.net\r\n\r\n<script>alert(1)</script> {{{{w.send}}}} =?utf-8?q?=0d=0aX-Injected:_yes?="


def state(site):
    return site.journal_size(), site.last_message(), site.value("SELECT count(*) FROM outbox"), site.value("SELECT count(*) FROM uploads")


class Direct:
    """The robot's own socket, bytes as they are: what a broken or bought proxy could send."""

    def __init__(self, site, seconds=10):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(seconds)
        self.socket.connect(site.socket_path)

    def send(self, data):
        try:
            self.socket.sendall(data.encode() if isinstance(data, str) else data)
        except (BrokenPipeError, ConnectionResetError):
            pass  # turned away before the end: the answer may be there all the same
        return self

    def read(self):
        got = b""
        try:
            while piece := self.socket.recv(65536):
                got += piece
        except (ConnectionResetError, BrokenPipeError):
            pass
        self.socket.close()
        return got.decode(errors="replace")


def ask(site, line, body=None, source="192.0.2.9", *headers):
    lines = [line + " HTTP/1.1", "Host: stages.univ.example.org", f"X-Forwarded-For: {source}", *headers]
    if body is not None:
        lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
    return Direct(site).send("\r\n".join(lines) + "\r\n\r\n" + (body or "")).read()


def status(answer):
    return int(answer.split()[1]) if answer.startswith("HTTP/1.1 ") else 0


def other(character):
    return ALPHABET[(ALPHABET.index(character) + 1) % len(ALPHABET)]


def bad_tokens(good, second, reply):
    """name, path behind /t/."""
    for place in range(len(good)):
        yield f"one character changed at {place}", good[:place] + other(good[place]) + good[place + 1:]
    for length in (0, 1, 2, 12, 20, 37):
        yield f"cut to {length}", good[:length]
    yield "one longer", good + "0"
    yield "twice", good + good
    yield "the proof of another link", good[:12] + second[12:]
    yield "the id of another link", good[:2] + second[2:12] + good[12:]
    yield "halves swapped", good[19:] + good[:19]
    yield "backwards", good[::-1]
    yield "an address to reply to", reply
    yield "an address to reply to, as a link", "k" + reply[1:]
    yield "wrapped by a line break", good[:20] + "%0D%0A" + good[20:]
    yield "a blank inside", good[:20] + "%20" + good[20:]
    yield "a NUL behind", good + "%00"
    yield "a full stop behind", good + "."
    yield "a path behind", good + "/2027-0001/record"
    yield "a reading behind", good + "/2027-0001/read/student_evaluation"
    yield "letters of other alphabets", good[:10] + "%D0%B0" * 28
    yield "signs", "%27%20OR%201=1--"


def check_tokens(site):
    links = [site.link("manager", reference=f"2027-000{number}")[0] for number in (2, 3)]
    good, second = (link.rsplit("/", 1)[1] for link in links)
    reply = re.search(r"\+([0-9a-z]{38})@", next(mail for mail in site.texts("manager")).reply_to).group(1)
    before = state(site)
    unknown = request(site, "GET", "/t/" + "0" * 38).text
    for name, token in bad_tokens(good, second, reply):
        with tap.case("a link: " + name):
            for method, body in (("GET", None), ("POST", "answer=accept&confirm=yes&do=send&code=000000"), ("HEAD", None)):
                answer = request(site, method, "/t/" + token, body)
                assert answer.status in (404, 400), (method, answer.status)
                assert method == "HEAD" or answer.status == 400 or answer.text == unknown, "its page differs from that of any unknown link"
                assert not NAMES.search(answer.text), answer.text
    with tap.case("all of them: nothing was done"):
        assert state(site) == before
    with tap.case("a link as servers and people change it still opens"):
        for token in (good.upper(), good.replace("0", "o").replace("1", "l"), good[:19] + "-" + good[19:],
                      "".join(f"%{ord(c):02X}" for c in good)):
            assert request(site, "GET", "/t/" + token).status == 200, token
    with tap.case("the right link with the wrong person's choice, code or step"):
        student = path_of(site.link("student", "Bilan")[0])
        for body in ("answer=accept", "answer=accept&code=123456", "do=send&f1=1", "answer=not_me", "do=send&confirm=yes"):
            assert request(site, "POST", student, body).status in (200, 422), body
            assert request(site, "POST", path_of(links[0]), body).status in (200, 422), body
        assert state(site) == before


def check_revoked(site):
    with tap.case("a revoked key: its links are unknown links"):
        link = site.link("manager", reference="2027-0002")[0]
        assert request(site, "GET", path_of(link)).status == 200
        kid = path_of(link)[4]
        site.stop()
        site.run("keys", "rotate", now=NOW)
        done = site.run("keys", "revoke", kid, now=NOW)
        assert done.returncode == 0, done.stderr + done.stdout
        site.open(NOW)
        before = state(site)
        for method, body in (("GET", None), ("POST", "answer=accept"), ("POST", "confirm=yes")):
            answer = request(site, method, path_of(link), body)
            assert answer.status == 404 and not NAMES.search(answer.text), answer.text
        assert state(site)[:2] == before[:2]


def check_cross_site(site):
    pages = {"an act": path_of(site.link("manager", reference="2027-0003")[0]), "a form": path_of(site.link("student", "Bilan")[0]), "the first page": "/",
             "the first page in Arabic": "/ar"}
    senders = {"another site": {"Sec_Fetch_Site": "cross-site"}, "a sister site": {"Sec_Fetch_Site": "same-site"},
               "another origin": {"Origin": "https://evil.example.net"},
               "our name over plain HTTP": {"Origin": "http://stages.univ.example.org"},
               "our name as a part": {"Origin": site.origin + ".evil.example.net"},
               "both": {"Sec_Fetch_Site": "cross-site", "Origin": site.origin}}
    before = state(site)
    for page, path in pages.items():
        with tap.case(f"posts from elsewhere to {page}"):
            for name, headers in senders.items():
                answer = request(site, "POST", path, "answer=accept&address=lina%40etu.example.org&do=save&f1=x&confirm=yes", **headers)
                assert answer.status == 403, (name, answer.status)
            assert state(site) == before


def check_paths(site):
    link = path_of(site.link("manager", reference="2027-0003")[0])
    paths = ("/../../../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/t/../../../etc/passwd", "/t/%2e%2e%2f%2e%2e%2fetc%2fpasswd", "//etc/passwd",
             "/t//" + link[3:], "/T/" + link[3:], link + "//", link + "/doc/agreement", link + "/file/1", link + "/%2e%2e/v/x", "/t" + "/x" * 2000,
             "/style.css/../../etc/passwd", "/style.css%00.html", "/%ff%fe", "/v/%00", "/v/%2e%2e%2fx", "/v/" + "9" * 5000, "/v/<script>alert(1)</script>",
             "/v/%3Cscript%3Ealert(1)%3C/script%3E", "/v/' OR '1'='1", "/health/../t/", "/server-status", "/.git/config", "/fr/../../x", "/fr%0d%0aX-Injected:%20yes",
             "/?x=<script>", "/t/?token=" + link[3:], "http://evil.example.net/", "*")
    before = state(site)
    with tap.case(f"{len(paths)} paths that nobody meant, through the proxy and without it"):
        for path in paths:
            for answer in (ask(site, "GET " + path.replace(" ", "%20")), ask(site, "POST " + path.replace(" ", "%20"), "answer=accept")):
                assert status(answer) in (0, 400, 404, 405, 414, 429, 431) or (path == "/?x=<script>" and status(answer) in (200, 403)), (path, answer[:200])
                assert "root:" not in answer and "<script>" not in answer and HEADER not in answer.split("\r\n\r\n")[0], path
                assert not NAMES.search(answer), path
            if path.startswith("/") and " " not in path and len(path) < 4000:
                answer = request(site, "GET", path)
                assert answer.status in (200, 301, 400, 404, 405, 414, 429) and "root:" not in answer.text and "<script>" not in answer.text, path
        assert state(site) == before
    with tap.case("other methods"):
        for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get", "G" * 300):
            assert status(ask(site, f"{method} {link}")) in (0, 400, 405, 501), method
        assert state(site) == before


def raw_headers(site):
    for who in roads.PEOPLE:
        for raw in site.mails(who):
            yield who, raw.replace(b"\r\n", b"\n").partition(b"\n\n")[0].decode(errors="replace")


def check_headers(site):
    """Every text that people give on a page and that a mail repeats."""
    known = {address for _, address in roads.PEOPLE.values()}
    link, code = site.link("student", "Bilan")
    before = site.last_message()
    with tap.case("header lines in every field of a form: the mails that repeat it have none more"):
        form = request(site, "GET", path_of(link)).form()
        texts = {name: POISON for name, kind, _ in form.fields if kind in ("text", "textarea") and name.startswith("f")}
        chosen = form.fill({"f2": "minor"})
        values = {**chosen, **{name: value for name, value in texts.items() if form.required.get(name, ("text",))[0] in ("text", "textarea")}}
        values.update({name: "2" for name, kind, _ in form.fields if kind == "number"})
        saved = send(site, path_of(link), form, values, ("do", "save"))
        assert saved.status == 200, saved.text
        fill_and_send(site, link, code, values)
        site.decided(before)
    with tap.case("and in the reason of an answer, the address of another person, an address for a link"):
        link, code = site.link("manager", reference="2027-0003")
        before = site.last_message()
        path = path_of(link)
        form = request(site, "GET", path).form()
        send(site, path, form, {"answer": "correct", "reason": POISON, "code": code})
        site.decided(before)
        before = site.last_message()
        link, _ = site.link("company", reference="2027-0001")
        answer = request(site, "GET", path_of(link))
        not_me = next(form for form in answer.forms if ("answer", "not_me") in form.buttons)
        send(site, path_of(link), not_me, {"other": "eve@evil.example.net\r\nBcc: eve@evil.example.net", "confirm": "yes"}, ("answer", "not_me"))
        assert site.decided(before)[0] == "held"
        for address in ("lina@etu.example.org\r\nBcc: eve@evil.example.net", "lina@etu.example.org,eve@evil.example.net",
                        "\"lina@etu.example.org\" <eve@evil.example.net>", POISON):
            assert request(site, "POST", "/", "address=" + "".join(f"%{byte:02X}" for byte in address.encode())).status == 200
        time.sleep(1)
        site.settle()
    with tap.case("no header was added, nobody new was written to, nothing became markup"):
        count = 0
        for who, headers in raw_headers(site):
            count += 1
            assert not re.search(r"(?mi)^(x-injected|bcc):", headers), headers
            assert "evil.example.net" not in re.sub(r"(?m)^Subject:.*(\n[ \t].*)*", "", headers), headers
        recipients = {address for address, in site.rows("SELECT DISTINCT recipient FROM outbox")}
        assert count > 12 and recipients <= known, (count, recipients - known)
        for who in roads.PEOPLE:
            for raw in site.mails(who):
                for part in email.message_from_bytes(raw).walk():
                    if part.get_content_type() == "text/html":
                        assert b"<script" not in part.get_payload(decode=True).lower()


def check_sizes(site):
    link = path_of(site.link("student", "évaluez")[0])
    before = state(site)
    with tap.case("too large, half, pipelined: turned away, and the next is answered"):
        rows = [("600 KB in a field", ask(site, "POST " + link, "do=save&f1=" + "x" * 600000, "192.0.2.77"), {413}),
                ("500 fields", ask(site, "POST " + link, "&".join(f"f{i}=1" for i in range(500)), "192.0.2.77"), {413}),
                ("a header of 40 KB", ask(site, "GET " + link, None, "192.0.2.9", "X-A: " + "x" * 40000), {0, 400, 413, 431}),
                ("an address of 9000 characters", ask(site, "POST /", "address=" + "a" * 9000 + "%40x.example.org", "192.0.2.77"), {200}),
                ("a nonce of 9000 characters", ask(site, "POST " + link, "nonce=" + "a" * 9000, "192.0.2.77"), {200}),
                ("a body shorter than it says", Direct(site, 2).send(f"POST {link} HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                                                                   "Content-Length: 500\r\n\r\ndo=save&f1=x") and "", {0})]
        for name, answer, wanted in rows:
            assert status(answer) in wanted, (name, answer[:200])
        two = Direct(site).send(f"GET {link} HTTP/1.1\r\nHost: a\r\n\r\nPOST {link} HTTP/1.1\r\nHost: a\r\n"
                                "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 12\r\n\r\ndo=save&f1=x").read()
        assert two.count("HTTP/1.1 ") == 1, two[:300]
        smuggled = Direct(site).send(f"POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 6\r\n"
                                     f"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nPOST {link} HTTP/1.1\r\nHost: a\r\n\r\n").read()
        assert status(smuggled) in (0, 400) and smuggled.count("HTTP/1.1 ") <= 1, smuggled[:300]
        assert state(site) == before
    with tap.case("sixty half requests and sixty that only begin: the next is answered at once"):
        held = [Direct(site, 2).send(f"POST {link} HTTP/1.1\r\nHost: a\r\nContent-Le" if i % 2 else "GE") for i in range(120)]
        started = time.monotonic()
        assert request(site, "GET", "/health").status == 200
        assert time.monotonic() - started < 2, time.monotonic() - started
        for one in held:
            one.socket.close()
        assert state(site) == before


def resident(site):
    pid = re.findall(r"duty-started duty=web pid=(\d+)", site.said())[-1]
    with open(f"/proc/{pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * 4096


def check_guesses(site):
    good = path_of(site.link("student", "Bilan")[0])[3:]
    before = state(site)
    with tap.case("10,000 bad tokens of as many sources: nothing done, memory flat, no token in the log"):
        def guess(number):
            token = good[:12] + "".join(ALPHABET[(number >> shift) & 31] for shift in range(0, 130, 5))
            return token, ask(site, ("POST" if number % 2 else "GET") + " /t/" + token, "answer=accept" if number % 2 else None,
                              f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}")
        for number in range(500):
            guess(number)
        size, tokens = resident(site), []
        for number in range(500, 10500):
            token, answer = guess(number)
            assert status(answer) == 404, answer[:100]
            tokens.append(token)
        grown = resident(site) - size
        assert grown < 4e6 or roads.IS_SANITIZED, f"{grown} bytes more"
        said = site.said()
        assert state(site) == before and not any(token in said for token in tokens[::100] + [good])
    with tap.case("of one source: after ten it rests, with the right link too; another source does not"):
        statuses = [status(ask(site, "GET /t/" + good[:-1] + other(good[-1]), None, "198.51.100.7")) for _ in range(12)]
        assert statuses == [404] * 10 + [429] * 2, statuses
        assert status(ask(site, "GET /t/" + good, None, "198.51.100.7")) == 429
        assert status(ask(site, "GET /t/" + good, None, "198.51.100.8")) == 200
    with tap.case("numbers of labels and addresses are guessed as slowly, and say nothing"):
        statuses = [status(ask(site, f"GET /v/SEMSEM-2027-{number:04d}", None, "198.51.100.20")) for number in range(9000, 9012)]
        assert statuses == [404] * 10 + [429] * 2, statuses
        statuses = [status(ask(site, "POST /", f"address=a{number}%40etu.example.org", "198.51.100.21")) for number in range(7)]
        assert statuses == [200] * 5 + [429] * 2, statuses
        known = ask(site, "POST /", "address=lina%40etu.example.org", "198.51.100.22")
        unknown = ask(site, "POST /", "address=lino%40etu.example.org", "198.51.100.23")
        hide = re.compile(r"Date: [^\r]*")
        assert hide.sub("", known) == hide.sub("", unknown)


def main():
    if not website.is_there():
        tap.skip("attacks", "nginx is needed")
        tap.finish()
    with Site(source="$request_id") as site:
        site.begin(NOW, ("student_evaluation", {}), ("record_validation", {}), ("record_validation", {}))
        for check in (check_tokens, check_cross_site, check_paths, check_sizes, check_guesses, check_headers, check_revoked):
            check(site)
        site.audit()
    tap.finish()


main()
