/* A job to test with: a small network with random weights, a batch for it, terms that name both, and what an honest
 * worker gives. */
#ifndef PROMETHEUS_TEST_SCHEME_JOB_H
#define PROMETHEUS_TEST_SCHEME_JOB_H

#include "contract/cast.h"
#include "prometheus/crypto/hash.h"
#include "prometheus/crypto/merkle.h"
#include "prometheus/program/batch.h"
#include "prometheus/program/run.h"
#include "prometheus/scheme/delivery.h"
#include "tensor/files.h"

enum { JOB_ITEMS = 5 };

struct job {
    const prom_scheme *scheme;
    const prom_program *program;
    prom_job_bytes bytes;
    const prom_scheme_job *opened; /* of these bytes */
    struct cast cast;
    prom_terms terms;
    prom_bytes32 contract_id;
    prom_delivery delivery; /* the right one */
    prom_bytes32 root;
    prom_delivery_secrets secrets;
};

/* Weights and biases at random, multipliers with which the outputs fill the range of a byte. */
static inline void random_numbers(fixture *test, prom_layer *layer, size_t channels, size_t weight_count, uint8_t shift,
                                  uint64_t *random)
{
    uint32_t *multipliers = new_bytes(&test->arena, channels, sizeof *multipliers);
    int32_t *biases = new_bytes(&test->arena, channels, sizeof *biases);
    int8_t *weights = new_bytes(&test->arena, channels * weight_count, 1);
    for (size_t i = 0; i < channels; i++) {
        multipliers[i] = 3000 + (uint32_t)random_below(random, 1000);
        biases[i] = (int32_t)random_below(random, 2000) - 1000;
    }
    random_bytes(random, (uint8_t *)weights, channels * weight_count);
    layer->rescale = (prom_rescale){shift, 0, channels, multipliers};
    layer->weight_count = weight_count;
    layer->biases = biases;
    layer->weights = weights;
}

enum { SHIFT = 20, UNPROVABLE_SHIFT = 8 /* leaves quotients that no table holds */ };

/* A convolution of 1x4x4, a pool, and 12 outputs. */
static inline const prom_program *random_network(fixture *test, uint8_t shift, uint64_t *random)
{
    enum { LAYERS = 4, CHANNELS = 3, OUTPUTS = 12, JOINED = CHANNELS * 2 * 2 };
    static const uint32_t chain[LAYERS] = {0, 1, 2, 3};
    const prom_window_axis around = {3, 1, 1, 1, 1};
    const prom_window_axis halving = {2, 2, 1, 0, 0};
    const prom_program *program = NULL;
    prom_layer layers[LAYERS] = {
        {.kind = PROM_LAYER_CONV, .output.range = {0, 255}, .window = {{around, around}}, .groups = 1},
        {.kind = PROM_LAYER_MAX_POOL, .window = {{halving, halving}}},
        {.kind = PROM_LAYER_RESHAPE, .output.shape = {1, {JOINED}}},
        {.kind = PROM_LAYER_DENSE, .output.range = {-128, 127}},
    };
    const prom_program parts = {.input_scale = 0.0078125F,
                                .output_scale = 0.1F,
                                .input = {.shape = {3, {1, 4, 4}}, .range = {-100, 100}},
                                .layer_count = LAYERS,
                                .layers = layers};
    for (size_t i = 0; i < LAYERS; i++) {
        layers[i].input_count = 1;
        layers[i].inputs = &chain[i];
    }
    random_numbers(test, &layers[0], CHANNELS, (size_t)3 * 3, shift, random);
    random_numbers(test, &layers[3], OUTPUTS, JOINED, shift, random);
    assert_ok(prom_program_build(&test->arena, &program, &parts, &test->error), &test->error);
    return program;
}

static inline prom_job_bytes random_job_with(fixture *test, const prom_program **program, uint8_t shift, uint64_t seed)
{
    uint64_t random = seed;
    *program = random_network(test, shift, &random);
    const prom_value *input = &(*program)->input;
    uint8_t *codes = new_bytes(&test->arena, JOB_ITEMS * input->count, 1);
    for (size_t i = 0; i < JOB_ITEMS * input->count; i++) {
        codes[i] = (uint8_t)random_below(&random, (size_t)(input->range.high - input->range.low) + 1);
    }
    const prom_batch batch = {JOB_ITEMS, (uint32_t)input->count, codes};
    prom_job_bytes bytes = {.program = (*program)->bytes};
    assert_ok(prom_batch_write(&test->arena, &bytes.input, &batch, &test->error), &test->error);
    return bytes;
}

static inline prom_job_bytes random_job(fixture *test, const prom_program **program, uint64_t seed)
{
    return random_job_with(test, program, SHIFT, seed);
}

static inline const prom_scheme_job *open_job(fixture *test, const prom_scheme *scheme, const prom_job_bytes *bytes)
{
    const prom_scheme_job *opened = NULL;
    assert_ok(scheme->open(&test->arena, &opened, bytes, &test->error), &test->error);
    return opened;
}

static inline struct job make_job_by(fixture *test, const char *scheme)
{
    struct job job = {.scheme = prom_scheme_by_name(scheme), .cast = make_cast(test)};
    assert_non_null(job.scheme);
    job.bytes = random_job(test, &job.program, 1);
    job.opened = open_job(test, job.scheme, &job.bytes);
    job.terms = valid_terms(test, &job.cast, 3);
    job.terms.job = job.opened->named;
    assert_ok(prom_terms_contract_id(&test->arena, &job.contract_id, &job.terms, &test->error), &test->error);
    assert_ok(job.scheme->deliver(&test->arena, &job.delivery, &job.root, job.opened, NULL, &test->error),
              &test->error);
    job.secrets = (prom_delivery_secrets){.h_p = job.cast.h_p};
    memset(job.secrets.nonce.bytes, 5, sizeof job.secrets.nonce.bytes);
    return job;
}

