#include "procedure/form_value.h"

#include "base/address.h"
#include "base/address_slip.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
        TEXT_MAX_CHARACTERS = 500,
        LONG_TEXT_MAX_CHARACTERS = 8000,
        EXCERPT_CHARACTERS = 60,
        GROUP_ITEMS_MAX = 50,
        NEAR = 2
};

enum { FIVE = 5, TWO = 2 };
static const char *const five_step_keys[FIVE + 1] = { "excellent", "very_good", "good", "satisfactory",
                                                      "insufficient" };
static const char *const yes_no_keys[TWO + 1] = { "yes", "no" };
static const char *const scale_keys[FIVE + 1] = { "1", "2", "3", "4", "5" };

const char *const *form_value_choices(const Field *field)
{
        switch (field->kind) {
        case FIELD_CHOICE:
        case FIELD_CHOICES: return (const char *const *)field->choice_keys;
        case FIELD_YES_NO: return yes_no_keys;
        case FIELD_SCALE: return scale_keys;
        case FIELD_FIVE_STEP: return five_step_keys;
        case FIELD_TEXT:
        case FIELD_LONG_TEXT:
        case FIELD_DATE:
        case FIELD_NUMBER:
        case FIELD_EMAIL:
        case FIELD_PHONE:
        case FIELD_FILE:
        case FIELD_GROUP: return NULL;
        }
        g_assert_not_reached();
}

/* Which complaint of the rules a kind of field makes. */
static const char *complaint_key(FieldKind kind)
{
        switch (kind) {
        case FIELD_DATE: return "complaint.date";
        case FIELD_NUMBER: return "complaint.number";
        case FIELD_CHOICE:
        case FIELD_CHOICES:
        case FIELD_FIVE_STEP: return "complaint.choice";
        case FIELD_YES_NO: return "complaint.yes_no";
        case FIELD_SCALE: return "complaint.scale";
        case FIELD_EMAIL: return "complaint.email";
        case FIELD_GROUP: return "complaint.group";
        case FIELD_TEXT:
        case FIELD_LONG_TEXT:
        case FIELD_PHONE:
        case FIELD_FILE: break;
        }
        return "complaint.text";
}

/* A sentence of the rules about what the person wrote. */
static char *say(const Field *field, const char *key, const char *what, const char *language)
{
        g_auto(GStrv) parts = g_strsplit(words_get(field->words, key, language), "%s", 2);
        return parts[0] == NULL || parts[1] == NULL ? g_strdup(what)
                                                    : g_strconcat(parts[0], what, parts[1], NULL);
}

static char *complain(const Field *field, const char *text, const char *language)
{
        g_autofree char *line = text_single_line(text);
        g_autofree char *head = g_utf8_substring(line, 0, MIN(g_utf8_strlen(line, -1), EXCERPT_CHARACTERS));
        return say(field, complaint_key(field->kind), head, language);
}

/* Words behind a yes, a no or a choice that say neither the contrary nor "but". */
static bool is_mere_remark(const Field *field, const char *folded)
{
        static const char *const doubtful[] = { "yes", "no", "but" };
        g_auto(GStrv) words = g_strsplit_set(folded, " ,;:.!?()'\"-", -1);
        for (char **word = words; *word != NULL; word++)
                for (size_t i = 0; i < G_N_ELEMENTS(doubtful); i++)
                        if ((*word)[0] != '\0' && (*word)[1] != '\0' &&
                            words_hears(field->words, doubtful[i], *word))
                                return false;
        return true;
}

typedef const char *(*ChoiceWord)(const void *list, int index, int form);

/* What people put before a choice: "par mois", "en virement". */
static const char *skip_little_words(const char *folded)
{
        static const char *const little[] = { "par ", "per ", "en ", "de ", "du ", "le ", "la ",
                                              "un ",  "une ", "a ",  "an ", "by ", "in ", "the " };
        for (size_t i = 0; i < G_N_ELEMENTS(little); i++)
                if (g_str_has_prefix(folded, little[i]))
                        return folded + strlen(little[i]);
        return folded;
}

