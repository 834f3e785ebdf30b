#include "procedure/simulation.h"

#include "procedure/promises.h"

#include <inttypes.h>
#include <string.h>

enum { DAY_S = 86400, WEEK = 7, BEGIN_DAYS = 28, DECISIONS_MAX = 20000, ROUNDS_MAX = 4 };

static const char *const zones[] = { "Europe/Paris", "Africa/Casablanca", "Africa/Algiers", "Asia/Beirut" };

struct Simulation {
        SimulationSetup setup;
        GPtrArray *countries; /* of char *, borrowed */
        const Step *first;
        Tally tally;
};

/* How many mails one person got on each day of a case. */
typedef struct {
        int64_t person;
        guint role; /* index of Tally.roles */
        guint16 *days;
} Diary;

typedef struct {
        Simulation *simulation;
        const SimulationSetup *setup;
        GRand *dice;
        Cast *cast;
        Case *state;        /* NULL before it begins */
        GPtrArray *people;  /* of Person, before it begins */
        GPtrArray *journal; /* of Record */
        GPtrArray *timers;  /* of the state as it is */
        GArray *diaries;    /* of Diary */
        int64_t begins_at, ends_at, now, message;
        int64_t next_person;
        int decisions;
        char *broken;
} Life;

/* Setting up. */

static const Step *first_step(const Procedure *procedure)
{
        const GPtrArray *steps = procedure_steps(procedure);
        for (guint i = 0; i < steps->len; i++) {
                const Step *step = g_ptr_array_index(steps, i);
                if (step->after[0] == NULL && step->act != ACT_ROBOT && !step->is_on_request &&
                    !step->is_weekly)
                        return step;
        }
        return NULL;
}

Simulation *simulation_new(const SimulationSetup *setup)
{
        if (first_step(setup->procedure) == NULL)
                return NULL;
        Simulation *simulation = g_new0(Simulation, 1);
        simulation->setup = *setup;
        simulation->countries = procedure_countries(setup->procedure);
        simulation->first = first_step(setup->procedure);
        simulation->tally.roles = g_array_new(FALSE, TRUE, sizeof(RoleTally));
        const char *role;
        for (guint i = 0; (role = procedure_role(setup->procedure, i)) != NULL; i++)
                g_array_append_val(simulation->tally.roles, ((RoleTally){ .role = role }));
        g_array_append_val(simulation->tally.roles, ((RoleTally){ .role = "" }));
        return simulation;
}

void simulation_free(Simulation *simulation)
{
        if (simulation == NULL)
                return;
        g_ptr_array_unref(simulation->countries);
        g_array_unref(simulation->tally.roles);
        g_free(simulation);
}

const Tally *simulation_tally(const Simulation *simulation)
{
        return &simulation->tally;
}

static Person *new_person(Life *life, const char *name, const char *address, const char *language)
{
        Person *person = g_new0(Person, 1);
        person->id = ++life->next_person;
        person->name = g_strdup(name);
        person->address = g_strdup(address);
        person->language = g_strdup(language);
        person->timezone = g_strdup(zones[g_rand_int_range(life->dice, 0, G_N_ELEMENTS(zones))]);
        const GPtrArray *countries = life->simulation->countries;
        person->country = countries->len > 0
                                  ? g_strdup(g_ptr_array_index(
                                            countries, g_rand_int_range(life->dice, 0, (int)countries->len)))
                                  : NULL;
        return person;
}

static bool is_named_by_form(const Procedure *procedure, const char *role)
{
        const GPtrArray *sources = procedure_role_sources(procedure);
        for (guint i = 0; i < sources->len; i++)
                if (strcmp(((const RoleSource *)g_ptr_array_index(sources, i))->role, role) == 0)
                        return true;
        return false;
}

/* Those whom no form names are there from the beginning. */
static Case *make_wish(Life *life, guint32 number)
{
        const Procedure *procedure = life->setup->procedure;
        const char *const *languages = procedure_languages(procedure);
        const GPtrArray *countries = life->simulation->countries;
        Case *wish = case_new();
        int year, month, day;
        day_to_ymd(day_at(life->begins_at, zone_named(zones[0])), &year, &month, &day);
        wish->reference = g_strdup_printf("%d-%04u", year, number);
        wish->country =
                g_strdup(countries->len > 0 ? g_ptr_array_index(countries, number % countries->len) : "");
        wish->timezone = g_strdup(zones[number % G_N_ELEMENTS(zones)]);
        const char *role;
        for (guint i = 0; (role = procedure_role(procedure, i)) != NULL; i++) {
                if (is_named_by_form(procedure, role))
                        continue;
                g_autofree char *address = cast_address(role, number);
                const char *language =
                        languages[g_rand_int_range(life->dice, 0, (int)g_strv_length((char **)languages))];
                Holder *holder = g_new0(Holder, 1);
                holder->role = g_strdup(role);
                holder->person = life->next_person + 1;
                g_ptr_array_add(wish->people, new_person(life, role, address, language));
                g_ptr_array_add(wish->holders, holder);
        }
        return wish;
}

