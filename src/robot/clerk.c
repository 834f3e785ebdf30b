#include "robot/clerk.h"

#include "base/address.h"
#include "base/hash.h"
#include "base/log.h"
#include "robot/act_settle.h"
#include "robot/address_change.h"
#include "robot/apply.h"
#include "robot/desk.h"
#include "robot/digest.h"
#include "robot/event.h"
#include "robot/feedback_mail.h"
#include "robot/index.h"
#include "robot/label_mail.h"
#include "robot/roster.h"
#include "robot/round_trip.h"
#include "store/cases.h"
#include "store/inbox.h"
#include "store/outbox.h"
#include "store/trip.h"

#include <inttypes.h>
#include <string.h>

enum { FILES_AGAIN_S = 24 * 3600, WINMAIL_AGAIN_S = 30 * 24 * 3600 };
enum { NOTE_CHARACTERS = 400, DIGESTS_MAX = 20, DIGEST_RETRY_S = 3600 };
enum { TRIES_MAX = 2, CASES_MAX = 100, CASE_RETRY_S = 3600, GROUP_MS = 50, PAUSE_MS = 3 };

/* One message of a batch. */
typedef struct {
        InboxRow *row;
        ReaderJob *job; /* NULL: it could not be fetched from the spool, was never fetched, or is an act */
        Act *act;       /* what somebody did on a page; NULL: a mail */
        Match match;
        GError *trouble; /* why there is no job, or no match */
} Item;

struct Clerk {
        House *house;
        Reader *reader;
        Spool *out;
        GPtrArray *batch; /* of Item: with the reader; NULL */
        GPtrArray *jobs;  /* of ReaderJob, borrowed from batch; what the reader has of it */
        bool is_posted;   /* the reader has begun on it */
        bool is_staffed;  /* the registry's address gets its digest */
        bool is_indexed;  /* everybody can be found */
};

static void item_free(gpointer data)
{
        Item *item = data;
        inbox_row_free(item->row);
        reader_job_free(item->job);
        act_free(item->act);
        match_clear(&item->match);
        g_clear_error(&item->trouble);
        g_free(item);
}

static void drop_batch(Clerk *clerk)
{
        g_clear_pointer(&clerk->jobs, g_ptr_array_unref);
        g_clear_pointer(&clerk->batch, g_ptr_array_unref);
}

Clerk *clerk_new(House *house, Reader *reader, GError **error)
{
        g_autoptr(Clerk) clerk = g_new0(Clerk, 1);
        clerk->house = house;
        clerk->reader = reader;
        clerk->out = spool_open(house->config->state_dir, "out", error);
        return clerk->out != NULL ? g_steal_pointer(&clerk) : NULL;
}

void clerk_free(Clerk *clerk)
{
        if (clerk == NULL)
                return;
        if (clerk->jobs != NULL)
                reader_give_up(clerk->reader, clerk->jobs);
        drop_batch(clerk);
        spool_free(clerk->out);
        g_free(clerk);
}

/* The world, or this message? Only the world's failures stop the batch. */
static bool is_world(const GError *error)
{
        return error->domain == READER_ERROR || apply_error_is_world(error);
}

/* Taking. */

static Item *item_new(House *house, InboxRow *row)
{
        Item *item = g_new0(Item, 1);
        item->row = row;
        if (row->place.length == 0 || row->attempts > TRIES_MAX)
                return item;
        g_autoptr(GBytes) raw = spool_read(house->config->state_dir, &row->place, &item->trouble);
        if (raw != NULL && strcmp(row->door, "web") == 0)
                item->act = act_read(raw);
        else if (raw != NULL)
                item->job = reader_job_new(raw, item);
        return item;
}

/* The last row that is under way already. */
static int64_t last_taken(const Clerk *clerk)
{
        const GPtrArray *batch = clerk->batch;
        return batch != NULL ? ((const Item *)g_ptr_array_index(batch, batch->len - 1))->row->id : 0;
}

