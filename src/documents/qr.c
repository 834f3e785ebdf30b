#include "documents/qr.h"

#include <qrencode.h>
#include <stddef.h>

enum { QUIET_MODULES = 4 };

bool qr_draw(cairo_t *cairo, const char *text, double x, double y, double side)
{
        QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
        if (code == NULL)
                return false;
        double module = side / (code->width + 2 * QUIET_MODULES);
        cairo_save(cairo);
        cairo_set_antialias(cairo, CAIRO_ANTIALIAS_NONE); /* no hair lines between modules */
        cairo_set_source_rgb(cairo, 0, 0, 0);
        for (int row = 0; row < code->width; row++)
                for (int column = 0; column < code->width; column++)
                        if (code->data[row * code->width + column] & 1)
                                cairo_rectangle(cairo, x + (column + QUIET_MODULES) * module,
                                                y + (row + QUIET_MODULES) * module, module, module);
        cairo_fill(cairo);
        cairo_restore(cairo);
        QRcode_free(code);
        return true;
}
