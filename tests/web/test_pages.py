"""The pages as people meet them: the link of a real mail, nginx in front, Chromium without scripts; and those who
mean no good. Screenshots are left in build/screens to be looked at."""
import http.client
import os
import re
import shutil
import ssl
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from browser import ELEMENT, Chromium, is_there  # noqa: E402
from website import BEGIN, NAME, ROOT, Site, roads, servers  # noqa: E402
import website  # noqa: E402

tap = servers.Tap()
SCREENS = os.path.join(ROOT, "build", "screens")
AXE = os.path.join(ROOT, "build", "npm", "node_modules", "axe-core", "axe.min.js")
WIDTHS = {"phone": 390, "desktop": 1100}


def get_axe():
    """axe-core from npm, once; NULL without it."""
    if not os.path.exists(AXE) and shutil.which("npm"):
        subprocess.run(["npm", "install", "--silent", "--prefix", os.path.join(ROOT, "build", "npm"), "axe-core@4"],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120)
    if not os.path.exists(AXE):
        return None
    with open(AXE, encoding="utf-8") as file:
        return file.read()


class Look:
    """Opens pages with scripts for axe and the camera alone; the people of the tests have none."""

    def __init__(self, browser, axe):
        self.browser, self.axe, self.violations, self.seen = browser, axe, [], 0

    def at(self, name):
        browser = self.browser
        for device, width in WIDTHS.items():
            for is_dark in (False, True):
                browser.see(width, is_dark)
                browser.screenshot(os.path.join(SCREENS, f"{name}-{device}{'-dark' if is_dark else ''}.png"))
                assert self.overflow() <= width, f"{name}: {self.overflow()} pixels wide on {width}"
                self.judge(f"{name} {device} {'dark' if is_dark else 'light'}")
        browser.see(WIDTHS["desktop"])

    def overflow(self):
        return self.browser.devtools("Page.getLayoutMetrics")["cssContentSize"]["width"]

    def judge(self, name):
        self.seen += 1
        if self.axe is None:
            return
        self.browser.devtools("Emulation.setScriptExecutionDisabled", value=False)
        self.browser.devtools("Runtime.evaluate", expression=self.axe)
        found = self.browser.devtools("Runtime.evaluate", awaitPromise=True, returnByValue=True,
                                      expression="axe.run().then(r => [r.passes.length, ...r.violations.map(v => v.id + ': ' + v.nodes[0].html)])")
        self.browser.without_scripts()
        passes, *violations = found["result"]["value"]
        assert passes > 10, f"axe looked at nothing: {passes}"
        self.violations += [f"{name}: {line}" for line in violations]


def begin(site, language="fr"):
    path = site.write("table.csv", roads.HEADER + "\n" + roads.row(1).replace(",fr,fr,", f",{language},fr,", 1) + "\n")
    done = site.run("import", path, now=BEGIN)
    assert done.returncode == 0, done.stderr
    site.open(BEGIN)


def request(site, method, path, body=None, **headers):
    connection = http.client.HTTPSConnection("127.0.0.1", site.https_port, context=ssl._create_unverified_context(), timeout=20)
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    headers.setdefault("Host", NAME)
    if body is not None:
        headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    return answer.status, dict(answer.getheaders()), answer.read().decode(errors="replace")


def path_of(link):
    return "/" + link.split("/", 3)[3]


def check_scanner(site, browser, link):
    with tap.case("a scanner opens the link and submits the form as it is: nothing moves"):
        before = site.journal_size(), site.last_message()
        for _ in range(10):
            for method in ("GET", "HEAD"):
                assert request(site, method, path_of(link))[0] == 200
            browser.open(link)
        for button in range(len(browser.find_all("main button"))):
            browser.open(link)
            browser.run("document.querySelectorAll('details').forEach(d => d.open = true)")
            if browser.run("return document.querySelectorAll('main button')[arguments[0]].value", button) == "not_me":
                continue  # names an answer: only a person presses it
            browser.run("document.querySelectorAll('main button')[arguments[0]].click()", button)
        assert (site.journal_size(), site.last_message()) == before


def check_act(site, browser, look, link, code):
    with tap.case("the page says who acts on what, and nothing is chosen"):
        browser.open(link)
        assert "Vous répondez en tant que Claire Moreau" in browser.text
        assert not browser.has("input:checked")
        look.at("act")
    with tap.case("sent without a choice: the error is named, focused, and nothing moves"):
        before = site.last_message()
        browser.press("Envoyer")
        assert browser.has("#errors") and browser.has("#answer-error"), browser.text
        active = browser.command("GET", "/element/active")[ELEMENT]
        assert browser.command("GET", f"/element/{active}/attribute/id") == "errors"
        assert site.last_message() == before
        look.at("act-error")
    with tap.case("a correction without its reason is asked for it; what was chosen is kept"):
        browser.choose("answer", "correct")
        browser.fill("code", code)
        browser.press("Envoyer")
        assert browser.has("#reason-error") and browser.has("[value='correct']:checked"), browser.text
    with tap.case("a wrong code is told, and nothing moves"):
        browser.fill("reason", "Les dates sont fausses.")
        browser.fill("code", "000000" if code != "000000" else "111111")
        browser.press("Envoyer")
        assert browser.has("#code-error") and site.last_message() == before, browser.text
    with tap.case("with reason and code it is recorded, and the link then says so"):
        browser.fill("code", code)
        browser.press("Envoyer")
        assert site.decided(before)[0] == "applied", site.said()
        look.at("act-done")
        browser.open(link)
        assert not browser.has("[name='answer'][value='accept']"), browser.text
        look.at("act-used")


