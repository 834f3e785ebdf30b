"""init, check, import, case, status, audit, explain, digest: what a person types, what it says, how it exits."""
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests"))
import servers  # noqa: E402

FACTEUR = os.path.join(ROOT, os.environ.get("FACTEUR", "build/plain/facteur"))
NOW = "2026-11-25T10:00:00+01:00"
HEADER = ("reference,language,country,student_name,student_email,academic_tutor_name,academic_tutor_email,"
          "company_tutor_name,company_tutor_email,internship_manager_name,internship_manager_email,"
          "programme_head_name,programme_head_email,organisation,subject,start,end,step,company_tutor_language").split(",")
ROW = {
    "reference": "2026-0142", "language": "fr", "country": "fr",
    "student_name": "Lina Haddad", "student_email": "lina@etu.example.org",
    "academic_tutor_name": "Paul Girard", "academic_tutor_email": "paul.girard@univ.example.org",
    "company_tutor_name": "Marc Lefèvre", "company_tutor_email": "m.lefevre@rhone.example.com",
    "internship_manager_name": "Claire Moreau", "internship_manager_email": "claire.moreau@univ.example.org",
    "programme_head_name": "Inès Ben Salah", "programme_head_email": "ines.bensalah@univ.example.org",
    "organisation": "Ateliers du Rhône", "subject": "Suivi qualité", "start": "01/03/2027", "end": "2027-07-30",
    "step": "record_validation", "company_tutor_language": "en",
}
tap = servers.Tap()


def table(*rows, separator=",", header=None):
    header = header or HEADER
    lines = [separator.join(header)]
    for row in rows:
        cells = [{**ROW, **row}.get(name, "") for name in header]
        lines.append(separator.join('"' + c.replace('"', '""') + '"' if any(x in c for x in ',;"\n') else c for c in cells))
    return "\n".join(lines) + "\n"


class House:
    def __init__(self, folder):
        self.folder = os.path.join(folder, "house")
        self.config = os.path.join(self.folder, "facteur.conf")
        self.made = self.run("init", self.folder, bare=True)

    def run(self, *arguments, bare=False):
        command = [FACTEUR, arguments[0]] + ([] if bare else ["--config", self.config, "--now", NOW]) + list(arguments[1:])
        return subprocess.run(command, capture_output=True, text=True, timeout=60)

    def fill(self):
        values = {"address": "stages@univ.example.org", "reply_to": "stages+%t@univ.example.org",
                  "institution": "Université d'Exemple", "host": "mail.example.org", "user": "stages",
                  "base_url": "https://stages.univ.example.org"}
        lines = open(self.config).read().split("\n")
        for i, line in enumerate(lines):
            if line.endswith(": CHANGE-ME"):
                lines[i] = line.replace("CHANGE-ME", values[line.strip().split(":")[0]])
        open(self.config, "w").write("\n".join(lines))
        self.write("secrets/mailbox.password", "x", 0o600)

    def write(self, name, text, mode=0o644):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())
        os.chmod(path, mode)
        return path

    def import_(self, text):
        return self.run("import", self.write("table.csv", text))


def expect(result, code, *words):
    said = result.stdout + result.stderr
    assert result.returncode == code, f"exit {result.returncode}, want {code}: {said}"
    for word in words:
        assert word in said, f"`{word}` is not in: {said}"


def check_init(house):
    expect(house.made, 0, "facteur check --config")
    for name, mode in (("", 0o700), ("secrets", 0o700), ("secrets/tokens.keys", 0o600), ("facteur.conf", 0o600),
                       ("state/facteur.db", 0o600)):
        found = stat.S_IMODE(os.stat(os.path.join(house.folder, name)).st_mode)
        assert found == mode, f"{name}: {found:o}, want {mode:o}"
    expect(house.run("init", house.folder, bare=True), 1, "there already")


def check_unfilled(house):
    expect(house.run("check"), 78, "facteur.conf:", "`robot: address` is still to be filled in",
           "`submission: host` is still")
    expect(house.run("status"), 78)


