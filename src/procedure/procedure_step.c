/* procedure/procedure_step.c: reads the steps of a procedure: who acts, when it opens and is due, what is
 * mailed. */
#include "procedure/procedure_private.h"

#include <string.h>

static const char *const on_words[] = { "opened",  "again", "done", "corrected",
                                        "refused", "idle",  "time", NULL };

void moment_clear(Moment *moment)
{
        g_free(moment->field);
        g_free(moment->until);
}

static void mail_rule_free(gpointer data)
{
        MailRule *rule = data;
        g_free(rule->key);
        g_strfreev(rule->to);
        g_free(rule->if_field);
        g_free(rule->if_value);
        g_strfreev(rule->after_too);
        g_strfreev(rule->unless);
        g_free(rule->attach);
        moment_clear(&rule->at);
        g_free(rule);
}

static void award_free(AwardRule *award)
{
        if (award == NULL)
                return;
        g_free(award->field);
        g_strfreev(award->values);
        moment_clear(&award->gives_up);
        g_free(award->named_role);
        g_free(award->named_if);
        g_strfreev(award->named_values);
        g_free(award);
}

void step_free(gpointer data)
{
        Step *step = data;
        g_free(step->key);
        g_free(step->number);
        texts_free(step->label);
        g_free(step->role);
        g_free(step->form);
        g_strfreev(step->after);
        moment_clear(&step->opens);
        moment_clear(&step->due);
        g_array_unref(step->remind);
        g_array_unref(step->escalate);
        g_free(step->returns_to);
        g_ptr_array_unref(step->mails);
        g_strfreev(step->also);
        g_clear_pointer(&step->answers, g_ptr_array_unref);
        g_free(step->reply_form);
        g_strfreev(step->again);
        g_free(step->adopts);
        g_free(step->adopts_into);
        moment_clear(&step->until);
        g_free(step->group);
        g_strfreev(step->needs);
        award_free(step->award);
        g_clear_pointer(&step->says, g_hash_table_unref);
        g_free(step);
}

/* "form.field" must be a date of a form. */
static char *read_date_field(const Loader *loader, const YamlNode *map, const char *key)
{
        static const FieldKind date = FIELD_DATE;
        yaml_text(map, key, NULL, loader->problems);
        return load_field_name(loader, yaml_find(map, key), &date);
}

Moment load_moment(const Loader *loader, const YamlNode *map, const char *key, bool from_opening)
{
        static const char *const keys[] = { "field", "halfway_to", "days", "working_days", NULL };
        const YamlNode *node = yaml_map(map, key, loader->problems);
        Moment moment = { .kind = MOMENT_NONE };
        if (node == NULL)
                return moment;
        yaml_check_keys(node, keys, loader->problems);
        moment.field = read_date_field(loader, node, "field");
        moment.until = read_date_field(loader, node, "halfway_to");
        moment.kind = moment.until != NULL   ? MOMENT_HALFWAY
                      : moment.field != NULL ? MOMENT_FIELD
                                             : MOMENT_OPENING;
        moment.days = (int)yaml_int(node, "days", 0, -3650, 3650, loader->problems);
        moment.working_days = (int)yaml_int(node, "working_days", 0, -1000, 1000, loader->problems);
        if (moment.kind != MOMENT_OPENING && moment.field == NULL)
                yaml_problem(node, loader->problems, "add `field:`", "half-way from where is not said");
        if (moment.kind == MOMENT_OPENING && !from_opening)
                yaml_problem(node, loader->problems, "add `field: record.start` or the like",
                             "days from what is not said");
        if (moment.kind == MOMENT_OPENING && moment.days + moment.working_days < 0)
                yaml_problem(node, loader->problems, "write a number from 0",
                             "the deadline lies before the opening");
        return moment;
}

static GArray *read_days(const Loader *loader, const YamlNode *map, const char *key, guint most)
{
        GArray *days = g_array_new(FALSE, FALSE, sizeof(int));
        const YamlNode *list = yaml_list(map, key, loader->problems);
        for (guint i = 0; i < yaml_list_length(list); i++) {
                const YamlNode *item = yaml_list_get(list, i);
                gint64 value;
                if (item->kind != YAML_SCALAR ||
                    !g_ascii_string_to_signed(item->text, 10, -200, 1000, &value, NULL)) {
                        yaml_problem(item, loader->problems,
                                     "write working days after the deadline: -1, 2, 5",
                                     "this is no number of days");
                        continue;
                }
                int number = (int)value;
                if (days->len > 0 && number <= g_array_index(days, int, days->len - 1))
                        yaml_problem(item, loader->problems, "write them in rising order",
                                     "this day does not come after the one before");
                g_array_append_val(days, number);
        }
        if (days->len > most)
                yaml_problem(list, loader->problems, "leave some out", "at most %u are allowed", most);
        return days;
}

