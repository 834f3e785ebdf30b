/* doors/imap_login.c: from the open connection to a session that is logged in.
 *
 * Implicit TLS stands before the first byte is read; STARTTLS is asked for and never done without. A PREAUTH
 * greeting is refused: before STARTTLS it is how an attacker strips it.
 */
#include "doors/imap_private.h"

#include "base/text.h"

#include <string.h>

static TlsPeer tls_peer(const ServerConfig *server)
{
        return (TlsPeer){ .section = "mailbox", .host = server->host, .ca_file = server->ca_file };
}

static bool start_tls(Imap *imap, GError **error)
{
        TlsPeer peer = tls_peer(imap->server);
        GError *failure = NULL;
        if (imap_transport_start_tls(imap->low, &peer, &failure))
                return true;
        bool is_lost = g_error_matches(failure, TLS_ERROR, TLS_ERROR_LOST);
        imap->is_broken = true;
        g_set_error(error, IMAP_ERROR, is_lost ? IMAP_ERROR_LOST : IMAP_ERROR_TLS, "%s: %s", imap->where,
                    failure->message);
        g_error_free(failure);
        return false;
}

static bool fail_tls(Imap *imap, const char *why, GError **error)
{
        imap->is_broken = true;
        g_set_error(error, IMAP_ERROR, IMAP_ERROR_TLS, "%s: %s", imap->where, why);
        return false;
}

static bool greet(Imap *imap, GError **error)
{
        mailstream *stream = imap->session->imap_stream;
        imap->session->imap_stream = NULL;
        int code = mailimap_connect(imap->session, stream);
        if (imap->session->imap_stream == NULL) /* closed by libetpan after BYE */
                imap->low = NULL;
        if (code == MAILIMAP_NO_ERROR_NON_AUTHENTICATED)
                return true;
        imap->is_broken = true;
        if (code == MAILIMAP_NO_ERROR_AUTHENTICATED)
                return fail_tls(
                        imap,
                        "the server lets us in before any login (PREAUTH), which is refused — somebody may "
                        "be in between; use mailbox.security: tls",
                        error);
        if (code == MAILIMAP_ERROR_DONT_ACCEPT_CONNECTION) {
                g_autofree char *text = text_single_line(
                        imap->session->imap_response != NULL ? imap->session->imap_response : "");
                g_set_error(error, IMAP_ERROR, IMAP_ERROR_LATER, "%s: the server takes nobody now: %s",
                            imap->where, text);
                return false;
        }
        return imap_lost(imap,
                         "its greeting was awaited (is it an IMAP server, and is mailbox.security right?)",
                         error);
}

static void collect_capabilities(const char *line, void *data)
{
        static const char start[] = "* CAPABILITY ";
        if (g_ascii_strncasecmp(line, start, sizeof start - 1) == 0)
                g_string_assign(data, line + sizeof start - 1);
}

char **imap_capabilities(Imap *imap, GError **error)
{
        g_autoptr(GString) words = g_string_new(NULL);
        g_autofree char *text = NULL;
        imap_begin(imap, IMAP_SHORT_MS, IMAP_GREETING_BYTES);
        if (!imap_line_send(imap, "fCAP CAPABILITY", false) ||
            imap_line_finish(imap, "fCAP", collect_capabilities, words, &text) != IMAP_LINE_OK) {
                imap_lost(imap, "its capabilities were asked", error);
                return NULL;
        }
        g_autofree char *upper = g_ascii_strup(words->str, -1);
        char **list = g_strsplit(upper, " ", 0);
        const char *const *names = (const char *const *)list;
        imap->has_move = g_strv_contains(names, "MOVE");
        imap->has_uidplus = g_strv_contains(names, "UIDPLUS");
        imap->has_namespace = g_strv_contains(names, "NAMESPACE");
        imap->has_idle = g_strv_contains(names, "IDLE");
        return list;
}

