/* The reader behind its wall says the same as inside, and a message that kills it costs only itself. */
#include "robot/reader.h"

#include "base/sanitizer.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static const char *rules_dir = "rules";

#define HEAD(n, type)                                                                                        \
        "From: tutor@example.org\r\nTo: stages@example.org\r\nSubject: Re: fiche\r\n"                        \
        "Message-ID: <m" n "@example.org>\r\nIn-Reply-To: <ours@example.org>\r\n"                            \
        "Date: Mon, 1 Mar 2027 08:00:00 +0100\r\nMIME-Version: 1.0\r\nContent-Type: " type "\r\n\r\n"

static const char *const messages[] = {
        HEAD("1", "text/plain; charset=utf-8") "OK, je valide.\r\n\r\nUne ligne de nous.\r\n",
        HEAD("2", "text/plain; charset=windows-1256") "\xe3\xe6\xc7\xdd\xde\r\n",
        HEAD("3", "text/html; charset=iso-8859-15") "<p>D'accord, tr\xe8s bien \xa4</p>",
        HEAD("4", "text/plain; charset=x-unknown-charset") "refus\xe9\r\n",
        HEAD("6", "text/plain; charset=iso-2022-jp") "\033$BN;2r\033(B\r\n",
        HEAD("7", "text/plain; charset=hz-gb-2312") "~{M,Rb~}\r\n",
        HEAD("5", "multipart/mixed; boundary=b") "--b\r\nContent-Type: text/plain\r\n\r\nvu\r\n--b\r\n"
                                                 "Content-Type: application/octet-stream; name=a.pdf\r\n\r\n"
                                                 "%PDF-1.4\r\n--b--\r\n",
        "no header at all",
        "",
};

static const char own_mail[] = HEAD("0", "text/plain; charset=utf-8") "Une ligne de nous.\r\n";

static Reader *start(void)
{
        const ReaderSetup setup = { .rules_dir = rules_dir, .own_address = "stages@example.org" };
        g_autoptr(GError) error = NULL;
        Reader *reader = reader_start(&setup, &error);
        g_assert_no_error(error);
        return reader;
}

static GPtrArray *make_jobs(void)
{
        GPtrArray *jobs = g_ptr_array_new_with_free_func((GDestroyNotify)reader_job_free);
        for (size_t i = 0; i < G_N_ELEMENTS(messages); i++) {
                g_autoptr(GBytes) raw = g_bytes_new_static(messages[i], strlen(messages[i]));
                g_ptr_array_add(jobs, reader_job_new(raw, NULL));
        }
        return jobs;
}

static void add_own(GPtrArray *jobs)
{
        ReaderJob *job = g_ptr_array_index(jobs, 0);
        job->own = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
        g_ptr_array_add(job->own, g_bytes_new_static(own_mail, strlen(own_mail)));
}

static void read_all(Reader *reader, GPtrArray *jobs)
{
        g_autoptr(GError) error = NULL;
        reader_post(reader, jobs, &error);
        g_assert_no_error(error);
        reader_wait_references(reader, jobs, &error);
        g_assert_no_error(error);
        add_own(jobs);
        reader_post_own(reader, jobs, &error);
        g_assert_no_error(error);
        reader_wait_readings(reader, jobs, &error);
        g_assert_no_error(error);
}

static char *print_job(const ReaderJob *job)
{
        g_assert_null(job->failure);
        g_autoptr(GByteArray) bytes = g_byte_array_new();
        references_to_bytes(job->references, bytes);
        g_autofree char *references = g_base64_encode(bytes->data, bytes->len);
        json_t *object = json_pack("{s:s, s:s, s:o}", "references", references, "fingerprint",
                                   job->fingerprint, "reading", reading_to_json(job->reading));
        char *text = json_dumps(object, JSON_SORT_KEYS);
        json_decref(object);
        return text;
}

static void check_same(void)
{
        g_autoptr(Problems) problems = problems_new();
        g_autoptr(Patterns) patterns = patterns_load_dir("rules/reading", problems);
        g_assert_nonnull(patterns);
        const ReadingContext context = { .patterns = patterns, .own_address = "stages@example.org" };
        g_autoptr(Reader) inside = reader_inside(&context);
        g_autoptr(Reader) outside = start();
        g_autoptr(GPtrArray) expected = make_jobs();
        g_autoptr(GPtrArray) jobs = make_jobs();
        read_all(inside, expected);
        read_all(outside, jobs);
        for (guint i = 0; i < jobs->len; i++) {
                char *want = print_job(g_ptr_array_index(expected, i));
                char *got = print_job(g_ptr_array_index(jobs, i));
                g_assert_cmpstr(got, ==, want);
                free(want);
                free(got);
        }
        const ReaderJob *first = g_ptr_array_index(jobs, 0);
        g_assert_true(g_str_has_prefix(first->reading->text, "OK, je valide."));
        g_assert_cmpstr(g_ptr_array_index(first->references->message_ids, 0), ==, "ours@example.org");
        const ReaderJob *arabic = g_ptr_array_index(jobs, 1);
        g_assert_cmpstr(arabic->reading->text, ==, "موافق");
}

