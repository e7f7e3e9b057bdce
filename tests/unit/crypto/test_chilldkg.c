#include "crypto/chilldkg_party.h"

/* All second messages, and the certificate in them. */
static void sign_all(fixture *test, const struct party *party, prom_dkg_outcome outcomes[MAX], prom_span *certificate,
                     prom_span *recovery)
{
    static const prom_bytes32 auxiliary = {{7}};
    prom_signature signatures[MAX];
    prom_span spans[MAX];
    prom_dkg_output output;
    prom_dkg_blame blame;
    for (size_t i = 0; i < party->session.count; i++) {
        assert_ok(prom_dkg_participant_step2(
                      &(prom_dkg_context){.arena = &test->arena, .curve = test->curve, .blame = &blame}, &outcomes[i],
                      &signatures[i], &party->participants[i], &(prom_dkg_secrets){&party->secrets[i], &auxiliary},
                      party->round, &test->error),
                  &test->error);
        spans[i] = prom_span_of(signatures[i].bytes, sizeof signatures[i].bytes);
    }
    assert_ok(
        prom_dkg_coordinator_finalize(&(prom_dkg_context){.arena = &test->arena, .curve = test->curve, .blame = &blame},
                                      &output, certificate, recovery, &party->coordinator,
                                      &(prom_dkg_messages){spans, party->session.count}, &test->error),
        &test->error);
}

/* Some participants about to sign: their nonces are drawn, and the session stands. */
struct signers {
    uint32_t ids[MAX];
    prom_point public_shares[MAX];
    prom_frost_secret_nonce secrets[MAX];
    prom_frost_nonce nonces[MAX];
    prom_bytes32 shares[MAX];
    prom_frost_session *session;
};

/* Any `threshold` participants, here those from `first` on; `attempt` makes their nonces fresh. */
static void gather_signers(fixture *test, struct signers *signers, const prom_dkg_output outputs[MAX], size_t threshold,
                           size_t first, uint8_t attempt)
{
    static const prom_bytes32 message = {{9}};
    static const prom_frost_nonce_input nothing = {.secret_share = NULL};
    size_t culprit = 0;
    for (size_t i = 0; i < threshold; i++) {
        const prom_bytes32 randomness = {{(uint8_t)(i + 1), attempt}};
        signers->ids[i] = (uint32_t)((first + i) % outputs[0].count);
        signers->public_shares[i] = outputs[0].public_shares[signers->ids[i]];
        assert_ok(prom_frost_nonce_new(test->curve, &signers->secrets[i], &signers->nonces[i], &randomness, &nothing,
                                       &test->error),
                  &test->error);
    }
    prom_frost_terms terms = {.participants = outputs[0].count,
                              .threshold = threshold,
                              .key = outputs[0].key,
                              .ids = signers->ids,
                              .public_shares = signers->public_shares,
                              .count = threshold,
                              .message = prom_span_of32(&message)};
    assert_ok(prom_frost_nonce_sum(test->curve, &terms.nonce, &culprit, signers->nonces, threshold, &test->error),
              &test->error);
    assert_ok(prom_frost_session_new(&test->arena, test->curve, &signers->session, &terms, &test->error), &test->error);
}

static prom_result sign_share(fixture *test, struct signers *signers, size_t index, const prom_dkg_output outputs[MAX])
{
    const uint32_t id = signers->ids[index];
    return prom_frost_sign(test->curve, &signers->shares[index], &signers->secrets[index], signers->session, id,
                           &outputs[id].secret_share, &test->error);
}

static void sign_with_key(fixture *test, const prom_dkg_output outputs[MAX], size_t threshold, size_t first,
                          uint8_t attempt)
{
    struct signers signers;
    prom_signature signature;
    size_t culprit = 0;
    gather_signers(test, &signers, outputs, threshold, first, attempt);
    for (size_t i = 0; i < threshold; i++) {
        assert_ok(sign_share(test, &signers, i, outputs), &test->error);
        assert_true(prom_frost_share_valid(test->curve, signers.session, i, &signers.nonces[i], &signers.shares[i]));
    }
    assert_ok(prom_frost_signature(test->curve, &signature, &culprit, signers.session, signers.shares, threshold,
                                   &test->error),
              &test->error);
}

/* One of two signers falls silent after the other has given its share: the third takes its place in a new session. The
 * nonce of the stalled one is gone, whoever asks for it. */
