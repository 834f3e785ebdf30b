#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE_BYTES = 128 << 10 };

static bool fail(const char *path, GError **error)
{
        const int saved = errno;
        g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(saved), "%s: %s%s", path, g_strerror(saved),
                    saved == ENOSPC || saved == EDQUOT ? ": free some space" : "");
        return false;
}

static void close_fd(int *fd)
{
        if (*fd >= 0)
                close(*fd);
}
#define AUTO_CLOSE __attribute__((cleanup(close_fd))) int

static bool write_all(int fd, const char *bytes, size_t size)
{
        while (size > 0) {
                const ssize_t count = write(fd, bytes, size);
                if (count < 0 && errno == EINTR)
                        continue;
                if (count <= 0)
                        return false;
                bytes += count;
                size -= (size_t)count;
        }
        return true;
}

/* From `in` to the checksum, and to `out` unless it is -1. */
static bool pump(int in, int out, GChecksum *checksum, int64_t *size_out)
{
        g_autofree char *piece = g_malloc(PIECE_BYTES);
        *size_out = 0;
        for (;;) {
                const ssize_t count = read(in, piece, PIECE_BYTES);
                if (count < 0 && errno == EINTR)
                        continue;
                if (count <= 0)
                        return count == 0;
                if (out >= 0 && !write_all(out, piece, (size_t)count))
                        return false;
                g_checksum_update(checksum, (const guchar *)piece, count);
                *size_out += count;
        }
}

static void finish_hash(const GChecksum *checksum, char hash_out[HASH_LENGTH + 1])
{
        g_strlcpy(hash_out, g_checksum_get_string((GChecksum *)checksum), HASH_LENGTH + 1);
}

bool file_copy(const char *from, const char *to, int64_t *size_out, char hash_out[HASH_LENGTH + 1],
               GError **error)
{
        g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
        AUTO_CLOSE in = open(from, O_RDONLY | O_CLOEXEC);
        if (in < 0)
                return fail(from, error);
        AUTO_CLOSE out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (out < 0 || !pump(in, out, checksum, size_out) || fdatasync(out) != 0)
                return fail(to, error);
        finish_hash(checksum, hash_out);
        return true;
}

bool file_hash(const char *path, int64_t *size_out, char hash_out[HASH_LENGTH + 1], GError **error)
{
        g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
        AUTO_CLOSE in = open(path, O_RDONLY | O_CLOEXEC);
        if (in < 0 || !pump(in, -1, checksum, size_out))
                return fail(path, error);
        finish_hash(checksum, hash_out);
        return true;
}

bool file_write_new(const char *path, const char *text, GError **error)
{
        AUTO_CLOSE fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        return (fd >= 0 && write_all(fd, text, strlen(text)) && fsync(fd) == 0) || fail(path, error);
}

bool folder_make(const char *path, GError **error)
{
        return g_mkdir_with_parents(path, 0700) == 0 || fail(path, error);
}

bool folder_sync(const char *path, GError **error)
{
        AUTO_CLOSE fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return (fd >= 0 && fsync(fd) == 0) || fail(path, error);
}

void folder_remove(const char *path)
{
        g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
        const char *name;
        while (folder != NULL && (name = g_dir_read_name(folder)) != NULL) {
                g_autofree char *inside = g_build_filename(path, name, NULL);
                if (g_unlink(inside) != 0)
                        folder_remove(inside);
        }
        g_rmdir(path);
}

static int compare_names(gconstpointer a, gconstpointer b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

GPtrArray *folder_names(const char *path)
{
        GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
        g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
        const char *name;
        while (folder != NULL && (name = g_dir_read_name(folder)) != NULL)
                g_ptr_array_add(names, g_strdup(name));
        g_ptr_array_sort(names, compare_names);
        return names;
}
