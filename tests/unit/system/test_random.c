#include "system/random.h"

#include "support.h"

#include <errno.h>
#include <signal.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* The system's getrandom, in whose place this one stands: it gives at most so many bytes at a time, is interrupted so
 * often before, or fails for good. */
static size_t at_most = SIZE_MAX;
static unsigned interruptions;
static int failure;
static unsigned calls;

ssize_t getrandom(void *bytes, size_t length, unsigned flags)
{
    calls++;
    if (failure != 0 || interruptions > 0) {
        errno = failure != 0 ? failure : EINTR;
        interruptions -= interruptions > 0 ? 1 : 0;
        return -1;
    }
    return syscall(SYS_getrandom, bytes, length < at_most ? length : at_most, flags);
}

/* Of a byte that somebody forgot, 64 draws would all have the same. */
static void check_every_byte_is_drawn(void)
{
    const prom_bytes32 first = prom_random_bytes32();
    bool changed[sizeof first.bytes] = {false};
    for (size_t draw = 0; draw < 64; draw++) {
        const prom_bytes32 other = prom_random_bytes32();
        for (size_t i = 0; i < sizeof first.bytes; i++) {
            changed[i] = changed[i] || other.bytes[i] != first.bytes[i];
        }
    }
    for (size_t i = 0; i < sizeof first.bytes; i++) {
        assert_true(changed[i]);
    }
}

static void test_every_byte_is_drawn(void **state)
{
    (void)state;
    calls = 0;
    check_every_byte_is_drawn();
    assert_int_equal(calls, 65);
}

static void test_short_and_interrupted_reads_go_on(void **state)
{
    (void)state;
    at_most = 5;
    interruptions = 3;
    calls = 0;
    check_every_byte_is_drawn();
    assert_int_equal(calls, 65 * 7 + 3);
    at_most = SIZE_MAX;
}

/* Where the system gives no randomness, the process ends: nothing else is taken in its place. */
static void test_there_is_no_fallback(void **state)
{
    static const int failures[] = {ENOSYS, EPERM, EAGAIN, EFAULT};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(failures); i++) {
        int said[2];
        char sentence[64] = "";
        int status = 0;
        assert_int_equal(pipe(said), 0);
        const pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            const struct rlimit no_core = {0, 0};
            (void)setrlimit(RLIMIT_CORE, &no_core);
            (void)signal(SIGABRT, SIG_DFL);
            (void)dup2(said[1], STDERR_FILENO);
            failure = failures[i];
            (void)prom_random_bytes32();
            _exit(0);
        }
        (void)close(said[1]);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
        assert_true(read(said[0], sentence, sizeof sentence - 1) > 0);
        assert_string_equal(sentence, "prom: this machine gives no randomness\n");
        (void)close(said[0]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_byte_is_drawn),
        cmocka_unit_test(test_short_and_interrupted_reads_go_on),
        cmocka_unit_test(test_there_is_no_fallback),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
