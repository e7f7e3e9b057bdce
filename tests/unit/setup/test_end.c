#include "setup/seated.h"

enum { MARGIN = 2, DEEP = 100 };

static void assert_abandons(struct setting *it, const bool expected[PROM_ROLES])
{
    for (size_t i = PROM_PARTY_W; i < it->actor_count; i++) {
        const bool wants = seated_wants_to(it, &it->actors[i], PROM_WANT_ABANDON);
        if (wants != expected[it->actors[i].role]) {
            print_error("at tip %zu actor %zu %s\n", it->block_count, i, wants ? "gives up" : "waits");
            fail();
        }
    }
}

/* protocol 4: W at the deadline, V s blocks later, the arbiters s after that. */
static void who_spends_an_input_and_when(void **state)
{
    struct setting *it = seated_unpublished(*state);
    const uint32_t deadline = seated_deadline(it);
    const struct {
        uint32_t tip;
        bool who[PROM_ROLES];
    } rows[] = {
        {deadline - 1, {false}},
        {deadline, {[PROM_ROLE_WORKER] = true}},
        {deadline + MARGIN - 1, {[PROM_ROLE_WORKER] = true}},
        {deadline + MARGIN, {[PROM_ROLE_WORKER] = true, [PROM_ROLE_VERIFIER] = true}},
        {deadline + 2 * MARGIN - 1, {[PROM_ROLE_WORKER] = true, [PROM_ROLE_VERIFIER] = true}},
        {deadline + 2 * MARGIN, {[PROM_ROLE_WORKER] = true, [PROM_ROLE_VERIFIER] = true, [PROM_ROLE_ARBITER] = true}},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        seated_mine_to(it, rows[i].tip);
        assert_abandons(it, rows[i].who);
    }
    const prom_want *want = seated_wants(it, setting_party(it, PROM_PARTY_W), PROM_WANT_ABANDON);
    const prom_coin *coin = &setting_party(it, PROM_PARTY_W)->channel->terms.parties[PROM_PARTY_W].coins[0];
    assert_true(prom_outpoint_equal(&want->as.abandon.coin.outpoint, &coin->outpoint));
    assert_int_equal(want->as.abandon.due.first_tip, deadline);
    assert_int_equal(want->as.abandon.due.lateness, PROM_LATE_COSTS_TIME);
    seated_free(it);
}

/* Any of these spends ends it for all, once it is buried; when its block goes Tx0 is in question again. */
static void another_spend_ends_it(void **state)
{
    static const bool nobody[PROM_ROLES] = {false};
    static const bool all[PROM_ROLES] = {true, true, true, true};
    struct setting *it = seated_unpublished(*state);
    struct actor *V = setting_party(it, PROM_PARTY_V);
    prom_channel_view view;
    seated_mine_to(it, seated_deadline(it) + 2 * MARGIN);
    assert_abandons(it, all);
    seated_mine(it, seated_spoiler(it, V->channel, 1));
    assert_abandons(it, nobody);
    assert_true(V->channel->facts.spoilt.there);
    assert_int_equal(V->remembered, 1); /* the draw */
    setting_mine(it, DEEP - 1);
    view = setting_view(it, V);
    assert_false(prom_channel_is_finished(V->channel, &view));
    assert_int_equal(V->remembered, 1);
    setting_reorganise(it, DEEP); /* with the spend */
    assert_false(V->channel->facts.spoilt.there);
    assert_abandons(it, all);
    seated_mine(it, seated_spoiler(it, V->channel, 2));
    setting_mine(it, DEEP - 1);
    view = setting_view(it, V);
    assert_false(prom_channel_is_finished(V->channel, &view));
    setting_mine(it, 1);
    view = setting_view(it, V);
    assert_true(prom_channel_is_finished(V->channel, &view));
    seated_free(it);
}

/* C publishes too late, and it is mined although the others have given up: whichever is in the chain counts. */
static void tx0_comes_late(void **state)
{
    static const bool nobody[PROM_ROLES] = {false};
    fixture *test = *state;
    struct setting *it = seated_new(test, 3, 3);
    setting_draw(it);
    assert_given(it);
    seated_mine_to(it, seated_deadline(it) + 2 * MARGIN);
    for (size_t i = 0; i < it->actor_count; i++) {
        assert_true(seated_wants_to(it, &it->actors[i], PROM_WANT_ABANDON)); /* C too: it has published */
        assert_false(seated_wants_to(it, &it->actors[i], PROM_WANT_PUBLISH_TX0));
    }
    seated_mine(it, seated_of(it)->tx0);
    assert_abandons(it, nobody);
    assert_true(setting_party(it, PROM_PARTY_W)->channel->facts.tx0.there);
    seated_free(it);
}

