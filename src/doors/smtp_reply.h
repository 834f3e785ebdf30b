/* doors/smtp_reply.h: what the server's lines in one transaction mean. Pure; smtp.c feeds it.
 *
 * The first line of 400 or more decides: the last one is mostly `221 bye`. RFC 5321, 4.2; RFC 1047.
 */
#pragma once

#include "doors/smtp.h"

/* The last command that was sent; from MAIL on what follows is about this mail. */
typedef enum { SMTP_STAGE_LOGIN, SMTP_STAGE_MAIL, SMTP_STAGE_RCPT, SMTP_STAGE_DATA } SmtpStage;

typedef struct {
        int code;   /* of the deciding line; 0: none yet */
        char *text; /* of the deciding line, else of the last one; owned */
        SmtpStage stage;
        bool is_data;      /* 354 came */
        bool is_all_given; /* the last byte of the message was handed over */
} SmtpExchange;

void smtp_exchange_add_line(SmtpExchange *exchange, const char *bytes, size_t size);
const char *smtp_exchange_text(const SmtpExchange *exchange); /* "" when there is none; borrowed */
bool smtp_exchange_is_login_refused(const SmtpExchange *exchange);
/* No to MAIL FROM, for another reason than the mail's size (RFC 1870): every mail would get it. */
bool smtp_exchange_is_sender_refused(const SmtpExchange *exchange);
/* Of a transaction that is begun. */
SmtpVerdict smtp_exchange_verdict(const SmtpExchange *exchange, bool is_finished);
void smtp_exchange_clear(SmtpExchange *exchange);
