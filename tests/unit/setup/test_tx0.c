#include "setup/seated.h"

enum { MARGIN = 2 }; /* s of regtest */

/* Nobody's signature is out before all branches are on its disk, and C's not before its node takes Tx0. */
static void the_client_signs_last_and_tries_first(void **state)
{
    struct setting *it = seated_unpublished(*state);
    struct actor *C = setting_party(it, PROM_PARTY_C);
    assert_phase(C, PROM_SETUP_COMPLETE);
    assert_true(setting_setup(C)->tx0_tried);
    assert_true(C->alarms > 0);
    assert_false(seated_wants_to(it, C, PROM_WANT_TRY)); /* until the next block */
    assert_false(seated_wants_to(it, C, PROM_WANT_PUBLISH_TX0));
    for (size_t i = PROM_PARTY_W; i < it->actor_count; i++) {
        assert_phase(&it->actors[i], PROM_SETUP_GIVEN);
        assert_int_equal(it->actors[i].channel->facts.kept[PROM_KEPT_TX0].length, 0);
        assert_null(setting_setup(&it->actors[i])->candidates);
        assert_true(it->actors[i].channel->facts.kept[PROM_KEPT_SIGNATURES].length > 0);
        for (size_t arbiter = 0; i < PROM_PARTIES && arbiter < it->actors[i].channel->terms.P.n; arbiter++) {
            assert_true(it->actors[i].channel->facts.addresses[PROM_PLACE_ARBITER + arbiter].length > 0);
        }
    }
    seated_of(it)->tries_fail = false;
    setting_mine(it, 1);
    assert_given(it);
    seated_free(it);
}

static void a_client_whose_time_is_over_gives_up(void **state)
{
    struct setting *it = seated_unpublished(*state);
    struct actor *C = setting_party(it, PROM_PARTY_C);
    seated_mine_to(it, seated_deadline(it) - MARGIN);
    assert_phase(C, PROM_SETUP_COMPLETE);
    seated_of(it)->tries_fail = false;
    setting_mine(it, 1); /* the block at deadline - s + 1: too late to be mined in time */
    assert_false(seated_wants_to(it, C, PROM_WANT_TRY));
    assert_phase(C, PROM_SETUP_COMPLETE);
    seated_mine_to(it, seated_deadline(it));
    assert_phase(C, PROM_SETUP_OVER);
    assert_int_equal(C->remembered, 1);
    assert_phase(setting_party(it, PROM_PARTY_W), PROM_SETUP_GIVEN);
    seated_free(it);
}

/* At the last moment in time it is still published. */
static void the_last_tip_for_tx0(void **state)
{
    struct setting *it = seated_unpublished(*state);
    seated_mine_to(it, seated_deadline(it) - MARGIN - 1);
    seated_of(it)->tries_fail = false;
    setting_mine(it, 1);
    assert_given(it);
    seated_free(it);
}

/* At the last moment something of Tx0 is spent: C, which has everybody's signatures, gives up. */
static void an_input_is_spent_at_the_last_moment(void **state)
{
    struct setting *it = seated_unpublished(*state);
    struct actor *C = setting_party(it, PROM_PARTY_C);
    seated_of(it)->missing = C->channel->tree->tx[PROM_TX0].tx->inputs[4].outpoint;
    seated_of(it)->tries_fail = false;
    setting_mine(it, 1);
    assert_phase(C, PROM_SETUP_OVER);
    assert_non_null(strstr(setting_setup(C)->reason, "input 4 of Tx0"));
    assert_int_equal(seated_of(it)->published, 0);
    assert_phase(setting_party(it, PROM_PARTY_W), PROM_SETUP_GIVEN);
    seated_free(it);
}

/* An arbiter that does not sign Tx0: C has nothing at stake, and the others spend an input. */
static void one_signature_is_missing(void **state)
{
    fixture *test = *state;
    struct setting *it = seated_new(test, 3, 3);
    seated_of(it)->deaf = setting_party(it, PROM_PARTY_C);
    seated_of(it)->deaf_to = PROM_MESSAGE_TX0_SIGNATURES;
    setting_draw(it);
    assert_phase(setting_party(it, PROM_PARTY_C), PROM_SETUP_COMPLETE);
    assert_false(seated_wants_to(it, setting_party(it, PROM_PARTY_C), PROM_WANT_SIGN));
    seated_free(it);
}

static void signatures_that_are_not_good(void **state)
{
    fixture *test = *state;
    struct setting *it = seated_new(test, 3, 3);
    struct actor *C = setting_party(it, PROM_PARTY_C);
    seated_of(it)->deaf = C;
    seated_of(it)->deaf_to = PROM_MESSAGE_TX0_SIGNATURES;
    setting_draw(it);
    const uint8_t bytes[65] = {1};
    prom_message message = {.kind = PROM_MESSAGE_TX0_SIGNATURES, .as.bytes = prom_span_of(bytes, 64)};
    assert_int_equal(setting_say(it, &setting_party(it, PROM_PARTY_W)->words.public_key, C, &message), PROM_REFUSED);
    message.as.bytes.length = 65;
    assert_int_equal(setting_say(it, &setting_party(it, PROM_PARTY_W)->words.public_key, C, &message), PROM_REFUSED);
    assert_int_equal(setting_setup(C)->tx0_signed, 0);
    seated_of(it)->deaf = NULL;
    setting_run(it);
    assert_given(it);
    seated_free(it);
}

