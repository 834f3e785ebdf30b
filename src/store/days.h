/* store/days.h: working days of a country that an institution's calendar says are other than in the rules. */
#pragma once

#include "base/date.h"
#include "store/store.h"

typedef struct {
        char *country;
        Day day;
        bool is_off; /* a holiday; false: worked after all */
        char *name;  /* "" */
} OffDay;
void off_day_free(OffDay *day);

/* Adds or replaces; journalled. The same again changes nothing: *is_changed_out false. */
bool days_put(Store *store, const OffDay *day, int64_t now, bool *is_changed_out, GError **error);
/* Grows with each change; 0: there is none. */
bool days_version(Store *store, int64_t *version_out, GError **error);
GPtrArray *days_all(Store *store, GError **error); /* of OffDay, by country and day */
