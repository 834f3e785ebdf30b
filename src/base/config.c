#include "base/config.h"

#include "base/address.h"
#include "base/date.h"
#include "base/token.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { LOCAL_PART_MAX = 64, MEGABYTE = 1000000 };

typedef enum {
        SETTING_TEXT,
        SETTING_PATH,
        SETTING_ADDRESS,
        SETTING_INT,
        SETTING_SIZE_MB,
        SETTING_BOOL,
        SETTING_SECURITY,
        SETTING_LOGIN,
        SETTING_LIST
} SettingType;

typedef struct {
        const char *section, *key;
        SettingType type;
        const char *fallback; /* NULL: required; "": may be left out (NULL in Config) */
        int64_t min, max;
        size_t offset;
        const char *help;
} Setting;

#define AT(member) offsetof(Config, member)

static const Setting settings[] = {
        { "robot", "instance", SETTING_TEXT, NULL, 0, 0, AT(instance),
          "a name for this installation, the same for ever: its mails carry it, its database is bound to "
          "it" },
        { "robot", "address", SETTING_ADDRESS, NULL, 0, 0, AT(address),
          "the address the robot writes from and is written to" },
        { "robot", "display_name", SETTING_TEXT, "Stages (robot)", 0, 0, AT(display_name),
          "what people see as the sender's name" },
        { "robot", "reply_to", SETTING_TEXT, NULL, 0, 0, AT(reply_to),
          "the reply address: %t becomes a token of 38 characters; `stages+%t@…` where the server knows plus "
          "addresses" },
        { "robot", "institution", SETTING_TEXT, NULL, 0, 0, AT(institution),
          "the name at the foot of each mail" },
        { "robot", "help_contact", SETTING_ADDRESS, "", 0, 0, AT(help_contact),
          "a person's address, for those who want to talk to one" },
        { "robot", "privacy_url", SETTING_TEXT, "", 0, 0, AT(privacy_url),
          "the page on personal data, linked at the foot" },
        { "robot", "timezone", SETTING_TEXT, "Europe/Paris", 0, 0, AT(timezone),
          "where due dates are counted, as in /usr/share/zoneinfo" },
        { "robot", "country", SETTING_TEXT, "fr", 0, 0, AT(country),
          "working days and holidays: fr, ma, tn, dz or lb" },
        { "robot", "registry_address", SETTING_ADDRESS, "", 0, 0, AT(registry_address),
          "staff's address: it gets the digest of everything each working day, and those who play a role of "
          "staff get theirs; left out: no digest goes out" },
        { "mailbox", "host", SETTING_TEXT, NULL, 0, 0, AT(mailbox.host),
          "the IMAP server, by the name in its certificate" },
        { "mailbox", "port", SETTING_INT, "993", 1, 65535, AT(mailbox.port),
          "993 with tls, 143 with starttls" },
        { "mailbox", "security", SETTING_SECURITY, "tls", 0, 0, AT(mailbox.security),
          "tls or starttls; `plain` on loopback alone" },
        { "mailbox", "user", SETTING_TEXT, NULL, 0, 0, AT(mailbox.user), "the login" },
        { "mailbox", "login", SETTING_LOGIN, "password", 0, 0, AT(mailbox.login),
          "password, or oauth2 (see the section)" },
        { "mailbox", "password_file", SETTING_PATH, "secrets/mailbox.password", 0, 0,
          AT(mailbox.password_file),
          "a file with the password alone, mode 0600; with oauth2 the application's secret" },
        { "mailbox", "ca_file", SETTING_PATH, "", 0, 0, AT(mailbox.ca_file),
          "certificates to trust in place of the system's" },
        { "mailbox", "inbox", SETTING_TEXT, "INBOX", 0, 0, AT(mailbox_inbox), "the folder that is read" },
        { "mailbox", "folder_done", SETTING_TEXT, "Facteur/Traités", 0, 0, AT(folder_done),
          "where mails go once they are dealt with" },
        { "mailbox", "folder_review", SETTING_TEXT, "Facteur/À voir", 0, 0, AT(folder_review),
          "where mails wait for staff" },
        { "mailbox", "folder_quarantine", SETTING_TEXT, "Facteur/Quarantaine", 0, 0, AT(folder_quarantine),
          "too large, or not to be read" },
        { "mailbox", "folder_retry", SETTING_TEXT, "Facteur/À retraiter", 0, 0, AT(folder_retry),
          "a mail dragged here is read again" },
        { "mailbox", "poll_seconds", SETTING_INT, "120", 5, 3600, AT(poll_s),
          "how often it looks, whatever the server announces" },
        { "mailbox", "message_limit_mb", SETTING_SIZE_MB, "25", 1, 100, AT(message_limit_bytes),
          "larger mails are not fetched" },
        { "mailbox", "trusted_authserv", SETTING_LIST, "", 0, 0, AT(trusted_authserv),
          "whose Authentication-Results are believed (the name at their start); `m365` for Microsoft's; "
          "none: nobody is" },
        { "submission", "host", SETTING_TEXT, NULL, 0, 0, AT(submission.host),
          "the SMTP server, by the name in its certificate" },
        { "submission", "port", SETTING_INT, "465", 1, 65535, AT(submission.port),
          "465 with tls, 587 with starttls" },
        { "submission", "security", SETTING_SECURITY, "tls", 0, 0, AT(submission.security),
          "tls or starttls; `plain` on loopback alone" },
        { "submission", "user", SETTING_TEXT, "", 0, 0, AT(submission.user), "the login; left out: none" },
        { "submission", "login", SETTING_LOGIN, "password", 0, 0, AT(submission.login),
          "password, or oauth2 (see the section)" },
        { "submission", "password_file", SETTING_PATH, "secrets/submission.password", 0, 0,
          AT(submission.password_file),
          "a file with the password alone, mode 0600; with oauth2 the application's secret" },
        { "submission", "ca_file", SETTING_PATH, "", 0, 0, AT(submission.ca_file),
          "certificates to trust in place of the system's" },
        { "submission", "connections", SETTING_INT, "2", 1, 16, AT(submission_connections),
          "at the same time" },
        { "submission", "verp", SETTING_BOOL, "no", 0, 0, AT(verp),
          "yes: bounces come back to a token address; only where the server lets the robot send from one" },
        { "oauth2", "token_url", SETTING_TEXT, "", 0, 0, AT(oauth2.token_url),
          "where the application gets its access tokens (client credentials), https; Microsoft 365: "
          "https://login.microsoftonline.com/TENANT/oauth2/v2.0/token" },
        { "oauth2", "client_id", SETTING_TEXT, "", 0, 0, AT(oauth2.client_id), "the application's id" },
        { "oauth2", "scope", SETTING_TEXT, "https://outlook.office365.com/.default", 0, 0, AT(oauth2.scope),
          "what the token is for" },
        { "oauth2", "ca_file", SETTING_PATH, "", 0, 0, AT(oauth2.ca_file),
          "certificates to trust in place of the system's" },
        { "oauth2", "secret_expires", SETTING_TEXT, "", 0, 0, AT(oauth2.secret_expires),
          "the day the application's secret runs out, 2027-03-01; `status` and the log warn 30 days before" },
        { "paths", "state_dir", SETTING_PATH, "state", 0, 0, AT(state_dir), "database and spool" },
        { "paths", "keys_dir", SETTING_PATH, "secrets", 0, 0, AT(keys_dir),
          "keys of tokens; back it up apart from the state" },
        { "paths", "rules_dir", SETTING_PATH, FACTEUR_DATADIR "/rules", 0, 0, AT(rules_dir),
          "procedure and reading patterns" },
        { "paths", "templates_dir", SETTING_PATH, FACTEUR_DATADIR "/mail_templates", 0, 0, AT(templates_dir),
          "words of the mails" },
        { "paths", "procedure", SETTING_TEXT, "semsem-stages.yaml", 0, 0, AT(procedure),
          "the procedure of new cases, in rules_dir" },
        { "web", "listen", SETTING_TEXT, "off", 0, 0, AT(web_listen),
          "where the proxy finds the pages: unix:/path, 127.0.0.1:port, systemd; or off: everything by "
          "mail" },
        { "web", "base_url", SETTING_TEXT, "", 0, 0, AT(web_base_url),
          "the public address of the pages, https://name without a path; links in mails begin with it" },
        { "limits", "person_day", SETTING_INT, "5", 1, 1000, AT(cap_person_day),
          "mails to one person a day, answers to theirs apart; more wait" },
        { "limits", "staff_day", SETTING_INT, "200", 1, 100000, AT(cap_staff_day),
          "the same for those who work through many cases (`staff:` in the rules)" },
        { "limits", "case_day", SETTING_INT, "20", 1, 10000, AT(cap_case_day),
          "mails about one case a day; more wait" },
        { "limits", "hour", SETTING_INT, "2000", 1, 1000000, AT(cap_hour),
          "mails in all an hour; more wait" },
};

