/* A setup: who does what next is drawn; before each block honest actors have done and heard what they can. */
#include "setup.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "channel/step.h"
#include "prometheus/bitcoin/script.h"
#include "prometheus/crypto/hash.h"

enum { MEMORY_MAX = 1 << 29, ANSWER_SECONDS = 60 };

void prom_sim_setup_note(setup_run *run, const setup_actor *actor, const char *what, const char *text)
{
    for (const char *at = what; *at != 0; at++) {
        run->trace = (run->trace ^ (uint8_t)*at) * UINT64_C(0x100000001b3);
    }
    run->trace = (run->trace ^ run->seconds ^ (actor == NULL ? 99 : actor->number)) * UINT64_C(0x100000001b3);
    if (run->log != NULL) {
        (void)fprintf(
            run->log, "%7llu %4zu  %-8s%2d%c %-10s %-9s %s\n", (unsigned long long)run->seconds, run->block_count,
            actor == NULL ? "chain" : prom_role_name(actor->role), actor == NULL ? 0 : (int)actor->number,
            actor != NULL && !actor->honest ? '*' : ' ',
            actor == NULL || actor->channel == NULL ? "" : prom_setup_phase_name(actor->channel->facts.setup.phase),
            what, text);
    }
}

void prom_sim_setup_fail(setup_run *run, const char *format, ...)
{
    va_list arguments;
    if (run->failed) {
        return;
    }
    run->failed = true;
    va_start(arguments, format);
    (void)vsnprintf(run->failure, sizeof run->failure, format, arguments);
    va_end(arguments);
    prom_sim_setup_note(run, NULL, "FAILED", run->failure);
}

/* -- Links -- */

void prom_sim_setup_post(setup_run *run, const prom_bytes32 *key, size_t from, size_t to, const prom_message *message)
{
    prom_error error = {{0}};
    void *memory = NULL;
    sim_link *link = &run->links[from][to];
    NEED(prom_arena_alloc(&run->arena, &memory, 1, sizeof(sim_letter), &error), &error);
    sim_letter *letter = memory;
    NEED(prom_message_copy(&run->arena, &letter->message, message, &error), &error);
    letter->from = *key;
    if (link->last != NULL) {
        link->last->next = letter;
    } else {
        link->first = letter;
    }
    link->last = letter;
}

static bool deliver(setup_run *run, size_t from, size_t to)
{
    sim_link *link = &run->links[from][to];
    setup_actor *actor = &run->actors[to];
    const sim_letter *letter = link->first;
    prom_reception reception = PROM_TAKEN;
    if (letter == NULL || link->early) {
        return false;
    }
    const prom_event event = {.kind = PROM_EVENT_MESSAGE, .as.message = {&letter->from, &letter->message}};
    prom_sim_setup_note(run, actor, "message", prom_message_name(letter->message.kind));
    if (!prom_sim_actor_step(run, actor, &event, &reception)) {
        if (!run->failed) {
            prom_sim_actor_restart(run, actor);
        }
        return true;
    }
    if (reception == PROM_TOO_EARLY) {
        link->early = true;
        return false;
    }
    link->first = letter->next;
    link->last = link->first == NULL ? NULL : link->last;
    return true;
}

/* -- Making it -- */

static prom_key key_of(const setup_run *run, const char *name, size_t number)
{
    prom_error error = {{0}};
    prom_key key;
    const prom_bytes32 secret = prom_sim_named(name, number);
    NEED(prom_key_from_secret(run->world->curve, &key, &secret, &error), &error);
    return key;
}

static void add_block(setup_run *run, const prom_tx *const *txs, size_t count)
{
    setup_block *block = &run->blocks[run->block_count++];
    *block = (setup_block){.hash = prom_sim_named("block of a setup", run->made++), .count = count};
    for (size_t i = 0; i < count; i++) {
        block->txs[i] = txs[i];
    }
}

