#include "robot/paper.h"

#include "documents/blocks.h"
#include "documents/document.h"
#include "mail/template.h"
#include "procedure/document_view.h"
#include "robot/label_file.h"
#include "store/journal.h"
#include "store/papers.h"

#include <string.h>

G_DEFINE_QUARK(facteur - paper - error, paper_error)

void paper_clear(Paper *paper)
{
        g_clear_pointer(&paper->name, g_free);
        g_clear_pointer(&paper->bytes, g_bytes_unref);
}

static const DocumentRule *find_rule(const Procedure *procedure, const char *key)
{
        const GPtrArray *rules = procedure_documents(procedure);
        for (guint i = 0; i < rules->len; i++) {
                const DocumentRule *rule = g_ptr_array_index(rules, i);
                if (strcmp(rule->key, key) == 0)
                        return rule;
        }
        return NULL;
}

bool paper_is_ready(const Procedure *procedure, const Case *the_case, const char *key)
{
        const DocumentRule *rule = find_rule(procedure, key);
        for (char **step = rule != NULL ? rule->after : NULL; step != NULL && *step != NULL; step++) {
                const Task *task = case_task(the_case, *step);
                if (task == NULL || task->state != TASK_DONE)
                        return false;
        }
        return rule != NULL;
}

/* Whatever people typed stays inside the block that the words gave it. */
static json_t *made_harmless(const json_t *view)
{
        if (json_is_string(view)) {
                g_autofree char *text = block_escape(json_string_value(view));
                return json_string(text);
        }
        if (json_is_array(view)) {
                json_t *array = json_array(), *item;
                size_t index;
                json_array_foreach(view, index, item)
                        json_array_append_new(array, made_harmless(item));
                return array;
        }
        if (!json_is_object(view))
                return json_deep_copy(view);
        json_t *object = json_object(), *value;
        const char *key;
        json_object_foreach((json_t *)view, key, value)
                json_object_set_new(object, key, made_harmless(value));
        return object;
}

static char *words_path(const Config *config, const char *key, const char *language)
{
        g_autofree char *file = g_strdup_printf("%s.%s.mustache", key, language);
        return g_build_filename(config->templates_dir, "document", file, NULL);
}

/* The words in the language, else in the procedure's first. */
static Template *load_words(const House *house, const Procedure *procedure, const char *key,
                            const char *language, const char **language_out, GError **error)
{
        const char *const tried[] = { language, procedure_languages(procedure)[0] };
        for (size_t i = 0; i < G_N_ELEMENTS(tried); i++) {
                g_autofree char *path = words_path(house->config, key, tried[i]);
                g_autofree char *source = NULL;
                if (!g_file_get_contents(path, &source, NULL, NULL))
                        continue;
                g_autoptr(Problems) problems = problems_new();
                Template *words = template_parse(path, 1, source, problems);
                *language_out = tried[i];
                if (words != NULL)
                        return words;
                g_autofree char *said = problems_print(problems);
                g_set_error(error, PAPER_ERROR, PAPER_ERROR_WORDS, "%s", said);
                return NULL;
        }
        g_set_error(error, PAPER_ERROR, PAPER_ERROR_WORDS,
                    "there are no words for the document `%s`: restore mail_templates/document", key);
        return NULL;
}

enum { HASH_SHOWN = 16 };

/* The journal's entry stands beside each agreement: the first digits of its hash. */
static bool add_hashes(Store *store, const Case *the_case, json_t *view, GError **error)
{
        size_t index;
        json_t *agreement;
        json_array_foreach(json_object_get(view, "agreements"), index, agreement) {
                const char *step = json_string_value(json_object_get(agreement, "step"));
                g_autofree char *hash = store != NULL && json_is_true(json_object_get(agreement, "is_done"))
                                                ? journal_closing_hash(store, the_case->id, step, error)
                                                : g_strdup("");
                if (hash == NULL)
                        return false;
                hash[MIN(strlen(hash), (size_t)HASH_SHOWN)] = '\0';
                json_object_set_new(agreement, "journal_hash", json_string(hash));
        }
        return true;
}

/* store NULL: without the journal. NULL: it cannot be read. */
static json_t *view_of(const Config *config, GTimeZone *zone, Store *store, const Procedure *procedure,
                       const Case *the_case, const char *language, int64_t now, GError **error)
{
        json_t *view = case_document_view(procedure, the_case, language, zone, now);
        if (!add_hashes(store, the_case, view, error)) {
                json_decref(view);
                return NULL;
        }
        const char *number = json_string_value(json_object_get(view, "label_number"));
        g_autofree char *verify = config->web_base_url != NULL
                                          ? g_strdup_printf("%s/v/%s", config->web_base_url, number)
                                          : g_strdup("");
        json_object_set_new(view, "institution",
                            json_string(config->institution != NULL ? config->institution : ""));
        json_object_set_new(view, "robot", json_string(config->address));
        json_object_set_new(view, "verify_url", json_string(verify));
        json_t *harmless = made_harmless(view);
        json_decref(view);
        return harmless;
}

/* The document that shows an award is made, and signed, once. */
static bool shows_award(const Procedure *procedure, const DocumentRule *rule)
{
        for (char **key = rule->after; *key != NULL; key++) {
                const Step *step = procedure_step(procedure, *key);
                if (step != NULL && step->award != NULL)
                        return true;
        }
        return false;
}

static GBytes *render(const House *house, const char *markup, DocumentInfo *info, const char *signed_number,
                      GError **error)
{
        if (signed_number == NULL || house->label_keys == NULL)
                return document_render(markup, info, error);
        g_autofree char *keywords = label_file_blank(signed_number);
        info->keywords = keywords;
        g_autoptr(GBytes) blank = document_render(markup, info, error);
        info->keywords = NULL;
        return blank != NULL ? label_file_sign(blank, signed_number, house->label_keys, error) : NULL;
}

