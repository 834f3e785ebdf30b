#include "documents/document.h"

#include "documents/blocks.h"
#include "documents/qr.h"

#include <cairo-pdf.h>
#include <pango/pangocairo.h>
#include <string.h>

G_DEFINE_QUARK(facteur - document, document_error)

/* Points of 1/72 inch. */
enum {
        A4_WIDTH = 595,
        A4_HEIGHT = 842,
        MARGIN = 56,
        FOOT = 34,
        GAP = 6,
        BOX_INK = 58,
        BOX_PAD = 8,
        QR_SIDE = 96
};
enum { PAGES_MAX = 40 };
#define LABEL_SHARE 0.34 /* of the width, for the label of a fact */

typedef struct {
        const char *tag; /* of tagged PDF (ISO 32000-1, 14.8.4) */
        const char *font;
        PangoAlignment alignment; /* LEFT: at the edge where reading begins */
        double before;            /* white above */
        double grey;
} Style;

#define ARABIC_SCALE 1.12 /* its letters are lower than Latin ones of the same size */
#define FRAME_SCALE  1.25 /* a certificate is read from a wall */
#define FRAME_SMALL  0.55 /* long words make it smaller, down to this, before it takes two sheets */
#define FRAME_STEP   0.1

#define FAMILY "Noto Sans, Noto Naskh Arabic"

static const Style styles[] = {
        [BLOCK_TITLE] = { "H1", FAMILY " Bold 17", PANGO_ALIGN_CENTER, 4, 0.10 },
        [BLOCK_HEADING] = { "H2", FAMILY " Bold 11", PANGO_ALIGN_LEFT, 10, 0.10 },
        [BLOCK_PARAGRAPH] = { "P", FAMILY " 10", PANGO_ALIGN_LEFT, 2, 0.10 },
        [BLOCK_ITEM] = { "P", FAMILY " 10", PANGO_ALIGN_LEFT, 0, 0.10 },
        [BLOCK_FACT] = { "P", FAMILY " 10", PANGO_ALIGN_LEFT, 0, 0.10 },
        [BLOCK_BOX] = { "P", FAMILY " 9", PANGO_ALIGN_LEFT, 4, 0.10 },
        [BLOCK_NOTE] = { "P", FAMILY " 8", PANGO_ALIGN_LEFT, 2, 0.35 },
        [BLOCK_QR] = { "Figure", FAMILY " 8", PANGO_ALIGN_CENTER, 8, 0.35 },
        [BLOCK_RULE] = { NULL, FAMILY " 8", PANGO_ALIGN_LEFT, 6, 0.70 },
        [BLOCK_PAGE] = { NULL, FAMILY " 8", PANGO_ALIGN_LEFT, 0, 0 },
};

/* One pass over the blocks. The first counts the pages, the second draws "1 / 3". */
typedef struct {
        cairo_t *cairo;
        const DocumentInfo *info;
        const Blocks *blocks;
        double width, height, y;
        int page, pages; /* pages 0: not known yet */
        double top;      /* where the first page begins */
        double scale;    /* of the letters */
        bool is_rtl;
} Pass;

static double inner_width(const Pass *pass)
{
        return pass->width - 2 * MARGIN;
}

#define FSI            "\u2068"
#define PDI            "\u2069"
#define LINE_SEPARATOR "\u2028"

/* In an Arabic document each line runs as its own words do: "1 rue des Arts" keeps its number in front. */
static char *isolate_lines(const char *text)
{
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
        GString *out = g_string_new(NULL);
        for (char **line = lines; *line != NULL; line++)
                g_string_append_printf(out, "%s" FSI "%s" PDI, line != lines ? "\n" : "", *line);
        g_string_replace(out, LINE_SEPARATOR, PDI LINE_SEPARATOR FSI, 0);
        return g_string_free(out, FALSE);
}

