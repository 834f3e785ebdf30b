#include "robot/web_private.h"

#include "base/address.h"
#include "base/log.h"
#include "base/text.h"
#include "store/cases.h"
#include "store/inbox.h"
#include "store/outbox.h"
#include "store/people.h"

#include <inttypes.h>
#include <string.h>

enum {
        VISITS_A_MINUTE = 600, /* a whole university may come from one address */
        POSTS = 40,
        POSTS_S = 600,
        BAD_TOKENS_A_MINUTE = 10,
        BAD_CODES = 5,
        BAD_CODES_S = 900,
        ADDRESSES = 5,
        ADDRESSES_S = 900,
        SOURCES_MAX = 4096,
        NONCE_MAX = 64,
        LINES_MAX = 3,
};

void web_free(Web *web)
{
        if (web == NULL)
                return;
        pages_free(web->pages);
        spool_free(web->spool);
        spool_free(web->uploads);
        rate_free(web->visits);
        rate_free(web->posts);
        rate_free(web->bad_tokens);
        rate_free(web->bad_codes);
        rate_free(web->addresses);
        g_free(web);
}

Web *web_new(const WebSetup *setup, Problems *problems, GError **error)
{
        g_autoptr(Web) web = g_new0(Web, 1);
        const House *house = setup->house;
        web->setup = *setup;
        web->pages =
                pages_load(house->config->templates_dir, procedure_languages(house->procedure), problems);
        web->visits = rate_new(VISITS_A_MINUTE, 60, SOURCES_MAX);
        web->posts = rate_new(POSTS, POSTS_S, SOURCES_MAX);
        web->bad_tokens = rate_new(BAD_TOKENS_A_MINUTE, 60, SOURCES_MAX);
        web->bad_codes = rate_new(BAD_CODES, BAD_CODES_S, SOURCES_MAX);
        web->addresses = rate_new(ADDRESSES, ADDRESSES_S, SOURCES_MAX);
        if (web->pages == NULL)
                return NULL;
        web->spool = spool_open(house->config->state_dir, "web", error);
        web->uploads = web->spool != NULL ? spool_open(house->config->state_dir, "upload", error) : NULL;
        return web->uploads != NULL ? g_steal_pointer(&web) : NULL;
}

const char *web_word(const Visit *visit, const char *key)
{
        return pages_word(visit->web->pages, key, visit->language);
}

void web_page(Visit *visit, int status, const char *page, const char *title, json_t *view)
{
        const House *house = visit->web->setup.house;
        const Config *config = house->config;
        json_t *frame =
                json_pack("{s:s, s:s, s:s?, s:s?, s:s, s:s, s:s}", "title", title, "institution",
                          config->institution, "help_contact", config->help_contact, "privacy_url",
                          config->privacy_url, "prefix", procedure_prefix(house->procedure), "reference",
                          visit->the_case != NULL ? visit->the_case->reference : "", "action", visit->path);
        json_object_update_missing_new(view, frame);
        g_autoptr(GError) error = NULL;
        visit->response->body = pages_render(visit->web->pages, page, visit->language, view, &error);
        visit->response->status = status;
        visit->response->content_type = "text/html; charset=utf-8";
        if (visit->response->body != NULL)
                return;
        log_event(LOG_LEVEL_ERROR, "page-failed", "page=%s why=%s", page, error->message);
        visit->response->status = 500;
        visit->response->body = g_bytes_new_static("error\n", 6);
}

void web_message(Visit *visit, int status, bool is_good, const char *title_key, const char *line_key)
{
        json_t *view = json_pack("{s:b, s:[{s:s}], s:b, s:[], s:[]}", "is_good", is_good, "lines", "text",
                                 web_word(visit, line_key), "has_facts", false, "facts", "links");
        web_page(visit, status, "message", web_word(visit, title_key), view);
}

/* Storing. */

static bool store_act(Web *web, GBytes *bytes, int64_t now, GError **error)
{
        Store *store = web->setup.house->store;
        InboxRow row = { .door = (char *)"web",
                         .received_at = now,
                         .size_bytes = (int64_t)g_bytes_get_size(bytes) };
        int64_t id;
        bool is_stored = spool_append(web->spool, bytes, now, &row.place, error) &&
                         spool_sync(web->spool, error) && store_begin(store, error);
        if (is_stored) {
                is_stored = inbox_add(store, &row, &id, error) && store_commit(store, error);
                if (!is_stored)
                        store_rollback(store);
        }
        spool_place_clear(&row.place);
        return is_stored;
}

