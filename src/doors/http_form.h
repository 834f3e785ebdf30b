/* doors/http_form.h: the body of one POST as fields, within limits. For the HTTP door alone.
 *
 * Values gather in memory up to FORM_TEXT_MAX in all; files go straight to unnamed files on disk.
 */
#pragma once

#include "doors/http.h"

#include <microhttpd.h>

typedef enum {
        FORM_FINE,
        FORM_TOO_LARGE,  /* 413 */
        FORM_UNREADABLE, /* 400: no form, or a broken one */
        FORM_NO_ROOM,    /* 507: the disk took no more */
} FormVerdict;

typedef struct HttpForm HttpForm;

/* upload_dir NULL: files are too large whatever their size. NULL when the content type is no form's. */
HttpForm *http_form_new(struct MHD_Connection *connection, const char *upload_dir, gsize file_bytes_max);
void http_form_free(HttpForm *form);
void http_form_add(HttpForm *form, const char *bytes, size_t size);
FormVerdict http_form_end(HttpForm *form);
const GPtrArray *http_form_fields(const HttpForm *form); /* of HttpField; borrowed */