static PangoLayout *new_layout(const Pass *pass, const char *text, const char *font, double width,
                               PangoAlignment alignment)
{
        PangoLayout *layout = pango_cairo_create_layout(pass->cairo);
        pango_cairo_context_set_resolution(pango_layout_get_context(layout),
                                           72); /* else points grow by 4/3 */
        pango_context_set_base_dir(pango_layout_get_context(layout),
                                   pass->is_rtl ? PANGO_DIRECTION_RTL : PANGO_DIRECTION_LTR);
        pango_layout_context_changed(layout);
        PangoFontDescription *description = pango_font_description_from_string(font);
        double scale = (pass->is_rtl ? ARABIC_SCALE : 1) * pass->scale;
        pango_font_description_set_size(description,
                                        (int)(pango_font_description_get_size(description) * scale));
        pango_layout_set_font_description(layout, description);
        pango_font_description_free(description);
        pango_layout_set_auto_dir(layout,
                                  FALSE); /* a Latin name in an Arabic document stays at the right edge */
        pango_layout_set_width(layout, (int)(width * PANGO_SCALE));
        pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
        pango_layout_set_spacing(layout, 2 * PANGO_SCALE);
        pango_layout_set_alignment(layout, pass->is_rtl && alignment == PANGO_ALIGN_LEFT ? PANGO_ALIGN_RIGHT
                                                                                         : alignment);
        g_autofree char *own = pass->is_rtl ? isolate_lines(text) : g_strdup(text);
        pango_layout_set_text(layout, own, -1);
        return layout;
}

static double layout_height(PangoLayout *layout)
{
        int height;
        pango_layout_get_size(layout, NULL, &height);
        return (double)height / PANGO_SCALE;
}

static void set_grey(const Pass *pass, double grey)
{
        cairo_set_source_rgb(pass->cairo, grey, grey, grey);
}

/* Where a column that begins `offset` from the leading edge and is `width` wide has its left side. */
static double column_x(const Pass *pass, double offset, double width)
{
        return pass->is_rtl ? pass->width - MARGIN - offset - width : MARGIN + offset;
}

static void draw_layout(Pass *pass, PangoLayout *layout, double x, double y, double grey, const char *tag)
{
        set_grey(pass, grey);
        cairo_move_to(pass->cairo, x, y);
        if (tag != NULL)
                cairo_tag_begin(pass->cairo, tag, NULL);
        pango_cairo_show_layout(pass->cairo, layout);
        if (tag != NULL)
                cairo_tag_end(pass->cairo, tag);
}

static void draw_frame(Pass *pass)
{
        static const double insets[] = { 24, 29 }, widths[] = { 2.4, 0.6 };
        cairo_set_source_rgb(pass->cairo, 0.10, 0.31, 0.55);
        for (size_t i = 0; i < G_N_ELEMENTS(insets); i++) {
                cairo_set_line_width(pass->cairo, widths[i]);
                cairo_rectangle(pass->cairo, insets[i], insets[i], pass->width - 2 * insets[i],
                                pass->height - 2 * insets[i]);
                cairo_stroke(pass->cairo);
        }
}

static void draw_foot(Pass *pass)
{
        if (pass->blocks->has_frame)
                return; /* a certificate of one page needs no number */
        g_autofree char *text =
                g_strdup_printf("%s  ·  %d / %d", pass->info->footer, pass->page, pass->pages);
        g_autoptr(PangoLayout) layout =
                new_layout(pass, text, styles[BLOCK_NOTE].font, inner_width(pass), PANGO_ALIGN_CENTER);
        draw_layout(pass, layout, MARGIN, pass->height - FOOT, styles[BLOCK_NOTE].grey, NULL);
}

static void begin_page(Pass *pass)
{
        pass->page++;
        pass->y = pass->page == 1 ? pass->top : MARGIN;
        if (pass->blocks->has_frame)
                draw_frame(pass);
}

static void end_page(Pass *pass)
{
        draw_foot(pass);
        cairo_show_page(pass->cairo);
}

static void new_page(Pass *pass)
{
        end_page(pass);
        begin_page(pass);
}

static double bottom(const Pass *pass)
{
        return pass->height - MARGIN;
}

static void need(Pass *pass, double height)
{
        if (pass->y + height > bottom(pass) && pass->y > MARGIN)
                new_page(pass);
}

