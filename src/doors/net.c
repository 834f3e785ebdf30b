#include "doors/net.h"

#include "base/clock.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

G_DEFINE_QUARK(facteur - net, net_error)

#define PEER_GONE_MS 60000 /* TCP_USER_TIMEOUT: unacknowledged data */

bool net_wait(int fd, short events, int64_t deadline_ms)
{
        struct pollfd poll_fd = { .fd = fd, .events = events };
        for (;;) {
                int64_t left = deadline_ms - clock_monotonic_ms();
                if (left <= 0)
                        return false;
                int ready = poll(&poll_fd, 1, (int)MIN(left, G_MAXINT));
                if (ready > 0 || (ready < 0 && errno != EINTR))
                        return true;
        }
}

bool net_is_loopback(const struct sockaddr *address)
{
        if (address->sa_family == AF_INET) {
                const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)address;
                return ntohl(v4->sin_addr.s_addr) >> 24 == 127;
        }
        if (address->sa_family == AF_INET6) {
                const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)address;
                return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
        }
        return address->sa_family == AF_UNIX;
}

static void set_keepalive(int fd)
{
        const struct {
                int level, option, value;
        } options[] = {
                { SOL_SOCKET, SO_KEEPALIVE, 1 },    { IPPROTO_TCP, TCP_KEEPIDLE, 60 },
                { IPPROTO_TCP, TCP_KEEPINTVL, 20 }, { IPPROTO_TCP, TCP_KEEPCNT, 3 },
                { IPPROTO_TCP, TCP_NODELAY, 1 },    { IPPROTO_TCP, TCP_USER_TIMEOUT, PEER_GONE_MS },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(options); i++)
                setsockopt(fd, options[i].level, options[i].option, &options[i].value, sizeof(int));
}

/* One address; gives the descriptor, or -1 with errno. */
static int connect_to(const struct addrinfo *address, int64_t deadline_ms)
{
        int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return -1;
        int failure = 0;
        if (connect(fd, address->ai_addr, address->ai_addrlen) != 0) {
                failure = errno;
                if (failure == EINPROGRESS && net_wait(fd, POLLOUT, deadline_ms)) {
                        socklen_t size = sizeof failure;
                        getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &size);
                } else if (failure == EINPROGRESS) {
                        failure = ETIMEDOUT;
                }
        }
        if (failure == 0) {
                set_keepalive(fd);
                return fd;
        }
        close(fd);
        errno = failure;
        return -1;
}

int net_connect(const char *host, int port, bool must_be_loopback, int64_t deadline_ms, GError **error)
{
        struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
        struct addrinfo *addresses = NULL;
        g_autofree char *service = g_strdup_printf("%d", port);
        int failure = getaddrinfo(host, service, &hints, &addresses);
        if (failure != 0) {
                g_set_error(error, NET_ERROR, NET_ERROR_CONNECT,
                            "the host name is not found (%s) — check the name and the name server",
                            gai_strerror(failure));
                return -1;
        }
        int fd = -1, reason = 0;
        for (const struct addrinfo *address = addresses; address != NULL && fd < 0;
             address = address->ai_next) {
                if (must_be_loopback && !net_is_loopback(address->ai_addr))
                        continue;
                fd = connect_to(address, deadline_ms);
                reason = errno;
        }
        freeaddrinfo(addresses);
        if (fd < 0 && reason == 0)
                g_set_error_literal(
                        error, NET_ERROR, NET_ERROR_OUTSIDE,
                        "a connection without TLS is only made to this machine — use tls or starttls");
        else if (fd < 0)
                g_set_error(error, NET_ERROR, NET_ERROR_CONNECT,
                            "no connection (%s) — does the server run, and are host and port right?",
                            g_strerror(reason));
        return fd;
}
