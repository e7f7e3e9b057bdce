/* A contract, block by block: what its parties want in blocks, what they pay for it, and what is mined. */
#include <string.h>

#include "channel/step.h"
#include "fees.h"
#include "prometheus/channel/fee_coin.h"
#include "prometheus/contract/payout.h"

enum { WISHES_MAX = 32, BLOCKS_MAX = 1100 };

static uint64_t sat(prom_amount amount)
{
    uint64_t value = 0;
    return prom_amount_get(amount, &value) ? value : 0;
}

/* -- What parties want -- */

typedef struct sim_wanted {
    size_t place;
    uint32_t index;
    prom_fee_obligation due;
} sim_wanted;

/* The attacker leaves alone what would settle its target's output otherwise than it likes. */
static bool is_meant(const prom_rpc *node, size_t place, uint32_t index)
{
    const fees_attack *attack = &node->plan->attack;
    const prom_tree *tree = node->run->world->tree;
    if (attack->kind == FEES_NO_ATTACK || place != attack->attacker || index == PROM_TX0) {
        return true;
    }
    const prom_branch *target = prom_branch_of(attack->target);
    return tree->tx[index].spends != target->spends;
}

/* Since when it is wanted without a pause, as a node remembers it. */
static int64_t since(prom_rpc *node, size_t place, uint32_t index)
{
    const int64_t tip = node->market.height;
    fees_since *its = NULL;
    for (size_t i = 0; i < node->since_count; i++) {
        if (node->since[i].place == place && node->since[i].index == index) {
            its = &node->since[i];
        }
    }
    if (its == NULL && node->since_count < FEES_SINCE_MAX) {
        its = &node->since[node->since_count++];
        *its = (fees_since){place, index, tip, tip};
    }
    if (its == NULL) {
        return tip;
    }
    its->tip = its->last + 1 < tip ? tip : its->tip;
    its->last = tip;
    return its->tip;
}

static prom_fee_obligation due_of(prom_rpc *node, size_t place, const prom_want *want)
{
    prom_fee_obligation due = want->as.publish.due;
    const int64_t first =
        since(node, place, want->kind == PROM_WANT_PUBLISH ? want->as.publish.tx : (uint32_t)PROM_TX0);
    due.first_tip = first > due.first_tip ? first : due.first_tip;
    return due;
}

static size_t list_wishes(prom_rpc *node, sim_wanted wishes[WISHES_MAX])
{
    static prom_wants wants;
    prom_error error = {{0}};
    size_t count = 0;
    for (size_t place = 0; place < node->run->world->places; place++) {
        sim_party *party = &node->run->parties[place];
        const prom_channel_view view = prom_sim_view(node->run, party);
        if ((node->dead >> place & 1) != 0) {
            continue;
        }
        NEED(prom_channel_wants(party->channel, &party->step, &wants, &view, &error), &error);
        for (size_t i = 0; i < wants.count && count < WISHES_MAX; i++) {
            const prom_want *want = &wants.list[i];
            const bool branch = want->kind == PROM_WANT_PUBLISH;
            const uint32_t index = branch ? want->as.publish.tx : (uint32_t)PROM_TX0;
            if ((branch || want->kind == PROM_WANT_PUBLISH_TX0) && is_meant(node, place, index)) {
                wishes[count++] = (sim_wanted){place, index, due_of(node, place, want)};
            }
        }
    }
    return count;
}

static prom_result make_child(void *context, prom_arena *arena, prom_tx **child, const prom_bump *bump,
                              prom_error *error)
{
    const prom_rpc *node = context;
    const prom_bytes32 auxiliary = {{0}};
    return prom_bump_child(node->run->world->curve, arena, child, bump, &node->run->world->keys[node->payer].payout,
                           &auxiliary, error);
}

