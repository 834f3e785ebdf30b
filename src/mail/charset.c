#include "mail/charset.h"

#include "base/text.h"

#include <errno.h>
#include <glib.h>
#include <iconv.h>
#include <stdint.h>
#include <string.h>

typedef enum { FAMILY_LATIN, FAMILY_UTF8, FAMILY_SINGLE, FAMILY_MULTI, FAMILY_HZ } Family;

typedef struct {
        const char *name;  /* as iconv knows it; NULL: decoded here */
        const char *names; /* lower case letters and digits only, separated by blanks */
        Family family;
} Charset;

static const Charset charsets[] = {
        { NULL,
          " usascii ascii ansix341968 ansix341986 iso646us 646 us cp367 iso88591 latin1 l1 ibm819 cp819 "
          "iso88591windows30latin1 "
          "windows1252 cp1252 ansi 8bit iso885911987 ",
          FAMILY_LATIN },
        { NULL, " utf8 unicode11utf8 utf8mb4 cp65001 utf ", FAMILY_UTF8 },
        { "ISO-8859-2", " iso88592 latin2 l2 iso885921987 ", FAMILY_SINGLE },
        { "ISO-8859-3", " iso88593 latin3 l3 ", FAMILY_SINGLE },
        { "ISO-8859-4", " iso88594 latin4 l4 ", FAMILY_SINGLE },
        { "ISO-8859-5", " iso88595 cyrillic ", FAMILY_SINGLE },
        { "ISO-8859-6", " iso88596 iso88596e iso88596i arabic asmo708 ecma114 ", FAMILY_SINGLE },
        { "ISO-8859-7", " iso88597 greek greek8 elot928 ", FAMILY_SINGLE },
        { "ISO-8859-8", " iso88598 iso88598i iso88598e hebrew logical visual ", FAMILY_SINGLE },
        { "WINDOWS-1254", " iso88599 latin5 l5 windows1254 cp1254 ", FAMILY_SINGLE },
        { "ISO-8859-10", " iso885910 latin6 l6 ", FAMILY_SINGLE },
        { "ISO-8859-13", " iso885913 latin7 l7 ", FAMILY_SINGLE },
        { "ISO-8859-14", " iso885914 latin8 l8 ", FAMILY_SINGLE },
        { "ISO-8859-15", " iso885915 latin9 l9 ", FAMILY_SINGLE },
        { "ISO-8859-16", " iso885916 latin10 l10 ", FAMILY_SINGLE },
        { "CP874", " iso885911 tis620 windows874 cp874 dos874 ", FAMILY_SINGLE },
        { "WINDOWS-1250", " windows1250 cp1250 ", FAMILY_SINGLE },
        { "WINDOWS-1251", " windows1251 cp1251 ", FAMILY_SINGLE },
        { "WINDOWS-1253", " windows1253 cp1253 ", FAMILY_SINGLE },
        { "WINDOWS-1255", " windows1255 cp1255 ", FAMILY_SINGLE },
        { "WINDOWS-1256", " windows1256 cp1256 ", FAMILY_SINGLE },
        { "WINDOWS-1257", " windows1257 cp1257 ", FAMILY_SINGLE },
        { "WINDOWS-1258", " windows1258 cp1258 ", FAMILY_SINGLE },
        { "KOI8-R", " koi8r koi8 koi ", FAMILY_SINGLE },
        { "KOI8-U", " koi8u koi8ru ", FAMILY_SINGLE },
        { "IBM437", " ibm437 cp437 ", FAMILY_SINGLE },
        { "IBM850", " ibm850 cp850 ", FAMILY_SINGLE },
        { "IBM866", " ibm866 cp866 866 ", FAMILY_SINGLE },
        { "MACINTOSH", " macintosh macroman mac ", FAMILY_SINGLE },
        { "GB18030", " gb18030 gb2312 gbk gb231280 csgb2312 cp936 windows936 ms936 chinese euccn xeuccn ",
          FAMILY_MULTI },
        { NULL, " hzgb2312 hz ", FAMILY_HZ },
        { "BIG5-HKSCS", " big5 big5hkscs cp950 ms950 bigfive ", FAMILY_MULTI },
        { "CP949", " euckr ksc56011987 ksc5601 ksc56011989 korean uhc cp949 ms949 windows949 isoir149 ",
          FAMILY_MULTI },
        { "ISO-2022-KR", " iso2022kr ", FAMILY_MULTI },
        { "EUC-JP-MS", " eucjp eucjpms cseucpkdfmtjapanese ", FAMILY_MULTI },
        { "CP932", " shiftjis sjis mskanji cp932 ms932 windows31j windows932 csshiftjis ", FAMILY_MULTI },
        { "ISO-2022-JP-3",
          " iso2022jp iso2022jp1 iso2022jp2 iso2022jp3 iso2022jpms cp50220 cp50221 50220 50221 ",
          FAMILY_MULTI },
        { "UTF-7", " utf7 unicode11utf7 unicode20utf7 utf7imap ", FAMILY_MULTI },
        { "UTF-16", " utf16 ucs2 unicode iso10646ucs2 ", FAMILY_MULTI },
        { "UTF-16LE", " utf16le ucs2le ", FAMILY_MULTI },
        { "UTF-16BE", " utf16be ucs2be ", FAMILY_MULTI },
        { "UTF-32", " utf32 ucs4 ", FAMILY_MULTI },
        { "UTF-32LE", " utf32le ", FAMILY_MULTI },
        { "UTF-32BE", " utf32be ", FAMILY_MULTI },
};

