/* A contract to test with: keys, secrets and terms that are made from names, and so are the same in every run. */
#ifndef PROMETHEUS_TEST_CONTRACT_CAST_H
#define PROMETHEUS_TEST_CONTRACT_CAST_H

#include "support.h"

#include "prometheus/bitcoin/script.h"
#include "prometheus/bitcoin/taproot.h"
#include "prometheus/contract/evidence.h"
#include "prometheus/contract/terms.h"
#include "prometheus/crypto/hash.h"

/* Who has what: keys and coins of C, W, V; keys of the arbiters; W's two secrets. */
struct cast {
    prom_key party[PROM_PARTIES];       /* own words */
    prom_key party_joint[PROM_PARTIES]; /* into ALL */
    prom_key seal;                      /* V's, for E_V */
    prom_key coin[PROM_PARTIES];        /* the output key of each coin */
    prom_key offer[PROM_ARBITERS_MAX];  /* Q */
    prom_key arbiter[PROM_ARBITERS_MAX];
    prom_key arbiter_joint[PROM_ARBITERS_MAX];
    prom_key Y; /* the arbiters' joint key, here one that somebody knows */
    prom_bytes32 h_p;
    prom_bytes32 k_p;
};

/* SHA-256 of the name and the number. */
static inline prom_bytes32 named(const char *name, size_t number)
{
    char text[64];
    prom_bytes32 value;
    const int length = snprintf(text, sizeof text, "%s %zu", name, number);
    prom_sha256(&value, prom_span_of((const uint8_t *)text, (size_t)length));
    return value;
}

static inline prom_key named_key(fixture *test, const char *name, size_t number)
{
    prom_key key;
    const prom_bytes32 secret = named(name, number);
    assert_ok(prom_key_from_secret(test->curve, &key, &secret, &test->error), &test->error);
    return key;
}

static inline prom_span p2tr_script(fixture *test, const prom_bytes32 *key)
{
    prom_span script;
    assert_ok(prom_script_p2tr(&test->arena, &script, key, &test->error), &test->error);
    return script;
}

static inline prom_signature sign_hash(fixture *test, const prom_key *key, const prom_bytes32 *hash)
{
    const prom_bytes32 auxiliary = {{0}};
    prom_signature signature;
    assert_ok(prom_sign(test->curve, &signature, hash, key, &auxiliary, &test->error), &test->error);
    return signature;
}

static inline struct cast make_cast(fixture *test)
{
    struct cast cast = {.seal = named_key(test, "seal", 0),
                        .Y = named_key(test, "Y", 0),
                        .h_p = named("h_p", 0),
                        .k_p = named("k_p", 0)};
    for (size_t i = 0; i < PROM_PARTIES; i++) {
        cast.party[i] = named_key(test, "party", i);
        cast.party_joint[i] = named_key(test, "party's joint key", i);
        cast.coin[i] = named_key(test, "coin", i);
    }
    for (size_t i = 0; i < PROM_ARBITERS_MAX; i++) {
        cast.offer[i] = named_key(test, "offer's key", i);
        cast.arbiter[i] = named_key(test, "arbiter", i);
        cast.arbiter_joint[i] = named_key(test, "arbiter's joint key", i);
    }
    return cast;
}

/* A P that is valid on regtest with any n; its fund is burnt. */
static inline prom_parameters valid_parameters(void)
{
    return (prom_parameters){
        .w = prom_amount_of(2000000),
        .v = prom_amount_of(2500000),
        .a = prom_amount_of(3000000),
        .n = 3,
        .F = prom_unspendable_key,
        .alpha = 5000,
        .beta = 5000,
        .gamma = 2000,
        .delta = 5000,
        .epsilon = 3000,
        .mu = 6000,
        .sigma = 9000,
        .varsigma = 10000,
        .t1 = 12,
        .t2 = 20,
        .t3 = 28,
        .t4 = 14,
        .t5 = 0,
    };
}

static inline prom_arbiter_terms valid_arbiter(fixture *test, const struct cast *cast, size_t index)
{
    return (prom_arbiter_terms){.offer = {named("offer", index), 0},
                                .offer_key = cast->offer[index].public_key,
                                .key = cast->arbiter[index].public_key,
                                .joint_key = cast->arbiter_joint[index].public_key,
                                .payout = named_key(test, "arbiter's payout", index).public_key};
}

/* One coin that holds the party's deposit and 100,000 sat. */
static inline prom_party_terms valid_party(fixture *test, const struct cast *cast, prom_party party,
                                           prom_amount deposit)
{
    prom_party_terms terms = {.key = cast->party[party].public_key,
                              .joint_key = cast->party_joint[party].public_key,
                              .payout = named_key(test, "payout", party).public_key,
                              .change = named_key(test, "change", party).public_key,
                              .coin_count = 1};
    if (party == PROM_PARTY_V) {
        terms.seal_key = cast->seal.public_key;
    }
    terms.coins[0] = (prom_coin){.outpoint = {named("coin's transaction", party), party},
                                 .value = prom_amount_add(deposit, prom_amount_of(100000)),
                                 .key = cast->coin[party].public_key};
    return terms;
}

/* Where the chain stands when valid_terms are signed. */
enum { VALID_TIP = 115, VALID_P_HEIGHT = 100 };

/* Terms that prom_terms_check accepts, with `n` arbiters, and prom_terms_check_now at VALID_TIP. */
static inline prom_terms valid_terms(fixture *test, const struct cast *cast, uint8_t n)
{
    prom_terms terms = {
        .genesis = prom_chain_parameters_by_name("regtest")->genesis,
        .p_txid = named("P", 0),
        .P = valid_parameters(),
        .c = prom_amount_of(1000000),
        .retainer = prom_amount_of(5000),
        .job = {.scheme = 1,
                .program_digest = named("program", 0),
                .program_bytes = 1000,
                .input_hash = named("input", 0),
                .input_bytes = 2000,
                .items = 10},
        .frost_revision = PROM_FROST_REVISION,
        .dkg_revision = PROM_DKG_REVISION,
        .feerate = 2,
        .snapshot_height = 110,
        .snapshot_hash = named("snapshot", 0),
        .draw_height = 118,
        .setup_deadline = 145,
        .package_max = 1 << 20,
        .retention = 1000,
        .arbiter_count = n,
        .Y = cast->Y.public_key,
    };
    terms.P.n = n;
    assert_ok(prom_parameters_fund(test->curve, &terms.P.F, &terms.P, &test->error), &test->error);
    prom_sha256(&terms.h, prom_span_of32(&cast->h_p));
    prom_sha256(&terms.k_h, prom_span_of32(&cast->k_p));
    for (prom_party party = PROM_PARTY_C; party < PROM_PARTIES; party++) {
        terms.parties[party] = valid_party(test, cast, party, prom_terms_deposit(&terms, party));
    }
    for (size_t i = 0; i < n; i++) {
        terms.arbiters[i] = valid_arbiter(test, cast, i);
    }
    return terms;
}

/* Adds to evidence that lies in the test's arena. Returns whether it was new and was kept. */
static inline bool add_evidence(fixture *test, prom_evidence *evidence, const prom_attestation *statement)
{
    bool added = false;
    assert_ok(prom_evidence_add(&test->arena, evidence, statement, &added, &test->error), &test->error);
    return added;
}

#endif
