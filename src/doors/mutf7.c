#include "doors/mutf7.h"

#include <glib.h>

char *mutf7_from_utf8(const char *utf8)
{
        return g_convert(utf8, -1, "UTF-7-IMAP", "UTF-8", NULL, NULL, NULL);
}

char *mutf7_to_utf8(const char *mutf7)
{
        return g_convert(mutf7, -1, "UTF-8", "UTF-7-IMAP", NULL, NULL, NULL);
}
