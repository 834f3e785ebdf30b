#include "mail/pattern_index.h"

#include <stdbool.h>
#include <string.h>

enum { HEADS = 1024, FILTER_BITS = 65536 };

typedef struct {
        char *literal;
        guint length, pattern;
        int next; /* entry with the same hash; -1 */
} Entry;

struct PatternIndex {
        GArray *entries;                   /* of Entry */
        int heads[HEADS];                  /* by the first two bytes, or three where there are three */
        bool has_short;                    /* some literal has two bytes only */
        uint64_t filter[FILTER_BITS / 64]; /* by three bytes: does any literal begin like this? */
        GArray *always;                    /* words with the bits that are always set */
        guint count;
};

static guint hash_pair(const char *p)
{
        return ((guint)(unsigned char)p[0] * 37 + (guint)(unsigned char)p[1] * 101) % HEADS;
}

static guint hash_triple(const char *p)
{
        return (hash_pair(p) * 7 + (guint)(unsigned char)p[2] * 211) % HEADS;
}

/* Small letters differ in their last five bits. */
static guint filter_place(guint first, guint second, guint third)
{
        return (first << 10 ^ second << 5 ^ third) % FILTER_BITS;
}

static void filter_add(PatternIndex *index, const char *literal, size_t length)
{
        const unsigned char *p = (const unsigned char *)literal;
        for (guint third = length == 2 ? 0 : p[2]; third <= (length == 2 ? 255 : p[2]); third++) {
                guint place = filter_place(p[0], p[1], third);
                index->filter[place / 64] |= UINT64_C(1) << place % 64;
        }
}

static bool filter_has(const PatternIndex *index, const char *at, size_t left)
{
        const unsigned char *p = (const unsigned char *)at;
        guint place = filter_place(p[0], p[1], left > 2 ? p[2] : 0);
        return (index->filter[place / 64] >> place % 64 & 1) != 0;
}

static void free_entry(gpointer data)
{
        g_free(((Entry *)data)->literal);
}

PatternIndex *pattern_index_new(void)
{
        PatternIndex *index = g_new0(PatternIndex, 1);
        index->entries = g_array_new(FALSE, FALSE, sizeof(Entry));
        g_array_set_clear_func(index->entries, free_entry);
        index->always = g_array_new(FALSE, TRUE, sizeof(uint64_t));
        memset(index->heads, -1, sizeof(index->heads));
        return index;
}

void pattern_index_free(PatternIndex *index)
{
        if (index == NULL)
                return;
        g_array_unref(index->entries);
        g_array_unref(index->always);
        g_free(index);
}

static void set_bit(uint64_t *words, guint number)
{
        words[number / 64] |= UINT64_C(1) << (number % 64);
}

static bool is_usable(const GPtrArray *literals)
{
        for (guint i = 0; literals != NULL && i < literals->len; i++)
                if (strlen(g_ptr_array_index(literals, i)) < 2)
                        return false;
        return literals != NULL;
}

void pattern_index_add(PatternIndex *index, guint pattern, const GPtrArray *literals)
{
        index->count = MAX(index->count, pattern + 1);
        g_array_set_size(index->always, (index->count + 63) / 64);
        if (!is_usable(literals)) {
                set_bit((uint64_t *)index->always->data, pattern);
                return;
        }
        for (guint i = 0; i < literals->len; i++) {
                const char *literal = g_ptr_array_index(literals, i);
                size_t length = strlen(literal);
                guint hash = length == 2 ? hash_pair(literal) : hash_triple(literal);
                index->has_short |= length == 2;
                filter_add(index, literal, length);
                Entry entry = { g_strdup(literal), (guint)length, pattern, index->heads[hash] };
                index->heads[hash] = (int)index->entries->len;
                g_array_append_val(index->entries, entry);
        }
}

size_t pattern_index_words(const PatternIndex *index)
{
        return index->always->len;
}

static void follow(const PatternIndex *index, guint hash, const char *at, size_t left, uint64_t *candidates)
{
        const Entry *entries = (const Entry *)index->entries->data;
        for (int i = index->heads[hash]; i >= 0; i = entries[i].next)
                if (entries[i].length <= left && memcmp(entries[i].literal, at, entries[i].length) == 0)
                        set_bit(candidates, entries[i].pattern);
}

void pattern_index_find(const PatternIndex *index, const char *text, size_t length, uint64_t *candidates)
{
        if (index->always->len == 0)
                return;
        memcpy(candidates, index->always->data, index->always->len * sizeof(uint64_t));
        for (size_t i = 0; i + 1 < length; i++) {
                if (!filter_has(index, text + i, length - i))
                        continue;
                if (index->has_short)
                        follow(index, hash_pair(text + i), text + i, length - i, candidates);
                if (i + 2 < length)
                        follow(index, hash_triple(text + i), text + i, length - i, candidates);
        }
}
