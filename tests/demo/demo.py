"""`facteur demo`: three internships by real mail over a year, from the record to the label; the date is the only thing faked.

Amina's goes all the way: her record is sent back once, her company tutor goes on leave and later answers from a private address,
she writes her reports inside the quoted mails, and gets the label. Yanis's company tutor stays silent and is replaced by staff.
Lina's tutor has an address that bounces, and her internship is interrupted. Staff read their digest and act from it.

usage: demo.py --program FACTEUR [--keep FOLDER]
"""
import argparse
import csv
import os
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import stage as theatre  # noqa: E402
import clients  # noqa: E402

AMINA = theatre.Person("Amina Benali", "amina.benali@etu.univ.example.org", "student", program=clients.IPHONE)
YANIS = theatre.Person("Yanis Mansouri", "yanis.mansouri@etu.univ.example.org", "student", program=clients.GMAIL)
LINA = theatre.Person("لينا حداد", "lina.haddad@etu.univ.example.org", "student", "ar", clients.GMAIL)
SARAH = theatre.Person("Sarah Collins", "sarah.collins@acme.example.com", "company tutor", "en", clients.THUNDERBIRD)
MARC = theatre.Person("Marc Petit", "marc.petit@bois.example.com", "company tutor", program=clients.OUTLOOK)
OLGA = theatre.Person("Olga Ferrand", "olga.ferrand@bois.example.com", "company tutor", program=clients.OUTLOOK)
HUGO = theatre.Person("Hugo Blanc", "hugo.blanc@bois.example.com", "company tutor", program=clients.IPHONE)
CLAIRE = theatre.Person("Claire Morel", "claire.morel@univ.example.org", "academic tutor", program=clients.GMAIL)
KARIM = theatre.Person("Karim Haddad", "karim.haddad@univ.example.org", "internship manager", program=clients.OUTLOOK)
NADIA = theatre.Person("Nadia Cherif", "nadia.cherif@univ.example.org", "programme head", program=clients.THUNDERBIRD)
JEANNE = theatre.Person("Jeanne Roux", "jeanne.roux@univ.example.org", "signs for the university", program=clients.THUNDERBIRD)
REGISTRY = theatre.Person("Scolarité", "scolarite@univ.example.org", "registry", program=clients.OUTLOOK)
CAST = [AMINA, YANIS, LINA, SARAH, MARC, OLGA, HUGO, CLAIRE, KARIM, NADIA, JEANNE, REGISTRY]

MISTYPED = theatre.Person("Hugo Blanc", "hugo.blnc@bois.example.com", "")  # as the import has him: nobody reads there

COLUMNS = ("reference,language,country,student_name,student_email,academic_tutor_name,academic_tutor_email,company_tutor_name,"
           "company_tutor_email,internship_manager_name,internship_manager_email,programme_head_name,programme_head_email,"
           "organisation,subject,start,end,step,company_tutor_language,student_language,"
           "institution_signatory_name,institution_signatory_email").split(",")

RECORD = {  # what Amina writes behind the labels of her record
    "Numéro d'étudiant": "20261234", "Nom de l'étudiant": "Benali", "Prénom de l'étudiant": "Amina", "Date de naissance": "3 mai 2004",
    "Adresse de l'étudiant": "12 rue des Oliviers", "Ville de l'étudiant": "Lyon", "Pays de l'étudiant": "France",
    "Adresse électronique personnelle": "amina.benali@etu.univ.example.org", "Assurance responsabilité": "MAIF 1234567",
    "Année universitaire": "2026-2027", "Composante": "Faculté des sciences", "Année de formation": "M2", "Filière": "Informatique",
    "Organisme d'accueil": "ACME Réseaux", "Type d'organisme": "entreprise", "L'organisme est-il": "non",
    "Adresse de l'organisme": "1 quai du Port", "Ville de l'organisme": "Marseille", "Pays de l'organisme": "France",
    "Nom du signataire": "Collins", "Prénom du signataire": "Sarah", "Fonction du signataire": "Head of R&D",
    "Adresse électronique du signataire": "sarah.collins@acme.example.com", "Nom du tuteur entreprise": "Collins",
    "Prénom du tuteur entreprise": "Sarah", "Fonction du tuteur": "Head of R&D",
    "Adresse électronique du tuteur entreprise": "sarah.collins@acme.example.com", "Nom du tuteur académique": "Morel",
    "Prénom du tuteur académique": "Claire", "Adresse électronique du tuteur académique": "claire.morel@univ.example.org",
    "Sujet du stage": "Réseaux de capteurs à basse consommation", "Activités confiées": "étude de l'existant, maquette, mesures sur site",
    "Compétences": "radio basse consommation, C embarqué", "Date de début": "1er mars 2027", "Date de fin": "30/06/2027",
    "Heures par semaine": "٣٥", "Modalités d'encadrement": "un point chaque lundi", "Modalités d'évaluation": "rapport et soutenance",
    "Langue de la convention": "anglais"}
FORGOTTEN = ("Assurance responsabilité", "Modalités d'évaluation")


