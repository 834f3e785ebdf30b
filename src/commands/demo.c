/* commands/demo.c: `facteur demo`: hands over to the play in tests/demo, which runs this program over real
 * mail on loopback. */
#include "commands/commands.h"

#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <unistd.h>

enum { PARENTS_MAX = 3 };

/* In a checkout above the folder of the program, else where `make install` put it. */
static char *find_play(const char *program)
{
        g_autofree char *folder = g_path_get_dirname(program);
        for (int level = 0; level < PARENTS_MAX; level++) {
                g_autofree char *path = g_build_filename(folder, "tests", "demo", "demo.py", NULL);
                if (g_file_test(path, G_FILE_TEST_IS_REGULAR))
                        return g_steal_pointer(&path);
                char *parent = g_path_get_dirname(folder);
                g_free(folder);
                folder = parent;
        }
        return g_build_filename(FACTEUR_DATADIR, "demo", "demo", "demo.py", NULL);
}

int command_demo(int argc, char **argv)
{
        if (argc > 3 || (argc > 1 && g_strcmp0(argv[1], "--keep") != 0)) {
                fputs("usage: facteur demo [--keep FOLDER]\n", stderr);
                return EXIT_USAGE_ERROR;
        }
        g_autofree char *program = g_file_read_link("/proc/self/exe", NULL);
        g_autofree char *play = find_play(program);
        char *words[] = { (char *)"/usr/bin/python3", play, (char *)"--program", program, NULL, NULL, NULL };
        for (int i = 1; i < argc; i++)
                words[3 + i] = argv[i];
        execv(words[0], words);
        fprintf(stderr, "facteur: the demo needs Python 3 (package python3): %s\n", g_strerror(errno));
        return EXIT_MEND;
}
