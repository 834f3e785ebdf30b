#include "doors/tls.h"

#include "doors/net.h"

#include <errno.h>
#include <gnutls/x509.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

G_DEFINE_QUARK(facteur - tls, tls_error)

#define PRIORITY "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

struct Tls {
        gnutls_session_t session;
        gnutls_certificate_credentials_t credentials;
        gnutls_typed_vdata_st expected[2]; /* host name and purpose: GnuTLS keeps the pointer */
        char *host;
};

static gnutls_x509_crt_t peer_certificate(gnutls_session_t session, bool *is_self_signed_out)
{
        unsigned count = 0;
        const gnutls_datum_t *chain = gnutls_certificate_get_peers(session, &count);
        gnutls_x509_crt_t certificate = NULL;
        if (count == 0 || gnutls_x509_crt_init(&certificate) < 0)
                return NULL;
        if (gnutls_x509_crt_import(certificate, &chain[0], GNUTLS_X509_FMT_DER) < 0) {
                gnutls_x509_crt_deinit(certificate);
                return NULL;
        }
        *is_self_signed_out = count == 1 && gnutls_x509_crt_check_issuer(certificate, certificate) != 0;
        return certificate;
}

/* "mail.example.org, imap.example.org": the names a certificate has. They come from the peer: printable ASCII
 * is kept, the rest shown as `?`. */
static char *certificate_names(gnutls_x509_crt_t certificate)
{
        g_autoptr(GString) names = g_string_new(NULL);
        for (unsigned i = 0; i < 5; i++) {
                char name[256];
                size_t size = sizeof name - 1;
                if (gnutls_x509_crt_get_subject_alt_name(certificate, i, name, &size, NULL) !=
                    GNUTLS_SAN_DNSNAME)
                        continue;
                name[MIN(size, sizeof name - 1)] = '\0';
                g_string_append_printf(names, "%s%s", names->len > 0 ? ", " : "", name);
        }
        for (gsize i = 0; i < names->len; i++)
                if (!g_ascii_isprint(names->str[i]))
                        names->str[i] = '?';
        return g_string_free(g_steal_pointer(&names), FALSE);
}

static char *day_text(time_t instant)
{
        g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(instant);
        return time != NULL ? g_date_time_format(time, "%F") : g_strdup("an unknown day");
}

/* What the peer's certificate says of itself, as far as there is one. */
typedef struct {
        char *names, *first_day, *last_day;
        bool is_self_signed;
} Shown;

static void shown_clear(Shown *shown)
{
        g_free(shown->names);
        g_free(shown->first_day);
        g_free(shown->last_day);
}

/* Most telling bit first, and the mend. */
static char *explain(unsigned status, const Shown *shown, const TlsPeer *peer)
{
        if (status & GNUTLS_CERT_EXPIRED)
                return g_strdup_printf(
                        "the certificate expired%s%s — renew it on the server, or check this machine's clock",
                        *shown->last_day != '\0' ? " on " : "", shown->last_day);
        if (status & GNUTLS_CERT_NOT_ACTIVATED)
                return g_strdup_printf("the certificate is not valid yet%s%s — check this machine's clock",
                                       *shown->first_day != '\0' ? ", only from " : "", shown->first_day);
        if (status & GNUTLS_CERT_REVOKED)
                return g_strdup("the certificate was revoked — renew it on the server");
        if (status & GNUTLS_CERT_UNEXPECTED_OWNER)
                return g_strdup_printf(
                        "the certificate is for %s — set %s.host to a name in the certificate, or "
                        "fix the certificate",
                        *shown->names != '\0' ? shown->names : "another name", peer->section);
        if (shown->is_self_signed)
                return g_strdup_printf(
                        "the certificate is self-signed — name a file with it in %s.ca_file, or "
                        "have it signed",
                        peer->section);
        if (status & GNUTLS_CERT_PURPOSE_MISMATCH)
                return g_strdup("the certificate is not one for servers — it needs the usage serverAuth");
        if (status & GNUTLS_CERT_SIGNER_NOT_FOUND)
                return g_strdup_printf(
                        "the certificate is signed by a CA that is not known here — name a file "
                        "with the CA's certificate in %s.ca_file",
                        peer->section);
        return g_strdup("the certificate is not valid — fix it on the server");
}

