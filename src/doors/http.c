#include "doors/http.h"

#include "base/clock.h"
#include "base/text.h"
#include "doors/http_form.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
        HEADER_BYTES = 32 * 1024,
        IDLE_S = 30,
        PATIENCE_S = 60,
        CONNECTIONS = 128,
        SYSTEMD_FIRST_FD = 3,
        SWEEP_MS = 1000,
};

struct Http {
        struct MHD_Daemon *daemon;
        HttpHandler handler;
        void *data;
        char *origin, *upload_dir;
        gsize file_bytes_max;
        int patience_s;
        GThread *sweeper;
        GMutex lock; /* of what follows */
        GCond wake;
        bool is_ending;
        GHashTable *waiting; /* connection -> Guest: requests that are not complete */
        int fd;
        char *socket_path; /* removed at the end; NULL when there is none or it is not ours */
};

static GQuark http_error_quark(void)
{
        return g_quark_from_static_string("facteur-http");
}

static int fail(GError **error, const char *listen_on, const char *what)
{
        g_set_error(error, http_error_quark(), 0, "web.listen %s: %s", listen_on, what);
        return -1;
}

static int listen_unix(Http *http, const char *path, GError **error)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        if (strlen(path) >= sizeof address.sun_path)
                return fail(error, path, "the path is too long — use at most 107 bytes");
        g_strlcpy(address.sun_path, path, sizeof address.sun_path);
        struct stat status;
        if (lstat(path, &status) == 0 && !S_ISSOCK(status.st_mode))
                return fail(error, path, "there is something that is no socket — name another path");
        unlink(path);
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        mode_t mask = umask(0117); /* the proxy's group may connect */
        bool is_bound = fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof address) == 0;
        umask(mask);
        if (!is_bound || listen(fd, CONNECTIONS) != 0) {
                fail(error, path, g_strerror(errno));
                if (fd >= 0)
                        close(fd);
                return -1;
        }
        http->socket_path = g_strdup(path);
        return fd;
}

/* "127.0.0.1:8025" or "[::1]:8025"; the address must be this machine's own. */
static int listen_loopback(const char *listen_on, GError **error)
{
        struct sockaddr_in v4 = { .sin_family = AF_INET };
        struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
        const char *colon = strrchr(listen_on, ':');
        guint64 port = 0;
        if (colon == NULL || !g_ascii_string_to_unsigned(colon + 1, 10, 0, 65535, &port, NULL))
                return fail(error, listen_on, "not unix:PATH, 127.0.0.1:PORT, [::1]:PORT or systemd");
        g_autofree char *host = g_strndup(listen_on, (gsize)(colon - listen_on));
        bool is_v6 = strcmp(host, "[::1]") == 0;
        if (!is_v6 && (inet_pton(AF_INET, host, &v4.sin_addr) != 1 || ntohl(v4.sin_addr.s_addr) >> 24 != 127))
                return fail(
                        error, listen_on,
                        "only this machine's loopback is listened on — put nginx in front for the outside");
        v4.sin_port = v6.sin6_port = htons((uint16_t)port);
        const struct sockaddr *address = is_v6 ? (const struct sockaddr *)&v6 : (const struct sockaddr *)&v4;
        int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        int yes = 1;
        if (fd >= 0)
                setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        if (fd < 0 || bind(fd, address, is_v6 ? sizeof v6 : sizeof v4) != 0 || listen(fd, CONNECTIONS) != 0) {
                fail(error, listen_on, g_strerror(errno));
                if (fd >= 0)
                        close(fd);
                return -1;
        }
        return fd;
}

/* sd_listen_fds(3): exactly one descriptor, for this process. */
static int listen_systemd(GError **error)
{
        const char *pid = g_getenv("LISTEN_PID"), *count = g_getenv("LISTEN_FDS");
        if (pid == NULL || count == NULL || g_ascii_strtoll(pid, NULL, 10) != getpid() ||
            strcmp(count, "1") != 0)
                return fail(error, "systemd", "systemd passed no socket — use it from a .socket unit");
        return SYSTEMD_FIRST_FD;
}

