/* doors/mutf7.h: names of IMAP mailboxes on the wire: modified UTF-7 (RFC 3501, 5.1.3), by iconv. */
#pragma once

/* The caller frees; NULL when the text is not valid in its form. */
char *mutf7_from_utf8(const char *utf8);
