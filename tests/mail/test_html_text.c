/* HTML bodies as text: what a reader sees, line by line; and that no input makes it slow. */
#include "mail/html_text.h"

#include <glib.h>
#include <string.h>
#include <time.h>

static const struct {
        const char *name;
        const char *html;
        const char *text;
} rows[] = {
        { "paragraphs", "<p>Un</p><p>Deux</p>", "Un\n\nDeux" },
        { "paragraphs-newlines-between", "<p>Un</p>\r\n\r\n<p>Deux</p>", "Un\n\nDeux" },
        { "outlook-paragraphs-are-lines",
          "<p class=MsoNormal style='margin:0cm'>Un</p><p class=\"MsoNormal\">Deux</p>", "Un\nDeux" },
        { "empty-paragraph-is-a-line",
          "<p class=MsoNormal>Un</p><p class=MsoNormal>&nbsp;</p><p class=MsoNormal>Deux</p>", "Un\n\nDeux" },
        { "gmail-divs", "<div dir=\"ltr\">Un<div><br></div><div>Deux</div></div>", "Un\n\nDeux" },
        { "br", "Un<br>Deux<BR/>Trois<br />", "Un\nDeux\nTrois" },
        { "br-before-block", "<div>Un<br></div><div>Deux</div>", "Un\nDeux" },
        { "blanks-collapse", "  Un \t\n  deux  ", "Un deux" },
        { "inline-tags-add-nothing", "je <b>va</b><i>lide</i> <span>tout</span>", "je valide tout" },
        { "blank-inside-inline", "<b>Note </b>: 12", "Note : 12" },
        { "nbsp-stays", "Note&nbsp;: 12", "Note\u00A0: 12" },
        { "entities", "&eacute;&#233;&#xE9;&lt;&amp;&quot;&#146;&hellip;&unknown; &copy",
          "éé"
          "é<&\"’…&unknown; ©" },
        { "entity-out-of-range", "a&#0;&#x110000;&#xD800;b", "a\uFFFD\uFFFD\uFFFDb" },
        { "ampersand-alone", "R&D & co", "R&D & co" },
        { "less-than-alone", "3 < 4 et 5<6", "3 < 4 et 5<6" },
        { "script-and-style", "<style>p{color:red}</style>a<script>if (1<2) x('</p>')</script>b", "ab" },
        { "head-skipped", "<html><head><title>T</title><meta x></head><body>a</body></html>", "a" },
        { "head-never-closed", "<head><meta charset=utf-8><body>a", "a" },
        { "comment", "a<!-- <p>no</p> -->b<!--[if mso]>x<![endif]-->c", "abc" },
        { "conditional-revealed", "a<![if !mso]>b<![endif]>c", "abc" },
        { "preheader-hidden", "<div style=\"display:none;max-height:0\">Aperçu <b>x</b></div>Bonjour",
          "Bonjour" },
        { "hidden-with-blanks", "<span style='color:red; DISPLAY : none'>x</span>a", "a" },
        { "hidden-void-skips-nothing", "<img style=\"display:none\" src=x>a", "a" },
        { "list", "<ul><li>un</li><li>deux</li></ul>fin", "- un\n- deux\nfin" },
        { "ordered-list", "<ol><li>un<li>deux</ol>", "1. un\n2. deux" },
        { "table", "<table><tr><td>Nom</td><td>Dupont</td></tr><tr><td>Ville</td><td>Lyon</td></tr></table>",
          "Nom Dupont\nVille Lyon" },
        { "table-cells-with-blocks", "<table><tr><td><p>Nom</p></td><td><p>Dupont</p></td></tr></table>",
          "Nom\n\nDupont" },
        { "blockquote", "Oui<blockquote>cité<br>encore</blockquote>après", "Oui\n> cité\n> encore\naprès" },
        { "blockquote-nested", "<blockquote>a<blockquote>b</blockquote>c</blockquote>d",
          "> a\n> > b\n> c\nd" },
        { "blockquote-paragraphs", "x<blockquote><p>a</p><p>b</p></blockquote>", "x\n> a\n>\n> b" },
        { "link", "voir <a href=\"https://example.org/x?a=1&amp;b=2\">ici</a>.",
          "voir ici <https://example.org/x?a=1&b=2>." },
        { "link-shows-itself", "<a href=\"https://example.org/\">example.org</a>", "example.org" },
        { "link-mailto-shows-itself", "<a href='mailto:a@example.org'>a@example.org</a>", "a@example.org" },
        { "link-script-not-shown", "<a href=\"javascript:x()\">ici</a>", "ici" },
        { "link-never-closed", "<a href=\"https://example.org/x\">ici", "ici" },
        { "link-of-image-only", "<a href=\"https://example.org/x\"><img src=x></a>a", "a" },
        { "pre", "<pre>a  b\n  c</pre>d", "a  b\n  c\nd" },
        { "rule", "a<hr>b", "a\nb" },
        { "quotes-hide-gt", "<a title=\"x > y\">a</a>", "a" },
        { "quote-never-closed", "<p title=\"x>a</p>b", "a\n\nb" },
        { "tag-never-closed", "a <b", "a <b" },
        { "end-tags-only", "a</p></div></blockquote></blockquote>b", "a\n\nb" },
        { "namespace-tags", "<o:p>a</o:p><st1:place>b</st1:place>", "ab" },
        { "image-alt", "<img alt=\"👍\" src=\"cid:x\"> merci", "👍 merci" },
        { "image-alt-words-are-no-text", "<img alt=\"Logo\" src=x>a", "a" },
        { "textarea-and-select", "a<textarea>x</textarea><select><option>y</select>b", "ab" },
        { "arabic", "<div dir=\"rtl\">نعم&nbsp;أوافق</div>", "نعم\u00A0أوافق" },
        { "empty", "", "" },
        { "only-tags", "<html><body><p></p></body></html>", "" },
};

