/* A party: its channel, its disk, its view of the chain. A step counts once it is on the disk, which may fail or be
 * the last thing that happened. */
#include <stdlib.h>
#include <string.h>

#include "sim.h"

enum { ARENA_MAX = 1 << 30 };

prom_channel_view prom_sim_view(const sim_run *run, const sim_party *party)
{
    return (prom_channel_view){.config = &party->config,
                               .index = party->index,
                               .own_tip = party->own_tip,
                               .in_step = true,
                               .may_begin = true,
                               .seconds = (uint64_t)(run->now - party->started) / 1000};
}

/* -- Beginning -- */

static void give_job(const sim_run *run, prom_facts *facts, size_t place)
{
    const prom_job *job = &run->world->terms.job;
    prom_body *bodies = facts->batches[0].evidence.bodies;
    if (place < PROM_PARTIES) {
        bodies[PROM_BODY_PROGRAM] = (prom_body){true, job->program_digest, job->program_bytes, {{0}}};
        bodies[PROM_BODY_INPUT] = (prom_body){true, job->input_hash, job->input_bytes, {{0}}};
    }
}

/* The facts of a party that has given its signature of Tx0. */
static void give_facts(const sim_run *run, prom_facts *facts, size_t place)
{
    const sim_world *world = run->world;
    const sim_keys *keys = &world->keys[place];
    memset(facts, 0, sizeof *facts);
    facts->number = place;
    facts->role = prom_sim_role(place);
    facts->batch_count = 1;
    facts->setup.phase = PROM_SETUP_GIVEN;
    facts->setup.Y = world->terms.Y;
    facts->setup.held_tip = UINT32_MAX;
    facts->client = world->terms.parties[PROM_PARTY_C].key;
    facts->own.words = keys->words.public_key;
    facts->own.joint = keys->joint.public_key;
    facts->own.payout = keys->payout.public_key;
    facts->own.coin_count = 1;
    if (place < PROM_PARTIES) {
        facts->own.seal = world->terms.parties[place].seal_key;
        facts->own.change = world->terms.parties[place].change;
        facts->own.coins[0] = world->terms.parties[place].coins[0];
    } else {
        const prom_arbiter_terms *part = &world->terms.arbiters[place - PLACE_A];
        facts->own.host = keys->host.public_key;
        facts->own.coins[0] = (prom_coin){part->offer, world->terms.P.a, part->offer_key};
        facts->kept[PROM_KEPT_RECOVERY] = world->recovery;
    }
    if (place == PLACE_W) {
        facts->own.h = world->terms.h;
        facts->own.k_h = world->terms.k_h;
    }
    facts->kept[PROM_KEPT_BASE] = world->base_bytes;
    facts->kept[PROM_KEPT_TERMS] = world->terms_bytes;
    facts->kept[PROM_KEPT_SIGNATURES] = world->signatures;
    facts->kept[PROM_KEPT_TX0] = world->tx0_bytes;
    give_job(run, facts, place);
}

/* What a start makes of the facts on the disk. */
static void load(const sim_run *run, sim_party *party)
{
    prom_channel *channel = party->channel;
    const sim_world *world = run->world;
    memset(channel, 0, sizeof *channel);
    channel->curve = world->curve;
    channel->arena = &party->arena;
    channel->facts = party->disk.facts;
    channel->terms = world->terms;
    channel->tree = world->tree;
    channel->place = party->place;
    channel->signing = world->signing;
    party->own_tip = party->disk.own_tip;
}

static void connect(sim_run *run, sim_party *party, const sim_block *block)
{
    prom_error error = {{0}};
    const prom_tx *txs[SIM_BLOCK_TXS_MAX];
    for (size_t i = 0; i < block->count; i++) {
        txs[i] = block->txs[i]->tx;
    }
    const prom_index_block next = {.height = block->height,
                                   .hash = block->hash,
                                   .previous = block->parent == NULL ? (prom_bytes32){{0}} : block->parent->hash,
                                   .txs = txs,
                                   .tx_count = block->count};
    (void)run;
    NEED(prom_index_connect(party->index, &next, &error), &error);
}

