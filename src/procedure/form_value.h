/* procedure/form_value.h: what a person wrote for a field, checked and made canonical (ISO dates, choice
 * keys, plain numbers). */
#pragma once

#include "procedure/procedure.h"

/* The canonical value, or NULL with *problem_out (owned, in the language) when it does not fit the field.
 * Blank text is "". */
char *form_value_read(const Field *field, const char *text, const char *language, char **problem_out);
/* How a canonical value is shown to people. */
char *form_value_show(const Field *field, const char *value, const char *language);
/* The same, for reading over what was just given: beside an address that looks like a slip stands what may
 * have been meant. the_case: its people's domains count as known. */
char *form_value_show_given(const Field *field, const char *value, const char *language,
                            const Case *the_case);
/* The canonical values that a field can have, NULL-terminated; NULL: any that fits its kind. */
const char *const *form_value_choices(const Field *field);
/* The value of a file that lies in the store: "upload:17:cv.pdf", shown as "cv.pdf". */
char *form_value_of_file(int64_t id, const char *name);
int64_t form_value_file(const char *value); /* its id; 0: the value names none */
/* Is the field required, given the other values of the form (keys "form.field")? Is it asked at all? */
bool form_field_is_required(const Form *form, const Field *field, GHashTable *data);
bool form_field_is_shown(const Form *form, const Field *field, GHashTable *data);
