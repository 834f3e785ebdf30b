/* Lives of cases with a seeded cast: the same once more, whatever came before; another procedure as well;
 * every kind of person does what they are there for. */
#include "scenario.h"

#include "procedure/simulation.h"

enum { CASES = 150, YEAR = 365 };

static void run_or_fail(Simulation *simulation, guint32 first, guint32 last)
{
        for (guint32 number = first; number <= last; number++) {
                g_autofree char *broken = NULL;
                if (!simulation_run(simulation, number, &broken))
                        g_error("case %u: %s", number, broken);
        }
}

static SimulationSetup setup_of(const Procedure *procedure)
{
        return (SimulationSetup){ .procedure = procedure,
                                  .seed = 5,
                                  .begins_at = 1799049600 /* 2027-01-04 08:00 UTC */,
                                  .days = YEAR };
}

/* Everything decided in a life, as one text. */
static void write_down(const Event *event, const Decision *decision, const Case *state, int64_t now,
                       void *data)
{
        g_autofree char *decided = decision_print(decision), *after = case_print(state);
        g_string_append_printf(data, "%" PRId64 " %d\n%s%s", now, event->kind, decided, after);
}

static char *life_of(const Procedure *procedure, guint32 before, guint32 number)
{
        GString *life = g_string_new(NULL);
        SimulationSetup setup = setup_of(procedure);
        setup.tell = write_down;
        setup.tell_data = life;
        g_autoptr(Simulation) simulation = simulation_new(&setup);
        if (before != 0)
                run_or_fail(simulation, before, before);
        g_string_truncate(life, 0);
        run_or_fail(simulation, number, number);
        return g_string_free(life, FALSE);
}

static void check_again(void)
{
        g_autoptr(Procedure) procedure = shipped_procedure();
        g_autofree char *first = life_of(procedure, 0, 9), *after_another = life_of(procedure, 8, 9),
                        *other = life_of(procedure, 0, 10);
        g_assert_cmpstr(first, ==, after_another);
        g_assert_cmpstr(first, !=, other);
}

/* The cast is whole: each temper is met, each outcome and each end of a case comes. */
static void check_semsem(void)
{
        g_autoptr(Procedure) procedure = shipped_procedure();
        const SimulationSetup setup = setup_of(procedure);
        g_autoptr(Simulation) simulation = simulation_new(&setup);
        run_or_fail(simulation, 1, CASES);
        const Tally *tally = simulation_tally(simulation);
        g_assert_cmpint(tally->cases, ==, CASES);
        for (int i = 0; i < N_TEMPERS; i++)
                g_assert_cmpint(tally->tempers[i], >, 0);
        for (int i = 0; i <= OUTCOME_IGNORED; i++)
                g_assert_cmpint(tally->outcomes[i], >, 0);
        g_assert_cmpint(tally->awarded, >, CASES / 2);
        g_assert_cmpint(tally->denied, >, 0);
        g_assert_cmpint(tally->awarded + tally->denied + tally->undecided, ==, CASES);
        g_assert_cmpint(tally->reminders, >, CASES);
        g_assert_cmpint(tally->escalations, >, 0);
        int64_t mails = 0;
        for (guint i = 0; i < tally->roles->len; i++)
                mails += g_array_index(tally->roles, RoleTally, i).mails;
        g_assert_cmpint(mails, ==, tally->mails);
}

static void check_leave(void)
{
        g_autoptr(GString) source = g_string_new(NULL);
        join_file(source, "rules", "calendars.yaml");
        join_file(source, "rules", "words.yaml");
        join_file(source, "tests/procedure/leave", "leave.yaml");
        g_autoptr(Procedure) procedure = load_or_fail(source);
        const SimulationSetup setup = setup_of(procedure);
        g_autoptr(Simulation) simulation = simulation_new(&setup);
        run_or_fail(simulation, 1, 4 * CASES);
        g_assert_cmpint(simulation_tally(simulation)->statuses[CASE_CLOSED], >, 2 * CASES);
        g_assert_cmpint(simulation_tally(simulation)->awarded, ==, 0);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/simulation/again", check_again);
        g_test_add_func("/simulation/semsem", check_semsem);
        g_test_add_func("/simulation/leave", check_leave);
        return g_test_run();
}
