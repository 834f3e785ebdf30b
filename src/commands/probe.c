/* commands/probe.c: `facteur probe`: do the servers do what the robot needs? Logs in to both, writes to
 * itself twice (to its address, and to an address with a token in it), and looks at what arrives. MAIL.md
 * D55.
 *
 * What it sent stays in the mailbox, where the robot files its own mail by itself. The database is not
 * opened.
 */
#include "base/address.h"
#include "commands/options.h"
#include "doors/imap.h"
#include "doors/smtp.h"
#include "mail/message.h"
#include "robot/house_mail.h"
#include "robot/secrets.h"

#include <stdio.h>
#include <string.h>

enum { WAIT_S = 60, STEP_US = 2000000, FETCH_MAX = 50, N_TRIALS = 2, N_FOLDERS = 2 };

typedef struct {
        const char *name; /* as printed */
        Person to;
        char *address; /* owned; of `to` */
        char *message_id;
        int64_t sent_at, back_at; /* 0: not */
        bool is_renamed;          /* under another Message-ID */
} Trial;

typedef struct {
        House *house;
        const Secrets *secrets;
        Imap *imap;
        const char *folders[N_FOLDERS]; /* where what comes may lie: a running robot files it */
        uint32_t last[N_FOLDERS];
        Trial trials[N_TRIALS];
        int count;
        char *authserv; /* who wrote the topmost Authentication-Results; NULL: nobody */
} Probe;

static const char *yes_no(bool is_so)
{
        return is_so ? "yes" : "no";
}

static bool look_at_mailbox(Probe *probe, GError **error)
{
        const Config *config = probe->house->config;
        probe->imap = imap_connect(&config->mailbox, probe->secrets->mailbox_password, error);
        if (probe->imap == NULL)
                return false;
        const ImapFacts facts = imap_facts(probe->imap);
        printf("mailbox     %s: login well; MOVE %s, IDLE %s, UIDPLUS %s%s\n", config->mailbox.host,
               yes_no(facts.has_move), yes_no(facts.has_idle), yes_no(facts.has_uidplus),
               facts.has_idle ? "" : ": answers are seen at each poll alone");
        for (int i = 0; i < N_FOLDERS; i++) {
                ImapFolder folder;
                if (!imap_ensure_folder(probe->imap, probe->folders[i], error) ||
                    !imap_status(probe->imap, probe->folders[i], &folder, error))
                        return false;
                probe->last[i] = folder.uidnext > 0 ? folder.uidnext - 1 : 0;
        }
        return true;
}

/* Sending. */

static void add_trial(Probe *probe, const char *name, const char *address)
{
        const House *house = probe->house;
        Trial *trial = &probe->trials[probe->count++];
        *trial = (Trial){ .name = name, .address = g_strdup(address) };
        trial->to = (Person){ .name = house->config->display_name,
                              .address = trial->address,
                              .language = (char *)procedure_languages(house->procedure)[0],
                              .timezone = house->config->timezone,
                              .country = house->config->country };
}

/* The final bytes; reply_to_out: an address of ours with a token. */
static GBytes *compose(Probe *probe, Trial *trial, char **reply_to_out, GError **error)
{
        const Applier applier = { .house = probe->house, .now = house_now(probe->house) };
        const char *parts[] = { "probe", trial->name, NULL };
        g_autofree char *random = g_uuid_string_random();
        parts[1] = random;
        g_auto(HouseMail) mail = { .key = "round_trip", .to = &trial->to, .actions = "", .id_parts = parts };
        json_t *view = json_object();
        house_mail_open(&mail, &applier);
        GBytes *bytes = house_mail_compose(&mail, &applier, view, error);
        json_decref(view);
        trial->message_id = g_steal_pointer(&mail.message_id);
        *reply_to_out = g_steal_pointer(&mail.reply_to);
        return bytes;
}

static bool submit(Probe *probe, Smtp *smtp, Trial *trial, GBytes *bytes, GError **error)
{
        g_autoptr(SmtpReply) reply =
                smtp_submit(smtp, probe->house->config->address, trial->address, bytes, error);
        if (reply == NULL)
                return false;
        if (reply->verdict == SMTP_ACCEPTED)
                trial->sent_at = g_get_monotonic_time();
        else
                printf("%-11s REFUSED by the submission server for <%s>: %s\n", trial->name, trial->address,
                       reply->text);
        return true;
}

static bool send_all(Probe *probe, GError **error)
{
        const Config *config = probe->house->config;
        g_autoptr(Smtp) smtp = smtp_new(&config->submission, probe->secrets->submission_password,
                                        address_domain(config->address), error);
        g_autofree char *tagged = NULL, *unused = NULL;
        if (smtp == NULL)
                return false;
        add_trial(probe, "plain", config->address);
        g_autoptr(GBytes) plain = compose(probe, &probe->trials[0], &tagged, error);
        if (plain == NULL || !submit(probe, smtp, &probe->trials[0], plain, error))
                return false;
        printf("submission  %s: login well\n", config->submission.host);
        if (strstr(config->reply_to, "%t") == NULL)
                return true;
        add_trial(probe, "tagged", tagged);
        g_autoptr(GBytes) bytes = compose(probe, &probe->trials[1], &unused, error);
        return bytes != NULL && submit(probe, smtp, &probe->trials[1], bytes, error);
}

/* Looking for what came. */

static void note_border(Probe *probe, const Message *message)
{
        const char *results = message_header(message, "Authentication-Results");
        g_free(probe->authserv);
        probe->authserv = results != NULL ? g_strndup(results, strcspn(results, "; \t")) : NULL;
}

