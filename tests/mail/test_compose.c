/* Mails as they are sent: headers, structure, and golden words: every mail in the three languages, text and
 * HTML, compared whole with tests/mail/compose/<name>.<lang>. FACTEUR_GOLDEN=1 writes them anew: read the
 * difference. */
#include "mail/compose.h"
#include "mail/message.h"

#include <gmime/gmime.h>
#include <string.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(json_t, json_decref)

#define FOLDER "tests/mail/compose/"
#define EMPTY_FORM                                                                                           \
        "\"actions\": [], \"step\": {\"key\": \"x\", \"number\": \"S09\", \"label\": \"S09\", \"due\": "     \
        "\"\", "                                                                                             \
        "\"is_heavy\": true, \"is_form\": true, \"is_validate\": false, \"is_acknowledge\": false, "         \
        "\"actor\": \"\", \"state_label\": \"\"}"

enum { HTML_MAX_BYTES = 90 * 1024, LEAD_CHARACTERS = 112 }; /* 90, and room for the example's names */

/* A mail of the tests: the example's view, in the language, with some names otherwise. */
typedef struct {
        const char *name, *key, *changes; /* JSON object */
} Row;

static const char *const languages[] = { "fr", "en", "ar", NULL };

static const Row variants[] = {
        { "first-no-pages", "record_to_validate",
          "{\"reminder\": false, \"url\": \"\", \"code\": \"\", \"difference\": [], \"has_difference\": "
          "false}" },
        { "last-reminder", "midterm_to_write", "{" EMPTY_FORM ", \"is_last_reminder\": true}" },
        { "no-privacy-page", "help",
          "{\"privacy_url\": \"\", \"help_contact\": \"\", \"progress_line\": \"\"}" },
        { "record-returned", "record_incomplete", "{\"reminder\": false}" },
        { "receipt-remark", "receipt", "{\"is_remark\": true}" },
        { "receipt-not-me", "receipt", "{\"is_not_me\": true}" },
        { "receipt-form", "receipt", "{\"answer_label\": \"\", \"reason\": \"\"}" },
        { "question-passed-on", "question_back", "{\"was_question\": true}" },
        { "winmail-alone", "winmail", "{\"is_wordless\": true}" },
        { "question-back-automatic", "question_back",
          "{\"is_automatic\": true, \"held_by\": \"claire@example.net\"}" },
        { "question-back-form", "question_back", "{" EMPTY_FORM "}" },
        { "forwarded-remark", "question_forwarded", "{\"is_remark\": true}" },
        { "forwarded-not-me", "question_forwarded", "{\"is_not_me\": true}" },
        { "why-nothing", "why", "{\"facts\": []}" },
        { "label-unknown", "label_verified", "{\"is_genuine\": false}" },
        { "search-none", "search_results",
          "{\"has_found\": false, \"is_cut\": false, \"found_people\": [], \"found_organisations\": [], "
          "\"found_cases\": [], \"found_messages\": []}" },
        { "feedbacks-none", "organisation_feedbacks", "{\"feedbacks\": []}" },
        { "documents-none", "documents", "{\"documents\": []}" },
        { "delegated-away", "delegated", "{\"is_delegate\": false}" },
        { "digest-quiet", "digest",
          "{\"is_quiet\": true, \"is_waiting\": false, \"digest_yours\": [], \"digest_held\": [], "
          "\"digest_agreements\": [], \"digest_asked\": [], \"digest_addresses\": [], "
          "\"digest_escalated\": [], \"digest_late\": [], \"digest_done\": [], \"digest_labels\": [], "
          "\"digest_week\": [], \"progress\": [], \"left_out_count\": false, \"url\": \"\", "
          "\"progress_line\": \"\", "
          "\"reference\": \"\"}" },
        { "import-faulty", "import_report", "{\"is_import_to_confirm\": false, \"is_import_faulty\": true}" },
        { "import-same", "import_report",
          "{\"is_import_to_confirm\": false, \"is_import_same\": true, \"import_warnings\": []}" },
        { "import-taken", "import_report", "{\"is_import_to_confirm\": false, \"is_import_taken\": true}" },
        { "import-dropped", "import_report",
          "{\"is_import_to_confirm\": false, \"is_import_dropped\": true, \"import_warnings\": []}" },
        { "import-over", "import_report",
          "{\"is_import_to_confirm\": false, \"is_import_over\": true, \"import_warnings\": [], "
          "\"import_mark\": \"\"}" },
        { "address-old", "address_confirm", "{\"is_new_address\": false, \"is_old_address\": true}" },
        { "address-asked", "address_confirm", "{\"is_new_address\": false, \"is_address_asked\": true}" },
        { "address-changed", "address_confirm", "{\"is_new_address\": false, \"is_address_changed\": true}" },
        { "host-not-eligible", "label_not_awarded", "{\"host_not_eligible\": true}" },
        { "case-resumes", "case_interrupted", "{\"interrupted_from\": \"\", \"reason\": \"\"}" },
        { "staff-done", "receipt", "{\"is_staff_act\": true}" },
        { "staff-asked-back", "question_back", "{\"is_staff_act\": true, \"actions\": [], \"url\": \"\"}" },
        { "delegate-how", "question_back",
          "{\"wants_address_and_date\": true, \"actions\": [], \"url\": \"\"}" },
        { "escalation-nobody", "escalation",
          "{\"step\": {\"key\": \"x\", \"number\": \"S06\", \"label\": \"S06\", \"due\": \"\", \"is_form\": "
          "false, "
          "\"actor\": \"\", \"state_label\": \"\"}}" },
        { "by-page-alone", "form_saved", "{\"fields\": []}" },
        { "agreement-late-unknown", "agreement_not_ready", "{\"days_left\": false, \"waiting_for\": []}" },
};

