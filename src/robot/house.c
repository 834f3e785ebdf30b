#include "robot/house.h"

#include "base/sign.h"
#include "robot/pages.h"
#include "robot/paper.h"
#include "store/cases.h"
#include "store/days.h"

#include <string.h>

char *house_database_path(const Config *config)
{
        return g_build_filename(config->state_dir, "facteur.db", NULL);
}

char *house_keys_path(const Config *config, HouseKeys which)
{
        static const char *const names[N_HOUSE_KEYS] = { "tokens.keys", "seal.keys", "label.keys" };
        return g_build_filename(config->keys_dir, names[which], NULL);
}

char *house_public_path(const Config *config)
{
        return g_build_filename(config->keys_dir, "label.pub", NULL);
}

bool house_write_public(const Config *config, GError **error)
{
        g_autofree char *path = house_keys_path(config, HOUSE_KEYS_LABEL),
                        *public_path = house_public_path(config);
        g_autoptr(Keyring) keyring = keyring_load(path, error);
        g_autofree char *text = keyring != NULL ? sign_public_keys(keyring) : NULL;
        return text != NULL &&
               g_file_set_contents_full(public_path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0644, error);
}

int64_t house_now(const House *house)
{
        return clock_now(&house->clock);
}

bool house_secret_days(const House *house, int *days_out)
{
        const Config *config = house->config;
        const bool is_used = config->mailbox.oauth2 != NULL || config->submission.oauth2 != NULL;
        Day ends;
        if (!is_used || config->oauth2.secret_expires == NULL ||
            !day_read(config->oauth2.secret_expires, &ends))
                return false;
        *days_out = ends - day_at(house_now(house), house->zone);
        return true;
}

static void join_file(GString *source, const char *folder, const char *name, Problems *problems)
{
        g_autofree char *path = g_build_filename(folder, name, NULL), *bytes = NULL;
        g_autoptr(GError) error = NULL;
        gsize size;
        if (g_file_get_contents(path, &bytes, &size, &error))
                procedure_join(source, name, bytes, size);
        else
                problems_add(problems, path, 0, 0, "check `paths: rules_dir` and `procedure`",
                             "the file cannot be read: %s", error->message);
}

static int compare_names(gconstpointer a, gconstpointer b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The forms of `x.yaml` lie in the folder `x`, one file each. */
static void join_parts(GString *source, const char *rules_dir, const char *procedure, Problems *problems)
{
        g_autofree char *part = g_strndup(procedure, strcspn(procedure, "."));
        g_autofree char *path = g_build_filename(rules_dir, part, NULL);
        g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
        g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
        for (const char *name; dir != NULL && (name = g_dir_read_name(dir)) != NULL;)
                if (g_str_has_suffix(name, ".yaml"))
                        g_ptr_array_add(names, g_build_filename(part, name, NULL));
        g_ptr_array_sort(names, compare_names);
        for (guint i = 0; i < names->len; i++)
                join_file(source, rules_dir, g_ptr_array_index(names, i), problems);
}

Procedure *house_load_rules(const char *rules_dir, const char *procedure, Problems *problems)
{
        g_autoptr(GString) source = g_string_new(NULL);
        guint before = problems_count(problems);
        join_file(source, rules_dir, "calendars.yaml", problems);
        join_file(source, rules_dir, "words.yaml", problems);
        join_parts(source, rules_dir, procedure, problems);
        join_file(source, rules_dir, procedure, problems);
        return problems_count(problems) > before ? NULL : procedure_load(source->str, source->len, problems);
}

static Procedure *load_procedure(const Config *config, Problems *problems)
{
        return house_load_rules(config->rules_dir, config->procedure, problems);
}

static Patterns *load_patterns(const Config *config, Problems *problems)
{
        g_autofree char *path = g_build_filename(config->rules_dir, "reading", NULL);
        return patterns_load_dir(path, problems);
}

void house_free(House *house)
{
        if (house == NULL)
                return;
        config_free(house->config);
        store_free(house->store);
        keyring_free(house->keyring);
        keyring_free(house->label_keys);
        procedure_free(house->procedure);
        mail_templates_free(house->templates);
        patterns_free(house->patterns);
        g_clear_pointer(&house->zone, g_time_zone_unref);
        g_hash_table_unref(house->versions);
        g_hash_table_unref(house->zones);
        g_free(house);
}

static bool open_store(House *house, GError **error)
{
        g_autofree char *path = house_database_path(house->config);
        house->store = store_open(path, house->config->instance, error);
        return house->store != NULL;
}

static bool open_keys(House *house, const char *key_text, GError **error)
{
        g_autofree char *path = house_keys_path(house->config, HOUSE_KEYS_TOKENS);
        house->keyring = key_text != NULL ? keyring_parse(key_text, error) : keyring_load(path, error);
        return house->keyring != NULL;
}

static void load_words(House *house, unsigned parts, Problems *problems)
{
        if (parts & HOUSE_PROCEDURE)
                house->procedure = load_procedure(house->config, problems);
        if (parts & HOUSE_TEMPLATES)
                house->templates = mail_templates_load(house->config->templates_dir, problems);
        if (parts & HOUSE_PATTERNS)
                house->patterns = load_patterns(house->config, problems);
}

House *house_open(Config *config, unsigned parts, const Clock *clock, const char *key_text,
                  Problems *problems, GError **error)
{
        g_autoptr(House) house = g_new0(House, 1);
        guint before = problems_count(problems);
        house->config = config;
        house->clock = *clock;
        house->versions =
                g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)procedure_free);
        house->zones =
                g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_time_zone_unref);
        house->zone = g_time_zone_new_identifier(config->timezone);
        load_words(house, parts, problems);
        if (problems_count(problems) > before ||
            ((parts & HOUSE_KEYS) && !open_keys(house, key_text, error)) ||
            ((parts & HOUSE_STORE) && !open_store(house, error)) ||
            ((parts & HOUSE_STORE) && (parts & HOUSE_PROCEDURE) && !house_learn_days(house, error)))
                return NULL;
        return g_steal_pointer(&house);
}

