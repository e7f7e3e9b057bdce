/* prom bench prove */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files/files.h"
#include "prom/command.h"
#include "prom/proving.h"
#include "system/clock.h"

enum { OPERANDS = 2, ROUNDS = 3, ROUNDS_MAX = 99, ITEMS_MAX = 1 << 20, MEGABYTE = 1000000 };

#define INFERENCE_SECONDS                                                                                              \
    0.05 /* plain runs are repeated for so long in each round: one may be over in microseconds                         \
          */

typedef struct arguments {
    bool json;
    const char *operands[OPERANDS]; /* "prove", program */
    const char *batch;
    const char *rounds;
    const char *threads;
} arguments;

/* Seconds of each round. */
typedef struct times {
    double inference[ROUNDS_MAX];
    double prove[ROUNDS_MAX];
    double verify[ROUNDS_MAX];
} times;

struct work {
    prom_arena arena;
    prom_threads *threads;
    uint32_t thread_count;
    uint32_t rounds;
    prom_statement statement;
    uint8_t *outputs;
    size_t proof_bytes;
    uint64_t memory;
    times took;
};

/* Any sequence that is the same in every run will do: SplitMix64 (Steele, Lea and Flood 2014). */
static uint64_t next_random(uint64_t *state)
{
    uint64_t mixed = *state += UINT64_C(0x9e3779b97f4a7c15);
    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ mixed >> 31;
}

/* Codes, each as likely as any other of the input's range. */
static prom_result invent_inputs(struct work *work, prom_error *error)
{
    const prom_value *input = &work->statement.program->input;
    const uint64_t codes = (uint64_t)(input->range.high - input->range.low) + 1;
    const size_t count = work->statement.items * input->count;
    uint64_t state = 1;
    uint8_t *inputs = NULL;
    PROM_TRY_NEW(inputs, &work->arena, count, error);
    for (size_t i = 0; i < count; i++) {
        inputs[i] = (uint8_t)((next_random(&state) >> 32) * codes >> 32);
    }
    work->statement.inputs = inputs;
    return prom_ok();
}

static prom_result prepare(struct work *work, const arguments *given, prom_error *error)
{
    uint32_t items = 1;
    work->rounds = ROUNDS;
    PROM_TRY(prom_proving_threads(&work->thread_count, given->threads, error));
    if (given->batch != NULL) {
        PROM_TRY(prom_command_number(&items, given->batch, 1, ITEMS_MAX, "a number of items", error));
    }
    if (given->rounds != NULL) {
        PROM_TRY(prom_command_number(&work->rounds, given->rounds, 1, ROUNDS_MAX, "a number of rounds", error));
    }
    PROM_TRY(prom_model_read_program(&work->arena, &work->statement.program, given->operands[1], error));
    work->statement.items = items;
    PROM_TRY(invent_inputs(work, error));
    PROM_TRY_NEW(work->outputs, &work->arena, items * prom_program_output(work->statement.program)->count, error);
    work->statement.outputs = work->outputs;
    return prom_threads_new(&work->threads, work->thread_count, error);
}

static prom_result time_inference(struct work *work, double *seconds, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch;
    prom_executor *executor = NULL;
    size_t runs = 0;
    prom_arena_init(&scratch, PROM_PROVING_MEMORY);
    PROM_TRY(prom_executor_new(&scratch, &executor, work->statement.program, prom_program_kernels_best(), NULL, error));
    const double started = prom_clock_seconds();
    do {
        const prom_executor_request request = {
            .inputs = work->statement.inputs, .items = work->statement.items, .memory = PROM_PROVING_MEMORY};
        PROM_TRY(prom_executor_run(executor, work->outputs, &request, error));
        runs++;
        *seconds = prom_clock_seconds() - started;
    } while (*seconds < INFERENCE_SECONDS);
    *seconds /= (double)runs;
    return prom_ok();
}

static prom_result do_round(struct work *work, size_t round, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch;
    prom_span proof;
    prom_arena_init(&scratch, PROM_PROVING_MEMORY);
    PROM_TRY(time_inference(work, &work->took.inference[round], error));
    PROM_TRY(prom_proving_prove(&scratch, &proof, &work->took.prove[round], work->outputs, &work->statement,
                                work->threads, error));
    work->proof_bytes = proof.length;
    work->memory = prom_proving_peak_memory();
    const double started = prom_clock_seconds();
    PROM_TRY(prom_statement_verify(&scratch, &work->statement, proof, NULL, error));
    work->took.verify[round] = prom_clock_seconds() - started;
    return prom_ok();
}

static int compare(const void *a, const void *b)
{
    const double first = *(const double *)a;
    const double second = *(const double *)b;
    return (first > second) - (first < second);
}

/* The lower one of two in the middle. Sorts. */
static double median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, compare);
    return values[(count - 1) / 2];
}