static void add_headers(struct MHD_Response *answer, const HttpResponse *response)
{
        static const char *const headers[][2] = {
                { "Referrer-Policy", "no-referrer" },
                { "X-Content-Type-Options", "nosniff" },
                { "X-Robots-Tag", "noindex" },
                { "Content-Security-Policy", "default-src 'none'; style-src 'self'; form-action 'self'; "
                                             "base-uri 'none'; frame-ancestors 'none'" },
                { "Connection", "close" }, /* this parser takes a smuggled second request for one */
        };
        for (size_t i = 0; i < G_N_ELEMENTS(headers); i++)
                MHD_add_response_header(answer, headers[i][0], headers[i][1]);
        MHD_add_response_header(answer, "Cache-Control",
                                response->is_cacheable ? "public, max-age=3600" : "no-store");
        MHD_add_response_header(answer, "Content-Type", response->content_type);
        if (response->file_name != NULL) {
                g_autofree char *disposition =
                        g_strdup_printf("attachment; filename=\"%s\"", response->file_name);
                MHD_add_response_header(answer, "Content-Disposition", disposition);
        }
        if (response->retry_after_s > 0) {
                g_autofree char *seconds = g_strdup_printf("%d", response->retry_after_s);
                MHD_add_response_header(answer, "Retry-After", seconds);
        }
}

static void unref_body(void *body)
{
        g_bytes_unref(body);
}

static struct MHD_Response *from_bytes(GBytes *body)
{
        gsize size;
        gconstpointer bytes = g_bytes_get_data(body, &size);
        return MHD_create_response_from_buffer_with_free_callback_cls(
                size, (void *)bytes, unref_body, body); /* never written to: the cast is safe */
}

/* Takes the response's body or file, and its file name, over. */
static enum MHD_Result send_response(struct MHD_Connection *connection, HttpResponse *response)
{
        struct MHD_Response *answer =
                response->is_file ? MHD_create_response_from_fd_at_offset64((uint64_t)response->file_bytes,
                                                                            response->file,
                                                                            (uint64_t)response->file_offset)
                                  : from_bytes(response->body);
        add_headers(answer, response);
        enum MHD_Result result = MHD_queue_response(connection, (unsigned)response->status, answer);
        MHD_destroy_response(answer);
        g_free(response->file_name);
        return result;
}

static enum MHD_Result send_text(struct MHD_Connection *connection, int status, const char *text)
{
        HttpResponse response = { .status = status,
                                  .content_type = "text/plain; charset=utf-8",
                                  .body = g_bytes_new_static(text, strlen(text)) };
        return send_response(connection, &response);
}

typedef struct {
        int lengths, encodings;
} Framing;

static enum MHD_Result count_framing(void *data, enum MHD_ValueKind kind, const char *key, const char *value)
{
        Framing *framing = data;
        (void)kind;
        (void)value;
        framing->lengths += g_ascii_strcasecmp(key, "Content-Length") == 0;
        framing->encodings += g_ascii_strcasecmp(key, "Transfer-Encoding") == 0;
        return MHD_YES;
}

/* What a proxy and this parser could understand differently. */
static bool is_framing_odd(struct MHD_Connection *connection)
{
        Framing framing = { 0 };
        MHD_get_connection_values(connection, MHD_HEADER_KIND, count_framing, &framing);
        return framing.lengths > 1 || framing.encodings > 1 || framing.lengths + framing.encodings > 1;
}

static const char *header(struct MHD_Connection *connection, const char *name)
{
        return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

/* Behind a Unix socket the proxy alone speaks to us, and the last address of X-Forwarded-For is the one it
 * saw. */
static char *source_of(struct MHD_Connection *connection)
{
        const union MHD_ConnectionInfo *info =
                MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
        char text[INET6_ADDRSTRLEN] = "proxy";
        const struct sockaddr *address = info != NULL ? info->client_addr : NULL;
        if (address != NULL && address->sa_family == AF_INET)
                inet_ntop(AF_INET, &((const struct sockaddr_in *)address)->sin_addr, text, sizeof text);
        else if (address != NULL && address->sa_family == AF_INET6)
                inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)address)->sin6_addr, text, sizeof text);
        const char *forwarded = header(connection, "X-Forwarded-For");
        if (forwarded == NULL)
                return g_strdup(text);
        const char *comma = strrchr(forwarded, ',');
        g_autofree char *last = text_make_valid(comma != NULL ? comma + 1 : forwarded,
                                                strlen(comma != NULL ? comma + 1 : forwarded));
        return text_single_line(last);
}

static bool is_cross_site(const Http *http, struct MHD_Connection *connection)
{
        const char *site = header(connection, "Sec-Fetch-Site"), *origin = header(connection, "Origin");
        if (site != NULL && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0)
                return true;
        /* "null" is what a page without referrer (ours) sends from some browsers. */
        return origin != NULL && http->origin != NULL && strcmp(origin, "null") != 0 &&
               strcmp(origin, http->origin) != 0;
}

