#include "support.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/hook.h"
#include "system/clock.h"

struct hooked {
    fixture *test;
    char folder[64];
    char program[128];
    char output[128];
    char log_path[128];
    prom_log *log;
    prom_hook *hook;
};

static void write_file(const char *path, const char *text, mode_t mode)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static size_t read_file(const char *path, char *text, size_t room)
{
    FILE *file = fopen(path, "r");
    const size_t length = file == NULL ? 0 : fread(text, 1, room - 1, file);
    text[length] = '\0';
    if (file != NULL) {
        (void)fclose(file);
    }
    return length;
}

/* A program of `script`, in which $OUT is a file to write to. */
static void begin(struct hooked *hooked, fixture *test, const char *script)
{
    char text[512];
    *hooked = (struct hooked){.test = test, .folder = "/tmp/prom-hook-XXXXXX"};
    assert_non_null(mkdtemp(hooked->folder));
    (void)snprintf(hooked->program, sizeof hooked->program, "%s/program", hooked->folder);
    (void)snprintf(hooked->output, sizeof hooked->output, "%s/output", hooked->folder);
    (void)snprintf(hooked->log_path, sizeof hooked->log_path, "%s/log", hooked->folder);
    (void)snprintf(text, sizeof text, "#!/bin/sh\nOUT=%s\n%s\n", hooked->output, script);
    write_file(hooked->program, text, 0700);
    const prom_log_options options = {.path = hooked->log_path, .level = PROM_LOG_INFO};
    assert_ok(prom_log_open(&hooked->log, &options, &test->error), &test->error);
    assert_ok(prom_hook_open(&hooked->hook, hooked->log, &test->error), &test->error);
    prom_hook_set(hooked->hook, hooked->program);
}

static void end(struct hooked *hooked)
{
    prom_hook_close(hooked->hook);
    prom_log_close(hooked->log);
    (void)unlink(hooked->program);
    (void)unlink(hooked->output);
    (void)unlink(hooked->log_path);
    (void)rmdir(hooked->folder);
}

static void tell(const struct hooked *hooked, int number)
{
    json_t *event = json_pack("{s:i}", "number", number);
    prom_hook_tell(hooked->hook, event);
    json_decref(event);
}

static bool all_end(const struct hooked *hooked, int milliseconds)
{
    const int64_t until = prom_clock_milliseconds() + milliseconds;
    do {
        prom_hook_turn(hooked->hook);
        (void)usleep(5000);
    } while (prom_hook_running(hooked->hook) > 0 && prom_clock_milliseconds() < until);
    return prom_hook_running(hooked->hook) == 0;
}

static void assert_log(const struct hooked *hooked, const char *part)
{
    char text[8192];
    (void)read_file(hooked->log_path, text, sizeof text);
    if (strstr(text, part) == NULL) {
        fail_msg("'%s' is not in: %s", part, text);
    }
}

static void events_are_given(void **state)
{
    struct hooked hooked;
    char text[4096];
    begin(&hooked, *state, "cat >> $OUT; env >> $OUT; ls /proc/$$/fd >> $OUT; grep SigBlk /proc/self/status >> $OUT");
    assert_int_equal(setenv("SECRET_OF_OURS", "1", 1), 0);
    const int ours = open("/dev/null", O_RDONLY); /* not closed on exec: it must be, all the same */
    tell(&hooked, 7);
    assert_true(all_end(&hooked, 10000));
    (void)close(ours);
    (void)read_file(hooked.output, text, sizeof text);
    assert_memory_equal(text, "{\"number\":7}\n", 13);
    assert_null(strstr(text, "SECRET_OF_OURS"));
    assert_non_null(strstr(text, "PATH="));
    assert_non_null(strstr(text, "SigBlk:\t0000000000000000\n"));
    char number[16];
    (void)snprintf(number, sizeof number, "\n%d\n", ours);
    assert_true(ours > 2);
    assert_null(strstr(strstr(text, "PATH="), ours < 10 ? number : "none"));
    /* None is run where none is named. */
    prom_hook_set(hooked.hook, "");
    (void)unlink(hooked.output);
    tell(&hooked, 8);
    assert_int_equal(prom_hook_running(hooked.hook), 0);
    assert_int_not_equal(access(hooked.output, F_OK), 0);
    end(&hooked);
}

