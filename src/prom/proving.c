#include "prom/proving.h"

#include <stdio.h>
#include <sys/stat.h>

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

/* A proof larger than any honest one is refused before it is read. What is no proof at all, or no file, is left to
 * those who read it. */
static prom_result check_proof_size(const prom_statement *statement, const char *path, uint64_t most, prom_error *error)
{
    uint8_t head[PROM_PROOF_HEADER_BYTES];
    struct stat status;
    prom_span proof;
    if (stat(path, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size < 0 ||
        (uintmax_t)status.st_size <= most) {
        return prom_ok();
    }
    FILE *file = fopen(path, "rbe");
    const size_t got = file != NULL ? fread(head, 1, sizeof head, file) : 0;
    if (file == NULL || fclose(file) != 0) {
        return prom_ok();
    }
    PROM_TRY(prom_within(prom_proof_unwrap(&proof, statement, prom_span_of(head, got), error), error, "%s", path));
    char size[PROM_UNITS];
    char largest[PROM_UNITS];
    return prom_fail(error, PROM_CATEGORY_PEER, "%s has %s: a proof of this program and batch has %s at most", path,
                     prom_units_bytes(size, (uint64_t)status.st_size), prom_units_bytes(largest, most));
}

prom_result prom_proof_file_read(prom_arena *arena, prom_span *proof, const prom_statement *statement, const char *path,
                                 uint64_t bytes_max, prom_error *error)
{
    const uint64_t most =
        bytes_max < FILE_MAX - PROM_PROOF_HEADER_BYTES ? bytes_max + PROM_PROOF_HEADER_BYTES : FILE_MAX;
    prom_span file;
    PROM_TRY(check_proof_size(statement, path, most, error));
    PROM_TRY(prom_file_read(arena, &file, path, (size_t)most, error));
    return prom_within(prom_proof_unwrap(proof, statement, file, error), error, "%s", path);
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