static void look(prom_rpc *node, const sim_wanted *wish)
{
    prom_error error = {{0}};
    const prom_tree_tx *branch = &node->run->world->tree->tx[wish->index];
    const sim_tx *seen = prom_fees_seen(node, &branch->txid);
    const prom_bump_coin coin = {node->coins[wish->place].outpoint, prom_amount_of(node->coins[wish->place].value),
                                 node->run->world->keys[wish->place].payout.public_key};
    const prom_child_signer signer = {node, make_child};
    prom_fee_climate climate;
    prom_broadcast_report report;
    prom_broadcast_want want = {.fee = branch->fee, .due = wish->due, .coin = &coin};
    if (seen == NULL) {
        return; /* made whole by the party's next step */
    }
    node->payer = wish->place;
    node->at_risk = sat(wish->due.at_risk);
    NEED(prom_tx_serialize(&node->run->arena, &want.tx, seen->tx, true, &error), &error);
    NEED(prom_fee_climate_get(node, &climate, &error), &error);
    prom_broadcast(node, &report, &want, node->market.height, &climate, &signer);
    if (report.state == PROM_BROADCAST_UNKNOWN) {
        prom_sim_fail(node->run, "a broadcast failed: %s", report.told.sentence);
    }
    if (node->run->log != NULL) {
        prom_sim_note(node->run, wish->place, "fee", "%s wants %u, pays %u, child %llu: %s", branch->name,
                      (unsigned)report.wanted, (unsigned)report.pays,
                      (unsigned long long)(report.has_child ? sat(report.child_fee) : 0), report.told.sentence);
    }
}

static void note_wish(prom_rpc *node, const sim_wanted *wish)
{
    fees_result *result = node->result;
    const fees_attack *attack = &node->plan->attack;
    const bool target = attack->kind != FEES_NO_ATTACK && wish->place != attack->attacker &&
                        prom_fees_branch_id(node->run->world->tree, wish->index) == attack->target;
    if (wish->index != PROM_TX0 && result->first_wanted == 0) {
        result->first_wanted = node->market.height;
        if (node->plan->changes == 0) {
            node->market.changes = node->market.height + 1;
        }
    }
    if (target && result->target_wanted == 0) {
        result->target_wanted = node->market.height;
        result->at_risk = sat(wish->due.at_risk);
    }
}

static void look_at_all(prom_rpc *node)
{
    sim_wanted wishes[WISHES_MAX];
    const size_t count = list_wishes(node, wishes);
    for (size_t i = 0; i < count; i++) {
        note_wish(node, &wishes[i]);
    }
    for (uint32_t i = 0; i < node->plan->looks && !node->run->failed; i++) {
        prom_fees_attack(node);
        for (size_t j = 0; j < count && !node->run->failed; j++) {
            look(node, &wishes[j]);
        }
        prom_fees_attack(node);
    }
}

/* -- What the story does -- */

static bool is_mined(const prom_rpc *node, prom_tree_id index)
{
    const sim_tx *seen = prom_fees_seen(node, &node->run->world->tree->tx[index].txid);
    return seen != NULL && seen->height != 0;
}

static bool has_come(const prom_rpc *node, fees_moment moment)
{
    switch (moment) {
    case FEES_NEVER:
        return false;
    case FEES_LOCKED:
        return is_mined(node, PROM_TX0);
    case FEES_DELIVERED:
        return node->run->parties[PLACE_V].disk.facts.batches[0].money.verdict_known;
    case FEES_ACCUSED:
        return is_mined(node, PROM_TXV0);
    }
    return false;
}

/* Who is killed does nothing more, and whoever lied has done so. */
static void kill_when_due(prom_rpc *node)
{
    const fees_story *story = node->plan->story;
    sim_run *run = node->run;
    if (node->killed || !has_come(node, story->kill_at)) {
        return;
    }
    node->killed = true;
    node->dead = story->kill;
    run->plan.never = UINT32_MAX;
    run->plan.features = UINT64_C(1) << SIM_DROP;
    for (size_t i = 0; i < run->world->places; i++) {
        run->parties[i].honest = (story->kill >> i & 1) == 0;
        run->parties[i].way_count = run->parties[i].honest ? run->parties[i].way_count : 0;
    }
}

static void unmine(prom_rpc *node, market_tx *tx)
{
    tx->mined = false;
    tx->pooled = true;
    if (tx->index == PROM_TREE_OTHER && tx->payer < PROM_PLACES_MAX) {
        node->coins[tx->payer].outpoint = tx->inputs[1];
        node->coins[tx->payer].value += tx->fee - PROM_ANCHOR_SAT;
    }
}

