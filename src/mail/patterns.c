#include "mail/patterns.h"

#include "base/text.h"
#include "mail/pattern_index.h"
#include "mail/pattern_scan.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <string.h>

/* Steps are counted by callouts, for PCRE2's own limit does not bound quadratic patterns; a step that passed
 * over many characters counts for more. An ordinary pattern needs a few steps a byte. Phrases and commands
 * have short subjects, where PCRE2's own limit is enough and costs less. */
enum {
        SUBJECT_MAX_BYTES = 32 * 1024,
        PHRASE_SUBJECT_MAX_BYTES = 8 * 1024,
        PHRASE_STEPS = 50000,
        PHRASE_TRIES_MAX = 4000,
        STEPS_BASE = 20000,
        STEPS_PER_BYTE = 60,
        BYTES_PER_STEP = 32,
        HEAP_MAX_KB = 2048,
        CANDIDATE_WORDS_MAX = 64,
        WORD_MAX_BYTES = 64,
        NEAR_LETTERS_MIN = 6,
        NEAR_LETTERS_TWO = 9,                    /* from here on two mistakes are let pass */
        PATTERNS_MAX = CANDIDATE_WORDS_MAX * 64, /* of one group */
};

/* Every group there is: whoever asks for a new one adds its row. */
typedef enum {
        KIND_PLAIN,
        KIND_RARE,    /* plain, and asked of few mails */
        KIND_PHRASE,  /* matches whole words only; ^ and $ are the ends of lines */
        KIND_COMMAND, /* the same, and names its command by `key` */
        KIND_WORDS,   /* no patterns but a list of single words */
} GroupKind;

static const struct {
        const char *name;
        GroupKind kind;
} group_rows[] = {
        { "accept", KIND_PHRASE },
        { "accept_word", KIND_PHRASE },
        { "refuse", KIND_PHRASE },
        { "refuse_word", KIND_PHRASE },
        { "condition", KIND_PHRASE },
        { "contrast", KIND_PHRASE },
        { "doubt", KIND_PHRASE },
        { "not_now", KIND_PHRASE },
        { "question", KIND_PHRASE },
        { "ack", KIND_PHRASE },
        { "harmless", KIND_PHRASE },
        { "farewell", KIND_PHRASE },
        { "reason", KIND_PHRASE },
        { "begun", KIND_PHRASE },
        { "absent", KIND_PHRASE },
        { "object", KIND_WORDS },
        { "before_name", KIND_WORDS },
        { "never_name", KIND_WORDS },
        { "title_word", KIND_WORDS },
        { "given_name", KIND_WORDS },
        { "command", KIND_COMMAND },
        { "quote_header", KIND_PLAIN },
        { "quote_glued", KIND_PLAIN },
        { "quote_undated", KIND_PLAIN },
        { "quote_banner", KIND_PLAIN },
        { "forward_banner", KIND_PLAIN },
        { "field_from", KIND_PLAIN },
        { "field_date", KIND_PLAIN },
        { "field_to", KIND_PLAIN },
        { "field_subject", KIND_PLAIN },
        { "field_other", KIND_PLAIN },
        { "delimiter", KIND_PLAIN },
        { "signature", KIND_PLAIN },
        { "sent_from", KIND_PLAIN },
        { "sign_off", KIND_PLAIN },
        { "notice", KIND_PLAIN },
        { "external_banner", KIND_PLAIN },
        { "automatic_subject", KIND_RARE },
        { "automatic_hint", KIND_RARE },
        { "automatic_text", KIND_RARE },
        { "absence_text", KIND_RARE },
        { "automatic_sender", KIND_RARE },
        { "list_refusal_subject", KIND_RARE },
        { "challenge_subject", KIND_RARE },
        { "challenge_text", KIND_RARE },
        { "feedback_subject", KIND_RARE },
        { "receipt_subject", KIND_RARE },
        { "receipt_text", KIND_RARE },
        { "list_sender", KIND_RARE },
        { "reply_subject", KIND_PLAIN },
        { "absent_until", KIND_RARE },
        { "deputy", KIND_RARE },
        { "bounce_sender", KIND_RARE },
        { "bounce_subject", KIND_RARE },
        { "bounce_failure", KIND_RARE },
        { "bounce_delay", KIND_RARE },
        { "bounce_recipient", KIND_RARE },
        { "bounce_original", KIND_RARE },
        { "bounce_other_address", KIND_RARE },
        { "bounce_returned", KIND_RARE },
};

