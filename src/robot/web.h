/* robot/web.h: the pages: what a request to the web duty gets.
 *
 * GET and HEAD never act. A POST that is complete becomes a message in the inbox (act.h), committed and
 * synced before the browser is answered. A link opens its own task and nothing else; one's own space,
 * documents and what is sealed open from a link that lives 30 minutes. MAIL.md D1-D13, D49.
 */
#pragma once

#include "doors/http.h"
#include "robot/house.h"
#include "store/spool.h"

typedef struct Web Web;

typedef struct {
        House *house;             /* store, keys, procedure; used on the door's thread alone */
        const Keyring *seal;      /* of confidential forms; NULL: those pages are not served */
        void (*ring)(void *data); /* something is in the inbox; NULL */
        void *data;
} WebSetup;

/* Loads the pages and opens the spool "web". setup is copied, house and seal are borrowed. NULL: what people
 * wrote wrong is in problems, what the world refused in error. */
Web *web_new(const WebSetup *setup, Problems *problems, GError **error);
void web_free(Web *web);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Web, web_free)

/* An HttpHandler; data is the Web. */
void web_handle(const HttpRequest *request, HttpResponse *response_out, void *data);
