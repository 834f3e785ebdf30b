/* robot/desk_word.c: what staff ask for that no line is needed for: when their digest comes, the words. */
#include "robot/desk_private.h"

#include "base/date.h"
#include "robot/digest.h"
#include "robot/feedback_mail.h"
#include "robot/merge.h"
#include "robot/roster.h"
#include "store/people.h"

#include <stdlib.h>
#include <string.h>

enum { HOURS = 24, MINUTES = 60 };

static const struct {
        const char *begin; /* of the argument, folded */
        StaffRhythm rhythm;
} rhythms[] = {
        { "jamais", RHYTHM_NEVER },        { "never", RHYTHM_NEVER },     { "أبدا", RHYTHM_NEVER },
        { "ابدا", RHYTHM_NEVER },          { "lundi", RHYTHM_WEEK },      { "hebdomadaire", RHYTHM_WEEK },
        { "chaque semaine", RHYTHM_WEEK }, { "weekly", RHYTHM_WEEK },     { "أسبوعيا", RHYTHM_WEEK },
        { "اسبوعيا", RHYTHM_WEEK },        { "chaque jour", RHYTHM_DAY }, { "tous les jours", RHYTHM_DAY },
        { "quotidien", RHYTHM_DAY },       { "daily", RHYTHM_DAY },       { "يوميا", RHYTHM_DAY },
};

static bool read_rhythm(const char *argument, StaffRhythm *rhythm_out)
{
        g_autofree char *folded = g_utf8_strdown(argument, -1);
        for (size_t i = 0; i < G_N_ELEMENTS(rhythms); i++)
                if (g_str_has_prefix(folded, rhythms[i].begin)) {
                        *rhythm_out = rhythms[i].rhythm;
                        return true;
                }
        return false;
}

/* "8h", "08:15", "8 h 15" */
static bool read_minute(const char *argument, int *minute_out)
{
        char *end;
        const long hour = strtol(argument, &end, 10);
        if (end == argument)
                return false;
        end += strspn(end, " hH:.");
        const long minute = strtol(end, NULL, 10);
        *minute_out = (int)(hour * MINUTES + minute);
        return hour >= 0 && hour < HOURS && minute >= 0 && minute < MINUTES;
}

/* The registry's address gets its digest every working day: silence means trouble. */
static const char *change_digest(Desk *desk, const char *argument)
{
        const bool is_registry = roster_is_registry(desk->mail->applier->house, desk->person);
        Staff *staff = &desk->staff;
        StaffRhythm rhythm;
        if (desk->level < LEVEL_A2)
                return "needs_level";
        if (read_rhythm(argument, &rhythm)) {
                if (is_registry && rhythm != RHYTHM_DAY)
                        return "is_registry";
                staff->rhythm = rhythm;
        } else if (!read_minute(argument, &staff->minute)) {
                return "is_not_understood";
        }
        return "is_done";
}

/* One a day at most: who had today's gets the next tomorrow. */
static int64_t next_digest(const Desk *desk)
{
        const Applier *applier = desk->mail->applier;
        GTimeZone *zone = house_zone(applier->house, desk->person->timezone);
        const Day today = day_at(applier->now, zone);
        const bool is_to_come = desk->staff.next_at != 0 && day_at(desk->staff.next_at, zone) == today;
        return roster_next(applier->house, &desk->staff, desk->person,
                           is_to_come ? applier->now : day_instant(today + 1, 0, 0, zone) - 1);
}

static bool do_digest(Desk *desk, const Command *command, GError **error)
{
        const Applier *applier = desk->mail->applier;
        const char *flag = change_digest(desk, command->argument);
        if (strcmp(flag, "is_done") == 0) {
                desk->staff.next_at = next_digest(desk);
                if (!staff_put(applier->house->store, &desk->staff, applier->now, error))
                        return false;
        }
        desk_result(desk, 0, command->written, flag);
        return true;
}

