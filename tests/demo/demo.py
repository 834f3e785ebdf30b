"""`facteur demo`: one internship by real mail, from the record to the acknowledgements, over months of a moving clock.

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

AMINA = theatre.Person("Amina Benali", "amina.benali@etu.univ.example.org", "étudiante", program=clients.IPHONE)
SARAH = theatre.Person("Sarah Collins", "sarah.collins@acme.example.com", "company tutor", "en", clients.THUNDERBIRD)
CLAIRE = theatre.Person("Claire Morel", "claire.morel@univ.example.org", "tutrice académique", program=clients.GMAIL)
KARIM = theatre.Person("Karim Haddad", "karim.haddad@univ.example.org", "responsable des stages", program=clients.OUTLOOK)
NADIA = theatre.Person("Nadia Cherif", "nadia.cherif@univ.example.org", "responsable de la filière")
CAST = [AMINA, SARAH, CLAIRE, KARIM, NADIA]

COLUMNS = ("reference,language,country,student_name,student_email,academic_tutor_name,academic_tutor_email,company_tutor_name,"
           "company_tutor_email,internship_manager_name,internship_manager_email,programme_head_name,programme_head_email,"
           "organisation,subject,start,end,step,company_tutor_language").split(",")


def write_import(folder, rows):
    path = os.path.join(folder, "stages.csv")
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(rows)
    return path


def row(reference, company_address, subject, organisation="ACME Réseaux"):
    return [reference, "fr", "fr", AMINA.name, AMINA.address, CLAIRE.name, CLAIRE.address, SARAH.name, company_address, KARIM.name,
            KARIM.address, NADIA.name, NADIA.address, organisation, subject, "2027-03-01", "2027-06-30", "record_validation", "en"]


def play(stage):
    stage.at("2027-02-01 08:00")
    path = write_import(stage.folder, [row("2027-0001", SARAH.address, "Réseaux de capteurs à basse consommation")])
    stage.say(stage.facteur("import", path, "--now", stage.clock.isoformat()).strip())
    stage.run()

    stage.at("2027-02-02 10:12")
    stage.send(KARIM, "Ok mais seulement si l'entreprise confirme les dates.")
    stage.at("2027-02-02 14:30")
    stage.send(KARIM, "OK, je valide.")
    stage.at("2027-02-03 09:00")
    stage.send(SARAH, "I am out of the office until 15 February. For urgent matters write to office@acme.example.com.",
               program=clients.OUT_OF_OFFICE)

    stage.at("2027-04-30 09:05")
    stage.run()
    stage.at("2027-05-02 21:40")
    stage.send(AMINA, "Voilà une première partie, la suite demain.", "Bilan intermédiaire",
               clients.InQuote({1: "étude de l'existant, maquette du réseau", 2: "mineur", 4: "4", 5: "5"}))
    stage.at("2027-05-03 18:20")
    stage.send(AMINA, "Écart [3] : la campagne de mesures est repoussée en juin\nDifficultés [9] : livraison tardive des capteurs\n"
                      "Objectifs [11] : mesures sur site et rédaction\nProblème [12] : non\n--- fin ---")

    stage.at("2027-05-05 09:00")
    stage.send(SARAH, "Received, thank you.", author="Sarah Collins <sarah.at.home@mail.example.net>")
    stage.at("2027-05-05 11:15")
    stage.send(SARAH, "Yes, that was me.")
    stage.run()
    stage.at("2027-05-11 09:00")
    stage.run()
    stage.at("2027-05-13 16:00")
    stage.send(CLAIRE, "J'accuse réception de ce bilan, tout va bien.", "Bilan")
    stage.at("2027-05-13 17:00")
    stage.send(AMINA, "suivi")


def finish(stage, started):
    stage.say("")
    stage.say(stage.facteur("case", "show", "2027-0001", "--now", stage.clock.isoformat()).rstrip())
    stage.say("")
    stage.say(stage.facteur("audit").strip())
    page = stage.write_page()
    mails = sum(len(person.mails) for person in stage.people)
    stage.say(f"{mails} mails reçus, en {time.monotonic() - started:.0f} s. À lire : {page}")


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
        play(stage)
        finish(stage, started)
    finally:
        stage.close()


main()