static MailTemplates *templates;
static GTimeZone *paris;

static json_t *load_json(const char *file)
{
        json_error_t error;
        json_t *value = json_load_file(file, 0, &error);
        if (value == NULL)
                g_error("%s:%d: %s", file, error.line, error.text);
        return value;
}

static json_t *view_for(const char *language, const char *changes)
{
        json_t *view = load_json("mail_templates/example.json");
        g_autofree char *file = g_strdup_printf(FOLDER "view.%s.json", language);
        g_autoptr(json_t) spoken = load_json(file), other = json_loads(changes, 0, NULL);
        g_assert_nonnull(other);
        json_object_update(view, spoken);
        json_object_update(view, other);
        return view;
}

static Envelope plain_envelope(const char *language)
{
        static const char *const references[] = { "c.1a2b@univ.example.org", "s.1@univ.example.org",
                                                  "s.2@univ.example.org",    "s.3@univ.example.org",
                                                  "s.4@univ.example.org",    NULL };
        return (Envelope){ .from_name = "Stages M2 Info (robot)",
                           .from_address = "stages@univ.example.org",
                           .reply_to = "stages+r7k2m9p4@univ.example.org",
                           .to_name = "Claire Moreau",
                           .to_address = "c.moreau@univ.example.org",
                           .message_id = "s.8f3a@univ.example.org",
                           .in_reply_to = "s.4@univ.example.org",
                           .references = references,
                           .sent_at = 1795598400, /* 2026-11-25 09:20 UTC */
                           .zone = paris,
                           .language = language,
                           .instance = "univ-x" };
}

static void check_golden(const char *name, const char *got)
{
        g_autofree char *file = g_strconcat(FOLDER, name, NULL), *want = NULL;
        if (g_getenv("FACTEUR_GOLDEN") != NULL) {
                g_assert_true(g_file_set_contents(file, got, -1, NULL));
                return;
        }
        g_file_get_contents(file, &want, NULL, NULL);
        if (g_strcmp0(got, want) != 0)
                g_test_message("%s: got\n%s", file, got);
        g_assert_true(g_strcmp0(got, want) == 0);
}

