#include "base/yaml.h"

#include "base/text.h"

#include <inttypes.h>
#include <string.h>
#include <yaml.h>

enum { SIZE_MAX_BYTES = 1 << 20, DEPTH_MAX = 16, NEAR_DISTANCE = 3 };

/* What libyaml says, in words that name the mend. */
static const struct {
        const char *said, *what, *mend;
} translations[] = {
        { "found character that cannot start any token",
          "a character that cannot stand here (a tab, %, @ or `)",
          "indent with spaces, and put quotes around a text that begins with a sign" },
        { "mapping values are not allowed in this context", "a second `: ` in the same line",
          "put quotes around a text that contains `: `" },
        { "did not find expected key", "the indentation does not fit the lines above",
          "align this line with the other keys of its group" },
        { "could not find expected ':'", "a key without `:`", "write `key: value`" },
        { "found unexpected end of stream", "the text ends inside a quotation", "close the quotation mark" },
        { "did not find expected ',' or ']'", "a list in brackets is not closed", "close it with `]`" },
        { "did not find expected ',' or '}'", "a map in braces is not closed", "close it with `}`" },
        { "did not find expected '-' indicator", "a line of this list does not begin with `- `",
          "begin each item with `- `, in the same column" },
        { "found unknown escape character", "a backslash in \"…\" that means nothing",
          "use '…' around the text, or write \\\\" },
};

typedef struct {
        yaml_parser_t parser;
        const char *file;
        Problems *problems;
        int depth;
} Reader;

static YamlNode *node_new(Reader *reader, YamlKind kind, const yaml_mark_t *mark)
{
        YamlNode *node = g_new0(YamlNode, 1);
        node->kind = kind;
        node->file = reader->file;
        node->line = (int)mark->line + 1;
        node->column = (int)mark->column + 1;
        if (kind != YAML_SCALAR)
                node->items = g_ptr_array_new_with_free_func((GDestroyNotify)yaml_tree_free);
        if (kind == YAML_MAP)
                node->keys = g_ptr_array_new_with_free_func((GDestroyNotify)yaml_tree_free);
        return node;
}

void yaml_tree_free(YamlNode *root)
{
        if (root == NULL)
                return;
        g_free(root->text);
        g_clear_pointer(&root->items, g_ptr_array_unref);
        g_clear_pointer(&root->keys, g_ptr_array_unref);
        g_free(root);
}

static void add_at(Reader *reader, const yaml_mark_t *mark, const char *mend, const char *what)
{
        problems_add(reader->problems, reader->file, (int)mark->line + 1, (int)mark->column + 1, mend, "%s",
                     what);
}

static void add_parser_error(Reader *reader)
{
        const char *said = reader->parser.problem != NULL ? reader->parser.problem : "it cannot be read";
        const yaml_mark_t *mark = &reader->parser.problem_mark;
        for (size_t i = 0; i < G_N_ELEMENTS(translations); i++)
                if (strcmp(said, translations[i].said) == 0) {
                        add_at(reader, mark, translations[i].mend, translations[i].what);
                        return;
                }
        g_autofree char *what = g_strdup_printf("this is not YAML: %s", said);
        add_at(reader, mark, "compare with the file that `facteur init` wrote", what);
}

static bool next_event(Reader *reader, yaml_event_t *event_out)
{
        if (yaml_parser_parse(&reader->parser, event_out))
                return true;
        add_parser_error(reader);
        return false;
}

static YamlNode *read_node(Reader *reader, yaml_event_t *event);

static YamlNode *read_scalar(Reader *reader, const yaml_event_t *event)
{
        const char *value = (const char *)event->data.scalar.value;
        if (event->data.scalar.anchor != NULL || (event->data.scalar.tag != NULL)) {
                add_at(reader, &event->start_mark, "write the value itself",
                       "tags (!…) and anchors (&…) are not used here");
                return NULL;
        }
        if (memchr(value, '\0', event->data.scalar.length) != NULL) {
                add_at(reader, &event->start_mark, "remove it", "a NUL character");
                return NULL;
        }
        YamlNode *node = node_new(reader, YAML_SCALAR, &event->start_mark);
        node->is_plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
        node->text = g_strdup(value);
        return node;
}

