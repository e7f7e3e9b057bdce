/* The coalition: it holds the keys of its places and what their channels know, runs their step functions when it
 * likes, and besides says and broadcasts whatever it can sign and complete. */
#include "sim.h"

#include <string.h>

#include "prometheus/bitcoin/script.h"

size_t prom_sim_accomplice(sim_run *run)
{
    size_t places[PROM_PLACES_MAX];
    uint32_t count = 0;
    for (size_t i = 0; i < run->world->places; i++) {
        if (!run->parties[i].honest) {
            places[count++] = i;
        }
    }
    return count == 0 ? PROM_NO_PLACE : places[sim_below(&run->adversary.dice, count)];
}

size_t prom_sim_bribed(sim_run *run)
{
    size_t places[PROM_PLACES_MAX];
    uint32_t count = 0;
    for (size_t i = PLACE_A; i < run->world->places; i++) {
        if (!run->parties[i].honest) {
            places[count++] = i;
        }
    }
    return count == 0 ? PROM_NO_PLACE : places[sim_below(&run->adversary.dice, count)];
}

void prom_sim_say(sim_run *run, size_t from, const prom_message *message)
{
    sim_dice *dice = &run->adversary.dice;
    const uint32_t one = sim_below(dice, (uint32_t)run->world->places);
    const uint32_t some = sim_below(dice, UINT32_C(1) << run->world->places);
    const uint32_t shape = sim_below(dice, 3);
    for (size_t to = 0; to < run->world->places; to++) {
        const bool meant = shape == 0 ? to == one : shape == 1 ? (some >> to & 1) != 0 : true;
        if (meant && to != from) {
            prom_sim_note(run, from, "lie", "%s to %zu", prom_message_name(message->kind), to);
            prom_sim_post(run, prom_place_key(&run->world->terms, from), from, to, message);
            if (sim_chance(dice, 200)) {
                run->links[from][to].last->ready += (int64_t)sim_below(dice, 20) * 600000;
            }
        }
    }
}

void prom_sim_state(sim_run *run, prom_attestation *statement)
{
    const prom_bytes32 auxiliary = {{0}};
    prom_error error = {{0}};
    sim_adversary *adversary = &run->adversary;
    statement->contract_id = run->world->tree->contract_id;
    NEED(prom_attestation_sign(run->world->curve, statement, &run->world->keys[statement->place].words, &auxiliary,
                               &error),
         &error);
    adversary->pool[adversary->pool_count++ % SIM_POOL_MAX] = *statement;
}

bool prom_sim_any_statement(sim_run *run, prom_attestation *statement)
{
    sim_adversary *adversary = &run->adversary;
    const size_t own = adversary->pool_count < SIM_POOL_MAX ? adversary->pool_count : SIM_POOL_MAX;
    if (own > 0 && sim_chance(&adversary->dice, 400)) {
        *statement = adversary->pool[sim_below(&adversary->dice, (uint32_t)own)];
        return true;
    }
    const size_t place = prom_sim_accomplice(run);
    const prom_evidence *its =
        place == PROM_NO_PLACE ? NULL : &run->parties[place].channel->facts.batches[0].evidence.statements;
    if (its == NULL || its->count == 0) {
        return false;
    }
    *statement = its->list[sim_below(&adversary->dice, (uint32_t)its->count)];
    return true;
}

/* -- What it can complete -- */

static bool is_seen(const sim_run *run, uint32_t index)
{
    for (size_t i = 0; i < run->chain.tx_count; i++) {
        if (run->chain.txs[i].index == index && run->chain.txs[i].pooled) {
            return true;
        }
    }
    return false;
}

static const prom_money *money_at(const sim_run *run, size_t place)
{
    return &run->parties[place].channel->facts.batches[0].money;
}

