#include "robot/calendar_file.h"

#include "base/text.h"
#include "procedure/meeting.h"

#include <stdio.h>
#include <string.h>

enum { LINE_OCTETS = 73, HOUR_S = 3600 };

/* RFC 5545, 3.1: lines of at most 75 octets, folded between characters. */
static void add_line(GString *out, const char *name, const char *value)
{
        g_autoptr(GString) line = g_string_new(name);
        g_string_append(line, value);
        const char *p = line->str;
        bool is_first = true;
        while (*p != '\0') {
                size_t take = 0, room = is_first ? LINE_OCTETS : LINE_OCTETS - 1;
                while (p[take] != '\0' && take + (size_t)(g_utf8_next_char(p + take) - (p + take)) <= room)
                        take += (size_t)(g_utf8_next_char(p + take) - (p + take));
                g_string_append_printf(out, "%s%.*s\r\n", is_first ? "" : " ", (int)take, p);
                p += take;
                is_first = false;
        }
}

/* 3.3.11: commas, semicolons and backslashes are escaped. */
static char *escaped(const char *text)
{
        g_autofree char *line = text_single_line(text);
        GString *out = g_string_new(NULL);
        for (const char *p = line; *p != '\0'; p++) {
                if (strchr("\\;,", *p) != NULL)
                        g_string_append_c(out, '\\');
                g_string_append_c(out, *p);
        }
        return g_string_free(out, FALSE);
}

static const char *value_of(const Case *the_case, const Form *form, const Field *field)
{
        g_autofree char *key = g_strconcat(form->key, ".", field->key, NULL);
        return case_value(the_case, key);
}

typedef struct {
        Day day;
        int hour, minute; /* hour -1: the whole day */
        const char *place;
} Defence;

/* The first date, the first hour behind it, the first other text behind that: where. */
static bool find_meeting(const Case *the_case, const Form *form, Defence *meeting)
{
        *meeting = (Defence){ .day = DAY_NONE, .hour = -1 };
        for (guint i = 0; i < form->fields->len; i++) {
                const Field *field = g_ptr_array_index(form->fields, i);
                const char *value = value_of(the_case, form, field);
                int hour, minute;
                const char *end;
                if (value == NULL || value[0] == '\0')
                        continue;
                if (field->kind == FIELD_DATE && meeting->day == DAY_NONE)
                        day_read(value, &meeting->day);
                else if (field->kind == FIELD_TEXT && meeting->hour < 0 &&
                         meeting_read_hour(value, &hour, &minute, &end))
                        meeting->hour = hour, meeting->minute = minute;
                else if (field->kind == FIELD_TEXT && meeting->place == NULL)
                        meeting->place = value;
        }
        return meeting->day != DAY_NONE;
}

static void add_instant(GString *out, const char *name, int64_t at)
{
        g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(at);
        g_autofree char *text = g_date_time_format(utc, "%Y%m%dT%H%M%SZ");
        add_line(out, name, text);
}

static void add_day(GString *out, const char *name, Day day)
{
        int year, month, number;
        day_to_ymd(day, &year, &month, &number);
        g_autofree char *text = g_strdup_printf("%04d%02d%02d", year, month, number);
        add_line(out, name, text);
}

GBytes *calendar_file_make(const Procedure *procedure, const Case *the_case, const Step *step,
                           const char *language, GTimeZone *zone, const char *uid_domain, int64_t now)
{
        const Form *form = procedure_form(procedure, step->form);
        Defence meeting;
        if (form == NULL || !find_meeting(the_case, form, &meeting))
                return NULL;
        GString *out = g_string_new("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//facteur//facteur//FR\r\n"
                                    "METHOD:PUBLISH\r\nBEGIN:VEVENT\r\n");
        g_autofree char *uid = g_strdup_printf("%s-%s-%s@%s", procedure_prefix(procedure),
                                               the_case->reference, step->key, uid_domain),
                        *title = g_strdup_printf("[%s %s] %s", procedure_prefix(procedure),
                                                 the_case->reference, texts_get(step->label, language)),
                        *summary = escaped(title), *sequence = g_strdup_printf("%" G_GINT64_FORMAT, now / 60);
        add_line(out, "UID:", uid);
        add_line(out, "SEQUENCE:", sequence); /* a later mail about the same day replaces the earlier */
        add_instant(out, "DTSTAMP:", now);
        if (meeting.hour >= 0) {
                int64_t begins = day_instant(meeting.day, meeting.hour, meeting.minute, zone);
                add_instant(out, "DTSTART:", begins);
                add_instant(out, "DTEND:", begins + HOUR_S);
        } else {
                add_day(out, "DTSTART;VALUE=DATE:", meeting.day);
        }
        add_line(out, "SUMMARY:", summary);
        g_autofree char *place = meeting.place != NULL ? escaped(meeting.place) : NULL;
        if (place != NULL)
                add_line(out, "LOCATION:", place);
        g_string_append(out, "END:VEVENT\r\nEND:VCALENDAR\r\n");
        return g_string_free_to_bytes(out);
}
