/* tests/bench/scale.c: what a tick, a look and a digest cost with so many open cases: for tests/bench/scale.
 *
 *     scale CASES      one line a measure: name, milliseconds, rows that SQLite stepped over without an index
 *
 * The cases are rows that were never decided: one of twenty is late, each has mails, messages and journal
 * behind it.
 */
#include "../robot/helper_world.h"

#include "robot/digest.h"
#include "store/backlog.h"
#include "store/people.h"
#include "store/query.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { PER_MANAGER = 1000, DUE = 100 };

static void must(bool is_done, const GError *error)
{
        if (is_done && error == NULL)
                return;
        fprintf(stderr, "scale: %s\n", error != NULL ? error->message : "it failed");
        exit(1);
}

/* From the numbers of the cases, in temp.n. */
static const char *const fillers[] = {
        "INSERT INTO people (id, name, address, address_key, language, timezone, country, is_failing) SELECT "
        "10000 + i, 'Student ' || i, 's' || i || '@etu.example.org', 's' || i || '@etu.example.org', 'fr', "
        "'Europe/Paris', 'fr', 0 FROM n",
        "INSERT OR IGNORE INTO people (id, name, address, address_key, language, timezone, country, "
        "is_failing) "
        "SELECT 1000 + i / 1000, 'Manager ' || i, 'm' || (i / 1000) || '@univ.example.org', 'm' || "
        "(i / 1000) || "
        "'@univ.example.org', 'fr', 'Europe/Paris', 'fr', 0 FROM n",
        "INSERT INTO cases (id, reference, procedure, status, country, timezone, begun_at) SELECT "
        "n.i, printf "
        "('2028-%07d', n.i), procedure, status, country, timezone, begun_at FROM n JOIN cases ON "
        "cases.id = 1",
        "INSERT INTO holders (case_id, place, role, person, since, until, acts_for) SELECT i, "
        "p.place, p.role, CASE "
        "p.place WHEN 0 THEN 10000 + i ELSE 1000 + i / 1000 END, 1, 0, 0 FROM n CROSS JOIN (SELECT 0 "
        "AS place, "
        "'student' AS role UNION ALL SELECT 1, 'internship_manager' UNION ALL SELECT 2, "
        "'academic_tutor') AS p",
        "INSERT INTO tasks (case_id, place, step, state, cycle, person, opened_at, due_at, done_at, "
        "done_by, level, "
        "reminders, reminded_at, escalations, escalated_at, held_message, asked_at, saved_at, "
        "told_at) SELECT i, "
        "p.place, p.step, CASE WHEN p.place = 0 THEN 'done' WHEN i % 20 = 0 THEN 'overdue' ELSE "
        "'open' END, 1, 1000 "
        "+ i / 1000, 1, 1801000000 + i % 5000000, p.place = 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 FROM n "
        "CROSS JOIN (SELECT "
        "0 AS place, 'record' AS step UNION ALL SELECT 1, 'record_validation') AS p",
        "INSERT INTO timers (case_id, place, step, kind, due_at) SELECT i, 0, 'record_validation', 'remind', "
        "1900000000 + i FROM n",
        "INSERT INTO outbox (message_id, envelope_from, recipient, segment, at_byte, length, sha256, "
        "case_id, "
        "reference, step, template, person, is_answer, is_staff, state, next_at, attempts, is_uncertain, "
        "made_at, "
        "sent_at) SELECT p.k || 'm' || i || '@univ.example.org', 'a@univ.example.org', 's' || i || "
        "'@etu.example.org', 'out/x', 0, 1, 'x', i, 'r', 'record', 't', 10000 + i, 0, 0, 'sent', 1, 1, 0, "
        "1700000000 + i, 1700000000 + i FROM n CROSS JOIN (SELECT 'a' AS k UNION ALL SELECT 'b') AS p",
        "INSERT INTO inbox (door, mailbox, uidvalidity, uid, segment, at_byte, length, sha256, size, "
        "received_at, "
        "state, attempts, outcome, case_id, person, message_id, fingerprint, folder, decided_at, moved_at, "
        "reviewed_at) SELECT 'mailbox', 'INBOX', 1, i, 'in/x', 0, 1, 'x', 1, 1700000000 + i, 'decided', 1, "
        "'applied', "
        "i, 10000 + i, 'm' || i, 'f' || i, 'done', 1700000000 + i, 1, 0 FROM n",
        "INSERT INTO journal (at, case_id, kind, step, person, message, payload, payload_sha256, "
        "hash) SELECT "
        "1700000000 + i, i, p.kind, 'record', 10000 + i, 0, '{}', 'x', printf ('%064d', i) FROM n "
        "CROSS JOIN (SELECT "
        "'begun' AS kind UNION ALL SELECT 'opened' UNION ALL SELECT 'done') AS p",
};

