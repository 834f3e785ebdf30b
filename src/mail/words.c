#include "mail/words.h"

#include "base/text.h"
#include "mail/markup.h"
#include "mail/template.h"

#include <string.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(json_t, json_decref)

#define SUFFIX ".mustache"

/* One mail in one language, or a partial (no subject). */
typedef struct {
        char *file, *source; /* source: as read, for the checker of lines */
        Template *subject, *body;
        bool counts;       /* names an `x_count`: most mails do not, and counts cost */
        GPtrArray *wanted; /* of char *, NULL at the end: the names of the view that a mail reads */
} Words;

struct MailTemplates {
        GHashTable *mails, *partials; /* "key.lang" -> Words */
        Words *layout;
        json_t *example;
};

GQuark words_error_quark(void)
{
        return g_quark_from_static_string("facteur-words");
}

static void words_free(gpointer data)
{
        Words *words = data;
        if (words == NULL)
                return;
        template_free(words->subject);
        template_free(words->body);
        g_clear_pointer(&words->wanted, g_ptr_array_unref);
        g_free(words->source);
        g_free(words->file);
        g_free(words);
}

void mail_templates_free(MailTemplates *templates)
{
        if (templates == NULL)
                return;
        g_hash_table_unref(templates->mails);
        g_hash_table_unref(templates->partials);
        words_free(templates->layout);
        json_decref(templates->example);
        g_free(templates);
}

/* CLDR's plural categories for whole numbers. */
static const char *plural_category(int64_t n, const char *language)
{
        if (strcmp(language, "fr") == 0)
                return n <= 1 ? "one" : "other";
        if (strcmp(language, "ar") != 0)
                return n == 1 ? "one" : "other";
        int64_t rest = n % 100;
        return n == 0                    ? "zero"
               : n == 1                  ? "one"
               : n == 2                  ? "two"
               : rest >= 3 && rest <= 10 ? "few"
               : rest >= 11              ? "many"
                                         : "other";
}

json_t *mail_count(int64_t n, const char *language)
{
        static const char *const categories[] = { "zero", "one", "two", "few", "many", "other" };
        json_t *count = json_pack("{s:I}", "n", (json_int_t)n);
        const char *category = plural_category(n, language);
        for (size_t i = 0; i < G_N_ELEMENTS(categories); i++)
                json_object_set_new(count, categories[i], json_boolean(strcmp(categories[i], category) == 0));
        return count;
}

/* Beside each list `x`: has_x, and if wanted x_count with the number and its plural category. */
static json_t *complete_view(const json_t *view, const char *language, bool with_counts)
{
        json_t *complete = json_copy((json_t *)view);
        const char *key;
        json_t *value;
        json_object_foreach((json_t *)view, key, value) {
                if (!json_is_array(value))
                        continue;
                char name[96];
                g_snprintf(name, sizeof(name), "has_%s", key);
                json_object_set_new(complete, name, json_boolean(json_array_size(value) > 0));
                if (!with_counts)
                        continue;
                g_snprintf(name, sizeof(name), "%s_count", key);
                json_object_set_new(complete, name, mail_count((int64_t)json_array_size(value), language));
        }
        return complete;
}

/* Loading. */

static char *read_file(const char *file, Problems *problems)
{
        g_autoptr(GError) error = NULL;
        char *source = NULL;
        if (!g_file_get_contents(file, &source, NULL, &error))
                problems_add(problems, file, 0, 0, "put it there, readable", "%s", error->message);
        else if (!g_utf8_validate(source, -1, NULL)) {
                problems_add(problems, file, 0, 0, "save it as UTF-8", "not UTF-8");
                g_clear_pointer(&source, g_free);
        }
        return source;
}

static void parse_words(Words *words, bool is_mail, Problems *problems)
{
        const char *body = words->source;
        int line = 1;
        if (is_mail) {
                const char *newline = strchr(body, '\n');
                if (newline == NULL || !g_str_has_prefix(body, "Subject: ")) {
                        problems_add(problems, words->file, 1, 1, "write `Subject: ` and the subject",
                                     "the first line is not the subject");
                        return;
                }
                g_autofree char *subject = g_strndup(body, (size_t)(newline - body));
                memset(subject, ' ', strlen("Subject: ")); /* so that columns stay true */
                words->subject = template_parse(words->file, 1, subject, problems);
                body = newline + 1;
                line = 2;
        }
        words->body = template_parse(words->file, line, body, problems);
}