/* Counting. */

static guint role_index(const Life *life, const char *role)
{
        const GArray *roles = life->simulation->tally.roles;
        for (guint i = 0; i + 1 < roles->len; i++)
                if (g_strcmp0(g_array_index(roles, RoleTally, i).role, role) == 0)
                        return i;
        return roles->len - 1;
}

static Diary *diary_of(Life *life, const MailOrder *mail)
{
        for (guint i = 0; i < life->diaries->len; i++)
                if (g_array_index(life->diaries, Diary, i).person == mail->person)
                        return &g_array_index(life->diaries, Diary, i);
        const Diary diary = { .person = mail->person,
                              .role = role_index(life, mail->role),
                              .days = g_new0(guint16, life->setup->days + WEEK) };
        g_array_append_val(life->diaries, diary);
        life->simulation->tally.tempers[cast_temper(life->cast, life->state, mail->person)]++;
        return &g_array_index(life->diaries, Diary, life->diaries->len - 1);
}

static void count_mail(Life *life, const MailOrder *mail)
{
        Tally *tally = &life->simulation->tally;
        tally->mails++;
        tally->escalations += strcmp(mail->key, "escalation") == 0;
        tally->reminders += json_object_get(mail->params, "reminder") != NULL;
        const int64_t day = (mail->not_before - life->begins_at) / DAY_S;
        if (day < life->setup->days + WEEK)
                diary_of(life, mail)->days[day]++;
}

static void close_diary(Life *life, const Diary *diary)
{
        RoleTally *role = &g_array_index(life->simulation->tally.roles, RoleTally, diary->role);
        int first = -1, last = -1, in_week = 0;
        for (int day = 0; day < life->setup->days + WEEK; day++) {
                in_week = day % WEEK == 0 ? diary->days[day] : in_week + diary->days[day];
                role->mails += diary->days[day];
                role->most_in_day = MAX(role->most_in_day, diary->days[day]);
                role->most_in_week = MAX(role->most_in_week, in_week);
                if (diary->days[day] == 0)
                        continue;
                first = first < 0 ? day / WEEK : first;
                last = day / WEEK;
        }
        role->persons++;
        role->person_weeks += first < 0 ? 0 : last - first + 1;
}

static void count_awards(Life *life)
{
        Tally *tally = &life->simulation->tally;
        const GPtrArray *steps = procedure_steps(life->setup->procedure);
        for (guint i = 0; i < steps->len; i++) {
                const Step *step = g_ptr_array_index(steps, i);
                const Task *task = step->award != NULL ? case_task(life->state, step->key) : NULL;
                if (step->award == NULL)
                        continue;
                tally->awarded += task != NULL && task->state == TASK_DONE;
                tally->denied += task != NULL && task->state == TASK_REFUSED;
                tally->undecided += task == NULL || (task->state != TASK_DONE && task->state != TASK_REFUSED);
        }
}

static void count_life(Life *life)
{
        Tally *tally = &life->simulation->tally;
        tally->cases++;
        tally->statuses[life->state->status]++;
        count_awards(life);
        for (guint i = 0; i < life->diaries->len; i++)
                close_diary(life, &g_array_index(life->diaries, Diary, i));
}

/* Living. */

static void break_off(Life *life, const Event *event, const Decision *decision, char *sentence)
{
        if (sentence == NULL)
                return;
        g_autofree char *when = instant_rfc3339(life->now, zone_named(zones[0]));
        life->broken = g_strdup_printf("%s\n(case %s, %s, event `%s` about %s: %s)", sentence,
                                       life->state->reference, when, event_kind_word(event->kind),
                                       event->step != NULL ? event->step : "the case", decision->rule);
        g_free(sentence);
}

static Record *copy_record(const Record *record)
{
        Record *copy = g_memdup2(record, sizeof *record);
        copy->step = g_strdup(record->step);
        copy->payload = json_incref(record->payload);
        return copy;
}

/* decide(), and again with an id for whoever was named for the first time. */
static Decision *decide_whole(Life *life, const Event *event)
{
        const bool begins = event->kind == EVENT_BEGIN;
        for (int round = 0;; round++) {
                Decision *decision =
                        decide(life->setup->procedure, begins ? NULL : life->state, event, life->now);
                if (decision->strangers->len == 0 || round == ROUNDS_MAX)
                        return decision;
                for (guint i = 0; i < decision->strangers->len; i++) {
                        const Person *stranger = g_ptr_array_index(decision->strangers, i);
                        g_ptr_array_add(
                                life->state->people,
                                new_person(life, stranger->name, stranger->address, stranger->language));
                }
                decision_free(decision);
        }
}

