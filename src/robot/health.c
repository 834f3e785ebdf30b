#include "robot/health.h"

#include "base/date.h"
#include "store/inbox.h"

#include <inttypes.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

enum {
        SILENCE_S = 300, /* the supervisor gives a sign of life each minute */
        SKEW_S = 300,    /* clocks may differ so much */
        BLIND_S = 1800,  /* beyond two polls */
        TRIP_S = 1800,   /* the mail to itself takes a minute */
        WAIT_S = 3600,   /* greylisting lets go after minutes */
        FREE_BYTES = 200 << 20,
};

void health_clear(Health *health)
{
        watch_clear(&health->watch);
        pulse_clear(&health->pulse);
        g_clear_pointer(&health->trouble, g_free);
}

void health_look(const Config *config, int64_t now, Health *health_out)
{
        g_autofree char *database = house_database_path(config);
        struct statvfs disk;
        struct stat file;
        *health_out = (Health){ .now = now, .free_bytes = -1, .database_bytes = -1 };
        if (statvfs(config->state_dir, &disk) == 0)
                health_out->free_bytes = (int64_t)disk.f_bavail * (int64_t)disk.f_frsize;
        if (stat(database, &file) == 0)
                health_out->database_bytes = file.st_size;
        watch_read(config->state_dir, &health_out->watch, NULL);
}

void health_fail(Health *health, const char *why)
{
        g_free(health->trouble);
        health->trouble = g_strdup(why);
}

void health_read(const House *house, Health *health)
{
        g_autoptr(GError) error = NULL;
        if (!backlog_read(house->store, &health->backlog, &error) ||
            !overview_pulse(house->store, &health->pulse, &error) ||
            !mailbox_position(house->store, house->config->mailbox_inbox, &health->uidvalidity,
                              &health->last_uid, &error))
                health_fail(health, error->message);
}

/* Alarms. */

typedef struct {
        const Health *health;
        const Config *config;
        GTimeZone *zone;
        GPtrArray *lines;
} Alarms;

static void add(const Alarms *alarms, const char *word, const char *format, ...) G_GNUC_PRINTF(3, 4);
static void add(const Alarms *alarms, const char *word, const char *format, ...)
{
        va_list arguments;
        va_start(arguments, format);
        g_autofree char *text = g_strdup_vprintf(format, arguments);
        va_end(arguments);
        g_ptr_array_add(alarms->lines, g_strdup_printf("%s\t%s", word, text));
}

static void look_at_robot(const Alarms *alarms)
{
        const Watch *watch = &alarms->health->watch;
        g_autofree char *written = instant_rfc3339(watch->written_at, alarms->zone);
        if (watch->started_at != 0 && watch->stopped_at == 0 && !watch->is_running)
                add(alarms, "robot",
                    "DOES NOT RUN, and was not told to stop; last sign of life %s: `systemctl start "
                    "facteur`; "
                    "`journalctl -u facteur` says why it ended",
                    written);
        else if (watch->is_running && alarms->health->now - watch->written_at > SILENCE_S)
                add(alarms, "robot", "HANGS: no sign of life since %s: `systemctl restart facteur`", written);
}

static void look_at_duties(const Alarms *alarms)
{
        const Watch *watch = &alarms->health->watch;
        for (guint i = 0; watch->is_running && i < watch->count; i++) {
                const WatchDuty *duty = &watch->duties[i];
                g_autofree char *since = instant_rfc3339(duty->failing_since, alarms->zone);
                if (duty->failing_since != 0)
                        add(alarms, duty->name, "FAILS since %s, %d times: %s", since, duty->failures,
                            duty->said);
        }
}

static void look_at_machine(const Alarms *alarms)
{
        const Health *health = alarms->health;
        g_autofree char *now = instant_rfc3339(health->now, alarms->zone);
        const int64_t latest = MAX(health->backlog.journal_at, health->pulse.received_at);
        g_autofree char *last = instant_rfc3339(latest, alarms->zone);
        if (health->free_bytes >= 0 && health->free_bytes < FREE_BYTES)
                add(alarms, "disk",
                    "NEARLY FULL: %" PRId64
                    " MB free in %s: free some space; mail waits in the mailbox meanwhile",
                    health->free_bytes >> 20, alarms->config->state_dir);
        if (health->trouble != NULL)
                add(alarms, "database", "CANNOT BE READ: %s", health->trouble);
        if (latest > health->now + SKEW_S)
                add(alarms, "clock",
                    "WRONG: it says %s, and mail or journal are of %s: look at `timedatectl`; reminders and "
                    "deadlines follow this clock",
                    now, last);
}

static void look_at_mail(const Alarms *alarms)
{
        const Health *health = alarms->health;
        const Pulse *pulse = &health->pulse;
        const int64_t blind_s = BLIND_S + 2 * (int64_t)alarms->config->poll_s;
        g_autofree char *seen = instant_rfc3339(pulse->mailbox_seen_at, alarms->zone);
        g_autofree char *made = instant_rfc3339(pulse->trip.made_at, alarms->zone);
        const int64_t waits_s =
                health->backlog.oldest_due_at == INT64_MAX ? 0 : health->now - health->backlog.oldest_due_at;
        if (health->trouble != NULL)
                return;
        if (health->watch.is_running && pulse->mailbox_seen_at != 0 &&
            health->now - pulse->mailbox_seen_at > blind_s)
                add(alarms, "mailbox", "NOT READ since %s: what people answer waits on the server", seen);
        if (pulse->trip.made_at != 0 && pulse->trip.back_at == 0 && pulse->hold.since == 0 &&
            health->now - pulse->trip.made_at > TRIP_S)
                add(alarms, "trip",
                    "NOT BACK: the mail that the robot wrote to itself on %s: does the server take mail for "
                    "the "
                    "robot's address, and deliver it into `%s`?",
                    made, alarms->config->mailbox_inbox);
        if (pulse->hold.since == 0 && waits_s > WAIT_S)
                add(alarms, "outbox", "WAITS: a mail could have gone %" PRId64 " minutes ago", waits_s / 60);
}

