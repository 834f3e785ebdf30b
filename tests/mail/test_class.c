/* Who wrote it: a row is a head, a body and the class. Machines that mark themselves and those that do not;
 * and the people whom a careless rule would lose. */
#include "mail/class.h"

#include <string.h>

static Patterns *patterns;

#define FROM            "From: Claire Tutrice <claire@example.org>\n"
#define PATH            "Return-Path: <claire@example.org>\n"
#define ANSWERS         "In-Reply-To: <s.1@stages.example.org>\nReferences: <s.1@stages.example.org>\n"
#define OURS            "Demande de validation\n"
#define PERSON          PATH FROM ANSWERS "Subject: Re: " OURS
#define MULTIPART(type) "MIME-Version: 1.0\nContent-Type: multipart/" type "; boundary=b\n"
#define TEXT_PART       "--b\nContent-Type: text/plain\n\n"

typedef struct {
        const char *name, *head, *body;
        MailKind kind;
} Row;

static const Row rows[] = {
        /* people */
        { "reply", PERSON, "Oui, je valide.\n", MAIL_HUMAN },
        { "forward", FROM ANSWERS "Subject: TR: " OURS, "Pour moi c'est oui.\n", MAIL_HUMAN },
        { "reply-arabic", FROM ANSWERS "Subject: رد: طلب\n", "نعم\n", MAIL_HUMAN },
        { "reply-dutch-mark", FROM ANSWERS "Subject: Antw: " OURS, "Oui\n", MAIL_HUMAN },
        { "reply-mark-nbsp", FROM ANSWERS "Subject: =?utf-8?q?RE=C2=A0=3A_Demande?=\n", "Oui\n", MAIL_HUMAN },
        { "new-mail", PATH FROM "Subject: Question sur le stage\n", "Bonjour, quand ?\n", MAIL_HUMAN },
        { "no-subject", FROM ANSWERS "Subject:\n", "OK\n", MAIL_HUMAN },
        { "subject-missing", FROM ANSWERS, "OK\n", MAIL_HUMAN },
        { "suppress-all", PERSON "X-Auto-Response-Suppress: All\n", "Je valide\n", MAIL_HUMAN },
        { "auto-submitted-no", PERSON "Auto-Submitted: no\n", "Je valide\n", MAIL_HUMAN },
        { "auto-submitted-no-comment", PERSON "Auto-Submitted: (person) No (really)\n", "Oui\n", MAIL_HUMAN },
        { "auto-submitted-empty", PERSON "Auto-Submitted:\n", "Oui\n", MAIL_HUMAN },
        { "gateway-bulk", PERSON "Precedence: bulk\n", "Je valide\n", MAIL_HUMAN },
        { "feedback-id-of-ses", PERSON "Feedback-ID: 1.eu-west-1.x:AmazonSES\n", "Je valide\n", MAIL_HUMAN },
        { "procmail-loop", PERSON "X-Loop: claire@example.org\n", "Je valide\n", MAIL_HUMAN },
        { "talks-of-automatic", PERSON, "Ceci n'est pas un message automatique : je refuse.\n", MAIL_HUMAN },
        { "answers-an-absence", PATH FROM ANSWERS "Subject: Re: Absence du bureau : " OURS, "Oui\n",
          MAIL_HUMAN },
        { "on-leave-and-decides", PERSON, "Je suis en congé jusqu'au 3 mai, mais je valide.\n", MAIL_HUMAN },
        { "absence-of-someone", FROM ANSWERS "Subject: Absence de Lina Moreau\n",
          "L'étudiante est absente depuis lundi, que dois-je faire ?\n", MAIL_HUMAN },
        { "student-announces-absence", PATH FROM "Subject: Absence du 3 au 5 mai\n",
          "Bonjour, je serai absent du 3 au 5 mai, rendez-vous médical.\n", MAIL_HUMAN },
        { "new-subject-in-thread", FROM ANSWERS "Subject: Convention signée\n", "La voici.\n", MAIL_HUMAN },
        { "thanks-in-thread", FROM ANSWERS "Subject: Votre message\n", "Je valide, merci.\n", MAIL_HUMAN },
        { "reply-to-noreply", PERSON "Reply-To: ne-pas-repondre@example.org\n", "Refusé.\n", MAIL_HUMAN },
        { "invitation-by-hand", FROM "Subject: Visite de stage\n" MULTIPART("mixed"),
          TEXT_PART
          "Voici un créneau.\n--b\nContent-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\n--b--\n",
          MAIL_HUMAN },
        { "quotes-captcha", PERSON, "Cliquez sur ce lien pour vous authentifier, dit mon filtre.\n",
          MAIL_HUMAN },
        { "receipt-word-in-subject", PATH FROM "Subject: Read: chapter two\n", "I read it and agree.\n",
          MAIL_HUMAN },
        { "car", PATH FROM "Subject: Auto : devis\n", "Voici.\n", MAIL_HUMAN },
        { "spoofed-instance", PERSON "X-Facteur-Loop: other\n", "Oui\n", MAIL_HUMAN },
        { "own-group-in-between", PERSON "List-Id: <stages.stages.example.org>\nPrecedence: list\n", "Oui\n",
          MAIL_HUMAN },
        { "topic-is-absence", PATH FROM "Subject: Out of office: rules for interns\n",
          "Here are the rules that we apply to interns.\n", MAIL_HUMAN },
        { "topic-is-absence-fr", PATH FROM "Subject: Réponse automatique : comment la désactiver\n",
          "Voici comment faire dans le webmail de l'université.\n", MAIL_HUMAN },
        { "named-like-a-server",
          "From: Marie Postel <postmaster.sec@univ.example.org>\nSubject: Message non remis\n",
          "Votre message ne lui a pas été remis, pouvez-vous le renvoyer ?\n", MAIL_HUMAN },
        { "bears-a-server's-name",
          "From: Paul Postmaster <paul.postmaster@example.org>\nSubject: Message non remis\n",
          "Votre message n'a pas été remis à M. Berger.\n", MAIL_HUMAN },
        /* automatic answers that say so */
        { "rfc-3834", FROM ANSWERS "Auto-Submitted: auto-replied\nSubject: Re: " OURS, "Absente\n",
          MAIL_AUTOMATIC },
        { "rfc-3834-comment", FROM "Auto-Submitted: (vacation) auto-replied; x=1\nSubject: Re: x\n", "x\n",
          MAIL_AUTOMATIC },
        { "odd-case", FROM "AUTO-SUBMITTED: Auto-Generated\nSubject: x\n", "x\n", MAIL_AUTOMATIC },
        { "notified", FROM "Auto-Submitted: auto-notified; owner-email=\"a@b.org\"\nSubject: x\n", "x\n",
          MAIL_AUTOMATIC },
        { "x-autoreply", PERSON "X-Autoreply: yes\n", "x\n", MAIL_AUTOMATIC },
        { "x-autorespond-empty", PERSON "X-Autorespond:\n", "x\n", MAIL_AUTOMATIC },
        { "x-autoreply-no", PERSON "X-Autoreply: no\n", "Oui\n", MAIL_HUMAN },
        { "precedence-auto-reply", PERSON "Precedence: auto_reply\n", "x\n", MAIL_AUTOMATIC },
        { "firstclass", PERSON "X-FC-MachineGenerated: true\n", "x\n", MAIL_AUTOMATIC },
        { "post-message-class", PERSON "X-POST-MessageClass: 9; Autoresponder\n", "x\n", MAIL_AUTOMATIC },
        { "x400", PERSON "X400-Content-Identifier: Auto Reply to Demande\n", "x\n", MAIL_AUTOMATIC },
        { "content-identifier", PERSON "Content-Identifier: Auto-replied\n", "x\n", MAIL_AUTOMATIC },
        { "apple-vacation", PERSON "X-Apple-Action: com.apple.vacation\n", "x\n", MAIL_AUTOMATIC },
        { "mailbox-rules", PERSON "X-MS-Exchange-Generated-Message-Source: Mailbox Rules Agent\n", "x\n",
          MAIL_AUTOMATIC },
        { "null-path", "Return-Path: <>\n" FROM ANSWERS "Subject: Demande\n", "x\n", MAIL_AUTOMATIC },
        /* and those that do not */
        { "subject-fr", FROM ANSWERS "Subject: Réponse automatique : " OURS, "x\n", MAIL_AUTOMATIC },
        { "subject-fr-bare", FROM "Subject: Absence du bureau\n", "x\n", MAIL_AUTOMATIC },
        { "subject-banner", FROM "Subject: [EXTERNE] Réponse automatique : x\n", "x\n", MAIL_AUTOMATIC },
        { "subject-en", FROM "Subject: Automatic reply: x\n", "x\n", MAIL_AUTOMATIC },
        { "subject-ooo", FROM "Subject: Out of Office AutoReply: x\n", "x\n", MAIL_AUTOMATIC },
        { "subject-ar", FROM "Subject: رد تلقائي: x\n", "x\n", MAIL_AUTOMATIC },
        { "subject-de", FROM "Subject: Abwesenheitsnotiz\n", "x\n", MAIL_AUTOMATIC },
        { "subject-es", FROM "Subject: Respuesta automática: x\n", "x\n", MAIL_AUTOMATIC },
        { "subject-it", FROM "Subject: Risposta automatica: x\n", "x\n", MAIL_AUTOMATIC },
        { "subject-nl", FROM "Subject: Automatisch antwoord: x\n", "x\n", MAIL_AUTOMATIC },
        { "subject-pt", FROM "Subject: Resposta automática: x\n", "x\n", MAIL_AUTOMATIC },
        { "subject-pl", FROM "Subject: [Automatyczna odpowiedź] x\n", "x\n", MAIL_AUTOMATIC },
        { "subject-ja", FROM "Subject: 自動返信: x\n", "x\n", MAIL_AUTOMATIC },
        { "subject-notes", FROM "Subject: AUTO: Claire est absente du bureau (retour 17/03/2027)\n", "x\n",
          MAIL_AUTOMATIC },
        { "hint-and-machine", FROM "Subject: Accusé de réception\n", "Ceci est une réponse automatique.\n",
          MAIL_AUTOMATIC },
        { "hint-and-own-subject", FROM ANSWERS "Subject: Absence\n",
          "Je suis en congé et de retour le 2 mai.\n", MAIL_AUTOMATIC },
        { "hint-and-bulk", FROM "Precedence: bulk\nSubject: Thank you for your e-mail\n", "I will reply.\n",
          MAIL_AUTOMATIC },
        { "ticket", FROM ANSWERS "Subject: Votre demande a bien été reçue\n",
          "Nous avons bien reçu votre demande.\n", MAIL_AUTOMATIC },
        { "ticket-glpi", FROM "Subject: [GLPI #0012] Nouveau ticket : Demande\n", "Un ticket a été créé.\n",
          MAIL_AUTOMATIC },
        { "ticket-in-brackets", FROM "Subject: [Demande reçue] Validation\n", "x\n", MAIL_AUTOMATIC },
        { "subject-inclusive", FROM "Subject: Absent(e) du bureau : x\n", "x\n", MAIL_AUTOMATIC },
        /* people who write about such things */
        { "person-asks-in-subject", FROM "Subject: réponse automatique ?\n",
          "J'ai reçu une réponse automatique de Mme Haddad, à qui écrire ?\n", MAIL_HUMAN },
        { "person-on-automatic-reply", FROM ANSWERS "Subject: automatic reply not working\n",
          "The automatic reply of your robot has a broken link.\n", MAIL_HUMAN },
        { "person-away-next-week", FROM ANSWERS "Subject: Out of office next week\n",
          "Hello, I'll be out next week, can we move the visit?\n", MAIL_HUMAN },
        { "person-absent-asks", FROM ANSWERS "Subject: Je suis absent la semaine prochaine\n",
          "Je serai absent la semaine prochaine, la visite peut-elle avoir lieu après ?\n", MAIL_HUMAN },
        { "person-on-absence-de", FROM ANSWERS "Subject: Abwesenheit von Lina\n", "Lina ist abwesend.\n",
          MAIL_HUMAN },
        { "person-on-lost-mail-fr", FROM "Subject: Mail non remis au tuteur\n",
          "Mon mail à tuteur@example.net n'a pas été remis. Pouvez-vous m'aider ?\n", MAIL_HUMAN },
        { "person-on-lost-mail-en", FROM "Subject: Undeliverable?\n",
          "Hello, my mail to tutor@example.net could not be delivered.\n", MAIL_HUMAN },
        { "no-reply", "From: Portail <no-reply@example.org>\nSubject: Votre dossier\n", "x\n",
          MAIL_AUTOMATIC },
        { "quota-of-postmaster", "From: postmaster@example.org\nSubject: Espace disque\n", "x\n",
          MAIL_AUTOMATIC },
        { "agenda", FROM "Sender: Agenda <calendar-notification@example.org>\nSubject: Rappel\n", "x\n",
          MAIL_AUTOMATIC },
        { "social-notice", FROM "X-LinkedIn-Class: INMAIL\nSubject: Claire a accepté\n", "x\n",
          MAIL_AUTOMATIC },
        /* receipts */
        { "mdn", FROM "Subject: Lu : Demande\n" MULTIPART("report; report-type=disposition-notification"),
          TEXT_PART "Lu\n--b\nContent-Type: message/disposition-notification\n\nDisposition: "
                    "manual-action/MDN-sent-manually; displayed\n--b--\n",
          MAIL_RECEIPT },
        { "zimbra", FROM "Auto-Submitted: auto-replied (zimbra; read-receipt)\nSubject: Re: x\n", "x\n",
          MAIL_RECEIPT },
        { "tnef", FROM "Subject: Lu : Demande\n" MULTIPART("mixed"),
          "--b\nContent-Type: application/ms-tnef; name=winmail.dat\n\nx\n--b--\n", MAIL_RECEIPT },
        { "receipt-in-words", FROM "Subject: Read: Demande\n", "Your message was read on Monday, 1 March.\n",
          MAIL_RECEIPT },
        /* calendar, reaction, complaints */
        { "calendar-accepted", FROM "Subject: Accepté : Soutenance\n" MULTIPART("alternative"),
          TEXT_PART "Accepté\n--b\nContent-Type: text/calendar; method=REPLY\n\nBEGIN:VCALENDAR\n--b--\n",
          MAIL_CALENDAR },
        { "calendar-alone", FROM "Subject: x\nContent-Type: text/calendar; method=COUNTER\n",
          "BEGIN:VCALENDAR\n", MAIL_CALENDAR },
        { "reaction-rfc-9078", FROM "Subject: Re: x\nContent-Disposition: reaction\n", "👍\n", MAIL_REACTION },
        { "reaction-gmail", PERSON MULTIPART("alternative"),
          TEXT_PART "👍\n--b\nContent-Type: text/vnd.google.email-reaction+json\n\n{}\n--b--\n",
          MAIL_REACTION },
        { "arf", FROM "Subject: FW: x\n" MULTIPART("report; report-type=feedback-report"),
          TEXT_PART "x\n--b--\n", MAIL_OTHER },
        { "outlook-complaint", "From: staff@hotmail.com\nSubject: complaint about message from 192.0.2.1\n",
          "x\n", MAIL_OTHER },
        { "apple-unsubscribe", FROM "X-Apple-Unsubscribe: true\nSubject: unsubscribe\n", "x\n", MAIL_OTHER },
        /* challenges */
        { "mailinblack-header", FROM "X-Mailer: MailInBlack\nAuto-Submitted: auto-replied\nSubject: x\n",
          "x\n", MAIL_CHALLENGE },
        { "mailinblack-subject", FROM "Subject: Claire vous invite à vous authentifier\n", "x\n",
          MAIL_CHALLENGE },
        { "boxtrapper", FROM "Subject: Your email requires verification verify#ab12\n", "x\n",
          MAIL_CHALLENGE },
        { "marked-challenge", FROM "Auto-Submitted: auto-replied\nSubject: Please confirm your message\n",
          "x\n", MAIL_CHALLENGE },
        { "challenge-in-words", FROM ANSWERS "Subject: Votre envoi\n",
          "Cliquez sur ce lien pour vous authentifier :\n", MAIL_CHALLENGE },
        /* lists and ourselves */
        { "list-id", FROM "List-Id: <enseignants.example.org>\nSubject: x\n", "x\n", MAIL_LIST },
        { "list-answer", PERSON "List-Post: <mailto:enseignants@example.org>\n", "Oui\n", MAIL_LIST },
        { "list-absence", FROM "List-Id: <e.example.org>\nSubject: Out of Office\n", "x\n", MAIL_AUTOMATIC },
        { "newsletter", FROM "List-Unsubscribe: <https://example.org/u>\nSubject: Lettre\n", "x\n",
          MAIL_LIST },
        { "list-owner", "From: owner-jury@example.org\nSubject: x\n", "x\n", MAIL_LIST },
        { "sympa-rejects",
          "From: SYMPA <sympa@example.org>\nSubject: Message distribution: Author not authorized\n",
          "Your message was rejected.\n", MAIL_CHALLENGE },
        { "sympa-rejects-and-says-so",
          FROM "Auto-Submitted: auto-replied\nSubject: Votre message pour la liste jury a été rejeté\n",
          "Vous n'êtes pas abonné.\n", MAIL_CHALLENGE },
        { "moderator",
          FROM "List-Id: <jury.example.org>\nSubject: Your message to jury awaits moderator approval\n",
          "It is being held.\n", MAIL_CHALLENGE },
        { "person-about-a-list", PATH FROM "Subject: Votre message pour la liste jury a été rejeté\n",
          "Je l'ai transmis à la main.\n", MAIL_HUMAN },
        { "sympa", "From: SYMPA <sympa@example.org>\nSubject: x\n", "x\n", MAIL_LIST },
        { "own", FROM "X-Facteur-Loop: stages-1\nSubject: x\n", "x\n", MAIL_OWN },
        /* what people write about */
        { "robot-internship", PATH FROM "Subject: Stage\n",
          "Suivre le stage sur le robot, recopier le code.\n", MAIL_HUMAN },
        { "english-link", PATH FROM "Subject: Visit\n",
          "Please use the link to confirm that you are available.\n", MAIL_HUMAN },
        { "ticket-by-a-person", FROM "Subject: Ticket created by email\n", "Please look at the report.\n",
          MAIL_HUMAN },
        { "postmaster-answers", "From: Paul <postmaster@example.org>\n" ANSWERS "Subject: Re: " OURS,
          "Je valide.\n", MAIL_HUMAN },
        { "postmaster-himself", "From: Paul <postmaster@example.org>\nSubject: Votre question\n", "Oui\n",
          MAIL_HUMAN },
        { "surname-cron", "From: Claire Cron <claire.cron@example.org>\nSubject: Stage\n", "Oui\n",
          MAIL_HUMAN },
        { "secretary-admin", "From: Scolarité <m2-admin@example.org>\nSubject: Stage\n", "Oui\n",
          MAIL_HUMAN },
        { "absence-at-jury", FROM ANSWERS "Subject: Absence au jury\n", "Je serai absente le 24 juin.\n",
          MAIL_HUMAN },
        { "no-mail", "", "\x01\x02", MAIL_OTHER },
};

