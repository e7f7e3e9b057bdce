#include "setup/invited.h"

static void a_yes_goes_to_all_three(void **state)
{
    struct actor *arbiter = NULL;
    prom_message message;
    struct setting *it = invited(state, &arbiter, &message);
    assert_int_equal(invite(it, arbiter, &message), PROM_TAKEN);
    assert_int_equal(it->mail_count, 0); /* nothing is said before it is signed */
    serve(it, arbiter);
    assert_phase(arbiter, PROM_SETUP_SEATING);
    assert_int_equal(it->mail_count, 3);
    for (size_t i = 0; i < 3; i++) {
        const prom_seat *seat = &it->mail[i].message.as.seat;
        assert_int_equal(it->mail[i].to, i);
        assert_true(seat->yes);
        assert_true(prom_bytes32_equal(&seat->terms.key, &arbiter->words.public_key));
        assert_true(prom_bytes32_equal(&seat->host_key, &arbiter->host.public_key));
    }
    prom_signed_setup setup;
    assert_true(prom_channel_signed_setup(arbiter->channel, &setup));
    assert_true(prom_outpoint_equal(&setup.offer, &arbiter->config.announcement.offer));
    setting_free(it);
}

static void who_asks_again_gets_the_same_word(void **state)
{
    struct actor *arbiter = NULL;
    prom_message message;
    struct setting *it = invited(state, &arbiter, &message);
    const prom_bytes32 *other = &setting_drawn(it, 1)->words.public_key;
    assert_int_equal(invite(it, arbiter, &message), PROM_TAKEN);
    assert_int_equal(setting_say(it, other, arbiter, &message), PROM_TOO_EARLY); /* it is being signed */
    serve(it, arbiter);
    it->mail_count = 0;
    assert_int_equal(setting_say(it, other, arbiter, &message), PROM_TAKEN);
    assert_int_equal(it->mail_count, 1);
    assert_int_equal(it->mail[0].to, setting_drawn(it, 1)->number);
    assert_memory_equal(&it->mail[0].message.as.seat.signature, &own_candidate(arbiter)->seat.signature,
                        sizeof(prom_signature));
    /* base terms that somebody has signed beside ours */
    prom_message junk = message;
    junk.as.invitation.signed_terms.length -= 1;
    assert_int_equal(setting_say(it, other, arbiter, &junk), PROM_REFUSED);
    setting_free(it);
}

static void an_arbiter_that_asks_first_is_answered_too(void **state)
{
    struct actor *arbiter = NULL;
    prom_message message;
    struct setting *it = invited(state, &arbiter, &message);
    assert_int_equal(setting_say(it, &setting_drawn(it, 1)->words.public_key, arbiter, &message), PROM_TAKEN);
    serve(it, arbiter);
    assert_int_equal(it->mail_count, 4);
    assert_int_equal(it->mail[0].to, setting_drawn(it, 1)->number);
    setting_free(it);
}

/* -- What holds nothing -- */

static void assert_holds_nothing(struct actor *arbiter)
{
    const prom_facts *facts = &arbiter->channel->facts;
    prom_signed_setup setup;
    assert_phase(arbiter, PROM_SETUP_NEW);
    assert_int_equal(facts->kept[PROM_KEPT_BASE].length, 0);
    assert_int_equal(facts->setup.candidate_count, 0);
    assert_false(prom_channel_signed_setup(arbiter->channel, &setup));
}

static prom_message signed_anew(struct setting *it, const prom_terms *terms)
{
    prom_message message = {.kind = PROM_MESSAGE_INVITATION};
    prom_base_signatures signatures;
    prom_bytes32 id;
    assert_ok(prom_terms_setup_id(&it->test->arena, &id, terms, &it->test->error), &it->test->error);
    for (size_t i = 0; i < PROM_PARTIES; i++) {
        signatures.by[i] = sign_hash(it->test, &it->actors[i].words, &id);
    }
    assert_ok(prom_terms_write_signed(&it->test->arena, &message.as.invitation.signed_terms, terms, &signatures,
                                      &it->test->error),
              &it->test->error);
    return message;
}

