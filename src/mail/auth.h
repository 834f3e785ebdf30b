/* mail/auth.h: did the trusted border vouch for the From address? RFC 8601, MAIL.md D19.
 *
 * Only Authentication-Results above the border's own Received line and under a configured authserv-id count.
 * The border's line is the topmost one that is not provably handed on by that very host (LMTP, a filter on
 * loopback, or the configured id as verified client name): HELO and campus addresses prove nothing. `m365` is
 * the mode for a border that writes no authserv-id; `mx.google.com` writes its field right below its own
 * line.
 */
#pragma once

#include "mail/reading.h"

/* trusted_authserv: NULL-terminated; NULL: nobody is believed. Facts go to why. AUTH_FAIL: the border says
 * that From is not what it seems. */
AuthVerdict auth_read(const Message *message, const char *const *trusted_authserv, GPtrArray *why);
