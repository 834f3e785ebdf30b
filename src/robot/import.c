#include "robot/import_private.h"

#include "base/address.h"
#include "base/yaml.h"
#include "store/inbox.h"

#include <string.h>

/* Header. */

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
        return form != NULL ? form_find_field(form, name) : NULL;
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
        const ImportShape *shape = import->shape;
        Column *column = g_new0(Column, 1);
        column->name = g_ascii_strdown(cell->text, -1);
        g_ptr_array_add(import->columns, column);
        if (g_strv_contains(shape->plain, column->name) ||
            (shape->has_people && read_person_column(import, column)))
                return;
        column->field = shape->has_fields ? find_field(import->form, column->name) : NULL;
        column->kind = column->field != NULL ? COLUMN_FIELD : COLUMN_PLAIN;
        if (column->field != NULL || g_strv_contains(shape->required, column->name))
                return;
        const char *near = yaml_nearest(column->name, shape->required);
        if (near == NULL)
                near = yaml_nearest(column->name, shape->plain);
        import_fault(import, cell, near != NULL ? "column_near" : "column_unknown", cell->text, near);
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
                        import_fault(import, cell, "column_twice", cell->text, NULL);
                read_column(import, cell);
        }
        for (const char *const *name = import->shape->required; *name != NULL; name++)
                if (find_column(import, *name) == import->columns->len)
                        import_fault(import, NULL, "column_missing", *name, NULL);
}

/* What the table is about: by the column that no other kind has; cases without any. */
static const struct {
        const char *column;
        ImportKind kind;
} marks[] = {
        { "reference", IMPORT_CASES }, { "day", IMPORT_DAYS },      { "scope", IMPORT_STAFF },
        { "role", IMPORT_PEOPLE },     { "cohort", IMPORT_PEOPLE },
};
static const ImportShape *const shapes[] = {
        [IMPORT_CASES] = &import_cases,
        [IMPORT_PEOPLE] = &import_people,
        [IMPORT_STAFF] = &import_staff,
        [IMPORT_DAYS] = &import_days,
};

static bool has_cell(const GPtrArray *header, const char *name)
{
        for (guint i = 0; i < header->len; i++)
                if (g_ascii_strcasecmp(((const CsvCell *)g_ptr_array_index(header, i))->text, name) == 0)
                        return true;
        return false;
}

/* Addresses of one role alone: a list of its people, not internships. */
static bool has_one_role(const GPtrArray *header)
{
        int count = 0;
        for (guint i = 0; i < header->len; i++) {
                const CsvCell *cell = g_ptr_array_index(header, i);
                g_autofree char *name = g_ascii_strdown(cell->text, -1);
                count += g_str_has_suffix(name, "_email");
        }
        return count == 1;
}

static ImportKind kind_of(const GPtrArray *header)
{
        for (size_t i = 0; i < G_N_ELEMENTS(marks); i++)
                if (has_cell(header, marks[i].column))
                        return marks[i].kind;
        return has_one_role(header) ? IMPORT_PEOPLE : IMPORT_CASES;
}

/* Rows. */

bool import_is_fine(const Import *import)
{
        return import->report->faults->len == 0;
}

const CsvCell *row_cell(const Row *row, const char *name)
{
        guint i = find_column(row->import, name);
        const bool is_there = i < row->import->columns->len && i < row->cells->len;
        return is_there ? g_ptr_array_index(row->cells, i) : NULL;
}

const char *row_text(const Row *row, const char *name)
{
        const CsvCell *cell = row_cell(row, name);
        return cell != NULL ? cell->text : "";
}

const char *row_part(const Row *row, const char *role, const char *part, const char *fallback)
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

int row_line(const Row *row)
{
        return ((const CsvCell *)g_ptr_array_index(row->cells, 0))->line;
}

static void check_width(const Row *row)
{
        if (row->cells->len <= row->import->columns->len)
                return;
        g_autofree char *cells = g_strdup_printf("%u", row->cells->len),
                        *header = g_strdup_printf("%u", row->import->columns->len);
        row_fault(row, "too_wide", NULL, cells, header);
}

static bool import_rows(Import *import, const GPtrArray *rows, GError **error)
{
        for (guint i = 1; i < rows->len; i++) {
                const Row row = { .import = import, .cells = g_ptr_array_index(rows, i) };
                check_width(&row);
                if (!import->shape->take(&row, error))
                        return false;
        }
        return import_doubts(import, error) && import_is_fine(import);
}

