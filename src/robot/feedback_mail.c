#include "robot/feedback_mail.h"

#include "robot/house_mail.h"
#include "robot/organisation.h"
#include "store/cases.h"
#include "store/people.h"
#include "store/rolls.h"
#include "store/staff.h"

#include <inttypes.h>
#include <string.h>

enum { QUESTIONS_MAX = 3 };

/* Nothing else stands in the mail. */
static bool is_meant(const Incoming *mail)
{
        const Reading *reading = mail->reading;
        if (reading->kind != MAIL_HUMAN || reading->is_doubtful || mail->match->kind != MATCH_NONE ||
            mail->match->writer == 0 || reading->commands->len > QUESTIONS_MAX)
                return false;
        for (guint i = 0; i < reading->commands->len; i++)
                if (strcmp(((const Command *)g_ptr_array_index(reading->commands, i))->key, "feedbacks") != 0)
                        return false;
        return reading->commands->len > 0;
}

static bool is_reader(const OrganisationRule *rule, const char *role)
{
        return g_strv_contains((const char *const *)rule->readers, role);
}

static bool may_read(const House *house, int64_t reader, bool *may_out, GError **error)
{
        const OrganisationRule *rule = procedure_organisations(house->procedure);
        Staff staff;
        *may_out = false;
        if (rule == NULL)
                return true;
        g_auto(GStrv) roles = cases_roles(house->store, reader, error);
        g_autoptr(GPtrArray) rolls = roles != NULL ? rolls_of(house->store, reader, error) : NULL;
        if (rolls == NULL || !staff_get(house->store, reader, &staff, may_out, error))
                return false;
        for (char **role = roles; *role != NULL; role++)
                *may_out = *may_out || is_reader(rule, *role);
        for (guint i = 0; i < rolls->len; i++)
                *may_out = *may_out || is_reader(rule, ((const Roll *)g_ptr_array_index(rolls, i))->role);
        return true;
}

bool feedback_mail_answer(const Incoming *mail, const Person *reader, const Command *command,
                          bool *is_allowed_out, GError **error)
{
        const Applier *applier = mail->applier;
        guint number = 0;
        if (!may_read(applier->house, reader->id, is_allowed_out, error))
                return false;
        if (!*is_allowed_out)
                return true;
        g_ptr_array_find(mail->reading->commands, command, &number);
        g_autofree char *row = g_strdup_printf("%" PRId64, mail->row->id), *n = g_strdup_printf("%u", number);
        const char *parts[] = { "feedbacks", row, n, NULL };
        const char *language = house_mail_language(applier->house, "organisation_feedbacks", reader);
        json_t *view = organisation_feedbacks(applier->house, command->argument, language, error);
        if (view == NULL)
                return false;
        g_auto(HouseMail) reply = { .key = "organisation_feedbacks",
                                    .to = reader,
                                    .actions = "",
                                    .id_parts = parts,
                                    .answered_id = incoming_answered_id(mail, reader) };
        house_mail_open(&reply, applier);
        const bool is_sent = house_mail_send(&reply, applier, view, error);
        json_decref(view);
        return is_sent;
}

bool feedback_mail_settle(const Incoming *mail, Settlement *settlement, GError **error)
{
        const GPtrArray *commands = mail->reading->commands;
        if (!is_meant(mail))
                return true;
        Person *reader = people_get(mail->applier->house->store, mail->match->writer, error);
        bool is_done = reader != NULL, is_allowed = true;
        for (guint i = 0; is_done && is_allowed && i < commands->len; i++)
                is_done = feedback_mail_answer(mail, reader, g_ptr_array_index(commands, i), &is_allowed,
                                               error);
        person_free(reader);
        if (is_allowed)
                *settlement = (Settlement){ .mails = commands->len,
                                            .is_settled = true,
                                            .outcome = OUTCOME_APPLIED,
                                            .rule = "shared reports were asked for",
                                            .person = mail->match->writer };
        return is_done;
}
