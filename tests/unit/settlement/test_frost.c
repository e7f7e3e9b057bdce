#include "settlement/court.h"

enum { SIGNERS = 0x05 };

/* A session of arbiters 0 and 2 for S = all, with their nonces. */
static prom_decision_session listed(struct court *court)
{
    prom_decision_session session = {
        .used = true, .number = 1, .serial = 1, .deciders = 0x07, .signers = SIGNERS, .listed = true};
    for (size_t i = 0; i < WORLD_ARBITERS; i += 2) {
        (void)court_make_nonce(court, i);
        session.nonces[i] = court->nonces[i][0].nonce;
    }
    return session;
}

static void shares_made_by_a_session_are_the_decision(void **state)
{
    fixture *test = *state;
    struct court *court = court_new(test, 0);
    prom_decision_session session = listed(court);
    prom_frost_session *frost = NULL;
    prom_bytes32 shares[2];
    prom_signature signature;
    size_t culprit = 0;
    prom_channel *channel = court_channel(court, 1);
    prom_arena arena;
    prom_arena_init(&arena, 1 << 20);
    struct step step = {.channel = channel, .facts = &channel->facts, .arena = &arena, .error = &test->error};
    assert_ok(prom_decision_open(channel, &arena, &frost, &session, &test->error), &test->error);
    const prom_bytes32 key = prom_frost_session_key(frost);
    assert_true(prom_bytes32_equal(&key, &channel->terms.Y));
    for (size_t i = 0; i < 2; i++) {
        session.nonce = session.nonces[2 * i];
        memcpy(&shares[i], court_make_share(court, 2 * i, &session).data, sizeof shares[i]);
        assert_true(prom_frost_share_valid(test->curve, frost, i, &session.nonces[2 * i], &shares[i]));
    }
    assert_ok(prom_frost_signature(test->curve, &signature, &culprit, frost, shares, 2, &test->error), &test->error);
    assert_ok(prom_decision_check(&step, PROM_DECISION_VERIFIER, 0x07, &signature), &test->error);
    assert_fails(prom_decision_check(&step, PROM_DECISION_WORKER, 0x07, &signature), PROM_CATEGORY_PEER, &test->error,
                 "not valid");
    assert_fails(prom_decision_check(&step, PROM_DECISION_VERIFIER, 0x03, &signature), PROM_CATEGORY_PEER, &test->error,
                 "not valid");
    assert_fails(prom_decision_check(&step, PROM_DECISION_VERIFIER, 0x01, &signature), PROM_CATEGORY_PEER, &test->error,
                 "no transaction");
    prom_arena_free(&arena);
    court_free(court);
}

static void a_decision_is_one_of_the_tree(void **state)
{
    struct court *court = court_new(*state, 0);
    const prom_channel *channel = court_channel(court, 0);
    assert_int_equal(prom_decision_tx(channel, PROM_DECISION_WORKER, 0x05)->scheme, 6);
    assert_int_equal(prom_decision_tx(channel, PROM_DECISION_VERIFIER, 0x05)->scheme, 7);
    assert_int_equal(prom_decision_tx(channel, PROM_DECISION_VERIFIER, 0x05)->deciders, 0x05);
    assert_null(prom_decision_tx(channel, PROM_DECISION_VERIFIER, 0x04));
    assert_null(prom_decision_tx(channel, PROM_DECISION_VERIFIER, 0x0f));
    court_free(court);
}

static void without_its_own_key_generation_nothing_is_signed(void **state)
{
    fixture *test = *state;
    struct court *court = court_new(test, 0);
    const prom_decision_session session = listed(court);
    prom_frost_session *frost = NULL;
    prom_channel *channel = court_channel(court, 0);
    channel->terms.Y = named("another", 0);
    assert_fails(prom_decision_open(channel, &test->arena, &frost, &session, &test->error), PROM_CATEGORY_BROKEN,
                 &test->error, "another key");
    channel->facts.kept[PROM_KEPT_RECOVERY] = prom_span_of(NULL, 0);
    assert_fails(prom_decision_open(channel, &test->arena, &frost, &session, &test->error), PROM_CATEGORY_BROKEN,
                 &test->error, "not on the disk");
    court_free(court);
}

static void a_bad_nonce_is_its_signers(void **state)
{
    fixture *test = *state;
    struct court *court = court_new(test, 0);
    prom_decision_session session = listed(court);
    prom_frost_session *frost = NULL;
    session.nonces[2].first.bytes[0] = 9;
    assert_fails(prom_decision_open(court_channel(court, 0), &test->arena, &frost, &session, &test->error),
                 PROM_CATEGORY_PEER, &test->error, "");
    court_free(court);
}

/* What differs in anything has another name; whatever else is in the session is not asked for by it. */
static void names_differ_where_what_is_asked_for_does(void **state)
{
    struct court *court = court_new(*state, 0);
    const prom_channel *channel = court_channel(court, 0);
    const prom_decision_session session = listed(court);
    prom_decision_session other[7];
    prom_bytes32 name;
    prom_bytes32 share;
    prom_bytes32 changed;
    for (size_t i = 0; i < COUNT_OF(other); i++) {
        other[i] = session;
    }
    other[0].deciders = 0x05;
    other[1].decision = PROM_DECISION_WORKER;
    other[2].coordinator = 1;
    other[3].number = 2;
    other[4].serial = 2;
    other[5].begun_seconds = 1;
    other[6].nonces[2].second.bytes[1] ^= 1;
    prom_decision_name(&name, channel, &session);
    prom_decision_share_name(&share, channel, &session);
    for (size_t i = 0; i < COUNT_OF(other); i++) {
        prom_decision_name(&changed, channel, &other[i]);
        assert_true(prom_bytes32_equal(&name, &changed) == (i == 6));
        prom_decision_share_name(&changed, channel, &other[i]);
        assert_true(prom_bytes32_equal(&share, &changed) == (i == 4 || i == 5));
    }
    prom_decision_nonce_name(&name, &session.nonces[0]);
    prom_decision_nonce_name(&changed, &session.nonces[2]);
    assert_false(prom_bytes32_equal(&name, &changed));
    court_free(court);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(shares_made_by_a_session_are_the_decision),        FIXTURE_TEST(a_decision_is_one_of_the_tree),
        FIXTURE_TEST(without_its_own_key_generation_nothing_is_signed), FIXTURE_TEST(a_bad_nonce_is_its_signers),
        FIXTURE_TEST(names_differ_where_what_is_asked_for_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
