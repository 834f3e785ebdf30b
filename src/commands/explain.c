/* commands/explain.c: `facteur explain MESSAGE-ID | NUMBER`: what became of a message and why. */
#include "commands/options.h"
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

int command_explain(int argc, char **argv)
{
        gboolean is_json = FALSE;
        const GOptionEntry own[] = { { "json", 0, 0, G_OPTION_ARG_NONE, &is_json, "for programs", NULL },
                                     G_OPTION_ENTRY_NULL };
        g_auto(Options) options = { 0 };
        int code = options_read(&options, "MESSAGE-ID | NUMBER - what became of a message, and why", own, 1,
                                1, argc, argv);
        if (code != CONTINUE)
                return code;
        g_autoptr(House) house = options_house(&options, HOUSE_STORE, &code);
        if (house == NULL)
                return code;
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
