#include "mail/markup.h"

#include "base/text.h"

#include <glib.h>
#include <string.h>

typedef enum {
        BLOCK_PARAGRAPH,
        BLOCK_HEADING,
        BLOCK_SUBHEADING,
        BLOCK_ITEM,
        BLOCK_ENTRY,
        BLOCK_QUOTE,
        BLOCK_PANEL,
        BLOCK_SMALL,
        BLOCK_PRIMARY,
        BLOCK_BUTTON,
        BLOCK_LINK,
        BLOCK_DELIMITER,
        BLOCK_RULE,
        BLOCK_BAR,
        BLOCK_EMPTY,
} BlockKind;

typedef struct {
        BlockKind kind;
        const char *start, *end; /* words, without prefix and newline */
} Line;

#define VALUE_BEGIN '\2'
#define VALUE_END   '\3'
#define FSI         "\u2068"
#define PDI         "\u2069"

static const struct {
        const char *prefix;
        BlockKind kind;
} prefixes[] = {
        { "# ", BLOCK_HEADING }, { "## ", BLOCK_SUBHEADING }, { "- ", BLOCK_ITEM },
        { "+ ", BLOCK_ENTRY },   { "> ", BLOCK_QUOTE },       { "| ", BLOCK_PANEL },
        { "~ ", BLOCK_SMALL },   { "=> ", BLOCK_BUTTON },     { "==> ", BLOCK_PRIMARY },
        { "-> ", BLOCK_LINK },   { "% ", BLOCK_BAR },
};

/* How a block looks. Colours stand on white with 4.5:1 or more; the layout's <style> changes them by class
 * where a mail program has a dark mode of its own. */
static const struct {
        const char *tag, *name, *css;
} looks[] = {
        [BLOCK_PARAGRAPH] = { "p", "t", "margin:0 0 16px;font-size:16px;line-height:24px" },
        [BLOCK_HEADING] = { "h1", "t", "margin:8px 0 20px;font-size:21px;line-height:29px;font-weight:600" },
        [BLOCK_SUBHEADING] = { "h2", "t",
                               "margin:24px 0 8px;font-size:17px;line-height:24px;font-weight:600" },
        [BLOCK_ITEM] = { "div", "t", "margin:0 0 8px;font-size:16px;line-height:24px" },
        [BLOCK_ENTRY] = { "div", "t", "margin:0 0 8px;font-size:16px;line-height:24px" },
        [BLOCK_QUOTE] = { "div", "q",
                          "margin:0 0 16px;padding:2px "
                          "14px;font-size:16px;line-height:24px;border-style:solid;"
                          "border-color:#8a97a6" },
        [BLOCK_PANEL] = { "div", "b",
                          "margin:0 0 16px;padding:12px 14px;font-size:16px;line-height:26px;"
                          "background-color:#f3f6f9;border:1px solid #c6d0da" },
        [BLOCK_SMALL] = { "p", "s", "margin:0 0 8px;font-size:16px;line-height:23px;color:#56616d" },
        [BLOCK_LINK] = { "p", "t", "margin:0 0 16px;font-size:16px;line-height:24px" },
        [BLOCK_BAR] = { "div", "t", "margin:0 0 2px;font-size:14px;line-height:20px" },
        [BLOCK_DELIMITER] = { "p", "s", "margin:0 0 16px;font-size:16px;line-height:22px;color:#56616d" },
};

/* g_str_has_prefix() measures the prefix first; most differ in the first byte. */
static bool begins(const char *text, const char *prefix)
{
        while (*prefix != '\0' && *text == *prefix) {
                text++;
                prefix++;
        }
        return *prefix == '\0';
}

/* The end of a line: a value may hold newlines, and no mark. */
static const char *line_end(const char *p)
{
        p += strcspn(p, "\n\2");
        while (*p == VALUE_BEGIN) {
                p += strcspn(p, "\3");
                p += strcspn(p, "\n\2");
        }
        return p;
}

