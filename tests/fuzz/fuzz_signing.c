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
    prom_key own[PLACES]; /* of own words */
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
        it.own[i] = named_key("key", i);
        const prom_bytes32 own = it.own[i].public_key;
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

static prom_result sign(void *context, prom_signature *signature, const prom_bytes32 *hash, prom_error *error)
{
    static const prom_bytes32 auxiliary = {{0}};
    return prom_sign(it.curve, signature, hash, context, &auxiliary, error);
}

static prom_signing *new_session(prom_arena *arena, size_t place, prom_span *nonces)
{
    const prom_own_words words = {&it.own[place], sign};
    prom_signing *signing = NULL;
    prom_error error = {{0}};
    prom_bytes32 randomness = named("randomness", place);
    must(prom_is_ok(prom_signing_new(it.curve, arena, &signing, &it.terms, it.tree, place, &error)));
    must(prom_is_ok(prom_signing_begin(signing, 0, &error)));
    must(prom_is_ok(prom_signing_give_nonces(arena, signing, nonces, &it.key[place], &words, &randomness, &error)));
    return signing;
}

static prom_result take(prom_signing *signing, bool partials, size_t from, prom_span message, prom_error *error)
{
    bool old = false;
    return partials ? prom_signing_take_partials(signing, from, message, error)
                    : prom_signing_take_nonces(signing, from, message, &old, error);
}

/* Takes what all have sent but `place`, whose own session it is, and `other`. */
static void take_all(prom_signing *signing, bool partials, size_t place, size_t other)
{
    prom_error error = {{0}};
    for (size_t from = 0; from < PLACES; from++) {
        if (from != place && from != other) {
            must(prom_is_ok(take(signing, partials, from, partials ? it.partials[from] : it.nonces[from], &error)));
        }
    }
}

static void give_partials(prom_arena *arena, prom_signing *signing, size_t place, prom_span *message)
{
    prom_error error = {{0}};
    must(prom_is_ok(
        prom_signing_give_partials(arena, signing, message, &(prom_own_words){&it.own[place], sign}, &error)));
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
        take_all(signing[i], false, i, i);
        give_partials(&it.arena, signing[i], i, &it.partials[i]);
        prom_signing_wipe(signing[i]);
    }
}

/* What a place sends, with the invented bytes over it from some place on; or these bytes alone. Where `signs`, the
 * place has signed it so. */
static prom_span spoil(prom_arena *arena, size_t place, prom_signing_kind kind, prom_span bytes, bool alone, bool signs)
{
    void *memory = NULL;
    prom_error error = {{0}};
    const prom_span honest = kind == PROM_SIGNING_NONCES ? it.nonces[place] : it.partials[place];
    const size_t at = bytes.length >= 2 && !alone ? ((size_t)bytes.data[0] << 8 | bytes.data[1]) % honest.length : 0;
    const size_t length = alone ? bytes.length : honest.length;
    must(prom_is_ok(prom_arena_alloc(arena, &memory, length + 1, 1, &error)));
    uint8_t *spoilt = memory;
    if (!alone) {
        memcpy(spoilt, honest.data, honest.length);
    }
    if (bytes.length > 0) {
        memcpy(spoilt + at, bytes.data, bytes.length < length - at ? bytes.length : length - at);
    }
    if (signs && length >= sizeof(uint32_t) + sizeof(prom_signature)) {
        prom_reader reader = prom_reader_of(prom_span_of(spoilt, length));
        const uint32_t attempt = prom_read_u32(&reader);
        prom_bytes32 digest;
        prom_bytes32 hash;
        prom_signature signature;
        prom_signing_digest(&digest, kind, prom_read_span(&reader, reader.left - sizeof signature));
        prom_signing_hash(&hash, &it.tree->contract_id, kind, attempt, &digest);
        must(prom_is_ok(sign(&it.own[place], &signature, &hash, &error)));
        memcpy(spoilt + length - sizeof signature, signature.bytes, sizeof signature);
    }
    return prom_span_of(spoilt, length);
}

/* Invented words, judged: whatever they are, nobody who has not signed anything false is at fault. */
static void judge(prom_arena *arena, prom_span invented)
{
    prom_signing_blame blame;
    prom_error error = {{0}};
    (void)!prom_is_ok(prom_signing_judge(it.curve, arena, &blame, &it.terms, it.tree, invented, &error));
    must(blame.place == PROM_PLACES_MAX);
}

/* One place sends invented nonces or partial signatures: it is named and nobody else, or what it sent was good. What it
 * has not signed is nobody's fault. */
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
    const size_t place = 1 + data[0] % (PLACES - 1);
    const bool partials = (data[0] & 0x80) == 0;
    const bool signs = (data[0] & 0x20) == 0;
    const prom_signing_kind kind = partials ? PROM_SIGNING_PARTIALS : PROM_SIGNING_NONCES;
    const prom_span invented = prom_span_of(data + 1, length - 1);
    prom_signing *signing = new_session(&arena, 0, &own);
    const prom_span spoilt = spoil(&arena, place, kind, invented, (data[0] & 0x40) != 0, signs);
    take_all(signing, false, 0, partials ? 0 : place);
    if (partials) {
        give_partials(&arena, signing, 0, &own);
        take_all(signing, true, 0, place);
    }
    prom_result result = take(signing, partials, place, spoilt, &error);
    if (prom_is_ok(result) && !partials && prom_signing_wants_partials(signing)) {
        result = prom_signing_give_partials(&arena, signing, &own, &(prom_own_words){&it.own[0], sign}, &error);
    } else if (prom_is_ok(result) && partials && prom_signing_has_partials(signing)) {
        result = prom_signing_complete(signing, &error);
    }
    const size_t culprit = prom_signing_culprit(signing);
    must(prom_is_ok(result) || (result.category == PROM_CATEGORY_PEER && error.sentence[0] != '\0'));
    must(culprit == PROM_PLACES_MAX || (culprit == place && signs && !prom_is_ok(result)));
    must(culprit == place || prom_is_ok(result) || !signs || spoilt.length < sizeof(uint32_t) + sizeof(prom_signature));
    prom_signing_wipe(signing);
    judge(&arena, invented);
    return 0;
}
