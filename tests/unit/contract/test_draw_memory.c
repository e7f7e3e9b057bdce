#include "contract/signed_terms.h"

#include "prometheus/contract/draw.h"

/* The two others of an aborted setup, their coins, and a draw of theirs. */
struct scene {
    prom_outpoint coins[2][2];
    prom_draw_partner partners[PROM_DRAW_PARTNERS];
    prom_aborted_draw draw;
};

static prom_draw_partner partner_of(prom_bytes32 node_key, const prom_outpoint *coins, size_t count)
{
    return (prom_draw_partner){.node_key = node_key, .coins = coins, .coin_count = count};
}

static void make_scene(struct scene *scene)
{
    for (size_t i = 0; i < 2; i++) {
        for (size_t j = 0; j < 2; j++) {
            scene->coins[i][j] = (prom_outpoint){named("coin", i), (uint32_t)j};
        }
        scene->partners[i] = partner_of(named("node", i), scene->coins[i], 2);
    }
    scene->draw = (prom_aborted_draw){
        .draw_height = 500, .aborted_height = 510, .partners = {scene->partners[0], scene->partners[1]}};
}

static prom_known_draw known_draw(const struct scene *scene, prom_draw_partner first, prom_draw_partner second,
                                  uint32_t tip)
{
    const prom_draw_partner met[] = {first, second};
    return prom_draw_binding(&scene->draw, 1, met, tip);
}

static bool binds(const struct scene *scene, prom_draw_partner first, prom_draw_partner second, uint32_t tip)
{
    return known_draw(scene, first, second, tip).draw == &scene->draw;
}

static void the_same_three_are_known_again(void **state)
{
    struct scene scene;
    (void)state;
    make_scene(&scene);
    const prom_draw_partner *known = scene.partners;
    const prom_draw_partner renamed = partner_of(named("another node", 0), scene.coins[0] + 1, 1);
    const prom_draw_partner moved = partner_of(named("node", 1), NULL, 0);
    const prom_outpoint elsewhere = {named("coin", 9), 0};
    const prom_draw_partner stranger = partner_of(named("another node", 1), &elsewhere, 1);
    assert_true(binds(&scene, known[0], known[1], 511));
    assert_true(binds(&scene, known[1], known[0], 511)); /* in other roles */
    assert_true(binds(&scene, renamed, moved, 511));     /* by one coin, by the node alone */
    assert_true(binds(&scene, moved, renamed, 511));
    assert_false(binds(&scene, known[0], stranger, 511)); /* others, another draw */
    assert_false(binds(&scene, stranger, known[1], 511));
    assert_false(binds(&scene, known[0], known[0], 511)); /* one of them twice is not both */
}

static void draws_are_remembered_for_a_week(void **state)
{
    struct scene scene;
    (void)state;
    make_scene(&scene);
    assert_true(binds(&scene, scene.partners[0], scene.partners[1], 510 + 1008));
    assert_false(binds(&scene, scene.partners[0], scene.partners[1], 510 + 1009));
    scene.draw.aborted_height = UINT32_MAX; /* no wrap */
    assert_true(binds(&scene, scene.partners[0], scene.partners[1], UINT32_MAX));
}

static void the_oldest_draw_binds(void **state)
{
    struct scene scene;
    (void)state;
    make_scene(&scene);
    prom_aborted_draw draws[] = {scene.draw, scene.draw, scene.draw};
    draws[1].draw_height = 400;
    draws[1].aborted_height = 600;
    draws[2].draw_height = 450;
    assert_ptr_equal(prom_draw_binding(draws, 3, scene.partners, 700).draw, &draws[1]);
    assert_int_equal(prom_draw_count_aborted(draws, 3, 700), 3);
    assert_ptr_equal(prom_draw_binding(draws, 3, scene.partners, 1518).draw, &draws[1]);
    assert_int_equal(prom_draw_count_aborted(draws, 3, 1519), 1);
    draws[1].aborted_height = 410; /* forgotten before the others */
    assert_ptr_equal(prom_draw_binding(draws, 3, scene.partners, 1518).draw, &draws[2]);
    assert_null(prom_draw_binding(draws, 3, scene.partners, 1519).draw);
    assert_null(prom_draw_binding(NULL, 0, scene.partners, 700).draw);
}

/* Signatures of the base terms that are others, and as valid: BIP 340 lets their signer choose. */
static prom_base_signatures sign_again(fixture *test, const struct cast *cast, const prom_terms *terms)
{
    const prom_bytes32 auxiliary = named("other randomness", 0);
    prom_base_signatures signatures = sign_base(test, cast, terms);
    prom_bytes32 id;
    assert_ok(prom_terms_setup_id(&test->arena, &id, terms, &test->error), &test->error);
    assert_ok(
        prom_sign(test->curve, &signatures.by[PROM_PARTY_C], &id, &cast->party[PROM_PARTY_C], &auxiliary, &test->error),
        &test->error);
    return signatures;
}

