/* mail/html_text.h: the text that a reader of an HTML body sees.
 *
 * One pass over the bytes, no tree: tags, entities and blocks; script, style and hidden elements skipped; a
 * blockquote becomes `> `, a link is followed by its address when the text does not show it. No input makes
 * it slow or large: linear, at most HTML_TEXT_MAX_BYTES of input are looked at.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { HTML_TEXT_MAX_BYTES = 1024 * 1024, HTML_ATTRIBUTES_MAX = 16 };

/* A start or end tag on the way. Strings point into the HTML and are not terminated. */
typedef struct {
        const char *name; /* lower case, terminated */
        bool is_end;
        const char *attributes; /* from behind the name to the `>` */
        size_t attributes_length;
        size_t offset;      /* of `<` in the HTML */
        size_t text_offset; /* where the text stands, blanks at the end of its line not counted */
} HtmlTag;

/* Copies the value of an attribute, entities decoded, into value_out (cut at room); false when there is none.
 */
bool html_attribute(const HtmlTag *tag, const char *name, char *value_out, size_t room);

/* Called for every tag in order; may be NULL. */
typedef void (*HtmlVisit)(const HtmlTag *tag, void *data);

/* html is valid UTF-8. The caller frees. */
char *html_text(const char *html, size_t size_bytes, HtmlVisit visit, void *data);
