/* commands/case.c: `facteur case list`, `facteur case show REF`: where internships stand. */
#include "commands/options.h"
#include "store/cases.h"

#include <stdio.h>
#include <string.h>

/* A table column of people's text: as wide as its widest cell on a terminal. */
static int width_of(const char *text)
{
        int width = 0;
        for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at)) {
                gunichar c = g_utf8_get_char(at);
                width += g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;
        }
        return width;
}

/* rows: of GStrv, the header first. */
static void print_table(const GPtrArray *rows)
{
        int widths[16] = { 0 };
        for (guint i = 0; i < rows->len; i++)
                for (guint j = 0; ((char **)g_ptr_array_index(rows, i))[j] != NULL; j++)
                        widths[j] = MAX(widths[j], width_of(((char **)g_ptr_array_index(rows, i))[j]));
        for (guint i = 0; i < rows->len; i++) {
                char **cells = g_ptr_array_index(rows, i);
                for (guint j = 0; cells[j] != NULL; j++)
                        printf("%s%*s", cells[j],
                               cells[j + 1] != NULL ? widths[j] - width_of(cells[j]) + 2 : 0, "");
                putchar('\n');
        }
}

/* cells: NULL-terminated. */
static void add_row(GPtrArray *rows, const char *const *cells)
{
        g_ptr_array_add(rows, g_strdupv((char **)cells));
}

static char *day_of(int64_t instant, GTimeZone *zone)
{
        return instant != 0 ? day_iso(day_at(instant, zone)) : g_strdup("");
}

static json_t *time_of(int64_t instant, GTimeZone *zone)
{
        g_autofree char *text = instant != 0 ? instant_rfc3339(instant, zone) : NULL;
        return text != NULL ? json_string(text) : json_null();
}

/* The table of steps. */

static json_t *step_object(const Case *the_case, const Step *step, GTimeZone *zone)
{
        const Task *task = case_task(the_case, step->key);
        const Person *actor = case_person(
                the_case, task != NULL ? task->person : case_holder(the_case, step->role, INT64_MAX - 1));
        const Person *by = task != NULL ? case_person(the_case, task->done_by) : NULL;
        return json_pack(
                "{s:s, s:s, s:s?, s:s?, s:s, s:i, s:o, s:o, s:o, s:s?, s:s?, s:s?, s:s?, s:i, s:i, s:i, "
                "s:s?}",
                "key", step->key, "number", step->number, "role", step->role, "actor",
                actor != NULL ? actor->address : NULL, "state",
                task_state_word(task != NULL ? task->state : TASK_WAITING), "cycle",
                task != NULL ? task->cycle : 0, "opened_at",
                time_of(task != NULL ? task->opened_at : 0, zone), "due_at",
                time_of(task != NULL ? task->due_at : 0, zone), "done_at",
                time_of(task != NULL ? task->done_at : 0, zone), "by", by != NULL ? by->address : NULL, "how",
                task != NULL ? task->how : NULL, "answer", task != NULL ? task->answer : NULL, "reason",
                task != NULL ? task->reason : NULL, "level", task != NULL ? (int)task->level : 0, "reminders",
                task != NULL ? task->reminders : 0, "escalations", task != NULL ? task->escalations : 0,
                "held", task != NULL ? task->held_answer : NULL);
}

static json_t *case_object(const Procedure *procedure, const Case *the_case, GTimeZone *zone)
{
        json_t *steps = json_array(), *people = json_object(), *values = json_object();
        for (guint i = 0; i < procedure_steps(procedure)->len; i++)
                json_array_append_new(
                        steps, step_object(the_case, g_ptr_array_index(procedure_steps(procedure), i), zone));
        for (guint i = 0; i < the_case->holders->len; i++) {
                const Holder *holder = g_ptr_array_index(the_case->holders, i);
                const Person *person = case_person(the_case, holder->person);
                if (holder->until == 0 && person != NULL)
                        json_object_set_new(people, holder->role,
                                            json_pack("{s:s, s:s, s:s, s:b}", "name", person->name, "address",
                                                      person->address, "language", person->language,
                                                      "failing", person->is_failing));
        }
        GHashTableIter iter;
        gpointer key, value;
        g_hash_table_iter_init(&iter, the_case->data);
        while (g_hash_table_iter_next(&iter, &key, &value))
                json_object_set_new(values, key, json_string(value));
        return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o}", "reference", the_case->reference, "status",
                         case_status_word(the_case->status), "procedure", procedure_key(procedure),
                         "begun_at", time_of(the_case->begun_at, zone), "people", people, "values", values,
                         "steps", steps);
}

