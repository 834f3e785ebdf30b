/* commands/keys.c: `facteur keys`: the keys that prove links and reply addresses: which there are, a new one,
 * a dead one. MAIL.md D12. */
#include "commands/options.h"
#include "store/tokens.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char restart_note[] = "restart facteur: it read its keys when it started\n";

typedef struct {
        House *house;
        Keyring *keyring;
        char *path;
        int64_t now;
} Keys;

static int list_keys(const Keys *keys, GError **error)
{
        for (const char *kid = key_kids; *kid != '\0'; kid++) {
                KeyState state = keyring_state(keys->keyring, *kid);
                int64_t count;
                if (state == KEY_ABSENT)
                        continue;
                if (!tokens_count_key(keys->house->store, *kid, keys->now, &count, error))
                        return EXIT_MEND;
                printf("%c  %-8s %" PRId64 " living links and reply addresses\n", *kid, key_state_word(state),
                       count);
        }
        return EXIT_FINE;
}

/* Keys that no living token needs are let go. */
static bool forget_unused(const Keys *keys, GError **error)
{
        for (const char *kid = key_kids; *kid != '\0'; kid++) {
                KeyState state = keyring_state(keys->keyring, *kid);
                int64_t count = 0;
                if (state != KEY_OLD && state != KEY_REVOKED)
                        continue;
                if (!tokens_count_key(keys->house->store, *kid, keys->now, &count, error))
                        return false;
                if (count == 0)
                        keyring_forget(keys->keyring, *kid);
        }
        return true;
}

static int rotate_key(const Keys *keys, GError **error)
{
        char kid = forget_unused(keys, error) ? keyring_rotate(keys->keyring, error) : '\0';
        if (kid == '\0' || !keyring_save(keys->keyring, keys->path, error))
                return EXIT_MEND;
        printf("key %c signs from now on; what the old ones signed stays good until it expires\n%s", kid,
               restart_note);
        return EXIT_FINE;
}

/* The file first: a crash between the two leaves tokens that no key proves, never the other way round. */
static int revoke_key(const Keys *keys, char kid, GError **error)
{
        Store *store = keys->house->store;
        g_autoptr(GPtrArray) readers = tokens_readers_of_key(store, kid, keys->now, error);
        if (readers == NULL || !keyring_revoke(keys->keyring, kid, error) ||
            !keyring_save(keys->keyring, keys->path, error) || !store_begin(store, error))
                return EXIT_MEND;
        if (!tokens_revoke_key(store, kid, keys->now, error) || !store_commit(store, error)) {
                store_rollback(store);
                return EXIT_MEND;
        }
        printf("key %c is revoked: no link and no reply address that it signed acts any more\n%s", kid,
               restart_note);
        if (readers->len > 0)
                puts("these wait for an answer to a mail that is dead now; answer RELANCER to a mail of the "
                     "case:");
        for (guint i = 0; i < readers->len; i++) {
                const TokenReader *reader = g_ptr_array_index(readers, i);
                printf("%s\t%s\t%s <%s>\n", reader->reference, reader->step, reader->name, reader->address);
        }
        return EXIT_FINE;
}

static int run(const Keys *keys, char **words)
{
        g_autoptr(GError) error = NULL;
        int code = EXIT_USAGE_ERROR;
        guint count = words != NULL ? g_strv_length(words) : 0;
        if (count == 0 || (count == 1 && strcmp(words[0], "list") == 0))
                code = list_keys(keys, &error);
        else if (count == 1 && strcmp(words[0], "rotate") == 0)
                code = rotate_key(keys, &error);
        else if (count == 2 && strcmp(words[0], "revoke") == 0 && strlen(words[1]) == 1)
                code = revoke_key(keys, words[1][0], &error);
        else
                fputs("facteur: keys list, keys rotate or keys revoke KID\n", stderr);
        return error != NULL ? command_failed(error) : code;
}

/* Keys that sign labels, and that seal confidential forms: what they made must stay readable for years, so
 * that none is ever let go. */

static void list_lasting(const Keyring *keyring)
{
        for (const char *kid = key_kids; *kid != '\0'; kid++)
                if (keyring_state(keyring, *kid) != KEY_ABSENT)
                        printf("%c  %s\n", *kid, key_state_word(keyring_state(keyring, *kid)));
}

