#include "doors/mail_server.h"

#include <arpa/nameser.h>
#include <netinet/in.h>
#include <resolv.h>
#include <stdbool.h>
#include <string.h>

enum { ANSWER_MAX_BYTES = 8192, PATIENCE_S = 2, PREFERENCE_BYTES = 2 };

/* "." alone: the domain says that it takes no mail (RFC 7505). */
static bool is_null_mx(const ns_rr *record)
{
        return ns_rr_rdlen(*record) == PREFERENCE_BYTES + 1 && ns_rr_rdata(*record)[PREFERENCE_BYTES] == 0;
}

MailServer mail_server_read(const unsigned char *answer, size_t size)
{
        ns_msg message;
        if (size > ANSWER_MAX_BYTES || ns_initparse(answer, (int)size, &message) != 0)
                return MAIL_SERVER_UNKNOWN;
        if (ns_msg_getflag(message, ns_f_rcode) == ns_r_nxdomain)
                return MAIL_SERVER_NONE;
        if (ns_msg_getflag(message, ns_f_rcode) != ns_r_noerror)
                return MAIL_SERVER_UNKNOWN;
        bool has_null = false;
        for (int i = 0; i < ns_msg_count(message, ns_s_an); i++) {
                ns_rr record;
                if (ns_parserr(&message, ns_s_an, i, &record) != 0)
                        return MAIL_SERVER_UNKNOWN;
                if (ns_rr_type(record) != ns_t_mx)
                        continue;
                if (!is_null_mx(&record))
                        return MAIL_SERVER_THERE;
                has_null = true;
        }
        return has_null ? MAIL_SERVER_NONE : MAIL_SERVER_UNKNOWN;
}

/* The answer, also one that says no; -1: there is none. */
static int ask(struct __res_state *state, const char *domain, int type, unsigned char *answer)
{
        unsigned char query[NS_PACKETSZ];
        const int length =
                res_nmkquery(state, ns_o_query, domain, ns_c_in, type, NULL, 0, NULL, query, sizeof query);
        return length < 0 ? -1 : res_nsend(state, query, length, answer, ANSWER_MAX_BYTES);
}

static bool has_answer(const unsigned char *answer, int size)
{
        ns_msg message;
        return size > 0 && size <= ANSWER_MAX_BYTES && ns_initparse(answer, size, &message) == 0 &&
               ns_msg_getflag(message, ns_f_rcode) == ns_r_noerror && ns_msg_count(message, ns_s_an) > 0;
}

static MailServer find(struct __res_state *state, const char *domain)
{
        unsigned char answer[ANSWER_MAX_BYTES];
        int size = ask(state, domain, ns_t_mx, answer);
        if (size <= 0)
                return MAIL_SERVER_UNKNOWN;
        ns_msg message;
        MailServer said = mail_server_read(answer, (size_t)size);
        if (said != MAIL_SERVER_UNKNOWN || ns_initparse(answer, size, &message) != 0 ||
            ns_msg_getflag(message, ns_f_rcode) != ns_r_noerror)
                return said;
        static const int types[] = { ns_t_a, ns_t_aaaa }; /* no MX: the host itself (RFC 5321 section 5.1) */
        for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
                size = ask(state, domain, types[i], answer);
                if (size <= 0)
                        return MAIL_SERVER_UNKNOWN;
                if (has_answer(answer, size))
                        return MAIL_SERVER_THERE;
        }
        return MAIL_SERVER_NONE;
}

MailServer mail_server_find(const char *domain)
{
        struct __res_state state;
        memset(&state, 0, sizeof state);
        if (res_ninit(&state) != 0)
                return MAIL_SERVER_UNKNOWN;
        state.retrans = PATIENCE_S;
        state.retry = 1;
        MailServer said = find(&state, domain);
        res_nclose(&state);
        return said;
}