char *tls_explain(unsigned status, const TlsPeer *peer)
{
        char none[] = "";
        return explain(status, &(Shown){ none, none, none, false }, peer);
}

static char *explain_session(gnutls_session_t session, unsigned status, const TlsPeer *peer)
{
        Shown shown = { 0 };
        gnutls_x509_crt_t certificate = peer_certificate(session, &shown.is_self_signed);
        if (certificate == NULL)
                return g_strdup("the server shows no certificate — configure one on the server");
        shown.names = certificate_names(certificate);
        shown.first_day = day_text(gnutls_x509_crt_get_activation_time(certificate));
        shown.last_day = day_text(gnutls_x509_crt_get_expiration_time(certificate));
        gnutls_x509_crt_deinit(certificate);
        char *why = explain(status, &shown, peer);
        shown_clear(&shown);
        return why;
}

static bool load_trust(gnutls_certificate_credentials_t credentials, const TlsPeer *peer, GError **error)
{
        if (peer->ca_file == NULL) {
                if (gnutls_certificate_set_x509_system_trust(credentials) > 0)
                        return true;
                g_set_error(
                        error, TLS_ERROR, TLS_ERROR_SETUP,
                        "this machine has no CA certificates — install ca-certificates, or set %s.ca_file",
                        peer->section);
                return false;
        }
        int loaded = gnutls_certificate_set_x509_trust_file(credentials, peer->ca_file, GNUTLS_X509_FMT_PEM);
        if (loaded > 0)
                return true;
        g_set_error(error, TLS_ERROR, TLS_ERROR_SETUP,
                    "no CA certificate could be read from %s (%s) — %s.ca_file must name a PEM file",
                    peer->ca_file, loaded < 0 ? gnutls_strerror(loaded) : "it holds none", peer->section);
        return false;
}

static bool handshake(Tls *tls, int fd, const TlsPeer *peer, int64_t deadline_ms, GError **error)
{
        int result;
        while ((result = gnutls_handshake(tls->session)) < 0 && gnutls_error_is_fatal(result) == 0) {
                short events = gnutls_record_get_direction(tls->session) == 1 ? POLLOUT : POLLIN;
                if (result == GNUTLS_E_AGAIN && !net_wait(fd, events, deadline_ms)) {
                        g_set_error_literal(error, TLS_ERROR, TLS_ERROR_LOST,
                                            "the server does not finish the TLS handshake in time");
                        return false;
                }
        }
        if (result == 0)
                return true;
        if (result == GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR || result == GNUTLS_E_CERTIFICATE_ERROR ||
            result == GNUTLS_E_NO_CERTIFICATE_FOUND) {
                unsigned status = gnutls_session_get_verify_cert_status(tls->session);
                g_autofree char *why = explain_session(tls->session, status, peer);
                g_set_error_literal(error, TLS_ERROR, TLS_ERROR_CERTIFICATE, why);
        } else if (result == GNUTLS_E_UNSUPPORTED_VERSION_PACKET || result == GNUTLS_E_FATAL_ALERT_RECEIVED) {
                g_set_error(error, TLS_ERROR, TLS_ERROR_CERTIFICATE,
                            "no common TLS version (%s) — the server must offer TLS 1.2 or 1.3",
                            gnutls_strerror(result));
        } else {
                g_set_error(error, TLS_ERROR, TLS_ERROR_LOST,
                            "the TLS handshake failed (%s) — check that %s.port and %s.security go together",
                            gnutls_strerror(result), peer->section, peer->section);
        }
        return false;
}

static bool is_address(const char *host)
{
        return g_hostname_is_ip_address(host);
}