static MailKind classify(const Row *row, GPtrArray *why)
{
        g_autofree char *bytes = g_strconcat(row->head, row->head[0] != '\0' ? "\n" : "", row->body, NULL);
        g_autoptr(GBytes) raw = g_bytes_new(bytes, strlen(bytes));
        g_autoptr(Message) message = message_open(raw);
        const ReadingContext context = { .patterns = patterns,
                                         .own_address = "stages@stages.example.org",
                                         .instance = "stages-1" };
        return class_read(message, &context, why);
}

static void check_row(gconstpointer data)
{
        g_autoptr(GPtrArray) why = g_ptr_array_new_with_free_func(g_free);
        MailKind kind = classify(data, why);
        g_assert_cmpstr(mail_kind_word(kind), ==, mail_kind_word(((const Row *)data)->kind));
        g_assert_cmpuint(why->len, >, 0);
        for (guint i = 0; i < why->len; i++)
                g_assert_true(g_str_has_prefix(g_ptr_array_index(why, i), "class: "));
}

/* A mark that may be a rule's and not the writer's is told as a doubt. */
static const struct {
        const char *name, *head;
        bool is_doubtful;
} doubts[] = {
        { "rule-forwards-answer",
          PERSON "Auto-Submitted: auto-generated\nX-MS-Exchange-Inbox-Rules-Loop: c@x.org\n", true },
        { "generated-answer", PERSON "Auto-Submitted: auto-generated\n", true },
        { "resent-answer", PERSON "X-Autoreply: yes\nResent-From: claire@example.net\n", true },
        { "response", PERSON "Auto-Submitted: auto-replied\n", false },
        { "own-subject", PATH FROM ANSWERS "Auto-Submitted: auto-generated\nSubject: Automatic reply: x\n",
          false },
        { "null-path", "Return-Path: <>\n" FROM ANSWERS "Subject: Re: x\nAuto-Submitted: auto-generated\n",
          false },
};

