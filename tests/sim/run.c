/* A run: what comes next, until everything has ended. */
#include <string.h>

#include "channel/step.h"
#include "explore.h"

enum { BLOCKS_MAX = 1000, MINUTE = 60000, FIRST_BLOCK = 108 };

bool prom_sim_is_on(sim_run *run, sim_feature feature, sim_dice *dice)
{
    return (run->plan.features >> feature & 1) != 0 && !(run->quiet && feature < SIM_FEATURE_FAULTS) &&
           sim_chance(dice, run->plan.rate[feature]);
}

/* -- What a seed draws -- */

static size_t draw_set(sim_dice *dice)
{
    static const uint8_t weights[] = {29, 12, 16, 8, 10, 6, 3, 9, 6, 1};
    uint32_t roll = sim_below(dice, 100);
    size_t set = 0;
    while (set + 1 < prom_sim_set_count && roll >= weights[set]) {
        roll -= weights[set++];
    }
    return set;
}

/* Any of C, W, V; at most n - k arbiters, or, beyond what the contract tolerates, one more. */
static uint32_t draw_coalition(sim_dice *dice, const sim_world *world, bool beyond)
{
    uint32_t coalition = sim_below(dice, 8);
    uint32_t left = prom_parameters_tolerated(&world->terms.P) + beyond;
    left = beyond || sim_chance(dice, 700) ? left : sim_below(dice, left + 1);
    while (left > 0) {
        const uint32_t place = PLACE_A + sim_below(dice, world->set->n);
        left -= (coalition >> place & 1) == 0;
        coalition |= UINT32_C(1) << place;
    }
    return coalition;
}

/* Its rate is per mille at most. */
static uint32_t rarity(sim_feature feature)
{
    switch ((unsigned)feature) {
    case SIM_CRASH:
    case SIM_DISK:
        return 60;
    case SIM_AWAY:
        return 30;
    case SIM_RESTORE:
        return 10;
    default:
        return 1000;
    }
}

sim_plan prom_sim_plan(uint64_t seed, size_t set)
{
    sim_dice dice = sim_dice_of(seed, 1);
    sim_plan plan = {.seed = seed, .set = draw_set(&dice), .moves_max = UINT32_MAX, .blocks_faulty = UINT32_MAX};
    plan.set = set == SIM_SET_ANY ? plan.set : set;
    const sim_world *world = prom_sim_world(plan.set);
    plan.beyond = sim_chance(&dice, 50);
    plan.coalition = !plan.beyond && sim_chance(&dice, 120) ? 0 : draw_coalition(&dice, world, plan.beyond);
    for (sim_feature feature = 0; feature < SIM_FEATURES; feature++) {
        const uint32_t rare = rarity(feature);
        const uint32_t often = 1 + sim_below(&dice, rare);
        plan.rate[feature] = sim_chance(&dice, 500) ? often : often / 8;
        if (sim_chance(&dice, feature == SIM_STUCK ? 30 : feature < SIM_FEATURE_FAULTS ? 350 : 450)) {
            plan.features |= UINT64_C(1) << feature;
        }
    }
    plan.stops_max = sim_below(&dice, 24);
    plan.never = sim_chance(&dice, 600) ? (uint32_t)(sim_roll(&dice) & sim_roll(&dice) & sim_roll(&dice)) : 0;
    if (plan.beyond) { /* as if they were not there: no answers, no votes, or no decision */
        static const uint32_t silences[] = {SIM_NEVER_SAY(PROM_ATTESTATION_ANSWER),
                                            SIM_NEVER_SAY(PROM_ATTESTATION_COMMITMENT),
                                            SIM_NEVER_SIGN(PROM_PURPOSE_FROST_SHARE)};
        plan.never |= silences[sim_below(&dice, sizeof silences / sizeof silences[0])];
    }
    plan.message_blocks = world->set->open ? sim_below(&dice, 2) : 0;
    plan.blocks_faulty = sim_chance(&dice, 300) ? sim_below(&dice, 60) : UINT32_MAX;
    plan.reload = sim_chance(&dice, 40);
    return plan;
}

/* -- Blocks -- */

/* Whether the tip is the last at which an honest arbiter signs the decision. */
static bool is_last_to_sign(const sim_run *run)
{
    for (size_t place = PLACE_A; place < run->world->places; place++) {
        const prom_arbitration *its = &run->parties[place].disk.facts.batches[0].arbitration;
        const prom_tip_window sign =
            prom_deadline_window(PROM_DEADLINE_SIGN, &run->world->terms.P, run->world->network, its->appeal_height);
        if (run->parties[place].honest && its->rounds_over > 0 && run->chain.tip->height == sign.latest) {
            return true;
        }
    }
    return false;
}

