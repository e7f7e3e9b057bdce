#include "setup/setting.h"

static struct actor *C(struct setting *it)
{
    return setting_party(it, PROM_PARTY_C);
}

static struct actor *W(struct setting *it)
{
    return setting_party(it, PROM_PARTY_W);
}

/* The blocks until so many are on the draw's. */
static void mine_on_draw(struct setting *it, size_t blocks)
{
    setting_mine(it, C(it)->channel->terms.draw_height + blocks - C(it)->own_tip);
}

static void all_draw_the_same_order(void **state)
{
    struct setting *it = setting_new(*state, 3, 10);
    setting_propose(it);
    mine_on_draw(it, PROM_DRAW_DEPTH - 1);
    assert_parties(it, PROM_SETUP_HELD); /* the block may still go */
    setting_mine(it, 1);
    const prom_setup_session *first = setting_setup(C(it));
    prom_bytes32 hash;
    prom_bytes32 id;
    prom_bytes32 seed;
    assert_true(prom_index_block_hash(C(it)->index, &hash, C(it)->channel->terms.draw_height));
    assert_ok(prom_terms_setup_id(&it->test->arena, &id, &C(it)->channel->terms, &it->test->error), &it->test->error);
    prom_draw_seed(&seed, &id, &hash);
    assert_int_equal(first->candidate_count, 10);
    assert_int_equal(first->counted, 10);
    for (size_t i = 0; i < it->actor_count; i++) {
        const prom_setup_session *setup = setting_setup(&it->actors[i]);
        if (setup->phase == PROM_SETUP_NEW) {
            continue; /* an arbiter that was not asked */
        }
        assert_true(prom_bytes32_equal(&setup->seed, &seed));
        assert_int_equal(setup->candidate_count, 10);
        for (size_t j = 0; j < 10; j++) {
            assert_true(prom_outpoint_equal(&setup->candidates[j].offer, &first->candidates[j].offer));
        }
    }
    setting_free(it);
}

static void as_many_as_are_looked_at_and_no_more(void **state)
{
    struct setting *it = setting_new(*state, 3, 5);
    setting_add_strangers(it, 80);
    setting_propose(it);
    mine_on_draw(it, PROM_DRAW_DEPTH);
    assert_int_equal(setting_setup(C(it))->counted, 85);
    assert_int_equal(setting_setup(C(it))->candidate_count, PROM_CANDIDATES_MAX);
    setting_free(it);
}

/* -- Reorganisations -- */

static void a_block_that_goes_before_the_draw_changes_nothing(void **state)
{
    struct setting *it = setting_new(*state, 3, 5);
    setting_propose(it);
    mine_on_draw(it, 1);
    prom_bytes32 before;
    prom_bytes32 after;
    assert_true(prom_index_block_hash(C(it)->index, &before, C(it)->channel->terms.draw_height));
    setting_reorganise(it, 2);
    assert_true(prom_index_block_hash(C(it)->index, &after, C(it)->channel->terms.draw_height));
    assert_false(prom_bytes32_equal(&before, &after));
    setting_mine(it, 1);
    assert_parties(it, PROM_SETUP_KEYING);
    assert_true(prom_bytes32_equal(&setting_setup(C(it))->draw_block, &after));
    setting_free(it);
}

static void a_block_that_goes_after_the_draw_ends_the_setup(void **state)
{
    struct setting *it = setting_new(*state, 3, 5);
    setting_propose(it);
    mine_on_draw(it, PROM_DRAW_DEPTH);
    assert_parties(it, PROM_SETUP_KEYING);
    setting_reorganise(it, PROM_DRAW_DEPTH + 1);
    assert_parties(it, PROM_SETUP_OVER);
    for (size_t i = 0; i < it->actor_count; i++) {
        const prom_setup_phase phase = setting_setup(&it->actors[i])->phase;
        assert_int_equal(it->actors[i].remembered, 0); /* it was nobody's draw */
        assert_true(phase == PROM_SETUP_OVER || phase == PROM_SETUP_NEW);
    }
    setting_free(it);
}