/* One connection: when it began, and the body so far. */
typedef struct {
        int64_t began_ms;
        int fd;
        bool is_begun; /* the headers are there */
        HttpForm *form;
        int refusal; /* status to answer once the body is in; 0: none */
} Guest;

static void guest_free(gpointer data)
{
        Guest *guest = data;
        http_form_free(guest->form);
        g_free(guest);
}

static void connection_changes(void *data, struct MHD_Connection *connection, void **socket_context,
                               enum MHD_ConnectionNotificationCode code)
{
        Http *http = data;
        (void)socket_context;
        g_mutex_lock(&http->lock);
        if (code == MHD_CONNECTION_NOTIFY_STARTED) {
                Guest *guest = g_new0(Guest, 1);
                guest->began_ms = clock_monotonic_ms();
                guest->fd =
                        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
                g_hash_table_insert(http->waiting, connection, guest);
        } else {
                g_hash_table_remove(http->waiting, connection);
        }
        g_mutex_unlock(&http->lock);
}

/* libmicrohttpd's own time-out is for silence: a client that sends a byte a second would stay for ever. */
static gpointer sweep(gpointer data)
{
        Http *http = data;
        g_mutex_lock(&http->lock);
        while (!http->is_ending) {
                g_cond_wait_until(&http->wake, &http->lock,
                                  g_get_monotonic_time() + SWEEP_MS * G_TIME_SPAN_MILLISECOND);
                GHashTableIter iter;
                gpointer guest;
                g_hash_table_iter_init(&iter, http->waiting);
                while (g_hash_table_iter_next(&iter, NULL, &guest)) {
                        const Guest *late = guest;
                        if (clock_monotonic_ms() - late->began_ms > (int64_t)http->patience_s * 1000)
                                shutdown(late->fd, SHUT_RDWR);
                }
        }
        g_mutex_unlock(&http->lock);
        return NULL;
}

static Guest *find_guest(Http *http, struct MHD_Connection *connection)
{
        g_mutex_lock(&http->lock);
        Guest *guest = g_hash_table_lookup(http->waiting, connection);
        g_mutex_unlock(&http->lock);
        return guest;
}

static void begin_post(const Http *http, struct MHD_Connection *connection, Guest *guest)
{
        guest->form = http_form_new(connection, http->upload_dir, http->file_bytes_max);
        if (guest->form == NULL)
                guest->refusal = MHD_HTTP_UNSUPPORTED_MEDIA_TYPE;
}

static int refusal_of(FormVerdict verdict)
{
        switch (verdict) {
        case FORM_FINE: return 0;
        case FORM_TOO_LARGE: return MHD_HTTP_CONTENT_TOO_LARGE;
        case FORM_UNREADABLE: return MHD_HTTP_BAD_REQUEST;
        case FORM_NO_ROOM: return MHD_HTTP_INSUFFICIENT_STORAGE;
        }
        g_assert_not_reached();
}

static const char *refusal_text(int status)
{
        switch (status) {
        case MHD_HTTP_CONTENT_TOO_LARGE: return "too large\n";
        case MHD_HTTP_UNSUPPORTED_MEDIA_TYPE: return "not a form\n";
        case MHD_HTTP_INSUFFICIENT_STORAGE: return "no room: try again later\n";
        default: return "bad request\n";
        }
}

static enum MHD_Result give_to_handler(Http *http, struct MHD_Connection *connection, const char *path,
                                       const Guest *guest)
{
        g_autoptr(GPtrArray) none = g_ptr_array_new();
        g_autofree char *source = source_of(connection);
        const char *languages = header(connection, "Accept-Language");
        HttpRequest request = { .is_post = guest->form != NULL,
                                .path = path,
                                .source = source,
                                .languages = languages != NULL ? languages : "",
                                .fields = guest->form != NULL ? http_form_fields(guest->form) : none,
                                .is_cross_site = is_cross_site(http, connection) };
        HttpResponse response = { .status = MHD_HTTP_NOT_FOUND };
        http->handler(&request, &response, http->data);
        return response.body != NULL || response.is_file
                       ? send_response(connection, &response)
                       : send_text(connection, response.status, "not found\n");
}

