#include "procedure/calendar.h"

#include <stdio.h>
#include <string.h>

enum { SEARCH_DAYS = 3660 };

struct Calendar {
        bool is_weekend[8]; /* by ISO weekday */
        GArray *yearly;     /* of int: month * 100 + day */
        GArray *once;       /* of Day */
        GHashTable *set;    /* Day -> is it worked: what an institution says otherwise */
};

static const char *const weekday_words[] = { "",       "monday",   "tuesday", "wednesday", "thursday",
                                             "friday", "saturday", "sunday",  NULL };

static Calendar *calendar_new(void)
{
        Calendar *calendar = g_new0(Calendar, 1);
        calendar->yearly = g_array_new(FALSE, FALSE, sizeof(int));
        calendar->once = g_array_new(FALSE, FALSE, sizeof(Day));
        calendar->set = g_hash_table_new(NULL, NULL);
        return calendar;
}

void calendar_free(Calendar *calendar)
{
        if (calendar == NULL)
                return;
        g_array_unref(calendar->yearly);
        g_array_unref(calendar->once);
        g_hash_table_unref(calendar->set);
        g_free(calendar);
}

static void read_holiday(Calendar *calendar, const YamlNode *node, Problems *problems)
{
        int month, number, end = 0;
        Day day;
        if (node->kind == YAML_SCALAR && strlen(node->text) == 5 &&
            sscanf(node->text, "%2d-%2d%n", &month, &number, &end) == 2 && end == 5 &&
            day_of_ymd(2028, month, number) != DAY_NONE) { /* 2028: a leap year */
                int key = month * 100 + number;
                g_array_append_val(calendar->yearly, key);
        } else if (node->kind == YAML_SCALAR && strlen(node->text) == 10 && day_read(node->text, &day)) {
                g_array_append_val(calendar->once, day);
        } else {
                yaml_problem(node, problems, "write 05-01 for every year, or 2027-03-29 for one",
                             "this is no holiday");
        }
}

Calendar *calendar_read(const YamlNode *node, Problems *problems)
{
        static const char *const keys[] = { "weekend", "holidays", NULL };
        Calendar *calendar = calendar_new();
        yaml_check_keys(node, keys, problems);
        const YamlNode *weekend = yaml_list(node, "weekend", problems);
        for (guint i = 0; i < yaml_list_length(weekend); i++) {
                const YamlNode *item = yaml_list_get(weekend, i);
                int weekday = 0;
                for (int j = 1; item->kind == YAML_SCALAR && weekday_words[j] != NULL; j++)
                        if (strcmp(weekday_words[j], item->text) == 0)
                                weekday = j;
                if (weekday == 0)
                        yaml_problem(item, problems, "write an English weekday: friday",
                                     "this is no day of the week");
                calendar->is_weekend[weekday] = true;
        }
        if (yaml_list_length(weekend) > 6)
                yaml_problem(weekend, problems, "leave at least one day out", "no working day is left");
        const YamlNode *holidays = yaml_list(node, "holidays", problems);
        for (guint i = 0; i < yaml_list_length(holidays); i++)
                read_holiday(calendar, yaml_list_get(holidays, i), problems);
        return calendar;
}

void calendar_set_day(Calendar *calendar, Day day, bool is_working)
{
        g_hash_table_insert(calendar->set, GINT_TO_POINTER(day), GINT_TO_POINTER(is_working));
}

bool calendar_is_working_day(const Calendar *calendar, Day day)
{
        int weekday = day_weekday(day);
        if (calendar == NULL)
                return weekday <= 5;
        gpointer is_working;
        if (g_hash_table_lookup_extended(calendar->set, GINT_TO_POINTER(day), NULL, &is_working))
                return GPOINTER_TO_INT(is_working);
        if (calendar->is_weekend[weekday])
                return false;
        int year, month, number;
        day_to_ymd(day, &year, &month, &number);
        for (guint i = 0; i < calendar->yearly->len; i++)
                if (g_array_index(calendar->yearly, int, i) == month * 100 + number)
                        return false;
        for (guint i = 0; i < calendar->once->len; i++)
                if (g_array_index(calendar->once, Day, i) == day)
                        return false;
        return true;
}

int calendar_week_end(const Calendar *calendar)
{
        for (int weekday = 1; calendar != NULL && weekday <= 7; weekday++)
                if (!calendar->is_weekend[weekday] && calendar->is_weekend[weekday % 7 + 1])
                        return weekday;
        return 5;
}

Day calendar_add(const Calendar *calendar, Day day, int count)
{
        int step = count < 0 ? -1 : 1, left = count < 0 ? -count : count;
        for (int i = 0; left > 0 && i < SEARCH_DAYS; i++) {
                day += step;
                if (calendar_is_working_day(calendar, day))
                        left--;
        }
        return day;
}
