#include "trade/sketch.h"

#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "node/deal.h"
#include "node/guest.h"
#include "node/survey.h"
#include "prometheus/contract/draw.h"

#define OFFERS_BYTES ((size_t)1 << 26) /* memory for all offers that an index may hold */

enum {
    FAILURES_MAX = 3,
    SEARCH_BLOCKS = 144, /* a day */
    QUEUE_SPARE = 6,     /* blocks beyond the longest setup */
};

prom_job_request prom_job_request_empty(void)
{
    const prom_amount none = prom_amount_of(PROM_AMOUNT_MAX);
    return (prom_job_request){
        .caps = {.contract = none, .job = none, .day = none, .peer = none, .fees = none, .fees_share = 10000},
        .wishes = {.reward = prom_amount_invalid(), .retainer = prom_amount_invalid()}};
}

/* -- P -- */

static bool is_old_enough(const prom_node *node, const prom_index_record *P)
{
    const prom_chain_parameters *network = prom_node_network(node);
    return P->height + network->offer_age + network->snapshot_depth.low <= prom_node_tip(node);
}

/* What the owner's limits say against a P, whatever the job. */
static prom_result check_limits(const prom_node *node, const prom_index_record *P, prom_error *error)
{
    const prom_channel_config *config = prom_node_config(node);
    prom_terms_limits limits = config->limits;
    const prom_terms terms = {.P = P->P, .c = prom_amount_of(1), .retainer = prom_amount_zero()};
    limits.payload_bytes = UINT64_MAX;
    limits.package_bytes = UINT64_MAX;
    return prom_terms_check_limits(prom_node_curve(node), &terms, &limits, error);
}

static prom_result find_named(const prom_node *node, const prom_bytes32 *txid, const prom_index_record **P,
                              prom_error *error)
{
    char hex[PROM_HEX32];
    *P = prom_index_find(prom_node_index(node), PROM_INDEX_P, txid);
    if (*P == NULL || !is_old_enough(node, *P)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the contract P %s is not on this node's chain, or not deep enough in it yet",
                         prom_hex32_reversed(hex, txid));
    }
    return prom_within(check_limits(node, *P, error), error, "the contract P %s is none that prom.conf allows",
                       prom_hex32_reversed(hex, txid));
}

/* Counts those that suit, and gives the last one; `known`: of which arbiters are known. */
static size_t count_suitable(const prom_node *node, const prom_index_record **P, bool known)
{
    const prom_index *index = prom_node_index(node);
    const prom_index_record *at = NULL;
    size_t count = 0;
    while ((at = prom_index_next(index, at, PROM_INDEX_P, NULL)) != NULL) {
        if (is_old_enough(node, at) && prom_is_ok(check_limits(node, at, NULL)) &&
            (!known || prom_amount_is_valid(prom_node_retainer(node, &at->txid)))) {
            *P = at;
            count++;
        }
    }
    return count;
}

/* The only one that suits and that arbiters are known of, or the only one at all: between several the owner chooses. */
static prom_result find_only(const prom_node *node, const prom_index_record **P, prom_error *error)
{
    *P = NULL;
    const size_t known = count_suitable(node, P, true);
    const size_t count = known > 0 ? known : count_suitable(node, P, false);
    if (count == 1) {
        return prom_ok();
    }
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                     count == 0 ? "no contract P on this chain suits prom.conf: 'prom contract list' shows them all"
                                : "%zu contracts P suit: name one by --contract ('prom contract list' shows them)",
                     count);
}

/* -- The rest of the terms -- */

prom_result prom_sketch_count_offers(const prom_node *node, prom_arena *arena, size_t *count,
                                     const prom_bytes32 *p_txid, prom_error *error)
{
    const prom_offer_query query = {.p_txid = p_txid, .snapshot = prom_node_tip(node)};
    const prom_index_record *const *counted = NULL;
    *count = 0;
    const prom_result found = prom_index_counted(prom_node_index(node), arena, &counted, count, &query, error);
    return found.category == PROM_CATEGORY_BAD_INPUT ? prom_ok() : found; /* that is a P which is too young for any */
}

/* Whoever knows too few arbiters may know more in some seconds, but offers come with blocks. */
static prom_result check_offers(const prom_node *node, const prom_index_record *P, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    size_t count = 0;
    prom_arena_init(&arena, OFFERS_BYTES);
    PROM_TRY(prom_sketch_count_offers(node, &arena, &count, &P->txid, error));
    return count >= P->P.n ? prom_ok()
                           : prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                                       "a contract needs %u arbiters, and the chain has %zu offers of that contract P "
                                       "that count in a draw: wait for new ones, or take another P (--contract)",
                                       (unsigned)P->P.n, count);
}

