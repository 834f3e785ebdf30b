/* mail/charset.h: bytes in a declared, wrongly declared or undeclared charset, as UTF-8.
 *
 * The declared charset first; when the bytes are not in it, UTF-8; else windows-1252, or windows-1256 where
 * Arabic is expected or shows. Names and supersets as the WHATWG encoding standard has them, since that is
 * what mail programs send (iso-8859-1 is windows-1252, gb2312 is GB18030). Linear in the size of the input.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Opens every converter once: a process that is about to lose the file system calls it before. */
void charset_load(void);

/* Valid UTF-8 without NUL. declared may be NULL or unknown. is_arabic: the message says its language is
 * Arabic, a hint for bytes that are in no declared charset. The caller frees. */
char *charset_decode(const char *bytes, size_t size_bytes, const char *declared, bool is_arabic);
