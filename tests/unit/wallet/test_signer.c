#include "contract/session.h"
#include "store/place.h"

#include "store/backup.h"
#include "wallet/signer.h"

struct owner {
    const struct place *place;
    prom_wallet wallet;
    prom_wallet_signer signer;
    uint64_t channel;
};

static void make_owner(struct owner *owner, const struct place *place)
{
    *owner = (struct owner){.place = place, .wallet = {.curve = place->test->curve, .coin_type = 1}};
    memset(owner->wallet.seed.bytes, 0x33, sizeof owner->wallet.seed.bytes);
    owner->signer = (prom_wallet_signer){&owner->wallet, open_store(place)};
    owner->channel = make_channel(place, owner->signer.store, "one");
}

static prom_signer_request request_of(const struct owner *owner, prom_purpose purpose, uint8_t detail, uint8_t hash)
{
    return (prom_signer_request){.purpose = purpose, .channel = owner->channel, .detail = {{detail}}, .hash = {{hash}}};
}

static bool is_zero(const prom_signature *signature)
{
    static const prom_signature zero;
    return memcmp(signature, &zero, sizeof zero) == 0;
}

/* That the signature is made, by this key. */
static prom_signature assert_signed(const struct owner *owner, prom_signer_request request, const prom_key *key)
{
    assert_ok(prom_signer_sign(&owner->signer, &request, owner->place->error), owner->place->error);
    assert_int_equal(request.outcome, PROM_SIGNER_DONE);
    assert_true(
        prom_signature_valid(owner->wallet.curve, &request.signature, prom_span_of32(&request.hash), &key->public_key));
    return request.signature;
}

static void assert_not_signed(const struct owner *owner, prom_signer_request request, const char *part)
{
    assert_fails(prom_signer_sign(&owner->signer, &request, owner->place->error), PROM_CATEGORY_BROKEN,
                 owner->place->error, part);
    assert_true(request.outcome != PROM_SIGNER_DONE && is_zero(&request.signature));
}

static void one_hash_is_signed_for_each_purpose(void **state)
{
    static const struct {
        prom_purpose purpose;
        bool by_node;
        bool single; /* whatever the detail */
    } purposes[] = {
        {PROM_PURPOSE_BASE, false, false},     {PROM_PURPOSE_SEAT, true, false},
        {PROM_PURPOSE_SILENCE, false, false},  {PROM_PURPOSE_STATEMENT, false, false},
        {PROM_PURPOSE_VERDICT, false, true},   {PROM_PURPOSE_NONCES, false, false},
        {PROM_PURPOSE_PARTIALS, false, false},
    };
    struct owner owner;
    prom_key words;
    prom_key node;
    make_owner(&owner, *state);
    prom_error *error = owner.place->error;
    assert_ok(prom_wallet_contract_key(&owner.wallet, &words, owner.channel, PROM_WALLET_WORDS, error), error);
    assert_ok(prom_wallet_own_key(&owner.wallet, &node, PROM_WALLET_NODE, error), error);
    for (size_t i = 0; i < COUNT_OF(purposes); i++) {
        const prom_key *key = purposes[i].by_node ? &node : &words;
        const prom_purpose purpose = purposes[i].purpose;
        char part[128];
        (void)snprintf(part, sizeof part, "no %s is signed for channel %llu: another one was signed before",
                       prom_purpose_name(purpose), (unsigned long long)owner.channel);
        const prom_signature first = assert_signed(&owner, request_of(&owner, purpose, 1, 1), key);
        const prom_signature again = assert_signed(&owner, request_of(&owner, purpose, 1, 1), key);
        assert_memory_equal(&first, &again, sizeof first);
        assert_not_signed(&owner, request_of(&owner, purpose, 1, 2), part);
        if (purposes[i].single) {
            assert_not_signed(&owner, request_of(&owner, purpose, 2, 2), part);
        } else {
            (void)assert_signed(&owner, request_of(&owner, purpose, 2, 2), key);
        }
        prom_signer_request other_batch = request_of(&owner, purpose, 1, 3);
        other_batch.batch = 1;
        (void)assert_signed(&owner, other_batch, key);
        prom_store_close(owner.signer.store); /* nor after a restart */
        owner.signer.store = open_store(owner.place);
        assert_not_signed(&owner, request_of(&owner, purpose, 1, 2), part);
    }
    prom_store_close(owner.signer.store);
}

