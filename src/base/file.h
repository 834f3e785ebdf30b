/* base/file.h: files and folders as a whole: copied with their hash, synced, removed. Errors are G_FILE_ERROR
 * and name the path. */
#pragma once

#include "base/hash.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* to must not exist yet; it gets mode 0600 and is synced. hash_out: SHA-256 of what was copied. */
bool file_copy(const char *from, const char *to, int64_t *size_out, char hash_out[HASH_LENGTH + 1],
               GError **error);
bool file_hash(const char *path, int64_t *size_out, char hash_out[HASH_LENGTH + 1], GError **error);
/* A new file of mode 0600, synced. */
bool file_write_new(const char *path, const char *text, GError **error);

bool folder_make(const char *path, GError **error); /* with its parents, 0700 */
bool folder_sync(const char *path, GError **error); /* the names in it */
/* With all that lies in it; symbolic links are not followed. */
void folder_remove(const char *path);
/* Names in it, sorted; of char *. No such folder: none. */
GPtrArray *folder_names(const char *path);
