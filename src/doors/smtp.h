/* doors/smtp.h: handing our mail to the submission server, through libcurl (RFC 6409, 5321).
 *
 * One handle, one connection that is reused, TLS options set once (LIBRARIES.md section 3). One recipient a
 * transaction.
 */
#pragma once

#include "base/config.h"

#include <glib.h>
#include <stdbool.h>

typedef enum {
        SMTP_ACCEPTED,  /* 250 after the final dot */
        SMTP_LATER,     /* 4xx, or lost before the final dot: nothing was accepted; try again */
        SMTP_REFUSED,   /* 5xx for this mail: do not try again */
        SMTP_UNCERTAIN, /* lost after the final dot: perhaps accepted (RFC 1047); try again later, same bytes
                         */
} SmtpVerdict;

typedef struct {
        SmtpVerdict verdict;
        bool is_recipient; /* SMTP_REFUSED: it is the recipient (at RCPT TO), not the mail, that is refused */
        int code;          /* 250, 451, 550, …; 0: none came */
        char *text;        /* the deciding line of the server, controls off; "" */
} SmtpReply;
void smtp_reply_free(SmtpReply *reply);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SmtpReply, smtp_reply_free)

typedef enum {
        SMTP_ERROR_TLS,     /* certificate, host name, no STARTTLS */
        SMTP_ERROR_LOGIN,   /* 535: do not hammer */
        SMTP_ERROR_GONE,    /* no connection, 421: the whole outbox waits */
        SMTP_ERROR_SENDER,  /* we may not send as this address: an administrator must look */
        SMTP_ERROR_ADDRESS, /* not an address that may go on the wire: our bug or an import's */
} SmtpError;
#define SMTP_ERROR (smtp_error_quark())
GQuark smtp_error_quark(void);

typedef struct Smtp Smtp;
/* secret: the password; with LOGIN_OAUTH2 the application's. */
Smtp *smtp_new(const ServerConfig *server, const char *secret, const char *helo, GError **error);
void smtp_free(Smtp *smtp);
/* How long one reply may take; by default the ten minutes of RFC 5321, 4.5.3.2.6. */
void smtp_set_patience(Smtp *smtp, int reply_s);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Smtp, smtp_free)

/* message has CRLF lines. NULL with error: the server, not this mail, is the trouble. */
SmtpReply *smtp_submit(Smtp *smtp, const char *envelope_from, const char *recipient, GBytes *message,
                       GError **error);
