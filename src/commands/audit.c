/* commands/audit.c: `facteur audit`: is the journal's chain whole, and is the state what it says? */
#include "commands/options.h"
#include "store/journal.h"

#include <inttypes.h>
#include <stdio.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Audit, audit_free)

int command_audit(int argc, char **argv)
{
        g_auto(Options) options = { 0 };
        int code = options_read(&options, "- replay the journal, compare it with the state, verify the chain",
                                NULL, 0, 0, argc, argv);
        if (code != CONTINUE)
                return code;
        g_autoptr(House) house = options_house(&options, HOUSE_STORE, &code);
        if (house == NULL)
                return code;
        g_autoptr(GError) error = NULL;
        g_autoptr(Audit) audit = journal_audit(house->store, &error);
        g_autofree char *head = audit != NULL ? journal_head(house->store, &error) : NULL;
        if (error != NULL)
                return command_failed(error);
        for (guint i = 0; i < audit->faults->len; i++)
                puts(g_ptr_array_index(audit->faults, i));
        printf("%" PRId64 " entries, %" PRId64 " cases, %u faults; the chain ends with %s\n", audit->entries,
               audit->cases, audit->faults->len, head);
        return audit->faults->len == 0 ? EXIT_FINE : EXIT_MEND;
}