static const char *const security_words[] = { "tls", "starttls", "plain", NULL };
static const char *const login_words[] = { "password", "oauth2", NULL };

static char *resolve_path(const char *file, const char *path)
{
        if (g_path_is_absolute(path))
                return g_strdup(path);
        g_autofree char *folder = g_path_get_dirname(file);
        return strcmp(folder, ".") == 0 ? g_strdup(path) : g_build_filename(folder, path, NULL);
}

static void store_text(const Setting *setting, const char *file, const char *text, char **place)
{
        if (text == NULL || text[0] == '\0')
                return;
        *place = setting->type == SETTING_PATH ? resolve_path(file, text) : g_strdup(text);
}

static void read_list(const YamlNode *section, const Setting *setting, char ***place, Problems *problems)
{
        const YamlNode *list = yaml_list(section, setting->key, problems);
        GStrvBuilder *builder = g_strv_builder_new();
        for (guint i = 0; i < yaml_list_length(list); i++) {
                const YamlNode *item = yaml_list_get(list, i);
                if (item->kind == YAML_SCALAR && item->text[0] != '\0')
                        g_strv_builder_add(builder, item->text);
        }
        *place = g_strv_builder_end(builder);
        g_strv_builder_unref(builder);
}

static const char placeholder[] = "CHANGE-ME";

