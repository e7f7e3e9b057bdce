#include "trade/batch.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "prometheus/crypto/hash.h"
#include "prometheus/program/batch.h"
#include "prometheus/scheme/scheme.h"
#include "system/file.h"
#include "system/folder.h"
#include "trade/batch_module.h"

#define SPARE_BYTES ((size_t)1 << 28) /* beside the files themselves: what a program is parsed into */

/* -- Names -- */

prom_result prom_batch_path(char path[PATH_MAX], const prom_batch_folder *folder, const char *name, prom_error *error)
{
    return snprintf(path, PATH_MAX, "%s/%s", folder->path, name) < PATH_MAX
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the folder %.200s has too long a name", folder->path);
}

prom_result prom_batch_folder_of(prom_batch_folder *folder, const char *node_folder, const prom_bytes32 *job, bool make,
                                 prom_error *error)
{
    char hex[PROM_HEX32];
    if (snprintf(folder->path, sizeof folder->path, "%s/jobs/%s", node_folder, prom_hex32(hex, job)) >=
        PATH_MAX - NAME_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the folder %.200s has too long a name", node_folder);
    }
    return make ? prom_folder_make(folder->path, error) : prom_ok();
}

prom_result prom_batch_numbered(char path[PATH_MAX], const prom_batch_folder *folder, const char *what, uint32_t number,
                                prom_error *error)
{
    char name[NAME_MAX];
    (void)snprintf(name, sizeof name, "%s-%u", what, (unsigned)number);
    return prom_batch_path(path, folder, name, error);
}

/* -- What is brought -- */

static prom_result check_size(const prom_job_bytes *bytes, prom_error *error)
{
    const uint64_t whole = (uint64_t)bytes->program.length + bytes->input.length;
    return whole <= PROM_PAYLOAD_MAX
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                           "program and input have %llu bytes together, and a job takes 1 GiB: split the batch",
                           (unsigned long long)whole);
}

static prom_result look_at_module(prom_arena *arena, prom_arena *input_arena, prom_work_batch *work,
                                  const prom_job_bytes *bytes, const char *program, const char *input,
                                  prom_error *error)
{
    prom_module *module = NULL;
    prom_items items;
    PROM_TRY_NEW(module, arena, 1, error);
    PROM_TRY(prom_within(prom_module_read(module, bytes->program, error), error, "%.200s", program));
    PROM_TRY(prom_within(prom_items_read(input_arena, &items, bytes->input, error), error, "%.200s", input));
    *work = (prom_work_batch){.program = {.module = module}, .items = items.count};
    return prom_work_largest(arena, &work->largest, &items, error);
}

/* Its items are what others have folded, and a part of them may have one alone, which is no job of it. */
static prom_result check_maps(const prom_module *module, const char *program, prom_error *error)
{
    return !module->limits.folds_alone
               ? prom_ok()
               : prom_fail(
                     error, PROM_CATEGORY_BAD_INPUT,
                     "%.200s folds alone, as what the market joins parts with, and is not bought: buy the program "
                     "that maps and folds, or run this one with 'prom program run'",
                     program);
}

static prom_result look_at_integers(prom_arena *arena, prom_work_batch *work, const prom_job_bytes *bytes,
                                    const char *program, const char *input, prom_error *error)
{
    prom_batch batch;
    PROM_TRY(prom_within(prom_program_parse(arena, &work->program.integers, bytes->program, error), error, "%.200s",
                         program));
    PROM_TRY(prom_within(prom_batch_read(&batch, bytes->input, error), error, "%.200s", input));
    const size_t values = work->program.integers->input.count;
    work->items = batch.items;
    return batch.values == values ? prom_ok()
                                  : prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                                              "%.200s has items of %u values, and the program %.150s takes %zu", input,
                                              (unsigned)batch.values, program, values);
}

prom_result prom_batch_load(prom_arena *arena, prom_arena *input_arena, prom_batch_job *job, prom_job_bytes *bytes,
                            const char *program, const char *input, prom_error *error)
{
    *job = (prom_batch_job){.input_bytes = 0};
    PROM_TRY(prom_file_load(arena, &bytes->program, program, PROM_PAYLOAD_MAX, error));
    PROM_TRY(prom_file_load(input_arena, &bytes->input, input, PROM_PAYLOAD_MAX, error));
    PROM_TRY(check_size(bytes, error));
    if (prom_module_is(bytes->program) && bytes->runner == NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "%.200s is a module, and this node runs none, so it could not check what others compute: "
                         "`wasm_program` in prom.conf says what it needs",
                         program);
    }
    if (prom_module_is(bytes->program)) {
        PROM_TRY(look_at_module(arena, input_arena, &job->work, bytes, program, input, error));
        PROM_TRY(check_maps(job->work.program.module, program, error));
        job->program_digest = job->work.program.module->digest;
    } else {
        PROM_TRY(look_at_integers(arena, &job->work, bytes, program, input, error));
        prom_program_digest(&job->program_digest, job->work.program.integers);
    }
    prom_sha256(&job->input_hash, bytes->input);
    job->program_bytes = bytes->program.length;
    job->input_bytes = bytes->input.length;
    return prom_ok();
}

