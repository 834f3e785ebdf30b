#include "procedure/procedure.h"

#include "procedure/calendar.h"

#include <string.h>

#define FILE_MARK "#=== file "
enum { REMINDERS_MAX = 3 };

typedef struct {
        char *role;
        Texts *label;
        const YamlNode *node;
        bool is_used;
} Role;

struct Procedure {
        char *source, *hash, *key, *prefix;
        gsize source_size;
        char **languages;
        GPtrArray *roles;                  /* of Role */
        GPtrArray *forms;                  /* of Form */
        GPtrArray *steps;                  /* of Step */
        GPtrArray *actions[ACT_ROBOT + 1]; /* of ActionRule */
        GPtrArray *statuses;               /* of StatusRule */
        char **escalation, **helpers;
        GHashTable *calendars; /* country -> Calendar */
};

static const char *const act_words[] = { "form", "validate", "acknowledge", "agree", "answer",
                                         "date", "grade",    "robot",       NULL };
static const char *const weight_words[] = { "light", "heavy", NULL };
static const char *const level_words[] = { "A0", "A1", "A2", "A3", NULL };
static const char *const kind_words[] = { "text",    "long_text", "date",  "number",    "choice",
                                          "choices", "yes_no",    "scale", "five_step", "email",
                                          "phone",   "file",      "group", NULL };
static const char *const on_words[] = { "opened", "done", "corrected", "refused", NULL };
static const char *const answer_words[] = { "accept", "correct", "refuse", NULL };

/* Mails that the engine itself orders, whatever the procedure. */
static const char *const engine_mails[] = { "receipt",         "question_back", "reason_wanted",
                                            "form_incomplete", "already_done",  "not_for_you",
                                            "confirm_request", "address_fails", "question_forwarded",
                                            "escalation",      "undone",        "undo_too_late",
                                            "follow",          "help",          "why" };

static void role_free(gpointer data)
{
        Role *role = data;
        g_free(role->role);
        texts_free(role->label);
        g_free(role);
}

static void field_free(gpointer data)
{
        Field *field = data;
        g_free(field->key);
        texts_free(field->label);
        texts_free(field->help);
        g_free(field->if_field);
        g_strfreev(field->if_values);
        g_strfreev(field->choice_keys);
        g_clear_pointer(&field->choice_labels, g_ptr_array_unref);
        g_free(field->prefill);
        g_free(field);
}

static void form_free(gpointer data)
{
        Form *form = data;
        g_free(form->key);
        texts_free(form->title);
        texts_free(form->intro);
        g_ptr_array_unref(form->fields);
        g_free(form);
}

static void moment_clear(Moment *moment)
{
        g_free(moment->field);
        g_free(moment->until);
}

static void mail_rule_free(gpointer data)
{
        MailRule *rule = data;
        g_free(rule->key);
        g_strfreev(rule->to);
        g_free(rule->if_field);
        g_free(rule->if_value);
        g_strfreev(rule->after_too);
        g_free(rule);
}

static void step_free(gpointer data)
{
        Step *step = data;
        g_free(step->key);
        g_free(step->number);
        texts_free(step->label);
        g_free(step->role);
        g_free(step->form);
        g_strfreev(step->after);
        moment_clear(&step->opens);
        moment_clear(&step->due);
        g_array_unref(step->remind);
        g_array_unref(step->escalate);
        g_free(step->returns_to);
        g_ptr_array_unref(step->mails);
        g_free(step);
}

static void action_free(gpointer data)
{
        ActionRule *action = data;
        g_free(action->answer);
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

static Procedure *procedure_new(const char *source, gsize size)
{
        Procedure *procedure = g_new0(Procedure, 1);
        procedure->source = g_memdup2(source, size + 1);
        procedure->source_size = size;
        procedure->hash = g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)source, size);
        procedure->roles = g_ptr_array_new_with_free_func(role_free);
        procedure->forms = g_ptr_array_new_with_free_func(form_free);
        procedure->steps = g_ptr_array_new_with_free_func(step_free);
        procedure->statuses = g_ptr_array_new_with_free_func(status_free);
        for (int i = 0; i <= ACT_ROBOT; i++)
                procedure->actions[i] = g_ptr_array_new_with_free_func(action_free);
        procedure->calendars =
                g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)calendar_free);
        return procedure;
}

