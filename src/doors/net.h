/* doors/net.h: a TCP connection with a deadline.
 *
 * Descriptors are non-blocking and close-on-exec, with keepalive and TCP_USER_TIMEOUT, so that a peer that is
 * silently gone is noticed within about two minutes. Deadlines are clock_monotonic_ms() instants.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

typedef enum {
        NET_ERROR_CONNECT, /* no such host, refused, unreachable, too slow */
        NET_ERROR_OUTSIDE, /* the peer is not this machine and had to be */
} NetError;
#define NET_ERROR (net_error_quark())
GQuark net_error_quark(void);

/* Tries every address of the host in turn. must_be_loopback refuses a peer that is not this machine. The
 * caller closes the descriptor; -1 on error. */
int net_connect(const char *host, int port, bool must_be_loopback, int64_t deadline_ms, GError **error);

/* Waits for events (POLLIN, POLLOUT). False when the deadline passed first. An error on the descriptor counts
 * as an event: the next read tells. */
bool net_wait(int fd, short events, int64_t deadline_ms);

bool net_is_loopback(const struct sockaddr *address);
