/* Each word that people can write at any time, in each language, as the answer to a mail of ours. */
#include "helper_desk.h"

#include <string.h>

enum { N_LANGUAGES = 3 };

typedef struct {
        const char *name, *role; /* who writes */
        const char *step;        /* where the case begins; NULL: its record was validated */
        const char *mail;        /* what is answered */
        const char *words[N_LANGUAGES];
        const char *answer; /* the mail that comes back; NULL: see the query */
        const char *sql;    /* gives 1; NULL */
} Row;
static const Row rows[] = {
        { "validate",
          "internship_manager",
          "record_validation",
          "record_to_validate",
          { "VALIDER", "APPROVE", "أوافق" },
          "receipt",
          "SELECT state = 'done' FROM tasks WHERE step = 'record_validation'" },
        { "correct",
          "internship_manager",
          "record_validation",
          "record_to_validate",
          { "CORRIGER les dates", "CORRECT the dates", "تصحيح التواريخ" },
          "receipt",
          "SELECT state = 'open' FROM tasks WHERE step = 'record'" },
        { "refuse",
          "internship_manager",
          "record_validation",
          "record_to_validate",
          { "REFUSER hors sujet", "REFUSE off topic", "أرفض خارج الموضوع" },
          "receipt",
          "SELECT state = 'open' FROM tasks WHERE step = 'record'" },
        { "acknowledge",
          "academic_tutor",
          "midterm_ack_academic",
          "midterm_to_acknowledge",
          { "ACCUSER RÉCEPTION", "ACKNOWLEDGE", "اطلعت" },
          "receipt",
          "SELECT state = 'done' FROM tasks WHERE step = 'midterm_ack_academic'" },
        { "agree",
          "student",
          NULL,
          "agreement_to_sign",
          { "ACCORD", "AGREE", "أوافق" },
          "receipt",
          "SELECT state = 'done' FROM tasks WHERE step = 'agreement_student'" },
        { "sign",
          "student",
          NULL,
          "agreement_to_sign",
          { "SIGNER", "SIGN", "أوافق" },
          "receipt",
          "SELECT state = 'done' FROM tasks WHERE step = 'agreement_student'" },
        { "record",
          "student",
          NULL,
          "agreement_to_sign",
          { "FICHE", "RECORD", "بطاقة التدريب" },
          NULL,
          NULL },
        { "grade",
          "internship_manager",
          "grade",
          "grade_wanted",
          { "NOTE 15,5", "GRADE 15.5", "العلامة 15,5" },
          "receipt",
          "SELECT state = 'done' FROM tasks WHERE step = 'grade'" },
        { "defence",
          "internship_manager",
          NULL,
          "receipt",
          { "SOUTENANCE", "DEFENCE", "المناقشة" },
          "defence_to_plan",
          "SELECT state = 'open' FROM tasks WHERE step = 'defence_date'" },
        { "follow", "student", NULL, "agreement_to_sign", { "SUIVI", "FOLLOW", "متابعة" }, "follow", NULL },
        { "link", "student", NULL, "agreement_to_sign", { "LIEN", "LINK", "رابط" }, "my_space_link", NULL },
        { "my_data",
          "student",
          NULL,
          "agreement_to_sign",
          { "DONNÉES", "MY DATA", "بياناتي" },
          "my_data",
          NULL },
        { "history",
          "student",
          NULL,
          "agreement_to_sign",
          { "HISTORIQUE", "HISTORY", "السجل" },
          "history",
          NULL },
        { "documents",
          "student",
          NULL,
          "agreement_to_sign",
          { "DOCUMENTS", "DOCUMENTS", "وثائق" },
          "documents",
          NULL },
        { "label", "student", NULL, "agreement_to_sign", { "LABEL", "LABEL", "الشارة" }, "label_info", NULL },
        { "help", "student", NULL, "agreement_to_sign", { "AIDE", "HELP", "مساعدة" }, "help", NULL },
        { "why", "student", NULL, "agreement_to_sign", { "POURQUOI", "WHY", "لماذا" }, "why", NULL },
        { "not_me",
          "academic_tutor",
          "midterm_ack_academic",
          "midterm_to_acknowledge",
          { "PAS MOI, voyez jean@univ.example.org", "NOT ME, ask jean@univ.example.org",
            "لست أنا jean@univ.example.org" },
          NULL,
          "SELECT count (*) > 0 FROM outbox WHERE recipient = 'jean@univ.example.org'" },
        { "delegate",
          "academic_tutor",
          "midterm_ack_academic",
          "midterm_to_acknowledge",
          { "DÉLÉGUER jean@univ.example.org JUSQU'AU 3 mars 2027",
            "DELEGATE to jean@univ.example.org until 3 March 2027",
            "تفويض jean@univ.example.org 03/03/2027" },
          NULL,
          "SELECT count (*) = 1 FROM holders WHERE acts_for > 0" },
        { "remark",
          "academic_tutor",
          "midterm_ack_academic",
          "midterm_to_acknowledge",
          { "REMARQUE le stagiaire est absent", "REMARK the intern is away", "ملاحظة المتدرب غائب" },
          NULL,
          "SELECT count (*) > 0 FROM journal WHERE payload LIKE '%remark%'" },
};

static void answer(World *world, const char *role, const char *key, const char *text)
{
        const char *address = world_actor(role)->address;
        const OutboxMail *mail = world_last_mail(world, key, address);
        g_assert_nonnull(mail);
        const Reply reply = { .from = address, .text = text, .is_vouched = true };
        g_autoptr(GBytes) raw = world_reply(world, mail, &reply);
        world_deliver(world, raw);
        world_run(world);
}

static void check(gconstpointer data)
{
        const Row *row = data;
        for (int i = 0; i < N_LANGUAGES; i++) {
                g_autoptr(World) world = world_new("2026-11-25T09:00:00+01:00");
                g_autofree char *step =
                        g_strconcat("step=", row->step != NULL ? row->step : "record_validation", NULL);
                char *extra[] = { step, NULL };
                const char *address = world_actor(row->role)->address;
                world_begin(world, "2026-0142", extra);
                world_run(world);
                if (row->step == NULL)
                        answer(world, "internship_manager", "record_to_validate", "VALIDER");
                g_test_message("%s", row->words[i]);
                answer(world, row->role, row->mail, row->words[i]);
                g_assert_cmpint(
                        world_number(world, "SELECT outcome = 'applied' FROM inbox ORDER BY id DESC LIMIT 1"),
                        ==, 1);
                if (row->answer != NULL)
                        g_assert_nonnull(world_last_mail(world, row->answer, address));
                if (row->sql != NULL)
                        g_assert_cmpint(world_number(world, row->sql), ==, 1);
                world_audit(world);
        }
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *path = g_strconcat("/words/", rows[i].name, NULL);
                g_test_add_data_func(path, &rows[i], check);
        }
        return g_test_run();
}