GPtrArray *health_alarms(const Health *health, const Config *config, GTimeZone *zone)
{
        const Alarms alarms = { .health = health,
                                .config = config,
                                .zone = zone,
                                .lines = g_ptr_array_new_with_free_func(g_free) };
        look_at_robot(&alarms);
        look_at_duties(&alarms);
        look_at_machine(&alarms);
        look_at_mail(&alarms);
        return alarms.lines;
}

/* Metrics. */

typedef struct {
        const char *name, *type, *label, *help;
        int64_t value;
} Metric;

static void append_metric(GString *out, const Metric *metric, const char *before)
{
        if (g_strcmp0(before, metric->name) != 0)
                g_string_append_printf(out, "# HELP facteur_%s %s\n# TYPE facteur_%s %s\n", metric->name,
                                       metric->help, metric->name, metric->type);
        g_string_append_printf(out, "facteur_%s%s %" PRId64 "\n", metric->name, metric->label, metric->value);
}

static void append_all(GString *out, const Metric *metrics, gsize count)
{
        for (gsize i = 0; i < count; i++)
                append_metric(out, &metrics[i], i > 0 ? metrics[i - 1].name : NULL);
}

static void append_duties(GString *out, const Watch *watch)
{
        const char *before = NULL;
        for (guint i = 0; i < watch->count; i++) {
                g_autofree char *label = g_strdup_printf("{duty=\"%s\"}", watch->duties[i].name);
                const Metric metric = { "duty_failures", "gauge", label,
                                        "Failures one after the other; 0: it is well.",
                                        watch->duties[i].failures };
                append_metric(out, &metric, before);
                before = metric.name;
        }
}

static void append_database(GString *out, const Health *health)
{
        static const char outbox[] = "Mails of ours by state.", inbox[] = "Messages that wait, by where.";
        const Backlog *log = &health->backlog;
        const Pulse *pulse = &health->pulse;
        const bool is_waiting = log->oldest_due_at < health->now;
        const Metric metrics[] = {
                { "last_imap_success_timestamp_seconds", "gauge", "", "When the mailbox was last read.",
                  pulse->mailbox_seen_at },
                { "last_received_timestamp_seconds", "gauge", "", "When the last message came.",
                  pulse->received_at },
                { "last_send_success_timestamp_seconds", "gauge", "", "When the last mail left.",
                  pulse->sent_at },
                { "last_digest_timestamp_seconds", "gauge", "", "When the last digest was made.",
                  log->digest_at },
                { "round_trip_sent_timestamp_seconds", "gauge", "", "When the robot last wrote to itself.",
                  pulse->trip.made_at },
                { "round_trip_back_timestamp_seconds", "gauge", "", "When that mail was back; 0: it is not.",
                  pulse->trip.back_at },
                { "outbox", "gauge", "{state=\"queued\"}", outbox, log->queued },
                { "outbox", "gauge", "{state=\"sending\"}", outbox, log->sending },
                { "outbox", "gauge", "{state=\"refused\"}", outbox, log->refused },
                { "outbox", "gauge", "{state=\"limited\"}", outbox, log->limited },
                { "oldest_outbox_seconds", "gauge", "",
                  "For how long the first waiting mail could have gone.",
                  is_waiting ? health->now - log->oldest_due_at : 0 },
                { "mails_total", "counter", "", "Mails that were ever ordered.", log->mails },
                { "inbox", "gauge", "{state=\"new\"}", inbox, log->new_rows },
                { "inbox", "gauge", "{state=\"held\"}", inbox, log->held },
                { "inbox", "gauge", "{state=\"set_aside\"}", inbox, log->set_aside },
                { "cases", "gauge", "", "Cases.", log->cases },
                { "journal_entries_total", "counter", "", "Journal entries.", log->journal_id },
                { "sending_held", "gauge", "", "1: all sending is held.", pulse->hold.since != 0 },
        };
        append_all(out, metrics, G_N_ELEMENTS(metrics));
}

char *health_metrics(const Health *health)
{
        GString *out = g_string_new(NULL);
        const Metric metrics[] = {
                { "up", "gauge", "", "1: the robot runs.", health->watch.is_running },
                { "last_sign_of_life_timestamp_seconds", "gauge", "",
                  "When the robot last said something of itself.", health->watch.written_at },
                { "database_readable", "gauge", "", "0: the counts are missing.", health->trouble == NULL },
                { "db_bytes", "gauge", "", "Size of the database.", health->database_bytes },
                { "disk_free_bytes", "gauge", "", "Free where the state lies.", health->free_bytes },
        };
        append_all(out, metrics, G_N_ELEMENTS(metrics));
        append_duties(out, &health->watch);
        if (health->trouble == NULL)
                append_database(out, health);
        return g_string_free(out, FALSE);
}