/* The input is read for the lengths of a module's items alone. */
prom_result prom_batch_load_work(prom_arena *arena, prom_work_batch *work, const prom_batch_folder *folder,
                                 prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena input_arena = {0};
    prom_job_bytes bytes = {.runner = NULL};
    char program[PATH_MAX];
    char input[PATH_MAX];
    *work = (prom_work_batch){.items = 0};
    PROM_TRY(prom_batch_path(program, folder, PROM_BATCH_PROGRAM, error));
    PROM_TRY(prom_batch_path(input, folder, PROM_BATCH_INPUT, error));
    PROM_TRY(prom_file_load(arena, &bytes.program, program, PROM_PAYLOAD_MAX, error));
    if (!prom_module_is(bytes.program)) {
        return prom_program_parse(arena, &work->program.integers, bytes.program, error);
    }
    prom_arena_init(&input_arena, 2 * PROM_PAYLOAD_MAX);
    PROM_TRY(prom_file_load(&input_arena, &bytes.input, input, PROM_PAYLOAD_MAX, error));
    return look_at_module(arena, &input_arena, work, &bytes, program, input, error);
}

/* -- Parts -- */

static prom_result slice(prom_arena *arena, prom_span *bytes, prom_span whole, uint32_t first, uint32_t items,
                         prom_error *error)
{
    prom_batch batch;
    PROM_TRY(prom_batch_read(&batch, whole, error));
    if (first >= batch.items || items > batch.items - first) {
        return prom_fail(error, PROM_CATEGORY_BROKEN, "the job's input has no items %u to %u", (unsigned)first,
                         (unsigned)(first + items));
    }
    const prom_batch part = {items, batch.values, batch.data + (size_t)first * batch.values};
    return prom_batch_write(arena, bytes, &part, error);
}

prom_result prom_batch_write_part(const prom_batch_folder *folder, prom_job *named, char input[PATH_MAX],
                                  uint16_t scheme, uint32_t first, uint32_t items, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    const prom_scheme *table = prom_scheme_by_number(scheme);
    const prom_scheme_job *opened = NULL;
    prom_job_bytes bytes = {.runner = NULL};
    prom_span whole;
    char path[PATH_MAX];
    if (table == NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "there is no proof scheme %u", scheme);
    }
    prom_arena_init(&arena, 4 * PROM_PAYLOAD_MAX + SPARE_BYTES);
    PROM_TRY(prom_batch_path(path, folder, PROM_BATCH_PROGRAM, error));
    PROM_TRY(prom_file_load(&arena, &bytes.program, path, PROM_PAYLOAD_MAX, error));
    PROM_TRY(prom_batch_path(path, folder, PROM_BATCH_INPUT, error));
    PROM_TRY(prom_file_load(&arena, &whole, path, PROM_PAYLOAD_MAX, error));
    if (prom_module_is(bytes.program)) {
        PROM_TRY(prom_batch_module_part(&arena, named, &bytes, whole, first, items, error));
    } else {
        PROM_TRY(slice(&arena, &bytes.input, whole, first, items, error));
        PROM_TRY(table->open(&arena, &opened, &bytes, error));
        *named = opened->named;
    }
    PROM_TRY(prom_batch_numbered(input, folder, PROM_BATCH_INPUT, first, error));
    return prom_file_write(input, bytes.input, error);
}

/* -- Outputs -- */

prom_result prom_batch_load_output(prom_arena *arena, struct prom_batch_output *output, prom_bytes32 *hash,
                                   const char *path, uint32_t items, prom_error *error)
{
    prom_span bytes;
    uint32_t nodes = 0;
    PROM_TRY(prom_file_load(arena, &bytes, path, PROM_PAYLOAD_MAX, error));
    const bool is_output =
        output->of.module ? prom_is_ok(prom_results_read(arena, &output->results, &nodes, bytes, error)) &&
                                nodes == prom_module_nodes(items, output->of.folds)
                          : prom_is_ok(prom_batch_read(&output->batch, bytes, error)) && output->batch.items == items;
    if (!is_output) {
        return prom_fail(error, PROM_CATEGORY_BROKEN, "%.300s is not the output of %u items", path, (unsigned)items);
    }
    prom_sha256(hash, bytes);
    return prom_ok();
}

prom_result prom_batch_output_path(char path[PATH_MAX], const prom_batch_folder *folder, uint32_t attempt,
                                   prom_error *error)
{
    return prom_batch_numbered(path, folder, PROM_BATCH_OUTPUT, attempt, error);
}

