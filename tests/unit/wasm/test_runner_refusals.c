/* Modules that are refused, runs that are stopped, and helpers that are not prom-wasm, or no longer. */
#include "acts.h"

#include <sys/stat.h>
#include <unistd.h>

#include "wasm/build.h"
#include "wasm/frames.h"

static void assert_refused(fixture *test, prom_span code, const char *part)
{
    prom_module module = acts_module(test);
    prom_runner runner;
    prom_runner_session *session = NULL;
    module.code = code;
    prom_wasm_runner_init(&runner, HELPER_OR_SKIP());
    assert_fails(runner.open(&runner, &session, &module, NULL, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 part);
    assert_null(session);
}

#define HEADER "0061736d01000000"
/* Types: () -> () */
#define TYPES                                                                                                          \
    "0104016000"                                                                                                       \
    "00"

static void test_modules_that_are_refused(void **state)
{
    fixture *test = *state;
    static const struct {
        const char *code;
        const char *part;
    } modules[] = {
        {"00", "the module is not valid"},
        {"0061736d02000000", "the module is not valid"},
        {HEADER "01", "the module is not valid"},
        {HEADER TYPES "02070101610162"
                      "0000",
         "import"},
        {HEADER TYPES "03020100"
                      "080100"
                      "0a040102000b",
         "start"},
        /* A function that leaves a number on its stack. */
        {HEADER TYPES "03020100"
                      "0a0601040041000b",
         "the module is not valid"},
        /* One that calls another one's tail: valid, but for engines that know of it. */
        {HEADER TYPES "03020100"
                      "0a0601040012000b",
         ""},
        /* A memory of 64-bit addresses. */
        {HEADER "0503010401", "memory64"},
        {HEADER, "memory"},
    };
    for (size_t i = 0; i < COUNT_OF(modules); i++) {
        assert_refused(test, span_of_hex(test, modules[i].code), modules[i].part);
    }
}

/* Every prefix, and every byte changed: refused, or run; never more than that. */
static void test_broken_modules(void **state)
{
    fixture *test = *state;
    prom_module module = acts_module(test);
    const prom_span whole = module.code;
    uint64_t random = 3;
    prom_runner runner;
    prom_wasm_runner_init(&runner, HELPER_OR_SKIP());
    for (size_t i = 0; i < 60; i++) {
        prom_runner_session *session = NULL;
        uint8_t *broken = exact_copy(whole.data, whole.length);
        const size_t at = 8 + random_below(&random, whole.length - 8);
        broken[at] ^= (uint8_t)(1U << random_below(&random, 8));
        module.code = prom_span_of(broken, i % 2 == 0 ? whole.length : at);
        const prom_result result = runner.open(&runner, &session, &module, NULL, &test->error);
        assert_true(prom_is_ok(result) || result.category == PROM_CATEGORY_BAD_INPUT);
        runner.close(session);
        free(broken);
    }
}

static bool go_on(void *context, size_t done, size_t total)
{
    (void)total;
    const size_t *end = context;
    return done < *end;
}

/* The session is of no use any more, as what is still on its way would answer others. */
static void test_stopping(void **state)
{
    fixture *test = *state;
    prom_module module = acts_module(test);
    module.limits.fuel = PROM_MODULE_FUEL_MAX; /* weeks */
    static const size_t ends[] = {0, 3};
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        struct opened acts = open_acts(test, &module);
        prom_module_call calls[5];
        prom_node_result results[5];
        size_t end = ends[i];
        const prom_progress progress = {go_on, &end};
        for (size_t k = 0; k < COUNT_OF(calls); k++) {
            const enum act act = k == end ? ACT_ENDLESS : ACT_ECHO;
            calls[k] = (prom_module_call){.first = item_of(test, act, (uint32_t)k)};
        }
        assert_fails(acts.runner.run(acts.session, &test->arena, results, calls, 5, &progress, &test->error),
                     PROM_CATEGORY_STOPPED, &test->error, "of 5 were done");
        assert_fails(acts.runner.run(acts.session, &test->arena, results, calls, 1, NULL, &test->error),
                     PROM_CATEGORY_IO, &test->error, "open another session");
        acts.runner.close(acts.session);
    }
}

