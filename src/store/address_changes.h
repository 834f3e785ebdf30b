/* store/address_changes.h: new addresses that wait for the yes of both. */
#pragma once

#include "store/store.h"

typedef struct {
        int64_t id, person, case_id;
        char *address; /* the new one */
        int64_t asked_by, asked_at;
        bool needs_old;
        int64_t old_at, new_at; /* each said yes then; 0 */
        bool is_waiting;
} AddressChange;
void address_change_free(AddressChange *change);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AddressChange, address_change_free)

/* Takes the place of one of the person that waits still; journalled. Sets the id. */
bool address_changes_add(Store *store, AddressChange *change, int64_t now, GError **error);
AddressChange *address_changes_get(Store *store, int64_t id,
                                   GError **error); /* NULL without error when absent */
/* What waits for a person; NULL without error: nothing. */
AddressChange *address_changes_waiting(Store *store, int64_t person, GError **error);
/* One of the two said yes; journalled. */
bool address_changes_confirm(Store *store, AddressChange *change, bool is_new_side, int64_t now,
                             GError **error);
/* Done, or denied; journalled. */
bool address_changes_close(Store *store, const AddressChange *change, bool is_denied, int64_t now,
                           GError **error);
