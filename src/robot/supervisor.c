#include "robot/supervisor.h"

#include "base/date.h"
#include "base/log.h"
#include "robot/doorbell.h"
#include "robot/duty.h"
#include "robot/notify.h"
#include "robot/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum {
        FIRST_FREE_FD = DUTY_REPORT_FD + 1,
        RESTART_FIRST_S = 1,
        RESTART_MOST_S = 300,
        WELL_AFTER_MS = 60000, /* a duty that lived so long begins anew with the shortest wait */
        STOP_MS = 30000,       /* for a duty to leave by itself */
        SILENCE_MS = 300000,   /* a duty that reports nothing for so long is not well, beyond two polls */
        REPORT_BYTES = 4096,
        WATCH_MS = 55000, /* a sign of life in the state folder at least so often */
};

typedef struct {
        pid_t pid;                          /* 0: not running */
        int64_t started_at_ms, start_at_ms; /* start_at_ms: when to start it again */
        int64_t reported_at_ms;
        Backoff backoff;
        WatchDuty watch; /* its last report */
} Child;

typedef struct {
        const Config *config;
        const SupervisorOptions *options;
        Secrets *secrets;
        Child children[N_DUTIES];
        int bells[N_DUTIES];
        int report_fd, duties_report_fd; /* ours, and the end that duties write to */
        int signal_fd;
        int watch_fd; /* -1: the state folder cannot be written */
        int64_t begun_at, watched_at_ms;
        bool is_stopping;
        int64_t stop_at_ms;     /* then what is left is killed */
        int64_t notified_at_ms; /* of the watchdog */
} Supervisor;

static bool is_wanted(const Supervisor *supervisor, int kind)
{
        return kind != DUTY_WEB || strcmp(supervisor->config->web_listen, "off") != 0;
}

/* Starting. */

static int lift(int fd)
{
        const int lifted = fd >= 0 ? fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FREE_FD) : -1;
        if (fd >= 0)
                close(fd);
        return lifted;
}

static void add_descriptors(const Supervisor *supervisor, int secrets_fd, posix_spawn_file_actions_t *actions)
{
        posix_spawn_file_actions_adddup2(actions, secrets_fd, DUTY_SECRETS_FD);
        for (int i = 0; i < N_DUTIES; i++)
                posix_spawn_file_actions_adddup2(actions, supervisor->bells[i], DUTY_BELLS_FD + i);
        posix_spawn_file_actions_adddup2(actions, supervisor->duties_report_fd, DUTY_REPORT_FD);
}

static void add_instant(GPtrArray *arguments, const char *option, int64_t instant)
{
        g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
        g_ptr_array_add(arguments, g_strdup(option));
        g_ptr_array_add(arguments, instant_rfc3339(instant, utc));
}

static int spawn(const Supervisor *supervisor, const char *name, int secrets_fd, pid_t *pid_out)
{
        const SupervisorOptions *options = supervisor->options;
        g_autoptr(GPtrArray) arguments = g_ptr_array_new_with_free_func(g_free);
        const char *const fixed[] = {
                "facteur", "run", "--duty", name, "--config", supervisor->config->path
        };
        for (size_t i = 0; i < G_N_ELEMENTS(fixed); i++)
                g_ptr_array_add(arguments, g_strdup(fixed[i]));
        if (options->clock.is_fixed)
                add_instant(arguments, "--now", options->clock.fixed_at);
        if (options->since != 0)
                add_instant(arguments, "--since", options->since);
        g_ptr_array_add(arguments, NULL);

        posix_spawn_file_actions_t actions;
        posix_spawnattr_t attributes;
        sigset_t none;
        sigemptyset(&none);
        posix_spawn_file_actions_init(&actions);
        add_descriptors(supervisor, secrets_fd, &actions);
        posix_spawnattr_init(&attributes);
        posix_spawnattr_setsigmask(&attributes, &none);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
        const int failed = posix_spawn(pid_out, "/proc/self/exe", &actions, &attributes,
                                       (char *const *)arguments->pdata, environ);
        posix_spawn_file_actions_destroy(&actions);
        posix_spawnattr_destroy(&attributes);
        return failed;
}

/* After an end or a failed start: later, and later each time. */
static void plan_restart(Child *child)
{
        const int64_t now_ms = clock_monotonic_ms();
        if (child->started_at_ms != 0 && now_ms - child->started_at_ms > WELL_AFTER_MS)
                child->backoff.failures = 0;
        child->pid = 0;
        child->start_at_ms = now_ms + backoff_next_ms(&child->backoff, RESTART_FIRST_S, RESTART_MOST_S);
}