bool house_set_label_keys(House *house, const char *key_text, GError **error)
{
        g_autoptr(Keyring) keys = key_text != NULL ? keyring_parse(key_text, error) : NULL;
        if (key_text == NULL)
                return true;
        if (keys == NULL) {
                g_prefix_error(error, "the keys of labels: ");
                return false;
        }
        keyring_free(house->label_keys);
        house->label_keys = g_steal_pointer(&keys);
        return true;
}

static void teach_days(Procedure *procedure, const GPtrArray *days)
{
        for (guint i = 0; i < days->len; i++) {
                const OffDay *day = g_ptr_array_index(days, i);
                procedure_set_day(procedure, day->country, day->day, !day->is_off);
        }
}

bool house_learn_days(House *house, GError **error)
{
        int64_t version;
        if (!days_version(house->store, &version, error))
                return false;
        if (version == house->days_version)
                return true;
        g_autoptr(GPtrArray) days = days_all(house->store, error);
        if (days == NULL)
                return false;
        teach_days(house->procedure, days);
        GHashTableIter iter;
        gpointer procedure;
        g_hash_table_iter_init(&iter, house->versions);
        while (g_hash_table_iter_next(&iter, NULL, &procedure))
                teach_days(procedure, days);
        house->days_version = version;
        return true;
}

GTimeZone *house_zone(House *house, const char *name)
{
        GTimeZone *zone = g_hash_table_lookup(house->zones, name);
        if (zone != NULL)
                return zone;
        zone = g_time_zone_new_identifier(name);
        if (zone == NULL)
                return house->zone;
        g_hash_table_insert(house->zones, g_strdup(name), zone);
        return zone;
}

const Procedure *house_procedure(House *house, const char *hash, GError **error)
{
        if (house->procedure != NULL && strcmp(procedure_hash(house->procedure), hash) == 0)
                return house->procedure;
        Procedure *kept = g_hash_table_lookup(house->versions, hash);
        if (kept != NULL)
                return kept;
        gsize size;
        g_autofree char *source = procedures_get(house->store, hash, &size, error);
        if (source == NULL) {
                if (error != NULL && *error == NULL)
                        g_set_error(error, STORE_ERROR, STORE_ERROR_CORRUPT,
                                    "the procedure version %.12s, with which a case began, is not in the "
                                    "database: restore a backup",
                                    hash);
                return NULL;
        }
        g_autoptr(Problems) problems = problems_new();
        kept = procedure_load_kept(source, size, house->procedure, problems);
        if (kept == NULL) {
                g_autofree char *text = problems_print(problems);
                g_set_error(error, STORE_ERROR, STORE_ERROR_OTHER,
                            "the procedure version %.12s, by which a case runs, cannot be read by this "
                            "facteur any more; `facteur migrate-cases` moves its cases on: %s",
                            hash, text);
                return NULL;
        }
        g_hash_table_insert(house->versions, g_strdup(hash), kept);
        g_autoptr(GPtrArray) days = days_all(house->store, error);
        if (days != NULL)
                teach_days(kept, days);
        return days != NULL ? kept : NULL;
}

