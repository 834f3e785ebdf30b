"""A robot with its pages behind a real nginx (docs/nginx.conf), beside the private mail world of the road's tests.

    with Site() as site:
        site.import_cases(1)
        site.open("2027-02-01T09:00:00+01:00")     # the robot at work, its clock standing there
        link = site.link("manager")                # of the newest mail that has one
        site.at("2027-02-02T09:00:00+01:00")       # stops it and starts it again
"""
import os
import re
import shutil
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests"))
sys.path.insert(0, os.path.join(ROOT, "tests", "robot"))
import clients  # noqa: E402
import road as roads  # noqa: E402
import servers  # noqa: E402

NAME = "stages.univ.example.org"
BEGIN = roads.BEGIN
LINK = re.compile(r"https://[^\s<>\"]+/t/[0-9a-z]{38}")
CODE = re.compile(r"(?:Code|code|الرمز|رمز)[^\n]*?\b(\d{6})\b")


class Nginx:
    """docs/nginx.conf with this machine's paths and ports."""

    def __init__(self, folder, port, socket_path, certificate, source="$remote_addr"):
        self.folder = folder
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(ROOT, "docs", "nginx.conf"), encoding="utf-8") as file:
            text = file.read()
        text = re.sub(r"(?m)^\s*listen \[::\].*\n", "", text)
        text = text.replace("listen 80;", f"listen unix:{folder}/plain.sock;").replace("listen 443 ssl", f"listen 127.0.0.1:{port} ssl")
        text = re.sub(r"ssl_certificate     .*;", f"ssl_certificate {certificate[0]};", text)
        text = re.sub(r"ssl_certificate_key .*;", f"ssl_certificate_key {certificate[1]};", text)
        text = text.replace("/run/facteur/web.sock", socket_path)
        text = text.replace("X-Forwarded-For $remote_addr", "X-Forwarded-For " + source)
        text = text.replace("/var/log/nginx/error.log", os.path.join(folder, "error.log"))
        with open(os.path.join(folder, "site.conf"), "w", encoding="utf-8") as file:
            file.write(text)
        identity = "user root;\n" if os.getuid() == 0 else ""
        with open(os.path.join(folder, "nginx.conf"), "w", encoding="utf-8") as file:
            file.write(f"{identity}daemon off;\nworker_processes 1;\npid {folder}/pid;\nerror_log {folder}/error.log crit;\n"
                       f"events {{ worker_connections 512; }}\nhttp {{\n"
                       + "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
                       + f"include {folder}/site.conf;\n}}\n")
        self.process = subprocess.Popen([shutil.which("nginx") or "/usr/sbin/nginx", "-c", os.path.join(folder, "nginx.conf"), "-p", folder],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=open(os.path.join(folder, "stderr"), "wb"), preexec_fn=servers.die_with_parent)

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Site(roads.Road):
    def __init__(self, settings="", source="$remote_addr", **world):
        """source: what nginx says of who asks; $request_id: somebody else each time, as scanners come."""
        self.https_port = servers.free_port()
        self.nginx = None
        super().__init__(**world)
        self.socket_path = os.path.join(self.world.folder, "web.sock")
        self.origin = f"https://{NAME}:{self.https_port}"
        self.configure(f"web.listen: unix:{self.socket_path}\nweb.base_url: {self.origin}\n"
                       f"robot.help_contact: scolarite@univ.example.org\nlimits.person_day: 100\nlimits.case_day: 500\n{settings}")
        self.nginx = Nginx(os.path.join(self.world.folder, "nginx"), self.https_port, self.socket_path,
                           self.world.certificates.get("good"), source)
        self.now = None

    def close(self):
        if getattr(self, "nginx", None) is not None:
            self.nginx.stop()
        super().close()

    # the robot at work

    def begin(self, now, *cases):
        """Cases of the same people begin, each at a step: (step, {more columns})."""
        columns = sorted({name for _, more in cases for name in more})
        lines = [",".join([roads.HEADER, *columns])]
        for number, (step, more) in enumerate(cases, 1):
            line = roads.row(1).replace("2027-0001", f"2027-{number:04d}").removesuffix("record_validation") + step
            lines.append(",".join([line, *(more.get(name, "") for name in columns)]))
        done = self.run("import", self.write("table.csv", "\n".join(lines) + "\n"), now=now)
        assert done.returncode == 0, done.stderr
        self.open(now)

    def open(self, now):
        self.now = now
        if os.path.exists(self.socket_path):
            os.unlink(self.socket_path)
        self.start(now=now)
        roads.wait_until(lambda: os.path.exists(self.socket_path), 30, self.said)
        self.settle()

    def at(self, now):
        if self.daemon is not None:
            self.stop()
        self.open(now)

    def settle(self, seconds=30):
        """Nothing waits any more, in the inbox or in the outbox."""
        def is_quiet():
            return (self.value("SELECT count(*) FROM inbox WHERE state = 'new'") == 0 and
                    self.value("SELECT count(*) FROM outbox WHERE state IN ('queued', 'sending') AND next_at <= ?",
                               int(clients.at(self.now).timestamp())) == 0)
        roads.wait_until(is_quiet, seconds, lambda: "it does not settle:\n" + self.said())

    def decided(self, before, seconds=20):
        """Waits until the message behind `before` (last_message()) is decided; gives (outcome, rule) of the newest."""
        roads.wait_until(lambda: self.last_message() > before and
                         self.value("SELECT count(*) FROM inbox WHERE state = 'new'") == 0, seconds,
                         lambda: "nothing was decided:\n" + self.said())
        self.settle()
        return self.rows("SELECT outcome, rule FROM inbox ORDER BY id DESC LIMIT 1")[0]

    def last_message(self):
        return self.value("SELECT coalesce(max(id), 0) FROM inbox")

    def journal_size(self):
        return self.value("SELECT count(*) FROM journal")

    # mails

    def texts(self, who):
        return [clients.Received(raw) for raw in self.mails(who)]

    def mail_about(self, who, words):
        """The newest mail whose subject or text has these words."""
        for mail in reversed(self.texts(who)):
            if words in mail.subject or words in mail.text:
                return mail
        raise LookupError(f"{who} has no mail about `{words}`: {[mail.subject for mail in self.texts(who)]}")

    def find_link(self, who, words, reference):
        for mail in reversed(self.texts(who)):
            found = LINK.search(mail.text)
            if found and (words in mail.subject or words in mail.text) and reference in mail.subject:
                code = CODE.search(mail.text)
                return found.group(0), code.group(1) if code else None
        return None

    def link(self, who, words="", reference=""):
        """(address, short code or None) of the newest mail with a link, these words and that case: soon."""
        roads.wait_until(lambda: self.find_link(who, words, reference), 20, lambda: f"{who} has no link about `{words}`: "
                         f"{[mail.subject for mail in self.texts(who)]}\n{self.said()}")
        return self.find_link(who, words, reference)


def is_there():
    return shutil.which("nginx") is not None or os.path.exists("/usr/sbin/nginx")


def wait(is_so, seconds=20):
    roads.wait_until(is_so, seconds)


def pause(seconds):
    time.sleep(seconds)
