/* Mails as programs write them and as attackers do: subject, author, text; then what must cost nothing. */
#include "mail/message.h"

#include "base/sanitizer.h"

#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { HOSTILE_MAX_MB = 64, HOSTILE_MAX_S = 2 };

static GBytes *load(const char *name)
{
        g_autofree char *path = g_test_build_filename(G_TEST_DIST, "mail", "message", name, NULL);
        char *bytes;
        gsize size;
        g_autoptr(GError) error = NULL;
        g_file_get_contents(path, &bytes, &size, &error);
        g_assert_no_error(error);
        return g_bytes_new_take(bytes, size);
}

typedef struct {
        const char *file;
        const char *subject;
        const char *from; /* NULL: not exactly one author */
        const char *name;
        const char *text;
} Row;

#define CLAIRE "claire@example.org", "Claire Tutrice"

static const Row rows[] = {
        { "outlook-windows-1252.eml", "Re: Bilan", CLAIRE, "C’est validé – bon stage …" },
        { "utf-8-declared-latin-1.eml", "Re: Bilan", CLAIRE, "Validé, à bientôt" },
        { "latin-1-declared-utf-8.eml", "Re: Bilan", CLAIRE, "Validé, à bientôt" },
        { "undeclared-latin-1.eml", "Re: Bilan", CLAIRE, "Validé, à bientôt" },
        { "unknown-charset.eml", "Re: Bilan", CLAIRE, "Validé" },
        { "ascii-declared-windows-1252.eml", "Re: Bilan", CLAIRE, "L’accord €" },
        { "arabic-windows-1256.eml", "Re: Bilan", CLAIRE, "نعم، أوافق على التدريب" },
        { "arabic-undeclared.eml", "Re: Bilan", CLAIRE, "السلام عليكم، أوافق على التقرير" },
        { "arabic-language-short.eml", "Re: Bilan", CLAIRE, "نعم" },
        { "japanese-iso-2022-jp.eml", "了解", CLAIRE, "了解しました" },
        { "japanese-undeclared.eml", "Re: Bilan", CLAIRE, "了解しました" },
        { "chinese-gb2312-is-gb18030.eml", "Re: Bilan", CLAIRE, "同意，镕" },
        { "chinese-hz.eml", "Re: Bilan", CLAIRE, "同意 ~ OK" },
        { "russian-koi8-r.eml", "Re: Bilan", CLAIRE, "Согласен" },
        { "korean-ks-c-5601.eml", "Re: Bilan", CLAIRE, "동의합니다 똠" },
        { "turkish-iso-8859-9.eml", "Re: Bilan", CLAIRE, "Onaylıyorum, teşekkürler" },
        { "gb18030-one-byte-lost.eml", "Re: Bilan", CLAIRE,
          "同意这个实习报告，谢谢您的帮助。同意这个实习报告，谢谢您的帮助。同意这个实习报告，谢谢您的帮助。"
          "\uFFFD!" },
        { "utf-16-base64.eml", "Re: Bilan", CLAIRE, "Validé" },
        { "utf-8-bom.eml", "Re: Bilan", CLAIRE, "Validé" },
        { "flowed.eml", "Re: Bilan", CLAIRE,
          "Un paragraphe qui continue sur deux lignes.\n> une citation coupée\n>> plus profonde\n"
          "From stuffed\n-- \nClaire Tutrice" },
        { "flowed-delsp.eml", "Re: Bilan", CLAIRE, "international" },
        { "html-only.eml", "Re: Bilan", CLAIRE, "Oui, je valide.\n\nClaire" },
        { "plain-is-blank.eml", "Re: Bilan", CLAIRE, "Oui, je valide." },
        { "signed.eml", "Re: Bilan", CLAIRE, "Oui, je valide." },
        { "encrypted.eml", "Re: Bilan", CLAIRE, "" },
        { "apple-text-photo-text.eml", "Re: Bilan", CLAIRE, "Voici la photo :\nJe valide." },
        { "text-file-attached.eml", "Re: Bilan", CLAIRE, "Voir le fichier." },
        { "related-start.eml", "Re: Bilan", CLAIRE, "Oui" },
        { "forward-attached.eml", "Re: Bilan", CLAIRE, "Pour info." },
        { "boundary-never-closed.eml", "Re: Bilan", CLAIRE, "Oui." },
        { "boundary-missing.eml", "Re: Bilan", CLAIRE, "Oui." },
        { "subject-split-inside-character.eml", "Validé !", CLAIRE, "Oui" },
        { "subject-words-glued.eml", "Re: [École] Fiche à valider", CLAIRE, "Oui" },
        { "subject-raw-koi8-r.eml", "Практика", CLAIRE, "Да" },
        { "subject-raw-utf-8.eml", "Fiche à valider", CLAIRE, "Oui" },
        { "subject-line-break-hidden.eml", "Oui Bcc: x@example.org", CLAIRE, "Oui" },
        { "two-authors.eml", "Re: Bilan", NULL, "Claire", "Oui" },
        { "two-from-headers.eml", "Re: Bilan", NULL, "Mallory", "Oui" },
        { "author-in-group.eml", "Re: Bilan", "claire@example.org", "Tutrice, Claire", "Oui" },
        { "author-comma-in-name.eml", "Re: Bilan", "claire@example.org", "Tutrice, Claire", "Oui" },
        { "author-name-is-address.eml", "Re: Bilan", "mallory@example.net", "head@example.org", "Oui" },
        { "author-comment.eml", "Re: Bilan", "claire@example.org", "Cléo", "Oui" },
        { "sender-differs.eml", "Re: Bilan", CLAIRE, "Oui" },
        { "mbox-line.eml", "Re: Bilan", CLAIRE, "Oui" },
        { "blanks-before-header.eml", "Re: Bilan", CLAIRE, "Oui" },
        { "from-folded-before-colon.eml", "s", "mallory@example.net", "", "Oui" },
};