static void what_the_three_have_not_signed_is_refused(void **state)
{
    for (size_t party = 0; party < PROM_PARTIES; party++) {
        struct actor *arbiter = NULL;
        prom_message message;
        struct setting *it = invited(state, &arbiter, &message);
        uint8_t *bytes = exact_copy(message.as.invitation.signed_terms.data, message.as.invitation.signed_terms.length);
        bytes[message.as.invitation.signed_terms.length - 64 * (PROM_PARTIES - party) + 5] ^= 1;
        message.as.invitation.signed_terms.data = bytes;
        assert_int_equal(invite(it, arbiter, &message), PROM_REFUSED);
        assert_holds_nothing(arbiter);
        free(bytes);
        setting_free(it);
    }
    struct actor *arbiter = NULL;
    prom_message message;
    struct setting *it = invited(state, &arbiter, &message);
    arbiter->channel->facts.client = named_key(it->test, "another client", 0).public_key;
    assert_int_equal(invite(it, arbiter, &message), PROM_REFUSED);
    assert_holds_nothing(arbiter);
    setting_free(it);
}

static void who_is_not_drawn_is_not_asked_in_earnest(void **state)
{
    struct actor *arbiter = NULL;
    prom_message message;
    struct setting *it = invited(state, &arbiter, &message);
    arbiter->channel->facts.own.coins[0].outpoint.txid = named("an offer too young", 0);
    assert_int_equal(invite(it, arbiter, &message), PROM_REFUSED);
    assert_holds_nothing(arbiter);
    setting_free(it);
}

/* The seed is one of our own chain. */
static void a_draw_that_our_chain_does_not_know_waits(void **state)
{
    struct actor *arbiter = NULL;
    prom_message message;
    struct setting *it = invited(state, &arbiter, &message);
    while (setting_tip(arbiter) > C(it)->channel->terms.draw_height + PROM_DRAW_DEPTH - 1) {
        assert_ok(prom_index_disconnect(arbiter->index, &it->test->error), &it->test->error);
    }
    arbiter->own_tip = setting_tip(arbiter);
    assert_int_equal(invite(it, arbiter, &message), PROM_TOO_EARLY);
    assert_holds_nothing(arbiter);
    setting_follow(it, arbiter);
    assert_int_equal(invite(it, arbiter, &message), PROM_TAKEN);
    setting_free(it);
}

/* An offer takes part in one setup at a time; for the next there is no no, which would be for good. */
static void who_is_engaged_waits(void **state)
{
    struct actor *arbiter = NULL;
    prom_message message;
    struct setting *it = invited(state, &arbiter, &message);
    prom_terms other = {.setup_deadline = arbiter->own_tip};
    prom_signed_setup setup = {.terms = &other, .offer = arbiter->config.announcement.offer};
    arbiter->view.setups = &setup;
    arbiter->view.setup_count = 1;
    assert_int_equal(invite(it, arbiter, &message), PROM_TOO_EARLY);
    assert_holds_nothing(arbiter);
    other.setup_deadline--; /* has passed */
    assert_int_equal(invite(it, arbiter, &message), PROM_TAKEN);
    setting_free(it);

    it = invited(state, &arbiter, &message);
    other.setup_deadline = arbiter->own_tip;
    setup = (prom_signed_setup){.terms = &other, .offer = arbiter->config.announcement.offer, .ended = true};
    arbiter->view.setups = &setup;
    arbiter->view.setup_count = 1;
    assert_int_equal(invite(it, arbiter, &message), PROM_TAKEN);
    setting_free(it);

    it = invited(state, &arbiter, &message);
    setup = (prom_signed_setup){.terms = &other, .offer = setting_drawn(it, 1)->config.announcement.offer};
    arbiter->view.setups = &setup;
    arbiter->view.setup_count = 1;
    assert_int_equal(invite(it, arbiter, &message), PROM_TAKEN); /* another offer of our owner's */
    setting_free(it);

    it = invited(state, &arbiter, &message);
    arbiter->view.may_begin = false;
    assert_int_equal(invite(it, arbiter, &message), PROM_TOO_EARLY);
    assert_holds_nothing(arbiter);
    setting_free(it);
}

/* -- A no -- */

static void assert_no(struct setting *it, struct actor *arbiter, const prom_message *message, const char *why)
{
    assert_int_equal(invite(it, arbiter, message), PROM_TAKEN);
    serve(it, arbiter);
    assert_phase(arbiter, PROM_SETUP_OVER);
    if (strstr(setting_setup(arbiter)->reason, why) == NULL) {
        fail_msg("the reason is: %s", setting_setup(arbiter)->reason);
    }
    assert_int_equal(it->mail_count, 3);
    assert_false(it->mail[0].message.as.seat.yes);
    const prom_message word = it->mail[0].message;
    assert_int_equal(setting_say(it, &arbiter->words.public_key, C(it), &word), PROM_TAKEN);
    const prom_candidate *candidate = &setting_setup(C(it))->candidates[0];
    assert_true(candidate->has_seat_word && !candidate->seat.yes);
    assert_int_equal(arbiter->remembered, 0);
    setting_free(it);
}

