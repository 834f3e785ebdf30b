/* procedure/words.h: the words that the engine itself says and hears (states, yes and no, complaints), from
 * rules/words.yaml, in the languages of the procedure. */
#pragma once

#include "procedure/texts.h"

typedef struct EngineWords EngineWords;

EngineWords *words_new(void);
void words_free(EngineWords *words);
/* Adds the section `words:`: groups of named texts, `heard:` of lists. */
void words_read(EngineWords *words, const YamlNode *section, const char *const *languages,
                Problems *problems);
/* What the engine says and the section lacks, and what it never says, are problems. */
void words_check(const EngineWords *words, const YamlNode *section, Problems *problems);
/* Copies what the engine says and is missing. */
void words_fill(EngineWords *words, const EngineWords *from);
/* "state.waiting"; "" when nothing was read. Borrowed. */
const char *words_get(const EngineWords *words, const char *key, const char *language);
/* The same of every language, one after the other: NULL ends. */
const char *words_any(const EngineWords *words, const char *key, guint index);
/* Is the folded word among those heard for "yes", "no" or "but"? */
bool words_hears(const EngineWords *words, const char *key, const char *folded);
