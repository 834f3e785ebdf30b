"""An internship by its pages: drafts and files, the tutor's English, the sealed evaluation and its one reader, my
space, the label and whoever verifies it, links that are used or too old. Each page looked at (build/screens)."""
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from browser import Chromium, is_there  # noqa: E402
from forms import choose_and_send, fill_and_send, path_of, request, send  # noqa: E402
from look import Look, get_axe, tell  # noqa: E402
from website import NAME, Site, servers  # noqa: E402
import clients  # noqa: E402
import website  # noqa: E402

tap = servers.Tap()
REPORT, EVALUATION, DEFENCE, AFTER, LATE = ("2027-07-21T10:00:00+02:00", "2027-07-26T10:00:00+02:00", "2027-08-02T10:00:00+02:00",
                                            "2027-08-03T10:00:00+02:00", "2027-11-08T10:00:00+01:00")
SECRET = ("Zanzibar cramoisi", "encadrement fantomatique")
PDF = b"%PDF-1.7\n" + b"semaine 21 " * 1000


def given(site, name, number=1):
    found = site.rows("SELECT value FROM answers JOIN cases ON cases.id = answers.case_id WHERE cases.reference = ? AND answers.key = ?",
                      f"2027-{number:04d}", name)
    return found[0][0] if found else None


def space_link(site, browser, who):
    before = len(site.texts(who))
    browser.open(site.origin + "/")
    browser.fill("address", website.roads.PEOPLE[who][1])
    browser.press("Recevoir un lien")
    said = browser.text
    website.wait(lambda: len(site.texts(who)) > before)
    return site.link(who, "espace" if who != "company" else "space")[0], said


def check_draft(site, browser, look):
    link, code = site.link("student", "Bilan")
    with tap.case("a draft: kept, told by mail, and there again by the same link the next day"):
        browser.open(link)
        look.at("midterm")
        before = site.last_message()
        browser.fill("f1", "montage du banc\nrelevés du soir")
        browser.choose("f2", "minor")
        browser.press("Enregistrer et finir plus tard")
        assert browser.has("[role='status']"), browser.text
        assert site.decided(before)[0] == "applied"
        assert site.mail_about("student", "enregistré")
        site.at("2027-07-22T10:00:00+02:00")
        browser.open(link)
        assert "montage du banc\nrelevés du soir" in browser.source.replace("\r", "") and browser.has("[name='f2'][value='minor']:checked")
    with tap.case("what an answer makes necessary is asked for, and says when"):
        assert "À remplir si «\u00a0" in browser.text or "obligatoire" in browser.text
        browser.press("Relire avant d'envoyer")
        assert browser.has("#f3-error"), browser.text
        look.at("midterm-errors")
    with tap.case("read over before sending: what was typed, the code, and back without a loss"):
        form = request(site, "GET", path_of(link)).form()
        for name, value in form.fill({"f1": "montage du banc", "f2": "minor", "f3": "deux semaines de retard"}).items():
            if form.required.get(name, ("",))[0] == "radio":
                browser.choose(name, value)
            elif browser.has(f"textarea[name='{name}']"):
                browser.fill(name, value)
        browser.press("Relire avant d'envoyer")
        assert browser.has("dl") and "montage du banc" in browser.text, browser.text
        look.at("midterm-review")
        browser.press("Modifier")
        assert "montage du banc" in browser.source
        browser.press("Relire avant d'envoyer")
        before = site.last_message()
        browser.fill("code", code)
        browser.press("Envoyer")
        assert site.decided(before)[0] == "applied", site.said()
        look.at("midterm-sent")
        assert given(site, "midterm_report.tasks_done") == "montage du banc"
    with tap.case("the used link shows who, when, and no form"):
        browser.open(link)
        assert "Lina Haddad" in browser.text and not browser.has("main form"), browser.text


