#include "base/key.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/crypto.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char key_kids[] = "0123456789abcdefghjkmnpqrstvwxyz";

static const char *const state_words[] = { "old", "current", "revoked" };

typedef struct {
        KeyState state;
        uint8_t bytes[KEY_SIZE];
} Key;

struct Keyring {
        Key keys[32];
        int current;
};

G_DEFINE_QUARK(facteur - key - error, key_error)

void keyring_free(Keyring *keyring)
{
        if (keyring == NULL)
                return;
        explicit_bzero(keyring, sizeof *keyring);
        g_free(keyring);
}

static void append_line(GString *text, char kid, const Key *key)
{
        g_string_append_printf(text, "%c ", kid);
        for (size_t i = 0; i < sizeof key->bytes; i++)
                g_string_append_printf(text, "%02x", key->bytes[i]);
        g_string_append_printf(text, " %s\n", state_words[key->state]);
}

static bool new_key(Key *key_out, GError **error)
{
        key_out->state = KEY_CURRENT;
        if (gnutls_rnd(GNUTLS_RND_KEY, key_out->bytes, KEY_SIZE) == 0)
                return true;
        g_set_error(error, KEY_ERROR, KEY_ERROR_READ, "no random numbers are to be had");
        return false;
}

/* A file of our own, whole and synced. */
static bool write_new(const char *path, const GString *text, GError **error)
{
        int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        bool is_written = fd >= 0 && write(fd, text->str, text->len) == (ssize_t)text->len && fsync(fd) == 0;
        int saved = errno;
        if (fd >= 0)
                close(fd);
        if (!is_written)
                g_set_error(error, KEY_ERROR, KEY_ERROR_READ, "%s: the key file cannot be made (%s)", path,
                            g_strerror(saved));
        return is_written;
}

static void forget_text(GString *text)
{
        explicit_bzero(text->str, text->len);
        g_string_free(text, TRUE);
}

bool keyring_create(const char *path, GError **error)
{
        Key key;
        if (!new_key(&key, error))
                return false;
        GString *text = g_string_sized_new(2 * KEY_SIZE + 16);
        append_line(text, key_kids[0], &key);
        bool is_written = write_new(path, text, error);
        explicit_bzero(&key, sizeof key);
        forget_text(text);
        return is_written;
}

bool key_read_hex(const char *hex, uint8_t bytes_out[KEY_SIZE])
{
        if (strlen(hex) != 2 * KEY_SIZE)
                return false;
        for (size_t i = 0; i < KEY_SIZE; i++) {
                int high = g_ascii_xdigit_value(hex[2 * i]), low = g_ascii_xdigit_value(hex[2 * i + 1]);
                if (high < 0 || low < 0)
                        return false;
                bytes_out[i] = (uint8_t)(high << 4 | low);
        }
        return true;
}

static bool parse_line(Keyring *keyring, const char *line, int number, GError **error)
{
        g_auto(GStrv) words = g_strsplit(line, " ", -1);
        const char *kid =
                g_strv_length(words) == 3 && strlen(words[0]) == 1 ? strchr(key_kids, words[0][0]) : NULL;
        int state = -1;
        for (int i = 0; kid != NULL && i < KEY_ABSENT; i++)
                if (strcmp(words[2], state_words[i]) == 0)
                        state = i;
        Key key = { .state = (KeyState)state };
        if (kid == NULL || state < 0 || !key_read_hex(words[1], key.bytes)) {
                g_set_error(error, KEY_ERROR, KEY_ERROR_FORMAT,
                            "line %d of the key file is not `kid hex64 current|old|revoked`: restore it from "
                            "the backup "
                            "of the secrets",
                            number);
                return false;
        }
        keyring->keys[kid - key_kids] = key;
        if (key.state == KEY_CURRENT && keyring->current < 0)
                keyring->current = (int)(kid - key_kids);
        explicit_bzero(words[1], strlen(words[1]));
        return true;
}

Keyring *keyring_parse(const char *text, GError **error)
{
        g_autoptr(Keyring) keyring = g_new0(Keyring, 1);
        keyring->current = -1;
        for (size_t i = 0; i < G_N_ELEMENTS(keyring->keys); i++)
                keyring->keys[i].state = KEY_ABSENT;
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
        for (int i = 0; lines[i] != NULL; i++)
                if (lines[i][0] != '\0' && !parse_line(keyring, lines[i], i + 1, error))
                        return NULL;
        if (keyring->current < 0) {
                g_set_error(error, KEY_ERROR, KEY_ERROR_FORMAT, "the key file has no `current` key");
                return NULL;
        }
        return g_steal_pointer(&keyring);
}

