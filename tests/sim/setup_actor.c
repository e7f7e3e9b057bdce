/* An actor of a setup: its channel, its disk, and what its channel's wants are answered by. */
#include <string.h>

#include "channel/step.h"
#include "prometheus/bitcoin/script.h"
#include "prometheus/contract/keygen.h"
#include "prometheus/crypto/hash.h"
#include "setup.h"

static const prom_part plain[] = {PROM_PART_CHANNEL, PROM_PART_SETUP, PROM_PART_MONEY, PROM_PART_EVIDENCE,
                                  PROM_PART_ARBITRATION};
enum { PLAIN = sizeof plain / sizeof plain[0], PARTS = PLAIN + PROM_KEPT_KINDS };

static prom_part part_at(size_t index)
{
    return index < PLAIN ? plain[index] : (prom_part)(PROM_PART_KEPT + index - PLAIN);
}

static prom_span write_all(prom_arena *arena, const prom_facts *facts)
{
    prom_error error = {{0}};
    prom_writer writer = prom_writer_in(arena);
    prom_span all;
    for (size_t i = 0; i < PARTS; i++) {
        prom_span bytes = {0};
        NEED(prom_facts_write(arena, &bytes, facts, part_at(i), 0, &error), &error);
        prom_write_u32(&writer, (uint32_t)bytes.length);
        prom_write_span(&writer, bytes);
    }
    NEED(prom_writer_finish(&writer, &all, &error), &error);
    return all;
}

static void load(setup_run *run, setup_actor *actor)
{
    prom_error error = {{0}};
    prom_part_bytes parts[PARTS];
    size_t count = 0;
    prom_reader reader = prom_reader_of(actor->disk);
    for (size_t i = 0; i < PARTS; i++) {
        const prom_span bytes = prom_read_span(&reader, prom_read_u32(&reader));
        parts[count] = (prom_part_bytes){part_at(i), 0, bytes};
        count += bytes.length > 0;
    }
    const prom_tree *tree = actor->channel != NULL ? actor->channel->tree : NULL;
    const prom_result loaded =
        prom_channel_load(run->world->curve, &actor->arena, &actor->channel, parts, count, tree, &error);
    if (!prom_is_ok(loaded)) {
        prom_sim_setup_fail(run, "actor %zu cannot be loaded again: %s", actor->number, error.sentence);
    }
}

static void persist(setup_actor *actor)
{
    prom_arena *arena = &actor->disk_arena[actor->turn++ & 1];
    prom_arena_free(arena);
    actor->disk = write_all(arena, &actor->channel->facts);
}

static void see_phase(setup_run *run, setup_actor *actor)
{
    const prom_setup_phase phase = actor->channel->facts.setup.phase;
    run->reached[phase] = true;
    if (phase >= PROM_SETUP_COMPLETE && phase < PROM_SETUP_OVER && actor->honest) {
        const prom_bytes32 *id = &actor->channel->tree->contract_id;
        if (run->has_contract && !prom_bytes32_equal(id, &run->contract)) {
            prom_sim_setup_fail(run, "actor %zu completes another contract than others", actor->number);
        }
        run->contract = *id;
        run->has_contract = true;
    }
}

void prom_sim_actor_begin(setup_run *run, setup_actor *actor)
{
    prom_error error = {{0}};
    prom_facts facts;
    memset(&facts, 0, sizeof facts);
    facts.number = actor->number;
    facts.role = actor->role;
    facts.batch_count = 1;
    facts.own = (prom_own){.words = actor->words.public_key,
                           .joint = actor->joint.public_key,
                           .node_key = actor->node.public_key,
                           .payout = actor->payout.public_key,
                           .change = prom_sim_named("change of a setup", actor->number),
                           .coin_count = 1};
    facts.own.coins[0].key = actor->coin.public_key;
    prom_bytes32 hash;
    const prom_bytes32 auxiliary = {{0}};
    prom_tagged_hash(&hash, "prometheus/node", prom_span_of32(&actor->words.public_key));
    NEED(prom_sign(run->world->curve, &facts.own.node_signature, &hash, &actor->node, &auxiliary, &error), &error);
    if (actor->role == PROM_ROLE_ARBITER) {
        facts.own.host = actor->host.public_key;
        facts.own.coins[0].outpoint = actor->config.announcement.offer;
        facts.own.coins[0].value = run->P.a;
    } else {
        facts.own.coins[0].outpoint = (prom_outpoint){prom_sim_named("coin of a setup", actor->number), 0};
        facts.own.coins[0].value =
            prom_amount_add(prom_terms_deposit(&run->proposal, (prom_party)actor->number), prom_amount_of(200000));
    }
    facts.own.seal = actor->role == PROM_ROLE_VERIFIER ? actor->seal.public_key : facts.own.seal;
    if (actor->role == PROM_ROLE_WORKER) {
        facts.own.h = run->world->terms.h;
        facts.own.k_h = run->world->terms.k_h;
    }
    if (actor->role != PROM_ROLE_CLIENT) {
        facts.client = run->actors[PROM_PARTY_C].words.public_key;
    }
    NEED(prom_channel_new(run->world->curve, &actor->arena, &actor->channel, &facts, &error), &error);
    persist(actor);
}

