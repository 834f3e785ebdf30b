/* robot/web_fields.h: the fields of a form on a page: what was typed, what of it fits, and how it is drawn.
 *
 * Works without a script: a field that depends on another says when it is to be filled, and what the answers
 * rule out is not sent.
 */
#pragma once

#include "robot/web_private.h"

/* What was typed into one field. */
typedef struct {
        const Field *field;
        char *typed;   /* "" when nothing was; a group: a line a row, its cells between bars */
        char *value;   /* canonical; NULL: it does not fit */
        char *trouble; /* why not, in the reader's language; NULL */
} Entry;

typedef struct {
        Visit *visit;
        const Step *step;
        const Form *form;
        bool is_optional; /* beside an answer: nothing of it has to be filled */
        bool is_posted;
        GArray *entries;  /* of Entry, one a field */
        GHashTable *data; /* the case's values with the new ones over them: what conditions look at */
} Filling;

/* Reads what was posted, files too, else what the case has. Visit and step are borrowed. */
void filling_read(Filling *filling, Visit *visit, const Step *step, const Form *form);
void filling_clear(Filling *filling);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Filling, filling_clear)

/* What is known of the organisation that was posted fills the fields beside it that were left empty. */
void filling_complete(Filling *filling);
/* What must be there and is not is asked only when the form is to be sent. False: something is wrong. */
bool filling_check(Filling *filling, bool is_sent);
/* For the page: field.mustache. What is wrong is added to errors. */
json_t *filling_fields(const Filling *filling, json_t *errors);
json_t *filling_facts(const Filling *filling);     /* of {label, value}: what would be sent */
json_t *filling_kept(const Filling *filling);      /* of {name, value}: the same as hidden inputs */
bool filling_is_changed(const Filling *filling);   /* is anything other than the case has it? */
GPtrArray *filling_values(const Filling *filling); /* of GivenValue */