static void test_stalled_session_goes_on_with_others(void **state)
{
    fixture *test = *state;
    struct party party;
    struct signers stalled;
    struct signers others;
    prom_dkg_outcome outcomes[MAX];
    prom_dkg_output outputs[MAX];
    prom_span certificate;
    prom_span recovery;
    prom_dkg_blame blame;
    make_party(test, &party, 2, 3);
    sign_all(test, &party, outcomes, &certificate, &recovery);
    for (size_t i = 0; i < 3; i++) {
        assert_ok(prom_dkg_participant_finalize(
                      &(prom_dkg_context){.arena = &test->arena, .curve = test->curve, .blame = &blame}, &outputs[i],
                      &recovery, &outcomes[i], certificate, &test->error),
                  &test->error);
    }
    gather_signers(test, &stalled, outputs, 2, 0, 1); /* participants 0 and 1 */
    assert_ok(sign_share(test, &stalled, 0, outputs), &test->error);
    gather_signers(test, &others, outputs, 2, 2, 2); /* participants 2 and 0 */
    others.secrets[1] = stalled.secrets[0];
    assert_fails(sign_share(test, &others, 1, outputs), PROM_CATEGORY_MISUSE, &test->error, "nonce");
    sign_with_key(test, outputs, 2, 2, 3);
}

static void test_key_of_any_size_signs(void **state)
{
    static const size_t sizes[][2] = {{1, 1}, {1, 2}, {2, 2}, {2, 3}, {5, 9}, {9, 9}, {MAX, MAX}};
    fixture *test = *state;
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        struct party party;
        prom_dkg_outcome outcomes[MAX];
        prom_dkg_output outputs[MAX];
        prom_span certificate;
        prom_span recovery;
        prom_dkg_blame blame;
        make_party(test, &party, sizes[i][0], sizes[i][1]);
        sign_all(test, &party, outcomes, &certificate, &recovery);
        for (size_t j = 0; j < party.session.count; j++) {
            prom_span own_recovery;
            prom_dkg_output recovered;
            prom_dkg_session session;
            assert_ok(prom_dkg_participant_finalize(
                          &(prom_dkg_context){.arena = &test->arena, .curve = test->curve, .blame = &blame},
                          &outputs[j], &own_recovery, &outcomes[j], certificate, &test->error),
                      &test->error);
            assert_true(prom_span_equal(own_recovery, recovery));
            assert_ok(prom_dkg_recover(&test->arena, test->curve, &recovered, &session, &party.secrets[j], recovery,
                                       &test->error),
                      &test->error);
            assert_memory_equal(&recovered.secret_share, &outputs[j].secret_share, sizeof(prom_bytes32));
            assert_memory_equal(&recovered.key, &outputs[j].key, sizeof recovered.key);
            assert_memory_equal(recovered.public_shares, outputs[j].public_shares, sizeof recovered.public_shares);
        }
        sign_with_key(test, outputs, party.session.threshold, 0, 1);
        sign_with_key(test, outputs, party.session.threshold, party.session.count - 1, 2);
    }
}

