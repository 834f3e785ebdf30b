/* Names, true types and sizes of what came with a mail, and what nobody handed in. */
#include "mail/attachment.h"
#include "mail/message_scan.h"
#include "mail/zip_directory.h"

#include <string.h>

#define DOCX "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
#define ODT  "application/vnd.oasis.opendocument.text"

/* ------ ZIP files, made here: entries without content */

static void add_little(GByteArray *out, guint32 value, int bytes)
{
        for (int i = 0; i < bytes; i++) {
                guint8 byte = (guint8)((guint64)value >> 8 * i);
                g_byte_array_append(out, &byte, 1);
        }
}

typedef struct {
        const char *name;
        const char *content; /* stored */
        guint32 inflated;    /* said to be; 0: as stored */
        guint16 flags;
} ZipEntry;

static GByteArray *zip_write(const ZipEntry *entries, size_t count)
{
        GByteArray *out = g_byte_array_new(), *directory = g_byte_array_new();
        for (size_t i = 0; i < count; i++) {
                const ZipEntry *entry = &entries[i];
                guint32 offset = out->len, length = (guint32)strlen(entry->content);
                guint32 inflated = entry->inflated != 0 ? entry->inflated : length;
                g_byte_array_append(out, (const guint8 *)"PK\3\4", 4);
                const guint32 local[] = { 20, entry->flags, 0, 0, 0 };
                for (int k = 0; k < 5; k++)
                        add_little(out, local[k], 2);
                add_little(out, 0, 4);
                add_little(out, length, 4);
                add_little(out, inflated, 4);
                add_little(out, (guint32)strlen(entry->name), 2);
                add_little(out, 0, 2);
                g_byte_array_append(out, (const guint8 *)entry->name, (guint)strlen(entry->name));
                g_byte_array_append(out, (const guint8 *)entry->content, length);

                g_byte_array_append(directory, (const guint8 *)"PK\1\2", 4);
                add_little(directory, 20, 2);
                for (int k = 0; k < 5; k++)
                        add_little(directory, local[k], 2);
                add_little(directory, 0, 4);
                add_little(directory, length, 4);
                add_little(directory, inflated, 4);
                add_little(directory, (guint32)strlen(entry->name), 2);
                add_little(directory, 0, 2 + 2 + 2 + 2);
                add_little(directory, 0, 4);
                add_little(directory, offset, 4);
                g_byte_array_append(directory, (const guint8 *)entry->name, (guint)strlen(entry->name));
        }
        guint32 at = out->len;
        g_byte_array_append(out, directory->data, directory->len);
        g_byte_array_append(out, (const guint8 *)"PK\5\6", 4);
        add_little(out, 0, 4);
        add_little(out, (guint32)count, 2);
        add_little(out, (guint32)count, 2);
        add_little(out, directory->len, 4);
        add_little(out, at, 4);
        add_little(out, 0, 2);
        g_byte_array_unref(directory);
        return out;
}

static const ZipEntry docx[] = { { "[Content_Types].xml", "<x/>", 0, 0 },
                                 { "word/document.xml", "<x/>", 0, 0 } };
static const ZipEntry macros[] = { { "[Content_Types].xml", "<x/>", 0, 0 },
                                   { "word/document.xml", "<x/>", 0, 0 },
                                   { "word/vbaProject.bin", "x", 0, 0 } };
static const ZipEntry odt[] = { { "mimetype", ODT, 0, 0 }, { "content.xml", "<x/>", 0, 0 } };
static const ZipEntry plain[] = { { "a.txt", "a", 0, 0 } };
static const ZipEntry bomb[] = { { "[Content_Types].xml", "<x/>", 0, 0 },
                                 { "word/document.xml", "<x/>", 90 * 1024 * 1024, 0 } };
static const ZipEntry encrypted[] = { { "[Content_Types].xml", "<x/>", 0, 0 },
                                      { "word/document.xml", "<x/>", 0, 1 } };
static const ZipEntry only_named[] = { { "word/document.xml", "<x/>", 0, 0 } };

#define ENTRIES(list) list, G_N_ELEMENTS(list)