static int rotate_lasting(const Config *config, Keyring *keyring, const char *path, HouseKeys which,
                          GError **error)
{
        const char kid = keyring_rotate(keyring, error);
        if (kid == '\0' || !keyring_save(keyring, path, error) ||
            (which == HOUSE_KEYS_LABEL && !house_write_public(config, error)))
                return EXIT_MEND;
        if (which == HOUSE_KEYS_LABEL)
                printf("key %c signs labels from now on; those signed before stay genuine; label.pub is new: "
                       "hand it "
                       "on to those who verify\n%s",
                       kid, restart_note);
        else
                printf("key %c seals from now on; what was sealed before stays readable: keep the file, back "
                       "it up\n%s",
                       kid, restart_note);
        return EXIT_FINE;
}

static int revoke_label_key(const Config *config, Keyring *keyring, const char *path, char kid,
                            GError **error)
{
        if (!keyring_revoke(keyring, kid, error) || !keyring_save(keyring, path, error) ||
            !house_write_public(config, error))
                return EXIT_MEND;
        printf("key %c is revoked: no file that it signed proves itself any more; the labels stay genuine by "
               "their "
               "numbers; label.pub is new: hand it on\n%s",
               kid, restart_note);
        return EXIT_FINE;
}

static int run_lasting(const Config *config, HouseKeys which, char **words)
{
        g_autofree char *path = house_keys_path(config, which);
        g_autoptr(GError) error = NULL;
        g_autoptr(Keyring) keyring = keyring_load(path, &error);
        const guint count = words != NULL ? g_strv_length(words) : 0;
        int code = EXIT_USAGE_ERROR;
        if (keyring == NULL)
                return command_failed(error);
        if (count == 0 || (count == 1 && strcmp(words[0], "list") == 0)) {
                list_lasting(keyring);
                code = EXIT_FINE;
        } else if (count == 1 && strcmp(words[0], "rotate") == 0) {
                code = rotate_lasting(config, keyring, path, which, &error);
        } else if (count == 2 && strcmp(words[0], "revoke") == 0 && strlen(words[1]) == 1 &&
                   which == HOUSE_KEYS_LABEL) {
                code = revoke_label_key(config, keyring, path, words[1][0], &error);
        } else {
                fputs("facteur: keys list, keys rotate or keys revoke KID; what a seal key sealed could "
                      "never be read "
                      "again: none is revoked\n",
                      stderr);
        }
        return error != NULL ? command_failed(error) : code;
}

int command_keys(int argc, char **argv)
{
        g_auto(Options) options = { 0 };
        gboolean is_label = FALSE, is_seal = FALSE;
        const GOptionEntry own[] = {
                { "label", 0, 0, G_OPTION_ARG_NONE, &is_label, "the keys that sign labels", NULL },
                { "seal", 0, 0, G_OPTION_ARG_NONE, &is_seal, "the keys that seal confidential forms", NULL },
                G_OPTION_ENTRY_NULL
        };
        int code =
                options_read(&options, "[list | rotate | revoke KID] - the keys of links and reply addresses",
                             own, 0, 2, argc, argv);
        if (code != CONTINUE)
                return code;
        if (is_label || is_seal) {
                Config *config = options_config(&options);
                code = config == NULL ? EXIT_CONFIG_ERROR
                                      : run_lasting(config, is_label ? HOUSE_KEYS_LABEL : HOUSE_KEYS_SEAL,
                                                    options.rest);
                config_free(config);
                return code;
        }
        g_autoptr(House) house = options_house(&options, HOUSE_STORE, &code);
        if (house == NULL)
                return code;
        g_autoptr(GError) error = NULL;
        g_autofree char *path = house_keys_path(house->config, HOUSE_KEYS_TOKENS);
        g_autoptr(Keyring) keyring = keyring_load(path, &error);
        if (keyring == NULL)
                return command_failed(error);
        const Keys keys = { .house = house, .keyring = keyring, .path = path, .now = house_now(house) };
        return run(&keys, options.rest);
}
