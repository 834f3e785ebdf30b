/* The facts of a verdict, and their sentences. */
#include "robot/why.h"

#include <string.h>

typedef struct {
        const char *name, *kind, *outcome;
        int level;
        const char *explain; /* JSON */
        const char *facts;   /* name, place, line or word of each */
} Row;

static const Row rows[] = {
        { "accepted", "reply", "applied", 2,
          "{\"match\": \"token\", \"why\": [\"class: answers a message and its subject says so\", \"auth: "
          "x\", \"cut at "
          "line 3: quote header (/etc/rules/reading/quote.yaml:12)\", \"intent: accept by "
          "/etc/rules/fr.yaml:33\"]}",
          "is_person; by_token; cut_quote quote.yaml:12 3; says_accept fr.yaml:33; level_2; was_applied" },
        { "condition-and-unknown", "reply", "asked_back", 1,
          "{\"match\": \"message-id\", \"why\": [\"class: no sign of a program\", \"intent: unclear by "
          "condition "
          "a/fr.yaml:40, accept a/fr.yaml:33, the word \\\"x\\\" that no pattern knows\"]}",
          "is_person; by_message_id; says_unclear; has_condition fr.yaml:40; has_accept fr.yaml:33; "
          "has_unknown x; "
          "level_1; was_asked_back" },
        { "two-cuts-of-a-kind", "reply", "held", 0,
          "{\"match\": \"subject\", \"why\": [\"cut at line 2: signature (a/signature.yaml:5)\", \"cut at "
          "line 4: sent "
          "from (a/signature.yaml:9)\", \"cut at line 9: our own text\", \"command: undo by "
          "a/command.yaml:8\", "
          "\"intent: unclear\"]}",
          "is_person; by_subject; cut_signature signature.yaml:5 2; cut_own 9; has_command command.yaml:8; "
          "says_unclear; level_0; was_held" },
        { "automatic-header", "auto_reply", "ignored", 1,
          "{\"match\": \"token\", \"why\": [\"class: Auto-Submitted: auto-replied\", \"intent: unclear\"]}",
          "is_automatic Auto-Submitted: auto-replied; by_token; was_ignored" },
        { "automatic-pattern", "auto_reply", "ignored", 1,
          "{\"match\": \"none\", \"why\": [\"class: the subject by a/automatic.yaml:7 "
          "(automatic_subject)\"]}",
          "is_automatic automatic.yaml:7; by_nothing; was_ignored" },
        { "doubtful", "auto_reply", "asked_back", 1,
          "{\"match\": \"token\", \"why\": [\"class: Auto-Submitted: auto-generated\", \"class: doubt: a "
          "rule may\"]}",
          "is_automatic Auto-Submitted: auto-generated; is_doubtful; by_token; was_asked_back" },
        { "page", "page", "applied", 3, "{\"match\": \"link\", \"why\": []}",
          "is_page; level_3; was_applied" },
        { "odd", "what", NULL, 7, "[]", "" },
        { "nothing", NULL, NULL, 0, "null", "" },
};

static void add_detail(GString *out, const json_t *fact, const char *key)
{
        const char *text = json_string_value(json_object_get(fact, key));
        if (text != NULL && text[0] != '\0')
                g_string_append_printf(out, " %s", text);
}

static const char *name_of_fact(const json_t *fact)
{
        const char *key;
        json_t *value;
        json_object_foreach((json_t *)fact, key, value) {
                if (json_is_true(value))
                        return key;
        }
        g_assert_not_reached();
}

static void check_row(gconstpointer data)
{
        const Row *row = data;
        json_t *explain = json_loads(row->explain, JSON_DECODE_ANY, NULL);
        const WhySource source = {
                .kind = row->kind, .outcome = row->outcome, .level = row->level, .explain = explain
        };
        json_t *facts = why_facts(&source), *fact;
        g_autoptr(GString) got = g_string_new(NULL);
        size_t index;
        json_array_foreach(facts, index, fact) {
                g_string_append_printf(got, "%s%s", index > 0 ? "; " : "", name_of_fact(fact));
                add_detail(got, fact, "place");
                add_detail(got, fact, "line");
                add_detail(got, fact, "word");
                g_autofree char *sentence = why_sentence(fact);
                g_assert_cmpuint(strlen(sentence), >, 10);
                g_assert_null(strstr(sentence, "%s"));
        }
        g_assert_cmpstr(got->str, ==, row->facts);
        json_decref(facts);
        json_decref(explain);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *name = g_strconcat("/why/", rows[i].name, NULL);
                g_test_add_data_func(name, &rows[i], check_row);
        }
        return g_test_run();
}
