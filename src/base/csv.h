/* base/csv.h: a table that a spreadsheet program wrote (RFC 4180), with the place of every cell.
 *
 * UTF-8, a byte order mark allowed, comma or semicolon (whichever the header row has more of), quoted cells
 * with doubled quotes and line breaks in them. Blank lines are passed over.
 */
#pragma once

#include "base/problem.h"

typedef struct {
        char *text;       /* ends trimmed */
        int line, column; /* where it begins, from 1; column in characters */
} CsvCell;

/* Rows (GPtrArray) of CsvCell, the header first. NULL when there was a problem. */
GPtrArray *csv_parse(const char *file, const char *bytes, gsize size, Problems *problems);
