"""The digest of a busy house, as staff see it: phone and desktop, light and dark, in three languages.

    FACTEUR_SHOTS=folder tests/robot/test_digest_look.py    keeps the pictures
"""
import email.policy
import os
import sys

from road import HEADER, PEOPLE, ROBOT, ROOT, Road, clients, email, later, servers

sys.path.insert(0, os.path.join(ROOT, "tests", "web"))
import browser as browsers  # noqa: E402

BEGIN = "2027-02-01T09:00:00+01:00"
LOOK = "2027-03-16T07:30:00+01:00"
LANGUAGES = ("fr", "en", "ar")
WIDTHS = (320, 375, 1280)
NAMES = {"fr": "Élodie Lefèvre-Montgolfier", "en": "Lina Haddad", "ar": "لينا حداد"}
tap = servers.Tap()


def table():
    """Five cases; the internship managers read one language each."""
    rows = [HEADER + ",internship_manager_language"]
    for number in range(1, 6):
        language = LANGUAGES[number % 3]
        people = {**PEOPLE, "student": (NAMES[language], f"student{number}@etu.example.org"),
                  "company": ("Mark Lefevre", f"{number}.m.lefevre@rhone.example.com"),
                  "manager": ("Claire Moreau", f"{language}@univ.example.org")}
        cells = ",".join(f"{name},{address}" for name, address in people.values())
        step = "record" if number == 5 else "record_validation"
        rows.append(f"2027-{number:04d},{language},fr,{cells},Ateliers du Rhône,Suivi qualité,2027-03-22,2027-07-30,{step},{language}")
    return "\n".join(rows) + "\n"


def stray(sender, subject, text):
    return servers.message(sender, ROBOT, subject, text + "\r\n")


def make_busy(road):
    known = [f"{number}.m.lefevre@rhone.example.com" for number in range(1, 6)]
    known += [f"student{number}@etu.example.org" for number in (1, 2, 4, 5)]
    for address in known + [f"{language}@univ.example.org" for language in LANGUAGES]:
        road.world.add_user(address, "secret")
    done = road.run("import", road.write("table.csv", table()), now=BEGIN)
    assert done.returncode == 0, done.stderr
    road.once(BEGIN)
    manager = "en@univ.example.org"
    raw = clients.IPHONE.reply(road.world.messages(manager)[0], "VALIDER", f"Claire Moreau <{manager}>", clients.at(BEGIN))
    road.world.submit(raw, manager, [email.message_from_bytes(raw)["To"]])
    for day in range(0, 43, 2):
        road.once(later(BEGIN, days=day))
    for sender, subject, text in (
            ("inconnu@example.net", "Question sur un stage", "Bonjour, je suis le voisin de Lina et j’aurais une question sur "
             "https://intranet.example.org/une/adresse/qui/ne/finit/jamais/et/que/rien/ne/coupe/nulle/part/index.html"),
            ("مجهول@example.net", "سؤال", "السلام عليكم، عندي سؤال حول التدريب رقم 2027-0001 من فضلكم.")):
        road.world.arrive(stray(sender, subject, text), "inconnu@example.net", [ROBOT])
    road.once(later(BEGIN, days=42))


def preview(road, language):
    road.configure(f"robot.registry_address: {language}@univ.example.org")
    done = road.run("digest", "--preview", "--eml", now=LOOK)
    assert done.returncode == 0, done.stderr
    return email.message_from_bytes(done.stdout.encode("utf-8", "surrogateescape"), policy=email.policy.default)


def bars(browser):
    """Bars that are as long as they say: a part of what holds them, from the side where reading begins."""
    return browser.run("""return [...document.querySelectorAll('td.f')].map(bar => {
        const all = bar.closest('table').getBoundingClientRect(), own = bar.getBoundingClientRect();
        const begins = document.dir === 'rtl' ? Math.abs(all.right - own.right) < 2 : Math.abs(all.left - own.left) < 2;
        return [parseInt(bar.getAttribute('width')), Math.round(100 * own.width / all.width), begins]; })""")


def look(browser, path, name):
    shots = os.environ.get("FACTEUR_SHOTS")
    browser.open("file://" + path)
    for width in WIDTHS:
        for is_dark in (False, True):
            browser.see(width, is_dark)
            over = browser.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert over <= 0, f"{name} at {width}: {over} px beyond the edge"
            for wanted, got, begins in bars(browser):
                assert abs(wanted - got) <= 2 and begins, (name, width, wanted, got, begins)
            if shots:
                browser.screenshot(os.path.join(shots, f"{name}-{width}-{'dark' if is_dark else 'light'}.png"))


if not browsers.is_there():
    tap.skip("looked at in a browser", "no chromedriver: make deps")
    tap.finish()
    sys.exit()

with Road("robot.registry_address: fr@univ.example.org") as the_road:
    make_busy(the_road)
    with browsers.Chromium(hosts={}) as the_browser:
        for the_language in LANGUAGES:
            with tap.case(f"nothing runs over the edge, {the_language}"):
                mail = preview(the_road, the_language)
                page = the_road.write(f"{the_language}.html", mail.get_body(("html",)).get_content())
                look(the_browser, page, the_language)
tap.finish()
