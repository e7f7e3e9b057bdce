/* prom verify */
#include <stdio.h>

#include "base/units.h"
#include "cli/size.h"
#include "cli/tell.h"
#include "files/files.h"
#include "prom/batch.h"
#include "prom/proving.h"
#include "prom/root.h"
#include "system/clock.h"
#include "system/memory.h"

typedef struct arguments {
    bool json;
    prom_batch_options batch;
    const char *program;
    const char *input;
    const char *output;
    const char *proof;
    const char *memory_max; /* see prom_parse_size; NULL: MEMORY_MAX */
} arguments;

#define MEMORY_MAX (UINT64_C(1) << 30)

struct verification {
    prom_arena arena;
    prom_statement statement;
    prom_proof_file file;
    double seconds;
};

static prom_result check_memory(struct verification *verification, uint64_t most, prom_error *error)
{
    const prom_statement *statement = &verification->statement;
    prom_verifying_cost cost;
    char need[PROM_UNITS];
    char allowed[PROM_UNITS];
    char size[PROM_SIZE_TEXT];
    PROM_TRY(prom_statement_verifying_cost(&verification->arena, &cost, statement->program, statement->items, error));
    if (cost.memory <= most) {
        return prom_ok();
    }
    return prom_fail(error, PROM_CATEGORY_MEMORY,
                     "the check may need %s of memory beside its files, and --max-memory allows %s: nothing was "
                     "checked; give --max-memory %s to do it",
                     prom_units_bytes(need, cost.memory), prom_units_bytes(allowed, most),
                     prom_size_text(size, cost.memory));
}

/* What can be read, and goes together. The outputs are there, but nothing is said of them yet: that is a verdict. */
static prom_result read_files(struct verification *verification, prom_tensor *outputs, const arguments *given,
                              prom_error *error)
{
    const prom_batch_files files = {given->program, given->input, &given->batch, given->json};
    prom_statement *statement = &verification->statement;
    prom_files_codes input;
    uint64_t proof_bytes = 0;
    PROM_TRY(prom_batch_read_files(&verification->arena, &statement->program, &input, &files, error));
    statement->items = input.items;
    statement->inputs = input.codes;
    PROM_TRY(prom_files_read_outputs(&verification->arena, outputs, given->output, statement->program, statement->items,
                                     error));
    PROM_TRY(prom_proof_bytes_max(&verification->arena, &proof_bytes, statement->program, statement->items, error));
    return prom_proof_file_read(&verification->arena, &verification->file, statement, given->proof, proof_bytes, error);
}

/* Exit code 1 accuses whoever made the proof. So whatever has another code comes before: files that cannot be read, a
 * proof of something else (2), what this machine does not do (3). */
static prom_result check(struct verification *verification, const arguments *given, prom_error *error)
{
    prom_statement *statement = &verification->statement;
    uint64_t most = MEMORY_MAX;
    uint8_t *codes = NULL;
    prom_tensor outputs;
    if (given->memory_max != NULL) {
        PROM_TRY(prom_parse_size(&most, given->memory_max, error));
    }
    PROM_TRY(read_files(verification, &outputs, given, error));
    PROM_TRY(check_memory(verification, most, error));
    PROM_TRY(
        prom_files_codes_of_outputs(&verification->arena, &codes, &outputs, statement->program, given->output, error));
    statement->outputs = codes;
    PROM_TRY(prom_proof_file_check(&verification->file, statement, error));
    const double started = prom_clock_seconds();
    const prom_result result =
        prom_statement_verify(&verification->arena, statement, verification->file.proof, NULL, error);
    verification->seconds = prom_clock_seconds() - started;
    return prom_within(result, error, "%s",
                       result.category == PROM_CATEGORY_PEER
                           ? "the proof is not valid for this program, input and output"
                           : "whether the proof is valid is not known");
}

static prom_result verify(struct verification *verification, const arguments *given, prom_error *error)
{
    prom_bytes32 digest;
    char text[PROM_HEX32];
    char seconds[PROM_UNITS];
    char items[PROM_UNITS];
    PROM_TRY(check(verification, given, error));
    prom_program_digest(&digest, verification->statement.program);
    json_t *object = json_pack("{s:b, s:s, s:I, s:I, s:f, s:I}",                           //
                               "valid", 1,                                                 //
                               "program", prom_hex32(text, &digest),                       //
                               "items", (json_int_t)verification->statement.items,         //
                               "proof_bytes", (json_int_t)verification->file.proof.length, //
                               "seconds", prom_units_measured(verification->seconds),      //
                               "memory_bytes", (json_int_t)prom_memory_peak());
    if (!given->json) {
        (void)fprintf(stderr, "checked in %s\n", prom_units_seconds(seconds, verification->seconds));
    }
    return prom_tell(given->json, object, error, "valid: these are the outputs of program %s for %s %s\n", text,
                     verification->statement.items == 1 ? "this" : "these",
                     prom_units_count(items, verification->statement.items, "item"));
}

