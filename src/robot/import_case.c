/* robot/import_case.c: one row of a table of internships. */
#include "robot/import_private.h"

#include "procedure/form_value.h"
#include "store/cases.h"
#include "store/journal.h"
#include "store/people.h"

#include <string.h>

static const char default_step[] = "record_validation";
enum { REFERENCE_MAX = 40 };

/* Columns that must be there (they may be empty where the step allows it). */
static const char *const required_columns[] = { "reference",
                                                "language",
                                                "country",
                                                "student_name",
                                                "student_email",
                                                "academic_tutor_name",
                                                "academic_tutor_email",
                                                "company_tutor_name",
                                                "company_tutor_email",
                                                "internship_manager_name",
                                                "internship_manager_email",
                                                "programme_head_name",
                                                "programme_head_email",
                                                "organisation",
                                                "subject",
                                                "start",
                                                "end",
                                                NULL };
static const char *const plain_columns[] = { "reference", "language", "country", "step", "timezone", NULL };

typedef struct {
        const Row *row;
        Case *wish;
        const Step *step;
} CaseRow;

/* A reference stands in subjects and on the command line: short, plain. */
static bool is_reference(const char *text)
{
        size_t length = strlen(text);
        return length > 0 && length <= REFERENCE_MAX &&
               strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./") == length;
}

static void read_reference(const CaseRow *line)
{
        const char *reference = row_text(line->row, "reference");
        if (!is_reference(reference)) {
                row_fault(line->row, "no_reference", "reference", reference, NULL);
                return;
        }
        row_is_first(line->row, "reference", reference);
        line->wish->reference = g_strdup(reference);
}

static void read_place(const CaseRow *line)
{
        const Config *config = line->row->import->house->config;
        Case *wish = line->wish;
        const char *country = row_text(line->row, "country"), *zone = row_text(line->row, "timezone");
        wish->country = row_country(line->row, "country", country[0] != '\0' ? country : config->country);
        wish->timezone = g_strdup(zone[0] != '\0' ? zone
                                  : strcmp(wish->country, config->country) == 0
                                          ? config->timezone
                                          : import_zone_of(wish->country, config->timezone));
        row_check_zone(line->row, "timezone", wish->timezone);
}

static void read_step(CaseRow *line)
{
        const char *key = row_text(line->row, "step");
        line->step = procedure_step(line->row->import->house->procedure, key[0] != '\0' ? key : default_step);
        if (line->step == NULL)
                row_fault(line->row, "no_step", "step", key, NULL);
}

/* Where the case begins at the form itself, the student writes the rest. */
static bool may_be_empty(const CaseRow *line)
{
        return line->step == NULL || (line->step->act == ACT_FORM && line->step->after[0] == NULL);
}

static Person *read_person(const CaseRow *line, const char *role)
{
        const Row *row = line->row;
        g_autofree char *email_name = g_strconcat(role, "_email", NULL),
                        *name_name = g_strconcat(role, "_name", NULL),
                        *language_name = g_strconcat(role, "_language", NULL),
                        *country_name = g_strconcat(role, "_country", NULL);
        const PersonCells cells = { .email_name = email_name,
                                    .name_name = name_name,
                                    .language_name = language_name,
                                    .country_name = country_name,
                                    .email = row_part(row, role, "email", ""),
                                    .name = row_part(row, role, "name", ""),
                                    .language = row_part(row, role, "language", ""),
                                    .country = row_part(row, role, "country", ""),
                                    .timezone = row_part(row, role, "timezone", ""),
                                    .home_country = line->wish->country,
                                    .home_timezone = line->wish->timezone };
        bool is_actor = line->step != NULL && strcmp(line->step->role, role) == 0;
        if (cells.email[0] == '\0' && cells.name[0] == '\0' && may_be_empty(line) && !is_actor)
                return NULL;
        return row_person(row, &cells);
}

/* Everyone of the row; ids come when the row is taken in. */
static void read_people(const CaseRow *line)
{
        const Import *import = line->row->import;
        for (guint i = 0; i < import->columns->len; i++) {
                const Column *column = g_ptr_array_index(import->columns, i);
                if (column->kind != COLUMN_PERSON || strcmp(column->part, "email") != 0)
                        continue;
                Person *person = read_person(line, column->role);
                if (person == NULL)
                        continue;
                Holder *holder = g_new0(Holder, 1);
                holder->role = g_strdup(column->role);
                g_ptr_array_add(line->wish->holders, holder);
                g_ptr_array_add(line->wish->people, person);
        }
}

static void read_values(const CaseRow *line)
{
        const Form *form = line->row->import->form;
        row_fields(line->row, may_be_empty(line), line->wish->data);
        g_autofree char *start_key = g_strconcat(form->key, ".start", NULL),
                        *end_key = g_strconcat(form->key, ".end", NULL);
        const char *start = case_value(line->wish, start_key), *end = case_value(line->wish, end_key);
        if (start != NULL && end != NULL && strcmp(start, end) > 0) /* ISO dates */
                row_fault(line->row, "ends_before", "end", NULL, NULL);
}

