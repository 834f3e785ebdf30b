/* Delivery reports, with the fields of RFC 3464 and in words: kind, recipients, permanent, status. */
#include "mail/bounce.h"

#include "mail/address_scan.h"
#include "mail/bounce_status.h"
#include "mail/class.h"

#include <string.h>

static Patterns *patterns;

static GBytes *load(const char *name)
{
        g_autofree char *path = g_test_build_filename(G_TEST_DIST, "mail", "bounce", name, NULL);
        char *bytes;
        gsize size;
        g_autoptr(GError) error = NULL;
        g_file_get_contents(path, &bytes, &size, &error);
        g_assert_no_error(error);
        return g_bytes_new_take(bytes, size);
}

static void bounce_free(gpointer data)
{
        g_free(((Bounce *)data)->recipient);
        g_free(data);
}

/* "tuteur@example.org permanent 5.1.1, …" */
static char *print_bounces(GBytes *raw, MailKind *kind_out)
{
        g_autoptr(Message) message = message_open(raw);
        g_autoptr(GPtrArray) why = g_ptr_array_new_with_free_func(g_free);
        g_autoptr(GPtrArray) bounces = g_ptr_array_new_with_free_func(bounce_free);
        const ReadingContext context = { .patterns = patterns };
        *kind_out = class_read(message, &context, why);
        g_assert_cmpuint(why->len, >, 0); /* every class is told */
        if (*kind_out == MAIL_BOUNCE)
                bounces_read(message, patterns, bounces);
        GString *out = g_string_new(NULL);
        for (guint i = 0; i < bounces->len; i++) {
                const Bounce *bounce = g_ptr_array_index(bounces, i);
                g_string_append_printf(out, "%s%s %s%s%s", i > 0 ? ", " : "", bounce->recipient,
                                       bounce->is_permanent ? "permanent" : "temporary",
                                       bounce->status[0] != '\0' ? " " : "", bounce->status);
        }
        return g_string_free(out, FALSE);
}

#define TUTOR       "tuteur@example.org permanent"
#define TUTOR_LATER "tuteur@example.org temporary"

