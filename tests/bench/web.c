/* What `make bench` measures the pages with: clients that ask as fast as they are answered, and the bare
 * library's own page to compare with.
 *
 *   web hello SOCKET BYTES                   a page of that size by libmicrohttpd alone, until stdin ends
 *   web load SOCKET CONNECTIONS SECONDS      requests from stdin, one a line: "GET PATH" or "POST PATH BODY",
 * in turn; prints: answers, errors, seconds, median and 99th percentile in microseconds
 *
 * A connection serves one request, as the pages' door has it; each request comes from another address.
 */
#include <errno.h>
#include <glib.h>
#include <microhttpd.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { ANSWER_BYTES = 256 * 1024, BACKLOG = 128 };

static struct sockaddr_un address_of(const char *path)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        g_assert_cmpint(strlen(path), <, sizeof address.sun_path);
        g_strlcpy(address.sun_path, path, sizeof address.sun_path);
        return address;
}

/* The bare library. */

static enum MHD_Result say_hello(void *data, struct MHD_Connection *connection, const char *url,
                                 const char *method, const char *version, const char *body, size_t *body_size,
                                 void **state)
{
        static int begun;
        GString *page = data;
        (void)url;
        (void)method;
        (void)version;
        (void)body;
        if (*state == NULL) {
                *state = &begun;
                return MHD_YES;
        }
        if (*body_size > 0) {
                *body_size = 0;
                return MHD_YES;
        }
        struct MHD_Response *answer =
                MHD_create_response_from_buffer(page->len, page->str, MHD_RESPMEM_PERSISTENT);
        MHD_add_response_header(answer, "Connection", "close");
        enum MHD_Result result = MHD_queue_response(connection, MHD_HTTP_OK, answer);
        MHD_destroy_response(answer);
        return result;
}

static int hello(const char *path, gsize size)
{
        g_autoptr(GString) page = g_string_new(NULL);
        while (page->len < size)
                g_string_append(page, "hello, ");
        struct sockaddr_un address = address_of(path);
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (bind(fd, (const struct sockaddr *)&address, sizeof address) != 0 || listen(fd, BACKLOG) != 0)
                g_error("%s: %s", path, g_strerror(errno));
        struct MHD_Daemon *daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, say_hello,
                                                     page, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_END);
        g_assert_nonnull(daemon);
        while (getchar() != EOF)
                ;
        MHD_stop_daemon(daemon);
        return 0;
}

/* The clients. */

typedef struct {
        struct sockaddr_un address;
        GPtrArray *requests; /* of char * */
        gint64 until;        /* monotonic, microseconds */
        atomic_uint next;
} Load;

typedef struct {
        Load *load;
        GArray *times; /* of gint64, microseconds */
        guint errors;
} Client;

static char *request_text(const char *line, guint number)
{
        g_auto(GStrv) words = g_strsplit(line, " ", 3);
        bool is_post = strcmp(words[0], "POST") == 0;
        const char *body = is_post && words[2] != NULL ? words[2] : "";
        g_autofree char *form =
                is_post ? g_strdup_printf("Content-Type: application/x-www-form-urlencoded\r\n"
                                          "Content-Length: %zu\r\n",
                                          strlen(body))
                        : g_strdup("");
        return g_strdup_printf(
                "%s %s HTTP/1.1\r\nHost: stages.example.org\r\nX-Forwarded-For: 10.%u.%u.%u\r\n%s"
                "\r\n%s",
                words[0], words[1], number >> 16 & 255, number >> 8 & 255, number & 255, form, body);
}

static bool ask(const Load *load, const char *text, char *answer)
{
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        gsize have = 0, size = strlen(text);
        ssize_t count = 1;
        bool is_sent = connect(fd, (const struct sockaddr *)&load->address, sizeof load->address) == 0 &&
                       write(fd, text, size) == (ssize_t)size;
        while (is_sent && have < ANSWER_BYTES && count > 0) {
                count = read(fd, answer + have, ANSWER_BYTES - have);
                have += count > 0 ? (gsize)count : 0;
        }
        close(fd);
        return have > 12 && memcmp(answer, "HTTP/1.1 200", 12) == 0;
}

static gpointer run_client(gpointer data)
{
        Client *client = data;
        Load *load = client->load;
        g_autofree char *answer = g_malloc(ANSWER_BYTES);
        while (g_get_monotonic_time() < load->until) {
                guint number = atomic_fetch_add(&load->next, 1);
                if (number >= load->requests->len && strncmp(load->requests->pdata[0], "POST", 4) == 0)
                        break; /* a submission is sent once */
                g_autofree char *text =
                        request_text(load->requests->pdata[number % load->requests->len], number);
                gint64 began = g_get_monotonic_time();
                if (!ask(load, text, answer))
                        client->errors++;
                gint64 taken = g_get_monotonic_time() - began;
                g_array_append_val(client->times, taken);
        }
        return NULL;
}

static int compare(gconstpointer a, gconstpointer b)
{
        gint64 left = *(const gint64 *)a, right = *(const gint64 *)b;
        return left < right ? -1 : left > right;
}

static int load_page(const char *path, guint connections, guint seconds)
{
        Load load = { .address = address_of(path), .requests = g_ptr_array_new_with_free_func(g_free) };
        char line[8192];
        while (fgets(line, sizeof line, stdin) != NULL)
                g_ptr_array_add(load.requests, g_strdup(g_strchomp(line)));
        gint64 began = g_get_monotonic_time();
        load.until = began + (gint64)seconds * G_TIME_SPAN_SECOND;
        g_autofree Client *clients = g_new0(Client, connections);
        g_autofree GThread **threads = g_new0(GThread *, connections);
        for (guint i = 0; i < connections; i++) {
                clients[i] = (Client){ .load = &load, .times = g_array_new(FALSE, FALSE, sizeof(gint64)) };
                threads[i] = g_thread_new("client", run_client, &clients[i]);
        }
        g_autoptr(GArray) times = g_array_new(FALSE, FALSE, sizeof(gint64));
        guint errors = 0;
        for (guint i = 0; i < connections; i++) {
                g_thread_join(threads[i]);
                g_array_append_vals(times, clients[i].times->data, clients[i].times->len);
                errors += clients[i].errors;
                g_array_unref(clients[i].times);
        }
        double taken = (double)(g_get_monotonic_time() - began) / G_TIME_SPAN_SECOND;
        g_array_sort(times, compare);
        printf("%u %u %.3f %" G_GINT64_FORMAT " %" G_GINT64_FORMAT "\n", times->len, errors, taken,
               g_array_index(times, gint64, times->len / 2),
               g_array_index(times, gint64, times->len * 99 / 100));
        g_ptr_array_unref(load.requests);
        return 0;
}

int main(int argc, char **argv)
{
        signal(SIGPIPE, SIG_IGN);
        if (argc == 4 && strcmp(argv[1], "hello") == 0)
                return hello(argv[2], strtoul(argv[3], NULL, 10));
        if (argc == 5 && strcmp(argv[1], "load") == 0)
                return load_page(argv[2], (guint)atoi(argv[3]), (guint)atoi(argv[4]));
        fputs("usage: see the head of tests/bench/web.c\n", stderr);
        return 64;
}
