/* base/clock.h: what time it is, as a value that the caller passes down.
 *
 * Instants are Unix seconds, UTC. `--now` makes a clock that stands still, for tests, demos and rehearsals.
 * The pure rooms take `now` as a number and never see a Clock.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct {
        bool is_fixed;
        int64_t fixed_at; /* Unix seconds; read when is_fixed */
} Clock;

int64_t clock_now(const Clock *clock); /* wall clock, Unix seconds */
int64_t clock_monotonic_ms(void);      /* for waits and deadlines; never faked */

/* Reads an RFC 3339 instant with offset ("2027-03-01T08:00:00+01:00", or Z). False when it is not one. */
bool clock_parse(const char *text, Clock *clock_out);
