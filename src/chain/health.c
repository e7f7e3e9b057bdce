#include "chain/health.h"

#include <inttypes.h>
#include <stdio.h>

enum { HEADERS_IN_FLIGHT = 1, HOUR = 3600 }; /* a block's header comes before the block */

static bool is_foreign(const prom_chain_look *look, const prom_chain_parameters *network)
{
    return prom_chain_is_foreign(&look->info, network);
}

static bool is_pruned(const prom_chain_look *look, const prom_chain_parameters *network)
{
    (void)network;
    return look->info.first_block > look->needed || look->info.first_block > look->processed + 1;
}

static bool is_lost(const prom_chain_look *look, const prom_chain_parameters *network)
{
    (void)network;
    return look->lost;
}

static bool is_behind(const prom_chain_look *look, const prom_chain_parameters *network)
{
    (void)network;
    return look->behind;
}

/* To bitcoind a chain whose last block is a day old is one that it must still fetch. */
static bool is_downloading(const prom_chain_look *look, const prom_chain_parameters *network)
{
    return network->tip_seconds != 0 && look->info.downloading;
}

static bool is_lagging(const prom_chain_look *look, const prom_chain_parameters *network)
{
    (void)network;
    return look->info.headers > look->info.height + HEADERS_IN_FLIGHT;
}

static bool is_catching_up(const prom_chain_look *look, const prom_chain_parameters *network)
{
    (void)network;
    return look->processed < look->info.height;
}

static bool has_slow_clock(const prom_chain_look *look, const prom_chain_parameters *network)
{
    return network->tip_seconds != 0 && look->info.tip_time > look->moment.now + PROM_BLOCK_FUTURE_SECONDS;
}

static bool has_old_tip(const prom_chain_look *look, const prom_chain_parameters *network)
{
    return network->tip_seconds != 0 && look->info.tip_time <= look->moment.now - (int64_t)network->tip_seconds;
}

static bool has_no_peers(const prom_chain_look *look, const prom_chain_parameters *network)
{
    return network->round_seconds != 0 && look->connections == 0;
}

static bool has_new_peers(const prom_chain_look *look, const prom_chain_parameters *network)
{
    return network->round_seconds != 0 && look->moment.connected_seconds < network->round_seconds;
}

typedef bool (*condition)(const prom_chain_look *look, const prom_chain_parameters *network);

static const condition conditions[PROM_CHAIN_TROUBLES] = {
    [PROM_CHAIN_FOREIGN] = is_foreign,
    [PROM_CHAIN_PRUNED] = is_pruned,
    [PROM_CHAIN_LOST] = is_lost,
    [PROM_CHAIN_BEHIND] = is_behind,
    [PROM_CHAIN_DOWNLOADING] = is_downloading,
    [PROM_CHAIN_LAGGING] = is_lagging,
    [PROM_CHAIN_CATCHING_UP] = is_catching_up,
    [PROM_CHAIN_CLOCK] = has_slow_clock,
    [PROM_CHAIN_OLD_TIP] = has_old_tip,
    [PROM_CHAIN_NO_PEERS] = has_no_peers,
    [PROM_CHAIN_NEW_PEERS] = has_new_peers,
};

static prom_chain_trouble trouble_of(const prom_chain_look *look, const prom_chain_parameters *network)
{
    for (size_t i = 0; i < PROM_CHAIN_TROUBLES; i++) {
        if (conditions[i] != NULL && conditions[i](look, network)) {
            return (prom_chain_trouble)i;
        }
    }
    return PROM_CHAIN_FINE;
}

