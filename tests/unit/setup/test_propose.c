#include "setup/setting.h"

#include "prometheus/scheme/scheme.h"

static struct actor *C(struct setting *it)
{
    return setting_party(it, PROM_PARTY_C);
}

static struct actor *W(struct setting *it)
{
    return setting_party(it, PROM_PARTY_W);
}

static void a_proposal_holds_the_clients_part_alone(void **state)
{
    struct setting *it = setting_new(*state, 3, 5);
    const prom_bytes32 none = {{0}};
    assert_int_equal(setting_begin(it), PROM_TAKEN);
    assert_phase(C(it), PROM_SETUP_PROPOSED);
    assert_int_equal(it->mail_count, 2);
    for (size_t i = 0; i < 2; i++) {
        const prom_proposal_message *proposal = &it->mail[i].message.as.proposal;
        prom_terms terms;
        assert_int_equal(it->mail[i].message.kind, PROM_MESSAGE_PROPOSAL);
        assert_int_equal(it->mail[i].to, PROM_PARTY_W + i);
        assert_ok(prom_terms_read_base(&terms, proposal->terms, &it->test->error), &it->test->error);
        assert_true(prom_bytes32_equal(&terms.parties[PROM_PARTY_C].key, &C(it)->words.public_key));
        assert_int_equal(terms.parties[PROM_PARTY_C].coin_count, 1);
        assert_true(prom_bytes32_equal(&terms.parties[PROM_PARTY_W].key, &W(it)->words.public_key));
        assert_int_equal(terms.parties[PROM_PARTY_W].coin_count, 0);
        assert_true(prom_bytes32_equal(&terms.h, &none) && prom_bytes32_equal(&terms.k_h, &none));
        assert_int_equal(terms.earlier.length, 0);
        assert_true(prom_bytes32_equal(&proposal->node.key, &C(it)->node.public_key));
    }
    assert_fails(prom_channel_step(C(it)->channel, &it->test->arena, &(prom_reception){PROM_TAKEN}, &(prom_outputs){0},
                                   &(prom_event){.kind = PROM_EVENT_PROPOSE, .as.propose = {.proposal = &it->proposal}},
                                   &(prom_channel_view){0}, &it->test->error),
                 PROM_CATEGORY_MISUSE, &it->test->error, "once, by its client");
    setting_free(it);
}

/* Snapshot, g and deadline as the ranges want them, with room for tips that differ. */
static void heights_are_chosen_at_signing(void **state)
{
    struct setting *it = setting_new(*state, 3, 5);
    W(it)->job = PROM_CHECKED_UNKNOWN; /* its download takes a while */
    setting_propose(it);
    setting_mine(it, 4);
    assert_phase(C(it), PROM_SETUP_PROPOSED);
    W(it)->job = PROM_CHECKED_GOOD;
    setting_run(it);
    const prom_terms *base = &C(it)->channel->terms;
    prom_bytes32 hash;
    assert_parties(it, PROM_SETUP_HELD);
    assert_int_equal(base->snapshot_height, 16 - 1 - 2);
    assert_int_equal(base->draw_height, 16 + 3 + 2);
    assert_int_equal(base->setup_deadline, 16 + 30);
    assert_true(prom_index_block_hash(C(it)->index, &hash, base->snapshot_height));
    assert_true(prom_bytes32_equal(&hash, &base->snapshot_hash));
    setting_free(it);
}

static void others_may_be_a_block_before_or_behind(void **state)
{
    for (unsigned who = 0; who < PROM_PARTIES; who++) {
        struct setting *it = setting_new(*state, 3, 5);
        it->actors[who].lags = true;
        setting_mine(it, 2);
        setting_propose(it);
        it->actors[who].lags = false;
        setting_follow_all(it);
        setting_run(it);
        assert_parties(it, PROM_SETUP_HELD);
        setting_free(it);
    }
}

/* -- What is not begun -- */

static void assert_not_begun(struct setting *it, const char *why)
{
    assert_int_equal(setting_begin(it), PROM_TAKEN);
    assert_phase(C(it), PROM_SETUP_OVER);
    if (strstr(setting_setup(C(it))->reason, why) == NULL) {
        fail_msg("the reason is: %s", setting_setup(C(it))->reason);
    }
    assert_int_equal(it->mail_count, 0);
    assert_int_equal(C(it)->remembered, 0);
    setting_free(it);
}

