#include "robot/label.h"

#include "base/date.h"
#include "base/text.h"
#include "procedure/decide.h"
#include "store/cases.h"

#include <string.h>

enum { NUMBER_MAX = 60 };

void label_clear(Label *label)
{
        case_free(label->the_case);
        *label = (Label){ 0 };
}

/* The awarded step of the case whose recorded number is this one. */
static bool find_award(Label *label, const char *number)
{
        const GPtrArray *steps = procedure_steps(label->procedure);
        for (guint i = 0; i < steps->len; i++) {
                const Step *step = g_ptr_array_index(steps, i);
                const Task *task = case_task(label->the_case, step->key);
                if (step->award == NULL || task == NULL || task->state != TASK_DONE)
                        continue;
                g_autofree char *number_key = g_strconcat(step->key, ".number", NULL),
                                *day_key = g_strconcat(step->key, ".day", NULL);
                label->step = step;
                label->number = case_value(label->the_case, number_key);
                label->day = case_value(label->the_case, day_key);
                if (label->number != NULL && g_ascii_strcasecmp(label->number, number) == 0)
                        return true;
        }
        return false;
}

bool label_find(House *house, const char *number, Label *label_out, GError **error)
{
        *label_out = (Label){ 0 };
        g_autofree char *line = text_single_line(number);
        const char *dash = strchr(line, '-'); /* PREFIX-REFERENCE */
        if (dash == NULL || strlen(line) > NUMBER_MAX)
                return false;
        int64_t id = cases_find(house->store, dash + 1, error);
        label_out->the_case = id > 0 ? cases_load(house->store, id, error) : NULL;
        if (label_out->the_case != NULL)
                label_out->procedure = house_procedure(house, label_out->the_case->procedure, error);
        if (label_out->procedure != NULL && find_award(label_out, line))
                return true;
        label_clear(label_out);
        return false;
}

const char *label_holder(const Label *label, int64_t now)
{
        const char *role = label->step->award->named_role;
        const Person *person =
                role != NULL ? case_person(label->the_case, case_holder(label->the_case, role, now)) : NULL;
        return person != NULL ? person->name : NULL;
}

static bool may_name_holder(const Label *label)
{
        const AwardRule *award = label->step->award;
        const char *consent = award->named_if != NULL ? case_value(label->the_case, award->named_if) : NULL;
        return consent != NULL && g_strv_contains((const char *const *)award->named_values, consent);
}

static const char *case_text(const json_t *view, const char *name)
{
        const char *text = json_string_value(json_object_get(json_object_get(view, "case"), name));
        return text != NULL ? text : "";
}

json_t *label_facts(const House *house, const Label *label, const char *language, int64_t now)
{
        json_t *nothing = json_object();
        const MailOrder order = { .key = (char *)"", .actions = (char *)"", .params = nothing };
        static const char *const wanted[] = { "case", NULL };
        json_t *view =
                case_view(label->procedure, label->the_case, &order, language, house->zone, now, wanted);
        const char *start = case_text(view, "start"), *end = case_text(view, "end"),
                   *holder = may_name_holder(label) ? label_holder(label, now) : NULL;
        const bool has_dates = start[0] != '\0' && end[0] != '\0';
        g_autofree char *dates = has_dates ? g_strdup_printf("%s – %s", start, end) : g_strdup("");
        Day awarded;
        g_autofree char *on = label->day != NULL && day_read(label->day, &awarded)
                                      ? day_long(awarded, language)
                                      : g_strdup("");
        json_t *facts = json_pack("{s:s, s:s, s:s, s:s, s:s}", "label_number", label->number, "label_on", on,
                                  "label_organisation", case_text(view, "organisation"), "label_dates", dates,
                                  "label_holder", holder != NULL ? holder : "");
        json_decref(view);
        json_decref(nothing);
        return facts;
}