Tls *tls_connect(int fd, const TlsPeer *peer, int64_t deadline_ms, GError **error)
{
        g_autoptr(Tls) tls = g_new0(Tls, 1);
        tls->host = g_strdup(peer->host);
        if (gnutls_certificate_allocate_credentials(&tls->credentials) < 0 ||
            gnutls_init(&tls->session, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL) < 0 ||
            gnutls_priority_set_direct(tls->session, PRIORITY, NULL) < 0 ||
            gnutls_credentials_set(tls->session, GNUTLS_CRD_CERTIFICATE, tls->credentials) < 0) {
                g_set_error_literal(error, TLS_ERROR, TLS_ERROR_SETUP, "TLS cannot be set up (no memory)");
                return NULL;
        }
        if (!load_trust(tls->credentials, peer, error))
                return NULL;
        if (!is_address(tls->host)) /* RFC 6066, 3: no SNI for an address */
                gnutls_server_name_set(tls->session, GNUTLS_NAME_DNS, tls->host, strlen(tls->host));
        tls->expected[0] = (gnutls_typed_vdata_st){ GNUTLS_DT_DNS_HOSTNAME, (unsigned char *)tls->host, 0 };
        tls->expected[1] = (gnutls_typed_vdata_st){ GNUTLS_DT_KEY_PURPOSE_OID,
                                                    (unsigned char *)GNUTLS_KP_TLS_WWW_SERVER, 0 };
        gnutls_session_set_verify_cert2(tls->session, tls->expected, G_N_ELEMENTS(tls->expected), 0);
        gnutls_transport_set_int(tls->session, fd);
        if (!handshake(tls, fd, peer, deadline_ms, error))
                return NULL;
        return g_steal_pointer(&tls);
}

void tls_free(Tls *tls)
{
        if (tls == NULL)
                return;
        if (tls->session != NULL) {
                gnutls_bye(tls->session, GNUTLS_SHUT_WR); /* the descriptor does not block */
                gnutls_deinit(tls->session);
        }
        if (tls->credentials != NULL)
                gnutls_certificate_free_credentials(tls->credentials);
        g_free(tls->host);
        g_free(tls);
}

static ssize_t translate(Tls *tls, ssize_t result, short *wait_for_out)
{
        if (result >= 0)
                return result;
        if (gnutls_error_is_fatal((int)result) == 0) {
                *wait_for_out = gnutls_record_get_direction(tls->session) == 1 ? POLLOUT : POLLIN;
                errno = EAGAIN;
                return -1;
        }
        if (result == GNUTLS_E_PREMATURE_TERMINATION)
                return 0;
        errno = EIO;
        return -1;
}

ssize_t tls_read(Tls *tls, void *buffer, size_t size, short *wait_for_out)
{
        return translate(tls, gnutls_record_recv(tls->session, buffer, size), wait_for_out);
}

ssize_t tls_write(Tls *tls, const void *bytes, size_t size, short *wait_for_out)
{
        return translate(tls, gnutls_record_send(tls->session, bytes, size), wait_for_out);
}

size_t tls_pending(const Tls *tls)
{
        return gnutls_record_check_pending(tls->session);
}

bool tls_check_peer(gnutls_session_t session, const TlsPeer *peer, GError **error)
{
        gnutls_typed_vdata_st expected[] = {
                { GNUTLS_DT_DNS_HOSTNAME, (unsigned char *)peer->host, 0 },
                { GNUTLS_DT_KEY_PURPOSE_OID, (unsigned char *)GNUTLS_KP_TLS_WWW_SERVER, 0 },
        };
        unsigned status = 0;
        int result = gnutls_certificate_verify_peers(session, expected, G_N_ELEMENTS(expected), &status);
        if (result == 0 && status == 0)
                return true;
        g_autofree char *why = explain_session(session, status, peer);
        g_set_error_literal(error, TLS_ERROR, TLS_ERROR_CERTIFICATE, why);
        return false;
}
