/* tests/procedure/scenario.h: plays a scenario against decide(), one line an act or an expectation.
 *
 *     include record.txt                               the lines of scenarios/shared/record.txt
 *     country dz                                       before `begin`: of everybody
 *     set record.end = 2027-07-31                      before `begin`: data
 *     without company_tutor                            before `begin`: nobody holds the role
 *     begin record_validation 2027-01-11 09:00         the case begins (the cast holds every role)
 *
 *     at 2027-01-12 10:00 student accept STEP          a person answers
 *     at 2027-01-12 10:00 student form STEP a=1; b=2   fields by their key; `draft` saves
 *     at 2027-01-12 10:00 student command undo STEP    STEP may be `-`; what follows is the argument
 *     at 2027-01-12 10:00 unknown@example.org accept   an address that nobody here has
 *     at 2027-01-12 10:00 time                         the clock alone
 *     until 2027-03-01 09:00                           timers, each when it is due
 *
 * Options of a person: level=A1 token=ROLE confirm; the rest of the line is a reason or a text.
 *
 *     mails record_validated>student                   exactly these since the last act; `none`
 *     mailed reminder>student                          this one was among them
 *     outcome held
 *     rule WORD
 *     task STEP STATE [ROLE]
 *     status running
 *     value KEY = VALUE
 *
 * What must always hold is checked after every act (procedure/promises.h).
 */
#pragma once

#include "procedure/promises.h"

#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCENARIO_ZONE   "Europe/Paris"
#define SCENARIO_SHARED "tests/procedure/scenarios/shared"
enum { STRANGER = 900 };

typedef struct {
        const char *name; /* of the scenario, for messages */
        int line;
        const Procedure *procedure;
        GPtrArray *people;  /* of Person */
        GPtrArray *roles;   /* of char *: the role of the person beside; id is index + 1 */
        GHashTable *wishes; /* data of the case to be */
        GHashTable *absent; /* roles that nobody holds */
        Case *now_case;
        GPtrArray *journal; /* of Record: everything since the beginning */
        GString *mails;     /* " key>role key>role" since the last act */
        GString *asks;      /* " key>role step,": of those, what can be answered */
        Decision *last;
        GTimeZone *zone;
        void (*look)(const void *play, void *data); /* at every decision taken; NULL */
        void *look_data;
        int64_t now, message;
        int64_t next_person;
} Scenario;

/* Who plays in the procedure that ships. */
static const char *const shipped_cast[] = { "student",
                                            "company_tutor",
                                            "academic_tutor",
                                            "internship_manager",
                                            "programme_head",
                                            "registry",
                                            "company_signatory",
                                            "institution_signatory",
                                            NULL };

G_GNUC_PRINTF(2, 3)
G_NORETURN static inline void scenario_fail(const Scenario *play, const char *format, ...)
{
        va_list arguments;
        va_start(arguments, format);
        g_autofree char *what = g_strdup_vprintf(format, arguments);
        va_end(arguments);
        g_autofree char *state = play->now_case != NULL ? case_print(play->now_case) : NULL;
        g_autofree char *decided = play->last != NULL ? decision_print(play->last) : NULL;
        fprintf(stderr, "# %s:%d: %s\n%s\nlast decision:\n%s\n", play->name, play->line, what,
                state != NULL ? state : "", decided != NULL ? decided : "");
        abort();
}

