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

static const char sql_find[] =
        "SELECT n, kind, case_id, step, person, message FROM digest_lines WHERE digest "
        "= :digest AND n = :n";

bool digests_find(Store *store, int64_t digest, int n, DigestLine *line_out, bool *is_found_out,
                  GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_find);
        query_bind_int(query, ":digest", digest);
        query_bind_int(query, ":n", n);
        *line_out = (DigestLine){ 0 };
        int next = query_next(query, error);
        *is_found_out = next == 1;
        if (next != 1)
                return next == 0;
        line_out->n = (int)query_int(query, 0);
        for (int i = 0; i < N_LINE_KINDS; i++)
                if (strcmp(kinds[i], query_text(query, 1)) == 0)
                        line_out->kind = (LineKind)i;
        line_out->case_id = query_int(query, 2);
        line_out->step = query_dup(query, 3);
        line_out->person = query_int(query, 4);
        line_out->message = query_int(query, 5);
        return true;
}
