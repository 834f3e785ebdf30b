#include "mail/html_quote.h"

#include "mail/html_text.h"

#include <stdint.h>
#include <string.h>

enum { VALUE_BYTES = 400, ELEMENT_BYTES = 16, MAX_REGIONS = 1000 };

/* How the value of an attribute is compared. */
typedef enum { MARK_WORD, MARK_PREFIX, MARK_PART } MarkMatch;

/* ENDLESS: all that follows in the mail was said before. HEADER: a blockquote inside the element ends it, and
 * what stands between such blockquotes are answers; without one it is the element. */
typedef enum { EXTENT_ELEMENT, EXTENT_ENDLESS, EXTENT_HEADER } Extent;

typedef struct {
        const char *attribute;
        MarkMatch match;
        const char *value; /* lower case; blanks off for MARK_PART */
        HtmlRegionKind kind;
        Extent extent;
} Mark;

static const Mark marks[] = {
        { "class", MARK_WORD, "gmail_quote", HTML_QUOTE, EXTENT_HEADER },
        { "class", MARK_WORD, "gmail_quote_container", HTML_QUOTE, EXTENT_HEADER },
        { "class", MARK_WORD, "gmail_attr", HTML_QUOTE, EXTENT_ELEMENT },
        { "class", MARK_WORD, "gmail_signature", HTML_SIGNATURE, EXTENT_ELEMENT },
        { "class", MARK_WORD, "gmail_signature_prefix", HTML_SIGNATURE, EXTENT_ELEMENT },
        { "data-smartmail", MARK_WORD, "gmail_signature", HTML_SIGNATURE, EXTENT_ELEMENT },
        { "id", MARK_WORD, "divrplyfwdmsg", HTML_QUOTE, EXTENT_ENDLESS },
        { "id", MARK_WORD, "appendonsend", HTML_QUOTE, EXTENT_ENDLESS },
        { "id", MARK_WORD, "mail-editor-reference-message-container", HTML_QUOTE, EXTENT_ENDLESS },
        { "id", MARK_WORD, "olk_src_body_section", HTML_QUOTE, EXTENT_ENDLESS },
        { "id", MARK_WORD, "stopspelling", HTML_QUOTE, EXTENT_ENDLESS },
        { "id", MARK_WORD, "replysplit", HTML_QUOTE, EXTENT_ENDLESS },
        { "id", MARK_WORD, "signature", HTML_SIGNATURE, EXTENT_ELEMENT },
        { "id", MARK_WORD, "ms-outlook-mobile-signature", HTML_SIGNATURE, EXTENT_ELEMENT },
        { "style", MARK_PART, "border:none;border-top:solid#b5c4df1.0pt;padding:3.0pt", HTML_QUOTE,
          EXTENT_ENDLESS },
        { "style", MARK_PART, "border:none;border-top:solid#e1e1e11.0pt;padding:3.0pt", HTML_QUOTE,
          EXTENT_ENDLESS },
        { "style", MARK_PART, "border-top:solid#b5c4df1.0pt;padding:3.0pt", HTML_QUOTE, EXTENT_ENDLESS },
        { "type", MARK_WORD, "cite", HTML_QUOTE, EXTENT_ELEMENT },
        { "class", MARK_WORD, "moz-cite-prefix", HTML_QUOTE, EXTENT_ELEMENT },
        { "class", MARK_WORD, "moz-forward-container", HTML_QUOTE, EXTENT_ENDLESS },
        { "class", MARK_WORD, "moz-email-headers-table", HTML_QUOTE, EXTENT_ELEMENT },
        { "class", MARK_WORD, "moz-signature", HTML_SIGNATURE, EXTENT_ELEMENT },
        { "class", MARK_WORD, "yahoo_quoted", HTML_QUOTE, EXTENT_ELEMENT },
        { "id", MARK_PREFIX, "yahoo_quoted", HTML_QUOTE, EXTENT_ELEMENT },
        { "class", MARK_PREFIX, "ydp", HTML_SIGNATURE, EXTENT_ELEMENT }, /* Yahoo: ydp8e1asignature */
        { "class", MARK_WORD, "protonmail_quote", HTML_QUOTE, EXTENT_HEADER },
        { "class", MARK_WORD, "protonmail_signature_block", HTML_SIGNATURE, EXTENT_ELEMENT },
        { "class", MARK_WORD, "tutanota_quote", HTML_QUOTE, EXTENT_ELEMENT },
        { "class", MARK_WORD, "zmail_extra", HTML_QUOTE, EXTENT_ELEMENT },
        { "data-marker", MARK_WORD, "__divider__", HTML_QUOTE, EXTENT_ENDLESS },
        { "data-marker", MARK_WORD, "__headers__", HTML_QUOTE, EXTENT_ENDLESS },
        { "data-marker", MARK_WORD, "__quoted_text__", HTML_QUOTE, EXTENT_ENDLESS },
        { "data-marker", MARK_PREFIX, "__sig_p", HTML_SIGNATURE, EXTENT_ELEMENT },
        { "name", MARK_WORD, "quote", HTML_QUOTE, EXTENT_ELEMENT },
        { "name", MARK_WORD, "messagereplysection", HTML_QUOTE, EXTENT_ENDLESS },
        { "name", MARK_WORD, "messagesignaturesection", HTML_SIGNATURE, EXTENT_ELEMENT },
        { "id", MARK_WORD, "composer_signature", HTML_SIGNATURE, EXTENT_ELEMENT },
        { "id", MARK_WORD, "spark_signature", HTML_SIGNATURE, EXTENT_ELEMENT },
        { "class", MARK_WORD, "edo-signature", HTML_SIGNATURE, EXTENT_ELEMENT },
        { "class", MARK_WORD, "quoted-text", HTML_QUOTE, EXTENT_ELEMENT },
        { "class", MARK_WORD, "mail_quoted", HTML_QUOTE, EXTENT_ELEMENT },
};

