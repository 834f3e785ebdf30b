/* mail/bounce_notice.h: the recipients that a report names in words only: qmail, Exim, old Sendmail, Exchange
 * and the many others.
 *
 * No server is known by name. What counts is where an address stands: alone on its line, behind RCPT TO or a
 * reply code, in a sentence that rules/reading/bounce.yaml knows; the words around it tell why.
 */
#pragma once

#include "mail/bounce_fields.h"
#include "mail/patterns.h"

typedef struct {
        bool says_failure, says_delay; /* words of bounce_failure, bounce_delay */
        bool is_certain;               /* the recipients stand where only recipients stand */
} NoticeFacts;

/* Bytes of the text that come before the mail that is returned with it. */
size_t bounce_notice_length(const char *text, const Patterns *patterns);

/* Adds a RecipientReport for each recipient that the notice names. not_them: addresses of the report itself
 * (NULL-terminated), recipients only when nothing else is one. */
NoticeFacts bounce_notice_read(const char *notice, const Patterns *patterns, const char *const *not_them,
                               GPtrArray *reports);
