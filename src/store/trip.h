/* store/trip.h: the mail that the robot writes to itself each day: sent, taken in, recognised. A robot that
 * is blind and one that has nothing to do look alike without it (MAIL.md D57). */
#pragma once

#include "store/store.h"

typedef struct {
        char *message_id; /* of the last one, without <>; NULL: none yet */
        int64_t made_at;  /* 0: none yet */
        int64_t back_at;  /* 0: not yet */
} Trip;
void trip_clear(Trip *trip);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Trip, trip_clear)

bool trip_read(Store *store, Trip *trip_out, GError **error);
bool trip_begin(Store *store, const char *message_id, int64_t now, GError **error);
/* Nothing happens when that message is not the last one, or was back already. */
bool trip_end(Store *store, const char *message_id, int64_t now, GError **error);
