/* commands/import.c: `facteur import [--dry-run] FILE.csv`: cases, people, staff or days off from a table,
 * all of its rows or none. */
#include "robot/import.h"
#include "commands/options.h"
#include "doors/mail_server.h"

#include <stdio.h>

static void print_notes(const char *file, const GPtrArray *notes, const char *kind)
{
        g_autoptr(Problems) problems = problems_new();
        for (guint i = 0; i < notes->len; i++) {
                const ImportNote *note = g_ptr_array_index(notes, i);
                g_autofree char *mend = NULL, *what = import_note_print(note, &mend);
                problems_add(problems, file, note->line, note->column, mend, "%s%s", kind, what);
        }
        print_problems(problems);
}

static void print_changes(const GPtrArray *notes)
{
        for (guint i = 0; i < notes->len; i++) {
                const ImportNote *note = g_ptr_array_index(notes, i);
                g_autofree char *mend = NULL, *what = import_note_print(note, &mend);
                printf("line %d: %s\n", note->line, what);
        }
}

static const struct {
        const char *done, *looked_at, *same;
} endings[] = {
        [IMPORT_CASES] = { "cases begun", "cases would begin", "there already" },
        [IMPORT_PEOPLE] = { "people taken in", "people would be taken in", "there already" },
        [IMPORT_STAFF] = { "staff set", "staff would be set", "as they were" },
        [IMPORT_DAYS] = { "days set", "days would be set", "as they were" },
};

static int print_report(const char *file, const ImportReport *report, bool is_done, bool is_dry_run)
{
        print_notes(file, report->faults, "");
        print_notes(file, report->warnings, "warning: ");
        if (!is_done) {
                fprintf(stderr, "%s: nothing was imported\n", file);
                return EXIT_MEND;
        }
        if (is_dry_run)
                print_changes(report->changes);
        printf("%d %s, %d %s\n", report->begun,
               is_dry_run ? endings[report->kind].looked_at : endings[report->kind].done, report->unchanged,
               endings[report->kind].same);
        return EXIT_FINE;
}

static bool has_mail_server(const char *domain, bool *is_known_out)
{
        const MailServer said = mail_server_find(domain);
        *is_known_out = said != MAIL_SERVER_UNKNOWN;
        return said == MAIL_SERVER_THERE;
}

static int import_file(House *house, const char *path, bool is_dry_run, bool asks_dns)
{
        g_autoptr(GError) error = NULL;
        g_autofree char *text = NULL;
        gsize size;
        if (!g_file_get_contents(path, &text, &size, &error))
                return command_failed(error);
        /* A spool of its own: the clerk may be writing in the other. */
        g_autoptr(Spool) spool = spool_open(house->config->state_dir, "import", &error);
        if (spool == NULL)
                return command_failed(error);
        const ImportTable table = { .file = path,
                                    .text = text,
                                    .size = size,
                                    .language = "en",
                                    .is_dry_run = is_dry_run,
                                    .has_mail = asks_dns ? has_mail_server : NULL };
        g_auto(ImportReport) report;
        import_report_init(&report);
        bool is_done = import_table(house, spool, &table, &report, &error);
        if (error != NULL)
                return command_failed(error);
        return print_report(path, &report, is_done, is_dry_run);
}

int command_import(int argc, char **argv)
{
        g_auto(Options) options = { 0 };
        gboolean is_dry_run = FALSE, asks_dns = FALSE;
        const GOptionEntry own[] = { { "dry-run", 'n', 0, G_OPTION_ARG_NONE, &is_dry_run,
                                       "only say what would change", NULL },
                                     { "dns", 0, 0, G_OPTION_ARG_NONE, &asks_dns,
                                       "ask DNS whether servers take mail for new addresses", NULL },
                                     G_OPTION_ENTRY_NULL };
        int code = options_read(&options, "FILE.csv - take in a table, all of its rows or none", own, 1, 1,
                                argc, argv);
        if (code != CONTINUE)
                return code;
        g_autoptr(House) house =
                options_house(&options, HOUSE_STORE | HOUSE_KEYS | HOUSE_PROCEDURE | HOUSE_TEMPLATES, &code);
        return house != NULL ? import_file(house, options.rest[0], is_dry_run, asks_dns) : code;
}
