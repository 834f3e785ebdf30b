/* commands/read.c: `facteur read`: how mails are understood, without database and configuration. */
#include "commands/options.h"

#include "mail/message_scan.h"
#include "mail/reading.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct {
        bool is_json;
        ReadingContext context;
        bool has_failed; /* a file could not be opened */
} Reader;

static Patterns *load_patterns(const char *rules)
{
        g_autofree char *found = rules != NULL ? g_strdup(rules) : options_own_rules();
        g_autofree char *folder = g_build_filename(found, "reading", NULL);
        g_autoptr(Problems) problems = problems_new();
        Patterns *patterns = patterns_load_dir(folder, problems);
        g_autofree char *text = problems_print(problems);
        fputs(text, stderr);
        return patterns;
}

static void print_list(const char *title, const GPtrArray *list)
{
        for (guint i = 0; i < list->len; i++)
                printf("%-12s%s\n", i == 0 ? title : "", (const char *)g_ptr_array_index(list, i));
}

static void print_indented(const char *title, const char *text)
{
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
        for (guint i = 0; lines[i] != NULL && text[0] != '\0'; i++)
                printf("%-12s%s\n", i == 0 ? title : "", lines[i]);
}

static void print_for_person(const char *path, const Reading *reading)
{
        printf("%s\n", path);
        printf("%-12s%s <%s>\n", "from", reading->from_name, reading->author != NULL ? reading->author : "");
        printf("%-12s%s\n", "subject", reading->subject);
        printf("%-12s%s\n", "kind", mail_kind_word(reading->kind));
        if (reading->kind == MAIL_HUMAN)
                printf("%-12s%s\n", "intent", intent_word(reading->intent));
        print_indented("text", reading->text);
        print_indented("reason", reading->reason != NULL ? reading->reason : "");
        for (guint i = 0; i < reading->commands->len; i++) {
                const Command *command = g_ptr_array_index(reading->commands, i);
                printf("%-12s%s %s\n", "command", command->key, command->argument);
        }
        for (guint i = 0; i < reading->lines->len; i++) {
                const FormLine *line = g_ptr_array_index(reading->lines, i);
                printf("%-12s[%d] %s: %s\n", "field", line->anchor, line->label, line->value);
        }
        for (guint i = 0; i < reading->bounces->len; i++) {
                const Bounce *bounce = g_ptr_array_index(reading->bounces, i);
                printf("%-12s%s %s %s\n", "bounce", bounce->recipient,
                       bounce->is_permanent ? "permanent" : "temporary", bounce->status);
        }
        for (guint i = 0; i < reading->attachments->len; i++) {
                const Attachment *attachment = g_ptr_array_index(reading->attachments, i);
                printf("%-12s%s (%s, %" G_GINT64_FORMAT " bytes)%s\n", "attachment", attachment->name,
                       attachment->type, attachment->size_bytes, attachment->is_inline ? ", inline" : "");
        }
        print_list("why", reading->why);
        putchar('\n');
}

static void print_as_json(const char *path, const Reading *reading)
{
        json_t *object = reading_to_json(reading);
        g_autofree char *name = g_utf8_make_valid(path, -1);
        json_object_set_new(object, "file", json_string(name));
        char *line = json_dumps(object, JSON_COMPACT);
        puts(line);
        free(line);
        json_decref(object);
}

/* The bytes of a file; of one that is too large to be read as a mail, as many as show that. NULL with errno.
 */
static GBytes *load_file(const char *path)
{
        int file = open(path, O_RDONLY | O_CLOEXEC);
        if (file < 0)
                return NULL;
        g_autoptr(GByteArray) bytes = g_byte_array_new();
        guint8 block[64 * 1024];
        ssize_t got = 0;
        while (bytes->len <= MESSAGE_MAX_BYTES && (got = read(file, block, sizeof block)) != 0) {
                if (got > 0)
                        g_byte_array_append(bytes, block, (guint)got);
                else if (errno != EINTR)
                        break;
        }
        int failure = got < 0 ? errno : 0;
        close(file);
        errno = failure;
        return failure == 0 ? g_byte_array_free_to_bytes(g_steal_pointer(&bytes)) : NULL;
}

static Reading *reading_of_nothing(const char *why)
{
        Reading *reading = reading_new();
        reading->kind = MAIL_OTHER;
        reading->subject = g_strdup("");
        reading->from_name = g_strdup("");
        reading->text = g_strdup("");
        g_ptr_array_add(reading->why, g_strdup(why));
        return reading;
}

static void read_file(Reader *reader, const char *path)
{
        g_autoptr(Reading) reading = NULL;
        g_autoptr(GBytes) raw = load_file(path);
        if (raw == NULL) {
                fprintf(stderr, "facteur read: %s: %s\n", path, g_strerror(errno));
                reader->has_failed = true;
                if (!reader->is_json)
                        return;
                reading = reading_of_nothing("the file cannot be read");
        } else {
                g_autoptr(Message) message = message_open(raw);
                reading = reading_make(message, &reader->context, NULL);
        }
        if (reader->is_json)
                print_as_json(path, reading);
        else
                print_for_person(path, reading);
        fflush(stdout);
}

/* Each path on standard input is answered before the next is read. */
static void read_listed(Reader *reader)
{
        g_autofree char *line = NULL;
        size_t room = 0;
        for (ssize_t length; (length = getline(&line, &room, stdin)) > 0;) {
                if (line[length - 1] == '\n')
                        line[length - 1] = '\0';
                read_file(reader, line);
        }
}

static int usage(void)
{
        fputs("usage: facteur read [--json] [--rules DIR] FILE… | -\n", stderr);
        return EXIT_USAGE_ERROR;
}

int command_read(int argc, char **argv)
{
        Reader reader = { 0 };
        const char *rules = NULL;
        int first = 1;
        for (; first < argc && argv[first][0] == '-' && argv[first][1] != '\0'; first++) {
                if (strcmp(argv[first], "--json") == 0)
                        reader.is_json = true;
                else if (strcmp(argv[first], "--rules") == 0 && first + 1 < argc)
                        rules = argv[++first];
                else if (strcmp(argv[first], "--") != 0)
                        return usage();
        }
        if (first == argc)
                return usage();
        g_autoptr(Patterns) patterns = load_patterns(rules);
        if (patterns == NULL)
                return EXIT_CONFIG_ERROR;
        reading_load();
        reader.context.patterns = patterns;
        for (int i = first; i < argc; i++) {
                if (strcmp(argv[i], "-") == 0)
                        read_listed(&reader);
                else
                        read_file(&reader, argv[i]);
        }
        return reader.has_failed ? EXIT_MEND : EXIT_FINE;
}
