/* robot/health.h: how the house is: for `facteur status` and the metrics (MAIL.md D56). Counts, instants and
 * what the duties say: no person, no address.
 *
 * Works without the database, too: what the robot says of itself and the disk are known then, and `trouble`
 * says why the rest is not.
 */
#pragma once

#include "robot/house.h"
#include "robot/watch.h"
#include "store/backlog.h"
#include "store/overview.h"

typedef struct {
        int64_t now;
        Watch watch;
        int64_t free_bytes, database_bytes; /* -1: unknown */
        char *trouble;                      /* why nothing below is known; NULL: it is */
        Backlog backlog;
        Pulse pulse;
        int64_t uidvalidity, last_uid;
} Health;
void health_clear(Health *health);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Health, health_clear)

/* Of the configuration alone; then of the database. health_fail(): it cannot be read, and why. */
void health_look(const Config *config, int64_t now, Health *health_out);
void health_read(const House *house, Health *health);
void health_fail(Health *health, const char *why);

/* What an administrator must mend: "word<TAB>what, where, the mend"; of char *. */
GPtrArray *health_alarms(const Health *health, const Config *config, GTimeZone *zone);

/* In Prometheus' text format. */
char *health_metrics(const Health *health);
