/* commands/migrate_cases.c: `facteur migrate-cases`: running cases go on by another version of their
 * procedure. What would change is told first, many cases that change alike at once; nothing is done without
 * --yes. */
#include "commands/options.h"
#include "robot/migrate.h"

#include <stdio.h>
#include <string.h>

enum { NAMES_SHOWN = 12, HASH_SHOWN = 12 };

typedef struct {
        gboolean is_sure;
        char *rules, *names;
} Wish;

static void wish_clear(Wish *wish)
{
        g_free(wish->rules);
        g_free(wish->names);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Wish, wish_clear)

/* Telling. */

/* What cases have in common that change alike. */
static char *group_key(const MigrateCase *one)
{
        GString *key = g_string_new(one->from);
        for (guint i = 0; i < one->migration->changes->len; i++)
                g_string_append_printf(key, "\n%s",
                                       (const char *)g_ptr_array_index(one->migration->changes, i));
        return g_string_free(key, FALSE);
}

static void print_names(const GPtrArray *cases)
{
        for (guint i = 0; i < MIN(cases->len, NAMES_SHOWN); i++)
                printf("%s%s", i > 0 ? " " : "",
                       ((const MigrateCase *)g_ptr_array_index(cases, i))->reference);
        if (cases->len > NAMES_SHOWN)
                printf(" and %u more", cases->len - NAMES_SHOWN);
}

/* Cases that change alike, in the order of their first. */
static void print_group(const GPtrArray *group)
{
        const MigrateCase *one = g_ptr_array_index(group, 0);
        printf("\n%u %s (", group->len, group->len == 1 ? "case" : "cases");
        print_names(group);
        printf("), from version %.*s:\n", HASH_SHOWN, one->from);
        for (guint i = 0; i < one->migration->changes->len; i++)
                printf("  %s\n", (const char *)g_ptr_array_index(one->migration->changes, i));
        if (one->migration->changes->len == 0)
                puts("  nothing changes now");
}

static void print_changes(const MigrateReport *report)
{
        g_autoptr(GHashTable) groups =
                g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
        g_autoptr(GPtrArray) in_order = g_ptr_array_new();
        for (guint i = 0; i < report->cases->len; i++) {
                MigrateCase *one = g_ptr_array_index(report->cases, i);
                g_autofree char *key = group_key(one);
                GPtrArray *group = g_hash_table_lookup(groups, key);
                if (group == NULL) {
                        group = g_ptr_array_new();
                        g_hash_table_insert(groups, g_steal_pointer(&key), group);
                        g_ptr_array_add(in_order, group);
                }
                g_ptr_array_add(group, one);
        }
        for (guint i = 0; i < in_order->len; i++)
                print_group(g_ptr_array_index(in_order, i));
}

static void print_differences(House *house, const MigrateWish *wish, const MigrateReport *report)
{
        g_autoptr(GHashTable) told = g_hash_table_new(g_str_hash, g_str_equal);
        for (guint i = 0; i < report->cases->len; i++) {
                const MigrateCase *one = g_ptr_array_index(report->cases, i);
                if (!g_hash_table_add(told, one->from))
                        continue;
                const Procedure *from = house_procedure(house, one->from, NULL);
                g_autoptr(GPtrArray) lines =
                        from != NULL ? migration_differences(from, wish->to) : g_ptr_array_new();
                printf("version %.*s → %.*s of %s\n", HASH_SHOWN, one->from, HASH_SHOWN,
                       procedure_hash(wish->to), procedure_key(wish->to));
                for (guint j = 0; j < lines->len; j++)
                        printf("  %s\n", (const char *)g_ptr_array_index(lines, j));
        }
}

static void print_faults(const MigrateReport *report)
{
        for (guint i = 0; i < report->unknown->len; i++)
                fprintf(stderr, "there is no case %s: `facteur case list` has them all\n",
                        (const char *)g_ptr_array_index(report->unknown, i));
        for (guint i = 0; i < report->cases->len; i++) {
                const MigrateCase *one = g_ptr_array_index(report->cases, i);
                for (guint j = 0; j < one->migration->faults->len; j++) {
                        const MigrationFault *fault = g_ptr_array_index(one->migration->faults, j);
                        fprintf(stderr, "case %s cannot move: %s: %s\n", one->reference, fault->what,
                                fault->mend);
                }
        }
}

