#include "robot/address_change.h"

#include "base/address.h"
#include "robot/house_mail.h"
#include "store/address_changes.h"
#include "store/cases.h"
#include "store/people.h"
#include "store/tokens.h"

#include <inttypes.h>
#include <string.h>

enum { PATIENCE_S = 7 * 86400 }; /* an old address that says nothing for so long is asked no more */

/* What a mail is. */
typedef enum { SIDE_NEW, SIDE_OLD, SIDE_TOLD, SIDE_ASKER } Side;
static const char *const side_words[] = { "new", "old", "told", "asker" };
static const char *const side_flags[] = { "is_new_address", "is_old_address", "is_address_changed",
                                          "is_address_asked" };

static Person *copy_at(const Person *person, const char *address)
{
        Person *copy = g_memdup2(person, sizeof *person);
        copy->name = g_strdup(person->name);
        copy->address = g_strdup(address);
        copy->language = g_strdup(person->language);
        copy->timezone = g_strdup(person->timezone);
        copy->country = g_strdup(person->country);
        return copy;
}

/* message: the row that caused it: the same question twice has two ids. */
static bool send(const Applier *applier, const AddressChange *change, const Person *person, Side side,
                 const char *name, int64_t message, GError **error)
{
        Person *to = copy_at(person, side == SIDE_NEW ? change->address : person->address);
        g_autofree char *actions = g_strdup_printf("address %" PRId64 " %s", change->id, side_words[side]),
                        *row = g_strdup_printf("%" PRId64, message),
                        *number = g_strdup_printf("%" PRId64, change->id);
        const char *parts[] = { "address", number, side_words[side], row, NULL };
        g_auto(HouseMail) mail = { .key = "address_confirm",
                                   .to = to,
                                   .actions = side >= SIDE_TOLD ? "" : actions,
                                   .id_parts = parts };
        house_mail_open(&mail, applier);
        json_t *view = json_pack("{s:s, s:s}", "new_address", change->address, "moving_name", name);
        for (size_t i = 0; i < G_N_ELEMENTS(side_flags); i++)
                json_object_set_new(view, side_flags[i], json_boolean(i == (size_t)side));
        const bool is_sent = house_mail_send(&mail, applier, view, error);
        json_decref(view);
        person_free(to);
        return is_sent;
}

/* Asking. */

/* Who plays a role asks for it from their registered address: it has said yes by that. */
static bool is_own_wish(const Event *event, const Decision *decision, char **address_out)
{
        *address_out = NULL;
        if (event->kind != EVENT_COMMAND || g_strcmp0(event->command, "address") != 0 ||
            decision->outcome != OUTCOME_HELD || event->person == 0 || event->is_staff ||
            event->person != event->token_person || event->level < LEVEL_A2)
                return false;
        g_auto(GStrv) words = g_strsplit_set(event->argument, " \t\n,;<>()", -1);
        for (char **word = words; *word != NULL && *address_out == NULL; word++)
                if (strchr(*word, '@') != NULL)
                        *address_out = address_normalise(*word);
        return *address_out != NULL;
}

static bool is_wanted(const Event *event, const Decision *decision, AddressChange *change)
{
        for (guint i = 0; i < decision->records->len; i++) {
                const Record *record = g_ptr_array_index(decision->records, i);
                const char *what = json_string_value(json_object_get(record->payload, "what"));
                if (record->kind != RECORD_NOTED || g_strcmp0(what, "address") != 0)
                        continue;
                change->person = json_integer_value(json_object_get(record->payload, "person"));
                change->address = g_strdup(json_string_value(json_object_get(record->payload, "address")));
                change->needs_old = change->person != event->person; /* who writes has said so by that */
                return true;
        }
        change->person = event->person;
        return is_own_wish(event, decision, &change->address);
}

/* Asked once more for the same, after a week in which the old address said nothing. */
static bool is_silent(const Applier *applier, const AddressChange *change, bool *is_silent_out,
                      GError **error)
{
        GError *trouble = NULL;
        g_autoptr(AddressChange) before =
                address_changes_waiting(applier->house->store, change->person, &trouble);
        *is_silent_out = before != NULL && before->old_at == 0 &&
                         address_equal(before->address, change->address) &&
                         applier->now - before->asked_at >= PATIENCE_S;
        if (trouble != NULL)
                g_propagate_error(error, trouble);
        return trouble == NULL;
}

