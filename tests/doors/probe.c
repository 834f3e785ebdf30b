/* tests/doors/probe.c: drives one door by hand or from the script tests: commands on standard input, one
 * answer line each on standard output ("ok …" or "error CODE message").
 *
 *   probe imap HOST PORT tls|starttls|plain USER PASSWORD CA_FILE CAP_MS
 *     ensure NAME · select NAME · search LAST SINCE · sizes UIDS · fetch UIDS · large UID LIMIT
 *     move UIDS NAME · place UIDS NAME (moves and tells where to) · status NAME
 *     wait MS · commands · memory
 *   probe smtp HOST PORT tls|starttls|plain USER PASSWORD CA_FILE PATIENCE_S
 *     submit FROM TO FILE
 *     both with TOKEN_URL CLIENT_ID CA_FILE behind: login by OAuth2, PASSWORD being the application's secret
 *   probe http LISTEN UPLOAD_DIR (echoes what it was asked)
 *
 * "-" is an absent value. UIDS are separated by commas. Its status is 0 also when the door does not open:
 * another one is a crash, or what a sanitizer found.
 */
#include "doors/http.h"
#include "doors/imap_private.h"
#include "doors/smtp.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void answer_error(const GError *error)
{
        printf("error %d %s\n", error->code, error->message);
}

static const char *optional(const char *text)
{
        return strcmp(text, "-") == 0 ? NULL : text;
}

static void read_oauth2(char **argv, ServerConfig *server)
{
        static OAuth2Config oauth2 = { .scope = (char *)"mail" };
        if (argv[9] == NULL)
                return;
        oauth2.token_url = argv[9];
        oauth2.client_id = argv[10];
        oauth2.ca_file = argv[11];
        server->login = LOGIN_OAUTH2;
        server->oauth2 = &oauth2;
}

static void read_server(char **argv, ServerConfig *server)
{
        server->host = argv[2];
        server->port = atoi(argv[3]);
        server->security = strcmp(argv[4], "tls") == 0        ? SECURITY_TLS
                           : strcmp(argv[4], "starttls") == 0 ? SECURITY_STARTTLS
                                                              : SECURITY_PLAIN_LOOPBACK;
        server->user = (char *)optional(argv[5]);
        server->ca_file = (char *)optional(argv[7]);
        read_oauth2(argv, server);
}

static GArray *read_uids(const char *text)
{
        GArray *uids = g_array_new(FALSE, FALSE, sizeof(uint32_t));
        g_auto(GStrv) words = g_strsplit(text, ",", -1);
        for (char **word = words; *word != NULL; word++) {
                uint32_t uid = (uint32_t)strtoul(*word, NULL, 10);
                g_array_append_val(uids, uid);
        }
        return uids;
}

static GBytes *read_whole(const char *path)
{
        char *contents = NULL;
        gsize size = 0;
        GError *error = NULL;
        if (!g_file_get_contents(path, &contents, &size, &error))
                g_error("%s", error->message);
        return g_bytes_new_take(contents, size);
}

static void print_message(const ImapMessage *message)
{
        g_autofree char *hash = NULL;
        if (message->raw != NULL)
                hash = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, message->raw);
        printf(" %u:%u:%" PRId64 ":%zu:%s", message->uid, message->size_bytes, message->received_at,
               message->raw != NULL ? g_bytes_get_size(message->raw) : 0, hash != NULL ? hash : "-");
}

static void print_messages(GPtrArray *messages, const GError *error)
{
        if (messages == NULL) {
                answer_error(error);
                return;
        }
        printf("ok");
        for (guint i = 0; i < messages->len; i++)
                print_message(messages->pdata[i]);
        printf("\n");
}

static void print_search(Imap *imap, char **words, GError **error)
{
        g_autoptr(GArray) uids =
                imap_search(imap, (uint32_t)strtoul(words[1], NULL, 10), strtoll(words[2], NULL, 10), error);
        if (uids == NULL)
                return;
        printf("ok");
        for (guint i = 0; i < uids->len; i++)
                printf(" %u", g_array_index(uids, uint32_t, i));
        printf("\n");
}

