#include "store/finds.h"

#include "base/text.h"
#include "store/query.h"

#include <string.h>

enum { TITLE_MAX_BYTES = 200, WORDS_MAX_BYTES = 2000 };
enum { TERMS_MAX = 8, TERM_MAX_BYTES = 60, LOOKED_AT_MAX = 20000 };
enum { KIND_SHIFT = 48 };

static const char *const kind_words[N_FIND_KINDS] = { "person", "organisation", "case", "message" };

const char *find_kind_word(FindKind kind)
{
        return kind_words[kind];
}

void found_free(Found *found)
{
        if (found == NULL)
                return;
        g_free(found->title);
        g_free(found->reference);
        g_free(found);
}

static int64_t row_of(FindKind kind, int64_t id)
{
        return ((int64_t)kind + 1) << KIND_SHIFT | id;
}

/* Cut between characters. */
static char *cut(char *text, size_t most)
{
        if (strlen(text) > most)
                *g_utf8_find_prev_char(text, text + most + 1) = '\0';
        return text;
}

/* The index holds no words of its own: to take a row out of it, the words that it was made of are needed. */

static const char sql_get[] = "SELECT words, title, case_id FROM finds WHERE id = :id";
static const char sql_put[] =
        "INSERT INTO finds (id, case_id, at, title, words) VALUES (:id, :case_id, :at, :title, :words) "
        "ON CONFLICT (id) DO UPDATE SET case_id = :case_id, at = :at, title = :title, words = :words";
static const char sql_drop[] = "DELETE FROM finds WHERE id = :id";
static const char sql_index[] = "INSERT INTO finds_index (rowid, words) VALUES (:id, :words)";
static const char sql_unindex[] =
        "INSERT INTO finds_index (finds_index, rowid, words) VALUES ('delete', :id, :words)";

/* As it is stored. */
typedef struct {
        int64_t id, case_id, at;
        char *title, *words;
} Row;

static void row_clear(Row *row)
{
        g_free(row->title);
        g_free(row->words);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Row, row_clear)

/* words stay NULL when there is none. */
static bool read_row(Store *store, int64_t id, Row *row_out, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_get);
        query_bind_int(query, ":id", id);
        const int next = query_next(query, error);
        *row_out = (Row){ .id = id };
        if (next != 1)
                return next == 0;
        row_out->words = query_dup(query, 0);
        row_out->title = query_dup(query, 1);
        row_out->case_id = query_int(query, 2);
        return true;
}

typedef struct {
        const char *sql;
        int64_t id;
        char *words;
} IndexChange;

static void index_change_free(gpointer data)
{
        IndexChange *change = data;
        g_free(change->words);
        g_free(change);
}

static bool run_index_change(Store *store, void *data, GError **error)
{
        const IndexChange *change = data;
        g_autoptr(Query) query = store_query(store, change->sql);
        query_bind_int(query, ":id", change->id);
        query_bind_text(query, ":words", change->words);
        return query_change(query, -1, error);
}

/* FTS5 writes a tree of its own at each savepoint that follows a change: all changes of a transaction come
 * last. */
static bool change_index(Store *store, const char *sql, const Row *row, GError **error)
{
        const IndexChange change = { sql, row->id, g_strdup(row->words) };
        return store_do_last(store, run_index_change, g_memdup2(&change, sizeof change), index_change_free,
                             error);
}

static bool put_row(Store *store, const Row *row, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_put);
        query_bind_int(query, ":id", row->id);
        query_bind_int(query, ":case_id", row->case_id);
        query_bind_int(query, ":at", row->at);
        query_bind_text(query, ":title", row->title);
        query_bind_text(query, ":words", row->words);
        return query_change(query, 1, error);
}

bool finds_put(Store *store, const FindEntry *entry, GError **error)
{
        g_auto(Row) row = { .id = row_of(entry->kind, entry->id),
                            .case_id = entry->case_id,
                            .at = entry->at,
                            .title = cut(text_single_line(entry->title), TITLE_MAX_BYTES),
                            .words = cut(text_fold(entry->words), WORDS_MAX_BYTES) };
        g_auto(Row) old = { 0 };
        if (!read_row(store, row.id, &old, error))
                return false;
        if (old.words == NULL)
                return put_row(store, &row, error) && change_index(store, sql_index, &row, error);
        const bool has_same_words = strcmp(old.words, row.words) == 0;
        if (has_same_words && strcmp(old.title, row.title) == 0 && old.case_id == row.case_id)
                return true;
        return (has_same_words || change_index(store, sql_unindex, &old, error)) &&
               put_row(store, &row, error) && (has_same_words || change_index(store, sql_index, &row, error));
}

