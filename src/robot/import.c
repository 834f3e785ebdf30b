#include "robot/import.h"

#include "base/address.h"
#include "base/csv.h"
#include "base/text.h"
#include "procedure/form_value.h"
#include "robot/apply.h"
#include "store/cases.h"
#include "store/inbox.h"
#include "store/journal.h"
#include "store/people.h"

#include <string.h>

static const char default_step[] = "record_validation";
enum { REFERENCE_MAX = 40, NAME_MAX_CHARACTERS = 200 };

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

/* Where a country's people are when nothing else is said. */
static const struct {
        const char *country, *timezone;
} country_zones[] = {
        { "fr", "Europe/Paris" },   { "ma", "Africa/Casablanca" }, { "tn", "Africa/Tunis" },
        { "dz", "Africa/Algiers" }, { "lb", "Asia/Beirut" },
};

typedef enum { COLUMN_PLAIN, COLUMN_PERSON, COLUMN_FIELD } ColumnKind;
typedef struct {
        ColumnKind kind;
        char *name;
        char *role, *part;  /* COLUMN_PERSON: "student", "name" */
        const Field *field; /* COLUMN_FIELD */
} Column;

typedef struct {
        House *house;
        const char *file;
        const Form *form;       /* that the procedure begins with */
        GPtrArray *columns;     /* of Column */
        GHashTable *references; /* reference -> line, of this table */
        Problems *problems;
        Applier applier;
        int64_t message; /* the table's own inbox row */
        ImportResult result;
} Import;

static void column_free(gpointer data)
{
        Column *column = data;
        g_free(column->name);
        g_free(column->role);
        g_free(column->part);
        g_free(column);
}

static const Field *find_field(const Form *form, const char *name)
{
        g_autofree char *prefix = form != NULL ? g_strconcat(form->key, ".", NULL) : NULL;
        if (prefix != NULL && g_str_has_prefix(name, prefix))
                name += strlen(prefix);
        for (guint i = 0; form != NULL && i < form->fields->len; i++) {
                const Field *field = g_ptr_array_index(form->fields, i);
                if (strcmp(field->key, name) == 0)
                        return field;
        }
        return NULL;
}

static bool read_person_column(const Import *import, Column *column)
{
        static const char *const parts[] = { "_name", "_email", "_language", "_country", "_timezone" };
        for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
                if (!g_str_has_suffix(column->name, parts[i]))
                        continue;
                g_autofree char *role = g_strndup(column->name, strlen(column->name) - strlen(parts[i]));
                g_autofree char *staff = g_strcmp0(role, "company") == 0 ? g_strdup("company_tutor") : NULL;
                const char *named = staff != NULL ? staff : role; /* `company_country` is its tutor's */
                if (procedure_role_label(import->house->procedure, named) == NULL)
                        continue;
                column->kind = COLUMN_PERSON;
                column->role = g_strdup(named);
                column->part = g_strdup(parts[i] + 1);
                return true;
        }
        return false;
}

static void read_column(const Import *import, const CsvCell *cell)
{
        Column *column = g_new0(Column, 1);
        column->name = g_ascii_strdown(cell->text, -1);
        g_ptr_array_add(import->columns, column);
        if (g_strv_contains(plain_columns, column->name) || read_person_column(import, column))
                return;
        column->kind = COLUMN_FIELD;
        column->field = find_field(import->form, column->name);
        if (column->field != NULL)
                return;
        column->kind = COLUMN_PLAIN;
        const char *near = yaml_nearest(column->name, required_columns);
        g_autofree char *mend =
                near != NULL ? g_strdup_printf("did you mean `%s`?", near) : g_strdup("take the column out");
        problems_add(import->problems, import->file, cell->line, cell->column, mend,
                     "there is no column `%s`", cell->text);
}

static guint find_column(const Import *import, const char *name)
{
        guint i = 0;
        while (i < import->columns->len &&
               strcmp(((const Column *)g_ptr_array_index(import->columns, i))->name, name) != 0)
                i++;
        return i;
}