/* The frame is the same everywhere: the golden HTML is what stands inside its one table. */
static char *inside_table(const char *html)
{
        const char *table = strstr(html, "<table role=\"presentation\""), *start = strchr(table, '>') + 2;
        return g_strndup(start, (size_t)(g_strrstr(start, "</table>") - start));
}

static guint count_of(const char *text, const char *what)
{
        guint count = 0;
        for (const char *p = strstr(text, what); p != NULL; p = strstr(p + 1, what))
                count++;
        return count;
}

/* One table frames a mail; each bar of a digest is one more. */
static const char bar[] =
        "<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" dir=";

/* What MAIL.md D36 asks of every mail. */
static void check_manners(const char *name, const MailWords *words)
{
        g_test_message("%s", name);
        g_assert_cmpuint(count_of(words->html, "<h1"), ==, 1);
        g_assert_cmpuint(count_of(words->html, "<table"), ==, 1 + count_of(words->html, bar));
        g_assert_cmpuint(count_of(words->html, "<tr>"), ==, count_of(words->html, "</tr>"));
        g_assert_cmpuint(count_of(words->html, "<td"), ==, count_of(words->html, "</td>"));
        g_assert_cmpuint(count_of(words->html, "<bdi>"), ==, count_of(words->html, "</bdi>"));
        static const char *const forbidden[] = { "<img",  "src=", "<script", "<form",
                                                 "<link", "url(", "@import" };
        for (size_t i = 0; i < G_N_ELEMENTS(forbidden); i++)
                g_assert_null(strstr(words->html, forbidden[i]));
        g_assert_cmpuint(strlen(words->html), <, HTML_MAX_BYTES);
        g_assert_null(strpbrk(words->text, "\2\3\r"));
        g_assert_null(strpbrk(words->html, "\2\3\r"));
        g_assert_null(strstr(words->text, "{{"));
        g_assert_null(strstr(words->text, "mailto:"));
        g_assert_true(g_str_has_prefix(words->text, "==="));
        g_auto(GStrv) blocks = g_strsplit(words->text, "\n\n", 3);
        g_assert_cmpint(g_utf8_strlen(blocks[1], -1), <=, LEAD_CHARACTERS);
        g_assert_true(g_utf8_validate(words->text, -1, NULL) && g_utf8_validate(words->html, -1, NULL));
}

static void check_row(const Row *row)
{
        for (const char *const *language = languages; *language != NULL; language++) {
                g_autoptr(json_t) view = view_for(*language, row->changes);
                g_auto(MailWords) words = { 0 };
                g_autoptr(GError) error = NULL;
                mail_words_render(templates, row->key, view, *language, &words, &error);
                g_assert_no_error(error);
                g_autofree char *name = g_strdup_printf("%s.%s", row->name, *language);
                check_manners(name, &words);
                g_autofree char *rows = inside_table(words.html);
                g_autofree char *all =
                        g_strdup_printf("Subject: %s\n\n%s\n%s", words.subject, words.text, rows);
                check_golden(name, all);
        }
}

static void test_variant(const void *data)
{
        check_row(data);
}

static void test_mail(const void *data)
{
        Row row = { data, data, "{}" };
        check_row(&row);
}

/* Headers and structure. */

static GBytes *compose(const char *key, const Envelope *envelope, const char *changes)
{
        g_autoptr(json_t) view = view_for(envelope->language, changes);
        g_autoptr(GError) error = NULL;
        GBytes *bytes = mail_compose(templates, key, view, envelope, &error);
        g_assert_no_error(error);
        return bytes;
}

