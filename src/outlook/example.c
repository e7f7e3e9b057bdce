#include "outlook/example.h"

#include <stdio.h>
#include <string.h>

#include "outlook/file.h"
#include "prometheus/crypto/hash.h"
#include "prometheus/scheme/scheme.h"

#define SEED "prometheus example, "

/* vB: more than any path of any tree, so that coins pay for all fees and for change. */
enum { SPARE_VSIZE = 10000 };

const char prom_contract_example_comment[] =
    "For trying only: everybody knows the secrets. Each key's is the SHA-256 of '" SEED
    "' and the key's name, such as 'client key' or 'arbiter 1 joint key'; h_p and k_p likewise. The coins and offers "
    "do not exist.";

/* But for the stakes. */
static const prom_parameters REGTEST = {
    .alpha = 5000,
    .beta = 5000,
    .gamma = 2000,
    .delta = 5000,
    .epsilon = 3000,
    .mu = 6000,
    .sigma = 9000,
    .varsigma = 10000,
    .t1 = 144,
    .t2 = 216,
    .t3 = 288,
    .t4 = 144,
};

/* docs/protocol.md has them: values to begin with on a chain where money has a worth. */
static const struct start {
    uint8_t arbiters; /* from so many on */
    uint64_t stake;   /* w and v, sat */
    uint64_t a;
    uint64_t retainer;
    uint16_t mu, epsilon, t1, t2, t3, t4;
} STARTS[] = {
    {9, 20000000, 25000000, 20000, 5500, 1500, 432, 720, 864, 288},
    {5, 2000000, 2500000, 3500, 6000, 2000, 288, 432, 576, 144},
    {0, 200000, 250000, 1500, 6000, 2500, 144, 288, 432, 144},
};

static void set_regtest(prom_terms *terms)
{
    terms->P = REGTEST;
    terms->P.w = prom_amount_of(2000000);
    terms->P.v = prom_amount_of(2500000);
    terms->P.a = prom_amount_of(3000000);
    terms->c = prom_amount_of(1000000);
    terms->retainer = prom_amount_of(10000);
}

static void set_public(prom_terms *terms, uint8_t arbiters)
{
    const struct start *start = STARTS;
    while (start->arbiters > arbiters) {
        start++;
    }
    terms->P = (prom_parameters){
        .w = prom_amount_of(start->stake),
        .v = prom_amount_of(start->stake),
        .a = prom_amount_of(start->a),
        .alpha = 2500,
        .beta = 7500,
        .gamma = 500,
        .delta = 5000,
        .epsilon = start->epsilon,
        .mu = start->mu,
        .sigma = 9000,
        .varsigma = 1000,
        .t1 = start->t1,
        .t2 = start->t2,
        .t3 = start->t3,
        .t4 = start->t4,
    };
    terms->c = prom_amount_of(start->stake * 2 / 3);
    terms->retainer = prom_amount_of(start->retainer);
}

prom_result prom_contract_example_parameters(const prom_curve *curve, prom_terms *terms,
                                             const prom_chain_parameters *network, uint8_t arbiters, prom_error *error)
{
    const bool worthless = strcmp(network->name, "regtest") == 0;
    *terms = (prom_terms){.genesis = network->genesis, .feerate = 5};
    if (worthless) {
        set_regtest(terms);
    } else {
        set_public(terms, arbiters);
    }
    terms->P.n = arbiters;
    return prom_parameters_fund(curve, &terms->P.F, &terms->P, error);
}

/* A hash of the seed, the owner's name and what it is for. */
static prom_bytes32 named(const char *owner, const char *what)
{
    char text[sizeof SEED + 64];
    prom_bytes32 hash;
    const int length = snprintf(text, sizeof text, SEED "%s %s", owner, what);
    prom_sha256(&hash, prom_span_of((const uint8_t *)text, (size_t)length));
    return hash;
}

static prom_bytes32 hash_of_named(const char *owner, const char *what)
{
    const prom_bytes32 preimage = named(owner, what);
    prom_bytes32 hash;
    prom_sha256(&hash, prom_span_of32(&preimage));
    return hash;
}