/* Does the text hold the word, with no letter before or behind? */
static bool has_word(const char *text, const char *word)
{
        for (const char *at = strstr(text, word); word[0] != '\0' && at != NULL; at = strstr(at + 1, word)) {
                gunichar before = at > text ? g_utf8_get_char(g_utf8_prev_char(at)) : ' ',
                         behind = g_utf8_get_char(at + strlen(word));
                if (!g_unichar_isalnum(before) && !g_unichar_isalnum(behind))
                        return true;
        }
        return false;
}

static bool names_another(const Field *field, const char *rest, int own, int count, ChoiceWord word)
{
        for (int i = 0; i < count; i++)
                for (int form = 0; i != own && word(field, i, form) != NULL; form++) {
                        g_autofree char *candidate = text_fold(word(field, i, form));
                        if (has_word(rest, candidate))
                                return true;
                }
        return false;
}

/* "Aucun écart", "par mois", "virement bancaire": the longest choice that the text begins with, when what
 * follows is no "but" and names no other. */
static int choice_at_start(const Field *field, const char *folded, int count, ChoiceWord word)
{
        const char *text = skip_little_words(folded);
        size_t longest = 0;
        int found = -1;
        for (int i = 0; i < count; i++)
                for (int form = 0; word(field, i, form) != NULL; form++) {
                        g_autofree char *candidate = text_fold(word(field, i, form));
                        size_t length = strlen(candidate);
                        if (length > longest && g_str_has_prefix(text, candidate) &&
                            !g_unichar_isalnum(g_utf8_get_char(text + length))) {
                                longest = length;
                                found = i;
                        }
                }
        bool is_clear = found >= 0 && is_mere_remark(field, text + longest) &&
                        !names_another(field, text + longest, found, count, word);
        return is_clear ? found : -1;
}

/* Numbers of a choice such as "10-49" or "1000+". False: it is none. */
static bool range_of(const char *label, int64_t *from_out, int64_t *to_out)
{
        char *rest;
        if (!g_ascii_isdigit(label[0]))
                return false;
        *from_out = *to_out = g_ascii_strtoll(label, &rest, 10);
        if (*rest == '-' && g_ascii_isdigit(rest[1]))
                *to_out = g_ascii_strtoll(rest + 1, &rest, 10);
        else if (*rest == '+') {
                *to_out = G_MAXINT64;
                rest++;
        }
        return *rest == '\0';
}

/* "12" and "10 à 49" for the choice 10-49. */
static int choice_of_range(const Field *field, const char *folded, int count, ChoiceWord word)
{
        char *rest;
        if (!g_ascii_isdigit(folded[0]))
                return -1;
        int64_t first = g_ascii_strtoll(folded, &rest, 10), last = first;
        while (*rest != '\0' && !g_ascii_isdigit(*rest))
                rest++;
        if (*rest != '\0')
                last = g_ascii_strtoll(rest, NULL, 10);
        for (int i = 0; i < count; i++) {
                int64_t from, to;
                const char *label = word(field, i, 1) != NULL ? word(field, i, 1) : word(field, i, 0);
                if (range_of(label, &from, &to) && first >= from && first <= last && last <= to)
                        return i;
        }
        return -1;
}

static bool has_ranges(const Field *field, int count, ChoiceWord word)
{
        int64_t from, to;
        return count > 0 && word(field, 0, 1) != NULL && range_of(word(field, 0, 1), &from, &to);
}

/* Index of the choice that folded text names: its key, its words, its number in the list; -1. */
static int find_choice(const Field *field, const char *folded, int count, ChoiceWord word)
{
        int near = -1, near_count = 0;
        for (int i = 0; i < count; i++)
                for (int form = 0; word(field, i, form) != NULL; form++) {
                        g_autofree char *candidate = text_fold(word(field, i, form));
                        if (strcmp(candidate, folded) == 0)
                                return i;
                        if (strlen(candidate) > 4 && text_distance(candidate, folded, NEAR) <= NEAR &&
                            near != i) {
                                near = i;
                                near_count++;
                        }
                }
        if (has_ranges(field, count, word))
                return choice_of_range(field, folded, count, word);
        if (near_count == 1)
                return near;
        int number = atoi(folded);
        if (strspn(folded, "0123456789") == strlen(folded))
                return number >= 1 && number <= count ? number - 1 : -1;
        return choice_at_start(field, folded, count, word);
}

static const char *field_choice_word(const void *list, int index, int form)
{
        const Field *field = list;
        const Texts *label = g_ptr_array_index(field->choice_labels, (guint)index);
        return form == 0 ? field->choice_keys[index] : texts_any(label, (guint)form - 1);
}

