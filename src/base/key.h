/* base/key.h: keys kept outside the database: of action tokens and Message-IDs, of seals, of signatures.
 *
 * A key file holds one line a key: `kid hex64 state`, mode 0600 or stricter. The first line marked `current`
 * signs; every line not `revoked` verifies. 32 kids (one Crockford character). MAIL.md D7, D12.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KEY_SIZE 32

typedef struct Keyring Keyring;

typedef enum { KEY_ERROR_READ, KEY_ERROR_MODE, KEY_ERROR_FORMAT } KeyError;
#define KEY_ERROR (key_error_quark())
GQuark key_error_quark(void);

/* A new key file with one random key, mode 0600. Fails when the file is there. */
bool keyring_create(const char *path, GError **error);
Keyring *keyring_load(const char *path, GError **error);  /* refuses a file that group or others can read */
Keyring *keyring_parse(const char *text, GError **error); /* the file's text, as passed by descriptor */
void keyring_free(Keyring *keyring);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Keyring, keyring_free)

extern const char key_kids[]; /* every kid: Crockford's alphabet, 32 of them */

char keyring_current(const Keyring *keyring); /* its kid */
/* HMAC-SHA256 under a kid; false when the kid is unknown or revoked. */
bool keyring_mac(const Keyring *keyring, char kid, const void *bytes, size_t size_bytes, uint8_t mac_out[32]);
/* The key itself, for base/seal.c and base/sign.c; false when the kid is unknown or revoked. */
bool keyring_get(const Keyring *keyring, char kid, uint8_t key_out[KEY_SIZE]);

typedef enum { KEY_OLD, KEY_CURRENT, KEY_REVOKED, KEY_ABSENT } KeyState;
KeyState keyring_state(const Keyring *keyring, char kid);
const char *key_state_word(KeyState state);
/* A new random key becomes the current one, the one before is old; its kid, or '\0' with an error when all
 * are taken. Nothing is on disk before keyring_save(). */
char keyring_rotate(Keyring *keyring, GError **error);
bool keyring_revoke(Keyring *keyring, char kid, GError **error); /* not the current one */
void keyring_forget(Keyring *keyring, char kid);                 /* its kid is free again */
/* In place of the file, synced: a crash leaves the old one or the new one. */
bool keyring_save(const Keyring *keyring, const char *path, GError **error);
bool key_read_hex(const char *hex, uint8_t bytes_out[KEY_SIZE]); /* exactly 64 digits */
