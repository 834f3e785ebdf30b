/* Tables of people, staff and days off: all rows or none, and nothing the second time. */
#include "helper_world.h"

#include "base/date.h"
#include "mail/message.h"
#include "store/days.h"
#include "store/people.h"
#include "store/rolls.h"
#include "store/staff.h"

#include <string.h>

static const char now[] = "2026-11-25T09:00:00+01:00";

static char *print_notes(const GPtrArray *notes)
{
        g_autoptr(GString) out = g_string_new(NULL);
        for (guint i = 0; i < notes->len; i++) {
                const ImportNote *note = g_ptr_array_index(notes, i);
                g_autofree char *mend = NULL, *what = import_note_print(note, &mend);
                g_string_append_printf(out, "%d:%d %s\n", note->line, note->column, what);
        }
        return g_string_free(g_steal_pointer(&out), FALSE);
}

typedef struct {
        const char *name, *table;
        ImportKind kind;
        int begun;
} GoodRow;

static const GoodRow good_rows[] = {
        { "students",
          "student_name;student_email;cohort;student_no;programme\nAya Naji;aya@etu.example.org;M2 "
          "2026;E12;M2 Info\n",
          IMPORT_PEOPLE, 1 },
        { "tutors",
          "\xef\xbb\xbf"
          "company_tutor_name,company_tutor_email,language\n\"Roy, "
          "Jo\",jo@acier.example.com,en\nZoé,z@acier.example.com,fr\n",
          IMPORT_PEOPLE, 2 },
        { "by-role",
          "name,email,role\nAya Naji,aya@etu.example.org,étudiant\nPaul Roy,p.roy@univ.example.org,academic "
          "tutor\n",
          IMPORT_PEOPLE, 2 },
        { "staff",
          "name,email,scope,digest,time\nSara Mekki,sara@univ.example.org,all,week,08:15\nJo "
          "Roy,jo@univ.example.org,own,,\n",
          IMPORT_STAFF, 2 },
        { "days", "country,day,off,name\ndz,2027-03-11,no,\nfr,27/05/2027,,Pont\n", IMPORT_DAYS, 2 },
};

static void test_good(gconstpointer data)
{
        const GoodRow *row = data;
        g_autoptr(World) world = world_new(now);
        g_auto(ImportReport) looked_at, done, again;
        g_assert_true(world_import(world, row->table, true, &looked_at));
        g_assert_cmpint(looked_at.begun, ==, row->begun);
        g_assert_cmpuint(looked_at.changes->len, >=, (guint)row->begun);
        g_assert_true(world_import(world, row->table, false, &done)); /* the look changed nothing */
        g_autofree char *warnings = print_notes(done.warnings);
        g_assert_cmpstr(warnings, ==, "");
        g_assert_cmpint(done.kind, ==, row->kind);
        g_assert_cmpint(done.begun, ==, row->begun);
        g_assert_true(world_import(world, row->table, false, &again));
        g_assert_cmpint(again.begun, ==, 0);
        g_assert_cmpint(again.unchanged, ==, row->begun);
        g_assert_cmpuint(again.changes->len, ==, 0);
        world_audit(world);
}

static const struct {
        const char *name, *table, *faults;
} bad_rows[] = {
        { "people", "name,email,role\nA,a@example.org,student\n,b@example,king\nA,a@example.org,student\n",
          "3:1 name: the name is missing or too long\n3:2 email: `b@example` is no mail address\n"
          "3:12 role: `king` is no role of the procedure\n"
          "4:3 email: `a@example.org student` is in line 2 already\n" },
        { "people-column", "name,email,rôle,role\n", "1:12 there is no column `rôle`\n" },
        { "people-missing", "name,role\nA,student\n", "1:0 the column `email` is missing\n" },
        { "staff", "name,email,scope,digest,time\nA,a@example.org,some,often,25:00\nB,,all,,\n",
          "2:17 scope: `some` is no scope\n2:22 digest: `often` is not how often a digest comes\n"
          "2:28 time: `25:00` is no time of the day\n3:3 email: the address is missing\n" },
        { "days", "country,day,off\nzz,2027-03-11,\nfr,someday,maybe\nfr,2027-01-04,\nfr,04/01/2027,\n",
          "2:1 country: `zz` is no country we know\n3:4 day: `someday` is no day\n"
          "3:12 off: `maybe` is neither yes nor no\n5:4 day: `fr 2027-01-04` is in line 4 already\n" },
        { "wide", "country,day\nfr,2027-01-04,x\n", "2:0 the row has 3 cells and the header 2\n" },
        { "csv", "country,day\nfr,\"2027\n", "2:4 a quoted cell is never closed\n" },
};

