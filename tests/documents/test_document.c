/* Documents: the markup as blocks, and PDFs that Poppler can read. */
#include "documents/blocks.h"
#include "documents/document.h"

#include <stdlib.h>
#include <string.h>

static const char *const kinds[] = { "title", "heading", "paragraph", "item", "fact",
                                     "box",   "note",    "qr",        "rule", "page" };

static char *print(const Blocks *blocks)
{
        GString *out = g_string_new(blocks->is_landscape ? "landscape\n" : "");
        for (guint i = 0; i < blocks->list->len; i++) {
                const Block *block = g_ptr_array_index(blocks->list, i);
                g_string_append_printf(out, "%s|%s|%s\n", kinds[block->kind],
                                       block->label != NULL ? block->label : "", block->text);
        }
        return g_string_free(out, FALSE);
}

static const struct {
        const char *name, *text, *want;
} samples[] = {
        { "paragraphs", "a\nb\n\nc\n", "paragraph||a b\nparagraph||c\n" },
        { "headings", "# T\n## H\ntext", "title||T\nheading||H\nparagraph||text\n" },
        { "facts", "= Sujet :: a :: b\n= Vide\n", "fact|Sujet|a :: b\nfact|Vide|\n" },
        { "gaps", "= Adresse :: 1 rue  Lyon   France \n", "fact|Adresse|1 rue Lyon France\n" },
        { "boxes", "+ L'étudiant\n+ Amina\n+ le 3 mars\n\n+ Le tuteur\n",
          "box|L'étudiant|Amina\nle 3 mars\nbox|Le tuteur|\n" },
        { "empty-values", "+ Le tuteur\n+\n+ attendu\n\n=\n-\n", "box|Le tuteur|attendu\nfact||\nitem||\n" },
        { "brackets", "[landscape]\n[qr https://x.example.org/v/1]\n[rule]\n[page]\n[other]\n",
          "landscape\nqr||https://x.example.org/v/1\nrule||\npage||\nparagraph||[other]\n" },
        { "list", "- a\n- b\n~ note\n", "item||a\nitem||b\nnote||note\n" },
        { "empty", "", "" },
};

static void check_markup(void)
{
        for (size_t i = 0; i < G_N_ELEMENTS(samples); i++) {
                g_autoptr(Blocks) blocks = blocks_parse(samples[i].text);
                g_autofree char *got = print(blocks);
                if (strcmp(got, samples[i].want) != 0)
                        g_error("%s: got\n%s", samples[i].name, got);
        }
}

static const char *const hostile[] = { "# Titre", "a\n# Titre\n\n+ boîte", "= x :: y", "[page]",
                                       "\n\n- a", "+ boîte\r\n+ b",        "~ note",   "a\u202Eb\x01" };

/* Whatever somebody typed stays inside the block that the words of the document gave it. */
static void check_escape(void)
{
        for (size_t i = 0; i < G_N_ELEMENTS(hostile); i++) {
                g_autofree char *value = block_escape(hostile[i]);
                g_autofree char *text = g_strdup_printf("%s\n\n= Sujet :: %s\n", value, value);
                g_autoptr(Blocks) blocks = blocks_parse(text);
                g_assert_cmpuint(blocks->list->len, ==, 2);
                const Block *paragraph = g_ptr_array_index(blocks->list, 0);
                g_assert_cmpint(paragraph->kind, ==, BLOCK_PARAGRAPH);
                g_assert_false(blocks->is_landscape);
        }
}

static GBytes *render(const char *language, const char *text)
{
        DocumentInfo info = { .title = "Convention de stage",
                              .author = "Université d'exemple",
                              .language = language,
                              .footer = "[SEMSEM 2027-0001]",
                              .keywords = "facteur-label abc.def",
                              .made_at = 1803800000 };
        g_autoptr(GError) error = NULL;
        GBytes *pdf = document_render(text, &info, &error);
        g_assert_no_error(error);
        return pdf;
}

