#include "base/hash.h"

#include <errno.h>
#include <glib.h>
#include <gnutls/crypto.h>
#include <unistd.h>

enum { PIECE_BYTES = 64 * 1024 };

static void write_hex(const uint8_t sum[HASH_LENGTH / 2], char hex_out[HASH_LENGTH + 1])
{
        static const char digits[] = "0123456789abcdef";
        for (size_t i = 0; i < HASH_LENGTH / 2; i++) {
                hex_out[2 * i] = digits[sum[i] >> 4];
                hex_out[2 * i + 1] = digits[sum[i] & 15];
        }
        hex_out[HASH_LENGTH] = '\0';
}

void hash_sha256(const void *bytes, size_t size_bytes, char hex_out[HASH_LENGTH + 1])
{
        uint8_t sum[HASH_LENGTH / 2];
        if (gnutls_hash_fast(GNUTLS_DIG_SHA256, bytes, size_bytes, sum) != 0)
                g_error("SHA-256 is not to be had");
        write_hex(sum, hex_out);
}

bool hash_sha256_file(int fd, int64_t offset, int64_t size_bytes, char hex_out[HASH_LENGTH + 1])
{
        gnutls_hash_hd_t hash;
        uint8_t sum[HASH_LENGTH / 2];
        g_autofree char *piece = g_malloc(PIECE_BYTES);
        if (gnutls_hash_init(&hash, GNUTLS_DIG_SHA256) != 0)
                g_error("SHA-256 is not to be had");
        ssize_t count = 1;
        while (size_bytes > 0 && count > 0) {
                count = pread(fd, piece, (size_t)MIN(size_bytes, PIECE_BYTES), offset);
                if (count < 0 && errno == EINTR) {
                        count = 1;
                        continue;
                }
                if (count > 0)
                        gnutls_hash(hash, piece, (size_t)count);
                offset += MAX(count, 0);
                size_bytes -= MAX(count, 0);
        }
        gnutls_hash_deinit(hash, sum);
        write_hex(sum, hex_out);
        return size_bytes == 0;
}
