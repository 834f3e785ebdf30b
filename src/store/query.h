/* store/query.h: SQL statements, prepared once a store, with named parameters. For this room alone.
 *
 * A Query is borrowed from the store's cache and goes back by its cleanup; statements are the named constants
 * above the functions that run them. The number of rows a change must touch is part of the call.
 */
#pragma once

#include "store/store.h"

#include <sqlite3.h>

typedef struct Query Query;

/* sql must be a constant: its address is the key of the cache. */
Query *store_query(Store *store, const char *sql);
void query_done(Query *query);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Query, query_done)

void query_bind_int(Query *query, const char *name, int64_t value);
void query_bind_text(Query *query, const char *name,
                     const char *text); /* NULL binds NULL; borrowed until the query is done */
void query_bind_blob(Query *query, const char *name, const void *bytes, gsize size);

/* 1: a row; 0: no more; -1: error. */
int query_next(Query *query, GError **error);
int64_t query_int(Query *query, int column);
const char *query_text(Query *query, int column); /* NULL for NULL; borrowed until the next step */
char *query_dup(Query *query, int column);
const void *query_blob(Query *query, int column, gsize *size_out);

/* Runs a change. rows: how many it must touch (-1: any), else STORE_ERROR_CONFLICT. */
bool query_change(Query *query, int rows, GError **error);
/* One number, `fallback` when there is no row. False on error. */
bool query_number(Query *query, int64_t fallback, int64_t *value_out, GError **error);

sqlite3 *store_handle(Store *store);
sqlite3_stmt *store_statement(Store *store, const char *sql); /* prepared once */
bool store_exec(Store *store, const char *sql, GError **error);
void store_error(Store *store, int code, const char *what, GError **error);
