/* mail/own_text.h: which words of a reply are our own: its text laid along the mails that it answers.
 *
 * Mail programs rewrap, prefix, translate headers and drop markup, but they keep the words and their order.
 * So words are aligned, not lines; addresses of links are no words. Both versions of our mail (text, and HTML
 * as text) are tried and the one that fits better decides. Linear: every word of the reply is extended over
 * once, and a sequence of four words is looked for at a bounded number of places.
 */
#pragma once

#include "mail/reply_line.h"

/* One of our mails: its two versions. */
typedef struct {
        char *text;
        char *html; /* NULL: it has none */
} OwnMail;
OwnMail *own_mail_read(GBytes *raw);
void own_mail_free(OwnMail *mail);

typedef struct OwnText OwnText;

/* own: of OwnMail; NULL or empty gives NULL. */
OwnText *own_text_new(const GPtrArray *own);
void own_text_free(OwnText *own);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(OwnText, own_text_free)

/* What is known of one line of the reply. */
typedef struct {
        guint n_words;
        guint n_ours;      /* of them, in their order, in our mail */
        guint run;         /* words of the longest aligned run that the line has a part in */
        guint n_missing;   /* of the others, those that our mail has just there: ours, mangled */
        bool is_whole;     /* the runs begin and end where lines of ours do */
        size_t head, tail; /* bytes of the raw line before the first and behind the last word of ours */
} OwnLine;

/* One entry for each line; NULL when nothing is aligned. The caller frees. */
OwnLine *own_text_align(const OwnText *own, const ReplyLines *lines);
