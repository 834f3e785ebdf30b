/* store/imports.h: tables that came by mail, were looked at, and wait for the staff's yes. */
#pragma once

#include "store/spool.h"

typedef struct {
        int64_t id;
        int64_t person;   /* who sent it, and may say yes */
        int64_t message;  /* inbox row that it came in */
        char *name;       /* of the file; "" */
        SpoolPlace place; /* its text, by its SHA-256 */
        bool is_waiting;
} PendingImport;
void pending_import_free(PendingImport *import);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PendingImport, pending_import_free)

bool imports_add(Store *store, const PendingImport *import, int64_t now, int64_t *id_out, GError **error);
PendingImport *imports_get(Store *store, int64_t id, GError **error); /* NULL without error when absent */
/* It was taken in, or dropped: a yes finds nothing any more. */
bool imports_close(Store *store, int64_t id, int64_t now, GError **error);