/* The least that the next block takes. Whoever gives a nonce and no share costs a minute (protocol.md 8), which a party
 * here sees up to 40 seconds later. Where p is 1 two fast blocks would leave no time for that. */
static int64_t block_interval_min(const sim_run *run)
{
    return is_last_to_sign(run) ? 2 * MINUTE * (1 + prom_parameters_tolerated(&run->world->terms.P)) : 0;
}

static int64_t draw_block_interval(sim_run *run)
{
    /* Two within seconds, and then three that are not: twenty take more than an hour. */
    const bool may = run->fast < 2;
    run->fast = run->fast >= 4 ? 0 : run->fast + (run->fast >= 2);
    if (may && prom_sim_is_on(run, SIM_FAST_BLOCKS, &run->mining)) {
        run->fast++;
        return 1000 + sim_below(&run->mining, 20000);
    }
    if (sim_chance(&run->mining, 20)) {
        return (60 + (int64_t)sim_below(&run->mining, 180)) * MINUTE;
    }
    return 30000 + (int64_t)sim_below(&run->mining, 1140000);
}

static int64_t block_interval(sim_run *run)
{
    const int64_t drawn = draw_block_interval(run);
    const int64_t least = block_interval_min(run);
    return drawn < least ? least : drawn;
}

/* Of what was broadcast some is mined: which and in what order is the adversary's choice. */
static void mine(sim_run *run)
{
    sim_chain *chain = &run->chain;
    sim_tx *chosen[SIM_TXS_MAX];
    size_t count = 0;
    const sim_miner *miner = run->plan.miner;
    const uint32_t eager = sim_below(&run->mining, 1001);
    const sim_script *script = run->plan.script;
    for (size_t i = 0; i < chain->tx_count && script != NULL; i++) {
        if (chain->txs[i].pooled && (script->at_once || chain->txs[i].pushed)) {
            chosen[count++] = &chain->txs[i];
        }
    }
    for (size_t i = 0; i < chain->tx_count && miner == NULL && script == NULL; i++) {
        if (chain->txs[i].pooled && chain->txs[i].height == 0 && sim_chance(&run->mining, eager)) {
            chosen[count++] = &chain->txs[i];
        }
    }
    for (size_t i = script == NULL ? count : 0; i > 1; i--) {
        const size_t other = sim_below(&run->mining, (uint32_t)i);
        sim_tx *swapped = chosen[i - 1];
        chosen[i - 1] = chosen[other];
        chosen[other] = swapped;
    }
    if (miner != NULL) {
        count = miner->choose(run, chosen);
    }
    prom_sim_chain_mine(chain, chosen, count);
    prom_sim_note(run, PROM_PLACES_MAX, "block", "%u transactions", (unsigned)chain->tip->count);
    for (size_t i = 0; i < chain->tip->count; i++) {
        const sim_tx *tx = chain->tip->txs[i];
        prom_sim_note(run, PROM_PLACES_MAX, "mined", "%s",
                      tx->index == PROM_TREE_OTHER ? "another" : run->world->tree->tx[tx->index].name);
        prom_sim_trace(run, tx->index, chain->tip->height);
        if (tx->index == PROM_TREE_OTHER) {
            prom_sim_goal(run, SIM_GOAL_SPOILT);
        }
        if (tx->index == PROM_TX0 && run->H0 == 0) {
            run->H0 = chain->tip->height;
        }
    }
}

/* Whether a party may be restored, or away, without there being more arbiters so than the contract tolerates. */
static bool may_fail(const sim_run *run, const sim_party *party)
{
    uint32_t away = 0;
    for (size_t i = PLACE_A; i < run->world->places; i++) {
        const sim_party *other = &run->parties[i];
        away += !other->honest || other->restored || other->was_away;
    }
    return party->place < PLACE_A || !party->honest || party->was_away || party->restored ||
           away < prom_parameters_tolerated(&run->world->terms.P);
}

/* Nodes go off and come back. Returns whether the party's is on. */
static bool come_and_go(sim_run *run, sim_party *party)
{
    enum { BLOCKS = 40 };
    const uint32_t tip = run->chain.tip->height;
    if (party->away == 0 && may_fail(run, party) && prom_sim_is_on(run, SIM_AWAY, &run->dice)) {
        prom_sim_party_leave(run, party, tip + 1 + sim_below(&run->dice, BLOCKS));
    } else if (party->away != 0 && (party->away <= tip || run->quiet)) {
        prom_sim_party_return(run, party);
    }
    return party->away == 0;
}