static void what_does_not_suit_gets_a_signed_no(void **state)
{
    struct actor *arbiter = NULL;
    prom_message message;
    struct setting *it = invited(state, &arbiter, &message);
    arbiter->config.limits.package_bytes = 100;
    assert_no(it, arbiter, &message, "package");

    it = invited(state, &arbiter, &message);
    arbiter->config.time.verify_seconds = 400;
    assert_no(it, arbiter, &message, "verify");

    it = invited(state, &arbiter, &message);
    arbiter->config.announcement.retainer = prom_amount_of(5001);
    prom_bytes32 hash;
    assert_ok(prom_announcement_hash(&it->test->arena, &hash, &arbiter->config.announcement, &it->test->error),
              &it->test->error);
    arbiter->config.announcement.signature = sign_hash(it->test, &arbiter->coin, &hash);
    assert_no(it, arbiter, &message, "retainer");

    it = invited(state, &arbiter, &message);
    arbiter->seen[arbiter->seen_count++] = C(it)->channel->terms.h;
    assert_no(it, arbiter, &message, "another contract");

    it = invited(state, &arbiter, &message);
    prom_terms terms = C(it)->channel->terms;
    terms.setup_deadline = arbiter->own_tip + 1; /* no time for Tx0 */
    message = signed_anew(it, &terms);
    assert_int_equal(invite(it, arbiter, &message), PROM_TAKEN);
    serve(it, arbiter);
    assert_phase(arbiter, PROM_SETUP_OVER);
    assert_non_null(strstr(setting_setup(arbiter)->reason, "no time is left"));
    setting_free(it);
}

/* Who has a part in the contract already, by another offer or in another role, takes no seat in it. */
static void nobody_has_two_seats(void **state)
{
    struct actor *arbiter = NULL;
    prom_message message;
    struct setting *it = invited(state, &arbiter, &message);
    prom_terms same = C(it)->channel->terms;
    prom_signed_setup setup = {.terms = &same, .offer = setting_drawn(it, 1)->config.announcement.offer};
    setup.looks_up = true; /* it may get a seat yet */
    arbiter->view.setups = &setup;
    arbiter->view.setup_count = 1;
    assert_no(it, arbiter, &message, "has a part in this contract already");

    it = invited(state, &arbiter, &message);
    same = C(it)->channel->terms;
    setup = (prom_signed_setup){.terms = &same};
    arbiter->view.setups = &setup;
    arbiter->view.setup_count = 1;
    assert_no(it, arbiter, &message, "has a part in this contract already");

    it = invited(state, &arbiter, &message);
    same = C(it)->channel->terms;
    setup = (prom_signed_setup){.terms = &same, .ended = true}; /* it was refused that seat */
    arbiter->view.setups = &setup;
    arbiter->view.setup_count = 1;
    assert_int_equal(invite(it, arbiter, &message), PROM_TAKEN);
    serve(it, arbiter);
    assert_phase(arbiter, PROM_SETUP_SEATING);
    setting_free(it);
}

static void nothing_is_said_by_a_restored_channel(void **state)
{
    struct actor *arbiter = NULL;
    prom_message message;
    struct setting *it = invited(state, &arbiter, &message);
    arbiter->channel->facts.restored = true;
    assert_int_equal(invite(it, arbiter, &message), PROM_REFUSED);
    assert_holds_nothing(arbiter);
    arbiter->channel->facts.restored = false;
    assert_int_equal(invite(it, arbiter, &message), PROM_TAKEN);
    arbiter->channel->facts.restored = true;
    serve(it, arbiter);
    assert_int_equal(it->mail_count, 0);
    setting_tick(it, arbiter);
    assert_phase(arbiter, PROM_SETUP_OVER);
    setting_free(it);
}

