#include "mail/header_text.h"

#include "base/text.h"
#include "mail/charset.h"

#include <string.h>

enum { CHARSET_MAX_OCTETS = 60, ADDRESSES_MAX = 1000, PIECES_MAX = 200 };

/* Decoded bytes that share a charset are joined before they become characters: programs cut encoded words in
 * the middle of one. */
typedef struct {
        GString *out;
        GString *bytes;
        char charset[CHARSET_MAX_OCTETS + 1]; /* "" for raw text */
        const HeaderHint *hint;
} Decoder;

/* Raw bytes are UTF-8 (RFC 6532), else in the charset of the body, as mail programs have it. */
static char *decode_bytes(const GString *bytes, const char *charset, const HeaderHint *hint)
{
        if (charset[0] == '\0')
                charset = g_utf8_validate(bytes->str, (gssize)bytes->len, NULL) ? "utf-8" : hint->charset;
        return charset_decode(bytes->str, bytes->len, charset, hint->is_arabic);
}

static void decoder_flush(Decoder *decoder)
{
        if (decoder->bytes->len == 0)
                return;
        g_autofree char *text = decode_bytes(decoder->bytes, decoder->charset, decoder->hint);
        g_string_append(decoder->out, text);
        g_string_truncate(decoder->bytes, 0);
}

static void decoder_add(Decoder *decoder, const char *charset, const char *bytes, size_t length)
{
        if (g_ascii_strcasecmp(charset, decoder->charset) != 0)
                decoder_flush(decoder);
        g_strlcpy(decoder->charset, charset, sizeof decoder->charset);
        g_string_append_len(decoder->bytes, bytes, (gssize)length);
}

