#include "robot/reader.h"

#include "mail/patterns.h"
#include "robot/reader_wire.h"
#include "robot/wall.h"

#include <errno.h>
#include <fcntl.h>
#include <gmime/gmime.h>
#include <malloc.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

/* A message between its two turns. */
typedef struct {
        Message *message;
        GPtrArray *own; /* of GBytes */
} Held;

typedef struct {
        int in_fd, out_fd;
        ReaderProgress *progress;
        guint8 *in; /* read ahead: in_begin to in_end is not used yet */
        gsize in_begin, in_end;
        GByteArray *out;
        GHashTable *held; /* reader_place() -> Held */
        json_t *setup;
        Patterns *patterns;
        char **authserv;
        ReadingContext context;
} Serve;

static void held_free(void *data)
{
        Held *held = data;
        message_free(held->message);
        g_ptr_array_unref(held->own);
        g_free(held);
}

static bool flush(Serve *serve)
{
        gsize done = 0;
        while (done < serve->out->len) {
                const ssize_t written = write(serve->out_fd, serve->out->data + done, serve->out->len - done);
                if (written < 0 && errno != EINTR)
                        return false;
                done += written > 0 ? (gsize)written : 0;
        }
        g_byte_array_set_size(serve->out, 0);
        return true;
}

/* One read of what comes; answers go out before it waits. 0 at the end. */
static gsize receive(Serve *serve, guint8 *into, gsize size)
{
        ssize_t got;
        if (!flush(serve))
                return 0;
        do
                got = read(serve->in_fd, into, size);
        while (got < 0 && errno == EINTR);
        wall_renew_time(READER_MESSAGE_S);
        return got > 0 ? (gsize)got : 0;
}

/* Exactly size bytes: what was read ahead first. Large ones are read in place. */
static bool take(Serve *serve, void *into, gsize size)
{
        guint8 *at = into;
        while (size > 0) {
                if (serve->in_begin == serve->in_end && size < READER_READ_BYTES) {
                        serve->in_begin = 0;
                        serve->in_end = receive(serve, serve->in, READER_READ_BYTES);
                }
                gsize got = MIN(size, serve->in_end - serve->in_begin);
                if (got > 0)
                        memcpy(at, serve->in + serve->in_begin, got);
                serve->in_begin += got;
                if (got == 0 && size >= READER_READ_BYTES)
                        got = receive(serve, at, size);
                if (got == 0)
                        return false;
                at += got;
                size -= got;
        }
        return true;
}

static GBytes *next_frame(Serve *serve, FrameHead *head_out)
{
        if (!take(serve, head_out, sizeof(FrameHead)) || head_out->size > READER_LARGEST)
                return NULL;
        if (head_out->kind != FRAME_SETUP) /* taking it in may be too much already */
                serve->progress->at = reader_place(head_out->batch, head_out->index);
        g_autofree guint8 *bytes = g_malloc(head_out->size);
        if (!take(serve, bytes, head_out->size))
                return NULL;
        return g_bytes_new_take(g_steal_pointer(&bytes), head_out->size);
}

/* What follows is the frame's; end_answer() then says how long it is. Gives where it begins. */
static guint begin_answer(Serve *serve, FrameKind kind, const FrameHead *to)
{
        const guint begin = serve->out->len;
        const FrameHead head = { kind, to->batch, to->index, 0 };
        g_byte_array_append(serve->out, (const guint8 *)&head, sizeof(head));
        return begin;
}

static void end_answer(Serve *serve, guint begin)
{
        const uint32_t size = (uint32_t)(serve->out->len - begin - sizeof(FrameHead));
        memcpy(serve->out->data + begin + offsetof(FrameHead, size), &size, sizeof(size));
}

static void answer(Serve *serve, FrameKind kind, const FrameHead *to, const char *text)
{
        const guint begin = begin_answer(serve, kind, to);
        g_byte_array_append(serve->out, (const guint8 *)text, (guint)strlen(text));
        end_answer(serve, begin);
}

static void find(Serve *serve, const FrameHead *head, GBytes *raw)
{
        Held *held = g_new0(Held, 1);
        held->message = message_open(raw);
        held->own = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
        gint64 *place = g_new(gint64, 1);
        *place = (gint64)reader_place(head->batch, head->index);
        g_hash_table_replace(serve->held, place, held);

        References *references = references_find(held->message);
        g_autofree char *fingerprint = message_fingerprint(held->message);
        const guint begin = begin_answer(serve, FRAME_REFERENCES, head);
        g_byte_array_append(serve->out, (const guint8 *)fingerprint, (guint)strlen(fingerprint) + 1);
        references_to_bytes(references, serve->out);
        end_answer(serve, begin);
        references_free(references);
}

static Held *find_held(Serve *serve, const FrameHead *head)
{
        const gint64 place = (gint64)reader_place(head->batch, head->index);
        return g_hash_table_lookup(serve->held, &place);
}

static void read_held(Serve *serve, const FrameHead *head)
{
        Held *held = find_held(serve, head);
        if (held == NULL)
                return;
        g_autoptr(Reading) reading = reading_make(held->message, &serve->context, held->own);
        const guint begin = begin_answer(serve, FRAME_READING, head);
        reading_to_bytes(reading, serve->out);
        end_answer(serve, begin);
        const gint64 place = (gint64)reader_place(head->batch, head->index);
        g_hash_table_remove(serve->held, &place);
}

