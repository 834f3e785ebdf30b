/* Action tokens and the keys behind them. */
#include "base/token.h"

#include <glib/gstdio.h>
#include <string.h>

static const char one_key[] = "1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f current\n";
static const char two_keys[] = "2 ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f current\n"
                               "1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f old\n";
static const char revoked[] = "2 ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f current\n"
                              "1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f revoked\n";

static Keyring *keys(const char *text)
{
        g_autoptr(GError) error = NULL;
        Keyring *keyring = keyring_parse(text, &error);
        g_assert_no_error(error);
        return keyring;
}

static TokenClaim sample_claim(void)
{
        TokenClaim claim = { .kind = TOKEN_REPLY,
                             .reference = "2027-0001",
                             .step = "record_validation",
                             .person = 12,
                             .actions = "answer",
                             .expires_at = 1900000000 };
        token_new_id(claim.id);
        return claim;
}

static void check_round_trip(void)
{
        g_autoptr(Keyring) keyring = keys(one_key);
        TokenClaim claim = sample_claim();
        char token[TOKEN_LENGTH + 1], back[TOKEN_LENGTH + 1], id[TOKEN_ID_LENGTH + 1];
        token_write(keyring, &claim, token);
        g_assert_cmpuint(strlen(token), ==, TOKEN_LENGTH);
        g_autofree char *upper = g_ascii_strup(token, -1); /* servers change the case of local parts */
        TokenKind kind;
        g_assert_true(token_read(upper, TOKEN_LENGTH, back, &kind, id));
        g_assert_cmpstr(back, ==, token);
        g_assert_cmpint(kind, ==, TOKEN_REPLY);
        g_assert_cmpstr(id, ==, claim.id);
        g_assert_true(token_verify(keyring, token, &claim));
        for (size_t i = 0; i < TOKEN_LENGTH; i++) { /* no single character may change */
                char forged[TOKEN_LENGTH + 1];
                memcpy(forged, token, sizeof forged);
                forged[i] = forged[i] == '2' ? '3' : '2';
                g_assert_false(token_verify(keyring, forged, &claim));
        }
}

/* A row that was edited in the database no longer carries its token. */
static void check_bound_fields(void)
{
        g_autoptr(Keyring) keyring = keys(one_key);
        TokenClaim claim = sample_claim(), other;
        char token[TOKEN_LENGTH + 1];
        token_write(keyring, &claim, token);
        other = claim, other.person = 13;
        g_assert_false(token_verify(keyring, token, &other));
        other = claim, other.reference = "2027-0002";
        g_assert_false(token_verify(keyring, token, &other));
        other = claim, other.step = "midterm_report";
        g_assert_false(token_verify(keyring, token, &other));
        other = claim, other.actions = "answer undo";
        g_assert_false(token_verify(keyring, token, &other));
        other = claim, other.expires_at++;
        g_assert_false(token_verify(keyring, token, &other));
}

static void check_rotation(void)
{
        g_autoptr(Keyring) old = keys(one_key), both = keys(two_keys), without = keys(revoked);
        TokenClaim claim = sample_claim();
        char token[TOKEN_LENGTH + 1];
        token_write(old, &claim, token);
        g_assert_true(token_verify(both, token, &claim));
        g_assert_false(token_verify(without, token, &claim));
        g_assert_cmpint(keyring_current(both), ==, '2');
}

static void check_code(void)
{
        g_autoptr(Keyring) keyring = keys(one_key);
        TokenClaim claim = sample_claim(), other = sample_claim();
        char token[TOKEN_LENGTH + 1], second[TOKEN_LENGTH + 1], code[TOKEN_CODE_LENGTH + 1],
                again[TOKEN_CODE_LENGTH + 1], another[TOKEN_CODE_LENGTH + 1];
        memcpy(claim.id, "0000000001", sizeof claim.id);
        memcpy(other.id, "0000000002", sizeof other.id);
        token_write(keyring, &claim, token);
        token_write(keyring, &other, second);
        token_code(keyring, token, code);
        token_code(keyring, token, again);
        token_code(keyring, second, another);
        g_assert_cmpuint(strspn(code, "0123456789"), ==, TOKEN_CODE_LENGTH);
        g_assert_cmpstr(code, ==, again);
        g_assert_cmpstr(code, !=, another);
}

static void check_shape(void)
{
        char token[TOKEN_LENGTH + 1], id[TOKEN_ID_LENGTH + 1];
        TokenKind kind;
        g_assert_false(token_read("", 0, token, &kind, id));
        g_assert_false(token_read("r1", 2, token, &kind, id));
        g_autofree char *stranger = g_strnfill(TOKEN_LENGTH, 'u'); /* no Crockford character */
        g_assert_false(token_read(stranger, TOKEN_LENGTH, token, &kind, id));
        g_autofree char *longer = g_strnfill(TOKEN_LENGTH + 1, '1');
        g_assert_false(token_read(longer, TOKEN_LENGTH + 1, token, &kind, id));
}