bool web_accept(Visit *visit, Act *act)
{
        g_autoptr(GBytes) bytes = act_write(act);
        g_autoptr(GError) error = NULL;
        act_free(act);
        if (!store_act(visit->web, bytes, visit->now, &error)) {
                log_event(LOG_LEVEL_ERROR, "page-not-stored", "why=%s", error->message);
                web_message(visit, 503, false, "trouble_title", "trouble");
                return false;
        }
        if (visit->web->setup.ring != NULL)
                visit->web->setup.ring(visit->web->setup.data);
        return true;
}

char *web_nonce(const Visit *visit)
{
        const char *given = http_field(visit->request, "nonce");
        if (given != NULL && given[0] != '\0' && strlen(given) <= NONCE_MAX)
                return g_strdup(given);
        return g_uuid_string_random();
}

bool web_code_is_right(Visit *visit)
{
        const char *typed = http_field(visit->request, "code");
        char code[TOKEN_CODE_LENGTH + 1];
        g_autofree char *folded = text_fold(typed != NULL ? typed : ""); /* Arabic digits, blanks around */
        token_code(visit->web->setup.house->keyring, visit->token, code);
        if (strcmp(g_strstrip(folded), code) == 0)
                return true;
        if (folded[0] != '\0')
                rate_count(visit->web->bad_codes, visit->row->id, visit->now);
        return false;
}

json_t *web_case_view(const Visit *visit, const char *step, const char *const *wanted)
{
        MailOrder nothing = {
                .key = (char *)"", .person = visit->person->id, .step = (char *)step, .actions = (char *)""
        };
        GTimeZone *zone = zone_named(visit->person->timezone);
        return case_view(visit->procedure, visit->the_case, &nothing, visit->language,
                         zone != NULL ? zone : visit->web->setup.house->zone, visit->now, wanted);
}

static const char *text_at(const json_t *view, const char *group, const char *name)
{
        const char *text = json_string_value(json_object_get(json_object_get(view, group), name));
        return text != NULL ? text : "";
}

static bool is_held(const Visit *visit, const char *role)
{
        return role != NULL && case_holder(visit->the_case, role, visit->now) == visit->person->id;
}

bool web_is_confirmed(const Visit *visit)
{
        return g_strcmp0(http_field(visit->request, "confirm"), "yes") == 0;
}

/* Told as missing only to who pressed a button. */
void web_ask_confirmation(const Visit *visit, json_t *view, const char *label_key)
{
        bool is_missing = visit->request->is_post && !web_is_confirmed(visit);
        json_object_set_new(view, "confirm_label", json_string(web_word(visit, label_key)));
        json_object_set_new(view, "confirm_error",
                            json_string(is_missing ? web_word(visit, "confirm_missing") : ""));
}

/* As what the reader is here: the step's role, one that may act too, or who reads what is sealed. */
static const char *role_here(const Visit *visit, const Step *step)
{
        const Form *form = procedure_form(visit->procedure, step->form);
        if (is_held(visit, step->role))
                return step->role;
        for (char **also = step->also; also != NULL && *also != NULL; also++)
                if (is_held(visit, *also))
                        return *also;
        return form != NULL && is_held(visit, form->reader) ? form->reader : step->role;
}

json_t *web_who(const Visit *visit, const Step *step)
{
        static const char *const wanted[] = { "case", NULL };
        json_t *view = web_case_view(visit, step->key, wanted);
        json_t *who = json_pack(
                "{s:s, s:s, s:s, s:s}", "name", visit->person->name, "role",
                texts_get(procedure_role_label(visit->procedure, role_here(visit, step)), visit->language),
                "student", text_at(view, "case", "student"), "organisation",
                text_at(view, "case", "organisation"));
        json_decref(view);
        return who;
}

/* Links. */

typedef enum { LINK_GOOD, LINK_EXPIRED, LINK_UNKNOWN } LinkVerdict;

static LinkVerdict read_link(Visit *visit, const char *text, size_t length, GError **error)
{
        const House *house = visit->web->setup.house;
        TokenKind kind;
        char id[TOKEN_ID_LENGTH + 1];
        if (!token_read(text, length, visit->token, &kind, id) || kind != TOKEN_LINK)
                return LINK_UNKNOWN;
        visit->row = tokens_get(house->store, kind, id, error);
        if (visit->row == NULL || visit->row->revoked_at != 0)
                return LINK_UNKNOWN;
        const TokenRow *row = visit->row;
        TokenClaim claim = { .kind = kind,
                             .reference = row->reference,
                             .step = row->step,
                             .person = row->person,
                             .actions = row->actions,
                             .expires_at = row->expires_at };
        g_strlcpy(claim.id, id, sizeof claim.id);
        if (!token_verify(house->keyring, visit->token, &claim))
                return LINK_UNKNOWN;
        return row->expires_at < visit->now ? LINK_EXPIRED : LINK_GOOD;
}

