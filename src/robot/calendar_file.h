/* robot/calendar_file.h: a day of a case as a calendar file that people can take into theirs (RFC 5545,
 * method PUBLISH: nobody is asked to accept). */
#pragma once

#include "procedure/procedure.h"

/* Of a step whose form has a date (the first date field; `HH:MM` in the first text field after it is the
 * hour). NULL: there is no date yet. uid_domain: of the robot's address. now: DTSTAMP. */
GBytes *calendar_file_make(const Procedure *procedure, const Case *the_case, const Step *step,
                           const char *language, GTimeZone *zone, const char *uid_domain, int64_t now);
