#include "trade/batch_module.h"

#include "prometheus/crypto/hash.h"
#include "system/file.h"

/* -- What it is -- */

enum { HEAD = 8, FOLDS = 7 /* the byte of a manifest that says whether it folds */ };

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
    kind->folds = kind->module && head.length == HEAD && head.data[FOLDS] == 1;
    return prom_ok();
}

/* -- Parts -- */

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
    *named = (prom_job){.scheme = PROM_SCHEME_REPLAY_MODULE,
                        .program_digest = module.digest,
                        .program_bytes = bytes->program.length,
                        .input_bytes = bytes->input.length,
                        .items = prom_module_nodes(items, module.limits.folds)};
    prom_sha256(&named->input_hash, bytes->input);
    return prom_ok();
}

/* -- Joining what parts have folded -- */

struct joining {
    const struct prom_batch_merging *merging;
    prom_runner_session *session;
    prom_node_result *nodes; /* the parts' last ones, and behind them the folds that join them */
    uint32_t parts;
};

/* One after another: there are fewer than parts. */
static prom_result join_all(const struct joining *it, prom_arena *arena, prom_error *error)
{
    const prom_runner *runner = it->merging->runner;
    const prom_module_fold *folds = NULL;
    PROM_TRY(prom_module_folds(arena, &folds, it->parts, error));
    for (size_t i = 0; i + 1 < it->parts; i++) {
        const prom_node_result *left = &it->nodes[folds[i].left];
        const prom_node_result *right = &it->nodes[folds[i].right];
        const prom_module_call call = {true, left->bytes, right->bytes};
        if (left->status != PROM_NODE_OK || right->status != PROM_NODE_OK) {
            it->nodes[it->parts + i] = (prom_node_result){.status = PROM_NODE_OPERAND};
            continue;
        }
        PROM_TRY(runner->run(it->session, arena, &it->nodes[it->parts + i], &call, 1, it->merging->progress, error));
    }
    return prom_ok();
}

static prom_result join(struct joining *it, prom_arena *arena, prom_error *error)
{
    const prom_runner *runner = it->merging->runner;
    prom_module module;
    prom_span program;
    char path[PATH_MAX];
    if (runner == NULL) {
        return prom_fail(error, PROM_CATEGORY_IO,
                         "what the parts have folded is to be joined, and this node runs no "
                         "modules any more: `wasm_program` in prom.conf says what it needs");
    }
    PROM_TRY(prom_batch_path(path, it->merging->folder, PROM_BATCH_PROGRAM, error));
    PROM_TRY(prom_file_load(arena, &program, path, PROM_PAYLOAD_MAX, error));
    PROM_TRY(prom_module_read(&module, program, error));
    PROM_TRY(runner->open(runner, &it->session, &module, it->merging->progress, error));
    const prom_result joined = join_all(it, arena, error);
    runner->close(it->session);
    return joined;
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
    struct joining joining = {.merging = merging, .nodes = places->last, .parts = places->parts};
    if (!merging->kind.folds || places->parts == 1) {
        return prom_ok();
    }
    PROM_TRY(join(&joining, arena, error));
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
    struct places places = {.fold = merging->items};
    PROM_TRY_NEW(places.nodes, arena, count, error);
    PROM_TRY_NEW(places.last, arena, 2 * job->part_count, error);
    for (size_t i = 0; i < job->part_count; i++) {
        if (job->parts[i].state == PROM_PART_DONE) {
            PROM_TRY(place_part(&places, arena, merging, &job->parts[i], error));
        }
    }
    PROM_TRY(place_joints(&places, arena, merging, error));
    return prom_results_write(arena, bytes, places.nodes, count, error);
}
