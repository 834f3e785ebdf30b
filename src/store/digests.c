#include "store/digests.h"

#include "store/query.h"

#include <string.h>

static const char *const kinds[N_LINE_KINDS] = { "task", "held", "address" };

void digest_line_clear(DigestLine *line)
{
        g_clear_pointer(&line->step, g_free);
}

static const char sql_add[] = "INSERT INTO digests (person, made_at) VALUES (:person, :now)";

bool digests_add(Store *store, int64_t person, int64_t now, int64_t *id_out, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_add);
        query_bind_int(query, ":person", person);
        query_bind_int(query, ":now", now);
        if (!query_change(query, 1, error))
                return false;
        *id_out = sqlite3_last_insert_rowid(store_handle(store));
        return true;
}

static const char sql_bind[] = "INSERT INTO digest_lines (digest, n, kind, case_id, step, person, message) "
                               "VALUES (:digest, :n, :kind, "
                               ":case_id, :step, :person, :message) ON CONFLICT (digest, n) DO NOTHING";

bool digests_bind(Store *store, int64_t digest, const DigestLine *line, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_bind);
        query_bind_int(query, ":digest", digest);
        query_bind_int(query, ":n", line->n);
        query_bind_text(query, ":kind", kinds[line->kind]);
        query_bind_int(query, ":case_id", line->case_id);
        query_bind_text(query, ":step", line->step != NULL ? line->step : "");
        query_bind_int(query, ":person", line->person);
        query_bind_int(query, ":message", line->message);
        return query_change(query, -1, error);
}

#define LINE_COLUMNS "n, kind, case_id, step, person, message"

static DigestLine read_line(Query *query)
{
        DigestLine line = { .n = (int)query_int(query, 0),
                            .case_id = query_int(query, 2),
                            .step = query_dup(query, 3),
                            .person = query_int(query, 4),
                            .message = query_int(query, 5) };
        for (int i = 0; i < N_LINE_KINDS; i++)
                if (strcmp(kinds[i], query_text(query, 1)) == 0)
                        line.kind = (LineKind)i;
        return line;
}

static const char sql_find[] = "SELECT " LINE_COLUMNS " FROM digest_lines WHERE digest = :digest AND n = :n";

bool digests_find(Store *store, int64_t digest, int n, DigestLine *line_out, bool *is_found_out,
                  GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_find);
        query_bind_int(query, ":digest", digest);
        query_bind_int(query, ":n", n);
        *line_out = (DigestLine){ 0 };
        int next = query_next(query, error);
        *is_found_out = next == 1;
        if (next == 1)
                *line_out = read_line(query);
        return next >= 0;
}

static const char sql_lines[] = "SELECT " LINE_COLUMNS " FROM digest_lines WHERE digest = :digest ORDER BY n";

GArray *digests_lines(Store *store, int64_t digest, GError **error)
{
        g_autoptr(GArray) lines = g_array_new(FALSE, FALSE, sizeof(DigestLine));
        g_array_set_clear_func(lines, (GDestroyNotify)digest_line_clear);
        g_autoptr(Query) query = store_query(store, sql_lines);
        query_bind_int(query, ":digest", digest);
        int next;
        while ((next = query_next(query, error)) == 1) {
                DigestLine line = read_line(query);
                g_array_append_val(lines, line);
        }
        return next < 0 ? NULL : g_steal_pointer(&lines);
}

static const char sql_continue[] = "INSERT INTO digest_lines (digest, " LINE_COLUMNS
                                   ") SELECT :to, " LINE_COLUMNS " FROM digest_lines WHERE digest = :from";

bool digests_continue(Store *store, int64_t from, int64_t to, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_continue);
        query_bind_int(query, ":from", from);
        query_bind_int(query, ":to", to);
        return query_change(query, -1, error);
}