static const struct {
        const char *name;
        const ZipEntry *entries;
        size_t count;
        const char *type; /* NULL: none */
        bool is_sound, has_macros, is_encrypted;
} zips[] = {
        { "docx", ENTRIES(docx), DOCX, true, false, false },
        { "macros", ENTRIES(macros), DOCX, true, true, false },
        { "odt", ENTRIES(odt), ODT, true, false, false },
        { "plain", ENTRIES(plain), NULL, true, false, false },
        { "bomb", ENTRIES(bomb), DOCX, false, false, false },
        { "encrypted", ENTRIES(encrypted), DOCX, true, false, true },
        { "no-content-types", ENTRIES(only_named), NULL, true, false, false },
};

static void check_zip(gconstpointer data)
{
        size_t i = GPOINTER_TO_SIZE(data);
        g_autoptr(GByteArray) zip = zip_write(zips[i].entries, zips[i].count);
        ZipDirectory directory = zip_directory_read(zip->data, zip->len, zip->data, zip->len, 0);
        g_assert_cmpstr(directory.type, ==, zips[i].type);
        g_assert_cmpint(directory.is_sound, ==, zips[i].is_sound);
        g_assert_cmpint(directory.has_macros, ==, zips[i].has_macros);
        g_assert_cmpint(directory.is_encrypted, ==, zips[i].is_encrypted);
        for (guint cut = 0; cut < zip->len; cut++) { /* cut anywhere: never read beyond, never sound */
                g_autofree guint8 *copy = g_memdup2(zip->data, MAX(cut, 1));
                g_assert_false(zip_directory_read(copy, cut, copy, cut, 0).is_sound);
        }
}

static void check_zip_too_many(void)
{
        g_autofree ZipEntry *entries = g_new(ZipEntry, ZIP_MAX_ENTRIES + 1);
        for (size_t i = 0; i <= ZIP_MAX_ENTRIES; i++)
                entries[i] = (ZipEntry){ "[Content_Types].xml", "", 0, 0 };
        g_autoptr(GByteArray) zip = zip_write(entries, ZIP_MAX_ENTRIES + 1);
        g_assert_false(zip_directory_read(zip->data, zip->len, zip->data, zip->len, 0).is_sound);
        g_autoptr(GByteArray) just = zip_write(entries, ZIP_MAX_ENTRIES);
        g_assert_true(zip_directory_read(just->data, just->len, just->data, just->len, 0).is_sound);
}

/* ------ attachments of a mail with one part more */

typedef struct {
        const char *name;
        const char *headers; /* of the part */
        const char *content; /* before base64 */
        const char *part_name, *file_name, *type;
        bool is_inline, agrees;
} Row;

#define JPEG "\xFF\xD8\xFF\xE0 and so on"

