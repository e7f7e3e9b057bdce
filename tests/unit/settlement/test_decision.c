/* Five arbiters, of whom three decide: what a signer does, whoever coordinates. */
#define WORLD_ARBITERS 5
#include "settlement/court_words.h"

enum {
    ALL_FIVE = 0x1f,
    THREE = 0x07,
    FOUR = 0x17,
    FAULTY = 0x18, /* 3 and 4 */
    NUMBER = 77,   /* of a session of a faulty coordinator */
};

/* At the tip at which the decision may be signed, 4 having voted as well; nobody honest begins, for none of them gives
 * a nonce: what is asked for then is the test's. */
static struct court *signing(fixture *test)
{
    struct court *court = court_appealed(test, FAULTY);
    court_mine_to(court, court_reveal(court) - 1);
    court_tell(court, PLACE_A + 4, 0, court_commitment(court, court_vote(4, PROM_DECISION_VERIFIER, 0)));
    court_settle(court);
    court_mine_to(court, court_reveal(court));
    court_tell(court, PLACE_A + 4, 0, court_vote(4, PROM_DECISION_VERIFIER, 0));
    court_settle(court);
    for (size_t i = 0; i < 3; i++) {
        court_mine_at(court, i, court_signing(court));
    }
    world_forget_mail(court->world);
    return court;
}

static prom_reception say(struct court *court, size_t from, prom_message message)
{
    return world_say(court->world, PLACE_A + from, PLACE_A + 1, &message);
}

static prom_reception ask(struct court *court, uint32_t deciders)
{
    return say(court, 4, court_step(4, NUMBER, deciders, PROM_DECISION_ASK, prom_span_of(NULL, 0)));
}

static size_t wants_of(struct court *court, prom_purpose purpose)
{
    const prom_wants *wants = world_wants(court->world, PLACE_A + 1);
    size_t count = 0;
    for (size_t i = 0; i < wants->count; i++) {
        count += wants->list[i].kind == PROM_WANT_SIGN && wants->list[i].as.sign.purpose == purpose;
    }
    return count;
}

/* Arbiter 1's nonce, as it was sent to 4. */
static prom_frost_nonce nonce_of_1(struct court *court)
{
    prom_frost_nonce nonce = {0};
    while (court_act(court, 1)) {
    }
    for (size_t i = 0; i < court->world->mail_count; i++) {
        const struct world_letter *it = &court->world->mail[i];
        if (it->from == PLACE_A + 1 && it->to == PLACE_A + 4 && it->message.kind == PROM_MESSAGE_DECISION &&
            it->message.as.decision.step == PROM_DECISION_NONCE) {
            assert_int_equal(it->message.as.decision.bytes.length, sizeof nonce);
            memcpy(&nonce, it->message.as.decision.bytes.data, sizeof nonce);
        }
    }
    return nonce;
}

/* A list of these signers: arbiter 1 with `own`, the others with nonces that nobody knows. */
static prom_message list_of(struct court *court, uint32_t signers, const prom_frost_nonce *own, size_t others)
{
    fixture *test = court->world->test;
    prom_writer writer = prom_writer_in(&test->arena);
    prom_span bytes;
    prom_write_u32(&writer, signers);
    for (size_t i = 0; i < WORLD_ARBITERS; i++) {
        prom_frost_nonce nonce = *own;
        if (i != 1) {
            const prom_key first = named_key(test, "nonce", others + i);
            const prom_key second = named_key(test, "second nonce", others + i);
            nonce.first = prom_point_of_public_key(&first.public_key);
            nonce.second = prom_point_of_public_key(&second.public_key);
        }
        if ((signers >> i & 1) != 0) {
            prom_write_span(&writer, prom_span_of((const uint8_t *)&nonce, sizeof nonce));
        }
    }
    assert_ok(prom_writer_finish(&writer, &bytes, &test->error), &test->error);
    return court_step(4, NUMBER, FOUR, PROM_DECISION_LIST, bytes);
}

enum { SIGNERS = 0x13 }; /* 0, 1 and 4 */

static void no_nonce_before_reveals_are_over(void **state)
{
    struct court *court = court_appealed(*state, FAULTY);
    assert_int_equal(ask(court, THREE), PROM_TOO_EARLY);
    court_mine_to(court, court_reveal(court));
    assert_int_equal(ask(court, THREE), PROM_TOO_EARLY);
    assert_int_equal(court->nonce_count[0] + court->nonce_count[1] + court->nonce_count[2], 0);
    court_mine_to(court, court_signing(court));
    assert_true(court->nonce_count[0] > 0);
    court_decided(court, PROM_DECISION_VERIFIER, THREE);
    court_free(court);
}

