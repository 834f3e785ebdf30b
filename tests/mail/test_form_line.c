/* Forms filled in a reply, above the quotation and inside it, as people and their programs leave them. */
#include "mail/form_line.h"

#include <string.h>
#include <time.h>

#define FORM                                                                                                 \
        "Bonjour,\n\nSujet du stage * [1] : Réseaux sobres\nHeures par semaine (35 au plus) [2] : 35\n"     \
        "Remarques [13] :\n--- fin ---\n\nLe service des stages\n"

typedef struct {
        const char *name, *text, *quoted, *own;
        const char *wanted; /* anchor=value, `>` before those of the quotation, `;` after each */
} Row;

static const Row rows[] = {
        { "nothing", "OK", "", NULL, "" },
        { "typed-above", "Sujet [1] : Capteurs\nHeures [2] : 28\n", "", FORM, "1=Capteurs;2=28;" },
        { "unchanged-quote", "OK", FORM, FORM, "" },
        { "unchanged-with-marks", "OK",
          "> Sujet du stage * [1] : Réseaux sobres\n> Heures par semaine (35 au plus) [2] : 35\n> Remarques "
          "[13] :\n"
          "> --- fin ---\n> Le service\n",
          FORM, "" },
        { "filled-in-quote", "",
          "> Sujet du stage * [1] : Capteurs\n> Heures par semaine (35 au plus) [2] : 35\n> Remarques [13] : "
          "rien\n"
          "> --- fin ---\n",
          FORM, ">1=Capteurs;>13=rien;" },
        { "both-and-different", "Heures [2] : 30", ">> Heures [2] : 28\n>> --- fin ---\n", FORM,
          "2=30;>2=28;" },
        { "deep-marks-and-bars", "", "> | > Heures [2] : 28\n", FORM, ">2=28;" },
        { "bullet-and-stars", "", "> * *Heures par semaine [2] :* 28\n> - **Remarques** [13] : *rien*\n",
          FORM, ">2=28;>13=rien;" },
        { "no-break-spaces", "Heures\u00a0[2]\u00a0:\u00a028\u202f", "", FORM, "2=28;" },
        { "wide-colon", "Heures [2]：28", "", FORM, "2=28;" },
        { "byte-order-mark", "\ufeffHeures [2] : 28", "", FORM, "2=28;" },
        { "arabic-digits", "ملاحظات [١٣] : لا شيء", "", FORM, "13=لا شيء;" },
        { "isolates", "\u2067ملاحظات [\u206613\u2069] : \u2066ABC\u2069", "", FORM, "13=ABC;" },
        { "arabic-end", "", "> ملاحظات [13] : جيد\n> جدا\n> --- نهاية ---\n> شكرا\n", NULL, ">13=جيد\nجدا;" },
        { "accents-lost", "Sujet du stage [1] : Reseaux sobres", "", FORM, "" },
        { "anchor-lost", "Sujet du stage : Capteurs", "", FORM, "1=Capteurs;" },
        { "anchor-lost-and-typo", "Sujet du satge : Capteurs", "", FORM, "1=Capteurs;" },
        { "label-lost", "[2] : 28", "", FORM, "2=28;" },
        { "label-begun", "Heures : 28\nSujet : Capteurs", "", FORM, "2=28;1=Capteurs;" },
        { "label-begun-in-quote", "", "> Heures : 28\n", FORM, "" },
        { "label-too-short", "Suj : Capteurs", "", FORM, "" },
        { "label-and-colon-lost", "[2] 28\n[13] rien à 10:12", "", FORM, "2=28;13=rien à 10:12;" },
        { "label-and-colon-lost-elsewhere", "[2] 28", "", NULL, "" },
        { "numbered", "1. Capteurs\n2) 28\n13 - bien\net rapide\n", "", FORM,
          "1=Capteurs;2=28;13=bien\net rapide;" },
        { "numbered-as-arabs-do", "١. Capteurs\n٢. ٢٨", "", FORM, "1=Capteurs;2=٢٨;" },
        { "numbered-once", "2. 28", "", FORM, "" },
        { "numbered-otherwise", "1. Bonjour\n3. au revoir", "", FORM, "" },
        { "numbered-backwards", "2. non\n1. non", "", FORM, "" },
        { "numbers-of-another-kind", "1.5 heures\n2.5 jours\n13:30 demain", "", FORM, "" },
        { "numbered-beside-anchors", "[1] : Capteurs\n1. une remarque\n2. une autre", "", FORM,
          "1=Capteurs\n1. une remarque\n2. une autre;" },
        { "anchor-first", "[2] Heures : 28", "", FORM, "2=28;" },
        { "colon-typed-over", "", "> Heures par semaine (35 au plus) [2] 28\n", FORM, ">2=28;" },
        { "several-lines", "Remarques [13] : bien\net rapide\n\nHeures [2] : 28\n", "", FORM,
          "13=bien\net rapide;2=28;" },
        { "paragraphs-before-the-end", "Remarques [13] : bien\n\net rapide\n--- fin ---\nPaul", "", FORM,
          "13=bien\n\net rapide;" },
        { "text-after-the-last", "Remarques [13] : bien\n\nCordialement\nPaul", "", FORM, "13=bien;" },
        { "emptied", "", "> Sujet du stage * [1] :\n> --- fin ---\n", FORM, ">1=;" },
        { "unknown-anchor", "voir [99] : note", "", FORM, "" },
        { "footnote", "voir [3]", "", NULL, "" },
        { "our-form-unknown", "Heures [2] : 28", "", NULL, "2=28;" },
        { "problem-list-of-ours", "", "> - Heures par semaine : « x » n'est pas un nombre [2]\n", FORM, "" },
        { "dates-keep-their-colons", "Remarques [13] : à 10:12 [2] : non", "", FORM,
          "13=à 10:12 [2] : non;" },
        { "not-closed", "Heures [2", "", FORM, "" },
        { "no-number", "Heures [] : 3\nHeures [0] : 3\nHeures [12345] : 3", "", NULL, "" },
};

