/* Replies as the mail programs of tutors write them, to mails of ours, and what the person wrote in each:
 * X.eml and X.txt. Our words (OUI, VALIDER, ACCUSER RÉCEPTION) are in every quotation and must come from no
 * other place. */
#include "mail/new_text.h"
#include "mail/own_text.h"

#include <string.h>

typedef struct {
        const char *name;
        const char *sent; /* the mail of ours that is answered; NULL: unknown */
        bool is_forward;
} Row;

static const Row rows[] = {
        { "gmail-web-fr-top", "sent-fr.eml", false },
        { "gmail-web-fr-html-only-inline", "sent-fr.eml", false },
        { "gmail-app-fr-inline", "sent-fr.eml", false },
        { "gmail-app-fr-tail-of-line", "sent-fr.eml", false },
        { "gmail-web-ar-top", "sent-ar.eml", false },
        { "gmail-web-en-forward", "sent-en.eml", true },
        { "gmail-web-en-clipped-keyword-below", "sent-en.eml", false },
        { "outlook-desktop-fr-top", "sent-fr.eml", false },
        { "outlook-desktop-fr-inline", "sent-fr.eml", false },
        { "outlook-desktop-fr-bottom", "sent-fr.eml", false },
        { "outlook-desktop-fr-empty", "sent-fr.eml", false },
        { "outlook-web-fr-html-only-empty", "sent-fr.eml", false },
        { "outlook-web-fr-html-only-inline", "sent-fr.eml", false },
        { "outlook-web-fr-signature", "sent-fr.eml", false },
        { "outlook-ios-fr", "sent-fr.eml", false },
        { "outlook-android-ar", "sent-ar.eml", false },
        { "outlook-com-en-external-banner", "sent-en.eml", false },
        { "new-outlook-mac-fr", "sent-fr.eml", false },
        { "iphone-fr-top", "sent-fr.eml", false },
        { "iphone-fr-html-only", "sent-fr.eml", false },
        { "iphone-ar", "sent-ar.eml", false },
        { "iphone-en", "sent-en.eml", false },
        { "thunderbird-fr-bottom", "sent-fr.eml", false },
        { "thunderbird-fr-inline-tight", "sent-fr.eml", false },
        { "thunderbird-fr-html-only", "sent-fr.eml", false },
        { "zimbra-fr-top", "sent-fr.eml", false },
        { "zimbra-fr-inline", "sent-fr.eml", false },
        { "zimbra-fr-html-only", "sent-fr.eml", false },
        { "orange-fr-top", "sent-fr.eml", false },
        { "orange-fr-unmarked", "sent-fr.eml", false },
        { "yahoo-fr-html-only", "sent-fr.eml", false },
        { "yahoo-en-mobile", "sent-en.eml", false },
        { "samsung-fr", "sent-fr.eml", false },
        { "samsung-ar", "sent-ar.eml", false },
        { "proton-fr", "sent-fr.eml", false },
        { "notes-fr", "sent-fr.eml", false },
        { "unknown-program-no-header", "sent-fr.eml", false },
        { "unknown-program-one-line", "sent-fr.eml", false },
        { "unknown-language-attribution", "sent-fr.eml", false },
        { "unknown-language-block", "sent-fr.eml", false },
        { "pipe-marks", "sent-fr.eml", false },
        { "top-answer-is-our-line", "sent-fr.eml", false },
        { "top-answer-is-our-sentence", "sent-fr.eml", false },
        { "delimiter-only", NULL, false },
        { "disclaimer-between", "sent-fr.eml", false },
        { "safelinks-inline", "sent-fr.eml", false },
        { "form-in-quote", "sent-fr.eml", false },
        { "form-in-outlook", "sent-fr.eml", false },
        { "name-below-keyword", "sent-fr.eml", false },
        { "phone-and-more-text", "sent-fr.eml", false },
        { "thread-with-older-mail", "sent-fr.eml", false },
};

static Patterns *patterns;

static char *load(const char *name, const char *suffix, gsize *size_out)
{
        g_autofree char *file = g_strconcat(name, suffix, NULL);
        g_autofree char *path = g_test_build_filename(G_TEST_DIST, "mail", "new_text", file, NULL);
        char *bytes;
        g_autoptr(GError) error = NULL;
        g_file_get_contents(path, &bytes, size_out, &error);
        g_assert_no_error(error);
        return bytes;
}

static GBytes *load_mail(const char *name, const char *suffix)
{
        gsize size;
        char *bytes = load(name, suffix, &size);
        return g_bytes_new_take(bytes, size);
}

