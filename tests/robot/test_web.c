/* The pages, asked without a browser: which links open what, that a GET never stores, and what a POST needs
 * before it becomes a message. */
#include "helper_world.h"

#include "robot/web.h"
#include "store/cases.h"
#include "store/inbox.h"
#include "store/people.h"
#include "store/tokens.h"

#include <string.h>

static const char manager[] = "claire.moreau@univ.example.org", student[] = "lina@etu.example.org",
                  step[] = "record_validation";
enum { DAY_S = 86400 };

typedef struct {
        World *world;
        Web *web;
        char link[TOKEN_LENGTH + 1], code[TOKEN_CODE_LENGTH + 1]; /* of the manager's open task */
} Desk;

typedef struct {
        int status;
        char *html;
} Seen;

static void seen_clear(Seen *seen)
{
        g_free(seen->html);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Seen, seen_clear)

static int64_t find(const Desk *desk, const char *address)
{
        g_autoptr(GError) error = NULL;
        int64_t person = people_find_address(world_house(desk->world)->store, address, &error);
        g_assert_cmpint(person, >, 0);
        return person;
}

static void give(const Desk *desk, TokenKind kind, const char *address, const char *actions,
                 int64_t expires_at, char token_out[TOKEN_LENGTH + 1])
{
        House *house = world_house(desk->world);
        g_autoptr(GError) error = NULL;
        bool is_space = strcmp(actions, "space") == 0;
        TokenClaim claim = { .kind = kind,
                             .reference = is_space ? "" : "2026-0142",
                             .step = is_space ? "" : step,
                             .person = find(desk, address),
                             .actions = actions,
                             .expires_at = expires_at };
        token_new_id(claim.id);
        token_write(house->keyring, &claim, token_out);
        TokenRow row = { .kind = kind,
                         .kid = keyring_current(house->keyring),
                         .case_id = 1,
                         .reference = (char *)claim.reference,
                         .step = (char *)claim.step,
                         .actions = (char *)actions,
                         .person = claim.person,
                         .expires_at = expires_at };
        g_strlcpy(row.id, claim.id, sizeof row.id);
        g_assert_true(tokens_add(house->store, &row, &error));
}

