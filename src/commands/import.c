/* commands/import.c: `facteur import FILE.csv`: cases from a table, all rows or none. */
#include "robot/import.h"
#include "commands/options.h"

#include <stdio.h>

static int import_file(House *house, const char *path)
{
        g_autoptr(GError) error = NULL;
        g_autofree char *text = NULL;
        gsize size;
        if (!g_file_get_contents(path, &text, &size, &error))
                return command_failed(error);
        g_autoptr(GBytes) bytes = g_bytes_new_take(g_steal_pointer(&text), size);
        /* A spool of its own: the clerk may be writing in the other. */
        g_autoptr(Spool) spool = spool_open(house->config->state_dir, "import", &error);
        if (spool == NULL)
                return command_failed(error);
        g_autoptr(Problems) problems = problems_new();
        ImportResult result = { 0 };
        bool is_done = import_csv(house, spool, path, bytes, problems, &result, &error);
        print_problems(problems);
        if (error != NULL)
                return command_failed(error);
        if (!is_done) {
                fprintf(stderr, "%s: nothing was imported\n", path);
                return EXIT_MEND;
        }
        printf("%d cases begun, %d there already\n", result.begun, result.unchanged);
        return EXIT_FINE;
}

int command_import(int argc, char **argv)
{
        g_auto(Options) options = { 0 };
        int code = options_read(&options, "FILE.csv - begin cases from a table, all of its rows or none",
                                NULL, 1, 1, argc, argv);
        if (code != CONTINUE)
                return code;
        g_autoptr(House) house =
                options_house(&options, HOUSE_STORE | HOUSE_KEYS | HOUSE_PROCEDURE | HOUSE_TEMPLATES, &code);
        return house != NULL ? import_file(house, options.rest[0]) : code;
}
