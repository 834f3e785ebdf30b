/* commands/digest.c: `facteur digest --preview [ADDRESS]`: the digest that one of the staff would get now. */
#include "robot/digest.h"

#include "commands/options.h"
#include "mail/message.h"
#include "robot/roster.h"
#include "store/people.h"

#include <stdio.h>

/* The registry's address when none is named. NULL without error: nobody has it. */
static Person *find_reader(House *house, const char *address, GError **error)
{
        int64_t id = people_find_address(house->store, address, error);
        return id > 0 ? people_get(house->store, id, error) : NULL;
}

static GBytes *preview(House *house, const char *address, GError **error)
{
        g_autoptr(GBytes) bytes = NULL;
        if (!roster_prepare(house, house_now(house), error))
                return NULL;
        GError *trouble = NULL;
        Person *reader = find_reader(house, address, &trouble);
        Staff staff;
        bool is_staff = false;
        if (reader != NULL && staff_get(house->store, reader->id, &staff, &is_staff, &trouble) && is_staff)
                bytes = digest_preview(house, &staff, reader, &trouble);
        else if (trouble == NULL)
                g_set_error(&trouble, STORE_ERROR, STORE_ERROR_OTHER,
                            "%s gets no digest: name somebody who plays a role of staff, or the "
                            "registry_address of the configuration",
                            address);
        person_free(reader);
        if (trouble != NULL)
                g_propagate_error(error, trouble);
        return g_steal_pointer(&bytes);
}

/* As a person reads it in a terminal, or whole for a mail program. */
static void print_mail(GBytes *bytes, bool is_whole)
{
        gsize size;
        const char *data = g_bytes_get_data(bytes, &size);
        if (is_whole) {
                fwrite(data, 1, size, stdout);
                return;
        }
        g_autoptr(Message) message = message_open(bytes);
        printf("%s\n\n%s", message_subject(message), message_text(message));
}

static int run(House *house, const char *address, bool is_whole)
{
        g_autoptr(GError) error = NULL;
        if (!store_begin(house->store, &error))
                return command_failed(error);
        g_autoptr(GBytes) bytes = preview(house, address, &error);
        store_rollback(house->store); /* nothing of it stays */
        if (bytes == NULL)
                return command_failed(error);
        print_mail(bytes, is_whole);
        return EXIT_FINE;
}

int command_digest(int argc, char **argv)
{
        gboolean is_preview = FALSE, is_whole = FALSE;
        const GOptionEntry own[] = { { "preview", 0, 0, G_OPTION_ARG_NONE, &is_preview,
                                       "print it instead of sending it", NULL },
                                     { "eml", 0, 0, G_OPTION_ARG_NONE, &is_whole,
                                       "the whole mail, to be opened by a mail program", NULL },
                                     G_OPTION_ENTRY_NULL };
        g_auto(Options) options = { 0 };
        int code =
                options_read(&options, "--preview [ADDRESS] - the digest that one of the staff would get now",
                             own, 0, 1, argc, argv);
        if (code != CONTINUE)
                return code;
        if (!is_preview) {
                fputs("facteur digest: say --preview\n", stderr);
                return EXIT_USAGE_ERROR;
        }
        g_autoptr(House) house =
                options_house(&options, HOUSE_STORE | HOUSE_KEYS | HOUSE_PROCEDURE | HOUSE_TEMPLATES, &code);
        if (house == NULL)
                return code;
        const char *address = options.rest != NULL ? options.rest[0] : house->config->registry_address;
        if (address != NULL)
                return run(house, address, is_whole);
        fputs("facteur digest: name whose, or set registry_address in the configuration\n", stderr);
        return EXIT_USAGE_ERROR;
}
