"""Starts tests/doors/probe.c's program and speaks with it; what the door tests share."""
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests"))

# ImapError and SmtpError, in the order of src/doors/imap.h and smtp.h
TLS, LOGIN, LATER, LOST, REFUSED = range(5)
SMTP_TLS, SMTP_LOGIN, SMTP_GONE, SMTP_SENDER, SMTP_ADDRESS = range(5)


def program(variant=None):
    """The probe of the variant under test (FACTEUR says which), or of the one named."""
    facteur = os.environ.get("FACTEUR", "build/plain/facteur")
    folder = os.path.join(ROOT, "build", variant) if variant else os.path.join(ROOT, os.path.dirname(facteur))
    return os.path.join(folder, "tests", "doors", "probe")


class Failure(Exception):
    def __init__(self, code, text):
        super().__init__(text)
        self.code = code


class Probe:
    def __init__(self, kind, *arguments, variant=None):
        self.process = subprocess.Popen([program(variant), kind, *map(str, arguments)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        try:
            self._answer()
        except Failure:
            self.close()
            raise

    def _answer(self):
        line = self.process.stdout.readline().rstrip("\n")
        word, _, rest = line.partition(" ")
        if word == "ok":
            return rest
        if word == "error":
            code, _, text = rest.partition(" ")
            raise Failure(int(code), text)
        raise RuntimeError(f"the probe died ({self.process.wait(10)}): {line}")

    def ask(self, *words):
        self.process.stdin.write("\t".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def close(self):
        self.process.stdin.close()
        status = self.process.wait(20)
        self.process.stdout.close()
        assert status == 0, f"the probe ended with {status}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Message:
    """uid:size:received:bytes:sha256, as the probe prints them."""

    def __init__(self, text):
        uid, size, received_at, length, self.sha256 = text.split(":")
        self.uid, self.size, self.received_at, self.length = int(uid), int(size), int(received_at), int(length)


def messages(answer):
    return [Message(word) for word in answer.split()]


def expect(call, code, *words):
    """The call must fail with this code, and say these words."""
    try:
        result = call()
    except Failure as failure:
        assert failure.code == code, f"code {failure.code}, not {code}: {failure}"
        for word in words:
            assert word in str(failure), f"`{word}` is not in: {failure}"
        return
    raise AssertionError(f"it succeeded: {result}")