void procedure_free(Procedure *procedure)
{
        if (procedure == NULL)
                return;
        g_free(procedure->source);
        g_free(procedure->hash);
        g_free(procedure->key);
        g_free(procedure->prefix);
        g_strfreev(procedure->languages);
        g_strfreev(procedure->escalation);
        g_strfreev(procedure->helpers);
        g_ptr_array_unref(procedure->roles);
        g_ptr_array_unref(procedure->forms);
        g_ptr_array_unref(procedure->steps);
        g_ptr_array_unref(procedure->statuses);
        for (int i = 0; i <= ACT_ROBOT; i++)
                g_ptr_array_unref(procedure->actions[i]);
        g_hash_table_unref(procedure->calendars);
        g_free(procedure);
}

void procedure_join(GString *source, const char *file, const char *bytes, gsize size)
{
        g_string_append_printf(source, FILE_MARK "%s\n", file);
        g_string_append_len(source, bytes, (gssize)size);
        if (size == 0 || bytes[size - 1] != '\n')
                g_string_append_c(source, '\n');
}

/* Reading. */

typedef struct {
        Procedure *procedure;
        Problems *problems;
        const char *const *languages;
} Loader;

static char **read_words(const Loader *loader, const YamlNode *map, const char *key)
{
        g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
        const YamlNode *list = yaml_list(map, key, loader->problems);
        for (guint i = 0; i < yaml_list_length(list); i++) {
                const YamlNode *item = yaml_list_get(list, i);
                if (item->kind == YAML_SCALAR)
                        g_strv_builder_add(builder, item->text);
                else
                        yaml_problem(item, loader->problems, "write one word", "a name is expected here");
        }
        return g_strv_builder_end(builder);
}

static Texts *read_texts(const Loader *loader, const YamlNode *map, const char *key, bool is_required)
{
        const YamlNode *node = yaml_find(map, key);
        if (node != NULL)
                return texts_read(node, loader->languages, loader->problems);
        if (is_required)
                yaml_text_required(map, key, loader->problems);
        return NULL;
}

static void read_roles(Loader *loader, const YamlNode *roles)
{
        for (guint i = 0; roles != NULL && i < roles->keys->len; i++) {
                Role *role = g_new0(Role, 1);
                role->node = g_ptr_array_index(roles->keys, i);
                role->role = g_strdup(role->node->text);
                role->label =
                        texts_read(g_ptr_array_index(roles->items, i), loader->languages, loader->problems);
                g_ptr_array_add(loader->procedure->roles, role);
        }
}

static Role *find_role(const Procedure *procedure, const char *name)
{
        for (guint i = 0; i < procedure->roles->len; i++) {
                Role *role = g_ptr_array_index(procedure->roles, i);
                if (strcmp(role->role, name) == 0)
                        return role;
        }
        return NULL;
}

static void unknown_name(const Loader *loader, const YamlNode *node, const char *noun, const char *name,
                         GPtrArray *names)
{
        g_ptr_array_add(names, NULL);
        const char *nearest = yaml_nearest(name, (const char *const *)names->pdata);
        g_autofree char *all = g_strjoinv(", ", (char **)names->pdata);
        g_autofree char *mend = nearest != NULL ? g_strdup_printf("did you mean `%s`?", nearest)
                                                : g_strdup_printf("use one of: %s", all);
        yaml_problem(node, loader->problems, mend, "there is no %s `%s`", noun, name);
}

static void check_role(const Loader *loader, const YamlNode *node, const char *name)
{
        Role *role = find_role(loader->procedure, name);
        if (role != NULL) {
                role->is_used = true;
                return;
        }
        g_autoptr(GPtrArray) names = g_ptr_array_new();
        for (guint i = 0; i < loader->procedure->roles->len; i++)
                g_ptr_array_add(names, ((Role *)g_ptr_array_index(loader->procedure->roles, i))->role);
        unknown_name(loader, node, "role", name, names);
}