static Words *words_load(const char *file, bool is_mail, Problems *problems)
{
        char *source = read_file(file, problems);
        if (source == NULL)
                return NULL;
        Words *words = g_new0(Words, 1);
        words->file = g_strdup(file);
        words->source = source;
        words->counts = strstr(source, "_count") != NULL;
        for (const char *p = source; *p != '\0'; p++)
                if ((unsigned char)*p < 0x20 && *p != '\n' && *p != '\t' && *p != '\r') {
                        problems_add(problems, file, 0, 0, "take it away", "a control character (U+%04X)",
                                     *p);
                        break;
                }
        parse_words(words, is_mail, problems);
        return words;
}

static void load_folder(GHashTable *table, const char *path, const char *name, bool is_mail,
                        Problems *problems)
{
        g_autofree char *folder = g_build_filename(path, name, NULL);
        g_autoptr(GError) error = NULL;
        g_autoptr(GDir) dir = g_dir_open(folder, 0, &error);
        if (dir == NULL) {
                problems_add(problems, folder, 0, 0, "put the templates there", "%s", error->message);
                return;
        }
        const char *entry;
        while ((entry = g_dir_read_name(dir)) != NULL) {
                if (!g_str_has_suffix(entry, SUFFIX))
                        continue;
                g_autofree char *file = g_build_filename(folder, entry, NULL);
                char *key = g_strndup(entry, strlen(entry) - strlen(SUFFIX));
                g_hash_table_replace(table, key, words_load(file, is_mail, problems));
        }
}

static json_t *load_example(const char *path, Problems *problems)
{
        g_autofree char *file = g_build_filename(path, "example.json", NULL);
        json_error_t error;
        g_autoptr(json_t) example = json_load_file(file, 0, &error);
        if (json_is_object(example))
                return complete_view(example, "en", true);
        problems_add(problems, file, example == NULL ? error.line : 1, example == NULL ? error.column : 1,
                     "write a JSON object", "%s", example == NULL ? error.text : "not an object");
        return NULL;
}

typedef struct {
        const MailTemplates *templates;
        const char *language;
} Finder;

static const Template *find_partial(const char *name, void *data)
{
        const Finder *finder = data;
        char key[96];
        g_snprintf(key, sizeof(key), "%s.%s", name, finder->language);
        const Words *words = g_hash_table_lookup(finder->templates->partials, key);
        return words != NULL ? words->body : NULL;
}

static const char *language_of(const char *key)
{
        const char *dot = strrchr(key, '.');
        return dot != NULL ? dot + 1 : "";
}

static void check_names(const MailTemplates *templates, Problems *problems)
{
        GHashTableIter iter;
        gpointer key, value;
        g_hash_table_iter_init(&iter, templates->mails);
        while (g_hash_table_iter_next(&iter, &key, &value)) {
                const Words *words = value;
                Finder finder = { templates, language_of(key) };
                for (int part = 0; words != NULL && part < 2; part++) {
                        const Template *tmpl = part == 0 ? words->subject : words->body;
                        if (tmpl != NULL)
                                template_check(tmpl, templates->example, find_partial, &finder, problems);
                }
                static const char *const around[] = { "head", "foot" };
                for (size_t i = 0; i < G_N_ELEMENTS(around); i++) {
                        const Template *tmpl = find_partial(around[i], &finder);
                        g_autofree char *mend =
                                g_strdup_printf("write partial/%s.%s" SUFFIX, around[i], finder.language);
                        if (tmpl == NULL && words != NULL)
                                problems_add(problems, words->file, 0, 0, mend, "no partial `%s` in `%s`",
                                             around[i], finder.language);
                }
        }
        g_hash_table_iter_init(&iter, templates->partials);
        while (g_hash_table_iter_next(&iter, &key, &value)) {
                Finder finder = { templates, language_of(key) };
                if (g_str_has_prefix(key, "head.") || g_str_has_prefix(key, "foot."))
                        template_check(((const Words *)value)->body, templates->example, find_partial,
                                       &finder, problems);
        }
}

/* A list `x` is wanted where `has_x` or `x_count` is named. */
static void add_wanted(const char *name, void *data)
{
        GHashTable *names = data;
        g_hash_table_add(names, g_strdup(name));
        if (g_str_has_prefix(name, "has_"))
                g_hash_table_add(names, g_strdup(name + strlen("has_")));
        if (g_str_has_suffix(name, "_count"))
                g_hash_table_add(names, g_strndup(name, strlen(name) - strlen("_count")));
}