static const char *five_step_word(const void *list, int index, int form)
{
        const Field *field = list;
        g_autofree char *key = g_strconcat("five_step.", five_step_keys[index], NULL);
        return form == 0 ? five_step_keys[index] : words_any(field->words, key, (guint)form - 1);
}

static char *read_choices(const Field *field, const char *text)
{
        g_auto(GStrv) parts = g_strsplit_set(text, ",;\n", -1);
        GString *out = g_string_new(NULL);
        for (char **part = parts; *part != NULL; part++) {
                g_autofree char *folded = g_strstrip(text_fold(*part));
                if (folded[0] == '\0')
                        continue;
                int index = find_choice(field, folded, (int)field->choice_labels->len, field_choice_word);
                if (index < 0) {
                        g_string_free(out, TRUE);
                        return NULL;
                }
                g_string_append_printf(out, "%s%s", out->len > 0 ? "," : "", field->choice_keys[index]);
        }
        return g_string_free(out, FALSE);
}

static bool has_digit(const char *text)
{
        return strpbrk(text, "0123456789") != NULL;
}

/* Plain digits, never an exponent; at most six decimals, and none that say nothing. */
static char *write_number(double value)
{
        char buffer[64];
        g_ascii_formatd(buffer, sizeof buffer, "%.6f", value);
        char *end = buffer + strlen(buffer);
        while (end[-1] == '0')
                end--;
        end[end[-1] == '.' ? -1 : 0] = '\0';
        return g_strdup(strcmp(buffer, "-0") == 0 ? "0" : buffer);
}

/* "/20", "sur 20", "out of 20", "من 20" behind a number. */
static bool is_out_of(const char *rest, int64_t max)
{
        static const char *const words[] = { "/", "sur", "out of", "of", "de", "من", "علي" };
        for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
                if (!g_str_has_prefix(rest, words[i]))
                        continue;
                const char *number = rest + strlen(words[i]);
                number += strspn(number, " ");
                g_autofree char *wanted = g_strdup_printf("%" PRId64, max);
                if (strcmp(number, wanted) == 0)
                        return true;
        }
        return false;
}

/* "1 200", "15,5", "15,5/20", "16 sur 20", "12 heures"; two numbers are none. */
static char *read_number(const Field *field, const char *folded)
{
        g_autoptr(GString) plain = g_string_new(NULL);
        const char *p = folded;
        if (*p == '-' || *p == '+')
                g_string_append_c(plain, *p++);
        while (g_ascii_isdigit(*p) || (*p == ' ' && strspn(p + 1, "0123456789") == 3 && plain->len > 0)) {
                if (*p != ' ')
                        g_string_append_c(plain, *p);
                p++;
        }
        if ((*p == ',' || *p == '.') && g_ascii_isdigit(p[1])) {
                g_string_append_c(plain, '.');
                for (p++; g_ascii_isdigit(*p); p++)
                        g_string_append_c(plain, *p);
        }
        p += strspn(p, " ");
        if (!has_digit(plain->str) || (has_digit(p) && !is_out_of(p, field->max)))
                return NULL;
        double value = g_ascii_strtod(plain->str, NULL);
        if (value < (double)field->min || value > (double)field->max)
                return NULL;
        return write_number(value);
}

/* "4", "4/5", "4 sur 5", "4 (bien)"; a second number is another scale. */
static char *read_scale(const char *folded)
{
        if (folded[0] < '1' || folded[0] > '5')
                return NULL;
        const char *rest = folded + 1 + strspn(folded + 1, " ");
        if (has_digit(rest) && !is_out_of(rest, FIVE))
                return NULL;
        return g_strndup(folded, 1);
}

/* "Oui", "non.", "oui, je ne suis pas payée"; "oui mais", "oui, non" are neither. */
static char *read_yes_no(const Field *field, const char *folded)
{
        size_t length = strcspn(folded, ".!,;:(");
        g_autofree char *word = g_strchomp(g_strndup(folded, length));
        for (size_t i = 0; i < TWO; i++)
                if (strcmp(word, yes_no_keys[i]) == 0 || words_hears(field->words, yes_no_keys[i], word))
                        return is_mere_remark(field, folded + length) ? g_strdup(yes_no_keys[i]) : NULL;
        return NULL;
}

