#include "robot/duty.h"

#include "base/log.h"
#include "doors/imap.h"
#include "robot/doorbell.h"
#include "robot/fetch.h"
#include "store/inbox.h"

#include <inttypes.h>

enum {
        MOVE_MANY = 500,  /* while the clerk has more to do, moves wait until they are so many */
        LOST_FIRST_S = 2, /* a broken connection is ordinary */
        LOST_MOST_S = 300,
        LATER_FIRST_S = 30, /* the server asks to come back later */
        LATER_MOST_S = 900,
        LOGIN_TRIES = 3, /* wrong passwords lock accounts */
        LOGIN_FIRST_S = 30,
        LOGIN_REST_S = 3600,
        TLS_FIRST_S = 60, /* somebody must look at it */
        TLS_MOST_S = 1800,
};

typedef struct {
        Duty *duty;
        Spool *spool;
        Fetch *fetch;
        int64_t polled_at_ms; /* 0: not yet */
        int login_failures;
} FetchDuty;

/* Takes in all that is new; the clerk begins with the first batch. */
static bool take_all(FetchDuty *work, GError **error)
{
        guint count, moved;
        do {
                if (!fetch_take(work->fetch, &count, error))
                        return false;
                if (count == 0)
                        break;
                duty_ring(work->duty, DUTY_CLERK);
                if (!fetch_move(work->fetch, MOVE_MANY, &moved, error))
                        return false;
        } while (!duty_is_stopping());
        return true;
}

/* One UID MOVE costs the server as much for one message as for five hundred: it waits for the clerk to
 * finish. */
static bool move_some(FetchDuty *work, GError **error)
{
        bool is_clerk_busy;
        guint moved;
        if (!inbox_has_new(work->duty->house->store, 0, &is_clerk_busy, error))
                return false;
        do {
                if (!fetch_move(work->fetch, is_clerk_busy ? MOVE_MANY : 1, &moved, error))
                        return false;
        } while (moved > 0 && !duty_is_stopping());
        return true;
}

/* has_news: the server says so. */
static bool go_round(FetchDuty *work, bool has_news, GError **error)
{
        const int64_t poll_ms = (int64_t)work->duty->house->config->poll_s * 1000;
        const int64_t now_ms = clock_monotonic_ms();
        const bool is_poll = work->polled_at_ms == 0 || now_ms - work->polled_at_ms >= poll_ms;
        guint count = 0;
        if ((has_news || is_poll) && !take_all(work, error))
                return false;
        if (is_poll) {
                if (!fetch_tend(work->fetch, &count, error))
                        return false;
                if (count > 0)
                        duty_ring(work->duty, DUTY_CLERK);
                work->polled_at_ms = now_ms;
                duty_report(work->duty, "mailbox read");
        }
        return move_some(work, error);
}

/* How long after which failure. */
static void wait_after(FetchDuty *work, const GError *error)
{
        Duty *duty = work->duty;
        work->polled_at_ms = 0;
        if (error->domain != IMAP_ERROR) { /* the disk, the database */
                duty_fail(duty, error, LATER_FIRST_S, LATER_MOST_S);
                return;
        }
        switch ((ImapError)error->code) {
        case IMAP_ERROR_LOGIN:
                if (++work->login_failures >= LOGIN_TRIES)
                        duty_fail(duty, error, LOGIN_REST_S, LOGIN_REST_S);
                else
                        duty_fail(duty, error, LOGIN_FIRST_S, LOGIN_FIRST_S);
                return;
        case IMAP_ERROR_TLS: duty_fail(duty, error, TLS_FIRST_S, TLS_MOST_S); return;
        case IMAP_ERROR_LATER:
        case IMAP_ERROR_REFUSED: duty_fail(duty, error, LATER_FIRST_S, LATER_MOST_S); return;
        case IMAP_ERROR_LOST: duty_fail(duty, error, LOST_FIRST_S, LOST_MOST_S); return;
        }
        g_assert_not_reached();
}

static bool wait_for_news(FetchDuty *work, bool *has_news_out, GError **error)
{
        const int64_t poll_ms = (int64_t)work->duty->house->config->poll_s * 1000;
        const int64_t left = work->polled_at_ms + poll_ms - clock_monotonic_ms();
        return left <= 0 || fetch_wait(work->fetch, duty_bell(work->duty), (int)left, has_news_out, error);
}

static void loop(FetchDuty *work)
{
        bool has_news = true;
        while (!duty_is_stopping()) {
                g_autoptr(GError) error = NULL;
                doorbell_clear(duty_bell(work->duty));
                if (go_round(work, has_news, &error)) {
                        duty_succeed(work->duty);
                        work->login_failures = 0;
                        has_news = false;
                        if (wait_for_news(work, &has_news, &error))
                                continue;
                }
                if (!duty_is_stopping())
                        wait_after(work, error);
                has_news = true;
        }
}

bool duty_run_fetch(Duty *duty, GError **error)
{
        const Config *config = duty->house->config;
        g_autoptr(Spool) spool = spool_open(config->state_dir, "in", error);
        if (spool == NULL)
                return false;
        const FetchOptions options = { .since = duty->since };
        g_autoptr(Fetch) fetch = fetch_new(duty->house, spool, duty->secrets->mailbox_password, &options);
        duty_close_wall(duty, true, false, false);
        FetchDuty work = { .duty = duty, .spool = spool, .fetch = fetch };
        loop(&work);
        log_event(LOG_LEVEL_INFO, "mailbox-left", "commands=%" G_GUINT64_FORMAT, fetch_command_count(fetch));
        return true;
}
