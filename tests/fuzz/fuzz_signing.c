#include <stdio.h>
#include <string.h>

#include "fuzz.h"
#include "prometheus/contract/signing.h"
#include "prometheus/crypto/hash.h"

/* One contract for all inputs: terms that are good enough to be signed, and what the honest places send. */
enum { ARBITERS = 3, PLACES = PROM_PARTIES + ARBITERS };

static struct {
    prom_arena arena;
    prom_curve *curve;
    prom_terms terms;
    prom_tree *tree;
    prom_key key[PLACES];
    prom_span nonces[PLACES];
    prom_span partials[PLACES];
} it;

static prom_bytes32 named(const char *name, size_t number)
{
    char text[32];
    prom_bytes32 value;
    const int length = snprintf(text, sizeof text, "%s %zu", name, number);
    prom_sha256(&value, prom_span_of((const uint8_t *)text, (size_t)length));
    return value;
}

static prom_key named_key(const char *name, size_t number)
{
    prom_key key;
    prom_error error = {{0}};
    const prom_bytes32 secret = named(name, number);
    must(prom_is_ok(prom_key_from_secret(it.curve, &key, &secret, &error)));
    return key;
}

static void set_terms(void)
{
    prom_terms *terms = &it.terms;
    terms->P = (prom_parameters){.w = prom_amount_of(2000000),
                                 .v = prom_amount_of(2500000),
                                 .a = prom_amount_of(3000000),
                                 .n = ARBITERS,
                                 .F = named_key("F", 0).public_key,
                                 .alpha = 5000,
                                 .beta = 5000,
                                 .gamma = 2000,
                                 .delta = 5000,
                                 .epsilon = 3000,
                                 .mu = 6000,
                                 .sigma = 9000,
                                 .t1 = 12,
                                 .t2 = 20,
                                 .t3 = 28,
                                 .t4 = 14};
    terms->c = prom_amount_of(1000000);
    terms->retainer = prom_amount_of(5000);
    terms->feerate = 2;
    terms->arbiter_count = ARBITERS;
    terms->Y = named_key("Y", 0).public_key;
    for (size_t i = 0; i < PLACES; i++) {
        it.key[i] = named_key("joint key", i);
        const prom_bytes32 own = named_key("key", i).public_key;
        const prom_bytes32 payout = named_key("payout", i).public_key;
        if (i < PROM_PARTIES) {
            const prom_coin coin = {{named("coin", i), 0}, prom_amount_of(9000000), named_key("coin", i).public_key};
            terms->parties[i] = (prom_party_terms){.key = own,
                                                   .joint_key = it.key[i].public_key,
                                                   .payout = payout,
                                                   .change = named_key("change", i).public_key,
                                                   .coins = {coin},
                                                   .coin_count = 1};
        } else {
            terms->arbiters[i - PROM_PARTIES] = (prom_arbiter_terms){.offer = {named("offer", i), 0},
                                                                     .offer_key = named_key("offer", i).public_key,
                                                                     .key = own,
                                                                     .joint_key = it.key[i].public_key,
                                                                     .payout = payout};
        }
    }
}

static prom_signing *new_session(prom_arena *arena, size_t place, prom_span *nonces)
{
    prom_signing *signing = NULL;
    prom_error error = {{0}};
    prom_bytes32 randomness = named("randomness", place);
    must(prom_is_ok(prom_signing_new(it.curve, arena, &signing, &it.terms, it.tree, place, &error)));
    must(prom_is_ok(prom_signing_give_nonces(arena, signing, nonces, &it.key[place], &randomness, &error)));
    return signing;
}

static void take_all(prom_signing *signing, size_t place, bool partials)
{
    prom_error error = {{0}};
    for (size_t from = 0; from < PLACES; from++) {
        if (from != place) {
            must(prom_is_ok(partials ? prom_signing_take_partials(signing, from, it.partials[from], &error)
                                     : prom_signing_take_nonces(signing, from, it.nonces[from], &error)));
        }
    }
}

