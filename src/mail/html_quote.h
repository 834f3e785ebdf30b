/* mail/html_quote.h: where the HTML of a reply says that a quotation or a signature begins and ends.
 *
 * The marks are those that mail programs leave for themselves (MAIL.md D44): classes and ids of Gmail,
 * Outlook (also prefixed x_), Apple, Thunderbird, Yahoo, Proton, Zimbra, GMX, Samsung, Orange.
 */
#pragma once

#include <glib.h>
#include <stddef.h>

typedef enum { HTML_QUOTE, HTML_SIGNATURE } HtmlRegionKind;

/* Bytes of the HTML as text. A quotation that opens with a line of its own has no end (SIZE_MAX). */
typedef struct {
        HtmlRegionKind kind;
        size_t begin, end;
        const char *mark; /* static; for `why` */
} HtmlRegion;

/* The text (the caller frees), and its regions (of HtmlRegion) in order, not nested. */
char *html_quote_text(const char *html, GArray *regions);