static void check_bytes(const Row *row, GBytes *raw)
{
        g_autoptr(Message) message = message_open(raw);
        g_assert_cmpint(message_flaw(message), ==, MESSAGE_FINE);
        g_assert_cmpstr(message_subject(message), ==, row->subject);
        g_assert_cmpstr(message_from(message), ==, row->from);
        g_assert_cmpstr(message_from_name(message), ==, row->name);
        g_autofree char *text = g_strchomp(g_strdup(message_text(message)));
        g_assert_cmpstr(text, ==, row->text);
}

/* The same mail with bare LF reads the same. */
static void check_row(gconstpointer data)
{
        const Row *row = data;
        g_autoptr(GBytes) raw = load(row->file);
        check_bytes(row, raw);
        size_t size;
        const char *bytes = g_bytes_get_data(raw, &size);
        GByteArray *bare = g_byte_array_new();
        for (size_t i = 0; i < size; i++)
                if (bytes[i] != '\r' || i + 1 == size || bytes[i + 1] != '\n')
                        g_byte_array_append(bare, (const guint8 *)bytes + i, 1);
        g_autoptr(GBytes) without_cr = g_byte_array_free_to_bytes(bare);
        check_bytes(row, without_cr);
}

/* What a mail program shows as HTML is given beside the text. */
static void check_html(void)
{
        g_autoptr(GBytes) raw = load("outlook-windows-1252.eml");
        g_autoptr(Message) message = message_open(raw);
        g_assert_cmpstr(message_html(message), ==, "<html><body><p>C’est validé en HTML</p></body></html>");
        g_autoptr(GBytes) plain = load("flowed.eml");
        g_autoptr(Message) without = message_open(plain);
        g_assert_null(message_html(without));
}

static void check_sender(void)
{
        g_autoptr(GBytes) raw = load("sender-differs.eml");
        g_autoptr(Message) message = message_open(raw);
        g_assert_cmpstr(message_sender(message), ==, "secr@example.org");
        g_assert_cmpstr(message_id(message), ==, "m1@example.org");
}

