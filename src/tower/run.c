#include "tower/run.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chain/chain.h"
#include "chain/watcher.h"
#include "net/net.h"
#include "system/clock.h"
#include "system/random.h"
#include "tower/coins.h"
#include "tower/courier.h"

enum { AGAIN_MILLISECONDS = 30000 /* our own mempool may have lost it */, TIME_SHARE = 10000 / PROM_FEE_TIME_SHARE };
#define BLOCK_MEMORY ((size_t)1 << 28)

/* What a contract was told of last. */
struct told {
    bool any;
    prom_tower_state state;
    bool tried; /* a branch */
    prom_branch_id branch;
    prom_broadcast_state broadcast;
    prom_outpoint coin; /* that its children spend */
    bool held;          /* its appeal, as so many arbiters were reached */
    size_t reached;
};

struct tower {
    const prom_tower_options *options;
    prom_rpc *rpc;
    prom_watcher *watcher;
    prom_tower_courier *courier;
    struct told *told;
    prom_tower_coins coins;
    uint32_t coins_tip; /* at which they were found; 0: not yet */
    uint32_t tip;       /* of the last round */
    int64_t round;      /* when it was; below 0: there was none */
};

const char *prom_tower_branch_name(const prom_tower_branch *branch)
{
    return prom_branch_of(branch->id)->name;
}

static void report(const struct tower *tower, prom_tower_report it)
{
    tower->options->report(tower->options->context, &it);
}

/* -- The chain -- */

static bool connected(void *context, prom_watcher_block *block)
{
    const struct tower *tower = context;
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_error reason;
    prom_arena_init(&arena, BLOCK_MEMORY);
    const prom_result taken =
        prom_tower_connect(tower->options->contracts, tower->options->count, &block->block, &arena, &reason);
    if (!prom_is_ok(taken)) {
        report(tower, (prom_tower_report){.kind = PROM_TOWER_REPORT_CHAIN, .text = reason.sentence});
    }
    return prom_is_ok(taken);
}

static bool disconnected(void *context, uint32_t height, const prom_bytes32 *hash)
{
    const struct tower *tower = context;
    (void)hash;
    prom_tower_disconnect(tower->options->contracts, tower->options->count, height);
    return true;
}

static bool health(void *context, const prom_chain_health *seen)
{
    report(context, (prom_tower_report){.kind = PROM_TOWER_REPORT_CHAIN, .text = seen->told.sentence});
    return true;
}

/* -- What is due -- */

static prom_result make_child(void *context, prom_arena *arena, prom_tx **child, const prom_bump *bump,
                              prom_error *error)
{
    const prom_tower_options *options = context;
    const prom_bytes32 auxiliary = prom_random_bytes32();
    return prom_bump_child(options->curve, arena, child, bump, options->key, &auxiliary, error);
}

/* The coins as they are at this tip: asked for once a tip, and only where something is due. */
static void find_coins(struct tower *tower, uint32_t tip)
{
    char text[96];
    prom_error reason;
    const bool first = tower->coins_tip == 0;
    if (tower->options->key == NULL || tower->coins_tip == tip) {
        return;
    }
    const prom_result found =
        prom_tower_coins_find(tower->rpc, &tower->coins, &tower->options->key->public_key, &reason);
    tower->coins_tip = prom_is_ok(found) ? tip : 0;
    if (!prom_is_ok(found)) {
        report(tower, (prom_tower_report){.kind = PROM_TOWER_REPORT_COINS, .text = reason.sentence});
    } else if (first || tower->coins.count == 0) {
        (void)snprintf(text, sizeof text, "%zu coins are there for fees", tower->coins.count);
        report(tower, (prom_tower_report){.kind = PROM_TOWER_REPORT_COINS, .text = text});
    }
}

/* No file makes us pay more than our owner allows: of what costs time alone a share of what is at risk is paid. */
static void bound_fee(prom_fee_obligation *due, prom_amount fee_max)
{
    const prom_amount most =
        due->lateness == PROM_LATE_COSTS_TIME ? prom_amount_multiply(fee_max, TIME_SHARE) : fee_max;
    if (prom_amount_is_valid(most) && prom_amount_above(due->at_risk, most)) {
        due->at_risk = most;
    }
}

