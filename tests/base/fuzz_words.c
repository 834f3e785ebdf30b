/* Any text is a date, an address or a token that somebody wrote: what is read is what is written again. */
#include "base/address.h"
#include "base/date.h"
#include "base/token.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_day(const char *text)
{
        Day day, again;
        if (!day_read(text, &day))
                return;
        g_autofree char *iso = day_iso(day);
        g_assert_true(day_read(iso, &again) && again == day);
}

static void check_address(const char *text)
{
        g_autofree char *address = address_normalise(text), *key = address_key(text);
        if (address == NULL)
                return;
        g_autofree char *again = address_normalise(address);
        g_assert_cmpstr(again, ==, address);
        g_assert_null(strpbrk(address, " \r\n<>"));
        g_assert_nonnull(key);
}

static void check_token(const char *text)
{
        char token[TOKEN_LENGTH + 1], again[TOKEN_LENGTH + 1], id[TOKEN_ID_LENGTH + 1];
        TokenKind kind;
        if (!token_read(text, strlen(text), token, &kind, id))
                return;
        g_assert_true(token_read(token, strlen(token), again, &kind, id));
        g_assert_cmpstr(again, ==, token);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        g_autofree char *text = g_utf8_make_valid((const char *)data, (gssize)size);
        check_day(text);
        check_address(text);
        check_token(text);
        return 0;
}
