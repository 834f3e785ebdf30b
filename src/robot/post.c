#include "robot/post.h"

#include "base/address.h"
#include "base/token.h"
#include "robot/calendar_file.h"
#include "robot/form_file.h"
#include "robot/paper.h"
#include "robot/post_view.h"
#include "store/outbox.h"
#include "store/tokens.h"

#include <inttypes.h>
#include <string.h>

enum { SPACE_S = 30 * 60, LINK_AFTER_DUE_S = 30 * 86400, LINK_AT_LEAST_S = 60 * 86400 };
enum { DAY_S = 86400, TOKEN_AFTER_END_S = 60 * DAY_S, TOKEN_AT_LEAST_S = 180 * DAY_S, ANSWERED_MAX = 250 };

static char *own_message_id(const House *house, const char *kind, const char *const *parts)
{
        g_autofree char *left = token_message_id(house->keyring, parts);
        return g_strdup_printf("%s.%s@%s", kind, left, address_domain(house->config->address));
}

static char *mail_message_id(const Post *post, const MailOrder *order)
{
        g_autofree char *person = g_strdup_printf("%" PRId64, order->person),
                        *generation = g_strdup_printf("%d", order->generation);
        const char *parts[] = { "mail",
                                post->the_case->reference,
                                order->step != NULL ? order->step : "",
                                order->key,
                                person,
                                generation,
                                order->about,
                                NULL };
        return own_message_id(post->house, "s", parts);
}

/* The synthetic root that ties the mails of a case together (MAIL.md D31). */
static char *case_root(const Post *post)
{
        const char *parts[] = { "case", post->the_case->reference, NULL };
        return own_message_id(post->house, "c", parts);
}

static bool add_token(const Post *post, const MailOrder *order, TokenKind kind, int64_t outbox,
                      const TokenClaim *claim, GError **error)
{
        TokenRow row = { .kind = kind,
                         .kid = keyring_current(post->house->keyring),
                         .case_id = claim->reference[0] != '\0' ? post->the_case->id : 0,
                         .reference = (char *)claim->reference,
                         .step = (char *)claim->step,
                         .actions = (char *)claim->actions,
                         .person = order->person,
                         .outbox = outbox,
                         .expires_at = claim->expires_at };
        g_strlcpy(row.id, claim->id, sizeof row.id);
        return tokens_add(post->house->store, &row, error);
}

static TokenClaim new_claim(const Post *post, const MailOrder *order, TokenKind kind)
{
        TokenClaim claim = {
                .kind = kind,
                .reference = post->the_case->reference,
                .step = order->step != NULL ? order->step : "",
                .person = order->person,
                .actions = kind == TOKEN_BOUNCE ? "" : order->actions,
                .expires_at = MAX(post->case_ends_at, post->now + TOKEN_AT_LEAST_S) + TOKEN_AFTER_END_S,
        };
        token_new_id(claim.id);
        return claim;
}

/* Of the page behind the mail's button: its own task and nothing else (MAIL.md D10); or, for half an hour,
 * the reader's own space. False: this mail has no page. */
static bool link_claim(const Post *post, const MailOrder *order, TokenClaim *claim_out)
{
        bool is_space = strcmp(order->key, "my_space_link") == 0,
             is_asking = strcmp(order->actions, "answer") == 0;
        if (post->house->config->web_base_url == NULL || !(is_space || (is_asking && order->step != NULL)))
                return false;
        *claim_out = new_claim(post, order, TOKEN_LINK);
        const Task *task = case_task(post->the_case, order->step);
        int64_t due_at = task != NULL ? task->due_at : 0;
        claim_out->expires_at = MAX(due_at + LINK_AFTER_DUE_S, post->now + LINK_AT_LEAST_S);
        if (is_space) {
                claim_out->reference = claim_out->step = "";
                claim_out->actions = "space";
                claim_out->expires_at = MAX(order->not_before, post->now) + SPACE_S;
        }
        return true;
}

/* "stages+%t@univ-x.fr" with the token in place. */
static char *token_address(const Post *post, const TokenClaim *claim)
{
        char token[TOKEN_LENGTH + 1];
        token_write(post->house->keyring, claim, token);
        g_auto(GStrv) around = g_strsplit(post->house->config->reply_to, "%t", 2);
        return g_strjoinv(token, around);
}

/* Theirs stands in our header: only what can be a Message-ID. */
bool post_is_message_id(const char *id)
{
        size_t length = id != NULL ? strlen(id) : 0;
        if (length == 0 || length > ANSWERED_MAX || strchr(id, '@') == NULL)
                return false;
        for (const char *c = id; *c != '\0'; c++)
                if (*c <= ' ' || *c > '~' || *c == '<' || *c == '>')
                        return false;
        return true;
}

