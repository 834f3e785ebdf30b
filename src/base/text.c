#include "base/text.h"

#include <glib.h>
#include <string.h>

enum { DISTANCE_CHARACTERS = 64 };

char *text_make_valid(const char *bytes, size_t size_bytes)
{
        if (memchr(bytes, '\0', size_bytes) == NULL)
                return g_utf8_make_valid(bytes, (gssize)size_bytes);
        g_autofree char *without_nul = g_malloc(size_bytes + 1);
        size_t length = 0;
        for (size_t i = 0; i < size_bytes; i++)
                if (bytes[i] != '\0')
                        without_nul[length++] = bytes[i];
        return g_utf8_make_valid(without_nul, (gssize)length);
}

static bool is_bidi_control(gunichar c)
{
        return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

/* Joiners, direction marks, soft hyphen, BOM: seen by no reader. */
static bool is_invisible(gunichar c)
{
        return c == 0x00AD || (c >= 0x200B && c <= 0x200F) || (c >= 0x2060 && c <= 0x2064) || c == 0xFEFF ||
               c == 0x061C || (c >= 0xFE00 && c <= 0xFE0F) || is_bidi_control(c);
}

static bool is_blank(gunichar c)
{
        return c == ' ' || c == '\t' || c == 0x00A0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) ||
               c == 0x202F || c == 0x205F || c == 0x3000;
}

/* Length of the visible ASCII at the beginning of text. */
static size_t plain_run(const char *text)
{
        size_t length = 0;
        while (text[length] > 0x20 && text[length] < 0x7F)
                length++;
        return length;
}

char *text_single_line(const char *text)
{
        GString *out = g_string_sized_new(strlen(text));
        bool pending = false;
        for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
                size_t run = plain_run(p);
                if (run > 0) {
                        if (pending && out->len > 0)
                                g_string_append_c(out, ' ');
                        pending = false;
                        g_string_append_len(out, p, (gssize)run);
                        p += run;
                        if (*p == '\0')
                                break;
                }
                gunichar c = g_utf8_get_char(p);
                if (c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0x2028 || c == 0x2029 || is_blank(c) ||
                    is_bidi_control(c)) {
                        pending = true;
                        continue;
                }
                if (pending && out->len > 0)
                        g_string_append_c(out, ' ');
                pending = false;
                g_string_append_unichar(out, c);
        }
        return g_string_free(out, FALSE);
}

/* One character made comparable, after NFKD and case folding; 0 drops it. */
static gunichar fold_character(gunichar c)
{
        if (c >= 0x0660 && c <= 0x0669) /* Arabic-Indic digits */
                return '0' + (c - 0x0660);
        if (c >= 0x06F0 && c <= 0x06F9) /* Persian digits */
                return '0' + (c - 0x06F0);
        switch (c) {
        case 0x2018:
        case 0x2019:
        case 0x02BC:
        case 0x00B4:
        case 0x0060:
        case 0x2032:
        case 0x201B: return '\'';
        case 0x201C:
        case 0x201D:
        case 0x201E:
        case 0x00AB:
        case 0x00BB:
        case 0x2033: return '"';
        case 0x2010:
        case 0x2011:
        case 0x2012:
        case 0x2013:
        case 0x2014:
        case 0x2015:
        case 0x2212: return '-';
        case 0x0622:
        case 0x0623:
        case 0x0625:
        case 0x0671: return 0x0627; /* alef */
        case 0x0629: return 0x0647; /* ta marbuta as ha */
        case 0x0649:
        case 0x06CC:
        case 0x0626: return 0x064A; /* alef maksura, Persian ya, hamza on ya, as ya */
        case 0x0624: return 0x0648; /* hamza on waw */
        case 0x06A9: return 0x0643; /* Persian kaf */
        case 0x0640: return 0;      /* tatweel */
        case 0x0131: return 'i';
        case 0x060C: return ',';
        case 0x061B: return ';';
        case 0x061F: return '?';
        default: return c;
        }
}