static void read_mail_condition(const Loader *loader, const YamlNode *node, MailRule *rule)
{
        const YamlNode *name = yaml_find(node, "if");
        rule->if_field = load_field_name(loader, name, NULL);
        rule->if_value = g_strdup(yaml_text(node, "is", NULL, loader->problems));
        const Field *field = procedure_field(loader->procedure, rule->if_field, NULL);
        if (rule->if_field != NULL && rule->if_value == NULL)
                yaml_problem(name, loader->problems, "add `is: \"yes\"`", "which value counts is not said");
        else if (field != NULL)
                load_check_value(loader, yaml_find(node, "is"), field, rule->if_value);
}

static void read_mail_time(const Loader *loader, const YamlNode *node, MailRule *rule)
{
        rule->at = load_moment(loader, node, "at", false);
        rule->days = (int)yaml_int(node, "days", 0, 1, 365, loader->problems);
        if (rule->on == MAIL_ON_TIME && rule->at.kind == MOMENT_NONE)
                yaml_problem(node, loader->problems, "add `at: {field: record.start, days: -10}` or the like",
                             "the time of the mail is not said");
        if (rule->on == MAIL_ON_IDLE && rule->days == 0)
                yaml_problem(node, loader->problems, "add `days: 7`", "after how many days is not said");
}

static MailRule *read_mail(const Loader *loader, const YamlNode *node)
{
        static const char *const keys[] = { "on", "mail",           "to",          "if",   "is",
                                            "at", "when_also_done", "unless_done", "days", "attach",
                                            NULL };
        yaml_check_keys(node, keys, loader->problems);
        MailRule *rule = g_new0(MailRule, 1);
        rule->file = g_intern_string(node->file);
        rule->line = node->line;
        rule->column = node->column;
        rule->on = (MailOn)yaml_word(node, "on", on_words, MAIL_ON_OPENED, loader->problems);
        rule->key = g_strdup(yaml_text_required(node, "mail", loader->problems));
        rule->to = load_words(loader, node, "to");
        rule->after_too = load_words(loader, node, "when_also_done");
        rule->unless = load_words(loader, node, "unless_done");
        g_auto(GStrv) documents = load_words(loader, node, "attach");
        rule->attach = documents[0] != NULL ? g_strjoinv(" ", documents) : NULL;
        read_mail_condition(loader, node, rule);
        read_mail_time(loader, node, rule);
        for (char **role = rule->to; *role != NULL; role++)
                if (strcmp(*role, "actor") != 0)
                        load_check_role(loader, node, *role);
        if (rule->to[0] == NULL)
                yaml_problem(node, loader->problems, "add `to: actor` or roles", "the mail goes to nobody");
        return rule;
}

static char *read_form_name(const Loader *loader, const YamlNode *node, const char *key)
{
        const char *name = yaml_text(node, key, NULL, loader->problems);
        if (name != NULL)
                load_check_form_name(loader, yaml_find(node, key), name);
        return g_strdup(name);
}

static void read_level(const Loader *loader, const YamlNode *node, Step *step)
{
        step->weight = (Weight)yaml_word(node, "weight", weight_words, WEIGHT_HEAVY, loader->problems);
        int level =
                step->weight == WEIGHT_HEAVY ? LEVEL_A2 : LEVEL_A1; /* DESIGN: the procedure may raise them */
        step->level = (Level)yaml_word(node, "level", level_words, level, loader->problems);
        if ((int)step->level < level)
                yaml_problem(yaml_find(node, "level"), loader->problems, "leave `level` out, or raise it",
                             "a %s act needs at least %s", weight_words[step->weight], level_words[level]);
        const Form *form = procedure_form(loader->procedure, step->form);
        if (form != NULL && form->is_confidential && step_is_form(step) && step->level < LEVEL_A3)
                yaml_problem(node, loader->problems, "add `level: A3`",
                             "the confidential form `%s` is filled on a page alone", form->key);
        if (form != NULL && form->reader != NULL &&
            procedure_role_label(loader->procedure, form->reader) == NULL)
                yaml_problem(node, loader->problems, "name a role of `roles:`",
                             "the form `%s` is read by `%s`, which is no role", form->key, form->reader);
}

