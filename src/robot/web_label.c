/* robot/web_label.c: is a label genuine? Anyone may ask; the answer names a person only with the consent that
 * the rules ask for. */
#include "robot/web_private.h"

#include "robot/label.h"

static void add_fact(json_t *facts, const char *label, const char *value)
{
        if (value != NULL && value[0] != '\0')
                json_array_append_new(facts, json_pack("{s:s, s:s}", "label", label, "value", value));
}

static const char *case_text(const json_t *view, const char *name)
{
        return json_string_value(json_object_get(json_object_get(view, "case"), name));
}

/* NULL without their consent. */
static const char *named_person(const Label *label, int64_t now)
{
        const AwardRule *award = label->step->award;
        const char *consent = award->named_if != NULL ? case_value(label->the_case, award->named_if) : NULL;
        if (consent == NULL || !g_strv_contains((const char *const *)award->named_values, consent))
                return NULL;
        const Person *person =
                case_person(label->the_case, case_holder(label->the_case, award->named_role, now));
        return person != NULL ? person->name : NULL;
}

static void show_genuine(Visit *visit, const Label *label)
{
        json_t *nothing = json_object();
        MailOrder order = { .key = (char *)"", .actions = (char *)"", .params = nothing };
        const House *house = visit->web->setup.house;
        json_t *view = case_view(label->procedure, label->the_case, &order, visit->language, house->zone,
                                 visit->now);
        g_autofree char *dates = g_strdup_printf("%s – %s", case_text(view, "start"), case_text(view, "end"));
        Day awarded;
        g_autofree char *awarded_on = label->day != NULL && day_read(label->day, &awarded)
                                              ? day_long(awarded, visit->language)
                                              : NULL;
        json_t *facts = json_array();
        add_fact(facts, web_word(visit, "label_number"), label->number);
        add_fact(facts, web_word(visit, "label_awarded_on"), awarded_on);
        add_fact(facts, web_word(visit, "label_dates"), dates);
        add_fact(facts, web_word(visit, "label_programme"), case_text(view, "programme"));
        add_fact(facts, web_word(visit, "label_name"), named_person(label, visit->now));
        json_decref(view);
        json_decref(nothing);
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