STAFF_LINES = "3 5 VALIDER ; 4 CORRIGER le sujet est trop court ; 6 7 IGNORER\n9 RELANCER\n99 VALIDER"


def write_import(folder, name, rows):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(rows)
    return path


def row(reference, student, tutor, organisation, subject, step, language="fr", dates=("2027-03-01", "2027-06-30")):
    staff = [KARIM.name, KARIM.address, NADIA.name, NADIA.address]
    tutors = [CLAIRE.name, CLAIRE.address, tutor.name, tutor.address] if tutor else ["", "", "", ""]
    return [reference, "fr", "fr", student.name, student.address, *tutors, *staff, organisation, subject, *(dates if tutor else ("", "")), step, "", language,
            JEANNE.name, JEANNE.address]


def begin(stage):
    stage.at("2027-01-11 08:00")
    path = write_import(stage.folder, "stages.csv",
                        [row("2027-0001", AMINA, None, "", "", "record"),
                         row("2027-0002", YANIS, MARC, "Bois et Structures", "Calcul de charpentes", "record_validation"),
                         row("2027-0003", LINA, MISTYPED, "Bois et Structures", "Suivi de production", "record_validation", "ar")])
    stage.say(stage.facteur("import", path, "--now", stage.clock.isoformat()).strip())
    stage.run()


def the_record(stage):
    stage.at("2027-01-12 19:30")
    stage.send(AMINA, "Voici ma fiche !", "Fiche de stage",
               clients.InQuote({key: value for key, value in RECORD.items() if key not in FORGOTTEN}))
    stage.at("2027-01-12 19:45")
    stage.send(AMINA, "Ce qui manquait.", "Fiche de stage", clients.InQuote({key: RECORD[key] for key in FORGOTTEN}))
    stage.at("2027-01-13 10:12")
    stage.send(KARIM, "Ok mais seulement si l'entreprise confirme les dates.", "Amina")
    stage.at("2027-01-13 14:30")
    stage.send(KARIM, "Refusé : le sujet ne dit rien de la part de programmation.", "Amina")
    stage.at("2027-01-14 18:00")
    stage.send(AMINA, "Corrigé.", "Fiche de stage", clients.InQuote({"Sujet du stage": "Réseaux de capteurs : programmation en C embarqué"}))
    stage.at("2027-01-15 09:05")
    stage.send(KARIM, "OK, je valide.", "Amina")
    for person, when in ((KARIM, "2027-01-15 09:10"), (KARIM, "2027-01-15 09:12")):
        stage.at(when)
        stage.send(person, "VALIDER", "Yanis" if when.endswith("10") else "لينا")


def the_bounce(stage):
    stage.at("2027-01-15 14:00")
    stage.run()
    stage.at("2027-01-15 15:00")
    stage.send(KARIM, f"ADRESSE tuteur entreprise {HUGO.address}", "لينا")
    stage.at("2027-01-15 15:20")
    stage.send(HUGO, "Oui", "")


def the_agreement(stage):
    stage.at("2027-01-18 09:00")
    stage.send(SARAH, "I am out of the office until 25 January. For urgent matters write to office@acme.example.com.", "agreement",
               clients.OUT_OF_OFFICE)
    stage.at("2027-01-26 10:00")
    for role in ("organisation's signatory", "company tutor"):
        stage.send(SARAH, "I agree.", f"({role})")
    for person in (AMINA, CLAIRE, JEANNE):
        stage.at("2027-01-26 11:00")
        stage.send(person, "ACCORD", "Convention de stage — Amina")


def the_start(stage):
    stage.at("2027-03-04 09:10")
    stage.run()
    stage.at("2027-03-05 09:00")
    stage.send(SARAH, "Yes", "Start of the internship")
    stage.at("2027-03-08 10:00")
    stage.send(AMINA, "Ma première semaine.", "Journal de stage",
               clients.InQuote({"Période": "1 au 5 mars", "Activités": "installation, lecture du code", "Difficultés": "aucune"}))


def the_silent_tutor(stage):
    """Marc never answers: reminders, then his chain is told, then staff replace him."""
    for day in ("2027-03-09", "2027-03-12", "2027-03-17"):
        stage.at(day + " 09:10")
        stage.run()
    stage.at("2027-03-18 10:00")
    stage.send(KARIM, f"REMPLACER tuteur entreprise {OLGA.name} <{OLGA.address}>", "Yanis")
    stage.at("2027-03-19 09:00")
    stage.send(OLGA, "Oui", "Début du stage")


def the_interruption(stage):
    stage.at("2027-03-22 11:00")
    stage.send(KARIM, "INTERROMPRE 22/03/2027 au 16/04/2027", "لينا")