static NewText *read_bytes(GBytes *mail, GBytes *sent, GPtrArray *why)
{
        g_autoptr(Message) message = message_open(mail);
        g_autoptr(GPtrArray) own = g_ptr_array_new_with_free_func((GDestroyNotify)own_mail_free);
        if (sent != NULL)
                g_ptr_array_add(own, own_mail_read(sent));
        return new_text_read(message, patterns, own, why);
}

static void check_row(gconstpointer data)
{
        const Row *row = data;
        g_autoptr(GBytes) mail = load_mail(row->name, ".eml");
        g_autoptr(GBytes) sent = row->sent != NULL ? load_mail(row->sent, "") : NULL;
        g_autofree char *wanted = load(row->name, ".txt", NULL);
        g_autoptr(GPtrArray) why = g_ptr_array_new_with_free_func(g_free);
        g_autoptr(NewText) text = read_bytes(mail, sent, why);
        for (guint i = 0; i < why->len; i++)
                g_test_message("%s", (const char *)why->pdata[i]);
        g_assert_cmpstr(text->text, ==, g_strchomp(wanted));
        g_assert_cmpint(text->is_forward, ==, row->is_forward);
}

/* Without our mail at hand nothing of ours may appear either, where the program says what it quotes. */
static void check_without_own(gconstpointer data)
{
        static const char *const ours[] = { "Répondez simplement OUI", "ACCUSER R\u00c9CEPTION\n\nSujet",
                                            "Simply reply YES", "أجيبوا بكلمة نعم" };
        const Row *row = data;
        g_autoptr(GBytes) mail = load_mail(row->name, ".eml");
        g_autoptr(NewText) text = read_bytes(mail, NULL, NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(ours); i++)
                g_assert_null(strstr(text->text, ours[i]));
}

/* ------ short texts, without our mail */

typedef struct {
        const char *name, *text, *wanted;
} Short;