def check_form(site, browser, look):
    link, code = site.link("student", "corriger")
    with tap.case("the student's form comes back with what the record has"):
        browser.open(link)
        assert "Ateliers du Rhône" in browser.source and not browser.has("#errors")
        look.at("form")
    with tap.case("a draft is kept, and the same link brings it back"):
        before = site.last_message()
        browser.type("textarea", "mesurer les débits\nécrire le rapport")
        browser.press("Enregistrer et finir plus tard")
        assert site.decided(before)[0] in ("applied", "ignored")
        browser.open(link)
        assert "mesurer les débits" in browser.source
    with tap.case("what is missing or wrong is named beside its field; what was typed stays"):
        browser.type("input[type='email']", "lina chez exemple")
        browser.press("Relire avant d'envoyer")
        assert browser.has("#errors") and len(browser.find_all("#errors li")) > 3, browser.text
        assert "mesurer les débits" in browser.source and "lina chez exemple" in browser.source
        look.at("form-errors")


def check_sealed_off(site, link):
    path = path_of(link)
    with tap.case("headers that keep the page to itself"):
        _, headers, _ = request(site, "GET", path)
        headers = {name.lower(): value for name, value in headers.items()}
        assert "default-src 'none'" in headers["content-security-policy"] and "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["referrer-policy"] == "no-referrer" and "no-store" in headers["cache-control"]
        assert "noindex" in headers["x-robots-tag"]
    with tap.case("a form sent from another site is refused"):
        before = site.last_message()
        status, _, _ = request(site, "POST", path, "answer=accept", Sec_Fetch_Site="cross-site", Origin="https://evil.example.net")
        assert status == 403 and site.last_message() == before, status
    with tap.case("a forged link is unknown, and guessing is slowed down"):
        forged = path[:-3] + ("aaa" if not path.endswith("aaa") else "bbb")
        assert request(site, "GET", forged)[0] == 404
        for _ in range(15):
            status, headers, _ = request(site, "GET", forged)
        assert status == 429 and int(headers["Retry-After"]) > 0, status
    with tap.case("a path, a method, a body that nobody meant"):
        for method, where, body, wanted in (("GET", "/../../etc/passwd", None, 400), ("GET", "/t/", None, 404),
                                            ("DELETE", "/", None, 405), ("POST", path, "a=" + "x" * (40 << 20), 413)):
            try:
                status, _, said = request(site, method, where, body)
            except (ssl.SSLError, ConnectionError):
                status, said = wanted, ""  # cut off while it was still sending
            assert status in (wanted, 404, 429), (method, where, status)
            assert "root:" not in said


def check_arabic(axe):
    with Site() as site, Chromium({NAME: site.https_port}, language="ar") as browser:
        begin(site, "ar")
        browser.without_scripts()
        look = Look(browser, axe)
        with tap.case("in Arabic: right to left, and recorded"):
            link, code = site.link("manager")
            browser.open(link)
            assert browser.has("html[dir='rtl'][lang='ar']")
            look.at("arabic-act")
            before = site.last_message()
            browser.choose("answer", "accept")
            browser.fill("code", code.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")))
            browser.send("main form button")
            assert site.decided(before)[0] == "applied"
            assert browser.has(".good"), browser.text
            look.at("arabic-done")
        return look


def main():
    if not is_there() or not website.is_there():
        tap.skip("pages", "chromium, chromium-driver and nginx are needed")
        tap.finish()
    axe = get_axe()
    with Site() as site:
        begin(site)
        link, code = site.link("manager")
        with Chromium({NAME: site.https_port}) as browser:
            check_scanner(site, browser, link)
            browser.without_scripts()
            look = Look(browser, axe)
            check_act(site, browser, look, link, code)
            check_form(site, browser, look)
            with tap.case("the first page asks for one's address"):
                browser.open(site.origin + "/")
                look.at("home")
        check_sealed_off(site, link)
        site.audit()
    arabic = check_arabic(axe)
    violations = look.violations + arabic.violations
    if axe is None:
        tap.skip("axe finds no violation", "npm install axe-core did not work")
    else:
        with tap.case(f"axe finds no violation in {look.seen + arabic.seen} views"):
            assert not violations, "\n".join(violations[:20])
    tap.finish()


main()
