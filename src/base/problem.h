/* base/problem.h: what is wrong in a file that a person wrote, as `file:line:column: what — mend`.
 *
 * Collects; never prints and never stops. The readers of configuration, rules, templates and CSV
 * add every problem they find, the command that asked prints them all and chooses the exit code.
 */
#pragma once

#include <glib.h>

typedef struct {
        char *file; /* owned; as the person named it */
        int line;   /* from 1; 0: the file as a whole */
        int column; /* from 1, in characters; 0: the line as a whole */
        char *what; /* owned; one sentence without full stop */
        char *mend; /* owned; what to write instead; "" when `what` says it all */
} Problem;

typedef struct Problems Problems;

Problems *problems_new(void);
void problems_free(Problems *problems);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Problems, problems_free)

/* Adds one problem. format makes `what`. */
void problems_add(Problems *problems, const char *file, int line, int column, const char *mend,
                  const char *format, ...) G_GNUC_PRINTF(6, 7);

guint problems_count(const Problems *problems);
const Problem *problems_get(const Problems *problems, guint index); /* in the order of file, line, column */

/* One line a problem, sorted by file, line and column. The caller frees. */
char *problems_print(const Problems *problems);
