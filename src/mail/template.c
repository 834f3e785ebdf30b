#include "mail/template.h"

#include "base/text.h"

#include <glib.h>
#include <string.h>

enum {
        DEPTH_MAX = 48,
        STEPS_MAX = 1 << 18,
        OUTPUT_MAX_BYTES = 4 << 20,
        DELIMITER_MAX = 8,
        NUMBER_BYTES = 40
};

typedef enum { NODE_LITERAL, NODE_VALUE, NODE_RAW, NODE_SECTION, NODE_INVERTED, NODE_PARTIAL } NodeKind;

/* A template is its nodes in order; a section's children follow it, up to `end`. */
typedef struct {
        NodeKind kind;
        bool starts_line; /* a partial's indentation goes before it */
        int line, column;
        const char *literal; /* into the source */
        size_t length;
        char *name;   /* owned */
        char **path;  /* name at its dots; NULL for "." and partials */
        char *indent; /* of a partial alone on its line; NULL */
        guint end;    /* index after a section's last child */
} Node;

struct Template {
        char *file, *source;
        GArray *nodes; /* of Node */
};

static void node_clear(gpointer data)
{
        Node *node = data;
        g_free(node->name);
        g_strfreev(node->path);
        g_free(node->indent);
}

void template_free(Template *tmpl)
{
        if (tmpl == NULL)
                return;
        g_array_unref(tmpl->nodes);
        g_free(tmpl->source);
        g_free(tmpl->file);
        g_free(tmpl);
}

/* Parsing. */

typedef struct {
        Template *tmpl;
        Problems *problems;
        const char *at;         /* not yet read */
        const char *marked;     /* up to here lines are counted */
        const char *line_start; /* of the line that holds `marked` */
        int line;
        char open[DELIMITER_MAX + 1], close[DELIMITER_MAX + 1];
        GArray *sections; /* of guint: open ones */
} Parser;

typedef struct {
        char sigil; /* '\0': a variable */
        const char *start, *inner, *inner_end, *end;
} Tag;

static int mark(Parser *parser, const char *at, int *column_out)
{
        for (; parser->marked < at; parser->marked++)
                if (*parser->marked == '\n') {
                        parser->line++;
                        parser->line_start = parser->marked + 1;
                }
        *column_out = (int)g_utf8_strlen(parser->line_start, at - parser->line_start) + 1;
        return parser->line;
}

static bool fail(Parser *parser, const char *at, const char *mend, const char *what)
{
        int column, line = mark(parser, at, &column);
        problems_add(parser->problems, parser->tmpl->file, line, column, mend, "%s", what);
        return false;
}

static Node *add_node(Parser *parser, NodeKind kind, const char *at)
{
        Node node = { .kind = kind };
        node.starts_line = at == parser->tmpl->source || at[-1] == '\n';
        node.line = mark(parser, at, &node.column);
        g_array_append_val(parser->tmpl->nodes, node);
        return &g_array_index(parser->tmpl->nodes, Node, parser->tmpl->nodes->len - 1);
}

/* One node a line, so that a partial's indentation can go before each. */
static void add_literal(Parser *parser, const char *start, const char *end)
{
        while (start < end) {
                const char *newline = memchr(start, '\n', (size_t)(end - start));
                const char *stop = newline != NULL ? newline + 1 : end;
                Node *node = add_node(parser, NODE_LITERAL, start);
                node->literal = start;
                node->length = (size_t)(stop - start);
                start = stop;
        }
}

static bool is_blank(char c)
{
        return c == ' ' || c == '\t' || c == '\r';
}

static bool find_tag(Parser *parser, Tag *tag)
{
        tag->start = strstr(parser->at, parser->open);
        if (tag->start == NULL)
                return false;
        tag->inner = tag->start + strlen(parser->open);
        tag->sigil = *tag->inner != '\0' && strchr("#^/>!&{=<$", *tag->inner) != NULL ? *tag->inner : '\0';
        const char *close = parser->close;
        char with_brace[DELIMITER_MAX + 2];
        if (tag->sigil == '{' || tag->sigil == '=') {
                g_snprintf(with_brace, sizeof(with_brace), "%c%s", tag->sigil == '{' ? '}' : '=',
                           parser->close);
                close = with_brace;
        }
        tag->inner += tag->sigil != '\0';
        tag->inner_end = strstr(tag->inner, close);
        tag->end = tag->inner_end != NULL ? tag->inner_end + strlen(close) : NULL;
        return true;
}

