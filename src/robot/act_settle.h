/* robot/act_settle.h: what was done on a page becomes decided, as a message does: events, decision, closed
 * row. */
#pragma once

#include "robot/act.h"
#include "robot/apply.h"
#include "store/inbox.h"

/* Inside the caller's transaction. *mails_out: how many were ordered. */
bool act_settle(const Applier *applier, const Act *act, const InboxRow *row, guint *mails_out,
                GError **error);
