/* robot/incoming.h: one mail in the clerk's hand, for those who may settle it before a case is asked: a new
 * address, staff's desk, a label's number, what is shared about an organisation.
 */
#pragma once

#include "robot/apply.h"
#include "robot/identify.h"
#include "store/inbox.h"

typedef struct { /* all borrowed */
        const Applier *applier;
        const Match *match;
        const Reading *reading;
        const InboxRow *row;
} Incoming;

typedef struct {
        guint mails;     /* that were ordered */
        bool is_settled; /* it asks for nothing else: its row is to be closed with what follows */
        Outcome outcome;
        const char *rule; /* static */
        int64_t person;   /* who acted */
        Level level;
} Settlement;

/* Inside the caller's transaction, who closes the row. The settlement comes zeroed, and stays so when the
 * mail is another's. False: an error. */
typedef bool Settler(const Incoming *mail, Settlement *settlement, GError **error);

/* What an answer to this person answers: nobody is shown that another wrote. NULL: nothing. */
const char *incoming_answered_id(const Incoming *mail, const Person *to);