static void read_header(const Import *import, const GPtrArray *header)
{
        for (guint i = 0; i < header->len; i++) {
                const CsvCell *cell = g_ptr_array_index(header, i);
                g_autofree char *name = g_ascii_strdown(cell->text, -1);
                if (find_column(import, name) < import->columns->len)
                        problems_add(import->problems, import->file, cell->line, cell->column,
                                     "take one of them out", "the column `%s` is there twice", cell->text);
                read_column(import, cell);
        }
        for (size_t i = 0; required_columns[i] != NULL; i++)
                if (find_column(import, required_columns[i]) == import->columns->len)
                        problems_add(import->problems, import->file, 1, 0, "add it to the first row",
                                     "the column `%s` is missing", required_columns[i]);
}

/* One row. */

typedef struct {
        Import *import;
        const GPtrArray *cells;
        Case *wish;
        const Step *step;
} Row;

static const CsvCell *cell_of(const Row *row, const char *name)
{
        guint i = find_column(row->import, name);
        return i < row->cells->len ? g_ptr_array_index(row->cells, i) : NULL;
}

static const char *text_of(const Row *row, const char *name)
{
        const CsvCell *cell = cell_of(row, name);
        return cell != NULL ? cell->text : "";
}

static const char *part_of(const Row *row, const char *role, const char *part, const char *fallback)
{
        for (guint i = 0; i < row->import->columns->len && i < row->cells->len; i++) {
                const Column *column = g_ptr_array_index(row->import->columns, i);
                const CsvCell *cell = g_ptr_array_index(row->cells, i);
                if (column->kind == COLUMN_PERSON && strcmp(column->role, role) == 0 &&
                    strcmp(column->part, part) == 0 && cell->text[0] != '\0')
                        return cell->text;
        }
        return fallback;
}

static void complain(const Row *row, const char *column, const char *mend, const char *format, ...)
        G_GNUC_PRINTF(4, 5);
static void complain(const Row *row, const char *column, const char *mend, const char *format, ...)
{
        const CsvCell *cell = cell_of(row, column), *first = g_ptr_array_index(row->cells, 0);
        va_list arguments;
        va_start(arguments, format);
        g_autofree char *what = g_strdup_vprintf(format, arguments);
        va_end(arguments);
        problems_add(row->import->problems, row->import->file, cell != NULL ? cell->line : first->line,
                     cell != NULL ? cell->column : 0, mend, "%s: %s", column, what);
}

/* A reference stands in subjects and on the command line: short, plain. */
static bool is_reference(const char *text)
{
        size_t length = strlen(text);
        return length > 0 && length <= REFERENCE_MAX &&
               strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./") == length;
}

static void read_reference(const Row *row)
{
        const char *reference = text_of(row, "reference");
        if (!is_reference(reference)) {
                complain(row, "reference", "write it as 2026-0142", "`%s` is no reference", reference);
                return;
        }
        int earlier = GPOINTER_TO_INT(g_hash_table_lookup(row->import->references, reference));
        if (earlier != 0)
                complain(row, "reference", "take one of the rows out", "`%s` is in line %d already",
                         reference, earlier);
        g_hash_table_insert(row->import->references, g_strdup(reference),
                            GINT_TO_POINTER(((const CsvCell *)g_ptr_array_index(row->cells, 0))->line));
        row->wish->reference = g_strdup(reference);
}

static const char *zone_of_country(const char *country, const char *fallback)
{
        for (size_t i = 0; i < G_N_ELEMENTS(country_zones); i++)
                if (strcmp(country_zones[i].country, country) == 0)
                        return country_zones[i].timezone;
        return fallback;
}

static char *read_country(const Row *row, const char *column, const char *text)
{
        char *country = g_ascii_strdown(text, -1);
        if (!procedure_has_country(row->import->house->procedure, country))
                complain(row, column, "use one of rules/calendars.yaml, such as fr",
                         "`%s` is no country we know", text);
        return country;
}

