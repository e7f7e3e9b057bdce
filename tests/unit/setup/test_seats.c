#include "setup/setting.h"

#include "prometheus/contract/keygen.h"

/* The whole way, with as many arbiters as there may be and more offers than seats. */
static void all_come_to_the_same_seats(void **state)
{
    for (uint8_t n = 3; n <= 5; n++) {
        struct setting *it = setting_new(*state, n, 8);
        setting_draw(it);
        assert_parties(it, PROM_SETUP_KEYING);
        if (n == 3) {
            assert_seats(it, 0, 1, 2);
        } else if (n == 4) {
            assert_seats(it, 0, 1, 2, 3);
        } else {
            assert_seats(it, 0, 1, 2, 3, 4);
        }
        for (size_t i = 0; i < n; i++) {
            assert_phase(setting_drawn(it, i), PROM_SETUP_KEYING);
        }
        setting_free(it);
    }
}

/* Every message twice, and every channel loaded again after every step. */
static void repetitions_and_restarts_change_nothing(void **state)
{
    struct setting *it = setting_new(*state, 4, 6);
    it->repeat = true;
    it->reload = true;
    setting_draw(it);
    assert_parties(it, PROM_SETUP_KEYING);
    assert_seats(it, 0, 1, 2, 3);
    setting_free(it);
}

/* -- Words -- */

static void without(struct setting *it, struct actor *actor)
{
    actor->away = true;
    (void)it;
}

static void draw_without(struct setting *it, size_t at)
{
    setting_propose(it);
    setting_mine(it, PROM_DRAW_LEAD + 2);
    /* The order is known once block g is: who comes when can be found out before anybody is asked. */
    for (size_t i = 0; i < it->actor_count; i++) {
        it->actors[i].lags = true;
    }
    it->actors[PROM_PARTY_C].lags = false;
    for (size_t i = PROM_PARTIES; i < it->actor_count; i++) {
        it->actors[i].away = true;
    }
    setting_mine(it, PROM_DRAW_DEPTH);
    for (size_t i = PROM_PARTIES; i < it->actor_count; i++) {
        it->actors[i].away = false;
    }
    without(it, setting_drawn(it, at));
    for (size_t i = 0; i < it->actor_count; i++) {
        it->actors[i].lags = false;
    }
    setting_follow_all(it);
    setting_run(it);
}

static void who_is_silent_is_passed_over_and_displaces_when_it_comes(void **state)
{
    struct setting *it = setting_new(*state, 3, 6);
    draw_without(it, 1);
    assert_phase(setting_party(it, PROM_PARTY_C), PROM_SETUP_SEATING);
    setting_wait(it, SETTING_ANSWER_SECONDS);
    assert_parties(it, PROM_SETUP_KEYING);
    assert_seats(it, 0, 2, 3);
    struct actor *last = setting_drawn(it, 3);
    setting_drawn(it, 1)->away = false;
    setting_follow_all(it);
    setting_run(it);
    assert_parties(it, PROM_SETUP_KEYING);
    assert_seats(it, 0, 1, 2);
    assert_phase(last, PROM_SETUP_SEATING); /* it has lost nothing, and is the next again */
    setting_free(it);
}

static void a_late_yes_behind_the_last_seat_changes_nothing(void **state)
{
    struct setting *it = setting_new(*state, 3, 6);
    draw_without(it, 5);
    assert_seats(it, 0, 1, 2);
    const prom_bytes32 seating = setting_setup(setting_party(it, PROM_PARTY_C))->seating;
    setting_drawn(it, 5)->away = false;
    setting_run(it);
    assert_true(prom_bytes32_equal(&seating, &setting_setup(setting_party(it, PROM_PARTY_C))->seating));
    setting_free(it);
}

