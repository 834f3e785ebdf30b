#include "robot/apply.h"

#include "robot/index.h"
#include "robot/organisation.h"
#include "robot/post.h"
#include "robot/roster.h"
#include "store/cases.h"
#include "store/inbox.h"
#include "store/journal.h"
#include "store/outbox.h"
#include "store/people.h"
#include "store/tokens.h"

#include <string.h>

enum { HOUR_S = 3600, STRANGER_ROUNDS_MAX = 4 };

static bool fold(Case *after, const Decision *decision, GError **error)
{
        for (guint i = 0; i < decision->records->len; i++) {
                const Record *record = g_ptr_array_index(decision->records, i);
                if (case_apply(after, record))
                        continue;
                g_set_error(error, STORE_ERROR, STORE_ERROR_CONFLICT,
                            "case %s: what was decided (%s of %s) does not fit its state", after->reference,
                            record_kind_word(record->kind), record->step != NULL ? record->step : "the case");
                return false;
        }
        return true;
}

static bool is_true(const Record *record, const char *key)
{
        return json_is_true(json_object_get(record->payload, key));
}

/* A person whose address fails for good is not written to any more, in no case. */
static bool apply_unreachable(const Applier *applier, const Record *record, GError **error)
{
        const char *what = json_string_value(json_object_get(record->payload, "what"));
        if (record->kind != RECORD_NOTED || g_strcmp0(what, "unreachable") != 0 ||
            !is_true(record, "permanent") || record->person == 0)
                return true;
        return people_set_failing(applier->house->store, record->person, true, applier->now, error);
}

static bool is_role_played(const Case *the_case, const char *role, int64_t person)
{
        for (guint i = 0; i < the_case->holders->len; i++) {
                const Holder *holder = g_ptr_array_index(the_case->holders, i);
                if (holder->person == person && holder->until == 0 &&
                    (role == NULL || strcmp(holder->role, role) == 0))
                        return true;
        }
        return false;
}

/* Whoever was replaced holds links and reply addresses still: they act no more (MAIL.md D11). */
static bool revoke_replaced(const Applier *applier, const Procedure *procedure, const Case *before,
                            const Case *after, const Record *record, GError **error)
{
        const char *role = json_string_value(json_object_get(record->payload, "role"));
        int64_t replaced = record->kind == RECORD_HOLDER ? case_holder(before, role, applier->now) : 0;
        if (replaced == 0 || is_role_played(after, role, replaced))
                return true;
        Store *store = applier->house->store;
        if (!is_role_played(after, NULL, replaced))
                return tokens_revoke(store, after->id, NULL, replaced, applier->now, error) &&
                       inbox_settle_reports(store, replaced, applier->now, error);
        const GPtrArray *steps = procedure_steps(procedure);
        for (guint i = 0; i < steps->len; i++) {
                const Step *step = g_ptr_array_index(steps, i);
                if (g_strcmp0(step->role, role) == 0 &&
                    !tokens_revoke(store, after->id, step->key, replaced, applier->now, error))
                        return false;
        }
        return true;
}

/* The same person under another address: what lies in the old mailbox opens nothing more, and what is written
 * from now on goes to the new one. */
static bool apply_address(const Applier *applier, Case *after, const Record *record, GError **error)
{
        const char *what = json_string_value(json_object_get(record->payload, "what"));
        if (record->kind != RECORD_NOTED || g_strcmp0(what, "address") != 0)
                return true;
        int64_t id = json_integer_value(json_object_get(record->payload, "person"));
        const char *address = json_string_value(json_object_get(record->payload, "address"));
        case_set_address(after, id, address);
        Person *person = people_get(applier->house->store, id, error);
        if (person == NULL)
                return false;
        const bool is_there = g_strcmp0(person->address, address) == 0 && !person->is_failing;
        person_free(person);
        if (is_there) /* in another of their cases: what was sent there since must stay good */
                return true;
        return people_set_address(applier->house->store, id, address, applier->now, error) &&
               inbox_settle_reports(applier->house->store, id, applier->now, error) &&
               tokens_revoke_person(applier->house->store, id, applier->now, error);
}

static void add_mail_keys(const GPtrArray *rules, GPtrArray *keys)
{
        for (guint i = 0; i < rules->len; i++)
                g_ptr_array_add(keys, ((const MailRule *)g_ptr_array_index(rules, i))->key);
}

