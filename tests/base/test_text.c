/* Text made comparable and harmless. */
#include "base/text.h"

#include <glib.h>
#include <string.h>

typedef struct {
        const char *name, *input, *want;
} Row;

static const Row folded[] = {
        { "case-and-accents", "ÉTÉ à Noël", "ete a noel" },
        { "ligatures", "œuvre ﬁn Æ", "oeuvre fin ae" },
        { "apostrophes", "l’été d`or", "l'ete d'or" },
        { "quotes", "« oui » “yes”", "\" oui \" \"yes\"" },
        { "dashes", "a – b — c", "a - b - c" },
        { "blanks", " \t a\u00A0\u202F b \r\n  c ", "a b\nc" },
        { "invisible", "a\u200Bb\uFEFFc\u200F", "abc" },
        { "arabic-digits", "٣١/١٢/٢٠٢٧ ۴", "31/12/2027 4" },
        { "arabic-letters", "أوافقُ على الفِكرة إلى آخرى", "اوافق علي الفكره الي اخري" },
        { "full-width", "ＯＫ：", "ok:" },
        { "empty", "", "" },
};

static void check_fold(gconstpointer data)
{
        const Row *row = data;
        g_autofree char *got = text_fold(row->input);
        g_assert_cmpstr(got, ==, row->want);
        g_autofree char *again = text_fold(got);
        g_assert_cmpstr(again, ==, got); /* folding twice is folding once */
}

static const Row single[] = {
        { "line-breaks", "a\r\nBcc: x@example.org", "a Bcc: x@example.org" },
        { "controls", "a\x01\x7f\xC2\x85\u2028b", "a b" },
        { "overrides", "a\u202Egpj.exe", "a gpj.exe" },
        { "trimmed", "  a  b ", "a b" },
};

static void check_single_line(gconstpointer data)
{
        const Row *row = data;
        g_autofree char *got = text_single_line(row->input);
        g_assert_cmpstr(got, ==, row->want);
}

static void check_valid(void)
{
        static const char bytes[] = "a\0b\xE9\xC3\xA9";
        g_autofree char *got = text_make_valid(bytes, sizeof bytes - 1);
        g_assert_cmpstr(got, ==, "ab\uFFFDé");
        g_assert_true(g_utf8_validate(got, -1, NULL));
}

static const struct {
        const char *a, *b;
        int limit, want;
} distances[] = {
        { "valider", "valider", 2, 0 },
        { "valider", "validre", 2, 1 }, /* neighbours swapped */
        { "valider", "vallider", 2, 1 },
        { "valider", "refuser", 2, 3 },
        { "é", "e", 1, 1 },
        { "", "abc", 5, 3 },
        { "ab", "ba", 0, 1 },
};

static void check_distance(void)
{
        for (size_t i = 0; i < G_N_ELEMENTS(distances); i++)
                g_assert_cmpint(text_distance(distances[i].a, distances[i].b, distances[i].limit), ==,
                                distances[i].want);
        g_autofree char *longer = g_strnfill(65, 'a');
        g_assert_cmpint(text_distance(longer, longer, 3), ==, 4);
}

static void check_controls(void)
{
        g_autofree char *plain = text_strip_controls("a\u2067b\u202C\001c");
        g_assert_cmpstr(plain, ==, "abc");
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(folded); i++) {
                g_autofree char *path = g_strconcat("/text/fold/", folded[i].name, NULL);
                g_test_add_data_func(path, &folded[i], check_fold);
        }
        for (size_t i = 0; i < G_N_ELEMENTS(single); i++) {
                g_autofree char *path = g_strconcat("/text/single-line/", single[i].name, NULL);
                g_test_add_data_func(path, &single[i], check_single_line);
        }
        g_test_add_func("/text/make-valid", check_valid);
        g_test_add_func("/text/distance", check_distance);
        g_test_add_func("/text/controls", check_controls);
        return g_test_run();
}
