/* commands/verify.c: `facteur verify FILE.pdf | NUMBER`: is a label genuine, and what does it stand for? */
#include "commands/options.h"
#include "robot/label.h"
#include "robot/label_file.h"

#include <stdio.h>
#include <string.h>

enum { FILE_MAX_BYTES = 50 * 1000 * 1000 };

static void print_line(const char *name, const char *value)
{
        if (value != NULL && value[0] != '\0')
                printf("  %-13s %s\n", name, value);
}

/* Whoever has the database may see the holder's name. */
static void print_label(const House *house, const Label *label)
{
        static const char *const rows[][2] = {
                { "awarded on", "label_on" },
                { "organisation", "label_organisation" },
                { "dates", "label_dates" },
        };
        const char *language = procedure_languages(label->procedure)[0];
        json_t *facts = label_facts(house, label, language, house_now(house));
        print_line("case", label->the_case->reference);
        print_line("holder", label_holder(label, house_now(house)));
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
                print_line(rows[i][0], json_string_value(json_object_get(facts, rows[i][1])));
        json_decref(facts);
}

static int verify_number(House *house, const char *number)
{
        g_autoptr(GError) error = NULL;
        g_auto(Label) label = { 0 };
        if (label_find(house, number, &label, &error)) {
                printf("genuine: the label %s\n", label.number);
                print_label(house, &label);
                return EXIT_FINE;
        }
        if (error != NULL)
                return command_failed(error);
        printf("not genuine: no label has the number `%s` here\n", number);
        return EXIT_MEND;
}

static int say_verdict(LabelFileVerdict verdict, const char *path, const char *number)
{
        switch (verdict) {
        case LABEL_FILE_GENUINE:
                printf("genuine: %s is the file of the label %s, unchanged\n", path, number);
                return CONTINUE;
        case LABEL_FILE_CHANGED:
                printf("not genuine: %s says that it is the label %s, and it is not the file that was "
                       "signed: "
                       "a program saved it again, or somebody changed it; ask by its number\n",
                       path, number);
                return EXIT_MEND;
        case LABEL_FILE_FOREIGN:
                printf("not genuine: %s says that it is the label %s, and none of these keys signed it\n",
                       path, number);
                return EXIT_MEND;
        case LABEL_FILE_UNSIGNED:
                printf("not verified: %s carries no signature of a label; ask by the number that stands on "
                       "it\n",
                       path);
                return EXIT_MEND;
        }
        g_assert_not_reached();
}

/* What `--public` names, else label.pub beside the keys. */
static char *read_public(const Options *options, const char *named, GError **error)
{
        char *keys = NULL;
        if (named != NULL) {
                g_file_get_contents(named, &keys, NULL, error);
                return keys;
        }
        g_autoptr(Config) config = options_config(options);
        g_autofree char *path = config != NULL ? house_public_path(config) : NULL;
        if (config == NULL)
                g_set_error(error, KEY_ERROR, KEY_ERROR_READ,
                            "without a configuration, name the public keys: --public FILE");
        else if (g_file_test(path, G_FILE_TEST_EXISTS) || house_write_public(config, error))
                g_file_get_contents(path, &keys, NULL, error);
        return keys;
}

static int verify_file(const Options *options, const char *path, const char *named_keys)
{
        g_autoptr(GError) error = NULL;
        g_autofree char *keys = read_public(options, named_keys, &error), *content = NULL, *number = NULL;
        gsize size;
        if (keys == NULL || !g_file_get_contents(path, &content, &size, &error))
                return command_failed(error);
        if (size > FILE_MAX_BYTES) {
                printf("not genuine: %s is too large for a label\n", path);
                return EXIT_MEND;
        }
        g_autoptr(GBytes) file = g_bytes_new_take(g_steal_pointer(&content), size);
        LabelFileVerdict verdict = label_file_check(file, keys, &number);
        int code = say_verdict(verdict, path, number);
        if (code != CONTINUE || named_keys != NULL)
                return code != CONTINUE ? code : EXIT_FINE;
        g_autoptr(House) house = options_house(options, HOUSE_STORE, &code);
        return house != NULL ? verify_number(house, number) : code;
}

int command_verify(int argc, char **argv)
{
        g_autofree char *public_keys = NULL;
        const GOptionEntry own[] = {
                { "public", 0, 0, G_OPTION_ARG_FILENAME, &public_keys,
                  "public keys of the robot that issued it (its label.pub): nothing else "
                  "of it is needed",
                  "KEYS" },
                G_OPTION_ENTRY_NULL
        };
        g_auto(Options) options = { 0 };
        int code =
                options_read(&options, "FILE.pdf | NUMBER - is this label genuine?", own, 1, 1, argc, argv);
        if (code != CONTINUE)
                return code;
        const char *named = options.rest[0];
        if (public_keys != NULL || g_file_test(named, G_FILE_TEST_EXISTS))
                return verify_file(&options, named, public_keys);
        g_autoptr(House) house = options_house(&options, HOUSE_STORE, &code);
        return house != NULL ? verify_number(house, named) : code;
}
