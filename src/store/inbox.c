#include "store/inbox.h"

#include "store/query.h"

#include <string.h>

void inbox_row_free(InboxRow *row)
{
        if (row == NULL)
                return;
        g_free(row->door);
        g_free(row->mailbox);
        spool_place_clear(&row->place);
        g_free(row);
}

void inbox_move_free(InboxMove *move)
{
        if (move == NULL)
                return;
        g_free(move->folder);
        g_free(move);
}

static const char sql_add[] =
        "INSERT INTO inbox (door, mailbox, uidvalidity, uid, segment, at_byte, length, "
        "sha256, size, received_at, state, attempts, "
        "decided_at, moved_at, reviewed_at) VALUES (:door, :mailbox, :uidvalidity, :uid, :segment, "
        ":at_byte, :length, :sha256, :size, :received_at, "
        "'new', 0, 0, 0, 0) ON CONFLICT DO NOTHING";

bool inbox_add(Store *store, const InboxRow *row, int64_t *id_out, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_add);
        query_bind_text(query, ":door", row->door);
        query_bind_text(query, ":mailbox", row->mailbox);
        query_bind_int(query, ":uidvalidity", row->uidvalidity);
        query_bind_int(query, ":uid", row->uid);
        query_bind_text(query, ":segment", row->place.segment);
        query_bind_int(query, ":at_byte", row->place.offset);
        query_bind_int(query, ":length", row->place.length);
        query_bind_text(query, ":sha256", row->place.sha256);
        query_bind_int(query, ":size", row->size_bytes);
        query_bind_int(query, ":received_at", row->received_at);
        if (!query_change(query, -1, error))
                return false;
        bool is_added = sqlite3_changes(store_handle(store)) == 1;
        *id_out = is_added ? sqlite3_last_insert_rowid(store_handle(store)) : 0;
        return true;
}

#define ROW_COLUMNS                                                                                          \
        "id, door, mailbox, uidvalidity, uid, segment, at_byte, length, sha256, size, received_at, "         \
        "attempts, "                                                                                         \
        "coalesce (assigned_case, 0), coalesce (assigned_person, 0)"

static InboxRow *read_row(Query *query)
{
        InboxRow *row = g_new0(InboxRow, 1);
        row->id = query_int(query, 0);
        row->door = query_dup(query, 1);
        row->mailbox = query_dup(query, 2);
        row->uidvalidity = query_int(query, 3);
        row->uid = query_int(query, 4);
        row->place.segment = query_dup(query, 5);
        row->place.offset = query_int(query, 6);
        row->place.length = query_int(query, 7);
        g_strlcpy(row->place.sha256, query_text(query, 8), sizeof row->place.sha256);
        row->size_bytes = query_int(query, 9);
        row->received_at = query_int(query, 10);
        row->attempts = (int)query_int(query, 11);
        row->assigned_case = query_int(query, 12);
        row->assigned_person = query_int(query, 13);
        return row;
}

static const char sql_new[] =
        "SELECT " ROW_COLUMNS " FROM inbox WHERE state = 'new' AND id > :after ORDER BY id LIMIT :limit";
static const char sql_has_new[] = "SELECT 1 FROM inbox WHERE state = 'new' AND id > :after LIMIT 1";
static const char sql_try[] =
        "UPDATE inbox SET attempts = attempts + 1 WHERE state = 'new' AND id BETWEEN :first AND :last";

GPtrArray *inbox_take(Store *store, int64_t after, guint limit, int64_t bytes, GError **error)
{
        g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)inbox_row_free);
        g_autoptr(Query) query = store_query(store, sql_new);
        query_bind_int(query, ":after", after);
        query_bind_int(query, ":limit", limit);
        int next = 0;
        bool is_full = false;
        while (!is_full && (next = query_next(query, error)) == 1) {
                InboxRow *row = read_row(query);
                bytes -= row->place.length;
                is_full = row->attempts > 0 || bytes < 0;
                if (is_full && rows->len > 0)
                        inbox_row_free(row);
                else
                        g_ptr_array_add(rows, row);
        }
        if (next < 0)
                return NULL;
        if (rows->len == 0)
                return g_steal_pointer(&rows);
        g_autoptr(Query) attempt = store_query(store, sql_try);
        query_bind_int(attempt, ":first", ((InboxRow *)g_ptr_array_index(rows, 0))->id);
        query_bind_int(attempt, ":last", ((InboxRow *)g_ptr_array_index(rows, rows->len - 1))->id);
        if (!query_change(attempt, (int)rows->len, error))
                return NULL;
        for (guint i = 0; i < rows->len; i++)
                ((InboxRow *)g_ptr_array_index(rows, i))->attempts++;
        return g_steal_pointer(&rows);
}

