/* Any bytes are a mailbox in one file: each message is a slice of it, in order. */
#include "mail/mbox.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        g_autoptr(GBytes) bytes = g_bytes_new_static(data, size);
        g_autoptr(GPtrArray) messages = mbox_split(bytes);
        const char *from = (const char *)data;
        for (guint i = 0; i < messages->len; i++) {
                gsize length;
                const char *slice = g_bytes_get_data(g_ptr_array_index(messages, i), &length);
                g_assert_true(slice >= from && slice + length <= (const char *)data + size);
                from = slice + length;
        }
        return 0;
}