static bool cancel_step_mails(const Applier *applier, const Procedure *procedure, const Case *the_case,
                              const char *key, GError **error)
{
        const Step *step = procedure_step(procedure, key);
        const GPtrArray *steps = procedure_steps(procedure);
        if (step == NULL) /* gone with the version before */
                return outbox_cancel(applier->house->store, the_case->id, key, NULL, 0, error);
        g_autoptr(GPtrArray) keys = g_ptr_array_new();
        add_mail_keys(step->mails, keys);
        for (guint i = 0; i < steps->len; i++) { /* a refusal asks for the step it returns to */
                const Step *later = g_ptr_array_index(steps, i);
                if (g_strcmp0(later->returns_to, step->key) == 0)
                        add_mail_keys(later->mails, keys);
        }
        g_ptr_array_add(keys, (gpointer) "escalation");
        g_ptr_array_add(keys, (gpointer) "confirm_request");
        g_ptr_array_add(keys, NULL);
        return outbox_cancel(applier->house->store, the_case->id, step->key, (const char *const *)keys->pdata,
                             0, error);
}

/* What still waits in the outbox about a step that was just closed, undone, or waits again is not true any
 * more; nor about what an undone step had opened. */
static bool cancel_mails(const Applier *applier, const Procedure *procedure, const Case *the_case,
                         const Record *record, GError **error)
{
        bool is_passed = record->kind == RECORD_DONE || record->kind == RECORD_REFUSED ||
                         record->kind == RECORD_UNDONE || record->kind == RECORD_CANCELLED ||
                         record->kind == RECORD_WAITING;
        static const char *const lists[] = { "cancelled", "restored" };
        if (!is_passed)
                return true;
        for (size_t i = 0; i < G_N_ELEMENTS(lists); i++) {
                size_t index;
                json_t *later;
                json_array_foreach(json_object_get(record->payload, lists[i]), index, later) {
                        if (!cancel_step_mails(applier, procedure, the_case, json_string_value(later), error))
                                return false;
                }
        }
        return cancel_step_mails(applier, procedure, the_case, record->step, error);
}

static bool apply_records(const Applier *applier, const Procedure *procedure, const Case *before, Case *after,
                          const Decision *decision, GError **error)
{
        for (guint i = 0; i < decision->records->len; i++) {
                const Record *record = g_ptr_array_index(decision->records, i);
                if (!journal_append(applier->house->store, after->id, record, error) ||
                    !apply_unreachable(applier, record, error) ||
                    !apply_address(applier, after, record, error) ||
                    !revoke_replaced(applier, procedure, before, after, record, error) ||
                    !cancel_mails(applier, procedure, after, record, error))
                        return false;
        }
        return true;
}

/* Who plays a role of staff from now on gets a digest. */
static bool enrol_staff(const Applier *applier, const Procedure *procedure, const Case *after,
                        const Decision *decision, GError **error)
{
        for (guint i = 0; i < decision->records->len; i++) {
                const Record *record = g_ptr_array_index(decision->records, i);
                if (record->kind == RECORD_BEGUN || record->kind == RECORD_HOLDER)
                        return roster_enrol_holders(applier->house, procedure, after, applier->now, error);
        }
        return true;
}

/* Timers follow from the state. One that is still due although nothing followed from it would be looked at
 * for ever: it waits. */
static bool apply_timers(const Applier *applier, const GPtrArray *timers, const Case *after, bool is_moved,
                         GError **error)
{
        for (guint i = 0; i < timers->len; i++) {
                Timer *timer = g_ptr_array_index(timers, i);
                if (!is_moved && timer->due_at <= applier->now)
                        timer->due_at = applier->now + HOUR_S;
        }
        return cases_set_timers(applier->house->store, after->id, timers, error);
}

static int64_t last_of(const GPtrArray *timers)
{
        return timers->len > 0 ? ((const Timer *)g_ptr_array_index(timers, timers->len - 1))->due_at : 0;
}

static bool apply_mails(const Post *post, const Decision *decision, GError **error)
{
        for (guint i = 0; i < decision->mails->len; i++)
                if (!post_mail(post, g_ptr_array_index(decision->mails, i), error))
                        return false;
        return true;
}

