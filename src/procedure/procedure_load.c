/* procedure/procedure_load.c: reads the files of a procedure: roles, acts, commands, statuses, and what they
 * join. */
#include "procedure/procedure_private.h"

#include <string.h>

#define FILE_MARK "#=== file "

static const char *const answer_words[] = { "accept", "correct", "refuse", NULL };
static const char *const hears_words[] = { "begun", "absent", NULL };
static const char *const closes_words[] = { "done", "refused", NULL };

void procedure_join(GString *source, const char *file, const char *bytes, gsize size)
{
        g_string_append_printf(source, FILE_MARK "%s\n", file);
        g_string_append_len(source, bytes, (gssize)size);
        if (size == 0 || bytes[size - 1] != '\n')
                g_string_append_c(source, '\n');
}

char **load_words(const Loader *loader, const YamlNode *map, const char *key)
{
        g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
        const YamlNode *list = yaml_list(map, key, loader->problems);
        for (guint i = 0; i < yaml_list_length(list); i++) {
                const YamlNode *item = yaml_list_get(list, i);
                if (item->kind == YAML_SCALAR)
                        g_strv_builder_add(builder, item->text);
                else
                        yaml_problem(item, loader->problems, "write one word", "a name is expected here");
        }
        return g_strv_builder_end(builder);
}

Texts *load_texts(const Loader *loader, const YamlNode *map, const char *key, bool is_required)
{
        const YamlNode *node = yaml_find(map, key);
        if (node != NULL)
                return texts_read(node, loader->languages, loader->problems);
        if (is_required)
                yaml_text_required(map, key, loader->problems);
        return NULL;
}

Role *load_find_role(const Procedure *procedure, const char *name)
{
        for (guint i = 0; i < procedure->roles->len; i++) {
                Role *role = g_ptr_array_index(procedure->roles, i);
                if (strcmp(role->role, name) == 0)
                        return role;
        }
        return NULL;
}

void load_unknown_name(const Loader *loader, const YamlNode *node, const char *noun, const char *name,
                       GPtrArray *names)
{
        g_ptr_array_add(names, NULL);
        const char *nearest = yaml_nearest(name, (const char *const *)names->pdata);
        g_autofree char *all = g_strjoinv(", ", (char **)names->pdata);
        g_autofree char *mend = nearest != NULL ? g_strdup_printf("did you mean `%s`?", nearest)
                                                : g_strdup_printf("use one of: %s", all);
        yaml_problem(node, loader->problems, mend, "there is no %s `%s`", noun, name);
}

void load_check_role(const Loader *loader, const YamlNode *node, const char *name)
{
        Role *role = load_find_role(loader->procedure, name);
        if (role != NULL) {
                role->is_used = true;
                return;
        }
        g_autoptr(GPtrArray) names = g_ptr_array_new();
        for (guint i = 0; i < loader->procedure->roles->len; i++)
                g_ptr_array_add(names, ((Role *)g_ptr_array_index(loader->procedure->roles, i))->role);
        load_unknown_name(loader, node, "role", name, names);
}

/* Who plays the role, when a form names them. */
static void read_role_source(const Loader *loader, const char *role, const YamlNode *node)
{
        static const FieldKind email = FIELD_EMAIL;
        RoleSource *source = g_new0(RoleSource, 1);
        source->role = g_strdup(role);
        source->email_field = load_field_name(loader, yaml_find(node, "email"), &email);
        source->language_field = load_field_name(loader, yaml_find(node, "language"), NULL);
        source->name_fields = load_words(loader, node, "name");
        const YamlNode *names = yaml_list(node, "name", loader->problems);
        for (guint i = 0; i < yaml_list_length(names); i++)
                g_free(load_field_name(loader, yaml_list_get(names, i), NULL));
        if (names == NULL)
                yaml_problem(node, loader->problems, "add `name: [record.tutor_last_name]` or the like",
                             "the name of the person is not said");
        g_ptr_array_add(loader->procedure->sources, source);
}

static void read_roles(const Loader *loader, const YamlNode *roles)
{
        static const char *const keys[] = { "label", "name", "email", "language", NULL };
        for (guint i = 0; roles != NULL && i < roles->keys->len; i++) {
                Role *role = g_new0(Role, 1);
                const YamlNode *node = g_ptr_array_index(roles->items, i), *label = yaml_find(node, "label");
                role->node = g_ptr_array_index(roles->keys, i);
                role->role = g_strdup(role->node->text);
                role->label = texts_read(label != NULL ? label : node, loader->languages, loader->problems);
                if (label != NULL)
                        yaml_check_keys(node, keys, loader->problems);
                if (load_find_role(loader->procedure, role->role) != NULL)
                        yaml_problem(role->node, loader->problems, "take one out", "there are two roles `%s`",
                                     role->role);
                g_ptr_array_add(loader->procedure->roles, role);
        }
}

