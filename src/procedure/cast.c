#include "procedure/cast.h"

#include <inttypes.h>
#include <string.h>

enum { MINUTE_S = 60, HOUR_S = 3600, DAY_S = 86400, AWAY_DAYS = 14, FULL_DAYS = 20, GIVE_UP_ATTEMPTS = 6 };

typedef enum {
        DEED_ANSWER,    /* of the step's actor */
        DEED_CONFIRM,   /* the registered address says yes (or no) to what another sent */
        DEED_UNDO,      /* takes back the last act */
        DEED_THANKS,    /* "merci" to a mail that asked nothing */
        DEED_NOT_ME,    /* names somebody else for their role */
        DEED_AUTOMATIC, /* a program answers */
        DEED_BOUNCE,    /* a server refuses */
        DEED_COMMAND,   /* a word of anybody, `word` */
        DEED_STAFF,     /* a word of staff about a role */
} DeedKind;

typedef struct {
        DeedKind kind;
        int64_t at, person;
        const char *step; /* borrowed from the procedure; NULL */
        const char *role; /* the same, of DEED_STAFF; NULL */
        const char *word; /* constant; NULL */
} Deed;

typedef struct {
        int64_t person;
        Temper temper;
        int64_t first_mail_at; /* 0: none yet */
        bool is_rueful_once, has_been_passed_on;
} Character;

struct Cast {
        const Procedure *procedure;
        GRand *dice;
        guint32 number;
        int new_people;      /* named so far */
        GArray *characters;  /* of Character */
        GArray *deeds;       /* of Deed, the next last */
        GHashTable *answers; /* "person step" -> how often they answered it */
        GPtrArray *values;   /* of the event in hand; NULL */
        char *argument;      /* the same */
        json_t *files;       /* the same */
};

static const char *const temper_words[N_TEMPERS] = { "punctual", "late",      "silent", "hesitant",
                                                     "wrong",    "elsewhere", "away",   "gone",
                                                     "full",     "not_me",    "rueful" };

const char *temper_word(Temper temper)
{
        return temper_words[temper];
}

Cast *cast_new(const Procedure *procedure, GRand *dice, guint32 number)
{
        Cast *cast = g_new0(Cast, 1);
        cast->procedure = procedure;
        cast->dice = dice;
        cast->number = number;
        cast->characters = g_array_new(FALSE, FALSE, sizeof(Character));
        cast->deeds = g_array_new(FALSE, FALSE, sizeof(Deed));
        cast->answers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        return cast;
}

static void forget_event(Cast *cast)
{
        g_clear_pointer(&cast->values, g_ptr_array_unref);
        g_clear_pointer(&cast->argument, g_free);
        g_clear_pointer(&cast->files, json_decref);
}

void cast_free(Cast *cast)
{
        if (cast == NULL)
                return;
        forget_event(cast);
        g_array_unref(cast->characters);
        g_array_unref(cast->deeds);
        g_hash_table_unref(cast->answers);
        g_free(cast);
}

static int roll(const Cast *cast, int sides)
{
        return g_rand_int_range(cast->dice, 0, sides);
}

static int64_t between(const Cast *cast, int64_t least, int64_t most)
{
        return least + (int64_t)(g_rand_double(cast->dice) * (double)(most - least));
}

/* Who they are. */

/* Out of a hundred. Staff are at work. */
static const struct {
        Temper temper;
        int people, staff;
} shares[] = {
        { TEMPER_LATE, 15, 20 }, { TEMPER_SILENT, 5, 0 },    { TEMPER_HESITANT, 8, 5 },
        { TEMPER_WRONG, 8, 5 },  { TEMPER_ELSEWHERE, 5, 2 }, { TEMPER_AWAY, 4, 2 },
        { TEMPER_GONE, 2, 0 },   { TEMPER_FULL, 2, 1 },      { TEMPER_NOT_ME, 2, 0 },
        { TEMPER_RUEFUL, 3, 3 },
};

