#include "support.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "system/child.h"

static void test_it_is_talked_to(void **state)
{
    fixture *test = *state;
    char program[] = "/bin/cat";
    char *const arguments[] = {program, NULL};
    prom_child child = prom_child_none();
    char back[8] = {0};
    assert_ok(prom_child_start(&child, arguments, "install it", &test->error), &test->error);
    assert_int_equal(recv(child.socket, back, sizeof back, 0), -1); /* it does not block */
    assert_int_equal(send(child.socket, "hello\n", 6, 0), 6);
    struct pollfd readable = {.fd = child.socket, .events = POLLIN};
    assert_int_equal(poll(&readable, 1, 10000), 1);
    assert_int_equal(recv(child.socket, back, sizeof back, 0), 6);
    assert_string_equal(back, "hello\n");
    const pid_t pid = child.pid;
    (void)prom_child_end(&child);
    assert_int_equal(child.pid, 0);
    assert_int_equal(waitpid(pid, NULL, WNOHANG), -1); /* nothing is left of it */
    (void)prom_child_end(&child);
}

/* No file of ours is open in it, and nothing of our environment there. */
static void test_it_has_nothing_of_ours(void **state)
{
    fixture *test = *state;
    char program[] = "/bin/sh";
    char option[] = "-c";
    char command[] = "echo \"$PROM_SECRET\" $(ls /proc/$$/fd | tr '\\n' ' ')";
    char *const arguments[] = {program, option, command, NULL};
    prom_child child = prom_child_none();
    char said[256] = {0};
    size_t length = 0;
    const int leak = fcntl(STDIN_FILENO, F_DUPFD, 100); /* without CLOEXEC, and not one that a shell opens */
    assert_int_equal(setenv("PROM_SECRET", "leaked", 1), 0);
    assert_ok(prom_child_start(&child, arguments, "install it", &test->error), &test->error);
    struct pollfd readable = {.fd = child.socket, .events = POLLIN};
    ssize_t count = 1;
    while (count > 0) {
        assert_int_equal(poll(&readable, 1, 10000), 1);
        count = recv(child.socket, said + length, sizeof said - 1 - length, 0);
        length += count > 0 ? (size_t)count : 0;
    }
    assert_null(strstr(said, "leaked"));
    assert_non_null(strstr(said, "0 1 2"));
    char number[16];
    (void)snprintf(number, sizeof number, " %d ", leak);
    assert_true(leak >= 100 && strstr(said, number) == NULL);
    (void)close(leak);
    (void)prom_child_end(&child);
}

/* Nor does anything stay that it has started. */
static void test_its_children_end_with_it(void **state)
{
    fixture *test = *state;
    char program[] = "/bin/sh";
    char option[] = "-c";
    char command[] = "sleep 1000 & echo $!; wait";
    char *const arguments[] = {program, option, command, NULL};
    prom_child child = prom_child_none();
    char said[32] = {0};
    assert_ok(prom_child_start(&child, arguments, "install it", &test->error), &test->error);
    struct pollfd readable = {.fd = child.socket, .events = POLLIN};
    assert_int_equal(poll(&readable, 1, 10000), 1);
    assert_true(recv(child.socket, said, sizeof said - 1, 0) > 0);
    char path[64];
    char line[256] = {0};
    (void)snprintf(path, sizeof path, "/proc/%ld/stat", strtol(said, NULL, 10));
    assert_int_equal(access(path, F_OK), 0);
    (void)prom_child_end(&child);
    bool ended = false;
    for (int i = 0; i < 1000 && !ended; i++) { /* whoever takes orphans in may leave it as a zombie */
        FILE *file = fopen(path, "r");
        ended = file == NULL || fgets(line, sizeof line, file) == NULL || strstr(line, ") Z ") != NULL;
        if (file != NULL) {
            (void)fclose(file);
        }
        (void)poll(NULL, 0, ended ? 0 : 10);
    }
    assert_true(ended);
}

static void test_there_is_no_such_program(void **state)
{
    fixture *test = *state;
    char program[] = "/nowhere/prom-dht";
    char *const arguments[] = {program, NULL};
    prom_child child = prom_child_none();
    assert_fails(prom_child_start(&child, arguments, "install it", &test->error), PROM_CATEGORY_IO, &test->error,
                 "cannot start /nowhere/prom-dht: No such file or directory; install it");
    assert_int_equal(child.pid, 0);
    (void)prom_child_end(&child);
}

static void test_how_it_ended_is_told(void **state)
{
    fixture *test = *state;
    const struct {
        const char *command;
        const char *how;
    } ends[] = {
        {"exit 3", "ended with code 3"},
        {"kill -TERM $$", "was ended by signal 15 (Terminated)"},
    };
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        char program[] = "/bin/sh";
        char option[] = "-c";
        char command[32];
        char byte = 0;
        char how[64];
        char *const arguments[] = {program, option, command, NULL};
        prom_child child = prom_child_none();
        (void)snprintf(command, sizeof command, "%s", ends[i].command);
        assert_ok(prom_child_start(&child, arguments, "", &test->error), &test->error);
        struct pollfd readable = {.fd = child.socket, .events = POLLIN};
        assert_int_equal(poll(&readable, 1, 10000), 1);
        assert_int_equal(recv(child.socket, &byte, 1, 0), 0);
        assert_string_equal(prom_child_how(prom_child_end(&child), how, sizeof how), ends[i].how);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_it_is_talked_to),          FIXTURE_TEST(test_it_has_nothing_of_ours),
        FIXTURE_TEST(test_its_children_end_with_it), FIXTURE_TEST(test_there_is_no_such_program),
        FIXTURE_TEST(test_how_it_ended_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
