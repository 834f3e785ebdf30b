/* commands/person.c: `facteur person show ADDRESS`, `facteur person merge KEEP OTHER`. */
#include "commands/options.h"
#include "robot/merge.h"
#include "store/address_changes.h"
#include "store/cases.h"
#include "store/inbox.h"
#include "store/people.h"
#include "store/rolls.h"
#include "store/staff.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static Person *find(House *house, const char *address, GError **error)
{
        int64_t id = people_find_address(house->store, address, error);
        if (id == 0)
                g_set_error(error, STORE_ERROR, STORE_ERROR_OTHER, "nobody has the address %s", address);
        return id > 0 ? people_get(house->store, id, error) : NULL;
}

/* show */

static bool print_cases(House *house, const Person *person, GError **error)
{
        g_autoptr(GArray) ids = cases_ever_of_person(house->store, person->id, error);
        for (guint i = 0; ids != NULL && i < ids->len; i++) {
                g_autoptr(Case) the_case = cases_load(house->store, g_array_index(ids, int64_t, i), error);
                if (the_case == NULL)
                        return false;
                for (guint j = 0; j < the_case->holders->len; j++) {
                        const Holder *holder = g_ptr_array_index(the_case->holders, j);
                        if (holder->person == person->id)
                                printf("case      %s, %s%s\n", the_case->reference, holder->role,
                                       holder->until != 0 ? ", no longer" : "");
                }
        }
        return ids != NULL;
}

static bool print_person(House *house, const Person *person, GError **error)
{
        printf("person    %" PRId64 "\nname      %s\naddress   %s%s\nlanguage  %s\ncountry   %s, %s\n",
               person->id, person->name, person->address, person->is_failing ? ", fails" : "",
               person->language, person->country, person->timezone);
        g_autoptr(GPtrArray) former = people_former_addresses(house->store, person->id, error);
        for (guint i = 0; former != NULL && i < former->len; i++)
                printf("merged    %s\n", (const char *)g_ptr_array_index(former, i));
        g_autoptr(AddressChange) change =
                former != NULL ? address_changes_waiting(house->store, person->id, NULL) : NULL;
        if (change != NULL)
                printf("waits     %s%s%s\n", change->address,
                       change->new_at == 0 ? ", not confirmed there" : "",
                       change->needs_old && change->old_at == 0 ? ", not confirmed at the old address" : "");
        Staff staff;
        bool is_staff;
        g_autoptr(GPtrArray) rolls = former != NULL ? rolls_of(house->store, person->id, error) : NULL;
        if (rolls == NULL || !staff_get(house->store, person->id, &staff, &is_staff, error))
                return false;
        if (is_staff)
                printf("staff     %s, digest %s at %02d:%02d\n", staff_scope_word(staff.scope),
                       staff_rhythm_word(staff.rhythm), staff.minute / 60, staff.minute % 60);
        for (guint i = 0; i < rolls->len; i++) {
                const Roll *roll = g_ptr_array_index(rolls, i);
                printf("known as  %s%s%s\n", roll->role, roll->cohort[0] != '\0' ? ", " : "", roll->cohort);
        }
        return print_cases(house, person, error);
}

static int show(House *house, char **arguments)
{
        g_autoptr(GError) error = NULL;
        Person *person = find(house, arguments[0], &error);
        bool is_shown = person != NULL && print_person(house, person, &error);
        person_free(person);
        return is_shown ? EXIT_FINE : command_failed(error);
}

/* merge */

/* What was asked for, as a message, so that the journal can name it. */
static bool keep_order(const Applier *applier, const Person *keep, const Person *gone, int64_t *message_out,
                       GError **error)
{
        Store *store = applier->house->store;
        g_autofree char *text = g_strdup_printf("person merge %" PRId64 " %" PRId64 "\n", keep->id, gone->id);
        g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
        InboxRow row = { .door = (char *)"cli",
                         .size_bytes = (int64_t)g_bytes_get_size(bytes),
                         .received_at = applier->now };
        const InboxOutcome outcome = { .outcome = OUTCOME_APPLIED,
                                       .rule = "two files of one person",
                                       .kind = "merge",
                                       .person = keep->id,
                                       .explain = "{\"class\":\"merge\"}" };
        bool is_kept = spool_append(applier->out, bytes, applier->now, &row.place, error) &&
                       inbox_add(store, &row, message_out, error) &&
                       inbox_close(store, *message_out, &outcome, applier->now, error);
        spool_place_clear(&row.place);
        return is_kept;
}

static const char *const verdicts[] = {
        [MERGE_DONE] = NULL,
        [MERGE_SAME] = "both are addresses of one person already; nothing was changed",
        [MERGE_REGISTRY] = "registry_address stays: name it first; nothing was changed",
};

static bool run_merge(const Applier *applier, char **arguments, MergeVerdict *verdict_out, GError **error)
{
        Person *keep = find(applier->house, arguments[0], error),
               *gone = keep != NULL ? find(applier->house, arguments[1], error) : NULL;
        int64_t message;
        guint mails;
        bool is_run = gone != NULL && keep_order(applier, keep, gone, &message, error) &&
                      merge_people(applier, keep->id, gone->id, 0, message, verdict_out, &mails, error);
        if (is_run && *verdict_out == MERGE_DONE)
                printf("%s (%s) has taken over the file of %s (%s)\n", keep->name, keep->address, gone->name,
                       gone->address);
        person_free(keep);
        person_free(gone);
        return is_run;
}

static int merge(House *house, char **arguments)
{
        g_autoptr(GError) error = NULL;
        MergeVerdict verdict = MERGE_SAME;
        /* A spool of its own: the clerk may be writing in the other. */
        g_autoptr(Spool) spool = spool_open(house->config->state_dir, "import", &error);
        const Applier applier = { .house = house, .out = spool, .now = house_now(house) };
        if (spool == NULL || !store_begin(house->store, &error))
                return command_failed(error);
        bool is_done =
                run_merge(&applier, arguments, &verdict, &error) &&
                (verdict != MERGE_DONE || (spool_sync(spool, &error) && store_commit(house->store, &error)));
        store_rollback(house->store); /* safe when it was committed */
        if (error != NULL)
                return command_failed(error);
        if (verdicts[verdict] != NULL)
                fprintf(stderr, "facteur: %s\n", verdicts[verdict]);
        return is_done && verdict == MERGE_DONE ? EXIT_FINE : EXIT_MEND;
}

static const struct {
        const char *word;
        guint arguments;
        unsigned parts;
        int (*run)(House *house, char **arguments);
} words[] = {
        { "show", 1, HOUSE_STORE, show },
        { "merge", 2, HOUSE_STORE | HOUSE_KEYS | HOUSE_PROCEDURE | HOUSE_TEMPLATES, merge },
};

int command_person(int argc, char **argv)
{
        g_auto(Options) options = { 0 };
        int code = options_read(&options, "show ADDRESS | merge KEEP OTHER - one person", NULL, 2, 3, argc,
                                argv);
        if (code != CONTINUE)
                return code;
        for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
                if (strcmp(words[i].word, options.rest[0]) != 0 ||
                    g_strv_length(options.rest) != words[i].arguments + 1)
                        continue;
                g_autoptr(House) house = options_house(&options, words[i].parts, &code);
                return house != NULL ? words[i].run(house, options.rest + 1) : code;
        }
        fputs("facteur person: write `show ADDRESS`, or `merge KEEP OTHER` with both addresses\n", stderr);
        return EXIT_USAGE_ERROR;
}
