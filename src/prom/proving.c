#include "prom/proving.h"

#include "base/units.h"
#include "system/clock.h"
#include "system/file.h"

#define FILE_MAX ((size_t)1 << 32)

prom_result prom_proof_file_write(const char *path, const prom_statement *statement, prom_span proof,
                                  const prom_file_output *beside, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_file_output files[PROM_FILES_TOGETHER_MAX] = {{.path = path}};
    prom_arena_init(&scratch, FILE_MAX);
    PROM_TRY(prom_proof_wrap(&scratch, &files[0].content, statement, proof, error));
    if (beside != NULL) {
        files[1] = *beside;
    }
    return prom_file_write_together(files, beside != NULL ? 2 : 1, error);
}

static prom_result proof_bytes_max(void *context, size_t *most, prom_span head, prom_error *error)
{
    const prom_proof_file *file = context;
    (void)head;
    (void)error;
    *most = file->bytes_max;
    return prom_ok();
}

prom_result prom_proof_file_read(prom_arena *arena, prom_proof_file *file, const prom_statement *statement,
                                 const char *path, uint64_t bytes_max, prom_error *error)
{
    const prom_file_limit limit = {.find = proof_bytes_max, .context = file};
    prom_span content;
    *file = (prom_proof_file){.path = path};
    file->bytes_max =
        bytes_max < FILE_MAX - PROM_PROOF_HEADER_BYTES ? (size_t)bytes_max + PROM_PROOF_HEADER_BYTES : FILE_MAX;
    PROM_TRY(prom_file_read_part(arena, &content, &file->longer, path, &limit, error));
    return prom_within(prom_proof_match(&file->header, &file->proof, statement, content, error), error, "%s", path);
}

prom_result prom_proof_file_check(const prom_proof_file *file, const prom_statement *statement, prom_error *error)
{
    char most[PROM_UNITS];
    if (file->longer) {
        return prom_fail(error, PROM_CATEGORY_PEER,
                         "%s has more than %s, the most that a proof of this program and "
                         "batch has",
                         file->path, prom_units_bytes(most, file->bytes_max));
    }
    return prom_within(prom_proof_match_outputs(&file->header, statement, error), error, "%s", file->path);
}

uint32_t prom_proving_threads(uint32_t given)
{
    return given != 0 ? given : prom_threads_available();
}

prom_result prom_proving_check(const prom_program *program, size_t items, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    uint64_t bytes = 0;
    prom_arena_init(&scratch, PROM_PROVING_MEMORY);
    return prom_proof_bytes_max(&scratch, &bytes, program, items, error);
}

prom_result prom_proving_infer(double *seconds, uint8_t *outputs, const prom_statement *statement, double at_least,
                               prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_executor *executor = NULL;
    size_t runs = 0;
    prom_arena_init(&scratch, PROM_PROVING_MEMORY);
    PROM_TRY(prom_executor_new(&scratch, &executor, statement->program, prom_program_kernels_best(), NULL, error));
    const prom_executor_request request = {
        .inputs = statement->inputs, .items = statement->items, .memory = PROM_PROVING_MEMORY};
    const double started = prom_clock_seconds();
    do {
        PROM_TRY(prom_executor_run(executor, outputs, &request, error));
        runs++;
        *seconds = prom_clock_seconds() - started;
    } while (*seconds < at_least);
    *seconds /= (double)runs;
    return prom_ok();
}
