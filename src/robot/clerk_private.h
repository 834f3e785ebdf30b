/* robot/clerk_private.h: what the files of the clerk share. Not for other rooms. */
#pragma once

#include "robot/act.h"
#include "robot/clerk.h"
#include "robot/identify.h"
#include "store/inbox.h"

/* One message of a batch. */
typedef struct {
        InboxRow *row;
        ReaderJob *job; /* NULL: it could not be fetched from the spool, was never fetched, or is an act */
        Act *act;       /* what somebody did on a page; NULL: a mail */
        Match match;
        GError *trouble; /* why there is no job, or no match */
} Item;

struct Clerk {
        House *house;
        Reader *reader;
        Spool *out;
        GPtrArray *batch; /* of Item: with the reader; NULL */
        GPtrArray *jobs;  /* of ReaderJob, borrowed from batch; what the reader has of it */
        bool is_posted;   /* the reader has begun on it */
        bool is_staffed;  /* the registry's address gets its digest */
        bool is_indexed;  /* everybody can be found */
};

typedef struct {
        Clerk *clerk;
        int64_t now;
        ClerkTurn *turn;
} Round;

/* The world, or this message? Only the world's failures stop the batch. */
bool clerk_is_world(const GError *error);

/* What one message, or one act of a page, comes to: decided, applied, its row closed (clerk_message.c). */
bool clerk_decide(const Round *round, const Item *item, GError **error);

/* What time brings: cases that are due, digests, the index, the robot's mail to itself (clerk_time.c). */
bool clerk_turn_time(Clerk *clerk, ClerkTurn *turn, GError **error);
