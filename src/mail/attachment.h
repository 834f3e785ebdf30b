/* mail/attachment.h: the files of a message: name, true type, size. Nothing is opened, inflated or converted.
 *
 * The type is what the content says: by our own rules first (the mark must stand at the very beginning, a
 * ZIP's directory is looked into), by libmagic for the rest, else as declared. Kept apart as `is_inline`:
 * what a mail program adds by itself and nobody hands in (logos of signatures, vCards, S/MIME signatures).
 * MAIL.md D42.
 */
#pragma once

#include "mail/reading.h"

enum {
        ATTACHMENT_LOGO_MAX_BYTES = 64 * 1024, /* an image above this is something to look at */
        ATTACHMENT_MAX_BYTES = 10 * 1024 * 1024,
};

#define ATTACHMENT_TYPE_TNEF "application/ms-tnef" /* winmail.dat: nobody but Outlook reads it */

/* Loads libmagic's tables: a process that is about to lose the file system calls it before. Without it types
 * come from our own rules and the declaration. */
void attachment_types_load(void);

/* Adds the Attachments of a message to attachments: every part with a name, and every part without one that
 * is no text shown. */
void attachments_read(Message *message, GPtrArray *attachments);

/* What is to be told to the person who sent it. What mail programs add by themselves is not spoken of. */
typedef enum {
        ATTACHMENT_FINE,
        ATTACHMENT_TNEF,      /* nobody but Outlook can open it */
        ATTACHMENT_LARGE,     /* above ATTACHMENT_MAX_BYTES */
        ATTACHMENT_DISGUISED, /* the content is of another kind than the name says */
        ATTACHMENT_REFUSED,   /* of a kind that is not taken */
} AttachmentVerdict;
AttachmentVerdict attachment_judge(const Attachment *attachment);

/* The first table (CSV) that came along, as UTF-8 whatever the spreadsheet program wrote; NULL: none, or more
 * than ATTACHMENT_TABLE_MAX_BYTES. *name_out: its file's name; NULL with none. The caller frees both. */
#define ATTACHMENT_TABLE_MAX_BYTES (1024 * 1024)
char *attachment_table(Message *message, char **name_out);

/* Do name and true type agree? "cv.pdf" that is a program does not. A name without a known extension agrees
 * with nothing. */
bool attachment_agrees(const Attachment *attachment);

enum { ATTACHMENT_HEAD_BYTES = 4096 };
/* The same for a file that came without a mail. head: its first bytes; tail: its last ones, offset bytes from
 * the beginning (ZIP_TAIL_BYTES are enough). By our own rules alone. */
const char *attachment_type_of(const void *head, size_t head_size, const void *tail, size_t tail_size,
                               size_t offset);
/* Is a file of this name and true type taken, from a mail and from a page? PDF, PNG, JPEG, ODT, DOCX and an
 * old DOC are (MAIL.md D42). */
bool attachment_is_taken(const char *file_name, const char *type);
/* A name that is safe as a file name; "" when nothing is left of it. The caller frees. */
char *attachment_safe_name(const char *name);
