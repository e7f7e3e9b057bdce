/* prom program verify */
#include <inttypes.h>
#include <stdio.h>

#include "base/units.h"
#include "cli/tell.h"
#include "prom/program_job.h"
#include "prom/root.h"
#include "prometheus/contract/sampling.h"
#include "prometheus/crypto/merkle.h"
#include "system/clock.h"
#include "system/file.h"
#include "system/progress_bar.h"
#include "system/random.h"

#define RESULTS_MAX ((size_t)1 << 32)

enum { SHARE_DEFAULT = 10, BASIS_POINTS_OF_PERCENT = 100 };

typedef struct arguments {
    bool json;
    const char *program;
    prom_texts inputs;
    const char *kind;
    const char *results;
    const char *seed;
    uint32_t share; /* per cent */
} arguments;

struct verification {
    prom_program_job open;
    const prom_node_result *nodes;
    uint32_t count;
    prom_bytes32 seed;
    double seconds;
};

static void end_verification(struct verification *it)
{
    prom_program_job_end(&it->open);
}

/* The results as they were claimed, with the root that they have: nobody need have committed to them, as all of them
 * are here before the seed is drawn. What is no results at all is the fault of who made them. */
static prom_result read_results(struct verification *it, prom_delivery *claimed, prom_bytes32 *root, const char *path,
                                bool *malformed, prom_error *error)
{
    prom_bytes32 *leaves = NULL;
    prom_arena *arena = &it->open.arena;
    *claimed = (prom_delivery){.proof = prom_span_of(NULL, 0)};
    PROM_TRY(prom_file_read(arena, &claimed->output, path, RESULTS_MAX, error));
    const prom_result read = prom_results_read(arena, &it->nodes, &it->count, claimed->output, error);
    *malformed = read.category == PROM_CATEGORY_BAD_INPUT;
    PROM_TRY(prom_within(read, error, "%.200s holds no results", path));
    PROM_TRY_NEW(leaves, arena, it->count, error);
    for (uint32_t i = 0; i < it->count; i++) {
        PROM_TRY(prom_results_leaf(arena, &leaves[i], &it->nodes[i], error));
    }
    return prom_merkle_root(arena, root, leaves, it->count, error);
}

/* A seed that nobody could foresee who made the results, or the one that is given, to check the same again. */
static prom_result take_seed(struct verification *it, const arguments *given, prom_error *error)
{
    if (given->seed == NULL) {
        it->seed = prom_random_bytes32();
        return prom_ok();
    }
    return prom_hex32_parse(&it->seed, given->seed)
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "--seed is '%.80s': give 64 hexadecimal digits",
                           given->seed);
}

/* A sample and its opening, as in a contract. */
static prom_result draw(struct verification *it, prom_sample *sample, prom_delivery *claimed, const arguments *given,
                        prom_error *error)
{
    const prom_scheme_job *job = it->open.job;
    const uint32_t share = given->share != 0 ? given->share : SHARE_DEFAULT;
    if (it->count != job->named.items) {
        return prom_fail(error, PROM_CATEGORY_PEER, "there are results of %" PRIu32 " nodes, and the job has %" PRIu32,
                         it->count, job->named.items);
    }
    PROM_TRY(prom_sample_draw(&it->open.arena, sample, &it->seed, it->count,
                              (uint16_t)(share * BASIS_POINTS_OF_PERCENT), error));
    return job->scheme->open_sample(&it->open.arena, &claimed->proof, job, claimed->output, sample, error);
}

static prom_result check(struct verification *it, const prom_delivery *claimed, const prom_bytes32 *root,
                         const prom_sample *sample, prom_error *error)
{
    prom_progress_bar bar = prom_progress_bar_start("verify");
    const prom_progress progress = prom_progress_bar_reporter(&bar);
    const double started = prom_clock_seconds();
    const prom_result result =
        it->open.job->scheme->verify(&it->open.arena, it->open.job, claimed, root, sample, &progress, error);
    it->seconds = prom_clock_seconds() - started;
    prom_progress_bar_end(&bar);
    return result;
}

static prom_result tell(const struct verification *it, const prom_bytes32 *root, const prom_sample *sample,
                        const arguments *given, prom_error *error)
{
    char nodes[PROM_UNITS];
    char seconds[PROM_UNITS];
    char digest[PROM_HEX32];
    char hex[PROM_HEX32];
    char seed[PROM_HEX32];
    json_t *object = json_pack("{s:b, s:s, s:s, s:s, s:I, s:I, s:f}",                       //
                               "valid", 1,                                                  //
                               "program", prom_hex32(digest, &it->open.made.module.digest), //
                               "root", prom_hex32(hex, root),                               //
                               "seed", prom_hex32(seed, &it->seed),                         //
                               "nodes", (json_int_t)it->count,                              //
                               "checked", (json_int_t)sample->count,                        //
                               "seconds", prom_units_measured(it->seconds));
    return prom_tell(given->json, object, error, "valid: %zu of %s computed again, all as the results say, in %s\n",
                     sample->count, prom_units_count(nodes, it->count, "node"),
                     prom_units_seconds(seconds, it->seconds));
}

