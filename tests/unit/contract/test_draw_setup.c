/* Whether a setup exists for a party, and when it draws; and those who would roll the draw again. */
#include "contract/signed_terms.h"

#include "prometheus/contract/draw.h"

enum { G = 118, DEADLINE = 145 }; /* of valid_terms */

static prom_terms second_setup(fixture *test, const struct cast *cast, const prom_terms *earlier)
{
    const prom_base_signatures signatures = sign_base(test, cast, earlier);
    prom_terms terms = valid_terms(test, cast, 3);
    terms.h = named("another h", 0);
    terms.earlier = signed_bytes(test, earlier, &signatures);
    return terms;
}

static void a_setup_exists_for_who_held_it_before_the_block(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    const prom_terms terms = valid_terms(test, &cast, 3);
    assert_true(prom_setup_exists(&terms, 0));
    assert_true(prom_setup_exists(&terms, G - 1));
    assert_false(prom_setup_exists(&terms, G));
    assert_false(prom_setup_exists(&terms, UINT32_MAX));
    const prom_terms second = second_setup(test, &cast, &terms); /* its block is known to all, and draws nothing anew */
    assert_true(prom_setup_exists(&second, G));
    assert_true(prom_setup_exists(&second, DEADLINE - 1));
    assert_false(prom_setup_exists(&second, DEADLINE));
}

static prom_setup_state seed_of(fixture *test, prom_bytes32 *seed, const prom_terms *terms, prom_setup_view view)
{
    prom_setup_state setup = PROM_SETUP_ENDED;
    assert_ok(prom_setup_seed(&test->arena, &setup, seed, terms, &view, &test->error), &test->error);
    return setup;
}

static void the_seed_is_there_two_blocks_later(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    const prom_terms terms = valid_terms(test, &cast, 3);
    const prom_bytes32 block = named("block g", 0);
    const prom_bytes32 zero = {{0}};
    prom_setup_view view = {.held_tip = G - 1, .tip = G + 2, .block = &block};
    prom_bytes32 expected;
    prom_bytes32 seed;
    prom_bytes32 id;
    assert_ok(prom_terms_setup_id(&test->arena, &id, &terms, &test->error), &test->error);
    prom_draw_seed(&expected, &id, &block);
    assert_int_equal(seed_of(test, &seed, &terms, view), PROM_SETUP_DRAWN);
    assert_true(prom_bytes32_equal(&seed, &expected));

    const prom_terms second = second_setup(test, &cast, &terms);
    view.held_tip = G + 10;
    view.tip = G + 11;
    assert_int_equal(seed_of(test, &seed, &second, view), PROM_SETUP_DRAWN); /* the first one's draw stands */
    assert_true(prom_bytes32_equal(&seed, &expected));
    assert_int_equal(seed_of(test, &seed, &terms, view), PROM_SETUP_VOID);
    assert_true(prom_bytes32_equal(&seed, &zero));
    view.held_tip = UINT32_MAX;
    assert_int_equal(seed_of(test, &seed, &second, view), PROM_SETUP_VOID); /* somebody has not signed */

    view = (prom_setup_view){.held_tip = G - 1, .tip = G + 1, .block = &block};
    assert_int_equal(seed_of(test, &seed, &terms, view), PROM_SETUP_EARLY);
    assert_true(prom_bytes32_equal(&seed, &zero));
    view.tip = G + 2; /* ever seen: on another chain, which is gone */
    view.block = NULL;
    assert_int_equal(seed_of(test, &seed, &terms, view), PROM_SETUP_EARLY);
    prom_terms last = terms;
    last.draw_height = UINT32_MAX; /* no wrap */
    view = (prom_setup_view){.held_tip = 1, .tip = UINT32_MAX, .block = &block};
    assert_int_equal(seed_of(test, &seed, &last, view), PROM_SETUP_EARLY);
}

