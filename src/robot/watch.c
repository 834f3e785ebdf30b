#include "robot/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { FILE_BYTES = 8192, SAID_BYTES_MAX = 600, LOCK_TRIES = 20, LOCK_WAIT_US = 20000 };

static char *watch_path(const char *state_dir)
{
        return g_build_filename(state_dir, "robot.status", NULL);
}

void watch_clear(Watch *watch)
{
        for (guint i = 0; i < watch->count; i++) {
                g_free(watch->duties[i].name);
                g_free(watch->duties[i].said);
        }
        *watch = (Watch){ 0 };
}

static int fail(const char *path, GError **error)
{
        g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno), "%s: %s%s", path, g_strerror(errno),
                    errno == EWOULDBLOCK ? ": another robot runs on this state folder" : "");
        return -1;
}

int watch_open(const char *state_dir, GError **error)
{
        g_autofree char *path = watch_path(state_dir);
        const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (fd < 0)
                return fail(path, error);
        for (int tries = 0; flock(fd, LOCK_EX | LOCK_NB) != 0; tries++) {
                if (errno != EWOULDBLOCK || tries == LOCK_TRIES) {
                        fail(path, error);
                        close(fd);
                        return -1;
                }
                g_usleep(LOCK_WAIT_US); /* `facteur status` has it for a moment */
        }
        return fd;
}

static json_t *duty_object(const WatchDuty *duty)
{
        g_autofree char *said =
                g_utf8_substring(duty->said, 0, MIN(g_utf8_strlen(duty->said, -1), SAID_BYTES_MAX));
        return json_pack("{s:s, s:s, s:I, s:I, s:i}", "name", duty->name, "said", said, "reported_at",
                         (json_int_t)duty->reported_at, "failing_since", (json_int_t)duty->failing_since,
                         "failures", duty->failures);
}

void watch_write(int fd, const Watch *watch)
{
        char bytes[FILE_BYTES];
        json_t *duties = json_array();
        for (guint i = 0; i < watch->count; i++)
                json_array_append_new(duties, duty_object(&watch->duties[i]));
        json_t *object = json_pack("{s:I, s:I, s:I, s:o}", "started_at", (json_int_t)watch->started_at,
                                   "stopped_at", (json_int_t)watch->stopped_at, "written_at",
                                   (json_int_t)watch->written_at, "duties", duties);
        char *text = object != NULL ? json_dumps(object, JSON_COMPACT) : NULL;
        memset(bytes, ' ', sizeof bytes);
        bytes[sizeof bytes - 1] = '\n';
        if (text != NULL && strlen(text) < sizeof bytes) {
                memcpy(bytes, text, strlen(text));
                const ssize_t written = pwrite(fd, bytes, sizeof bytes, 0);
                (void)written; /* what it says then is old, and says when it was written */
        }
        free(text);
        json_decref(object);
}

static void read_duty(const json_t *object, Watch *watch)
{
        const char *name = json_string_value(json_object_get(object, "name")),
                   *said = json_string_value(json_object_get(object, "said"));
        if (name == NULL || said == NULL || watch->count == WATCH_DUTIES_MAX)
                return;
        watch->duties[watch->count++] = (WatchDuty){
                .name = g_strdup(name),
                .said = g_strdup(said),
                .reported_at = json_integer_value(json_object_get(object, "reported_at")),
                .failing_since = json_integer_value(json_object_get(object, "failing_since")),
                .failures = (int)json_integer_value(json_object_get(object, "failures")),
        };
}

bool watch_read(const char *state_dir, Watch *watch_out, GError **error)
{
        g_autofree char *path = watch_path(state_dir);
        char bytes[FILE_BYTES];
        size_t index;
        json_t *duty;
        *watch_out = (Watch){ 0 };
        const int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0 && errno == ENOENT)
                return true;
        if (fd < 0)
                return fail(path, error) == 0;
        watch_out->is_running = flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
        const ssize_t length = read(fd, bytes, sizeof bytes);
        close(fd);
        json_t *object = length > 0 ? json_loadb(bytes, (size_t)length, 0, NULL) : NULL;
        watch_out->started_at = json_integer_value(json_object_get(object, "started_at"));
        watch_out->stopped_at = json_integer_value(json_object_get(object, "stopped_at"));
        watch_out->written_at = json_integer_value(json_object_get(object, "written_at"));
        json_array_foreach(json_object_get(object, "duties"), index, duty) {
                read_duty(duty, watch_out);
        }
        json_decref(object);
        return true;
}
