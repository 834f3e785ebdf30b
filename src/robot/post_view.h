/* robot/post_view.h: what templates see of a mail: what the procedure knows, and what only this house does:
 * addresses, the institution, links. mail_templates/README.md names it all. */
#pragma once

#include "base/token.h"
#include "robot/post.h"

/* Where the reader can answer. */
typedef struct {
        const char *reply_to; /* borrowed */
        char *url;     /* of the task's page, or of one's space; NULL: pages are off, or nothing to do */
        char *code;    /* that a heavy act asks for there; NULL */
        int64_t until; /* when a link to one's space ends; 0 */
} PostLinks;
void post_links_clear(PostLinks *links);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(PostLinks, post_links_clear)
/* Fills in url, code and until from the link's token. */
void post_links_open(const Post *post, const MailOrder *order, const TokenClaim *claim, PostLinks *links);

/* A mail program's link that answers yes, for a mail about no case. The caller frees. */
char *post_yes_link(const char *prefix, const char *reply_to, const char *language);

/* A new JSON object. */
json_t *post_view(const Post *post, const MailOrder *order, const char *language, GTimeZone *zone,
                  const PostLinks *links);