static void check_row(gconstpointer data)
{
        size_t i = GPOINTER_TO_SIZE(data);
        g_autofree char *text = html_text(rows[i].html, strlen(rows[i].html), NULL, NULL);
        g_assert_cmpstr(text, ==, rows[i].text);
}

typedef struct {
        GString *seen;
} Seen;

static void note(const HtmlTag *tag, void *data)
{
        Seen *seen = data;
        char class[20];
        if (html_attribute(tag, "class", class, sizeof class))
                g_string_append_printf(seen->seen, "%s%s.%s@%zu/%zu ", tag->is_end ? "/" : "", tag->name,
                                       class, tag->offset, tag->text_offset);
}

/* The visitor sees each tag with its place in both texts. */
static void check_visit(void)
{
        static const char html[] = "<div class='a'>Oui</div><DIV id=x class=gmail_quote>reste</DIV>";
        g_autoptr(GString) seen = g_string_new(NULL);
        g_autofree char *text = html_text(html, strlen(html), note, &(Seen){ seen });
        g_assert_cmpstr(seen->str, ==, "div.a@0/0 div.gmail_quote@24/3 ");
        g_assert_cmpstr(text, ==, "Oui\nreste");
}

/* Blanks that are taken off later do not count (found by fuzzing). */
static void check_visit_behind_blanks(void)
{
        static const char html[] = "Oui &nbsp;<div class=a>reste</div>";
        g_autoptr(GString) seen = g_string_new(NULL);
        g_autofree char *text = html_text(html, strlen(html), note, &(Seen){ seen });
        g_assert_cmpstr(seen->str, ==, "div.a@10/3 ");
        g_assert_cmpstr(text, ==, "Oui\nreste");
}

static void check_attribute(void)
{
        static const char attributes[] = " a=1 B='x &amp; y' c = \"long value\" d e=";
        HtmlTag tag = { .name = "p", .attributes = attributes, .attributes_length = strlen(attributes) };
        char value[8];
        g_assert_true(html_attribute(&tag, "a", value, sizeof value));
        g_assert_cmpstr(value, ==, "1");
        g_assert_true(html_attribute(&tag, "b", value, sizeof value));
        g_assert_cmpstr(value, ==, "x & y");
        g_assert_true(html_attribute(&tag, "c", value, sizeof value));
        g_assert_cmpstr(value, ==, "long va");
        g_assert_true(html_attribute(&tag, "d", value, sizeof value));
        g_assert_cmpstr(value, ==, "");
        g_assert_false(html_attribute(&tag, "f", value, sizeof value));
}

/* A megabyte of one piece again and again: half a second is a hundred times what it should take. */
static const char *const pieces[] = { "<div>",
                                      "<blockquote>",
                                      "<",
                                      "<a ",
                                      "<a href=\"",
                                      "<!--",
                                      "</",
                                      "&",
                                      "&#",
                                      "<script>",
                                      "<p x='",
                                      "<table><tr>",
                                      "<pre>\n",
                                      "<a href=https://x>y",
                                      "<li>",
                                      "<b a=b ",
                                      "<style></sty",
                                      "\n",
                                      "<p>x</p>",
                                      "<span style=display:none>",
                                      "<a href=\"https://e.org\">x<br>",
                                      "\"<p a=\"" };

static void check_linear(gconstpointer data)
{
        const char *piece = data;
        GString *html = g_string_new(NULL);
        while (html->len < HTML_TEXT_MAX_BYTES)
                g_string_append(html, piece);
        clock_t start = clock(); /* of the processor: others may be at work */
        g_autofree char *text = html_text(html->str, html->len, NULL, NULL);
        clock_t took = clock() - start;
        g_assert_true(g_utf8_validate(text, -1, NULL));
        g_assert_cmpuint(strlen(text), <, 40 * HTML_TEXT_MAX_BYTES / 4);
        g_assert_cmpint(took, <, CLOCKS_PER_SEC / 2);
        g_string_free(html, TRUE);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *name = g_strconcat("/html_text/", rows[i].name, NULL);
                g_test_add_data_func(name, GSIZE_TO_POINTER(i), check_row);
        }
        for (size_t i = 0; i < G_N_ELEMENTS(pieces); i++) {
                g_autofree char *name = g_strdup_printf("/html_text/linear/%zu", i);
                g_test_add_data_func(name, pieces[i], check_linear);
        }
        g_test_add_func("/html_text/visit", check_visit);
        g_test_add_func("/html_text/visit-behind-blanks", check_visit_behind_blanks);
        g_test_add_func("/html_text/attribute", check_attribute);
        return g_test_run();
}
