#include "robot/web_fields.h"

#include "base/log.h"
#include "base/text.h"
#include "procedure/form_value.h"
#include "robot/organisation.h"

#include <string.h>

enum {
        SUGGESTIONS_MAX = 300,
        RADIOS_MAX = 5,
        GROUP_ROWS_MAX = 50,
        GROUP_ROWS_LEAST = 3,
        GROUP_ROWS_MORE = 2
};

static void entry_clear(gpointer data)
{
        Entry *entry = data;
        g_free(entry->typed);
        g_free(entry->value);
        g_free(entry->trouble);
}

static char *field_name(const Field *field)
{
        return g_strdup_printf("f%d", field->anchor);
}

static char *cell_name(const Field *field, guint row, guint column)
{
        return g_strdup_printf("f%d-%u-%u", field->anchor, row, column);
}

/* All values of a name, joined as people write several choices. */
static char *posted_text(const HttpRequest *request, const char *name)
{
        GString *out = g_string_new(NULL);
        for (guint i = 0; i < request->fields->len; i++) {
                const HttpField *given = g_ptr_array_index(request->fields, i);
                if (strcmp(given->name, name) == 0 && given->value[0] != '\0')
                        g_string_append_printf(out, "%s%s", out->len > 0 ? ", " : "", given->value);
        }
        return g_string_free(out, FALSE);
}

/* One row of a group, "a | b"; NULL: nothing is in it. */
static char *posted_row(const HttpRequest *request, const Field *field, guint row)
{
        g_autoptr(GString) line = g_string_new(NULL);
        bool is_blank = true;
        for (guint i = 0; i < field->columns->len; i++) {
                g_autofree char *name = cell_name(field, row, i), *typed = posted_text(request, name),
                                *cell = g_strstrip(text_single_line(typed));
                is_blank = is_blank && cell[0] == '\0';
                g_strdelimit(cell, "|", '/');
                g_string_append_printf(line, "%s%s", i > 0 ? " | " : "", cell);
        }
        return is_blank ? NULL : g_string_free(g_steal_pointer(&line), FALSE);
}

/* Lines that come as a whole (the review page keeps them so), or by their cells. */
static char *posted_group(const HttpRequest *request, const Field *field)
{
        g_autofree char *name = field_name(field), *whole = posted_text(request, name);
        if (whole[0] != '\0')
                return g_steal_pointer(&whole);
        GString *out = g_string_new(NULL);
        for (guint row = 0; row < GROUP_ROWS_MAX; row++) {
                g_autofree char *line = posted_row(request, field, row);
                if (line != NULL)
                        g_string_append_printf(out, "%s%s", out->len > 0 ? "\n" : "", line);
        }
        return g_string_free(out, FALSE);
}

static char *data_key(const Form *form, const Field *field)
{
        return g_strconcat(form->key, ".", field->key, NULL);
}

static GHashTable *copy_data(const Case *the_case)
{
        GHashTable *copy = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
        GHashTableIter iter;
        gpointer key, value;
        g_hash_table_iter_init(&iter, the_case->data);
        while (g_hash_table_iter_next(&iter, &key, &value))
                g_hash_table_insert(copy, g_strdup(key), g_strdup(value));
        return copy;
}

static void read_posted(const Filling *filling, Entry *entry)
{
        Visit *visit = filling->visit;
        const Field *field = entry->field;
        g_autofree char *name = field_name(field);
        if (field->kind == FIELD_FILE) {
                entry->typed = web_take_file(visit, filling->step, field, name, &entry->trouble);
                entry->value = g_strdup(entry->typed);
                return;
        }
        entry->typed = field->kind == FIELD_GROUP ? posted_group(visit->request, field)
                                                  : posted_text(visit->request, name);
        entry->value = form_value_read(field, entry->typed, visit->language, &entry->trouble);
}

static void read_known(const Filling *filling, Entry *entry, const char *key)
{
        const Case *the_case = filling->visit->the_case;
        const char *value = case_value(the_case, key);
        if (value == NULL)
                value = case_value(the_case, entry->field->prefill);
        entry->value = g_strdup(value != NULL ? value : "");
        entry->typed = g_strdup(entry->value);
}

