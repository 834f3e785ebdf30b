/* mail/template.h: Mustache templates (spec 1.4: variables, sections, inverted, partials, comments,
 * delimiters).
 *
 * Parsed once with marks; strict: a name that the view does not have is a problem at load or an error at
 * rendering, never silence. Escaping is decided by the output: HTML, plain text or header. LIBRARIES.md
 * section 9.
 */
#pragma once

#include "base/problem.h"

#include <jansson.h>
#include <stdbool.h>

typedef enum { TEMPLATE_TEXT, TEMPLATE_HTML, TEMPLATE_HEADER } TemplateOutput;

typedef struct Template Template;

/* Finds a partial's source by name; gives NULL when there is none. */
typedef const char *(*TemplatePartial)(const char *name, void *data);

Template *template_parse(const char *file, const char *source, Problems *problems);
void template_free(Template *tmpl);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Template, template_free)

/* Renders a view (a JSON object). is_strict: an unknown name is an error. NULL and error text (owned) on
 * failure. */
char *template_render(const Template *tmpl, const json_t *view, TemplateOutput output, bool is_strict,
                      TemplatePartial partial, void *data, char **error_out);

/* Calls visit for every variable and section name with its mark: for `facteur check`. */
typedef void (*TemplateVisit)(const char *name, int line, int column, void *data);
void template_names(const Template *tmpl, TemplateVisit visit, void *data);
