#include "procedure/words.h"

#include "base/text.h"

#include <string.h>

struct EngineWords {
        GHashTable *texts; /* "state.waiting" -> Texts */
        GHashTable *heard; /* "yes" -> set of folded words */
        char **languages;
};

/* What the engine says: a group without one of these would leave a hole in a mail. */
static const char *const needed[] = {
        "state.waiting",          "state.open",          "state.done",        "state.refused",
        "state.overdue",          "state.cancelled",     "status.planned",    "status.running",
        "status.interrupted",     "status.broken_off",   "status.finished",   "status.defended",
        "status.graded",          "status.closed",       "yes_no.yes",        "yes_no.no",
        "five_step.excellent",    "five_step.very_good", "five_step.good",    "five_step.satisfactory",
        "five_step.insufficient", "complaint.date",      "complaint.number",  "complaint.choice",
        "complaint.yes_no",       "complaint.scale",     "complaint.email",   "complaint.text",
        "complaint.group",        "complaint.conflict",  "complaint.address", "line.progress",
        "history.opened",         "history.done",        "history.refused",   "history.reminded",
        "person.address",
};

EngineWords *words_new(void)
{
        EngineWords *words = g_new0(EngineWords, 1);
        words->texts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)texts_free);
        words->heard =
                g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_hash_table_unref);
        return words;
}

void words_free(EngineWords *words)
{
        if (words == NULL)
                return;
        g_hash_table_unref(words->texts);
        g_hash_table_unref(words->heard);
        g_strfreev(words->languages);
        g_free(words);
}

static void read_group(EngineWords *words, const YamlNode *name, const YamlNode *group,
                       const char *const *languages, Problems *problems)
{
        if (group->kind != YAML_MAP) {
                yaml_problem(group, problems, "write names and their texts below it",
                             "`%s` is a group of words", name->text);
                return;
        }
        for (guint i = 0; i < group->keys->len; i++) {
                const YamlNode *key = g_ptr_array_index(group->keys, i);
                Texts *texts = texts_read(g_ptr_array_index(group->items, i), languages, problems);
                g_hash_table_insert(words->texts, g_strconcat(name->text, ".", key->text, NULL), texts);
        }
}

static void read_heard(EngineWords *words, const YamlNode *heard, Problems *problems)
{
        static const char *const keys[] = { "yes", "no", "but", NULL };
        yaml_check_keys(heard, keys, problems);
        for (int i = 0; keys[i] != NULL; i++) {
                const YamlNode *list = yaml_list(heard, keys[i], problems);
                GHashTable *set = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
                for (guint j = 0; j < yaml_list_length(list); j++)
                        g_hash_table_add(set, text_fold(yaml_list_get(list, j)->text));
                if (g_hash_table_size(set) == 0 && strcmp(keys[i], "but") != 0)
                        yaml_problem(heard, problems, "write the words that people use",
                                     "no word is heard as `%s`", keys[i]);
                g_hash_table_insert(words->heard, g_strdup(keys[i]), set);
        }
}

void words_read(EngineWords *words, const YamlNode *section, const char *const *languages, Problems *problems)
{
        g_strfreev(words->languages);
        words->languages = g_strdupv((char **)languages);
        for (guint i = 0; i < section->keys->len; i++) {
                const YamlNode *name = g_ptr_array_index(section->keys, i),
                               *group = g_ptr_array_index(section->items, i);
                if (strcmp(name->text, "heard") == 0)
                        read_heard(words, group, problems);
                else
                        read_group(words, name, group, languages, problems);
        }
}

static bool is_needed(const char *key)
{
        for (size_t i = 0; i < G_N_ELEMENTS(needed); i++)
                if (strcmp(needed[i], key) == 0)
                        return true;
        return false;
}

static void check_group(const YamlNode *name, const YamlNode *group, Problems *problems)
{
        for (guint i = 0; group->kind == YAML_MAP && i < group->keys->len; i++) {
                const YamlNode *key = g_ptr_array_index(group->keys, i);
                g_autofree char *full = g_strconcat(name->text, ".", key->text, NULL);
                if (!is_needed(full))
                        yaml_problem(key, problems, "take it out", "the engine never says `%s`", full);
        }
}

void words_check(const EngineWords *words, const YamlNode *section, Problems *problems)
{
        for (guint i = 0; i < section->keys->len; i++) {
                const YamlNode *name = g_ptr_array_index(section->keys, i);
                if (strcmp(name->text, "heard") != 0)
                        check_group(name, g_ptr_array_index(section->items, i), problems);
        }
        for (size_t i = 0; i < G_N_ELEMENTS(needed); i++)
                if (!g_hash_table_contains(words->texts, needed[i]))
                        yaml_problem(section, problems, "add it", "the words for `%s` are missing",
                                     needed[i]);
}

void words_fill(EngineWords *words, const EngineWords *from)
{
        for (size_t i = 0; i < G_N_ELEMENTS(needed); i++) {
                const Texts *texts = g_hash_table_lookup(from->texts, needed[i]);
                if (texts != NULL && !g_hash_table_contains(words->texts, needed[i]))
                        g_hash_table_insert(words->texts, g_strdup(needed[i]), texts_copy(texts));
        }
}

const char *words_get(const EngineWords *words, const char *key, const char *language)
{
        return words != NULL ? texts_get(g_hash_table_lookup(words->texts, key), language) : "";
}

const char *words_any(const EngineWords *words, const char *key, guint index)
{
        if (words == NULL || words->languages == NULL || index >= g_strv_length(words->languages))
                return NULL;
        return words_get(words, key, words->languages[index]);
}

bool words_hears(const EngineWords *words, const char *key, const char *folded)
{
        GHashTable *set = words != NULL ? g_hash_table_lookup(words->heard, key) : NULL;
        return set != NULL && g_hash_table_contains(set, folded);
}
