/* A case goes on by another version of its procedure: what is told, what stands in the way, what then holds.
 */
#include "scenario.h"

#include "procedure/cast.h"
#include "procedure/migrate.h"

/* The case as it stands when it moves: begun, and what happened then. */
static const char waits_for_validation[] =
        "set record.start = 2027-03-01\nset record.end = 2027-08-31\n"
        "set record.in_university = no\nset record.organisation_type = other\n"
        "begin record_validation 2027-01-11 09:00\n";
static const char is_validated[] = "set record.start = 2027-03-01\nset record.end = 2027-08-31\n"
                                   "begin record_validation 2027-01-11 09:00\n"
                                   "at 2027-01-12 10:00 internship_manager accept record_validation\n"
                                   "at 2027-01-12 11:00 student accept agreement_student\n";
static const char answer_is_held[] = "begin record_validation 2027-01-11 09:00\n"
                                     "at 2027-01-12 10:00 x@example.net accept record_validation level=A1 "
                                     "token=internship_manager\n";
static const char is_late[] = "begin record_validation 2027-01-11 09:00\nuntil 2027-01-25 12:00\n";

typedef struct {
        const char *from, *to; /* texts of the shipped rules and what stands in their place */
} Change;

typedef struct {
        const char *name, *story;
        Change changes[3];
        const char *told;  /* lines with a comma and a blank between; NULL: not looked at */
        const char *fault; /* how the first begins; NULL: none */
} Row;

/* Stands before the step `started`. */
#define NEW_STEP(role, more)                                                                                 \
        "  safety:\n    label: {fr: a, en: a, ar: a}\n    role: " role                                       \
        "\n    act: acknowledge\n    form: record\n    weight: light\n    after: [record_validation]\n" more \
        "    mails:\n      - {on: opened, mail: record_validated, to: actor}\n\n"

static const Row rows[] = {
        { "nothing-now", waits_for_validation, { { "prefix: SEMSEM", "prefix: STAGES" } }, "", NULL },
        { "longer-deadline",
          waits_for_validation,
          { { "after: [record]\n    due: {working_days: 5}",
              "after: [record]\n    due: {working_days: 10}" } },
          "`record_validation` is due +7 days",
          NULL },
        { "deadline-gone",
          is_late,
          { { "after: [record]\n    due: {working_days: 5}\n    remind: [-1, 2, 5]\n    escalate: [8]",
              "after: [record]" } },
          "`record_validation` has no deadline any more",
          NULL },
        { "shorter-deadline-of-who-is-late",
          is_late,
          { { "after: [record]\n    due: {working_days: 5}",
              "after: [record]\n    due: {working_days: 4}" } },
          "",
          NULL },
        { "shorter-deadline-is-not-late-at-once",
          waits_for_validation,
          { { "after: [record]\n    due: {working_days: 5}",
              "after: [record]\n    due: {working_days: 0}" } },
          "`record_validation` is due -6 days",
          NULL },
        { "new-step-opens",
          is_validated,
          { { "  started:\n",
              NEW_STEP("student", "    due: {working_days: 5}\n    label_required: yes\n") "  started:\n" } },
          "`safety` opens for student, due in 7 days, mail `record_validated` to student about safety",
          NULL },
        { "new-step-before-its-time",
          waits_for_validation,
          { { "  started:\n", NEW_STEP("student", "") "  started:\n" } },
          "",
          NULL },
        { "a-party-is-gone",
          is_validated,
          { { "parties: [student, company_tutor, company_signatory,",
              "parties: [student, company_signatory," } },
          "`agreement_company_tutor` ends: its step is gone",
          NULL },
        { "another-role",
          waits_for_validation,
          { { "    label: {fr: Validation de la fiche, en: Validation of the record, ar: المصادقة على "
              "البطاقة}\n"
              "    role: internship_manager",
              "    label: {fr: Validation de la fiche, en: Validation of the record, ar: المصادقة على "
              "البطاقة}\n"
              "    role: registry" } },
          "`record_validation` passes to registry, mail `record_to_validate` to registry about "
          "record_validation",
          NULL },
        { "another-kind-of-act",
          waits_for_validation,
          { { "    role: internship_manager\n    act: validate\n    form: record\n",
              "    role: internship_manager\n    act: acknowledge\n    form: record\n" },
            { "    returns_to: record\n", "" },
            { "      accept: {fr: Validée, en: Validated, ar: مصادق عليها}\n      correct: {fr: À corriger, "
              "en: To "
              "correct, ar: للتصحيح}\n      refuse: {fr: Refusée, en: Refused, ar: مرفوضة}\n",
              "" } },
          NULL,
          "`record_validation` was asked already, and is another kind of act now" },
        { "a-choice-is-gone",
          waits_for_validation,
          { { "          other: {fr: Autre, en: Other, ar: أخرى}\n", "" } },
          NULL,
          "`record.organisation_type` is `other`, which is no choice any more" },
        { "an-answer-is-held",
          answer_is_held,
          { { "    role: internship_manager\n    act: validate\n    form: record\n    weight: heavy\n    "
              "after: "
              "[record]",
              "    role: internship_manager\n    act: validate\n    form: record\n    weight: heavy\n    "
              "after: "
              "[record]\n    opens: {field: record.end}" } },
          NULL,
          "an answer to `record_validation` waits to be confirmed" },
        { "nobody-plays-it",
          is_validated,
          { { "  student: {fr: étudiant,", "  nurse: {fr: a, en: a, ar: a}\n  student: {fr: étudiant," },
            { "  started:\n", NEW_STEP("nurse", "") "  started:\n" } },
          NULL,
          "nobody plays `nurse`, who must do `safety`" },
        { "another-procedure",
          waits_for_validation,
          { { "procedure: semsem-stages", "procedure: other-stages" } },
          NULL,
          "it goes through `semsem-stages`, and the other version is of `other-stages`" },
        { "confidential-now",
          waits_for_validation,
          { { "  record:\n    title:", "  record:\n    confidential: yes\n    reader: registry\n    title:" },
            { "    act: form\n    form: record\n", "    act: form\n    form: record\n    level: A3\n" } },
          NULL,
          "`record.end` was written openly" },
};

