/* store/tokens.h: what each action token binds. The key that proves it lies outside the database. */
#pragma once

#include "base/token.h"
#include "store/store.h"

typedef struct {
        TokenKind kind;
        char id[TOKEN_ID_LENGTH + 1];
        int64_t case_id;
        char *reference, *step, *actions;
        int64_t person;
        int64_t outbox;                          /* the mail it was sent in; 0 */
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
