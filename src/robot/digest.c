#include "robot/digest.h"

#include "robot/digest_private.h"
#include "robot/house_mail.h"

#include <inttypes.h>
#include <string.h>

enum { WEEK_DAYS = 7, AWARDS_MAX = 20, HEAD_GROUP = 16, TRIP_LATE_S = 900 };
#define ADDRESS "\taddress" /* what is first about a person */

void digest_free(Digest *digest)
{
        if (digest == NULL)
                return;
        json_decref(digest->view);
        g_array_unref(digest->lines);
        g_free(digest);
}

static const char *or_empty(const char *text)
{
        return text != NULL ? text : "";
}

/* The step's words in the version of its case, else in today's; its key when neither knows it. */
static const Step *find_step(const DigestWriter *writer, const char *hash, const char *key)
{
        const Procedure *own = hash != NULL ? house_procedure(writer->house, hash, NULL) : NULL;
        const Step *step = own != NULL ? procedure_step(own, key) : NULL;
        return step != NULL ? step : procedure_step(writer->house->procedure, key);
}

static const char *step_label(const DigestWriter *writer, const char *hash, const char *key)
{
        const Step *step = find_step(writer, hash, key);
        return step != NULL ? texts_get(step->label, writer->language) : key;
}

json_t *digest_add_line(DigestWriter *writer, DigestLine line)
{
        line.n = writer->digest->first + (int)writer->digest->lines->len;
        g_array_append_val(writer->digest->lines, line);
        writer->left--;
        return json_pack("{s:i}", "n", line.n);
}

guint digest_limit(const DigestWriter *writer)
{
        return writer->left + writer->passed + 1;
}

bool digest_put_list(DigestWriter *writer, const char *name, json_t *list)
{
        json_object_set_new(writer->digest->view, name, list);
        return true;
}

/* Tasks. */

static json_t *days_late(const DigestWriter *writer, int64_t due_at)
{
        if (due_at == 0 || due_at > writer->now)
                return json_false();
        int64_t days = day_at(writer->now, writer->zone) - day_at(due_at, writer->zone);
        return days > 0 ? mail_count(days, writer->language) : json_false();
}

json_t *digest_day(const DigestWriter *writer, int64_t at)
{
        g_autofree char *day = at != 0 ? day_long(day_at(at, writer->zone), writer->language) : NULL;
        return json_string(or_empty(day));
}

/* The words by which the reader's own task is answered. */
static json_t *answer_words(const DigestWriter *writer, const OpenTask *task)
{
        const Procedure *procedure = house_procedure(writer->house, task->procedure, NULL);
        const Step *step = procedure != NULL ? procedure_step(procedure, task->step) : NULL;
        g_autoptr(GString) words = g_string_new(NULL);
        const GPtrArray *actions = step != NULL ? procedure_step_actions(procedure, step) : NULL;
        for (guint i = 0; actions != NULL && i < actions->len; i++) {
                const ActionRule *action = g_ptr_array_index(actions, i);
                g_string_append_printf(words, "%s%s%s", words->len > 0 ? " · " : "",
                                       texts_get(action->word, writer->language),
                                       action->needs_reason ? " …" : "");
        }
        return json_string(words->str);
}

bool digest_is_first(const DigestWriter *writer, int64_t id, const char *what)
{
        return g_hash_table_add(writer->seen, g_strdup_printf("%" PRId64 " %s", id, what));
}

static json_t *task_item(DigestWriter *writer, const OpenTask *task)
{
        json_t *item = digest_add_line(
                writer,
                (DigestLine){ .kind = LINE_TASK, .case_id = task->case_id, .step = g_strdup(task->step) });
        json_object_set_new(item, "reference", json_string(task->reference));
        json_object_set_new(item, "student", json_string(task->student));
        json_object_set_new(item, "step", json_string(step_label(writer, task->procedure, task->step)));
        json_object_set_new(item, "actor", json_string(task->actor));
        json_object_set_new(item, "due", digest_day(writer, task->due_at));
        json_object_set_new(item, "since", digest_day(writer, task->asked_at));
        json_object_set_new(item, "days_late", days_late(writer, task->due_at));
        json_object_set_new(item, "is_waiting_for_confirmation", json_boolean(task->is_held));
        json_object_set_new(item, "can", answer_words(writer, task));
        return item;
}

