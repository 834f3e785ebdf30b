#include "store/spool.h"

#include "base/date.h"
#include "base/hash.h"
#include "store/query.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SEGMENT_MAX_BYTES = 256 << 20, PIECE_BYTES = 64 * 1024 };

struct Spool {
        char *root; /* state_dir/spool */
        char *name;
        int folder, fd; /* fd -1: no segment yet */
        char *segment;  /* below root */
        Day day;
        int64_t length;
        bool is_dirty, is_new; /* bytes, or the file itself, not synced yet */
};

void spool_place_clear(SpoolPlace *place)
{
        g_clear_pointer(&place->segment, g_free);
}

static void free_place(gpointer place)
{
        spool_place_clear(place);
        g_free(place);
}

static bool fail(const char *path, GError **error)
{
        int saved = errno;
        bool is_full = saved == ENOSPC || saved == EDQUOT || saved == EFBIG || saved == EROFS;
        g_set_error(error, STORE_ERROR, is_full ? STORE_ERROR_FULL : STORE_ERROR_OPEN, "spool %s: %s%s", path,
                    g_strerror(saved),
                    is_full ? ": free some space; nothing is lost" : ": check the path and its rights");
        return false;
}

void spool_free(Spool *spool)
{
        if (spool == NULL)
                return;
        if (spool->fd >= 0)
                close(spool->fd);
        if (spool->folder >= 0)
                close(spool->folder);
        g_free(spool->root);
        g_free(spool->name);
        g_free(spool->segment);
        g_free(spool);
}

