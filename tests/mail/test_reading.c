/* A whole reading: what is put together from class, new text, intent and the rest, and the same after the
 * pipe. */
#include "mail/reading.h"

#include <string.h>
#include <time.h>

static Patterns *patterns;

static Reading *read_mail(const char *headers, const char *body)
{
        g_autofree char *mail = g_strdup_printf(
                "To: Stages <stages@univ.example>\nMIME-Version: 1.0\n%s\n\n%s", headers, body);
        g_autoptr(GBytes) raw = g_bytes_new(mail, strlen(mail));
        g_autoptr(Message) message = message_open(raw);
        ReadingContext context = { .patterns = patterns,
                                   .own_address = "stages@univ.example",
                                   .instance = "x1" };
        return reading_make(message, &context, NULL);
}

static const char report[] = "--r\n\nYour mail failed.\n--r\nContent-Type: message/delivery-status\n\n"
                             "Reporting-MTA: dns; mx.example.org\n\n"
                             "Final-Recipient: rfc822; tutor@example.org\nAction: failed\nStatus: 5.1.1\n"
                             "--r--\n";

static const struct {
        const char *name;
        const char *headers, *body;
        MailKind kind;
        Intent intent;
        const char *text; /* NULL: not looked at */
        const char *from; /* NULL: may not act */
} rows[] = {
        { "person", "From: A <a@example.org>\nSubject: Re: x", "Je valide.\n\n> Bonjour\n> validez\n",
          MAIL_HUMAN, INTENT_ACCEPT, "Je valide.", "a@example.org" },
        { "condition", "From: A <a@example.org>\nSubject: Re: x", "Je valide sous réserve de corrections.\n",
          MAIL_HUMAN, INTENT_UNCLEAR, NULL, "a@example.org" },
        { "condition-that-looks-like-a-field", "From: A <a@example.org>\nSubject: Re: x",
          "Je valide.\n[1] : sauf les dates, à revoir avant lundi\n", MAIL_HUMAN, INTENT_UNCLEAR, NULL,
          "a@example.org" },
        { "two-authors", "From: A <a@example.org>, B <b@example.org>\nSubject: Re: x", "Je valide.\n",
          MAIL_HUMAN, INTENT_ACCEPT, NULL, NULL },
        { "out-of-office-never-accepts",
          "From: A <a@example.org>\nAuto-Submitted: auto-replied\nSubject: Absence", "Je valide.\n",
          MAIL_AUTOMATIC, INTENT_UNCLEAR, NULL, "a@example.org" },
        { "bounce",
          "From: MAILER-DAEMON@mx.example.org\nContent-Type: multipart/report; report-type=delivery-status; "
          "boundary=r",
          report, MAIL_BOUNCE, INTENT_UNCLEAR, NULL, "MAILER-DAEMON@mx.example.org" },
        { "own", "From: stages@univ.example\nX-Facteur-Loop: x1\nSubject: x", "je valide\n", MAIL_OWN,
          INTENT_UNCLEAR, NULL, "stages@univ.example" },
};

static void check_same(const Reading *reading, const Reading *back)
{
        g_assert_nonnull(back);
        json_t *one = reading_to_json(reading), *two = reading_to_json(back);
        g_assert_true(json_equal(one, two));
        g_assert_cmpstr(reading->from, ==, back->from);
        json_decref(one);
        json_decref(two);
}

static void check_row(gconstpointer data)
{
        size_t i = GPOINTER_TO_SIZE(data);
        g_autoptr(Reading) reading = read_mail(rows[i].headers, rows[i].body);
        g_assert_cmpstr(mail_kind_word(reading->kind), ==, mail_kind_word(rows[i].kind));
        g_assert_cmpstr(intent_word(reading->intent), ==, intent_word(rows[i].intent));
        g_assert_cmpstr(reading->from, ==, rows[i].from);
        if (rows[i].text != NULL)
                g_assert_cmpstr(reading->text, ==, rows[i].text);
        g_autoptr(GByteArray) bytes = g_byte_array_new();
        reading_to_bytes(reading, bytes);
        g_autoptr(Reading) back = reading_from_bytes((const char *)bytes->data, bytes->len);
        check_same(reading, back);
}