static void file_clear(gpointer data)
{
        MailFile *file = data;
        g_free((char *)file->name);
        g_bytes_unref(file->bytes);
}

/* The step that sets a day: the mail's own, or the procedure's. */
static const Step *dated_step(const Post *post, const char *key)
{
        const Step *own = procedure_step(post->procedure, key);
        const GPtrArray *steps = procedure_steps(post->procedure);
        for (guint i = 0; i < steps->len && (own == NULL || own->act != ACT_DATE); i++)
                if (((const Step *)g_ptr_array_index(steps, i))->act == ACT_DATE)
                        own = g_ptr_array_index(steps, i);
        return own;
}

/* Takes name and bytes over. */
static void add_file(GArray *files, char *name, const char *type, GBytes *bytes)
{
        MailFile file = { .name = name, .type = type, .bytes = bytes };
        g_array_append_val(files, file);
}

/* When no day is known the mail goes without. */
static void add_calendar(const Post *post, const MailOrder *order, const char *language, GArray *files)
{
        const House *house = post->house;
        const Step *step = dated_step(post, order->step);
        GBytes *bytes = step != NULL ? calendar_file_make(post->procedure, post->the_case, step, language,
                                                          house->zone, address_domain(house->config->address),
                                                          post->now)
                                     : NULL;
        if (bytes != NULL)
                add_file(files,
                         g_strdup_printf("%s-%s.ics", procedure_prefix(post->procedure),
                                         post->the_case->reference),
                         "text/calendar", bytes);
}

/* A document costs a hundred times a mail: those who get the same one share it. */
static bool add_paper(const Post *post, const char *key, const char *language, GArray *files, GError **error)
{
        g_autofree char *name = g_strdup_printf("%s.%s", key, language);
        const Paper *made = g_hash_table_lookup(post->papers, name);
        if (made != NULL) {
                add_file(files, g_strdup(made->name), "application/pdf", g_bytes_ref(made->bytes));
                return true;
        }
        Paper paper = { 0 };
        if (!paper_make(post->house, post->out, post->procedure, post->the_case, key, language, post->now,
                        &paper, error))
                return false;
        add_file(files, g_strdup(paper.name), "application/pdf", g_bytes_ref(paper.bytes));
        g_hash_table_insert(post->papers, g_steal_pointer(&name), g_memdup2(&paper, sizeof paper));
        return true;
}

/* What was handed in with the form of the order's step. */
static bool add_uploads(const Post *post, const MailOrder *order, GArray *files, GError **error)
{
        const House *house = post->house;
        const Step *step = order->step != NULL ? procedure_step(post->procedure, order->step) : NULL;
        const Form *form = step != NULL ? procedure_form(post->procedure, step->form) : NULL;
        GError *trouble = NULL;
        for (guint i = 0; form != NULL && trouble == NULL && i < form->fields->len; i++) {
                const Field *field = g_ptr_array_index(form->fields, i);
                g_autoptr(Upload) upload =
                        form_file_find(house->store, post->the_case, step, form, field, &trouble);
                GBytes *bytes = upload != NULL
                                        ? spool_read(house->config->state_dir, &upload->place, &trouble)
                                        : NULL;
                if (bytes != NULL)
                        add_file(files, g_strdup(upload->name), g_intern_string(upload->type), bytes);
        }
        if (trouble != NULL)
                g_propagate_error(error, trouble);
        return trouble == NULL;
}

static void paper_free(gpointer data)
{
        paper_clear(data);
        g_free(data);
}

GHashTable *post_papers_new(void)
{
        return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, paper_free);
}

/* What the order attaches, of MailFile. */
static GArray *make_files(const Post *post, const MailOrder *order, const char *language, GError **error)
{
        g_autoptr(GArray) files = g_array_new(FALSE, FALSE, sizeof(MailFile));
        g_array_set_clear_func(files, file_clear);
        g_auto(GStrv) keys = g_strsplit(order->attach != NULL ? order->attach : "", " ", -1);
        for (char **key = keys; *key != NULL; key++) {
                bool is_made = true;
                if (strcmp(*key, "calendar") == 0)
                        add_calendar(post, order, language, files);
                else if (strcmp(*key, "files") == 0)
                        is_made = add_uploads(post, order, files, error);
                else
                        is_made = add_paper(post, *key, language, files, error);
                if (!is_made)
                        return NULL;
        }
        return g_steal_pointer(&files);
}

