#include "robot/house_mail.h"

#include "base/address.h"
#include "store/outbox.h"
#include "store/tokens.h"

#include <string.h>

enum { ANSWERABLE_S = 120 * 86400, LOCAL_PART_MAX = 40 };

void house_mail_clear(HouseMail *mail)
{
        g_clear_pointer(&mail->reply_to, g_free);
        g_clear_pointer(&mail->message_id, g_free);
}

void house_mail_open(HouseMail *mail, const Applier *applier)
{
        const House *house = applier->house;
        char token[TOKEN_LENGTH + 1];
        mail->claim = (TokenClaim){ .kind = TOKEN_REPLY,
                                    .reference = "",
                                    .step = "",
                                    .person = mail->to->id,
                                    .actions = mail->actions,
                                    .expires_at = applier->now + ANSWERABLE_S };
        token_new_id(mail->claim.id);
        token_write(house->keyring, &mail->claim, token);
        g_auto(GStrv) around = g_strsplit(house->config->reply_to, "%t", 2);
        mail->reply_to = g_strjoinv(token, around);
        g_autofree char *left = token_message_id(house->keyring, mail->id_parts);
        mail->message_id = g_strdup_printf("d.%s@%s", left, address_domain(house->config->address));
}

const char *house_mail_language(const House *house, const char *key, const Person *to)
{
        return mail_templates_has(house->templates, key, to->language)
                       ? to->language
                       : procedure_languages(house->procedure)[0];
}

static void add_common(json_t *view, const HouseMail *mail, const House *house, const char *language)
{
        const Config *config = house->config;
        const char *const texts[][2] = {
                { "prefix", procedure_prefix(house->procedure) },
                { "language", language },
                { "dir", strcmp(language, "ar") == 0 ? "rtl" : "ltr" },
                { "reference", "" },
                { "robot", config->address },
                { "reply_to", mail->reply_to },
                { "institution", config->institution },
                { "help_contact", config->help_contact },
                { "privacy_url", config->privacy_url },
                { "progress_line", "" },
                { "url", "" },
                { "code", "" },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
                json_object_set_new(view, texts[i][0], json_string(texts[i][1] != NULL ? texts[i][1] : ""));
        json_object_set_new(
                view, "to",
                json_pack("{s:s, s:s, s:s}", "name", mail->to->name, "role", "", "role_label", ""));
}

/* "digest.stages.univ.example.org" for stages@univ.example.org. */
static char *list_id(const Config *config)
{
        size_t length = strcspn(config->address, "@+");
        return g_strdup_printf("digest.%.*s.%s", (int)MIN(length, LOCAL_PART_MAX), config->address,
                               address_domain(config->address));
}

GBytes *house_mail_compose(const HouseMail *mail, const Applier *applier, json_t *view, GError **error)
{
        House *house = applier->house;
        const char *language = house_mail_language(house, mail->key, mail->to);
        const char *references[2] = { mail->answered_id };
        g_autofree char *list = mail->is_list ? list_id(house->config) : NULL;
        Envelope envelope = {
                .from_name = house->config->display_name,
                .from_address = house->config->address,
                .reply_to = mail->reply_to,
                .to_name = mail->to->name,
                .to_address = mail->to->address,
                .message_id = mail->message_id,
                .in_reply_to = mail->answered_id,
                .references = mail->answered_id != NULL ? references : NULL,
                .sent_at = applier->now,
                .zone = house_zone(house, mail->to->timezone),
                .language = language,
                .instance = house->config->instance,
                .is_answer = mail->answered_id != NULL,
                .list_id = list,
        };
        add_common(view, mail, house, language);
        return mail_compose(house->templates, mail->key, view, &envelope, error);
}

bool house_mail_put(const HouseMail *mail, const Applier *applier, GBytes *bytes, GError **error)
{
        Store *store = applier->house->store;
        OutboxMail row = { .message_id = mail->message_id,
                           .envelope_from = applier->house->config->address,
                           .recipient = mail->to->address,
                           .key = (char *)mail->key,
                           .person = mail->to->id,
                           .is_answer = mail->answered_id != NULL,
                           .is_staff = true };
        int64_t id = 0;
        bool is_put = spool_append(applier->out, bytes, applier->now, &row.place, error) &&
                      outbox_add(store, &row, applier->now, &id, error);
        spool_place_clear(&row.place);
        if (!is_put || id == 0) /* there already */
                return is_put;
        TokenRow token = { .kind = TOKEN_REPLY,
                           .kid = keyring_current(applier->house->keyring),
                           .reference = (char *)mail->claim.reference,
                           .step = (char *)mail->claim.step,
                           .actions = (char *)mail->claim.actions,
                           .person = mail->claim.person,
                           .outbox = id,
                           .expires_at = mail->claim.expires_at };
        g_strlcpy(token.id, mail->claim.id, sizeof token.id);
        return tokens_add(store, &token, error);
}

bool house_mail_send(const HouseMail *mail, const Applier *applier, json_t *view, GError **error)
{
        g_autoptr(GBytes) bytes = house_mail_compose(mail, applier, view, error);
        return bytes != NULL && house_mail_put(mail, applier, bytes, error);
}