static bool next_line(const char **at, Line *line)
{
        if (**at == '\0')
                return false;
        const char *p = line_end(*at);
        *line = (Line){ .kind = BLOCK_PARAGRAPH, .start = *at, .end = p };
        *at = *p == '\n' ? p + 1 : p;
        while (line->end > line->start && (line->end[-1] == ' ' || line->end[-1] == '\r'))
                line->end--;
        if (line->start == line->end)
                line->kind = BLOCK_EMPTY;
        else if (g_str_has_prefix(line->start, "==="))
                line->kind = BLOCK_DELIMITER;
        else if (line->end - line->start == 3 && memcmp(line->start, "---", 3) == 0)
                line->kind = BLOCK_RULE;
        bool may_have_prefix = line->start < line->end && strchr("#-+>|~=%", *line->start) != NULL;
        for (size_t i = 0; may_have_prefix && i < G_N_ELEMENTS(prefixes); i++)
                if (begins(line->start, prefixes[i].prefix)) {
                        line->kind = prefixes[i].kind;
                        line->start = MIN(line->start + strlen(prefixes[i].prefix), line->end);
                        break;
                }
        return true;
}

const char *markup_line_words(const char *line)
{
        for (size_t i = 0; i < G_N_ELEMENTS(prefixes); i++)
                if (g_str_has_prefix(line, prefixes[i].prefix))
                        return line + strlen(prefixes[i].prefix);
        return line;
}

/* Lines of these kinds stand for themselves; the others run together. */
static bool is_alone(BlockKind kind)
{
        return kind == BLOCK_HEADING || kind == BLOCK_SUBHEADING || kind == BLOCK_PRIMARY ||
               kind == BLOCK_BUTTON || kind == BLOCK_LINK || kind == BLOCK_EMPTY;
}

enum { BAR_CELLS = 10, BAR_NUMBER_MAX = 1000000000 };

/* A bar's line: how many, of how many, the words. */
static int take_number(Line *line)
{
        gint64 number = 0;
        const char *p = line->start;
        for (; p < line->end && *p != ' '; p++)
                if (g_ascii_isdigit(*p) && number < BAR_NUMBER_MAX)
                        number = 10 * number + (*p - '0');
        while (p < line->end && *p == ' ')
                p++;
        line->start = p;
        return (int)MIN(number, BAR_NUMBER_MAX);
}

typedef struct {
        int done, of;
        int percent; /* 1 and 99 for what is not quite none or all */
} Bar;

static Bar split_bar(Line *line)
{
        Bar bar = { .done = take_number(line) };
        bar.of = take_number(line);
        const int done = MIN(bar.done, bar.of);
        if (done > 0 && done < bar.of)
                bar.percent = CLAMP((int)(100 * (gint64)done / bar.of), 1, 99);
        else
                bar.percent = bar.of > 0 && done == bar.of ? 100 : 0;
        return bar;
}

static bool is_link(BlockKind kind)
{
        return kind == BLOCK_PRIMARY || kind == BLOCK_BUTTON || kind == BLOCK_LINK;
}

/* A link's line: the address, a blank, the words. */
static char *split_link(Line *line)
{
        const char *p = line->start;
        GString *address = g_string_new(NULL);
        for (; p < line->end && *p != ' '; p++)
                if (*p != VALUE_BEGIN && *p != VALUE_END)
                        g_string_append_c(address, *p);
        while (p < line->end && *p == ' ')
                p++;
        line->start = p;
        bool is_safe = g_str_has_prefix(address->str, "https://") ||
                       g_str_has_prefix(address->str, "http://") || g_str_has_prefix(address->str, "mailto:");
        if (!is_safe)
                g_string_truncate(address, 0);
        return g_string_free(address, FALSE);
}

/* Values. */

