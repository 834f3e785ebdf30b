/* robot/desk.h: staff act by answering their digest: `1 3 7 VALIDER ; 4 RELANCER ; 9 REMPLACER tuteur x@y`.
 *
 * A number stands for what it stood for in the mail that is answered. Each becomes an event on its case, at
 * the level that the reply has, in a savepoint of its own: done, or nothing of it. What came of all lines
 * goes back as one mail, `digest_results`, whose lines keep their numbers: `3 ANNULER`. It goes to the
 * registered address, whoever wrote.
 */
#pragma once

#include "robot/incoming.h"

/* It answers a digest, or one of the staff asks for something that no case is needed for. */
Settler desk_settle;