/* A long paragraph goes on over the page's end, line by line. */
static void flow_layout(Pass *pass, PangoLayout *layout, double x, const Style *style)
{
        int count = pango_layout_get_line_count(layout);
        if (pass->y + layout_height(layout) <= bottom(pass) || count < 2) {
                need(pass, layout_height(layout));
                draw_layout(pass, layout, x, pass->y, style->grey, style->tag);
                pass->y += layout_height(layout) + GAP;
                return;
        }
        PangoLayoutIter *iter = pango_layout_get_iter(layout);
        double shift = 0; /* between the layout's own y and the page's */
        bool is_first = true;
        do {
                PangoRectangle line;
                pango_layout_iter_get_line_extents(iter, NULL, &line);
                double top = (double)line.y / PANGO_SCALE, height = (double)line.height / PANGO_SCALE;
                if (is_first)
                        shift = pass->y - top;
                is_first = false;
                if (top + shift + height > bottom(pass)) {
                        new_page(pass);
                        shift = pass->y - top;
                }
                set_grey(pass, style->grey);
                cairo_move_to(pass->cairo, x + (double)line.x / PANGO_SCALE,
                              shift + (double)pango_layout_iter_get_baseline(iter) / PANGO_SCALE);
                pango_cairo_show_layout_line(pass->cairo, pango_layout_iter_get_line_readonly(iter));
                pass->y = top + shift + height;
        } while (pango_layout_iter_next_line(iter));
        pango_layout_iter_free(iter);
        pass->y += GAP;
}

static void draw_text(Pass *pass, const Block *block)
{
        const Style *style = &styles[block->kind];
        bool is_item = block->kind == BLOCK_ITEM;
        double indent = is_item ? 14 : 0, width = inner_width(pass) - indent;
        pass->y += pass->y > MARGIN ? style->before : 0;
        g_autoptr(PangoLayout) layout = new_layout(pass, block->text, style->font, width, style->alignment);
        if (block->kind == BLOCK_HEADING) /* never alone at the foot of a page */
                need(pass, layout_height(layout) + 40);
        if (is_item) {
                g_autoptr(PangoLayout) bullet = new_layout(pass, "•", style->font, indent, PANGO_ALIGN_LEFT);
                need(pass, layout_height(bullet));
                draw_layout(pass, bullet, column_x(pass, 0, indent), pass->y, style->grey, NULL);
        }
        flow_layout(pass, layout, column_x(pass, indent, width), style);
}

static void draw_fact(Pass *pass, const Block *block)
{
        const Style *style = &styles[BLOCK_FACT];
        double label_width = inner_width(pass) * LABEL_SHARE, gap = 12;
        double value_width = inner_width(pass) - label_width - gap;
        g_autoptr(PangoLayout) label =
                new_layout(pass, block->label, style->font, label_width, PANGO_ALIGN_LEFT);
        g_autoptr(PangoLayout) value = new_layout(pass, block->text[0] != '\0' ? block->text : "—",
                                                  style->font, value_width, PANGO_ALIGN_LEFT);
        need(pass, MIN(MAX(layout_height(label), layout_height(value)), 60));
        int page = pass->page;
        double top = pass->y;
        draw_layout(pass, label, column_x(pass, 0, label_width), top, 0.35, "P");
        flow_layout(pass, value, column_x(pass, label_width + gap, value_width), style);
        if (pass->page == page)
                pass->y = MAX(pass->y, top + layout_height(label) + GAP);
        pass->y -= GAP - 2;
        set_grey(pass, 0.88);
        cairo_set_line_width(pass->cairo, 0.5);
        cairo_move_to(pass->cairo, MARGIN, pass->y + 1);
        cairo_line_to(pass->cairo, pass->width - MARGIN, pass->y + 1);
        cairo_stroke(pass->cairo);
        pass->y += 4;
}

typedef struct {
        PangoLayout *title, *lines;
        double height; /* with room for ink */
} Box;

