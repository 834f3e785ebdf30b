/* commands/digest.c: `facteur digest --preview`: what today's digest would say. */
#include "robot/digest.h"

#include "commands/options.h"

#include <stdio.h>

int command_digest(int argc, char **argv)
{
        gboolean is_preview = FALSE;
        const GOptionEntry own[] = { { "preview", 0, 0, G_OPTION_ARG_NONE, &is_preview,
                                       "print it instead of sending it", NULL },
                                     G_OPTION_ENTRY_NULL };
        g_auto(Options) options = { 0 };
        int code = options_read(&options, "--preview - what staff should know today", own, 0, 0, argc, argv);
        if (code != CONTINUE)
                return code;
        if (!is_preview) {
                fputs("facteur digest: say --preview\n", stderr);
                return EXIT_USAGE_ERROR;
        }
        g_autoptr(House) house = options_house(&options, HOUSE_STORE, &code);
        if (house == NULL)
                return code;
        g_autoptr(GError) error = NULL;
        g_autofree char *text = digest_text(house, &error);
        if (text == NULL)
                return command_failed(error);
        fputs(text, stdout);
        return EXIT_FINE;
}
