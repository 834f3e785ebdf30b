#include "robot/reader_process.h"

#include "base/clock.h"
#include "robot/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum {
        START_S = 60, /* until it is ready: patterns are many, machines are slow */
        PIPE_BYTES = 1 << 20,
        PIECES = 64,                /* of one write */
        READ_BYTES = 256 << 10,     /* of one read */
        SERVE_PROGRESS_FD = 3,      /* what `run --duty reader` expects beside standard input and output */
        LARGEST_ANSWER = 256 << 20, /* a reader gone wild must not fill the clerk's memory */
};

struct ReaderProcess {
        pid_t pid; /* 0: dead and waited for */
        int status;
        int to_fd, from_fd;
        ReaderProgress *progress;
        uint64_t last_done, last_at;
        int64_t moved_at_ms; /* when it was last seen to move */
        bool is_stuck;
        GQueue out;     /* of GBytes: not yet written */
        gsize out_done; /* bytes of the first one that are */
        GByteArray *in; /* not yet a whole frame */
};

static bool open_pipe(int *read_end, int *write_end)
{
        int ends[2];
        if (pipe2(ends, O_CLOEXEC) != 0)
                return false;
        *read_end = ends[0];
        *write_end = ends[1];
        (void)fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES);
        return true;
}

static void close_fd(int *fd)
{
        if (*fd >= 0)
                close(*fd);
        *fd = -1;
}

/* The same descriptors whatever numbers ours have: none of the sources is below 4. */
static int start_program(const char *program, int in_fd, int out_fd, int progress_fd, pid_t *pid_out)
{
        const char *const arguments[] = { "facteur", "run", "--duty", "reader", NULL };
        posix_spawn_file_actions_t actions;
        posix_spawnattr_t attributes;
        sigset_t none;
        sigemptyset(&none);
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, in_fd, STDIN_FILENO);
        posix_spawn_file_actions_adddup2(&actions, out_fd, STDOUT_FILENO);
        posix_spawn_file_actions_adddup2(&actions, progress_fd, SERVE_PROGRESS_FD);
        posix_spawnattr_init(&attributes);
        posix_spawnattr_setsigmask(&attributes, &none);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
        const int failed =
                posix_spawn(pid_out, program, &actions, &attributes, (char *const *)arguments, environ);
        posix_spawn_file_actions_destroy(&actions);
        posix_spawnattr_destroy(&attributes);
        return failed;
}

/* Moves a descriptor out of the way of 0 to 3. */
static int lift(int fd)
{
        const int lifted = fcntl(fd, F_DUPFD_CLOEXEC, SERVE_PROGRESS_FD + 1);
        close(fd);
        return lifted;
}

static bool spawn(ReaderProcess *process, const char *program, GError **error)
{
        int in_fd = -1;
        int out_fd = -1;
        int progress_fd = memfd_create("facteur-reader", MFD_CLOEXEC);
        int failed = errno;
        if (progress_fd >= 0 && ftruncate(progress_fd, sizeof(ReaderProgress)) == 0 &&
            open_pipe(&in_fd, &process->to_fd) && open_pipe(&process->from_fd, &out_fd)) {
                in_fd = lift(in_fd);
                out_fd = lift(out_fd);
                progress_fd = lift(progress_fd);
                process->progress = mmap(NULL, sizeof(ReaderProgress), PROT_READ, MAP_SHARED, progress_fd, 0);
                failed = start_program(program, in_fd, out_fd, progress_fd, &process->pid);
        } else {
                failed = errno;
        }
        close_fd(&in_fd);
        close_fd(&out_fd);
        close_fd(&progress_fd);
        if (failed != 0) {
                process->pid = 0;
                g_set_error(error, READER_ERROR, READER_ERROR_START,
                            "the reader cannot be started from %s: %s", program, g_strerror(failed));
                return false;
        }
        g_unix_set_fd_nonblocking(process->to_fd, TRUE, NULL);
        g_unix_set_fd_nonblocking(process->from_fd, TRUE, NULL);
        return true;
}