/* Tells what is new: another branch, another state, a further child. */
static void tell_branch(const struct tower *tower, size_t index, const prom_tower_branch *branch, uint32_t tip,
                        const prom_broadcast_report *its)
{
    struct told *told = &tower->told[index];
    const bool again = told->tried && told->branch == branch->id && told->broadcast == its->state && !its->has_child;
    told->tried = true;
    told->branch = branch->id;
    told->broadcast = its->state;
    if (!again) {
        report(tower, (prom_tower_report){.kind = PROM_TOWER_REPORT_BRANCH,
                                          .contract = &tower->options->contracts[index],
                                          .height = tip,
                                          .branch = branch,
                                          .broadcast = its});
    }
}

/* An appeal that is not heard turns #4 into #6: it is published only when enough arbiters can be told why. */
static bool is_held(const struct tower *tower, size_t index, const prom_tower_branch *branch, uint32_t tip)
{
    const prom_tower_contract *contract = &tower->options->contracts[index];
    struct told *told = &tower->told[index];
    if (branch->id != PROM_BRANCH_TXA) {
        return false;
    }
    const size_t reached = prom_tower_courier_reached(tower->courier, index);
    const size_t needed = prom_tower_courier_needed(contract);
    const bool held = reached < needed;
    if (held && (!told->held || told->reached != reached)) {
        report(tower, (prom_tower_report){.kind = PROM_TOWER_REPORT_HELD,
                                          .contract = contract,
                                          .height = tip,
                                          .reached = reached,
                                          .needed = needed});
    }
    told->held = held;
    told->reached = reached;
    return held;
}

/* The coins that this round has used so far, and for what. */
struct used {
    const prom_bytes32 *txid;
    prom_outpoint coin;
};

struct round {
    struct used list[PROM_TOWER_CONTRACTS_MAX];
    size_t count;
};

/* One coin for one transaction: files of one contract would else take one each, and outbid each other. */
static const prom_bump_coin *choose_coin(const struct tower *tower, const struct round *round, size_t contract,
                                         const prom_tower_branch *branch)
{
    prom_outpoint taken[PROM_TOWER_CONTRACTS_MAX];
    const prom_outpoint *before = &tower->told[contract].coin;
    size_t count = 0;
    for (size_t i = 0; i < round->count; i++) {
        if (prom_bytes32_equal(round->list[i].txid, &branch->txid)) {
            before = &round->list[i].coin;
        } else {
            taken[count++] = round->list[i].coin;
        }
    }
    return prom_tower_coins_choose(&tower->coins, before, taken, count);
}

/* A transaction that no mempool takes leaves its coin to others: whoever makes one up would else have it for ever. */
static void note_used(struct tower *tower, struct round *round, size_t contract, const prom_tower_branch *branch,
                      const prom_bump_coin *coin, prom_broadcast_state state)
{
    if (coin != NULL &&
        (state == PROM_BROADCAST_WAITS || state == PROM_BROADCAST_SENT || state == PROM_BROADCAST_CHEAP)) {
        tower->told[contract].coin = coin->outpoint;
        round->list[round->count++] = (struct used){&branch->txid, coin->outpoint};
    }
}

static void publish_one(struct tower *tower, struct round *round, size_t contract, uint32_t tip,
                        const prom_fee_climate *climate)
{
    const prom_tower_options *options = tower->options;
    const prom_tower_contract *its = &options->contracts[contract];
    /* NOLINTNEXTLINE(performance-no-int-to-ptr): make_child does not write to it */
    const prom_child_signer signer = {(void *)(uintptr_t)options, make_child};
    prom_fee_obligation due;
    const prom_tower_branch *branch = prom_tower_due(its, tip, &due, options->network, false);
    if (branch != NULL && is_held(tower, contract, branch, tip)) {
        branch = prom_tower_due(its, tip, &due, options->network, true);
    }
    if (branch == NULL) {
        return;
    }
    find_coins(tower, tip);
    const prom_bump_coin *coin = choose_coin(tower, round, contract, branch);
    bound_fee(&due, options->fee_max);
    const prom_broadcast_want want = {branch->tx, branch->fee, due, coin};
    prom_broadcast_report outcome;
    prom_broadcast(tower->rpc, &outcome, &want, tip, climate, &signer);
    note_used(tower, round, contract, branch, coin, outcome.state);
    tell_branch(tower, contract, branch, tip, &outcome);
}