static void when_all_have_revealed_nobody_waits(void **state)
{
    struct court *court = court_appealed(*state, 0);
    court_mine_to(court, court_reveal(court) - 1);
    court_undecided(court);
    court_mine_to(court, court_reveal(court));
    court_decided(court, PROM_DECISION_VERIFIER, ALL_FIVE);
    court_free(court);
}

static void who_is_asked_signs_for_all_whose_votes_it_has(void **state)
{
    struct court *court = signing(*state);
    const prom_message wrong[] = {
        court_step(4, NUMBER, THREE, PROM_DECISION_ASK, prom_span_of(NULL, 0)),    /* 4 is left out */
        court_step(4, NUMBER, ALL_FIVE, PROM_DECISION_ASK, prom_span_of(NULL, 0)), /* 3 has not voted */
        court_step(4, NUMBER, 0x15, PROM_DECISION_ASK, prom_span_of(NULL, 0)),     /* without ourselves */
        court_step(4, NUMBER, FOUR | 1U << 5, PROM_DECISION_ASK, prom_span_of(NULL, 0)),
        court_step(3, NUMBER, FOUR, PROM_DECISION_ASK, prom_span_of(NULL, 0)), /* in another's name */
        court_step(4, NUMBER, FOUR, (prom_decision_step)9, prom_span_of(NULL, 0)),
        court_step(4, NUMBER, FOUR, (prom_decision_step)0, prom_span_of(NULL, 0)),
    };
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        assert_int_equal(say(court, 4, wrong[i]), PROM_REFUSED);
    }
    prom_message against = court_step(4, NUMBER, FOUR, PROM_DECISION_ASK, prom_span_of(NULL, 0));
    against.as.decision.decision = PROM_DECISION_WORKER; /* for which we have not voted */
    assert_int_equal(say(court, 4, against), PROM_REFUSED);
    court_facts(court, 1)->vote.decision = PROM_DECISION_WORKER;
    assert_int_equal(ask(court, FOUR), PROM_REFUSED); /* which all others have voted for */
    court_facts(court, 1)->vote.decision = PROM_DECISION_VERIFIER;
    court_facts(court, 1)->vote_count[1] = 0;
    assert_int_equal(ask(court, 0x15), PROM_REFUSED); /* we have not revealed our vote */
    court_facts(court, 1)->vote_count[1] = 1;
    assert_int_equal(wants_of(court, PROM_PURPOSE_FROST_NONCE), 0);
    assert_int_equal(ask(court, FOUR), PROM_TAKEN);
    assert_int_equal(wants_of(court, PROM_PURPOSE_FROST_NONCE), 1);
    court_free(court);
}

static void a_nonce_makes_one_share(void **state)
{
    struct court *court = signing(*state);
    assert_int_equal(ask(court, FOUR), PROM_TAKEN);
    const prom_frost_nonce own = nonce_of_1(court);
    assert_int_equal(court_facts(court, 1)->signed_for, 0);
    assert_int_equal(say(court, 4, list_of(court, SIGNERS, &own, 0)), PROM_TAKEN);
    assert_int_equal(court_facts(court, 1)->signed_for, FOUR); /* before the share is made */
    assert_int_equal(wants_of(court, PROM_PURPOSE_FROST_SHARE), 1);
    assert_int_equal(say(court, 4, list_of(court, SIGNERS, &own, 10)), PROM_REFUSED);
    while (court_act(court, 1)) {
    }
    assert_int_equal(court->shares_made[1], 1);
    assert_int_equal(say(court, 4, list_of(court, SIGNERS, &own, 10)), PROM_REFUSED);
    assert_int_equal(wants_of(court, PROM_PURPOSE_FROST_SHARE), 0);
    assert_int_equal(ask(court, FOUR), PROM_TAKEN); /* again, by the same number: a new nonce */
    const prom_frost_nonce other = nonce_of_1(court);
    assert_memory_not_equal(&own, &other, sizeof own);
    assert_int_equal(say(court, 4, list_of(court, SIGNERS, &own, 0)), PROM_REFUSED);
    court_crash(court, 1);
    assert_int_equal(say(court, 4, list_of(court, SIGNERS, &other, 0)), PROM_TAKEN); /* of a session that is gone */
    assert_int_equal(wants_of(court, PROM_PURPOSE_FROST_SHARE), 0);
    court_free(court);
}

