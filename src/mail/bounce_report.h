/* mail/bounce_report.h: is a message a delivery report, and what happened to the mail it is about?
 *
 * The fields of RFC 3464 count first, wherever they stand; without them the words of the notice, and then
 * only where the sender, the subject and the envelope speak for a mail server too.
 */
#pragma once

#include "mail/message.h"
#include "mail/patterns.h"

typedef enum {
        REPORT_NONE,    /* no delivery report */
        REPORT_FAILURE, /* says failed or delayed */
        REPORT_SUCCESS, /* says delivered, relayed or expanded, and nothing else */
} ReportKind;

/* is_answer: there are signs that a person wrote it. Facts go to why, which may be NULL. reports_out: of
 * RecipientReport, those that failed or are delayed; NULL when it is not wanted; else the caller unrefs. */
ReportKind bounce_report_read(Message *message, const Patterns *patterns, bool is_answer, GPtrArray *why,
                              GPtrArray **reports_out);
