/* prom bench prove */
#include <stdio.h>
#include <stdlib.h>

#include "base/units.h"
#include "cli/tell.h"
#include "daemon/measure_programs.h"
#include "files/files.h"
#include "prom/batch.h"
#include "prom/proving.h"
#include "prom/root.h"
#include "system/clock.h"
#include "system/memory.h"
#include "system/progress_bar.h"

enum { ROUNDS = 3, ROUNDS_MAX = 99, ITEMS_MAX = 1 << 20 };

/* Plain runs are repeated for so long in each round: one may be over in microseconds. */
#define INFERENCE_SECONDS 0.05

typedef struct arguments {
    bool json;
    const char *program;
    uint32_t batch;
    uint32_t rounds;
    uint32_t threads;
} arguments;

/* Seconds of each round. */
typedef struct times {
    double inference[ROUNDS_MAX];
    double prove[ROUNDS_MAX];
    double verify[ROUNDS_MAX];
} times;

struct measurement {
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

static prom_result prepare(struct measurement *measurement, const arguments *given, prom_error *error)
{
    const uint32_t items = given->batch != 0 ? given->batch : 1;
    measurement->rounds = given->rounds != 0 ? given->rounds : ROUNDS;
    measurement->thread_count = prom_proving_threads(given->threads);
    PROM_TRY(prom_files_read_program(&measurement->arena, &measurement->statement.program, given->program, error));
    measurement->statement.items = items;
    PROM_TRY(
        prom_within(prom_proving_check(measurement->statement.program, items, error), error, "%s", given->program));
    PROM_TRY(prom_measure_inputs(&measurement->arena, &measurement->statement, &measurement->outputs, error));
    return prom_threads_new(&measurement->threads, measurement->thread_count, error);
}

/* One bar for all rounds, as they are told apart by their number only. */
struct shown_round {
    prom_progress_bar *bar;
    size_t round;
    size_t rounds;
};

/* Shows hundredths of proving as hundredths of the round: what else is in it is quick beside that. */
static bool report_round(void *context, size_t done, size_t total)
{
    enum { HUNDRED = 100 };
    const struct shown_round *shown = context;
    prom_progress_bar_draw(shown->bar, HUNDRED * shown->round + HUNDRED * done / total, HUNDRED * shown->rounds);
    return true;
}

static prom_result do_round(struct measurement *measurement, prom_progress_bar *bar, size_t round, prom_error *error)
{
    struct shown_round shown = {bar, round, measurement->rounds};
    const prom_progress progress = {report_round, &shown};
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_span proof;
    prom_arena_init(&scratch, PROM_PROVING_MEMORY);
    PROM_TRY(prom_proving_infer(&measurement->took.inference[round], measurement->outputs, &measurement->statement,
                                INFERENCE_SECONDS, error));
    const double began = prom_clock_seconds();
    PROM_TRY(prom_statement_prove(&scratch, &proof, measurement->outputs, &measurement->statement,
                                  prom_threads_parallel(measurement->threads), &progress, error));
    measurement->took.prove[round] = prom_clock_seconds() - began;
    measurement->proof_bytes = proof.length;
    measurement->memory = prom_memory_peak();
    const double started = prom_clock_seconds();
    PROM_TRY(prom_statement_verify(&scratch, &measurement->statement, proof, NULL, error));
    measurement->took.verify[round] = prom_clock_seconds() - started;
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

static prom_result tell(struct measurement *measurement, const arguments *given, prom_error *error)
{
    const prom_statement *statement = &measurement->statement;
    const double inference = median(measurement->took.inference, measurement->rounds);
    const double prove = median(measurement->took.prove, measurement->rounds);
    const double verify = median(measurement->took.verify, measurement->rounds);
    prom_bytes32 digest;
    char text[PROM_HEX32];
    char shown[7][PROM_UNITS];
    prom_program_digest(&digest, statement->program);
    json_t *object = json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:s, s:f, s:f, s:f, s:f, s:f, s:I, s:I}", //
                               "program", prom_hex32(text, &digest),                                     //
                               "parameters", (json_int_t)statement->program->parameters,                 //
                               "multiplications", (json_int_t)statement->program->multiplications,       //
                               "items", (json_int_t)statement->items,                                    //
                               "rounds", (json_int_t)measurement->rounds,                                //
                               "threads", (json_int_t)measurement->thread_count,                         //
                               "kernels", prom_program_kernels_name(prom_program_kernels_best()),        //
                               "inference_seconds", prom_units_measured(inference),                      //
                               "prove_seconds", prom_units_measured(prove),                              //
                               "verify_seconds", prom_units_measured(verify),                            //
                               "prove_times_inference", prom_units_measured(prove / inference),          //
                               "verify_times_inference", prom_units_measured(verify / inference),        //
                               "proof_bytes", (json_int_t)measurement->proof_bytes,                      //
                               "memory_bytes", (json_int_t)measurement->memory);
    return prom_tell(given->json, object, error,
                     "items            %s\n"
                     "plain inference  %s\n"
                     "prove            %s, %.1f times plain inference, with %s\n"
                     "verify           %s, %.1f times plain inference\n"
                     "proof            %s\n"
                     "memory           %s at most\n",
                     prom_units_number(shown[6], statement->items), prom_units_seconds(shown[0], inference),
                     prom_units_seconds(shown[1], prove), prove / inference,
                     prom_units_count(shown[2], measurement->thread_count, "thread"),
                     prom_units_seconds(shown[3], verify), verify / inference,
                     prom_units_bytes(shown[4], measurement->proof_bytes),
                     prom_units_bytes(shown[5], measurement->memory));
}

