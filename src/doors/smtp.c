#include "doors/smtp.h"

#include "base/address.h"
#include "base/text.h"
#include "doors/curl.h"
#include "doors/net.h"
#include "doors/oauth2.h"
#include "doors/smtp_reply.h"
#include "doors/tls.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

G_DEFINE_QUARK(facteur - smtp, smtp_error)

enum { CONNECT_MS = 30000, REPLY_S = 600 };

struct Smtp {
        const ServerConfig *server;
        char *where; /* "submission smtp.example.org:465" */
        CURL *easy;
        char curl_error[CURL_ERROR_SIZE];
        bool is_peer_checked; /* of this connection */
        GError *peer_error;
        char *client_secret; /* with LOGIN_OAUTH2 */
        OAuth2Token token;
        SmtpExchange exchange; /* of this transaction */
        GBytes *message;
        size_t position;
};

/* libcurl checks chain and host name; the purpose of the certificate only we do, before the password goes. */
static bool check_peer(Smtp *smtp)
{
        struct curl_tlssessioninfo *tls = NULL;
        if (smtp->is_peer_checked || smtp->server->security == SECURITY_PLAIN_LOOPBACK)
                return true;
        if (curl_easy_getinfo(smtp->easy, CURLINFO_TLS_SSL_PTR, &tls) != CURLE_OK || tls == NULL ||
            tls->backend != CURLSSLBACKEND_GNUTLS || tls->internals == NULL)
                return true; /* STARTTLS is still to come; libcurl goes no further without it */
        TlsPeer peer = { .section = "submission",
                         .host = smtp->server->host,
                         .ca_file = smtp->server->ca_file };
        smtp->is_peer_checked = tls_check_peer(tls->internals, &peer, &smtp->peer_error);
        return smtp->is_peer_checked;
}

static size_t take_line(char *bytes, size_t size, size_t count, void *data)
{
        Smtp *smtp = data;
        smtp_exchange_add_line(&smtp->exchange, bytes, size * count);
        return check_peer(smtp) ? size * count : 0;
}

static size_t give_bytes(char *buffer, size_t size, size_t count, void *data)
{
        Smtp *smtp = data;
        gsize total;
        const char *bytes = g_bytes_get_data(smtp->message, &total);
        size_t length = MIN(size * count, total - smtp->position);
        memcpy(buffer, bytes + smtp->position, length);
        smtp->position += length;
        if (smtp->position == total)
                smtp->exchange.is_all_given = true;
        return length;
}

/* Only to know how far the transaction is; nothing is kept (it sees the password go by). */
static int watch(CURL *easy, curl_infotype type, char *bytes, size_t size, void *data)
{
        (void)easy;
        Smtp *smtp = data;
        static const char *const commands[] = {
                [SMTP_STAGE_MAIL] = "MAIL FROM:", [SMTP_STAGE_RCPT] = "RCPT TO:", [SMTP_STAGE_DATA] = "DATA"
        };
        for (int stage = SMTP_STAGE_MAIL; type == CURLINFO_HEADER_OUT && stage <= SMTP_STAGE_DATA; stage++) {
                const size_t length = strlen(commands[stage]);
                if (size >= length && memcmp(bytes, commands[stage], length) == 0)
                        smtp->exchange.stage = (SmtpStage)stage;
        }
        return 0;
}

