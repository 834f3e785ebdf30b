/* commands/status.c: `facteur status`: what is wrong, and how much waits where; the same for Prometheus. */
#include "commands/options.h"
#include "robot/health.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static char *when(int64_t instant, GTimeZone *zone)
{
        return instant != INT64_MAX && instant != 0 ? instant_rfc3339(instant, zone) : NULL;
}

/* What is wrong comes first. */
static void print_alarms(const GPtrArray *alarms)
{
        for (guint i = 0; i < alarms->len; i++) {
                const char *line = g_ptr_array_index(alarms, i), *text = strchr(line, '\t');
                printf("%-8.*s %s\n", (int)(text - line), line, text + 1);
        }
}

static void print_robot(const Health *health, GTimeZone *zone)
{
        const Watch *watch = &health->watch;
        g_autofree char *started = instant_rfc3339(watch->started_at, zone),
                        *stopped = instant_rfc3339(watch->stopped_at, zone);
        if (watch->is_running)
                printf("robot    runs since %s\n", started);
        else if (watch->stopped_at != 0)
                printf("robot    was stopped on %s: `systemctl start facteur`\n", stopped);
        else if (watch->started_at == 0)
                printf("robot    does not run: `systemctl start facteur`, or `facteur run --once` now and "
                       "then\n");
        for (guint i = 0; watch->is_running && i < watch->count; i++) {
                const WatchDuty *duty = &watch->duties[i];
                g_autofree char *at = instant_rfc3339(duty->reported_at, zone);
                if (duty->failing_since == 0 && duty->reported_at != 0)
                        printf("%-8s %s, %s\n", duty->name, duty->said, at);
        }
}

static void print_hold(const Hold *hold, GTimeZone *zone)
{
        g_autofree char *since = instant_rfc3339(hold->since, zone);
        if (hold->since != 0)
                printf("sending  HELD since %s%s%s: `facteur release` lets it go on\n", since,
                       hold->reason != NULL ? ", " : "", hold->reason != NULL ? hold->reason : "");
}

static void print_expiry(const Options *options, Config *config)
{
        g_autoptr(GTimeZone) zone = g_time_zone_new_identifier(config->timezone);
        const House house = { .config = config, .clock = options->clock, .zone = zone };
        int days;
        if (!house_secret_days(&house, &days) || days > SECRET_WARNING_DAYS)
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

static void print_counts(const Health *health, GTimeZone *zone)
{
        const Backlog *log = &health->backlog;
        g_autofree char *timer = when(log->next_timer_at, zone), *mail = when(log->next_mail_at, zone),
                        *seen = when(health->pulse.mailbox_seen_at, zone),
                        *back = when(health->pulse.trip.back_at, zone);
        printf("cases    %" PRId64 "\n"
               "inbox    %" PRId64 " waiting, %" PRId64 " held for staff, %" PRId64 " of them set aside\n"
               "outbox   %" PRId64 " waiting, %" PRId64 " being sent, %" PRId64 " sent, %" PRId64
               " refused, %" PRId64 " held by a limit\n"
               "timers   next %s\n"
               "mail     next %s\n"
               "mailbox  ",
               log->cases, log->new_rows, log->held, log->set_aside, log->queued, log->sending, log->sent,
               log->refused, log->limited, timer != NULL ? timer : "never", mail != NULL ? mail : "never");
        if (seen != NULL)
                printf("read up to UID %" PRId64 " (UIDVALIDITY %" PRId64 "), last on %s\n", health->last_uid,
                       health->uidvalidity, seen);
        else
                puts("was never read");
        if (back != NULL)
                printf("trip     the mail to itself was back on %s\n", back);
}

static json_t *robot_object(const Watch *watch, GTimeZone *zone)
{
        g_autofree char *started = when(watch->started_at, zone), *written = when(watch->written_at, zone);
        json_t *duties = json_object();
        for (guint i = 0; i < watch->count; i++)
                json_object_set_new(duties, watch->duties[i].name,
                                    json_pack("{s:b, s:i, s:s}", "is_well",
                                              watch->duties[i].failing_since == 0, "failures",
                                              watch->duties[i].failures, "said", watch->duties[i].said));
        return json_pack("{s:b, s:s?, s:s?, s:o}", "is_running", watch->is_running, "started_at", started,
                         "last_sign_at", written, "duties", duties);
}

static json_t *alarm_array(const GPtrArray *alarms)
{
        json_t *array = json_array();
        for (guint i = 0; i < alarms->len; i++) {
                g_auto(GStrv) parts = g_strsplit(g_ptr_array_index(alarms, i), "\t", 2);
                json_array_append_new(array, json_pack("{s:s, s:s}", "what", parts[0], "text", parts[1]));
        }
        return array;
}

static void add_counts(json_t *object, const Health *health, GTimeZone *zone)
{
        const Backlog *log = &health->backlog;
        const Trip *trip = &health->pulse.trip;
        g_autofree char *timer = when(log->next_timer_at, zone), *mail = when(log->next_mail_at, zone),
                        *seen = when(health->pulse.mailbox_seen_at, zone), *back = when(trip->back_at, zone),
                        *made = when(trip->made_at, zone);
        json_t *counts = json_pack(
                "{s:I, s:{s:I, s:I, s:I}, s:{s:I, s:I, s:I, s:I, s:I}, s:b, s:s?, s:s?, s:s?, s:{s:I, s:I, "
                "s:s?}, "
                "s:{s:s?, s:s?}}",
                "cases", (json_int_t)log->cases, "inbox", "new", (json_int_t)log->new_rows, "held",
                (json_int_t)log->held, "set_aside", (json_int_t)log->set_aside, "outbox", "queued",
                (json_int_t)log->queued, "sending", (json_int_t)log->sending, "sent", (json_int_t)log->sent,
                "refused", (json_int_t)log->refused, "held", (json_int_t)log->limited, "is_sending_held",
                health->pulse.hold.since != 0, "held_reason", health->pulse.hold.reason, "next_timer_at",
                timer, "next_mail_at", mail, "mailbox", "uidvalidity", (json_int_t)health->uidvalidity,
                "last_uid", (json_int_t)health->last_uid, "seen_at", seen, "round_trip", "sent_at", made,
                "back_at", back);
        json_object_update_new(object, counts);
}

static void print_as_json(const Health *health, const GPtrArray *alarms, GTimeZone *zone)
{
        json_t *object = json_pack("{s:o, s:o}", "alarms", alarm_array(alarms), "robot",
                                   robot_object(&health->watch, zone));
        if (health->trouble == NULL)
                add_counts(object, health, zone);
        print_json(object);
}

/* Readable for the one who collects, and whole whenever they look: written beside, then renamed. */
static int write_metrics(const Health *health, const char *path)
{
        g_autofree char *text = health_metrics(health);
        g_autoptr(GError) error = NULL;
        if (strcmp(path, "-") == 0) {
                fputs(text, stdout);
                return EXIT_FINE;
        }
        const bool is_written =
                g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0644, &error);
        return is_written ? EXIT_FINE : command_failed(error);
}

