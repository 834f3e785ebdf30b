#include "robot/once.h"

#include "base/log.h"
#include "robot/clerk.h"
#include "robot/reader.h"
#include "robot/send.h"

typedef struct {
        Spool *spool;
        Fetch *fetch;
        Reader *reader;
        Clerk *clerk;
        Send *send; /* NULL: nothing is sent */
} Road;

static void road_clear(Road *road)
{
        fetch_free(road->fetch);
        spool_free(road->spool);
        clerk_free(road->clerk);
        reader_free(road->reader);
        send_free(road->send);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Road, road_clear)

static bool open_road(Road *road, House *house, const Secrets *secrets, const FetchOptions *options,
                      GError **error)
{
        const Config *config = house->config;
        const ReaderSetup setup = reader_setup(config);
        if (!house_set_label_keys(house, secrets->label_keys, error))
                return false;
        road->spool = spool_open(config->state_dir, "in", error);
        if (road->spool == NULL)
                return false;
        road->fetch = fetch_new(house, road->spool, secrets->mailbox_password, options);
        road->reader = reader_start(&setup, error);
        road->clerk = road->reader != NULL ? clerk_new(house, road->reader, error) : NULL;
        if (road->clerk == NULL)
                return false;
        road->send = options->is_rehearsal ? NULL : send_new(house, secrets->submission_password, error);
        return options->is_rehearsal || road->send != NULL;
}

/* Each stage until it has nothing left; *work counts what it did. */

static bool fetch_all(Road *road, guint *work, GError **error)
{
        guint count;
        if (!fetch_tend(road->fetch, &count, error))
                return false;
        *work += count;
        do {
                if (!fetch_take(road->fetch, &count, error))
                        return false;
                *work += count;
        } while (count > 0);
        return true;
}

static bool decide_all(Road *road, guint *work, GError **error)
{
        ClerkTurn turn;
        do {
                if (!clerk_turn(road->clerk, &turn, error))
                        return false;
                *work += turn.messages + turn.cases + turn.mails;
        } while (turn.messages + turn.cases + turn.mails > 0);
        return true;
}

static bool send_all(Road *road, guint *work, GError **error)
{
        SendTurn turn = { 0 };
        while (road->send != NULL) {
                if (!send_turn(road->send, &turn, error))
                        return false;
                *work += turn.sent + turn.deferred + turn.refused;
                if (turn.sent + turn.deferred + turn.refused == 0)
                        break;
        }
        return true;
}

static bool move_all(Road *road, guint *work, GError **error)
{
        guint count;
        do {
                if (!fetch_move(road->fetch, 1, &count, error))
                        return false;
                *work += count;
        } while (count > 0);
        return true;
}

/* A stage that failed is not tried again: bit n of *failed. The first error is kept. */
static void walk(Road *road, unsigned *failed, guint *work, GError **error)
{
        static bool (*const stages[])(Road *, guint *, GError **) = { fetch_all, decide_all, send_all,
                                                                      move_all };
        for (size_t i = 0; i < G_N_ELEMENTS(stages); i++) {
                g_autoptr(GError) trouble = NULL;
                if (*failed & 1u << i || stages[i](road, work, &trouble))
                        continue;
                *failed |= 1u << i;
                if (*error == NULL)
                        *error = g_steal_pointer(&trouble);
                else
                        log_event(LOG_LEVEL_ERROR, "stage-failed", "reason=\"%s\"", trouble->message);
        }
}

bool once_run(House *house, const Secrets *secrets, const FetchOptions *options, GError **error)
{
        g_auto(Road) road = { 0 };
        g_autoptr(GError) trouble = NULL;
        unsigned failed = 0;
        guint work = 0;
        if (!open_road(&road, house, secrets, options, error))
                return false;
        do {
                work = 0;
                walk(&road, &failed, &work, &trouble);
        } while (work > 0);
        if (trouble == NULL)
                return true;
        g_propagate_error(error, g_steal_pointer(&trouble));
        return false;
}