static void publish(struct tower *tower, uint32_t tip, const prom_fee_climate *climate)
{
    struct round round = {.count = 0};
    for (size_t i = 0; i < tower->options->count; i++) {
        publish_one(tower, &round, i, tip, climate);
    }
}

static bool is_anything_due(const prom_tower_options *options, uint32_t tip)
{
    prom_fee_obligation ignored;
    bool any = false;
    for (size_t i = 0; i < options->count; i++) {
        any = any || prom_tower_due(&options->contracts[i], tip, &ignored, options->network, false) != NULL;
    }
    return any;
}

/* At each new tip, and now and then. */
static void go_round(struct tower *tower, int64_t now)
{
    const uint32_t tip = prom_watcher_height(tower->watcher);
    prom_fee_climate climate;
    prom_error reason;
    if (tower->round >= 0 && tower->tip == tip && now - tower->round < AGAIN_MILLISECONDS) {
        return;
    }
    if (is_anything_due(tower->options, tip)) {
        if (!prom_is_ok(prom_fee_climate_get(tower->rpc, &climate, &reason))) {
            return; /* at the next look */
        }
        publish(tower, tip, &climate);
    }
    tower->tip = tip;
    tower->round = now;
}

/* -- The loop -- */

static void tell_states(const struct tower *tower)
{
    for (size_t i = 0; i < tower->options->count; i++) {
        const prom_tower_contract *contract = &tower->options->contracts[i];
        uint32_t height = 0;
        const prom_tower_state state = prom_tower_state_of(contract, &height);
        if (!tower->told[i].any || tower->told[i].state != state) {
            tower->told[i].any = true;
            tower->told[i].state = state;
            report(tower, (prom_tower_report){
                              .kind = PROM_TOWER_REPORT_STATE, .contract = contract, .state = state, .height = height});
        }
    }
}

static bool is_over(const struct tower *tower)
{
    bool over = true;
    for (size_t i = 0; i < tower->options->count; i++) {
        over = over && prom_tower_is_over(&tower->options->contracts[i], prom_watcher_height(tower->watcher));
    }
    return over;
}

/* Until it is time to look at bitcoind again, or a signal ends it. */
static void serve_links(struct tower *tower)
{
    const int64_t until = prom_clock_milliseconds() + tower->options->poll_milliseconds;
    for (int64_t now = until - tower->options->poll_milliseconds; now < until && *tower->options->stop == 0;
         now = prom_clock_milliseconds()) {
        prom_error reason;
        if (!prom_is_ok(prom_tower_courier_turn(tower->courier, prom_watcher_height(tower->watcher), (int)(until - now),
                                                &reason))) {
            report(tower, (prom_tower_report){.kind = PROM_TOWER_REPORT_LINKS, .text = reason.sentence});
            (void)poll(NULL, 0, (int)(until - now)); /* the chain is watched all the same */
        }
    }
}

static void brought(void *context, size_t contract, size_t arbiter)
{
    const struct tower *tower = context;
    report(tower, (prom_tower_report){.kind = PROM_TOWER_REPORT_SHOWN,
                                      .contract = &tower->options->contracts[contract],
                                      .arbiter = arbiter + 1});
}

static void work(struct tower *tower)
{
    const prom_watcher_calls calls = {tower, disconnected, connected, health};
    while (*tower->options->stop == 0) {
        const int64_t now = prom_clock_milliseconds();
        if (prom_watcher_poll(tower->watcher, &calls, now)) {
            continue;
        }
        tell_states(tower);
        if (prom_watcher_health(tower->watcher)->trouble != PROM_CHAIN_UNKNOWN) {
            go_round(tower, now);
        }
        if (is_over(tower)) {
            report(tower, (prom_tower_report){.kind = PROM_TOWER_REPORT_OVER});
            return;
        }
        serve_links(tower);
    }
}

