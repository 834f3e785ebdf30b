#include "mail/mbox.h"

#include <gmime/gmime.h>
#include <string.h>

static const char separator[] = "From ";

static void add(GPtrArray *messages, GBytes *bytes, gint64 begin, gint64 end)
{
        if (end > begin)
                g_ptr_array_add(messages, g_bytes_new_from_bytes(bytes, (gsize)begin, (gsize)(end - begin)));
}

GPtrArray *mbox_split(GBytes *bytes)
{
        gsize size;
        const char *data = g_bytes_get_data(bytes, &size);
        GPtrArray *messages = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
        if (size < strlen(separator) || memcmp(data, separator, strlen(separator)) != 0) {
                add(messages, bytes, 0, (gint64)size);
                return messages;
        }
        g_mime_init();
        GMimeStream *stream = g_mime_stream_mem_new_with_buffer(data, size);
        GMimeParser *parser = g_mime_parser_new_with_stream(stream);
        g_mime_parser_set_format(parser, GMIME_FORMAT_MBOX);
        while (!g_mime_parser_eos(parser)) {
                GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
                if (message == NULL)
                        break;
                add(messages, bytes, g_mime_parser_get_headers_begin(parser), g_mime_parser_tell(parser));
                g_object_unref(message);
        }
        g_object_unref(parser);
        g_object_unref(stream);
        return messages;
}
