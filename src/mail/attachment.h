/* mail/attachment.h: the files of a message: name, true type, size; nothing is opened.
 *
 * The type is what the content says, by our own rules first (the mark must stand at the very beginning, a ZIP
 * is looked into for DOCX and ODT), then by libmagic. MAIL.md D42.
 */
#pragma once

#include "mail/reading.h"

/* Loads libmagic's tables: a process that is about to lose the file system calls it before. Without it types
 * come from our own rules alone. */
void attachment_types_load(void);

/* Adds the Attachments of a message to attachments: every part with a name, and every part without one that
 * is no text shown. */
void attachments_read(Message *message, GPtrArray *attachments);
