/* robot/import_value.c: values that rows of several kinds have. */
#include "robot/import_private.h"

#include "base/address.h"
#include "base/text.h"
#include "procedure/form_value.h"
#include "store/people.h"

#include <string.h>

enum { NAME_MAX_CHARACTERS = 200 };

/* Where a country's people are when nothing else is said. */
static const struct {
        const char *country, *timezone;
} country_zones[] = {
        { "fr", "Europe/Paris" },   { "ma", "Africa/Casablanca" }, { "tn", "Africa/Tunis" },
        { "dz", "Africa/Algiers" }, { "lb", "Asia/Beirut" },
};

const char *import_zone_of(const char *country, const char *fallback)
{
        for (size_t i = 0; i < G_N_ELEMENTS(country_zones); i++)
                if (strcmp(country_zones[i].country, country) == 0)
                        return country_zones[i].timezone;
        return fallback;
}

void row_check_zone(const Row *row, const char *name, const char *zone)
{
        g_autoptr(GTimeZone) known = g_time_zone_new_identifier(zone);
        if (known == NULL)
                row_fault(row, "no_timezone", name, zone, NULL);
}

char *row_country(const Row *row, const char *name, const char *text)
{
        char *country = g_ascii_strdown(text, -1);
        if (!procedure_has_country(row->import->house->procedure, country))
                row_fault(row, "no_country", name, text, NULL);
        return country;
}

/* The person's own language, else the row's, which is looked at once, else the first of the procedure. */
char *row_language(const Row *row, const char *name, const char *text)
{
        const char *const *languages = procedure_languages(row->import->house->procedure);
        const bool is_own = text[0] != '\0' || strcmp(name, "language") == 0;
        const bool has_column = row_cell(row, "language") != NULL;
        const char *meant = text[0] != '\0' ? text : has_column ? row_text(row, "language") : languages[0];
        char *language = g_ascii_strdown(meant, -1);
        if (is_own && !g_strv_contains(languages, language))
                row_fault(row, "no_language", name, text, NULL);
        return language;
}

void row_fields(const Row *row, bool may_be_empty, GHashTable *data)
{
        const Import *import = row->import;
        for (guint i = 0; i < import->columns->len && i < row->cells->len; i++) {
                const Column *column = g_ptr_array_index(import->columns, i);
                const CsvCell *cell = g_ptr_array_index(row->cells, i);
                if (column->kind != COLUMN_FIELD)
                        continue;
                if (cell->text[0] == '\0') {
                        if (!may_be_empty && column->field->is_required)
                                row_fault(row, "value_missing", column->name, NULL, NULL);
                        continue;
                }
                g_autofree char *problem = NULL;
                char *value = form_value_read(column->field, cell->text, import->table->language, &problem);
                if (value != NULL)
                        g_hash_table_insert(
                                data, g_strconcat(import->form->key, ".", column->field->key, NULL), value);
                else
                        row_fault(row, "bad_value", column->name, problem, NULL);
        }
}

/* People. */

Person *row_person(const Row *row, const PersonCells *cells)
{
        Person *person = g_new0(Person, 1);
        person->address = address_normalise(cells->email);
        person->name = text_single_line(cells->name);
        person->language = row_language(row, cells->language_name, cells->language);
        person->country = cells->country[0] != '\0' ? row_country(row, cells->country_name, cells->country)
                                                    : g_strdup(cells->home_country);
        const bool is_home = strcmp(person->country, cells->home_country) == 0;
        person->timezone = g_strdup(cells->timezone[0] != '\0' ? cells->timezone
                                    : is_home                  ? cells->home_timezone
                                              : import_zone_of(person->country, cells->home_timezone));
        if (person->address == NULL)
                row_fault(row, cells->email[0] == '\0' ? "address_missing" : "no_address", cells->email_name,
                          cells->email, NULL);
        if (person->name[0] == '\0' || g_utf8_strlen(person->name, -1) > NAME_MAX_CHARACTERS)
                row_fault(row, "no_name", cells->name_name, NULL, NULL);
        if (cells->timezone[0] != '\0')
                row_check_zone(row, "timezone", person->timezone);
        return person;
}

static void add_newcomer(const Row *row, const char *email_name, int64_t id)
{
        const CsvCell *cell = row_cell(row, email_name);
        Newcomer *newcomer = g_new0(Newcomer, 1);
        newcomer->person = id;
        newcomer->line = cell != NULL ? cell->line : row_line(row);
        newcomer->column = cell != NULL ? cell->column : 0;
        newcomer->name = g_strdup(email_name);
        g_ptr_array_add(row->import->newcomers, newcomer);
}

bool row_settle_person(const Row *row, const char *email_name, Person *person, bool *is_new_out,
                       GError **error)
{
        Store *store = row->import->house->store;
        int64_t id = people_find_address(store, person->address, error);
        *is_new_out = id == 0;
        person->id = id;
        if (id < 0)
                return false;
        if (id > 0)
                return row_doubt_name(row, email_name, id, person, error);
        person->id = people_add(store, person, row->import->applier.now, error);
        add_newcomer(row, email_name, person->id);
        return person->id > 0;
}