/* The lines that did not fit into the digest, in a mail of their own. */
static bool do_more(Desk *desk, const Command *command, GError **error)
{
        const Incoming *mail = desk->mail;
        g_autofree char *key = g_strdup_printf("rest %" G_GINT64_FORMAT, mail->row->id);
        const DigestRest rest = { .staff = &desk->staff,
                                  .reader = desk->person,
                                  .digest = desk->digest,
                                  .key = key,
                                  .answered_id = incoming_answered_id(mail, desk->person) };
        bool has_more;
        desk->has_rest = true;
        if (!digest_post_rest(mail->applier, &rest, &has_more, error))
                return false;
        desk->mails += has_more;
        desk->has_acted = desk->has_acted || has_more;
        if (!has_more)
                desk_result(desk, 0, command->written, "is_nothing_more");
        return true;
}

/* "FUSIONNER x@y z@w": the first address stays. */
static bool find_pair(const Desk *desk, const char *argument, int64_t pair_out[2], GError **error)
{
        g_auto(GStrv) words = g_strsplit_set(argument, " \t\n,;<>()", -1);
        int count = 0;
        for (char **word = words; *word != NULL && count < 2; word++) {
                if (strchr(*word, '@') == NULL)
                        continue;
                pair_out[count] = people_find_address(desk->mail->applier->house->store, *word, error);
                if (pair_out[count++] < 0)
                        return false;
        }
        return true;
}

static bool do_merge(Desk *desk, const Command *command, GError **error)
{
        static const char *const flags[] = { [MERGE_DONE] = "is_done",
                                             [MERGE_SAME] = "is_already_done",
                                             [MERGE_REGISTRY] = "is_registry_kept" };
        int64_t pair[2] = { 0 };
        guint mails;
        MergeVerdict verdict;
        if (!find_pair(desk, command->argument, pair, error))
                return false;
        const char *flag = desk->level < LEVEL_A2           ? "needs_level"
                           : desk->staff.scope != SCOPE_ALL ? "is_for_registry"
                           : pair[0] == 0 || pair[1] == 0   ? "needs_two_addresses"
                                                            : NULL;
        if (flag == NULL) {
                if (!merge_people(desk->mail->applier, pair[0], pair[1], desk->person->id,
                                  desk->mail->row->id, &verdict, &mails, error))
                        return false;
                desk->mails += mails;
                flag = flags[verdict];
        }
        desk_result(desk, 0, command->written, flag);
        return true;
}

/* RETOURS organisation, as anybody may ask whose role reads them. */
static bool do_feedbacks(Desk *desk, const Command *command, GError **error)
{
        bool is_allowed = desk->searches < SEARCHES_MAX;
        if (is_allowed && !feedback_mail_answer(desk->mail, desk->person, command, &is_allowed, error))
                return false;
        desk->searches += is_allowed;
        desk->mails += is_allowed;
        desk->has_acted = desk->has_acted || is_allowed;
        if (!is_allowed)
                desk_result(desk, 0, command->written, "is_not_possible");
        return true;
}

bool desk_do_word(Desk *desk, const Command *command, bool *is_known_out, GError **error)
{
        *is_known_out = true;
        if (strcmp(command->key, "digest") == 0)
                return do_digest(desk, command, error);
        if (strcmp(command->key, "merge") == 0)
                return do_merge(desk, command, error);
        if (strcmp(command->key, "import") == 0)
                return desk_import(desk, command, error);
        if (strcmp(command->key, "more") == 0 && desk->digest != 0)
                return desk->has_rest || do_more(desk, command, error);
        if (strcmp(command->key, "search") == 0)
                return desk_search(desk, command, error);
        if (strcmp(command->key, "feedbacks") == 0)
                return do_feedbacks(desk, command, error);
        *is_known_out = strcmp(command->key, "help") == 0;
        desk->has_help = desk->has_help || *is_known_out;
        return true;
}
