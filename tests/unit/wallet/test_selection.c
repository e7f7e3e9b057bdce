#include "support.h"

#include "wallet/selection.h"

enum { P2TR_INPUT = 230, P2TR_OUTPUT = 172, BASE = 4 * (4 + 4 + 1 + 43) + 2, DUST = 330 };

static uint64_t sat(prom_amount amount)
{
    uint64_t number = 0;
    assert_true(prom_amount_get(amount, &number));
    return number;
}

static prom_selection_wish wish_of(uint64_t target, uint32_t feerate)
{
    return (prom_selection_wish){.target = prom_amount_of(target),
                                 .weight = BASE,
                                 .change_weight = P2TR_OUTPUT,
                                 .respend = P2TR_INPUT,
                                 .dust = prom_amount_of(DUST),
                                 .feerate = feerate,
                                 .fee_max = prom_amount_of(1000000)};
}

struct pick {
    fixture *test;
    prom_selectable coins[64];
    size_t count;
    prom_selection selection;
};

static struct pick pick_of(fixture *test, const uint64_t *values, size_t count)
{
    struct pick pick = {.test = test, .count = count};
    for (size_t i = 0; i < count; i++) {
        pick.coins[i] = (prom_selectable){prom_amount_of(values[i]), P2TR_INPUT};
    }
    return pick;
}

static prom_result make(struct pick *pick, const prom_selection_wish *wish)
{
    return prom_selection_make(&pick->test->arena, &pick->selection, pick->coins, pick->count, wish,
                               &pick->test->error);
}

/* Fees in sat for 1000 vB, rounded up twice: to whole virtual bytes, and to whole sat. */
static void fees(void **state)
{
    (void)state;
    assert_int_equal(sat(prom_fee_of_weight(1000, 400)), 100);
    assert_int_equal(sat(prom_fee_of_weight(1000, 401)), 101);
    assert_int_equal(sat(prom_fee_of_weight(100, 400)), 10);
    assert_int_equal(sat(prom_fee_of_weight(101, 400)), 11);
    assert_int_equal(sat(prom_fee_of_weight(0, 400)), 0);
    assert_int_equal(sat(prom_fee_of_weight(UINT32_MAX, 400000)), 429496729500);
}

static void no_change_where_coins_fit(void **state)
{
    const uint64_t values[] = {100000, 30000, 20000, 70000, 500000};
    struct pick pick = pick_of(*state, values, COUNT_OF(values));
    prom_selection_wish wish = wish_of(0, 1000);
    const uint64_t fee = sat(prom_fee_of_weight(1000, BASE + 4 + 2 * P2TR_INPUT));
    wish.target = prom_amount_of(100000 - fee); /* 30,000 and 70,000 fit; 100,000 pays too much */
    assert_ok(make(&pick, &wish), &pick.test->error);
    assert_int_equal(pick.selection.count, 2);
    assert_int_equal(pick.selection.chosen[0], 1);
    assert_int_equal(pick.selection.chosen[1], 3);
    assert_int_equal(sat(pick.selection.change), 0);
    assert_int_equal(sat(pick.selection.fee), fee);
    wish.target = prom_amount_of(100000 - fee - 50); /* 50 sat are less than a change costs */
    assert_ok(make(&pick, &wish), &pick.test->error);
    assert_int_equal(pick.selection.count, 2);
    assert_int_equal(sat(pick.selection.change), 0);
    assert_int_equal(sat(pick.selection.fee), fee + 50);
}

static void one_coin_before_several(void **state)
{
    const uint64_t values[] = {100000, 30000, 20000, 70000, 500000};
    struct pick pick = pick_of(*state, values, COUNT_OF(values));
    prom_selection_wish wish = wish_of(60000, 1000);
    assert_ok(make(&pick, &wish), &pick.test->error);
    assert_int_equal(pick.selection.count, 1);
    assert_int_equal(pick.selection.chosen[0], 3);
    const uint64_t fee = sat(prom_fee_of_weight(1000, BASE + 4 + P2TR_INPUT + P2TR_OUTPUT));
    assert_int_equal(sat(pick.selection.fee), fee);
    assert_int_equal(sat(pick.selection.change), 70000 - 60000 - fee);
    const uint64_t bare = sat(prom_fee_of_weight(1000, BASE + 4 + P2TR_INPUT));
    wish.target = prom_amount_of(70000 - bare - 200); /* it would leave what is no change, and too much to give away */
    assert_ok(make(&pick, &wish), &pick.test->error);
    assert_int_equal(pick.selection.count, 1);
    assert_int_equal(pick.selection.chosen[0], 0);
    wish.target = prom_amount_of(590000); /* the largest two */
    assert_ok(make(&pick, &wish), &pick.test->error);
    assert_int_equal(pick.selection.count, 2);
    assert_int_equal(pick.selection.chosen[0], 0);
    assert_int_equal(pick.selection.chosen[1], 4);
}

