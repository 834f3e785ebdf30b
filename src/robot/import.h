/* robot/import.h: what a table (CSV) adds to the house: all of its rows, or none.
 *
 * The header row says what the table is about. Cases that begin: `reference`, language, country; <role>_name
 * and <role>_email of the roles; fields of the form that the procedure begins with (organisation, subject,
 * start, end, …); optional: step, timezone, <role>_language, <role>_country. People of a role, the students
 * of a cohort say: `<role>_name`, `<role>_email` of one role alone, or name, email and `role`; optional:
 * language, country, timezone, cohort, fields of that form. Staff: name, email, `scope`; optional: digest,
 * time. Days off: country, `day`; optional: off, name.
 *
 * The table is kept as a message, so that the journal can name where things came from. The same table again
 * changes nothing.
 */
#pragma once

#include "robot/house.h"
#include "store/spool.h"

typedef enum { IMPORT_CASES, IMPORT_PEOPLE, IMPORT_STAFF, IMPORT_DAYS } ImportKind;

/* One thing that is said of a table: `key` names the sentence, the rest fills it. */
typedef struct {
        const char *key; /* static */
        int line, column;
        char *name;          /* of the column; "" */
        char *value, *other; /* "" */
} ImportNote;

typedef struct {
        ImportKind kind;
        int begun;           /* rows that something followed from */
        int unchanged;       /* rows that said what was known already */
        GPtrArray *faults;   /* of ImportNote, by place: nothing was done */
        GPtrArray *warnings; /* of ImportNote: look at it again; nothing is refused for it */
        GPtrArray *changes;  /* of ImportNote: what follows */
} ImportReport;
void import_report_init(ImportReport *report);
void import_report_clear(ImportReport *report);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ImportReport, import_report_clear)
/* The sentence in English. mend_out: borrowed from the note or static; "" when there is none. */
char *import_note_print(const ImportNote *note, char **mend_out);
/* The same for a template: line, name, value, other, and true under the key. */
json_t *import_note_view(const ImportNote *note);

/* Does a server take mail for the domain (in A-labels)? False too when nothing can be said: *is_known_out. */
typedef bool (*ImportMailCheck)(const char *domain, bool *is_known_out);

typedef struct {
        const char *file; /* as the person named it */
        const char *text; /* not 0-terminated */
        gsize size;
        const char *language;     /* of what is said of values: the reader's */
        bool is_dry_run;          /* nothing is kept, no mail is made */
        int64_t message;          /* row that the table came in; 0: it becomes one */
        ImportMailCheck has_mail; /* asked once a domain, of newcomers alone; NULL: nobody is asked */
} ImportTable;

/* Reads and takes the table in: in a transaction of its own. True: done (or looked at), committed. False:
 * nothing was changed, and faults of the report or error say why. */
bool import_table(House *house, Spool *spool, const ImportTable *table, ImportReport *report, GError **error);
/* The same inside the caller's transaction, in a savepoint of its own. */
bool import_table_inside(House *house, Spool *spool, const ImportTable *table, ImportReport *report,
                         GError **error);