static void check_lines(GBytes *bytes)
{
        gsize size;
        const char *data = g_bytes_get_data(bytes, &size);
        g_assert_null(memchr(data, '\0', size));
        g_autofree char *text = g_strndup(data, size);
        g_auto(GStrv) lines = g_strsplit(text, "\r\n", -1);
        for (char **line = lines; *line != NULL; line++) {
                g_assert_null(strpbrk(*line, "\r\n"));
                g_assert_cmpuint(strlen(*line), <=, 78);
                g_assert_true(g_str_is_ascii(*line));
        }
}

static void test_whole(const void *data)
{
        const char *language = data;
        Envelope envelope = plain_envelope(language);
        g_autoptr(GBytes) bytes = compose("record_to_validate", &envelope, "{}");
        g_autoptr(GBytes) again = compose("record_to_validate", &envelope, "{}");
        g_assert_true(g_bytes_equal(bytes, again));
        check_lines(bytes);
        gsize size;
        const char *raw = g_bytes_get_data(bytes, &size);
        g_autofree char *text = g_strndup(raw, size), *name = g_strdup_printf("whole.%s.eml", language);
        check_golden(name, text);
}

/* Lines of every kind that quoted-printable has to break or to encode. */
static void test_read_back(const void *data)
{
        const char *language = data;
        static const char changes[] =
                "{\"reason\": \"=3D  \\t \\n \\nééééééééééééééééééééééééééééééééééé\\nالعربية العربية "
                "العربية "
                "العربية\\n.\\nFrom me ========================================================= \"}";
        Envelope envelope = plain_envelope(language);
        g_autoptr(json_t) view = view_for(language, changes);
        g_auto(MailWords) words = { 0 };
        g_assert_true(mail_words_render(templates, "record_to_correct", view, language, &words, NULL));
        g_autoptr(GBytes) bytes = compose("record_to_correct", &envelope, changes);
        check_lines(bytes);
        g_autoptr(Message) message = message_open(bytes);
        g_autofree char *text = NULL, *html = NULL;
        g_assert_true(mail_read_back(bytes, &text, &html));
        g_assert_cmpstr(text, ==, words.text);
        g_assert_cmpstr(html, ==, words.html);
        g_assert_cmpstr(message_text(message), ==, words.text);
        g_assert_cmpstr(message_html(message), ==, words.html);
}

static void test_not_ours(void)
{
        g_autoptr(GBytes) other = g_bytes_new_static("From: a@example.org\r\n\r\nBonjour\r\n", 32),
                          empty = g_bytes_new_static(NULL, 0);
        char *text = NULL, *html = NULL;
        g_assert_false(mail_read_back(other, &text, &html));
        g_assert_false(mail_read_back(empty, &text, &html));
        g_assert_null(text);
        g_assert_null(html);
}

static GMimeMessage *parse(GBytes *bytes)
{
        gsize size;
        const char *raw = g_bytes_get_data(bytes, &size);
        GMimeStream *stream = g_mime_stream_mem_new_with_buffer(raw, size);
        GMimeParser *parser = g_mime_parser_new_with_stream(stream);
        GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
        g_object_unref(parser);
        g_object_unref(stream);
        return message;
}