bool inbox_has_new(Store *store, int64_t after, bool *has_out, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_has_new);
        query_bind_int(query, ":after", after);
        int64_t found = 0;
        bool is_read = query_number(query, 0, &found, error);
        *has_out = found != 0;
        return is_read;
}

static const char sql_give_back[] =
        "UPDATE inbox SET attempts = attempts - 1 WHERE state = 'new' AND attempts > 0 AND id = :id";

bool inbox_give_back(Store *store, int64_t id, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_give_back);
        query_bind_int(query, ":id", id);
        return query_change(query, -1, error);
}

static const char sql_get[] = "SELECT " ROW_COLUMNS " FROM inbox WHERE id = :id";

InboxRow *inbox_get(Store *store, int64_t id, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_get);
        query_bind_int(query, ":id", id);
        return query_next(query, error) == 1 ? read_row(query) : NULL;
}

static const char sql_close[] =
        "UPDATE inbox SET state = 'decided', outcome = :outcome, rule = :rule, kind "
        "= :kind, case_id = nullif (:case_id, 0), step = :step, "
        "person = nullif (:person, 0), level = :level, message_id = :message_id, "
        "fingerprint = :fingerprint, explain = :explain, "
        "folder = :folder, held_key = :held_key, decided_at = :now WHERE id = :id AND state = 'new'";

bool inbox_close(Store *store, int64_t id, const InboxOutcome *outcome, int64_t now, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_close);
        query_bind_int(query, ":id", id);
        query_bind_text(query, ":outcome", outcome_word(outcome->outcome));
        query_bind_text(query, ":rule", outcome->rule);
        query_bind_text(query, ":kind", outcome->kind);
        query_bind_int(query, ":case_id", outcome->case_id);
        query_bind_text(query, ":step", outcome->step);
        query_bind_int(query, ":person", outcome->person);
        query_bind_int(query, ":level", outcome->level);
        query_bind_text(query, ":message_id", outcome->message_id);
        query_bind_text(query, ":fingerprint", outcome->fingerprint);
        query_bind_text(query, ":explain", outcome->explain);
        query_bind_text(query, ":folder", outcome->folder);
        query_bind_text(query, ":held_key", outcome->held_key);
        query_bind_int(query, ":now", now);
        return query_change(query, 1, error);
}

static const char sql_set_aside[] =
        "UPDATE inbox SET state = 'set_aside', outcome = 'held', rule = :reason, folder = 'quarantine', "
        "decided_at = :now WHERE id = :id AND state = 'new'";

bool inbox_set_aside(Store *store, int64_t id, const char *reason, int64_t now, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_set_aside);
        query_bind_int(query, ":id", id);
        query_bind_text(query, ":reason", reason);
        query_bind_int(query, ":now", now);
        return query_change(query, 1, error);
}

static const char sql_same[] = "SELECT id FROM inbox WHERE fingerprint = :fingerprint AND message_id IS "
                               ":message_id AND state = 'decided' "
                               "ORDER BY id LIMIT 1";

int64_t inbox_find_same(Store *store, const char *message_id, const char *fingerprint, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_same);
        query_bind_text(query, ":fingerprint", fingerprint);
        query_bind_text(query, ":message_id", message_id);
        int64_t id = 0;
        return query_number(query, 0, &id, error) ? id : 0;
}

static const char sql_find_message[] =
        "SELECT id FROM inbox WHERE message_id = :message_id ORDER BY id DESC LIMIT 1";

int64_t inbox_find_message(Store *store, const char *message_id, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_find_message);
        query_bind_text(query, ":message_id", message_id);
        int64_t id = 0;
        return query_number(query, 0, &id, error) ? id : 0;
}

