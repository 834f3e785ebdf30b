/* doors/imap_fetch.c: sizes, batches of messages, one large message.
 *
 * The server is never asked to describe a message (ENVELOPE, BODYSTRUCTURE): what its sender wrote would then
 * pass through libetpan's recursive parser.
 */
#include "doors/imap_private.h"

#include <string.h>

void imap_message_free(ImapMessage *message)
{
        if (message == NULL)
                return;
        g_clear_pointer(&message->raw, g_bytes_unref);
        g_free(message);
}

static int64_t unix_seconds(const struct mailimap_date_time *date)
{
        g_autoptr(GDateTime) local = g_date_time_new_utc(date->dt_year, date->dt_month, date->dt_day,
                                                         date->dt_hour, date->dt_min, date->dt_sec);
        int offset_s = date->dt_zone / 100 * 3600 + date->dt_zone % 100 * 60;
        return local != NULL ? g_date_time_to_unix(local) - offset_s : 0;
}

static struct mailimap_fetch_type *fetch_items(bool with_body)
{
        struct mailimap_fetch_type *items = mailimap_fetch_type_new_fetch_att_list_empty();
        mailimap_fetch_type_new_fetch_att_list_add(items, mailimap_fetch_att_new_uid());
        mailimap_fetch_type_new_fetch_att_list_add(items, mailimap_fetch_att_new_rfc822_size());
        mailimap_fetch_type_new_fetch_att_list_add(items, mailimap_fetch_att_new_internaldate());
        if (with_body)
                mailimap_fetch_type_new_fetch_att_list_add(
                        items, mailimap_fetch_att_new_body_peek_section(mailimap_section_new(NULL)));
        return items;
}

static void free_body(gpointer body)
{
        mailimap_nstring_free(body);
}

/* Takes libetpan's buffer over; 0 bytes when the server has no body to give. */
static GBytes *steal_body(struct mailimap_msg_att_body_section *section)
{
        if (section->sec_body_part == NULL)
                return NULL;
        char *body = g_steal_pointer(&section->sec_body_part);
        return g_bytes_new_with_free_func(body, section->sec_length, free_body, body);
}

/* What one FETCH answer holds; false for flags that changed and other news that nobody asked. */
static bool read_item(struct mailimap_msg_att *answer, ImapMessage *message)
{
        bool has_size = false;
        for (clistiter *item = clist_begin(answer->att_list); item != NULL; item = clist_next(item)) {
                const struct mailimap_msg_att_item *part = clist_content(item);
                if (part->att_type != MAILIMAP_MSG_ATT_ITEM_STATIC || part->att_data.att_static == NULL)
                        continue;
                struct mailimap_msg_att_static *fact = part->att_data.att_static;
                switch (fact->att_type) {
                case MAILIMAP_MSG_ATT_UID: message->uid = fact->att_data.att_uid; break;
                case MAILIMAP_MSG_ATT_RFC822_SIZE:
                        message->size_bytes = fact->att_data.att_rfc822_size;
                        has_size = true;
                        break;
                case MAILIMAP_MSG_ATT_INTERNALDATE:
                        if (fact->att_data.att_internal_date != NULL)
                                message->received_at = unix_seconds(fact->att_data.att_internal_date);
                        break;
                case MAILIMAP_MSG_ATT_BODY_SECTION:
                        g_clear_pointer(&message->raw, g_bytes_unref);
                        if (fact->att_data.att_body_section != NULL)
                                message->raw = steal_body(fact->att_data.att_body_section);
                        break;
                default: break; /* libetpan knows more items than we ask for */
                }
        }
        return message->uid != 0 && has_size;
}

static gint compare_messages(gconstpointer a, gconstpointer b)
{
        const ImapMessage *left = *(ImapMessage *const *)a, *right = *(ImapMessage *const *)b;
        return (left->uid > right->uid) - (left->uid < right->uid);
}

