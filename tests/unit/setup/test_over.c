#include "setup/seated.h"

static struct actor *C(struct setting *it)
{
    return setting_party(it, PROM_PARTY_C);
}

static struct actor *W(struct setting *it)
{
    return setting_party(it, PROM_PARTY_W);
}

static struct actor *V(struct setting *it)
{
    return setting_party(it, PROM_PARTY_V);
}

/* -- In time -- */

static void nobody_waits_for_ever_for_an_answer(void **state)
{
    struct setting *it = setting_new(*state, 3, 5);
    V(it)->away = true;
    setting_propose(it);
    setting_mine(it, 5);
    assert_phase(C(it), PROM_SETUP_PROPOSED);
    assert_phase(W(it), PROM_SETUP_ACCEPTED); /* its coins are held */
    setting_mine(it, 1);
    assert_phase(C(it), PROM_SETUP_OVER);
    assert_phase(W(it), PROM_SETUP_OVER);
    assert_int_equal(C(it)->remembered + W(it)->remembered, 0);
    setting_free(it);
}

static void what_is_held_ends_at_its_deadline(void **state)
{
    struct setting *it = setting_new(*state, 3, 5);
    setting_arbiter(it, 0)->away = setting_arbiter(it, 1)->away = setting_arbiter(it, 2)->away = true;
    setting_draw(it);
    const uint32_t deadline = C(it)->channel->terms.setup_deadline;
    setting_mine(it, deadline - 1 - C(it)->own_tip);
    assert_parties(it, PROM_SETUP_SEATING);
    setting_mine(it, 1);
    assert_parties(it, PROM_SETUP_OVER);
    setting_free(it);
}

/* An invitation, whoever has it sent, holds an arbiter no longer than it takes others to answer. */
static void an_arbiter_lets_go_of_what_does_not_come_on(void **state)
{
    struct setting *it = setting_new(*state, 3, 3);
    setting_arbiter(it, 0)->away = setting_arbiter(it, 1)->away = true;
    setting_draw(it);
    struct actor *willing = setting_arbiter(it, 2);
    assert_phase(willing, PROM_SETUP_SEATING);
    const uint32_t since = setting_setup(willing)->begun_tip;
    setting_mine(it, since + 5 - willing->own_tip);
    assert_phase(willing, PROM_SETUP_SEATING);
    setting_mine(it, 1);
    assert_phase(willing, PROM_SETUP_OVER);
    assert_parties(it, PROM_SETUP_SEATING);
    setting_free(it);
}

static void the_deadline_ends_everything_before_tx0(void **state)
{
    for (prom_setup_phase phase = PROM_SETUP_KEYING; phase <= PROM_SETUP_GIVEN; phase++) {
        struct setting *it = setting_new(*state, 3, 5);
        setting_draw(it);
        assert_parties(it, PROM_SETUP_KEYING);
        struct actor *arbiter = setting_drawn(it, 0);
        setting_setup(C(it))->phase = phase;
        setting_setup(arbiter)->phase = phase;
        C(it)->own_tip = arbiter->own_tip = C(it)->channel->terms.setup_deadline;
        if (phase < PROM_SETUP_GIVEN) { /* afterwards it is a contract, to be given up by its own rules */
            setting_tick(it, C(it));
            setting_tick(it, arbiter);
        }
        assert_phase(C(it), phase < PROM_SETUP_GIVEN ? PROM_SETUP_OVER : PROM_SETUP_GIVEN);
        assert_phase(arbiter, phase < PROM_SETUP_GIVEN ? PROM_SETUP_OVER : PROM_SETUP_GIVEN);
        assert_int_equal(C(it)->remembered, phase < PROM_SETUP_GIVEN);
        assert_int_equal(arbiter->remembered, 0);
        setting_free(it);
    }
}

static void a_frozen_channel_begins_nothing(void **state)
{
    struct setting *it = setting_new(*state, 3, 5);
    setting_draw(it);
    C(it)->channel->facts.frozen = true;
    setting_tick(it, C(it));
    assert_phase(C(it), PROM_SETUP_OVER);
    assert_int_equal(C(it)->remembered, 1);
    setting_free(it);
}

