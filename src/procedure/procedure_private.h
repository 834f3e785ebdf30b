/* procedure/procedure_private.h: what the files that read a procedure share. For them alone. */
#pragma once

#include "procedure/calendar.h"
#include "procedure/procedure.h"

/* A mail may attach the event as a calendar file: no document of the procedure; … */
#define ATTACH_CALENDAR "calendar"
#define ATTACH_FILES    "files" /* those of the step's form */

enum { REMINDERS_MAX = 3, STEPS_MAX = 200 };

typedef struct {
        char *role;
        Texts *label;
        const YamlNode *node;
        bool is_used;
} Role;

struct Procedure {
        char *source, *hash, *key, *prefix;
        gsize source_size;
        char **languages;
        GPtrArray *roles;                  /* of Role */
        GPtrArray *sources;                /* of RoleSource */
        GPtrArray *forms;                  /* of Form */
        GPtrArray *steps;                  /* of Step */
        GPtrArray *actions[ACT_ROBOT + 1]; /* of ActionRule */
        GPtrArray *statuses;               /* of StatusRule */
        GPtrArray *commands;               /* of CommandRule */
        GPtrArray *documents;              /* of DocumentRule */
        GPtrArray *summary, *names;        /* of SummaryRule */
        char **escalation, **helpers, **staff, **address_watch;
        char *interruptions;
        PresenceRule *presence;          /* NULL */
        OrganisationRule *organisations; /* NULL */
        EngineWords *words;
        GHashTable *calendars;               /* country -> Calendar */
        GHashTable *step_index, *form_index; /* key -> Step, Form */
};

typedef struct {
        Procedure *procedure;
        Problems *problems;
        const char *const *languages;
        GPtrArray *trees;         /* of YamlNode: the files */
        bool is_kept;             /* was loaded before, perhaps by an older program */
        const EngineWords *spare; /* for what the engine says and the source lacks; NULL */
} Loader;

extern const char *const act_words[];
extern const char *const weight_words[];
extern const char *const level_words[];

Procedure *procedure_new(const char *source, gsize size); /* size bytes, then a NUL */

/* procedure_load.c */
char **load_words(const Loader *loader, const YamlNode *map, const char *key);
Texts *load_texts(const Loader *loader, const YamlNode *map, const char *key, bool is_required);
Role *load_find_role(const Procedure *procedure, const char *name);
/* A problem at node when the role is not there; else it counts as used. */
void load_check_role(const Loader *loader, const YamlNode *node, const char *name);
/* "there is no NOUN `NAME`", with the nearest of names (of char *, borrowed). names is changed. */
void load_unknown_name(const Loader *loader, const YamlNode *node, const char *noun, const char *name,
                       GPtrArray *names);
GPtrArray *load_action_list(const Loader *loader, const YamlNode *list);
void action_rule_free(gpointer data);

/* procedure_form.c */
void load_form(const Loader *loader, const YamlNode *key, const YamlNode *node);
/* Fields that conditions and prefills name: once all forms are there. */
void load_check_forms(const Loader *loader);
void form_free(gpointer data);
/* "form.field" below key must name a field (of that kind, unless NULL); gives a copy. */
char *load_field_name(const Loader *loader, const YamlNode *node, const FieldKind *kind);
void load_check_form_name(const Loader *loader, const YamlNode *node, const char *name);
/* A value that a choice or yes/no field cannot have is a problem at node. */
void load_check_value(const Loader *loader, const YamlNode *node, const Field *field, const char *value);

/* procedure_step.c */
void load_step(const Loader *loader, const YamlNode *key, const YamlNode *node);
Moment load_moment(const Loader *loader, const YamlNode *map, const char *key, bool from_opening);
void step_free(gpointer data);
void moment_clear(Moment *moment);

/* procedure_organisation.c: once forms and steps are there. */
void load_organisations(const Loader *loader, const YamlNode *root);
void organisation_rule_free(OrganisationRule *rule);

/* procedure_check.c */
void procedure_check_whole(const Loader *loader, const YamlNode *root);

/* view.c: the line of a form in a view while the field has no value; a new JSON object, not to be changed
 * once it is in a Field. */
json_t *view_of_empty_field(const Field *field, const char *language);