static char *read_limited(const char *text, glong most)
{
        return g_utf8_strlen(text, -1) <= most ? g_strdup(text) : NULL;
}

/* Where the next column begins: at its own word ("au", "to"), or behind a mark between the two. */
static const char *group_gap(const Field *field, guint index, const char *text)
{
        static const char *const marks[] = { " - ", " – ", " → ", "\t" };
        const Field *column = g_ptr_array_index(field->columns, index);
        const char *bar = strchr(text, '|'); /* as a page writes it: nothing else counts then */
        if (bar != NULL)
                return bar + 1;
        for (guint i = 0; texts_any(column->label, i) != NULL; i++) {
                g_autofree char *word = g_strdup_printf(" %s ", texts_any(column->label, i));
                const char *at = strstr(text, word);
                if (at != NULL)
                        return at;
        }
        for (size_t i = 0; i < G_N_ELEMENTS(marks); i++) {
                const char *at = strstr(text, marks[i]);
                if (at != NULL)
                        return at + strlen(marks[i]);
        }
        const char *slash = strchr(text, '/'); /* canonical: 2027-04-01/2027-04-15 */
        return slash != NULL && strchr(slash + 1, '/') == NULL ? slash + 1 : NULL;
}

/* The cell without the column's word and the mark before the next one. */
static const char *skip_word(const Field *column, char *cell)
{
        size_t length = strlen(cell);
        while (length > 0 && strchr("-|/", cell[length - 1]) != NULL)
                cell[--length] = '\0';
        g_strstrip(cell);
        for (guint i = 0; texts_any(column->label, i) != NULL; i++) {
                const char *word = texts_any(column->label, i);
                if (g_str_has_prefix(cell, word) && cell[strlen(word)] == ' ')
                        return cell + strlen(word) + 1;
        }
        return cell;
}

/* "1/4" of "1/4 au 15/4/2027": what is missing is the other day's. */
static char *complete_date(const char *text, const char *other)
{
        Day day;
        for (const char *p = other; *p != '\0'; p++) {
                if (p == other || !g_ascii_isdigit(p[-1]) || g_ascii_isdigit(*p))
                        continue;
                g_autofree char *whole = g_strconcat(text, p, NULL);
                if (day_read(whole, &day))
                        return day_iso(day);
        }
        return NULL;
}

/* One line of a group: its columns, between the words or marks that people put there. */
static char *read_item(const Field *field, const char *line, const char *language)
{
        g_autoptr(GString) out = g_string_new(NULL);
        const char *rest = line;
        for (guint i = 0; i < field->columns->len; i++) {
                const Field *column = g_ptr_array_index(field->columns, i);
                const char *next = i + 1 < field->columns->len ? group_gap(field, i + 1, rest) : NULL;
                g_autofree char *cell = next != NULL ? g_strndup(rest, (gsize)(next - rest)) : g_strdup(rest),
                                *problem = NULL;
                const char *text = skip_word(column, g_strstrip(cell));
                g_autofree char *value = form_value_read(column, text, language, &problem);
                if (value == NULL && next != NULL && column->kind == FIELD_DATE)
                        value = complete_date(text, next);
                bool is_bad = value == NULL || (value[0] == '\0' && column->is_required) ||
                              strpbrk(value, "/;\n") != NULL;
                if (is_bad || (i + 1 < field->columns->len && next == NULL && column->is_required))
                        return NULL;
                g_string_append_printf(out, "%s%s", i > 0 ? "/" : "", value);
                rest = next != NULL ? next : "";
        }
        return g_string_free(g_steal_pointer(&out), FALSE);
}

/* "from/to;from/to": items by line or semicolon. */
static char *read_group(const Field *field, const char *text, const char *language)
{
        g_auto(GStrv) lines = g_strsplit_set(text, ";\n", GROUP_ITEMS_MAX + 1);
        g_autoptr(GString) out = g_string_new(NULL);
        for (guint i = 0; lines[i] != NULL; i++) {
                const char *line = g_strstrip(lines[i]);
                if (line[0] == '\0')
                        continue;
                g_autofree char *item = i < GROUP_ITEMS_MAX ? read_item(field, line, language) : NULL;
                if (item == NULL)
                        return NULL;
                g_string_append_printf(out, "%s%s", out->len > 0 ? ";" : "", item);
        }
        return g_string_free(g_steal_pointer(&out), FALSE);
}

