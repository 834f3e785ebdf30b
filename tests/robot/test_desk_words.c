/* Each word of staff in each language. */
#include "helper_desk.h"

static const char manager[] = "claire.moreau@univ.example.org";

enum { N_LANGUAGES = 3 };
static const char *const languages[N_LANGUAGES] = { "fr", "en", "ar" };
static const char *const done_words[N_LANGUAGES] = { ": fait", ": done", ": تم" };
typedef struct {
        const char *name, *step;
        const char *first[N_LANGUAGES]; /* to the digest */
        const char *then[N_LANGUAGES];  /* to what came of it; NULL */
        const char *sql;                /* gives 1 when it was done */
} WordRow;
static const WordRow word_rows[] = {
        { "validate",
          "record_validation",
          { "1 VALIDER", "1 APPROVE", "1 صادق" },
          { NULL },
          "SELECT state = 'done' FROM tasks WHERE step = 'record_validation'" },
        { "accept",
          "record_validation",
          { "1 OUI", "1 YES", "1 نعم" },
          { NULL },
          "SELECT state = 'done' FROM tasks WHERE step = 'record_validation'" },
        { "correct",
          "record_validation",
          { "1 CORRIGER les dates sont fausses", "1 CORRECT the dates are wrong", "1 تصحيح التواريخ خاطئة" },
          { NULL },
          "SELECT state = 'open' AND cycle = 2 FROM tasks WHERE step = 'record'" },
        { "refuse",
          "record_validation",
          { "1 REFUSER hors sujet", "1 REFUSE off topic", "1 رفض خارج الموضوع" },
          { NULL },
          "SELECT count (*) > 0 FROM journal WHERE kind = 'refused' AND step = 'record_validation'" },
        { "acknowledge",
          "company_evaluation_read",
          { "1 ACCUSER RÉCEPTION", "1 ACKNOWLEDGE", "1 تأكيد الاستلام" },
          { NULL },
          "SELECT state = 'done' FROM tasks WHERE step = 'company_evaluation_read'" },
        { "grade",
          "grade",
          { "1 NOTE 15,5", "1 GRADE 15.5", "1 العلامة 15,5" },
          { NULL },
          "SELECT state = 'done' FROM tasks WHERE step = 'grade'" },
        { "remind",
          "record_validation",
          { "1 RELANCER", "1 REMIND", "1 تذكير" },
          { NULL },
          "SELECT max (reminders) = 1 FROM tasks" },
        { "replace",
          "record_validation",
          { "1 REMPLACER tuteur académique jean@univ.example.org",
            "1 REPLACE academic tutor jean@univ.example.org",
            "1 استبدال المؤطر الجامعي jean@univ.example.org" },
          { NULL },
          "SELECT count (*) = 1 FROM holders JOIN people ON people.id = person WHERE role = 'academic_tutor' "
          "AND until = "
          "0 AND address = 'jean@univ.example.org'" },
        { "interrupt",
          "record_validation",
          { "1 INTERROMPRE du 3 au 9 mars 2027", "1 INTERRUPT 3 March 2027 to 9 March 2027",
            "1 توقيف 03/03/2027 إلى 09/03/2027" },
          { NULL },
          "SELECT status = 'interrupted' AND value LIKE '%2027-03-03/2027-03-09%' FROM cases JOIN answers ON "
          "key = "
          "'record.interruptions'" },
        { "resume",
          "record_validation",
          { "1 INTERROMPRE", "1 INTERRUPT", "1 توقيف" },
          { "1 REPRENDRE", "1 RESUME", "1 استئناف" },
          "SELECT status = 'planned' FROM cases" },
        { "close",
          "record_validation",
          { "1 CLORE abandon", "1 CLOSE given up", "1 إغلاق تخلى" },
          { NULL },
          "SELECT status = 'closed' FROM cases" },
        { "file",
          "record_validation",
          { "1 VALIDER", "1 APPROVE", "1 صادق" },
          { "1 CONVENTION SIGNÉE", "1 AGREEMENT SIGNED", "1 اتفاقية موقعة" },
          "SELECT sum (state = 'done') > 0 AND sum (state IN ('open', 'overdue')) = 0 FROM tasks WHERE step "
          "LIKE 'agreement%'" },
        { "undo",
          "record_validation",
          { "1 VALIDER", "1 APPROVE", "1 صادق" },
          { "1 ANNULER", "1 UNDO", "1 إلغاء" },
          "SELECT state = 'open' FROM tasks WHERE step = 'record_validation'" },
        { "remark",
          "record_validation",
          { "1 REMARQUE appelée ce matin", "1 REMARK called this morning", "1 ملاحظة اتصلنا بها صباحا" },
          { NULL },
          "SELECT count (*) > 0 FROM journal WHERE kind = 'noted' AND payload LIKE '%remark%'" },
        { "digest",
          "record_validation",
          { "POINT 8h15", "DIGEST 8:15", "موجز 8:15" },
          { NULL },
          "SELECT minute = 495 FROM staff WHERE scope = 'own' AND minute <> 450" },
        { "digest weekly",
          "record_validation",
          { "POINT chaque semaine", "DIGEST weekly", "موجز أسبوعيا" },
          { NULL },
          "SELECT count (*) = 1 FROM staff WHERE rhythm = 'week'" },
};

