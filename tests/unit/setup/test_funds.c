#include "setup/invited.h"

static bool is_reserved(const struct actor *arbiter)
{
    prom_signed_setup setup;
    return prom_channel_signed_setup(arbiter->channel, &setup) && !setup.looks_up;
}

/* Nothing is said, and the offer not held, before the coins of all three are seen. */
static void a_yes_waits_for_the_coins(void **state)
{
    struct actor *arbiter = NULL;
    prom_message message;
    struct setting *it = invited(state, &arbiter, &message);
    it->chain_away = true;
    assert_int_equal(invite(it, arbiter, &message), PROM_TAKEN);
    serve(it, arbiter);
    assert_phase(arbiter, PROM_SETUP_SEATING);
    assert_int_equal(it->mail_count, 0);
    assert_false(is_reserved(arbiter));
    it->chain_away = false;
    serve(it, arbiter);
    assert_int_equal(it->mail_count, 3);
    assert_true(it->mail[0].message.as.seat.yes);
    assert_true(is_reserved(arbiter));
    setting_free(it);
}

static void who_has_no_coins_gets_a_no(void **state)
{
    for (prom_party party = PROM_PARTY_C; party < PROM_PARTIES; party++) {
        struct actor *arbiter = NULL;
        prom_message message;
        struct setting *it = invited(state, &arbiter, &message);
        it->penniless = 1 + (size_t)party;
        assert_int_equal(invite(it, arbiter, &message), PROM_TAKEN);
        serve(it, arbiter);
        assert_int_equal(it->mail_count, 3);
        assert_false(it->mail[0].message.as.seat.yes);
        assert_phase(arbiter, PROM_SETUP_OVER);
        assert_non_null(strstr(arbiter->channel->facts.setup.reason, "the coin "));
        setting_free(it);
    }
}

/* Several are looked up at once; the first whose coins are there has the offer, and nothing is said to the others. */
static void the_first_with_coins_has_the_offer(void **state)
{
    struct actor *arbiter = NULL;
    prom_message message;
    struct setting *it = invited(state, &arbiter, &message);
    prom_terms other = {.setup_deadline = arbiter->own_tip};
    prom_signed_setup setup = {.terms = &other, .offer = arbiter->config.announcement.offer};
    it->chain_away = true;
    assert_int_equal(invite(it, arbiter, &message), PROM_TAKEN);
    arbiter->view.setups = &setup;
    arbiter->view.setup_count = 1;
    it->chain_away = false;
    serve(it, arbiter);
    assert_phase(arbiter, PROM_SETUP_OVER);
    assert_int_equal(it->mail_count, 0);
    setting_free(it);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_yes_waits_for_the_coins),
        FIXTURE_TEST(who_has_no_coins_gets_a_no),
        FIXTURE_TEST(the_first_with_coins_has_the_offer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
