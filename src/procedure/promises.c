#include "procedure/promises.h"

#include <string.h>

enum { MORNING = 7, EVENING = 20, REMINDERS_PROMISED = 3 };

__attribute__((format(printf, 1, 2))) static char *broken(const char *format, ...)
{
        va_list arguments;
        va_start(arguments, format);
        char *sentence = g_strdup_vprintf(format, arguments);
        va_end(arguments);
        return sentence;
}

static const Record *record_at(const Promises *promises, guint i)
{
        return g_ptr_array_index(promises->decision->records, i);
}

static const MailOrder *mail_at(const Promises *promises, guint i)
{
        return g_ptr_array_index(promises->decision->mails, i);
}

static bool is_closing(const Record *record)
{
        return record->kind == RECORD_DONE || record->kind == RECORD_REFUSED;
}

/* The record closes a step that is a person's to do; NULL. */
static const Step *person_step_closed(const Promises *promises, const Record *record)
{
        const Step *step = is_closing(record) ? procedure_step(promises->procedure, record->step) : NULL;
        return step != NULL && step->act != ACT_ROBOT ? step : NULL;
}

static const Form *confidential_form(const Promises *promises, const char *step_key)
{
        const Step *step = procedure_step(promises->procedure, step_key);
        const Form *form =
                step != NULL && step_is_form(step) ? procedure_form(promises->procedure, step->form) : NULL;
        return form != NULL && form->is_confidential ? form : NULL;
}

/* Promise 2: nothing is done twice. */

static char *check_once(const Promises *promises)
{
        g_autoptr(GHashTable) done = g_hash_table_new(g_str_hash, g_str_equal);
        for (guint i = 0; promises->before != NULL && i < promises->before->tasks->len; i++) {
                Task *task = g_ptr_array_index(promises->before->tasks, i);
                if (task->state == TASK_DONE)
                        g_hash_table_add(done, task->step);
        }
        for (guint i = 0; i < promises->decision->records->len; i++) {
                const Record *record = record_at(promises, i);
                if (record->step == NULL)
                        continue;
                if (record->kind == RECORD_DONE && !g_hash_table_add(done, record->step))
                        return broken("decided exactly once: `%s` is done a second time", record->step);
                if (record->kind == RECORD_OPENED || record->kind == RECORD_UNDONE ||
                    record->kind == RECORD_WAITING)
                        g_hash_table_remove(done, record->step);
        }
        return NULL;
}

/* Promises 4, 5 and 8: a person moved it, clearly, their own task, surely enough. */

static bool plays(const Case *the_case, const char *role, int64_t person, int64_t at)
{
        return the_case != NULL && case_may_act(the_case, role, person, at);
}

static bool is_own_task(const Promises *promises, const Step *step)
{
        const int64_t person = promises->event->person;
        const Task *task = promises->before != NULL ? case_task(promises->before, step->key) : NULL;
        if (person == 0)
                return false;
        if ((task != NULL && task->person == person) ||
            plays(promises->before, step->role, person, promises->now))
                return true;
        for (char **role = step->also; *role != NULL; role++)
                if (plays(promises->before, *role, person, promises->now))
                        return true;
        return false;
}

static bool is_of_staff(const Promises *promises)
{
        const char *const *role = procedure_staff(promises->procedure);
        bool is_staff = promises->event->is_staff;
        for (; *role != NULL; role++)
                is_staff = is_staff || plays(promises->before, *role, promises->event->person, promises->now);
        return is_staff;
}

static bool is_vague(const Event *event)
{
        return event->kind == EVENT_ANSWER &&
               (event->answer == ANSWER_UNCLEAR || event->answer == ANSWER_QUESTION ||
                event->answer == ANSWER_NOT_NOW || (event->answer == ANSWER_FORM && event->is_draft));
}

