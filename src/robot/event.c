#include "robot/event.h"

#include "base/address.h"
#include "mail/attachment.h"
#include "robot/label_mail.h"
#include "robot/post.h"

#include <string.h>

void meaning_clear(Meaning *meaning)
{
        g_clear_pointer(&meaning->values, g_ptr_array_unref);
        g_clear_pointer(&meaning->files, json_decref);
}

static bool stop(Meaning *meaning, Outcome outcome, const char *rule)
{
        meaning->outcome = outcome;
        meaning->rule = rule;
        return false;
}

/* What programs write, once it is known that it is no answer. */
static const struct {
        Outcome outcome, outcome_of_ours; /* of_ours: it names a mail of ours */
        const char *rule;
} programs[] = {
        [MAIL_AUTOMATIC] = { OUTCOME_IGNORED, OUTCOME_IGNORED, "an automatic answer moves nothing" },
        [MAIL_BOUNCE] = { OUTCOME_HELD, OUTCOME_HELD, "a delivery report that names no mail of ours" },
        [MAIL_RECEIPT] = { OUTCOME_IGNORED, OUTCOME_IGNORED, "opened is not answered" },
        [MAIL_CALENDAR] = { OUTCOME_IGNORED, OUTCOME_IGNORED, "a calendar's answer moves nothing" },
        [MAIL_REACTION] = { OUTCOME_IGNORED, OUTCOME_IGNORED, "an emoji is no answer" },
        [MAIL_CHALLENGE] = { OUTCOME_HELD, OUTCOME_HELD,
                             "a spam filter wants a person to let the robot through" },
        [MAIL_LIST] = { OUTCOME_IGNORED, OUTCOME_HELD, "list mail" },
        [MAIL_OWN] = { OUTCOME_IGNORED, OUTCOME_IGNORED, "the robot's own mail" },
        [MAIL_OTHER] = { OUTCOME_HELD, OUTCOME_HELD,
                         "no mail that can be read, or a report of another kind" },
};

static bool is_for_case(MailKind kind)
{
        return kind == MAIL_HUMAN || kind == MAIL_AUTOMATIC || kind == MAIL_BOUNCE;
}

bool meaning_is_possible(const Match *match, const Reading *reading, const char *own_address,
                         Meaning *meaning_out)
{
        MailKind kind = reading->kind;
        *meaning_out = (Meaning){ 0 };
        if (reading->is_doubtful && match->case_id == 0)
                return stop(meaning_out, OUTCOME_HELD,
                            "marked as automatic, and perhaps a person's: nothing in it says which case is "
                            "meant");
        if (kind == MAIL_BOUNCE && g_strcmp0(match->actions, LABEL_ACTIONS) == 0)
                return stop(
                        meaning_out, OUTCOME_IGNORED,
                        "whoever asked about a label cannot be reached: an address that is nobody's here");
        if (!is_for_case(kind) || (kind != MAIL_HUMAN && match->case_id == 0))
                return stop(meaning_out,
                            match->case_id != 0 ? programs[kind].outcome_of_ours : programs[kind].outcome,
                            programs[kind].rule);
        if (match->is_conflicting)
                return stop(meaning_out, OUTCOME_HELD, "it names more than one case");
        if (kind != MAIL_HUMAN)
                return true;
        if (own_address != NULL && address_equal(reading->from, own_address))
                return stop(meaning_out, OUTCOME_HELD, "a person wrote from the robot's own address");
        if (match->case_id == 0)
                return stop(meaning_out, OUTCOME_HELD,
                            match->writer != 0 ? "nothing in it says which case is meant"
                                               : "a stranger, and nothing in it names a case");
        if (match->is_dead)
                return stop(meaning_out, OUTCOME_HELD, "it answers a mail whose time is over");
        return true;
}

/* The only task that this person has to do, when no mail of ours is named. */
static const char *only_task_of(const Case *the_case, int64_t person)
{
        const char *step = NULL;
        for (guint i = 0; i < the_case->tasks->len; i++) {
                const Task *task = g_ptr_array_index(the_case->tasks, i);
                if (task->person != person || (task->state != TASK_OPEN && task->state != TASK_OVERDUE))
                        continue;
                if (step != NULL)
                        return NULL;
                step = task->step;
        }
        return step;
}