static void desk_set_up(Desk *desk)
{
        desk->world = world_new("2026-11-25T09:00:00+01:00");
        world_begin(desk->world, "2026-0142", NULL);
        world_run(desk->world);
        House *house = world_house(desk->world);
        g_autoptr(Problems) problems = problems_new();
        g_autoptr(GError) error = NULL;
        WebSetup setup = { .house = house };
        desk->web = web_new(&setup, problems, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(problems_count(problems), ==, 0);
        give(desk, TOKEN_LINK, manager, "task", house_now(house) + DAY_S, desk->link);
        token_code(house->keyring, desk->link, desk->code);
}

static void desk_clear(Desk *desk)
{
        web_free(desk->web);
        world_free(desk->world);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Desk, desk_clear)

/* body: "name=value&…", not encoded; NULL: a GET. */
static Seen ask(const Desk *desk, const char *path, const char *body, bool is_cross_site)
{
        g_autoptr(GPtrArray) fields = g_ptr_array_new_with_free_func(g_free);
        g_auto(GStrv) pairs = g_strsplit(body != NULL ? body : "", "&", -1);
        for (char **pair = pairs; *pair != NULL; pair++) {
                char *value = strchr(*pair, '=');
                g_assert_nonnull(value);
                *value = '\0';
                HttpField *field = g_new0(HttpField, 1);
                *field = (HttpField){ .name = *pair, .value = value + 1, .file = -1 };
                g_ptr_array_add(fields, field);
        }
        HttpRequest request = { .is_post = body != NULL,
                                .path = path,
                                .source = "192.0.2.1",
                                .fields = fields,
                                .is_cross_site = is_cross_site };
        HttpResponse response = { 0 };
        web_handle(&request, &response, desk->web);
        g_assert_nonnull(response.body);
        Seen seen = { response.status,
                      g_strndup(g_bytes_get_data(response.body, NULL), g_bytes_get_size(response.body)) };
        g_bytes_unref(response.body);
        g_free(response.file_name);
        return seen;
}

static int64_t waiting(const Desk *desk)
{
        g_autoptr(GError) error = NULL;
        int64_t count = -1;
        g_assert_true(inbox_count(world_house(desk->world)->store, INBOX_NEW, &count, &error));
        return count;
}

static char *path_of(const char *token)
{
        return g_strconcat("/t/", token, NULL);
}

/* A GET and an empty POST of a link; neither stores. */
static void check_link(const Desk *desk, const char *name, const char *token, int status)
{
        g_autofree char *path = path_of(token);
        int64_t before = waiting(desk);
        g_test_message("%s", name);
        g_auto(Seen) got = ask(desk, path, NULL, false);
        g_assert_cmpint(got.status, ==, status);
        g_assert_cmpint(waiting(desk), ==, before);
        bool names_somebody = strstr(got.html, "Claire") != NULL || strstr(got.html, "Lina") != NULL ||
                              strstr(got.html, "2026-0142") != NULL;
        g_assert_cmpint(names_somebody, ==, status == 200);
}

/* One character of a token changed at a place. */
static char *changed(const char *token, size_t place)
{
        char *copy = g_strdup(token);
        copy[place] = copy[place] == 'a' ? 'b' : 'a';
        return copy;
}

static void check_forged(void)
{
        g_auto(Desk) desk = { 0 };
        desk_set_up(&desk);
        g_autofree char *mac = changed(desk.link, TOKEN_LENGTH - 1), *id = changed(desk.link, 5),
                        *kid = changed(desk.link, 1), *cut = g_strndup(desk.link, TOKEN_LENGTH - 1),
                        *longer = g_strconcat(desk.link, "0", NULL), *kind = g_strdup(desk.link);
        kind[0] = TOKEN_REPLY;
        char reply[TOKEN_LENGTH + 1], *as_link = reply;
        give(&desk, TOKEN_REPLY, manager, "task", house_now(world_house(desk.world)) + DAY_S, reply);
        check_link(&desk, "mac", mac, 404);
        check_link(&desk, "id", id, 404);
        check_link(&desk, "kid", kid, 404);
        check_link(&desk, "cut", cut, 404);
        check_link(&desk, "longer", longer, 404);
        check_link(&desk, "kind", kind, 404);
        check_link(&desk, "reply-token", reply, 404);
        as_link[0] = TOKEN_LINK;
        check_link(&desk, "reply-token-as-link", as_link, 404);
        check_link(&desk, "none", "", 404);
        check_link(&desk, "itself", desk.link, 200);
}

/* As servers and people change them. */
static void check_folded(void)
{
        g_auto(Desk) desk = { 0 };
        desk_set_up(&desk);
        g_autofree char *upper = g_ascii_strup(desk.link, -1);
        check_link(&desk, "upper-case", upper, 200);
}

static void check_dead(void)
{
        g_auto(Desk) desk = { 0 };
        desk_set_up(&desk);
        House *house = world_house(desk.world);
        g_autoptr(GError) error = NULL;
        char old[TOKEN_LENGTH + 1];
        give(&desk, TOKEN_LINK, manager, "task", house_now(house) - 1, old);
        check_link(&desk, "expired", old, 410);
        g_autofree char *path = path_of(old);
        g_auto(Seen) asked = ask(&desk, path, "", false);
        g_assert_cmpint(asked.status, ==, 200);
        g_assert_cmpint(waiting(&desk), ==, 1); /* a fresh one goes to the registered address */
        g_assert_true(tokens_revoke(house->store, 1, NULL, find(&desk, manager), house_now(house), &error));
        check_link(&desk, "revoked", desk.link, 404);
        check_link(&desk, "expired-and-revoked", old, 404);
}

/* Somebody's link opens no task of somebody else. */
static void check_other_person(void)
{
        g_auto(Desk) desk = { 0 };
        desk_set_up(&desk);
        char hers[TOKEN_LENGTH + 1], code[TOKEN_CODE_LENGTH + 1];
        House *house = world_house(desk.world);
        give(&desk, TOKEN_LINK, student, "task", house_now(house) + DAY_S, hers);
        token_code(house->keyring, hers, code);
        g_autofree char *path = path_of(hers), *body = g_strdup_printf("answer=accept&code=%s", code);
        g_auto(Seen) got = ask(&desk, path, NULL, false);
        g_assert_null(strstr(got.html, "name=\"answer\""));
        g_auto(Seen) tried = ask(&desk, path, body, false);
        g_assert_null(strstr(tried.html, "name=\"answer\""));
        g_assert_cmpint(waiting(&desk), ==, 0);
}

typedef struct {
        const char *name, *answer, *reason, *code; /* code NULL: the right one */
        bool is_cross_site;
        int status;
        bool is_stored;
} Sent;

static const Sent sent[] = {
        { "as-found", "", "", "", false, 422, false },
        { "no-choice", "", "", NULL, false, 422, false },
        { "no-code", "accept", "", "", false, 422, false },
        { "code-wrong", "accept", "", "000000", false, 422, false },
        { "unknown-answer", "award", "", NULL, false, 422, false },
        { "no-reason", "correct", "  ", NULL, false, 422, false },
        { "cross-site", "accept", "", NULL, true, 403, false },
        { "accept", "accept", "", NULL, false, 200, true },
        { "correct", "correct", "les dates", NULL, false, 200, true },
        { "not-me", "not_me", "", "", false, 200, true },
};

static void check_sent(gconstpointer data)
{
        const Sent *row = data;
        g_auto(Desk) desk = { 0 };
        desk_set_up(&desk);
        g_autofree char *path = path_of(desk.link),
                        *body = g_strdup_printf("nonce=n&answer=%s&reason=%s&code=%s", row->answer,
                                                row->reason, row->code != NULL ? row->code : desk.code);
        g_auto(Seen) seen = ask(&desk, path, body, row->is_cross_site);
        g_assert_cmpint(seen.status, ==, row->status);
        g_assert_cmpint(waiting(&desk), ==, row->is_stored ? 1 : 0);
        if (!row->is_stored && !row->is_cross_site)
                g_assert_null(strstr(seen.html, desk.code)); /* never filled in for the reader */
}

/* The code is guessed: after five the link rests, also for the right one. */
static void check_guessed(void)
{
        g_auto(Desk) desk = { 0 };
        desk_set_up(&desk);
        g_autofree char *path = path_of(desk.link),
                        *right = g_strdup_printf("answer=accept&code=%s", desk.code);
        for (int i = 0; i < 5; i++) {
                g_auto(Seen) seen = ask(&desk, path, "answer=accept&code=000000", false);
                g_assert_cmpint(seen.status, ==, 422);
        }
        g_auto(Seen) late = ask(&desk, path, right, false);
        g_assert_cmpint(late.status, ==, 429);
        g_assert_cmpint(waiting(&desk), ==, 0);
        world_set_clock(desk.world, house_now(world_house(desk.world)) + 900);
        g_auto(Seen) later = ask(&desk, path, right, false);
        g_assert_cmpint(later.status, ==, 200);
        g_assert_cmpint(waiting(&desk), ==, 1);
}

/* The same page sent twice is decided once; a used link shows what was recorded, and takes no more. */
static void check_used(void)
{
        g_auto(Desk) desk = { 0 };
        desk_set_up(&desk);
        g_autofree char *path = path_of(desk.link),
                        *body = g_strdup_printf("nonce=n&answer=accept&code=%s", desk.code);
        for (int i = 0; i < 2; i++) {
                g_auto(Seen) seen = ask(&desk, path, body, false);
                g_assert_cmpint(seen.status, ==, 200);
        }
        g_assert_cmpint(waiting(&desk), ==, 2);
        world_run(desk.world);
        g_autoptr(GError) error = NULL;
        g_autoptr(Case) the_case = cases_load(world_house(desk.world)->store, 1, &error);
        g_assert_cmpint(case_task(the_case, step)->state, ==, TASK_DONE);
        g_assert_cmpint(case_task(the_case, step)->cycle, ==, 1);
        int receipts = 0;
        for (guint i = 0; i < world_sent(desk.world)->len; i++) {
                const OutboxMail *mail = g_ptr_array_index(world_sent(desk.world), i);
                receipts += strcmp(mail->key, "receipt") == 0;
        }
        g_assert_cmpint(receipts, ==, 1);
        g_auto(Seen) again = ask(&desk, path, NULL, false);
        g_assert_cmpint(again.status, ==, 200);
        g_assert_nonnull(strstr(again.html, "Claire Moreau"));
        g_assert_null(strstr(again.html, "<form"));
        g_auto(Seen) refused = ask(&desk, path, "nonce=m&answer=refuse&reason=non", false);
        g_assert_cmpint(refused.status, ==, 200);
        g_assert_cmpint(waiting(&desk), ==, 0);
        world_audit(desk.world);
}

static void check_space(void)
{
        g_auto(Desk) desk = { 0 };
        desk_set_up(&desk);
        House *house = world_house(desk.world);
        char space[TOKEN_LENGTH + 1];
        give(&desk, TOKEN_LINK, student, "space", house_now(house) + 1800, space);
        g_autofree char *path = path_of(space),
                        *task = g_strconcat(path, "/2026-0142/record_validation", NULL),
                        *other = g_strconcat(path, "/2026-0143/record", NULL),
                        *up = g_strconcat(path, "/../../v", NULL),
                        *sealed = g_strconcat(path, "/2026-0142/read/student_evaluation", NULL),
                        *inside = g_strconcat("/t/", desk.link, "/2026-0142/record", NULL);
        g_auto(Seen) mine = ask(&desk, path, NULL, false);
        g_assert_cmpint(mine.status, ==, 200);
        g_assert_nonnull(strstr(mine.html, "2026-0142"));
        g_auto(Seen) theirs = ask(&desk, task, NULL, false); /* the manager's task */
        g_assert_null(strstr(theirs.html, "name=\"answer\""));
        const char *closed[] = { other, up, sealed, inside };
        for (size_t i = 0; i < G_N_ELEMENTS(closed); i++) {
                g_auto(Seen) seen = ask(&desk, closed[i], NULL, false);
                g_assert_cmpint(seen.status, ==, 404);
        }
        world_set_clock(desk.world, house_now(house) + 1801);
        g_auto(Seen) late = ask(&desk, path, NULL, false);
        g_assert_cmpint(late.status, ==, 410);
        g_assert_null(strstr(late.html, "2026-0142"));
}

/* Known or not, the answer is the same bytes. */
static void check_lost_link(void)
{
        g_auto(Desk) desk = { 0 };
        desk_set_up(&desk);
        g_auto(Seen) known = ask(&desk, "/fr", "address=lina@etu.example.org", false);
        g_auto(Seen) unknown = ask(&desk, "/fr", "address=nobody@etu.example.org", false);
        g_auto(Seen) nonsense = ask(&desk, "/fr", "address=lina", false);
        g_assert_cmpint(known.status, ==, 200);
        g_assert_cmpstr(known.html, ==, unknown.html);
        g_assert_cmpstr(known.html, ==, nonsense.html);
        g_assert_cmpint(waiting(&desk), ==, 2);
        g_auto(Seen) foreign = ask(&desk, "/fr", "address=lina@etu.example.org", true);
        g_assert_cmpint(foreign.status, ==, 403);
        g_assert_cmpint(waiting(&desk), ==, 2);
        world_run(desk.world);
        g_assert_nonnull(world_last_mail(desk.world, "my_space_link", student));
}

static void check_label(void)
{
        g_auto(Desk) desk = { 0 };
        desk_set_up(&desk);
        static const char *const numbers[] = { "/v/STAGES-2026-0142", "/v/", "/v/%", "/v/2026-0142" };
        for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
                g_auto(Seen) seen = ask(&desk, numbers[i], NULL, false);
                g_assert_cmpint(seen.status, ==, 404);
                g_assert_null(strstr(seen.html, "Lina"));
        }
}

