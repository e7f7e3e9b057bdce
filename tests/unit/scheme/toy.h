/* Modules to test with, and who runs them: the module's "code" is the name of what it does, and a runner in C does it.
 * And jobs of such modules, with what an honest worker gives. */
#ifndef PROMETHEUS_TEST_SCHEME_TOY_H
#define PROMETHEUS_TEST_SCHEME_TOY_H

#include "support.h"

#include "prometheus/crypto/merkle.h"
#include "prometheus/scheme/scheme.h"
#include "tensor/files.h"

/* "join": the result of an item is its bytes, each one greater; of a fold what it joins, one behind the other. "sum":
 * the result of an item is the sum of its bytes, in 4 bytes; of a fold the sum of both. Either takes ten of fuel, and
 * one for each byte that it reads. An item that begins with '!', '?' or '#' traps, takes all fuel, or has no shape. A
 * fold whose second operand begins with '%' traps. */
enum { TOY_FUEL = 10 };

struct toy {
    prom_category open_fails; /* with what, where it is no success */
    prom_category run_fails;
    size_t opened;
    size_t closed;
    size_t computed;
};

struct prom_runner_session {
    struct toy *toy;
    prom_module_limits limits;
    bool sums;
};

static inline prom_result toy_open(const prom_runner *runner, prom_runner_session **session, const prom_module *module,
                                   const prom_progress *progress, prom_error *error)
{
    struct toy *toy = runner->context;
    (void)progress;
    const char *code = (const char *)module->code.data;
    const bool sums = module->code.length == 3 && memcmp(code, "sum", 3) == 0;
    *session = NULL;
    if (toy->open_fails != PROM_CATEGORY_OK) {
        return prom_fail(error, toy->open_fails, "the toy does not open");
    }
    if (!sums && (module->code.length != 4 || memcmp(code, "join", 4) != 0)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the toy has no such module");
    }
    *session = malloc(sizeof **session);
    assert_non_null(*session);
    **session = (prom_runner_session){toy, module->limits, sums};
    toy->opened++;
    return prom_ok();
}

static inline prom_result toy_check(const prom_runner *runner, const prom_module *module, const prom_progress *progress,
                                    prom_error *error)
{
    prom_runner_session *session = NULL;
    PROM_TRY(runner->open(runner, &session, module, progress, error));
    runner->close(session);
    return prom_ok();
}

static inline uint32_t toy_number(prom_span bytes)
{
    prom_reader reader = prom_reader_of(bytes);
    return prom_read_u32(&reader);
}

static inline prom_result toy_bytes(const prom_runner_session *session, prom_arena *arena, prom_span *bytes,
                                    const prom_module_call *call, prom_error *error)
{
    prom_writer writer = prom_writer_in(arena);
    uint32_t sum = 0;
    prom_writer_reserve(&writer, session->sums ? sizeof sum : call->first.length + call->second.length);
    for (size_t i = 0; i < call->first.length; i++) {
        sum += call->first.data[i];
        if (!session->sums) {
            prom_write_u8(&writer, (uint8_t)(call->first.data[i] + (call->fold ? 0 : 1)));
        }
    }
    if (session->sums) {
        prom_write_u32(&writer, call->fold ? toy_number(call->first) + toy_number(call->second) : sum);
    } else if (call->fold) {
        prom_write_span(&writer, call->second);
    }
    return prom_writer_finish(&writer, bytes, error);
}

static inline prom_result toy_compute(const prom_runner_session *session, prom_arena *arena, prom_node_result *result,
                                      const prom_module_call *call, prom_error *error)
{
    const prom_module_limits *limits = &session->limits;
    const uint64_t fuel = TOY_FUEL + call->first.length + (call->fold ? call->second.length : 0);
    const prom_span looked_at = call->fold ? call->second : call->first;
    const char first = looked_at.length > 0 ? (char)looked_at.data[0] : '\0';
    prom_span bytes;
    *result = (prom_node_result){.status = PROM_NODE_OK};
    if (first == (call->fold ? '%' : '!')) {
        result->status = PROM_NODE_TRAP;
        result->trap = call->fold ? PROM_TRAP_DIVISION : PROM_TRAP_UNREACHABLE;
        return prom_ok();
    }
    PROM_TRY(toy_bytes(session, arena, &bytes, call, error));
    if (fuel > (call->fold ? limits->fold_fuel : limits->fuel) || (!call->fold && first == '?')) {
        result->status = PROM_NODE_FUEL;
    } else if (!call->fold && first == '#') {
        result->status = PROM_NODE_SHAPE;
    } else if (bytes.length > (call->fold ? limits->fold_bytes : limits->result_bytes)) {
        result->status = PROM_NODE_LONG;
    } else {
        *result = (prom_node_result){.fuel = fuel, .bytes = bytes};
    }
    return prom_ok();
}

static inline prom_result toy_run(prom_runner_session *session, prom_arena *arena, prom_node_result *results,
                                  const prom_module_call *calls, size_t count, const prom_progress *progress,
                                  prom_error *error)
{
    if (session->toy->run_fails != PROM_CATEGORY_OK) {
        return prom_fail(error, session->toy->run_fails, "the toy is broken");
    }
    for (size_t i = 0; i < count; i++) {
        PROM_TRY(toy_compute(session, arena, &results[i], &calls[i], error));
        session->toy->computed++;
        PROM_TRY(prom_progress_report(progress, i + 1, count, error));
    }
    return prom_ok();
}

