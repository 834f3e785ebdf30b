/* robot/pages.h: the pages of the web duty as HTML: templates and words of mail_templates/page/.
 *
 * One template a page for all languages; the words are in words.yaml beside them, the looks in style.css.
 */
#pragma once

#include "base/problem.h"

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

typedef struct Pages Pages;

/* languages: NULL-terminated; each word must have them all. NULL when there was a problem. */
Pages *pages_load(const char *templates_dir, const char *const *languages, Problems *problems);
void pages_free(Pages *pages);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Pages, pages_free)

/* Every page is there, and what its template and partials name is what that page has (example.json beside
 * them). Adds what is wrong with loading too. */
void pages_check(const char *templates_dir, const char *const *languages, Problems *problems);

GBytes *pages_style(const Pages *pages);                                           /* a reference */
const char *pages_word(const Pages *pages, const char *key, const char *language); /* borrowed */
const char *pages_language(const Pages *pages,
                           const char *wished); /* wished if there is such, else the first */
/* What a browser asks for: Accept-Language (RFC 9110, 12.5.4), any bytes; the first when there is none of
 * them. */
const char *pages_wished_language(const Pages *pages, const char *accept);
const char *const *pages_languages(const Pages *pages);
/* view is taken over; language, dir and the words (`w`) are added to it. NULL with an error that names file
 * and line: a template's mistake. */
GBytes *pages_render(const Pages *pages, const char *page, const char *language, json_t *view,
                     GError **error);
