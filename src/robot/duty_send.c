#include "robot/duty.h"

#include "doors/smtp.h"
#include "robot/send.h"

enum {
        GONE_FIRST_S = 10,
        GONE_MOST_S = 900,
        LOGIN_TRIES = 3, /* wrong passwords lock accounts */
        LOGIN_FIRST_S = 30,
        LOGIN_REST_S = 3600,
        LOOK_FIRST_S = 60, /* certificate, sender: somebody must look at it */
        LOOK_MOST_S = 1800,
        ROUND_MS = 60000, /* a sign of life at least so often; so long a release of held mail may take */
};

static bool send_all(Duty *duty, Send *send, GError **error)
{
        SendTurn turn;
        do {
                if (!send_turn(send, &turn, error))
                        return false;
                if (turn.reports > 0)
                        duty_ring(duty, DUTY_CLERK);
        } while (turn.sent + turn.deferred + turn.refused > 0 && !duty_is_stopping());
        return true;
}

static bool wait_for_work(Duty *duty, Send *send, GError **error)
{
        int64_t due_at;
        if (!send_next_due(send, &due_at, error))
                return false;
        const int64_t left_s = due_at - house_now(duty->house);
        const bool is_soon = due_at != INT64_MAX && left_s < ROUND_MS / 1000 && !duty->house->clock.is_fixed;
        duty_wait(duty, is_soon ? MAX(left_s, 1) * 1000 : ROUND_MS);
        return true;
}

static void wait_after(Duty *duty, int *login_failures, const GError *error)
{
        if (g_error_matches(error, SMTP_ERROR, SMTP_ERROR_LOGIN)) {
                const int wait_s = ++*login_failures >= LOGIN_TRIES ? LOGIN_REST_S : LOGIN_FIRST_S;
                duty_fail(duty, error, wait_s, wait_s);
        } else if (g_error_matches(error, SMTP_ERROR, SMTP_ERROR_TLS) ||
                   g_error_matches(error, SMTP_ERROR, SMTP_ERROR_SENDER)) {
                duty_fail(duty, error, LOOK_FIRST_S, LOOK_MOST_S);
        } else {
                duty_fail(duty, error, GONE_FIRST_S, GONE_MOST_S);
        }
}

static void loop(Duty *duty, Send *send)
{
        int login_failures = 0;
        while (!duty_is_stopping()) {
                g_autoptr(GError) error = NULL;
                if (send_all(duty, send, &error)) {
                        duty_succeed(duty);
                        login_failures = 0;
                        duty_report(duty, "outbox looked through");
                        if (duty_is_stopping() || wait_for_work(duty, send, &error))
                                continue;
                }
                wait_after(duty, &login_failures, error);
        }
}

bool duty_run_send(Duty *duty, GError **error)
{
        duty_close_wall(duty, true, false, false);
        g_autoptr(Send) send = send_new(duty->house, duty->secrets->submission_password, error);
        if (send == NULL)
                return false;
        loop(duty, send);
        return true;
}
