#include "base/log.h"

#include "base/text.h"

#include <stdio.h>
#include <unistd.h>

static const char *log_duty = "facteur";
static LogLevel log_level = LOG_LEVEL_INFO;

static const char *const level_names[] = {
        [LOG_LEVEL_DEBUG] = "debug",
        [LOG_LEVEL_INFO] = "info",
        [LOG_LEVEL_WARNING] = "warning",
        [LOG_LEVEL_ERROR] = "error",
};
/* syslog(3) priorities, as the prefix that systemd reads from standard error */
static const char *const level_prefixes[] = {
        [LOG_LEVEL_DEBUG] = "<7>",
        [LOG_LEVEL_INFO] = "<6>",
        [LOG_LEVEL_WARNING] = "<4>",
        [LOG_LEVEL_ERROR] = "<3>",
};

void log_open(const char *duty, LogLevel level)
{
        log_duty = duty;
        log_level = level;
}

void log_event(LogLevel level, const char *event, const char *format, ...)
{
        if (level < log_level)
                return;
        g_autofree char *pairs = NULL;
        if (format != NULL) {
                va_list arguments;
                va_start(arguments, format);
                g_autofree char *raw = g_strdup_vprintf(format, arguments);
                va_end(arguments);
                pairs = text_single_line(raw);
        }
        const char *gap = pairs != NULL && pairs[0] != '\0' ? " " : "";
        if (g_getenv("JOURNAL_STREAM") != NULL) /* under systemd: it knows the time and the unit */
                fprintf(stderr, "%s%s: %s%s%s\n", level_prefixes[level], log_duty, event, gap,
                        pairs != NULL ? pairs : "");
        else
                fprintf(stderr, "facteur %s %s: %s%s%s\n", log_duty, level_names[level], event, gap,
                        pairs != NULL ? pairs : "");
}
