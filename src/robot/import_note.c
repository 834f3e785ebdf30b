/* robot/import_note.c: what is said of a table, in English for the command line; mails say it by the key. */
#include "robot/import_private.h"

#include <string.h>

static const struct {
        const char *key, *what, *mend; /* {name}, {value}, {other} */
} sentences[] = {
        /* the table */
        { "not_csv", "{value}", "{other}" },
        { "table_empty", "the table is empty", "begin with the row of column names" },
        { "column_unknown", "there is no column `{value}`", "take the column out" },
        { "column_near", "there is no column `{value}`", "did you mean `{other}`?" },
        { "column_twice", "the column `{value}` is there twice", "take one of them out" },
        { "column_missing", "the column `{value}` is missing", "add it to the first row" },
        { "too_wide", "the row has {value} cells and the header {other}",
          "put cells with the separator in them between quotes" },
        { "row_twice", "{name}: `{value}` is in line {other} already", "take one of the rows out" },
        /* values */
        { "no_reference", "{name}: `{value}` is no reference", "write it as 2026-0142" },
        { "no_country", "{name}: `{value}` is no country we know",
          "use one of rules/calendars.yaml, such as fr" },
        { "no_timezone", "{name}: `{value}` is no time zone",
          "write a name such as Europe/Paris or Africa/Tunis" },
        { "no_language", "{name}: `{value}` is no language we write",
          "use a language of the procedure, such as fr" },
        { "no_step", "{name}: `{value}` is no step",
          "name a step of the procedure, such as record_validation" },
        { "no_role", "{name}: `{value}` is no role of the procedure",
          "write one such as student or academic_tutor" },
        { "no_scope", "{name}: `{value}` is no scope",
          "write all (every case), own (their own) or none (no longer one of the staff)" },
        { "no_digest", "{name}: `{value}` is not how often a digest comes", "write day, week or never" },
        { "no_time", "{name}: `{value}` is no time of the day", "write it as 07:30" },
        { "no_day", "{name}: `{value}` is no day", "write it as 2027-03-10" },
        { "no_yes", "{name}: `{value}` is neither yes nor no", "write yes or no" },
        { "address_missing", "{name}: the address is missing", "write it as name@example.org" },
        { "no_address", "{name}: `{value}` is no mail address", "write it as name@example.org" },
        { "no_name", "{name}: the name is missing or too long", "write first and last name" },
        { "value_missing", "{name}: the value is missing", "fill it in" },
        { "bad_value", "{name}: {value}", "correct it" },
        { "ends_before", "{name}: the internship ends before it starts", "check both dates" },
        { "began_otherwise", "{name}: the case {value} began with other people or values",
          "a running case is not changed by an import: take the row out, or use another reference" },
        { "is_registry", "{name}: `{value}` is registry_address, which sees every case, every working day",
          "take the row out, or change the configuration" },
        /* looked at again */
        { "domain_near", "{name}: `{value}` looks like a slip", "did you mean `{other}`?" },
        { "same_name", "{name}: {value} is known under another address, {other}",
          "if it is the same person, use that address, or merge the two with `facteur person merge`" },
        { "same_address", "{name}: `{value}` is the address of {other}, who keeps that name",
          "check the address" },
        { "no_mail_server", "{name}: no server takes mail for `{value}`", "check the address" },
        { "dns_silent", "no answer from DNS: mail servers were not looked up",
          "leave --dns out, or try again later" },
        { "not_ascii", "{name}: many servers cannot take mail for `{value}`",
          "ask for another address of this person" },
        /* what follows */
        { "begins", "begins {value}, {other}", "" },
        { "person_new", "{value} <{other}> is new", "" },
        { "role_set", "{value}: {other}", "" },
        { "staff_set", "{value}: staff, {other}", "" },
        { "staff_gone", "{value}: no longer one of the staff", "" },
        { "day_off", "{value}: not worked in {other}", "" },
        { "day_worked", "{value}: worked in {other}", "" },
};

static void note_free(gpointer data)
{
        ImportNote *note = data;
        g_free(note->name);
        g_free(note->value);
        g_free(note->other);
        g_free(note);
}

