#include "node/survey.h"

#include <stdlib.h>
#include <string.h>

#include "node/state.h"
#include "prometheus/contract/draw.h"

const prom_index *prom_node_index(const prom_node *node)
{
    return node->fold->index;
}

const char *prom_offer_fate_name(prom_offer_fate fate)
{
    switch (fate) {
    case PROM_OFFER_UNSPENT:
        return "unspent";
    case PROM_OFFER_ENGAGED:
        return "engaged";
    case PROM_OFFER_WITHDRAWN:
        return "withdrawn";
    }
    return "unknown";
}

prom_chain_record prom_node_chain_record(const prom_node *node, const prom_bytes32 *key)
{
    return prom_chain_record_of(node->fold->index, node->announced, node->announced_count, key);
}

const prom_announcement *prom_node_announcement_of(const prom_node *node, const prom_bytes32 *offer)
{
    for (size_t i = 0; i < node->announced_count; i++) {
        if (prom_bytes32_compare_vartime(&node->announced[i].offer.txid, offer) == 0) {
            return &node->announced[i];
        }
    }
    return NULL;
}

static uint32_t tip_of(const prom_index *index)
{
    return prom_index_next_height(index) - 1;
}

/* -- Sums -- */

static void begin_sum(prom_survey_sum *sum, const prom_index_record *P)
{
    *sum = (prom_survey_sum){.txid = P->txid, .height = P->height, .P = P->P, .locked = prom_amount_zero()};
    sum->endings.locked = prom_amount_zero();
    sum->endings.deposits = prom_amount_zero();
    sum->endings.paid = prom_amount_zero();
}

static void add_offer(prom_survey_sum *sum, const prom_index_record *offer, bool counts)
{
    switch (offer->offer.fate) {
    case PROM_OFFER_UNSPENT:
        sum->counted += counts;
        sum->waiting += !counts;
        sum->locked = prom_amount_add(sum->locked, offer->offer.value);
        return;
    case PROM_OFFER_ENGAGED:
        sum->engaged++;
        return;
    case PROM_OFFER_WITHDRAWN:
        sum->withdrawn++;
        return;
    }
}

/* What its deposits are in now tells how a contract stands: its Tx0, TxV0 or TxA. */
static void add_contract(prom_survey_sum *sum, const prom_index *index, const prom_index_record *tx0)
{
    prom_survey_endings *endings = &sum->endings;
    const prom_index_record *last = prom_index_last_lock(index, tx0);
    const prom_branch *branch = prom_index_way_branch(last->lock.way);
    sum->contracts++;
    sum->last_contract = tx0->height;
    endings->deposits = prom_amount_add(endings->deposits, tx0->lock.value);
    if (last->lock.way != 0) {
        endings->schemes[branch != NULL ? branch->scheme : 0]++;
        endings->paid = prom_amount_add(endings->paid, last->lock.reward);
        return;
    }
    endings->open++;
    endings->accused += last->kind == PROM_INDEX_TXV0;
    endings->appealed += last->kind == PROM_INDEX_TXA;
    endings->locked = prom_amount_add(endings->locked, last->lock.value);
}

/* -- All of them -- */

static int compare_sums(const void *a, const void *b)
{
    const prom_survey_sum *const *one = a;
    const prom_survey_sum *const *other = b;
    return prom_bytes32_compare_vartime(&(*one)->txid, &(*other)->txid);
}

static prom_survey_sum *find_sum(prom_survey_sum **sorted, size_t count, const prom_bytes32 *txid)
{
    const prom_survey_sum wanted = {.txid = *txid};
    const prom_survey_sum *key = &wanted;
    prom_survey_sum **found = count == 0 ? NULL : bsearch(&key, sorted, count, sizeof *sorted, compare_sums);
    return found != NULL ? *found : NULL;
}

static prom_result list_parameters(const prom_index *index, prom_arena *arena, size_t max, prom_survey_sum **list,
                                   size_t *count, bool *cut, prom_error *error)
{
    const prom_index_record *P = NULL;
    size_t all = 0;
    *count = 0;
    while ((P = prom_index_next(index, P, PROM_INDEX_P, NULL)) != NULL) {
        all++;
    }
    *cut = all > max;
    PROM_TRY_NEW(*list, arena, all < max ? all : max, error);
    while (*count < max && (P = prom_index_next(index, P, PROM_INDEX_P, NULL)) != NULL) {
        begin_sum(&(*list)[(*count)++], P);
    }
    return prom_ok();
}

prom_result prom_survey_list(const prom_index *index, prom_arena *arena, size_t max, prom_survey_sum **list,
                             size_t *count, bool *cut, prom_error *error)
{
    prom_survey_sum **sorted = NULL;
    PROM_TRY(list_parameters(index, arena, max, list, count, cut, error));
    PROM_TRY_NEW(sorted, arena, *count, error);
    for (size_t i = 0; i < *count; i++) {
        sorted[i] = &(*list)[i];
    }
    if (*count > 0) {
        qsort(sorted, *count, sizeof *sorted, compare_sums);
    }
    for (size_t i = 0; i < prom_index_count(index); i++) {
        const prom_index_record *record = prom_index_at(index, i);
        prom_survey_sum *sum = record->kind == PROM_INDEX_P ? NULL : find_sum(sorted, *count, &record->p_txid);
        if (sum != NULL && record->kind == PROM_INDEX_TX0) {
            add_contract(sum, index, record);
        } else if (sum != NULL && record->kind == PROM_INDEX_OFFER) {
            const prom_index_record *P = prom_index_find(index, PROM_INDEX_P, &sum->txid);
            add_offer(sum, record, prom_index_is_good(index, record, P, tip_of(index)));
        }
    }
    return prom_ok();
}