void filling_read(Filling *filling, Visit *visit, const Step *step, const Form *form)
{
        *filling = (Filling){ .visit = visit,
                              .step = step,
                              .form = form,
                              .is_optional = step->reply_form != NULL,
                              .is_posted = visit->request->is_post };
        filling->entries = g_array_new(FALSE, TRUE, sizeof(Entry));
        g_array_set_clear_func(filling->entries, entry_clear);
        filling->data = copy_data(visit->the_case);
        for (guint i = 0; i < form->fields->len; i++) {
                Entry entry = { .field = g_ptr_array_index(form->fields, i) };
                g_autofree char *key = data_key(form, entry.field);
                if (filling->is_posted)
                        read_posted(filling, &entry);
                else
                        read_known(filling, &entry, key);
                if (filling->is_posted && entry.value != NULL)
                        g_hash_table_insert(filling->data, g_steal_pointer(&key), g_strdup(entry.value));
                g_array_append_val(filling->entries, entry);
        }
}

void filling_clear(Filling *filling)
{
        g_clear_pointer(&filling->entries, g_array_unref);
        g_clear_pointer(&filling->data, g_hash_table_unref);
}

static Entry *entry_at(const Filling *filling, guint index)
{
        return &g_array_index(filling->entries, Entry, index);
}

static void take_known(Filling *filling, const GivenValue *known)
{
        for (guint i = 0; i < filling->entries->len; i++) {
                Entry *entry = entry_at(filling, i);
                if (entry->field->anchor != known->anchor || entry->typed[0] != '\0')
                        continue;
                g_free(entry->typed);
                g_free(entry->value);
                entry->typed = g_strdup(known->value);
                entry->value = form_value_read(entry->field, known->value, filling->visit->language,
                                               &entry->trouble);
                if (entry->value != NULL)
                        g_hash_table_insert(filling->data, data_key(filling->form, entry->field),
                                            g_strdup(entry->value));
        }
}

void filling_complete(Filling *filling)
{
        const Visit *visit = filling->visit;
        g_autoptr(GError) error = NULL;
        g_autoptr(GPtrArray)
                given = filling_values(filling),
                known = organisation_fill(visit->web->setup.house, visit->procedure, visit->the_case,
                                          filling->form, given, visit->language, &error);
        if (known == NULL) /* then it is typed */
                log_event(LOG_LEVEL_WARNING, "organisation-not-read", "error=%s", error->message);
        for (guint i = 0; known != NULL && i < known->len; i++)
                take_known(filling, g_ptr_array_index(known, i));
}

static bool is_required(const Filling *filling, const Field *field)
{
        return !filling->is_optional && form_field_is_required(filling->form, field, filling->data);
}

/* What the answers rule out is neither asked for nor sent. */
static bool is_asked(const Filling *filling, const Field *field)
{
        return form_field_is_shown(filling->form, field, filling->data);
}

bool filling_check(Filling *filling, bool is_sent)
{
        bool is_good = true;
        for (guint i = 0; i < filling->entries->len; i++) {
                Entry *entry = entry_at(filling, i);
                bool is_missing = is_sent && entry->trouble == NULL && entry->value != NULL &&
                                  entry->value[0] == '\0' && is_required(filling, entry->field);
                if (!is_asked(filling, entry->field))
                        g_clear_pointer(&entry->trouble, g_free);
                else if (is_missing)
                        entry->trouble = g_strdup(web_word(filling->visit, "field_missing"));
                is_good = is_good && entry->trouble == NULL;
        }
        return is_good;
}

/* As a page's field. */

static const char *label_of(const Filling *filling, const Field *field)
{
        return texts_get(field->label, filling->visit->language);
}

/* {field, values}: "À remplir si « Écart » : mineur / majeur"; NULL: always. */
static json_t *condition_of(const Filling *filling, const Field *field)
{
        const Field *other = field->if_field != NULL ? form_find_field(filling->form, field->if_field) : NULL;
        if (other == NULL)
                return NULL;
        g_autoptr(GString) values = g_string_new(NULL);
        for (char **value = field->if_values; value != NULL && *value != NULL; value++) {
                g_autofree char *shown = form_value_show(other, *value, filling->visit->language);
                g_string_append_printf(values, "%s%s", values->len > 0 ? " / " : "", shown);
        }
        return json_pack("{s:s, s:s}", "field", label_of(filling, other), "values", values->str);
}

static bool is_chosen(const char *value, const char *key)
{
        g_auto(GStrv) parts = g_strsplit_set(value != NULL ? value : "", ",;", -1);
        for (char **part = parts; *part != NULL; part++)
                if (strcmp(g_strstrip(*part), key) == 0)
                        return true;
        return false;
}

