#include "store/query.h"

struct Query {
        Store *store;
        sqlite3_stmt *statement;
        bool is_broken; /* a bind failed: told when it runs */
};

void query_done(Query *query)
{
        if (query == NULL)
                return;
        sqlite3_reset(query->statement);
        sqlite3_clear_bindings(query->statement);
        g_free(query);
}

Query *store_query(Store *store, const char *sql)
{
        Query *query = g_new0(Query, 1);
        query->store = store;
        query->statement = store_statement(store, sql);
        return query;
}

static int parameter(Query *query, const char *name)
{
        int index = sqlite3_bind_parameter_index(query->statement, name);
        g_assert(index > 0); /* the statement and its caller are ours */
        return index;
}

void query_bind_int(Query *query, const char *name, int64_t value)
{
        query->is_broken |= sqlite3_bind_int64(query->statement, parameter(query, name), value) != SQLITE_OK;
}

void query_bind_text(Query *query, const char *name, const char *text)
{
        query->is_broken |= sqlite3_bind_text(query->statement, parameter(query, name), text, -1,
                                              SQLITE_STATIC) != SQLITE_OK;
}

void query_bind_blob(Query *query, const char *name, const void *bytes, gsize size)
{
        query->is_broken |= sqlite3_bind_blob64(query->statement, parameter(query, name), bytes, size,
                                                SQLITE_STATIC) != SQLITE_OK;
}

int query_next(Query *query, GError **error)
{
        int code = query->is_broken ? SQLITE_TOOBIG : sqlite3_step(query->statement);
        if (code == SQLITE_ROW)
                return 1;
        if (code == SQLITE_DONE)
                return 0;
        store_error(query->store, code, "a query failed", error);
        return -1;
}

int64_t query_int(Query *query, int column)
{
        return sqlite3_column_int64(query->statement, column);
}

const char *query_text(Query *query, int column)
{
        return (const char *)sqlite3_column_text(query->statement, column);
}

char *query_dup(Query *query, int column)
{
        return g_strdup(query_text(query, column));
}

const void *query_blob(Query *query, int column, gsize *size_out)
{
        *size_out = (gsize)sqlite3_column_bytes(query->statement, column);
        return sqlite3_column_blob(query->statement, column);
}

bool query_change(Query *query, int rows, GError **error)
{
        int next = query_next(query, error);
        if (next < 0)
                return false;
        int touched = sqlite3_changes(store_handle(query->store));
        if (rows < 0 || touched == rows)
                return true;
        g_set_error(error, STORE_ERROR, STORE_ERROR_CONFLICT,
                    "a change touched %d rows and must touch %d: someone else was there first", touched,
                    rows);
        return false;
}

bool query_number(Query *query, int64_t fallback, int64_t *value_out, GError **error)
{
        int next = query_next(query, error);
        if (next < 0)
                return false;
        *value_out = next == 1 ? query_int(query, 0) : fallback;
        return true;
}