static bool has_staff_role(const Cast *cast, const Case *the_case, int64_t person)
{
        const char *const *role = procedure_staff(cast->procedure);
        for (; *role != NULL; role++)
                if (case_may_act(the_case, *role, person, INT64_MAX - 1))
                        return true;
        return false;
}

static Temper draw_temper(Cast *cast, const Case *the_case, int64_t person)
{
        const bool is_staff = has_staff_role(cast, the_case, person);
        int left = roll(cast, 100);
        for (size_t i = 0; i < G_N_ELEMENTS(shares); i++) {
                left -= is_staff ? shares[i].staff : shares[i].people;
                if (left < 0)
                        return shares[i].temper;
        }
        return TEMPER_PUNCTUAL;
}

static Character *character_of(Cast *cast, const Case *the_case, int64_t person)
{
        for (guint i = 0; i < cast->characters->len; i++) {
                Character *character = &g_array_index(cast->characters, Character, i);
                if (character->person == person)
                        return character;
        }
        const Character fresh = { .person = person, .temper = draw_temper(cast, the_case, person) };
        g_array_append_val(cast->characters, fresh);
        return &g_array_index(cast->characters, Character, cast->characters->len - 1);
}

Temper cast_temper(Cast *cast, const Case *the_case, int64_t person)
{
        return character_of(cast, the_case, person)->temper;
}

/* Deeds to come, the next last. */

static int compare_deeds(gconstpointer a, gconstpointer b)
{
        const int64_t left = ((const Deed *)a)->at, right = ((const Deed *)b)->at;
        return left > right ? -1 : left < right;
}

static void plan_deed(Cast *cast, Deed deed)
{
        g_array_append_val(cast->deeds, deed);
        g_array_sort(cast->deeds, compare_deeds);
}

static bool is_planned(const Cast *cast, DeedKind kind, int64_t person, const char *step)
{
        for (guint i = 0; i < cast->deeds->len; i++) {
                const Deed *deed = &g_array_index(cast->deeds, Deed, i);
                if (deed->kind == kind && deed->person == person && deed->step == step)
                        return true;
        }
        return false;
}

int64_t cast_next_at(const Cast *cast)
{
        return cast->deeds->len > 0 ? g_array_index(cast->deeds, Deed, cast->deeds->len - 1).at : INT64_MAX;
}

/* Hearing. */

static int64_t delay_of(const Cast *cast, const Character *character)
{
        return character->temper == TEMPER_LATE ? between(cast, 5 * DAY_S, 20 * DAY_S)
                                                : between(cast, HOUR_S, 2 * DAY_S);
}

static void hear_question(Cast *cast, Character *character, const Step *step, int64_t at)
{
        Deed deed = { .kind = DEED_ANSWER, .person = character->person, .step = step->key };
        if (is_planned(cast, DEED_ANSWER, deed.person, deed.step))
                return;
        deed.at = at + delay_of(cast, character);
        if (character->temper == TEMPER_NOT_ME && !character->has_been_passed_on) {
                character->has_been_passed_on = true;
                deed.kind = DEED_NOT_ME;
        }
        if (character->temper == TEMPER_AWAY)
                deed.at = MAX(deed.at, character->first_mail_at + AWAY_DAYS * DAY_S);
        plan_deed(cast, deed);
}

/* What a mail that holds no question makes them do: now and then a word of thanks, an act taken back. */
static void hear_news(Cast *cast, Character *character, const Step *step, const MailOrder *mail)
{
        Deed deed = { .kind = DEED_THANKS,
                      .at = mail->not_before + between(cast, HOUR_S, DAY_S),
                      .person = character->person,
                      .step = step != NULL ? step->key : NULL };
        if (strcmp(mail->actions, "undo") == 0 && character->temper == TEMPER_RUEFUL &&
            !character->is_rueful_once) {
                character->is_rueful_once = true;
                deed.kind = DEED_UNDO;
                deed.at = mail->not_before + between(cast, HOUR_S, 3 * DAY_S);
        } else if (roll(cast, 40) > 0) {
                return;
        }
        plan_deed(cast, deed);
}

