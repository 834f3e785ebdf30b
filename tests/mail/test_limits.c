/* The nastiest mails within what is fetched (25 MB): each is read in a process of its own that must take less
 * than 2 s and 64 MB above what it had before the mail. Under ASan only the crash is looked for. */
#include "mail/reading.h"

#include "base/sanitizer.h"

#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAIL_BYTES = 24 * 1024 * 1024, MOST_KB = 64 * 1024, MOST_MS = 2000 };

static Patterns *patterns;

#define TOP                                                                                                  \
        "From: a@example.org\nTo: stages@example.org\nSubject: Re: x\nIn-Reply-To: <a@b>\nMIME-Version: "    \
        "1.0\n"
#define PLAIN "Content-Type: text/plain; charset=utf-8\n\n"
#define HTML  "Content-Type: text/html; charset=utf-8\n\n"

/* A mail of what repeats: head, then unit until it is that long, then tail. %d in a unit is a number. */
typedef struct {
        const char *name, *head, *unit, *tail;
        gsize bytes;     /* 0: as long as can be */
        bool is_encoded; /* the units go into base64 */
} Row;

static const Row rows[] = {
        { "deep-multipart", TOP, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", "x", 2000000,
          false },
        { "deep-message", TOP, "Content-Type: message/rfc822\n\nFrom: a@example.org\n", "\nx", 2000000,
          false },
        { "many-parts", TOP "Content-Type: multipart/mixed; boundary=b\n\n",
          "--b\nContent-Type: text/plain\n\nOui\n", "--b--\n", 10000 * 38, false },
        { "many-files", TOP "Content-Type: multipart/mixed; boundary=b\n\n",
          "--b\nContent-Type: application/pdf; name=\"%d.pdf\"\n\n%%PDF-1\n", "--b--\n", 0, false },
        { "boundaries-that-are-none", TOP "Content-Type: multipart/mixed; boundary=bbbbbbbbbbbbbbbbbbbb\n\n",
          "--bbbbbbbbbbbbbbbbbbb\n", "", 0, false },
        { "html-in-base64", TOP "Content-Transfer-Encoding: base64\n" HTML, "<p>Je valide la fiche %d</p>\n",
          "", 0, true },
        { "html-deep", TOP HTML, "<div><blockquote>", "Oui", 0, false },
        { "html-open-tags", TOP HTML, "<", "", 0, false },
        { "html-attributes", TOP HTML "<p ", "style=\"a:b;\" class=x%d ", ">Oui", 0, false },
        { "html-comments", TOP HTML, "<!--", "", 0, false },
        { "html-entities", TOP HTML, "&amp;&#x41;&nbsp", "", 0, false },
        { "html-tables", TOP HTML, "<table><tr><td>", "Oui", 0, false },
        { "html-quotes-of-gmail", TOP HTML, "<div class=gmail_quote>Le 3 mars 2027, x a écrit :<br>", "", 0,
          false },
        { "one-line", TOP PLAIN, "je valide la fiche ", "", 0, false },
        { "one-word", TOP PLAIN, "a", "", 0, false },
        { "short-lines", TOP PLAIN, "a\n", "", 0, false },
        { "empty-lines", TOP PLAIN, "\n", "", 0, false },
        { "deep-quotation", TOP PLAIN, ">", " Oui\n", 0, false },
        { "attributions", TOP PLAIN, "Le 3 mars 2027 à 10:12, Jean <j@example.org> a écrit :\n", "", 0,
          false },
        { "attribution-that-never-ends", TOP PLAIN "Le 3 mars 2027 ", "à 10:12 Jean @ le ", "", 0, false },
        { "on-on-on", TOP PLAIN, "on 1 on 2 on 3 wrote wrote ", ":", 0, false },
        { "header-blocks", TOP PLAIN, "De : a@example.org\nEnvoyé : lundi 3 mars\nÀ : x\n", "", 0, false },
        { "signatures", TOP PLAIN, "-- \nPaul Martin | Directeur\nTél. 06 00 00 00 00\n", "", 0, false },
        { "conditions", TOP PLAIN, "si sauf mais à condition que ", "", 0, false },
        { "brackets", TOP PLAIN, "((((((((([[[[[[[[[", "", 0, false },
        { "quotation-marks", TOP PLAIN, "\"'«»", "", 0, false },
        { "combining", TOP PLAIN, "e\xCC\x81\xCC\x82\xCC\x83", "", 0, false },
        { "arabic", TOP PLAIN, "نعم أوافق بشرط ", "", 0, false },
        { "form-lines", TOP PLAIN, "Étape [%d] : valeur\n", "", 0, false },
        { "flowed", TOP "Content-Type: text/plain; format=flowed; delsp=yes\n\n", "> a \n", "", 0, false },
        { "quoted-printable", TOP "Content-Transfer-Encoding: quoted-printable\n" PLAIN, "=C3=A9=\n", "", 0,
          false },
        { "not-utf-8", TOP PLAIN, "\xFF\xFE\xE9", "", 0, false },
        { "gb18030", TOP "Content-Type: text/plain; charset=gb18030\n\n", "\x81\x30\x81\x30", "", 0, false },
        { "utf-7", TOP "Content-Type: text/plain; charset=utf-7\n\n", "+AOk-+", "", 0, false },
        { "iso-2022", TOP "Content-Type: text/plain; charset=iso-2022-jp\n\n", "\x1B$B\x1B(B", "", 0, false },
        { "uuencoded", TOP PLAIN, "begin 644 a\n#0V%T\n`\nend\n", "", 0, false },
        { "one-header", TOP "X-Long: ", "x", "\n\nOui\n", 0, false },
        { "folded-header", TOP "X-Long: a", "\n b", "\n\nOui\n", 0, false },
        { "many-headers", TOP, "X-A%d: b\n", "\nOui\n", 0, false },
        { "many-recipients", TOP "Cc: ", "\"x\" <a%d@example.org>,\n ", "b@example.org\n\nOui\n", 0, false },
        { "comments-in-an-address", TOP "Cc: ", "(", "\n\nOui\n", 0, false },
        { "encoded-words", TOP "Comments: x\nSubject: ", "=?utf-8?Q?a=C3=A9?= ", "\n\nOui\n", 0, false },
        { "references", TOP "References: ", "<s.%d@example.org> ", "\n\nOui\n", 0, false },
        { "references-too-large", TOP "References: ", "<s.%d@example.org> ", "\n\nOui\n",
          MAIL_BYTES + 2 * 1024 * 1024, false },
        { "tokens", TOP PLAIN, "stages+r7k2m9p4r7k2m9p4r7k2m9p4r7k2m9p4r7k2@example.org ", "", 0, false },
        { "authentication-results", "Received: from a by mx.example.org\n" TOP,
          "Authentication-Results: mx.example.org; "
          "dmarc=pass (a) header.from=example.org\n",
          "\nOui\n", 0, false },
        { "parameters", TOP "Content-Type: text/plain", "; name*%d*=utf-8''a", "\n\nOui\n", 0, false },
        { "report-of-many",
          "From: mailer-daemon@example.org\nReturn-Path: <>\nSubject: Undelivered Mail Returned to "
          "Sender\nContent-Type: multipart/report; report-type=delivery-status; "
          "boundary=b\n\n--b\n\nx\n--b\nContent-Type: message/delivery-status\n\n",
          "Final-Recipient: rfc822; a%d@example.org\nAction: failed\nStatus: 5.1.1\n\n", "--b--\n", 0,
          false },
        { "report-in-words",
          "From: mailer-daemon@example.org\nReturn-Path: <>\nSubject: failure notice\n" PLAIN,
          "<a%d@example.org>: 550 5.1.1 user unknown, could not be delivered to\n", "", 0, false },
};

