/* mail/flowed.h: text/plain with format=flowed, as one line a paragraph (RFC 3676). */
#pragma once

#include <stdbool.h>

/* text has \n line breaks. is_delsp: the blank at a soft break is not text (DelSp=yes). The caller frees. */
char *flowed_unfold(const char *text, bool is_delsp);