/* A tag that prints nothing and is alone on its line takes the whole line away. */
static bool is_standalone(const Parser *parser, const Tag *tag, const char **line_out, const char **after_out)
{
        if (tag->sigil == '\0' || tag->sigil == '&' || tag->sigil == '{')
                return false;
        const char *line = tag->start, *after = tag->end;
        while (line > parser->at && is_blank(line[-1]))
                line--;
        while (is_blank(*after))
                after++;
        bool begins = line == parser->tmpl->source || line[-1] == '\n';
        if (!begins || (*after != '\n' && *after != '\0'))
                return false;
        *line_out = line;
        *after_out = *after == '\n' ? after + 1 : after;
        return true;
}

static bool set_delimiters(Parser *parser, const Tag *tag)
{
        g_autofree char *inner = g_strndup(tag->inner, (size_t)(tag->inner_end - tag->inner));
        g_auto(GStrv) words = g_strsplit_set(g_strstrip(inner), " \t\r\n", -1);
        guint count = g_strv_length(words);
        if (count < 2 || words[0][0] == '\0' || strlen(words[0]) > DELIMITER_MAX ||
            strlen(words[count - 1]) > DELIMITER_MAX || strchr(inner, '=') != NULL)
                return fail(parser, tag->start, "write {{=<% %>=}}", "no two delimiters");
        g_strlcpy(parser->open, words[0], sizeof(parser->open));
        g_strlcpy(parser->close, words[count - 1], sizeof(parser->close));
        return true;
}

static char *tag_name(Parser *parser, const Tag *tag)
{
        g_autofree char *name = g_strndup(tag->inner, (size_t)(tag->inner_end - tag->inner));
        g_strstrip(name);
        bool is_name = name[0] != '\0' && strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                                       "0123456789_-./") == strlen(name);
        if (!is_name) {
                fail(parser, tag->start, "a name has letters, digits, _ and dots",
                     "no name between the braces");
                return NULL;
        }
        return g_steal_pointer(&name);
}

static bool close_section(Parser *parser, const Tag *tag, const char *name)
{
        if (parser->sections->len == 0)
                return fail(parser, tag->start, "take it away, or open the section above",
                            "a section ends that was never opened");
        guint index = g_array_index(parser->sections, guint, parser->sections->len - 1);
        Node *section = &g_array_index(parser->tmpl->nodes, Node, index);
        if (strcmp(section->name, name) != 0) {
                g_autofree char *what =
                        g_strdup_printf("`%s` ends here, but the open section is `%s` of line %d", name,
                                        section->name, section->line);
                return fail(parser, tag->start, "close the inner section first", what);
        }
        section->end = parser->tmpl->nodes->len;
        g_array_set_size(parser->sections, parser->sections->len - 1);
        return true;
}

static bool add_tag(Parser *parser, const Tag *tag, const char *line)
{
        if (tag->sigil == '!')
                return true;
        if (tag->sigil == '=')
                return set_delimiters(parser, tag);
        if (tag->sigil == '<' || tag->sigil == '$')
                return fail(parser, tag->start, "use a partial: {{> name}}",
                            "inheritance is not spoken here");
        g_autofree char *name = tag_name(parser, tag);
        if (name == NULL)
                return false;
        if (tag->sigil == '/')
                return close_section(parser, tag, name);
        NodeKind kind = tag->sigil == '#'   ? NODE_SECTION
                        : tag->sigil == '^' ? NODE_INVERTED
                        : tag->sigil == '>' ? NODE_PARTIAL
                        : tag->sigil != 0   ? NODE_RAW
                                            : NODE_VALUE;
        if (kind == NODE_SECTION || kind == NODE_INVERTED)
                g_array_append_val(parser->sections, parser->tmpl->nodes->len);
        Node *node = add_node(parser, kind, tag->start);
        if (kind == NODE_PARTIAL && line != NULL)
                node->indent = g_strndup(line, (size_t)(tag->start - line));
        if (kind != NODE_PARTIAL && strcmp(name, ".") != 0)
                node->path = g_strsplit(name, ".", -1);
        node->name = g_steal_pointer(&name);
        return true;
}