static bool upgrade(Imap *imap, GError **error)
{
        g_auto(GStrv) capabilities = imap_capabilities(imap, error);
        if (capabilities == NULL)
                return false;
        if (!g_strv_contains((const char *const *)capabilities, "STARTTLS"))
                return fail_tls(imap,
                                "the server offers no STARTTLS (or somebody in between removed it) — use "
                                "mailbox.security: tls with port 993, or mend the server",
                                error);
        imap_begin(imap, IMAP_SHORT_MS, IMAP_GREETING_BYTES);
        int code = mailimap_starttls(imap->session);
        if (code == MAILIMAP_ERROR_STARTTLS)
                return fail_tls(imap, "the server refuses STARTTLS, or answers more than it should", error);
        if (code != MAILIMAP_NO_ERROR)
                return imap_lost(imap, "STARTTLS was asked", error);
        if (imap->session->imap_stream->read_buffer_len > 0)
                return fail_tls(imap, "the server sent text between STARTTLS and TLS, which is an attack",
                                error);
        return start_tls(imap, error);
}

/* Quoted string of RFC 3501; the caller made sure that there is no line break. */
static void append_quoted(GString *command, const char *text)
{
        g_string_append_c(command, '"');
        for (const char *p = text; *p != '\0'; p++) {
                if (*p == '"' || *p == '\\')
                        g_string_append_c(command, '\\');
                g_string_append_c(command, *p);
        }
        g_string_append_c(command, '"');
}

/* AUTHENTICATE without an initial response (not every server takes one). A server that refuses XOAUTH2 first
 * says why in a challenge of its own, which wants an empty answer. */
static ImapVerdict authenticate(Imap *imap, const char *mechanism, const void *secret, size_t size,
                                char **text_out)
{
        g_autofree char *command = g_strdup_printf("fLOG AUTHENTICATE %s", mechanism);
        g_autofree char *encoded = g_base64_encode(secret, size);
        bool is_sent = false;
        const char *line = NULL;
        if (imap_line_send(imap, command, false))
                while ((line = imap_line_read(imap)) != NULL && (*line == '*' || *line == '+')) {
                        if (g_ascii_strncasecmp(line, "* BYE", 5) == 0)
                                return IMAP_LINE_LOST;
                        if (*line == '+' && !imap_line_send(imap, is_sent ? "" : encoded, true))
                                return IMAP_LINE_LOST;
                        is_sent |= *line == '+';
                }
        explicit_bzero(encoded, strlen(encoded));
        return line != NULL ? imap_line_verdict(line, text_out) : IMAP_LINE_LOST;
}

static ImapVerdict login_plain(Imap *imap, const char *password, char **text_out)
{
        g_autoptr(GByteArray) secret = g_byte_array_new();
        const char *user = imap->server->user;
        g_byte_array_append(secret, (const guint8 *)"", 1);
        g_byte_array_append(secret, (const guint8 *)user, (guint)strlen(user) + 1);
        g_byte_array_append(secret, (const guint8 *)password, (guint)strlen(password));
        const ImapVerdict verdict = authenticate(imap, "PLAIN", secret->data, secret->len, text_out);
        explicit_bzero(secret->data, secret->len);
        return verdict;
}

static ImapVerdict login_xoauth2(Imap *imap, const char *access_token, char **text_out)
{
        g_autoptr(GString) words = g_string_sized_new(4096);
        g_string_printf(words, "user=%s\001auth=Bearer %s\001\001", imap->server->user, access_token);
        const ImapVerdict verdict = authenticate(imap, "XOAUTH2", words->str, words->len, text_out);
        explicit_bzero(words->str, words->len);
        return verdict;
}

static ImapVerdict login_command(Imap *imap, const char *password, char **text_out)
{
        g_autoptr(GString) command = g_string_new("fLOG LOGIN ");
        append_quoted(command, imap->server->user);
        g_string_append_c(command, ' ');
        append_quoted(command, password);
        bool is_sent = imap_line_send(imap, command->str, true);
        explicit_bzero(command->str, command->len);
        return is_sent ? imap_line_finish(imap, "fLOG", NULL, NULL, text_out) : IMAP_LINE_LOST;
}

/* Exchange's words after a login that was right. */
static bool is_halfway(const char *text)
{
        return strcasestr(text, "authenticated but not connected") != NULL;
}

