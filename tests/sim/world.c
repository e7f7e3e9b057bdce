#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "prometheus/bitcoin/script.h"
#include "prometheus/contract/keygen.h"
#include "prometheus/contract/payout.h"
#include "prometheus/crypto/chilldkg.h"
#include "prometheus/crypto/hash.h"

/* The first is the one that most runs are of. */
const sim_set prom_sim_sets[] = {
    {"tight", false, 3, 6000, 10000, 0, 2},        {"loose", false, 3, 6000, 10000, 3, 4},
    {"sampled", false, 3, 6000, 5000, 0, 8},       {"four", false, 4, 5500, 10000, 1, 2},
    {"five", false, 5, 6000, 10000, 0, 2},         {"five, sampled", false, 5, 5500, 5000, 2, 8},
    {"nine", false, 9, 5500, 10000, 0, 2},         {"open", true, 3, 6000, 10000, 0, 4},
    {"open, sampled", true, 3, 6000, 5000, 2, 40}, {"recommended", true, 3, 6000, 10000, 120, 5},
};
const size_t prom_sim_set_count = sizeof prom_sim_sets / sizeof prom_sim_sets[0];

static sim_world *made[sizeof prom_sim_sets / sizeof prom_sim_sets[0]];

void prom_sim_need(prom_result result, const prom_error *error, const char *what)
{
    if (!prom_is_ok(result)) {
        (void)fprintf(stderr, "the simulator cannot go on: %s: %s: %s\n", what, prom_category_name(result.category),
                      error->sentence);
        abort();
    }
}

void prom_sim_keep_memory(void)
{
#ifdef __GLIBC__
    enum { KEPT = 1 << 28, MAPPED_MIN = 1 << 25, AT_A_TIME = 1 << 24 };
    (void)mallopt(M_TRIM_THRESHOLD, KEPT);
    (void)mallopt(M_MMAP_THRESHOLD, MAPPED_MIN);
    (void)mallopt(M_TOP_PAD, AT_A_TIME);
#endif
}

prom_bytes32 prom_sim_named(const char *name, uint64_t number)
{
    char text[64];
    prom_bytes32 value;
    const int length = snprintf(text, sizeof text, "%s %llu", name, (unsigned long long)number);
    prom_sha256(&value, prom_span_of((const uint8_t *)text, (size_t)length));
    return value;
}

prom_bytes32 prom_sim_block_hash(const sim_world *world, uint32_t height, uint64_t branch)
{
    return height == world->terms.snapshot_height ? world->terms.snapshot_hash
                                                  : prom_sim_named("block", height + (branch << 20));
}

prom_role prom_sim_role(size_t place)
{
    static const prom_role roles[] = {PROM_ROLE_CLIENT, PROM_ROLE_WORKER, PROM_ROLE_VERIFIER};
    return place < PROM_PARTIES ? roles[place] : PROM_ROLE_ARBITER;
}

static prom_key key_named(const sim_world *world, const char *name, size_t number)
{
    prom_error error = {{0}};
    prom_key key;
    const prom_bytes32 secret = prom_sim_named(name, number);
    NEED(prom_key_from_secret(world->curve, &key, &secret, &error), &error);
    return key;
}

/* The least that the bounds of section 2 allow, and the set's slack. */
static prom_parameters parameters_of(const sim_world *world)
{
    const sim_set *set = world->set;
    const prom_chain_parameters *network = world->network;
    const uint32_t s = network->safety_margin;
    if (world->as != NULL) {
        return world->as->P;
    }
    prom_parameters P = {.w = prom_amount_of(2000000),
                         .v = prom_amount_of(2500000),
                         .a = prom_amount_of(3000000),
                         .n = set->n,
                         .alpha = 5000,
                         .beta = 5000,
                         .gamma = 2000,
                         .delta = 5000,
                         .epsilon = 3000,
                         .mu = set->mu,
                         .sigma = 9000,
                         .varsigma = set->varsigma};
    P.t1 = (uint16_t)(3 * s + 1 + set->slack + set->late_start);
    P.t2 = (uint16_t)(P.t1 + 2 * s + network->verification + 2 + set->slack);
    P.t3 = (uint16_t)(P.t2 + 4 * s + set->slack);
    P.t4 = (uint16_t)(prom_parameters_arbitration(&P, network) + s + 1 + set->slack);
    return P;
}

static prom_party_terms party_of(sim_world *world, prom_party party)
{
    const sim_keys *keys = &world->keys[party];
    prom_party_terms terms = {.key = keys->words.public_key,
                              .joint_key = keys->joint.public_key,
                              .payout = keys->payout.public_key,
                              .change = key_named(world, "change", party).public_key,
                              .coin_count = 1};
    if (party == PROM_PARTY_V) {
        terms.seal_key = keys->seal.public_key;
    }
    terms.coins[0] =
        (prom_coin){.outpoint = {prom_sim_named("coin's transaction", party), party},
                    .value = prom_amount_add(prom_terms_deposit(&world->terms, party),
                                             prom_amount_of(world->as == NULL ? 200000 : world->as->spare)),
                    .key = keys->coin.public_key};
    return terms;
}