/* The index of the chain that ends in this block. */
static void begin_index(sim_run *run, sim_party *party, sim_block *tip)
{
    enum { PATH_MAX = 1024 };
    prom_error error = {{0}};
    const sim_block *path[PATH_MAX];
    size_t count = 0;
    for (const sim_block *block = tip; block != NULL && count < PATH_MAX; block = block->parent) {
        path[count++] = block;
    }
    prom_arena_free(&party->index_arena);
    prom_arena_init(&party->index_arena, ARENA_MAX);
    NEED(prom_index_new(&party->index_arena, &party->index, run->world->curve, run->world->network,
                        path[count - 1]->height, &error),
         &error);
    while (count > 0) {
        connect(run, party, path[--count]);
    }
    party->tip = tip;
}

void prom_sim_party_begin(sim_run *run, size_t place)
{
    prom_error error = {{0}};
    sim_party *party = &run->parties[place];
    void *memory = NULL;
    memset(party, 0, sizeof *party);
    party->place = place;
    party->honest = (run->plan.coalition >> place & 1) == 0;
    party->sync_at = INT64_MAX;
    party->config = (prom_channel_config){.genesis = run->world->terms.genesis,
                                          .signet_challenge = run->world->terms.signet_challenge};
    prom_arena_init(&party->arena, ARENA_MAX);
    prom_arena_init(&party->step, ARENA_MAX);
    NEED(prom_arena_alloc(&party->arena, &memory, 1, sizeof *party->channel, &error), &error);
    party->channel = memory;
    party->disk.own_tip = run->chain.tip->height;
    give_facts(run, &party->disk.facts, place);
    party->disk.tip = run->chain.tip;
    begin_index(run, party, run->chain.tip);
    load(run, party);
}

void prom_sim_party_end(sim_party *party)
{
    prom_arena_free(&party->step);
    prom_arena_free(&party->index_arena);
    prom_arena_free(&party->arena);
    free(party->backup);
    party->backup = NULL;
}

/* -- The disk -- */

/* A contract has one batch. */
static bool is_part(size_t part)
{
    return part <= PROM_PART_ARBITRATION || part >= PROM_PART_KEPT;
}

/* All parts of the facts as bytes. Kept byte strings are never changed where they lie, as a node has it. */
static void write_all(sim_party *party, const prom_facts *facts, prom_span bytes[PROM_PARTS])
{
    const sim_disk *disk = &party->disk;
    prom_error error = {{0}};
    for (size_t part = 0; part < PROM_PARTS; part++) {
        const size_t kind = part - PROM_PART_KEPT;
        if (part >= PROM_PART_KEPT && disk->bytes[part].length > 0 &&
            facts->kept[kind].data == disk->facts.kept[kind].data &&
            facts->kept[kind].length == disk->facts.kept[kind].length) {
            bytes[part] = disk->bytes[part];
        } else if (is_part(part)) {
            NEED(prom_facts_write(&party->step, &bytes[part], facts, (prom_part)part, 0, &error), &error);
        }
    }
}

static prom_facts *read_all(sim_party *party, const prom_span bytes[PROM_PARTS])
{
    prom_error error = {{0}};
    void *memory = NULL;
    NEED(prom_arena_alloc(&party->arena, &memory, 1, sizeof(prom_facts), &error), &error);
    prom_facts *facts = memory;
    facts->batch_count = 1;
    for (size_t part = 0; part < PROM_PARTS; part++) {
        if (is_part(part)) {
            NEED(prom_facts_read(&party->arena, facts, (prom_part)part, 0, bytes[part], &error), &error);
        }
    }
    return facts;
}

static bool same_bytes(const prom_span a[PROM_PARTS], const prom_span b[PROM_PARTS])
{
    bool same = true;
    for (size_t part = 0; part < PROM_PARTS && same; part++) {
        same = prom_span_equal(a[part], b[part]);
    }
    return same;
}

/* The facts go on from what was read back, so that whatever bytes do not hold is missed. From the same bytes the same
 * is read. */
static void reload(sim_run *run, sim_party *party)
{
    prom_span written[PROM_PARTS] = {{0}};
    prom_span again[PROM_PARTS] = {{0}};
    prom_error error = {{0}};
    write_all(party, &party->channel->facts, written);
    if (same_bytes(written, party->disk.bytes)) {
        party->channel->facts = party->disk.facts;
        return;
    }
    const prom_facts *facts = read_all(party, written);
    write_all(party, facts, again);
    if (!same_bytes(written, again)) {
        prom_sim_fail(run, "facts of place %zu that were read back are written in other bytes", party->place);
        return;
    }
    party->channel->facts = *facts;
    for (size_t part = 0; part < PROM_PARTS; part++) {
        if (written[part].data != party->disk.bytes[part].data) {
            NEED(prom_span_copy(&party->arena, &party->disk.bytes[part], written[part], &error), &error);
        }
    }
}

