/* documents/blocks.h: the light markup that the words of a document are written in, as a list of blocks.
 *
 * A document's words are a template of mail_templates/document/; rendered, they are lines of this markup.
 * Pure: any text gives blocks, there is no error.
 *
 *     # title                 ## heading
 *     text                    a paragraph: lines up to a blank one
 *     - text                  an item of a list
 *     = label :: value        a row of a table of facts
 *     + line                  a box for a party: title, lines, room for ink; a blank line ends it
 *     ~ text                  a small note
 *     [qr text]               the text as a QR code
 *     [rule]  [page]          a line across; a new page
 *     [landscape] [frame]     of the whole document, on lines of their own at its head
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum {
        BLOCK_TITLE,
        BLOCK_HEADING,
        BLOCK_PARAGRAPH,
        BLOCK_ITEM,
        BLOCK_FACT,
        BLOCK_BOX,
        BLOCK_NOTE,
        BLOCK_QR,
        BLOCK_RULE,
        BLOCK_PAGE,
} BlockKind;

typedef struct {
        BlockKind kind;
        char *text;  /* owned; a fact's value, a box's lines joined with \n */
        char *label; /* owned; of a fact, or a box's title; NULL */
} Block;

typedef struct {
        GPtrArray *list; /* of Block */
        bool is_landscape, has_frame;
} Blocks;

Blocks *blocks_parse(const char *text);
void blocks_free(Blocks *blocks);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Blocks, blocks_free)

/* A value from outside made harmless in the markup: its line breaks stay breaks of the same block, and it
 * cannot begin a block of its own. The caller frees. */
char *block_escape(const char *value);