static Event *add_event(Meaning *meaning, const Event *common, EventKind kind)
{
        if (meaning->count == EVENTS_MAX)
                return NULL;
        Event *event = &meaning->events[meaning->count++];
        *event = *common;
        event->kind = kind;
        return event;
}

/* Words that are answers; the others are commands. */
static const struct {
        const char *key;
        Answer answer;
        bool is_agreeing; /* an acceptance: the rest of the mail must not speak against it */
} answer_words[] = {
        { "validate", ANSWER_ACCEPT, true },    { "accept", ANSWER_ACCEPT, true },
        { "acknowledge", ANSWER_ACCEPT, true }, { "agree", ANSWER_ACCEPT, true },
        { "correct", ANSWER_CORRECT, false },   { "refuse", ANSWER_REFUSE, false },
};

static const Answer answer_of_intent[] = {
        [INTENT_ACCEPT] = ANSWER_ACCEPT,   [INTENT_REFUSE] = ANSWER_REFUSE,
        [INTENT_UNCLEAR] = ANSWER_UNCLEAR, [INTENT_QUESTION] = ANSWER_QUESTION,
        [INTENT_NOT_NOW] = ANSWER_NOT_NOW, [INTENT_ACK] = ANSWER_ACK,
};

/* Of the house, whatever the case: answered before (robot/label_mail.h). */
static bool is_for_house(const Command *command)
{
        return strcmp(command->key, "verify") == 0;
}

static int answer_word(const Command *command)
{
        for (size_t i = 0; i < G_N_ELEMENTS(answer_words); i++)
                if (strcmp(answer_words[i].key, command->key) == 0)
                        return (int)i;
        return -1;
}

static bool is_blank(const char *text)
{
        return text == NULL || text[0] == '\0';
}

/* The answer by its word: one alone, and nothing beside an acceptance that puts it in doubt (MAIL.md D24). */
static Answer worded_answer(const Reading *reading, const Command **command_out)
{
        Answer answer = ANSWER_UNCLEAR;
        *command_out = NULL;
        for (guint i = 0; i < reading->commands->len; i++) {
                const Command *command = g_ptr_array_index(reading->commands, i);
                int word = answer_word(command);
                if (word < 0)
                        continue;
                /* `1 OK` is a digest's: elsewhere it says no more than the sentence does */
                bool is_thanks = reading->intent == INTENT_ACK && strcmp(command->key, "accept") != 0;
                bool is_doubtful =
                        answer_words[word].is_agreeing && reading->intent != INTENT_ACCEPT && !is_thanks;
                if (is_doubtful || (*command_out != NULL && answer != answer_words[word].answer)) {
                        *command_out = command;
                        return reading->intent == INTENT_QUESTION ? ANSWER_QUESTION : ANSWER_UNCLEAR;
                }
                answer = answer_words[word].answer;
                *command_out = command;
        }
        return answer;
}

/* One value a field; what stands above the quote and what stands in it may differ: then a person is asked. */
static void read_values(Meaning *meaning, Event *event, const GPtrArray *lines)
{
        meaning->values = given_values_new();
        for (guint i = 0; i < lines->len; i++) {
                const FormLine *line = g_ptr_array_index(lines, i);
                bool is_known = false;
                for (guint j = 0; j < meaning->values->len; j++) {
                        const GivenValue *given = g_ptr_array_index(meaning->values, j);
                        if (given->anchor != line->anchor)
                                continue;
                        is_known = true;
                        if (strcmp(given->value, line->value) != 0)
                                event->conflicting_anchor = line->anchor;
                }
                if (!is_known)
                        given_values_add(meaning->values, line->anchor, line->value)->label =
                                g_strdup(line->label);
        }
        event->values = meaning->values;
}

/* The answer that a statement about the matter is, where a step asks for it. A word or a clear will goes
 * before it. */
