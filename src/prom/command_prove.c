/* prom prove */
#include <stdio.h>

#include "base/units.h"
#include "cli/size.h"
#include "cli/tell.h"
#include "files/files.h"
#include "prom/batch.h"
#include "prom/proving.h"
#include "prom/root.h"
#include "prometheus/tensor/npy.h"
#include "system/clock.h"
#include "system/memory.h"
#include "system/progress_bar.h"
#include "system/stream.h"

typedef struct arguments {
    bool json;
    prom_batch_options batch;
    const char *program;
    const char *input;
    const char *proof;
    const char *output;
    const char *memory_max; /* see prom_parse_size; NULL: what the machine has free */
    uint32_t threads;
} arguments;

struct proving {
    prom_arena arena;
    prom_threads *threads;
    prom_statement statement;
    prom_files_codes input;
    uint8_t *outputs;
    prom_span proof;
    double seconds;
    double inference_seconds;
    uint64_t memory_bound; /* bytes, of the process */
};

/* Refuses what does not fit before anything is computed: its end, hours later, would be the kernel's. */
static prom_result check_memory(struct proving *proving, const arguments *given, prom_error *error)
{
    const prom_statement *statement = &proving->statement;
    const uint64_t before = prom_memory_peak();
    uint64_t most = 0;
    uint64_t bytes = 0;
    char items[PROM_UNITS];
    char need[PROM_UNITS];
    char there[PROM_UNITS];
    char size[PROM_SIZE_TEXT];
    if (given->memory_max != NULL) {
        PROM_TRY(prom_parse_size(&most, given->memory_max, error));
    }
    PROM_TRY(prom_statement_proving_cost(&proving->arena, &bytes, statement->program, statement->items,
                                         prom_proving_threads(given->threads), error));
    proving->memory_bound = before + bytes;
    (void)prom_units_count(items, statement->items, "item");
    (void)prom_size_text(size, proving->memory_bound);
    if (given->memory_max == NULL && bytes > prom_memory_available()) {
        return prom_fail(
            error, PROM_CATEGORY_MEMORY,
            "proving %s may take %s of memory more, and the machine and its limits (ulimit -v) leave %s: prove "
            "fewer at a time, or give --max-memory %s to try",
            items, prom_units_bytes(need, bytes), prom_units_bytes(there, prom_memory_available()), size);
    }
    if (given->memory_max != NULL && proving->memory_bound > most) {
        return prom_fail(error, PROM_CATEGORY_MEMORY,
                         "proving %s may take %s of memory, and --max-memory allows %s: prove fewer at a time, or give "
                         "--max-memory %s",
                         items, prom_units_bytes(need, proving->memory_bound), prom_units_bytes(there, most), size);
    }
    return prom_ok();
}

static prom_result read_files(struct proving *proving, const arguments *given, prom_error *error)
{
    const prom_batch_files files = {given->program, given->input, &given->batch, given->json};
    PROM_TRY(prom_batch_read_files(&proving->arena, &proving->statement.program, &proving->input, &files, error));
    proving->statement.inputs = proving->input.codes;
    proving->statement.items = proving->input.items;
    return prom_proving_check(proving->statement.program, proving->statement.items, error);
}

static prom_result compute(struct proving *proving, const arguments *given, prom_error *error)
{
    const size_t count = proving->statement.items * prom_program_output(proving->statement.program)->count;
    PROM_TRY_NEW(proving->outputs, &proving->arena, count, error);
    PROM_TRY(prom_proving_infer(&proving->inference_seconds, proving->outputs, &proving->statement, 0, error));
    PROM_TRY(prom_threads_new(&proving->threads, prom_proving_threads(given->threads), error));
    prom_progress_bar bar = prom_progress_bar_start("prove");
    const prom_progress progress = prom_progress_bar_reporter(&bar);
    const double started = prom_clock_seconds();
    const prom_result result =
        prom_statement_prove(&proving->arena, &proving->proof, proving->outputs, &proving->statement,
                             prom_threads_parallel(proving->threads), &progress, error);
    proving->seconds = prom_clock_seconds() - started;
    prom_progress_bar_end(&bar);
    return result;
}

static prom_result write_files(struct proving *proving, const arguments *given, prom_error *error)
{
    prom_tensor outputs;
    prom_file_output beside = {.path = given->output};
    if (given->output != NULL) {
        PROM_TRY(prom_files_output_integers(&proving->arena, &outputs, proving->statement.program, proving->outputs,
                                            proving->statement.items, error));
        PROM_TRY(prom_npy_write(&proving->arena, &beside.content, &outputs, error));
    }
    proving->statement.outputs = proving->outputs;
    return prom_proof_file_write(given->proof, &proving->statement, proving->proof,
                                 given->output != NULL ? &beside : NULL, error);
}

static double ratio(const struct proving *proving)
{
    return proving->inference_seconds > 0 ? proving->seconds / proving->inference_seconds : 0;
}