static json_t *options_of(const Filling *filling, const Field *field, const char *chosen)
{
        json_t *options = json_array();
        const char *const *keys = form_value_choices(field);
        for (; keys != NULL && *keys != NULL; keys++) {
                g_autofree char *label = form_value_show(field, *keys, filling->visit->language);
                json_array_append_new(options, json_pack("{s:s, s:s, s:b}", "value", *keys, "label",
                                                         field->kind == FIELD_SCALE ? *keys : label,
                                                         "is_chosen", is_chosen(chosen, *keys)));
        }
        return options;
}

static const char *input_type(FieldKind kind)
{
        switch (kind) {
        case FIELD_DATE: return "date";
        case FIELD_NUMBER: return "number";
        case FIELD_EMAIL: return "email";
        case FIELD_PHONE: return "tel";
        case FIELD_CHOICES: return "checkbox";
        case FIELD_CHOICE:
        case FIELD_YES_NO:
        case FIELD_SCALE:
        case FIELD_FIVE_STEP: return "radio";
        case FIELD_TEXT:
        case FIELD_LONG_TEXT:
        case FIELD_FILE:
        case FIELD_GROUP: return "text";
        }
        g_assert_not_reached();
}

/* How a kind is drawn: one line, lines of text, a list to choose from, a set of choices, a file to pick, rows
 * of cells. */
typedef enum { DRAWN_INPUT, DRAWN_TEXTAREA, DRAWN_SELECT, DRAWN_SET, DRAWN_FILE, DRAWN_ROWS } Drawn;

static Drawn drawn_as(const Field *field)
{
        switch (field->kind) {
        case FIELD_CHOICE: return g_strv_length(field->choice_keys) > RADIOS_MAX ? DRAWN_SELECT : DRAWN_SET;
        case FIELD_CHOICES:
        case FIELD_YES_NO:
        case FIELD_SCALE:
        case FIELD_FIVE_STEP: return DRAWN_SET;
        case FIELD_LONG_TEXT: return DRAWN_TEXTAREA;
        case FIELD_GROUP: return DRAWN_ROWS;
        case FIELD_FILE: return DRAWN_FILE;
        case FIELD_TEXT:
        case FIELD_DATE:
        case FIELD_NUMBER:
        case FIELD_EMAIL:
        case FIELD_PHONE: return DRAWN_INPUT;
        }
        g_assert_not_reached();
}

/* What stands in the input: what was typed where it does not fit, else the value as the input wants it. */
static char *shown_in_input(const Field *field, const char *value, const char *typed, const char *language)
{
        if (value == NULL)
                return g_strdup(typed);
        if (field->kind == FIELD_DATE || field->kind == FIELD_NUMBER)
                return g_strdup(value);
        return form_value_show(field, value, language);
}

static bool is_left_to_right(const Field *field)
{
        return field->kind == FIELD_EMAIL || field->kind == FIELD_PHONE || field->kind == FIELD_NUMBER ||
               field->kind == FIELD_DATE;
}

/* Type, name, bounds and value of one input. value is taken over. */
static json_t *view_of_input(const Filling *filling, const Field *field, const char *name, char *value)
{
        g_autofree char *shown = value;
        bool has_bounds = field->kind == FIELD_NUMBER && field->max > field->min;
        g_autofree char *min = has_bounds ? g_strdup_printf("%" G_GINT64_FORMAT, field->min) : NULL,
                        *max = has_bounds ? g_strdup_printf("%" G_GINT64_FORMAT, field->max) : NULL;
        return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s?, s:s?, s:s?}", "id", name, "name", name,
                         "label", label_of(filling, field), "type", input_type(field->kind), "value", shown,
                         "value_dir", is_left_to_right(field) ? "ltr" : "auto", "min", min, "max", max,
                         "length", field->kind == FIELD_TEXT ? "500" : NULL);
}

/* The cells of each row: of the value, or as they were typed where it does not fit. */
static char **rows_of(const Entry *entry)
{
        return entry->value != NULL ? g_strsplit(entry->value, ";", GROUP_ROWS_MAX)
                                    : g_strsplit(entry->typed, "\n", GROUP_ROWS_MAX);
}

static json_t *view_of_row(const Filling *filling, const Entry *entry, const char *row, guint number)
{
        const Field *field = entry->field;
        g_auto(GStrv) cells = g_strsplit(row, entry->value != NULL ? "/" : "|", (int)field->columns->len);
        guint count = g_strv_length(cells);
        json_t *inputs = json_array();
        for (guint i = 0; i < field->columns->len; i++) {
                const Field *column = g_ptr_array_index(field->columns, i);
                const char *cell = i < count ? g_strstrip(cells[i]) : "";
                g_autofree char *name = cell_name(field, number, i);
                char *shown = shown_in_input(column, entry->value != NULL ? cell : NULL, cell,
                                             filling->visit->language);
                json_array_append_new(inputs, view_of_input(filling, column, name, shown));
        }
        g_autofree char *shown_number = g_strdup_printf("%u", number + 1);
        return json_pack("{s:s, s:o}", "n", shown_number, "cells", inputs);
}

