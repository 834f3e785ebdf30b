/* robot/house_mail.h: a mail of the house to one of its staff, about no one case: a digest, what came of the
 * answer to one.
 *
 * As robot/post.h does for cases: bytes in the spool, a row in the outbox, a reply token; all in the caller's
 * transaction, who syncs the spool before it commits.
 */
#pragma once

#include "base/token.h"
#include "robot/apply.h"

typedef struct {
        const char *key;             /* template */
        const Person *to;            /* borrowed, as all of this */
        const char *actions;         /* of the reply token */
        const char *const *id_parts; /* what makes its Message-ID, NULL-terminated */
        const char *answered_id;     /* the message it answers, without <>; NULL: the robot begins */
        bool is_list;                /* has a List-Id, so that people can file it */

        TokenClaim claim; /* from here on by house_mail_open() */
        char *reply_to, *message_id;
} HouseMail;
void house_mail_clear(HouseMail *mail);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(HouseMail, house_mail_clear)

/* Gives it its id and its reply address. */
void house_mail_open(HouseMail *mail, const Applier *applier);
const char *house_mail_language(const House *house, const char *key, const Person *to);
/* The final bytes. view gets the names that every mail has. */
GBytes *house_mail_compose(const HouseMail *mail, const Applier *applier, json_t *view, GError **error);
bool house_mail_put(const HouseMail *mail, const Applier *applier, GBytes *bytes, GError **error);
/* Both; view is borrowed. */
bool house_mail_send(const HouseMail *mail, const Applier *applier, json_t *view, GError **error);
