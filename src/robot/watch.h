/* robot/watch.h: what the running robot says of itself, for `facteur status`: one small file in the state
 * folder.
 *
 * The supervisor holds a lock on it while it runs, and writes it at each report of a duty and once a minute.
 * Its size never changes, so that a full disk does not stop it; the database is not needed, so that a broken
 * one does not either. No address but the robot's own servers', no secret.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum { WATCH_DUTIES_MAX = 8 };

typedef struct {
        char *name;            /* owned, as the next */
        char *said;            /* its last report; "" before the first */
        int64_t reported_at;   /* 0: not yet */
        int64_t failing_since; /* 0: it is well */
        int failures;          /* one after the other */
} WatchDuty;

typedef struct {
        bool is_running; /* now; by the lock */
        int64_t started_at, written_at;
        int64_t stopped_at; /* it was told to stop, and did; 0: not */
        WatchDuty duties[WATCH_DUTIES_MAX];
        guint count;
} Watch;
void watch_clear(Watch *watch);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Watch, watch_clear)

/* Opens and locks; -1: another robot has it, or the folder cannot be written (error says which). */
int watch_open(const char *state_dir, GError **error);
void watch_write(int fd, const Watch *watch);

/* All zero when no robot ever ran here. False: it cannot be read. */
bool watch_read(const char *state_dir, Watch *watch_out, GError **error);
