/* base/sign.h: Ed25519 signatures (RFC 8032) on the label, by GnuTLS.
 *
 * The private keys are the lines of a Keyring of their own; their public halves are a file that anyone may
 * have: `kid hex64` a line. A signature is `<kid>:<base64url>`, ASCII without blanks.
 */
#pragma once

#include "base/key.h"

/* Under the current key. NULL only when GnuTLS failed. The caller frees. */
char *sign_text(const Keyring *keyring, const char *text, GError **error);
/* The public file of a keyring: every key that is not revoked. */
char *sign_public_keys(const Keyring *keyring);
/* Is it a signature of the text under one of these public keys? */
bool sign_verify(const char *public_keys, const char *text, const char *signature);