static bool is_set_back(sim_run *run, const sim_party *party)
{
    if (party->backup == NULL || party->restored || !may_fail(run, party)) {
        return false;
    }
    return run->plan.set_back_to != 0 ? party->persists >= run->plan.set_back_at : sim_chance(&run->dice, 30);
}

static void say_blocks(sim_run *run)
{
    for (size_t i = 0; i < run->world->places; i++) {
        sim_party *party = &run->parties[i];
        if (!come_and_go(run, party)) {
            continue;
        }
        if (is_set_back(run, party)) {
            prom_sim_party_restore(run, party);
        }
        if (prom_sim_is_on(run, SIM_LAG, &run->dice) && (!party->honest || run->plan.message_blocks > 0)) {
            party->lag = sim_below(&run->dice, party->honest ? 2 : 6);
        } else {
            party->lag = 0;
        }
        party->sync_at = run->now + 10 + sim_below(&run->dice, 5000);
    }
}

/* A branch of `depth` + 1 blocks takes the place of the last `depth`. */
static void reorganise(sim_run *run)
{
    const uint32_t depth = 1 + sim_below(&run->mining, run->world->network->safety_margin - 1);
    for (uint32_t i = 0; i < depth && run->chain.tip->height > run->world->tip; i++) {
        prom_sim_goals_of_undone(run, run->chain.tip);
        prom_sim_chain_undo(&run->chain);
    }
    prom_sim_note(run, PROM_PLACES_MAX, "reorg", "%u blocks", (unsigned)depth);
    for (uint32_t i = 0; i < depth; i++) {
        mine(run);
    }
}

/* -- What honest parties have done before the next block -- */

static bool end_ways(sim_run *run, sim_party *party)
{
    for (size_t i = 0; i < party->way_count; i++) {
        if (party->ways[i].latest <= run->chain.tip->height) {
            prom_sim_way_end(run, party, i);
            return true;
        }
    }
    return false;
}

static bool end_letters(sim_run *run, size_t to)
{
    for (size_t from = 0; from < run->world->places; from++) {
        const sim_link *link = &run->links[from][to];
        if (link->first != NULL && !link->early && run->parties[from].honest &&
            link->first->latest <= run->chain.tip->height) {
            (void)prom_sim_deliver(run, from, to);
            return true;
        }
    }
    return false;
}

/* Whatever an honest party has to do, and whatever it was told by honest ones in time, is done before the next block.
 */
static void settle(sim_run *run)
{
    unsigned rounds = 0;
    bool again = true;
    while (again && !run->failed) {
        again = false;
        if (++rounds > 4000) {
            prom_sim_fail(run, "the parties do not come to rest");
            return;
        }
        for (size_t i = 0; i < run->world->places && !run->failed; i++) {
            sim_party *party = &run->parties[i];
            if (party->honest && party->away == 0) {
                again |= party->sync_at != INT64_MAX && prom_sim_party_sync(run, party);
                again |= !run->failed && end_letters(run, i);
                again |= !run->failed && end_ways(run, party);
            }
        }
    }
}

static void next_block(sim_run *run)
{
    settle(run);
    prom_sim_claims(run, false); /* now everybody has come to the tip */
    if (run->failed) {
        return;
    }
    run->quiet = run->H0 != 0 && run->chain.tip->height >= (uint64_t)run->H0 + run->plan.blocks_faulty;
    if (run->chain.tip->height > run->world->tip + 2 && prom_sim_is_on(run, SIM_REORG, &run->mining)) {
        reorganise(run);
    }
    mine(run);
    say_blocks(run);
    run->next_block = run->now + block_interval(run);
    if (run->plan.story != NULL && run->plan.story->at_block != NULL && !run->failed) {
        run->plan.story->at_block(run);
    }
    if (run->plan.script != NULL && !run->failed) {
        prom_sim_explore_at_block(run);
    }
}

/* -- The loop -- */

typedef enum next_kind { NEXT_BLOCK, NEXT_SYNC, NEXT_LETTER, NEXT_WAY, NEXT_MOVE, NEXT_TICK } next_kind;

typedef struct next {
    next_kind kind;
    int64_t at;
    size_t from;
    size_t to;
} next;

static void earlier(next *found, next_kind kind, int64_t at, size_t from, size_t to)
{
    if (at < found->at) {
        *found = (next){kind, at, from, to};
    }
}

