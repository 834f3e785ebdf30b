/* doors/imap_folder.c: folders: their names, making them, moving and filing messages. */
#include "doors/imap_private.h"

#include "doors/mutf7.h"

#include <string.h>

enum { MOVE_UIDS = 500 }; /* a command line stays below 8 kB, one server's limit */

static bool has_response_code(const Imap *imap, const char *code)
{
        const struct mailimap_response_info *info = imap->session->imap_response_info;
        if (info != NULL && info->rsp_trycreate && strcmp(code, "TRYCREATE") == 0)
                return true;
        if (info != NULL && info->rsp_atom != NULL && g_ascii_strcasecmp(info->rsp_atom, code) == 0)
                return true;
        return imap->session->imap_response != NULL && strcasestr(imap->session->imap_response, code) != NULL;
}

static bool learn_delimiter(Imap *imap, GError **error)
{
        clist *list = NULL;
        imap_begin(imap, IMAP_SHORT_MS, IMAP_LINES_BYTES);
        const int code = mailimap_list(imap->session, "", "", &list);
        const struct mailimap_mailbox_list *root =
                list != NULL && clist_begin(list) != NULL ? clist_content(clist_begin(list)) : NULL;
        imap->delimiter = root != NULL && root->mb_delimiter != '\0' ? root->mb_delimiter : '/';
        if (list != NULL) /* of a refusal as well */
                mailimap_list_result_free(list);
        return imap_check(imap, code, "the folder delimiter was asked", error);
}

/* RFC 2342. Asked only where it is offered: libetpan takes a BAD for a broken session, and leaks a NO. */
static bool learn_prefix(Imap *imap, GError **error)
{
        struct mailimap_namespace_data *namespaces = NULL;
        imap_begin(imap, IMAP_SHORT_MS, IMAP_LINES_BYTES);
        int code = mailimap_namespace(imap->session, &namespaces);
        if (!imap_check(imap, code, "the namespaces were asked", NULL) && imap->is_broken)
                return imap_lost(imap, "the namespaces were asked", error);
        if (code != MAILIMAP_NO_ERROR || namespaces == NULL)
                return true;
        clist *personal = namespaces->ns_personal != NULL ? namespaces->ns_personal->ns_data_list : NULL;
        if (personal != NULL && clist_begin(personal) != NULL) {
                const struct mailimap_namespace_info *first = clist_content(clist_begin(personal));
                g_free(imap->prefix);
                imap->prefix = g_strdup(first->ns_prefix);
                if (first->ns_delimiter != '\0')
                        imap->delimiter = first->ns_delimiter;
        }
        mailimap_namespace_data_free(namespaces);
        return true;
}

/* The personal namespace ("INBOX." with Courier, mostly "") and the delimiter, both from the server. */
static bool learn_names(Imap *imap, GError **error)
{
        g_free(imap->prefix);
        imap->prefix = g_strdup("");
        imap->has_names = learn_delimiter(imap, error) && (!imap->has_namespace || learn_prefix(imap, error));
        return imap->has_names;
}

char *imap_folder_name(Imap *imap, const char *name, GError **error)
{
        if (g_ascii_strcasecmp(name, "INBOX") == 0)
                return g_strdup("INBOX");
        if (!imap->has_names && !learn_names(imap, error))
                return NULL;
        g_autoptr(GString) local = g_string_new(imap->prefix);
        bool is_clean = *name != '\0';
        for (const char *p = name; *p != '\0'; p++) {
                is_clean = is_clean && (guchar)*p >= ' ' && *p != 0x7f;
                if (*p == '/')
                        g_string_append_c(local, imap->delimiter);
                else /* the delimiter inside a word would make a folder of its own */
                        g_string_append_c(local, *p == imap->delimiter ? '_' : *p);
        }
        char *wire = is_clean ? mutf7_from_utf8(local->str) : NULL;
        if (wire == NULL)
                imap_refused(imap, "a folder was named",
                             "the name is empty, not UTF-8, or holds control characters", error);
        return wire;
}

static bool is_folder_there(const clist *list, const char *wire)
{
        for (clistiter *item = list != NULL ? clist_begin(list) : NULL; item != NULL;
             item = clist_next(item)) {
                const struct mailimap_mailbox_list *folder = clist_content(item);
                const struct mailimap_mbx_list_flags *flags = folder->mb_flag;
                bool is_empty_name = flags != NULL && flags->mbf_type == MAILIMAP_MBX_LIST_FLAGS_SFLAG &&
                                     flags->mbf_sflag == MAILIMAP_MBX_LIST_SFLAG_NOSELECT;
                if (strcmp(folder->mb_name, wire) == 0 && !is_empty_name)
                        return true;
        }
        return false;
}