static void test_attachments(void)
{
        static const char pdf[] = "%PDF-1.7\n\0\xff\xfe";
        g_autoptr(GBytes) document = g_bytes_new_static(pdf, sizeof(pdf) - 1);
        g_autoptr(GBytes) calendar = g_bytes_new_static("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", 32);
        MailFile files[] = { { "convention de Zoé.pdf", "application/pdf", document },
                             { "soutenance.ics", "text/calendar", calendar } };
        Envelope envelope = plain_envelope("fr");
        envelope.files = files;
        envelope.file_count = G_N_ELEMENTS(files);
        g_autoptr(GBytes) bytes = compose("agreement_signed", &envelope, "{}");
        check_lines(bytes);
        GMimeMessage *message = parse(bytes);
        GMimeMultipart *mixed = GMIME_MULTIPART(g_mime_message_get_mime_part(message));
        g_assert_cmpint(g_mime_multipart_get_count(mixed), ==, 3);
        g_assert_true(GMIME_IS_MULTIPART(g_mime_multipart_get_part(mixed, 0)));
        GMimePart *part = GMIME_PART(g_mime_multipart_get_part(mixed, 1));
        g_assert_cmpstr(g_mime_part_get_filename(part), ==, "convention de Zoé.pdf");
        GMimeStream *out = g_mime_stream_mem_new();
        g_mime_data_wrapper_write_to_stream(g_mime_part_get_content(part), out);
        GByteArray *got = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(out));
        g_assert_cmpmem(got->data, got->len, pdf, sizeof(pdf) - 1);
        GMimeObject *ics = g_mime_multipart_get_part(mixed, 2);
        g_assert_cmpstr(g_mime_object_get_content_type_parameter(ics, "method"), ==, "PUBLISH");
        g_object_unref(out);
        g_object_unref(message);
}

/* Nothing that comes from data makes a header of its own. */
static void test_injection(void)
{
        Envelope envelope = plain_envelope("fr");
        envelope.to_name = "Eve\r\nBcc: x@example.org\r\n\r\nboo \u202Eevil";
        envelope.from_name = "a\nb";
        envelope.instance = "x\r\nBcc: y@example.org";
        g_autoptr(GBytes) bytes =
                compose("record_to_validate", &envelope,
                        "{\"step\": {\"label\": \"x\\r\\nBcc: z@example.org\", \"due\": \"\"}, "
                        "\"case\": {\"student\": \"<script>\\u202e**#\\n=> https://evil.example.org x\", "
                        "\"of_student\": \"<script>\\u202e**#\\n=> https://evil.example.org x\"}, "
                        "\"data\": []}");
        check_lines(bytes);
        GMimeMessage *message = parse(bytes);
        GMimeObject *object = GMIME_OBJECT(message);
        g_assert_null(g_mime_object_get_header(object, "Bcc"));
        g_assert_null(strstr(g_mime_message_get_subject(message), "\n"));
        InternetAddressList *to = g_mime_message_get_to(message);
        g_assert_cmpint(internet_address_list_length(to), ==, 1);
        g_object_unref(message);
        g_autoptr(json_t) view =
                view_for("fr", "{\"case\": {\"student\": \"<script>**\\n=> https://evil.example.org x\", "
                               "\"of_student\": \"<script>**\\n=> https://evil.example.org x\"}}");
        g_auto(MailWords) words = { 0 };
        g_assert_true(mail_words_render(templates, "record_to_validate", view, "fr", &words, NULL));
        g_assert_null(strstr(words.html, "<script"));
        g_assert_null(strstr(words.html, "href=\"https://evil"));
}

static const struct {
        const char *name;
        size_t offset;
        const char *value;
} refused[] = {
        { "no @", offsetof(Envelope, to_address), "nobody" },
        { "two lines", offsetof(Envelope, to_address), "a@example.org\r\nBcc: b@example.org" },
        { "non-ASCII local part", offsetof(Envelope, to_address), "zoé@example.org" },
        { "reply-to", offsetof(Envelope, reply_to), "a b@example.org" },
        { "from", offsetof(Envelope, from_address), "" },
        { "message-id with a blank", offsetof(Envelope, message_id), "a b@example.org" },
        { "message-id with brackets", offsetof(Envelope, message_id), "<a@example.org>" },
        { "in-reply-to with a break", offsetof(Envelope, in_reply_to), "a@example.org\r\nX: y" },
};

static void test_refused(const void *data)
{
        size_t i = GPOINTER_TO_SIZE(data);
        Envelope envelope = plain_envelope("fr");
        *(const char **)((char *)&envelope + refused[i].offset) = refused[i].value;
        g_autoptr(json_t) view = view_for("fr", "{}");
        g_autoptr(GError) error = NULL;
        g_assert_null(mail_compose(templates, "help", view, &envelope, &error));
        g_assert_error(error, COMPOSE_ERROR, COMPOSE_ERROR_ENVELOPE);
}