/* The one address in "<a@b>", "mailto:a@b", "Anne Petit <a@b>", "a@b <mailto:a@b>", "a@b (pro)". */
static char *read_email(const char *text)
{
        g_auto(GStrv) words = g_strsplit_set(text, " \t\n<>()[],;\"'", -1);
        g_autofree char *found = NULL;
        for (char **word = words; *word != NULL; word++) {
                const char *bare = g_str_has_prefix(*word, "mailto:") ? *word + strlen("mailto:") : *word;
                g_autofree char *address = strchr(bare, '@') != NULL ? address_normalise(bare) : NULL;
                if (strchr(bare, '@') != NULL && address == NULL)
                        return NULL;
                if (address != NULL && found != NULL && !address_equal(address, found))
                        return NULL;
                if (address != NULL && found == NULL)
                        found = g_steal_pointer(&address);
        }
        return g_steal_pointer(&found);
}

char *form_value_read(const Field *field, const char *text, const char *language, char **problem_out)
{
        g_autofree char *clean = g_strstrip(text_strip_controls(text));
        g_autofree char *folded = g_strstrip(text_fold(clean));
        *problem_out = NULL;
        if (folded[0] == '\0')
                return g_strdup("");
        char *value = NULL;
        Day day;
        switch (field->kind) {
        case FIELD_TEXT:
        case FIELD_PHONE:
        case FIELD_FILE: {
                g_autofree char *line = text_single_line(clean);
                value = read_limited(line, TEXT_MAX_CHARACTERS);
                break;
        }
        case FIELD_LONG_TEXT: value = read_limited(clean, LONG_TEXT_MAX_CHARACTERS); break;
        case FIELD_GROUP: value = read_group(field, clean, language); break;
        case FIELD_DATE: value = day_read(clean, &day) ? day_iso(day) : NULL; break;
        case FIELD_NUMBER: value = read_number(field, folded); break;
        case FIELD_CHOICE: {
                int index = find_choice(field, folded, (int)field->choice_labels->len, field_choice_word);
                value = index >= 0 ? g_strdup(field->choice_keys[index]) : NULL;
                break;
        }
        case FIELD_CHOICES: value = read_choices(field, clean); break;
        case FIELD_YES_NO: value = read_yes_no(field, folded); break;
        case FIELD_SCALE: value = read_scale(folded); break;
        case FIELD_FIVE_STEP: {
                int index = find_choice(field, folded, FIVE, five_step_word);
                value = index >= 0 ? g_strdup(five_step_keys[index]) : NULL;
                break;
        }
        case FIELD_EMAIL: value = read_email(clean); break;
        }
        if (value == NULL)
                *problem_out = complain(field, clean, language);
        return value;
}

static char *show_choices(const Field *field, const char *value, const char *language)
{
        g_auto(GStrv) keys = g_strsplit(value, ",", -1);
        GString *out = g_string_new(NULL);
        for (char **key = keys; *key != NULL; key++)
                for (guint i = 0; i < field->choice_labels->len; i++)
                        if (strcmp(field->choice_keys[i], *key) == 0)
                                g_string_append_printf(
                                        out, "%s%s", out->len > 0 ? ", " : "",
                                        texts_get(g_ptr_array_index(field->choice_labels, i), language));
        return g_string_free(out, FALSE);
}

/* "du 1er avril 2027 au 15 avril 2027", one a line. */
static char *show_group(const Field *field, const char *value, const char *language)
{
        g_auto(GStrv) items = g_strsplit(value, ";", -1);
        g_autoptr(GString) out = g_string_new(NULL);
        for (char **item = items; *item != NULL; item++) {
                g_auto(GStrv) cells = g_strsplit(*item, "/", -1);
                for (guint i = 0; i < field->columns->len && i < g_strv_length(cells); i++) {
                        const Field *column = g_ptr_array_index(field->columns, i);
                        g_autofree char *shown = form_value_show(column, cells[i], language);
                        g_string_append_printf(out, "%s%s %s",
                                               i > 0          ? " "
                                               : out->len > 0 ? " ; "
                                                              : "",
                                               texts_get(column->label, language), shown);
                }
        }
        return g_string_free(g_steal_pointer(&out), FALSE);
}