static bool knows_key(const sim_run *run)
{
    bool known = !run->parties[PLACE_W].honest || is_seen(run, PROM_TX3) || is_seen(run, PROM_TX4);
    for (size_t i = 0; i < run->world->places; i++) {
        known = known || (!run->parties[i].honest && money_at(run, i)->key_known);
    }
    return known;
}

prom_signature prom_sim_sign_branch(sim_run *run, const prom_tree_tx *tx)
{
    const prom_bytes32 auxiliary = {{0}};
    prom_error error = {{0}};
    prom_bytes32 hash;
    prom_signature signature;
    NEED(prom_tree_sighash(&run->arena, &hash, tx, 0, &error), &error);
    NEED(prom_sign(run->world->curve, &signature, &hash, &run->world->keys[PLACE_V].words, &auxiliary, &error), &error);
    return signature;
}

/* V's signature of Tx4, or of TxV0: its own to make, or given to the coalition's worker. */
static bool verdict_of(sim_run *run, prom_signature *signature, const prom_tree_tx *tx)
{
    if (!run->parties[PLACE_V].honest) {
        *signature = prom_sim_sign_branch(run, tx);
        return true;
    }
    const prom_money *worker = money_at(run, PLACE_W);
    const bool given = tx == &run->world->tree->tx[PROM_TX4] && !run->parties[PLACE_W].honest && worker->verdict_known;
    if (given) {
        *signature = worker->verdict_signature;
    }
    return given;
}

/* Y's signature for this S, where one of the coalition has it. */
static bool decision_of(const sim_run *run, prom_signature *signature, const prom_tree_tx *tx)
{
    const prom_decision decision = tx->scheme == 6 ? PROM_DECISION_WORKER : PROM_DECISION_VERIFIER;
    for (size_t i = 0; i < run->world->places; i++) {
        const prom_arbitration *known = &run->parties[i].channel->facts.batches[0].arbitration;
        if (!run->parties[i].honest && known->decided && known->decision == decision &&
            known->deciders == tx->deciders) {
            *signature = known->decision_signature;
            return true;
        }
    }
    return false;
}

sim_tx *prom_sim_complete(sim_run *run, uint32_t index)
{
    const sim_world *world = run->world;
    const prom_tree_tx *tx = &world->tree->tx[index];
    prom_error error = {{0}};
    prom_signature V;
    prom_signature Y;
    prom_tx *made = NULL;
    prom_publication with = {0};
    if ((tx->waits_for & PROM_WAITS_V) != 0 && verdict_of(run, &V, tx)) {
        with.V = &V;
    }
    if ((tx->waits_for & PROM_WAITS_Y) != 0 && decision_of(run, &Y, tx)) {
        with.Y = &Y;
    }
    with.h_p = knows_key(run) ? &world->secrets.h_p : NULL;
    with.k_p = !run->parties[PLACE_W].honest || is_seen(run, PROM_TXA) ? &world->secrets.k_p : NULL;
    if (!prom_is_ok(prom_signing_finish(&run->arena, &made, world->signing, tx, &with, &error))) {
        return NULL; /* it cannot complete that one */
    }
    return prom_sim_chain_see(&run->chain, made);
}

void prom_sim_broadcast(sim_run *run, uint32_t index)
{
    sim_tx *seen = prom_sim_complete(run, index);
    if (seen != NULL && !seen->pooled) {
        prom_sim_note(run, PROM_PLACES_MAX, "broadcast", "%s", run->world->tree->tx[index].name);
        seen->pooled = true;
    }
}

static void broadcast(sim_run *run)
{
    const uint32_t named = PROM_TREE_NAMED - PROM_TX1;
    const uint32_t decisions = (uint32_t)run->world->tree->tx_count - PROM_TREE_NAMED;
    prom_sim_broadcast(run, sim_chance(&run->adversary.dice, 700)
                                ? PROM_TX1 + sim_below(&run->adversary.dice, named)
                                : PROM_TREE_NAMED + sim_below(&run->adversary.dice, decisions));
}

