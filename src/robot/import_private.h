/* robot/import_private.h: between the files of the import: a table, its columns, a row. */
#pragma once

#include "base/csv.h"
#include "robot/apply.h"
#include "robot/import.h"

typedef enum { COLUMN_PLAIN, COLUMN_PERSON, COLUMN_FIELD } ColumnKind;
typedef struct {
        ColumnKind kind;
        char *name;
        char *role, *part;  /* COLUMN_PERSON: "student", "name" */
        const Field *field; /* COLUMN_FIELD */
} Column;

typedef struct Import Import;
typedef struct {
        Import *import;
        const GPtrArray *cells; /* of CsvCell */
} Row;

/* Somebody whose address nobody had. */
typedef struct {
        int64_t person;
        int line, column;
        char *name; /* of the column */
} Newcomer;

/* What a kind of table is. */
typedef struct {
        const char *const *required; /* columns that must be there */
        const char *const *plain;    /* columns that may be there, beside those of people and fields */
        bool has_people, has_fields;
        /* Reads a row, says what is wrong with it, and takes it in unless something is wrong. False: the
         * world failed. */
        bool (*take)(const Row *row, GError **error);
} ImportShape;
extern const ImportShape import_cases, import_people, import_role, import_staff, import_days;

struct Import {
        House *house;
        const ImportTable *table;
        const ImportShape *shape;
        const Form *form;     /* that the procedure begins with */
        GPtrArray *columns;   /* of Column */
        GHashTable *seen;     /* what makes a row (reference, address, day) -> its line in this table */
        GPtrArray *newcomers; /* of Newcomer: looked at again once all rows are read */
        ImportReport *report;
        Applier applier;
        int64_t message; /* the row that the table came in */
};

bool import_is_fine(const Import *import);

/* Cells. */
const CsvCell *row_cell(const Row *row, const char *name); /* NULL: no such column, or the row is short */
const char *row_text(const Row *row, const char *name);    /* "" */
const char *row_part(const Row *row, const char *role, const char *part, const char *fallback);
int row_line(const Row *row);

/* import_doubt.c: what is wrong about addresses is asked, not refused. */
void newcomer_free(Newcomer *newcomer);
bool import_doubts(const Import *import, GError **error);
/* The address is known, under another name perhaps. */
bool row_doubt_name(const Row *row, const char *email_name, int64_t id, const Person *person, GError **error);

/* import_note.c: says something of a column of the row. value and other are copied; NULL is "". */
void row_fault(const Row *row, const char *key, const char *name, const char *value, const char *other);
void row_warn(const Row *row, const char *key, const char *name, const char *value, const char *other);
void row_change(const Row *row, const char *key, const char *value, const char *other);
void import_warn(const Import *import, const Newcomer *newcomer, const char *key, const char *value,
                 const char *other);
void import_fault(const Import *import, const CsvCell *cell, const char *key, const char *value,
                  const char *other);
/* Was the same said in an earlier row? Then it is a fault of this one. */
bool row_is_first(const Row *row, const char *name, const char *what);

/* Values that several kinds have; the caller frees. They complain and give something all the same. */
char *row_country(const Row *row, const char *name, const char *text);
char *row_language(const Row *row, const char *name, const char *text);
const char *import_zone_of(const char *country, const char *fallback);
void row_check_zone(const Row *row, const char *name, const char *zone);
/* Each field of the form that the row has, canonical: into data (owned keys and values), "form.field". */
void row_fields(const Row *row, bool may_be_empty, GHashTable *data);

/* A person of the row: their address and name in the columns of these names. */
typedef struct {
        const char *email_name, *name_name, *language_name, *country_name;
        const char *email, *name, *language, *country, *timezone; /* as written; "" */
        const char *home_country, *home_timezone;                 /* where nothing is said */
} PersonCells;
Person *row_person(const Row *row, const PersonCells *cells);
/* Who has the address already stays who they are: a person is never overwritten. */
bool row_settle_person(const Row *row, const char *email_name, Person *person, bool *is_new_out,
                       GError **error);
