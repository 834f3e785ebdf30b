/* Any bytes are the head's end and the body of a delivery report: class, recipients and absence. */
#include "mail/bounce.h"
#include "mail/class.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const Patterns *load(void)
{
        static Patterns *patterns;
        if (patterns == NULL) {
                g_autoptr(Problems) problems = problems_new();
                patterns = patterns_load_dir("rules/reading", problems);
                g_assert_nonnull(patterns);
        }
        return patterns;
}

static void bounce_free(gpointer data)
{
        g_free(((Bounce *)data)->recipient);
        g_free(data);
}

static void check(const char *text)
{
        if (text != NULL)
                g_assert_true(g_utf8_validate(text, -1, NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        g_autoptr(GString) mail = g_string_new("Return-Path: <>\nFrom: MAILER-DAEMON@example.org\n");
        g_string_append_len(mail, (const char *)data, (gssize)size);
        g_autoptr(GBytes) raw = g_bytes_new(mail->str, mail->len);
        g_autoptr(Message) message = message_open(raw);
        const ReadingContext context = { .patterns = load(), .own_address = "a@example.org" };
        g_autoptr(GPtrArray) why = g_ptr_array_new_with_free_func(g_free);
        g_autoptr(GPtrArray) bounces = g_ptr_array_new_with_free_func(bounce_free);
        class_read(message, &context, why);
        bounces_read(message, context.patterns, bounces);
        for (guint i = 0; i < bounces->len; i++) {
                const Bounce *bounce = g_ptr_array_index(bounces, i);
                g_assert_nonnull(bounce->recipient);
                check(bounce->recipient);
                check(bounce->status);
        }
        for (guint i = 0; i < why->len; i++)
                check(g_ptr_array_index(why, i));
        g_autofree char *until = NULL, *deputy = NULL;
        class_read_absence(message, context.patterns, &until, &deputy);
        check(until);
        check(deputy);
        return 0;
}
