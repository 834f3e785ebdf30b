/* Working days: weekends and holidays of a country, counted forwards and backwards. */
#include "procedure/calendar.h"

#include <string.h>

static const char algeria[] = "weekend: [friday, saturday]\nholidays: [05-01, 2027-03-10]\n";

static Calendar *read_calendar(const char *text)
{
        g_autoptr(Problems) problems = problems_new();
        g_autoptr(YamlNode) root = yaml_parse("calendar.yaml", text, strlen(text), problems);
        Calendar *calendar = calendar_read(root, problems);
        g_assert_cmpuint(problems_count(problems), ==, 0);
        return calendar;
}

static Day day(const char *text)
{
        Day result;
        g_assert_true(day_read(text, &result));
        return result;
}

static const struct {
        const char *name, *from;
        int count;
        const char *want;
} rows[] = {
        { "same-day", "2027-03-07", 0, "2027-03-07" },
        { "next-day", "2027-03-07", 1, "2027-03-08" },
        { "over-the-weekend", "2027-03-04", 1, "2027-03-07" }, /* Thursday, Sunday */
        { "over-a-holiday-of-one-year", "2027-03-09", 1, "2027-03-11" },
        { "the-same-day-of-another-year", "2026-03-09", 1, "2026-03-10" },
        { "over-a-yearly-holiday", "2028-04-30", 1, "2028-05-02" },
        { "backwards", "2027-03-07", -1, "2027-03-04" },
        { "backwards-two", "2027-03-11", -2, "2027-03-08" },
        { "from-a-weekend-day", "2027-03-05", 1, "2027-03-07" },
};

static void check_add(gconstpointer data)
{
        int i = GPOINTER_TO_INT(data);
        Calendar *calendar = read_calendar(algeria);
        g_autofree char *got = day_iso(calendar_add(calendar, day(rows[i].from), rows[i].count));
        g_assert_cmpstr(got, ==, rows[i].want);
        calendar_free(calendar);
}

static void check_default(void)
{
        g_assert_true(calendar_is_working_day(NULL, day("2027-03-05")));  /* Friday */
        g_assert_false(calendar_is_working_day(NULL, day("2027-03-06"))); /* Saturday */
}

static const struct {
        const char *name, *text, *want;
} mistakes[] = {
        { "weekday", "weekend: [vendredi]\n",
          "c.yaml:1:11: this is no day of the week — write an English weekday: friday\n" },
        { "no-working-day", "weekend: [monday, tuesday, wednesday, thursday, friday, saturday, sunday]\n",
          "c.yaml:1:10: no working day is left — leave at least one day out\n" },
        { "holiday", "holidays: [31-31]\n",
          "c.yaml:1:12: this is no holiday — write 05-01 for every year, or 2027-03-29 for one\n" },
        { "key", "week_end: [friday]\n", "c.yaml:1:1: unknown key `week_end` — did you mean `weekend`?\n" },
};

static void check_mistake(gconstpointer data)
{
        int i = GPOINTER_TO_INT(data);
        g_autoptr(Problems) problems = problems_new();
        g_autoptr(YamlNode) root = yaml_parse("c.yaml", mistakes[i].text, strlen(mistakes[i].text), problems);
        calendar_free(calendar_read(root, problems));
        g_autofree char *got = problems_print(problems);
        g_assert_cmpstr(got, ==, mistakes[i].want);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *path = g_strconcat("/calendar/add/", rows[i].name, NULL);
                g_test_add_data_func(path, GINT_TO_POINTER(i), check_add);
        }
        for (size_t i = 0; i < G_N_ELEMENTS(mistakes); i++) {
                g_autofree char *path = g_strconcat("/calendar/mistake/", mistakes[i].name, NULL);
                g_test_add_data_func(path, GINT_TO_POINTER(i), check_mistake);
        }
        g_test_add_func("/calendar/default", check_default);
        return g_test_run();
}