/* Two batches under way, ten times: answers find their jobs. */
static void check_overlap(void)
{
        g_autoptr(Reader) reader = start();
        g_autoptr(GError) error = NULL;
        g_autoptr(GPtrArray) now = make_jobs();
        g_assert_true(reader_post(reader, now, &error));
        for (int round = 0; round < 10; round++) {
                g_assert_true(reader_wait_references(reader, now, &error));
                g_assert_true(reader_post_own(reader, now, &error));
                GPtrArray *next = make_jobs();
                g_assert_true(reader_post(reader, next, &error));
                g_assert_true(reader_wait_readings(reader, now, &error));
                for (guint i = 0; i < now->len; i++)
                        free(print_job(g_ptr_array_index(now, i)));
                g_ptr_array_unref(now);
                now = next;
        }
        reader_give_up(reader, now);
}

/* The process that this one started. */
static pid_t find_child(void)
{
        g_autofree char *path = g_strdup_printf("/proc/self/task/%d/children", (int)getpid());
        g_autofree char *text = NULL;
        g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
        return (pid_t)atoi(text);
}

static char *read_status(pid_t pid, const char *name)
{
        g_autofree char *path = g_strdup_printf("/proc/%d/status", (int)pid);
        g_autofree char *text = NULL;
        g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
        const char *at = strstr(text, name);
        g_assert_nonnull(at);
        at += strlen(name) + 1;
        return g_strstrip(g_strndup(at, strcspn(at, "\n")));
}

static void check_wall(void)
{
        if (IS_SANITIZED) {
                g_test_skip("a sanitizer needs what the wall refuses");
                return;
        }
        g_autoptr(Reader) reader G_GNUC_UNUSED = start();
        const pid_t child = find_child();
        g_autofree char *filter = read_status(child, "Seccomp:");
        g_assert_cmpstr(filter, ==, "2");
        g_autofree char *folder = g_strdup_printf("/proc/%d/fd", (int)child);
        g_autoptr(GDir) open_files = g_dir_open(folder, 0, NULL);
        guint count = 0;
        while (open_files != NULL && g_dir_read_name(open_files) != NULL)
                count++;
        g_assert_cmpuint(count, <=, 4); /* three and the shared page; 0: root's alone to see */
        struct rlimit memory;
        g_assert_cmpint(prlimit(child, RLIMIT_AS, NULL, &memory), ==, 0);
        g_assert_cmpuint(memory.rlim_cur, <, (rlim_t)1 << 30);
}

static void check_death_at_rest(void)
{
        g_autoptr(Reader) reader = start();
        g_autoptr(GPtrArray) jobs = make_jobs();
        kill(find_child(), SIGKILL);
        read_all(reader, jobs);
        for (guint i = 0; i < jobs->len; i++)
                free(print_job(g_ptr_array_index(jobs, i)));
}

/* Less memory than a message needs: that message fails, the others do not. */
static void check_poison(void)
{
        if (IS_SANITIZED) {
                g_test_skip("a sanitizer has no memory limit");
                return;
        }
        g_autoptr(Reader) reader = start();
        const pid_t child = find_child();
        g_autofree char *size = read_status(child, "VmSize:");
        const rlim_t most = (rlim_t)atol(size) * 1024 + (8 << 20);
        const struct rlimit limit = { most, most };
        g_assert_cmpint(prlimit(child, RLIMIT_AS, &limit, NULL), ==, 0);

        g_autoptr(GPtrArray) jobs = make_jobs();
        g_autofree char *large = g_strnfill(20 << 20, 'x');
        memcpy(large, messages[0], strlen(messages[0]));
        g_autoptr(GBytes) raw = g_bytes_new_static(large, 20 << 20);
        g_ptr_array_insert(jobs, 2, reader_job_new(raw, NULL));
        read_all(reader, jobs);
        for (guint i = 0; i < jobs->len; i++) {
                const ReaderJob *job = g_ptr_array_index(jobs, i);
                g_assert_cmpint(job->failure != NULL, ==, i == 2);
                g_assert_cmpint(job->reading == NULL, ==, i == 2);
        }
        const ReaderJob *poison = g_ptr_array_index(jobs, 2);
        g_assert_nonnull(strstr(poison->failure, "signal"));
}

static void check_start(void)
{
        const ReaderSetup setups[] = {
                { .rules_dir = "tests/robot/no-rules" },
                { .rules_dir = "rules", .program = "/nowhere/facteur" },
                { .rules_dir = "rules", .program = "/bin/true" },
        };
        static const char *const words[] = { "no-rules", "/nowhere/facteur", "ended" };
        for (size_t i = 0; i < G_N_ELEMENTS(setups); i++) {
                g_autoptr(GError) error = NULL;
                g_autoptr(Reader) reader = reader_start(&setups[i], &error);
                g_assert_null(reader);
                g_assert_error(error, READER_ERROR, READER_ERROR_START);
                g_assert_nonnull(strstr(error->message, words[i]));
        }
}

int main(int argc, char **argv)
{
        if (argc == 4 && strcmp(argv[2], "--duty") == 0) /* started by reader_start() */
                return reader_serve(STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO + 1);
        signal(SIGPIPE, SIG_IGN);
        g_mime_init();
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/reader/same-as-inside", check_same);
        g_test_add_func("/reader/two-batches", check_overlap);
        g_test_add_func("/reader/wall", check_wall);
        g_test_add_func("/reader/death-at-rest", check_death_at_rest);
        g_test_add_func("/reader/poison", check_poison);
        g_test_add_func("/reader/start", check_start);
        return g_test_run();
}
