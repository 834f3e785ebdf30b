/* doors/imap_idle.c: waiting for mail (RFC 2177), a hint only: the caller searches after every wake.
 *
 * libetpan's own IDLE misses what comes before the `+` (Exchange), what comes in the same packet as the `+`,
 * and falls over a `+ [`. Here every line is read by us, and buffers are looked at before poll().
 */
#include "doors/imap_private.h"

#include "base/clock.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <string.h>

enum { IDLE_MOST_MS = 290000, ANSWER_MS = 30000, LINE_BYTES = 256 * 1024 };

/* "* 12 EXISTS": something may be new. */
static bool is_news(const char *line)
{
        if (strncmp(line, "* ", 2) != 0 || !g_ascii_isdigit(line[2]))
                return false;
        line += 2;
        while (g_ascii_isdigit(*line))
                line++;
        return g_ascii_strcasecmp(line, " EXISTS") == 0 || g_ascii_strcasecmp(line, " RECENT") == 0;
}

typedef enum { WAKE_LINE, WAKE_FD, WAKE_TIME } Wake;

/* What is next: a line to read, the doorbell, or the time. */
static Wake wait_for_line(Imap *imap, int wake_fd, int64_t until_ms)
{
        const mailstream *stream = imap->session->imap_stream;
        if (stream->read_buffer_len > 0 || imap_transport_has_pending(imap->low))
                return WAKE_LINE;
        struct pollfd fds[] = { { .fd = mailstream_low_get_fd(imap->low), .events = POLLIN },
                                { .fd = wake_fd, .events = POLLIN } }; /* poll() skips a negative one */
        for (;;) {
                int64_t left = until_ms - clock_monotonic_ms();
                if (left <= 0)
                        return WAKE_TIME;
                int ready = poll(fds, 2, (int)MIN(left, G_MAXINT));
                if (ready < 0 && errno == EINTR)
                        continue;
                if (fds[0].revents != 0)
                        return WAKE_LINE;
                if (fds[1].revents != 0)
                        return WAKE_FD;
        }
}

/* Sends IDLE and reads up to the `+`. False with is_broken unset: the server refuses; waiting must do. */
static bool begin_idle(Imap *imap, bool *changed)
{
        imap_begin(imap, ANSWER_MS, LINE_BYTES);
        if (!imap_line_send(imap, "fIDL IDLE", false)) {
                imap->is_broken = true;
                return false;
        }
        const char *line;
        while ((line = imap_line_read(imap)) != NULL) {
                if (*line == '+')
                        return true;
                if (strncmp(line, "fIDL ", 5) == 0) {
                        imap->has_idle = false;
                        return false;
                }
                if (g_ascii_strncasecmp(line, "* BYE", 5) == 0)
                        break;
                *changed = *changed || is_news(line);
        }
        imap->is_broken = true;
        return false;
}

static void note_news(const char *line, void *data)
{
        bool *changed = data;
        *changed = *changed || is_news(line);
}

static bool end_idle(Imap *imap, bool *changed)
{
        g_autofree char *text = NULL;
        imap_transport_begin(imap->low, imap->cap_ms > 0 ? MIN(ANSWER_MS, imap->cap_ms) : ANSWER_MS,
                             LINE_BYTES);
        if (imap_line_send(imap, "DONE", false) &&
            imap_line_finish(imap, "fIDL", note_news, changed, &text) != IMAP_LINE_LOST)
                return true;
        imap->is_broken = true;
        return false;
}

/* Between `+` and DONE. False when the connection is gone. */
static bool sit(Imap *imap, int wake_fd, int64_t until_ms, bool *changed)
{
        while (!*changed) {
                if (wait_for_line(imap, wake_fd, until_ms) != WAKE_LINE)
                        return true;
                imap_transport_begin(imap->low, ANSWER_MS, LINE_BYTES);
                const char *line = imap_line_read(imap);
                if (line == NULL || g_ascii_strncasecmp(line, "* BYE", 5) == 0)
                        return false;
                *changed = is_news(line);
        }
        return true;
}

/* Without IDLE: the doorbell or the time, and a server that hangs up is noticed. */
static bool wait_plainly(Imap *imap, int wake_fd, int64_t until_ms)
{
        if (wait_for_line(imap, wake_fd, until_ms) != WAKE_LINE)
                return true;
        imap_begin(imap, ANSWER_MS, LINE_BYTES);
        g_autofree char *text = NULL;
        return imap_line_send(imap, "fNOP NOOP", false) &&
               imap_line_finish(imap, "fNOP", NULL, NULL, &text) == IMAP_LINE_OK;
}

bool imap_wait(Imap *imap, int wake_fd, int timeout_ms, bool *changed_out, GError **error)
{
        static const char doing[] = "new mail was awaited";
        const struct mailimap_selection_info *info = imap->session->imap_selection_info;
        int64_t until_ms = clock_monotonic_ms() + MIN(timeout_ms, IDLE_MOST_MS);
        *changed_out =
                info != NULL && info->sel_exists > imap->known_exists; /* told during the last command */
        if (*changed_out)
                return true;
        bool is_idle = imap->has_idle && begin_idle(imap, changed_out);
        if (imap->is_broken)
                return imap_lost(imap, doing, error);
        if (!is_idle)
                return wait_plainly(imap, wake_fd, until_ms) || imap_lost(imap, doing, error);
        if (!sit(imap, wake_fd, until_ms, changed_out) || !end_idle(imap, changed_out))
                return imap_lost(imap, doing, error);
        return true;
}
