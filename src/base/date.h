/* base/date.h: calendar days, as people write them and as we write to them.
 *
 * A Day counts days since 1970-01-01 (a civil date, no time zone). Instants become days only with a zone.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef int32_t Day;
#define DAY_NONE INT32_MIN

/* "2027-03-01", "01/03/2027", "1.3.2027", "1er mars 2027", "March 1, 2027", "1 مارس 2027", with Arabic
 * digits, accents lost, weekday names before; day before month when only numbers are given. False otherwise.
 */
bool day_read(const char *text, Day *day_out);
Day day_of_ymd(int year, int month, int day); /* DAY_NONE when it is no date */
void day_to_ymd(Day day, int *year_out, int *month_out, int *day_out);
int day_weekday(Day day); /* 1 Monday … 7 Sunday (ISO 8601) */

/* The zone of an IANA name ("Africa/Algiers"), NULL when there is none such. Borrowed: each is read once and
 * kept. */
GTimeZone *zone_named(const char *name);

/* The day an instant falls on in a zone, and the instant of a local time of a day (a time in the spring gap
 * moves forward, the second of the two in autumn is taken). */
Day day_at(int64_t instant, GTimeZone *zone);
int64_t day_instant(Day day, int hour, int minute, GTimeZone *zone);

/* "2027-03-01" ; "lundi 1er mars 2027", "Monday 1 March 2027", "الاثنين 1 مارس 2027". language: fr, en, ar.
 */
char *day_iso(Day day);
char *day_long(Day day, const char *language);
/* "1er mars 2027 à 14:05" in the zone. */
char *instant_long(int64_t instant, GTimeZone *zone, const char *language);
char *instant_rfc3339(int64_t instant, GTimeZone *zone);