static void check_word(gconstpointer data)
{
        const WordRow *row = data;
        for (int i = 0; i < N_LANGUAGES; i++) {
                g_autoptr(World) world = world_new_staffed("2026-11-25T09:00:00+01:00");
                g_autofree char *spoken = g_strconcat("internship_manager_language=", languages[i], NULL),
                                *step = g_strconcat("step=", row->step, NULL);
                char *extra[] = { spoken, step, NULL };
                world_begin(world, "2026-0142", extra);
                world_run(world);
                world_set_clock(world, desk_instant("2026-11-26T07:30:00+01:00"));
                world_run(world);
                g_test_message("%s: %s", languages[i], row->first[i]);
                g_autofree char *results = desk_answer(world, "digest", manager, manager, row->first[i]);
                desk_assert_has(results, done_words[i]);
                if (row->then[i] != NULL) {
                        g_autofree char *next =
                                desk_answer(world, "digest_results", manager, manager, row->then[i]);
                        desk_assert_has(next, done_words[i]);
                }
                g_assert_cmpint(world_number(world, row->sql), ==, 1);
                world_audit(world);
        }
}

/* A new address is asked, and the old one: with both answers it counts. */
static void check_address(void)
{
        static const struct {
                const char *line, *asked;
        } rows[N_LANGUAGES] = {
                { "1 ADRESSE étudiant lina@maison.example.net", ": demandé" },
                { "1 ADDRESS student lina@maison.example.net", ": asked" },
                { "1 عنوان الطالب lina@maison.example.net", ": طُلب" },
        };
        static const char *const both[] = { "lina@maison.example.net", "lina@etu.example.org" };
        static const char sql[] = "SELECT count (*) FROM people WHERE address = 'lina@maison.example.net'";
        for (int i = 0; i < N_LANGUAGES; i++) {
                g_autoptr(World) world = world_new_staffed("2026-11-25T09:00:00+01:00");
                g_autofree char *spoken = g_strconcat("internship_manager_language=", languages[i], NULL);
                char *extra[] = { spoken, NULL };
                world_begin(world, "2026-0142", extra);
                world_run(world);
                world_set_clock(world, desk_instant("2026-11-26T07:30:00+01:00"));
                world_run(world);
                g_autofree char *results = desk_answer(world, "digest", manager, manager, rows[i].line);
                desk_assert_has(results, rows[i].asked);
                for (size_t j = 0; j < G_N_ELEMENTS(both); j++) {
                        g_assert_cmpint(world_number(world, sql), ==, 0);
                        const Reply yes = { .from = both[j], .text = "OUI" };
                        g_autoptr(GBytes) raw =
                                world_reply(world, world_last_mail(world, "address_confirm", both[j]), &yes);
                        world_deliver(world, raw);
                        world_run(world);
                }
                g_assert_cmpint(world_number(world, sql), ==, 1);
                world_audit(world);
        }
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(word_rows); i++) {
                g_autofree char *path = g_strconcat("/desk/word/", word_rows[i].name, NULL);
                g_test_add_data_func(path, &word_rows[i], check_word);
        }
        g_test_add_func("/desk/address", check_address);
        return g_test_run();
}