static const struct {
        const char *file;
        MailKind kind;
        const char *bounces;
} rows[] = {
        /* with fields */
        { "postfix-unknown-user.eml", MAIL_BOUNCE, TUTOR " 5.1.1" },
        { "alias-original-recipient.eml", MAIL_BOUNCE, TUTOR " 5.2.2" },
        { "two-recipients-one-delayed.eml", MAIL_BOUNCE, TUTOR " 5.0.0, maitre@example.net temporary 4.4.1" },
        { "no-blank-line-between-recipients.eml", MAIL_BOUNCE,
          TUTOR " 5.1.1, maitre@example.net permanent 5.2.1" },
        { "internationalised-address.eml", MAIL_BOUNCE, "clémence@exemple.example.org permanent 5.1.1" },
        { "no-action-status-only.eml", MAIL_BOUNCE, TUTOR " 5.4.4" },
        { "local-name-only.eml", MAIL_BOUNCE, TUTOR " 5.1.1" },
        { "x400-recipient.eml", MAIL_BOUNCE, TUTOR " 5.1.1" },
        { "exchange-encapsulated.eml", MAIL_BOUNCE, TUTOR " 5.1.1" },
        { "sieve-reject-as-receipt.eml", MAIL_BOUNCE, TUTOR },
        { "headers-only-and-no-part.eml", MAIL_BOUNCE, TUTOR },
        { "fields-in-the-text.eml", MAIL_BOUNCE, TUTOR " 5.1.1" },
        { "forwarded-by-list-software.eml", MAIL_BOUNCE, TUTOR " 5.1.1" },
        { "success.eml", MAIL_OTHER, "" },
        /* in words */
        { "exchange-online-fr.eml", MAIL_BOUNCE, TUTOR " 5.1.10" },
        { "exchange-delayed-fr.eml", MAIL_BOUNCE, TUTOR_LATER },
        { "exchange-2003.eml", MAIL_BOUNCE, TUTOR " 5.1.1" },
        { "orange.eml", MAIL_BOUNCE, TUTOR " 5.1.1" },
        { "notes-fr.eml", MAIL_BOUNCE, TUTOR },
        { "mdaemon.eml", MAIL_BOUNCE, TUTOR },
        { "qmail.eml", MAIL_BOUNCE, TUTOR " 5.1.1" },
        { "qq-html.eml", MAIL_BOUNCE, TUTOR " 5.1.1" },
        { "gmail-text.eml", MAIL_BOUNCE, TUTOR " 5.1.1" },
        { "gmail-delay-fr.eml", MAIL_BOUNCE, TUTOR_LATER },
        { "web-de.eml", MAIL_BOUNCE, TUTOR " 5.1.1" },
        { "exim-de.eml", MAIL_BOUNCE, TUTOR },
        { "exim-aliased.eml", MAIL_BOUNCE, TUTOR " 5.2.1" },
        { "ironport.eml", MAIL_BOUNCE, TUTOR " 5.1.0" },
        { "spanish.eml", MAIL_BOUNCE, TUTOR },
        { "italian.eml", MAIL_BOUNCE, TUTOR " 5.1.1" },
        { "portuguese.eml", MAIL_BOUNCE, TUTOR },
        { "russian.eml", MAIL_BOUNCE, TUTOR },
        { "japanese-iso-2022-jp.eml", MAIL_BOUNCE, TUTOR },
        { "arabic.eml", MAIL_BOUNCE, TUTOR },
        { "sendmail-transcript.eml", MAIL_BOUNCE, TUTOR " 5.1.1, maitre@example.net permanent 5.2.2" },
        { "sendmail-warning.eml", MAIL_BOUNCE, TUTOR_LATER " 4.4.1" },
        { "groupwise-user-only.eml", MAIL_BOUNCE, TUTOR },
        { "named-by-returned-mail.eml", MAIL_BOUNCE, TUTOR },
        { "temporary-451.eml", MAIL_BOUNCE, TUTOR_LATER " 4.3.0" },
        { "address-of-ip-and-version.eml", MAIL_BOUNCE, TUTOR },
        { "server-answers-as-people-do.eml", MAIL_BOUNCE, TUTOR },
        /* people, and other programs */
        { "person-asks-about-bounce.eml", MAIL_HUMAN, "" },
        { "person-quotes-bounce.eml", MAIL_HUMAN, "" },
        { "forwarded-by-a-person.eml", MAIL_HUMAN, "" },
        { "out-of-office-null-path.eml", MAIL_AUTOMATIC, "" },
};

static void check_row(gconstpointer data)
{
        gsize i = GPOINTER_TO_SIZE(data);
        g_autoptr(GBytes) raw = load(rows[i].file);
        MailKind kind;
        g_autofree char *said = print_bounces(raw, &kind);
        g_assert_cmpstr(mail_kind_word(kind), ==, mail_kind_word(rows[i].kind));
        g_assert_cmpstr(said, ==, rows[i].bounces);
}

static const struct {
        const char *name, *text, *status;
        int reply_class;
} codes[] = {
        { "reply-and-code", "550 5.1.1 unknown", "5.1.1", 5 },
        { "reply-dash-code", "552-5.2.2 full", "5.2.2", 5 },
        { "hash", "sorry (#5.7.1)", "5.7.1", 0 },
        { "behind-reply-first", "relay 5.0.2 says 450 4.2.2 full", "4.2.2", 4 },
        { "final-beats-temporary", "421 later\n550 never", NULL, 5 },
        { "ip-address", "host 5.1.1.7 and [4.2.2.1]", NULL, 0 },
        { "version", "Server v5.1.1 build 550.2", NULL, 0 },
        { "year-and-port", "2550 port mx:25 at 550/8", NULL, 0 },
        { "too-long", "5.1.10234", NULL, 0 },
        { "success-is-no-failure", "2.1.5 ok", NULL, 0 },
        { "long-detail", "554 5.7.26 policy", "5.7.26", 5 },
};