static const Short shorts[] = {
        { "plain", "Bonjour,\nOK.\n", "Bonjour,\nOK." },
        { "de-is-no-header", "De : Rabat, où je suis, je confirme.\n",
          "De : Rabat, où je suis, je confirme." },
        { "le-12-mars-is-no-header", "Le 12 mars, il a écrit :\nje valide\n",
          "Le 12 mars, il a écrit :\nje valide" },
        { "dash-dash-text", "Qui signe ?\n\n-- en deux exemplaires ?\n",
          "Qui signe ?\n\n-- en deux exemplaires ?" },
        { "signature-delimiter", "OK\n-- \nPaul\n06\n", "OK" },
        { "only-sign-off", "Merci d'avance\n\nBonne journée\n", "Merci d'avance" },
        { "only-thanks", "Thanks!\n", "Thanks!" },
        { "answer-below-sign-off", "Cordialement,\nValidé\n", "Cordialement,\nValidé" },
        { "name-then-answer", "Bonjour,\n\nPaul Martin\nOui\n", "Bonjour,\n\nPaul Martin\nOui" },
        { "name-with-title", "Oui.\n\nPaul Martin | Directeur\n", "Oui." },
        { "number-to-call", "Validé.\n\nAppelez-moi au 06 00 00 00 00.\n",
          "Validé.\n\nAppelez-moi au 06 00 00 00 00." },
        { "sent-from-my-desk", "Sent from my desk, is much easier than my phone.\n",
          "Sent from my desk, is much easier than my phone." },
        { "banner-and-answer", "[EXTERNE]\nOui\n", "Oui" },
        { "attention-is-text", "Attention, je ne valide pas.\n", "Attention, je ne valide pas." },
        { "quote-without-header", "> Êtes-vous d'accord ?\nOui\n", "Oui" },
        { "word-below-quoted-link", "> Répondre : https://example.org/r\nOUI\n> Merci\n", "OUI" },
        { "drawn-line", "Oui\n\n_____________\n", "Oui" },
        { "table-in-text", "Jour  Heures\n------------\nlundi 7\nmardi 7\n",
          "Jour  Heures\n------------\nlundi 7\nmardi 7" },
        { "attribution-glued-address", "reply On Wed, Apr 4, 2027 at 3:59 PM, bob@example.org wrote:\n> Hi\n",
          "reply" },
        { "attribution-glued", "Oui Le 03/03/2027 à 10:12, Jean a écrit :\n> Bonjour\n", "Oui" },
        { "attribution-glued-with-address",
          "Je valide. Le 25/11/2026 à 09:20, Stages <s@example.org> a écrit :\n> VALIDER\n", "Je valide." },
        { "attribution-between-dashes",
          "Je valide.\n\n-----\"Stages\" <s@example.org> a écrit : -----\nPour : Claire\nDe : \"Stages\" "
          "<s@example.org>\nObjet : Fiche\n\nVALIDER\n",
          "Je valide." },
        { "banner-in-a-sentence",
          "[EXTERNE] Ce message provient d'un expéditeur externe. Soyez prudent.\n\nOui\n", "Oui" },
        { "attribution-wrapped-at-dash",
          "Oui\n\nLe lun. 3 mars 2027 à 10:12, Stages -\nM2 <s@example.org> a écrit :\n\n> x\n", "Oui" },
        { "attribution-nbsp",
          "Oui\n\nLe\u00a03\u00a0mars 2027 à 10:12, Jean <j@example.org> a écrit\u00a0:\n\nBonjour\n",
          "Oui" },
        { "attribution-quoted",
          "Oui\n\n> Le 3 mars 2027 à 10:12, Jean <j@example.org> a écrit :\n> Bonjour\n", "Oui" },
        { "nothing-above-our-delimiter",
          "Le 3 mars 2027 à 10:12, Stages <s@example.org> a écrit :\n\n=== Répondez au-dessus de cette ligne "
          "===\n\nRépondez simplement OUI.\n",
          "" },
        { "answer-below-attribution",
          "Le 3 mars 2027 à 10:12, Jean <j@example.org> a écrit :\n\nJe valide.\n", "Je valide." },
        { "block-glued",
          "Oui\nDe : Jean <j@example.org> Envoyé : lundi 3 mars 2027 10:12 À : Paul Objet : Avis\nBonjour\n",
          "Oui" },
        { "block-bold",
          "Oui\n\n*De :* Jean <j@example.org>\n*Envoyé :* lundi 3 mars 2027\n*Objet :* Avis\n\nBonjour\n",
          "Oui" },
        { "block-without-address",
          "Oui\n\nDe : Jean\nEnvoyé le : lundi 3 mars\nÀ : Paul\nObjet : Avis\n\nBonjour\n", "Oui" },
        { "block-wrapped-recipients",
          "Oui\n\nVon: Anna <a@example.org>\nAn: B <b@example.org>;\nC <c@example.org>\nBetreff: "
          "x\n\nHallo\n",
          "Oui" },
        { "travel-is-no-block", "De : Paris\nÀ : Rabat\nDate : 12/03/2027\n",
          "De : Paris\nÀ : Rabat\nDate : 12/03/2027" },
        { "appointment-is-no-block", "Date: Wednesday 3\nTime: 7\nAddress: 130 Fox St\n",
          "Date: Wednesday 3\nTime: 7\nAddress: 130 Fox St" },
        { "spanish", "Sí\n\nEl mié, 3 mar 2027 a las 10:12, Ana (<ana@example.org>) escribió:\n\n> Hola\n",
          "Sí" },
        { "portuguese", "Sim\n\nAna <ana@example.org> escreveu (quarta, 3/03/2027 à(s) 10:12):\n\n> Olá\n",
          "Sim" },
        { "dutch", "Ja\n\nOp wo 3 mrt 2027 om 10:12 schreef Piet <p@example.org>:\n\n> Hoi\n", "Ja" },
        { "swedish-block",
          "Ja\n\nFrån: Anna <a@example.org>\nSkickat: den 3 mars 2027 10:12\nTill: B\nÄmne: x\n\nHej\n",
          "Ja" },
        { "danish-block",
          "Ja\n\nFra: Anna <a@example.org>\nSendt: 3. marts 2027 10:12\nTil: B\nEmne: x\n\nHej\n", "Ja" },
        { "finnish-block",
          "Kyllä\n\nLähettäjä: Anna <a@example.org>\nLähetetty: keskiviikko 3. maaliskuuta "
          "2027\nVastaanottaja: B\nAihe: x\n\nHei\n",
          "Kyllä" },
        { "polish-block",
          "Tak\n\nOd: Anna <a@example.org>\nWysłano: środa, 3 marca 2027 10:12\nDo: B\nTemat: x\n\nDzień "
          "dobry\n",
          "Tak" },
        { "czech-block",
          "Ano\n\nOd: Anna <a@example.org>\nOdesláno: středa 3. března 2027 10:12\nKomu: B\nPředmět: "
          "x\n\nDobrý den\n",
          "Ano" },
        { "russian-block",
          "Да\n\nОт: Anna <a@example.org>\nОтправлено: среда, 3 марта 2027 г. 10:12\nКому: B\nТема: "
          "x\n\nПривет\n",
          "Да" },
        { "turkish-block",
          "Evet\n\nGönderen: Anna <a@example.org>\nGönderildi: 3 Mart 2027 Çarşamba 10:12\nKime: B\nKonu: "
          "x\n\nMerhaba\n",
          "Evet" },
        { "japanese-block",
          "はい\n\n差出人: Anna <a@example.org>\n送信日時: 2027年3月3日 10:12\n宛先: B\n件名: "
          "x\n\nこんにちは\n",
          "はい" },
        { "chinese-block",
          "好\n\n发件人：Anna <a@example.org>\n发送时间：2027年3月3日 10:12\n收件人：B\n主题：x\n\n你好\n",
          "好" },
        { "korean-block",
          "네\n\n보낸 사람: Anna <a@example.org>\n보낸 날짜: 2027년 3월 3일 수요일 오전 10:12\n받는 사람: "
          "B\n제목: x\n\n안녕\n",
          "네" },
        { "hebrew-block",
          "כן\n\nמאת: Anna <a@example.org>\nנשלח: יום רביעי 03 מרץ 2027 10:12\nאל: B\nנושא: x\n\nשלום\n",
          "כן" },
        { "korean", "네\n\n2027년 3월 3일 (수) 오전 10:12, Kim <kim@example.org>님이 작성:\n\n> 안녕\n",
          "네" },
        { "chinese", "好\n\nLi <li@example.org> 于2027年3月3日周三 10:12写道：\n\n> 你好\n", "好" },
        { "hebrew", "כן\n\n\u200fבתאריך יום ד׳, 3 במרץ 2027 ב-10:12 מאת Anna <a@example.org>:\n\n> שלום\n",
          "כן" },
        { "turkish",
          "Evet\n\nAyşe <a@example.org>, 3 Mar 2027 Çar, 10:12 tarihinde şunu yazdı:\n\n> Merhaba\n",
          "Evet" },
        { "greek",
          "Ναι\n\nΣτις Τετ 3 Μαρ 2027 στις 10:12 π.μ., ο χρήστης Anna <a@example.org> έγραψε:\n\n> Γεια\n",
          "Ναι" },
        { "list-footer",
          "Oui\n\n_______________________________________________\nstages mailing "
          "list\nstages@example.org\nhttps://example.org/mailman/listinfo/stages\n",
          "Oui" },
        { "antivirus", "Oui\n\nGaranti sans virus. www.avast.com <https://example.org>\n", "Oui" },
        { "person-writes-of-environment", "Pensez à l'environnement de travail du stagiaire.\n",
          "Pensez à l'environnement de travail du stagiaire." },
};