static next find_next(const sim_run *run)
{
    next found = {NEXT_BLOCK, run->next_block, 0, 0};
    earlier(&found, NEXT_MOVE, run->adversary.next, 0, 0);
    for (size_t i = 0; i < run->world->places; i++) {
        const sim_party *party = &run->parties[i];
        if (party->away != 0) {
            continue;
        }
        earlier(&found, NEXT_SYNC, party->sync_at, i, i);
        earlier(&found, NEXT_TICK, party->tick_at, i, i);
        for (size_t j = 0; j < party->way_count; j++) {
            earlier(&found, NEXT_WAY, party->ways[j].ready, j, i);
        }
        for (size_t j = 0; j < run->world->places; j++) {
            const sim_link *link = &run->links[j][i];
            if (link->first != NULL && !link->early) {
                earlier(&found, NEXT_LETTER, link->first->ready, j, i);
            }
        }
    }
    return found;
}

/* Arbiters that decide have something to do by the clock; others hardly. */
static void plan_tick(sim_run *run, sim_party *party)
{
    const bool busy = prom_money_state_of(&party->disk.facts, 0) == PROM_MONEY_APPEALED && party->place >= PLACE_A;
    party->tick_at = run->now + (busy && run->plan.miner == NULL ? 20000 : 900000) + sim_below(&run->dice, 20000);
}

static void do_next(sim_run *run, const next *it)
{
    run->now = it->at > run->now ? it->at : run->now;
    switch (it->kind) {
    case NEXT_BLOCK:
        next_block(run);
        break;
    case NEXT_SYNC:
        while (!run->failed && prom_sim_party_sync(run, &run->parties[it->to])) {
        }
        break;
    case NEXT_LETTER:
        (void)prom_sim_deliver(run, it->from, it->to);
        break;
    case NEXT_WAY:
        prom_sim_way_end(run, &run->parties[it->to], it->from);
        break;
    case NEXT_TICK:
        prom_sim_party_tick(run, &run->parties[it->to]);
        plan_tick(run, &run->parties[it->to]);
        break;
    case NEXT_MOVE:
        prom_sim_adversary_move(run);
        break;
    }
}

static void begin(sim_run *run, const sim_plan *plan, FILE *log)
{
    memset(run, 0, sizeof *run);
    run->plan = *plan;
    run->world = plan->miner != NULL ? plan->miner->world : prom_sim_world(plan->set);
    run->log = log;
    run->trace = plan->seed;
    run->dice = sim_dice_of(plan->seed, 2);
    run->mining = sim_dice_of(plan->seed, 3);
    run->adversary.dice = sim_dice_of(plan->seed, 4);
    prom_arena_init(&run->arena, (size_t)1 << 30);
    prom_sim_chain_init(&run->chain, run->world, &run->arena, FIRST_BLOCK);
    sim_tx *tx0 = prom_sim_chain_see(&run->chain, run->world->tx0);
    for (size_t i = 0; i < run->world->places; i++) {
        prom_sim_party_begin(run, i);
    }
    if (plan->miner == NULL) {
        prom_sim_chain_wish(&run->chain, tx0, PLACE_C, run->world->tip);
    }
    run->next_block = block_interval(run);
    if (plan->story != NULL && plan->story->at_block != NULL) {
        plan->story->at_block(run);
    }
    if (plan->script != NULL) {
        prom_sim_explore_at_block(run);
    }
    prom_sim_adversary_begin(run);
    for (size_t i = 0; i < run->world->places && !run->failed; i++) {
        prom_sim_party_tick(run, &run->parties[i]);
        plan_tick(run, &run->parties[i]);
    }
}

/* Whether all has ended, so deep that no reorganisation of this run undoes it. */
static bool has_ended(const sim_run *run)
{
    const prom_tree *tree = run->world->tree;
    for (size_t i = 0; i < run->chain.tx_count; i++) {
        const sim_tx *tx = &run->chain.txs[i];
        const bool ends = tx->index == PROM_TREE_OTHER || tree->tx[tx->index].scheme != 0;
        if (tx->height != 0 && ends && run->chain.tip->height > tx->height + run->world->network->safety_margin + 2) {
            return true;
        }
    }
    return false;
}

bool prom_sim_play(sim_run *run, const sim_plan *plan, FILE *log)
{
    const uint32_t blocks_max = plan->miner == NULL ? BLOCKS_MAX : plan->miner->blocks_max;
    begin(run, plan, log);
    while (!run->failed && !has_ended(run)) {
        const next it = find_next(run);
        do_next(run, &it);
        if (run->chain.tip->height > run->world->tip + blocks_max) {
            prom_sim_fail(run, "nothing has ended after %u blocks", (unsigned)blocks_max);
        }
    }
    if (!run->failed) {
        settle(run);
        prom_sim_claims(run, plan->miner == NULL);
    }
    return !run->failed;
}

void prom_sim_run_free(sim_run *run)
{
    for (size_t i = 0; i < run->world->places; i++) {
        prom_sim_party_end(&run->parties[i]);
    }
    prom_arena_free(&run->arena);
}
