/* Which terms are valid, as far as the chain need not be asked; docs/protocol.md, section 6. */
#include "prometheus/contract/terms.h"

#include <stdio.h>

#include "contract/bounds.h"
#include "prometheus/bitcoin/taproot.h"
#include "prometheus/contract/payout.h"

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

/* What the keys of the terms are for. */
typedef enum key_kind { OWN, JOINT, SEAL, OFFER, ARBITERS_JOINT, PAYOUT, CHANGE, FUND, COIN } key_kind;

struct keys {
    struct {
        const prom_bytes32 *key;
        key_kind kind;
        size_t place; /* of C, W, V and then the arbiters */
    } of[PROM_PARTIES * (5 + PROM_COINS_MAX) + PROM_ARBITERS_MAX * 4 + 2];
    size_t count;
};

static void add_key(struct keys *keys, const prom_bytes32 *key, key_kind kind, size_t place)
{
    keys->of[keys->count].key = key;
    keys->of[keys->count].kind = kind;
    keys->of[keys->count++].place = place;
}

static bool is_paid(key_kind kind)
{
    return kind == PAYOUT || kind == CHANGE;
}

/* Keys of the parties' outputs, which sign nothing but a spend of them. */
static bool is_of_an_output(key_kind kind)
{
    return is_paid(kind) || kind == COIN;
}

/* Keys that somebody has to sign with. What is paid to a key is its owner's own affair. */
static bool is_signed_with(key_kind kind)
{
    return !is_paid(kind) && kind != FUND;
}

enum { KEY_TEXT = 48 };

/* "the worker's joint key" */
static const char *key_text(char text[KEY_TEXT], const struct keys *keys, size_t index)
{
    static const char *const kinds[] = {[OWN] = "key",
                                        [JOINT] = "joint key",
                                        [SEAL] = "seal key",
                                        [OFFER] = "offer key",
                                        [PAYOUT] = "payout",
                                        [CHANGE] = "change",
                                        [ARBITERS_JOINT] = "the arbiters' joint key Y",
                                        [FUND] = "the common fund F",
                                        [COIN] = "coin's key"};
    const key_kind kind = keys->of[index].kind;
    const size_t place = keys->of[index].place;
    if (kind == ARBITERS_JOINT || kind == FUND) {
        (void)snprintf(text, KEY_TEXT, "%s", kinds[kind]);
    } else if (place < PROM_PARTIES) {
        (void)snprintf(text, KEY_TEXT, "the %s's %s", prom_party_name((prom_party)place), kinds[kind]);
    } else {
        (void)snprintf(text, KEY_TEXT, "arbiter %zu's %s", place - PROM_PARTIES + 1, kinds[kind]);
    }
    return text;
}

/* The key of an offer may be the arbiter's for its own words, the only exception: what it signs are an announcement and
 * a statement, each under a tag of its own, and an input of Tx0. Coins may share a key, or be paid back to it. F stands
 * in P, and whoever chose it may hold its key: that is no fault of the terms, unless an output is paid to both. */
static bool may_be_the_same(const struct keys *keys, size_t i, size_t j)
{
    const key_kind a = keys->of[i].kind;
    const key_kind b = keys->of[j].kind;
    const bool own_place = keys->of[i].place == keys->of[j].place;
    if (a == FUND || b == FUND) {
        return !is_paid(a == FUND ? b : a);
    }
    return (own_place && ((a == OFFER && b == OWN) || (a == OWN && b == OFFER))) || (a == COIN && is_of_an_output(b)) ||
           (b == COIN && is_of_an_output(a));
}

static void add_party_keys(struct keys *keys, const prom_party_terms *party, size_t place)
{
    add_key(keys, &party->key, OWN, place);
    add_key(keys, &party->joint_key, JOINT, place);
    if (place == PROM_PARTY_V) {
        add_key(keys, &party->seal_key, SEAL, place);
    }
    add_key(keys, &party->payout, PAYOUT, place);
    add_key(keys, &party->change, CHANGE, place);
    for (size_t i = 0; i < party->coin_count; i++) {
        add_key(keys, &party->coins[i].key, COIN, place);
    }
}

static void add_arbiter_keys(struct keys *keys, const prom_arbiter_terms *arbiter, size_t place)
{
    add_key(keys, &arbiter->key, OWN, place);
    add_key(keys, &arbiter->joint_key, JOINT, place);
    add_key(keys, &arbiter->offer_key, OFFER, place);
    add_key(keys, &arbiter->payout, PAYOUT, place);
}