static Person *settle_stranger(const Applier *applier, const Person *stranger, GError **error)
{
        Store *store = applier->house->store;
        int64_t id = people_find_address(store, stranger->address, error);
        if (id == 0)
                id = people_add(store, stranger, applier->now, error);
        return id > 0 ? people_get(store, id, error) : NULL;
}

/* What is known of the organisation that a form names stands in the fields that its writer left out: of
 * GivenValue, borrowed from the event and from *known_out. */
static GPtrArray *complete_values(const Applier *applier, const Procedure *procedure, const Case *the_case,
                                  const Event *event, GPtrArray **known_out, GError **error)
{
        const Step *step = procedure_step(procedure, event->step);
        const Form *form = step != NULL && step->form != NULL ? procedure_form(procedure, step->form) : NULL;
        const Person *writer = case_person(the_case, event->person);
        const char *language = writer != NULL ? writer->language : procedure_languages(procedure)[0];
        *known_out =
                organisation_fill(applier->house, procedure, the_case, form, event->values, language, error);
        if (*known_out == NULL)
                return NULL;
        GPtrArray *values = g_ptr_array_new();
        const GPtrArray *const parts[] = { event->values, *known_out };
        for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
                for (guint j = 0; j < parts[i]->len; j++)
                        g_ptr_array_add(values, g_ptr_array_index(parts[i], j));
        return values;
}

Decision *apply_decide(const Applier *applier, const Procedure *procedure, Case *the_case, const Event *event,
                       GError **error)
{
        if (the_case->timezone != NULL)
                house_zone(applier->house, the_case->timezone); /* kept: decide() asks for it many times */
        g_autoptr(GPtrArray) known = NULL, values = NULL;
        Event whole = *event;
        if (event->kind == EVENT_ANSWER && event->answer == ANSWER_FORM && event->values != NULL) {
                values = complete_values(applier, procedure, the_case, event, &known, error);
                if (values == NULL)
                        return NULL;
                whole.values = values;
        }
        for (int round = 0; round < STRANGER_ROUNDS_MAX; round++) {
                g_autoptr(Decision) decision =
                        decide(procedure, the_case->begun_at != 0 ? the_case : NULL, &whole, applier->now);
                if (decision->strangers->len == 0)
                        return g_steal_pointer(&decision);
                for (guint i = 0; i < decision->strangers->len; i++) {
                        Person *person =
                                settle_stranger(applier, g_ptr_array_index(decision->strangers, i), error);
                        if (person == NULL)
                                return NULL;
                        g_ptr_array_add(the_case->people, person);
                }
        }
        g_set_error(error, STORE_ERROR, STORE_ERROR_CONFLICT, "case %s: it names new people without end",
                    the_case->reference);
        return NULL;
}

bool apply_decision(const Applier *applier, const Procedure *procedure, const Case *before,
                    const Decision *decision, const char *answered_id, Case **after_out, GError **error)
{
        bool is_new = before->begun_at == 0, is_moved = decision->records->len > 0;
        g_autoptr(Case) after = case_copy(before);
        if (!fold(after, decision, error))
                return false;
        g_autoptr(GPtrArray) timers = case_timers(procedure, after);
        g_autoptr(GHashTable) papers = post_papers_new();
        Post post = { .papers = papers,
                      .house = applier->house,
                      .out = applier->out,
                      .now = applier->now,
                      .procedure = procedure,
                      .the_case = after,
                      .case_ends_at = last_of(timers),
                      .answered_id = answered_id };
        if ((is_moved && !cases_save(applier->house->store, is_new ? NULL : before, after, error)) ||
            !apply_records(applier, procedure, before, after, decision, error) ||
            !enrol_staff(applier, procedure, after, decision, error) ||
            (is_moved &&
             (!index_case(applier->house, procedure, is_new ? NULL : before, after, applier->now, error) ||
              !organisation_feed(applier->house, procedure, is_new ? NULL : before, after, applier->now,
                                 error))) ||
            !apply_timers(applier, timers, after, is_moved, error) || !apply_mails(&post, decision, error))
                return false;
        *after_out = g_steal_pointer(&after);
        return true;
}

bool apply_error_is_world(const GError *error)
{
        return error->domain == STORE_ERROR &&
               (error->code == STORE_ERROR_FULL || error->code == STORE_ERROR_BUSY ||
                error->code == STORE_ERROR_OPEN);
}
