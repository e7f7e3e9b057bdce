/* What a worker that lies computes of a module, commits to, and opens. Each lie is one entry of a table. */
#include <string.h>

#include "liar/liar.h"
#include "prometheus/crypto/merkle.h"
#include "prometheus/scheme/delivery.h"
#include "scheme/mapping.h"
#include "scheme/replay_module.h"

prom_result __real_prom_mapping_run(const prom_mapping_session *session, prom_arena *arena, prom_node_result *results,
                                    const prom_module_call *calls, size_t count, const prom_progress *progress,
                                    prom_error *error);
prom_result __wrap_prom_mapping_run(const prom_mapping_session *session, prom_arena *arena, prom_node_result *results,
                                    const prom_module_call *calls, size_t count, const prom_progress *progress,
                                    prom_error *error);
prom_result __real_prom_replay_module_deliver(prom_arena *arena, prom_delivery *delivery, prom_bytes32 *root,
                                              const prom_scheme_job *job, const prom_progress *progress,
                                              prom_error *error);
prom_result __wrap_prom_replay_module_deliver(prom_arena *arena, prom_delivery *delivery, prom_bytes32 *root,
                                              const prom_scheme_job *job, const prom_progress *progress,
                                              prom_error *error);
prom_result __real_prom_replay_module_open_sample(prom_arena *arena, prom_span *proof, const prom_scheme_job *job,
                                                  prom_span output, const prom_sample *sample, prom_error *error);
prom_result __wrap_prom_replay_module_open_sample(prom_arena *arena, prom_span *proof, const prom_scheme_job *job,
                                                  prom_span output, const prom_sample *sample, prom_error *error);
prom_result __real_prom_merkle_open(prom_arena *arena, prom_span *opening, const prom_bytes32 *leaves, size_t count,
                                    const size_t *positions, size_t position_count, prom_error *error);
prom_result __wrap_prom_merkle_open(prom_arena *arena, prom_span *opening, const prom_bytes32 *leaves, size_t count,
                                    const size_t *positions, size_t position_count, prom_error *error);
prom_result __real_prom_delivery_sample(const prom_delivery_context *context, prom_arena *arena, prom_sample *sample,
                                        prom_span package_a, const prom_bytes32 *block, prom_error *error);
prom_result __wrap_prom_delivery_sample(const prom_delivery_context *context, prom_arena *arena, prom_sample *sample,
                                        prom_span package_a, const prom_bytes32 *block, prom_error *error);
prom_result __real_prom_delivery_seal_openings(const prom_delivery_context *context, prom_arena *arena,
                                               prom_span *bytes, prom_span openings, const prom_bytes32 *block,
                                               const prom_delivery_secrets *secrets, prom_error *error);
prom_result __wrap_prom_delivery_seal_openings(const prom_delivery_context *context, prom_arena *arena,
                                               prom_span *bytes, prom_span openings, const prom_bytes32 *block,
                                               const prom_delivery_secrets *secrets, prom_error *error);

/* The job that this thread delivers or opens, NULL where it does neither: whoever checks computes without lies. */
static _Thread_local const prom_scheme_job *worked_on;

static bool lies_about(const prom_scheme_job *job, const char *lie)
{
    return job != NULL && liar_lies(lie, NULL, &job->named);
}

/* -- Results, before anything follows from them -- */

/* Which result of a run is lied about: the first of an item, or of a fold, with that status. */
struct about {
    bool fold;
    prom_node_status status;
};

static prom_result other_bytes(prom_arena *arena, prom_node_result *result, prom_error *error)
{
    return liar_change(arena, &result->bytes, 0, error);
}

static prom_result good_result(prom_arena *arena, prom_node_result *result, prom_error *error)
{
    (void)arena;
    (void)error;
    *result = (prom_node_result){
        .status = PROM_NODE_OK, .fuel = 1, .bytes = prom_span_of((const uint8_t *)"1 1\n", sizeof "1 1\n" - 1)};
    return prom_ok();
}

static const struct {
    const char *lie;
    struct about about;
    prom_result (*change)(prom_arena *arena, prom_node_result *result, prom_error *error);
} changes[] = {
    {"ok", {false, PROM_NODE_TRAP}, good_result},
    {"fold", {true, PROM_NODE_OK}, other_bytes},
};

enum { CHANGES = sizeof changes / sizeof changes[0] };

static _Thread_local bool changed[CHANGES]; /* of the job that is worked on */

static prom_result change_one(prom_arena *arena, prom_node_result *results, const prom_module_call *calls, size_t count,
                              size_t which, prom_error *error)
{
    const struct about *about = &changes[which].about;
    for (size_t i = 0; i < count && !changed[which]; i++) {
        if (calls[i].fold == about->fold && results[i].status == about->status) {
            changed[which] = true;
            liar_tell(changes[which].lie, &worked_on->named.input_hash);
            PROM_TRY(changes[which].change(arena, &results[i], error));
        }
    }
    return prom_ok();
}