static void read_role_sources(const Loader *loader, const YamlNode *roles)
{
        for (guint i = 0; roles != NULL && i < roles->keys->len; i++) {
                const YamlNode *key = g_ptr_array_index(roles->keys, i),
                               *node = g_ptr_array_index(roles->items, i);
                if (yaml_find(node, "email") != NULL)
                        read_role_source(loader, key->text, node);
        }
}

GPtrArray *load_action_list(const Loader *loader, const YamlNode *list)
{
        static const char *const keys[] = { "answer", "value",   "word",       "label", "reason",
                                            "closes", "primary", "tell_staff", "hears", NULL };
        GPtrArray *actions = g_ptr_array_new_with_free_func(action_rule_free);
        for (guint i = 0; i < yaml_list_length(list); i++) {
                const YamlNode *node = yaml_list_get(list, i);
                yaml_check_keys(node, keys, loader->problems);
                ActionRule *action = g_new0(ActionRule, 1);
                int answer = yaml_word(node, "answer", answer_words, 0, loader->problems);
                action->answer = g_strdup(answer_words[answer]);
                action->value = g_strdup(yaml_text(node, "value", action->answer, loader->problems));
                if (yaml_find(node, "hears") != NULL)
                        action->hears = g_strdup(
                                hears_words[yaml_word(node, "hears", hears_words, 0, loader->problems)]);
                action->word = load_texts(loader, node, "word", true);
                action->label = load_texts(loader, node, "label", true);
                action->closes =
                        (ActionCloses)yaml_word(node, "closes", closes_words,
                                                answer == 0 ? CLOSES_DONE : CLOSES_REFUSED, loader->problems);
                action->needs_reason = yaml_bool(node, "reason", false, loader->problems);
                action->is_primary = yaml_bool(node, "primary", false, loader->problems);
                action->tells_staff = yaml_bool(node, "tell_staff", false, loader->problems);
                g_ptr_array_add(actions, action);
        }
        return actions;
}

static void read_actions(const Loader *loader, const YamlNode *acts)
{
        if (acts == NULL)
                return;
        yaml_check_keys(acts, act_words, loader->problems);
        for (int act = 0; act <= ACT_ROBOT; act++) {
                const YamlNode *list = yaml_list(acts, act_words[act], loader->problems);
                if (list == NULL)
                        continue;
                g_ptr_array_unref(loader->procedure->actions[act]);
                loader->procedure->actions[act] = load_action_list(loader, list);
        }
}

static void read_statuses(const Loader *loader, const YamlNode *root)
{
        static const char *const keys[] = { "status", "after", "at", NULL };
        const YamlNode *list = yaml_list(root, "statuses", loader->problems);
        for (guint i = 0; i < yaml_list_length(list); i++) {
                const YamlNode *node = yaml_list_get(list, i);
                yaml_check_keys(node, keys, loader->problems);
                StatusRule *rule = g_new0(StatusRule, 1);
                const char *word = yaml_text_required(node, "status", loader->problems);
                if (word != NULL && !case_status_parse(word, &rule->status))
                        yaml_problem(yaml_find(node, "status"), loader->problems,
                                     "write planned, running, interrupted, broken_off, finished, defended, "
                                     "graded or closed",
                                     "`%s` is no status of a case", word);
                rule->after = load_words(loader, node, "after");
                rule->at = load_moment(loader, node, "at", false);
                g_ptr_array_add(loader->procedure->statuses, rule);
        }
}

static void read_command(const Loader *loader, const YamlNode *key, const YamlNode *node)
{
        static const char *const keys[] = { "opens", "fills", "level", NULL };
        yaml_check_keys(node, keys, loader->problems);
        CommandRule *rule = g_new0(CommandRule, 1);
        rule->key = g_strdup(key->text);
        rule->opens = load_words(loader, node, "opens");
        rule->fills = load_field_name(loader, yaml_find(node, "fills"), NULL);
        rule->level = (Level)yaml_word(node, "level", level_words, LEVEL_A0, loader->problems);
        g_ptr_array_add(loader->procedure->commands, rule);
}

static void read_document(const Loader *loader, const YamlNode *key, const YamlNode *node)
{
        static const char *const keys[] = { "label", "after", NULL };
        yaml_check_keys(node, keys, loader->problems);
        DocumentRule *rule = g_new0(DocumentRule, 1);
        rule->key = g_strdup(key->text);
        rule->label = load_texts(loader, node, "label", true);
        rule->after = load_words(loader, node, "after");
        rule->file = g_intern_string(key->file);
        rule->line = key->line;
        rule->column = key->column;
        g_ptr_array_add(loader->procedure->documents, rule);
}

