/* robot/import_people.c: one row of a table of people: those of a role, or the staff. */
#include "robot/import_private.h"

#include "base/text.h"
#include "robot/roster.h"
#include "store/people.h"
#include "store/rolls.h"

#include <string.h>

enum { COHORT_MAX_CHARACTERS = 100, HOURS = 24, MINUTES = 60 };

/* Where people are when the row says nothing. */
static Person *read_person(const Row *row, PersonCells *cells)
{
        const Config *config = row->import->house->config;
        const char *country = row_text(row, "country"), *zone = row_text(row, "timezone");
        if (cells->country[0] == '\0') {
                cells->country = country;
                cells->country_name = "country";
        }
        if (cells->timezone[0] == '\0')
                cells->timezone = zone;
        cells->home_country = config->country;
        cells->home_timezone = config->timezone;
        return row_person(row, cells);
}

/* name, email, language of the row. */
static Person *read_plain_person(const Row *row)
{
        PersonCells cells = { .email_name = "email",
                              .name_name = "name",
                              .language_name = "language",
                              .country_name = "country",
                              .email = row_text(row, "email"),
                              .name = row_text(row, "name"),
                              .language = row_text(row, "language"),
                              .country = "",
                              .timezone = "" };
        return read_person(row, &cells);
}

/* <role>_name, <role>_email of the one role that the header names. */
static Person *read_person_of(const Row *row, const char *role, const char *email_name)
{
        g_autofree char *name_name = g_strconcat(role, "_name", NULL),
                        *language_name = g_strconcat(role, "_language", NULL),
                        *country_name = g_strconcat(role, "_country", NULL);
        PersonCells cells = { .email_name = email_name,
                              .name_name = name_name,
                              .language_name = language_name,
                              .country_name = country_name,
                              .email = row_part(row, role, "email", ""),
                              .name = row_part(row, role, "name", ""),
                              .language = row_part(row, role, "language", ""),
                              .country = row_part(row, role, "country", ""),
                              .timezone = row_part(row, role, "timezone", "") };
        return read_person(row, &cells);
}

/* People of a role. */

static json_t *fields_of(const Row *row)
{
        g_autoptr(GHashTable) data = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
        row_fields(row, true, data);
        json_t *object = json_object();
        GHashTableIter iter;
        gpointer key, value;
        g_hash_table_iter_init(&iter, data);
        while (g_hash_table_iter_next(&iter, &key, &value))
                json_object_set_new(object, key, json_string(value));
        return object;
}

static const char *label_of(const Import *import, const char *role)
{
        const Texts *label = procedure_role_label(import->house->procedure, role);
        return label != NULL ? texts_get(label, import->table->language) : role;
}

static void count(const Row *row, bool is_changed)
{
        ImportReport *report = row->import->report;
        report->begun += is_changed;
        report->unchanged += !is_changed;
}

static bool put_person(const Row *row, const char *email_name, Person *person, Roll *roll, GError **error)
{
        const Import *import = row->import;
        bool is_new, is_changed;
        if (!row_settle_person(row, email_name, person, &is_new, error))
                return false;
        roll->person = person->id;
        if (!rolls_put(import->house->store, roll, import->applier.now, &is_changed, error))
                return false;
        if (is_new)
                row_change(row, "person_new", person->name, person->address);
        if (is_changed)
                row_change(row, "role_set", person->name, label_of(import, roll->role));
        count(row, is_new || is_changed);
        return true;
}

static bool take_as(const Row *row, const char *role, const char *email_name, Person *person, GError **error)
{
        g_autoptr(Roll) roll = g_new0(Roll, 1);
        roll->role = g_strdup(role != NULL ? role : "");
        roll->cohort = text_single_line(row_text(row, "cohort"));
        roll->data = fields_of(row);
        if (g_utf8_strlen(roll->cohort, -1) > COHORT_MAX_CHARACTERS)
                row_fault(row, "no_name", "cohort", NULL, NULL);
        if (person->address != NULL) {
                g_autofree char *what =
                        g_strconcat(person->address, " ", roll->role, " ", roll->cohort, NULL);
                row_is_first(row, email_name, g_strchomp(what));
        }
        return !import_is_fine(row->import) || put_person(row, email_name, person, roll, error);
}

static bool take_person(const Row *row, GError **error)
{
        const char *word = row_text(row, "role"),
                   *role = procedure_role_named(row->import->house->procedure, word);
        Person *person = read_plain_person(row);
        if (role == NULL)
                row_fault(row, "no_role", "role", word, NULL);
        bool is_taken = take_as(row, role, "email", person, error);
        person_free(person);
        return is_taken;
}

static bool take_person_of_role(const Row *row, GError **error)
{
        const char *role = NULL;
        for (guint i = 0; i < row->import->columns->len && role == NULL; i++) {
                const Column *column = g_ptr_array_index(row->import->columns, i);
                role = column->kind == COLUMN_PERSON ? column->role : NULL;
        }
        if (role == NULL) {
                row_fault(row, "no_role", "role", "", NULL);
                return true;
        }
        g_autofree char *email_name = g_strconcat(role, "_email", NULL);
        Person *person = read_person_of(row, role, email_name);
        bool is_taken = take_as(row, role, email_name, person, error);
        person_free(person);
        return is_taken;
}

