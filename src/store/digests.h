/* store/digests.h: mails whose lines have numbers, and what each number stands for: in that mail alone, for
 * as long as it can be answered. */
#pragma once

#include "store/store.h"

typedef enum {
        LINE_TASK,    /* a step of a case */
        LINE_HELD,    /* a message that waits for staff */
        LINE_ADDRESS, /* a person whose address fails */
} LineKind;
enum { N_LINE_KINDS = LINE_ADDRESS + 1 };

typedef struct {
        int n;
        LineKind kind;
        int64_t case_id; /* 0 */
        char *step;      /* owned; "" */
        int64_t person;  /* LINE_ADDRESS; 0 */
        int64_t message; /* inbox row: LINE_HELD; 0 */
} DigestLine;
void digest_line_clear(DigestLine *line);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(DigestLine, digest_line_clear)

bool digests_add(Store *store, int64_t person, int64_t now, int64_t *id_out, GError **error);
/* A number that is bound already stays bound as it is. */
bool digests_bind(Store *store, int64_t digest, const DigestLine *line, GError **error);
/* *is_found_out false: that mail has no such number. line_out must be cleared in either case. */
bool digests_find(Store *store, int64_t digest, int n, DigestLine *line_out, bool *is_found_out,
                  GError **error);
/* All of a mail's, by number: of DigestLine. NULL on error. */
GArray *digests_lines(Store *store, int64_t digest, GError **error);
/* A mail that goes on where another ended: its numbers are bound there, too. */
bool digests_continue(Store *store, int64_t from, int64_t to, GError **error);