typedef struct {
        const char *file; /* interned in Patterns.files */
        int line;
        char *key;   /* KIND_COMMAND; NULL otherwise */
        char **near; /* KIND_COMMAND: words of which a misspelling is heard too; NULL when there are none */
        pcre2_code *code;
} Pattern;

typedef struct {
        uint64_t left;
        size_t last_position;
} Budget;

struct PatternGroup {
        GroupKind kind;
        GArray *patterns; /* of Pattern */
        PatternIndex *index;
        GHashTable *words; /* KIND_WORDS: of char *, folded */
        Patterns *owner;
};

struct Patterns {
        PatternGroup groups[G_N_ELEMENTS(group_rows)];
        GHashTable *files; /* of char *, owned */
        pcre2_match_data *match_data;
        pcre2_match_context *context;        /* KIND_PLAIN, KIND_RARE: callouts count */
        pcre2_match_context *phrase_context; /* short subjects: PCRE2's own limit is enough */
        Budget budget;
        bool has_capture; /* of the last match */
};

static int count_step(pcre2_callout_block *block, void *data)
{
        Budget *budget = data;
        size_t moved = block->current_position > budget->last_position
                               ? block->current_position - budget->last_position
                               : budget->last_position - block->current_position;
        uint64_t cost = 1 + moved / BYTES_PER_STEP;
        budget->last_position = block->current_position;
        if (cost > budget->left)
                return PCRE2_ERROR_CALLOUT;
        budget->left -= cost;
        return 0;
}

static void clear_pattern(gpointer data)
{
        Pattern *pattern = data;
        g_free(pattern->key);
        g_strfreev(pattern->near);
        pcre2_code_free(pattern->code);
}

static Patterns *patterns_new(void)
{
        Patterns *patterns = g_new0(Patterns, 1);
        for (size_t i = 0; i < G_N_ELEMENTS(group_rows); i++) {
                PatternGroup *group = &patterns->groups[i];
                group->kind = group_rows[i].kind;
                group->patterns = g_array_new(FALSE, TRUE, sizeof(Pattern));
                g_array_set_clear_func(group->patterns, clear_pattern);
                group->index = pattern_index_new();
                group->words = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
                group->owner = patterns;
        }
        patterns->files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        patterns->match_data = pcre2_match_data_create(2, NULL);
        patterns->context = pcre2_match_context_create(NULL);
        pcre2_set_callout(patterns->context, count_step, &patterns->budget);
        pcre2_set_heap_limit(patterns->context, HEAP_MAX_KB);
        patterns->phrase_context = pcre2_match_context_create(NULL);
        pcre2_set_match_limit(patterns->phrase_context, PHRASE_STEPS);
        pcre2_set_heap_limit(patterns->phrase_context, HEAP_MAX_KB);
        return patterns;
}

void patterns_free(Patterns *patterns)
{
        if (patterns == NULL)
                return;
        for (size_t i = 0; i < G_N_ELEMENTS(group_rows); i++) {
                g_array_unref(patterns->groups[i].patterns);
                pattern_index_free(patterns->groups[i].index);
                g_hash_table_unref(patterns->groups[i].words);
        }
        g_hash_table_unref(patterns->files);
        pcre2_match_data_free(patterns->match_data);
        pcre2_match_context_free(patterns->context);
        pcre2_match_context_free(patterns->phrase_context);
        g_free(patterns);
}

