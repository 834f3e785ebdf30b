#include "mail/form_line.h"

#include "base/text.h"

#include <string.h>

enum {
        MAX_LINES = 200,       /* form lines of one mail */
        SURE_LABEL = 6,        /* longer labels may have a letter wrong */
        BEGINNING = 4,         /* bytes of a label that stand for it */
        LABEL_BYTES = 300,     /* an anchor stands within these */
        VALUE_BYTES = 64 << 10 /* with its continuation lines */
};

static const char *const end_lines[] = { "--- fin ---", "--- end ---", "--- نهاية ---", "--- النهاية ---" };

/* Blank or seen by no reader: NBSP and its narrow kin, direction marks, BOM. */
static bool is_space(gunichar c)
{
        return g_unichar_isspace(c) || c == 0x00A0 || c == 0x00AD || (c >= 0x200B && c <= 0x200F) ||
               (c >= 0x202A && c <= 0x202F) || (c >= 0x2060 && c <= 0x2069) || c == 0xFEFF || c == 0x061C;
}

static bool is_bullet(gunichar c)
{
        return c == '*' || c == '-' || c == 0x2022 || c == 0x00B7 || c == 0x25AA || c == 0x25CF ||
               c == 0x2013 || c == 0x2043;
}

static const char *skip(const char *p, const char *end, bool with_quote_marks, bool with_bullets)
{
        while (p < end) {
                gunichar c = g_utf8_get_char(p);
                if (!is_space(c) && !(with_quote_marks && (c == '>' || c == '|')) &&
                    !(with_bullets && (is_bullet(c) || c == '_')))
                        break;
                p = g_utf8_next_char(p);
        }
        return p;
}

static const char *trim_end(const char *begin, const char *end)
{
        while (end > begin) {
                const char *previous = g_utf8_prev_char(end);
                gunichar c = g_utf8_get_char(previous);
                if (!is_space(c) && c != '*' && c != '_')
                        break;
                end = previous;
        }
        return end;
}

/* Begin and end of what is written on a line, without quote marks, bullets and stars. */
typedef struct {
        const char *begin, *end;
} Span;

static Span line_content(const char *line, const char *end)
{
        Span span = { skip(line, end, true, false), end };
        span.end = trim_end(span.begin, span.end);
        return span;
}

static char *span_copy(const char *begin, const char *end)
{
        begin = skip(begin, end, false, false);
        end = trim_end(begin, end);
        g_autofree char *text = g_strndup(begin, (gsize)(end - begin));
        return text_strip_controls(text);
}

/* The number of an anchor `[n]` that begins at p; 0 when there is none. */
static int anchor_read(const char *p, const char *end, const char **after_out)
{
        int number = 0, digits = 0;
        if (*p != '[')
                return 0;
        for (p = skip(p + 1, end, false, false); p < end && digits < 4; digits++) {
                int digit = g_unichar_digit_value(g_utf8_get_char(p));
                if (digit < 0)
                        break;
                number = number * 10 + digit;
                p = g_utf8_next_char(p);
        }
        p = skip(p, end, false, false);
        if (digits == 0 || digits > 3 || p >= end || *p != ']')
                return 0;
        *after_out = p + 1;
        return number;
}

static const char *colon_after(const char *p, const char *end)
{
        p = skip(p, end, false, true);
        if (p >= end)
                return NULL;
        gunichar c = g_utf8_get_char(p);
        return c == ':' || c == 0xFF1A || c == 0xFE55 ? g_utf8_next_char(p) : NULL;
}

/* One label as we sent it. */
typedef struct {
        int anchor;
        char *label; /* folded, without what follows in brackets */
        char *value; /* folded */
} OwnField;

static void own_field_free(gpointer data)
{
        OwnField *field = data;
        g_free(field->label);
        g_free(field->value);
        g_free(field);
}

static const OwnField *own_by_anchor(const GPtrArray *own, int anchor)
{
        for (guint i = 0; own != NULL && i < own->len; i++) {
                const OwnField *field = own->pdata[i];
                if (field->anchor == anchor)
                        return field;
        }
        return NULL;
}

static char *fold_span(const char *begin, const char *end)
{
        g_autofree char *copy = span_copy(begin, end);
        return text_fold(copy);
}

