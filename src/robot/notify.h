/* robot/notify.h: sd_notify(3) by hand: what systemd wants to know of us. Without it, nothing happens. */
#pragma once

/* "READY=1\nSTATUS=…": to the socket of $NOTIFY_SOCKET. */
void notify_send(const char *state);
int notify_watchdog_s(void); /* how often it wants a sign of life; 0: never */