static void the_draw_stands_from_the_signature_of_tx0_on(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    const prom_terms terms = valid_terms(test, &cast, 3);
    const prom_bytes32 block = named("block g", 0);
    const prom_bytes32 other = named("block g", 1);
    const prom_bytes32 zero = {{0}};
    prom_setup_view view = {.held_tip = G - 1, .tip = G + 5, .block = &block, .drawn = &block};
    prom_bytes32 first;
    prom_bytes32 seed;
    assert_int_equal(seed_of(test, &first, &terms, view), PROM_SETUP_DRAWN);
    view.block = &other;
    assert_int_equal(seed_of(test, &seed, &terms, view), PROM_SETUP_ENDED);
    assert_true(prom_bytes32_equal(&seed, &zero));
    view.block = NULL;
    assert_int_equal(seed_of(test, &seed, &terms, view), PROM_SETUP_ENDED);
    view.signed_tx0 = true;
    assert_int_equal(seed_of(test, &seed, &terms, view), PROM_SETUP_DRAWN);
    assert_true(prom_bytes32_equal(&seed, &first));
    view.block = &other;
    assert_int_equal(seed_of(test, &seed, &terms, view), PROM_SETUP_DRAWN);
    assert_true(prom_bytes32_equal(&seed, &first));
}

/* Base terms as `i` names all that is in them. */
static prom_terms other_setup(fixture *test, const struct cast *cast, size_t i)
{
    prom_terms terms = valid_terms(test, cast, 3);
    for (prom_party party = PROM_PARTY_C; party < PROM_PARTIES; party++) {
        terms.parties[party].key = named_key(test, "party of another setup", 3 * i + party).public_key;
        terms.parties[party].coins[0].outpoint.txid = named("coin of another setup", 3 * i + party);
    }
    return terms;
}

static prom_signed_setup signed_with(const prom_terms *terms, size_t first_node)
{
    return (prom_signed_setup){.terms = terms, .node_keys = {named("node", first_node), named("node", first_node + 1)}};
}

static void no_two_open_setups_share_a_node_or_an_input(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    const prom_terms terms[] = {other_setup(test, &cast, 0), other_setup(test, &cast, 1)};
    prom_terms met = other_setup(test, &cast, 2);
    prom_signed_setup setups[] = {signed_with(&terms[0], 0), signed_with(&terms[1], 2)};
    prom_signed_setup next = signed_with(&met, 4);
    assert_ok(prom_setup_check_apart(setups, 2, &next, 120, &test->error), &test->error);
    assert_ok(prom_setup_check_apart(NULL, 0, &next, 120, &test->error), &test->error);
    for (size_t i = 0; i < 4; i++) {
        next.node_keys[i % 2] = named("node", i);
        assert_fails(prom_setup_check_apart(setups, 2, &next, DEADLINE, &test->error), PROM_CATEGORY_PEER, &test->error,
                     "we have signed terms with one of these nodes: until their setup has ended, or its deadline, "
                     "height 145, has passed, we sign no others");
        assert_ok(prom_setup_check_apart(setups, 2, &next, DEADLINE + 1, &test->error), &test->error);
        setups[i / 2].ended = true;
        assert_ok(prom_setup_check_apart(setups, 2, &next, DEADLINE, &test->error), &test->error);
        setups[i / 2].ended = false;
        next = signed_with(&met, 4);
    }
    setups[0].node_keys[1] = next.node_keys[0] = (prom_bytes32){{0}}; /* C is its own V, in both */
    assert_ok(prom_setup_check_apart(setups, 2, &next, 120, &test->error), &test->error);
    next.node_keys[1] = setups[0].node_keys[0]; /* and W the same */
    assert_fails(prom_setup_check_apart(setups, 2, &next, 120, &test->error), PROM_CATEGORY_PEER, &test->error,
                 "we have signed terms with one of these nodes");
    next = signed_with(&met, 4);
    for (size_t i = 0; i < 9; i++) { /* of whomever the coin is there, and here */
        prom_coin *coin = &met.parties[i % 3].coins[1];
        *coin = terms[1].parties[i / 3].coins[0];
        met.parties[i % 3].coin_count = 2;
        assert_fails(prom_setup_check_apart(setups, 2, &next, 120, &test->error), PROM_CATEGORY_PEER, &test->error,
                     "and so do terms that we have signed: until their setup has ended, or its deadline, height 145");
        coin->outpoint.index++;
        assert_ok(prom_setup_check_apart(setups, 2, &next, 120, &test->error), &test->error);
        met.parties[i % 3].coin_count = 1;
    }
}

enum { POOL = 40, OWNED = 10, SEATS = 3, QUORUM = 2, SETUPS = 300 };

