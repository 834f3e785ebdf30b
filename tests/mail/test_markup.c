/* The light markup of mails: a row a kind of line, as text and as HTML without attributes. Values stand
 * between \2 and \3, as TEMPLATE_MARKUP writes them. */
#include "mail/markup.h"

#include <glib.h>
#include <string.h>

typedef struct {
        const char *name, *language, *source, *text, *html; /* html: what it holds; NULL: not looked at */
} Row;

static const Row rows[] = {
        { "paragraphs", "fr", "a\nb\n\n\nc\n", "a\nb\n\nc\n", "<p>a<br>\nb</p>\n<p>c</p>" },
        { "title and heading", "fr", "# A\n## B\nc\n", "A\n\nB\n\nc\n", "<h1>A</h1>\n<h2>B</h2>\n<p>c</p>" },
        { "items", "fr", "- a\n- b\n+ ✓ c\n", "- a\n- b\n\n✓ c\n", "<div>&bull;&nbsp;a</div>" },
        { "words of somebody", "fr", "> \2a\nb\3\n", "| a\n| b\n", "<div>a<br>b</div>" },
        { "form", "fr", "| Nom [1] : \2x\3\n| --- fin ---\n", "Nom [1] : x\n--- fin ---\n",
          "<div>Nom [1] : x<br>\n--- fin ---</div>" },
        { "button", "fr", "==> https://x.example.org/a Ouvrir\n", "Ouvrir\u00A0:\nhttps://x.example.org/a\n",
          "<tr><td><a>Ouvrir</a></td></tr>" },
        { "button in English", "en", "=> \2https://x.example.org/a\3 Open it\n",
          "Open it:\nhttps://x.example.org/a\n", "<a>Open it</a>" },
        { "link", "en", "-> https://x.example.org/a Your data\n", "Your data:\nhttps://x.example.org/a\n",
          "<p><a>Your data</a></p>" },
        { "mailto is for the HTML", "fr", "a\n=> \2mailto:x@example.org?subject=a&body=b\3 Valider\nb\n",
          "a\n\nb\n", "<a>Valider</a>" },
        { "no address, no link", "fr", "a\n=>  Ouvrir\nb\n", "a\n\nb\n", "<p>a</p>\n<p>b</p>" },
        { "no other scheme", "fr", "=> \2javascript:alert(1)\3 Ouvrir\n", "", "" },
        { "rule and delimiter", "fr", "=== haut ===\na\n---\nb\n", "=== haut ===\n\na\n\nb\n",
          "<p>=== haut ===</p>\n<p>a</p>\n<div>&nbsp;</div>\n<p>b</p>" },
        { "strong", "fr", "a **b \2**c**\3** d\n", "a b **c** d\n", "<p>a <strong>b **c**</strong> d</p>" },
        { "strong is closed", "fr", "a **b\n", "a b\n", "<p>a <strong>b</strong></p>" },
        { "escaped", "fr", "a < b & \2\"<i>'\3\n", "a < b & \"<i>'\n",
          "<p>a &lt; b &amp; &quot;&lt;i&gt;&#39;</p>" },
        { "a value is no markup", "fr", "\2# a\n=> https://x b\n- c\3\n", "# a\n| => https://x b\n| - c\n",
          "<p># a<br>=&gt; https://x b<br>- c</p>" },
        { "a value begins the line", "fr", "\2=\3== a\n", "=== a\n", "<p>=== a</p>" },
        { "bidi controls are dropped", "fr", "\2a\u202Eb\u2066c\3\n", "abc\n", "<p>abc</p>" },
        { "Arabic in French", "fr", "de \2لينا\3.\n", "de \u2068لينا\u2069.\n",
          "<p>de <bdi>لينا</bdi>.</p>" },
        { "French in Arabic", "ar", "تدريب \2Lina (x)\3.\n", "تدريب \u2068Lina (x)\u2069.\n",
          "<p>تدريب <bdi>Lina (x)</bdi>.</p>" },
        { "Arabic in Arabic", "ar", "تدريب \2لينا\3.\n", "تدريب لينا.\n", "<p>تدريب لينا.</p>" },
        { "a number has one order", "ar", "سؤال [\0024\3] : \0022026-0142\3\n",
          "سؤال [4] : \u20682026-0142\u2069\n", NULL },
        { "a date in Arabic words", "ar", "قبل \0021 مارس 2027\3.\n", "قبل 1 مارس 2027.\n", NULL },
        { "each line is isolated", "ar", "> \2a\nb\3\n", "| \u2068a\u2069\n| \u2068b\u2069\n",
          "<bdi>a</bdi><br><bdi>b</bdi>" },
        { "unended value", "fr", "a \2b\nc", "a b\n| c\n", "<p>a b<br>c</p>" },
        { "nothing", "fr", "", "", "" },
};

/* Tags without attributes, and no rows of the table around blocks. */
static char *bare(const char *html)
{
        GString *out = g_string_new(NULL);
        bool is_tag = false, is_name = false;
        for (const char *p = html; *p != '\0'; p++) {
                if (*p == '<')
                        is_tag = is_name = true;
                if (is_tag && (*p == ' ' || *p == '>'))
                        is_name = false;
                if (!is_tag || is_name || *p == '>')
                        g_string_append_c(out, *p);
                if (*p == '>')
                        is_tag = false;
        }
        return g_string_free(out, FALSE);
}

static void test_row(const void *data)
{
        const Row *row = data;
        MarkupStyle style = { row->language, strcmp(row->language, "ar") == 0 };
        g_autofree char *text = markup_text(row->source, &style), *html = markup_html(row->source, &style),
                        *plain = bare(html);
        g_assert_cmpstr(text, ==, row->text);
        if (row->html != NULL && strstr(plain, row->html) == NULL)
                g_assert_cmpstr(plain, ==, row->html);
}

static void test_address(void)
{
        MarkupStyle style = { "fr", false };
        g_autofree char *html = markup_html("==> \2https://x/?a=1&b=\"2\3 Ouvrir\n", &style);
        g_assert_nonnull(strstr(html, "href=\"https://x/?a=1&amp;b=&quot;2\""));
}

static void test_lead(void)
{
        MarkupStyle style = { "fr", false };
        g_autofree char *lead = markup_lead("=== x ===\n\na\n# \2Léa\3 : **à lire**\n# b\n", &style);
        g_autofree char *none = markup_lead("a\n", &style);
        g_assert_cmpstr(lead, ==, "Léa : à lire");
        g_assert_cmpstr(none, ==, "");
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *path = g_strdup_printf("/markup/%s", rows[i].name);
                g_test_add_data_func(path, &rows[i], test_row);
        }
        g_test_add_func("/markup-address", test_address);
        g_test_add_func("/markup-lead", test_lead);
        return g_test_run();
}
