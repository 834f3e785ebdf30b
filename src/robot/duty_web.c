/* robot/duty_web.c: the web duty: the pages behind their listening socket. */
#include "robot/duty.h"
#include "robot/web.h"

/* "Less than 8 MB", whichever way people's programs count. */
enum { ROUND_MS = 60000, FILE_BYTES_MAX = (8 << 20) - 1 };

static void ring_clerk(void *data)
{
        duty_ring(data, DUTY_CLERK);
}

static Web *open_pages(Duty *duty, const Keyring *seal, GError **error)
{
        g_autoptr(Problems) problems = problems_new();
        WebSetup setup = { .house = duty->house, .seal = seal, .ring = ring_clerk, .data = duty };
        Web *web = web_new(&setup, problems, error);
        if (web == NULL && problems_count(problems) > 0) {
                g_autofree char *said = problems_print(problems);
                g_set_error(error, KEY_ERROR, KEY_ERROR_FORMAT, "%s", said);
        }
        return web;
}

bool duty_run_web(Duty *duty, GError **error)
{
        const Config *config = duty->house->config;
        const HttpSettings settings = { .listen = config->web_listen,
                                        .origin = config->web_base_url,
                                        .upload_dir = config->state_dir,
                                        .file_bytes_max = FILE_BYTES_MAX };
        g_autoptr(Keyring) seal =
                duty->secrets->seal_keys != NULL ? keyring_parse(duty->secrets->seal_keys, NULL) : NULL;
        g_autoptr(Web) web = open_pages(duty, seal, error);
        g_autoptr(Http) http = web != NULL ? http_open(&settings, error) : NULL;
        if (http == NULL)
                return false;
        duty_close_wall(duty, false, true, false);
        if (!http_start(http, web_handle, web, error))
                return false;
        while (!duty_is_stopping()) {
                duty_report(duty, "listening");
                duty_wait(duty, ROUND_MS);
        }
        g_clear_pointer(&http, http_free); /* before what it hands requests to */
        return true;
}
