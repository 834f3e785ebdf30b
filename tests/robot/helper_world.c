#include "helper_world.h"

#include "store/cases.h"
#include "store/inbox.h"
#include "store/journal.h"
#include "store/query.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS_MAX = 1000 };

struct World {
        char *folder;
        House *house;
        ReadingContext context;
        Reader *reader;
        Clerk *clerk;
        Spool *in, *import;
        GPtrArray *sent;
        int uid;
        bool is_blind;
};

static const Actor cast[] = {
        { "student", "Lina Haddad", "lina@etu.example.org", "fr" },
        { "academic_tutor", "Paul Girard", "paul.girard@univ.example.org", "fr" },
        { "company_tutor", "Marc Lefèvre", "m.lefevre@rhone.example.com", "en" },
        { "internship_manager", "Claire Moreau", "claire.moreau@univ.example.org", "fr" },
        { "programme_head", "Inès Ben Salah", "ines.bensalah@univ.example.org", "fr" },
};

static const char settings[] = "robot:\n"
                               "  instance: test\n"
                               "  address: stages@univ.example.org\n"
                               "  reply_to: stages+%%t@univ.example.org\n"
                               "  institution: Université d'Exemple\n%s"
                               "mailbox:\n"
                               "  host: imap.example.org\n"
                               "  user: stages\n"
                               "  trusted_authserv: [mx.univ.example.org]\n"
                               "submission:\n"
                               "  host: smtp.example.org\n"
                               "paths:\n"
                               "  rules_dir: %s/rules\n"
                               "  templates_dir: %s/mail_templates\n";

const Actor *world_actor(const char *role)
{
        for (size_t i = 0; i < G_N_ELEMENTS(cast); i++)
                if (strcmp(cast[i].role, role) == 0)
                        return &cast[i];
        return NULL;
}

static Config *make_config(const char *folder, bool is_staffed)
{
        g_autofree char *here = g_get_current_dir(), *path = g_build_filename(folder, "facteur.conf", NULL);
        g_autofree char *text = g_strdup_printf(
                settings, is_staffed ? "  registry_address: " WORLD_REGISTRY "\n" : "", here, here);
        g_assert_true(g_file_set_contents(path, text, -1, NULL));
        g_autoptr(Problems) problems = problems_new();
        Config *config = config_load(path, problems);
        g_autofree char *printed = problems_print(problems);
        g_assert_cmpstr(printed, ==, "");
        return config;
}

static void fail_on(const GError *error, const Problems *problems)
{
        g_autofree char *printed = problems_print(problems);
        g_assert_cmpstr(printed, ==, "");
        g_assert_no_error(error);
}

static World *open_world(const char *now, bool is_staffed)
{
        World *world = g_new0(World, 1);
        g_autoptr(GError) error = NULL;
        g_autoptr(Problems) problems = problems_new();
        world->folder = g_dir_make_tmp("facteur-world-XXXXXX", &error);
        Config *config = make_config(world->folder, is_staffed);
        g_autofree char *database = house_database_path(config),
                        *keys = house_keys_path(config, HOUSE_KEYS_TOKENS);
        g_assert_cmpint(g_mkdir_with_parents(config->state_dir, 0700), ==, 0);
        g_assert_cmpint(g_mkdir_with_parents(config->keys_dir, 0700), ==, 0);
        g_assert_true(store_create(database, "test", &error) && keyring_create(keys, &error));
        Clock clock;
        g_assert_true(clock_parse(now, &clock));
        world->house = house_open(
                config, HOUSE_STORE | HOUSE_KEYS | HOUSE_PROCEDURE | HOUSE_TEMPLATES | HOUSE_PATTERNS, &clock,
                NULL, problems, &error);
        fail_on(error, problems);
        world->context = (ReadingContext){ .patterns = world->house->patterns,
                                           .trusted_authserv = (const char *const *)config->trusted_authserv,
                                           .own_address = config->address,
                                           .instance = config->instance };
        world->reader = reader_inside(&world->context);
        world->clerk = clerk_new(world->house, world->reader, &error);
        world->in = spool_open(config->state_dir, "in", &error);
        world->import = spool_open(config->state_dir, "import", &error);
        g_assert_no_error(error);
        world->sent = g_ptr_array_new_with_free_func((GDestroyNotify)outbox_mail_free);
        return world;
}