static void read_place(const Row *row)
{
        const Config *config = row->import->house->config;
        const char *country = text_of(row, "country"), *zone = text_of(row, "timezone");
        row->wish->country = read_country(row, "country", country[0] != '\0' ? country : config->country);
        row->wish->timezone = g_strdup(zone[0] != '\0' ? zone
                                       : strcmp(row->wish->country, config->country) == 0
                                               ? config->timezone
                                               : zone_of_country(row->wish->country, config->timezone));
        g_autoptr(GTimeZone) known = g_time_zone_new_identifier(row->wish->timezone);
        if (known == NULL)
                complain(row, "timezone", "write a name such as Europe/Paris or Africa/Tunis",
                         "`%s` is no time zone", row->wish->timezone);
}

static void read_step(Row *row)
{
        const char *key = text_of(row, "step");
        const Procedure *procedure = row->import->house->procedure;
        row->step = procedure_step(procedure, key[0] != '\0' ? key : default_step);
        if (row->step == NULL)
                complain(row, "step", "name a step of the procedure, such as record_validation",
                         "`%s` is no step", key);
}

/* Where the case begins at the form itself, the student writes the rest. */
static bool may_be_empty(const Row *row)
{
        return row->step == NULL || (row->step->act == ACT_FORM && row->step->after[0] == NULL);
}

/* The person's own language, else the row's, which was looked at once. */
static char *read_language(const Row *row, const char *column, const char *text)
{
        char *language = g_ascii_strdown(text[0] != '\0' ? text : text_of(row, "language"), -1);
        bool is_own = text[0] != '\0' || strcmp(column, "language") == 0;
        if (is_own && !g_strv_contains(procedure_languages(row->import->house->procedure), language))
                complain(row, column, "use a language of the procedure, such as fr",
                         "`%s` is no language we write", language);
        return language;
}

static Person *read_person(const Row *row, const char *role)
{
        g_autofree char *email_column = g_strconcat(role, "_email", NULL),
                        *name_column = g_strconcat(role, "_name", NULL),
                        *language_column = g_strconcat(role, "_language", NULL),
                        *country_column = g_strconcat(role, "_country", NULL);
        const char *email = part_of(row, role, "email", ""), *name = part_of(row, role, "name", "");
        bool is_actor = row->step != NULL && strcmp(row->step->role, role) == 0;
        if (email[0] == '\0' && name[0] == '\0' && may_be_empty(row) && !is_actor)
                return NULL;
        Person *person = g_new0(Person, 1);
        person->address = address_normalise(email);
        person->name = text_single_line(name);
        person->language = read_language(row, language_column, part_of(row, role, "language", ""));
        const char *country = part_of(row, role, "country", "");
        person->country = country[0] != '\0' ? read_country(row, country_column, country)
                                             : g_strdup(row->wish->country);
        person->timezone = g_strdup(part_of(row, role, "timezone",
                                            strcmp(person->country, row->wish->country) == 0
                                                    ? row->wish->timezone
                                                    : zone_of_country(person->country, row->wish->timezone)));
        g_autoptr(GTimeZone) zone = g_time_zone_new_identifier(person->timezone);
        if (person->address == NULL)
                complain(row, email_column, "write it as name@example.org",
                         email[0] == '\0' ? "the address is missing%s" : "`%s` is no mail address", email);
        if (person->name[0] == '\0' || g_utf8_strlen(person->name, -1) > NAME_MAX_CHARACTERS)
                complain(row, name_column, "write first and last name", "the name is missing or too long");
        if (zone == NULL)
                complain(row, "timezone", "write a name such as Europe/Paris", "`%s` is no time zone",
                         person->timezone);
        return person;
}

/* Everyone of the row; ids come when the row is taken in. */
static void read_people(const Row *row)
{
        for (guint i = 0; i < row->import->columns->len; i++) {
                const Column *column = g_ptr_array_index(row->import->columns, i);
                if (column->kind != COLUMN_PERSON || strcmp(column->part, "email") != 0)
                        continue;
                Person *person = read_person(row, column->role);
                if (person == NULL)
                        continue;
                Holder *holder = g_new0(Holder, 1);
                holder->role = g_strdup(column->role);
                g_ptr_array_add(row->wish->holders, holder);
                g_ptr_array_add(row->wish->people, person);
        }
}

