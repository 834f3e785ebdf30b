/* commands/simulate.c: `facteur simulate`: a year of cases with invented people, by the engine alone: how
 * much mail it makes, and whether any promise of the house is broken on the way. */
#include "commands/options.h"
#include "procedure/simulation.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { CASES_DEFAULT = 1000, CASES_MAX = 1000000, DAYS_DEFAULT = 365, DAYS_MAX = 3650 };

/* No clock is looked at: the calendars of the rules know this year. */
static const char default_begin[] = "2027-01-04T09:00:00+01:00";

typedef struct {
        int cases, days, seed, only; /* only: that case alone, its life told; 0: all */
        char *rules, *procedure;
} Wish;

static void wish_clear(Wish *wish)
{
        g_free(wish->rules);
        g_free(wish->procedure);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Wish, wish_clear)

/* Figures. */

static void print_share(const char *name, int64_t count, int64_t of)
{
        printf("  %-12s %10" PRId64 "  %5.1f %%\n", name, count,
               of > 0 ? 100.0 * (double)count / (double)of : 0.0);
}

static void print_each(const char *name, int64_t count, int64_t of)
{
        printf("  %-12s %10" PRId64 "  %7.2f a case\n", name, count,
               of > 0 ? (double)count / (double)of : 0.0);
}

static void print_roles(const Tally *tally)
{
        printf("\n%-22s %10s %9s %14s %11s %10s\n", "mails to", "mails", "persons", "a person, week",
               "most a week", "most a day");
        for (guint i = 0; i < tally->roles->len; i++) {
                const RoleTally *role = &g_array_index(tally->roles, RoleTally, i);
                if (role->persons == 0)
                        continue;
                printf("  %-20s %10" PRId64 " %9" PRId64 " %14.2f %11d %10d\n",
                       role->role[0] != '\0' ? role->role : "(no role)", role->mails, role->persons,
                       role->person_weeks > 0 ? (double)role->mails / (double)role->person_weeks : 0.0,
                       role->most_in_week, role->most_in_day);
        }
}

static void print_tally(const Tally *tally)
{
        printf("\nof %" PRId64 " cases\n", tally->cases);
        print_each("decisions", tally->decisions, tally->cases);
        print_each("messages", tally->messages, tally->cases);
        print_each("mails", tally->mails, tally->cases);
        print_each("reminders", tally->reminders, tally->cases);
        print_each("escalations", tally->escalations, tally->cases);
        puts("\nmessages were");
        for (Outcome outcome = OUTCOME_APPLIED; outcome <= OUTCOME_IGNORED; outcome++)
                print_share(outcome_word(outcome), tally->outcomes[outcome], tally->messages);
        puts("\ncases end");
        for (CaseStatus status = CASE_PLANNED; status <= CASE_CLOSED; status++)
                if (tally->statuses[status] > 0)
                        print_share(case_status_word(status), tally->statuses[status], tally->cases);
        const int64_t awards = tally->awarded + tally->denied + tally->undecided;
        if (awards > 0) {
                puts("\nlabels");
                print_share("awarded", tally->awarded, awards);
                print_share("not awarded", tally->denied, awards);
                print_share("open", tally->undecided, awards);
        }
        int64_t people = 0;
        for (Temper temper = TEMPER_PUNCTUAL; temper <= TEMPER_RUEFUL; temper++)
                people += tally->tempers[temper];
        puts("\npeople");
        for (Temper temper = TEMPER_PUNCTUAL; temper <= TEMPER_RUEFUL; temper++)
                print_share(temper_word(temper), tally->tempers[temper], people);
        print_roles(tally);
}

/* A life, told. */

static const char *who(const Case *state, int64_t person)
{
        const Person *known = case_person(state, person);
        return known != NULL ? known->address : "an address nobody knows";
}

static void tell(const Event *event, const Decision *decision, const Case *state, int64_t now,
                 void *data G_GNUC_UNUSED)
{
        static const char *const answers[] = { "accept",  "correct",  "refuse",  "ack",
                                               "unclear", "question", "not now", "form" };
        g_autofree char *when = instant_rfc3339(now, zone_named(state->timezone));
        const bool is_nobody = event->kind == EVENT_TIMER || event->kind == EVENT_BEGIN;
        printf("\n%s%s%s %s", when, is_nobody ? "" : " ", is_nobody ? "" : who(state, event->person),
               event_kind_word(event->kind));
        if (event->kind == EVENT_ANSWER)
                printf(" %s%s%s", answers[event->answer], event->is_draft ? " (draft)" : "",
                       event->is_confirmation ? " (confirmation)" : "");
        if (event->kind == EVENT_COMMAND)
                printf(" %s %s", event->command, event->argument != NULL ? event->argument : "");
        printf(" %s\n", event->step != NULL ? event->step : "");
        g_autofree char *decided = decision_print(decision);
        printf("%srule %s\n", decided, decision->rule);
}

