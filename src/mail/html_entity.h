/* mail/html_entity.h: character references of HTML (`&eacute;`, `&#233;`, `&#xE9;`), as browsers read them:
 * the semicolon may be missing, numbers from 128 to 159 are windows-1252. */
#pragma once

#include <stddef.h>

/* Reads the reference at text (which begins with `&`). Writes its character, terminated, and gives its length
 * in the HTML; 0 when it is none. */
size_t html_entity_read(const char *text, size_t length, char character_out[8]);

/* Copies text with its references decoded into out, cut at room. */
void html_entities_decode(const char *text, size_t length, char *out, size_t room);
