#include "procedure/procedure_private.h"

#include "base/text.h"

#include <string.h>

const char *const act_words[] = { "form", "validate", "acknowledge", "agree", "answer",
                                  "date", "grade",    "robot",       NULL };
const char *const weight_words[] = { "light", "heavy", NULL };
const char *const level_words[] = { "A0", "A1", "A2", "A3", NULL };

/* Mails that the engine itself orders, whatever the procedure. */
static const char *const engine_mails[] = { "receipt",
                                            "question_back",
                                            "reason_wanted",
                                            "form_incomplete",
                                            "already_done",
                                            "not_for_you",
                                            "confirm_request",
                                            "address_fails",
                                            "question_forwarded",
                                            "escalation",
                                            "undone",
                                            "undo_too_late",
                                            "follow",
                                            "help",

                                            "why",
                                            "form_saved",
                                            "my_space_link",
                                            "history",
                                            "documents",
                                            "my_data",
                                            "label_info",
                                            "organisation_feedbacks",
                                            "delegated",
                                            "replaced",
                                            "case_interrupted",
                                            "case_closed",
                                            "wrong_confidential_channel" };

static void role_free(gpointer data)
{
        Role *role = data;
        g_free(role->role);
        texts_free(role->label);
        g_free(role);
}

static void source_free(gpointer data)
{
        RoleSource *source = data;
        g_free(source->role);
        g_strfreev(source->name_fields);
        g_free(source->email_field);
        g_free(source->language_field);
        g_free(source);
}

void action_rule_free(gpointer data)
{
        ActionRule *action = data;
        g_free(action->answer);
        g_free(action->value);
        g_free(action->hears);
        texts_free(action->word);
        texts_free(action->label);
        g_free(action);
}

static void status_free(gpointer data)
{
        StatusRule *rule = data;
        g_strfreev(rule->after);
        moment_clear(&rule->at);
        g_free(rule);
}

static void command_free(gpointer data)
{
        CommandRule *rule = data;
        g_free(rule->key);
        g_strfreev(rule->opens);
        g_free(rule->fills);
        g_free(rule);
}

static void document_free(gpointer data)
{
        DocumentRule *rule = data;
        g_free(rule->key);
        texts_free(rule->label);
        g_strfreev(rule->after);
        g_free(rule);
}

static void summary_free(gpointer data)
{
        SummaryRule *rule = data;
        g_free(rule->name);
        g_free(rule->role);
        g_free(rule->field);
        g_free(rule);
}

Procedure *procedure_new(const char *source, gsize size)
{
        Procedure *procedure = g_new0(Procedure, 1);
        procedure->source = g_memdup2(source, size + 1);
        procedure->source_size = size;
        procedure->hash = g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)source, size);
        procedure->roles = g_ptr_array_new_with_free_func(role_free);
        procedure->sources = g_ptr_array_new_with_free_func(source_free);
        procedure->forms = g_ptr_array_new_with_free_func(form_free);
        procedure->steps = g_ptr_array_new_with_free_func(step_free);
        procedure->statuses = g_ptr_array_new_with_free_func(status_free);
        procedure->commands = g_ptr_array_new_with_free_func(command_free);
        procedure->documents = g_ptr_array_new_with_free_func(document_free);
        procedure->summary = g_ptr_array_new_with_free_func(summary_free);
        procedure->names = g_ptr_array_new_with_free_func(summary_free);
        procedure->words = words_new();
        for (int i = 0; i <= ACT_ROBOT; i++)
                procedure->actions[i] = g_ptr_array_new_with_free_func(action_rule_free);
        procedure->calendars =
                g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)calendar_free);
        procedure->step_index = g_hash_table_new(g_str_hash, g_str_equal);
        procedure->form_index = g_hash_table_new(g_str_hash, g_str_equal);
        return procedure;
}

static void presence_rule_free(PresenceRule *rule)
{
        if (rule == NULL)
                return;
        g_free(rule->from);
        g_free(rule->to);
        g_free(rule->hours_per_week);
        g_free(rule->pay);
        g_free(rule->pay_per);
        g_free(rule);
}

