#include "robot/label.h"

#include "base/text.h"
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
