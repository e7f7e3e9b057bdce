/* One contract played without a network, a disk or a clock: channels with real keys, a toy chain that confirms what is
 * broadcast, and messages that come in any order between different pairs. All that it does follows from a seed. */
#ifndef PROMETHEUS_TEST_CHANNEL_SIMULATION_H
#define PROMETHEUS_TEST_CHANNEL_SIMULATION_H

#include "channel/running.h"

static inline prom_terms_limits sim_limits(const prom_terms *terms)
{
    return (prom_terms_limits){PROM_PAYLOAD_MAX, PROM_PAYLOAD_MAX, PROM_FEERATE_MAX, terms->P.w, false};
}

/* What every role is told of the chain and of itself. */
static inline void sim_configure(prom_channel_config *config, const prom_terms *terms)
{
    config->genesis = terms->genesis;
    config->limits = sim_limits(terms);
    config->P = terms->P;
    config->p_txid = terms->p_txid;
    config->p_height = VALID_P_HEIGHT;
    config->time = (prom_job_time){.compute_seconds = 400, .verify_seconds = 10, .bytes_per_second = 1000000};
}

static inline void sim_make_channel(struct simulation *sim, struct actor *actor)
{
    const prom_signer signer = {actor, sim_sign, sim_sign_coin, sim_give_nonces};
    const prom_event block = {.kind = PROM_EVENT_BLOCK, .height = sim->height, .in_step = true};
    fixture *test = sim->test;
    prom_arena_init(&actor->arena, (size_t)1 << 28);
    actor->channel = calloc(1, sizeof *actor->channel);
    assert_non_null(actor->channel);
    prom_channel_init(actor->channel, &actor->arena, test->curve, &signer, &actor->config);
    actor->height = sim->height;
    (void)sim_take(sim, actor->index, &block, NULL);
}

static inline void sim_make_party(struct simulation *sim, prom_party party, const prom_terms *terms)
{
    static const prom_role roles[PROM_PARTIES] = {PROM_ROLE_CLIENT, PROM_ROLE_WORKER, PROM_ROLE_VERIFIER};
    struct actor *actor = &sim->actors[party];
    const prom_coin *coin = &terms->parties[party].coins[0];
    const prom_tx_output output = {coin->value, p2tr_script(sim->test, &coin->key)};
    actor->key = &sim->cast.party[party];
    actor->joint = &sim->cast.party_joint[party];
    actor->seal = &sim->cast.seal;
    actor->coin = &sim->cast.coin[party];
    actor->config.role = roles[party];
    actor->config.party = terms->parties[party];
    actor->config.reward_min = prom_amount_of(1);
    sim_configure(&actor->config, terms);
    sim_add_coin(sim, &coin->outpoint, &output, COIN_HEIGHT);
}

static inline void sim_sign_announcement(struct simulation *sim, prom_announcement *announcement, const prom_key *Q)
{
    fixture *test = sim->test;
    prom_bytes32 hash;
    assert_ok(prom_announcement_hash(&test->arena, &hash, announcement, &test->error), &test->error);
    announcement->signature = sign_hash(test, Q, &hash);
}

static inline void sim_make_arbiter(struct simulation *sim, size_t seat)
{
    static const char address[] = "192.0.2.1:19735";
    struct actor *actor = &sim->actors[FIRST_ARBITER + seat];
    prom_announcement *announcement = &actor->config.announcement;
    const prom_terms *terms = &sim->actors[PROM_PARTY_C].config.proposal;
    actor->key = &sim->cast.arbiter[seat];
    actor->joint = &sim->cast.arbiter_joint[seat];
    actor->coin = &sim->cast.offer[seat];
    actor->host = named_key(sim->test, "host", seat);
    actor->config.role = PROM_ROLE_ARBITER;
    sim_configure(&actor->config, terms);
    actor->config.seat = valid_arbiter(sim->test, &sim->cast, seat);
    actor->config.host_key = actor->host.public_key;
    *announcement = (prom_announcement){.p_txid = terms->p_txid,
                                        .offer = actor->config.seat.offer,
                                        .Q = actor->coin->public_key,
                                        .retainer = terms->retainer,
                                        .node_key = actor->key->public_key,
                                        .address = prom_span_of((const uint8_t *)address, sizeof address - 1)};
    sim_sign_announcement(sim, announcement, actor->coin);
    const prom_tx_output output = {terms->P.a, p2tr_script(sim->test, &announcement->Q)};
    sim_add_coin(sim, &announcement->offer, &output, COIN_HEIGHT);
}

