#include "robot/post_view.h"

#include "mail/words.h"
#include "robot/organisation.h"
#include "robot/why.h"
#include "store/inbox.h"

#include <string.h>

/* What the buttons of our own questions write: words that rules/reading/ understands in each language. */
typedef struct {
        const char *language, *undo, *yes, *no;
} Words;
static const Words words[] = {
        { "en", "UNDO", "YES", "NO" },
        { "fr", "ANNULER", "OUI", "NON" },
        { "ar", "إلغاء", "نعم", "لا" },
};

static const Words *words_of(const char *language)
{
        for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
                if (strcmp(words[i].language, language) == 0)
                        return &words[i];
        return &words[0];
}

/* One line, plain words, blanks as %20: what every mail program takes (MAIL.md D5, RFC 6068 section 5). */
static char *mailto_link(const char *subject, const char *reply_to, const char *body)
{
        g_autofree char *escaped_subject = g_uri_escape_string(subject, NULL, FALSE),
                        *escaped_body = g_uri_escape_string(body, NULL, FALSE);
        return g_strdup_printf("mailto:%s?subject=%s&body=%s", reply_to, escaped_subject, escaped_body);
}

static json_t *mailto(const json_t *view, const char *reply_to, const char *body)
{
        g_autofree char *subject =
                g_strdup_printf("[%s %s]", json_string_value(json_object_get(view, "prefix")),
                                json_string_value(json_object_get(view, "reference")));
        g_autofree char *link = mailto_link(subject, reply_to, body);
        return json_string(link);
}

char *post_yes_link(const char *prefix, const char *reply_to, const char *language)
{
        g_autofree char *subject = g_strdup_printf("[%s]", prefix);
        return mailto_link(subject, reply_to, words_of(language)->yes);
}

/* The word is what the person will send; a reason is typed after it. */
static void add_action_links(json_t *view, const char *reply_to)
{
        size_t index;
        json_t *action;
        json_array_foreach(json_object_get(view, "actions"), index, action) {
                bool needs_reason = json_is_true(json_object_get(action, "needs_reason"));
                const char *word = json_string_value(json_object_get(action, "word"));
                g_autofree char *body = g_strconcat(word, needs_reason ? " " : NULL, NULL);
                json_object_set_new(action, "mailto", mailto(view, reply_to, body));
        }
}

static void add_question_links(json_t *view, const char *actions, const char *language, const char *reply_to)
{
        const Words *said = words_of(language);
        bool is_undo = strcmp(actions, "undo") == 0, is_confirm = strcmp(actions, "confirm") == 0;
        json_object_set_new(view, "undo_mailto",
                            is_undo ? mailto(view, reply_to, said->undo) : json_string(""));
        json_object_set_new(view, "confirm_mailto",
                            is_confirm ? mailto(view, reply_to, said->yes) : json_string(""));
        json_object_set_new(view, "deny_mailto",
                            is_confirm ? mailto(view, reply_to, said->no) : json_string(""));
}

/* POURQUOI: how the last message of the reader was understood. */
static void add_facts(json_t *view, const Post *post, const MailOrder *order, const char *language,
                      GTimeZone *zone)
{
        g_autoptr(InboxVerdict) last =
                inbox_last_verdict(post->house->store, post->the_case->id, order->person, NULL);
        json_t *explain = last != NULL && last->explain != NULL ? json_loads(last->explain, 0, NULL) : NULL;
        g_autofree char *at = last != NULL ? instant_long(last->received_at, zone, language) : g_strdup("");
        const WhySource source = { .kind = last != NULL ? last->kind : NULL,
                                   .outcome = last != NULL ? last->outcome : NULL,
                                   .level = last != NULL ? last->level : 0,
                                   .explain = explain };
        json_object_set_new(view, "facts", last != NULL ? why_facts(&source) : json_array());
        json_object_set_new(view, "last_at", json_string(at));
        json_decref(explain);
}

static json_t *text_or_empty(const char *text)
{
        return json_string(text != NULL ? text : "");
}

void post_links_clear(PostLinks *links)
{
        g_clear_pointer(&links->url, g_free);
        g_clear_pointer(&links->code, g_free);
}

void post_links_open(const Post *post, const MailOrder *order, const TokenClaim *claim, PostLinks *links)
{
        char token[TOKEN_LENGTH + 1], code[TOKEN_CODE_LENGTH + 1];
        token_write(post->house->keyring, claim, token);
        token_code(post->house->keyring, token, code);
        links->url = g_strdup_printf("%s/t/%s", post->house->config->web_base_url, token);
        const Step *step = procedure_step(post->procedure, order->step);
        bool is_space = strcmp(claim->actions, "space") == 0;
        if (is_space || (step != NULL && step->weight == WEIGHT_HEAVY))
                links->code = g_strdup(code);
        links->until = is_space ? claim->expires_at : 0;
}

static void add_links(json_t *view, const PostLinks *links, const char *language, GTimeZone *zone)
{
        g_autofree char *until = links->until != 0 ? instant_long(links->until, zone, language) : NULL;
        bool is_space = links->until != 0;
        json_object_set_new(view, "url", text_or_empty(is_space ? NULL : links->url));
        json_object_set_new(view, "code", text_or_empty(links->code));
        json_object_set_new(view, "space_url", text_or_empty(is_space ? links->url : NULL));
        json_object_set_new(view, "space_until", text_or_empty(until));
}

/* RETOURS: what the order asks to look up. */
static void add_lookup(json_t *view, const Post *post, const MailOrder *order, const char *language)
{
        if (g_strcmp0(order->lookup, "feedbacks") != 0)
                return;
        const char *typed = json_string_value(json_object_get(order->params, "organisation"));
        json_t *found = organisation_feedbacks(post->house, typed != NULL ? typed : "", language, NULL);
        if (found == NULL) /* the database failed: so does what follows */
                found = json_pack("{s:[]}", "feedbacks");
        json_object_update_new(view, found);
}

json_t *post_view(const Post *post, const MailOrder *order, const char *language, GTimeZone *zone,
                  const PostLinks *links)
{
        const char *reply_to = links->reply_to;
        const Config *config = post->house->config;
        json_t *view = case_view(post->procedure, post->the_case, order, language, zone, post->now,
                                 mail_templates_wanted(post->house->templates, order->key, language));
        json_object_set_new(view, "robot", json_string(config->address));
        json_object_set_new(view, "reply_to", json_string(reply_to));
        json_object_set_new(view, "institution", text_or_empty(config->institution));
        json_object_set_new(view, "help_contact", text_or_empty(config->help_contact));
        json_object_set_new(view, "privacy_url", text_or_empty(config->privacy_url));
        add_links(view, links, language, zone);
        add_action_links(view, reply_to);
        add_question_links(view, order->actions, language, reply_to);
        const json_t *days = json_object_get(view, "days_left");
        if (json_is_integer(days))
                json_object_set_new(view, "days_left", mail_count(json_integer_value(days), language));
        if (strcmp(order->key, "why") == 0)
                add_facts(view, post, order, language, zone);
        add_lookup(view, post, order, language);
        return view;
}
