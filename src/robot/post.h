/* robot/post.h: a mail that was decided becomes bytes in the spool and a row in the outbox.
 *
 * The bytes are final and the Message-ID follows from case, step, template, recipient and generation: the
 * same mail has the same id whenever it is made (MAIL.md D28-D31). Runs inside the caller's transaction; the
 * caller syncs the spool before it commits.
 */
#pragma once

#include "procedure/decide.h"
#include "robot/house.h"
#include "store/spool.h"

typedef struct {
        House *house;
        Spool *out; /* of rendered mails */
        int64_t now;

        const Procedure *procedure;
        const Case *the_case;
        int64_t case_ends_at; /* the last instant the case waits for: tokens live longer than that */
        const char
                *answered_id; /* Message-ID, without <>, of the message that is_answer mails answer; NULL */
        GHashTable *papers;   /* post_papers_new(): documents that were made, for the next reader of one */
} Post;

GHashTable *post_papers_new(void);

/* False on error. A mail that is in the outbox already, or whose reader is not in the case, is done. */
bool post_mail(const Post *post, const MailOrder *order, GError **error);

/* Can another's Message-ID, without <>, stand in a header of ours? */
bool post_is_message_id(const char *id);