static const prom_tx *publish_p(setup_run *run)
{
    prom_error error = {{0}};
    prom_tx *tx = NULL;
    NEED(prom_tx_new(&run->arena, &tx, 1, 1, &error), &error);
    tx->inputs[0].outpoint.txid = prom_sim_named("funding of P", 0);
    tx->outputs[0].value = prom_amount_zero();
    NEED(prom_parameters_script(&run->arena, &tx->outputs[0].script, &run->P, &error), &error);
    NEED(prom_tx_id(&run->arena, &run->p_txid, tx, &error), &error);
    return tx;
}

static const prom_tx *offer(setup_run *run, setup_actor *actor)
{
    prom_error error = {{0}};
    prom_tx_output outputs[PROM_OFFER_OUTPUTS];
    prom_announcement *announcement = &actor->config.announcement;
    const prom_bytes32 auxiliary = {{0}};
    prom_bytes32 hash;
    prom_bytes32 txid;
    prom_tx *tx = NULL;
    NEED(prom_offer_outputs(run->world->curve, &run->arena, outputs, &run->p_txid, &run->P, &actor->coin.public_key,
                            &error),
         &error);
    NEED(prom_tx_new(&run->arena, &tx, 1, PROM_OFFER_OUTPUTS, &error), &error);
    tx->inputs[0].outpoint.txid = prom_sim_named("funding of an offer", actor->number);
    memcpy(tx->outputs, outputs, sizeof outputs);
    NEED(prom_tx_id(&run->arena, &txid, tx, &error), &error);
    *announcement = (prom_announcement){.p_txid = run->p_txid,
                                        .offer = {txid, 0},
                                        .Q = actor->coin.public_key,
                                        .retainer = prom_amount_of(4000),
                                        .node_key = actor->node.public_key,
                                        .address = prom_span_of((const uint8_t *)"arbiter:7167", 12)};
    NEED(prom_announcement_hash(&run->arena, &hash, announcement, &error), &error);
    NEED(prom_sign(run->world->curve, &announcement->signature, &hash, &actor->coin, &auxiliary, &error), &error);
    run->heard[run->heard_count++] = *announcement;
    return tx;
}

static void add_actor(setup_run *run, size_t number)
{
    setup_actor *actor = &run->actors[number];
    prom_error error = {{0}};
    *actor = (setup_actor){.role = number < PROM_PARTIES ? (prom_role)number : PROM_ROLE_ARBITER,
                           .number = number,
                           .honest = (run->coalition >> number & 1) == 0};
    actor->words = key_of(run, "own words of a setup", number);
    actor->joint = key_of(run, "joint of a setup", number);
    actor->seal = key_of(run, "seal of a setup", number);
    actor->host = key_of(run, "host of a setup", number);
    actor->node = key_of(run, "node of a setup", number);
    actor->coin = key_of(run, "coin of a setup", number);
    actor->payout = key_of(run, "payout of a setup", number);
    actor->config = (prom_channel_config){
        .genesis = run->world->terms.genesis,
        .limits = {.payload_bytes = 1 << 20, .package_bytes = 1 << 20, .feerate = 10, .three_max = run->P.w},
        .time = {.compute_seconds = 60, .verify_seconds = 60, .bytes_per_second = 1000000},
        .answer_seconds = ANSWER_SECONDS,
        .aborted_max = 3,
        .any_pool = true,
        .address = {.length = 9, .bytes = "node:7167"}};
    prom_arena_init(&actor->arena, MEMORY_MAX);
    prom_arena_init(&actor->step, MEMORY_MAX);
    prom_arena_init(&actor->wants, MEMORY_MAX);
    prom_arena_init(&actor->disk_arena[0], MEMORY_MAX);
    prom_arena_init(&actor->disk_arena[1], MEMORY_MAX);
    prom_arena_init(&actor->index_arena, MEMORY_MAX);
    NEED(prom_index_new(&actor->index_arena, &actor->index, run->world->curve, run->world->network, 1, &error), &error);
}

