/* decide(): each row is a scenario (tests/procedure/scenario.h): who answers what, and what follows. */
#include "scenario.h"

static const char *const cast[] = { "student",        "company_tutor",
                                    "academic_tutor", "internship_manager",
                                    "programme_head", NULL };

static const char data[] = "set record.organisation = Atelier Nord\nset record.subject = Reseaux\n"
                           "set record.start = 2027-03-01\nset record.end = 2027-08-31\n"
                           "set record.in_university = no\n";

static const struct {
        const char *name, *play;
} rows[] = {
        { "validation-accepted", "begin record_validation 2027-01-11 09:00\n"
                                 "mails record_to_validate>internship_manager\n"
                                 "task record_validation open internship_manager\n"
                                 "at 2027-01-12 10:00 internship_manager accept record_validation\n"
                                 "outcome applied\n"
                                 "task record_validation done\n"
                                 "mailed receipt>internship_manager\nmailed record_validated>student\nmailed "
                                 "tutor_welcome>company_tutor\n"
                                 "mailed tutor_welcome>academic_tutor\n" },
        { "correction-needs-a-reason",
          "begin record_validation 2027-01-11 09:00\n"
          "at 2027-01-12 10:00 internship_manager correct record_validation\n"
          "outcome asked_back\nmails reason_wanted>internship_manager\ntask record_validation open\n" },
        { "correction-returns-to-the-record",
          "begin record_validation 2027-01-11 09:00\n"
          "at 2027-01-12 10:00 internship_manager correct record_validation the dates are wrong\n"
          "outcome applied\ntask record_validation refused\ntask record open student\n"
          "mailed record_to_correct>student\nmailed receipt>internship_manager\n" },
        { "unclear-asks-back",
          "begin record_validation 2027-01-11 09:00\n"
          "at 2027-01-12 10:00 internship_manager unclear record_validation ok mais attention\n"
          "outcome asked_back\nmails question_back>internship_manager\ntask record_validation open\n" },
        { "thanks-never-closes-a-heavy-act", "begin record_validation 2027-01-11 09:00\n"
                                             "at 2027-01-12 10:00 internship_manager ack record_validation\n"
                                             "outcome asked_back\ntask record_validation open\n" },
        { "question-reaches-a-person",
          "begin record_validation 2027-01-11 09:00\n"
          "at 2027-01-12 10:00 internship_manager question record_validation quelle annee ?\n"
          "outcome asked_back\nmails question_forwarded>academic_tutor question_back>internship_manager\n" },
        { "below-its-level-waits-for-the-registered-address",
          "begin record_validation 2027-01-11 09:00\n"
          "at 2027-01-12 10:00 internship_manager accept record_validation level=A1\n"
          "outcome held\nmails confirm_request>internship_manager\ntask record_validation open\n"
          "at 2027-01-12 10:05 internship_manager accept record_validation level=A1\n"
          "outcome held\nmails none\n" /* asked once a day */
          "at 2027-01-12 11:00 internship_manager accept record_validation level=A1 confirm\n"
          "outcome applied\ntask record_validation done\n" },
        { "a-held-act-can-be-denied",
          "begin record_validation 2027-01-11 09:00\n"
          "at 2027-01-12 10:00 unknown@example.org accept record_validation token=internship_manager "
          "level=A1\n"
          "outcome held\nmails confirm_request>internship_manager\n"
          "at 2027-01-12 11:00 internship_manager refuse record_validation confirm\n"
          "outcome applied\ntask record_validation open\nmails record_to_validate>internship_manager\n" },
        { "a-stranger-without-a-token-moves-nothing",
          "begin record_validation 2027-01-11 09:00\n"
          "at 2027-01-12 10:00 unknown@example.org accept record_validation level=A0\n"
          "outcome held\nmails none\ntask record_validation open\n" },
        { "another-person-is-told-it-is-not-theirs",
          "begin record_validation 2027-01-11 09:00\n"
          "at 2027-01-12 10:00 student accept record_validation\n"
          "outcome ignored\nmails not_for_you>student\ntask record_validation open\n" },
        { "said-twice-counted-once", "begin record_validation 2027-01-11 09:00\n"
                                     "at 2027-01-12 10:00 internship_manager accept record_validation\n"
                                     "at 2027-01-12 10:01 internship_manager accept record_validation\n"
                                     "outcome ignored\nmails receipt>internship_manager\n" },
        { "a-second-answer-finds-it-closed",
          "begin record_validation 2027-01-11 09:00\n"
          "at 2027-01-12 10:00 internship_manager accept record_validation\n"
          "at 2027-01-12 10:01 internship_manager refuse record_validation non\n"
          "outcome ignored\nmails already_done>internship_manager\n" },
        { "both-tutors-acknowledge-independently",
          "begin record_validation 2027-01-11 09:00\n"
          "at 2027-01-12 10:00 internship_manager accept record_validation\n"
          "until 2027-06-01\n"
          "mailed midterm_to_write>student\n"
          "at 2027-06-01 10:00 student form midterm_report tasks_done=x; gap_with_record=aucun; "
          "integration=4; "
          "supervision=5; difficulties=aucune; goals_second_half=finir; safety_or_pay_problem=non\n"
          "outcome applied\ntask midterm_report done\n"
          "mailed midterm_to_acknowledge>company_tutor\nmailed midterm_to_acknowledge>academic_tutor\n"
          "at 2027-06-02 10:00 academic_tutor ack midterm_ack_academic level=A1\n"
          "outcome applied\nmails receipt>academic_tutor step_passed>student\n"
          "at 2027-06-03 10:00 company_tutor ack midterm_ack_company level=A1\n"
          "mails receipt>company_tutor midterm_acknowledged>student midterm_acknowledged>company_tutor "
          "midterm_acknowledged>academic_tutor\n" },
        { "a-form-keeps-what-it-got-and-asks-the-rest",
          "begin record_validation 2027-01-11 09:00\n"
          "at 2027-01-12 10:00 internship_manager accept record_validation\n"
          "until 2027-06-01\n"
          "at 2027-06-01 10:00 student form midterm_report tasks_done=x; gap_with_record=majeur; "
          "integration=9\n"
          "outcome asked_back\nmails form_incomplete>student\nvalue midterm_report.gap_with_record = major\n"
          "value midterm_report.integration = \ntask midterm_report open\n"
          "at 2027-06-01 11:00 student form midterm_report integration=4; supervision=5; "
          "difficulties=aucune; "
          "goals_second_half=finir; safety_or_pay_problem=oui\n"
          "outcome asked_back\ntask midterm_report open\n" /* a gap wants its details */
          "at 2027-06-01 12:00 student form midterm_report gap_details=tout\n"
          "outcome applied\ntask midterm_report done\n"
          "mailed problem_told>academic_tutor\nmailed problem_told>internship_manager\n" },
        { "three-reminders-then-the-line",
          "begin record_validation 2027-01-11 09:00\n"
          "until 2027-03-01\n"
          "mails record_to_validate>internship_manager record_to_validate>internship_manager "
          "record_to_validate>internship_manager escalation>academic_tutor\n"
          "task record_validation overdue\n" },
        { "after-an-outage-one-reminder",
          "begin record_validation 2027-01-11 09:00\n"
          "at 2027-03-01 09:00 time\n"
          "mails record_to_validate>internship_manager escalation>academic_tutor\n" },
        { "nobody-is-mailed-at-night", "begin record_validation 2027-01-11 23:00\n"
                                       "mails record_to_validate>internship_manager\n"
                                       "at 2027-01-12 23:10 internship_manager accept record_validation\n"
                                       "mailed record_validated>student\n" },
        { "undo", "begin record_validation 2027-01-11 09:00\n"
                  "at 2027-01-12 10:00 internship_manager accept record_validation\n"
                  "at 2027-01-13 10:00 internship_manager command undo record_validation\n"
                  "outcome applied\nmails undone>internship_manager\ntask record_validation open\n" },
        { "undo-after-two-days",
          "begin record_validation 2027-01-11 09:00\n"
          "at 2027-01-12 10:00 internship_manager accept record_validation\n"
          "at 2027-01-14 10:01 internship_manager command undo record_validation\n"
          "outcome asked_back\nmails undo_too_late>internship_manager\ntask record_validation done\n" },
        { "undo-of-a-correction", "begin record_validation 2027-01-11 09:00\n"
                                  "at 2027-01-12 10:00 internship_manager correct record_validation dates\n"
                                  "at 2027-01-12 11:00 internship_manager command undo -\n"
                                  "outcome applied\ntask record_validation open\n" },
        { "a-bounce-is-told-but-not-to-the-one-who-failed",
          "begin record_validation 2027-01-11 09:00\n"
          "at 2027-01-12 10:00 company_tutor bounce -\n"
          "outcome held\nmailed address_fails>student\nmailed address_fails>internship_manager\n" },
        { "an-automatic-answer-moves-nothing",
          "begin record_validation 2027-01-11 09:00\n"
          "at 2027-01-12 10:00 internship_manager absent record_validation\n"
          "outcome ignored\nmails none\ntask record_validation open\n" },
        { "follow-help-remark",
          "begin record_validation 2027-01-11 09:00\n"
          "at 2027-01-12 10:00 student command follow -\nmails follow>student\n"
          "at 2027-01-12 10:01 student command help -\nmails help>student\n"
          "at 2027-01-12 10:02 student command remark - je demenage\n"
          "mails question_forwarded>internship_manager receipt>student\n"
          "at 2027-01-12 10:03 unknown@example.org command follow -\noutcome held\nmails none\n" },
        { "statuses-follow-the-calendar",
          "begin record_validation 2027-01-11 09:00\n"
          "at 2027-01-12 10:00 internship_manager accept record_validation\nstatus planned\n"
          "until 2027-03-02\nstatus running\nuntil 2027-09-02\nstatus finished\n" },
};