static NewText *read_plain(const char *text, size_t length)
{
        static const char head[] = "From: Paul Martin <paul.martin@example.com>\r\nSubject: Re: x\r\n"
                                   "Content-Type: text/plain; charset=utf-8\r\n\r\n";
        GByteArray *bytes = g_byte_array_new();
        g_byte_array_append(bytes, (const guint8 *)head, sizeof head - 1);
        g_byte_array_append(bytes, (const guint8 *)text, (guint)length);
        g_autoptr(GBytes) mail = g_byte_array_free_to_bytes(bytes);
        return read_bytes(mail, NULL, NULL);
}

static void check_short(gconstpointer data)
{
        const Short *row = data;
        g_autoptr(NewText) text = read_plain(row->text, strlen(row->text));
        g_assert_cmpstr(text->text, ==, row->wanted);
}

/* ------ what must cost no more than its length */

typedef struct {
        const char *name, *begin, *again, *end;
        int times;
} Long;

static const Long longs[] = {
        { "100000-quote-marks", "OK\n", ">\n", "", 100000 },
        { "one-line-of-1-MB", "", "abcdefg ", "", 125000 },
        { "one-line-of-1-MB-with-colons", "", "le 3 mars: ", "", 90000 },
        { "10000-quote-headers", "OK\n", "Le 3 mars 2027 à 10:12, Jean <j@example.org> a écrit :\n", "",
          10000 },
        { "10000-header-blocks", "OK\n", "De : j@example.org\nEnvoyé : lundi\n\n", "", 10000 },
        { "20000-fields", "OK\n", "De : x\n", "", 20000 },
        { "20000-names", "OK\n\n", "Paul Martin\n", "06 00 00 00 00\n", 20000 },
        { "50000-colons", "OK\n", "le 3 mars 2027 10 : 12 :\n", "", 50000 },
        { "20000-banners", "OK\n", "-----Message d'origine-----\n", "", 20000 },
        { "20000-sent-from", "OK\n", "Envoyé de mon iPhone\n", "", 20000 },
        { "10000-notices", "OK\n\n", "Ce message est confidentiel.\n\n", "", 10000 },
        { "100000-dashes", "OK\n", "--\n", "", 100000 },
        { "deep-marks", "OK\n", "> ", "x", 300000 },
        { "glued", "", "On Mon, Mar 1, 2027 at 9:12 AM ", "", 20000 },
};

