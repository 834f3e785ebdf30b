#include "robot/organisation.h"

#include "base/text.h"
#include "procedure/form_value.h"
#include "store/cases.h"
#include "store/finds.h"
#include "store/organisations.h"

#include <string.h>

enum { REPORTS_MAX = 10, FILES_MAX = 10, TYPED_CHARACTERS = 100 };

/* A version of before that says nothing of organisations is read by the rules of today. */
static const OrganisationRule *rule_of(const House *house, const Procedure *procedure)
{
        const OrganisationRule *rule = procedure != NULL ? procedure_organisations(procedure) : NULL;
        return rule != NULL || house->procedure == NULL ? rule : procedure_organisations(house->procedure);
}

static const char *value_or_empty(const Case *the_case, const char *key)
{
        const char *value = key != NULL ? case_value(the_case, key) : NULL;
        return value != NULL ? value : "";
}

/* Feeding. */

static bool is_done(const Case *the_case, const char *step)
{
        const Task *task = the_case != NULL && step != NULL ? case_task(the_case, step) : NULL;
        return task != NULL && task->state == TASK_DONE;
}

static bool has_value(const Case *the_case, const char *key, char **values)
{
        return g_strv_contains((const char *const *)values, value_or_empty(the_case, key));
}

static bool is_shared(const OrganisationRule *rule, const Case *the_case)
{
        return is_done(the_case, rule->report) && (has_value(the_case, rule->shared, rule->named) ||
                                                   has_value(the_case, rule->shared, rule->anonymous));
}

static const char *proposed_of(const OrganisationRule *rule, const Case *the_case)
{
        const Task *task = is_done(the_case, rule->proposed) ? case_task(the_case, rule->proposed) : NULL;
        return task != NULL && task->answer != NULL ? task->answer : "";
}

/* All that the file takes from the case, to see whether it changed; NULL: nothing yet. */
static char *print_facts(const OrganisationRule *rule, const Case *the_case)
{
        if (!is_done(the_case, rule->after))
                return NULL;
        GString *out = g_string_new(NULL);
        const char *const keys[] = { rule->name, rule->number, rule->place, rule->country };
        for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
                g_string_append_printf(out, "%s\n", value_or_empty(the_case, keys[i]));
        for (char **key = rule->keep; *key != NULL; key++)
                g_string_append_printf(out, "%s\n", value_or_empty(the_case, *key));
        g_string_append_printf(out, "%s %d", proposed_of(rule, the_case), is_shared(rule, the_case));
        return g_string_free(out, FALSE);
}

bool organisation_feed(House *house, const Procedure *procedure, const Case *before, const Case *after,
                       int64_t now, GError **error)
{
        const OrganisationRule *rule = rule_of(house, procedure);
        if (rule == NULL)
                return true;
        g_autofree char *was = before != NULL ? print_facts(rule, before) : NULL,
                        *is = print_facts(rule, after);
        if (is == NULL || g_strcmp0(was, is) == 0)
                return true;
        g_autoptr(GArray) values = g_array_new(FALSE, FALSE, sizeof(OrganisationValue));
        for (char **key = rule->keep; *key != NULL; key++) {
                const OrganisationValue value = { *key, case_value(after, *key) };
                g_array_append_val(values, value);
        }
        const char *proposed = proposed_of(rule, after);
        const Task *answered = proposed[0] != '\0' ? case_task(after, rule->proposed) : NULL;
        const OrganisationFacts facts = {
                .case_id = after->id,
                .name = value_or_empty(after, rule->name),
                .number = value_or_empty(after, rule->number),
                .country = value_or_empty(after, rule->country),
                .place = value_or_empty(after, rule->place),
                .values = (const OrganisationValue *)(void *)values->data,
                .value_count = values->len,
                .proposed = proposed,
                .proposed_at = answered != NULL ? answered->done_at : 0,
                .is_shared = is_shared(rule, after),
        };
        return organisations_feed(house->store, &facts, now, error);
}

/* Filling. */

/* What was typed into the field of this name; NULL: it was not given. */
static const char *given_value(const Form *form, const GPtrArray *given, const char *name)
{
        const size_t length = strlen(form->key);
        if (name == NULL || strncmp(name, form->key, length) != 0 || name[length] != '.')
                return NULL;
        const Field *field = form_find_field(form, name + length + 1);
        for (guint i = 0; field != NULL && i < given->len; i++) {
                const GivenValue *value = g_ptr_array_index(given, i);
                if (value->anchor == field->anchor)
                        return value->value;
        }
        return NULL;
}

static void fill_field(const Case *the_case, const Form *form, const GPtrArray *given, const char *name,
                       const char *value, const char *language, GPtrArray *added)
{
        const char *bare = strchr(name, '.') + 1;
        const Field *field = g_str_has_prefix(name, form->key) ? form_find_field(form, bare) : NULL;
        const char *typed = given_value(form, given, name);
        if (field == NULL || (typed != NULL && typed[0] != '\0') || value_or_empty(the_case, name)[0] != '\0')
                return;
        g_autofree char *shown = form_value_show(field, value, language);
        given_values_add(added, field->anchor, shown);
}

GPtrArray *organisation_fill(House *house, const Procedure *procedure, const Case *the_case, const Form *form,
                             const GPtrArray *given, const char *language, GError **error)
{
        GPtrArray *added = given_values_new();
        const OrganisationRule *rule = rule_of(house, procedure);
        const char *name = rule != NULL && form != NULL ? given_value(form, given, rule->name) : NULL;
        const bool is_known_already = name != NULL && strcmp(name, value_or_empty(the_case, rule->name)) == 0;
        if (name == NULL || name[0] == '\0' || is_known_already)
                return added;
        const char *number = given_value(form, given, rule->number);
        GError *trouble = NULL;
        g_autoptr(Organisation) file =
                organisations_named(house->store, name, number != NULL ? number : "", &trouble);
        if (trouble != NULL) {
                g_propagate_error(error, trouble);
                g_ptr_array_unref(added);
                return NULL;
        }
        for (char **key = rule->keep; file != NULL && *key != NULL; key++) {
                const char *value = g_hash_table_lookup(file->values, *key);
                if (value != NULL)
                        fill_field(the_case, form, given, *key, value, language, added);
        }
        return added;
}