/* "Integration * (de 1 a 5)": the label without star and hint. */
static char *short_label(const char *begin, const char *end)
{
        char *label = fold_span(begin, end);
        char *more = strpbrk(label, "*(");
        if (more != NULL && more > label)
                *more = '\0';
        return g_strstrip(label);
}

static bool is_label(const OwnField *field, const char *label)
{
        return field->label[0] != '\0' &&
               (strcmp(field->label, label) == 0 ||
                (strlen(label) > SURE_LABEL && text_distance(field->label, label, 2) <= 2));
}

/* A field whose label was kept and whose anchor was lost. */
static const OwnField *own_by_label(const GPtrArray *own, const char *begin, const char *end)
{
        if (own == NULL || own->len == 0 || end - begin > LABEL_BYTES || end == begin)
                return NULL;
        g_autofree char *label = short_label(begin, end);
        for (guint i = 0; i < own->len; i++)
                if (is_label(own->pdata[i], label))
                        return own->pdata[i];
        return NULL;
}

/* A line that opens a field: its anchor, label and where the value begins. */
typedef struct {
        int anchor;
        const char *label, *label_end, *value;
} Opening;

/* `[n] Label : value`; `[n] value` when the form that is answered has the anchor. */
static bool opening_behind_anchor(const char *after, const char *end, const GPtrArray *own, int anchor,
                                  Opening *opening_out)
{
        const char *colon = memchr(after, ':', (size_t)(end - after));
        const OwnField *field = own_by_anchor(own, anchor);
        g_autofree char *label = colon != NULL ? short_label(after, colon) : g_strdup("");
        bool is_named = field == NULL || is_label(field, label) ||
                        (label[0] != '\0' && g_str_has_prefix(field->label, label));
        if (colon != NULL && is_named) {
                *opening_out = (Opening){ anchor, after, colon, colon + 1 };
                return true;
        }
        *opening_out = (Opening){ anchor, after, after, after };
        return field != NULL && skip(after, end, false, true) < end;
}

/* `Label [n] : value`, or what opening_behind_anchor() takes. */
static bool opening_with_anchor(Span line, const GPtrArray *own, Opening *opening_out)
{
        const char *last = line.end - line.begin > LABEL_BYTES ? line.begin + LABEL_BYTES : line.end;
        for (const char *p = line.begin; (p = memchr(p, '[', (size_t)(last - p))) != NULL; p++) {
                const char *after;
                int anchor = anchor_read(p, line.end, &after);
                if (anchor == 0 || (own != NULL && own->len > 0 && own_by_anchor(own, anchor) == NULL))
                        continue;
                *opening_out = (Opening){ anchor, line.begin, p, colon_after(after, line.end) };
                if (opening_out->value != NULL)
                        return true;
                if (p == line.begin && opening_behind_anchor(after, line.end, own, anchor, opening_out))
                        return true;
                g_autofree char *label = short_label(line.begin, p);
                if (own != NULL && own->len > 0 && skip(after, line.end, false, true) < line.end &&
                    is_label(own_by_anchor(own, anchor), label)) { /* the colon was typed over */
                        opening_out->value = after;
                        return true;
                }
        }
        return false;
}

static bool has_anchor(int anchor, const char *begin, const char *end)
{
        const char *last = end - begin > LABEL_BYTES ? begin + LABEL_BYTES : end, *after;
        for (const char *p = begin; (p = memchr(p, '[', (size_t)(last - p))) != NULL; p++)
                if (anchor_read(p, end, &after) == anchor)
                        return true;
        return false;
}

/* "Date :" for "Date de la soutenance", when no other label begins so. */
static const OwnField *own_by_beginning(const GPtrArray *own, const char *begin, const char *end)
{
        const OwnField *found = NULL;
        g_autofree char *label = end - begin <= LABEL_BYTES ? short_label(begin, end) : g_strdup("");
        size_t length = strlen(label);
        for (guint i = 0; length >= BEGINNING && own != NULL && i < own->len; i++) {
                const OwnField *field = own->pdata[i];
                if (strncmp(field->label, label, length) != 0 || field->label[length] != ' ')
                        continue;
                if (found != NULL)
                        return NULL;
                found = field;
        }
        return found;
}