/* Checking. */

typedef struct {
        const Procedure *procedure;
        const MailTemplates *templates;
        GHashTable *seen; /* template keys that were looked at */
        Problems *problems;
} Checker;

static void check_mail(const char *key, const char *file, int line, int column, void *data)
{
        const Checker *checker = data;
        if (g_hash_table_add(checker->seen, g_strdup(key)))
                mail_templates_check_mail(checker->templates, key, procedure_languages(checker->procedure),
                                          file, line, column, checker->problems);
}

/* Mails that are about no step, and about no case at all. */
static const char *const house_mails[] = {
        "attachment_refused", "winmail",       "label_verified", "digest",    "digest_results",
        "address_confirm",    "import_report", "search_results", "round_trip"
};

static void add_words(GPtrArray *words, const Texts *texts, const char *const *languages)
{
        for (; texts != NULL && *languages != NULL; languages++)
                g_ptr_array_add(words, (char *)texts_get(texts, *languages));
}

static void add_choices(GPtrArray *words, const Form *form, const char *const *languages)
{
        for (guint i = 0; form != NULL && i < form->fields->len; i++) {
                const Field *field = g_ptr_array_index(form->fields, i);
                for (guint j = 0; field->choice_labels != NULL && j < field->choice_labels->len; j++)
                        add_words(words, g_ptr_array_index(field->choice_labels, j), languages);
        }
}

/* What people answer with: a line of ours that says just that would be taken out of their replies. */
static GPtrArray *answer_words(const Procedure *procedure)
{
        static const char *const spoken[] = { "yes_no.yes",
                                              "yes_no.no",
                                              "five_step.excellent",
                                              "five_step.very_good",
                                              "five_step.good",
                                              "five_step.satisfactory",
                                              "five_step.insufficient" };
        GPtrArray *words = g_ptr_array_new();
        const char *const *languages = procedure_languages(procedure);
        for (const char *const *language = languages; *language != NULL; language++)
                for (size_t i = 0; i < G_N_ELEMENTS(spoken); i++)
                        g_ptr_array_add(words, (char *)procedure_word(procedure, spoken[i], *language));
        for (guint i = 0; i < procedure_steps(procedure)->len; i++) {
                const Step *step = g_ptr_array_index(procedure_steps(procedure), i);
                const GPtrArray *actions = procedure_step_actions(procedure, step);
                for (guint j = 0; j < actions->len; j++)
                        add_words(words, ((const ActionRule *)g_ptr_array_index(actions, j))->word,
                                  languages);
                add_choices(words, procedure_form(procedure, step->form), languages);
                add_choices(words, procedure_form(procedure, step->reply_form), languages);
        }
        g_ptr_array_add(words, NULL);
        return words;
}

void house_check(const Config *config, Problems *problems)
{
        g_autoptr(Procedure) procedure = load_procedure(config, problems);
        g_autoptr(MailTemplates) templates = mail_templates_load(config->templates_dir, problems);
        patterns_free(load_patterns(config, problems));
        if (procedure == NULL || templates == NULL)
                return;
        g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        Checker checker = {
                .procedure = procedure, .templates = templates, .seen = seen, .problems = problems
        };
        procedure_mails(procedure, check_mail, &checker);
        for (size_t i = 0; i < G_N_ELEMENTS(house_mails); i++)
                check_mail(house_mails[i], config->templates_dir, 0, 0, &checker);
        g_autoptr(GPtrArray) words = answer_words(procedure);
        mail_templates_check_lines(templates, (const char *const *)words->pdata, problems);
}

void house_check_pages(const Config *config, Problems *problems)
{
        g_autoptr(Problems) told_already = problems_new();
        g_autoptr(Procedure) procedure = load_procedure(config, told_already);
        if (procedure == NULL)
                return;
        paper_check(config, procedure, problems);
        pages_check(config->templates_dir, procedure_languages(procedure), problems);
        if (strcmp(config->web_listen, "off") != 0)
                return;
        for (guint i = 0; i < procedure_steps(procedure)->len; i++) {
                const Step *step = g_ptr_array_index(procedure_steps(procedure), i);
                const Form *form = step_is_form(step) ? procedure_form(procedure, step->form) : NULL;
                if (form != NULL && form->is_confidential)
                        problems_add(
                                problems, step->file, step->line, step->column,
                                "set `listen` and `base_url` of `web:` in facteur.conf, or take the step out",
                                "`%s` is confidential and filled in on its page alone, and the pages are off",
                                step->key);
        }
}