static Box make_box(const Pass *pass, const Block *block, double width)
{
        Box box = { .title = new_layout(pass, block->label, FAMILY " Bold 9", width - 2 * BOX_PAD,
                                        PANGO_ALIGN_LEFT),
                    .lines = new_layout(pass, block->text, styles[BLOCK_BOX].font, width - 2 * BOX_PAD,
                                        PANGO_ALIGN_LEFT) };
        box.height = layout_height(box.title) + 3 + layout_height(box.lines) + BOX_INK + 2 * BOX_PAD;
        return box;
}

static void draw_box(Pass *pass, Box *box, double offset, double width, double height)
{
        double x = column_x(pass, offset, width), grey = styles[BLOCK_BOX].grey;
        set_grey(pass, 0.45);
        cairo_set_line_width(pass->cairo, 0.8);
        cairo_rectangle(pass->cairo, x, pass->y, width, height);
        cairo_stroke(pass->cairo);
        draw_layout(pass, box->title, x + BOX_PAD, pass->y + BOX_PAD, grey, "P");
        draw_layout(pass, box->lines, x + BOX_PAD, pass->y + BOX_PAD + layout_height(box->title) + 3, grey,
                    "P");
        g_object_unref(box->title);
        g_object_unref(box->lines);
}

/* One box, or two side by side (second may be NULL), of one height. */
static void draw_boxes(Pass *pass, const Block *first, const Block *second)
{
        double gutter = 12, width = (inner_width(pass) - gutter) / 2;
        Box left = make_box(pass, first, width), right = { 0 };
        if (second != NULL)
                right = make_box(pass, second, width);
        double height = MAX(left.height, right.height);
        pass->y += styles[BLOCK_BOX].before;
        need(pass, height);
        draw_box(pass, &left, 0, width, height);
        if (second != NULL)
                draw_box(pass, &right, width + gutter, width, height);
        pass->y += height + GAP;
}

static void draw_qr(Pass *pass, const Block *block)
{
        g_autoptr(PangoLayout) text =
                new_layout(pass, block->text, styles[BLOCK_QR].font, inner_width(pass), PANGO_ALIGN_CENTER);
        pass->y += styles[BLOCK_QR].before;
        need(pass, QR_SIDE + layout_height(text) + GAP);
        qr_draw(pass->cairo, block->text, (pass->width - QR_SIDE) / 2, pass->y, QR_SIDE);
        pass->y += QR_SIDE + 4;
        bool is_link = g_str_has_prefix(block->text, "https://") && strchr(block->text, '\'') == NULL;
        g_autofree char *target = g_strdup_printf("uri='%s'", block->text);
        if (is_link)
                cairo_tag_begin(pass->cairo, CAIRO_TAG_LINK, target);
        draw_layout(pass, text, MARGIN, pass->y, styles[BLOCK_QR].grey, NULL);
        if (is_link)
                cairo_tag_end(pass->cairo, CAIRO_TAG_LINK);
        pass->y += layout_height(text) + GAP;
}

static void draw_rule(Pass *pass)
{
        pass->y += styles[BLOCK_RULE].before;
        set_grey(pass, styles[BLOCK_RULE].grey);
        cairo_set_line_width(pass->cairo, 0.7);
        cairo_move_to(pass->cairo, MARGIN, pass->y);
        cairo_line_to(pass->cairo, pass->width - MARGIN, pass->y);
        cairo_stroke(pass->cairo);
        pass->y += 2 * GAP;
}

/* Draws the block at index and gives the index of the next one. */
static guint draw_block(Pass *pass, guint index)
{
        const GPtrArray *blocks = pass->blocks->list;
        const Block *block = g_ptr_array_index(blocks, index);
        switch (block->kind) {
        case BLOCK_TITLE:
        case BLOCK_HEADING:
        case BLOCK_PARAGRAPH:
        case BLOCK_ITEM:
        case BLOCK_NOTE: draw_text(pass, block); break;
        case BLOCK_FACT: draw_fact(pass, block); break;
        case BLOCK_QR: draw_qr(pass, block); break;
        case BLOCK_RULE: draw_rule(pass); break;
        case BLOCK_PAGE: new_page(pass); break;
        case BLOCK_BOX: {
                const Block *next = index + 1 < blocks->len ? g_ptr_array_index(blocks, index + 1) : NULL;
                bool is_pair = next != NULL && next->kind == BLOCK_BOX;
                draw_boxes(pass, block, is_pair ? next : NULL);
                return index + (is_pair ? 2 : 1);
        }
        }
        return index + 1;
}

