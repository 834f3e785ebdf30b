"""The stage of the demo: a private mail world, one robot, people with mailboxes, a clock, and a printed timeline.

Everything goes by real mail: the robot reads its IMAP mailbox and hands its mails to an SMTP server; people read theirs by
IMAP and answer by SMTP, with the bytes that mail programs write. Only the date is an input.
"""
import datetime
import email
import email.policy
import html
import json
import os
import re
import subprocess
import sys
import time
import unicodedata
import urllib.error
import urllib.parse
import urllib.request
import zoneinfo

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
import clients  # noqa: E402
import servers  # noqa: E402

ROBOT, PASSWORD = "stages@univ.example.org", "robot-password"
WIDTH = 118
PARIS = zoneinfo.ZoneInfo("Europe/Paris")


class Person:
    def __init__(self, name, address, role, language="fr", program=clients.GMAIL):
        self.name, self.address, self.role, self.language, self.program = name, address, role, language, program
        self.seen = 0   # mails already shown
        self.mails = []  # raw, oldest first

    @property
    def author(self):
        return f"{self.name} <{self.address}>"

    def last(self, words=""):
        """The newest mail whose subject or text has these words."""
        for raw in reversed(self.mails):
            mail = clients.Received(raw)
            if words in mail.subject or words in mail.text:
                return raw
        raise LookupError(f"{self.name} has no mail about `{words}`: {[clients.Received(raw).subject for raw in self.mails]}")


