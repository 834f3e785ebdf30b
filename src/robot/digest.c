#include "robot/digest.h"

#include "base/text.h"
#include "robot/house_mail.h"
#include "robot/roster.h"
#include "store/digests.h"
#include "store/overview.h"
#include "store/people.h"

#include <inttypes.h>
#include <string.h>

enum { DAY_S = 86400, WEEK_DAYS = 7, AWARDS_MAX = 20, EXCERPT_CHARACTERS = 240, HEAD_GROUP = 16 };

void digest_free(Digest *digest)
{
        if (digest == NULL)
                return;
        json_decref(digest->view);
        g_array_unref(digest->lines);
        g_free(digest);
}

typedef struct {
        House *house;
        const Person *reader;
        Overview overview;
        const char *language;
        GTimeZone *zone;
        int64_t now;
        Digest *digest;
        guint left;       /* lines that may still be shown */
        int64_t left_out; /* lines that are not */
        GHashTable *seen; /* "case step": tasks that have a line */
        GError **error;
} Writer;

static const char *or_empty(const char *text)
{
        return text != NULL ? text : "";
}

/* The step's words in the version of its case, else in today's; its key when neither knows it. */
static const Step *find_step(const Writer *writer, const char *hash, const char *key)
{
        const Procedure *own = hash != NULL ? house_procedure(writer->house, hash, NULL) : NULL;
        const Step *step = own != NULL ? procedure_step(own, key) : NULL;
        return step != NULL ? step : procedure_step(writer->house->procedure, key);
}

static const char *step_label(const Writer *writer, const char *hash, const char *key)
{
        const Step *step = find_step(writer, hash, key);
        return step != NULL ? texts_get(step->label, writer->language) : key;
}

/* Binds the next number; gives an item with it. */
static json_t *add_line(Writer *writer, DigestLine line)
{
        line.n = (int)writer->digest->lines->len + 1;
        g_array_append_val(writer->digest->lines, line);
        writer->left--;
        return json_pack("{s:i}", "n", line.n);
}

static bool put_list(Writer *writer, const char *name, json_t *list)
{
        json_object_set_new(writer->digest->view, name, list);
        return true;
}

/* Tasks. */

static json_t *days_late(const Writer *writer, int64_t due_at)
{
        if (due_at == 0 || due_at > writer->now)
                return json_false();
        int64_t days = day_at(writer->now, writer->zone) - day_at(due_at, writer->zone);
        return days > 0 ? mail_count(days, writer->language) : json_false();
}

static json_t *day_or_empty(const Writer *writer, int64_t at)
{
        g_autofree char *day = at != 0 ? day_long(day_at(at, writer->zone), writer->language) : NULL;
        return json_string(or_empty(day));
}

/* The words by which the reader's own task is answered. */
static json_t *answer_words(const Writer *writer, const OpenTask *task)
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

static bool is_first(const Writer *writer, int64_t case_id, const char *what)
{
        return g_hash_table_add(writer->seen, g_strdup_printf("%" PRId64 " %s", case_id, what));
}

static json_t *task_item(Writer *writer, const OpenTask *task)
{
        json_t *item = add_line(
                writer,
                (DigestLine){ .kind = LINE_TASK, .case_id = task->case_id, .step = g_strdup(task->step) });
        json_object_set_new(item, "reference", json_string(task->reference));
        json_object_set_new(item, "student", json_string(task->student));
        json_object_set_new(item, "step", json_string(step_label(writer, task->procedure, task->step)));
        json_object_set_new(item, "actor", json_string(task->actor));
        json_object_set_new(item, "due", day_or_empty(writer, task->due_at));
        json_object_set_new(item, "since", day_or_empty(writer, task->asked_at));
        json_object_set_new(item, "days_late", days_late(writer, task->due_at));
        json_object_set_new(item, "is_waiting_for_confirmation", json_boolean(task->is_held));
        json_object_set_new(item, "can", answer_words(writer, task));
        return item;
}

static bool add_tasks(Writer *writer, OpenList list, const char *name)
{
        int64_t total;
        g_autoptr(GPtrArray) tasks = overview_open(writer->house->store, list, &writer->overview,
                                                   writer->left + 1, &total, writer->error);
        if (tasks == NULL)
                return false;
        json_t *items = json_array();
        for (guint i = 0; i < tasks->len; i++) {
                const OpenTask *task = g_ptr_array_index(tasks, i);
                if (!is_first(writer, task->case_id, task->step))
                        total--;
                else if (writer->left > 0)
                        json_array_append_new(items, task_item(writer, task));
        }
        writer->left_out += total - (int64_t)json_array_size(items);
        return put_list(writer, name, items);
}

