#include "base/date.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { YEAR_MIN = 1900, YEAR_MAX = 2199, WORDS_MAX = 8 };

/* Month names as people write them, folded (text_fold): French, English, Arabic of the Maghreb, Egypt and the
 * Levant. */
static const struct {
        const char *name;
        int month;
} month_names[] = {
        { "janvier", 1 },   { "janv", 1 },         { "jan", 1 },          { "january", 1 },
        { "يناير", 1 },     { "جانفي", 1 },        { "كانون الثاني", 1 }, { "fevrier", 2 },
        { "fev", 2 },       { "fevr", 2 },         { "february", 2 },     { "feb", 2 },
        { "فبراير", 2 },    { "فيفري", 2 },        { "شباط", 2 },         { "mars", 3 },
        { "march", 3 },     { "mar", 3 },          { "مارس", 3 },         { "اذار", 3 },
        { "avril", 4 },     { "avr", 4 },          { "april", 4 },        { "apr", 4 },
        { "ابريل", 4 },     { "افريل", 4 },        { "نيسان", 4 },        { "mai", 5 },
        { "may", 5 },       { "مايو", 5 },         { "ماي", 5 },          { "ايار", 5 },
        { "juin", 6 },      { "june", 6 },         { "jun", 6 },          { "يونيو", 6 },
        { "جوان", 6 },      { "يونيه", 6 },        { "حزيران", 6 },       { "juillet", 7 },
        { "juil", 7 },      { "july", 7 },         { "jul", 7 },          { "يوليو", 7 },
        { "جويليه", 7 },    { "يوليوز", 7 },       { "تموز", 7 },         { "aout", 8 },
        { "august", 8 },    { "aug", 8 },          { "اغسطس", 8 },        { "اوت", 8 },
        { "غشت", 8 },       { "اب", 8 },           { "septembre", 9 },    { "sept", 9 },
        { "september", 9 }, { "sep", 9 },          { "سبتمبر", 9 },       { "شتنبر", 9 },
        { "ايلول", 9 },     { "octobre", 10 },     { "oct", 10 },         { "october", 10 },
        { "اكتوبر", 10 },   { "تشرين الاول", 10 }, { "novembre", 11 },    { "nov", 11 },
        { "november", 11 }, { "نوفمبر", 11 },      { "نونبر", 11 },       { "تشرين الثاني", 11 },
        { "decembre", 12 }, { "dec", 12 },         { "december", 12 },    { "ديسمبر", 12 },
        { "دجنبر", 12 },    { "كانون الاول", 12 },
};

static const char *const months_fr[] = {
        "janvier", "février", "mars",      "avril",   "mai",      "juin",
        "juillet", "août",    "septembre", "octobre", "novembre", "décembre"
};
static const char *const months_en[] = {
        "January", "February", "March",     "April",   "May",      "June",
        "July",    "August",   "September", "October", "November", "December"
};
static const char *const months_ar[] = { "يناير", "فبراير", "مارس",   "أبريل",  "مايو",   "يونيو",
                                         "يوليو", "أغسطس",  "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر" };
static const char *const days_fr[] = {
        "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"
};
static const char *const days_en[] = { "Monday", "Tuesday",  "Wednesday", "Thursday",
                                       "Friday", "Saturday", "Sunday" };
static const char *const days_ar[] = {
        "الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت", "الأحد"
};

Day day_of_ymd(int year, int month, int day)
{
        if (year < YEAR_MIN || year > YEAR_MAX || month < 1 || month > 12 || day < 1 ||
            !g_date_valid_dmy((GDateDay)day, (GDateMonth)month, (GDateYear)year))
                return DAY_NONE;
        GDate date, epoch;
        g_date_clear(&date, 1);
        g_date_clear(&epoch, 1);
        g_date_set_dmy(&date, (GDateDay)day, (GDateMonth)month, (GDateYear)year);
        g_date_set_dmy(&epoch, 1, G_DATE_JANUARY, 1970);
        return g_date_days_between(&epoch, &date);
}

static void day_to_date(Day day, GDate *date_out)
{
        g_date_clear(date_out, 1);
        g_date_set_dmy(date_out, 1, G_DATE_JANUARY, 1970);
        if (day >= 0)
                g_date_add_days(date_out, (guint)day);
        else
                g_date_subtract_days(date_out, (guint)-day);
}