/* Every member goes through the pipe; what was cut, or is followed by something, is no reading. */
static void check_pipe(void)
{
        g_autoptr(Reading) reading = reading_new();
        reading->kind = MAIL_AUTOMATIC;
        reading->subject = g_strdup("sujet é");
        reading->author = g_strdup("a@example.org");
        reading->from = g_strdup("a@example.org");
        reading->from_name = g_strdup("A");
        reading->sender = g_strdup("s@example.org");
        reading->message_id = g_strdup("m@example.org");
        reading->text = g_strdup("un\ndeux");
        reading->intent = INTENT_REFUSE;
        reading->reason = g_strdup("dates");
        reading->statement = g_strdup("absent");
        reading->is_unopposed = true;
        reading->is_doubtful = true;
        reading->auth = AUTH_PASS;
        reading->absent_until = g_strdup("le 3 mars");
        reading->deputy = g_strdup("d@example.org");
        reading->table = g_strdup("name\nZoé\n");
        reading->table_name = g_strdup("a.csv");
        g_ptr_array_add(reading->why, g_strdup("class: x"));
        Command *command = g_new0(Command, 1);
        *command = (Command){ g_strdup("undo"), g_strdup("2"), g_strdup("1 3"), g_strdup("1 3 ANNULER 2") };
        g_ptr_array_add(reading->commands, command);
        FormLine *line = g_new0(FormLine, 1);
        *line = (FormLine){ 3, g_strdup("Note"), g_strdup("12"), true };
        g_ptr_array_add(reading->lines, line);
        Bounce *bounce = g_new0(Bounce, 1);
        *bounce = (Bounce){ g_strdup("t@example.org"), true, "5.1.1" };
        g_ptr_array_add(reading->bounces, bounce);
        Attachment *attachment = g_new0(Attachment, 1);
        *attachment = (Attachment){ g_strdup("a/b.pdf"), g_strdup("ab.pdf"), g_strdup("application/pdf"),
                                    12345678901, true };
        g_ptr_array_add(reading->attachments, attachment);

        g_autoptr(GByteArray) bytes = g_byte_array_new();
        reading_to_bytes(reading, bytes);
        g_autoptr(Reading) back = reading_from_bytes((const char *)bytes->data, bytes->len);
        check_same(reading, back);
        g_assert_cmpint(back->auth, ==, AUTH_PASS);
        g_assert_cmpstr(back->deputy, ==, "d@example.org");
        g_assert_cmpstr(back->table, ==, "name\nZoé\n");
        g_assert_cmpstr(back->table_name, ==, "a.csv");
        g_assert_cmpstr(((Command *)g_ptr_array_index(back->commands, 0))->numbers, ==, "1 3");
        g_assert_cmpint(((FormLine *)g_ptr_array_index(back->lines, 0))->anchor, ==, 3);
        g_assert_cmpint(((Attachment *)g_ptr_array_index(back->attachments, 0))->size_bytes, ==, 12345678901);
        json_t *object = reading_to_json(back);
        g_assert_cmpstr(json_string_value(json_object_get(object, "command")), ==, "undo");
        json_decref(object);
        g_assert_null(reading_from_bytes("", 0));
        for (guint size = 1; size < bytes->len; size++) {
                g_autofree char *cut = g_memdup2(bytes->data, size); /* its end is seen by the sanitizer */
                g_assert_null(reading_from_bytes(cut, size));
        }
        g_byte_array_append(bytes, (const guint8 *)"x", 1);
        g_assert_null(reading_from_bytes((const char *)bytes->data, bytes->len));
        memset(bytes->data, 0xff, sizeof(int64_t)); /* a kind that there is not */
        g_assert_null(reading_from_bytes((const char *)bytes->data, bytes->len - 1));
}

/* A reader gone wild may send any bytes. */
static void check_wild(void)
{
        g_autoptr(Reading) reading = read_mail(rows[0].headers, rows[0].body);
        g_autoptr(GByteArray) bytes = g_byte_array_new();
        reading_to_bytes(reading, bytes);
        g_autoptr(GRand) random = g_rand_new_with_seed(5);
        for (int i = 0; i < 20000; i++) {
                g_autofree char *wild = g_memdup2(bytes->data, bytes->len);
                for (int n = 0; n < 3; n++)
                        wild[g_rand_int_range(random, 0, (gint)bytes->len)] =
                                (char)g_rand_int_range(random, 0, 256);
                g_autoptr(Reading) back = reading_from_bytes(wild, bytes->len);
                if (back != NULL)
                        g_assert_true(g_utf8_validate(back->text, -1, NULL));
        }
}