/* Each party of a step has a row of its own. */
static char *title_of(const Procedure *procedure, const Step *step)
{
        const char *language = procedure_languages(procedure)[0];
        const char *label = texts_get(step->label, language);
        if (step->group == NULL)
                return g_strdup(label);
        return g_strdup_printf("%s: %s", label,
                               texts_get(procedure_role_label(procedure, step->role), language));
}

static void print_case(const Procedure *procedure, const Case *the_case, GTimeZone *zone)
{
        g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
        printf("%s  %s\n\n", the_case->reference, case_status_word(the_case->status));
        add_row(rows,
                (const char *const[]){ "step", "", "actor", "state", "opened", "due", "done", "how", NULL });
        for (guint i = 0; i < procedure_steps(procedure)->len; i++) {
                const Step *step = g_ptr_array_index(procedure_steps(procedure), i);
                const Task *task = case_task(the_case, step->key), none = { 0 };
                const Task *shown = task != NULL ? task : &none;
                const Person *actor = case_person(
                        the_case,
                        task != NULL ? task->person : case_holder(the_case, step->role, INT64_MAX - 1));
                g_autofree char *opened = day_of(shown->opened_at, zone), *due = day_of(shown->due_at, zone),
                                *done = day_of(shown->done_at, zone);
                g_autofree char *title = title_of(procedure, step);
                g_autofree char *how =
                        g_strdup_printf("%s%s%s", shown->answer != NULL ? shown->answer : "",
                                        shown->how != NULL ? ", " : "", shown->how != NULL ? shown->how : "");
                add_row(rows, (const char *const[]){
                                      step->number, title, actor != NULL ? actor->name : "",
                                      shown->held_answer != NULL ? "held" : task_state_word(shown->state),
                                      opened, due, done, how, NULL });
        }
        print_table(rows);
}

static int show_case(House *house, const char *reference, bool is_json)
{
        g_autoptr(GError) error = NULL;
        int64_t id = cases_find(house->store, reference, &error);
        g_autoptr(Case) the_case = id > 0 ? cases_load(house->store, id, &error) : NULL;
        const Procedure *procedure =
                the_case != NULL ? house_procedure(house, the_case->procedure, &error) : NULL;
        if (error != NULL)
                return command_failed(error);
        if (procedure == NULL) {
                fprintf(stderr, "facteur: there is no case `%s`; `facteur case list` shows them\n",
                        reference);
                return EXIT_MEND;
        }
        g_autoptr(GTimeZone) zone = g_time_zone_new_identifier(the_case->timezone);
        if (is_json)
                print_json(case_object(procedure, the_case, zone != NULL ? zone : house->zone));
        else
                print_case(procedure, the_case, zone != NULL ? zone : house->zone);
        return EXIT_FINE;
}

static int list_cases(House *house, bool is_json)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(GPtrArray) lines = cases_list(house->store, &error);
        if (lines == NULL)
                return command_failed(error);
        g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
        json_t *array = json_array();
        add_row(rows, (const char *const[]){ "reference", "status", "student", "organisation", "waits for",
                                             "due", NULL });
        for (guint i = 0; i < lines->len; i++) {
                const CaseLine *line = g_ptr_array_index(lines, i);
                g_autofree char *due = day_of(line->next_due_at, house->zone);
                add_row(rows, (const char *const[]){ line->reference, line->status, line->student,
                                                     line->organisation, line->open_steps, due, NULL });
                json_array_append_new(array, json_pack("{s:s, s:s, s:s, s:s, s:s, s:o}", "reference",
                                                       line->reference, "status", line->status, "student",
                                                       line->student, "organisation", line->organisation,
                                                       "open", line->open_steps, "due_at",
                                                       time_of(line->next_due_at, house->zone)));
        }
        if (is_json)
                print_json(json_incref(array));
        else
                print_table(rows);
        json_decref(array);
        return EXIT_FINE;
}

int command_case(int argc, char **argv)
{
        gboolean is_json = FALSE;
        const GOptionEntry own[] = { { "json", 0, 0, G_OPTION_ARG_NONE, &is_json, "for programs", NULL },
                                     G_OPTION_ENTRY_NULL };
        g_auto(Options) options = { 0 };
        int code = options_read(&options, "list | show REF - where internships stand", own, 1, 2, argc, argv);
        if (code != CONTINUE)
                return code;
        guint count = g_strv_length(options.rest);
        bool is_list = strcmp(options.rest[0], "list") == 0 && count == 1;
        if (!is_list && !(strcmp(options.rest[0], "show") == 0 && count == 2)) {
                fputs("facteur case: say `case list` or `case show REF`\n", stderr);
                return EXIT_USAGE_ERROR;
        }
        g_autoptr(House) house = options_house(&options, HOUSE_STORE, &code);
        if (house == NULL)
                return code;
        return is_list ? list_cases(house, is_json) : show_case(house, options.rest[1], is_json);
}
