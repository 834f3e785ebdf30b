/* tests/bench/read.c: how fast mails are read, beside a bare GMime parse of the same mails.
 *
 *     read RULES FILE…     prints messages a second (of processor time) of both and their ratio; without
 * files, a generated set
 *
 * Bare: parse, subject, author, and the text of the first text part, as GMime decodes it. Ours: the whole
 * reading, references and fingerprint included.
 */
#include "mail/reading.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ROUND_S 0.5
enum { ROUNDS = 3, GENERATED = 200 };

static GPtrArray *generate(void)
{
        GPtrArray *mails = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
        for (int i = 0; i < GENERATED; i++) {
                GString *mail = g_string_new(NULL);
                g_string_append_printf(
                        mail,
                        "Received: from mx.example.org by mail.example.org; Mon, 1 Mar 2027 08:%02d:00 "
                        "+0100\r\n"
                        "From: =?utf-8?Q?Ren=C3=A9_Tuteur?= <tuteur%d@example.org>\r\n"
                        "To: Stages <stages+r1%010d@example.org>\r\n"
                        "Subject: =?utf-8?Q?Re=3A_=5BSEMSEM_2027-%04d=5D_Bilan_=C3=A0_mi-parcours?=\r\n"
                        "Date: Mon, 1 Mar 2027 08:%02d:00 +0100\r\nMessage-ID: <m%d@example.org>\r\n"
                        "In-Reply-To: <s.abc%d@example.org>\r\nReferences: <c.root@example.org> "
                        "<s.abc%d@example.org>\r\n"
                        "MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=\"b%d\"\r\n\r\n"
                        "--b%d\r\nContent-Type: text/plain; charset=utf-8\r\n"
                        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
                        "Bonjour,\r\n\r\nOK pour moi, je valide la fiche n=C2=B0 "
                        "%d.\r\n\r\nCordialement,\r\nRen=C3=A9\r\n\r\n"
                        "Le lun. 1 mars 2027 =C3=A0 08:00, Stages M2 <stages@example.org> a =C3=A9crit "
                        ":\r\n\r\n",
                        i % 60, i, i, i, i % 60, i, i, i, i, i, i);
                for (int line = 0; line < 30; line++)
                        g_string_append(mail, "> Le stage de Camille Exemple commence le 1er mars, merci de "
                                              "r=C3=A9pondre.\r\n");
                g_string_append_printf(
                        mail,
                        "\r\n--b%d\r\nContent-Type: text/html; charset=utf-8\r\n"
                        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
                        "<div dir=3D\"ltr\"><p>Bonjour,</p><p>OK pour moi, je valide.</p></div>"
                        "<div class=3D\"gmail_quote\"><blockquote>\r\n",
                        i);
                for (int line = 0; line < 30; line++)
                        g_string_append(mail, "<p>Le stage de Camille Exemple commence le 1er mars.</p>\r\n");
                g_string_append_printf(mail, "</blockquote></div>\r\n--b%d--\r\n", i);
                g_ptr_array_add(mails, g_string_free_to_bytes(mail));
        }
        return mails;
}

static GPtrArray *load(char **paths, int count)
{
        GPtrArray *mails = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
        for (int i = 0; i < count; i++) {
                char *bytes;
                gsize size;
                if (g_file_get_contents(paths[i], &bytes, &size, NULL))
                        g_ptr_array_add(mails, g_bytes_new_take(bytes, size));
        }
        return mails;
}

static GMimeObject *first_text(GMimeObject *object)
{
        if (GMIME_IS_TEXT_PART(object))
                return object;
        for (int i = 0; GMIME_IS_MULTIPART(object) && i < g_mime_multipart_get_count(GMIME_MULTIPART(object));
             i++) {
                GMimeObject *found = first_text(g_mime_multipart_get_part(GMIME_MULTIPART(object), i));
                if (found != NULL)
                        return found;
        }
        return NULL;
}

static void read_bare(GBytes *raw, const ReadingContext *context G_GNUC_UNUSED)
{
        size_t size;
        const char *bytes = g_bytes_get_data(raw, &size);
        GMimeStream *stream = g_mime_stream_mem_new_with_buffer(bytes, size);
        GMimeParser *parser = g_mime_parser_new_with_stream(stream);
        GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
        if (message != NULL) {
                g_mime_message_get_subject(message);
                g_mime_message_get_from(message);
                GMimeObject *text = first_text(g_mime_message_get_mime_part(message));
                if (text != NULL)
                        g_free(g_mime_text_part_get_text(GMIME_TEXT_PART(text)));
                g_object_unref(message);
        }
        g_object_unref(parser);
        g_object_unref(stream);
}

static void read_whole(GBytes *raw, const ReadingContext *context)
{
        g_autoptr(Message) message = message_open(raw);
        g_autoptr(References) references = references_find(message);
        g_autofree char *fingerprint = message_fingerprint(message);
        g_autoptr(Reading) reading = reading_make(message, context, NULL);
}

static double cpu_s(void)
{
        struct timespec now;
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
        return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Messages a second of processor time, over whole rounds. */
static double measure(const GPtrArray *mails, void (*read)(GBytes *, const ReadingContext *),
                      const ReadingContext *context)
{
        double start = cpu_s(), took = 0;
        guint64 count = 0;
        while (took < ROUND_S) {
                for (guint i = 0; i < mails->len; i++)
                        read(g_ptr_array_index(mails, i), context);
                count += mails->len;
                took = cpu_s() - start;
        }
        return (double)count / took;
}

int main(int argc, char **argv)
{
        if (argc < 2) {
                fputs("usage: read RULES [FILE…]\n", stderr);
                return 64;
        }
        g_autofree char *folder = g_build_filename(argv[1], "reading", NULL);
        g_autoptr(Problems) problems = problems_new();
        g_autoptr(Patterns) patterns = patterns_load_dir(folder, problems);
        if (patterns == NULL) {
                g_autofree char *text = problems_print(problems);
                fputs(text, stderr);
                return 1;
        }
        reading_load();
        ReadingContext context = { .patterns = patterns };
        g_autoptr(GPtrArray) mails = argc > 2 ? load(argv + 2, argc - 2) : generate();
        double bare = 0, whole = 0;
        for (int i = 0; i < ROUNDS; i++) { /* in turn, the best of each: other programs disturb both */
                bare = MAX(bare, measure(mails, read_bare, &context));
                whole = MAX(whole, measure(mails, read_whole, &context));
        }
        printf("mails %u\nbare_gmime_per_s %.0f\nreading_per_s %.0f\nratio %.2f\n", mails->len, bare, whole,
               whole / bare);
        return 0;
}
