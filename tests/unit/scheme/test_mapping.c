#include "scheme/toy.h"

#include "prometheus/crypto/hash.h"
#include "prometheus/scheme/delivery.h"

static prom_result size_of(fixture *test, prom_scheme_size *size, const prom_module_limits *limits, uint32_t nodes)
{
    const prom_module module = {.limits = *limits};
    const prom_job_program program = {.module = &module};
    return prom_scheme_by_number(PROM_SCHEME_REPLAY_MODULE)->size(&test->arena, size, &program, nodes, &test->error);
}

static void job_is_named_by_its_bytes(void **state)
{
    fixture *test = *state;
    for (size_t folds = 0; folds < 2; folds++) {
        const struct mapped it = map_items(test, "join", folds == 1, NULL, 5);
        prom_bytes32 digest;
        prom_bytes32 input;
        prom_tagged_hash(&digest, "prometheus/program", it.bytes.program);
        prom_sha256(&input, it.bytes.input);
        assert_int_equal(it.job->named.scheme, PROM_SCHEME_REPLAY_MODULE);
        assert_true(prom_bytes32_equal(&it.job->named.program_digest, &digest));
        assert_int_equal(it.job->named.program_bytes, PROM_MODULE_MANIFEST + 4);
        assert_true(prom_bytes32_equal(&it.job->named.input_hash, &input));
        assert_int_equal(it.job->named.input_bytes, it.bytes.input.length);
        assert_int_equal(it.job->named.items, folds == 1 ? 9 : 5);
        assert_int_equal(it.job->fuel, folds == 1 ? 5 * 1000 + 4 * 500 : 5 * 1000);
        assert_int_equal(it.job->macs, 0);
        assert_null(it.job->program.integers);
        assert_memory_equal(it.job->program.module->code.data, "join", 4);
    }
}

static void sizes_hold_the_largest_results(void **state)
{
    fixture *test = *state;
    const prom_module_limits maps = toy_limits(false);
    const prom_module_limits folds = toy_limits(true);
    prom_scheme_size size;
    assert_ok(size_of(test, &size, &maps, 5), &test->error);
    assert_int_equal(size.delivery_bytes, 4 + 5 * (14 + 16) + 3 * 32);
    assert_true(size.proving_bytes > 2 * size.delivery_bytes + 2 * PROM_MODULE_PAGE);
    assert_ok(size_of(test, &size, &folds, 9), &test->error);
    assert_int_equal(size.delivery_bytes, 4 + 9 * 14 + 5 * 16 + 4 * 64 + 5 * 32);
    assert_ok(size_of(test, &size, &folds, 1), &test->error);
    assert_int_equal(size.delivery_bytes, 4 + 14 + 16 + 32);
}

static void delivering_takes_the_memory_that_the_size_says(void **state)
{
    fixture *test = *state;
    enum { ITEMS = 1000 };
    static const char *texts[ITEMS];
    for (size_t i = 0; i < ITEMS; i++) {
        texts[i] = "0123456789abcdef"; /* its result is as long as the program allows */
    }
    for (size_t folds = 0; folds < 2; folds++) {
        const struct mapped it = map_items(test, "join", folds == 1, texts, ITEMS);
        const uint64_t module = (uint64_t)toy_limits(false).pages * PROM_MODULE_PAGE;
        PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
        prom_delivery delivery;
        prom_bytes32 root;
        prom_arena_init(&arena, it.job->proving_bytes - module);
        assert_ok(it.scheme->deliver(&arena, &delivery, &root, it.job, NULL, &test->error), &test->error);
        assert_true(arena.used > (it.job->proving_bytes - module) / 4);
    }
}

/* Whatever is opened, the hashes are as many as every other node at most. */
static void openings_are_no_larger_than_the_size_says(void **state)
{
    fixture *test = *state;
    for (size_t nodes = 1; nodes <= 11; nodes++) {
        prom_bytes32 *leaves = new_bytes(&test->arena, nodes, sizeof *leaves);
        size_t largest = 0;
        for (unsigned bits = 1; bits < 1U << nodes; bits++) {
            size_t positions[11];
            size_t count = 0;
            prom_span opening;
            for (size_t i = 0; i < nodes; i++) {
                if ((bits >> i & 1) == 1) {
                    positions[count++] = i;
                }
            }
            assert_ok(prom_merkle_open(&test->arena, &opening, leaves, nodes, positions, count, &test->error),
                      &test->error);
            largest = opening.length > largest ? opening.length : largest;
        }
        assert_int_equal(largest, nodes == 1 ? 0 : (nodes + 1) / 2 * 32);
    }
}

