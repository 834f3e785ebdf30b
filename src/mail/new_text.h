/* mail/new_text.h: what the person wrote: the message's text without quote, signature, disclaimer and banner.
 *
 * Our own lines go first (we know every line of the mail that is answered), then what the structure of the
 * HTML marks, then what the patterns of rules/reading/ find. When unsure more is shown (MAIL.md D44, D45).
 */
#pragma once

#include "mail/form_line.h"
#include "mail/reading.h"

typedef struct {
        char *text;      /* the new text; "" when there is none */
        char *quoted;    /* all the rest that was said before: for form lines inside the quote; "" */
        bool is_forward; /* the person forwarded something and the forwarded part is in quoted */
} NewText;

/* own: our mails that are answered, of OwnMail; may be NULL or empty. Facts go to why ("cut at line
 * 4: quote header, rules/reading/fr.yaml:12"). Linear in the size of the text. */
NewText *new_text_read(Message *message, const Patterns *patterns, const GPtrArray *own, GPtrArray *why);
void new_text_free(NewText *text);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NewText, new_text_free)
