#include "store/journal.h"

#include "base/hash.h"
#include "store/audit_house.h"
#include "store/cases.h"
#include "store/query.h"

#include <inttypes.h>
#include <string.h>

enum { FAULTS_MAX = 100 };
static const char no_hash[] = "0000000000000000000000000000000000000000000000000000000000000000";

static const char sql_head[] = "SELECT hash FROM journal ORDER BY id DESC LIMIT 1";

char *journal_head(Store *store, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_head);
        int next = query_next(query, error);
        return next < 0 ? NULL : g_strdup(next == 1 ? query_text(query, 0) : no_hash);
}

typedef struct {
        int64_t at, case_id, person, message;
        const char *kind, *step, *payload_sha256;
} Entry;

static void chain(const char *before, const Entry *entry, char hash_out[HASH_LENGTH + 1])
{
        g_autofree char *line = g_strdup_printf(
                "%s\n%" PRId64 "\n%" PRId64 "\n%s\n%s\n%" PRId64 "\n%" PRId64 "\n%s", before, entry->at,
                entry->case_id, entry->kind, entry->step != NULL ? entry->step : "", entry->person,
                entry->message, entry->payload_sha256);
        hash_sha256(line, strlen(line), hash_out);
}

static const char sql_append[] =
        "INSERT INTO journal (at, case_id, kind, step, person, message, payload, payload_sha256, hash) "
        "VALUES "
        "(:at, :case_id, :kind, :step, :person, :message, :payload, :payload_sha256, :hash)";

static bool append(Store *store, Entry *entry, const json_t *payload, GError **error)
{
        g_autofree char *before = journal_head(store, error);
        if (before == NULL)
                return false;
        char *text = json_dumps(payload, JSON_COMPACT | JSON_SORT_KEYS);
        char payload_sha256[HASH_LENGTH + 1], hash[HASH_LENGTH + 1];
        hash_sha256(text, strlen(text), payload_sha256);
        entry->payload_sha256 = payload_sha256;
        chain(before, entry, hash);
        g_autoptr(Query) query = store_query(store, sql_append);
        query_bind_int(query, ":at", entry->at);
        query_bind_int(query, ":case_id", entry->case_id);
        query_bind_text(query, ":kind", entry->kind);
        query_bind_text(query, ":step", entry->step);
        query_bind_int(query, ":person", entry->person);
        query_bind_int(query, ":message", entry->message);
        query_bind_text(query, ":payload", text);
        query_bind_text(query, ":payload_sha256", payload_sha256);
        query_bind_text(query, ":hash", hash);
        bool is_appended = query_change(query, 1, error);
        g_clear_pointer(&query, query_done);
        free(text);
        return is_appended;
}

bool journal_append(Store *store, int64_t case_id, const Record *record, GError **error)
{
        Entry entry = { .at = record->at,
                        .case_id = case_id,
                        .person = record->person,
                        .message = record->message,
                        .kind = record_kind_word(record->kind),
                        .step = record->step };
        return append(store, &entry, record->payload, error);
}

bool journal_append_person(Store *store, const char *kind, int64_t person, const json_t *payload, int64_t now,
                           GError **error)
{
        Entry entry = { .at = now, .person = person, .kind = kind };
        return append(store, &entry, payload, error);
}

bool journal_append_house(Store *store, const char *kind, const json_t *payload, int64_t now, GError **error)
{
        Entry entry = { .at = now, .kind = kind };
        return append(store, &entry, payload, error);
}

static const char sql_closing[] = "SELECT hash FROM journal WHERE case_id = :case_id AND kind = 'done' AND "
                                  "step = :step ORDER BY id DESC LIMIT 1";

char *journal_closing_hash(Store *store, int64_t case_id, const char *step, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_closing);
        query_bind_int(query, ":case_id", case_id);
        query_bind_text(query, ":step", step);
        int next = query_next(query, error);
        return next < 0 ? NULL : g_strdup(next == 1 ? query_text(query, 0) : "");
}

static Record *read_record(Query *query, int first_column)
{
        Record *record = g_new0(Record, 1);
        record_kind_parse(query_text(query, first_column), &record->kind);
        record->step = query_dup(query, first_column + 1);
        record->person = query_int(query, first_column + 2);
        record->message = query_int(query, first_column + 3);
        record->at = query_int(query, first_column + 4);
        const char *payload = query_text(query, first_column + 5);
        record->payload = payload != NULL ? json_loads(payload, 0, NULL) : NULL;
        if (record->payload == NULL)
                record->payload = json_object();
        return record;
}

