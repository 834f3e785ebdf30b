/* mail/reply_line.h: the lines of a reply's text, each folded once, and what is known of each.
 *
 * Shared by those who find quotations (quote_header.h, own_text.h) and signatures (signature.h). Linear.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

typedef enum {
        LINE_WRITTEN,   /* by the person, as far as is known; blank lines too */
        LINE_QUOTED,    /* said before */
        LINE_OURS,      /* said before, by us */
        LINE_HEADER,    /* put above a quotation by a program */
        LINE_SIGNATURE, /* signature, sign-off, "sent from my phone" */
        LINE_NOTICE,    /* added by a server: confidentiality, environment, external sender */
} LineKind;

/* Strings point into the text and its folded form and are not terminated. */
typedef struct {
        const char *begin; /* as it came, without its break */
        size_t length;
        const char *folded; /* without quote marks */
        size_t folded_length;
        int depth; /* of `>` marks */
        LineKind kind;
        size_t keep; /* only so many bytes of a written line are the person's; 0: all */
        size_t tail; /* so many bytes at the end of a line of ours are the person's */
} ReplyLine;

typedef struct {
        ReplyLine *lines;
        guint n_lines;
        char *folded;
} ReplyLines;

/* text is borrowed and must live as long as the lines. */
ReplyLines *reply_lines_new(const char *text);
void reply_lines_free(ReplyLines *lines);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ReplyLines, reply_lines_free)

bool reply_line_is_blank(const ReplyLine *line);
/* The next line, from `from` on, that is not blank; n_lines when there is none. */
guint reply_lines_next(const ReplyLines *lines, guint from);
/* What stands on the line behind its quote marks. */
const char *reply_line_content(const ReplyLine *line, size_t *length_out);
/* Bytes of the line as it came that folded_bytes of its folded form stand for. */
size_t reply_line_raw_prefix(const ReplyLine *line, size_t folded_bytes);
/* Made of `-`, `_`, `=` or `*` alone. */
bool reply_line_is_rule(const ReplyLine *line);