/* An acceptance whose end is not read is none. */
static void check_too_long(void)
{
        g_autoptr(GString) body = g_string_new("Je valide.\n\n");
        for (int i = 0; i < 60000; i++)
                g_string_append(body, "> x\n");
        g_autoptr(Reading) cut = read_mail("From: A <a@example.org>\nSubject: Re: x", body->str);
        g_assert_cmpint(cut->intent, ==, INTENT_UNCLEAR);
        g_string_truncate(body, 4 * 40000);
        g_autoptr(Reading) whole = read_mail("From: A <a@example.org>\nSubject: Re: x", body->str);
        g_assert_cmpint(whole->intent, ==, INTENT_ACCEPT);
}

/* A condition that names a field which is filled as well is no value of it. */
static void check_condition_beside_field(void)
{
        static const char form[] = "From: stages@univ.example\nSubject: x\n\nHeures [2] :\n";
        static const char head[] = "From: A <a@example.org>\nSubject: Re: x\n\n";
        static const struct {
                const char *text;
                Intent intent;
        } cases[] = {
                { "Je valide.\n[2] : 28\n", INTENT_ACCEPT },
                { "Je valide.\nsauf si le point [2] change\n\n[2] : 28\n", INTENT_UNCLEAR },
                { "Je valide.\nSauf [2] : à revoir\n", INTENT_UNCLEAR },
        };
        g_autoptr(GPtrArray) own = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
        g_ptr_array_add(own, g_bytes_new_static(form, strlen(form)));
        const ReadingContext context = { .patterns = patterns };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_autofree char *mail = g_strconcat(head, cases[i].text, NULL);
                g_autoptr(GBytes) raw = g_bytes_new(mail, strlen(mail));
                g_autoptr(Message) message = message_open(raw);
                g_autoptr(Reading) reading = reading_make(message, &context, own);
                g_assert_cmpint(reading->intent, ==, cases[i].intent);
                g_assert_cmpuint(reading->lines->len, ==, 1);
        }
}

/* A form of ours with many fields, filled, and a long text below: each line is looked at for each field. */
static void check_many_fields(void)
{
        g_autoptr(GString) form = g_string_new("From: stages@univ.example\nSubject: x\n\n");
        g_autoptr(GString) reply = g_string_new("From: A <a@example.org>\nSubject: Re: x\n\nJe valide.\n");
        for (int i = 1; i <= 200; i++) {
                g_string_append_printf(form, "Champ %d [%d] :\n", i, i);
                g_string_append_printf(reply, "Champ %d [%d] : non\n", i, i);
        }
        for (int i = 0; i < 40000; i++)
                g_string_append(reply, "a b c\n");
        g_autoptr(GBytes) raw = g_bytes_new(reply->str, reply->len);
        g_autoptr(GPtrArray) own = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
        g_ptr_array_add(own, g_bytes_new(form->str, form->len));
        g_autoptr(Message) message = message_open(raw);
        const ReadingContext context = { .patterns = patterns };
        clock_t start = clock();
        g_autoptr(Reading) reading = reading_make(message, &context, own);
        g_assert_cmpint(clock() - start, <, 2 * CLOCKS_PER_SEC);
        g_assert_cmpuint(reading->lines->len, ==, 200);
        g_assert_cmpint(reading->intent, ==, INTENT_UNCLEAR);
}

static void check_not_a_message(void)
{
        g_autoptr(GBytes) raw = g_bytes_new_static("je valide", 9);
        g_autoptr(Message) message = message_open(raw);
        ReadingContext context = { .patterns = patterns };
        g_autoptr(Reading) reading = reading_make(message, &context, NULL);
        g_assert_cmpint(reading->kind, ==, MAIL_OTHER);
        g_assert_cmpstr(reading->text, ==, "");
        g_assert_cmpstr(g_ptr_array_index(reading->why, 0), ==, "class: not a mail: no header");
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_autoptr(Problems) problems = problems_new();
        g_autofree char *folder = g_test_build_filename(G_TEST_DIST, "..", "rules", "reading", NULL);
        patterns = patterns_load_dir(folder, problems);
        g_assert_nonnull(patterns);
        reading_load();
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *name = g_strconcat("/reading/", rows[i].name, NULL);
                g_test_add_data_func(name, GSIZE_TO_POINTER(i), check_row);
        }
        g_test_add_func("/reading/pipe", check_pipe);
        g_test_add_func("/reading/wild", check_wild);
        g_test_add_func("/reading/too-long", check_too_long);
        g_test_add_func("/reading/condition-beside-field", check_condition_beside_field);
        g_test_add_func("/reading/many-fields", check_many_fields);
        g_test_add_func("/reading/not-a-message", check_not_a_message);
        int result = g_test_run();
        patterns_free(patterns);
        return result;
}