/* Takes the next batch; *batch_out stays NULL when there is none. */
static bool take(Clerk *clerk, GPtrArray **batch_out, GPtrArray **jobs_out, GError **error)
{
        Store *store = clerk->house->store;
        int64_t after = last_taken(clerk);
        bool is_waiting;
        *batch_out = *jobs_out = NULL;
        if (!inbox_has_new(store, after, &is_waiting, error))
                return false;
        if (!is_waiting)
                return true;
        if (!store_begin(store, error))
                return false;
        g_autoptr(GPtrArray) rows =
                inbox_take(store, after, READER_BATCH_MESSAGES, READER_BATCH_BYTES, error);
        if (rows == NULL || !store_commit(store, error)) {
                store_rollback(store);
                return false;
        }
        if (rows->len == 0)
                return true;
        *batch_out = g_ptr_array_new_with_free_func(item_free);
        *jobs_out = g_ptr_array_new();
        for (guint i = 0; i < rows->len; i++) {
                Item *item = item_new(clerk->house, g_steal_pointer(&rows->pdata[i]));
                g_ptr_array_add(*batch_out, item);
                if (item->job != NULL)
                        g_ptr_array_add(*jobs_out, item->job);
        }
        return true;
}

/* Back to untried: the fault was not theirs. */
static void give_back(Clerk *clerk, GPtrArray *batch)
{
        for (guint i = 0; batch != NULL && i < batch->len; i++)
                inbox_give_back(clerk->house->store, ((const Item *)g_ptr_array_index(batch, i))->row->id,
                                NULL);
}

/* Looking up. */

static bool look_up_all(Clerk *clerk, GError **error)
{
        int64_t now = house_now(clerk->house);
        for (guint i = 0; i < clerk->batch->len; i++) {
                Item *item = g_ptr_array_index(clerk->batch, i);
                if (item->job == NULL || item->job->references == NULL)
                        continue;
                if (match_find(clerk->house, item->job->references, now, &item->match, &item->trouble) &&
                    match_assign(clerk->house, item->row->assigned_case, item->row->assigned_person,
                                 &item->match, &item->trouble))
                        item->job->own = match_own_mails(clerk->house, &item->match, item->job->references);
                else if (is_world(item->trouble)) {
                        g_propagate_error(error, g_steal_pointer(&item->trouble));
                        return false;
                }
        }
        return true;
}

static bool look_up(Clerk *clerk, GError **error)
{
        Store *store = clerk->house->store;
        if (!store_begin_reading(store, error))
                return false;
        bool is_done = look_up_all(clerk, error) && store_commit(store, error);
        store_rollback(store);
        return is_done;
}

/* Deciding. */

typedef struct {
        Clerk *clerk;
        int64_t now;
        ClerkTurn *turn;
} Round;

static const char *const folders[] = {
        [OUTCOME_APPLIED] = "done",
        [OUTCOME_ASKED_BACK] = "done",
        [OUTCOME_HELD] = "review",
        [OUTCOME_IGNORED] = "done",
};

/* Why, for `facteur explain`: names of rules and patterns, nothing of the text. */
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

/* The answer to "is this your address?". */
static bool decide_address(const Round *round, const Item *item, GError **error)
{
        const Applier applier = { .house = round->clerk->house, .out = round->clerk->out, .now = round->now };
        const Reading *reading = item->job->reading;
        Outcome outcome;
        const char *rule;
        guint mails;
        if (!address_change_settle(&applier, &item->match, reading, item->row->id, &outcome, &rule, &mails,
                                   error))
                return false;
        round->turn->mails += mails;
        const Event event = { .person = item->match.token_person,
                              .level = match_level(&item->match, reading) };
        return close_item(round, item, NULL, &event, outcome, rule, error);
}

/* The answer of staff to their digest. */
static bool decide_desk(const Round *round, const Item *item, const DeskMail *mail, GError **error)
{
        Outcome outcome;
        g_autofree char *rule = NULL;
        guint mails = 0;
        if (!desk_settle(mail, &outcome, &rule, &mails, error))
                return false;
        round->turn->mails += mails;
        const Event event = { .person = item->match.writer,
                              .level = match_level(&item->match, item->job->reading) };
        return close_item(round, item, NULL, &event, outcome, rule, error);
}

/* A label's number in a mail, from anyone. */
static bool answer_label(const Round *round, const Item *item, bool *is_settled_out, GError **error)
{
        const Applier applier = { .house = round->clerk->house, .out = round->clerk->out, .now = round->now };
        const LabelMail mail = {
                .applier = &applier, .match = &item->match, .reading = item->job->reading, .row = item->row
        };
        LabelAnswer answer;
        *is_settled_out = false;
        if (!label_mail_answer(&mail, &answer, error))
                return false;
        round->turn->mails += answer.answers;
        *is_settled_out = answer.is_whole;
        return !answer.is_whole || close_item(round, item, NULL, NULL, answer.outcome, answer.rule, error);
}

