/* procedure/procedure_form.c: reads the forms of a procedure: fields, kinds, bounds, conditions. */
#include "procedure/form_value.h"
#include "procedure/procedure_private.h"

#include <string.h>

static const char *const kind_words[] = { "text",    "long_text", "date",  "number",    "choice",
                                          "choices", "yes_no",    "scale", "five_step", "email",
                                          "phone",   "file",      "group", NULL };

static void field_free(gpointer data)
{
        Field *field = data;
        g_free(field->key);
        texts_free(field->label);
        texts_free(field->help);
        texts_free(field->heading);
        g_free(field->if_field);
        g_strfreev(field->if_values);
        g_strfreev(field->choice_keys);
        g_clear_pointer(&field->choice_labels, g_ptr_array_unref);
        g_clear_pointer(&field->columns, g_ptr_array_unref);
        g_free(field->prefill);
        json_decref(field->empty);
        g_free(field);
}

void form_free(gpointer data)
{
        Form *form = data;
        g_free(form->key);
        texts_free(form->title);
        texts_free(form->intro);
        g_free(form->reader);
        g_ptr_array_unref(form->fields);
        g_free(form);
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

static Field *read_field(const Loader *loader, const YamlNode *node, int anchor);

static void read_columns(const Loader *loader, const YamlNode *node, Field *field)
{
        const YamlNode *columns = yaml_list(node, "columns", loader->problems);
        field->columns = g_ptr_array_new_with_free_func(field_free);
        for (guint i = 0; i < yaml_list_length(columns); i++) {
                const YamlNode *item = yaml_list_get(columns, i);
                Field *column = read_field(loader, item, (int)i + 1);
                if (column->kind == FIELD_GROUP)
                        yaml_problem(item, loader->problems, "choose another kind",
                                     "a group cannot hold a group");
                g_ptr_array_add(field->columns, column);
        }
        if (field->columns->len == 0)
                yaml_problem(node, loader->problems, "add `columns:`", "what each line holds is not said");
}

static void read_condition(const Loader *loader, const YamlNode *node, Field *field)
{
        const char *required_if = yaml_text(node, "required_if", NULL, loader->problems),
                   *shown_if = yaml_text(node, "if", NULL, loader->problems);
        field->if_field = g_strdup(required_if != NULL ? required_if : shown_if);
        field->if_required = required_if != NULL;
        field->if_values = load_words(loader, node, "if_values");
        if (required_if != NULL && shown_if != NULL)
                yaml_problem(yaml_find(node, "if"), loader->problems, "keep one of the two",
                             "a field has either `if` or `required_if`");
        if (field->if_field != NULL && field->if_values[0] == NULL)
                yaml_problem(node, loader->problems, "add `if_values: [yes]`, the values that count",
                             "a condition without values never holds");
        if (field->if_field == NULL && field->if_values[0] != NULL)
                yaml_problem(yaml_find(node, "if_values"), loader->problems, "add `if:` or `required_if:`",
                             "values of which field is not said");
}

static Field *read_field(const Loader *loader, const YamlNode *node, int anchor)
{
        static const char *const keys[] = { "key",     "label",     "help",        "kind",    "required",
                                            "if",      "if_values", "required_if", "min",     "max",
                                            "choices", "prefill",   "columns",     "heading", NULL };
        yaml_check_keys(node, keys, loader->problems);
        Field *field = g_new0(Field, 1);
        field->anchor = anchor;
        field->words = loader->procedure->words;
        field->key = g_strdup(yaml_text_required(node, "key", loader->problems));
        field->label = load_texts(loader, node, "label", true);
        field->help = load_texts(loader, node, "help", false);
        field->heading = load_texts(loader, node, "heading", false);
        field->kind = (FieldKind)yaml_word(node, "kind", kind_words, FIELD_TEXT, loader->problems);
        field->is_required = yaml_bool(node, "required", false, loader->problems);
        read_condition(loader, node, field);
        field->min = yaml_int(node, "min", 0, INT64_MIN / 2, INT64_MAX / 2, loader->problems);
        field->max = yaml_int(node, "max", 1000000000, INT64_MIN / 2, INT64_MAX / 2, loader->problems);
        field->prefill = g_strdup(yaml_text(node, "prefill", NULL, loader->problems));
        if (field->min > field->max)
                yaml_problem(node, loader->problems, "exchange the two", "`min` is above `max`");
        if (field->kind == FIELD_CHOICE || field->kind == FIELD_CHOICES)
                read_choices(loader, node, field);
        else if (yaml_find(node, "choices") != NULL)
                yaml_problem(yaml_find(node, "choices"), loader->problems, "write `kind: choice`",
                             "only a choice has choices");
        if (field->kind == FIELD_GROUP)
                read_columns(loader, node, field);
        return field;
}

static json_t *empty_views(const Loader *loader, const Field *field)
{
        json_t *empty = json_object();
        for (const char *const *language = loader->languages; *language != NULL; language++)
                json_object_set_new(empty, *language, view_of_empty_field(field, *language));
        return empty;
}

const Field *form_find_field(const Form *form, const char *key)
{
        for (guint i = 0; form != NULL && i < form->fields->len; i++) {
                const Field *field = g_ptr_array_index(form->fields, i);
                if (g_strcmp0(field->key, key) == 0)
                        return field;
        }
        return NULL;
}

void load_check_value(const Loader *loader, const YamlNode *node, const Field *field, const char *value)
{
        const char *const *known = form_value_choices(field);
        if (known == NULL || g_strv_contains(known, value))
                return;
        const char *nearest = yaml_nearest(value, known);
        g_autofree char *all = g_strjoinv(", ", (char **)known);
        g_autofree char *mend = nearest != NULL ? g_strdup_printf("did you mean `%s`?", nearest)
                                                : g_strdup_printf("use one of: %s", all);
        yaml_problem(node, loader->problems, mend, "`%s` never has the value `%s`", field->key, value);
}

static void check_values(const Loader *loader, const YamlNode *node, const Field *field)
{
        for (guint i = 0; i < yaml_list_length(node); i++) {
                const YamlNode *item = yaml_list_get(node, i);
                if (item->kind == YAML_SCALAR)
                        load_check_value(loader, item, field, item->text);
        }
}

/* The fields of a form, either its own or those of another (`like`). */
static const YamlNode *fields_of(const Loader *loader, const YamlNode *node)
{
        const YamlNode *like = yaml_find(node, "like");
        if (like == NULL)
                return yaml_list(node, "fields", loader->problems);
        for (guint i = 0; i < loader->trees->len; i++) {
                const YamlNode *forms = yaml_find(g_ptr_array_index(loader->trees, i), "forms");
                const YamlNode *model = like->text != NULL ? yaml_find(forms, like->text) : NULL;
                if (model != NULL)
                        return yaml_find(model, "fields");
        }
        yaml_problem(like, loader->problems, "name a form with `fields:`", "there is no form `%s`",
                     like->text != NULL ? like->text : "");
        return NULL;
}

void load_form(const Loader *loader, const YamlNode *key, const YamlNode *node)
{
        static const char *const keys[] = {
                "title", "intro", "fields", "like", "confidential", "reader", NULL
        };
        yaml_check_keys(node, keys, loader->problems);
        Form *form = g_new0(Form, 1);
        form->key = g_strdup(key->text);
        form->file = g_intern_string(key->file);
        form->line = key->line;
        form->title = load_texts(loader, node, "title", true);
        form->intro = load_texts(loader, node, "intro", false);
        form->is_confidential = yaml_bool(node, "confidential", false, loader->problems);
        form->reader = g_strdup(yaml_text(node, "reader", NULL, loader->problems));
        if (form->is_confidential != (form->reader != NULL))
                yaml_problem(node, loader->problems,
                             "write both `confidential: yes` and `reader: ROLE`, or neither",
                             "a confidential form has one reader, and only such a form");
        form->fields = g_ptr_array_new_with_free_func(field_free);
        const YamlNode *fields = fields_of(loader, node);
        for (guint i = 0; i < yaml_list_length(fields); i++) {
                const YamlNode *item = yaml_list_get(fields, i);
                Field *field = read_field(loader, item, (int)i + 1);
                const Field *asked = field->if_field != NULL ? form_find_field(form, field->if_field) : NULL;
                if (field->key != NULL && form_find_field(form, field->key) != NULL)
                        yaml_problem(item, loader->problems, "give it another key",
                                     "the form has two fields `%s`", field->key);
                if (asked != NULL)
                        check_values(loader, yaml_find(item, "if_values"), asked);
                else if (field->if_field != NULL && strchr(field->if_field, '.') == NULL)
                        yaml_problem(item, loader->problems, "name a field above this one",
                                     "the condition speaks of a field `%s` that does not stand above",
                                     field->if_field);
                if (form->is_confidential && field->kind == FIELD_FILE)
                        yaml_problem(item, loader->problems, "take it out, or ask for a text",
                                     "a confidential form takes no files: they are not sealed");
                field->empty = empty_views(loader, field);
                g_ptr_array_add(form->fields, field);
        }
        if (form->fields->len == 0)
                yaml_problem(node, loader->problems, "add `fields:`", "the form `%s` has no field",
                             key->text);
        g_ptr_array_add(loader->procedure->forms, form);
        if (!g_hash_table_insert(loader->procedure->form_index, form->key, form))
                yaml_problem(key, loader->problems, "give one of them another key",
                             "there are two forms `%s`", form->key);
}

void load_check_form_name(const Loader *loader, const YamlNode *node, const char *name)
{
        Form *form = g_hash_table_lookup(loader->procedure->form_index, name);
        if (form != NULL) {
                form->is_used = true;
                return;
        }
        g_autoptr(GPtrArray) names = g_ptr_array_new();
        for (guint i = 0; i < loader->procedure->forms->len; i++)
                g_ptr_array_add(names, ((Form *)g_ptr_array_index(loader->procedure->forms, i))->key);
        load_unknown_name(loader, node, "form", name, names);
}

char *load_field_name(const Loader *loader, const YamlNode *node, const FieldKind *kind)
{
        if (node == NULL || node->text == NULL)
                return NULL;
        const Field *field = procedure_field(loader->procedure, node->text, NULL);
        if (field == NULL || (kind != NULL && field->kind != *kind))
                yaml_problem(node, loader->problems, "write form.field, such as record.start",
                             kind != NULL && *kind == FIELD_DATE ? "`%s` is no date of a form"
                                                                 : "`%s` is no field of a form",
                             node->text);
        return g_strdup(node->text);
}

/* A name of the form "form.field" elsewhere than in the form itself, or "case.country". */
static void check_far_name(const Loader *loader, const Form *form, const Field *field, const char *name,
                           const char *noun)
{
        if (strcmp(name, "case.country") == 0 || procedure_field(loader->procedure, name, NULL) != NULL)
                return;
        problems_add(loader->problems, form->file, form->line, 0,
                     "write form.field, such as record.start, or case.country",
                     "the %s of `%s.%s` names `%s`, which is no field of a form", noun, form->key, field->key,
                     name);
}

/* "student.last_name": what is known of who plays a role. */
static bool is_of_person(const Loader *loader, const char *prefill)
{
        static const char *const parts[] = { "name", "first_name", "last_name", "email", NULL };
        g_auto(GStrv) split = g_strsplit(prefill, ".", 2);
        return split[1] != NULL && g_strv_contains(parts, split[1]) &&
               load_find_role(loader->procedure, split[0]) != NULL;
}

void load_check_forms(const Loader *loader)
{
        for (guint i = 0; i < loader->procedure->forms->len; i++) {
                const Form *form = g_ptr_array_index(loader->procedure->forms, i);
                for (guint j = 0; j < form->fields->len; j++) {
                        const Field *field = g_ptr_array_index(form->fields, j);
                        if (field->if_field != NULL && strchr(field->if_field, '.') != NULL)
                                check_far_name(loader, form, field, field->if_field, "condition");
                        if (field->prefill != NULL && !is_of_person(loader, field->prefill))
                                check_far_name(loader, form, field, field->prefill, "prefill");
                }
        }
}
