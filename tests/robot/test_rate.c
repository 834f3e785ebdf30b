/* How often one source may try: the limit, the window, and a table that stays bounded. */
#include "robot/rate.h"

enum { MOST = 3, WINDOW_S = 60, SOURCES = 4 };

static void count(Rate *rate, const char *source, int64_t now, int times)
{
        for (int i = 0; i < times; i++)
                rate_count(rate, source, now);
}

static void check_limit(void)
{
        g_autoptr(Rate) rate = rate_new(MOST, WINDOW_S, SOURCES);
        g_assert_false(rate_is_over(rate, "a", 1000));
        count(rate, "a", 1000, MOST - 1);
        g_assert_false(rate_is_over(rate, "a", 1000));
        count(rate, "a", 1059, 1);
        g_assert_true(rate_is_over(rate, "a", 1059));
        g_assert_false(rate_is_over(rate, "b", 1059)); /* another source is not to blame */
}

static void check_window(void)
{
        g_autoptr(Rate) rate = rate_new(MOST, WINDOW_S, SOURCES);
        count(rate, "a", 1000, 100);
        g_assert_true(rate_is_over(rate, "a", 1059));
        g_assert_false(rate_is_over(rate, "a", 1060)); /* never shut out for longer than the window */
        count(rate, "a", 1060, 1);
        g_assert_false(rate_is_over(rate, "a", 1060));
        count(rate, "a", 1061, MOST - 1);
        g_assert_true(rate_is_over(rate, "a", 1061));
}

/* A full table forgets the oldest source, whatever number of them comes. */
static void check_full(void)
{
        g_autoptr(Rate) rate = rate_new(MOST, WINDOW_S, SOURCES);
        count(rate, "first", 1000, MOST);
        for (int i = 0; i < 1000; i++) {
                g_autofree char *source = g_strdup_printf("192.0.2.%d", i);
                count(rate, source, 1000, MOST);
        }
        g_assert_false(rate_is_over(rate, "first", 1000));
        for (int i = 1000 - SOURCES; i < 1000; i++) {
                g_autofree char *source = g_strdup_printf("192.0.2.%d", i);
                g_assert_true(rate_is_over(rate, source, 1000));
        }
        g_assert_false(rate_is_over(rate, "192.0.2.995", 1000));
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/rate/limit", check_limit);
        g_test_add_func("/rate/window", check_window);
        g_test_add_func("/rate/full", check_full);
        return g_test_run();
}