def check_check(house):
    house.fill()
    expect(house.run("check"), 0, "all is well")
    expect(house.run("check", "--print"), 0, "address: stages@univ.example.org", "poll_seconds: 120")
    conf = open(house.config).read()
    house.write("facteur.conf", conf.replace("listen: unix:/run/facteur/web.sock", "listen: off"), 0o600)
    expect(house.run("check"), 78, "semsem-stages.yaml:", "`student_evaluation` is confidential", "the pages are off")
    house.write("facteur.conf", conf, 0o600)
    os.chmod(os.path.join(house.folder, "secrets/tokens.keys"), 0o644)
    expect(house.run("check"), 78, "tokens.keys")
    os.chmod(os.path.join(house.folder, "secrets/tokens.keys"), 0o600)
    os.remove(os.path.join(house.folder, "secrets/mailbox.password"))
    expect(house.run("check"), 78, "mailbox.password", "0600")
    house.write("secrets/mailbox.password", "x", 0o600)


BAD = [
    ("an address", {"student_email": "lina"}, ":2:", "student_email: `lina` is no mail address"),
    ("no address", {"student_email": ""}, ":2:", "student_email: the address is missing"),
    ("no name", {"student_name": ""}, ":2:", "student_name: the name is missing"),
    ("a language", {"language": "xx"}, ":2:11:", "language: `xx`"),
    ("a country", {"country": "zz"}, ":2:14:", "country: `zz`"),
    ("a step", {"step": "nothing"}, ":2:", "step: `nothing` is no step"),
    ("a date", {"start": "31/02/2027"}, ":2:", "start: "),
    ("dates in the wrong order", {"start": "2027-08-01"}, ":2:", "the internship ends before it starts"),
    ("no organisation", {"organisation": ""}, ":2:", "organisation: the value is missing"),
    ("a reference", {"reference": "a b"}, ":2:1:", "reference: `a b` is no reference"),
]


def check_words(house):
    """Words of pages and documents with one mistake each."""
    conf, words = open(house.config).read(), os.path.join(house.folder, "words")
    shipped = re.search(r"templates_dir: *(.*)", conf)
    rows = (("page/act.mustache", "{{nonce}}", "{{nonse}}", "unknown name `nonse`", "did you mean `nonce`?"),
            ("page/field.mustache", "{{help}}", "{{helpp}}", "unknown name `helpp`"),
            ("page/form.mustache", "{{> field}}", "{{> feild}}", "no partial `feild`"),
            ("page/home.mustache", "{{w.verify}}", "{{w.verifiy}}", "unknown name `w.verifiy`"),
            ("page/head.mustache", "{{/reference}}", "{{/refrence}}", "refrence"),
            ("page/words.yaml", "{fr: Envoyer, en: Send, ar: إرسال}", "{fr: Envoyer, en: Send}", "the text in `ar` is missing"),
            ("page/sealed.mustache", None, None, "page/sealed.mustache", "the page is not there"),
            ("document/label.ar.mustache", None, None, "semsem-stages.yaml:", "the words of the document `label` are not all there"),
            ("document/agreement.fr.mustache", "{{form.record.subject}}", "{{form.record.subjct}}", "unknown name `form.record.subjct`"),
            ("document/label.en.mustache", "{{label_number}}", "{{label_numbr}}", "did you mean `label_number`?"))
    word = "this line is a word that people answer with: it would be taken out of their reply — say it in a sentence"
    rows += (("mail/step_passed.ar.mustache", None, None, "semsem-stages.yaml:",
              "the mail `step_passed` is not there in `ar` — write mail_templates/mail/step_passed.ar.mustache"),
             ("mail/why.en.mustache", None, None,
              "the mail `why` is not there in `en` — write mail_templates/mail/why.en.mustache"),
             ("mail/digest.fr.mustache", None, None,
              "the mail `digest` is not there in `fr` — write mail_templates/mail/digest.fr.mustache"),
             ("mail/step_passed.fr.mustache", "{{done_by}}", "{{done_byy}}",
              "unknown name `done_byy` — did you mean `done_by`?"),
             ("mail/help.en.mustache", "Capitals, accents", "Excellent\n\nCapitals, accents", word),
             ("mail/started_question.en.mustache", "{{> reminder}}", "YES\n\n{{> reminder}}", word))
    for name, old, new, *wanted in rows:
        shutil.rmtree(words, ignore_errors=True)
        shutil.copytree(shipped.group(1) if shipped else os.path.join(ROOT, "mail_templates"), words)
        path = os.path.join(words, name)
        if old is None:
            os.remove(path)
        else:
            text = open(path, encoding="utf-8").read().replace(old, new, 1)
            before, found, _ = text.partition(new)
            assert found, f"{name} has no {old}"
            wanted.append(f"{name}:{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}: ")
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        house.write("facteur.conf", re.sub(r"templates_dir: *.*", f"templates_dir: {words}", conf), 0o600)
        said = house.run("check")
        expect(said, 78, *wanted)
        lines = said.stdout.splitlines() + said.stderr.splitlines()
        assert len(lines) == len(set(lines)), f"told twice: {lines}"
    house.write("facteur.conf", conf, 0o600)
    expect(house.run("check"), 0, "all is well")


