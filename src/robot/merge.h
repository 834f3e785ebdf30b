/* robot/merge.h: two files of one person become one.
 *
 * Roles, tasks and what was done pass to the file that stays, by a record in each case; so do mails, links
 * and reply addresses, the staff's digest, and the rolls. The address of the other file finds the person from
 * now on, but vouches for nothing: who writes from there is asked at the address that stays. Not undone.
 */
#pragma once

#include "robot/apply.h"

typedef enum {
        MERGE_DONE,
        MERGE_SAME,     /* they are one already */
        MERGE_REGISTRY, /* registry_address stays: name it first */
} MergeVerdict;

/* Inside the caller's transaction. by: who asked for it; 0: the operator. message: the row that says so; 0.
 * *mails_out: how many were ordered. False on error. */
bool merge_people(const Applier *applier, int64_t keep, int64_t gone, int64_t by, int64_t message,
                  MergeVerdict *verdict_out, guint *mails_out, GError **error);
