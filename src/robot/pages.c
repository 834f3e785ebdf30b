#include "robot/pages.h"

#include "mail/template.h"
#include "procedure/texts.h"

#include <string.h>

enum { WISHES_MAX = 30 };

#define PAGES_ERROR (g_quark_from_static_string("facteur-pages"))

struct Pages {
        char **languages;
        GHashTable *templates; /* name -> Template */
        GPtrArray *words;      /* per language: json object, key -> text */
        GBytes *style;
};

void pages_free(Pages *pages)
{
        if (pages == NULL)
                return;
        g_strfreev(pages->languages);
        g_hash_table_unref(pages->templates);
        g_ptr_array_unref(pages->words);
        if (pages->style != NULL)
                g_bytes_unref(pages->style);
        g_free(pages);
}

static char *read_file(const char *folder, const char *name, gsize *size_out, Problems *problems)
{
        g_autofree char *path = g_build_filename(folder, name, NULL);
        g_autoptr(GError) error = NULL;
        char *text = NULL;
        if (!g_file_get_contents(path, &text, size_out, &error))
                problems_add(problems, path, 0, 0, "restore it from the distribution", "cannot be read: %s",
                             error->message);
        return text;
}

static void load_template(Pages *pages, const char *folder, const char *file, Problems *problems)
{
        g_autofree char *source = read_file(folder, file, NULL, problems),
                        *path = g_build_filename(folder, file, NULL);
        Template *tmpl = source != NULL ? template_parse(path, 1, source, problems) : NULL;
        if (tmpl != NULL)
                g_hash_table_insert(pages->templates, g_strndup(file, strlen(file) - strlen(".mustache")),
                                    tmpl);
}

static void load_templates(Pages *pages, const char *folder, Problems *problems)
{
        g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
        const char *file;
        if (dir == NULL)
                problems_add(problems, folder, 0, 0, "restore it from the distribution",
                             "the folder of the pages is missing");
        while (dir != NULL && (file = g_dir_read_name(dir)) != NULL)
                if (g_str_has_suffix(file, ".mustache"))
                        load_template(pages, folder, file, problems);
}

static void load_words(Pages *pages, const char *folder, Problems *problems)
{
        g_autofree char *path = g_build_filename(folder, "words.yaml", NULL);
        g_autoptr(YamlNode) root = yaml_load(path, problems);
        for (guint i = 0; i < g_strv_length(pages->languages); i++)
                g_ptr_array_add(pages->words, json_object());
        for (guint i = 0; root != NULL && i < root->keys->len; i++) {
                const YamlNode *key = g_ptr_array_index(root->keys, i);
                Texts *texts = texts_read(g_ptr_array_index(root->items, i),
                                          (const char *const *)pages->languages, problems);
                for (guint j = 0; j < pages->words->len; j++)
                        json_object_set_new(g_ptr_array_index(pages->words, j), key->text,
                                            json_string(texts_get(texts, pages->languages[j])));
                texts_free(texts);
        }
}

Pages *pages_load(const char *templates_dir, const char *const *languages, Problems *problems)
{
        guint before = problems_count(problems);
        g_autoptr(Pages) pages = g_new0(Pages, 1);
        g_autofree char *folder = g_build_filename(templates_dir, "page", NULL);
        pages->languages = g_strdupv((char **)languages);
        pages->templates =
                g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)template_free);
        pages->words = g_ptr_array_new_with_free_func((GDestroyNotify)json_decref);
        load_templates(pages, folder, problems);
        load_words(pages, folder, problems);
        gsize size = 0;
        char *style = read_file(folder, "style.css", &size, problems);
        pages->style = g_bytes_new_take(style, size);
        return problems_count(problems) == before ? g_steal_pointer(&pages) : NULL;
}

GBytes *pages_style(const Pages *pages)
{
        return g_bytes_ref(pages->style);
}

static guint language_index(const Pages *pages, const char *language)
{
        for (guint i = 0; language != NULL && pages->languages[i] != NULL; i++)
                if (strcmp(pages->languages[i], language) == 0)
                        return i;
        return 0;
}

const char *pages_language(const Pages *pages, const char *wished)
{
        return pages->languages[language_index(pages, wished)];
}

/* "fr-CH;q=0.8": its language, in place, and how much it is wished. */
static double read_wish(char *wish)
{
        const char *weight = strstr(wish, "q=");
        double quality = weight != NULL ? g_ascii_strtod(weight + 2, NULL) : 1;
        g_strstrip(wish);
        wish[strcspn(wish, "-; \t")] = '\0';
        return quality;
}

