#include "helper_desk.h"

#include "mail/message.h"

#include <string.h>

int64_t desk_instant(const char *text)
{
        Clock clock;
        g_assert_true(clock_parse(text, &clock));
        return clock.fixed_at;
}

char *desk_text(World *world, const OutboxMail *mail)
{
        g_assert_nonnull(mail);
        g_autoptr(GBytes) bytes = world_bytes(world, mail);
        g_autoptr(Message) message = message_open(bytes);
        return g_strdup_printf("%s\n\n%s", message_subject(message), message_text(message));
}

void desk_assert_has(const char *text, const char *part)
{
        if (strstr(text, part) == NULL)
                g_error("`%s` is not in:\n%s", part, text);
}

void desk_assert_lacks(const char *text, const char *part)
{
        if (strstr(text, part) != NULL)
                g_error("`%s` is in:\n%s", part, text);
}

char *desk_answer(World *world, const char *key, const char *to, const char *from, const char *text)
{
        const OutboxMail *mail = world_last_mail(world, key, to);
        g_assert_nonnull(mail);
        const Reply reply = { .from = from, .text = text, .is_vouched = true };
        g_autoptr(GBytes) raw = world_reply(world, mail, &reply);
        world_deliver(world, raw);
        world_run(world);
        return desk_text(world, world_last_mail(world, "digest_results", to));
}
