#include "market.h"

#include <string.h>

/* What others send and what a block takes, in virtual bytes. */
enum {
    BLOCK = 1000000,
    QUEUE_MAX = 75000000, /* of a mempool of 300 MB */
    RELAY = 100,
    FILLING = 400, /* blocks before the first one */
    LAG = 6,       /* blocks that estimates are behind */
    SOON = 6,      /* blocks whose dearest makes the estimate */
};

/* Feerate of a level: 100 sat for 1000 vB, then 2^(1/4) times as much for each. */
static uint32_t level_feerate(size_t level)
{
    static const uint32_t quarters[] = {100000, 118921, 141421, 168179};
    return (uint32_t)((uint64_t)quarters[level % 4] * (UINT64_C(1) << level / 4) / 1000);
}

static size_t level_of(uint32_t feerate)
{
    size_t level = 0;
    while (level + 1 < MARKET_LEVELS && level_feerate(level + 1) <= feerate) {
        level++;
    }
    return level;
}

/* Others' transactions of one block's time: 1.3 blocks of them on average, and 1.0 at the climate's feerate or above.
 */
static void arrive(sim_market *market, uint32_t feerate)
{
    static const struct {
        int quarters;   /* of a doubling, from the climate's feerate */
        uint32_t share; /* thousandths of a block */
    } shape[] = {{-8, 100}, {-4, 100}, {-2, 100}, {0, 400}, {1, 250}, {2, 150}, {4, 120}, {8, 80}};
    const uint32_t percent = 25 + sim_below(&market->dice, 151); /* as blocks take shorter or longer */
    const int middle = (int)level_of(feerate);
    for (size_t i = 0; i < sizeof shape / sizeof *shape; i++) {
        const int level = middle + shape[i].quarters;
        const size_t at = level < 0 ? 0 : level >= MARKET_LEVELS ? MARKET_LEVELS - 1 : (size_t)level;
        market->queue[at] += (uint64_t)shape[i].share * (BLOCK / 1000) * percent / 100;
    }
}

/* The cheapest leave a mempool that is full, and nothing as cheap comes in until it is half empty. */
static void trim(sim_market *market)
{
    uint64_t all = 0;
    for (size_t i = 0; i < MARKET_LEVELS; i++) {
        all += market->queue[i];
    }
    market->floor = all > QUEUE_MAX / 2 && market->floor > RELAY ? market->floor : RELAY;
    for (size_t i = 0; all > QUEUE_MAX && i < MARKET_LEVELS; i++) {
        const uint64_t over = all - QUEUE_MAX;
        const uint64_t gone = market->queue[i] < over ? market->queue[i] : over;
        market->queue[i] -= gone;
        all -= gone;
        market->floor = gone > 0 ? level_feerate(i) + MARKET_INCREMENTAL : market->floor;
    }
}

/* What is not worth its place leaves as others do; with a child it may be. */
static void trim_ours(sim_market *market)
{
    for (size_t i = 0; i < market->tx_count; i++) {
        market_tx *tx = &market->txs[i];
        const market_tx *child = tx->pooled ? prom_market_child(market, tx) : NULL;
        const uint64_t fee = tx->fee + (child != NULL ? child->fee : 0);
        const uint64_t vsize = tx->vsize + (child != NULL ? (uint64_t)child->vsize : 0);
        if (tx->pooled && prom_market_parent(market, tx) == NULL &&
            prom_market_pays_more(prom_market_relay(market), 1000, fee, vsize)) {
            prom_market_drop(market, tx);
        }
    }
}

/* -- Blocks -- */

