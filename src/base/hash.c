#include "base/hash.h"

#include <glib.h>
#include <gnutls/crypto.h>
#include <stdint.h>

void hash_sha256(const void *bytes, size_t size_bytes, char hex_out[HASH_LENGTH + 1])
{
        static const char digits[] = "0123456789abcdef";
        uint8_t sum[HASH_LENGTH / 2];
        if (gnutls_hash_fast(GNUTLS_DIG_SHA256, bytes, size_bytes, sum) != 0)
                g_error("SHA-256 is not to be had");
        for (size_t i = 0; i < sizeof sum; i++) {
                hex_out[2 * i] = digits[sum[i] >> 4];
                hex_out[2 * i + 1] = digits[sum[i] & 15];
        }
        hex_out[HASH_LENGTH] = '\0';
}
