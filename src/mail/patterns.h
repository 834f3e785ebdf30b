/* mail/patterns.h: how replies are understood, as data: the PCRE2 patterns of rules/reading/ (one file a
 * language or subject).
 *
 * Each pattern knows its file and line, so that `explain` can name it, and its examples, which `facteur
 * check` runs. Every match has a budget of steps (callouts): no pattern and no mail can make it spin. MAIL.md
 * sections 3 and 7.
 */
#pragma once

#include "base/yaml.h"

typedef struct Patterns Patterns;

/* roots: parsed files of rules/reading/. Problems (unknown key, bad expression with its column, an example
 * that does not match) are collected; NULL when there was one. The trees may be freed afterwards. */
Patterns *patterns_load(const GPtrArray *roots, Problems *problems);
/* All *.yaml of a folder, in name order. */
Patterns *patterns_load_dir(const char *path, Problems *problems);
void patterns_free(Patterns *patterns);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Patterns, patterns_free)