Keyring *keyring_load(const char *path, GError **error)
{
        struct stat status;
        if (stat(path, &status) != 0) {
                g_set_error(error, KEY_ERROR, KEY_ERROR_READ,
                            "%s: the key file cannot be read (%s); `facteur init` makes one", path,
                            g_strerror(errno));
                return NULL;
        }
        if ((status.st_mode & 077) != 0) {
                g_set_error(error, KEY_ERROR, KEY_ERROR_MODE,
                            "%s: others can read the key file: chmod 600 it", path);
                return NULL;
        }
        g_autofree char *text = NULL;
        if (!g_file_get_contents(path, &text, NULL, error))
                return NULL;
        Keyring *keyring = keyring_parse(text, error);
        explicit_bzero(text, strlen(text));
        if (keyring == NULL)
                g_prefix_error(error, "%s: ", path);
        return keyring;
}

char keyring_current(const Keyring *keyring)
{
        return key_kids[keyring->current];
}

static const Key *usable_key(const Keyring *keyring, char kid)
{
        const char *place = kid != '\0' ? strchr(key_kids, kid) : NULL;
        const Key *key = place != NULL ? &keyring->keys[place - key_kids] : NULL;
        return key != NULL && key->state != KEY_ABSENT && key->state != KEY_REVOKED ? key : NULL;
}

bool keyring_mac(const Keyring *keyring, char kid, const void *bytes, size_t size_bytes, uint8_t mac_out[32])
{
        const Key *key = usable_key(keyring, kid);
        return key != NULL &&
               gnutls_hmac_fast(GNUTLS_MAC_SHA256, key->bytes, KEY_SIZE, bytes, size_bytes, mac_out) == 0;
}

bool keyring_get(const Keyring *keyring, char kid, uint8_t key_out[KEY_SIZE])
{
        const Key *key = usable_key(keyring, kid);
        if (key != NULL)
                memcpy(key_out, key->bytes, KEY_SIZE);
        return key != NULL;
}

KeyState keyring_state(const Keyring *keyring, char kid)
{
        const char *place = kid != '\0' ? strchr(key_kids, kid) : NULL;
        return place != NULL ? keyring->keys[place - key_kids].state : KEY_ABSENT;
}

const char *key_state_word(KeyState state)
{
        return state != KEY_ABSENT ? state_words[state] : "absent";
}

char keyring_rotate(Keyring *keyring, GError **error)
{
        const int count = G_N_ELEMENTS(keyring->keys);
        int place = (keyring->current + 1) % count; /* a kid that was just let go comes round last */
        while (place != keyring->current && keyring->keys[place].state != KEY_ABSENT)
                place = (place + 1) % count;
        if (place == keyring->current) {
                g_set_error(error, KEY_ERROR, KEY_ERROR_FORMAT,
                            "all %d kids are taken: old keys are let go once their last link has expired",
                            count);
                return '\0';
        }
        if (!new_key(&keyring->keys[place], error))
                return '\0';
        keyring->keys[keyring->current].state = KEY_OLD;
        keyring->current = place;
        return key_kids[place];
}

bool keyring_revoke(Keyring *keyring, char kid, GError **error)
{
        KeyState state = keyring_state(keyring, kid);
        if (state == KEY_OLD || state == KEY_REVOKED) {
                keyring->keys[strchr(key_kids, kid) - key_kids].state = KEY_REVOKED;
                return true;
        }
        g_set_error(error, KEY_ERROR, KEY_ERROR_FORMAT,
                    state == KEY_CURRENT ? "key %c is the current one: rotate first, then revoke it"
                                         : "there is no key %c",
                    kid);
        return false;
}

void keyring_forget(Keyring *keyring, char kid)
{
        KeyState state = keyring_state(keyring, kid);
        if (state != KEY_OLD && state != KEY_REVOKED)
                return;
        Key *key = &keyring->keys[strchr(key_kids, kid) - key_kids];
        explicit_bzero(key->bytes, KEY_SIZE);
        key->state = KEY_ABSENT;
}

bool keyring_save(const Keyring *keyring, const char *path, GError **error)
{
        g_autofree char *fresh = g_strconcat(path, ".new", NULL), *folder = g_path_get_dirname(path);
        GString *text = g_string_sized_new(G_N_ELEMENTS(keyring->keys) * (2 * KEY_SIZE + 16));
        for (size_t i = 0; i < G_N_ELEMENTS(keyring->keys); i++)
                if (keyring->keys[i].state != KEY_ABSENT)
                        append_line(text, key_kids[i], &keyring->keys[i]);
        unlink(fresh); /* what a crash left */
        bool is_written = write_new(fresh, text, error);
        forget_text(text);
        if (!is_written)
                return false;
        int dir = rename(fresh, path) == 0 ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
        bool is_synced = dir >= 0 && fsync(dir) == 0;
        int saved = errno;
        if (dir >= 0)
                close(dir);
        if (!is_synced)
                g_set_error(error, KEY_ERROR, KEY_ERROR_READ, "%s: %s", path, g_strerror(saved));
        return is_synced;
}