void procedure_free(Procedure *procedure)
{
        if (procedure == NULL)
                return;
        g_free(procedure->source);
        g_free(procedure->hash);
        g_free(procedure->key);
        g_free(procedure->prefix);
        g_free(procedure->interruptions);
        presence_rule_free(procedure->presence);
        organisation_rule_free(procedure->organisations);
        g_strfreev(procedure->languages);
        g_strfreev(procedure->escalation);
        g_strfreev(procedure->helpers);
        g_strfreev(procedure->staff);
        g_strfreev(procedure->address_watch);
        g_ptr_array_unref(procedure->roles);
        g_ptr_array_unref(procedure->sources);
        g_ptr_array_unref(procedure->forms);
        g_ptr_array_unref(procedure->steps);
        g_ptr_array_unref(procedure->statuses);
        g_ptr_array_unref(procedure->commands);
        g_ptr_array_unref(procedure->documents);
        g_ptr_array_unref(procedure->summary);
        g_ptr_array_unref(procedure->names);
        for (int i = 0; i <= ACT_ROBOT; i++)
                g_ptr_array_unref(procedure->actions[i]);
        words_free(procedure->words);
        g_hash_table_unref(procedure->calendars);
        g_hash_table_unref(procedure->step_index);
        g_hash_table_unref(procedure->form_index);
        g_free(procedure);
}

const char *procedure_key(const Procedure *procedure)
{
        return procedure->key;
}

const char *procedure_prefix(const Procedure *procedure)
{
        return procedure->prefix;
}

const char *const *procedure_languages(const Procedure *procedure)
{
        return (const char *const *)procedure->languages;
}

const char *procedure_source(const Procedure *procedure, gsize *size_out)
{
        *size_out = procedure->source_size;
        return procedure->source;
}

const char *procedure_hash(const Procedure *procedure)
{
        return procedure->hash;
}

const GPtrArray *procedure_steps(const Procedure *procedure)
{
        return procedure->steps;
}

const Step *procedure_step(const Procedure *procedure, const char *key)
{
        return key != NULL ? g_hash_table_lookup(procedure->step_index, key) : NULL;
}

const GPtrArray *procedure_forms(const Procedure *procedure)
{
        return procedure->forms;
}

const char *procedure_role(const Procedure *procedure, guint index)
{
        return index < procedure->roles->len
                       ? ((const Role *)g_ptr_array_index(procedure->roles, index))->role
                       : NULL;
}

const Form *procedure_form(const Procedure *procedure, const char *key)
{
        return key != NULL ? g_hash_table_lookup(procedure->form_index, key) : NULL;
}

const Field *procedure_field(const Procedure *procedure, const char *name, const Form **form_out)
{
        const char *dot = name != NULL ? strchr(name, '.') : NULL;
        if (dot == NULL)
                return NULL;
        g_autofree char *key = g_strndup(name, (gsize)(dot - name));
        const Form *form = procedure_form(procedure, key);
        if (form_out != NULL)
                *form_out = form;
        return form_find_field(form, dot + 1);
}

bool step_is_form(const Step *step)
{
        return step->act == ACT_FORM || step->act == ACT_DATE || step->act == ACT_GRADE;
}

const GPtrArray *procedure_step_actions(const Procedure *procedure, const Step *step)
{
        return step->answers != NULL ? step->answers : procedure->actions[step->act];
}

const CommandRule *procedure_command(const Procedure *procedure, const char *key)
{
        for (guint i = 0; i < procedure->commands->len; i++) {
                const CommandRule *rule = g_ptr_array_index(procedure->commands, i);
                if (g_strcmp0(rule->key, key) == 0)
                        return rule;
        }
        return NULL;
}

const GPtrArray *procedure_commands(const Procedure *procedure)
{
        return procedure->commands;
}

const GPtrArray *procedure_documents(const Procedure *procedure)
{
        return procedure->documents;
}

const GPtrArray *procedure_summary(const Procedure *procedure)
{
        return procedure->summary;
}

const GPtrArray *procedure_names(const Procedure *procedure)
{
        return procedure->names;
}

const GPtrArray *procedure_role_sources(const Procedure *procedure)
{
        return procedure->sources;
}