static void check_code(gconstpointer data)
{
        gsize i = GPOINTER_TO_SIZE(data);
        char status[STATUS_ROOM] = "";
        bool is_found = status_find(codes[i].text, status);
        g_assert_cmpint(is_found, ==, codes[i].status != NULL);
        g_assert_cmpstr(status, ==, codes[i].status != NULL ? codes[i].status : "");
        g_assert_cmpint(status_reply_class(codes[i].text), ==, codes[i].reply_class);
}

static const struct {
        const char *name, *text, *address;
} addresses[] = {
        { "brackets", "to <a.b@Example.ORG>: no", "a.b@example.org" },
        { "quotes", "'a@example.org' on Friday", "a@example.org" },
        { "end-of-sentence", "Write to a@example.org.", "a@example.org" },
        { "quoted-local", "\"jean dupont\"@example.org", "\"jean dupont\"@example.org" },
        { "accent", "clémence@exemple.fr", "clémence@exemple.fr" },
        { "glued-japanese", "宛先user@example.jpに", "user@example.jp" },
        { "mailto", "a@example.org<mailto:b@example.org>", "a@example.org" },
        { "x400", "c=US;dda:SMTP=a@example.org; on", "a@example.org" },
        { "encapsulated", "IMCEASMTP-a+40b+2Eorg@example.org", "a@b.org" },
        { "encapsulated-nothing", "IMCEAEX-_O=X@example.org", "IMCEAEX-_O=X@example.org" },
        { "lone-at", "a @ b, @example.org, a@", NULL },
};

static void check_address(gconstpointer data)
{
        gsize i = GPOINTER_TO_SIZE(data);
        g_autofree char *found = address_scan_first(addresses[i].text);
        g_assert_cmpstr(found, ==, addresses[i].address);
}

/* A megabyte of what costs most must take no longer than the same for a short report allows. */
static void check_large(void)
{
        static const char *const pieces[] = { "a@b.org ",  "<a@b.org>: 550 5.1.1 no\n",
                                              "@@@@@@@@",  "Final-Recipient: rfc822; a@b.org\n",
                                              "5.1.1.1.1", "\n",
                                              "((((" };
        for (size_t i = 0; i < G_N_ELEMENTS(pieces); i++) {
                g_autoptr(GString) mail = g_string_new("Return-Path: <>\nFrom: MAILER-DAEMON@example.org\n"
                                                       "Subject: failure notice\n\n");
                while (mail->len < 1024 * 1024)
                        g_string_append(mail, pieces[i]);
                g_autoptr(GBytes) raw = g_bytes_new(mail->str, mail->len);
                gint64 start = g_get_monotonic_time();
                MailKind kind;
                g_autofree char *said = print_bounces(raw, &kind);
                g_assert_cmpint(g_get_monotonic_time() - start, <, 2 * G_USEC_PER_SEC);
                g_assert_cmpint(kind, ==, MAIL_BOUNCE);
                g_assert_true(g_utf8_validate(said, -1, NULL));
        }
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_autofree char *folder = g_test_build_filename(G_TEST_DIST, "..", "rules", "reading", NULL);
        g_autoptr(Problems) problems = problems_new();
        patterns = patterns_load_dir(folder, problems);
        g_autofree char *said = problems_print(problems);
        g_assert_cmpstr(said, ==, "");
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *path = g_strconcat("/bounce/", rows[i].file, NULL);
                g_test_add_data_func(path, GSIZE_TO_POINTER(i), check_row);
        }
        for (gsize i = 0; i < G_N_ELEMENTS(codes); i++) {
                g_autofree char *path = g_strconcat("/bounce/code/", codes[i].name, NULL);
                g_test_add_data_func(path, GSIZE_TO_POINTER(i), check_code);
        }
        for (gsize i = 0; i < G_N_ELEMENTS(addresses); i++) {
                g_autofree char *path = g_strconcat("/bounce/address/", addresses[i].name, NULL);
                g_test_add_data_func(path, GSIZE_TO_POINTER(i), check_address);
        }
        g_test_add_func("/bounce/large", check_large);
        int result = g_test_run();
        patterns_free(patterns);
        return result;
}
