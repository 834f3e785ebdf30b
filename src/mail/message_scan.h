/* mail/message_scan.h: the look at raw bytes before GMime sees them (MAIL.md D41).
 *
 * GMime recurses on nested address groups and spends 1.3 KB on each part; so what could cost too much is
 * found by one linear pass and never parsed. The header of the message is listed on the way.
 */
#pragma once

#include "mail/message.h"

enum {
        MESSAGE_MAX_BYTES = 25 * 1024 * 1024,
        MESSAGE_MAX_HEADER_BYTES = 256 * 1024,
        MESSAGE_MAX_HEADER_LINES = 2000,
        MESSAGE_MAX_ADDRESS_COLONS = 64,   /* outside quotes, of one address header */
        MESSAGE_MAX_BOUNDARY_LINES = 2000, /* lines beginning with -- while a boundary is declared */
        MESSAGE_MAX_PARTS = 100,
        MESSAGE_MAX_DEPTH = 10,
};

/* A header field, pointing into the scanned bytes. */
typedef struct {
        const char *name;
        size_t name_length;
        const char *value; /* folded as it came, without the line break at the end */
        size_t value_length;
} RawHeader;

typedef struct {
        GArray *headers; /* of RawHeader, in order; the first may stand behind an mbox "From " line, blanks, a
                            BOM */
        size_t body;     /* where the body begins */
        MessageFlaw flaw;
} MessageScan;

void message_scan(const char *bytes, size_t size_bytes, MessageScan *scan_out);
void message_scan_clear(MessageScan *scan);