World *world_new(const char *now)
{
        return open_world(now, false);
}

World *world_new_staffed(const char *now)
{
        return open_world(now, true);
}

void world_free(World *world)
{
        clerk_free(world->clerk);
        reader_free(world->reader);
        spool_free(world->in);
        spool_free(world->import);
        house_free(world->house);
        g_ptr_array_unref(world->sent);
        g_autofree char *command = g_strdup_printf("rm -rf '%s'", world->folder);
        g_assert_cmpint(system(command), ==, 0);
        g_free(world->folder);
        g_free(world);
}

House *world_house(World *world)
{
        return world->house;
}

Clerk *world_clerk(World *world)
{
        return world->clerk;
}

void world_blind(World *world)
{
        world->is_blind = true;
}

void world_set_clock(World *world, int64_t now)
{
        world->house->clock = (Clock){ .is_fixed = true, .fixed_at = now };
}

static const char *value_of(char **extra, const char *name, const char *fallback)
{
        size_t length = strlen(name);
        for (; extra != NULL && *extra != NULL; extra++)
                if (strncmp(*extra, name, length) == 0 && (*extra)[length] == '=')
                        return *extra + length + 1;
        return fallback;
}

static void add_column(GString *header, GString *row, char **extra, const char *name, const char *fallback)
{
        g_string_append_printf(header, "%s%s", header->len > 0 ? "," : "", name);
        g_string_append_printf(row, "%s\"%s\"", row->len > 0 ? "," : "", value_of(extra, name, fallback));
}

static char *make_table(const char *reference, char **extra)
{
        g_autoptr(GString) header = g_string_new(NULL), row = g_string_new(NULL);
        add_column(header, row, NULL, "reference", reference);
        add_column(header, row, extra, "language", "fr");
        add_column(header, row, extra, "country", "fr");
        add_column(header, row, extra, "step", "record_validation");
        for (size_t i = 0; i < G_N_ELEMENTS(cast); i++) {
                g_autofree char *name = g_strconcat(cast[i].role, "_name", NULL),
                                *email = g_strconcat(cast[i].role, "_email", NULL),
                                *language = g_strconcat(cast[i].role, "_language", NULL);
                add_column(header, row, extra, name, cast[i].name);
                add_column(header, row, extra, email, cast[i].address);
                add_column(header, row, extra, language, cast[i].language);
        }
        add_column(header, row, extra, "organisation", "Ateliers du Rhône");
        add_column(header, row, extra, "subject", "Suivi qualité");
        add_column(header, row, extra, "start", "2027-03-01");
        add_column(header, row, extra, "end", "2027-07-30");
        return g_strconcat(header->str, "\n", row->str, "\n", NULL);
}

bool world_import(World *world, const char *text, bool is_dry_run, ImportReport *report_out)
{
        const ImportTable table = { .file = "table.csv",
                                    .text = text,
                                    .size = strlen(text),
                                    .language = "en",
                                    .is_dry_run = is_dry_run };
        g_autoptr(GError) error = NULL;
        import_report_init(report_out);
        bool is_done = import_table(world->house, world->import, &table, report_out, &error);
        g_assert_no_error(error);
        return is_done;
}

void world_begin(World *world, const char *reference, char **extra)
{
        g_autofree char *table = make_table(reference, extra);
        g_auto(ImportReport) report;
        world_import(world, table, false, &report);
        for (guint i = 0; i < report.faults->len; i++) {
                g_autofree char *mend = NULL,
                                *what = import_note_print(g_ptr_array_index(report.faults, i), &mend);
                g_printerr("# %s\n", what);
        }
        g_assert_cmpint(report.begun, ==, 1);
}