/* Staff act on what they are told: a silent person is reminded or replaced, a failing address corrected. */
static void hear_as_staff(Cast *cast, const Case *the_case, const MailOrder *mail, const Step *step)
{
        const bool is_failing = strcmp(mail->key, "address_fails") == 0;
        Deed deed = { .kind = DEED_STAFF,
                      .at = mail->not_before + between(cast, HOUR_S, 3 * DAY_S),
                      .person = mail->person,
                      .word = is_failing           ? "address"
                              : roll(cast, 2) == 0 ? "replace"
                                                   : "remind" };
        if (!is_failing && strcmp(mail->key, "escalation") != 0)
                return;
        if (!has_staff_role(cast, the_case, mail->person) || step == NULL || step->role == NULL)
                return;
        deed.step = step->key;
        deed.role = step->role;
        if (!is_planned(cast, DEED_STAFF, deed.person, deed.step))
                plan_deed(cast, deed);
}

/* The server does not take it: never, or for some days. */
static bool comes_back(const Character *character, const MailOrder *mail)
{
        return character->temper == TEMPER_GONE ||
               (character->temper == TEMPER_FULL &&
                mail->not_before < character->first_mail_at + FULL_DAYS * DAY_S);
}

static void hear_nothing(Cast *cast, const MailOrder *mail, const Step *step)
{
        const Deed deed = { .kind = DEED_BOUNCE,
                            .at = mail->not_before + 5 * MINUTE_S,
                            .person = mail->person,
                            .step = step != NULL ? step->key : NULL };
        if (!is_planned(cast, DEED_BOUNCE, deed.person, deed.step))
                plan_deed(cast, deed);
}

void cast_hear(Cast *cast, const Case *the_case, const MailOrder *mail)
{
        Character *character = character_of(cast, the_case, mail->person);
        const Step *step = procedure_step(cast->procedure, mail->step);
        if (character->first_mail_at == 0)
                character->first_mail_at = mail->not_before;
        if (comes_back(character, mail)) {
                hear_nothing(cast, mail, step);
                return;
        }
        if (character->temper == TEMPER_AWAY &&
            mail->not_before < character->first_mail_at + AWAY_DAYS * DAY_S)
                plan_deed(cast, (Deed){ .kind = DEED_AUTOMATIC,
                                        .at = mail->not_before + MINUTE_S,
                                        .person = mail->person,
                                        .step = step != NULL ? step->key : NULL });
        if (character->temper == TEMPER_SILENT)
                return;
        if (strcmp(mail->actions, "confirm") == 0 && step != NULL)
                plan_deed(cast, (Deed){ .kind = DEED_CONFIRM,
                                        .at = mail->not_before + delay_of(cast, character),
                                        .person = mail->person,
                                        .step = step->key });
        else if (strcmp(mail->actions, "answer") == 0 && step != NULL)
                hear_question(cast, character, step, mail->not_before);
        else
                hear_news(cast, character, step, mail);
        hear_as_staff(cast, the_case, mail, step);
}

/* What happens to a case. */

static int64_t some_staff(const Cast *cast, const Case *the_case)
{
        const char *const *role = procedure_staff(cast->procedure);
        for (; *role != NULL; role++)
                if (case_holder(the_case, *role, INT64_MAX - 1) != 0)
                        return case_holder(the_case, *role, INT64_MAX - 1);
        return 0;
}

/* Out of a thousand cases. */
static const struct {
        const char *word;
        int share;
        bool is_of_staff;
} plots[] = {
        { "interrupt", 20, true },  { "close", 10, true },    { "follow", 50, false },
        { "delegate", 20, false },  { "remark", 20, false },  { "history", 10, false },
        { "documents", 20, false }, { "my_data", 10, false },
};