static GPtrArray *wanted_names(const Words *words, Finder *finder)
{
        const Template *all[] = { words->subject, words->body, find_partial("head", finder),
                                  find_partial("foot", finder) };
        g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(all); i++)
                template_wants(all[i], find_partial, finder, add_wanted, names);
        GPtrArray *wanted = g_ptr_array_new_with_free_func(g_free);
        GHashTableIter iter;
        gpointer name;
        g_hash_table_iter_init(&iter, names);
        while (g_hash_table_iter_next(&iter, &name, NULL)) {
                g_ptr_array_add(wanted, name);
                g_hash_table_iter_steal(&iter);
        }
        g_ptr_array_add(wanted, NULL);
        return wanted;
}

/* Of mails that were checked: no name or partial is missing, none calls itself. */
static void find_wanted(MailTemplates *templates)
{
        GHashTableIter iter;
        gpointer key, value;
        g_hash_table_iter_init(&iter, templates->mails);
        while (g_hash_table_iter_next(&iter, &key, &value)) {
                Finder finder = { templates, language_of(key) };
                ((Words *)value)->wanted = wanted_names(value, &finder);
        }
}

MailTemplates *mail_templates_load(const char *path, Problems *problems)
{
        guint before = problems_count(problems);
        g_autoptr(MailTemplates) templates = g_new0(MailTemplates, 1);
        templates->mails = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, words_free);
        templates->partials = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, words_free);
        g_autofree char *layout = g_build_filename(path, "layout", "mail.html" SUFFIX, NULL);
        templates->layout = words_load(layout, false, problems);
        templates->example = load_example(path, problems);
        load_folder(templates->mails, path, "mail", true, problems);
        load_folder(templates->partials, path, "partial", false, problems);
        if (problems_count(problems) == before)
                check_names(templates, problems);
        if (problems_count(problems) != before)
                return NULL;
        find_wanted(templates);
        return g_steal_pointer(&templates);
}

static const Words *find_mail(const MailTemplates *templates, const char *key, const char *language)
{
        char name[128];
        g_snprintf(name, sizeof(name), "%s.%s", key, language);
        return g_hash_table_lookup(templates->mails, name);
}

const char *const *mail_templates_wanted(const MailTemplates *templates, const char *key,
                                         const char *language)
{
        const Words *words = find_mail(templates, key, language);
        return words != NULL ? (const char *const *)words->wanted->pdata : NULL;
}

bool mail_templates_has(const MailTemplates *templates, const char *key, const char *language)
{
        return find_mail(templates, key, language) != NULL;
}

/* Checking. */

void mail_templates_check_mail(const MailTemplates *templates, const char *key, const char *const *languages,
                               const char *file, int line, int column, Problems *problems)
{
        for (; *languages != NULL; languages++) {
                g_autofree char *mend =
                        g_strdup_printf("write mail_templates/mail/%s.%s" SUFFIX, key, *languages);
                if (!mail_templates_has(templates, key, *languages))
                        problems_add(problems, file, line, column, mend, "the mail `%s` is not there in `%s`",
                                     key, *languages);
        }
}

/* A line without the tags that print nothing; *variables_out counts those that print. */
static char *line_without_tags(const char *line, int *variables_out)
{
        GString *out = g_string_new(NULL);
        *variables_out = 0;
        const char *tag;
        while ((tag = strstr(line, "{{")) != NULL && strstr(tag, "}}") != NULL) {
                g_string_append_len(out, line, tag - line);
                *variables_out += strchr("#^/!>", tag[2]) == NULL;
                line = strstr(tag, "}}") + 2;
        }
        g_string_append(out, line);
        return g_string_free(out, FALSE);
}

static void check_line(const Words *words, int number, const char *line, GHashTable *folded,
                       Problems *problems)
{
        bool is_link = g_str_has_prefix(line, "=> ") || g_str_has_prefix(line, "==> ") ||
                       g_str_has_prefix(line, "-> ");
        const char *said = markup_line_words(line);
        if (is_link) { /* the address goes first */
                const char *address_end = strchr(said, ' ');
                said = address_end != NULL ? address_end + 1 : "";
        }
        int variables;
        g_autofree char *rest = line_without_tags(said, &variables);
        g_auto(GStrv) without_stars = g_strsplit(rest, "**", -1);
        g_autofree char *plain = g_strjoinv(NULL, without_stars), *text = text_fold(plain);
        size_t length = strlen(text);
        while (length > 0 && strchr(" .:!", text[length - 1]) != NULL)
                text[--length] = '\0';
        if (variables == 0 && g_hash_table_contains(folded, text))
                problems_add(
                        problems, words->file, number, 1, "say it in a sentence",
                        "this line is a word that people answer with: it would be taken out of their reply");
        else if (variables == 1 && length == 0 && line[0] != '>')
                problems_add(problems, words->file, number, 1, "put words beside the name",
                             "a line that is nothing but a value may be a word that people answer with");
}