/* What is not the Tx0 of the terms, whole, is not kept. */
static void tx0_is_checked(void **state)
{
    fixture *test = *state;
    struct setting *it = seated_new(test, 3, 3);
    struct actor *W = setting_party(it, PROM_PARTY_W);
    struct actor *C = setting_party(it, PROM_PARTY_C);
    seated_of(it)->deaf = W;
    seated_of(it)->deaf_to = PROM_MESSAGE_TX0;
    setting_draw(it);
    const prom_span tx0 = C->channel->facts.kept[PROM_KEPT_TX0];
    prom_message message = {.kind = PROM_MESSAGE_TX0, .as.bytes = tx0};
    uint8_t *bad = exact_copy(tx0.data, tx0.length);
    message.as.bytes = prom_span_of(bad, tx0.length);
    bad[tx0.length - 10] ^= 1; /* a witness */
    assert_int_equal(setting_say(it, &C->words.public_key, W, &message), PROM_REFUSED);
    bad[tx0.length - 10] ^= 1;
    bad[8] ^= 1; /* an input */
    assert_int_equal(setting_say(it, &C->words.public_key, W, &message), PROM_REFUSED);
    message.as.bytes.length = 20;
    assert_int_equal(setting_say(it, &C->words.public_key, W, &message), PROM_REFUSED);
    free(bad);
    assert_false(seated_wants_to(it, W, PROM_WANT_PUBLISH_TX0));
    seated_of(it)->deaf = NULL;
    setting_run(it);
    assert_given(it);
    assert_true(seated_wants_to(it, W, PROM_WANT_PUBLISH_TX0)); /* whoever has it may */
    seated_free(it);
}

static prom_fee_obligation due_of_tx0(struct setting *it, prom_party party)
{
    const prom_want *want = seated_wants(it, setting_party(it, party), PROM_WANT_PUBLISH_TX0);
    assert_non_null(want);
    return want->as.publish.due;
}

/* A Tx0 that waits costs C time, and C alone pays for it; W and V once it was in a block, for then they have worked. */
static void who_pays_for_tx0(void **state)
{
    struct setting *it = seated_unpublished(*state);
    seated_of(it)->tries_fail = false;
    setting_mine(it, 1);
    assert_given(it);
    const prom_fee_obligation of_client = due_of_tx0(it, PROM_PARTY_C);
    const prom_terms *terms = &setting_party(it, PROM_PARTY_C)->channel->terms;
    assert_int_equal(of_client.lateness, PROM_LATE_COSTS_TIME);
    assert_true(of_client.last_block == PROM_WINDOW_OPEN);
    assert_true(prom_amount_equal(of_client.at_risk, prom_terms_deposit(terms, PROM_PARTY_C)));
    assert_true(prom_amount_equal(due_of_tx0(it, PROM_PARTY_W).at_risk, prom_amount_zero()));
    setting_party(it, PROM_PARTY_W)->channel->facts.tx0_seen = true;
    assert_true(prom_amount_equal(due_of_tx0(it, PROM_PARTY_W).at_risk, prom_terms_deposit(terms, PROM_PARTY_W)));
    seated_free(it);
}

/* Our own signer's answer to what is no longer asked. */
static void a_signature_of_another_tx0_changes_nothing(void **state)
{
    fixture *test = *state;
    struct setting *it = seated_new(test, 3, 3);
    struct actor *W = setting_party(it, PROM_PARTY_W);
    const uint8_t bytes[64] = {1};
    const prom_event event = {.kind = PROM_EVENT_SIGNED,
                              .as.signed_ = {.purpose = PROM_PURPOSE_TX0, .bytes = prom_span_of(bytes, 64)}};
    seated_of(it)->deaf = W;
    seated_of(it)->deaf_to = PROM_MESSAGE_PARTIALS;
    setting_draw(it);
    (void)setting_step(it, W, &event);
    assert_phase(W, PROM_SETUP_SIGNING);
    it->answer = NULL;
    seated_of(it)->deaf = NULL;
    setting_run(it);
    assert_phase(W, PROM_SETUP_COMPLETE);
    (void)setting_step(it, W, &event);
    assert_phase(W, PROM_SETUP_COMPLETE);
    it->answer = seated_answer;
    setting_run(it);
    assert_given(it);
    seated_free(it);
}

/* Who never got Tx0 has it from the block. */
static void tx0_is_taken_from_the_block(void **state)
{
    fixture *test = *state;
    struct setting *it = seated_new(test, 3, 3);
    struct actor *W = setting_party(it, PROM_PARTY_W);
    seated_of(it)->deaf = W;
    seated_of(it)->deaf_to = PROM_MESSAGE_TX0;
    setting_draw(it);
    assert_int_equal(W->channel->facts.kept[PROM_KEPT_TX0].length, 0);
    seated_mine(it, seated_of(it)->tx0);
    assert_given(it);
    for (size_t i = 0; i < it->actor_count; i++) {
        assert_true(it->actors[i].channel->facts.tx0.there && it->actors[i].channel->facts.tx0_seen);
        assert_false(seated_wants_to(it, &it->actors[i], PROM_WANT_PUBLISH_TX0));
        assert_int_equal(it->actors[i].channel->facts.kept[PROM_KEPT_NONCES].length, 0);
    }
    seated_free(it);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(the_client_signs_last_and_tries_first),
        FIXTURE_TEST(a_client_whose_time_is_over_gives_up),
        FIXTURE_TEST(the_last_tip_for_tx0),
        FIXTURE_TEST(an_input_is_spent_at_the_last_moment),
        FIXTURE_TEST(one_signature_is_missing),
        FIXTURE_TEST(signatures_that_are_not_good),
        FIXTURE_TEST(tx0_is_checked),
        FIXTURE_TEST(who_pays_for_tx0),
        FIXTURE_TEST(a_signature_of_another_tx0_changes_nothing),
        FIXTURE_TEST(tx0_is_taken_from_the_block),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