static void who_refuses_has_no_seat(void **state)
{
    struct setting *it = setting_new(*state, 3, 6);
    for (size_t i = 0; i < 2; i++) {
        setting_arbiter(it, i)->config.limits.feerate = 1;
    }
    setting_draw(it);
    assert_parties(it, PROM_SETUP_KEYING);
    const prom_setup_session *setup = setting_setup(setting_party(it, PROM_PARTY_W));
    for (size_t i = 0; i < setup->seat_count; i++) {
        assert_true(setting_drawn(it, setup->seats[i])->config.limits.feerate > 1);
    }
    for (size_t i = 0; i < 2; i++) {
        struct actor *actor = setting_arbiter(it, i);
        assert_true(actor->channel->facts.setup.phase == PROM_SETUP_OVER ||
                    actor->channel->facts.setup.phase == PROM_SETUP_NEW);
    }
    setting_free(it);
}

/* -- A word is checked -- */

static prom_seat word_of(struct setting *it, size_t at)
{
    prom_candidate *candidate = &setting_setup(setting_party(it, PROM_PARTY_C))->candidates[at];
    prom_seat seat = candidate->seat;
    assert_true(candidate->has_seat_word);
    return seat;
}

/* Signs the word anew, as its owner could. */
static void sign_word(struct setting *it, size_t at, prom_seat *seat)
{
    struct actor *C = setting_party(it, PROM_PARTY_C);
    const prom_channel_view view = setting_view(it, C);
    struct step step = {.channel = C->channel,
                        .facts = &C->channel->facts,
                        .view = &view,
                        .arena = &it->test->arena,
                        .error = &it->test->error};
    prom_bytes32 hash;
    assert_ok(prom_seat_hash(&step, &hash, seat), &it->test->error);
    const struct actor *owner = setting_drawn(it, at);
    const prom_key *const brought[PROM_SEAT_KEYS] = {&owner->words, &owner->joint, &owner->host, &owner->payout};
    seat->signature = sign_hash(it->test, &owner->node, &hash);
    for (size_t i = 0; i < PROM_SEAT_KEYS; i++) {
        seat->by[i] = sign_hash(it->test, brought[i], &hash);
    }
}

static prom_reception say_word(struct setting *it, struct actor *to, const prom_seat *seat)
{
    const prom_message message = {.kind = PROM_MESSAGE_SEAT, .as.seat = *seat};
    const prom_bytes32 stranger = named_key(it->test, "stranger", 0).public_key;
    const prom_reception reception = setting_say(it, &stranger, to, &message);
    setting_run(it);
    return reception;
}

static void assert_refused(struct setting *it, size_t at, const prom_seat *seat)
{
    struct actor *W = setting_party(it, PROM_PARTY_W);
    assert_int_equal(say_word(it, W, seat), PROM_REFUSED);
    assert_false(setting_setup(W)->candidates[at].has_seat_word);
}

static void a_word_that_is_not_its_owners_is_refused(void **state)
{
    struct setting *it = setting_new(*state, 3, 6);
    draw_without(it, 5);
    struct actor *other = setting_drawn(it, 5);
    prom_seat good = word_of(it, 2);
    good.announcement = other->config.announcement;
    good.terms = (prom_arbiter_terms){other->config.announcement.offer, other->coin.public_key, other->words.public_key,
                                      other->joint.public_key, other->payout.public_key};
    good.host_key = other->host.public_key;
    sign_word(it, 5, &good);

    prom_seat seat = good;
    seat.signature.bytes[40] ^= 1;
    assert_refused(it, 5, &seat);
    seat = good;
    seat.announcement.signature.bytes[40] ^= 1;
    sign_word(it, 5, &seat);
    assert_refused(it, 5, &seat);
    seat = good;
    seat.announcement = setting_drawn(it, 0)->config.announcement; /* vouches for another node */
    sign_word(it, 5, &seat);
    assert_refused(it, 5, &seat);
    seat = good;
    seat.host_key = seat.terms.joint_key;
    sign_word(it, 5, &seat);
    seat.by[PROM_SEAT_HOST] = seat.by[PROM_SEAT_JOINT];
    assert_refused(it, 5, &seat);
    seat = good;
    seat.terms.joint_key = other->coin.public_key;
    sign_word(it, 5, &seat);
    seat.by[PROM_SEAT_JOINT] = seat.signature; /* by Q it would have to be */
    assert_refused(it, 5, &seat);
    seat = good;
    seat.terms.joint_key = (prom_bytes32){{0}};
    sign_word(it, 5, &seat);
    assert_refused(it, 5, &seat);
    seat = good;
    seat.terms.offer_key = named_key(it->test, "another Q", 0).public_key;
    sign_word(it, 5, &seat);
    assert_refused(it, 5, &seat);
    seat = good;
    seat.terms.offer.index = 1; /* nobody's: it is not drawn */
    assert_refused(it, 5, &seat);
    assert_int_equal(say_word(it, setting_party(it, PROM_PARTY_W), &good), PROM_TAKEN);
    for (prom_party party = PROM_PARTY_C; party < PROM_PARTIES; party++) {
        assert_true(setting_setup(setting_party(it, party))->candidates[5].has_seat_word); /* it was passed on */
    }
    setting_free(it);
}

