/* procedure/texts.c: the same words in several languages. */
#include "procedure/texts.h"

#include <string.h>

struct Texts {
        GPtrArray *languages, *words; /* of char *, side by side */
};

void texts_free(Texts *texts)
{
        if (texts == NULL)
                return;
        g_ptr_array_unref(texts->languages);
        g_ptr_array_unref(texts->words);
        g_free(texts);
}

static Texts *texts_new(void)
{
        Texts *texts = g_new0(Texts, 1);
        texts->languages = g_ptr_array_new_with_free_func(g_free);
        texts->words = g_ptr_array_new_with_free_func(g_free);
        return texts;
}

static void add(Texts *texts, const char *language, const char *words)
{
        g_ptr_array_add(texts->languages, g_strdup(language));
        g_ptr_array_add(texts->words, g_strdup(words));
}

Texts *texts_read(const YamlNode *node, const char *const *languages, Problems *problems)
{
        Texts *texts = texts_new();
        if (node->kind == YAML_SCALAR) { /* a name that is the same everywhere */
                add(texts, languages[0], node->text);
                return texts;
        }
        static const char *const known[] = { "fr", "en", "ar", NULL };
        if (node->kind != YAML_MAP) {
                yaml_problem(node, problems, "write `fr: …` and the other languages below it",
                             "a text is expected here");
                return texts;
        }
        yaml_check_keys(node, known, problems);
        for (int i = 0; languages[i] != NULL; i++) {
                const char *words = yaml_text(node, languages[i], NULL, problems);
                g_autofree char *mend = g_strdup_printf("add `%s: …`", languages[i]);
                if (words == NULL)
                        yaml_problem(node, problems, mend, "the text in `%s` is missing", languages[i]);
                else
                        add(texts, languages[i], words);
        }
        return texts;
}

Texts *texts_copy(const Texts *texts)
{
        Texts *copy = texts_new();
        for (guint i = 0; i < texts->words->len; i++)
                add(copy, g_ptr_array_index(texts->languages, i), g_ptr_array_index(texts->words, i));
        return copy;
}

const char *texts_get(const Texts *texts, const char *language)
{
        if (texts == NULL || texts->words->len == 0)
                return "";
        for (guint i = 0; i < texts->languages->len; i++)
                if (strcmp(g_ptr_array_index(texts->languages, i), language) == 0)
                        return g_ptr_array_index(texts->words, i);
        return g_ptr_array_index(texts->words, 0);
}

const char *texts_any(const Texts *texts, guint index)
{
        return texts != NULL && index < texts->words->len ? g_ptr_array_index(texts->words, index) : NULL;
}