/* The words of the rules for one of the keys; "" for another value. */
static char *show_word(const Field *field, const char *group, const char *value, const char *language)
{
        g_autofree char *key = g_strconcat(group, value, NULL);
        return g_strdup(words_get(field->words, key, language));
}

/* "16.5" is written 16,5 in French and in the Arabic of the Maghreb. */
static char *show_number(const char *value, const char *language)
{
        char *shown = g_strdup(value);
        return strcmp(language, "en") == 0 ? shown : g_strdelimit(shown, ".", ',');
}

static const char file_mark[] = "upload:";

char *form_value_of_file(int64_t id, const char *name)
{
        return g_strdup_printf("%s%" PRId64 ":%s", file_mark, id, name);
}

/* Its name; NULL: the value is no file of ours. */
static const char *file_name(const char *value, int64_t *id_out)
{
        if (!g_str_has_prefix(value, file_mark))
                return NULL;
        char *end;
        *id_out = g_ascii_strtoll(value + strlen(file_mark), &end, 10);
        return *end == ':' && *id_out > 0 ? end + 1 : NULL;
}

int64_t form_value_file(const char *value)
{
        int64_t id;
        return file_name(value, &id) != NULL ? id : 0;
}

/* A file by its name; what somebody wrote instead as it is. */
static char *show_file(const char *value)
{
        int64_t id;
        const char *name = file_name(value, &id);
        return g_strdup(name != NULL ? name : value);
}

char *form_value_show(const Field *field, const char *value, const char *language)
{
        Day day;
        switch (field->kind) {
        case FIELD_DATE: return day_read(value, &day) ? day_long(day, language) : g_strdup(value);
        case FIELD_CHOICE:
        case FIELD_CHOICES: return show_choices(field, value, language);
        case FIELD_YES_NO: return show_word(field, "yes_no.", value, language);
        case FIELD_SCALE: return value[0] != '\0' ? g_strdup_printf("%s/5", value) : g_strdup("");
        case FIELD_FIVE_STEP: return show_word(field, "five_step.", value, language);
        case FIELD_GROUP: return show_group(field, value, language);
        case FIELD_NUMBER: return show_number(value, language);
        case FIELD_FILE: return show_file(value);
        case FIELD_TEXT:
        case FIELD_LONG_TEXT:
        case FIELD_EMAIL:
        case FIELD_PHONE: break;
        }
        return g_strdup(value);
}

/* A field of the same form, or a name with a point: of another form, or the case's. */
static bool condition_holds(const Form *form, const Field *field, GHashTable *data)
{
        bool is_far = strchr(field->if_field, '.') != NULL;
        g_autofree char *key =
                is_far ? g_strdup(field->if_field) : g_strconcat(form->key, ".", field->if_field, NULL);
        const char *value = g_hash_table_lookup(data, key);
        return value != NULL && g_strv_contains((const char *const *)field->if_values, value);
}

bool form_field_is_required(const Form *form, const Field *field, GHashTable *data)
{
        if (field->if_field == NULL)
                return field->is_required;
        bool holds = condition_holds(form, field, data);
        return field->if_required ? field->is_required || holds : field->is_required && holds;
}

bool form_field_is_shown(const Form *form, const Field *field, GHashTable *data)
{
        return field->if_field == NULL || field->if_required || condition_holds(form, field, data);
}

static char **domains_of(const Case *the_case)
{
        g_autoptr(GStrvBuilder) domains = g_strv_builder_new();
        for (guint i = 0; the_case != NULL && i < the_case->people->len; i++) {
                const Person *person = g_ptr_array_index(the_case->people, i);
                g_strv_builder_add(domains, address_domain(person->address));
        }
        return g_strv_builder_end(domains);
}

char *form_value_show_given(const Field *field, const char *value, const char *language, const Case *the_case)
{
        g_auto(GStrv) domains = field->kind == FIELD_EMAIL ? domains_of(the_case) : NULL;
        const char *meant = domains != NULL ? address_slip(value, (const char *const *)domains) : NULL;
        char *shown = form_value_show(field, value, language);
        if (meant == NULL)
                return shown;
        g_autofree char *doubt = say(field, "complaint.address", meant, language);
        char *both = g_strdup_printf("%s (%s)", shown, doubt);
        g_free(shown);
        return both;
}