bool prom_batch_has_output(const prom_batch_folder *folder, const prom_attempt *attempt)
{
    char path[PATH_MAX];
    return prom_is_ok(prom_batch_output_path(path, folder, attempt->number, NULL)) && access(path, F_OK) == 0;
}

/* A contract that joins takes results that are there, of a length that a fold may have. */
static bool last_fits(const struct prom_batch_output *output, uint32_t items)
{
    const prom_node_result *last = output->of.folds ? &output->results[prom_module_nodes(items, true) - 1] : NULL;
    return last != NULL && last->status == PROM_NODE_OK && last->bytes.length <= output->of.fold_bytes;
}

prom_result prom_batch_take_output(const prom_batch_folder *folder, prom_batch_taken *taken,
                                   const prom_attempt *attempt, const char *from, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    struct prom_batch_output output;
    char path[PATH_MAX];
    prom_arena_init(&arena, 2 * PROM_PAYLOAD_MAX + SPARE_BYTES);
    PROM_TRY(prom_batch_kind_of(&output.of, folder, error));
    PROM_TRY(prom_batch_output_path(path, folder, attempt->number, error));
    if (!prom_batch_has_output(folder, attempt)) {
        PROM_TRY(prom_batch_load_output(&arena, &output, &taken->hash, from, attempt->items, error));
        PROM_TRY(prom_file_rename(from, path, error));
    }
    PROM_TRY(prom_batch_load_output(&arena, &output, &taken->hash, path, attempt->items, error));
    taken->fits = last_fits(&output, attempt->items);
    return prom_ok();
}

static prom_result count_items(const prom_market_job *job, uint32_t *items, prom_error *error)
{
    *items = prom_market_job_items_done(job);
    return *items > 0 ? prom_ok() : prom_fail(error, PROM_CATEGORY_MISUSE, "no part of the job is done");
}

prom_result prom_batch_load_part(prom_arena *arena, struct prom_batch_output *output, const prom_batch_folder *folder,
                                 const prom_job_part *part, prom_error *error)
{
    prom_bytes32 hash;
    char path[PATH_MAX];
    PROM_TRY(prom_batch_output_path(path, folder, part->attempt, error));
    PROM_TRY(prom_batch_load_output(arena, output, &hash, path, part->items, error));
    return prom_bytes32_equal(&hash, &part->output)
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BROKEN, "%.300s is not the output that was checked", path);
}

/* An item of every part has as many values, as one program made them. */
static prom_result add_part(prom_arena *arena, prom_batch *all, uint8_t **data, const prom_batch_folder *folder,
                            const prom_job_part *part, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    struct prom_batch_output output = {.of = {.module = false}};
    prom_arena_init(&scratch, PROM_PAYLOAD_MAX + SPARE_BYTES);
    PROM_TRY(prom_batch_load_part(&scratch, &output, folder, part, error));
    const prom_batch batch = output.batch;
    if (*data == NULL) {
        const uint32_t items = all->items;
        all->values = batch.values;
        PROM_TRY_NEW(*data, arena, (size_t)items * batch.values, error);
        all->data = *data;
        all->items = 0;
    }
    if (batch.values != all->values) {
        return prom_fail(error, PROM_CATEGORY_BROKEN, "output %u of %.300s has items of another size than the others",
                         (unsigned)part->attempt, folder->path);
    }
    memcpy(*data + (size_t)all->items * all->values, batch.data, (size_t)batch.items * batch.values);
    all->items += batch.items;
    return prom_ok();
}

static prom_result merge_integers(prom_arena *arena, prom_span *bytes, const prom_batch_folder *folder,
                                  const prom_market_job *job, uint32_t items, prom_error *error)
{
    prom_batch all = {.items = items};
    uint8_t *data = NULL;
    for (size_t i = 0; i < job->part_count; i++) {
        if (job->parts[i].state == PROM_PART_DONE) {
            PROM_TRY(add_part(arena, &all, &data, folder, &job->parts[i], error));
        }
    }
    return prom_batch_write(arena, bytes, &all, error);
}

prom_result prom_batch_merge(const prom_batch_folder *folder, const prom_market_job *job, const prom_runner *runner,
                             const prom_progress *progress, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    struct prom_batch_kind kind;
    uint32_t items = 0;
    prom_span bytes;
    char path[PATH_MAX];
    prom_arena_init(&arena, 2 * PROM_BATCH_OUTPUT_MAX + SPARE_BYTES); /* as they come, and as they are written */
    PROM_TRY(count_items(job, &items, error));
    PROM_TRY(prom_batch_kind_of(&kind, folder, error));
    PROM_TRY(kind.module
                 ? prom_batch_module_merge(
                       &arena, &bytes, &(struct prom_batch_merging){folder, job, kind, runner, progress, items}, error)
                 : merge_integers(&arena, &bytes, folder, job, items, error));
    PROM_TRY(prom_batch_path(path, folder, PROM_BATCH_OUTPUT, error));
    return prom_file_write(path, bytes, error);
}