static bool add_tasks(DigestWriter *writer, OpenList list, const char *name)
{
        int64_t total;
        g_autoptr(GPtrArray) tasks = overview_open(writer->house->store, list, &writer->overview,
                                                   digest_limit(writer), &total, writer->error);
        if (tasks == NULL)
                return false;
        json_t *items = json_array();
        for (guint i = 0; i < tasks->len; i++) {
                const OpenTask *task = g_ptr_array_index(tasks, i);
                if (!digest_is_first(writer, task->case_id, task->step))
                        total--;
                else if (writer->left > 0)
                        json_array_append_new(items, task_item(writer, task));
        }
        writer->left_out += total - (int64_t)json_array_size(items);
        return digest_put_list(writer, name, items);
}

/* Agreements that a mail of their clock called not ready: one line a case, with all who have not agreed. */
static bool add_agreements(DigestWriter *writer)
{
        int64_t total;
        g_autoptr(GPtrArray) tasks =
                overview_open(writer->house->store, OPEN_TOLD, &writer->overview,
                              digest_limit(writer) * (guint)WEEK_DAYS, &total, writer->error);
        if (tasks == NULL)
                return false;
        json_t *items = json_array(), *last = NULL;
        for (guint i = 0; i < tasks->len; i++) {
                const OpenTask *task = g_ptr_array_index(tasks, i);
                const Step *step = find_step(writer, task->procedure, task->step);
                if (step == NULL || step->group == NULL ||
                    !digest_is_first(writer, task->case_id, task->step))
                        continue;
                if (!digest_is_first(writer, task->case_id, step->group)) {
                        const char *names = json_string_value(json_object_get(last, "waiting"));
                        json_object_set_new(last, "waiting",
                                            json_sprintf("%s, %s", or_empty(names), task->actor));
                        continue;
                }
                if (writer->left == 0) {
                        writer->left_out++;
                        continue;
                }
                last = task_item(writer, task);
                json_object_set_new(last, "waiting", json_string(task->actor));
                json_array_append_new(items, last);
        }
        return digest_put_list(writer, "digest_agreements", items);
}

/* Addresses. */

static json_t *failing_item(DigestWriter *writer, const FailingAddress *failing)
{
        json_t *item = digest_add_line(writer, (DigestLine){ .kind = LINE_ADDRESS,
                                                             .case_id = failing->case_id,
                                                             .step = g_strdup(""),
                                                             .person = failing->person });
        const Texts *role = procedure_role_label(writer->house->procedure, failing->role);
        json_object_set_new(item, "reference", json_string(failing->reference));
        json_object_set_new(item, "name", json_string(failing->name));
        json_object_set_new(item, "address", json_string(failing->address));
        json_object_set_new(item, "reports",
                            failing->reports > 0 ? mail_count(failing->reports, writer->language)
                                                 : json_false());
        json_object_set_new(item, "new_address", json_string(or_empty(failing->new_address)));
        json_object_set_new(item, "asked", digest_day(writer, failing->asked_at));
        json_object_set_new(item, "waits_for_new", json_boolean(failing->waits_for_new));
        json_object_set_new(item, "waits_for_old", json_boolean(failing->waits_for_old));
        json_object_set_new(item, "role",
                            json_string(role != NULL ? texts_get(role, writer->language) : failing->role));
        return item;
}

static bool add_failing(DigestWriter *writer)
{
        int64_t total;
        g_autoptr(GPtrArray) failing = overview_failing(writer->house->store, &writer->overview,
                                                        digest_limit(writer), &total, writer->error);
        if (failing == NULL)
                return false;
        json_t *items = json_array();
        for (guint i = 0; i < failing->len; i++) {
                const FailingAddress *address = g_ptr_array_index(failing, i);
                if (!digest_is_first(writer, address->person, ADDRESS))
                        total--;
                else if (writer->left > 0)
                        json_array_append_new(items, failing_item(writer, address));
        }
        writer->left_out += total - (int64_t)json_array_size(items);
        return digest_put_list(writer, "digest_addresses", items);
}

