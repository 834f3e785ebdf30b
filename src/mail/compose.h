/* mail/compose.h: a mail of ours: words from mail_templates/, bytes by GMime.
 *
 * Each mail is one file a language, mail_templates/mail/<key>.<lang>.mustache: a subject line, the text, the
 * HTML (the layouts are partials). Bytes are final: multipart/alternative, text first and complete, UTF-8,
 * quoted-printable, CRLF. MAIL.md section 4.
 */
#pragma once

#include "base/problem.h"

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct MailTemplates MailTemplates;

/* Loads and parses all of mail_templates/. NULL when there was a problem. */
MailTemplates *mail_templates_load(const char *path, Problems *problems);
void mail_templates_free(MailTemplates *templates);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MailTemplates, mail_templates_free)
bool mail_templates_has(const MailTemplates *templates, const char *key, const char *language);
/* Names that a template (with its partials) uses, for `facteur check`: visit gets file, line, column. */
typedef void (*MailTemplateVisit)(const char *file, int line, int column, const char *name, void *data);
void mail_templates_names(const MailTemplates *templates, const char *key, const char *language,
                          MailTemplateVisit visit, void *data);

typedef struct {
        const char *from_name, *from_address;
        const char *reply_to; /* NULL: none */
        const char *to_name, *to_address;
        const char *message_id;        /* without <> */
        const char *in_reply_to;       /* without <>; NULL */
        const char *const *references; /* NULL-terminated, oldest first; NULL */
        int64_t sent_at;               /* Date, Unix seconds */
        GTimeZone *zone;               /* of Date */
        const char *language;
        const char *instance; /* X-Facteur-Loop */
        bool is_answer;       /* Auto-Submitted: auto-replied instead of auto-generated */
} Envelope;

/* Renders key in envelope->language with the view (a JSON object) into final bytes. NULL with an error that
 * names file, line and the missing value: our bug or a template's, for staff. */
GBytes *mail_compose(const MailTemplates *templates, const char *key, const json_t *view,
                     const Envelope *envelope, GError **error);