void reader_process_free(ReaderProcess *process)
{
        if (process == NULL)
                return;
        close_fd(&process->to_fd);
        close_fd(&process->from_fd);
        if (process->pid != 0) {
                kill(process->pid, SIGKILL); /* it holds nothing that must be kept */
                while (waitpid(process->pid, NULL, 0) < 0 && errno == EINTR)
                        ;
        }
        if (process->progress != NULL && process->progress != MAP_FAILED)
                munmap(process->progress, sizeof(ReaderProgress));
        g_queue_clear_full(&process->out, (GDestroyNotify)g_bytes_unref);
        g_byte_array_unref(process->in);
        g_free(process);
}

void reader_process_send(ReaderProcess *process, FrameKind kind, uint32_t batch, uint32_t index,
                         GBytes *bytes)
{
        const gsize size = bytes == NULL ? 0 : g_bytes_get_size(bytes);
        const FrameHead head = { kind, batch, index, (uint32_t)size };
        g_queue_push_tail(&process->out, g_bytes_new(&head, sizeof(head)));
        if (size > 0)
                g_queue_push_tail(&process->out, g_bytes_ref(bytes));
}

static void drop_written(ReaderProcess *process, gsize written)
{
        process->out_done += written;
        while (!g_queue_is_empty(&process->out)) {
                GBytes *first = g_queue_peek_head(&process->out);
                const gsize size = g_bytes_get_size(first);
                if (process->out_done < size)
                        return;
                process->out_done -= size;
                g_bytes_unref(g_queue_pop_head(&process->out));
        }
}

/* False: it does not read any more. */
static bool write_some(ReaderProcess *process)
{
        while (!g_queue_is_empty(&process->out)) {
                struct iovec pieces[PIECES];
                int count = 0;
                for (GList *link = process->out.head; link != NULL && count < PIECES; link = link->next) {
                        gsize size;
                        const guint8 *bytes = g_bytes_get_data(link->data, &size);
                        const gsize skip = count == 0 ? process->out_done : 0;
                        pieces[count++] = (struct iovec){ (void *)(bytes + skip), size - skip };
                }
                const ssize_t written = writev(process->to_fd, pieces, count);
                if (written < 0 && errno == EINTR)
                        continue;
                if (written < 0)
                        return errno == EAGAIN;
                drop_written(process, (gsize)written);
        }
        return true;
}

/* Hands over whole frames. False: what came is no answer of ours. */
static bool handle_frames(ReaderProcess *process, FrameHandler handler, void *data, bool *has_frame_out)
{
        gsize used = 0;
        FrameHead head;
        bool is_sane = true;
        while (process->in->len - used >= sizeof(head)) {
                memcpy(&head, process->in->data + used, sizeof(head));
                is_sane = head.size <= LARGEST_ANSWER;
                if (!is_sane || process->in->len - used - sizeof(head) < head.size)
                        break;
                used += sizeof(head);
                g_autofree char *bytes = g_malloc(head.size + 1UL);
                memcpy(bytes, process->in->data + used, head.size);
                bytes[head.size] = '\0';
                used += head.size;
                *has_frame_out = true;
                handler(&head, bytes, data);
        }
        g_byte_array_remove_range(process->in, 0, (guint)used);
        return is_sane;
}

/* False: it wrote its last, or nonsense. */
static bool read_some(ReaderProcess *process, FrameHandler handler, void *data, bool *has_frame_out)
{
        for (;;) {
                const guint had = process->in->len;
                g_byte_array_set_size(process->in, had + READ_BYTES);
                const ssize_t got = read(process->from_fd, process->in->data + had, READ_BYTES);
                g_byte_array_set_size(process->in, had + (got > 0 ? (guint)got : 0));
                if (got < 0 && errno == EINTR)
                        continue;
                if (got <= 0)
                        return got < 0 && errno == EAGAIN;
                if (!handle_frames(process, handler, data, has_frame_out))
                        return false;
                if (got < READ_BYTES)
                        return true;
        }
}