static char *output_of(const char *program, GBytes *pdf)
{
        g_autofree char *folder = g_dir_make_tmp("facteur-pdf-XXXXXX", NULL);
        g_autofree char *path = g_build_filename(folder, "a.pdf", NULL);
        gsize size;
        const char *bytes = g_bytes_get_data(pdf, &size);
        g_assert_true(g_file_set_contents(path, bytes, (gssize)size, NULL));
        g_autofree char *command =
                g_strdup_printf("%s '%s' %s", program, path, strcmp(program, "pdftotext") == 0 ? "-" : "");
        char *out = NULL;
        int status;
        g_assert_true(g_spawn_command_line_sync(command, &out, NULL, &status, NULL));
        g_assert_cmpint(status, ==, 0);
        g_autofree char *clean = g_strdup_printf("rm -r '%s'", folder);
        g_assert_cmpint(system(clean), ==, 0);
        return out;
}

static const char sample[] =
        "# Convention de stage\n\n= Sujet :: Réseaux de capteurs\n= Organisme :: ACME\n\n"
        "## Article 1\nLe stage a lieu du 1er mars au 30 juin 2027.\n\n"
        "+ L'étudiante\n+ Amina Benali\n\n+ Le tuteur\n+ Karim Haddad\n\n"
        "[qr https://stages.example.org/v/2027-0001]\n";

static void check_text(void)
{
        g_autoptr(GBytes) pdf = render("fr", sample);
        g_autofree char *text = output_of("pdftotext", pdf), *fonts = output_of("pdffonts", pdf),
                        *info = output_of("pdfinfo", pdf);
        static const char *const words[] = { "Convention de stage", "Réseaux de capteurs", "Article 1",
                                             "Amina Benali",        "2027-0001",           "1 / 1" };
        for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
                if (strstr(text, words[i]) == NULL)
                        g_error("`%s` is not in the PDF:\n%s", words[i], text);
        g_assert_nonnull(strstr(fonts, "yes yes yes")); /* embedded, subset, with a map to Unicode */
        g_assert_null(strstr(fonts, " no  no"));
        g_assert_nonnull(strstr(info, "Tagged:          yes"));
        g_assert_nonnull(strstr(info, "facteur-label abc.def"));
}

static void check_arabic(void)
{
        g_autoptr(GBytes) pdf = render("ar", "# اتفاقية التدريب\n\n= الموضوع :: شبكات الاستشعار ACME\n");
        g_autofree char *text = output_of("pdftotext", pdf), *fonts = output_of("pdffonts", pdf);
        g_assert_nonnull(strstr(fonts, "Arabic"));
        g_assert_nonnull(strstr(text, "ACME"));
}

static void check_reproducible(void)
{
        g_autoptr(GBytes) one = render("fr", sample), two = render("fr", sample);
        g_assert_true(g_bytes_equal(one, two));
}

/* A long text goes on over pages; one without end is refused with its mend. */
static void check_long(void)
{
        g_autoptr(GString) text = g_string_new("= Activités :: ");
        for (int i = 0; i < 1500; i++)
                g_string_append(text, "mesures et analyses ");
        g_autoptr(GBytes) pdf = render("fr", text->str);
        g_autofree char *info = output_of("pdfinfo", pdf);
        g_assert_null(strstr(info, "Pages:           1\n"));
        for (int i = 0; i < 60; i++)
                g_string_append(text, "\n[page]");
        DocumentInfo information = {
                .title = "Trop long", .author = "x", .language = "fr", .footer = "x", .made_at = 0
        };
        g_autoptr(GError) error = NULL;
        g_assert_null(document_render(text->str, &information, &error));
        g_assert_error(error, DOCUMENT_ERROR, DOCUMENT_ERROR_LONG);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/document/markup", check_markup);
        g_test_add_func("/document/escape", check_escape);
        g_test_add_func("/document/text", check_text);
        g_test_add_func("/document/arabic", check_arabic);
        g_test_add_func("/document/reproducible", check_reproducible);
        g_test_add_func("/document/long", check_long);
        return g_test_run();
}