static bool tell_asker(const Applier *applier, const AddressChange *change, const Person *person,
                       int64_t message, guint *mails, GError **error)
{
        Person *asker = people_get(applier->house->store, change->asked_by, error);
        bool is_told =
                asker != NULL && send(applier, change, asker, SIDE_ASKER, person->name, message, error);
        (*mails)++;
        person_free(asker);
        return is_told;
}

static bool ask(const Applier *applier, AddressChange *change, const Person *person, int64_t message,
                guint *mails_out, GError **error)
{
        bool is_given_up;
        if (!is_silent(applier, change, &is_given_up, error))
                return false;
        change->needs_old = change->needs_old && !person->is_failing && !is_given_up;
        *mails_out = change->needs_old ? 2 : 1;
        return address_changes_add(applier->house->store, change, applier->now, error) &&
               send(applier, change, person, SIDE_NEW, "", message, error) &&
               (!change->needs_old || send(applier, change, person, SIDE_OLD, "", message, error));
}

bool address_change_take(const Applier *applier, const Case *the_case, const Event *event,
                         const Decision *decision, bool tells_asker, bool *is_taken_out, guint *mails_out,
                         GError **error)
{
        g_autoptr(AddressChange) change = g_new0(AddressChange, 1);
        *is_taken_out = false;
        *mails_out = 0;
        if (!is_wanted(event, decision, change))
                return true;
        int64_t holder = people_find_address(applier->house->store, change->address, error);
        Person *person = holder >= 0 ? people_get(applier->house->store, change->person, error) : NULL;
        if (person == NULL)
                return false;
        const bool is_another = holder != 0 && holder != change->person;
        const bool is_same = strcmp(person->address, change->address) == 0;
        bool is_asked = true;
        if (!is_another && !is_same) { /* somebody else's changes nothing, as before */
                change->case_id = the_case->id;
                change->asked_by = event->person != 0 ? event->person : event->token_person;
                *is_taken_out = true;
                is_asked = ask(applier, change, person, event->message, mails_out, error) &&
                           (!tells_asker ||
                            tell_asker(applier, change, person, event->message, mails_out, error));
        }
        person_free(person);
        return is_asked;
}

/* The answer. */

typedef struct {
        const Incoming *mail;
        Settlement *settlement;
        AddressChange *change; /* owned */
        Person *person;        /* owned */
        Side side;
} Reply;

static bool read_actions(const Match *match, int64_t *id_out, Side *side_out)
{
        if (match->actions == NULL || !g_str_has_prefix(match->actions, "address "))
                return false;
        char *end;
        *id_out = g_ascii_strtoll(match->actions + strlen("address "), &end, 10);
        *side_out = g_strcmp0(end, " new") == 0 ? SIDE_NEW : SIDE_OLD;
        return *id_out > 0;
}

static bool is_answer(const Match *match, const Reading *reading, int64_t *id_out, Side *side_out)
{
        return reading->kind == MAIL_HUMAN && !match->is_conflicting && !match->is_dead &&
               match->token_person != 0 && match->case_id == 0 && read_actions(match, id_out, side_out);
}

static bool end(Reply *answer, Outcome outcome, const char *rule)
{
        answer->settlement->outcome = outcome;
        answer->settlement->rule = rule;
        return true;
}

/* The token went to that address alone; the answer must come from there. */
static bool is_from_side(const Reply *answer)
{
        const Reading *reading = answer->mail->reading;
        const char *asked = answer->side == SIDE_NEW ? answer->change->address : answer->person->address;
        return reading->from != NULL && reading->sender == NULL && reading->auth != AUTH_FAIL &&
               address_equal(reading->from, asked);
}

/* Who asked gets their receipt where they asked; elsewhere only what waits is asked again. */
static void keep_questions(Decision *decision)
{
        for (guint i = decision->mails->len; i-- > 0;)
                if (strcmp(((const MailOrder *)g_ptr_array_index(decision->mails, i))->key, "receipt") == 0)
                        g_ptr_array_remove_index(decision->mails, i);
}