static void start_duty(Supervisor *supervisor, int kind)
{
        Child *child = &supervisor->children[kind];
        g_autoptr(GError) error = NULL;
        const int fd = lift(secrets_send(supervisor->secrets, duty_entries[kind].secrets, &error));
        const int failed = fd >= 0 ? spawn(supervisor, duty_name(kind), fd, &child->pid) : EIO;
        if (fd >= 0)
                close(fd);
        if (failed != 0) {
                log_event(LOG_LEVEL_ERROR, "duty-not-started", "duty=%s reason=\"%s\"", duty_name(kind),
                          error != NULL ? error->message : g_strerror(failed));
                plan_restart(child);
                return;
        }
        child->started_at_ms = child->reported_at_ms = clock_monotonic_ms();
        child->start_at_ms = 0;
        log_event(LOG_LEVEL_INFO, "duty-started", "duty=%s pid=%d", duty_name(kind), (int)child->pid);
}

/* Starts what should run; gives how long until the next one is due, -1: none waits. */
static int64_t start_due(Supervisor *supervisor)
{
        int64_t soonest = -1;
        for (int kind = 0; kind < N_DUTIES; kind++) {
                Child *child = &supervisor->children[kind];
                const int64_t left = child->start_at_ms - clock_monotonic_ms();
                if (supervisor->is_stopping || child->pid != 0 || !is_wanted(supervisor, kind))
                        continue;
                if (left <= 0)
                        start_duty(supervisor, kind);
                else if (soonest < 0 || left < soonest)
                        soonest = left;
        }
        return soonest;
}

/* Ending. */

static void signal_all(const Supervisor *supervisor, int number)
{
        for (int kind = 0; kind < N_DUTIES; kind++)
                if (supervisor->children[kind].pid != 0)
                        kill(supervisor->children[kind].pid, number);
}

static bool is_any_alive(const Supervisor *supervisor)
{
        for (int kind = 0; kind < N_DUTIES; kind++)
                if (supervisor->children[kind].pid != 0)
                        return true;
        return false;
}

static void begin_stop(Supervisor *supervisor)
{
        if (supervisor->is_stopping)
                return;
        log_event(LOG_LEVEL_INFO, "stopping", NULL);
        notify_send("STOPPING=1");
        supervisor->is_stopping = true;
        supervisor->stop_at_ms = clock_monotonic_ms() + STOP_MS;
        signal_all(supervisor, SIGTERM);
}

static void write_watch(Supervisor *supervisor)
{
        Watch watch = { .started_at = supervisor->begun_at,
                        .written_at = clock_now(&supervisor->options->clock) };
        if (supervisor->is_stopping && !is_any_alive(supervisor))
                watch.stopped_at = watch.written_at;
        for (int kind = 0; kind < N_DUTIES; kind++)
                if (is_wanted(supervisor, kind))
                        watch.duties[watch.count++] = supervisor->children[kind].watch;
        if (supervisor->watch_fd >= 0)
                watch_write(supervisor->watch_fd, &watch);
        supervisor->watched_at_ms = clock_monotonic_ms();
}

static void note_report(const Supervisor *supervisor, Child *child, bool is_failing, const char *said)
{
        WatchDuty *duty = &child->watch;
        duty->reported_at = clock_now(&supervisor->options->clock);
        duty->failures = is_failing ? duty->failures + 1 : 0;
        if (!is_failing)
                duty->failing_since = 0;
        else if (duty->failing_since == 0)
                duty->failing_since = duty->reported_at;
        g_free(duty->said);
        duty->said = g_strdup(said);
}