/* One transaction for all, and each has its own outcome. */
static void many_are_signed_at_once(void **state)
{
    struct owner owner;
    make_owner(&owner, *state);
    prom_signer_request requests[] = {
        request_of(&owner, PROM_PURPOSE_VERDICT, 0, 1), /* r = 1 */
        request_of(&owner, PROM_PURPOSE_VERDICT, 0, 2), /* and r = 0 */
        request_of(&owner, PROM_PURPOSE_STATEMENT, 0, 3), request_of(&owner, PROM_PURPOSE_STATEMENT, 0, 3),
        request_of(&owner, PROM_PURPOSE_SILENCE, 0, 4),
    };
    static const prom_signer_outcome outcomes[] = {PROM_SIGNER_DONE, PROM_SIGNER_ANOTHER, PROM_SIGNER_DONE,
                                                   PROM_SIGNER_DONE, PROM_SIGNER_UNKNOWN};
    requests[4].channel++;
    assert_ok(prom_signer_sign_all(&owner.signer, requests, COUNT_OF(requests), owner.place->error),
              owner.place->error);
    for (size_t i = 0; i < COUNT_OF(requests); i++) {
        assert_int_equal(requests[i].outcome, outcomes[i]);
        assert_int_equal(is_zero(&requests[i].signature), outcomes[i] != PROM_SIGNER_DONE);
    }
    assert_not_signed(&owner, requests[4], "the store does not know it");
    prom_store_close(owner.signer.store);
}

static prom_bytes32 contract_key(const struct owner *owner, prom_wallet_use use)
{
    prom_key key;
    assert_ok(prom_wallet_contract_key(&owner->wallet, &key, owner->channel, use, owner->place->error),
              owner->place->error);
    return key.public_key;
}

static void an_arbiter_signs_its_word_with_every_key_that_it_brings(void **state)
{
    struct owner owner;
    make_owner(&owner, *state);
    const prom_bytes32 hash = {{7}};
    prom_key payout;
    prom_span signatures;
    assert_ok(prom_wallet_output_key(&owner.wallet, &payout, owner.channel, PROM_WALLET_PAYOUT, owner.place->error),
              owner.place->error);
    const prom_bytes32 keys[PROM_SEAT_KEYS] = {[PROM_SEAT_WORDS] = contract_key(&owner, PROM_WALLET_WORDS),
                                               [PROM_SEAT_JOINT] = contract_key(&owner, PROM_WALLET_JOINT),
                                               [PROM_SEAT_HOST] = contract_key(&owner, PROM_WALLET_HOST),
                                               [PROM_SEAT_PAYOUT] = payout.public_key};
    assert_ok(prom_signer_prove_keys(&owner.signer, &owner.place->test->arena, &signatures, owner.channel, &hash,
                                     owner.place->error),
              owner.place->error);
    assert_int_equal(signatures.length, PROM_SEAT_KEYS * sizeof(prom_signature));
    for (size_t i = 0; i < PROM_SEAT_KEYS; i++) {
        prom_signature signature;
        memcpy(signature.bytes, signatures.data + i * sizeof signature.bytes, sizeof signature.bytes);
        assert_true(prom_signature_valid(owner.wallet.curve, &signature, prom_span_of32(&hash), &keys[i]));
    }
    prom_store_close(owner.signer.store);
}

static void misuse_is_refused(void **state)
{
    static const prom_purpose none[] = {
        0, PROM_PURPOSE_TX0, PROM_PURPOSE_FROST_NONCE, PROM_PURPOSE_FROST_SHARE, PROM_PURPOSE_ABANDON, 99};
    struct owner owner;
    make_owner(&owner, *state);
    prom_error *error = owner.place->error;
    for (size_t i = 0; i < COUNT_OF(none); i++) {
        prom_signer_request request = request_of(&owner, none[i], 1, 1);
        assert_fails(prom_signer_sign(&owner.signer, &request, error), PROM_CATEGORY_MISUSE, error, "sign");
        assert_true(is_zero(&request.signature));
    }
    prom_signer_request share = request_of(&owner, PROM_PURPOSE_FROST_SHARE, 1, 1);
    assert_ok(prom_signer_permit(&owner.signer, &share, error), error);
    assert_ok(prom_signer_permit(&owner.signer, &share, error), error);
    share.hash.bytes[0] = 2;
    assert_fails(prom_signer_permit(&owner.signer, &share, error), PROM_CATEGORY_BROKEN, error,
                 "no share of a decision is signed");

    /* In somebody else's transaction the line would not be on the disk yet. */
    prom_signer_request request = request_of(&owner, PROM_PURPOSE_VERDICT, 0, 1);
    begin(owner.place, owner.signer.store);
    assert_fails(prom_signer_sign(&owner.signer, &request, error), PROM_CATEGORY_MISUSE, error, "open already");
    assert_true(is_zero(&request.signature));
    prom_store_rollback(owner.signer.store);
    prom_store_close(owner.signer.store);
}

