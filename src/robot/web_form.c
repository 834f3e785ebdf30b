/* robot/web_form.c: a form as a page: native inputs, errors beside their field, a draft, a review before
 * sending.
 *
 * Works without a script: a field that depends on another says when it is to be filled, and the check is
 * here. A confidential form has no draft, is never shown again, and is sealed before it leaves this process.
 */
#include "base/seal.h"
#include "procedure/form_value.h"
#include "robot/web_private.h"

#include <string.h>

enum { RADIOS_MAX = 5 };

/* What was typed into one field. */
typedef struct {
        const Field *field;
        char *typed;   /* "" when nothing was */
        char *value;   /* canonical; NULL: it does not fit */
        char *trouble; /* why not, in the reader's language; NULL */
} Entry;

typedef struct {
        Visit *visit;
        const Step *step;
        const Form *form;
        GArray *entries;  /* of Entry, one a field */
        GHashTable *data; /* the case's values with the new ones over them: what conditions look at */
        bool is_posted;
} Filling;

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

/* All values of a name, joined as people write several choices. */
static char *posted(const HttpRequest *request, const Field *field)
{
        g_autofree char *name = field_name(field);
        GString *out = g_string_new(NULL);
        for (guint i = 0; i < request->fields->len; i++) {
                const HttpField *given = g_ptr_array_index(request->fields, i);
                if (strcmp(given->name, name) == 0 && given->value[0] != '\0')
                        g_string_append_printf(out, "%s%s", out->len > 0 ? ", " : "", given->value);
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

static void fill(Filling *filling)
{
        const Visit *visit = filling->visit;
        filling->entries = g_array_new(FALSE, TRUE, sizeof(Entry));
        g_array_set_clear_func(filling->entries, entry_clear);
        filling->data = copy_data(visit->the_case);
        for (guint i = 0; i < filling->form->fields->len; i++) {
                Entry entry = { .field = g_ptr_array_index(filling->form->fields, i) };
                g_autofree char *key = data_key(filling->form, entry.field);
                if (filling->is_posted) {
                        entry.typed = posted(visit->request, entry.field);
                        entry.value =
                                form_value_read(entry.field, entry.typed, visit->language, &entry.trouble);
                        if (entry.value != NULL)
                                g_hash_table_insert(filling->data, g_steal_pointer(&key),
                                                    g_strdup(entry.value));
                } else {
                        const char *value = case_value(visit->the_case, key);
                        if (value == NULL)
                                value = case_value(visit->the_case, entry.field->prefill);
                        entry.value = g_strdup(value != NULL ? value : "");
                        entry.typed = g_strdup(entry.value);
                }
                g_array_append_val(filling->entries, entry);
        }
}

static void filling_clear(Filling *filling)
{
        g_array_unref(filling->entries);
        g_hash_table_unref(filling->data);
}

/* What must be there and is not; asked only when the form is to be sent. False: something is wrong. */
static bool check(Filling *filling, bool is_sent)
{
        bool is_good = true;
        for (guint i = 0; i < filling->entries->len; i++) {
                Entry *entry = &g_array_index(filling->entries, Entry, i);
                bool is_missing = entry->value != NULL && entry->value[0] == '\0' && is_sent &&
                                  form_field_is_required(filling->form, entry->field, filling->data);
                if (is_missing)
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

/* "À remplir si Écart : mineur / majeur" */
static char *condition_of(const Filling *filling, const Field *field)
{
        const Field *other = field->if_field != NULL ? form_find_field(filling->form, field->if_field) : NULL;
        if (other == NULL)
                return NULL;
        GString *out = g_string_new(web_word(filling->visit, "shown_if"));
        g_string_append_printf(out, " « %s » :", label_of(filling, other));
        for (char **value = field->if_values; value != NULL && *value != NULL; value++) {
                g_autofree char *shown = form_value_show(other, *value, filling->visit->language);
                g_string_append_printf(out, "%s %s", value == field->if_values ? "" : " /", shown);
        }
        return g_string_free(out, FALSE);
}

static bool is_chosen(const char *value, const char *key)
{
        g_auto(GStrv) parts = g_strsplit_set(value != NULL ? value : "", ",;", -1);
        for (char **part = parts; *part != NULL; part++)
                if (strcmp(g_strstrip(*part), key) == 0)
                        return true;
        return false;
}

static void add_option(json_t *options, const Entry *entry, const char *key, const char *label)
{
        json_array_append_new(options, json_pack("{s:s, s:s, s:b}", "value", key, "label", label, "is_chosen",
                                                 is_chosen(entry->value, key)));
}

static json_t *options_of(const Filling *filling, const Entry *entry)
{
        json_t *options = json_array();
        const char *const *keys = form_value_choices(entry->field);
        for (; keys != NULL && *keys != NULL; keys++) {
                g_autofree char *label = form_value_show(entry->field, *keys, filling->visit->language);
                add_option(options, entry, *keys, entry->field->kind == FIELD_SCALE ? *keys : label);
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

/* How a kind is drawn: a set of choices, a list to choose from, lines of text, or one line. */
typedef enum { DRAWN_INPUT, DRAWN_TEXTAREA, DRAWN_SELECT, DRAWN_SET } Drawn;

static Drawn drawn_as(const Field *field)
{
        switch (field->kind) {
        case FIELD_CHOICE: return g_strv_length(field->choice_keys) > RADIOS_MAX ? DRAWN_SELECT : DRAWN_SET;
        case FIELD_CHOICES:
        case FIELD_YES_NO:
        case FIELD_SCALE:
        case FIELD_FIVE_STEP: return DRAWN_SET;
        case FIELD_LONG_TEXT:
        case FIELD_GROUP: return DRAWN_TEXTAREA;
        case FIELD_TEXT:
        case FIELD_DATE:
        case FIELD_NUMBER:
        case FIELD_EMAIL:
        case FIELD_PHONE:
        case FIELD_FILE: return DRAWN_INPUT;
        }
        g_assert_not_reached();
}

/* Ids of what describes the field, for aria-describedby. */
static char *described_by(const char *id, bool has_condition, bool has_help, bool has_error)
{
        GString *out = g_string_new(NULL);
        if (has_condition)
                g_string_append_printf(out, "%s-when ", id);
        if (has_help)
                g_string_append_printf(out, "%s-help ", id);
        if (has_error)
                g_string_append_printf(out, "%s-error", id);
        return g_strchomp(g_string_free(out, FALSE));
}

/* What stands in the input: what was typed where it does not fit, else the value as the input wants it. */
static char *input_value(const Filling *filling, const Entry *entry)
{
        if (entry->value == NULL || entry->field->kind == FIELD_DATE || entry->field->kind == FIELD_NUMBER)
                return g_strdup(entry->value != NULL ? entry->value : entry->typed);
        return form_value_show(entry->field, entry->value, filling->visit->language);
}

static json_t *view_of_entry(const Filling *filling, const Entry *entry)
{
        const Field *field = entry->field;
        Drawn drawn = drawn_as(field);
        g_autofree char *name = field_name(field), *condition = condition_of(filling, field),
                        *value = input_value(filling, entry);
        const char *help = texts_get(field->help, filling->visit->language);
        bool has_help = help[0] != '\0';
        g_autofree char *described = described_by(name, condition != NULL, has_help, entry->trouble != NULL);
        bool is_ltr = field->kind == FIELD_EMAIL || field->kind == FIELD_PHONE ||
                      field->kind == FIELD_NUMBER || field->kind == FIELD_DATE;
        bool has_bounds = field->kind == FIELD_NUMBER && field->max > field->min;
        g_autofree char *min = has_bounds ? g_strdup_printf("%" G_GINT64_FORMAT, field->min) : NULL,
                        *max = has_bounds ? g_strdup_printf("%" G_GINT64_FORMAT, field->max) : NULL;
        return json_pack(
                "{s:s, s:s, s:s, s:b, s:s?, s:s?, s:s?, s:s, s:s, s:s, s:s, s:s?, s:s?, s:s?, s:b, s:b, "
                "s:b, s:b, s:b, s:b, s:o}",
                "id", name, "name", name, "label", label_of(filling, field), "required",
                form_field_is_required(filling->form, field, filling->data), "condition", condition, "help",
                has_help ? help : NULL, "error", entry->trouble, "described", described, "type",
                input_type(field->kind), "value", value, "value_dir", is_ltr ? "ltr" : "auto", "min", min,
                "max", max, "length", field->kind == FIELD_TEXT ? "500" : NULL, "input", drawn == DRAWN_INPUT,
                "textarea", drawn == DRAWN_TEXTAREA, "select", drawn == DRAWN_SELECT, "is_set",
                drawn == DRAWN_SET, "is_scale", field->kind == FIELD_SCALE, "file", false, "options",
                options_of(filling, entry));
}

/* A field that another form's value, or the country, rules out is not shown; one that this form's own answers
 * decide stands there with its condition. */
static bool is_on_page(const Filling *filling, const Field *field)
{
        if (field->kind == FIELD_FILE)
                return false;
        if (field->if_field != NULL && form_find_field(filling->form, field->if_field) != NULL)
                return true;
        return form_field_is_shown(filling->form, field, filling->data);
}

static void show_form(Filling *filling, int status, bool is_saved)
{
        Visit *visit = filling->visit;
        json_t *fields = json_array(), *errors = json_array();
        for (guint i = 0; i < filling->entries->len; i++) {
                const Entry *entry = &g_array_index(filling->entries, Entry, i);
                if (!is_on_page(filling, entry->field))
                        continue;
                json_array_append_new(fields, view_of_entry(filling, entry));
                g_autofree char *name = field_name(entry->field);
                if (entry->trouble != NULL)
                        json_array_append_new(errors, json_pack("{s:s, s:s, s:s}", "id", name, "label",
                                                                label_of(filling, entry->field), "text",
                                                                entry->trouble));
        }
        g_autofree char *nonce = web_nonce(visit);
        bool has_errors = json_array_size(errors) > 0;
        json_t *view =
                json_pack("{s:o, s:s, s:o, s:o, s:b, s:b, s:b, s:s}", "who", web_who(visit, filling->step),
                          "nonce", nonce, "fields", fields, "errors", errors, "has_errors", has_errors,
                          "is_saved", is_saved, "is_confidential", filling->form->is_confidential, "intro",
                          texts_get(filling->form->intro, visit->language));
        web_page(visit, status, "form", texts_get(filling->form->title, visit->language), view);
}

static void show_review(Filling *filling, const char *code_error)
{
        Visit *visit = filling->visit;
        json_t *facts = json_array(), *kept = json_array();
        for (guint i = 0; i < filling->entries->len; i++) {
                const Entry *entry = &g_array_index(filling->entries, Entry, i);
                if (entry->value == NULL || entry->value[0] == '\0' || !is_on_page(filling, entry->field))
                        continue;
                g_autofree char *shown = form_value_show(entry->field, entry->value, visit->language),
                                *name = field_name(entry->field);
                json_array_append_new(facts, json_pack("{s:s, s:s}", "label", label_of(filling, entry->field),
                                                       "value", shown));
                json_array_append_new(kept, json_pack("{s:s, s:s}", "name", name, "value", entry->typed));
        }
        g_autofree char *nonce = web_nonce(visit);
        json_t *view = json_pack("{s:o, s:s, s:o, s:o, s:b, s:s?}", "who", web_who(visit, filling->step),
                                 "nonce", nonce, "facts", facts, "kept", kept, "needs_code",
                                 filling->step->weight == WEIGHT_HEAVY, "code_error", code_error);
        web_page(visit, code_error != NULL ? 422 : 200, "review",
                 texts_get(filling->form->title, visit->language), view);
}

/* Sending. */

static Act *form_act(const Filling *filling, ActWhat what)
{
        const Visit *visit = filling->visit;
        Act *act = g_new0(Act, 1);
        act->what = what;
        act->case_id = visit->the_case->id;
        act->person = visit->person->id;
        act->step = g_strdup(filling->step->key);
        act->nonce = web_nonce(visit);
        return act;
}

static GPtrArray *given_values(const Filling *filling)
{
        GPtrArray *values = act_values_new();
        for (guint i = 0; i < filling->entries->len; i++) {
                const Entry *entry = &g_array_index(filling->entries, Entry, i);
                if (entry->value != NULL && is_on_page(filling, entry->field))
                        act_values_add(values, entry->field->anchor, entry->typed);
        }
        return values;
}

static void save(Filling *filling)
{
        Act *act = form_act(filling, ACT_SAVED);
        act->values = given_values(filling);
        g_free(act->nonce); /* the page may be saved as often as one likes */
        act->nonce = g_uuid_string_random();
        if (web_accept(filling->visit, act))
                show_form(filling, 200, true);
}

/* The answers, sealed: the only form in which they leave this function. */
static char *seal(const Filling *filling, GError **error)
{
        const Visit *visit = filling->visit;
        if (visit->web->setup.seal == NULL) {
                g_set_error(error, KEY_ERROR, KEY_ERROR_READ, "the sealing key is not there");
                return NULL;
        }
        json_t *values = json_object();
        for (guint i = 0; i < filling->entries->len; i++) {
                const Entry *entry = &g_array_index(filling->entries, Entry, i);
                json_object_set_new(values, entry->field->key, json_string(entry->value));
        }
        char *text = json_dumps(values, JSON_COMPACT | JSON_SORT_KEYS);
        g_autofree char *context = g_strdup_printf("%s %s", visit->the_case->reference, filling->step->key);
        char *sealed = seal_close(visit->web->setup.seal, context, text, strlen(text), error);
        explicit_bzero(text, strlen(text));
        free(text);
        json_decref(values);
        return sealed;
}

static void send_form(Filling *filling)
{
        Visit *visit = filling->visit;
        bool is_confidential = filling->form->is_confidential;
        Act *act = form_act(filling, is_confidential ? ACT_SEALED : ACT_FILLED);
        g_autoptr(GError) error = NULL;
        if (is_confidential)
                act->sealed = seal(filling, &error);
        else
                act->values = given_values(filling);
        if (error != NULL) {
                act_free(act);
                web_message(visit, 503, false, "trouble_title", "trouble");
                return;
        }
        if (web_accept(visit, act))
                web_message(visit, 200, true, "received_title",
                            is_confidential ? "received_sealed" : "received");
}

static void take_form(Filling *filling)
{
        Visit *visit = filling->visit;
        const char *what = http_field(visit->request, "do");
        bool is_save = g_strcmp0(what, "save") == 0 && !filling->form->is_confidential;
        bool is_send = g_strcmp0(what, "send") == 0, is_review = g_strcmp0(what, "review") == 0;
        if (is_save) {
                check(filling, false);
                save(filling);
        } else if ((is_send || is_review) && !check(filling, true)) {
                show_form(filling, 422, false);
        } else if (is_review) {
                show_review(filling, NULL);
        } else if (is_send && filling->step->weight == WEIGHT_HEAVY && !web_code_is_right(visit)) {
                show_review(filling, web_word(visit, "code_wrong"));
        } else if (is_send) {
                send_form(filling);
        } else {
                show_form(filling, 200, false); /* "change", or a bare submission */
        }
}

void web_form(Visit *visit, const Step *step)
{
        Filling filling = { .visit = visit,
                            .step = step,
                            .form = procedure_form(visit->procedure, step->form),
                            .is_posted = visit->request->is_post };
        fill(&filling);
        if (filling.is_posted)
                take_form(&filling);
        else
                show_form(&filling, 200, false);
        filling_clear(&filling);
}
