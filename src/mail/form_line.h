/* mail/form_line.h: a form filled in the reply: one `Label [n] : value` a line (MAIL.md D43).
 *
 * People fill the lines above the quote or inside it, with quote marks, NBSP, stars, lost accents and Arabic
 * digits. Some only number their answers as the form does. Only what differs from the form we sent is given.
 */
#pragma once

#include "mail/reading.h"

/* Adds FormLines of the new text and of the quote to lines. own_text: the text of our mail that is answered,
 * NULL when unknown.
 *
 * Gives what of the new text stands beside: without the lines that open a field which our mail has, for
 * "Commentaire [3] : …" is no remark and "[4] : non" no refusal. Any other line may be the condition of a yes
 * and stays. The caller frees. */
char *form_lines_read(const char *new_text, const char *quoted, const char *own_text, GPtrArray *lines);
