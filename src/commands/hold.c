/* commands/hold.c: `facteur hold [REASON]`, `facteur release`: all sending stops, and goes on. */
#include "store/hold.h"
#include "commands/options.h"
#include "store/outbox.h"

#include <inttypes.h>
#include <stdio.h>

static bool change(House *house, const char *reason, bool is_hold, GError **error)
{
        if (!store_begin(house->store, error))
                return false;
        const int64_t now = house_now(house);
        if ((is_hold ? hold_begin(house->store, reason, now, error) : hold_end(house->store, now, error)) &&
            store_commit(house->store, error))
                return true;
        store_rollback(house->store);
        return false;
}

static int say(House *house, bool is_hold)
{
        g_autoptr(GError) error = NULL;
        int64_t waiting, limited;
        if (!outbox_count(house->store, OUTBOX_QUEUED, &waiting, &error) ||
            !outbox_count(house->store, OUTBOX_HELD, &limited, &error))
                return command_failed(error);
        printf(is_hold ? "sending is held: %" PRId64 " mails wait; `facteur release` lets them go\n"
                       : "sending goes on within a minute: %" PRId64 " mails wait\n",
               waiting + limited);
        return EXIT_FINE;
}

static int run(int argc, char **argv, bool is_hold)
{
        g_auto(Options) options = { 0 };
        int code = options_read(&options, is_hold ? "[REASON] - stop all sending" : "- let sending go on",
                                NULL, 0, is_hold ? G_MAXINT : 0, argc, argv);
        if (code != CONTINUE)
                return code;
        g_autofree char *reason = options.rest != NULL ? g_strjoinv(" ", options.rest) : NULL;
        if (reason != NULL && !g_utf8_validate(reason, -1, NULL)) {
                fputs("facteur hold: the reason is not UTF-8\n", stderr);
                return EXIT_USAGE_ERROR;
        }
        g_autoptr(House) house = options_house(&options, HOUSE_STORE, &code);
        if (house == NULL)
                return code;
        g_autoptr(GError) error = NULL;
        return change(house, reason, is_hold, &error) ? say(house, is_hold) : command_failed(error);
}

int command_hold(int argc, char **argv)
{
        return run(argc, argv, true);
}

int command_release(int argc, char **argv)
{
        return run(argc, argv, false);
}
