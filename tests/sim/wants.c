/* What a channel wants, compared with what is under way: begun, or let go. */
#include <string.h>

#include "sim.h"

static bool same_sign(const prom_want_sign *a, const prom_want_sign *b)
{
    return a->purpose == b->purpose && a->attempt == b->attempt && prom_bytes32_equal(&a->detail, &b->detail) &&
           prom_bytes32_equal(&a->hash, &b->hash);
}

static bool same(const prom_want *a, const prom_want *b)
{
    if (a->kind != b->kind || a->batch != b->batch) {
        return false;
    }
    switch (a->kind) {
    case PROM_WANT_SIGN:
        return same_sign(&a->as.sign, &b->as.sign);
    case PROM_WANT_FETCH:
        return a->as.fetch.what == b->as.fetch.what && prom_bytes32_equal(&a->as.fetch.hash, &b->as.fetch.hash);
    case PROM_WANT_JOB:
        return a->as.job.job == b->as.job.job && a->as.job.step == b->as.job.step &&
               prom_bytes32_equal(&a->as.job.subject, &b->as.job.subject);
    case PROM_WANT_PUBLISH:
        return a->as.publish.tx == b->as.publish.tx;
    case PROM_WANT_LOOK_UP:
        return prom_outpoint_equal(&a->as.look_up, &b->as.look_up);
    case PROM_WANT_ABANDON:
        return prom_outpoint_equal(&a->as.abandon.coin.outpoint, &b->as.abandon.coin.outpoint);
    case PROM_WANT_PUBLISH_TX0:
    case PROM_WANT_TRY:
        return true;
    }
    return false;
}

static bool is_wanted(const prom_wants *wants, const prom_want *want)
{
    for (size_t i = 0; i < wants->count; i++) {
        if (same(&wants->list[i], want)) {
            return true;
        }
    }
    return false;
}

static bool is_under_way(const sim_party *party, const prom_want *want)
{
    for (size_t i = 0; i < party->way_count; i++) {
        if (same(&party->ways[i].want, want)) {
            return true;
        }
    }
    return false;
}

static bool is_wished(const sim_party *party, uint32_t index)
{
    for (size_t i = 0; i < party->wished_count; i++) {
        if (party->wished[i] == index) {
            return true;
        }
    }
    return false;
}

/* A transaction that is wanted in a block: made whole and broadcast. */
static void publish(sim_run *run, sim_party *party, const prom_want *want)
{
    prom_error error = {{0}};
    prom_tx *tx = NULL;
    const uint32_t index = want->as.publish.tx;
    const prom_channel_secrets *secrets = party->place == PLACE_W ? &run->world->secrets : NULL;
    if (is_wished(party, index) || party->wished_count == SIM_WISHED_MAX) {
        return;
    }
    const prom_result made = prom_channel_finish(party->channel, &run->arena, &tx, want->batch, index, secrets, &error);
    if (!prom_is_ok(made)) {
        prom_sim_fail(run, "place %zu wants %s mined and cannot make it: %s", party->place,
                      run->world->tree->tx[index].name, error.sentence);
        return;
    }
    sim_tx *seen = prom_sim_chain_see(&run->chain, tx);
    if (seen == NULL) {
        prom_sim_fail(run, "place %zu wants %s mined, whose scripts are not satisfied", party->place,
                      run->world->tree->tx[index].name);
        return;
    }
    prom_sim_note(run, party->place, "publish", "%s", run->world->tree->tx[index].name);
    if (party->honest) {
        prom_sim_goals_of_published(run, party, index);
    }
    party->wished[party->wished_count++] = index;
    if (party->honest && !party->restored && run->plan.miner == NULL) {
        prom_sim_chain_wish(&run->chain, seen, party->place, party->tip->height);
    }
    seen->pooled = true;
}

static void forget_wishes(sim_run *run, sim_party *party, const prom_wants *wants)
{
    for (size_t i = party->wished_count; i-- > 0;) {
        const prom_want want = {.kind = PROM_WANT_PUBLISH, .as.publish.tx = party->wished[i]};
        if (!is_wanted(wants, &want)) {
            prom_sim_chain_wish_not(&run->chain, party->place, party->wished[i]);
            party->wished[i] = party->wished[--party->wished_count];
        }
    }
}

/* What of the wants a coalition may leave undone for good. */
static uint32_t never_bits(const prom_want *want)
{
    switch (want->kind) {
    case PROM_WANT_JOB:
        return SIM_NEVER_JOB(want->as.job.job);
    case PROM_WANT_PUBLISH:
        return SIM_NEVER_PUBLISH;
    case PROM_WANT_SIGN:
        return want->as.sign.purpose == PROM_PURPOSE_STATEMENT ? SIM_NEVER_SAY(want->as.sign.detail.bytes[0] & 7)
                                                               : SIM_NEVER_SIGN(want->as.sign.purpose);
    case PROM_WANT_FETCH:
        return SIM_NEVER_FETCH;
    case PROM_WANT_PUBLISH_TX0:
    case PROM_WANT_ABANDON:
    case PROM_WANT_LOOK_UP:
    case PROM_WANT_TRY:
        break;
    }
    return 0;
}

