#include "robot/desk_private.h"

#include "base/date.h"
#include "base/text.h"
#include "robot/house_mail.h"
#include "store/cases.h"
#include "store/people.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { RESULTS_MAX = 200, NUMBERS_MAX = 200 };

/* Words for which no case is needed. */
static const char *const words[] = { "digest", "import", "merge", "search", NULL };

/* "desk 12", "import 3": what the mail that is answered was about. False: about something else. */
static bool is_about(const Match *match, const char *word, int64_t *id_out)
{
        const char *actions = match->actions != NULL ? match->actions : "";
        const size_t length = strlen(word);
        const bool is_it = strncmp(actions, word, length) == 0 && actions[length] == ' ';
        *id_out = is_it ? g_ascii_strtoll(actions + length, NULL, 10) : 0;
        return is_it;
}

static bool has_word(const Reading *reading)
{
        for (guint i = 0; i < reading->commands->len; i++)
                if (g_strv_contains(words, ((const Command *)g_ptr_array_index(reading->commands, i))->key))
                        return true;
        return false;
}

/* Nothing but that: then it does not matter which mail was answered. */
static bool only_searches(const Reading *reading)
{
        const char *text = reading->text + strspn(reading->text, " \n");
        for (guint i = 0; i < reading->commands->len; i++) {
                const Command *command = g_ptr_array_index(reading->commands, i);
                if (strcmp(command->key, "search") != 0 ||
                    (i == 0 && !g_str_has_prefix(text, command->written)))
                        return false;
        }
        return reading->commands->len > 0 && reading->lines->len == 0 && reading->intent != INTENT_ACCEPT &&
               reading->intent != INTENT_REFUSE;
}

static bool is_meant(const Incoming *mail, bool *is_meant_out, GError **error)
{
        const Match *match = mail->match;
        Staff staff;
        int64_t id;
        *is_meant_out = mail->reading->kind == MAIL_HUMAN && !match->is_conflicting && !match->is_dead &&
                        match->case_id == 0 &&
                        (is_about(match, "desk", &id) || is_about(match, "import", &id));
        const bool is_for_staff =
                match->kind == MATCH_NONE ? has_word(mail->reading) : only_searches(mail->reading);
        if (*is_meant_out || mail->reading->kind != MAIL_HUMAN || match->writer == 0 || !is_for_staff)
                return true;
        return staff_get(mail->applier->house->store, match->writer, &staff, is_meant_out, error);
}

json_t *desk_result(Desk *desk, int n, const char *written, const char *flag)
{
        json_t *item = json_pack("{s:s, s:s, s:s, s:b}", "command", written, "reference", "", "student", "",
                                 flag, true);
        if (n > 0)
                json_object_set_new(item, "n", json_integer(n));
        else
                json_object_set_new(item, "n", json_string(""));
        json_array_append_new(desk->results, item);
        return item;
}

bool desk_sees_case(Desk *desk, int64_t case_id, bool *sees_out, GError **error)
{
        *sees_out = desk->staff.scope == SCOPE_ALL;
        if (*sees_out)
                return true;
        g_autoptr(GArray) cases = cases_of_person(desk->mail->applier->house->store, desk->person->id, error);
        for (guint i = 0; cases != NULL && i < cases->len; i++)
                *sees_out = *sees_out || g_array_index(cases, int64_t, i) == case_id;
        return cases != NULL;
}

/* The lines of the mail. */

static bool do_numbers(Desk *desk, const Command *command, GError **error)
{
        g_auto(GStrv) numbers = g_strsplit(command->numbers, " ", NUMBERS_MAX);
        for (char **number = numbers; *number != NULL && json_array_size(desk->results) < RESULTS_MAX;
             number++)
                if (!desk_do_line(desk, command, (int)MIN(g_ascii_strtoull(*number, NULL, 10), INT_MAX),
                                  error))
                        return false;
        return true;
}

static bool do_command(Desk *desk, const Command *command, GError **error)
{
        bool is_known = false;
        if (command->numbers[0] != '\0')
                return do_numbers(desk, command, error);
        if (!desk_do_word(desk, command, &is_known, error))
                return false;
        if (!is_known)
                desk_result(desk, 0, command->written, "needs_number");
        return true;
}

static bool is_command(const Reading *reading, const char *written)
{
        for (guint i = 0; i < reading->commands->len; i++) {
                const char *own = ((const Command *)g_ptr_array_index(reading->commands, i))->written;
                if (own[0] != '\0' && g_str_has_prefix(written, own))
                        return true;
        }
        return false;
}