def check_bad_rows(house):
    for name, change, *words in BAD:
        result = house.import_(table(change, {"reference": "2026-9999"}))
        expect(result, 1, "nothing was imported", *words)
        assert result.stderr.count("table.csv:2") == 1, f"{name}: told more than once: {result.stderr}"
    expect(house.import_(table({"student_email": "x"}, {"reference": "2026-2", "start": "?"})), 1, ":2:", ":3:")
    expect(house.import_(table({}, {})), 1, ":3:1:", "is in line 2 already")
    expect(house.import_(table({}).replace("\n2026", "\n\n2026").replace("Paul", '"Paul')), 1, "never closed")
    expect(house.import_(""), 1, "the table is empty")
    expect(house.import_("x,y\n1,2\n"), 1, "there is no column `x`", "the column `reference` is missing")
    expect(house.import_(table({}).encode("latin-1")), 1, "not UTF-8")
    expect(house.import_(table({}).rstrip("\n") + ",more\n"), 1, "20 cells")
    listed = json.loads(house.run("case", "list", "--json").stdout)
    assert listed == [], listed


def check_import(house):
    text = table({"subject": 'Un "bon"; sujet, long'}, separator=";")
    expect(house.import_(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()), 0, "1 cases begun, 0 there already")
    before = house.run("audit").stdout
    expect(house.import_(text), 0, "0 cases begun, 1 there already")
    assert house.run("audit").stdout == before, "importing the same again changed the journal"
    expect(house.import_(table({"subject": "another"})), 1, ":2:1:", "began with other people or values")
    expect(house.import_(table({"subject": 'Un "bon"; sujet, long'}, {"reference": "2026-0143"})), 0,
           "1 cases begun, 1 there already")
    empty = {"academic_tutor_name": "", "academic_tutor_email": "", "company_tutor_name": "", "company_tutor_email": "",
             "organisation": "", "start": "", "end": "", "step": "record", "reference": "2026-0144"}
    expect(house.import_(table(empty)), 0, "1 cases begun")


def check_people(house):
    students = "student_name;student_email;cohort;student_no\nAya Naji;aya@etu.example.org;M2 2026;E12\n"
    before = house.run("audit").stdout
    looked = house.run("import", "--dry-run", house.write("table.csv", students))
    expect(looked, 0, "line 2: Aya Naji <aya@etu.example.org> is new", "1 people would be taken in, 0 there already")
    assert house.run("audit").stdout == before, "a dry run changed the journal"
    expect(house.import_(students), 0, "1 people taken in, 0 there already")
    expect(house.import_(students), 0, "0 people taken in, 1 there already")
    expect(house.import_("name,email,scope\nA,a@univ.example.org,king\n"), 1, ":2:22:", "`king` is no scope",
           "nothing was imported")
    expect(house.import_("name,email,scope\nA,a@univ.example.org,all\n"), 0, "1 staff set")
    expect(house.import_("country,day\nfr,2027-05-28\n"), 0, "1 days set")
    expect(house.run("audit"), 0)