static bool create_folder(Imap *imap, const char *wire, const char *name, GError **error)
{
        g_autofree char *doing = g_strdup_printf("the folder %s was made", name);
        imap_begin(imap, IMAP_SHORT_MS, IMAP_LINES_BYTES);
        int code = mailimap_create(imap->session, wire);
        if (code == MAILIMAP_ERROR_CREATE && has_response_code(imap, "ALREADYEXISTS"))
                return true;
        if (!imap_check(imap, code, doing, error))
                return false;
        imap_begin(imap, IMAP_SHORT_MS, IMAP_LINES_BYTES); /* or the webmail would not show it */
        code = mailimap_subscribe(imap->session, wire);
        return imap_check(imap, code, doing, NULL) || !imap->is_broken || imap_lost(imap, doing, error);
}

bool imap_ensure_folder(Imap *imap, const char *name, GError **error)
{
        g_autofree char *wire = imap_folder_name(imap, name, error);
        if (wire == NULL)
                return false;
        g_autofree char *doing = g_strdup_printf("the folder %s was looked for", name);
        clist *list = NULL;
        imap_begin(imap, IMAP_SHORT_MS, IMAP_LINES_BYTES);
        const int code = mailimap_list(imap->session, "", wire, &list);
        const bool is_there = is_folder_there(list, wire);
        if (list != NULL)
                mailimap_list_result_free(list);
        if (!imap_check(imap, code, doing, error))
                return false;
        return is_there || create_folder(imap, wire, name, error);
}

static uint32_t status_value(const struct mailimap_mailbox_data_status *status, int att)
{
        for (clistiter *item = status != NULL && status->st_info_list != NULL
                                       ? clist_begin(status->st_info_list)
                                       : NULL;
             item != NULL; item = clist_next(item)) {
                const struct mailimap_status_info *info = clist_content(item);
                if (info->st_att == att)
                        return info->st_value;
        }
        return 0;
}

bool imap_status(Imap *imap, const char *name, ImapFolder *folder_out, GError **error)
{
        g_autofree char *wire = imap_folder_name(imap, name, error);
        if (wire == NULL)
                return false;
        g_autofree char *doing = g_strdup_printf("the folder %s was looked at", name);
        struct mailimap_status_att_list *wanted = mailimap_status_att_list_new_empty();
        mailimap_status_att_list_add(wanted, MAILIMAP_STATUS_ATT_MESSAGES);
        mailimap_status_att_list_add(wanted, MAILIMAP_STATUS_ATT_UIDNEXT);
        mailimap_status_att_list_add(wanted, MAILIMAP_STATUS_ATT_UIDVALIDITY);
        struct mailimap_mailbox_data_status *status = NULL;
        imap_begin(imap, IMAP_SHORT_MS, IMAP_LINES_BYTES);
        const int code = mailimap_status(imap->session, wire, wanted, &status);
        mailimap_status_att_list_free(wanted);
        *folder_out = (ImapFolder){ .uidvalidity = status_value(status, MAILIMAP_STATUS_ATT_UIDVALIDITY),
                                    .uidnext = status_value(status, MAILIMAP_STATUS_ATT_UIDNEXT),
                                    .exists = status_value(status, MAILIMAP_STATUS_ATT_MESSAGES) };
        if (status != NULL)
                mailimap_mailbox_data_status_free(status);
        return imap_check(imap, code, doing, error);
}

/* The UIDs of a set in order; at most `most`, whatever the server says. */
static GArray *list_uids(const struct mailimap_set *set, guint most)
{
        GArray *uids = g_array_new(FALSE, FALSE, sizeof(uint32_t));
        for (clistiter *item = set != NULL ? clist_begin(set->set_list) : NULL; item != NULL;
             item = clist_next(item)) {
                const struct mailimap_set_item *range = clist_content(item);
                for (uint64_t uid = range->set_first; uid <= range->set_last && uids->len < most; uid++) {
                        const uint32_t one = (uint32_t)uid;
                        g_array_append_val(uids, one);
                }
        }
        return uids;
}

