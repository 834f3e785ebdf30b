"""The pages as people meet them: the link of a real mail, nginx in front, Chromium without scripts; and those who
mean no good. Screenshots are left in build/screens to be looked at."""
import os
import ssl
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from browser import ELEMENT, Chromium, is_there  # noqa: E402
from forms import path_of, request  # noqa: E402
from look import Look, get_axe, tell  # noqa: E402
from website import BEGIN, NAME, Site, servers  # noqa: E402
import website  # noqa: E402

tap = servers.Tap()
def check_scanner(site, browser, link):
    with tap.case("a scanner opens the link and submits the form as it is: nothing moves"):
        before = site.journal_size(), site.last_message()
        for _ in range(10):
            for method in ("GET", "HEAD"):
                assert request(site, method, path_of(link)).status == 200
            browser.open(link)
        for button in range(len(browser.find_all("main button"))):
            browser.open(link)
            browser.run("document.querySelectorAll('details').forEach(d => d.open = true)")
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
    link, code = site.link("student")
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
        headers = request(site, "GET", path).headers
        assert "default-src 'none'" in headers["content-security-policy"] and "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["referrer-policy"] == "no-referrer" and "no-store" in headers["cache-control"]
        assert "noindex" in headers["x-robots-tag"]
    with tap.case("a form sent from another site is refused"):
        before = site.last_message()
        status = request(site, "POST", path, "answer=accept", Sec_Fetch_Site="cross-site", Origin="https://evil.example.net").status
        assert status == 403 and site.last_message() == before, status
    with tap.case("a forged link is unknown, and guessing is slowed down"):
        forged = path[:-3] + ("aaa" if not path.endswith("aaa") else "bbb")
        assert request(site, "GET", forged).status == 404
        for _ in range(15):
            answer = request(site, "GET", forged)
        assert answer.status == 429 and int(answer.headers["retry-after"]) > 0, answer.status
    with tap.case("a path, a method, a body that nobody meant"):
        for method, where, body, wanted in (("GET", "/../../etc/passwd", None, 400), ("GET", "/t/", None, 404),
                                            ("DELETE", "/", None, 405), ("POST", path, "a=" + "x" * (40 << 20), 413)):
            try:
                answer = request(site, method, where, body)
                status, said = answer.status, answer.text
            except (ssl.SSLError, ConnectionError):
                status, said = wanted, ""  # cut off while it was still sending
            assert status in (wanted, 404, 429), (method, where, status)
            assert "root:" not in said


def check_away(site, link):
    with tap.case("while the robot is away, the proxy says what to do, in three languages"):
        site.stop()
        answer = request(site, "POST", path_of(link), "answer=accept")
        assert answer.status == 503 and answer.headers["retry-after"] == "60", (answer.status, answer.headers)
        assert all(f'lang="{language}"' in answer.text for language in ("fr", "en", "ar")), answer.text


def check_arabic(axe):
    with Site() as site, Chromium({NAME: site.https_port}, language="ar") as browser:
        site.begin(BEGIN, ("record_validation", {"internship_manager_language": "ar"}))
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
        site.begin(BEGIN, ("record_validation", {}))
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
        check_away(site, link)
    arabic = check_arabic(axe)
    tell(tap, look, arabic)
    tap.finish()


main()