static YamlNode *read_list(Reader *reader, const yaml_event_t *start)
{
        g_autoptr(YamlNode) list = node_new(reader, YAML_LIST, &start->start_mark);
        for (;;) {
                yaml_event_t event;
                if (!next_event(reader, &event))
                        return NULL;
                if (event.type == YAML_SEQUENCE_END_EVENT) {
                        yaml_event_delete(&event);
                        return g_steal_pointer(&list);
                }
                YamlNode *item = read_node(reader, &event);
                yaml_event_delete(&event);
                if (item == NULL)
                        return NULL;
                g_ptr_array_add(list->items, item);
        }
}

static bool check_key(Reader *reader, const YamlNode *map, const YamlNode *key)
{
        if (key->kind != YAML_SCALAR) {
                yaml_problem(key, reader->problems, "write `key: value`", "a key must be a word");
                return false;
        }
        for (guint i = 0; i < map->keys->len; i++) {
                const YamlNode *other = g_ptr_array_index(map->keys, i);
                if (strcmp(other->text, key->text) == 0) {
                        yaml_problem(key, reader->problems, "keep one of the two",
                                     "`%s` stands twice, first in line %d", key->text, other->line);
                        return false;
                }
        }
        return true;
}

static YamlNode *read_map(Reader *reader, const yaml_event_t *start)
{
        g_autoptr(YamlNode) map = node_new(reader, YAML_MAP, &start->start_mark);
        for (;;) {
                yaml_event_t event;
                if (!next_event(reader, &event))
                        return NULL;
                if (event.type == YAML_MAPPING_END_EVENT) {
                        yaml_event_delete(&event);
                        return g_steal_pointer(&map);
                }
                g_autoptr(YamlNode) key = read_node(reader, &event);
                yaml_event_delete(&event);
                if (key == NULL || !next_event(reader, &event))
                        return NULL;
                g_autoptr(YamlNode) value = read_node(reader, &event);
                yaml_event_delete(&event);
                if (value == NULL)
                        return NULL;
                if (check_key(reader, map, key)) { /* the second of two is told and left out */
                        g_ptr_array_add(map->keys, g_steal_pointer(&key));
                        g_ptr_array_add(map->items, g_steal_pointer(&value));
                }
        }
}

static YamlNode *read_node(Reader *reader, yaml_event_t *event)
{
        if (event->type == YAML_SCALAR_EVENT)
                return read_scalar(reader, event);
        if (event->type == YAML_ALIAS_EVENT) {
                add_at(reader, &event->start_mark, "write the value again", "aliases (*…) are not used here");
                return NULL;
        }
        if (++reader->depth > DEPTH_MAX) {
                add_at(reader, &event->start_mark, "nest less", "more than 16 levels");
                return NULL;
        }
        YamlNode *node =
                event->type == YAML_SEQUENCE_START_EVENT ? read_list(reader, event) : read_map(reader, event);
        reader->depth--;
        return node;
}

/* Steps over the stream and document starts; an empty document is an empty map. */
static YamlNode *read_document(Reader *reader)
{
        yaml_event_t event;
        g_autoptr(YamlNode) root = NULL;
        do {
                if (!next_event(reader, &event))
                        return NULL;
                yaml_event_type_t type = event.type;
                if (type == YAML_STREAM_END_EVENT || type == YAML_NO_EVENT) {
                        yaml_mark_t start = { 0 };
                        yaml_event_delete(&event);
                        return root != NULL ? g_steal_pointer(&root) : node_new(reader, YAML_MAP, &start);
                }
                if (type == YAML_DOCUMENT_START_EVENT && root != NULL) {
                        add_at(reader, &event.start_mark, "keep one document, without `---` between",
                               "a second document");
                        yaml_event_delete(&event);
                        return NULL;
                }
                if (type == YAML_SCALAR_EVENT || type == YAML_SEQUENCE_START_EVENT ||
                    type == YAML_MAPPING_START_EVENT || type == YAML_ALIAS_EVENT) {
                        root = read_node(reader, &event);
                        if (root == NULL) {
                                yaml_event_delete(&event);
                                return NULL;
                        }
                }
                yaml_event_delete(&event);
        } while (true);
}