/* Terms of the same three that carry `earlier`. */
static prom_terms next_terms(fixture *test, const struct cast *cast, prom_span earlier)
{
    prom_terms terms = valid_terms(test, cast, 3);
    terms.h = named("another h", 0);
    terms.earlier = earlier;
    return terms;
}

static void terms_carry_the_draw_that_binds(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    struct scene scene;
    const prom_terms aborted = valid_terms(test, &cast, 3);
    const prom_base_signatures signatures = sign_base(test, &cast, &aborted);
    const prom_base_signatures others = sign_again(test, &cast, &aborted);
    make_scene(&scene);
    scene.draw.signed_terms = signed_bytes(test, &aborted, &signatures);
    const prom_known_draw known = prom_draw_binding(&scene.draw, 1, scene.partners, 511);
    assert_ptr_equal(known.draw, &scene.draw);
    assert_true(known.certain);

    prom_terms terms = next_terms(test, &cast, scene.draw.signed_terms);
    assert_ok(prom_terms_check_base(test->curve, &terms, &test->error), &test->error);
    assert_ok(prom_draw_check_earlier(&test->arena, &terms, &known, &test->error), &test->error);
    assert_fails(prom_draw_check_earlier(&test->arena, &terms, NULL, &test->error), PROM_CATEGORY_PEER, &test->error,
                 "the draw of an earlier setup that we know nothing of");

    /* C signed it once for W and once for V: what the one carries the other knows as well. */
    terms = next_terms(test, &cast, signed_bytes(test, &aborted, &others));
    assert_false(prom_span_equal(terms.earlier, scene.draw.signed_terms));
    assert_ok(prom_terms_check_base(test->curve, &terms, &test->error), &test->error);
    assert_ok(prom_draw_check_earlier(&test->arena, &terms, &known, &test->error), &test->error);

    static const char *const stands =
        "the terms do not carry the draw of block 500, of a setup of the same three that was aborted: it stands "
        "until block 1518";
    prom_terms another = aborted;
    another.retention++;
    const prom_base_signatures of_another = sign_base(test, &cast, &another);
    terms = next_terms(test, &cast, signed_bytes(test, &another, &of_another));
    assert_ok(prom_terms_check_base(test->curve, &terms, &test->error), &test->error);
    assert_fails(prom_draw_check_earlier(&test->arena, &terms, &known, &test->error), PROM_CATEGORY_PEER, &test->error,
                 stands);
    terms.earlier.length--;
    assert_fails(prom_draw_check_earlier(&test->arena, &terms, &known, &test->error), PROM_CATEGORY_PEER, &test->error,
                 stands);
    terms.earlier.length = 0;
    assert_fails(prom_draw_check_earlier(&test->arena, &terms, &known, &test->error), PROM_CATEGORY_PEER, &test->error,
                 stands);
    assert_ok(prom_draw_check_earlier(&test->arena, &terms, NULL, &test->error), &test->error);
}

static prom_tx *spend_of(fixture *test, prom_outpoint coin, size_t outputs)
{
    prom_tx *tx = NULL;
    assert_ok(prom_tx_new(&test->arena, &tx, 2, outputs, &test->error), &test->error);
    tx->inputs[0].outpoint = (prom_outpoint){named("another coin", 0), 0};
    tx->inputs[1].outpoint = coin;
    return tx;
}

/* A partner that moves its coins is known by where they went, however often. */
static void coins_are_followed(void **state)
{
    fixture *test = *state;
    struct scene scene;
    make_scene(&scene);
    prom_draw_partner *partner = &scene.draw.partners[0];
    prom_outpoint coin = scene.coins[0][1];
    for (size_t hop = 0; hop < 3; hop++) {
        const prom_bytes32 txid = named("hop", hop);
        const prom_tx *tx = spend_of(test, coin, 3);
        assert_ok(prom_draw_follow(&test->arena, partner, tx, &txid, &test->error), &test->error);
        assert_int_equal(partner->followed_count, 3 * (hop + 1));
        assert_ok(prom_draw_follow(&test->arena, partner, tx, &txid, &test->error), &test->error); /* seen twice */
        assert_int_equal(partner->followed_count, 3 * (hop + 1));
        coin = (prom_outpoint){txid, 2};
        const prom_draw_partner met = partner_of(named("another node", hop), &coin, 1);
        assert_true(binds(&scene, met, scene.partners[1], 600));
    }
    const prom_bytes32 txid = named("elsewhere", 0);
    const prom_tx *elsewhere = spend_of(test, (prom_outpoint){named("coin", 7), 0}, 3);
    assert_ok(prom_draw_follow(&test->arena, partner, elsewhere, &txid, &test->error), &test->error);
    assert_int_equal(partner->followed_count, 9);
}

/* Whoever is paid by a partner has its coins, and not its memory: nobody who was not in a setup is held to its draw, or
 * two hostile partners could keep a node from all whom they have paid, for a week. */
