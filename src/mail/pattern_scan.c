#include "mail/pattern_scan.h"

#include "base/text.h"

#include <stdint.h>
#include <string.h>

enum { LITERALS_MAX = 400, DEPTH_MAX = 32 };

typedef struct {
        const char *expression, *at;
        PatternScan *scan;
        bool is_opaque; /* something was met whose meaning is not followed: no literals at all */
        int depth;
} Scanner;

/* A set of strings of which one must occur; NULL: nothing is known. */
typedef GPtrArray Needs;

typedef struct {
        int least;
        bool is_endless;
} Repeat;

static Needs *needs_new(void)
{
        return g_ptr_array_new_with_free_func(g_free);
}

static void needs_free(Needs *needs)
{
        if (needs != NULL)
                g_ptr_array_unref(needs);
}

static size_t shortest(const Needs *needs)
{
        size_t least = needs->len > 0 ? SIZE_MAX : 0;
        for (guint i = 0; i < needs->len; i++)
                least = MIN(least, strlen(g_ptr_array_index(needs, i)));
        return least;
}

/* Keeps the one that is rarer in a text: the longer, else the smaller. Takes both. */
static Needs *needs_better(Needs *a, Needs *b)
{
        if (a == NULL || b == NULL)
                return a != NULL ? a : b;
        size_t length_a = shortest(a), length_b = shortest(b);
        bool is_b = length_b > length_a || (length_b == length_a && b->len < a->len);
        needs_free(is_b ? a : b);
        return is_b ? b : a;
}

static int offset(const Scanner *scanner)
{
        return (int)(scanner->at - scanner->expression);
}

static void note(int *place, int where)
{
        if (*place < 0)
                *place = where;
}

static Repeat read_braces(Scanner *scanner)
{
        const char *p = scanner->at + 1;
        Repeat repeat = { (int)g_ascii_strtoll(p, (char **)&p, 10), false };
        if (*p == ',')
                repeat.is_endless = p[1] == '}';
        const char *end = strchr(scanner->at, '}');
        scanner->at = end != NULL ? end + 1 : scanner->at + strlen(scanner->at);
        return repeat;
}

/* The repeat behind an item, with its lazy or possessive mark. */
static Repeat read_repeat(Scanner *scanner)
{
        Repeat repeat = { 1, false };
        switch (*scanner->at) {
        case '?': repeat.least = 0, scanner->at++; break;
        case '*': repeat.least = 0, repeat.is_endless = true, scanner->at++; break;
        case '+': repeat.is_endless = true, scanner->at++; break;
        case '{':
                if (!g_ascii_isdigit(scanner->at[1]))
                        return repeat;
                repeat = read_braces(scanner);
                break;
        default: return repeat;
        }
        if (*scanner->at == '?' || *scanner->at == '+')
                scanner->at++;
        return repeat;
}

static bool is_repeated(const char *at)
{
        return *at == '?' || *at == '*' || *at == '+' || (*at == '{' && g_ascii_isdigit(at[1]));
}

/* A letter in the expression must be one that folding leaves as it is. */
static void check_folded(Scanner *scanner, const char *at)
{
        gunichar c = g_utf8_get_char(at);
        if (c < 0x80 && !g_ascii_isupper(c))
                return;
        if (g_unichar_type(c) == G_UNICODE_SPACE_SEPARATOR) {
                note(&scanner->scan->unfolded, (int)(at - scanner->expression));
                return;
        }
        char letter[8] = "";
        letter[g_unichar_to_utf8(c, letter)] = '\0';
        g_autofree char *folded = text_fold(letter);
        if (strcmp(folded, letter) != 0)
                note(&scanner->scan->unfolded, (int)(at - scanner->expression));
}

static void skip_class(Scanner *scanner)
{
        const char *p = scanner->at + 1;
        p += *p == '^';
        p += *p == ']';
        while (*p != '\0' && *p != ']') {
                if (*p == '\\' && p[1] != '\0') {
                        p = g_utf8_next_char(p + 1);
                        if (*p == '{' && strchr(p, '}') != NULL)
                                p = strchr(p, '}') + 1;
                } else if (*p == '[' && p[1] == ':' && strstr(p, ":]") != NULL) {
                        p = strstr(p, ":]") + 2;
                } else {
                        check_folded(scanner, p);
                        p = g_utf8_next_char(p);
                }
        }
        scanner->at = p + (*p == ']');
}

/* An escape: true and the character when it stands for itself. */
static bool read_escape(Scanner *scanner, const char **character)
{
        const char *p = scanner->at + 1;
        scanner->at = *p != '\0' ? g_utf8_next_char(p) : p;
        if (!g_ascii_isalnum(*p)) {
                *character = p;
                return *p != '\0';
        }
        if (*p == 'Q' || g_ascii_isdigit(*p) || *p == 'g' || *p == 'k' || *p == 'K')
                scanner->is_opaque = true;
        if (*scanner->at == '{' && strchr(scanner->at, '}') != NULL && strchr("pPxoNgk", *p) != NULL)
                scanner->at = strchr(scanner->at, '}') + 1;
        return false;
}

static Needs *scan_alternatives(Scanner *scanner, bool *is_endless);

