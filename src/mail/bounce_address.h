/* mail/bounce_address.h: mail addresses within the words of servers. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Finds the next address at or behind *cursor and moves the cursor behind it; start_out and end_out: where it
 * stands, brackets and quotes not counted. The text is valid UTF-8. NULL when there is none. The caller
 * frees. An encapsulated address (X.400 `SMTP=`, Exchange's IMCEA) is opened. */
char *bounce_address_next(const char **cursor, const char **start_out, const char **end_out);
char *bounce_address_find(const char *text); /* the first one, or NULL */