static void nothing_is_begun_that_cannot_end_well(void **state)
{
    struct setting *it = setting_new(*state, 3, 5);
    C(it)->view.may_begin = false;
    assert_not_begun(it, "no new contract");

    it = setting_new(*state, 3, 5);
    it->proposal.p_txid = named("no P", 0);
    assert_not_begun(it, "not on our chain");

    it = setting_new(*state, 3, 5);
    it->proposal.P.t1++;
    assert_not_begun(it, "another P");

    it = setting_new(*state, 3, 5);
    C(it)->config.any_pool = false;
    assert_not_begun(it, "a fifth of the offers");

    it = setting_new(*state, 3, 2);
    assert_not_begun(it, "2 offers count");

    it = setting_new(*state, 3, 5);
    it->proposal.genesis = prom_chain_parameters_by_name("main")->genesis;
    assert_not_begun(it, "another chain");

    it = setting_new(*state, 3, 5);
    it->proposal.job.scheme = 77;
    assert_not_begun(it, "scheme number 77");

    it = setting_new(*state, 3, 5);
    it->proposal.job.scheme = PROM_SCHEME_REPLAY_MODULE;
    assert_not_begun(it, "nothing here runs modules");

    it = setting_new(*state, 3, 5);
    it->proposal.feerate = 11;
    assert_not_begun(it, "feerate");

    it = setting_new(*state, 3, 5);
    it->proposal.c = it->P.w;
    assert_not_begun(it, "c");
}

static void too_many_aborted_draws_end_it(void **state)
{
    for (size_t limit = 1; limit <= 2; limit++) {
        struct setting *it = setting_new(*state, 3, 5);
        C(it)->config.aborted_max = limit;
        for (size_t i = 0; i < 2; i++) {
            C(it)->aborted[C(it)->aborted_count++] = (prom_aborted_draw){.draw_height = 5, .aborted_height = 6};
        }
        if (limit == 1) {
            assert_not_begun(it, "more than 1 draws");
        } else {
            setting_propose(it);
            assert_phase(C(it), PROM_SETUP_HELD);
            setting_free(it);
        }
    }
}

/* -- Acceptances -- */

static prom_message acceptance_of(struct setting *it, const struct actor *actor)
{
    const prom_own *own = &actor->channel->facts.own;
    return (prom_message){.kind = PROM_MESSAGE_ACCEPTANCE,
                          .as.acceptance = {.part = prom_setup_own_part(own),
                                            .h = own->h,
                                            .k_h = own->k_h,
                                            .address = actor->config.address,
                                            .node = setting_node_word(it->test, actor)}};
}

static void an_acceptance_is_its_senders(void **state)
{
    struct setting *it = setting_new(*state, 3, 5);
    const struct actor *V = setting_party(it, PROM_PARTY_V);
    assert_int_equal(setting_begin(it), PROM_TAKEN);
    prom_message message = acceptance_of(it, V);
    assert_int_equal(setting_say(it, &W(it)->words.public_key, C(it), &message), PROM_REFUSED);
    message = acceptance_of(it, W(it));
    message.as.acceptance.node = setting_node_word(it->test, V); /* is V's word for V's key */
    assert_int_equal(setting_say(it, &W(it)->words.public_key, C(it), &message), PROM_REFUSED);
    message = acceptance_of(it, V); /* V's part, at W's node */
    message.as.acceptance.node = setting_node_word(it->test, W(it));
    assert_int_equal(setting_say(it, &W(it)->words.public_key, C(it), &message), PROM_REFUSED);
    message = acceptance_of(it, W(it));
    message.as.acceptance.node.key = V->node.public_key; /* that of a victim */
    assert_int_equal(setting_say(it, &W(it)->words.public_key, C(it), &message), PROM_REFUSED);
    message = acceptance_of(it, W(it));
    const prom_bytes32 stranger = named_key(it->test, "stranger", 0).public_key;
    assert_int_equal(setting_say(it, &stranger, C(it), &message), PROM_REFUSED);
    assert_int_equal(setting_setup(C(it))->accepted, 0);
    assert_int_equal(setting_say(it, &W(it)->words.public_key, C(it), &message), PROM_TAKEN);
    assert_int_equal(setting_setup(C(it))->accepted, 1 << PROM_PARTY_W);
    message.as.acceptance.h = named("another h", 0); /* a second one changes nothing */
    assert_int_equal(setting_say(it, &W(it)->words.public_key, C(it), &message), PROM_TAKEN);
    assert_true(prom_bytes32_equal(&C(it)->channel->terms.h, &W(it)->channel->facts.own.h));
    setting_free(it);
}