/* Servers fold and encode anew: it is the same message as long as its words are. */
static void check_fingerprint(void)
{
        static const char one[] =
                "From: a@example.org\r\nDate: d\r\nSubject: a long\r\n subject\r\n\r\nOui \xC3\xA9\r\n";
        static const char same[] =
                "Received: x\r\nSubject: a long subject\r\nFrom: a@example.org\r\nDate: d\r\n"
                "Content-Transfer-Encoding: quoted-printable\r\n\r\nOui =C3=A9\r\n";
        static const char other[] =
                "From: a@example.org\r\nDate: d\r\nSubject: a long subject\r\n\r\nNon\r\n";
        const char *const mails[] = { one, same, other };
        char *prints[3];
        for (int i = 0; i < 3; i++) {
                g_autoptr(GBytes) raw = g_bytes_new_static(mails[i], strlen(mails[i]));
                g_autoptr(Message) message = message_open(raw);
                prints[i] = message_fingerprint(message);
                g_assert_cmpuint(strlen(prints[i]), ==, 64);
        }
        g_assert_cmpstr(prints[0], ==, prints[1]);
        g_assert_cmpstr(prints[0], !=, prints[2]);
        for (int i = 0; i < 3; i++)
                g_free(prints[i]);
}

/* ------ hostile */

static const char plain_header[] = "From: a@example.org\r\nSubject: s\r\n";

static void nested_groups(GString *mail)
{
        g_string_append(mail, "Subject: s\r\nFrom: ");
        for (int i = 0; i < 60000; i++)
                g_string_append(mail, "g:");
        g_string_append(mail, "\r\n\r\nOui\r\n");
}

static void nested_groups_inside(GString *mail)
{
        g_string_append_printf(mail, "%sContent-Type: message/rfc822\r\n\r\nTo: ", plain_header);
        for (int i = 0; i < 60000; i++)
                g_string_append(mail, "g:\r\n ");
        g_string_append(mail, "\r\n\r\nOui\r\n");
}

static void nested_parts(GString *mail)
{
        g_string_append_printf(mail, "%sMIME-Version: 1.0\r\n", plain_header);
        for (int i = 0; i < 10000; i++)
                g_string_append_printf(mail, "Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n",
                                       i, i);
        g_string_append(mail, "\r\nOui\r\n");
}

static void nested_messages(GString *mail)
{
        g_string_append(mail, plain_header);
        for (int i = 0; i < 200000; i++)
                g_string_append(mail, "Content-Type: message/rfc822\r\n\r\n");
}

static void many_parts(GString *mail)
{
        g_string_append_printf(mail, "%sContent-Type: multipart/mixed; boundary=b\r\n\r\n", plain_header);
        for (int i = 0; i < 1000000; i++)
                g_string_append(mail, "--b\r\n\r\nx\r\n");
}

static void hundred_and_one_parts(GString *mail)
{
        g_string_append_printf(mail, "%sContent-Type: multipart/mixed; boundary=b\r\n\r\n", plain_header);
        for (int i = 0; i < 101; i++)
                g_string_append(mail, "--b\r\n\r\nx\r\n");
}

static void many_header_lines(GString *mail)
{
        g_string_append(mail, plain_header);
        for (int i = 0; i < 10000; i++)
                g_string_append(mail, "X-A: b\r\n");
        g_string_append(mail, "\r\nOui\r\n");
}

static void long_header(GString *mail)
{
        g_string_append_printf(mail, "%sReferences:", plain_header);
        for (int i = 0; i < 100000; i++)
                g_string_append(mail, " <a@b>\r\n");
        g_string_append(mail, "\r\nOui\r\n");
}

static void too_large(GString *mail)
{
        g_string_append_printf(mail, "%s\r\n", plain_header);
        gsize start = mail->len;
        g_string_set_size(mail, 30 * 1024 * 1024);
        memset(mail->str + start, 'x', mail->len - start);
}

static void large_attachment(GString *mail)
{
        g_string_append_printf(mail,
                               "%sContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nOui\r\n--b\r\n"
                               "Content-Type: application/pdf; name=a.pdf\r\n"
                               "Content-Transfer-Encoding: base64\r\n\r\n",
                               plain_header);
        while (mail->len < 24 * 1024 * 1024)
                g_string_append(
                        mail, "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAx\r\n");
        g_string_append(mail, "--b--\r\n");
}

static void large_text(GString *mail)
{
        g_string_append_printf(mail, "%sContent-Type: text/html; charset=koi8-r\r\n\r\n", plain_header);
        while (mail->len < 24 * 1024 * 1024)
                g_string_append(mail, "<div>\xC1\xC2<blockquote>");
}

static void encoded_word_openings(GString *mail)
{
        g_string_append(mail, "From: a@example.org\r\nSubject: ");
        for (int i = 0; i < 30000; i++)
                g_string_append(mail, "=?a?q?");
        g_string_append(mail, "\r\n\r\nOui\r\n");
}

