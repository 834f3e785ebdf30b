/* doors/smtp_reply.h: what the server's lines in one transaction mean. Pure; smtp.c feeds it.
 *
 * The first line of 400 or more decides: the last one is mostly `221 bye`. RFC 5321, 4.2; RFC 1047.
 */
#pragma once

#include "doors/smtp.h"

typedef struct {
        int code;          /* of the deciding line; 0: none yet */
        char *text;        /* of the deciding line, else of the last one; owned */
        bool is_begun;     /* MAIL FROM was sent: what follows is about this mail */
        bool is_data;      /* 354 came */
        bool is_all_given; /* the last byte of the message was handed over */
} SmtpExchange;

void smtp_exchange_add_line(SmtpExchange *exchange, const char *bytes, size_t size);
const char *smtp_exchange_text(const SmtpExchange *exchange); /* "" when there is none; borrowed */
bool smtp_exchange_is_login_refused(const SmtpExchange *exchange);
/* Of a transaction that is begun. */
SmtpVerdict smtp_exchange_verdict(const SmtpExchange *exchange, bool is_finished);
void smtp_exchange_clear(SmtpExchange *exchange);
