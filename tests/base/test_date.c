/* Days as people write them, and as we write to them. */
#include "base/date.h"

#include <string.h>

static const struct {
        const char *name, *text, *want; /* ISO; NULL: no date */
} readings[] = {
        { "iso", "2027-03-01", "2027-03-01" },
        { "figures", "01/03/2027", "2027-03-01" },
        { "dots", "1.3.2027", "2027-03-01" },
        { "short-year", "1/3/27", "2027-03-01" },
        { "french", "1er mars 2027", "2027-03-01" },
        { "french-weekday", "Lundi 1er Mars 2027", "2027-03-01" },
        { "french-no-accents", "2 fevrier 2027", "2027-02-02" },
        { "french-short", "15 juil. 2027", "2027-07-15" },
        { "english", "March 1, 2027", "2027-03-01" },
        { "english-weekday", "Monday 1 March 2027", "2027-03-01" },
        { "english-ordinal", "March 2nd, 2027", "2027-03-02" },
        { "arabic", "1 مارس 2027", "2027-03-01" },
        { "arabic-digits", "٠١/٠٣/٢٠٢٧", "2027-03-01" },
        { "arabic-levant", "5 كانون الثاني 2027", "2027-01-05" },
        { "arabic-maghreb", "3 جوان 2027", "2027-06-03" },
        { "no-break-spaces", "1\u00A0mars\u202F2027", "2027-03-01" },
        { "leap", "29/02/2028", "2028-02-29" },
        { "no-leap", "29/02/2027", NULL },
        { "no-day", "32/01/2027", NULL },
        { "month-first-means-no-date", "03/31/2027", NULL },
        { "word", "demain", NULL },
        { "empty", "", NULL },
        { "rest", "01/03/2027 ou plus tard", NULL },
};

static void check_read(void)
{
        for (size_t i = 0; i < G_N_ELEMENTS(readings); i++) {
                Day day = DAY_NONE;
                bool is_day = day_read(readings[i].text, &day);
                g_autofree char *got = is_day ? day_iso(day) : NULL;
                if (g_strcmp0(got, readings[i].want) != 0)
                        g_error("%s: `%s` was read as %s, not %s", readings[i].name, readings[i].text,
                                got != NULL ? got : "no date",
                                readings[i].want != NULL ? readings[i].want : "no date");
        }
}

static void check_words(void)
{
        Day day = day_of_ymd(2027, 3, 1);
        g_autofree char *french = day_long(day, "fr"), *english = day_long(day, "en"),
                        *arabic = day_long(day, "ar");
        g_assert_cmpstr(french, ==, "lundi 1er mars 2027");
        g_assert_cmpstr(english, ==, "Monday 1 March 2027");
        g_assert_cmpstr(arabic, ==, "الاثنين 1 مارس 2027");
        for (Day d = day; d < day + 800; d++) { /* what we write, we read */
                static const char *const languages[] = { "fr", "en", "ar" };
                for (size_t i = 0; i < G_N_ELEMENTS(languages); i++) {
                        g_autofree char *text = day_long(d, languages[i]);
                        Day back;
                        g_assert_true(day_read(text, &back));
                        g_assert_cmpint(back, ==, d);
                }
        }
}

static void check_zones(void)
{
        g_autoptr(GTimeZone) paris = g_time_zone_new_identifier("Europe/Paris");
        g_assert_nonnull(paris);
        Day spring = day_of_ymd(2027, 3, 28), autumn = day_of_ymd(2027, 10, 31);
        g_autofree char *gap = instant_rfc3339(day_instant(spring, 2, 30, paris), paris);
        g_assert_cmpstr(gap, ==, "2027-03-28T03:00:00+02:00"); /* 02:30 does not exist */
        g_autofree char *second = instant_rfc3339(day_instant(autumn, 2, 30, paris), paris);
        g_assert_cmpstr(second, ==, "2027-10-31T02:30:00+01:00"); /* the second of the two */
        int64_t evening = day_instant(spring, 23, 59, paris);
        g_assert_cmpint(day_at(evening, paris), ==, spring);
        g_assert_cmpint(day_at(evening + 60, paris), ==, spring + 1);
        g_autofree char *french = instant_long(day_instant(spring, 14, 5, paris), paris, "fr");
        g_assert_nonnull(strstr(french, "28 mars 2027"));
        g_assert_nonnull(strstr(french, "14:05"));
}

static void check_weekdays(void)
{
        g_assert_cmpint(day_weekday(day_of_ymd(1970, 1, 1)), ==, 4);
        g_assert_cmpint(day_weekday(day_of_ymd(2027, 3, 1)), ==, 1);
        g_assert_cmpint(day_of_ymd(2027, 2, 29), ==, DAY_NONE);
        int year, month, number;
        day_to_ymd(-1, &year, &month, &number);
        g_assert_cmpint(year * 10000 + month * 100 + number, ==, 19691231);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/date/read", check_read);
        g_test_add_func("/date/words", check_words);
        g_test_add_func("/date/zones", check_zones);
        g_test_add_func("/date/weekdays", check_weekdays);
        return g_test_run();
}