static void follow(setup_run *run, setup_actor *actor)
{
    while (!run->failed && prom_index_next_height(actor->index) <= run->block_count) {
        prom_sim_actor_connect(run, actor, prom_index_next_height(actor->index));
    }
}

/* P in block 1, the offers behind it, and blocks on them. */
static void make_chain(setup_run *run)
{
    const prom_tx *tx = publish_p(run);
    add_block(run, &tx, 1);
    for (size_t i = PROM_PARTIES; i < run->count; i++) {
        tx = offer(run, &run->actors[i]);
        add_block(run, &tx, 1);
    }
    for (size_t i = 0; i < 10; i++) {
        add_block(run, NULL, 0);
    }
}

static void begin(setup_run *run, uint64_t seed, FILE *log)
{
    memset(run, 0, sizeof *run);
    run->seed = seed;
    run->log = log;
    run->trace = seed;
    run->dice = sim_dice_of(seed, 11);
    run->adversary = sim_dice_of(seed, 12);
    run->world = prom_sim_world(1);
    run->P = run->world->terms.P;
    run->count = PROM_PARTIES + 3 + sim_below(&run->dice, 4);
    run->coalition = sim_chance(&run->dice, 400) ? 0 : sim_below(&run->dice, UINT32_C(1) << run->count);
    run->crash = sim_chance(&run->dice, 500) ? sim_below(&run->dice, 40) : 0;
    run->crashes = sim_below(&run->dice, 12);
    run->drop = sim_chance(&run->dice, 600) ? sim_below(&run->dice, 600) : 0;
    run->junk = sim_chance(&run->dice, 600) ? sim_below(&run->dice, 100) : 0;
    if (sim_chance(&run->dice, 400)) { /* who answers some and not others */
        run->silent_to = sim_below(&run->dice, UINT32_C(1) << run->count);
        run->silent_from = (prom_setup_phase)(PROM_SETUP_SEATING + sim_below(&run->dice, 5));
    }
    run->withholds = sim_chance(&run->adversary, 300);
    run->prompt = sim_chance(&run->adversary, 500);
    prom_arena_init(&run->arena, MEMORY_MAX);
    run->proposal = run->world->terms;
    run->proposal.arbiter_count = 0;
    memset(run->proposal.parties, 0, sizeof run->proposal.parties);
    for (size_t i = 0; i < run->count; i++) {
        add_actor(run, i);
    }
    make_chain(run);
    run->proposal.p_txid = run->p_txid;
    for (size_t i = 0; i < run->count; i++) {
        follow(run, &run->actors[i]);
        prom_sim_actor_begin(run, &run->actors[i]);
    }
}

static void propose(setup_run *run)
{
    prom_event event = {.kind = PROM_EVENT_PROPOSE, .as.propose = {.proposal = &run->proposal}};
    prom_reception reception;
    for (prom_party party = PROM_PARTY_C; party < PROM_PARTIES; party++) {
        event.as.propose.peers[party] = run->actors[party].words.public_key;
        event.as.propose.addresses[party] = run->actors[party].config.address;
    }
    for (unsigned i = 0;
         i < 50 && !run->failed && !prom_sim_actor_step(run, &run->actors[PROM_PARTY_C], &event, &reception); i++) {
        prom_sim_actor_restart(run, &run->actors[PROM_PARTY_C]);
    }
}

/* -- Lies -- */