/* Agreements that a mail of their clock called not ready: one line a case, with all who have not agreed. */
static bool add_agreements(Writer *writer)
{
        int64_t total;
        g_autoptr(GPtrArray) tasks =
                overview_open(writer->house->store, OPEN_TOLD, &writer->overview,
                              (writer->left + 1) * (guint)WEEK_DAYS, &total, writer->error);
        if (tasks == NULL)
                return false;
        json_t *items = json_array(), *last = NULL;
        for (guint i = 0; i < tasks->len; i++) {
                const OpenTask *task = g_ptr_array_index(tasks, i);
                const Step *step = find_step(writer, task->procedure, task->step);
                if (step == NULL || step->group == NULL || !is_first(writer, task->case_id, task->step))
                        continue;
                if (!is_first(writer, task->case_id, step->group)) {
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
        return put_list(writer, "digest_agreements", items);
}

/* Held mail. */

/* Why a message waits for staff, by the beginning of the clerk's rule. */
static const struct {
        const char *rule, *name;
} reasons[] = {
        { "a stranger", "is_stranger" },
        { "nothing in it says which case", "is_without_case" },
        { "it names more than one case", "is_ambiguous" },
        { "it answers a mail whose time is over", "is_expired" },
        { "a delivery report", "is_report" },
        { "a server refuses", "is_report" },
        { "a spam filter", "is_challenge" },
        { "too large", "is_too_large" },
        { "a mail bounced", "is_report" },
        { "the address is not the one", "is_other_address" },
        { "a command from an address", "is_other_address" },
        { "list mail", "is_list" },
        { "the message is in a file", "is_unreadable" },
};

static const char *reason_name(const HeldMessage *held)
{
        for (size_t i = 0; held->rule != NULL && i < G_N_ELEMENTS(reasons); i++)
                if (g_str_has_prefix(held->rule, reasons[i].rule))
                        return reasons[i].name;
        if (g_strcmp0(held->kind, "bounce") == 0)
                return "is_report";
        return held->kind == NULL ? "is_unreadable" : "is_unclear";
}

static char *cut_excerpt(const char *text)
{
        g_autofree char *line = text_single_line(or_empty(text));
        if (g_utf8_strlen(line, -1) <= EXCERPT_CHARACTERS)
                return g_steal_pointer(&line);
        g_autofree char *start = g_utf8_substring(line, 0, EXCERPT_CHARACTERS);
        return g_strconcat(start, "…", NULL);
}

/* Who wrote and what, from the spool: {from, name, subject, text}. */
static void add_note(const Writer *writer, const HeldMessage *held, json_t *item)
{
        g_autoptr(GBytes) bytes = held->note.segment != NULL
                                          ? spool_read(writer->house->config->state_dir, &held->note, NULL)
                                          : NULL;
        gsize size = 0;
        const char *text = bytes != NULL ? g_bytes_get_data(bytes, &size) : NULL;
        json_t *note = text != NULL ? json_loadb(text, size, 0, NULL) : NULL;
        static const char *const names[] = { "from", "name", "subject", "text" };
        for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
                g_autofree char *cut = cut_excerpt(json_string_value(json_object_get(note, names[i])));
                json_object_set_new(item, names[i], json_string(cut));
        }
        json_decref(note);
}

static json_t *held_item(Writer *writer, const HeldMessage *held)
{
        json_t *item = add_line(writer, (DigestLine){ .kind = LINE_HELD,
                                                      .case_id = held->case_id,
                                                      .step = g_strdup(""),
                                                      .message = held->id });
        json_object_set_new(item, "reference", json_string(held->reference));
        json_object_set_new(item, "student", json_string(held->student));
        json_object_set_new(item, "is_guess", json_boolean(held->case_id != 0 && held->is_guess));
        json_object_set_new(item, "since", day_or_empty(writer, held->received_at));
        json_object_set_new(item, reason_name(held), json_true());
        add_note(writer, held, item);
        return item;
}

static bool add_held(Writer *writer)
{
        int64_t total;
        g_autoptr(GPtrArray) held = overview_held(writer->house->store, &writer->overview, writer->left + 1,
                                                  &total, writer->error);
        if (held == NULL)
                return false;
        json_t *items = json_array();
        for (guint i = 0; i < held->len && writer->left > 0; i++)
                json_array_append_new(items, held_item(writer, g_ptr_array_index(held, i)));
        writer->left_out += total - (int64_t)json_array_size(items);
        return put_list(writer, "digest_held", items);
}

/* Addresses. */

static json_t *failing_item(Writer *writer, const FailingAddress *failing)
{
        json_t *item = add_line(writer, (DigestLine){ .kind = LINE_ADDRESS,
                                                      .case_id = failing->case_id,
                                                      .step = g_strdup(""),
                                                      .person = failing->person });
        const Texts *role = procedure_role_label(writer->house->procedure, failing->role);
        json_object_set_new(item, "reference", json_string(failing->reference));
        json_object_set_new(item, "name", json_string(failing->name));
        json_object_set_new(item, "address", json_string(failing->address));
        json_object_set_new(item, "role",
                            json_string(role != NULL ? texts_get(role, writer->language) : failing->role));
        return item;
}

static bool add_failing(Writer *writer)
{
        int64_t total;
        g_autoptr(GPtrArray) failing = overview_failing(writer->house->store, &writer->overview,
                                                        writer->left + 1, &total, writer->error);
        if (failing == NULL)
                return false;
        json_t *items = json_array();
        for (guint i = 0; i < failing->len && writer->left > 0; i++)
                json_array_append_new(items, failing_item(writer, g_ptr_array_index(failing, i)));
        writer->left_out += total - (int64_t)json_array_size(items);
        return put_list(writer, "digest_addresses", items);
}

/* Counts, in the procedure's order. */

/* Parties of one step have a step each, under one name: they are told together. */
static bool add_to_last(const Writer *writer, json_t *items, const json_t *item, int64_t count)
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

static void append_count(const Writer *writer, json_t *items, const Step *step, const StepCount *count)
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

static json_t *count_items(const Writer *writer, const GPtrArray *counts)
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

static bool add_moved(Writer *writer, int64_t after, int64_t until)
{
        g_autoptr(GPtrArray) counts =
                overview_moved(writer->house->store, &writer->overview, after, until, writer->error);
        return counts != NULL && put_list(writer, "digest_done", count_items(writer, counts));
}

static bool add_coming(Writer *writer)
{
        const Day today = day_at(writer->now, writer->zone);
        g_autoptr(GPtrArray) counts =
                overview_coming(writer->house->store, &writer->overview, writer->now,
                                day_instant(today + WEEK_DAYS, 0, 0, writer->zone), writer->error);
        return counts != NULL && put_list(writer, "digest_week", count_items(writer, counts));
}

static bool add_awards(Writer *writer, int64_t after, int64_t until)
{
        json_t *items = json_array();
        const GPtrArray *steps = procedure_steps(writer->house->procedure);
        put_list(writer, "digest_labels", items);
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
static bool add_progress(Writer *writer)
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
        return put_list(writer, "progress", bars);
}

/* The robot itself. */

static json_t *moment(const Writer *writer, int64_t at)
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

static void add_pulse(const Writer *writer, const Pulse *pulse)
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
}