static int64_t anybody(const Cast *cast, const Case *the_case)
{
        const Holder *holder = g_ptr_array_index(the_case->holders, roll(cast, (int)the_case->holders->len));
        return holder->person;
}

/* Words of the procedure itself that open something: "FICHE" asks for a change. */
static void plot_openings(Cast *cast, const Case *the_case, int64_t from, int64_t until)
{
        const GPtrArray *commands = procedure_commands(cast->procedure);
        for (guint i = 0; i < commands->len; i++) {
                const CommandRule *rule = g_ptr_array_index(commands, i);
                const Step *step = procedure_step(cast->procedure, rule->opens[0]);
                if (step == NULL || roll(cast, 20) > 0)
                        continue;
                plan_deed(cast, (Deed){ .kind = DEED_COMMAND,
                                        .at = between(cast, from, until),
                                        .person = case_holder(the_case, step->role, from),
                                        .word = rule->key });
        }
}

void cast_plot(Cast *cast, const Case *the_case, int64_t from, int64_t until)
{
        for (size_t i = 0; i < G_N_ELEMENTS(plots) && the_case->holders->len > 0; i++) {
                const int64_t person =
                        plots[i].is_of_staff ? some_staff(cast, the_case) : anybody(cast, the_case);
                if (roll(cast, 1000) < plots[i].share && person != 0)
                        plan_deed(cast, (Deed){ .kind = plots[i].is_of_staff ? DEED_STAFF : DEED_COMMAND,
                                                .at = between(cast, from, until),
                                                .person = person,
                                                .word = plots[i].word });
        }
        plot_openings(cast, the_case, from, until);
}

/* Acting. */

/* How often this person answered this step already; and once more. */
static int count_answer(Cast *cast, int64_t person, const char *step)
{
        char *key = g_strdup_printf("%" PRId64 " %s", person, step);
        const int count = GPOINTER_TO_INT(g_hash_table_lookup(cast->answers, key));
        g_hash_table_insert(cast->answers, key, GINT_TO_POINTER(count + 1));
        return count;
}

static bool is_waited_for(const Task *task)
{
        return task != NULL && (task->state == TASK_OPEN || task->state == TASK_OVERDUE);
}

static void vague_answer(const Cast *cast, Event *event)
{
        static const Answer vague[] = { ANSWER_UNCLEAR, ANSWER_QUESTION, ANSWER_NOT_NOW, ANSWER_ACK };
        event->answer = vague[roll(cast, (int)G_N_ELEMENTS(vague))];
        event->text = "is the date right?";
}

/* A form: by its page when nothing less will do. */
static void fill_form(Cast *cast, const Case *the_case, const Step *step, const Form *form, int attempt,
                      bool is_wrong, int64_t now, Event *event)
{
        cast->values =
                cast_fill(cast->procedure, the_case, cast->dice, form, !is_wrong, is_wrong ? 8 : 0, now);
        event->answer = ANSWER_FORM;
        event->values = cast->values;
        if (step->level == LEVEL_A3 && !is_wrong) {
                event->level = LEVEL_A3;
                event->via = "page";
        }
        if (form->is_confidential && !is_wrong) {
                event->values = NULL;
                event->sealed = "1";
        } else if (form->is_confidential) {
                event->text = event->reason = CAST_SECRET;
        }
        event->is_draft = attempt == 0 && !form->is_confidential && roll(cast, 20) == 0;
}

static void choose(Cast *cast, const Case *the_case, const Step *step, bool is_wrong, int64_t now,
                   Event *event)
{
        const Form *reply = procedure_form(cast->procedure, step->reply_form);
        event->answer = is_wrong || roll(cast, 30) == 0
                                ? (roll(cast, 2) == 0 ? ANSWER_CORRECT : ANSWER_REFUSE)
                        : step->weight == WEIGHT_LIGHT && roll(cast, 2) == 0 ? ANSWER_ACK
                                                                             : ANSWER_ACCEPT;
        event->reason = is_wrong && roll(cast, 2) == 0 ? NULL : "the dates are not those of the agreement";
        if (reply == NULL || event->answer != ANSWER_ACCEPT || roll(cast, 2) == 0)
                return;
        cast->values = cast_fill(cast->procedure, the_case, cast->dice, reply, true, 0, now);
        event->answer = ANSWER_FORM;
        event->values = cast->values;
}