/* The answer that closes the step without being a yes. */
static const char *refusing_value(const House *house)
{
        const OrganisationRule *rule = rule_of(house, NULL);
        const Step *step = rule != NULL ? procedure_step(house->procedure, rule->proposed) : NULL;
        const GPtrArray *actions = step != NULL ? procedure_step_actions(house->procedure, step) : NULL;
        for (guint i = 0; actions != NULL && i < actions->len; i++) {
                const ActionRule *action = g_ptr_array_index(actions, i);
                if (strcmp(action->answer, "refuse") == 0)
                        return action->value;
        }
        return NULL;
}

GPtrArray *organisation_names(House *house, guint limit, GError **error)
{
        return organisations_names(house->store, refusing_value(house), limit, error);
}

const char *organisation_answer(const House *house, const char *proposed, const char *language)
{
        const OrganisationRule *rule = rule_of(house, NULL);
        const Step *step = rule != NULL ? procedure_step(house->procedure, rule->proposed) : NULL;
        const GPtrArray *actions = step != NULL ? procedure_step_actions(house->procedure, step) : NULL;
        for (guint i = 0; actions != NULL && i < actions->len; i++) {
                const ActionRule *action = g_ptr_array_index(actions, i);
                if (strcmp(action->value, proposed) == 0)
                        return texts_get(action->label, language);
        }
        return "";
}

/* Shared reports. */

static json_t *answers_of(const Form *form, const OrganisationRule *rule, const Case *the_case,
                          const char *language)
{
        json_t *answers = json_array();
        for (guint i = 0; i < form->fields->len; i++) {
                const Field *field = g_ptr_array_index(form->fields, i);
                g_autofree char *key = g_strconcat(form->key, ".", field->key, NULL);
                const char *value = value_or_empty(the_case, key);
                if (value[0] == '\0' || field->kind == FIELD_FILE ||
                    g_strv_contains((const char *const *)rule->hide, key))
                        continue;
                g_autofree char *shown = form_value_show(field, value, language);
                json_array_append_new(answers, json_pack("{s:s, s:s}", "label",
                                                         texts_get(field->label, language), "value", shown));
        }
        return answers;
}

/* NULL: it is not shared after all, or its form is confidential. */
static json_t *report_of(const Procedure *procedure, const OrganisationRule *rule, const Case *the_case,
                         const char *language)
{
        const Step *step = procedure_step(procedure, rule->report);
        const Form *form = step != NULL && step->form != NULL ? procedure_form(procedure, step->form) : NULL;
        if (form == NULL || form->is_confidential || !is_shared(rule, the_case))
                return NULL;
        const Person *writer = case_person(the_case, case_task(the_case, rule->report)->done_by);
        const bool is_named = has_value(the_case, rule->shared, rule->named);
        g_autofree char *year = g_strndup(value_or_empty(the_case, rule->ended), strlen("2027"));
        return json_pack("{s:s, s:s, s:o}", "author", is_named && writer != NULL ? writer->name : "", "year",
                         year, "answers", answers_of(form, rule, the_case, language));
}

static bool add_reports(House *house, int64_t organisation, const char *language, json_t *reports,
                        GError **error)
{
        g_autoptr(GArray) cases = organisations_shared(house->store, organisation, REPORTS_MAX, error);
        for (guint i = 0; cases != NULL && i < cases->len && json_array_size(reports) < REPORTS_MAX; i++) {
                g_autoptr(Case) the_case = cases_load(house->store, g_array_index(cases, int64_t, i), error);
                if (the_case == NULL)
                        return false;
                const Procedure *procedure = house_procedure(house, the_case->procedure, NULL);
                const OrganisationRule *rule = rule_of(house, procedure);
                json_t *report = procedure != NULL && rule != NULL
                                         ? report_of(procedure, rule, the_case, language)
                                         : NULL;
                if (report != NULL)
                        json_array_append_new(reports, report);
        }
        return cases != NULL;
}

/* What was typed, or the organisation's own name when it is the only one with a report. */
static char *heading(const char *typed, const GPtrArray *found)
{
        if (found != NULL && found->len == 1)
                return g_strdup(((const Found *)g_ptr_array_index(found, 0))->title);
        g_autofree char *line = text_single_line(typed);
        return g_utf8_substring(line, 0, MIN(TYPED_CHARACTERS, g_utf8_strlen(line, -1)));
}

json_t *organisation_feedbacks(House *house, const char *typed, const char *language, GError **error)
{
        g_autofree char *query = finds_query(typed);
        g_autoptr(GPtrArray) found = NULL;
        bool is_cut;
        json_t *reports = json_array();
        if (query != NULL) {
                found = finds_search(house->store, FIND_ORGANISATION, query, 0, FILES_MAX, &is_cut, error);
                bool is_read = found != NULL;
                for (guint i = 0; is_read && i < found->len; i++)
                        is_read = add_reports(house, ((const Found *)g_ptr_array_index(found, i))->id,
                                              language, reports, error);
                if (!is_read) {
                        json_decref(reports);
                        return NULL;
                }
        }
        g_autofree char *name = heading(typed, found);
        return json_pack("{s:s, s:o}", "organisation", name, "feedbacks", reports);
}
