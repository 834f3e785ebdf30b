/* documents/document.h: a PDF from the light markup of documents/blocks.h, set by Pango and drawn by Cairo.
 *
 * A4, fonts embedded, tagged for screen readers, right to left where the language asks. The same markup and
 * information give the same bytes. No PDF/A: Cairo writes none.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum {
        DOCUMENT_ERROR_DRAW, /* Cairo or the fonts failed */
        DOCUMENT_ERROR_LONG, /* more pages than a document of ours may have */
} DocumentError;
#define DOCUMENT_ERROR (document_error_quark())
GQuark document_error_quark(void);

typedef struct {
        const char *title, *author; /* of the file */
        const char *language;       /* fr, en, ar: the direction too */
        const char *footer;         /* at the foot of each page, before "1 / 3" */
        const char *keywords;       /* of the file; NULL. ASCII: a signature travels there */
        int64_t made_at;            /* Unix seconds: the file's date */
} DocumentInfo;

GBytes *document_render(const char *markup, const DocumentInfo *info, GError **error);