static void read_acting(const Loader *loader, const YamlNode *node, Step *step)
{
        step->act = (ActKind)yaml_word(node, "act", act_words, ACT_VALIDATE, loader->problems);
        step->label_required = yaml_bool(node, "label_required", false, loader->problems);
        step->form = read_form_name(loader, node, "form");
        step->reply_form = read_form_name(loader, node, "reply_form");
        if (step->form == NULL && step_is_form(step))
                yaml_problem(node, loader->problems, "add `form: …`", "which form is filled is not said");
        step->also = load_words(loader, node, "also");
        for (char **role = step->also; *role != NULL; role++)
                load_check_role(loader, yaml_find(node, "also"), *role);
        const YamlNode *answers = yaml_list(node, "answers", loader->problems);
        if (answers != NULL)
                step->answers = load_action_list(loader, answers);
        read_level(loader, node, step);
}

/* Every field of a form, or the ones named. */
static char **read_again(const Loader *loader, const YamlNode *node)
{
        const YamlNode *list = yaml_list(node, "again_if", loader->problems);
        g_autoptr(GStrvBuilder) names = g_strv_builder_new();
        for (guint i = 0; i < yaml_list_length(list); i++) {
                g_autofree char *name = load_field_name(loader, yaml_list_get(list, i), NULL);
                if (name != NULL)
                        g_strv_builder_add(names, name);
        }
        return g_strv_builder_end(names);
}

static void read_adoption(const Loader *loader, const YamlNode *node, Step *step)
{
        static const char *const keys[] = { "from", "into", NULL };
        const YamlNode *adopts = yaml_map(node, "adopts", loader->problems);
        if (adopts == NULL)
                return;
        yaml_check_keys(adopts, keys, loader->problems);
        step->adopts = read_form_name(loader, adopts, "from");
        step->adopts_into = read_form_name(loader, adopts, "into");
        if (step->adopts == NULL || step->adopts_into == NULL)
                yaml_problem(adopts, loader->problems, "write `adopts: {from: amendment, into: record}`",
                             "two forms are needed here");
}

static void check_values(const Loader *loader, const YamlNode *map, const char *name, char **values)
{
        const Field *field = procedure_field(loader->procedure, name, NULL);
        for (char **value = values; field != NULL && *value != NULL; value++)
                load_check_value(loader, yaml_find(map, "is"), field, *value);
        if (name != NULL && values[0] == NULL)
                yaml_problem(map, loader->problems, "add `is: \"yes\"`", "which value counts is not said");
}

/* names: {role: student, if: form.field, is: "yes"}: nobody is named without a consent. */
static void read_named(const Loader *loader, const YamlNode *node, AwardRule *award)
{
        static const char *const keys[] = { "role", "if", "is", NULL };
        const YamlNode *map = yaml_map(node, "names", loader->problems);
        if (map == NULL)
                return;
        yaml_check_keys(map, keys, loader->problems);
        award->named_role = g_strdup(yaml_text_required(map, "role", loader->problems));
        award->named_if = load_field_name(loader, yaml_find(map, "if"), NULL);
        award->named_values = load_words(loader, map, "is");
        if (award->named_role != NULL && procedure_role_label(loader->procedure, award->named_role) == NULL)
                yaml_problem(yaml_find(map, "role"), loader->problems, "name a role of `roles:`",
                             "`%s` is no role", award->named_role);
        if (yaml_find(map, "if") == NULL)
                yaml_problem(map, loader->problems, "add `if: form.field`",
                             "which answer lets the name be shown is not said");
        check_values(loader, map, award->named_if, award->named_values);
}

