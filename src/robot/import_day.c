/* robot/import_day.c: one row of a calendar: a day that is worked, or is not, other than the rules say. */
#include "robot/import_private.h"

#include "base/text.h"
#include "store/days.h"

#include <string.h>

enum { NAME_MAX_CHARACTERS = 100 };

/* Not worked, unless it says no. */
static bool read_off(const Row *row)
{
        static const char *const yes[] = { "", "yes", "oui", "1", NULL }, *const no[] = { "no", "non", "0",
                                                                                          NULL };
        g_autofree char *word = text_fold(row_text(row, "off"));
        if (!g_strv_contains(yes, word) && !g_strv_contains(no, word))
                row_fault(row, "no_yes", "off", row_text(row, "off"), NULL);
        return !g_strv_contains(no, word);
}

static bool put(const Row *row, const OffDay *day, GError **error)
{
        const Import *import = row->import;
        bool is_changed;
        if (!days_put(import->house->store, day, import->applier.now, &is_changed, error))
                return false;
        if (is_changed)
                row_change(row, day->is_off ? "day_off" : "day_worked", row_text(row, "day"), day->country);
        import->report->begun += is_changed;
        import->report->unchanged += !is_changed;
        return true;
}

static bool take(const Row *row, GError **error)
{
        const char *text = row_text(row, "day");
        OffDay day = { 0 };
        day.country = row_country(row, "country", row_text(row, "country"));
        day.name = text_single_line(row_text(row, "name"));
        day.is_off = read_off(row);
        if (g_utf8_strlen(day.name, -1) > NAME_MAX_CHARACTERS)
                row_fault(row, "no_name", "name", NULL, NULL);
        if (day_read(text, &day.day)) {
                g_autofree char *iso = day_iso(day.day), *what = g_strconcat(day.country, " ", iso, NULL);
                row_is_first(row, "day", what);
        } else {
                row_fault(row, "no_day", "day", text, NULL);
        }
        bool is_taken = !import_is_fine(row->import) || put(row, &day, error);
        g_free(day.country);
        g_free(day.name);
        return is_taken;
}

static const char *const required[] = { "country", "day", NULL };
static const char *const plain[] = { "country", "day", "off", "name", NULL };
const ImportShape import_days = { .required = required, .plain = plain, .take = take };
