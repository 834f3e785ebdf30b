/* Plays scenarios/ over the real store, clerk and reader: who sends which message when, which mails and state
 * follow. The language is described in scenarios/README. */
#include "helper_world.h"

#include "store/cases.h"
#include "store/inbox.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
        World *world;
        const char *file;
        char **lines;
        int at; /* index of the line being played */
        char *reference;
        guint checked;   /* mails of world_sent() that an earlier act had */
        GPtrArray *open; /* of OutboxMail, borrowed: sent since, not yet named by a `sent` line */
        int64_t row;     /* the last message delivered */
} Play;

G_GNUC_PRINTF(2, 3) G_NORETURN static void fail(const Play *play, const char *format, ...)
{
        va_list arguments;
        va_start(arguments, format);
        g_autofree char *what = g_strdup_vprintf(format, arguments);
        va_end(arguments);
        g_autoptr(InboxVerdict) verdict =
                play->row != 0 ? inbox_verdict(world_house(play->world)->store, play->row, NULL) : NULL;
        g_printerr("# %s:%d: %s\n#   the line: %s\n", play->file, play->at + 1, what, play->lines[play->at]);
        if (verdict != NULL)
                g_printerr("#   the last message: %s, %s, %s, A%d\n#   %s\n",
                           verdict->outcome != NULL ? verdict->outcome : "new", verdict->kind, verdict->rule,
                           verdict->level, verdict->explain);
        for (guint i = 0; i < play->open->len; i++) {
                const OutboxMail *mail = g_ptr_array_index(play->open, i);
                g_printerr("#   sent: %s to %s\n", mail->key, mail->recipient);
        }
        abort();
}

static const char *address_of(const Play *play, const char *who)
{
        if (strchr(who, '@') != NULL)
                return who;
        const Actor *actor = world_actor(who);
        if (actor == NULL)
                fail(play, "nobody is called `%s`", who);
        return actor->address;
}

/* Acts. */

static void run(Play *play)
{
        if (play->open->len > 0)
                fail(play, "mails were sent that no `sent` line names");
        world_run(play->world);
        const GPtrArray *sent = world_sent(play->world);
        for (; play->checked < sent->len; play->checked++)
                g_ptr_array_add(play->open, g_ptr_array_index(sent, play->checked));
}

static int64_t read_instant(const Play *play, char **words)
{
        g_autoptr(GTimeZone) zone = g_time_zone_new_identifier("Europe/Paris");
        Day day;
        int hour = 0, minute = 0;
        if (words[0] == NULL || words[1] == NULL || !day_read(words[0], &day) ||
            sscanf(words[1], "%d:%d", &hour, &minute) != 2)
                fail(play, "write a day and a time: 2026-11-25 09:00");
        return day_instant(day, hour, minute, zone);
}

/* Time passes as it does: whatever is due on the way happens on its day. */
static void pass_time(Play *play, char **words, bool is_watched)
{
        int64_t until = read_instant(play, words);
        House *house = world_house(play->world);
        if (until < house_now(house))
                fail(play, "time does not run backwards");
        for (;;) {
                int64_t timer = INT64_MAX, mail = INT64_MAX;
                cases_next_due(house->store, &timer, NULL);
                outbox_next_due(house->store, &mail, NULL);
                int64_t next = MIN(timer, mail);
                if (next >= until)
                        break;
                world_set_clock(play->world, MAX(next, house_now(house)));
                run(play);
                if (!is_watched)
                        g_ptr_array_set_size(play->open, 0);
                if (play->open->len > 0 && play->lines[play->at + 1] != NULL)
                        fail(play, "something was sent on the way; say `at` for that moment first");
        }
        world_set_clock(play->world, until);
        run(play);
}

static void act_at(Play *play, char **words)
{
        pass_time(play, words, true);
}

static void act_later(Play *play, char **words)
{
        pass_time(play, words, false);
}

static void act_case(Play *play, char **words)
{
        g_free(play->reference);
        play->reference = g_strdup(words[0]);
        g_autofree char *rest = g_strjoinv(" ", words + 1);
        g_auto(GStrv) extra = g_strsplit(rest, "; ", -1);
        world_begin(play->world, words[0], extra);
        run(play);
}

static char *read_text(Play *play)
{
        g_autoptr(GString) text = g_string_new(NULL);
        while (play->lines[play->at + 1] != NULL && g_str_has_prefix(play->lines[play->at + 1], "    "))
                g_string_append_printf(text, "%s\n", play->lines[++play->at] + 4);
        return g_string_free(g_steal_pointer(&text), FALSE);
}