static const Row rows[] = {
        { "pdf", "Content-Type: application/pdf; name=cv.pdf", "%PDF-1.7 x", "cv.pdf", "cv.pdf",
          "application/pdf", false, true },
        { "pdf-as-octets",
          "Content-Type: application/octet-stream\nContent-Disposition: attachment; filename=cv.PDF",
          "%PDF-1.4 x", "cv.PDF", "cv.PDF", "application/pdf", false, true },
        { "program-called-pdf", "Content-Type: application/pdf; name=cv.pdf", "MZ\x90 program", "cv.pdf",
          "cv.pdf", "application/x-dosexec", false, false },
        { "html-with-pdf-inside", "Content-Type: application/pdf; name=cv.pdf",
          "<html><script>x()</script>\n%PDF-1.7", "cv.pdf", "cv.pdf", "application/octet-stream", false,
          false },
        { "text-called-pdf", "Content-Type: application/pdf; name=cv.pdf", "hello", "cv.pdf", "cv.pdf",
          "application/octet-stream", false, false },
        { "photo-of-a-telephone",
          "Content-Type: image/jpeg; name=IMG_1.jpg\nContent-Disposition: inline; filename=IMG_1.jpg", JPEG,
          "IMG_1.jpg", "IMG_1.jpg", "image/jpeg", false, true },
        { "logo-by-content-id", "Content-Type: image/png; name=image001.png\nContent-ID: <image001@x>",
          "\x89PNG\r\n\x1A\nx", "image001.png", "image001.png", "image/png", true, true },
        { "vcard", "Content-Type: text/x-vcard; name=claire.vcf", "BEGIN:VCARD", "claire.vcf", "claire.vcf",
          "text/x-vcard", true, true },
        { "smime", "Content-Type: application/pkcs7-signature; name=smime.p7s", "x", "smime.p7s", "smime.p7s",
          "application/pkcs7-signature", true, false },
        { "winmail", "Content-Type: application/ms-tnef; name=winmail.dat", "\x78\x9F\x3E\x22x",
          "winmail.dat", "winmail.dat", ATTACHMENT_TYPE_TNEF, false, false },
        { "old-word", "Content-Type: application/msword; name=cv.doc", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1x",
          "cv.doc", "cv.doc", "application/x-ole-storage", false, true },
        { "csv", "Content-Type: text/csv; name=stages.csv", "a,b\n", "stages.csv", "stages.csv", "text/csv",
          false, true },
        { "name-rfc-2231",
          "Content-Type: application/pdf\nContent-Disposition: attachment;\n "
          "filename*0*=utf-8'fr'Fiche%20d;\n filename*1*=%27%C3%A9valuation.pdf",
          "%PDF-1", "Fiche d'évaluation.pdf", "Fiche d'évaluation.pdf", "application/pdf", false, true },
        { "name-encoded-word",
          "Content-Type: application/pdf; name=\"=?iso-8859-1?Q?Fiche_=E9tudiant=2Epdf?=\"", "%PDF-1",
          "Fiche étudiant.pdf", "Fiche étudiant.pdf", "application/pdf", false, true },
        { "name-both-forms",
          "Content-Type: application/pdf\nContent-Disposition: attachment; filename=\"etude.pdf\"; "
          "filename*=utf-8''%C3%A9tude.pdf",
          "%PDF-1", "étude.pdf", "étude.pdf", "application/pdf", false, true },
        { "name-raw-latin-1", "Content-Type: application/pdf; name=\"\xE9tude.pdf\"", "%PDF-1", "étude.pdf",
          "étude.pdf", "application/pdf", false, true },
        { "name-unquoted-blanks", "Content-Type: application/pdf; name=mon cv 2027.pdf", "%PDF-1",
          "mon cv 2027.pdf", "mon cv 2027.pdf", "application/pdf", false, true },
        { "name-climbs", "Content-Type: application/pdf; name=\"../../etc/passwd.pdf\"", "%PDF-1",
          "../../etc/passwd.pdf", "etcpasswd.pdf", "application/pdf", false, true },
        { "name-hides-extension", "Content-Type: application/pdf; name=\"=?utf-8?Q?cv=E2=80=AEfdp.exe?=\"",
          "MZx", "cv fdp.exe", "cv fdp.exe", "application/x-dosexec", false, false },
        { "name-with-line-break", "Content-Type: application/pdf; name=\"=?utf-8?Q?a=0D=0AX:b.pdf?=\"",
          "%PDF-1", "a X:b.pdf", "a Xb.pdf", "application/pdf", false, true },
};

static GPtrArray *read_mail(const char *mail, size_t length)
{
        GPtrArray *attachments = g_ptr_array_new();
        g_autoptr(GBytes) raw = g_bytes_new(mail, length);
        g_autoptr(Message) message = message_open(raw);
        attachments_read(message, attachments);
        return attachments;
}

static void attachment_free(Attachment *attachment)
{
        g_free(attachment->name);
        g_free(attachment->file_name);
        g_free(attachment->type);
        g_free(attachment);
}