static bool is_bidi_control(const char *p)
{
        const unsigned char *c = (const unsigned char *)p;
        return c[0] == 0xE2 && ((c[1] == 0x80 && c[2] >= 0xAA && c[2] <= 0xAE) ||
                                (c[1] == 0x81 && c[2] >= 0xA6 && c[2] <= 0xA9));
}

/* What the bytes of a value are, for the direction in which it is shown. */
enum { IS_RTL = 1, IS_LATIN = 2, IS_DIGIT = 4, IS_SIGN = 8 };
static const guint8 byte_class[256] = {
        ['!' ... '/'] = IS_SIGN,  ['0' ... '9'] = IS_DIGIT,   [':' ... '@'] = IS_SIGN,
        ['A' ... 'Z'] = IS_LATIN, ['[' ... '`'] = IS_SIGN,    ['a' ... 'z'] = IS_LATIN,
        ['{' ... '~'] = IS_SIGN,  [0xC3 ... 0xD5] = IS_LATIN, [0xD6 ... 0xDF] = IS_RTL,
};

static bool is_presentation_form(const unsigned char *p) /* of Arabic and Hebrew letters */
{
        return p[0] == 0xEF && p[1] >= 0xAC && p[1] <= 0xBB;
}

/* Would this value be shown in disorder among words of the other direction? Letters of that direction are,
 * and in Arabic a number with signs ("2026-0142"); one plain number is not, so that "[4]" of a form stays
 * plain. */
static bool needs_isolation(const char *start, const char *end, bool is_rtl)
{
        guint found = 0;
        for (const unsigned char *p = (const unsigned char *)start; p < (const unsigned char *)end; p++)
                found |= byte_class[*p] | (is_presentation_form(p) ? IS_RTL : 0);
        if (!is_rtl)
                return (found & IS_RTL) != 0;
        return (found & IS_LATIN) != 0 || (found & (IS_DIGIT | IS_SIGN | IS_RTL)) == (IS_DIGIT | IS_SIGN);
}

static void append_escaped(GString *out, char c)
{
        switch (c) {
        case '&': g_string_append(out, "&amp;"); break;
        case '<': g_string_append(out, "&lt;"); break;
        case '>': g_string_append(out, "&gt;"); break;
        case '"': g_string_append(out, "&quot;"); break;
        case '\'': g_string_append(out, "&#39;"); break;
        default: g_string_append_c(out, c);
        }
}

typedef struct {
        const MarkupStyle *style;
        bool is_html;
        bool is_in_cell; /* a <td> of the one table is open */
        GString *out;
} Writer;

/* What is not copied as it stands: our marks, markup of HTML, the lead byte of a bidi control. */
static const bool is_special[256] = {
        [VALUE_BEGIN] = true, [VALUE_END] = true, ['*'] = true,  ['&'] = true,  ['<'] = true,
        ['>'] = true,         ['"'] = true,       ['\''] = true, [0xE2] = true,
};

static const char *skip_plain(const char *p, const char *end)
{
        while (p < end && !is_special[(unsigned char)*p])
                p++;
        return p;
}

static void append_all(GString *out, ...) G_GNUC_NULL_TERMINATED;
static void append_all(GString *out, ...)
{
        va_list pieces;
        va_start(pieces, out);
        for (const char *piece; (piece = va_arg(pieces, const char *)) != NULL;)
                text_append(out, piece, strlen(piece));
        va_end(pieces);
}

/* One special byte and what belongs to it; gives what follows. */
static const char *append_special(Writer *writer, const char *p, const char *end)
{
        if (end - p >= 3 && is_bidi_control(p))
                return p + 3;
        if (writer->is_html)
                append_escaped(writer->out, *p);
        else
                g_string_append_c(writer->out, *p);
        return p + 1;
}