static void check_row(gconstpointer index)
{
        int i = GPOINTER_TO_INT(index);
        g_autoptr(Procedure) procedure = shipped_procedure();
        Scenario *play = scenario_new(rows[i].name, procedure, cast);
        scenario_play(play, data);
        scenario_play(play, rows[i].play);
        scenario_free(play);
}

/* A reply to a mail that went out before the case was migrated: its numbers are of another version, its
 * labels are not. */
enum { LINES_MAX = 3 };
static const struct {
        const char *name;
        GivenValue given[LINES_MAX];
        Outcome outcome;
        const char *date, *time, *place;
} replies[] = {
        { "as-sent",
          { { 1, (char *)"Date de la soutenance * ", (char *)"06/09/2027" },
            { 2, (char *)"Heure", (char *)"14:00" },
            { 3, (char *)"Lieu", (char *)"B204" } },
          OUTCOME_APPLIED,
          "2027-09-06",
          "14:00",
          "B204" },
        { "numbers-alone",
          { { 1, NULL, (char *)"06/09/2027" }, { 2, (char *)"", (char *)"14:00" } },
          OUTCOME_APPLIED,
          "2027-09-06",
          "14:00",
          NULL },
        { "one-was-inserted-before",
          { { 2, (char *)"Lieu", (char *)"B204" },
            { 1, (char *)"Date de la soutenance *", (char *)"06/09/2027" } },
          OUTCOME_APPLIED,
          "2027-09-06",
          NULL,
          "B204" },
        { "all-in-another-order-and-language",
          { { 1, (char *)"PLACE", (char *)"B204" },
            { 2, (char *)"Date of the defence * (for example 12/09/2027)", (char *)"06/09/2027" },
            { 3, (char *)"Time", (char *)"14:00" } },
          OUTCOME_APPLIED,
          "2027-09-06",
          "14:00",
          "B204" },
        { "own-words-beside-the-number",
          { { 1, (char *)"le jour", (char *)"06/09/2027" } },
          OUTCOME_APPLIED,
          "2027-09-06",
          NULL,
          NULL },
        { "two-for-one-field",
          { { 1, NULL, (char *)"06/09/2027" },
            { 2, (char *)"Heure", (char *)"14:00" },
            { 3, (char *)"Heure", (char *)"15:00" } },
          OUTCOME_ASKED_BACK,
          "2027-09-06",
          "14:00",
          NULL },
};