static void restored_channel_signs_nothing(void **state)
{
    struct owner owner;
    prom_key key;
    make_owner(&owner, *state);
    prom_error *error = owner.place->error;
    const prom_signer_request verdict = request_of(&owner, PROM_PURPOSE_VERDICT, 0, 1);
    assert_ok(prom_wallet_contract_key(&owner.wallet, &key, owner.channel, PROM_WALLET_WORDS, error), error);
    (void)assert_signed(&owner, verdict, &key);
    assert_ok(prom_wallet_own_key(&owner.wallet, &key, PROM_WALLET_BACKUP, error), error);
    assert_ok(prom_backup_write(owner.signer.store, owner.place->other, &key.secret, error), error);
    prom_store_close(owner.signer.store);
    assert_int_equal(unlink(owner.place->path), 0);
    assert_ok(prom_backup_restore(owner.place->other, &key.secret, 1, owner.place->path, error), error);
    owner.signer.store = open_store(owner.place);
    assert_not_signed(&owner, verdict, "it was restored from a backup"); /* not even what was signed */
    for (prom_purpose purpose = PROM_PURPOSE_BASE; purpose <= PROM_PURPOSE_PARTIALS; purpose++) {
        assert_not_signed(&owner, request_of(&owner, purpose, 7, 7), "it was restored from a backup");
    }
    prom_signer_request share = request_of(&owner, PROM_PURPOSE_FROST_SHARE, 1, 1);
    assert_fails(prom_signer_permit(&owner.signer, &share, error), PROM_CATEGORY_BROKEN, error, "restored");
    owner.channel = make_channel(owner.place, owner.signer.store, "new");
    assert_ok(prom_wallet_contract_key(&owner.wallet, &key, owner.channel, PROM_WALLET_WORDS, error), error);
    (void)assert_signed(&owner, request_of(&owner, PROM_PURPOSE_VERDICT, 0, 1), &key);
    prom_store_close(owner.signer.store);
}

/* A transaction of two inputs, the second one ours. */
struct spend {
    prom_tx *tx;
    prom_tx_output spent[2];
    prom_signer_input input;
    prom_signer_tx0 tx0;
};

static void make_spend(const struct owner *owner, struct spend *spend, uint32_t sequence)
{
    fixture *test = owner->place->test;
    prom_key coin;
    assert_ok(prom_wallet_coin_key(&owner->wallet, &coin, 4, &test->error), &test->error);
    assert_ok(prom_tx_new(&test->arena, &spend->tx, 2, 1, &test->error), &test->error);
    spend->tx->inputs[0].sequence = sequence;
    spend->tx->inputs[1].outpoint.index = 1;
    for (size_t i = 0; i < 2; i++) {
        spend->spent[i] = (prom_tx_output){prom_amount_of(1000), p2tr_script(test, &coin.public_key)};
    }
    spend->tx->outputs[0] = (prom_tx_output){prom_amount_of(1500), p2tr_script(test, &coin.public_key)};
    spend->input = (prom_signer_input){.index = 1, .path = {.index = 4}};
    spend->tx0 = (prom_signer_tx0){owner->channel, spend->tx, spend->spent, &spend->input, 1};
}

