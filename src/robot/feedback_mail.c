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

static bool may_read(const Incoming *mail, bool *may_out, GError **error)
{
        const House *house = mail->applier->house;
        const OrganisationRule *rule = procedure_organisations(house->procedure);
        Staff staff;
        *may_out = false;
        if (rule == NULL)
                return true;
        g_auto(GStrv) roles = cases_roles(house->store, mail->match->writer, error);
        g_autoptr(GPtrArray) rolls =
                roles != NULL ? rolls_of(house->store, mail->match->writer, error) : NULL;
        if (rolls == NULL || !staff_get(house->store, mail->match->writer, &staff, may_out, error))
                return false;
        for (char **role = roles; *role != NULL; role++)
                *may_out = *may_out || is_reader(rule, *role);
        for (guint i = 0; i < rolls->len; i++)
                *may_out = *may_out || is_reader(rule, ((const Roll *)g_ptr_array_index(rolls, i))->role);
        return true;
}

static bool answer_one(const Incoming *mail, const Person *reader, guint number, GError **error)
{
        const Applier *applier = mail->applier;
        const Command *command = g_ptr_array_index(mail->reading->commands, number);
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
        bool may = false;
        if (!is_meant(mail))
                return true;
        if (!may_read(mail, &may, error))
                return false;
        if (!may)
                return true;
        Person *reader = people_get(mail->applier->house->store, mail->match->writer, error);
        bool is_done = reader != NULL;
        for (guint i = 0; is_done && i < mail->reading->commands->len; i++)
                is_done = answer_one(mail, reader, i, error);
        person_free(reader);
        *settlement = (Settlement){ .mails = mail->reading->commands->len,
                                    .is_settled = true,
                                    .outcome = OUTCOME_APPLIED,
                                    .rule = "shared reports were asked for",
                                    .person = mail->match->writer };
        return is_done;
}