/* Where all coins leave less than dust, that is fee; where they do not suffice, the numbers are told. */
static void what_is_left_is_never_dust(void **state)
{
    const uint64_t values[] = {100000};
    struct pick pick = pick_of(*state, values, COUNT_OF(values));
    const uint64_t bare = sat(prom_fee_of_weight(1000, BASE + 4 + P2TR_INPUT));
    const uint64_t changed = sat(prom_fee_of_weight(1000, BASE + 4 + P2TR_INPUT + P2TR_OUTPUT));
    prom_selection_wish wish = wish_of(100000 - changed - DUST, 1000);
    assert_ok(make(&pick, &wish), &pick.test->error);
    assert_int_equal(sat(pick.selection.change), DUST);
    wish = wish_of(100000 - changed - DUST + 1, 1000);
    assert_ok(make(&pick, &wish), &pick.test->error);
    assert_int_equal(sat(pick.selection.change), 0);
    assert_int_equal(sat(pick.selection.fee), changed + DUST - 1);
    wish = wish_of(100000 - bare, 1000);
    assert_ok(make(&pick, &wish), &pick.test->error);
    assert_int_equal(sat(pick.selection.fee), bare);
    wish = wish_of(100000 - bare + 1, 1000);
    assert_fails(make(&pick, &wish), PROM_CATEGORY_BAD_INPUT, &pick.test->error, "hold 100000 sat");
    pick.count = 0;
    assert_fails(make(&pick, &wish), PROM_CATEGORY_BAD_INPUT, &pick.test->error, "hold 0 sat");
}

static void everything(void **state)
{
    const uint64_t values[] = {100000, 57, 58, 30000, 1};
    struct pick pick = pick_of(*state, values, COUNT_OF(values));
    prom_selection_wish wish = wish_of(0, 1000);
    wish.all = true;
    assert_ok(make(&pick, &wish), &pick.test->error);
    assert_int_equal(pick.selection.count, 2); /* an input costs 58 sat: what holds no more is left */
    assert_int_equal(sat(pick.selection.sum), 130000);
    assert_int_equal(sat(pick.selection.change), 0);
    assert_int_equal(sat(pick.selection.fee), sat(prom_fee_of_weight(1000, BASE + 4 + 2 * P2TR_INPUT)));
    wish.feerate = 10;
    assert_ok(make(&pick, &wish), &pick.test->error);
    assert_int_equal(pick.selection.count, 4); /* at 1 sat the fifth brings nothing */
}

static void no_fee_above_what_it_may_be(void **state)
{
    const uint64_t values[] = {100000};
    struct pick pick = pick_of(*state, values, COUNT_OF(values));
    prom_selection_wish wish = wish_of(50000, 1000);
    assert_ok(make(&pick, &wish), &pick.test->error);
    wish.fee_max = pick.selection.fee;
    assert_ok(make(&pick, &wish), &pick.test->error);
    wish.fee_max = prom_amount_subtract(wish.fee_max, prom_amount_of(1));
    assert_fails(make(&pick, &wish), PROM_CATEGORY_BAD_INPUT, &pick.test->error, "is the most it may be");
    wish = wish_of(50000, 1000);
    wish.fee_max = prom_amount_invalid();
    assert_fails(make(&pick, &wish), PROM_CATEGORY_BAD_INPUT, &pick.test->error, "is the most it may be");
}

/* Coins that must go go first, whatever they bring; others are added where they do not suffice. */
static void required_coins_go(void **state)
{
    const uint64_t values[] = {30000, 20, 500000, 70000};
    struct pick pick = pick_of(*state, values, COUNT_OF(values));
    prom_selection_wish wish = wish_of(10000, 1000);
    wish.required = 2;
    assert_ok(make(&pick, &wish), &pick.test->error);
    assert_int_equal(pick.selection.count, 2);
    assert_int_equal(sat(pick.selection.sum), 30020);
    assert_int_equal(sat(pick.selection.change), 20020 - sat(pick.selection.fee));
    wish.target = prom_amount_of(60000);
    assert_ok(make(&pick, &wish), &pick.test->error);
    assert_int_equal(pick.selection.count, 3);
    assert_int_equal(pick.selection.chosen[0], 0);
    assert_int_equal(pick.selection.chosen[1], 1);
    assert_int_equal(pick.selection.chosen[2], 3);
    wish.target = prom_amount_of(0);
    wish.all = true;
    pick.count = 2;
    assert_ok(make(&pick, &wish), &pick.test->error);
    assert_int_equal(pick.selection.count, 2);
}

/* What takes the place of another pays that one's fee, and for its own size (BIP 125, rules 3 and 4). */
static void what_is_replaced_is_outbid(void **state)
{
    const uint64_t values[] = {500000};
    struct pick pick = pick_of(*state, values, COUNT_OF(values));
    prom_selection_wish wish = wish_of(100000, 2000);
    const uint64_t own = sat(prom_fee_of_weight(1000, BASE + 4 + P2TR_INPUT + P2TR_OUTPUT));
    wish.replaced = prom_amount_of(5000);
    wish.incremental = 1000;
    assert_ok(make(&pick, &wish), &pick.test->error);
    assert_int_equal(sat(pick.selection.fee), 5000 + own);
    wish.feerate = 200000;
    assert_ok(make(&pick, &wish), &pick.test->error);
    assert_int_equal(sat(pick.selection.fee), sat(prom_fee_of_weight(200000, BASE + 4 + P2TR_INPUT + P2TR_OUTPUT)));
}

