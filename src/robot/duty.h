/* robot/duty.h: one process of the robot: what it has, what wakes it, how it tells that it is well.
 *
 * Started by the supervisor as `run --duty NAME` with descriptors at fixed numbers: secrets, the doorbells of
 * all duties, and a pipe for reports. The files duty_fetch.c, duty_clerk.c, duty_send.c and duty_web.c have
 * one loop each; duty.c is the frame around them.
 */
#pragma once

#include "robot/backoff.h"
#include "robot/house.h"
#include "robot/secrets.h"
#include "robot/wall.h"

typedef enum { DUTY_FETCH, DUTY_CLERK, DUTY_SEND, DUTY_WEB } DutyKind;
enum { N_DUTIES = DUTY_WEB + 1 };
const char *duty_name(DutyKind kind);

enum {
        DUTY_SECRETS_FD = 3,
        DUTY_BELLS_FD = 4, /* N_DUTIES of them */
        DUTY_REPORT_FD = DUTY_BELLS_FD + N_DUTIES,
};

/* The first character of what a duty reports. */
enum { DUTY_IS_WELL = '+', DUTY_FAILS = '!' };

typedef struct {
        DutyKind kind;
        House *house;
        const Secrets *secrets;
        int64_t since; /* `--since` */
        int bells[N_DUTIES];
        int report_fd;
        Backoff backoff;
} Duty;

/* What a duty is made of. */
typedef struct {
        const char *name;
        unsigned house;   /* HousePart, ored */
        unsigned secrets; /* SecretKind, ored */
        /* Works until duty_is_stopping(). False: it cannot work, and is started again later. */
        bool (*run)(Duty *duty, GError **error);
} DutyEntry;
extern const DutyEntry duty_entries[N_DUTIES];

bool duty_run_fetch(Duty *duty, GError **error);
bool duty_run_clerk(Duty *duty, GError **error);
bool duty_run_send(Duty *duty, GError **error);
bool duty_run_web(Duty *duty, GError **error);

/* The end was asked for: the loop leaves after the transaction in hand. */
bool duty_is_stopping(void);
void duty_ring(const Duty *duty, DutyKind other);
int duty_bell(const Duty *duty); /* its own: becomes readable when rung or when the end is asked for */
/* Waits until the bell rings or timeout_ms passed (-1: for ever), and clears the bell. */
void duty_wait(const Duty *duty, int64_t timeout_ms);
/* Waits although the bell may ring: after a failure. */
void duty_rest(const Duty *duty, int64_t wait_ms);
/* Tells the supervisor that the loop went round and did something useful, or what it waits for. No address,
 * no secret. */
void duty_report(const Duty *duty, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* A failure: logs and reports it, waits (longer each time). */
void duty_fail(Duty *duty, const GError *error, int first_s, int most_s);
void duty_succeed(Duty *duty); /* the next failure is the first again */

/* Gives up what this duty must not have; for run() once all is open, before threads are started. */
void duty_close_wall(const Duty *duty, bool may_connect, bool may_accept, bool may_run);
