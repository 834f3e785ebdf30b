/* robot/clerk_message.c: what one message comes to. */
#include "robot/clerk_private.h"

#include "base/address.h"
#include "base/hash.h"
#include "robot/act_settle.h"
#include "robot/address_change.h"
#include "robot/apply.h"
#include "robot/desk.h"
#include "robot/event.h"
#include "robot/feedback_mail.h"
#include "robot/index.h"
#include "robot/label_mail.h"
#include "store/cases.h"
#include "store/outbox.h"
#include "store/trip.h"

#include <inttypes.h>
#include <string.h>

enum { FILES_AGAIN_S = 24 * 3600, WINMAIL_AGAIN_S = 30 * 24 * 3600, NOTE_CHARACTERS = 400 };

static const char *const folders[] = {
        [OUTCOME_APPLIED] = "done",
        [OUTCOME_ASKED_BACK] = "done",
        [OUTCOME_HELD] = "review",
        [OUTCOME_IGNORED] = "done",
};

/* Why, for `facteur explain` and POURQUOI: names of rules and patterns, of the text at most one word, which
 * no pattern knew. It stays beside the message, in no log and no journal entry. */
static char *explain(const Item *item, Level level)
{
        static const char *const auth_words[] = { "none", "pass", "fail" };
        const Reading *reading = item->job->reading;
        json_t *why = json_array(), *commands = json_array();
        for (guint i = 0; i < reading->why->len; i++)
                json_array_append_new(why, json_string(g_ptr_array_index(reading->why, i)));
        for (guint i = 0; i < reading->commands->len; i++)
                json_array_append_new(
                        commands,
                        json_string(((const Command *)g_ptr_array_index(reading->commands, i))->key));
        json_t *object = json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:i, s:o}", "class",
                                   mail_kind_word(reading->kind), "match", match_kind_word(item->match.kind),
                                   "token_allows", item->match.actions != NULL ? item->match.actions : "",
                                   "auth", auth_words[reading->auth], "intent", intent_word(reading->intent),
                                   "commands", commands, "level", (int)level, "why", why);
        char *text = json_dumps(object, JSON_COMPACT);
        char *copy = g_strdup(text);
        free(text);
        json_decref(object);
        return copy;
}

/* The recipient that a delivery report is about; NULL: it is none, or names none. */
static const char *reported_address(const Reading *reading)
{
        const bool is_report = reading->kind == MAIL_BOUNCE && reading->bounces->len > 0;
        return is_report ? ((const Bounce *)g_ptr_array_index(reading->bounces, 0))->recipient : NULL;
}

/* Reports about one address are one line of the digest; the address itself stays in the spool. */
static char *held_key(const Reading *reading)
{
        const char *address = reported_address(reading);
        g_autofree char *key = address != NULL ? address_key(address) : NULL;
        g_autofree char *text = key != NULL ? g_strconcat("report ", key, NULL) : NULL;
        char hash[HASH_LENGTH + 1] = "";
        if (text != NULL)
                hash_sha256(text, strlen(text), hash);
        return text != NULL ? g_strdup(hash) : NULL;
}

static bool is_about_confidential(const Round *round, const Case *the_case, const char *key)
{
        const Procedure *procedure =
                the_case != NULL ? house_procedure(round->clerk->house, the_case->procedure, NULL) : NULL;
        const Step *step = procedure != NULL ? procedure_step(procedure, key) : NULL;
        const Form *form = step != NULL && step_is_form(step) ? procedure_form(procedure, step->form) : NULL;
        return form != NULL && form->is_confidential;
}

/* What the digest shows of a held message: in the spool, which retention drops, not in the database. Of a
 * mail about a confidential form, from whichever address, not a word (MAIL.md D49). */
static bool keep_note(const Round *round, const Item *item, const Case *the_case, GError **error)
{
        const Reading *reading = item->job->reading;
        const char *end = g_utf8_offset_to_pointer(reading->text,
                                                   MIN(NOTE_CHARACTERS, g_utf8_strlen(reading->text, -1)));
        if (is_about_confidential(round, the_case, item->match.step))
                end = reading->text;
        json_t *note = json_pack("{s:s?, s:s?, s:s?, s:s%, s:s?}", "from", reading->author, "name",
                                 reading->from_name, "subject", reading->subject, "text", reading->text,
                                 (size_t)(end - reading->text), "about", reported_address(reading));
        char *text = json_dumps(note, JSON_COMPACT);
        g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
        SpoolPlace place = { 0 };
        bool is_kept = spool_append(round->clerk->out, bytes, round->now, &place, error) &&
                       inbox_set_note(round->clerk->house->store, item->row->id, &place, error);
        spool_place_clear(&place);
        free(text);
        json_decref(note);
        return is_kept;
}