/* -- One of them -- */

/* Those that count, in the order of the chain, each key once; none while P itself is too young. */
struct pool {
    const prom_index_record *const *list;
    size_t count;
    size_t next; /* that was not met yet */
};

static prom_result find_pool(const prom_index *index, prom_arena *arena, struct pool *pool, const prom_bytes32 *p_txid,
                             prom_error *error)
{
    const prom_offer_query query = {.p_txid = p_txid, .snapshot = tip_of(index)};
    *pool = (struct pool){.list = NULL};
    const prom_result found = prom_index_counted(index, arena, &pool->list, &pool->count, &query, error);
    if (found.category == PROM_CATEGORY_BAD_INPUT) {
        *pool = (struct pool){.list = NULL};
        return prom_ok();
    }
    return found;
}

/* Offers are met in the pool's order. */
static bool is_next(struct pool *pool, const prom_index_record *offer)
{
    const bool counts = pool->next < pool->count && pool->list[pool->next] == offer;
    pool->next += counts;
    return counts;
}

/* NULL: it is in none. */
static const char *contract_of(const prom_index *index, const prom_index_record *offer)
{
    static const char *const ends[PROM_SCHEMES + 1] = {"other", "#1", "#2", "#3", "#4", "#5", "#6", "#7"};
    const prom_index_record *tx0 =
        offer->offer.fate == PROM_OFFER_ENGAGED ? prom_index_find(index, PROM_INDEX_TX0, &offer->offer.spent_by) : NULL;
    if (tx0 == NULL) {
        return NULL;
    }
    const prom_index_way way = prom_index_last_lock(index, tx0)->lock.way;
    const prom_branch *branch = prom_index_way_branch(way);
    return way == 0 ? "open" : ends[branch != NULL ? branch->scheme : 0];
}

static void note_offer(prom_survey *survey, const prom_index *index, const prom_index_record *offer, bool counts,
                       size_t max)
{
    const uint32_t age = survey->tip - offer->height + 1;
    add_offer(&survey->sum, offer, counts);
    if (counts) {
        survey->youngest = survey->youngest == 0 || age < survey->youngest ? age : survey->youngest;
        survey->oldest = age > survey->oldest ? age : survey->oldest;
    }
    if (survey->offer_count == max) {
        survey->cut = true;
        return;
    }
    survey->offers[survey->offer_count] = (prom_survey_offer){.txid = offer->txid,
                                                              .key = offer->offer.key,
                                                              .height = offer->height,
                                                              .age = age,
                                                              .value = offer->offer.value,
                                                              .fate = offer->offer.fate,
                                                              .spent_height = offer->offer.spent_height,
                                                              .spent_by = offer->offer.spent_by,
                                                              .contract = contract_of(index, offer),
                                                              .counts = counts,
                                                              .owner = survey->offer_count};
    survey->offer_count++;
}

/* The chance rises with what is added, from none to all: half of the number is looked at each time. */
static prom_survey_seats price_of(const prom_parameters *P, size_t counted)
{
    const uint32_t n = P->n;
    const uint32_t k = prom_parameters_quorum(P);
    const size_t enough = 100 * (counted + n);
    size_t low = 0;
    size_t high = enough;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const bool has = counted + middle >= n && prom_pool_chance(n, k, middle, counted + middle) >= 0.5;
        low = has ? low : middle + 1;
        high = has ? middle : high;
    }
    return (prom_survey_seats){low, prom_amount_multiply(P->a, low)};
}

prom_result prom_survey_look_at(const prom_index *index, prom_arena *arena, prom_survey *survey,
                                const prom_bytes32 *p_txid, size_t max, prom_error *error)
{
    const prom_index_record *P = prom_index_find(index, PROM_INDEX_P, p_txid);
    const prom_index_record *record = NULL;
    struct pool pool;
    size_t all = 0;
    char text[PROM_HEX32];
    if (P == NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "our chain has no P in the transaction %s",
                         prom_hex32_reversed(text, p_txid));
    }
    *survey = (prom_survey){.tip = tip_of(index)};
    begin_sum(&survey->sum, P);
    PROM_TRY(find_pool(index, arena, &pool, p_txid, error));
    while (all < max && (record = prom_index_next(index, record, PROM_INDEX_OFFER, p_txid)) != NULL) {
        all++;
    }
    PROM_TRY_NEW(survey->offers, arena, all, error);
    record = NULL;
    while ((record = prom_index_next(index, record, PROM_INDEX_OFFER, p_txid)) != NULL) {
        note_offer(survey, index, record, is_next(&pool, record), all);
    }
    while ((record = prom_index_next(index, record, PROM_INDEX_TX0, p_txid)) != NULL) {
        add_contract(&survey->sum, index, record);
    }
    survey->pool_suits = prom_is_ok(prom_pool_check(&P->P, pool.count, NULL));
    survey->quorum = price_of(&P->P, pool.count);
    return prom_ok();
}
