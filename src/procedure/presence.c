#include "procedure/presence.h"

#include "procedure/plan.h"

#include <math.h>
#include <string.h>

enum { WEEK_WORKED = 5, HOURS_A_DAY = 7, DAYS_A_MONTH = 22, DAYS_MAX = 3660 };

static double number_of(const Case *the_case, const char *key)
{
        const char *value = key != NULL ? case_value(the_case, key) : NULL;
        return value != NULL && value[0] != '\0' ? g_ascii_strtod(value, NULL) : -1;
}

static Day day_of(const Case *the_case, const char *key)
{
        Day day;
        const char *value = case_value(the_case, key);
        return value != NULL && day_read(value, &day) ? day : DAY_NONE;
}

static double pay_for(const Case *the_case, const PresenceRule *rule, double hours)
{
        double amount = number_of(the_case, rule->pay);
        const char *per = rule->pay_per != NULL ? case_value(the_case, rule->pay_per) : NULL;
        if (amount < 0 || per == NULL)
                return -1;
        return strcmp(per, "hour") == 0 ? amount * hours : amount * hours / (HOURS_A_DAY * DAYS_A_MONTH);
}

bool presence_reckon(const Procedure *procedure, const Case *the_case, Presence *presence_out)
{
        const PresenceRule *rule = procedure_presence(procedure);
        if (rule == NULL)
                return false;
        Day from = day_of(the_case, rule->from), to = day_of(the_case, rule->to);
        double weekly = number_of(the_case, rule->hours_per_week);
        if (from == DAY_NONE || to == DAY_NONE || weekly <= 0)
                return false;
        const char *key = procedure_interruptions(procedure), *spans = case_value(the_case, key);
        int worked = 0;
        for (Day day = from; day <= to && day - from < DAYS_MAX; day++)
                worked += procedure_is_working_day(procedure, the_case->country, day) &&
                          !plan_is_interrupted_on(spans, day);
        presence_out->hours = (int)lround(worked * weekly / WEEK_WORKED);
        presence_out->days = presence_out->hours / HOURS_A_DAY;
        presence_out->pay = pay_for(the_case, rule, presence_out->hours);
        return true;
}