static prom_result no_retainer(const prom_node *node, const prom_index_record *P, prom_error *error)
{
    const prom_amount most = prom_node_config(node)->retainer_max;
    const prom_bytes32 *p_txid = &P->txid;
    char shown[PROM_AMOUNT_TEXT];
    PROM_TRY(check_offers(node, P, error));
    if (!prom_node_knows_arbiters(node, p_txid, 1)) {
        return prom_fail(error, PROM_CATEGORY_PEER,
                         "no arbiter of that contract P is known yet: they are looked for now, where `discovery` in "
                         "prom.conf is on: ask again in some seconds, or name a retainer (--retainer)");
    }
    return prom_amount_is_zero(most)
               ? prom_fail(error, PROM_CATEGORY_PEER,
                           "all arbiters of that contract P that are known ask for more than it leaves room for: ask "
                           "again when there may be others, or take another P (--contract)")
               : prom_fail(error, PROM_CATEGORY_PEER,
                           "all arbiters of that contract P that are known ask for more than %s sat, the "
                           "`retainer_max` of prom.conf: raise that, or ask again when there may be others",
                           prom_amount_text(shown, most));
}

static prom_result find_price_of_chain(const prom_node *node, prom_order_wishes *wishes, const prom_index_record *P,
                                       prom_error *error)
{
    if (!prom_amount_is_valid(wishes->retainer)) {
        wishes->retainer = prom_node_retainer(node, &P->txid);
    }
    if (!prom_amount_is_valid(wishes->retainer)) {
        return no_retainer(node, P, error);
    }
    wishes->feerate = wishes->feerate != 0 ? wishes->feerate : prom_node_feerate(node);
    return wishes->feerate >= 1 && wishes->feerate <= PROM_FEERATE_MAX
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                           wishes->feerate == 0 ? "what blocks ask for is not known yet, as on a chain of one's own: "
                                                  "give a feerate (--feerate)"
                                                : "a feerate is at most %u sat/vB",
                           PROM_FEERATE_MAX);
}

prom_result prom_sketch_terms(prom_terms *terms, const prom_node *node, const prom_order *order,
                              const prom_order_wishes *wishes, prom_error *error)
{
    const prom_index_record *P = prom_index_find(prom_node_index(node), PROM_INDEX_P, &order->p_txid);
    const prom_channel_config *config = prom_node_config(node);
    if (P == NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the job's contract P is not on this node's chain");
    }
    *terms = (prom_terms){.genesis = config->genesis,
                          .signet_challenge = prom_signet_challenge(config->signet_challenge),
                          .p_txid = order->p_txid,
                          .P = P->P,
                          .c = prom_amount_zero(),
                          .retainer = wishes->retainer,
                          .frost_revision = PROM_FROST_REVISION,
                          .dkg_revision = PROM_DKG_REVISION,
                          .feerate = wishes->feerate};
    return prom_ok();
}

/* -- The whole -- */

static void set_clocks(prom_order *order, const prom_node *node, const prom_parameters *P)
{
    const prom_chain_parameters *network = prom_node_network(node);
    order->failures_max = FAILURES_MAX;
    order->search_blocks = SEARCH_BLOCKS;
    order->clocks[PROM_ATTEMPT_QUEUE] = network->setup_time.high + QUEUE_SPARE;
    order->clocks[PROM_ATTEMPT_TRANSFER] = network->safety_margin;
    order->clocks[PROM_ATTEMPT_COMPUTE] = P->t1;
    order->clocks[PROM_ATTEMPT_PROOF] = P->t1;
    order->clocks[PROM_ATTEMPT_VERDICT] = P->t2;
}

static prom_result check_key(const prom_node *node, const prom_bytes32 *key, prom_error *error)
{
    char hex[PROM_HEX32];
    return prom_public_key_valid(prom_node_curve(node), key)
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                           "%s is the key of no node, as there is no such public key: 'prom peers' shows a node's",
                           prom_hex32(hex, key));
}

