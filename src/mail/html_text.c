#include "mail/html_text.h"

#include "mail/html_entity.h"

#include <glib.h>
#include <string.h>

enum {
        NAME_MAX_OCTETS = 15,
        QUOTE_MAX_DEPTH = 16,
        LIST_MAX_DEPTH = 16,
        LINK_MAX_OCTETS = 2000,
        EMOJI_MAX_OCTETS = 32,
        PICTOGRAPHS_FROM = 0x2190,
        STYLE_MAX_OCTETS = 512,
};

typedef enum {
        BREAK_NONE,
        BREAK_LINE,      /* begins on a line of its own */
        BREAK_PARAGRAPH, /* and an empty line around it */
} Break;

typedef enum {
        ELEMENT_PLAIN,
        ELEMENT_SKIP, /* its content is not text */
        ELEMENT_BR,
        ELEMENT_PARAGRAPH,
        ELEMENT_ITEM,
        ELEMENT_LIST,
        ELEMENT_CELL,
        ELEMENT_QUOTE,
        ELEMENT_PRE,
        ELEMENT_LINK,
        ELEMENT_IMAGE,
} Role;

typedef struct {
        const char *name;
        Break gap;
        Role role;
} Element;

static const Element elements[] = {
        { "a", BREAK_NONE, ELEMENT_LINK },        { "address", BREAK_LINE, ELEMENT_PLAIN },
        { "article", BREAK_LINE, ELEMENT_PLAIN }, { "blockquote", BREAK_LINE, ELEMENT_QUOTE },
        { "body", BREAK_LINE, ELEMENT_PLAIN },    { "br", BREAK_NONE, ELEMENT_BR },
        { "center", BREAK_LINE, ELEMENT_PLAIN },  { "dd", BREAK_LINE, ELEMENT_PLAIN },
        { "div", BREAK_LINE, ELEMENT_PLAIN },     { "dl", BREAK_LINE, ELEMENT_PLAIN },
        { "dt", BREAK_LINE, ELEMENT_PLAIN },      { "fieldset", BREAK_LINE, ELEMENT_PLAIN },
        { "footer", BREAK_LINE, ELEMENT_PLAIN },  { "form", BREAK_LINE, ELEMENT_PLAIN },
        { "h1", BREAK_PARAGRAPH, ELEMENT_PLAIN }, { "h2", BREAK_PARAGRAPH, ELEMENT_PLAIN },
        { "h3", BREAK_PARAGRAPH, ELEMENT_PLAIN }, { "h4", BREAK_PARAGRAPH, ELEMENT_PLAIN },
        { "h5", BREAK_PARAGRAPH, ELEMENT_PLAIN }, { "h6", BREAK_PARAGRAPH, ELEMENT_PLAIN },
        { "head", BREAK_NONE, ELEMENT_SKIP },     { "header", BREAK_LINE, ELEMENT_PLAIN },
        { "hr", BREAK_LINE, ELEMENT_PLAIN },      { "html", BREAK_LINE, ELEMENT_PLAIN },
        { "img", BREAK_NONE, ELEMENT_IMAGE },     { "li", BREAK_LINE, ELEMENT_ITEM },
        { "main", BREAK_LINE, ELEMENT_PLAIN },    { "object", BREAK_NONE, ELEMENT_SKIP },
        { "ol", BREAK_LINE, ELEMENT_LIST },       { "p", BREAK_PARAGRAPH, ELEMENT_PARAGRAPH },
        { "pre", BREAK_LINE, ELEMENT_PRE },       { "script", BREAK_NONE, ELEMENT_SKIP },
        { "section", BREAK_LINE, ELEMENT_PLAIN }, { "select", BREAK_NONE, ELEMENT_SKIP },
        { "style", BREAK_NONE, ELEMENT_SKIP },    { "svg", BREAK_NONE, ELEMENT_SKIP },
        { "table", BREAK_LINE, ELEMENT_PLAIN },   { "tbody", BREAK_LINE, ELEMENT_PLAIN },
        { "td", BREAK_NONE, ELEMENT_CELL },       { "textarea", BREAK_NONE, ELEMENT_SKIP },
        { "th", BREAK_NONE, ELEMENT_CELL },       { "title", BREAK_NONE, ELEMENT_SKIP },
        { "tr", BREAK_LINE, ELEMENT_PLAIN },      { "ul", BREAK_LINE, ELEMENT_LIST },
        { "xml", BREAK_NONE, ELEMENT_SKIP },
};