/* A key that another has: it would have to sign. */
static void nobody_brings_anothers_key(void **state)
{
    struct setting *it = setting_new(*state, 3, 6);
    draw_without(it, 5);
    struct actor *other = setting_drawn(it, 5);
    const prom_seat victim = word_of(it, 0);
    prom_seat good = victim;
    good.announcement = other->config.announcement;
    good.terms = (prom_arbiter_terms){other->config.announcement.offer, other->coin.public_key, other->words.public_key,
                                      other->joint.public_key, other->payout.public_key};
    good.host_key = other->host.public_key;
    for (size_t i = 0; i < PROM_SEAT_KEYS; i++) {
        prom_seat seat = good;
        prom_bytes32 *const keys[PROM_SEAT_KEYS] = {&seat.terms.key, &seat.terms.joint_key, &seat.host_key,
                                                    &seat.terms.payout};
        const prom_bytes32 theirs[PROM_SEAT_KEYS] = {victim.terms.key, victim.terms.joint_key, victim.host_key,
                                                     victim.terms.payout};
        *keys[i] = theirs[i];
        sign_word(it, 5, &seat);
        assert_refused(it, 5, &seat);
    }
    /* C's, and C itself is in it. */
    const struct actor saved = *other;
    prom_seat seat = good;
    other->payout = setting_party(it, PROM_PARTY_C)->payout;
    seat.terms.payout = other->payout.public_key;
    sign_word(it, 5, &seat);
    assert_refused(it, 5, &seat);
    *other = saved;
    sign_word(it, 5, &good);
    assert_int_equal(say_word(it, setting_party(it, PROM_PARTY_W), &good), PROM_TAKEN);
    setting_free(it);
}

static void who_says_two_things_has_no_seat(void **state)
{
    struct setting *it = setting_new(*state, 3, 6);
    setting_draw(it);
    assert_seats(it, 0, 1, 2);
    prom_seat seat = word_of(it, 1);
    seat.yes = false;
    sign_word(it, 1, &seat);
    assert_int_equal(say_word(it, setting_party(it, PROM_PARTY_V), &seat), PROM_TAKEN);
    setting_wait(it, SETTING_ANSWER_SECONDS);
    assert_parties(it, PROM_SETUP_KEYING);
    assert_seats(it, 0, 2, 3);
    setting_free(it);
}

/* -- What becomes of the seats -- */

static void an_offer_that_is_spent_has_no_seat(void **state)
{
    struct setting *it = setting_new(*state, 3, 6);
    setting_draw(it);
    assert_seats(it, 0, 1, 2);
    const prom_bytes32 offer = setting_drawn(it, 1)->config.announcement.offer.txid;
    const prom_tx *spend = make_plain_spend(&it->chain, &offer, 1);
    const prom_tx *const *txs = &spend;
    setting_add_block(it, txs, 1);
    setting_follow_all(it);
    setting_run(it);
    setting_wait(it, SETTING_ANSWER_SECONDS);
    assert_parties(it, PROM_SETUP_KEYING);
    assert_seats(it, 0, 2, 3);
    setting_reorganise(it, 1);
    assert_seats(it, 0, 1, 2);
    setting_free(it);
}