bool web_load_case(Visit *visit, int64_t id, GError **error)
{
        House *house = visit->web->setup.house;
        g_clear_pointer(&visit->the_case, case_free);
        visit->the_case = cases_load(house->store, id, error);
        visit->procedure =
                visit->the_case != NULL ? house_procedure(house, visit->the_case->procedure, error) : NULL;
        return visit->procedure != NULL;
}

static bool is_space(const TokenRow *row)
{
        return strcmp(row->actions, "space") == 0;
}

/* Who holds the link, and the case it is about (a space is about none). */
static bool load_link(Visit *visit, GError **error)
{
        visit->person = people_get(visit->web->setup.house->store, visit->row->holder, error);
        if (visit->person == NULL)
                return false;
        visit->language = pages_language(visit->web->pages, visit->person->language);
        return is_space(visit->row) || web_load_case(visit, visit->row->case_id, error);
}

/* Opening an expired link asks for a fresh one, which goes to the registered address alone: by a POST, since
 * a GET never acts. The page no longer says whose it was. */
static void expired(Visit *visit)
{
        g_clear_pointer(&visit->the_case, case_free);
        if (visit->request->is_post && !visit->request->is_cross_site && web_is_confirmed(visit)) {
                Act *act = g_new0(Act, 1);
                act->case_id = visit->row->case_id;
                act->person = visit->row->holder;
                act->step = g_strdup(visit->row->step);
                act->address = is_space(visit->row) ? g_strdup(visit->person->address) : NULL;
                act->what = is_space(visit->row) ? ACT_SPACE_LINK : ACT_FRESH_LINK;
                act->nonce = g_strdup_printf("%s %" PRId64, visit->row->id, visit->now / 3600);
                if (web_accept(visit, act))
                        web_message(visit, 200, true, "link_sent_title", "link_sent");
                return;
        }
        json_t *view = json_object();
        web_ask_confirmation(visit, view, "confirm_expired");
        web_page(visit, 410, "expired", web_word(visit, "expired_title"), view);
}

static void answer_link(Visit *visit, const char *rest)
{
        const Step *step =
                visit->procedure != NULL ? procedure_step(visit->procedure, visit->row->step) : NULL;
        if (is_space(visit->row)) {
                web_space(visit, rest);
        } else if (step != NULL && rest[0] == '\0') {
                web_task(visit, step);
        } else { /* and no word of whose link it is */
                g_clear_pointer(&visit->the_case, case_free);
                web_message(visit, 404, false, "unknown_title", "unknown");
        }
}

void web_too_many(Visit *visit, int wait_s)
{
        visit->response->retry_after_s = wait_s;
        web_message(visit, 429, false, "too_many_title", "too_many");
}

/* Of one link: codes that were guessed, or forms sent over and over. */
static bool is_hurried(Visit *visit)
{
        Web *web = visit->web;
        if (rate_is_over(web->bad_codes, visit->row->id, visit->now) ||
            rate_is_over(web->posts, visit->row->id, visit->now))
                return true;
        rate_count(web->posts, visit->row->id, visit->now);
        return false;
}

static void unknown_link(Visit *visit)
{
        Rate *rate = visit->web->bad_tokens;
        rate_count(rate, visit->request->source, visit->now);
        web_message(visit, 404, false, "unknown_title", "unknown");
}

static void open_link(Visit *visit, const char *text)
{
        if (rate_is_over(visit->web->bad_tokens, visit->request->source, visit->now)) {
                web_too_many(visit, 60);
                return;
        }
        g_autoptr(GError) error = NULL;
        size_t length = strcspn(text, "/");
        g_autofree char *path = g_strdup_printf("/t/%.*s", (int)length, text);
        visit->path = path;
        LinkVerdict verdict = read_link(visit, text, length, &error);
        bool is_loaded = verdict != LINK_UNKNOWN && load_link(visit, &error);
        if (error != NULL) {
                log_event(LOG_LEVEL_ERROR, "page-trouble", "why=%s", error->message);
                web_message(visit, 503, false, "trouble_title", "trouble");
        } else if (!is_loaded) {
                unknown_link(visit);
        } else if (verdict == LINK_EXPIRED) {
                expired(visit);
        } else if (visit->request->is_post && visit->request->is_cross_site) {
                web_message(visit, 403, false, "trouble_title", "cross_site");
        } else if (visit->request->is_post && is_hurried(visit)) {
                web_too_many(visit, BAD_CODES_S);
        } else {
                answer_link(visit, text + length);
        }
        visit->path = "";
}