static void few_run_at_once(void **state)
{
    struct hooked hooked;
    static char text[65536];
    begin(&hooked, *state, "cat >> $OUT; sleep 0.05");
    for (int i = 0; i < (int)(PROM_HOOK_RUNNING_MAX + PROM_HOOK_WAITING_MAX + 10); i++) {
        tell(&hooked, i);
        assert_true(prom_hook_running(hooked.hook) <= PROM_HOOK_RUNNING_MAX);
    }
    assert_true(all_end(&hooked, 20000));
    (void)read_file(hooked.output, text, sizeof text);
    size_t lines = 0;
    for (const char *at = strchr(text, '\n'); at != NULL; at = strchr(at + 1, '\n')) {
        lines++;
    }
    assert_true(lines >= PROM_HOOK_RUNNING_MAX + PROM_HOOK_WAITING_MAX);
    assert_true(lines < PROM_HOOK_RUNNING_MAX + PROM_HOOK_WAITING_MAX + 10);
    assert_log(&hooked, "events found no room");
    end(&hooked);
}

static void failures_are_reported(void **state)
{
    fixture *test = *state;
    struct hooked hooked;
    begin(&hooked, test, "exit 3");
    tell(&hooked, 1);
    assert_true(all_end(&hooked, 10000));
    assert_log(&hooked, "failed, with exit code 3");
    write_file(hooked.program, "#!/bin/sh\nkill -9 $$\n", 0700);
    tell(&hooked, 1);
    assert_true(all_end(&hooked, 10000));
    assert_log(&hooked, "was ended by signal 9");
    write_file(hooked.program, "no program", 0600);
    tell(&hooked, 1);
    assert_true(all_end(&hooked, 10000));
    assert_log(&hooked, "cannot be run");
    assert_fails(prom_hook_check(hooked.program, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error, "cannot be run");
    assert_fails(prom_hook_check("/nowhere", &test->error), PROM_CATEGORY_BAD_INPUT, &test->error, "No such file");
    assert_fails(prom_hook_check("/tmp", &test->error), PROM_CATEGORY_BAD_INPUT, &test->error, "is no program");
    assert_ok(prom_hook_check("/bin/sh", &test->error), &test->error);
    assert_ok(prom_hook_check("", &test->error), &test->error);
    end(&hooked);
}

/* Writes a program that leaves its group for ours: this one does it, as a shell cannot. */
static void write_stray(const char *path)
{
    char self[PATH_MAX];
    char text[PATH_MAX + 64];
    const ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    assert_true(length > 0);
    self[length] = '\0';
    (void)snprintf(text, sizeof text, "#!/bin/sh\nexec '%s' stray\n", self);
    write_file(path, text, 0700);
}

static int be_stray(void)
{
    (void)setpgid(0, getpgid(getppid()));
    (void)sleep(600);
    return 0;
}

/* One that never ends is killed, with what it has started, and nobody waits for it; also one that is not in the group
 * that it was begun in. */
static void slow_ones_are_killed(void **state)
{
    struct hooked hooked;
    char stray[sizeof hooked.program + sizeof ".stray"];
    begin(&hooked, *state, "echo begun >> $OUT; (sleep 40; echo left >> $OUT) & sleep 600");
    (void)snprintf(stray, sizeof stray, "%s.stray", hooked.program);
    write_stray(stray);
    const int64_t began = prom_clock_milliseconds();
    tell(&hooked, 1);
    prom_hook_set(hooked.hook, stray);
    tell(&hooked, 2);
    assert_true(prom_clock_milliseconds() - began < 1000);
    assert_false(all_end(&hooked, PROM_HOOK_MS - 2000));
    assert_true(all_end(&hooked, 10000));
    assert_log(&hooked, "was killed: it took more than 30 seconds");
    (void)unlink(stray);
    end(&hooked);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "stray") == 0) {
        return be_stray();
    }
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(events_are_given),
        FIXTURE_TEST(few_run_at_once),
        FIXTURE_TEST(failures_are_reported),
        FIXTURE_TEST(slow_ones_are_killed),
    };
    return cmocka_run_group_tests_name("daemon/hook", tests, NULL, NULL);
}