static const Element *element_find(const char *name)
{
        size_t low = 0, high = G_N_ELEMENTS(elements);
        while (low < high) {
                size_t middle = (low + high) / 2;
                int order = strcmp(name, elements[middle].name);
                if (order == 0)
                        return &elements[middle];
                if (order < 0)
                        high = middle;
                else
                        low = middle + 1;
        }
        return NULL;
}

/* ------ what has been written */

typedef struct {
        GString *out;
        size_t line_start;    /* in out: of the current line */
        size_t words_end;     /* in out: behind the last character of the line that is no blank */
        size_t words_before;  /* the same before that character */
        Break gap;            /* wanted before the next word */
        Break paragraph_gap;  /* around the paragraph that is open: Outlook's have none */
        bool has_blank;       /* a blank is wanted before the next word */
        bool is_line_started; /* something stands on the current line, its quote mark at least */
        bool is_last_empty;   /* the line above is empty */
        bool is_block_new;    /* nothing was written since the quote began */
        int quote_depth;
        int pre_depth;
        int list_depth;
        int numbers[LIST_MAX_DEPTH];    /* of the next item; 0: not a numbered list */
        char skip[NAME_MAX_OCTETS + 1]; /* the element whose content is skipped; "" for none */
        int skip_depth;                 /* of elements of that name, inside it */
        char *link;                     /* address of the open link; NULL */
        size_t link_start;              /* where its text begins in out */
} Writer;

static void write_gap(Writer *writer, Break gap)
{
        writer->gap = MAX(writer->gap, gap);
        writer->has_blank = false;
}

static void start_line(Writer *writer)
{
        writer->line_start = writer->out->len;
        for (int i = 0; i < MIN(writer->quote_depth, QUOTE_MAX_DEPTH); i++)
                g_string_append(writer->out, "> ");
        writer->words_end = writer->out->len - (writer->quote_depth > 0 ? 1 : 0);
        writer->words_before = writer->words_end;
        writer->is_line_started = true;
}

static void note_words(Writer *writer)
{
        writer->words_before = writer->words_end;
        writer->words_end = writer->out->len;
}

/* Blanks at the end of a line are nobody's words: a paragraph of one NBSP is an empty line. */
static void end_line(Writer *writer)
{
        if (!writer->is_line_started)
                start_line(writer);
        g_string_truncate(writer->out, writer->words_end);
        const char *words = writer->out->str + writer->line_start;
        writer->is_last_empty = words[strspn(words, "> ")] == '\0';
        g_string_append_c(writer->out, '\n');
        writer->line_start = writer->words_end = writer->words_before = writer->out->len;
        writer->is_line_started = false;
}

/* Line breaks and blanks that were only wanted become real before something is written. */
static void settle(Writer *writer)
{
        if (writer->gap != BREAK_NONE && writer->out->len > 0) {
                if (writer->is_line_started)
                        end_line(writer);
                if (writer->gap == BREAK_PARAGRAPH && !writer->is_last_empty && !writer->is_block_new)
                        end_line(writer);
        }
        writer->gap = BREAK_NONE;
        writer->is_block_new = false;
        if (!writer->is_line_started) {
                start_line(writer);
                writer->has_blank = false;
        }
        if (writer->has_blank)
                g_string_append_c(writer->out, ' ');
        writer->has_blank = false;
}

static void write_break(Writer *writer) /* <br> */
{
        if (writer->gap != BREAK_NONE && writer->out->len > 0)
                settle(writer);
        writer->gap = BREAK_NONE;
        writer->has_blank = false;
        end_line(writer);
}

static void write_character(Writer *writer, char c)
{
        bool is_nbsp = c == '\xA0' && writer->out->len > writer->line_start &&
                       writer->out->str[writer->out->len - 1] == '\xC2';
        g_string_append_c(writer->out, c);
        if (is_nbsp)
                writer->words_end = writer->words_before;
        else
                note_words(writer);
}

static void write_text(Writer *writer, const char *text, size_t length)
{
        for (size_t i = 0; i < length; i++) {
                char c = text[i];
                if (writer->pre_depth > 0 && c == '\n') {
                        write_break(writer);
                } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f') {
                        if (writer->pre_depth > 0 && c != '\r' && c != '\f') {
                                settle(writer);
                                g_string_append_c(writer->out, c);
                        } else if (writer->pre_depth == 0) {
                                writer->has_blank = writer->is_line_started && writer->gap == BREAK_NONE;
                        }
                } else {
                        if (writer->gap != BREAK_NONE || !writer->is_line_started || writer->has_blank)
                                settle(writer);
                        write_character(writer, c);
                }
        }
}

/* ------ tags */