/* Y, made by the key generation itself, so that everybody's shares are of it. */
static void make_joint_key(sim_world *world)
{
    const size_t n = world->set->n;
    prom_error error = {{0}};
    prom_dkg_session session = {.threshold = prom_parameters_quorum(&world->terms.P), .count = n};
    prom_dkg_blame blame;
    const prom_dkg_context context = {&world->arena, world->curve, &blame};
    const prom_bytes32 randomness = prom_sim_named("randomness", 0);
    prom_dkg_participant participants[PROM_ARBITERS_MAX];
    prom_dkg_outcome outcome;
    prom_dkg_output output;
    prom_signature signatures[PROM_ARBITERS_MAX];
    prom_span spans[PROM_ARBITERS_MAX];
    const prom_dkg_messages messages = {spans, n};
    prom_span first;
    prom_span second;
    for (size_t i = 0; i < n; i++) {
        session.host_keys[i] = prom_point_of_public_key(&world->keys[PLACE_A + i].host.public_key);
    }
    for (size_t i = 0; i < n; i++) {
        const prom_dkg_secrets secrets = {&world->keys[PLACE_A + i].host.secret, &randomness};
        NEED(prom_dkg_participant_step1(&context, &participants[i], &spans[i], &session, &secrets, &error), &error);
    }
    NEED(prom_dkg_coordinator_step1(&context, &outcome, &first, &session, &messages, &error), &error);
    for (size_t i = 0; i < n; i++) {
        const prom_dkg_secrets secrets = {&world->keys[PLACE_A + i].host.secret, &randomness};
        NEED(prom_dkg_participant_step2(&context, &outcome, &signatures[i], &participants[i], &secrets, first, &error),
             &error);
        spans[i] = prom_span_of(signatures[i].bytes, sizeof signatures[i].bytes);
    }
    NEED(prom_dkg_coordinator_finalize(&context, &output, &second, &world->recovery, &outcome, &messages, &error),
         &error);
    memcpy(world->terms.Y.bytes, output.key.bytes + 1, sizeof world->terms.Y.bytes);
}

static void make_terms(sim_world *world)
{
    prom_error error = {{0}};
    prom_terms *terms = &world->terms;
    static const uint8_t challenge[] = {PROM_OP_1};
    const prom_parameters P = parameters_of(world);
    *terms = (prom_terms){.genesis = world->network->genesis,
                          .p_txid = prom_sim_named("P", 0),
                          .P = P,
                          .c = prom_amount_of(world->as == NULL ? 1000000 : world->as->c),
                          .retainer = prom_amount_of(world->as == NULL ? 5000 : world->as->retainer),
                          .job = {.scheme = 1,
                                  .program_digest = prom_sim_named("program", 0),
                                  .program_bytes = 1000,
                                  .input_hash = prom_sim_named("input", 0),
                                  .input_bytes = 2000,
                                  .items = 10},
                          .frost_revision = PROM_FROST_REVISION,
                          .dkg_revision = PROM_DKG_REVISION,
                          .feerate = world->as == NULL ? 2 : world->as->feerate,
                          .snapshot_height = 110,
                          .snapshot_hash = prom_sim_named("snapshot", 0),
                          .draw_height = 120,
                          .setup_deadline = 145,
                          .package_max = 1 << 20,
                          .arbiter_count = world->set->n};
    if (world->set->open) {
        terms->signet_challenge = prom_span_of(challenge, sizeof challenge);
    }
    terms->retention = prom_parameters_duration(&P) + P.t4 + PROM_RETENTION_MARGINS * world->network->safety_margin;
    NEED(prom_parameters_fund(world->curve, &terms->P.F, &terms->P, &error), &error);
    prom_sha256(&terms->h, prom_span_of32(&world->secrets.h_p));
    prom_sha256(&terms->k_h, prom_span_of32(&world->secrets.k_p));
    for (size_t i = 0; i < world->places; i++) {
        if (i < PROM_PARTIES) {
            terms->parties[i] = party_of(world, (prom_party)i);
        } else {
            const sim_keys *keys = &world->keys[i];
            terms->arbiters[i - PLACE_A] = (prom_arbiter_terms){{prom_sim_named("offer", i), 0},
                                                                keys->coin.public_key,
                                                                keys->words.public_key,
                                                                keys->joint.public_key,
                                                                keys->payout.public_key};
        }
    }
    make_joint_key(world);
    NEED(prom_terms_check(world->curve, terms, &error), &error);
}

static prom_result sign_words(void *context, prom_signature *signature, const prom_bytes32 *hash, prom_error *error)
{
    const prom_bytes32 auxiliary = {{0}};
    return prom_sign(NULL, signature, hash, context, &auxiliary, error);
}

