/* mail/template.h: Mustache templates (spec 1.4: variables, sections, inverted, partials, comments,
 * delimiters; no lambdas, no inheritance).
 *
 * Parsed once, partials too; every mark is kept. Strict: a variable that the view does not have is an error,
 * never silence; a section over an absent name is false, so that is why template_check() asks at load for
 * every name. Empty strings, 0 and null are false. What is inserted is escaped by the output.
 */
#pragma once

#include "base/problem.h"

#include <jansson.h>
#include <stdbool.h>

typedef enum {
        TEMPLATE_TEXT,   /* as it is */
        TEMPLATE_HTML,   /* & < > " ' escaped; {{{x}}} and {{&x}} are not */
        TEMPLATE_HEADER, /* one line without controls or bidi overrides */
        TEMPLATE_MARKUP, /* each value between U+0002 and U+0003, for markup.h; controls inside become blanks
                          */
} TemplateOutput;

typedef struct Template Template;

/* Finds a partial by name; gives NULL when there is none. Borrowed. */
typedef const Template *(*TemplatePartial)(const char *name, void *data);

/* line: of the file on which source begins (1: the whole file). NULL when a problem was added. */
Template *template_parse(const char *file, int line, const char *source, Problems *problems);
void template_free(Template *tmpl);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Template, template_free)

/* Renders a view (a JSON object). NULL and error text (owned; file, line and the name) on failure: an unknown
 * name or partial while is_strict, partials too deep, output beyond 4 MB. */
char *template_render(const Template *tmpl, const json_t *view, TemplateOutput output, bool is_strict,
                      TemplatePartial partial, void *data, char **error_out);

/* Walks the template and its partials over an example of the view that holds every name (of an array its
 * first item) and adds a problem for each name, and each partial, that does not exist. */
void template_check(const Template *tmpl, const json_t *example, TemplatePartial partial, void *data,
                    Problems *problems);

/* Calls visit for the first part of every name that the template and its partials read: what a view must
 * have. No partial may call itself (template_check()). */
typedef void (*TemplateWant)(const char *name, void *data);
void template_wants(const Template *tmpl, TemplatePartial partial, void *partial_data, TemplateWant visit,
                    void *data);