YamlNode *yaml_parse(const char *file, const char *bytes, size_t size_bytes, Problems *problems)
{
        if (size_bytes > SIZE_MAX_BYTES) {
                problems_add(problems, file, 0, 0, "split it", "the file has more than 1 MB");
                return NULL;
        }
        Reader reader = { .file = g_intern_string(file), .problems = problems };
        if (!yaml_parser_initialize(&reader.parser))
                g_error("out of memory");
        yaml_parser_set_input_string(&reader.parser, (const unsigned char *)bytes, size_bytes);
        guint before = problems_count(problems);
        YamlNode *root = read_document(&reader);
        yaml_parser_delete(&reader.parser);
        if (problems_count(problems) > before)
                g_clear_pointer(&root, yaml_tree_free);
        return root;
}

YamlNode *yaml_load(const char *path, Problems *problems)
{
        g_autofree char *bytes = NULL;
        gsize size;
        g_autoptr(GError) error = NULL;
        if (!g_file_get_contents(path, &bytes, &size, &error)) {
                problems_add(problems, path, 0, 0, "check the path and its rights",
                             "the file cannot be read (%s)", error->message);
                return NULL;
        }
        return yaml_parse(path, bytes, size, problems);
}

const YamlNode *yaml_find(const YamlNode *node, const char *key)
{
        if (node == NULL || node->kind != YAML_MAP)
                return NULL;
        for (guint i = 0; i < node->keys->len; i++)
                if (strcmp(((const YamlNode *)g_ptr_array_index(node->keys, i))->text, key) == 0)
                        return g_ptr_array_index(node->items, i);
        return NULL;
}

const char *yaml_nearest(const char *text, const char *const *words)
{
        const char *nearest = NULL;
        int least = NEAR_DISTANCE + 1;
        for (; *words != NULL; words++) {
                int distance = text_distance(text, *words, NEAR_DISTANCE);
                if (distance < least && distance < (int)strlen(*words)) {
                        least = distance;
                        nearest = *words;
                }
        }
        return nearest;
}

void yaml_problem(const YamlNode *node, Problems *problems, const char *mend, const char *format, ...)
{
        va_list arguments;
        va_start(arguments, format);
        g_autofree char *what = g_strdup_vprintf(format, arguments);
        va_end(arguments);
        problems_add(problems, node->file, node->line, node->column, mend, "%s", what);
}

static void add_stranger(const YamlNode *node, const char *const *words, const char *noun, Problems *problems)
{
        const char *nearest = yaml_nearest(node->text, words);
        g_autofree char *all = nearest == NULL ? g_strjoinv(", ", (char **)words) : NULL;
        g_autofree char *mend = nearest != NULL ? g_strdup_printf("did you mean `%s`?", nearest)
                                                : g_strdup_printf("use one of: %s", all);
        yaml_problem(node, problems, mend, "unknown %s `%s`", noun, node->text);
}

bool yaml_check_keys(const YamlNode *map, const char *const *allowed, Problems *problems)
{
        bool is_good = true;
        for (guint i = 0; map != NULL && map->kind == YAML_MAP && i < map->keys->len; i++) {
                const YamlNode *key = g_ptr_array_index(map->keys, i);
                if (!g_strv_contains(allowed, key->text)) {
                        add_stranger(key, allowed, "key", problems);
                        is_good = false;
                }
        }
        return is_good;
}

