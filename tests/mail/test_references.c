/* What a mail refers to: tokens in its addresses and its text, Message-IDs, the reference in the subject. */
#include "mail/reading.h"

#include <string.h>

#define TOKEN "r1abcdefgh23456789abcdefghjkmnpqrstvwx"
#define OTHER "k1zzzzzzzz23456789abcdefghjkmnpqrstvwx"

typedef struct {
        const char *name;
        const char *headers; /* beside From */
        const char *body;
        const char *tokens; /* of the addresses, separated by blanks */
        const char *body_tokens;
        const char *message_ids;
        const char *subject_reference;
} Row;

static const Row rows[] = {
        { "plus-address", "To: Stages <stages+" TOKEN "@univ.example>", "Oui", TOKEN, "", "", NULL },
        { "upper-case-and-look-alikes", "To: STAGES+R1ABCDEFGH23456789ABCDEFGHJKMNPQRSTVWX@UNIV.EXAMPLE", "",
          TOKEN, "", "", NULL },
        { "dash-address", "To: stages-" TOKEN "@univ.example", "", TOKEN, "", "", NULL },
        { "subdomain-address", "To: <" TOKEN "@stages.univ.example>", "", TOKEN, "", "", NULL },
        { "one-letter-short", "To: stages+r1abcdefgh23456789abcdefghjkmnpqrstvw@univ.example", "", "", "", "",
          NULL },
        { "copied", "To: x@example.org\nCc: stages+" TOKEN "@univ.example", "", TOKEN, "", "", NULL },
        { "delivered-to-twice", "Delivered-To: a@example.org\nDelivered-To: stages+" TOKEN "@univ.example",
          "", TOKEN, "", "", NULL },
        { "x-original-to", "X-Original-To: stages+" TOKEN "@univ.example", "", TOKEN, "", "", NULL },
        { "envelope-to", "Envelope-To: stages+" TOKEN "@univ.example", "", TOKEN, "", "", NULL },
        { "x-envelope-to", "X-Envelope-To: stages+" TOKEN "@univ.example", "", TOKEN, "", "", NULL },
        { "x-forwarded-to", "X-Forwarded-To: stages+" TOKEN "@univ.example", "", TOKEN, "", "", NULL },
        { "same-token-once", "To: stages+" TOKEN "@univ.example\nDelivered-To: stages+" TOKEN "@univ.example",
          "", TOKEN, "", "", NULL },
        { "token-elsewhere-is-none", "X-Note: stages+" TOKEN "@univ.example", "", "", "", "", NULL },
        { "link-in-quote", "To: x@example.org", "> https://stages.univ.example/a/" OTHER "\n", "", OTHER, "",
          NULL },
        { "link-behind-a-scanner", "To: x@example.org",
          "<https://eur01.safelinks.example/?url=https%3A%2F%2Fstages.univ.example%2Fa%2F" OTHER "&data=05>",
          "", OTHER, "", NULL },
        { "message-ids",
          "In-Reply-To: <s.2@univ.example>\nReferences: <c.0@univ.example>\n <s.1@univ.example> "
          "<s.2@univ.example>",
          "", "", "", "s.2@univ.example s.1@univ.example c.0@univ.example", NULL },
        { "outlook-keeps-ours",
          "In-Reply-To: <x@outlook.example>\nX-Microsoft-Original-Message-ID: <s.9@univ.example>", "", "", "",
          "x@outlook.example s.9@univ.example", NULL },
        { "message-id-never-closed", "In-Reply-To: <s.2@univ.example", "", "", "", "", NULL },
        { "subject", "Subject: RE: [EXTERNE] Re : [SEMSEM 2026-0142] Bilan", "", "", "", "",
          "SEMSEM 2026-0142" },
        { "subject-nbsp", "Subject: =?utf-8?Q?TR=C2=A0:_[SEMSEM=C2=A02026-0142]_x?=", "", "", "", "",
          "SEMSEM 2026-0142" },
        { "subject-arabic", "Subject: =?utf-8?B?2LHYrw==?=: [SEMSEM 2026-0142]", "", "", "", "",
          "SEMSEM 2026-0142" },
        { "subject-other-brackets", "Subject: [liste] [version 2] [SEMSEM2026]", "", "", "", "",
          "version 2" },
        { "subject-list-before", "Subject: [Promo 2] [SEMSEM 2026-0142] Bilan", "", "", "", "",
          "SEMSEM 2026-0142" },
        { "subject-never-closed", "Subject: [SEMSEM 2026-0142", "", "", "", "", NULL },
        { "returned-headers", "Content-Type: multipart/report; report-type=delivery-status; boundary=r",
          "--r\n\nfailed\n--r\nContent-Type: text/rfc822-headers\n\nFrom: s@univ.example\nMessage-ID: "
          "<s.7@univ.example>\n--r--\n",
          "", "", "s.7@univ.example", NULL },
        { "returned-message", "Content-Type: multipart/report; report-type=delivery-status; boundary=r",
          "--r\n\nfailed\n--r\nContent-Type: message/rfc822\n\nFrom: s@univ.example\nMessage-ID: "
          "<s.8@univ.example>\n\nx\n--r--\n",
          "", "", "s.8@univ.example", NULL },
        { "notice-with-headers", "Return-Path: <>",
          "Undelivered:\n\nMessage-Id: <s.6@univ.example>\nSubject: x\n", "", "", "s.6@univ.example", NULL },
        { "text-with-headers-is-no-notice", "Return-Path: <a@example.org>",
          "Message-Id: <s.6@univ.example>\n", "", "", "", NULL },
};