static bool compose(const Post *post, const MailOrder *order, const Person *reader, const PostLinks *links,
                    const char *message_id, GBytes **bytes_out, GError **error)
{
        const House *house = post->house;
        const char *language = mail_templates_has(house->templates, order->key, reader->language)
                                       ? reader->language
                                       : procedure_languages(post->procedure)[0];
        GTimeZone *reader_zone = house_zone(post->house, reader->timezone);
        OutboxMail *previous =
                outbox_last_of_case(house->store, post->the_case->id, order->person, order->step, NULL);
        g_autofree char *root = case_root(post),
                        *before = g_strdup(previous != NULL ? previous->message_id : NULL);
        outbox_mail_free(previous);
        const char *answered =
                order->is_answer && post_is_message_id(post->answered_id) ? post->answered_id : NULL;
        const char *references[4] = { root };
        size_t count = 1;
        if (before != NULL)
                references[count++] = before;
        if (answered != NULL)
                references[count++] = answered;
        Envelope envelope = {
                .from_name = house->config->display_name,
                .from_address = house->config->address,
                .reply_to = links->reply_to,
                .to_name = reader->name,
                .to_address = reader->address,
                .message_id = message_id,
                .in_reply_to = references[count - 1],
                .references = references,
                .sent_at = MAX(order->not_before, post->now),
                .zone = reader_zone,
                .language = language,
                .instance = house->config->instance,
                .is_answer = order->is_answer,
        };
        g_autoptr(GArray) files = make_files(post, order, language, error);
        if (files == NULL)
                return false;
        envelope.files = (const MailFile *)(void *)files->data;
        envelope.file_count = files->len;
        json_t *view = post_view(post, order, language, reader_zone, links);
        *bytes_out = mail_compose(house->templates, order->key, view, &envelope, error);
        json_decref(view);
        if (*bytes_out == NULL)
                g_prefix_error(error, "mail `%s` of case %s: ", order->key, post->the_case->reference);
        return *bytes_out != NULL;
}

/* Into the spool, the outbox, the table of tokens. */
static bool put(const Post *post, const MailOrder *order, const Person *reader, const char *message_id,
                GError **error)
{
        TokenClaim reply = new_claim(post, order, TOKEN_REPLY), bounce = new_claim(post, order, TOKEN_BOUNCE);
        bool is_verp = post->house->config->verp;
        TokenClaim link = { 0 };
        bool has_link = link_claim(post, order, &link);
        g_autofree char *reply_to = token_address(post, &reply);
        g_auto(PostLinks) links = { .reply_to = reply_to };
        if (has_link)
                post_links_open(post, order, &link, &links);
        g_autofree char *envelope_from =
                is_verp ? token_address(post, &bounce) : g_strdup(post->house->config->address);
        g_autoptr(GBytes) bytes = NULL;
        if (!compose(post, order, reader, &links, message_id, &bytes, error))
                return false;
        OutboxMail mail = { .message_id = (char *)message_id,
                            .envelope_from = envelope_from,
                            .recipient = reader->address,
                            .case_id = post->the_case->id,
                            .reference = post->the_case->reference,
                            .step = order->step,
                            .key = order->key,
                            .person = order->person,
                            .is_answer = order->is_answer,
                            .is_staff = order->role != NULL &&
                                        g_strv_contains(procedure_staff(post->procedure), order->role),
                            .not_before = order->not_before };
        int64_t id = 0;
        bool is_put = spool_append(post->out, bytes, post->now, &mail.place, error) &&
                      outbox_add(post->house->store, &mail, post->now, &id, error) &&
                      add_token(post, order, TOKEN_REPLY, id, &reply, error) &&
                      (!has_link || add_token(post, order, TOKEN_LINK, id, &link, error)) &&
                      (!is_verp || add_token(post, order, TOKEN_BOUNCE, id, &bounce, error));
        spool_place_clear(&mail.place);
        return is_put;
}

bool post_mail(const Post *post, const MailOrder *order, GError **error)
{
        const Person *reader = case_person(post->the_case, order->person);
        if (reader == NULL || reader->is_failing)
                return true;
        g_autofree char *message_id = mail_message_id(post, order);
        GError *trouble = NULL;
        OutboxMail *there = outbox_find_message(post->house->store, message_id, &trouble);
        bool is_there = there != NULL;
        outbox_mail_free(there);
        if (trouble != NULL) {
                g_propagate_error(error, trouble);
                return false;
        }
        const char *const keys[] = { order->key, NULL };
        /* A newer mail of the same step to the same person makes an older one that still waits pointless. */
        const bool is_alone = order->is_answer || order->about != NULL;
        return is_there || ((is_alone || outbox_cancel(post->house->store, post->the_case->id, order->step,
                                                       keys, order->person, error)) &&
                            put(post, order, reader, message_id, error));
}