static void test_too_many_participants(void **state)
{
    fixture *test = *state;
    struct party party;
    prom_bytes32 hash;
    make_party(test, &party, 1, 2);
    party.session.count = MAX + 1;
    assert_fails(prom_dkg_session_hash(test->curve, &hash, &party.session, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "shared 1 of 17");
    party.session.count = SIZE_MAX;
    assert_fails(prom_dkg_session_hash(test->curve, &hash, &party.session, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "the threshold is from 1");
}

static prom_result step2_of(fixture *test, const struct party *party, size_t id, prom_span round, prom_dkg_blame *blame)
{
    static const prom_bytes32 auxiliary = {{0}};
    prom_dkg_outcome outcome;
    prom_signature signature;
    return prom_dkg_participant_step2(&(prom_dkg_context){.arena = &test->arena, .curve = test->curve, .blame = blame},
                                      &outcome, &signature, &party->participants[id],
                                      &(prom_dkg_secrets){&party->secrets[id], &auxiliary}, round, &test->error);
}

/* What cannot be read in the coordinator's message is the coordinator's fault. */
static void test_ill_formed_rounds(void **state)
{
    fixture *test = *state;
    const uint8_t no_point = 5;
    const prom_bytes32 order = bytes32_of_hex(ORDER);
    struct party party;
    make_party(test, &party, 2, 3);
    const struct {
        size_t at;
        const void *bytes;
        size_t length;
        const char *part;
    } cases[] = {
        {0, &no_point, 1, "the commitment to a secret 0 is not a point"},
        {33, &no_point, 1, "the commitment to a secret 1 is not a point"},
        {3 * 33, &no_point, 1, "the sum of commitments 0 is not a point"},
        {party.round.length - 32, &order, 32, "encrypted share 2 is not below the order"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const prom_span round = changed(test, party.round, cases[i].at, cases[i].bytes, cases[i].length);
        prom_dkg_blame blame;
        assert_fails(step2_of(test, &party, 0, round, &blame), PROM_CATEGORY_PEER, &test->error, cases[i].part);
        assert_int_equal(blame.fault, PROM_DKG_FAULT_COORDINATOR);
    }
}

/* Nobody accepts a first message of the coordinator with any byte changed; or all do, and their transcripts differ. */
static void test_every_changed_byte_is_noticed(void **state)
{
    fixture *test = *state;
    struct party party;
    make_party(test, &party, 2, 2);
    for (size_t i = 0; i < party.round.length; i++) {
        const uint8_t byte = party.round.data[i] ^ 1;
        const prom_span round = changed(test, party.round, i, &byte, 1);
        size_t failed = 0;
        for (size_t id = 0; id < 2; id++) {
            prom_dkg_blame blame;
            const prom_result result = step2_of(test, &party, id, round, &blame);
            assert_int_equal(blame.fault != PROM_DKG_FAULT_NONE, result.category == PROM_CATEGORY_PEER);
            failed += !prom_is_ok(result);
        }
        assert_true(failed > 0);
    }
    for (size_t length = 0; length < party.round.length; length++) {
        uint8_t *copy = exact_copy(party.round.data, length);
        prom_dkg_blame blame;
        assert_fails(step2_of(test, &party, 0, prom_span_of(copy, length), &blame), PROM_CATEGORY_PEER, &test->error,
                     "bytes where");
        free(copy);
    }
}

/* A participant does not suspect itself when the coordinator changes its proof: it needs none of itself. */
static void test_own_proof_is_not_checked(void **state)
{
    fixture *test = *state;
    const size_t proofs = 2 * 33 + 33;
    struct party party;
    prom_dkg_blame blame;
    make_party(test, &party, 2, 2);
    const uint8_t byte = party.round.data[proofs] ^ 1;
    const prom_span round = changed(test, party.round, proofs, &byte, 1);
    assert_ok(step2_of(test, &party, 0, round, &blame), &test->error);
    assert_fails(step2_of(test, &party, 1, round, &blame), PROM_CATEGORY_PEER, &test->error, "does not prove");
    assert_int_equal(blame.participant, 0);
}

static void test_ill_formed_deals(void **state)
{
    fixture *test = *state;
    const uint8_t no_point = 5;
    const prom_bytes32 order = bytes32_of_hex(ORDER);
    struct party party;
    make_party(test, &party, 2, 3);
    const struct {
        size_t at;
        const void *bytes;
        size_t length;
        const char *part;
    } cases[] = {
        {33, &no_point, 1, "participant 2's first message: commitment 1 is not a point"},
        {party.messages[2].length - 64, &order, 32, "participant 2's first message: encrypted share 1 is not below"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        prom_span messages[3] = {party.messages[0], party.messages[1]};
        prom_span investigations[3];
        prom_dkg_outcome outcome;
        prom_span round;
        prom_dkg_blame blame;
        messages[2] = changed(test, party.messages[2], cases[i].at, cases[i].bytes, cases[i].length);
        assert_fails(prom_dkg_coordinator_step1(
                         &(prom_dkg_context){.arena = &test->arena, .curve = test->curve, .blame = &blame}, &outcome,
                         &round, &party.session, &(prom_dkg_messages){messages, 3}, &test->error),
                     PROM_CATEGORY_PEER, &test->error, cases[i].part);
        assert_int_equal(blame.fault, PROM_DKG_FAULT_PARTICIPANT);
        assert_int_equal(blame.participant, 2);
        assert_fails(prom_dkg_coordinator_investigate(
                         &(prom_dkg_context){.arena = &test->arena, .curve = test->curve, .blame = &blame},
                         investigations, &party.session, &(prom_dkg_messages){messages, 3}, &test->error),
                     PROM_CATEGORY_PEER, &test->error, cases[i].part);
        assert_int_equal(blame.participant, 2);
    }
}

/* A participant that sends the negative of another's commitment: the sum would be infinity. */
static void test_commitments_that_cancel_out(void **state)
{
    fixture *test = *state;
    struct party party;
    prom_dkg_outcome outcome;
    prom_span round;
    prom_dkg_blame blame;
    make_party(test, &party, 1, 2);
    prom_point negative;
    memcpy(negative.bytes, party.messages[0].data, sizeof negative.bytes);
    negative.bytes[0] ^= 1;
    party.messages[1] = changed(test, party.messages[1], 0, &negative, sizeof negative);
    assert_fails(prom_dkg_coordinator_step1(
                     &(prom_dkg_context){.arena = &test->arena, .curve = test->curve, .blame = &blame}, &outcome,
                     &round, &party.session, &(prom_dkg_messages){party.messages, 2}, &test->error),
                 PROM_CATEGORY_PEER, &test->error, "cancel each other out");
    assert_int_equal(blame.fault, PROM_DKG_FAULT_UNKNOWN);
}

/* The coordinator chooses the sum of the other terms so that a public share is infinity: minus the key over id + 1. */
static void test_public_share_at_infinity(void **state)
{
    fixture *test = *state;
    struct party party;
    prom_element term;
    prom_dkg_blame blame;
    prom_scalar factor = prom_scalar_of_number(2);
    make_party(test, &party, 2, 2);
    assert_true(prom_element_parse(test->curve, &term, &party.coordinator.output.key));
    prom_scalar_invert(&factor, &factor);
    prom_scalar_negate_if(&factor, true);
    prom_element_multiply_vartime(test->curve, &term, &term, &factor);
    const prom_point point = prom_element_serialize(test->curve, &term);
    const prom_span round = changed(test, party.round, 2 * sizeof point, &point, sizeof point);
    assert_fails(step2_of(test, &party, 0, round, &blame), PROM_CATEGORY_PEER, &test->error, "cancel each other out");
    assert_int_equal(blame.fault, PROM_DKG_FAULT_UNKNOWN);
}

static void test_investigations(void **state)
{
    fixture *test = *state;
    const uint8_t no_point = 5;
    const prom_bytes32 order = bytes32_of_hex(ORDER);
    struct party party;
    prom_span investigations[3];
    prom_dkg_blame blame;
    make_party(test, &party, 2, 3);
    assert_ok(prom_dkg_coordinator_investigate(
                  &(prom_dkg_context){.arena = &test->arena, .curve = test->curve, .blame = &blame}, investigations,
                  &party.session, &(prom_dkg_messages){party.messages, 3}, &test->error),
              &test->error);
    const prom_span sound = investigations[1];
    assert_fails(prom_dkg_participant_investigate(&(prom_dkg_context){.curve = test->curve, .blame = &blame},
                                                  &party.participants[1], &party.secrets[1], party.round, sound,
                                                  &test->error),
                 PROM_CATEGORY_MISUSE, &test->error, "nothing to investigate");
    assert_int_equal(blame.fault, PROM_DKG_FAULT_NONE);
    assert_fails(prom_dkg_participant_investigate(&(prom_dkg_context){.curve = test->curve, .blame = &blame},
                                                  &party.participants[1], &party.secrets[0], party.round, sound,
                                                  &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "not the one of the first step");
    const struct {
        prom_span message;
        const char *part;
    } cases[] = {
        {prom_span_of(sound.data, sound.length - 1), "bytes where"},
        {changed(test, sound, 32, &order, 32), "encrypted share 1 is not below the order"},
        {changed(test, sound, 3 * 32 + 2 * 33, &no_point, 1), "public share 2 is not a point"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_fails(prom_dkg_participant_investigate(&(prom_dkg_context){.curve = test->curve, .blame = &blame},
                                                      &party.participants[1], &party.secrets[1], party.round,
                                                      cases[i].message, &test->error),
                     PROM_CATEGORY_PEER, &test->error, cases[i].part);
        assert_int_equal(blame.fault, PROM_DKG_FAULT_COORDINATOR);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_key_of_any_size_signs),
        FIXTURE_TEST(test_stalled_session_goes_on_with_others),
        FIXTURE_TEST(test_too_many_participants),
        FIXTURE_TEST(test_ill_formed_rounds),
        FIXTURE_TEST(test_every_changed_byte_is_noticed),
        FIXTURE_TEST(test_own_proof_is_not_checked),
        FIXTURE_TEST(test_ill_formed_deals),
        FIXTURE_TEST(test_commitments_that_cancel_out),
        FIXTURE_TEST(test_public_share_at_infinity),
        FIXTURE_TEST(test_investigations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
