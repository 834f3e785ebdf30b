/* case_apply(): the fold of records into a state; a record that does not fit leaves the state as it is. */
#include "procedure/case.h"

#include <string.h>

static bool apply(Case *the_case, RecordKind kind, const char *step, int64_t at, const char *payload)
{
        json_t *object = json_loads(payload, 0, NULL);
        g_assert_nonnull(object);
        Record record = {
                .kind = kind, .step = (char *)step, .person = 4, .message = 7, .at = at, .payload = object
        };
        g_autofree char *before = case_print(the_case);
        bool fits = case_apply(the_case, &record);
        g_autofree char *after = case_print(the_case);
        if (!fits)
                g_assert_cmpstr(before, ==, after);
        json_decref(object);
        return fits;
}

static Case *begun(void)
{
        Case *the_case = case_new();
        g_assert_true(
                apply(the_case, RECORD_BEGUN, NULL, 10,
                      "{\"reference\":\"2026-0001\",\"procedure\":\"p\",\"country\":\"fr\","
                      "\"timezone\":\"Europe/Paris\",\"holders\":{\"boss\":4},\"data\":{\"a.b\":\"c\"}}"));
        return the_case;
}

static void check_begun(void)
{
        g_autoptr(Case) the_case = begun();
        g_assert_cmpstr(case_value(the_case, "a.b"), ==, "c");
        g_assert_cmpint(case_holder(the_case, "boss", 10), ==, 4);
        g_assert_cmpint(case_holder(the_case, "nobody", 10), ==, 0);
        g_assert_false(
                apply(the_case, RECORD_BEGUN, NULL, 11, "{\"reference\":\"2\"}")); /* a case begins once */
}

/* What may follow a state of a task. */
static const struct {
        const char *name;
        RecordKind first, second; /* after `opened` */
        bool fits;
} rows[] = {
        { "done-twice", RECORD_DONE, RECORD_DONE, false },
        { "done-then-refused", RECORD_DONE, RECORD_REFUSED, false },
        { "done-then-undone", RECORD_DONE, RECORD_UNDONE, true },
        { "refused-then-opened", RECORD_REFUSED, RECORD_OPENED, true },
        { "overdue-then-done", RECORD_OVERDUE, RECORD_DONE, true },
        { "overdue-twice", RECORD_OVERDUE, RECORD_OVERDUE, false },
        { "overdue-then-opened", RECORD_OVERDUE, RECORD_OPENED, false },
        { "asked-then-undone", RECORD_ASKED, RECORD_UNDONE, false },
        { "held-then-dropped", RECORD_HELD, RECORD_DROPPED, true },
};

static void check_row(gconstpointer index)
{
        int i = GPOINTER_TO_INT(index);
        g_autoptr(Case) the_case = begun();
        g_assert_true(apply(the_case, RECORD_OPENED, "s", 20, "{\"person\":4,\"due_at\":99}"));
        g_assert_true(apply(the_case, rows[i].first, "s", 30, "{\"answer\":\"accept\"}"));
        g_assert_true(apply(the_case, rows[i].second, "s", 40, "{\"person\":4}") == rows[i].fits);
        g_assert_false(apply(the_case, rows[i].second, "other", 40, "{}") && rows[i].second != RECORD_OPENED);
}

static void check_reopened(void)
{
        g_autoptr(Case) the_case = begun();
        apply(the_case, RECORD_OPENED, "s", 20, "{\"person\":4}");
        apply(the_case, RECORD_SAVED, "s", 21, "{\"data\":{\"f.x\":\"1\"}}");
        apply(the_case, RECORD_REMINDED, "s", 22, "{\"n\":2}");
        apply(the_case, RECORD_REFUSED, "s", 30, "{\"answer\":\"refuse\",\"reason\":\"no\"}");
        apply(the_case, RECORD_OPENED, "s", 40, "{\"person\":5,\"keep\":\"f\"}");
        apply(the_case, RECORD_SAVED, "s", 41, "{\"data\":{\"f.x\":\"2\"}}");
        const Task *task = case_task(the_case, "s");
        g_assert_cmpint(task->cycle, ==, 2);
        g_assert_cmpint(task->reminders, ==, 2); /* counted over all cycles */
        g_assert_cmpint(task->person, ==, 5);
        g_assert_cmpstr(case_value(the_case, "was.f.x"), ==, "1");
        g_assert_cmpstr(case_value(the_case, "f.x"), ==, "2");
}

static void check_holder(void)
{
        g_autoptr(Case) the_case = begun();
        g_assert_true(apply(the_case, RECORD_HOLDER, NULL, 50, "{\"role\":\"boss\",\"person\":9}"));
        g_assert_cmpint(case_holder(the_case, "boss", 49), ==, 4); /* who acted stays true */
        g_assert_cmpint(case_holder(the_case, "boss", 50), ==, 9);
        g_assert_false(apply(the_case, RECORD_HOLDER, NULL, 50, "{\"person\":9}"));
}

static void check_words(void)
{
        for (int kind = 0; kind <= RECORD_NOTED; kind++) {
                RecordKind back;
                g_assert_true(record_kind_parse(record_kind_word((RecordKind)kind), &back));
                g_assert_cmpint(back, ==, kind);
        }
        CaseStatus status;
        TaskState state;
        g_assert_false(case_status_parse("lost", &status));
        g_assert_false(task_state_parse("lost", &state));
        g_assert_true(case_status_parse("broken_off", &status) && status == CASE_BROKEN_OFF);
}

static void check_copy(void)
{
        g_autoptr(Case) the_case = begun();
        apply(the_case, RECORD_OPENED, "s", 20, "{\"person\":4}");
        apply(the_case, RECORD_HELD, "s", 21, "{\"answer\":\"accept\",\"reason\":\"r\"}");
        g_autoptr(Case) copy = case_copy(the_case);
        g_autofree char *one = case_print(the_case), *other = case_print(copy);
        g_assert_cmpstr(one, ==, other);
        g_assert_nonnull(strstr(one, "held accept r 7"));
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/case/begun", check_begun);
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *path = g_strconcat("/case/", rows[i].name, NULL);
                g_test_add_data_func(path, GINT_TO_POINTER(i), check_row);
        }
        g_test_add_func("/case/reopened", check_reopened);
        g_test_add_func("/case/holder", check_holder);
        g_test_add_func("/case/words", check_words);
        g_test_add_func("/case/copy", check_copy);
        return g_test_run();
}