/* -- Refusals -- */

/* All that prom_setup_break has room for, and no more. */
static void a_reason_arrives_whole(void **state)
{
    enum { WHOLE = 159 };
    struct setting *it = setting_new(*state, 3, 5);
    uint8_t text[WHOLE + 20];
    const prom_message refusal = {.kind = PROM_MESSAGE_REFUSAL, .as.bytes = prom_span_of(text, sizeof text)};
    memset(text, 'x', sizeof text);
    text[0] = '<';
    text[WHOLE - 1] = '>';
    setting_draw(it);
    struct actor *client = &it->actors[PROM_PARTY_C];
    assert_int_equal(setting_say(it, &it->actors[PROM_PARTY_W].words.public_key, client, &refusal), PROM_TAKEN);
    assert_phase(client, PROM_SETUP_OVER);
    const char *begin = strchr(setting_setup(client)->reason, '<');
    assert_non_null(begin);
    assert_string_equal(begin + WHOLE - 1, ">");
    setting_free(it);
}

static void a_refusal_of_one_of_the_three_ends_it(void **state)
{
    for (size_t who = 0; who < PROM_PARTIES; who++) {
        struct setting *it = setting_new(*state, 3, 5);
        setting_draw(it);
        const prom_message refusal = {.kind = PROM_MESSAGE_REFUSAL,
                                      .as.bytes = prom_span_of((const uint8_t *)"no \x1b[31m more", 13)};
        const prom_bytes32 stranger = named_key(it->test, "stranger", 0).public_key;
        struct actor *other = &it->actors[(who + 1) % PROM_PARTIES];
        struct actor *arbiter = setting_drawn(it, 0);
        assert_int_equal(setting_say(it, &stranger, other, &refusal), PROM_REFUSED);
        assert_int_equal(setting_say(it, &stranger, arbiter, &refusal), PROM_REFUSED);
        assert_int_equal(setting_say(it, &setting_drawn(it, 1)->words.public_key, arbiter, &refusal), PROM_REFUSED);
        assert_parties(it, PROM_SETUP_KEYING);
        assert_int_equal(setting_say(it, &it->actors[who].words.public_key, other, &refusal), PROM_TAKEN);
        assert_phase(other, PROM_SETUP_OVER);
        assert_non_null(strstr(setting_setup(other)->reason, "says: no ?[31m more"));
        assert_int_equal(setting_setup(other)->refused_by, 0); /* the base terms are signed: whose fault is not known */
        assert_int_equal(other->remembered, 1);
        assert_int_equal(setting_say(it, &it->actors[who].words.public_key, arbiter, &refusal), PROM_TAKEN);
        assert_phase(arbiter, PROM_SETUP_OVER);
        setting_setup(other)->phase = PROM_SETUP_GIVEN; /* too late: it changes nothing */
        assert_int_equal(setting_say(it, &it->actors[who].words.public_key, other, &refusal), PROM_TAKEN);
        assert_phase(other, PROM_SETUP_GIVEN);
        setting_free(it);
    }
}

/* -- What is remembered -- */

static void mine_to(struct setting *it, uint32_t height)
{
    while (C(it)->own_tip < height) {
        setting_mine(it, 1);
    }
}

