#include "robot/digest.h"

#include "store/cases.h"
#include "store/hold.h"
#include "store/inbox.h"
#include "store/journal.h"
#include "store/outbox.h"
#include "store/people.h"

#include <inttypes.h>

enum { HELD_SINCE_S = 7 * 86400 };

static bool add_held(House *house, GString *out, GError **error)
{
        g_autoptr(GPtrArray) ids = inbox_held(house->store, house_now(house) - HELD_SINCE_S, error);
        if (ids == NULL)
                return false;
        g_string_append_printf(out, "Held for you: %u\n", ids->len);
        for (guint i = 0; i < ids->len; i++) {
                g_autoptr(InboxVerdict) verdict =
                        inbox_verdict(house->store, *(int64_t *)g_ptr_array_index(ids, i), error);
                if (verdict == NULL)
                        return false;
                g_string_append_printf(out, "  message %" PRId64 "%s%s%s%s: %s\n", verdict->id,
                                       verdict->reference != NULL ? ", case " : "",
                                       verdict->reference != NULL ? verdict->reference : "",
                                       verdict->person != NULL ? ", " : "",
                                       verdict->person != NULL ? verdict->person : "",
                                       verdict->rule != NULL ? verdict->rule : "");
        }
        return true;
}

static bool add_late(House *house, GString *out, GError **error)
{
        g_autoptr(GPtrArray) lines = cases_list(house->store, error);
        if (lines == NULL)
                return false;
        g_autoptr(GString) late = g_string_new(NULL);
        int count = 0;
        for (guint i = 0; i < lines->len; i++) {
                const CaseLine *line = g_ptr_array_index(lines, i);
                if (line->next_due_at == 0 || line->next_due_at > house_now(house))
                        continue;
                g_autofree char *due = day_iso(day_at(line->next_due_at, house->zone));
                count++;
                g_string_append_printf(late, "  %s, %s: %s, due %s\n", line->reference, line->student,
                                       line->open_steps, due);
        }
        g_string_append_printf(out, "Late: %d\n%s", count, late->str);
        return true;
}

static bool add_failing(House *house, GString *out, GError **error)
{
        g_autoptr(GPtrArray) people = people_failing(house->store, error);
        if (people == NULL)
                return false;
        g_string_append_printf(out, "Addresses that fail: %u\n", people->len);
        for (guint i = 0; i < people->len; i++) {
                const Person *person = g_ptr_array_index(people, i);
                g_string_append_printf(out, "  %s <%s>\n", person->name, person->address);
        }
        return true;
}

static bool add_outbox(House *house, GString *out, GError **error)
{
        int64_t queued, held, refused;
        g_auto(Hold) hold = { 0 };
        if (!hold_read(house->store, &hold, error))
                return false;
        if (hold.since != 0)
                g_string_append_printf(out, "All sending is held%s%s\n", hold.reason != NULL ? ": " : "",
                                       hold.reason != NULL ? hold.reason : "");
        if (!outbox_count(house->store, OUTBOX_QUEUED, &queued, error) ||
            !outbox_count(house->store, OUTBOX_HELD, &held, error) ||
            !outbox_count(house->store, OUTBOX_REFUSED, &refused, error))
                return false;
        g_string_append_printf(out,
                               "Outbox: %" PRId64 " waiting, %" PRId64 " held by a limit, %" PRId64
                               " refused by the server\n",
                               queued, held, refused);
        return true;
}

char *digest_text(House *house, GError **error)
{
        g_autoptr(GString) out = g_string_new(NULL);
        g_autofree char *today = day_iso(day_at(house_now(house), house->zone));
        g_autofree char *head = journal_head(house->store, error);
        g_string_append_printf(out, "%s, %s\n", house->config->institution, today);
        if (head == NULL || !add_held(house, out, error) || !add_late(house, out, error) ||
            !add_failing(house, out, error) || !add_outbox(house, out, error))
                return NULL;
        g_string_append_printf(out, "The journal's chain ends with %s\n", head);
        return g_string_free(g_steal_pointer(&out), FALSE);
}
