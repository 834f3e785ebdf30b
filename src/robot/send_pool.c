#include "robot/send_pool.h"

#include "base/address.h"

#include <string.h>

struct SendPool {
        const Config *config; /* borrowed */
        char *password;
        GAsyncQueue *mails;   /* of OutboxMail, and of `the_end` */
        GAsyncQueue *results; /* of SendResult */
        GPtrArray *threads;   /* of GThread */
};

static OutboxMail the_end; /* what a thread ends at */

void send_result_free(SendResult *result)
{
        if (result == NULL)
                return;
        outbox_mail_free(result->mail);
        smtp_reply_free(result->reply);
        g_clear_error(&result->error);
        g_free(result);
}

static SendResult *submit(SendPool *pool, Smtp **smtp, OutboxMail *mail)
{
        SendResult *result = g_new0(SendResult, 1);
        result->mail = mail;
        g_autoptr(GBytes) bytes = spool_read(pool->config->state_dir, &mail->place, &result->error);
        if (bytes != NULL && *smtp == NULL)
                *smtp = smtp_new(&pool->config->submission, pool->password,
                                 address_domain(pool->config->address), &result->error);
        if (bytes != NULL && *smtp != NULL)
                result->reply =
                        smtp_submit(*smtp, mail->envelope_from, mail->recipient, bytes, &result->error);
        return result;
}

static void *run_connection(void *data)
{
        SendPool *pool = data;
        g_autoptr(Smtp) smtp = NULL;
        OutboxMail *mail;
        while ((mail = g_async_queue_pop(pool->mails)) != &the_end) {
                SendResult *result = submit(pool, &smtp, mail);
                if (g_error_matches(result->error, SMTP_ERROR, SMTP_ERROR_LOGIN))
                        g_clear_pointer(&smtp, smtp_free);
                g_async_queue_push(pool->results, result);
        }
        return NULL;
}

SendPool *send_pool_new(const Config *config, const char *password)
{
        SendPool *pool = g_new0(SendPool, 1);
        pool->config = config;
        pool->password = g_strdup(password);
        pool->mails = g_async_queue_new();
        pool->results = g_async_queue_new();
        pool->threads = g_ptr_array_new();
        for (int i = 0; i < config->submission_connections; i++)
                g_ptr_array_add(pool->threads, g_thread_new("submission", run_connection, pool));
        return pool;
}

void send_pool_free(SendPool *pool)
{
        if (pool == NULL)
                return;
        for (guint i = 0; i < pool->threads->len; i++)
                g_async_queue_push(pool->mails, &the_end);
        for (guint i = 0; i < pool->threads->len; i++)
                g_thread_join(g_ptr_array_index(pool->threads, i));
        SendResult *result;
        while ((result = g_async_queue_try_pop(pool->results)) != NULL)
                send_result_free(result);
        g_ptr_array_unref(pool->threads);
        g_async_queue_unref(pool->mails);
        g_async_queue_unref(pool->results);
        g_free(pool->password);
        g_free(pool);
}

void send_pool_push(SendPool *pool, OutboxMail *mail)
{
        g_async_queue_push(pool->mails, mail);
}

SendResult *send_pool_pop(SendPool *pool, bool is_waiting)
{
        return is_waiting ? g_async_queue_pop(pool->results) : g_async_queue_try_pop(pool->results);
}
