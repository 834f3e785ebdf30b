/* mail/compose.h: a mail of ours: words from mail_templates/ (words.h), headers by GMime.
 *
 * Bytes are final: multipart/alternative, text first and complete, UTF-8, quoted-printable, CRLF. MAIL.md
 * section 4.
 */
#pragma once

#include "mail/words.h"

#include <stdint.h>

/* An attachment: a PDF, a calendar. type: "application/pdf", "text/calendar" (sent with method=PUBLISH). */
typedef struct {
        const char *name;
        const char *type;
        GBytes *bytes;
} MailFile;

typedef struct {
        const char *from_name, *from_address;
        const char *reply_to; /* NULL: none */
        const char *to_name, *to_address;
        const char *message_id;  /* without <> */
        const char *in_reply_to; /* without <>; NULL */
        const char *const
                *references; /* NULL-terminated, oldest first: the first and the last three go; NULL */
        int64_t sent_at;     /* Date, Unix seconds */
        GTimeZone *zone;     /* of Date */
        const char *language;
        const char *instance;  /* X-Facteur-Loop */
        bool is_answer;        /* Auto-Submitted: auto-replied instead of auto-generated */
        const char *list_id;   /* "digest.stages.univ-x.fr": of digests; NULL */
        const MailFile *files; /* attachments; NULL */
        size_t file_count;
} Envelope;

#define COMPOSE_ERROR compose_error_quark()
GQuark compose_error_quark(void);
typedef enum {
        COMPOSE_ERROR_ENVELOPE
} ComposeError; /* an address or an identifier that no header may hold */

/* Renders key in envelope->language with the view (a JSON object) into final bytes; the same arguments give
 * the same bytes. NULL with an error of COMPOSE_ERROR or WORDS_ERROR, for staff. */
GBytes *mail_compose(const MailTemplates *templates, const char *key, const json_t *view,
                     const Envelope *envelope, GError **error);

/* The words of a mail that mail_compose() made, as they were: its shape is known, so it need not be parsed.
 * False, nothing set: it is none. The caller frees both. */
bool mail_read_back(GBytes *raw, char **text_out, char **html_out);