void world_copy(World *world, int count)
{
        static const char *const columns[][2] = {
                { "holders", "place, role, person, since, until, acts_for" },
                { "tasks",
                  "place, step, state, cycle, person, opened_at, due_at, done_at, done_by, how, level, "
                  "answer, "
                  "reason, reminders, reminded_at, escalations, escalated_at, held_answer, held_reason, "
                  "held_message, asked_at, saved_at, told_at" },
        };
        g_autoptr(GError) error = NULL;
        Store *store = world->house->store;
        g_autofree char *cases = g_strdup_printf(
                "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) INSERT INTO "
                "cases "
                "(reference, procedure, status, country, timezone, begun_at) SELECT printf ('2027-%%05d', "
                "n.i), "
                "procedure, status, country, timezone, begun_at FROM n JOIN cases ON cases.id = 1",
                count);
        store_begin(store, &error);
        if (count > 0)
                store_exec(store, cases, &error);
        for (size_t i = 0; i < G_N_ELEMENTS(columns); i++) {
                g_autofree char *rows =
                        g_strdup_printf("INSERT INTO %s (case_id, %s) SELECT c.id, %s FROM cases AS c JOIN "
                                        "%s ON case_id = 1 WHERE "
                                        "c.reference LIKE '2027-_____'",
                                        columns[i][0], columns[i][1], columns[i][1], columns[i][0]);
                store_exec(store, rows, &error);
        }
        store_commit(store, &error);
        g_assert_no_error(error);
}

void world_award(World *world, const char *consent)
{
        g_autoptr(GError) error = NULL;
        Store *store = world_house(world)->store;
        g_autoptr(Case) before = cases_load(store, cases_find(store, "2026-0142", &error), &error);
        g_assert_no_error(error);
        g_autoptr(Case) after = case_copy(before);
        Task *task = g_new0(Task, 1);
        task->step = g_strdup("label");
        task->state = TASK_DONE;
        task->done_at = 1790000000;
        g_ptr_array_add(after->tasks, task);
        g_hash_table_insert(after->data, g_strdup("label.number"), g_strdup("SEMSEM-2026-0142"));
        g_hash_table_insert(after->data, g_strdup("label.day"), g_strdup("2027-10-01"));
        if (consent != NULL)
                g_hash_table_insert(after->data, g_strdup("experience_report.name_on_label"),
                                    g_strdup(consent));
        g_assert_true(cases_save(store, before, after, &error));
        g_assert_no_error(error);
}

int64_t world_deliver(World *world, GBytes *raw)
{
        g_autoptr(GError) error = NULL;
        InboxRow row = { .door = (char *)"mailbox",
                         .mailbox = (char *)"INBOX",
                         .uidvalidity = 1,
                         .uid = ++world->uid,
                         .size_bytes = (int64_t)g_bytes_get_size(raw),
                         .received_at = house_now(world->house) };
        int64_t id = 0;
        spool_append(world->in, raw, row.received_at, &row.place, &error);
        spool_sync(world->in, &error);
        inbox_add(world->house->store, &row, &id, &error);
        g_assert_no_error(error);
        spool_place_clear(&row.place);
        return id;
}

void world_restart(World *world)
{
        g_autoptr(GError) error = NULL;
        clerk_free(world->clerk);
        world->clerk = clerk_new(world->house, world->reader, &error);
        g_assert_no_error(error);
}