static bool opening_with_label(Span line, const GPtrArray *own, bool is_quoted, Opening *opening_out)
{
        const char *last = line.end - line.begin > LABEL_BYTES ? line.begin + LABEL_BYTES : line.end;
        const char *colon = memchr(line.begin, ':', (size_t)(last - line.begin));
        const OwnField *field = colon == NULL ? NULL : own_by_label(own, line.begin, colon);
        if (field == NULL && colon != NULL && !is_quoted) /* a quotation has "Date :" of its own */
                field = own_by_beginning(own, line.begin, colon);
        if (field == NULL || has_anchor(field->anchor, colon, line.end)) /* our list of what is missing */
                return false;
        *opening_out = (Opening){ field->anchor, line.begin, colon, colon + 1 };
        return true;
}

/* `3) value`, `3. value`, `3 - value`: people who number their answers as the form does. */
static bool opening_with_number(Span line, const GPtrArray *own, Opening *opening_out)
{
        int number = 0, digits = 0, digit;
        const char *p = line.begin;
        for (; p < line.end && digits < 4; digits++, p = g_utf8_next_char(p)) {
                if ((digit = g_unichar_digit_value(g_utf8_get_char(p))) < 0)
                        break;
                number = number * 10 + digit;
        }
        p = skip(p, line.end, false, false);
        if (digits == 0 || p >= line.end || strchr(").:-", *p) == NULL || own_by_anchor(own, number) == NULL)
                return false;
        const char *value = skip(p + 1, line.end, false, true);
        *opening_out = (Opening){ number, line.begin, line.begin, p + 1 };
        return value < line.end && !(value == p + 1 && g_unichar_isdigit(g_utf8_get_char(value)));
}

static bool line_opens_field(Span line, const GPtrArray *own, bool is_quoted, bool is_numbered,
                             Opening *opening_out)
{
        if (is_numbered)
                return opening_with_number(line, own, opening_out);
        line.begin = skip(line.begin, line.end, false, true);
        if (line.begin >= line.end)
                return false;
        return opening_with_anchor(line, own, opening_out) ||
               opening_with_label(line, own, is_quoted, opening_out);
}

static bool is_end_line(Span line)
{
        if (line.end - line.begin < 5 || line.end - line.begin > 60)
                return false;
        g_autofree char *folded = fold_span(line.begin, line.end);
        for (guint i = 0; i < G_N_ELEMENTS(end_lines); i++) {
                g_autofree char *wanted = text_fold(end_lines[i]);
                if (strcmp(folded, wanted) == 0)
                        return true;
        }
        return false;
}

/* The lines of a field while they are read. Text after a blank line belongs to the value only when another
 * field or the end line follows. */
typedef struct {
        FormLine *line; /* NULL outside a field */
        GString *value;
        gsize sure; /* bytes of value before the first blank line */
        bool has_gap;
        GPtrArray *out;
} Reader;

static void reader_close(Reader *reader, bool is_delimited)
{
        if (reader->line == NULL)
                return;
        if (!is_delimited && reader->has_gap)
                g_string_truncate(reader->value, reader->sure);
        reader->line->value = g_strdup(g_strstrip(reader->value->str));
        g_ptr_array_add(reader->out, g_steal_pointer(&reader->line));
        g_string_truncate(reader->value, 0);
        reader->has_gap = false;
}

static void reader_open(Reader *reader, const Opening *opening, const char *end, bool is_quoted)
{
        reader_close(reader, true);
        reader->line = g_new0(FormLine, 1);
        reader->line->anchor = opening->anchor;
        reader->line->label = span_copy(opening->label, opening->label_end);
        reader->line->is_quoted = is_quoted;
        g_autofree char *value = span_copy(skip(opening->value, end, false, true), end);
        g_string_append(reader->value, value);
}

static void reader_continue(Reader *reader, Span line)
{
        if (reader->line == NULL || reader->value->len > VALUE_BYTES)
                return;
        if (line.begin >= line.end && !reader->has_gap) {
                reader->sure = reader->value->len;
                reader->has_gap = true;
        }
        g_autofree char *text = span_copy(line.begin, line.end);
        g_string_append_c(reader->value, '\n');
        g_string_append(reader->value, text);
}