def check_english(site, browser, look):
    link, code = site.link("company", "report")
    with tap.case("in English: an acknowledgement, with what may come beside it"):
        browser.open(link)
        assert browser.has("html[lang='en']") and browser.has("[name='f2'][value='partly']") and code is None, browser.text
        look.at("en-acknowledge")
        before = site.last_message()
        browser.choose("answer", "accept")
        browser.choose("f2", "partly")
        browser.fill("f3", "More time\non the bench")
        browser.send("main form button")
        assert site.decided(before)[0] == "applied", site.said()
        look.at("en-acknowledged")
        assert given(site, "midterm_ack_company.agrees") == "partly" and given(site, "midterm_ack_company.comment") == "More time\non the bench"
        assert site.step("midterm_ack_company")["state"] == "done"
    link, code = site.link("tutor", "Accusé")
    before = site.last_message()
    choose_and_send(site, link, code, "accept")
    site.decided(before)


def check_file(site, browser, look):
    link, code = site.link("student", "Journal")
    paths = {name: site.write(name, "") for name in ("semaine.pdf", "programme.pdf", "trop grand.pdf")}
    for name, data in (("semaine.pdf", PDF), ("programme.pdf", b"MZ" + PDF), ("trop grand.pdf", PDF + b"x" * (9 << 20))):
        with open(paths[name], "wb") as file:
            file.write(data)
    with tap.case("a file that is too large, or not what it says, is told beside its field; the rest stays"):
        browser.open(link)
        assert "8 Mo" in browser.text and "PDF, ODT, DOCX" in browser.text
        browser.fill("f2", "installation du banc")
        browser.attach("f8", paths["trop grand.pdf"])
        browser.press("Relire avant d'envoyer")
        assert browser.has("#f8-error") and "8 Mo" in browser.words("#f8-error")[0] and "installation du banc" in browser.source, browser.text
        look.at("file-error")
        browser.attach("f8", paths["programme.pdf"])
        browser.press("Relire avant d'envoyer")
        assert browser.has("#f8-error"), browser.text
    with tap.case("a file that fits is kept, also when something else is missing; it goes on to both tutors"):
        browser.attach("f8", paths["semaine.pdf"])
        browser.press("Relire avant d'envoyer")
        assert not browser.has("#f8-error") and browser.has("input[type='hidden'][name='f8']"), browser.text
        look.at("file-kept")
        browser.fill("f1", "semaine 21")
        browser.fill("f5", "aucune")
        browser.press("Relire avant d'envoyer")
        assert "semaine.pdf" in browser.text
        before = site.last_message()
        browser.press("Envoyer")
        assert browser.has("#confirm-error") and site.last_message() == before
        look.at("file-review")
        browser.click("#confirm")
        browser.press("Envoyer")
        assert site.decided(before)[0] == "applied"
        for who in ("tutor", "company"):
            mail = site.mail_about(who, "semaine 21")
            parts = [part for part in mail.message.walk() if part.get_filename() == "semaine.pdf"]
            assert len(parts) == 1 and parts[0].get_content() == PDF, who
    with tap.case("it opens from the space of who may read it, until the next week's"):
        link, _ = space_link(site, browser, "tutor")
        where = re.search(r'href="(/t/[^"]+/file/[^"]+)"', request(site, "GET", path_of(link)).text).group(1)
        answer = request(site, "GET", where)
        assert answer.bytes == PDF and answer.headers["content-disposition"] == 'attachment; filename="semaine.pdf"', answer.headers
        assert request(site, "GET", where + "1").status == 404


def check_rest(site, browser, look):
    with tap.case("the other forms and answers, up to the grade"):
        before = site.last_message()
        fill_and_send(site, *site.link("student", "Retour"), consent(site))
        site.decided(before)
        site.at(EVALUATION)
        link, code = site.link("company", "valuation")
        browser.open(link)
        look.at("en-evaluation")
        before = site.last_message()
        fill_and_send(site, link, code)
        site.decided(before)
        before = site.last_message()
        choose_and_send(site, *site.link("manager", "Lecture"), "accept")
        site.decided(before)
        before = site.last_message()
        fill_and_send(site, *site.link("manager", "Date de soutenance"), {"f1": "2027-08-02"})
        site.decided(before)
        site.at(AFTER)
        before = site.last_message()
        choose_and_send(site, *site.link("manager", "] Soutenance"), "accept")
        site.decided(before)
        before = site.last_message()
        fill_and_send(site, *site.link("manager", "Note"), {"f1": "16"})
        assert site.decided(before)[0] == "applied"