static char *check_hand(const Promises *promises, const Step *step, const Record *record)
{
        const Event *event = promises->event;
        const int level = (int)json_integer_value(json_object_get(record->payload, "level"));
        if (event->kind == EVENT_BEGIN) /* what happened elsewhere before the case came here */
                return NULL;
        if (event->kind != EVENT_ANSWER && event->kind != EVENT_COMMAND)
                return broken("only a person moves a task: `%s` was closed by none", step->key);
        if (is_vague(event))
                return broken("when in doubt, ask: `%s` was closed by an answer that was not clear",
                              step->key);
        if (record->person != event->person)
                return broken("no one acts for another: who closed `%s` is not who wrote", step->key);
        if (level < (int)step->level)
                return broken("no one acts for another: `%s` needs A%d and was closed with A%d", step->key,
                              (int)step->level, level);
        if (level > (int)event->level && !event->is_confirmation)
                return broken("no one acts for another: `%s` was closed with A%d by a message of A%d",
                              step->key, level, (int)event->level);
        if (!is_own_task(promises, step) && !(event->kind == EVENT_COMMAND && is_of_staff(promises)))
                return broken("no one acts for another: `%s` was closed by somebody else", step->key);
        return NULL;
}

static char *check_hands(const Promises *promises)
{
        for (guint i = 0; i < promises->decision->records->len; i++) {
                const Record *record = record_at(promises, i);
                const Step *step = person_step_closed(promises, record);
                char *sentence = step != NULL ? check_hand(promises, step, record) : NULL;
                if (sentence != NULL)
                        return sentence;
        }
        return NULL;
}

/* Promises 6 and 11: an outcome with its rule; who is asked back gets a mail, who acted a receipt. */

/* An answer that may be a program's asks the registered address, and answers nothing. */
static const Person *who_is_asked(const Promises *promises)
{
        const Task *task = case_task(promises->after, promises->event->step);
        return promises->event->kind == EVENT_DOUBTFUL && task != NULL
                       ? case_person(promises->after, task->person)
                       : case_person(promises->after, promises->event->person);
}

static bool is_answered(const Promises *promises, const char *key)
{
        const Person *writer = who_is_asked(promises);
        const bool must_answer = promises->event->kind < EVENT_TIMER;
        bool is_told = writer == NULL || writer->is_failing;
        for (guint i = 0; i < promises->decision->mails->len; i++) {
                const MailOrder *mail = mail_at(promises, i);
                is_told = is_told || (mail->person == writer->id && mail->is_answer == must_answer &&
                                      (key == NULL || strcmp(mail->key, key) == 0));
        }
        return is_told;
}

static char *check_outcome(const Promises *promises)
{
        const Decision *decision = promises->decision;
        if (decision->rule == NULL || decision->rule[0] == '\0')
                return broken("nothing vanishes: the outcome names no rule");
        if (decision->outcome == OUTCOME_ASKED_BACK && !is_answered(promises, NULL))
                return broken("nothing vanishes: asked back (%s), and the writer gets no mail",
                              decision->rule);
        for (guint i = 0; promises->event->kind == EVENT_ANSWER && i < decision->records->len; i++)
                if (person_step_closed(promises, record_at(promises, i)) != NULL &&
                    !is_answered(promises, "receipt"))
                        return broken("every act can be explained: who closed `%s` gets no receipt",
                                      record_at(promises, i)->step);
        return NULL;
}

/* Mails: not at night, not to an address that fails, never in answer to a program. */

static int local_hour(const Person *person, int64_t at)
{
        GTimeZone *zone = zone_named(person->timezone);
        g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(at);
        g_autoptr(GDateTime) local = zone != NULL ? g_date_time_to_timezone(utc, zone) : NULL;
        return local != NULL ? g_date_time_get_hour(local) : MORNING;
}

static char *check_mail(const Promises *promises, const MailOrder *mail)
{
        const Person *reader = case_person(promises->after, mail->person);
        const Event *event = promises->event;
        if (reader == NULL || reader->is_failing)
                return broken("`%s` goes to nobody, or to an address that fails", mail->key);
        const bool is_from_them =
                event->message != 0 && event->person == mail->person && event->kind < EVENT_TIMER;
        if (mail->is_answer && !is_from_them)
                return broken("the robot answers no program: `%s` answers what no person wrote", mail->key);
        const int hour = local_hour(reader, mail->not_before);
        if (!mail->is_answer && (hour < MORNING || hour >= EVENING))
                return broken("nobody is mailed at night: `%s` goes out at %d o'clock", mail->key, hour);
        return NULL;
}

