#include "base/seal.h"

#include <gnutls/crypto.h>
#include <string.h>

enum { NONCE_SIZE = 12, TAG_SIZE = 16, SEALED_MAX = 1 << 20 };

static const char prefix[] = "facteur-seal:";

static gnutls_aead_cipher_hd_t cipher_of(const Keyring *keyring, char kid)
{
        uint8_t bytes[KEY_SIZE];
        if (!keyring_get(keyring, kid, bytes))
                return NULL;
        gnutls_datum_t key = { bytes, sizeof bytes };
        gnutls_aead_cipher_hd_t cipher = NULL;
        if (gnutls_aead_cipher_init(&cipher, GNUTLS_CIPHER_AES_256_GCM, &key) != 0)
                cipher = NULL;
        explicit_bzero(bytes, sizeof bytes);
        return cipher;
}

char *seal_close(const Keyring *keyring, const char *context, const void *bytes, gsize size, GError **error)
{
        char kid = keyring_current(keyring);
        gnutls_aead_cipher_hd_t cipher = cipher_of(keyring, kid);
        gsize sealed_size = size + TAG_SIZE;
        g_autofree uint8_t *sealed = g_malloc(NONCE_SIZE + sealed_size);
        bool is_sealed =
                cipher != NULL && gnutls_rnd(GNUTLS_RND_NONCE, sealed, NONCE_SIZE) == 0 &&
                gnutls_aead_cipher_encrypt(cipher, sealed, NONCE_SIZE, context, strlen(context), TAG_SIZE,
                                           bytes, size, sealed + NONCE_SIZE, &sealed_size) == 0;
        if (cipher != NULL)
                gnutls_aead_cipher_deinit(cipher);
        if (!is_sealed) {
                g_set_error(error, KEY_ERROR, KEY_ERROR_READ,
                            "the text could not be sealed: nothing was kept");
                return NULL;
        }
        g_autofree char *base64 = g_base64_encode(sealed, NONCE_SIZE + sealed_size);
        return g_strdup_printf("%s%c:%s", prefix, kid, base64);
}

static GBytes *decrypt(const Keyring *keyring, char kid, const char *context, const guchar *sealed,
                       gsize size)
{
        gnutls_aead_cipher_hd_t cipher = size >= NONCE_SIZE + TAG_SIZE ? cipher_of(keyring, kid) : NULL;
        if (cipher == NULL)
                return NULL;
        gsize plain_size = size - NONCE_SIZE - TAG_SIZE;
        g_autofree guchar *plain = g_malloc(plain_size + 1);
        int code = gnutls_aead_cipher_decrypt(cipher, sealed, NONCE_SIZE, context, strlen(context), TAG_SIZE,
                                              sealed + NONCE_SIZE, size - NONCE_SIZE, plain, &plain_size);
        gnutls_aead_cipher_deinit(cipher);
        return code == 0 ? g_bytes_new_take(g_steal_pointer(&plain), plain_size) : NULL;
}

GBytes *seal_open(const Keyring *keyring, const char *context, const char *sealed, GError **error)
{
        GBytes *plain = NULL;
        size_t length = strlen(prefix);
        if (g_str_has_prefix(sealed, prefix) && strlen(sealed) < SEALED_MAX && sealed[length] != '\0' &&
            sealed[length + 1] == ':') {
                gsize size;
                g_autofree guchar *bytes = g_base64_decode(sealed + length + 2, &size);
                plain = decrypt(keyring, sealed[length], context, bytes, size);
        }
        if (plain == NULL)
                g_set_error(error, KEY_ERROR, KEY_ERROR_FORMAT,
                            "what was sealed for `%s` does not open: it was changed, or its key is gone",
                            context);
        return plain;
}
