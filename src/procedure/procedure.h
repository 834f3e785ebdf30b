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
#include "procedure/words.h"

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
        Texts *help;    /* NULL */
        Texts *heading; /* of the part of the form that begins with this field; NULL: the same part goes on */
        FieldKind kind;
        bool is_required;         /* when submitted */
        char *if_field;           /* shown or required only if this field of the form, or this "form.field" or
                                     "case.country", … NULL: always */
        char **if_values;         /* … has one of these values; NULL-terminated */
        bool if_required;         /* the condition makes it required, not shown */
        int64_t min, max;         /* numbers */
        char **choice_keys;       /* NULL-terminated; NULL unless a choice */
        GPtrArray *choice_labels; /* of Texts, beside choice_keys */
        char *prefill;            /* "form.field" of the case, or "role.last_name" and the like: of who plays
                                     it when the case begins with this form; NULL */
        GPtrArray *columns;       /* FIELD_GROUP: of Field, what each line of the group holds; NULL */
        int anchor;               /* [n] in the mail: 1… */
        json_t *empty; /* by language: its line in a view while it has no value; NULL in a column */
        const EngineWords *words; /* borrowed from the procedure; NULL in tests */
} Field;

typedef struct {
        char *key;
        Texts *title;
        Texts *intro;         /* NULL */
        GPtrArray *fields;    /* of Field */
        bool is_confidential; /* its values never enter an event, a record, a view */
        char *reader;         /* of a confidential form: the only role that may open it; NULL */
        bool is_used;         /* by a step; for the checker */
        const char *file;
        int line;
} Form;

/* An instant that follows from the case: a date of a form, half-way between two, or the opening of the task;
 * then so many days on. */
typedef enum { MOMENT_NONE, MOMENT_OPENING, MOMENT_FIELD, MOMENT_HALFWAY } MomentKind;
typedef struct {
        MomentKind kind;
        char *field, *until;    /* "record.start"; until: the other end of a half-way */
        int days, working_days; /* added; may be negative */
} Moment;

/* An answer that an act offers, with the word people write for it. */
typedef enum { CLOSES_DONE, CLOSES_REFUSED } ActionCloses;
typedef struct {
        char *answer; /* what is heard: "accept", "correct", "refuse" */
        char *value;  /* what is recorded: "absent", "no"; the answer when the rules do not say */
        char *hears;  /* the statement that means it here, "begun", "absent" (mail/reading.h); NULL */
        Texts *word, *label;
        ActionCloses closes;
        bool needs_reason, is_primary;
        bool tells_staff; /* a line in the digest follows */
} ActionRule;

/* What a robot's step decides when its needs are done. */
typedef struct {
        char *field; /* "record.in_university"; NULL: always good */
        char **values;
        bool is_denied_by;   /* these values deny and any other allows, rather than the other way round */
        Moment gives_up;     /* then it is not awarded, with what is missing */
        char *named_role;    /* whose name is shown to whoever verifies the award; NULL: nobody's … */
        char *named_if;      /* … and only when this "form.field" … */
        char **named_values; /* … has one of these values: their consent */
} AwardRule;

/* What happens to a task that a mail can hang on. */
typedef enum {
        MAIL_ON_OPENED,
        MAIL_ON_AGAIN, /* opened once more; without such a rule those of MAIL_ON_OPENED serve */
        MAIL_ON_DONE,
        MAIL_ON_CORRECTED,
        MAIL_ON_REFUSED,
        MAIL_ON_IDLE, /* begun, then left alone for `days` */
        MAIL_ON_TIME, /* not done when the moment `at` comes */
} MailOn;
typedef struct {
        MailOn on;
        char *key;      /* template */
        char **to;      /* roles; "actor" is the task's own; NULL-terminated */
        char *if_field; /* "midterm_report.safety_or_pay_problem"; NULL: always */
        char *if_value;
        char **after_too; /* other steps that must be done as well; NULL-terminated */
        char **unless;    /* not when all of these are done; NULL-terminated, empty: always */
        char *attach;     /* documents, space separated; NULL */
        Moment at;        /* MAIL_ON_TIME */
        int days;         /* MAIL_ON_IDLE */
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
        char **also;        /* other roles that may act; NULL-terminated */
        GPtrArray *answers; /* of ActionRule: its own; NULL: those of its act */
        char *reply_form;   /* fields that may come with the answer; NULL */
        char **again;       /* "form.field"s that, once changed, ask again; NULL-terminated */
        char *adopts;       /* form whose values, once this step is done, replace those of … */
        char *adopts_into;  /* … this form; NULL */
        bool is_on_request; /* opens when somebody asks for it, as often as they like */
        bool is_weekly;     /* opens each last working day of the week, never blocks */
        Moment until;       /* the last week; MOMENT_NONE */
        char *group;        /* key of the step that this one is a party of; NULL */
        char **needs;       /* robot: closes when these are done; NULL-terminated */
        AwardRule *award;   /* robot: NULL: nothing to decide */
        GHashTable *says;   /* state of the task, or the answer that closed it -> Texts, in place of the
                               engine's   word; NULL */
        const char *file;
        int line, column;
} Step;

/* When the case's status changes: once `after` is done and the moment has come. */
typedef struct {
        CaseStatus status;
        char **after;
        Moment at;
} StatusRule;

/* What the rules add to a command that people write. */
typedef struct {
        char *key;    /* of rules/reading */
        char **opens; /* steps: the first that may open, opens; NULL-terminated */
        char *fills;  /* "form.field" that the argument fills; NULL */
        Level level;  /* the least it needs; LEVEL_A0: the engine's own */
} CommandRule;