static int base64_value(char c)
{
        if (c >= 'A' && c <= 'Z')
                return c - 'A';
        if (c >= 'a' && c <= 'z')
                return c - 'a' + 26;
        if (c >= '0' && c <= '9')
                return c - '0' + 52;
        return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

static void append_base64(GString *out, const char *text, size_t length)
{
        unsigned bits = 0, have = 0;
        for (size_t i = 0; i < length; i++) {
                if (text[i] == '=') { /* some join two words: what follows begins anew */
                        have = 0;
                        continue;
                }
                int value = base64_value(text[i]);
                if (value < 0)
                        continue;
                bits = (bits << 6 | (unsigned)value) & 0xFFFF;
                have += 6;
                if (have >= 8) {
                        have -= 8;
                        g_string_append_c(out, (char)(bits >> have & 0xFF));
                }
        }
}

static void append_hex(GString *out, const char *text, size_t length, char escape, bool is_underscore_blank)
{
        for (size_t i = 0; i < length; i++) {
                if (text[i] == escape && i + 2 < length + 0 && g_ascii_isxdigit(text[i + 1]) &&
                    g_ascii_isxdigit(text[i + 2])) {
                        g_string_append_c(out, (char)(g_ascii_xdigit_value(text[i + 1]) << 4 |
                                                      g_ascii_xdigit_value(text[i + 2])));
                        i += 2;
                } else if (text[i] == '_' && is_underscore_blank) {
                        g_string_append_c(out, ' ');
                } else if (text[i] != '\r' && text[i] != '\n') {
                        g_string_append_c(out, text[i]);
                }
        }
}

typedef struct {
        char charset[CHARSET_MAX_OCTETS + 1];
        char encoding; /* 'b' or 'q' */
        const char *text;
        size_t length;
        const char *after;
} EncodedWord;

/* Reads `=?charset*language?encoding?text?=` at p. */
static bool encoded_word_read(const char *p, const char *end, EncodedWord *word_out)
{
        const char *start = p + 2, *mark = start;
        while (mark < end && *mark != '?' && *mark != '*' && mark - start < CHARSET_MAX_OCTETS)
                mark++;
        if (mark == end || mark == start || (*mark != '?' && *mark != '*'))
                return false;
        memcpy(word_out->charset, start, (size_t)(mark - start));
        word_out->charset[mark - start] = '\0';
        for (size_t left = CHARSET_MAX_OCTETS; mark < end && *mark != '?' && left > 0; left--)
                mark++;
        if (end - mark < 3 || mark[0] != '?' || mark[2] != '?')
                return false;
        word_out->encoding = g_ascii_tolower(mark[1]);
        if (word_out->encoding != 'b' && word_out->encoding != 'q')
                return false;
        word_out->text = mark + 3;
        const char *close = memmem(word_out->text, (size_t)(end - word_out->text), "?=", 2);
        if (close == NULL)
                return false;
        word_out->length = (size_t)(close - word_out->text);
        word_out->after = close + 2;
        return true;
}

static const char *skip_blanks(const char *p, const char *end)
{
        while (p < end && g_ascii_isspace(*p))
                p++;
        return p;
}

static void decode_word(Decoder *decoder, const EncodedWord *word)
{
        g_autoptr(GString) bytes = g_string_sized_new(word->length);
        if (word->encoding == 'b')
                append_base64(bytes, word->text, word->length);
        else
                append_hex(bytes, word->text, word->length, '=', true);
        decoder_add(decoder, word->charset, bytes->str, bytes->len);
}

static bool has_closing(const char *p, const char *end, const char **closing)
{
        if (*closing != NULL && *closing < p) /* searched again only once it is passed: linear */
                *closing = memmem(p, (size_t)(end - p), "?=", 2);
        return *closing != NULL;
}

/* Nothing to decode, as in most headers. */
static bool is_plain(const char *raw, size_t size)
{
        for (size_t i = 0; i < size; i++)
                if ((unsigned char)raw[i] >= 0x7F || raw[i] == '\0' || raw[i] == '\033' ||
                    (raw[i] == '?' && i > 0 && raw[i - 1] == '='))
                        return false;
        return true;
}

static char *plain_decode(const char *raw, size_t size)
{
        g_autofree char *text = g_strndup(raw, size);
        return text_single_line(text);
}

char *header_decode(const char *raw, size_t size_bytes, const HeaderHint *hint)
{
        if (is_plain(raw, size_bytes))
                return plain_decode(raw, size_bytes);
        const char *end = raw + size_bytes, *p = raw;
        g_autoptr(GString) out = g_string_sized_new(size_bytes + 8);
        g_autoptr(GString) bytes = g_string_new(NULL);
        Decoder decoder = { out, bytes, "", hint };
        const char *closing = memmem(p, size_bytes, "?=", 2);
        while (p < end) {
                EncodedWord word;
                const char *next = memmem(p, (size_t)(end - p), "=?", 2);
                if (next == NULL || !has_closing(next, end, &closing)) {
                        decoder_add(&decoder, "", p, (size_t)(end - p));
                        break;
                }
                bool is_word = encoded_word_read(next, end, &word);
                /* Blanks between two encoded words are not text. */
                bool is_gap = is_word && decoder.charset[0] != '\0' && skip_blanks(p, next) == next;
                if (!is_gap && next > p)
                        decoder_add(&decoder, "", p, (size_t)(next - p));
                if (is_word) {
                        decode_word(&decoder, &word);
                        p = word.after;
                } else {
                        decoder_add(&decoder, "", "=?", 2);
                        p = next + 2;
                }
        }
        decoder_flush(&decoder);
        return text_single_line(out->str);
}

/* One `name*N*=value` as written. */
typedef struct {
        int section;      /* N; -1 without one */
        bool is_extended; /* the star at the end: charset'language'%XX */
        GString *value;   /* quotes off */
} Piece;

static void piece_free(Piece *piece)
{
        g_string_free(piece->value, TRUE);
        g_free(piece);
}

/* `name`, `name*`, `name*3`, `name*3*`: is it a piece of the wanted parameter? */
static bool piece_name_read(const char *text, size_t length, const char *name, Piece *piece)
{
        size_t wanted = strlen(name);
        if (length < wanted || g_ascii_strncasecmp(text, name, wanted) != 0)
                return false;
        const char *p = text + wanted, *end = text + length;
        piece->section = -1;
        piece->is_extended = false;
        if (p == end)
                return true;
        if (*p++ != '*')
                return false;
        if (p < end && g_ascii_isdigit(*p)) {
                piece->section = 0;
                for (; p < end && g_ascii_isdigit(*p) && piece->section < PIECES_MAX; p++)
                        piece->section = piece->section * 10 + (*p - '0');
                if (p == end)
                        return true;
                if (*p++ != '*')
                        return false;
        }
        piece->is_extended = true;
        return p == end;
}

/* The value at p up to the `;` that ends it; gives where it ended. */
static const char *piece_value_read(const char *p, const char *end, GString *value)
{
        p = skip_blanks(p, end);
        if (p < end && *p == '"') {
                for (p++; p < end && *p != '"'; p++) {
                        if (*p == '\\' && p + 1 < end)
                                p++;
                        if (*p != '\r' && *p != '\n')
                                g_string_append_c(value, *p);
                }
                while (p < end && *p != ';')
                        p++;
                return p;
        }
        for (; p < end && *p != ';'; p++) /* unquoted, and then with blanks as often as not */
                g_string_append_c(value, g_ascii_isspace(*p) ? ' ' : *p);
        while (value->len > 0 && value->str[value->len - 1] == ' ')
                g_string_truncate(value, value->len - 1);
        return p;
}

static GPtrArray *pieces_read(const char *raw, size_t size_bytes, const char *name)
{
        GPtrArray *pieces = g_ptr_array_new_with_free_func((GDestroyNotify)piece_free);
        const char *end = raw + size_bytes;
        const char *p = memchr(raw, ';', size_bytes);
        while (p != NULL && p < end && pieces->len < PIECES_MAX) {
                p = skip_blanks(p + 1, end);
                const char *start = p;
                while (p < end && *p != '=' && *p != ';')
                        p++;
                if (p == end || *p == ';')
                        continue;
                const char *name_end = p;
                while (name_end > start && g_ascii_isspace(name_end[-1]))
                        name_end--;
                Piece piece = { .value = g_string_new(NULL) };
                p = piece_value_read(p + 1, end, piece.value);
                if (piece_name_read(start, (size_t)(name_end - start), name, &piece))
                        g_ptr_array_add(pieces, g_memdup2(&piece, sizeof piece));
                else
                        g_string_free(piece.value, TRUE);
        }
        return pieces;
}

static int compare_sections(gconstpointer a, gconstpointer b)
{
        return (*(Piece *const *)a)->section - (*(Piece *const *)b)->section;
}

/* Joins the sections and gives the charset that the first one names ("" without). */
static GString *pieces_join(const GPtrArray *pieces, char charset_out[CHARSET_MAX_OCTETS + 1])
{
        GString *bytes = g_string_new(NULL);
        charset_out[0] = '\0';
        for (guint i = 0; i < pieces->len; i++) {
                const Piece *piece = g_ptr_array_index(pieces, i);
                const char *text = piece->value->str;
                size_t length = piece->value->len;
                if (!piece->is_extended) {
                        g_string_append_len(bytes, text, (gssize)length);
                        continue;
                }
                const char *language = i == 0 ? strchr(text, '\'') : NULL;
                const char *encoded = language != NULL ? strchr(language + 1, '\'') : NULL;
                if (encoded != NULL) {
                        g_strlcpy(charset_out, text,
                                  MIN((size_t)(language - text) + 1, CHARSET_MAX_OCTETS + 1));
                        length -= (size_t)(encoded + 1 - text);
                        text = encoded + 1;
                }
                append_hex(bytes, text, length, '%', false);
        }
        return bytes;
}

char *header_parameter(const char *raw, size_t size_bytes, const char *name, const HeaderHint *hint)
{
        g_autoptr(GPtrArray) pieces = pieces_read(raw, size_bytes, name);
        if (pieces->len == 0)
                return NULL;
        /* A plain form beside the extended ones is for old programs: the extended win (RFC 6266, 4.3). */
        bool has_sections = false, has_extended = false;
        for (guint i = 0; i < pieces->len; i++) {
                const Piece *piece = g_ptr_array_index(pieces, i);
                has_sections |= piece->section >= 0;
                has_extended |= piece->section < 0 && piece->is_extended;
        }
        for (guint i = pieces->len; i-- > 0;) {
                const Piece *piece = g_ptr_array_index(pieces, i);
                bool is_wanted = has_extended   ? piece->section < 0 && piece->is_extended
                                 : has_sections ? piece->section >= 0
                                                : true;
                if (!is_wanted)
                        g_ptr_array_remove_index(pieces, i);
        }
        if (has_sections && !has_extended)
                g_ptr_array_sort(pieces, compare_sections);
        else
                g_ptr_array_set_size(pieces, 1);
        char charset[CHARSET_MAX_OCTETS + 1];
        g_autoptr(GString) bytes = pieces_join(pieces, charset);
        if (charset[0] == '\0')
                return header_decode(bytes->str, bytes->len, hint);
        g_autofree char *text = decode_bytes(bytes, charset, hint);
        return text_single_line(text);
}

/* ------ addresses */

typedef struct {
        GString *phrase; /* what stands before `<`, or the bare address */
        GString *comment;
        GString *angle; /* inside <>; NULL without */
} Mailbox;

static void address_free(HeaderAddress *address)
{
        g_free(address->name);
        g_free(address->address);
        g_free(address);
}

static void mailbox_reset(Mailbox *mailbox)
{
        g_string_truncate(mailbox->phrase, 0);
        g_string_truncate(mailbox->comment, 0);
        if (mailbox->angle != NULL)
                g_string_free(g_steal_pointer(&mailbox->angle), TRUE);
}

/* addr-spec without blanks and route, domain in lower case. */
static char *clean_address(const char *text)
{
        const char *route = strrchr(text, ':');
        if (text[0] == '@' && route != NULL)
                text = route + 1;
        g_autofree char *valid = text_make_valid(text, strlen(text));
        GString *out = g_string_new(NULL);
        for (const char *p = valid; *p != '\0'; p = g_utf8_next_char(p)) {
                gunichar c = g_utf8_get_char(p);
                if (!g_unichar_isspace(c) && !g_unichar_iscntrl(c))
                        g_string_append_unichar(out, c);
        }
        char *at = strrchr(out->str, '@');
        for (char *p = at != NULL ? at : out->str + out->len; *p != '\0'; p++)
                *p = g_ascii_tolower(*p);
        g_autofree char *line = text_single_line(out->str);
        g_string_free(out, TRUE);
        return g_steal_pointer(&line);
}

static void add_address(GPtrArray *addresses, const char *text, const GString *name, const GString *comment,
                        const HeaderHint *hint)
{
        HeaderAddress *address = g_new0(HeaderAddress, 1);
        address->address = clean_address(text);
        address->name = header_decode(name->str, name->len, hint);
        if (address->name[0] == '\0') {
                g_free(address->name);
                address->name = header_decode(comment->str, comment->len, hint);
        }
        if (address->address[0] == '\0')
                address_free(address);
        else
                g_ptr_array_add(addresses, address);
}

/* Without <>: each word that is an address; programs forget the comma too. */
static bool add_bare(const Mailbox *mailbox, GPtrArray *addresses, const HeaderHint *hint)
{
        g_autoptr(GString) none = g_string_new(NULL);
        g_auto(GStrv) words = g_strsplit_set(mailbox->phrase->str, " \t\r\n", -1);
        bool is_found = false;
        for (guint i = 0; words[i] != NULL; i++) {
                const char *at = strchr(words[i], '@');
                if (at == NULL || at == words[i] || at[1] == '\0')
                        continue;
                add_address(addresses, words[i], none, mailbox->comment, hint);
                is_found = true;
        }
        if (!is_found && strchr(mailbox->phrase->str, '@') != NULL) { /* `a @ b` */
                add_address(addresses, mailbox->phrase->str, none, mailbox->comment, hint);
                is_found = true;
        }
        return is_found;
}

static void mailbox_finish(Mailbox *mailbox, GPtrArray *addresses, const HeaderHint *hint)
{
        if (mailbox->angle != NULL) {
                add_address(addresses, mailbox->angle->str, mailbox->phrase, mailbox->comment, hint);
                mailbox_reset(mailbox);
        } else if (add_bare(mailbox, addresses, hint)) {
                mailbox_reset(mailbox);
        } else if (mailbox->phrase->len > 0) { /* `Doe, John <j@x>`: the comma belonged to the name */
                g_string_append(mailbox->phrase, ", ");
        }
}

/* A quoted string at p: its content goes to out. Gives the place after it. */
static const char *take_quoted(const char *p, const char *end, GString *out)
{
        for (p++; p < end && *p != '"'; p++) {
                if (*p == '\\' && p + 1 < end)
                        p++;
                g_string_append_c(out, *p);
        }
        return p < end ? p + 1 : p;
}

static const char *take_comment(const char *p, const char *end, GString *out)
{
        int depth = 1;
        for (p++; p < end; p++) {
                if (*p == '\\' && p + 1 < end)
                        p++;
                else if (*p == '(')
                        depth++;
                else if (*p == ')' && --depth == 0)
                        return p + 1;
                g_string_append_c(out, *p);
        }
        return p;
}

static const char *take_angle(const char *p, const char *end, Mailbox *mailbox)
{
        mailbox->angle = g_string_new(NULL);
        for (p++; p < end && *p != '>'; p++) {
                if (*p == '<') /* `<<a@b>>` */
                        g_string_truncate(mailbox->angle, 0);
                else
                        g_string_append_c(mailbox->angle, *p);
        }
        while (p < end && *p == '>')
                p++;
        return p;
}

GPtrArray *header_addresses(const char *raw, size_t size_bytes, const HeaderHint *hint)
{
        GPtrArray *addresses = g_ptr_array_new_with_free_func((GDestroyNotify)address_free);
        Mailbox mailbox = { g_string_new(NULL), g_string_new(NULL), NULL };
        const char *p = raw, *end = raw + size_bytes;
        while (p < end && addresses->len < ADDRESSES_MAX) {
                switch (*p) {
                case '"': p = take_quoted(p, end, mailbox.phrase); break;
                case '(': p = take_comment(p, end, mailbox.comment); break;
                case '<':
                        if (mailbox.angle != NULL) /* `A <a> B <b>` */
                                mailbox_finish(&mailbox, addresses, hint);
                        p = take_angle(p, end, &mailbox);
                        break;
                case ',':
                case ';':
                        mailbox_finish(&mailbox, addresses, hint);
                        p++;
                        break;
                case ':': /* the name of a group */
                        mailbox_reset(&mailbox);
                        p++;
                        break;
                default: g_string_append_c(mailbox.phrase, *p++);
                }
        }
        mailbox_finish(&mailbox, addresses, hint);
        mailbox_reset(&mailbox);
        g_string_free(mailbox.phrase, TRUE);
        g_string_free(mailbox.comment, TRUE);
        return addresses;
}
