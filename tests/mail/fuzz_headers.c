/* Any bytes are the value of a header: encoded words, parameters, addresses, charsets, flowed text. */
#include "mail/charset.h"
#include "mail/flowed.h"
#include "mail/header_text.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_line(const char *text)
{
        g_assert_true(g_utf8_validate(text, -1, NULL));
        for (const char *p = text; *p != '\0'; p++)
                g_assert_true((unsigned char)*p >= 0x20 && *p != 0x7F);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const char *const charsets[] = { "utf-8",  "iso-2022-jp", "gb18030", "utf-7", "utf-16",
                                                "euc-kr", "shift_jis",   "big5",    "hz",    NULL };
        const char *raw = (const char *)data;
        HeaderHint hint = { charsets[size % G_N_ELEMENTS(charsets)], size % 2 == 0 };
        g_autofree char *decoded = header_decode(raw, size, &hint);
        check_line(decoded);
        g_autofree char *parameter = header_parameter(raw, size, "name", &hint);
        if (parameter != NULL)
                check_line(parameter);
        g_autoptr(GPtrArray) addresses = header_addresses(raw, size, &hint);
        for (guint i = 0; i < addresses->len; i++) {
                const HeaderAddress *address = g_ptr_array_index(addresses, i);
                check_line(address->address);
                check_line(address->name);
        }
        g_autofree char *text = charset_decode(raw, size, hint.charset, hint.is_arabic);
        g_assert_true(g_utf8_validate(text, -1, NULL));
        g_autofree char *unfolded = flowed_unfold(text, size % 3 == 0);
        g_assert_true(g_utf8_validate(unfolded, -1, NULL));
        return 0;
}