static enum MHD_Result answer(void *data, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *body, size_t *body_size,
                              void **state)
{
        Http *http = data;
        (void)version;
        bool is_post = strcmp(method, MHD_HTTP_METHOD_POST) == 0;
        Guest *guest = find_guest(http, connection);
        if (guest == NULL || is_framing_odd(connection) || url[0] != '/' || !g_utf8_validate(url, -1, NULL))
                return send_text(connection, MHD_HTTP_BAD_REQUEST, "bad request\n");
        if (!is_post && strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
                return send_text(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "method not allowed\n");
        *state = guest;
        if (!guest->is_begun) { /* headers only: the answer waits for the whole request */
                guest->is_begun = true;
                if (is_post)
                        begin_post(http, connection, guest);
                return MHD_YES;
        }
        if (*body_size > 0) {
                if (guest->form == NULL && guest->refusal == 0)
                        return MHD_NO; /* a GET with a body */
                if (guest->form != NULL)
                        http_form_add(guest->form, body, *body_size);
                *body_size = 0;
                return MHD_YES;
        }
        if (guest->form != NULL)
                guest->refusal = refusal_of(http_form_end(guest->form));
        if (guest->refusal != 0)
                return send_text(connection, guest->refusal, refusal_text(guest->refusal));
        return give_to_handler(http, connection, url, guest);
}

const char *http_field(const HttpRequest *request, const char *name)
{
        for (guint i = 0; i < request->fields->len; i++) {
                const HttpField *field = g_ptr_array_index(request->fields, i);
                if (strcmp(field->name, name) == 0)
                        return field->value;
        }
        return NULL;
}

/* A path with a NUL in it would be taken for what stands before it: it stays as it came, and names nothing.
 */
static size_t unescape(void *data, struct MHD_Connection *connection, char *text)
{
        (void)data;
        (void)connection;
        return strstr(text, "%00") != NULL ? strlen(text) : MHD_http_unescape(text);
}

static int open_socket(Http *http, const char *listen_on, GError **error)
{
        if (strcmp(listen_on, "systemd") == 0)
                return listen_systemd(error);
        if (g_str_has_prefix(listen_on, "unix:"))
                return listen_unix(http, listen_on + strlen("unix:"), error);
        return listen_loopback(listen_on, error);
}

Http *http_open(const HttpSettings *settings, GError **error)
{
        g_autoptr(Http) http = g_new0(Http, 1);
        http->origin = g_strdup(settings->origin);
        http->upload_dir = g_strdup(settings->upload_dir);
        http->file_bytes_max = settings->file_bytes_max;
        http->patience_s = settings->patience_s != 0 ? settings->patience_s : PATIENCE_S;
        http->waiting = g_hash_table_new_full(NULL, NULL, NULL, guest_free);
        g_mutex_init(&http->lock);
        g_cond_init(&http->wake);
        http->fd = open_socket(http, settings->listen, error);
        return http->fd >= 0 ? g_steal_pointer(&http) : NULL;
}

bool http_start(Http *http, HttpHandler handler, void *data, GError **error)
{
        http->handler = handler;
        http->data = data;
        http->daemon = MHD_start_daemon(
                MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, answer, http, MHD_OPTION_LISTEN_SOCKET,
                http->fd, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADER_BYTES,
                MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S, MHD_OPTION_CONNECTION_LIMIT,
                (unsigned)CONNECTIONS, MHD_OPTION_NOTIFY_CONNECTION, connection_changes, http,
                MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_UNESCAPE_CALLBACK, unescape, NULL,
                MHD_OPTION_END);
        if (http->daemon == NULL) {
                g_set_error(error, http_error_quark(), 0, "the web server does not start");
                return false;
        }
        http->sweeper = g_thread_new("http-sweep", sweep, http);
        return true;
}

static void end_sweeper(Http *http)
{
        if (http->sweeper == NULL)
                return;
        g_mutex_lock(&http->lock);
        http->is_ending = true;
        g_cond_signal(&http->wake);
        g_mutex_unlock(&http->lock);
        g_thread_join(http->sweeper);
}

void http_free(Http *http)
{
        if (http == NULL)
                return;
        end_sweeper(http);
        if (http->daemon != NULL)
                MHD_stop_daemon(http->daemon); /* closes the socket */
        else if (http->fd >= 0)
                close(http->fd);
        if (http->socket_path != NULL)
                unlink(http->socket_path);
        g_hash_table_unref(http->waiting);
        g_mutex_clear(&http->lock);
        g_cond_clear(&http->wake);
        g_free(http->origin);
        g_free(http->upload_dir);
        g_free(http->socket_path);
        g_free(http);
}
