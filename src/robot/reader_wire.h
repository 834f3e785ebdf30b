/* robot/reader_wire.h: what goes over the two pipes between reader and clerk. For reader*.c alone.
 *
 * Frames in the machine's own byte order, since both ends are the same program: a head, then `size` bytes.
 */
#pragma once

#include <stdint.h>

enum {
        READER_PROTOCOL = 2,
        READER_MESSAGE_S = 20,         /* processor time, and time on the clock, for one message */
        READER_MEMORY = 64 << 20,      /* beyond what it holds once started, and beyond the largest message */
        READER_LARGEST = 101 << 20,    /* of one frame: mailbox.message_limit_mb is at most 100 */
        READER_READ_BYTES = 256 << 10, /* of one read */
};

typedef enum {
        /* to the reader */
        FRAME_SETUP, /* JSON; index: READER_PROTOCOL */
        FRAME_FIND,  /* raw message: the first turn */
        FRAME_OWN,   /* a raw mail of ours, before the second turn */
        FRAME_READ,  /* nothing: the second turn */
        /* to the clerk */
        FRAME_READY,      /* nothing: patterns are loaded, the wall is up */
        FRAME_UNREADY,    /* text: why not */
        FRAME_REFERENCES, /* fingerprint, NUL, references_to_bytes() */
        FRAME_READING,    /* reading_to_bytes() */
} FrameKind;

typedef struct {
        uint32_t kind; /* FrameKind */
        uint32_t batch, index;
        uint32_t size; /* bytes that follow */
} FrameHead;

/* The page that both share: where the reader is. 0: it waits. */
typedef struct {
        _Atomic uint64_t at;   /* reader_place() */
        _Atomic uint64_t done; /* frames worked on: tells that it moves */
} ReaderProgress;

static inline uint64_t reader_place(uint32_t batch, uint32_t index)
{
        return ((uint64_t)batch << 32 | index) + 1;
}