static bool make(House *house, const Procedure *procedure, const Case *the_case, const DocumentRule *rule,
                 const char *language, int64_t now, Paper *paper_out, GError **error)
{
        const char *used, *key = rule->key;
        g_autoptr(Template) words = load_words(house, procedure, key, language, &used, error);
        if (words == NULL)
                return false;
        json_t *view =
                view_of(house->config, house->zone, house->store, procedure, the_case, used, now, error);
        if (view == NULL)
                return false;
        g_autofree char *trouble = NULL;
        g_autofree char *markup = template_render(words, view, TEMPLATE_TEXT, true, NULL, NULL, &trouble);
        g_autofree char *footer =
                g_strdup_printf("[%s %s]", procedure_prefix(procedure), the_case->reference);
        g_autofree char *number = g_strdup(json_string_value(json_object_get(view, "label_number")));
        json_decref(view);
        if (markup == NULL) {
                g_set_error(error, PAPER_ERROR, PAPER_ERROR_WORDS, "document `%s`: %s", key, trouble);
                return false;
        }
        DocumentInfo info = { .title = texts_get(rule->label, used),
                              .author = house->config->institution,
                              .language = used,
                              .footer = footer,
                              .made_at = now };
        paper_out->bytes = render(house, markup, &info, shows_award(procedure, rule) ? number : NULL, error);
        return paper_out->bytes != NULL;
}

/* What was made before; bytes stay NULL when there is none, or the spool lost it. */
static bool take_kept(House *house, const Case *the_case, const char *key, const char *language,
                      bool is_any_language, Paper *paper, GError **error)
{
        SpoolPlace place = { 0 };
        const bool is_looked =
                papers_find(house->store, the_case->id, key, language, is_any_language, &place, error);
        if (is_looked && place.segment != NULL)
                paper->bytes = spool_read(house->config->state_dir, &place, NULL);
        spool_place_clear(&place);
        return is_looked;
}

static bool keep(House *house, Spool *spool, const Case *the_case, const char *key, const char *language,
                 int64_t now, const Paper *paper, GError **error)
{
        SpoolPlace place = { 0 };
        const bool is_kept = spool_append(spool, paper->bytes, now, &place, error) &&
                             papers_put(house->store, the_case->id, key, language, &place, now, error);
        spool_place_clear(&place);
        return is_kept;
}

static bool make_once(House *house, Spool *spool, const Procedure *procedure, const Case *the_case,
                      const DocumentRule *rule, const char *language, int64_t now, Paper *paper_out,
                      GError **error)
{
        if (!take_kept(house, the_case, rule->key, language, spool == NULL, paper_out, error))
                return false;
        if (paper_out->bytes != NULL)
                return true;
        if (spool == NULL) {
                g_set_error(error, PAPER_ERROR, PAPER_ERROR_NOT_MADE, "document `%s`: it was not made yet",
                            rule->key);
                return false;
        }
        return make(house, procedure, the_case, rule, language, now, paper_out, error) &&
               keep(house, spool, the_case, rule->key, language, now, paper_out, error);
}

bool paper_make(House *house, Spool *spool, const Procedure *procedure, const Case *the_case, const char *key,
                const char *language, int64_t now, Paper *paper_out, GError **error)
{
        const DocumentRule *rule = find_rule(procedure, key);
        if (rule == NULL)
                return false;
        const bool is_made =
                shows_award(procedure, rule)
                        ? make_once(house, spool, procedure, the_case, rule, language, now, paper_out, error)
                        : make(house, procedure, the_case, rule, language, now, paper_out, error);
        if (!is_made) {
                paper_clear(paper_out);
                return false;
        }
        paper_out->name =
                g_strdup_printf("%s-%s-%s.pdf", procedure_prefix(procedure), the_case->reference, key);
        return true;
}

/* Checking. */

static void check_words(const char *path, const DocumentRule *rule, const json_t *example, Problems *problems)
{
        g_autofree char *source = NULL;
        if (!g_file_get_contents(path, &source, NULL, NULL)) {
                g_autofree char *mend = g_strdup_printf("write %s", path);
                problems_add(problems, rule->file, rule->line, rule->column, mend,
                             "the words of the document `%s` are not all there", rule->key);
                return;
        }
        g_autoptr(Template) words = template_parse(path, 1, source, problems);
        if (words != NULL)
                template_check(words, example, NULL, NULL, problems);
}

/* A case without anything has every name; of the countries all that the rules know. */
static json_t *example_of(const Config *config, const Procedure *procedure, const char *language)
{
        g_autoptr(Case) nobody = case_new();
        g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
        g_autoptr(GPtrArray) countries = procedure_countries(procedure);
        nobody->reference = g_strdup("");
        nobody->country = g_strdup("");
        json_t *view = view_of(config, utc, NULL, procedure, nobody, language, 0, NULL),
               *known = json_object();
        for (guint i = 0; i < countries->len; i++)
                json_object_set_new(known, g_ptr_array_index(countries, i), json_true());
        json_object_set_new(view, "country", known);
        return view;
}

void paper_check(const Config *config, const Procedure *procedure, Problems *problems)
{
        const GPtrArray *rules = procedure_documents(procedure);
        for (const char *const *language = procedure_languages(procedure); *language != NULL; language++) {
                json_t *example = example_of(config, procedure, *language);
                for (guint i = 0; i < rules->len; i++) {
                        const DocumentRule *rule = g_ptr_array_index(rules, i);
                        g_autofree char *path = words_path(config, rule->key, *language);
                        check_words(path, rule, example, problems);
                }
                json_decref(example);
        }
}
