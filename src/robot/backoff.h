/* robot/backoff.h: how long to wait after a failure: twice as long each time, up to a bound, never in step
 * with others. */
#pragma once

#include <stdint.h>

typedef struct {
        int failures; /* in a row; 0: all is well */
} Backoff;

/* Counts a failure and gives the wait: first_s doubled with each one, at most most_s, a quarter of it by
 * chance. */
int64_t backoff_next_ms(Backoff *backoff, int first_s, int most_s);