static inline void toy_close(prom_runner_session *session)
{
    if (session != NULL) {
        session->toy->closed++;
        free(session);
    }
}

/* -- Jobs -- */

struct mapped {
    struct toy *toy;
    const prom_scheme *scheme;
    prom_job_bytes bytes;
    const prom_scheme_job *job;
    prom_delivery delivery; /* the right one */
    prom_bytes32 root;
    prom_node_result *results; /* its results, to be changed */
    size_t nodes;
};

static inline prom_module_limits toy_limits(bool folds)
{
    return (prom_module_limits){.folds = folds,
                                .pages = 2,
                                .result_bytes = 16,
                                .fold_bytes = folds ? 64 : 0,
                                .fuel = 1000,
                                .fold_fuel = folds ? 500 : 0};
}

static inline prom_span toy_program(fixture *test, const char *code, const prom_module_limits *limits)
{
    prom_span program;
    const prom_span bytes = prom_span_of((const uint8_t *)code, strlen(code));
    assert_ok(prom_module_write(&test->arena, &program, limits, bytes, &test->error), &test->error);
    return program;
}

/* Items of 0 to 5 letters, or these. */
static inline prom_span toy_input(fixture *test, const char *const *texts, uint32_t count)
{
    prom_span *list = new_bytes(&test->arena, count, sizeof *list);
    const prom_items items = {list, count};
    uint64_t random = count;
    prom_span input;
    for (uint32_t i = 0; i < count; i++) {
        if (texts != NULL) {
            list[i] = prom_span_of((const uint8_t *)texts[i], strlen(texts[i]));
            continue;
        }
        const size_t length = random_below(&random, 6);
        uint8_t *letters = new_bytes(&test->arena, length + 1, 1);
        for (size_t at = 0; at < length; at++) {
            letters[at] = (uint8_t)('a' + random_below(&random, 26));
        }
        list[i] = prom_span_of(letters, length);
    }
    assert_ok(prom_items_write(&test->arena, &input, &items, &test->error), &test->error);
    return input;
}

static inline prom_job_bytes toy_bytes_of(fixture *test, struct toy **toy, const char *code, bool folds,
                                          const char *const *texts, uint32_t items)
{
    const prom_module_limits limits = toy_limits(folds);
    prom_runner *runner = new_bytes(&test->arena, 1, sizeof *runner);
    *toy = new_bytes(&test->arena, 1, sizeof **toy);
    **toy = (struct toy){.opened = 0};
    *runner = (prom_runner){.open = toy_open, .check = toy_check, .run = toy_run, .close = toy_close, .context = *toy};
    return (prom_job_bytes){
        .program = toy_program(test, code, &limits), .input = toy_input(test, texts, items), .runner = runner};
}

static inline prom_node_result *results_of(fixture *test, prom_span output, size_t nodes)
{
    const prom_node_result *read = NULL;
    uint32_t count = 0;
    prom_node_result *results = new_bytes(&test->arena, nodes, sizeof *results);
    assert_ok(prom_results_read(&test->arena, &read, &count, output, &test->error), &test->error);
    assert_int_equal(count, nodes);
    memcpy(results, read, nodes * sizeof *results);
    return results;
}

/* A job that is delivered; `texts` may be NULL. */
static inline struct mapped map_items(fixture *test, const char *code, bool folds, const char *const *texts,
                                      uint32_t items)
{
    struct mapped it = {.scheme = prom_scheme_by_number(PROM_SCHEME_REPLAY_MODULE)};
    it.bytes = toy_bytes_of(test, &it.toy, code, folds, texts, items);
    assert_ok(it.scheme->open(&test->arena, &it.job, &it.bytes, &test->error), &test->error);
    assert_ok(it.scheme->deliver(&test->arena, &it.delivery, &it.root, it.job, NULL, &test->error), &test->error);
    it.nodes = it.job->named.items;
    it.results = results_of(test, it.delivery.output, it.nodes);
    return it;
}

static inline prom_bytes32 *leaves_of_results(fixture *test, const prom_node_result *results, size_t count)
{
    prom_bytes32 *leaves = new_bytes(&test->arena, count, sizeof *leaves);
    for (size_t i = 0; i < count; i++) {
        assert_ok(prom_results_leaf(&test->arena, &leaves[i], &results[i], &test->error), &test->error);
    }
    return leaves;
}

/* What a worker commits to that says these results, right or wrong. */
static inline prom_bytes32 root_of_results(fixture *test, const prom_node_result *results, size_t count)
{
    prom_bytes32 root;
    const prom_bytes32 *leaves = leaves_of_results(test, results, count);
    assert_ok(prom_merkle_root(&test->arena, &root, leaves, count, &test->error), &test->error);
    return root;
}

static inline prom_span output_of_results(fixture *test, const prom_node_result *results, size_t count)
{
    prom_span output;
    assert_ok(prom_results_write(&test->arena, &output, results, (uint32_t)count, &test->error), &test->error);
    return output;
}

#endif