/* "vouched no-token no-reference no-quote from ADDRESS header Name:value" in any order. */
static void read_manner(const Play *play, char **words, Reply *reply)
{
        for (; *words != NULL; words++) {
                if (strcmp(*words, "vouched") == 0)
                        reply->is_vouched = true;
                else if (strcmp(*words, "no-token") == 0)
                        reply->has_no_token = true;
                else if (strcmp(*words, "no-reference") == 0)
                        reply->has_no_reference = true;
                else if (strcmp(*words, "no-quote") == 0)
                        reply->has_no_quote = true;
                else if (strcmp(*words, "from") == 0 && words[1] != NULL)
                        reply->from = *++words;
                else if (strcmp(*words, "with") == 0 && words[1] != NULL)
                        reply->file = *++words;
                else if (strcmp(*words, "automatic") == 0)
                        reply->headers = "Auto-Submitted: auto-replied\n";
                else if (strcmp(*words, "generated") == 0)
                        reply->headers = "Auto-Submitted: auto-generated\n";
                else
                        fail(play, "`%s` is not known here", *words);
        }
}

static void deliver(Play *play, GBytes *raw)
{
        play->row = world_deliver(play->world, raw);
        run(play);
}

static void act_reply(Play *play, char **words)
{
        if (g_strv_length(words) < 3 || strcmp(words[1], "to") != 0)
                fail(play, "write: reply ROLE to MAIL …");
        const char *address = address_of(play, words[0]);
        const OutboxMail *mail = world_last_mail(play->world, words[2], address);
        if (mail == NULL)
                fail(play, "%s never got `%s`", words[0], words[2]);
        Reply reply = { .from = address };
        read_manner(play, words + 3, &reply);
        g_autofree char *text = read_text(play);
        reply.text = text;
        g_autoptr(GBytes) raw = world_reply(play->world, mail, &reply);
        deliver(play, raw);
}

static void act_letter(Play *play, char **words)
{
        Reply reply = { .from = address_of(play, words[0]) };
        read_manner(play, words + 1, &reply);
        g_autofree char *text = read_text(play);
        char *end = strchr(text, '\n');
        if (end == NULL)
                fail(play, "the first line below is the subject");
        g_autofree char *subject = g_strndup(text, (gsize)(end - text));
        reply.text = end + 1;
        g_autoptr(GBytes) raw = world_letter(play->world, subject, &reply);
        deliver(play, raw);
}

static void act_bounce(Play *play, char **words)
{
        const OutboxMail *mail = world_last_mail(play->world, words[1], address_of(play, words[0]));
        if (mail == NULL)
                fail(play, "%s never got `%s`", words[0], words[1]);
        g_autoptr(GBytes) raw = world_bounce(play->world, mail, words[2]);
        deliver(play, raw);
}

/* The last message once more, as another mailbox or a new UIDVALIDITY gives it. */
static void act_again(Play *play, char **words G_GNUC_UNUSED)
{
        House *house = world_house(play->world);
        g_autoptr(GError) error = NULL;
        InboxRow *row = inbox_get(house->store, play->row, &error);
        g_autoptr(GBytes) raw = spool_read(house->config->state_dir, &row->place, &error);
        inbox_row_free(row);
        deliver(play, raw);
}

/* Expectations. */

static void expect_sent(Play *play, char **words)
{
        if (g_strv_length(words) < 3 || strcmp(words[1], "to") != 0)
                fail(play, "write: sent MAIL to ROLE …");
        for (char **who = words + 2; *who != NULL; who++) {
                guint i = 0;
                for (; i < play->open->len; i++) {
                        const OutboxMail *mail = g_ptr_array_index(play->open, i);
                        if (strcmp(mail->key, words[0]) == 0 &&
                            strcmp(mail->recipient, address_of(play, *who)) == 0)
                                break;
                }
                if (i == play->open->len)
                        fail(play, "`%s` was not sent to %s", words[0], *who);
                g_ptr_array_remove_index(play->open, i);
        }
}

static void expect_nothing(Play *play, char **words G_GNUC_UNUSED)
{
        if (play->open->len > 0)
                fail(play, "mails were sent");
}

static InboxVerdict *last_verdict(const Play *play)
{
        InboxVerdict *verdict = inbox_verdict(world_house(play->world)->store, play->row, NULL);
        if (verdict == NULL)
                fail(play, "there was no message yet");
        return verdict;
}

static void expect_outcome(Play *play, char **words)
{
        g_autoptr(InboxVerdict) verdict = last_verdict(play);
        if (g_strcmp0(verdict->outcome, words[0]) != 0)
                fail(play, "the outcome is %s", verdict->outcome != NULL ? verdict->outcome : "not there");
}

static void expect_rule(Play *play, char **words)
{
        g_autoptr(InboxVerdict) verdict = last_verdict(play);
        g_autofree char *wanted = g_strjoinv(" ", words);
        if (verdict->rule == NULL || strstr(verdict->rule, wanted) == NULL)
                fail(play, "the rule is: %s", verdict->rule);
}

static void expect_level(Play *play, char **words)
{
        g_autoptr(InboxVerdict) verdict = last_verdict(play);
        if (atoi(words[0] + 1) != verdict->level)
                fail(play, "the level is A%d", verdict->level);
}

static Case *load_case(const Play *play)
{
        g_autoptr(GError) error = NULL;
        Store *store = world_house(play->world)->store;
        Case *the_case = cases_load(store, cases_find(store, play->reference, &error), &error);
        if (the_case == NULL)
                fail(play, "there is no case yet");
        return the_case;
}