/* After the opening parenthesis: passes its head. True when what is inside must be found. */
static bool read_group_head(Scanner *scanner)
{
        static const struct {
                const char *head;
                bool is_needed;
        } heads[] = { { "?:", true },  { "?>", true },   { "?=", false },
                      { "?!", false }, { "?<=", false }, { "?<!", false } };
        if (*scanner->at == '*' || g_str_has_prefix(scanner->at, "?C"))
                note(&scanner->scan->special, offset(scanner) - 1);
        if (*scanner->at != '?')
                return true;
        for (size_t i = 0; i < G_N_ELEMENTS(heads); i++)
                if (g_str_has_prefix(scanner->at, heads[i].head)) {
                        scanner->at += strlen(heads[i].head);
                        return heads[i].is_needed;
                }
        scanner->is_opaque = true; /* names, options, conditions, recursion */
        while (*scanner->at != '\0' && *scanner->at != ')' && *scanner->at != ':' && *scanner->at != '>')
                scanner->at++;
        scanner->at += *scanner->at == ':' || *scanner->at == '>';
        return false;
}

static Needs *scan_group(Scanner *scanner, bool *is_endless)
{
        int opened_at = offset(scanner);
        bool is_inner_endless = false;
        scanner->at++;
        bool is_needed = read_group_head(scanner);
        Needs *needs = scan_alternatives(scanner, &is_inner_endless);
        scanner->at += *scanner->at == ')';
        Repeat repeat = read_repeat(scanner);
        if (repeat.is_endless && is_inner_endless)
                note(&scanner->scan->nested_repeat, opened_at);
        *is_endless |= repeat.is_endless || is_inner_endless;
        if (is_needed && repeat.least > 0)
                return needs;
        needs_free(needs);
        return NULL;
}

/* What stands between two bars. */
typedef struct {
        GString *run; /* literal characters that follow one another */
        Needs *best;
} Sequence;

static void end_run(Sequence *sequence)
{
        if (sequence->run->len == 0)
                return;
        Needs *needs = needs_new();
        g_ptr_array_add(needs, g_strdup(sequence->run->str));
        sequence->best = needs_better(sequence->best, needs);
        g_string_truncate(sequence->run, 0);
}

static void add_character(Scanner *scanner, Sequence *sequence, const char *character, bool *is_endless)
{
        size_t length = (size_t)(g_utf8_next_char(character) - character);
        if (!is_repeated(scanner->at)) {
                g_string_append_len(sequence->run, character, (gssize)length);
                return;
        }
        Repeat repeat = read_repeat(scanner);
        *is_endless |= repeat.is_endless;
        if (repeat.least > 0)
                g_string_append_len(sequence->run, character, (gssize)length);
        end_run(sequence);
}

static void scan_item(Scanner *scanner, Sequence *sequence, bool *is_endless)
{
        const char *start = scanner->at, *character = NULL;
        switch (*start) {
        case '(':
                end_run(sequence);
                sequence->best = needs_better(sequence->best, scan_group(scanner, is_endless));
                return;
        case '[': skip_class(scanner); break;
        case '\\':
                if (read_escape(scanner, &character)) {
                        add_character(scanner, sequence, character, is_endless);
                        return;
                }
                if (start[1] == 'b' || start[1] == 'B') /* no width: the run goes on */
                        return;
                break;
        case '^':
        case '$': scanner->at++; return;
        case '.': scanner->at++; break;
        default:
                check_folded(scanner, start);
                scanner->at = g_utf8_next_char(start);
                add_character(scanner, sequence, start, is_endless);
                return;
        }
        end_run(sequence);
        Repeat repeat = read_repeat(scanner);
        *is_endless |= repeat.is_endless;
        if (*start == '.' && repeat.is_endless)
                note(&scanner->scan->endless_dot, (int)(start - scanner->expression));
}

static Needs *scan_sequence(Scanner *scanner, bool *is_endless)
{
        Sequence sequence = { g_string_new(NULL), NULL };
        while (*scanner->at != '\0' && *scanner->at != '|' && *scanner->at != ')')
                scan_item(scanner, &sequence, is_endless);
        end_run(&sequence);
        g_string_free(sequence.run, TRUE);
        return sequence.best;
}

/* One of the branches must be found: the union, if each has something. */
static Needs *scan_alternatives(Scanner *scanner, bool *is_endless)
{
        if (++scanner->depth > DEPTH_MAX) {
                scanner->is_opaque = true;
                scanner->at += strlen(scanner->at);
        }
        Needs *all = scan_sequence(scanner, is_endless);
        while (*scanner->at == '|') {
                scanner->at++;
                Needs *branch = scan_sequence(scanner, is_endless);
                if (all != NULL && branch != NULL && all->len + branch->len <= LITERALS_MAX) {
                        g_ptr_array_extend_and_steal(all, branch);
                        continue;
                }
                needs_free(all);
                needs_free(branch);
                all = NULL;
        }
        scanner->depth--;
        return all;
}

PatternScan pattern_scan(const char *expression)
{
        PatternScan scan = { NULL, -1, -1, -1, -1 };
        Scanner scanner = { expression, expression, &scan, false, 0 };
        bool is_endless = false;
        Needs *needs = scan_alternatives(&scanner, &is_endless);
        if (scanner.is_opaque || *scanner.at != '\0') {
                needs_free(needs);
                needs = NULL;
        }
        scan.literals = needs;
        return scan;
}

void pattern_scan_clear(PatternScan *scan)
{
        g_clear_pointer(&scan->literals, g_ptr_array_unref);
}
