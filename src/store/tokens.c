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
        "INSERT INTO tokens (kind, id, kid, case_id, reference, step, person, actions, outbox, expires_at, "
        "revoked_at, used_at) VALUES "
        "(:kind, :id, :kid, :case_id, :reference, :step, :person, :actions, :outbox, :expires_at, 0, 0)";

bool tokens_add(Store *store, const TokenRow *row, GError **error)
{
        const char kind[2] = { (char)row->kind, '\0' }, kid[2] = { row->kid, '\0' };
        g_autoptr(Query) query = store_query(store, sql_add);
        query_bind_text(query, ":kind", kind);
        query_bind_text(query, ":id", row->id);
        query_bind_text(query, ":kid", kid);
        query_bind_int(query, ":case_id", row->case_id);
        query_bind_text(query, ":reference", row->reference);
        query_bind_text(query, ":step", row->step);
        query_bind_int(query, ":person", row->person);
        query_bind_text(query, ":actions", row->actions);
        query_bind_int(query, ":outbox", row->outbox);
        query_bind_int(query, ":expires_at", row->expires_at);
        return query_change(query, 1, error);
}

#define TOKEN_COLUMNS                                                                                        \
        "id, case_id, reference, step, person, actions, outbox, expires_at, revoked_at, used_at, kid, "      \
        "coalesce ((SELECT merged_into FROM people WHERE people.id = tokens.person), person)"

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
        row->kid = query_text(query, 10)[0];
        row->holder = query_int(query, 11);
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

/* A person's, and those of files they took over. */
#define IS_THEIRS "person IN (SELECT id FROM people WHERE id = :person OR merged_into = :person)"

static const char sql_revoke[] = "UPDATE tokens SET revoked_at = :now WHERE case_id = :case_id AND " IS_THEIRS
                                 " AND revoked_at = 0 AND (:step IS NULL OR step = :step)";

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

static const char sql_revoke_person[] =
        "UPDATE tokens SET revoked_at = :now WHERE " IS_THEIRS " AND revoked_at = 0";

bool tokens_revoke_person(Store *store, int64_t person, int64_t now, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_revoke_person);
        query_bind_int(query, ":person", person);
        query_bind_int(query, ":now", now);
        return query_change(query, -1, error);
}

static const char sql_revoke_space[] = "UPDATE tokens SET revoked_at = :now WHERE person = :person AND "
                                       "revoked_at = 0 AND actions = 'space'";

bool tokens_revoke_space(Store *store, int64_t person, int64_t now, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_revoke_space);
        query_bind_int(query, ":person", person);
        query_bind_int(query, ":now", now);
        return query_change(query, -1, error);
}

static Query *query_of_key(Store *store, const char *sql, const char kid[2], int64_t now)
{
        Query *query = store_query(store, sql);
        query_bind_text(query, ":kid", kid);
        query_bind_int(query, ":now", now);
        return query;
}

static const char sql_count_key[] =
        "SELECT count(*) FROM tokens WHERE kid = :kid AND revoked_at = 0 AND expires_at > :now";

bool tokens_count_key(Store *store, char kid, int64_t now, int64_t *count_out, GError **error)
{
        const char word[2] = { kid, '\0' };
        g_autoptr(Query) query = query_of_key(store, sql_count_key, word, now);
        return query_number(query, 0, count_out, error);
}

static const char sql_revoke_key[] =
        "UPDATE tokens SET revoked_at = :now WHERE kid = :kid AND revoked_at = 0";

bool tokens_revoke_key(Store *store, char kid, int64_t now, GError **error)
{
        const char word[2] = { kid, '\0' };
        g_autoptr(Query) query = query_of_key(store, sql_revoke_key, word, now);
        return query_change(query, -1, error);
}

void token_reader_free(TokenReader *reader)
{
        g_free(reader->reference);
        g_free(reader->step);
        g_free(reader->name);
        g_free(reader->address);
        g_free(reader);
}

static void reader_free(gpointer reader)
{
        token_reader_free(reader);
}

static const char sql_readers_of_key[] =
        "SELECT DISTINCT tokens.reference, tokens.step, people.name, people.address FROM tokens "
        "JOIN people AS bound ON bound.id = tokens.person "
        "JOIN people ON people.id = coalesce (bound.merged_into, bound.id) "
        "JOIN tasks ON tasks.case_id = tokens.case_id AND tasks.step = tokens.step AND tasks.person = "
        "people.id "
        "WHERE tokens.kid = :kid AND tokens.revoked_at = 0 AND tokens.expires_at > :now AND tokens.actions "
        "<> '' "
        "AND tasks.state IN ('open', 'overdue') ORDER BY tokens.reference, tokens.step";

GPtrArray *tokens_readers_of_key(Store *store, char kid, int64_t now, GError **error)
{
        const char word[2] = { kid, '\0' };
        g_autoptr(Query) query = query_of_key(store, sql_readers_of_key, word, now);
        g_autoptr(GPtrArray) readers = g_ptr_array_new_with_free_func(reader_free);
        int next;
        while ((next = query_next(query, error)) == 1) {
                TokenReader *reader = g_new0(TokenReader, 1);
                reader->reference = query_dup(query, 0);
                reader->step = query_dup(query, 1);
                reader->name = query_dup(query, 2);
                reader->address = query_dup(query, 3);
                g_ptr_array_add(readers, reader);
        }
        return next < 0 ? NULL : g_steal_pointer(&readers);
}
