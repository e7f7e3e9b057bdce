#include "setup/setting.h"

static struct actor *party(struct setting *it, prom_party which)
{
    return setting_party(it, which);
}

static size_t asked_by(struct setting *it, prom_party which)
{
    size_t count = 0;
    for (size_t i = 0; i < it->mail_count; i++) {
        count += it->mail[i].from == (size_t)which && it->mail[i].message.kind == PROM_MESSAGE_INVITATION;
    }
    return count;
}

/* Arbiters hear of nothing until the test says so. */
static struct setting *all_silent(void **state, uint8_t n, size_t offers)
{
    struct setting *it = setting_new(*state, n, offers);
    for (size_t i = 0; i < offers; i++) {
        setting_arbiter(it, i)->away = true;
    }
    setting_draw(it);
    assert_parties(it, PROM_SETUP_SEATING);
    return it;
}

static void come_back(struct setting *it, struct actor *actor)
{
    actor->away = false;
    setting_follow(it, actor);
    setting_run(it);
}

static void a_few_are_asked_at_a_time(void **state)
{
    struct setting *it = all_silent(state, 3, 8);
    for (prom_party which = PROM_PARTY_C; which < PROM_PARTIES; which++) {
        assert_int_equal(asked_by(it, which), 3);
    }
    setting_wait(it, SETTING_ANSWER_SECONDS - 1);
    assert_int_equal(asked_by(it, PROM_PARTY_C), 3);
    setting_wait(it, 1); /* the next three */
    for (prom_party which = PROM_PARTY_C; which < PROM_PARTIES; which++) {
        assert_int_equal(asked_by(it, which), 6);
    }
    setting_wait(it, SETTING_ANSWER_SECONDS);
    setting_wait(it, SETTING_ANSWER_SECONDS);
    setting_wait(it, SETTING_ANSWER_SECONDS);
    assert_int_equal(asked_by(it, PROM_PARTY_C), 8); /* nobody twice */
    assert_parties(it, PROM_SETUP_SEATING);
    for (size_t i = 0; i < 8; i++) {
        come_back(it, setting_drawn(it, i));
    }
    assert_parties(it, PROM_SETUP_KEYING); /* late, and not too late */
    assert_seats(it, 0, 1, 2);
    setting_free(it);
}

/* Seats are taken only when everybody who comes first was asked, and had time to answer. */
static void who_comes_first_is_waited_for(void **state)
{
    struct setting *it = all_silent(state, 3, 8);
    setting_wait(it, SETTING_ANSWER_SECONDS); /* 0, 1, 2 have not answered; 3, 4, 5 are asked */
    for (size_t i = 3; i < 6; i++) {
        come_back(it, setting_drawn(it, i));
    }
    assert_parties(it, PROM_SETUP_KEYING);
    assert_seats(it, 3, 4, 5);
    setting_free(it);

    it = all_silent(state, 3, 8);
    come_back(it, setting_drawn(it, 1));
    come_back(it, setting_drawn(it, 2));
    setting_wait(it, SETTING_ANSWER_SECONDS); /* 0 has not, and 3 is asked for it */
    assert_parties(it, PROM_SETUP_SEATING);
    come_back(it, setting_drawn(it, 3));
    assert_seats(it, 1, 2, 3);
    setting_free(it);
}

static void a_clock_that_begins_anew_waits_anew(void **state)
{
    struct setting *it = all_silent(state, 3, 8);
    it->seconds = 1000;
    setting_wait(it, 0); /* the next ones are asked, at 1000 */
    assert_int_equal(asked_by(it, PROM_PARTY_C), 6);
    it->seconds = 0; /* nodes were started again */
    setting_wait(it, 0);
    setting_wait(it, SETTING_ANSWER_SECONDS - 1);
    assert_int_equal(asked_by(it, PROM_PARTY_C), 6);
    setting_wait(it, 1);
    assert_int_equal(asked_by(it, PROM_PARTY_C), 8);
    setting_free(it);
}

static void who_asks_for_more_is_not_asked(void **state)
{
    fixture *test = *state;
    for (size_t which = 0; which < 4; which++) { /* one of them comes first in the draw */
        struct setting *it = setting_new(test, 3, 4);
        struct actor *dear = setting_arbiter(it, which);
        prom_announcement *announcement = &dear->config.announcement;
        prom_bytes32 hash;
        announcement->retainer = prom_amount_of(5001); /* rho is 5000 */
        assert_ok(prom_announcement_hash(&test->arena, &hash, announcement, &test->error), &test->error);
        announcement->signature = sign_hash(test, &dear->coin, &hash);
        for (prom_party hearer = PROM_PARTY_C; hearer < PROM_PARTIES; hearer++) {
            it->actors[hearer].heard[which] = *announcement;
        }
        setting_draw(it);
        assert_parties(it, PROM_SETUP_KEYING);
        assert_phase(dear, PROM_SETUP_NEW);
        setting_free(it);
    }
}

