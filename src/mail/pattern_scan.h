/* mail/pattern_scan.h: what an expression says about itself, read from its text.
 *
 * Literals: strings of which every match contains at least one, so that most patterns are passed over
 * without a match; and the habits that make an expression slow or silent, told to its author. Only for
 * expressions that PCRE2 has accepted; whatever is not understood here simply has no literals.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

/* Where a habit stands, as byte offset of the expression; -1: nowhere. */
typedef struct {
        GPtrArray *literals; /* of char *, UTF-8; NULL: a match may contain anything */
        int nested_repeat;   /* an endless repeat inside an endless repeat: exponential */
        int endless_dot;     /* `.*` or `.+`: quadratic */
        int unfolded;        /* a letter that folded text never contains (capital, accent) */
        int special;         /* `(*VERB)` or `(?C)`: would get round our limits */
} PatternScan;

PatternScan pattern_scan(const char *expression);
void pattern_scan_clear(PatternScan *scan);
