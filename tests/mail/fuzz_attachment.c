/* Any bytes are a file that somebody hands in: a type, and a name that is safe. The first line is the name.
 */
#include "mail/attachment.h"
#include "mail/zip_directory.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const uint8_t *line_end = size > 0 ? memchr(data, '\n', size) : NULL;
        const size_t length = line_end != NULL ? (size_t)(line_end - data) : 0;
        g_autofree char *written = g_utf8_make_valid((const char *)data, (gssize)length);
        g_autofree char *name = attachment_safe_name(written);
        g_assert_null(strpbrk(name, "/\\:\r\n"));
        g_assert_true(name[0] != '.' && g_utf8_validate(name, -1, NULL));

        const uint8_t *bytes = data + length;
        const size_t count = size - length, head = MIN(count, ATTACHMENT_HEAD_BYTES),
                     tail = MIN(count, ZIP_TAIL_BYTES);
        const char *type = attachment_type_of(bytes, head, bytes + count - tail, tail, count - tail);
        if (type != NULL)
                attachment_is_taken(name, type);
        ZipDirectory zip = zip_directory_read(bytes, count, bytes, count, 0);
        g_assert_true(zip.is_sound || zip.type == NULL || count > 0);
        return 0;
}
