/* What a file of patterns may say, what is told to its author, and that no expression can spin. */
#include "mail/pattern_index.h"
#include "mail/pattern_scan.h"
#include "mail/patterns.h"

#include "base/text.h"

#include <string.h>

static Patterns *load(const char *yaml, Problems *problems)
{
        g_autoptr(GPtrArray) roots = g_ptr_array_new_with_free_func((GDestroyNotify)yaml_tree_free);
        YamlNode *root = yaml_parse("t.yaml", yaml, strlen(yaml), problems);
        g_assert_nonnull(root);
        g_ptr_array_add(roots, root);
        return patterns_load(roots, problems);
}

static void check_match(void)
{
        g_autoptr(Problems) problems = problems_new();
        g_autoptr(Patterns) patterns = load("quote_header:\n"
                                            "  - match: '^le .{3,120} a ecrit ?:$'\n"
                                            "    yes: ['Le 3 mars 2027, Jean <j@x.fr> a écrit :']\n"
                                            "    no: ['Le rapport que Jean a écrit :oui']\n"
                                            "  - match: '^am .{3,120} schrieb'\n"
                                            "    yes: ['Am 3. März schrieb Jean']\n"
                                            "accept:\n"
                                            "  - match: 'oui|je valide'\n"
                                            "    yes: ['Oui !', 'JE VALIDE.']\n"
                                            "    no: ['ouistiti', 'je validerai']\n"
                                            "command:\n"
                                            "  - key: grade\n"
                                            "    match: 'note (\\d+)'\n"
                                            "    yes: ['NOTE 15']\n",
                                            problems);
        g_autofree char *said = problems_print(problems);
        g_assert_cmpstr(said, ==, "");
        PatternMatch match;
        static const char second[] = "am 3. marz schrieb jean";
        g_assert_true(
                pattern_match(patterns_group(patterns, "quote_header"), second, strlen(second), &match));
        g_assert_cmpint(match.line, ==, 5);
        g_assert_cmpstr(match.file, ==, "t.yaml");
        g_assert_null(match.key);
        g_assert_cmpuint(match.argument, ==, match.end);
        static const char grade[] = "note 15 !";
        g_assert_true(pattern_match(patterns_group(patterns, "command"), grade, strlen(grade), &match));
        g_assert_cmpstr(match.key, ==, "grade");
        g_assert_cmpuint(match.start, ==, 0);
        g_assert_cmpuint(match.argument, ==, 5);
        g_assert_false(pattern_match(patterns_group(patterns, "refuse"), "non", 3, &match));
        g_assert_false(pattern_match(patterns_group(patterns, "accept"), "", 0, NULL));
}

static void count_match(const PatternMatch *match, void *data)
{
        *(guint *)data += 100 + (guint)match->start;
}

static void check_match_all(void)
{
        g_autoptr(Problems) problems = problems_new();
        g_autoptr(Patterns) patterns = load("accept:\n"
                                            "  - match: 'oui'\n    yes: [oui]\n"
                                            "  - match: '(ouais|si) ?'\n    yes: [si]\n",
                                            problems);
        guint sum = 0;
        g_assert_true(
                pattern_match_all(patterns_group(patterns, "accept"), "si oui oui", 10, count_match, &sum));
        g_assert_cmpuint(sum, ==, 300 + 0 + 3 + 7);
}