static void print_large(Imap *imap, char **words, GError **error)
{
        ImapMessage *message = imap_fetch_large(imap, (uint32_t)strtoul(words[1], NULL, 10),
                                                strtoll(words[2], NULL, 10), error);
        if (message == NULL)
                return;
        printf("ok");
        print_message(message);
        printf("\n");
        imap_message_free(message);
}

/* Peak resident memory of this process, in kB. */
static void print_memory(void)
{
        g_autofree char *status = NULL;
        g_file_get_contents("/proc/self/status", &status, NULL, NULL);
        const char *peak = status != NULL ? strstr(status, "VmHWM:") : NULL;
        printf("ok %ld\n", peak != NULL ? strtol(peak + strlen("VmHWM:"), NULL, 10) : 0);
}

static void print_places(Imap *imap, const uint32_t *uids, gsize count, const char *folder, GError **error)
{
        g_autoptr(GArray) places = g_array_new(FALSE, FALSE, sizeof(ImapPlace));
        if (!imap_move(imap, uids, count, folder, places, error))
                return;
        printf("ok");
        for (guint i = 0; i < places->len; i++) {
                const ImapPlace *place = &g_array_index(places, ImapPlace, i);
                printf(" %u:%u:%u", place->from_uid, place->uidvalidity, place->uid);
        }
        printf("\n");
}

static void run_imap(Imap *imap, char **words)
{
        GError *error = NULL;
        const char *verb = words[0];
        g_autoptr(GArray) uids = words[1] != NULL ? read_uids(words[1]) : NULL;
        const uint32_t *list = uids != NULL ? (const uint32_t *)(void *)uids->data : NULL;
        bool is_done = false;
        if (strcmp(verb, "ensure") == 0) {
                is_done = imap_ensure_folder(imap, words[1], &error);
        } else if (strcmp(verb, "select") == 0) {
                ImapFolder folder;
                if (imap_select(imap, words[1], &folder, &error))
                        printf("ok %u %u %u\n", folder.uidvalidity, folder.uidnext, folder.exists);
        } else if (strcmp(verb, "status") == 0) {
                ImapFolder folder;
                if (imap_status(imap, words[1], &folder, &error))
                        printf("ok %u %u %u\n", folder.uidvalidity, folder.uidnext, folder.exists);
        } else if (strcmp(verb, "search") == 0) {
                print_search(imap, words, &error);
        } else if (strcmp(verb, "sizes") == 0 || strcmp(verb, "fetch") == 0) {
                g_autoptr(GPtrArray) messages = *verb == 's' ? imap_sizes(imap, list, uids->len, &error)
                                                             : imap_fetch(imap, list, uids->len, &error);
                print_messages(messages, error);
                g_clear_error(&error);
        } else if (strcmp(verb, "large") == 0) {
                print_large(imap, words, &error);
        } else if (strcmp(verb, "move") == 0) {
                is_done = imap_move(imap, list, uids->len, words[2], NULL, &error);
        } else if (strcmp(verb, "place") == 0) {
                print_places(imap, list, uids->len, words[2], &error);
        } else if (strcmp(verb, "wait") == 0) {
                bool changed = false;
                if (imap_wait(imap, -1, atoi(words[1]), &changed, &error))
                        printf("ok %s\n", changed ? "changed" : "quiet");
        } else if (strcmp(verb, "commands") == 0) {
                printf("ok %" PRIu64 "\n", imap_command_count(imap));
        } else if (strcmp(verb, "memory") == 0) {
                print_memory();
        }
        if (is_done)
                printf("ok\n");
        if (error != NULL)
                answer_error(error);
        g_clear_error(&error);
}

static void run_smtp(Smtp *smtp, char **words)
{
        static const char *const names[] = { "accepted", "later", "refused", "uncertain" };
        GError *error = NULL;
        g_autoptr(GBytes) message = read_whole(words[3]);
        const char *sender = optional(words[1]);
        g_autoptr(SmtpReply) reply =
                smtp_submit(smtp, sender != NULL ? sender : "", words[2], message, &error);
        if (reply != NULL)
                printf("ok %s%s %d %s\n", names[reply->verdict], reply->is_recipient ? "-recipient" : "",
                       reply->code, reply->text);
        else
                answer_error(error);
        g_clear_error(&error);
}