static void empty(GString *mail G_GNUC_UNUSED)
{
}

static void no_header(GString *mail)
{
        g_string_append(mail, "Bonjour: une ligne\r\net une autre\r\n");
}

static void nul_bytes(GString *mail)
{
        g_string_append(mail, "From: a@example.org\r\nSubject: a");
        g_string_append_len(mail, "\0b\r\n\r\nO\0ui\r\n", 12);
}

static const struct {
        const char *name;
        void (*write)(GString *mail);
        MessageFlaw flaw;
        const char *text; /* NULL: not looked at */
} hostile[] = {
        { "nested-groups", nested_groups, MESSAGE_TOO_MANY_PARTS, "" },
        { "nested-groups-inside", nested_groups_inside, MESSAGE_TOO_MANY_PARTS, "" },
        { "nested-parts", nested_parts, MESSAGE_TOO_MANY_PARTS, "" },
        { "nested-messages", nested_messages, MESSAGE_TOO_MANY_PARTS, "" },
        { "many-parts", many_parts, MESSAGE_TOO_MANY_PARTS, "" },
        { "101-parts", hundred_and_one_parts, MESSAGE_TOO_MANY_PARTS, NULL },
        { "many-header-lines", many_header_lines, MESSAGE_TOO_MANY_PARTS, "" },
        { "long-header", long_header, MESSAGE_TOO_MANY_PARTS, "" },
        { "too-large", too_large, MESSAGE_TOO_LARGE, "" },
        { "large-attachment", large_attachment, MESSAGE_FINE, "Oui" },
        { "large-text", large_text, MESSAGE_FINE, NULL },
        { "encoded-word-openings", encoded_word_openings, MESSAGE_FINE, "Oui" },
        { "empty", empty, MESSAGE_NOT_A_MESSAGE, "" },
        { "no-header", no_header, MESSAGE_NOT_A_MESSAGE, "" },
        { "nul-bytes", nul_bytes, MESSAGE_FINE, "Oui" },
};

static void read_hostile(int i)
{
        GString *mail = g_string_new(NULL);
        hostile[i].write(mail);
        g_autoptr(GBytes) raw = g_string_free_to_bytes(mail);
        gint64 start = g_get_monotonic_time();
        g_autoptr(Message) message = message_open(raw);
        g_autofree char *text = g_strchomp(g_strdup(message_text(message)));
        message_html(message);
        message_subject(message);
        g_autofree char *fingerprint = message_fingerprint(message);
        gint64 took = g_get_monotonic_time() - start;
        g_assert_cmpint(message_flaw(message), ==, hostile[i].flaw);
        g_assert_true(g_utf8_validate(text, -1, NULL));
        g_assert_cmpuint(strlen(fingerprint), ==, 64);
        if (hostile[i].text != NULL)
                g_assert_cmpstr(text, ==, hostile[i].text);
        if (!IS_SANITIZED)
                g_assert_cmpint(took, <, HOSTILE_MAX_S * G_USEC_PER_SEC);
}

/* In a process of its own, so that its memory can be told. The mail itself is there too, and its copy while
 * it is made. */
static void check_hostile(gconstpointer data)
{
        pid_t child = fork();
        if (child == 0) {
                read_hostile(GPOINTER_TO_INT(data));
                _exit(0);
        }
        int status;
        struct rusage usage;
        g_assert_cmpint(wait4(child, &status, 0, &usage), ==, child);
        g_assert_true(WIFEXITED(status));
        g_assert_cmpint(WEXITSTATUS(status), ==, 0);
        if (!IS_SANITIZED)
                g_assert_cmpint(usage.ru_maxrss, <, HOSTILE_MAX_MB * 1024);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *name = g_strconcat("/message/", rows[i].file, NULL);
                g_test_add_data_func(name, &rows[i], check_row);
        }
        for (size_t i = 0; i < G_N_ELEMENTS(hostile); i++) {
                g_autofree char *name = g_strconcat("/message/hostile/", hostile[i].name, NULL);
                g_test_add_data_func(name, GINT_TO_POINTER((int)i), check_hostile);
        }
        g_test_add_func("/message/html", check_html);
        g_test_add_func("/message/sender", check_sender);
        g_test_add_func("/message/fingerprint", check_fingerprint);
        return g_test_run();
}
