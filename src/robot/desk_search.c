/* robot/desk_search.c: RECHERCHER words: a mail of its own, whose numbered lines can be answered like those
 * of a digest. It goes to the registered address, whoever asked. */
#include "robot/desk_private.h"

#include "base/text.h"
#include "robot/finder.h"
#include "robot/house_mail.h"

#include <inttypes.h>

enum { LINES_OF_KIND = 8, TYPED_CHARACTERS = 100 };

static const char *const lists[N_FIND_KINDS] = {
        [FIND_PERSON] = "found_people",
        [FIND_ORGANISATION] = "found_organisations",
        [FIND_CASE] = "found_cases",
        [FIND_MESSAGE] = "found_messages",
};

/* What a number stands for: a held message, a person's address, what a case waits for. */
static bool bind_line(const Desk *desk, int64_t digest, int n, const FinderLine *line, GError **error)
{
        const DigestLine bound = {
                .n = n,
                .kind = line->is_held               ? LINE_HELD
                        : line->kind == FIND_PERSON ? LINE_ADDRESS
                                                    : LINE_TASK,
                .case_id = line->case_id,
                .step = line->kind == FIND_PERSON ? (char *)"" : line->step,
                .person = line->kind == FIND_PERSON ? line->id : 0,
                .message = line->is_held ? line->id : 0,
        };
        return (line->case_id == 0 && !line->is_held) ||
               digests_bind(desk->mail->applier->house->store, digest, &bound, error);
}

static bool fill_view(const Desk *desk, int64_t digest, const FinderAnswer *answer, const char *language,
                      json_t *view, GError **error)
{
        for (size_t i = 0; i < G_N_ELEMENTS(lists); i++)
                json_object_set_new(view, lists[i], json_array());
        for (guint i = 0; i < answer->lines->len; i++) {
                const FinderLine *line = g_ptr_array_index(answer->lines, i);
                json_t *item =
                        json_pack("{s:i, s:s, s:s, s:s, s:b}", "n", (int)i + 1, "title", line->title,
                                  "reference", line->reference, "note", line->note, "is_held", line->is_held);
                if (line->kind == FIND_ORGANISATION)
                        json_object_set_new(item, "internships", mail_count(line->internships, language));
                json_array_append_new(json_object_get(view, lists[line->kind]), item);
                if (!bind_line(desk, digest, (int)i + 1, line, error))
                        return false;
        }
        json_object_set_new(view, "has_found", json_boolean(answer->lines->len > 0));
        json_object_set_new(view, "is_cut", json_boolean(answer->is_cut));
        return true;
}

static char *shown(const char *typed)
{
        g_autofree char *line = text_single_line(typed);
        return g_utf8_substring(line, 0, MIN(TYPED_CHARACTERS, g_utf8_strlen(line, -1)));
}

static bool send(Desk *desk, int64_t digest, json_t *view, GError **error)
{
        const Incoming *mail = desk->mail;
        g_autofree char *actions = g_strdup_printf("desk %" PRId64, digest),
                        *row = g_strdup_printf("%" PRId64, mail->row->id),
                        *number = g_strdup_printf("%d", desk->searches);
        const char *parts[] = { "search", row, number, NULL };
        g_auto(HouseMail) reply = { .key = "search_results",
                                    .to = desk->person,
                                    .actions = actions,
                                    .id_parts = parts,
                                    .answered_id = incoming_answered_id(mail, desk->person) };
        house_mail_open(&reply, mail->applier);
        desk->mails++;
        return house_mail_send(&reply, mail->applier, view, error);
}

bool desk_search(Desk *desk, const Command *command, GError **error)
{
        const Applier *applier = desk->mail->applier;
        const FinderQuestion question = {
                .typed = command->argument,
                .scope = desk->staff.scope == SCOPE_ALL ? 0 : desk->person->id,
                .language = house_mail_language(applier->house, "search_results", desk->person),
                .limit = LINES_OF_KIND,
        };
        g_auto(FinderAnswer) answer = { 0 };
        int64_t digest = 0;
        if (desk->searches == SEARCHES_MAX) {
                desk_result(desk, 0, command->written, "is_not_possible");
                return true;
        }
        desk->searches++;
        desk->has_acted = true;
        if (!finder_look(applier->house, &question, &answer, error) ||
            !digests_add(applier->house->store, desk->person->id, applier->now, &digest, error))
                return false;
        g_autofree char *typed = shown(command->argument);
        json_t *view = json_pack("{s:s}", "search_words", typed);
        const bool is_sent = fill_view(desk, digest, &answer, question.language, view, error) &&
                             send(desk, digest, view, error);
        json_decref(view);
        return is_sent;
}
