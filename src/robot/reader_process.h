/* robot/reader_process.h: the reading process as its parent sees it: frames to it, frames from it, its death.
 *
 * For reader.c alone, which knows what the frames mean.
 */
#pragma once

#include "robot/reader_wire.h"

#include <glib.h>
#include <stdbool.h>

typedef struct ReaderProcess ReaderProcess;

/* Starts `program run --duty reader`, hands over the setup and waits until it is sealed. NULL with
 * READER_ERROR_START. */
ReaderProcess *reader_process_start(const char *program, GBytes *setup, GError **error);
void reader_process_free(ReaderProcess *process); /* ends it */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ReaderProcess, reader_process_free)

/* Puts a frame behind those that wait; bytes NULL: empty. */
void reader_process_send(ReaderProcess *process, FrameKind kind, uint32_t batch, uint32_t index,
                         GBytes *bytes);

/* bytes end with NUL beyond head->size. */
typedef void (*FrameHandler)(const FrameHead *head, const char *bytes, void *data);
/* Writes and reads what can be without waiting; then, unless a frame came, waits for up to timeout_ms. False:
 * it died or was killed because it did not move for READER_MESSAGE_S. */
bool reader_process_pump(ReaderProcess *process, int timeout_ms, FrameHandler handler, void *data);

/* After its death: why, in words ("died of signal 11"); and where it was, as reader_place(), 0: nowhere. */
char *reader_process_death(ReaderProcess *process, uint64_t *place_out);
