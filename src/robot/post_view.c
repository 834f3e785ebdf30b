#include "robot/post_view.h"

#include <string.h>

/* One line, plain words, blanks as %20: what every mail program takes (MAIL.md D5, RFC 6068 section 5). */
static char *mailto(const char *address, const char *subject, const char *body)
{
        g_autofree char *escaped_subject = g_uri_escape_string(subject, NULL, FALSE),
                        *escaped_body = g_uri_escape_string(body, NULL, FALSE);
        return g_strdup_printf("mailto:%s?subject=%s&body=%s", address, escaped_subject, escaped_body);
}

/* The word is what the person will send; a reason is typed after it. */
static void add_mailtos(json_t *view, const Post *post, const char *reply_to)
{
        size_t index;
        json_t *action;
        g_autofree char *subject =
                g_strdup_printf("[%s %s]", procedure_prefix(post->procedure), post->the_case->reference);
        json_array_foreach(json_object_get(view, "actions"), index, action)
        {
                bool needs_reason = json_is_true(json_object_get(action, "needs_reason"));
                const char *word = json_string_value(json_object_get(action, "word"));
                g_autofree char *body = g_strconcat(word, needs_reason ? " " : NULL, NULL);
                g_autofree char *link = mailto(reply_to, subject, body);
                json_object_set_new(action, "mailto", json_string(link));
        }
}

json_t *post_view(const Post *post, const MailOrder *order, const char *language, GTimeZone *zone,
                  const char *reply_to)
{
        const Config *config = post->house->config;
        json_t *view = case_view(post->procedure, post->the_case, order, language, zone, post->now);
        add_mailtos(view, post, reply_to);
        json_t *own = json_pack("{s:s, s:s, s:s?, s:s?, s:s, s:s, s:s?}", "reply_to", reply_to, "institution",
                                config->institution != NULL ? config->institution : "", "help_contact",
                                config->help_contact, "privacy_url", config->privacy_url, "robot_address",
                                config->address, "robot_name", config->display_name, "url", NULL);
        json_object_update_missing_new(view, own);
        return view;
}
