/* commands/backup.c: `facteur backup DIR`, `facteur restore`: copies of the state, and back. */
#include "robot/backup.h"
#include "commands/options.h"
#include "store/outbox.h"

#include <inttypes.h>
#include <stdio.h>

int command_backup(int argc, char **argv)
{
        int keep = 0;
        const GOptionEntry own[] = { { "keep", 0, 0, G_OPTION_ARG_INT, &keep,
                                       "remove all but the newest N when it is made", "N" },
                                     G_OPTION_ENTRY_NULL };
        g_auto(Options) options = { 0 };
        int code = options_read(&options, "DIR - a copy of database and mails, while the robot runs", own, 1,
                                1, argc, argv);
        if (code != CONTINUE)
                return code;
        if (keep < 0) {
                fputs("facteur backup: --keep takes a number of backups\n", stderr);
                return EXIT_USAGE_ERROR;
        }
        g_autoptr(House) house = options_house(&options, HOUSE_STORE, &code);
        if (house == NULL)
                return code;
        g_auto(BackupMade) made = { 0 };
        g_autoptr(GError) error = NULL;
        if (!backup_make(house, options.rest[0], (guint)keep, &made, &error))
                return command_failed(error);
        printf("%s: %u files (%u unchanged since the backup before), %" PRId64
               " kB; the keys are not in it: back up %s apart\n",
               made.path, made.files, made.linked, (made.size_bytes + 999) / 1000, house->config->keys_dir);
        return EXIT_FINE;
}

static char *instant_text(int64_t instant)
{
        g_autoptr(GDateTime) time = g_date_time_new_from_unix_local(instant);
        return g_date_time_format(time, "%F %R");
}

static int say_report(const BackupReport *report)
{
        g_autofree char *made = instant_text(report->made_at);
        for (guint i = 0; i < report->faults->len; i++)
                fprintf(stderr, "facteur: %s\n", (char *)g_ptr_array_index(report->faults, i));
        printf("%s: made on %s for `%s`: %" PRId64 " journal entries, %" PRId64 " cases, %u faults\n",
               report->path, made, report->instance != NULL ? report->instance : "?", report->entries,
               report->cases, report->faults->len);
        if (report->faults->len > 0)
                return EXIT_MEND;
        if (report->journal_head != NULL)
                printf("the chain ends with %s\n", report->journal_head);
        return CONTINUE;
}

static void say_restored(const char *state_dir, const GPtrArray *unsent, const char *made)
{
        printf("%s: restored; all sending is held\n", state_dir);
        if (unsent->len > 0)
                printf("%u mails waited when the backup was made; `facteur release` would send them, again "
                       "where they went since:\n",
                       unsent->len);
        for (guint i = 0; i < unsent->len; i++) {
                const OutboxMail *mail = g_ptr_array_index(unsent, i);
                g_autofree char *due = instant_text(mail->not_before);
                printf("  %-24s %-24s to %s, from %s\n", mail->key,
                       mail->reference != NULL ? mail->reference : "", mail->recipient, due);
        }
        printf("mails received since %s are not in it: those that still lie in the inbox are read by "
               "themselves; "
               "drag the others from the folder of those dealt with to the folder to be read again\n"
               "then: facteur check, facteur audit, facteur run --dry-run, facteur release\n",
               made);
}

static int restore(const Options *options, const char *state_dir)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(BackupReport) report = backup_verify(options->rest[0], &error);
        if (report == NULL)
                return command_failed(error);
        const int code = say_report(report);
        if (code != CONTINUE || state_dir == NULL)
                return code != CONTINUE ? code : EXIT_FINE;
        g_autoptr(GPtrArray) unsent = NULL;
        if (!backup_restore(report, state_dir, clock_now(&options->clock), &unsent, &error))
                return command_failed(error);
        g_autofree char *made = instant_text(report->made_at);
        say_restored(state_dir, unsent, made);
        return EXIT_FINE;
}

int command_restore(int argc, char **argv)
{
        gboolean is_verify = FALSE;
        const GOptionEntry own[] = { { "verify", 0, 0, G_OPTION_ARG_NONE, &is_verify,
                                       "only check it: files, database, chain, state", NULL },
                                     G_OPTION_ENTRY_NULL };
        g_auto(Options) options = { 0 };
        int code = options_read(&options,
                                "BACKUP STATE-DIR | --verify BACKUP - a backup into a state folder that is "
                                "not there yet",
                                own, 1, 2, argc, argv);
        if (code != CONTINUE)
                return code;
        if ((g_strv_length(options.rest) == 1) != is_verify) {
                fputs("facteur restore: say `restore --verify BACKUP` or `restore BACKUP STATE-DIR`\n",
                      stderr);
                return EXIT_USAGE_ERROR;
        }
        return restore(&options, options.rest[1]);
}