/* Does it open a field of ours, with our words before the anchor or none? "Sauf [3] : à revoir" does not. */
static bool is_own_opening(const Opening *opening, const GPtrArray *own)
{
        const OwnField *field = own_by_anchor(own, opening->anchor);
        if (field == NULL)
                return false;
        g_autofree char *label = short_label(opening->label, opening->label_end);
        return label[0] == '\0' || is_label(field, label) ||
               (strlen(label) >= BEGINNING && g_str_has_prefix(field->label, label));
}

/* All fields of a text, in order, as FormLines. beside: all other lines, and what follows a field; NULL. */
static void fields_read(const char *text, bool is_quoted, bool is_numbered, const GPtrArray *own,
                        GPtrArray *out, GString *beside)
{
        Reader reader = { .value = g_string_new(NULL), .out = out };
        const char *p = text;
        while (*p != '\0' && out->len + (reader.line != NULL) < MAX_LINES) {
                const char *end = strchrnul(p, '\n'), *next = *end == '\0' ? end : end + 1;
                Span line = line_content(p, end);
                Opening opening;
                bool is_opening = line_opens_field(line, own, is_quoted, is_numbered, &opening);
                if (is_opening)
                        reader_open(&reader, &opening, line.end, is_quoted);
                else if (reader.line != NULL && is_end_line(line))
                        reader_close(&reader, true);
                else
                        reader_continue(&reader, line);
                if (beside != NULL && !(is_opening && is_own_opening(&opening, own)))
                        g_string_append_len(beside, p, next - p);
                p = next;
        }
        reader_close(&reader, false);
        g_string_free(reader.value, TRUE);
        if (beside != NULL)
                g_string_append(beside, p);
}

static void form_line_free(gpointer data)
{
        FormLine *line = data;
        g_free(line->label);
        g_free(line->value);
        g_free(line);
}

static GPtrArray *own_fields(const char *own_text)
{
        GPtrArray *own = g_ptr_array_new_with_free_func(own_field_free);
        g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(form_line_free);
        if (own_text != NULL)
                fields_read(own_text, false, false, NULL, lines, NULL);
        for (guint i = 0; i < lines->len; i++) {
                const FormLine *line = lines->pdata[i];
                OwnField *field = g_new0(OwnField, 1);
                field->anchor = line->anchor;
                field->label = short_label(line->label, line->label + strlen(line->label));
                field->value = text_fold(line->value);
                g_ptr_array_add(own, field);
        }
        return own;
}

static bool is_changed(const FormLine *line, const GPtrArray *own)
{
        const OwnField *field = own_by_anchor(own, line->anchor);
        if (field == NULL)
                return true;
        g_autofree char *value = text_fold(line->value);
        return strcmp(field->value, value) != 0;
}

enum { NUMBERED_MIN = 2 };

/* Answers that were only numbered: two or more, in rising order. */
static void numbered_read(const char *text, const GPtrArray *own, GPtrArray *out, GString *beside)
{
        g_autoptr(GString) others = g_string_new(NULL);
        g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(form_line_free);
        fields_read(text, false, true, own, lines, others);
        bool is_rising = lines->len >= NUMBERED_MIN;
        for (guint i = 1; i < lines->len; i++)
                is_rising = is_rising &&
                            ((FormLine *)lines->pdata[i - 1])->anchor < ((FormLine *)lines->pdata[i])->anchor;
        if (is_rising)
                g_string_assign(beside, others->str);
        while (is_rising && lines->len > 0)
                g_ptr_array_add(out, g_ptr_array_steal_index(lines, 0));
}

char *form_lines_read(const char *new_text, const char *quoted, const char *own_text, GPtrArray *lines)
{
        GString *beside = g_string_new(NULL);
        g_autoptr(GPtrArray) own = own_fields(own_text);
        g_autoptr(GPtrArray) found = g_ptr_array_new();
        fields_read(new_text, false, false, own, found, beside);
        if (found->len == 0 && own->len > 0)
                numbered_read(new_text, own, found, beside);
        fields_read(quoted, true, false, own, found, NULL);
        for (guint i = 0; i < found->len; i++) {
                FormLine *line = found->pdata[i];
                if (is_changed(line, own))
                        g_ptr_array_add(lines, line);
                else
                        form_line_free(line);
        }
        return g_string_free(beside, FALSE);
}