/* What `init` left for the person to write. */
static bool is_placeholder(const YamlNode *section, const Setting *setting, Problems *problems)
{
        const YamlNode *node = yaml_find(section, setting->key);
        if (node == NULL || node->kind != YAML_SCALAR || strcmp(node->text, placeholder) != 0)
                return false;
        yaml_problem(node, problems, setting->help, "`%s: %s` is still to be filled in", setting->section,
                     setting->key);
        return true;
}

static void read_setting(const YamlNode *section, const Setting *setting, Config *config, Problems *problems)
{
        void *place = (char *)config + setting->offset;
        const char *fallback = setting->fallback;
        if (is_placeholder(section, setting, problems))
                return;
        switch (setting->type) {
        case SETTING_TEXT:
        case SETTING_PATH:
        case SETTING_ADDRESS: {
                const char *text = fallback == NULL ? yaml_text_required(section, setting->key, problems)
                                                    : yaml_text(section, setting->key, fallback, problems);
                g_autofree char *address = setting->type == SETTING_ADDRESS ? address_normalise(text) : NULL;
                if (setting->type == SETTING_ADDRESS && text != NULL && text[0] != '\0' && address == NULL)
                        yaml_problem(yaml_find(section, setting->key), problems,
                                     "write it as name@example.org", "`%s` is no mail address", text);
                store_text(setting, config->path, text, place);
                break;
        }
        case SETTING_INT:
                *(int *)place = (int)yaml_int(section, setting->key, atoi(fallback), setting->min,
                                              setting->max, problems);
                break;
        case SETTING_SIZE_MB:
                *(int64_t *)place = MEGABYTE * yaml_int(section, setting->key, atoi(fallback), setting->min,
                                                        setting->max, problems);
                break;
        case SETTING_BOOL:
                *(bool *)place = yaml_bool(section, setting->key, strcmp(fallback, "yes") == 0, problems);
                break;
        case SETTING_SECURITY:
                *(Security *)place =
                        (Security)yaml_word(section, setting->key, security_words, SECURITY_TLS, problems);
                break;
        case SETTING_LOGIN:
                *(Login *)place =
                        (Login)yaml_word(section, setting->key, login_words, LOGIN_PASSWORD, problems);
                break;
        case SETTING_LIST: read_list(section, setting, place, problems); break;
        }
}

