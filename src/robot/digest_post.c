/* robot/digest_post.c: the digest as a mail: short enough, its numbers bound, the next one set. */
#include "robot/digest.h"

#include "robot/house_mail.h"
#include "robot/roster.h"
#include "store/digests.h"
#include "store/people.h"

#include <inttypes.h>

void digest_cut(Digest *digest, guint limit, const char *language)
{
        const char *name;
        json_t *list;
        int64_t left_out = json_integer_value(json_object_get(digest->view, "left_out"));
        if (digest->lines->len <= limit)
                return;
        left_out += digest->lines->len - limit;
        g_array_set_size(digest->lines, limit);
        json_object_foreach(digest->view, name, list) {
                for (size_t i = json_is_array(list) ? json_array_size(list) : 0; i-- > 0;)
                        if (json_integer_value(json_object_get(json_array_get(list, i), "n")) >=
                            digest->first + (json_int_t)limit)
                                json_array_remove(list, i);
        }
        digest_set_left_out(digest, left_out, language);
}

/* Shorter until it fits: mail programs cut what is long, and hide what is below. */
static GBytes *compose_fitting(const HouseMail *mail, const Applier *applier, Digest *digest, GError **error)
{
        const char *language = house_mail_language(applier->house, mail->key, mail->to);
        for (;;) {
                g_autoptr(GBytes) bytes = house_mail_compose(mail, applier, digest->view, error);
                const guint count = digest->lines->len;
                if (bytes == NULL || g_bytes_get_size(bytes) < DIGEST_BYTES_MAX || count == 0)
                        return g_steal_pointer(&bytes);
                const guint fitting = (guint)(count * (guint64)DIGEST_BYTES_MAX / g_bytes_get_size(bytes));
                digest_cut(digest, MIN(fitting, count - 1), language);
        }
}

static bool bind_lines(Store *store, int64_t id, const Digest *digest, GError **error)
{
        for (guint i = 0; i < digest->lines->len; i++)
                if (!digests_bind(store, id, &g_array_index(digest->lines, DigestLine, i), error))
                        return false;
        return true;
}

/* after: the digest whose numbers stay bound in this one; 0: none. */
static bool put(const Applier *applier, const Person *reader, Digest *digest, int64_t after,
                const char *const *id_parts, const char *answered_id, GError **error)
{
        Store *store = applier->house->store;
        int64_t id;
        if (!digests_add(store, reader->id, applier->now, &id, error) ||
            (after != 0 && !digests_continue(store, after, id, error)))
                return false;
        g_autofree char *actions = g_strdup_printf("desk %" PRId64, id);
        g_auto(HouseMail) mail = { .key = "digest",
                                   .to = reader,
                                   .actions = actions,
                                   .id_parts = id_parts,
                                   .answered_id = answered_id,
                                   .is_list = true };
        house_mail_open(&mail, applier);
        g_autoptr(GBytes) bytes = compose_fitting(&mail, applier, digest, error);
        return bytes != NULL && bind_lines(store, id, digest, error) &&
               house_mail_put(&mail, applier, bytes, error);
}

static bool put_daily(const Applier *applier, const Staff *staff, const Person *reader, Digest *digest,
                      GError **error)
{
        g_autofree char *person = g_strdup_printf("%" PRId64, reader->id),
                        *due = g_strdup_printf("%" PRId64, staff->next_at);
        const char *parts[] = { "digest", person, due, NULL };
        return put(applier, reader, digest, 0, parts, NULL, error);
}

static bool put_and_move_on(const Applier *applier, const Staff *staff, const Person *reader, Digest *digest,
                            GError **error)
{
        Store *store = applier->house->store;
        if (!store_begin(store, error))
                return false;
        int64_t next_at = roster_next(applier->house, staff, reader, applier->now);
        if ((reader->is_failing || put_daily(applier, staff, reader, digest, error)) &&
            staff_move_on(store, staff->person, next_at, digest->told, error) &&
            spool_sync(applier->out, error) && store_commit(store, error))
                return true;
        store_rollback(store);
        return false;
}

bool digest_post(const Applier *applier, const Staff *staff, GError **error)
{
        Person *reader = people_get(applier->house->store, staff->person, error);
        if (reader == NULL)
                return false;
        g_autoptr(Digest) digest = digest_gather(applier->house, staff, reader, 0, applier->now, error);
        bool is_done = digest != NULL && put_and_move_on(applier, staff, reader, digest, error);
        person_free(reader);
        return is_done;
}

bool digest_post_rest(const Applier *applier, const DigestRest *rest, bool *has_more_out, GError **error)
{
        const char *parts[] = { "digest", rest->key, NULL };
        g_autoptr(Digest) digest =
                digest_gather(applier->house, rest->staff, rest->reader, rest->digest, applier->now, error);
        *has_more_out = digest != NULL && digest->lines->len > 0;
        if (!*has_more_out)
                return digest != NULL;
        return put(applier, rest->reader, digest, rest->digest, parts, rest->answered_id, error);
}

GBytes *digest_preview(House *house, const Staff *staff, const Person *reader, GError **error)
{
        const Applier applier = { .house = house, .now = house_now(house) };
        g_autoptr(Digest) digest = digest_gather(house, staff, reader, 0, applier.now, error);
        if (digest == NULL)
                return NULL;
        g_auto(HouseMail) mail = { .key = "digest",
                                   .to = reader,
                                   .actions = "",
                                   .id_parts = (const char *const[]){ "preview", NULL },
                                   .is_list = true };
        house_mail_open(&mail, &applier);
        return compose_fitting(&mail, &applier, digest, error);
}
