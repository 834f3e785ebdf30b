"""Login by OAuth2: an application fetches its token over HTTPS; Dovecot and the border take no password for it."""
import base64
import hashlib
import hmac
import http.server
import json
import os
import sys
import threading
import time
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from driver import LATER, LOGIN, SMTP_GONE, SMTP_LOGIN, TLS, Probe, expect  # noqa: E402
import servers  # noqa: E402

ROBOT, TUTOR = "stages@univ.example.org", "tutor@company.example.org"
CLIENT, SECRET = "3f1c-facteur", "s3cret+&=%~é"
KEY = b"the key that the issuer shares with Dovecot"
tap = servers.Tap()

DOVECOT = """
auth_mechanisms = plain login xoauth2
passdb {
  driver = oauth2
  mechanisms = xoauth2
  args = %(folder)s/oauth2.conf
}
"""
INTROSPECTION = """
introspection_mode = local
local_validation_key_dict = fs:posix:prefix=%(folder)s/keys/
username_attribute = email
"""


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def make_token(user, life_s):
    """A JSON Web Token (RFC 7519), HS256."""
    head = encode(json.dumps({"alg": "HS256", "typ": "JWT"}).encode())
    body = encode(json.dumps({"email": user, "iat": int(time.time()) - 5, "exp": int(time.time()) + life_s,
                              "sub": user}).encode())
    return f"{head}.{body}." + encode(hmac.new(KEY, f"{head}.{body}".encode(), hashlib.sha256).digest())


class Issuer:
    """The token endpoint: RFC 6749, 4.4. life_s, user and answer (status, bytes) can be changed."""

    def __init__(self, context):
        self.life_s, self.user, self.answer, self.asked = 3600, ROBOT, None, []
        issuer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                form = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                status, body = issuer.reply({name: values[0] for name, values in form.items()})
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"https://{servers.HOST}:{self.server.server_address[1]}/tenant/oauth2/v2.0/token"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def reply(self, form):
        self.asked.append(form)
        if self.answer is not None:
            return self.answer
        if form != {"grant_type": "client_credentials", "client_id": CLIENT, "scope": "mail", "client_secret": SECRET}:
            return 401, json.dumps({"error": "invalid_client",
                                    "error_description": "AADSTS7000215: Invalid client secret.\r\nTrace: 7"}).encode()
        self.token = make_token(self.user, self.life_s)
        return 200, json.dumps({"token_type": "Bearer", "expires_in": self.life_s, "access_token": self.token}).encode()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()


def connect(world, issuer, kind="imap", secret=SECRET, ca_file=None, url=None):
    port = world.imaps_port if kind == "imap" else world.smtps_port
    return Probe(kind, "localhost", port, "tls", ROBOT, secret, world.ca_file, 5000 if kind == "imap" else 0,
                 url or issuer.url, CLIENT, ca_file or world.ca_file)


def check_imap(world, issuer):
    with tap.case("a mailbox opens with a token"), connect(world, issuer) as probe:
        probe.ask("select", "INBOX")
        assert len(issuer.asked) == 1
    with tap.case("each connection has a token of its own"), connect(world, issuer) as probe:
        probe.ask("select", "INBOX")
        assert len(issuer.asked) == 2
    with tap.case("a token for somebody else is refused, and the mend is the mailbox"):
        issuer.user = TUTOR
        expect(lambda: connect(world, issuer), LOGIN, "access token is refused", "mailbox.user")
        issuer.user = ROBOT
    with tap.case("an expired token is refused"):
        issuer.life_s = -60
        expect(lambda: connect(world, issuer), LOGIN, "access token is refused")
        issuer.life_s = 3600


