#include "doors/imap.h"

#include "base/clock.h"
#include "base/text.h"
#include "doors/imap_private.h"
#include "doors/net.h"
#include "doors/oauth2.h"

#include <string.h>

G_DEFINE_QUARK(facteur - imap, imap_error)

#define CONNECT_MS               30000
#define GOODBYE_MS               1000
#define STREAM_SIZE              8192
#define LARGEST_STRING_IN_MEMORY ((size_t)1 << 30) /* libetpan would put larger ones in a temporary file */

Imap *imap_new(const ServerConfig *server, mailstream_low *low, int cap_ms)
{
        Imap *imap = g_new0(Imap, 1);
        imap->server = server;
        imap->where = g_strdup_printf("mailbox %s:%d", server->host, server->port);
        imap->low = low;
        imap->cap_ms = cap_ms;
        mmap_string_set_ceil(LARGEST_STRING_IN_MEMORY);
        imap->line = mmap_string_new("");
        imap->session = mailimap_new(0, NULL);
        mailstream *stream = mailstream_new(low, STREAM_SIZE);
        if (imap->line == NULL || imap->session == NULL || stream == NULL)
                g_error("out of memory");
        imap->session->imap_stream = stream;
        return imap;
}

static int bounded(int timeout_ms, int cap_ms)
{
        return cap_ms > 0 ? MIN(timeout_ms, cap_ms) : timeout_ms;
}

static Imap *connect_with(const ServerConfig *server, const char *secret, int cap_ms, GError **error)
{
        GError *failure = NULL;
        int64_t deadline_ms = clock_monotonic_ms() + bounded(CONNECT_MS, cap_ms);
        int fd = net_connect(server->host, server->port, server->security == SECURITY_PLAIN_LOOPBACK,
                             deadline_ms, &failure);
        if (fd < 0) {
                bool is_outside = g_error_matches(failure, NET_ERROR, NET_ERROR_OUTSIDE);
                g_set_error(error, IMAP_ERROR, is_outside ? IMAP_ERROR_TLS : IMAP_ERROR_LOST,
                            "mailbox %s:%d: %s", server->host, server->port, failure->message);
                g_error_free(failure);
                return NULL;
        }
        g_autoptr(Imap) imap = imap_new(server, imap_transport_socket(fd), cap_ms);
        if (!imap_open(imap, secret, error))
                return NULL;
        return g_steal_pointer(&imap);
}

static bool fetch_token(const ServerConfig *server, const char *secret, OAuth2Token *token_out,
                        GError **error)
{
        static const ImapError codes[] = { [OAUTH2_ERROR_TLS] = IMAP_ERROR_TLS,
                                           [OAUTH2_ERROR_REFUSED] = IMAP_ERROR_LOGIN,
                                           [OAUTH2_ERROR_LATER] = IMAP_ERROR_LATER };
        g_autoptr(GError) failure = NULL;
        if (oauth2_fetch(server->oauth2, secret, token_out, &failure))
                return true;
        g_set_error(error, IMAP_ERROR, codes[failure->code], "mailbox %s:%d: %s", server->host, server->port,
                    failure->message);
        return false;
}

Imap *imap_connect_within(const ServerConfig *server, const char *secret, int cap_ms, GError **error)
{
        OAuth2Token token;
        if (server->login != LOGIN_OAUTH2)
                return connect_with(server, secret, cap_ms, error);
        if (!fetch_token(server, secret, &token, error))
                return NULL;
        Imap *imap = connect_with(server, token.access_token, cap_ms, error);
        oauth2_token_clear(&token);
        return imap;
}

Imap *imap_connect(const ServerConfig *server, const char *secret, GError **error)
{
        return imap_connect_within(server, secret, 0, error);
}

void imap_free(Imap *imap)
{
        if (imap == NULL)
                return;
        mailstream *stream = imap->session->imap_stream;
        if (stream != NULL) {
                if (!imap->is_broken) { /* a courtesy; nobody waits for the answer */
                        imap_transport_begin(imap->low, GOODBYE_MS, 0);
                        imap_line_send(imap, "fBYE LOGOUT", false);
                }
                mailstream_close(stream);
                imap->session->imap_stream = NULL; /* or mailimap_free() would wait for a dead server */
        }
        mailimap_free(imap->session);
        mmap_string_free(imap->line);
        g_free(imap->prefix);
        g_free(imap->where);
        g_free(imap);
}

void imap_begin(Imap *imap, int timeout_ms, size_t limit_bytes)
{
        imap->commands++;
        imap_transport_begin(imap->low, bounded(timeout_ms, imap->cap_ms), limit_bytes);
}

ImapFacts imap_facts(const Imap *imap)
{
        return (ImapFacts){ .has_move = imap->has_move,
                            .has_uidplus = imap->has_uidplus,
                            .has_idle = imap->has_idle };
}

guint64 imap_command_count(const Imap *imap)
{
        return imap->commands;
}

bool imap_lost(Imap *imap, const char *doing, GError **error)
{
        const char *what = "answered what is not IMAP";
        switch (imap->low != NULL ? imap_transport_end(imap->low) : IMAP_END_CLOSED) {
        case IMAP_END_NONE: break;
        case IMAP_END_CLOSED: what = "closed the connection"; break;
        case IMAP_END_TIMEOUT: what = "did not answer in time"; break;
        case IMAP_END_TOO_MUCH: what = "answered more than is allowed"; break;
        case IMAP_END_BROKEN: what = "was lost (network or TLS)"; break;
        }
        imap->is_broken = true;
        g_set_error(error, IMAP_ERROR, IMAP_ERROR_LOST, "%s: the server %s while %s", imap->where, what,
                    doing);
        return false;
}

