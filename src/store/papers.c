#include "store/papers.h"

#include "store/query.h"

static const char sql_find[] =
        "SELECT segment, at_byte, length, sha256 FROM papers WHERE case_id = :case_id AND document = "
        ":document AND "
        "(language = :language OR :is_any) ORDER BY language = :language DESC, made_at LIMIT 1";

bool papers_find(Store *store, int64_t case_id, const char *document, const char *language,
                 bool is_any_language, SpoolPlace *place_out, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_find);
        query_bind_int(query, ":case_id", case_id);
        query_bind_text(query, ":document", document);
        query_bind_text(query, ":language", language);
        query_bind_int(query, ":is_any", is_any_language);
        *place_out = (SpoolPlace){ 0 };
        const int next = query_next(query, error);
        if (next != 1)
                return next == 0;
        place_out->segment = query_dup(query, 0);
        place_out->offset = query_int(query, 1);
        place_out->length = query_int(query, 2);
        g_strlcpy(place_out->sha256, query_text(query, 3), sizeof place_out->sha256);
        return true;
}

static const char sql_put[] =
        "INSERT INTO papers (case_id, document, language, made_at, segment, at_byte, length, sha256) VALUES "
        "(:case_id, :document, :language, :now, :segment, :at_byte, :length, :sha256) ON CONFLICT (case_id, "
        "document, "
        "language) DO UPDATE SET made_at = :now, segment = :segment, at_byte = :at_byte, length = :length, "
        "sha256 = "
        ":sha256";

bool papers_put(Store *store, int64_t case_id, const char *document, const char *language,
                const SpoolPlace *place, int64_t now, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_put);
        query_bind_int(query, ":case_id", case_id);
        query_bind_text(query, ":document", document);
        query_bind_text(query, ":language", language);
        query_bind_int(query, ":now", now);
        query_bind_text(query, ":segment", place->segment);
        query_bind_int(query, ":at_byte", place->offset);
        query_bind_int(query, ":length", place->length);
        query_bind_text(query, ":sha256", place->sha256);
        return query_change(query, 1, error);
}
