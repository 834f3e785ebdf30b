/* What was done on a page, written and read again; what is not one of ours; and when two are the same. */
#include "robot/act.h"

#include <string.h>

static Act *every_member(void)
{
        Act *act = g_new0(Act, 1);
        act->what = ACT_SAVED;
        act->case_id = INT64_C(1) << 40;
        act->person = 7;
        act->step = g_strdup("record");
        act->nonce = g_strdup("n-1");
        act->answer = g_strdup("accept");
        act->reason = g_strdup("dates « à revoir »\r\nBcc: x@example.org");
        act->address = g_strdup("lina@etu.example.org");
        act->sealed = g_strdup("facteur-seal:0:AAAA");
        act->values = given_values_new();
        given_values_add(act->values, 3, "Ateliers du Rhône");
        given_values_add(act->values, 12, "");
        return act;
}

static void check_round(void)
{
        g_autoptr(Act) act = every_member();
        g_autoptr(GBytes) bytes = act_write(act);
        g_autoptr(Act) back = act_read(bytes);
        g_assert_nonnull(back);
        g_assert_cmpint(back->what, ==, act->what);
        g_assert_cmpint(back->case_id, ==, act->case_id);
        g_assert_cmpint(back->person, ==, act->person);
        g_assert_cmpstr(back->step, ==, act->step);
        g_assert_cmpstr(back->nonce, ==, act->nonce);
        g_assert_cmpstr(back->answer, ==, act->answer);
        g_assert_cmpstr(back->reason, ==, act->reason);
        g_assert_cmpstr(back->address, ==, act->address);
        g_assert_cmpstr(back->sealed, ==, act->sealed);
        g_assert_cmpuint(back->values->len, ==, 2);
        const GivenValue *first = g_ptr_array_index(back->values, 0);
        g_assert_cmpint(first->anchor, ==, 3);
        g_assert_cmpstr(first->value, ==, "Ateliers du Rhône");
        g_autoptr(GBytes) again = act_write(back);
        g_assert_true(g_bytes_equal(bytes, again));
}

static void check_every_kind(void)
{
        for (ActWhat what = ACT_ANSWERED; what <= ACT_READ; what++) {
                Act act = { .what = what };
                g_autoptr(GBytes) bytes = act_write(&act);
                g_autoptr(Act) back = act_read(bytes);
                g_assert_nonnull(back);
                g_assert_cmpint(back->what, ==, what);
                g_assert_null(back->answer);
        }
}

static const struct {
        const char *name, *text;
} foreign[] = { { "empty", "" },
                { "cut", "{\"act\":\"answered\",\"case\":1" },
                { "no-kind", "{\"case\":1}" },
                { "other-kind", "{\"act\":\"award\",\"case\":1}" },
                { "kind-is-a-number", "{\"act\":1}" },
                { "kind-twice", "{\"act\":\"read\",\"act\":\"answered\"}" },
                { "a-list", "[\"answered\"]" },
                { "not-utf-8", "{\"act\":\"answered\",\"reason\":\"\xff\"}" },
                { "a-mail", "From: a@example.org\r\n\r\naccept\r\n" } };

static void check_foreign(void)
{
        for (size_t i = 0; i < G_N_ELEMENTS(foreign); i++) {
                g_autoptr(GBytes) bytes = g_bytes_new(foreign[i].text, strlen(foreign[i].text));
                g_test_message("%s", foreign[i].name);
                g_assert_null(act_read(bytes));
        }
}

typedef struct {
        const char *name;
        ActWhat what;
        int64_t case_id, person;
        const char *step, *nonce;
        bool is_same;
} Twice;

/* The same page sent twice is one act, whatever was typed; another page, step, person, case or kind is not.
 */
static const Twice twice[] = {
        { "sent again", ACT_FILLED, 1, 11, "s", "n", true },
        { "page", ACT_FILLED, 1, 11, "s", "m", false },
        { "step", ACT_FILLED, 1, 11, "t", "n", false },
        { "person", ACT_FILLED, 1, 12, "s", "n", false },
        { "case and person", ACT_FILLED, 11, 1, "s", "n", false },
        { "kind", ACT_ANSWERED, 1, 11, "s", "n", false },
};

static char *fingerprint(const Twice *row, const char *answer)
{
        g_autoptr(Act) act = g_new0(Act, 1);
        act->what = row->what;
        act->case_id = row->case_id;
        act->person = row->person;
        act->step = g_strdup(row->step);
        act->nonce = g_strdup(row->nonce);
        act->answer = g_strdup(answer);
        return act_fingerprint(act);
}

static void check_fingerprint(void)
{
        g_autofree char *first = fingerprint(&twice[0], "accept");
        for (size_t i = 0; i < G_N_ELEMENTS(twice); i++) {
                g_autofree char *other = fingerprint(&twice[i], "refuse");
                g_test_message("%s", twice[i].name);
                g_assert_cmpint(strcmp(first, other) == 0, ==, twice[i].is_same);
        }
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/act/round", check_round);
        g_test_add_func("/act/every-kind", check_every_kind);
        g_test_add_func("/act/foreign", check_foreign);
        g_test_add_func("/act/fingerprint", check_fingerprint);
        return g_test_run();
}