/* No key serves two protocols, or two who sign; and every output that is paid can be told from all others. */
static prom_result check_keys(const prom_curve *curve, const prom_terms *terms, prom_error *error)
{
    struct keys keys = {.count = 0};
    char first[KEY_TEXT];
    char second[KEY_TEXT];
    add_key(&keys, &terms->P.F, FUND, 0);
    for (size_t i = 0; i < PROM_PARTIES; i++) {
        add_party_keys(&keys, &terms->parties[i], i);
    }
    for (size_t i = 0; i < terms->arbiter_count; i++) {
        add_arbiter_keys(&keys, &terms->arbiters[i], PROM_PARTIES + i);
    }
    if (terms->arbiter_count > 0) {
        add_key(&keys, &terms->Y, ARBITERS_JOINT, 0);
    }
    for (size_t i = 0; i < keys.count; i++) {
        if (!prom_public_key_valid(curve, keys.of[i].key)) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s is not the x coordinate of a point of the curve",
                             key_text(first, &keys, i));
        }
        if (is_signed_with(keys.of[i].kind) && prom_bytes32_equal(keys.of[i].key, &prom_unspendable_key)) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                             "%s is BIP 341's point that nobody knows the secret key of: nobody could sign with it",
                             key_text(first, &keys, i));
        }
        for (size_t j = 0; j < i; j++) {
            if (prom_bytes32_equal(keys.of[i].key, keys.of[j].key) && !may_be_the_same(&keys, i, j)) {
                return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s and %s are the same, and each must have its own",
                                 key_text(first, &keys, j), key_text(second, &keys, i));
            }
        }
    }
    return prom_ok();
}

static prom_result check_coins(const prom_curve *curve, const prom_terms *terms, prom_party party, prom_error *error)
{
    const prom_party_terms *own = &terms->parties[party];
    const char *name = prom_party_name(party);
    char what[64];
    if (own->coin_count == 0 || own->coin_count > PROM_COINS_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the %s brings %zu coins, and 1 to %d are possible", name,
                         own->coin_count, PROM_COINS_MAX);
    }
    for (size_t i = 0; i < own->coin_count; i++) {
        if (!prom_public_key_valid(curve, &own->coins[i].key)) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                             "coin %zu of the %s can be spent by nobody: its key is not on the curve", i + 1, name);
        }
    }
    (void)snprintf(what, sizeof what, "what the coins of the %s hold", name);
    const struct amount_bound bounds[] = {
        BOUND_MIN(what, prom_coins_sum(own), prom_terms_deposit(terms, party),
                  party == PROM_PARTY_C ? "its deposit, c + n rho" : "its deposit"),
    };
    return prom_check_amount_bounds(bounds, COUNT_OF(bounds), error);
}

static prom_result check_outpoints_differ(const prom_terms *terms, prom_error *error)
{
    const prom_outpoint *outpoints[PROM_PARTIES * PROM_COINS_MAX + PROM_ARBITERS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < PROM_PARTIES; i++) {
        for (size_t j = 0; j < terms->parties[i].coin_count; j++) {
            outpoints[count++] = &terms->parties[i].coins[j].outpoint;
        }
    }
    for (size_t i = 0; i < terms->arbiter_count; i++) {
        outpoints[count++] = &terms->arbiters[i].offer;
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < i; j++) {
            char text[PROM_HEX32];
            if (prom_outpoint_equal(outpoints[i], outpoints[j])) {
                return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the output %s:%u is to be spent twice",
                                 prom_hex32_reversed(text, &outpoints[i]->txid), outpoints[i]->index);
            }
        }
    }
    return prom_ok();
}

static prom_result check_kind(const prom_terms *terms, prom_error *error)
{
    if (terms->frost_revision != PROM_FROST_REVISION) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the terms are for revision %u of FROST signing (BIP 445), and this program has revision %u",
                         terms->frost_revision, PROM_FROST_REVISION);
    }
    if (terms->dkg_revision != PROM_DKG_REVISION) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the terms are for revision %u of ChillDKG, and this program has revision %u",
                         terms->dkg_revision, PROM_DKG_REVISION);
    }
    if (terms->flags != 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the terms have the flags %02x, and this program knows none",
                         terms->flags);
    }
    if (prom_bytes32_equal(&terms->h, &terms->k_h)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "h and k_h are the same: the delivery would open the appeal");
    }
    return prom_ok();
}