/* What the server's answer to a move or copy tells, and a failed one does not. Frees both sets. */
static void note_places(uint32_t uidvalidity, struct mailimap_set *from, struct mailimap_set *to,
                        GArray *places)
{
        g_autoptr(GArray) from_uids = list_uids(from, MOVE_UIDS);
        g_autoptr(GArray) to_uids = list_uids(to, MOVE_UIDS);
        for (guint i = 0; places != NULL && from_uids->len == to_uids->len && i < from_uids->len; i++) {
                const ImapPlace place = { g_array_index(from_uids, uint32_t, i), uidvalidity,
                                          g_array_index(to_uids, uint32_t, i) };
                g_array_append_val(places, place);
        }
        if (from != NULL) /* NULL when no message was there to move */
                mailimap_set_free(from);
        if (to != NULL)
                mailimap_set_free(to);
}

static int uid_move(Imap *imap, struct mailimap_set *set, const char *wire, GArray *places)
{
        uint32_t uidvalidity = 0;
        struct mailimap_set *from = NULL, *to = NULL;
        int code = mailimap_uidplus_uid_move(imap->session, set, wire, &uidvalidity, &from, &to);
        note_places(uidvalidity, from, to, places);
        return code;
}

static int uid_copy(Imap *imap, struct mailimap_set *set, const char *wire, GArray *places)
{
        uint32_t uidvalidity = 0;
        struct mailimap_set *from = NULL, *to = NULL;
        if (!imap->has_uidplus)
                return mailimap_uid_copy(imap->session, set, wire);
        int code = mailimap_uidplus_uid_copy(imap->session, set, wire, &uidvalidity, &from, &to);
        note_places(uidvalidity, from, to, places);
        return code;
}

static int mark_deleted(Imap *imap, struct mailimap_set *set)
{
        struct mailimap_flag_list *flags = mailimap_flag_list_new_empty();
        mailimap_flag_list_add(flags, mailimap_flag_new_deleted());
        struct mailimap_store_att_flags *store = mailimap_store_att_flags_new_add_flags_silent(flags);
        int code = mailimap_uid_store(imap->session, set, store);
        mailimap_store_att_flags_free(store);
        return code;
}

/* RFC 6851, 3.3. Without UIDPLUS the originals stay, marked: a bare EXPUNGE would remove what others marked.
 */
static int copy_and_expunge(Imap *imap, struct mailimap_set *set, const char *wire, GArray *places)
{
        int code = uid_copy(imap, set, wire, places);
        if (code != MAILIMAP_NO_ERROR)
                return code;
        imap_begin(imap, IMAP_LONG_MS, IMAP_LINES_BYTES);
        code = mark_deleted(imap, set);
        if (code != MAILIMAP_NO_ERROR || !imap->has_uidplus)
                return code;
        imap_begin(imap, IMAP_LONG_MS, IMAP_LINES_BYTES);
        return mailimap_uid_expunge(imap->session, set);
}

static int move_set(Imap *imap, struct mailimap_set *set, const char *wire, GArray *places)
{
        imap_begin(imap, IMAP_LONG_MS, IMAP_LINES_BYTES);
        return imap->has_move ? uid_move(imap, set, wire, places) : copy_and_expunge(imap, set, wire, places);
}

static bool move_some(Imap *imap, const uint32_t *uids, gsize count, const char *folder, GArray *places,
                      GError **error)
{
        g_autofree char *wire = imap_folder_name(imap, folder, error);
        if (wire == NULL)
                return false;
        g_autofree char *doing = g_strdup_printf("messages were moved to %s", folder);
        struct mailimap_set *set = imap_uid_set(uids, count);
        int code = move_set(imap, set, wire, places);
        /* Somebody removed the folder since it was made. */
        if ((code == MAILIMAP_ERROR_UID_MOVE || code == MAILIMAP_ERROR_UID_COPY) &&
            has_response_code(imap, "TRYCREATE") && create_folder(imap, wire, folder, NULL))
                code = move_set(imap, set, wire, places);
        mailimap_set_free(set);
        return imap_check(imap, code, doing, error);
}

bool imap_move(Imap *imap, const uint32_t *uids, gsize count, const char *folder, GArray *places,
               GError **error)
{
        for (gsize i = 0; i < count; i += MOVE_UIDS)
                if (!move_some(imap, uids + i, MIN(count - i, MOVE_UIDS), folder, places, error))
                        return false;
        return true;
}
