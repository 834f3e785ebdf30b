#include "procedure/person_name.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

/* "HADDAD", "BEN": a family name as forms and registers write it; an initial is none. */
static bool is_capital(const char *word)
{
        guint letters = 0;
        for (const char *p = word; *p != '\0'; p = g_utf8_next_char(p)) {
                const gunichar c = g_utf8_get_char(p);
                if (g_unichar_islower(c) || (g_unichar_isalpha(c) && !g_unichar_isupper(c)))
                        return false;
                letters += g_unichar_isupper(c);
        }
        return letters > 1;
}

static void add_word(GString *part, const char *word)
{
        g_string_append_printf(part, "%s%s", part->len > 0 ? " " : "", word);
}

typedef struct {
        char *first, *last;
} Parts;

static Parts split_at_comma(const char *name, const char *comma)
{
        return (Parts){ .first = g_strstrip(g_strdup(comma + 1)),
                        .last = g_strstrip(g_strndup(name, (gsize)(comma - name))) };
}

static Parts split(const char *name)
{
        const char *comma = strchr(name, ',');
        if (comma != NULL)
                return split_at_comma(name, comma);
        g_auto(GStrv) words = g_strsplit_set(name, " \t", -1);
        guint capitals = 0, count = 0;
        for (char **word = words; *word != NULL; word++) {
                capitals += is_capital(*word);
                count += **word != '\0';
        }
        const bool is_said = capitals > 0 && capitals < count;
        g_autoptr(GString) first = g_string_new(NULL), last = g_string_new(NULL);
        for (char **word = words; *word != NULL; word++) {
                if (**word == '\0')
                        continue;
                const bool is_last = is_said ? is_capital(*word) : first->len > 0;
                add_word(is_last ? last : first, *word);
        }
        return (Parts){ .first = g_strdup(first->str), .last = g_strdup(last->str) };
}

char *person_first_name(const char *name)
{
        Parts parts = split(name);
        g_free(parts.last);
        return parts.first;
}

char *person_last_name(const char *name)
{
        Parts parts = split(name);
        g_free(parts.first);
        return parts.last;
}