static prom_channel_view view_of(const setup_run *run, const setup_actor *actor)
{
    return (prom_channel_view){.config = &actor->config,
                               .index = actor->index,
                               .own_tip = actor->own_tip,
                               .in_step = true,
                               .may_begin = true,
                               .seconds = run->seconds - actor->started,
                               .announced = run->heard,
                               .announced_count = run->heard_count};
}

static size_t find(const setup_run *run, const prom_bytes32 *key)
{
    for (size_t i = 0; i < run->count; i++) {
        if (prom_bytes32_equal(&run->actors[i].words.public_key, key) ||
            prom_bytes32_equal(&run->actors[i].node.public_key, key)) {
            return i;
        }
    }
    return PROM_NO_PLACE;
}

static void send(setup_run *run, setup_actor *actor, const prom_output *output)
{
    const size_t to = find(run, &output->to);
    if (to == PROM_NO_PLACE || to == actor->number) {
        return; /* an answer to a stranger */
    }
    const bool silent =
        !actor->honest && (run->silent_to >> to & 1) != 0 && actor->channel->facts.setup.phase >= run->silent_from;
    const bool withheld = !actor->honest && run->withholds && output->message.kind == PROM_MESSAGE_TX0;
    if (silent || withheld || (!actor->honest && sim_chance(&run->adversary, run->drop))) {
        return;
    }
    prom_sim_setup_post(run, &actor->words.public_key, actor->number, to, &output->message);
}

bool prom_sim_actor_step(setup_run *run, setup_actor *actor, const prom_event *event, prom_reception *reception)
{
    const prom_channel_view view = view_of(run, actor);
    prom_outputs outputs = {0};
    prom_error error = {{0}};
    run->steps++;
    prom_arena_free(&actor->step);
    const prom_result result =
        prom_channel_step(actor->channel, &actor->step, reception, &outputs, event, &view, &error);
    if (!prom_is_ok(result)) {
        prom_sim_setup_fail(run, "a step of actor %zu failed: %s: %s", actor->number,
                            prom_category_name(result.category), error.sentence);
        return false;
    }
    if (*reception != PROM_TAKEN) {
        prom_sim_setup_note(run, actor, *reception == PROM_REFUSED ? "refused" : "early", error.sentence);
        if (sim_chance(&run->dice, 100) &&
            !prom_span_equal(actor->disk, write_all(&actor->step, &actor->channel->facts))) {
            prom_sim_setup_fail(run, "what actor %zu refused has changed its facts: %s", actor->number, error.sentence);
        }
        return true;
    }
    const bool stops = !run->quiet && run->crashes > 0 && sim_chance(&run->dice, run->crash);
    run->crashes -= stops;
    if (stops && sim_chance(&run->dice, 500)) {
        prom_sim_setup_note(run, actor, "crash", "old");
        return false;
    }
    persist(actor);
    see_phase(run, actor);
    for (size_t i = 0; i < outputs.count; i++) {
        if (outputs.list[i].kind == PROM_OUTPUT_SEND) {
            send(run, actor, &outputs.list[i]);
        } else if (outputs.list[i].kind == PROM_OUTPUT_NOTE || outputs.list[i].kind == PROM_OUTPUT_ALARM) {
            prom_sim_setup_note(run, actor, "note", outputs.list[i].text);
        }
    }
    for (size_t i = 0; i < run->count; i++) {
        run->links[i][actor->number].early = false;
    }
    run->links[SETUP_ACTORS_MAX][actor->number].early = false;
    if (stops) {
        prom_sim_setup_note(run, actor, "crash", "new");
        prom_sim_actor_restart(run, actor);
    }
    return true;
}