void prom_sim_party_back_up(sim_party *party)
{
    party->backup = malloc(sizeof *party->backup);
    if (party->backup == NULL) {
        abort();
    }
    *party->backup = party->disk;
}

static void persist(sim_run *run, sim_party *party)
{
    const sim_plan *plan = &run->plan;
    if (run->plan.reload) {
        reload(run, party);
    }
    party->disk.facts = party->channel->facts;
    party->disk.own_tip = party->own_tip;
    party->disk.tip = party->tip;
    party->persists++;
    const bool chosen = plan->set_back == party->place && plan->set_back_to == party->persists;
    if (party->backup == NULL && !party->restored && (chosen || prom_sim_is_on(run, SIM_RESTORE, &run->dice))) {
        prom_sim_party_back_up(party);
    }
}

void prom_sim_party_restart(sim_run *run, sim_party *party)
{
    prom_sim_note(run, party->place, "restart", "%s", "");
    party->way_count = 0;
    party->started = run->now;
    party->wished_count = 0; /* what waits in mempools goes on waiting; it is wanted again or not */
    memset(party->nonces, 0, sizeof party->nonces);
    load(run, party);
    for (size_t i = 0; i < run->world->places; i++) {
        run->links[i][party->place].early = false;
    }
    prom_sim_party_tick(run, party);
}

void prom_sim_party_leave(sim_run *run, sim_party *party, uint32_t height)
{
    prom_sim_note(run, party->place, "leave", "until %u", (unsigned)height);
    prom_sim_goal(run, SIM_GOAL_AWAY);
    party->away = height;
    party->was_away = true;
    party->way_count = 0;
    party->sync_at = INT64_MAX;
    party->tick_at = INT64_MAX;
}

void prom_sim_party_return(sim_run *run, sim_party *party)
{
    party->away = 0;
    load(run, party);
    party->own_tip = run->chain.tip->height > party->own_tip ? run->chain.tip->height : party->own_tip;
    party->disk.own_tip = party->own_tip;
    party->sync_at = run->now + 1000;
    party->tick_at = run->now + 1000;
    prom_sim_party_restart(run, party);
}

void prom_sim_party_restore(sim_run *run, sim_party *party)
{
    prom_sim_note(run, party->place, "restore", "%s", "an older disk");
    prom_sim_goal(run, SIM_GOAL_RESTORED);
    party->disk = *party->backup;
    party->disk.facts.restored = true;
    memset(party->disk.bytes, 0, sizeof party->disk.bytes);
    party->restored = true;
    party->said_count = 0;
    begin_index(run, party, party->disk.tip); /* its node follows the chain from there again */
    party->sync_at = run->now + 1000;
    prom_sim_party_restart(run, party);
}

/* -- Steps -- */

static void carry_out(sim_run *run, sim_party *party, const prom_output *output)
{
    switch (output->kind) {
    case PROM_OUTPUT_SEND:
        prom_sim_send(run, party->place, &output->to, &output->message);
        break;
    case PROM_OUTPUT_ALARM:
        prom_sim_note(run, party->place, "alarm", "%s", output->text);
        break;
    case PROM_OUTPUT_NOTE:
        prom_sim_note(run, party->place, "note", "%s", output->text);
        break;
    case PROM_OUTPUT_REMEMBER:
    case PROM_OUTPUT_SEEN:
        break;
    }
}