/* Everybody's nonces and partial signatures, as in a setup. */
static void sign_tree(sim_world *world)
{
    prom_error error = {{0}};
    prom_signing *at[PROM_PLACES_MAX];
    prom_span said[PROM_PLACES_MAX];
    for (size_t i = 0; i < world->places; i++) {
        prom_bytes32 randomness = prom_sim_named("nonces", i);
        NEED(prom_signing_new(world->curve, &world->arena, &at[i], &world->terms, world->tree, i, &error), &error);
        NEED(prom_signing_begin(at[i], 0, &error), &error);
        NEED(prom_signing_give_nonces(&world->arena, at[i], &said[i], &world->keys[i].joint,
                                      &(prom_own_words){&world->keys[i].words, sign_words}, &randomness, &error),
             &error);
    }
    for (size_t i = 0; i < world->places * world->places; i++) {
        bool old = false;
        if (i / world->places != i % world->places) {
            NEED(prom_signing_take_nonces(at[i / world->places], i % world->places, said[i % world->places], &old,
                                          &error),
                 &error);
        }
    }
    for (size_t i = 0; i < world->places; i++) {
        NEED(prom_signing_give_partials(&world->arena, at[i], &said[i],
                                        &(prom_own_words){&world->keys[i].words, sign_words}, &error),
             &error);
    }
    for (size_t i = 1; i < world->places; i++) {
        NEED(prom_signing_take_partials(at[0], i, said[i], &error), &error);
    }
    NEED(prom_signing_complete(at[0], &error), &error);
    NEED(prom_signing_write(&world->arena, &world->signatures, at[0], &error), &error);
    world->signing = at[0];
}

static void sign_tx0(sim_world *world)
{
    prom_error error = {{0}};
    prom_span signatures[PROM_PLACES_MAX];
    prom_signature made_here[PROM_PLACES_MAX];
    const prom_bytes32 auxiliary = {{0}};
    for (size_t i = 0; i < world->places; i++) {
        prom_bytes32 hash;
        size_t first = 0;
        (void)prom_tx0_inputs(&world->terms, i, &first);
        NEED(prom_tree_sighash(&world->arena, &hash, &world->tree->tx[PROM_TX0], first, &error), &error);
        NEED(prom_sign(world->curve, &made_here[i], &hash, &world->keys[i].coin, &auxiliary, &error), &error);
        signatures[i] = prom_span_of(made_here[i].bytes, sizeof made_here[i].bytes);
    }
    NEED(prom_tx0_finish(&world->arena, &world->tx0, &world->terms, world->tree, signatures, &error), &error);
    NEED(prom_tx_serialize(&world->arena, &world->tx0_bytes, world->tx0, true, &error), &error);
}

sim_world *prom_sim_world_new(const sim_set *set, const sim_terms *as)
{
    static const prom_bytes32 blinding = {{1}};
    prom_error error = {{0}};
    sim_world *world = calloc(1, sizeof *world);
    if (world == NULL) {
        abort();
    }
    world->set = set;
    world->as = as;
    world->places = PROM_PARTIES + set->n;
    world->tip = 117;
    prom_arena_init(&world->arena, (size_t)1 << 28);
    NEED(prom_curve_new(&world->arena, &world->curve, &blinding, &error), &error);
    static const uint8_t challenge[] = {PROM_OP_1};
    world->network = world->set->open ? prom_chain_parameters_of(&prom_chain_parameters_by_name("signet")->genesis,
                                                                 prom_span_of(challenge, sizeof challenge))
                                      : prom_chain_parameters_by_name("regtest");
    for (size_t i = 0; i < world->places; i++) {
        world->keys[i] =
            (sim_keys){key_named(world, "words", i), key_named(world, "joint", i), key_named(world, "seal", i),
                       key_named(world, "coin", i),  key_named(world, "host", i),  key_named(world, "payout", i)};
    }
    world->secrets = (prom_channel_secrets){prom_sim_named("h_p", 0), prom_sim_named("k_p", 0)};
    make_terms(world);
    NEED(prom_tree_build(world->curve, &world->arena, &world->tree, &world->terms, &error), &error);
    NEED(prom_terms_write_base(&world->arena, &world->base_bytes, &world->terms, &error), &error);
    NEED(prom_terms_write(&world->arena, &world->terms_bytes, &world->terms, &error), &error);
    sign_tree(world);
    sign_tx0(world);
    return world;
}

const sim_world *prom_sim_world(size_t set)
{
    if (made[set] == NULL) {
        made[set] = prom_sim_world_new(&prom_sim_sets[set], NULL);
    }
    return made[set];
}

void prom_sim_world_free(sim_world *world)
{
    prom_arena_free(&world->arena);
    free(world);
}

void prom_sim_worlds_free(void)
{
    for (size_t i = 0; i < prom_sim_set_count; i++) {
        if (made[i] != NULL) {
            prom_sim_world_free(made[i]);
            made[i] = NULL;
        }
    }
}
