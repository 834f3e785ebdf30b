/* Any bytes as a template, as a value in it, and as markup: no crash, valid UTF-8, values never become HTML.
 */
#include "base/text.h"
#include "mail/markup.h"
#include "mail/template.h"

#include <stdint.h>
#include <string.h>

enum { INPUT_MAX = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const Template *itself(const char *name G_GNUC_UNUSED, void *data)
{
        return data;
}

static void render_all(const Template *tmpl, const json_t *view)
{
        static const MarkupStyle styles[] = { { "fr", false }, { "ar", true } };
        for (int output = TEMPLATE_TEXT; output <= TEMPLATE_MARKUP; output++) {
                g_autofree char *error = NULL;
                g_autofree char *out = template_render(tmpl, view, (TemplateOutput)output, false, itself,
                                                       (void *)tmpl, &error);
                g_assert_true(out != NULL || error != NULL);
                if (out == NULL || output != TEMPLATE_MARKUP)
                        continue;
                for (size_t i = 0; i < G_N_ELEMENTS(styles); i++) {
                        g_autofree char *text = markup_text(out, &styles[i]),
                                        *html = markup_html(out, &styles[i]),
                                        *lead = markup_lead(out, &styles[i]);
                        g_assert_true(g_utf8_validate(text, -1, NULL) && g_utf8_validate(html, -1, NULL));
                        g_assert_true(g_utf8_validate(lead, -1, NULL));
                        g_assert_null(strstr(html, "<script"));
                }
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        if (size > INPUT_MAX)
                return 0;
        g_autofree char *source = text_make_valid((const char *)data, size);
        g_autoptr(Problems) problems = problems_new();
        g_autoptr(Template) any = template_parse("any", 1, source, problems);
        g_autoptr(Template) fixed = template_parse(
                "fixed", 1,
                "# {{a}}\n{{#l}}\n- **{{v}}** {{a}}\n{{/l}}\n=> {{a}} {{v}}\n| {{a}}\n> {{a}}\n{{{a}}}",
                problems);
        json_t *view =
                json_pack("{s:s, s:[{s:s}, {s:i}], s:s}", "a", source, "l", "v", source, "v", 3, "v", "w");
        if (any != NULL) {
                render_all(any, view);
                template_check(any, view, itself, any, problems);
        }
        g_assert_nonnull(fixed);
        render_all(fixed, view);
        json_decref(view);
        return 0;
}