static Procedure *changed_procedure(const Change *changes, size_t count)
{
        GString *source = shipped_source();
        for (size_t i = 0; i < count && changes[i].from != NULL; i++)
                if (g_string_replace(source, changes[i].from, changes[i].to, 1) != 1)
                        g_error("the shipped rules have no such lines any more:\n%s", changes[i].from);
        Procedure *procedure = load_or_fail(source);
        g_string_free(source, TRUE);
        return procedure;
}

static void check_row(const void *data)
{
        const Row *row = data;
        g_autoptr(Procedure) from = shipped_procedure();
        g_autoptr(Procedure) to = changed_procedure(row->changes, G_N_ELEMENTS(row->changes));
        Scenario *play = scenario_new(row->name, from, shipped_cast);
        scenario_play(play, row->story);
        play->now += 3600;
        g_autoptr(Migration) migration = migration_new(from, to, play->now_case, play->now);
        g_ptr_array_add(migration->changes, NULL);
        g_autofree char *told = g_strjoinv(", ", (char **)migration->changes->pdata);
        const MigrationFault *fault =
                migration->faults->len > 0 ? g_ptr_array_index(migration->faults, 0) : NULL;
        g_test_message("%s: told: %s; fault: %s", row->name, told, fault != NULL ? fault->what : "none");
        g_assert_true(row->told == NULL || strcmp(row->told, told) == 0);
        g_assert_true((fault == NULL) == (row->fault == NULL));
        g_assert_true(fault == NULL || (g_str_has_prefix(fault->what, row->fault) && fault->mend[0] != '\0'));
        scenario_free(play);
}

/* The versions differ in a step gone, a step new, a deadline, a role: whenever a case moves, what was
 * promised holds from there on, and the journal gives the state. */
static const Change many[] = {
        { "after: [record]\n    due: {working_days: 5}", "after: [record]\n    due: {working_days: 9}" },
        { "  started:\n",
          NEW_STEP("student",
                   "    due: {working_days: 5}\n    remind: [1]\n    label_required: yes\n") "  begun:\n" },
        { "parties: [student, company_tutor, company_signatory,", "parties: [student, company_signatory," },
};

enum { LIVES = 40, DAY_S = 86400 };