static void add_unit(GString *out, const char *unit, guint number)
{
        for (const char *p = unit; *p != '\0'; p++)
                if (p[0] == '%' && p[1] == 'd')
                        g_string_append_printf(out, "%u", number), p++;
                else if (p[0] == '%' && p[1] == '%')
                        g_string_append_c(out, '%'), p++;
                else
                        g_string_append_c(out, *p);
}

static GBytes *make_mail(const Row *row)
{
        gsize bytes = row->bytes != 0 ? row->bytes : MAIL_BYTES;
        GString *out = g_string_new(row->head), *body = row->is_encoded ? g_string_new(NULL) : out;
        for (guint i = 0; body->len < (row->is_encoded ? bytes / 4 * 3 - bytes / 64 : bytes); i++)
                add_unit(body, row->unit, i);
        if (row->is_encoded) {
                g_autofree char *encoded = g_base64_encode((const guchar *)body->str, body->len);
                gsize length = strlen(encoded);
                for (gsize at = 0; at < length; at += 76, g_string_append_c(out, '\n'))
                        g_string_append_len(out, encoded + at, (gssize)MIN(length - at, 76));
                g_string_free(body, TRUE);
        }
        g_string_append(out, row->tail);
        return g_string_free_to_bytes(out);
}

static long peak_kb(void)
{
        struct rusage usage;
        getrusage(RUSAGE_SELF, &usage);
        return usage.ru_maxrss;
}