/* Undoes two blocks, the one with Tx0 or the settlement among them, when it has one upon it. */
static void reorganise_when_due(prom_rpc *node)
{
    sim_run *run = node->run;
    const prom_tree_id undone = node->undone == 0 ? PROM_TX0 : PROM_TX4;
    const sim_tx *seen = prom_fees_seen(node, &run->world->tree->tx[undone].txid);
    if (!node->plan->story->reorganise || node->undone == 2 || seen == NULL || seen->height == 0 ||
        seen->height + 1 != run->chain.tip->height) {
        return;
    }
    node->undone++;
    for (size_t i = 0; i < 2; i++) {
        prom_sim_chain_undo(&run->chain);
        node->market.height--;
    }
    for (size_t i = 0; i < node->market.tx_count; i++) {
        if (node->market.txs[i].mined && node->market.txs[i].height > node->market.height) {
            unmine(node, &node->market.txs[i]);
        }
    }
}

/* -- Blocks -- */

static void move_coin(prom_rpc *node, const market_tx *child)
{
    if (child->payer < PROM_PLACES_MAX) {
        node->coins[child->payer].outpoint = (prom_outpoint){child->txid, 0};
        node->coins[child->payer].value += PROM_ANCHOR_SAT - child->fee;
    }
}

/* Whoever wants it mined knows the transaction before it is made whole by the next step's wants. */
static size_t choose(sim_run *run, sim_tx **chosen)
{
    prom_rpc *node = run->plan.miner->context;
    market_tx *mined[MARKET_TXS_MAX];
    size_t count = 0;
    node->run = run;
    node->acted = false;
    kill_when_due(node);
    reorganise_when_due(node);
    look_at_all(node);
    node->result->attacked += node->acted;
    const size_t mined_count = prom_market_mine(&node->market, mined);
    for (size_t i = 0; i < mined_count; i++) {
        if (mined[i]->payer == MARKET_NOBODY) { /* paid for, and forgotten */
            node->result->attacker_paid += mined[i]->fee;
            mined[i]->mined = false;
            continue;
        }
        if (mined[i]->index == PROM_TREE_OTHER) {
            move_coin(node, mined[i]);
        }
        for (size_t j = 0; j < run->chain.tx_count && mined[i]->index != PROM_TREE_OTHER; j++) {
            if (run->chain.txs[j].index == mined[i]->index) {
                chosen[count++] = &run->chain.txs[j];
            }
        }
    }
    if (run->H0 == 0 && run->chain.tip->height > run->world->terms.setup_deadline) {
        prom_sim_fail(run, "Tx0 came into no block before the setup's deadline");
    }
    return count;
}

/* -- What came of it -- */

/* W's and V's parts of Tx0's fee are those of an input and its change. */
static void share_Tx0(fees_result *result, const sim_world *world, uint64_t fee)
{
    const uint64_t part = (uint64_t)world->terms.feerate * ((230 + 172 + 3) / 4);
    result->payers[PLACE_W] += part;
    result->payers[PLACE_V] += part;
    result->payers[PLACE_C] += fee - 2 * part;
}

static void count_fees(const prom_rpc *node, fees_result *result)
{
    for (size_t i = 0; i < node->market.tx_count; i++) {
        const market_tx *tx = &node->market.txs[i];
        const bool child = tx->index == PROM_TREE_OTHER;
        if (!tx->mined) {
            continue;
        }
        result->total += tx->fee;
        if (tx->index == PROM_TX0) {
            share_Tx0(result, node->run->world, tx->fee);
        } else {
            result->payers[tx->payer] += tx->fee;
        }
        if (child && tx->payer == node->plan->attack.victim) {
            result->victim_paid += tx->fee;
        }
        if (child && tx->fee > result->largest) {
            result->largest = tx->fee;
            result->largest_risk = tx->at_risk;
        }
    }
}