/* The style attribute without blanks, in lower case; false when there is none. */
static bool style_read(const HtmlTag *tag, char *style, size_t room)
{
        if (!html_attribute(tag, "style", style, room))
                return false;
        char *to = style;
        for (const char *p = style; *p != '\0'; p++)
                if (!g_ascii_isspace(*p))
                        *to++ = g_ascii_tolower(*p);
        *to = '\0';
        return true;
}

static bool is_hidden(const HtmlTag *tag)
{
        char style[STYLE_MAX_OCTETS];
        return style_read(tag, style, sizeof style) &&
               (strstr(style, "display:none") != NULL || strstr(style, "mso-hide:all") != NULL);
}

/* Outlook's paragraphs have no space around them: each is a line, and an empty one is an empty line. */
static Break paragraph_gap(const HtmlTag *tag)
{
        char class[32], style[STYLE_MAX_OCTETS];
        if (html_attribute(tag, "class", class, sizeof class) && strstr(class, "MsoNormal") != NULL)
                return BREAK_LINE;
        bool is_tight = style_read(tag, style, sizeof style) &&
                        (strstr(style, "margin:0") != NULL ||
                         (strstr(style, "margin-top:0") != NULL && strstr(style, "margin-bottom:0") != NULL));
        return is_tight ? BREAK_LINE : BREAK_PARAGRAPH;
}

/* A picture of an emoji has it as its alternative text; other alternatives are nobody's words. */
static void write_emoji(Writer *writer, const HtmlTag *tag)
{
        char alt[EMOJI_MAX_OCTETS];
        if (!html_attribute(tag, "alt", alt, sizeof alt) || alt[0] == '\0')
                return;
        for (const char *p = alt; *p != '\0'; p = g_utf8_next_char(p))
                if (g_utf8_get_char(p) < PICTOGRAPHS_FROM)
                        return;
        settle(writer);
        g_string_append(writer->out, alt);
        note_words(writer);
}

static void write_item(Writer *writer)
{
        int *number = writer->list_depth > 0 && writer->list_depth <= LIST_MAX_DEPTH
                              ? &writer->numbers[writer->list_depth - 1]
                              : NULL;
        settle(writer);
        if (number != NULL && *number > 0)
                g_string_append_printf(writer->out, "%d. ", (*number)++);
        else
                g_string_append(writer->out, "- ");
        note_words(writer);
}

static void change_list(Writer *writer, const HtmlTag *tag)
{
        if (tag->is_end) {
                writer->list_depth = MAX(0, writer->list_depth - 1);
                return;
        }
        if (writer->list_depth < LIST_MAX_DEPTH)
                writer->numbers[writer->list_depth] = tag->name[0] == 'o';
        writer->list_depth++;
}

static void change_quote(Writer *writer, bool is_end)
{
        if (writer->is_line_started)
                end_line(writer);
        if (writer->gap == BREAK_LINE)
                writer->gap = BREAK_NONE;
        writer->quote_depth = MAX(0, writer->quote_depth + (is_end ? -1 : 1));
        writer->is_block_new = !is_end;
}

/* `https://x` in the text says as much as the link itself. */
static bool shows_address(const char *text, const char *address)
{
        const char *bare = strstr(address, "//");
        bare = bare != NULL ? bare + 2 : g_str_has_prefix(address, "mailto:") ? address + 7 : address;
        size_t length = strlen(bare);
        while (length > 0 && bare[length - 1] == '/')
                length--;
        return length == 0 || memmem(text, strlen(text), bare, length) != NULL;
}

static void link_open(Writer *writer, const HtmlTag *tag)
{
        char address[LINK_MAX_OCTETS];
        g_clear_pointer(&writer->link, g_free);
        if (!html_attribute(tag, "href", address, sizeof address))
                return;
        if (!g_str_has_prefix(address, "http://") && !g_str_has_prefix(address, "https://") &&
            !g_str_has_prefix(address, "mailto:"))
                return;
        writer->link = g_strdup(address);
        writer->link_start = writer->out->len;
}

static void link_close(Writer *writer)
{
        if (writer->link == NULL)
                return;
        const char *text = writer->out->str + MIN(writer->link_start, writer->out->len);
        if (*text != '\0' && !shows_address(text, writer->link)) {
                g_string_append_printf(writer->out, " <%s>",
                                       g_str_has_prefix(writer->link, "mailto:") ? writer->link + 7
                                                                                 : writer->link);
                note_words(writer);
        }
        g_clear_pointer(&writer->link, g_free);
}

static void skip_open(Writer *writer, const HtmlTag *tag)
{
        g_strlcpy(writer->skip, tag->name, sizeof writer->skip);
        writer->skip_depth = 1;
}