/* The database may be what is wrong: the rest is said all the same. */
static void read_database(const Options *options, const Config *config, Health *health)
{
        g_autofree char *path = house_database_path(config);
        g_autoptr(GError) error = NULL;
        g_autoptr(Store) store = store_open(path, config->instance, &error);
        if (store == NULL) {
                health_fail(health, error->message);
                return;
        }
        const House house = { .config = (Config *)config, .store = store, .clock = options->clock };
        health_read(&house, health);
}

static int run(const Options *options, Config *config, bool is_json, const char *metrics)
{
        g_auto(Health) health = { 0 };
        g_autoptr(GTimeZone) zone = g_time_zone_new_identifier(config->timezone);
        health_look(config, clock_now(&options->clock), &health);
        read_database(options, config, &health);
        if (metrics != NULL)
                return write_metrics(&health, metrics);
        g_autoptr(GPtrArray) alarms = health_alarms(&health, config, zone);
        if (is_json) {
                print_as_json(&health, alarms, zone);
        } else {
                print_alarms(alarms);
                print_robot(&health, zone);
                if (health.trouble == NULL)
                        print_hold(&health.pulse.hold, zone);
                print_expiry(options, config);
                if (health.trouble == NULL)
                        print_counts(&health, zone);
        }
        return alarms->len > 0 ? EXIT_MEND : EXIT_FINE;
}

int command_status(int argc, char **argv)
{
        gboolean is_json = FALSE;
        g_autofree char *metrics = NULL;
        const GOptionEntry own[] = { { "json", 0, 0, G_OPTION_ARG_NONE, &is_json, "for programs", NULL },
                                     { "metrics", 0, 0, G_OPTION_ARG_FILENAME, &metrics,
                                       "for Prometheus, into a file that is replaced as a whole; - prints it",
                                       "FILE" },
                                     G_OPTION_ENTRY_NULL };
        g_auto(Options) options = { 0 };
        int code = options_read(&options, "- what is wrong, and how much waits where", own, 0, 0, argc, argv);
        if (code != CONTINUE)
                return code;
        Config *config = options_config(&options);
        if (config == NULL)
                return EXIT_CONFIG_ERROR;
        code = run(&options, config, is_json, metrics);
        config_free(config);
        return code;
}