/* "student: student" a role; "organisation: record.organisation" a field. */
static void read_name(const Loader *loader, GPtrArray *list, const YamlNode *key, const YamlNode *node)
{
        if (node->kind != YAML_SCALAR) {
                yaml_problem(node, loader->problems, "write a role or form.field",
                             "what `%s` stands for is not said", key->text);
                return;
        }
        SummaryRule *rule = g_new0(SummaryRule, 1);
        rule->name = g_strdup(key->text);
        if (strchr(node->text, '.') != NULL)
                rule->field = load_field_name(loader, node, NULL);
        else {
                rule->role = g_strdup(node->text);
                load_check_role(loader, node, node->text);
        }
        g_ptr_array_add(list, rule);
}

static void read_summary(const Loader *loader, const YamlNode *key, const YamlNode *node)
{
        read_name(loader, loader->procedure->summary, key, node);
}

static void read_own_name(const Loader *loader, const YamlNode *key, const YamlNode *node)
{
        read_name(loader, loader->procedure->names, key, node);
}

static void read_calendar(const Loader *loader, const YamlNode *key, const YamlNode *node)
{
        g_hash_table_insert(loader->procedure->calendars, g_strdup(key->text),
                            calendar_read(node, loader->problems));
}

/* `needs: [required]`: all that the label requires. */
static void expand_required(Procedure *procedure)
{
        g_autoptr(GStrvBuilder) required = g_strv_builder_new();
        for (guint i = 0; i < procedure->steps->len; i++) {
                const Step *step = g_ptr_array_index(procedure->steps, i);
                if (step->label_required)
                        g_strv_builder_add(required, step->key);
        }
        g_auto(GStrv) keys = g_strv_builder_end(required);
        for (guint i = 0; i < procedure->steps->len; i++) {
                Step *step = g_ptr_array_index(procedure->steps, i);
                if (g_strcmp0(step->needs[0], "required") != 0)
                        continue;
                g_strfreev(step->needs);
                step->needs = g_strdupv(keys);
        }
}

static char *presence_field(const Loader *loader, const YamlNode *map, const char *key, FieldKind kind,
                            bool is_required)
{
        const YamlNode *node = yaml_find(map, key);
        if (node == NULL && is_required)
                yaml_text_required(map, key, loader->problems);
        return load_field_name(loader, node, &kind);
}

/* `presence: {from: record.start, to: record.end, hours_per_week: record.hours_per_week, …}` */
static void read_presence(const Loader *loader, const YamlNode *map)
{
        static const char *const keys[] = { "from", "to", "hours_per_week", "pay", "pay_per", NULL };
        if (map == NULL)
                return;
        yaml_check_keys(map, keys, loader->problems);
        PresenceRule *rule = g_new0(PresenceRule, 1);
        rule->from = presence_field(loader, map, "from", FIELD_DATE, true);
        rule->to = presence_field(loader, map, "to", FIELD_DATE, true);
        rule->hours_per_week = presence_field(loader, map, "hours_per_week", FIELD_NUMBER, true);
        rule->pay = presence_field(loader, map, "pay", FIELD_NUMBER, false);
        rule->pay_per = presence_field(loader, map, "pay_per", FIELD_CHOICE, false);
        loader->procedure->presence = rule;
}

typedef void (*ReadItem)(const Loader *loader, const YamlNode *key, const YamlNode *node);

/* A section may be spread over files: each item of each of them. */
static void read_section(const Loader *loader, const char *section, ReadItem read)
{
        for (guint i = 0; i < loader->trees->len; i++) {
                const YamlNode *map =
                        yaml_map(g_ptr_array_index(loader->trees, i), section, loader->problems);
                for (guint j = 0; map != NULL && j < map->keys->len; j++)
                        read(loader, g_ptr_array_index(map->keys, j), g_ptr_array_index(map->items, j));
        }
}

static char **read_role_list(const Loader *loader, const YamlNode *root, const char *key)
{
        char **roles = load_words(loader, root, key);
        for (char **role = roles; *role != NULL; role++)
                load_check_role(loader, yaml_find(root, key), *role);
        return roles;
}

/* What only the file that names the procedure holds. */
static void read_head(Loader *loader, const YamlNode *root)
{
        Procedure *procedure = loader->procedure;
        procedure->key = g_strdup(yaml_text_required(root, "procedure", loader->problems));
        procedure->prefix = g_strdup(yaml_text_required(root, "prefix", loader->problems));
        procedure->languages = load_words(loader, root, "languages");
        loader->languages = (const char *const *)procedure->languages;
        if (procedure->languages[0] == NULL)
                yaml_problem(root, loader->problems, "add `languages: [fr, en]`", "no language is named");
}

