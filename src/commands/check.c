/* commands/check.c: `facteur check`: every problem of configuration, rules and templates, without network. */
#include "commands/options.h"

#include <stdio.h>

static int check_files(const Config *config)
{
        g_autoptr(Problems) problems = problems_new();
        house_check(config, problems);
        house_check_pages(config, problems);
        g_autofree char *text = problems_print(problems);
        fputs(text, stdout);
        return problems_count(problems) == 0 ? EXIT_FINE : EXIT_CONFIG_ERROR;
}

/* Keys and passwords: there, and for us alone. */
static int check_secrets(const Config *config)
{
        const char *files[] = { config->mailbox.user != NULL ? config->mailbox.password_file : NULL,
                                config->submission.user != NULL ? config->submission.password_file : NULL };
        g_autoptr(GError) error = NULL;
        int code = EXIT_FINE;
        for (int which = 0; which < N_HOUSE_KEYS; which++) {
                g_clear_error(&error);
                g_autofree char *path = house_keys_path(config, (HouseKeys)which);
                keyring_free(keyring_load(path, &error));
                if (error == NULL)
                        continue;
                printf("%s\n", error->message);
                code = EXIT_CONFIG_ERROR;
        }
        for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
                g_clear_error(&error);
                if (files[i] != NULL)
                        g_free(config_read_secret(files[i], &error));
                if (error == NULL)
                        continue;
                printf("%s\n", error->message);
                code = EXIT_CONFIG_ERROR;
        }
        return code;
}

int command_check(int argc, char **argv)
{
        gboolean is_printing = FALSE;
        const GOptionEntry own[] = { { "print", 0, 0, G_OPTION_ARG_NONE, &is_printing,
                                       "print the settings that hold", NULL },
                                     G_OPTION_ENTRY_NULL };
        g_auto(Options) options = { 0 };
        int code = options_read(&options, "- what is wrong with configuration, rules and templates", own, 0,
                                0, argc, argv);
        if (code != CONTINUE)
                return code;
        g_autoptr(Config) config = options_config(&options);
        if (config == NULL)
                return EXIT_CONFIG_ERROR;
        int files = check_files(config), secrets = check_secrets(config);
        if (is_printing) {
                g_autofree char *text = config_print(config);
                fputs(text, stdout);
        }
        if (files == EXIT_FINE && secrets == EXIT_FINE && !is_printing)
                puts("all is well");
        return files != EXIT_FINE ? files : secrets;
}