/* Guessing rests after ten a minute, and the right link with it; a minute later it opens again. */
static void check_bad_tokens(void)
{
        g_auto(Desk) desk = { 0 };
        desk_set_up(&desk);
        for (int i = 0; i < 20; i++) {
                g_auto(Seen) seen = ask(&desk, "/t/k0aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL, false);
                g_assert_cmpint(seen.status, ==, i < 10 ? 404 : 429);
        }
        world_set_clock(desk.world, house_now(world_house(desk.world)) + 60);
        check_link(&desk, "a minute later", desk.link, 200);
}

static void check_health(void)
{
        g_auto(Desk) desk = { 0 };
        desk_set_up(&desk);
        g_auto(Seen) seen = ask(&desk, "/health", NULL, false);
        g_assert_cmpint(seen.status, ==, 200);
        g_assert_cmpstr(seen.html, ==, "{\"well\":true,\"inbox\":0,\"outbox\":0}");
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/web/forged", check_forged);
        g_test_add_func("/web/folded", check_folded);
        g_test_add_func("/web/dead", check_dead);
        g_test_add_func("/web/other-person", check_other_person);
        for (size_t i = 0; i < G_N_ELEMENTS(sent); i++) {
                g_autofree char *title = g_strconcat("/web/sent/", sent[i].name, NULL);
                g_test_add_data_func(title, &sent[i], check_sent);
        }
        g_test_add_func("/web/guessed", check_guessed);
        g_test_add_func("/web/used", check_used);
        g_test_add_func("/web/space", check_space);
        g_test_add_func("/web/lost-link", check_lost_link);
        g_test_add_func("/web/label", check_label);
        g_test_add_func("/web/bad-tokens", check_bad_tokens);
        g_test_add_func("/web/health", check_health);
        return g_test_run();
}