/* What an arbiter announces, as a message. */
static inline prom_span sim_announcement(struct simulation *sim, const prom_channel_config *config)
{
    prom_span bytes;
    assert_ok(prom_channel_announcement(&sim->test->arena, &bytes, config, &sim->test->error), &sim->test->error);
    return bytes;
}

/* Another P, which all know, and which the arbiters' offers are for. */
static inline void sim_set_parameters(struct simulation *sim, const prom_parameters *P)
{
    fixture *test = sim->test;
    prom_parameters *proposed = &sim->actors[PROM_PARTY_C].config.proposal.P;
    *proposed = *P;
    assert_ok(prom_parameters_fund(test->curve, &proposed->F, P, &test->error), &test->error);
    for (size_t i = 0; i < sim->actor_count; i++) {
        sim->actors[i].config.P = *proposed;
    }
}

/* C's proposal: terms without what the others bring. */
static inline void sim_propose(struct simulation *sim, prom_terms terms)
{
    struct actor *client = &sim->actors[PROM_PARTY_C];
    client->config.job_bytes = sim->job_bytes;
    client->config.peers[PROM_PARTY_W] = sim->cast.party[PROM_PARTY_W].public_key;
    client->config.peers[PROM_PARTY_V] = sim->cast.party[PROM_PARTY_V].public_key;
    terms.h = terms.k_h = (prom_bytes32){{0}};
    memset(terms.parties, 0, sizeof terms.parties);
    terms.arbiter_count = 0;
    client->config.proposal = terms;
}

/* A contract between C, W, V and `n` arbiters before its first message. Change configs before sim_start. */
static inline struct simulation *sim_new_by(fixture *test, uint8_t n, uint64_t seed, uint16_t scheme_number)
{
    struct simulation *sim = calloc(1, sizeof *sim);
    const prom_program *program = NULL;
    assert_non_null(sim);
    sim->test = test;
    sim->random = seed;
    sim->any_order = seed != 0;
    sim->height = FIRST_HEIGHT;
    sim->cast = make_cast(test);
    sim->job_bytes = random_job(test, &program, 1);
    sim->actor_count = FIRST_ARBITER + n;
    prom_terms terms = valid_terms(test, &sim->cast, n);
    terms.P.mu = 10000; /* one S, so that the tree is small */
    assert_ok(prom_parameters_fund(test->curve, &terms.P.F, &terms.P, &test->error), &test->error);
    const prom_scheme *scheme = prom_scheme_by_number(scheme_number);
    const prom_scheme_job *job = open_job(test, scheme, &sim->job_bytes);
    prom_delivery delivery;
    prom_bytes32 root;
    assert_ok(scheme->deliver(&test->arena, &delivery, &root, job, NULL, &test->error), &test->error);
    terms.job = job->named;
    sim->output = delivery.output;
    sim_propose(sim, terms);
    for (size_t i = 0; i < sim->actor_count; i++) {
        sim->actors[i].sim = sim;
        sim->actors[i].index = i;
        sim->actors[i].config.peers[PROM_PARTY_C] = sim->cast.party[PROM_PARTY_C].public_key;
    }
    for (prom_party party = PROM_PARTY_C; party < PROM_PARTIES; party++) {
        sim_make_party(sim, party, &terms);
    }
    for (size_t i = 0; i < n; i++) {
        sim_make_arbiter(sim, i);
    }
    sim->actors[PROM_PARTY_W].config.h_p = sim->cast.h_p;
    sim->actors[PROM_PARTY_W].config.k_p = sim->cast.k_p;
    return sim;
}

static inline struct simulation *sim_new(fixture *test, uint8_t n, uint64_t seed)
{
    return sim_new_by(test, n, seed, PROM_SCHEME_REPLAY);
}

/* Makes the channels, announces the offers and lets the client begin. */
static inline void sim_start(struct simulation *sim)
{
    const prom_event start = {.kind = PROM_EVENT_START};
    for (size_t i = 0; i < sim->actor_count; i++) {
        sim_make_channel(sim, &sim->actors[i]);
    }
    for (size_t i = FIRST_ARBITER; i < sim->actor_count; i++) {
        const prom_message message = {PROM_MESSAGE_ANNOUNCEMENT, sim_announcement(sim, &sim->actors[i].config)};
        sim_send(sim, i, PROM_PARTY_C, &message);
    }
    sim_post(sim, PROM_PARTY_C, PROM_PARTY_C, &start);
}