bool prom_sim_party_step(sim_run *run, sim_party *party, const prom_event *event, prom_reception *reception)
{
    const prom_channel_view view = prom_sim_view(run, party);
    prom_outputs outputs = {0};
    prom_error error = {{0}};
    run->steps++;
    prom_sim_goals_of_given(run, party, event);
    prom_arena_free(&party->step);
    const prom_result result =
        prom_channel_step(party->channel, &party->step, reception, &outputs, event, &view, &error);
    if (!prom_is_ok(result)) {
        prom_sim_fail(run, "a step of place %zu failed: %s: %s", party->place, prom_category_name(result.category),
                      error.sentence);
        return false;
    }
    if (*reception != PROM_TAKEN) {
        if (*reception == PROM_REFUSED) {
            prom_sim_note(run, party->place, "refused", "%s", error.sentence);
        }
        if (outputs.count > 0 || memcmp(&party->channel->facts, &party->disk.facts, sizeof(prom_facts)) != 0) {
            prom_sim_fail(run, "what place %zu refused has changed something: %s", party->place, error.sentence);
        }
        return true;
    }
    const bool may_stop = run->stops < run->plan.stops_max;
    const bool fails = may_stop && prom_sim_is_on(run, SIM_DISK, &run->dice);
    const bool stops = may_stop && prom_sim_is_on(run, SIM_CRASH, &run->dice);
    run->stops += fails || stops;
    if (fails || (stops && sim_chance(&run->dice, 500))) {
        prom_sim_goal(run, fails ? SIM_GOAL_FAILED_COMMIT : SIM_GOAL_OLD_DISK);
        prom_sim_note(run, party->place, fails ? "disk" : "crash", "%s", "with the old disk");
        return false; /* the caller undoes what it did and restarts the party */
    }
    prom_sim_goals_of_step(run, party, event);
    persist(run, party);
    for (size_t i = 0; i < outputs.count; i++) {
        carry_out(run, party, &outputs.list[i]);
    }
    for (size_t i = 0; i < run->world->places; i++) {
        run->links[i][party->place].early = false;
    }
    if (stops) {
        prom_sim_note(run, party->place, "crash", "%s", "with the new disk");
        prom_sim_goal(run, SIM_GOAL_NEW_DISK);
        prom_sim_party_restart(run, party);
    } else {
        prom_sim_wants(run, party);
    }
    return true;
}

void prom_sim_party_tick(sim_run *run, sim_party *party)
{
    prom_reception reception;
    while (!run->failed && !prom_sim_party_step(run, party, &(prom_event){.kind = PROM_EVENT_TIME}, &reception)) {
        load(run, party);
        party->way_count = 0;
        party->started = run->now;
    }
}

/* -- The chain -- */

static bool is_ancestor(const sim_block *block, const sim_block *of)
{
    while (of != NULL && of->height > block->height) {
        of = of->parent;
    }
    return of == block;
}

static bool undo_block(sim_run *run, sim_party *party)
{
    prom_error error = {{0}};
    prom_reception reception;
    const prom_event event = {.kind = PROM_EVENT_UNBLOCK, .as.unblock = party->tip->height};
    NEED(prom_index_disconnect(party->index, &error), &error);
    sim_block *gone = party->tip;
    party->tip = gone->parent;
    if (!prom_sim_party_step(run, party, &event, &reception)) {
        connect(run, party, gone);
        party->tip = gone;
        return false;
    }
    return true;
}

static bool take_block(sim_run *run, sim_party *party, sim_block *block)
{
    prom_error error = {{0}};
    prom_reception reception;
    const prom_tx *txs[SIM_BLOCK_TXS_MAX];
    for (size_t i = 0; i < block->count; i++) {
        txs[i] = block->txs[i]->tx;
    }
    const prom_event event = {.kind = PROM_EVENT_BLOCK, .as.block = {block->height, txs, block->count}};
    connect(run, party, block);
    party->own_tip = block->height > party->own_tip ? block->height : party->own_tip;
    sim_block *before = party->tip;
    party->tip = block;
    if (!prom_sim_party_step(run, party, &event, &reception)) {
        NEED(prom_index_disconnect(party->index, &error), &error);
        party->tip = before;
        return false;
    }
    return true;
}

bool prom_sim_party_sync(sim_run *run, sim_party *party)
{
    sim_block *best = run->chain.tip;
    bool done = true;
    for (uint32_t i = 0; i < party->lag && !run->quiet; i++) {
        best = best->parent;
    }
    if (is_ancestor(best, party->tip) && best != party->tip) {
        best = party->tip; /* a node disconnects nothing before it has another branch */
    }
    if (party->tip == best) {
        party->sync_at = INT64_MAX;
        return false;
    }
    if (!is_ancestor(party->tip, best)) {
        done = undo_block(run, party);
    } else {
        sim_block *next = best;
        while (next->parent != party->tip) {
            next = next->parent;
        }
        done = take_block(run, party, next);
    }
    if (!done && !run->failed) {
        prom_sim_party_restart(run, party);
    }
    return true;
}
