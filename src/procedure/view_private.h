/* procedure/view_private.h: what the makers of a case's view share. For view.c, view_form.c and view_course.c
 * alone.
 *
 * A view_of_ function makes one name of the view; NULL: this mail has none.
 */
#pragma once

#include "procedure/decide.h"
#include "procedure/procedure_private.h"

typedef struct {
        const Procedure *procedure;
        const Case *the_case;
        const MailOrder *mail;
        const Step *step; /* the mail is about; NULL */
        const char *language;
        GTimeZone *zone;
        int64_t now;
        const char *const *wanted; /* names that will be read; NULL: all */
} Viewer;

/* view.c */
/* The step's own word for the answer or the state, else the engine's. */
const char *view_state_label(const Viewer *viewer, const Step *step, const Task *task, TaskState state);
const char *view_person_name(const Case *the_case, int64_t id); /* "" */
bool view_is_done(const Viewer *viewer, const char *step);
bool view_is_asking(const Viewer *viewer); /* does the mail ask for the answer itself? */

/* view_form.c */
json_t *view_of_values(const Viewer *viewer,
                       const Form *form); /* fields that have a value; NULL: of no form */
json_t *view_of_data(const Viewer *viewer);
json_t *view_of_fields(const Viewer *viewer);
json_t *view_of_difference(const Viewer *viewer);
json_t *view_of_remarks(const Viewer *viewer);
json_t *view_of_form_title(const Viewer *viewer);
json_t *view_of_form_intro(const Viewer *viewer);

/* view_course.c */
json_t *view_of_steps(const Viewer *viewer);
json_t *view_of_progress(const Viewer *viewer);
json_t *view_of_events(const Viewer *viewer);
json_t *view_of_missing_steps(const Viewer *viewer);
json_t *view_of_waiting_for(const Viewer *viewer);
json_t *view_of_asks(const Viewer *viewer);
