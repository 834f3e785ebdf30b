/* store/spool.h: raw bytes on disk in dated segments, one writer each; rows of the database point into them.
 *
 * state_dir/spool/<name>/<YYYY-MM-DD>-<n>.seg, mode 0600: records laid end to end. A record counts once it
 * was synced; what a crash left behind the last synced record is never pointed at. DESIGN.md section 1.
 */
#pragma once

#include "store/store.h"

typedef struct Spool Spool;

typedef struct {
        char *segment; /* owned; file name below spool/: "in/2027-03-01-0.seg" */
        int64_t offset, length;
        char sha256[65]; /* hex */
} SpoolPlace;
void spool_place_clear(SpoolPlace *place);

/* name: "in", "web", "out", "upload": one writer a name (locked). */
Spool *spool_open(const char *state_dir, const char *name, GError **error);
void spool_free(Spool *spool);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Spool, spool_free)
bool spool_append(Spool *spool, GBytes *bytes, int64_t now, SpoolPlace *place_out, GError **error);
/* The same from a file, a piece at a time: size bytes from its beginning. */
bool spool_append_file(Spool *spool, int fd, int64_t size, int64_t now, SpoolPlace *place_out,
                       GError **error);
bool spool_sync(
        Spool *spool,
        GError **error); /* before the rows that point at it are committed; one fdatasync for many records */
/* How far the rows point into each segment: SpoolPlace with offset 0. */
GPtrArray *spool_needed(Store *store, GError **error);
/* Anyone may read. Checks length and SHA-256. */
GBytes *spool_read(const char *state_dir, const SpoolPlace *place, GError **error);
/* The segment, open for reading, once the record is known to be whole; -1. The caller closes. */
int spool_open_record(const char *state_dir, const SpoolPlace *place, GError **error);
