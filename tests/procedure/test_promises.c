/* Random lives of cases: events that make sense and events that do not, in any order. After each decision the
 * promises of the house must hold (procedure/promises.h, asked by scenario.h; here: who is told of a
 * confidential form); and each promise is seen broken once.
 */
#include "scenario.h"

#include "procedure/cast.h"

enum { LIVES = 60, EVENTS = 160 };

typedef struct {
        GRand *dice;
        Scenario *play;
        const char *const *roles;
        json_t *files;
} Life;

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

static GPtrArray *some_values(Life *life, const Form *form)
{
        GPtrArray *values = cast_fill(life->play->procedure, life->play->now_case, life->dice, form,
                                      roll(life, 4) > 0, 12, life->play->now);
        if (values->len > 0 && roll(life, 60) == 0) /* a line that the form does not have */
                ((GivenValue *)g_ptr_array_index(values, 0))->anchor = 999;
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
        static const EventKind kinds[] = { EVENT_ANSWER,      EVENT_ANSWER, EVENT_COMMAND,  EVENT_COMMAND,
                                           EVENT_UNREACHABLE, EVENT_ABSENT, EVENT_DOUBTFUL, EVENT_FILES };
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
        event->files = life->files;
        event->is_draft = roll(life, 4) == 0;
        event->is_staff = roll(life, 3) == 0;
        const Form *form = step_is_form(step) ? procedure_form(life->play->procedure, step->form) : NULL;
        static const char *const told[] = { "remark", "not_me", "validate", "refuse",
                                            NULL }; /* with words of one's own */
        bool is_told = event->kind == EVENT_ANSWER || event->kind == EVENT_DOUBTFUL ||
                       g_strv_contains(told, event->command);
        if (form != NULL && form->is_confidential && event->step != NULL && is_told)
                event->text = event->argument = event->reason = "SECRET";
        if (event->kind == EVENT_ANSWER && event->answer == ANSWER_FORM)
                *values_out = some_values(life, procedure_form(life->play->procedure, step->form));
}

/* Two files of one person become one. */
static void merge_event(Life *life, Event *event)
{
        const int64_t into = some_person(life), from = some_person(life);
        if (into == 0 || from == 0 || into == from)
                return;
        event->kind = EVENT_MERGED;
        event->token_person = into;
        event->other = from;
        event->is_permanent = roll(life, 2) == 0;
}

static bool is_done(const Case *the_case, const char *step)
{
        const Task *task = case_task(the_case, step);
        return task != NULL && task->state == TASK_DONE;
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
        life.files = json_pack("[{s:s}]", "name", "answer.exe");
        life.play = scenario_new(name, procedure, roles);
        life.play->now = read_instant(life.play, "2026-12-01", "09:00");
        if (strcmp(first, "record_validation") == 0) { /* as an import brings it: with its dates */
                g_hash_table_insert(life.play->wishes, g_strdup("record.start"), g_strdup("2027-03-01"));
                g_hash_table_insert(life.play->wishes, g_strdup("record.end"), g_strdup("2027-08-31"));
        }
        scenario_begin(life.play, first);
        for (int i = 0; i < EVENTS; i++) {
                life.play->line = i;
                Event event = { .kind = EVENT_TIMER };
                g_autoptr(GPtrArray) values = NULL;
                if (roll(&life, 40) == 0)
                        merge_event(&life, &event);
                else if (roll(&life, 3) > 0)
                        sensible_event(&life, &event, &values);
                else
                        wild_event(&life, &event, &values);
                event.values = values;
                event.message = event.kind == EVENT_TIMER ? 0 : ++life.play->message;
                g_string_truncate(life.play->mails, 0);
                scenario_decide(life.play, &event);
                check_confidential(&life);
                if (roll(&life, 2) == 0)
                        scenario_until(life.play, life.play->now + roll(&life, 15 * 86400));
        }
        g_test_message("%s: %u records, label %s", name, life.play->journal->len,
                       is_awarded(&life) ? "awarded" : "not awarded");
        scenario_free(life.play);
        g_rand_free(life.dice);
        json_decref(life.files);
}