static void test_calls_that_are_none(void **state)
{
    fixture *test = *state;
    prom_module module = acts_module(test);
    module.limits.folds = false;
    module.limits.fold_bytes = 0;
    module.limits.fold_fuel = 0;
    struct opened acts = open_acts(test, &module);
    const prom_module_call calls[] = {
        {.fold = true},
        {.first = prom_span_of(NULL, (size_t)PROM_MODULE_INPUT_MAX + 1)},
    };
    for (size_t i = 0; i < COUNT_OF(calls); i++) {
        prom_node_result result;
        assert_fails(acts.runner.run(acts.session, &test->arena, &result, &calls[i], 1, NULL, &test->error),
                     PROM_CATEGORY_MISUSE, &test->error, "call 0 is none of this program");
    }
    acts.runner.close(acts.session);
    module.limits = (prom_module_limits){
        .folds = true, .folds_alone = true, .pages = module.limits.pages, .fold_bytes = 8, .fold_fuel = 1000};
    struct opened alone = open_acts(test, &module);
    prom_node_result result;
    assert_fails(alone.runner.run(alone.session, &test->arena, &result, &(prom_module_call){.fold = false}, 1, NULL,
                                  &test->error),
                 PROM_CATEGORY_MISUSE, &test->error, "call 0 is none of this program");
    alone.runner.close(alone.session);
}

/* -- Helpers that are shell scripts -- */

/* What a helper says before its script: nothing; of which build it is; or that it is ready, too, and it goes on when it
 * has been sent all. */
enum begins { SILENTLY, WITH_HELLO, READY };

static void write_script(int file, enum begins begins, size_t sent, const char *script)
{
    const size_t length = strlen(PROM_WASM_BUILD);
    assert_true(length < 256);
    assert_true(dprintf(file, "#!/bin/sh\n") > 0);
    assert_true(begins == SILENTLY ||
                dprintf(file, "printf '\\020\\000\\000\\000\\%03zo%s'\n", length, PROM_WASM_BUILD) > 0);
    assert_true(begins != READY ||
                dprintf(file, "printf '\\021\\000\\000\\000\\000'; head -c %zu >/dev/null\n", sent) > 0);
    assert_true(dprintf(file, "%s\n", script) > 0);
}

/* Opens a session with such a helper, and has it compute a call, where it gets so far. */
static prom_result run_fake(fixture *test, enum begins begins, const char *script)
{
    char path[] = "/tmp/prom-fake-XXXXXX";
    prom_runner runner;
    prom_runner_session *session = NULL;
    prom_node_result node;
    const prom_module module = acts_module(test);
    const prom_module_call call = {.first = item_of(test, ACT_ECHO, 0)};
    const size_t sent = 2 * PROM_WASM_HEAD + PROM_MODULE_MANIFEST + module.code.length + call.first.length;
    const int file = mkstemp(path);
    assert_true(file >= 0);
    write_script(file, begins, sent, script);
    assert_int_equal(fchmod(file, 0700), 0);
    assert_int_equal(close(file), 0);
    prom_wasm_runner_init(&runner, path);
    prom_result result = runner.open(&runner, &session, &module, NULL, &test->error);
    if (prom_is_ok(result)) {
        result = runner.run(session, &test->arena, &node, &call, 1, NULL, &test->error);
        runner.close(session);
    }
    assert_int_equal(unlink(path), 0);
    return result;
}

/* A result of no bytes, without the last of its fuel's. */
#define RESULT "\\024\\000\\000\\000\\012\\000\\000\\000\\000\\000\\000\\000\\000\\000"