static void begin(void)
{
    static const prom_bytes32 blinding = {{1}};
    prom_signing *signing[PLACES];
    prom_error error = {{0}};
    prom_arena_init(&it.arena, FUZZ_MEMORY);
    must(prom_is_ok(prom_curve_new(&it.arena, &it.curve, &blinding, &error)));
    set_terms();
    must(prom_is_ok(prom_tree_build(it.curve, &it.arena, &it.tree, &it.terms, &error)));
    for (size_t i = 0; i < PLACES; i++) {
        signing[i] = new_session(&it.arena, i, &it.nonces[i]);
    }
    for (size_t i = 0; i < PLACES; i++) {
        take_all(signing[i], i, false);
        must(prom_is_ok(prom_signing_give_partials(&it.arena, signing[i], &it.partials[i], NULL, &error)));
        prom_signing_wipe(signing[i]);
    }
}

/* What a place sends, with the invented bytes over it from some place on; or these bytes alone. */
static prom_span spoil(prom_arena *arena, prom_span honest, const uint8_t *data, size_t length, bool alone)
{
    void *memory = NULL;
    prom_error error = {{0}};
    const size_t at = length >= 2 ? ((size_t)data[0] << 8 | data[1]) % honest.length : 0;
    const size_t left = alone ? length : honest.length - at;
    must(prom_is_ok(prom_arena_alloc(arena, &memory, alone ? length : honest.length, 1, &error)));
    uint8_t *bytes = memory;
    if (!alone) {
        memcpy(bytes, honest.data, honest.length);
    }
    if (length > 0) {
        memcpy(bytes + (alone ? 0 : at), data, length < left ? length : left);
    }
    return prom_span_of(bytes, alone ? length : honest.length);
}

/* One place sends invented nonces or partial signatures: it is named and nobody else, or what it sent was good. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    if (it.curve == NULL) {
        begin();
    }
    if (length == 0) {
        return 0;
    }
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_arena_init(&arena, FUZZ_MEMORY);
    prom_error error = {{0}};
    prom_span own;
    size_t culprit = PROM_PLACES_MAX;
    const size_t place = 1 + data[0] % (PLACES - 1);
    const bool of_nonces = (data[0] & 0x80) != 0;
    const bool alone = (data[0] & 0x40) != 0;
    prom_signing *signing = new_session(&arena, 0, &own);
    const prom_span *honest = of_nonces ? it.nonces : it.partials;
    const prom_span spoilt = spoil(&arena, honest[place], data + 1, length - 1, alone);
    prom_result result = prom_ok();
    if (of_nonces) {
        result = prom_signing_take_nonces(signing, place, spoilt, &error);
        must(prom_is_ok(result) == (spoilt.length == honest[place].length));
        if (prom_is_ok(result)) { /* with everybody else's */
            for (size_t from = 1; from < PLACES; from++) {
                must(from == place || prom_is_ok(prom_signing_take_nonces(signing, from, it.nonces[from], &error)));
            }
            result = prom_signing_give_partials(&arena, signing, &own, &culprit, &error);
        }
    } else {
        take_all(signing, 0, false);
        must(prom_is_ok(prom_signing_give_partials(&arena, signing, &own, NULL, &error)));
        result = prom_signing_take_partials(signing, place, spoilt, &error);
        must(prom_is_ok(result) == (spoilt.length == honest[place].length));
        if (prom_is_ok(result)) {
            for (size_t from = 1; from < PLACES; from++) {
                must(from == place || prom_is_ok(prom_signing_take_partials(signing, from, it.partials[from], &error)));
            }
            result = prom_signing_complete(signing, &culprit, &error);
        }
    }
    must(prom_is_ok(result) || (result.category == PROM_CATEGORY_PEER && error.sentence[0] != '\0'));
    must(culprit == PROM_PLACES_MAX || culprit == place);
    must(prom_is_ok(result) || prom_span_equal(spoilt, honest[place]) == false);
    prom_signing_wipe(signing);
    return 0;
}
