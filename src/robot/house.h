/* robot/house.h: what a duty or a command has open: configuration, database, keys, procedure, templates,
 * clock.
 *
 * Opened once and passed down. Each asks for the parts it needs and has no others (DESIGN.md section 3). The
 * procedure of new cases comes from rules/; older versions, which running cases keep, from the database by
 * hash.
 */
#pragma once

#include "base/clock.h"
#include "base/config.h"
#include "base/key.h"
#include "mail/compose.h"
#include "mail/patterns.h"
#include "procedure/procedure.h"
#include "store/store.h"

typedef enum {
        HOUSE_STORE = 1 << 0,
        HOUSE_KEYS = 1 << 1,
        HOUSE_PROCEDURE = 1 << 2,
        HOUSE_TEMPLATES = 1 << 3,
        HOUSE_PATTERNS = 1 << 4,
} HousePart;

typedef struct {
        Config *config;
        Clock clock;
        Store *store; /* each part is NULL unless asked for */
        Keyring *keyring;
        Keyring *label_keys;  /* that sign labels; the clerk's alone; NULL elsewhere */
        Procedure *procedure; /* of new cases */
        MailTemplates *templates;
        Patterns *patterns;
        GTimeZone *zone;      /* the configuration's */
        GHashTable *versions; /* hash -> Procedure: loaded from the database */
        int64_t days_version; /* of the imported working days that the procedures know */
        GHashTable *zones;    /* name -> GTimeZone: GLib reads the file again once nobody holds one */
} House;

/* Opens the parts (HousePart, ored). config is taken over. key_text: the key file's text as passed by
 * descriptor; NULL: read from keys_dir. What people wrote wrong goes to problems, what the world refuses to
 * error; NULL when there was either. */
House *house_open(Config *config, unsigned parts, const Clock *clock, const char *key_text,
                  Problems *problems, GError **error);
void house_free(House *house);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(House, house_free)

/* For who signs labels. key_text: NULL: none is there, and nothing changes. */
bool house_set_label_keys(House *house, const char *key_text, GError **error);

int64_t house_now(const House *house);

/* Days until the secret of oauth2 runs out, negative after it. False when there is none, or nobody said. */
bool house_secret_days(const House *house, int *days_out);
enum { SECRET_WARNING_DAYS = 30 };

/* The time zone of that name, borrowed; the configuration's when there is none. */
GTimeZone *house_zone(House *house, const char *name);

/* The version a case began with. NULL: not in the database, or this program cannot read it. */
const Procedure *house_procedure(House *house, const char *hash, GError **error);

/* Working days that were imported since: the procedures know them from now on. Costs one look when there are
 * none. */
bool house_learn_days(House *house, GError **error);

/* The procedure of that file of a folder of rules; NULL: its problems say why. */
Procedure *house_load_rules(const char *rules_dir, const char *procedure, Problems *problems);

/* Every problem of rules, patterns and templates, and of what they ask of one another. Opens no database. */
void house_check(const Config *config, Problems *problems);

/* The words of pages and documents; and without pages, a form that goes by its page alone can never be
 * filled. */
void house_check_pages(const Config *config, Problems *problems);

char *house_database_path(const Config *config); /* state_dir/facteur.db */
/* The key files in keys_dir: tokens.keys, seal.keys (confidential forms), label.keys (signatures). */
typedef enum { HOUSE_KEYS_TOKENS, HOUSE_KEYS_SEAL, HOUSE_KEYS_LABEL } HouseKeys;
enum { N_HOUSE_KEYS = HOUSE_KEYS_LABEL + 1 };
char *house_keys_path(const Config *config, HouseKeys which);
/* label.pub beside them: what others need to verify labels. Written anew from label.keys, for all to read. */
char *house_public_path(const Config *config);
bool house_write_public(const Config *config, GError **error);