static void once_tx0_is_signed_the_draw_stands(void **state)
{
    struct setting *it = setting_new(*state, 3, 5);
    setting_propose(it);
    mine_on_draw(it, PROM_DRAW_DEPTH);
    setting_setup(C(it))->phase = PROM_SETUP_GIVEN;
    setting_setup(W(it))->phase = PROM_SETUP_COMPLETE;
    it->block_count -= PROM_DRAW_DEPTH + 1;
    for (size_t i = 0; i < PROM_DRAW_DEPTH + 2; i++) {
        setting_add_block(it, NULL, 0);
    }
    setting_follow(it, W(it));
    assert_phase(W(it), PROM_SETUP_OVER); /* its signature is not out */
    const prom_setup_session *setup = setting_setup(C(it));
    const prom_setup_view view = {.held_tip = setup->held_tip,
                                  .tip = C(it)->own_tip,
                                  .block = NULL,
                                  .drawn = &setup->draw_block,
                                  .signed_tx0 = true};
    prom_setup_state drawn = PROM_SETUP_VOID;
    prom_bytes32 seed;
    assert_ok(prom_setup_seed(&it->test->arena, &drawn, &seed, &C(it)->channel->terms, &view, &it->test->error),
              &it->test->error);
    assert_int_equal(drawn, PROM_SETUP_DRAWN);
    assert_phase(C(it), PROM_SETUP_GIVEN);
    setting_free(it);
}

/* The snapshot cannot go without the block of the draw; were it another one, nothing could be counted. */
static void a_snapshot_of_another_chain_draws_nothing(void **state)
{
    struct setting *it = setting_new(*state, 3, 5);
    setting_propose(it);
    C(it)->channel->terms.snapshot_hash = named("another", 0);
    C(it)->lags = false;
    setting_add_block(it, NULL, 0);
    for (size_t i = 0; i < PROM_DRAW_LEAD + PROM_DRAW_DEPTH + 1; i++) {
        setting_add_block(it, NULL, 0);
    }
    setting_follow(it, C(it));
    assert_phase(C(it), PROM_SETUP_OVER);
    assert_int_equal(C(it)->remembered, 0);
    setting_free(it);
}

/* -- Announcements -- */

/* Each of the three has heard of some alone: together they know all. */
static void announcements_are_put_together(void **state)
{
    struct setting *it = setting_new(*state, 5, 9);
    for (prom_party party = PROM_PARTY_C; party < PROM_PARTIES; party++) {
        it->actors[party].heard_count = 0;
    }
    for (size_t i = 0; i < 9; i++) {
        setting_hear(&it->actors[i % PROM_PARTIES], setting_arbiter(it, i));
    }
    setting_draw(it);
    assert_parties(it, PROM_SETUP_KEYING);
    assert_seats(it, 0, 1, 2, 3, 4);
    for (prom_party party = PROM_PARTY_C; party < PROM_PARTIES; party++) {
        for (size_t i = 0; i < 9; i++) {
            assert_true(setting_setup(&it->actors[party])->candidates[i].announced);
        }
    }
    setting_free(it);
}

static void what_is_heard_later_is_told(void **state)
{
    struct setting *it = setting_new(*state, 3, 4);
    for (prom_party party = PROM_PARTY_C; party < PROM_PARTIES; party++) {
        it->actors[party].heard_count = 0;
    }
    setting_hear(C(it), setting_arbiter(it, 0));
    setting_hear(W(it), setting_arbiter(it, 1));
    setting_draw(it);
    assert_parties(it, PROM_SETUP_SEATING);
    setting_hear(W(it), setting_arbiter(it, 2));
    const size_t before = it->mail_count;
    setting_wait(it, 1);
    assert_parties(it, PROM_SETUP_KEYING);
    size_t told = 0;
    for (size_t i = before; i < it->mail_count; i++) {
        told += it->mail[i].message.kind == PROM_MESSAGE_ANNOUNCEMENTS && it->mail[i].from == PROM_PARTY_W;
    }
    assert_int_equal(told, 2);
    setting_free(it);
}

