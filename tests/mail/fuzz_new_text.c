/* Any bytes are a reply; what stands before a NUL in them is the mail of ours that it answers. */
#include "mail/new_text.h"
#include "mail/own_text.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const Patterns *patterns(void)
{
        static Patterns *loaded;
        if (loaded == NULL) {
                g_mime_init();
                g_autoptr(Problems) problems = problems_new();
                loaded = patterns_load_dir("rules/reading", problems);
                g_assert_nonnull(loaded);
        }
        return loaded;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const uint8_t *border = size > 0 ? memchr(data, '\0', size) : NULL;
        size_t sent_size = border != NULL ? (size_t)(border - data) : 0;
        size_t skip = border != NULL ? sent_size + 1 : 0;
        g_autoptr(GPtrArray) own = g_ptr_array_new_with_free_func((GDestroyNotify)own_mail_free);
        g_autoptr(GPtrArray) why = g_ptr_array_new_with_free_func(g_free);
        const Patterns *rules = patterns();
        if (border != NULL) {
                g_autoptr(GBytes) sent = g_bytes_new(data, sent_size);
                g_ptr_array_add(own, own_mail_read(sent));
        }
        g_autoptr(GBytes) raw = g_bytes_new(data + skip, size - skip);
        g_autoptr(Message) message = message_open(raw);
        g_autoptr(NewText) text = new_text_read(message, rules, own, why);
        g_assert_true(g_utf8_validate(text->text, -1, NULL));
        g_assert_true(g_utf8_validate(text->quoted, -1, NULL));
        for (guint i = 0; i < why->len; i++)
                g_assert_true(g_utf8_validate(why->pdata[i], -1, NULL));
        return 0;
}