bool finds_drop(Store *store, FindKind kind, int64_t id, GError **error)
{
        g_auto(Row) old = { 0 };
        if (!read_row(store, row_of(kind, id), &old, error))
                return false;
        if (old.words == NULL)
                return true;
        if (!change_index(store, sql_unindex, &old, error))
                return false;
        g_autoptr(Query) query = store_query(store, sql_drop);
        query_bind_int(query, ":id", old.id);
        return query_change(query, 1, error);
}

/* What was typed. */

static const char article[] = "ال";

/* "kamal"*, and where the word is Arabic also with the article, or without it. */
static void add_term(GString *query, const char *word)
{
        const bool has_article = g_str_has_prefix(word, article);
        const bool is_arabic = g_unichar_get_script(g_utf8_get_char(word)) == G_UNICODE_SCRIPT_ARABIC;
        g_string_append_printf(query, "%s(\"%s\" *", query->len > 0 ? " AND " : "", word);
        if (has_article && word[strlen(article)] != '\0')
                g_string_append_printf(query, " OR \"%s\" *", word + strlen(article));
        else if (is_arabic)
                g_string_append_printf(query, " OR \"%s%s\" *", article, word);
        g_string_append_c(query, ')');
}

/* Letters and digits alone: nothing in them speaks to FTS5. */
char *finds_query(const char *typed)
{
        g_autofree char *folded = text_fold(typed);
        g_autoptr(GString) query = g_string_new(NULL);
        int terms = 0;
        for (const char *p = folded; *p != '\0' && terms < TERMS_MAX;) {
                const char *start = p;
                while (*p != '\0' && g_unichar_isalnum(g_utf8_get_char(p)))
                        p = g_utf8_next_char(p);
                if (p > start) {
                        g_autofree char *word = cut(g_strndup(start, (gsize)(p - start)), TERM_MAX_BYTES);
                        add_term(query, word);
                        terms++;
                } else {
                        p = g_utf8_next_char(p);
                }
        }
        return terms > 0 ? g_string_free(g_steal_pointer(&query), FALSE) : NULL;
}

/* What is found. The newest rows that match are looked at, and those in the scope are kept. */

#define MATCHING                                                                                             \
        "WITH hits AS (SELECT rowid AS id FROM finds_index WHERE finds_index MATCH :query AND rowid "        \
        "BETWEEN "                                                                                           \
        ":first AND :last ORDER BY rowid DESC LIMIT :looked_at) "
#define THEIR_CASES                                                                                          \
        "(SELECT h.case_id FROM holders AS h WHERE h.until = 0 AND h.person = f.id - :first AND (:scope = "  \
        "0 OR "                                                                                              \
        "h.case_id IN (SELECT case_id FROM holders WHERE person = :scope AND until = 0)) ORDER BY "          \
        "h.case_id DESC LIMIT 1)"

static const char sql_people[] = MATCHING
        "SELECT f.id - :first, coalesce (" THEIR_CASES ", 0) AS the_case, f.at, f.title, (SELECT "
        "reference FROM cases WHERE id = " THEIR_CASES "), 0 FROM hits AS k JOIN finds AS f ON f.id = "
        "k.id WHERE :scope = 0 OR the_case <> 0 OR f.id - :first = :scope ORDER BY f.id DESC LIMIT :limit";

#define THEIR_INTERNSHIPS                                                                                    \
        "(SELECT o.case_id FROM organisation_cases AS o WHERE o.organisation = f.id - :first AND (:scope = " \
        "0 OR "                                                                                              \
        "o.case_id IN (SELECT case_id FROM holders WHERE person = :scope AND until = 0)) ORDER BY "          \
        "o.case_id DESC LIMIT 1)"

