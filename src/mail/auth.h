/* mail/auth.h: did the trusted border vouch for the From address? RFC 8601, MAIL.md D19.
 *
 * Only Authentication-Results above the border's own Received line and under a configured authserv-id count.
 * `m365` is the mode for a border that writes no authserv-id.
 */
#pragma once

#include "mail/reading.h"

AuthVerdict auth_read(const Message *message, const char *const *trusted_authserv, GPtrArray *why);