static void tell(prom_error *told, prom_chain_trouble trouble, const prom_chain_look *look,
                 const prom_chain_parameters *network)
{
    const unsigned height = look->info.height;
    const unsigned next = look->processed + 1;
    const unsigned needed = look->needed < next ? look->needed : next;
    const int64_t age = look->moment.now - look->info.tip_time;
    char *to = told->sentence;
    const size_t room = sizeof told->sentence;
    switch (trouble) {
    case PROM_CHAIN_FOREIGN:
        (void)snprintf(to, room, "bitcoind is on the network '%s', %s: connect to a bitcoind of '%s'", look->info.name,
                       prom_bytes32_equal(&look->info.genesis, &network->genesis)
                           ? "but by its challenge on another signet than this node's"
                           : "whose first block is another than that of this node's",
                       network->name);
        return;
    case PROM_CHAIN_PRUNED:
        (void)snprintf(to, room,
                       "bitcoind has deleted the blocks before %u, and those from %u on are needed: use one "
                       "that prunes less, or restart this one with -reindex and a larger -prune",
                       (unsigned)look->info.first_block, needed);
        return;
    case PROM_CHAIN_LOST:
        (void)snprintf(to, room,
                       "bitcoind does not know block %u, which was processed, nor what it stands on: was its "
                       "data folder replaced? connect to one that has seen this chain",
                       (unsigned)look->processed);
        return;
    case PROM_CHAIN_BEHIND:
        (void)snprintf(to, room,
                       "bitcoind's chain ends with block %u, and blocks up to %u were processed: wait until "
                       "it has fetched them again",
                       height, (unsigned)look->processed);
        return;
    case PROM_CHAIN_DOWNLOADING:
        (void)snprintf(to, room, "bitcoind still downloads the chain; it has got to block %u of %u: wait", height,
                       (unsigned)look->info.headers);
        return;
    case PROM_CHAIN_LAGGING:
        (void)snprintf(to, room,
                       "bitcoind has block %u and knows of %u: wait, or see why its peers do not send the rest", height,
                       (unsigned)look->info.headers);
        return;
    case PROM_CHAIN_CATCHING_UP:
        (void)snprintf(to, room, "blocks are processed up to %u of %u: wait", (unsigned)look->processed, height);
        return;
    case PROM_CHAIN_CLOCK:
        (void)snprintf(to, room,
                       "block %u is %" PRId64 " minutes ahead of the clock that this program started with: set "
                       "the machine's clock and restart the program",
                       height, -age / 60);
        return;
    case PROM_CHAIN_OLD_TIP:
        (void)snprintf(to, room,
                       "bitcoind's best block %u is %" PRId64 " hours old: see whether it reaches the network; "
                       "if the machine's clock was wrong when this program started, restart the program",
                       height, age / HOUR);
        return;
    case PROM_CHAIN_NO_PEERS:
        (void)snprintf(to, room, "bitcoind has no peers: see whether it reaches the network");
        return;
    case PROM_CHAIN_NEW_PEERS:
        (void)snprintf(to, room, "bitcoind has had peers for less than %u minutes: wait",
                       (unsigned)network->round_seconds / 60);
        return;
    case PROM_CHAIN_FINE:
    case PROM_CHAIN_UNKNOWN:
    case PROM_CHAIN_TROUBLES:
        (void)snprintf(to, room, "bitcoind is at block %u", height);
        return;
    }
}

void prom_chain_judge(prom_chain_health *health, const prom_chain_look *look, const prom_chain_parameters *network)
{
    const prom_chain_trouble trouble = trouble_of(look, network);
    *health = (prom_chain_health){
        .trouble = trouble,
        .in_step = trouble == PROM_CHAIN_FINE && prom_chain_in_step(&look->info, network, &look->moment),
        .may_begin = trouble == PROM_CHAIN_FINE || trouble == PROM_CHAIN_NEW_PEERS,
        .height = look->info.height,
    };
    tell(&health->told, trouble, look, network);
}

void prom_chain_judge_unknown(prom_chain_health *health, const char *sentence)
{
    *health = (prom_chain_health){.trouble = PROM_CHAIN_UNKNOWN};
    (void)snprintf(health->told.sentence, sizeof health->told.sentence, "%s", sentence);
}