static void check_reply(gconstpointer index)
{
        int i = GPOINTER_TO_INT(index);
        g_autoptr(Procedure) procedure = shipped_procedure();
        Scenario *play = scenario_new(replies[i].name, procedure, cast);
        scenario_play(play, data);
        scenario_play(play, "begin defence_date 2027-08-10 09:00\n");
        g_autoptr(GPtrArray) values = g_ptr_array_new();
        for (int j = 0; j < LINES_MAX; j++)
                if (replies[i].given[j].anchor != 0)
                        g_ptr_array_add(values, (gpointer)&replies[i].given[j]);
        const Event event = { .kind = EVENT_ANSWER,
                              .message = ++play->message,
                              .step = "defence_date",
                              .person = person_of(play, "internship_manager"),
                              .level = LEVEL_A2,
                              .answer = ANSWER_FORM,
                              .values = values };
        scenario_decide(play, &event);
        g_assert_cmpint(play->last->outcome, ==, replies[i].outcome);
        g_assert_cmpstr(case_value(play->now_case, "defence.date"), ==, replies[i].date);
        g_assert_cmpstr(case_value(play->now_case, "defence.time"), ==, replies[i].time);
        g_assert_cmpstr(case_value(play->now_case, "defence.place"), ==, replies[i].place);
        scenario_free(play);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *path = g_strconcat("/decide/", rows[i].name, NULL);
                g_test_add_data_func(path, GINT_TO_POINTER(i), check_row);
        }
        for (size_t i = 0; i < G_N_ELEMENTS(replies); i++) {
                g_autofree char *path = g_strconcat("/decide/reply/", replies[i].name, NULL);
                g_test_add_data_func(path, GINT_TO_POINTER(i), check_reply);
        }
        return g_test_run();
}
