#include "trade/batch_module.h"

#include "prometheus/crypto/hash.h"
#include "scheme/mapping.h"
#include "system/file.h"

/* -- What it is -- */

/* Of a manifest: how much is read of it, the byte that says whether it folds, and the bytes of how long results may be.
 */
enum { HEAD = 20, FOLDS = 7, FOLD_BYTES = 16 };

static prom_result head_alone(void *context, size_t *most, prom_span head, prom_error *error)
{
    (void)context;
    (void)head;
    (void)error;
    *most = HEAD;
    return prom_ok();
}

prom_result prom_batch_kind_of(struct prom_batch_kind *kind, const prom_batch_folder *folder, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    const prom_file_limit limit = {.head = HEAD, .find = head_alone, .own = true};
    prom_span head;
    bool longer = false;
    char path[PATH_MAX];
    prom_arena_init(&arena, PATH_MAX);
    PROM_TRY(prom_batch_path(path, folder, PROM_BATCH_PROGRAM, error));
    PROM_TRY(prom_file_read_part(&arena, &head, &longer, path, &limit, error));
    kind->module = prom_module_is(head);
    kind->folds = kind->module && head.length == HEAD && head.data[FOLDS] != 0;
    kind->fold_bytes = 0;
    if (kind->folds) {
        prom_reader reader = prom_reader_of(prom_span_of(head.data + FOLD_BYTES, sizeof kind->fold_bytes));
        kind->fold_bytes = prom_read_u32(&reader);
    }
    return prom_ok();
}

/* -- Parts -- */

static prom_result load_program(prom_arena *arena, prom_span *program, const prom_batch_folder *folder,
                                prom_error *error)
{
    char path[PATH_MAX];
    PROM_TRY(prom_batch_path(path, folder, PROM_BATCH_PROGRAM, error));
    return prom_file_load(arena, program, path, PROM_PAYLOAD_MAX, error);
}

/* How terms name the job of so many nodes that these bytes are. */
static prom_job name_job(const prom_module *module, const prom_job_bytes *bytes, uint32_t nodes)
{
    prom_job named = {.scheme = PROM_SCHEME_REPLAY_MODULE,
                      .program_digest = module->digest,
                      .program_bytes = bytes->program.length,
                      .input_bytes = bytes->input.length,
                      .items = nodes};
    prom_sha256(&named.input_hash, bytes->input);
    return named;
}

/* That it can be run is found out by whoever takes the part, and by our own node before it signs. */
prom_result prom_batch_module_part(prom_arena *arena, prom_job *named, prom_job_bytes *bytes, prom_span whole,
                                   uint32_t first, uint32_t items, prom_error *error)
{
    prom_module module;
    prom_items all;
    PROM_TRY(prom_module_read(&module, bytes->program, error));
    PROM_TRY(prom_items_read(arena, &all, whole, error));
    if (first >= all.count || items > all.count - first) {
        return prom_fail(error, PROM_CATEGORY_BROKEN, "the job's input has no items %u to %u", (unsigned)first,
                         (unsigned)(first + items));
    }
    const prom_items part = {all.list + first, items};
    PROM_TRY(prom_items_write(arena, &bytes->input, &part, error));
    *named = name_job(&module, bytes, prom_module_nodes(items, module.limits.folds));
    return prom_ok();
}

/* -- The contract that joins parts -- */

static prom_result copy_bytes(prom_arena *arena, prom_span *copy, prom_span bytes, prom_error *error)
{
    prom_writer writer = prom_writer_in(arena);
    prom_writer_reserve(&writer, bytes.length);
    prom_write_span(&writer, bytes);
    return prom_writer_finish(&writer, copy, error);
}

struct joining_job {
    prom_span program; /* which folds alone */
    prom_module *module;
    prom_items items; /* the parts' last results */
};

/* A part's output may be large, and its last result alone is wanted. */
static prom_result load_last(prom_arena *arena, prom_span *last, const struct prom_batch_kind *kind,
                             const prom_batch_folder *folder, const prom_job_part *part, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    struct prom_batch_output output = {.of = *kind};
    prom_arena_init(&scratch, 2 * PROM_PAYLOAD_MAX);
    PROM_TRY(prom_batch_load_part(&scratch, &output, folder, part, error));
    const prom_node_result *node = &output.results[prom_module_nodes(part->items, kind->folds) - 1];
    return node->status == PROM_NODE_OK
               ? copy_bytes(arena, last, node->bytes, error)
               : prom_fail(error, PROM_CATEGORY_BROKEN, "a part's result has failed, and is to be joined");
}