static void test_bad(gconstpointer data)
{
        gsize i = GPOINTER_TO_SIZE(data);
        g_autoptr(World) world = world_new(now);
        g_auto(ImportReport) report;
        g_assert_false(world_import(world, bad_rows[i].table, false, &report));
        g_autofree char *faults = print_notes(report.faults);
        g_assert_cmpstr(faults, ==, bad_rows[i].faults);
        g_autoptr(GError) error = NULL;
        g_assert_cmpint(people_find_address(world_house(world)->store, "a@example.org", &error), ==, 0);
        world_audit(world);
}

/* What is known of the students of a cohort, and who has an address stays who they are. */
static void test_students(void)
{
        g_autoptr(World) world = world_new(now);
        Store *store = world_house(world)->store;
        g_auto(ImportReport) first, second;
        g_assert_true(world_import(
                world, "student_name,student_email,cohort,student_no\nAya Naji,aya@etu.example.org,M1,12\n",
                false, &first));
        g_assert_true(world_import(
                world, "student_name,student_email,cohort,student_no\nA. Naji,aya@etu.example.org,M2,13\n",
                false, &second));
        g_autoptr(GError) error = NULL;
        int64_t id = people_find_address(store, "aya@etu.example.org", &error);
        Person *person = people_get(store, id, &error);
        g_assert_cmpstr(person->name, ==, "Aya Naji");
        person_free(person);
        g_autoptr(GPtrArray) rolls = rolls_of(store, id, &error);
        g_assert_cmpuint(rolls->len, ==, 2);
        const Roll *last = g_ptr_array_index(rolls, 1);
        g_assert_cmpstr(last->role, ==, "student");
        g_assert_cmpstr(last->cohort, ==, "M2");
        g_assert_cmpstr(json_string_value(json_object_get(last->data, "record.student_no")), ==, "13");
        world_audit(world);
}

/* Who leaves the staff has no say any more; what a row leaves out stays. */
static void test_staff(void)
{
        g_autoptr(World) world = world_new_staffed(now);
        world_run(world);
        Store *store = world_house(world)->store;
        g_auto(ImportReport) first, second, third, registry;
        static const char all[] = "name,email,scope,digest,time\nSara,sara@univ.example.org,all,week,08:15\n";
        g_assert_true(world_import(world, all, false, &first));
        g_assert_true(
                world_import(world, "name,email,scope\nSara,sara@univ.example.org,own\n", false, &second));
        g_autoptr(GError) error = NULL;
        int64_t id = people_find_address(store, "sara@univ.example.org", &error);
        Staff staff;
        bool is_staff;
        g_assert_true(staff_get(store, id, &staff, &is_staff, &error) && is_staff);
        g_assert_cmpint(staff.scope, ==, SCOPE_OWN);
        g_assert_cmpint(staff.rhythm, ==, RHYTHM_WEEK);
        g_assert_cmpint(staff.minute, ==, 8 * 60 + 15);
        g_assert_true(
                world_import(world, "name,email,scope\nSara,sara@univ.example.org,none\n", false, &third));
        g_assert_true(staff_get(store, id, &staff, &is_staff, &error) && !is_staff);
        g_assert_false(
                world_import(world, "name,email,scope\nX," WORLD_REGISTRY ",none\n", false, &registry));
        world_audit(world);
}

