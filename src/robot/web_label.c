/* robot/web_label.c: is a label genuine? Anyone may ask; the answer names a person only with the consent that
 * the rules ask for. */
#include "robot/web_private.h"

#include "robot/label.h"

/* Rows of the page: a word of it, and a name of label_facts(). */
static const struct {
        const char *word, *fact;
} rows[] = {
        { "label_number", "label_number" },
        { "label_awarded_on", "label_on" },
        { "label_organisation", "label_organisation" },
        { "label_dates", "label_dates" },
        { "label_name", "label_holder" },
};

static void show_genuine(Visit *visit, const Label *label)
{
        json_t *known = label_facts(visit->web->setup.house, label, visit->language, visit->now),
               *facts = json_array();
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                const char *value = json_string_value(json_object_get(known, rows[i].fact));
                if (value[0] != '\0')
                        json_array_append_new(facts,
                                              json_pack("{s:s, s:s}", "label", web_word(visit, rows[i].word),
                                                        "value", value));
        }
        json_decref(known);
        web_page(visit, 200, "message", web_word(visit, "verify_title"),
                 json_pack("{s:b, s:[{s:s}], s:b, s:o, s:[]}", "is_good", true, "lines", "text",
                           web_word(visit, "genuine"), "has_facts", true, "facts", facts, "links"));
}

void web_label(Visit *visit, const char *number)
{
        if (rate_is_over(visit->web->bad_tokens, visit->request->source, visit->now)) {
                web_too_many(visit, 60);
                return;
        }
        g_autoptr(GError) error = NULL;
        g_auto(Label) label = { 0 };
        if (label_find(visit->web->setup.house, number, &label, &error)) {
                show_genuine(visit, &label);
        } else if (error != NULL) {
                web_message(visit, 503, false, "trouble_title", "trouble");
        } else { /* numbers can be guessed: guessing is slowed down */
                rate_count(visit->web->bad_tokens, visit->request->source, visit->now);
                web_message(visit, 404, false, "verify_title", "not_genuine");
        }
}
