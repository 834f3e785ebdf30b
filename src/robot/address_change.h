/* robot/address_change.h: a new address counts once both have said so.
 *
 * Staff correct an address, or its owner gives a new one: nothing changes yet. The new address is asked,
 * always, so that nobody's mail goes to a stranger; the old one too while it works, unless it asked itself,
 * so that nobody is talked out of their place. With both answers the address changes in every case, what lies
 * in the old mailbox opens nothing more, what waits is asked at the new one, and the old one is told. A no
 * ends it.
 */
#pragma once

#include "robot/incoming.h"

/* Would the decision change an address? Then it is asked first: the mails are ordered here, and the decision
 * is not to be applied. tells_asker: no other mail tells them. *is_taken_out: so it was. */
bool address_change_take(const Applier *applier, const Case *the_case, const Event *event,
                         const Decision *decision, bool tells_asker, bool *is_taken_out, guint *mails_out,
                         GError **error);

/* The answer to "is this your address?". */
Settler address_change_settle;