/* There is room for a session of each coordinator, then for more: what is under way goes on. */
static void a_session_goes_on_when_many_begin(void **state)
{
    struct court *court = signing(*state);
    assert_int_equal(ask(court, FOUR), PROM_TAKEN);
    const prom_frost_nonce own = nonce_of_1(court);
    assert_int_equal(court_channel(court, 1)->session_count, WORLD_ARBITERS);
    for (uint32_t i = 0; i < WORLD_ARBITERS; i++) {
        const size_t coordinator = i < 2 ? 4 : 0;
        const prom_message more =
            court_step(coordinator, NUMBER + 1 + i, FOUR, PROM_DECISION_ASK, prom_span_of(NULL, 0));
        assert_int_equal(say(court, coordinator, more), PROM_TAKEN);
    }
    assert_true(court_channel(court, 1)->session_count > WORLD_ARBITERS);
    assert_int_equal(wants_of(court, PROM_PURPOSE_FROST_NONCE), WORLD_ARBITERS);
    assert_int_equal(say(court, 4, list_of(court, SIGNERS, &own, 0)), PROM_TAKEN);
    assert_int_equal(wants_of(court, PROM_PURPOSE_FROST_SHARE), 1);
    court_free(court);
}

static void a_list_is_of_k_with_our_nonce(void **state)
{
    struct court *court = signing(*state);
    assert_int_equal(ask(court, FOUR), PROM_TAKEN);
    const prom_frost_nonce own = nonce_of_1(court);
    prom_frost_nonce changed = own;
    changed.first.bytes[0] ^= 1;
    assert_int_equal(say(court, 4, list_of(court, SIGNERS, &changed, 0)), PROM_REFUSED);
    assert_int_equal(say(court, 4, list_of(court, 0x15, &own, 0)), PROM_REFUSED); /* not of us */
    assert_int_equal(say(court, 4, list_of(court, FOUR, &own, 0)), PROM_REFUSED); /* four */
    assert_int_equal(say(court, 4, list_of(court, 0x03, &own, 0)), PROM_REFUSED); /* two */
    assert_int_equal(say(court, 4, list_of(court, 0x0b, &own, 0)), PROM_REFUSED); /* 3, which is not of S */
    prom_message cut = list_of(court, SIGNERS, &own, 0);
    cut.as.decision.bytes.length--;
    assert_int_equal(say(court, 4, cut), PROM_REFUSED);
    assert_int_equal(court_facts(court, 1)->signed_for, 0);
    assert_int_equal(say(court, 4, list_of(court, SIGNERS, &own, 0)), PROM_TAKEN);
    court_free(court);
}

/* 3 reveals between the nonce and the list; and after a share has been given for S only larger ones follow. */
static void s_only_grows(void **state)
{
    struct court *court = signing(*state);
    assert_int_equal(ask(court, FOUR), PROM_TAKEN);
    const prom_frost_nonce own = nonce_of_1(court);
    assert_int_equal(say(court, 4, list_of(court, SIGNERS, &own, 0)), PROM_TAKEN);
    court_crash(court, 1);
    court_facts(court, 1)->commitment_count[4] = 2; /* had 4 been found out since */
    assert_int_equal(ask(court, THREE), PROM_REFUSED);
    assert_int_equal(ask(court, FOUR), PROM_TAKEN);
    const prom_frost_nonce other = nonce_of_1(court);
    prom_attestation vote = court_vote(3, PROM_DECISION_VERIFIER, 1);
    prom_attestation commitment = world_statement(court->world, court_commitment(court, vote));
    court_facts(court, 1)->commitments[3] = &commitment;
    court_facts(court, 1)->commitment_count[3] = 1;
    assert_int_equal(world_tell(court->world, PLACE_A + 3, PLACE_A + 1, vote), PROM_TAKEN);
    assert_int_equal(say(court, 4, list_of(court, SIGNERS, &other, 0)), PROM_REFUSED);
    assert_int_equal(wants_of(court, PROM_PURPOSE_FROST_SHARE), 0);
    assert_int_equal(ask(court, FOUR), PROM_REFUSED);
    assert_int_equal(ask(court, ALL_FIVE), PROM_TAKEN);
    court_free(court);
}

