/* The pages, asked without a browser: which links open what, that a GET never stores, and what a POST needs
 * before it becomes a message. */
#include "helper_world.h"

#include "robot/web.h"
#include "store/cases.h"
#include "store/inbox.h"
#include "store/people.h"
#include "store/staff.h"
#include "store/tokens.h"
#include "store/uploads.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static const char manager[] = "claire.moreau@univ.example.org", student[] = "lina@etu.example.org",
                  step[] = "record_validation";
enum { DAY_S = 86400 };

typedef struct {
        World *world;
        Web *web;
        char link[TOKEN_LENGTH + 1], code[TOKEN_CODE_LENGTH + 1]; /* of the manager's open task */
        const char *languages;                                    /* of the browser; NULL: it says none */
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

static void give_case(const Desk *desk, const char *reference, TokenKind kind, const char *address,
                      const char *task, const char *actions, int64_t expires_at,
                      char token_out[TOKEN_LENGTH + 1])
{
        House *house = world_house(desk->world);
        g_autoptr(GError) error = NULL;
        bool is_space = strcmp(actions, "space") == 0;
        TokenClaim claim = { .kind = kind,
                             .reference = is_space ? "" : reference,
                             .step = is_space ? "" : task,
                             .person = find(desk, address),
                             .actions = actions,
                             .expires_at = expires_at };
        token_new_id(claim.id);
        token_write(house->keyring, &claim, token_out);
        TokenRow row = { .kind = kind,
                         .kid = keyring_current(house->keyring),
                         .case_id = cases_find(house->store, reference, &error),
                         .reference = (char *)claim.reference,
                         .step = (char *)claim.step,
                         .actions = (char *)actions,
                         .person = claim.person,
                         .expires_at = expires_at };
        g_strlcpy(row.id, claim.id, sizeof row.id);
        g_assert_true(tokens_add(house->store, &row, &error));
}

static void give_step(const Desk *desk, TokenKind kind, const char *address, const char *task,
                      const char *actions, int64_t expires_at, char token_out[TOKEN_LENGTH + 1])
{
        give_case(desk, "2026-0142", kind, address, task, actions, expires_at, token_out);
}

static void give(const Desk *desk, TokenKind kind, const char *address, const char *actions,
                 int64_t expires_at, char token_out[TOKEN_LENGTH + 1])
{
        give_step(desk, kind, address, step, actions, expires_at, token_out);
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

typedef struct {
        const char *field, *name, *bytes; /* bytes NULL: over the limit */
        gsize size;
} Handed;

/* In an unnamed file, as the door gives it. */
static HttpField *file_field(const Handed *handed)
{
        HttpField *field = g_new0(HttpField, 1);
        *field = (HttpField){ .name = (char *)handed->field,
                              .value = (char *)"",
                              .file_name = (char *)handed->name,
                              .file = -1,
                              .file_bytes = handed->bytes != NULL ? handed->size : 9 << 20,
                              .is_too_large = handed->bytes == NULL };
        if (handed->bytes == NULL)
                return field;
        char path[] = "/tmp/facteur-web-XXXXXX";
        field->file = g_mkstemp(path);
        unlink(path);
        g_assert_cmpint(write(field->file, handed->bytes, handed->size), ==, (ssize_t)handed->size);
        return field;
}

/* body: "name=value&…", not encoded; NULL: a GET. handed: a file; NULL. */
static Seen ask_with(const Desk *desk, const char *path, const char *body, bool is_cross_site,
                     const Handed *handed)
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
        if (handed != NULL)
                g_ptr_array_add(fields, file_field(handed));
        HttpRequest request = { .is_post = body != NULL,
                                .path = path,
                                .source = "192.0.2.1",
                                .languages = desk->languages != NULL ? desk->languages : "",
                                .fields = fields,
                                .is_cross_site = is_cross_site };
        HttpResponse response = { 0 };
        web_handle(&request, &response, desk->web);
        if (handed != NULL)
                close(((HttpField *)g_ptr_array_index(fields, fields->len - 1))->file);
        if (response.is_file) {
                char *bytes = g_malloc0((gsize)response.file_bytes + 1);
                g_assert_cmpint(
                        pread(response.file, bytes, (size_t)response.file_bytes, response.file_offset), ==,
                        response.file_bytes);
                close(response.file);
                g_free(response.file_name);
                return (Seen){ response.status, bytes };
        }
        g_assert_nonnull(response.body);
        Seen seen = { response.status,
                      g_strndup(g_bytes_get_data(response.body, NULL), g_bytes_get_size(response.body)) };
        g_bytes_unref(response.body);
        g_free(response.file_name);
        return seen;
}

static Seen ask(const Desk *desk, const char *path, const char *body, bool is_cross_site)
{
        return ask_with(desk, path, body, is_cross_site, NULL);
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
        g_auto(Seen) pressed = ask(&desk, path, "", false);
        g_assert_cmpint(pressed.status, ==, 410);
        g_assert_cmpint(waiting(&desk), ==, 0);
        g_auto(Seen) asked = ask(&desk, path, "confirm=yes", false);
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
        { "not-me-pressed", "not_me", "", "", false, 422, false },
        { "not-me", "not_me&confirm=yes", "", "", false, 200, true },
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

/* A manager of many: a line each, one of them whole, found by its number; nobody else's. */
static void check_many(void)
{
        g_auto(Desk) desk = { 0 };
        desk_set_up(&desk);
        House *house = world_house(desk.world);
        char *extra[] = { (char *)"internship_manager_name=Omar Saïd",
                          (char *)"internship_manager_email=omar@univ.example.org", NULL };
        for (int i = 200; i < 206; i++) {
                g_autofree char *reference = g_strdup_printf("2026-0%d", i);
                world_begin(desk.world, reference, i == 205 ? extra : NULL);
        }
        char space[TOKEN_LENGTH + 1];
        give(&desk, TOKEN_LINK, manager, "space", house_now(house) + 1800, space);
        g_autofree char *path = path_of(space), *one = g_strconcat(path, "/2026-0201", NULL),
                        *other = g_strconcat(path, "/2026-0205", NULL);
        g_auto(Seen) all = ask(&desk, path, NULL, false);
        g_assert_nonnull(strstr(all.html, one));
        g_assert_null(strstr(all.html, "<table"));
        g_assert_null(strstr(all.html, "2026-0205"));
        g_auto(Seen) whole = ask(&desk, one, NULL, false);
        g_assert_nonnull(strstr(whole.html, "<table class=\"steps\">"));
        g_auto(Seen) found = ask(&desk, path, "reference= 2026-0203 ", false);
        g_assert_nonnull(strstr(found.html, "2026-0203"));
        g_auto(Seen) hidden = ask(&desk, other, NULL, false);
        g_assert_cmpint(hidden.status, ==, 404);
        g_auto(Seen) not_found = ask(&desk, path, "reference=2026-0205", false);
        g_assert_cmpint(not_found.status, ==, 404);
        g_assert_null(strstr(not_found.html, "2026-0205"));
        g_autoptr(GError) error = NULL;
        Staff staff = { .person = find(&desk, manager), .scope = SCOPE_ALL, .rhythm = RHYTHM_NEVER };
        g_assert_true(staff_put(house->store, &staff, house_now(house), &error));
        g_auto(Seen) scope = ask(&desk, other, NULL, false);
        g_assert_cmpint(scope.status, ==, 200);
        g_assert_nonnull(strstr(scope.html, "2026-0205"));
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

static void check_no_label(void)
{
        g_auto(Desk) desk = { 0 };
        desk_set_up(&desk);
        world_award(desk.world, "yes");
        static const char *const numbers[] = { "/v/SEMSEM-2026-0143", "/v/SEMSEM2-2026-0142", "/v/", "/v/%",
                                               "/v/2026-0142" };
        for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
                g_auto(Seen) seen = ask(&desk, numbers[i], NULL, false);
                g_assert_cmpint(seen.status, ==, 404);
                g_assert_null(strstr(seen.html, "Lina"));
        }
}

/* Who verifies a label has no file here: the browser says the language, the student whether they are named.
 */
static const struct {
        const char *name, *consent, *languages, *language;
        bool is_named;
} labels[] = {
        { "named", "yes", NULL, "fr", true },
        { "not-named", "no", NULL, "fr", false },
        { "nothing-said", NULL, NULL, "fr", false },
        { "english", "no", "en-GB,en;q=0.9,fr;q=0.8", "en", false },
        { "arabic", "yes", "AR-ma, fr;q=0.9", "ar", true },
        { "by-weight", NULL, "fr;q=0.3, ar;q=0.5 , en;q=0.4", "ar", false },
        { "one-of-ours", NULL, "de, en;q=0.4", "en", false },
        { "none-of-ours", NULL, "de, *", "fr", false },
        { "not-wanted", NULL, "en;q=0", "fr", false },
        { "nonsense", NULL, ",;q=,\xFF-,en;q=nan,;;", "fr", false },
};

static void check_label(gconstpointer data)
{
        const gsize i = GPOINTER_TO_SIZE(data);
        g_auto(Desk) desk = { .languages = labels[i].languages };
        desk_set_up(&desk);
        world_award(desk.world, labels[i].consent);
        g_auto(Seen) seen = ask(&desk, "/v/semsem-2026-0142", NULL, false);
        g_autofree char *language = g_strdup_printf("<html lang=\"%s\"", labels[i].language);
        g_assert_cmpint(seen.status, ==, 200);
        g_assert_nonnull(strstr(seen.html, "SEMSEM-2026-0142"));
        g_assert_nonnull(strstr(seen.html, language));
        g_assert_cmpint(strstr(seen.html, "Lina") != NULL, ==, labels[i].is_named);
}

/* The holder of a link is known: their language it is, whatever the browser says. */
static void check_language(void)
{
        g_auto(Desk) desk = { .languages = "ar" };
        desk_set_up(&desk);
        static const struct {
                const char *path, *language;
        } rows[] = { { "/", "ar" }, { "/en", "en" }, { "/nowhere", "ar" }, { NULL, "fr" } };
        g_autofree char *path = path_of(desk.link);
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_auto(Seen) seen = ask(&desk, rows[i].path != NULL ? rows[i].path : path, NULL, false);
                g_autofree char *language = g_strdup_printf("<html lang=\"%s\"", rows[i].language);
                g_assert_nonnull(strstr(seen.html, language));
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

/* The student's logbook of the first week is open. */
static void open_logbook(Desk *desk, char path_out[TOKEN_LENGTH + 4])
{
        desk_set_up(desk);
        g_autofree char *path = path_of(desk->link),
                        *accept = g_strdup_printf("answer=accept&code=%s", desk->code);
        g_auto(Seen) accepted = ask(desk, path, accept, false);
        g_assert_cmpint(accepted.status, ==, 200);
        world_run(desk->world);
        world_set_clock(desk->world, 1804237200); /* 2027-03-05 10:00 in Paris */
        world_run(desk->world);
        char token[TOKEN_LENGTH + 1];
        give_step(desk, TOKEN_LINK, student, "logbook", "task", 1804237200 + DAY_S, token);
        g_snprintf(path_out, TOKEN_LENGTH + 4, "/t/%s", token);
}

typedef struct {
        const char *name, *file_name, *bytes;
        const char *said; /* on the page; NULL: it is taken */
} File;
#define WRONG_KIND "pas un PDF, ODT"
static const File files[] = {
        { "pdf", "semaine 9.pdf", "%PDF-1.7 x", NULL },
        { "doc", "semaine.DOC", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", NULL },
        { "program-as-pdf", "cv.pdf", "MZ\x90", WRONG_KIND },
        { "pdf-as-program", "cv.exe", "%PDF-1.7 x", WRONG_KIND },
        { "pdf-as-doc", "cv.doc", "%PDF-1.7 x", WRONG_KIND },
        { "zip-as-docx", "cv.docx", "PK\3\4x", WRONG_KIND },
        { "page", "cv.html", "<html>", WRONG_KIND },
        { "picture", "carnet.png", "\x89PNG\r\n\x1A\n", NULL },
        { "photo", "IMG_0042.JPG", "\xFF\xD8\xFF\xE1", NULL },
        { "other-picture", "cv.gif", "GIF89a", WRONG_KIND },
        { "old-table", "cv.xls", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", WRONG_KIND },
        { "no-extension", "cv", "%PDF-1.7 x", WRONG_KIND },
        { "too-large", "cv.pdf", NULL, "8 Mo" },
        { "folders-in-its-name", "../../etc/cv.pdf", "%PDF-1.7 x", NULL },
        { "markup-in-its-name", "<b>\"&.pdf", "%PDF-1.7 x", NULL },
};
static const char week[] = "do=review&f1=semaine 9&f2=installation&f5=aucune";

static int64_t form_file_id(const char *html)
{
        const char *at = strstr(html, "value=\"upload:");
        return at != NULL ? g_ascii_strtoll(at + strlen("value=\"upload:"), NULL, 10) : 0;
}

static void check_file(gconstpointer data)
{
        const File *row = data;
        g_auto(Desk) desk = { 0 };
        char path[TOKEN_LENGTH + 4];
        open_logbook(&desk, path);
        Handed handed = { "f8", row->file_name, row->bytes, row->bytes != NULL ? strlen(row->bytes) : 0 };
        g_auto(Seen) seen = ask_with(&desk, path, week, false, &handed);
        g_assert_cmpint(seen.status, ==, row->said != NULL ? 422 : 200);
        g_assert_cmpint(waiting(&desk), ==, 0); /* nothing is said until it is sent */
        g_assert_cmpint(form_file_id(seen.html), ==, row->said != NULL ? 0 : 1);
        g_assert_null(strstr(seen.html, "<b>"));
        g_assert_null(strstr(seen.html, "../"));
        if (row->said != NULL)
                g_assert_nonnull(strstr(seen.html, row->said));
}

/* From the review to the mail of the tutors, and to my space of those who may read it. */
static void check_file_sent(void)
{
        g_auto(Desk) desk = { 0 };
        char path[TOKEN_LENGTH + 4], space[TOKEN_LENGTH + 1];
        open_logbook(&desk, path);
        Handed handed = { "f8", "semaine 9.pdf", "%PDF-1.7 x", 10 };
        g_auto(Seen) reviewed = ask_with(&desk, path, week, false, &handed);
        g_assert_nonnull(strstr(reviewed.html, "semaine 9.pdf"));
        g_auto(Seen) done =
                ask(&desk, path,
                    "do=send&f1=semaine 9&f2=installation&f5=aucune&f8=upload:1:mine.pdf&confirm=yes", false);
        g_assert_cmpint(done.status, ==, 200);
        world_run(desk.world);
        const OutboxMail *mail = world_last_mail(desk.world, "logbook_entry", "paul.girard@univ.example.org");
        g_assert_nonnull(mail);
        g_autoptr(GBytes) bytes = world_bytes(desk.world, mail);
        g_autofree char *text = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
        g_assert_nonnull(strstr(text, "filename=\"semaine 9.pdf\""));
        g_assert_nonnull(strstr(text, "JVBERi0xLjcgeA==")); /* the bytes, in Base64 */
        g_assert_null(strstr(text, "mine.pdf"));
        int64_t now = house_now(world_house(desk.world));
        give(&desk, TOKEN_LINK, "paul.girard@univ.example.org", "space", now + 1800, space);
        g_autofree char *mine = g_strconcat("/t/", space, "/2026-0142/file/1", NULL),
                        *other = g_strconcat("/t/", space, "/2026-0142/file/2", NULL);
        g_auto(Seen) read = ask(&desk, mine, NULL, false);
        g_assert_cmpstr(read.html, ==, "%PDF-1.7 x");
        g_auto(Seen) none = ask(&desk, other, NULL, false);
        g_assert_cmpint(none.status, ==, 404);
        world_audit(desk.world);
}

/* What is typed names no file of another field, case or step. */
static void check_file_borrowed(void)
{
        g_auto(Desk) desk = { 0 };
        char path[TOKEN_LENGTH + 4];
        open_logbook(&desk, path);
        House *house = world_house(desk.world);
        static const struct {
                const char *step, *field;
                int64_t other_case;
        } foreign[] = { { "record", "attachment", 0 },
                        { "logbook", "learned", 0 },
                        { "logbook", "attachment", 1 } };
        g_autoptr(GError) error = NULL;
        world_begin(desk.world, "2026-0143", NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(foreign); i++) {
                Upload upload = { .case_id = 1 + foreign[i].other_case,
                                  .person = find(&desk, student),
                                  .step = (char *)foreign[i].step,
                                  .field = (char *)foreign[i].field,
                                  .name = (char *)"x.pdf",
                                  .type = (char *)"application/pdf",
                                  .place = { .segment = (char *)"upload/x.seg" } };
                int64_t id = 0;
                uploads_add(house->store, &upload, house_now(house), &id, &error);
                g_assert_no_error(error);
                g_autofree char *body = g_strdup_printf("%s&f8=upload:%" G_GINT64_FORMAT ":x.pdf", week, id);
                g_auto(Seen) seen = ask(&desk, path, body, false);
                g_assert_cmpint(seen.status, ==, 200);
                g_assert_null(strstr(seen.html, "x.pdf"));
        }
}

/* Rows of cells: an interruption of the internship, in the change that a student asks for. */
static const struct {
        const char *name, *cells;
        int status;
        const char *seen;
} groups[] = {
        { "one", "f3-0-0=2027-04-01&f3-0-1=2027-04-15", 200, "2027-04-01 | 2027-04-15" },
        { "second-row", "f3-1-0=2027-04-01&f3-1-1=2027-04-15", 200, "2027-04-01 | 2027-04-15" },
        { "half", "f3-0-0=2027-04-01&f3-0-1=", 422, "value=\"2027-04-01\"" },
        { "no-date", "f3-0-0=demain&f3-0-1=2027-04-15", 422, "value=\"demain\"" },
        { "none", "f3-0-0=&f3-0-1=", 200, "Motif" },
};

static void check_groups(void)
{
        g_auto(Desk) desk = { 0 };
        char path[TOKEN_LENGTH + 4], token[TOKEN_LENGTH + 1];
        open_logbook(&desk, path);
        const OutboxMail *mail = world_last_mail(desk.world, "logbook_to_write", student);
        Reply reply = { .from = student, .text = "FICHE\n", .is_vouched = true };
        g_autoptr(GBytes) raw = world_reply(desk.world, mail, &reply);
        world_deliver(desk.world, raw);
        world_run(desk.world);
        give_step(&desk, TOKEN_LINK, student, "amendment", "task", 1804237200 + DAY_S, token);
        g_autofree char *page = path_of(token);
        for (size_t i = 0; i < G_N_ELEMENTS(groups); i++) {
                g_autofree char *body = g_strconcat("do=review&f1=2027-03-01&f2=2027-07-30&f20=congés&",
                                                    groups[i].cells, NULL);
                g_auto(Seen) seen = ask(&desk, page, body, false);
                g_test_message("%s", groups[i].name);
                g_assert_cmpint(seen.status, ==, groups[i].status);
                g_assert_nonnull(strstr(seen.html, groups[i].seen));
        }
}

/* A long form in parts: the heading of one stands above its first field. */
static void check_headings(void)
{
        g_auto(Desk) desk = { 0 };
        desk_set_up(&desk);
        char *draft[] = { (char *)"step=record", NULL };
        world_begin(desk.world, "2026-0143", draft);
        world_run(desk.world);
        char token[TOKEN_LENGTH + 1];
        give_case(&desk, "2026-0143", TOKEN_LINK, student, "record", "task",
                  house_now(world_house(desk.world)) + DAY_S, token);
        g_autofree char *page = path_of(token);
        g_auto(Seen) seen = ask(&desk, page, NULL, false);
        const Field *first =
                procedure_field(world_house(desk.world)->procedure, "record.academic_year", NULL);
        g_autofree char *id = g_strdup_printf("id=\"f%d-box\"", first->anchor);
        const char *heading = strstr(seen.html, "<h2>La formation</h2>");
        g_assert_nonnull(heading);
        g_assert_true(strstr(heading, "id=\"") == strstr(seen.html, id));
        g_assert_null(strstr(seen.html, "<h2></h2>"));
}

/* The record of another case, at an organisation that a validated one named: its name is offered, and typed
 * it fills what was left out, not what was written; the page that is sent says so. */
static void check_organisation(void)
{
        g_auto(Desk) desk = { 0 };
        desk_set_up(&desk);
        House *house = world_house(desk.world);
        g_autoptr(GError) error = NULL;
        g_autoptr(Case) before = cases_load(house->store, 1, &error);
        g_autoptr(Case) after = case_copy(before);
        g_hash_table_insert(after->data, g_strdup("record.phone"), g_strdup("+33 4 72 00 00 00"));
        g_hash_table_insert(after->data, g_strdup("record.city"), g_strdup("Lyon"));
        g_assert_true(cases_save(house->store, before, after, &error));
        g_autofree char *path = path_of(desk.link),
                        *accept = g_strdup_printf("answer=accept&code=%s", desk.code);
        g_auto(Seen) accepted = ask(&desk, path, accept, false);
        g_assert_cmpint(accepted.status, ==, 200);
        world_run(desk.world);
        char *draft[] = { (char *)"step=record", (char *)"organisation=", NULL };
        world_begin(desk.world, "2026-0143", draft);
        world_run(desk.world);
        char token[TOKEN_LENGTH + 1];
        give_case(&desk, "2026-0143", TOKEN_LINK, student, "record", "task", house_now(house) + DAY_S, token);
        g_autofree char *page = path_of(token);
        const Procedure *procedure = house_procedure(house, after->procedure, &error);
        const int name = procedure_field(procedure, "record.organisation", NULL)->anchor,
                  city = procedure_field(procedure, "record.city", NULL)->anchor;
        g_auto(Seen) empty = ask(&desk, page, NULL, false);
        g_assert_nonnull(strstr(empty.html, "<option value=\"Ateliers du Rhône\">"));
        g_assert_null(strstr(empty.html, "+33 4 72"));
        g_autofree char *body =
                g_strdup_printf("do=review&f%d=ateliers du rhone&f%d=Villeurbanne", name, city);
        g_auto(Seen) filled = ask(&desk, page, body, false);
        g_assert_nonnull(strstr(filled.html, "+33 4 72 00 00 00"));
        g_assert_nonnull(strstr(filled.html, "Villeurbanne"));
        g_assert_null(strstr(filled.html, "value=\"Lyon\""));
}

static void add_row(const char *group, const char *name, gconstpointer row, GTestDataFunc check)
{
        g_autofree char *title = g_strconcat(group, name, NULL);
        g_test_add_data_func(title, row, check);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/web/forged", check_forged);
        g_test_add_func("/web/folded", check_folded);
        g_test_add_func("/web/dead", check_dead);
        g_test_add_func("/web/other-person", check_other_person);
        for (size_t i = 0; i < G_N_ELEMENTS(sent); i++)
                add_row("/web/sent/", sent[i].name, &sent[i], check_sent);
        g_test_add_func("/web/guessed", check_guessed);
        g_test_add_func("/web/used", check_used);
        g_test_add_func("/web/space", check_space);
        g_test_add_func("/web/many", check_many);
        g_test_add_func("/web/lost-link", check_lost_link);
        g_test_add_func("/web/no-label", check_no_label);
        for (size_t i = 0; i < G_N_ELEMENTS(labels); i++)
                add_row("/web/label/", labels[i].name, GSIZE_TO_POINTER(i), check_label);
        g_test_add_func("/web/language", check_language);
        g_test_add_func("/web/bad-tokens", check_bad_tokens);
        g_test_add_func("/web/health", check_health);
        for (size_t i = 0; i < G_N_ELEMENTS(files); i++)
                add_row("/web/file/", files[i].name, &files[i], check_file);
        g_test_add_func("/web/file-sent", check_file_sent);
        g_test_add_func("/web/file-borrowed", check_file_borrowed);
        g_test_add_func("/web/groups", check_groups);
        g_test_add_func("/web/headings", check_headings);
        g_test_add_func("/web/organisation", check_organisation);
        return g_test_run();
}