static inline void sim_free(struct simulation *sim)
{
    for (size_t i = 0; i < sim->pending_count; i++) {
        free(sim->pending[i].bytes);
    }
    for (size_t i = 0; i < sim->actor_count; i++) {
        if (sim->actors[i].channel != NULL && sim->actors[i].channel->signing != NULL) {
            prom_signing_wipe(sim->actors[i].channel->signing);
        }
        prom_arena_free(&sim->actors[i].arena);
        free(sim->actors[i].channel);
    }
    free(sim);
}

/* Three arbiters, a tampering, and the first message. */
static inline struct simulation *sim_started(fixture *test, struct tampering tampering)
{
    struct simulation *sim = sim_new(test, 3, 0);
    sim->tampering = tampering;
    sim_start(sim);
    return sim;
}

/* The message of a package that is W's own word, made of these bytes. */
static inline prom_span sim_package_message(struct simulation *sim, prom_span package, const prom_key *key)
{
    fixture *test = sim->test;
    const prom_channel *worker = sim->actors[PROM_PARTY_W].channel;
    const prom_bytes32 auxiliary = {{0}};
    prom_attestation claim = {
        .kind = PROM_ATTESTATION_PACKAGE, .contract_id = worker->tree->contract_id, .place = PROM_PLACE_W};
    prom_writer writer = prom_writer_in(&test->arena);
    prom_span statement;
    prom_span body;
    prom_package_hash(&claim.as.package.hash, &claim.contract_id, PROM_ROUND_A, package);
    assert_ok(prom_attestation_sign(test->curve, &claim, key, &auxiliary, &test->error), &test->error);
    assert_ok(prom_attestation_write(&test->arena, &statement, &claim, &test->error), &test->error);
    prom_write_u16(&writer, (uint16_t)statement.length);
    prom_write_span(&writer, statement);
    prom_write_span(&writer, package);
    assert_ok(prom_writer_finish(&writer, &body, &test->error), &test->error);
    return body;
}

/* A second package of the worker's, which no honest one signs: its own with one bit of the ciphertext changed. */
static inline prom_span sim_other_package(struct simulation *sim)
{
    const prom_span package = sim->actors[PROM_PARTY_W].channel->packages[PROM_PARTY_W];
    uint8_t *other = new_bytes(&sim->test->arena, package.length, 1);
    memcpy(other, package.data, package.length);
    other[package.length - 1] ^= 1;
    return sim_package_message(sim, prom_span_of(other, package.length), sim->actors[PROM_PARTY_W].key);
}

/* How many arbiters' receipts of W's package a channel knows that count. */
static inline size_t sim_receipts(const prom_channel *channel)
{
    const prom_case known = {&channel->terms, channel->tx0_height, &channel->evidence};
    return prom_arbiters_count(prom_case_holders(&known, PROM_ROUND_A));
}

/* A contract that went as it should: the client has the result, W is paid and its payment shows h_p, all is closed. */
static inline void assert_settled(const struct simulation *sim)
{
    for (size_t i = 0; i < sim->actor_count; i++) {
        const struct actor *actor = &sim->actors[i];
        if (actor->channel->stage != PROM_STAGE_CLOSED || !actor->closed || actor->reason[0] != '\0') {
            fail_msg("actor %zu is in the stage '%s': '%s' (%s)", i, prom_stage_name(actor->channel->stage),
                     actor->reason, actor->last_fault.sentence);
        }
        assert_int_equal(actor->channel->settled_scheme, 3);
        assert_true(actor->channel->h_p_shown);
        assert_true(prom_bytes32_equal(&actor->channel->h_p, &sim->cast.h_p));
    }
    assert_true(prom_span_equal(sim->actors[PROM_PARTY_C].delivered, sim->output));
    assert_int_equal(sim->tx_count, 2); /* Tx0, Tx4 */
}

/* Tx0 never came to the chain, the client knows why, and so does whoever had not yet signed it. */
static inline void assert_setup_ended(const struct simulation *sim)
{
    const struct actor *client = &sim->actors[PROM_PARTY_C];
    assert_int_equal(sim->tx_count, 0);
    assert_true(client->closed);
    for (size_t i = 0; i < sim->actor_count; i++) {
        const struct actor *actor = &sim->actors[i];
        const prom_stage stage = actor->channel->stage;
        if (stage != PROM_STAGE_FAILED && stage != PROM_STAGE_NEW && stage != PROM_STAGE_SIGNED) {
            fail_msg("actor %zu is in the stage '%s'", i, prom_stage_name(stage));
        }
        assert_int_equal(actor->closed, stage == PROM_STAGE_FAILED);
        assert_int_equal(actor->reason[0] != '\0', stage == PROM_STAGE_FAILED);
    }
}

#endif
