/* base/yaml.h: the strict YAML that people write for facteur, read into a tree with marks.
 *
 * A subset of YAML 1.1 on libyaml's events: no tags, anchors, aliases, several documents, duplicate
 * keys or NUL; at most 1 MB and 16 levels. Every scalar is text; the accessors give it a type, so
 * `no` stays a word until someone asks for a yes or no. All problems of a file are collected.
 */
#pragma once

#include "base/problem.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum { YAML_SCALAR, YAML_LIST, YAML_MAP } YamlKind;

typedef struct YamlNode YamlNode;
struct YamlNode {
        YamlKind kind;
        const char *file; /* borrowed from the tree's root: lives as long as it */
        int line, column; /* from 1 */
        bool is_plain;    /* scalar written without quotes */
        char *text;       /* YAML_SCALAR: valid UTF-8; NULL otherwise */
        GPtrArray *items; /* of YamlNode: a list's items, or a map's values; NULL for a scalar */
        GPtrArray *keys;  /* of YamlNode scalars, beside items; NULL unless a map */
};

/* Parses one document. NULL when the text is not YAML or breaks a rule above (problems says where). An
 * empty document is an empty map. The tree is freed by yaml_tree_free() of its root (libyaml exports a
 * yaml_free of its own).
 */
YamlNode *yaml_parse(const char *file, const char *bytes, size_t size_bytes, Problems *problems);
/* The same from a path; a file that cannot be read is a problem. */
YamlNode *yaml_load(const char *path, Problems *problems);
void yaml_tree_free(YamlNode *root);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(YamlNode, yaml_tree_free)

/* Value of a key, or NULL. node may be NULL or no map: then NULL, without a problem. */
const YamlNode *yaml_find(const YamlNode *node, const char *key);

/* Every key of map must be one of allowed (NULL-terminated); a stranger is a problem with the nearest
 * right spelling. False when there was one. */
bool yaml_check_keys(const YamlNode *map, const char *const *allowed, Problems *problems);

/* Typed values. A missing key gives the default, silently, unless the function is a _required one; a value of
 * the wrong kind or out of bounds is a problem at its mark and gives the default. Texts are borrowed.
 */
const char *yaml_text(const YamlNode *map, const char *key, const char *fallback, Problems *problems);
const char *yaml_text_required(const YamlNode *map, const char *key, Problems *problems);
int64_t yaml_int(const YamlNode *map, const char *key, int64_t fallback, int64_t min, int64_t max,
                 Problems *problems);
bool yaml_bool(const YamlNode *map, const char *key, bool fallback,
               Problems *problems); /* yes no true false */
/* A list node, or NULL; a lone scalar counts as a list of one (use yaml_list_length / yaml_list_get). */
const YamlNode *yaml_list(const YamlNode *map, const char *key, Problems *problems);
guint yaml_list_length(const YamlNode *list);
const YamlNode *yaml_list_get(const YamlNode *list, guint index);
const YamlNode *yaml_map(const YamlNode *map, const char *key, Problems *problems);
/* Index of the value in words (NULL-terminated), or fallback; a stranger is a problem with the nearest word.
 */
int yaml_word(const YamlNode *map, const char *key, const char *const *words, int fallback,
              Problems *problems);

/* A problem at a node's mark. */
void yaml_problem(const YamlNode *node, Problems *problems, const char *mend, const char *format, ...)
        G_GNUC_PRINTF(4, 5);

/* The word of words (NULL-terminated) nearest to text by edit distance, NULL when none is near. */
const char *yaml_nearest(const char *text, const char *const *words);
