#include "base/token.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <inttypes.h>
#include <string.h>

enum { KID_AT = 1, ID_AT = 2, MAC_AT = 12, MAC_LENGTH = 26, MESSAGE_ID_LENGTH = 20 };

static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";

/* length characters of five bits each, from the most significant bit of bytes. */
static void encode(const uint8_t *bytes, size_t length, char *out)
{
        unsigned bits = 0, have = 0;
        for (size_t i = 0; i < length; i++) {
                if (have < 5) {
                        bits = (bits << 8) | *bytes++;
                        have += 8;
                }
                out[i] = alphabet[bits >> (have - 5) & 31];
                have -= 5;
        }
        out[length] = '\0';
}

void token_new_id(char id_out[TOKEN_ID_LENGTH + 1])
{
        uint8_t bytes[7];
        if (gnutls_rnd(GNUTLS_RND_NONCE, bytes, sizeof bytes) != 0)
                g_error("no random numbers are to be had");
        encode(bytes, TOKEN_ID_LENGTH, id_out);
}

/* Fields are joined by a character that none can hold. */
static bool claim_mac(const Keyring *keyring, char kid, const TokenClaim *claim, char mac_out[MAC_LENGTH + 1])
{
        g_autofree char *bound = g_strdup_printf("%c\n%s\n%s\n%s\n%" PRId64 "\n%s\n%" PRId64, claim->kind,
                                                 claim->id, claim->reference, claim->step, claim->person,
                                                 claim->actions, claim->expires_at);
        uint8_t mac[32];
        if (!keyring_mac(keyring, kid, bound, strlen(bound), mac))
                return false;
        encode(mac, MAC_LENGTH, mac_out);
        return true;
}

void token_write(const Keyring *keyring, const TokenClaim *claim, char token_out[TOKEN_LENGTH + 1])
{
        token_out[0] = (char)claim->kind;
        token_out[KID_AT] = keyring_current(keyring);
        memcpy(token_out + ID_AT, claim->id, TOKEN_ID_LENGTH);
        bool is_made = claim_mac(keyring, token_out[KID_AT], claim, token_out + MAC_AT);
        g_assert(is_made); /* the current key is never revoked */
}

static char fold(char c)
{
        c = g_ascii_tolower(c);
        return c == 'o' ? '0' : c == 'i' || c == 'l' ? '1' : c;
}

bool token_read(const char *text, size_t length, char token_out[TOKEN_LENGTH + 1], TokenKind *kind_out,
                char id_out[TOKEN_ID_LENGTH + 1])
{
        size_t have = 0;
        for (size_t i = 0; i < length; i++) {
                if (text[i] == '-')
                        continue;
                char c = fold(text[i]);
                if (have == TOKEN_LENGTH || c == '\0' || strchr(alphabet, c) == NULL)
                        return false;
                token_out[have++] = c;
        }
        token_out[have] = '\0';
        char kind = token_out[0];
        if (have != TOKEN_LENGTH || (kind != TOKEN_REPLY && kind != TOKEN_LINK && kind != TOKEN_BOUNCE))
                return false;
        *kind_out = (TokenKind)kind;
        memcpy(id_out, token_out + ID_AT, TOKEN_ID_LENGTH);
        id_out[TOKEN_ID_LENGTH] = '\0';
        return true;
}

bool token_verify(const Keyring *keyring, const char *token, const TokenClaim *claim)
{
        char mac[MAC_LENGTH + 1];
        return token[0] == (char)claim->kind && memcmp(token + ID_AT, claim->id, TOKEN_ID_LENGTH) == 0 &&
               claim_mac(keyring, token[KID_AT], claim, mac) &&
               gnutls_memcmp(mac, token + MAC_AT, MAC_LENGTH) == 0;
}

void token_code(const Keyring *keyring, const char *token, char code_out[TOKEN_CODE_LENGTH + 1])
{
        g_autofree char *bound = g_strconcat("code\n", token, NULL);
        uint8_t mac[32] = { 0 };
        keyring_mac(keyring, token[KID_AT], bound, strlen(bound), mac);
        guint32 number = (guint32)mac[0] << 24 | (guint32)mac[1] << 16 | (guint32)mac[2] << 8 | mac[3];
        g_snprintf(code_out, TOKEN_CODE_LENGTH + 1, "%06u", number % 1000000);
}

char *token_message_id(const Keyring *keyring, const char *const *parts)
{
        g_autofree char *joined = g_strjoinv("\n", (char **)parts);
        uint8_t mac[32];
        bool is_made = keyring_mac(keyring, keyring_current(keyring), joined, strlen(joined), mac);
        g_assert(is_made);
        char *out = g_malloc(MESSAGE_ID_LENGTH + 1);
        encode(mac, MESSAGE_ID_LENGTH, out);
        return out;
}