static const prom_message *invitation_of_c(const struct setting *it)
{
    for (size_t i = 0; i < it->mail_count; i++) {
        if (it->mail[i].message.kind == PROM_MESSAGE_INVITATION && it->mail[i].from == PROM_PARTY_C) {
            return &it->mail[i].message;
        }
    }
    fail();
    return NULL;
}

/* C asks its own friends out of turn, and tells W of their yes: W waits for those whom it has asked itself. */
static void friends_of_one_get_no_seats_before_others_had_time(void **state)
{
    struct setting *it = all_silent(state, 3, 8);
    const prom_bytes32 *C = &party(it, PROM_PARTY_C)->words.public_key;
    for (size_t i = 3; i < 6; i++) {
        const prom_message message = *invitation_of_c(it);
        come_back(it, setting_drawn(it, i));
        (void)setting_say(it, C, setting_drawn(it, i), &message);
    }
    setting_run(it);
    assert_true(setting_setup(party(it, PROM_PARTY_W))->candidates[5].has_seat_word);
    assert_parties(it, PROM_SETUP_SEATING);
    setting_wait(it, SETTING_ANSWER_SECONDS - 1);
    assert_parties(it, PROM_SETUP_SEATING);
    setting_wait(it, 1);
    assert_parties(it, PROM_SETUP_KEYING);
    assert_seats(it, 3, 4, 5);
    setting_free(it);
}

/* -- One leaves an arbiter out -- */

static bool asked_by_c(struct setting *it, const struct parcel *parcel)
{
    return parcel->from == PROM_PARTY_C && parcel->message.kind == PROM_MESSAGE_INVITATION &&
           parcel->to == *(const size_t *)it->context;
}

/* C lets an arbiter out; W and V find it. */
static void who_is_left_out_by_one_is_found_by_another(void **state)
{
    struct setting *it = setting_new(*state, 3, 6);
    size_t victim = SETTING_ACTORS_MAX;
    it->context = &victim;
    it->lost = asked_by_c;
    setting_propose(it);
    setting_mine(it, PROM_DRAW_LEAD + 2);
    it->actors[PROM_PARTY_W].away = it->actors[PROM_PARTY_V].away = true;
    for (size_t i = PROM_PARTIES; i < it->actor_count; i++) {
        it->actors[i].away = true;
    }
    setting_mine(it, PROM_DRAW_DEPTH);
    victim = setting_drawn(it, 0)->number;
    for (size_t i = PROM_PARTIES; i < it->actor_count; i++) {
        it->actors[i].away = false;
    }
    setting_run(it);
    it->actors[PROM_PARTY_W].away = it->actors[PROM_PARTY_V].away = false;
    setting_wait(it, SETTING_ANSWER_SECONDS);
    assert_parties(it, PROM_SETUP_KEYING);
    assert_seats(it, 0, 1, 2);
    setting_free(it);
}

/* C says nothing to V of what it has heard: V asks on its own. */
static bool words_to_v(struct setting *it, const struct parcel *parcel)
{
    (void)it;
    return parcel->message.kind == PROM_MESSAGE_SEAT && parcel->to == PROM_PARTY_V && parcel->from < PROM_PARTIES;
}

static void each_asks_on_its_own(void **state)
{
    struct setting *it = setting_new(*state, 4, 6);
    it->lost = words_to_v;
    setting_draw(it);
    assert_parties(it, PROM_SETUP_KEYING);
    assert_seats(it, 0, 1, 2, 3);
    setting_free(it);
}

static bool announcements_of_w(struct setting *it, const struct parcel *parcel)
{
    (void)it;
    return parcel->message.kind == PROM_MESSAGE_ANNOUNCEMENTS && parcel->from == PROM_PARTY_W;
}

static void nobody_sits_before_all_have_said_what_they_heard(void **state)
{
    struct setting *it = setting_new(*state, 3, 6);
    it->lost = announcements_of_w;
    setting_draw(it);
    assert_phase(party(it, PROM_PARTY_C), PROM_SETUP_SEATING);
    assert_phase(party(it, PROM_PARTY_V), PROM_SETUP_SEATING);
    it->lost = NULL;
    setting_run(it);
    assert_parties(it, PROM_SETUP_KEYING);
    setting_free(it);
}

