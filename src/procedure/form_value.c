#include "procedure/form_value.h"

#include "base/address.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX_CHARACTERS = 500, LONG_TEXT_MAX_CHARACTERS = 8000, NEAR = 2 };

/* What is told when a value does not fit; %s is the value. */
static const struct {
        FieldKind kind;
        const char *fr, *en, *ar;
} complaints[] = {
        { FIELD_DATE, "« %s » n'est pas une date : écrivez par exemple 12/03/2027",
          "“%s” is not a date: write for example 12/03/2027", "« %s » ليس تاريخا: اكتبوا مثلا 12/03/2027" },
        { FIELD_NUMBER, "« %s » n'est pas un nombre possible ici", "“%s” is not a number that fits here",
          "« %s » ليس عددا مقبولا هنا" },
        { FIELD_CHOICE, "« %s » n'est pas l'un des choix", "“%s” is not one of the choices",
          "« %s » ليس من الاختيارات" },
        { FIELD_YES_NO, "« %s » n'est ni oui ni non", "“%s” is neither yes nor no", "« %s » ليس نعم ولا لا" },
        { FIELD_SCALE, "« %s » n'est pas un nombre de 1 à 5", "“%s” is not a number from 1 to 5",
          "« %s » ليس عددا من 1 إلى 5" },
        { FIELD_EMAIL, "« %s » n'est pas une adresse électronique", "“%s” is not an e-mail address",
          "« %s » ليس عنوانا إلكترونيا" },
        { FIELD_TEXT, "« %s » est trop long", "“%s” is too long", "« %s » طويل جدا" },
};

static const char *const five_steps[][3] = {
        /* fr, en, ar */
        { "Excellent", "Excellent", "ممتاز" },
        { "Très bien", "Very good", "جيد جدا" },
        { "Bien", "Good", "جيد" },
        { "Satisfaisant", "Satisfactory", "مقبول" },
        { "Insuffisant", "Insufficient", "غير كاف" },
};
static const char *const five_step_keys[] = { "excellent", "very_good", "good", "satisfactory",
                                              "insufficient" };

static int language_column(const char *language)
{
        return strcmp(language, "fr") == 0 ? 0 : strcmp(language, "ar") == 0 ? 2 : 1;
}

static char *complain(FieldKind kind, const char *text, const char *language)
{
        if (kind == FIELD_CHOICES || kind == FIELD_FIVE_STEP)
                kind = FIELD_CHOICE;
        const char *format = complaints[G_N_ELEMENTS(complaints) - 1].fr;
        for (size_t i = 0; i < G_N_ELEMENTS(complaints); i++)
                if (complaints[i].kind == kind || (i == G_N_ELEMENTS(complaints) - 1)) {
                        int column = language_column(language);
                        format = column == 0   ? complaints[i].fr
                                 : column == 1 ? complaints[i].en
                                               : complaints[i].ar;
                        break;
                }
        g_autofree char *line = text_single_line(text);
        g_autofree char *head = g_utf8_substring(line, 0, MIN(g_utf8_strlen(line, -1), 60));
        g_auto(GStrv) parts = g_strsplit(format, "%s", 2);
        return g_strconcat(parts[0], head, parts[1], NULL);
}

/* Index of the choice that folded text names: its key, its words, its number in the list; -1. */
static int find_choice(const char *folded, int count,
                       const char *(*word)(const void *list, int index, int form), const void *list)
{
        int near = -1, near_count = 0;
        for (int i = 0; i < count; i++)
                for (int form = 0; word(list, i, form) != NULL; form++) {
                        g_autofree char *candidate = text_fold(word(list, i, form));
                        if (strcmp(candidate, folded) == 0)
                                return i;
                        if (strlen(candidate) > 4 && text_distance(candidate, folded, NEAR) <= NEAR &&
                            near != i) {
                                near = i;
                                near_count++;
                        }
                }
        if (near_count == 1)
                return near;
        int number = atoi(folded);
        return folded[0] != '\0' && strspn(folded, "0123456789") == strlen(folded) && number >= 1 &&
                               number <= count
                       ? number - 1
                       : -1;
}

static const char *field_choice_word(const void *list, int index, int form)
{
        const Field *field = list;
        static const char *const languages[] = { "fr", "en", "ar" };
        if (form == 0)
                return field->choice_keys[index];
        return form <= 3
                       ? texts_get(g_ptr_array_index(field->choice_labels, (guint)index), languages[form - 1])
                       : NULL;
}

static const char *five_step_word(const void *list G_GNUC_UNUSED, int index, int form)
{
        return form == 0 ? five_step_keys[index] : form <= 3 ? five_steps[index][form - 1] : NULL;
}