static void check_row(gconstpointer data)
{
        const Row *row = data;
        size_t size = strlen(row->content);
        g_autofree char *encoded = g_base64_encode((const guchar *)row->content, size);
        g_autofree char *mail = g_strdup_printf(
                "From: a@example.org\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nOui\n--b\n"
                "%s\nContent-Transfer-Encoding: base64\n\n%s\n--b--\n",
                row->headers, encoded);
        g_autoptr(GPtrArray) attachments = read_mail(mail, strlen(mail));
        g_ptr_array_set_free_func(attachments, (GDestroyNotify)attachment_free);
        g_assert_cmpuint(attachments->len, ==, 1);
        const Attachment *attachment = g_ptr_array_index(attachments, 0);
        g_assert_cmpstr(attachment->name, ==, row->part_name);
        g_assert_cmpstr(attachment->file_name, ==, row->file_name);
        g_assert_cmpstr(attachment->type, ==, row->type);
        g_assert_cmpint(attachment->size_bytes, ==, (gint64)size);
        g_assert_cmpint(attachment->is_inline, ==, row->is_inline);
        g_assert_cmpint(attachment_agrees(attachment), ==, row->agrees);
}

/* A DOCX in a mail; and an image in multipart/related, which is a logo when small and a document when large.
 */
static void check_docx(void)
{
        g_autoptr(GByteArray) zip = zip_write(ENTRIES(docx));
        g_autofree char *encoded = g_base64_encode(zip->data, zip->len);
        g_autofree char *mail =
                g_strdup_printf("From: a@example.org\nContent-Type: application/octet-stream; name=cv.docx\n"
                                "Content-Transfer-Encoding: base64\n\n%s\n",
                                encoded);
        g_autoptr(GPtrArray) attachments = read_mail(mail, strlen(mail));
        g_ptr_array_set_free_func(attachments, (GDestroyNotify)attachment_free);
        g_assert_cmpuint(attachments->len, ==, 1);
        const Attachment *attachment = g_ptr_array_index(attachments, 0);
        g_assert_cmpstr(attachment->type, ==, DOCX);
        g_assert_true(attachment_agrees(attachment));
}

/* Of a large file only the end is decoded. */
static void check_large_docx(void)
{
        g_autofree char *filling = g_strnfill(3 * ZIP_TAIL_BYTES, 'x');
        const ZipEntry entries[] = { { "word/media/a.png", filling, 0, 0 }, docx[0], docx[1] };
        g_autoptr(GByteArray) zip = zip_write(ENTRIES(entries));
        g_autofree char *encoded = g_base64_encode(zip->data, zip->len);
        g_autoptr(GString) mail =
                g_string_new("From: a@example.org\nContent-Type: application/x; name=cv.docx\n"
                             "Content-Transfer-Encoding: base64\n\n");
        for (const char *p = encoded; *p != '\0'; p += MIN(strlen(p), 76))
                g_string_append_printf(mail, "%.76s\n", p);
        g_autoptr(GPtrArray) attachments = read_mail(mail->str, mail->len);
        g_ptr_array_set_free_func(attachments, (GDestroyNotify)attachment_free);
        const Attachment *attachment = g_ptr_array_index(attachments, 0);
        g_assert_cmpstr(attachment->type, ==, DOCX);
        g_assert_cmpint(attachment->size_bytes, ==, zip->len);
}

static void check_related(void)
{
        for (int is_large = 0; is_large <= 1; is_large++) {
                GString *mail = g_string_new("From: a@example.org\nContent-Type: multipart/related; "
                                             "boundary=b\n\n--b\nContent-Type: text/html\n\n"
                                             "<p>Oui<img src=\"cid:i\">\n--b\nContent-Type: image/jpeg; "
                                             "name=i.jpg\nContent-ID: <i>\n\n" JPEG);
                for (int i = 0; is_large && i < ATTACHMENT_LOGO_MAX_BYTES; i++)
                        g_string_append_c(mail, 'x');
                g_string_append(mail, "\n--b--\n");
                g_autoptr(GPtrArray) attachments = read_mail(mail->str, mail->len);
                g_ptr_array_set_free_func(attachments, (GDestroyNotify)attachment_free);
                g_assert_cmpuint(attachments->len, ==, 1);
                const Attachment *attachment = g_ptr_array_index(attachments, 0);
                g_assert_cmpint(attachment->is_inline, ==, !is_large);
                g_string_free(mail, TRUE);
        }
}