static curl_socket_t open_socket(void *data, curlsocktype purpose, struct curl_sockaddr *address)
{
        Smtp *smtp = data;
        (void)purpose;
        smtp->is_peer_checked = false;
        if (smtp->server->security == SECURITY_PLAIN_LOOPBACK && !net_is_loopback(&address->addr)) {
                g_clear_error(&smtp->peer_error);
                g_set_error_literal(
                        &smtp->peer_error, TLS_ERROR, TLS_ERROR_CERTIFICATE,
                        "a connection without TLS is only made to this machine — use tls or starttls");
                return CURL_SOCKET_BAD;
        }
        return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static char *make_url(const ServerConfig *server, CURL *easy, const char *helo)
{
        char *escaped = curl_easy_escape(easy, helo != NULL ? helo : "localhost", 0);
        bool is_v6 = strchr(server->host, ':') != NULL;
        char *url = g_strdup_printf("%s://%s%s%s:%d/%s", server->security == SECURITY_TLS ? "smtps" : "smtp",
                                    is_v6 ? "[" : "", server->host, is_v6 ? "]" : "", server->port, escaped);
        curl_free(escaped);
        return url;
}

/* Once for ever (but the token, which opens a connection of its own): libcurl reuses a connection without
 * asking how it was secured when options change between transfers. */
static void set_login(Smtp *smtp, const char *secret)
{
        const ServerConfig *server = smtp->server;
        if (server->user == NULL || *server->user == '\0')
                return;
        curl_easy_setopt(smtp->easy, CURLOPT_USERNAME, server->user);
        if (server->login == LOGIN_OAUTH2) {
                smtp->client_secret = g_strdup(secret);
                curl_easy_setopt(smtp->easy, CURLOPT_LOGIN_OPTIONS, "AUTH=XOAUTH2");
        } else {
                curl_easy_setopt(smtp->easy, CURLOPT_PASSWORD, secret);
                curl_easy_setopt(smtp->easy, CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN");
        }
}

static void set_options(Smtp *smtp, const char *url, const char *secret)
{
        CURL *easy = smtp->easy;
        const ServerConfig *server = smtp->server;
        bool is_plain = server->security == SECURITY_PLAIN_LOOPBACK;
        curl_easy_setopt(easy, CURLOPT_URL, url);
        curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
        curl_easy_setopt(easy, CURLOPT_PROXY, "");
        curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, smtp->curl_error);
        curl_easy_setopt(easy, CURLOPT_USE_SSL, (long)(is_plain ? CURLUSESSL_NONE : CURLUSESSL_ALL));
        set_login(smtp, secret);
        curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
        curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
        curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(easy, CURLOPT_READFUNCTION, give_bytes);
        curl_easy_setopt(easy, CURLOPT_READDATA, smtp);
        curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_line);
        curl_easy_setopt(easy, CURLOPT_HEADERDATA, smtp);
        curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
        curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, smtp);
        curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L); /* calls watch(); nothing is printed */
        curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, watch);
        curl_easy_setopt(easy, CURLOPT_DEBUGDATA, smtp);
        smtp_set_patience(smtp, REPLY_S);
}

void smtp_set_patience(Smtp *smtp, int reply_s)
{
        curl_easy_setopt(smtp->easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)reply_s);
        curl_easy_setopt(smtp->easy, CURLOPT_TIMEOUT, (long)reply_s * 2);
}

Smtp *smtp_new(const ServerConfig *server, const char *secret, const char *helo, GError **error)
{
        g_autoptr(Smtp) smtp = g_new0(Smtp, 1);
        smtp->server = server;
        smtp->where = g_strdup_printf("submission %s:%d", server->host, server->port);
        smtp->easy = door_curl_new(server->ca_file);
        if (smtp->easy == NULL) {
                g_set_error(error, SMTP_ERROR, SMTP_ERROR_GONE, "%s: libcurl does not start", smtp->where);
                return NULL;
        }
        g_autofree char *url = make_url(server, smtp->easy, helo);
        set_options(smtp, url, secret);
        return g_steal_pointer(&smtp);
}

void smtp_free(Smtp *smtp)
{
        if (smtp == NULL)
                return;
        if (smtp->easy != NULL)
                curl_easy_cleanup(smtp->easy);
        smtp_exchange_clear(&smtp->exchange);
        g_clear_error(&smtp->peer_error);
        oauth2_token_clear(&smtp->token);
        if (smtp->client_secret != NULL)
                explicit_bzero(smtp->client_secret, strlen(smtp->client_secret));
        g_free(smtp->client_secret);
        g_free(smtp->where);
        g_free(smtp);
}

void smtp_reply_free(SmtpReply *reply)
{
        if (reply == NULL)
                return;
        g_free(reply->text);
        g_free(reply);
}

/* The form for the wire, without <>: libcurl would send a line break in it as a command of its own. A local
 * part beyond ASCII needs SMTPUTF8 (RFC 6531), which few servers offer. */
static char *wire_address(const Smtp *smtp, const char *address, const char *role, GError **error)
{
        char *wire = address_normalise(address);
        if (wire != NULL && g_str_is_ascii(wire))
                return wire;
        g_free(wire);
        g_set_error(error, SMTP_ERROR, SMTP_ERROR_ADDRESS,
                    "%s: the %s is not an address that can go on the wire (ASCII, one @, a full domain) — "
                    "correct "
                    "the person's address",
                    smtp->where, role);
        return NULL;
}

static SmtpReply *reply_new(SmtpVerdict verdict, int code, const char *text)
{
        SmtpReply *reply = g_new0(SmtpReply, 1);
        reply->verdict = verdict;
        reply->code = code;
        reply->text = text_single_line(text);
        return reply;
}