static bool names_role(const Procedure *procedure, const Role *role, const char *folded)
{
        g_autofree char *key = text_fold(role->role);
        if (strcmp(key, folded) == 0)
                return true;
        for (char **language = procedure->languages; *language != NULL; language++) {
                g_autofree char *label = text_fold(texts_get(role->label, *language));
                if (strcmp(label, folded) == 0)
                        return true;
        }
        return false;
}

const char *procedure_role_named(const Procedure *procedure, const char *word)
{
        g_autofree char *folded = text_fold(word);
        g_strstrip(folded);
        for (guint i = 0; i < procedure->roles->len; i++) {
                const Role *role = g_ptr_array_index(procedure->roles, i);
                if (names_role(procedure, role, folded))
                        return role->role;
        }
        return NULL;
}

const char *const *procedure_staff(const Procedure *procedure)
{
        return (const char *const *)procedure->staff;
}

const char *const *procedure_address_watch(const Procedure *procedure)
{
        return (const char *const *)procedure->address_watch;
}

const PresenceRule *procedure_presence(const Procedure *procedure)
{
        return procedure->presence;
}

const OrganisationRule *procedure_organisations(const Procedure *procedure)
{
        return procedure->organisations;
}

const char *procedure_interruptions(const Procedure *procedure)
{
        return procedure->interruptions;
}

const char *procedure_word(const Procedure *procedure, const char *key, const char *language)
{
        return words_get(procedure->words, key, language);
}

const Texts *procedure_role_label(const Procedure *procedure, const char *role)
{
        const Role *found = role != NULL ? load_find_role(procedure, role) : NULL;
        return found != NULL ? found->label : NULL;
}

const GPtrArray *procedure_statuses(const Procedure *procedure)
{
        return procedure->statuses;
}

const char *const *procedure_escalation(const Procedure *procedure)
{
        return (const char *const *)procedure->escalation;
}

const char *const *procedure_helpers(const Procedure *procedure)
{
        return (const char *const *)procedure->helpers;
}

void procedure_mails(const Procedure *procedure, ProcedureMailVisit visit, void *data)
{
        for (guint i = 0; i < procedure->steps->len; i++) {
                const Step *step = g_ptr_array_index(procedure->steps, i);
                for (guint j = 0; j < step->mails->len; j++) {
                        const MailRule *rule = g_ptr_array_index(step->mails, j);
                        visit(rule->key, rule->file, rule->line, rule->column, data);
                }
        }
        for (size_t i = 0; i < G_N_ELEMENTS(engine_mails); i++)
                visit(engine_mails[i], "mail_templates", 0, 0, data);
}

/* Calendars are few and a country's name comes with each question. */
static const Calendar *calendar_of(const Procedure *procedure, const char *country)
{
        return country != NULL ? g_hash_table_lookup(procedure->calendars, country) : NULL;
}

static int compare_countries(gconstpointer a, gconstpointer b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

GPtrArray *procedure_countries(const Procedure *procedure)
{
        GPtrArray *countries = g_ptr_array_new();
        GHashTableIter iter;
        gpointer country;
        g_hash_table_iter_init(&iter, procedure->calendars);
        while (g_hash_table_iter_next(&iter, &country, NULL))
                g_ptr_array_add(countries, country);
        g_ptr_array_sort(countries, compare_countries);
        return countries;
}

bool procedure_has_country(const Procedure *procedure, const char *country)
{
        return g_hash_table_contains(procedure->calendars, country);
}

void procedure_set_day(Procedure *procedure, const char *country, Day day, bool is_working)
{
        Calendar *calendar = g_hash_table_lookup(procedure->calendars, country);
        if (calendar != NULL)
                calendar_set_day(calendar, day, is_working);
}

bool procedure_is_working_day(const Procedure *procedure, const char *country, Day day)
{
        return calendar_is_working_day(calendar_of(procedure, country), day);
}

int procedure_week_end(const Procedure *procedure, const char *country)
{
        return calendar_week_end(calendar_of(procedure, country));
}

Day procedure_add_working_days(const Procedure *procedure, const char *country, Day day, int count)
{
        return calendar_add(calendar_of(procedure, country), day, count);
}