void import_report_init(ImportReport *report)
{
        *report = (ImportReport){ 0 };
        report->faults = g_ptr_array_new_with_free_func(note_free);
        report->warnings = g_ptr_array_new_with_free_func(note_free);
        report->changes = g_ptr_array_new_with_free_func(note_free);
}

void import_report_clear(ImportReport *report)
{
        g_clear_pointer(&report->faults, g_ptr_array_unref);
        g_clear_pointer(&report->warnings, g_ptr_array_unref);
        g_clear_pointer(&report->changes, g_ptr_array_unref);
}

static char *fill(const char *sentence, const ImportNote *note)
{
        g_autoptr(GString) out = g_string_new(NULL);
        for (const char *at = sentence; *at != '\0';) {
                const char *word = g_str_has_prefix(at, "{name}")    ? note->name
                                   : g_str_has_prefix(at, "{value}") ? note->value
                                   : g_str_has_prefix(at, "{other}") ? note->other
                                                                     : NULL;
                if (word == NULL) {
                        g_string_append_c(out, *at++);
                        continue;
                }
                g_string_append(out, word);
                at = strchr(at, '}') + 1;
        }
        return g_string_free(g_steal_pointer(&out), FALSE);
}

char *import_note_print(const ImportNote *note, char **mend_out)
{
        size_t i = 0;
        while (i < G_N_ELEMENTS(sentences) && strcmp(sentences[i].key, note->key) != 0)
                i++;
        g_assert(i < G_N_ELEMENTS(sentences));
        *mend_out = fill(sentences[i].mend, note);
        return fill(sentences[i].what, note);
}

json_t *import_note_view(const ImportNote *note)
{
        json_t *view = json_pack("{s:i, s:s, s:s, s:s}", "line", note->line, "column", note->name, "value",
                                 note->value, "other", note->other);
        for (size_t i = 0; i < G_N_ELEMENTS(sentences); i++)
                json_object_set_new(view, sentences[i].key,
                                    json_boolean(strcmp(sentences[i].key, note->key) == 0));
        return view;
}

static void add_note(GPtrArray *notes, const char *key, const CsvCell *cell, int line, const char *name,
                     const char *value, const char *other)
{
        ImportNote *note = g_new0(ImportNote, 1);
        note->key = key;
        note->line = cell != NULL ? cell->line : line;
        note->column = cell != NULL ? cell->column : 0;
        note->name = g_strdup(name != NULL ? name : "");
        note->value = g_strdup(value != NULL ? value : "");
        note->other = g_strdup(other != NULL ? other : "");
        g_ptr_array_add(notes, note);
}

void row_fault(const Row *row, const char *key, const char *name, const char *value, const char *other)
{
        add_note(row->import->report->faults, key, name != NULL ? row_cell(row, name) : NULL, row_line(row),
                 name, value, other);
}

void row_warn(const Row *row, const char *key, const char *name, const char *value, const char *other)
{
        add_note(row->import->report->warnings, key, row_cell(row, name), row_line(row), name, value, other);
}

void row_change(const Row *row, const char *key, const char *value, const char *other)
{
        add_note(row->import->report->changes, key, NULL, row_line(row), NULL, value, other);
}

void import_warn(const Import *import, const Newcomer *newcomer, const char *key, const char *value,
                 const char *other)
{
        const CsvCell place = { .line = newcomer->line, .column = newcomer->column };
        add_note(import->report->warnings, key, &place, newcomer->line, newcomer->name, value, other);
}

void import_fault(const Import *import, const CsvCell *cell, const char *key, const char *value,
                  const char *other)
{
        add_note(import->report->faults, key, cell, 1, NULL, value, other);
}

bool row_is_first(const Row *row, const char *name, const char *what)
{
        GHashTable *seen = row->import->seen;
        int earlier = GPOINTER_TO_INT(g_hash_table_lookup(seen, what));
        if (earlier == 0) {
                g_hash_table_insert(seen, g_strdup(what), GINT_TO_POINTER(row_line(row)));
                return true;
        }
        g_autofree char *line = g_strdup_printf("%d", earlier);
        row_fault(row, "row_twice", name, what, line);
        return false;
}
