/* commands/explain.c: `facteur explain MESSAGE-ID | NUMBER | FILE`: what became of a message, or would be
 * read in the file of one, and why. */
#include "commands/options.h"
#include "robot/replay.h"
#include "robot/why.h"
#include "store/inbox.h"
#include "store/outbox.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(OutboxMail, outbox_mail_free)

static json_t *verdict_object(const InboxVerdict *verdict, GTimeZone *zone)
{
        json_t *explain = verdict->explain != NULL ? json_loads(verdict->explain, 0, NULL) : NULL;
        g_autofree char *received = instant_rfc3339(verdict->received_at, zone);
        return json_pack("{s:I, s:s, s:s, s:s?, s:s?, s:s?, s:s?, s:s?, s:s?, s:i, s:o}", "row",
                         (json_int_t)verdict->id, "received_at", received, "state", verdict->state, "outcome",
                         verdict->outcome, "rule", verdict->rule, "class", verdict->kind, "case",
                         verdict->reference, "step", verdict->step, "person", verdict->person, "level",
                         verdict->level, "explain", explain != NULL ? explain : json_null());
}

static void print_line(const char *name, const char *value)
{
        if (value != NULL && value[0] != '\0')
                printf("%-9s %s\n", name, value);
}

/* The same in words; the lines with patterns and headers stand above. */
static void print_words(const WhySource *source)
{
        json_t *facts = why_facts(source), *fact;
        size_t index;
        json_array_foreach(facts, index, fact) {
                g_autofree char *sentence = why_sentence(fact);
                print_line(index == 0 ? "in words" : "", sentence);
        }
        json_decref(facts);
}

static void print_verdict(const InboxVerdict *verdict, GTimeZone *zone)
{
        json_t *explain = verdict->explain != NULL ? json_loads(verdict->explain, 0, NULL) : NULL, *fact;
        g_autofree char *received = instant_rfc3339(verdict->received_at, zone),
                        *row = g_strdup_printf("%" PRId64, verdict->id),
                        *level = g_strdup_printf("A%d", verdict->level);
        print_line("message", row);
        print_line("received", received);
        print_line("outcome", verdict->outcome != NULL ? verdict->outcome : "not decided yet");
        print_line("class", verdict->kind);
        print_line("case", verdict->reference);
        print_line("step", verdict->step);
        print_line("person", verdict->person);
        print_line("match", json_string_value(json_object_get(explain, "match")));
        print_line("level", level);
        print_line("intent", json_string_value(json_object_get(explain, "intent")));
        print_line("rule", verdict->rule);
        size_t index;
        json_array_foreach(json_object_get(explain, "why"), index, fact)
                print_line(index == 0 ? "why" : "", json_string_value(fact));
        const WhySource source = { .kind = verdict->kind,
                                   .outcome = verdict->outcome,
                                   .level = verdict->level,
                                   .explain = explain };
        print_words(&source);
        json_decref(explain);
}

/* What was named: a row's number, or a Message-ID with or without <>. */
static int64_t find_row(Store *store, const char *name, GError **error)
{
        char *end;
        int64_t id = g_ascii_strtoll(name, &end, 10);
        if (*end == '\0' && id > 0)
                return id;
        g_autofree char *bare = g_strdup(name[0] == '<' ? name + 1 : name);
        if (g_str_has_suffix(bare, ">"))
                bare[strlen(bare) - 1] = '\0';
        return inbox_find_message(store, bare, error);
}

static int explain_own(Store *store, const char *name, GError **error)
{
        static const char *const states[] = {
                "waits", "is being sent", "was sent", "was refused", "is held", "was cancelled by a newer one"
        };
        g_autoptr(OutboxMail) mail = outbox_find_message(store, name, error);
        if (mail == NULL) {
                fprintf(stderr, "facteur: no message `%s` is known here\n", name);
                return EXIT_MEND;
        }
        printf("our own mail `%s` about case %s: it %s\n", mail->key,
               mail->reference != NULL ? mail->reference : "-", states[mail->state]);
        return EXIT_FINE;
}

static void print_replayed(const Replayed *replayed, void *data)
{
        const bool *is_json = data;
        const Reading *reading = replayed->reading;
        if (reading == NULL) {
                fprintf(stderr, "facteur: the message cannot be read: %s\n", replayed->failure);
                return;
        }
        if (*is_json) {
                json_t *object = reading_to_json(reading);
                json_object_set_new(object, "match", json_string(match_kind_word(replayed->match->kind)));
                json_object_set_new(object, "level", json_integer(replayed->level));
                print_json(object);
                return;
        }
        g_autofree char *level = g_strdup_printf("A%d", replayed->level);
        g_autofree char *row =
                replayed->then != NULL ? g_strdup_printf("%" PRId64, replayed->then->id) : NULL;
        print_line("message", row);
        print_line("class", mail_kind_word(reading->kind));
        print_line("match", match_kind_word(replayed->match->kind));
        print_line("level", level);
        print_line("intent", intent_word(reading->intent));
        print_line("text", reading->text);
        for (guint i = 0; i < reading->why->len; i++)
                print_line(i == 0 ? "why" : "", g_ptr_array_index(reading->why, i));
        json_t *explain = reading_to_json(reading);
        json_object_set_new(explain, "match", json_string(match_kind_word(replayed->match->kind)));
        const WhySource source = { .kind = mail_kind_word(reading->kind),
                                   .level = (int)replayed->level,
                                   .explain = explain };
        print_words(&source);
        json_decref(explain);
}

/* A file: read with the rules of today, and nothing changed. */
static int explain_file(House *house, const char *path, bool is_json)
{
        g_autoptr(GError) error = NULL;
        const ReaderSetup setup = reader_setup(house->config);
        g_autoptr(Reader) reader = reader_start(&setup, &error);
        if (reader == NULL || !replay_file(house, reader, path, print_replayed, &is_json, &error))
                return command_failed(error);
        return EXIT_FINE;
}

int command_explain(int argc, char **argv)
{
        gboolean is_json = FALSE;
        const GOptionEntry own[] = { { "json", 0, 0, G_OPTION_ARG_NONE, &is_json, "for programs", NULL },
                                     G_OPTION_ENTRY_NULL };
        g_auto(Options) options = { 0 };
        int code = options_read(&options, "MESSAGE-ID | NUMBER | FILE - what became of a message, and why",
                                own, 1, 1, argc, argv);
        if (code != CONTINUE)
                return code;
        bool is_file = g_file_test(options.rest[0], G_FILE_TEST_IS_REGULAR);
        g_autoptr(House) house = options_house(&options, HOUSE_STORE | (is_file ? HOUSE_KEYS : 0), &code);
        if (house == NULL)
                return code;
        if (is_file)
                return explain_file(house, options.rest[0], is_json);
        g_autoptr(GError) error = NULL;
        int64_t id = find_row(house->store, options.rest[0], &error);
        g_autoptr(InboxVerdict) verdict =
                error == NULL && id != 0 ? inbox_verdict(house->store, id, &error) : NULL;
        if (error != NULL)
                return command_failed(error);
        if (verdict == NULL)
                return explain_own(house->store, options.rest[0], &error);
        if (is_json)
                print_json(verdict_object(verdict, house->zone));
        else
                print_verdict(verdict, house->zone);
        return EXIT_FINE;
}