static bool is_void(const char *name)
{
        static const char *const names[] = { "area",  "base", "br",   "col",    "embed", "hr",  "img",
                                             "input", "link", "meta", "source", "track", "wbr", NULL };
        return g_strv_contains(names, name);
}

static void write_gap_of(Writer *writer, const Element *element, const HtmlTag *tag)
{
        Break gap = element->gap;
        if (element->role == ELEMENT_PARAGRAPH) {
                if (!tag->is_end)
                        writer->paragraph_gap = paragraph_gap(tag);
                gap = writer->paragraph_gap;
        }
        if (gap != BREAK_NONE)
                write_gap(writer, gap);
}

static void write_tag(Writer *writer, const HtmlTag *tag)
{
        const Element *element = element_find(tag->name);
        bool is_self_closed =
                tag->attributes_length > 0 && tag->attributes[tag->attributes_length - 1] == '/';
        bool is_skipped = element != NULL && element->role == ELEMENT_SKIP;
        if (!tag->is_end && !is_self_closed && !is_void(tag->name) && (is_skipped || is_hidden(tag))) {
                skip_open(writer, tag);
                return;
        }
        if (element == NULL || is_skipped)
                return;
        write_gap_of(writer, element, tag);
        switch (element->role) {
        case ELEMENT_BR: write_break(writer); break;
        case ELEMENT_ITEM:
                if (!tag->is_end)
                        write_item(writer);
                break;
        case ELEMENT_CELL:
                if (!tag->is_end && writer->gap == BREAK_NONE)
                        writer->has_blank = writer->is_line_started;
                break;
        case ELEMENT_IMAGE: write_emoji(writer, tag); break;
        case ELEMENT_LIST: change_list(writer, tag); break;
        case ELEMENT_QUOTE: change_quote(writer, tag->is_end); break;
        case ELEMENT_PARAGRAPH: break;
        case ELEMENT_PRE: writer->pre_depth = MAX(0, writer->pre_depth + (tag->is_end ? -1 : 1)); break;
        case ELEMENT_LINK:
                if (tag->is_end)
                        link_close(writer);
                else
                        link_open(writer, tag);
                break;
        case ELEMENT_PLAIN:
        case ELEMENT_SKIP: break;
        }
}

static void handle_tag(Writer *writer, const HtmlTag *tag)
{
        if (writer->skip[0] == '\0') {
                write_tag(writer, tag);
                return;
        }
        /* Documents without an end of head have a body all the same. */
        if (strcmp(writer->skip, "head") == 0 && strcmp(tag->name, "body") == 0)
                writer->skip[0] = '\0';
        if (strcmp(tag->name, writer->skip) != 0)
                return;
        writer->skip_depth += tag->is_end ? -1 : 1;
        if (writer->skip_depth <= 0)
                writer->skip[0] = '\0';
}

/* ------ the tokenizer */

bool html_attribute(const HtmlTag *tag, const char *name, char *value_out, size_t room)
{
        const char *p = tag->attributes, *end = p + tag->attributes_length;
        size_t wanted = strlen(name);
        for (int count = 0; p < end && count < HTML_ATTRIBUTES_MAX; count++) {
                while (p < end && (g_ascii_isspace(*p) || *p == '/'))
                        p++;
                const char *start = p;
                while (p < end && *p != '=' && !g_ascii_isspace(*p) && *p != '/')
                        p++;
                size_t length = (size_t)(p - start);
                while (p < end && g_ascii_isspace(*p))
                        p++;
                const char *value = p, *value_end = p;
                if (p < end && *p == '=') {
                        for (p++; p < end && g_ascii_isspace(*p);)
                                p++;
                        char quote = p < end && (*p == '"' || *p == '\'') ? *p++ : '\0';
                        value = p;
                        while (p < end && (quote != '\0' ? *p != quote : !g_ascii_isspace(*p)))
                                p++;
                        value_end = p;
                        if (quote != '\0' && p < end)
                                p++;
                }
                if (length == wanted && g_ascii_strncasecmp(start, name, length) == 0) {
                        html_entities_decode(value, (size_t)(value_end - value), value_out, room);
                        return true;
                }
        }
        return false;
}

/* Where the tag that begins at p ends (its `>`): quotes hide a `>`, but a quote that never closes hides
 * nothing. NULL when there is no end. */
static const char *tag_end(const char *p, const char *end)
{
        const char *first = NULL;
        char quote = '\0';
        for (const char *q = p; q < end; q++) {
                if (*q == '>' && first == NULL)
                        first = q;
                if (quote != '\0') {
                        if (*q == quote)
                                quote = '\0';
                        else if (q - p > 64 * 1024)
                                return first;
                } else if (*q == '"' || *q == '\'') {
                        quote = q[-1] == '=' || g_ascii_isspace(q[-1]) ? *q : '\0';
                } else if (*q == '>') {
                        return q;
                } else if (*q == '<' && first == NULL && q > p + 1) {
                        return NULL;
                }
        }
        return first;
}

