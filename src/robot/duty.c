#include "robot/duty.h"

#include "base/log.h"
#include "base/text.h"
#include "robot/doorbell.h"
#include "robot/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { MMAP_THRESHOLD = 256 << 10, PATHS_MAX = 24, REPORT_BYTES_MAX = 600 };

const DutyEntry duty_entries[N_DUTIES] = {
        [DUTY_FETCH] = { "fetch", HOUSE_STORE, SECRET_MAILBOX, duty_run_fetch },
        [DUTY_CLERK] = { "clerk", HOUSE_STORE | HOUSE_KEYS | HOUSE_PROCEDURE | HOUSE_TEMPLATES,
                         SECRET_KEYS | SECRET_LABEL, duty_run_clerk },
        [DUTY_SEND] = { "send", HOUSE_STORE, SECRET_SUBMISSION, duty_run_send },
        [DUTY_WEB] = { "web", HOUSE_STORE | HOUSE_KEYS | HOUSE_PROCEDURE | HOUSE_TEMPLATES,
                       SECRET_KEYS | SECRET_SEAL, duty_run_web },
};

static volatile sig_atomic_t is_stopping;
static int bell_of_signals = -1;

const char *duty_name(DutyKind kind)
{
        return duty_entries[kind].name;
}

bool duty_is_stopping(void)
{
        return is_stopping != 0;
}

static void stop(int number G_GNUC_UNUSED)
{
        is_stopping = 1;
        doorbell_ring(bell_of_signals);
}

void duty_ring(const Duty *duty, DutyKind other)
{
        doorbell_ring(duty->bells[other]);
}

int duty_bell(const Duty *duty)
{
        return duty->bells[duty->kind];
}

void duty_wait(const Duty *duty, int64_t timeout_ms)
{
        struct pollfd bell = { .fd = duty_bell(duty), .events = POLLIN };
        if (!duty_is_stopping())
                poll(&bell, 1, timeout_ms < 0 ? -1 : (int)MIN(timeout_ms, G_MAXINT));
        doorbell_clear(bell.fd);
}

void duty_rest(const Duty *duty, int64_t wait_ms)
{
        const int64_t until = clock_monotonic_ms() + wait_ms;
        int64_t left;
        while (!duty_is_stopping() && (left = until - clock_monotonic_ms()) > 0)
                duty_wait(duty, left);
        doorbell_ring(duty_bell(duty)); /* what rang meanwhile is looked at */
}

/* One line is one write, cut below PIPE_BUF: lines never mix. */
static void report(const Duty *duty, char mark, const char *text)
{
        g_autofree char *words = text_single_line(text), *cut = g_strndup(words, REPORT_BYTES_MAX),
                        *valid = g_utf8_make_valid(cut, -1);
        g_autofree char *line = g_strdup_printf("%s\t%c%s\n", duty_name(duty->kind), mark, valid);
        const ssize_t written = write(duty->report_fd, line, strlen(line));
        (void)written; /* nobody listens any more: the end is near */
}

void duty_report(const Duty *duty, const char *format, ...)
{
        va_list arguments;
        va_start(arguments, format);
        g_autofree char *text = g_strdup_vprintf(format, arguments);
        va_end(arguments);
        report(duty, DUTY_IS_WELL, text);
}

void duty_fail(Duty *duty, const GError *error, int first_s, int most_s)
{
        const int64_t wait_ms = backoff_next_ms(&duty->backoff, first_s, most_s);
        log_event(LOG_LEVEL_ERROR, "duty-waits", "seconds=%" G_GINT64_FORMAT " failures=%d reason=\"%s\"",
                  wait_ms / 1000, duty->backoff.failures, error->message);
        g_autofree char *text =
                g_strdup_printf("%s (tries again in %" G_GINT64_FORMAT " s)", error->message, wait_ms / 1000);
        report(duty, DUTY_FAILS, text);
        duty_rest(duty, wait_ms);
}

void duty_succeed(Duty *duty)
{
        if (duty->backoff.failures > 0)
                log_event(LOG_LEVEL_INFO, "duty-works-again", "failures=%d", duty->backoff.failures);
        duty->backoff.failures = 0;
}

