/* procedure/calendar.h: the working days of a country: weekend and holidays, as rules/ gives them. */
#pragma once

#include "base/date.h"
#include "base/yaml.h"

typedef struct Calendar Calendar;

/* Reads `{weekend: [saturday, sunday], holidays: [01-01, 2027-03-29, …]}`. Always gives a Calendar. */
Calendar *calendar_read(const YamlNode *node, Problems *problems);
void calendar_free(Calendar *calendar);
/* From now on the day is worked, or is not, whatever the rules say. */
void calendar_set_day(Calendar *calendar, Day day, bool is_working);
bool calendar_is_working_day(const Calendar *calendar, Day day); /* NULL: Monday to Friday */
/* The last working weekday before the weekend: 5 for Friday; NULL: Friday. */
int calendar_week_end(const Calendar *calendar);
/* The count-th working day after day (before it when negative); the day itself for 0. */
Day calendar_add(const Calendar *calendar, Day day, int count);