/* A word that cannot be folded stays below the 998 bytes of RFC 5322. */
static void test_long_names(void)
{
        g_autofree char *ascii = g_strnfill(5000, 'x'), *quoted = g_strnfill(5000, '"');
        const char *names[] = { ascii, quoted };
        for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
                Envelope envelope = plain_envelope("fr");
                envelope.to_name = envelope.from_name = names[i];
                g_autoptr(GBytes) bytes = compose("help", &envelope, "{}");
                gsize size;
                const char *raw = g_bytes_get_data(bytes, &size);
                g_autofree char *text = g_strndup(raw, size);
                g_auto(GStrv) lines = g_strsplit(text, "\r\n", -1);
                for (char **line = lines; *line != NULL; line++)
                        g_assert_cmpuint(strlen(*line), <, 998);
        }
}

static void test_domain(void)
{
        Envelope envelope = plain_envelope("fr");
        envelope.to_address = "zoe@Éxample.org";
        envelope.to_name = "Zoé, \"la tutrice\"";
        g_autoptr(GBytes) bytes = compose("help", &envelope, "{}");
        check_lines(bytes);
        GMimeMessage *message = parse(bytes);
        InternetAddress *to = internet_address_list_get_address(g_mime_message_get_to(message), 0);
        gsize size;
        const char *raw = g_bytes_get_data(bytes, &size);
        g_assert_nonnull(g_strstr_len(raw, (gssize)size, "<zoe@xn--xample-9ua.org>"));
        g_assert_cmpstr(internet_address_get_name(to), ==, "Zoé, \"la tutrice\"");
        g_object_unref(message);
}

static void test_errors(void)
{
        g_autoptr(json_t) view = view_for("fr", "{}");
        Envelope envelope = plain_envelope("fr");
        g_autoptr(GError) absent = NULL, missing = NULL;
        g_assert_null(mail_compose(templates, "nothing", view, &envelope, &absent));
        g_assert_nonnull(strstr(absent->message, "mail/nothing.fr.mustache"));
        json_object_del(view, "institution");
        g_assert_null(mail_compose(templates, "help", view, &envelope, &missing));
        g_assert_nonnull(strstr(missing->message, "partial/foot.fr.mustache:5:"));
        g_assert_nonnull(strstr(missing->message, "`institution`"));
}

/* Checking. */

typedef struct {
        const char *name, *mail, *want;
} BadRow;

static const BadRow bad[] = {
        { "unknown name", "Subject: a\n\n# {{studnet}}\n",
          "mail/help.fr.mustache:3:3: unknown name `studnet`" },
        { "name in the subject", "Subject: a {{who}}\n\n# b\n",
          "mail/help.fr.mustache:1:12: unknown name `who`" },
        { "no subject", "# a\n", "mail/help.fr.mustache:1:1: the first line is not the subject" },
        { "not closed", "Subject: a\n\n{{#case}}\n",
          "mail/help.fr.mustache:3:1: the section `case` does not end" },
        { "no partial", "Subject: a\n\n{{> nope}}\n", "mail/help.fr.mustache:3:1: no partial `nope`" },
        { "control character", "Subject: a\n\n\2x\n", "a control character" },
        { "not UTF-8", "Subject: \xff\n", "not UTF-8" },
};

