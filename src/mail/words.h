/* mail/words.h: the words of our mails, from mail_templates/.
 *
 * Each mail is one file a language, mail_templates/mail/<key>.<lang>.mustache: `Subject: …` on the first
 * line, below it the words, once, in the light markup of markup.h, from which the text part and the HTML part
 * are made. Partials lie in mail_templates/partial (head and foot stand around every mail), the frame of the
 * HTML in mail_templates/layout/mail.html.mustache; example.json holds every name that the view has.
 */
#pragma once

#include "base/problem.h"

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct MailTemplates MailTemplates;

/* Loads, parses and checks all of mail_templates/: names are looked up in example.json. NULL when there was a
 * problem. */
MailTemplates *mail_templates_load(const char *path, Problems *problems);
void mail_templates_free(MailTemplates *templates);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MailTemplates, mail_templates_free)
bool mail_templates_has(const MailTemplates *templates, const char *key, const char *language);
/* The names of the view that the mail and its partials read, NULL-terminated: no other need be there. NULL:
 * no such mail. Borrowed. */
const char *const *mail_templates_wanted(const MailTemplates *templates, const char *key,
                                         const char *language);

/* For `facteur check`: a problem at the mark (a line of rules/) for each language in which the mail is
 * missing. */
void mail_templates_check_mail(const MailTemplates *templates, const char *key, const char *const *languages,
                               const char *file, int line, int column, Problems *problems);
/* A problem for each line of ours that equals, once folded, one of the words that people answer with
 * (keywords, values of forms): it would be taken away from their reply as ours. NULL-terminated. */
void mail_templates_check_lines(const MailTemplates *templates, const char *const *words, Problems *problems);

/* A number as templates need it: {n, zero, one, two, few, many, other}, one of the categories true (CLDR).
 * For each list `x` of a view mail_words_render() adds `has_x` and `x_count` itself. */
json_t *mail_count(int64_t n, const char *language);

/* One mail's words. */
typedef struct {
        char *subject; /* one line */
        char *text;    /* complete; lines end with \n, a paragraph is one line */
        char *html;
} MailWords;
void mail_words_clear(MailWords *words);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MailWords, mail_words_clear)

#define WORDS_ERROR words_error_quark()
GQuark words_error_quark(void);

/* False with an error that names file, line and the missing value: no such template, or a name that the view
 * lacks. words_out must be zeroed; clear it either way. */
bool mail_words_render(const MailTemplates *templates, const char *key, const json_t *view,
                       const char *language, MailWords *words_out, GError **error);