static void read_choices(const Loader *loader, const YamlNode *node, Field *field)
{
        const YamlNode *choices = yaml_map(node, "choices", loader->problems);
        g_autoptr(GStrvBuilder) keys = g_strv_builder_new();
        field->choice_labels = g_ptr_array_new_with_free_func((GDestroyNotify)texts_free);
        for (guint i = 0; choices != NULL && i < choices->keys->len; i++) {
                g_strv_builder_add(keys, ((const YamlNode *)g_ptr_array_index(choices->keys, i))->text);
                g_ptr_array_add(field->choice_labels, texts_read(g_ptr_array_index(choices->items, i),
                                                                 loader->languages, loader->problems));
        }
        field->choice_keys = g_strv_builder_end(keys);
        if (field->choice_labels->len < 2)
                yaml_problem(node, loader->problems, "write `choices:` with a key and its words for each",
                             "a choice needs at least two choices");
}

static Field *read_field(const Loader *loader, const YamlNode *node, int anchor)
{
        static const char *const keys[] = { "key",     "label",     "help",        "kind", "required",
                                            "if",      "if_values", "required_if", "min",  "max",
                                            "choices", "prefill",   NULL };
        yaml_check_keys(node, keys, loader->problems);
        Field *field = g_new0(Field, 1);
        field->anchor = anchor;
        field->key = g_strdup(yaml_text_required(node, "key", loader->problems));
        field->label = read_texts(loader, node, "label", true);
        field->help = read_texts(loader, node, "help", false);
        field->kind = (FieldKind)yaml_word(node, "kind", kind_words, FIELD_TEXT, loader->problems);
        field->is_required = yaml_bool(node, "required", false, loader->problems);
        const char *required_if = yaml_text(node, "required_if", NULL, loader->problems);
        field->if_field =
                g_strdup(required_if != NULL ? required_if : yaml_text(node, "if", NULL, loader->problems));
        field->if_required = required_if != NULL;
        field->if_values = read_words(loader, node, "if_values");
        field->min = yaml_int(node, "min", 0, INT64_MIN / 2, INT64_MAX / 2, loader->problems);
        field->max = yaml_int(node, "max", 1000000000, INT64_MIN / 2, INT64_MAX / 2, loader->problems);
        field->prefill = g_strdup(yaml_text(node, "prefill", NULL, loader->problems));
        if (field->min > field->max)
                yaml_problem(node, loader->problems, "exchange the two", "`min` is above `max`");
        if (field->kind == FIELD_CHOICE || field->kind == FIELD_CHOICES)
                read_choices(loader, node, field);
        return field;
}

static const Field *form_field(const Form *form, const char *key)
{
        for (guint i = 0; i < form->fields->len; i++) {
                const Field *field = g_ptr_array_index(form->fields, i);
                if (g_strcmp0(field->key, key) == 0)
                        return field;
        }
        return NULL;
}

static void read_form(const Loader *loader, const char *key, const YamlNode *node)
{
        static const char *const keys[] = { "title", "intro", "fields", NULL };
        yaml_check_keys(node, keys, loader->problems);
        Form *form = g_new0(Form, 1);
        form->key = g_strdup(key);
        form->title = read_texts(loader, node, "title", true);
        form->intro = read_texts(loader, node, "intro", false);
        form->fields = g_ptr_array_new_with_free_func(field_free);
        const YamlNode *fields = yaml_list(node, "fields", loader->problems);
        for (guint i = 0; i < yaml_list_length(fields); i++) {
                const YamlNode *item = yaml_list_get(fields, i);
                Field *field = read_field(loader, item, (int)i + 1);
                if (field->key != NULL && form_field(form, field->key) != NULL)
                        yaml_problem(item, loader->problems, "give it another key",
                                     "the form has two fields `%s`", field->key);
                if (field->if_field != NULL && form_field(form, field->if_field) == NULL)
                        yaml_problem(item, loader->problems, "name a field above this one",
                                     "the condition speaks of a field `%s` that does not stand above",
                                     field->if_field);
                g_ptr_array_add(form->fields, field);
        }
        if (form->fields->len == 0)
                yaml_problem(node, loader->problems, "add `fields:`", "the form `%s` has no field", key);
        g_ptr_array_add(loader->procedure->forms, form);
}