static bool is_plain(const PatternGroup *group)
{
        return group->kind == KIND_PLAIN || group->kind == KIND_RARE;
}

/* Matching. */

typedef enum { MATCH_NO, MATCH_YES, MATCH_TOO_LONG } MatchResult;

static MatchResult search(const PatternGroup *group, const Pattern *pattern, const char *folded,
                          size_t length, size_t from)
{
        Patterns *patterns = group->owner;
        pcre2_match_context *context = is_plain(group) ? patterns->context : patterns->phrase_context;
        int found = pcre2_match(pattern->code, (PCRE2_SPTR)folded, length, from, PCRE2_NO_UTF_CHECK,
                                patterns->match_data, context);
        if (found == PCRE2_ERROR_JIT_STACKLIMIT)
                found = pcre2_match(pattern->code, (PCRE2_SPTR)folded, length, from,
                                    PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT, patterns->match_data, context);
        patterns->has_capture = found == 0 || found > 1; /* 0: more captures than we keep */
        if (found >= 0)
                return MATCH_YES;
        return found == PCRE2_ERROR_NOMATCH ? MATCH_NO : MATCH_TOO_LONG;
}

static bool is_letter_or_digit(gunichar c)
{
        return c < 0x80 ? g_ascii_isalnum((char)c) || c == '_' : g_unichar_isalnum(c);
}

/* A phrase begins with a whole word or a sign. */
static bool is_inside_word(const char *folded, size_t place, size_t length)
{
        if (place == 0 || place >= length || !is_letter_or_digit(g_utf8_get_char(folded + place)))
                return false;
        return is_letter_or_digit(g_utf8_get_char(g_utf8_prev_char(folded + place)));
}

static size_t next_character(const char *folded, size_t length, size_t at)
{
        return at < length ? (size_t)(g_utf8_next_char(folded + at) - folded) : at + 1;
}

/* The left border of a phrase is looked at here, not in the expression: so PCRE2 finds its first letters
 * fast. */
static MatchResult match_at(const PatternGroup *group, const Pattern *pattern, const char *folded,
                            size_t length, size_t from)
{
        for (int tries = 0; tries < PHRASE_TRIES_MAX && from <= length; tries++) {
                MatchResult result = search(group, pattern, folded, length, from);
                if (result != MATCH_YES || group->kind != KIND_PHRASE)
                        return result;
                size_t start = pcre2_get_ovector_pointer(group->owner->match_data)[0];
                if (!is_inside_word(folded, start, length))
                        return MATCH_YES;
                from = next_character(folded, length, start);
        }
        return from <= length ? MATCH_TOO_LONG : MATCH_NO;
}

static void start_budget(Patterns *patterns, size_t length)
{
        patterns->budget = (Budget){ STEPS_BASE + STEPS_PER_BYTE * (uint64_t)length, 0 };
}

static PatternMatch describe(const PatternGroup *group, const Pattern *pattern)
{
        const size_t *places = pcre2_get_ovector_pointer(group->owner->match_data);
        bool has_argument = group->owner->has_capture && places[2] != PCRE2_UNSET;
        return (PatternMatch){ .file = pattern->file,
                               .line = pattern->line,
                               .key = pattern->key,
                               .start = MIN(places[0], places[1]), /* \K can turn them round */
                               .end = places[1],
                               .argument = has_argument ? places[2] : places[1] };
}

/* What is longer than any line of a mail ought to be is read up to a whole character. */
static size_t cap_subject(const PatternGroup *group, const char *folded, size_t length)
{
        size_t most = is_plain(group) ? SUBJECT_MAX_BYTES : PHRASE_SUBJECT_MAX_BYTES;
        if (length <= most)
                return length;
        return (size_t)(g_utf8_find_prev_char(folded, folded + most) - folded);
}

