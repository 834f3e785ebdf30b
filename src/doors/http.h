/* doors/http.h: the listening socket of the web duty (libmicrohttpd): a Unix socket, a systemd socket or
 * loopback, with a reverse proxy in front.
 *
 * Takes GET, HEAD and POST (urlencoded or multipart/form-data); everything else, requests that a proxy and
 * this parser could understand differently, bodies over the limits and clients that dawdle are turned away
 * before the handler sees them. A file over its own limit is read and dropped: the page can say so beside its
 * field, with all else that was typed. HEAD is given to the handler as GET; its answer goes out without the
 * body. LIBRARIES.md section 7.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* One field of a form, in the order of the page. */
typedef struct {
        char *name, *value; /* valid UTF-8; value is "" for a file */
        char *file_name;    /* as the browser says it, valid UTF-8; NULL: no file field */
        int file;           /* descriptor of an unnamed file, at its beginning; -1: none was chosen */
        gsize file_bytes;
        bool is_too_large; /* a file over the limit: its bytes were not kept */
} HttpField;

typedef struct {
        bool is_post;
        const char *path;   /* decoded, begins with / */
        const char *source; /* who asks: the address that the proxy or the kernel saw; for rate limits only */
        const char *languages;   /* Accept-Language as it came, any bytes; "" */
        const GPtrArray *fields; /* of HttpField; of a POST; else empty */
        bool is_cross_site; /* a browser says that another site's page sent it (Sec-Fetch-Site, Origin) */
} HttpRequest;

typedef struct {
        int status;
        const char *content_type; /* borrowed; static */
        GBytes *body;             /* owned by the door afterwards */
        bool is_file;             /* in place of the body: … */
        int file;                 /* … a piece of this file; closed by the door */
        int64_t file_offset, file_bytes;
        char *file_name;   /* ASCII: sent as an attachment of that name; owned by the door; NULL */
        bool is_cacheable; /* the style sheet: an hour; all else is never kept */
        int retry_after_s; /* with 429; 0 */
} HttpResponse;

/* Called on the door's own thread; fills response_out. A body left NULL is a plain 404. */
typedef void (*HttpHandler)(const HttpRequest *request, HttpResponse *response_out, void *data);

typedef struct {
        const char *listen;     /* "unix:/path", "127.0.0.1:8025", "[::1]:8025" or "systemd" */
        const char *origin;     /* "https://stages.univ-x.fr": where our pages come from; NULL: not checked */
        const char *upload_dir; /* where uploads lie until the handler took them; NULL: files are refused */
        gsize file_bytes_max;   /* of one file */
        int patience_s;         /* a request that is not complete by then is cut off; 0: 60 */
} HttpSettings;

typedef struct Http Http;
/* Takes the listening socket; nobody is answered before http_start(). Any other listen address is refused.
 * settings are copied. */
Http *http_open(const HttpSettings *settings, GError **error);
/* Starts the door's threads: after the process has given up what it must not have, since a wall holds for the
 * threads that come after it. */
bool http_start(Http *http, HttpHandler handler, void *data, GError **error);
void http_free(Http *http);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Http, http_free)

/* The first value of a field; NULL. Borrowed. */
const char *http_field(const HttpRequest *request, const char *name);