/* What begins with a number and is no command: said, so that nobody thinks it was done. */
static void add_not_understood(Desk *desk)
{
        g_auto(GStrv) arabic = g_strsplit(desk->mail->reading->text, "؛", RESULTS_MAX);
        g_autofree char *text = g_strjoinv(";", arabic);
        g_auto(GStrv) parts = g_strsplit_set(text, "\n;", RESULTS_MAX);
        for (char **part = parts; *part != NULL; part++) {
                g_autofree char *written = text_single_line(*part);
                g_strstrip(*part);
                if (g_ascii_isdigit(written[0]) && !is_command(desk->mail->reading, *part))
                        desk_result(desk, 0, written, "is_not_understood");
        }
}

static bool do_all(Desk *desk, GError **error)
{
        const GPtrArray *commands = desk->mail->reading->commands;
        for (guint i = 0; i < commands->len; i++)
                if (!do_command(desk, g_ptr_array_index(commands, i), error))
                        return false;
        add_not_understood(desk);
        if (json_array_size(desk->results) == 0 && desk->mails == 0)
                desk->has_help = true;
        return true;
}

/* The answer. */

static void finish_view(Desk *desk)
{
        House *house = desk->mail->applier->house;
        const char *language = house_mail_language(house, "digest_results", desk->person);
        GTimeZone *zone = house_zone(house, desk->person->timezone);
        g_autofree char *day = day_long(day_at(desk->mail->applier->now, zone), language);
        json_object_set_new(desk->view, "digest_day", json_string(day));
        json_object_set(desk->view, "results", desk->results);
        json_object_set_new(desk->view, "is_help", json_boolean(desk->has_help));
}

static bool answer(Desk *desk, GError **error)
{
        const Incoming *mail = desk->mail;
        g_autofree char *actions = g_strdup_printf("desk %" PRId64, desk->results_id),
                        *row = g_strdup_printf("%" PRId64, mail->row->id);
        const char *parts[] = { "desk", row, NULL };
        g_auto(HouseMail) reply = { .key = "digest_results",
                                    .to = desk->person,
                                    .actions = actions,
                                    .id_parts = parts,
                                    .answered_id = incoming_answered_id(mail, desk->person) };
        house_mail_open(&reply, mail->applier);
        finish_view(desk);
        desk->mails++;
        return house_mail_send(&reply, mail->applier, desk->view, error);
}

static bool run(Desk *desk, GError **error)
{
        Store *store = desk->mail->applier->house->store;
        if (!digests_add(store, desk->person->id, desk->mail->applier->now, &desk->results_id, error))
                return false;
        const bool is_answer = desk->is_about_import && !has_word(desk->mail->reading);
        if (!(is_answer ? desk_answer_import(desk, error) : do_all(desk, error)))
                return false;
        const bool is_silent = json_array_size(desk->results) == 0 && !desk->has_help;
        return is_silent ||
               answer(desk, error); /* what was found, or said of a table, has a mail of its own */
}

static bool open_desk(Desk *desk, bool *is_staff_out, GError **error)
{
        *is_staff_out = false;
        const Incoming *mail = desk->mail;
        Store *store = mail->applier->house->store;
        desk->is_about_import = is_about(mail->match, "import", &desk->import);
        bool is_answer = is_about(mail->match, "desk", &desk->digest) || desk->is_about_import;
        int64_t person = is_answer ? mail->match->token_person : mail->match->writer;
        desk->level = match_level(mail->match, mail->reading);
        if (person == 0) /* a token in the body alone: it routes, and gives nothing */
                return true;
        desk->person = people_get(store, person, error);
        return desk->person != NULL && staff_get(store, person, &desk->staff, is_staff_out, error);
}

static bool has_done(const Desk *desk)
{
        size_t index;
        json_t *item;
        json_array_foreach(desk->results, index, item) {
                if (json_is_true(json_object_get(item, "is_done")))
                        return true;
        }
        return false;
}

bool desk_settle(const Incoming *mail, Settlement *settlement, GError **error)
{
        bool is_staff, is_done;
        if (!is_meant(mail, &settlement->is_settled, error))
                return false;
        if (!settlement->is_settled)
                return true;
        Desk desk = { .mail = mail, .results = json_array(), .view = json_object() };
        is_done = open_desk(&desk, &is_staff, error) && (!is_staff || run(&desk, error));
        settlement->outcome = !is_staff                           ? OUTCOME_HELD
                              : desk.has_acted || has_done(&desk) ? OUTCOME_APPLIED
                                                                  : OUTCOME_ASKED_BACK;
        settlement->rule = is_staff ? "an answer to a digest"
                                    : "it answers a digest, and the writer is not one of the staff";
        settlement->mails = desk.mails;
        settlement->person = mail->match->writer;
        settlement->level = desk.level;
        person_free(desk.person);
        json_decref(desk.results);
        json_decref(desk.view);
        return is_done;
}
