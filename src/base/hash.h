/* base/hash.h: SHA-256 (FIPS 180-4) as hexadecimal text, by the processor's own instructions where it has
 * them: each mail that comes or goes is hashed. */
#pragma once

#include <stddef.h>

#define HASH_LENGTH 64

void hash_sha256(const void *bytes, size_t size_bytes, char hex_out[HASH_LENGTH + 1]);