def consent(site):
    """The field of the experience report that lets a name be shown."""
    page = request(site, "GET", path_of(site.link("student", "Retour")[0])).text
    at = page.index("Votre nom peut être montré")
    return {re.findall(r'id="(f\d+)"', page[:at])[-1]: "yes"}


def check_sealed(site, browser, look):
    link, code = site.link("student", "évaluez")
    with tap.case("the student's evaluation: no draft, and nothing of it is ever shown again"):
        browser.open(link)
        assert browser.words("main button") == ["Relire avant d'envoyer"], browser.words("main button")
        look.at("sealed-form")
        path, form = path_of(link), request(site, "GET", path_of(link)).form()
        texts = [name for name, (kind, _) in form.required.items() if kind == "textarea"]
        values = form.fill(dict(zip(texts, SECRET)))
        before = site.last_message()
        kept = send(site, path, form, values, ("do", "save"))
        assert site.last_message() == before and 'role="status"' not in kept.text
        browser.open(link)
        assert not any(word in browser.source for word in SECRET)
        for name, value in values.items():
            if form.required[name][0] == "radio":
                browser.choose(name, value)
            else:
                browser.fill(name, value)
        browser.press("Relire avant d'envoyer")
        look.at("sealed-review")
        before = site.last_message()
        browser.fill("code", code)
        browser.press("Envoyer")
        assert site.decided(before)[0] == "applied", site.said()
        look.at("sealed-sent")
        browser.open(link)
        assert not any(word in browser.source for word in SECRET) and not browser.has("main form")
        look.at("sealed-used")
    with tap.case("its words are nowhere: database, spool, log, mailboxes, what nginx keeps"):
        seen = 0
        for folder, _, names in os.walk(site.world.folder):
            for name in names:
                path = os.path.join(folder, name)
                if not os.path.isfile(path):
                    continue
                with open(path, "rb") as file:
                    data = file.read()
                seen += 1
                assert not any(word.encode() in data for word in SECRET), path
        assert seen > 20


def check_space(site, browser, look):
    with tap.case("a lost link: the page says the same whether the address is known or not, and nothing goes to strangers"):
        link, said = space_link(site, browser, "head")
        browser.open(site.origin + "/")
        browser.fill("address", "nobody@univ.example.org")
        browser.press("Recevoir un lien")
        assert browser.text == said
        look.at("link-sent")
    with tap.case("the head of programme alone reads the evaluation, by a button, and it is entered"):
        browser.open(link)
        look.at("space-head")
        read = next(a for a in request(site, "GET", path_of(link)).text.split('"') if "/read/" in a)
        browser.open(site.origin + read)
        look.at("sealed-ask")
        assert not any(word in browser.source for word in SECRET)
        before, entries = site.last_message(), site.journal_size()
        browser.send("main form button")
        assert browser.has("#confirm-error") and site.last_message() == before
        browser.click("#confirm")
        browser.send("main form button")
        assert all(word in browser.text for word in SECRET), browser.text
        look.at("sealed-read")
        assert site.decided(before)[0] == "applied" and site.journal_size() > entries
    with tap.case("somebody else's space has no way to it"):
        for who, name in (("student", "space"), ("manager", "space-manager")):
            other, _ = space_link(site, browser, who)
            browser.open(other)
            look.at(name)
            assert "/read/" not in browser.source
            tail = read.split("/", 3)[3]
            for method in ("GET", "POST"):
                assert request(site, method, f"{path_of(other)}/{tail}", "" if method == "POST" else None).status == 404
    with tap.case("the documents of the case open from there, as files"):
        mine, _ = space_link(site, browser, "student")
        page = request(site, "GET", path_of(mine)).text
        links = re.findall(r'href="(/t/[^"]+/doc/[^"]+)"', page)
        assert len(links) == 3, links
        for link in links:
            answer = request(site, "GET", link)
            assert answer.bytes.startswith(b"%PDF") and "attachment" in answer.headers["content-disposition"], link
    with tap.case("half an hour later it is over"):
        site.at("2027-08-03T10:31:00+02:00")
        browser.open(mine)
        assert "Lina" not in browser.text and browser.has("main form")
        look.at("space-expired")