enum { NAME_MAX_OCTETS = 40, LATIN = 0, UTF8 = 1 };

/* The converters, opened once and kept: a sealed process cannot open them. */
static iconv_t converters[G_N_ELEMENTS(charsets)];
static bool is_open[G_N_ELEMENTS(charsets)];

static iconv_t converter(size_t index)
{
        if (!is_open[index]) {
                converters[index] = iconv_open("UTF-8", charsets[index].name);
                is_open[index] = true;
        }
        return converters[index];
}

void charset_load(void)
{
        for (size_t i = 0; i < G_N_ELEMENTS(charsets); i++)
                if (charsets[i].name != NULL)
                        converter(i);
}

/* Index of the charset, -1 when there is none of that name. */
static int find_plain(const char *key)
{
        for (size_t i = 0; i < G_N_ELEMENTS(charsets); i++)
                if (strstr(charsets[i].names, key) != NULL)
                        return (int)i;
        return -1;
}

static int charset_find(const char *name)
{
        char key[NAME_MAX_OCTETS + 3] = " ";
        size_t length = 1;
        for (const char *p = name; *p != '\0' && length <= NAME_MAX_OCTETS; p++)
                if (g_ascii_isalnum(*p))
                        key[length++] = g_ascii_tolower(*p);
        if (length == 1)
                return -1;
        key[length++] = ' ';
        key[length] = '\0';
        int found = find_plain(key);
        for (int skip = 1; found < 0 && skip <= 2; skip++) { /* x-sjis, csISO2022JP */
                if (strncmp(key + 1, skip == 1 ? "x" : "cs", (size_t)skip) != 0)
                        continue;
                key[skip] = ' ';
                found = find_plain(key + skip);
                key[skip] = skip == 1 ? 'x' : 's';
        }
        return found;
}

/* windows-1252, 0x80 to 0x9F; what it leaves undefined stays a C1 control. */
static const gunichar windows_1252[32] = {
        0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
        0x2039, 0x0152, 0x8D,   0x017D, 0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
        0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178,
};

static char *decode_latin(const char *bytes, size_t size)
{
        char *out = g_malloc(3 * size + 1), *end = out;
        for (size_t i = 0; i < size; i++) {
                unsigned char c = (unsigned char)bytes[i];
                if (c == '\0')
                        continue;
                if (c < 0x80)
                        *end++ = (char)c;
                else
                        end += g_unichar_to_utf8(c < 0xA0 ? windows_1252[c - 0x80] : c, end);
        }
        *end = '\0';
        return g_realloc(out, (gsize)(end - out) + 1);
}

