#include "robot/rate.h"

typedef struct {
        int64_t began_at;
        int count;
} Window;

struct Rate {
        int most, window_s;
        guint sources_max;
        GHashTable *windows; /* source -> Window */
        GQueue order;        /* of sources, oldest first; borrowed from the table */
};

Rate *rate_new(int most, int window_s, guint sources_max)
{
        Rate *rate = g_new0(Rate, 1);
        rate->most = most;
        rate->window_s = window_s;
        rate->sources_max = sources_max;
        rate->windows = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
        g_queue_init(&rate->order);
        return rate;
}

void rate_free(Rate *rate)
{
        if (rate == NULL)
                return;
        g_queue_clear(&rate->order);
        g_hash_table_unref(rate->windows);
        g_free(rate);
}

bool rate_is_over(Rate *rate, const char *source, int64_t now)
{
        const Window *window = g_hash_table_lookup(rate->windows, source);
        return window != NULL && now - window->began_at < rate->window_s && window->count >= rate->most;
}

void rate_count(Rate *rate, const char *source, int64_t now)
{
        Window *window = g_hash_table_lookup(rate->windows, source);
        if (window == NULL) {
                if (g_hash_table_size(rate->windows) >= rate->sources_max)
                        g_hash_table_remove(rate->windows, g_queue_pop_head(&rate->order));
                char *key = g_strdup(source);
                window = g_new0(Window, 1);
                g_hash_table_insert(rate->windows, key, window);
                g_queue_push_tail(&rate->order, key);
        }
        if (now - window->began_at >= rate->window_s)
                *window = (Window){ .began_at = now };
        window->count++;
}
