/* mail/bounce_fields.h: the fields of a delivery report (RFC 3464 section 2), in a part of their own or, as
 * some servers do it, within the text.
 */
#pragma once

#include "mail/bounce_status.h"

#include <glib.h>
#include <stdbool.h>

typedef enum {
        DELIVERY_UNKNOWN, /* the report does not say */
        DELIVERY_FAILED,
        DELIVERY_DELAYED,
        DELIVERY_DONE, /* delivered, relayed, expanded */
} Delivery;

/* What one report says of one recipient. */
typedef struct {
        char *recipient; /* addr-spec; NULL when no address is given */
        Delivery delivery;
        char status[STATUS_ROOM]; /* "" when unknown */
        int reply_class;          /* of the SMTP replies told: 5, 4, or 0 when there is none */
        char *reason;             /* Diagnostic-Code, or the words around the address; NULL */
} RecipientReport;

void recipient_report_free(RecipientReport *report);

/* Adds a RecipientReport for each recipient's fields in text, at most RECIPIENT_REPORTS_MAX. */
enum { RECIPIENT_REPORTS_MAX = 200 };
void bounce_fields_read(const char *text, GPtrArray *reports);
