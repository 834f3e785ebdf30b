/* robot/label_file.h: a label's PDF that can be verified by itself.
 *
 * Among its keywords stands `facteur-label NUMBER HASH SIGNATURE`: HASH is the SHA-256 of all its bytes with
 * HASH and SIGNATURE blank, SIGNATURE (base/sign.h) is made of "NUMBER HASH". One byte changed, or words of
 * one label in the file of another, and it is no longer genuine. The public half of the keys is enough.
 */
#pragma once

#include "base/sign.h"

/* The keywords to render it with; the caller frees. */
char *label_file_blank(const char *number);
/* The rendered file with hash and signature in their places. NULL only when GnuTLS failed, or it was rendered
 * without those keywords. */
GBytes *label_file_sign(GBytes *blank, const char *number, const Keyring *keyring, GError **error);

typedef enum {
        LABEL_FILE_UNSIGNED, /* none of ours, or its keywords were taken away */
        LABEL_FILE_CHANGED,  /* it says so, and its bytes are not those that were signed */
        LABEL_FILE_FOREIGN,  /* signed with another key */
        LABEL_FILE_GENUINE,
} LabelFileVerdict;

/* number_out: what it says of itself, unless LABEL_FILE_UNSIGNED; the caller frees. Any bytes may come. */
LabelFileVerdict label_file_check(GBytes *file, const char *public_keys, char **number_out);