/* Deadlines count with the days that were taken in, from the clerk's next turn on. */
static void test_days(void)
{
        g_autoptr(World) world = world_new(now);
        const Day monday = day_of_ymd(2027, 1, 4), saturday = monday - 2;
        const Procedure *procedure = world_house(world)->procedure;
        g_assert_true(procedure_is_working_day(procedure, "fr", monday));
        g_auto(ImportReport) report, back;
        g_assert_true(
                world_import(world, "country,day,off\nfr,2027-01-04,\nfr,2027-01-02,no\n", false, &report));
        world_run(world);
        g_assert_false(procedure_is_working_day(procedure, "fr", monday));
        g_assert_true(procedure_is_working_day(procedure, "fr", saturday));
        g_assert_true(procedure_is_working_day(procedure, "ma", monday));
        g_assert_true(world_import(world, "country,day,off\nfr,2027-01-04,no\n", false, &back));
        world_run(world);
        g_assert_true(procedure_is_working_day(procedure, "fr", monday));
        world_audit(world);
}

/* What looks wrong is asked and taken in all the same; nothing is asked the second time. */
static void test_doubts(void)
{
        g_autoptr(World) world = world_new(now);
        world_begin(world, "2026-0142", NULL);
        static const char table[] = "student_name,student_email\n"
                                    "Aya Naji,a@etu.univ-exemple.fr\nBo Naji,b@etu.univ-exemple.fr\n"
                                    "Cy Naji,c@etu.univ-exemple.fr\nDo Naji,d@etu.univ-exemple.fr\n"
                                    "Ed Naji,e@etu.univ-exemple.fr\n"
                                    "Fa Naji,f@etu.univ-exmple.fr\nGo Naji,go@gmial.com\n"
                                    "Jean Dupont,lina@etu.example.org\nHADDAD Lina,lina@gmail.com\n"
                                    "Naji Aya,a@gmail.com\nZoé Petit,zoé@petit.example.com\n";
        g_auto(ImportReport) report, again;
        g_assert_true(world_import(world, table, false, &report));
        g_autofree char *warnings = print_notes(report.warnings);
        g_assert_cmpstr(
                warnings, ==,
                "7:9 student_email: `f@etu.univ-exmple.fr` looks like a slip\n"
                "8:9 student_email: `go@gmial.com` looks like a slip\n"
                "9:13 student_email: `lina@etu.example.org` is the address of Lina Haddad, who keeps that "
                "name\n"
                "10:13 student_email: HADDAD Lina is known under another address, lina@etu.example.org\n"
                "11:10 student_email: Naji Aya is known under another address, a@etu.univ-exemple.fr\n"
                "12:11 student_email: many servers cannot take mail for `zoé@petit.example.com`\n");
        g_assert_cmpint(report.begun, ==, 11);
        g_assert_true(world_import(world, table, false, &again));
        g_assert_cmpint(again.begun, ==, 0);
        g_assert_cmpuint(again.warnings->len, ==, 1); /* Jean Dupont still has Lina's address */
        world_audit(world);
}

static int questions;

static bool fake_dns(const char *domain, bool *is_known_out)
{
        questions++;
        *is_known_out = strcmp(domain, "silent.example.com") != 0;
        return strcmp(domain, "there.example.com") == 0;
}

/* Each domain is asked once; after a silence none. */
static void test_dns(void)
{
        static const struct {
                const char *rows, *warnings;
                int questions;
        } tables[] = {
                { "A,a@there.example.com,student\nB,b@none.example.com,student\nC,c@none.example.com,"
                  "student\n",
                  "3:3 email: no server takes mail for `none.example.com`\n"
                  "4:3 email: no server takes mail for `none.example.com`\n",
                  2 },
                { "A,a@silent.example.com,student\nB,b@none.example.com,student\n",
                  "0:0 no answer from DNS: mail servers were not looked up\n", 1 },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(tables); i++) {
                g_autoptr(World) world = world_new(now);
                g_autofree char *text = g_strconcat("name,email,role\n", tables[i].rows, NULL);
                const ImportTable table = { .file = "t.csv",
                                            .text = text,
                                            .size = strlen(text),
                                            .language = "en",
                                            .has_mail = fake_dns };
                g_autoptr(GError) error = NULL;
                g_autoptr(Spool) spool = spool_open(world_house(world)->config->state_dir, "web", &error);
                g_auto(ImportReport) report;
                import_report_init(&report);
                questions = 0;
                g_assert_true(import_table(world_house(world), spool, &table, &report, &error));
                g_autofree char *warnings = print_notes(report.warnings);
                g_assert_cmpstr(warnings, ==, tables[i].warnings);
                g_assert_cmpint(questions, ==, tables[i].questions);
        }
}