static bool close_item(const Round *round, const Item *item, const Case *the_case, const Event *event,
                       Outcome outcome, const char *rule, GError **error)
{
        const ReaderJob *job = item->job;
        Level level = event != NULL ? event->level : LEVEL_A0;
        g_autofree char *why = explain(item, level), *key = held_key(job->reading);
        InboxOutcome close = {
                .outcome = outcome,
                .rule = rule,
                .kind = mail_kind_word(job->reading->kind),
                .case_id = the_case != NULL ? the_case->id : 0,
                .step = event != NULL ? event->step : NULL,
                .person = event != NULL ? event->person : item->match.writer,
                .level = level,
                .message_id = job->references->message_id,
                .fingerprint = job->fingerprint,
                .explain = why,
                .folder = folders[outcome],
                .held_key = outcome == OUTCOME_HELD ? key : NULL,
        };
        const IndexedMessage found_by = { .row = item->row,
                                          .reading = job->reading,
                                          .match = &item->match,
                                          .the_case = the_case,
                                          .step = close.step != NULL ? close.step : item->match.step };
        return inbox_close(round->clerk->house->store, item->row->id, &close, round->now, error) &&
               (outcome == OUTCOME_IGNORED || index_message(round->clerk->house, &found_by, error)) &&
               (outcome != OUTCOME_HELD || keep_note(round, item, the_case, error));
}

/* Each event is decided on the state that the one before left. The outcome is the first one's: the answer's.
 */
static bool decide_events(const Round *round, const Item *item, const Procedure *procedure, Case *the_case,
                          const Meaning *meaning, GError **error)
{
        Applier applier = { .house = round->clerk->house, .out = round->clerk->out, .now = round->now };
        g_autoptr(Case) state = case_copy(the_case);
        Outcome outcome = OUTCOME_IGNORED;
        g_autofree char *rule = NULL;
        for (guint i = 0; i < meaning->count; i++) {
                g_autoptr(Decision) decision =
                        apply_decide(&applier, procedure, state, &meaning->events[i], error);
                Case *after = NULL;
                bool is_taken = false;
                guint mails = 0;
                if (decision == NULL || !address_change_take(&applier, state, &meaning->events[i], decision,
                                                             true, &is_taken, &mails, error))
                        return false;
                if (is_taken) {
                        round->turn->mails += mails;
                        if (i == 0) {
                                outcome = OUTCOME_APPLIED;
                                rule = g_strdup("a new address: both are asked first");
                        }
                        continue;
                }
                if (!apply_decision(&applier, procedure, state, decision, item->job->reading->message_id,
                                    &after, error))
                        return false;
                case_free(state);
                state = after;
                round->turn->mails += decision->mails->len;
                if (i > 0)
                        continue;
                outcome = decision->outcome;
                rule = g_strdup(decision->rule);
        }
        return close_item(round, item, the_case, &meaning->events[0], outcome, rule, error);
}

/* Outlook sends its file with every reply, mostly with nothing in it: told of now and then, unless it is all
 * there is. */
static bool spare_files(const Round *round, const Case *the_case, Meaning *meaning, GError **error)
{
        const Event *last = meaning->count > 1 ? &meaning->events[meaning->count - 1] : NULL;
        if (last == NULL || last->kind != EVENT_FILES)
                return true;
        const char *key = last->is_winmail ? "winmail" : "attachment_refused";
        int64_t since = round->now - (last->is_winmail ? WINMAIL_AGAIN_S : FILES_AGAIN_S);
        bool was_told = false;
        if (!outbox_was_told(round->clerk->house->store, the_case->id, last->person, key, since, &was_told,
                             error))
                return false;
        meaning->count -= was_told ? 1 : 0;
        return true;
}