static prom_result tell(struct work *work, const arguments *given, prom_error *error)
{
    const prom_statement *statement = &work->statement;
    const double inference = median(work->took.inference, work->rounds);
    const double prove = median(work->took.prove, work->rounds);
    const double verify = median(work->took.verify, work->rounds);
    prom_bytes32 digest;
    char text[PROM_HEX32];
    prom_program_digest(&digest, statement->program);
    json_t *object = json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:s, s:f, s:f, s:f, s:f, s:f, s:I, s:I}", //
                               "program", prom_hex32(text, &digest),                                     //
                               "parameters", (json_int_t)statement->program->parameters,                 //
                               "multiplications", (json_int_t)statement->program->multiplications,       //
                               "items", (json_int_t)statement->items,                                    //
                               "rounds", (json_int_t)work->rounds,                                       //
                               "threads", (json_int_t)work->thread_count,                                //
                               "kernels", prom_program_kernels_name(prom_program_kernels_best()),        //
                               "inference_seconds", inference,                                           //
                               "prove_seconds", prove,                                                   //
                               "verify_seconds", verify,                                                 //
                               "prove_times_inference", prove / inference,                               //
                               "verify_times_inference", verify / inference,                             //
                               "proof_bytes", (json_int_t)work->proof_bytes,                             //
                               "memory_bytes", (json_int_t)work->memory);
    return prom_command_tell(given->json, object, error,
                             "items            %zu\n"
                             "plain inference  %.6f s\n"
                             "prove            %.6f s, %.1f times plain inference, %u threads\n"
                             "verify           %.6f s, %.1f times plain inference\n"
                             "proof            %zu bytes\n"
                             "memory           %.1f MB at most\n",
                             statement->items, inference, prove, prove / inference, work->thread_count, verify,
                             verify / inference, work->proof_bytes, (double)work->memory / MEGABYTE);
}

static prom_result bench(struct work *work, const arguments *given, prom_error *error)
{
    PROM_TRY(prepare(work, given, error));
    for (size_t round = 0; round < work->rounds; round++) {
        PROM_TRY(do_round(work, round, error));
    }
    return tell(work, given, error);
}

static void end_work(struct work **work)
{
    if (*work != NULL) {
        prom_threads_free(&(*work)->threads);
        prom_arena_free(&(*work)->arena);
        free(*work);
    }
}

static prom_result run(const arguments *given, prom_error *error)
{
    PROM_SCOPED(end_work) struct work *work = calloc(1, sizeof *work);
    if (work == NULL) {
        return prom_fail(error, PROM_CATEGORY_IO, "out of memory");
    }
    prom_arena_init(&work->arena, PROM_PROVING_MEMORY);
    return bench(work, given, error);
}

static prom_result check_operands(const arguments *given, size_t count, prom_error *error)
{
    if (count == 0 || strcmp(given->operands[0], "prove") != 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "say what to measure: 'prom bench prove PROGRAM'");
    }
    return count == OPERANDS ? prom_ok()
                             : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "no program is given; see 'prom help bench'");
}

static prom_exit run_bench(int argument_count, char **argument_values)
{
    arguments given = {0};
    const prom_option options[] = {
        {"--batch", &given.batch, NULL},
        {"--rounds", &given.rounds, NULL},
        {"--threads", &given.threads, NULL},
        {"--json", NULL, &given.json},
    };
    size_t operand_count = 0;
    prom_error error = {{0}};
    const bool json = prom_command_wants_json(argument_count, argument_values);
    prom_result result = prom_command_parse(argument_count, argument_values, options, sizeof options / sizeof *options,
                                            given.operands, &operand_count, OPERANDS, &error);
    if (prom_is_ok(result)) {
        result = check_operands(&given, operand_count, &error);
    }
    if (prom_is_ok(result)) {
        result = run(&given, &error);
    }
    if (!prom_is_ok(result)) {
        const prom_error failed = error;
        result = prom_fail(&error, result.category, "bench: %.480s", failed.sentence);
    }
    return prom_command_finish(json, result, &error);
}

static const char HELP[] =
    "prom bench - measures what a proof costs on this machine\n"
    "\n"
    "usage: prom bench prove PROGRAM [--batch N] [--rounds N] [--threads N] [--json]\n"
    "\n"
    "Runs, proves and verifies PROGRAM, which 'prom compile' wrote, on inputs of its range that are drawn from a fixed "
    "seed.\n"
    "\n"
    "  --batch N    items in the batch. Default: 1\n"
    "  --rounds N   each time is the median of so many rounds. Default: 3\n"
    "  --threads N  threads to prove with. Default: one for each processor that this process may use\n"
    "  --json       print one JSON object instead of text\n"
    "\n"
    "Plain inference is a run with the fastest kernels in one thread, and so is verification one thread's work.\n"
    "\n"
    "In the JSON object: program (its digest), parameters, multiplications (of one item), items, rounds, threads, "
    "kernels,\n"
    "inference_seconds, prove_seconds, verify_seconds, prove_times_inference, verify_times_inference, proof_bytes,\n"
    "memory_bytes (the most that the process had until a proof was made).\n"
    "\n"
    "Exit codes: 0 done, 1 failed, 2 the command line or PROGRAM can not be used, or it can not be proven for so many "
    "items.\n"
    "\n"
    "Example:\n"
    "  prom bench prove digits-cnn.prom --batch 64\n";

const prom_command prom_command_bench = {
    .name = "bench",
    .summary = "measures what a proof costs on this machine",
    .help = HELP,
    .run = run_bench,
};