static bool is_asking(const MailOrder *mail)
{
        return strcmp(mail->actions, "answer") == 0;
}

/* What is asked waits for an answer, and is asked of nobody twice at once. */
static char *check_asking(const Promises *promises, guint place)
{
        const MailOrder *mail = mail_at(promises, place);
        const Task *task = case_task(promises->after, mail->step);
        if (is_asking(mail) && mail->step != NULL &&
            (task == NULL || (task->state != TASK_OPEN && task->state != TASK_OVERDUE)))
                return broken("`%s` asks for `%s`, which waits for nobody", mail->key, mail->step);
        for (guint i = 0; i < place; i++) {
                const MailOrder *other = mail_at(promises, i);
                const bool is_same = other->person == mail->person && g_strcmp0(other->step, mail->step) == 0;
                if (is_same && strcmp(other->key, mail->key) == 0 &&
                    g_strcmp0(other->about, mail->about) == 0)
                        return broken("one mail, not two: `%s` goes to the same person twice", mail->key);
                if (is_same && is_asking(other) && is_asking(mail))
                        return broken("one mail, not two: `%s` and `%s` ask the same person for `%s`",
                                      other->key, mail->key, mail->step);
        }
        return NULL;
}

static char *check_mails(const Promises *promises)
{
        for (guint i = 0; i < promises->decision->mails->len; i++) {
                char *sentence = check_mail(promises, mail_at(promises, i));
                if (sentence == NULL)
                        sentence = check_asking(promises, i);
                if (sentence != NULL)
                        return sentence;
        }
        return NULL;
}

/* At most three reminders a task, each recorded, none while the case is stopped. */

static bool is_stopped(const Case *the_case)
{
        return the_case != NULL && (the_case->status == CASE_INTERRUPTED ||
                                    the_case->status == CASE_BROKEN_OFF || the_case->status == CASE_CLOSED);
}

static bool is_recorded(const Promises *promises, RecordKind kind, const char *step)
{
        for (guint i = 0; i < promises->decision->records->len; i++)
                if (record_at(promises, i)->kind == kind &&
                    g_strcmp0(record_at(promises, i)->step, step) == 0)
                        return true;
        return false;
}

static char *check_reminders(const Promises *promises)
{
        for (guint i = 0; i < promises->after->tasks->len; i++) {
                const Task *task = g_ptr_array_index(promises->after->tasks, i);
                if (task->reminders > REMINDERS_PROMISED)
                        return broken("at most three reminders: `%s` was reminded %d times", task->step,
                                      task->reminders);
        }
        for (guint i = 0; i < promises->decision->mails->len; i++) {
                const MailOrder *mail = mail_at(promises, i);
                if (json_object_get(mail->params, "reminder") == NULL)
                        continue;
                if (!is_recorded(promises, RECORD_REMINDED, mail->step))
                        return broken("`%s` reminds of `%s`, and the journal does not know", mail->key,
                                      mail->step);
                if (is_stopped(promises->before) && is_stopped(promises->after))
                        return broken("`%s` reminds of `%s` while the case is stopped", mail->key,
                                      mail->step);
        }
        return NULL;
}

/* Awarded if and only if it is earned. */

bool promises_award_is_earned(const Step *award, const Case *the_case)
{
        for (char **name = award->needs; *name != NULL; name++) {
                const Task *task = case_task(the_case, *name);
                if (task == NULL || task->state != TASK_DONE)
                        return false;
        }
        if (award->award->field == NULL)
                return true;
        const char *value = case_value(the_case, award->award->field);
        const bool is_named =
                value != NULL && g_strv_contains((const char *const *)award->award->values, value);
        return is_named != award->award->is_denied_by;
}

static bool is_done(const Case *the_case, const char *step)
{
        const Task *task = the_case != NULL ? case_task(the_case, step) : NULL;
        return task != NULL && task->state == TASK_DONE;
}

