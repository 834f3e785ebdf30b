#include "documents/blocks.h"

#include "base/text.h"

#include <string.h>

#define LINE_SEPARATOR "\u2028" /* breaks a line inside a paragraph, for Pango too */
#define WORD_JOINER    "\u2060" /* seen by nobody */

static const struct {
        const char *mark;
        BlockKind kind;
} marks[] = {
        { "## ", BLOCK_HEADING }, { "# ", BLOCK_TITLE }, { "- ", BLOCK_ITEM },
        { "= ", BLOCK_FACT },     { "+ ", BLOCK_BOX },   { "~ ", BLOCK_NOTE },
};

static void block_free(gpointer data)
{
        Block *block = data;
        g_free(block->text);
        g_free(block->label);
        g_free(block);
}

void blocks_free(Blocks *blocks)
{
        if (blocks == NULL)
                return;
        g_ptr_array_unref(blocks->list);
        g_free(blocks);
}

static Block *add_block(Blocks *blocks, BlockKind kind, char *label, char *text)
{
        Block *block = g_new0(Block, 1);
        block->kind = kind;
        block->label = label;
        block->text = text;
        g_ptr_array_add(blocks->list, block);
        return block;
}

/* Values that are missing leave no gaps between the others. */
static char *one_blank(const char *value)
{
        g_auto(GStrv) words = g_strsplit(value, " ", -1);
        GString *out = g_string_new(NULL);
        for (char **word = words; *word != NULL; word++)
                if (**word != '\0')
                        g_string_append_printf(out, "%s%s", out->len > 0 ? " " : "", *word);
        return g_string_free(out, FALSE);
}

static void add_fact(Blocks *blocks, const char *line)
{
        const char *parting = strstr(line, "::");
        char *label = parting != NULL ? g_strndup(line, (gsize)(parting - line)) : g_strdup(line);
        add_block(blocks, BLOCK_FACT, g_strchomp(label), one_blank(parting != NULL ? parting + 2 : ""));
}

static void append_line(Block *block, const char *line, char joint)
{
        char *joined =
                block->text[0] == '\0' ? g_strdup(line) : g_strdup_printf("%s%c%s", block->text, joint, line);
        g_free(block->text);
        block->text = joined;
}

/* `[qr text]`, `[page]` and the like; false when it is none. */
static bool take_bracket(Blocks *blocks, const char *line)
{
        size_t length = strlen(line);
        if (g_str_has_prefix(line, "[qr ") && line[length - 1] == ']')
                add_block(blocks, BLOCK_QR, NULL, g_strndup(line + 4, length - 5));
        else if (strcmp(line, "[rule]") == 0)
                add_block(blocks, BLOCK_RULE, NULL, g_strdup(""));
        else if (strcmp(line, "[page]") == 0)
                add_block(blocks, BLOCK_PAGE, NULL, g_strdup(""));
        else if (strcmp(line, "[landscape]") == 0)
                blocks->is_landscape = true;
        else if (strcmp(line, "[frame]") == 0)
                blocks->has_frame = true;
        else
                return false;
        return true;
}

/* What stands behind a mark; "" when nothing does (its value was empty); NULL: it is not that mark. */
static const char *text_behind(const char *line, const char *mark)
{
        size_t length = strlen(mark);
        if (g_str_has_prefix(line, mark))
                return line + length;
        bool is_bare = strlen(line) == length - 1 && strncmp(line, mark, length - 1) == 0;
        return is_bare ? line + length - 1 : NULL;
}

/* open: the paragraph or box that the next line may go on with; NULL after a blank line or another block. */
static Block *take_line(Blocks *blocks, Block *open, const char *line)
{
        if (line[0] == '\0' || take_bracket(blocks, line))
                return NULL;
        for (size_t i = 0; i < G_N_ELEMENTS(marks); i++) {
                const char *text = text_behind(line, marks[i].mark);
                if (text == NULL)
                        continue;
                if (marks[i].kind == BLOCK_FACT) {
                        add_fact(blocks, text);
                        return NULL;
                }
                if (marks[i].kind != BLOCK_BOX) {
                        add_block(blocks, marks[i].kind, NULL, g_strdup(text));
                        return NULL;
                }
                if (open == NULL || open->kind != BLOCK_BOX)
                        return add_block(blocks, BLOCK_BOX, g_strdup(text), g_strdup(""));
                append_line(open, text, '\n');
                return open;
        }
        if (open == NULL || open->kind != BLOCK_PARAGRAPH)
                return add_block(blocks, BLOCK_PARAGRAPH, NULL, g_strdup(line));
        append_line(open, line, ' ');
        return open;
}

Blocks *blocks_parse(const char *text)
{
        Blocks *blocks = g_new0(Blocks, 1);
        blocks->list = g_ptr_array_new_with_free_func(block_free);
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
        Block *open = NULL;
        for (char **line = lines; *line != NULL; line++)
                open = take_line(blocks, open, g_strstrip(*line));
        return blocks;
}

char *block_escape(const char *value)
{
        g_auto(GStrv) lines = g_strsplit_set(value, "\r\n", -1);
        GString *out = g_string_new(NULL);
        for (char **line = lines; *line != NULL; line++) {
                g_autofree char *plain = text_single_line(*line);
                if (plain[0] == '\0')
                        continue;
                if (out->len > 0)
                        g_string_append(out, LINE_SEPARATOR);
                else if (strchr("#-=+~[", plain[0]) != NULL)
                        g_string_append(out, WORD_JOINER);
                g_string_append(out, plain);
        }
        return g_string_free(out, FALSE);
}