static void jobs_that_no_package_holds_are_refused(void **state)
{
    fixture *test = *state;
    prom_module_limits limits = toy_limits(true);
    const char *too_large = "and one has 1 GiB at most: split the batch";
    prom_scheme_size size;
    assert_refused(size_of(test, &size, &limits, 0), &test->error, "no batch of this program has 0 items and folds");
    assert_refused(size_of(test, &size, &limits, 8), &test->error, "no batch of this program has 8 items and folds");
    assert_refused(size_of(test, &size, &limits, 2 * PROM_MODULE_ITEMS_MAX + 1), &test->error, "no batch");
    assert_refused(size_of(test, &size, &limits, UINT32_MAX), &test->error, "no batch");
    assert_ok(size_of(test, &size, &limits, 2 * PROM_MODULE_ITEMS_MAX - 1), &test->error);
    limits.result_bytes = PROM_MODULE_RESULT_MAX;
    limits.fold_bytes = PROM_MODULE_RESULT_MAX;
    assert_refused(size_of(test, &size, &limits, 2 * PROM_MODULE_ITEMS_MAX - 1), &test->error, too_large);
    assert_ok(size_of(test, &size, &limits, 15), &test->error);
    assert_refused(size_of(test, &size, &limits, 17), &test->error, too_large);
    /* to the byte: one item, whose results have more bytes than a program may ask for */
    limits = toy_limits(false);
    const uint32_t around = (uint32_t)prom_delivery_package_bytes(4 + 14 + 32);
    limits.result_bytes = PROM_PAYLOAD_MAX - around;
    assert_ok(size_of(test, &size, &limits, 1), &test->error);
    limits.result_bytes++;
    assert_refused(size_of(test, &size, &limits, 1), &test->error, too_large);
}

static void fuel_is_told_as_far_as_it_goes(void **state)
{
    fixture *test = *state;
    prom_module_limits limits = toy_limits(true);
    struct toy *toy = NULL;
    prom_job_bytes bytes = toy_bytes_of(test, &toy, "sum", true, NULL, 1U << 15);
    const prom_scheme_job *job = NULL;
    const prom_scheme *scheme = prom_scheme_by_number(PROM_SCHEME_REPLAY_MODULE);
    limits.fuel = PROM_MODULE_FUEL_MAX;
    limits.fold_fuel = PROM_MODULE_FUEL_MAX;
    bytes.program = toy_program(test, "sum", &limits);
    assert_ok(scheme->open(&test->arena, &job, &bytes, &test->error), &test->error);
    assert_int_equal(job->fuel, UINT64_MAX - PROM_MODULE_FUEL_MAX + 1);
    bytes.input = toy_input(test, NULL, (1U << 15) + 1);
    assert_ok(scheme->open(&test->arena, &job, &bytes, &test->error), &test->error);
    assert_true(job->fuel == UINT64_MAX);
}

static void refuses(fixture *test, const prom_scheme *scheme, const prom_job_bytes *bytes, prom_category category,
                    const char *reason)
{
    const prom_scheme_job *job = NULL;
    assert_fails(scheme->open(&test->arena, &job, bytes, &test->error), category, &test->error, reason);
    assert_null(job);
}

static void what_is_no_job_is_not_opened(void **state)
{
    fixture *test = *state;
    struct toy *toy = NULL;
    const prom_scheme *scheme = prom_scheme_by_number(PROM_SCHEME_REPLAY_MODULE);
    const prom_job_bytes right = toy_bytes_of(test, &toy, "join", true, NULL, 5);
    for (size_t length = 0; length < right.program.length; length++) {
        prom_job_bytes cut = right;
        cut.program.length = length;
        refuses(test, scheme, &cut, PROM_CATEGORY_BAD_INPUT, "");
    }
    for (size_t length = 0; length < right.input.length; length++) {
        prom_job_bytes cut = right;
        cut.input.length = length;
        refuses(test, scheme, &cut, PROM_CATEGORY_BAD_INPUT, "");
    }
    const prom_job_bytes other = toy_bytes_of(test, &toy, "other", true, NULL, 5);
    refuses(test, scheme, &other, PROM_CATEGORY_BAD_INPUT, "the toy has no such module");
}

/* A job that nobody here can open may be a good one. */
static void without_a_runner_nothing_is_said_of_the_job(void **state)
{
    fixture *test = *state;
    struct toy *toy = NULL;
    const prom_scheme *scheme = prom_scheme_by_number(PROM_SCHEME_REPLAY_MODULE);
    prom_job_bytes bytes = toy_bytes_of(test, &toy, "join", true, NULL, 5);
    toy->open_fails = PROM_CATEGORY_MEMORY;
    refuses(test, scheme, &bytes, PROM_CATEGORY_MEMORY, "the toy does not open");
    bytes.runner = NULL;
    refuses(test, scheme, &bytes, PROM_CATEGORY_IO, "its program is a module, and nothing here runs modules");
}

