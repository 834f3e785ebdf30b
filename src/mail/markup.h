/* mail/markup.h: the light markup in which mails are written once, made text and HTML.
 *
 * A line's first characters say what it is; lines of a kind that follow one another are one block; an empty
 * line ends a block:
 *
 *     # what is asked (the mail's only h1, its preview)    ## a heading
 *     - item      + item with a sign of its own      > somebody's words
 *     | form or data      ~ small print      --- a rule
 *     ==> address words (the button)    => address words (another)    -> address words (a link)
 *     === the line above which people answer ===        **strong** inside a line
 *     % 12 40 words      a bar: 12 of 40
 *
 * Values stand between U+0002 and U+0003 (TEMPLATE_MARKUP) and are never read as markup: escaped, stripped of
 * bidi controls, isolated where their direction differs from the text's. In the text part a link has its
 * words, then the address alone on a line; mailto: buttons are left out (answering is the same); further
 * lines of a value begin with "| ", so that none can be taken for an answer. A link without address is
 * dropped.
 */
#pragma once

#include <stdbool.h>

typedef struct {
        const char *language; /* "fr", "en", "ar" */
        bool is_rtl;
} MarkupStyle;

/* The caller frees each; never NULL, linear, any bytes. */
char *markup_text(const char *source, const MarkupStyle *style);
/* The rows of the layout's one table. */
char *markup_html(const char *source, const MarkupStyle *style);
/* The words of the first `# ` line as plain text, one line; "" when there is none. */
char *markup_lead(const char *source, const MarkupStyle *style);

/* What a line of a template says, without its first characters: for the checker. Borrowed from line. */
const char *markup_line_words(const char *line);
