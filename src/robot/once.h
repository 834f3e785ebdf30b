/* robot/once.h: the road walked in turn, in this process, until there is nothing left to do. */
#pragma once

#include "robot/fetch.h"
#include "robot/secrets.h"

/* house: all parts but patterns. A stage that fails does not keep the others from their work; false with the
 * first error when one did. */
bool once_run(House *house, const Secrets *secrets, const FetchOptions *options, GError **error);

/* The same on a copy of the database: reads and decides, prints the mails that would go, sends and moves
 * nothing. print gets each mail's bytes. */
typedef void (*RehearsalPrint)(const char *recipient, GBytes *message, void *data);
bool rehearsal_run(const House *house, const Secrets *secrets, int64_t since, RehearsalPrint print,
                   void *data, Problems *problems, GError **error);
