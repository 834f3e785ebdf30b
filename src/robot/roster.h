/* robot/roster.h: who gets the digest, and when the next one is due.
 *
 * The registry's address of the configuration gets it each working day, whatever is asked for. Who plays a
 * role of staff in a case (`staff:` of the rules) gets theirs from that day on, and whoever an import names.
 */
#pragma once

#include "robot/house.h"
#include "store/staff.h"

enum { DIGEST_MINUTE = 7 * 60 + 30 };

/* The registry's address is one of the people and of the staff. Inside the caller's transaction. */
bool roster_prepare(House *house, int64_t now, GError **error);
/* A person of the staff, unless they are already; without a registry's address nothing happens. */
bool roster_enrol(House *house, int64_t person, StaffScope scope, int64_t now, GError **error);
/* Those who play a role of staff in the case. */
bool roster_enrol_holders(House *house, const Procedure *procedure, const Case *the_case, int64_t now,
                          GError **error);
bool roster_is_registry(const House *house, const Person *person);
/* When their next digest is due, after an instant; 0: never. */
int64_t roster_next(House *house, const Staff *staff, const Person *person, int64_t after);