static prom_result verify(struct verification *it, const arguments *given, bool *malformed, prom_error *error)
{
    const prom_program_given opened = {.program = given->program, .inputs = &given->inputs, .kind = given->kind};
    prom_delivery claimed;
    prom_bytes32 root;
    prom_sample sample;
    PROM_TRY(take_seed(it, given, error));
    PROM_TRY(prom_program_job_open(&it->open, &opened, error));
    PROM_TRY(read_results(it, &claimed, &root, given->results, malformed, error));
    PROM_TRY(draw(it, &sample, &claimed, given, error));
    PROM_TRY(check(it, &claimed, &root, &sample, error));
    return tell(it, &root, &sample, given, error);
}

/* In JSON a verdict is an answer, whichever it is. The exit code of what is no results is that of a wrong file, as of
 * 'prom verify' of what is no proof. */
static prom_result run_verify(void *values, prom_exit *code, prom_error *error)
{
    PROM_SCOPED(end_verification) struct verification it = {.count = 0};
    const arguments *given = values;
    bool malformed = false;
    const prom_result result = verify(&it, given, &malformed, error);
    if (!given->json || (result.category != PROM_CATEGORY_PEER && !malformed)) {
        return result;
    }
    *code = malformed ? PROM_EXIT_USAGE : PROM_EXIT_FAILURE;
    return prom_tell_json(json_pack("{s:b, s:o}", "valid", 0, "reason", prom_tell_sentence(error)), error);
}

static const prom_parameter VERIFY_PARAMETERS[] = {
    {.value = "PROGRAM",
     .noun = "program",
     .required = true,
     PROM_TO_TEXT(program),
     .files = "prom",
     .help = "The program that the results are of."},
    PROM_PARAMETER_INPUTS,
    PROM_PARAMETER_ITEMS,
    {.option = "--results",
     .value = "FILE",
     .noun = "file of results",
     .required = true,
     PROM_TO_TEXT(results),
     .files = "*",
     .help = "The results, as 'prom program run --results' wrote them."},
    {.option = "--share",
     .value = "PERCENT",
     .noun = "share",
     PROM_TO_NUMBER(share),
     .min = 1,
     .max = 100,
     .help = "Compute this share of all items and folds again, at least one, drawn by chance. Default: 10."},
    {.option = "--seed",
     .value = "HEX",
     PROM_TO_TEXT(seed),
     .help = "Draw the share by this seed, 64 hexadecimal digits, as JSON tells the one of an earlier check. Who makes "
             "the results must not know it before. Default: a new one."},
    PROM_PARAMETER_JSON(json),
    {0},
};

static const prom_text VERIFY_DESCRIPTION[] = {
    {NULL, "Computes a share of the items and folds again, as a verifier does in a contract, and compares status, fuel "
           "and result. One that is wrong among many is found with about the chance that the share says."},
    {NULL,
     "Of a program that folds, results of a job in several parts are not those of one run: each part has folds of "
     "its own. They are not to be checked so."},
    {NULL, "Program, input and results are all that is needed: as they are here before the share is drawn, nothing has "
           "to be committed to, and so there is no 'prom program prove'. docs/programs.md says what such a check "
           "shows, and what it does not."},
    {0},
};

static const prom_text VERIFY_JSON[] = {
    {"valid", "true, or false; then the only other member is reason, a sentence"},
    {"program, root, seed", "the program's digest, the commitment to all results, and what the share was drawn by"},
    {"nodes, checked", "how many items and folds there are, and how many were computed again"},
    {"seconds", "time of verifying"},
    {0},
};

static const char *const VERIFY_EXAMPLES[] = {
    "prom program verify wordcount.prom book.txt --items lines --results results",
    NULL,
};

const prom_command prom_command_program_verify = {
    .name = "verify",
    .summary = "compute a share of a program's results again, and compare",
    .description = VERIFY_DESCRIPTION,
    .parameters = VERIFY_PARAMETERS,
    .json = VERIFY_JSON,
    .exits = {[PROM_EXIT_OK] = "valid",
              [PROM_EXIT_FAILURE] = "not valid: the reason is told",
              [PROM_EXIT_USAGE] = "the command line or a file that it names cannot be used, or the results are none",
              [PROM_EXIT_UNDECIDED] = "neither: memory, a disk or the engine failed"},
    .broken = PROM_EXIT_UNDECIDED,
    .examples = VERIFY_EXAMPLES,
    .arguments_size = sizeof(arguments),
    .run = run_verify,
};