static prom_result check_nodes(const prom_node *node, const prom_job_request *request, prom_error *error)
{
    const bool named = request->verifier == PROM_VERIFIER_KEY;
    for (size_t i = 0; i < request->wishes.worker_count; i++) {
        PROM_TRY(prom_within(check_key(node, &request->wishes.workers[i].key, error), error, "worker %zu", i + 1));
    }
    PROM_TRY(named ? prom_within(check_key(node, &request->verifier_key, error), error, "verifier") : prom_ok());
    return named && prom_bytes32_equal(&request->verifier_key, prom_node_key(node))
               ? prom_fail(error, PROM_CATEGORY_BAD_INPUT, "that is this node's own key: say --verifier self")
               : prom_ok();
}

prom_result prom_sketch_check(const prom_node *node, const prom_job_request *request, prom_error *error)
{
    if ((prom_node_roles(node) & PROM_ROLE_BIT(PROM_ROLE_CLIENT)) == 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "this node is no client: its owner has not switched that role on (`roles` in prom.conf)");
    }
    PROM_TRY(prom_node_check_ready(node, error));
    return check_nodes(node, request, error);
}

prom_result prom_sketch_make(prom_sketch *sketch, prom_node *node, const prom_batch_job *batch,
                             const prom_job_request *request, prom_error *error)
{
    const prom_index_record *P = NULL;
    memset(sketch, 0, sizeof *sketch);
    PROM_TRY(prom_sketch_check(node, request, error));
    sketch->batch = *batch;
    PROM_TRY(request->has_p ? find_named(node, &request->p_txid, &P, error) : find_only(node, &P, error));
    sketch->order.p_txid = P->txid;
    sketch->wishes = request->wishes;
    PROM_TRY(find_price_of_chain(node, &sketch->wishes, P, error));
    const uint16_t usual = batch->work.program.module != NULL       ? PROM_SCHEME_REPLAY_MODULE
                           : P->P.varsigma == PROM_BASIS_POINTS_ONE ? PROM_SCHEME_SUMCHECK
                                                                    : PROM_SCHEME_REPLAY;
    sketch->order = (prom_order){.p_txid = P->txid,
                                 .program_digest = sketch->batch.program_digest,
                                 .input_hash = sketch->batch.input_hash,
                                 .scheme = request->scheme != 0 ? request->scheme : usual,
                                 .items = sketch->batch.work.items,
                                 .verifier = request->verifier,
                                 .verifier_key = request->verifier_key,
                                 .caps = request->caps};
    set_clocks(&sketch->order, node, &P->P);
    return prom_sketch_terms(&sketch->terms, node, &sketch->order, &sketch->wishes, error);
}

/* -- What is joined -- */

static prom_result check_results(const prom_work_batch *work, prom_error *error)
{
    char bytes[PROM_UNITS];
    const uint64_t most = prom_work_results_bytes(work);
    return most <= PROM_BATCH_OUTPUT_MAX
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                           "the results of all %u items may have %s, and 2 GiB can be put together: order the batch in "
                           "pieces%s",
                           (unsigned)work->items, prom_units_bytes(bytes, most),
                           work->program.module != NULL ? ", or let the program allow shorter results" : "");
}

static prom_result check_wish(const prom_joining *joining, const prom_job_request *request, prom_error *error)
{
    const prom_order_wishes *wishes = &request->wishes;
    const uint32_t parts = wishes->parts_min > wishes->workers_min ? wishes->parts_min : wishes->workers_min;
    const uint32_t fewest = parts > 2 ? parts : 2;
    if (request->join == PROM_JOIN_WISH_NONE) {
        return prom_ok();
    }
    if (!joining->folds) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the program does not fold, so its parts are not joined: leave --reduce out");
    }
    if (request->join == PROM_JOIN_WISH_CONTRACT && fewest > joining->parts_max) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "no contract can join the results of %u parts, which may have more than 1 GiB with those of "
                         "its folds: take %s, --reduce own, or a program that allows shorter results of folds",
                         (unsigned)fewest, fewest > 2 ? "fewer parts" : "one part");
    }
    return prom_ok();
}

prom_result prom_sketch_join(prom_sketch *sketch, const prom_job_request *request, const prom_machine *machine,
                             prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    const prom_work_batch *work = &sketch->batch.work;
    prom_joining *joining = &sketch->order.joining;
    prom_arena_init(&arena, OFFERS_BYTES);
    PROM_TRY(check_results(work, error));
    PROM_TRY(prom_joining_find(&arena, joining, &work->program, request->join, machine, error));
    return check_wish(joining, request, error);
}