static bool parse_all(Parser *parser)
{
        Tag tag;
        while (find_tag(parser, &tag)) {
                if (tag.end == NULL)
                        return fail(parser, tag.start, "close it with }}", "a tag that does not end");
                const char *line = NULL, *after = tag.end;
                bool is_alone = is_standalone(parser, &tag, &line, &after);
                add_literal(parser, parser->at, is_alone ? line : tag.start);
                if (!add_tag(parser, &tag, line))
                        return false;
                parser->at = after;
        }
        add_literal(parser, parser->at, parser->at + strlen(parser->at));
        if (parser->sections->len == 0)
                return true;
        const Node *section = &g_array_index(
                parser->tmpl->nodes, Node, g_array_index(parser->sections, guint, parser->sections->len - 1));
        g_autofree char *mend = g_strdup_printf("end it with {{/%s}}", section->name);
        problems_add(parser->problems, parser->tmpl->file, section->line, section->column, mend,
                     "the section `%s` does not end", section->name);
        return false;
}

Template *template_parse(const char *file, int line, const char *source, Problems *problems)
{
        g_autoptr(Template) tmpl = g_new0(Template, 1);
        tmpl->file = g_strdup(file);
        tmpl->source = g_strdup(source);
        tmpl->nodes = g_array_new(FALSE, FALSE, sizeof(Node));
        g_array_set_clear_func(tmpl->nodes, node_clear);
        g_autoptr(GArray) sections = g_array_new(FALSE, FALSE, sizeof(guint));
        Parser parser = { .tmpl = tmpl,
                          .problems = problems,
                          .at = tmpl->source,
                          .marked = tmpl->source,
                          .line_start = tmpl->source,
                          .line = line,
                          .open = "{{",
                          .close = "}}",
                          .sections = sections };
        return parse_all(&parser) ? g_steal_pointer(&tmpl) : NULL;
}

/* The view: a stack of contexts, the innermost last. */

typedef struct {
        const json_t *contexts[DEPTH_MAX];
        int depth;
} Stack;

/* The first part of a dotted name is looked for outwards, the rest inside what was found. NULL: absent. */
static const json_t *lookup(const Stack *stack, const Node *node)
{
        if (node->path == NULL)
                return stack->contexts[stack->depth - 1];
        const json_t *value = NULL;
        for (int i = stack->depth; i > 0 && value == NULL; i--)
                value = json_object_get(stack->contexts[i - 1], node->path[0]);
        for (char **part = node->path + 1; value != NULL && *part != NULL; part++)
                value = json_object_get(value, *part);
        return value;
}

static bool is_true(const json_t *value)
{
        switch (value != NULL ? json_typeof(value) : JSON_NULL) {
        case JSON_NULL:
        case JSON_FALSE: return false;
        case JSON_STRING: return json_string_length(value) > 0;
        case JSON_ARRAY: return json_array_size(value) > 0;
        case JSON_INTEGER: return json_integer_value(value) != 0;
        case JSON_REAL:
        case JSON_TRUE:
        case JSON_OBJECT: break;
        }
        return true;
}

/* Rendering. */

typedef struct {
        Stack stack;
        GString *out;
        TemplateOutput output;
        bool is_strict;
        TemplatePartial partial;
        void *data;
        int steps; /* nodes visited: partials that call themselves twice would double at each depth */
        char *error;
} Renderer;

static bool render_fail(Renderer *renderer, const Template *tmpl, const Node *node, const char *what)
{
        if (renderer->error == NULL)
                renderer->error = g_strdup_printf("%s:%d:%d: `%s` %s", tmpl->file, node->line, node->column,
                                                  node->name != NULL ? node->name : "", what);
        return false;
}