void prom_sim_actor_restart(setup_run *run, setup_actor *actor)
{
    actor->started = run->seconds;
    load(run, actor);
    for (size_t i = 0; i < run->count; i++) {
        run->links[i][actor->number].early = false;
    }
    if (!run->failed) {
        prom_sim_actor_tick(run, actor);
    }
}

void prom_sim_actor_tick(setup_run *run, setup_actor *actor)
{
    prom_reception reception;
    if (!prom_sim_actor_step(run, actor, &(prom_event){.kind = PROM_EVENT_TIME}, &reception) && !run->failed) {
        prom_sim_actor_restart(run, actor);
    }
}

/* What was done before the step is done; a crash forgets only what the step would have written. */
static void give(setup_run *run, setup_actor *actor, const prom_event *event)
{
    prom_reception reception;
    if (!prom_sim_actor_step(run, actor, event, &reception) && !run->failed) {
        prom_sim_actor_restart(run, actor);
    }
}

void prom_sim_actor_connect(setup_run *run, setup_actor *actor, uint32_t height)
{
    prom_error error = {{0}};
    prom_reception reception;
    const setup_block *block = &run->blocks[height - 1];
    const prom_index_block connected = {.height = height,
                                        .hash = block->hash,
                                        .previous = height > 1 ? run->blocks[height - 2].hash : (prom_bytes32){{0}},
                                        .txs = block->txs,
                                        .tx_count = block->count};
    NEED(prom_index_connect(actor->index, &connected, &error), &error);
    actor->own_tip = height > actor->own_tip ? height : actor->own_tip;
    const prom_event event = {.kind = PROM_EVENT_BLOCK, .as.block = {height, block->txs, block->count}};
    while (actor->channel != NULL && !run->failed && !prom_sim_actor_step(run, actor, &event, &reception)) {
        actor->started = run->seconds;
        load(run, actor);
    }
}

/* -- The signer -- */

static bool note_in_journal(setup_run *run, setup_actor *actor, const prom_want_sign *sign, const prom_bytes32 *hash)
{
    for (size_t i = 0; i < actor->said_count; i++) {
        const sim_said *other = &actor->said[i];
        if (other->purpose == sign->purpose && prom_bytes32_equal(&other->detail, &sign->detail)) {
            if (actor->honest && !prom_bytes32_equal(&other->hash, hash)) {
                prom_sim_setup_fail(run, "actor %zu is to sign two different things for purpose %d", actor->number,
                                    (int)sign->purpose);
            }
            return prom_bytes32_equal(&other->hash, hash);
        }
    }
    if (actor->said_count < SETUP_SAID_MAX) {
        actor->said[actor->said_count++] = (sim_said){sign->purpose, 0, sign->detail, *hash};
    }
    return true;
}

static prom_result sign_words(void *context, prom_signature *signature, const prom_bytes32 *hash, prom_error *error)
{
    const prom_bytes32 auxiliary = {{0}};
    return prom_sign(NULL, signature, hash, context, &auxiliary, error);
}

static prom_span sign_tx0(setup_run *run, setup_actor *actor)
{
    prom_error error = {{0}};
    const prom_bytes32 auxiliary = {{0}};
    const prom_channel *channel = actor->channel;
    prom_writer writer = prom_writer_in(&actor->wants);
    prom_span bytes;
    size_t first = 0;
    const size_t count = prom_tx0_inputs(&channel->terms, channel->place, &first);
    for (size_t i = first; i < first + count; i++) {
        prom_bytes32 hash;
        prom_signature signature;
        NEED(prom_tree_sighash(&actor->wants, &hash, &channel->tree->tx[PROM_TX0], i, &error), &error);
        NEED(prom_sign(run->world->curve, &signature, &hash, &actor->coin, &auxiliary, &error), &error);
        prom_write_span(&writer, prom_span_of(signature.bytes, sizeof signature.bytes));
    }
    NEED(prom_writer_finish(&writer, &bytes, &error), &error);
    return bytes;
}

