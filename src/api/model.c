#include "api/handle.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "prometheus/argument/proof.h"
#include "prometheus/program/program.h"
#include "prometheus/program/run.h"
#include "prometheus/system/threads.h"

_Static_assert(PROM_MODEL_RANK_MAX == PROM_RANK_MAX, "a value has the rank of a shape");
_Static_assert(PROM_MODEL_THREADS_MAX == PROM_THREADS_MAX, "threads are those of the pool");
_Static_assert(PROM_MODEL_DIGEST_BYTES == sizeof(prom_bytes32), "a digest is 32 bytes");

/* The program made ready to run. A model has it from its first inference on: who only verifies or proves does not need
 * it, and it takes about as much memory again as the weights. */
struct runner {
    pthread_mutex_t lock; /* over what follows, which does not change once the executor is there */
    prom_arena arena;
    prom_executor *executor; /* NULL: not yet */
};

/* At most as many threads as there are parts to give them. */
static prom_result make_threads(prom_threads **threads, const prom_model_options *options, size_t parts,
                                prom_error *error)
{
    const size_t wanted = options->threads != 0 ? options->threads : prom_threads_available();
    if (wanted > PROM_MODEL_THREADS_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%zu threads are asked for; %d is the most", wanted,
                         PROM_MODEL_THREADS_MAX);
    }
    return prom_threads_new(threads, (uint32_t)(wanted < parts ? wanted : parts), error);
}

static prom_result check_inputs(const prom_program *program, const uint8_t *inputs, size_t items, prom_error *error)
{
    size_t at = 0;
    PROM_TRY(prom_api_check_items(items, error));
    if (!prom_codes_in_range(&at, inputs, items * program->input.count, program->input.range)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "value %zu of the input has the code %u; %d is the greatest",
                         at, inputs[at], program->input.range.high - program->input.range.low);
    }
    return prom_ok();
}

/* -- The model -- */

static prom_result fill_model(prom_model *model, prom_span bytes, prom_error *error)
{
    PROM_TRY_NEW(model->runner, &model->arena, 1, error);
    (void)pthread_mutex_init(&model->runner->lock, NULL); /* on Linux it never fails with default attributes */
    return prom_program_parse(&model->arena, &model->program, bytes, error);
}

