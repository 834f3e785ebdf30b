#include "base/clock.h"

#include <glib.h>
#include <string.h>

int64_t clock_now(const Clock *clock)
{
        return clock->is_fixed ? clock->fixed_at : g_get_real_time() / G_USEC_PER_SEC;
}

int64_t clock_monotonic_ms(void)
{
        return g_get_monotonic_time() / 1000;
}

bool clock_parse(const char *text, Clock *clock_out)
{
        /* Without an offset the instant would depend on who reads it: refused. */
        g_autoptr(GDateTime) instant = g_date_time_new_from_iso8601(text, NULL);
        if (instant == NULL || strchr(text, 'T') == NULL)
                return false;
        clock_out->is_fixed = true;
        clock_out->fixed_at = g_date_time_to_unix(instant);
        return true;
}