/* Nonces, partial signatures, Tx0's: false when there is nothing to give. */
static bool make_bytes(setup_run *run, setup_actor *actor, const prom_want_sign *sign, prom_span *bytes)
{
    prom_error error = {{0}};
    const prom_own_words words = {&actor->words, sign_words};
    prom_signing *signing = actor->channel->signing;
    prom_bytes32 randomness = prom_sim_named("nonces of a setup", sim_roll(&run->dice) >> 1);
    if (sign->purpose == PROM_PURPOSE_TX0) {
        *bytes = sign_tx0(run, actor);
        return true;
    }
    if (signing == NULL || !(sign->purpose == PROM_PURPOSE_NONCES ? prom_signing_wants_nonces(signing)
                                                                  : prom_signing_wants_partials(signing))) {
        return false;
    }
    const prom_result made =
        sign->purpose == PROM_PURPOSE_NONCES
            ? prom_signing_give_nonces(&actor->wants, signing, bytes, &actor->joint, &words, &randomness, &error)
            : prom_signing_give_partials(&actor->wants, signing, bytes, &words, &error);
    return prom_is_ok(made);
}

static void sign(setup_run *run, setup_actor *actor, const prom_want_sign *sign)
{
    prom_error error = {{0}};
    const prom_bytes32 auxiliary = {{0}};
    prom_event event = {.kind = PROM_EVENT_SIGNED, .as.signed_ = {.purpose = sign->purpose, .hash = sign->hash}};
    prom_bytes32 journalled = sign->hash;
    const prom_key *const seat_keys[PROM_SEAT_KEYS] = {&actor->words, &actor->joint, &actor->host, &actor->payout};
    prom_signature proofs[PROM_SEAT_KEYS];
    if (sign->purpose == PROM_PURPOSE_NONCES || sign->purpose == PROM_PURPOSE_PARTIALS ||
        sign->purpose == PROM_PURPOSE_TX0) {
        if (!make_bytes(run, actor, sign, &event.as.signed_.bytes)) {
            prom_sim_actor_tick(run, actor);
            return;
        }
        prom_sha256(&journalled, event.as.signed_.bytes);
    } else {
        const prom_key *key = sign->purpose == PROM_PURPOSE_SEAT ? &actor->node : &actor->words;
        NEED(prom_sign(run->world->curve, &event.as.signed_.signature, &sign->hash, key, &auxiliary, &error), &error);
        for (size_t i = 0; i < PROM_SEAT_KEYS && sign->purpose == PROM_PURPOSE_SEAT; i++) {
            NEED(prom_sign(run->world->curve, &proofs[i], &sign->hash, seat_keys[i], &auxiliary, &error), &error);
        }
        event.as.signed_.bytes =
            sign->purpose == PROM_PURPOSE_SEAT ? prom_span_of(proofs[0].bytes, sizeof proofs) : prom_span_of(NULL, 0);
    }
    if (note_in_journal(run, actor, sign, &journalled)) {
        give(run, actor, &event);
    }
}

/* -- The pool, the chain, the mempool -- */

static void do_job(setup_run *run, setup_actor *actor, const prom_want_job *job)
{
    prom_error error = {{0}};
    prom_event event = {.kind = PROM_EVENT_DONE,
                        .as.done = {.job = job->job,
                                    .subject = job->subject,
                                    .checked = PROM_CHECKED_GOOD,
                                    .culprit = PROM_ARBITERS_MAX,
                                    .reason = "as the simulator has it"}};
    if (job->job == PROM_JOB_KEYGEN) {
        const prom_bytes32 randomness = prom_sim_named("deal of a setup", actor->number);
        const prom_keygen_order order = {(prom_keygen_step)job->step, job->bytes, &actor->host, &randomness};
        prom_keygen_answer answer;
        if (!prom_is_ok(prom_keygen_work(run->world->curve, &actor->wants, &answer, &order, &error))) {
            prom_sim_setup_fail(run, "actor %zu cannot do a step of the key generation: %s", actor->number,
                                error.sentence);
            return;
        }
        event.as.done.bytes = answer.bytes;
        event.as.done.culprit = answer.culprit;
    } else if (job->job != PROM_JOB_OPEN_JOB) {
        return; /* of the running contract */
    }
    give(run, actor, &event);
}

