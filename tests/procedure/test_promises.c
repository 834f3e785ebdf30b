/* Random lives of cases: events that make sense and events that do not, in any order. After each decision the
 * promises of the house must hold (scenario.h checks replay, night, reminders, confidential words; here:
 * nothing is closed twice, the label is awarded if and only if it is earned, who is told of a confidential
 * form).
 */
#include "scenario.h"

enum { LIVES = 60, EVENTS = 160 };

typedef struct {
        GRand *dice;
        Scenario *play;
        const char *const *roles;
} Life;

static const char *const semsem[] = { "student",
                                      "company_tutor",
                                      "academic_tutor",
                                      "internship_manager",
                                      "programme_head",
                                      "registry",
                                      "company_signatory",
                                      "institution_signatory",
                                      NULL };
static const char *const leave[] = { "employee", "manager", "personnel", NULL };

static const char *const words[] = { "undo",   "follow",   "remark",  "not_me",    "delegate",
                                     "record", "grade",    "history", "documents", "my_data",
                                     "remind", "replace",  "address", "interrupt", "resume",
                                     "file",   "validate", "refuse",  "nonsense",  "close" };
static const char *const arguments[] = { "",
                                         "x@example.org jusqu'au 12/12/2027",
                                         "tuteur entreprise new@example.org",
                                         "voyez y@example.org",
                                         "15,5",
                                         "01/05/2027 au 09/05/2027",
                                         "words" };

static int roll(Life *life, int sides)
{
        return g_rand_int_range(life->dice, 0, sides);
}

static char *some_value(Life *life, const Field *field)
{
        if (roll(life, 12) == 0)
                return g_strdup("nothing that fits");
        switch (field->kind) {
        case FIELD_DATE:
                return g_strdup(strcmp(field->key, "start") == 0 || strcmp(field->key, "first") == 0
                                        ? "01/03/2027"
                                : strcmp(field->key, "date") == 0 ? "10/09/2027"
                                                                  : "31/08/2027");
        case FIELD_NUMBER: return g_strdup_printf("%" PRId64, MIN(field->max, field->min + roll(life, 20)));
        case FIELD_CHOICE:
        case FIELD_CHOICES:
                return g_strdup(field->choice_keys[roll(life, (int)g_strv_length(field->choice_keys))]);
        case FIELD_YES_NO:
                return g_strdup(strcmp(field->key, "in_university") == 0 && roll(life, 4) > 0 ? "no"
                                : roll(life, 2) == 0                                          ? "yes"
                                                                                              : "no");
        case FIELD_SCALE: return g_strdup_printf("%d", 1 + roll(life, 5));
        case FIELD_FIVE_STEP: return g_strdup("good");
        case FIELD_EMAIL: return g_strdup_printf("p%d@example.org", roll(life, 4));
        case FIELD_GROUP: return g_strdup("10/04/2027 - 20/04/2027");
        case FIELD_TEXT:
        case FIELD_LONG_TEXT:
        case FIELD_PHONE:
        case FIELD_FILE: break;
        }
        return g_strdup("words");
}

static void given_free(gpointer data)
{
        g_free(((GivenValue *)data)->value);
        g_free(data);
}

static GPtrArray *some_values(Life *life, const Form *form)
{
        GPtrArray *values = g_ptr_array_new_with_free_func(given_free);
        bool is_whole = roll(life, 4) > 0;
        for (guint i = 0; form != NULL && i < form->fields->len; i++) {
                const Field *field = g_ptr_array_index(form->fields, i);
                if (!is_whole && roll(life, 2) == 0)
                        continue;
                GivenValue *given = g_new0(GivenValue, 1);
                given->anchor = roll(life, 60) == 0 ? 999 : field->anchor;
                given->value = form->is_confidential ? g_strdup("SECRET") : some_value(life, field);
                g_ptr_array_add(values, given);
        }
        return values;
}

static int64_t some_person(Life *life)
{
        if (roll(life, 6) == 0)
                return 0;
        const GPtrArray *people = life->play->now_case->people;
        return ((const Person *)g_ptr_array_index(people, roll(life, (int)people->len)))->id;
}