prom_result __wrap_prom_mapping_run(const prom_mapping_session *session, prom_arena *arena, prom_node_result *results,
                                    const prom_module_call *calls, size_t count, const prom_progress *progress,
                                    prom_error *error)
{
    PROM_TRY(__real_prom_mapping_run(session, arena, results, calls, count, progress, error));
    for (size_t which = 0; which < CHANGES; which++) {
        if (lies_about(worked_on, changes[which].lie)) {
            PROM_TRY(change_one(arena, results, calls, count, which, error));
        }
    }
    return prom_ok();
}

/* -- An output that is not what the root commits to -- */

enum { NODES = 4, NODE = 1 + 1 + 8 + 4 /* docs/programs.md, Results: in front of the bytes of all */ };

prom_result __wrap_prom_replay_module_deliver(prom_arena *arena, prom_delivery *delivery, prom_bytes32 *root,
                                              const prom_scheme_job *job, const prom_progress *progress,
                                              prom_error *error)
{
    memset(changed, 0, sizeof changed);
    worked_on = job;
    prom_result result = __real_prom_replay_module_deliver(arena, delivery, root, job, progress, error);
    worked_on = NULL;
    if (prom_is_ok(result) && lies_about(job, "operand")) {
        liar_tell("operand", &job->named.input_hash);
        result = liar_change(arena, &delivery->output, NODES + (size_t)NODE * job->named.items, error);
    }
    return result;
}

/* -- Openings -- */

/* The first node that was not drawn in place of the first that was. */
static prom_result other_sample(prom_arena *arena, prom_sample *sample, uint32_t nodes, prom_error *error)
{
    size_t *positions = NULL;
    size_t count = 0;
    size_t missing = 0;
    while (missing < sample->count && sample->positions[missing] == missing) {
        missing++;
    }
    if (missing == nodes) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "all nodes are drawn: there is no other sample");
    }
    PROM_TRY_NEW(positions, arena, sample->count, error);
    for (size_t node = 0; node < nodes; node++) {
        bool drawn = node == missing;
        for (size_t i = 1; i < sample->count; i++) {
            drawn = drawn || sample->positions[i] == node;
        }
        if (drawn) {
            positions[count++] = node;
        }
    }
    sample->positions = positions;
    return prom_ok();
}

prom_result __wrap_prom_replay_module_open_sample(prom_arena *arena, prom_span *proof, const prom_scheme_job *job,
                                                  prom_span output, const prom_sample *sample, prom_error *error)
{
    prom_sample its = *sample;
    if (lies_about(job, "sample")) {
        liar_tell("sample", &job->named.input_hash);
        PROM_TRY(other_sample(arena, &its, job->named.items, error));
    }
    worked_on = job;
    const prom_result result = __real_prom_replay_module_open_sample(arena, proof, job, output, &its, error);
    worked_on = NULL;
    return result;
}

prom_result __wrap_prom_merkle_open(prom_arena *arena, prom_span *opening, const prom_bytes32 *leaves, size_t count,
                                    const size_t *positions, size_t position_count, prom_error *error)
{
    const size_t left_out = lies_about(worked_on, "unopened") ? 1 : 0;
    if (left_out > 0) {
        liar_tell("unopened", &worked_on->named.input_hash);
    }
    return __real_prom_merkle_open(arena, opening, leaves, count, positions + left_out, position_count - left_out,
                                   error);
}

/* -- The block that draws -- */

/* One that nobody has mined, in place of that which the notice names. */
static prom_bytes32 made_up(const prom_delivery_context *context, const prom_bytes32 *block)
{
    prom_bytes32 its = *block;
    if (liar_lies("made-up", context->contract_id, &context->terms->job)) {
        its.bytes[0] ^= 1;
    }
    return its;
}

prom_result __wrap_prom_delivery_sample(const prom_delivery_context *context, prom_arena *arena, prom_sample *sample,
                                        prom_span package_a, const prom_bytes32 *block, prom_error *error)
{
    const prom_bytes32 its = made_up(context, block);
    return __real_prom_delivery_sample(context, arena, sample, package_a, &its, error);
}

prom_result __wrap_prom_delivery_seal_openings(const prom_delivery_context *context, prom_arena *arena,
                                               prom_span *bytes, prom_span openings, const prom_bytes32 *block,
                                               const prom_delivery_secrets *secrets, prom_error *error)
{
    const prom_bytes32 its = made_up(context, block);
    if (!prom_bytes32_equal(&its, block)) {
        liar_tell("made-up", context->contract_id);
    }
    return __real_prom_delivery_seal_openings(context, arena, bytes, openings, &its, secrets, error);
}