def halfway(stage):
    stage.at("2027-04-30 09:10")
    stage.run()
    stage.at("2027-05-02 21:40")
    stage.send(AMINA, "Une première partie, la suite demain.", "Bilan intermédiaire",
               clients.InQuote({"Travaux réalisés": "étude de l'existant, maquette du réseau", "Écart": "mineur", "Intégration": "4"}))
    stage.at("2027-05-03 18:20")
    stage.send(AMINA, "Et le reste.", "Bilan intermédiaire",
               clients.InQuote({"Détails": "la campagne de mesures est repoussée en juin", "Encadrement": "5",
                                "Difficultés": "livraison tardive des capteurs", "Objectifs": "mesures sur site et rédaction",
                                "Problème": "non"}))
    stage.at("2027-05-04 09:00")
    stage.send(SARAH, "Received, thank you.", "Acknowledgement", author="Sarah Collins <sarah.at.home@mail.example.net>")
    stage.at("2027-05-04 11:15")
    stage.send(SARAH, "Yes, I confirm.", "Acknowledgement")
    stage.at("2027-05-05 16:00")
    stage.send(CLAIRE, "J'accuse réception de ce bilan, tout va bien.", "Accusé de réception")
    stage.at("2027-05-05 17:00")
    stage.send(AMINA, "suivi")


EXPERIENCE = {"Missions": "réseau de capteurs, programmation en C embarqué", "Conditions": "très bonnes", "Environnement": "équipe de six",
              "Points forts": "autonomie, matériel", "Points faibles": "livraisons lentes", "Ce que j'aurais": "prévoir un plan B",
              "Conseils": "demander le matériel dès le premier jour", "Poursuivre": "oui", "Partager": "anonyme"}
EVALUATION = {label + " *": mark for label, mark in (
    ("Adaptation", "Very good"), ("Teamwork", "Excellent"), ("Punctuality", "Excellent"), ("Interest in the work", "Very good"),
    ("Organisation", "Good"), ("Autonomy", "Very good"), ("Initiative", "Good"), ("Involvement", "Excellent"), ("Rigour", "Good"),
    ("Applying knowledge", "Very good"), ("Communication", "Good"), ("Goals met", "Very good"), ("Overall", "Very good"),
    ("Would you host an intern again", "yes"))}


def the_end(stage):
    stage.at("2027-06-09 09:10")
    stage.run()
    stage.at("2027-06-10 10:00")
    stage.send(KARIM, "Voici la date.", "Date de soutenance — Amina",
               clients.InQuote({"Date de la": "le 8 juillet 2027", "Heure": "14:00", "Lieu": "amphi B"}))
    stage.at("2027-06-21 09:10")
    stage.run()
    stage.at("2027-06-22 20:00")
    stage.send(AMINA, "Mon retour.", "Retour d'expérience", clients.InQuote(EXPERIENCE))
    stage.at("2027-06-25 09:10")
    stage.run()
    stage.at("2027-06-28 17:00")
    stage.send(SARAH, "Here it is.", "Evaluation by the organisation", clients.InQuote(EVALUATION))
    stage.at("2027-06-29 09:00")
    stage.send(KARIM, "Lu, merci.", "Lecture de l'évaluation")
    stage.at("2027-07-09 09:10")
    stage.run()
    stage.at("2027-07-09 10:00")
    stage.send(KARIM, "Oui.", "Soutenance — Amina")
    stage.at("2027-07-12 10:00")
    stage.send(KARIM, "NOTE 16,5", "Note — Amina")


def the_label(stage):
    """The confidential evaluation goes through its page alone; then the label."""
    stage.at("2027-07-13 18:00")
    stage.fill_page(AMINA, "Évaluation par l'étudiant")
    stage.at("2027-07-14 09:00")
    stage.send(NADIA, "Oui", "Proposer")


def the_staff_day(stage):
    """New records wait; the digest of the morning is answered with five commands in one mail."""
    stage.configure("registry_address", REGISTRY.address)
    stage.at("2027-07-15 09:00")
    path = write_import(stage.folder, "autres.csv",
                        [row(f"2027-000{number}", student, OLGA, "Bois et Structures", subject, "record_validation",
                             dates=("2027-09-01", "2027-12-17"))
                         for number, student, subject in ((4, YANIS, "Essais de charpentes"), (5, LINA, "Contrôle qualité"),
                                                          (6, AMINA, "Capteurs dans le bois"))])
    stage.say(stage.facteur("import", path, "--now", stage.clock.isoformat()).strip())
    stage.run()
    stage.at("2027-07-16 08:00")
    stage.run()
    stage.at("2027-07-16 08:20")
    stage.send(KARIM, STAFF_LINES, "Point du")


def finish(stage, started):
    stage.say("")
    stage.say(stage.facteur("case", "show", "2027-0001", "--now", stage.clock.isoformat()).rstrip())
    stage.say("")
    stage.say(stage.facteur("audit").strip())
    page = stage.write_page()
    mails = sum(len(person.mails) for person in stage.people)
    stage.say(f"{mails} mails came, in {time.monotonic() - started:.0f} s. To read: {page}")


SCENES = (begin, the_record, the_bounce, the_agreement, the_start, the_silent_tutor, the_interruption, halfway, the_end, the_label,
          the_staff_day)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--keep")
    arguments = parser.parse_args()
    started = time.monotonic()
    folder = arguments.keep or tempfile.mkdtemp(prefix="facteur-demo-")
    stage = theatre.Stage(os.path.abspath(arguments.program), CAST, folder)
    try:
        stage.set_up()
        for scene in SCENES:
            scene(stage)
        finish(stage, started)
    finally:
        stage.close()


main()