static bool stated_answer(const Procedure *procedure, const Step *step, const Reading *reading,
                          Answer *answer_out)
{
        const GPtrArray *actions =
                step != NULL && reading->statement != NULL ? procedure_step_actions(procedure, step) : NULL;
        for (guint i = 0; actions != NULL && i < actions->len; i++) {
                const ActionRule *action = g_ptr_array_index(actions, i);
                if (g_strcmp0(action->hears, reading->statement) != 0)
                        continue;
                *answer_out = strcmp(action->answer, "accept") == 0   ? ANSWER_ACCEPT
                              : strcmp(action->answer, "refuse") == 0 ? ANSWER_REFUSE
                                                                      : ANSWER_CORRECT;
                return true;
        }
        return false;
}

static void add_answer(Meaning *meaning, const Event *common, const Procedure *procedure, const Step *step,
                       const Reading *reading)
{
        const Command *command;
        Answer worded = worded_answer(reading, &command);
        bool is_form = step != NULL && step_is_form(step) && !common->is_confirmation;
        bool has_reply_form = step != NULL && step->reply_form != NULL && !common->is_confirmation;
        Event *event = add_event(meaning, common, EVENT_ANSWER);
        event->reason = reading->reason;
        if (is_form && reading->lines->len > 0) {
                event->answer = ANSWER_FORM;
                read_values(meaning, event, reading->lines);
                return;
        }
        event->answer = command != NULL ? worded : answer_of_intent[reading->intent];
        if (command == NULL && !common->is_confirmation)
                stated_answer(procedure, step, reading, &event->answer);
        if (has_reply_form && reading->lines->len > 0) { /* fields that come with an acknowledgement */
                read_values(meaning, event, reading->lines);
                if (command == NULL && reading->intent == INTENT_UNCLEAR)
                        event->answer = ANSWER_FORM;
        }
        if (command != NULL && !is_blank(command->argument))
                event->reason = command->argument;
}

static const char *const file_names[] = {
        [ATTACHMENT_TNEF] = "is_winmail",
        [ATTACHMENT_LARGE] = "is_large",
        [ATTACHMENT_DISGUISED] = "is_disguised",
        [ATTACHMENT_REFUSED] = "is_refused",
};

static json_t *files_not_taken(const Reading *reading, bool *has_winmail_out)
{
        json_t *files = json_array();
        *has_winmail_out = false;
        for (guint i = 0; i < reading->attachments->len; i++) {
                const Attachment *attachment = g_ptr_array_index(reading->attachments, i);
                AttachmentVerdict verdict = attachment_judge(attachment);
                if (verdict == ATTACHMENT_FINE)
                        continue;
                *has_winmail_out = *has_winmail_out || verdict == ATTACHMENT_TNEF;
                json_array_append_new(
                        files, json_pack("{s:s, s:b}", "name", attachment->name, file_names[verdict], true));
        }
        return files;
}

/* Told last, to the people of the case; and alone when only Outlook can read what was written. */
static void add_files(Meaning *meaning, const Event *common, const Reading *reading)
{
        bool is_winmail;
        meaning->files = files_not_taken(reading, &is_winmail);
        if (common->person == 0 || json_array_size(meaning->files) == 0)
                return;
        bool is_wordless = is_winmail && is_blank(reading->text);
        if (is_wordless)
                meaning->count = 0;
        Event *event = add_event(meaning, common, EVENT_FILES);
        if (event == NULL)
                return;
        event->files = meaning->files;
        event->is_winmail = is_winmail;
        event->is_wordless = is_wordless;
}