/* Everybody does what is asked of them. */
static void answer_all(Scenario *play, GRand *dice)
{
        for (guint i = 0; i < play->now_case->tasks->len; i++) {
                const Task *task = g_ptr_array_index(play->now_case->tasks, i);
                const Step *step = procedure_step(play->procedure, task->step);
                if (step == NULL || step->act == ACT_ROBOT ||
                    (task->state != TASK_OPEN && task->state != TASK_OVERDUE) ||
                    g_rand_int_range(dice, 0, 3) == 0)
                        continue;
                const Form *form = step_is_form(step) ? procedure_form(play->procedure, step->form) : NULL;
                g_autoptr(GPtrArray) values =
                        cast_fill(play->procedure, play->now_case, dice, form, true, 0, play->now);
                Event event = { .kind = EVENT_ANSWER,
                                .step = step->key,
                                .person = task->person,
                                .token_person = task->person,
                                .level = LEVEL_A3,
                                .message = ++play->message,
                                .answer = form != NULL ? ANSWER_FORM : ANSWER_ACCEPT,
                                .values = values,
                                .sealed = form != NULL && form->is_confidential ? "1" : NULL };
                scenario_decide(play, &event);
        }
}

static void live(const Procedure *from, const Procedure *to, guint32 seed)
{
        g_autofree char *name = g_strdup_printf("moving life %u", seed);
        GRand *dice = g_rand_new_with_seed(seed);
        Scenario *play = scenario_new(name, from, shipped_cast);
        play->now = read_instant(play, "2026-12-01", "09:00");
        scenario_begin(play, "record");
        const int moves_at = g_rand_int_range(dice, 0, 30);
        for (int round = 0; round < 30; round++) {
                if (round == moves_at && play->now_case->status != CASE_CLOSED) {
                        g_autoptr(Migration) migration = migration_new(from, to, play->now_case, play->now);
                        g_assert_cmpuint(migration->faults->len, ==, 0);
                        Event event = { .kind = EVENT_MIGRATE, .from = from };
                        play->procedure = to;
                        scenario_decide(play, &event);
                        g_assert_cmpstr(play->now_case->procedure, ==, procedure_hash(to));
                }
                answer_all(play, dice);
                scenario_until(play, play->now + g_rand_int_range(dice, DAY_S, 20 * DAY_S));
        }
        scenario_free(play);
        g_rand_free(dice);
}

static void check_lives(void)
{
        g_autoptr(Procedure) from = shipped_procedure();
        g_autoptr(Procedure) to = changed_procedure(many, G_N_ELEMENTS(many));
        for (guint32 seed = 1; seed <= LIVES; seed++)
                live(from, to, seed);
}

static void check_differences(void)
{
        g_autoptr(Procedure) from = shipped_procedure();
        g_autoptr(Procedure) to = changed_procedure(many, G_N_ELEMENTS(many));
        g_autoptr(GPtrArray) lines = migration_differences(from, to);
        g_ptr_array_add(lines, NULL);
        g_autofree char *told = g_strjoinv("\n", (char **)lines->pdata);
        g_assert_cmpstr(told, ==,
                        "step `safety` is new, for student, required\n"
                        "step `begun` is new, for company_tutor\n"
                        "step `agreement_company_tutor` is gone\n"
                        "step `started` is gone");
}

/* The old version cannot be read any more: the case goes on all the same. */
static void check_blind(void)
{
        g_autoptr(Procedure) from = shipped_procedure();
        g_autoptr(Procedure) to = changed_procedure(many, G_N_ELEMENTS(many));
        Scenario *play = scenario_new("blind", from, shipped_cast);
        scenario_play(play, is_validated);
        g_autoptr(Migration) migration = migration_new(NULL, to, play->now_case, play->now);
        g_assert_cmpuint(migration->faults->len, ==, 0);
        g_ptr_array_add(migration->changes, NULL);
        g_autofree char *told = g_strjoinv(", ", (char **)migration->changes->pdata);
        g_assert_true(g_str_has_prefix(told,
                                       "its version cannot be read any more: deadlines stay, "
                                       "`agreement_company_tutor` ends: its step is gone, `safety` opens"));
        scenario_free(play);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *path = g_strconcat("/migrate/", rows[i].name, NULL);
                g_test_add_data_func(path, &rows[i], check_row);
        }
        g_test_add_func("/migrate/differences", check_differences);
        g_test_add_func("/migrate/blind", check_blind);
        g_test_add_func("/migrate/lives", check_lives);
        return g_test_run();
}
