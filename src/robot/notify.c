#include "robot/notify.h"

#include <glib.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void notify_send(const char *state)
{
        const char *path = g_getenv("NOTIFY_SOCKET");
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        if (path == NULL || (path[0] != '/' && path[0] != '@') || strlen(path) >= sizeof(address.sun_path))
                return;
        memcpy(address.sun_path, path, strlen(path));
        if (path[0] == '@') /* the abstract namespace */
                address.sun_path[0] = '\0';
        const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return;
        const socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
        const ssize_t sent = sendto(fd, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT,
                                    (const struct sockaddr *)(const void *)&address, length);
        (void)sent; /* nobody listens: there is nothing to do about it */
        close(fd);
}

int notify_watchdog_s(void)
{
        const char *period = g_getenv("WATCHDOG_USEC");
        const char *pid = g_getenv("WATCHDOG_PID");
        if (period == NULL || (pid != NULL && g_ascii_strtoll(pid, NULL, 10) != getpid()))
                return 0;
        return (int)CLAMP(g_ascii_strtoll(period, NULL, 10) / G_USEC_PER_SEC, 0, G_MAXINT);
}
