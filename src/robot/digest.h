/* robot/digest.h: what one of the staff should know today, as the view of the mail `digest`, and the mail
 * itself.
 *
 * First what needs them, then what is late, what moved, what comes, labels, the picture of progress, and what
 * shows that the robot is alive. Lines have numbers; what each stands for is bound to that mail
 * (store/digests.h), so that answers can name them (robot/desk.h). A scope never shows another's cases; of
 * what is confidential a count alone is said. Sent when nothing happened, too: silence means trouble.
 */
#pragma once

#include "robot/apply.h"
#include "store/staff.h"

enum { DIGEST_LINES_MAX = 200, DIGEST_BYTES_MAX = 90 * 1000 };

typedef struct {
        json_t *view;  /* owned */
        GArray *lines; /* of DigestLine: what the numbers stand for; owned */
        int64_t told;  /* the last journal entry that it tells of */
} Digest;
void digest_free(Digest *digest);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Digest, digest_free)

/* Reads the database alone. NULL on error. */
Digest *digest_gather(House *house, const Staff *staff, const Person *reader, int64_t now, GError **error);
/* Lines beyond the limit go; they are counted. */
void digest_cut(Digest *digest, guint limit, const char *language);

/* Everything for the mail of one whose digest is due: gathered, put into the outbox, the next one set. Opens
 * its own transaction. */
bool digest_post(const Applier *applier, const Staff *staff, GError **error);
/* The mail as it would be now, without sending it or binding its numbers: final bytes. */
GBytes *digest_preview(House *house, const Staff *staff, const Person *reader, GError **error);
