/* commands/run.c: `facteur run`: the robot at work, until it is told to stop; `--once`: until nothing is
 * left. */
#include "commands/options.h"
#include "robot/once.h"
#include "robot/reader.h"
#include "robot/supervisor.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { HOUSE_PARTS = HOUSE_STORE | HOUSE_KEYS | HOUSE_PROCEDURE | HOUSE_TEMPLATES };

typedef struct {
        gboolean is_once, is_rehearsal;
        char *since, *duty;
        int64_t since_at;
} RunOptions;

static void print_mail(const char *recipient, GBytes *message, void *data G_GNUC_UNUSED)
{
        gsize size;
        const char *bytes = g_bytes_get_data(message, &size);
        printf("---- to %s\n", recipient);
        fwrite(bytes, 1, size, stdout);
        putchar('\n');
}

static int finish(const Problems *problems, const GError *error)
{
        print_problems(problems);
        if (problems_count(problems) > 0)
                return EXIT_CONFIG_ERROR;
        return error != NULL ? command_failed(error) : EXIT_FINE;
}

static int run_once(const Options *options, const RunOptions *own)
{
        int code;
        g_autoptr(House) house = options_house(options, HOUSE_PARTS, &code);
        g_autoptr(Problems) problems = problems_new();
        g_autoptr(GError) error = NULL;
        if (house == NULL)
                return code;
        g_autoptr(Secrets) secrets = secrets_read(house->config, SECRET_ALL, &error);
        const FetchOptions fetch = { .since = own->since_at };
        if (secrets != NULL && own->is_rehearsal)
                rehearsal_run(house, secrets, own->since_at, print_mail, NULL, problems, &error);
        else if (secrets != NULL)
                once_run(house, secrets, &fetch, &error);
        return finish(problems, error);
}

/* "2027-03-01", or an instant. */
static bool read_since(const char *text, int64_t *since_out)
{
        Clock clock = { 0 };
        Day day;
        *since_out = 0;
        if (text == NULL)
                return true;
        if (clock_parse(text, &clock)) {
                *since_out = clock.fixed_at;
                return true;
        }
        g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
        if (!day_read(text, &day))
                return false;
        *since_out = day_instant(day, 0, 0, utc);
        return true;
}

static int run(const Options *options, RunOptions *own)
{
        if (!read_since(own->since, &own->since_at)) {
                fputs("facteur run: --since takes a day such as 2027-03-01\n", stderr);
                return EXIT_USAGE_ERROR;
        }
        if (own->is_once || own->is_rehearsal)
                return run_once(options, own);
        g_autoptr(Config) config = options_config(options);
        if (config == NULL)
                return EXIT_CONFIG_ERROR;
        const SupervisorOptions supervised = { .clock = options->clock, .since = own->since_at };
        g_autoptr(Problems) problems = problems_new();
        g_autoptr(GError) error = NULL;
        if (own->duty != NULL)
                duty_run(own->duty, g_steal_pointer(&config), &supervised, problems, &error);
        else
                supervisor_run(config, &supervised, problems, &error);
        return finish(problems, error);
}

int command_run(int argc, char **argv)
{
        if (argc == 3 && strcmp(argv[1], "--duty") == 0 && strcmp(argv[2], "reader") == 0)
                return reader_serve(STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO + 1);
        g_auto(Options) options = { 0 };
        RunOptions own = { 0 };
        const GOptionEntry entries[] = {
                { "once", 0, 0, G_OPTION_ARG_NONE, &own.is_once, "do what there is to do, and end", NULL },
                { "since", 0, 0, G_OPTION_ARG_STRING, &own.since,
                  "at the very first start: take the mail received from that day on, not only what comes",
                  "DAY" },
                { "dry-run", 0, 0, G_OPTION_ARG_NONE, &own.is_rehearsal,
                  "read and decide, print the mails; send, move and store nothing", NULL },
                { "duty", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_STRING, &own.duty, NULL, NULL },
                G_OPTION_ENTRY_NULL,
        };
        int code = options_read(&options, "- the robot at work", entries, 0, 0, argc, argv);
        if (code == CONTINUE)
                code = run(&options, &own);
        g_free(own.since);
        g_free(own.duty);
        return code;
}