/* Counts, in the procedure's order. */

/* Parties of one step have a step each, under one name: they are told together. */
static bool add_to_last(const DigestWriter *writer, json_t *items, const json_t *item, int64_t count)
{
        json_t *last = json_array_get(items, json_array_size(items) - 1);
        static const char *const same[] = { "step", "is_returned", "is_begun" };
        for (size_t i = 0; i < G_N_ELEMENTS(same); i++)
                if (!json_equal(json_object_get(last, same[i]), json_object_get(item, same[i])))
                        return false;
        count += json_integer_value(json_object_get(json_object_get(last, "count"), "n"));
        json_object_set_new(last, "count", mail_count(count, writer->language));
        return true;
}

static void append_count(const DigestWriter *writer, json_t *items, const Step *step, const StepCount *count)
{
        json_t *item =
                json_pack("{s:s, s:o, s:b, s:b}", "step",
                          step != NULL ? texts_get(step->label, writer->language) : count->step, "count",
                          mail_count(count->count, writer->language), "is_returned",
                          strcmp(count->kind, "refused") == 0, "is_begun", strcmp(count->kind, "begun") == 0);
        if (json_array_size(items) == 0 || !add_to_last(writer, items, item, count->count))
                json_array_append(items, item);
        json_decref(item);
}

static bool is_award(const Step *step)
{
        return step != NULL && step->award != NULL;
}

static json_t *count_items(const DigestWriter *writer, const GPtrArray *counts)
{
        json_t *items = json_array();
        const GPtrArray *steps = procedure_steps(writer->house->procedure);
        for (guint i = 0; i < counts->len; i++) {
                const StepCount *count = g_ptr_array_index(counts, i);
                if (procedure_step(writer->house->procedure, count->step) == NULL)
                        append_count(writer, items, NULL, count);
        }
        for (guint i = 0; i < steps->len; i++) {
                const Step *step = g_ptr_array_index(steps, i);
                for (guint j = 0; j < counts->len; j++) {
                        const StepCount *count = g_ptr_array_index(counts, j);
                        if (!is_award(step) && strcmp(count->step, step->key) == 0)
                                append_count(writer, items, step, count);
                }
        }
        return items;
}

static bool add_moved(DigestWriter *writer, int64_t after, int64_t until)
{
        g_autoptr(GPtrArray) counts =
                overview_moved(writer->house->store, &writer->overview, after, until, writer->error);
        return counts != NULL && digest_put_list(writer, "digest_done", count_items(writer, counts));
}

static bool add_coming(DigestWriter *writer)
{
        const Day today = day_at(writer->now, writer->zone);
        g_autoptr(GPtrArray) counts =
                overview_coming(writer->house->store, &writer->overview, writer->now,
                                day_instant(today + WEEK_DAYS, 0, 0, writer->zone), writer->error);
        return counts != NULL && digest_put_list(writer, "digest_week", count_items(writer, counts));
}

static bool add_awards(DigestWriter *writer, int64_t after, int64_t until)
{
        json_t *items = json_array();
        const GPtrArray *steps = procedure_steps(writer->house->procedure);
        digest_put_list(writer, "digest_labels", items);
        for (guint i = 0; i < steps->len; i++) {
                const Step *step = g_ptr_array_index(steps, i);
                if (!is_award(step))
                        continue;
                g_autoptr(GPtrArray) awards =
                        overview_awards(writer->house->store, &writer->overview, step->key, after, until,
                                        AWARDS_MAX, writer->error);
                if (awards == NULL)
                        return false;
                for (guint j = 0; j < awards->len; j++) {
                        const Award *award = g_ptr_array_index(awards, j);
                        json_array_append_new(items, json_pack("{s:s, s:s, s:b}", "reference",
                                                               award->reference, "student", award->student,
                                                               "is_awarded", award->is_awarded));
                }
        }
        return true;
}

static int64_t count_of(const GPtrArray *counts, const char *key)
{
        for (guint i = 0; i < counts->len; i++) {
                const StepCount *count = g_ptr_array_index(counts, i);
                if (strcmp(count->step, key) == 0)
                        return count->count;
        }
        return 0;
}