static char *scratch_templates(const char *mail)
{
        g_autofree char *folder = g_dir_make_tmp("facteur-words-XXXXXX", NULL);
        static const struct {
                const char *path, *content;
        } files[] = { { "layout/mail.html.mustache", "<table>{{{content}}}</table>" },
                      { "partial/head.fr.mustache", "=== au-dessus ===\n" },
                      { "partial/foot.fr.mustache", "~ {{institution}} bonjour\n" },
                      { "example.json",
                        "{\"student\": \"x\", \"institution\": \"y\", \"case\": {\"a\": \"b\"}}" } };
        for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
                g_autofree char *file = g_build_filename(folder, files[i].path, NULL),
                                *dir = g_path_get_dirname(file);
                g_mkdir_with_parents(dir, 0700);
                g_assert_true(g_file_set_contents(file, files[i].content, -1, NULL));
        }
        g_autofree char *file = g_build_filename(folder, "mail/help.fr.mustache", NULL),
                        *dir = g_path_get_dirname(file);
        g_mkdir_with_parents(dir, 0700);
        g_assert_true(g_file_set_contents(file, mail, -1, NULL));
        return g_steal_pointer(&folder);
}

static void remove_folder(const char *folder)
{
        const char *argv[] = { "rm", "-rf", "--", folder, NULL };
        g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
}

static void test_bad(const void *data)
{
        const BadRow *row = data;
        g_autofree char *folder = scratch_templates(row->mail);
        g_autoptr(Problems) problems = problems_new();
        g_assert_null(mail_templates_load(folder, problems));
        g_autofree char *print = problems_print(problems);
        if (strstr(print, row->want) == NULL)
                g_assert_cmpstr(print, ==, row->want);
        remove_folder(folder);
}

static void test_lines(void)
{
        g_autofree char *folder =
                scratch_templates("Subject: Oui\n\n# Bien\n- OUI.\n**Aucun**\n\n=> {{student}} Oui\n"
                                  "{{student}}\n> {{student}}\nRépondez OUI\n");
        g_autoptr(Problems) problems = problems_new(), lines = problems_new();
        g_autoptr(MailTemplates) loaded = mail_templates_load(folder, problems);
        g_assert_nonnull(loaded);
        static const char *const words[] = { "oui", "aucun", "valider", NULL };
        mail_templates_check_lines(loaded, words, lines);
        g_assert_cmpuint(problems_count(lines), ==, 4);
        static const int at[] = { 4, 5, 7, 8 };
        for (guint i = 0; i < 4; i++)
                g_assert_cmpint(problems_get(lines, i)->line, ==, at[i]);
        static const char *const both[] = { "fr", "ar", NULL };
        g_autoptr(Problems) missing = problems_new();
        mail_templates_check_mail(loaded, "help", both, "rules/x.yaml", 12, 7, missing);
        g_autofree char *print = problems_print(missing);
        g_assert_cmpstr(print, ==,
                        "rules/x.yaml:12:7: the mail `help` is not there in `ar` — write "
                        "mail_templates/mail/help.ar.mustache\n");
        remove_folder(folder);
}

/* What ships: no line of it is a word that people answer with; every name is in the README. */
static void test_shipped(void)
{
        static const char *const words[] = { "valider",     "corriger", "refuser",    "accuser réception",
                                             "accord",      "signer",   "fiche",      "suivi",
                                             "lien",        "données",  "historique", "documents",
                                             "label",       "aide",     "annuler",    "pas moi",
                                             "pourquoi",    "oui",      "non",        "ok",
                                             "aucun",       "approve",  "correct",    "refuse",
                                             "acknowledge", "agree",    "follow",     "help",
                                             "undo",        "why",      "not me",     "yes",
                                             "no",          "none",     "اعتماد",     "تصحيح",
                                             "رفض",         "موافق",    "إلغاء",      "نعم",
                                             "لا",          "متابعة",   "مساعدة",     "لماذا",
                                             "لست أنا",     NULL };
        g_autoptr(Problems) problems = problems_new();
        mail_templates_check_lines(templates, words, problems);
        g_autofree char *print = problems_print(problems), *readme = NULL;
        g_assert_cmpstr(print, ==, "");
        g_assert_true(g_file_get_contents("mail_templates/README.md", &readme, NULL, NULL));
        g_autoptr(json_t) example = load_json("mail_templates/example.json");
        const char *key;
        json_t *value;
        json_object_foreach(example, key, value) {
                if (g_str_has_prefix(key, "has_"))
                        continue;
                g_autofree char *quoted = g_strdup_printf("`%s", key);
                g_assert_cmpstr(strstr(readme, quoted), !=, NULL);
        }
}

