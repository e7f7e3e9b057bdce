#include "channel/running.h"

static prom_attestation claim_of(struct world *world, size_t number)
{
    prom_attestation claim = world_claim(PROM_ROUND_A, number);
    claim.contract_id = world->session.tree->contract_id;
    claim.place = PROM_PLACE_W;
    return claim;
}

/* One package, ever: decided on disk, then signed, then known; another one is a fault of our own. */
static void says_one_thing(void **state)
{
    struct world *world = buried_world(*state);
    prom_evidence_facts *evidence = &world_batch(world, PLACE_W)->evidence;
    worker_computes(world);
    assert_int_equal(evidence->intent_count, 1);
    assert_int_equal(evidence->statements.count, 0);
    assert_true(prom_is_intended(world->parties[PLACE_W].channel, 0, PROM_ATTESTATION_PACKAGE, PROM_ROUND_A));
    assert_false(prom_is_intended(world->parties[PLACE_W].channel, 0, PROM_ATTESTATION_PACKAGE, PROM_ROUND_B));
    world_sign(world, PLACE_W);
    assert_int_equal(evidence->intent_count, 0);
    assert_int_equal(evidence->statements.count, 1);
    assert_true(prom_is_intended(world->parties[PLACE_W].channel, 0, PROM_ATTESTATION_PACKAGE, PROM_ROUND_A));
    world_free(world);
}

/* The intent is wanted until its signature is here, and no more. */
static void wants_the_signature_once(void **state)
{
    struct world *world = buried_world(*state);
    worker_computes(world);
    const prom_want *want = world_want(world, PLACE_W, PROM_WANT_SIGN);
    assert_non_null(want);
    assert_int_equal(want->as.sign.purpose, PROM_PURPOSE_STATEMENT);
    world_sign(world, PLACE_W);
    assert_null(world_want(world, PLACE_W, PROM_WANT_SIGN));
    world_free(world);
}

/* Who is restored or frozen decides nothing, and asks for no signature. */
static void restored_says_nothing(void **state)
{
    struct world *world = buried_world(*state);
    worker_computes(world);
    world_facts(world, PLACE_W)->restored = true;
    assert_null(world_want(world, PLACE_W, PROM_WANT_SIGN));
    world_facts(world, PLACE_W)->restored = false;
    world_facts(world, PLACE_W)->frozen = true;
    assert_null(world_want(world, PLACE_W, PROM_WANT_SIGN));
    world_free(world);
}

/* A statement counts by its own signature, whoever brings it; one that is not signed is refused. */
static void takes_what_is_signed(void **state)
{
    struct world *world = buried_world(*state);
    prom_message message = world_statement_message(world, claim_of(world, 1));
    assert_int_equal(world_say(world, PLACE_C, PLACE_V, &message), PROM_TAKEN);
    assert_int_equal(world_batch(world, PLACE_V)->evidence.statements.count, 1);
    assert_int_equal(world_say(world, PLACE_C, PLACE_V, &message), PROM_TAKEN);
    message.as.statement.signature.bytes[63] ^= 1; /* the same words do not make up for it */
    assert_int_equal(world_say(world, PLACE_C, PLACE_V, &message), PROM_REFUSED);
    message.as.statement.signature.bytes[63] ^= 1;
    message.as.statement.as.package.hash.bytes[0] ^= 1;
    assert_int_equal(world_say(world, PLACE_C, PLACE_V, &message), PROM_REFUSED);
    assert_int_equal(world_batch(world, PLACE_V)->evidence.statements.count, 1);
    world_free(world);
}

/* Of one thing at most two different words are kept: the third takes no room. */
static void keeps_two_words_at_most(void **state)
{
    struct world *world = buried_world(*state);
    for (size_t number = 1; number <= 3; number++) {
        assert_int_equal(world_tell(world, PLACE_W, PLACE_V, claim_of(world, number)), PROM_TAKEN);
    }
    assert_int_equal(world_batch(world, PLACE_V)->evidence.statements.count, 2);
    world_free(world);
}

/* What others bring of our own words is nothing new: we know them, or have lost them and say nothing new. */
static void own_words_from_others_are_passed_over(void **state)
{
    struct world *world = buried_world(*state);
    assert_int_equal(world_tell(world, PLACE_V, PLACE_W, claim_of(world, 1)), PROM_TAKEN);
    assert_int_equal(world_batch(world, PLACE_W)->evidence.statements.count, 0);
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(says_one_thing),          FIXTURE_TEST(wants_the_signature_once),
        FIXTURE_TEST(restored_says_nothing),   FIXTURE_TEST(takes_what_is_signed),
        FIXTURE_TEST(keeps_two_words_at_most), FIXTURE_TEST(own_words_from_others_are_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