/* Anything by anybody of the coalition, or a stranger: what was under way again, to others; or bytes by chance. */
static void lie(setup_run *run)
{
    sim_dice *dice = &run->adversary;
    const size_t from = sim_below(dice, (uint32_t)run->count);
    const size_t to = sim_below(dice, (uint32_t)run->count);
    const bool stranger = run->actors[from].honest;
    const prom_bytes32 key =
        stranger ? prom_sim_named("stranger", sim_below(dice, 3)) : run->actors[from].words.public_key;
    const sim_letter *seen =
        run->links[sim_below(dice, (uint32_t)run->count)][sim_below(dice, (uint32_t)run->count)].last;
    uint8_t bytes[200];
    prom_message message = {.kind = (prom_message_kind)(1 + sim_below(dice, PROM_MESSAGE_KINDS - 1))};
    if (seen != NULL && sim_chance(dice, 600)) {
        message = seen->message;
    } else if (message.kind == PROM_MESSAGE_NONCES || message.kind == PROM_MESSAGE_PARTIALS ||
               message.kind == PROM_MESSAGE_TX0_SIGNATURES || message.kind == PROM_MESSAGE_TX0 ||
               message.kind == PROM_MESSAGE_REFUSAL) {
        for (size_t i = 0; i < sizeof bytes; i++) {
            bytes[i] = (uint8_t)sim_roll(dice);
        }
        message.as.bytes = prom_span_of(bytes, sim_below(dice, sizeof bytes));
    }
    if (to != from) {
        prom_sim_setup_note(run, &run->actors[to], stranger ? "stranger" : "lie", prom_message_name(message.kind));
        prom_sim_setup_post(run, &key, stranger ? SETUP_ACTORS_MAX : from, to, &message);
    }
}

/* -- What happens -- */

static bool do_all_once(setup_run *run)
{
    bool moved = false;
    for (size_t i = 0; i < run->count && !run->failed; i++) {
        const bool prompt = run->actors[i].honest || run->prompt;
        moved |= prompt && prom_sim_actor_serve(run, &run->actors[i]);
        for (size_t j = 0; j < run->count && !run->failed; j++) {
            moved |= prompt && deliver(run, i, j);
        }
        moved |= !run->failed && deliver(run, SETUP_ACTORS_MAX, i);
    }
    return moved;
}

static void settle(setup_run *run)
{
    for (unsigned round = 0; round < 60 && !run->failed && do_all_once(run); round++) {
    }
}

static void mine(setup_run *run)
{
    const prom_tx *tx = run->pending;
    const bool with = tx != NULL && !run->mined && sim_chance(&run->dice, 600);
    add_block(run, &tx, with ? 1 : 0);
    run->mined = run->mined || with;
    prom_sim_setup_note(run, NULL, "block", with ? "with a transaction of the contract" : "");
    for (size_t i = 0; i < run->count && !run->failed; i++) {
        follow(run, &run->actors[i]);
    }
}

static void move(setup_run *run)
{
    const uint32_t roll = sim_below(&run->dice, 1000);
    const size_t a = sim_below(&run->dice, (uint32_t)run->count);
    const size_t b = sim_below(&run->dice, (uint32_t)run->count);
    if (sim_chance(&run->adversary, run->junk)) {
        lie(run);
    }
    if (roll < 450) {
        (void)deliver(run, sim_chance(&run->dice, 50) ? SETUP_ACTORS_MAX : a, b);
    } else if (roll < 900) {
        (void)prom_sim_actor_serve(run, &run->actors[a]);
    } else if (roll < 980) {
        run->seconds += sim_below(&run->dice, 30);
        prom_sim_actor_tick(run, &run->actors[a]);
    } else {
        settle(run);
        mine(run);
        run->seconds += 30 + sim_below(&run->dice, 900);
    }
}

static bool all_rest(const setup_run *run)
{
    for (size_t i = 0; i < run->count; i++) {
        const prom_setup_phase phase = run->actors[i].channel->facts.setup.phase;
        if (run->actors[i].honest && phase != PROM_SETUP_NEW && phase != PROM_SETUP_OVER &&
            !(phase == PROM_SETUP_GIVEN && run->mined)) {
            return false;
        }
    }
    return true;
}

/* Nothing proves anybody at fault who keeps the rules; and that one is silent not even C and V say without W, nor any
 * two of the three. */
