#include "base/sign.h"

#include <gnutls/abstract.h>
#include <string.h>

enum { SIGNATURE_SIZE = 64 };

/* PKCS #8 of an Ed25519 seed (RFC 8410, 7), up to the seed: GnuTLS finds the public half itself. */
static const uint8_t pkcs8_head[] = { 0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06,
                                      0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20 };

static gnutls_privkey_t private_key(const Keyring *keyring, char kid)
{
        uint8_t der[sizeof pkcs8_head + KEY_SIZE];
        memcpy(der, pkcs8_head, sizeof pkcs8_head);
        if (!keyring_get(keyring, kid, der + sizeof pkcs8_head))
                return NULL;
        gnutls_datum_t datum = { der, sizeof der };
        gnutls_privkey_t key = NULL;
        if (gnutls_privkey_init(&key) != 0)
                return NULL;
        if (gnutls_privkey_import_x509_raw(key, &datum, GNUTLS_X509_FMT_DER, NULL, 0) != 0) {
                gnutls_privkey_deinit(key);
                key = NULL;
        }
        explicit_bzero(der, sizeof der);
        return key;
}

static gnutls_datum_t datum_of(const char *text)
{
        return (gnutls_datum_t){ (unsigned char *)text, (unsigned)strlen(text) };
}

/* RFC 4648, 5, without padding. */
static char *base64url(const uint8_t *bytes, gsize size)
{
        char *text = g_base64_encode(bytes, size);
        g_strdelimit(text, "+", '-');
        g_strdelimit(text, "/", '_');
        text[strcspn(text, "=")] = '\0';
        return text;
}

static guchar *base64url_decode(const char *text, gsize *size_out)
{
        g_autofree char *padded = g_strdup_printf("%s%.*s", text, (int)((4 - strlen(text) % 4) % 4), "===");
        g_strdelimit(padded, "-", '+');
        g_strdelimit(padded, "_", '/');
        return g_base64_decode(padded, size_out);
}

char *sign_text(const Keyring *keyring, const char *text, GError **error)
{
        char kid = keyring_current(keyring);
        gnutls_privkey_t key = private_key(keyring, kid);
        gnutls_datum_t data = datum_of(text), signature = { 0 };
        int code = key != NULL
                           ? gnutls_privkey_sign_data2(key, GNUTLS_SIGN_EDDSA_ED25519, 0, &data, &signature)
                           : GNUTLS_E_INVALID_REQUEST;
        if (key != NULL)
                gnutls_privkey_deinit(key);
        if (code != 0) {
                g_set_error(error, KEY_ERROR, KEY_ERROR_READ, "the text could not be signed: %s",
                            gnutls_strerror(code));
                return NULL;
        }
        g_autofree char *base64 = base64url(signature.data, signature.size);
        gnutls_free(signature.data);
        return g_strdup_printf("%c:%s", kid, base64);
}

static bool public_half(const Keyring *keyring, char kid, uint8_t public_out[KEY_SIZE])
{
        gnutls_privkey_t key = private_key(keyring, kid);
        if (key == NULL)
                return false;
        gnutls_datum_t x = { 0 }, k = { 0 };
        gnutls_ecc_curve_t curve;
        bool is_read = gnutls_privkey_export_ecc_raw(key, &curve, &x, NULL, &k) == 0 && x.size == KEY_SIZE;
        if (is_read)
                memcpy(public_out, x.data, KEY_SIZE);
        if (k.data != NULL)
                explicit_bzero(k.data, k.size);
        gnutls_free(k.data);
        gnutls_free(x.data);
        gnutls_privkey_deinit(key);
        return is_read;
}

char *sign_public_keys(const Keyring *keyring)
{
        GString *out = g_string_new(NULL);
        for (const char *kid = key_kids; *kid != '\0'; kid++) {
                uint8_t public[KEY_SIZE];
                if (!public_half(keyring, *kid, public))
                        continue;
                g_string_append_printf(out, "%c ", *kid);
                for (size_t i = 0; i < KEY_SIZE; i++)
                        g_string_append_printf(out, "%02x", public[i]);
                g_string_append_c(out, '\n');
        }
        return g_string_free(out, FALSE);
}

static bool verify_with(const uint8_t public[KEY_SIZE], const char *text, const guchar *bytes, gsize size)
{
        gnutls_pubkey_t key;
        gnutls_datum_t x = { (unsigned char *)public, KEY_SIZE }, data = datum_of(text);
        gnutls_datum_t signature = { (unsigned char *)bytes, (unsigned)size };
        if (gnutls_pubkey_init(&key) != 0)
                return false;
        bool is_good = gnutls_pubkey_import_ecc_raw(key, GNUTLS_ECC_CURVE_ED25519, &x, NULL) == 0 &&
                       gnutls_pubkey_verify_data2(key, GNUTLS_SIGN_EDDSA_ED25519, 0, &data, &signature) >= 0;
        gnutls_pubkey_deinit(key);
        return is_good;
}

bool sign_verify(const char *public_keys, const char *text, const char *signature)
{
        if (signature[0] == '\0' || signature[1] != ':')
                return false;
        gsize size;
        g_autofree guchar *bytes = base64url_decode(signature + 2, &size);
        if (size != SIGNATURE_SIZE)
                return false;
        g_auto(GStrv) lines = g_strsplit(public_keys, "\n", -1);
        for (char **line = lines; *line != NULL; line++) {
                uint8_t public[KEY_SIZE];
                if ((*line)[0] == signature[0] && (*line)[1] == ' ' && key_read_hex(*line + 2, public))
                        return verify_with(public, text, bytes, size);
        }
        return false;
}
