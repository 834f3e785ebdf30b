#include "robot/round_trip.h"

#include "robot/house_mail.h"
#include "store/trip.h"

#include <inttypes.h>

enum { TRIP_HOUR = 7 }; /* half an hour before the digests */

static bool is_wanted(const House *house)
{
        return house->config->registry_address != NULL;
}

/* When the day's trip begins that is the last one by now. */
static int64_t last_due(const House *house, int64_t now)
{
        const Day today = day_at(now, house->zone);
        const int64_t at = day_instant(today, TRIP_HOUR, 0, house->zone);
        return at <= now ? at : day_instant(today - 1, TRIP_HOUR, 0, house->zone);
}

static bool put(const Applier *applier, GError **error)
{
        House *house = applier->house;
        const Config *config = house->config;
        const Person self = { .name = config->display_name,
                              .address = config->address,
                              .language = (char *)procedure_languages(house->procedure)[0],
                              .timezone = config->timezone,
                              .country = config->country };
        g_autofree char *made = g_strdup_printf("%" PRId64, applier->now);
        const char *parts[] = { "round_trip", made, NULL };
        g_auto(HouseMail) mail = { .key = "round_trip", .to = &self, .actions = "", .id_parts = parts };
        json_t *view = json_object();
        house_mail_open(&mail, applier);
        const bool is_sent = house_mail_send(&mail, applier, view, error);
        json_decref(view);
        return is_sent && trip_begin(house->store, mail.message_id, applier->now, error);
}

bool round_trip_turn(House *house, Spool *out, guint *mails_out, GError **error)
{
        const Applier applier = { .house = house, .out = out, .now = house_now(house) };
        g_auto(Trip) trip = { 0 };
        *mails_out = 0;
        if (!is_wanted(house))
                return true;
        if (!trip_read(house->store, &trip, error))
                return false;
        if (trip.made_at >= last_due(house, applier.now))
                return true;
        if (!store_begin(house->store, error))
                return false;
        if (put(&applier, error) && spool_sync(out, error) && store_commit(house->store, error)) {
                *mails_out = 1;
                return true;
        }
        store_rollback(house->store);
        return false;
}

bool round_trip_next_due(House *house, int64_t *due_at_out, GError **error)
{
        g_auto(Trip) trip = { 0 };
        *due_at_out = INT64_MAX;
        if (!is_wanted(house))
                return true;
        if (!trip_read(house->store, &trip, error))
                return false;
        const int64_t last = last_due(house, house_now(house));
        *due_at_out = trip.made_at < last
                              ? last
                              : day_instant(day_at(last, house->zone) + 1, TRIP_HOUR, 0, house->zone);
        return true;
}