static const Task *some_open_task(Life *life)
{
        g_autoptr(GPtrArray) open = g_ptr_array_new();
        for (guint i = 0; i < life->play->now_case->tasks->len; i++) {
                Task *task = g_ptr_array_index(life->play->now_case->tasks, i);
                const Step *step = procedure_step(life->play->procedure, task->step);
                if ((task->state == TASK_OPEN || task->state == TASK_OVERDUE) && step->act != ACT_ROBOT)
                        g_ptr_array_add(open, task);
        }
        return open->len > 0 ? g_ptr_array_index(open, roll(life, (int)open->len)) : NULL;
}

/* What the right person would do. */
static void sensible_event(Life *life, Event *event, GPtrArray **values_out)
{
        const Task *task = some_open_task(life);
        if (task == NULL)
                return;
        const Step *step = procedure_step(life->play->procedure, task->step);
        const Form *form = procedure_form(life->play->procedure, step->form);
        event->kind = EVENT_ANSWER;
        event->step = step->key;
        event->person = event->token_person = task->person;
        event->level = LEVEL_A2;
        event->answer = step_is_form(step) ? ANSWER_FORM : roll(life, 8) == 0 ? ANSWER_REFUSE : ANSWER_ACCEPT;
        event->reason = "a reason";
        if (event->answer == ANSWER_FORM && form->is_confidential && roll(life, 2) == 0) {
                event->sealed = "3f";
                event->level = LEVEL_A3;
        } else if (event->answer == ANSWER_FORM) {
                *values_out = some_values(life, form);
        }
}

static void wild_event(Life *life, Event *event, GPtrArray **values_out)
{
        static const EventKind kinds[] = { EVENT_ANSWER,  EVENT_ANSWER,      EVENT_COMMAND,
                                           EVENT_COMMAND, EVENT_UNREACHABLE, EVENT_ABSENT };
        const GPtrArray *steps = procedure_steps(life->play->procedure);
        const Step *step = g_ptr_array_index(steps, roll(life, (int)steps->len));
        event->kind = kinds[roll(life, (int)G_N_ELEMENTS(kinds))];
        event->step = roll(life, 8) == 0 ? NULL : step->key;
        event->person = some_person(life);
        event->token_person = roll(life, 2) == 0 ? event->person : some_person(life);
        event->is_confirmation = roll(life, 5) == 0;
        event->level = (Level)roll(life, 4);
        event->answer = (Answer)roll(life, ANSWER_FORM + 1);
        event->text = event->argument = arguments[roll(life, (int)G_N_ELEMENTS(arguments))];
        event->reason = roll(life, 2) == 0 ? NULL : "because";
        event->command = words[roll(life, (int)G_N_ELEMENTS(words) - (roll(life, 20) == 0 ? 0 : 1))];
        event->is_permanent = roll(life, 2) == 0;
        event->is_draft = roll(life, 4) == 0;
        event->is_staff = roll(life, 3) == 0;
        const Form *form = step_is_form(step) ? procedure_form(life->play->procedure, step->form) : NULL;
        static const char *const told[] = { "remark", "not_me", "validate", "refuse",
                                            NULL }; /* with words of one's own */
        bool is_told = event->kind == EVENT_ANSWER || g_strv_contains(told, event->command);
        if (form != NULL && form->is_confidential && event->step != NULL && is_told)
                event->text = event->argument = event->reason = "SECRET";
        if (event->kind == EVENT_ANSWER && event->answer == ANSWER_FORM)
                *values_out = some_values(life, procedure_form(life->play->procedure, step->form));
}

static bool is_done(const Case *the_case, const char *step)
{
        const Task *task = case_task(the_case, step);
        return task != NULL && task->state == TASK_DONE;
}

static bool is_earned(const Life *life, const Step *award)
{
        for (char **name = award->needs; *name != NULL; name++)
                if (!is_done(life->play->now_case, *name))
                        return false;
        const char *value = case_value(life->play->now_case, award->award->field);
        bool is_named = value != NULL && g_strv_contains((const char *const *)award->award->values, value);
        return is_named != award->award->is_denied_by;
}