/* Running. */

static int run(const Wish *wish, const SimulationSetup *setup)
{
        g_autoptr(Simulation) simulation = simulation_new(setup);
        if (simulation == NULL) {
                fputs("facteur: no step of the procedure begins a case: one must do without `after`\n",
                      stderr);
                return EXIT_MEND;
        }
        const guint32 first = wish->only > 0 ? (guint32)wish->only : 1,
                      last = wish->only > 0 ? (guint32)wish->only : (guint32)wish->cases;
        for (guint32 number = first; number <= last; number++) {
                g_autofree char *broken = NULL;
                if (simulation_run(simulation, number, &broken))
                        continue;
                fflush(stdout);
                fprintf(stderr, "facteur: a promise is broken: %s\n", broken);
                fprintf(stderr,
                        "its life, once more: facteur simulate --seed %d --days %d --case %u%s%s%s%s\n",
                        wish->seed, wish->days, number, wish->rules != NULL ? " --rules " : "",
                        wish->rules != NULL ? wish->rules : "",
                        wish->procedure != NULL ? " --procedure " : "",
                        wish->procedure != NULL ? wish->procedure : "");
                return EXIT_MEND;
        }
        print_tally(simulation_tally(simulation));
        puts("\nevery promise was kept");
        return EXIT_FINE;
}

static Procedure *load(const Wish *wish, const Options *options)
{
        static const char shipped[] = "semsem-stages.yaml";
        g_autoptr(Problems) problems = problems_new();
        Procedure *procedure = NULL;
        if (wish->rules != NULL || !options_has_config(options)) {
                g_autofree char *rules = wish->rules != NULL ? g_strdup(wish->rules) : options_own_rules();
                procedure = house_load_rules(rules, wish->procedure != NULL ? wish->procedure : shipped,
                                             problems);
        } else {
                Config *config = options_config(options);
                if (config != NULL)
                        procedure = house_load_rules(
                                config->rules_dir,
                                wish->procedure != NULL ? wish->procedure : config->procedure, problems);
                config_free(config);
        }
        print_problems(problems);
        return procedure;
}

static bool is_possible(const Wish *wish)
{
        if (wish->cases >= 1 && wish->cases <= CASES_MAX && wish->days >= 1 && wish->days <= DAYS_MAX &&
            wish->only >= 0 && wish->seed >= 0)
                return true;
        fprintf(stderr,
                "facteur simulate: --cases takes 1 to %d, --days 1 to %d, --seed and --case a number\n",
                CASES_MAX, DAYS_MAX);
        return false;
}

int command_simulate(int argc, char **argv)
{
        g_auto(Wish) wish = { .cases = CASES_DEFAULT, .days = DAYS_DEFAULT, .seed = 1 };
        const GOptionEntry own[] = {
                { "cases", 0, 0, G_OPTION_ARG_INT, &wish.cases, "so many (1000)", "N" },
                { "seed", 0, 0, G_OPTION_ARG_INT, &wish.seed, "other people, other luck (1)", "S" },
                { "days", 0, 0, G_OPTION_ARG_INT, &wish.days, "of each case (365)", "D" },
                { "case", 0, 0, G_OPTION_ARG_INT, &wish.only, "the life of this one alone, told", "K" },
                { "rules", 0, 0, G_OPTION_ARG_FILENAME, &wish.rules, "a folder of rules to try", "DIR" },
                { "procedure", 0, 0, G_OPTION_ARG_FILENAME, &wish.procedure, "its file in that folder",
                  "FILE" },
                G_OPTION_ENTRY_NULL,
        };
        g_auto(Options) options = { 0 };
        int code = options_read(&options, "- a year of cases with invented people, without mail and clock",
                                own, 0, 0, argc, argv);
        if (code != CONTINUE)
                return code;
        if (!is_possible(&wish))
                return EXIT_USAGE_ERROR;
        g_autoptr(Procedure) procedure = load(&wish, &options);
        if (procedure == NULL)
                return EXIT_CONFIG_ERROR;
        Clock clock = options.clock;
        if (!clock.is_fixed)
                clock_parse(default_begin, &clock);
        SimulationSetup setup = { .procedure = procedure,
                                  .seed = (guint32)wish.seed,
                                  .begins_at = clock_now(&clock),
                                  .days = wish.days,
                                  .tell = wish.only > 0 ? tell : NULL };
        printf("procedure %s %.12s, %d cases of %d days, seed %d\n", procedure_key(procedure),
               procedure_hash(procedure), wish.only > 0 ? 1 : wish.cases, wish.days, wish.seed);
        return run(&wish, &setup);
}