static guint send_due(World *world)
{
        static const OutboxCaps caps = {
                .person_day = 1000, .staff_day = 1000, .case_day = 1000, .hour = 100000
        };
        g_autoptr(GError) error = NULL;
        int64_t now = house_now(world->house);
        g_autoptr(GPtrArray) mails = outbox_lease(world->house->store, 100, &caps, now, &error);
        g_assert_no_error(error);
        guint count = mails->len;
        for (guint i = 0; i < count; i++) {
                OutboxMail *mail = g_steal_pointer(&mails->pdata[i]);
                g_assert_true(outbox_mark_sent(world->house->store, mail->id, "250", now, &error));
                if (strcmp(mail->recipient, world->house->config->address) == 0 && !world->is_blind) {
                        g_autoptr(GBytes) bytes = world_bytes(world, mail);
                        world_deliver(world, bytes);
                }
                g_ptr_array_add(world->sent, mail);
        }
        return count;
}

void world_run(World *world)
{
        for (int round = 0; round < ROUNDS_MAX; round++) {
                g_autoptr(GError) error = NULL;
                ClerkTurn turn;
                clerk_turn(world->clerk, &turn, &error);
                g_assert_no_error(error);
                bool has_new = false;
                g_assert_true(inbox_has_new(world->house->store, 0, &has_new, &error));
                if (send_due(world) == 0 && turn.messages == 0 && turn.cases == 0 && !has_new)
                        return;
        }
        g_error("the world does not come to rest");
}

const GPtrArray *world_sent(const World *world)
{
        return world->sent;
}

GBytes *world_bytes(World *world, const OutboxMail *mail)
{
        g_autoptr(GError) error = NULL;
        GBytes *bytes = spool_read(world->house->config->state_dir, &mail->place, &error);
        g_assert_no_error(error);
        return bytes;
}

const OutboxMail *world_last_mail(const World *world, const char *key, const char *address)
{
        for (guint i = world->sent->len; i-- > 0;) {
                const OutboxMail *mail = g_ptr_array_index(world->sent, i);
                if (strcmp(mail->key, key) == 0 && strcmp(mail->recipient, address) == 0)
                        return mail;
        }
        return NULL;
}

/* Messages. */

static void add_border(World *world, GString *out, const Reply *reply)
{
        if (reply->is_vouched)
                g_string_append_printf(
                        out, "Authentication-Results: mx.univ.example.org; dmarc=pass header.from=%s\n",
                        strchr(reply->from, '@') + 1);
        g_string_append(out, "Received: from out.example.net by mx.univ.example.org with ESMTPS;\n"
                             " Mon, 1 Mar 2027 08:00:00 +0000\n");
        g_autofree char *date = instant_rfc3339(house_now(world->house), world->house->zone);
        g_autoptr(GDateTime) at = g_date_time_new_from_unix_utc(house_now(world->house));
        g_autofree char *rfc5322 = g_date_time_format(at, "%d %b %Y %H:%M:%S +0000");
        g_string_append_printf(out, "Date: %s\nMessage-ID: <t%d.%s@mail.example.net>\nFrom: <%s>\n", rfc5322,
                               world->uid, date, reply->from);
        if (reply->headers != NULL)
                g_string_append(out, reply->headers);
}

static GBytes *finish(GString *out)
{
        g_auto(GStrv) lines = g_strsplit(out->str, "\n", -1);
        g_string_free(out, TRUE);
        char *text = g_strjoinv("\r\n", lines);
        return g_bytes_new_take(text, strlen(text));
}

static void add_quote(GString *out, Message *ours)
{
        g_auto(GStrv) lines = g_strsplit(message_text(ours), "\n", -1);
        g_string_append(out,
                        "\nLe 1 mars 2027 à 09:00, Stages (robot) <stages@univ.example.org> a écrit :\n\n");
        for (char **line = lines; *line != NULL; line++)
                g_string_append_printf(out, "> %s\n", *line);
}

static void add_file(GString *out, const char *name)
{
        bool is_tnef = strcmp(name, "winmail.dat") == 0;
        g_string_append_printf(
                out,
                "\n--b\nContent-Type: application/%s; name=\"%s\"\nContent-Disposition: "
                "attachment; filename=\"%s\"\nContent-Transfer-Encoding: base64\n\n%s\n--b--\n",
                is_tnef ? "ms-tnef" : "octet-stream", name, name, is_tnef ? "eJ8+IgEC" : "TVqQAAMAAAA=");
}