/* A setup that draws, and ends without Tx0. */
static prom_bytes32 abort_one(struct setting *it)
{
    prom_bytes32 id;
    setting_draw(it);
    assert_parties(it, PROM_SETUP_KEYING);
    assert_ok(prom_terms_setup_id(&it->test->arena, &id, &C(it)->channel->terms, &it->test->error), &it->test->error);
    mine_to(it, C(it)->channel->terms.setup_deadline);
    assert_parties(it, PROM_SETUP_OVER);
    for (size_t i = 0; i < PROM_PARTIES; i++) {
        const prom_aborted_draw *draw = &it->actors[i].aborted[it->actors[i].aborted_count - 1];
        prom_terms terms;
        prom_base_signatures signatures;
        prom_bytes32 its;
        assert_int_equal(it->actors[i].remembered, 1);
        assert_ok(prom_terms_read_signed(&terms, &signatures, draw->signed_terms, &it->test->error), &it->test->error);
        assert_ok(prom_terms_setup_id(&it->test->arena, &its, &terms, &it->test->error), &it->test->error);
        assert_true(prom_bytes32_equal(&id, &its));
        assert_int_equal(draw->draw_height, terms.draw_height);
        assert_int_equal(draw->aborted_height, it->actors[i].own_tip);
        for (size_t j = 0, k = 0; j < PROM_PARTIES; j++) {
            if (j != i) {
                assert_true(prom_bytes32_equal(&draw->partners[k].node_key, &it->actors[j].node.public_key));
                assert_true(prom_outpoint_equal(&draw->partners[k].coins[0], &terms.parties[j].coins[0].outpoint));
                k++;
            }
        }
    }
    return id;
}

static void begin_again(struct setting *it)
{
    setting_open_all(it);
    it->mail_count = it->mail_read = 0;
    setting_propose(it);
}

static void the_draw_of_an_aborted_setup_binds_the_next(void **state)
{
    struct setting *it = setting_new(*state, 3, 8);
    (void)abort_one(it);
    const prom_bytes32 seed = setting_setup(C(it))->seed;
    prom_outpoint offers[8];
    for (size_t i = 0; i < 8; i++) {
        offers[i] = setting_setup(C(it))->candidates[i].offer;
    }
    begin_again(it);
    assert_true(C(it)->channel->terms.earlier.length > 0);
    assert_parties(it, PROM_SETUP_KEYING); /* nothing is waited for: the draw stands */
    assert_true(prom_bytes32_equal(&setting_setup(C(it))->seed, &seed));
    for (size_t i = 0; i < 8; i++) {
        assert_true(prom_outpoint_equal(&offers[i], &setting_setup(W(it))->candidates[i].offer));
    }
    /* ended again it is remembered as what it carried */
    const prom_span carried = C(it)->channel->terms.earlier;
    mine_to(it, C(it)->channel->terms.setup_deadline);
    assert_parties(it, PROM_SETUP_OVER);
    const prom_aborted_draw *draw = &C(it)->aborted[1];
    assert_true(prom_span_equal(draw->signed_terms, carried));
    assert_int_equal(draw->aborted_height, C(it)->own_tip);
    setting_free(it);
}

/* C would like to roll again. */
static void who_forgets_the_draw_is_refused(void **state)
{
    struct setting *it = setting_new(*state, 3, 8);
    (void)abort_one(it);
    C(it)->aborted_count = 0;
    begin_again(it);
    assert_phase(W(it), PROM_SETUP_OVER);
    assert_phase(V(it), PROM_SETUP_OVER);
    assert_non_null(strstr(setting_setup(W(it))->reason, "do not carry the draw"));
    setting_free(it);
}

/* C remembers, and the others do not: it carries the draw all the same. */
static void who_remembers_carries_the_draw(void **state)
{
    struct setting *it = setting_new(*state, 3, 8);
    (void)abort_one(it);
    W(it)->aborted_count = V(it)->aborted_count = 0;
    begin_again(it);
    assert_phase(W(it), PROM_SETUP_OVER);
    assert_non_null(strstr(setting_setup(W(it))->reason, "that we know nothing of"));
    assert_true(C(it)->channel->terms.earlier.length > 0);
    setting_free(it);
}

/* W and V have another node by now, and the same coins: they may be other people. */
static void a_draw_that_coins_alone_know_may_be_carried(void **state)
{
    struct setting *it = setting_new(*state, 3, 8);
    (void)abort_one(it);
    V(it)->node = named_key(it->test, "another node of V", 0);
    setting_open_all(it);
    prom_own *own = &V(it)->channel->facts.own; /* brings the coin that it brought then */
    own->coins[0].outpoint = C(it)->aborted[0].partners[1].coins[0];
    it->mail_count = it->mail_read = 0;
    setting_propose(it);
    assert_true(C(it)->channel->terms.earlier.length > 0); /* V, to whom both are known by their nodes, wants it */
    assert_parties(it, PROM_SETUP_KEYING);
    setting_free(it);
}