static cairo_status_t collect(void *closure, const unsigned char *bytes, unsigned length)
{
        if (closure != NULL)
                g_byte_array_append(closure, bytes, length);
        return CAIRO_STATUS_SUCCESS;
}

static void set_metadata(cairo_surface_t *surface, const DocumentInfo *info)
{
        g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc(info->made_at);
        g_autofree char *iso = g_date_time_format(date, "%Y-%m-%dT%H:%M:%SZ");
        cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, info->title);
        cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_AUTHOR, info->author);
        cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "facteur");
        cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, iso);
        cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_MOD_DATE, iso);
        if (info->keywords != NULL)
                cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_KEYWORDS, info->keywords);
}

typedef struct {
        int pages;  /* 0: Cairo failed */
        double end; /* where the last page's text ends */
} Extent;

/* Draws everything once; bytes NULL: only measures. */
static Extent draw_document(const Blocks *blocks, const DocumentInfo *info, int pages, double top,
                            double scale, GByteArray *bytes)
{
        double width = blocks->is_landscape ? A4_HEIGHT : A4_WIDTH;
        double height = blocks->is_landscape ? A4_WIDTH : A4_HEIGHT;
        cairo_surface_t *surface = cairo_pdf_surface_create_for_stream(collect, bytes, width, height);
        set_metadata(surface, info);
        cairo_t *cairo = cairo_create(surface);
        Pass pass = { .cairo = cairo,
                      .info = info,
                      .blocks = blocks,
                      .width = width,
                      .height = height,
                      .pages = pages,
                      .top = top,
                      .scale = scale,
                      .is_rtl = strcmp(info->language, "ar") == 0 };
        begin_page(&pass);
        cairo_tag_begin(cairo, "Document", NULL);
        for (guint i = 0; i < blocks->list->len && pass.page <= PAGES_MAX;)
                i = draw_block(&pass, i);
        cairo_tag_end(cairo, "Document");
        end_page(&pass);
        cairo_status_t status = cairo_status(cairo);
        cairo_destroy(cairo);
        cairo_surface_finish(surface);
        if (status == CAIRO_STATUS_SUCCESS)
                status = cairo_surface_status(surface);
        cairo_surface_destroy(surface);
        return (Extent){ .pages = status == CAIRO_STATUS_SUCCESS ? pass.page : 0, .end = pass.y };
}

GBytes *document_render(const char *markup, const DocumentInfo *info, GError **error)
{
        g_autoptr(Blocks) blocks = blocks_parse(markup);
        double scale = blocks->has_frame ? FRAME_SCALE : 1;
        Extent extent = draw_document(blocks, info, 0, MARGIN, scale, NULL);
        for (; blocks->has_frame && extent.pages > 1 && scale > FRAME_SMALL; scale -= FRAME_STEP)
                extent = draw_document(blocks, info, 0, MARGIN, scale - FRAME_STEP, NULL);
        if (extent.pages > PAGES_MAX) {
                g_set_error(error, DOCUMENT_ERROR, DOCUMENT_ERROR_LONG,
                            "`%s` has more than %d pages: shorten what was typed into its form", info->title,
                            PAGES_MAX);
                return NULL;
        }
        g_autoptr(GByteArray) bytes = g_byte_array_new();
        double room = (blocks->is_landscape ? A4_WIDTH : A4_HEIGHT) - MARGIN - extent.end;
        double top = MARGIN + (blocks->has_frame && extent.pages == 1 ? MAX(room, 0) / 2 : 0); /* centred */
        if (extent.pages == 0 || draw_document(blocks, info, extent.pages, top, scale, bytes).pages == 0) {
                g_set_error(error, DOCUMENT_ERROR, DOCUMENT_ERROR_DRAW,
                            "`%s` could not be drawn: are the fonts there (package fonts-noto-core)?",
                            info->title);
                return NULL;
        }
        return g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
}
