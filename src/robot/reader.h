/* robot/reader.h: hostile mail is read here, behind a wall: bytes in, a reading out.
 *
 * The reader is a process of its own: patterns are loaded, then it seals itself (seccomp: no files, no
 * network, nothing but memory and its two pipes; limits on memory and processor time). Messages go in
 * batches, two turns each: first the references found, which the caller looks up; then, with the mails of
 * ours that they name, the reading. A message that kills the reader or keeps it busy too long has a `failure`
 * and no reading; the reader is started again by itself and the others of the batch are read all the same.
 *
 *     reader_post(reader, a);
 *     for (;;) {
 *             reader_wait_references(reader, a);   look up what they name, fill job->own
 *             reader_post_own(reader, a);
 *             reader_post(reader, b);              the reader works on b while a is decided
 *             reader_wait_readings(reader, a);     decide a, commit
 *             a = b, and so on
 *     }
 */
#pragma once

#include "base/config.h"
#include "mail/reading.h"

typedef enum {
        READER_ERROR_START, /* cannot be started, or its patterns are wrong: nothing can be read */
} ReaderError;
#define READER_ERROR (reader_error_quark())
GQuark reader_error_quark(void);

typedef struct Reader Reader;

typedef struct {
        const char *program;                 /* NULL: this program */
        const char *rules_dir;               /* the patterns are in reading/ below it */
        const char *const *trusted_authserv; /* NULL-terminated; NULL: nobody is believed */
        const char *own_address;             /* NULL */
        const char *instance;                /* NULL */
} ReaderSetup;

/* What the configuration says; borrowed from it. */
ReaderSetup reader_setup(const Config *config);

/* Starts the process (`PROGRAM run --duty reader`) and waits until it is sealed. setup is copied. */
Reader *reader_start(const ReaderSetup *setup, GError **error);
/* The same without process and wall, for tests and `facteur read`. context is borrowed. */
Reader *reader_inside(const ReadingContext *context);
void reader_free(Reader *reader); /* ends the process; batches that are under way must be given up first */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Reader, reader_free)

/* One message on its way through the reader. */
typedef struct {
        GBytes *raw;    /* in; owned */
        GPtrArray *own; /* in, before the second turn: of GBytes, the mails of ours that are answered; owned;
                           NULL */
        void *data;     /* the caller's */

        References *references; /* after the first turn; owned; NULL when it failed */
        char *fingerprint;      /* after the first turn: message_fingerprint() */
        Reading *reading;       /* after the second turn; owned; NULL when it failed */
        char *failure;          /* "ran out of time", "died of signal 11"; NULL: all is well */
} ReaderJob;

ReaderJob *reader_job_new(GBytes *raw, void *data); /* raw is referenced */
void reader_job_free(ReaderJob *job);

/* Batches: arrays of ReaderJob, at most READER_BATCH_MESSAGES and READER_BATCH_BYTES (a larger message goes
 * alone). At most two are under way at once; a batch stays alive and unchanged until reader_wait_readings()
 * or reader_give_up(). */
enum { READER_BATCH_MESSAGES = 50, READER_BATCH_BYTES = 4 << 20 };

/* The error of these is READER_ERROR_START alone; then give up and start again later. */
bool reader_post(Reader *reader, GPtrArray *jobs, GError **error);
bool reader_wait_references(Reader *reader, GPtrArray *jobs, GError **error);
bool reader_post_own(Reader *reader, GPtrArray *jobs, GError **error);
bool reader_wait_readings(Reader *reader, GPtrArray *jobs, GError **error);
/* Forgets a batch that is under way: the reader is started afresh at the next post. */
void reader_give_up(Reader *reader, GPtrArray *jobs);

/* What the process does: setup and batches from in_fd, answers to out_fd, until in_fd ends. progress_fd: a
 * page shared with the parent that says where the reader is. The exit code of the process. */
int reader_serve(int in_fd, int out_fd, int progress_fd);