/* Reads the tag at p (`<name …>`). Gives where to go on, NULL when it is no tag. */
static const char *tag_read(const char *p, const char *end, char name[NAME_MAX_OCTETS + 1], HtmlTag *tag_out)
{
        const char *q = p + 1;
        tag_out->is_end = q < end && *q == '/';
        if (tag_out->is_end)
                q++;
        if (q >= end || !g_ascii_isalpha(*q))
                return NULL;
        size_t length = 0;
        while (q < end && (g_ascii_isalnum(*q) || *q == ':' || *q == '-')) {
                if (length < NAME_MAX_OCTETS)
                        name[length++] = g_ascii_tolower(*q);
                q++;
        }
        name[length] = '\0';
        const char *close = tag_end(q, end);
        if (close == NULL)
                return NULL;
        tag_out->name = name;
        tag_out->attributes = q;
        tag_out->attributes_length = (size_t)(close - q);
        return close + 1;
}

/* `<!-- … -->`, `<!DOCTYPE …>`, `<?xml … ?>`; gives where to go on, NULL when it is none of them. */
static const char *declaration_skip(const char *p, const char *end)
{
        if (end - p >= 4 && memcmp(p, "<!--", 4) == 0) {
                const char *close = memmem(p + 4, (size_t)(end - p - 4), "-->", 3);
                return close != NULL ? close + 3 : end;
        }
        if (end - p >= 2 && (p[1] == '!' || p[1] == '?')) {
                const char *close = memchr(p, '>', (size_t)(end - p));
                return close != NULL ? close + 1 : end;
        }
        return NULL;
}

/* Content of script and style is not HTML: it goes to the end tag. */
static const char *raw_text_skip(Writer *writer, const char *p, const char *end)
{
        size_t length = strlen(writer->skip);
        while ((p = memmem(p, (size_t)(end - p), "</", 2)) != NULL) {
                if ((size_t)(end - p) > length + 2 && g_ascii_strncasecmp(p + 2, writer->skip, length) == 0)
                        return p;
                p += 2;
        }
        return end;
}

static const char *entity_write(Writer *writer, const char *p, const char *end)
{
        char text[8];
        size_t length = html_entity_read(p, (size_t)(end - p), text);
        if (length == 0) {
                write_text(writer, "&", 1);
                return p + 1;
        }
        write_text(writer, text, strlen(text));
        return p + length;
}

char *html_text(const char *html, size_t size_bytes, HtmlVisit visit, void *data)
{
        const char *p = html, *end = html + MIN(size_bytes, HTML_TEXT_MAX_BYTES);
        Writer writer = { .out = g_string_sized_new((gsize)(end - p) / 2), .paragraph_gap = BREAK_PARAGRAPH };
        while (p < end) {
                if (strcmp(writer.skip, "script") == 0 || strcmp(writer.skip, "style") == 0) {
                        p = raw_text_skip(&writer, p, end);
                        if (p == end)
                                break;
                }
                if (*p == '<') {
                        char name[NAME_MAX_OCTETS + 1];
                        HtmlTag tag = { .offset = (size_t)(p - html), .text_offset = writer.words_end };
                        const char *next = declaration_skip(p, end);
                        if (next == NULL && (next = tag_read(p, end, name, &tag)) != NULL) {
                                if (visit != NULL)
                                        visit(&tag, data);
                                handle_tag(&writer, &tag);
                        }
                        if (next != NULL) {
                                p = next;
                                continue;
                        }
                        if (writer.skip[0] == '\0')
                                write_text(&writer, "<", 1);
                        p++;
                } else if (writer.skip[0] != '\0') {
                        const char *next = memchr(p, '<', (size_t)(end - p));
                        p = next != NULL ? next : end;
                } else if (*p == '&') {
                        p = entity_write(&writer, p, end);
                } else {
                        const char *stop = p;
                        while (stop < end && *stop != '<' && *stop != '&')
                                stop++;
                        write_text(&writer, p, (size_t)(stop - p));
                        p = stop;
                }
        }
        g_free(writer.link);
        if (writer.is_line_started)
                end_line(&writer);
        char *valid = g_utf8_make_valid(writer.out->str, (gssize)writer.out->len); /* cut at the cap */
        g_string_free(writer.out, TRUE);
        return g_strchomp(valid);
}