static void claim_blame(setup_run *run, const setup_actor *actor)
{
    const prom_setup_session *setup = &actor->channel->facts.setup;
    for (size_t i = 0; actor->honest && i < setup->candidate_count; i++) {
        const prom_candidate *candidate = &setup->candidates[i];
        for (size_t j = PROM_PARTIES; candidate->lost && j < run->count; j++) {
            const bool its = prom_outpoint_equal(&candidate->offer, &run->actors[j].config.announcement.offer) &&
                             run->actors[j].honest;
            if (its && candidate->loss != PROM_LOSS_SILENT) {
                prom_sim_setup_fail(run, "arbiter %zu is proven at fault, and keeps the rules", j);
            }
            if (its && candidate->silent_by != (1U << PROM_PARTIES) - 1) {
                prom_sim_setup_fail(run, "arbiter %zu lost its seat by fewer than three words of silence", j);
            }
        }
    }
}

/* Whether somebody has lost a seat. */
static bool is_seat_lost(const setup_run *run)
{
    bool lost = false;
    for (size_t i = 0; i < run->count; i++) {
        const prom_setup_session *setup = &run->actors[i].channel->facts.setup;
        for (size_t j = 0; j < setup->candidate_count; j++) {
            lost = lost || setup->candidates[j].lost;
        }
    }
    return lost;
}

/* Everybody honest comes to a contract, or lets go. Without a coalition they come to a contract, but where an arbiter
 * was silent for too long, as its messages were lost: then there may be too few. */
static void claim_end(setup_run *run)
{
    const bool contract = run->actors[PROM_PARTY_C].channel->facts.setup.phase == PROM_SETUP_GIVEN;
    if (!all_rest(run)) {
        prom_sim_setup_fail(run, "somebody holds on to a setup that is over");
    }
    for (size_t i = 0; i < run->count && !run->failed; i++) {
        if (run->actors[i].channel->facts.frozen) {
            prom_sim_setup_fail(run, "actor %zu is frozen", i);
        }
        claim_blame(run, &run->actors[i]);
    }
    if (run->coalition == 0 && run->crash == 0 && !contract && !is_seat_lost(run)) {
        prom_sim_setup_fail(run, "all keep the rules, and there is no contract: %s",
                            run->actors[PROM_PARTY_C].channel->facts.setup.reason);
    }
}

static bool goes_on(const setup_run *run, size_t from)
{
    enum { BLOCKS = 80 };
    const bool rest = all_rest(run) && run->actors[PROM_PARTY_C].channel->facts.setup.phase != PROM_SETUP_NEW;
    return run->block_count < from + BLOCKS && !(run->block_count > from + 4 && rest);
}

bool prom_sim_setup(setup_run *run, uint64_t seed, FILE *log)
{
    begin(run, seed, log);
    propose(run);
    const size_t from = run->block_count;
    while (!run->failed && goes_on(run, from)) {
        run->quiet = run->block_count > from + 60;
        move(run);
        if (!goes_on(run, from)) {
            settle(run); /* what was on its way may begin something once more */
        }
    }
    if (!run->failed) {
        claim_end(run);
    }
    return !run->failed;
}

bool prom_sim_setup_reached(const setup_run *run, size_t goal)
{
    switch (goal) {
    case SETUP_GOAL_CONTRACT:
        return run->has_contract;
    case SETUP_GOAL_ABANDONED: /* Tx0 has more inputs */
        return run->mined && run->pending->input_count == 1;
    case SETUP_GOAL_DRAWN_IN_VAIN:
        return run->reached[PROM_SETUP_SEATING] && !run->has_contract;
    default:
        return run->reached[goal];
    }
}

void prom_sim_setup_free(setup_run *run)
{
    for (size_t i = 0; i < run->count; i++) {
        setup_actor *actor = &run->actors[i];
        prom_arena_free(&actor->arena);
        prom_arena_free(&actor->step);
        prom_arena_free(&actor->wants);
        prom_arena_free(&actor->disk_arena[0]);
        prom_arena_free(&actor->disk_arena[1]);
        prom_arena_free(&actor->index_arena);
    }
    prom_arena_free(&run->arena);
}
