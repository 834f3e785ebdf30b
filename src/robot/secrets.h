/* robot/secrets.h: what only some duties may know, read by the supervisor and handed over by descriptor. */
#pragma once

#include "base/config.h"

#include <stdbool.h>

typedef struct {
        char *mailbox_password, *submission_password; /* NULL: none is set */
        char *keys;                                   /* text of the key file of tokens */
        char *seal_keys;                              /* of confidential forms: the web duty's alone */
        char *label_keys;                             /* of signatures on labels */
} Secrets;

typedef enum {
        SECRET_MAILBOX = 1 << 0,
        SECRET_SUBMISSION = 1 << 1,
        SECRET_KEYS = 1 << 2,
        SECRET_SEAL = 1 << 3,
        SECRET_LABEL = 1 << 4,
        SECRET_ALL = (1 << 5) - 1,
} SecretKind;

/* Reads the files of these kinds (ored). The error names path and mend. */
Secrets *secrets_read(const Config *config, unsigned kinds, GError **error);
void secrets_free(Secrets *secrets);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Secrets, secrets_free)

/* A descriptor that holds those of these kinds and can be read once; -1 on error. Below 60 kB. */
int secrets_send(const Secrets *secrets, unsigned kinds, GError **error);
Secrets *secrets_receive(int fd, GError **error); /* and closes it */
