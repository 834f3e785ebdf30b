/* mail/bounce_status.h: status codes in the words of servers: RFC 3463 ("5.1.1") and SMTP replies ("550").
 *
 * IP addresses, versions, dates and ports look alike and are no codes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { STATUS_ROOM = 12 };

/* The first code of that form in the text: one right behind an SMTP reply before one that stands alone. */
bool status_find(const char *text, char status_out[STATUS_ROOM]);
/* The class of the SMTP replies in the text: 5 when any is final, else 4, else 0. */
int status_reply_class(const char *text);
/* Only what has the form of a code at the very beginning ("5.1.1 (bad address)"). */
bool status_read(const char *text, char status_out[STATUS_ROOM]);