static void read_award(const Loader *loader, const YamlNode *node, Step *step)
{
        static const char *const keys[] = { "if", "is", "unless", "gives_up", "names", NULL };
        const YamlNode *map = yaml_map(node, "award", loader->problems);
        if (map == NULL)
                return;
        yaml_check_keys(map, keys, loader->problems);
        AwardRule *award = step->award = g_new0(AwardRule, 1);
        const YamlNode *name =
                yaml_find(map, "unless") != NULL ? yaml_find(map, "unless") : yaml_find(map, "if");
        award->is_denied_by = yaml_find(map, "unless") != NULL;
        award->field = load_field_name(loader, name, NULL);
        award->values = load_words(loader, map, "is");
        award->gives_up = load_moment(loader, map, "gives_up", false);
        check_values(loader, map, award->field, award->values);
        read_named(loader, map, award);
}

static bool is_answer_of(const Loader *loader, const Step *step, const char *value)
{
        const GPtrArray *actions = procedure_step_actions(loader->procedure, step);
        for (guint i = 0; i < actions->len; i++)
                if (strcmp(((const ActionRule *)g_ptr_array_index(actions, i))->value, value) == 0)
                        return true;
        return false;
}

/* `says: {open: …, correct: …}`: words of the step's own for its states and answers. */
static void read_says(const Loader *loader, const YamlNode *node, Step *step)
{
        const YamlNode *map = yaml_map(node, "says", loader->problems);
        if (map == NULL)
                return;
        step->says = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)texts_free);
        for (guint i = 0; i < map->keys->len; i++) {
                const YamlNode *key = g_ptr_array_index(map->keys, i);
                TaskState state;
                if (!task_state_parse(key->text, &state) && !is_answer_of(loader, step, key->text))
                        yaml_problem(key, loader->problems, "write a state (open, done, …) or an answer",
                                     "`%s` is never `%s`", step->key, key->text);
                g_hash_table_insert(
                        step->says, g_strdup(key->text),
                        texts_read(g_ptr_array_index(map->items, i), loader->languages, loader->problems));
        }
}

static void read_time(const Loader *loader, const YamlNode *node, Step *step)
{
        step->after = load_words(loader, node, "after");
        step->opens = load_moment(loader, node, "opens", false);
        step->due = load_moment(loader, node, "due", true);
        step->until = load_moment(loader, node, "until", false);
        step->is_weekly = yaml_bool(node, "weekly", false, loader->problems);
        step->is_on_request = yaml_bool(node, "on_request", false, loader->problems);
        step->remind = read_days(loader, node, "remind", REMINDERS_MAX);
        step->escalate = read_days(loader, node, "escalate", g_strv_length(loader->procedure->escalation));
        if (step->due.kind == MOMENT_NONE && step->remind->len + step->escalate->len > 0)
                yaml_problem(node, loader->problems, "add `due:`", "reminders need a deadline to count from");
        bool is_same = step->opens.kind == step->due.kind && step->opens.kind != MOMENT_NONE &&
                       g_strcmp0(step->opens.field, step->due.field) == 0 &&
                       g_strcmp0(step->opens.until, step->due.until) == 0;
        if (is_same && step->due.days * 5 + step->due.working_days * 7 <
                               step->opens.days * 5 + step->opens.working_days * 7)
                yaml_problem(yaml_find(node, "due"), loader->problems, "write a later day",
                             "the deadline lies before the opening");
        if (step->is_weekly && (step->opens.kind == MOMENT_NONE || step->until.kind == MOMENT_NONE))
                yaml_problem(node, loader->problems, "add `opens:` and `until:`",
                             "from when until when it comes each week is not said");
}

/* party: one of several that each act on their own part; NULL: the step itself. */
static Step *read_one(const Loader *loader, const YamlNode *key, const YamlNode *node, const char *party)
{
        Step *step = g_new0(Step, 1);
        step->key = party != NULL ? g_strdup_printf("%s_%s", key->text, party) : g_strdup(key->text);
        step->file = g_intern_string(key->file);
        step->line = key->line;
        step->column = key->column;
        step->number = g_strdup(yaml_text(node, "number", "", loader->problems));
        step->label = load_texts(loader, node, "label", true);
        read_acting(loader, node, step);
        read_time(loader, node, step);
        step->again = read_again(loader, node);
        read_adoption(loader, node, step);
        read_award(loader, node, step);
        read_says(loader, node, step);
        step->needs = load_words(loader, node, "needs");
        step->returns_to = g_strdup(yaml_text(node, "returns_to", NULL, loader->problems));
        step->mails = g_ptr_array_new_with_free_func(mail_rule_free);
        step->role = g_strdup(party != NULL ? party : yaml_text(node, "role", NULL, loader->problems));
        return step;
}