/* Has it worked on the same message for too long? */
static bool is_stuck(ReaderProcess *process)
{
        const int64_t now_ms = clock_monotonic_ms();
        const uint64_t done = process->progress->done;
        const uint64_t at = process->progress->at;
        if (at == 0 || done != process->last_done || at != process->last_at) {
                process->last_done = done;
                process->last_at = at;
                process->moved_at_ms = now_ms;
        }
        return now_ms - process->moved_at_ms > READER_MESSAGE_S * 1000;
}

bool reader_process_pump(ReaderProcess *process, int timeout_ms, FrameHandler handler, void *data)
{
        bool has_frame = false;
        if (!write_some(process) || !read_some(process, handler, data, &has_frame))
                return false;
        if (has_frame)
                return true;
        struct pollfd waits[] = {
                { .fd = process->from_fd, .events = POLLIN },
                { .fd = g_queue_is_empty(&process->out) ? -1 : process->to_fd, .events = POLLOUT },
        };
        if (poll(waits, G_N_ELEMENTS(waits), timeout_ms) == 0 && is_stuck(process)) {
                process->is_stuck = true;
                return false;
        }
        return write_some(process) && read_some(process, handler, data, &has_frame);
}

char *reader_process_death(ReaderProcess *process, uint64_t *place_out)
{
        if (process->pid != 0) {
                kill(process->pid, process->is_stuck ? SIGKILL : SIGTERM); /* mostly it is dead already */
                while (waitpid(process->pid, &process->status, 0) < 0 && errno == EINTR)
                        ;
                process->pid = 0;
        }
        *place_out = process->progress->at;
        const int signal_number = WIFSIGNALED(process->status) ? WTERMSIG(process->status) : 0;
        if (process->is_stuck || signal_number == SIGXCPU)
                return g_strdup("it ran out of time");
        if (signal_number == SIGSYS)
                return g_strdup("it asked for what it may not have");
        if (signal_number != 0)
                return g_strdup_printf("it died of signal %d (%s)", signal_number,
                                       g_strsignal(signal_number));
        return g_strdup_printf("it ended with code %d", WEXITSTATUS(process->status));
}

typedef struct {
        bool is_ready;
        char *unready; /* why not */
} Start;

static void note_start(const FrameHead *head, const char *bytes, void *data)
{
        Start *start = data;
        start->is_ready = head->kind == FRAME_READY;
        if (head->kind == FRAME_UNREADY)
                start->unready = g_strdup(bytes);
}

ReaderProcess *reader_process_start(const char *program, GBytes *setup, GError **error)
{
        g_autoptr(ReaderProcess) process = g_new0(ReaderProcess, 1);
        process->to_fd = process->from_fd = -1;
        process->in = g_byte_array_new();
        g_queue_init(&process->out);
        if (!spawn(process, program, error))
                return NULL;
        reader_process_send(process, FRAME_SETUP, 0, READER_PROTOCOL, setup);
        Start start = { 0 };
        const int64_t until_ms = clock_monotonic_ms() + START_S * 1000;
        while (!start.is_ready && start.unready == NULL && clock_monotonic_ms() < until_ms)
                if (!reader_process_pump(process, 1000, note_start, &start))
                        break;
        if (!start.is_ready) {
                uint64_t place;
                g_autofree char *death = start.unready == NULL ? reader_process_death(process, &place) : NULL;
                g_set_error(error, READER_ERROR, READER_ERROR_START, "the reader does not start: %s",
                            start.unready != NULL ? start.unready : death);
                g_free(start.unready);
                return NULL;
        }
        return g_steal_pointer(&process);
}