def check_label(site, browser, look):
    number = re.search(r"/v/([A-Z0-9-]+)", "\n".join(mail.text for mail in site.texts("student")))
    number = number.group(1) if number else given(site, "label.number")
    with tap.case("a label is genuine, and names the student who said so"):
        browser.open(f"{site.origin}/v/{number}")
        assert "authentique" in browser.text and "Lina Haddad" in browser.text and number in browser.text, browser.text
        look.at("label")
    with tap.case("no label has this number"):
        browser.open(f"{site.origin}/")
        browser.fill("number", number[:-1] + ("0" if number[-1] != "0" else "1"))
        browser.press("Vérifier")
        assert "Aucun label" in browser.text and "Lina" not in browser.text
        look.at("label-unknown")


def check_expired(site, browser, look):
    link, _ = site.link("manager", "Validation", "2027-0002")
    with tap.case("a link that is too old says nothing, and a fresh mail goes to the registered address"):
        site.at(LATE)
        before, mails = site.last_message(), len(site.texts("manager"))
        browser.open(link)
        assert "2027-0002" not in browser.text and "Lina" not in browser.text and site.last_message() == before
        look.at("expired")
        browser.click("#confirm")
        browser.send("main form button")
        look.at("expired-asked")
        site.decided(before)
        website.wait(lambda: len(site.texts("manager")) > mails)
        fresh, code = site.link("manager", "Validation", "2027-0002")
        assert fresh != link
        before = site.last_message()
        choose_and_send(site, fresh, code, "accept")
        assert site.decided(before)[0] == "applied"


def check_arabic(axe):
    with Site() as site, Chromium({NAME: site.https_port}, language="ar") as browser:
        site.begin(EVALUATION, ("student_evaluation", {"student_language": "ar", "company_tutor_language": "en"}))
        browser.without_scripts()
        look = Look(browser, axe)
        with tap.case("in Arabic: forms, review, evaluation, my space, the first page"):
            link, _ = site.link("student", "الحصيلة")
            browser.open(link)
            look.at("ar-midterm")
            form = request(site, "GET", path_of(link)).form()
            reviewed = send(site, path_of(link), form, form.fill({"f2": "minor"}), ("do", "review"))
            assert 'dir="rtl"' in reviewed.text
            browser.press("المراجعة قبل الإرسال")
            look.at("ar-midterm-errors")
            browser.open(site.link("student", "تقييم")[0])
            look.at("ar-sealed")
            before = len(site.texts("student"))
            browser.open(site.origin + "/ar")
            look.at("ar-home")
            browser.fill("address", website.roads.PEOPLE["student"][1])
            browser.send("main form button")
            website.wait(lambda: len(site.texts("student")) > before)
            browser.open(site.link("student")[0])
            look.at("ar-space")
        return look


def main():
    if not is_there() or not website.is_there():
        tap.skip("walk", "chromium, chromium-driver and nginx are needed")
        tap.finish()
    axe = get_axe()
    with Site() as site:
        site.begin(REPORT, ("experience_report", {"company_tutor_language": "en"}), ("record_validation", {"company_tutor_language": "en"}))
        with Chromium({NAME: site.https_port}) as browser:
            browser.without_scripts()
            look = Look(browser, axe)
            for check in (check_draft, check_english, check_file, check_rest, check_sealed, check_space, check_label, check_expired):
                check(site, browser, look)
        site.audit()
    tell(tap, look, check_arabic(axe))
    tap.finish()


main()