/* "form.field" must be a date of a form. */
static char *read_date_field(const Loader *loader, const YamlNode *map, const char *key)
{
        const char *name = yaml_text(map, key, NULL, loader->problems);
        if (name == NULL)
                return NULL;
        g_auto(GStrv) parts = g_strsplit(name, ".", 2);
        const Form *form = g_strv_length(parts) == 2 ? procedure_form(loader->procedure, parts[0]) : NULL;
        const Field *field = form != NULL ? form_field(form, parts[1]) : NULL;
        if (field == NULL || field->kind != FIELD_DATE)
                yaml_problem(yaml_find(map, key), loader->problems, "write form.field, such as record.start",
                             "`%s` is no date of a form", name);
        return g_strdup(name);
}

static Moment read_moment(const Loader *loader, const YamlNode *map, const char *key, bool from_opening)
{
        static const char *const keys[] = { "field", "halfway_to", "days", "working_days", NULL };
        const YamlNode *node = yaml_map(map, key, loader->problems);
        Moment moment = { .kind = MOMENT_NONE };
        if (node == NULL)
                return moment;
        yaml_check_keys(node, keys, loader->problems);
        moment.field = read_date_field(loader, node, "field");
        moment.until = read_date_field(loader, node, "halfway_to");
        moment.kind = moment.until != NULL   ? MOMENT_HALFWAY
                      : moment.field != NULL ? MOMENT_FIELD
                                             : MOMENT_OPENING;
        moment.days = (int)yaml_int(node, "days", 0, -3650, 3650, loader->problems);
        moment.working_days = (int)yaml_int(node, "working_days", 0, -1000, 1000, loader->problems);
        if (moment.kind != MOMENT_OPENING && moment.field == NULL)
                yaml_problem(node, loader->problems, "add `field:`", "half-way from where is not said");
        if (moment.kind == MOMENT_OPENING && !from_opening)
                yaml_problem(node, loader->problems, "add `field: record.start` or the like",
                             "days from what is not said");
        if (moment.kind == MOMENT_OPENING && moment.days + moment.working_days < 0)
                yaml_problem(node, loader->problems, "write a number from 0",
                             "the deadline lies before the opening");
        return moment;
}

static GArray *read_days(const Loader *loader, const YamlNode *map, const char *key, guint most)
{
        GArray *days = g_array_new(FALSE, FALSE, sizeof(int));
        const YamlNode *list = yaml_list(map, key, loader->problems);
        for (guint i = 0; i < yaml_list_length(list); i++) {
                const YamlNode *item = yaml_list_get(list, i);
                gint64 value;
                if (item->kind != YAML_SCALAR ||
                    !g_ascii_string_to_signed(item->text, 10, -200, 1000, &value, NULL)) {
                        yaml_problem(item, loader->problems,
                                     "write working days after the deadline: -1, 2, 5",
                                     "this is no number of days");
                        continue;
                }
                int number = (int)value;
                if (days->len > 0 && number <= g_array_index(days, int, days->len - 1))
                        yaml_problem(item, loader->problems, "write them in rising order",
                                     "this day does not come after the one before");
                g_array_append_val(days, number);
        }
        if (days->len > most)
                yaml_problem(list, loader->problems, "leave some out", "at most %u are allowed", most);
        return days;
}