static prom_result check_numbers(const prom_terms *terms, const prom_chain_parameters *network, prom_error *error)
{
    const prom_job *job = &terms->job;
    const uint64_t retention =
        prom_parameters_duration(&terms->P) + terms->P.t4 + (uint64_t)PROM_RETENTION_MARGINS * network->safety_margin;
    const struct number_bound bounds[] = {
        BOUND_MIN("the feerate in sat/vB", terms->feerate, 1, "it is a whole number above 0"),
        BOUND_MAX("the feerate in sat/vB", terms->feerate, PROM_FEERATE_MAX, "no more is ever asked"),
        BOUND_MIN("the number of items", job->items, 1, "a batch"),
        BOUND_MIN("the program's size in bytes", job->program_bytes, 1, "a program"),
        BOUND_MIN("the input's size in bytes", job->input_bytes, 1, "an input"),
        BOUND_MAX("the program's size in bytes", job->program_bytes, PROM_PAYLOAD_MAX, "1 GiB"),
        BOUND_MAX("the input's size in bytes", job->input_bytes, PROM_PAYLOAD_MAX - job->program_bytes,
                  "1 GiB together with the program"),
        BOUND_MIN("the largest package in bytes", terms->package_max, 1, "a package"),
        BOUND_MAX("the largest package in bytes", terms->package_max, PROM_PAYLOAD_MAX, "1 GiB"),
        BOUND_MIN("the retention in blocks", terms->retention, retention, "t3 + 2 (t2 - t1) + t5 + t4 + 6s"),
        BOUND_MAX("the retention in blocks", terms->retention, retention + PROM_RETENTION_SLACK,
                  "t3 + 2 (t2 - t1) + t5 + t4 + 6s + 1008"),
        BOUND_MIN("the height of the draw's block", terms->draw_height, (uint64_t)terms->snapshot_height + 1,
                  "after the snapshot"),
        BOUND_MIN("the height of the setup's deadline", terms->setup_deadline,
                  (uint64_t)terms->draw_height + PROM_DRAW_DEPTH + 1, "the draw's block, two on it, and one for Tx0"),
    };
    return prom_check_number_bounds(bounds, COUNT_OF(bounds), "", error);
}

/* That the draw of the earlier setup is the one of these terms. Who was in it, the channel compares. */
static prom_result check_earlier(const prom_curve *curve, const prom_terms *terms, prom_error *error)
{
    prom_terms earlier;
    prom_base_signatures signatures;
    prom_error reason = {{0}};
    if (terms->earlier.length == 0) {
        return prom_ok();
    }
    if (!prom_is_ok(prom_terms_read_signed(&earlier, &signatures, terms->earlier, &reason)) ||
        !prom_is_ok(prom_terms_signed(curve, &earlier, &signatures, &reason))) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "of the earlier setup whose draw stands: %s", reason.sentence);
    }
    if (earlier.earlier.length > 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the earlier setup has its draw from one before it: the oldest draw stands, name that one");
    }
    if (!prom_bytes32_equal(&earlier.genesis, &terms->genesis) ||
        !prom_span_equal(earlier.signet_challenge, terms->signet_challenge) ||
        !prom_bytes32_equal(&earlier.p_txid, &terms->p_txid)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the earlier setup whose draw stands was of another P");
    }
    if (earlier.snapshot_height != terms->snapshot_height || earlier.draw_height != terms->draw_height ||
        !prom_bytes32_equal(&earlier.snapshot_hash, &terms->snapshot_hash)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the snapshot is block %u and the draw's block is %u, and those of the earlier setup whose "
                         "draw stands are needed: %u and %u, with its hash",
                         terms->snapshot_height, terms->draw_height, earlier.snapshot_height, earlier.draw_height);
    }
    return prom_ok();
}

static prom_result check_parties(const prom_curve *curve, const prom_terms *terms, prom_error *error)
{
    static const prom_bytes32 zero;
    for (prom_party party = PROM_PARTY_C; party < PROM_PARTIES; party++) {
        PROM_TRY(check_coins(curve, terms, party, error));
        if (party != PROM_PARTY_V && !prom_bytes32_equal(&terms->parties[party].seal_key, &zero)) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                             "the %s has a key to seal h_p for, and only the verifier has one", prom_party_name(party));
        }
    }
    return prom_ok();
}

/* What base terms and full ones have in common; without arbiters, it checks what base terms have. */
static prom_result check(const prom_curve *curve, const prom_terms *terms, prom_error *error)
{
    const prom_chain_parameters *network = prom_terms_network(terms);
    const prom_stakes stakes = {&terms->P, terms->c, terms->retainer};
    char text[PROM_HEX32];
    if (network == NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "this program does not know the chain of the terms, with genesis block %s and a challenge of "
                         "%zu bytes",
                         prom_hex32_reversed(text, &terms->genesis), terms->signet_challenge.length);
    }
    PROM_TRY(prom_parameters_check(curve, &terms->P, network, error));
    PROM_TRY(prom_stakes_check(&stakes, error));
    PROM_TRY(check_kind(terms, error));
    PROM_TRY(check_numbers(terms, network, error));
    PROM_TRY(check_parties(curve, terms, error));
    PROM_TRY(check_keys(curve, terms, error));
    PROM_TRY(check_outpoints_differ(terms, error));
    return check_earlier(curve, terms, error);
}

prom_result prom_terms_check_base(const prom_curve *curve, const prom_terms *terms, prom_error *error)
{
    prom_terms base = *terms;
    base.arbiter_count = 0;
    return check(curve, &base, error);
}

prom_result prom_terms_check(const prom_curve *curve, const prom_terms *terms, prom_error *error)
{
    if (terms->arbiter_count != terms->P.n) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the terms have %zu arbiters, and n is %u",
                         terms->arbiter_count, terms->P.n);
    }
    return check(curve, terms, error);
}