static prom_payouts payouts_of(const sim_world *world, unsigned scheme)
{
    prom_error error = {{0}};
    const prom_stakes stakes = {&world->terms.P, world->terms.c, world->terms.retainer};
    prom_payouts payouts;
    NEED(prom_payouts_of(&payouts, &stakes, scheme, scheme >= 6 ? world->set->n : 0, &error), &error);
    return payouts;
}

static void count_losses(const prom_rpc *node, fees_result *result)
{
    const fees_story *story = node->plan->story;
    const sim_world *world = node->run->world;
    if (result->scheme == story->scheme || result->scheme == 0) {
        return;
    }
    const prom_payouts hoped = payouts_of(world, story->scheme);
    const prom_payouts got = payouts_of(world, result->scheme);
    for (size_t i = 0; i < world->places; i++) {
        const size_t payee = i < PROM_PARTIES ? i : (size_t)PROM_PAYEE_A_PLUS;
        const uint64_t before = sat(hoped.to[payee]);
        const uint64_t after = sat(got.to[payee]);
        const bool kept = ((story->liars | story->kill) >> i & 1) == 0;
        result->lost[i] = kept && before > after ? before - after : 0;
    }
}

uint64_t prom_fees_coin(const sim_world *world, size_t place)
{
    prom_error error = {{0}};
    prom_fee_coin coin;
    NEED(prom_fee_coin_of(&coin, &world->terms, prom_sim_role(place), FEES_HIGHEST, &error), &error);
    return sat(coin.value);
}

static void begin(prom_rpc *node, fees_result *result, const fees_plan *plan)
{
    memset(result, 0, sizeof *result);
    memset(node, 0, sizeof *node);
    node->plan = plan;
    node->result = result;
    prom_market_init(&node->market, plan->climate, plan->world->tip, plan->seed);
    node->market.changes = plan->changes == 0 ? INT64_MAX : plan->changes + 1;
    node->market.context = node;
    node->market.fits = prom_fees_fits;
    for (size_t i = 0; i < plan->world->places; i++) {
        node->coins[i].outpoint = (prom_outpoint){prom_sim_named("coin for fees", i), 0};
        node->coins[i].value = plan->coin != 0 ? plan->coin : prom_fees_coin(plan->world, i);
    }
}

void prom_fees_play(fees_result *result, const fees_plan *plan, FILE *log)
{
    static sim_run run;
    static prom_rpc node;
    const sim_miner miner = {choose, &node, plan->world, BLOCKS_MAX};
    const sim_plan drawn = {.seed = plan->seed,
                            .coalition = plan->story->liars,
                            .features = plan->story->liars != 0 ? UINT64_C(1) << SIM_GARBAGE : 0,
                            .rate = {[SIM_GARBAGE] = 1000, [SIM_DROP] = 1000},
                            .moves_max = 0,
                            .blocks_faulty = UINT32_MAX,
                            .message_blocks = plan->world->set->open ? 1 : 0,
                            .miner = &miner};
    begin(&node, result, plan);
    const bool good = prom_sim_play(&run, &drawn, log);
    result->scheme = prom_sim_scheme(&run);
    if (!good && run.H0 != 0 && run.chain.tip->height <= plan->world->tip + BLOCKS_MAX) {
        result->broken = true;
        memcpy(result->failure, run.failure, sizeof result->failure);
    }
    result->Tx0_waited = run.H0 == 0 ? UINT32_MAX : run.H0 - run.world->tip;
    for (size_t i = 0; i < run.chain.tx_count; i++) {
        const sim_tx *tx = &run.chain.txs[i];
        if (tx->height != 0 && tx->index != PROM_TREE_OTHER && run.world->tree->tx[tx->index].scheme != 0) {
            result->blocks = tx->height - run.H0;
        }
    }
    count_fees(&node, result);
    count_losses(&node, result);
    prom_sim_run_free(&run);
}

sim_world *prom_fees_world(const fees_scale *scale, market_climate climate, sim_terms *terms)
{
    *terms = scale->terms;
    terms->feerate = (prom_climate_at(climate, -1) + 999) / 1000;
    return prom_sim_world_new(&scale->set, terms);
}