static void append_characters(Writer *writer, const char *start, const char *end)
{
        for (const char *p = start; p < end;) {
                const char *plain = skip_plain(p, end);
                text_append(writer->out, p, (size_t)(plain - p));
                p = plain < end ? append_special(writer, plain, end) : end;
        }
}

/* One line of a value. */
static void append_value_line(Writer *writer, const char *start, const char *end)
{
        bool is_isolated = needs_isolation(start, end, writer->style->is_rtl);
        if (is_isolated)
                g_string_append(writer->out, writer->is_html ? "<bdi>" : FSI);
        append_characters(writer, start, end);
        if (is_isolated)
                g_string_append(writer->out, writer->is_html ? "</bdi>" : PDI);
}

static const char *append_value(Writer *writer, const char *start, const char *end)
{
        const char *stop = memchr(start, VALUE_END, (size_t)(end - start));
        if (stop == NULL)
                stop = end;
        for (;;) {
                const char *newline = memchr(start, '\n', (size_t)(stop - start));
                append_value_line(writer, start, newline != NULL ? newline : stop);
                if (newline == NULL)
                        return stop < end ? stop + 1 : stop;
                g_string_append(writer->out, writer->is_html ? "<br>" : "\n| ");
                start = newline + 1;
        }
}

static void append_words(Writer *writer, const char *start, const char *end)
{
        bool is_strong = false;
        for (const char *p = start; p < end;) {
                const char *stop = skip_plain(p, end);
                text_append(writer->out, p, (size_t)(stop - p));
                p = stop;
                if (p == end)
                        break;
                if (*p == VALUE_BEGIN) {
                        p = append_value(writer, p + 1, end);
                } else if (*p == VALUE_END) {
                        p++;
                } else if (end - p >= 2 && p[0] == '*' && p[1] == '*') {
                        is_strong = !is_strong;
                        if (writer->is_html)
                                g_string_append(writer->out, is_strong ? "<strong>" : "</strong>");
                        p += 2;
                } else {
                        p = append_special(writer, p, end);
                }
        }
        if (is_strong && writer->is_html)
                g_string_append(writer->out, "</strong>");
}

/* The text part. */

static const char *text_prefix(BlockKind kind)
{
        return kind == BLOCK_ITEM ? "- " : kind == BLOCK_QUOTE ? "| " : "";
}

static void append_text_bar(Writer *writer, Line *line)
{
        const Bar bar = split_bar(line);
        for (int i = 0; i < BAR_CELLS; i++)
                g_string_append(writer->out, i < (bar.percent + BAR_CELLS / 2) / BAR_CELLS ? "█" : "░");
        g_string_append_printf(writer->out, " %d/%d ", bar.done, bar.of);
        append_words(writer, line->start, line->end);
}

static void append_text_line(Writer *writer, Line *line)
{
        if (line->kind == BLOCK_BAR) {
                append_text_bar(writer, line);
        } else if (!is_link(line->kind)) {
                g_string_append(writer->out, text_prefix(line->kind));
                append_words(writer, line->start, line->end);
        } else {
                g_autofree char *address = split_link(line);
                if (address[0] == '\0' || g_str_has_prefix(address, "mailto:"))
                        return;
                append_words(writer, line->start, line->end);
                g_string_append(writer->out,
                                strcmp(writer->style->language, "fr") == 0 ? "\u00A0:\n" : ":\n");
                g_string_append(writer->out, address);
        }
        g_string_append_c(writer->out, '\n');
}

char *markup_text(const char *source, const MarkupStyle *style)
{
        Writer writer = { .style = style, .out = g_string_sized_new(2048) };
        Line line;
        BlockKind before = BLOCK_EMPTY;
        while (next_line(&source, &line)) {
                gsize length = writer.out->len;
                if (line.kind == BLOCK_EMPTY || line.kind == BLOCK_RULE) {
                        before = BLOCK_EMPTY;
                        continue;
                }
                if (length > 0 && (before != line.kind || is_alone(line.kind)))
                        g_string_append_c(writer.out, '\n');
                gsize begun = writer.out->len;
                append_text_line(&writer, &line);
                if (writer.out->len == begun) /* nothing to say: no empty line either */
                        g_string_truncate(writer.out, length);
                before = writer.out->len == length ? BLOCK_EMPTY : line.kind;
        }
        return g_string_free(writer.out, FALSE);
}

