#include "robot/wall.h"

#include "base/log.h"
#include "base/sanitizer.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void tell_missing(const char *what, int error)
{
        log_event(LOG_LEVEL_WARNING, "wall-missing", "wall=%s reason=%s", what,
                  IS_SANITIZED ? "sanitizer" : g_strerror(error));
}

/* What computing needs: memory, the two pipes, the clock, and a decent death. */
static const int computing_calls[] = {
        SCMP_SYS(read),       SCMP_SYS(write),          SCMP_SYS(readv),        SCMP_SYS(writev),
        SCMP_SYS(brk),        SCMP_SYS(munmap),         SCMP_SYS(mremap),       SCMP_SYS(madvise),
        SCMP_SYS(futex),      SCMP_SYS(clock_gettime),  SCMP_SYS(time),         SCMP_SYS(gettimeofday),
        SCMP_SYS(getrandom),  SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigreturn),
        SCMP_SYS(getpid),     SCMP_SYS(gettid),         SCMP_SYS(tgkill),       SCMP_SYS(exit),
        SCMP_SYS(exit_group), SCMP_SYS(close),          SCMP_SYS(fstat),        SCMP_SYS(restart_syscall),
        SCMP_SYS(prlimit64),  SCMP_SYS(setrlimit),      SCMP_SYS(getrlimit),    SCMP_SYS(sched_yield),
};

/* What libraries try and can do without: a converter that is not loaded, a zone file. */
static const int refused_calls[] = {
        SCMP_SYS(open),     SCMP_SYS(openat),     SCMP_SYS(stat),  SCMP_SYS(newfstatat),
        SCMP_SYS(statx),    SCMP_SYS(access),     SCMP_SYS(lseek), SCMP_SYS(getcwd),
        SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(ioctl), SCMP_SYS(fcntl),
        SCMP_SYS(socket),   SCMP_SYS(faccessat),  SCMP_SYS(uname), SCMP_SYS(getpeername),
};

static int add_computing_rules(scmp_filter_ctx filter)
{
        int failed = 0;
        for (size_t i = 0; i < G_N_ELEMENTS(computing_calls); i++)
                failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, computing_calls[i], 0);
        for (size_t i = 0; i < G_N_ELEMENTS(refused_calls); i++)
                failed |= seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), refused_calls[i], 0);
        /* memory that could be run is not given */
        const struct scmp_arg_cmp not_runnable = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
        failed |= seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, &not_runnable);
        failed |= seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, &not_runnable);
        return failed;
}

static void load_filter(const char *name, uint32_t otherwise, int (*add)(scmp_filter_ctx))
{
        scmp_filter_ctx filter = IS_SANITIZED ? NULL : seccomp_init(otherwise);
        int failed = filter == NULL ? -ENOSYS : add(filter);
        if (failed == 0)
                failed = seccomp_load(filter); /* sets no_new_privs as well */
        if (filter != NULL)
                seccomp_release(filter);
        if (failed != 0)
                tell_missing(name, -failed);
}

static gsize address_space(void)
{
        unsigned long pages = 0;
        FILE *file = fopen("/proc/self/statm", "re");
        if (file == NULL || fscanf(file, "%lu", &pages) != 1)
                pages = 0;
        if (file != NULL)
                fclose(file);
        return pages * (gsize)sysconf(_SC_PAGESIZE);
}

static void limit(int resource, const char *name, rlim_t value)
{
        struct rlimit now;
        getrlimit((__rlimit_resource_t)resource, &now);
        const rlim_t lower = MIN(value, now.rlim_max);
        const struct rlimit wanted = { lower, lower };
        if (setrlimit((__rlimit_resource_t)resource, &wanted) != 0)
                tell_missing(name, errno);
}

void wall_seal(gsize bytes)
{
        limit(RLIMIT_CORE, "no-core", 0); /* a core would hold mail */
        limit(RLIMIT_NPROC, "no-process", 0);
        if (IS_SANITIZED)
                tell_missing("memory", 0); /* its shadow is larger than any limit */
        else
                limit(RLIMIT_AS, "memory", address_space() + bytes);
        prctl(PR_SET_DUMPABLE, 0);
        load_filter("seccomp", SCMP_ACT_KILL_PROCESS, add_computing_rules);
}

void wall_renew_time(int seconds)
{
        struct timespec used;
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
        struct rlimit until;
        getrlimit(RLIMIT_CPU, &until);
        until.rlim_cur = MIN((rlim_t)(used.tv_sec + seconds), until.rlim_max);
        setrlimit(RLIMIT_CPU, &until);
}