static void append_html(GString *out, const char *value)
{
        for (;;) {
                size_t plain = strcspn(value, "&<>\"'");
                text_append(out, value, plain);
                value += plain;
                switch (*value++) {
                case '\0': return;
                case '&': g_string_append(out, "&amp;"); break;
                case '<': g_string_append(out, "&lt;"); break;
                case '>': g_string_append(out, "&gt;"); break;
                case '"': g_string_append(out, "&quot;"); break;
                default: g_string_append(out, "&#39;"); break;
                }
        }
}

static void append_marked(GString *out, const char *value)
{
        size_t length = strlen(value);
        if (length == 0)
                return;
        g_string_append_c(out, '\2');
        text_append(out, value, length);
        for (char *p = out->str + out->len - length; *p != '\0'; p++)
                if ((unsigned char)*p < 0x20 && *p != '\n')
                        *p = ' ';
        g_string_append_c(out, '\3');
}

static void append_value(Renderer *renderer, const char *value, bool is_raw)
{
        switch (renderer->output) {
        case TEMPLATE_TEXT: text_append(renderer->out, value, strlen(value)); break;
        case TEMPLATE_HTML:
                if (is_raw)
                        g_string_append(renderer->out, value);
                else
                        append_html(renderer->out, value);
                break;
        case TEMPLATE_MARKUP: append_marked(renderer->out, value); break;
        case TEMPLATE_HEADER: {
                g_autofree char *line = text_single_line(value);
                g_string_append(renderer->out, line);
                break;
        }
        }
}

/* Forms have a number in each line: printf() takes longer than all the rest of it. */
static const char *integer_text(json_int_t value, char buffer[NUMBER_BYTES])
{
        size_t at = NUMBER_BYTES - 1;
        guint64 left = value < 0 ? 0 - (guint64)value : (guint64)value;
        buffer[at] = '\0';
        do
                buffer[--at] = (char)('0' + left % 10);
        while ((left /= 10) != 0);
        if (value < 0)
                buffer[--at] = '-';
        return &buffer[at];
}

/* Scalars as text; NULL for what cannot be printed. */
static const char *scalar_text(const json_t *value, char buffer[NUMBER_BYTES])
{
        switch (json_typeof(value)) {
        case JSON_STRING: return json_string_value(value);
        case JSON_INTEGER: return integer_text(json_integer_value(value), buffer);
        case JSON_REAL: {
                char text[G_ASCII_DTOSTR_BUF_SIZE];
                g_strlcpy(buffer, g_ascii_formatd(text, sizeof(text), "%.12g", json_real_value(value)),
                          NUMBER_BYTES);
                break;
        }
        case JSON_NULL: return "";
        case JSON_TRUE: return "true";
        case JSON_FALSE: return "false";
        case JSON_ARRAY:
        case JSON_OBJECT: return NULL;
        }
        return buffer;
}

static bool render_value(Renderer *renderer, const Template *tmpl, const Node *node)
{
        const json_t *value = lookup(&renderer->stack, node);
        char buffer[NUMBER_BYTES];
        const char *text = value != NULL ? scalar_text(value, buffer) : NULL;
        if (text == NULL)
                return !renderer->is_strict ||
                       render_fail(renderer, tmpl, node,
                                   value != NULL ? "is no text but a section" : "is not in the view");
        append_value(renderer, text, node->kind == NODE_RAW);
        return true;
}

static bool render_nodes(Renderer *renderer, const Template *tmpl, guint from, guint to, const char *indent);

static bool render_in_context(Renderer *renderer, const Template *tmpl, guint index, const json_t *context,
                              const char *indent)
{
        const Node *node = &g_array_index(tmpl->nodes, Node, index);
        if (renderer->stack.depth == DEPTH_MAX)
                return render_fail(renderer, tmpl, node, "is nested too deep");
        renderer->stack.contexts[renderer->stack.depth++] = context;
        bool is_fine = render_nodes(renderer, tmpl, index + 1, node->end, indent);
        renderer->stack.depth--;
        return is_fine;
}

