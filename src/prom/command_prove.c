/* prom prove */
#include <stdio.h>
#include <stdlib.h>

#include "files/files.h"
#include "prom/command.h"
#include "prom/proving.h"

enum { OPERANDS = 2, MEGABYTE = 1000000 };

typedef struct arguments {
    bool json;
    bool as_numbers;
    bool resize;
    const char *operands[OPERANDS]; /* program, input */
    const char *proof;
    const char *output;
    const char *threads;
    const char *mean;
    const char *deviation;
} arguments;

struct work {
    prom_arena arena;
    prom_threads *threads;
    uint32_t thread_count;
    prom_statement statement;
    uint8_t *outputs;
    prom_span proof;
    double seconds;
    double inference_seconds;
};

static prom_result read_files(struct work *work, const arguments *given, prom_error *error)
{
    prom_image_options pictures;
    uint8_t *inputs = NULL;
    PROM_TRY(prom_proving_threads(&work->thread_count, given->threads, error));
    PROM_TRY(prom_model_picture_options(&pictures, given->resize, given->mean, given->deviation, error));
    PROM_TRY(prom_model_read_program(&work->arena, &work->statement.program, given->operands[0], error));
    PROM_TRY(prom_model_read_codes(&work->arena, &inputs, &work->statement.items, given->operands[1],
                                   work->statement.program, &pictures, given->as_numbers, error));
    work->statement.inputs = inputs;
    return prom_ok();
}

static prom_result compute(struct work *work, prom_error *error)
{
    const size_t count = work->statement.items * prom_program_output(work->statement.program)->count;
    PROM_TRY_NEW(work->outputs, &work->arena, count, error);
    PROM_TRY(prom_proving_infer(&work->inference_seconds, work->outputs, &work->statement, error));
    PROM_TRY(prom_threads_new(&work->threads, work->thread_count, error));
    return prom_proving_prove(&work->arena, &work->proof, &work->seconds, work->outputs, &work->statement,
                              work->threads, error);
}

static prom_result write_files(struct work *work, const arguments *given, prom_error *error)
{
    prom_tensor outputs;
    if (given->output != NULL) {
        PROM_TRY(prom_model_output_integers(&work->arena, &outputs, work->statement.program, work->outputs,
                                            work->statement.items, error));
        PROM_TRY(prom_model_write_tensor(given->output, &outputs, error));
    }
    return prom_proof_file_write(given->proof, work->proof, error);
}

static double ratio(const struct work *work)
{
    return work->inference_seconds > 0 ? work->seconds / work->inference_seconds : 0;
}

static prom_result tell(const struct work *work, const arguments *given, prom_error *error)
{
    prom_bytes32 digest;
    char text[PROM_HEX32];
    prom_program_digest(&digest, work->statement.program);
    const uint64_t memory = prom_proving_peak_memory();
    json_t *object = json_pack("{s:s, s:I, s:s, s:s?, s:I, s:f, s:f, s:f, s:I, s:I}", //
                               "program", prom_hex32(text, &digest),                  //
                               "items", (json_int_t)work->statement.items,            //
                               "proof", given->proof,                                 //
                               "output", given->output,                               //
                               "proof_bytes", (json_int_t)work->proof.length,         //
                               "seconds", work->seconds,                              //
                               "inference_seconds", work->inference_seconds,          //
                               "times_inference", ratio(work),                        //
                               "memory_bytes", (json_int_t)memory,                    //
                               "threads", (json_int_t)work->thread_count);
    if (!given->json) {
        (void)fprintf(stderr, "%zu items proven in %.3f s with %u threads, in %.0f MB; plain inference takes %.6f s\n",
                      work->statement.items, work->seconds, work->thread_count, (double)memory / (double)MEGABYTE,
                      work->inference_seconds);
    }
    return prom_command_tell(given->json, object, error, "%s: a proof of %zu bytes for %zu items of program %s\n",
                             given->proof, work->proof.length, work->statement.items, text);
}

static prom_result prove(struct work *work, const arguments *given, prom_error *error)
{
    PROM_TRY(read_files(work, given, error));
    PROM_TRY(compute(work, error));
    PROM_TRY(write_files(work, given, error));
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
    return prove(work, given, error);
}

static prom_result check_operands(const arguments *given, size_t count, prom_error *error)
{
    if (count < OPERANDS) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "no %s is given; see 'prom help prove'",
                         count == 0 ? "program" : "input");
    }
    if (given->proof == NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "-o PROOF is missing: where the proof goes");
    }
    return prom_ok();
}

static prom_exit run_prove(int argument_count, char **argument_values)
{
    arguments given = {0};
    const prom_option options[] = {
        {"-o", &given.proof, NULL},          {"--proof", &given.proof, NULL}, {"--output", &given.output, NULL},
        {"--threads", &given.threads, NULL}, {"--json", NULL, &given.json},   {"--float", NULL, &given.as_numbers},
        {"--resize", NULL, &given.resize},   {"--mean", &given.mean, NULL},   {"--std", &given.deviation, NULL},
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
        result = prom_fail(&error, result.category, "prove: %.480s", failed.sentence);
    }
    return prom_command_finish(json, result, &error);
}

static const char HELP[] =
    "prom prove - runs an integer program over a batch and proves the outputs\n"
    "\n"
    "usage: prom prove PROGRAM X -o PROOF [--output Y.npy] [--threads N] [--float] [--json]\n"
    "                 [--resize] [--mean M] [--std S]\n"
    "\n"
    "PROGRAM is a file that 'prom compile' wrote, and X a batch as of 'prom infer': an array of NumPy (.npy) or a "
    "folder of\n"
    "pictures, with the same options. 'prom verify' checks the proof without running the program.\n"
    "\n"
    "  -o, --proof PROOF  where the proof goes: the four bytes PRMP, the proof's version as 32 bits, the proof\n"
    "  --output Y.npy     where the outputs go, which the proof is about: integers, as 'prom infer --integers' writes "
    "them\n"
    "  --threads N        threads to prove with. Default: one for each processor that this process may use\n"
    "  --float, --resize, --mean M, --std S\n"
    "                     how X is taken, as of 'prom infer'\n"
    "  --json             print one JSON object instead of text\n"
    "\n"
    "The proof's bytes are the same on every machine, whatever the threads. It shows nothing but that the outputs are\n"
    "right; it hides nothing either: program, inputs and outputs are the verifier's to have.\n"
    "\n"
    "Time and memory are told on standard error; a progress bar is there where that is a terminal. Both files are "
    "written\n"
    "when all is computed, and at once: each is whole, or it is what it was before.\n"
    "\n"
    "In the JSON object: program (its digest), items, proof and output (the files; output may be null), proof_bytes "
    "(without\n"
    "the file's first eight), seconds (of proving), inference_seconds (of a plain run with the fastest kernels, in "
    "one\n"
    "thread), times_inference (one through the other), memory_bytes (the most that the process had), threads.\n"
    "\n"
    "Exit codes: 0 done, 1 failed, 2 the command line or a file that it names can not be used, or the program can not "
    "be\n"
    "proven for so many items.\n"
    "\n"
    "Example:\n"
    "  prom prove digits-cnn.prom digits-heldout-images.npy -o digits.proof --output digits-out.npy\n";

const prom_command prom_command_prove = {
    .name = "prove",
    .summary = "runs an integer program over a batch and proves the outputs",
    .help = HELP,
    .run = run_prove,
};
