#include "robot/why.h"

#include <string.h>

/* Every name that templates know, and its sentence. %s stands for the word or the line. */
static const struct {
        const char *name, *sentence;
} sentences[] = {
        { "is_person", "A person wrote it, not a program." },
        { "is_automatic", "A program sent it (absence, forwarding, …). Such a mail never decides anything." },
        { "is_doubtful",
          "All the same a person may have written it: that is why the registered address is asked." },
        { "is_bounce", "It is a delivery report: one of our mails did not arrive." },
        { "is_opened", "It only says that a mail was opened. Opened is not answered." },
        { "is_calendar", "It is a calendar's answer to an invitation, which decides nothing." },
        { "is_reaction", "It is an emoji put on a mail, which decides nothing." },
        { "is_challenge", "A spam filter wants a person to prove that we may write." },
        { "is_list", "It came through a mailing list, which decides nothing." },
        { "is_own", "It is a mail of our own that came back." },
        { "is_other", "It is no mail that can be read, or a report of another kind." },
        { "is_page", "It was answered on the page behind our mail's button." },
        { "is_import", "It is a table that staff brought in." },
        { "by_token", "It came to the reply address of our mail, which only the reader of that mail knows." },
        { "by_message_id", "It answers a mail of ours: its number stands in the message." },
        { "by_body", "A link of ours in its text shows which internship is meant; that proves nothing about "
                     "who wrote it." },
        { "by_staff", "Staff said which internship it belongs to." },
        { "by_subject", "Only the reference in its subject shows which internship is meant." },
        { "by_nothing", "Nothing in it shows which internship is meant." },
        { "cut_quote", "From line %s on it repeats an earlier mail: that was left out." },
        { "cut_own", "From line %s on it repeats our own mail: that was left out." },
        { "cut_signature", "The signature (line %s) was left out." },
        { "cut_banner", "The warning about mail from outside (line %s) was left out." },
        { "cut_notice", "The legal notice (line %s) was left out." },
        { "says_accept", "The text says yes." },
        { "says_refuse", "The text says no." },
        { "says_unclear", "The text is neither a clear yes nor a clear no." },
        { "says_question", "The text asks a question." },
        { "says_not_now", "The text puts the answer off." },
        { "says_ack", "The text thanks us or says that our mail came, and no more." },
        { "has_accept", "A yes stands in it." },
        { "has_refuse", "A no stands in it." },
        { "has_condition", "A condition or a reservation stands in it (if, but, except, …)." },
        { "has_doubt", "Something in it is not certain (I think, soon, he says, …)." },
        { "has_question", "A question stands in it." },
        { "has_not_now", "It speaks of later." },
        { "has_unknown", "Beside the yes stands a word that we do not know: \"%s\"." },
        { "has_command", "A word that the robot knows opens a line." },
        { "is_cut_short", "It is too long to be read to its end." },
        { "level_0", "Nothing shows who wrote it." },
        { "level_1", "It holds the secret of our mail, but nothing proves who wrote it." },
        { "level_2", "It comes from the address that we know, and the mail server vouches for that." },
        { "level_3", "It was chosen on the page, behind a link that only the reader of our mail has." },
        { "was_applied", "So it was recorded." },
        { "was_asked_back", "So nothing was recorded, and we asked back." },
        { "was_held", "So nothing was recorded, and a person looks at it." },
        { "was_ignored", "So nothing was recorded, and nothing had to be done." },
};

/* How the words of the inside begin, and the names of facts that they are. */
typedef struct {
        const char *word, *name;
} Naming;

