/* facteur.c: the program's entry: finds the subcommand and runs it. */
#include "commands/commands.h"

#include <glib.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static const CommandEntry commands[] = {
        { "init", command_init, "DIR", "a new house: configuration, keys, empty database" },
        { "check", command_check, "[--print]", "what is wrong with configuration, rules and templates" },
        { "probe", command_probe, "", "do the servers do what the robot needs? Two mails to itself" },
        { "run", command_run, "[--once] [--dry-run] [--since DAY]",
          "the robot at work, until it is told to stop" },
        { "import", command_import, "[--dry-run] [--dns] FILE.csv",
          "take in a table: cases, people, staff, days off; all of its rows or none" },
        { "person", command_person, "show ADDRESS | merge KEEP OTHER",
          "one person; two files that become one" },
        { "case", command_case, "list | show REF [--json]", "where internships stand" },
        { "find", command_find, "[--json] WORD…", "people, organisations, cases and messages by words" },
        { "status", command_status, "[--json]", "how much waits where" },
        { "hold", command_hold, "[REASON]", "stop all sending; mails wait in the outbox" },
        { "release", command_release, "", "let sending go on" },
        { "explain", command_explain, "MESSAGE-ID | NUMBER | FILE [--json]",
          "what became of a message, or would be read in a file, and why" },
        { "replay", command_replay, "MAILBOX.mbox [--rules DIR]",
          "what would be read differently in mail that came before" },
        { "digest", command_digest, "--preview [--eml] [ADDRESS]", "what staff should know today" },
        { "graph", command_graph, "[--svg] [--language LANGUAGE]", "the procedure as a picture (Graphviz)" },
        { "simulate", command_simulate, "[--cases N] [--seed S] [--days D] [--case K] [--rules DIR]",
          "a year of cases with invented people, and what it costs in mail" },
        { "migrate-cases", command_migrate_cases, "[--rules DIR] [--cases REF,…] [--yes]",
          "running cases go on by new rules: what would change, then do it" },
        { "keys", command_keys, "[list | rotate | revoke KID]",
          "the keys that prove links and reply addresses" },
        { "audit", command_audit, "", "replay the journal and verify its chain" },
        { "verify", command_verify, "[--public KEYS] FILE.pdf | NUMBER", "is this label genuine?" },
        { "backup", command_backup, "DIR [--keep N]", "a copy of the state, while the robot runs" },
        { "restore", command_restore, "--verify BACKUP | BACKUP STATE-DIR", "check a backup; put it back" },
        { "demo", command_demo, "[--keep FOLDER]",
          "an internship by real mail on this machine, from begin to end" },
        { "read", command_read, "[--json] [--rules DIR] FILE… | -", "show how a mail is understood" },
};

static void print_usage(FILE *stream)
{
        fputs("usage: facteur COMMAND [ARGUMENTS]\n\n", stream);
        for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
                fprintf(stream, "  %-8s %s\n           %s\n", commands[i].name, commands[i].arguments,
                        commands[i].help);
}

int main(int argc, char **argv)
{
        setlocale(LC_CTYPE, "C.UTF-8");
        signal(SIGPIPE, SIG_IGN); /* libetpan writes with bare write() */
        if (argc < 2) {
                print_usage(stderr);
                return EXIT_USAGE_ERROR;
        }
        if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
                print_usage(stdout);
                return EXIT_FINE;
        }
        if (strcmp(argv[1], "--version") == 0) {
                puts("facteur " FACTEUR_VERSION);
                return EXIT_FINE;
        }
        for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
                if (strcmp(argv[1], commands[i].name) == 0)
                        return commands[i].run(argc - 1, argv + 1);
        fprintf(stderr, "facteur: there is no command `%s`; `facteur help` lists them\n", argv[1]);
        return EXIT_USAGE_ERROR;
}
