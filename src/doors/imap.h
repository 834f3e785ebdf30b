/* doors/imap.h: one mailbox on a real IMAP server, through libetpan over our own transport.
 *
 * TLS 1.2 or newer, certificate and host name verified, a deadline on every command, a cap on what one answer
 * may hold (LIBRARIES.md section 2). One session, one thread. After any error but IMAP_ERROR_REFUSED the
 * session is gone: free it and connect again, later.
 */
#pragma once

#include "base/config.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum {
        IMAP_ERROR_TLS,     /* certificate, host name, no STARTTLS: an administrator must look */
        IMAP_ERROR_LOGIN,   /* wrong user or password: do not hammer */
        IMAP_ERROR_LATER,   /* unavailable, throttled */
        IMAP_ERROR_LOST,    /* connection or protocol broken: reconnect */
        IMAP_ERROR_REFUSED, /* NO to this command; the session lives */
} ImapError;
#define IMAP_ERROR (imap_error_quark())
GQuark imap_error_quark(void);

typedef struct Imap Imap;

/* secret: the password; with LOGIN_OAUTH2 the application's, and a fresh token is fetched with it first. */
Imap *imap_connect(const ServerConfig *server, const char *secret, GError **error);
void imap_free(Imap *imap); /* no network but a best effort close */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Imap, imap_free)

/* What the server can do; known since the login. */
typedef struct {
        bool has_move, has_uidplus, has_idle;
} ImapFacts;
ImapFacts imap_facts(const Imap *imap);

typedef struct {
        uint32_t uidvalidity, uidnext, exists;
} ImapFolder;

/* Names are UTF-8 with `/` as delimiter; the door makes the server's own of them. */
bool imap_ensure_folder(Imap *imap, const char *name, GError **error);
bool imap_select(Imap *imap, const char *name, ImapFolder *folder_out, GError **error);
/* The same facts without leaving the selected folder (STATUS). */
bool imap_status(Imap *imap, const char *name, ImapFolder *folder_out, GError **error);
/* UIDs above last, ascending (of uint32_t). since (Unix seconds, 0: none) adds SINCE. */
GArray *imap_search(Imap *imap, uint32_t last_uid, int64_t since, GError **error);

typedef struct {
        uint32_t uid;
        uint32_t size_bytes; /* RFC822.SIZE: a hint */
        int64_t received_at; /* INTERNALDATE */
        GBytes *raw;         /* NULL after imap_sizes(), and for a message that is gone */
} ImapMessage;
void imap_message_free(ImapMessage *message);

/* Sizes and dates of up to some hundreds of UIDs in one command; of ImapMessage. */
GPtrArray *imap_sizes(Imap *imap, const uint32_t *uids, gsize count, GError **error);
/* Bodies with BODY.PEEK[] in one command; the caller bounds the sum of sizes. Gone messages are left out. */
GPtrArray *imap_fetch(Imap *imap, const uint32_t *uids, gsize count, GError **error);
/* One large message, streamed: limit_bytes stops it (IMAP_ERROR_REFUSED is not given: raw is NULL then). */
ImapMessage *imap_fetch_large(Imap *imap, uint32_t uid, int64_t limit_bytes, GError **error);
/* Where one message came to lie. */
typedef struct {
        uint32_t from_uid;
        uint32_t uidvalidity, uid; /* in the folder it was moved to */
} ImapPlace;

/* UID MOVE, or COPY + STORE \Deleted + UID EXPUNGE; one command for many. Missing UIDs are fine. places (of
 * ImapPlace; NULL: not wanted) gets those that the server tells (COPYUID, RFC 4315). */
bool imap_move(Imap *imap, const uint32_t *uids, gsize count, const char *folder, GArray *places,
               GError **error);

/* Waits until something new may be there, wake_fd is readable, or timeout_ms passed. *changed_out says the
 * first. Falls back to waiting when the server has no IDLE. */
bool imap_wait(Imap *imap, int wake_fd, int timeout_ms, bool *changed_out, GError **error);

guint64 imap_command_count(const Imap *imap); /* for the bench */
