/* commands/status.c: `facteur status`: how much waits where. */
#include "commands/options.h"
#include "store/cases.h"
#include "store/hold.h"
#include "store/inbox.h"
#include "store/outbox.h"

#include <inttypes.h>
#include <stdio.h>

typedef struct {
        int64_t new_rows, set_aside, held;
        int64_t queued, sending, sent, refused, outbox_held;
        int64_t next_timer_at, next_mail_at; /* INT64_MAX: none */
        guint cases;
        int64_t uidvalidity, last_uid;
        Hold hold;
} Status;

static void status_clear(Status *status)
{
        hold_clear(&status->hold);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Status, status_clear)

static bool read_status(House *house, Status *status, GError **error)
{
        Store *store = house->store;
        g_autoptr(GPtrArray) lines = cases_list(store, error);
        g_autoptr(GPtrArray) held = lines != NULL ? inbox_held(store, 0, error) : NULL;
        if (held == NULL)
                return false;
        status->cases = lines->len;
        status->held = held->len;
        return inbox_count(store, INBOX_NEW, &status->new_rows, error) &&
               inbox_count(store, INBOX_SET_ASIDE, &status->set_aside, error) &&
               outbox_count(store, OUTBOX_QUEUED, &status->queued, error) &&
               outbox_count(store, OUTBOX_SENDING, &status->sending, error) &&
               outbox_count(store, OUTBOX_SENT, &status->sent, error) &&
               outbox_count(store, OUTBOX_REFUSED, &status->refused, error) &&
               outbox_count(store, OUTBOX_HELD, &status->outbox_held, error) &&
               hold_read(store, &status->hold, error) &&
               cases_next_due(store, &status->next_timer_at, error) &&
               outbox_next_due(store, &status->next_mail_at, error) &&
               mailbox_position(store, house->config->mailbox_inbox, &status->uidvalidity, &status->last_uid,
                                error);
}

static char *when(int64_t instant, GTimeZone *zone)
{
        return instant != INT64_MAX ? instant_rfc3339(instant, zone) : NULL;
}

static void print_hold(const Hold *hold, GTimeZone *zone)
{
        g_autofree char *since = instant_rfc3339(hold->since, zone);
        if (hold->since != 0)
                printf("sending  HELD since %s%s%s: `facteur release` lets it go on\n", since,
                       hold->reason != NULL ? ", " : "", hold->reason != NULL ? hold->reason : "");
}

static void print_expiry(const House *house)
{
        int days;
        if (!house_secret_days(house, &days) || days > SECRET_WARNING_DAYS)
                return;
        if (days < 0)
                printf("secret   RAN OUT, %d days past its day (oauth2.secret_expires): make a new one, and "
                       "write it "
                       "and its day\n",
                       -days);
        else
                printf("secret   runs out in %d days (oauth2.secret_expires): make a new one, and write it "
                       "and its day\n",
                       days);
}

static void print_status(const Status *status, const char *timer, const char *mail)
{
        printf("cases    %u\n"
               "inbox    %" PRId64 " waiting, %" PRId64 " held for staff, %" PRId64 " of them set aside\n"
               "outbox   %" PRId64 " waiting, %" PRId64 " being sent, %" PRId64 " sent, %" PRId64
               " refused, %" PRId64 " held by a limit\n"
               "timers   next %s\n"
               "mail     next %s\n"
               "mailbox  read up to UID %" PRId64 " (UIDVALIDITY %" PRId64 ")\n",
               status->cases, status->new_rows, status->held, status->set_aside, status->queued,
               status->sending, status->sent, status->refused, status->outbox_held,
               timer != NULL ? timer : "never", mail != NULL ? mail : "never", status->last_uid,
               status->uidvalidity);
}

static json_t *status_object(const Status *status, const char *timer, const char *mail)
{
        return json_pack(
                "{s:i, s:{s:I, s:I, s:I}, s:{s:I, s:I, s:I, s:I, s:I}, s:b, s:s?, s:s?, s:s?, s:{s:I, s:I}}",
                "cases", (int)status->cases, "inbox", "new", (json_int_t)status->new_rows, "held",
                (json_int_t)status->held, "set_aside", (json_int_t)status->set_aside, "outbox", "queued",
                (json_int_t)status->queued, "sending", (json_int_t)status->sending, "sent",
                (json_int_t)status->sent, "refused", (json_int_t)status->refused, "held",
                (json_int_t)status->outbox_held, "is_sending_held", status->hold.since != 0, "held_reason",
                status->hold.reason, "next_timer_at", timer, "next_mail_at", mail, "mailbox", "uidvalidity",
                (json_int_t)status->uidvalidity, "last_uid", (json_int_t)status->last_uid);
}

int command_status(int argc, char **argv)
{
        gboolean is_json = FALSE;
        const GOptionEntry own[] = { { "json", 0, 0, G_OPTION_ARG_NONE, &is_json, "for programs", NULL },
                                     G_OPTION_ENTRY_NULL };
        g_auto(Options) options = { 0 };
        int code = options_read(&options, "- how much waits where", own, 0, 0, argc, argv);
        if (code != CONTINUE)
                return code;
        g_autoptr(House) house = options_house(&options, HOUSE_STORE, &code);
        if (house == NULL)
                return code;
        g_auto(Status) status = { 0 };
        g_autoptr(GError) error = NULL;
        if (!read_status(house, &status, &error))
                return command_failed(error);
        g_autofree char *timer = when(status.next_timer_at, house->zone),
                        *mail = when(status.next_mail_at, house->zone);
        if (is_json)
                print_json(status_object(&status, timer, mail));
        else {
                print_hold(&status.hold, house->zone);
                print_expiry(house);
                print_status(&status, timer, mail);
        }
        return EXIT_FINE;
}