/* The HTML part. */

static void set_cell(Writer *writer, bool is_open)
{
        if (writer->is_in_cell != is_open)
                g_string_append(writer->out, is_open ? "<tr><td>\n" : "</td></tr>\n");
        writer->is_in_cell = is_open;
}

static void open_block(Writer *writer, BlockKind kind)
{
        set_cell(writer, true);
        const MarkupStyle *style = writer->style;
        const char *side = kind != BLOCK_QUOTE ? ""
                           : style->is_rtl     ? ";border-width:0 3px 0 0"
                                               : ";border-width:0 0 0 3px";
        append_all(writer->out, "<", looks[kind].tag, " class=\"", looks[kind].name, "\" lang=\"",
                   style->language, "\" dir=\"", style->is_rtl ? "rtl" : "ltr", "\" style=\"",
                   looks[kind].css, ";text-align:", style->is_rtl ? "right" : "left", side, "\">", NULL);
}

static bool is_item(BlockKind kind)
{
        return kind == BLOCK_ITEM || kind == BLOCK_ENTRY;
}

/* As much as a paragraph leaves: margins of tables are not kept everywhere. */
static void append_room(Writer *writer)
{
        g_string_append(writer->out, "<div style=\"font-size:8px;line-height:8px\">&nbsp;</div>\n");
}

/* next: the kind of the line that follows; after its last item a list leaves as much room as a paragraph. */
static void close_block(Writer *writer, BlockKind kind, BlockKind next)
{
        append_all(writer->out, "</", looks[kind].tag, ">\n", NULL);
        if (is_item(kind) && !is_item(next))
                append_room(writer);
}

static void append_rule(Writer *writer)
{
        set_cell(writer, true);
        g_string_append(writer->out,
                        "<div class=\"r\" style=\"margin:24px 0 12px;border-top:1px solid #c6d0da;"
                        "font-size:1px;line-height:1px\">&nbsp;</div>\n");
}

static void append_bar_cell(Writer *writer, const char *name, const char *colour, int percent)
{
        if (percent > 0)
                g_string_append_printf(
                        writer->out,
                        "<td class=\"%s\" width=\"%d%%\" bgcolor=\"%s\" style=\"background-color:%s;"
                        "font-size:8px;line-height:8px\">&nbsp;</td>",
                        name, percent, colour, colour);
}

/* Cells with a background: no picture to load, and no mail program draws them otherwise. */
static void append_html_bar(Writer *writer, Line *line)
{
        const Bar bar = split_bar(line);
        open_block(writer, BLOCK_BAR);
        append_words(writer, line->start, line->end);
        g_string_append_printf(writer->out,
                               " <span class=\"s\" dir=\"ltr\" style=\"color:#56616d\">%d/%d</span></div>\n",
                               bar.done, bar.of);
        g_string_append_printf(
                writer->out,
                "<table role=\"presentation\" width=\"100%%\" cellpadding=\"0\" cellspacing=\"0\" "
                "border=\"0\" dir=\"%s\" style=\"width:100%%;margin:0 0 10px\"><tr>",
                writer->style->is_rtl ? "rtl" : "ltr");
        append_bar_cell(writer, "f", "#1a4f8b", bar.percent);
        append_bar_cell(writer, "e", "#d5dee7", 100 - bar.percent);
        g_string_append(writer->out, "</tr></table>\n");
}

