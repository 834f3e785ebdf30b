/* A day, an hour and a place in one line, and what is none. Today is 15 July 2027. */
#include "scenario.h"

#include "procedure/meeting.h"

static const struct {
        const char *name, *text, *want; /* "2027-09-07 14:00 salle B204"; NULL: no meeting */
} rows[] = {
        { "as-we-ask", "7 septembre 2027 à 14:00, salle B204", "2027-09-07 14:00 salle B204" },
        { "english", "7 September 2027 at 2 pm, room B204", "2027-09-07 14:00 room B204" },
        { "arabic", "7 سبتمبر 2027 على الساعة 14:00، القاعة 204", "2027-09-07 14:00 القاعة 204" },
        { "no-year", "Mardi 7 septembre à 14h en B204", "2027-09-07 14:00 B204" },
        { "no-year-next-year", "le 3 février à 9h30", "2028-02-03 09:30 " },
        { "figures", "07/09/2027 14h30 Amphi A", "2027-09-07 14:30 Amphi A" },
        { "figures-no-year", "7/9, 14 h 30, visio", "2027-09-07 14:30 visio" },
        { "day-alone", "Le 7 septembre 2027", "2027-09-07 - " },
        { "courtesies", "Bonjour,\n\nLe mardi 7 septembre à 14h, salle B204.\n\nCordialement\nClaire",
          "2027-09-07 14:00 salle B204" },
        { "question", "7 septembre à 14h ?", NULL },
        { "condition", "7 septembre à 14h si la salle est libre", NULL },
        { "but", "7 septembre à 14h\nmais je dois vérifier", NULL },
        { "no", "7 septembre à 14h : non", NULL },
        { "rather-not", "7 septembre plutôt pas", NULL },
        { "two", "7 septembre à 14h\n8 septembre à 10h", NULL },
        { "not-before", "Pas avant le 7 septembre", NULL },
        { "hour-alone", "14h", NULL },
        { "past", "7 septembre 2026 à 14h", "2026-09-07 14:00 " },
        { "nothing", "", NULL },
        { "hour-too-late", "7 septembre 2027 à 25:00", NULL },
};

static void check_row(gconstpointer index)
{
        int i = GPOINTER_TO_INT(index);
        g_autoptr(Procedure) procedure = shipped_procedure();
        g_auto(Meeting) meeting = { 0 };
        Day today = day_of_ymd(2027, 7, 15);
        bool is_read = meeting_read(procedure_form(procedure, "defence"), rows[i].text, today, &meeting);
        g_assert_cmpint(is_read, ==, rows[i].want != NULL);
        if (!is_read)
                return;
        g_autofree char *day = day_iso(meeting.day),
                        *hour = meeting.hour < 0 ? g_strdup("-")
                                                 : g_strdup_printf("%02d:%02d", meeting.hour, meeting.minute),
                        *got = g_strdup_printf("%s %s %s", day, hour, meeting.place);
        g_assert_cmpstr(got, ==, rows[i].want);
}

static void check_hours(void)
{
        static const struct {
                const char *text, *want;
        } hours[] = { { "14:05", "14:05" },   { "14h", "14:00" },   { "14h05", "14:05" },
                      { "14 H 05", "14:05" }, { "2pm", "14:00" },   { "12 am", "00:00" },
                      { "9:30 am", "09:30" }, { "١٤:٠٥", "14:05" }, { "14", NULL },
                      { "24:00", NULL },      { "14:60", NULL },    { "midi", NULL },
                      { "B204", NULL },       { "14 heures", NULL } };
        for (size_t i = 0; i < G_N_ELEMENTS(hours); i++) {
                int hour, minute;
                const char *end;
                bool is_read = meeting_read_hour(hours[i].text, &hour, &minute, &end);
                g_autofree char *got = is_read ? g_strdup_printf("%02d:%02d", hour, minute) : NULL;
                if (g_strcmp0(got, hours[i].want) != 0)
                        g_error("`%s`: got %s, want %s", hours[i].text, got, hours[i].want);
        }
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *path = g_strconcat("/meeting/", rows[i].name, NULL);
                g_test_add_data_func(path, GINT_TO_POINTER((int)i), check_row);
        }
        g_test_add_func("/meeting/hours", check_hours);
        return g_test_run();
}
