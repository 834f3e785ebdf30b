#include "robot/duty.h"

#include "robot/clerk.h"
#include "robot/reader.h"

enum {
        FAIL_FIRST_S = 5, /* the disk is full, the database held, the patterns wrong */
        FAIL_MOST_S = 300,
        ROUND_MS = 60000, /* a sign of life at least so often */
};

/* All that can be decided now; the others begin with the first of it. */
static bool decide_all(Duty *duty, Clerk *clerk, GError **error)
{
        ClerkTurn turn;
        do {
                if (!clerk_turn(clerk, &turn, error))
                        return false;
                if (turn.mails > 0)
                        duty_ring(duty, DUTY_SEND);
                if (turn.messages > 0)
                        duty_ring(duty, DUTY_FETCH);
        } while (turn.messages + turn.cases + turn.mails > 0 && !duty_is_stopping());
        return true;
}

static bool wait_for_work(Duty *duty, Clerk *clerk, GError **error)
{
        int64_t due_at;
        if (!clerk_next_due(clerk, &due_at, error))
                return false;
        const int64_t left_s = due_at - house_now(duty->house);
        const bool is_soon = due_at != INT64_MAX && left_s < ROUND_MS / 1000 && !duty->house->clock.is_fixed;
        duty_wait(duty, is_soon ? MAX(left_s, 1) * 1000 : ROUND_MS);
        return true;
}

static void loop(Duty *duty, Clerk *clerk)
{
        while (!duty_is_stopping()) {
                g_autoptr(GError) error = NULL;
                if (!decide_all(duty, clerk, &error)) {
                        duty_fail(duty, error, FAIL_FIRST_S, FAIL_MOST_S);
                        continue;
                }
                duty_succeed(duty);
                duty_report(duty, "nothing to decide");
                if (!duty_is_stopping() && !wait_for_work(duty, clerk, &error))
                        duty_fail(duty, error, FAIL_FIRST_S, FAIL_MOST_S);
        }
}

bool duty_run_clerk(Duty *duty, GError **error)
{
        const Config *config = duty->house->config;
        const ReaderSetup setup = reader_setup(config);
        duty_close_wall(duty, false, false, true);
        g_autoptr(Reader) reader = reader_start(&setup, error);
        g_autoptr(Clerk) clerk = reader != NULL ? clerk_new(duty->house, reader, error) : NULL;
        if (clerk == NULL)
                return false;
        loop(duty, clerk);
        g_clear_pointer(&clerk, clerk_free); /* before its reader */
        return true;
}