/* A document that can be made for a case. */
typedef struct {
        char *key;
        Texts *label;
        char **after;     /* steps that must be done; NULL-terminated */
        const char *file; /* borrowed, interned */
        int line, column;
} DocumentRule;

/* A name that templates see (below `case`, or of its own), and what it stands for. */
typedef struct {
        char *name;
        char *role;  /* NULL: a field */
        char *field; /* "record.organisation" */
} SummaryRule;

/* What of a form says which organisation a case is at, and what is kept of it for the next ones. */
typedef struct {
        char *name;                /* "record.organisation" */
        char *number;              /* its registration number: the same one is the same organisation; NULL */
        char *place, *country;     /* NULL */
        char **keep;               /* fields that fill the next record; NULL-terminated */
        char *after;               /* step that must be done before anything is taken from a case */
        char *proposed;            /* step whose answer is kept: is it proposed again? NULL */
        char *report;              /* step whose form is shared with those who come later; NULL: none */
        char *shared;              /* "form.field" in which the writer says so … */
        char **named, **anonymous; /* … with their name, or without it */
        char *ended;               /* date whose year is shown with it; NULL */
        char **hide;               /* fields of it that are not shown */
        char **readers;            /* roles that may ask; NULL-terminated */
} OrganisationRule;

/* The case's people that a form names: role, and the fields with name, address and language. */
typedef struct {
        char *role;
        char **name_fields; /* joined with a blank; NULL-terminated */
        char *email_field;
        char *language_field; /* NULL */
} RoleSource;

/* The fields that presence is reckoned from (procedure/presence.h): from, to and hours_per_week are there;
 * pay and pay_per (a choice of hour and month) may be NULL. */
typedef struct {
        char *from, *to, *hours_per_week, *pay, *pay_per;
} PresenceRule;

/* source: the files of a procedure joined by procedure_join(): its bytes are the version a case begins with.
 */
Procedure *procedure_load(const char *source, gsize size, Problems *problems);
/* The same of a version that was loaded once, by a program whose engine may have said other words: those it
 * lacks are the current procedure's (NULL: blank), so that its cases go on. */
Procedure *procedure_load_kept(const char *source, gsize size, const Procedure *current, Problems *problems);
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
const GPtrArray *procedure_forms(const Procedure *procedure);                    /* of Form */
const char *procedure_role(const Procedure *procedure, guint index);             /* its key; NULL: no more */
const Texts *procedure_role_label(const Procedure *procedure, const char *role); /* NULL: no such role */
const GPtrArray *procedure_step_actions(const Procedure *procedure, const Step *step); /* of ActionRule */
bool step_is_form(const Step *step);                             /* closes by values: form, date, grade */
const Field *form_find_field(const Form *form, const char *key); /* NULL */
/* "form.field": NULL when there is none such. */
const Field *procedure_field(const Procedure *procedure, const char *name, const Form **form_out);
const GPtrArray *procedure_statuses(const Procedure *procedure);                   /* of StatusRule */
const CommandRule *procedure_command(const Procedure *procedure, const char *key); /* NULL: nothing added */
const GPtrArray *procedure_commands(const Procedure *procedure);                   /* of CommandRule */
const GPtrArray *procedure_documents(const Procedure *procedure);                  /* of DocumentRule */
const GPtrArray *procedure_summary(const Procedure *procedure); /* of SummaryRule: below `case` */
const GPtrArray *procedure_names(const Procedure *procedure);   /* of SummaryRule: of their own */
const OrganisationRule *procedure_organisations(const Procedure *procedure); /* NULL: nothing is kept */
const GPtrArray *procedure_role_sources(const Procedure *procedure);         /* of RoleSource */
/* The role that a word of people names: its key, or its label in any language; NULL. Borrowed. */
const char *procedure_role_named(const Procedure *procedure, const char *word);
const char *const *procedure_escalation(const Procedure *procedure); /* roles, next in line first */
const char *const *procedure_helpers(
        const Procedure *procedure); /* roles that get questions and remarks of others */

const char *const *procedure_staff(const Procedure *procedure);         /* roles whose staff commands count */
const char *const *procedure_address_watch(const Procedure *procedure); /* roles told of a failing address */
const char *procedure_interruptions(const Procedure *procedure);        /* group field "form.field"; NULL */
const PresenceRule *procedure_presence(const Procedure *procedure);     /* NULL: none */
const char *procedure_word(const Procedure *procedure, const char *key, const char *language);

/* Every mail that the procedure or the engine can send, for the checker: visit gets the template key and the
 * mark that asks for it. */
typedef void (*ProcedureMailVisit)(const char *template_key, const char *file, int line, int column,
                                   void *data);
void procedure_mails(const Procedure *procedure, ProcedureMailVisit visit, void *data);

/* Working days of a country's calendar. */
GPtrArray *procedure_countries(
        const Procedure *procedure); /* of char *, borrowed, sorted; the caller frees the array */
bool procedure_has_country(const Procedure *procedure, const char *country);
/* What an institution's own calendar says otherwise than the rules; an unknown country has none. */
void procedure_set_day(Procedure *procedure, const char *country, Day day, bool is_working);
bool procedure_is_working_day(const Procedure *procedure, const char *country, Day day);
/* The last working weekday of a country's week: 5 for Friday, 4 for Thursday. */
int procedure_week_end(const Procedure *procedure, const char *country);
Day procedure_add_working_days(const Procedure *procedure, const char *country, Day day, int count);