static prom_result bench(struct measurement *measurement, const arguments *given, prom_error *error)
{
    PROM_TRY(prepare(measurement, given, error));
    prom_progress_bar bar = prom_progress_bar_start("bench");
    prom_result result = prom_ok();
    for (size_t round = 0; round < measurement->rounds && prom_is_ok(result); round++) {
        result = do_round(measurement, &bar, round, error);
    }
    prom_progress_bar_end(&bar);
    PROM_TRY(result);
    return tell(measurement, given, error);
}

static void end_measurement(struct measurement *measurement)
{
    prom_threads_free(&measurement->threads);
    prom_arena_free(&measurement->arena);
}

static prom_result run_prove(void *values, prom_exit *code, prom_error *error)
{
    PROM_SCOPED(end_measurement) struct measurement measurement = {.rounds = 0};
    (void)code;
    prom_arena_init(&measurement.arena, PROM_PROVING_MEMORY);
    return bench(&measurement, values, error);
}

static const prom_parameter PARAMETERS[] = {
    PROM_PARAMETER_PROGRAM(program),
    {.option = "--batch",
     .value = "N",
     .noun = "number of items",
     PROM_TO_NUMBER(batch),
     .min = 1,
     .max = ITEMS_MAX,
     .help = "Take a batch of N items. Default: 1."},
    {.option = "--rounds",
     .value = "N",
     .noun = "number of rounds",
     PROM_TO_NUMBER(rounds),
     .min = 1,
     .max = ROUNDS_MAX,
     .help = "Tell the median of N rounds. Default: 3."},
    PROM_PARAMETER_THREADS(threads),
    PROM_PARAMETER_JSON(json),
    {0},
};

static const prom_text DESCRIPTION[] = {
    {NULL, "Runs, proves and verifies PROGRAM on inputs of its range that are drawn from a fixed seed. Plain inference "
           "is a run with the fastest kernels in one thread, and so is verification one thread's work. A progress bar "
           "is there where standard error is a terminal."},
    {0},
};

static const prom_text JSON[] = {
    {"program", "the program's digest"},
    {"parameters", "weights and biases"},
    {"multiplications", "of one item"},
    {"items, rounds, threads", "how many there were"},
    {"kernels", "the instructions that plain inference computed with"},
    {"inference_seconds, prove_seconds, verify_seconds", "the medians"},
    {"prove_times_inference, verify_times_inference", "the latter two divided by the first"},
    {"proof_bytes", "size of the proof"},
    {"memory_bytes", "the most memory that the process had until a proof was made"},
    {0},
};

static const char *const EXAMPLES[] = {
    "prom bench prove digits-cnn.prom --batch 64",
    NULL,
};

static const prom_command PROVE = {
    .name = "prove",
    .summary = "measure how long a proof takes beside a plain run",
    .description = DESCRIPTION,
    .parameters = PARAMETERS,
    .json = JSON,
    .exits = {[PROM_EXIT_USAGE] = "the command line or PROGRAM cannot be used, or it cannot be proven for so many "
                                  "items"},
    .examples = EXAMPLES,
    .arguments_size = sizeof(arguments),
    .run = run_prove,
};

static const prom_command *const COMMANDS[] = {&PROVE, NULL};

const prom_command prom_command_bench = {
    .name = "bench",
    .summary = "measure what a proof costs on this machine",
    .subcommands = COMMANDS,
};
