/* What a worker says that a module computed: any output, any opening, and a root over whatever it says. */
#include <string.h>

#include "fuzz.h"
#include "prometheus/crypto/merkle.h"
#include "prometheus/scheme/scheme.h"

enum { ITEMS = 3, NODES = 2 * ITEMS - 1, RESULT_MAX = 8 };

/* -- A module: an item's bytes in reverse order; of two results all bytes, or a trap where they are as many -- */

static prom_result open_module(const prom_runner *runner, prom_runner_session **session, const prom_module *module,
                               const prom_progress *progress, prom_error *error)
{
    (void)runner;
    (void)module;
    (void)progress;
    (void)error;
    *session = NULL;
    return prom_ok();
}

static prom_result check_module(const prom_runner *runner, const prom_module *module, const prom_progress *progress,
                                prom_error *error)
{
    (void)runner;
    (void)module;
    (void)progress;
    (void)error;
    return prom_ok();
}

static prom_result run_module(prom_runner_session *session, prom_arena *arena, prom_node_result *results,
                              const prom_module_call *calls, size_t count, const prom_progress *progress,
                              prom_error *error)
{
    (void)session;
    (void)progress;
    for (size_t i = 0; i < count; i++) {
        const prom_module_call *call = &calls[i];
        prom_writer writer = prom_writer_in(arena);
        prom_span bytes;
        for (size_t at = call->first.length; at-- > 0;) {
            prom_write_u8(&writer, call->first.data[call->fold ? call->first.length - 1 - at : at]);
        }
        prom_write_span(&writer, call->second);
        PROM_TRY(prom_writer_finish(&writer, &bytes, error));
        results[i] = call->fold && call->first.length == call->second.length
                         ? (prom_node_result){.status = PROM_NODE_TRAP, .trap = PROM_TRAP_DIVISION}
                     : bytes.length > RESULT_MAX ? (prom_node_result){.status = PROM_NODE_LONG}
                                                 : (prom_node_result){.fuel = 1 + bytes.length, .bytes = bytes};
    }
    return prom_ok();
}

static void close_module(prom_runner_session *session)
{
    (void)session;
}

/* -- Its job, and what is right -- */

struct truth {
    const prom_scheme *scheme;
    const prom_scheme_job *job;
    prom_delivery delivery;
    prom_bytes32 root;
    const prom_node_result *results;
};

static void find_truth(prom_arena *arena, struct truth *truth)
{
    static const prom_runner runner = {
        .open = open_module, .check = check_module, .run = run_module, .close = close_module};
    static const uint8_t bytes[] = "abcdef";
    const prom_span list[ITEMS] = {{bytes, 1}, {bytes + 1, 3}, {bytes + 4, 2}};
    const prom_items items = {list, ITEMS};
    const prom_module_limits limits = {
        .folds = true, .pages = 1, .result_bytes = RESULT_MAX, .fold_bytes = RESULT_MAX, .fuel = 100, .fold_fuel = 100};
    prom_job_bytes job = {.runner = &runner};
    uint32_t count = 0;
    truth->scheme = prom_scheme_by_number(PROM_SCHEME_REPLAY_MODULE);
    must(prom_is_ok(prom_module_write(arena, &job.program, &limits, prom_span_of(bytes, 1), NULL)));
    must(prom_is_ok(prom_items_write(arena, &job.input, &items, NULL)));
    must(prom_is_ok(truth->scheme->open(arena, &truth->job, &job, NULL)));
    must(prom_is_ok(truth->scheme->deliver(arena, &truth->delivery, &truth->root, truth->job, NULL, NULL)));
    must(prom_is_ok(prom_results_read(arena, &truth->results, &count, truth->delivery.output, NULL)));
    must(count == NODES);
}

/* -- What is said -- */

enum { CHANGED = 1, COMMITTED = 2, SAMPLED = 4, OPENED = 8 };

/* The bytes that are left, or changes to what is right: where, and what to add. */
static prom_span said(prom_arena *arena, prom_span right, prom_reader *reader, bool changed)
{
    prom_span bytes;
    uint8_t *copy = NULL;
    if (!changed) {
        return prom_read_span(reader, reader->left);
    }
    must(prom_is_ok(prom_span_copy(arena, &bytes, right, NULL)));
    memcpy(&copy, &bytes.data, sizeof copy);
    while (reader->left >= 2 && bytes.length > 0) {
        const size_t at = prom_read_u8(reader) % bytes.length;
        copy[at] = (uint8_t)(copy[at] + prom_read_u8(reader));
    }
    return bytes;
}

/* The root over what is said, where that can be read. */
static void commit(prom_arena *arena, prom_bytes32 *root, prom_span output)
{
    const prom_node_result *results = NULL;
    uint32_t count = 0;
    prom_bytes32 leaves[2 * NODES];
    if (!prom_is_ok(prom_results_read(arena, &results, &count, output, NULL)) || count > 2 * NODES) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        must(prom_is_ok(prom_results_leaf(arena, &leaves[i], &results[i], NULL)));
    }
    must(prom_is_ok(prom_merkle_root(arena, root, leaves, count, NULL)));
}

static bool is_same(const prom_node_result *a, const prom_node_result *b)
{
    return a->status == b->status && a->trap == b->trap && a->fuel == b->fuel && prom_span_equal(a->bytes, b->bytes);
}

/* Nothing but the truth is accepted: where all nodes are computed again, all of it; of a drawn item what it gives. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_arena_init(&arena, FUZZ_MEMORY);
    prom_reader reader = prom_reader_of(prom_span_of(data, length));
    prom_error error = {{0}};
    struct truth truth;
    find_truth(&arena, &truth);
    const uint8_t how = prom_read_u8(&reader);
    const size_t drawn = prom_read_u8(&reader) % NODES;
    const prom_sample one = {&drawn, 1};
    const prom_sample *sample = (how & SAMPLED) != 0 ? &one : NULL;
    prom_delivery claim = truth.delivery;
    prom_bytes32 root = truth.root;
    if ((how & OPENED) != 0 && sample != NULL) { /* an opening is invented, of what is right */
        must(prom_is_ok(truth.scheme->open_sample(&arena, &claim.proof, truth.job, claim.output, sample, NULL)));
        const prom_span right = claim.proof;
        claim.proof = said(&arena, right, &reader, (how & CHANGED) != 0);
        const prom_result verified = truth.scheme->verify(&arena, truth.job, &claim, &root, sample, NULL, &error);
        must(prom_is_ok(verified) == prom_span_equal(claim.proof, right));
        return 0;
    }
    claim.output = said(&arena, truth.delivery.output, &reader, (how & CHANGED) != 0);
    if ((how & COMMITTED) != 0) {
        commit(&arena, &root, claim.output);
    }
    if (sample != NULL &&
        !prom_is_ok(truth.scheme->open_sample(&arena, &claim.proof, truth.job, claim.output, sample, &error))) {
        claim.proof = prom_span_of(NULL, 0);
    }
    const prom_result verified = truth.scheme->verify(&arena, truth.job, &claim, &root, sample, NULL, &error);
    if (!prom_is_ok(verified)) {
        must(verified.category == PROM_CATEGORY_PEER && error.sentence[0] != '\0');
        return 0;
    }
    const prom_node_result *results = NULL;
    uint32_t count = 0;
    must(prom_is_ok(prom_results_read(&arena, &results, &count, claim.output, NULL)) && count == NODES);
    must(sample != NULL || prom_span_equal(claim.output, truth.delivery.output));
    must(drawn >= ITEMS || is_same(&results[drawn], &truth.results[drawn]));
    return 0;
}
