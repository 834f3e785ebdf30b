/* Whose Authentication-Results are believed, and what they must say. A row is a head; From is
 * claire@example.org. */
#include "mail/auth.h"

#include <string.h>

#define BORDER                                                                                               \
        "Received: from mail.example.org (mail.example.org [192.0.2.1])\n\tby mx.univ.example (Postfix) "    \
        "with ESMTPS "                                                                                       \
        "id 1;\n\tMon, 1 Mar 2027 08:00:00 +0100\n"
#define LMTP                                                                                                 \
        "Received: from mx.univ.example ([192.0.2.9]) by store.univ.example with LMTP id x; Mon, 1 Mar "     \
        "2027\n"
#define AMAVIS                                                                                               \
        "Received: from localhost (localhost [127.0.0.1]) by mx.univ.example (Postfix) with ESMTP id 2; x\n"
#define FROM_MX                                                                                              \
        "Received: from mx.univ.example (mx.univ.example [192.0.2.9]) by store.univ.example (Postfix) with " \
        "ESMTP; x\n"
#define CAMPUS                                                                                               \
        "Received: from mx.univ.example (pc12.univ.example [10.0.0.7]) by store.univ.example (Postfix) "     \
        "with ESMTP; x\n"
#define RESULTS "Authentication-Results: mx.univ.example; "
#define PASS    RESULTS "dmarc=pass header.from=example.org\n"
#define OUTLOOK_IN                                                                                           \
        "Received: from DB5.eop-EUR01.prod.protection.outlook.com (2603:10a6:10::1) by\n "                   \
        "DB6.outlook.office365.com "                                                                         \
        "(2603:10a6:4::2) with Microsoft SMTP Server id 1; x\n"
#define OUTLOOK_BORDER                                                                                       \
        "Received: from mail.example.org (192.0.2.1) by\n DB5EUR01FT032.mail.protection.outlook.com "        \
        "(10.152.4.1) with "                                                                                 \
        "Microsoft SMTP Server; x\n"
#define OUTLOOK_RESULTS                                                                                      \
        "Authentication-Results: spf=pass (sender IP is 192.0.2.1)\n smtp.mailfrom=example.org; dkim=pass "  \
        "(signature was "                                                                                    \
        "verified)\n header.d=example.org;dmarc=pass action=none\n header.from=example.org;compauth=pass "   \
        "reason=100\n"
#define OUTLOOK_INSIDE                                                                                       \
        "Received: from evil.example (203.0.113.5) by X.prod.outlook.com (2603:10a6:4::2) with Microsoft "   \
        "SMTP Server; x\n"
#define GMAIL_IN                                                                                             \
        "Received: by 2002:a05:6358:7e4f:b0:1 with SMTP id p15;\n        Mon, 1 Mar 2027 00:00:00 -0800\n"
#define GMAIL_BORDER                                                                                         \
        "Received: from mail.example.org (mail.example.org. [192.0.2.1])\n        by mx.google.com with "    \
        "ESMTPS id 1\n        for <x@univ.example>; x\n"
#define GMAIL_RESULTS                                                                                        \
        "Authentication-Results: mx.google.com;\n       dkim=pass header.i=@example.org header.s=s1 "        \
        "header.b=\"ab/c=\";\n"                                                                              \
        "       spf=pass (google.com: domain of claire@example.org designates 192.0.2.1 as permitted "       \
        "sender) "                                                                                           \
        "smtp.mailfrom=claire@example.org;\n       dmarc=pass (p=NONE sp=NONE dis=NONE) "                    \
        "header.from=example.org\n"

static const char *const univ[] = { "mx.univ.example", NULL };
static const char *const two[] = { "OpenDMARC", "mx.univ.example", NULL };
static const char *const m365[] = { "m365", NULL };
static const char *const google[] = { "mx.google.com", NULL };