def check_merge(house):
    rows = "name,email,role\nB. Ali,b.ali@univ.example.org,academic_tutor\nBilal Ali,bilal@perso.example.net,student\n"
    expect(house.import_(rows), 0, "2 people taken in")
    expect(house.run("person", "merge", "b.ali@univ.example.org", "nobody@example.net"), 1, "nobody has the address")
    expect(house.run("person", "merge", "b.ali@univ.example.org", "bilal@perso.example.net"), 0, "has taken over")
    expect(house.run("person", "merge", "bilal@perso.example.net", "b.ali@univ.example.org"), 1, "one person already")
    expect(house.run("person", "show", "bilal@perso.example.net"), 0, "name      B. Ali", "address   b.ali@univ.example.org",
           "merged    bilal@perso.example.net", "known as  academic_tutor", "known as  student")
    expect(house.run("person", "show"), 64)
    expect(house.run("person", "merge", "x"), 64)
    expect(house.run("audit"), 0)


def check_show(house):
    case = json.loads(house.run("case", "show", "2026-0142", "--json").stdout)
    assert case["reference"] == "2026-0142" and case["status"] == "planned", case
    steps = {step["key"]: step for step in case["steps"]}
    for key in ("key", "actor", "state", "opened_at", "due_at", "done_at", "by", "how"):
        assert key in case["steps"][0], key
    assert steps["record"]["state"] == "done" and steps["record"]["how"] == "import", steps["record"]
    assert steps["record_validation"]["state"] == "open", steps["record_validation"]
    assert steps["record_validation"]["actor"] == "claire.moreau@univ.example.org"
    assert steps["record_validation"]["opened_at"] == "2026-11-25T10:00:00+01:00"
    assert case["values"]["record.subject"] == 'Un "bon"; sujet, long', case["values"]
    expect(house.run("case", "show", "2026-0142"), 0, "Claire Moreau", "S05")
    expect(house.run("case", "list"), 0, "2026-0143", "record_validation")
    expect(house.run("find", "HADD"), 0, "Lina Haddad", "2026-0142", "person", "case")
    expect(house.run("find", "nobody", "at", "all"), 1, "nothing is found")
    expect(house.run("case", "show", "none"), 1, "there is no case `none`")
    assert steps["label"]["role"] is None and steps["label"]["actor"] is None, "the robot's own steps are among them"
    expect(house.run("case", "show", "2026-0142"), 0, "Convention de stage: tuteur académique")
    draft = json.loads(house.run("case", "show", "2026-0144", "--json").stdout)
    assert {s["key"]: s["state"] for s in draft["steps"]}["record"] == "open", draft["steps"]


def check_others(house):
    status = json.loads(house.run("status", "--json").stdout)
    assert status["cases"] == 3 and status["outbox"]["queued"] >= 3, status
    expect(house.run("audit"), 0, "3 cases, 0 faults")
    expect(house.run("explain", "1"), 0, "an import of cases")
    expect(house.run("explain", "nobody@example.org"), 1, "no message")
    expect(house.run("digest", "--preview"), 64, "registry_address")
    conf = open(house.config).read()
    house.write("facteur.conf", conf.replace("robot:\n", "robot:\n  registry_address: scolarite@univ.example.org\n", 1), 0o600)
    expect(house.run("digest", "--preview"), 0, "Rien ne vous attend", "Journal")
    expect(house.run("digest", "--preview", "nobody@example.org"), 1, "gets no digest")
    expect(house.run("digest", "--preview", "--eml"), 0, "multipart/alternative", "List-Id")


