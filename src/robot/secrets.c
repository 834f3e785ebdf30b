#include "robot/secrets.h"

#include "robot/house.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <string.h>
#include <unistd.h>

enum { MOST_BYTES = 60000 }; /* what a pipe takes at once */

static void forget(char *secret)
{
        if (secret != NULL)
                explicit_bzero(secret, strlen(secret));
        g_free(secret);
}

void secrets_free(Secrets *secrets)
{
        if (secrets == NULL)
                return;
        forget(secrets->mailbox_password);
        forget(secrets->submission_password);
        forget(secrets->keys);
        forget(secrets->seal_keys);
        forget(secrets->label_keys);
        g_free(secrets);
}

static bool read_password(const ServerConfig *server, char **password_out, GError **error)
{
        if (server->user == NULL || *server->user == '\0' || server->password_file == NULL)
                return true; /* a server that wants none */
        *password_out = config_read_secret(server->password_file, error);
        return *password_out != NULL;
}

/* The whole file; keyring_load() has the same checks and a better message. */
static bool read_keys(const Config *config, HouseKeys which, char **keys_out, GError **error)
{
        g_autofree char *path = house_keys_path(config, which);
        g_autoptr(Keyring) keyring = keyring_load(path, error);
        return keyring != NULL && g_file_get_contents(path, keys_out, NULL, error);
}

Secrets *secrets_read(const Config *config, unsigned kinds, GError **error)
{
        g_autoptr(Secrets) secrets = g_new0(Secrets, 1);
        if (((kinds & SECRET_MAILBOX) &&
             !read_password(&config->mailbox, &secrets->mailbox_password, error)) ||
            ((kinds & SECRET_SUBMISSION) &&
             !read_password(&config->submission, &secrets->submission_password, error)) ||
            ((kinds & SECRET_KEYS) && !read_keys(config, HOUSE_KEYS_TOKENS, &secrets->keys, error)) ||
            ((kinds & SECRET_SEAL) && !read_keys(config, HOUSE_KEYS_SEAL, &secrets->seal_keys, error)) ||
            ((kinds & SECRET_LABEL) && !read_keys(config, HOUSE_KEYS_LABEL, &secrets->label_keys, error)))
                return NULL;
        return g_steal_pointer(&secrets);
}

static const char *if_wanted(unsigned kinds, SecretKind kind, const char *secret)
{
        return kinds & kind ? secret : NULL;
}

int secrets_send(const Secrets *secrets, unsigned kinds, GError **error)
{
        json_t *object = json_pack("{s:s*, s:s*, s:s*, s:s*, s:s*}", "mailbox",
                                   if_wanted(kinds, SECRET_MAILBOX, secrets->mailbox_password), "submission",
                                   if_wanted(kinds, SECRET_SUBMISSION, secrets->submission_password), "keys",
                                   if_wanted(kinds, SECRET_KEYS, secrets->keys), "seal",
                                   if_wanted(kinds, SECRET_SEAL, secrets->seal_keys), "label",
                                   if_wanted(kinds, SECRET_LABEL, secrets->label_keys));
        char *text = json_dumps(object, JSON_COMPACT);
        const size_t size = strlen(text);
        int ends[2] = { -1, -1 };
        bool is_sent = size <= MOST_BYTES && pipe2(ends, O_CLOEXEC) == 0 &&
                       write(ends[1], text, size) == (ssize_t)size;
        if (!is_sent)
                g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "the secrets cannot be handed over: %s",
                            size > MOST_BYTES ? "the key file is too large" : g_strerror(errno));
        explicit_bzero(text, size);
        free(text);
        json_decref(object);
        if (ends[1] >= 0)
                close(ends[1]);
        if (!is_sent && ends[0] >= 0)
                close(ends[0]);
        return is_sent ? ends[0] : -1;
}

Secrets *secrets_receive(int fd, GError **error)
{
        char text[MOST_BYTES];
        size_t size = 0;
        ssize_t got;
        while (size < sizeof(text) && (got = read(fd, text + size, sizeof(text) - size)) > 0)
                size += (size_t)got;
        close(fd);
        json_t *object = json_loadb(text, size, 0, NULL);
        explicit_bzero(text, size);
        if (object == NULL) {
                g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                            "no secrets came: this duty is started by `facteur run` alone");
                return NULL;
        }
        Secrets *secrets = g_new0(Secrets, 1);
        secrets->mailbox_password = g_strdup(json_string_value(json_object_get(object, "mailbox")));
        secrets->submission_password = g_strdup(json_string_value(json_object_get(object, "submission")));
        secrets->keys = g_strdup(json_string_value(json_object_get(object, "keys")));
        secrets->seal_keys = g_strdup(json_string_value(json_object_get(object, "seal")));
        secrets->label_keys = g_strdup(json_string_value(json_object_get(object, "label")));
        json_decref(object);
        return secrets;
}