def cells(text):
    """How many columns a terminal gives it."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def words_of(page):
    """What a page says, without its markup."""
    main = page.partition("<main")[2].partition(">")[2].partition("</main>")[0]
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))).strip()


def form_answers(page):
    """Something for every field of a page: the first choice but one, a five, a word."""
    answers, seen = [], set()
    for tag in re.findall(r"<(?:input|textarea|select)[^>]*>", page):
        attributes = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        name, kind = attributes.get("name", ""), attributes.get("type", "text")
        if kind == "hidden":
            answers.append((name, attributes["value"]))
        elif re.fullmatch(r"f\d+", name) and name not in seen:
            seen.add(name)
            values = re.findall(rf'<(?:input|option)[^>]*name="{name}"[^>]*value="([^"]*)"', page)
            answers.append((name, values[min(3, len(values) - 1)] if kind in ("radio", "checkbox") else
                            "4" if kind == "number" else "2027-06-30" if kind == "date" else "bien"))
    return answers


class Daemon:
    def __init__(self, stage):
        self.stage = stage

    def __enter__(self):
        stage = self.stage
        config = os.path.join(stage.house, "facteur.conf")
        self.process = subprocess.Popen([stage.program, "run", "--config", config, "--now", stage.clock.isoformat()],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, preexec_fn=servers.die_with_parent)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{stage.web_port}/health", timeout=2):
                    return self
            except OSError:
                time.sleep(0.05)
        self.process.kill()
        raise RuntimeError("the pages do not open:\n" + self.process.stderr.read().decode())

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(20)
        self.process.stderr.close()


class Stage:
    def __init__(self, program, people, folder):
        self.program, self.people, self.folder = program, people, folder
        self.clock, self.is_new_day = None, False
        self.pages = []  # (when, heading, html) of the page to open
        self.numbers = 0
        os.makedirs(os.path.join(folder, "mails"), exist_ok=True)
        users = {person.address: "p" for person in people}
        users[ROBOT] = PASSWORD
        self.world = servers.World(users)
        self.house = os.path.join(folder, "robot")

    def close(self):
        self.world.close()

    # the robot

    def facteur(self, *arguments, config=True, may_fail=False):
        command = [self.program, arguments[0]] + (["--config", os.path.join(self.house, "facteur.conf")] if config else [])
        command += list(arguments[1:])
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        if done.returncode != 0 and not may_fail:
            raise RuntimeError(f"{' '.join(command)}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def set_up(self, **changes):
        self.facteur("init", self.house, config=False)
        path = os.path.join(self.house, "facteur.conf")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        world = self.world
        self.web_port = servers.free_port()
        values = {"address": ROBOT, "reply_to": "stages+%t@univ.example.org", "institution": "Université d'Exemple",
                  "display_name": "Stages M2 Info (robot)", "help_contact": "scolarite@univ.example.org",
                  "trusted_authserv": f"[{world.authserv}]", "listen": f"127.0.0.1:{self.web_port}",
                  "base_url": "https://stages.univ.example.org", **changes}
        for key, value in values.items():
            text = re.sub(rf"(?m)^  (# )?{key}: .*$", lambda _, k=key, v=value: f"  {k}: {v}", text, count=1)
        for section, port in (("mailbox", world.imaps_port), ("submission", world.smtps_port)):
            head, mark, tail = text.partition(f"\n{section}:\n")
            for key, value in (("host", world.host), ("port", port), ("user", ROBOT), ("ca_file", world.ca_file)):
                tail = re.sub(rf"(?m)^  (# )?{key}: .*$", f"  {key}: {value}", tail, count=1)
            text = head + mark + tail
            secret = os.path.join(self.house, "secrets", section + ".password")
            with open(os.open(secret, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="ascii") as file:
                file.write(PASSWORD)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        self.facteur("check")

    def configure(self, key, value):
        """Changes one setting; the next run reads it."""
        path = os.path.join(self.house, "facteur.conf")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        with open(path, "w", encoding="utf-8") as file:
            file.write(re.sub(rf"(?m)^  (# )?{key}: .*$", f"  {key}: {value}", text, count=1))

    # time

    def at(self, text):
        """Moves the clock; "2027-03-01 08:00" in Paris. What time brings until then happens at its own moments."""
        when = datetime.datetime.fromisoformat(text).replace(tzinfo=PARIS)
        while self.clock is not None and (due := self.next_due()) is not None and due < when:
            self.set_clock(due)
            self.run()
        self.set_clock(when)

    def set_clock(self, when):
        self.is_new_day = self.clock is None or when.date() != self.clock.date() or self.is_new_day
        self.clock = when
        self.world.border.now = when

    def next_due(self):
        """When time brings something by itself: a reminder, an opening, a mail that waited."""
        status = json.loads(self.facteur("status", "--json", "--now", self.clock.isoformat()))
        moments = [datetime.datetime.fromisoformat(status[key]) for key in ("next_timer_at", "next_mail_at") if status[key]]
        return max(min(moments), self.clock + datetime.timedelta(minutes=1)).astimezone(PARIS) if moments else None

    def run(self):
        """The robot walks its road until there is nothing left to do; then everybody looks into their mailbox."""
        self.facteur("run", "--once", "--now", self.clock.isoformat())
        self.look()

    def look(self):
        for person in self.people:
            mails = self.world.messages(person.address)
            for raw in mails[person.seen:]:
                person.mails.append(raw)
                self.show_mail(person, raw)
            person.seen = len(mails)

    # what people do

    def send(self, person, typed, about="", program=None, author=None, to=None):
        """Answers the newest mail about something, lets the robot read it, and shows how it was understood."""
        raw = person.last(about)
        reply = (program or person.program).reply(raw, typed, author or person.author, self.clock, to)
        self.deliver(person, reply, typed, program or person.program, author)

    def write(self, person, subject, text):
        """A mail of their own, not an answer."""
        raw = servers.message(person.author, ROBOT, subject, text.replace("\n", "\r\n"))
        self.deliver(person, raw, text, None, None)

    def deliver(self, person, raw, typed, program, author):
        sender = email.utils.parseaddr(author)[1] if author else person.address
        if sender in self.world.dovecot.users:
            self.world.submit(raw, sender, [str(email.message_from_bytes(raw)["To"])], login=sender)
        else:
            self.world.arrive(raw, sender, [str(email.message_from_bytes(raw)["To"])])
        name = type(program).__name__ if program else "mail"
        first = typed.split("\n")[0]
        self.line("◀", f"{person.name if not author else author} ({name})", f"« {first}{' …' if chr(10) in typed else ''} »")
        self.keep(raw, f"{person.name} writes", person)
        before = self.clock
        self.clock += datetime.timedelta(minutes=2)
        self.run_and_explain(raw)
        self.clock = max(self.clock, before)

    def run_and_explain(self, raw):
        message_id = str(email.message_from_bytes(raw)["Message-ID"]).strip().strip("<>")
        self.facteur("run", "--once", "--now", self.clock.isoformat())
        told = json.loads(self.facteur("explain", "--json", message_id))
        why = told.get("explain") or {}
        is_plain = told["class"] == "reply" and why.get("intent", "unclear") != "unclear"
        understood = f"{told['class']}, {why['intent']}" if is_plain else told["class"]
        self.say(f"      understood: {understood} · level A{told['level']} · {told['outcome']}: {told['rule']}", dim=True)
        self.look()

    # the pages

    def fill_page(self, person, about):
        """Opens the link of a mail, fills its form as a browser would, reviews and sends it with the mail's code."""
        text = clients.Received(person.last(about)).text
        link = re.search(r"https://\S+/t/(\S+)", text).group(0)
        code = re.search(r"\b(\d{6})\b", text).group(1)
        self.line("◀", f"{person.name} (page)", re.sub(r"/t/\S+", "/t/…", link))
        with self.robot_running():
            page = self.browse(link)
            answers = form_answers(page)
            review = self.browse(link, [*answers, ("do", "review")])
            kept = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', review)
            done = self.browse(link, [*((name, html.unescape(value)) for name, value in kept), ("code", code), ("do", "send")])
            self.say("      the page says: " + words_of(done), dim=True)
        self.clock += datetime.timedelta(minutes=2)
        self.run()

    def robot_running(self):
        """The robot as a daemon, for as long as pages are needed."""
        return Daemon(self)

    def browse(self, link, fields=None):
        path = "/" + link.split("/", 3)[3]
        body = urllib.parse.urlencode(fields).encode() if fields else None
        request = urllib.request.Request(f"http://127.0.0.1:{self.web_port}{path}", body, {"Sec-Fetch-Site": "same-origin"} if fields else {})
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.read().decode("utf-8")
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{error}: {words_of(error.read().decode('utf-8'))}") from error

    # what is shown

    def say(self, text, dim=False):
        if self.is_new_day:
            self.is_new_day = False
            print("\n" + f"── {self.clock:%A} {self.clock.day} {self.clock:%B %Y} ".ljust(WIDTH, "─"))
        if dim and sys.stdout.isatty():
            text = f"\033[2m{text}\033[0m"
        print(text, flush=True)

    def line(self, arrow, who, what):
        when = f"{self.clock:%H:%M}"
        self.say(f"{when} {arrow} {who}{' ' * max(1, 34 - cells(who))}{what}")

    def show_mail(self, person, raw):
        mail = clients.Received(raw)
        self.line("▶", f"{person.name} ({person.role})", re.sub(r"^\[[^]]*\] ", "", mail.subject))
        self.keep(raw, f"{person.name} ({person.role}) gets", person)

    def keep(self, raw, heading, person):
        self.numbers += 1
        slug = re.sub(r"[^a-z0-9]+", "-", person.address.partition("@")[0])
        path = os.path.join("mails", f"{self.numbers:03d}-{slug}.eml")
        with open(os.path.join(self.folder, path), "wb") as file:
            file.write(raw)
        message = email.message_from_bytes(raw, policy=email.policy.default)
        body = message.get_body(preferencelist=("html", "plain"))
        content = body.get_content() if body is not None else ""
        if body is not None and body.get_content_subtype() == "plain":
            content = f"<pre style='white-space:pre-wrap;font-family:inherit'>{html.escape(content)}</pre>"
        for part in message.iter_attachments():
            if part.get_filename():
                with open(os.path.join(self.folder, "mails", f"{self.numbers:03d}-{os.path.basename(part.get_filename())}"), "wb") as file:
                    file.write(part.get_payload(decode=True))
        self.pages.append((f"{self.clock:%Y-%m-%d %H:%M}", heading, str(message["Subject"]), path, content))

    def write_page(self):
        """One page with every mail as it is seen, in order; no script, nothing from outside."""
        out = ["<!DOCTYPE html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'><title>Facteur: the mails</title>"
               "<style>body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem;color:#1b2129;background:#fff}"
               "details{border:1px solid #c5ccd3;border-radius:6px;margin:.4rem 0;padding:.4rem .8rem}summary{cursor:pointer}"
               "iframe{width:100%;height:34rem;border:0;border-top:1px solid #c5ccd3;margin-top:.5rem;background:#fff}small{color:#4a5562}</style>"
               "<h1>Facteur: the mails of the demo</h1>"]
        for when, heading, subject, path, content in self.pages:
            out.append(f"<details><summary><small>{when}</small> <strong>{html.escape(heading)}</strong> — {html.escape(subject)}</summary>"
                       f"<p><a href='{html.escape(path)}'>{html.escape(path)}</a></p>"
                       f"<iframe sandbox loading=lazy srcdoc=\"{html.escape(content, quote=True)}\"></iframe></details>")
        path = os.path.join(self.folder, "index.html")
        with open(path, "w", encoding="utf-8") as file:
            file.write("".join(out) + "</html>\n")
        return path
