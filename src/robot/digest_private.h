/* robot/digest_private.h: between the files of the digest. */
#pragma once

#include "robot/digest.h"
#include "store/digests.h"
#include "store/overview.h"

typedef struct {
        House *house;
        const Person *reader;
        Overview overview;
        const char *language;
        GTimeZone *zone;
        int64_t now;
        Digest *digest;
        guint left;       /* lines that may still be shown */
        guint passed;     /* lines that an earlier mail has */
        int64_t left_out; /* lines that are not shown */
        GHashTable *seen; /* "case step", and the like: what has a line */
        GError **error;
} DigestWriter;

/* Binds the next number; gives an item with it. line.step is taken over. */
json_t *digest_add_line(DigestWriter *writer, DigestLine line);
/* Has this no line yet? From now on it has. */
bool digest_is_first(const DigestWriter *writer, int64_t id, const char *what);
/* Into the view; true. */
bool digest_put_list(DigestWriter *writer, const char *name, json_t *list);
/* How many rows to ask for: those that may be shown, those of earlier mails, and one more. */
guint digest_limit(const DigestWriter *writer);
json_t *digest_day(const DigestWriter *writer, int64_t at); /* "" when at is 0 */

/* digest_held.c: messages that wait for staff. */
#define DIGEST_HELD "\theld" /* what is first about a message */
bool digest_add_held(DigestWriter *writer);