/* -- An arbiter asks for those who were passed over -- */

static bool passed_over(struct setting *it, struct actor *actor)
{
    const prom_channel_view view = setting_view(it, actor);
    prom_outputs outputs = {0};
    struct step step = {.channel = actor->channel,
                        .facts = &actor->channel->facts,
                        .view = &view,
                        .arena = &it->test->arena,
                        .outputs = &outputs,
                        .error = &it->test->error};
    bool done = false;
    assert_ok(prom_setup_passed_over_done(&step, &done), &it->test->error);
    for (size_t i = 0; i < outputs.count; i++) {
        setting_output(it, actor, &outputs.list[i]);
    }
    return done;
}

/* C, W and V are one person, who seats its own beside an honest one, and asks nobody else. */
static bool to_the_first(struct setting *it, const struct parcel *parcel)
{
    return parcel->to == *(const size_t *)it->context && parcel->from < PROM_PARTIES;
}

static struct setting *seats_without_the_first(void **state, size_t *first)
{
    struct setting *it = setting_new(*state, 3, 6);
    *first = SETTING_ACTORS_MAX;
    it->context = first;
    it->lost = to_the_first;
    for (size_t i = 0; i < 6; i++) {
        setting_hear(setting_arbiter(it, i), setting_arbiter(it, (i + 1) % 6));
        setting_hear(setting_arbiter(it, i), setting_arbiter(it, (i + 2) % 6));
        setting_hear(setting_arbiter(it, i), setting_arbiter(it, (i + 3) % 6));
        setting_hear(setting_arbiter(it, i), setting_arbiter(it, (i + 4) % 6));
        setting_hear(setting_arbiter(it, i), setting_arbiter(it, (i + 5) % 6));
    }
    for (size_t i = 0; i < 6; i++) {
        setting_arbiter(it, i)->away = true;
    }
    setting_draw(it);
    *first = setting_drawn(it, 0)->number;
    for (size_t i = 0; i < 6; i++) {
        come_back(it, setting_arbiter(it, i));
    }
    setting_wait(it, SETTING_ANSWER_SECONDS);
    assert_seats(it, 1, 2, 3);
    return it;
}

static void an_honest_arbiter_finds_who_was_passed_over(void **state)
{
    size_t first = 0;
    struct setting *it = seats_without_the_first(state, &first);
    struct actor *honest = setting_drawn(it, 2);
    const size_t before = it->mail_count;
    assert_false(passed_over(it, honest));
    assert_int_equal(it->mail_count, before + 1); /* the first alone: nobody else comes before */
    assert_false(passed_over(it, honest));
    assert_int_equal(it->mail_count, before + 1);
    setting_run(it);
    assert_parties(it, PROM_SETUP_KEYING);
    assert_true(passed_over(it, honest));
    it->lost = NULL;
    setting_run(it);
    assert_seats(it, 0, 1, 2);
    assert_true(passed_over(it, honest)); /* once in a setup */
    setting_free(it);
}

static void one_time_limit_for_all_that_were_passed_over(void **state)
{
    size_t first = 0;
    struct setting *it = seats_without_the_first(state, &first);
    struct actor *honest = setting_drawn(it, 1);
    setting_drawn(it, 0)->away = true;
    assert_false(passed_over(it, honest));
    setting_run(it);
    it->seconds += SETTING_ANSWER_SECONDS - 1;
    assert_false(passed_over(it, honest));
    it->seconds += 1;
    assert_true(passed_over(it, honest));
    assert_seats(it, 1, 2, 3);
    setting_free(it);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_few_are_asked_at_a_time),
        FIXTURE_TEST(who_comes_first_is_waited_for),
        FIXTURE_TEST(a_clock_that_begins_anew_waits_anew),
        FIXTURE_TEST(who_asks_for_more_is_not_asked),
        FIXTURE_TEST(friends_of_one_get_no_seats_before_others_had_time),
        FIXTURE_TEST(who_is_left_out_by_one_is_found_by_another),
        FIXTURE_TEST(each_asks_on_its_own),
        FIXTURE_TEST(nobody_sits_before_all_have_said_what_they_heard),
        FIXTURE_TEST(an_honest_arbiter_finds_who_was_passed_over),
        FIXTURE_TEST(one_time_limit_for_all_that_were_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