/* What iconv makes of the bytes: broken ones become U+FFFD and are counted. NULL: no such converter. */
static char *decode_with(iconv_t open, const char *bytes, size_t size, size_t *broken_out)
{
        *broken_out = 0;
        if (open == (iconv_t)-1)
                return NULL;
        iconv(open, NULL, NULL, NULL, NULL);
        GString *out = g_string_sized_new(size + size / 2 + 16);
        char buffer[4096], *in = (char *)bytes;
        size_t left = size;
        while (left > 0) {
                char *to = buffer;
                size_t room = sizeof buffer;
                size_t result = iconv(open, &in, &left, &to, &room);
                int reason = errno;
                g_string_append_len(out, buffer, to - buffer);
                if (result != (size_t)-1 || reason == E2BIG)
                        continue;
                g_string_append(out, "\uFFFD");
                ++*broken_out;
                if (reason == EINVAL) /* ends in the middle of a character */
                        break;
                in++;
                left--;
        }
        char *to = buffer;
        size_t room = sizeof buffer;
        iconv(open, NULL, NULL, &to, &room);
        g_string_append_len(out, buffer, to - buffer);
        char *valid = text_make_valid(out->str, out->len);
        g_string_free(out, TRUE);
        return valid;
}

/* Neither eighth bit nor NUL, eight bytes at a time, and no escape. */
static bool is_ascii(const char *bytes, size_t size)
{
        static const uint64_t ones = UINT64_C(0x0101010101010101), highs = UINT64_C(0x8080808080808080);
        size_t i = 0;
        for (; i + 8 <= size; i += 8) {
                uint64_t eight;
                memcpy(&eight, bytes + i, sizeof eight);
                if (((eight | (eight - ones)) & highs) != 0)
                        return false;
        }
        for (; i < size; i++)
                if ((unsigned char)bytes[i] >= 0x80 || bytes[i] == '\0')
                        return false;
        return memchr(bytes, '\033', size) == NULL;
}

static bool is_utf8(const char *bytes, size_t size)
{
        return g_utf8_validate_len(bytes, size, NULL); /* a NUL is not valid */
}

typedef struct {
        size_t high;      /* bytes from 0x80 */
        size_t sequences; /* whole UTF-8 characters of several bytes */
        size_t broken;    /* places where the bytes are no UTF-8 */
} Utf8Count;

static Utf8Count count_utf8(const char *bytes, size_t size)
{
        Utf8Count count = { 0 };
        const char *p = bytes, *end = bytes + size;
        while (p < end) {
                if ((unsigned char)*p < 0x80) {
                        p++;
                        continue;
                }
                gunichar c = g_utf8_get_char_validated(p, end - p);
                bool is_whole = c != (gunichar)-1 && c != (gunichar)-2;
                size_t length = is_whole ? (size_t)(g_utf8_next_char(p) - p) : 1;
                count.high += length;
                count.sequences += is_whole;
                count.broken += !is_whole;
                p += length;
        }
        return count;
}

/* Words of high bytes in which alef (C7) and lam (E1) are frequent: windows-1256. */
static bool looks_arabic(const char *bytes, size_t size)
{
        size_t high = 0, runs = 0, frequent = 0;
        bool is_inside = false;
        for (size_t i = 0; i < size; i++) {
                unsigned char c = (unsigned char)bytes[i];
                bool is_high = c >= 0xC0;
                high += is_high;
                runs += is_high && !is_inside;
                frequent += c == 0xC7 || c == 0xE1;
                is_inside = is_high;
        }
        return high >= 6 && high >= 3 * runs && frequent * 8 >= high;
}

/* Bytes in no declared charset, or not in the one declared. */
static char *decode_guessed(const char *bytes, size_t size, bool is_arabic)
{
        Utf8Count count = count_utf8(bytes, size);
        if (count.broken == 0 || count.sequences > 4 * count.broken)
                return text_make_valid(bytes, size);
        if (is_arabic || looks_arabic(bytes, size)) {
                size_t broken;
                char *text =
                        decode_with(converter((size_t)charset_find("windows-1256")), bytes, size, &broken);
                if (text != NULL)
                        return text;
        }
        return decode_latin(bytes, size);
}