/* Never needed by a duty, whatever it does. */
static const int dangerous_calls[] = {
        SCMP_SYS(ptrace),
        SCMP_SYS(process_vm_readv),
        SCMP_SYS(process_vm_writev),
        SCMP_SYS(kexec_load),
        SCMP_SYS(init_module),
        SCMP_SYS(finit_module),
        SCMP_SYS(delete_module),
        SCMP_SYS(mount),
        SCMP_SYS(umount2),
        SCMP_SYS(pivot_root),
        SCMP_SYS(chroot),
        SCMP_SYS(setns),
        SCMP_SYS(unshare),
        SCMP_SYS(bpf),
        SCMP_SYS(perf_event_open),
        SCMP_SYS(userfaultfd),
        SCMP_SYS(add_key),
        SCMP_SYS(keyctl),
        SCMP_SYS(request_key),
        SCMP_SYS(reboot),
        SCMP_SYS(swapon),
        SCMP_SYS(swapoff),
        SCMP_SYS(io_uring_setup),
};

static const Wall *wall_wanted; /* while add_duty_rules() runs */

static int refuse(scmp_filter_ctx filter, int call)
{
        return seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), call, 0);
}

static int add_duty_rules(scmp_filter_ctx filter)
{
        int failed = 0;
        for (size_t i = 0; i < G_N_ELEMENTS(dangerous_calls); i++)
                failed |= refuse(filter, dangerous_calls[i]);
        if (wall_wanted->runnable == NULL) {
                failed |= refuse(filter, SCMP_SYS(execve));
                failed |= refuse(filter, SCMP_SYS(execveat));
        }
        failed |= refuse(filter, SCMP_SYS(listen));
        if (!wall_wanted->may_accept) {
                failed |= refuse(filter, SCMP_SYS(accept));
                failed |= refuse(filter, SCMP_SYS(accept4));
        }
        if (!wall_wanted->may_connect) { /* what is local stays possible: the system's log */
                const struct scmp_arg_cmp not_local = SCMP_A0(SCMP_CMP_NE, AF_UNIX, 0);
                failed |= seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(socket), 1,
                                                 &not_local);
        }
        return failed;
}

enum {
        READ_RIGHTS = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
        RUN_RIGHTS = READ_RIGHTS | LANDLOCK_ACCESS_FS_EXECUTE,
        WRITE_RIGHTS = READ_RIGHTS | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                       LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |
                       LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK,
        ALL_RIGHTS = WRITE_RIGHTS | RUN_RIGHTS | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_FIFO |
                     LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM,
        FILE_RIGHTS =
                LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_EXECUTE,
};

static void open_paths(int ruleset, const char *const *paths, uint64_t rights)
{
        for (; paths != NULL && *paths != NULL; paths++) {
                const int fd = open(*paths, O_PATH | O_CLOEXEC);
                struct stat status;
                if (fd < 0)
                        continue;
                const bool is_folder = fstat(fd, &status) == 0 && S_ISDIR(status.st_mode);
                const struct landlock_path_beneath_attr rule = {
                        .allowed_access = is_folder ? rights : rights & FILE_RIGHTS, .parent_fd = fd
                };
                if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
                        tell_missing("files", errno);
                close(fd);
        }
}

/* The first version of Landlock (Linux 5.13) has all that is needed. */
static void limit_files(const Wall *wall)
{
        const struct landlock_ruleset_attr handled = { .handled_access_fs = ALL_RIGHTS };
        const int ruleset = (int)syscall(SYS_landlock_create_ruleset, &handled, sizeof(handled), 0);
        if (ruleset < 0) {
                tell_missing("files", errno);
                return;
        }
        open_paths(ruleset, wall->readable, READ_RIGHTS);
        open_paths(ruleset, wall->writable, WRITE_RIGHTS);
        open_paths(ruleset, wall->runnable, RUN_RIGHTS);
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
            syscall(SYS_landlock_restrict_self, ruleset, 0) != 0)
                tell_missing("files", errno);
        close(ruleset);
}

void wall_close(const Wall *wall)
{
        limit(RLIMIT_CORE, "no-core", 0);
        prctl(PR_SET_DUMPABLE, 0);
        if (IS_SANITIZED)
                tell_missing("files", 0); /* leaks are looked for at the end, with files and helpers */
        else
                limit_files(wall);
        wall_wanted = wall;
        load_filter("seccomp", SCMP_ACT_ALLOW, add_duty_rules);
        wall_wanted = NULL;
}