static void assert_broken_by(struct setting *it, prom_message *message, const char *why)
{
    const struct actor *V = setting_party(it, PROM_PARTY_V);
    const prom_message other = acceptance_of(it, V);
    assert_int_equal(setting_begin(it), PROM_TAKEN);
    assert_int_equal(setting_say(it, &V->words.public_key, C(it), &other), PROM_TAKEN);
    assert_int_equal(setting_say(it, &W(it)->words.public_key, C(it), message), PROM_TAKEN);
    assert_phase(C(it), PROM_SETUP_OVER);
    if (strstr(setting_setup(C(it))->reason, why) == NULL) {
        fail_msg("the reason is: %s", setting_setup(C(it))->reason);
    }
    assert_int_equal(it->mail[it->mail_count - 2].message.kind, PROM_MESSAGE_REFUSAL);
    assert_int_equal(it->mail[it->mail_count - 1].message.kind, PROM_MESSAGE_REFUSAL);
    setting_free(it);
}

/* What W brings is looked at before C signs. */
static void parts_that_do_not_suit_end_it(void **state)
{
    struct setting *it = setting_new(*state, 3, 5);
    prom_message message = acceptance_of(it, W(it));
    message.as.acceptance.part.coins[0].value = prom_amount_of(1);
    assert_broken_by(it, &message, "coins of the worker");

    it = setting_new(*state, 3, 5);
    message = acceptance_of(it, W(it));
    message.as.acceptance.part.payout = C(it)->channel->facts.own.payout;
    assert_broken_by(it, &message, "are the same");

    it = setting_new(*state, 3, 5);
    message = acceptance_of(it, W(it));
    message.as.acceptance.k_h = message.as.acceptance.h;
    assert_broken_by(it, &message, "h and k_h");

    it = setting_new(*state, 3, 5);
    message = acceptance_of(it, W(it));
    C(it)->seen[C(it)->seen_count++] = message.as.acceptance.h;
    assert_broken_by(it, &message, "another contract");
}

static void a_channel_that_may_sign_nothing_chooses_nothing(void **state)
{
    struct setting *it = setting_new(*state, 3, 5);
    C(it)->view.may_begin = true;
    assert_int_equal(setting_begin(it), PROM_TAKEN);
    C(it)->view.may_begin = false;
    setting_run(it);
    assert_phase(C(it), PROM_SETUP_PROPOSED); /* until it may, or its time is over */
    C(it)->view.may_begin = true;
    setting_wait(it, 1);
    assert_phase(C(it), PROM_SETUP_HELD);
    setting_free(it);
}

/* Whose index is full for good, say: coins and offers are free again when the time is over. */
static void a_setup_without_an_index_ends_in_its_time(void **state)
{
    struct setting *it = setting_new(*state, 3, 5);
    assert_int_equal(setting_begin(it), PROM_TAKEN);
    for (size_t place = 0; place < PROM_PARTIES; place++) {
        it->actors[place].view.partial = true;
    }
    setting_mine(it, prom_chain_parameters_by_name("regtest")->setup_time.low - 1);
    assert_phase(C(it), PROM_SETUP_PROPOSED);
    setting_mine(it, 1);
    assert_phase(C(it), PROM_SETUP_OVER);
    setting_free(it);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_proposal_holds_the_clients_part_alone),
        FIXTURE_TEST(heights_are_chosen_at_signing),
        FIXTURE_TEST(others_may_be_a_block_before_or_behind),
        FIXTURE_TEST(nothing_is_begun_that_cannot_end_well),
        FIXTURE_TEST(too_many_aborted_draws_end_it),
        FIXTURE_TEST(an_acceptance_is_its_senders),
        FIXTURE_TEST(parts_that_do_not_suit_end_it),
        FIXTURE_TEST(a_channel_that_may_sign_nothing_chooses_nothing),
        FIXTURE_TEST(a_setup_without_an_index_ends_in_its_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
