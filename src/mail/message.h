/* mail/message.h: one message, parsed within limits: headers, parts, text.
 *
 * A linear scan comes before GMime and refuses what would cost too much (MAIL.md D41); then GMime parses the
 * parts over the caller's bytes without copying bodies. Headers decoded here are valid UTF-8 without
 * controls.
 */
#pragma once

#include <gmime/gmime.h>
#include <stdbool.h>

typedef enum {
        MESSAGE_FINE,
        MESSAGE_NOT_A_MESSAGE,  /* no header, or no bytes */
        MESSAGE_TOO_LARGE,      /* more bytes than the limit */
        MESSAGE_TOO_MANY_PARTS, /* parts, depth, header lines or address groups */
} MessageFlaw;

typedef struct Message Message;

/* Always gives a Message; message_flaw() says what can be expected of it. raw is referenced. */
Message *message_open(GBytes *raw);
void message_free(Message *message);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Message, message_free)

MessageFlaw message_flaw(const Message *message);
const char *message_flaw_text(MessageFlaw flaw); /* for `why` */
/* The outermost part, which has all headers of the message. Borrowed; NULL unless MESSAGE_FINE. */
GMimeObject *message_mime(const Message *message);

/* First header of that name, unfolded and decoded; NULL. Borrowed until the message is freed. */
const char *message_header(const Message *message, const char *name);
/* The nth, from 0, of several of that name; NULL. */
const char *message_header_at(const Message *message, const char *name, guint nth);
const char *message_subject(const Message *message); /* "" when none */
/* addr-spec, domain in lower case; NULL unless there is exactly one author. */
const char *message_from(const Message *message);
const char *message_first_author(const Message *message); /* for showing, however many there are; NULL */
const char *message_sender(const Message *message);       /* of Sender:; NULL */
const char *message_from_name(const Message *message);    /* "" when none */
const char *message_id(const Message *message);           /* without <>; NULL */

/* What a mail program would show: text/plain when it has words, else the HTML as text. Charset by
 * declaration, else UTF-8, else windows-1252; format=flowed unfolded. "" when there is none. Borrowed. html:
 * the first HTML part decoded, or NULL. */
const char *message_text(Message *message);
const char *message_html(Message *message);
bool message_is_cut(Message *message); /* the text is longer than what message_text() gives */

/* Identity for "the same message again" (MAIL.md D39): SHA-256, hex, of From, Date, Subject and the decoded
 * text. Caller frees. */
char *message_fingerprint(Message *message);
