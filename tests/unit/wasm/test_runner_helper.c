/* prom-wasm by itself: what it says to whoever does not keep to the frames, how it is shut in, and when it ends. */
#include "acts.h"

#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wasm/build.h"
#include "wasm/link.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED true
#endif
#endif
#ifndef SANITIZED
#define SANITIZED false
#endif

/* That its next words are these, at least. */
static void assert_says(fixture *test, prom_wasm_link *link, prom_wasm_kind kind, const char *words)
{
    for (unsigned turns = 0; prom_wasm_link_held(link) < PROM_WASM_HEAD + strlen(words); turns++) {
        assert_true(turns < 6);
        assert_ok(prom_wasm_link_turn(link, 10000, &test->error), &test->error);
    }
    const prom_span head = prom_wasm_link_take(link, PROM_WASM_HEAD);
    assert_int_equal(head.data[0], kind);
    const prom_span said = prom_wasm_link_take(link, strlen(words));
    assert_memory_equal(said.data, words, strlen(words));
}

/* It says of which build it is before it is asked. */
static prom_wasm_link *start(fixture *test)
{
    prom_wasm_link *link = calloc(1, sizeof *link);
    assert_non_null(link);
    assert_ok(prom_wasm_link_start(link, HELPER_OR_SKIP(), &test->error), &test->error);
    assert_says(test, link, PROM_WASM_HELLO, PROM_WASM_BUILD);
    return link;
}

static void end(prom_wasm_link *link)
{
    prom_wasm_link_end(link);
    free(link);
}

static void put(fixture *test, prom_wasm_link *link, prom_wasm_kind kind, prom_span bytes)
{
    prom_writer writer = prom_writer_in(&test->arena);
    prom_span frame;
    prom_write_u8(&writer, (uint8_t)kind);
    prom_write_u32(&writer, (uint32_t)bytes.length);
    prom_write_span(&writer, bytes);
    assert_ok(prom_writer_finish(&writer, &frame, &test->error), &test->error);
    assert_int_equal(prom_wasm_link_put(link, frame), frame.length);
}

static void put_program(fixture *test, prom_wasm_link *link, bool folds)
{
    prom_module module = acts_module(test);
    prom_span program;
    module.limits.fuel = PROM_MODULE_FUEL_MAX;
    if (!folds) {
        module.limits.folds = false;
        module.limits.fold_bytes = 0;
        module.limits.fold_fuel = 0;
    }
    assert_ok(prom_module_write(&test->arena, &program, &module.limits, module.code, &test->error), &test->error);
    put(test, link, PROM_WASM_PROGRAM, program);
}

static void test_what_is_no_program(void **state)
{
    static const uint8_t nonsense[] = "no program at all";
    fixture *test = *state;
    prom_wasm_link *link = start(test);
    put(test, link, PROM_WASM_MAP, prom_span_of(nonsense, 3));
    assert_says(test, link, PROM_WASM_FAULT, "the first frame is no program");
    end(link);

    link = start(test);
    put(test, link, PROM_WASM_PROGRAM, prom_span_of(nonsense, sizeof nonsense));
    assert_says(test, link, PROM_WASM_REFUSED, "");
    end(link);
}

static void test_what_is_no_call(void **state)
{
    static const uint8_t fold[] = {0, 0, 0, 2, 1};
    fixture *test = *state;
    const struct {
        prom_wasm_kind kind;
        size_t length;
        bool folds;
    } calls[] = {
        {PROM_WASM_PROGRAM, 5, true}, {PROM_WASM_RESULT, 5, true},
        {PROM_WASM_FOLD, 5, true},  /* its first operand is longer than what is there */
        {PROM_WASM_FOLD, 3, true},  /* not even the length of that */
        {PROM_WASM_FOLD, 4, false}, /* of a program that does not fold */
    };
    for (size_t i = 0; i < COUNT_OF(calls); i++) {
        prom_wasm_link *link = start(test);
        put_program(test, link, calls[i].folds);
        assert_says(test, link, PROM_WASM_READY, "");
        put(test, link, calls[i].kind, prom_span_of(fold, calls[i].length));
        assert_says(test, link, PROM_WASM_FAULT, "a frame is no call");
        end(link);
    }
}

