/* robot/post_view.h: what templates see of a mail: what the procedure knows, and what only this house does:
 * addresses, the institution, links. mail_templates/README.md names it all. */
#pragma once

#include "robot/post.h"

/* A new JSON object. */
json_t *post_view(const Post *post, const MailOrder *order, const char *language, GTimeZone *zone,
                  const char *reply_to);
