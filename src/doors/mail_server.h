/* doors/mail_server.h: does a server take mail for a domain? DNS says (RFC 5321 section 5.1, RFC 7505).
 *
 * Asks the machine's resolver, with a short patience. Who has no network, or must not have one, does not ask.
 */
#pragma once

#include <stddef.h>

typedef enum {
        MAIL_SERVER_THERE,   /* an MX, or without one an address */
        MAIL_SERVER_NONE,    /* no such domain, neither MX nor address, or a null MX: it takes none */
        MAIL_SERVER_UNKNOWN, /* no resolver, or no answer: nothing can be said */
} MailServer;

/* domain: in A-labels. Blocks for some seconds at most. */
MailServer mail_server_find(const char *domain);

/* What an answer to a question for MX says; a domain without any is MAIL_SERVER_UNKNOWN: its addresses count
 * then. Any bytes give one of the three. */
MailServer mail_server_read(const unsigned char *answer, size_t size);
