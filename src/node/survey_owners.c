/* Who may own the offers of a survey. */
#include <stdlib.h>
#include <string.h>

#include "chain/chain.h"
#include "node/state.h"
#include "node/survey.h"
#include "prometheus/contract/draw.h"
#include "system/clock.h"

enum { INPUTS_MAX = 64 }; /* of an offer's transaction that are looked at */

/* Something that an offer's transaction has to do with: itself, and those that it is paid out of. */
struct trace {
    prom_bytes32 txid;
    size_t offer;
};

struct traces {
    struct trace *list;
    size_t count;
};

static int compare_traces(const void *a, const void *b)
{
    const struct trace *one = a;
    const struct trace *other = b;
    const int order = prom_bytes32_compare_vartime(&one->txid, &other->txid);
    return order != 0 ? order : (one->offer > other->offer) - (one->offer < other->offer);
}

static prom_result find_traces(const prom_survey *survey, prom_arena *arena, struct traces *traces,
                               prom_survey_find find, void *context, prom_error *error)
{
    PROM_TRY_NEW(traces->list, arena, survey->offer_count * (INPUTS_MAX + 1), error);
    traces->count = 0;
    for (size_t i = 0; i < survey->offer_count; i++) {
        PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
        const prom_survey_offer *offer = &survey->offers[i];
        const prom_tx *tx = NULL;
        prom_arena_init(&scratch, PROM_NODE_STEP_MEMORY);
        PROM_TRY(find(context, &scratch, &tx, offer->height, &offer->txid, error));
        traces->list[traces->count++] = (struct trace){offer->txid, i};
        for (size_t j = 0; tx != NULL && j < tx->input_count && j < INPUTS_MAX; j++) {
            traces->list[traces->count++] = (struct trace){tx->inputs[j].outpoint.txid, i};
        }
    }
    if (traces->count > 0) {
        qsort(traces->list, traces->count, sizeof *traces->list, compare_traces);
    }
    return prom_ok();
}

/* The first offer of those that belong together: it has its own number. */
static size_t first_of(prom_survey *survey, size_t offer)
{
    while (survey->offers[offer].owner != offer) {
        survey->offers[offer].owner = survey->offers[survey->offers[offer].owner].owner; /* the way gets shorter */
        offer = survey->offers[offer].owner;
    }
    return offer;
}

static void bring_together(prom_survey *survey, size_t a, size_t b)
{
    const size_t one = first_of(survey, a);
    const size_t other = first_of(survey, b);
    survey->offers[one > other ? one : other].owner = one > other ? other : one;
}

static prom_result count_owners(prom_survey *survey, prom_arena *arena, prom_error *error)
{
    size_t *owned = NULL;
    PROM_TRY_NEW(owned, arena, survey->offer_count, error);
    survey->owners = survey->largest = 0;
    for (size_t i = 0; i < survey->offer_count; i++) {
        const size_t owner = survey->offers[i].owner = first_of(survey, i);
        if (survey->offers[i].counts) {
            survey->owners += owned[owner]++ == 0;
            survey->largest = owned[owner] > survey->largest ? owned[owner] : survey->largest;
        }
    }
    return prom_ok();
}

prom_result prom_survey_owners(prom_survey *survey, prom_arena *arena, prom_survey_find find, void *context,
                               prom_error *error)
{
    const prom_parameters *P = &survey->sum.P;
    struct traces traces;
    for (size_t i = 0; i < survey->offer_count; i++) {
        survey->offers[i].owner = i;
    }
    PROM_TRY(find_traces(survey, arena, &traces, find, context, error));
    for (size_t i = 1; i < traces.count; i++) {
        if (prom_bytes32_equal(&traces.list[i - 1].txid, &traces.list[i].txid)) {
            bring_together(survey, traces.list[i - 1].offer, traces.list[i].offer);
        }
    }
    PROM_TRY(count_owners(survey, arena, error));
    survey->largest_quorum = survey->sum.counted < P->n ? 0
                                                        : prom_pool_chance(P->n, prom_parameters_quorum(P),
                                                                           survey->largest, survey->sum.counted);
    return prom_ok();
}

/* -- In bitcoind's blocks -- */

static prom_result read_block(prom_survey_chain *chain, uint32_t height, prom_error *error)
{
    prom_bytes32 hash;
    prom_span bytes;
    chain->height = 0;
    prom_arena_free(&chain->block);
    prom_arena_init(&chain->block, (size_t)256 << 20); /* prom_index_block_read */
    PROM_TRY(prom_chain_block_hash(chain->rpc, &hash, height, error));
    PROM_TRY(prom_chain_block(chain->rpc, &chain->block, &bytes, &hash, error));
    PROM_TRY(prom_index_block_read(&chain->block, &chain->read, bytes, height, error));
    chain->height = height;
    return prom_ok();
}

prom_result prom_survey_find_in_chain(void *context, prom_arena *arena, const prom_tx **tx, uint32_t height,
                                      const prom_bytes32 *txid, prom_error *error)
{
    prom_survey_chain *chain = context;
    *tx = NULL;
    PROM_TRY(chain->height == height ? prom_ok() : read_block(chain, height, error));
    for (size_t i = 0; i < chain->read.tx_count && *tx == NULL; i++) {
        PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
        prom_bytes32 its;
        prom_arena_init(&scratch, PROM_NODE_STEP_MEMORY);
        PROM_TRY(prom_tx_id(&scratch, &its, chain->read.txs[i], error));
        *tx = prom_bytes32_equal(&its, txid) ? chain->read.txs[i] : NULL;
    }
    (void)arena; /* it lies in the block, until another one is read */
    return prom_ok();
}

void prom_survey_chain_end(prom_survey_chain *chain)
{
    prom_arena_free(&chain->block);
    chain->height = 0;
}

/* -- In a node that runs -- */

struct limited {
    prom_survey_chain chain;
    int64_t until;
};

static prom_result find_in_time(void *context, prom_arena *arena, const prom_tx **tx, uint32_t height,
                                const prom_bytes32 *txid, prom_error *error)
{
    struct limited *limited = context;
    const int64_t left = limited->until - prom_clock_milliseconds();
    if (left <= 0) {
        return prom_fail(error, PROM_CATEGORY_IO, "bitcoind takes too long to give the offers' blocks");
    }
    prom_rpc_set_timeout(limited->chain.rpc, left);
    return prom_survey_find_in_chain(&limited->chain, arena, tx, height, txid, error);
}

prom_result prom_node_survey_owners(const prom_node *node, prom_arena *arena, prom_survey *survey, prom_error *error)
{
    struct limited limited = {.until = prom_clock_milliseconds() + PROM_SURVEY_OWNERS_MS};
    PROM_TRY(prom_rpc_new(&limited.chain.rpc, node->rpc_url, node->cookie_file, error));
    const prom_result found = prom_survey_owners(survey, arena, find_in_time, &limited, error);
    prom_survey_chain_end(&limited.chain);
    prom_rpc_free(limited.chain.rpc);
    return found;
}