static void check_long(gconstpointer data)
{
        const Long *row = data;
        g_autoptr(GString) body = g_string_new(row->begin);
        for (int i = 0; i < row->times; i++)
                g_string_append(body, row->again);
        g_string_append(body, row->end);
        gint64 start = g_get_monotonic_time();
        g_autoptr(NewText) text = read_plain(body->str, body->len);
        double seconds = (double)(g_get_monotonic_time() - start) / G_USEC_PER_SEC;
        g_test_message("%.3f s", seconds);
        g_assert_nonnull(text->text);
        g_assert_cmpfloat(seconds, <, 2.0);
}

/* Our mail and the reply made of the same few words over and over: the alignment must not try them all. */
static void check_alignment_is_linear(void)
{
        g_autoptr(GString) raw = g_string_new("From: a@example.org\r\nSubject: x\r\n\r\n");
        for (int i = 0; i < 60000; i++)
                g_string_append(raw, i % 7 == 0 ? "oui non\n> " : "oui non ");
        g_autoptr(GBytes) mail = g_bytes_new(raw->str, raw->len);
        gint64 start = g_get_monotonic_time();
        g_autoptr(NewText) text = read_bytes(mail, mail, NULL);
        g_assert_nonnull(text->text);
        double seconds = (double)(g_get_monotonic_time() - start) / G_USEC_PER_SEC;
        g_test_message("%.3f s", seconds);
        g_assert_cmpfloat(seconds, <, 2.0);
}

static void check_why_names_pattern(void)
{
        static const char body[] =
                "OK\n\nLe 3 mars 2027 à 10:12, Jean <j@example.org> a écrit :\n> Bonjour\n";
        g_autoptr(GString) raw =
                g_string_new("From: a@example.org\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n");
        g_string_append(raw, body);
        g_autoptr(GBytes) mail = g_bytes_new(raw->str, raw->len);
        g_autoptr(GPtrArray) why = g_ptr_array_new_with_free_func(g_free);
        g_autoptr(NewText) text = read_bytes(mail, NULL, why);
        g_assert_cmpuint(why->len, ==, 1);
        g_assert_true(g_str_has_prefix(why->pdata[0], "cut at line 3: quote header ("));
        g_assert_nonnull(strstr(why->pdata[0], "quote.yaml:"));
        g_assert_cmpstr(text->quoted, ==, "> Bonjour\n");
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_mime_init();
        g_autofree char *rules = g_test_build_filename(G_TEST_DIST, "..", "rules", "reading", NULL);
        g_autoptr(Problems) problems = problems_new();
        patterns = patterns_load_dir(rules, problems);
        g_assert_nonnull(patterns);
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *path = g_strconcat("/mail/new_text/", rows[i].name, NULL);
                g_test_add_data_func(path, &rows[i], check_row);
        }
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                if (g_str_has_prefix(rows[i].name, "unknown-program"))
                        continue;
                g_autofree char *path = g_strconcat("/mail/new_text/without-own/", rows[i].name, NULL);
                g_test_add_data_func(path, &rows[i], check_without_own);
        }
        for (size_t i = 0; i < G_N_ELEMENTS(shorts); i++) {
                g_autofree char *path = g_strconcat("/mail/new_text/short/", shorts[i].name, NULL);
                g_test_add_data_func(path, &shorts[i], check_short);
        }
        for (size_t i = 0; i < G_N_ELEMENTS(longs); i++) {
                g_autofree char *path = g_strconcat("/mail/new_text/long/", longs[i].name, NULL);
                g_test_add_data_func(path, &longs[i], check_long);
        }
        g_test_add_func("/mail/new_text/alignment-is-linear", check_alignment_is_linear);
        g_test_add_func("/mail/new_text/why-names-pattern", check_why_names_pattern);
        int result = g_test_run();
        patterns_free(patterns);
        return result;
}
