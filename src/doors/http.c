#include "doors/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { HEADER_BYTES = 32 * 1024, IDLE_S = 30, CONNECTIONS = 128, SYSTEMD_FIRST_FD = 3 };

struct Http {
        struct MHD_Daemon *daemon;
        HttpHandler handler;
        void *data;
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

static enum MHD_Result send_response(struct MHD_Connection *connection, const HttpResponse *response)
{
        gsize size;
        gconstpointer bytes = g_bytes_get_data(response->body, &size);
        struct MHD_Response *answer = MHD_create_response_from_buffer(
                size, (void *)bytes, MHD_RESPMEM_MUST_COPY); /* copied: cast is safe */
        static const char *const headers[][2] = {
                { "Cache-Control", "no-store" },
                { "Referrer-Policy", "no-referrer" },
                { "X-Content-Type-Options", "nosniff" },
                { "X-Robots-Tag", "noindex" },
                { "Content-Security-Policy", "default-src 'none'; style-src 'self'; form-action 'self'" },
                { "Connection", "close" }, /* this parser takes a smuggled second request for one */
        };
        for (size_t i = 0; i < G_N_ELEMENTS(headers); i++)
                MHD_add_response_header(answer, headers[i][0], headers[i][1]);
        MHD_add_response_header(answer, "Content-Type", response->content_type);
        enum MHD_Result result = MHD_queue_response(connection, (unsigned)response->status, answer);
        MHD_destroy_response(answer);
        return result;
}

static enum MHD_Result send_text(struct MHD_Connection *connection, int status, const char *text)
{
        g_autoptr(GBytes) body = g_bytes_new_static(text, strlen(text));
        return send_response(connection, &(HttpResponse){ status, "text/plain; charset=utf-8", body });
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

static enum MHD_Result answer(void *data, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *body, size_t *body_size,
                              void **state)
{
        const Http *http = data;
        (void)version;
        (void)body;
        if (is_framing_odd(connection))
                return send_text(connection, MHD_HTTP_BAD_REQUEST, "bad request\n");
        if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
                return send_text(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "method not allowed\n");
        if (*body_size > 0)
                return MHD_NO;
        static char first_call;
        if (*state == NULL) { /* headers only: the answer waits for the whole request */
                *state = &first_call;
                return MHD_YES;
        }
        HttpResponse response = { .status = MHD_HTTP_NOT_FOUND };
        http->handler(&(HttpRequest){ .method = method, .path = url }, &response, http->data);
        if (response.body == NULL)
                return send_text(connection, response.status, "not found\n");
        enum MHD_Result result = send_response(connection, &response);
        g_bytes_unref(response.body);
        return result;
}

Http *http_start(const char *listen_on, HttpHandler handler, void *data, GError **error)
{
        g_autoptr(Http) http = g_new0(Http, 1);
        http->handler = handler;
        http->data = data;
        http->fd = strcmp(listen_on, "systemd") == 0 ? listen_systemd(error)
                   : g_str_has_prefix(listen_on, "unix:")
                           ? listen_unix(http, listen_on + strlen("unix:"), error)
                           : listen_loopback(listen_on, error);
        if (http->fd < 0)
                return NULL;
        http->daemon = MHD_start_daemon(
                MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, answer, http, MHD_OPTION_LISTEN_SOCKET,
                http->fd, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADER_BYTES,
                MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S, MHD_OPTION_CONNECTION_LIMIT,
                (unsigned)CONNECTIONS, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
        if (http->daemon == NULL) {
                fail(error, listen_on, "the web server does not start");
                return NULL;
        }
        return g_steal_pointer(&http);
}

void http_free(Http *http)
{
        if (http == NULL)
                return;
        if (http->daemon != NULL)
                MHD_stop_daemon(http->daemon); /* closes the socket */
        else if (http->fd >= 0)
                close(http->fd);
        if (http->socket_path != NULL)
                unlink(http->socket_path);
        g_free(http->socket_path);
        g_free(http);
}
