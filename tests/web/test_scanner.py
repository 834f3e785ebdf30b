"""Programs that read people's mail before them open every link, run its scripts and press its buttons: nothing moves.

The links are those of a house with every kind of task open, in three languages, and those of the whole demo."""
import email
import email.policy
import glob
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from browser import Chromium, is_there  # noqa: E402
from forms import Form, path_of, request, send  # noqa: E402
from website import LINK, NAME, Site, roads, servers  # noqa: E402
import website  # noqa: E402

tap = servers.Tap()
TIMES = 10
NOW = "2027-07-26T10:00:00+02:00"


def links_in(texts):
    return sorted({found for text in texts for found in LINK.findall(text)})


def scan(browser, link):
    """As the worst of them: every button of the page pressed, and every button of what comes then."""
    for _ in range(TIMES):
        browser.open(link)
    buttons = browser.run("document.querySelectorAll('details').forEach(d => d.open = true);"
                          "return document.querySelectorAll('main button').length")
    for button in range(buttons):
        browser.open(link)
        browser.run("document.querySelectorAll('main button')[arguments[0]].click()", button)
        more = browser.run("return document.querySelectorAll('main button').length")
        for again in range(more):
            browser.run("const b = document.querySelectorAll('main button')[arguments[0]]; if (b) b.click()", again)


def press(site, link, page):
    """Each button of each form as the page is found; gives the pages that come."""
    return [send(site, path_of(link), form, (), button) for form in page.forms for button in form.buttons or [None]]


def scan_plainly(site, link):
    """The same without a browser; gives what kind of page it is."""
    for method in ("GET", "HEAD") * TIMES:
        assert request(site, method, path_of(link)).status in (200, 404, 410)
    page = request(site, "GET", path_of(link))
    for answer in press(site, link, page):
        press(site, link, answer)
    send(site, path_of(link), Form("post", ""))
    title = re.search("<title>(.*?)</title>", page.text).group(1)
    return page.status, title, tuple(tuple(form.buttons) for form in page.forms)


def state(site):
    return site.journal_size(), site.last_message(), site.value("SELECT count(*) FROM outbox"), site.value("SELECT count(*) FROM uploads")


def check_open_tasks(tap_name, language):
    with Site(source="$request_id") as site, Chromium({NAME: site.https_port}, language=language) as browser:
        site.begin(NOW, ("student_evaluation", {"student_language": language, "company_tutor_language": "en"}),
                   ("record_validation", {"internship_manager_language": language}))
        for who in roads.PEOPLE:
            asked = request(site, "POST", "/", "address=" + roads.PEOPLE[who][1].replace("@", "%40"))
            assert asked.status == 200
        website.wait(lambda: len([mail for who in roads.PEOPLE for mail in site.texts(who) if "espace" in mail.subject.lower()
                                  or "space" in mail.subject.lower() or "فضا" in mail.subject]) >= len(roads.PEOPLE))
        site.settle()
        links = links_in(mail.text for who in roads.PEOPLE for mail in site.texts(who))
        with tap.case(f"{tap_name}: {len(links)} links opened {TIMES} times, every button pressed twice over"):
            assert len(links) >= 8, links
            before = state(site)
            for link in links:
                scan_plainly(site, link)
                scan(browser, link)
            site.settle()
            assert state(site) == before, (before, state(site))
        site.audit()


class Played(Site):
    """The house that the demo left, and its pages alone."""

    def __init__(self, folder, **more):
        super().__init__(**more)
        settings = dict(re.findall(r"(?m)^  (base_url|listen): (.*)$", open(os.path.join(folder, "robot", "facteur.conf"), encoding="utf-8").read()))
        assert settings
        self.folder = os.path.join(folder, "robot")
        self.config = os.path.join(self.folder, "facteur.conf")
        text = open(self.config, encoding="utf-8").read()
        text = re.sub(r"(?m)^  listen: .*$", f"  listen: unix:{self.socket_path}", text)
        text = re.sub(r"(?m)^  base_url: .*$", f"  base_url: {self.origin}", text)
        self.write("facteur.conf", text)

    def settle(self, seconds=30):
        pass


def check_demo():
    with tempfile.TemporaryDirectory() as folder:
        play = subprocess.run([roads.FACTEUR, "demo", "--keep", folder], capture_output=True, text=True, timeout=600)
        assert play.returncode == 0, play.stdout[-2000:] + play.stderr
        texts = []
        for path in glob.glob(os.path.join(folder, "mails", "*.eml")):
            with open(path, "rb") as file:
                message = email.message_from_binary_file(file, policy=email.policy.default)
            body = message.get_body(preferencelist=("plain",))
            texts.append(body.get_content() if body else "")
        links = links_in(texts)
        with Played(folder, source="$request_id") as site, Chromium({NAME: site.https_port}) as browser:
            last = site.value("SELECT max(decided_at) FROM inbox WHERE decided_at IS NOT NULL")
            site.open(roads.datetime.datetime.fromtimestamp(last, roads.datetime.timezone.utc).isoformat())
            with tap.case(f"the demo: {len(links)} links of {len(texts)} mails opened {TIMES} times, every button pressed; "
                          "one of each kind of page in Chromium"):
                assert len(links) > 100, links
                before, kinds = state(site), {}
                for link in links:
                    link = site.origin + path_of(link)
                    kinds.setdefault(scan_plainly(site, link), link)
                assert len(kinds) > 10, kinds
                for link in kinds.values():
                    scan(browser, link)
                assert state(site) == before, (before, state(site))
            site.audit()


def main():
    if not is_there() or not website.is_there():
        tap.skip("scanner", "chromium, chromium-driver and nginx are needed")
        tap.finish()
    check_open_tasks("in French and English", "fr")
    check_open_tasks("in Arabic and English", "ar")
    check_demo()
    tap.finish()


main()