/* Hangul, decomposed by NFKD, is put together again: its parts are no accents. */
static void append_folded(GString *out, gunichar c)
{
        gunichar whole;
        bool is_vowel_or_final = c >= 0x1161 && c <= 0x11C2;
        if (is_vowel_or_final && out->len > 0) {
                const char *last = g_utf8_prev_char(out->str + out->len);
                if (g_unichar_compose(g_utf8_get_char(last), c, &whole)) {
                        g_string_truncate(out, (gsize)(last - out->str));
                        c = whole;
                }
        }
        g_string_append_unichar(out, c);
}

enum { CACHED_CHARACTERS = 0x3000 };

/* The fold of one character; begins with " " for a blank, "" for what is dropped. Context plays no part:
 * marks are dropped one by one. The caller frees. */
static GString *fold_one(gunichar c)
{
        GString *out = g_string_sized_new(16);
        if (c == 0x00B4) /* an apostrophe to those who type it; Unicode calls it a blank with an accent */
                return g_string_append_c(out, '\'');
        char text[8];
        text[g_unichar_to_utf8(c, text)] = '\0';
        g_autofree char *decomposed = g_utf8_normalize(text, -1, G_NORMALIZE_ALL);
        g_autofree char *folded = decomposed != NULL ? g_utf8_casefold(decomposed, -1) : g_strdup("");
        for (const char *p = folded; *p != '\0'; p = g_utf8_next_char(p)) {
                gunichar part = g_utf8_get_char(p);
                GUnicodeType type = g_unichar_type(part);
                if (is_blank(part))
                        part = ' ';
                else if (type == G_UNICODE_NON_SPACING_MARK || type == G_UNICODE_ENCLOSING_MARK ||
                         is_invisible(part))
                        continue;
                else
                        part = fold_character(part);
                if (part == 0x0153 ||
                    part == 0x00E6) /* œ, æ: typed as two letters by half of the keyboards */
                        g_string_append(out, part == 0x0153 ? "oe" : "ae");
                else if (part != 0)
                        append_folded(out, part);
        }
        return out;
}

/* Folds met before: mails use few characters, and Unicode's tables are slow. */
static struct {
        bool is_known;
        guint8 length;
        char bytes[14];
} cache[CACHED_CHARACTERS];

/* Folded text as it grows: blanks are only written before something that follows on the line. There is always
 * room for the rest of the text, were it ASCII. */
typedef struct {
        char *out;
        size_t length, room;
        size_t left; /* bytes of the text that are still to come */
        bool is_blank_pending;
} Folder;

static void folder_write_blank(Folder *folder, char next)
{
        folder->is_blank_pending = false;
        if (folder->length > 0 && folder->out[folder->length - 1] != '\n' && next != '\n')
                folder->out[folder->length++] = ' ';
}

static void folder_reserve(Folder *folder, size_t length)
{
        if (folder->length + length + folder->left + 2 <= folder->room)
                return;
        folder->room = 2 * (folder->length + length + folder->left + 2);
        folder->out = g_realloc(folder->out, folder->room);
}

static void folder_add(Folder *folder, const char *bytes, size_t length)
{
        if (length > 0 && bytes[0] == ' ') {
                folder->is_blank_pending = true;
                bytes++;
                length--;
        }
        if (length == 0)
                return;
        folder_reserve(folder, length);
        if (folder->is_blank_pending)
                folder_write_blank(folder, bytes[0]);
        memcpy(folder->out + folder->length, bytes, length);
        folder->length += length;
}