static InboxMove *read_move(Query *query)
{
        InboxMove *move = g_new0(InboxMove, 1);
        move->id = query_int(query, 0);
        move->uidvalidity = query_int(query, 1);
        move->uid = query_int(query, 2);
        move->folder = query_dup(query, 3);
        return move;
}

static const char sql_to_move[] =
        "SELECT id, uidvalidity, uid, folder FROM inbox WHERE mailbox = :mailbox AND moved_at = 0 "
        "AND folder IS NOT NULL AND state <> 'new' ORDER BY id LIMIT :limit";

GPtrArray *inbox_to_move(Store *store, const char *mailbox, guint limit, GError **error)
{
        g_autoptr(GPtrArray) moves = g_ptr_array_new_with_free_func((GDestroyNotify)inbox_move_free);
        g_autoptr(Query) query = store_query(store, sql_to_move);
        query_bind_text(query, ":mailbox", mailbox);
        query_bind_int(query, ":limit", limit);
        int next;
        while ((next = query_next(query, error)) == 1)
                g_ptr_array_add(moves, read_move(query));
        return next < 0 ? NULL : g_steal_pointer(&moves);
}

static const char sql_moved[] = "UPDATE inbox SET moved_at = :now WHERE id = :id AND moved_at = 0";

bool inbox_mark_moved(Store *store, const int64_t *ids, gsize count, int64_t now, GError **error)
{
        for (gsize i = 0; i < count; i++) {
                g_autoptr(Query) query = store_query(store, sql_moved);
                query_bind_int(query, ":id", ids[i]);
                query_bind_int(query, ":now", now);
                if (!query_change(query, 1, error))
                        return false;
        }
        return true;
}

static const char sql_moved_to[] =
        "UPDATE OR IGNORE inbox SET mailbox = :mailbox, uidvalidity = :uidvalidity, "
        "uid = :uid WHERE id = :id";

bool inbox_set_place(Store *store, int64_t id, const char *mailbox, int64_t uidvalidity, int64_t uid,
                     GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_moved_to);
        query_bind_int(query, ":id", id);
        query_bind_text(query, ":mailbox", mailbox);
        query_bind_int(query, ":uidvalidity", uidvalidity);
        query_bind_int(query, ":uid", uid);
        return query_change(query, -1, error);
}

static const char sql_in_review[] =
        "SELECT id, uidvalidity, uid, folder FROM inbox WHERE mailbox = :mailbox AND moved_at <> 0 AND "
        "reviewed_at = 0 AND folder IN ('review', 'quarantine') ORDER BY id";

GPtrArray *inbox_in_review(Store *store, const char *mailbox, GError **error)
{
        g_autoptr(GPtrArray) moves = g_ptr_array_new_with_free_func((GDestroyNotify)inbox_move_free);
        g_autoptr(Query) query = store_query(store, sql_in_review);
        query_bind_text(query, ":mailbox", mailbox);
        int next;
        while ((next = query_next(query, error)) == 1)
                g_ptr_array_add(moves, read_move(query));
        return next < 0 ? NULL : g_steal_pointer(&moves);
}

static const char sql_reviewed[] = "UPDATE inbox SET reviewed_at = :now, state = 'decided', outcome = "
                                   "'ignored', rule = 'a person took it "
                                   "out of its folder' WHERE id = :id AND reviewed_at = 0";

bool inbox_mark_reviewed(Store *store, int64_t id, int64_t now, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_reviewed);
        query_bind_int(query, ":id", id);
        query_bind_int(query, ":now", now);
        return query_change(query, 1, error);
}

static const char sql_knows[] =
        "SELECT count (*) FROM inbox WHERE mailbox = :mailbox AND uidvalidity = :uidvalidity AND uid = :uid";

bool inbox_knows(Store *store, const char *mailbox, int64_t uidvalidity, int64_t uid, bool *is_known_out,
                 GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_knows);
        query_bind_text(query, ":mailbox", mailbox);
        query_bind_int(query, ":uidvalidity", uidvalidity);
        query_bind_int(query, ":uid", uid);
        int64_t count = 0;
        if (!query_number(query, 0, &count, error))
                return false;
        *is_known_out = count != 0;
        return true;
}

