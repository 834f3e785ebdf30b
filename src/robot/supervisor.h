/* robot/supervisor.h: `facteur run`: one process a duty, started again when it dies, told when to stop.
 *
 * SIGTERM and SIGINT end all of them cleanly; SIGHUP checks configuration, rules and templates and starts the
 * duties afresh, or keeps the old ones and says why. Under systemd it tells READY, STATUS, WATCHDOG (the last
 * only while every duty does something useful).
 */
#pragma once

#include "base/clock.h"
#include "base/config.h"

typedef struct {
        Clock clock;
        int64_t since; /* Unix seconds; 0: none */
} SupervisorOptions;

/* Until it is told to stop. False: it cannot start; problems or error says why. */
bool supervisor_run(const Config *config, const SupervisorOptions *options, Problems *problems,
                    GError **error);

/* What a process started by it does; name: of the duty. config is taken over. */
bool duty_run(const char *name, Config *config, const SupervisorOptions *options, Problems *problems,
              GError **error);
