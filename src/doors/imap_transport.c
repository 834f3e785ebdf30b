#include "doors/imap_transport.h"

#include "base/clock.h"
#include "doors/net.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct {
        int fd; /* -1: closed */
        Tls *tls;
        int64_t deadline_ms;
        size_t left_bytes;
        ImapEnd end;
} Transport;

static ssize_t fail(Transport *transport, ImapEnd end)
{
        if (transport->end == IMAP_END_NONE)
                transport->end = end;
        return -1;
}

static ssize_t read_socket(Transport *transport, void *buffer, size_t size)
{
        for (;;) {
                short wait_for = POLLIN;
                ssize_t count = transport->tls != NULL ? tls_read(transport->tls, buffer, size, &wait_for)
                                                       : recv(transport->fd, buffer, size, 0);
                if (count > 0)
                        return count;
                if (count == 0)
                        return fail(transport, IMAP_END_CLOSED);
                if (errno == EINTR)
                        continue;
                if (errno != EAGAIN)
                        return fail(transport, errno == ETIMEDOUT ? IMAP_END_TIMEOUT : IMAP_END_BROKEN);
                if (!net_wait(transport->fd, wait_for, transport->deadline_ms))
                        return fail(transport, IMAP_END_TIMEOUT);
        }
}

static ssize_t transport_read(mailstream_low *low, void *buffer, size_t size)
{
        Transport *transport = low->data;
        if (transport->end != IMAP_END_NONE)
                return -1;
        if (transport->left_bytes == 0)
                return fail(transport, IMAP_END_TOO_MUCH);
        /* A server that dribbles never lets a single read time out. */
        if (clock_monotonic_ms() > transport->deadline_ms)
                return fail(transport, IMAP_END_TIMEOUT);
        size = MIN(size, transport->left_bytes);
        ssize_t count = read_socket(transport, buffer, size);
        if (count > 0)
                transport->left_bytes -= (size_t)count;
        return count;
}

static ssize_t transport_write(mailstream_low *low, const void *bytes, size_t size)
{
        Transport *transport = low->data;
        if (transport->end != IMAP_END_NONE)
                return -1;
        for (;;) {
                short wait_for = POLLOUT;
                ssize_t count = transport->tls != NULL ? tls_write(transport->tls, bytes, size, &wait_for)
                                                       : send(transport->fd, bytes, size, MSG_NOSIGNAL);
                if (count > 0)
                        return count;
                if (count < 0 && errno == EINTR)
                        continue;
                if (count == 0 || errno != EAGAIN)
                        return fail(transport, errno == EPIPE || errno == ECONNRESET ? IMAP_END_CLOSED
                                                                                     : IMAP_END_BROKEN);
                if (!net_wait(transport->fd, wait_for, transport->deadline_ms))
                        return fail(transport, IMAP_END_TIMEOUT);
        }
}

static int transport_close(mailstream_low *low)
{
        Transport *transport = low->data;
        g_clear_pointer(&transport->tls, tls_free);
        if (transport->fd >= 0)
                close(transport->fd);
        transport->fd = -1;
        return 0;
}

static int transport_get_fd(mailstream_low *low)
{
        const Transport *transport = low->data;
        return transport->fd;
}

static void transport_free(mailstream_low *low)
{
        Transport *transport = low->data;
        transport_close(low);
        g_free(transport);
        free(low); /* libetpan's malloc() */
}

static void transport_cancel(mailstream_low *low)
{
        (void)low;
}

static mailstream_low_driver driver = {
        .mailstream_read = transport_read,
        .mailstream_write = transport_write,
        .mailstream_close = transport_close,
        .mailstream_get_fd = transport_get_fd,
        .mailstream_free = transport_free,
        .mailstream_cancel = transport_cancel,
};

mailstream_low *imap_transport_socket(int fd)
{
        Transport *transport = g_new0(Transport, 1);
        transport->fd = fd;
        mailstream_low *low = mailstream_low_new(transport, &driver);
        if (low == NULL)
                g_error("out of memory");
        return low;
}

void imap_transport_begin(mailstream_low *low, int timeout_ms, size_t limit_bytes)
{
        Transport *transport = low->data;
        transport->deadline_ms = clock_monotonic_ms() + timeout_ms;
        transport->left_bytes = limit_bytes;
}

bool imap_transport_start_tls(mailstream_low *low, const TlsPeer *peer, GError **error)
{
        Transport *transport = low->data;
        g_assert(transport->tls == NULL && transport->fd >= 0);
        transport->tls = tls_connect(transport->fd, peer, transport->deadline_ms, error);
        if (transport->tls == NULL)
                transport->end = IMAP_END_BROKEN;
        return transport->tls != NULL;
}

ImapEnd imap_transport_end(const mailstream_low *low)
{
        const Transport *transport = low->data;
        return transport->end;
}

bool imap_transport_has_pending(const mailstream_low *low)
{
        const Transport *transport = low->data;
        return transport->tls != NULL && tls_pending(transport->tls) > 0;
}