/* What is told, and where. */
static const struct {
        const char *name, *yaml, *said;
} mistakes[] = {
        { "unknown-group", "acept:\n  - match: 'a'\n    yes: [a]\n",
          "t.yaml:1:1: unknown group `acept` — did you mean `accept`?\n" },
        { "no-list", "accept: yes\n",
          "t.yaml:1:9: a group must be a list of patterns — begin each pattern with `- match:`\n" },
        { "no-map", "accept:\n  - oui\n",
          "t.yaml:2:5: a pattern must be a group of keys — write `- match: '…'` with its examples `yes: "
          "[…]` below\n" },
        { "no-example", "accept:\n  - match: 'oui'\n",
          "t.yaml:2:5: a pattern without an example — add `yes: [\"a text that it finds\"]`\n" },
        { "wrong-yes", "accept:\n  - match: 'oui'\n    yes: [oui, non]\n",
          "t.yaml:3:16: the expression does not find this example — mend the expression or move the "
          "example\n" },
        { "wrong-no", "accept:\n  - match: 'oui'\n    yes: [oui]\n    no: [oui mais]\n",
          "t.yaml:4:10: the expression finds this example and should not — mend the expression or move the "
          "example\n" },
        { "bad-expression", "accept:\n  - match: 'oui|(non'\n    yes: [oui]\n",
          "t.yaml:2:21: the expression is not valid: missing closing parenthesis\n" },
        { "capital", "accept:\n  - match: 'oUi'\n    yes: [oui]\n",
          "t.yaml:2:14: this letter never occurs in folded text — write it small, without accent and with "
          "plain blanks (é as e, أ as ا, ة as ه)\n" },
        { "accent", "quote_header:\n  - match: 'le [a-zé]'\n    yes: [le a]\n",
          "t.yaml:2:20: this letter never occurs in folded text — write it small, without accent and with "
          "plain blanks (é as e, أ as ا, ة as ه)\n" },
        { "endless-dot", "quote_header:\n  - match: 'le .*:'\n    yes: ['le 3:']\n",
          "t.yaml:2:16: `.*` and `.+` have no bound — write .{0,80} or what fits\n" },
        { "nested", "quote_header:\n  - match: 'x(a+b?)+y'\n    yes: [xay]\n",
          "t.yaml:2:14: an endless repeat inside an endless repeat takes endless time — give one of the two "
          "a bound, as in {0,20}\n" },
        { "verb", "quote_header:\n  - match: '(*LIMIT_MATCH=9)a'\n    yes: [a]\n",
          "t.yaml:2:13: a verb or callout is not allowed in an expression — leave it out\n" },
        { "backslash-c", "quote_header:\n  - match: 'a\\C'\n    yes: [ab]\n",
          "t.yaml:2:16: the expression is not valid: using \\C is disabled by the application\n" },
        { "no-key", "command:\n  - match: 'aide'\n    yes: [aide]\n",
          "t.yaml:2:5: `key` is missing — add `key: …`\n" },
        { "wrong-key", "accept:\n  - match: 'a'\n    yess: [a]\n",
          "t.yaml:3:5: unknown key `yess` — did you "
          "mean `yes`?\n" },
};

static void check_mistake(gconstpointer data)
{
        const char *const *row = data;
        g_autoptr(Problems) problems = problems_new();
        g_assert_null(load(row[1], problems));
        g_autofree char *said = problems_print(problems);
        if (!g_str_has_prefix(said, row[2]))
                g_assert_cmpstr(said, ==, row[2]);
}

/* Capitals in escapes, classes and names of properties are no letters of the text. */
static const struct {
        const char *expression, *literals; /* joined by a blank; NULL: none are known */
} scans[] = {
        { "je valide", "je valide" },
        { "valide?r", "valid" },
        { "oui|non", "oui non" },
        { "(je|on) ne valide pas", " ne valide pas" },
        { "valid(e|er|ee)s?", "valid" },
        { "(foo|ba)rr?", "foo ba" },
        { "(foo)?", NULL },
        { "(foo)?x{2}y", "x" },
        { "a\\.b", "a.b" },
        { "\\bmot\\b", "mot" },
        { "[a-z]+", NULL },
        { "(?!non)oui", "oui" },
        { "(?i)oui", NULL },
        { "^le \\d+ mars$", " mars" },
        { "\\p{Lu}\\S\\x{41}ab", "ab" },
        { "(?<nom>ab)c", NULL },
        { "x|", NULL },
        { "نعم|لا", "نعم لا" },
};

static void check_scan(gconstpointer data)
{
        const char *const *row = data;
        PatternScan scan = pattern_scan(row[0]);
        g_autoptr(GString) said = g_string_new(NULL);
        for (guint i = 0; scan.literals != NULL && i < scan.literals->len; i++)
                g_string_append_printf(said, "%s%s", i > 0 ? " " : "",
                                       (char *)g_ptr_array_index(scan.literals, i));
        g_assert_cmpstr(said->str, ==, row[1] != NULL ? row[1] : "");
        g_assert_cmpint(scan.unfolded, ==, -1);
        pattern_scan_clear(&scan);
}