/* The whole. */

static bool is_empty(const json_t *view, const char *name)
{
        return json_array_size(json_object_get(view, name)) == 0;
}

static void set_left_out(json_t *view, int64_t left_out, const char *language)
{
        json_object_set_new(view, "left_out_count",
                            left_out > 0 ? mail_count(left_out, language) : json_false());
}

static void sum_up(Writer *writer)
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
        json_object_set_new(view, "left_out", json_integer(writer->left_out));
        set_left_out(view, writer->left_out, writer->language);
}

static bool add_all(Writer *writer, const Staff *staff)
{
        g_auto(Pulse) pulse = { 0 };
        if (!overview_pulse(writer->house->store, &pulse, writer->error))
                return false;
        writer->digest->told = pulse.journal_id;
        bool is_done = add_tasks(writer, OPEN_OWN, "digest_yours") && add_held(writer) &&
                       add_agreements(writer) && add_tasks(writer, OPEN_ASKED, "digest_asked") &&
                       add_failing(writer) && add_tasks(writer, OPEN_ESCALATED, "digest_escalated") &&
                       add_tasks(writer, OPEN_LATE, "digest_late") &&
                       add_moved(writer, staff->told, pulse.journal_id) && add_coming(writer) &&
                       add_awards(writer, staff->told, pulse.journal_id) && add_progress(writer);
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
        digest->lines = g_array_new(FALSE, FALSE, sizeof(DigestLine));
        g_array_set_clear_func(digest->lines, (GDestroyNotify)digest_line_clear);
        return digest;
}

