/* robot/act.h: what somebody did on a page, as a message for the inbox (door "web").
 *
 * The web duty writes it, the clerk reads it: one JSON object, no token in it, values as they were typed. A
 * confidential form is sealed before it gets here (base/seal.h).
 */
#pragma once

#include "procedure/decide.h"

typedef enum {
        ACT_ANSWERED,   /* an answer of a step, with its reason */
        ACT_FILLED,     /* a form, sent */
        ACT_SAVED,      /* a form, kept for later */
        ACT_SEALED,     /* a confidential form */
        ACT_NOT_ME,     /* the reader says the role is somebody else's */
        ACT_FRESH_LINK, /* an expired link was opened: the open step's mail once more, to the registered
                           address */
        ACT_SPACE_LINK, /* a link to one's own space was asked for, by address */
        ACT_READ,       /* a sealed form was opened by its reader */
} ActWhat;

typedef struct {
        ActWhat what;
        int64_t case_id, person; /* 0 for ACT_SPACE_LINK */
        char *step;              /* NULL for ACT_SPACE_LINK */
        char *nonce;             /* of the page: the same submission again is the same act */
        char *answer;            /* ACT_ANSWERED: as ActionRule has it; NULL */
        char *reason;            /* ACT_ANSWERED; NULL */
        char *address;           /* ACT_SPACE_LINK, ACT_NOT_ME; NULL */
        char *sealed;            /* ACT_SEALED; NULL */
        GPtrArray *values;       /* of GivenValue: ACT_FILLED, ACT_SAVED; NULL */
} Act;

void act_free(Act *act);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Act, act_free)
GBytes *act_write(const Act *act);
Act *act_read(GBytes *bytes); /* NULL: not one of ours */
/* SHA-256, hex, of case, step, person and nonce: "seen before". */
char *act_fingerprint(const Act *act);