static void add_table(GString *out, const char *table)
{
        g_string_append_printf(out,
                               "\n--b\nContent-Type: text/csv; charset=utf-8; name=etudiants.csv\n"
                               "Content-Disposition: attachment; filename=etudiants.csv\n\n%s\n--b--\n",
                               table);
}

/* The text, and a file or a table with it; quoted: of ours, below it; NULL. */
static void add_body(GString *out, const Reply *reply, Message *quoted)
{
        g_string_append(out, "MIME-Version: 1.0\n");
        if (reply->file != NULL || reply->table != NULL)
                g_string_append(out, "Content-Type: multipart/mixed; boundary=b\n\n--b\n");
        g_string_append_printf(out, "Content-Type: text/plain; charset=utf-8\n\n%s\n", reply->text);
        if (quoted != NULL)
                add_quote(out, quoted);
        if (reply->file != NULL)
                add_file(out, reply->file);
        if (reply->table != NULL)
                add_table(out, reply->table);
}

GBytes *world_reply(World *world, const OutboxMail *mail, const Reply *reply)
{
        g_autoptr(GBytes) bytes = world_bytes(world, mail);
        g_autoptr(Message) ours = message_open(bytes);
        GString *out = g_string_new(NULL);
        add_border(world, out, reply);
        g_string_append_printf(out, "To: %s\nSubject: Re: %s\n",
                               reply->has_no_token ? "stages@univ.example.org"
                                                   : message_header(ours, "Reply-To"),
                               message_subject(ours));
        if (!reply->has_no_reference)
                g_string_append_printf(out, "In-Reply-To: <%s>\nReferences: <%s>\n", mail->message_id,
                                       mail->message_id);
        add_body(out, reply, reply->has_no_quote ? NULL : ours);
        return finish(out);
}

GBytes *world_letter(World *world, const char *subject, const Reply *reply)
{
        GString *out = g_string_new(NULL);
        add_border(world, out, reply);
        g_string_append_printf(out, "To: stages@univ.example.org\nSubject: %s\n", subject);
        add_body(out, reply, NULL);
        return finish(out);
}

GBytes *world_bounce(World *world, const OutboxMail *mail, const char *status)
{
        GString *out = g_string_new(NULL);
        Reply postmaster = { .from = "mailer-daemon@mx.example.net" };
        add_border(world, out, &postmaster);
        g_string_append_printf(
                out,
                "Return-Path: <>\nTo: stages@univ.example.org\nSubject: Undelivered Mail Returned to Sender\n"
                "Auto-Submitted: auto-replied\nMIME-Version: 1.0\n"
                "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
                "--b\nContent-Type: text/plain\n\nI could not deliver your message.\n\n"
                "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.net\n\n"
                "Final-Recipient: rfc822; %s\nAction: failed\nStatus: %s\n\n"
                "--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <%s>\nTo: %s\nSubject: x\n\n--b--\n",
                mail->recipient, status, mail->message_id, mail->recipient);
        return finish(out);
}

int64_t world_number(World *world, const char *sql)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(Query) query = store_query(world->house->store, sql);
        int64_t number = -1;
        g_assert_true(query_number(query, -1, &number, &error));
        g_assert_no_error(error);
        return number;
}

void world_audit(World *world)
{
        g_autoptr(GError) error = NULL;
        Audit *audit = journal_audit(world->house->store, &error);
        g_assert_no_error(error);
        for (guint i = 0; i < audit->faults->len; i++)
                g_printerr("# %s\n", (const char *)g_ptr_array_index(audit->faults, i));
        g_assert_cmpuint(audit->faults->len, ==, 0);
        audit_free(audit);
}