bool imap_refused(Imap *imap, const char *doing, const char *text, GError **error)
{
        g_autofree char *words = text_single_line(text != NULL ? text : "no reason given");
        g_set_error(error, IMAP_ERROR, IMAP_ERROR_REFUSED, "%s: refused while %s: %s", imap->where, doing,
                    words);
        return false;
}

/* After these the stream is not where libetpan thinks it is. */
static bool is_fatal(int code)
{
        switch (code) {
        case MAILIMAP_ERROR_BAD_STATE:
        case MAILIMAP_ERROR_STREAM:
        case MAILIMAP_ERROR_PARSE:
        case MAILIMAP_ERROR_CONNECTION_REFUSED:
        case MAILIMAP_ERROR_MEMORY:
        case MAILIMAP_ERROR_FATAL:
        case MAILIMAP_ERROR_PROTOCOL:
        case MAILIMAP_ERROR_DONT_ACCEPT_CONNECTION:
        case MAILIMAP_ERROR_SSL: return true;
        default: return false; /* libetpan's codes: a NO has one for each command */
        }
}

bool imap_check(Imap *imap, int code, const char *doing, GError **error)
{
        if (imap_transport_end(imap->low) != IMAP_END_NONE)
                return imap_lost(imap, doing, error);
        if (code == MAILIMAP_NO_ERROR || code == MAILIMAP_NO_ERROR_AUTHENTICATED ||
            code == MAILIMAP_NO_ERROR_NON_AUTHENTICATED)
                return true;
        if (is_fatal(code))
                return imap_lost(imap, doing, error);
        return imap_refused(imap, doing, imap->session->imap_response, error);
}

struct mailimap_set *imap_uid_set(const uint32_t *uids, gsize count)
{
        struct mailimap_set *set = mailimap_set_new_empty();
        for (gsize i = 0; i < count;) {
                gsize next = i + 1;
                while (next < count && uids[next] == uids[next - 1] + 1)
                        next++;
                mailimap_set_add_interval(set, uids[i], uids[next - 1]);
                i = next;
        }
        return set;
}

/* A server that does not tell UIDNEXT: one above the highest UID there is. */
static bool find_uidnext(Imap *imap, ImapFolder *folder, GError **error)
{
        if (folder->exists == 0) {
                folder->uidnext = 1;
                return true;
        }
        g_autoptr(GArray) uids = imap_search(imap, 0, 0, error);
        if (uids == NULL)
                return false;
        folder->uidnext = uids->len > 0 ? g_array_index(uids, uint32_t, uids->len - 1) + 1 : 1;
        return true;
}

bool imap_select(Imap *imap, const char *name, ImapFolder *folder_out, GError **error)
{
        g_autofree char *wire = imap_folder_name(imap, name, error);
        if (wire == NULL)
                return false;
        g_autofree char *doing = g_strdup_printf("the folder %s was opened", name);
        imap_begin(imap, IMAP_LONG_MS, IMAP_LINES_BYTES);
        if (!imap_check(imap, mailimap_select(imap->session, wire), doing, error))
                return false;
        const struct mailimap_selection_info *info = imap->session->imap_selection_info;
        if (info == NULL)
                return imap_lost(imap, doing, error);
        *folder_out = (ImapFolder){ .uidvalidity = info->sel_uidvalidity,
                                    .uidnext = info->sel_uidnext,
                                    .exists = info->sel_exists };
        imap->known_exists = info->sel_exists;
        return folder_out->uidnext != 0 || find_uidnext(imap, folder_out, error);
}

static struct mailimap_search_key *since_key(int64_t since)
{
        /* SINCE looks at days of the server's zone: one day earlier loses nothing. */
        g_autoptr(GDateTime) day = g_date_time_new_from_unix_utc(MAX(since - 86400, 0));
        return mailimap_search_key_new_since(mailimap_date_new(
                g_date_time_get_day_of_month(day), g_date_time_get_month(day), g_date_time_get_year(day)));
}

static gint compare_uids(gconstpointer a, gconstpointer b)
{
        const uint32_t *left = a, *right = b;
        return (*left > *right) - (*left < *right);
}

GArray *imap_search(Imap *imap, uint32_t last_uid, int64_t since, GError **error)
{
        GArray *uids = g_array_new(FALSE, FALSE, sizeof(uint32_t));
        if (last_uid == G_MAXUINT32)
                return uids;
        struct mailimap_search_key *key =
                mailimap_search_key_new_uid(mailimap_set_new_interval(last_uid + 1, 0)); /* 0 is `*` */
        if (since > 0) {
                struct mailimap_search_key *both = mailimap_search_key_new_multiple_empty();
                mailimap_search_key_multiple_add(both, key);
                mailimap_search_key_multiple_add(both, since_key(since));
                key = both;
        }
        if (imap->session->imap_selection_info != NULL)
                imap->known_exists = imap->session->imap_selection_info->sel_exists;
        clist *found = NULL;
        imap_begin(imap, IMAP_SHORT_MS, IMAP_LINES_BYTES);
        int code = mailimap_uid_search(imap->session, NULL, key, &found);
        mailimap_search_key_free(key);
        for (clistiter *item = found != NULL ? clist_begin(found) : NULL; item != NULL;
             item = clist_next(item)) {
                const uint32_t *uid = clist_content(item);
                if (*uid > last_uid) /* `n:*` always names the last message */
                        g_array_append_val(uids, *uid);
        }
        if (found != NULL) /* of a refused search as well */
                mailimap_search_result_free(found);
        if (!imap_check(imap, code, "new mail was searched", error)) {
                g_array_unref(uids);
                return NULL;
        }
        g_array_sort(uids, compare_uids);
        return uids;
}
