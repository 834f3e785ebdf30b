/* mail/class.h: who wrote a message: a person or a program, and which kind of program (MAIL.md D25).
 *
 * First hit wins. What is not a person never acts; a person's mail must never be lost as an automatic one.
 */
#pragma once

#include "mail/reading.h"

/* How a fact begins that says that an automatic mark may stand on a person's answer, which a rule or a
 * program handed on: "class: doubt: …". Such a mail is a question to the registered address, not a silent
 * nothing. */
#define CLASS_DOUBT "doubt"

bool class_is_doubtful(const GPtrArray *why); /* does one of the facts say so? */

/* The class of a message; facts go to why ("class: Auto-Submitted: auto-replied"). */
MailKind class_read(Message *message, const ReadingContext *context, GPtrArray *why);

/* Of an automatic answer: the return date as written and the deputy's address; each NULL when there is none.
 * The caller frees both. */
void class_read_absence(Message *message, const Patterns *patterns, char **until_out, char **deputy_out);