void day_to_ymd(Day day, int *year_out, int *month_out, int *day_out)
{
        GDate date;
        day_to_date(day, &date);
        *year_out = g_date_get_year(&date);
        *month_out = (int)g_date_get_month(&date);
        *day_out = g_date_get_day(&date);
}

int day_weekday(Day day)
{
        GDate date;
        day_to_date(day, &date);
        return (int)g_date_get_weekday(&date);
}

static int full_year(int year, size_t digits)
{
        return digits == 2 ? 2000 + year : year;
}

/* 2027-03-01, 01/03/2027, 1.3.27: three numbers, the year first when it has four digits, else last. */
static bool read_numbers(const char *folded, Day *day_out)
{
        int values[3], count = 0;
        size_t digits[3];
        for (const char *p = folded; count < 3; count++) {
                digits[count] = strspn(p, "0123456789");
                if (digits[count] == 0 || digits[count] > 4)
                        return false;
                values[count] = atoi(p);
                p += digits[count];
                if (count == 2) {
                        if (*p != '\0')
                                return false;
                        break;
                }
                p += strspn(p, " ");
                if (*p == '\0' || strchr("/.-", *p) == NULL)
                        return false;
                p++;
                p += strspn(p, " ");
        }
        *day_out = digits[0] == 4 ? day_of_ymd(values[0], values[1], values[2])
                                  : day_of_ymd(full_year(values[2], digits[2]), values[1], values[0]);
        return *day_out != DAY_NONE;
}

static int month_named(const char *word, const char *next)
{
        g_autofree char *pair = next != NULL ? g_strdup_printf("%s %s", word, next) : NULL;
        for (size_t i = 0; i < G_N_ELEMENTS(month_names); i++)
                if (strcmp(month_names[i].name, word) == 0 || g_strcmp0(month_names[i].name, pair) == 0)
                        return month_names[i].month;
        return 0;
}

/* Words around a date that change nothing, folded: articles and weekdays, whole or short. */
static const char *const idle_words[] = {
        "le",      "du",       "the",      "of",        "on",     "في",       "يوم",    "من",     "lundi",
        "mardi",   "mercredi", "jeudi",    "vendredi",  "samedi", "lun",      "mar",    "mer",    "jeu",
        "ven",     "sam",      "dimanche", "dim",       "monday", "mon",      "tue",    "wed",    "tuesday",
        "thu",     "fri",      "sat",      "wednesday", "sun",    "thursday", "friday", "sunday", "saturday",
        "الاثنين", "الثلاثاء", "الاربعاء", "الخميس",    "الجمعه", "السبت",    "الاحد",  NULL
};

static bool is_ordinal_mark(const char *text)
{
        static const char *const marks[] = { "", "er", "e", "st", "nd", "rd", "th", NULL };
        return g_strv_contains(marks, text);
}

typedef struct {
        int day, month, year;
} Parts;

/* False when the word belongs to no date. */
static bool take_word(Parts *parts, const char *word, const char *next)
{
        size_t digits = strspn(word, "0123456789");
        int value = atoi(word);
        if (digits == 4 && parts->year == 0 && word[4] == '\0')
                parts->year = value;
        else if ((digits == 1 || digits == 2) && parts->day == 0 && is_ordinal_mark(word + digits))
                parts->day = value;
        else if (digits == 2 && parts->year == 0 && word[2] == '\0')
                parts->year = full_year(value, digits);
        else if (digits == 0 && parts->month == 0 && month_named(word, next) != 0)
                parts->month = month_named(word, next);
        else
                return g_strv_contains(idle_words, word) ||
                       (digits == 0 && parts->month != 0 && month_named(word, NULL) == 0 &&
                        parts->year == 0 && g_str_has_prefix(word, "ال")); /* second word of a month */
        return true;
}

/* A month's name with the day and the year beside it, in either order. Text that says more than a date is
 * none: "until March 1" is not March 1. */