/* RETOURS from somebody who is known, about no case. */
static bool answer_feedbacks(const Round *round, const Item *item, bool *is_settled_out, GError **error)
{
        const Applier applier = { .house = round->clerk->house, .out = round->clerk->out, .now = round->now };
        const FeedbackMail mail = {
                .applier = &applier, .match = &item->match, .reading = item->job->reading, .row = item->row
        };
        guint answers;
        *is_settled_out = false;
        if (!feedback_mail_answer(&mail, &answers, error))
                return false;
        round->turn->mails += answers;
        *is_settled_out = answers > 0;
        return answers == 0 ||
               close_item(round, item, NULL, NULL, OUTCOME_APPLIED, "shared reports were asked for", error);
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
        bool was_seen;
        if (!note_trip(round, item, error))
                return false;
        if (!close_if_seen(round, item, &was_seen, error))
                return false;
        if (was_seen)
                return true;
        Applier applier = { .house = round->clerk->house, .out = round->clerk->out, .now = round->now };
        DeskMail mail = {
                .applier = &applier, .match = &item->match, .reading = item->job->reading, .row = item->row
        };
        if (address_change_is_meant(&item->match, item->job->reading))
                return decide_address(round, item, error);
        bool is_for_desk;
        if (!desk_is_meant(&mail, &is_for_desk, error))
                return false;
        if (is_for_desk)
                return decide_desk(round, item, &mail, error);
        bool is_settled;
        if (!answer_label(round, item, &is_settled, error) ||
            (!is_settled && !answer_feedbacks(round, item, &is_settled, error)))
                return false;
        if (is_settled)
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

/* It failed: once more, alone; then it is set aside. */
static bool fail_item(const Round *round, const Item *item, const char *reason, GError **error)
{
        log_event(LOG_LEVEL_WARNING, "message-failed", "message=%" PRId64 " try=%d", item->row->id,
                  item->row->attempts);
        if (item->row->attempts < TRIES_MAX)
                return true;
        log_event(LOG_LEVEL_ERROR, "message-set-aside", "message=%" PRId64, item->row->id);
        round->turn->messages++;
        return inbox_set_aside(round->clerk->house->store, item->row->id, reason, round->now, error);
}

static const char *failure_of(const Item *item)
{
        if (item->row->attempts > TRIES_MAX)
                return "it crashed a worker twice";
        if (item->trouble != NULL)
                return item->trouble->message;
        if (item->act != NULL)
                return NULL;
        if (item->job == NULL)
                return "it is neither a mail nor an act";
        if (item->job->failure != NULL)
                return item->job->failure;
        return item->job->references == NULL || item->job->reading == NULL ? "it could not be read" : NULL;
}

static bool work_on(const Round *round, const Item *item, GError **error)
{
        if (item->row->place.length == 0)
                return close_unfetched(round, item, error);
        if (item->act != NULL)
                return decide_act(round, item, error);
        return decide_message(round, item, error);
}

/* One message in its savepoint. False: the world failed. */
static bool settle(const Round *round, const Item *item, GError **error)
{
        Store *store = round->clerk->house->store;
        bool is_unfetched = item->row->place.length == 0;
        const char *failure = is_unfetched ? NULL : failure_of(item);
        if (failure != NULL)
                return fail_item(round, item, failure, error);
        GError *trouble = NULL;
        if (!store_savepoint(store, error))
                return false;
        if (work_on(round, item, &trouble)) {
                round->turn->messages++;
                return store_release(store, error);
        }
        if (is_world(trouble)) {
                g_propagate_error(error, trouble);
                return false;
        }
        store_undo(store);
        bool is_told = fail_item(round, item, trouble->message, error);
        g_error_free(trouble);
        return is_told;
}

static bool commit(const Round *round, GError **error)
{
        return spool_sync(round->clerk->out, error) && store_commit(round->clerk->house->store, error);
}

/* Documents take their time: the other writers are let in between. */
static bool settle_batch(const Round *round, const GPtrArray *batch, GError **error)
{
        Store *store = round->clerk->house->store;
        int64_t began_ms = clock_monotonic_ms();
        bool is_done = store_begin(store, error);
        for (guint i = 0; is_done && i < batch->len; i++) {
                is_done = settle(round, g_ptr_array_index(batch, i), error);
                if (!is_done || i + 1 == batch->len || clock_monotonic_ms() - began_ms < GROUP_MS)
                        continue;
                is_done = commit(round, error);
                g_usleep(PAUSE_MS * 1000); /* longer than the step by which a waiting writer tries */
                is_done = is_done && store_begin(store, error);
                began_ms = clock_monotonic_ms();
        }
        if (is_done && commit(round, error))
                return true;
        store_rollback(store);
        return false;
}

/* The reader has the next batch while this one is decided. */
static bool read_batch(Clerk *clerk, GPtrArray **next_out, GPtrArray **next_jobs_out, GError **error)
{
        *next_out = *next_jobs_out = NULL;
        return reader_wait_references(clerk->reader, clerk->jobs, error) && look_up(clerk, error) &&
               reader_post_own(clerk->reader, clerk->jobs, error) &&
               take(clerk, next_out, next_jobs_out, error) &&
               (*next_jobs_out == NULL || reader_post(clerk->reader, *next_jobs_out, error)) &&
               reader_wait_readings(clerk->reader, clerk->jobs, error);
}

static void give_up(Clerk *clerk, GPtrArray *next, GPtrArray *next_jobs)
{
        store_rollback(clerk->house->store);
        reader_give_up(clerk->reader, clerk->jobs);
        if (next_jobs != NULL)
                reader_give_up(clerk->reader, next_jobs);
        give_back(clerk, clerk->batch);
        give_back(clerk, next);
        g_clear_pointer(&next_jobs, g_ptr_array_unref);
        g_clear_pointer(&next, g_ptr_array_unref);
        drop_batch(clerk);
}

static bool turn_messages(Clerk *clerk, ClerkTurn *turn, GError **error)
{
        if (clerk->batch == NULL && !take(clerk, &clerk->batch, &clerk->jobs, error))
                return false;
        if (clerk->batch == NULL)
                return true;
        GPtrArray *next = NULL, *next_jobs = NULL;
        Round round = { .clerk = clerk, .now = house_now(clerk->house), .turn = turn };
        bool is_posted = clerk->is_posted || reader_post(clerk->reader, clerk->jobs, error);
        clerk->is_posted = false;
        if (!is_posted || !read_batch(clerk, &next, &next_jobs, error) ||
            !settle_batch(&round, clerk->batch, error)) {
                *turn = (ClerkTurn){ 0 };
                give_up(clerk, next, next_jobs);
                return false;
        }
        drop_batch(clerk);
        clerk->batch = next;
        clerk->jobs = next_jobs;
        clerk->is_posted = next != NULL;
        return true;
}

/* Time. */

static bool wake_case(const Round *round, int64_t id, GError **error)
{
        House *house = round->clerk->house;
        g_autoptr(Case) the_case = cases_load(house->store, id, error);
        const Procedure *procedure =
                the_case != NULL ? house_procedure(house, the_case->procedure, error) : NULL;
        if (procedure == NULL)
                return false;
        Event event = { .kind = EVENT_TIMER };
        Applier applier = { .house = house, .out = round->clerk->out, .now = round->now };
        g_autoptr(Decision) decision = apply_decide(&applier, procedure, the_case, &event, error);
        g_autoptr(Case) after = NULL;
        if (decision == NULL)
                return false;
        round->turn->mails += decision->mails->len;
        return apply_decision(&applier, procedure, the_case, decision, NULL, &after, error);
}

/* A case that cannot be woken waits, and stops no other. */
static bool wake_one(const Round *round, int64_t id, GError **error)
{
        Store *store = round->clerk->house->store;
        GError *trouble = NULL;
        if (!store_savepoint(store, error))
                return false;
        round->turn->cases++;
        if (wake_case(round, id, &trouble))
                return store_release(store, error);
        if (is_world(trouble)) {
                g_propagate_error(error, trouble);
                return false;
        }
        store_undo(store);
        log_event(LOG_LEVEL_ERROR, "case-failed", "case=%" PRId64 " error=%s", id, trouble->message);
        g_error_free(trouble);
        return cases_postpone(store, id, round->now + CASE_RETRY_S, error);
}

static bool turn_cases(Clerk *clerk, ClerkTurn *turn, GError **error)
{
        Store *store = clerk->house->store;
        Round round = { .clerk = clerk, .now = house_now(clerk->house), .turn = turn };
        int64_t due_at;
        if (!cases_next_due(store, &due_at, error))
                return false;
        if (due_at > round.now)
                return true;
        if (!store_begin(store, error))
                return false;
        g_autoptr(GArray) due = cases_due(store, round.now, CASES_MAX, error);
        bool is_done = due != NULL;
        for (guint i = 0; is_done && i < due->len; i++)
                is_done = wake_one(&round, g_array_index(due, int64_t, i), error);
        if (is_done && spool_sync(clerk->out, error) && store_commit(store, error))
                return true;
        store_rollback(store);
        return false;
}

/* One that cannot be made waits, and stops no other. */
static bool make_digest(const Applier *applier, const Staff *staff, GError **error)
{
        g_autoptr(GError) trouble = NULL;
        if (digest_post(applier, staff, &trouble))
                return true;
        if (is_world(trouble)) {
                g_propagate_error(error, g_steal_pointer(&trouble));
                return false;
        }
        log_event(LOG_LEVEL_ERROR, "digest-failed", "person=%" PRId64 " error=%s", staff->person,
                  trouble->message);
        return staff_move_on(applier->house->store, staff->person, applier->now + DIGEST_RETRY_S, staff->told,
                             error);
}

/* The registry's address is one of the staff from the first turn on. */
static bool prepare_roster(Clerk *clerk, GError **error)
{
        Store *store = clerk->house->store;
        if (clerk->is_staffed || clerk->house->config->registry_address == NULL)
                return true;
        if (!store_begin(store, error))
                return false;
        clerk->is_staffed =
                roster_prepare(clerk->house, house_now(clerk->house), error) && store_commit(store, error);
        if (!clerk->is_staffed)
                store_rollback(store);
        return clerk->is_staffed;
}

/* A database from before the index: some of it in each turn. */
static bool turn_index(Clerk *clerk, ClerkTurn *turn, GError **error)
{
        Store *store = clerk->house->store;
        guint count = 0;
        if (clerk->is_indexed)
                return true;
        if (!store_begin(store, error))
                return false;
        if (!index_missing(clerk->house, house_now(clerk->house), &count, error) ||
            !store_commit(store, error)) {
                store_rollback(store);
                return false;
        }
        clerk->is_indexed = count == 0;
        turn->cases += count;
        return true;
}

static bool turn_digests(Clerk *clerk, ClerkTurn *turn, GError **error)
{
        Applier applier = { .house = clerk->house, .out = clerk->out, .now = house_now(clerk->house) };
        int64_t due_at;
        if (!prepare_roster(clerk, error) || !staff_next_due(clerk->house->store, &due_at, error))
                return false;
        if (due_at > applier.now)
                return true;
        g_autoptr(GArray) due = staff_due(clerk->house->store, applier.now, DIGESTS_MAX, error);
        for (guint i = 0; due != NULL && i < due->len; i++) {
                if (!make_digest(&applier, &g_array_index(due, Staff, i), error))
                        return false;
                turn->mails++;
        }
        return due != NULL;
}

static bool turn_trip(Clerk *clerk, ClerkTurn *turn, GError **error)
{
        guint mails;
        if (!round_trip_turn(clerk->house, clerk->out, &mails, error))
                return false;
        turn->mails += mails;
        return true;
}

bool clerk_turn(Clerk *clerk, ClerkTurn *turn_out, GError **error)
{
        *turn_out = (ClerkTurn){ 0 };
        return house_learn_days(clerk->house, error) && turn_messages(clerk, turn_out, error) &&
               turn_cases(clerk, turn_out, error) && turn_index(clerk, turn_out, error) &&
               turn_trip(clerk, turn_out, error) && turn_digests(clerk, turn_out, error);
}

bool clerk_next_due(Clerk *clerk, int64_t *due_at_out, GError **error)
{
        int64_t digest_at, trip_at;
        if (!cases_next_due(clerk->house->store, due_at_out, error) ||
            !staff_next_due(clerk->house->store, &digest_at, error) ||
            !round_trip_next_due(clerk->house, &trip_at, error))
                return false;
        *due_at_out = MIN(*due_at_out, MIN(digest_at, trip_at));
        return true;
}