static prom_result tell(const struct proving *proving, const arguments *given, prom_error *error)
{
    prom_bytes32 digest;
    char text[PROM_HEX32];
    char items[PROM_UNITS];
    char bytes[PROM_UNITS];
    (void)prom_units_count(items, proving->statement.items, "item");
    prom_program_digest(&digest, proving->statement.program);
    const uint64_t memory = prom_memory_peak();
    json_t *object = json_pack("{s:s, s:I, s:s, s:I, s:s, s:s?, s:I, s:f, s:f, s:f, s:I, s:I, s:I}", //
                               "program", prom_hex32(text, &digest),                                 //
                               "items", (json_int_t)proving->statement.items,                        //
                               "input", proving->input.own ? "integers" : "numbers",                 //
                               "clamped", (json_int_t)proving->input.clamped,                        //
                               "proof", given->proof,                                                //
                               "output", given->output,                                              //
                               "proof_bytes", (json_int_t)proving->proof.length,                     //
                               "seconds", prom_units_measured(proving->seconds),                     //
                               "inference_seconds", prom_units_measured(proving->inference_seconds), //
                               "times_inference", prom_units_measured(ratio(proving)),               //
                               "memory_bytes", (json_int_t)memory,                                   //
                               "memory_bound_bytes", (json_int_t)proving->memory_bound,              //
                               "threads", (json_int_t)prom_proving_threads(given->threads));
    if (!given->json) {
        char seconds[PROM_UNITS];
        char threads[PROM_UNITS];
        char memory_text[PROM_UNITS];
        char plain[PROM_UNITS];
        (void)fprintf(stderr, "%s proven in %s with %s, in %s of memory; plain inference takes %s\n", items,
                      prom_units_seconds(seconds, proving->seconds),
                      prom_units_count(threads, prom_proving_threads(given->threads), "thread"),
                      prom_units_bytes(memory_text, memory), prom_units_seconds(plain, proving->inference_seconds));
    }
    if (given->json) {
        return prom_tell_json(object, error);
    }
    json_decref(object);
    const char *piped = given->output != NULL && prom_stream_is(given->output) ? given->output : given->proof;
    (void)fprintf(prom_tell_beside(piped), "%s: a proof of %s for %s of program %s\n", given->proof,
                  prom_units_bytes(bytes, proving->proof.length), items, text);
    return prom_ok();
}

static prom_result prove(struct proving *proving, const arguments *given, prom_error *error)
{
    PROM_TRY(read_files(proving, given, error));
    PROM_TRY(check_memory(proving, given, error));
    PROM_TRY(compute(proving, given, error));
    PROM_TRY(write_files(proving, given, error));
    return tell(proving, given, error);
}

static void end_proving(struct proving *proving)
{
    prom_threads_free(&proving->threads);
    prom_arena_free(&proving->arena);
}

static prom_result run_prove(void *values, prom_exit *code, prom_error *error)
{
    PROM_SCOPED(end_proving) struct proving proving = {.seconds = 0};
    (void)code;
    prom_arena_init(&proving.arena, PROM_PROVING_MEMORY);
    return prove(&proving, values, error);
}

static const prom_parameter PARAMETERS[] = {
    PROM_PARAMETER_PROGRAM(program),
    {.value = "X",
     .noun = "input",
     .required = true,
     PROM_TO_TEXT(input),
     .stream = PROM_STREAM_INPUT,
     .files = "npy",
     .help = "A batch as of 'prom infer': an array of NumPy (.npy) or a folder of pictures."},
    {.option = "--proof",
     .letter = "-o",
     .value = "PROOF",
     .required = true,
     PROM_TO_TEXT(proof),
     .stream = PROM_STREAM_OUTPUT,
     .files = "*",
     .writes = true,
     .help = "Write the proof to PROOF: a header that names the program and the batch, and the proof."},
    {.option = "--output",
     .value = "Y.npy",
     PROM_TO_TEXT(output),
     .stream = PROM_STREAM_OUTPUT,
     .files = "npy",
     .writes = true,
     .help =
         "Write the outputs, which the proof is about, to Y.npy: integers, as 'prom infer --integers' writes them."},
    PROM_PARAMETER_THREADS(threads),
    {.option = "--max-memory",
     .value = "SIZE",
     PROM_TO_TEXT(memory_max),
     .help = "Refuse to begin what may take more memory: bytes, or a number with K, M or G behind it (2G). Default: "
             "what the machine has free, and the process's own limits (ulimit -v) leave."},
    PROM_PARAMETER_FLOAT,
    PROM_PARAMETERS_PICTURES,
    PROM_PARAMETER_JSON(json),
    {0},
};

static const prom_text DESCRIPTION[] = {
    {NULL, "'prom verify' checks the proof without running the program."},
    {NULL, "The proof's bytes are the same on every machine, whatever the number of threads, and with the fastest "
           "kernels that it has: there are none to choose. It shows that the outputs "
           "are right and nothing else; it hides nothing either: program, inputs and outputs are the verifier's to "
           "have."},
    {NULL, "Time and memory go to standard error; a progress bar is there where that is a terminal. Both files are "
           "tried first, and written when all is computed, and at once: each is whole, or it is what it was before. "
           "One that is read here is not written over."},
    {0},
};

static const prom_text JSON[] = {
    {"program", "the program's digest"},
    {"items", "how many items the batch has"},
    {"input, clamped", "as of 'prom infer'"},
    {"proof, output", "the files; output may be null"},
    {"proof_bytes", "size of the proof, without the file's header of 112 bytes"},
    {"seconds", "time of proving"},
    {"inference_seconds", "time of a plain run with the fastest kernels, in one thread"},
    {"times_inference", "the former divided by the latter"},
    {"memory_bytes", "the most memory that the process had"},
    {"memory_bound_bytes", "what it could have at most, as was known before"},
    {"threads", "how many there were"},
    {0},
};

static const char *const EXAMPLES[] = {
    "prom prove digits-cnn.prom digits-heldout-images.npy -o digits.proof --output digits-out.npy",
    NULL,
};

const prom_command prom_command_prove = {
    .name = "prove",
    .summary = "run an integer program over a batch and prove the outputs",
    .description = DESCRIPTION,
    .parameters = PARAMETERS,
    .json = JSON,
    .exits = {[PROM_EXIT_USAGE] = "the command line or a file that it names cannot be used, or the program cannot be "
                                  "proven for so many items"},
    .examples = EXAMPLES,
    .arguments_size = sizeof(arguments),
    .run = run_prove,
};
