#include "commands/options.h"

#include <stdio.h>
#include <stdlib.h>

void options_clear(Options *options)
{
        g_clear_pointer(&options->config, g_free);
        g_clear_pointer(&options->rest, g_strfreev);
}

static int usage_error(const GOptionContext *context, const char *command, const char *message)
{
        fprintf(stderr, "facteur %s: %s\n", command, message);
        g_autofree char *help = g_option_context_get_help((GOptionContext *)context, TRUE, NULL);
        fputs(help, stderr);
        return EXIT_USAGE_ERROR;
}

static int read_clock(Options *options, const GOptionContext *context, const char *command, const char *now)
{
        if (now == NULL || clock_parse(now, &options->clock))
                return CONTINUE;
        return usage_error(context, command, "--now takes an instant such as 2027-03-01T08:00:00+01:00");
}

int options_read(Options *options_out, const char *usage, const GOptionEntry *own, guint least, guint most,
                 int argc, char **argv)
{
        g_autofree char *now = NULL;
        g_autoptr(GError) error = NULL;
        *options_out = (Options){ 0 };
        const GOptionEntry common[] = {
                { "config", 'c', 0, G_OPTION_ARG_FILENAME, &options_out->config,
                  "the configuration (./facteur.conf, then /etc/facteur/facteur.conf)", "FILE" },
                { "now", 0, 0, G_OPTION_ARG_STRING, &now, "what time it is, instead of the clock",
                  "INSTANT" },
                { G_OPTION_REMAINING, 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_FILENAME_ARRAY,
                  &options_out->rest, NULL, NULL },
                G_OPTION_ENTRY_NULL,
        };
        g_autofree char *program = g_strdup_printf("facteur %s", argv[0]);
        g_set_prgname(program);
        g_autoptr(GOptionContext) context = g_option_context_new(usage);
        if (own != NULL)
                g_option_context_add_main_entries(context, own, NULL);
        g_option_context_add_main_entries(context, common, NULL);
        g_auto(GStrv) copy = g_strdupv(argv); /* GLib moves the pointers about */
        char **moved = g_memdup2(copy, sizeof(char *) * ((size_t)argc + 1));
        bool is_parsed = g_option_context_parse(context, &argc, &moved, &error);
        g_free(moved);
        if (!is_parsed)
                return usage_error(context, argv[0], error->message);
        guint count = options_out->rest != NULL ? g_strv_length(options_out->rest) : 0;
        if (count < least || count > most)
                return usage_error(context, argv[0],
                                   count < least ? "something is missing" : "that is too much");
        return read_clock(options_out, context, argv[0], now);
}

static const char *config_path(const Options *options)
{
        static const char *const places[] = { "facteur.conf", "/etc/facteur/facteur.conf" };
        if (options->config != NULL)
                return options->config;
        for (size_t i = 0; i < G_N_ELEMENTS(places); i++)
                if (g_file_test(places[i], G_FILE_TEST_EXISTS))
                        return places[i];
        return NULL;
}

void print_problems(const Problems *problems)
{
        g_autofree char *text = problems_print(problems);
        fputs(text, stderr);
}

/* rules/ of a checkout: upward from the folder of the program. */
static char *rules_above_program(void)
{
        g_autofree char *program = g_file_read_link("/proc/self/exe", NULL);
        g_autofree char *folder = program != NULL ? g_path_get_dirname(program) : NULL;
        while (folder != NULL && folder[0] == '/' && folder[1] != '\0') {
                g_autofree char *rules = g_build_filename(folder, "rules", NULL);
                g_autofree char *reading = g_build_filename(rules, "reading", NULL);
                if (g_file_test(reading, G_FILE_TEST_IS_DIR))
                        return g_steal_pointer(&rules);
                char *parent = g_path_get_dirname(folder);
                g_free(folder);
                folder = parent;
        }
        return NULL;
}

char *options_own_rules(void)
{
        char *found = rules_above_program();
        return found != NULL ? found : g_strdup(FACTEUR_DATADIR "/rules");
}

bool options_has_config(const Options *options)
{
        return config_path(options) != NULL;
}

Config *options_config(const Options *options)
{
        const char *path = config_path(options);
        if (path == NULL) {
                fputs("facteur: there is no facteur.conf here nor in /etc/facteur: name it with --config, or "
                      "make one with `facteur init DIR`\n",
                      stderr);
                return NULL;
        }
        g_autoptr(Problems) problems = problems_new();
        Config *config = config_load(path, problems);
        print_problems(problems);
        return config;
}

House *options_house(const Options *options, unsigned parts, int *exit_code_out)
{
        g_autoptr(Problems) problems = problems_new();
        g_autoptr(GError) error = NULL;
        Config *config = options_config(options);
        *exit_code_out = EXIT_CONFIG_ERROR;
        if (config == NULL)
                return NULL;
        House *house = house_open(config, parts, &options->clock, NULL, problems, &error);
        print_problems(problems);
        if (error != NULL)
                *exit_code_out = command_failed(error);
        return house;
}

int command_failed(const GError *error)
{
        fprintf(stderr, "facteur: %s\n", error->message);
        return EXIT_MEND;
}

void print_json(json_t *value)
{
        json_dumpf(value, stdout, JSON_INDENT(2));
        putchar('\n');
        json_decref(value);
}
