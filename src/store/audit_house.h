/* store/audit_house.h: are people, staff, rolls and days what the journal says? For journal.c alone. */
#pragma once

#include "store/store.h"

/* Adds a sentence to faults (of char *) for each row that differs, or is missing. False: the database cannot
 * be read. */
bool audit_house(Store *store, GPtrArray *faults, GError **error);