static const struct {
        const char *name;
        const char *const *trusted;
        const char *head;
        AuthVerdict verdict;
} rows[] = {
        /* where it stands */
        { "above-border", univ, PASS BORDER, AUTH_PASS },
        { "below-border", univ, BORDER PASS, AUTH_NONE },
        { "forged-with-hop", univ, BORDER PASS BORDER, AUTH_NONE },
        { "no-received", univ, PASS, AUTH_NONE },
        { "not-configured", NULL, PASS BORDER, AUTH_NONE },
        { "empty-configuration", &univ[1], PASS BORDER, AUTH_NONE },
        { "other-server", univ,
          "Authentication-Results: evil.example; dmarc=pass header.from=example.org\n" BORDER, AUTH_NONE },
        { "id-begins-alike", univ,
          "Authentication-Results: mx.univ.example.evil.example; dmarc=pass\n" BORDER, AUTH_NONE },
        { "lmtp-on-top", univ, LMTP PASS BORDER, AUTH_PASS },
        { "filter-on-top", univ, AMAVIS PASS BORDER, AUTH_PASS },
        { "border-hands-on", univ, FROM_MX PASS BORDER, AUTH_PASS },
        { "lmtp-then-forged", univ, LMTP BORDER PASS BORDER, AUTH_NONE },
        { "campus-says-helo", univ, CAMPUS PASS BORDER, AUTH_NONE },
        { "strange-hop", univ, "Received: (qmail 1 invoked by uid 0); x\n" PASS BORDER, AUTH_NONE },
        { "helo-with-blanks", univ,
          "Received: from x (localhost [127.0.0.1]) y (evil.example [203.0.113.5]) by mx.univ.example with "
          "SMTP; x\n" PASS BORDER,
          AUTH_NONE },
        { "second-id", two, "Authentication-Results: OpenDMARC; dmarc=pass header.from=example.org\n" BORDER,
          AUTH_PASS },
        /* how it is written */
        { "version", univ,
          "Authentication-Results: mx.univ.example 1; dmarc/1=pass header.from=example.org\n" BORDER,
          AUTH_PASS },
        { "comments", univ,
          "Authentication-Results: (a (b)) mx.univ.example (c) ; dmarc (d) = (e) pass (f) header . from = "
          "example.org\n" BORDER,
          AUTH_PASS },
        { "case", univ,
          "AUTHENTICATION-RESULTS: MX.Univ.Example; DMARC=PASS Header.From=Example.ORG\n" BORDER, AUTH_PASS },
        { "quoted", univ, RESULTS "dmarc=\"pass\" reason=\"x; y\" header.from=\"example.org\"\n" BORDER,
          AUTH_PASS },
        { "folded", univ,
          "Authentication-Results: mx.univ.example;\n\tspf=pass\n\tsmtp.mailfrom=x;\n\tdmarc=pass\n" BORDER,
          AUTH_PASS },
        { "end-semicolon", univ, RESULTS "dmarc=pass(p=NONE,sp=QUARANTINE) header.from=example.org;\n" BORDER,
          AUTH_PASS },
        { "none", univ, RESULTS "none\n" BORDER, AUTH_NONE },
        { "empty", univ, "Authentication-Results:\n" BORDER, AUTH_NONE },
        { "quote-never-ends", univ, RESULTS "dmarc=pass header.from=\"example.org\n" BORDER, AUTH_NONE },
        { "comment-never-ends", univ, RESULTS "dmarc=pass (header.from=example.org\n" BORDER, AUTH_NONE },
        { "quote-in-comment", univ, RESULTS "spf=none (of \"x) ; dmarc=pass (\"@evil.example)\n" BORDER,
          AUTH_NONE },
        { "semicolon-in-quote", univ,
          RESULTS "spf=pass smtp.mailfrom=\"x; dmarc=pass\"@evil.example\n" BORDER, AUTH_NONE },
        { "broken-behind-pass", univ, RESULTS "dmarc=pass header.from=example.org; =\n" BORDER, AUTH_NONE },
        /* what it says */
        { "dmarc-fail", univ, RESULTS "dmarc=fail header.from=example.org\n" BORDER, AUTH_FAIL },
        { "dmarc-fail-and-pass", univ, RESULTS "dmarc=pass; dmarc=fail\n" BORDER, AUTH_FAIL },
        { "dmarc-other-domain", univ, RESULTS "dmarc=pass header.from=evil.example\n" BORDER, AUTH_FAIL },
        { "dmarc-none", univ, RESULTS "dmarc=none header.from=example.org\n" BORDER, AUTH_NONE },
        { "spf-alone", univ, RESULTS "spf=pass smtp.mailfrom=example.org\n" BORDER, AUTH_NONE },
        { "dkim-aligned", univ, RESULTS "dkim=pass (2048-bit key) header.d=example.org\n" BORDER, AUTH_PASS },
        { "dkim-by-identity", univ, RESULTS "dkim=pass header.i=@example.org\n" BORDER, AUTH_PASS },
        { "dkim-below", univ, RESULTS "dkim=pass header.d=mail.example.org\n" BORDER, AUTH_PASS },
        { "dkim-other", univ, RESULTS "dkim=pass header.d=evil.example\n" BORDER, AUTH_NONE },
        { "dkim-ends-alike", univ, RESULTS "dkim=pass header.d=evilexample.org\n" BORDER, AUTH_NONE },
        { "dkim-suffix", univ, RESULTS "dkim=pass header.d=org\n" BORDER, AUTH_NONE },
        { "dkim-d-beats-i", univ, RESULTS "dkim=pass header.i=@example.org header.d=evil.example\n" BORDER,
          AUTH_NONE },
        { "dkim-fail", univ, RESULTS "dkim=fail header.d=example.org\n" BORDER, AUTH_NONE },
        { "dkim-pass-dmarc-fail", univ, RESULTS "dkim=pass header.d=example.org; dmarc=fail\n" BORDER,
          AUTH_FAIL },
        { "two-fields", univ, RESULTS "spf=pass\n" PASS BORDER, AUTH_PASS },
        { "submission", univ, RESULTS "auth=pass smtp.auth=claire@example.org\n" BORDER, AUTH_PASS },
        { "submission-of-other", univ, RESULTS "auth=pass smtp.auth=mallory@example.org\n" BORDER,
          AUTH_NONE },
        { "arc-decides-nothing", univ, RESULTS "arc=pass\n" BORDER, AUTH_NONE },
        /* Exchange Online */
        { "m365", m365, OUTLOOK_IN OUTLOOK_RESULTS OUTLOOK_BORDER, AUTH_PASS },
        { "m365-border-on-top", m365, OUTLOOK_RESULTS OUTLOOK_BORDER, AUTH_PASS },
        { "m365-forged-below", m365, OUTLOOK_IN OUTLOOK_BORDER OUTLOOK_RESULTS, AUTH_NONE },
        { "m365-submitted-inside", m365, OUTLOOK_INSIDE OUTLOOK_RESULTS OUTLOOK_BORDER, AUTH_NONE },
        { "m365-behind-other-border", m365, BORDER OUTLOOK_RESULTS OUTLOOK_BORDER, AUTH_NONE },
        { "m365-no-border", m365, OUTLOOK_RESULTS OUTLOOK_IN, AUTH_NONE },
        { "m365-with-id", m365, OUTLOOK_IN PASS OUTLOOK_BORDER, AUTH_NONE },
        { "id-less-is-no-id", univ, OUTLOOK_RESULTS BORDER, AUTH_NONE },
        { "m365-compauth", m365,
          OUTLOOK_IN "Authentication-Results: dkim=pass header.d=example.org;dmarc=bestguesspass "
                     "action=none;compauth=fail\n" OUTLOOK_BORDER,
          AUTH_FAIL },
        /* Google writes below its own line */
        { "google", google, GMAIL_IN GMAIL_BORDER GMAIL_RESULTS, AUTH_PASS },
        { "google-forged-on-top", google, GMAIL_RESULTS GMAIL_BORDER RESULTS "x=y\n", AUTH_NONE },
        { "google-second-is-forged", google,
          GMAIL_IN GMAIL_BORDER "Authentication-Results: mx.google.com; dmarc=none\n" GMAIL_RESULTS,
          AUTH_NONE },
        { "google-other-border", google, BORDER GMAIL_BORDER GMAIL_RESULTS, AUTH_NONE },
};