static void read_human(Meaning *meaning, Event *common, const Procedure *procedure, const Case *the_case,
                       const Match *match, const Reading *reading)
{
        bool has_answer = false, has_command = false;
        for (guint i = 0; i < reading->commands->len; i++) {
                const Command *command = g_ptr_array_index(reading->commands, i);
                bool is_answer = answer_word(command) >= 0;
                has_answer = has_answer || is_answer;
                has_command = has_command || (!is_answer && !is_for_house(command));
        }
        if (common->step == NULL)
                common->step =
                        only_task_of(the_case, common->person != 0 ? common->person : common->token_person);
        common->is_confirmation = strcmp(match->actions, "confirm") == 0;
        common->asks_nothing =
                match->token_person != 0 && strcmp(match->actions, "answer") != 0 && !common->is_confirmation;
        if (has_answer || !has_command)
                add_answer(meaning, common, procedure, procedure_step(procedure, common->step), reading);
        for (guint i = 0; i < reading->commands->len; i++) {
                const Command *command = g_ptr_array_index(reading->commands, i);
                const bool is_command = answer_word(command) < 0 && !is_for_house(command);
                Event *event = is_command ? add_event(meaning, common, EVENT_COMMAND) : NULL;
                if (event == NULL)
                        continue;
                event->command = command->key;
                event->argument = command->argument;
        }
        add_files(meaning, common, reading);
}

/* 5.7.x is the server's policy towards us, not a fault of the address; a full mailbox is emptied one day
 * (MAIL.md D29). */
static void read_bounce(Meaning *meaning, const Event *common, const Match *match, const Reading *reading)
{
        const Bounce *worst = NULL;
        for (guint i = 0; i < reading->bounces->len; i++) {
                const Bounce *bounce = g_ptr_array_index(reading->bounces, i);
                if (worst == NULL || (bounce->is_permanent && !worst->is_permanent))
                        worst = bounce;
        }
        if (worst == NULL || match->token_person == 0) {
                stop(meaning, OUTCOME_HELD, programs[MAIL_BOUNCE].rule);
                return;
        }
        if (match->is_dead ||
            match->is_former_token) { /* sent to an address its reader has left since, say */
                stop(meaning, OUTCOME_IGNORED,
                     "an old mail came back: it says nothing of the address of today");
                return;
        }
        if (g_str_has_prefix(worst->status, "5.7.")) {
                stop(meaning, OUTCOME_HELD,
                     "a server refuses the robot's mail by its policy: an administrator's matter");
                return;
        }
        Event *event = add_event(meaning, common, EVENT_UNREACHABLE);
        event->person = match->token_person;
        event->is_permanent = worst->is_permanent && strcmp(worst->status, "5.2.2") != 0;
        event->detail = worst->status;
}

static void read_absence(Meaning *meaning, Event *common, const Match *match, const Reading *reading)
{
        if (common->person == 0)
                common->person = match->token_person;
        Event *event = add_event(meaning, common, EVENT_ABSENT);
        event->detail = reading->absent_until;
}

static void read_doubtful(Meaning *meaning, Event *common, const Case *the_case, const Match *match)
{
        if (match->is_dead) {
                stop(meaning, OUTCOME_IGNORED, "an automatic answer to a mail whose time is over");
                return;
        }
        if (common->step == NULL)
                common->step = only_task_of(the_case, common->person);
        common->is_confirmation = strcmp(match->actions, "confirm") == 0;
        add_event(meaning, common, EVENT_DOUBTFUL);
}

void meaning_read(const Procedure *procedure, const Case *the_case, const Match *match,
                  const Reading *reading, int64_t message, Meaning *meaning_out)
{
        Event common = {
                .message = message,
                .message_id = post_is_message_id(reading->message_id) ? reading->message_id : NULL,
                .step = match->step,
                .person = case_person(the_case, match->writer) != NULL ? match->writer : 0,
                .token_person = match->token_person,
                .level = match_level(match, reading),
                .address = reading->from,
                .text = reading->text,
        };
        *meaning_out = (Meaning){ 0 };
        if (reading->kind == MAIL_BOUNCE)
                read_bounce(meaning_out, &common, match, reading);
        else if (reading->is_doubtful)
                read_doubtful(meaning_out, &common, the_case, match);
        else if (reading->kind == MAIL_AUTOMATIC)
                read_absence(meaning_out, &common, match, reading);
        else
                read_human(meaning_out, &common, procedure, the_case, match, reading);
}