static void end_verification(struct verification *verification)
{
    prom_arena_free(&verification->arena);
}

/* In JSON a verdict is an answer, whichever it is; only what kept us from one is an error. */
static prom_result run_verify(void *values, prom_exit *code, prom_error *error)
{
    PROM_SCOPED(end_verification) struct verification verification = {.seconds = 0};
    const arguments *given = values;
    prom_arena_init(&verification.arena, PROM_PROVING_MEMORY);
    const prom_result result = verify(&verification, given, error);
    if (result.category != PROM_CATEGORY_PEER || !given->json) {
        return result;
    }
    *code = PROM_EXIT_FAILURE;
    return prom_tell_json(json_pack("{s:b, s:o}", "valid", 0, "reason", prom_tell_sentence(error)), error);
}

static const prom_parameter PARAMETERS[] = {
    PROM_PARAMETER_PROGRAM(program),
    {.value = "X",
     .noun = "input",
     .required = true,
     PROM_TO_TEXT(input),
     .stream = PROM_STREAM_INPUT,
     .files = "npy",
     .help = "The batch, with the options that 'prom prove' had."},
    {.value = "Y.npy",
     .noun = "output",
     .required = true,
     PROM_TO_TEXT(output),
     .stream = PROM_STREAM_INPUT,
     .files = "npy",
     .help = "The outputs: integers, as 'prom prove --output' and 'prom infer --integers' write them."},
    {.value = "PROOF",
     .noun = "proof",
     .required = true,
     PROM_TO_TEXT(proof),
     .stream = PROM_STREAM_INPUT,
     .files = "*",
     .help = "The proof, as 'prom prove' wrote it."},
    {.option = "--max-memory",
     .value = "SIZE",
     .noun = "size",
     PROM_TO_TEXT(memory_max),
     .help = "Check nothing where that could need more than SIZE bytes of memory beside the files themselves; K, M and "
             "G stand for 2^10, 2^20 and 2^30. Default: 1G. 'prom inspect --items N' tells the need."},
    PROM_PARAMETER_FLOAT,
    PROM_PARAMETERS_PICTURES,
    PROM_PARAMETER_JSON(json),
    {0},
};

static const prom_text DESCRIPTION[] = {
    {NULL, "The program is not run, and so there are no kernels to choose. A false statement has a valid proof with a "
           "probability below 2^-100 only: "
           "docs/soundness.md derives it."},
    {NULL, "PROOF names the program, the inputs and the outputs that it is of. Where program or inputs are others, the "
           "command line is at fault: that is told with exit code 2, and nothing about the proof. Outputs come with "
           "the proof, so other outputs are not valid; the sentence tells them from a proof that does not hold."},
    {NULL, "Exit code 1 speaks against whoever made the proof, and says nothing else: what fails on this machine has "
           "code 3, and says nothing about the proof."},
    {0},
};

static const prom_text JSON[] = {
    {"valid", "true, or false; then the only other member is reason, a sentence"},
    {"program", "the program's digest"},
    {"items", "how many items the batch has"},
    {"proof_bytes", "size of the proof"},
    {"seconds", "time of verifying"},
    {"memory_bytes", "the most memory that the process had"},
    {0},
};

static const char *const EXAMPLES[] = {
    "prom verify digits-cnn.prom digits-heldout-images.npy digits-out.npy digits.proof",
    NULL,
};

const prom_command prom_command_verify = {
    .name = "verify",
    .summary = "check a proof that outputs are those of a program and a batch",
    .description = DESCRIPTION,
    .parameters = PARAMETERS,
    .json = JSON,
    .exits = {[PROM_EXIT_OK] = "valid",
              [PROM_EXIT_FAILURE] = "not valid: the reason is told",
              [PROM_EXIT_USAGE] =
                  "the command line or a file that it names cannot be used; the proof is none, or says to "
                  "be of another program or of other inputs",
              [PROM_EXIT_UNDECIDED] = "neither: memory or a disk failed, or what was found could not be told"},
    .broken = PROM_EXIT_UNDECIDED,
    .examples = EXAMPLES,
    .arguments_size = sizeof(arguments),
    .run = run_verify,
};
