/* mail/reading.h: what one incoming message says, as plain values.
 *
 * Pure: bytes in, a Reading out, whatever the bytes. Decides nothing about a case. It happens in two turns:
 * first the references found in the message, which the caller looks up; then, with the texts of our own mails
 * that they name, the reading itself, from which our own lines are removed.
 */
#pragma once

#include "mail/message.h"
#include "mail/patterns.h"

#include <jansson.h>
#include <stdbool.h>

typedef enum {
        MAIL_HUMAN,     /* "reply": a person wrote it */
        MAIL_AUTOMATIC, /* "auto_reply": out of office and the like (RFC 3834) */
        MAIL_BOUNCE,    /* "bounce": a delivery report that says failed or delayed (RFC 3464 and the many that
                           are not) */
        MAIL_RECEIPT,   /* "receipt": MDN, a mail program's "it was opened" (RFC 8098) */
        MAIL_CALENDAR,  /* "calendar": iTIP answer (RFC 5546) */
        MAIL_REACTION,  /* "reaction": an emoji (RFC 9078) */
        MAIL_CHALLENGE, /* "challenge": a spam filter asks us to prove we are human */
        MAIL_LIST,      /* "list": list or bulk mail */
        MAIL_OWN,       /* "own": the robot's own */
        MAIL_OTHER,     /* "other": feedback and success reports, no mail at all */
} MailKind;
const char *mail_kind_word(MailKind kind);

typedef enum {
        INTENT_ACCEPT,
        INTENT_REFUSE,
        INTENT_UNCLEAR,
        INTENT_QUESTION,
        INTENT_NOT_NOW,
        INTENT_ACK
} Intent;
const char *intent_word(Intent intent);

/* First turn: who and what the message refers to. Candidates only; the caller checks them. */
typedef struct {
        GPtrArray *tokens; /* of char *, canonical: from To, Cc, Delivered-To, X-Original-To, Envelope-To, …;
                              best first */
        GPtrArray *body_tokens;  /* of char *: from links and addresses in the body, quote included: routing
                                    only */
        GPtrArray *message_ids;  /* of char *: In-Reply-To, References (last first), and in reports the
                                    returned Message-ID */
        char *subject_reference; /* "SEMSEM 2026-0142" in the subject's brackets, without the brackets; NULL
                                  */
        char *from;              /* as message_from(); NULL */
        char *message_id;        /* its own; NULL */
} References;

References *references_find(Message *message);
References *references_new(void); /* with empty lists, no strings */
void references_free(References *references);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(References, references_free)

typedef struct {
        char *recipient; /* addr-spec */
        bool is_permanent;
        char status[12]; /* "5.1.1", "" when unknown */
} Bounce;

typedef struct {
        char *name; /* as the sender wrote it, decoded, on one line: for showing only; "" when it has none */
        char *file_name; /* without slashes, colons, leading dots, at most 120 bytes: safe as a file's name;
                            "" */
        char *type;      /* true type where known by content, else declared */
        int64_t size_bytes;
        bool is_inline; /* signature logo, vCard: not something handed in */
} Attachment;

/* One `Label [n] : value` of a form in the reply (MAIL.md D43), from the new text or the quote; only what
 * differs from our mail. */
typedef struct {
        int anchor;     /* n */
        char *label;    /* as written; "" */
        char *value;    /* continuation lines joined with \n; may be "" */
        bool is_quoted; /* found inside the quote */
} FormLine;

/* A command of PROCEDURE.md section 6: key as in rules ("validate", "follow", "undo", …) and what follows it.
 * Staff write the numbers of the digest's lines before it: `1 3 7 VALIDER ; 4 RELANCER`. */
typedef struct {
        char *key;
        char *argument; /* "" */
        char *numbers;  /* "1 3 7", one blank between; NULL or "" when there are none */
        char *written;  /* the line, or its part between semicolons, as written; at most 200 bytes */
} Command;

/* Did the trusted border vouch for From? (MAIL.md D19) */
typedef enum { AUTH_NONE, AUTH_PASS, AUTH_FAIL } AuthVerdict;

typedef struct {
        MailKind kind;
        char *subject;
        char *author; /* the first author, for showing; NULL */
        char *from;   /* the author who may act: NULL unless there is exactly one */
        char *from_name;
        char *sender; /* Sender: when it differs from From; NULL */
        char *message_id;
        char *text; /* the new text: what the person wrote, without quote, signature, banner */
        Intent intent;
        char *reason;        /* of a refusal or correction: the text around it; NULL when there is none */
        char *statement;     /* what is said of the matter, for a step that asks: "begun", "absent"; NULL */
        GPtrArray *commands; /* of Command, in order */
        bool is_unopposed;   /* commands with numbers: what stands beside their lines takes nothing back */
        GPtrArray *lines;    /* of FormLine */
        GPtrArray *bounces;  /* of Bounce */
        GPtrArray *attachments; /* of Attachment */
        AuthVerdict auth;
        bool is_doubtful;   /* automatic answers: perhaps a person's, whose mark a rule set (CLASS_DOUBT) */
        char *absent_until; /* automatic answers: the date as written; NULL */
        char *table;        /* a CSV that came with the command `import`, valid UTF-8; NULL */
        char *table_name;   /* its file's name; NULL */
        char *deputy;       /* automatic answers: the address to write to instead; NULL */
        GPtrArray *why;     /* of char *: one fact each: "class: Auto-Submitted header", "intent: accept by
                               rules/reading/fr.yaml:12", … */
} Reading;

typedef struct {
        const Patterns *patterns;
        const char *const *trusted_authserv; /* NULL-terminated; NULL: nobody is believed */
        const char *own_address;             /* the robot's; NULL */
        const char *instance;                /* X-Facteur-Loop value; NULL */
} ReadingContext;

/* Loads what reading takes from files (converters of charsets, types of files): once, before the process that
 * reads is sealed. Optional elsewhere. */
void reading_load(void);

/* Second turn. own: raw bytes (GBytes) of the mails of ours that the references named; may be NULL or empty.
 */
Reading *reading_make(Message *message, const ReadingContext *context, const GPtrArray *own);
Reading *reading_new(void); /* with empty lists, no strings */
void reading_free(Reading *reading);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Reading, reading_free)

/* The object that `facteur read --json` prints ("file" is added by the command). */
json_t *reading_to_json(const Reading *reading);

/* For the pipe between reader and clerk: appended to out, and back; NULL when the bytes are no such thing,
 * whatever they are. */
void reading_to_bytes(const Reading *reading, GByteArray *out);
Reading *reading_from_bytes(const char *bytes, size_t size);
void references_to_bytes(const References *references, GByteArray *out);
References *references_from_bytes(const char *bytes, size_t size);
