#include "robot/label_mail.h"

#include "base/address.h"
#include "base/text.h"
#include "robot/house_mail.h"
#include "robot/label.h"
#include "store/outbox.h"
#include "store/people.h"

#include <inttypes.h>
#include <string.h>

enum {
        NUMBERS_MAX = 3,     /* labels that one mail asks about */
        NUMBER_MAX = 40,     /* characters */
        KNOWN_WORDS = 4,     /* beside the number, in the mail of somebody who has other things to say */
        STRANGER_WORDS = 25, /* in a stranger's: "Hello, is this label genuine? Kind regards, Jane Doe" */
        ADDRESS_DAY_MAX = 10,
        ALL_HOUR_MAX = 200,
        HOUR_S = 3600,
        DAY_S = 86400,
};

static bool is_number_character(char c)
{
        return g_ascii_isalnum(c) || c == '-' || c == '.';
}

static bool is_word_start(const char *text, const char *at)
{
        return at == text || (!is_number_character(at[-1]) && at[-1] != '@' && at[-1] != '/');
}

static void add_number(GPtrArray *numbers, const char *start, size_t length)
{
        while (length > 0 && !g_ascii_isalnum(start[length - 1]))
                length--;
        if (length == 0 || length > NUMBER_MAX || numbers->len == NUMBERS_MAX)
                return;
        g_autofree char *lower = g_strndup(start, length), *number = g_ascii_strup(lower, -1);
        if (!g_ptr_array_find_with_equal_func(numbers, number, g_str_equal, NULL))
                g_ptr_array_add(numbers, g_steal_pointer(&number));
}

/* The numbers that begin with the procedure's prefix, and in *rest_out how many words stand beside them. */
static void scan(const char *folded, const char *prefix, GPtrArray *numbers, guint *rest_out)
{
        bool is_inside = false;
        for (const char *p = folded; *p != '\0';) {
                const size_t length = strlen(prefix);
                if (is_word_start(folded, p) && strncmp(p, prefix, length) == 0 &&
                    g_ascii_isdigit(p[length])) {
                        const char *end = p;
                        while (is_number_character(*end))
                                end++;
                        add_number(numbers, p, (size_t)(end - p));
                        p = end;
                        is_inside = false;
                        continue;
                }
                const bool is_word = g_unichar_isalnum(g_utf8_get_char(p));
                *rest_out += is_word && !is_inside;
                is_inside = is_word;
                p = g_utf8_next_char(p);
        }
}

/* What is asked. */
typedef struct {
        GPtrArray *numbers; /* of char * */
        guint rest;         /* words beside them and beside the lines that ask */
        bool is_by_word;    /* `LABEL NUMBER` */
        bool has_other;     /* other commands, or fields of a form */
} Question;

static void read_commands(const Reading *reading, Question *question)
{
        question->has_other = reading->lines->len > 0;
        for (guint i = 0; i < reading->commands->len; i++) {
                const Command *command = g_ptr_array_index(reading->commands, i);
                if (strcmp(command->key, "verify") != 0) {
                        question->has_other = true;
                        continue;
                }
                g_autofree char *folded = text_fold(command->argument);
                const char *end = folded;
                while (is_number_character(*end))
                        end++;
                add_number(question->numbers, folded, (size_t)(end - folded));
                question->is_by_word = true;
        }
}

/* The text without the lines that are commands. */
static char *text_beside(const Reading *reading)
{
        g_auto(GStrv) lines = g_strsplit(reading->text, "\n", -1);
        GString *beside = g_string_new(NULL);
        for (char **line = lines; *line != NULL; line++) {
                bool is_command = false;
                g_strstrip(*line);
                for (guint i = 0; !is_command && i < reading->commands->len; i++) {
                        const char *written =
                                ((const Command *)g_ptr_array_index(reading->commands, i))->written;
                        is_command = written[0] != '\0' && g_str_has_prefix(*line, written);
                }
                if (!is_command)
                        g_string_append_printf(beside, "%s\n", *line);
        }
        g_autofree char *text = g_string_free(beside, FALSE);
        return text_fold(text);
}

/* A case's reply names numbers of its own: there the word is needed. The subject speaks where the text is
 * silent, unless it is that of a mail that is answered. */
static void read_question(const Incoming *mail, Question *question)
{
        const House *house = mail->applier->house;
        g_autofree char *prefix = g_strconcat(procedure_prefix(house->procedure), "-", NULL),
                        *folded_prefix = text_fold(prefix), *text = text_beside(mail->reading);
        g_autoptr(GPtrArray) ignored = g_ptr_array_new_with_free_func(g_free);
        const bool is_free = mail->match->case_id == 0;
        read_commands(mail->reading, question);
        scan(text, folded_prefix, is_free ? question->numbers : ignored, &question->rest);
        if (!is_free || question->numbers->len > 0 || mail->match->kind != MATCH_NONE)
                return;
        g_autofree char *subject = text_fold(mail->reading->subject);
        guint unused = 0;
        scan(subject, folded_prefix, question->numbers, &unused);
}

static bool may_ask(const Incoming *mail)
{
        const Reading *reading = mail->reading;
        const char *own = mail->applier->house->config->address;
        return reading->kind == MAIL_HUMAN && !reading->is_doubtful && reading->from != NULL &&
               reading->sender == NULL && reading->auth != AUTH_FAIL && !address_equal(reading->from, own);
}

/* In the answer to a case's mail any word may be the answer. */
static bool is_whole(const Incoming *mail, const Question *question)
{
        const Match *match = mail->match;
        const guint most = match->case_id != 0 ? 0 : match->writer != 0 ? KNOWN_WORDS : STRANGER_WORDS;
        return !question->has_other && question->rest <= most;
}