static void check_lines_of(GHashTable *table, GHashTable *folded, Problems *problems)
{
        GHashTableIter iter;
        gpointer key, value;
        g_hash_table_iter_init(&iter, table);
        while (g_hash_table_iter_next(&iter, &key, &value)) {
                const Words *words = value;
                g_auto(GStrv) lines = g_strsplit(words->source, "\n", -1);
                for (int i = 0; lines[i] != NULL; i++)
                        if (!g_str_has_prefix(lines[i], "Subject: "))
                                check_line(words, i + 1, lines[i], folded, problems);
        }
}

void mail_templates_check_lines(const MailTemplates *templates, const char *const *words, Problems *problems)
{
        g_autoptr(GHashTable) folded = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        for (; *words != NULL; words++)
                g_hash_table_add(folded, text_fold(*words));
        check_lines_of(templates->mails, folded, problems);
        check_lines_of(templates->partials, folded, problems);
}

/* Words of one mail. */

void mail_words_clear(MailWords *words)
{
        g_clear_pointer(&words->subject, g_free);
        g_clear_pointer(&words->text, g_free);
        g_clear_pointer(&words->html, g_free);
}

static char *render(const Template *tmpl, const json_t *view, TemplateOutput output, Finder *finder,
                    GError **error)
{
        g_autofree char *problem = NULL;
        char *out = template_render(tmpl, view, output, true, find_partial, finder, &problem);
        if (out == NULL)
                g_set_error(error, WORDS_ERROR, 0, "%s", problem);
        return out;
}

/* Head, the mail's own words, foot: one markup. */
static char *render_markup(const Words *words, const json_t *view, Finder *finder, GError **error)
{
        const Template *parts[] = { find_partial("head", finder), words->body, find_partial("foot", finder) };
        g_autoptr(GString) all = g_string_sized_new(4096);
        for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
                g_autofree char *part = render(parts[i], view, TEMPLATE_MARKUP, finder, error);
                if (part == NULL)
                        return NULL;
                g_string_append(all, part);
                g_string_append(all, "\n\n");
        }
        return g_string_free(g_steal_pointer(&all), FALSE);
}

static char *render_html(const MailTemplates *templates, const char *source, const char *subject,
                         const MarkupStyle *style, Finder *finder, GError **error)
{
        g_autofree char *content = markup_html(source, style), *lead = markup_lead(source, style);
        g_autoptr(json_t) view = json_pack("{s:s, s:s, s:s, s:s, s:b}", "language", style->language, "dir",
                                           style->is_rtl ? "rtl" : "ltr", "title", subject, "lead", lead,
                                           "is_rtl", style->is_rtl);
        if (view == NULL) {
                g_set_error(error, WORDS_ERROR, 0, "%s: the words are not UTF-8", templates->layout->file);
                return NULL;
        }
        /* Of a template and of values of a view: both were UTF-8. */
        json_object_set_new(view, "content", json_string_nocheck(content));
        return render(templates->layout->body, view, TEMPLATE_HTML, finder, error);
}

bool mail_words_render(const MailTemplates *templates, const char *key, const json_t *view,
                       const char *language, MailWords *words_out, GError **error)
{
        const Words *words = find_mail(templates, key, language);
        if (words == NULL) {
                g_set_error(error, WORDS_ERROR, 0, "no template mail/%s.%s" SUFFIX, key, language);
                return false;
        }
        Finder finder = { templates, language };
        MarkupStyle style = { .language = language, .is_rtl = strcmp(language, "ar") == 0 };
        g_autoptr(json_t) complete = complete_view(view, language, words->counts);
        g_autofree char *subject = render(words->subject, complete, TEMPLATE_HEADER, &finder, error);
        g_autofree char *source = subject != NULL ? render_markup(words, complete, &finder, error) : NULL;
        if (source == NULL)
                return false;
        words_out->subject = text_single_line(subject);
        words_out->text = markup_text(source, &style);
        words_out->html = render_html(templates, source, words_out->subject, &style, &finder, error);
        return words_out->html != NULL;
}