static void strangers_draw_anew(void **state)
{
    struct setting *it = setting_new(*state, 3, 8);
    (void)abort_one(it);
    for (size_t i = 0; i < PROM_PARTIES; i++) {
        it->actors[i].node = named_key(it->test, "another node", i);
        it->actors[i].aborted[0].partners[0].node_key = named("nobody", 0);
        it->actors[i].aborted[0].partners[1].node_key = named("nobody", 1);
    }
    begin_again(it); /* with other coins too */
    assert_int_equal(C(it)->channel->terms.earlier.length, 0);
    assert_parties(it, PROM_SETUP_HELD);
    setting_free(it);
}

/* W has signed Tx0, and spends its coin elsewhere: the draw that it did not like stands. */
static void a_contract_that_is_spoilt_is_remembered(void **state)
{
    struct setting *it = seated_new(*state, 3, 5);
    setting_draw(it);
    assert_parties(it, PROM_SETUP_GIVEN);
    prom_tx *spend = NULL;
    assert_ok(prom_tx_new(&it->test->arena, &spend, 1, 1, &it->test->error), &it->test->error);
    spend->inputs[0].outpoint = W(it)->channel->facts.own.coins[0].outpoint;
    spend->outputs[0].script = p2tr_script(it->test, &prom_unspendable_key);
    const prom_tx *txs[] = {spend};
    setting_add_block(it, txs, 1);
    setting_follow_all(it);
    for (size_t i = 0; i < it->actor_count; i++) {
        assert_int_equal(it->actors[i].remembered, i < PROM_PARTIES);
    }
    assert_true(prom_span_equal(V(it)->aborted[0].signed_terms, V(it)->channel->facts.kept[PROM_KEPT_SIGNED_BASE]));
    it->answer = NULL;
    for (size_t i = 0; i < PROM_PARTIES; i++) {
        it->actors[i].remembered = 0;
    }
    begin_again(it);
    assert_true(C(it)->channel->terms.earlier.length > 0);
    seated_free(it);
}

static void nothing_is_remembered_of_what_never_drew(void **state)
{
    struct setting *it = setting_new(*state, 3, 5);
    setting_propose(it);
    assert_parties(it, PROM_SETUP_HELD);
    const prom_message refusal = {.kind = PROM_MESSAGE_REFUSAL};
    assert_int_equal(setting_say(it, &C(it)->words.public_key, W(it), &refusal), PROM_TAKEN);
    assert_phase(W(it), PROM_SETUP_OVER);
    assert_int_equal(W(it)->remembered, 0);
    prom_aborted_draw draw;
    setting_open(it, V(it));
    assert_fails(prom_channel_aborted_draw(V(it)->channel, &it->test->arena, &draw, 20, &it->test->error),
                 PROM_CATEGORY_MISUSE, &it->test->error, "signed no base terms");
    setting_free(it);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(nobody_waits_for_ever_for_an_answer),
        FIXTURE_TEST(what_is_held_ends_at_its_deadline),
        FIXTURE_TEST(an_arbiter_lets_go_of_what_does_not_come_on),
        FIXTURE_TEST(the_deadline_ends_everything_before_tx0),
        FIXTURE_TEST(a_frozen_channel_begins_nothing),
        FIXTURE_TEST(a_reason_arrives_whole),
        FIXTURE_TEST(a_refusal_of_one_of_the_three_ends_it),
        FIXTURE_TEST(the_draw_of_an_aborted_setup_binds_the_next),
        FIXTURE_TEST(who_forgets_the_draw_is_refused),
        FIXTURE_TEST(who_remembers_carries_the_draw),
        FIXTURE_TEST(a_draw_that_coins_alone_know_may_be_carried),
        FIXTURE_TEST(strangers_draw_anew),
        FIXTURE_TEST(a_contract_that_is_spoilt_is_remembered),
        FIXTURE_TEST(nothing_is_remembered_of_what_never_drew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
