/* tests/bench/bare.c: the least that must be done, as a measure for what the robot does with it.
 *
 *     bare fetch    HOST PORT USER PASSWORD CA FOLDER            fetches all of a folder in batches of 50
 *     bare pipeline HOST PORT USER PASSWORD CA FOLDER DIR TO     and spools, syncs, parses, records (FULL)
 * and moves bare parse    FILE…                                        GMime: parse, subject, author, first
 * text part bare commit   DIR COUNT                                    SQLite: a row each, 50 a transaction
 *     bare smtp     HOST PORT USER PASSWORD CA CONNECTIONS COUNT FILE FROM TO
 *
 * Prints `messages seconds`.
 */
#include "doors/imap.h"
#include "doors/smtp.h"

#include <fcntl.h>
#include <gmime/gmime.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BATCH = 50 };

static void check(const GError *error)
{
        if (error == NULL)
                return;
        fprintf(stderr, "bare: %s\n", error->message);
        exit(1);
}

static void print(guint count, gint64 began)
{
        printf("%u %.3f\n", count, (double)(g_get_monotonic_time() - began) / 1e6);
}

static ServerConfig read_server(char **argv)
{
        return (ServerConfig){ .host = argv[0],
                               .port = atoi(argv[1]),
                               .security = SECURITY_TLS,
                               .user = argv[2],
                               .ca_file = argv[4] };
}

static void parse(GBytes *raw)
{
        gsize size;
        const char *bytes = g_bytes_get_data(raw, &size);
        GMimeStream *stream = g_mime_stream_mem_new_with_buffer(bytes, size);
        GMimeParser *parser = g_mime_parser_new_with_stream(stream);
        GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
        if (message != NULL) {
                GMimeObject *part = g_mime_message_get_mime_part(message);
                while (GMIME_IS_MULTIPART(part))
                        part = g_mime_multipart_get_part(GMIME_MULTIPART(part), 0);
                g_mime_message_get_subject(message);
                g_mime_message_get_from(message);
                if (GMIME_IS_TEXT_PART(part))
                        g_free(g_mime_text_part_get_text(GMIME_TEXT_PART(part)));
                g_object_unref(message);
        }
        g_object_unref(parser);
        g_object_unref(stream);
}

/* The spool and the database of a bare pipeline. */
typedef struct {
        int spool;
        sqlite3 *database;
        sqlite3_stmt *add;
} Sink;