static const Naming kinds[] = {
        { "reply", "is_person" },
        { "auto_reply", "is_automatic" },
        { "bounce", "is_bounce" },
        { "receipt", "is_opened" },
        { "calendar", "is_calendar" },
        { "reaction", "is_reaction" },
        { "challenge", "is_challenge" },
        { "list", "is_list" },
        { "own", "is_own" },
        { "page", "is_page" },
        { "import", "is_import" },
        { "other", "is_other" },
};
static const Naming matches[] = {
        { "token", "by_token" }, { "message-id", "by_message_id" }, { "body", "by_body" },
        { "staff", "by_staff" }, { "subject", "by_subject" },       { "none", "by_nothing" },
};
static const Naming cuts[] = {
        { "our own text", "cut_own" },    { "our delimiter", "cut_own" },
        { "signature", "cut_signature" }, { "sign-off", "cut_signature" },
        { "sent from", "cut_signature" }, { "banner for mail from outside", "cut_banner" },
        { "notice", "cut_notice" },       { "", "cut_quote" },
};
static const Naming intents[] = {
        { "accept", "says_accept" },     { "refuse", "says_refuse" },   { "unclear", "says_unclear" },
        { "question", "says_question" }, { "not_now", "says_not_now" }, { "ack", "says_ack" },
};
static const Naming sayings[] = {
        { "accept ", "has_accept" },    { "refuse ", "has_refuse" },     { "condition ", "has_condition" },
        { "doubt ", "has_doubt" },      { "question ", "has_question" }, { "not_now ", "has_not_now" },
        { "too long", "is_cut_short" },
};
static const Naming outcomes[] = {
        { "applied", "was_applied" },
        { "asked_back", "was_asked_back" },
        { "held", "was_held" },
        { "ignored", "was_ignored" },
};

static const char *name_of(const Naming *namings, size_t count, const char *text)
{
        for (size_t i = 0; text != NULL && i < count; i++)
                if (g_str_has_prefix(text, namings[i].word))
                        return namings[i].name;
        return NULL;
}
#define NAME_OF(namings, text) name_of(namings, G_N_ELEMENTS(namings), text)

/* "fr.yaml:33" of ".../rules/reading/fr.yaml:33, condition …"; NULL when there is no pattern in it. */
static char *pattern_place(const char *text)
{
        const char *end = strstr(text, ".yaml:");
        if (end == NULL)
                return NULL;
        const char *begin = end;
        while (begin > text && strchr(" /(", begin[-1]) == NULL)
                begin--;
        end += strlen(".yaml:");
        return g_strndup(begin, (gsize)(end - begin) + strspn(end, "0123456789"));
}

/* A field of the message, "Auto-Submitted: auto-replied"; NULL. */
static char *header_place(const char *text)
{
        size_t length = strcspn(text, " :");
        bool is_field = length > 0 && text[length] == ':' && g_ascii_isupper(text[0]);
        return is_field ? g_strdup(text) : NULL;
}

static json_t *add(json_t *facts, const char *name, char *place)
{
        if (name == NULL) {
                g_free(place);
                return NULL;
        }
        json_t *fact = json_pack("{s:b, s:s}", name, true, "place", place != NULL ? place : "");
        json_array_append_new(facts, fact);
        g_free(place);
        return fact;
}

static bool is_there(const json_t *facts, const char *name)
{
        size_t index;
        const json_t *fact;
        json_array_foreach(facts, index, fact) {
                if (json_object_get(fact, name) != NULL)
                        return true;
        }
        return false;
}

/* What stands behind "class: " is the header, the pattern, or an explanation in English. */
static void add_class(json_t *facts, const char *kind, const json_t *why)
{
        size_t index;
        const json_t *said;
        char *place = NULL;
        bool is_doubtful = false;
        json_array_foreach(why, index, said) {
                const char *text = json_string_value(said);
                if (text == NULL || !g_str_has_prefix(text, "class: "))
                        continue;
                text += strlen("class: ");
                is_doubtful = is_doubtful || g_str_has_prefix(text, "doubt:");
                if (place == NULL)
                        place = pattern_place(text);
                if (place == NULL)
                        place = header_place(text);
        }
        add(facts, NAME_OF(kinds, kind), place);
        if (is_doubtful)
                add(facts, "is_doubtful", NULL);
}

