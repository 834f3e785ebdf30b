/* robot/web.c: the web duty: the health page. */
#include "doors/http.h"
#include "robot/duty.h"
#include "store/inbox.h"
#include "store/outbox.h"

#include <string.h>

enum { ROUND_MS = 60000 };

/* What a monitor asks: can the database be read, and how much waits. */
static void answer_health(Duty *duty, HttpResponse *response)
{
        g_autoptr(GError) error = NULL;
        int64_t waiting = 0;
        int64_t queued = 0;
        Store *store = duty->house->store;
        const bool is_well = inbox_count(store, INBOX_NEW, &waiting, &error) &&
                             outbox_count(store, OUTBOX_QUEUED, &queued, &error);
        json_t *view = json_pack("{s:b, s:I, s:I}", "well", is_well, "inbox", (json_int_t)waiting, "outbox",
                                 (json_int_t)queued);
        char *text = json_dumps(view, JSON_COMPACT);
        response->status = is_well ? 200 : 503;
        response->content_type = "application/json";
        response->body = g_bytes_new(text, strlen(text));
        free(text);
        json_decref(view);
}

static void handle(const HttpRequest *request, HttpResponse *response, void *data)
{
        if (!request->is_post && strcmp(request->path, "/health") == 0)
                answer_health(data, response);
        else
                response->status = 404;
}

bool duty_run_web(Duty *duty, GError **error)
{
        const Config *config = duty->house->config;
        const HttpSettings settings = { .listen = config->web_listen, .origin = config->web_base_url };
        g_autoptr(Http) http = http_start(&settings, handle, duty, error);
        if (http == NULL)
                return false;
        duty_close_wall(duty, NULL, false, true, false);
        while (!duty_is_stopping()) {
                duty_report(duty, "listening");
                duty_wait(duty, ROUND_MS);
        }
        return true;
}
