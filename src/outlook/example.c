#include "outlook/example.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "prometheus/bitcoin/script.h"
#include "prometheus/bitcoin/taproot.h"
#include "prometheus/crypto/hash.h"

#define SEED "prometheus example, "

enum {
    KEY_PATH_WITNESS = 66, /* weight units */
    SPARE_VSIZE = 10000,   /* vB: more than any path of any tree, so that coins pay for all fees and for change */
};

const char prom_contract_example_comment[] =
    "For trying only: everybody knows the secrets. Each key's is the SHA-256 of '" SEED
    "' and the key's name, such as 'client key' or 'arbiter 1 payout'; h_p, k_p and each x likewise. The coins and "
    "offers do not exist.";

void prom_contract_example_parameters(prom_terms *terms, uint8_t arbiters)
{
    *terms = (prom_terms){
        .genesis = prom_chain_parameters_by_name("regtest")->genesis,
        .P =
            {
                .w = prom_amount_of(2000000),
                .v = prom_amount_of(2500000),
                .a = prom_amount_of(3000000),
                .n = arbiters,
                .F = prom_unspendable_key, /* burnt */
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
                .t5 = 0,
            },
        .c = prom_amount_of(1000000),
        .feerate = 5,
    };
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

static prom_result fill_party(const prom_curve *curve, prom_arena *arena, prom_terms *terms, prom_party party,
                              prom_error *error)
{
    const char *name = prom_party_name(party);
    prom_party_terms *own = &terms->parties[party];
    prom_coin *coin = &own->coins[0];
    prom_bytes32 coin_key;
    PROM_TRY(make_key(curve, &own->key, name, "key", error));
    PROM_TRY(make_key(curve, &own->payout, name, "payout", error));
    PROM_TRY(make_key(curve, &own->change, name, "change", error));
    PROM_TRY(make_key(curve, &coin_key, name, "coin", error));
    own->coin_count = 1;
    coin->outpoint = (prom_outpoint){named(name, "transaction"), 0};
    coin->value = prom_amount_add(prom_terms_deposit(terms, party), prom_fee(terms->feerate, SPARE_VSIZE));
    coin->witness_weight = KEY_PATH_WITNESS;
    return prom_script_p2tr(arena, &coin->script, &coin_key, error);
}

static int compare_offers(const void *a, const void *b)
{
    return prom_bytes32_compare_vartime(&((const prom_arbiter_terms *)a)->offer.txid,
                                        &((const prom_arbiter_terms *)b)->offer.txid);
}

/* The arbiters, in the order of their offers' outpoints. */
static prom_result fill_arbiters(const prom_curve *curve, prom_terms *terms, prom_error *error)
{
    terms->arbiter_count = terms->P.n < PROM_ARBITERS_MAX ? terms->P.n : PROM_ARBITERS_MAX;
    for (size_t i = 0; i < terms->arbiter_count; i++) {
        char name[32];
        prom_arbiter_terms *arbiter = &terms->arbiters[i];
        (void)snprintf(name, sizeof name, "arbiter %zu", i + 1);
        *arbiter = (prom_arbiter_terms){
            .offer = {named(name, "transaction"), 0}, .x_hash = hash_of_named(name, "x"), .expiry = 1000};
        PROM_TRY(make_key(curve, &arbiter->key, name, "key", error));
        PROM_TRY(make_key(curve, &arbiter->payout, name, "payout", error));
    }
    qsort(terms->arbiters, terms->arbiter_count, sizeof *terms->arbiters, compare_offers);
    return make_key(curve, &terms->Y, "arbiters", "joint key", error);
}

prom_result prom_contract_example_fill(const prom_curve *curve, prom_arena *arena, prom_terms *terms, prom_error *error)
{
    terms->p_txid = named("P", "transaction");
    terms->job = (prom_job){.scheme = 1,
                            .program_digest = named("job", "program"),
                            .program_bytes = 100000,
                            .input_hash = named("job", "input"),
                            .input_bytes = 100000,
                            .items = 100};
    terms->h = hash_of_named("worker", "h_p");
    terms->k_h = hash_of_named("worker", "k_p");
    terms->snapshot_height = 110;
    terms->snapshot_hash = named("snapshot", "block");
    terms->setup_deadline = 210;
    terms->most_package = 1 << 20;
    terms->retention = 1000;
    for (prom_party party = PROM_PARTY_C; party < PROM_PARTIES; party++) {
        PROM_TRY(fill_party(curve, arena, terms, party, error));
    }
    return fill_arbiters(curve, terms, error);
}