def check_keys(house):
    expect(house.run("keys"), 0, "0  current")
    count = int(house.run("keys", "list").stdout.split("current")[1].split()[0])
    assert count >= 3, "the mails of three cases hold tokens"
    expect(house.run("keys", "revoke", "0"), 1, "rotate first")
    expect(house.run("keys", "revoke", "z"), 1, "no key z")
    expect(house.run("keys", "rotate"), 0, "key 1 signs from now on", "restart facteur")
    expect(house.run("keys"), 0, "0  old", "1  current")
    told = house.run("keys", "revoke", "0")
    expect(told, 0, "key 0 is revoked", "2026-0142\trecord_validation\tClaire Moreau <claire.moreau@univ.example.org>")
    expect(house.run("keys"), 0, "0  revoked  0 living")
    expect(house.run("keys", "rotate"), 0, "key 2")
    listed = house.run("keys").stdout.split("\n")
    assert [line[:1] for line in listed if line] == ["1", "2"], "a key without living tokens is let go"
    assert stat.S_IMODE(os.stat(os.path.join(house.folder, "secrets/tokens.keys")).st_mode) == 0o600
    expect(house.run("keys", "burn"), 64)
    public = os.path.join(house.folder, "secrets/label.pub")
    before = open(public).read()
    expect(house.run("keys", "--label", "rotate"), 0, "stay genuine", "label.pub is new")
    after = open(public).read()
    assert set(before.split("\n")) < set(after.split("\n")), "the old public key must stay"
    assert stat.S_IMODE(os.stat(public).st_mode) == 0o644
    old = house.run("keys", "--label").stdout.split("\n")[0]
    assert old.endswith("old"), old
    expect(house.run("keys", "--label", "revoke", old[0]), 0, "revoked")
    assert not set(before.split("\n")) - {""} & set(open(public).read().split("\n")), "the revoked key must go"
    expect(house.run("keys", "--seal", "rotate"), 0, "stays readable")
    expect(house.run("keys", "--seal", "revoke", "0"), 64, "never be read again")
    expect(house.run("check"), 0, "all is well")


def check_verify(house):
    assert stat.S_IMODE(os.stat(os.path.join(house.folder, "secrets/label.pub")).st_mode) == 0o644
    expect(house.run("verify", "STAGES-2026-0142"), 1, "no label has the number")
    expect(house.run("verify", house.write("some.pdf", "%PDF-1.4")), 1, "carries no signature")
    signed = "facteur-label STAGES-2026-0142 " + "0" * 64 + " " + "0" * 88
    expect(house.run("verify", house.write("some.pdf", signed)), 1, "says that it is the label STAGES-2026-0142")
    public = os.path.join(house.folder, "secrets/label.pub")
    expect(house.run("verify", "--public", public, house.write("some.pdf", signed), bare=True), 1, "not the file")
    os.remove(public)
    expect(house.run("verify", house.write("some.pdf", "")), 1, "carries no signature")
    assert os.path.exists(public), "it is made again from the keys"


def check_secret(house):
    """NOW is 25 November 2026."""
    conf = open(house.config).read()
    for expires, words in (("2026-12-26", None), ("2026-12-25", "runs out in 30 days"), ("2026-11-24", "RAN OUT, 1 days past its day")):
        text = conf
        for key, value in (("login", "oauth2"), ("token_url", "https://login.example.org/token"), ("client_id", "3f1c"),
                           ("secret_expires", expires)):
            text = re.sub(f"  # {key}: .*", f"  {key}: {value}", text, count=1)
        house.write("facteur.conf", text, 0o600)
        told = house.run("status")
        expect(told, 0, "cases", *([words] if words else []))
        assert words or "secret" not in told.stdout, told.stdout
    house.write("facteur.conf", conf, 0o600)


def check_usage(house):
    for arguments in (("case",), ("case", "shout"), ("import",), ("audit", "x"), ("digest",), ("status", "--nothing"),
                      ("status", "--now", "tomorrow")):
        expect(house.run(*arguments), 64)
    expect(subprocess.run([FACTEUR, "nothing"], capture_output=True, text=True), 64, "no command")
    missing = subprocess.run([FACTEUR, "status", "--config", "/nowhere/facteur.conf"], capture_output=True, text=True)
    expect(missing, 78, "/nowhere/facteur.conf")


with tempfile.TemporaryDirectory(prefix="facteur-commands-") as folder:
    the_house = House(folder)
    for check in (check_init, check_unfilled, check_check, check_words, check_bad_rows, check_import, check_people, check_merge, check_show,
                  check_others, check_verify,
                  check_keys, check_secret, check_usage):
        with tap.case(check.__name__[6:].replace("_", " ")):
            check(the_house)
tap.finish()