static void sink_open(Sink *sink, const char *folder)
{
        g_autofree char *spool = g_build_filename(folder, "bare.seg", NULL);
        g_autofree char *database = g_build_filename(folder, "bare.db", NULL);
        sink->spool = open(spool, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        unlink(database);
        if (sink->spool < 0 || sqlite3_open(database, &sink->database) != SQLITE_OK)
                exit(1);
        sqlite3_exec(sink->database,
                     "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE inbox (id INTEGER "
                     "PRIMARY KEY, "
                     "uid INTEGER, length INTEGER, at INTEGER)",
                     NULL, NULL, NULL);
        sqlite3_prepare_v2(sink->database, "INSERT INTO inbox (uid, length, at) VALUES (?, ?, ?)", -1,
                           &sink->add, NULL);
}

static void sink_add(Sink *sink, gint64 uid, gint64 length)
{
        sqlite3_bind_int64(sink->add, 1, uid);
        sqlite3_bind_int64(sink->add, 2, length);
        sqlite3_bind_int64(sink->add, 3, g_get_real_time());
        sqlite3_step(sink->add);
        sqlite3_reset(sink->add);
}

static void sink_batch(Sink *sink, const GPtrArray *messages)
{
        for (guint i = 0; i < messages->len; i++) {
                const ImapMessage *message = g_ptr_array_index(messages, i);
                gsize size;
                const char *bytes = g_bytes_get_data(message->raw, &size);
                if (write(sink->spool, bytes, size) != (ssize_t)size)
                        exit(1);
        }
        fdatasync(sink->spool);
        sqlite3_exec(sink->database, "BEGIN IMMEDIATE", NULL, NULL, NULL);
        for (guint i = 0; i < messages->len; i++) {
                const ImapMessage *message = g_ptr_array_index(messages, i);
                parse(message->raw);
                sink_add(sink, message->uid, (gint64)g_bytes_get_size(message->raw));
        }
        sqlite3_exec(sink->database, "COMMIT", NULL, NULL, NULL);
}

/* argv: HOST PORT USER PASSWORD CA FOLDER [DIR TO] */
static void run_imap(char **argv, bool is_pipeline)
{
        GError *error = NULL;
        const ServerConfig server = read_server(argv);
        ImapFolder folder;
        Sink sink = { 0 };
        if (is_pipeline)
                sink_open(&sink, argv[6]);
        g_autoptr(Imap) imap = imap_connect(&server, argv[3], &error);
        check(error);
        imap_select(imap, argv[5], &folder, &error);
        check(error);
        if (is_pipeline)
                imap_ensure_folder(imap, argv[7], NULL);
        const gint64 began = g_get_monotonic_time();
        g_autoptr(GArray) uids = imap_search(imap, 0, 0, &error);
        check(error);
        for (guint done = 0; done < uids->len; done += BATCH) {
                const uint32_t *batch = &g_array_index(uids, uint32_t, done);
                const guint count = MIN(BATCH, uids->len - done);
                g_autoptr(GPtrArray) messages = imap_fetch(imap, batch, count, &error);
                check(error);
                if (is_pipeline) {
                        sink_batch(&sink, messages);
                        imap_move(imap, batch, count, argv[7], NULL, &error);
                        check(error);
                }
        }
        print(uids->len, began);
}

static void run_parse(int count, char **paths)
{
        g_autoptr(GPtrArray) mails = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
        for (int i = 0; i < count; i++) {
                char *bytes;
                gsize size;
                if (g_file_get_contents(paths[i], &bytes, &size, NULL))
                        g_ptr_array_add(mails, g_bytes_new_take(bytes, size));
        }
        const gint64 began = g_get_monotonic_time();
        for (guint i = 0; i < mails->len; i++)
                parse(g_ptr_array_index(mails, i));
        print(mails->len, began);
}

static void run_commit(const char *folder, guint count)
{
        Sink sink = { 0 };
        sink_open(&sink, folder);
        const gint64 began = g_get_monotonic_time();
        for (guint done = 0; done < count; done += BATCH) {
                sqlite3_exec(sink.database, "BEGIN IMMEDIATE", NULL, NULL, NULL);
                for (guint i = 0; i < BATCH; i++)
                        sink_add(&sink, done + i, 8000);
                sqlite3_exec(sink.database, "COMMIT", NULL, NULL, NULL);
        }
        print(count, began);
}

typedef struct {
        char **argv;
        gint left; /* atomic */
        GBytes *message;
} Sending;

static void *send_some(void *data)
{
        Sending *sending = data;
        const ServerConfig server = read_server(sending->argv);
        g_autoptr(Smtp) smtp = smtp_new(&server, sending->argv[3], "bench.example.org", NULL);
        while (g_atomic_int_add(&sending->left, -1) > 0) {
                GError *error = NULL;
                g_autoptr(SmtpReply) reply =
                        smtp_submit(smtp, sending->argv[8], sending->argv[9], sending->message, &error);
                check(error);
        }
        return NULL;
}

/* argv: HOST PORT USER PASSWORD CA CONNECTIONS COUNT FILE FROM TO */
static void run_smtp(char **argv)
{
        char *bytes;
        gsize size;
        GThread *threads[16];
        const int connections = CLAMP(atoi(argv[5]), 1, 16);
        if (!g_file_get_contents(argv[7], &bytes, &size, NULL))
                exit(1);
        Sending sending = { .argv = argv, .left = atoi(argv[6]), .message = g_bytes_new_take(bytes, size) };
        const gint64 began = g_get_monotonic_time();
        for (int i = 0; i < connections; i++)
                threads[i] = g_thread_new("smtp", send_some, &sending);
        for (int i = 0; i < connections; i++)
                g_thread_join(threads[i]);
        print((guint)atoi(argv[6]), began);
        g_bytes_unref(sending.message);
}

int main(int argc, char **argv)
{
        signal(SIGPIPE, SIG_IGN);
        g_mime_init();
        if (argc == 8 && strcmp(argv[1], "fetch") == 0)
                run_imap(argv + 2, false);
        else if (argc == 10 && strcmp(argv[1], "pipeline") == 0)
                run_imap(argv + 2, true);
        else if (argc > 2 && strcmp(argv[1], "parse") == 0)
                run_parse(argc - 2, argv + 2);
        else if (argc == 4 && strcmp(argv[1], "commit") == 0)
                run_commit(argv[2], (guint)atoi(argv[3]));
        else if (argc == 12 && strcmp(argv[1], "smtp") == 0)
                run_smtp(argv + 2);
        else
                return 64;
        return 0;
}