/* The other pages. */

static json_t *language_links(const Visit *visit)
{
        static const struct {
                const char *code, *name;
        } names[] = { { "fr", "Français" }, { "en", "English" }, { "ar", "العربية" } };
        json_t *links = json_array();
        for (const char *const *code = pages_languages(visit->web->pages); *code != NULL; code++) {
                const char *name = *code;
                for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
                        if (strcmp(names[i].code, *code) == 0)
                                name = names[i].name;
                g_autofree char *url = g_strconcat("/", *code, NULL);
                json_array_append_new(links,
                                      json_pack("{s:s, s:s, s:s}", "code", *code, "name", name, "url", url));
        }
        return links;
}

/* The answer is the same whether the address is known or not. */
static void ask_for_link(Visit *visit)
{
        const char *typed = http_field(visit->request, "address");
        g_autofree char *address = typed != NULL ? address_normalise(typed) : NULL;
        if (rate_is_over(visit->web->addresses, visit->request->source, visit->now)) {
                web_too_many(visit, ADDRESSES_S);
                return;
        }
        rate_count(visit->web->addresses, visit->request->source, visit->now);
        if (address != NULL) {
                Act *act = g_new0(Act, 1);
                act->what = ACT_SPACE_LINK;
                act->address = g_strdup(address);
                act->nonce = g_uuid_string_random();
                if (!web_accept(visit, act))
                        return;
        }
        web_message(visit, 200, true, "link_sent_title", "link_sent");
}

static void home(Visit *visit)
{
        if (visit->request->is_post && visit->request->is_cross_site)
                web_message(visit, 403, false, "trouble_title", "cross_site");
        else if (visit->request->is_post)
                ask_for_link(visit);
        else
                web_page(visit, 200, "home", web_word(visit, "home_title"),
                         json_pack("{s:o}", "languages", language_links(visit)));
}

static void plain(Visit *visit, int status, const char *type, GBytes *body)
{
        visit->response->status = status;
        visit->response->content_type = type;
        visit->response->body = body;
}

/* What a monitor asks: can the database be read, and how much waits. */
static void health(Visit *visit)
{
        Store *store = visit->web->setup.house->store;
        int64_t waiting = 0, queued = 0;
        bool is_well = inbox_count(store, INBOX_NEW, &waiting, NULL) &&
                       outbox_count(store, OUTBOX_QUEUED, &queued, NULL);
        json_t *view = json_pack("{s:b, s:I, s:I}", "well", is_well, "inbox", (json_int_t)waiting, "outbox",
                                 (json_int_t)queued);
        char *text = json_dumps(view, JSON_COMPACT);
        plain(visit, is_well ? 200 : 503, "application/json", g_bytes_new(text, strlen(text)));
        free(text);
        json_decref(view);
}

static bool is_home(Visit *visit)
{
        const char *path = visit->request->path;
        if (strcmp(path, "/") == 0)
                return true;
        const char *language = pages_language(visit->web->pages, path + 1);
        if (strcmp(path + 1, language) != 0)
                return false;
        visit->language = language;
        return true;
}

static void route(Visit *visit)
{
        const char *path = visit->request->path;
        if (strcmp(path, "/health") == 0) {
                health(visit);
        } else if (strcmp(path, "/style.css") == 0) {
                plain(visit, 200, "text/css; charset=utf-8", pages_style(visit->web->pages));
                visit->response->is_cacheable = true;
        } else if (g_str_has_prefix(path, "/t/")) {
                open_link(visit, path + 3);
        } else if (strcmp(path, "/v") == 0) {
                const char *number = http_field(visit->request, "number");
                web_label(visit, number != NULL ? number : "");
        } else if (g_str_has_prefix(path, "/v/")) {
                web_label(visit, path + 3);
        } else if (is_home(visit)) {
                home(visit);
        } else {
                web_message(visit, 404, false, "unknown_title", "unknown");
        }
}

void web_handle(const HttpRequest *request, HttpResponse *response_out, void *data)
{
        Web *web = data;
        Visit visit = { .web = web,
                        .request = request,
                        .response = response_out,
                        .now = house_now(web->setup.house),
                        .language = pages_wished_language(web->pages, request->languages),
                        .path = "" };
        rate_count(web->visits, request->source, visit.now);
        if (rate_is_over(web->visits, request->source, visit.now))
                web_too_many(&visit, 60);
        else
                route(&visit);
        token_row_free(visit.row);
        case_free(visit.the_case);
        person_free(visit.person);
}
