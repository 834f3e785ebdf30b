/* procedure/procedure.h: a procedure as data: roles, forms, steps, mails, calendars, read from rules/.
 *
 * procedure_load() is a compiler: it collects every problem with file, line, column and the mend, and gives a
 * Procedure only when there was none. Nothing of one particular procedure is known here.
 */
#pragma once

#include "base/yaml.h"
#include "procedure/case.h"

typedef struct Procedure Procedure;

/* A text in the languages of the procedure. */
typedef struct Texts Texts;
const char *texts_get(const Texts *texts,
                      const char *language); /* falls back to the first language; "" for NULL */

typedef enum {
        ACT_FORM,
        ACT_VALIDATE,
        ACT_ACKNOWLEDGE,
        ACT_AGREE,
        ACT_ANSWER,
        ACT_DATE,
        ACT_GRADE,
        ACT_ROBOT
} ActKind;
typedef enum { WEIGHT_LIGHT, WEIGHT_HEAVY } Weight;
typedef enum {
        FIELD_TEXT,
        FIELD_LONG_TEXT,
        FIELD_DATE,
        FIELD_NUMBER,
        FIELD_CHOICE,
        FIELD_CHOICES,
        FIELD_YES_NO,
        FIELD_SCALE,
        FIELD_FIVE_STEP,
        FIELD_EMAIL,
        FIELD_PHONE,
        FIELD_FILE,
        FIELD_GROUP,
} FieldKind;

typedef struct {
        char *key;
        Texts *label;
        Texts *help; /* NULL */
        FieldKind kind;
        bool is_required;         /* when submitted */
        char *if_field;           /* shown or required only if this field … NULL: always */
        char **if_values;         /* … has one of these values; NULL-terminated */
        bool if_required;         /* the condition makes it required, not shown */
        int64_t min, max;         /* numbers */
        char **choice_keys;       /* NULL-terminated; NULL unless a choice */
        GPtrArray *choice_labels; /* of Texts, beside choice_keys */
        char *prefill;            /* "form.field" of the case; NULL */
        int anchor;               /* [n] in the mail: 1… */
} Field;

typedef struct {
        char *key;
        Texts *title;
        Texts *intro;      /* NULL */
        GPtrArray *fields; /* of Field */
} Form;

typedef struct {
        char *key;    /* "record_validation" */
        char *number; /* "S05" */
        Texts *label;
        char *role;
        ActKind act;
        Weight weight;
        Level level; /* the least that closes it */
        char *form;  /* NULL unless ACT_FORM or the thing acknowledged */
        bool label_required;
} Step;

/* files: parsed roots of the procedure's files. */
Procedure *procedure_load(const GPtrArray *roots, Problems *problems);
void procedure_free(Procedure *procedure);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Procedure, procedure_free)

const char *procedure_key(const Procedure *procedure);    /* "semsem-stages" */
const char *procedure_prefix(const Procedure *procedure); /* "SEMSEM": of [SEMSEM 2026-0142] */
const char *const *procedure_languages(const Procedure *procedure);
const char *procedure_source(const Procedure *procedure,
                             gsize *size_out);          /* the bytes that make the version; stored by hash */
const char *procedure_hash(const Procedure *procedure); /* SHA-256 of the source, hex */

const GPtrArray *procedure_steps(const Procedure *procedure); /* of Step, in order */
const Step *procedure_step(const Procedure *procedure, const char *key);
const Form *procedure_form(const Procedure *procedure, const char *key);
const Texts *procedure_role_label(const Procedure *procedure, const char *role);

/* Every mail that the procedure or the engine can send, for the checker: visit gets the template key and the
 * mark that asks for it. */
typedef void (*ProcedureMailVisit)(const char *template_key, const char *file, int line, int column,
                                   void *data);
void procedure_mails(const Procedure *procedure, ProcedureMailVisit visit, void *data);