static bool fold(Life *life, const Event *event, const Decision *decision)
{
        for (guint i = 0; i < decision->records->len; i++) {
                const Record *record = g_ptr_array_index(decision->records, i);
                if (!case_apply(life->state, record)) {
                        break_off(
                                life, event, decision,
                                g_strdup_printf("the state is the sum of the journal: %s of %s does not fit",
                                                record_kind_word(record->kind),
                                                record->step != NULL ? record->step : "the case"));
                        return false;
                }
                case_note_address(life->state, record);
                g_ptr_array_add(life->journal, copy_record(record));
        }
        return true;
}

static void look(Life *life, const Event *event, const Decision *decision, const Case *before)
{
        const Promises promises = { .procedure = life->setup->procedure,
                                    .before = before,
                                    .event = event,
                                    .decision = decision,
                                    .after = life->state,
                                    .now = life->now,
                                    .secret = CAST_SECRET };
        char *sentence = promises_broken(&promises);
        if (sentence == NULL && event->kind == EVENT_TIMER)
                sentence = promises_broken_by_time(&promises,
                                                   life->timers->len > 0 ? life->timers->pdata[0] : NULL);
        break_off(life, event, decision, sentence);
}

static void go_on(Life *life, const Event *event)
{
        Tally *tally = &life->simulation->tally;
        g_autoptr(Decision) decision = decide_whole(life, event);
        g_autoptr(Case) before = event->kind == EVENT_BEGIN ? NULL : case_copy_outline(life->state);
        tally->decisions++;
        life->decisions++;
        if (event->message != 0) {
                tally->messages++;
                tally->outcomes[decision->outcome]++;
        }
        const bool fits = fold(life, event, decision);
        g_clear_pointer(&life->timers, g_ptr_array_unref);
        life->timers = case_timers(life->setup->procedure, life->state);
        if (fits)
                look(life, event, decision, before);
        if (life->setup->tell != NULL)
                life->setup->tell(event, decision, life->state, life->now, life->setup->tell_data);
        for (guint i = 0; fits && i < decision->mails->len; i++) {
                const MailOrder *mail = g_ptr_array_index(decision->mails, i);
                count_mail(life, mail);
                cast_hear(life->cast, life->state, mail);
        }
}

static void begin(Life *life, guint32 number)
{
        g_autoptr(Case) wish = make_wish(life, number);
        const Event event = { .kind = EVENT_BEGIN,
                              .step = life->simulation->first->key,
                              .begin = wish,
                              .message = ++life->message };
        life->state = case_new();
        g_ptr_array_unref(life->state->people);
        life->state->people = g_ptr_array_ref(wish->people);
        go_on(life, &event);
        cast_plot(life->cast, life->state, life->now, life->ends_at);
}

/* What comes first: a deed of somebody, or time. False: nothing does any more. */
static bool step_on(Life *life)
{
        const GPtrArray *timers = life->timers;
        const int64_t timer_at = timers->len > 0 ? ((const Timer *)timers->pdata[0])->due_at : INT64_MAX,
                      deed_at = cast_next_at(life->cast), at = MIN(timer_at, deed_at);
        if (at >= life->ends_at)
                return false;
        life->now = MAX(life->now, at);
        Event event = { .kind = EVENT_TIMER };
        if (deed_at < timer_at) {
                if (!cast_act(life->cast, life->state, life->now, &event))
                        return true;
                event.message = ++life->message;
        }
        go_on(life, &event);
        return true;
}

static void diary_clear(gpointer data)
{
        g_free(((Diary *)data)->days);
}

static void live(Life *life, guint32 number)
{
        begin(life, number);
        while (life->broken == NULL && step_on(life))
                if (life->decisions > DECISIONS_MAX)
                        life->broken = g_strdup_printf("case %s does not come to rest: %d decisions",
                                                       life->state->reference, life->decisions);
        if (life->broken == NULL)
                life->broken = promises_broken_by_journal(life->journal, life->state);
        if (life->broken == NULL)
                count_life(life);
}

bool simulation_run(Simulation *simulation, guint32 number, char **broken_out)
{
        const guint32 seeds[] = { simulation->setup.seed, number };
        Life life = { .simulation = simulation, .setup = &simulation->setup };
        life.dice = g_rand_new_with_seed_array(seeds, G_N_ELEMENTS(seeds));
        life.begins_at = life.now =
                simulation->setup.begins_at + (int64_t)(g_rand_double(life.dice) * BEGIN_DAYS * DAY_S);
        life.ends_at = life.begins_at + (int64_t)simulation->setup.days * DAY_S;
        life.cast = cast_new(simulation->setup.procedure, life.dice, number);
        life.journal = g_ptr_array_new_with_free_func((GDestroyNotify)record_free);
        life.diaries = g_array_new(FALSE, FALSE, sizeof(Diary));
        g_array_set_clear_func(life.diaries, diary_clear);
        live(&life, number);
        cast_free(life.cast);
        case_free(life.state);
        g_ptr_array_unref(life.journal);
        g_clear_pointer(&life.timers, g_ptr_array_unref);
        g_array_unref(life.diaries);
        g_rand_free(life.dice);
        *broken_out = life.broken;
        return life.broken == NULL;
}
