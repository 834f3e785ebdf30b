/* procedure/promises.h: what must hold of every decision (DESIGN.md section 2), as far as plain values show
 * it.
 *
 * Written apart from decide(), so that a mistake there is not made here once more. For simulations and tests;
 * the robot itself does not pay for it.
 */
#pragma once

#include "procedure/decide.h"

typedef struct {
        const Procedure *procedure;
        const Case *before; /* NULL: the case begins; its outline is enough */
        const Event *event;
        const Decision *decision;
        const Case *after; /* before, with the decision's records folded in */
        int64_t now;
        const char *secret; /* a word that people write into every confidential form; NULL: none */
} Promises;

/* The first promise that the decision breaks, as one sentence that the caller frees; NULL: all are kept. */
char *promises_broken(const Promises *promises);

/* Does the whole journal of a case (of Record, from its beginning) give this state? The sentence, or NULL. */
char *promises_broken_by_journal(const GPtrArray *journal, const Case *state);

/* Does time come to rest? timer is the soonest after a decision about time; NULL: none. */
char *promises_broken_by_time(const Promises *promises, const Timer *timer);

/* Is the award of a robot's step earned: everything it needs is done, and the value it looks at is good? */
bool promises_award_is_earned(const Step *award, const Case *the_case);