/* Tx0 was in a block, and is not any more: it is published again, deadline or not, and nobody spends an input of it. */
static void a_tx0_that_was_mined_is_brought_back(void **state)
{
    static const bool nobody[PROM_ROLES] = {false};
    fixture *test = *state;
    struct setting *it = seated_new(test, 3, 3);
    setting_draw(it);
    seated_mine(it, seated_of(it)->tx0);
    for (size_t i = 0; i < it->actor_count; i++) {
        assert_false(seated_wants_to(it, &it->actors[i], PROM_WANT_PUBLISH_TX0));
    }
    seated_mine_to(it, seated_deadline(it) + 3 * MARGIN);
    setting_reorganise(it, it->block_count - setting_party(it, PROM_PARTY_W)->channel->facts.tx0.height + 1);
    for (size_t i = 0; i < it->actor_count; i++) {
        seated_reload(it, &it->actors[i]);
        assert_false(it->actors[i].channel->facts.tx0.there);
        assert_true(seated_wants_to(it, &it->actors[i], PROM_WANT_PUBLISH_TX0));
    }
    assert_abandons(it, nobody);
    seated_mine(it, seated_of(it)->tx0);
    assert_true(setting_party(it, PROM_PARTY_W)->channel->facts.tx0.there);
    /* The other branch has another spend: then it is over. */
    setting_reorganise(it, 1);
    seated_mine(it, seated_spoiler(it, setting_party(it, PROM_PARTY_W)->channel, 0));
    for (size_t i = 0; i < it->actor_count; i++) {
        assert_false(seated_wants_to(it, &it->actors[i], PROM_WANT_PUBLISH_TX0));
        assert_false(seated_wants_to(it, &it->actors[i], PROM_WANT_ABANDON));
    }
    seated_free(it);
}

static void abandon(struct setting *it, struct actor *actor)
{
    (void)setting_step(it, actor, &(prom_event){.kind = PROM_EVENT_ABANDON});
    setting_run(it);
}

/* Before our signature is out the others are told; after it an input is spent at once, unless Tx0 was there. */
static void an_owner_gives_up(void **state)
{
    fixture *test = *state;
    struct setting *it = seated_new(test, 3, 3);
    struct actor *W = setting_party(it, PROM_PARTY_W);
    seated_of(it)->silent = PROM_PARTY_V;
    setting_draw(it);
    abandon(it, W);
    for (size_t i = 0; i < it->actor_count; i++) {
        assert_phase(&it->actors[i], PROM_SETUP_OVER);
    }
    assert_int_equal(W->remembered, 1);
    seated_free(it);

    it = seated_unpublished(test);
    W = setting_party(it, PROM_PARTY_W);
    assert_false(seated_wants_to(it, W, PROM_WANT_ABANDON));
    abandon(it, W);
    seated_reload(it, W);
    assert_phase(W, PROM_SETUP_GIVEN);
    assert_true(seated_wants_to(it, W, PROM_WANT_ABANDON));
    assert_false(seated_wants_to(it, setting_party(it, PROM_PARTY_V), PROM_WANT_ABANDON));
    seated_of(it)->tries_fail = false; /* C was quicker */
    setting_mine(it, 1);
    seated_mine(it, seated_of(it)->tx0);
    assert_false(seated_wants_to(it, W, PROM_WANT_ABANDON));
    abandon(it, setting_party(it, PROM_PARTY_V));
    assert_false(setting_party(it, PROM_PARTY_V)->channel->facts.given_up);
    seated_free(it);
}

/* A copy of the facts from before our signature was given: Tx0 in a block tells. */
static void a_restored_channel_is_live(void **state)
{
    fixture *test = *state;
    struct setting *it = seated_new(test, 3, 3);
    struct actor *W = setting_party(it, PROM_PARTY_W);
    it->answer = seated_answer;
    seated_of(it)->deaf = W;
    seated_of(it)->deaf_to = PROM_MESSAGE_PARTIALS;
    setting_draw(it);
    W->channel->facts.restored = true;
    seated_reload(it, W);
    assert_phase(W, PROM_SETUP_GIVEN);
    assert_int_equal(W->remembered, 0);
    const prom_channel_view view = setting_view(it, W);
    assert_false(prom_channel_is_finished(W->channel, &view));
    seated_mine_to(it, seated_deadline(it));
    assert_true(seated_wants_to(it, W, PROM_WANT_ABANDON)); /* its own coin, by its own key */
    seated_free(it);
}

static void what_is_over_is_finished(void **state)
{
    fixture *test = *state;
    struct setting *it = seated_new(test, 3, 3);
    struct actor *C = setting_party(it, PROM_PARTY_C);
    const prom_channel_view view = setting_view(it, C);
    assert_false(prom_channel_is_finished(C->channel, &view));
    setting_setup(C)->phase = PROM_SETUP_OVER;
    assert_true(prom_channel_is_finished(C->channel, &view));
    seated_free(it);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(who_spends_an_input_and_when),
        FIXTURE_TEST(another_spend_ends_it),
        FIXTURE_TEST(tx0_comes_late),
        FIXTURE_TEST(a_tx0_that_was_mined_is_brought_back),
        FIXTURE_TEST(an_owner_gives_up),
        FIXTURE_TEST(a_restored_channel_is_live),
        FIXTURE_TEST(what_is_over_is_finished),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
