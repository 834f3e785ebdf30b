/* mail/address_scan.h: mail addresses within sentences and within the words of servers. Valid UTF-8 only. */
#pragma once

#include "mail/patterns.h"

/* Finds the next address at or behind *cursor and moves the cursor behind it; start_out and end_out: where it
 * stands, brackets and quotes not counted. NULL when there is none. The caller
 * frees. An encapsulated address (X.400 `SMTP=`, Exchange's IMCEA) is opened. */
char *address_scan_next(const char **cursor, const char **start_out, const char **end_out);
char *address_scan_first(const char *text); /* the first one, or NULL */

/* Is the index-th address of a folded line within or behind what the pattern matched? Folding keeps the
 * number and the order of addresses. */
bool address_scan_is_within(const char *folded, unsigned index, const PatternMatch *match);