/* Awarded only when earned, and always when earned while the case goes on. */
static void check_award(Life *life, bool was_awarded)
{
        const GPtrArray *steps = procedure_steps(life->play->procedure);
        for (guint i = 0; i < steps->len; i++) {
                const Step *step = g_ptr_array_index(steps, i);
                if (step->award == NULL)
                        continue;
                bool is_awarded = is_done(life->play->now_case, step->key), is_due = is_earned(life, step);
                CaseStatus status = life->play->now_case->status;
                bool goes_on =
                        status != CASE_INTERRUPTED && status != CASE_BROKEN_OFF && status != CASE_CLOSED;
                if (is_awarded && !was_awarded && !is_due)
                        scenario_fail(life->play, "the label is awarded and not earned");
                if (is_due && !is_awarded && goes_on)
                        scenario_fail(life->play, "the label is earned and not awarded");
        }
}

static bool is_awarded(const Life *life)
{
        const GPtrArray *steps = procedure_steps(life->play->procedure);
        for (guint i = 0; i < steps->len; i++) {
                const Step *step = g_ptr_array_index(steps, i);
                if (step->award != NULL && is_done(life->play->now_case, step->key))
                        return true;
        }
        return false;
}

/* A mail about a confidential form goes to its writer and to those the rules name; what it holds scenario.h
 * looks at. */
static void check_confidential(const Life *life)
{
        for (guint i = 0; i < life->play->last->mails->len; i++) {
                const MailOrder *mail = g_ptr_array_index(life->play->last->mails, i);
                if (strcmp(mail->key, "student_evaluation_received") == 0 &&
                    g_strcmp0(mail->role, "programme_head") != 0)
                        scenario_fail(life->play, "%s goes to %s", mail->key, mail->role);
        }
}

static void live(const Procedure *procedure, const char *const *roles, const char *first, guint32 seed)
{
        g_autofree char *name = g_strdup_printf("life %u", seed);
        Life life = { .dice = g_rand_new_with_seed(seed), .roles = roles };
        life.play = scenario_new(name, procedure, roles);
        life.play->now = read_instant(life.play, "2026-12-01", "09:00");
        scenario_begin(life.play, first);
        for (int i = 0; i < EVENTS; i++) {
                life.play->line = i;
                bool was_awarded = is_awarded(&life);
                Event event = { .kind = EVENT_TIMER };
                g_autoptr(GPtrArray) values = NULL;
                if (roll(&life, 3) > 0)
                        sensible_event(&life, &event, &values);
                else
                        wild_event(&life, &event, &values);
                event.values = values;
                event.message = event.kind == EVENT_TIMER ? 0 : ++life.play->message;
                g_string_truncate(life.play->mails, 0);
                scenario_decide(life.play, &event);
                check_award(&life, was_awarded);
                check_confidential(&life);
                if (roll(&life, 2) == 0) {
                        scenario_until(life.play, life.play->now + roll(&life, 15 * 86400));
                        check_award(&life, true);
                }
        }
        g_test_message("%s: %u records, label %s", name, life.play->journal->len,
                       is_awarded(&life) ? "awarded" : "not awarded");
        scenario_free(life.play);
        g_rand_free(life.dice);
}

static void check_semsem(void)
{
        g_autoptr(Procedure) procedure = shipped_procedure();
        for (guint32 seed = 1; seed <= LIVES; seed++)
                live(procedure, semsem, seed % 2 == 0 ? "record" : "record_validation", seed);
}

static Procedure *leave_procedure(void)
{
        g_autoptr(GString) source = g_string_new(NULL);
        join_file(source, "rules", "calendars.yaml");
        join_file(source, "rules", "words.yaml");
        join_file(source, "tests/procedure/leave", "leave.yaml");
        return load_or_fail(source);
}

static void check_leave(void)
{
        g_autoptr(Procedure) procedure = leave_procedure();
        for (guint32 seed = 1; seed <= LIVES; seed++)
                live(procedure, leave, "request", seed);
}

/* The same engine runs a procedure that has nothing of an internship. */
static void check_leave_scenario(void)
{
        g_autoptr(Procedure) procedure = leave_procedure();
        g_autofree char *text = NULL;
        g_assert_true(g_file_get_contents("tests/procedure/leave/scenario.txt", &text, NULL, NULL));
        Scenario *play = scenario_new("leave/scenario.txt", procedure, leave);
        scenario_play(play, text);
        scenario_free(play);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/promises/leave-scenario", check_leave_scenario);
        g_test_add_func("/promises/leave", check_leave);
        g_test_add_func("/promises/semsem", check_semsem);
        return g_test_run();
}