static void check_doubt(gconstpointer data)
{
        gsize i = GPOINTER_TO_SIZE(data);
        const Row row = { doubts[i].name, doubts[i].head, "Je valide.\n", MAIL_AUTOMATIC };
        g_autoptr(GPtrArray) why = g_ptr_array_new_with_free_func(g_free);
        g_assert_cmpint(classify(&row, why), ==, MAIL_AUTOMATIC);
        bool is_doubtful = false;
        for (guint k = 0; k < why->len; k++)
                is_doubtful |= g_str_has_prefix(g_ptr_array_index(why, k), "class: " CLASS_DOUBT ":");
        g_assert_cmpint(is_doubtful, ==, doubts[i].is_doubtful);
}

static const struct {
        const char *name, *text, *until, *deputy;
} absences[] = {
        { "fr",
          "Je suis absente jusqu'au 15 avril 2027 inclus.\n\nEn cas d'urgence, contactez "
          "f.diallo@example.org.\n",
          "15 avril 2027", "f.diallo@example.org" },
        { "fr-numbers", "Absent du 10/03/2027 au 17/03/2027.\n", "17/03/2027", NULL },
        { "fr-wrapped",
          "Je serai de retour le\nlundi 3 mai. Contactez mon collègue\nPaul : paul@example.org\n",
          "lundi 3 mai", "paul@example.org" },
        { "fr-left", "Je ne fais plus partie de la société.\nÉcrivez désormais à stages@example.org\n", NULL,
          "stages@example.org" },
        { "en",
          "I am out of the office until Monday, 3 May 2027. For urgent matters please e-mail "
          "jane@example.org\n",
          "Monday, 3 May 2027", "jane@example.org" },
        { "en-back", "I will be back on May 3rd.\n", "May 3rd", NULL },
        { "de",
          "Ich bin bis 3. Mai 2027 nicht im Haus. In dringenden Fällen wenden Sie sich an a@example.org.\n",
          "3. Mai 2027", "a@example.org" },
        { "es", "Estoy de vacaciones hasta el 15 de abril de 2027.\n", "15 de abril de 2027", NULL },
        { "ar", "أنا في إجازة حتى 15 أبريل 2027، للحالات العاجلة: a@example.org\n", "15 أبريل 2027",
          "a@example.org" },
        { "own-address-is-no-deputy", "Pour me joindre : claire@example.org\n", NULL, NULL },
        { "robot-is-no-deputy", "En mon absence, écrivez à stages@stages.example.org\n", NULL, NULL },
        { "nothing", "Merci pour votre message.\n", NULL, NULL },
};