static char *read_choices(const Field *field, const char *text)
{
        g_auto(GStrv) parts = g_strsplit_set(text, ",;\n", -1);
        GString *out = g_string_new(NULL);
        for (char **part = parts; *part != NULL; part++) {
                g_autofree char *folded = g_strstrip(text_fold(*part));
                if (folded[0] == '\0')
                        continue;
                int index = find_choice(folded, (int)field->choice_labels->len, field_choice_word, field);
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

/* "1 200", "15,5", "15,5/20", "12 heures"; two numbers are none. */
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
        g_autofree char *scale = g_strdup_printf("/%" PRId64, field->max);
        if (!has_digit(plain->str) || (has_digit(p) && strcmp(p, scale) != 0))
                return NULL;
        double value = g_ascii_strtod(plain->str, NULL);
        if (value < (double)field->min || value > (double)field->max)
                return NULL;
        char buffer[G_ASCII_DTOSTR_BUF_SIZE];
        return g_strdup(g_ascii_formatd(buffer, sizeof buffer, "%.10g", value));
}

/* "4", "4/5", "4 (bien)"; a second number is another scale. */
static char *read_scale(const char *folded)
{
        if (folded[0] < '1' || folded[0] > '5')
                return NULL;
        const char *rest = folded + 1 + strspn(folded + 1, " ");
        if (has_digit(rest) && strcmp(rest, "/5") != 0 && strcmp(rest, "/ 5") != 0)
                return NULL;
        return g_strndup(folded, 1);
}

static char *read_yes_no(const char *folded)
{
        static const char *const yes[] = { "oui", "yes", "y", "o", "نعم", "true", "x", NULL };
        static const char *const no[] = { "non", "no", "n", "لا", "false", NULL };
        g_autofree char *word = g_strndup(folded, strcspn(folded, ".!"));
        if (strcspn(folded, ".!") + strspn(folded + strlen(word), ".! ") != strlen(folded))
                return NULL;
        return g_strv_contains(yes, word)  ? g_strdup("yes")
               : g_strv_contains(no, word) ? g_strdup("no")
                                           : NULL;
}

static char *read_limited(const char *text, glong most)
{
        return g_utf8_strlen(text, -1) <= most ? g_strdup(text) : NULL;
}

char *form_value_read(const Field *field, const char *text, const char *language, char **problem_out)
{
        g_autofree char *clean = text_strip_bidi(text);
        g_strstrip(clean);
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
        case FIELD_LONG_TEXT:
        case FIELD_GROUP: value = read_limited(clean, LONG_TEXT_MAX_CHARACTERS); break;
        case FIELD_DATE: value = day_read(clean, &day) ? day_iso(day) : NULL; break;
        case FIELD_NUMBER: value = read_number(field, folded); break;
        case FIELD_CHOICE: {
                int index = find_choice(folded, (int)field->choice_labels->len, field_choice_word, field);
                value = index >= 0 ? g_strdup(field->choice_keys[index]) : NULL;
                break;
        }
        case FIELD_CHOICES: value = read_choices(field, clean); break;
        case FIELD_YES_NO: value = read_yes_no(folded); break;
        case FIELD_SCALE: value = read_scale(folded); break;
        case FIELD_FIVE_STEP: {
                int index = find_choice(folded, G_N_ELEMENTS(five_step_keys), five_step_word, NULL);
                value = index >= 0 ? g_strdup(five_step_keys[index]) : NULL;
                break;
        }
        case FIELD_EMAIL: value = address_normalise(clean); break;
        }
        if (value == NULL)
                *problem_out = complain(field->kind, clean, language);
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

char *form_value_show(const Field *field, const char *value, const char *language)
{
        static const char *const yes[] = { "oui", "yes", "نعم" }, *const no[] = { "non", "no", "لا" };
        int column = language_column(language);
        Day day;
        switch (field->kind) {
        case FIELD_DATE: return day_read(value, &day) ? day_long(day, language) : g_strdup(value);
        case FIELD_CHOICE:
        case FIELD_CHOICES: return show_choices(field, value, language);
        case FIELD_YES_NO:
                return g_strdup(strcmp(value, "yes") == 0  ? yes[column]
                                : strcmp(value, "no") == 0 ? no[column]
                                                           : "");
        case FIELD_SCALE: return value[0] != '\0' ? g_strdup_printf("%s/5", value) : g_strdup("");
        case FIELD_FIVE_STEP:
                for (size_t i = 0; i < G_N_ELEMENTS(five_step_keys); i++)
                        if (strcmp(five_step_keys[i], value) == 0)
                                return g_strdup(five_steps[i][column]);
                return g_strdup("");
        case FIELD_TEXT:
        case FIELD_LONG_TEXT:
        case FIELD_NUMBER:
        case FIELD_EMAIL:
        case FIELD_PHONE:
        case FIELD_FILE:
        case FIELD_GROUP: break;
        }
        return g_strdup(value);
}

static bool condition_holds(const Form *form, const Field *field, GHashTable *data)
{
        g_autofree char *key = g_strconcat(form->key, ".", field->if_field, NULL);
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