static void read_values(const Row *row)
{
        const Import *import = row->import;
        for (guint i = 0; i < import->columns->len && i < row->cells->len; i++) {
                const Column *column = g_ptr_array_index(import->columns, i);
                const CsvCell *cell = g_ptr_array_index(row->cells, i);
                if (column->kind != COLUMN_FIELD)
                        continue;
                if (cell->text[0] == '\0') {
                        if (!may_be_empty(row) && column->field->is_required)
                                complain(row, column->name, "fill it in", "the value is missing");
                        continue;
                }
                g_autofree char *problem = NULL;
                char *value = form_value_read(column->field, cell->text, "en", &problem);
                if (value != NULL)
                        g_hash_table_insert(row->wish->data,
                                            g_strconcat(import->form->key, ".", column->field->key, NULL),
                                            value);
                else
                        complain(row, column->name, "correct it", "%s", problem);
        }
        g_autofree char *start_key = g_strconcat(import->form->key, ".start", NULL),
                        *end_key = g_strconcat(import->form->key, ".end", NULL);
        const char *start = case_value(row->wish, start_key), *end = case_value(row->wish, end_key);
        if (start != NULL && end != NULL && strcmp(start, end) > 0) /* ISO dates */
                complain(row, "end", "check both dates", "the internship ends before it starts");
}

/* Taking a row in. */

/* Who has the address already stays who they are: a person is never overwritten. */
static bool settle_person(const Row *row, Person *person, Holder *holder, GError **error)
{
        Store *store = row->import->house->store;
        int64_t id = people_find_address(store, person->address, error);
        if (id == 0)
                id = people_add(store, person, row->import->applier.now, error);
        person->id = holder->person = id;
        return id > 0;
}

static bool is_same_beginning(const Row *row, const Record *record)
{
        const json_t *holders = json_object_get(record->payload, "holders"),
                     *data = json_object_get(record->payload, "data");
        const Case *wish = row->wish;
        bool is_same = json_object_size(holders) == wish->holders->len &&
                       json_object_size(data) == g_hash_table_size(wish->data);
        for (guint i = 0; is_same && i < wish->holders->len; i++) {
                const Holder *holder = g_ptr_array_index(wish->holders, i);
                is_same = json_integer_value(json_object_get(holders, holder->role)) == holder->person;
        }
        GHashTableIter iter;
        gpointer key, value;
        g_hash_table_iter_init(&iter, wish->data);
        while (is_same && g_hash_table_iter_next(&iter, &key, &value))
                is_same = g_strcmp0(json_string_value(json_object_get(data, key)), value) == 0;
        return is_same;
}

/* The same row again changes nothing; another one under a known reference is a mistake. */
static bool compare_with_case(const Row *row, int64_t id, GError **error)
{
        g_autoptr(GPtrArray) records = journal_of_case(row->import->house->store, id, error);
        if (records == NULL || records->len == 0)
                return false;
        if (is_same_beginning(row, g_ptr_array_index(records, 0)))
                row->import->result.unchanged++;
        else
                complain(row, "reference",
                         "a running case is not changed by an import: take the row out, or use another "
                         "reference",
                         "the case %s began with other people or values", row->wish->reference);
        return true;
}

static bool begin_case(const Row *row, GError **error)
{
        Import *import = row->import;
        Event event = {
                .kind = EVENT_BEGIN, .message = import->message, .step = row->step->key, .begin = row->wish
        };
        g_autoptr(Decision) decision = decide(import->house->procedure, NULL, &event, import->applier.now);
        g_autoptr(Case) before = case_new();
        g_ptr_array_unref(before->people);
        before->people = g_ptr_array_ref(row->wish->people);
        g_autoptr(Case) after = NULL;
        import->result.begun++;
        return apply_decision(&import->applier, import->house->procedure, before, decision, NULL, &after,
                              error);
}

static bool take_row(const Row *row, GError **error)
{
        for (guint i = 0; i < row->wish->people->len; i++)
                if (!settle_person(row, g_ptr_array_index(row->wish->people, i),
                                   g_ptr_array_index(row->wish->holders, i), error))
                        return false;
        GError *trouble = NULL;
        int64_t id = cases_find(row->import->house->store, row->wish->reference, &trouble);
        if (trouble != NULL) {
                g_propagate_error(error, trouble);
                return false;
        }
        return id != 0 ? compare_with_case(row, id, error) : begin_case(row, error);
}