/* The language a stranger writes in, as far as a few words tell. */

static const struct {
        const char *language, *words; /* folded, between blanks */
} tells[] = {
        { "fr", " bonjour merci madame monsieur cordialement le la les est il ce cette de du des pouvez vous "
                "votre verifier verification numero authentique vrai sincerement attestation " },
        { "en",
          " hello hi dear please thanks thank regards sincerely the is it this that of you your can could "
          "check verify number genuine authentic valid certificate " },
};

static guint count_tells(const char *folded, const char *words)
{
        g_auto(GStrv) parts = g_strsplit_set(folded, " \n\t,.;:!?'\"()", 100);
        guint count = 0;
        for (char **part = parts; *part != NULL; part++) {
                g_autofree char *word = g_strdup_printf(" %s ", *part);
                count += **part != '\0' && strstr(words, word) != NULL;
        }
        return count;
}

static const char *language_of(const Incoming *mail)
{
        const Reading *reading = mail->reading;
        g_autofree char *joined = g_strconcat(reading->subject, "\n", reading->text, NULL),
                        *folded = text_fold(joined);
        for (const char *p = folded; *p != '\0'; p = g_utf8_next_char(p))
                if (g_unichar_get_script(g_utf8_get_char(p)) == G_UNICODE_SCRIPT_ARABIC)
                        return "ar";
        const char *best = procedure_languages(mail->applier->house->procedure)[0];
        guint most = 0;
        for (size_t i = 0; i < G_N_ELEMENTS(tells); i++) {
                const guint count = count_tells(folded, tells[i].words);
                if (count <= most)
                        continue;
                most = count;
                best = tells[i].language;
        }
        return best;
}

/* Whoever asked, as somebody to write to; NULL on error. */
static Person *asker(const Incoming *mail, GError **error)
{
        const House *house = mail->applier->house;
        if (mail->match->writer != 0)
                return people_get(house->store, mail->match->writer, error);
        Person *person = g_new0(Person, 1);
        person->name = g_strdup("");
        person->address = g_strdup(mail->reading->from);
        person->language = g_strdup(language_of(mail));
        person->timezone = g_strdup(house->config->timezone);
        person->country = g_strdup("");
        return person;
}

static bool may_answer(const Incoming *mail, const char *address, bool *may_out, GError **error)
{
        Store *store = mail->applier->house->store;
        const int64_t now = mail->applier->now;
        int64_t to_one, to_all;
        if (!outbox_count_labels(store, address, now - DAY_S, &to_one, error) ||
            !outbox_count_labels(store, NULL, now - HOUR_S, &to_all, error))
                return false;
        *may_out = to_one < ADDRESS_DAY_MAX && to_all < ALL_HOUR_MAX;
        return true;
}

static json_t *view_of(House *house, const char *number, const Person *reader, int64_t now, GError **error)
{
        g_auto(Label) label = { 0 };
        GError *trouble = NULL;
        const bool is_genuine = label_find(house, number, &label, &trouble);
        if (trouble != NULL) {
                g_propagate_error(error, trouble);
                return NULL;
        }
        const char *language = house_mail_language(house, "label_verified", reader);
        json_t *view = is_genuine ? label_facts(house, &label, language, now)
                                  : json_pack("{s:s}", "label_number", number);
        json_object_set_new(view, "is_genuine", json_boolean(is_genuine));
        return view;
}

static bool answer_one(const Incoming *mail, const Person *reader, const char *number, GError **error)
{
        const Applier *applier = mail->applier;
        g_autofree char *row = g_strdup_printf("%" PRId64, mail->row->id);
        const char *parts[] = { "label", row, number, NULL };
        json_t *view = view_of(applier->house, number, reader, applier->now, error);
        if (view == NULL)
                return false;
        g_auto(HouseMail) reply = { .key = "label_verified",
                                    .to = reader,
                                    .actions = LABEL_ACTIONS,
                                    .id_parts = parts,
                                    .answered_id = incoming_answered_id(mail, reader) };
        house_mail_open(&reply, applier);
        const bool is_sent = house_mail_send(&reply, applier, view, error);
        json_decref(view);
        return is_sent;
}

static bool answer_all(const Incoming *mail, const Question *question, Settlement *settlement, GError **error)
{
        Person *reader = asker(mail, error);
        bool may = false, is_done = reader != NULL && may_answer(mail, reader->address, &may, error);
        for (guint i = 0; is_done && may && i < question->numbers->len; i++) {
                is_done = answer_one(mail, reader, g_ptr_array_index(question->numbers, i), error);
                settlement->mails++;
        }
        settlement->outcome = may ? OUTCOME_APPLIED : OUTCOME_IGNORED;
        settlement->rule = may ? "a label's number was asked about"
                               : "a label's number was asked about, and too many were today";
        person_free(reader);
        return is_done;
}

bool label_mail_settle(const Incoming *mail, Settlement *settlement, GError **error)
{
        if (!may_ask(mail))
                return true;
        g_autoptr(GPtrArray) numbers = g_ptr_array_new_with_free_func(g_free);
        Question question = { .numbers = numbers };
        read_question(mail, &question);
        const bool whole = is_whole(mail, &question);
        const bool is_known_talking = mail->match->writer != 0 && !question.is_by_word && !whole;
        if (numbers->len == 0 || is_known_talking)
                return true;
        settlement->is_settled = whole;
        settlement->person = mail->match->writer;
        return answer_all(mail, &question, settlement, error);
}