/* Refusals that say "later" and not "wrong" (RFC 5530; Gmail's THROTTLED). */
static bool is_later(const char *text)
{
        static const char *const signs[] = { "[UNAVAILABLE]", "[INUSE]", "[LIMIT]", "[THROTTLED]",
                                             "[SERVERBUG]" };
        for (size_t i = 0; i < G_N_ELEMENTS(signs); i++)
                if (strcasestr(text, signs[i]) != NULL)
                        return true;
        return false;
}

static bool fail_login(Imap *imap, ImapError code, const char *why, GError **error)
{
        imap->is_broken = true;
        g_set_error(error, IMAP_ERROR, code, "%s: %s", imap->where, why);
        return false;
}

/* What the server said to our login, in words for the administrator. */
static bool explain_refusal(Imap *imap, const char *said, GError **error)
{
        g_autofree char *words = text_single_line(said);
        const ServerConfig *server = imap->server;
        g_autofree char *why = NULL;
        if (is_halfway(words))
                why = g_strdup_printf("the login was right, but the mailbox does not open (%s) — either "
                                      "oauth2.scope is wrong, "
                                      "or the application has no right on this mailbox, or mailbox.user is "
                                      "not its address, or "
                                      "there were too many logins lately",
                                      words);
        else if (is_later(words))
                why = g_strdup_printf("the server cannot let us in now: %s", words);
        else if (server->login == LOGIN_OAUTH2)
                why = g_strdup_printf("the access token is refused for %s (%s) — mend mailbox.user or "
                                      "oauth2.scope, or give the application its right on this mailbox",
                                      server->user, words);
        else
                why = g_strdup_printf("wrong user or password for %s (%s) — mend mailbox.user or the file of "
                                      "mailbox.password_file",
                                      server->user, words);
        const bool is_temporary = is_halfway(words) || is_later(words);
        return fail_login(imap, is_temporary ? IMAP_ERROR_LATER : IMAP_ERROR_LOGIN, why, error);
}

static ImapVerdict speak_login(Imap *imap, const char *secret, const char *const *capabilities,
                               char **text_out)
{
        imap_begin(imap, IMAP_SHORT_MS, IMAP_GREETING_BYTES);
        if (imap->server->login == LOGIN_OAUTH2)
                return login_xoauth2(imap, secret, text_out);
        return g_strv_contains(capabilities, "AUTH=PLAIN") ? login_plain(imap, secret, text_out)
                                                           : login_command(imap, secret, text_out);
}

/* secret: the password, or the access token. */
static bool log_in(Imap *imap, const char *secret, const char *const *capabilities, GError **error)
{
        if (strpbrk(secret, "\r\n") != NULL || strpbrk(imap->server->user, "\r\n") != NULL)
                return fail_login(
                        imap, IMAP_ERROR_LOGIN,
                        "the user name or the password holds a line break — mend mailbox.user or the "
                        "file of mailbox.password_file",
                        error);
        if (imap->server->login == LOGIN_OAUTH2 && !g_strv_contains(capabilities, "AUTH=XOAUTH2"))
                return fail_login(imap, IMAP_ERROR_LOGIN,
                                  "the server does not speak XOAUTH2 — write mailbox.login: password", error);
        g_autofree char *text = NULL;
        switch (speak_login(imap, secret, capabilities, &text)) {
        case IMAP_LINE_OK:
                imap->session->imap_state = MAILIMAP_STATE_AUTHENTICATED; /* libetpan was not asked */
                return true;
        case IMAP_LINE_LOST: return imap_lost(imap, "we logged in", error);
        case IMAP_LINE_NO:
        case IMAP_LINE_BAD: return explain_refusal(imap, text, error);
        }
        g_assert_not_reached();
}

bool imap_open(Imap *imap, const char *secret, GError **error)
{
        imap_begin(imap, IMAP_SHORT_MS, IMAP_GREETING_BYTES);
        if (imap->server->security == SECURITY_TLS && !start_tls(imap, error))
                return false;
        if (!greet(imap, error))
                return false;
        if (imap->server->security == SECURITY_STARTTLS && !upgrade(imap, error))
                return false;
        g_auto(GStrv) before = imap_capabilities(imap, error);
        if (before == NULL)
                return false;
        if (!log_in(imap, secret, (const char *const *)before, error))
                return false;
        g_auto(GStrv) after = imap_capabilities(imap, error);
        return after != NULL;
}
