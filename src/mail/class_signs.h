/* mail/class_signs.h: what the header fields say about who wrote a message: one pass over them, by a table.
 *
 * The fields are those that responders, lists, filters and services are known to write: RFC 3834, 2919, 2369,
 * 8098 and the many that no RFC names.
 */
#pragma once

#include "mail/message.h"

#include <stdbool.h>

/* Weak signs count only where no sign of a person stands against them: gateways add them to people's mail. */
typedef enum {
        SIGN_AUTOMATIC,
        SIGN_RECEIPT,
        SIGN_FEEDBACK, /* a complaint */
        SIGN_CHALLENGE,
        SIGN_LIST,
        SIGN_BULK,      /* weak */
        SIGN_NOTICE,    /* weak: a service tells something */
        SIGN_ANSWER,    /* answers a message */
        SIGN_FORWARDED, /* handed on by a rule or a person: its marks may be the forwarder's */
        SIGNS,
} Sign;

typedef struct {
        GMimeHeader *headers[SIGNS]; /* the first field of each sign, borrowed; NULL when there is none */
} Signs;

void signs_read(GMimeObject *message, Signs *signs_out);
static inline bool signs_have(const Signs *signs, Sign sign)
{
        return signs->headers[sign] != NULL;
}
char *signs_text(const Signs *signs, Sign sign); /* "Auto-Submitted: auto-replied"; the caller frees */
