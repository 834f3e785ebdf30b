/* doors/http.h: the listening socket of the web duty (libmicrohttpd): a Unix socket, a systemd socket or
 * loopback. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
        const char *method, *path; /* borrowed for the call */
} HttpRequest;
typedef struct {
        int status;
        const char *content_type;
        GBytes *body;
} HttpResponse;

/* Called on the door's own thread; fills response_out (body owned by the door afterwards). */
typedef void (*HttpHandler)(const HttpRequest *request, HttpResponse *response_out, void *data);

typedef struct Http Http;
/* listen: "unix:/path", "127.0.0.1:8025", "[::1]:8025" or "systemd". Any other address is refused. */
Http *http_start(const char *listen, HttpHandler handler, void *data, GError **error);
void http_free(Http *http);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Http, http_free)