static void check_sections(const YamlNode *root, Problems *problems)
{
        GPtrArray *sections = g_ptr_array_new();
        for (size_t i = 0; i < G_N_ELEMENTS(settings); i++) {
                const char *section = settings[i].section;
                if (sections->len > 0 && strcmp(g_ptr_array_index(sections, sections->len - 1), section) == 0)
                        continue;
                g_ptr_array_add(sections, (char *)section);
                const char *keys[G_N_ELEMENTS(settings) + 1];
                size_t count = 0;
                for (size_t j = i; j < G_N_ELEMENTS(settings) && strcmp(settings[j].section, section) == 0;
                     j++)
                        keys[count++] = settings[j].key;
                keys[count] = NULL;
                yaml_check_keys(yaml_map(root, section, problems), keys, problems);
        }
        g_ptr_array_add(sections, NULL);
        yaml_check_keys(root, (const char *const *)sections->pdata, problems);
        g_ptr_array_unref(sections);
}

static bool is_loopback(const char *host)
{
        return strcmp(host, "localhost") == 0 || g_str_has_prefix(host, "127.") || strcmp(host, "::1") == 0;
}

static void check_server(const YamlNode *root, const char *section, const ServerConfig *server,
                         Problems *problems)
{
        if (server->host != NULL && server->security == SECURITY_PLAIN_LOOPBACK && !is_loopback(server->host))
                yaml_problem(yaml_find(yaml_find(root, section), "security"), problems,
                             "write tls or starttls", "`plain` would send the password in clear to %s",
                             server->host);
}

/* A server that lets us in by OAuth2 points to the section that says how. */
static void check_login(const YamlNode *root, const char *name, Config *config, ServerConfig *server,
                        Problems *problems)
{
        const YamlNode *login = yaml_find(yaml_find(root, name), "login");
        const OAuth2Config *oauth2 = &config->oauth2;
        if (server->login != LOGIN_OAUTH2)
                return;
        server->oauth2 = oauth2;
        if (oauth2->token_url == NULL || oauth2->client_id == NULL)
                yaml_problem(login, problems, "add `oauth2:` with `token_url: https://…` and `client_id: …`",
                             "`login: oauth2` needs to know where tokens come from");
        if (server->user == NULL)
                yaml_problem(login, problems, "write the mailbox's address as `user:` beside it",
                             "`login: oauth2` needs a user");
        if (server->security == SECURITY_PLAIN_LOOPBACK)
                yaml_problem(login, problems, "write `security: tls` or `starttls` beside it",
                             "an access token is not sent in clear");
}

static void check_oauth2(const YamlNode *root, const OAuth2Config *oauth2, Problems *problems)
{
        const YamlNode *section = yaml_find(root, "oauth2");
        Day expires;
        if (oauth2->token_url != NULL && !g_str_has_prefix(oauth2->token_url, "https://"))
                yaml_problem(yaml_find(section, "token_url"), problems, "write it as https://…",
                             "the application's secret would go in clear to `%s`", oauth2->token_url);
        if (oauth2->secret_expires != NULL && !day_read(oauth2->secret_expires, &expires))
                yaml_problem(yaml_find(section, "secret_expires"), problems, "write it as 2027-03-01",
                             "`%s` is no day", oauth2->secret_expires);
}

/* MAIL.md D9: a longer local part is refused by servers, and every reply would be lost. */
static void check_reply_to(const YamlNode *root, const char *reply_to, Problems *problems)
{
        const YamlNode *node = yaml_find(yaml_find(root, "robot"), "reply_to");
        const char *token = strstr(reply_to, "%t"), *at = strrchr(reply_to, '@');
        if (token == NULL || at == NULL || token > at) {
                yaml_problem(node, problems, "write it as stages+%t@example.org",
                             "`%s` has no %%t before its @", reply_to);
                return;
        }
        size_t length = (size_t)(at - reply_to) - 2 + TOKEN_LENGTH;
        if (length > LOCAL_PART_MAX)
                yaml_problem(node, problems, "use a shorter name before the token",
                             "with a token the part before @ has %zu characters, and 64 are allowed", length);
}