static AuthVerdict verdict_of(const char *head, const char *rest, const char *const *trusted)
{
        g_autofree char *bytes = g_strconcat(head, rest, NULL);
        g_autoptr(GBytes) raw = g_bytes_new(bytes, strlen(bytes));
        g_autoptr(Message) message = message_open(raw);
        g_autoptr(GPtrArray) why = g_ptr_array_new_with_free_func(g_free);
        return auth_read(message, trusted, why);
}

static void check_row(gconstpointer data)
{
        gsize i = GPOINTER_TO_SIZE(data);
        g_assert_cmpint(verdict_of(rows[i].head, "From: Claire <claire@example.org>\nSubject: x\n\nOui\n",
                                   rows[i].trusted),
                        ==, rows[i].verdict);
}

/* Who is the author when there are two? Nobody is believed. */
static void check_two_authors(void)
{
        g_assert_cmpint(verdict_of(PASS BORDER, "From: a@example.org, b@example.org\n\nOui\n", univ), ==,
                        AUTH_NONE);
        g_assert_cmpint(verdict_of(PASS BORDER, "From: a@evil.example\nFrom: b@example.org\n\nOui\n", univ),
                        ==, AUTH_NONE);
        g_assert_cmpint(verdict_of(PASS BORDER, "Subject: x\n\nOui\n", univ), ==, AUTH_NONE);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *path = g_strconcat("/auth/", rows[i].name, NULL);
                g_test_add_data_func(path, GSIZE_TO_POINTER(i), check_row);
        }
        g_test_add_func("/auth/two-authors", check_two_authors);
        return g_test_run();
}