static void payees_are_not_held_to_the_draw(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    struct scene scene;
    prom_outpoint paid[PROM_DRAW_PARTNERS];
    prom_draw_partner payees[PROM_DRAW_PARTNERS];
    const prom_terms aborted = valid_terms(test, &cast, 3);
    const prom_base_signatures signatures = sign_base(test, &cast, &aborted);
    make_scene(&scene);
    scene.draw.signed_terms = signed_bytes(test, &aborted, &signatures);
    for (size_t i = 0; i < PROM_DRAW_PARTNERS; i++) {
        const prom_bytes32 txid = named("payment", i);
        const prom_tx *tx = spend_of(test, scene.coins[i][0], 2);
        assert_ok(prom_draw_follow(&test->arena, &scene.draw.partners[i], tx, &txid, &test->error), &test->error);
        paid[i] = (prom_outpoint){txid, 0};
        payees[i] = partner_of(named("payee", i), &paid[i], 1);
    }
    const prom_terms fresh = next_terms(test, &cast, prom_span_of(NULL, 0));
    const prom_terms carrying = next_terms(test, &cast, scene.draw.signed_terms);
    prom_known_draw known = known_draw(&scene, payees[0], payees[1], 511);
    assert_ptr_equal(known.draw, &scene.draw);
    assert_false(known.certain);
    assert_ok(prom_draw_check_earlier(&test->arena, &fresh, &known, &test->error), &test->error);
    assert_ok(prom_draw_check_earlier(&test->arena, &carrying, &known, &test->error), &test->error); /* the same two */
    known = known_draw(&scene, scene.partners[0], payees[1], 511); /* one of the old, and one whom the other paid */
    assert_false(known.certain);
    assert_ok(prom_draw_check_earlier(&test->arena, &fresh, &known, &test->error), &test->error);
    assert_int_equal(prom_draw_count_aborted(&scene.draw, 1, 511), 1); /* one more roll, and it is seen */

    prom_aborted_draw draws[] = {scene.draw, scene.draw}; /* what is certain binds before what is older */
    draws[0].partners[1].node_key = named("another node", 1);
    draws[0].draw_height--;
    known = prom_draw_binding(draws, 2, scene.partners, 511);
    assert_ptr_equal(known.draw, &draws[1]);
    assert_true(known.certain);
}

/* A partner that has named T:0 as its own coin before there was a T is followed to T:1 all the same. */
static void coins_named_beforehand_hide_nothing(void **state)
{
    fixture *test = *state;
    struct scene scene;
    make_scene(&scene);
    const prom_bytes32 txid = named("T", 0);
    const prom_outpoint coins[] = {scene.coins[0][0], {txid, 0}};
    prom_draw_partner *partner = &scene.draw.partners[0];
    partner->coins = coins;
    assert_ok(prom_draw_follow(&test->arena, partner, spend_of(test, coins[0], 2), &txid, &test->error), &test->error);
    const prom_outpoint rest = {txid, 1};
    assert_true(binds(&scene, partner_of(named("another node", 0), &rest, 1), scene.partners[1], 600));
}

/* A long chain of spends costs memory in proportion; and past a limit it is followed no further. */
static void what_is_followed_is_bounded(void **state)
{
    fixture *test = *state;
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_outpoint coin = {named("chain", 0), 0};
    const prom_outpoint first = coin;
    prom_draw_partner partner = partner_of(named("node", 0), &first, 1);
    prom_tx *tx = spend_of(test, coin, 1);
    prom_arena_init(&arena, (size_t)1 << 26);
    for (size_t i = 1; i <= 2500; i++) {
        const prom_bytes32 txid = named("chain", i);
        tx->inputs[1].outpoint = coin;
        assert_ok(prom_draw_follow(&arena, &partner, tx, &txid, &test->error), &test->error);
        coin = (prom_outpoint){txid, 0};
    }
    assert_int_equal(partner.followed_count, 2500);
    assert_true(arena.used < (size_t)4 * 2500 * sizeof coin);
    const prom_bytes32 txid = named("wide", 0);
    tx = spend_of(test, coin, 2 * PROM_DRAW_FOLLOWED_MAX);
    assert_ok(prom_draw_follow(&arena, &partner, tx, &txid, &test->error), &test->error);
    assert_int_equal(partner.followed_count, PROM_DRAW_FOLLOWED_MAX);
    const size_t used = arena.used;
    const prom_bytes32 last = named("last", 0);
    tx = spend_of(test, (prom_outpoint){txid, 0}, 1);
    assert_ok(prom_draw_follow(&arena, &partner, tx, &last, &test->error), &test->error);
    assert_int_equal(partner.followed_count, PROM_DRAW_FOLLOWED_MAX);
    assert_int_equal(arena.used, used);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_three_are_known_again),
        cmocka_unit_test(draws_are_remembered_for_a_week),
        cmocka_unit_test(the_oldest_draw_binds),
        FIXTURE_TEST(terms_carry_the_draw_that_binds),
        FIXTURE_TEST(coins_are_followed),
        FIXTURE_TEST(payees_are_not_held_to_the_draw),
        FIXTURE_TEST(coins_named_beforehand_hide_nothing),
        FIXTURE_TEST(what_is_followed_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
