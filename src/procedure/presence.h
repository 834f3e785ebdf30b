/* procedure/presence.h: how long the student is there, for agreement and certificate.
 *
 * Working days of the case's country from the first day to the last, without interruptions and holidays, at
 * the hours of a week. Seven hours are a day of presence, twenty-two days a month (Code de l'éducation,
 * D124-6).
 */
#pragma once

#include "procedure/procedure.h"

typedef struct {
        int hours, days; /* days of seven hours, whole ones */
        double pay;      /* all that is paid for it; below 0: none is agreed */
} Presence;

/* False: the rules say nothing of presence, or a date or the hours of a week are missing. */
bool presence_reckon(const Procedure *procedure, const Case *the_case, Presence *presence_out);