static void check_index(void)
{
        g_autoptr(PatternIndex) index = pattern_index_new();
        g_autoptr(GPtrArray) words = g_ptr_array_new();
        g_ptr_array_add(words, (char *)"ok");
        g_ptr_array_add(words, (char *)"oui");
        pattern_index_add(index, 0, words);
        pattern_index_add(index, 1, NULL);
        g_ptr_array_set_size(words, 0);
        g_ptr_array_add(words, (char *)"valide");
        pattern_index_add(index, 70, words);
        g_assert_cmpuint(pattern_index_words(index), ==, 2);
        static const struct {
                const char *text;
                uint64_t first, second;
        } rows[] = { { "", 2, 0 },      { "ok", 3, 0 },         { "k", 2, 0 },          { "un oui", 3, 0 },
                     { "valid", 2, 0 }, { "ok valide", 3, 64 }, { "valide", 2, 1 << 6 } };
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                uint64_t bits[2];
                pattern_index_find(index, rows[i].text, strlen(rows[i].text), bits);
                g_assert_cmphex(bits[0], ==, rows[i].first);
                g_assert_cmphex(bits[1], ==, rows[i].second);
        }
}

/* Expressions that would take minutes without the budget. */
static void check_budget(void)
{
        static const char *const slow[] = {
                "(?=.{0,30000}foo)(?=.{0,30000}bar).{0,30000}q[0-9]",
                "(a|aa){1,60}b",
                "(x?){40}x{40}",
                "[^z]*[^z]*[^z]*[^z]*z",
        };
        g_autofree char *subject = g_strnfill(64 * 1024, 'a');
        memcpy(subject + 20000, "foobar", 6);
        for (size_t i = 0; i < G_N_ELEMENTS(slow); i++) {
                g_autofree char *yaml =
                        g_strdup_printf("quote_header:\n  - match: '%s'\n    yes: ['foobarq1', 'aab', "
                                        "'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx', 'z']\n",
                                        slow[i]);
                g_autoptr(Problems) problems = problems_new();
                g_autoptr(Patterns) refused = load(yaml, problems); /* some examples do not fit: only to */
                g_assert_null(refused);                             /* see that loading ends */
                const char *example = i == 0 ? "foobarq1" : i == 1 ? "aab" : i == 3 ? "z" : NULL;
                g_autofree char *x = g_strnfill(80, 'x');
                g_autofree char *right = g_strdup_printf("quote_header:\n  - match: '%s'\n    yes: ['%s']\n",
                                                         slow[i], example != NULL ? example : x);
                g_autoptr(Problems) none = problems_new();
                g_autoptr(Patterns) patterns = load(right, none);
                g_assert_nonnull(patterns);
                gint64 start = g_get_monotonic_time();
                g_assert_false(
                        pattern_match(patterns_group(patterns, "quote_header"), subject, 64 * 1024, NULL));
                g_assert_cmpint(g_get_monotonic_time() - start, <, 2 * G_USEC_PER_SEC);
        }
}

static void check_shipped(void)
{
        g_autoptr(Problems) problems = problems_new();
        g_autoptr(Patterns) patterns = patterns_load_dir("rules/reading", problems);
        g_autofree char *said = problems_print(problems);
        g_assert_cmpstr(said, ==, "");
        g_assert_nonnull(patterns);
}

static void check_folder(void)
{
        g_autoptr(Problems) problems = problems_new();
        g_assert_null(patterns_load_dir("/nowhere/at/all", problems));
        g_assert_cmpuint(problems_count(problems), ==, 1);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/patterns/match", check_match);
        g_test_add_func("/patterns/match-all", check_match_all);
        g_test_add_func("/patterns/index", check_index);
        g_test_add_func("/patterns/budget", check_budget);
        g_test_add_func("/patterns/shipped", check_shipped);
        g_test_add_func("/patterns/folder", check_folder);
        for (size_t i = 0; i < G_N_ELEMENTS(mistakes); i++) {
                g_autofree char *name = g_strconcat("/patterns/mistake/", mistakes[i].name, NULL);
                g_test_add_data_func(name, &mistakes[i], check_mistake);
        }
        for (size_t i = 0; i < G_N_ELEMENTS(scans); i++) {
                g_autofree char *name = g_strdup_printf("/patterns/scan/%zu", i);
                g_test_add_data_func(name, &scans[i], check_scan);
        }
        return g_test_run();
}
