/* robot/identify.h: whose mail is it: which case and step a message is about, who wrote it, and how sure that
 * is.
 *
 * Keys in order: our token in the address, our Message-ID that is answered, a token in the body, the
 * reference in the subject together with a From of that case (MAIL.md D15). Two keys that name different
 * cases name none. The level is DESIGN.md 2.8's.
 */
#pragma once

#include "mail/reading.h"
#include "procedure/case.h"
#include "robot/house.h"

typedef enum {
        MATCH_NONE,
        MATCH_TOKEN,
        MATCH_MESSAGE_ID,
        MATCH_BODY,    /* routing alone */
        MATCH_STAFF,   /* one of the staff said so */
        MATCH_SUBJECT, /* a hint: the reference, and the writer is in that case */
} MatchKind;
const char *match_kind_word(MatchKind kind);

typedef struct {
        MatchKind kind;
        int64_t case_id;        /* 0: none */
        char *step;             /* of our mail that is answered; NULL */
        char *actions;          /* what its token allows: "answer", "confirm", "undo"; "" */
        int64_t token_person;   /* whom our mail was sent to; 0: only a hint names the case */
        int64_t outbox;         /* our mail; 0 */
        int64_t writer;         /* whose registered address From is; 0: nobody's */
        bool is_former_address; /* of a file that the writer took over: it names them, and vouches for nothing
                                 */
        bool is_former_token;   /* of a mail that went to such an address */
        bool is_conflicting;    /* keys name different cases */
        bool is_dead;           /* the token is expired or revoked: it routes to staff and never acts */
} Match;
void match_clear(Match *match);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Match, match_clear)

/* Looks up what a message refers to. False on an error of the database. */
bool match_find(House *house, const References *references, int64_t now, Match *match_out, GError **error);

/* Staff said whose it is: the case, and who wrote it (0: whoever the address belongs to). It counts as an
 * answer to the case's last question to that person, at level A1: the word of staff stands for the token that
 * is missing, and a heavy act still waits for the registered address. case_id 0 changes nothing. */
bool match_assign(House *house, int64_t case_id, int64_t person, Match *match, GError **error);

/* The bytes (GBytes) of the mails of ours that are answered: what the reader takes out of the reply. */
GPtrArray *match_own_mails(const House *house, const Match *match, const References *references);

/* Does the border vouch that the message is from this person's registered address? It shows no token of ours:
 * alone it lets nobody act. */
bool match_is_vouched(const Match *match, const Reading *reading, int64_t person);
/* How sure it is that the person the token was given to wrote this. */
Level match_level(const Match *match, const Reading *reading);
