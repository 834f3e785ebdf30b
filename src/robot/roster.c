#include "robot/roster.h"

#include "base/address.h"
#include "store/people.h"

enum { DAYS_MAX = 60 };

bool roster_is_registry(const House *house, const Person *person)
{
        const char *registry = house->config->registry_address;
        return registry != NULL && address_equal(registry, person->address);
}

/* Is it the first working day since the last one of the week before? */
static bool begins_week(const Procedure *procedure, const char *country, Day day)
{
        const int last = procedure_week_end(procedure, country);
        for (Day before = day - 1; day_weekday(before) != last; before--)
                if (procedure_is_working_day(procedure, country, before))
                        return false;
        return true;
}

int64_t roster_next(House *house, const Staff *staff, const Person *person, int64_t after)
{
        if (staff->rhythm == RHYTHM_NEVER)
                return 0;
        const Procedure *procedure = house->procedure;
        GTimeZone *zone = house_zone(house, person->timezone);
        const char *country =
                procedure_has_country(procedure, person->country) ? person->country : house->config->country;
        const Day today = day_at(after, zone);
        for (Day day = today; day < today + DAYS_MAX; day++) {
                int64_t at = day_instant(day, staff->minute / 60, staff->minute % 60, zone);
                if (at > after && procedure_is_working_day(procedure, country, day) &&
                    (staff->rhythm == RHYTHM_DAY || begins_week(procedure, country, day)))
                        return at;
        }
        return day_instant(today + DAYS_MAX, 0, staff->minute, zone); /* two months of holidays: ask again */
}

static bool enrol(House *house, const Person *person, StaffScope scope, int64_t now, GError **error)
{
        Staff staff = { .person = person->id, .scope = scope, .minute = DIGEST_MINUTE };
        staff.next_at = roster_next(house, &staff, person, now);
        return staff_put(house->store, &staff, now, error);
}

bool roster_enrol(House *house, int64_t id, StaffScope scope, int64_t now, GError **error)
{
        Staff staff;
        bool is_staff;
        if (house->config->registry_address == NULL)
                return true;
        if (!staff_get(house->store, id, &staff, &is_staff, error))
                return false;
        if (is_staff)
                return true;
        Person *person = people_get(house->store, id, error);
        bool is_done = person != NULL && enrol(house, person, scope, now, error);
        person_free(person);
        return is_done;
}

bool roster_enrol_holders(House *house, const Procedure *procedure, const Case *the_case, int64_t now,
                          GError **error)
{
        for (const char *const *role = procedure_staff(procedure); *role != NULL; role++) {
                int64_t person = case_holder(the_case, *role, now);
                if (person != 0 && !roster_enrol(house, person, SCOPE_OWN, now, error))
                        return false;
        }
        return true;
}

bool roster_prepare(House *house, int64_t now, GError **error)
{
        const Config *config = house->config;
        if (config->registry_address == NULL)
                return true;
        int64_t id = people_find_address(house->store, config->registry_address, error);
        if (id == 0) {
                Person person = { .name = config->institution,
                                  .address = config->registry_address,
                                  .language = (char *)procedure_languages(house->procedure)[0],
                                  .timezone = config->timezone,
                                  .country = config->country };
                id = people_add(house->store, &person, now, error);
        }
        if (id <= 0)
                return false;
        Staff staff;
        bool is_staff;
        if (!staff_get(house->store, id, &staff, &is_staff, error))
                return false;
        if (is_staff && staff.scope == SCOPE_ALL && staff.rhythm == RHYTHM_DAY)
                return true;
        Person *person = people_get(house->store, id, error);
        bool is_done = person != NULL && enrol(house, person, SCOPE_ALL, now, error);
        person_free(person);
        return is_done;
}