static MailRule *read_mail(const Loader *loader, const YamlNode *node)
{
        static const char *const keys[] = { "on", "mail", "to", "if", "is", "when_also_done", NULL };
        yaml_check_keys(node, keys, loader->problems);
        MailRule *rule = g_new0(MailRule, 1);
        rule->file = node->file;
        rule->line = node->line;
        rule->column = node->column;
        rule->on = (MailOn)yaml_word(node, "on", on_words, MAIL_ON_OPENED, loader->problems);
        rule->key = g_strdup(yaml_text_required(node, "mail", loader->problems));
        rule->to = read_words(loader, node, "to");
        rule->if_field = g_strdup(yaml_text(node, "if", NULL, loader->problems));
        rule->if_value = g_strdup(yaml_text(node, "is", NULL, loader->problems));
        rule->after_too = read_words(loader, node, "when_also_done");
        for (char **role = rule->to; *role != NULL; role++)
                if (strcmp(*role, "actor") != 0)
                        check_role(loader, node, *role);
        if (rule->to[0] == NULL)
                yaml_problem(node, loader->problems, "add `to: actor` or roles", "the mail goes to nobody");
        return rule;
}

static void read_step_texts(const Loader *loader, const YamlNode *node, Step *step)
{
        step->number = g_strdup(yaml_text(node, "number", "", loader->problems));
        step->label = read_texts(loader, node, "label", true);
        step->role = g_strdup(yaml_text_required(node, "role", loader->problems));
        step->act = (ActKind)yaml_word(node, "act", act_words, ACT_VALIDATE, loader->problems);
        step->weight = (Weight)yaml_word(node, "weight", weight_words, WEIGHT_HEAVY, loader->problems);
        int level =
                step->weight == WEIGHT_HEAVY ? LEVEL_A2 : LEVEL_A1; /* DESIGN: the procedure may raise them */
        step->level = (Level)yaml_word(node, "level", level_words, level, loader->problems);
        step->label_required = yaml_bool(node, "label_required", false, loader->problems);
        if ((int)step->level < level)
                yaml_problem(yaml_find(node, "level"), loader->problems, "leave `level` out, or raise it",
                             "a %s act needs at least %s", weight_words[step->weight], level_words[level]);
        if (step->role != NULL)
                check_role(loader, yaml_find(node, "role"), step->role);
        step->form = g_strdup(yaml_text(node, "form", NULL, loader->problems));
        if (step->form != NULL && procedure_form(loader->procedure, step->form) == NULL) {
                g_autoptr(GPtrArray) names = g_ptr_array_new();
                for (guint i = 0; i < loader->procedure->forms->len; i++)
                        g_ptr_array_add(names, ((Form *)g_ptr_array_index(loader->procedure->forms, i))->key);
                unknown_name(loader, yaml_find(node, "form"), "form", step->form, names);
        }
        if (step->form == NULL && step->act == ACT_FORM)
                yaml_problem(node, loader->problems, "add `form: …`", "which form is filled is not said");
}

static void read_step(const Loader *loader, const YamlNode *key, const YamlNode *node)
{
        static const char *const keys[] = { "number",     "label", "role",           "act",
                                            "weight",     "level", "form",           "after",
                                            "opens",      "due",   "remind",         "escalate",
                                            "returns_to", "mails", "label_required", NULL };
        yaml_check_keys(node, keys, loader->problems);
        Step *step = g_new0(Step, 1);
        step->key = g_strdup(key->text);
        step->file = key->file;
        step->line = key->line;
        read_step_texts(loader, node, step);
        step->after = read_words(loader, node, "after");
        step->opens = read_moment(loader, node, "opens", false);
        step->due = read_moment(loader, node, "due", true);
        step->remind = read_days(loader, node, "remind", REMINDERS_MAX);
        step->escalate = read_days(loader, node, "escalate", g_strv_length(loader->procedure->escalation));
        if (step->due.kind == MOMENT_NONE && step->remind->len + step->escalate->len > 0)
                yaml_problem(node, loader->problems, "add `due:`", "reminders need a deadline to count from");
        step->returns_to = g_strdup(yaml_text(node, "returns_to", NULL, loader->problems));
        step->mails = g_ptr_array_new_with_free_func(mail_rule_free);
        const YamlNode *mails = yaml_list(node, "mails", loader->problems);
        bool asks = false;
        for (guint i = 0; i < yaml_list_length(mails); i++) {
                MailRule *rule = read_mail(loader, yaml_list_get(mails, i));
                asks = asks || (rule->on == MAIL_ON_OPENED &&
                                g_strv_contains((const char *const *)rule->to, "actor"));
                g_ptr_array_add(step->mails, rule);
        }
        if (!asks && step->act != ACT_ROBOT)
                yaml_problem(key, loader->problems, "add to its mails `- {on: opened, mail: …, to: actor}`",
                             "nobody is asked: the step `%s` cannot be finished", step->key);
        g_ptr_array_add(loader->procedure->steps, step);
}

