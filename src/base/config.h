/* base/config.h: facteur.conf, read once into a const Config that is passed down.
 *
 * The settings are one table in config.c: section, key, type, default, bounds, help. The reader, the checks,
 * the commented file that `init` writes and facteur.conf(5) come from it. Relative paths are relative to the
 * file's folder. No secret stands in the file: *_password_file names one (mode 0600), or a systemd
 * credential.
 */
#pragma once

#include "base/yaml.h"

#include <stdio.h>

typedef enum {
        SECURITY_TLS,
        SECURITY_STARTTLS,
        SECURITY_PLAIN_LOOPBACK
} Security; /* the last on loopback alone */

typedef enum {
        LOGIN_PASSWORD,
        LOGIN_OAUTH2 /* SASL XOAUTH2 with a token that the application fetches with its own secret */
} Login;

/* Client credentials (RFC 6749, 4.4): how Microsoft 365 lets a robot in. */
typedef struct {
        char *token_url;      /* https */
        char *client_id;      /* the application's */
        char *scope;          /* NULL: none is asked for */
        char *ca_file;        /* NULL: the system's */
        char *secret_expires; /* "2027-03-01"; NULL: nobody said */
} OAuth2Config;

typedef struct {
        char *host;
        int port;
        Security security;
        char *user;
        Login login;
        const OAuth2Config *oauth2; /* of the same Config, with LOGIN_OAUTH2; else NULL */
        char *password_file;        /* of the password, or of the application's secret */
        char *ca_file;              /* NULL: the system's */
} ServerConfig;

typedef struct {
        char *path; /* of the file itself */

        char *instance;         /* X-Facteur-Loop; also the guard against a cloned machine */
        char *address;          /* the robot's address */
        char *display_name;     /* "Stages M2 Info (robot)" */
        char *reply_to;         /* template with %t: "stages+%t@univ-x.fr" */
        char *institution;      /* for the foot of mails */
        char *help_contact;     /* a person's address, for the foot of mails; NULL */
        char *privacy_url;      /* NULL */
        char *registry_address; /* gets the digest of everything; NULL: no digests */
        char *timezone;         /* "Europe/Paris" */
        char *country;          /* profile of rules/: fr ma tn dz lb */

        ServerConfig mailbox;
        char *mailbox_inbox;         /* "INBOX" */
        char *folder_done;           /* "Facteur/Traités" */
        char *folder_review;         /* "Facteur/À voir" */
        char *folder_quarantine;     /* "Facteur/Quarantaine" */
        char *folder_retry;          /* "Facteur/À retraiter" */
        int poll_s;                  /* 120 */
        int64_t message_limit_bytes; /* 25 MB */
        char **trusted_authserv;     /* NULL-terminated authserv-ids; "m365" is the mode without one */

        ServerConfig submission;
        int submission_connections; /* 1-16, default 2 */
        bool verp;                  /* envelope sender with a token */

        OAuth2Config oauth2;

        char *state_dir;
        char *keys_dir;
        char *rules_dir;
        char *templates_dir;
        char *procedure; /* file in rules_dir */

        char *web_listen;   /* "unix:/run/facteur/web.sock", "127.0.0.1:8025", "off" */
        char *web_base_url; /* "https://stages.univ-x.fr", nothing behind it; NULL when off */

        int cap_person_day; /* 5 */
        int cap_staff_day;  /* 200 */
        int cap_case_day;   /* 20 */
        int cap_hour;       /* 2000, all mail */
} Config;

/* Reads and checks facteur.conf. NULL when a problem was found. */
Config *config_load(const char *path, Problems *problems);
void config_free(Config *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Config, config_free)

/* The commented file: every key with its help and default. `values` (key=value pairs as "section.key",
 * NULL-terminated, alternating) replaces defaults. */
char *config_sample(const char *const *values);

/* Every setting with the value that holds, as YAML. No secret is among them. The caller frees. */
char *config_print(const Config *config);

/* The first line of a secret file, after the check of its mode. GError says path and mend. */
char *config_read_secret(const char *path, GError **error);