/* "cut at line 3: quote header (rules/reading/quote.yaml:12)": the first of each kind. */
static void add_cuts(json_t *facts, const json_t *why)
{
        static const char prefix[] = "cut at line ";
        size_t index;
        const json_t *said;
        json_array_foreach(why, index, said) {
                const char *text = json_string_value(said), *what = text != NULL ? strstr(text, ": ") : NULL;
                if (what == NULL || !g_str_has_prefix(text, prefix))
                        continue;
                const char *name = NAME_OF(cuts, what + 2);
                if (is_there(facts, name))
                        continue;
                g_autofree char *line =
                        g_strndup(text + strlen(prefix), (gsize)(what - text) - strlen(prefix));
                json_t *fact = add(facts, name, pattern_place(what));
                json_object_set_new(fact, "line", json_string(line));
        }
}

/* What between two quotation marks was the word that no pattern knows. */
static void add_unknown(json_t *facts, const char *part)
{
        const char *open = strchr(part, '"'), *close = open != NULL ? strrchr(open + 1, '"') : NULL;
        if (close == NULL)
                return;
        g_autofree char *word = g_strndup(open + 1, (gsize)(close - open) - 1);
        json_object_set_new(add(facts, "has_unknown", NULL), "word", json_string(word));
}

/* "intent: unclear by accept fr.yaml:33, condition fr.yaml:40, the word "x" that no pattern knows" */
static void add_sayings(json_t *facts, const char *said)
{
        const char *by = strstr(said, " by ");
        g_auto(GStrv) parts = g_strsplit(by != NULL ? by + 4 : "", ", ", -1);
        json_t *intent = add(facts, NAME_OF(intents, said), NULL);
        for (char **part = parts; *part != NULL; part++) {
                const char *name = NAME_OF(sayings, *part);
                g_autofree char *place = pattern_place(*part);
                if (g_str_has_prefix(*part, "the word ")) {
                        if (g_str_has_prefix(said, "unclear")) /* else something weightier decided */
                                add_unknown(facts, *part);
                } else if (name != NULL)
                        add(facts, name, g_steal_pointer(&place));
                else if (place != NULL && intent != NULL)
                        json_object_set_new(intent, "place", json_string(place));
        }
}

static void add_words(json_t *facts, const json_t *why)
{
        size_t index;
        const json_t *said;
        json_array_foreach(why, index, said) {
                const char *text = json_string_value(said);
                if (text != NULL && g_str_has_prefix(text, "intent: "))
                        add_sayings(facts, text + strlen("intent: "));
                else if (text != NULL && g_str_has_prefix(text, "command: ") &&
                         !is_there(facts, "has_command"))
                        add(facts, "has_command", pattern_place(text));
        }
}

json_t *why_facts(const WhySource *source)
{
        static const char *const levels[] = { "level_0", "level_1", "level_2", "level_3" };
        const json_t *why = json_object_get(source->explain, "why");
        json_t *facts = json_array();
        bool is_person = g_strcmp0(source->kind, "reply") == 0,
             is_page = g_strcmp0(source->kind, "page") == 0;
        add_class(facts, source->kind, why);
        add(facts, NAME_OF(matches, json_string_value(json_object_get(source->explain, "match"))), NULL);
        if (is_person) {
                add_cuts(facts, why);
                add_words(facts, why);
        }
        if ((is_person || is_page) && source->level >= 0 && source->level < (int)G_N_ELEMENTS(levels))
                add(facts, levels[source->level], NULL);
        add(facts, NAME_OF(outcomes, source->outcome), NULL);
        return facts;
}

char *why_sentence(const json_t *fact)
{
        const char *place = json_string_value(json_object_get(fact, "place"));
        const char *detail = json_string_value(json_object_get(fact, "line"));
        if (detail == NULL)
                detail = json_string_value(json_object_get(fact, "word"));
        for (size_t i = 0; i < G_N_ELEMENTS(sentences); i++) {
                if (json_object_get(fact, sentences[i].name) == NULL)
                        continue;
                g_auto(GStrv) halves = g_strsplit(sentences[i].sentence, "%s", 2);
                g_autofree char *sentence = g_strjoinv(detail != NULL ? detail : "", halves);
                return place != NULL && place[0] != '\0' ? g_strdup_printf("%s [%s]", sentence, place)
                                                         : g_steal_pointer(&sentence);
        }
        return g_strdup("");
}