static void fill(Store *store, int cases)
{
        g_autoptr(GError) error = NULL;
        g_autofree char *numbers = g_strdup_printf(
                "CREATE TEMP TABLE n (i INTEGER PRIMARY KEY); WITH RECURSIVE m (i) AS (SELECT 2 UNION ALL "
                "SELECT i + 1 FROM m WHERE i < %d) INSERT INTO n SELECT i FROM m",
                cases);
        must(store_exec(store,
                        "PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; PRAGMA cache_size = -200000",
                        &error),
             error);
        must(store_begin(store, &error) && store_exec(store, numbers, &error), error);
        for (size_t i = 0; i < G_N_ELEMENTS(fillers); i++)
                must(store_exec(store, fillers[i], &error), error);
        must(store_exec(store, "UPDATE staff SET told = (SELECT max (id) FROM journal) - 500", &error),
             error);
        must(store_commit(store, &error), error);
        must(store_exec(store,
                        "PRAGMA wal_checkpoint (TRUNCATE); PRAGMA synchronous = FULL; PRAGMA foreign_keys = "
                        "ON; PRAGMA "
                        "cache_size = -4000",
                        &error),
             error);
}

/* Measuring. */

typedef struct {
        World *world;
        House *house;
        Staff registry, manager;
} Bench;

static int64_t scanned(Store *store)
{
        int64_t steps = 0;
        for (sqlite3_stmt *statement = NULL;
             (statement = sqlite3_next_stmt(store_handle(store), statement)) != NULL;)
                steps += sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_FULLSCAN_STEP, 1);
        return steps;
}

static void measure_cold(const char *name, int rounds, void (*work)(Bench *), Bench *bench)
{
        scanned(bench->house->store);
        const int64_t began = g_get_monotonic_time();
        for (int i = 0; i < rounds; i++)
                work(bench);
        const double ms = (double)(g_get_monotonic_time() - began) / 1000.0 / rounds;
        printf("%s\t%.4f\t%" PRId64 "\n", name, ms, scanned(bench->house->store) / rounds);
        fflush(stdout);
}

static void measure(const char *name, int rounds, void (*work)(Bench *), Bench *bench)
{
        work(bench); /* once before, so that what it needs is in memory */
        measure_cold(name, rounds, work, bench);
}

static void tick(Bench *bench)
{
        g_autoptr(GError) error = NULL;
        ClerkTurn turn;
        int64_t due_at;
        must(clerk_turn(world_clerk(bench->world), &turn, &error) &&
                     clerk_next_due(world_clerk(bench->world), &due_at, &error),
             error);
        must(turn.cases + turn.mails + turn.messages == 0, error);
}

static void look_for_mail(Bench *bench)
{
        static const OutboxCaps caps = { .person_day = 9, .staff_day = 99, .case_day = 99, .hour = 999 };
        g_autoptr(GError) error = NULL;
        int64_t due_at;
        g_autoptr(GPtrArray) mails =
                outbox_lease(bench->house->store, 50, &caps, house_now(bench->house), &error);
        must(mails != NULL && mails->len == 0 && outbox_next_due(bench->house->store, &due_at, &error),
             error);
}

static void look_at_counts(Bench *bench)
{
        g_autoptr(GError) error = NULL;
        Backlog backlog;
        must(backlog_read(bench->house->store, &backlog, &error), error);
}

static void write_digest(const Bench *bench, const Staff *staff)
{
        g_autoptr(GError) error = NULL;
        Person *reader = people_get(bench->house->store, staff->person, &error);
        must(reader != NULL, error);
        g_autoptr(GBytes) bytes = digest_preview(bench->house, staff, reader, &error);
        must(bytes != NULL && g_bytes_get_size(bytes) < DIGEST_BYTES_MAX, error);
        person_free(reader);
}

static void write_registrys(Bench *bench)
{
        write_digest(bench, &bench->registry);
}

static void write_managers(Bench *bench)
{
        write_digest(bench, &bench->manager);
}

static void wake(Bench *bench)
{
        g_autoptr(GError) error = NULL;
        ClerkTurn turn;
        g_autofree char *sql =
                g_strdup_printf("UPDATE timers SET due_at = 1 WHERE case_id BETWEEN 2 AND %d", DUE + 1);
        must(store_exec(bench->house->store, sql, &error), error);
        must(clerk_turn(world_clerk(bench->world), &turn, &error) && turn.cases == DUE, error);
}

int main(int argc, char **argv)
{
        const int cases = argc == 2 ? atoi(argv[1]) : 0;
        g_autoptr(GError) error = NULL;
        bool is_staff;
        if (cases < PER_MANAGER) {
                fputs("scale CASES (1000 or more)\n", stderr);
                return 64;
        }
        g_autoptr(World) world = world_new_staffed("2026-11-25T09:00:00+01:00");
        Bench bench = { .world = world, .house = world_house(world) };
        world_begin(world, "2026-0001", NULL);
        world_run(world);
        fill(bench.house->store, cases);
        const int64_t registry = people_find_address(bench.house->store, WORLD_REGISTRY, &error);
        must(staff_get(bench.house->store, registry, &bench.registry, &is_staff, &error) && is_staff, error);
        bench.manager = (Staff){ .person = 1000, .scope = SCOPE_OWN, .told = bench.registry.told };
        measure("tick", 200, tick, &bench);
        measure("outbox", 200, look_for_mail, &bench);
        measure("managers_digest", 5, write_managers, &bench);
        measure("status", 2, look_at_counts, &bench);
        measure("registrys_digest", 2, write_registrys, &bench);
        measure_cold("hundred_due", 1, wake, &bench);
        return 0;
}