static void check_absence(gconstpointer data)
{
        gsize i = GPOINTER_TO_SIZE(data);
        g_autofree char *bytes = g_strconcat(
                FROM "To: Stages <stages@stages.example.org>\nSubject: Réponse automatique : Demande\n"
                     "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n",
                absences[i].text, NULL);
        g_autoptr(GBytes) raw = g_bytes_new(bytes, strlen(bytes));
        g_autoptr(Message) message = message_open(raw);
        g_autofree char *until = NULL, *deputy = NULL;
        class_read_absence(message, patterns, &until, &deputy);
        g_assert_cmpstr(until, ==, absences[i].until);
        g_assert_cmpstr(deputy, ==, absences[i].deputy);
}

static void add_rows(void)
{
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *path = g_strconcat("/class/", rows[i].name, NULL);
                g_test_add_data_func(path, &rows[i], check_row);
        }
        for (gsize i = 0; i < G_N_ELEMENTS(doubts); i++) {
                g_autofree char *path = g_strconcat("/class/doubt/", doubts[i].name, NULL);
                g_test_add_data_func(path, GSIZE_TO_POINTER(i), check_doubt);
        }
        for (gsize i = 0; i < G_N_ELEMENTS(absences); i++) {
                g_autofree char *path = g_strconcat("/class/absence/", absences[i].name, NULL);
                g_test_add_data_func(path, GSIZE_TO_POINTER(i), check_absence);
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
        add_rows();
        int result = g_test_run();
        patterns_free(patterns);
        return result;
}
