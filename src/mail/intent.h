/* mail/intent.h: what the new text wants: accept, refuse, unclear, question, not now, acknowledgement; and
 * the commands written in it.
 *
 * Pure text in, value out, without knowing which task is meant. A clear answer or `unclear`, never a guess: a
 * condition, a negation, a future, a quotation, two answers, a question mark are never an acceptance (MAIL.md
 * D24).
 */
#pragma once

#include "mail/reading.h"

/* statement_out: what is said of the matter itself, whatever is wanted: "begun", "absent"; NULL. Only a step
 * that asks for it may take it for an answer ("Oui, elle a commencé lundi" approves no report). Not owned.
 * reason_out: of a refusal, a correction or a condition, the words that give it; NULL when there are none.
 * The caller frees. */
Intent intent_read(const Patterns *patterns, const char *text, char **reason_out, const char **statement_out,
                   GPtrArray *why);

/* Adds the commands (of Command) that fill a line from its beginning, in order: rules/reading/command.yaml. A
 * reason or remark goes on over the lines below it. Long words are heard with a small misspelling; words that
 * decide something never are. In command_words.c. */
void commands_read(const Patterns *patterns, const char *text, GPtrArray *commands, GPtrArray *why);

/* The text with each line that is a command, or begins with numbers, as a plain yes: intent_read() of it says
 * whether what stands beside them takes something back. The caller frees. */
char *commands_beside(const char *text, const GPtrArray *commands);