static inline struct job make_job(fixture *test)
{
    return make_job_by(test, "replay");
}

/* What 'sumcheck' commits to, as docs/protocol.md has it. */
static inline prom_bytes32 sumcheck_root(fixture *test, const prom_delivery *delivery)
{
    prom_writer writer = prom_writer_in(&test->arena);
    prom_span bytes;
    prom_bytes32 root;
    prom_write_u64(&writer, delivery->output.length);
    prom_write_span(&writer, delivery->output);
    prom_write_span(&writer, delivery->proof);
    assert_ok(prom_writer_finish(&writer, &bytes, &test->error), &test->error);
    prom_tagged_hash(&root, "prometheus/sumcheck", bytes);
    return root;
}

/* What 'replay' commits to: the Merkle root over the output's items, right or wrong. */
static inline prom_bytes32 replay_root(fixture *test, prom_span output)
{
    prom_batch batch;
    prom_bytes32 root;
    assert_ok(prom_batch_read(&batch, output, &test->error), &test->error);
    prom_bytes32 *leaves = new_bytes(&test->arena, batch.items, sizeof *leaves);
    for (size_t i = 0; i < batch.items; i++) {
        prom_merkle_leaf(&leaves[i], prom_batch_item(&batch, i));
    }
    assert_ok(prom_merkle_root(&test->arena, &root, leaves, batch.items, &test->error), &test->error);
    return root;
}

/* Turns the right delivery into that of a worker that lies about the last value, and does all else as it should be. */
static inline void lie_about(fixture *test, prom_delivery *delivery, prom_bytes32 *root, const prom_scheme *scheme)
{
    uint8_t *lie = new_bytes(&test->arena, delivery->output.length, 1);
    memcpy(lie, delivery->output.data, delivery->output.length);
    lie[delivery->output.length - 1] ^= 1;
    delivery->output.data = lie;
    *root =
        scheme->number == PROM_SCHEME_SUMCHECK ? sumcheck_root(test, delivery) : replay_root(test, delivery->output);
}

static inline prom_delivery_context context_of(const fixture *test, const struct job *job)
{
    return (prom_delivery_context){test->curve, &job->terms, &job->contract_id, job->opened};
}

/* The package of a worker that delivers `delivery` with these secrets. */
static inline prom_span seal_delivery(fixture *test, const struct job *job, const prom_delivery *delivery,
                                      const prom_bytes32 *root, const prom_delivery_secrets *secrets)
{
    prom_span package;
    const prom_delivery_context context = context_of(test, job);
    assert_ok(prom_delivery_seal(&context, &test->arena, &package, root, delivery, secrets, &test->error),
              &test->error);
    return package;
}

/* V's way: opens E_V with its seal key, and checks. An E_V that does not open is a bad package. */
static inline prom_checked check_as_verifier(fixture *test, const struct job *job, prom_span *output,
                                             const prom_delivery_packages *packages)
{
    const prom_delivery_context context = context_of(test, job);
    prom_bytes32 h_p;
    const prom_result opened = prom_delivery_open_key(&context, &h_p, packages->round_a, &job->cast.seal, &test->error);
    if (opened.category == PROM_CATEGORY_PEER) {
        return PROM_CHECKED_BAD;
    }
    assert_ok(opened, &test->error);
    return prom_delivery_check(&context, &test->arena, output, packages, &h_p, NULL, &test->error);
}

/* An arbiter's way: h_p was shown. */
static inline prom_checked check_as_arbiter(fixture *test, const struct job *job, prom_span *output,
                                            const prom_delivery_packages *packages)
{
    const prom_delivery_context context = context_of(test, job);
    return prom_delivery_check(&context, &test->arena, output, packages, &job->cast.h_p, NULL, &test->error);
}

/* That both find the package good, and the right output in it. */
static inline void assert_good(fixture *test, const struct job *job, const prom_delivery_packages *packages)
{
    prom_span output;
    prom_error none = {{0}};
    test->error = none;
    if (check_as_verifier(test, job, &output, packages) != PROM_CHECKED_GOOD) {
        fail_msg("V: %s", test->error.sentence);
    }
    assert_true(prom_span_equal(output, job->delivery.output));
    output = prom_span_of(NULL, 0);
    if (check_as_arbiter(test, job, &output, packages) != PROM_CHECKED_GOOD) {
        fail_msg("arbiter: %s", test->error.sentence);
    }
    assert_true(prom_span_equal(output, job->delivery.output));
}

/* That both find the package bad, and V for a reason that holds `reason`. */
static inline void assert_bad_at(fixture *test, const struct job *job, const prom_delivery_packages *packages,
                                 const char *reason, const char *file, int line)
{
    prom_span output;
    test->error = (prom_error){{0}};
    const prom_checked arbiter = check_as_arbiter(test, job, &output, packages);
    const size_t said = strlen(test->error.sentence);
    test->error = (prom_error){{0}};
    const prom_checked verifier = check_as_verifier(test, job, &output, packages);
    if (arbiter != PROM_CHECKED_BAD || verifier != PROM_CHECKED_BAD || said == 0 || test->error.sentence[0] == '\0' ||
        strstr(test->error.sentence, reason) == NULL) {
        print_error("wanted bad, '...%s...'; got arbiter %d, V %d, '%s'\n", reason, arbiter, verifier,
                    test->error.sentence);
        _fail(file, line);
    }
}

#define assert_bad(test, job, packages, reason) assert_bad_at((test), (job), (packages), (reason), __FILE__, __LINE__)

#endif
