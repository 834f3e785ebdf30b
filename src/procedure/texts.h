/* procedure/texts.h: a text in the languages of the procedure. */
#pragma once

#include "base/yaml.h"

typedef struct Texts Texts;

/* Reads `{fr: …, en: …}`, or one word for all; a missing language is a problem. Always gives Texts. */
Texts *texts_read(const YamlNode *node, const char *const *languages, Problems *problems);
Texts *texts_copy(const Texts *texts);
void texts_free(Texts *texts);
/* Falls back to the first language; "" for NULL. Borrowed. */
const char *texts_get(const Texts *texts, const char *language);
/* The words of each language, one after the other; NULL ends. Borrowed. */
const char *texts_any(const Texts *texts, guint index);