static void read_people(Loader *loader, const YamlNode *root)
{
        Procedure *procedure = loader->procedure;
        read_roles(loader, yaml_map(root, "roles", loader->problems));
        procedure->escalation = read_role_list(loader, root, "escalation");
        procedure->helpers = read_role_list(loader, root, "helpers");
        procedure->staff = read_role_list(loader, root, "staff");
        procedure->address_watch = read_role_list(loader, root, "address_watch");
}

static void read_all(Loader *loader, const YamlNode *root)
{
        static const FieldKind group = FIELD_GROUP;
        for (guint i = 0; i < loader->trees->len; i++) {
                const YamlNode *words =
                        yaml_map(g_ptr_array_index(loader->trees, i), "words", loader->problems);
                if (words == NULL)
                        continue;
                words_read(loader->procedure->words, words, loader->languages, loader->problems);
                if (!loader->is_kept)
                        words_check(loader->procedure->words, words, loader->problems);
        }
        if (loader->spare != NULL)
                words_fill(loader->procedure->words, loader->spare);
        read_section(loader, "calendars", read_calendar);
        read_people(loader, root);
        read_actions(loader, yaml_map(root, "acts", loader->problems));
        read_section(loader, "forms", load_form);
        load_check_forms(loader);
        read_role_sources(loader, yaml_map(root, "roles", loader->problems));
        loader->procedure->interruptions = load_field_name(loader, yaml_find(root, "interruptions"), &group);
        read_presence(loader, yaml_map(root, "presence", loader->problems));
        read_section(loader, "documents", read_document);
        read_section(loader, "steps", load_step);
        expand_required(loader->procedure);
        read_section(loader, "summary", read_summary);
        read_section(loader, "names", read_own_name);
        read_section(loader, "commands", read_command);
        read_statuses(loader, root);
        load_organisations(loader, root);
        procedure_check_whole(loader, root);
}

static void read_file(const Loader *loader, const char *name, const char *bytes, gsize size)
{
        static const char *const keys[] = { "procedure",     "prefix",    "languages",     "roles",
                                            "escalation",    "helpers",   "staff",         "address_watch",
                                            "acts",          "forms",     "steps",         "statuses",
                                            "commands",      "documents", "summary",       "words",
                                            "calendars",     "names",     "interruptions", "presence",
                                            "organisations", NULL };
        YamlNode *root = yaml_parse(name, bytes, size, loader->problems);
        if (root == NULL)
                return;
        g_ptr_array_add(loader->trees, root);
        yaml_check_keys(root, keys, loader->problems);
}

static void read_files(const Loader *loader, const char *source, gsize size)
{
        const char *mark = g_str_has_prefix(source, FILE_MARK) ? source : NULL;
        while (mark != NULL) {
                const char *name = mark + strlen(FILE_MARK), *bytes = strchr(name, '\n');
                if (bytes == NULL)
                        break;
                g_autofree char *file = g_strndup(name, (gsize)(bytes - name));
                bytes++;
                const char *next = g_str_has_prefix(bytes, FILE_MARK) ? bytes : strstr(bytes, "\n" FILE_MARK);
                const char *end = next == NULL ? source + size : next == bytes ? next : next + 1;
                read_file(loader, file, bytes, (gsize)(end - bytes));
                mark = next == NULL ? NULL : end;
        }
}

static Procedure *load(Loader *loader, const char *source, gsize size)
{
        g_autofree char *terminated = g_strndup(source, size);
        g_autoptr(Procedure) procedure = procedure_new(terminated, size);
        g_autoptr(GPtrArray) trees = g_ptr_array_new_with_free_func((GDestroyNotify)yaml_tree_free);
        guint before = problems_count(loader->problems);
        loader->procedure = procedure;
        loader->trees = trees;
        read_files(loader, terminated, size);
        const YamlNode *root = NULL;
        for (guint i = 0; i < trees->len && root == NULL; i++)
                if (yaml_find(g_ptr_array_index(trees, i), "procedure") != NULL)
                        root = g_ptr_array_index(trees, i);
        if (root == NULL && problems_count(loader->problems) == before)
                problems_add(loader->problems, "rules", 0, 0, "name the file in `paths: procedure:`",
                             "no procedure is there");
        if (root != NULL)
                read_head(loader, root);
        if (root != NULL && procedure->languages[0] != NULL)
                read_all(loader, root);
        return problems_count(loader->problems) > before ? NULL : g_steal_pointer(&procedure);
}

Procedure *procedure_load(const char *source, gsize size, Problems *problems)
{
        Loader loader = { .problems = problems };
        return load(&loader, source, size);
}

Procedure *procedure_load_kept(const char *source, gsize size, const Procedure *current, Problems *problems)
{
        Loader loader = { .problems = problems,
                          .is_kept = true,
                          .spare = current != NULL ? current->words : NULL };
        return load(&loader, source, size);
}
