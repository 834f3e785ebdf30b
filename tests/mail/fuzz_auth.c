/* Any bytes are the value of Authentication-Results and of the Received line that it stands above. */
#include "mail/auth.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const char *const trusted[] = { "mx.example.org", "m365", "mx.google.com", NULL };
        const uint8_t *cut = memchr(data, 0xFF, size); /* parts the two values */
        size_t first = cut != NULL ? (size_t)(cut - data) : size;
        g_autoptr(GString) mail = g_string_new("Authentication-Results: mx.example.org; ");
        g_string_append_len(mail, (const char *)data, (gssize)first);
        g_string_append(mail, "\nReceived: ");
        if (cut != NULL)
                g_string_append_len(mail, (const char *)cut + 1, (gssize)(size - first - 1));
        g_string_append(mail, "\nAuthentication-Results: mx.example.org; dmarc=fail\n"
                              "From: a@example.org\nSubject: x\n\nx\n");
        g_autoptr(GBytes) raw = g_bytes_new(mail->str, mail->len);
        g_autoptr(Message) message = message_open(raw);
        g_autoptr(GPtrArray) why = g_ptr_array_new_with_free_func(g_free);
        auth_read(message, trusted, why);
        for (guint i = 0; i < why->len; i++)
                g_assert_true(g_utf8_validate(g_ptr_array_index(why, i), -1, NULL));
        return 0;
}