Digest *digest_gather(House *house, const Staff *staff, const Person *reader, int64_t now, GError **error)
{
        g_autoptr(Digest) digest = digest_new();
        g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        Writer writer = { .house = house,
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
        return add_all(&writer, staff) ? g_steal_pointer(&digest) : NULL;
}

void digest_cut(Digest *digest, guint limit, const char *language)
{
        const char *name;
        json_t *list;
        int64_t left_out = json_integer_value(json_object_get(digest->view, "left_out"));
        if (digest->lines->len <= limit)
                return;
        left_out += digest->lines->len - limit;
        g_array_set_size(digest->lines, limit);
        json_object_foreach(digest->view, name, list) {
                for (size_t i = json_is_array(list) ? json_array_size(list) : 0; i-- > 0;)
                        if (json_integer_value(json_object_get(json_array_get(list, i), "n")) >
                            (json_int_t)limit)
                                json_array_remove(list, i);
        }
        json_object_set_new(digest->view, "left_out", json_integer(left_out));
        set_left_out(digest->view, left_out, language);
}

/* Shorter until it fits: mail programs cut what is long, and hide what is below. */
static GBytes *compose_fitting(const HouseMail *mail, const Applier *applier, Digest *digest, GError **error)
{
        const char *language = house_mail_language(applier->house, mail->key, mail->to);
        for (;;) {
                g_autoptr(GBytes) bytes = house_mail_compose(mail, applier, digest->view, error);
                const guint count = digest->lines->len;
                if (bytes == NULL || g_bytes_get_size(bytes) < DIGEST_BYTES_MAX || count == 0)
                        return g_steal_pointer(&bytes);
                const guint fitting = (guint)(count * (guint64)DIGEST_BYTES_MAX / g_bytes_get_size(bytes));
                digest_cut(digest, MIN(fitting, count - 1), language);
        }
}

static bool bind_lines(Store *store, int64_t id, const Digest *digest, GError **error)
{
        for (guint i = 0; i < digest->lines->len; i++)
                if (!digests_bind(store, id, &g_array_index(digest->lines, DigestLine, i), error))
                        return false;
        return true;
}

static bool put(const Applier *applier, const Staff *staff, const Person *reader, Digest *digest,
                GError **error)
{
        Store *store = applier->house->store;
        int64_t id;
        if (!digests_add(store, reader->id, applier->now, &id, error))
                return false;
        g_autofree char *actions = g_strdup_printf("desk %" PRId64, id),
                        *person = g_strdup_printf("%" PRId64, reader->id),
                        *due = g_strdup_printf("%" PRId64, staff->next_at);
        const char *parts[] = { "digest", person, due, NULL };
        g_auto(HouseMail) mail = {
                .key = "digest", .to = reader, .actions = actions, .id_parts = parts, .is_list = true
        };
        house_mail_open(&mail, applier);
        g_autoptr(GBytes) bytes = compose_fitting(&mail, applier, digest, error);
        return bytes != NULL && bind_lines(store, id, digest, error) &&
               house_mail_put(&mail, applier, bytes, error);
}

static bool put_and_move_on(const Applier *applier, const Staff *staff, const Person *reader, Digest *digest,
                            GError **error)
{
        Store *store = applier->house->store;
        if (!store_begin(store, error))
                return false;
        int64_t next_at = roster_next(applier->house, staff, reader, applier->now);
        if ((reader->is_failing || put(applier, staff, reader, digest, error)) &&
            staff_move_on(store, staff->person, next_at, digest->told, error) &&
            spool_sync(applier->out, error) && store_commit(store, error))
                return true;
        store_rollback(store);
        return false;
}

bool digest_post(const Applier *applier, const Staff *staff, GError **error)
{
        Person *reader = people_get(applier->house->store, staff->person, error);
        if (reader == NULL)
                return false;
        g_autoptr(Digest) digest = digest_gather(applier->house, staff, reader, applier->now, error);
        bool is_done = digest != NULL && put_and_move_on(applier, staff, reader, digest, error);
        person_free(reader);
        return is_done;
}

GBytes *digest_preview(House *house, const Staff *staff, const Person *reader, GError **error)
{
        const Applier applier = { .house = house, .now = house_now(house) };
        g_autoptr(Digest) digest = digest_gather(house, staff, reader, applier.now, error);
        if (digest == NULL)
                return NULL;
        g_auto(HouseMail) mail = { .key = "digest",
                                   .to = reader,
                                   .actions = "",
                                   .id_parts = (const char *const[]){ "preview", NULL },
                                   .is_list = true };
        house_mail_open(&mail, &applier);
        return compose_fitting(&mail, &applier, digest, error);
}