static prom_result load_joining(prom_arena *arena, struct joining_job *joining, const prom_batch_folder *folder,
                                const prom_market_job *job, prom_error *error)
{
    const size_t parts = prom_market_job_batch_parts(job);
    struct prom_batch_kind kind;
    prom_span *list = NULL;
    prom_span whole;
    prom_module module;
    PROM_TRY(prom_batch_kind_of(&kind, folder, error));
    PROM_TRY(load_program(arena, &whole, folder, error));
    PROM_TRY(prom_module_read(&module, whole, error));
    PROM_TRY(prom_module_write_folds(arena, &joining->program, &module, error));
    PROM_TRY_NEW(joining->module, arena, 1, error);
    PROM_TRY(prom_module_read(joining->module, joining->program, error));
    PROM_TRY_NEW(list, arena, parts, error);
    for (size_t i = 0; i < parts; i++) {
        PROM_TRY(load_last(arena, &list[i], &kind, folder, &job->parts[i], error));
    }
    joining->items = (prom_items){list, (uint32_t)parts};
    return prom_ok();
}

prom_result prom_batch_load_joining_work(prom_arena *arena, prom_work_batch *work, const prom_batch_folder *folder,
                                         const prom_market_job *job, prom_error *error)
{
    struct joining_job joining;
    *work = (prom_work_batch){.items = 0};
    PROM_TRY(load_joining(arena, &joining, folder, job, error));
    *work = (prom_work_batch){.program = {.module = joining.module}, .items = joining.items.count};
    return prom_work_largest(arena, &work->largest, &joining.items, error);
}

prom_result prom_batch_write_joining(const prom_batch_folder *folder, prom_job *named, char input[PATH_MAX],
                                     const prom_market_job *job, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    struct joining_job joining;
    prom_job_bytes bytes = {.runner = NULL};
    char program[PATH_MAX];
    prom_arena_init(&arena, 4 * PROM_PAYLOAD_MAX);
    PROM_TRY(load_joining(&arena, &joining, folder, job, error));
    PROM_TRY(prom_items_write(&arena, &bytes.input, &joining.items, error));
    bytes.program = joining.program;
    *named = name_job(joining.module, &bytes, prom_module_nodes(joining.items.count, true));
    PROM_TRY(prom_batch_path(program, folder, PROM_BATCH_FOLDS, error));
    PROM_TRY(prom_file_write(program, bytes.program, error));
    PROM_TRY(prom_batch_numbered(input, folder, PROM_BATCH_INPUT, job->order.items, error));
    return prom_file_write(input, bytes.input, error);
}

/* -- Joining what parts have folded -- */

struct joining {
    const struct prom_batch_merging *merging;
    prom_node_result *nodes; /* the parts' last ones, and behind them the folds that join them */
    uint32_t parts;
};

/* Of what is loaded to join, the folds alone stay in the arena: it has room for what is put together. */
static prom_result join(const struct joining *it, prom_arena *arena, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    PROM_SCOPED(prom_mapping_end) prom_mapping_session session = {0};
    const prom_progress *progress = it->merging->progress;
    prom_mapping mapping = {.items = {.count = it->parts}, .runner = it->merging->runner};
    prom_span program;
    if (mapping.runner == NULL) {
        return prom_fail(error, PROM_CATEGORY_IO,
                         "what the parts have folded is to be joined, and this node runs no "
                         "modules any more: `wasm_program` in prom.conf says what it needs");
    }
    prom_arena_init(&scratch, 2 * PROM_PAYLOAD_MAX);
    PROM_TRY(load_program(&scratch, &program, it->merging->folder, error));
    PROM_TRY(prom_module_read(&mapping.module, program, error));
    PROM_TRY(prom_module_folds(&scratch, &mapping.folds, it->parts, error));
    PROM_TRY(prom_mapping_begin(&session, &mapping, progress, error));
    return prom_mapping_compute(&session, arena, &mapping, it->nodes, it->parts, progress, error);
}