/* How long it takes, in milliseconds, and in how many blocks it is over at the latest. */
static void take_time(sim_run *run, sim_party *party, sim_way *way)
{
    const uint32_t tip = run->chain.tip->height;
    way->latest = tip + run->plan.message_blocks;
    way->ready = run->now + 1 + sim_below(&run->dice, 500);
    if (way->want.kind == PROM_WANT_SIGN && prom_sim_is_on(run, SIM_SIGNER_AWAY, &run->dice)) {
        way->ready += sim_below(&run->dice, 600000);
    } else if (way->want.kind == PROM_WANT_FETCH) {
        way->ready += sim_below(&run->dice, 20000);
    } else if (way->want.kind == PROM_WANT_JOB && way->want.as.job.job == PROM_JOB_COMPUTE) {
        const uint32_t blocks = prom_sim_is_on(run, SIM_SLOW_WORKER, &run->dice) ? run->world->terms.P.t1 : 2;
        way->latest = UINT32_MAX;
        way->ready += (int64_t)sim_below(&run->dice, blocks * 600000);
    } else if (way->want.kind == PROM_WANT_JOB && way->want.as.job.job == PROM_JOB_CHECK) {
        const bool again = party->unable && prom_bytes32_equal(&party->job_subject, &way->want.as.job.subject);
        way->latest = again ? party->job_latest : tip + run->world->network->verification;
        if (run->world->set->open) {
            way->latest = UINT32_MAX; /* it takes its time, and no more */
        }
        way->ready += (int64_t)sim_below(&run->dice, run->world->network->verification * 200000);
    }
    if (way->want.kind == PROM_WANT_JOB && prom_sim_is_stuck(run, party, way->want.as.job.job)) {
        way->latest = UINT32_MAX;
        way->ready += 300000; /* until it fails */
    }
}

static void begin(sim_run *run, sim_party *party, const prom_want *want)
{
    if (!party->honest &&
        ((run->plan.never & never_bits(want)) != 0 || prom_sim_is_on(run, SIM_LAZY, &run->adversary.dice))) {
        return; /* never, or it may be done when the next step asks */
    }
    if (want->kind == PROM_WANT_PUBLISH) {
        publish(run, party, want);
        return;
    }
    if (is_under_way(party, want)) {
        return;
    }
    if (party->way_count == SIM_WAYS_MAX) {
        prom_sim_fail(run, "place %zu has too much under way", party->place);
        return;
    }
    sim_way *way = &party->ways[party->way_count++];
    *way = (sim_way){.want = *want};
    if (want->kind == PROM_WANT_SIGN && want->as.sign.session != NULL) { /* it lies in the step's memory */
        prom_error error = {{0}};
        void *memory = NULL;
        NEED(prom_arena_alloc(&run->arena, &memory, 1, sizeof *want->as.sign.session, &error), &error);
        memcpy(memory, want->as.sign.session, sizeof *want->as.sign.session);
        way->want.as.sign.session = memory;
    }
    take_time(run, party, way);
}

void prom_sim_wants(sim_run *run, sim_party *party)
{
    static prom_wants wants;
    prom_error error = {{0}};
    const prom_channel_view view = prom_sim_view(run, party);
    const prom_result listed = prom_channel_wants(party->channel, &party->step, &wants, &view, &error);
    if (!prom_is_ok(listed)) {
        prom_sim_fail(run, "the wants of place %zu cannot be listed: %s", party->place, error.sentence);
        return;
    }
    forget_wishes(run, party, &wants);
    for (size_t i = party->way_count; i-- > 0;) {
        if (!is_wanted(&wants, &party->ways[i].want)) {
            party->ways[i] = party->ways[--party->way_count];
        }
    }
    for (size_t i = 0; i < wants.count && !run->failed; i++) {
        begin(run, party, &wants.list[i]);
    }
}

void prom_sim_way_end(sim_run *run, sim_party *party, size_t index)
{
    const prom_want want = party->ways[index].want;
    party->job_latest = party->ways[index].latest;
    party->ways[index] = party->ways[--party->way_count];
    switch (want.kind) {
    case PROM_WANT_SIGN:
        prom_sim_sign(run, party, &want);
        break;
    case PROM_WANT_FETCH:
        prom_sim_fetch(run, party, &want);
        break;
    case PROM_WANT_JOB:
        prom_sim_job(run, party, &want);
        break;
    case PROM_WANT_PUBLISH:
    case PROM_WANT_PUBLISH_TX0:
    case PROM_WANT_ABANDON:
    case PROM_WANT_LOOK_UP:
    case PROM_WANT_TRY:
        break;
    }
}
