/* store/people.h: everyone facteur writes to. Never overwritten: a change is a new record in the journal. */
#pragma once

#include "procedure/person.h"
#include "store/store.h"

int64_t people_add(Store *store, const Person *person, int64_t now,
                   GError **error); /* journalled; -1 on error */
Person *people_get(Store *store, int64_t id, GError **error);
int64_t people_find_address(Store *store, const char *address,
                            GError **error); /* by address_key(); 0: unknown; -1 on error */
bool people_set_failing(Store *store, int64_t id, bool is_failing, int64_t now,
                        GError **error); /* journalled */
/* A new address of the same person, reachable again; journalled. One that somebody else has changes nothing.
 */
bool people_set_address(Store *store, int64_t id, const char *address, int64_t now, GError **error);
/* Who has taken the file over; the person itself when nobody has; -1 on error. */
int64_t people_resolve(Store *store, int64_t id, GError **error);
/* Whose address it is. *is_former_out: that of a file they took over, which nobody confirmed. */
int64_t people_find_writer(Store *store, const char *address, bool *is_former_out, GError **error);
/* `gone` is another file of `keep`: mails, messages and digests of it are theirs from now on, and its address
 * finds them. Journalled. Cases, tokens, staff and rolls are the caller's. */
bool people_merge(Store *store, int64_t keep, int64_t gone, int64_t now, GError **error);
/* Of the files that were taken over: of char *. */
GPtrArray *people_former_addresses(Store *store, int64_t id, GError **error);
/* Domains of the addresses of at least so many people: of char *. */
GPtrArray *people_domains(Store *store, int least, GError **error);
/* Everyone but files that were taken over: of Person. Names can be compared by people_name_key() alone. */
GPtrArray *people_all(Store *store, GError **error);
/* A name as it is compared: folded, its words in alphabetical order. The caller frees. */
char *people_name_key(const char *name);
/* Makes the person findable (store/finds.h). Whoever is added or changes their address is, without asking. */
bool people_index(Store *store, int64_t id, int64_t now, GError **error);
