/* mail/zip_directory.h: what a ZIP file says that it holds, from its central directory alone
 * (APPNOTE 4.3.12).
 *
 * Nothing is inflated. A document is sound when its directory is whole and could be opened without harm:
 * MAIL.md D42.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum {
        ZIP_MAX_ENTRIES = 2000,
        ZIP_MAX_RATIO = 100, /* inflated to deflated, of the whole */
        ZIP_MAX_INFLATED_BYTES = 100 * 1024 * 1024,
};

typedef struct {
        bool is_sound;
        bool has_macros;   /* vbaProject.bin */
        bool is_encrypted; /* some entry is */
        const char
                *type; /* of the document inside: DOCX, XLSX, PPTX, ODT, ODS, ODP, EPUB; NULL: a plain ZIP */
} ZipDirectory;

enum { ZIP_TAIL_BYTES = 512 * 1024 }; /* a directory of that many entries fits */

/* head: the first bytes of the file; tail: its last ones, offset bytes from the beginning (both may be the
 * whole file). Any bytes give an answer; linear in the size of the tail. */
ZipDirectory zip_directory_read(const unsigned char *head, size_t head_size, const unsigned char *tail,
                                size_t tail_size, size_t offset);