/* What a contract has computed: its items are the parts' last results, and its folds what joins them. */
static prom_result take_joined(const struct joining *it, prom_arena *arena, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    const prom_market_job *job = it->merging->job;
    struct prom_batch_output output = {.of = it->merging->kind};
    prom_arena_init(&scratch, 2 * PROM_PAYLOAD_MAX);
    PROM_TRY(prom_batch_load_part(&scratch, &output, it->merging->folder, &job->parts[job->part_count - 1], error));
    for (size_t i = it->parts; i + 1 < 2 * (size_t)it->parts; i++) {
        it->nodes[i] = output.results[i];
        PROM_TRY(copy_bytes(arena, &it->nodes[i].bytes, output.results[i].bytes, error));
    }
    return prom_ok();
}

static bool all_are_good(const struct joining *it)
{
    bool good = true;
    for (size_t i = 0; i < it->parts; i++) {
        good = good && it->nodes[i].status == PROM_NODE_OK;
    }
    return good;
}

/* More folds than our own node was to compute are not computed for a result that there is not. */
static prom_result join_by(const struct joining *it, prom_joiner joiner, prom_arena *arena, prom_error *error)
{
    const bool few = it->parts - 1 <= it->merging->job->order.joining.own_folds;
    if (joiner == PROM_JOINER_CONTRACT) {
        return take_joined(it, arena, error);
    }
    if (joiner == PROM_JOINER_OWN && (few || all_are_good(it))) {
        return join(it, arena, error);
    }
    for (size_t i = it->parts; i + 1 < 2 * (size_t)it->parts; i++) {
        it->nodes[i] = (prom_node_result){.status = PROM_NODE_OPERAND};
    }
    return prom_ok();
}

/* -- Merging -- */

/* Where results go to: items, the parts' own folds, and what joins these. */
struct places {
    prom_node_result *nodes;
    size_t item;
    size_t fold;
    prom_node_result *last; /* of each part */
    uint32_t parts;
};

static prom_result place_part(struct places *places, prom_arena *arena, const struct prom_batch_merging *merging,
                              const prom_job_part *part, prom_error *error)
{
    struct prom_batch_output output = {.of = merging->kind};
    const uint32_t count = prom_module_nodes(part->items, merging->kind.folds);
    PROM_TRY(prom_batch_load_part(arena, &output, merging->folder, part, error));
    for (uint32_t i = 0; i < count; i++) {
        places->nodes[i < part->items ? places->item++ : places->fold++] = output.results[i];
    }
    places->last[places->parts++] = output.results[count - 1];
    return prom_ok();
}

static prom_result place_joints(struct places *places, prom_arena *arena, const struct prom_batch_merging *merging,
                                prom_error *error)
{
    const struct joining joining = {.merging = merging, .nodes = places->last, .parts = places->parts};
    if (!merging->kind.folds || places->parts == 1) {
        return prom_ok();
    }
    PROM_TRY(join_by(&joining, prom_market_job_joiner(merging->job), arena, error));
    for (size_t i = 0; i + 1 < places->parts; i++) {
        places->nodes[places->fold++] = places->last[places->parts + i];
    }
    return prom_ok();
}

prom_result prom_batch_module_merge(prom_arena *arena, prom_span *bytes, const struct prom_batch_merging *merging,
                                    prom_error *error)
{
    const prom_market_job *job = merging->job;
    const uint32_t count = prom_module_nodes(merging->items, merging->kind.folds);
    const size_t parts = prom_market_job_batch_parts(job);
    struct places places = {.fold = merging->items};
    PROM_TRY_NEW(places.nodes, arena, count, error);
    PROM_TRY_NEW(places.last, arena, 2 * parts, error);
    for (size_t i = 0; i < parts; i++) {
        if (job->parts[i].state == PROM_PART_DONE) {
            PROM_TRY(place_part(&places, arena, merging, &job->parts[i], error));
        }
    }
    PROM_TRY(place_joints(&places, arena, merging, error));
    return prom_results_write(arena, bytes, places.nodes, count, error);
}
