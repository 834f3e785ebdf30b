#include "doors/mutf7.h"

#include <glib.h>

char *mutf7_from_utf8(const char *utf8)
{
        return g_convert(utf8, -1, "UTF-7-IMAP", "UTF-8", NULL, NULL, NULL);
}