static const struct {
        const char *name, *file_name, *type;
        int64_t size_bytes;
        bool is_inline;
        AttachmentVerdict verdict;
} judged[] = {
        { "pdf", "a.pdf", "application/pdf", 5000, false, ATTACHMENT_FINE },
        { "docx", "a.docx", DOCX, 5000, false, ATTACHMENT_FINE },
        { "old-word", "a.doc", "application/x-ole-storage", 5000, false, ATTACHMENT_FINE },
        { "old-word-by-its-label", "a.doc", "application/msword", 5000, false, ATTACHMENT_REFUSED },
        { "old-table", "a.xls", "application/x-ole-storage", 5000, false, ATTACHMENT_REFUSED },
        { "pdf-without-extension", "scan", "application/pdf", 5000, false, ATTACHMENT_DISGUISED },
        { "photo", "a.jpg", "image/jpeg", 3000000, false, ATTACHMENT_FINE },
        { "large", "a.pdf", "application/pdf", ATTACHMENT_MAX_BYTES + 1, false, ATTACHMENT_LARGE },
        { "winmail", "winmail.dat", ATTACHMENT_TYPE_TNEF, 4000, false, ATTACHMENT_TNEF },
        { "program", "a.exe", "application/x-dosexec", 5000, false, ATTACHMENT_REFUSED },
        { "program-as-pdf", "a.pdf", "application/x-dosexec", 5000, false, ATTACHMENT_DISGUISED },
        { "pdf-as-program", "a.exe", "application/pdf", 5000, false, ATTACHMENT_DISGUISED },
        { "macros", "a.docm", "application/vnd.ms-office.macroEnabled", 5000, false, ATTACHMENT_REFUSED },
        { "zip", "a.zip", "application/zip", 5000, false, ATTACHMENT_REFUSED },
        { "large-tiff", "a.tiff", "image/tiff", 3000000, false, ATTACHMENT_REFUSED },
        { "logo-of-a-signature", "image001.gif", "image/gif", 5000, false, ATTACHMENT_FINE },
        { "vcard", "a.vcf", "text/vcard", 500, true, ATTACHMENT_FINE },
        { "the-mail-itself", "Fiche.eml", "message/rfc822", 5000, false, ATTACHMENT_FINE },
        { "empty", "ATT1.bin", "application/octet-stream", 0, false, ATTACHMENT_FINE },
};

static void check_verdict(gconstpointer data)
{
        gsize i = GPOINTER_TO_SIZE(data);
        const Attachment attachment = { .name = (char *)judged[i].file_name,
                                        .file_name = (char *)judged[i].file_name,
                                        .type = (char *)judged[i].type,
                                        .size_bytes = judged[i].size_bytes,
                                        .is_inline = judged[i].is_inline };
        g_assert_cmpint(attachment_judge(&attachment), ==, judged[i].verdict);
}

static void check_long_name(void)
{
        g_autoptr(GString) name = g_string_new(NULL);
        for (int i = 0; i < 100; i++)
                g_string_append(name, "é");
        g_autofree char *mail = g_strdup_printf(
                "From: a@example.org\nContent-Type: application/pdf; name=\"%s.pdf\"\n\n%%PDF-1\n",
                name->str);
        g_autoptr(GPtrArray) attachments = read_mail(mail, strlen(mail));
        g_ptr_array_set_free_func(attachments, (GDestroyNotify)attachment_free);
        const Attachment *attachment = g_ptr_array_index(attachments, 0);
        g_assert_cmpuint(strlen(attachment->file_name), <=, 120);
        g_assert_true(g_utf8_validate(attachment->file_name, -1, NULL));
        g_assert_true(g_str_has_suffix(attachment->file_name, "é.pdf"));
}

/* Too many parts to be read: they are listed all the same, for staff. */
static void check_listed_when_flawed(void)
{
        GString *mail = g_string_new("From: a@example.org\nContent-Type: multipart/mixed; boundary=b\n\n");
        for (int i = 0; i <= MESSAGE_MAX_PARTS; i++)
                g_string_append_printf(mail, "--b\nContent-Type: image/gif; name=%d.gif\n\nGIF89a\n", i);
        g_autoptr(GPtrArray) attachments = read_mail(mail->str, mail->len);
        g_ptr_array_set_free_func(attachments, (GDestroyNotify)attachment_free);
        g_assert_cmpuint(attachments->len, ==, MESSAGE_MAX_PARTS + 1);
        g_string_free(mail, TRUE);
}

