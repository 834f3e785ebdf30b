/* commands/commands.h: the subcommands of `facteur`, one file each.
 *
 * A command gets its own arguments (argv[0] is its name), writes results to standard output and messages for
 * people to standard error, and gives the exit code of the process.
 */
#pragma once

enum {
        EXIT_FINE = 0,
        EXIT_MEND = 1,          /* a check failed, or there is something to mend */
        EXIT_USAGE_ERROR = 64,  /* sysexits.h EX_USAGE */
        EXIT_CONFIG_ERROR = 78, /* sysexits.h EX_CONFIG */
};

typedef struct {
        const char *name;
        int (*run)(int argc, char **argv);
        const char *arguments; /* for the usage line */
        const char *help;      /* one line */
} CommandEntry;

int command_audit(int argc, char **argv);
int command_backup(int argc, char **argv);
int command_case(int argc, char **argv);
int command_check(int argc, char **argv);
int command_digest(int argc, char **argv);
int command_explain(int argc, char **argv);
int command_find(int argc, char **argv);
int command_graph(int argc, char **argv);
int command_hold(int argc, char **argv);
int command_import(int argc, char **argv);
int command_init(int argc, char **argv);
int command_keys(int argc, char **argv);
int command_demo(int argc, char **argv);
int command_person(int argc, char **argv);
int command_probe(int argc, char **argv);
int command_read(int argc, char **argv);
int command_release(int argc, char **argv);
int command_replay(int argc, char **argv);
int command_restore(int argc, char **argv);
int command_run(int argc, char **argv);
int command_migrate_cases(int argc, char **argv);
int command_simulate(int argc, char **argv);
int command_verify(int argc, char **argv);
int command_status(int argc, char **argv);
