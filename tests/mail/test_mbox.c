#include "mail/mbox.h"

#include <string.h>

typedef struct {
        const char *name, *text, *messages[4];
} Row;

static const Row rows[] = {
        { "empty", "", { NULL } },
        { "one mail, no mbox", "Subject: a\n\nhello\n", { "Subject: a\n\nhello\n", NULL } },
        { "two",
          "From a@b Mon Jan  1 00:00:00 2027\nSubject: a\n\none\n\nFrom a@b Mon Jan  1 00:00:00 "
          "2027\nSubject: b\n\ntwo\n",
          { "Subject: a\n\none\n", "Subject: b\n\ntwo\n", NULL } },
        { "From in a text is quoted",
          "From a@b Mon Jan  1 00:00:00 2027\nSubject: a\n\n>From here on\n",
          { "Subject: a\n\n>From here on\n", NULL } },
        { "nothing but a separator", "From a@b\n", { NULL } },
};

static void check(gconstpointer data)
{
        const Row *row = data;
        g_autoptr(GBytes) bytes = g_bytes_new_static(row->text, strlen(row->text));
        g_autoptr(GPtrArray) messages = mbox_split(bytes);
        guint count = 0;
        for (; row->messages[count] != NULL; count++) {
                g_assert_cmpuint(messages->len, >, count);
                gsize length;
                const char *slice = g_bytes_get_data(g_ptr_array_index(messages, count), &length);
                g_autofree char *text = g_strchomp(g_strndup(slice, length));
                g_autofree char *want = g_strchomp(g_strdup(row->messages[count]));
                g_assert_cmpstr(text, ==, want);
        }
        g_assert_cmpuint(messages->len, ==, count);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *path = g_strdup_printf("/mbox/%s", rows[i].name);
                g_test_add_data_func(path, &rows[i], check);
        }
        return g_test_run();
}