static const char *const rules[] = {
        [IMPORT_CASES] = "an import of cases",
        [IMPORT_PEOPLE] = "an import of people",
        [IMPORT_STAFF] = "an import of staff",
        [IMPORT_DAYS] = "an import of days off",
};

/* The table itself, as a message. */
static bool keep_table(Import *import, GError **error)
{
        House *house = import->house;
        if (import->table->message != 0) {
                import->message = import->table->message;
                return true;
        }
        g_autoptr(GBytes) bytes = g_bytes_new(import->table->text, import->table->size);
        InboxRow row = { .door = (char *)"cli",
                         .size_bytes = (int64_t)import->table->size,
                         .received_at = import->applier.now };
        bool is_kept = spool_append(import->applier.out, bytes, import->applier.now, &row.place, error) &&
                       inbox_add(house->store, &row, &import->message, error);
        spool_place_clear(&row.place);
        InboxOutcome outcome = { .outcome = OUTCOME_APPLIED,
                                 .rule = rules[import->report->kind],
                                 .kind = "import",
                                 .explain = "{\"class\":\"import\"}" };
        return is_kept && inbox_close(house->store, import->message, &outcome, import->applier.now, error);
}

/* In its savepoint: a dry run leaves nothing behind, nor does a table of which nothing new follows. */
static bool run(Import *import, const GPtrArray *rows, GError **error)
{
        Store *store = import->house->store;
        if (!store_savepoint(store, error))
                return false;
        bool is_done =
                (import->table->is_dry_run || keep_table(import, error)) && import_rows(import, rows, error);
        if (is_done && import->report->begun > 0 && !import->table->is_dry_run)
                return store_release(store, error);
        store_undo(store);
        return is_done;
}

static void take_problems(const Import *import, const Problems *problems)
{
        for (guint i = 0; i < problems_count(problems); i++) {
                const Problem *problem = problems_get(problems, i);
                const CsvCell place = { .line = problem->line, .column = problem->column };
                import_fault(import, &place, "not_csv", problem->what, problem->mend);
        }
}

static int compare_places(gconstpointer a, gconstpointer b)
{
        const ImportNote *left = *(ImportNote *const *)a, *right = *(ImportNote *const *)b;
        return left->line != right->line ? left->line - right->line : left->column - right->column;
}

bool import_table_inside(House *house, Spool *spool, const ImportTable *table, ImportReport *report,
                         GError **error)
{
        g_autoptr(Problems) problems = problems_new();
        g_autoptr(GPtrArray) rows =
                csv_parse(table->file, table->text != NULL ? table->text : "", table->size, problems);
        const Step *first = g_ptr_array_index(procedure_steps(house->procedure), 0);
        g_autoptr(GPtrArray) columns = g_ptr_array_new_with_free_func(column_free);
        g_autoptr(GPtrArray) newcomers = g_ptr_array_new_with_free_func((GDestroyNotify)newcomer_free);
        g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        Import import = { .house = house,
                          .table = table,
                          .form = procedure_form(house->procedure, first->form),
                          .columns = columns,
                          .seen = seen,
                          .newcomers = newcomers,
                          .report = report,
                          .applier = { .house = house, .out = spool, .now = house_now(house) } };
        take_problems(&import, problems);
        if (rows != NULL && rows->len == 0)
                import_fault(&import, NULL, "table_empty", NULL, NULL);
        if (rows == NULL || rows->len == 0)
                return false;
        report->kind = kind_of(g_ptr_array_index(rows, 0));
        import.shape = report->kind == IMPORT_PEOPLE && !has_cell(g_ptr_array_index(rows, 0), "role")
                               ? &import_role
                               : shapes[report->kind];
        read_header(&import, g_ptr_array_index(rows, 0));
        bool is_done = import_is_fine(&import) && run(&import, rows, error);
        g_ptr_array_sort(report->faults, compare_places);
        g_ptr_array_sort(report->warnings, compare_places);
        return is_done;
}

bool import_table(House *house, Spool *spool, const ImportTable *table, ImportReport *report, GError **error)
{
        Store *store = house->store;
        if (!store_begin(store, error))
                return false;
        bool is_done = import_table_inside(house, spool, table, report, error) && spool_sync(spool, error) &&
                       store_commit(store, error);
        store_rollback(store); /* safe when it was committed */
        return is_done;
}
