/* commands/find.c: `facteur find WORD…`: people, organisations, cases and messages by words. */
#include "commands/options.h"
#include "robot/finder.h"

#include <stdio.h>

enum { LINES_OF_KIND = 20 };

static json_t *object_of(const FinderLine *line)
{
        json_t *object = json_pack("{s:s, s:I, s:s, s:s, s:s, s:b}", "kind", find_kind_word(line->kind), "id",
                                   (json_int_t)line->id, "title", line->title, "reference", line->reference,
                                   "note", line->note, "held", line->is_held);
        if (line->kind == FIND_ORGANISATION)
                json_object_set_new(object, "internships", json_integer(line->internships));
        return object;
}

static void print_line(const FinderLine *line)
{
        printf("%-12s  %-11s  %s%s%s", find_kind_word(line->kind), line->reference, line->title,
               line->note[0] != '\0' ? "; " : "", line->note);
        if (line->kind == FIND_ORGANISATION)
                printf("; internships: %" G_GINT64_FORMAT, line->internships);
        if (line->kind == FIND_MESSAGE)
                printf("; message %" G_GINT64_FORMAT "%s", line->id, line->is_held ? ", held" : "");
        putchar('\n');
}

static void print_answer(const FinderAnswer *answer, bool is_json)
{
        json_t *array = json_array();
        for (guint i = 0; i < answer->lines->len; i++) {
                const FinderLine *line = g_ptr_array_index(answer->lines, i);
                if (is_json)
                        json_array_append_new(array, object_of(line));
                else
                        print_line(line);
        }
        if (is_json)
                print_json(json_incref(array));
        else if (answer->is_cut)
                printf("There is more: the newest %d of each kind are shown. Add a word.\n", LINES_OF_KIND);
        json_decref(array);
}

int command_find(int argc, char **argv)
{
        gboolean is_json = FALSE;
        const GOptionEntry own[] = { { "json", 0, 0, G_OPTION_ARG_NONE, &is_json, "for programs", NULL },
                                     G_OPTION_ENTRY_NULL };
        g_auto(Options) options = { 0 };
        int code = options_read(&options, "WORD… - people, organisations, cases, messages", own, 1, 20, argc,
                                argv);
        if (code != CONTINUE)
                return code;
        g_autoptr(House) house = options_house(&options, HOUSE_STORE | HOUSE_PROCEDURE, &code);
        if (house == NULL)
                return code;
        g_autofree char *typed = g_strjoinv(" ", options.rest);
        const FinderQuestion question = { .typed = typed,
                                          .language = procedure_languages(house->procedure)[0],
                                          .limit = LINES_OF_KIND };
        g_autoptr(GError) error = NULL;
        g_auto(FinderAnswer) answer = { 0 };
        if (!finder_look(house, &question, &answer, &error))
                return command_failed(error);
        print_answer(&answer, is_json);
        if (answer.lines->len > 0)
                return EXIT_FINE;
        fprintf(stderr, "facteur: nothing is found by `%s`: try one word, or its beginning\n", typed);
        return EXIT_MEND;
}