static bool change_case(Reply *answer, int64_t id, GError **error)
{
        const Applier *applier = answer->mail->applier;
        House *house = applier->house;
        const AddressChange *change = answer->change;
        g_autoptr(Case) the_case = cases_load(house->store, id, error);
        const Procedure *procedure =
                the_case != NULL ? house_procedure(house, the_case->procedure, error) : NULL;
        const char *role = procedure != NULL ? case_role_of(the_case, change->person) : NULL;
        if (procedure == NULL || role == NULL)
                return procedure != NULL;
        if (case_person(the_case, change->asked_by) == NULL)
                g_ptr_array_add(the_case->people, people_get(house->store, change->asked_by, error));
        g_autofree char *argument = g_strdup_printf("%s %s", role, change->address);
        const Event event = { .kind = EVENT_COMMAND,
                              .message = answer->mail->row->id,
                              .person = change->asked_by,
                              .token_person = change->asked_by,
                              .level = LEVEL_A2,
                              .is_staff = true,
                              .command = "address",
                              .argument = argument };
        g_autoptr(Decision) decision = apply_decide(applier, procedure, the_case, &event, error);
        g_autoptr(Case) after = NULL;
        if (decision == NULL)
                return false;
        if (id != change->case_id || change->asked_by == change->person)
                keep_questions(decision);
        answer->settlement->mails += decision->mails->len;
        return apply_decision(applier, procedure, the_case, decision, NULL, &after, error);
}

static bool change_cases(Reply *answer, GError **error)
{
        Store *store = answer->mail->applier->house->store;
        g_autoptr(GArray) ids = cases_of_person(store, answer->change->person, error);
        for (guint i = 0; ids != NULL && i < ids->len; i++)
                if (!change_case(answer, g_array_index(ids, int64_t, i), error))
                        return false;
        return ids != NULL;
}

static bool carry_out(Reply *answer, GError **error)
{
        const Applier *applier = answer->mail->applier;
        Store *store = applier->house->store;
        const AddressChange *change = answer->change;
        if (!answer->person->is_failing) { /* written before the address is another */
                if (!send(applier, change, answer->person, SIDE_TOLD, "", answer->mail->row->id, error))
                        return false;
                answer->settlement->mails++;
        }
        return address_changes_close(store, change, false, applier->now, error) &&
               people_set_address(store, change->person, change->address, applier->now, error) &&
               tokens_revoke_person(store, change->person, applier->now, error) &&
               change_cases(answer, error) && end(answer, OUTCOME_APPLIED, "the new address is confirmed");
}

static bool confirm(Reply *answer, GError **error)
{
        AddressChange *change = answer->change;
        if (!address_changes_confirm(answer->mail->applier->house->store, change, answer->side == SIDE_NEW,
                                     answer->mail->applier->now, error))
                return false;
        if (change->new_at == 0 || (change->needs_old && change->old_at == 0))
                return end(answer, OUTCOME_APPLIED, "one of two addresses said yes");
        return carry_out(answer, error);
}

static bool decide_reply(Reply *answer, GError **error)
{
        const Applier *applier = answer->mail->applier;
        if (!answer->change->is_waiting)
                return end(answer, OUTCOME_IGNORED, "the change of address is settled already");
        if (!is_from_side(answer))
                return end(answer, OUTCOME_HELD, "another address answers about a change of address");
        switch (answer->mail->reading->intent) {
        case INTENT_ACCEPT: return confirm(answer, error);
        case INTENT_REFUSE:
                return address_changes_close(applier->house->store, answer->change, true, applier->now,
                                             error) &&
                       end(answer, OUTCOME_HELD, "the change of address was denied: staff must know");
        case INTENT_UNCLEAR:
        case INTENT_QUESTION:
        case INTENT_NOT_NOW:
        case INTENT_ACK: break;
        }
        answer->settlement->mails++;
        return send(applier, answer->change, answer->person, answer->side, "", answer->mail->row->id,
                    error) &&
               end(answer, OUTCOME_ASKED_BACK, "neither yes nor no to a change of address");
}

bool address_change_settle(const Incoming *mail, Settlement *settlement, GError **error)
{
        Reply answer = { .mail = mail, .settlement = settlement };
        Store *store = mail->applier->house->store;
        int64_t id;
        if (!is_answer(mail->match, mail->reading, &id, &answer.side))
                return true;
        settlement->is_settled = true;
        settlement->person = mail->match->token_person;
        settlement->level = match_level(mail->match, mail->reading);
        answer.change = address_changes_get(store, id, error);
        answer.person = answer.change != NULL ? people_get(store, answer.change->person, error) : NULL;
        bool is_done = answer.person != NULL && decide_reply(&answer, error);
        address_change_free(answer.change);
        person_free(answer.person);
        return is_done;
}
