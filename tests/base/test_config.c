/* facteur.conf: what `init` writes can be read back; what is wrong is said with its place and mend. */
#include "base/config.h"

#include <glib/gstdio.h>
#include <string.h>

static const char *const needed[] = { "robot.instance",
                                      "test",
                                      "robot.address",
                                      "stages@univ.example.org",
                                      "robot.reply_to",
                                      "stages+%t@univ.example.org",
                                      "robot.institution",
                                      "Université d'exemple",
                                      "mailbox.host",
                                      "imap.example.org",
                                      "mailbox.user",
                                      "stages",
                                      "submission.host",
                                      "smtp.example.org",
                                      NULL };

static Config *load_text(const char *text, Problems *problems)
{
        g_autofree char *folder = g_dir_make_tmp("facteur-config-XXXXXX", NULL);
        g_autofree char *path = g_build_filename(folder, "facteur.conf", NULL);
        g_assert_true(g_file_set_contents(path, text, -1, NULL));
        Config *config = config_load(path, problems);
        g_unlink(path);
        g_rmdir(folder);
        return config;
}

static void check_sample(void)
{
        g_autofree char *text = config_sample(needed);
        g_autoptr(Problems) problems = problems_new();
        g_autoptr(Config) config = load_text(text, problems);
        g_autofree char *said = problems_print(problems);
        g_assert_cmpstr(said, ==, "");
        g_assert_cmpstr(config->reply_to, ==, "stages+%t@univ.example.org");
        g_assert_cmpint(config->mailbox.port, ==, 993);
        g_assert_cmpint(config->poll_s, ==, 120);
        g_assert_cmpint(config->message_limit_bytes, ==, 25000000);
        g_assert_cmpstr(config->folder_review, ==, "Facteur/À voir");
        g_assert_null(config->help_contact);
        g_assert_true(g_path_is_absolute(config->state_dir)); /* relative to the file's folder */
}

static const struct {
        const char *name, *from, *to, *want;
} mistakes[] = {
        { "unknown-key", "  # poll_seconds: 120", "  pol_seconds: 60", "poll_seconds" },
        { "unknown-section", "\nlimits:", "\nlimit:", "limits" },
        { "port", "  # port: 993", "  port: 99999", "65535" },
        { "plain-outside", "  # security: tls", "  security: plain", "imap.example.org" },
        { "address", "  address: stages@univ.example.org", "  address: stages", "name@example.org" },
        { "oauth2-nowhere", "  # login: password", "  login: oauth2", "token_url: https" },
        { "oauth2-in-clear", "  # token_url: ", "  token_url: http://login.example.org/token", "in clear" },
        { "oauth2-expiry", "  # secret_expires: ", "  secret_expires: soon", "2027-03-01" },
        { "login-word", "  # login: password", "  login: token", "oauth2" },
        { "reply-no-token", "stages+%t@univ", "stages@univ", "%t" },
        { "reply-too-long", "stages+%t@univ", "stages-de-la-faculte-des-sciences+%t@univ", "64" },
        { "pages-no-address", "  # listen: off", "  listen: 127.0.0.1:8025", "base_url: https://" },
        { "pages-http", "  # base_url: ", "  base_url: http://stages.example.org", "https address" },
        { "pages-slash", "  # base_url: ", "  base_url: https://stages.example.org/", "without a slash" },
        { "pages-path", "  # base_url: ", "  base_url: https://stages.example.org/a", "without a slash" },
        { "pages-user", "  # base_url: ", "  base_url: https://me@stages.example.org", "https address" },
        { "pages-port", "  # base_url: ", "  base_url: https://stages.example.org:0", "https address" },
        { "timezone", "  # timezone: Europe/Paris", "  timezone: Europe/Pari", "Europe/Pari" },
        { "missing", "  instance: test\n", "", "instance" },
};

static void check_mistakes(void)
{
        g_autofree char *good = config_sample(needed);
        for (size_t i = 0; i < G_N_ELEMENTS(mistakes); i++) {
                char *at = strstr(good, mistakes[i].from);
                if (at == NULL)
                        g_error("%s: the sample has no `%s`", mistakes[i].name, mistakes[i].from);
                g_autofree char *text = g_strdup_printf("%.*s%s%s", (int)(at - good), good, mistakes[i].to,
                                                        at + strlen(mistakes[i].from));
                g_autoptr(Problems) problems = problems_new();
                g_autoptr(Config) config = load_text(text, problems);
                g_autofree char *said = problems_print(problems);
                if (config != NULL || strstr(said, mistakes[i].want) == NULL ||
                    strstr(said, "facteur.conf:") == NULL)
                        g_error("%s: said `%s`", mistakes[i].name, said);
        }
}

static void check_secret(void)
{
        g_autofree char *folder = g_dir_make_tmp("facteur-secret-XXXXXX", NULL);
        g_autofree char *path = g_build_filename(folder, "password", NULL);
        g_autoptr(GError) error = NULL;
        g_assert_null(config_read_secret(path, &error));
        g_assert_nonnull(strstr(error->message, path));
        g_clear_error(&error);
        g_assert_true(g_file_set_contents_full(path, "s3cret\n", -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
        g_autofree char *secret = config_read_secret(path, &error);
        g_assert_cmpstr(secret, ==, "s3cret");
        g_assert_cmpint(g_chmod(path, 0640), ==, 0);
        g_assert_null(config_read_secret(path, &error));
        g_assert_nonnull(strstr(error->message, "chmod 600"));
        g_assert_null(strstr(error->message, "s3cret"));
        g_unlink(path);
        g_rmdir(folder);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/config/sample", check_sample);
        g_test_add_func("/config/mistakes", check_mistakes);
        g_test_add_func("/config/secret", check_secret);
        return g_test_run();
}
