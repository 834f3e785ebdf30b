/* procedure/decide.h: the heart: a case, an event and the time give what follows, as values.
 *
 * Pure. The caller makes it real in one transaction: appends the records to the journal and folds them into
 * the state with case_apply(), puts the mails into the outbox, replaces the case's timers by case_timers() of
 * the new state, closes the inbox row with the outcome. A test of decide() compares decision_print().
 *
 * What needs the outside is said as a value and made real by the caller:
 * - Decision.strangers: people a form or a command named. Nothing else was decided yet: the caller gives each
 * an id (who has the address already stays who they are), adds them to the case's people and decides again;
 * - MailOrder.attach: documents to make and attach; MailOrder.lookup: what to look up for the template;
 * - a RECORD_NOTED whose payload says `what: "address"`: the person's address becomes `address`;
 * - Event.sealed: the reference of a confidential form that was sealed before it was stored. Its values are
 * in no event: decide() refuses those that come by mail.
 */
#pragma once

#include "procedure/procedure.h"

typedef enum {
        EVENT_BEGIN,   /* the case begins at `step` with holders and data */
        EVENT_ANSWER,  /* a person answered about a step, or about a confirmation request */
        EVENT_COMMAND, /* a person wrote a command */
        EVENT_FILES,   /* a person sent files that are not taken */
        EVENT_MERGED,  /* the files `token_person` and `other` are of one person: the first takes all over;
                          is_permanent: the other's address fails, what waits is asked again */
        EVENT_TIMER,   /* time has come for this case: do all that is due */
        EVENT_UNREACHABLE, /* a mail to `person` bounced */
        EVENT_ABSENT,      /* an automatic answer from `person` */
        EVENT_DOUBTFUL,    /* an answer that bears an automatic mark, and may be a person's all the same */
        EVENT_MIGRATE,     /* the case goes on by another version of its procedure than `from` */
} EventKind;
const char *event_kind_word(EventKind kind);

typedef enum {
        ANSWER_ACCEPT,
        ANSWER_CORRECT,
        ANSWER_REFUSE,
        ANSWER_ACK,
        ANSWER_UNCLEAR,
        ANSWER_QUESTION,
        ANSWER_NOT_NOW,
        ANSWER_FORM
} Answer;

/* A value given to a field, as the person wrote it. */
typedef struct {
        int anchor;
        char *label; /* that stood beside it, as the person left it; NULL: the anchor alone tells */
        char *value;
} GivenValue;
GPtrArray *given_values_new(void); /* of GivenValue, which it owns */
/* Without a label; borrowed. */
GivenValue *given_values_add(GPtrArray *values, int anchor, const char *value);

typedef struct {
        EventKind kind;
        int64_t message;        /* inbox row; 0: time */
        const char *message_id; /* of that mail, without <>; NULL */
        const char *step;       /* the task meant; NULL: unknown */
        int64_t person; /* who wrote, by registered address; 0: an address we do not know in this case */
        int64_t token_person; /* whom the token was given to; 0: no token */
        int64_t other;        /* EVENT_MERGED: the file that goes; 0 */
        bool is_confirmation; /* the token is that of a confirmation request for `step` */
        bool asks_nothing;    /* the mail that is answered was news or a receipt */
        Level level;          /* A0-A3 of this event */
        const char *address;  /* the From address: shown in the confirmation request; NULL */

        Answer answer;           /* EVENT_ANSWER */
        const char *reason;      /* NULL */
        const char *text;        /* the new text, for a question or a remark passed on; NULL */
        const GPtrArray *values; /* of GivenValue; NULL */
        int conflicting_anchor;  /* two different values for one field; 0: none */

        const char *via;    /* "page"; NULL: a reply */
        bool is_draft;      /* ANSWER_FORM: keep the values, do not submit */
        const char *sealed; /* ANSWER_FORM of a confidential form: reference of the sealed payload; NULL */

        bool is_staff;       /* the writer is known as staff, whatever roles they hold here */
        const char *command; /* EVENT_COMMAND: key of rules/reading ("undo", "follow", "help", …) */
        const char *argument;

        bool is_permanent;  /* EVENT_UNREACHABLE */
        const char *detail; /* status of the bounce, return date of the absence; NULL */

        const json_t *files; /* EVENT_FILES: for the mail that tells of them: array of objects */
        bool is_winmail;     /* one that only Outlook opens is among them */
        bool is_wordless;    /* and there was no text beside it */

        const Procedure *from; /* EVENT_MIGRATE: the version that the case ran by; NULL: it cannot be read */

        const Case *begin; /* EVENT_BEGIN: reference, procedure, country, timezone, holders, data, people as
                              wished */
} Event;

/* What becomes of the inbox row (DESIGN.md 2.6). */
typedef enum { OUTCOME_APPLIED, OUTCOME_ASKED_BACK, OUTCOME_HELD, OUTCOME_IGNORED } Outcome;
const char *outcome_word(Outcome outcome);

/* One mail to send. */
typedef struct {
        char *key;          /* template: "record_to_validate" */
        int64_t person;     /* to */
        char *role;         /* in which the person is written to; NULL */
        char *step;         /* whose action the mail holds or tells about; NULL */
        char *actions;      /* what the reply token allows: "answer", "confirm", "" for information */
        bool is_answer;     /* answers a mail of this person: may go at night */
        int64_t not_before; /* Unix seconds; 0: now */
        int generation;     /* with case, step, key and person it makes the Message-ID: same mail, same id */
        json_t *params;     /* object: extra values for the template (reason, missing fields, n of 3, …) */
        char *attach;       /* documents of the procedure ("agreement label"), "calendar", "files"; NULL */
        char *about;  /* the role that it tells of, when one decision orders the same mail about several; NULL
                       */
        char *lookup; /* what the caller adds to the view: "feedbacks" of params.organisation; NULL */
} MailOrder;

typedef struct {
        GPtrArray *records;   /* of Record */
        GPtrArray *mails;     /* of MailOrder */
        GPtrArray *strangers; /* of Person without id: see above; then records and mails are empty */
        Outcome outcome;
        char *rule; /* which rule of the procedure or engine decided, for explain: "record_validation.accept
                       (semsem-stages.yaml:120)" */
} Decision;

/* now: Unix seconds. the_case is NULL for EVENT_BEGIN alone. Always gives a Decision. */
Decision *decide(const Procedure *procedure, const Case *the_case, const Event *event, int64_t now);
void decision_free(Decision *decision);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Decision, decision_free)
char *decision_print(const Decision *decision); /* one effect a line */

/* When the case must be looked at again: what the state waits for, soonest first. A function of the state
 * alone. */
typedef struct {
        char *step; /* NULL: the case */
        char *kind; /* "open", "remind", "overdue", "escalate", "tell", "give_up", "holder", "resume",
                       "status" */
        int64_t due_at;
} Timer;
GPtrArray *case_timers(const Procedure *procedure, const Case *the_case); /* of Timer */

/* What the procedure knows, as the view that templates get: case, step, form fields with anchors and values.
 * language: the reader's. wanted: the names that will be read, NULL-terminated: to make all of them costs
 * more than the mail; NULL: all. */
json_t *case_view(const Procedure *procedure, const Case *the_case, const MailOrder *mail,
                  const char *language, GTimeZone *zone, int64_t now, const char *const *wanted);
