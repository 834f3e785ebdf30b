/* mail/mbox.h: the messages of a mailbox in one file, each behind a line that begins with "From " (RFC 4155).
 */
#pragma once

#include <glib.h>

/* Of GBytes: a slice of bytes for each message; one, when it is no mbox; none, when it is empty. */
GPtrArray *mbox_split(GBytes *bytes);
