/* mail/message_text.h: the parts of a parsed message that a mail program would show, decoded to UTF-8.
 *
 * Decoding is done here, not by GMime, which drops broken bytes and believes every declared charset. Private
 * to message.c, attachment.c and references.c.
 */
#pragma once

#include "mail/header_text.h"
#include "mail/message.h"

#include <stdint.h>

enum { MESSAGE_MAX_TEXT_BYTES = 1024 * 1024, MESSAGE_MAX_TEXT_LINES = 50000 };

/* The content of a leaf with its transfer encoding taken off, at most limit bytes; NULL when it has none. */
GBytes *part_content(GMimePart *part, size_t limit);
/* The last bytes of the content, at most limit; offset_out: how many stand before them. */
GBytes *part_tail(GMimePart *part, size_t limit, size_t *offset_out);
int64_t part_size(GMimePart *part); /* bytes of its content, by counting alone */
/* The text of a leaf: charset decoded, line breaks as \n, format=flowed unfolded. The caller frees. */
char *part_text(GMimePart *part, const HeaderHint *hint);

/* Name of a leaf from filename, else name; decoded, not sanitised; NULL. The caller frees. */
char *part_name(GMimeObject *part, const HeaderHint *hint);
bool part_is_type(GMimeObject *part, const char *type, const char *subtype); /* subtype "*": any */

typedef struct {
        GString *text;
        GMimePart *html;   /* the first HTML part that is shown; borrowed; NULL */
        GPtrArray *shown;  /* of GMimePart, borrowed: those whose text is in text */
        bool is_cut;       /* there is more than is read */
        bool is_html_only; /* the text was made from HTML */
} MessageBody;

void message_body_read(GMimeObject *root, const HeaderHint *hint, MessageBody *body_out);
const MessageBody *message_body(Message *message); /* of message.c: read once, then kept; text NULL: none */
/* As message_mime(), of a message with too many parts as well: for listing them to staff. */
GMimeObject *message_parsed(const Message *message);
const HeaderHint *message_hint(const Message *message); /* of message.c */