/* What a signer brings is for what was asked. */
static void a_signature_of_something_else_changes_nothing(void **state)
{
    struct actor *arbiter = NULL;
    prom_message message;
    struct setting *it = invited(state, &arbiter, &message);
    assert_int_equal(invite(it, arbiter, &message), PROM_TAKEN);
    const prom_event event = {.kind = PROM_EVENT_SIGNED,
                              .as.signed_ = {.purpose = PROM_PURPOSE_SEAT, .hash = named("something else", 0)}};
    assert_int_equal(setting_step(it, arbiter, &event), PROM_TAKEN);
    assert_false(own_candidate(arbiter)->has_seat_word);
    assert_int_equal(it->mail_count, 0);
    setting_free(it);
}

/* -- Before there is a channel -- */

static prom_invitation judge(struct setting *it, struct actor *arbiter, const prom_message *message)
{
    const prom_channel_view view = setting_view(it, arbiter);
    prom_invitation judged = PROM_INVITATION_REFUSED;
    assert_ok(prom_invitation_judge(it->test->curve, &it->test->arena, &judged, &C(it)->words.public_key, message,
                                    &view, &it->test->error),
              &it->test->error);
    return judged;
}

static void an_invitation_is_judged_by_itself(void **state)
{
    struct actor *arbiter = NULL;
    prom_message message;
    struct setting *it = invited(state, &arbiter, &message);
    const prom_message junk = {.kind = PROM_MESSAGE_INVITATION};
    prom_message forged = message;
    prom_channel_config *config = &arbiter->config;
    forged.as.invitation.signed_terms.data =
        exact_copy(forged.as.invitation.signed_terms.data, forged.as.invitation.signed_terms.length);
    ((uint8_t *)(uintptr_t)forged.as.invitation.signed_terms.data)[forged.as.invitation.signed_terms.length - 1] ^= 1;
    assert_int_equal(judge(it, arbiter, &message), PROM_INVITATION_SUITS);
    assert_int_equal(judge(it, arbiter, &junk), PROM_INVITATION_REFUSED);
    assert_int_equal(judge(it, arbiter, &forged), PROM_INVITATION_REFUSED);
    assert_int_equal(judge(it, C(it), &message), PROM_INVITATION_REFUSED); /* whose offer is none of the draw's */
    const prom_amount retainer = config->announcement.retainer;
    config->announcement.retainer = prom_amount_of(UINT32_MAX);
    assert_int_equal(judge(it, arbiter, &message), PROM_INVITATION_UNSUITED);
    config->announcement.retainer = retainer;
    assert_holds_nothing(arbiter);
    free((void *)(uintptr_t)forged.as.invitation.signed_terms.data);
    setting_free(it);
}

/* Behind, or with its offer in another setup, it makes no channel, and says nothing. */
static void an_invitation_waits(void **state)
{
    struct actor *arbiter = NULL;
    prom_message message;
    prom_signed_setup other = {.terms = NULL};
    struct setting *it = invited(state, &arbiter, &message);
    assert_int_equal(invite(it, arbiter, &message), PROM_TAKEN);
    serve(it, arbiter); /* its coins are there */
    assert_true(prom_channel_signed_setup(arbiter->channel, &other));
    arbiter->view.setups = &other;
    arbiter->view.setup_count = 1;
    assert_int_equal(judge(it, arbiter, &message), PROM_INVITATION_EARLY);
    other.ended = true;
    assert_int_equal(judge(it, arbiter, &message), PROM_INVITATION_SUITS);
    arbiter->view.may_begin = false;
    assert_int_equal(judge(it, arbiter, &message), PROM_INVITATION_EARLY);
    setting_free(it);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_yes_goes_to_all_three),
        FIXTURE_TEST(who_asks_again_gets_the_same_word),
        FIXTURE_TEST(an_arbiter_that_asks_first_is_answered_too),
        FIXTURE_TEST(what_the_three_have_not_signed_is_refused),
        FIXTURE_TEST(who_is_not_drawn_is_not_asked_in_earnest),
        FIXTURE_TEST(a_draw_that_our_chain_does_not_know_waits),
        FIXTURE_TEST(who_is_engaged_waits),
        FIXTURE_TEST(what_does_not_suit_gets_a_signed_no),
        FIXTURE_TEST(nobody_has_two_seats),
        FIXTURE_TEST(nothing_is_said_by_a_restored_channel),
        FIXTURE_TEST(a_signature_of_something_else_changes_nothing),
        FIXTURE_TEST(an_invitation_is_judged_by_itself),
        FIXTURE_TEST(an_invitation_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