const char *pages_wished_language(const Pages *pages, const char *accept)
{
        g_auto(GStrv) wishes = g_strsplit(accept, ",", WISHES_MAX);
        const char *best = pages->languages[0];
        double best_quality = 0;
        for (char **wish = wishes; *wish != NULL; wish++) {
                double quality = read_wish(*wish);
                g_autofree char *code = g_ascii_strdown(*wish, -1);
                const char *language = pages_language(pages, code);
                if (quality > best_quality && strcmp(language, code) == 0) {
                        best = language;
                        best_quality = quality;
                }
        }
        return best;
}

const char *const *pages_languages(const Pages *pages)
{
        return (const char *const *)pages->languages;
}

const char *pages_word(const Pages *pages, const char *key, const char *language)
{
        const json_t *words = g_ptr_array_index(pages->words, language_index(pages, language));
        const char *word = json_string_value(json_object_get(words, key));
        return word != NULL ? word : "";
}

static const Template *find_partial(const char *name, void *data)
{
        const Pages *pages = data;
        return g_hash_table_lookup(pages->templates, name);
}

GBytes *pages_render(const Pages *pages, const char *page, const char *language, json_t *view, GError **error)
{
        const Template *tmpl = g_hash_table_lookup(pages->templates, page);
        guint index = language_index(pages, language);
        json_object_set(view, "w", g_ptr_array_index(pages->words, index));
        json_object_set_new(view, "language", json_string(pages->languages[index]));
        json_object_set_new(view, "dir",
                            json_string(strcmp(pages->languages[index], "ar") == 0 ? "rtl" : "ltr"));
        g_autofree char *trouble = NULL;
        char *html = tmpl != NULL ? template_render(tmpl, view, TEMPLATE_HTML, true, find_partial,
                                                    (void *)pages, &trouble)
                                  : NULL;
        json_decref(view);
        if (html == NULL) {
                g_set_error(error, PAGES_ERROR, 0, "page `%s`: %s", page,
                            trouble != NULL ? trouble : "no such page");
                return NULL;
        }
        return g_bytes_new_take(html, strlen(html));
}

/* Checking. */

static const char example_file[] = "example.json";

/* The members of a page's example that are `true` and have a part of that name stand for it: `fields` for a
 * list of `field`. */
static void put_parts(json_t *example, const json_t *parts)
{
        static const char *const shared[] = { "who", "errors" };
        for (size_t i = 0; i < G_N_ELEMENTS(shared); i++)
                if (json_is_true(json_object_get(example, shared[i])))
                        json_object_set(example, shared[i], json_object_get(parts, shared[i]));
        if (json_is_true(json_object_get(example, "fields")))
                json_object_set_new(example, "fields", json_pack("[O]", json_object_get(parts, "field")));
}

/* A partial that several pages have is told of once. */
static void merge(Problems *problems, const Problems *found, GHashTable *told)
{
        for (guint i = 0; i < problems_count(found); i++) {
                const Problem *problem = problems_get(found, i);
                char *place = g_strdup_printf("%s:%d:%d", problem->file, problem->line, problem->column);
                if (g_hash_table_add(told, place))
                        problems_add(problems, problem->file, problem->line, problem->column, problem->mend,
                                     "%s", problem->what);
        }
}

static void check_page(const Pages *pages, const char *folder, const char *page, const json_t *view,
                       Problems *problems)
{
        g_autofree char *file = g_strconcat(page, ".mustache", NULL),
                        *path = g_build_filename(folder, file, NULL);
        const Template *tmpl = g_hash_table_lookup(pages->templates, page);
        if (tmpl == NULL)
                problems_add(problems, path, 0, 0, "restore it from the distribution",
                             "the page is not there");
        else
                template_check(tmpl, view, find_partial, (void *)pages, problems);
}

static void check_pages(const Pages *pages, const char *folder, json_t *examples, Problems *problems)
{
        g_autoptr(GHashTable) told = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        const json_t *frame = json_object_get(examples, "frame"), *parts = json_object_get(examples, "parts");
        const char *page;
        json_t *own;
        json_object_foreach(json_object_get(examples, "pages"), page, own) {
                json_t *view = json_deep_copy(own);
                put_parts(view, parts);
                json_object_update_missing(view, (json_t *)frame);
                json_object_set(view, "w", g_ptr_array_index(pages->words, 0));
                g_autoptr(Problems) found = problems_new();
                check_page(pages, folder, page, view, found);
                merge(problems, found, told);
                json_decref(view);
        }
}

void pages_check(const char *templates_dir, const char *const *languages, Problems *problems)
{
        g_autoptr(Pages) pages = pages_load(templates_dir, languages, problems);
        g_autofree char *folder = g_build_filename(templates_dir, "page", NULL),
                        *path = g_build_filename(folder, example_file, NULL);
        json_error_t error;
        json_t *examples = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
        if (examples == NULL)
                problems_add(problems, path, error.line, error.column, "restore it from the distribution",
                             "%s", error.text);
        else if (pages != NULL)
                check_pages(pages, folder, examples, problems);
        json_decref(examples);
}
