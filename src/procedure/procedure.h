/* procedure/procedure.h: a procedure as data: roles, forms, steps, mails, calendars, read from rules/.
 *
 * procedure_load() is a compiler: it collects every problem with file, line, column and the mend, and gives a
 * Procedure only when there was none. Nothing of one particular procedure is known here.
 */
#pragma once

#include "base/date.h"
#include "base/yaml.h"
#include "procedure/case.h"
#include "procedure/texts.h"

typedef struct Procedure Procedure;

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

/* An instant that follows from the case: a date of a form, half-way between two, or the opening of the task;
 * then so many days on. */
typedef enum { MOMENT_NONE, MOMENT_OPENING, MOMENT_FIELD, MOMENT_HALFWAY } MomentKind;
typedef struct {
        MomentKind kind;
        char *field, *until;    /* "record.start"; until: the other end of a half-way */
        int days, working_days; /* added; may be negative */
} Moment;

/* What happens to a task that a mail can hang on. */
typedef enum { MAIL_ON_OPENED, MAIL_ON_DONE, MAIL_ON_CORRECTED, MAIL_ON_REFUSED } MailOn;
typedef struct {
        MailOn on;
        char *key;      /* template */
        char **to;      /* roles; "actor" is the task's own; NULL-terminated */
        char *if_field; /* "midterm_report.safety_or_pay_problem"; NULL: always */
        char *if_value;
        char **after_too; /* other steps that must be done as well; NULL-terminated */
        const char *file; /* borrowed, interned: the mark that asks for it */
        int line, column;
} MailRule;

typedef struct {
        char *key;    /* "record_validation" */
        char *number; /* "S05" */
        Texts *label;
        char *role;
        ActKind act;
        Weight weight;
        Level level;      /* the least that closes it */
        char *form;       /* filled (ACT_FORM) or shown; NULL */
        char **after;     /* steps that must be done before it opens; NULL-terminated */
        Moment opens;     /* not before this; MOMENT_NONE: at once */
        Moment due;       /* MOMENT_NONE: no deadline */
        GArray *remind;   /* of int: working days after (negative: before) the due day; at most three */
        GArray *escalate; /* of int: working days after the due day; one a level of the line */
        char *returns_to; /* step that opens again when this one is corrected or refused; NULL */
        GPtrArray *mails; /* of MailRule */
        bool label_required;
        const char *file;
        int line;
} Step;

/* An answer that an act offers, with the word people write for it. */
typedef struct {
        char *answer; /* "accept", "correct", "refuse" */
        Texts *word, *label;
        bool needs_reason, is_primary;
} ActionRule;

/* When the case's status changes: once `after` is done and the moment has come. */
typedef struct {
        CaseStatus status;
        char **after;
        Moment at;
} StatusRule;

/* source: the files of a procedure joined by procedure_join(): its bytes are the version a case begins with.
 */
Procedure *procedure_load(const char *source, gsize size, Problems *problems);
void procedure_free(Procedure *procedure);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Procedure, procedure_free)
/* Adds one file to a joined source. */
void procedure_join(GString *source, const char *file, const char *bytes, gsize size);

const char *procedure_key(const Procedure *procedure);    /* "semsem-stages" */
const char *procedure_prefix(const Procedure *procedure); /* "SEMSEM": of [SEMSEM 2026-0142] */
const char *const *procedure_languages(const Procedure *procedure);
const char *procedure_source(const Procedure *procedure, gsize *size_out); /* stored by hash */
const char *procedure_hash(const Procedure *procedure);                    /* SHA-256 of the source, hex */

const GPtrArray *procedure_steps(const Procedure *procedure); /* of Step, in order */
const Step *procedure_step(const Procedure *procedure, const char *key);
const Form *procedure_form(const Procedure *procedure, const char *key);
const Texts *procedure_role_label(const Procedure *procedure, const char *role); /* NULL: no such role */
const GPtrArray *procedure_actions(const Procedure *procedure, ActKind act);     /* of ActionRule */
const GPtrArray *procedure_statuses(const Procedure *procedure);                 /* of StatusRule */
const char *const *procedure_escalation(const Procedure *procedure); /* roles, next in line first */
const char *const *procedure_helpers(
        const Procedure *procedure); /* roles that get questions and remarks of others */

/* Every mail that the procedure or the engine can send, for the checker: visit gets the template key and the
 * mark that asks for it. */
typedef void (*ProcedureMailVisit)(const char *template_key, const char *file, int line, int column,
                                   void *data);
void procedure_mails(const Procedure *procedure, ProcedureMailVisit visit, void *data);

/* Working days of a country's calendar. */
bool procedure_has_country(const Procedure *procedure, const char *country);
bool procedure_is_working_day(const Procedure *procedure, const char *country, Day day);
Day procedure_add_working_days(const Procedure *procedure, const char *country, Day day, int count);