/* Words are separated by tabs, so that names may hold blanks. */
static char **next_command(void)
{
        char line[8192];
        fflush(stdout);
        if (fgets(line, sizeof line, stdin) == NULL)
                return NULL;
        return g_strsplit(g_strchomp(line), "\t", -1);
}

static int probe_imap(char **argv)
{
        ServerConfig server = { 0 };
        GError *error = NULL;
        read_server(argv, &server);
        g_autoptr(Imap) imap = imap_connect_within(&server, argv[6], atoi(argv[8]), &error);
        if (imap == NULL) {
                answer_error(error);
                g_error_free(error);
                return 0;
        }
        printf("ok\n");
        char **words;
        while ((words = next_command()) != NULL) {
                run_imap(imap, words);
                g_strfreev(words);
        }
        return 0;
}

static int probe_smtp(char **argv)
{
        ServerConfig server = { 0 };
        GError *error = NULL;
        read_server(argv, &server);
        g_autoptr(Smtp) smtp = smtp_new(&server, argv[6], "facteur.example.org", &error);
        if (smtp == NULL)
                g_error("%s", error->message);
        if (atoi(argv[8]) > 0)
                smtp_set_patience(smtp, atoi(argv[8]));
        printf("ok\n");
        char **words;
        while ((words = next_command()) != NULL) {
                run_smtp(smtp, words);
                g_strfreev(words);
        }
        return 0;
}

/* Bytes 4 to 7 of a file. */
static void give_piece(HttpResponse *response_out)
{
        char name[] = "/tmp/facteur-piece-XXXXXX";
        int file = g_mkstemp(name);
        unlink(name);
        if (file < 0 || write(file, "ABCDECDEFG", 10) != 10)
                g_error("no file can be made");
        *response_out = (HttpResponse){ .status = 200,
                                        .content_type = "text/plain; charset=utf-8",
                                        .is_file = true,
                                        .file = file,
                                        .file_offset = 4,
                                        .file_bytes = 4 };
}

/* What the door understood of a request: one line a field, files by their size and first bytes. */
static void echo(const HttpRequest *request, HttpResponse *response_out, void *data)
{
        (void)data;
        if (strcmp(request->path, "/nowhere") == 0)
                return;
        if (strcmp(request->path, "/piece") == 0) {
                give_piece(response_out);
                return;
        }
        GString *out = g_string_new(NULL);
        g_string_append_printf(out, "%s %s source %s cross %d languages %s\n",
                               request->is_post ? "POST" : "GET", request->path, request->source,
                               request->is_cross_site, request->languages);
        for (guint i = 0; i < request->fields->len; i++) {
                const HttpField *field = g_ptr_array_index(request->fields, i);
                char head[17] = "";
                if (field->file >= 0 && read(field->file, head, sizeof head - 1) < 0)
                        g_error("the upload cannot be read");
                g_string_append_printf(out, "%s=%s %s %zu %s\n", field->name, field->value,
                                       field->file_name != NULL ? field->file_name : "-", field->file_bytes,
                                       field->is_too_large ? "too large" : head);
        }
        response_out->status = 200;
        response_out->content_type = "text/plain; charset=utf-8";
        response_out->body = g_string_free_to_bytes(out);
}

static int probe_http(char **argv)
{
        GError *error = NULL;
        HttpSettings settings = { .listen = argv[2],
                                  .origin = "https://stages.example.org",
                                  .upload_dir = argv[3],
                                  .file_bytes_max = 1000000,
                                  .patience_s = 2 };
        g_autoptr(Http) http = http_open(&settings, &error);
        if (http == NULL || !http_start(http, echo, NULL, &error)) {
                answer_error(error);
                g_error_free(error);
                return 0;
        }
        printf("ok\n");
        char **words;
        while ((words = next_command()) != NULL)
                g_strfreev(words);
        return 0;
}

int main(int argc, char **argv)
{
        signal(SIGPIPE, SIG_IGN);
        if ((argc == 9 || argc == 12) && strcmp(argv[1], "imap") == 0)
                return probe_imap(argv);
        if ((argc == 9 || argc == 12) && strcmp(argv[1], "smtp") == 0)
                return probe_smtp(argv);
        if (argc == 4 && strcmp(argv[1], "http") == 0)
                return probe_http(argv);
        fputs("usage: see the head of tests/doors/probe.c\n", stderr);
        return 64;
}
