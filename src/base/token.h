/* base/token.h: action tokens: `kind(1) kid(1) id(10) mac(26)`, 38 characters of lower-case Crockford base32.
 *
 * id is 50 random bits, the row key; mac is 130 bits of HMAC-SHA256 over the fields the row binds, so a row
 * that was edited no longer verifies. Nothing personal is readable. MAIL.md D7-D12. Reading folds case, o→0,
 * i l→1 and drops dashes, since servers and people change them.
 */
#pragma once

#include "base/key.h"

#define TOKEN_LENGTH    38
#define TOKEN_ID_LENGTH 10

typedef enum {
        TOKEN_REPLY = 'r',  /* in the reply address */
        TOKEN_LINK = 'k',   /* in an action link */
        TOKEN_BOUNCE = 'b', /* in the envelope sender */
} TokenKind;

/* What a token binds; the database row holds the same. Strings are borrowed. */
typedef struct {
        TokenKind kind;
        char id[TOKEN_ID_LENGTH + 1];
        const char *reference; /* of the case; "" for none */
        const char *step;      /* key; "" for none */
        int64_t person;        /* the actor it was given to */
        const char *actions;   /* space separated, "" for routing only */
        int64_t expires_at;
} TokenClaim;

void token_new_id(char id_out[TOKEN_ID_LENGTH + 1]); /* random */
/* Writes the token of a claim under the current key. */
void token_write(const Keyring *keyring, const TokenClaim *claim, char token_out[TOKEN_LENGTH + 1]);
/* Folds a candidate of any case into canonical form; false when it has not the shape. Gives kind and id. */
bool token_read(const char *text, size_t length, char token_out[TOKEN_LENGTH + 1], TokenKind *kind_out,
                char id_out[TOKEN_ID_LENGTH + 1]);
/* Does the token carry the mac of this claim? Constant time. */
bool token_verify(const Keyring *keyring, const char *token, const TokenClaim *claim);

/* The short code printed in the mail beside a link, for heavy acts on its page: six digits that follow from
 * the token and the key, so that the link alone does not give them. */
#define TOKEN_CODE_LENGTH 6
void token_code(const Keyring *keyring, const char *token, char code_out[TOKEN_CODE_LENGTH + 1]);

/* The left part of our Message-IDs, deterministic: the same mail has the same id whenever it is made (MAIL.md
 * D30). Gives 20 Crockford characters of HMAC over the joined parts; parts is NULL-terminated. */
char *token_message_id(const Keyring *keyring, const char *const *parts);