static const struct {
        const char *name, *text;
} bad_keys[] = {
        { "empty", "" },
        { "short", "1 0001 current\n" },
        { "no-current", "1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f old\n" },
        { "no-hex", "1 zz0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f current\n" },
};

static void check_bad_keys(void)
{
        for (size_t i = 0; i < G_N_ELEMENTS(bad_keys); i++) {
                g_autoptr(GError) error = NULL;
                g_autoptr(Keyring) keyring = keyring_parse(bad_keys[i].text, &error);
                if (keyring != NULL)
                        g_error("%s was taken", bad_keys[i].name);
                g_assert_error(error, KEY_ERROR, KEY_ERROR_FORMAT);
        }
}

static void check_file(void)
{
        g_autofree char *folder = g_dir_make_tmp("facteur-key-XXXXXX", NULL);
        g_autofree char *path = g_build_filename(folder, "token.keys", NULL);
        g_autoptr(GError) error = NULL;
        g_assert_true(keyring_create(path, &error));
        g_assert_false(keyring_create(path, &error)); /* never over an existing one */
        g_clear_error(&error);
        g_autoptr(Keyring) keyring = keyring_load(path, &error);
        g_assert_no_error(error);
        g_assert_nonnull(keyring);
        g_assert_cmpint(g_chmod(path, 0644), ==, 0);
        g_autoptr(Keyring) readable = keyring_load(path, &error);
        g_assert_null(readable);
        g_assert_error(error, KEY_ERROR, KEY_ERROR_MODE);
        g_unlink(path);
        g_rmdir(folder);
}

static void check_message_ids(void)
{
        g_autoptr(Keyring) keyring = keys(one_key);
        const char *const parts[] = { "2027-0001", "record", "record_to_validate", "12", "10", NULL };
        const char *const others[] = { "2027-0001", "record", "record_to_validate", "121", "0", NULL };
        g_autofree char *one = token_message_id(keyring, parts), *same = token_message_id(keyring, parts),
                        *other = token_message_id(keyring, others);
        g_assert_cmpstr(one, ==, same);
        g_assert_cmpstr(one, !=, other); /* parts are kept apart */
        g_assert_cmpuint(strlen(one), ==, 20);
}

/* A new key signs, the old one still proves; revoked it proves nothing; the file says the same. */
static void check_new_keys(void)
{
        g_autofree char *folder = g_dir_make_tmp("facteur-keys-XXXXXX", NULL),
                        *path = g_build_filename(folder, "tokens.keys", NULL);
        g_autoptr(GError) error = NULL;
        g_assert_true(keyring_create(path, &error));
        g_autoptr(Keyring) keyring = keyring_load(path, &error);
        g_assert_no_error(error);
        TokenClaim claim = { .kind = TOKEN_LINK,
                             .reference = "2027-0001",
                             .step = "grade",
                             .person = 7,
                             .actions = "answer",
                             .expires_at = 1900000000 };
        token_new_id(claim.id);
        char token[TOKEN_LENGTH + 1], fresh[TOKEN_LENGTH + 1];
        token_write(keyring, &claim, token);
        g_assert_false(keyring_revoke(keyring, '0', &error)); /* the current one */
        g_clear_error(&error);
        g_assert_cmpint(keyring_rotate(keyring, &error), ==, '1');
        token_write(keyring, &claim, fresh);
        g_assert_cmpint(fresh[1], ==, '1');
        g_assert_true(token_verify(keyring, token, &claim) && token_verify(keyring, fresh, &claim));
        g_assert_true(keyring_revoke(keyring, '0', &error));
        g_assert_true(keyring_save(keyring, path, &error));
        g_autoptr(Keyring) again = keyring_load(path, &error);
        g_assert_no_error(error);
        g_assert_false(token_verify(again, token, &claim));
        g_assert_true(token_verify(again, fresh, &claim));
        g_assert_cmpint(keyring_state(again, '0'), ==, KEY_REVOKED);
        keyring_forget(again, '0');
        keyring_forget(again, '1'); /* stays: it is the current one */
        g_assert_cmpint(keyring_state(again, '0'), ==, KEY_ABSENT);
        g_assert_cmpint(keyring_current(again), ==, '1');
        for (int i = 0; i < 31; i++)
                g_assert_cmpint(keyring_rotate(again, NULL), !=, '\0');
        g_assert_cmpint(keyring_rotate(again, &error), ==, '\0'); /* all are taken */
        g_clear_error(&error);
        g_unlink(path);
        g_rmdir(folder);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/token/round-trip", check_round_trip);
        g_test_add_func("/token/bound-fields", check_bound_fields);
        g_test_add_func("/token/rotation", check_rotation);
        g_test_add_func("/token/shape", check_shape);
        g_test_add_func("/token/code", check_code);
        g_test_add_func("/token/message-ids", check_message_ids);
        g_test_add_func("/key/new", check_new_keys);
        g_test_add_func("/key/bad", check_bad_keys);
        g_test_add_func("/key/file", check_file);
        return g_test_run();
}