/* By mail. */

static const char students[] = "student_name,student_email,cohort\nAya Naji,aya@etu.example.org,M2\n";

static char *last_text(World *world, const char *key, const char *to)
{
        const OutboxMail *mail = world_last_mail(world, key, to);
        if (mail == NULL)
                return g_strdup("");
        g_autoptr(GBytes) bytes = world_bytes(world, mail);
        g_autoptr(Message) message = message_open(bytes);
        return g_strdup_printf("%s\n\n%s", message_subject(message), message_text(message));
}

static void assert_has(const char *text, const char *part)
{
        if (strstr(text, part) == NULL)
                g_error("`%s` is not in:\n%s", part, text);
}

static bool is_known(World *world, const char *address)
{
        g_autoptr(GError) error = NULL;
        return people_find_address(world_house(world)->store, address, &error) > 0;
}

static void send_table(World *world, const Reply *reply, const char *subject)
{
        g_autoptr(GBytes) raw = world_letter(world, subject, reply);
        world_deliver(world, raw);
        world_run(world);
}

static void answer(World *world, const char *from, const char *text, bool is_vouched)
{
        const Reply reply = { .from = from, .text = text, .is_vouched = is_vouched };
        const OutboxMail *mail = world_last_mail(world, "import_report", WORLD_REGISTRY);
        g_assert_nonnull(mail);
        g_autoptr(GBytes) raw = world_reply(world, mail, &reply);
        world_deliver(world, raw);
        world_run(world);
}

/* Looked at, told, and taken in once the registered address says yes; a second yes finds nothing. */
static void test_mail(void)
{
        g_autoptr(World) world = world_new_staffed(now);
        world_run(world);
        const Reply mail = {
                .from = WORLD_REGISTRY, .text = "IMPORT", .table = students, .is_vouched = true
        };
        send_table(world, &mail, "Les étudiants");
        g_autofree char *report = last_text(world, "import_report", WORLD_REGISTRY);
        assert_has(report, "Import de etudiants.csv : à confirmer");
        assert_has(report, "ligne 2 : Aya Naji (aya@etu.example.org) est une nouvelle personne");
        g_assert_false(is_known(world, "aya@etu.example.org"));
        answer(world, WORLD_REGISTRY, "Bonjour", true);
        g_autofree char *again = last_text(world, "import_report", WORLD_REGISTRY);
        assert_has(again, "est une nouvelle personne");
        g_assert_false(is_known(world, "aya@etu.example.org"));
        answer(world, WORLD_REGISTRY, "OUI", true);
        g_autofree char *done = last_text(world, "import_report", WORLD_REGISTRY);
        assert_has(done, ": fait");
        g_assert_true(is_known(world, "aya@etu.example.org"));
        answer(world, WORLD_REGISTRY, "OUI, vraiment oui", true);
        g_autofree char *over = last_text(world, "import_report", WORLD_REGISTRY);
        assert_has(over, "plus en attente");
        world_audit(world);
}

/* IMPORT as the subject; what is wrong comes back by line, in words; nothing is there to be confirmed. */
static void test_mail_faults(void)
{
        g_autoptr(World) world = world_new_staffed(now);
        world_run(world);
        const Reply mail = { .from = WORLD_REGISTRY,
                             .text = "Cordialement,\nSara",
                             .table = "name,email,role\nAya,aya@etu.example.org,student\nB,b@,king\n",
                             .is_vouched = true };
        send_table(world, &mail, "IMPORT");
        g_autofree char *report = last_text(world, "import_report", WORLD_REGISTRY);
        assert_has(report, "à corriger");
        assert_has(report, "ligne 3 : email : « b@ » n’est pas une adresse électronique");
        assert_has(report, "ligne 3 : role : le rôle « king » n’existe pas");
        answer(world, WORLD_REGISTRY, "OUI", true);
        g_assert_false(is_known(world, "aya@etu.example.org"));
        world_audit(world);
}