/* "https://name" or "https://name:port" alone: links, the style sheet and forms start at its root. */
static bool is_origin(const char *url)
{
        static const char scheme[] = "https://";
        if (!g_str_has_prefix(url, scheme))
                return false;
        const char *name = url + strlen(scheme), *colon = strrchr(name, ':');
        size_t length = colon != NULL ? (size_t)(colon - name) : strlen(name);
        guint64 port;
        for (size_t i = 0; i < length; i++)
                if (!g_ascii_isalnum(name[i]) && name[i] != '-' && name[i] != '.')
                        return false;
        return length > 0 &&
               (colon == NULL || g_ascii_string_to_unsigned(colon + 1, 10, 1, 65535, &port, NULL));
}

/* Pages that are off have no address: no mail must hold a link that leads nowhere. */
static void check_web(const YamlNode *root, Config *config, Problems *problems)
{
        const YamlNode *section = yaml_find(root, "web"), *url = yaml_find(section, "base_url");
        bool is_missing = url == NULL || (url->kind == YAML_SCALAR && url->text[0] == '\0');
        bool is_off = config->web_listen != NULL && strcmp(config->web_listen, "off") == 0;
        if (config->web_base_url != NULL && !is_origin(config->web_base_url))
                yaml_problem(url, problems, "write it as https://stages.univ-x.fr, without a slash behind",
                             "`%s` is no https address of a machine alone", config->web_base_url);
        else if (is_missing && !is_off && section != NULL)
                yaml_problem(section, problems, "add `base_url: https://…`, or write `listen: off`",
                             "the pages have no public address, and no mail can hold a link to them");
        if (is_off)
                g_clear_pointer(&config->web_base_url, g_free);
}

static void check_values(const YamlNode *root, Config *config, Problems *problems)
{
        check_server(root, "mailbox", &config->mailbox, problems);
        check_server(root, "submission", &config->submission, problems);
        check_login(root, "mailbox", config, &config->mailbox, problems);
        check_login(root, "submission", config, &config->submission, problems);
        check_oauth2(root, &config->oauth2, problems);
        if (config->reply_to != NULL)
                check_reply_to(root, config->reply_to, problems);
        check_web(root, config, problems);
        g_autoptr(GTimeZone) zone = g_time_zone_new_identifier(config->timezone);
        if (zone == NULL)
                yaml_problem(yaml_find(yaml_find(root, "robot"), "timezone"), problems,
                             "write a name such as Europe/Paris or Africa/Tunis", "`%s` is no time zone",
                             config->timezone);
}

static const YamlNode *section_of(const YamlNode *root, const char *name)
{
        static const YamlNode nowhere = { .kind = YAML_SCALAR, .file = "" }; /* has no keys */
        const YamlNode *section = yaml_find(root, name);
        return section != NULL && section->kind == YAML_MAP ? section : &nowhere;
}

static void check_missing_section(const YamlNode *root, const char *section, Problems *problems)
{
        if (yaml_find(root, section) == NULL)
                yaml_problem(root, problems, "compare with the file that `facteur init` writes",
                             "the section `%s:` is missing", section);
}

Config *config_load(const char *path, Problems *problems)
{
        guint before = problems_count(problems);
        g_autoptr(YamlNode) root = yaml_load(path, problems);
        if (root == NULL)
                return NULL;
        check_sections(root, problems);
        static const char *const required[] = { "robot", "mailbox", "submission" };
        for (size_t i = 0; i < G_N_ELEMENTS(required); i++)
                check_missing_section(root, required[i], problems);
        if (problems_count(problems) > before)
                return NULL;
        g_autoptr(Config) config = g_new0(Config, 1);
        config->path = g_strdup(path);
        for (size_t i = 0; i < G_N_ELEMENTS(settings); i++)
                read_setting(section_of(root, settings[i].section), &settings[i], config, problems);
        check_values(root, config, problems);
        return problems_count(problems) > before ? NULL : g_steal_pointer(&config);
}

