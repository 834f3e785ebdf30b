/* robot/rate.h: how often something may be done by one source: bad tokens, wrong codes, requests for links.
 *
 * Counts within a sliding minute or so, in memory, for a bounded number of sources; a full table forgets the
 * oldest. Not a lock: it slows down who tries, and never shuts a person out for longer than the window.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct Rate Rate;

Rate *rate_new(int most, int window_s, guint sources_max);
void rate_free(Rate *rate);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Rate, rate_free)

bool rate_is_over(Rate *rate, const char *source, int64_t now); /* has it used up its tries? */
void rate_count(Rate *rate, const char *source, int64_t now);   /* one more */