static void read_actions(const Loader *loader, const YamlNode *acts)
{
        static const char *const keys[] = { "answer", "word", "label", "reason", "primary", NULL };
        yaml_check_keys(acts, act_words, loader->problems);
        for (int act = 0; act <= ACT_ROBOT; act++) {
                const YamlNode *list = yaml_list(acts, act_words[act], loader->problems);
                for (guint i = 0; i < yaml_list_length(list); i++) {
                        const YamlNode *node = yaml_list_get(list, i);
                        yaml_check_keys(node, keys, loader->problems);
                        ActionRule *action = g_new0(ActionRule, 1);
                        action->answer = g_strdup(
                                answer_words[yaml_word(node, "answer", answer_words, 0, loader->problems)]);
                        action->word = read_texts(loader, node, "word", true);
                        action->label = read_texts(loader, node, "label", true);
                        action->needs_reason = yaml_bool(node, "reason", false, loader->problems);
                        action->is_primary = yaml_bool(node, "primary", false, loader->problems);
                        g_ptr_array_add(loader->procedure->actions[act], action);
                }
        }
}

static void read_statuses(const Loader *loader, const YamlNode *root)
{
        static const char *const keys[] = { "status", "after", "at", NULL };
        const YamlNode *list = yaml_list(root, "statuses", loader->problems);
        for (guint i = 0; i < yaml_list_length(list); i++) {
                const YamlNode *node = yaml_list_get(list, i);
                yaml_check_keys(node, keys, loader->problems);
                StatusRule *rule = g_new0(StatusRule, 1);
                const char *word = yaml_text_required(node, "status", loader->problems);
                if (word != NULL && !case_status_parse(word, &rule->status))
                        yaml_problem(yaml_find(node, "status"), loader->problems,
                                     "write planned, running, interrupted, broken_off, finished, defended, "
                                     "graded or closed",
                                     "`%s` is no status of a case", word);
                rule->after = read_words(loader, node, "after");
                rule->at = read_moment(loader, node, "at", false);
                g_ptr_array_add(loader->procedure->statuses, rule);
        }
}

/* Checks over the whole. */

static void check_step_name(const Loader *loader, const Step *step, const char *name, const char *where)
{
        if (procedure_step(loader->procedure, name) != NULL)
                return;
        g_autoptr(GPtrArray) names = g_ptr_array_new();
        for (guint i = 0; i < loader->procedure->steps->len; i++)
                g_ptr_array_add(names, ((Step *)g_ptr_array_index(loader->procedure->steps, i))->key);
        g_ptr_array_add(names, NULL);
        const char *nearest = yaml_nearest(name, (const char *const *)names->pdata);
        g_autofree char *mend = nearest != NULL ? g_strdup_printf("did you mean `%s`?", nearest)
                                                : g_strdup("name a step of this procedure");
        problems_add(loader->problems, step->file, step->line, 0, mend,
                     "`%s` of `%s` names a step `%s` that does not exist", where, step->key, name);
}

/* Follows `after` from a step; true when it comes back to it. */
static bool needs_itself(const Procedure *procedure, const Step *step, const char *target, int depth)
{
        if (depth > (int)procedure->steps->len)
                return false;
        for (char **name = step->after; *name != NULL; name++) {
                const Step *before = procedure_step(procedure, *name);
                if (strcmp(*name, target) == 0 ||
                    (before != NULL && needs_itself(procedure, before, target, depth + 1)))
                        return true;
        }
        return false;
}