static void look_up(setup_run *run, setup_actor *actor, const prom_outpoint *outpoint)
{
    const prom_tree_tx *tx0 = actor->channel->tree == NULL ? NULL : &actor->channel->tree->tx[PROM_TX0];
    prom_error error = {{0}};
    prom_event event = {.kind = PROM_EVENT_OUTPUT, .as.output = {.outpoint = *outpoint, .found = true}};
    for (size_t i = 0; i < PROM_PARTIES; i++) { /* before there is a tree: an arbiter before its yes */
        const prom_party_terms *part = &actor->channel->terms.parties[i];
        for (size_t j = 0; j < part->coin_count; j++) {
            if (prom_outpoint_equal(&part->coins[j].outpoint, outpoint)) {
                event.as.output.output =
                    (prom_input_view){true, {.value = part->coins[j].value}, 2, false, actor->own_tip};
                NEED(prom_script_p2tr(&run->arena, &event.as.output.output.output.script, &part->coins[j].key, &error),
                     &error);
            }
        }
    }
    for (size_t i = 0; tx0 != NULL && i < tx0->tx->input_count; i++) {
        if (prom_outpoint_equal(&tx0->tx->inputs[i].outpoint, outpoint)) {
            event.as.output.output = (prom_input_view){true, tx0->spent[i], 2, false, actor->own_tip};
        }
    }
    give(run, actor, &event);
}

static void abandon(setup_run *run, const prom_coin *coin)
{
    prom_error error = {{0}};
    if (run->pending == NULL) {
        NEED(prom_tx_new(&run->arena, &run->pending, 1, 1, &error), &error);
        run->pending->inputs[0].outpoint = coin->outpoint;
        run->pending->outputs[0].value = prom_amount_of(1000);
    }
}

static bool answer(setup_run *run, setup_actor *actor, const prom_want *want)
{
    prom_error error = {{0}};
    switch (want->kind) {
    case PROM_WANT_SIGN:
        sign(run, actor, &want->as.sign);
        return true;
    case PROM_WANT_FETCH:
        give(run, actor,
             &(prom_event){
                 .kind = PROM_EVENT_FETCHED,
                 .as.fetched = {want->as.fetch.what, 0, {true, want->as.fetch.hash, want->as.fetch.length, {{0}}}}});
        return true;
    case PROM_WANT_JOB:
        do_job(run, actor, &want->as.job);
        return true;
    case PROM_WANT_LOOK_UP:
        look_up(run, actor, &want->as.look_up);
        return true;
    case PROM_WANT_TRY:
        give(run, actor, &(prom_event){.kind = PROM_EVENT_TRIED, .as.tried = {true, ""}});
        return true;
    case PROM_WANT_PUBLISH_TX0:
        if (run->pending == NULL && (actor->honest || !run->withholds)) {
            NEED(prom_tx_parse(&run->arena, &run->pending, actor->channel->facts.kept[PROM_KEPT_TX0], &error), &error);
        }
        return false;
    case PROM_WANT_ABANDON:
        abandon(run, &want->as.abandon.coin);
        return false;
    case PROM_WANT_PUBLISH:
        break;
    }
    return false;
}

bool prom_sim_actor_serve(setup_run *run, setup_actor *actor)
{
    static prom_wants wants;
    prom_error error = {{0}};
    const prom_channel_view view = view_of(run, actor);
    const prom_span before = actor->disk;
    const uint64_t steps = run->steps;
    prom_arena_free(&actor->wants);
    const prom_result listed = prom_channel_wants(actor->channel, &actor->wants, &wants, &view, &error);
    if (!prom_is_ok(listed)) {
        prom_sim_setup_fail(run, "the wants of actor %zu cannot be listed: %s", actor->number, error.sentence);
        return false;
    }
    for (size_t i = 0; i < wants.count && !run->failed && actor->disk.data == before.data; i++) {
        if (!actor->honest && sim_chance(&run->adversary, run->drop / 2)) {
            continue;
        }
        (void)answer(run, actor, &wants.list[i]); /* the next ones may no longer be wanted: they are listed anew */
    }
    return run->steps > steps;
}
