"""Forms filled in the reply, as the mail programs of people leave them: inside the quoted mail, above it, in parts,
by number alone, with the marks of the program and the habits of the person."""
import email
import email.policy
import html
import re

from road import BEGIN, Road, clients, later, servers

NOW = "2027-05-18T10:00:00+02:00"
NBSP = "\u00a0"
WHOLE = {1: f"Mesures sur la ligne{NBSP}3{NBSP}; tri", 2: "Aucun écart", 4: "4", 5: "5 / 5", 10: "RAS", 12: "finir", 13: "Non."}


def filled_in(answers):
    """A received mail whose form was filled before it is quoted."""

    def text(line):
        anchor = re.search(r"\[(\d+)\]\s*:", line)
        value = answers.get(int(anchor.group(1))) if anchor else None
        return line if value is None else line[:anchor.end()] + " " + value

    def markup(match):
        value = answers.get(int(match.group(1)))
        return match.group(0) if value is None else match.group(0) + " " + html.escape(value)

    class Received(clients.Received):
        @property
        def text(self):
            return "\n".join(text(line) for line in super().text.split("\n"))

        @property
        def html(self):
            return re.sub(r"\[(\d+)\]\s*(?:&nbsp;|\u00a0)?:", markup, super().html)

    return Received


class Inside:
    """A mail program whose user types into the quoted form."""

    def __init__(self, program, answers):
        self.program, self.answers = program, answers

    def reply(self, *arguments, **named):
        whole, clients.Received = clients.Received, filled_in(self.answers)
        try:
            return self.program.reply(*arguments, **named)
        finally:
            clients.Received = whole


def subject(raw):
    return str(email.message_from_bytes(raw, policy=email.policy.default)["Subject"])


def last(road, who, word):
    return [mail for mail in road.mails(who) if word in subject(mail)][-1]


def words(raw):
    return email.message_from_bytes(raw, policy=email.policy.default).get_body(("plain",)).get_content()


class Case:
    """A case on its way, with the midterm report asked for."""

    def __init__(self, road):
        self.road, self.now = road, NOW
        road.import_cases(1)
        road.once()
        road.answer("manager", clients.IPHONE, road.mails("manager")[-1], "VALIDER", BEGIN)
        road.once()
        road.once(NOW)

    def answer(self, who, program, mail, typed):
        """Gives the text of what comes back."""
        self.now = later(self.now, minutes=5)
        self.road.answer(who, program, mail, typed, self.now)
        self.road.once(self.now)
        return words(self.road.mails(who)[-1])

    def fill(self, program, typed, answers=None):
        return self.answer("student", Inside(program, answers) if answers else program,
                           last(self.road, "student", "Bilan"), typed)

    def is_done(self, step="midterm_report"):
        return self.road.step(step)["state"] == "done"


def check_inside(case, program):
    receipt = case.fill(program, "Bonjour, voici mon bilan.", WHOLE).replace(NBSP, " ")
    assert case.is_done(), receipt
    for line in ("Travaux réalisés : Mesures sur la ligne 3 ; tri", "Écart avec la fiche de stage : aucun",
                 "Encadrement : 5/5", "Difficultés rencontrées : RAS"):
        assert line in receipt, receipt


def check_parts(case):
    asked = case.fill(clients.IPHONE, "", {1: "Mesures", 2: "mineur", 4: "4 sur 5", 13: "non"})
    assert "Ce qui manque" in asked and "[3]" in asked and "[1]" not in asked, asked  # what was said is not asked again
    assert not case.is_done()
    receipt = case.fill(clients.OUTLOOK, "[3] je fais plus de saisie que prévu\n[5] 3\n[10] le bruit\n[12] finir")
    assert case.is_done(), receipt


def check_numbered(case):
    case.fill(clients.GMAIL, "Bonjour,\n\n1. Mesures\n2. aucun\n4. 4\n5. 5\n10. aucune\n12. finir\n13. non\n\nMerci\nLina")
    assert case.is_done()


def check_labels(case):
    case.fill(clients.GMAIL, "Travaux realises : Mesures\nEcart avec la fiche : aucun\nIntegration dans l'equipe : 4\n"
              "Encadrement : 5\nDifficultes rencontrees : aucune\nObjectifs de la seconde moitie : finir\n"
              "Probleme de securite ou de gratification : oui, je ne suis pas payée")
    assert case.is_done()
    assert any("signale un problème" in words(mail) for mail in case.road.mails("tutor")[-2:])


def check_arabic_digits(case):
    case.fill(clients.GMAIL, "\u200f[١] : قياسات\n[٢] : لا يوجد\n[٤] : ٤\n[٥] : ٥ من ٥\n[١٠] : لا شيء\n[١٢] : إتمام\n[١٣] : لا")
    assert case.is_done()


def check_doubt(case):
    asked = case.fill(clients.GMAIL, "", {**WHOLE, 13: "non, mais à voir"})
    assert "n'est ni oui ni non" in asked and not case.is_done(), asked


def check_conflict(case):
    asked = case.fill(clients.GMAIL, "Encadrement [5] : 2", WHOLE)
    assert "deux réponses différentes" in asked and not case.is_done(), asked


def check_acknowledgement(case):
    case.fill(clients.GMAIL, "", WHOLE)
    receipt = case.answer("company", clients.OUTLOOK, last(case.road, "company", "Accusé"),
                          "Bien reçu, merci.\n\nCommentaire [3] : très bon rythme\nJe souhaite être contacté [5] : oui")
    assert case.is_done("midterm_ack_company"), receipt
    assert "très bon rythme" in words(last(case.road, "manager", "Accusé"))


CHECKS = {
    "Outlook, inside the quote": lambda case: check_inside(case, clients.OUTLOOK),
    "Gmail, inside the quote": lambda case: check_inside(case, clients.GMAIL),
    "an iPhone, inside the quote": lambda case: check_inside(case, clients.IPHONE),
    "Thunderbird, inside the quote": lambda case: check_inside(case, clients.THUNDERBIRD),
    "in two parts, by two programs": check_parts,
    "answers that are only numbered": check_numbered,
    "labels without their numbers, accents lost; a problem is told at once": check_labels,
    "Arabic digits and words": check_arabic_digits,
    "a no with a but is asked back": check_doubt,
    "two answers to one field are asked back": check_conflict,
    "an acknowledgement with words of its own": check_acknowledgement,
}


def main():
    tap = servers.Tap()
    for name, check in CHECKS.items():
        with tap.case(name), Road() as road:
            check(Case(road))
    tap.finish()


if __name__ == "__main__":
    main()
