/* doors/imap_private.h: what the files of the IMAP door share. Not for other rooms. */
#pragma once

#include "doors/imap.h"
#include "doors/imap_transport.h"

#include <libetpan/libetpan.h>

struct Imap {
        const ServerConfig *server; /* borrowed */
        char *where;                /* "mailbox imap.example.org:993", opens every message */
        mailimap *session;
        mailstream_low *low; /* belongs to the session's stream */
        MMAPString *line;    /* of the commands we speak ourselves */
        int cap_ms;          /* no command may take longer; 0: each its own deadline */
        bool is_broken;      /* throw the connection away */
        bool has_move, has_uidplus, has_namespace, has_idle;
        bool has_names; /* delimiter and prefix are known */
        char delimiter;
        char *prefix;
        uint32_t known_exists; /* when the last search began */
        guint64 commands;
};

/* A session over a transport that is open; server outlives it. */
Imap *imap_new(const ServerConfig *server, mailstream_low *low, int cap_ms);
/* Greeting, STARTTLS, login, capabilities. secret: the password, or the access token. */
bool imap_open(Imap *imap, const char *secret, GError **error);
/* imap_connect() with a bound for every step, for tests. */
Imap *imap_connect_within(const ServerConfig *server, const char *secret, int cap_ms, GError **error);

enum {
        IMAP_SHORT_MS = 60000,            /* a command that answers with lines */
        IMAP_LONG_MS = 300000,            /* one that carries messages, or opens a large mailbox */
        IMAP_LINES_BYTES = 16 << 20,      /* 50,000 UIDs of a search take 0.4 MB */
        IMAP_MESSAGES_BYTES = 64 << 20,   /* a batch, which its caller keeps far below */
        IMAP_GREETING_BYTES = 256 * 1024, /* before the login */
};
/* Opens a command: counts it and sets its bounds. */
void imap_begin(Imap *imap, int timeout_ms, size_t limit_bytes);

/* After a libetpan call: true when it succeeded; else the error, "where: the server <does what> while
 * <doing>". */
bool imap_check(Imap *imap, int code, const char *doing, GError **error);
/* The connection is of no use any more. Always false. */
bool imap_lost(Imap *imap, const char *doing, GError **error);
bool imap_refused(Imap *imap, const char *doing, const char *text, GError **error);

/* Commands that we speak ourselves, line by line (imap_line.c). */
typedef enum { IMAP_LINE_OK, IMAP_LINE_NO, IMAP_LINE_BAD, IMAP_LINE_LOST } ImapVerdict;
bool imap_line_send(Imap *imap, const char *text, bool is_secret); /* CRLF is added */
const char *imap_line_read(Imap *imap); /* without CRLF; NULL: lost; until the next */
/* What a tagged line says; text_out is its rest ("[CODE] words"), the caller's. */
ImapVerdict imap_line_verdict(const char *line, char **text_out);
/* Reads up to the line tagged `tag`; untagged lines go to `seen` (may be NULL). */
ImapVerdict imap_line_finish(Imap *imap, const char *tag, void (*seen)(const char *line, void *data),
                             void *data, char **text_out);

/* Uppercase words of the server's last CAPABILITY into has_*; the caller frees the list. */
char **imap_capabilities(Imap *imap, GError **error);

/* UID set of libetpan, consecutive UIDs as ranges. */
struct mailimap_set *imap_uid_set(const uint32_t *uids, gsize count);
/* The server's own name of a folder of ours. */
char *imap_folder_name(Imap *imap, const char *name, GError **error);