static gint64 used_ms(void)
{
        struct rusage usage;
        getrusage(RUSAGE_SELF, &usage);
        return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * G_GINT64_CONSTANT(1000) +
               (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000;
}

/* In the child: what it takes goes to the pipe. The peak of a process is that of its parent at first, hence
 * the mail is there before. */
static void read_and_tell(GBytes *raw, int out)
{
        long before_kb = peak_kb();
        gint64 before_ms = used_ms();
        const ReadingContext context = { .patterns = patterns };
        {
                g_autoptr(Message) message = message_open(raw);
                g_autoptr(References) references = references_find(message);
                g_autoptr(Reading) reading = reading_make(message, &context, NULL);
                g_assert_true(references != NULL && reading != NULL);
        }
        const gint64 taken[2] = { peak_kb() - before_kb, used_ms() - before_ms };
        _exit(write(out, taken, sizeof taken) == sizeof taken ? 0 : 1);
}

static void check_row(gconstpointer data)
{
        const Row *row = data;
        g_autoptr(GBytes) raw = make_mail(row);
        int ends[2], status;
        gint64 taken[2] = { 0, 0 };
        g_assert_cmpint(pipe(ends), ==, 0);
        pid_t child = fork();
        if (child == 0)
                read_and_tell(raw, ends[1]);
        close(ends[1]);
        bool is_told = read(ends[0], taken, sizeof taken) == sizeof taken;
        close(ends[0]);
        g_assert_cmpint(waitpid(child, &status, 0), ==, child);
        g_assert_cmpint(status, ==, 0);
        g_assert_true(is_told);
        g_test_message("%" G_GINT64_FORMAT " KB, %" G_GINT64_FORMAT " ms", taken[0], taken[1]);
        if (IS_SANITIZED)
                return;
        g_assert_cmpint(taken[0], <=, MOST_KB);
        g_assert_cmpint(taken[1], <=, MOST_MS);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        reading_load();
        g_autoptr(Problems) problems = problems_new();
        patterns = patterns_load_dir("rules/reading", problems);
        g_autofree char *said = problems_print(problems);
        g_assert_cmpstr(said, ==, "");
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *name = g_strconcat("/limits/", rows[i].name, NULL);
                g_test_add_data_func(name, &rows[i], check_row);
        }
        int failed = g_test_run();
        patterns_free(patterns);
        return failed;
}
