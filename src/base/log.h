/* base/log.h: events for the administrator, one line each: a stable name and key=value pairs.
 *
 * Ids only: no address, subject, text, name or token (DESIGN.md 2.10). Under systemd the pairs are journal
 * fields (FACTEUR_CASE=…), on a terminal text on standard error. The stage that gives up logs, nobody else.
 */
#pragma once

#include <glib.h>

typedef enum { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARNING, LOG_LEVEL_ERROR } LogLevel;

/* Once, at start. duty ("fetch", "clerk", …) stands in every line; level is the least that is written. */
void log_open(const char *duty, LogLevel level);

/* log_event(LOG_LEVEL_INFO, "outbox-sent", "mail=%" PRId64 " case=%s", id, reference); control characters in
 * values are replaced. format may be NULL. */
void log_event(LogLevel level, const char *event, const char *format, ...) G_GNUC_PRINTF(3, 4);