/* A cell of its own: padding on td works in every mail program, Word's engine too. */
static void append_button(Writer *writer, const Line *line, const char *address)
{
        const MarkupStyle *style = writer->style;
        bool is_primary = line->kind == BLOCK_PRIMARY;
        set_cell(writer, false);
        append_all(writer->out, "<tr><td class=\"", is_primary ? "p" : "o", "\"",
                   is_primary ? " bgcolor=\"#1a4f8b\"" : "",
                   " align=\"center\" style=\"padding:11px 16px;border:2px solid #1a4f8b",
                   is_primary ? ";background-color:#1a4f8b" : "", "\"><a href=\"", NULL);
        for (const char *p = address; *p != '\0'; p++)
                append_escaped(writer->out, *p);
        append_all(writer->out, "\" lang=\"", style->language,
                   "\" style=\"display:inline-block;font-size:16px;line-height:22px;font-weight:600;"
                   "text-decoration:none;color:",
                   is_primary ? "#ffffff" : "#1a4f8b", "\">", NULL);
        append_words(writer, line->start, line->end);
        g_string_append(writer->out,
                        "</a></td></tr>\n<tr><td height=\"10\" style=\"height:10px;font-size:6px;"
                        "line-height:10px\">&nbsp;</td></tr>\n");
}

static void append_html_link(Writer *writer, Line *line)
{
        g_autofree char *address = split_link(line);
        if (address[0] == '\0')
                return;
        if (line->kind != BLOCK_LINK) {
                append_button(writer, line, address);
                return;
        }
        open_block(writer, BLOCK_LINK);
        g_string_append(writer->out, "<a class=\"l\" href=\"");
        for (const char *p = address; *p != '\0'; p++)
                append_escaped(writer->out, *p);
        g_string_append(writer->out, "\" style=\"color:#1a4f8b\">");
        append_words(writer, line->start, line->end);
        g_string_append(writer->out, "</a>");
        close_block(writer, BLOCK_LINK, BLOCK_EMPTY);
}

char *markup_html(const char *source, const MarkupStyle *style)
{
        Writer writer = { .style = style, .is_html = true, .out = g_string_sized_new(8192) };
        Line line;
        BlockKind open = BLOCK_EMPTY; /* the block not yet closed */
        BlockKind before = BLOCK_EMPTY;
        while (next_line(&source, &line)) {
                if (before == BLOCK_BAR && line.kind != BLOCK_BAR)
                        append_room(&writer);
                before = line.kind;
                bool goes_on = line.kind == open && !is_alone(line.kind) && !is_item(line.kind);
                if (open != BLOCK_EMPTY && !goes_on)
                        close_block(&writer, open, line.kind);
                if (is_link(line.kind) || line.kind == BLOCK_EMPTY || line.kind == BLOCK_RULE ||
                    line.kind == BLOCK_BAR) {
                        if (line.kind == BLOCK_BAR)
                                append_html_bar(&writer, &line);
                        else if (is_link(line.kind))
                                append_html_link(&writer, &line);
                        else if (line.kind == BLOCK_RULE)
                                append_rule(&writer);
                        open = BLOCK_EMPTY;
                        continue;
                }
                if (goes_on)
                        g_string_append(writer.out, "<br>\n");
                else
                        open_block(&writer, line.kind);
                if (line.kind == BLOCK_ITEM)
                        g_string_append(writer.out, "&bull;&nbsp;");
                append_words(&writer, line.start, line.end);
                open = line.kind;
        }
        if (open != BLOCK_EMPTY)
                close_block(&writer, open, BLOCK_EMPTY);
        set_cell(&writer, false);
        return g_string_free(writer.out, FALSE);
}

char *markup_lead(const char *source, const MarkupStyle *style)
{
        Writer writer = { .style = style, .out = g_string_new(NULL) };
        Line line;
        while (next_line(&source, &line))
                if (line.kind == BLOCK_HEADING) {
                        append_words(&writer, line.start, line.end);
                        break;
                }
        return g_string_free(writer.out, FALSE);
}