/* From us, and to this very address: a server that changed the Message-ID. */
static bool is_ours(const Probe *probe, const Message *message, const Trial *trial)
{
        const char *from = message_from(message), *to = message_header(message, "To");
        return from != NULL && address_equal(from, probe->house->config->address) && to != NULL &&
               strstr(to, trial->address) != NULL;
}

static void note_arrival(Probe *probe, GBytes *raw)
{
        g_autoptr(Message) message = message_open(raw);
        const char *id = message_id(message);
        for (int i = 0; i < probe->count; i++) {
                Trial *trial = &probe->trials[i];
                const bool is_same = g_strcmp0(id, trial->message_id) == 0;
                if (trial->sent_at == 0 || trial->back_at != 0 ||
                    !(is_same || is_ours(probe, message, trial)))
                        continue;
                trial->back_at = g_get_monotonic_time();
                trial->is_renamed = !is_same;
                note_border(probe, message);
                return;
        }
}

static bool look_into(Probe *probe, int which, GError **error)
{
        ImapFolder folder;
        if (!imap_select(probe->imap, probe->folders[which], &folder, error))
                return false;
        g_autoptr(GArray) uids = imap_search(probe->imap, probe->last[which], 0, error);
        if (uids == NULL || uids->len == 0)
                return uids != NULL;
        const guint count = MIN(uids->len, FETCH_MAX);
        g_autoptr(GPtrArray) messages =
                imap_fetch(probe->imap, (const uint32_t *)(void *)uids->data, count, error);
        for (guint i = 0; messages != NULL && i < messages->len; i++)
                note_arrival(probe, ((const ImapMessage *)g_ptr_array_index(messages, i))->raw);
        probe->last[which] = g_array_index(uids, uint32_t, count - 1);
        return messages != NULL;
}

static bool is_waiting(const Probe *probe)
{
        for (int i = 0; i < probe->count; i++)
                if (probe->trials[i].sent_at != 0 && probe->trials[i].back_at == 0)
                        return true;
        return false;
}

static bool wait_for_all(Probe *probe, GError **error)
{
        for (int second = 0; second < WAIT_S && is_waiting(probe); second += STEP_US / 1000000) {
                for (int i = 0; i < N_FOLDERS; i++)
                        if (!look_into(probe, i, error))
                                return false;
                if (is_waiting(probe))
                        g_usleep(STEP_US);
        }
        return true;
}

/* What follows from it; the number of things to mend. */

static int tell_trial(const Probe *probe, const Trial *trial)
{
        if (trial->back_at != 0) {
                printf("%-11s <%s>: back after %.0f s, %s\n", trial->name, trial->address,
                       (double)(trial->back_at - trial->sent_at) / 1e6,
                       trial->is_renamed
                               ? "UNDER ANOTHER Message-ID: answers are known by the token in their address "
                                 "alone, so that plus addresses must work"
                               : "its Message-ID kept");
                return 0;
        }
        if (trial == &probe->trials[0])
                printf("%-11s <%s>: NOT BACK after %d s: does it lie in another "
                       "folder (spam)? "
                       "Is mailbox.inbox right?\n",
                       trial->name, trial->address, WAIT_S);
        else
                printf("%-11s <%s>: NOT BACK after %d s: let the server take plus addresses, or write the "
                       "plain address into "
                       "robot.reply_to (answers are then known by their references)\n",
                       trial->name, trial->address, WAIT_S);
        return 1;
}

static int tell_border(const Probe *probe)
{
        const char *const *trusted = (const char *const *)probe->house->config->trusted_authserv;
        if (probe->authserv == NULL)
                printf("border      nobody wrote Authentication-Results into this mail (from yourself to "
                       "yourself that is "
                       "usual): look at a mail from outside\n");
        else if (trusted != NULL && g_strv_contains(trusted, probe->authserv))
                printf("border      Authentication-Results of %s, which is trusted\n", probe->authserv);
        else
                printf("border      Authentication-Results of %s: if that is your border and it removes what "
                       "others wrote under "
                       "its name, write mailbox.trusted_authserv: [%s]\n",
                       probe->authserv, probe->authserv);
        return 0;
}

static int run(Probe *probe)
{
        g_autoptr(GError) error = NULL;
        int to_mend = 0;
        if (!look_at_mailbox(probe, &error) || !send_all(probe, &error) || !wait_for_all(probe, &error))
                return command_failed(error);
        for (int i = 0; i < probe->count; i++)
                to_mend += tell_trial(probe, &probe->trials[i]);
        tell_border(probe);
        return to_mend > 0 ? EXIT_MEND : EXIT_FINE;
}

int command_probe(int argc, char **argv)
{
        g_auto(Options) options = { 0 };
        int code = options_read(&options, "- do the servers do what the robot needs? Two mails to itself",
                                NULL, 0, 0, argc, argv);
        if (code != CONTINUE)
                return code;
        g_autoptr(House) house =
                options_house(&options, HOUSE_KEYS | HOUSE_PROCEDURE | HOUSE_TEMPLATES, &code);
        if (house == NULL)
                return code;
        g_autoptr(GError) error = NULL;
        g_autoptr(Secrets) secrets = secrets_read(house->config, SECRET_MAILBOX | SECRET_SUBMISSION, &error);
        if (secrets == NULL)
                return command_failed(error);
        Probe probe = { .house = house,
                        .secrets = secrets,
                        .folders = { house->config->mailbox_inbox, house->config->folder_done } };
        code = run(&probe);
        imap_free(probe.imap);
        for (int i = 0; i < probe.count; i++) {
                g_free(probe.trials[i].address);
                g_free(probe.trials[i].message_id);
        }
        g_free(probe.authserv);
        return code;
}
