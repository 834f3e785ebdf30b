/* commands/init.c: `facteur init DIR`: a commented configuration, keys, an empty database. Never over what is
 * there. */
#include "base/token.h"
#include "commands/options.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PARENTS_MAX = 3 };

static int make_folder(const char *parent, const char *name)
{
        g_autofree char *path = g_build_filename(parent, name, NULL);
        if (g_mkdir_with_parents(path, 0700) == 0)
                return CONTINUE;
        fprintf(stderr, "facteur: %s: it cannot be made (%s): check the path and its rights\n", path,
                g_strerror(errno));
        return EXIT_MEND;
}

/* The rules and words that belong to this program when it is not installed: above the folder it lies in. */
static char *find_beside(const char *name)
{
        g_autofree char *program = g_file_read_link("/proc/self/exe", NULL);
        g_autofree char *folder = program != NULL ? g_path_get_dirname(program) : NULL;
        for (int level = 0; folder != NULL && level < PARENTS_MAX; level++) {
                g_autofree char *path = g_build_filename(folder, name, NULL);
                if (g_file_test(path, G_FILE_TEST_IS_DIR))
                        return g_steal_pointer(&path);
                char *parent = g_path_get_dirname(folder);
                g_free(folder);
                folder = parent;
        }
        return NULL;
}

static int write_config(const char *path, const char *instance)
{
        g_autofree char *rules = find_beside("rules"), *templates = find_beside("mail_templates");
        bool is_beside = rules != NULL && templates != NULL;
        const char *const values[] = { "robot.instance",
                                       instance,
                                       "web.listen",
                                       "unix:/run/facteur/web.sock",
                                       "web.base_url",
                                       "CHANGE-ME",
                                       is_beside ? "paths.rules_dir" : NULL,
                                       rules,
                                       "paths.templates_dir",
                                       templates,
                                       NULL };
        g_autofree char *text = config_sample(values);
        int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        size_t size = strlen(text);
        bool is_written = fd >= 0 && write(fd, text, size) == (ssize_t)size && fsync(fd) == 0;
        int saved = errno;
        if (fd >= 0)
                close(fd);
        if (is_written)
                return CONTINUE;
        fprintf(stderr, "facteur: %s: %s\n", path,
                saved == EEXIST ? "it is there already; nothing was changed: choose another folder"
                                : g_strerror(saved));
        return EXIT_MEND;
}

static bool create_keys(const char *folder, GError **error)
{
        g_autofree char *secrets = g_build_filename(folder, "secrets", NULL);
        const Config config = { .keys_dir = secrets };
        for (int which = 0; which < N_HOUSE_KEYS; which++) {
                g_autofree char *path = house_keys_path(&config, (HouseKeys)which);
                if (!keyring_create(path, error))
                        return false;
        }
        return house_write_public(&config, error);
}

int command_init(int argc, char **argv)
{
        g_auto(Options) options = { 0 };
        int code = options_read(&options, "DIR - a new house: configuration, keys, empty database", NULL, 1,
                                1, argc, argv);
        if (code != CONTINUE)
                return code;
        const char *folder = options.rest[0];
        g_autofree char *config = g_build_filename(folder, "facteur.conf", NULL),
                        *database = g_build_filename(folder, "state", "facteur.db", NULL);
        char id[TOKEN_ID_LENGTH + 1];
        token_new_id(id);
        g_autofree char *instance = g_strconcat("facteur-", id, NULL);
        g_autoptr(GError) error = NULL;
        if ((code = make_folder(folder, "state")) != CONTINUE ||
            (code = make_folder(folder, "secrets")) != CONTINUE ||
            (code = write_config(config, instance)) != CONTINUE)
                return code;
        if (!create_keys(folder, &error) || !store_create(database, instance, &error))
                return command_failed(error);
        printf("%s: the configuration: fill in what says CHANGE-ME\n"
               "%s/secrets: put the passwords there, mode 0600; the keys of the robot's links lie there too: "
               "back "
               "them up apart\n"
               "%s/state: the database and the mails\n"
               "then: facteur check --config %s\n",
               config, folder, folder, config);
        return EXIT_FINE;
}
