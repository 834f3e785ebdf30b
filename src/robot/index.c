#include "robot/index.h"

#include "robot/organisation.h"
#include "store/cases.h"
#include "store/finds.h"
#include "store/people.h"

#include <string.h>

enum { TEXT_CHARACTERS = 600, MISSING_MAX = 200 };

static void add_words(GString *words, const char *text)
{
        if (text != NULL && text[0] != '\0')
                g_string_append_printf(words, "%s%s", words->len > 0 ? " " : "", text);
}

/* Cases. */

/* What the rule names, if it is words: dates and numbers find nothing. */
static char *summary_text(const Procedure *procedure, const Case *the_case, const SummaryRule *rule,
                          int64_t now)
{
        if (rule->role != NULL) {
                const Person *person = case_person(the_case, case_holder(the_case, rule->role, now));
                return g_strdup(person != NULL ? person->name : "");
        }
        const Form *form = NULL;
        const Field *field = procedure_field(procedure, rule->field, &form);
        const char *value = case_value(the_case, rule->field);
        const bool is_words = field != NULL && field->kind == FIELD_TEXT && !form->is_confidential;
        return g_strdup(is_words && value != NULL ? value : "");
}

static char *case_words(const Procedure *procedure, const Case *the_case, int64_t now, char **title_out)
{
        g_autoptr(GString) title = g_string_new(NULL), words = g_string_new(the_case->reference);
        const GPtrArray *summary = procedure_summary(procedure);
        for (guint i = 0; i < summary->len; i++) {
                g_autofree char *text = summary_text(procedure, the_case, g_ptr_array_index(summary, i), now);
                if (text[0] != '\0')
                        g_string_append_printf(title, "%s%s", title->len > 0 ? ", " : "", text);
                add_words(words, text);
        }
        for (guint i = 0; i < the_case->people->len; i++) {
                const Person *person = g_ptr_array_index(the_case->people, i);
                add_words(words, person->name);
                add_words(words, person->address);
        }
        *title_out = g_string_free(g_steal_pointer(&title), FALSE);
        return g_string_free(g_steal_pointer(&words), FALSE);
}

bool index_case(House *house, const Procedure *procedure, const Case *before, const Case *the_case,
                int64_t now, GError **error)
{
        g_autofree char *title = NULL, *old_title = NULL,
                        *words = case_words(procedure, the_case, now, &title),
                        *old_words = before != NULL ? case_words(procedure, before, now, &old_title) : NULL;
        if (g_strcmp0(words, old_words) == 0 && g_strcmp0(title, old_title) == 0)
                return true; /* most acts change no name */
        const FindEntry entry = { .kind = FIND_CASE,
                                  .id = the_case->id,
                                  .case_id = the_case->id,
                                  .at = now,
                                  .title = title,
                                  .words = words };
        return finds_put(house->store, &entry, error);
}

/* Messages. */

static bool is_confidential(const Procedure *procedure, const char *key)
{
        const Step *step = procedure_step(procedure, key);
        const Form *form = step != NULL && step->form != NULL ? procedure_form(procedure, step->form) : NULL;
        return form != NULL && form->is_confidential;
}

static bool fills_confidential(const Procedure *procedure, const IndexedMessage *message)
{
        for (guint i = 0; i < message->the_case->tasks->len; i++) {
                const Task *task = g_ptr_array_index(message->the_case->tasks, i);
                const bool is_theirs = task->person == message->match->writer ||
                                       task->person == message->match->token_person;
                if (task->person != 0 && is_theirs && is_confidential(procedure, task->step))
                        return true;
        }
        return false;
}

/* In doubt it is. */
static bool may_be_confidential(House *house, const IndexedMessage *message, bool *may_out, GError **error)
{
        *may_out = true;
        if (message->the_case != NULL) {
                const Procedure *procedure = house_procedure(house, message->the_case->procedure, error);
                if (procedure == NULL)
                        return false;
                *may_out =
                        is_confidential(procedure, message->step) || fills_confidential(procedure, message);
                return true;
        }
        g_auto(GStrv) steps = cases_open_steps(house->store, message->match->writer, error);
        if (steps == NULL)
                return false;
        *may_out = false;
        for (char **step = steps; *step != NULL; step++)
                *may_out = *may_out || is_confidential(house->procedure, *step);
        return true;
}

static char *title_of(const Reading *reading)
{
        const char *address = reading->author != NULL ? reading->author : "";
        const bool has_name = reading->from_name != NULL && reading->from_name[0] != '\0';
        return g_strdup_printf("%s%s%s%s — %s", has_name ? reading->from_name : "", has_name ? " (" : "",
                               address, has_name ? ")" : "", reading->subject);
}

bool index_message(House *house, const IndexedMessage *message, GError **error)
{
        const Reading *reading = message->reading;
        bool may_be = true;
        if (reading->kind != MAIL_HUMAN)
                return true;
        if (!may_be_confidential(house, message, &may_be, error))
                return false;
        if (may_be)
                return finds_drop(house->store, FIND_MESSAGE, message->row->id, error);
        const glong length = MIN(TEXT_CHARACTERS, g_utf8_strlen(reading->text, -1));
        g_autofree char *title = title_of(reading), *text = g_utf8_substring(reading->text, 0, length),
                        *words = g_strjoin(" ", title, text, NULL);
        const FindEntry entry = { .kind = FIND_MESSAGE,
                                  .id = message->row->id,
                                  .case_id = message->the_case != NULL ? message->the_case->id : 0,
                                  .at = message->row->received_at,
                                  .title = title,
                                  .words = words };
        return finds_put(house->store, &entry, error);
}

/* What was there before there was an index. */

/* One whose rules cannot be read any more is found by its reference, and stops no other. */
static bool index_old_case(House *house, int64_t id, int64_t now, GError **error)
{
        g_autoptr(Case) the_case = cases_load(house->store, id, error);
        if (the_case == NULL)
                return false;
        const Procedure *procedure = house_procedure(house, the_case->procedure, NULL);
        if (procedure != NULL)
                return index_case(house, procedure, NULL, the_case, now, error) &&
                       organisation_feed(house, procedure, NULL, the_case, now, error);
        const FindEntry entry = { .kind = FIND_CASE,
                                  .id = id,
                                  .case_id = id,
                                  .at = now,
                                  .title = the_case->reference,
                                  .words = the_case->reference };
        return finds_put(house->store, &entry, error);
}

bool index_missing(House *house, int64_t now, guint *count_out, GError **error)
{
        g_autoptr(GArray) people = finds_missing(house->store, FIND_PERSON, MISSING_MAX, error),
                          cases = people != NULL ? finds_missing(house->store, FIND_CASE, MISSING_MAX, error)
                                                 : NULL;
        if (cases == NULL)
                return false;
        *count_out = people->len + cases->len;
        for (guint i = 0; i < people->len; i++)
                if (!people_index(house->store, g_array_index(people, int64_t, i), now, error))
                        return false;
        for (guint i = 0; i < cases->len; i++)
                if (!index_old_case(house, g_array_index(cases, int64_t, i), now, error))
                        return false;
        return true;
}