/* CRLF everywhere: a bare CR or LF is how mail is smuggled, and servers refuse it. */
static bool has_bare_break(GBytes *message)
{
        gsize size;
        const char *bytes = g_bytes_get_data(message, &size);
        for (gsize i = 0; i < size; i++) {
                if (bytes[i] == '\r' && (i + 1 == size || bytes[i + 1] != '\n'))
                        return true;
                if (bytes[i] == '\n' && (i == 0 || bytes[i - 1] != '\r'))
                        return true;
        }
        return false;
}

static bool fail(const Smtp *smtp, SmtpError code, const char *what, GError **error)
{
        g_autofree char *line = text_single_line(what);
        g_set_error(error, SMTP_ERROR, code, "%s: %s", smtp->where, line);
        return false;
}

static char *explain_refused_certificate(const Smtp *smtp)
{
        TlsPeer peer = { .section = "submission",
                         .host = smtp->server->host,
                         .ca_file = smtp->server->ca_file };
        long status = 0;
        curl_easy_getinfo(smtp->easy, CURLINFO_SSL_VERIFYRESULT, &status);
        if (strstr(smtp->curl_error, "does not match") != NULL)
                status |= GNUTLS_CERT_UNEXPECTED_OWNER;
        if (strstr(smtp->curl_error, "expiration date") != NULL)
                status |= GNUTLS_CERT_EXPIRED;
        return tls_explain((unsigned)status, &peer);
}

static bool fail_tls(const Smtp *smtp, CURLcode code, GError **error)
{
        g_autofree char *why =
                code == CURLE_PEER_FAILED_VERIFICATION ? explain_refused_certificate(smtp) : NULL;
        if (code == CURLE_USE_SSL_FAILED)
                why = g_strdup("the server offers no STARTTLS (or somebody in between removed it) — use "
                               "submission.security: tls with port 465, or mend the server");
        else if (code == CURLE_SSL_CACERT_BADFILE)
                why = g_strdup(
                        "submission.ca_file cannot be read — it must name a PEM file of CA certificates");
        else if (code == CURLE_SSL_CONNECT_ERROR)
                why = g_strdup_printf(
                        "the TLS handshake failed (%s) — the server must offer TLS 1.2 or 1.3 on "
                        "submission.port, as submission.security says",
                        smtp->curl_error);
        return fail(smtp, code == CURLE_SSL_CONNECT_ERROR ? SMTP_ERROR_GONE : SMTP_ERROR_TLS, why, error);
}

static bool fail_login(const Smtp *smtp, GError **error)
{
        const bool is_oauth2 = smtp->server->login == LOGIN_OAUTH2;
        g_autofree char *why =
                g_strdup_printf("%s for %s (%s) — mend submission.user or %s",
                                is_oauth2 ? "the access token is refused" : "wrong user or password",
                                smtp->server->user != NULL ? smtp->server->user : "nobody",
                                smtp_exchange_text(&smtp->exchange),
                                is_oauth2 ? "oauth2.scope, or let the application send (SMTP.SendAsApp)"
                                          : "the file of submission.password_file");
        return fail(smtp, SMTP_ERROR_LOGIN, why, error);
}

static bool fail_sender(const Smtp *smtp, GError **error)
{
        g_autofree char *why = g_strdup_printf("the server does not let us send as this address (%s) — mend "
                                               "robot.address, or the right of submission.user to use it",
                                               smtp_exchange_text(&smtp->exchange));
        return fail(smtp, SMTP_ERROR_SENDER, why, error);
}

/* Before anything of a mail was said. */
static bool fail_connection(const Smtp *smtp, CURLcode code, GError **error)
{
        const char *why = smtp_exchange_text(&smtp->exchange);
        if (code == CURLE_COULDNT_CONNECT)
                why = "no connection — does the server run, and are submission.host and submission.port "
                      "right?";
        else if (*why == '\0')
                why = *smtp->curl_error != '\0' ? smtp->curl_error : curl_easy_strerror(code);
        return fail(smtp, SMTP_ERROR_GONE, why, error);
}

/* Troubles of the server that no mail is to blame for. True when there is none. */
static bool check_server(const Smtp *smtp, CURLcode code, GError **error)
{
        if (smtp->peer_error != NULL)
                return fail(smtp, SMTP_ERROR_TLS, smtp->peer_error->message, error);
        if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_USE_SSL_FAILED ||
            code == CURLE_SSL_CACERT_BADFILE || code == CURLE_SSL_CONNECT_ERROR)
                return fail_tls(smtp, code, error);
        if (smtp_exchange_is_login_refused(&smtp->exchange) ||
            (code == CURLE_LOGIN_DENIED && smtp->exchange.code / 100 != 4))
                return fail_login(smtp, error);
        if (smtp_exchange_is_sender_refused(&smtp->exchange))
                return fail_sender(smtp, error);
        return smtp->exchange.stage != SMTP_STAGE_LOGIN || fail_connection(smtp, code, error);
}

