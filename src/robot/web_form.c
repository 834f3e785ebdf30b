/* robot/web_form.c: a form as a page: errors beside their field, a draft, a review before sending.
 *
 * A confidential form has no draft, is never shown again, and is sealed before it leaves this process.
 */
#include "base/seal.h"
#include "robot/web_fields.h"

#include <string.h>

static void show_form(const Filling *filling, int status, bool is_saved)
{
        Visit *visit = filling->visit;
        json_t *errors = json_array(), *fields = filling_fields(filling, errors);
        g_autofree char *nonce = web_nonce(visit);
        bool has_errors = json_array_size(errors) > 0;
        json_t *view =
                json_pack("{s:o, s:s, s:o, s:o, s:b, s:b, s:b, s:s}", "who", web_who(visit, filling->step),
                          "nonce", nonce, "fields", fields, "errors", errors, "has_errors", has_errors,
                          "is_saved", is_saved, "is_confidential", filling->form->is_confidential, "intro",
                          texts_get(filling->form->intro, visit->language));
        web_page(visit, status, "form", texts_get(filling->form->title, visit->language), view);
}

static bool needs_code(const Filling *filling)
{
        return filling->step->weight == WEIGHT_HEAVY;
}

/* is_asked: for the first time; else code or confirmation was wrong. */
static void show_review(const Filling *filling, bool is_asked)
{
        Visit *visit = filling->visit;
        g_autofree char *nonce = web_nonce(visit);
        json_t *view =
                json_pack("{s:o, s:s, s:o, s:o, s:b, s:s?}", "who", web_who(visit, filling->step), "nonce",
                          nonce, "facts", filling_facts(filling), "kept", filling_kept(filling), "needs_code",
                          needs_code(filling), "code_error", is_asked ? NULL : web_word(visit, "code_wrong"));
        web_ask_confirmation(visit, view, "confirm_review");
        if (is_asked)
                json_object_set_new(view, "confirm_error", json_string(""));
        web_page(visit, is_asked ? 200 : 422, "review", texts_get(filling->form->title, visit->language),
                 view);
}

/* Sending. */

static Act *form_act(const Filling *filling, ActWhat what)
{
        const Visit *visit = filling->visit;
        Act *act = g_new0(Act, 1);
        act->what = what;
        act->case_id = visit->the_case->id;
        act->person = visit->person->id;
        act->step = g_strdup(filling->step->key);
        act->nonce = web_nonce(visit);
        return act;
}

/* A page sent as it was found changes nothing, and nobody is told. */
static void save(Filling *filling)
{
        Act *act = form_act(filling, ACT_SAVED);
        act->values = filling_values(filling);
        g_free(act->nonce); /* the page may be saved as often as one likes */
        act->nonce = g_uuid_string_random();
        if (!filling_is_changed(filling))
                act_free(act);
        else if (!web_accept(filling->visit, act))
                return;
        show_form(filling, 200, true);
}

/* The answers, sealed: the only form in which they leave this function. */
static char *seal(const Filling *filling, GError **error)
{
        const Visit *visit = filling->visit;
        if (visit->web->setup.seal == NULL) {
                g_set_error(error, KEY_ERROR, KEY_ERROR_READ, "the sealing key is not there");
                return NULL;
        }
        json_t *values = json_object();
        for (guint i = 0; i < filling->entries->len; i++) {
                const Entry *entry = &g_array_index(filling->entries, Entry, i);
                json_object_set_new(values, entry->field->key, json_string(entry->value));
        }
        char *text = json_dumps(values, JSON_COMPACT | JSON_SORT_KEYS);
        g_autofree char *context = g_strdup_printf("%s %s", visit->the_case->reference, filling->step->key);
        char *sealed = seal_close(visit->web->setup.seal, context, text, strlen(text), error);
        explicit_bzero(text, strlen(text));
        free(text);
        json_decref(values);
        return sealed;
}

static void send_form(Filling *filling)
{
        Visit *visit = filling->visit;
        bool is_confidential = filling->form->is_confidential;
        Act *act = form_act(filling, is_confidential ? ACT_SEALED : ACT_FILLED);
        g_autoptr(GError) error = NULL;
        if (is_confidential)
                act->sealed = seal(filling, &error);
        else
                act->values = filling_values(filling);
        if (error != NULL) {
                act_free(act);
                web_message(visit, 503, false, "trouble_title", "trouble");
                return;
        }
        if (web_accept(visit, act))
                web_message(visit, 200, true, "received_title",
                            is_confidential ? "received_sealed" : "received");
}

static void take_form(Filling *filling)
{
        Visit *visit = filling->visit;
        const char *what = http_field(visit->request, "do");
        bool is_save = g_strcmp0(what, "save") == 0 && !filling->form->is_confidential;
        bool is_send = g_strcmp0(what, "send") == 0, is_review = g_strcmp0(what, "review") == 0;
        if (is_save) {
                filling_check(filling, false);
                save(filling);
        } else if ((is_send || is_review) && !filling_check(filling, true)) {
                show_form(filling, 422, false);
        } else if (is_review) {
                show_review(filling, true);
        } else if (is_send && !(needs_code(filling) ? web_code_is_right(visit) : web_is_confirmed(visit))) {
                show_review(filling, false);
        } else if (is_send) {
                send_form(filling);
        } else {
                show_form(filling, 200, false); /* "change", or a bare submission */
        }
}

void web_form(Visit *visit, const Step *step)
{
        g_auto(Filling) filling = { 0 };
        filling_read(&filling, visit, step, procedure_form(visit->procedure, step->form));
        if (filling.is_posted) {
                filling_complete(&filling);
                take_form(&filling);
        } else {
                show_form(&filling, 200, false);
        }
}