void config_free(Config *config)
{
        if (config == NULL)
                return;
        for (size_t i = 0; i < G_N_ELEMENTS(settings); i++) {
                void *place = (char *)config + settings[i].offset;
                if (settings[i].type == SETTING_LIST)
                        g_strfreev(*(char ***)place);
                else if (settings[i].type == SETTING_TEXT || settings[i].type == SETTING_PATH ||
                         settings[i].type == SETTING_ADDRESS)
                        g_free(*(char **)place);
        }
        g_free(config->path);
        g_free(config);
}

static const char *sample_value(const Setting *setting, const char *const *values)
{
        g_autofree char *name = g_strdup_printf("%s.%s", setting->section, setting->key);
        for (; values != NULL && values[0] != NULL; values += 2)
                if (strcmp(values[0], name) == 0)
                        return values[1];
        return NULL;
}

char *config_sample(const char *const *values)
{
        GString *out = g_string_new("# facteur.conf: everything facteur can be told. A line that begins with "
                                    "# is a comment; settings shown\n"
                                    "# behind one have the value that holds when nothing is said. Relative "
                                    "paths start at this file's folder.\n");
        const char *section = "";
        for (size_t i = 0; i < G_N_ELEMENTS(settings); i++) {
                const Setting *setting = &settings[i];
                if (strcmp(section, setting->section) != 0) {
                        section = setting->section;
                        g_string_append_printf(out, "\n%s:\n", section);
                }
                const char *value = sample_value(setting, values);
                g_string_append_printf(out, "  # %s\n", setting->help);
                bool is_set = value != NULL || setting->fallback == NULL;
                g_string_append_printf(out, "  %s%s: %s\n", is_set ? "" : "# ", setting->key,
                                       value != NULL               ? value
                                       : setting->fallback != NULL ? setting->fallback
                                                                   : placeholder);
        }
        return g_string_free(out, FALSE);
}

static char *print_value(const Setting *setting, const void *place)
{
        switch (setting->type) {
        case SETTING_TEXT:
        case SETTING_PATH:
        case SETTING_ADDRESS: {
                const char *text = *(char *const *)place;
                return g_strdup(text != NULL ? text : "");
        }
        case SETTING_INT: return g_strdup_printf("%d", *(const int *)place);
        case SETTING_SIZE_MB: return g_strdup_printf("%" PRId64, *(const int64_t *)place / MEGABYTE);
        case SETTING_BOOL: return g_strdup(*(const bool *)place ? "yes" : "no");
        case SETTING_SECURITY: return g_strdup(security_words[*(const Security *)place]);
        case SETTING_LOGIN: return g_strdup(login_words[*(const Login *)place]);
        case SETTING_LIST: {
                g_autofree char *items = g_strjoinv(", ", *(char **const *)place);
                return g_strdup_printf("[%s]", items);
        }
        }
        g_assert_not_reached();
}

char *config_print(const Config *config)
{
        GString *out = g_string_new(NULL);
        const char *section = "";
        for (size_t i = 0; i < G_N_ELEMENTS(settings); i++) {
                const Setting *setting = &settings[i];
                g_autofree char *value = print_value(setting, (const char *)config + setting->offset);
                if (strcmp(section, setting->section) != 0) {
                        section = setting->section;
                        g_string_append_printf(out, "%s:\n", section);
                }
                g_string_append_printf(out, "  %s: %s\n", setting->key, value);
        }
        return g_string_free(out, FALSE);
}

char *config_read_secret(const char *path, GError **error)
{
        struct stat status;
        if (stat(path, &status) != 0) {
                g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
                            "%s: the password file cannot be read (%s): put the password alone into it, mode "
                            "0600",
                            path, g_strerror(errno));
                return NULL;
        }
        if ((status.st_mode & 077) != 0) {
                g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_PERM,
                            "%s: others can read the password: chmod 600 it", path);
                return NULL;
        }
        char *text = NULL;
        if (!g_file_get_contents(path, &text, NULL, error))
                return NULL;
        text[strcspn(text, "\r\n")] = '\0';
        return text;
}