static void note_end_of(Supervisor *supervisor, Child *child, int status)
{
        g_autofree char *said =
                g_strdup_printf("it ended by itself (%s %d); the log says why; it is started again",
                                WIFSIGNALED(status) ? "signal" : "code",
                                WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
        note_report(supervisor, child, true, said);
        write_watch(supervisor);
}

static void note_end(Supervisor *supervisor, pid_t pid, int status)
{
        for (int kind = 0; kind < N_DUTIES; kind++) {
                Child *child = &supervisor->children[kind];
                if (child->pid != pid)
                        continue;
                const bool is_clean = WIFEXITED(status) && WEXITSTATUS(status) == 0;
                log_event(is_clean ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR, "duty-ended",
                          "duty=%s code=%d signal=%d", duty_name(kind),
                          WIFEXITED(status) ? WEXITSTATUS(status) : 0,
                          WIFSIGNALED(status) ? WTERMSIG(status) : 0);
                plan_restart(child);
                if (!is_clean && !supervisor->is_stopping)
                        note_end_of(supervisor, child, status);
                if (is_clean) { /* it was told to: new rules */
                        child->backoff.failures = 0;
                        child->start_at_ms = 0;
                }
        }
}

static void reap(Supervisor *supervisor)
{
        int status;
        pid_t pid;
        while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
                note_end(supervisor, pid, status);
}

/* SIGHUP: what is on the disk is taken when it is right. The duties end cleanly and start with it. */
static void reload(const Supervisor *supervisor)
{
        g_autoptr(Problems) problems = problems_new();
        g_autoptr(Config) config = config_load(supervisor->config->path, problems);
        if (config != NULL)
                house_check(config, problems);
        if (config == NULL || problems_count(problems) > 0) {
                g_autofree char *text = problems_print(problems);
                log_event(LOG_LEVEL_ERROR, "reload-refused", "problems=%u action=\"the old rules stay\"",
                          problems_count(problems));
                fputs(text, stderr);
                return;
        }
        log_event(LOG_LEVEL_INFO, "reload", NULL);
        signal_all(supervisor, SIGTERM);
}

static void take_signals(Supervisor *supervisor)
{
        struct signalfd_siginfo info;
        while (read(supervisor->signal_fd, &info, sizeof(info)) == sizeof(info)) {
                if (info.ssi_signo == SIGCHLD)
                        reap(supervisor);
                else if (info.ssi_signo == SIGHUP)
                        reload(supervisor);
                else
                        begin_stop(supervisor);
        }
}

/* How they are. */

static void tell_status(Supervisor *supervisor)
{
        g_autoptr(GString) text = g_string_new("STATUS=");
        for (int kind = 0; kind < N_DUTIES; kind++) {
                const WatchDuty *duty = &supervisor->children[kind].watch;
                if (duty->said[0] != '\0')
                        g_string_append_printf(text, "%s%s: %s", text->len > strlen("STATUS=") ? "; " : "",
                                               duty->name, duty->said);
        }
        notify_send(text->str);
        write_watch(supervisor);
}

static void take_report(Supervisor *supervisor, const char *line)
{
        for (int kind = 0; kind < N_DUTIES; kind++) {
                Child *child = &supervisor->children[kind];
                const size_t length = strlen(duty_name(kind));
                if (strncmp(line, duty_name(kind), length) != 0 || line[length] != '\t' ||
                    line[length + 1] == '\0')
                        continue;
                child->reported_at_ms = clock_monotonic_ms();
                note_report(supervisor, child, line[length + 1] == DUTY_FAILS, line + length + 2);
        }
}

/* One line is one write, shorter than PIPE_BUF: they never mix. */
static void take_reports(Supervisor *supervisor)
{
        char bytes[REPORT_BYTES + 1];
        const ssize_t got = read(supervisor->report_fd, bytes, REPORT_BYTES);
        if (got <= 0)
                return;
        bytes[got] = '\0';
        g_auto(GStrv) lines = g_strsplit(bytes, "\n", -1);
        for (char **line = lines; *line != NULL; line++)
                take_report(supervisor, *line);
        tell_status(supervisor);
}

/* A sign of life only while each duty gives one (MAIL.md D56). */
static void feed_watchdog(Supervisor *supervisor)
{
        const int64_t now_ms = clock_monotonic_ms();
        const int64_t silence_ms = SILENCE_MS + 2000 * (int64_t)supervisor->config->poll_s;
        const int period_s = notify_watchdog_s();
        if (period_s == 0 || now_ms - supervisor->notified_at_ms < (int64_t)period_s * 1000 / 3)
                return;
        for (int kind = 0; kind < N_DUTIES; kind++) {
                const Child *child = &supervisor->children[kind];
                if (child->pid != 0 && now_ms - child->reported_at_ms > silence_ms)
                        return;
        }
        supervisor->notified_at_ms = now_ms;
        notify_send("WATCHDOG=1");
}

/* The loop. */

static int64_t wait_ms(const Supervisor *supervisor, int64_t restart_ms)
{
        int64_t wait = restart_ms < 0 ? 60000 : restart_ms;
        if (notify_watchdog_s() > 0)
                wait = MIN(wait, (int64_t)notify_watchdog_s() * 1000 / 3);
        if (supervisor->is_stopping)
                wait = MIN(wait, MAX(supervisor->stop_at_ms - clock_monotonic_ms(), 0));
        return wait;
}

static void loop(Supervisor *supervisor)
{
        while (!supervisor->is_stopping || is_any_alive(supervisor)) {
                const int64_t restart_ms = start_due(supervisor);
                struct pollfd waits[] = { { .fd = supervisor->signal_fd, .events = POLLIN },
                                          { .fd = supervisor->report_fd, .events = POLLIN } };
                poll(waits, G_N_ELEMENTS(waits), (int)wait_ms(supervisor, restart_ms));
                if (waits[1].revents & POLLIN)
                        take_reports(supervisor);
                if (clock_monotonic_ms() - supervisor->watched_at_ms > WATCH_MS)
                        write_watch(supervisor);
                take_signals(supervisor);
                feed_watchdog(supervisor);
                if (supervisor->is_stopping && clock_monotonic_ms() >= supervisor->stop_at_ms)
                        signal_all(supervisor, SIGKILL);
        }
}

static bool open_descriptors(Supervisor *supervisor, GError **error)
{
        int ends[2] = { -1, -1 };
        sigset_t signals;
        sigemptyset(&signals);
        sigaddset(&signals, SIGCHLD);
        sigaddset(&signals, SIGTERM);
        sigaddset(&signals, SIGINT);
        sigaddset(&signals, SIGHUP);
        sigprocmask(SIG_BLOCK, &signals, NULL);
        supervisor->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
        bool is_open = supervisor->signal_fd >= 0 && pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0;
        supervisor->report_fd = ends[0];
        supervisor->duties_report_fd = lift(ends[1]);
        for (int i = 0; is_open && i < N_DUTIES; i++) {
                supervisor->bells[i] = lift(doorbell_new());
                is_open = supervisor->bells[i] >= 0;
        }
        if (!is_open)
                g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno),
                            "the supervisor cannot start: %s", g_strerror(errno));
        return is_open;
}

