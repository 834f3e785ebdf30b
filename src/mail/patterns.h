/* mail/patterns.h: how replies are understood, as data: the PCRE2 patterns of rules/reading/ (one file a
 * language or subject).
 *
 * A file is a map from group to a list of patterns:
 *
 *     quote_header:
 *       - match: '^le .{3,120} a ecrit ?:$'
 *         yes: ["Le 3 mars 2027 à 10:12, Jean Dupont <j@x.fr> a écrit :"]
 *         no: ["Le rapport que Jean a écrit :"]
 *
 * Expressions are matched against text_fold()ed text: a capital, an accent or an endless `.*` in one is a
 * problem. `^` and `$` are the ends of the subject that the caller gives (write (?m) for lines). The groups
 * of intent are phrases: they match whole words only, and
 * `^` and `$` are ends of lines there; some groups are lists of single words. Each pattern knows its file and
 * line, so that `explain` can name it, and its examples, which are run when it is loaded: at least one `yes`.
 * Every match has a budget of steps (callouts): no pattern and no mail can make it spin. Patterns whose
 * literals are not in the text are passed over without a match, so a group costs one pass over the text. The
 * groups are a table in patterns.c. One thread at a time. MAIL.md sections 3 and 7, LIBRARIES.md section 6.
 */
#pragma once

#include "base/yaml.h"

typedef struct Patterns Patterns;

/* A group is found once by name and asked many times. */
typedef struct PatternGroup PatternGroup;

typedef struct {
        const char *file; /* borrowed from the Patterns */
        int line;
        const char *key;   /* of a command pattern: the command; NULL */
        size_t start, end; /* bytes of the folded subject */
        size_t argument;   /* where capture 1 begins, end when there is none */
} PatternMatch;

/* roots: parsed files of rules/reading/. Problems (unknown group or key, bad expression with its column, an
 * example that does not match) are collected; NULL when there was one. The trees may be freed afterwards. */
Patterns *patterns_load(const GPtrArray *roots, Problems *problems);
/* All *.yaml of a folder, in name order. */
Patterns *patterns_load_dir(const char *path, Problems *problems);
void patterns_free(Patterns *patterns);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Patterns, patterns_free)

/* Never NULL: a group without a pattern matches nothing. An unknown name is our bug. */
const PatternGroup *patterns_group(const Patterns *patterns, const char *name);
/* The first pattern of the group that matches the folded subject; match_out may be NULL. Of a subject beyond
 * 32 KB the beginning is read. */
bool pattern_match(const PatternGroup *group, const char *folded, size_t length, PatternMatch *match_out);

/* Calls visit for every place where a pattern of the group matches, pattern by pattern. False when not all
 * was seen: the subject or a match was too long. */
typedef void (*PatternVisit)(const PatternMatch *match, void *data);
bool pattern_match_all(const PatternGroup *group, const char *folded, size_t length, PatternVisit visit,
                       void *data);

/* Of a group of words: is it one of them? */
bool pattern_word(const PatternGroup *group, const char *folded, size_t length);

/* Of a group of commands: is the text a misspelling of a word that the patterns list as `near`? */
bool pattern_match_near(const PatternGroup *group, const char *folded, PatternMatch *match_out);
