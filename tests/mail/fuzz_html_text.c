/* Any bytes are HTML, with a text. */
#include "mail/html_text.h"

#include <glib.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look(const HtmlTag *tag, void *data)
{
        char value[16];
        size_t *last = data;
        g_assert_cmpuint(tag->text_offset, >=, *last);
        *last = tag->text_offset;
        html_attribute(tag, "class", value, sizeof value);
        html_attribute(tag, "style", value, sizeof value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        g_autofree char *html = g_utf8_make_valid((const char *)data, (gssize)size);
        size_t last = 0;
        g_autofree char *text = html_text(html, strlen(html), look, &last);
        g_assert_true(g_utf8_validate(text, -1, NULL));
        return 0;
}
