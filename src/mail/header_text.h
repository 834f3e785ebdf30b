/* mail/header_text.h: raw header values as people meant them: encoded words (RFC 2047), parameters (RFC
 * 2231), addresses (RFC 5322), each also as programs get it wrong.
 *
 * Every string given is valid UTF-8 on one line without controls. Linear in the size of the value.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

/* What the message says of bytes that no header declares. */
typedef struct {
        const char *charset; /* of its body; NULL */
        bool is_arabic;      /* its language */
} HeaderHint;

/* Decodes encoded words (broken ones too: split in the middle of a character, glued to text, with blanks
 * inside) and raw 8-bit bytes. The caller frees. */
char *header_decode(const char *raw, size_t size_bytes, const HeaderHint *hint);

/* The value of a parameter of Content-Type or Content-Disposition: continuations, charset and encoded words
 * decoded. NULL when there is none. The caller frees. */
char *header_parameter(const char *raw, size_t size_bytes, const char *name, const HeaderHint *hint);

typedef struct {
        char *name;    /* decoded; "" */
        char *address; /* addr-spec, domain in lower case; may lack a domain as written */
} HeaderAddress;

/* The mailboxes of an address list, groups opened, at most 1000. The caller unrefs. */
GPtrArray *header_addresses(const char *raw, size_t size_bytes, const HeaderHint *hint);
