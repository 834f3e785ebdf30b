/* documents/qr.h: a text as a QR code (ISO/IEC 18004), by libqrencode. */
#pragma once

#include <cairo.h>
#include <stdbool.h>

/* Draws the code with its quiet zone into the square at x, y. False when the text is too long for one. */
bool qr_draw(cairo_t *cairo, const char *text, double x, double y, double side);