Spool *spool_open(const char *state_dir, const char *name, GError **error)
{
        g_autoptr(Spool) spool = g_new0(Spool, 1);
        spool->root = g_build_filename(state_dir, "spool", NULL);
        spool->name = g_strdup(name);
        spool->fd = spool->folder = -1;
        g_autofree char *folder = g_build_filename(spool->root, name, NULL);
        if (g_mkdir_with_parents(folder, 0700) != 0 ||
            (spool->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0) {
                fail(folder, error);
                return NULL;
        }
        if (flock(spool->folder, LOCK_EX | LOCK_NB) != 0) {
                g_set_error(error, STORE_ERROR, STORE_ERROR_BUSY,
                            "spool %s: another facteur writes there: stop it first", folder);
                return NULL;
        }
        return g_steal_pointer(&spool);
}

/* A segment is never continued after a start: what a crash left at its end stays out of reach. */
static bool next_segment(Spool *spool, Day day, GError **error)
{
        g_autofree char *iso = day_iso(day);
        if (spool->fd >= 0)
                close(spool->fd);
        spool->fd = -1;
        for (int number = 0; spool->fd < 0; number++) {
                g_autofree char *file = g_strdup_printf("%s-%d.seg", iso, number);
                spool->fd = openat(spool->folder, file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
                if (spool->fd < 0 && errno != EEXIST)
                        return fail(file, error);
                if (spool->fd >= 0) {
                        g_free(spool->segment);
                        spool->segment = g_build_filename(spool->name, file, NULL);
                }
        }
        spool->day = day;
        spool->length = 0;
        spool->is_new = true;
        return true;
}

/* A segment that takes records of today. */
static bool make_room(Spool *spool, int64_t now, GError **error)
{
        Day day = (Day)(now / 86400);
        if (spool->fd >= 0 && spool->day == day && spool->length < SEGMENT_MAX_BYTES)
                return true;
        return (!spool->is_dirty || spool_sync(spool, error)) && next_segment(spool, day, error);
}

static bool write_at(const Spool *spool, const char *data, gsize size, int64_t offset, GError **error)
{
        while (size > 0) {
                ssize_t count = pwrite(spool->fd, data, size, offset);
                if (count < 0 && errno == EINTR)
                        continue;
                if (count <= 0)
                        return fail(spool->segment, error);
                data += count;
                size -= (gsize)count;
                offset += count;
        }
        return true;
}

/* What was written counts from now on. */
static void take_place(Spool *spool, int64_t size, SpoolPlace *place_out)
{
        *place_out =
                (SpoolPlace){ .segment = g_strdup(spool->segment), .offset = spool->length, .length = size };
        spool->length += size;
        spool->is_dirty = true;
}

bool spool_append(Spool *spool, GBytes *bytes, int64_t now, SpoolPlace *place_out, GError **error)
{
        gsize size;
        const char *data = g_bytes_get_data(bytes, &size);
        if (!make_room(spool, now, error) || !write_at(spool, data, size, spool->length, error))
                return false;
        take_place(spool, (int64_t)size, place_out);
        hash_sha256(data, size, place_out->sha256);
        return true;
}

bool spool_append_file(Spool *spool, int fd, int64_t size, int64_t now, SpoolPlace *place_out, GError **error)
{
        if (!make_room(spool, now, error))
                return false;
        g_autofree char *piece = g_malloc(PIECE_BYTES);
        for (int64_t done = 0; done < size;) {
                ssize_t count = pread(fd, piece, (gsize)MIN(size - done, PIECE_BYTES), done);
                if (count < 0 && errno == EINTR)
                        continue;
                if (count <= 0) {
                        errno = count == 0 ? EIO : errno;
                        return fail(spool->segment, error);
                }
                if (!write_at(spool, piece, (gsize)count, spool->length + done, error))
                        return false;
                done += count;
        }
        char sha256[HASH_LENGTH + 1];
        if (!hash_sha256_file(fd, 0, size, sha256))
                return fail(spool->segment, error);
        take_place(spool, size, place_out);
        g_strlcpy(place_out->sha256, sha256, sizeof place_out->sha256);
        return true;
}

bool spool_sync(Spool *spool, GError **error)
{
        if (!spool->is_dirty)
                return true;
        if (fdatasync(spool->fd) != 0 || (spool->is_new && fsync(spool->folder) != 0))
                return fail(spool->segment, error);
        spool->is_dirty = spool->is_new = false;
        return true;
}

static void damaged(const char *path, const SpoolPlace *place, GError **error)
{
        g_set_error(error, STORE_ERROR, STORE_ERROR_CORRUPT,
                    "spool %s: the message at byte %" G_GINT64_FORMAT
                    " is damaged: restore the file from a backup, or drag the mail to the retry folder",
                    path, place->offset);
}

GBytes *spool_read(const char *state_dir, const SpoolPlace *place, GError **error)
{
        g_autofree char *path = g_build_filename(state_dir, "spool", place->segment, NULL);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0) {
                fail(path, error);
                return NULL;
        }
        g_autofree char *data = g_malloc((gsize)place->length + 1);
        gsize have = 0;
        ssize_t count = 1;
        while (have < (gsize)place->length && count > 0) {
                count = pread(fd, data + have, (gsize)place->length - have, place->offset + (off_t)have);
                have += count > 0 ? (gsize)count : 0;
        }
        close(fd);
        g_autoptr(GBytes) bytes = g_bytes_new_take(g_steal_pointer(&data), have);
        char sha256[HASH_LENGTH + 1];
        hash_sha256(g_bytes_get_data(bytes, NULL), have, sha256);
        if (have != (gsize)place->length || strcmp(sha256, place->sha256) != 0) {
                damaged(path, place, error);
                return NULL;
        }
        return g_steal_pointer(&bytes);
}

int spool_open_record(const char *state_dir, const SpoolPlace *place, GError **error)
{
        g_autofree char *path = g_build_filename(state_dir, "spool", place->segment, NULL);
        char sha256[HASH_LENGTH + 1];
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0) {
                fail(path, error);
                return -1;
        }
        if (hash_sha256_file(fd, place->offset, place->length, sha256) && strcmp(sha256, place->sha256) == 0)
                return fd;
        damaged(path, place, error);
        close(fd);
        return -1;
}

static const char sql_needed[] =
        "SELECT segment, max (at_byte + length) FROM (SELECT segment, at_byte, length FROM inbox WHERE "
        "segment IS NOT NULL UNION ALL SELECT segment, at_byte, length FROM outbox UNION ALL SELECT segment, "
        "at_byte, length FROM imports UNION ALL SELECT segment, at_byte, length FROM uploads UNION ALL "
        "SELECT segment, "
        "at_byte, length FROM papers) GROUP BY "
        "segment";

GPtrArray *spool_needed(Store *store, GError **error)
{
        g_autoptr(GPtrArray) places = g_ptr_array_new_with_free_func(free_place);
        g_autoptr(Query) query = store_query(store, sql_needed);
        int next;
        while ((next = query_next(query, error)) == 1) {
                SpoolPlace *place = g_new0(SpoolPlace, 1);
                place->segment = query_dup(query, 0);
                place->length = query_int(query, 1);
                g_ptr_array_add(places, place);
        }
        return next < 0 ? NULL : g_steal_pointer(&places);
}
