/* prom verify */
#include <stdio.h>
#include <stdlib.h>

#include "files/files.h"
#include "prom/command.h"
#include "prom/proving.h"
#include "system/clock.h"

enum { PROGRAM = 0, INPUT = 1, OUTPUT = 2, PROOF = 3, OPERANDS = 4 };

typedef struct arguments {
    bool json;
    bool as_numbers;
    bool resize;
    const char *operands[OPERANDS];
    const char *mean;
    const char *deviation;
} arguments;

struct work {
    prom_arena arena;
    prom_statement statement;
    prom_span proof;
    double seconds;
};

static prom_result read_files(struct work *work, const arguments *given, prom_error *error)
{
    prom_image_options pictures;
    uint8_t *inputs = NULL;
    uint8_t *outputs = NULL;
    prom_statement *statement = &work->statement;
    PROM_TRY(prom_model_picture_options(&pictures, given->resize, given->mean, given->deviation, error));
    PROM_TRY(prom_model_read_program(&work->arena, &statement->program, given->operands[PROGRAM], error));
    PROM_TRY(prom_model_read_codes(&work->arena, &inputs, &statement->items, given->operands[INPUT], statement->program,
                                   &pictures, given->as_numbers, error));
    PROM_TRY(prom_model_read_outputs(&work->arena, &outputs, given->operands[OUTPUT], statement->program,
                                     statement->items, error));
    PROM_TRY(prom_proof_file_read(&work->arena, &work->proof, given->operands[PROOF], error));
    statement->inputs = inputs;
    statement->outputs = outputs;
    return prom_ok();
}

static prom_result verify(struct work *work, const arguments *given, prom_error *error)
{
    prom_bytes32 digest;
    char text[PROM_HEX32];
    PROM_TRY(read_files(work, given, error));
    const double started = prom_clock_seconds();
    const prom_result result = prom_statement_verify(&work->arena, &work->statement, work->proof, NULL, error);
    work->seconds = prom_clock_seconds() - started;
    if (result.category == PROM_CATEGORY_PEER) {
        return prom_within(result, error, "the proof is not valid for this program, input and output");
    }
    PROM_TRY(result);
    prom_program_digest(&digest, work->statement.program);
    json_t *object = json_pack("{s:b, s:s, s:I, s:I, s:f, s:I}",              //
                               "valid", 1,                                    //
                               "program", prom_hex32(text, &digest),          //
                               "items", (json_int_t)work->statement.items,    //
                               "proof_bytes", (json_int_t)work->proof.length, //
                               "seconds", work->seconds,                      //
                               "memory_bytes", (json_int_t)prom_proving_peak_memory());
    if (!given->json) {
        (void)fprintf(stderr, "checked in %.3f s\n", work->seconds);
    }
    return prom_command_tell(given->json, object, error,
                             "valid: these are the outputs of program %s for these %zu items\n", text,
                             work->statement.items);
}

static void end_work(struct work **work)
{
    if (*work != NULL) {
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
    return verify(work, given, error);
}

static prom_exit run_verify(int argument_count, char **argument_values)
{
    static const char *const names[OPERANDS] = {"program", "input", "output", "proof"};
    arguments given = {0};
    const prom_option options[] = {
        {"--json", NULL, &given.json}, {"--float", NULL, &given.as_numbers}, {"--resize", NULL, &given.resize},
        {"--mean", &given.mean, NULL}, {"--std", &given.deviation, NULL},
    };
    size_t operand_count = 0;
    prom_error error = {{0}};
    const bool json = prom_command_wants_json(argument_count, argument_values);
    prom_result result = prom_command_parse(argument_count, argument_values, options, sizeof options / sizeof *options,
                                            given.operands, &operand_count, OPERANDS, &error);
    if (prom_is_ok(result) && operand_count < OPERANDS) {
        result =
            prom_fail(&error, PROM_CATEGORY_BAD_INPUT, "no %s is given; see 'prom help verify'", names[operand_count]);
    }
    if (prom_is_ok(result)) {
        result = run(&given, &error);
    }
    if (!prom_is_ok(result)) {
        const prom_error failed = error;
        result = prom_fail(&error, result.category, "verify: %.480s", failed.sentence);
    }
    return prom_command_finish(json, result, &error);
}

static const char HELP[] =
    "prom verify - checks a proof that outputs are those of a program and a batch\n"
    "\n"
    "usage: prom verify PROGRAM X Y.npy PROOF [--float] [--resize] [--mean M] [--std S] [--json]\n"
    "\n"
    "PROGRAM is a file that 'prom compile' wrote, X the batch, given with the options that 'prom prove' had, Y.npy "
    "the\n"
    "outputs and PROOF the proof, as 'prom prove' wrote them. Outputs are integers, as 'prom infer --integers' writes "
    "them.\n"
    "The program is not run. A false statement has a valid proof with a probability below 2^-100 only: "
    "docs/soundness.md\n"
    "derives it.\n"
    "\n"
    "  --float, --resize, --mean M, --std S\n"
    "                     how X is taken, as of 'prom infer'\n"
    "  --json             print one JSON object instead of text: valid (true; what is not valid is an error of "
    "category\n"
    "                     \"peer\"), program (its digest), items, proof_bytes, seconds, memory_bytes\n"
    "\n"
    "Exit codes: 0 valid; 1 not valid: the reason is told; 2 the command line or a file that it names can not be "
    "used.\n"
    "\n"
    "Example:\n"
    "  prom verify digits-cnn.prom digits-heldout-images.npy digits-out.npy digits.proof\n";

const prom_command prom_command_verify = {
    .name = "verify",
    .summary = "checks a proof that outputs are those of a program and a batch",
    .help = HELP,
    .run = run_verify,
};