static void form_line_free(gpointer data)
{
        FormLine *line = data;
        g_free(line->label);
        g_free(line->value);
        g_free(line);
}

static void check_row(gconstpointer data)
{
        const Row *row = data;
        g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(form_line_free);
        g_free(form_lines_read(row->text, row->quoted, row->own, lines));
        g_autoptr(GString) got = g_string_new(NULL);
        for (guint i = 0; i < lines->len; i++) {
                const FormLine *line = lines->pdata[i];
                g_string_append_printf(got, "%s%d=%s;", line->is_quoted ? ">" : "", line->anchor,
                                       line->value);
        }
        g_assert_cmpstr(got->str, ==, row->wanted);
}

static void check_label(void)
{
        g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(form_line_free);
        g_free(form_lines_read("", "> - *Heures par semaine* [2] : 28\n", FORM, lines));
        g_assert_cmpuint(lines->len, ==, 1);
        g_assert_cmpstr(((const FormLine *)lines->pdata[0])->label, ==, "Heures par semaine");
}

/* What is left for the intent: all but the lines that fill a field of ours. */
static void check_beside(void)
{
        static const struct {
                const char *text, *beside;
        } cases[] = {
                { "OK\n[2] : 28\nmerci", "OK\nmerci" },
                { "Heures par semaine [2] : 28\n", "" },
                { "Heures : 28\nOK", "OK" },
                { "1. Capteurs\n2. 28\nOK", "OK" },
                { "OK\n[99] : non", "OK\n[99] : non" },
                { "OK\nsauf [13] : les dates", "OK\nsauf [13] : les dates" },
                { "OK\nsauf si le point [13] change\n[13] : rien", "OK\nsauf si le point [13] change\n" },
                { "OK\n[13] : rien\nsauf si le point [13] change", "OK\nsauf si le point [13] change" },
                { "OK\n2. non\n[2] : 28", "OK\n2. non\n" },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(form_line_free);
                g_autofree char *beside = form_lines_read(cases[i].text, "", FORM, lines);
                g_assert_cmpstr(beside, ==, cases[i].beside);
                g_autoptr(GPtrArray) none = g_ptr_array_new_with_free_func(form_line_free);
                g_autofree char *all = form_lines_read(cases[i].text, "", NULL, none);
                g_assert_cmpstr(all, ==, cases[i].text);
        }
}

/* Many fields and long lines cost their length. */
static void check_long(void)
{
        g_autoptr(GString) text = g_string_new(NULL);
        for (int i = 0; i < 50000; i++)
                g_string_append(text, "[x] [1 Heures par semaine : 28 [2\n");
        for (int i = 0; i < 200000; i++)
                g_string_append(text, "[2 ");
        for (int i = 0; i < 50000; i++)
                g_string_append(text, "\nRemarques [13] : x");
        clock_t start = clock();
        g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(form_line_free);
        g_autofree char *beside = form_lines_read(text->str, text->str, FORM, lines);
        g_assert_cmpuint(strlen(beside), <=, text->len);
        g_assert_cmpuint(lines->len, <=, 200);
        g_assert_cmpint(clock() - start, <, 2 * CLOCKS_PER_SEC);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *path = g_strconcat("/mail/form_line/", rows[i].name, NULL);
                g_test_add_data_func(path, &rows[i], check_row);
        }
        g_test_add_func("/mail/form_line/label", check_label);
        g_test_add_func("/mail/form_line/beside", check_beside);
        g_test_add_func("/mail/form_line/long", check_long);
        return g_test_run();
}
