#include "channel/random_messages.h"

#include "contract/cast.h"

/* The spans of a message, in the order of its members. */
static size_t spans_of(const prom_message *message, const prom_span *spans[8])
{
    switch (message->kind) {
    case PROM_MESSAGE_PROPOSAL:
        spans[0] = &message->as.proposal.terms;
        return 1;
    case PROM_MESSAGE_ACCEPTANCE:
        spans[0] = &message->as.acceptance.earlier;
        return 1;
    case PROM_MESSAGE_ANNOUNCEMENTS:
        for (size_t i = 0; i < message->as.announcements.count; i++) {
            spans[i] = &message->as.announcements.items[i];
        }
        return message->as.announcements.count;
    case PROM_MESSAGE_NONCES:
    case PROM_MESSAGE_PARTIALS:
    case PROM_MESSAGE_TX0_SIGNATURES:
    case PROM_MESSAGE_REFUSAL:
    case PROM_MESSAGE_TX0:
        spans[0] = &message->as.bytes;
        return 1;
    case PROM_MESSAGE_KEYGEN:
        spans[0] = &message->as.keygen.bytes;
        return 1;
    case PROM_MESSAGE_BASE_TERMS:
        spans[0] = &message->as.base_terms.terms;
        return 1;
    case PROM_MESSAGE_INVITATION:
        spans[0] = &message->as.invitation.signed_terms;
        return 1;
    case PROM_MESSAGE_SEAT:
        spans[0] = &message->as.seat.announcement.address;
        return 1;
    case PROM_MESSAGE_LOSS:
        spans[0] = &message->as.loss.proof;
        return 1;
    case PROM_MESSAGE_DECISION:
        spans[0] = &message->as.decision.bytes;
        return 1;
    case PROM_MESSAGE_DIGEST:
    case PROM_MESSAGE_STATEMENT:
    case PROM_MESSAGE_VERDICT:
    case PROM_MESSAGE_BASE_SIGNATURE:
    case PROM_MESSAGE_QUESTION:
    case PROM_MESSAGE_KEY:
    case PROM_MESSAGE_ECHO:
        break;
    }
    return 0;
}

static void assert_deep(const prom_message *message, const prom_message *copy)
{
    const prom_span *from[8];
    const prom_span *to[8];
    const size_t count = spans_of(message, from);
    assert_int_equal(spans_of(copy, to), count);
    for (size_t i = 0; i < count; i++) {
        assert_true(prom_span_equal(*from[i], *to[i]));
        assert_true(from[i]->length == 0 || from[i]->data != to[i]->data);
    }
}

static void test_copies_are_deep(void **state)
{
    fixture *test = *state;
    uint64_t random = 1;
    for (unsigned kind = 0; kind < PROM_MESSAGE_KINDS; kind++) {
        for (size_t tries = 0; tries < 5 && is_message_kind(kind); tries++) {
            prom_message copy;
            const prom_message *message = random_message(test, &random, (prom_message_kind)kind);
            assert_ok(prom_message_copy(&test->arena, &copy, message, &test->error), &test->error);
            assert_int_equal(copy.kind, kind);
            assert_int_equal(copy.batch, message->batch);
            assert_deep(message, &copy);
        }
    }
}

static void test_names_and_limits(void **state)
{
    (void)state;
    const struct {
        prom_message_kind kind;
        const char *name;
    } some[] = {{PROM_MESSAGE_PROPOSAL, "proposal"},
                {PROM_MESSAGE_TX0_SIGNATURES, "tx0-signatures"},
                {PROM_MESSAGE_DECISION, "decision"},
                {(prom_message_kind)0, "unknown"},
                {(prom_message_kind)2, "unknown"},
                {(prom_message_kind)11, "unknown"},
                {(prom_message_kind)PROM_MESSAGE_KINDS, "unknown"}};
    size_t known = 0;
    for (size_t i = 0; i < COUNT_OF(some); i++) {
        assert_string_equal(prom_message_name(some[i].kind), some[i].name);
    }
    for (unsigned kind = 0; kind < PROM_MESSAGE_KINDS; kind++) {
        known += is_message_kind(kind) ? 1 : 0;
    }
    assert_int_equal(known, 21);
    assert_int_equal(prom_message_bytes_max((prom_message_kind)11), 0);
    assert_int_equal(prom_message_bytes_max(PROM_MESSAGE_QUESTION), 0);
}

/* The fullest that anybody honest sends is within its limit. */
static void test_the_fullest_terms_fit(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    prom_terms terms = valid_terms(test, &cast, 3);
    static const uint8_t challenge[PROM_SIGNET_CHALLENGE_MAX];
    prom_span earlier;
    prom_span bytes;
    const prom_base_signatures signatures = {0};
    terms.signet_challenge = prom_span_of(challenge, sizeof challenge);
    for (size_t i = 0; i < PROM_PARTIES; i++) {
        terms.parties[i].coin_count = PROM_COINS_MAX;
        for (size_t j = 0; j < PROM_COINS_MAX; j++) {
            terms.parties[i].coins[j] = terms.parties[i].coins[0];
        }
    }
    assert_ok(prom_terms_write_signed(&test->arena, &earlier, &terms, &signatures, &test->error), &test->error);
    assert_true(earlier.length <= prom_message_bytes_max(PROM_MESSAGE_ACCEPTANCE));
    terms.earlier = earlier;
    assert_ok(prom_terms_write_signed(&test->arena, &bytes, &terms, &signatures, &test->error), &test->error);
    assert_true(bytes.length <= prom_message_bytes_max(PROM_MESSAGE_INVITATION));
    print_message("base terms with an earlier setup, signed: %zu bytes\n", bytes.length);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_copies_are_deep),
        FIXTURE_TEST(test_names_and_limits),
        FIXTURE_TEST(test_the_fullest_terms_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
