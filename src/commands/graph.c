/* commands/graph.c: `facteur graph`: the procedure as a picture, for Graphviz (DOT), or drawn by it (--svg).
 */
#include "procedure/graph.h"
#include "commands/options.h"

#include <gio/gio.h>
#include <stdio.h>

/* Graphviz draws: `dot` reads the text and writes the picture. */
static int draw(const char *text)
{
        g_autoptr(GError) error = NULL;
        g_autofree char *picture = NULL, *said = NULL;
        g_autoptr(GSubprocess) dot =
                g_subprocess_new(G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE |
                                         G_SUBPROCESS_FLAGS_STDERR_PIPE,
                                 &error, "dot", "-Tsvg", NULL);
        if (dot == NULL) {
                fprintf(stderr,
                        "facteur: %s: install graphviz, or leave --svg out and draw the text elsewhere\n",
                        error->message);
                return EXIT_MEND;
        }
        if (!g_subprocess_communicate_utf8(dot, text, NULL, &picture, &said, &error))
                return command_failed(error);
        if (!g_subprocess_get_successful(dot)) {
                fprintf(stderr, "facteur: dot could not draw the procedure: %s\n", said);
                return EXIT_MEND;
        }
        fputs(picture, stdout);
        return EXIT_FINE;
}

int command_graph(int argc, char **argv)
{
        gboolean is_drawn = FALSE;
        g_autofree char *language = NULL;
        const GOptionEntry own[] = {
                { "svg", 0, 0, G_OPTION_ARG_NONE, &is_drawn, "draw it with Graphviz", NULL },
                { "language", 0, 0, G_OPTION_ARG_STRING, &language, "of the labels: fr, en, ar", "LANGUAGE" },
                G_OPTION_ENTRY_NULL
        };
        g_auto(Options) options = { 0 };
        int code = options_read(&options, "- the procedure as a picture", own, 0, 0, argc, argv);
        if (code != CONTINUE)
                return code;
        g_autoptr(House) house = options_house(&options, HOUSE_PROCEDURE, &code);
        if (house == NULL)
                return code;
        const char *spoken = language != NULL ? language : procedure_languages(house->procedure)[0];
        g_autofree char *text = procedure_graph(house->procedure, spoken);
        if (is_drawn)
                return draw(text);
        fputs(text, stdout);
        return EXIT_FINE;
}