bool pattern_match(const PatternGroup *group, const char *folded, size_t length, PatternMatch *match_out)
{
        uint64_t candidates[CANDIDATE_WORDS_MAX];
        length = cap_subject(group, folded, length);
        pattern_index_find(group->index, folded, length, candidates);
        for (size_t word = 0; word < pattern_index_words(group->index); word++)
                for (uint64_t bits = candidates[word]; bits != 0; bits &= bits - 1) {
                        guint number = (guint)word * 64 + (guint)__builtin_ctzll(bits);
                        const Pattern *pattern = &g_array_index(group->patterns, Pattern, number);
                        start_budget(group->owner, length);
                        if (match_at(group, pattern, folded, length, 0) != MATCH_YES)
                                continue;
                        if (match_out != NULL)
                                *match_out = describe(group, pattern);
                        return true;
                }
        return false;
}

static bool match_each(const PatternGroup *group, const Pattern *pattern, const char *folded, size_t length,
                       PatternVisit visit, void *data)
{
        MatchResult result = MATCH_YES;
        start_budget(group->owner, length);
        for (size_t from = 0; from <= length;) {
                result = match_at(group, pattern, folded, length, from);
                if (result != MATCH_YES)
                        break;
                PatternMatch match = describe(group, pattern);
                from = match.end > from ? match.end : next_character(folded, length, from);
                visit(&match, data);
        }
        return result != MATCH_TOO_LONG;
}

bool pattern_match_all(const PatternGroup *group, const char *folded, size_t length, PatternVisit visit,
                       void *data)
{
        uint64_t candidates[CANDIDATE_WORDS_MAX];
        size_t asked = length;
        length = cap_subject(group, folded, length);
        bool is_whole = length == asked;
        pattern_index_find(group->index, folded, length, candidates);
        for (size_t word = 0; word < pattern_index_words(group->index); word++)
                for (uint64_t bits = candidates[word]; bits != 0; bits &= bits - 1) {
                        guint number = (guint)word * 64 + (guint)__builtin_ctzll(bits);
                        const Pattern *pattern = &g_array_index(group->patterns, Pattern, number);
                        is_whole &= match_each(group, pattern, folded, length, visit, data);
                }
        return is_whole;
}

bool pattern_word(const PatternGroup *group, const char *folded, size_t length)
{
        char word[WORD_MAX_BYTES];
        if (length >= sizeof(word))
                return false;
        memcpy(word, folded, length);
        word[length] = '\0';
        return g_hash_table_contains(group->words, word);
}

bool pattern_match_near(const PatternGroup *group, const char *folded, PatternMatch *match_out)
{
        glong letters = g_utf8_strlen(folded, -1);
        int limit = letters >= NEAR_LETTERS_TWO ? 2 : 1;
        for (guint i = 0; letters >= NEAR_LETTERS_MIN && i < group->patterns->len; i++) {
                const Pattern *pattern = &g_array_index(group->patterns, Pattern, i);
                for (char **word = pattern->near; word != NULL && *word != NULL; word++)
                        if (text_distance(*word, folded, limit) <= limit) {
                                size_t end = strlen(folded);
                                *match_out = (PatternMatch){ .file = pattern->file,
                                                             .line = pattern->line,
                                                             .key = pattern->key,
                                                             .start = 0,
                                                             .end = end,
                                                             .argument = end };
                                return true;
                        }
        }
        return false;
}

const PatternGroup *patterns_group(const Patterns *patterns, const char *name)
{
        for (size_t i = 0; i < G_N_ELEMENTS(group_rows); i++)
                if (strcmp(group_rows[i].name, name) == 0)
                        return &patterns->groups[i];
        g_error("no pattern group is called %s", name);
}

/* Loading. */

/* A problem inside an expression, at its column (exact as long as the YAML has no escapes before it). */
static void add_problem(const YamlNode *node, Problems *problems, size_t offset, const char *mend,
                        const char *what)
{
        size_t within = MIN(offset, strlen(node->text));
        int column = node->column + (node->is_plain ? 0 : 1) + (int)g_utf8_strlen(node->text, (gssize)within);
        problems_add(problems, node->file, node->line, column, mend, "%s", what);
}