/* The attributes that carry marks; read once a tag. */
static const char *const attribute_names[] = { "class",       "id",   "style",         "type",
                                               "data-marker", "name", "data-smartmail" };

typedef struct {
        GArray *regions;
        bool is_open;                /* the last region has an element to close */
        char element[ELEMENT_BYTES]; /* its name */
        int depth;                   /* elements of that name inside it */
        bool is_header;              /* EXTENT_HEADER */
        bool is_over;                /* an endless quotation has begun */
} Finder;

static bool has_word(const char *value, const char *word, bool is_prefix)
{
        size_t length = strlen(word);
        for (const char *p = value; *p != '\0';) {
                if (strncmp(p, "x_", 2) == 0) /* Outlook quotes its own marks so */
                        p += 2;
                if (strncmp(p, word, length) == 0 && (is_prefix || p[length] == '\0' || p[length] == ' '))
                        return true;
                p = strchrnul(p, ' ');
                p += *p == ' ';
        }
        return false;
}

static void lower(char *value, bool without_blanks)
{
        char *to = value;
        for (const char *p = value; *p != '\0'; p++)
                if (!without_blanks || !g_ascii_isspace(*p))
                        *to++ = g_ascii_isspace(*p) ? ' ' : g_ascii_tolower(*p);
        *to = '\0';
}

static bool mark_fits(const Mark *mark, const HtmlTag *tag, const char *value)
{
        if (strcmp(mark->attribute, "type") == 0 && strcmp(tag->name, "blockquote") != 0)
                return false;
        if (strcmp(mark->value, "ydp") == 0)
                return g_str_has_prefix(value, "ydp") && strstr(value, "signature") != NULL;
        switch (mark->match) {
        case MARK_WORD: return has_word(value, mark->value, false);
        case MARK_PREFIX: return has_word(value, mark->value, true);
        case MARK_PART: return strstr(value, mark->value) != NULL;
        }
        g_assert_not_reached();
}

/* Programs put their marks on these; most other tags have attributes too. */
static bool can_have_mark(const HtmlTag *tag)
{
        static const char *const names[] = { "div",   "blockquote", "hr",        "span",
                                             "table", "section",    "signature", NULL };
        return tag->attributes_length >= 6 && strchr("dbhst", tag->name[0]) != NULL &&
               g_strv_contains(names, tag->name);
}

static const Mark *find_mark(const HtmlTag *tag)
{
        if (!can_have_mark(tag))
                return NULL;
        for (size_t i = 0; i < G_N_ELEMENTS(attribute_names); i++) {
                char value[VALUE_BYTES];
                if (!html_attribute(tag, attribute_names[i], value, sizeof value))
                        continue;
                lower(value, strcmp(attribute_names[i], "style") == 0);
                for (size_t k = 0; k < G_N_ELEMENTS(marks); k++)
                        if (strcmp(marks[k].attribute, attribute_names[i]) == 0 &&
                            mark_fits(&marks[k], tag, value))
                                return &marks[k];
        }
        return NULL;
}

static void open_region(Finder *finder, const HtmlTag *tag, const Mark *mark)
{
        HtmlRegion region = { mark->kind, tag->text_offset, SIZE_MAX, mark->value };
        g_array_append_val(finder->regions, region);
        finder->is_over = mark->extent == EXTENT_ENDLESS;
        finder->is_open = !finder->is_over;
        g_strlcpy(finder->element, tag->name, sizeof finder->element);
        finder->depth = 1;
        finder->is_header = mark->extent == EXTENT_HEADER && strcmp(tag->name, "blockquote") != 0;
}

static HtmlRegion *last_region(Finder *finder)
{
        return &g_array_index(finder->regions, HtmlRegion, finder->regions->len - 1);
}

/* Inside an element only its end is waited for; a quotation may begin in a signature that was never closed.
 */
static void visit(const HtmlTag *tag, void *data)
{
        Finder *finder = data;
        if (finder->is_over || finder->regions->len >= MAX_REGIONS)
                return;
        const Mark *mark = tag->is_end ? NULL : find_mark(tag);
        if (finder->is_open && finder->is_header && !tag->is_end && strcmp(tag->name, "blockquote") == 0) {
                last_region(finder)->end = tag->text_offset;
                finder->is_open = false;
        }
        if (finder->is_open) {
                if (mark != NULL && mark->kind == HTML_QUOTE &&
                    (mark->extent == EXTENT_ENDLESS || last_region(finder)->kind == HTML_SIGNATURE)) {
                        last_region(finder)->end = tag->text_offset;
                        open_region(finder, tag, mark);
                } else if (strcmp(tag->name, finder->element) == 0) {
                        finder->depth += tag->is_end ? -1 : 1;
                        if (finder->depth == 0) {
                                last_region(finder)->end = tag->text_offset;
                                finder->is_open = false;
                        }
                }
                return;
        }
        if (mark != NULL)
                open_region(finder, tag, mark);
}

char *html_quote_text(const char *html, GArray *regions)
{
        Finder finder = { .regions = regions };
        return html_text(html, strlen(html), visit, &finder);
}