static void test_helpers_that_are_none(void **state)
{
    fixture *test = *state;
    static const struct {
        enum begins begins;
        const char *script;
        prom_category category;
        const char *part;
    } helpers[] = {
        {SILENTLY, "exit 3", PROM_CATEGORY_IO, "prom-wasm ended with code 3"},
        {SILENTLY, "printf '\\023\\000\\000\\000\\003bad'; sleep 100", PROM_CATEGORY_IO, "cannot go on: bad"},
        {WITH_HELLO, "exit 3", PROM_CATEGORY_IO, "prom-wasm ended with code 3"},
        {WITH_HELLO, "kill -ABRT $$", PROM_CATEGORY_IO, "prom-wasm was ended by signal 6"},
        {WITH_HELLO, "exec yes", PROM_CATEGORY_BROKEN, "says what it was not asked"},
        {WITH_HELLO, "printf '\\021\\000\\000\\000\\001x'; sleep 100", PROM_CATEGORY_BROKEN, "says too much"},
        {WITH_HELLO, "printf '\\021\\000\\000\\000\\000\\021'; sleep 100", PROM_CATEGORY_BROKEN,
         "says more than it was asked"},
        {WITH_HELLO, "printf '\\020\\000\\000\\000\\000'; sleep 100", PROM_CATEGORY_BROKEN,
         "says more than it was asked"},
        {WITH_HELLO, "printf '\\022\\000\\000\\000\\003bad'; sleep 100", PROM_CATEGORY_BAD_INPUT, "bad"},
        {WITH_HELLO, "printf '\\023\\000\\000\\000\\003bad'; sleep 100", PROM_CATEGORY_IO, "cannot go on: bad"},
        {READY, "kill -KILL $$", PROM_CATEGORY_IO, "was ended by signal 9 (Killed)"},
        {READY, "exec yes", PROM_CATEGORY_BROKEN, "says what it was not asked"},
        {READY, "printf '\\024\\000\\001\\000\\013" RESULT "'; sleep 100", PROM_CATEGORY_BROKEN,
         "gives a result that the program does not allow"},
        {READY, "printf '" RESULT "\\000" RESULT "\\000'; sleep 100", PROM_CATEGORY_BROKEN,
         "gives a result that nobody asked for"},
        {READY, "printf '\\023\\000\\000\\000\\003bad'; sleep 100", PROM_CATEGORY_IO, "cannot go on: bad"},
    };
    for (size_t i = 0; i < COUNT_OF(helpers); i++) {
        assert_fails(run_fake(test, helpers[i].begins, helpers[i].script), helpers[i].category, &test->error,
                     helpers[i].part);
    }
}

/* Of another build nothing is believed, nor that a module is refused: its rules may be others. */
static void test_helpers_of_another_build(void **state)
{
#define OTHER "interface version 1, sources 0123456789abcdef, Wasmtime 47.0.1"
    fixture *test = *state;
    static const struct {
        const char *says;
        const char *parts[2];
    } helpers[] = {
        {"\\020\\000\\000\\000\\076" OTHER "\\021\\000\\000\\000\\000", {"(" OTHER ")", "(" PROM_WASM_BUILD ")"}},
        {"\\020\\000\\000\\000\\076" OTHER "\\022\\000\\000\\000\\003bad",
         {"of another build (" OTHER ")", "same sources"}},
        {"\\020\\000\\000\\000\\000\\021\\000\\000\\000\\000", {"of another build ()", PROM_WASM_BUILD}},
        {"\\021\\000\\000\\000\\000", {"does not say of which build it is", PROM_WASM_BUILD}},
        {"\\022\\000\\000\\000\\003bad", {"does not say of which build it is", PROM_WASM_BUILD}},
    };
    assert_int_equal(strlen(OTHER), 076);
    for (size_t i = 0; i < COUNT_OF(helpers); i++) {
        char script[300];
        (void)snprintf(script, sizeof script, "printf '%s'; sleep 100", helpers[i].says);
        for (size_t part = 0; part < 2; part++) {
            assert_fails(run_fake(test, SILENTLY, script), PROM_CATEGORY_IO, &test->error, helpers[i].parts[part]);
        }
    }
}

static void test_it_is_missing(void **state)
{
    fixture *test = *state;
    const prom_module module = acts_module(test);
    prom_runner runner;
    prom_runner_session *session = NULL;
    prom_wasm_runner_init(&runner, "/nowhere/prom-wasm");
    assert_fails(runner.open(&runner, &session, &module, NULL, &test->error), PROM_CATEGORY_IO, &test->error,
                 "cannot start /nowhere/prom-wasm");
    assert_null(session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_modules_that_are_refused),
        FIXTURE_TEST(test_broken_modules),
        FIXTURE_TEST(test_stopping),
        FIXTURE_TEST(test_calls_that_are_none),
        FIXTURE_TEST(test_helpers_that_are_none),
        FIXTURE_TEST(test_helpers_of_another_build),
        FIXTURE_TEST(test_it_is_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