static prom_reception say_announcement(struct setting *it, prom_announcement announcement)
{
    prom_span bytes[2];
    assert_ok(prom_announcement_write(&it->test->arena, &bytes[1], &announcement, &it->test->error), &it->test->error);
    bytes[0] = prom_span_of((const uint8_t *)"junk", 4);
    const prom_message message = {.kind = PROM_MESSAGE_ANNOUNCEMENTS, .as.announcements = {bytes, 2}};
    return setting_say(it, &W(it)->words.public_key, C(it), &message);
}

static prom_announcement signed_by(struct setting *it, prom_announcement announcement, const prom_key *Q)
{
    prom_bytes32 hash;
    assert_ok(prom_announcement_hash(&it->test->arena, &hash, &announcement, &it->test->error), &it->test->error);
    announcement.signature = sign_hash(it->test, Q, &hash);
    return announcement;
}

/* Junk takes no memory: what is not by the key of a drawn offer is looked at and forgotten. */
static void announcements_that_prove_nothing_change_nothing(void **state)
{
    struct setting *it = setting_new(*state, 3, 4);
    struct actor *last = setting_arbiter(it, 3);
    for (prom_party party = PROM_PARTY_C; party < PROM_PARTIES; party++) {
        it->actors[party].heard_count--; /* nobody has heard of it */
    }
    const prom_bytes32 offer = last->config.announcement.offer.txid;
    setting_draw(it);
    const prom_candidate *candidate = prom_setup_candidate(C(it)->channel, &(prom_outpoint){offer, 0});
    assert_non_null(candidate);
    assert_false(candidate->announced);

    prom_announcement announcement = last->config.announcement;
    announcement.signature.bytes[3] ^= 1;
    assert_int_equal(say_announcement(it, announcement), PROM_TAKEN);
    announcement = last->config.announcement;
    announcement.Q = W(it)->coin.public_key; /* and signed by that key */
    assert_int_equal(say_announcement(it, signed_by(it, announcement, &W(it)->coin)), PROM_TAKEN);
    announcement = last->config.announcement;
    announcement.p_txid = named("another P", 0);
    assert_int_equal(say_announcement(it, signed_by(it, announcement, &last->coin)), PROM_TAKEN);
    announcement = last->config.announcement;
    announcement.offer.txid = named("an offer that is not drawn", 0);
    assert_int_equal(say_announcement(it, signed_by(it, announcement, &last->coin)), PROM_TAKEN);
    assert_false(candidate->announced);

    prom_span many[PROM_CANDIDATES_MAX + 1] = {{0}};
    const prom_message flood = {.kind = PROM_MESSAGE_ANNOUNCEMENTS, .as.announcements = {many, COUNT_OF(many)}};
    assert_int_equal(setting_say(it, &W(it)->words.public_key, C(it), &flood), PROM_REFUSED);
    const prom_bytes32 stranger = named_key(it->test, "stranger", 0).public_key;
    prom_span bytes;
    assert_ok(prom_announcement_write(&it->test->arena, &bytes, &last->config.announcement, &it->test->error),
              &it->test->error);
    const prom_message message = {.kind = PROM_MESSAGE_ANNOUNCEMENTS, .as.announcements = {&bytes, 1}};
    assert_int_equal(setting_say(it, &stranger, C(it), &message), PROM_REFUSED);
    assert_false(candidate->announced);
    assert_int_equal(say_announcement(it, last->config.announcement), PROM_TAKEN);
    assert_true(candidate->announced);
    setting_free(it);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(all_draw_the_same_order),
        FIXTURE_TEST(as_many_as_are_looked_at_and_no_more),
        FIXTURE_TEST(a_block_that_goes_before_the_draw_changes_nothing),
        FIXTURE_TEST(a_block_that_goes_after_the_draw_ends_the_setup),
        FIXTURE_TEST(once_tx0_is_signed_the_draw_stands),
        FIXTURE_TEST(a_snapshot_of_another_chain_draws_nothing),
        FIXTURE_TEST(announcements_are_put_together),
        FIXTURE_TEST(what_is_heard_later_is_told),
        FIXTURE_TEST(announcements_that_prove_nothing_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