/* ISO-2022-JP is seven bits: nothing but its escapes tells it from ASCII. */
static bool has_japanese_escape(const char *bytes, size_t size)
{
        return memmem(bytes, size, "\033$B", 3) != NULL || memmem(bytes, size, "\033$@", 3) != NULL;
}

static char *decode_as_latin(const char *bytes, size_t size, bool is_arabic)
{
        Utf8Count count = count_utf8(bytes, size);
        if (count.sequences > 0 && count.broken == 0) /* é as two Latin letters is written by nobody */
                return text_make_valid(bytes, size);
        if (is_arabic && looks_arabic(bytes, size))
                return decode_guessed(bytes, size, true);
        return decode_latin(bytes, size);
}

static char *decode_as(size_t index, const char *bytes, size_t size, bool is_arabic)
{
        size_t broken;
        g_autofree char *text = decode_with(converter(index), bytes, size, &broken);
        if (text == NULL)
                return decode_guessed(bytes, size, is_arabic);
        /* A byte lost on the way does not make another charset of a long text. */
        if (broken == 0 || (charsets[index].family == FAMILY_MULTI && broken * 20 < size))
                return g_steal_pointer(&text);
        Utf8Count count = count_utf8(bytes, size);
        if (count.broken == 0 && count.sequences > 0)
                return text_make_valid(bytes, size);
        if (charsets[index].family == FAMILY_SINGLE && broken * 4 < count.high)
                return g_steal_pointer(&text);
        return decode_guessed(bytes, size, is_arabic);
}

/* The bytes' own mark, which beats any declaration; NULL when there is none. */
static const char *byte_order_mark(const char *bytes, size_t size)
{
        if (size >= 2 && memcmp(bytes, "\xFF\xFE", 2) == 0)
                return "utf-16le";
        if (size >= 2 && memcmp(bytes, "\xFE\xFF", 2) == 0)
                return "utf-16be";
        return NULL;
}

/* HZ (RFC 1843), which glibc does not know: GB 2312 in seven bits between `~{` and `~}`. */
static char *decode_hz(const char *bytes, size_t size)
{
        g_autofree char *eight = g_malloc(size + 1);
        size_t length = 0;
        bool is_chinese = false;
        for (size_t i = 0; i < size; i++) {
                char next = i + 1 < size ? bytes[i + 1] : '\0';
                if (bytes[i] == '~' && (next == '{' || next == '}')) {
                        is_chinese = next == '{';
                        i++;
                } else if (bytes[i] == '~' && (next == '~' || next == '\n')) {
                        if (next == '~')
                                eight[length++] = '~';
                        i++;
                } else {
                        bool is_half = is_chinese && bytes[i] > 0x20;
                        eight[length++] = (char)(bytes[i] | (is_half ? 0x80 : 0));
                }
        }
        return decode_as((size_t)charset_find("gb18030"), eight, length, false);
}

char *charset_decode(const char *bytes, size_t size, const char *declared, bool is_arabic)
{
        if (size >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0) {
                bytes += 3;
                size -= 3;
        }
        const char *mark = byte_order_mark(bytes, size);
        if (mark != NULL) {
                bytes += 2;
                size -= 2;
                declared = mark;
        }
        int index = declared != NULL ? charset_find(declared) : -1;
        if (index <= UTF8 && is_ascii(bytes, size))
                return g_strndup(bytes, size);
        if ((index < 0 || index == UTF8) && memchr(bytes, '\033', size) == NULL && is_utf8(bytes, size))
                return g_strndup(bytes, size);
        if (index <= UTF8 && has_japanese_escape(bytes, size))
                index = charset_find("iso-2022-jp");
        if (index == LATIN)
                return decode_as_latin(bytes, size, is_arabic);
        if (index < 0 || index == UTF8)
                return decode_guessed(bytes, size, is_arabic);
        if (charsets[index].family == FAMILY_HZ)
                return decode_hz(bytes, size);
        return decode_as((size_t)index, bytes, size, is_arabic);
}