static const char *const system_paths[] = {
        "/usr",         "/lib",      "/lib64", "/etc", "/run/systemd/resolve", "/var/cache/fontconfig",
        "/dev/urandom", "/proc/self"
};

static void add_paths(const char **list, guint *count, const char *const *paths, guint number)
{
        for (guint i = 0; i < number && *count < PATHS_MAX; i++)
                if (paths[i] != NULL)
                        list[(*count)++] = paths[i];
}

void duty_close_wall(const Duty *duty, bool may_connect, bool may_accept, bool may_run)
{
        const Config *config = duty->house->config;
        const char *reads[PATHS_MAX + 1] = { NULL };
        guint count = 0;
        const char *const words[] = { config->rules_dir, config->templates_dir, config->path };
        const char *const authorities[] = { config->mailbox.ca_file, config->submission.ca_file,
                                            config->oauth2.ca_file };
        add_paths(reads, &count, system_paths, G_N_ELEMENTS(system_paths));
        add_paths(reads, &count, words, G_N_ELEMENTS(words));
        if (may_connect)
                add_paths(reads, &count, authorities, G_N_ELEMENTS(authorities));
        const char *const writes[] = { config->state_dir, "/dev/null", NULL };
        g_autofree char *program = g_file_read_link("/proc/self/exe", NULL);
        const char *const runs[] = { program, "/usr", "/lib", "/lib64", NULL };
        const Wall wall = { .readable = reads,
                            .writable = writes,
                            .runnable = may_run ? runs : NULL,
                            .may_connect = may_connect,
                            .may_accept = may_accept };
        wall_close(&wall);
}

static int find_duty(const char *name)
{
        for (int i = 0; i < N_DUTIES; i++)
                if (strcmp(duty_entries[i].name, name) == 0)
                        return i;
        return -1;
}

/* Descriptors of the supervisor are ours alone, not those of what we start. */
static bool take_descriptors(Duty *duty)
{
        for (int fd = DUTY_SECRETS_FD; fd <= DUTY_REPORT_FD; fd++)
                if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
                        return false;
        for (int i = 0; i < N_DUTIES; i++)
                duty->bells[i] = DUTY_BELLS_FD + i;
        duty->report_fd = DUTY_REPORT_FD;
        bell_of_signals = duty_bell(duty);
        return true;
}

static void prepare_process(const char *name)
{
        g_autofree char *title = g_strdup_printf("facteur-%s", name);
        prctl(PR_SET_NAME, title);
        prctl(PR_SET_PDEATHSIG, SIGTERM); /* no duty without its supervisor */
        mallopt(M_MMAP_THRESHOLD, MMAP_THRESHOLD);
        signal(SIGPIPE, SIG_IGN);
        signal(SIGHUP, SIG_IGN);
        const struct sigaction ending = { .sa_handler = stop };
        sigaction(SIGTERM, &ending, NULL);
        sigaction(SIGINT, &ending, NULL);
}

bool duty_run(const char *name, Config *config, const SupervisorOptions *options, Problems *problems,
              GError **error)
{
        const int kind = find_duty(name);
        Duty duty = { .kind = (DutyKind)kind, .since = options->since };
        if (kind < 0 || !take_descriptors(&duty)) {
                g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                            "--duty %s is for `facteur run` itself: start that", name);
                config_free(config);
                return false;
        }
        log_open(name, LOG_LEVEL_INFO);
        prepare_process(name);
        g_autoptr(Secrets) secrets = secrets_receive(DUTY_SECRETS_FD, error);
        if (secrets == NULL) {
                config_free(config);
                return false;
        }
        duty.secrets = secrets;
        duty.house =
                house_open(config, duty_entries[kind].house, &options->clock, secrets->keys, problems, error);
        const bool is_done = duty.house != NULL &&
                             house_set_label_keys(duty.house, secrets->label_keys, error) &&
                             duty_entries[kind].run(&duty, error);
        house_free(duty.house);
        return is_done;
}