static bool render_section(Renderer *renderer, const Template *tmpl, guint index, const char *indent)
{
        const Node *node = &g_array_index(tmpl->nodes, Node, index);
        const json_t *value = lookup(&renderer->stack, node);
        if (is_true(value) == (node->kind == NODE_INVERTED))
                return true;
        if (node->kind == NODE_INVERTED)
                return render_nodes(renderer, tmpl, index + 1, node->end, indent);
        if (!json_is_array(value))
                return render_in_context(renderer, tmpl, index, value, indent);
        size_t i;
        json_t *item;
        json_array_foreach(value, i, item) {
                if (!render_in_context(renderer, tmpl, index, item, indent))
                        return false;
        }
        return true;
}

static bool render_partial(Renderer *renderer, const Template *tmpl, const Node *node, const char *indent)
{
        const Template *partial =
                renderer->partial != NULL ? renderer->partial(node->name, renderer->data) : NULL;
        if (partial == NULL)
                return !renderer->is_strict || render_fail(renderer, tmpl, node, "is no partial");
        if (renderer->stack.depth == DEPTH_MAX)
                return render_fail(renderer, tmpl, node, "calls itself without end");
        g_autofree char *both = g_strconcat(indent, node->indent, NULL);
        /* The same context again: the stack's depth bounds partials too. */
        const json_t *context = renderer->stack.contexts[renderer->stack.depth - 1];
        renderer->stack.contexts[renderer->stack.depth++] = context;
        bool is_fine = render_nodes(renderer, partial, 0, partial->nodes->len, both);
        renderer->stack.depth--;
        return is_fine;
}

static bool render_node(Renderer *renderer, const Template *tmpl, guint index, const char *indent)
{
        const Node *node = &g_array_index(tmpl->nodes, Node, index);
        bool prints = node->kind == NODE_LITERAL || node->kind == NODE_VALUE || node->kind == NODE_RAW;
        if (prints && node->starts_line)
                text_append(renderer->out, indent, strlen(indent));
        switch (node->kind) {
        case NODE_LITERAL: text_append(renderer->out, node->literal, node->length); return true;
        case NODE_VALUE:
        case NODE_RAW: return render_value(renderer, tmpl, node);
        case NODE_SECTION:
        case NODE_INVERTED: return render_section(renderer, tmpl, index, indent);
        case NODE_PARTIAL: return render_partial(renderer, tmpl, node, indent);
        }
        g_assert_not_reached();
}

static bool render_nodes(Renderer *renderer, const Template *tmpl, guint from, guint to, const char *indent)
{
        for (guint i = from; i < to;) {
                const Node *node = &g_array_index(tmpl->nodes, Node, i);
                if (!render_node(renderer, tmpl, i, indent))
                        return false;
                if (renderer->out->len > OUTPUT_MAX_BYTES || renderer->steps++ > STEPS_MAX)
                        return render_fail(renderer, tmpl, node, "makes the mail too long");
                i = node->kind == NODE_SECTION || node->kind == NODE_INVERTED ? node->end : i + 1;
        }
        return true;
}

char *template_render(const Template *tmpl, const json_t *view, TemplateOutput output, bool is_strict,
                      TemplatePartial partial, void *data, char **error_out)
{
        Renderer renderer = { .stack = { .contexts = { view }, .depth = 1 },
                              .out = g_string_sized_new(4096),
                              .output = output,
                              .is_strict = is_strict,
                              .partial = partial,
                              .data = data };
        if (render_nodes(&renderer, tmpl, 0, tmpl->nodes->len, ""))
                return g_string_free(renderer.out, FALSE);
        g_string_free(renderer.out, TRUE);
        if (error_out != NULL)
                *error_out = g_steal_pointer(&renderer.error);
        g_free(renderer.error);
        return NULL;
}

/* Checking against an example of the view. */

typedef struct {
        Stack stack;
        TemplatePartial partial;
        void *data;
        int steps;
        Problems *problems;
} Checker;

static void check_nodes(Checker *checker, const Template *tmpl, guint from, guint to);

static const char *nearest_name(const Stack *stack, const char *name)
{
        const char *best = NULL;
        int best_distance = 3;
        for (int i = stack->depth; i > 0; i--) {
                const char *key;
                json_t *value;
                json_object_foreach((json_t *)stack->contexts[i - 1], key, value) {
                        int distance = text_distance(key, name, 3);
                        if (distance < best_distance) {
                                best = key;
                                best_distance = distance;
                        }
                }
        }
        return best;
}

