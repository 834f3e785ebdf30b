/* base/hash.h: SHA-256 (FIPS 180-4) as hexadecimal text, by the processor's own instructions where it has
 * them: each mail that comes or goes is hashed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HASH_LENGTH 64

void hash_sha256(const void *bytes, size_t size_bytes, char hex_out[HASH_LENGTH + 1]);
/* Of a piece of a file, read bit by bit. False: it could not be read to the end. */
bool hash_sha256_file(int fd, int64_t offset, int64_t size_bytes, char hex_out[HASH_LENGTH + 1]);