static const char sql_of_case[] =
        "SELECT kind, step, person, message, at, payload FROM journal WHERE case_id = :case_id ORDER BY id";

GPtrArray *journal_of_case(Store *store, int64_t case_id, GError **error)
{
        g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func((GDestroyNotify)record_free);
        g_autoptr(Query) query = store_query(store, sql_of_case);
        query_bind_int(query, ":case_id", case_id);
        int next;
        while ((next = query_next(query, error)) == 1)
                g_ptr_array_add(records, read_record(query, 0));
        return next < 0 ? NULL : g_steal_pointer(&records);
}

void audit_free(Audit *audit)
{
        if (audit == NULL)
                return;
        g_ptr_array_unref(audit->faults);
        g_free(audit);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Audit, audit_free)

static void fault(Audit *audit, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void fault(Audit *audit, const char *format, ...)
{
        va_list arguments;
        va_start(arguments, format);
        if (audit->faults->len < FAULTS_MAX)
                g_ptr_array_add(audit->faults, g_strdup_vprintf(format, arguments));
        va_end(arguments);
}

static const char sql_all[] = "SELECT kind, step, person, message, at, payload, id, case_id, payload_sha256, "
                              "hash FROM journal ORDER BY id";

static bool audit_chain(Store *store, Audit *audit, GError **error)
{
        g_autoptr(Query) query = store_query(store, sql_all);
        g_autofree char *before = g_strdup(no_hash);
        int next;
        while ((next = query_next(query, error)) == 1) {
                audit->entries++;
                Entry entry = { .kind = query_text(query, 0),
                                .step = query_text(query, 1),
                                .person = query_int(query, 2),
                                .message = query_int(query, 3),
                                .at = query_int(query, 4),
                                .case_id = query_int(query, 7),
                                .payload_sha256 = query_text(query, 8) };
                char hash[HASH_LENGTH + 1], sha256[HASH_LENGTH + 1];
                chain(before, &entry, hash);
                if (strcmp(hash, query_text(query, 9)) != 0)
                        fault(audit,
                              "journal entry %" PRId64
                              ": the chain is broken: it, or the one before it, was changed or removed",
                              query_int(query, 6));
                const char *payload = query_text(query, 5);
                if (payload != NULL)
                        hash_sha256(payload, strlen(payload), sha256);
                if (payload != NULL && strcmp(sha256, entry.payload_sha256) != 0)
                        fault(audit, "journal entry %" PRId64 ": its payload was changed",
                              query_int(query, 6));
                g_free(before);
                before = g_strdup(query_text(query, 9)); /* one fault, not one for each entry that follows */
        }
        return next >= 0;
}

static bool audit_case(Store *store, Audit *audit, int64_t id, GError **error)
{
        g_autoptr(Case) kept = cases_load(store, id, error);
        g_autoptr(GPtrArray) records = kept != NULL ? journal_of_case(store, id, error) : NULL;
        if (records == NULL)
                return false;
        g_autoptr(Case) replayed = case_new();
        for (guint i = 0; i < records->len; i++)
                if (!case_apply(replayed, g_ptr_array_index(records, i)))
                        fault(audit, "case %s: its journal entry number %u does not fit the ones before",
                              kept->reference, i + 1);
        g_autofree char *state = case_print(kept), *sum = case_print(replayed);
        if (strcmp(state, sum) != 0)
                fault(audit, "case %s: its state is not what its journal says", kept->reference);
        return true;
}

static const char sql_case_ids[] = "SELECT id FROM cases ORDER BY id";

static bool audit_cases(Store *store, Audit *audit, GError **error)
{
        g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
        g_autoptr(Query) query = store_query(store, sql_case_ids);
        int next;
        while ((next = query_next(query, error)) == 1) {
                int64_t id = query_int(query, 0);
                g_array_append_val(ids, id);
        }
        if (next < 0)
                return false;
        audit->cases = ids->len;
        for (guint i = 0; i < ids->len; i++)
                if (!audit_case(store, audit, g_array_index(ids, int64_t, i), error))
                        return false;
        return true;
}

Audit *journal_audit(Store *store, GError **error)
{
        g_autoptr(Audit) audit = g_new0(Audit, 1);
        audit->faults = g_ptr_array_new_with_free_func(g_free);
        if (!audit_chain(store, audit, error) || !audit_cases(store, audit, error) ||
            !audit_house(store, audit->faults, error))
                return NULL;
        return g_steal_pointer(&audit);
}
