/* doors/tls.h: the client side of TLS, through GnuTLS.
 *
 * TLS 1.2 or 1.3. The chain, the host name and the purpose (server authentication) are verified inside the
 * handshake; there is no way to turn that off. A refusal says in words which of them was wrong, and the mend,
 * naming the setting (`section` is "mailbox" or "submission").
 */
#pragma once

#include <glib.h>
#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

typedef enum {
        TLS_ERROR_CERTIFICATE, /* refused: an administrator must look */
        TLS_ERROR_SETUP,       /* the CA file cannot be read */
        TLS_ERROR_LOST,        /* no TLS there, closed, too slow */
} TlsError;
#define TLS_ERROR (tls_error_quark())
GQuark tls_error_quark(void);

typedef struct {
        const char *section; /* of facteur.conf, for messages */
        const char *host;    /* the name the certificate must have */
        const char *ca_file; /* NULL: the system's */
} TlsPeer;

typedef struct Tls Tls;

/* Handshake over a connected, non-blocking descriptor, which stays the caller's. */
Tls *tls_connect(int fd, const TlsPeer *peer, int64_t deadline_ms, GError **error);
void tls_free(Tls *tls); /* says good-bye without waiting */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Tls, tls_free)

/* As read() and write() on a non-blocking descriptor: -1 with errno EAGAIN when nothing can be done now (wait
 * for *wait_for_out, POLLIN or POLLOUT), EIO when the session is broken; 0 at the end. */
ssize_t tls_read(Tls *tls, void *buffer, size_t size, short *wait_for_out);
ssize_t tls_write(Tls *tls, const void *bytes, size_t size, short *wait_for_out);
size_t tls_pending(const Tls *tls); /* bytes decrypted and not read yet */

/* The same checks for a session that somebody else opened (libcurl's). False with TLS_ERROR_CERTIFICATE. */
bool tls_check_peer(gnutls_session_t session, const TlsPeer *peer, GError **error);

/* In words, with the mend: GnuTLS's verification status (gnutls_certificate_status_t) without the session. */
char *tls_explain(unsigned status, const TlsPeer *peer);