static void read_mails(const Loader *loader, const YamlNode *node, Step *step, bool is_party, bool is_group)
{
        const YamlNode *mails = yaml_list(node, "mails", loader->problems);
        for (guint i = 0; i < yaml_list_length(mails); i++) {
                MailRule *rule = read_mail(loader, yaml_list_get(mails, i));
                bool asks = rule->on == MAIL_ON_OPENED || rule->on == MAIL_ON_AGAIN;
                if ((is_party && !asks) || (is_group && asks))
                        mail_rule_free(rule);
                else
                        g_ptr_array_add(step->mails, rule);
        }
}

static void add_step(const Loader *loader, const YamlNode *key, Step *step)
{
        g_ptr_array_add(loader->procedure->steps, step);
        if (!g_hash_table_insert(loader->procedure->step_index, step->key, step))
                yaml_problem(key, loader->problems, "give one of them another key",
                             "there are two steps `%s`", step->key);
}

/* A step of several parties is one step each, and one of the robot's that closes when all have acted. */
static void read_parties(const Loader *loader, const YamlNode *key, const YamlNode *node,
                         const YamlNode *parties)
{
        g_autoptr(Problems) said_already = problems_new(); /* the group's reading tells what is wrong, once */
        Loader quiet = *loader;
        quiet.problems = said_already;
        Step *group = read_one(loader, key, node, NULL);
        g_autoptr(GStrvBuilder) needs = g_strv_builder_new();
        for (guint i = 0; i < yaml_list_length(parties); i++) {
                const YamlNode *role = yaml_list_get(parties, i);
                if (role->kind != YAML_SCALAR)
                        continue;
                load_check_role(loader, role, role->text);
                Step *step = read_one(&quiet, key, node, role->text);
                step->group = g_strdup(key->text);
                step->label_required = false;
                read_mails(&quiet, node, step, true, false);
                g_strv_builder_add(needs, step->key);
                add_step(loader, role, step);
        }
        group->act = ACT_ROBOT;
        g_clear_pointer(&group->answers, g_ptr_array_unref);
        moment_clear(&group->due);
        group->due = (Moment){ .kind = MOMENT_NONE };
        g_array_set_size(group->remind, 0);
        g_array_set_size(group->escalate, 0);
        g_strfreev(group->again);
        group->again = g_new0(char *, 1);
        g_strfreev(group->needs);
        group->needs = g_strv_builder_end(needs);
        read_mails(loader, node, group, false, true);
        add_step(loader, key, group);
}

static void check_acting(const Loader *loader, const YamlNode *key, const YamlNode *node, const Step *step)
{
        if (step->act == ACT_ROBOT)
                return;
        if (yaml_text_required(node, "role", loader->problems) != NULL)
                load_check_role(loader, yaml_find(node, "role"), step->role);
        for (guint i = 0; i < step->mails->len; i++) {
                const MailRule *rule = g_ptr_array_index(step->mails, i);
                if (rule->on == MAIL_ON_OPENED && g_strv_contains((const char *const *)rule->to, "actor"))
                        return;
        }
        yaml_problem(key, loader->problems, "add to its mails `- {on: opened, mail: …, to: actor}`",
                     "nobody is asked: the step `%s` cannot be finished", step->key);
}

void load_step(const Loader *loader, const YamlNode *key, const YamlNode *node)
{
        static const char *const keys[] = {
                "number",         "label", "role",    "act",        "weight",   "level",      "form",
                "after",          "opens", "due",     "remind",     "escalate", "returns_to", "mails",
                "label_required", "also",  "answers", "reply_form", "again_if", "adopts",     "on_request",
                "weekly",         "until", "parties", "needs",      "award",    "says",       NULL
        };
        yaml_check_keys(node, keys, loader->problems);
        if (loader->procedure->steps->len >= STEPS_MAX) {
                yaml_problem(key, loader->problems, "take some out", "a procedure has at most %d steps",
                             STEPS_MAX);
                return;
        }
        const YamlNode *parties = yaml_list(node, "parties", loader->problems);
        if (parties != NULL) {
                read_parties(loader, key, node, parties);
                return;
        }
        Step *step = read_one(loader, key, node, NULL);
        read_mails(loader, node, step, false, false);
        check_acting(loader, key, node, step);
        add_step(loader, key, step);
}