static void expect_step(Play *play, char **words)
{
        g_autoptr(Case) the_case = load_case(play);
        const Task *task = case_task(the_case, words[0]);
        const char *state = task != NULL ? task_state_word(task->state) : "waiting";
        if (strcmp(state, words[1]) != 0)
                fail(play, "%s is %s", words[0], state);
        if (words[2] != NULL && g_strcmp0(task != NULL ? task->answer : NULL, words[2]) != 0)
                fail(play, "its answer is %s", task != NULL && task->answer != NULL ? task->answer : "none");
}

static void expect_status(Play *play, char **words)
{
        g_autoptr(Case) the_case = load_case(play);
        if (strcmp(case_status_word(the_case->status), words[0]) != 0)
                fail(play, "the case is %s", case_status_word(the_case->status));
}

static void expect_value(Play *play, char **words)
{
        g_autoptr(Case) the_case = load_case(play);
        g_autofree char *wanted = words[1] != NULL ? g_strjoinv(" ", words + 2) : g_strdup("");
        const char *value = case_value(the_case, words[0]);
        if (g_strcmp0(value, wanted) != 0)
                fail(play, "%s is %s", words[0], value != NULL ? value : "not there");
}

static void expect_failing(Play *play, char **words)
{
        g_autoptr(Case) the_case = load_case(play);
        const Person *person = case_person(the_case, case_holder(the_case, words[0], INT64_MAX - 1));
        if (person == NULL || !person->is_failing)
                fail(play, "the address is not marked as failing");
}

static void expect_says(Play *play, char **words)
{
        const OutboxMail *mail = world_last_mail(play->world, words[0], address_of(play, words[2]));
        if (mail == NULL)
                fail(play, "it was never sent");
        g_autofree char *wanted = g_strjoinv(" ", words + 3);
        g_autoptr(GBytes) bytes = world_bytes(play->world, mail);
        g_autoptr(Message) message = message_open(bytes);
        if (strstr(message_text(message), wanted) == NULL && strstr(message_subject(message), wanted) == NULL)
                fail(play, "its text is:\n%s\n%s", message_subject(message), message_text(message));
}

static const struct {
        const char *word;
        guint arguments; /* at least */
        void (*play)(Play *play, char **words);
} verbs[] = {
        { "at", 2, act_at },
        { "later", 2, act_later },
        { "case", 1, act_case },
        { "reply", 3, act_reply },
        { "letter", 1, act_letter },
        { "bounce", 3, act_bounce },
        { "again", 0, act_again },
        { "sent", 3, expect_sent },
        { "nothing", 1, expect_nothing },
        { "outcome", 1, expect_outcome },
        { "rule", 1, expect_rule },
        { "level", 1, expect_level },
        { "step", 2, expect_step },
        { "status", 1, expect_status },
        { "value", 1, expect_value },
        { "failing", 1, expect_failing },
        { "says", 4, expect_says },
};

static void play_line(Play *play)
{
        g_auto(GStrv) words = g_strsplit_set(play->lines[play->at], " ", -1);
        if (words[0] == NULL || words[0][0] == '\0' || words[0][0] == '#')
                return;
        for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++) {
                if (strcmp(verbs[i].word, words[0]) != 0)
                        continue;
                if (g_strv_length(words) < verbs[i].arguments + 1)
                        fail(play, "`%s` needs more", words[0]);
                verbs[i].play(play, words + 1);
                return;
        }
        fail(play, "`%s` is no word of scenarios", words[0]);
}

static void play_file(gconstpointer path)
{
        g_autofree char *text = NULL;
        g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
        g_autoptr(World) world = world_new("2026-11-25T09:00:00+01:00");
        g_autoptr(GPtrArray) open = g_ptr_array_new();
        Play play = { .world = world, .file = path, .lines = lines, .open = open };
        for (; lines[play.at] != NULL; play.at++)
                play_line(&play);
        play.at--;
        if (open->len > 0)
                fail(&play, "mails were sent that no `sent` line names");
        world_audit(world);
        g_free(play.reference);
}

static int compare(gconstpointer a, gconstpointer b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

int main(int argc, char **argv)
{
        static const char folder[] = "tests/robot/scenarios";
        g_test_init(&argc, &argv, NULL);
        g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
        GDir *dir = g_dir_open(folder, 0, NULL);
        g_assert_nonnull(dir);
        for (const char *name; (name = g_dir_read_name(dir)) != NULL;)
                if (g_str_has_suffix(name, ".txt"))
                        g_ptr_array_add(names, g_strdup(name));
        g_dir_close(dir);
        g_ptr_array_sort(names, compare);
        for (guint i = 0; i < names->len; i++) {
                const char *name = g_ptr_array_index(names, i);
                g_autofree char *title = g_strdup_printf("/scenarios/%.*s", (int)strlen(name) - 4, name);
                g_test_add_data_func_full(title, g_build_filename(folder, name, NULL), play_file, g_free);
        }
        return g_test_run();
}
