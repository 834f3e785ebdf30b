/* doors/imap_transport.h: what carries an IMAP session below libetpan: TCP and TLS.
 *
 * libetpan's own streams verify no certificate, wait without a deadline and loop for ever at an end of file
 * inside a literal. This one has an absolute deadline and a byte allowance per command, verified TLS, and
 * gives an error at the end.
 */
#pragma once

#include "doors/tls.h"

#include <glib.h>
#include <libetpan/mailstream.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum {
        IMAP_END_NONE,
        IMAP_END_CLOSED,   /* by the server */
        IMAP_END_TIMEOUT,  /* the deadline passed */
        IMAP_END_TOO_MUCH, /* the answer is larger than allowed */
        IMAP_END_BROKEN,   /* network or TLS failure */
} ImapEnd;

/* Owns fd (connected, non-blocking). The stream that is built on it frees it (mailstream_close()). */
mailstream_low *imap_transport_socket(int fd);

/* Before each command: how long it may take and how much the server may say. */
void imap_transport_begin(mailstream_low *low, int timeout_ms, size_t limit_bytes);

/* From now on encrypted; the handshake is held to the deadline. Only for a socket. */
bool imap_transport_start_tls(mailstream_low *low, const TlsPeer *peer, GError **error);

ImapEnd imap_transport_end(const mailstream_low *low);      /* why a read or write failed */
bool imap_transport_has_pending(const mailstream_low *low); /* bytes that poll() would not tell */