/* Many coins of one value, of which no sum fits: the search ends. */
static void a_search_ends(void **state)
{
    uint64_t values[64];
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        values[i] = 100000 + (uint64_t)i * 7919 % 1000;
    }
    struct pick pick = pick_of(*state, values, COUNT_OF(values));
    prom_selection_wish wish = wish_of(3150000, 1000);
    wish.change_weight = 1; /* next to nothing may be given away */
    wish.respend = 1;
    assert_ok(make(&pick, &wish), &pick.test->error);
    assert_true(pick.selection.count >= 31 && pick.selection.count <= 33);
}

/* Whether some of the coins pay the target, with `spare` sat to spare. */
static bool can_pay(const struct pick *pick, const prom_selection_wish *wish, uint64_t spare)
{
    for (size_t set = 1; set < (size_t)1 << pick->count; set++) {
        uint64_t sum = 0;
        size_t weight = wish->weight + 4;
        for (size_t i = 0; i < pick->count; i++) {
            sum += (set >> i & 1) != 0 ? sat(pick->coins[i].value) : 0;
            weight += (set >> i & 1) != 0 ? pick->coins[i].weight : 0;
        }
        if (sum >= sat(wish->target) + sat(prom_fee_of_weight(wish->feerate, weight)) + spare) {
            return true;
        }
    }
    return false;
}

static void check(const struct pick *pick, const prom_selection_wish *wish)
{
    uint64_t sum = 0;
    const prom_selection *selection = &pick->selection;
    const uint64_t change = sat(selection->change);
    size_t weight = wish->weight + 4 + (change > 0 ? wish->change_weight : 0);
    for (size_t i = 0; i < selection->count; i++) {
        const prom_selectable *coin = &pick->coins[selection->chosen[i]];
        assert_true(i == 0 || selection->chosen[i] > selection->chosen[i - 1]);
        assert_true(selection->chosen[i] < pick->count);
        sum += sat(coin->value);
        weight += coin->weight;
    }
    const uint64_t fee = sat(prom_fee_of_weight(wish->feerate, weight));
    assert_int_equal(sum, sat(selection->sum));
    assert_int_equal(sum, sat(wish->target) + change + sat(selection->fee));
    assert_true(change == 0 || change >= DUST);
    assert_true(sat(selection->fee) >= fee && sat(selection->fee) <= sat(wish->fee_max));
    const uint64_t given_away = sat(prom_fee_of_weight(wish->feerate, wish->change_weight)) + 2 +
                                (DUST > sat(prom_fee_of_weight(wish->feerate, wish->respend))
                                     ? DUST
                                     : sat(prom_fee_of_weight(wish->feerate, wish->respend)));
    assert_true(change > 0 ? sat(selection->fee) == fee : sat(selection->fee) - fee <= given_away);
}

/* Every choice adds up, pays its fee and no more than a change would cost, and makes no dust; and where any of the
 * coins suffice, there is a choice. */
static void random_coins(void **state)
{
    uint64_t random = 14;
    size_t made = 0;
    size_t without = 0;
    for (size_t round = 0; round < 3000; round++) {
        uint64_t values[8];
        const size_t count = random_below(&random, COUNT_OF(values) + 1);
        const uint64_t scale = (uint64_t)1 << random_below(&random, 24);
        for (size_t i = 0; i < count; i++) {
            values[i] = 1 + random_below(&random, 1000 + scale);
        }
        struct pick pick = pick_of(*state, values, count);
        for (size_t i = 0; i < count; i++) {
            pick.coins[i].weight = random_below(&random, 3) == 0 ? 272 : P2TR_INPUT;
        }
        const uint32_t feerate = (uint32_t)(1 + random_below(&random, random_below(&random, 2) == 0 ? 2000 : 200000));
        prom_selection_wish wish = wish_of(1 + random_below(&random, (1000 + scale) * (count + 1) / 2), feerate);
        wish.fee_max = prom_amount_of(PROM_AMOUNT_MAX);
        const prom_result result = make(&pick, &wish);
        if (prom_is_ok(result)) {
            check(&pick, &wish);
            made++;
            without += prom_amount_is_zero(pick.selection.change) ? 1 : 0;
        } else {
            assert_int_equal(result.category, PROM_CATEGORY_BAD_INPUT);
            assert_false(can_pay(&pick, &wish, 9 + feerate / 1000)); /* rounding */
        }
        prom_arena_free(&pick.test->arena);
    }
    assert_true(made > 1000 && without > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(fees),
        FIXTURE_TEST(no_change_where_coins_fit),
        FIXTURE_TEST(one_coin_before_several),
        FIXTURE_TEST(what_is_left_is_never_dust),
        FIXTURE_TEST(everything),
        FIXTURE_TEST(no_fee_above_what_it_may_be),
        FIXTURE_TEST(required_coins_go),
        FIXTURE_TEST(what_is_replaced_is_outbid),
        FIXTURE_TEST(a_search_ends),
        FIXTURE_TEST(random_coins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