static void own_inputs_of_tx0_are_signed(void **state)
{
    struct owner owner;
    struct spend first;
    struct spend second;
    prom_key coin;
    prom_bytes32 hash;
    make_owner(&owner, *state);
    fixture *test = owner.place->test;
    make_spend(&owner, &first, 1);
    make_spend(&owner, &second, 2);
    assert_ok(prom_signer_sign_tx0(&owner.signer, &test->arena, &first.tx0, &test->error), &test->error);
    assert_ok(prom_wallet_coin_key(&owner.wallet, &coin, 4, &test->error), &test->error);
    const prom_signed_input signed_input = {.tx = first.tx, .spent = first.spent, .index = 1};
    assert_ok(prom_tx_sighash(&test->arena, &hash, &signed_input, &test->error), &test->error);
    assert_true(prom_signature_valid(test->curve, &first.input.signature, prom_span_of32(&hash), &coin.public_key));
    const prom_signature before = first.input.signature;
    assert_ok(prom_signer_sign_tx0(&owner.signer, &test->arena, &first.tx0, &test->error), &test->error);
    assert_memory_equal(&before, &first.input.signature, sizeof before);
    assert_ok(prom_signer_sign_tx0(&owner.signer, &test->arena, &second.tx0, &test->error), &test->error);
    assert_memory_not_equal(&before, &second.input.signature, sizeof before);
    second.tx0.channel++;
    second.input.signature = (prom_signature){{0}};
    assert_fails(prom_signer_sign_tx0(&owner.signer, &test->arena, &second.tx0, &test->error), PROM_CATEGORY_BROKEN,
                 &test->error, "no Tx0 is signed");
    assert_true(is_zero(&second.input.signature));
    prom_store_close(owner.signer.store);
}

/* The worker's place is the wallet's; the others are as the cast has them. */
static void words_of_the_tree_are_signed_once_an_attempt(void **state)
{
    enum { W = PROM_PARTY_W };
    struct owner owner;
    struct session *session = calloc(1, sizeof *session);
    prom_span message;
    assert_non_null(session);
    make_owner(&owner, *state);
    fixture *test = owner.place->test;
    const prom_signer_request first = request_of(&owner, PROM_PURPOSE_NONCES, 1, 0);
    session->cast = make_cast(test);
    assert_ok(prom_wallet_contract_key(&owner.wallet, &session->cast.party[W], owner.channel, PROM_WALLET_WORDS,
                                       &test->error),
              &test->error);
    assert_ok(prom_wallet_contract_key(&owner.wallet, &session->cast.party_joint[W], owner.channel, PROM_WALLET_JOINT,
                                       &test->error),
              &test->error);
    session->terms = valid_terms(test, &session->cast, 3);
    open_session(test, session);
    for (size_t i = 0; i < session->count; i++) {
        if (i == W) {
            assert_ok(prom_signer_give_nonces(&owner.signer, &test->arena, session->at[W], &session->nonces[W], &first,
                                              &test->error),
                      &test->error);
        } else {
            give_nonces(test, session, i);
        }
    }
    for (size_t i = 0; i < session->count; i++) {
        for (size_t from = 0; from < session->count; from++) {
            if (i != from) {
                assert_ok(take_nonces(test, session, i, from, session->nonces[from]), &test->error);
            }
        }
    }
    assert_ok(prom_signer_give_partials(&owner.signer, &test->arena, session->at[W], &message, &first, &test->error),
              &test->error);
    assert_ok(take_partials(test, session, PROM_PARTY_C, W, message), &test->error);

    /* Somebody who has forgotten the attempt would make other nonces in it; the next one is fine. */
    for (uint32_t last = 0; last <= 1; last++) {
        prom_signing *again = NULL;
        assert_ok(prom_signing_new(test->curve, &test->arena, &again, &session->terms, session->tree, W, &test->error),
                  &test->error);
        assert_ok(prom_signing_begin(again, last, &test->error), &test->error);
        const prom_signer_request request = request_of(&owner, PROM_PURPOSE_NONCES, (uint8_t)(last + 1), 0);
        const prom_result given =
            prom_signer_give_nonces(&owner.signer, &test->arena, again, &message, &request, &test->error);
        assert_int_equal(given.category, last == 0 ? PROM_CATEGORY_BROKEN : PROM_CATEGORY_OK);
        prom_signing_wipe(again);
    }
    close_session(session);
    free(session);
    prom_store_close(owner.signer.store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(one_hash_is_signed_for_each_purpose),
        STORE_TEST(many_are_signed_at_once),
        STORE_TEST(an_arbiter_signs_its_word_with_every_key_that_it_brings),
        STORE_TEST(misuse_is_refused),
        STORE_TEST(restored_channel_signs_nothing),
        STORE_TEST(own_inputs_of_tx0_are_signed),
        STORE_TEST(words_of_the_tree_are_signed_once_an_attempt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