/* Not every case has it: somebody asked for it, or for what it follows. */
static bool is_on_request(const Procedure *procedure, const Step *step)
{
        for (char **name = step->after; *name != NULL; name++)
                if (is_on_request(procedure, procedure_step(procedure, *name)))
                        return true;
        return step->is_on_request;
}

/* A step of several parties is one bar: done when all of them are. */
static bool add_progress(DigestWriter *writer)
{
        g_autoptr(GPtrArray) counts =
                overview_progress(writer->house->store, &writer->overview, writer->error);
        if (counts == NULL)
                return false;
        json_t *bars = json_array();
        const GPtrArray *steps = procedure_steps(writer->house->procedure);
        for (guint i = 0; i < steps->len && counts->len > 0; i++) {
                const Step *step = g_ptr_array_index(steps, i);
                const StepCount *any = g_ptr_array_index(counts, 0);
                if (is_on_request(writer->house->procedure, step) || step->is_weekly || step->group != NULL)
                        continue;
                json_array_append_new(bars, json_pack("{s:I, s:I, s:s}", "done",
                                                      (json_int_t)count_of(counts, step->key), "of",
                                                      (json_int_t)any->of, "label",
                                                      texts_get(step->label, writer->language)));
        }
        return digest_put_list(writer, "progress", bars);
}

/* The robot itself. */

static json_t *moment(const DigestWriter *writer, int64_t at)
{
        g_autofree char *text = at != 0 ? instant_long(at, writer->zone, writer->language) : NULL;
        return json_string(or_empty(text));
}

/* Groups, so that no phone has to scroll sideways. */
static char *group_hash(const char *hash)
{
        g_autoptr(GString) out = g_string_new(NULL);
        for (const char *p = hash; *p != '\0'; p++)
                g_string_append_printf(out, "%s%c", out->len > 0 && (p - hash) % HEAD_GROUP == 0 ? " " : "",
                                       *p);
        return g_string_free(g_steal_pointer(&out), FALSE);
}

/* The mail to itself: back, or lost; neither while it is under way. */
static void add_trip(const DigestWriter *writer, const Trip *trip)
{
        json_t *view = writer->digest->view;
        const bool is_lost =
                trip->made_at != 0 && trip->back_at == 0 && writer->now - trip->made_at > TRIP_LATE_S;
        json_object_set_new(view, "trip_back", moment(writer, trip->back_at));
        json_object_set_new(view, "trip_lost", moment(writer, is_lost ? trip->made_at : 0));
}

static void add_pulse(const DigestWriter *writer, const Pulse *pulse)
{
        json_t *view = writer->digest->view;
        g_autofree char *head = group_hash(pulse->journal_head);
        json_object_set_new(view, "mailbox_seen", moment(writer, pulse->mailbox_seen_at));
        json_object_set_new(view, "last_received", moment(writer, pulse->received_at));
        json_object_set_new(view, "last_sent", moment(writer, pulse->sent_at));
        json_object_set_new(view, "outbox_queued", json_integer(pulse->queued));
        json_object_set_new(view, "outbox_held", json_integer(pulse->held));
        json_object_set_new(view, "outbox_refused", json_integer(pulse->refused));
        json_object_set_new(view, "journal_head", json_string(head));
        json_object_set_new(view, "is_sending_held", json_boolean(pulse->hold.since != 0));
        json_object_set_new(view, "hold_reason", json_string(or_empty(pulse->hold.reason)));
        add_trip(writer, &pulse->trip);
}

/* The whole. */

static bool is_empty(const json_t *view, const char *name)
{
        return json_array_size(json_object_get(view, name)) == 0;
}

void digest_set_left_out(Digest *digest, int64_t left_out, const char *language)
{
        json_object_set_new(digest->view, "left_out", json_integer(left_out));
        json_object_set_new(digest->view, "left_out_count",
                            left_out > 0 ? mail_count(left_out, language) : json_false());
}

