/* Measures what prom-wasm costs beside a module's own work: milliseconds to open a session, the start of the process
 * with it, and microseconds for a node whose module does next to nothing. Processor time of both processes, which other
 * work on the machine changes little. docs/performance.md has the results on a named machine. */
#include <inttypes.h>
#include <sys/resource.h>

#include "wasm/acts.h"

enum { OPENINGS = 9, CALLS = 20000, RUNS = 5, FUNCTIONS = 100, ADDITIONS = 160, PAGES = 256, LARGE_CALLS = 40 };

static double seconds_of(int whose)
{
    struct rusage used;
    assert_int_equal(getrusage(whose, &used), 0);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

/* Of this process, and of those that have ended. */
static double seconds(void)
{
    return seconds_of(RUSAGE_SELF) + seconds_of(RUSAGE_CHILDREN);
}

static void write_leb(prom_writer *writer, size_t number)
{
    for (; number >= 128; number >>= 7) {
        prom_write_u8(writer, (uint8_t)(number | 128));
    }
    prom_write_u8(writer, (uint8_t)number);
}

/* A module of 100 kB: functions of many additions, beside those that it must have. */
static prom_span large_code(fixture *test)
{
    prom_writer module = prom_writer_in(&test->arena);
    prom_writer body = prom_writer_in(&test->arena);
    prom_writer code = prom_writer_in(&test->arena);
    prom_span written;
    prom_write_u8(&body, 0);
    for (size_t i = 0; i < ADDITIONS; i++) { /* local.get 0, local.get 1, i32.add, drop */
        prom_write_span(&body, span_of_hex(test, "200020016a1a"));
    }
    prom_write_span(&body, span_of_hex(test, "42000b"));
    write_leb(&code, 2 + FUNCTIONS);
    prom_write_span(&code, span_of_hex(test, "040041000b"
                                             "040042000b"));
    for (size_t i = 0; i < FUNCTIONS; i++) {
        write_leb(&code, body.length);
        prom_write_span(&code, prom_span_of(body.data, body.length));
    }
    prom_write_span(&module, span_of_hex(test, "0061736d01000000"
                                               "010c0260017f017f60027f7f017e"
                                               "03"));
    write_leb(&module, 3 + FUNCTIONS); /* fewer than 128 */
    write_leb(&module, 2 + FUNCTIONS);
    prom_write_u8(&module, 0);
    for (size_t i = 0; i < 1 + FUNCTIONS; i++) {
        prom_write_u8(&module, 1);
    }
    prom_write_span(&module, span_of_hex(test, "0503010001"
                                               "071d03066d656d6f727902000a70726f6d5f616c6c6f630000036d61700001"
                                               "0a"));
    write_leb(&module, code.length);
    prom_write_span(&module, prom_span_of(code.data, code.length));
    assert_ok(prom_writer_finish(&module, &written, &test->error), &test->error);
    return written;
}

static void bench_opening(fixture *test, const prom_module *module)
{
    double best = 1e9;
    for (size_t i = 0; i < OPENINGS; i++) {
        const double start = seconds();
        struct opened acts = open_acts(test, module);
        acts.runner.close(acts.session);
        const double took = seconds() - start;
        best = took < best ? took : best;
    }
    (void)printf("| open a session, module of %zu bytes | %.1f ms | |\n", module->code.length, best * 1e3);
}

/* A module whose map writes to each 4 KiB of the memory that it has at first, of so many pages, or to none of it. */
static prom_span touching_code(fixture *test, bool touches)
{
    prom_writer module = prom_writer_in(&test->arena);
    prom_span written;
    prom_write_span(&module, span_of_hex(test, "0061736d01000000"
                                               "010c0260017f017f60027f7f017e"
                                               "0303020001"
                                               "0504010080"
                                               "02" /* 256 */
                                               "071d03066d656d6f727902000a70726f6d5f616c6c6f630000036d61700001"));
    prom_write_span(&module,
                    touches ? span_of_hex(test, "0a2702"
                                                "040041000b"
                                                "2001017f0340200241013a000020024180206a22024180808008490d000b42000b")
                            : span_of_hex(test, "0a0b02"
                                                "040041000b"
                                                "040042000b"));
    assert_ok(prom_writer_finish(&module, &written, &test->error), &test->error);
    return written;
}

/* So many nodes at once, several times. */
static void bench_node(fixture *test, const char *name, const prom_module *module, prom_span item, size_t count)
{
    prom_module_call *calls = calloc(count, sizeof *calls);
    prom_node_result *results = calloc(count, sizeof *results);
    assert_true(calls != NULL && results != NULL);
    for (size_t i = 0; i < count; i++) {
        calls[i].first = item;
    }
    struct opened acts = open_acts(test, module);
    const double start = seconds();
    for (size_t i = 0; i < RUNS; i++) {
        prom_arena arena;
        prom_arena_init(&arena, (size_t)1 << 32);
        assert_ok(acts.runner.run(acts.session, &arena, results, calls, count, NULL, &test->error), &test->error);
        assert_int_equal(results[count - 1].status, PROM_NODE_OK);
        prom_arena_free(&arena);
    }
    acts.runner.close(acts.session);
    const double took = (seconds() - start) / (double)(count * RUNS);
    (void)printf("| a node, %s | %.1f µs | %" PRIu64 " |\n", name, took * 1e6, results[0].fuel);
    free(calls);
    free(results);
}

static void bench(void **state)
{
    fixture *test = *state;
    static uint8_t bytes[50000]; /* act 0: echo */
    prom_module module = acts_module(test);
    prom_module large = module;
    large.code = large_code(test);
    large.limits.folds = false;
    large.limits.fold_bytes = 0;
    large.limits.fold_fuel = 0;
    (void)printf("| | processor time | fuel |\n|---|---:|---:|\n");
    bench_opening(test, &module);
    bench_opening(test, &large);
    bench_node(test, "5 bytes in and out", &module, prom_span_of(bytes, 5), CALLS);
    bench_node(test, "50,000 bytes in and out", &module, prom_span_of(bytes, sizeof bytes), CALLS);
    bench_node(test, "memory grown by 7 pages, the last one written to", &module, item_of(test, ACT_GROW, 7), CALLS);
    large.limits.pages = PAGES;
    large.code = touching_code(test, false);
    bench_node(test, "256 pages at first, none written to", &large, prom_span_of(bytes, 0), LARGE_CALLS);
    large.code = touching_code(test, true);
    bench_node(test, "256 pages at first, all written to", &large, prom_span_of(bytes, 0), LARGE_CALLS);
}

int main(void)
{
    const struct CMUnitTest benches[] = {FIXTURE_TEST(bench)};
    return cmocka_run_group_tests(benches, NULL, NULL);
}