static char *check_awards(const Promises *promises)
{
        const GPtrArray *steps = procedure_steps(promises->procedure);
        for (guint i = 0; i < steps->len; i++) {
                const Step *step = g_ptr_array_index(steps, i);
                if (step->award == NULL)
                        continue;
                const bool is_earned = promises_award_is_earned(step, promises->after),
                           is_awarded = is_done(promises->after, step->key);
                if (is_awarded && !is_earned && !is_done(promises->before, step->key))
                        return broken("`%s` is awarded and not earned", step->key);
                if (is_earned && !is_awarded && !is_stopped(promises->after))
                        return broken("`%s` is earned and not awarded", step->key);
        }
        return NULL;
}

/* Promise 10: no value of a confidential form, and no word about it, in journal, state or mail. */

static bool holds(const json_t *value, const char *word)
{
        const char *key, *text = json_string_value(value);
        size_t index;
        json_t *part;
        if (word == NULL)
                return false;
        if (text != NULL)
                return strstr(text, word) != NULL;
        json_array_foreach(value, index, part)
                if (holds(part, word))
                        return true;
        json_object_foreach((json_t *)value, key, part)
                if (holds(part, word))
                        return true;
        return false;
}

/* Values come into the state by records alone. */
static char *check_values(const Promises *promises, const Record *record)
{
        const char *key;
        json_t *value;
        json_object_foreach(json_object_get(record->payload, "data"), key, value) {
                const Form *form = NULL;
                if (procedure_field(promises->procedure, key, &form) != NULL && form->is_confidential)
                        return broken("confidential: the journal holds `%s`", key);
        }
        return NULL;
}

static char *check_secrets(const Promises *promises)
{
        for (guint i = 0; i < promises->decision->records->len; i++) {
                if (holds(record_at(promises, i)->payload, promises->secret))
                        return broken("confidential: the journal holds a word of it");
                char *sentence = check_values(promises, record_at(promises, i));
                if (sentence != NULL)
                        return sentence;
        }
        for (guint i = 0; i < promises->decision->mails->len; i++) {
                const MailOrder *mail = mail_at(promises, i);
                if (holds(mail->params, promises->secret))
                        return broken("confidential: `%s` holds a word of it", mail->key);
        }
        for (guint i = 0; i < promises->decision->records->len; i++) {
                const Record *record = record_at(promises, i);
                if (record->kind == RECORD_DONE && confidential_form(promises, record->step) != NULL &&
                    promises->event->kind != EVENT_BEGIN && promises->event->sealed == NULL)
                        return broken("confidential: `%s` was closed by what was not sealed", record->step);
        }
        return NULL;
}

char *promises_broken(const Promises *promises)
{
        static char *(*const checks[])(const Promises *promises) = {
                check_once,      check_hands,  check_outcome, check_mails,
                check_reminders, check_awards, check_secrets,
        };
        for (size_t i = 0; i < G_N_ELEMENTS(checks); i++) {
                char *sentence = checks[i](promises);
                if (sentence != NULL)
                        return sentence;
        }
        return NULL;
}

/* Promise 7. */
char *promises_broken_by_journal(const GPtrArray *journal, const Case *state)
{
        g_autoptr(Case) replayed = case_new();
        for (guint i = 0; i < journal->len; i++) {
                const Record *record = g_ptr_array_index(journal, i);
                if (!case_apply(replayed, record))
                        return broken(
                                "the state is the sum of the journal: record %u (%s of %s) does not fit", i,
                                record_kind_word(record->kind),
                                record->step != NULL ? record->step : "the case");
        }
        g_autofree char *again = case_print(replayed), *told = case_print(state);
        return strcmp(again, told) == 0
                       ? NULL
                       : broken("the state is the sum of the journal: replayed, it is another\n%s", again);
}

char *promises_broken_by_time(const Promises *promises, const Timer *timer)
{
        if (timer == NULL || timer->due_at > promises->now || promises->decision->records->len > 0)
                return NULL;
        return broken("nothing spins: `%s` of %s is due, and nothing follows from it", timer->kind,
                      timer->step != NULL ? timer->step : "the case");
}