/* A bitcoind of another chain is a mistake of who starts us; one that does not answer yet is not. */
static prom_result check_chain(struct tower *tower, prom_error *error)
{
    prom_chain_info info;
    const prom_chain_parameters *network = tower->options->network;
    if (prom_is_ok(prom_chain_get_info(tower->rpc, &info, error)) && prom_chain_is_foreign(&info, network)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the files are for the network %s, and this bitcoind is on %s: name the right one",
                         network->name,
                         prom_bytes32_equal(&info.genesis, &network->genesis) ? "another signet" : info.name);
    }
    return prom_ok();
}

static prom_result begin(struct tower *tower, prom_error *error)
{
    uint32_t first = UINT32_MAX;
    for (size_t i = 0; i < tower->options->count; i++) {
        const uint32_t its = tower->options->contracts[i].file.first_block;
        first = its < first ? its : first;
    }
    const prom_watcher_start start = {.network = tower->options->network,
                                      .height = first - 1,
                                      .needed = first,
                                      .date = prom_clock_date(),
                                      .now = prom_clock_milliseconds()};
    const prom_tower_courier_options links = {.curve = tower->options->curve,
                                              .network = tower->options->network,
                                              .contracts = tower->options->contracts,
                                              .count = tower->options->count,
                                              .context = tower,
                                              .brought = brought};
    PROM_TRY(prom_tower_courier_new(&tower->courier, &links, error));
    PROM_TRY(prom_rpc_new(&tower->rpc, tower->options->url, tower->options->cookie_file, error));
    PROM_TRY(check_chain(tower, error));
    return prom_watcher_new(&tower->watcher, tower->rpc, &start, error);
}

/* Whether no arbiter of the files before, or before it in its own, has this address. */
static bool is_new_address(const prom_tower_options *options, size_t contract, size_t arbiter)
{
    const prom_address *its = &options->contracts[contract].file.appeal.arbiters[arbiter].address;
    for (size_t i = 0; i <= contract; i++) {
        const prom_tower_appeal *appeal = &options->contracts[i].file.appeal;
        const size_t count = i < contract ? appeal->arbiter_count : arbiter;
        for (size_t j = 0; j < count; j++) {
            if (prom_address_equal(&appeal->arbiters[j].address, its)) {
                return false;
            }
        }
    }
    return its->length > 0;
}

/* All that may be accused at the same time must be heard. */
static prom_result check_files(const prom_tower_options *options, prom_error *error)
{
    size_t addresses = 0;
    if (options->count == 0 || options->count > PROM_TOWER_CONTRACTS_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "a watchtower takes 1 to %u files, and these are %zu",
                         PROM_TOWER_CONTRACTS_MAX, options->count);
    }
    for (size_t i = 0; i < options->count; i++) {
        for (size_t j = 0; j < options->contracts[i].file.appeal.arbiter_count; j++) {
            addresses += is_new_address(options, i, j) ? 1 : 0;
        }
    }
    return addresses <= PROM_NET_DIALS_MAX
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                           "a watchtower keeps links to %u arbiters, and the appeals of these files name %zu: give "
                           "some of them to another",
                           PROM_NET_DIALS_MAX, addresses);
}

prom_result prom_tower_run(const prom_tower_options *options, prom_error *error)
{
    struct tower tower = {.options = options, .round = -1};
    PROM_TRY(check_files(options, error));
    tower.told = calloc(options->count, sizeof *tower.told);
    if (tower.told == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    const prom_result begun = begin(&tower, error);
    if (prom_is_ok(begun)) {
        work(&tower);
    }
    prom_tower_courier_free(tower.courier);
    prom_watcher_free(&tower.watcher);
    prom_rpc_free(tower.rpc);
    free(tower.told);
    return begun;
}
