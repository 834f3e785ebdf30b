/* robot/import.h: cases that begin from a table (CSV): all of its rows, or none.
 *
 * The table is kept as a message of the door `cli`, so that the journal can name where a case came from.
 * Columns: reference, language, country; <role>_name and <role>_email of the roles; fields of the form that
 * the procedure begins with (organisation, subject, start, end, …); optional: step, timezone,
 * <role>_language, <role>_country.
 */
#pragma once

#include "robot/house.h"
#include "store/spool.h"

typedef struct {
        int begun;     /* cases */
        int unchanged; /* rows whose case began from the same row before */
} ImportResult;

/* file: as the person named it. True: done, committed. False: nothing was changed, and problems or error says
 * why. */
bool import_csv(House *house, Spool *spool, const char *file, GBytes *bytes, Problems *problems,
                ImportResult *result_out, GError **error);