static bool read_words(const char *folded, Day *day_out)
{
        g_auto(GStrv) words = g_strsplit_set(folded, " ,.-/", -1);
        Parts parts = { 0 };
        int seen = 0;
        for (guint i = 0; words[i] != NULL; i++) {
                if (words[i][0] == '\0')
                        continue;
                if (++seen > WORDS_MAX || !take_word(&parts, words[i], words[i + 1]))
                        return false;
        }
        *day_out = parts.month != 0 && parts.year != 0 ? day_of_ymd(parts.year, parts.month, parts.day)
                                                       : DAY_NONE;
        return *day_out != DAY_NONE;
}

/* The weekday that people put before figures. */
static const char *skip_idle_words(const char *folded)
{
        for (;;) {
                size_t length = strcspn(folded, " ,.");
                g_autofree char *word = g_strndup(folded, length);
                if (length == 0 || g_ascii_isdigit(word[0]) || !g_strv_contains(idle_words, word))
                        return folded;
                folded += length;
                folded += strspn(folded, " ,.");
        }
}

bool day_read(const char *text, Day *day_out)
{
        g_autofree char *folded = text_fold(text);
        g_strstrip(folded);
        if (strlen(folded) > 80)
                return false;
        return read_words(folded, day_out) || read_numbers(skip_idle_words(folded), day_out);
}

GTimeZone *zone_named(const char *name)
{
        static GMutex lock;
        static GHashTable
                *zones; /* name -> GTimeZone: reading one from the disk costs more than a decision */
        if (name == NULL)
                return NULL;
        g_mutex_lock(&lock);
        if (zones == NULL)
                zones = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                              (GDestroyNotify)g_time_zone_unref);
        GTimeZone *zone = g_hash_table_lookup(zones, name);
        if (zone == NULL) {
                zone = g_time_zone_new_identifier(name);
                if (zone != NULL)
                        g_hash_table_insert(zones, g_strdup(name), zone);
        }
        g_mutex_unlock(&lock);
        return zone;
}

Day day_at(int64_t instant, GTimeZone *zone)
{
        g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(instant);
        g_autoptr(GDateTime) local = g_date_time_to_timezone(utc, zone);
        int year, month, day;
        g_date_time_get_ymd(local, &year, &month, &day);
        return day_of_ymd(year, month, day);
}

int64_t day_instant(Day day, int hour, int minute, GTimeZone *zone)
{
        int year, month, day_of_month;
        day_to_ymd(day, &year, &month, &day_of_month);
        g_autoptr(GDateTime) local = g_date_time_new(zone, year, month, day_of_month, hour, minute, 0);
        return g_date_time_to_unix(local);
}

char *day_iso(Day day)
{
        int year, month, day_of_month;
        day_to_ymd(day, &year, &month, &day_of_month);
        return g_strdup_printf("%04d-%02d-%02d", year, month, day_of_month);
}

/* "1er mars 2027" without the weekday. */
static char *day_plain(Day day, const char *language)
{
        int year, month, number;
        day_to_ymd(day, &year, &month, &number);
        if (strcmp(language, "fr") == 0)
                return g_strdup_printf("%d%s %s %d", number, number == 1 ? "er" : "", months_fr[month - 1],
                                       year);
        const char *name = strcmp(language, "ar") == 0 ? months_ar[month - 1] : months_en[month - 1];
        return g_strdup_printf("%d %s %d", number, name, year);
}

char *day_long(Day day, const char *language)
{
        const char *const *names = strcmp(language, "fr") == 0   ? days_fr
                                   : strcmp(language, "ar") == 0 ? days_ar
                                                                 : days_en;
        g_autofree char *plain = day_plain(day, language);
        return g_strdup_printf("%s %s", names[day_weekday(day) - 1], plain);
}

char *instant_long(int64_t instant, GTimeZone *zone, const char *language)
{
        g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(instant);
        g_autoptr(GDateTime) local = g_date_time_to_timezone(utc, zone);
        g_autofree char *plain = day_plain(day_at(instant, zone), language);
        const char *at = strcmp(language, "fr") == 0 ? "à" : strcmp(language, "ar") == 0 ? "الساعة" : "at";
        return g_strdup_printf("%s %s %02d:%02d", plain, at, g_date_time_get_hour(local),
                               g_date_time_get_minute(local));
}

char *instant_rfc3339(int64_t instant, GTimeZone *zone)
{
        g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(instant);
        g_autoptr(GDateTime) local = g_date_time_to_timezone(utc, zone);
        return g_date_time_format(local, "%Y-%m-%dT%H:%M:%S%:z");
}