static bool check_habits(const YamlNode *node, const PatternScan *scan, Problems *problems)
{
        const struct {
                int offset;
                const char *what, *mend;
        } rows[] = {
                { scan->special, "a verb or callout is not allowed in an expression", "leave it out" },
                { scan->nested_repeat, "an endless repeat inside an endless repeat takes endless time",
                  "give one of the two a bound, as in {0,20}" },
                { scan->endless_dot, "`.*` and `.+` have no bound", "write .{0,80} or what fits" },
                { scan->unfolded, "this letter never occurs in folded text",
                  "write it small, without accent and with plain blanks (é as e, أ as ا, ة as ه)" },
        };
        bool is_good = true;
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
                if (rows[i].offset >= 0) {
                        add_problem(node, problems, (size_t)rows[i].offset, rows[i].mend, rows[i].what);
                        is_good = false;
                }
        return is_good;
}

static pcre2_code *compile(const YamlNode *node, const char *expression, size_t shift, uint32_t options,
                           Problems *problems)
{
        int code = 0;
        size_t offset = 0;
        pcre2_code *compiled = pcre2_compile((PCRE2_SPTR)expression, PCRE2_ZERO_TERMINATED,
                                             PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C | options, &code,
                                             &offset, NULL);
        if (compiled == NULL) {
                char said[160];
                pcre2_get_error_message(code, (PCRE2_UCHAR *)said, sizeof(said));
                g_autofree char *what = g_strdup_printf("the expression is not valid: %s", said);
                add_problem(node, problems, offset > shift ? offset - shift : 0, "", what);
        }
        return compiled;
}

/* The borders of a phrase: whole words; of a command: a whole line, courtesies aside. */
static const struct {
        const char *before, *after;
} borders[] = {
        [KIND_PLAIN] = { NULL, NULL },
        [KIND_RARE] = { NULL, NULL },
        [KIND_PHRASE] = { "(?:", ")(?:(?!\\w)|(?<!\\w))" },
        [KIND_COMMAND] = { "^(?:",
                           ")(?!\\w)(?=\\W*(?:(?:svp|stp|please|pls|s.il (?:vous|te) plait|merci|thanks|"
                           "thank you|من فضلك|شكرا)\\W*){0,3}$)" },
        [KIND_WORDS] = { NULL, NULL },
};

/* Compiles and indexes; false when the expression is not good. */
static bool add_expression(PatternGroup *group, const YamlNode *node, Pattern *pattern, Problems *problems)
{
        pcre2_code *alone = compile(node, node->text, 0, PCRE2_AUTO_CALLOUT, problems);
        if (alone == NULL)
                return false;
        pattern->code = alone;
        const char *before = borders[group->kind].before;
        if (before != NULL) {
                g_autofree char *bordered = g_strconcat(before, node->text, borders[group->kind].after, NULL);
                pattern->code = compile(node, bordered, strlen(before), PCRE2_MULTILINE, problems);
                pcre2_code_free(alone);
                if (pattern->code == NULL)
                        return false;
        }
        /* Else interpreted: the same answers. Machine code is twenty times as large, in each reader's memory.
         */
        if (group->kind != KIND_RARE)
                pcre2_jit_compile(pattern->code, PCRE2_JIT_COMPLETE);
        PatternScan scan = pattern_scan(node->text);
        bool is_good = check_habits(node, &scan, problems);
        pattern_index_add(group->index, group->patterns->len, scan.literals);
        pattern_scan_clear(&scan);
        g_array_append_val(group->patterns, *pattern);
        return is_good;
}