static inline int compare_names(gconstpointer a, gconstpointer b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

static inline void join_file(GString *source, const char *folder, const char *name)
{
        g_autofree char *file = g_build_filename(folder, name, NULL), *bytes = NULL;
        gsize size;
        g_assert_true(g_file_get_contents(file, &bytes, &size, NULL));
        procedure_join(source, name, bytes, size);
}

/* The files of a folder of rules, joined as the program joins them. */
static inline void join_folder(GString *source, const char *folder, const char *below)
{
        g_autofree char *path = g_build_filename(folder, below, NULL);
        g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
        GDir *dir = g_dir_open(path, 0, NULL);
        g_assert_nonnull(dir);
        for (const char *name; (name = g_dir_read_name(dir)) != NULL;)
                if (g_str_has_suffix(name, ".yaml"))
                        g_ptr_array_add(names, g_strdup(name));
        g_dir_close(dir);
        g_ptr_array_sort(names, compare_names);
        for (guint i = 0; i < names->len; i++) {
                g_autofree char *label = below[0] != '\0' ? g_build_filename(below, names->pdata[i], NULL)
                                                          : g_strdup(names->pdata[i]);
                join_file(source, folder, label);
        }
}

static inline GString *shipped_source(void)
{
        GString *source = g_string_new(NULL);
        join_folder(source, "rules", "");
        join_folder(source, "rules", "semsem-stages");
        return source;
}

static inline Procedure *load_or_fail(const GString *source)
{
        g_autoptr(Problems) problems = problems_new();
        Procedure *procedure = procedure_load(source->str, source->len, problems);
        if (procedure == NULL) {
                g_autofree char *text = problems_print(problems);
                g_error("the procedure does not load:\n%s", text);
        }
        return procedure;
}

static inline Procedure *shipped_procedure(void)
{
        g_autoptr(GString) source = shipped_source();
        return load_or_fail(source);
}

static const char *scenario_country = "fr";

static inline Person *make_person(int64_t id, const char *name, const char *address, const char *language)
{
        Person *person = g_new0(Person, 1);
        person->id = id;
        person->name = g_strdup(name);
        person->address = g_strdup(address);
        person->language = g_strdup(language);
        person->timezone = g_strdup(SCENARIO_ZONE);
        person->country = g_strdup(scenario_country);
        return person;
}

static inline void scenario_cast(Scenario *play, const char *const *roles)
{
        for (int i = 0; roles[i] != NULL; i++) {
                g_autofree char *address = g_strdup_printf("%s@example.org", roles[i]);
                g_ptr_array_add(play->roles, g_strdup(roles[i]));
                g_ptr_array_add(play->people, make_person(i + 1, roles[i], address, "fr"));
        }
        play->next_person = 100;
}

static inline Scenario *scenario_new(const char *name, const Procedure *procedure, const char *const *roles)
{
        Scenario *play = g_new0(Scenario, 1);
        scenario_country = "fr";
        play->name = name;
        play->procedure = procedure;
        play->people = g_ptr_array_new_with_free_func((GDestroyNotify)person_free);
        play->roles = g_ptr_array_new_with_free_func(g_free);
        play->wishes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
        play->absent = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        play->journal = g_ptr_array_new_with_free_func((GDestroyNotify)record_free);
        play->mails = g_string_new(NULL);
        play->asks = g_string_new(NULL);
        play->zone = g_time_zone_new_identifier(SCENARIO_ZONE);
        scenario_cast(play, roles);
        return play;
}

static inline void scenario_free(Scenario *play)
{
        g_ptr_array_unref(play->people);
        g_ptr_array_unref(play->roles);
        g_hash_table_unref(play->wishes);
        g_hash_table_unref(play->absent);
        case_free(play->now_case);
        g_ptr_array_unref(play->journal);
        g_string_free(play->mails, TRUE);
        g_string_free(play->asks, TRUE);
        if (play->last != NULL)
                decision_free(play->last);
        g_time_zone_unref(play->zone);
        g_free(play);
}

static inline void forget_mails(Scenario *play)
{
        g_string_truncate(play->mails, 0);
        g_string_truncate(play->asks, 0);
}

static inline int64_t person_of(const Scenario *play, const char *role)
{
        for (guint i = 0; i < play->roles->len; i++)
                if (strcmp(play->roles->pdata[i], role) == 0)
                        return (int64_t)i + 1;
        for (guint i = 0; i < play->people->len; i++) {
                const Person *person = g_ptr_array_index(play->people, i);
                if (strcmp(person->address, role) == 0)
                        return person->id;
        }
        return 0;
}

static inline const char *name_of(const Scenario *play, int64_t person)
{
        if (person >= 1 && (guint)person <= play->roles->len)
                return play->roles->pdata[person - 1];
        for (guint i = 0; i < play->people->len; i++) {
                const Person *one = g_ptr_array_index(play->people, i);
                if (one->id == person)
                        return one->address;
        }
        return "nobody";
}

static inline int64_t read_instant(const Scenario *play, const char *day, const char *hour)
{
        Day date;
        int hours = 9, minutes = 0;
        g_assert_true(day_read(day, &date));
        if (hour != NULL)
                sscanf(hour, "%d:%d", &hours, &minutes);
        return day_instant(date, hours, minutes, play->zone);
}

/* What must hold after every decision. */
static inline void check_promises(Scenario *play, const Case *before, const Event *event)
{
        g_autofree char *replayed = promises_broken_by_journal(play->journal, play->now_case);
        if (replayed != NULL)
                scenario_fail(play, "%s", replayed);
        const Promises promises = { .procedure = play->procedure,
                                    .before = before,
                                    .event = event,
                                    .decision = play->last,
                                    .after = play->now_case,
                                    .now = play->now,
                                    .secret = "SECRET" };
        g_autofree char *broken = promises_broken(&promises);
        if (broken != NULL)
                scenario_fail(play, "%s", broken);
}

static inline void scenario_take(Scenario *play, const Event *event, Decision *decision)
{
        g_autoptr(Case) before = event->kind == EVENT_BEGIN ? NULL : case_copy(play->now_case);
        if (play->last != NULL)
                decision_free(play->last);
        play->last = decision;
        for (guint i = 0; i < decision->records->len; i++) {
                const Record *record = g_ptr_array_index(decision->records, i);
                if (!case_apply(play->now_case, record))
                        scenario_fail(play, "record %u does not fit", i);
                case_note_address(play->now_case, record);
                Record *copy = g_memdup2(record, sizeof *record);
                copy->step = g_strdup(record->step);
                copy->payload = json_deep_copy(record->payload);
                g_ptr_array_add(play->journal, copy);
        }
        for (guint i = 0; i < decision->mails->len; i++) {
                const MailOrder *mail = g_ptr_array_index(decision->mails, i);
                g_string_append_printf(play->mails, " %s>%s", mail->key, name_of(play, mail->person));
                if (strcmp(mail->actions, "answer") == 0)
                        g_string_append_printf(play->asks, " %s>%s %s,", mail->key,
                                               name_of(play, mail->person), mail->step);
        }
        check_promises(play, before, event);
        if (play->look != NULL)
                play->look(play, play->look_data);
}

static inline void scenario_decide(Scenario *play, const Event *event)
{
        Decision *decision =
                decide(play->procedure, event->kind == EVENT_BEGIN ? NULL : play->now_case, event, play->now);
        for (int round = 0; decision->strangers->len > 0;
             round++) { /* as the robot does: an id each, once more */
                if (round > 3)
                        scenario_fail(play, "strangers without end");
                for (guint i = 0; i < decision->strangers->len; i++) {
                        const Person *stranger = g_ptr_array_index(decision->strangers, i);
                        int64_t id = play->next_person++;
                        g_ptr_array_add(play->people, make_person(id, stranger->name, stranger->address,
                                                                  stranger->language));
                        g_ptr_array_add(
                                play->now_case->people,
                                make_person(id, stranger->name, stranger->address, stranger->language));
                }
                decision_free(decision);
                decision = decide(play->procedure, play->now_case, event, play->now);
        }
        scenario_take(play, event, decision);
}

static inline void scenario_begin(Scenario *play, const char *step)
{
        Case *wish = case_new();
        wish->reference = g_strdup("2026-0142");
        wish->country = g_strdup(scenario_country);
        wish->timezone = g_strdup(SCENARIO_ZONE);
        play->now_case = case_new();
        for (guint i = 0; i < play->people->len; i++) {
                const Person *person = g_ptr_array_index(play->people, i);
                g_ptr_array_add(play->now_case->people,
                                make_person(person->id, person->name, person->address, person->language));
                g_ptr_array_add(wish->people,
                                make_person(person->id, person->name, person->address, person->language));
                if (i >= play->roles->len || g_hash_table_contains(play->absent, play->roles->pdata[i]))
                        continue;
                Holder *holder = g_new0(Holder, 1);
                holder->role = g_strdup(play->roles->pdata[i]);
                holder->person = person->id;
                g_ptr_array_add(wish->holders, holder);
        }
        GHashTableIter iter;
        gpointer key, value;
        g_hash_table_iter_init(&iter, play->wishes);
        while (g_hash_table_iter_next(&iter, &key, &value))
                g_hash_table_insert(wish->data, g_strdup(key), g_strdup(value));
        Event event = { .kind = EVENT_BEGIN, .step = step, .begin = wish, .message = ++play->message };
        scenario_decide(play, &event);
        case_free(wish);
}

static inline GPtrArray *read_given(Scenario *play, const char *step_key, const char *text)
{
        GPtrArray *values = g_ptr_array_new_with_free_func(g_free);
        const Step *step = procedure_step(play->procedure, step_key);
        const char *asked = step == NULL ? NULL : step_is_form(step) ? step->form : step->reply_form;
        const Form *form = procedure_form(play->procedure, asked);
        g_auto(GStrv) parts = g_strsplit(text, ";", -1);
        for (char **part = parts; *part != NULL; part++) {
                char *sign = strchr(*part, '=');
                if (sign == NULL)
                        continue;
                *sign = '\0';
                GivenValue *given = g_new0(GivenValue, 1);
                const char *key = g_strstrip(*part);
                for (guint i = 0; form != NULL && i < form->fields->len; i++) {
                        const Field *field = g_ptr_array_index(form->fields, i);
                        if (strcmp(field->key, key) == 0)
                                given->anchor = field->anchor;
                }
                if (given->anchor == 0)
                        scenario_fail(play, "no field %s in the form of %s", key, step_key);
                given->value = g_strstrip(sign + 1);
                g_ptr_array_add(values, given);
        }
        /* The texts of the values live in parts: kept by the array's last element. */
        for (guint i = 0; i < values->len; i++) {
                GivenValue *given = g_ptr_array_index(values, i);
                given->value = (char *)g_intern_string(given->value);
        }
        return values;
}

static inline void scenario_act(Scenario *play, char **words)
{
        static const char *const answers[] = { "accept",  "correct",  "refuse",  "ack",
                                               "unclear", "question", "not_now", "form" };
        static const char *const levels[] = { "level=A0", "level=A1", "level=A2", "level=A3" };
        play->now = read_instant(play, words[1], words[2]);
        forget_mails(play);
        if (strcmp(words[3], "time") == 0) {
                Event event = { .kind = EVENT_TIMER };
                scenario_decide(play, &event);
                return;
        }
        int64_t person = person_of(play, words[3]);
        const char *verb = words[4];
        Event event = {
                .message = ++play->message, .person = person, .token_person = person, .level = LEVEL_A2
        };
        int next = 5;
        event.address = person != 0 ? NULL : words[3];
        if (strcmp(verb, "command") == 0) {
                event.kind = EVENT_COMMAND;
                event.command = words[next++];
        } else if (strcmp(verb, "bounce") == 0) {
                event.kind = EVENT_UNREACHABLE;
                event.is_permanent = strcmp(words[5], "full") != 0;
                event.detail = event.is_permanent ? "5.1.1" : "5.2.2";
                next++;
        } else if (strcmp(verb, "absent") == 0) {
                event.kind = EVENT_ABSENT;
        } else {
                event.kind = EVENT_ANSWER;
                bool is_known = false;
                for (size_t i = 0; i < G_N_ELEMENTS(answers); i++)
                        if (strcmp(answers[i], verb) == 0) {
                                event.answer = (Answer)i;
                                is_known = true;
                        }
                if (!is_known)
                        scenario_fail(play, "no answer %s", verb);
        }
        const char *step = words[next] != NULL ? words[next++] : "-";
        event.step = strcmp(step, "-") == 0 ? NULL : step;
        for (; words[next] != NULL; next++) {
                bool is_option = true;
                if (g_str_has_prefix(words[next], "token="))
                        event.token_person = person_of(play, words[next] + 6);
                else if (strcmp(words[next], "confirm") == 0)
                        event.is_confirmation = true;
                else if (strcmp(words[next], "draft") == 0)
                        event.is_draft = true;
                else if (g_str_has_prefix(words[next], "sealed=")) {
                        event.sealed = words[next] + 7;
                        event.via = "page";
                } else if (g_str_has_prefix(words[next], "level="))
                        for (size_t i = 0; i < G_N_ELEMENTS(levels); i++)
                                event.level = strcmp(levels[i], words[next]) == 0 ? (Level)i : event.level;
                else
                        is_option = false;
                if (!is_option)
                        break;
        }
        g_autofree char *rest = g_strjoinv(" ", words + next);
        event.text = rest;
        event.argument = rest;
        event.reason = rest[0] != '\0' ? rest : NULL;
        g_autoptr(GPtrArray) values = event.kind == EVENT_ANSWER && event.answer == ANSWER_FORM
                                              ? read_given(play, event.step, rest)
                                              : NULL;
        event.values = values;
        scenario_decide(play, &event);
}

static inline void scenario_until(Scenario *play, int64_t end)
{
        forget_mails(play);
        for (int i = 0; i < 2000; i++) {
                g_autoptr(GPtrArray) timers = case_timers(play->procedure, play->now_case);
                const Timer *first = timers->len > 0 ? g_ptr_array_index(timers, 0) : NULL;
                if (first == NULL || first->due_at > end) {
                        play->now = end;
                        return;
                }
                guint before = play->journal->len;
                play->now = MAX(play->now, first->due_at);
                Event event = { .kind = EVENT_TIMER };
                scenario_decide(play, &event);
                if (play->journal->len == before)
                        scenario_fail(play, "the timer %s of %s is due and nothing follows", first->kind,
                                      first->step != NULL ? first->step : "the case");
        }
        scenario_fail(play, "the timers never rest");
}

static inline void check_mails(Scenario *play, char **wanted)
{
        g_autoptr(GPtrArray) left = g_ptr_array_new();
        g_auto(GStrv) sent = g_strsplit(play->mails->str, " ", -1);
        for (char **mail = sent; *mail != NULL; mail++)
                if (**mail != '\0')
                        g_ptr_array_add(left, *mail);
        for (; *wanted != NULL; wanted++) {
                if (strcmp(*wanted, "none") == 0)
                        continue;
                guint index;
                if (!g_ptr_array_find_with_equal_func(left, *wanted, g_str_equal, &index))
                        scenario_fail(play, "want mail %s, sent:%s", *wanted, play->mails->str);
                g_ptr_array_remove_index(left, index);
        }
        if (left->len > 0)
                scenario_fail(play, "mail %s was not wanted, sent:%s", (char *)left->pdata[0],
                              play->mails->str);
}

static inline void check_task(Scenario *play, char **words)
{
        const Task *task = case_task(play->now_case, words[1]);
        const char *state = task != NULL ? task_state_word(task->state) : "none";
        if (strcmp(state, words[2]) != 0)
                scenario_fail(play, "%s is %s, want %s", words[1], state, words[2]);
        if (words[3] != NULL && (task == NULL || task->person != person_of(play, words[3])))
                scenario_fail(play, "%s is %s's, want %s's", words[1],
                              task != NULL ? name_of(play, task->person) : "-", words[3]);
}

static inline void check_value(Scenario *play, const char *key, const char *want)
{
        const char *value = case_value(play->now_case, key);
        if (g_strcmp0(value != NULL ? value : "", want) != 0)
                scenario_fail(play, "%s is `%s`, want `%s`", key, value != NULL ? value : "", want);
}

static inline void scenario_play(Scenario *play, const char *text);

static inline void scenario_line(Scenario *play, const char *line)
{
        g_autofree char *clean = g_strstrip(g_strdup(line));
        if (clean[0] == '\0' || clean[0] == '#')
                return;
        g_auto(GStrv) words = g_strsplit(clean, " ", -1);
        const char *verb = words[0], *rest = strchr(clean, ' ');
        if (strcmp(verb, "include") == 0) {
                g_autofree char *path = g_build_filename(SCENARIO_SHARED, words[1], NULL), *text = NULL;
                if (!g_file_get_contents(path, &text, NULL, NULL))
                        scenario_fail(play, "there is no %s", path);
                scenario_play(play, text);
        } else if (strcmp(verb, "set") == 0) {
                g_auto(GStrv) sides = g_strsplit(rest, "=", 2);
                g_hash_table_insert(play->wishes, g_strdup(g_strstrip(sides[0])),
                                    g_strdup(g_strstrip(sides[1])));
        } else if (strcmp(verb, "country") == 0) {
                scenario_country = g_intern_string(words[1]);
        } else if (strcmp(verb, "without") == 0) {
                g_hash_table_add(play->absent, g_strdup(words[1]));
        } else if (strcmp(verb, "begin") == 0) {
                play->now = read_instant(play, words[2], words[3]);
                forget_mails(play);
                scenario_begin(play, words[1]);
        } else if (strcmp(verb, "at") == 0) {
                scenario_act(play, words);
        } else if (strcmp(verb, "until") == 0) {
                scenario_until(play, read_instant(play, words[1], words[2]));
        } else if (strcmp(verb, "mails") == 0) {
                check_mails(play, words + 1);
        } else if (strcmp(verb, "mailed") == 0) {
                g_autofree char *padded = g_strconcat(play->mails->str, " ", NULL),
                                *wanted = g_strconcat(" ", words[1], " ", NULL);
                if (strstr(padded, wanted) == NULL)
                        scenario_fail(play, "want mail %s, sent:%s", words[1], play->mails->str);
        } else if (strcmp(verb, "asks") == 0) {
                g_autofree char *wanted = g_strconcat(" ", rest + 1, ",", NULL);
                if (strstr(play->asks->str, wanted) == NULL)
                        scenario_fail(play, "nothing asks%s; what does:%s", wanted, play->asks->str);
        } else if (strcmp(verb, "outcome") == 0) {
                if (strcmp(outcome_word(play->last->outcome), words[1]) != 0)
                        scenario_fail(play, "outcome %s, want %s", outcome_word(play->last->outcome),
                                      words[1]);
        } else if (strcmp(verb, "rule") == 0) {
                if (strstr(play->last->rule, rest + 1) == NULL)
                        scenario_fail(play, "rule `%s`, want `%s`", play->last->rule, rest + 1);
        } else if (strcmp(verb, "task") == 0) {
                check_task(play, words);
        } else if (strcmp(verb, "status") == 0) {
                if (strcmp(case_status_word(play->now_case->status), words[1]) != 0)
                        scenario_fail(play, "status %s, want %s", case_status_word(play->now_case->status),
                                      words[1]);
        } else if (strcmp(verb, "value") == 0) {
                g_auto(GStrv) sides = g_strsplit(rest, "=", 2);
                check_value(play, g_strstrip(sides[0]), g_strstrip(sides[1]));
        } else {
                scenario_fail(play, "`%s` is no word of a scenario", verb);
        }
}

static inline void scenario_play(Scenario *play, const char *text)
{
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
        for (int i = 0; lines[i] != NULL; i++) {
                play->line = i + 1;
                scenario_line(play, lines[i]); /* which may play other lines */
        }
}