static void check_width(const Row *row)
{
        const CsvCell *first = g_ptr_array_index(row->cells, 0);
        if (row->cells->len > row->import->columns->len)
                problems_add(row->import->problems, row->import->file, first->line, 0,
                             "put cells with the separator in them between quotes",
                             "the row has %u cells and the header %u", row->cells->len,
                             row->import->columns->len);
}

static bool read_and_take(Import *import, const GPtrArray *cells, GError **error)
{
        guint before = problems_count(import->problems);
        g_autoptr(Case) wish = case_new();
        Row row = { .import = import, .cells = cells, .wish = wish };
        check_width(&row);
        read_reference(&row);
        read_step(&row);
        read_place(&row);
        g_free(read_language(&row, "language", ""));
        read_people(&row);
        read_values(&row);
        /* Rows after a bad one are only read: their problems are told in the same run. */
        return problems_count(import->problems) > 0 || before > 0 || take_row(&row, error);
}

/* The table itself, as a message. */
static bool keep_table(Import *import, GBytes *bytes, GError **error)
{
        House *house = import->house;
        InboxRow row = { .door = (char *)"cli",
                         .size_bytes = (int64_t)g_bytes_get_size(bytes),
                         .received_at = import->applier.now };
        bool is_kept = spool_append(import->applier.out, bytes, import->applier.now, &row.place, error) &&
                       inbox_add(house->store, &row, &import->message, error);
        spool_place_clear(&row.place);
        InboxOutcome outcome = { .outcome = OUTCOME_APPLIED,
                                 .rule = "an import of cases",
                                 .kind = "import",
                                 .explain = "{\"class\":\"import\"}" };
        return is_kept && inbox_close(house->store, import->message, &outcome, import->applier.now, error);
}

static bool import_rows(Import *import, const GPtrArray *rows, GError **error)
{
        gsize size;
        const Procedure *procedure = import->house->procedure;
        const char *source = procedure_source(procedure, &size);
        if (!procedures_keep(import->house->store, procedure_hash(procedure), source, size, error))
                return false;
        for (guint i = 1; i < rows->len; i++)
                if (!read_and_take(import, g_ptr_array_index(rows, i), error))
                        return false;
        return problems_count(import->problems) == 0;
}

static bool run(Import *import, const GPtrArray *rows, GBytes *bytes, GError **error)
{
        Store *store = import->house->store;
        if (!store_begin(store, error))
                return false;
        if (!keep_table(import, bytes, error) || !import_rows(import, rows, error)) {
                store_rollback(store);
                return false;
        }
        if (import->result.begun == 0) { /* nothing new: the table is not worth a row either */
                store_rollback(store);
                return true;
        }
        return spool_sync(import->applier.out, error) && store_commit(store, error);
}

bool import_csv(House *house, Spool *spool, const char *file, GBytes *bytes, Problems *problems,
                ImportResult *result_out, GError **error)
{
        gsize size;
        const char *text = g_bytes_get_data(bytes, &size);
        g_autoptr(GPtrArray) rows = csv_parse(file, text != NULL ? text : "", size, problems);
        const Step *first = g_ptr_array_index(procedure_steps(house->procedure), 0);
        g_autoptr(GPtrArray) columns = g_ptr_array_new_with_free_func(column_free);
        g_autoptr(GHashTable) references = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        Import import = { .house = house,
                          .file = file,
                          .form = procedure_form(house->procedure, first->form),
                          .columns = columns,
                          .references = references,
                          .problems = problems,
                          .applier = { .house = house, .out = spool, .now = house_now(house) } };
        if (rows != NULL && rows->len == 0)
                problems_add(problems, file, 1, 0, "begin with the row of column names",
                             "the table is empty");
        if (rows == NULL || rows->len == 0)
                return false;
        read_header(&import, g_ptr_array_index(rows, 0));
        if (problems_count(problems) > 0)
                return false;
        bool is_done = run(&import, rows, bytes, error);
        *result_out = import.result;
        store_rollback(house->store); /* safe when it was committed */
        return is_done;
}