prom_result prom_model_load(prom_model **model, const void *bytes, size_t length, prom_error *error)
{
    prom_model *made = calloc(1, sizeof *made);
    *model = NULL;
    if (made == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    prom_arena_init(&made->arena, PROM_API_MEMORY_ALL);
    const prom_result result = fill_model(made, prom_span_of(bytes, length), error);
    if (!prom_is_ok(result)) {
        prom_model_free(made);
        return result;
    }
    *model = made;
    return prom_ok();
}

void prom_model_free(prom_model *model)
{
    if (model != NULL) {
        if (model->runner != NULL) {
            prom_arena_free(&model->runner->arena);
            (void)pthread_mutex_destroy(&model->runner->lock);
        }
        prom_arena_free(&model->arena);
        free(model);
    }
}

const char *prom_model_note(const prom_model *model)
{
    return model->note;
}

const char *prom_model_warning(const prom_model *model, size_t at)
{
    return model->warnings != NULL && at < model->warnings->count ? model->warnings->sentences[at] : NULL;
}

void prom_model_bytes(const prom_model *model, const uint8_t **bytes, size_t *length)
{
    *bytes = model->program->bytes.data;
    *length = model->program->bytes.length;
}

void prom_model_digest(const prom_model *model, uint8_t digest[PROM_MODEL_DIGEST_BYTES])
{
    memcpy(digest, model->program->digest.bytes, PROM_MODEL_DIGEST_BYTES);
}

static prom_model_value describe(const prom_value *value, float scale, int16_t zero_point)
{
    prom_model_value described = {.rank = value->shape.rank,
                                  .count = value->count,
                                  .scale = scale,
                                  .low = value->range.low,
                                  .high = value->range.high,
                                  .zero_point = zero_point};
    memcpy(described.sizes, value->shape.sizes, value->shape.rank * sizeof *described.sizes);
    return described;
}

void prom_model_input(const prom_model *model, prom_model_value *input)
{
    *input = describe(&model->program->input, model->program->input_scale, model->program->input_zero);
}

void prom_model_output(const prom_model *model, prom_model_value *output)
{
    *output = describe(prom_program_output(model->program), model->program->output_scale, model->program->output_zero);
}

/* -- Numbers and codes -- */

prom_result prom_model_encode(const prom_model *model, uint8_t *codes, size_t *clamped, const float *inputs,
                              size_t items, prom_error *error)
{
    const prom_program *program = model->program;
    const size_t count = items * program->input.count;
    PROM_TRY(prom_program_quantise(codes, program, inputs, count, error));
    if (clamped != NULL) {
        *clamped = prom_program_clamped(program, inputs, count);
    }
    return prom_ok();
}

void prom_model_decode(const prom_model *model, float *values, const uint8_t *codes, size_t items)
{
    prom_program_dequantise(values, model->program, codes, items * prom_program_output(model->program)->count);
}

prom_result prom_model_encode_outputs(const prom_model *model, uint8_t *codes, const float *values, size_t items,
                                      prom_error *error)
{
    uint8_t all[PROM_CODE_MAX + 1];
    float numbers[PROM_CODE_MAX + 1]; /* what each code stands for, ascending */
    const prom_value *output = prom_program_output(model->program);
    const int last = output->range.high - output->range.low;
    for (int code = 0; code <= last; code++) {
        all[code] = (uint8_t)code;
    }
    prom_program_dequantise(numbers, model->program, all, (size_t)last + 1);
    for (size_t i = 0; i < items * output->count; i++) {
        int low = 0;
        int high = last;
        while (low < high) {
            const int middle = low + (high - low) / 2;
            low = numbers[middle] < values[i] ? middle + 1 : low;
            high = numbers[middle] < values[i] ? high : middle;
        }
        if (numbers[low] != values[i] || signbit(numbers[low]) != signbit(values[i])) {
            return prom_fail(error, PROM_CATEGORY_PEER,
                             "value %zu of the output, %.9g, is none that the model gives, to the last bit of a "
                             "float32: float16, or text of few digits, rounds them",
                             i, (double)values[i]);
        }
        codes[i] = (uint8_t)low;
    }
    return prom_ok();
}

/* -- Running -- */

/* Threads run parts of a batch, and tell of it one at a time. */
typedef struct inference {
    const prom_executor *executor;
    const prom_program *program;
    const uint8_t *inputs;
    uint8_t *outputs;
    size_t items;
    size_t parts;
    size_t memory; /* of a part */
    size_t memory_named;
    prom_progress progress;
    pthread_mutex_t lock; /* over what follows */
    size_t items_done;
    bool stopped;
    prom_result result;
    prom_error error;
} inference;

typedef struct inference_part {
    inference *of;
    size_t items_done;
} inference_part;

static bool report_part(void *context, size_t items_done, size_t items)
{
    inference_part *part = context;
    inference *of = part->of;
    (void)items;
    (void)pthread_mutex_lock(&of->lock);
    of->items_done += items_done - part->items_done;
    part->items_done = items_done;
    of->stopped = of->stopped || !prom_api_report_items(&of->progress, of->items_done, of->items);
    const bool stopped = of->stopped;
    (void)pthread_mutex_unlock(&of->lock);
    return !stopped;
}

static void infer_part(void *argument, size_t index)
{
    inference *of = argument;
    inference_part part = {of, 0};
    const prom_progress progress = {report_part, &part};
    const size_t first = of->items * index / of->parts;
    const size_t end = of->items * (index + 1) / of->parts;
    prom_error error = {{0}};
    const prom_executor_request request = {.inputs = of->inputs + first * of->program->input.count,
                                           .items = end - first,
                                           .memory = of->memory,
                                           .memory_named = of->memory_named,
                                           .progress = of->progress.report != NULL ? &progress : NULL};
    const prom_result result = prom_executor_run(
        of->executor, of->outputs + first * prom_program_output(of->program)->count, &request, &error);
    if (!prom_is_ok(result)) {
        (void)pthread_mutex_lock(&of->lock);
        of->result = result;
        of->error = error;
        (void)pthread_mutex_unlock(&of->lock);
    }
}

/* The model's executor, made by whoever asks first; others wait for it. Takes what it holds from `memory`, in bytes. */
static prom_result take_executor(const prom_model *model, const prom_executor **executor, size_t *memory,
                                 const prom_parallel *parallel, prom_error *error)
{
    struct runner *runner = model->runner;
    prom_result result = prom_ok();
    (void)pthread_mutex_lock(&runner->lock);
    if (runner->executor == NULL) {
        prom_arena_init(&runner->arena, *memory);
        result = prom_executor_new(&runner->arena, &runner->executor, model->program, prom_program_kernels_best(),
                                   parallel, error);
        if (!prom_is_ok(result)) {
            prom_arena_free(&runner->arena);
        }
    }
    const size_t held = runner->arena.used;
    (void)pthread_mutex_unlock(&runner->lock);
    PROM_TRY(result);
    if (held > *memory) {
        char need[PROM_UNITS];
        char most[PROM_UNITS];
        return prom_fail(error, PROM_CATEGORY_MEMORY, "the model takes %s of memory to run, and %s may be used",
                         prom_units_bytes(need, held), prom_units_bytes(most, *memory));
    }
    *executor = runner->executor;
    *memory -= held;
    return prom_ok();
}

prom_result prom_model_infer(const prom_model *model, uint8_t *outputs, const uint8_t *inputs, size_t items,
                             const prom_model_options *options, prom_error *error)
{
    PROM_SCOPED(prom_threads_free) prom_threads *threads = NULL;
    const prom_model_options *how = prom_api_options(options);
    size_t memory = prom_api_memory(how);
    inference of = {.program = model->program,
                    .inputs = inputs,
                    .outputs = outputs,
                    .items = items,
                    .progress = how->progress,
                    .lock = PTHREAD_MUTEX_INITIALIZER};
    PROM_TRY(check_inputs(model->program, inputs, items, error));
    PROM_TRY(make_threads(&threads, how, items, error));
    const prom_parallel *parallel = prom_threads_parallel(threads);
    PROM_TRY(take_executor(model, &of.executor, &memory, parallel, error));
    of.parts = prom_threads_count(threads);
    of.memory = memory / of.parts;
    of.memory_named = prom_api_memory(how);
    prom_parallel_run(parallel, infer_part, &of, of.parts);
    return prom_is_ok(of.result) ? of.result : prom_fail(error, of.result.category, "%s", of.error.sentence);
}

/* -- Proofs -- */

void prom_buffer_free(prom_buffer *buffer)
{
    free(buffer->bytes);
    *buffer = (prom_buffer){NULL, 0};
}

static prom_result copy_to_buffer(prom_buffer *buffer, prom_span bytes, prom_error *error)
{
    buffer->bytes = malloc(bytes.length);
    if (buffer->bytes == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    memcpy(buffer->bytes, bytes.data, bytes.length);
    buffer->length = bytes.length;
    return prom_ok();
}

static prom_result check_proving(const prom_statement *statement, uint32_t threads, size_t memory_max,
                                 prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_arena_init(&scratch, PROM_API_MEMORY_ALL); /* little is needed, but `memory_max` may be less */
    return prom_statement_check_proving(&scratch, statement, threads, memory_max, error);
}

prom_result prom_model_prove(const prom_model *model, prom_buffer *proof, uint8_t *outputs, const uint8_t *inputs,
                             size_t items, const prom_model_options *options, prom_error *error)
{
    PROM_SCOPED(prom_threads_free) prom_threads *threads = NULL;
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    const prom_model_options *how = prom_api_options(options);
    const prom_statement statement = {.program = model->program, .items = items, .inputs = inputs, .outputs = outputs};
    prom_span made;
    *proof = (prom_buffer){NULL, 0};
    prom_arena_init(&arena, prom_api_memory(how));
    PROM_TRY(check_inputs(model->program, inputs, items, error));
    PROM_TRY(make_threads(&threads, how, SIZE_MAX, error));
    PROM_TRY(check_proving(&statement, (uint32_t)prom_threads_count(threads), prom_api_memory(how), error));
    PROM_TRY(prom_statement_prove(&arena, &made, outputs, &statement, prom_threads_parallel(threads),
                                  prom_api_progress(how), error));
    PROM_TRY(prom_proof_wrap(&arena, &made, &statement, made, error));
    return copy_to_buffer(proof, made, error);
}

/* What comes before a verdict, which could accuse somebody: that the proof is of this statement, as its header says,
 * and that this machine is to check it. */
static prom_result match(prom_proof_header *header, prom_span *unwrapped, const prom_statement *statement,
                         prom_span proof, size_t memory_max, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_arena_init(&scratch, PROM_API_MEMORY_ALL); /* little is needed, but `memory_max` may be less */
    PROM_TRY(check_inputs(statement->program, statement->inputs, statement->items, error));
    PROM_TRY(prom_proof_match(header, unwrapped, statement, proof, error));
    return prom_statement_check_verifying(&scratch, statement, memory_max, error);
}

prom_result prom_model_match_proof(const prom_model *model, const uint8_t *inputs, size_t items, const void *proof,
                                   size_t proof_length, const prom_model_options *options, prom_error *error)
{
    const prom_statement statement = {.program = model->program, .items = items, .inputs = inputs};
    prom_proof_header header;
    prom_span unwrapped;
    return match(&header, &unwrapped, &statement, prom_span_of(proof, proof_length),
                 prom_api_memory(prom_api_options(options)), error);
}

prom_result prom_model_verify(const prom_model *model, const uint8_t *inputs, const uint8_t *outputs, size_t items,
                              const void *proof, size_t proof_length, const prom_model_options *options,
                              prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    const prom_statement statement = {.program = model->program, .items = items, .inputs = inputs, .outputs = outputs};
    const size_t memory = prom_api_memory(prom_api_options(options));
    prom_progress whole = prom_api_options(options)->progress;
    const prom_progress progress = {prom_api_report_items, &whole};
    prom_proof_header header;
    prom_span unwrapped;
    prom_arena_init(&arena, memory);
    PROM_TRY(match(&header, &unwrapped, &statement, prom_span_of(proof, proof_length), memory, error));
    PROM_TRY(prom_proof_match_outputs(&header, &statement, error));
    return prom_statement_verify(&arena, &statement, unwrapped, whole.report != NULL ? &progress : NULL, error);
}
