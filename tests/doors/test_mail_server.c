/* What DNS answers say of mail: written here byte by byte. */
#include "doors/mail_server.h"

#include <glib.h>

/* Id, flags with the code, one question, so many answers; the question: MX of x.fr. */
#define HEAD(code, answers) "\0\1\x81" code "\0\1\0" answers "\0\0\0\0\1x\2fr\0\0\x0f\0\1"
#define MX(length, rdata)   "\xc0\x0c\0\x0f\0\1\0\0\0\x3c\0" length rdata
#define FINE                "\x80"
#define FAILURE             "\x82"
#define NO_SUCH_DOMAIN      "\x83"
#define ROW(name, bytes, said)                                                                               \
        {                                                                                                    \
                name, bytes, sizeof(bytes) - 1, said                                                         \
        }

static const struct {
        const char *name, *bytes;
        gsize size;
        MailServer said;
} rows[] = {
        ROW("mx", HEAD(FINE, "\1") MX("\7", "\0\x0a\2mx\xc0\x0c"), MAIL_SERVER_THERE),
        ROW("two-mx", HEAD(FINE, "\2") MX("\3", "\0\0\0") MX("\7", "\0\x0a\2mx\xc0\x0c"), MAIL_SERVER_THERE),
        ROW("null-mx", HEAD(FINE, "\1") MX("\3", "\0\0\0"), MAIL_SERVER_NONE),
        ROW("no-such-domain", HEAD(NO_SUCH_DOMAIN, "\0"), MAIL_SERVER_NONE),
        ROW("server-fails", HEAD(FAILURE, "\0"), MAIL_SERVER_UNKNOWN),
        ROW("no-mx", HEAD(FINE, "\0"), MAIL_SERVER_UNKNOWN),
        ROW("cut-off", HEAD(FINE, "\1") MX("\7", "\0\x0a\2m"), MAIL_SERVER_UNKNOWN),
        ROW("fewer-than-said", HEAD(FINE, "\2") MX("\3", "\0\0\0"), MAIL_SERVER_UNKNOWN),
        ROW("nothing", "", MAIL_SERVER_UNKNOWN),
};

static void check_rows(void)
{
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_test_message("%s", rows[i].name);
                g_autofree unsigned char *copy =
                        g_memdup2(rows[i].bytes, rows[i].size); /* its end is guarded */
                g_assert_cmpint(mail_server_read(copy, rows[i].size), ==, rows[i].said);
        }
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/mail-server/rows", check_rows);
        return g_test_run();
}
