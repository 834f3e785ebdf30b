/* robot/wall.h: what a duty gives up once it has what it needs: seccomp, Landlock, limits (DESIGN.md, section
 * 3).
 *
 * A wall that the kernel or a sanitizer does not allow is told in the log ("wall-missing") and does without.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* For a process that only computes: no files, no network, no other process; memory for `bytes` beyond what it
 * holds now. Anything else ends it. */
void wall_seal(gsize bytes);
/* The processor time that may be used from now on. */
void wall_renew_time(int seconds);

typedef struct {
        const char *const
                *readable; /* paths, NULL-terminated: files below may be read (missing ones are fine) */
        const char *const *writable; /* and these read, written and made */
        const char *const *runnable; /* and these read and run; NULL: no program is started */
        bool may_connect;            /* to other machines */
        bool may_accept;             /* connections on a socket it has */
} Wall;

/* For a duty: files and network as the table of DESIGN.md allows. Before any thread is started. */
void wall_close(const Wall *wall);
