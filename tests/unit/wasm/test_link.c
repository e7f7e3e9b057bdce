#include "support.h"

#include <sys/stat.h>
#include <unistd.h>

#include "wasm/link.h"

/* A shell script in place of prom-wasm. */
struct fake {
    char path[64];
    prom_wasm_link link;
};

static struct fake *start(fixture *test, const char *script)
{
    struct fake *made = calloc(1, sizeof *made);
    assert_non_null(made);
    (void)snprintf(made->path, sizeof made->path, "/tmp/prom-fake-XXXXXX");
    const int file = mkstemp(made->path);
    assert_true(file >= 0 && dprintf(file, "#!/bin/sh\n%s\n", script) > 0);
    assert_int_equal(fchmod(file, 0700), 0);
    assert_int_equal(close(file), 0);
    assert_ok(prom_wasm_link_start(&made->link, made->path, &test->error), &test->error);
    return made;
}

static void end(struct fake *fake)
{
    prom_wasm_link_end(&fake->link);
    assert_int_equal(unlink(fake->path), 0);
    free(fake);
}

/* All that was put comes back, in order, whatever fits into the socket and the buffers at a time. */
static void test_bytes_go_both_ways(void **state)
{
    enum { BYTES = 3000000 };
    fixture *test = *state;
    struct fake *fake = start(test, "exec cat");
    uint64_t random = 1;
    uint8_t *sent = malloc(BYTES);
    uint8_t *back = malloc(BYTES);
    assert_true(sent != NULL && back != NULL);
    random_bytes(&random, sent, BYTES);
    size_t put = 0;
    size_t taken = 0;
    while (taken < BYTES) {
        put += prom_wasm_link_put(&fake->link, prom_span_of(sent + put, BYTES - put));
        const int wait_ms = prom_wasm_link_held(&fake->link) > 0 ? 0 : 10000; /* for what may not come */
        assert_ok(prom_wasm_link_turn(&fake->link, wait_ms, &test->error), &test->error);
        const prom_span piece = prom_wasm_link_take(&fake->link, random_below(&random, 100000));
        assert_true(piece.length <= BYTES - taken);
        memcpy(back + taken, piece.data, piece.length);
        taken += piece.length;
    }
    assert_memory_equal(sent, back, BYTES);
    free(sent);
    free(back);
    end(fake);
}

static prom_result turn_until_it_fails(struct fake *fake, prom_error *error)
{
    prom_result result = prom_ok();
    while (prom_is_ok(result)) {
        result = prom_wasm_link_turn(&fake->link, 10000, error);
    }
    return result;
}

/* What it said before it ended is there. */
static void test_its_end_is_told(void **state)
{
    fixture *test = *state;
    struct fake *fake = start(test, "printf abc; exit 5");
    assert_fails(turn_until_it_fails(fake, &test->error), PROM_CATEGORY_IO, &test->error,
                 "prom-wasm ended with code 5");
    const prom_span said = prom_wasm_link_take(&fake->link, 100);
    assert_int_equal(said.length, 3);
    assert_memory_equal(said.data, "abc", 3);
    assert_fails(prom_wasm_link_turn(&fake->link, 0, &test->error), PROM_CATEGORY_IO, &test->error,
                 "has ended; open another session");
    end(fake);

    fake = start(test, "kill -KILL $$");
    (void)prom_wasm_link_put(&fake->link, prom_span_of((const uint8_t *)"unread", 6));
    assert_fails(turn_until_it_fails(fake, &test->error), PROM_CATEGORY_IO, &test->error,
                 "prom-wasm was ended by signal 9 (Killed)");
    end(fake);
}

static void test_it_is_missing(void **state)
{
    fixture *test = *state;
    prom_wasm_link link;
    assert_fails(prom_wasm_link_start(&link, "/nowhere/prom-wasm", &test->error), PROM_CATEGORY_IO, &test->error,
                 "cannot start /nowhere/prom-wasm: No such file or directory; 'make build' builds it");
    prom_wasm_link_end(&link);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_bytes_go_both_ways),
        FIXTURE_TEST(test_its_end_is_told),
        FIXTURE_TEST(test_it_is_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