/* ------ the table of IMPORT: the first CSV, in whatever charset the spreadsheet program wrote it */

static const struct {
        const char *name, *part; /* head and content; NULL: no part */
        const char *text, *file;
} tables[] = {
        { "utf-8", "Content-Type: text/csv; charset=utf-8; name=a.csv\r\n\r\nname\r\nZo\xc3\xa9\r\n",
          "Zo\xc3\xa9", "a.csv" },
        { "windows-1252",
          "Content-Type: application/vnd.ms-excel\r\nContent-Disposition: attachment; "
          "filename=\"A.CSV\"\r\n\r\nname\r\nZo\xe9\r\n",
          "Zo\xc3\xa9", "A.CSV" },
        { "spreadsheet", "Content-Type: application/vnd.ms-excel; name=a.xlsx\r\n\r\nPK\r\n", NULL, NULL },
        { "inside",
          "Content-Type: multipart/mixed; boundary=in\r\n\r\n--in\r\nContent-Type: "
          "text/csv\r\n\r\nname\r\n--in--\r\n",
          "name", "" },
};

static void test_table(gconstpointer data)
{
        gsize i = GPOINTER_TO_SIZE(data);
        g_autofree char *raw =
                g_strdup_printf("From: a@example.org\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; "
                                "boundary=b\r\n\r\n"
                                "--b\r\nContent-Type: text/plain\r\n\r\nIMPORT\r\n--b\r\n%s--b--\r\n",
                                tables[i].part);
        g_autoptr(GBytes) bytes = g_bytes_new(raw, strlen(raw));
        g_autoptr(Message) message = message_open(bytes);
        g_autofree char *name = NULL, *text = attachment_table(message, &name);
        g_assert_cmpstr(name, ==, tables[i].file);
        if (tables[i].text == NULL)
                g_assert_null(text);
        else
                g_assert_nonnull(strstr(text, tables[i].text));
}

/* More than its limit is no table at all: half of one is worse. */
static void test_large_table(void)
{
        g_autofree char *cells = g_strnfill(ATTACHMENT_TABLE_MAX_BYTES + 10, 'x');
        g_autofree char *raw =
                g_strconcat("From: a@example.org\r\nContent-Type: text/csv\r\n\r\n", cells, NULL);
        g_autoptr(GBytes) bytes = g_bytes_new(raw, strlen(raw));
        g_autoptr(Message) message = message_open(bytes);
        g_autofree char *name = NULL, *text = attachment_table(message, &name);
        g_assert_null(text);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        attachment_types_load();
        for (size_t i = 0; i < G_N_ELEMENTS(tables); i++) {
                g_autofree char *path = g_strconcat("/attachment/table/", tables[i].name, NULL);
                g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_table);
        }
        g_test_add_func("/attachment/table/large", test_large_table);
        for (size_t i = 0; i < G_N_ELEMENTS(zips); i++) {
                g_autofree char *name = g_strconcat("/attachment/zip/", zips[i].name, NULL);
                g_test_add_data_func(name, GSIZE_TO_POINTER(i), check_zip);
        }
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *name = g_strconcat("/attachment/", rows[i].name, NULL);
                g_test_add_data_func(name, &rows[i], check_row);
        }
        for (size_t i = 0; i < G_N_ELEMENTS(judged); i++) {
                g_autofree char *name = g_strconcat("/attachment/judged/", judged[i].name, NULL);
                g_test_add_data_func(name, GSIZE_TO_POINTER(i), check_verdict);
        }
        g_test_add_func("/attachment/zip-too-many-entries", check_zip_too_many);
        g_test_add_func("/attachment/docx", check_docx);
        g_test_add_func("/attachment/large-docx", check_large_docx);
        g_test_add_func("/attachment/related", check_related);
        g_test_add_func("/attachment/long-name", check_long_name);
        g_test_add_func("/attachment/listed-when-flawed", check_listed_when_flawed);
        return g_test_run();
}
