#include "doors/oauth2.h"

#include "base/clock.h"
#include "base/text.h"
#include "doors/curl.h"

#include <jansson.h>
#include <string.h>

G_DEFINE_QUARK(facteur - oauth2, oauth2_error)

enum { MOST_MS = 30000, ANSWER_BYTES = 64 << 10, EARLY_S = 60, LIFE_S = 3600 };

void oauth2_token_clear(OAuth2Token *token)
{
        if (token->access_token != NULL)
                explicit_bzero(token->access_token, strlen(token->access_token));
        g_free(token->access_token);
        *token = (OAuth2Token){ 0 };
}

bool oauth2_is_good(const OAuth2Token *token)
{
        return token->access_token != NULL && clock_monotonic_ms() < token->ends_at_ms;
}

static bool fail(OAuth2Error code, const char *what, GError **error)
{
        g_autofree char *line = text_single_line(what);
        g_set_error(error, OAUTH2_ERROR, code, "oauth2.token_url: %s", line);
        return false;
}

static size_t take_answer(char *bytes, size_t size, size_t count, void *data)
{
        GString *answer = data;
        if (answer->len + size * count > ANSWER_BYTES)
                return 0;
        g_string_append_len(answer, bytes, (gssize)(size * count));
        return size * count;
}

static void add_field(CURL *easy, GString *form, const char *name, const char *value)
{
        char *escaped = curl_easy_escape(easy, value, 0);
        g_string_append_printf(form, "%s%s=%s", form->len > 0 ? "&" : "", name, escaped);
        explicit_bzero(escaped, strlen(escaped));
        curl_free(escaped);
}

static GString *make_form(CURL *easy, const OAuth2Config *oauth2, const char *client_secret)
{
        GString *form = g_string_sized_new(4096); /* not moved, so that no copy of the secret stays */
        add_field(easy, form, "grant_type", "client_credentials");
        add_field(easy, form, "client_id", oauth2->client_id);
        if (oauth2->scope != NULL)
                add_field(easy, form, "scope", oauth2->scope);
        add_field(easy, form, "client_secret", client_secret);
        return form;
}

static void set_options(CURL *easy, const OAuth2Config *oauth2, const GString *form, GString *answer)
{
        curl_easy_setopt(easy, CURLOPT_URL, oauth2->token_url);
        curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https");
        curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)MOST_MS);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)form->len);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, form->str);
        curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_answer);
        curl_easy_setopt(easy, CURLOPT_WRITEDATA, answer);
}

/* RFC 6749, 5.2. The description is the server's own ("AADSTS7000215: Invalid client secret…"). */
static bool fail_answer(long status, const json_t *object, GError **error)
{
        const char *code = json_string_value(json_object_get(object, "error"));
        const char *words = json_string_value(json_object_get(object, "error_description"));
        const bool is_ours = status >= 400 && status < 500 && status != 408 && status != 429;
        g_autofree char *what = g_strdup_printf(
                "the server gives no token (HTTP %ld%s%s%s%s)%s", status, code != NULL ? ", " : "",
                code != NULL ? code : "", words != NULL ? ": " : "", words != NULL ? words : "",
                is_ours ? " — mend oauth2.client_id, oauth2.scope or the secret in the file of "
                          "password_file; has the secret run out?"
                        : "");
        return fail(is_ours ? OAUTH2_ERROR_REFUSED : OAUTH2_ERROR_LATER, what, error);
}

/* A token is ASCII without blanks (RFC 6750, 2.1): anything else would end up in a login command. */
static bool is_token(const char *text)
{
        if (text == NULL || *text == '\0')
                return false;
        for (; *text != '\0'; text++)
                if (!g_ascii_isgraph(*text))
                        return false;
        return true;
}

static bool read_answer(long status, const GString *answer, OAuth2Token *token_out, GError **error)
{
        json_t *object = json_loadb(answer->str, answer->len, 0, NULL);
        const char *token = json_string_value(json_object_get(object, "access_token"));
        const json_t *life = json_object_get(object, "expires_in");
        const bool is_good = status == 200 && is_token(token);
        if (is_good) {
                const json_int_t said_s = json_is_integer(life) ? json_integer_value(life) : LIFE_S;
                const json_int_t life_s = CLAMP(said_s, 2, 24 * LIFE_S);
                token_out->access_token = g_strdup(token);
                token_out->ends_at_ms = clock_monotonic_ms() + (life_s - MIN(EARLY_S, life_s / 2)) * 1000;
        } else {
                fail_answer(status, object, error);
        }
        json_decref(object);
        return is_good;
}

static bool ask(CURL *easy, const OAuth2Config *oauth2, GString *answer, OAuth2Token *token_out,
                GError **error)
{
        const CURLcode code = curl_easy_perform(easy);
        long status = 0;
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
        if (code == CURLE_OK)
                return read_answer(status, answer, token_out, error);
        const bool is_tls = code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE;
        g_autofree char *what =
                g_strdup_printf("%s cannot be asked: %s%s", oauth2->token_url, curl_easy_strerror(code),
                                is_tls ? " — its certificate must be of this name and of a CA that "
                                         "oauth2.ca_file, or else the "
                                         "system, trusts"
                                       : "");
        return fail(is_tls ? OAUTH2_ERROR_TLS : OAUTH2_ERROR_LATER, what, error);
}

bool oauth2_fetch(const OAuth2Config *oauth2, const char *client_secret, OAuth2Token *token_out,
                  GError **error)
{
        *token_out = (OAuth2Token){ 0 };
        if (client_secret == NULL || *client_secret == '\0')
                return fail(OAUTH2_ERROR_REFUSED,
                            "there is no secret — put the application's into the file of password_file",
                            error);
        CURL *easy = door_curl_new(oauth2->ca_file);
        if (easy == NULL)
                return fail(OAUTH2_ERROR_LATER, "libcurl does not start", error);
        GString *form = make_form(easy, oauth2, client_secret), *answer = g_string_new(NULL);
        set_options(easy, oauth2, form, answer);
        const bool is_done = ask(easy, oauth2, answer, token_out, error);
        curl_easy_cleanup(easy);
        explicit_bzero(form->str, form->len);
        explicit_bzero(answer->str, answer->len);
        g_string_free(form, TRUE);
        g_string_free(answer, TRUE);
        return is_done;
}
