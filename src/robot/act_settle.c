#include "robot/act_settle.h"

#include "store/cases.h"
#include "store/people.h"

#include <inttypes.h>
#include <string.h>

/* An act whose page was a link: the reader made an explicit choice there (DESIGN.md 2.8). Who says that the
 * role is somebody else's holds the link, no more: staff look before anybody new is written to. */
static const struct {
        EventKind kind;
        const char *command;
        bool is_draft;
        Level level;
} meanings[] = {
        [ACT_ANSWERED] = { EVENT_ANSWER, NULL, false, LEVEL_A3 },
        [ACT_FILLED] = { EVENT_ANSWER, NULL, false, LEVEL_A3 },
        [ACT_SAVED] = { EVENT_ANSWER, NULL, true, LEVEL_A3 },
        [ACT_SEALED] = { EVENT_ANSWER, NULL, false, LEVEL_A3 },
        [ACT_NOT_ME] = { EVENT_COMMAND, "not_me", false, LEVEL_A1 },
        [ACT_FRESH_LINK] = { EVENT_COMMAND, "mail_again", false, LEVEL_A3 },
        [ACT_SPACE_LINK] = { EVENT_COMMAND, "link", false, LEVEL_A3 },
        [ACT_READ] = { EVENT_COMMAND, "note_read", false, LEVEL_A3 },
};
G_STATIC_ASSERT(G_N_ELEMENTS(meanings) == ACT_READ + 1);

static Answer answer_of(const Act *act)
{
        static const struct {
                const char *word;
                Answer answer;
        } answers[] = { { "accept", ANSWER_ACCEPT },
                        { "correct", ANSWER_CORRECT },
                        { "refuse", ANSWER_REFUSE } };
        if (act->what != ACT_ANSWERED)
                return ANSWER_FORM;
        for (size_t i = 0; i < G_N_ELEMENTS(answers); i++)
                if (g_strcmp0(act->answer, answers[i].word) == 0)
                        return answers[i].answer;
        return ANSWER_UNCLEAR;
}

static Event event_of(const Act *act, int64_t person, int64_t message, const char *sealed)
{
        return (Event){ .kind = meanings[act->what].kind,
                        .message = message,
                        .step = act->step,
                        .person = person,
                        .token_person = person,
                        .level = meanings[act->what].level,
                        .via = "page",
                        .answer = answer_of(act),
                        .reason = act->reason,
                        .values = act->values,
                        .is_draft = meanings[act->what].is_draft,
                        .sealed = sealed,
                        .command = meanings[act->what].command,
                        .argument = act->what == ACT_NOT_ME ? act->address : NULL };
}

typedef struct {
        const Applier *applier;
        const Act *act;
        const InboxRow *row;
        int64_t case_id, person;
} Settling;

static bool close_row(const Settling *settling, Outcome outcome, const char *rule, GError **error)
{
        g_autofree char *fingerprint = act_fingerprint(settling->act);
        InboxOutcome close = { .outcome = outcome,
                               .rule = rule,
                               .kind = "page",
                               .case_id = settling->case_id,
                               .step = settling->act->step,
                               .person = settling->person,
                               .level = meanings[settling->act->what].level,
                               .fingerprint = fingerprint,
                               .explain = "{\"class\":\"page\",\"match\":\"link\",\"why\":[]}" };
        return inbox_close(settling->applier->house->store, settling->row->id, &close, settling->applier->now,
                           error);
}

static bool decide_case(const Settling *settling, guint *mails_out, GError **error)
{
        House *house = settling->applier->house;
        g_autoptr(Case) the_case = cases_load(house->store, settling->case_id, error);
        const Procedure *procedure =
                the_case != NULL ? house_procedure(house, the_case->procedure, error) : NULL;
        if (procedure == NULL)
                return false;
        g_autofree char *sealed =
                settling->act->what == ACT_SEALED ? g_strdup_printf("%" PRId64, settling->row->id) : NULL;
        Event event = event_of(settling->act, settling->person, settling->row->id, sealed);
        g_autoptr(Decision) decision = apply_decide(settling->applier, procedure, the_case, &event, error);
        Case *after = NULL;
        if (decision == NULL ||
            !apply_decision(settling->applier, procedure, the_case, decision, NULL, &after, error))
                return false;
        case_free(after);
        *mails_out = decision->mails->len;
        return close_row(settling, decision->outcome, decision->rule, error);
}

/* A link to one's space is about a person: it goes out through their newest case. Nobody learns whether an
 * address is known. */
static bool find_person(Settling *settling, GError **error)
{
        Store *store = settling->applier->house->store;
        settling->person = people_find_address(store, settling->act->address, error);
        if (settling->person <= 0)
                return settling->person == 0;
        g_autoptr(GArray) cases = cases_of_person(store, settling->person, error);
        if (cases == NULL)
                return false;
        settling->case_id = cases->len > 0 ? g_array_index(cases, int64_t, 0) : 0;
        return true;
}

bool act_settle(const Applier *applier, const Act *act, const InboxRow *row, guint *mails_out, GError **error)
{
        Settling settling = {
                .applier = applier, .act = act, .row = row, .case_id = act->case_id, .person = act->person
        };
        g_autofree char *fingerprint = act_fingerprint(act);
        GError *trouble = NULL;
        *mails_out = 0;
        if (settling.person != 0) /* the page was open while two files became one */
                settling.person = people_resolve(applier->house->store, settling.person, &trouble);
        int64_t same =
                trouble == NULL ? inbox_find_same(applier->house->store, NULL, fingerprint, &trouble) : 0;
        if (trouble != NULL) {
                g_propagate_error(error, trouble);
                return false;
        }
        if (same != 0) {
                g_autofree char *rule = g_strdup_printf("the same submission as message %" PRId64, same);
                return close_row(&settling, OUTCOME_IGNORED, rule, error);
        }
        if (act->what == ACT_SPACE_LINK && !find_person(&settling, error))
                return false;
        if (settling.case_id == 0)
                return close_row(&settling, OUTCOME_IGNORED,
                                 "a link was asked for an address that is not known", error);
        return decide_case(&settling, mails_out, error);
}