static char *join(const GPtrArray *list)
{
        GString *out = g_string_new(NULL);
        for (guint i = 0; i < list->len; i++)
                g_string_append_printf(out, "%s%s", i > 0 ? " " : "",
                                       (const char *)g_ptr_array_index(list, i));
        return g_string_free(out, FALSE);
}

static void check_references(const Row *row, const References *references)
{
        g_autofree char *tokens = join(references->tokens);
        g_autofree char *body_tokens = join(references->body_tokens);
        g_autofree char *message_ids = join(references->message_ids);
        g_assert_cmpstr(tokens, ==, row->tokens);
        g_assert_cmpstr(body_tokens, ==, row->body_tokens);
        g_assert_cmpstr(message_ids, ==, row->message_ids);
        g_assert_cmpstr(references->subject_reference, ==, row->subject_reference);
        g_assert_cmpstr(references->from, ==, "a@example.org");
        g_assert_cmpstr(references->message_id, ==, "m1@example.org");
}

/* Found, and the same after the pipe between reader and clerk. */
static void check_row(gconstpointer data)
{
        const Row *row = data;
        g_autofree char *mail = g_strdup_printf(
                "From: A <a@example.org>\nMessage-ID: <m1@example.org>\n%s\n\n%s", row->headers, row->body);
        g_autoptr(GBytes) raw = g_bytes_new(mail, strlen(mail));
        g_autoptr(Message) message = message_open(raw);
        g_autoptr(References) references = references_find(message);
        check_references(row, references);
        g_autoptr(GByteArray) bytes = g_byte_array_new();
        references_to_bytes(references, bytes);
        g_autoptr(References) back = references_from_bytes((const char *)bytes->data, bytes->len);
        check_references(row, back);
}

static void check_no_message(void)
{
        g_autoptr(GBytes) raw = g_bytes_new_static("x", 1);
        g_autoptr(Message) message = message_open(raw);
        g_autoptr(References) references = references_find(message);
        g_assert_cmpuint(references->tokens->len + references->message_ids->len, ==, 0);
        g_assert_null(references->from);
        g_assert_null(references_from_bytes("", 0));
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *name = g_strconcat("/references/", rows[i].name, NULL);
                g_test_add_data_func(name, &rows[i], check_row);
        }
        g_test_add_func("/references/no-message", check_no_message);
        return g_test_run();
}