static void test_mail_dropped(void)
{
        g_autoptr(World) world = world_new_staffed(now);
        world_run(world);
        const Reply mail = {
                .from = WORLD_REGISTRY, .text = "IMPORT", .table = students, .is_vouched = true
        };
        send_table(world, &mail, "x");
        answer(world, WORLD_REGISTRY, "NON", true);
        g_autofree char *dropped = last_text(world, "import_report", WORLD_REGISTRY);
        assert_has(dropped, "abandonné");
        g_assert_false(is_known(world, "aya@etu.example.org"));
}

/* A forged sender, a stranger, one of the staff with a smaller scope: nothing is done, and nothing asked. */
static void test_mail_refused(void)
{
        static const struct {
                const char *from, *says;
                bool is_vouched;
        } rows[] = {
                { WORLD_REGISTRY, "à envoyer depuis votre adresse connue", false },
                { "claire.moreau@univ.example.org", "réservé à la scolarité", true },
                { "lina@etu.example.org", NULL, true },
                { "mallory@example.net", NULL, true },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_test_message("%s", rows[i].from);
                g_autoptr(World) world = world_new_staffed(now);
                world_begin(world, "2026-0142", NULL);
                world_run(world);
                const Reply mail = { .from = rows[i].from,
                                     .text = "IMPORT",
                                     .table = students,
                                     .is_vouched = rows[i].is_vouched };
                send_table(world, &mail, "x");
                g_assert_null(world_last_mail(world, "import_report", rows[i].from));
                g_autofree char *results = last_text(world, "digest_results", rows[i].from);
                if (rows[i].says != NULL)
                        assert_has(results, rows[i].says);
                else
                        g_assert_cmpstr(results, ==, "");
                g_assert_false(is_known(world, "aya@etu.example.org"));
                world_audit(world);
        }
}

/* The yes of somebody else, or one that the border does not vouch for, takes nothing in. */
static void test_mail_forged_yes(void)
{
        static const struct {
                const char *from;
                bool is_vouched;
        } rows[] = { { "mallory@example.net", true }, { WORLD_REGISTRY, false } };
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autoptr(World) world = world_new_staffed(now);
                world_run(world);
                const Reply mail = {
                        .from = WORLD_REGISTRY, .text = "IMPORT", .table = students, .is_vouched = true
                };
                send_table(world, &mail, "x");
                answer(world, rows[i].from, "OUI, allez-y", rows[i].is_vouched);
                g_assert_false(is_known(world, "aya@etu.example.org"));
                g_autofree char *results = last_text(world, "digest_results", WORLD_REGISTRY);
                assert_has(results, "à envoyer depuis votre adresse connue");
                answer(world, WORLD_REGISTRY, "OUI", true);
                g_assert_true(is_known(world, "aya@etu.example.org"));
                world_audit(world);
        }
}

static void test_mail_without_table(void)
{
        g_autoptr(World) world = world_new_staffed(now);
        world_run(world);
        const Reply mail = { .from = WORLD_REGISTRY, .text = "IMPORT", .is_vouched = true };
        send_table(world, &mail, "x");
        g_autofree char *results = last_text(world, "digest_results", WORLD_REGISTRY);
        assert_has(results, "joignez le tableau");
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(good_rows); i++) {
                g_autofree char *path = g_strconcat("/import/good/", good_rows[i].name, NULL);
                g_test_add_data_func(path, &good_rows[i], test_good);
        }
        for (size_t i = 0; i < G_N_ELEMENTS(bad_rows); i++) {
                g_autofree char *path = g_strconcat("/import/bad/", bad_rows[i].name, NULL);
                g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_bad);
        }
        g_test_add_func("/import/students", test_students);
        g_test_add_func("/import/staff", test_staff);
        g_test_add_func("/import/days", test_days);
        g_test_add_func("/import/doubts", test_doubts);
        g_test_add_func("/import/dns", test_dns);
        g_test_add_func("/import/mail/done", test_mail);
        g_test_add_func("/import/mail/faults", test_mail_faults);
        g_test_add_func("/import/mail/dropped", test_mail_dropped);
        g_test_add_func("/import/mail/refused", test_mail_refused);
        g_test_add_func("/import/mail/forged-yes", test_mail_forged_yes);
        g_test_add_func("/import/mail/without-table", test_mail_without_table);
        return g_test_run();
}
