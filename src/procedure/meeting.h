/* procedure/meeting.h: "7 septembre 2027 à 14:00, salle B204": a day, an hour and a place in one line, as
 * people answer the mail that asks for a date.
 *
 * Pure. What is in doubt gives nothing: a question, an "if" or a "but", a line that says more than a meeting.
 */
#pragma once

#include "procedure/procedure.h"

typedef struct {
        Day day;
        int hour, minute; /* hour -1: none was said */
        char *place;      /* owned; "" */
} Meeting;
void meeting_clear(Meeting *meeting);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Meeting, meeting_clear)

/* "14:00", "14h", "14 h 30", "2 pm". end_out: behind it. */
bool meeting_read_hour(const char *text, int *hour_out, int *minute_out, const char **end_out);

/* The one line of the text that is a meeting. form: whose words tell a "but". today: a day without its year
 * is the next such day. False: there is none, or two, or a doubt. */
bool meeting_read(const Form *form, const char *text, Day today, Meeting *meeting_out);
