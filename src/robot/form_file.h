/* robot/form_file.h: the file that a form's value names.
 *
 * A value is what somebody wrote: it names a file only when that file was handed in for this very field of
 * this very case. Files of confidential forms do not exist.
 */
#pragma once

#include "procedure/case.h"
#include "procedure/procedure.h"
#include "store/uploads.h"

/* NULL without error: none. */
Upload *form_file_named(Store *store, const Case *the_case, const Step *step, const Field *field,
                        const char *value, GError **error);
/* The same by the value that the case has. */
Upload *form_file_find(Store *store, const Case *the_case, const Step *step, const Form *form,
                       const Field *field, GError **error);