static void close_all(Supervisor *supervisor)
{
        for (int i = 0; i < N_DUTIES; i++) {
                g_free(supervisor->children[i].watch.name);
                g_free(supervisor->children[i].watch.said);
                close(supervisor->bells[i]);
        }
        if (supervisor->watch_fd >= 0)
                close(supervisor->watch_fd);
        close(supervisor->signal_fd);
        close(supervisor->report_fd);
        close(supervisor->duties_report_fd);
        secrets_free(supervisor->secrets);
}

/* Two robots on one state folder would send everything twice. */
static bool open_watch(Supervisor *supervisor, GError **error)
{
        g_autoptr(GError) trouble = NULL;
        supervisor->begun_at = clock_now(&supervisor->options->clock);
        for (int kind = 0; kind < N_DUTIES; kind++)
                supervisor->children[kind].watch =
                        (WatchDuty){ .name = g_strdup(duty_name(kind)), .said = g_strdup("") };
        supervisor->watch_fd = watch_open(supervisor->config->state_dir, &trouble);
        if (g_error_matches(trouble, G_FILE_ERROR, G_FILE_ERROR_AGAIN)) {
                g_propagate_error(error, g_steal_pointer(&trouble));
                return false;
        }
        if (trouble != NULL)
                log_event(LOG_LEVEL_WARNING, "watch-missing", "reason=\"%s\"", trouble->message);
        return true;
}

bool supervisor_run(const Config *config, const SupervisorOptions *options, Problems *problems,
                    GError **error)
{
        Supervisor supervisor = { .config = config, .options = options, .watch_fd = -1 };
        log_open("run", LOG_LEVEL_INFO);
        house_check(config, problems);
        if (problems_count(problems) > 0)
                return false;
        supervisor.secrets = secrets_read(config, SECRET_ALL, error);
        if (supervisor.secrets == NULL)
                return false;
        const bool is_open = open_descriptors(&supervisor, error) && open_watch(&supervisor, error);
        if (is_open) {
                write_watch(&supervisor);
                notify_send("READY=1");
                loop(&supervisor);
                write_watch(&supervisor);
                log_event(LOG_LEVEL_INFO, "stopped", NULL);
        }
        close_all(&supervisor);
        return is_open;
}