static bool decide_for_case(const Round *round, const Item *item, GError **error)
{
        House *house = round->clerk->house;
        g_autoptr(Case) the_case = cases_load(house->store, item->match.case_id, error);
        const Procedure *procedure =
                the_case != NULL ? house_procedure(house, the_case->procedure, error) : NULL;
        if (procedure == NULL)
                return false;
        g_auto(Meaning) meaning = { 0 };
        meaning_read(procedure, the_case, &item->match, item->job->reading, item->row->id, &meaning);
        if (meaning.count == 0)
                return close_item(round, item, the_case, NULL, meaning.outcome, meaning.rule, error);
        if (!spare_files(round, the_case, &meaning, error))
                return false;
        return decide_events(round, item, procedure, the_case, &meaning, error);
}

/* The same message again, whatever mailbox or UID it came by, was decided already (DESIGN.md 2.2). */
static bool close_if_seen(const Round *round, const Item *item, bool *was_seen_out, GError **error)
{
        GError *trouble = NULL;
        int64_t same = inbox_find_same(round->clerk->house->store, item->job->references->message_id,
                                       item->job->fingerprint, &trouble);
        *was_seen_out = same != 0;
        if (trouble != NULL) {
                g_propagate_error(error, trouble);
                return false;
        }
        if (same == 0)
                return true;
        g_autofree char *rule = g_strdup_printf("the same as message %" PRId64, same);
        return close_item(round, item, NULL, NULL, OUTCOME_IGNORED, rule, error);
}

/* What needs no case, in the order in which it is asked whose the mail is. */
static Settler *const settlers[] = { address_change_settle, desk_settle, label_mail_settle,
                                     feedback_mail_settle };

static bool settle_without_case(const Round *round, const Item *item, bool *is_settled_out, GError **error)
{
        const Applier applier = { .house = round->clerk->house, .out = round->clerk->out, .now = round->now };
        const Incoming mail = {
                .applier = &applier, .match = &item->match, .reading = item->job->reading, .row = item->row
        };
        *is_settled_out = false;
        for (size_t i = 0; !*is_settled_out && i < G_N_ELEMENTS(settlers); i++) {
                Settlement settlement = { 0 };
                if (!settlers[i](&mail, &settlement, error))
                        return false;
                round->turn->mails += settlement.mails;
                *is_settled_out = settlement.is_settled;
                const Event event = { .person = settlement.person, .level = settlement.level };
                if (settlement.is_settled &&
                    !close_item(round, item, NULL, &event, settlement.outcome, settlement.rule, error))
                        return false;
        }
        return true;
}

/* The robot's mail to itself is back. */
static bool note_trip(const Round *round, const Item *item, GError **error)
{
        const char *message_id = item->job->references->message_id;
        return item->job->reading->kind != MAIL_OWN || message_id == NULL ||
               trip_end(round->clerk->house->store, message_id, round->now, error);
}

static bool decide_message(const Round *round, const Item *item, GError **error)
{
        const House *house = round->clerk->house;
        bool is_closed;
        if (!note_trip(round, item, error) || !close_if_seen(round, item, &is_closed, error) ||
            (!is_closed && !settle_without_case(round, item, &is_closed, error)))
                return false;
        if (is_closed)
                return true;
        g_auto(Meaning) meaning = { 0 };
        if (meaning_is_possible(&item->match, item->job->reading, house->config->address, &meaning))
                return decide_for_case(round, item, error);
        return close_item(round, item, NULL, NULL, meaning.outcome, meaning.rule, error);
}

static bool decide_act(const Round *round, const Item *item, GError **error)
{
        Applier applier = { .house = round->clerk->house, .out = round->clerk->out, .now = round->now };
        guint mails;
        bool is_settled = act_settle(&applier, item->act, item->row, &mails, error);
        round->turn->mails += is_settled ? mails : 0;
        return is_settled;
}

static bool close_unfetched(const Round *round, const Item *item, GError **error)
{
        g_autofree char *rule =
                g_strdup_printf("too large to be fetched: %" PRId64 " bytes", item->row->size_bytes);
        InboxOutcome close = { .outcome = OUTCOME_HELD,
                               .rule = rule,
                               .kind = "other",
                               .explain = "{}",
                               .folder = "quarantine" };
        return inbox_close(round->clerk->house->store, item->row->id, &close, round->now, error);
}

bool clerk_decide(const Round *round, const Item *item, GError **error)
{
        if (item->row->place.length == 0)
                return close_unfetched(round, item, error);
        if (item->act != NULL)
                return decide_act(round, item, error);
        return decide_message(round, item, error);
}