/* Now and then the answer bears the mark of a program, or is a file. */
static void distort(Cast *cast, Event *event)
{
        const int luck = roll(cast, 80);
        if (event->sealed != NULL || luck > 1)
                return;
        event->kind = luck == 0 ? EVENT_DOUBTFUL : EVENT_FILES;
        if (event->kind == EVENT_DOUBTFUL)
                return;
        cast->files = json_pack("[{s:s}]", "name", "answer.exe");
        event->files = cast->files;
}

static bool act_answer(Cast *cast, const Case *the_case, const Deed *deed, int64_t now, Event *event)
{
        const Step *step = procedure_step(cast->procedure, deed->step);
        const Task *task = case_task(the_case, deed->step);
        const Temper temper = cast_temper(cast, the_case, deed->person);
        const Form *form = step_is_form(step) ? procedure_form(cast->procedure, step->form) : NULL;
        if (!is_waited_for(task) && roll(cast, 4) > 0) /* some answer all the same */
                return false;
        const int attempt = count_answer(cast, deed->person, deed->step);
        const bool is_wrong = temper == TEMPER_WRONG && attempt == 0;
        event->kind = EVENT_ANSWER;
        event->level = roll(cast, 12) == 0 ? LEVEL_A1 : LEVEL_A2;
        if (temper == TEMPER_HESITANT && attempt == 0)
                vague_answer(cast, event);
        else if (form != NULL)
                fill_form(cast, the_case, step, form, attempt, is_wrong, now, event);
        else
                choose(cast, the_case, step, is_wrong, now, event);
        distort(cast, event);
        if (temper == TEMPER_ELSEWHERE && attempt == 0) {
                event->person = 0;
                event->address = "elsewhere@example.net";
                event->level = LEVEL_A1;
                event->sealed = NULL;
        }
        return true;
}

static bool act_confirm(Cast *cast, const Case *the_case, const Deed *deed, int64_t now G_GNUC_UNUSED,
                        Event *event)
{
        const Task *task = case_task(the_case, deed->step);
        event->kind = EVENT_ANSWER;
        event->is_confirmation = true;
        event->answer = roll(cast, 10) == 0 ? ANSWER_REFUSE : ANSWER_ACCEPT;
        return is_waited_for(task) && task->held_answer != NULL;
}

static bool act_undo(Cast *cast G_GNUC_UNUSED, const Case *the_case G_GNUC_UNUSED,
                     const Deed *deed G_GNUC_UNUSED, int64_t now G_GNUC_UNUSED, Event *event)
{
        event->kind = EVENT_COMMAND;
        event->command = "undo";
        return true;
}

static bool act_thanks(Cast *cast G_GNUC_UNUSED, const Case *the_case G_GNUC_UNUSED,
                       const Deed *deed G_GNUC_UNUSED, int64_t now G_GNUC_UNUSED, Event *event)
{
        event->kind = EVENT_ANSWER;
        event->answer = ANSWER_ACK;
        event->asks_nothing = true;
        event->level = LEVEL_A1;
        return true;
}

static bool act_not_me(Cast *cast, const Case *the_case G_GNUC_UNUSED, const Deed *deed G_GNUC_UNUSED,
                       int64_t now G_GNUC_UNUSED, Event *event)
{
        event->kind = EVENT_COMMAND;
        event->command = "not_me";
        cast->argument = g_strdup_printf("new%d.%u@example.org", ++cast->new_people, cast->number);
        event->argument = cast->argument;
        return true;
}