/* Whether the coalition, which owns the first offers, has enough of the seats that this setup draws for W. */
static bool is_won(fixture *test, const prom_terms *terms, const prom_setup_view *view, bool *exists)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_outpoint offers[POOL];
    prom_draw_list drawn;
    prom_draw_list seats;
    prom_setup_state setup = PROM_SETUP_VOID;
    prom_bytes32 seed;
    size_t owned = 0;
    prom_arena_init(&arena, (size_t)1 << 20);
    for (uint32_t i = 0; i < POOL; i++) {
        offers[i] = (prom_outpoint){named("offer", i), i};
    }
    assert_ok(prom_setup_seed(&arena, &setup, &seed, terms, view, &test->error), &test->error);
    *exists = setup == PROM_SETUP_DRAWN;
    assert_ok(prom_draw_order(&arena, &drawn, &seed, offers, POOL, &test->error), &test->error);
    assert_ok(prom_draw_seats(&arena, &seats, &drawn, &drawn, &(prom_draw_list){0}, SEATS, &test->error), &test->error);
    for (size_t i = 0; i < SEATS; i++) {
        owned += seats.offers[i].index < OWNED;
    }
    return *exists && owned >= QUORUM;
}

static prom_terms setup_number(fixture *test, const struct cast *cast, size_t i)
{
    prom_terms terms = valid_terms(test, cast, 3);
    terms.parties[PROM_PARTY_V].payout = named_key(test, "payout of a setup", i).public_key;
    return terms;
}

/* C and V, one person, would own the arbiters. V signs last: it waits for block g, and signs where the draw suits it.
 * What it leaves unsigned W has never held, nobody remembers, and C begins anew. W that asks when it came to hold the
 * third signature draws nothing from it. */
static void a_third_signature_that_comes_after_the_block(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    const double chance = prom_pool_chance(SEATS, QUORUM, OWNED, POOL);
    size_t made[2] = {0}; /* without the rule, and with it */
    size_t in_time = 0;
    for (size_t i = 0; i < SETUPS; i++) {
        const prom_terms terms = setup_number(test, &cast, i);
        const prom_bytes32 block = named("block g of a setup", i);
        const prom_setup_view late[] = {{.held_tip = G - 1, .tip = G + 2, .block = &block}, /* what W does not ask */
                                        {.held_tip = G, .tip = G + 2, .block = &block}};
        bool exists = false;
        const bool suits = is_won(test, &terms, &late[0], &exists);
        for (size_t rule = 0; rule < 2; rule++) {
            if (suits) { /* it signs */
                (void)is_won(test, &terms, &late[rule], &exists);
                made[rule] += exists;
            }
        }
        in_time += suits; /* had it signed each, before it knew */
    }
    assert_true((double)made[0] > 0.6 * chance * SETUPS); /* every one that came to be is its own */
    assert_int_equal(made[1], 0);
    assert_true((double)in_time < 1.4 * chance * SETUPS); /* who signs in time has the chance that its offers bought */
}

/* W signs many base terms with the same two at once: the draw of one of them suits them. */
static void many_setups_at_once(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    enum { AT_ONCE = 60 };
    const prom_bytes32 block = named("block g of all", 0);
    const prom_setup_view view = {.held_tip = G - 1, .tip = G + 2, .block = &block};
    prom_terms terms[AT_ONCE];
    prom_signed_setup setups[AT_ONCE];
    size_t count = 0;
    size_t without = 0;
    size_t with = 0;
    for (size_t i = 0; i < AT_ONCE; i++) {
        bool exists = false;
        terms[i] = setup_number(test, &cast, i);
        const prom_signed_setup next = signed_with(&terms[i], 0);
        const bool suits = is_won(test, &terms[i], &view, &exists);
        without += suits;
        if (prom_is_ok(prom_setup_check_apart(setups, count, &next, G - 1, &test->error))) {
            setups[count++] = next;
            with += suits;
        }
    }
    assert_true(without > 1); /* there is one to choose */
    assert_int_equal(count, 1);
    assert_int_equal(with, 0); /* the first that it signed is none of them */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_setup_exists_for_who_held_it_before_the_block),
        FIXTURE_TEST(the_seed_is_there_two_blocks_later),
        FIXTURE_TEST(the_draw_stands_from_the_signature_of_tx0_on),
        FIXTURE_TEST(no_two_open_setups_share_a_node_or_an_input),
        FIXTURE_TEST(a_third_signature_that_comes_after_the_block),
        FIXTURE_TEST(many_setups_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