/* The dearest chunk of the mempool: a transaction with its child, or without; 0: none. */
static size_t dearest(sim_market *market, market_tx *chunk[2])
{
    uint64_t fee = 0;
    uint64_t vsize = 1;
    size_t count = 0;
    for (size_t i = 0; i < market->tx_count; i++) {
        market_tx *tx = &market->txs[i];
        if (!tx->pooled || prom_market_parent(market, tx) != NULL) {
            continue;
        }
        market_tx *child = prom_market_child(market, tx);
        const bool both = child != NULL && prom_market_pays_more(child->fee, child->vsize, tx->fee, tx->vsize);
        const uint64_t its_fee = tx->fee + (both ? child->fee : 0);
        const uint64_t its_vsize = tx->vsize + (both ? child->vsize : 0);
        if (count == 0 || prom_market_pays_more(its_fee, its_vsize, fee, vsize)) {
            fee = its_fee;
            vsize = its_vsize;
            chunk[0] = tx;
            chunk[1] = both ? child : NULL;
            count = both ? 2 : 1;
        }
    }
    return count;
}

/* Takes others' transactions that pay at least so much, as long as there is room. */
static void take_others(sim_market *market, uint64_t *room, uint32_t *least, uint64_t fee, uint64_t vsize)
{
    for (size_t i = MARKET_LEVELS; i-- > 0 && *room > 0;) {
        if (prom_market_pays_more(fee, vsize, level_feerate(i), 1000)) {
            return;
        }
        const uint64_t taken = market->queue[i] < *room ? market->queue[i] : *room;
        market->queue[i] -= taken;
        *room -= taken;
        *least = taken > 0 ? level_feerate(i) : *least;
    }
}

size_t prom_market_mine(sim_market *market, market_tx **chosen)
{
    uint64_t room = BLOCK;
    uint32_t least = 0;
    size_t count = 0;
    market_tx *chunk[2] = {NULL, NULL};
    market->height++;
    arrive(market,
           prom_climate_at(market->climate, market->changes == INT64_MAX ? -1 : market->height - market->changes));
    trim(market);
    trim_ours(market);
    for (size_t size = dearest(market, chunk); size > 0; size = dearest(market, chunk)) {
        const uint64_t vsize = chunk[0]->vsize + (size == 2 ? (uint64_t)chunk[1]->vsize : 0);
        take_others(market, &room, &least, chunk[0]->fee + (size == 2 ? chunk[1]->fee : 0), vsize);
        if (room < vsize) {
            break;
        }
        room -= vsize;
        for (size_t i = 0; i < size; i++) {
            chunk[i]->pooled = false;
            chunk[i]->mined = true;
            chunk[i]->height = market->height;
            chosen[count++] = chunk[i];
        }
    }
    take_others(market, &room, &least, 0, 1);
    memmove(market->cleared + 1, market->cleared, sizeof market->cleared - sizeof *market->cleared);
    market->cleared[0] = room == 0 ? least : RELAY;
    return count;
}

/* -- What a node says of it -- */

uint32_t prom_market_relay(const sim_market *market)
{
    return market->floor > RELAY ? market->floor : RELAY;
}

/* An estimate is of blocks that are an hour old: the dearest of six, and the median of all. */
prom_fee_estimates prom_market_estimates(const sim_market *market)
{
    prom_fee_estimates estimates = {prom_market_relay(market), prom_market_relay(market)};
    for (size_t i = LAG; i < LAG + SOON; i++) {
        estimates.soon = market->cleared[i] > estimates.soon ? market->cleared[i] : estimates.soon;
    }
    for (size_t i = 0; i < MARKET_REMEMBERED; i++) {
        size_t below = 0;
        for (size_t j = 0; j < MARKET_REMEMBERED; j++) {
            below += market->cleared[j] < market->cleared[i] || (market->cleared[j] == market->cleared[i] && j < i);
        }
        if (below == MARKET_REMEMBERED / 2 && market->cleared[i] > estimates.in_time) {
            estimates.in_time = market->cleared[i];
        }
    }
    estimates.in_time = estimates.in_time < estimates.soon ? estimates.in_time : estimates.soon;
    return estimates;
}

void prom_market_init(sim_market *market, market_climate climate, int64_t height, uint64_t seed)
{
    market_tx *chosen[MARKET_TXS_MAX];
    memset(market, 0, sizeof *market);
    market->climate = climate;
    market->changes = INT64_MAX;
    market->dice = sim_dice_of(seed, 100);
    market->height = height - FILLING;
    while (market->height < height) {
        (void)prom_market_mine(market, chosen);
    }
}