static const char sql_organisations[] = MATCHING
        "SELECT f.id - :first, coalesce (" THEIR_INTERNSHIPS ", 0) AS the_case, f.at, f.title, (SELECT "
        "reference FROM cases WHERE id = " THEIR_INTERNSHIPS "), 0 FROM hits AS k JOIN finds AS f ON f.id "
        "= k.id WHERE :scope = 0 OR the_case <> 0 ORDER BY f.id DESC LIMIT :limit";

static const char sql_cases[] = MATCHING
        "SELECT f.id - :first, f.id - :first, f.at, f.title, c.reference, 0 FROM hits AS k JOIN finds "
        "AS f ON f.id = k.id JOIN cases AS c ON c.id = f.id - :first WHERE :scope = 0 OR EXISTS (SELECT "
        "1 FROM holders WHERE case_id = c.id AND person = :scope AND until = 0) ORDER BY f.id DESC "
        "LIMIT :limit";

static const char sql_messages[] = MATCHING
        "SELECT f.id - :first, f.case_id, f.at, f.title, c.reference, i.reviewed_at = 0 AND i.outcome = "
        "'held' FROM hits AS k JOIN finds AS f ON f.id = k.id JOIN inbox AS i ON i.id = f.id - :first "
        "LEFT JOIN cases AS c ON c.id = f.case_id WHERE :scope = 0 OR EXISTS (SELECT 1 FROM holders "
        "WHERE case_id = f.case_id AND person = :scope AND until = 0) ORDER BY f.id DESC LIMIT :limit";

static const char *const searches[N_FIND_KINDS] = {
        [FIND_PERSON] = sql_people,
        [FIND_ORGANISATION] = sql_organisations,
        [FIND_CASE] = sql_cases,
        [FIND_MESSAGE] = sql_messages,
};

static Found *read_found(Query *query, FindKind kind)
{
        Found *found = g_new0(Found, 1);
        found->kind = kind;
        found->id = query_int(query, 0);
        found->case_id = query_int(query, 1);
        found->at = query_int(query, 2);
        found->title = query_dup(query, 3);
        found->reference = g_strdup(query_text(query, 4) != NULL ? query_text(query, 4) : "");
        found->is_held = query_int(query, 5) != 0;
        return found;
}

GPtrArray *finds_search(Store *store, FindKind kind, const char *query_text, int64_t scope, guint limit,
                        bool *is_cut_out, GError **error)
{
        g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func((GDestroyNotify)found_free);
        g_autoptr(Query) query = store_query(store, searches[kind]);
        query_bind_text(query, ":query", query_text);
        query_bind_int(query, ":first", row_of(kind, 0));
        query_bind_int(query, ":last", row_of(kind + 1, 0) - 1);
        query_bind_int(query, ":looked_at", LOOKED_AT_MAX);
        query_bind_int(query, ":scope", scope);
        query_bind_int(query, ":limit", limit + 1);
        int next;
        while ((next = query_next(query, error)) == 1)
                g_ptr_array_add(list, read_found(query, kind));
        if (next < 0)
                return NULL;
        *is_cut_out = list->len > limit;
        if (*is_cut_out)
                g_ptr_array_set_size(list, (int)limit);
        return g_steal_pointer(&list);
}

static const char sql_missing_people[] =
        "SELECT id FROM people AS p WHERE merged_into IS NULL AND NOT EXISTS (SELECT 1 FROM finds "
        "WHERE id = p.id + :first) ORDER BY id "
        "LIMIT :limit";
static const char sql_missing_cases[] = "SELECT id FROM cases AS c WHERE NOT EXISTS (SELECT 1 FROM finds "
                                        "WHERE id = c.id + :first) ORDER BY id "
                                        "LIMIT :limit";

GArray *finds_missing(Store *store, FindKind kind, guint limit, GError **error)
{
        g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
        g_autoptr(Query) query =
                store_query(store, kind == FIND_PERSON ? sql_missing_people : sql_missing_cases);
        query_bind_int(query, ":first", row_of(kind, 0));
        query_bind_int(query, ":limit", limit);
        int next;
        while ((next = query_next(query, error)) == 1) {
                int64_t id = query_int(query, 0);
                g_array_append_val(ids, id);
        }
        return next < 0 ? NULL : g_steal_pointer(&ids);
}