static void sumcheck_refuses_modules(void **state)
{
    fixture *test = *state;
    struct toy *toy = NULL;
    const prom_scheme *scheme = prom_scheme_by_number(PROM_SCHEME_SUMCHECK);
    const prom_job_bytes bytes = toy_bytes_of(test, &toy, "join", true, NULL, 5);
    const prom_module module = {.limits = toy_limits(true)};
    const prom_job_program program = {.module = &module};
    prom_scheme_size size;
    refuses(test, scheme, &bytes, PROM_CATEGORY_BAD_INPUT, "proves integer programs, and this program is a module");
    assert_refused(scheme->size(&test->arena, &size, &program, 9, &test->error), &test->error,
                   "proves integer programs, and this program is a module");
}

static void failures_of_the_runner_blame_nobody(void **state)
{
    fixture *test = *state;
    static const prom_category failures[] = {PROM_CATEGORY_MISUSE, PROM_CATEGORY_BAD_INPUT, PROM_CATEGORY_IO,
                                             PROM_CATEGORY_PEER,   PROM_CATEGORY_BROKEN,    PROM_CATEGORY_STOPPED,
                                             PROM_CATEGORY_MEMORY};
    const struct mapped it = map_items(test, "join", true, NULL, 5);
    for (size_t i = 0; i < 2 * COUNT_OF(failures); i++) {
        const prom_category failure = failures[i / 2];
        const prom_category expected =
            failure == PROM_CATEGORY_PEER || failure == PROM_CATEGORY_BAD_INPUT ? PROM_CATEGORY_BROKEN : failure;
        prom_delivery delivery;
        prom_bytes32 root;
        it.toy->open_fails = i % 2 == 0 ? failure : PROM_CATEGORY_OK;
        it.toy->run_fails = i % 2 == 1 ? failure : PROM_CATEGORY_OK;
        assert_fails(it.scheme->verify(&test->arena, it.job, &it.delivery, &it.root, NULL, NULL, &test->error),
                     expected, &test->error, "the toy");
        assert_fails(it.scheme->deliver(&test->arena, &delivery, &root, it.job, NULL, &test->error), expected,
                     &test->error, "the toy");
        assert_int_equal(it.toy->opened, it.toy->closed);
    }
}

struct count {
    size_t last;
    size_t end;
};

static bool count_nodes(void *context, size_t done, size_t nodes)
{
    struct count *count = context;
    assert_int_equal(nodes, 9);
    assert_int_equal(done, count->last + 1);
    count->last = done;
    return done < count->end;
}

static void progress_is_of_all_nodes_and_stops_them(void **state)
{
    fixture *test = *state;
    const struct mapped it = map_items(test, "join", true, NULL, 5);
    for (size_t end = 1; end <= 10; end++) {
        struct count count = {0, end};
        const prom_progress progress = {count_nodes, &count};
        prom_delivery delivery;
        prom_bytes32 root;
        const prom_result delivered =
            it.scheme->deliver(&test->arena, &delivery, &root, it.job, &progress, &test->error);
        assert_int_equal(delivered.category, end < 10 ? PROM_CATEGORY_STOPPED : PROM_CATEGORY_OK);
        assert_int_equal(count.last, end < 10 ? end : 9);
        count.last = 0;
        const prom_result verified =
            it.scheme->verify(&test->arena, it.job, &it.delivery, &it.root, NULL, &progress, &test->error);
        assert_int_equal(verified.category, delivered.category);
        assert_int_equal(it.toy->opened, it.toy->closed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(job_is_named_by_its_bytes),
        FIXTURE_TEST(sizes_hold_the_largest_results),
        FIXTURE_TEST(delivering_takes_the_memory_that_the_size_says),
        FIXTURE_TEST(openings_are_no_larger_than_the_size_says),
        FIXTURE_TEST(jobs_that_no_package_holds_are_refused),
        FIXTURE_TEST(fuel_is_told_as_far_as_it_goes),
        FIXTURE_TEST(what_is_no_job_is_not_opened),
        FIXTURE_TEST(without_a_runner_nothing_is_said_of_the_job),
        FIXTURE_TEST(sumcheck_refuses_modules),
        FIXTURE_TEST(failures_of_the_runner_blame_nobody),
        FIXTURE_TEST(progress_is_of_all_nodes_and_stops_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
