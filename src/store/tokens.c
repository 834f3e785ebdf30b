#include "store/tokens.h"

#include "store/query.h"

void token_row_free(TokenRow *row)
{
        if (row == NULL)
                return;
        g_free(row->reference);
        g_free(row->step);
        g_free(row->actions);
        g_free(row);
}

static const char sql_add[] =
        "INSERT INTO tokens (kind, id, case_id, reference, step, person, actions, outbox, expires_at, "
        "revoked_at, used_at) VALUES "
        "(:kind, :id, :case_id, :reference, :step, :person, :actions, :outbox, :expires_at, 0, 0)";

bool tokens_add(Store *store, const TokenRow *row, GError **error)
{
        const char kind[2] = { (char)row->kind, '\0' };
        g_autoptr(Query) query = store_query(store, sql_add);
        query_bind_text(query, ":kind", kind);
        query_bind_text(query, ":id", row->id);
        query_bind_int(query, ":case_id", row->case_id);
        query_bind_text(query, ":reference", row->reference);
        query_bind_text(query, ":step", row->step);
        query_bind_int(query, ":person", row->person);
        query_bind_text(query, ":actions", row->actions);
        query_bind_int(query, ":outbox", row->outbox);
        query_bind_int(query, ":expires_at", row->expires_at);
        return query_change(query, 1, error);
}

#define TOKEN_COLUMNS "id, case_id, reference, step, person, actions, outbox, expires_at, revoked_at, used_at"

static TokenRow *read_token(Query *query, TokenKind kind)
{
        TokenRow *row = g_new0(TokenRow, 1);
        row->kind = kind;
        g_strlcpy(row->id, query_text(query, 0), sizeof row->id);
        row->case_id = query_int(query, 1);
        row->reference = query_dup(query, 2);
        row->step = query_dup(query, 3);
        row->person = query_int(query, 4);
        row->actions = query_dup(query, 5);
        row->outbox = query_int(query, 6);
        row->expires_at = query_int(query, 7);
        row->revoked_at = query_int(query, 8);
        row->used_at = query_int(query, 9);
        return row;
}

static const char sql_get[] = "SELECT " TOKEN_COLUMNS " FROM tokens WHERE kind = :kind AND id = :id";

TokenRow *tokens_get(Store *store, TokenKind kind, const char *id, GError **error)
{
        const char word[2] = { (char)kind, '\0' };
        g_autoptr(Query) query = store_query(store, sql_get);
        query_bind_text(query, ":kind", word);
        query_bind_text(query, ":id", id);
        return query_next(query, error) == 1 ? read_token(query, kind) : NULL;
}

static const char sql_of_mail[] =
        "SELECT " TOKEN_COLUMNS " FROM tokens WHERE kind = 'r' AND outbox = :outbox";

TokenRow *tokens_of_mail(Store *store, int64_t outbox, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_of_mail);
        query_bind_int(query, ":outbox", outbox);
        return query_next(query, error) == 1 ? read_token(query, TOKEN_REPLY) : NULL;
}

static const char sql_revoke[] = "UPDATE tokens SET revoked_at = :now WHERE case_id = :case_id AND person = "
                                 ":person AND revoked_at = 0 AND "
                                 "(:step IS NULL OR step = :step)";

bool tokens_revoke(Store *store, int64_t case_id, const char *step, int64_t person, int64_t now,
                   GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_revoke);
        query_bind_int(query, ":case_id", case_id);
        query_bind_text(query, ":step", step);
        query_bind_int(query, ":person", person);
        query_bind_int(query, ":now", now);
        return query_change(query, -1, error);
}