static void add_unknown(Checker *checker, const Template *tmpl, const Node *node)
{
        const char *near = nearest_name(&checker->stack, node->path[0]);
        g_autofree char *mend = near != NULL ? g_strdup_printf("did you mean `%s`?", near)
                                             : g_strdup("mail_templates/README.md lists the names");
        problems_add(checker->problems, tmpl->file, node->line, node->column, mend, "unknown name `%s`",
                     node->name);
}

static void check_section(Checker *checker, const Template *tmpl, guint index, const json_t *value)
{
        const Node *node = &g_array_index(tmpl->nodes, Node, index);
        const json_t *inside = json_is_array(value) ? json_array_get(value, 0) : value;
        bool enters = node->kind == NODE_SECTION && inside != NULL && checker->stack.depth < DEPTH_MAX;
        if (enters)
                checker->stack.contexts[checker->stack.depth++] = inside;
        check_nodes(checker, tmpl, index + 1, node->end);
        checker->stack.depth -= enters;
}

static void check_partial(Checker *checker, const Template *tmpl, const Node *node)
{
        const Template *partial =
                checker->partial != NULL ? checker->partial(node->name, checker->data) : NULL;
        if (partial == NULL) {
                problems_add(checker->problems, tmpl->file, node->line, node->column,
                             "partials lie in mail_templates/partial, one a language", "no partial `%s`",
                             node->name);
        } else if (checker->stack.depth == DEPTH_MAX) {
                problems_add(checker->problems, tmpl->file, node->line, node->column, "take it away",
                             "the partial `%s` calls itself", node->name);
        } else {
                const json_t *context = checker->stack.contexts[checker->stack.depth - 1];
                checker->stack.contexts[checker->stack.depth++] = context;
                check_nodes(checker, partial, 0, partial->nodes->len);
                checker->stack.depth--;
        }
}

static void check_name(Checker *checker, const Template *tmpl, guint index)
{
        const Node *node = &g_array_index(tmpl->nodes, Node, index);
        const json_t *value = lookup(&checker->stack, node);
        bool is_section = node->kind == NODE_SECTION || node->kind == NODE_INVERTED;
        char buffer[NUMBER_BYTES];
        if (value == NULL)
                add_unknown(checker, tmpl, node);
        else if (!is_section && scalar_text(value, buffer) == NULL)
                problems_add(checker->problems, tmpl->file, node->line, node->column, "write it as a section",
                             "`%s` is no text", node->name);
        if (is_section)
                check_section(checker, tmpl, index, value);
}

static void check_nodes(Checker *checker, const Template *tmpl, guint from, guint to)
{
        for (guint i = from; i < to && checker->steps++ < STEPS_MAX;) {
                const Node *node = &g_array_index(tmpl->nodes, Node, i);
                if (node->kind == NODE_PARTIAL)
                        check_partial(checker, tmpl, node);
                else if (node->kind != NODE_LITERAL)
                        check_name(checker, tmpl, i);
                i = node->kind == NODE_SECTION || node->kind == NODE_INVERTED ? node->end : i + 1;
        }
}

void template_check(const Template *tmpl, const json_t *example, TemplatePartial partial, void *data,
                    Problems *problems)
{
        Checker checker = { .stack = { .contexts = { example }, .depth = 1 },
                            .partial = partial,
                            .data = data,
                            .problems = problems };
        check_nodes(&checker, tmpl, 0, tmpl->nodes->len);
}

void template_wants(const Template *tmpl, TemplatePartial partial, void *partial_data, TemplateWant visit,
                    void *data)
{
        for (guint i = 0; i < tmpl->nodes->len; i++) {
                const Node *node = &g_array_index(tmpl->nodes, Node, i);
                if (node->kind == NODE_PARTIAL)
                        template_wants(partial(node->name, partial_data), partial, partial_data, visit, data);
                else if (node->path != NULL)
                        visit(node->path[0], data);
        }
}
