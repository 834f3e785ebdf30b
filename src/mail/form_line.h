/* mail/form_line.h: a form filled in the reply: one `Label [n] : value` a line (MAIL.md D43).
 *
 * People fill the lines above the quote or inside it, with quote marks, NBSP, stars, lost accents and Arabic
 * digits. Some only number their answers as the form does. Only what differs from the form we sent is given.
 */
#pragma once

#include "mail/reading.h"

/* Adds FormLines of the new text and of the quote to lines. own_text: the text of our mail that is answered,
 * NULL when unknown. */
void form_lines_read(const char *new_text, const char *quoted, const char *own_text, GPtrArray *lines);