static const char *const nothing[] = { NULL };
static const char *const people_required[] = { "name", "email", "role", NULL };
static const char *const people_plain[] = { "name",    "email",    "role",   "language",
                                            "country", "timezone", "cohort", NULL };
static const char *const role_plain[] = { "language", "country", "timezone", "cohort", NULL };

const ImportShape import_people = {
        .required = people_required, .plain = people_plain, .has_fields = true, .take = take_person
};
const ImportShape import_role = { .required = nothing,
                                  .plain = role_plain,
                                  .has_people = true,
                                  .has_fields = true,
                                  .take = take_person_of_role };

/* Staff. */

static const struct {
        const char *word;
        bool is_staff;
        StaffScope scope;
} scope_words[] = { { "all", true, SCOPE_ALL }, { "own", true, SCOPE_OWN }, { "none", false, SCOPE_OWN } };

static bool read_scope(const Row *row, StaffScope *scope_out)
{
        const char *word = row_text(row, "scope");
        for (size_t i = 0; i < G_N_ELEMENTS(scope_words); i++)
                if (g_ascii_strcasecmp(scope_words[i].word, word) == 0) {
                        *scope_out = scope_words[i].scope;
                        return scope_words[i].is_staff;
                }
        row_fault(row, "no_scope", "scope", word, NULL);
        return false;
}

static void read_rhythm(const Row *row, Staff *staff)
{
        const char *word = row_text(row, "digest");
        if (word[0] == '\0')
                return;
        for (StaffRhythm rhythm = RHYTHM_DAY; rhythm <= RHYTHM_NEVER; rhythm++)
                if (g_ascii_strcasecmp(staff_rhythm_word(rhythm), word) == 0) {
                        staff->rhythm = rhythm;
                        return;
                }
        row_fault(row, "no_digest", "digest", word, NULL);
}

static void read_time(const Row *row, Staff *staff)
{
        const char *word = row_text(row, "time");
        int hour, minute, end = 0;
        if (word[0] == '\0')
                return;
        if (sscanf(word, "%2d:%2d%n", &hour, &minute, &end) == 2 && word[end] == '\0' && hour >= 0 &&
            hour < HOURS && minute >= 0 && minute < MINUTES)
                staff->minute = hour * MINUTES + minute;
        else
                row_fault(row, "no_time", "time", word, NULL);
}

static bool put_staff(const Row *row, const Person *person, Staff *wish, const Staff *before, GError **error)
{
        const Import *import = row->import;
        House *house = import->house;
        const bool is_same = before != NULL && before->scope == wish->scope &&
                             before->rhythm == wish->rhythm && before->minute == wish->minute;
        count(row, !is_same);
        if (is_same)
                return true;
        wish->person = person->id;
        wish->next_at = roster_next(house, wish, person, import->applier.now);
        row_change(row, "staff_set", person->name, staff_scope_word(wish->scope));
        return staff_put(house->store, wish, import->applier.now, error);
}

static bool remove_staff(const Row *row, const Person *person, bool is_staff, GError **error)
{
        const Import *import = row->import;
        count(row, is_staff);
        if (!is_staff)
                return true;
        row_change(row, "staff_gone", person->name, NULL);
        return staff_remove(import->house->store, person->id, import->applier.now, error);
}

/* What a row leaves out stays as it is. */
static bool put_row(const Row *row, Person *person, GError **error)
{
        Store *store = row->import->house->store;
        bool is_new, is_staff;
        Staff before = { .minute = DIGEST_MINUTE };
        if (!row_settle_person(row, "email", person, &is_new, error) ||
            !staff_get(store, person->id, &before, &is_staff, error))
                return false;
        if (is_new)
                row_change(row, "person_new", person->name, person->address);
        Staff wish = before;
        const bool is_kept = read_scope(row, &wish.scope);
        read_rhythm(row, &wish);
        read_time(row, &wish);
        if (roster_is_registry(row->import->house, person) &&
            (!is_kept || wish.scope != SCOPE_ALL || wish.rhythm != RHYTHM_DAY))
                row_fault(row, "is_registry", "email", person->address, NULL);
        if (!import_is_fine(row->import))
                return true;
        return is_kept ? put_staff(row, person, &wish, is_staff ? &before : NULL, error)
                       : remove_staff(row, person, is_staff, error);
}

static bool take_staff(const Row *row, GError **error)
{
        Person *person = read_plain_person(row);
        if (person->address != NULL)
                row_is_first(row, "email", person->address);
        bool is_taken;
        if (person->address != NULL && person->name[0] != '\0')
                is_taken = put_row(row, person, error);
        else
                is_taken = true; /* what is wrong was said */
        person_free(person);
        return is_taken;
}

static const char *const staff_required[] = { "name", "email", "scope", NULL };
static const char *const staff_plain[] = { "name",     "email",  "scope", "language", "country",
                                           "timezone", "digest", "time",  NULL };
const ImportShape import_staff = { .required = staff_required, .plain = staff_plain, .take = take_staff };