static void check_step(const Loader *loader, const Step *step)
{
        for (char **name = step->after; *name != NULL; name++)
                check_step_name(loader, step, *name, "after");
        if (step->returns_to != NULL)
                check_step_name(loader, step, step->returns_to, "returns_to");
        for (guint i = 0; i < step->mails->len; i++) {
                const MailRule *rule = g_ptr_array_index(step->mails, i);
                for (char **name = rule->after_too; *name != NULL; name++)
                        check_step_name(loader, step, *name, "when_also_done");
        }
        if (needs_itself(loader->procedure, step, step->key, 0))
                problems_add(loader->problems, step->file, step->line, 0, "take one of the needs out",
                             "`%s` waits for itself: its needs go round in a circle", step->key);
        if (loader->procedure->actions[step->act]->len == 0 && step->act != ACT_FORM &&
            step->act != ACT_ROBOT)
                problems_add(loader->problems, step->file, step->line, 0, "add its answers below `acts:`",
                             "the act `%s` has no answer: `%s` cannot be finished", act_words[step->act],
                             step->key);
}

static void check_unused(const Loader *loader)
{
        const Procedure *procedure = loader->procedure;
        for (guint i = 0; i < procedure->roles->len; i++) {
                const Role *role = g_ptr_array_index(procedure->roles, i);
                if (!role->is_used)
                        yaml_problem(role->node, loader->problems, "use it, or take it out",
                                     "the role `%s` is never used", role->role);
        }
        for (guint i = 0; i < procedure->forms->len; i++) {
                const Form *form = g_ptr_array_index(procedure->forms, i);
                bool is_used = false;
                for (guint j = 0; j < procedure->steps->len; j++)
                        is_used = is_used || g_strcmp0(((Step *)g_ptr_array_index(procedure->steps, j))->form,
                                                       form->key) == 0;
                if (!is_used)
                        problems_add(loader->problems, ((Step *)g_ptr_array_index(procedure->steps, 0))->file,
                                     0, 0, "use it, or take it out", "the form `%s` is never used",
                                     form->key);
        }
}

static void read_forms(const Loader *loader, const YamlNode *root)
{
        const YamlNode *forms = yaml_map(root, "forms", loader->problems);
        for (guint i = 0; forms != NULL && i < forms->keys->len; i++)
                read_form(loader, ((const YamlNode *)g_ptr_array_index(forms->keys, i))->text,
                          g_ptr_array_index(forms->items, i));
}

static void read_steps(const Loader *loader, const YamlNode *root)
{
        const YamlNode *steps = yaml_map(root, "steps", loader->problems);
        for (guint i = 0; steps != NULL && i < steps->keys->len; i++)
                read_step(loader, g_ptr_array_index(steps->keys, i), g_ptr_array_index(steps->items, i));
        if (loader->procedure->steps->len == 0) {
                yaml_problem(root, loader->problems, "add `steps:`", "a procedure needs at least one step");
                return;
        }
        for (guint i = 0; i < loader->procedure->steps->len; i++)
                check_step(loader, g_ptr_array_index(loader->procedure->steps, i));
        check_unused(loader);
}

static void read_root(Loader *loader, const YamlNode *root)
{
        static const char *const keys[] = { "procedure",  "prefix",   "languages", "roles",
                                            "escalation", "helpers",  "acts",      "forms",
                                            "steps",      "statuses", NULL };
        Procedure *procedure = loader->procedure;
        yaml_check_keys(root, keys, loader->problems);
        procedure->key = g_strdup(yaml_text_required(root, "procedure", loader->problems));
        procedure->prefix = g_strdup(yaml_text_required(root, "prefix", loader->problems));
        procedure->languages = read_words(loader, root, "languages");
        if (procedure->languages[0] == NULL) {
                yaml_problem(root, loader->problems, "add `languages: [fr, en]`", "no language is named");
                return;
        }
        loader->languages = (const char *const *)procedure->languages;
        read_roles(loader, yaml_map(root, "roles", loader->problems));
        procedure->escalation = read_words(loader, root, "escalation");
        procedure->helpers = read_words(loader, root, "helpers");
        for (char **role = procedure->escalation; *role != NULL; role++)
                check_role(loader, yaml_find(root, "escalation"), *role);
        for (char **role = procedure->helpers; *role != NULL; role++)
                check_role(loader, yaml_find(root, "helpers"), *role);
        read_actions(loader, yaml_map(root, "acts", loader->problems));
        read_forms(loader, root);
        read_steps(loader, root);
        read_statuses(loader, root);
}