static void check_semsem(void)
{
        g_autoptr(Procedure) procedure = shipped_procedure();
        for (guint32 seed = 1; seed <= LIVES; seed++)
                live(procedure, shipped_cast, seed % 2 == 0 ? "record" : "record_validation", seed);
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

/* Each promise, seen broken: a decision that is right, and the same with one thing changed. */

typedef struct {
        Event event;
        Decision *decision;
        int64_t now;
} Tampered;

static Record *record_of(const Tampered *tampered, RecordKind kind)
{
        for (guint i = 0; i < tampered->decision->records->len; i++) {
                Record *record = g_ptr_array_index(tampered->decision->records, i);
                if (record->kind == kind)
                        return record;
        }
        g_assert_not_reached();
}

static MailOrder *mail_of(const Tampered *tampered, const char *key)
{
        for (guint i = 0; i < tampered->decision->mails->len; i++) {
                MailOrder *mail = g_ptr_array_index(tampered->decision->mails, i);
                if (strcmp(mail->key, key) == 0)
                        return mail;
        }
        g_assert_not_reached();
}

static void set_payload(Record *record, const char *key, json_t *value)
{
        json_object_set_new(record->payload, key, value);
}

static void by_a_program(Tampered *tampered)
{
        tampered->event.kind = EVENT_ABSENT;
}

static void by_a_vague_answer(Tampered *tampered)
{
        tampered->event.answer = ANSWER_QUESTION;
}

static void by_another(Tampered *tampered)
{
        tampered->event.person = record_of(tampered, RECORD_DONE)->person = 1;
}

static void by_the_wrong_name(Tampered *tampered)
{
        record_of(tampered, RECORD_DONE)->person = 1;
}

static void below_the_level(Tampered *tampered)
{
        set_payload(record_of(tampered, RECORD_DONE), "level", json_integer(LEVEL_A1));
}

static void above_the_message(Tampered *tampered)
{
        tampered->event.level = LEVEL_A1;
}

static void without_receipt(Tampered *tampered)
{
        MailOrder *receipt = mail_of(tampered, "receipt");
        g_free(receipt->key);
        receipt->key = g_strdup("follow");
}

static void without_rule(Tampered *tampered)
{
        tampered->decision->rule[0] = '\0';
}

static void at_night(Tampered *tampered)
{
        mail_of(tampered, "tutor_welcome")->not_before += 12 * 3600;
}

static void to_nobody(Tampered *tampered)
{
        mail_of(tampered, "tutor_welcome")->person = 77;
}

static void as_an_answer(Tampered *tampered)
{
        mail_of(tampered, "tutor_welcome")->is_answer = true;
}

static void reminding_in_secret(Tampered *tampered)
{
        json_object_set_new(mail_of(tampered, "tutor_welcome")->params, "reminder", json_object());
}

static Record *add_record(Tampered *tampered, RecordKind kind, const char *step)
{
        Record *record = g_memdup2(record_of(tampered, RECORD_DONE), sizeof(Record));
        record->kind = kind;
        record->step = g_strdup(step);
        json_incref(record->payload);
        g_ptr_array_add(tampered->decision->records, record);
        return record;
}

static void a_fourth_time(Tampered *tampered)
{
        set_payload(add_record(tampered, RECORD_REMINDED, "record_validation"), "n", json_integer(4));
}

static void asking_what_is_done(Tampered *tampered)
{
        MailOrder *mail = mail_of(tampered, "record_validated");
        g_free(mail->actions);
        mail->actions = g_strdup("answer");
}

static void twice_the_same(Tampered *tampered)
{
        MailOrder *mail = mail_of(tampered, "tutor_welcome");
        mail->person = mail_of(tampered, "record_validated")->person;
        g_free(mail->key);
        mail->key = g_strdup("record_validated");
}

static void once_more(Tampered *tampered)
{
        add_record(tampered, RECORD_DONE, "record_validation");
}

static void with_an_award(Tampered *tampered)
{
        add_record(tampered, RECORD_DONE, "label");
}

static void telling_a_secret(Tampered *tampered)
{
        json_object_set_new(mail_of(tampered, "tutor_welcome")->params, "reason", json_string("so SECRET"));
}

static void noting_a_secret(Tampered *tampered)
{
        set_payload(record_of(tampered, RECORD_DONE), "reason", json_string("so SECRET"));
}

static void keeping_a_value(Tampered *tampered)
{
        set_payload(record_of(tampered, RECORD_OPENED), "data",
                    json_pack("{s:s}", "student_evaluation.subject_set_by", "good"));
}

static const struct {
        const char *name;
        void (*tamper)(Tampered *tampered);
        const char *said; /* how the sentence begins; NULL: nothing is broken */
} tamperings[] = {
        { "nothing", NULL, NULL },
        { "by-a-program", by_a_program, "only a person moves a task" },
        { "by-a-vague-answer", by_a_vague_answer, "when in doubt, ask" },
        { "by-another", by_another, "no one acts for another: `record_validation` was closed by somebody" },
        { "by-the-wrong-name", by_the_wrong_name, "no one acts for another: who closed" },
        { "below-the-level", below_the_level, "no one acts for another: `record_validation` needs A2" },
        { "above-the-message", above_the_message,
          "no one acts for another: `record_validation` was closed with" },
        { "without-receipt", without_receipt, "every act can be explained" },
        { "without-rule", without_rule, "nothing vanishes" },
        { "at-night", at_night, "nobody is mailed at night" },
        { "to-nobody", to_nobody, "`tutor_welcome` goes to nobody" },
        { "as-an-answer", as_an_answer, "the robot answers no program" },
        { "reminding-in-secret", reminding_in_secret, "`tutor_welcome` reminds" },
        { "a-fourth-time", a_fourth_time, "at most three reminders" },
        { "once-more", once_more, "decided exactly once" },
        { "asking-what-is-done", asking_what_is_done,
          "`record_validated` asks for `record_validation`, which" },
        { "twice-the-same", twice_the_same, "one mail, not two: `record_validated` goes to the same person" },
        { "with-an-award", with_an_award, "`label` is awarded and not earned" },
        { "telling-a-secret", telling_a_secret, "confidential: `tutor_welcome`" },
        { "noting-a-secret", noting_a_secret, "confidential: the journal holds a word" },
        { "keeping-a-value", keeping_a_value, "confidential: the journal holds `student_evaluation." },
};

static char *break_one(Scenario *play, void (*tamper)(Tampered *tampered))
{
        const int64_t manager = person_of(play, "internship_manager");
        Tampered tampered = { .event = { .kind = EVENT_ANSWER,
                                         .step = "record_validation",
                                         .message = 17,
                                         .person = manager,
                                         .token_person = manager,
                                         .level = LEVEL_A2,
                                         .answer = ANSWER_ACCEPT },
                              .now = play->now };
        tampered.decision = decide(play->procedure, play->now_case, &tampered.event, play->now);
        if (tamper != NULL)
                tamper(&tampered);
        g_autoptr(Case) after = case_copy(play->now_case);
        for (guint i = 0; i < tampered.decision->records->len; i++)
                case_apply(after, g_ptr_array_index(tampered.decision->records, i));
        const Promises promises = { .procedure = play->procedure,
                                    .before = play->now_case,
                                    .event = &tampered.event,
                                    .decision = tampered.decision,
                                    .after = after,
                                    .now = play->now,
                                    .secret = "SECRET" };
        char *said = promises_broken(&promises);
        decision_free(tampered.decision);
        return said;
}

static void check_broken(void)
{
        g_autoptr(Procedure) procedure = shipped_procedure();
        Scenario *play = scenario_new("broken", procedure, shipped_cast);
        play->now = read_instant(play, "2027-01-11", "09:00");
        scenario_begin(play, "record_validation");
        for (size_t i = 0; i < G_N_ELEMENTS(tamperings); i++) {
                g_autofree char *said = break_one(play, tamperings[i].tamper);
                g_test_message("%s: %s", tamperings[i].name, said != NULL ? said : "nothing is broken");
                g_assert_true((said != NULL) == (tamperings[i].said != NULL));
                g_assert_true(said == NULL || g_str_has_prefix(said, tamperings[i].said));
        }
        scenario_free(play);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/promises/leave-scenario", check_leave_scenario);
        g_test_add_func("/promises/leave", check_leave);
        g_test_add_func("/promises/semsem", check_semsem);
        g_test_add_func("/promises/broken", check_broken);
        return g_test_run();
}
