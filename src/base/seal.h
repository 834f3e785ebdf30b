/* base/seal.h: bytes sealed with a key that only the web duty holds (AEAD, AES-256-GCM; RFC 5116).
 *
 * The student's evaluation is sealed before it is spooled and opened for the page of its one reader. A sealed
 * text is ASCII: `facteur-seal:<kid>:<base64 of nonce, ciphertext and tag>`; context is what it belongs to
 * ("2027-0142 student_evaluation"): moved to another case it does not open.
 */
#pragma once

#include "base/key.h"

/* NULL only when no random numbers are to be had. The caller frees. */
char *seal_close(const Keyring *keyring, const char *context, const void *bytes, gsize size, GError **error);
/* NULL: not sealed, changed, of another context, or under a key that is gone. */
GBytes *seal_open(const Keyring *keyring, const char *context, const char *sealed, GError **error);