/* Those that are there, and some to write in; saving brings more. */
static json_t *view_of_rows(const Filling *filling, const Entry *entry)
{
        g_auto(GStrv) rows = rows_of(entry);
        json_t *view = json_array();
        guint count = g_strv_length(rows), most = MAX(GROUP_ROWS_LEAST, count + GROUP_ROWS_MORE);
        for (guint i = 0; i < MIN(most, GROUP_ROWS_MAX); i++)
                json_array_append_new(view, view_of_row(filling, entry, i < count ? rows[i] : "", i));
        return view;
}

/* Ids of what describes the field, for aria-describedby. */
static char *described_by(const char *id, const json_t *condition, bool has_help, bool is_file,
                          bool has_error)
{
        GString *out = g_string_new(NULL);
        if (condition != NULL)
                g_string_append_printf(out, "%s-when ", id);
        if (has_help)
                g_string_append_printf(out, "%s-help ", id);
        if (is_file)
                g_string_append_printf(out, "%s-file ", id);
        if (has_error)
                g_string_append_printf(out, "%s-error", id);
        return g_strchomp(g_string_free(out, FALSE));
}

/* A group's help tells how to write it in a mail. */
static const char *help_of(const Filling *filling, const Field *field)
{
        return field->kind == FIELD_GROUP ? web_word(filling->visit, "rows_help")
                                          : texts_get(field->help, filling->visit->language);
}

static void set_drawn(json_t *view, Drawn drawn)
{
        static const char *const names[] = {
                [DRAWN_INPUT] = "input", [DRAWN_TEXTAREA] = "textarea", [DRAWN_SELECT] = "select",
                [DRAWN_SET] = "set",     [DRAWN_FILE] = "file",         [DRAWN_ROWS] = "rows",
        };
        for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
                json_object_set_new(view, names[i], json_boolean(i == drawn));
        json_object_set_new(view, "is_set", json_boolean(drawn == DRAWN_SET || drawn == DRAWN_ROWS));
}

/* Names to choose from, where the organisation is named. */
static json_t *suggestions_for(const Filling *filling, const Field *field)
{
        const OrganisationRule *rule = procedure_organisations(filling->visit->procedure);
        g_autofree char *key = data_key(filling->form, field);
        json_t *list = json_array();
        if (rule == NULL || g_strcmp0(rule->name, key) != 0)
                return list;
        g_autoptr(GPtrArray) names =
                organisation_names(filling->visit->web->setup.house, SUGGESTIONS_MAX, NULL);
        for (guint i = 0; names != NULL && i < names->len; i++)
                json_array_append_new(list, json_pack("{s:s}", "value", g_ptr_array_index(names, i)));
        return list;
}

/* heading: of the part that begins here; "". */
static json_t *view_of_entry(const Filling *filling, const Entry *entry, const char *heading)
{
        const Field *field = entry->field;
        Drawn drawn = drawn_as(field);
        const char *help = help_of(filling, field), *language = filling->visit->language;
        g_autofree char *name = field_name(field);
        json_t *condition = condition_of(filling, field);
        g_autofree char *described =
                described_by(name, condition, help[0] != '\0', drawn == DRAWN_FILE, entry->trouble != NULL);
        json_t *view = view_of_input(filling, field, name,
                                     shown_in_input(field, entry->value, entry->typed, language));
        json_t *more = json_pack("{s:s, s:b, s:o?, s:s?, s:s?, s:s, s:b, s:s, s:o, s:o}", "heading", heading,
                                 "required", is_required(filling, field), "condition", condition, "help",
                                 help[0] != '\0' ? help : NULL, "error", entry->trouble, "described",
                                 described, "is_scale", field->kind == FIELD_SCALE, "kept",
                                 drawn == DRAWN_FILE ? entry->typed : "", "options",
                                 options_of(filling, field, entry->value), "grid",
                                 drawn == DRAWN_ROWS ? view_of_rows(filling, entry) : json_array());
        json_t *suggestions = suggestions_for(filling, field);
        json_object_set_new(more, "has_suggestions", json_boolean(json_array_size(suggestions) > 0));
        json_object_set_new(more, "suggestions", suggestions);
        set_drawn(view, drawn);
        json_object_update_new(view, more);
        return view;
}