static void read_calendars(const Loader *loader, const YamlNode *root)
{
        const YamlNode *calendars = yaml_map(root, "calendars", loader->problems);
        for (guint i = 0; calendars != NULL && i < calendars->keys->len; i++)
                g_hash_table_insert(loader->procedure->calendars,
                                    g_strdup(((const YamlNode *)g_ptr_array_index(calendars->keys, i))->text),
                                    calendar_read(g_ptr_array_index(calendars->items, i), loader->problems));
}

/* One file of the joined source; the one with `calendars:` is the profile of the countries. */
static void read_file(Loader *loader, const char *name, const char *bytes, gsize size, GPtrArray *trees)
{
        YamlNode *root = yaml_parse(name, bytes, size, loader->problems);
        if (root == NULL)
                return;
        g_ptr_array_add(trees, root);
        if (yaml_find(root, "calendars") != NULL)
                read_calendars(loader, root);
        else
                read_root(loader, root);
}

Procedure *procedure_load(const char *source, gsize size, Problems *problems)
{
        g_autofree char *terminated = g_strndup(source, size);
        g_autoptr(Procedure) procedure = procedure_new(terminated, size);
        g_autoptr(GPtrArray) trees = g_ptr_array_new_with_free_func((GDestroyNotify)yaml_tree_free);
        guint before = problems_count(problems);
        Loader loader = { .procedure = procedure, .problems = problems };
        const char *mark = g_str_has_prefix(terminated, FILE_MARK) ? terminated : NULL;
        while (mark != NULL) {
                const char *name = mark + strlen(FILE_MARK), *bytes = strchr(name, '\n');
                if (bytes == NULL)
                        break;
                g_autofree char *file = g_strndup(name, (gsize)(bytes - name));
                bytes++;
                const char *next = g_str_has_prefix(bytes, FILE_MARK) ? bytes : strstr(bytes, "\n" FILE_MARK);
                const char *end = next == NULL ? terminated + size : next == bytes ? next : next + 1;
                read_file(&loader, file, bytes, (gsize)(end - bytes), trees);
                mark = next == NULL ? NULL : end;
        }
        if (procedure->key == NULL && problems_count(problems) == before)
                problems_add(problems, "rules", 0, 0, "name the file in `paths: procedure:`",
                             "no procedure is there");
        return problems_count(problems) > before ? NULL : g_steal_pointer(&procedure);
}

/* Asking. */

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
        for (guint i = 0; key != NULL && i < procedure->steps->len; i++) {
                const Step *step = g_ptr_array_index(procedure->steps, i);
                if (strcmp(step->key, key) == 0)
                        return step;
        }
        return NULL;
}

const Form *procedure_form(const Procedure *procedure, const char *key)
{
        for (guint i = 0; key != NULL && i < procedure->forms->len; i++) {
                const Form *form = g_ptr_array_index(procedure->forms, i);
                if (strcmp(form->key, key) == 0)
                        return form;
        }
        return NULL;
}

const Texts *procedure_role_label(const Procedure *procedure, const char *role)
{
        const Role *found = role != NULL ? find_role(procedure, role) : NULL;
        return found != NULL ? found->label : NULL;
}

const GPtrArray *procedure_actions(const Procedure *procedure, ActKind act)
{
        return procedure->actions[act];
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

bool procedure_has_country(const Procedure *procedure, const char *country)
{
        return g_hash_table_contains(procedure->calendars, country);
}

bool procedure_is_working_day(const Procedure *procedure, const char *country, Day day)
{
        return calendar_is_working_day(g_hash_table_lookup(procedure->calendars, country), day);
}

Day procedure_add_working_days(const Procedure *procedure, const char *country, Day day, int count)
{
        return calendar_add(g_hash_table_lookup(procedure->calendars, country), day, count);
}