static const char *scalar_text(const YamlNode *node, const char *key, Problems *problems)
{
        if (node->kind == YAML_SCALAR)
                return node->text;
        yaml_problem(node, problems, "write one value after the colon", "`%s` must be one value, not a group",
                     key);
        return NULL;
}

const char *yaml_text(const YamlNode *map, const char *key, const char *fallback, Problems *problems)
{
        const YamlNode *node = yaml_find(map, key);
        const char *text = node != NULL ? scalar_text(node, key, problems) : NULL;
        return text != NULL ? text : fallback;
}

const char *yaml_text_required(const YamlNode *map, const char *key, Problems *problems)
{
        const char *text = yaml_text(map, key, NULL, problems);
        if (text != NULL && text[0] != '\0')
                return text;
        if (text != NULL || yaml_find(map, key) == NULL) {
                g_autofree char *mend = g_strdup_printf("add `%s: …`", key);
                yaml_problem(map, problems, mend, "`%s` is missing", key);
        }
        return NULL;
}

int64_t yaml_int(const YamlNode *map, const char *key, int64_t fallback, int64_t min, int64_t max,
                 Problems *problems)
{
        const YamlNode *node = yaml_find(map, key);
        const char *text = node != NULL ? scalar_text(node, key, problems) : NULL;
        if (text == NULL)
                return fallback;
        gint64 value;
        if (g_ascii_string_to_signed(text, 10, min, max, &value, NULL))
                return value;
        g_autofree char *mend =
                g_strdup_printf("write a whole number from %" PRId64 " to %" PRId64, min, max);
        yaml_problem(node, problems, mend, "`%s` is no number that fits here", text);
        return fallback;
}

bool yaml_bool(const YamlNode *map, const char *key, bool fallback, Problems *problems)
{
        const YamlNode *node = yaml_find(map, key);
        const char *text = node != NULL ? scalar_text(node, key, problems) : NULL;
        if (text == NULL)
                return fallback;
        static const char *const yes[] = { "yes", "true", "on", NULL }, *const no[] = { "no", "false", "off",
                                                                                        NULL };
        if (g_strv_contains(yes, text))
                return true;
        if (!g_strv_contains(no, text)) {
                yaml_problem(node, problems, "write yes or no", "`%s` is neither yes nor no", text);
                return fallback;
        }
        return false;
}

const YamlNode *yaml_list(const YamlNode *map, const char *key, Problems *problems)
{
        const YamlNode *node = yaml_find(map, key);
        if (node == NULL || node->kind != YAML_MAP)
                return node;
        yaml_problem(node, problems, "begin each item with `- `", "`%s` must be a list", key);
        return NULL;
}

guint yaml_list_length(const YamlNode *list)
{
        if (list == NULL)
                return 0;
        return list->kind == YAML_LIST ? list->items->len : 1;
}

const YamlNode *yaml_list_get(const YamlNode *list, guint index)
{
        return list->kind == YAML_LIST ? g_ptr_array_index(list->items, index) : list;
}

const YamlNode *yaml_map(const YamlNode *map, const char *key, Problems *problems)
{
        const YamlNode *node = yaml_find(map, key);
        if (node == NULL || node->kind == YAML_MAP)
                return node;
        if (node->kind == YAML_SCALAR && node->is_plain && node->text[0] == '\0')
                return NULL; /* all that was below it is a comment */
        yaml_problem(node, problems, "write `key: value` lines below it", "`%s` must be a group of keys",
                     key);
        return NULL;
}

int yaml_word(const YamlNode *map, const char *key, const char *const *words, int fallback,
              Problems *problems)
{
        const YamlNode *node = yaml_find(map, key);
        const char *text = node != NULL ? scalar_text(node, key, problems) : NULL;
        if (text == NULL)
                return fallback;
        for (int i = 0; words[i] != NULL; i++)
                if (strcmp(words[i], text) == 0)
                        return i;
        add_stranger(node, words, "word", problems);
        return fallback;
}