static const struct {
        const char *language;
        int n;
        const char *category;
} plurals[] = {
        { "fr", 0, "one" },     { "fr", 1, "one" },     { "fr", 2, "other" }, { "en", 0, "other" },
        { "en", 1, "one" },     { "ar", 0, "zero" },    { "ar", 1, "one" },   { "ar", 2, "two" },
        { "ar", 3, "few" },     { "ar", 10, "few" },    { "ar", 11, "many" }, { "ar", 99, "many" },
        { "ar", 100, "other" }, { "ar", 102, "other" }, { "ar", 103, "few" },
};

static void test_plurals(void)
{
        for (size_t i = 0; i < G_N_ELEMENTS(plurals); i++) {
                g_autoptr(json_t) count = mail_count(plurals[i].n, plurals[i].language);
                g_test_message("%s %d", plurals[i].language, plurals[i].n);
                g_assert_true(json_is_true(json_object_get(count, plurals[i].category)));
                g_assert_cmpint(json_integer_value(json_object_get(count, "n")), ==, plurals[i].n);
        }
}

static void add_mails(void)
{
        g_autoptr(GDir) dir = g_dir_open("mail_templates/mail", 0, NULL);
        const char *entry;
        while ((entry = g_dir_read_name(dir)) != NULL) {
                if (!g_str_has_suffix(entry, ".fr.mustache"))
                        continue;
                char *key = g_strndup(entry, strlen(entry) - strlen(".fr.mustache"));
                g_autofree char *path = g_strdup_printf("/compose/mail/%s", key);
                g_test_add_data_func_full(path, key, test_mail, g_free);
        }
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_autoptr(Problems) problems = problems_new();
        templates = mail_templates_load("mail_templates", problems);
        g_autofree char *print = problems_print(problems);
        if (templates == NULL)
                g_error("%s", print);
        paris = g_time_zone_new_identifier("Europe/Paris");
        add_mails();
        for (size_t i = 0; i < G_N_ELEMENTS(variants); i++) {
                g_autofree char *path = g_strdup_printf("/compose/variant/%s", variants[i].name);
                g_test_add_data_func(path, &variants[i], test_variant);
        }
        for (size_t i = 0; languages[i] != NULL; i++) {
                g_autofree char *path = g_strdup_printf("/compose/whole/%s", languages[i]);
                g_test_add_data_func(path, languages[i], test_whole);
                g_autofree char *back = g_strdup_printf("/compose/read-back/%s", languages[i]);
                g_test_add_data_func(back, languages[i], test_read_back);
        }
        for (size_t i = 0; i < G_N_ELEMENTS(refused); i++) {
                g_autofree char *path = g_strdup_printf("/compose/refused/%s", refused[i].name);
                g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_refused);
        }
        for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
                g_autofree char *path = g_strdup_printf("/compose/bad/%s", bad[i].name);
                g_test_add_data_func(path, &bad[i], test_bad);
        }
        g_test_add_func("/compose/not-ours", test_not_ours);
        g_test_add_func("/compose/attachments", test_attachments);
        g_test_add_func("/compose/injection", test_injection);
        g_test_add_func("/compose/domain", test_domain);
        g_test_add_func("/compose/long-names", test_long_names);
        g_test_add_func("/compose/errors", test_errors);
        g_test_add_func("/compose/lines", test_lines);
        g_test_add_func("/compose/shipped", test_shipped);
        g_test_add_func("/compose/plurals", test_plurals);
        int result = g_test_run();
        mail_templates_free(templates);
        g_time_zone_unref(paris);
        return result;
}