def check_issuer(world, issuer):
    with tap.case("a wrong secret: what the issuer says, on one line, and the mend"):
        expect(lambda: connect(world, issuer, secret="wrong"), LOGIN, "invalid_client", "AADSTS7000215", "password_file")
    with tap.case("no secret"):
        expect(lambda: connect(world, issuer, secret=""), LOGIN, "no secret")
    with tap.case("the issuer's certificate is verified"):
        issuer_ca = world.certificates.get("other-ca")[0]
        expect(lambda: connect(world, issuer, ca_file=issuer_ca), TLS, "oauth2.ca_file")
    with tap.case("the issuer's name is verified"):
        with Issuer(world.certificates.server_context("wrong-host")) as other:
            expect(lambda: connect(world, other), TLS, "oauth2.ca_file")
    with tap.case("nobody there"):
        expect(lambda: connect(world, issuer, url=f"https://localhost:{servers.free_port()}/"), LATER, "oauth2.token_url")
    with tap.case("never in clear"):
        expect(lambda: connect(world, issuer, url=issuer.url.replace("https", "http")), LATER, "oauth2.token_url")
    for name, answer, code in (("busy", (503, b"later"), LATER), ("throttled", (429, b"{}"), LATER),
                               ("no JSON", (200, b"<html>"), LATER), ("no token", (200, b"{}"), LATER),
                               ("a token with a line break", (200, b'{"access_token": "a\\r\\nb"}'), LATER),
                               ("endless", (200, b"x" * 200000), LATER),
                               ("moved elsewhere", (302, b""), LATER)):
        issuer.answer = answer
        with tap.case(f"the issuer answers: {name}"):
            expect(lambda: connect(world, issuer), code, "oauth2.token_url")
    issuer.answer = None


def submit(probe, path):
    return probe.ask("submit", ROBOT, TUTOR, path).split(" ")[0]


def check_smtp(world, issuer):
    path = os.path.join(world.folder, "mail.eml")
    with open(path, "wb") as file:
        file.write(servers.message(ROBOT, TUTOR, "Fiche", "Bonjour\r\n"))

    def reply(form):
        answer = Issuer.reply(issuer, form)
        world.border.tokens[ROBOT] = getattr(issuer, "token", None)
        return answer
    issuer.reply = reply
    with tap.case("mails go out with a token, one connection and one token for many"), \
            connect(world, issuer, "smtp") as probe:
        before, connections = len(issuer.asked), world.border.connections
        assert [submit(probe, path) for _ in range(5)] == ["accepted"] * 5
        assert (len(issuer.asked) - before, world.border.connections - connections) == (1, 1)
        assert world.border.accepted[-1].login == ROBOT
    with tap.case("a token near its end is renewed before the next mail"), connect(world, issuer, "smtp") as probe:
        issuer.life_s = 2
        assert submit(probe, path) == "accepted"
        before, connections = len(issuer.asked), world.border.connections
        time.sleep(1.1)
        issuer.life_s = 3600
        assert submit(probe, path) == "accepted"
        assert (len(issuer.asked) - before, world.border.connections - connections) == (1, 1)
    with tap.case("a token that the server does not know"), connect(world, issuer, "smtp") as probe:
        issuer.reply = lambda form: Issuer.reply(issuer, form)
        world.border.tokens.clear()
        expect(lambda: submit(probe, path), SMTP_LOGIN, "access token is refused", "submission.user")
    with tap.case("no issuer: the outbox waits"), \
            connect(world, issuer, "smtp", url=f"https://localhost:{servers.free_port()}/") as probe:
        expect(lambda: submit(probe, path), SMTP_GONE, "oauth2.token_url")
    with tap.case("a wrong secret: nobody hammers"), connect(world, issuer, "smtp", secret="wrong") as probe:
        expect(lambda: submit(probe, path), SMTP_LOGIN, "AADSTS7000215")


def prepare(world):
    """What Dovecot needs to know of the issuer."""
    folder = world.dovecot.folder
    os.makedirs(os.path.join(folder, "keys", "default", "HS256"))
    with open(os.path.join(folder, "keys", "default", "HS256", "default"), "wb") as file:
        file.write(base64.b64encode(KEY))
    with open(os.path.join(folder, "oauth2.conf"), "w", encoding="utf-8") as file:
        file.write(INTROSPECTION % {"folder": folder})
    world.dovecot.restart_with(DOVECOT % {"folder": folder})


def main():
    with servers.World({ROBOT: "unused", TUTOR: "unused"}) as world, \
            Issuer(world.certificates.server_context()) as issuer:
        prepare(world)
        for check in (check_imap, check_issuer, check_smtp):
            check(world, issuer)
    tap.finish()


main()