static void check_examples(const PatternGroup *group, const YamlNode *item, bool is_wanted,
                           Problems *problems)
{
        const Pattern *pattern = &g_array_index(group->patterns, Pattern, group->patterns->len - 1);
        const YamlNode *list = yaml_list(item, is_wanted ? "yes" : "no", problems);
        if (is_wanted && yaml_list_length(list) == 0)
                yaml_problem(item, problems, "add `yes: [\"a text that it finds\"]`",
                             "a pattern without an example");
        for (guint i = 0; i < yaml_list_length(list); i++) {
                const YamlNode *example = yaml_list_get(list, i);
                if (example->kind != YAML_SCALAR) {
                        yaml_problem(example, problems, "put quotes around it", "an example must be a text");
                        continue;
                }
                g_autofree char *folded = text_fold(example->text);
                size_t length = cap_subject(group, folded, strlen(folded));
                start_budget(group->owner, length);
                MatchResult result = match_at(group, pattern, folded, length, 0);
                if (result == MATCH_TOO_LONG)
                        yaml_problem(example, problems, "make the expression simpler",
                                     "the expression takes too long on this example");
                else if ((result == MATCH_YES) != is_wanted)
                        yaml_problem(example, problems, "mend the expression or move the example",
                                     is_wanted ? "the expression does not find this example"
                                               : "the expression finds this example and should not");
        }
}

static const char *keep_file(Patterns *patterns, const char *file)
{
        gpointer kept = NULL;
        if (!g_hash_table_lookup_extended(patterns->files, file, &kept, NULL))
                g_hash_table_add(patterns->files, kept = g_strdup(file));
        return kept;
}

static char **read_near(const YamlNode *item, Problems *problems)
{
        const YamlNode *list = yaml_list(item, "near", problems);
        if (yaml_list_length(list) == 0)
                return NULL;
        g_autoptr(GPtrArray) words = g_ptr_array_new();
        for (guint i = 0; i < yaml_list_length(list); i++) {
                const YamlNode *word = yaml_list_get(list, i);
                if (word->kind == YAML_SCALAR && g_utf8_strlen(word->text, -1) >= NEAR_LETTERS_MIN)
                        g_ptr_array_add(words, text_fold(word->text));
                else
                        yaml_problem(word, problems, "leave it out: a short word is too near to others",
                                     "a word here must have %d letters or more", NEAR_LETTERS_MIN);
        }
        g_ptr_array_add(words, NULL);
        return (char **)g_ptr_array_steal(words, NULL);
}

static void load_pattern(Patterns *patterns, PatternGroup *group, const YamlNode *item, Problems *problems)
{
        static const char *const keys[] = { "match", "yes", "no", NULL };
        static const char *const command_keys[] = { "key", "match", "near", "yes", "no", NULL };
        if (item->kind != YAML_MAP) {
                yaml_problem(item, problems, "write `- match: '…'` with its examples `yes: […]` below",
                             "a pattern must be a group of keys");
                return;
        }
        bool is_command = group->kind == KIND_COMMAND;
        if (!yaml_check_keys(item, is_command ? command_keys : keys, problems))
                return;
        const YamlNode *expression = yaml_find(item, "match");
        const char *key = is_command ? yaml_text_required(item, "key", problems) : NULL;
        if (yaml_text_required(item, "match", problems) == NULL || (is_command && key == NULL))
                return;
        if (group->patterns->len == PATTERNS_MAX) {
                yaml_problem(item, problems, "join patterns that are alike", "too many patterns in a group");
                return;
        }
        Pattern pattern = { keep_file(patterns, item->file), expression->line, g_strdup(key),
                            is_command ? read_near(item, problems) : NULL, NULL };
        if (!add_expression(group, expression, &pattern, problems)) {
                if (pattern.code == NULL)
                        clear_pattern(&pattern);
                return;
        }
        check_examples(group, item, true, problems);
        check_examples(group, item, false, problems);
}