static void signing_leaves_s_blocks_before_t4(void **state)
{
    const uint32_t t4 = valid_parameters().t4;
    struct court *court = signing(*state);
    court_mine_at(court, 1, court->appeal + t4 - WORLD_MARGIN - 1);
    assert_int_equal(ask(court, FOUR), PROM_TAKEN);
    assert_true(wants_of(court, PROM_PURPOSE_FROST_NONCE) > 0);
    court_mine_at(court, 1, court->appeal + t4 - WORLD_MARGIN);
    assert_int_equal(wants_of(court, PROM_PURPOSE_FROST_NONCE), 0);
    assert_int_equal(ask(court, FOUR), PROM_TAKEN); /* passed over */
    assert_int_equal(wants_of(court, PROM_PURPOSE_FROST_NONCE), 0);
    court_free(court);
}

static void nobody_signs_what_is_settled(void **state)
{
    struct court *court = signing(*state);
    world_batch(court->world, PLACE_A + 1)->money.spent[PROM_OUTPUT_OA] =
        (prom_spend){.there = true, .height = court_tip(court), .tx = PROM_TX6};
    assert_int_equal(ask(court, FOUR), PROM_TAKEN);
    assert_int_equal(wants_of(court, PROM_PURPOSE_FROST_NONCE), 0);
    court_free(court);
}

/* Whoever sends the signature, it is the signature that counts. */
static void a_signed_decision_is_taken_from_anybody(void **state)
{
    struct court *court = signing(*state);
    for (size_t i = 0; i < 3; i++) {
        world_tick(court->world, PLACE_A + i);
    }
    court_mine_to(court, court_signing(court) + 1);
    court_decided(court, PROM_DECISION_VERIFIER, FOUR);
    court_mine_to(court, court_signing(court) + 2);
    assert_true(court_channel(court, 1)->session_count > 0);
    for (size_t i = 0; i < court_channel(court, 1)->session_count; i++) {
        assert_false(court_channel(court, 1)->sessions[i].used); /* nothing more is signed */
    }
    prom_arbitration *facts = court_facts(court, 1);
    const prom_signature signature = facts->decision_signature;
    facts->decided = false;
    prom_message message = court_step(4, 0, FOUR, PROM_DECISION_SIGNED, prom_span_of(signature.bytes, 64));
    prom_message wrong = message;
    wrong.as.decision.deciders = THREE;
    assert_int_equal(say(court, 4, wrong), PROM_REFUSED);
    wrong = message;
    wrong.as.decision.decision = PROM_DECISION_WORKER;
    assert_int_equal(say(court, 4, wrong), PROM_REFUSED);
    wrong = message;
    wrong.as.decision.deciders = 0x03; /* fewer than k: there is no such transaction */
    assert_int_equal(say(court, 4, wrong), PROM_REFUSED);
    wrong.as.decision.bytes.length--;
    assert_int_equal(say(court, 4, wrong), PROM_REFUSED);
    assert_false(facts->decided);
    assert_int_equal(say(court, 4, message), PROM_TAKEN);
    assert_true(facts->decided);
    assert_int_equal(facts->deciders, FOUR);
    world_forget_mail(court->world);
    assert_int_equal(ask(court, FOUR), PROM_TAKEN); /* who has not heard of it is told */
    assert_int_equal(world_under_way(court->world, PLACE_A + 1, PLACE_A + 4, PROM_MESSAGE_DECISION), 1);
    court_free(court);
}

/* Y's signature, as arbiter 1 has sent it to a place; NULL: it has not. */
static const prom_message *signed_for(struct court *court, size_t place)
{
    for (size_t i = 0; i < court->world->mail_count; i++) {
        const struct world_letter *it = &court->world->mail[i];
        if (it->from == PLACE_A + 1 && it->to == place && it->message.kind == PROM_MESSAGE_DECISION &&
            it->message.as.decision.step == PROM_DECISION_SIGNED) {
            return &it->message;
        }
    }
    return NULL;
}