/* Doing. */

static int move(House *house, const MigrateWish *wish, const MigrateReport *report)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(Spool) spool = spool_open(house->config->state_dir, "import", &error);
        g_autofree char *path = house_keys_path(house->config, HOUSE_KEYS_LABEL), *keys = NULL;
        bool is_moved = false;
        if (spool == NULL ||
            (g_file_test(path, G_FILE_TEST_EXISTS) &&
             (!g_file_get_contents(path, &keys, NULL, &error) || !house_set_label_keys(house, keys, &error))))
                return command_failed(error);
        if (!migrate_run(house, spool, wish, report, &is_moved, &error)) {
                fputs("facteur: nothing was moved\n", stderr);
                return command_failed(error);
        }
        if (!is_moved) {
                fputs("facteur: nothing was moved: the cases changed while you looked; look again\n", stderr);
                return EXIT_MEND;
        }
        printf("\n%u %s moved\n", report->cases->len, report->cases->len == 1 ? "case" : "cases");
        return EXIT_FINE;
}

static int end(House *house, const MigrateWish *wish, const MigrateReport *report, bool is_sure)
{
        print_faults(report);
        if (report->faulty > 0 || report->unknown->len > 0) {
                fprintf(stderr, "nothing was moved; --cases moves some without the others\n");
                return EXIT_MEND;
        }
        if (report->cases->len == 0) {
                printf("nothing to move: %u %s over, or by this version already\n", report->there,
                       report->there == 1 ? "case is" : "cases are");
                return EXIT_FINE;
        }
        if (is_sure)
                return move(house, wish, report);
        printf("\nnothing was moved yet: say --yes to move %u %s\n", report->cases->len,
               report->cases->len == 1 ? "case" : "cases");
        return EXIT_FINE;
}

static int run(House *house, const Wish *wished)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(Problems) problems = problems_new();
        g_autoptr(Procedure) other =
                wished->rules != NULL ? house_load_rules(wished->rules, house->config->procedure, problems)
                                      : NULL;
        g_auto(GStrv) names = wished->names != NULL ? g_strsplit_set(wished->names, ", ", -1) : NULL;
        print_problems(problems);
        if (wished->rules != NULL && other == NULL)
                return EXIT_CONFIG_ERROR;
        const MigrateWish wish = { .to = other != NULL ? other : house->procedure,
                                   .references = (const char *const *)names };
        g_auto(MigrateReport) report;
        migrate_report_init(&report);
        if (!migrate_look(house, &wish, &report, &error))
                return command_failed(error);
        print_differences(house, &wish, &report);
        print_changes(&report);
        fflush(stdout);
        return end(house, &wish, &report, wished->is_sure);
}

int command_migrate_cases(int argc, char **argv)
{
        g_auto(Wish) wish = { 0 };
        const GOptionEntry own[] = {
                { "rules", 0, 0, G_OPTION_ARG_FILENAME, &wish.rules,
                  "to the version of this folder instead of the one in use", "DIR" },
                { "cases", 0, 0, G_OPTION_ARG_STRING, &wish.names, "these alone, with commas between",
                  "REF,…" },
                { "yes", 0, 0, G_OPTION_ARG_NONE, &wish.is_sure, "move them", NULL },
                G_OPTION_ENTRY_NULL,
        };
        g_auto(Options) options = { 0 };
        int code = options_read(&options, "- running cases go on by new rules", own, 0, 0, argc, argv);
        if (code != CONTINUE)
                return code;
        g_autoptr(House) house =
                options_house(&options, HOUSE_STORE | HOUSE_KEYS | HOUSE_PROCEDURE | HOUSE_TEMPLATES, &code);
        return house != NULL ? run(house, &wish) : code;
}
