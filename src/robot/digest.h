/* robot/digest.h: what one of the staff should know today, as the view of the mail `digest`, and the mail
 * itself (digest_post.c).
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
        int first;     /* the number of the first: those before are in the mails that this one follows */
        int64_t told;  /* the last journal entry that it tells of */
} Digest;
void digest_free(Digest *digest);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Digest, digest_free)

/* Reads the database alone. after: the digest whose lines, and those of the mails before it, were shown: what
 * follows them, and no news; 0: the day's. NULL on error. */
Digest *digest_gather(House *house, const Staff *staff, const Person *reader, int64_t after, int64_t now,
                      GError **error);
/* Lines beyond the limit go; they are counted. */
void digest_cut(Digest *digest, guint limit, const char *language);
void digest_set_left_out(Digest *digest, int64_t left_out, const char *language);

/* Everything for the mail of one whose digest is due: gathered, put into the outbox, the next one set. Opens
 * its own transaction. */
bool digest_post(const Applier *applier, const Staff *staff, GError **error);
/* What follows the lines of a digest, as the answer to a mail (SUITE); the numbers before stay bound. The key
 * makes its Message-ID. *has_more_out: there was something; else nothing is sent. Inside the caller's
 * transaction. */
typedef struct {
        const Staff *staff;
        const Person *reader;
        int64_t digest;
        const char *key;         /* of the Message-ID */
        const char *answered_id; /* NULL */
} DigestRest;
bool digest_post_rest(const Applier *applier, const DigestRest *rest, bool *has_more_out, GError **error);
/* The mail as it would be now, without sending it or binding its numbers: final bytes. */
GBytes *digest_preview(House *house, const Staff *staff, const Person *reader, GError **error);
