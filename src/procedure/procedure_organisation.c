/* procedure/procedure_organisation.c: reads what is kept of organisations. */
#include "procedure/procedure_private.h"

void organisation_rule_free(OrganisationRule *rule)
{
        if (rule == NULL)
                return;
        char *const texts[] = { rule->name,     rule->number, rule->place,  rule->country, rule->after,
                                rule->proposed, rule->report, rule->shared, rule->ended };
        char **const lists[] = { rule->keep, rule->named, rule->anonymous, rule->hide, rule->readers };
        for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
                g_free(texts[i]);
        for (size_t i = 0; i < G_N_ELEMENTS(lists); i++)
                g_strfreev(lists[i]);
        g_free(rule);
}

static char *read_field(const Loader *loader, const YamlNode *map, const char *key, const FieldKind *kind)
{
        return load_field_name(loader, yaml_find(map, key), kind);
}

static char **read_fields(const Loader *loader, const YamlNode *map, const char *key)
{
        const YamlNode *list = yaml_list(map, key, loader->problems);
        for (guint i = 0; i < yaml_list_length(list); i++)
                g_free(load_field_name(loader, yaml_list_get(list, i), NULL));
        return load_words(loader, map, key);
}

static char *read_step(const Loader *loader, const YamlNode *map, const char *key)
{
        const YamlNode *node = yaml_find(map, key);
        const char *name = yaml_text(map, key, NULL, loader->problems);
        if (name == NULL || procedure_step(loader->procedure, name) != NULL)
                return g_strdup(name);
        g_autoptr(GPtrArray) names = g_ptr_array_new();
        for (guint i = 0; i < loader->procedure->steps->len; i++)
                g_ptr_array_add(names, ((Step *)g_ptr_array_index(loader->procedure->steps, i))->key);
        load_unknown_name(loader, node, "step", name, names);
        return g_strdup(name);
}

/* Values that the field can have. */
static char **read_values(const Loader *loader, const YamlNode *map, const char *key, const char *name)
{
        const Field *field = name != NULL ? procedure_field(loader->procedure, name, NULL) : NULL;
        const YamlNode *list = yaml_list(map, key, loader->problems);
        for (guint i = 0; field != NULL && i < yaml_list_length(list); i++)
                if (yaml_list_get(list, i)->kind == YAML_SCALAR)
                        load_check_value(loader, yaml_list_get(list, i), field, yaml_list_get(list, i)->text);
        return load_words(loader, map, key);
}

static void read_reports(const Loader *loader, const YamlNode *map, OrganisationRule *rule)
{
        static const char *const keys[] = { "step",  "shared", "named",   "anonymous",
                                            "ended", "hide",   "readers", NULL };
        static const FieldKind date = FIELD_DATE;
        if (map != NULL) {
                yaml_check_keys(map, keys, loader->problems);
                yaml_text_required(map, "step", loader->problems);
                yaml_text_required(map, "shared", loader->problems);
        }
        rule->report = read_step(loader, map, "step");
        rule->shared = read_field(loader, map, "shared", NULL);
        rule->named = read_values(loader, map, "named", rule->shared);
        rule->anonymous = read_values(loader, map, "anonymous", rule->shared);
        rule->ended = read_field(loader, map, "ended", &date);
        rule->hide = read_fields(loader, map, "hide");
        rule->readers = load_words(loader, map, "readers");
        for (char **role = rule->readers; *role != NULL; role++)
                load_check_role(loader, yaml_find(map, "readers"), *role);
}

void load_organisations(const Loader *loader, const YamlNode *root)
{
        static const char *const keys[] = { "name",  "number",   "place",   "country", "keep",
                                            "after", "proposed", "reports", NULL };
        const YamlNode *map = yaml_map(root, "organisations", loader->problems);
        if (map == NULL)
                return;
        OrganisationRule *rule = g_new0(OrganisationRule, 1);
        yaml_check_keys(map, keys, loader->problems);
        yaml_text_required(map, "name", loader->problems);
        yaml_text_required(map, "after", loader->problems);
        rule->name = read_field(loader, map, "name", NULL);
        rule->number = read_field(loader, map, "number", NULL);
        rule->place = read_field(loader, map, "place", NULL);
        rule->country = read_field(loader, map, "country", NULL);
        rule->keep = read_fields(loader, map, "keep");
        rule->after = read_step(loader, map, "after");
        rule->proposed = read_step(loader, map, "proposed");
        read_reports(loader, yaml_map(map, "reports", loader->problems), rule);
        loader->procedure->organisations = rule;
}