/* A piece of Hangul is put to the one before, when they make a syllable. */
static void folder_add_jamo(Folder *folder, gunichar c)
{
        const char *last = g_utf8_find_prev_char(folder->out, folder->out + folder->length);
        gunichar whole;
        if (last != NULL && g_unichar_compose(g_utf8_get_char(last), c, &whole)) {
                folder->length = (size_t)(last - folder->out);
                c = whole;
        }
        char bytes[6];
        int length = g_unichar_to_utf8(c, bytes);
        folder_add(folder, bytes, (size_t)length);
}

static void folder_add_character(Folder *folder, gunichar c)
{
        if (c >= 0x1161 && c <= 0x11C2 && !folder->is_blank_pending && folder->length > 0) {
                folder_add_jamo(folder, c);
                return;
        }
        if (c < CACHED_CHARACTERS && cache[c].is_known) {
                folder_add(folder, cache[c].bytes, cache[c].length);
                return;
        }
        GString *folded = fold_one(c);
        if (c < CACHED_CHARACTERS && folded->len <= sizeof cache[c].bytes) {
                memcpy(cache[c].bytes, folded->str, folded->len);
                cache[c].length = (guint8)folded->len;
                cache[c].is_known = true;
        }
        folder_add(folder, folded->str, folded->len);
        g_string_free(folded, TRUE);
}

static char fold_ascii(char c)
{
        return c >= 'A' && c <= 'Z' ? c | 0x20 : c == '`' ? '\'' : c;
}

char *text_fold(const char *text)
{
        size_t size = strlen(text);
        Folder folder = { .out = g_malloc(size + 64), .room = size + 64, .left = size };
        const char *end = text + size;
        while (text < end) {
                char c = *text;
                if ((unsigned char)c >= 0x80) {
                        const char *next = g_utf8_next_char(text);
                        folder.left = (size_t)(end - next);
                        folder_add_character(&folder, g_utf8_get_char(text));
                        text = next;
                        continue;
                }
                text++;
                if (c == ' ' || c == '\t' || c == '\r') {
                        folder.is_blank_pending = true;
                        continue;
                }
                if (folder.is_blank_pending)
                        folder_write_blank(&folder, c);
                folder.out[folder.length++] = fold_ascii(c);
        }
        folder.out[folder.length] = '\0';
        return folder.out;
}

int text_distance(const char *a, const char *b, int limit)
{
        glong length_a = g_utf8_strlen(a, -1), length_b = g_utf8_strlen(b, -1);
        if (length_a > DISTANCE_CHARACTERS || length_b > DISTANCE_CHARACTERS ||
            ABS(length_a - length_b) > limit)
                return limit + 1;
        g_autofree gunichar *left = g_utf8_to_ucs4_fast(a, -1, &length_a);
        g_autofree gunichar *right = g_utf8_to_ucs4_fast(b, -1, &length_b);
        int rows[3][DISTANCE_CHARACTERS + 1]; /* the last three rows of the table, in turn */
        for (glong j = 0; j <= length_b; j++)
                rows[0][j] = (int)j;
        for (glong i = 1; i <= length_a; i++) {
                int *row = rows[i % 3], *above = rows[(i + 2) % 3], *two_above = rows[(i + 1) % 3];
                row[0] = (int)i;
                int least = row[0];
                for (glong j = 1; j <= length_b; j++) {
                        int change = above[j - 1] + (left[i - 1] != right[j - 1]);
                        row[j] = MIN(MIN(above[j], row[j - 1]) + 1, change);
                        if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                                row[j] = MIN(row[j], two_above[j - 2] + 1);
                        least = MIN(least, row[j]);
                }
                if (least > limit)
                        return limit + 1;
        }
        return MIN(rows[length_a % 3][length_b], limit + 1);
}

char *text_strip_controls(const char *text)
{
        GString *out = g_string_sized_new(strlen(text));
        for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
                gunichar c = g_utf8_get_char(p);
                bool is_control = (c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7F && c <= 0x9F);
                if (!is_control && !is_bidi_control(c))
                        g_string_append_unichar(out, c);
        }
        return g_string_free(out, FALSE);
}