/* The signature, once it is there, and arbiter 1 as it was before it had it. */
static prom_message signed_by_others(struct court *court)
{
    for (size_t i = 0; i < 3; i++) {
        world_tick(court->world, PLACE_A + i);
    }
    court_mine_to(court, court_signing(court) + 1);
    court_decided(court, PROM_DECISION_VERIFIER, FOUR);
    world_forget_mail(court->world);
    court_facts(court, 1)->decided = false;
    const prom_signature *signature = &court_facts(court, 1)->decision_signature;
    return court_step(4, 0, FOUR, PROM_DECISION_SIGNED, prom_span_of(signature->bytes, sizeof signature->bytes));
}

/* A coordinator may show the signature to one arbiter alone: that one passes it on, once. */
static void who_is_shown_the_decision_passes_it_on(void **state)
{
    struct court *court = signing(*state);
    const prom_message message = signed_by_others(court);
    assert_int_equal(say(court, 4, message), PROM_TAKEN);
    for (size_t place = 0; place < WORLD_PLACES; place++) {
        assert_true((signed_for(court, place) != NULL) == (place != PLACE_A + 1));
    }
    world_forget_mail(court->world);
    assert_int_equal(say(court, 4, message), PROM_TAKEN);
    assert_null(signed_for(court, PLACE_C));
    court_free(court);
}

/* C, W and V publish it as the arbiters do, where they have h_p, and still do after a restart; they sign nothing. */
static void the_parties_publish_the_decision(void **state)
{
    struct court *court = signing(*state);
    struct world *world = court->world;
    const prom_message message = signed_by_others(court);
    prom_message wrong = message;
    wrong.as.decision.deciders = THREE;
    const prom_message asked = court_step(4, NUMBER, FOUR, PROM_DECISION_ASK, prom_span_of(NULL, 0));
    const prom_message nonce = court_step(0, NUMBER, FOUR, PROM_DECISION_NONCE, prom_span_of(NULL, 0));
    const uint32_t tx8 = (uint32_t)(prom_tree_decision(world->session.tree, 7, FOUR) - world->session.tree->tx);
    for (size_t place = 0; place < PROM_PARTIES; place++) {
        const prom_tx *const txs[] = {world_tx(world, PROM_TX0), world_tx(world, PROM_TXV0), world_tx(world, PROM_TXA)};
        prom_arbitration *arbitration = &world_batch(world, place)->arbitration;
        prom_span kept;
        for (size_t i = 0; i < 3; i++) {
            world_block_at(world, place, &txs[i], 1);
        }
        world_mine_to_at(world, place, court_signing(court) + 1);
        assert_int_equal(world_say(world, PLACE_A + 4, place, &asked), PROM_REFUSED);
        assert_int_equal(world_say(world, PLACE_A + 4, place, &nonce), PROM_REFUSED);
        assert_int_equal(world_say(world, PLACE_A + 4, place, &wrong), PROM_REFUSED);
        assert_false(arbitration->decided);
        assert_int_equal(world_say(world, PLACE_A + 4, place, &message), PROM_TAKEN);
        assert_ok(prom_facts_write(&world->test->arena, &kept, world_facts(world, place), PROM_PART_ARBITRATION, 0,
                                   &world->test->error),
                  &world->test->error);
        memset(arbitration, 0, sizeof *arbitration);
        assert_ok(prom_facts_read(&world->test->arena, world_facts(world, place), PROM_PART_ARBITRATION, 0, kept,
                                  &world->test->error),
                  &world->test->error);
        world_batch(world, place)->money.key_known = place == PLACE_V;
        assert_true(world_wants_tx(world, place, tx8) == (place != PLACE_C)); /* C has h_p from the chain alone */
    }
    court_free(court);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(no_nonce_before_reveals_are_over),
        FIXTURE_TEST(when_all_have_revealed_nobody_waits),
        FIXTURE_TEST(who_is_asked_signs_for_all_whose_votes_it_has),
        FIXTURE_TEST(a_nonce_makes_one_share),
        FIXTURE_TEST(a_session_goes_on_when_many_begin),
        FIXTURE_TEST(a_list_is_of_k_with_our_nonce),
        FIXTURE_TEST(s_only_grows),
        FIXTURE_TEST(signing_leaves_s_blocks_before_t4),
        FIXTURE_TEST(nobody_signs_what_is_settled),
        FIXTURE_TEST(a_signed_decision_is_taken_from_anybody),
        FIXTURE_TEST(who_is_shown_the_decision_passes_it_on),
        FIXTURE_TEST(the_parties_publish_the_decision),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
