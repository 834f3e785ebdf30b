#include "robot/backoff.h"

#include <glib.h>

int64_t backoff_next_ms(Backoff *backoff, int first_s, int most_s)
{
        int64_t wait_ms = (int64_t)first_s * 1000;
        for (int i = 0; i < backoff->failures && wait_ms < (int64_t)most_s * 1000; i++)
                wait_ms *= 2;
        backoff->failures++;
        wait_ms = MIN(wait_ms, (int64_t)most_s * 1000);
        return wait_ms * 3 / 4 + g_random_int_range(0, (gint32)(wait_ms / 4) + 1);
}