static prom_result make_key(const prom_curve *curve, prom_bytes32 *public_key, const char *owner, const char *what,
                            prom_error *error)
{
    const prom_bytes32 secret = named(owner, what);
    prom_key key;
    PROM_TRY(prom_key_from_secret(curve, &key, &secret, error));
    *public_key = key.public_key;
    return prom_ok();
}

/* What the party owns: its keys and one coin. */
static prom_result fill_party(const prom_curve *curve, prom_terms *terms, prom_party party, prom_error *error)
{
    const char *name = prom_party_name(party);
    prom_party_terms *own = &terms->parties[party];
    prom_coin *coin = &own->coins[0];
    PROM_TRY(make_key(curve, &own->key, name, "key", error));
    PROM_TRY(make_key(curve, &own->joint_key, name, "joint key", error));
    PROM_TRY(make_key(curve, &own->payout, name, "payout", error));
    PROM_TRY(make_key(curve, &own->change, name, "change", error));
    PROM_TRY(make_key(curve, &coin->key, name, "coin", error));
    own->coin_count = 1;
    coin->outpoint = (prom_outpoint){named(name, "transaction"), 0};
    coin->value = prom_amount_add(prom_terms_deposit(terms, party), prom_fee(terms->feerate, SPARE_VSIZE));
    return party == PROM_PARTY_V ? make_key(curve, &own->seal_key, name, "seal key", error) : prom_ok();
}

static prom_result fill_arbiters(const prom_curve *curve, prom_terms *terms, prom_error *error)
{
    terms->arbiter_count = terms->P.n < PROM_ARBITERS_MAX ? terms->P.n : PROM_ARBITERS_MAX;
    for (size_t i = 0; i < terms->arbiter_count; i++) {
        char name[32];
        prom_arbiter_terms *arbiter = &terms->arbiters[i];
        (void)snprintf(name, sizeof name, "arbiter %zu", i + 1);
        arbiter->offer = (prom_outpoint){named(name, "transaction"), 0};
        PROM_TRY(make_key(curve, &arbiter->offer_key, name, "offer", error));
        PROM_TRY(make_key(curve, &arbiter->key, name, "key", error));
        PROM_TRY(make_key(curve, &arbiter->joint_key, name, "joint key", error));
        PROM_TRY(make_key(curve, &arbiter->payout, name, "payout", error));
    }
    return make_key(curve, &terms->Y, "arbiters", "joint key", error);
}

/* Heights and times, from the snapshot at the first height at which there can be one. */
static void fill_times(prom_terms *terms, const prom_chain_parameters *network)
{
    terms->snapshot_height = network->first_block + 109;
    terms->snapshot_hash = named("snapshot", "block");
    terms->draw_height = prom_contract_draw_height(terms);
    terms->setup_deadline = terms->snapshot_height + 100;
    terms->retention = prom_parameters_duration(&terms->P) + terms->P.t4 +
                       PROM_RETENTION_MARGINS * network->safety_margin + PROM_RETENTION_SLACK / 2;
}

prom_result prom_contract_example_fill(const prom_curve *curve, prom_terms *terms, prom_error *error)
{
    const prom_chain_parameters *network = prom_terms_network(terms);
    if (network == NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "there is a 'signet_challenge' of another chain than signet");
    }
    terms->p_txid = named("P", "transaction");
    terms->job = (prom_job){.scheme = PROM_SCHEME_REPLAY,
                            .program_digest = named("job", "program"),
                            .program_bytes = 100000,
                            .input_hash = named("job", "input"),
                            .input_bytes = 100000,
                            .items = 100};
    terms->h = hash_of_named("worker", "h_p");
    terms->k_h = hash_of_named("worker", "k_p");
    terms->frost_revision = PROM_FROST_REVISION;
    terms->dkg_revision = PROM_DKG_REVISION;
    terms->package_max = (uint64_t)1 << 20;
    fill_times(terms, network);
    for (prom_party party = PROM_PARTY_C; party < PROM_PARTIES; party++) {
        PROM_TRY(fill_party(curve, terms, party, error));
    }
    return fill_arbiters(curve, terms, error);
}
