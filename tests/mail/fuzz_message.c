/* Any bytes are a message, with a reading: as the reader process does it, references first. */
#include "mail/reading.h"

#include <stdlib.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static Patterns *patterns;

int LLVMFuzzerInitialize(int *argc G_GNUC_UNUSED, char ***argv G_GNUC_UNUSED)
{
        g_autoptr(Problems) problems = problems_new();
        patterns = patterns_load_dir("rules/reading", problems);
        if (patterns == NULL)
                g_error("no rules/reading here: the targets are started at the top of the source");
        reading_load();
        return 0;
}

static void check_text(const char *text)
{
        g_assert_true(text == NULL || g_utf8_validate(text, -1, NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const char *const trusted[] = { "mx.example.org", NULL };
        g_autoptr(GBytes) raw = g_bytes_new(data, size);
        g_autoptr(Message) message = message_open(raw);
        check_text(message_subject(message));
        check_text(message_from(message));
        check_text(message_text(message));
        check_text(message_html(message));
        g_autoptr(References) references = references_find(message);
        check_text(references->subject_reference);
        g_autofree char *fingerprint = message_fingerprint(message);
        g_assert_nonnull(fingerprint);
        /* Against itself as the mail that is answered. */
        g_autoptr(GPtrArray) own = g_ptr_array_new();
        g_ptr_array_add(own, raw);
        ReadingContext context = { .patterns = patterns,
                                   .trusted_authserv = trusted,
                                   .own_address = "stages@example.org",
                                   .instance = "x" };
        g_autoptr(Reading) reading = reading_make(message, &context, size % 2 == 0 ? own : NULL);
        json_t *object = reading_to_json(reading); /* only valid UTF-8 becomes JSON */
        g_assert_true(json_is_string(json_object_get(object, "text")));
        g_autoptr(GByteArray) bytes = g_byte_array_new();
        reading_to_bytes(reading, bytes);
        g_autoptr(Reading) back = reading_from_bytes((const char *)bytes->data, bytes->len);
        g_assert_nonnull(back);
        g_assert_cmpstr(back->text, ==, reading->text);
        g_assert_cmpstr(back->subject, ==, reading->subject);
        json_decref(object);
        return 0;
}