/* A field that another form's value, or the country, rules out is not shown; one that this form's own answers
 * decide stands there with its condition. */
static bool is_on_page(const Filling *filling, const Field *field)
{
        if (field->if_field != NULL && form_find_field(filling->form, field->if_field) != NULL)
                return true;
        return is_asked(filling, field);
}

json_t *filling_fields(const Filling *filling, json_t *errors)
{
        json_t *fields = json_array();
        const char *heading = "";
        for (guint i = 0; i < filling->entries->len; i++) {
                const Entry *entry = entry_at(filling, i);
                if (entry->field->heading != NULL) /* it stays when its first field is not shown */
                        heading = texts_get(entry->field->heading, filling->visit->language);
                if (!is_on_page(filling, entry->field))
                        continue;
                json_array_append_new(fields, view_of_entry(filling, entry, heading));
                heading = "";
                g_autofree char *name = field_name(entry->field);
                if (entry->trouble != NULL)
                        json_array_append_new(errors, json_pack("{s:s, s:s, s:s}", "id", name, "label",
                                                                label_of(filling, entry->field), "text",
                                                                entry->trouble));
        }
        return fields;
}

/* As it is read over: the rows of a group one a line. */
static char *shown_to_review(const Field *field, const char *value, const Visit *visit)
{
        const char *language = visit->language;
        if (field->kind != FIELD_GROUP)
                return form_value_show_given(field, value, language, visit->the_case);
        g_auto(GStrv) rows = g_strsplit(value, ";", -1);
        g_autoptr(GString) out = g_string_new(NULL);
        for (char **row = rows; *row != NULL; row++) {
                g_autofree char *shown = form_value_show(field, *row, language);
                g_string_append_printf(out, "%s%s", out->len > 0 ? "\n" : "", shown);
        }
        return g_string_free(g_steal_pointer(&out), FALSE);
}

static bool is_to_be_sent(const Filling *filling, const Entry *entry)
{
        return entry->value != NULL && entry->value[0] != '\0' && is_asked(filling, entry->field);
}

json_t *filling_facts(const Filling *filling)
{
        json_t *facts = json_array();
        for (guint i = 0; i < filling->entries->len; i++) {
                const Entry *entry = entry_at(filling, i);
                if (!is_to_be_sent(filling, entry))
                        continue;
                g_autofree char *shown = shown_to_review(entry->field, entry->value, filling->visit);
                json_array_append_new(facts, json_pack("{s:s, s:s}", "label", label_of(filling, entry->field),
                                                       "value", shown));
        }
        return facts;
}

json_t *filling_kept(const Filling *filling)
{
        json_t *kept = json_array();
        for (guint i = 0; i < filling->entries->len; i++) {
                const Entry *entry = entry_at(filling, i);
                g_autofree char *name = field_name(entry->field);
                if (is_to_be_sent(filling, entry))
                        json_array_append_new(kept,
                                              json_pack("{s:s, s:s}", "name", name, "value", entry->typed));
        }
        return kept;
}

/* What is ruled out goes as nothing, so that an earlier answer does not stay; what was and is empty does not
 * go at all. */
GPtrArray *filling_values(const Filling *filling)
{
        GPtrArray *values = given_values_new();
        for (guint i = 0; i < filling->entries->len; i++) {
                const Entry *entry = entry_at(filling, i);
                g_autofree char *key = data_key(filling->form, entry->field);
                const char *before = case_value(filling->visit->the_case, key),
                           *now = is_asked(filling, entry->field) ? entry->typed : "";
                bool is_empty = now[0] == '\0' && (before == NULL || before[0] == '\0');
                if (entry->value != NULL && !is_empty && is_on_page(filling, entry->field))
                        given_values_add(values, entry->field->anchor, now);
        }
        return values;
}

bool filling_is_changed(const Filling *filling)
{
        const Case *the_case = filling->visit->the_case;
        for (guint i = 0; i < filling->entries->len; i++) {
                const Entry *entry = entry_at(filling, i);
                g_autofree char *key = data_key(filling->form, entry->field);
                const char *before = case_value(the_case, key);
                if (before == NULL) /* what stood on the page then */
                        before = case_value(the_case, entry->field->prefill);
                if (is_on_page(filling, entry->field) &&
                    (entry->value == NULL || strcmp(entry->value, before != NULL ? before : "") != 0))
                        return true;
        }
        return false;
}