/* Rare, so without an index: somebody dragged a message to the retry folder. */
static const char sql_find_bytes[] = "SELECT id FROM inbox WHERE sha256 = :sha256 AND length = :length AND "
                                     "length > 0 AND door = 'mailbox' AND state <> 'new' "
                                     "ORDER BY id DESC LIMIT 1";

bool inbox_find_bytes(Store *store, const SpoolPlace *place, int64_t *id_out, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_find_bytes);
        query_bind_text(query, ":sha256", place->sha256);
        query_bind_int(query, ":length", place->length);
        return query_number(query, 0, id_out, error);
}

static const char sql_reopen[] =
        "UPDATE inbox SET state = 'new', attempts = 0, outcome = NULL, fingerprint = NULL, folder = NULL, "
        "moved_at = 0, reviewed_at = 0 WHERE id = :id AND state <> 'new'";

bool inbox_reopen(Store *store, int64_t id, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_reopen);
        query_bind_int(query, ":id", id);
        return query_change(query, 1, error);
}

static const char sql_note[] =
        "UPDATE inbox SET note_segment = :segment, note_at = :at, note_length = :length, "
        "note_sha256 = :sha256 WHERE id = :id";

bool inbox_set_note(Store *store, int64_t id, const SpoolPlace *note, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_note);
        query_bind_int(query, ":id", id);
        query_bind_text(query, ":segment", note->segment);
        query_bind_int(query, ":at", note->offset);
        query_bind_int(query, ":length", note->length);
        query_bind_text(query, ":sha256", note->sha256);
        return query_change(query, 1, error);
}

/* The message, and those that are one line with it. */
#define IS_HELD                                                                                              \
        "(id = :id OR id IN (SELECT o.id FROM inbox AS o WHERE o.reviewed_at = 0 AND o.held_key IS NOT "     \
        "NULL AND o.held_key = (SELECT held_key FROM inbox WHERE id = :id))) AND reviewed_at = 0 AND "       \
        "(outcome = 'held' OR state = 'set_aside')"

static bool was_changed(Store *store, Query *query, bool *is_changed_out, GError **error)
{
        if (!query_change(query, -1, error))
                return false;
        *is_changed_out = sqlite3_changes(store_handle(store)) > 0;
        return true;
}

static const char sql_writer[] = "SELECT coalesce (person, 0) FROM inbox WHERE id = :id";

bool inbox_writer(Store *store, int64_t id, int64_t *person_out, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_writer);
        query_bind_int(query, ":id", id);
        return query_number(query, 0, person_out, error);
}

static const char sql_assign[] =
        "UPDATE inbox SET state = 'new', attempts = 0, outcome = NULL, fingerprint = NULL, folder = NULL, "
        "moved_at = 0, assigned_case = nullif (:case_id, 0), assigned_person = nullif (:person, 0) WHERE "
        "length > 0 AND " IS_HELD;

bool inbox_assign(Store *store, int64_t id, int64_t case_id, int64_t person, bool *is_held_out,
                  GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_assign);
        query_bind_int(query, ":id", id);
        query_bind_int(query, ":case_id", case_id);
        query_bind_int(query, ":person", person);
        return was_changed(store, query, is_held_out, error);
}

static const char sql_dismiss[] =
        "UPDATE inbox SET reviewed_at = :now, rule = 'staff: nothing follows from it', "
        "state = 'decided', outcome = 'ignored' WHERE " IS_HELD;

bool inbox_dismiss(Store *store, int64_t id, int64_t now, bool *is_held_out, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_dismiss);
        query_bind_int(query, ":id", id);
        query_bind_int(query, ":now", now);
        return was_changed(store, query, is_held_out, error);
}

static const char sql_settle_reports[] =
        "UPDATE inbox SET reviewed_at = :now, rule = 'the address was mended', outcome = 'ignored' WHERE "
        "person = :person AND reviewed_at = 0 AND outcome = 'held' AND kind = 'bounce'";

bool inbox_settle_reports(Store *store, int64_t person, int64_t now, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_settle_reports);
        query_bind_int(query, ":person", person);
        query_bind_int(query, ":now", now);
        return query_change(query, -1, error);
}

static const char sql_position[] = "SELECT uidvalidity, last_uid FROM mailboxes WHERE name = :name";