static void new_seats_begin_the_key_anew(void **state)
{
    struct setting *it = setting_new(*state, 3, 6);
    draw_without(it, 0);
    setting_wait(it, SETTING_ANSWER_SECONDS);
    assert_seats(it, 1, 2, 3);
    prom_facts *facts = &setting_party(it, PROM_PARTY_C)->channel->facts;
    facts->setup.keygen_step = 2;
    facts->setup.keygen_here[1] = true;
    facts->setup.Y = named("Y", 0);
    facts->setup.attempt = 3;
    facts->setup.digest_same = 7;
    facts->kept[PROM_KEPT_PARTIALS] = prom_span_of((const uint8_t *)"partials", 8);
    facts->kept[PROM_KEPT_KEYGEN_DEALS] = prom_span_of((const uint8_t *)"deals", 5);
    facts->kept[PROM_KEPT_NONCES] = prom_span_of((const uint8_t *)"nonces", 6);
    setting_drawn(it, 0)->away = false;
    setting_follow_all(it);
    setting_run(it);
    const prom_bytes32 none = {{0}};
    assert_seats(it, 0, 1, 2);
    assert_int_equal(facts->setup.phase, PROM_SETUP_KEYING);
    assert_int_equal(facts->setup.keygen_step, PROM_KEYGEN_DEAL); /* of the new seats */
    assert_false(facts->setup.keygen_here[1]);
    assert_true(prom_bytes32_equal(&facts->setup.Y, &none));
    assert_int_equal(facts->setup.attempt,
                     3); /* so that what is signed for these seats, should they come back, is new */
    assert_int_equal(facts->setup.digest_same, 0);
    assert_int_equal(facts->kept[PROM_KEPT_PARTIALS].length, 0);
    assert_int_equal(facts->kept[PROM_KEPT_KEYGEN_DEALS].length, 0);
    assert_int_equal(facts->kept[PROM_KEPT_NONCES].length, 0);
    assert_true(facts->kept[PROM_KEPT_SIGNED_BASE].length > 0);
    setting_free(it);
}

/* Of 65 offers five are announced: who sees no more may be cut off. W's owner overrides that, or W refuses. */
static void enough_must_be_announced(void **state)
{
    for (unsigned any = 0; any < 2; any++) {
        struct setting *it = setting_new(*state, 3, 5);
        setting_party(it, PROM_PARTY_W)->config.any_pool = any == 1;
        setting_add_strangers(it, 60);
        setting_draw(it);
        assert_int_equal(setting_setup(setting_party(it, PROM_PARTY_C))->counted, 65);
        if (any == 1) {
            assert_parties(it, PROM_SETUP_KEYING);
        } else {
            assert_parties(it, PROM_SETUP_OVER); /* W has said so to the others */
            assert_non_null(strstr(setting_setup(setting_party(it, PROM_PARTY_W))->reason, "cut off"));
        }
        setting_free(it);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(all_come_to_the_same_seats),
        FIXTURE_TEST(repetitions_and_restarts_change_nothing),
        FIXTURE_TEST(who_is_silent_is_passed_over_and_displaces_when_it_comes),
        FIXTURE_TEST(a_late_yes_behind_the_last_seat_changes_nothing),
        FIXTURE_TEST(who_refuses_has_no_seat),
        FIXTURE_TEST(a_word_that_is_not_its_owners_is_refused),
        FIXTURE_TEST(nobody_brings_anothers_key),
        FIXTURE_TEST(who_says_two_things_has_no_seat),
        FIXTURE_TEST(an_offer_that_is_spent_has_no_seat),
        FIXTURE_TEST(new_seats_begin_the_key_anew),
        FIXTURE_TEST(enough_must_be_announced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
