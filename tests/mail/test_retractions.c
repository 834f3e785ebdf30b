/* Acceptances that are none: intent/retractions.tsv, joined in many ways, languages mixed, by a seeded hand.
 *
 * FACTEUR_SEED=N plays another hand, FACTEUR_RETRACTIONS=N more of it. */
#include "mail/intent.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

enum { SEED = 20261125, CASES = 24000, LIMIT_S = 10 };

static Patterns *patterns;

typedef struct {
        GPtrArray *yes, *after, *before; /* of char *, borrowed from lines */
        char **lines;
} Material;

static void material_load(Material *material)
{
        g_autofree char *bytes = NULL;
        g_assert_true(g_file_get_contents("tests/mail/intent/retractions.tsv", &bytes, NULL, NULL));
        material->lines = g_strsplit(bytes, "\n", -1);
        material->yes = g_ptr_array_new();
        material->after = g_ptr_array_new();
        material->before = g_ptr_array_new();
        for (char **line = material->lines; *line != NULL; line++) {
                char *text = strchr(*line, '\t');
                if (**line == '#' || text == NULL)
                        continue;
                *text++ = '\0';
                GPtrArray *list = strcmp(*line, "yes") == 0     ? material->yes
                                  : strcmp(*line, "after") == 0 ? material->after
                                                                : material->before;
                g_ptr_array_add(list, text);
        }
        g_assert_cmpuint(material->yes->len, >=, 40);
        g_assert_cmpuint(material->after->len, >=, 150);
        g_assert_cmpuint(material->before->len, >=, 40);
}

static void material_clear(Material *material)
{
        g_ptr_array_unref(material->yes);
        g_ptr_array_unref(material->after);
        g_ptr_array_unref(material->before);
        g_strfreev(material->lines);
}

static const char *pick(GRand *hand, const GPtrArray *list)
{
        return g_ptr_array_index(list, (guint)g_rand_int_range(hand, 0, (gint32)list->len));
}

/* %1: the acceptance, %2: what takes it back. */
static const char *const behind[] = {
        "%1 %2",
        "%1, %2",
        "%1. %2.",
        "%1\n%2",
        "%1\n\n%2",
        "%1 (%2)",
        "%1 - %2",
        "%1 : %2",
        "%1 ; %2",
        "%1 !\n%2 !",
        "Bonjour,\n\n%1.\n%2.\n\nCordialement\nPaul Berger",
        "Bonjour Madame,\n%1 %2\nMerci d'avance",
        "%1\n\nCordialement,\nPaul Berger\n\n%2",
        "%1\n\nCordialement,\n%2",
        "%1\nPS : %2",
        "%1 🙂 %2",
        "السلام عليكم\n%1 %2\nمع تحياتي",
        "Hello,\n\n%1, %2\n\nKind regards,\nMary Smith",
        "> %1\n%2",
};
static const char *const ahead[] = {
        "%2 %1",
        "%2 « %1 »",
        "%2 \"%1\"",
        "%2\n%1",
        "Bonjour, %2 %1, merci",
        "Hello,\n\n%2 %1\n\nBest regards,\nMary Smith",
        "%2 %1.",
        "Bonjour,\n\n%2 %1 !\n\nBien à vous\nK. Benali",
};

static char *join(const char *form, const char *yes, const char *other)
{
        GString *text = g_string_new(NULL);
        for (const char *p = form; *p != '\0'; p++)
                if (*p == '%' && p[1] == '1')
                        g_string_append(text, yes), p++;
                else if (*p == '%' && p[1] == '2')
                        g_string_append(text, other), p++;
                else
                        g_string_append_c(text, *p);
        return g_string_free(text, FALSE);
}

/* As telephones and haste leave it: all capitals, no accents, two blanks. Takes text over. */
static char *roughen(GRand *hand, char *text)
{
        g_autofree char *whole = text;
        g_autofree char *plain = NULL;
        switch (g_rand_int_range(hand, 0, 6)) {
        case 0: return g_utf8_strup(whole, -1);
        case 1:
                plain = g_str_to_ascii(whole, "C");
                return strchr(plain, '?') != NULL ? g_steal_pointer(&whole) : g_steal_pointer(&plain);
        case 2: {
                g_auto(GStrv) words = g_strsplit(whole, " ", -1);
                return g_strjoinv("  ", words);
        }
        default: return g_steal_pointer(&whole);
        }
}

static char *deal(GRand *hand, const Material *material)
{
        bool is_ahead = g_rand_int_range(hand, 0, 4) == 0;
        const char *other = pick(hand, is_ahead ? material->before : material->after);
        const char *form = is_ahead ? ahead[g_rand_int_range(hand, 0, G_N_ELEMENTS(ahead))]
                                    : behind[g_rand_int_range(hand, 0, G_N_ELEMENTS(behind))];
        return roughen(hand, join(form, pick(hand, material->yes), other));
}

static guint32 number_of(const char *name, guint32 otherwise)
{
        const char *text = g_getenv(name);
        return text != NULL ? (guint32)strtoul(text, NULL, 10) : otherwise;
}

static Intent read_intent(const char *text, GPtrArray *why)
{
        g_autofree char *reason = NULL;
        const char *statement;
        return intent_read(patterns, text, &reason, &statement, why);
}

/* Each acceptance alone is one: else nothing is proved here. */
static void check_material(void)
{
        Material material;
        material_load(&material);
        for (guint i = 0; i < material.yes->len; i++) {
                g_autoptr(GPtrArray) why = g_ptr_array_new_with_free_func(g_free);
                const char *yes = g_ptr_array_index(material.yes, i);
                if (read_intent(yes, why) != INTENT_ACCEPT)
                        g_error("`%s` alone is no acceptance: %s", yes, (char *)g_ptr_array_index(why, 0));
        }
        material_clear(&material);
}

static void check_hand(void)
{
        Material material;
        material_load(&material);
        guint32 seed = number_of("FACTEUR_SEED", SEED), cases = number_of("FACTEUR_RETRACTIONS", CASES);
        g_autoptr(GRand) hand = g_rand_new_with_seed(seed);
        gint64 began = g_get_monotonic_time();
        guint accepted = 0, played = 0;
        for (; played < cases && g_get_monotonic_time() - began < LIMIT_S * G_USEC_PER_SEC; played++) {
                g_autoptr(GPtrArray) why = g_ptr_array_new_with_free_func(g_free);
                g_autofree char *text = deal(hand, &material);
                if (read_intent(text, why) != INTENT_ACCEPT)
                        continue;
                accepted++;
                g_test_message("accepted: `%s` (%s)", text, (char *)g_ptr_array_index(why, 0));
        }
        g_test_message("seed %u: %u of %u cases played, %u accepted", seed, played, cases, accepted);
        g_assert_cmpuint(accepted, ==, 0);
        material_clear(&material);
}

int main(int argc, char **argv)
{
        setlocale(LC_ALL, ""); /* what is printed is Arabic too */
        g_test_init(&argc, &argv, NULL);
        g_autoptr(Problems) problems = problems_new();
        patterns = patterns_load_dir("rules/reading", problems);
        g_autofree char *said = problems_print(problems);
        g_assert_cmpstr(said, ==, "");
        g_test_add_func("/retractions/material", check_material);
        g_test_add_func("/retractions/hand", check_hand);
        int failed = g_test_run();
        patterns_free(patterns);
        return failed;
}
