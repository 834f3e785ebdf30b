#include "robot/finder.h"

#include "base/date.h"
#include "robot/organisation.h"
#include "store/cases.h"
#include "store/organisations.h"

#include <string.h>

static void line_free(gpointer data)
{
        FinderLine *line = data;
        g_free(line->title);
        g_free(line->reference);
        g_free(line->note);
        g_free(line->step);
        g_free(line);
}

void finder_answer_clear(FinderAnswer *answer)
{
        g_clear_pointer(&answer->lines, g_ptr_array_unref);
}

/* The open task that is due first. */
static const char *waits_for(const Case *the_case)
{
        const Task *first = NULL;
        for (guint i = 0; i < the_case->tasks->len; i++) {
                const Task *task = g_ptr_array_index(the_case->tasks, i);
                const bool is_open = task->state == TASK_OPEN || task->state == TASK_OVERDUE;
                if (is_open && (first == NULL || (task->due_at != 0 && task->due_at < first->due_at)))
                        first = task;
        }
        return first != NULL ? first->step : "";
}

static char *note_of_case(const Procedure *procedure, const Case *the_case, const char *language)
{
        g_autofree char *key = g_strconcat("status.", case_status_word(the_case->status), NULL);
        const char *status = procedure_word(procedure, key, language);
        const Step *step = procedure_step(procedure, waits_for(the_case));
        return step != NULL ? g_strdup_printf("%s, %s", status, texts_get(step->label, language))
                            : g_strdup(status);
}

static bool add_file(House *house, const FinderQuestion *question, FinderLine *line, GError **error)
{
        g_autoptr(Organisation) file = organisations_get(house->store, line->id, error);
        if (file == NULL)
                return error == NULL || *error == NULL;
        g_free(line->note);
        line->note = g_strdup(organisation_answer(house, file->proposed, question->language));
        line->internships = file->cases;
        return true;
}

/* What stands beside the title: from the case, which may be of rules that cannot be read any more. */
static bool add_notes(House *house, const FinderQuestion *question, const Found *found, FinderLine *line,
                      GError **error)
{
        if (found->kind == FIND_ORGANISATION)
                return add_file(house, question, line, error);
        if (found->case_id == 0)
                return true;
        g_autoptr(Case) the_case = cases_load(house->store, found->case_id, error);
        if (the_case == NULL)
                return error == NULL || *error == NULL;
        g_free(line->step);
        line->step = g_strdup(waits_for(the_case));
        const Procedure *procedure = house_procedure(house, the_case->procedure, NULL);
        if (procedure == NULL || (found->kind != FIND_PERSON && found->kind != FIND_CASE))
                return true;
        g_free(line->note);
        line->note = found->kind == FIND_CASE
                             ? note_of_case(procedure, the_case, question->language)
                             : g_strdup(texts_get(
                                       procedure_role_label(procedure, case_role_of(the_case, found->id)),
                                       question->language));
        return true;
}

static bool add_line(House *house, const FinderQuestion *question, const Found *found, FinderAnswer *answer,
                     GError **error)
{
        FinderLine *line = g_new0(FinderLine, 1);
        g_ptr_array_add(answer->lines, line);
        line->kind = found->kind;
        line->id = found->id;
        line->case_id = found->case_id;
        line->title = g_strdup(found->title);
        line->reference = g_strdup(found->reference);
        line->is_held = found->is_held;
        line->step = g_strdup("");
        line->note = found->kind == FIND_MESSAGE
                             ? day_long(day_at(found->at, house->zone), question->language)
                             : g_strdup("");
        return add_notes(house, question, found, line, error);
}

bool finder_look(House *house, const FinderQuestion *question, FinderAnswer *answer_out, GError **error)
{
        static const FindKind kinds[] = { FIND_PERSON, FIND_ORGANISATION, FIND_CASE, FIND_MESSAGE };
        g_autofree char *query = finds_query(question->typed);
        answer_out->lines = g_ptr_array_new_with_free_func(line_free);
        for (size_t i = 0; query != NULL && i < G_N_ELEMENTS(kinds); i++) {
                bool is_cut = false;
                g_autoptr(GPtrArray) found = finds_search(house->store, kinds[i], query, question->scope,
                                                          question->limit, &is_cut, error);
                if (found == NULL)
                        return false;
                answer_out->is_cut |= is_cut;
                for (guint j = 0; j < found->len; j++)
                        if (!add_line(house, question, g_ptr_array_index(found, j), answer_out, error))
                                return false;
        }
        return true;
}