/* Taking a row in. */

static bool settle_people(const CaseRow *line, GError **error)
{
        for (guint i = 0; i < line->wish->people->len; i++) {
                Person *person = g_ptr_array_index(line->wish->people, i);
                Holder *holder = g_ptr_array_index(line->wish->holders, i);
                g_autofree char *column = g_strconcat(holder->role, "_email", NULL);
                bool is_new;
                if (!row_settle_person(line->row, column, person, &is_new, error))
                        return false;
                holder->person = person->id;
        }
        return true;
}

/* Whoever began in a file that was taken over since is the same person. */
static bool is_holder(const CaseRow *line, const json_t *holders, const Holder *holder)
{
        int64_t began = json_integer_value(json_object_get(holders, holder->role));
        return began == holder->person ||
               people_resolve(line->row->import->house->store, began, NULL) == holder->person;
}

static bool is_same_beginning(const CaseRow *line, const Record *record)
{
        const json_t *holders = json_object_get(record->payload, "holders"),
                     *data = json_object_get(record->payload, "data");
        const Case *wish = line->wish;
        bool is_same = json_object_size(holders) == wish->holders->len &&
                       json_object_size(data) == g_hash_table_size(wish->data);
        for (guint i = 0; is_same && i < wish->holders->len; i++) {
                is_same = is_holder(line, holders, g_ptr_array_index(wish->holders, i));
        }
        GHashTableIter iter;
        gpointer key, value;
        g_hash_table_iter_init(&iter, wish->data);
        while (is_same && g_hash_table_iter_next(&iter, &key, &value))
                is_same = g_strcmp0(json_string_value(json_object_get(data, key)), value) == 0;
        return is_same;
}

/* The same row again changes nothing; another one under a known reference is a mistake. */
static bool compare_with_case(const CaseRow *line, int64_t id, GError **error)
{
        Import *import = line->row->import;
        g_autoptr(GPtrArray) records = journal_of_case(import->house->store, id, error);
        if (records == NULL || records->len == 0)
                return false;
        if (is_same_beginning(line, g_ptr_array_index(records, 0)))
                import->report->unchanged++;
        else
                row_fault(line->row, "began_otherwise", "reference", line->wish->reference, NULL);
        return true;
}

static bool begin_case(const CaseRow *line, GError **error)
{
        Import *import = line->row->import;
        const Case *wish = line->wish;
        const Person *first = wish->people->len > 0 ? g_ptr_array_index(wish->people, 0) : NULL;
        import->report->begun++;
        row_change(line->row, "begins", wish->reference, first != NULL ? first->name : "");
        if (import->table->is_dry_run)
                return true;
        Event event = {
                .kind = EVENT_BEGIN, .message = import->message, .step = line->step->key, .begin = wish
        };
        g_autoptr(Decision) decision = decide(import->house->procedure, NULL, &event, import->applier.now);
        g_autoptr(Case) before = case_new();
        g_ptr_array_unref(before->people);
        before->people = g_ptr_array_ref(wish->people);
        g_autoptr(Case) after = NULL;
        return apply_decision(&import->applier, import->house->procedure, before, decision, NULL, &after,
                              error);
}

static bool keep_procedure(const Import *import, GError **error)
{
        gsize size;
        const Procedure *procedure = import->house->procedure;
        const char *source = procedure_source(procedure, &size);
        return import->report->begun > 0 ||
               procedures_keep(import->house->store, procedure_hash(procedure), source, size, error);
}

static bool take_in(const CaseRow *line, GError **error)
{
        GError *trouble = NULL;
        if (!settle_people(line, error))
                return false;
        int64_t id = cases_find(line->row->import->house->store, line->wish->reference, &trouble);
        if (trouble != NULL) {
                g_propagate_error(error, trouble);
                return false;
        }
        return id != 0 ? compare_with_case(line, id, error)
                       : keep_procedure(line->row->import, error) && begin_case(line, error);
}

static bool take(const Row *row, GError **error)
{
        g_autoptr(Case) wish = case_new();
        CaseRow line = { .row = row, .wish = wish };
        read_reference(&line);
        read_step(&line);
        read_place(&line);
        g_free(row_language(row, "language", row_text(row, "language")));
        read_people(&line);
        read_values(&line);
        /* Rows after a bad one are only read: what is wrong with them is told in the same run. */
        return !import_is_fine(row->import) || take_in(&line, error);
}

const ImportShape import_cases = {
        .required = required_columns,
        .plain = plain_columns,
        .has_people = true,
        .has_fields = true,
        .take = take,
};
