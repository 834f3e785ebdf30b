#include "doors/smtp_reply.h"

#include <string.h>

enum { LONGEST_TEXT = 1000 };

static int code_of(const char *bytes, size_t size)
{
        if (size < 3 || !g_ascii_isdigit(bytes[0]) || !g_ascii_isdigit(bytes[1]) ||
            !g_ascii_isdigit(bytes[2]))
                return 0;
        return (bytes[0] - '0') * 100 + (bytes[1] - '0') * 10 + (bytes[2] - '0');
}

void smtp_exchange_add_line(SmtpExchange *exchange, const char *bytes, size_t size)
{
        int code = code_of(bytes, size);
        if (code == 0 || exchange->code >= 400)
                return;
        if (code == 354)
                exchange->is_data = true;
        exchange->code = code;
        g_free(exchange->text);
        exchange->text = g_strndup(bytes, MIN(size, LONGEST_TEXT));
        g_strchomp(exchange->text);
}

const char *smtp_exchange_text(const SmtpExchange *exchange)
{
        return exchange->text != NULL ? exchange->text : "";
}

bool smtp_exchange_is_login_refused(const SmtpExchange *exchange)
{
        /* RFC 4954, 6: also what MAIL gets when a login was needed and none was made. */
        return exchange->code == 530 || exchange->code == 534 || exchange->code == 535 ||
               exchange->code == 538;
}

bool smtp_exchange_is_sender_refused(const SmtpExchange *exchange)
{
        return exchange->stage == SMTP_STAGE_MAIL && exchange->code >= 500 && exchange->code != 552 &&
               strstr(smtp_exchange_text(exchange), "5.3.4") == NULL;
}

SmtpVerdict smtp_exchange_verdict(const SmtpExchange *exchange, bool is_finished)
{
        if (exchange->code >= 500)
                return SMTP_REFUSED;
        if (exchange->code >= 400)
                return SMTP_LATER;
        if (is_finished)
                return SMTP_ACCEPTED;
        return exchange->is_data && exchange->is_all_given ? SMTP_UNCERTAIN : SMTP_LATER;
}

void smtp_exchange_clear(SmtpExchange *exchange)
{
        g_free(exchange->text);
        *exchange = (SmtpExchange){ 0 };
}
