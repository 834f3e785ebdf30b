/* robot/digest.h: what staff should know today: what is held, what is late, whose address fails, what does
 * not leave. */
#pragma once

#include "robot/house.h"

/* Text for people, one line an item. The caller frees; NULL on error. */
char *digest_text(House *house, GError **error);
