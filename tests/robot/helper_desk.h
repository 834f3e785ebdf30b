/* tests/robot/helper_desk.h: what the tests of the digest and of the desk share. */
#pragma once

#include "helper_world.h"

int64_t desk_instant(const char *text); /* RFC 3339 */
/* Subject and text of a mail of ours. */
char *desk_text(World *world, const OutboxMail *mail);
void desk_assert_has(const char *text, const char *part);
void desk_assert_lacks(const char *text, const char *part);
/* Answers the newest mail of a key, and gives the text of what comes back. */
char *desk_answer(World *world, const char *key, const char *to, const char *from, const char *text);