/* Whether a line of a file of /proc begins so. */
static bool has_line(pid_t pid, const char *file, const char *line)
{
    char path[64];
    char read[512];
    bool found = false;
    (void)snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, file);
    FILE *opened = fopen(path, "r");
    assert_non_null(opened);
    while (fgets(read, sizeof read, opened) != NULL) {
        found = found || strncmp(read, line, strlen(line)) == 0;
    }
    (void)fclose(opened);
    return found;
}

static void test_it_is_shut_in(void **state)
{
    fixture *test = *state;
    prom_wasm_link *link = start(test);
    put_program(test, link, true);
    assert_says(test, link, PROM_WASM_READY, "");
    const pid_t pid = link->child.pid;
    assert_true(has_line(pid, "status", "NoNewPrivs:\t1"));
    assert_true(has_line(pid, "status", "Seccomp:\t2")); /* a filter */
    assert_true(has_line(pid, "limits", "Max core file size        0"));
    assert_true(has_line(pid, "limits", "Max file size             0"));
    assert_true(has_line(pid, "limits", "Max open files            1 "));
    assert_true(has_line(pid, "oom_score_adj", "1000"));                         /* it goes before whoever started it */
    assert_true(has_line(pid, "limits", "Max cpu time              unlimited")); /* for what it computes */
    assert_true(SANITIZED || has_line(pid, "limits", "Max data size             4294967296           4294967296"));
    for (int descriptor = 0; descriptor < 64; descriptor++) {
        char path[64];
        char target[64] = "";
        (void)snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)pid, descriptor);
        const ssize_t length = readlink(path, target, sizeof target - 1);
        assert_true(descriptor == 0   ? strncmp(target, "socket:", 7) == 0
                    : descriptor <= 2 ? strcmp(target, "/dev/null") == 0
                                      : length < 0);
    }
    end(link);
}

/* Though it computes, and for long: nobody would take the result. */
static void test_it_ends_when_nobody_is_there(void **state)
{
    fixture *test = *state;
    prom_wasm_link *link = start(test);
    put_program(test, link, true);
    assert_says(test, link, PROM_WASM_READY, "");
    put(test, link, PROM_WASM_MAP, item_of(test, ACT_ENDLESS, 0));
    assert_ok(prom_wasm_link_turn(link, 100, &test->error), &test->error);
    (void)poll(NULL, 0, 100);
    const pid_t pid = link->child.pid;
    assert_int_equal(waitpid(pid, NULL, WNOHANG), 0); /* it runs */
    assert_int_equal(close(link->child.socket), 0);
    pid_t ended = 0;
    for (int i = 0; i < 1000 && ended == 0; i++) {
        ended = waitpid(pid, NULL, WNOHANG);
        (void)poll(NULL, 0, ended == 0 ? 10 : 0);
    }
    assert_int_equal(ended, pid);
    free(link);
}

/* WebAssembly's answer would be that memory does not grow, and the result another one than elsewhere. */
static void test_memory_that_the_system_refuses(void **state)
{
    fixture *test = *state;
    struct rlimit usual;
    prom_module module = acts_module(test);
    module.limits = (prom_module_limits){.pages = PROM_MODULE_PAGES_MAX, .result_bytes = 7, .fuel = FUEL_ENOUGH};
    module.code = load_code(test, "grow.wasm");
    if (SANITIZED) {
        skip(); /* that sanitizer's memory is of this kind, and too much of it */
    }
    assert_int_equal(getrlimit(RLIMIT_DATA, &usual), 0);
    const struct rlimit low = {.rlim_cur = (rlim_t)384 << 20, .rlim_max = usual.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_DATA, &low), 0);
    struct opened grow = open_acts(test, &module); /* it has our limits */
    assert_int_equal(setrlimit(RLIMIT_DATA, &usual), 0);
    prom_node_result result;
    const prom_module_call call = {0};
    assert_fails(grow.runner.run(grow.session, &test->arena, &result, &call, 1, NULL, &test->error), PROM_CATEGORY_IO,
                 &test->error, "the system refuses the memory that the module may have");
    grow.runner.close(grow.session);

    grow = open_acts(test, &module);
    assert_hex(run_item(test, &grow, prom_span_of(NULL, 0)).bytes, "00");
    grow.runner.close(grow.session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_what_is_no_program),
        FIXTURE_TEST(test_what_is_no_call),
        FIXTURE_TEST(test_it_is_shut_in),
        FIXTURE_TEST(test_memory_that_the_system_refuses),
        FIXTURE_TEST(test_it_ends_when_nobody_is_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
