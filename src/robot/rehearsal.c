#include "robot/once.h"

#include "base/file.h"
#include "store/hold.h"
#include "store/outbox.h"
#include "store/spool.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { LEASE = 100 };

static bool fail(const char *path, GError **error)
{
        const int saved = errno;
        g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(saved), "%s: %s", path, g_strerror(saved));
        return false;
}

/* Segments are never continued, so links to those that are there are safe to write beside. */
static bool link_segments(const char *from, const char *to, GError **error)
{
        g_autoptr(GDir) folder = g_dir_open(from, 0, error);
        const char *name;
        if (folder == NULL)
                return false;
        if (g_mkdir_with_parents(to, 0700) != 0)
                return fail(to, error);
        while ((name = g_dir_read_name(folder)) != NULL) {
                g_autofree char *segment = g_build_filename(from, name, NULL);
                g_autofree char *link = g_build_filename(to, name, NULL);
                if (symlink(segment, link) != 0)
                        return fail(link, error);
        }
        return true;
}

static bool link_spool(const char *from_state, const char *to_state, GError **error)
{
        g_autofree char *from = g_build_filename(from_state, "spool", NULL);
        g_autofree char *to = g_build_filename(to_state, "spool", NULL);
        if (g_mkdir_with_parents(to, 0700) != 0)
                return fail(to, error);
        g_autoptr(GDir) folder = g_dir_open(from, 0, NULL);
        const char *name;
        while (folder != NULL && (name = g_dir_read_name(folder)) != NULL) {
                g_autofree char *inside = g_build_filename(from, name, NULL);
                g_autofree char *outside = g_build_filename(to, name, NULL);
                if (g_file_test(inside, G_FILE_TEST_IS_DIR) && !link_segments(inside, outside, error))
                        return false;
        }
        return true;
}

static House *open_copy(const House *house, const Secrets *secrets, const char *folder, Problems *problems,
                        GError **error)
{
        g_autoptr(Config) config = config_load(house->config->path, problems);
        if (config == NULL)
                return NULL;
        g_free(config->state_dir);
        config->state_dir = g_strdup(folder);
        g_autofree char *database = house_database_path(config);
        if (!link_spool(house->config->state_dir, folder, error) ||
            !store_copy(house->store, database, error))
                return NULL;
        return house_open(g_steal_pointer(&config),
                          HOUSE_STORE | HOUSE_KEYS | HOUSE_PROCEDURE | HOUSE_TEMPLATES, &house->clock,
                          secrets->keys, problems, error);
}

static bool print_mail(House *house, const OutboxMail *mail, RehearsalPrint print, void *data, GError **error)
{
        g_autoptr(GBytes) bytes = spool_read(house->config->state_dir, &mail->place, error);
        if (bytes == NULL || !outbox_mark_sent(house->store, mail->id, "rehearsal", house_now(house), error))
                return false;
        print(mail->recipient, bytes, data);
        return true;
}

/* Caps count, as they would. */
static bool print_mails(House *house, RehearsalPrint print, void *data, GError **error)
{
        const Config *config = house->config;
        const OutboxCaps caps = { config->cap_person_day, config->cap_staff_day, config->cap_case_day,
                                  config->cap_hour };
        for (;;) {
                g_autoptr(GPtrArray) mails =
                        outbox_lease(house->store, LEASE, &caps, house_now(house), error);
                if (mails == NULL || mails->len == 0)
                        return mails != NULL;
                for (guint i = 0; i < mails->len; i++)
                        if (!print_mail(house, g_ptr_array_index(mails, i), print, data, error))
                                return false;
        }
}

bool rehearsal_run(const House *house, const Secrets *secrets, int64_t since, RehearsalPrint print,
                   void *data, Problems *problems, GError **error)
{
        const FetchOptions options = { .since = since, .is_rehearsal = true };
        g_autofree char *folder = g_dir_make_tmp("facteur-rehearsal-XXXXXX", error);
        if (folder == NULL)
                return false;
        g_autoptr(House) copy = open_copy(house, secrets, folder, problems, error);
        bool is_done = copy != NULL && once_run(copy, secrets, &options, error);
        if (copy != NULL)
                is_done = hold_end(copy->store, house_now(copy), error) &&
                          print_mails(copy, print, data, is_done ? error : NULL) && is_done;
        g_clear_pointer(&copy, house_free);
        folder_remove(folder);
        return is_done;
}
