/* tests/robot/helper_world.h: a whole house in a temporary folder: the shipped rules and words, a cast, a
 * clock that the test moves. Mails arrive as bytes, are read in this process, and leave into a list.
 */
#pragma once

#include "robot/clerk.h"
#include "robot/import.h"
#include "store/outbox.h"

typedef struct World World;

/* The cast: who plays a role, in every case of the world. */
typedef struct {
        const char *role, *name, *address, *language;
} Actor;
const Actor *world_actor(const char *role); /* NULL: nobody */

World *world_new(const char *now); /* RFC 3339 */
/* The same, and staff get digests: the registry's address, and who plays a role of staff. */
World *world_new_staffed(const char *now);
#define WORLD_REGISTRY "scolarite@univ.example.org"
void world_free(World *world);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(World, world_free)
House *world_house(World *world);
Clerk *world_clerk(World *world);

/* From now on what the robot writes to itself does not come back. */
void world_blind(World *world);
void world_set_clock(World *world, int64_t now);
/* A case with the cast, by the import. extra: more columns as "name=value", NULL-terminated; NULL. */
void world_begin(World *world, const char *reference, char **extra);
/* A table, as `facteur import` takes it in. The caller clears the report. */
bool world_import(World *world, const char *text, bool is_dry_run, ImportReport *report_out);
/* So many more cases that stand where the first one does, with its people: rows alone, unknown to journal and
 * timers. */
void world_copy(World *world, int count);
/* The case 2026-0142 as it stands once its label SEMSEM-2026-0142 was awarded. consent: what the student said
 * of being named; NULL: nothing. */
void world_award(World *world, const char *consent);
/* Raw bytes into the inbox, as fetched. Gives the row. */
int64_t world_deliver(World *world, GBytes *raw);
/* Clerk and sender take turns until nothing is left to do now. */
void world_run(World *world);

/* The clerk dies and another takes its place. */
void world_restart(World *world);

/* What left since the world began, of OutboxMail, oldest first. */
const GPtrArray *world_sent(const World *world);
GBytes *world_bytes(World *world, const OutboxMail *mail);
/* The newest mail of that template that left for an address; NULL. */
const OutboxMail *world_last_mail(const World *world, const char *key, const char *address);

/* A reply to a mail of ours, as a mail program writes it. */
typedef struct {
        const char *from;      /* addr-spec */
        const char *text;      /* lines with \n */
        const char *headers;   /* more of them, "Name: value\n"; NULL */
        const char *table;     /* a CSV that is attached; NULL */
        bool is_vouched;       /* the trusted border says dmarc=pass for From */
        bool has_no_token;     /* the reply address lost its token: Exchange without plus addresses */
        bool has_no_reference; /* no In-Reply-To either */
        bool has_no_quote;
        const char *file; /* one that comes with it: "cv.exe"; winmail.dat begins as one; NULL */
} Reply;
GBytes *world_reply(World *world, const OutboxMail *mail, const Reply *reply);
/* A mail of its own. */
GBytes *world_letter(World *world, const char *subject, const Reply *reply);
/* A delivery report about a mail of ours. */
GBytes *world_bounce(World *world, const OutboxMail *mail, const char *status);

/* The one number that a query of the database gives. */
int64_t world_number(World *world, const char *sql);

/* Verifies chain and replay; what differs fails the test. */
void world_audit(World *world);