static void work(Serve *serve, const FrameHead *head, GBytes *bytes)
{
        if (head->kind == FRAME_FIND) {
                find(serve, head, bytes);
        } else if (head->kind == FRAME_OWN) {
                Held *held = find_held(serve, head);
                if (held != NULL)
                        g_ptr_array_add(held->own, g_bytes_ref(bytes));
        } else if (head->kind == FRAME_READ) {
                read_held(serve, head);
        }
        serve->progress->done++;
        serve->progress->at = 0;
}

/* A message that makes every library load what it loads when first used. */
static const char warming_message[] =
        "From: =?iso-8859-1?q?Ren=E9?= <a@example.org>\r\n"
        "To: b@example.org\r\nSubject: =?windows-1252?q?caf=E9?=\r\nDate: Mon, 1 Mar 2027 08:00:00 +0100\r\n"
        "Message-ID: <warm@example.org>\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
        "--b\r\nContent-Type: text/html; charset=iso-8859-1\r\nContent-Transfer-Encoding: "
        "quoted-printable\r\n\r\n"
        "<p>Bonjour Ren=E9, ok.</p><blockquote>vu</blockquote>\r\n"
        "--b\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Disposition: attachment\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjQK\r\n--b--\r\n";

static void warm_up(const ReadingContext *context)
{
        reading_load();
        g_autoptr(GBytes) raw = g_bytes_new_static(warming_message, strlen(warming_message));
        g_autoptr(Message) message = message_open(raw);
        References *references = references_find(message);
        Reading *reading = reading_make(message, context, NULL);
        g_free(message_fingerprint(message));
        references_free(references);
        reading_free(reading);
}

static const char *setup_text(const Serve *serve, const char *key)
{
        return json_string_value(json_object_get(serve->setup, key));
}

static void fill_context(Serve *serve)
{
        const json_t *names = json_object_get(serve->setup, "authserv");
        serve->authserv = g_new0(char *, json_array_size(names) + 1);
        for (size_t i = 0; i < json_array_size(names); i++)
                serve->authserv[i] = g_strdup(json_string_value(json_array_get(names, i)));
        serve->context = (ReadingContext){
                .patterns = serve->patterns,
                .trusted_authserv = (const char *const *)serve->authserv,
                .own_address = setup_text(serve, "address"),
                .instance = setup_text(serve, "instance"),
        };
}

/* The first frame: what to load. Then nothing can be loaded any more. */
static bool set_up(Serve *serve)
{
        FrameHead head;
        g_autoptr(GBytes) bytes = next_frame(serve, &head);
        if (bytes == NULL || head.kind != FRAME_SETUP)
                return false;
        serve->setup = json_loadb(g_bytes_get_data(bytes, NULL), head.size, 0, NULL);
        if (head.index != READER_PROTOCOL || setup_text(serve, "rules") == NULL) {
                answer(serve, FRAME_UNREADY, &head, "the program was replaced while it ran: start it again");
                return false;
        }
        g_autoptr(Problems) problems = problems_new();
        g_autofree char *folder = g_build_filename(setup_text(serve, "rules"), "reading", NULL);
        serve->patterns = patterns_load_dir(folder, problems);
        if (serve->patterns == NULL) {
                g_autofree char *text = problems_print(problems);
                answer(serve, FRAME_UNREADY, &head, text);
                return false;
        }
        fill_context(serve);
        warm_up(&serve->context);
        malloc_trim(0); /* the rules as text are gone */
        wall_seal(READER_LARGEST + READER_MEMORY);
        answer(serve, FRAME_READY, &head, "");
        return true;
}

int reader_serve(int in_fd, int out_fd, int progress_fd)
{
        prctl(PR_SET_NAME, "facteur-reader");
        close_range((unsigned)MAX(MAX(in_fd, out_fd), progress_fd) + 1, ~0U, 0);
        g_mime_init();
        /* What one large mail took goes back at once; what every mail takes does not come and go. */
        mallopt(M_MMAP_THRESHOLD, READER_READ_BYTES);
        mallopt(M_TRIM_THRESHOLD, 4 * READER_READ_BYTES);
        mallopt(M_TOP_PAD, READER_READ_BYTES);
        Serve serve = { .in_fd = in_fd, .out_fd = out_fd };
        serve.progress =
                mmap(NULL, sizeof(ReaderProgress), PROT_READ | PROT_WRITE, MAP_SHARED, progress_fd, 0);
        if (serve.progress == MAP_FAILED)
                return 1;
        serve.in = g_malloc(READER_READ_BYTES);
        serve.out = g_byte_array_new();
        serve.held = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, held_free);

        const bool is_ready = set_up(&serve);
        FrameHead head;
        GBytes *bytes;
        while (is_ready && (bytes = next_frame(&serve, &head)) != NULL) {
                work(&serve, &head, bytes);
                g_bytes_unref(bytes);
                if (serve.out->len >= READER_READ_BYTES && !flush(&serve))
                        break;
        }
        flush(&serve);

        g_hash_table_unref(serve.held);
        g_free(serve.in);
        munmap(serve.progress, sizeof(ReaderProgress));
        g_byte_array_unref(serve.out);
        patterns_free(serve.patterns);
        json_decref(serve.setup);
        g_strfreev(serve.authserv);
        return is_ready ? 0 : 1;
}
