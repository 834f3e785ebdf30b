/* store/tokens.h: what each action token binds. The key that proves it lies outside the database. */
#pragma once

#include "base/token.h"
#include "store/store.h"

typedef struct {
        TokenKind kind;
        char id[TOKEN_ID_LENGTH + 1];
        char kid; /* of the key that proves it */
        int64_t case_id;
        char *reference, *step, *actions;
        int64_t person; /* that it binds */
        int64_t holder; /* whose it is now: who has taken that file over, else person; not for tokens_add() */
        int64_t outbox; /* the mail it was sent in; 0 */
        int64_t expires_at, revoked_at, used_at; /* 0: not */
} TokenRow;
void token_row_free(TokenRow *row);

bool tokens_add(Store *store, const TokenRow *row, GError **error);
TokenRow *tokens_get(Store *store, TokenKind kind, const char *id,
                     GError **error); /* NULL without error when absent */
/* The reply token that a mail of ours carried; NULL without error when absent. */
TokenRow *tokens_of_mail(Store *store, int64_t outbox, GError **error);
bool tokens_revoke(Store *store, int64_t case_id, const char *step, int64_t person, int64_t now,
                   GError **error); /* step NULL: all */
/* All that a person was given, in every case: their address changed. */
bool tokens_revoke_person(Store *store, int64_t person, int64_t now, GError **error);

/* What opens a person's own space: their file was taken over by another. */
bool tokens_revoke_space(Store *store, int64_t person, int64_t now, GError **error);

/* A key's tokens: how many still live, all dead at once, and who waits in vain for an answer then. */
bool tokens_count_key(Store *store, char kid, int64_t now, int64_t *count_out, GError **error);
bool tokens_revoke_key(Store *store, char kid, int64_t now, GError **error);
typedef struct {
        char *reference, *step, *name, *address;
} TokenReader;
void token_reader_free(TokenReader *reader);
/* Of TokenReader: whose open tasks were asked with a living token of this key, by reference and step. */
GPtrArray *tokens_readers_of_key(Store *store, char kid, int64_t now, GError **error);