static void begin_exchange(Smtp *smtp, GBytes *message)
{
        smtp_exchange_clear(&smtp->exchange);
        g_clear_error(&smtp->peer_error);
        smtp->curl_error[0] = '\0';
        smtp->message = message;
        smtp->position = 0;
        curl_easy_setopt(smtp->easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)g_bytes_get_size(message));
}

static CURLcode transfer_once(Smtp *smtp, struct curl_slist *recipients, GBytes *message)
{
        begin_exchange(smtp, message);
        curl_easy_setopt(smtp->easy, CURLOPT_MAIL_RCPT, recipients);
        CURLcode code = curl_easy_perform(smtp->easy);
        curl_easy_setopt(smtp->easy, CURLOPT_MAIL_RCPT, NULL);
        smtp->message = NULL;
        /* libcurl may keep a connection on which a transfer broke. */
        curl_easy_setopt(smtp->easy, CURLOPT_FRESH_CONNECT, code == CURLE_OK ? 0L : 1L);
        return code;
}

/* A kept connection that the server had closed: nothing was answered, so nothing was taken. */
static bool was_stale(const Smtp *smtp, CURLcode code)
{
        long connects = 1;
        curl_easy_getinfo(smtp->easy, CURLINFO_NUM_CONNECTS, &connects);
        return connects == 0 && smtp->exchange.code == 0 && smtp->peer_error == NULL &&
               (code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR || code == CURLE_GOT_NOTHING);
}

static CURLcode transfer(Smtp *smtp, const char *sender, const char *recipient, GBytes *message)
{
        g_autofree char *from = g_strdup_printf("<%s>", sender);
        g_autofree char *to = g_strdup_printf("<%s>", recipient);
        struct curl_slist *recipients = curl_slist_append(NULL, to);
        curl_easy_setopt(smtp->easy, CURLOPT_MAIL_FROM, from);
        CURLcode code = transfer_once(smtp, recipients, message);
        if (was_stale(smtp, code))
                code = transfer_once(smtp, recipients, message);
        curl_slist_free_all(recipients);
        return code;
}

/* Before it ends, so that no mail is lost on a login; libcurl opens a new connection for a new token. */
static bool renew_token(Smtp *smtp, GError **error)
{
        static const SmtpError codes[] = { [OAUTH2_ERROR_TLS] = SMTP_ERROR_TLS,
                                           [OAUTH2_ERROR_REFUSED] = SMTP_ERROR_LOGIN,
                                           [OAUTH2_ERROR_LATER] = SMTP_ERROR_GONE };
        g_autoptr(GError) failure = NULL;
        if (smtp->client_secret == NULL || oauth2_is_good(&smtp->token))
                return true;
        oauth2_token_clear(&smtp->token);
        if (!oauth2_fetch(smtp->server->oauth2, smtp->client_secret, &smtp->token, &failure))
                return fail(smtp, codes[failure->code], failure->message, error);
        curl_easy_setopt(smtp->easy, CURLOPT_XOAUTH2_BEARER, smtp->token.access_token);
        return true;
}

SmtpReply *smtp_submit(Smtp *smtp, const char *envelope_from, const char *recipient, GBytes *message,
                       GError **error)
{
        g_autofree char *sender = *envelope_from == '\0'
                                          ? g_strdup("")
                                          : wire_address(smtp, envelope_from, "envelope sender", error);
        if (sender == NULL)
                return NULL;
        g_autofree char *to = wire_address(smtp, recipient, "recipient", error);
        if (to == NULL)
                return NULL;
        if (has_bare_break(message))
                return reply_new(SMTP_REFUSED, 0, "the message holds a line that does not end with CRLF");
        if (!renew_token(smtp, error))
                return NULL;
        CURLcode code = transfer(smtp, sender, to, message);
        if (code != CURLE_OK && !check_server(smtp, code, error))
                return NULL;
        SmtpVerdict verdict = smtp_exchange_verdict(&smtp->exchange, code == CURLE_OK);
        const char *said = smtp_exchange_text(&smtp->exchange);
        SmtpReply *reply = reply_new(verdict, smtp->exchange.code,
                                     *said != '\0' || code == CURLE_OK ? said : smtp->curl_error);
        reply->is_recipient = verdict == SMTP_REFUSED && smtp->exchange.stage == SMTP_STAGE_RCPT;
        return reply;
}
