/* commands/options.h: what every subcommand is told in the same way: --config, --now, --json, and the house
 * they lead to.
 *
 * A function that gives an exit code gives CONTINUE when the command goes on; what went wrong has been said
 * on standard error by then.
 */
#pragma once

#include "commands/commands.h"
#include "robot/house.h"

enum { CONTINUE = -1 };

typedef struct {
        char *config; /* --config FILE; else ./facteur.conf, /etc/facteur/facteur.conf */
        Clock clock;  /* --now INSTANT */
        char **rest;  /* arguments that are no options; NULL-terminated */
} Options;

void options_clear(Options *options);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

/* usage: what follows the command's name. own: the command's own options, ended by G_OPTION_ENTRY_NULL; NULL:
 * none. least and most: how many arguments there must be. */
int options_read(Options *options_out, const char *usage, const GOptionEntry *own, guint least, guint most,
                 int argc, char **argv);

/* The configuration; NULL: its problems were printed, exit with EXIT_CONFIG_ERROR. */
Config *options_config(const Options *options);
/* Is there one, named or in its usual place? */
bool options_has_config(const Options *options);
/* The folder of rules that came with this program: of its checkout, else as installed. The caller frees. */
char *options_own_rules(void);
/* The house with these parts open, or NULL and *exit_code_out. */
House *options_house(const Options *options, unsigned parts, int *exit_code_out);

/* Says on standard error what went wrong, and gives EXIT_MEND. */
int command_failed(const GError *error);
/* The problems on standard error. */
void print_problems(const Problems *problems);
/* A JSON value on standard output, with a line end. Takes it over. */
void print_json(json_t *value);