bool mailbox_position(Store *store, const char *mailbox, int64_t *uidvalidity_out, int64_t *last_uid_out,
                      GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_position);
        query_bind_text(query, ":name", mailbox);
        int next = query_next(query, error);
        *uidvalidity_out = next == 1 ? query_int(query, 0) : 0;
        *last_uid_out = next == 1 ? query_int(query, 1) : 0;
        return next >= 0;
}

static const char sql_set_position[] = "INSERT INTO mailboxes (name, uidvalidity, last_uid) VALUES (:name, "
                                       ":uidvalidity, :last_uid) ON CONFLICT (name) DO UPDATE SET "
                                       "uidvalidity = :uidvalidity, last_uid = :last_uid";

bool mailbox_set_position(Store *store, const char *mailbox, int64_t uidvalidity, int64_t last_uid,
                          GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_set_position);
        query_bind_text(query, ":name", mailbox);
        query_bind_int(query, ":uidvalidity", uidvalidity);
        query_bind_int(query, ":last_uid", last_uid);
        return query_change(query, 1, error);
}

static const char sql_seen[] = "UPDATE mailboxes SET seen_at = :now WHERE name = :name";

bool mailbox_mark_seen(Store *store, const char *mailbox, int64_t now, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_seen);
        query_bind_text(query, ":name", mailbox);
        query_bind_int(query, ":now", now);
        return query_change(query, -1, error);
}

static const char sql_count_set_aside[] = "SELECT count (*) FROM inbox WHERE reviewed_at = 0 AND (outcome = "
                                          "'held' OR state = 'set_aside') AND state = 'set_aside'";
/* Each as its index says it. */
static const char *const sql_counts[] = {
        [INBOX_NEW] = "SELECT count (*) FROM inbox WHERE state = 'new'",
        [INBOX_DECIDED] = "SELECT count (*) FROM inbox WHERE state = 'decided'",
        [INBOX_SET_ASIDE] = sql_count_set_aside,
};

bool inbox_count(Store *store, InboxState state, int64_t *count_out, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_counts[state]);
        return query_number(query, 0, count_out, error);
}

void inbox_verdict_free(InboxVerdict *verdict)
{
        if (verdict == NULL)
                return;
        g_free(verdict->state);
        g_free(verdict->outcome);
        g_free(verdict->rule);
        g_free(verdict->kind);
        g_free(verdict->reference);
        g_free(verdict->step);
        g_free(verdict->person);
        g_free(verdict->explain);
        g_free(verdict);
}

static const char sql_verdict[] =
        "SELECT i.received_at, i.decided_at, i.state, i.outcome, i.rule, i.kind, c.reference, i.step, "
        "p.name, "
        "coalesce (i.level, 0), i.explain FROM inbox AS i LEFT JOIN cases AS c ON c.id = i.case_id "
        "LEFT JOIN people AS p ON p.id = i.person WHERE i.id = :id";

InboxVerdict *inbox_verdict(Store *store, int64_t id, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_verdict);
        query_bind_int(query, ":id", id);
        if (query_next(query, error) != 1)
                return NULL;
        InboxVerdict *verdict = g_new0(InboxVerdict, 1);
        verdict->id = id;
        verdict->received_at = query_int(query, 0);
        verdict->decided_at = query_int(query, 1);
        verdict->state = query_dup(query, 2);
        verdict->outcome = query_dup(query, 3);
        verdict->rule = query_dup(query, 4);
        verdict->kind = query_dup(query, 5);
        verdict->reference = query_dup(query, 6);
        verdict->step = query_dup(query, 7);
        verdict->person = query_dup(query, 8);
        verdict->level = (int)query_int(query, 9);
        verdict->explain = query_dup(query, 10);
        return verdict;
}

static const char sql_last[] =
        "SELECT id FROM inbox WHERE case_id = :case_id AND person = :person AND explain IS NOT NULL "
        "AND coalesce (rule, '') <> 'why was sent' ORDER BY id DESC LIMIT 1";

InboxVerdict *inbox_last_verdict(Store *store, int64_t case_id, int64_t person, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_last);
        query_bind_int(query, ":case_id", case_id);
        query_bind_int(query, ":person", person);
        int64_t id = 0;
        return query_number(query, 0, &id, error) && id != 0 ? inbox_verdict(store, id, error) : NULL;
}