static bool act_automatic(Cast *cast G_GNUC_UNUSED, const Case *the_case G_GNUC_UNUSED,
                          const Deed *deed G_GNUC_UNUSED, int64_t now G_GNUC_UNUSED, Event *event)
{
        event->kind = EVENT_ABSENT;
        event->level = LEVEL_A1;
        return true;
}

static bool act_bounce(Cast *cast, const Case *the_case, const Deed *deed, int64_t now G_GNUC_UNUSED,
                       Event *event)
{
        const Temper temper = cast_temper(cast, the_case, deed->person);
        event->kind = EVENT_UNREACHABLE;
        event->is_permanent = temper == TEMPER_GONE;
        event->detail = event->is_permanent ? "5.1.1" : "4.2.2";
        return temper == TEMPER_GONE || temper == TEMPER_FULL;
}

static char *day_words(const Case *the_case, int64_t from, int days)
{
        int year, month, day;
        day_to_ymd(day_at(from, zone_named(the_case->timezone)) + days, &year, &month, &day);
        return g_strdup_printf("%02d/%02d/%d", day, month, year);
}

static bool act_command(Cast *cast, const Case *the_case, const Deed *deed, int64_t now, Event *event)
{
        event->kind = EVENT_COMMAND;
        event->command = deed->word;
        event->text = event->argument = "";
        if (strcmp(deed->word, "delegate") == 0) {
                g_autofree char *last = day_words(the_case, now, 2 * AWAY_DAYS);
                cast->argument = g_strdup_printf("new%d.%u@example.org jusqu'au %s", ++cast->new_people,
                                                 cast->number, last);
                event->argument = cast->argument;
        }
        return true;
}

/* The address is right from now on, and so is who reads there. */
static void correct_address(Cast *cast, const Case *the_case, const char *role, int64_t now)
{
        const int64_t person = case_holder(the_case, role, now);
        if (person != 0)
                character_of(cast, the_case, person)->temper = TEMPER_PUNCTUAL;
}

static bool act_staff(Cast *cast, const Case *the_case, const Deed *deed, int64_t now, Event *event)
{
        event->kind = EVENT_COMMAND;
        event->command = deed->word;
        event->is_staff = true;
        event->argument = "";
        if (strcmp(deed->word, "interrupt") == 0) {
                g_autofree char *first = day_words(the_case, now, 0),
                                *last = day_words(the_case, now, AWAY_DAYS);
                cast->argument = g_strdup_printf("%s au %s", first, last);
        } else if (deed->role != NULL && strcmp(deed->word, "remind") != 0) {
                cast->argument = g_strdup_printf("%s new%d.%u@example.org", deed->role, ++cast->new_people,
                                                 cast->number);
        }
        if (strcmp(deed->word, "address") == 0)
                correct_address(cast, the_case, deed->role, now);
        if (cast->argument != NULL)
                event->argument = cast->argument;
        return true;
}

static bool (*const acts[])(Cast *cast, const Case *the_case, const Deed *deed, int64_t now, Event *event) = {
        [DEED_ANSWER] = act_answer, [DEED_CONFIRM] = act_confirm, [DEED_UNDO] = act_undo,
        [DEED_THANKS] = act_thanks, [DEED_NOT_ME] = act_not_me,   [DEED_AUTOMATIC] = act_automatic,
        [DEED_BOUNCE] = act_bounce, [DEED_COMMAND] = act_command, [DEED_STAFF] = act_staff,
};
G_STATIC_ASSERT(G_N_ELEMENTS(acts) == DEED_STAFF + 1);

bool cast_act(Cast *cast, const Case *the_case, int64_t now, Event *event_out)
{
        const Deed deed = g_array_index(cast->deeds, Deed, cast->deeds->len - 1);
        g_array_set_size(cast->deeds, cast->deeds->len - 1);
        forget_event(cast);
        *event_out = (Event){
                .step = deed.step, .person = deed.person, .token_person = deed.person, .level = LEVEL_A2
        };
        return acts[deed.kind](cast, the_case, &deed, now, event_out);
}
