/* store/uploads.h: files that people hand in with a form: whose they are, and where their bytes lie in the
 * spool "upload". */
#pragma once

#include "store/spool.h"

typedef struct {
        int64_t id;
        int64_t case_id, person; /* person: who sent it */
        char *step, *field;      /* field: its key in the step's form */
        char *name;              /* safe as a file name */
        char *type;              /* as its bytes say */
        SpoolPlace place;
} Upload;
void upload_free(Upload *upload); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Upload, upload_free)

bool uploads_add(Store *store, const Upload *upload, int64_t now, int64_t *id_out, GError **error);
Upload *uploads_get(Store *store, int64_t id, GError **error); /* NULL without error when absent */
bool uploads_count(Store *store, int64_t case_id, const char *step, int64_t *count_out, GError **error);
