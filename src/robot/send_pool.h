/* robot/send_pool.h: connections to the submission server, one thread each, behind two queues. For send.c. */
#pragma once

#include "doors/smtp.h"
#include "store/outbox.h"

typedef struct SendPool SendPool;

/* A mail that came back: exactly one of reply and error is set. */
typedef struct {
        OutboxMail *mail;
        SmtpReply *reply;
        GError *error; /* SMTP_ERROR: the server; STORE_ERROR: its bytes cannot be read */
} SendResult;
void send_result_free(SendResult *result);

SendPool *send_pool_new(const Config *config, const char *password);
/* Waits for the mails that are on their way. */
void send_pool_free(SendPool *pool);

void send_pool_push(SendPool *pool, OutboxMail *mail); /* taken over */
/* The next one to come back; waits for it when asked. NULL: none yet. */
SendResult *send_pool_pop(SendPool *pool, bool is_waiting);
