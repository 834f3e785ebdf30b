#include "robot/identify.h"

#include "base/token.h"
#include "store/cases.h"
#include "store/outbox.h"
#include "store/people.h"
#include "store/tokens.h"

#include <string.h>

enum { TOKENS_MAX = 8, MESSAGE_IDS_MAX = 20, OWN_MAX = 3 };

static const char *const kind_words[] = { "none", "token", "message-id", "body", "staff", "subject" };

const char *match_kind_word(MatchKind kind)
{
        return kind_words[kind];
}

void match_clear(Match *match)
{
        g_clear_pointer(&match->step, g_free);
        g_clear_pointer(&match->actions, g_free);
}

typedef struct {
        House *house;
        int64_t now;
        Match *match;
        GError *error;
} Finder;

static void take_token(Finder *finder, MatchKind kind, const TokenRow *row)
{
        Match *match = finder->match;
        if (match->kind != MATCH_NONE) {
                match->is_conflicting |= match->case_id != row->case_id;
                return;
        }
        match->kind = kind;
        match->case_id = row->case_id;
        match->step = row->step[0] != '\0' ? g_strdup(row->step) : NULL;
        match->actions = g_strdup(row->actions);
        match->outbox = row->outbox;
        match->is_dead = row->revoked_at != 0 || row->expires_at <= finder->now;
        match->token_person = kind == MATCH_BODY ? 0 : row->holder;
        match->is_former_token = row->holder != row->person;
}

/* A row says what was bound; the mac says that the row is what we wrote. */
static TokenRow *verified_token(Finder *finder, const char *text)
{
        char token[TOKEN_LENGTH + 1], id[TOKEN_ID_LENGTH + 1];
        TokenKind kind;
        if (!token_read(text, strlen(text), token, &kind, id))
                return NULL;
        TokenRow *row = tokens_get(finder->house->store, kind, id, &finder->error);
        if (row == NULL)
                return NULL;
        TokenClaim claim = { .kind = kind,
                             .reference = row->reference,
                             .step = row->step,
                             .person = row->person,
                             .actions = row->actions,
                             .expires_at = row->expires_at };
        g_strlcpy(claim.id, id, sizeof claim.id);
        if (token_verify(finder->house->keyring, token, &claim))
                return row;
        token_row_free(row);
        return NULL;
}

static void find_tokens(Finder *finder, const GPtrArray *tokens, MatchKind kind)
{
        for (guint i = 0; i < tokens->len && i < TOKENS_MAX && finder->error == NULL; i++) {
                TokenRow *row = verified_token(finder, g_ptr_array_index(tokens, i));
                if (row != NULL)
                        take_token(finder, kind, row);
                token_row_free(row);
        }
}

/* The newest of ours that it answers. Its id cannot be guessed, so that naming it shows as much as its token.
 */
static void find_message_ids(Finder *finder, const GPtrArray *message_ids)
{
        for (guint i = 0; i < message_ids->len && i < MESSAGE_IDS_MAX && finder->error == NULL; i++) {
                const char *message_id = g_ptr_array_index(message_ids, i);
                OutboxMail *mail = outbox_find_message(finder->house->store, message_id, &finder->error);
                if (mail == NULL)
                        continue;
                TokenRow *row = tokens_of_mail(finder->house->store, mail->id, &finder->error);
                if (row != NULL)
                        take_token(finder, MATCH_MESSAGE_ID, row);
                token_row_free(row);
                outbox_mail_free(mail);
                return;
        }
}

static bool is_in_case(const Case *the_case, int64_t person)
{
        return person != 0 && case_person(the_case, person) != NULL;
}

static void find_subject(Finder *finder, const char *reference)
{
        const char *bare = reference != NULL ? strrchr(reference, ' ') : NULL;
        int64_t id = bare != NULL ? cases_find(finder->house->store, bare + 1, &finder->error) : 0;
        g_autoptr(Case) the_case = id > 0 ? cases_load(finder->house->store, id, &finder->error) : NULL;
        if (the_case == NULL || !is_in_case(the_case, finder->match->writer))
                return;
        finder->match->kind = MATCH_SUBJECT;
        finder->match->case_id = id;
}

bool match_find(House *house, const References *references, int64_t now, Match *match_out, GError **error)
{
        Finder finder = { .house = house, .now = now, .match = match_out };
        *match_out = (Match){ 0 };
        if (references->from != NULL)
                match_out->writer = people_find_writer(house->store, references->from,
                                                       &match_out->is_former_address, &finder.error);
        find_tokens(&finder, references->tokens, MATCH_TOKEN);
        find_message_ids(&finder, references->message_ids);
        if (match_out->kind == MATCH_NONE)
                find_tokens(&finder, references->body_tokens, MATCH_BODY);
        if (match_out->kind == MATCH_NONE && finder.error == NULL)
                find_subject(&finder, references->subject_reference);
        if (match_out->actions == NULL)
                match_out->actions = g_strdup("");
        if (finder.error == NULL)
                return true;
        match_clear(match_out);
        g_propagate_error(error, finder.error);
        return false;
}

bool match_assign(House *house, int64_t case_id, int64_t person, Match *match, GError **error)
{
        if (case_id == 0)
                return true;
        GError *trouble = NULL;
        const int64_t meant = person != 0 ? person : match->writer;
        OutboxMail *last = meant != 0 ? outbox_last_question(house->store, case_id, meant, &trouble) : NULL;
        match_clear(match);
        match->kind = MATCH_STAFF;
        match->case_id = case_id;
        match->is_conflicting = match->is_dead = false;
        match->token_person = meant;
        match->outbox = last != NULL ? last->id : 0;
        match->step = last != NULL ? g_strdup(last->step) : NULL;
        match->actions = g_strdup("answer");
        outbox_mail_free(last);
        if (trouble == NULL)
                return true;
        g_propagate_error(error, trouble);
        return false;
}

static void add_own(const House *house, GPtrArray *own, OutboxMail *mail)
{
        GBytes *bytes = mail != NULL ? spool_read(house->config->state_dir, &mail->place, NULL) : NULL;
        if (bytes != NULL)
                g_ptr_array_add(own, bytes);
        outbox_mail_free(mail);
}

GPtrArray *match_own_mails(const House *house, const Match *match, const References *references)
{
        const GPtrArray *message_ids = references->message_ids;
        GPtrArray *own = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
        if (match->outbox != 0)
                add_own(house, own, outbox_get(house->store, match->outbox, NULL));
        for (guint i = 0; i < message_ids->len && i < OWN_MAX && own->len < OWN_MAX; i++) {
                OutboxMail *mail = outbox_find_message(house->store, g_ptr_array_index(message_ids, i), NULL);
                if (mail != NULL && mail->id == match->outbox)
                        outbox_mail_free(mail);
                else
                        add_own(house, own, mail);
        }
        return own;
}

bool match_is_vouched(const Match *match, const Reading *reading, int64_t person)
{
        return person != 0 && match->writer == person && !match->is_former_address &&
               reading->auth == AUTH_PASS &&
               reading->sender == NULL; /* "on behalf of" is somebody else (MAIL.md D20) */
}

Level match_level(const Match *match, const Reading *reading)
{
        if (match->token_person == 0)
                return LEVEL_A0;
        bool is_vouched = match->kind != MATCH_STAFF && /* they name the case; it shows no token of ours */
                          match_is_vouched(match, reading, match->token_person);
        return is_vouched ? LEVEL_A2 : LEVEL_A1;
}