static void sum_up(DigestWriter *writer)
{
        json_t *view = writer->digest->view;
        g_autofree char *today = day_long(day_at(writer->now, writer->zone), writer->language);
        const guint shown = writer->digest->lines->len;
        json_object_set_new(view, "digest_day", json_string(today));
        json_object_set_new(view, "open_count", mail_count(shown + writer->left_out, writer->language));
        json_object_set_new(view, "is_waiting", json_boolean(shown > 0));
        json_object_set_new(
                view, "is_quiet",
                json_boolean(shown == 0 && is_empty(view, "digest_done") && is_empty(view, "digest_labels")));
        json_object_set_new(view, "is_rest", json_boolean(writer->passed > 0));
        digest_set_left_out(writer->digest, writer->left_out, writer->language);
}

/* What is told once a day, not with what follows of its lines. */
static bool add_news(DigestWriter *writer, const Staff *staff)
{
        static const char *const lists[] = { "digest_done", "digest_week", "digest_labels", "progress" };
        const int64_t until = writer->digest->told;
        if (writer->passed == 0)
                return add_moved(writer, staff->told, until) && add_coming(writer) &&
                       add_awards(writer, staff->told, until) && add_progress(writer);
        for (size_t i = 0; i < G_N_ELEMENTS(lists); i++)
                digest_put_list(writer, lists[i], json_array());
        return true;
}

static bool add_all(DigestWriter *writer, const Staff *staff)
{
        g_auto(Pulse) pulse = { 0 };
        if (!overview_pulse(writer->house->store, &pulse, writer->error))
                return false;
        writer->digest->told = pulse.journal_id;
        bool is_done = add_tasks(writer, OPEN_OWN, "digest_yours") && digest_add_held(writer) &&
                       add_agreements(writer) && add_tasks(writer, OPEN_ASKED, "digest_asked") &&
                       add_failing(writer) && add_tasks(writer, OPEN_ESCALATED, "digest_escalated") &&
                       add_tasks(writer, OPEN_LATE, "digest_late") && add_news(writer, staff);
        if (is_done) {
                add_pulse(writer, &pulse);
                sum_up(writer);
        }
        return is_done;
}

static Digest *digest_new(void)
{
        Digest *digest = g_new0(Digest, 1);
        digest->view = json_object();
        digest->first = 1;
        digest->lines = g_array_new(FALSE, FALSE, sizeof(DigestLine));
        g_array_set_clear_func(digest->lines, (GDestroyNotify)digest_line_clear);
        return digest;
}

/* What the mails before have a line for. */
static bool pass_lines(DigestWriter *writer, int64_t after)
{
        g_autoptr(GArray) lines = digests_lines(writer->house->store, after, writer->error);
        writer->passed = lines != NULL ? lines->len : 0;
        for (guint i = 0; i < writer->passed; i++) {
                const DigestLine *line = &g_array_index(lines, DigestLine, i);
                const Step *step = find_step(writer, NULL, line->step);
                writer->digest->first = line->n + 1;
                switch (line->kind) {
                case LINE_HELD: digest_is_first(writer, line->message, DIGEST_HELD); break;
                case LINE_ADDRESS: digest_is_first(writer, line->person, ADDRESS); break;
                case LINE_TASK:
                        digest_is_first(writer, line->case_id, line->step);
                        if (step != NULL && step->group != NULL)
                                digest_is_first(writer, line->case_id, step->group);
                        break;
                }
        }
        return lines != NULL;
}

Digest *digest_gather(House *house, const Staff *staff, const Person *reader, int64_t after, int64_t now,
                      GError **error)
{
        g_autoptr(Digest) digest = digest_new();
        g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        DigestWriter writer = { .house = house,
                                .reader = reader,
                                .overview = { .scope = staff->scope == SCOPE_ALL ? 0 : reader->id,
                                              .reader = reader->id },
                                .language = house_mail_language(house, "digest", reader),
                                .zone = house_zone(house, reader->timezone),
                                .now = now,
                                .digest = digest,
                                .left = DIGEST_LINES_MAX,
                                .seen = seen,
                                .error = error };
        const bool is_done = (after == 0 || pass_lines(&writer, after)) && add_all(&writer, staff);
        return is_done ? g_steal_pointer(&digest) : NULL;
}