static void load_word(PatternGroup *group, const YamlNode *item, Problems *problems)
{
        g_autofree char *folded = item->kind == YAML_SCALAR ? text_fold(item->text) : NULL;
        bool is_word = folded != NULL && folded[0] != '\0' && strlen(folded) < WORD_MAX_BYTES;
        for (const char *p = folded; is_word && *p != '\0'; p = g_utf8_next_char(p))
                is_word = g_unichar_isalnum(g_utf8_get_char(p));
        if (!is_word) {
                yaml_problem(item, problems, "write it as a pattern of another group",
                             "this group takes single words, without blanks and signs");
                return;
        }
        g_hash_table_add(group->words, g_steal_pointer(&folded));
}

static PatternGroup *find_group(Patterns *patterns, const YamlNode *key, Problems *problems)
{
        const char *names[G_N_ELEMENTS(group_rows) + 1] = { NULL };
        for (size_t i = 0; i < G_N_ELEMENTS(group_rows); i++) {
                names[i] = group_rows[i].name;
                if (strcmp(names[i], key->text) == 0)
                        return &patterns->groups[i];
        }
        const char *nearest = yaml_nearest(key->text, names);
        g_autofree char *mend = nearest != NULL ? g_strdup_printf("did you mean `%s`?", nearest)
                                                : g_strdup("see the groups of the files beside it");
        yaml_problem(key, problems, mend, "unknown group `%s`", key->text);
        return NULL;
}

static void load_file(Patterns *patterns, const YamlNode *root, Problems *problems)
{
        if (root->kind != YAML_MAP) {
                yaml_problem(root, problems, "write `group:` and a list of patterns below",
                             "a file of patterns must be a map of groups");
                return;
        }
        for (guint i = 0; i < root->items->len; i++) {
                const YamlNode *list = g_ptr_array_index(root->items, i);
                PatternGroup *group = find_group(patterns, g_ptr_array_index(root->keys, i), problems);
                if (group == NULL)
                        continue;
                if (list->kind != YAML_LIST) {
                        yaml_problem(list, problems, "begin each pattern with `- match:`",
                                     "a group must be a list of patterns");
                        continue;
                }
                for (guint k = 0; k < list->items->len; k++) {
                        const YamlNode *item = g_ptr_array_index(list->items, k);
                        if (group->kind == KIND_WORDS)
                                load_word(group, item, problems);
                        else
                                load_pattern(patterns, group, item, problems);
                }
        }
}

Patterns *patterns_load(const GPtrArray *roots, Problems *problems)
{
        g_autoptr(Patterns) patterns = patterns_new();
        guint before = problems_count(problems);
        for (guint i = 0; i < roots->len; i++)
                load_file(patterns, g_ptr_array_index(roots, i), problems);
        return problems_count(problems) == before ? g_steal_pointer(&patterns) : NULL;
}

static int compare_names(gconstpointer a, gconstpointer b)
{
        return strcmp(*(const char *const *)a, *(const char *const *)b);
}

Patterns *patterns_load_dir(const char *path, Problems *problems)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(GDir) folder = g_dir_open(path, 0, &error);
        if (folder == NULL) {
                problems_add(problems, path, 0, 0, "give the folder with --rules",
                             "the patterns cannot be read (%s)", error->message);
                return NULL;
        }
        g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
        for (const char *name; (name = g_dir_read_name(folder)) != NULL;)
                if (g_str_has_suffix(name, ".yaml") && name[0] != '.')
                        g_ptr_array_add(names, g_build_filename(path, name, NULL));
        g_ptr_array_sort(names, compare_names);
        guint before = problems_count(problems);
        g_autoptr(GPtrArray) roots = g_ptr_array_new_with_free_func((GDestroyNotify)yaml_tree_free);
        for (guint i = 0; i < names->len; i++) {
                YamlNode *root = yaml_load(g_ptr_array_index(names, i), problems);
                if (root != NULL)
                        g_ptr_array_add(roots, root);
        }
        if (names->len == 0)
                problems_add(problems, path, 0, 0, "give the folder with --rules", "no *.yaml file is in it");
        Patterns *patterns = patterns_load(roots, problems);
        if (problems_count(problems) == before)
                return patterns;
        patterns_free(patterns);
        return NULL;
}