/* The answers that were asked for, each UID once, ascending. */
static GPtrArray *read_answers(clist *answers, const uint32_t *uids, gsize count, bool with_body)
{
        g_autoptr(GHashTable) wanted = g_hash_table_new(NULL, NULL);
        for (gsize i = 0; i < count; i++)
                g_hash_table_add(wanted, GUINT_TO_POINTER(uids[i]));
        GPtrArray *messages = g_ptr_array_new_with_free_func((GDestroyNotify)imap_message_free);
        for (clistiter *item = answers != NULL ? clist_begin(answers) : NULL; item != NULL;
             item = clist_next(item)) {
                ImapMessage *message = g_new0(ImapMessage, 1);
                bool is_complete =
                        read_item(clist_content(item), message) && (!with_body || message->raw != NULL);
                if (is_complete && g_hash_table_remove(wanted, GUINT_TO_POINTER(message->uid)))
                        g_ptr_array_add(messages, message);
                else
                        imap_message_free(message);
        }
        g_ptr_array_sort(messages, compare_messages);
        return messages;
}

static GPtrArray *fetch(Imap *imap, const uint32_t *uids, gsize count, bool with_body, GError **error)
{
        if (count == 0)
                return g_ptr_array_new_with_free_func((GDestroyNotify)imap_message_free);
        struct mailimap_set *set = imap_uid_set(uids, count);
        struct mailimap_fetch_type *items = fetch_items(with_body);
        clist *answers = NULL;
        imap_begin(imap, with_body ? IMAP_LONG_MS : IMAP_SHORT_MS,
                   with_body ? IMAP_MESSAGES_BYTES : IMAP_LINES_BYTES);
        int code = mailimap_uid_fetch(imap->session, set, items, &answers);
        mailimap_fetch_type_free(items);
        mailimap_set_free(set);
        GPtrArray *messages = NULL;
        if (imap_check(imap, code, with_body ? "messages were fetched" : "sizes were asked", error))
                messages = read_answers(answers, uids, count, with_body);
        if (answers != NULL)
                mailimap_fetch_list_free(answers);
        return messages;
}

GPtrArray *imap_sizes(Imap *imap, const uint32_t *uids, gsize count, GError **error)
{
        return fetch(imap, uids, count, false, error);
}

GPtrArray *imap_fetch(Imap *imap, const uint32_t *uids, gsize count, GError **error)
{
        return fetch(imap, uids, count, true, error);
}

typedef struct {
        GByteArray *body;
        int64_t limit_bytes;
        bool is_seen, is_over;
} LargeBody;

/* Always true: false would leave libetpan in the middle of the literal. What is over the limit is read and
 * dropped, within the command's allowance. */
static bool take_chunk(int type, struct mailimap_msg_att_body_section *section, const char *bytes,
                       size_t length, void *context)
{
        LargeBody *large = context;
        (void)section;
        if (type != MAILIMAP_MSG_ATT_BODY_SECTION)
                return true;
        large->is_seen = true;
        if ((int64_t)large->body->len + (int64_t)length > large->limit_bytes) {
                large->is_over = true;
                g_byte_array_set_size(large->body, 0);
        }
        if (!large->is_over)
                g_byte_array_append(large->body, (const guint8 *)bytes, (guint)length);
        return true;
}

ImapMessage *imap_fetch_large(Imap *imap, uint32_t uid, int64_t limit_bytes, GError **error)
{
        LargeBody large = { .body = g_byte_array_new(), .limit_bytes = MIN(limit_bytes, G_MAXINT32) };
        struct mailimap_set *set = mailimap_set_new_single(uid);
        struct mailimap_fetch_type *items = fetch_items(true);
        clist *answers = NULL;
        imap_begin(imap, IMAP_LONG_MS, (size_t)large.limit_bytes + IMAP_MESSAGES_BYTES);
        mailimap_set_msg_body_handler(imap->session, take_chunk, &large);
        int code = mailimap_uid_fetch(imap->session, set, items, &answers);
        mailimap_set_msg_body_handler(imap->session, NULL, NULL);
        mailimap_fetch_type_free(items);
        mailimap_set_free(set);

        ImapMessage *message = NULL;
        if (imap_check(imap, code, "a large message was fetched", error)) {
                g_autoptr(GPtrArray) found = read_answers(answers, &uid, 1, false);
                bool is_found = found->len > 0;
                message = is_found ? g_ptr_array_steal_index(found, 0) : g_new0(ImapMessage, 1);
                g_clear_pointer(&message->raw, g_bytes_unref); /* the handler had the body */
                message->uid = uid;
                if (is_found && large.is_seen && !large.is_over)
                        message->raw = g_byte_array_free_to_bytes(g_steal_pointer(&large.body));
        }
        if (answers != NULL)
                mailimap_fetch_list_free(answers);
        if (large.body != NULL)
                g_byte_array_unref(large.body);
        return message;
}