void prom_sim_spoil(sim_run *run, size_t place)
{
    const prom_tree_tx *tx0 = &run->world->tree->tx[PROM_TX0];
    const prom_bytes32 auxiliary = {{0}};
    prom_error error = {{0}};
    prom_bytes32 hash;
    prom_signature signature;
    prom_tx *tx = NULL;
    void *memory = NULL;
    size_t first = 0;
    if (place == PROM_NO_PLACE || run->H0 != 0) {
        return;
    }
    (void)prom_tx0_inputs(&run->world->terms, place, &first);
    NEED(prom_tx_new(&run->arena, &tx, 1, 1, &error), &error);
    tx->inputs[0].outpoint = tx0->tx->inputs[first].outpoint;
    tx->inputs[0].sequence = PROM_SEQUENCE_PLAIN;
    tx->outputs[0].value = prom_amount_of(1000);
    NEED(prom_script_p2tr(&run->arena, &tx->outputs[0].script, &run->world->keys[place].coin.public_key, &error),
         &error);
    const prom_signed_input input = {tx, &tx0->spent[first], 0, NULL, PROM_SIGHASH_DEFAULT};
    NEED(prom_tx_sighash(&run->arena, &hash, &input, &error), &error);
    NEED(prom_sign(run->world->curve, &signature, &hash, &run->world->keys[place].coin, &auxiliary, &error), &error);
    NEED(prom_arena_alloc(&run->arena, &memory, 1, sizeof(prom_span), &error), &error);
    prom_span *witness = memory;
    NEED(prom_span_copy(&run->arena, witness, prom_span_of(signature.bytes, sizeof signature.bytes), &error), &error);
    tx->inputs[0].witness = witness;
    tx->inputs[0].witness_count = 1;
    sim_tx *seen = prom_sim_chain_see(&run->chain, tx);
    if (seen != NULL) {
        prom_sim_note(run, place, "spoil", "%s", "an input of Tx0");
        seen->pooled = true;
    }
}

static void spoil(sim_run *run)
{
    prom_sim_spoil(run, prom_sim_accomplice(run));
}

static const struct {
    sim_feature feature;
    sim_move *move;
} moves[] = {
    {SIM_SECOND_PACKAGE, prom_sim_lie_package},
    {SIM_RECEIPTS, prom_sim_lie_receipt},
    {SIM_ANSWERS, prom_sim_lie_answer},
    {SIM_NOTICES, prom_sim_lie_notice},
    {SIM_VOTES, prom_sim_lie_vote},
    {SIM_ECHOES, prom_sim_lie_echo},
    {SIM_VERDICTS, prom_sim_lie_verdict},
    {SIM_KEYS, prom_sim_lie_key},
    {SIM_BROADCAST, broadcast},
    {SIM_DECISIONS, prom_sim_lie_decision},
    {SIM_QUESTIONS, prom_sim_lie_question},
    {SIM_SPOIL, spoil},
    {SIM_REPLAY, prom_sim_lie_replay},
    {SIM_STRANGER, prom_sim_lie_stranger},
};

static void plan_next(sim_run *run)
{
    sim_adversary *adversary = &run->adversary;
    adversary->next = adversary->moves >= run->plan.moves_max
                          ? INT64_MAX
                          : run->now + 1000 + (int64_t)sim_below(&adversary->dice, 400000);
}

void prom_sim_adversary_begin(sim_run *run)
{
    plan_next(run);
}

void prom_sim_adversary_move(sim_run *run)
{
    sim_adversary *adversary = &run->adversary;
    const size_t count = sizeof moves / sizeof moves[0];
    const size_t first = sim_below(&adversary->dice, count);
    for (size_t i = 0; i < count; i++) {
        const size_t at = (first + i) % count;
        if (prom_sim_is_on(run, moves[at].feature, &adversary->dice)) {
            adversary->moves++;
            moves[at].move(run);
            break;
        }
    }
    plan_next(run);
}
