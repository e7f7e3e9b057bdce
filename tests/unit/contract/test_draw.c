#include "support.h"

#include "prometheus/contract/draw.h"

enum { OFFERS = 12, SEATS = 3 };

static prom_outpoint outpoint_of_hex(const char *text)
{
    uint8_t bytes[36];
    prom_outpoint outpoint;
    assert_true(prom_hex_parse(bytes, sizeof bytes, text, strlen(text)));
    prom_reader reader = prom_reader_of(prom_span_of(bytes, sizeof bytes));
    outpoint.txid = prom_read_bytes32(&reader);
    outpoint.index = prom_read_u32(&reader);
    return outpoint;
}

static void assert_outpoints(const prom_draw_list *list, const prom_outpoint *expected, size_t count)
{
    assert_int_equal(list->count, count);
    for (size_t i = 0; i < count; i++) {
        assert_true(prom_outpoint_equal(&list->offers[i], &expected[i]));
    }
}

/* The outpoints of a vector's list. */
static prom_draw_list outpoints_of(fixture *test, const json_t *texts)
{
    const size_t count = json_array_size(texts);
    void *offers = NULL;
    assert_ok(prom_arena_alloc(&test->arena, &offers, count, sizeof(prom_outpoint), &test->error), &test->error);
    for (size_t i = 0; i < count; i++) {
        ((prom_outpoint *)offers)[i] = outpoint_of_hex(json_string_value(json_array_get(texts, i)));
    }
    return (prom_draw_list){offers, count};
}

static void replay_draw(fixture *test, const json_t *vector)
{
    const prom_draw_list offers = outpoints_of(test, member(vector, "offers"));
    const prom_draw_list order = outpoints_of(test, member(vector, "order"));
    const prom_bytes32 setup_id = bytes32_of_hex(member_text(vector, "setup_id"));
    const prom_bytes32 block = bytes32_of_hex(member_text(vector, "block"));
    prom_bytes32 seed;
    prom_draw_list drawn;
    prom_draw_seed(&seed, &setup_id, &block);
    assert_hex32(&seed, member_text(vector, "seed"));
    assert_ok(prom_draw_order(&test->arena, &drawn, &seed, offers.offers, offers.count, &test->error), &test->error);
    assert_outpoints(&drawn, order.offers, order.count);
}

static void draws_are_those_of_the_vectors(void **state)
{
    json_t *vectors = load_vectors("draw/draw.json");
    const json_t *vector = NULL;
    size_t i = 0;
    json_array_foreach(member(vectors, "draws"), i, vector)
    {
        replay_draw(*state, vector);
    }
    assert_int_equal(i, 3);
    json_decref(vectors);
}

/* OFFERS offers in the order of their outpoints. */
static void make_offers(prom_outpoint offers[OFFERS])
{
    memset(offers, 0, OFFERS * sizeof *offers);
    for (size_t i = 0; i < OFFERS; i++) {
        offers[i].txid.bytes[0] = (uint8_t)i;
        offers[i].index = (uint32_t)i;
    }
}

static void seed_depends_on_setup_and_block(void **state)
{
    prom_bytes32 setup_id = {{1}};
    prom_bytes32 block = {{1}};
    prom_bytes32 seeds[4];
    (void)state;
    for (size_t change = 0; change < COUNT_OF(seeds); change++) {
        block.bytes[31] = (uint8_t)(change & 1);
        setup_id.bytes[31] = (uint8_t)(change >> 1);
        prom_draw_seed(&seeds[change], &setup_id, &block);
        for (size_t i = 0; i < change; i++) {
            assert_false(prom_bytes32_equal(&seeds[i], &seeds[change]));
        }
    }
}

static prom_draw_list order_of(fixture *test, prom_arena *arena, uint64_t number)
{
    prom_outpoint offers[OFFERS];
    prom_draw_list drawn;
    const prom_bytes32 seed = random_bytes32(&number);
    make_offers(offers);
    assert_ok(prom_draw_order(arena, &drawn, &seed, offers, OFFERS, &test->error), &test->error);
    return drawn;
}

/* Every offer stands at every place equally often: OFFERS * OFFERS cells, 121 degrees of freedom; 173.6 is exceeded by
 * one run in a thousand, and the seeds are fixed. */
static void every_order_is_equally_likely(void **state)
{
    fixture *test = *state;
    enum { DRAWS = 24000 };
    size_t counts[OFFERS][OFFERS] = {{0}};
    const double expected = (double)DRAWS / (double)OFFERS;
    double sum = 0;
    for (uint64_t i = 0; i < DRAWS; i++) {
        PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
        prom_arena_init(&arena, 1 << 16);
        const prom_draw_list drawn = order_of(test, &arena, i);
        for (size_t place = 0; place < OFFERS; place++) {
            counts[drawn.offers[place].index][place]++;
        }
    }
    for (size_t offer = 0; offer < OFFERS; offer++) {
        for (size_t place = 0; place < OFFERS; place++) {
            const double off = (double)counts[offer][place] - expected;
            sum += off * off / expected;
        }
    }
    assert_true(sum < 173.6);
    assert_true(sum > 80.0); /* nor is it evener than chance */
}

/* Those of `drawn` that are willing by the bits of `willing`, the first `most` of them. */
static prom_draw_list willing_of(prom_outpoint room[OFFERS], const prom_draw_list *drawn, size_t willing, size_t most)
{
    prom_draw_list list = {room, 0};
    for (size_t i = 0; i < drawn->count && list.count < most; i++) {
        if ((willing >> drawn->offers[i].index & 1) == 1) {
            room[list.count++] = drawn->offers[i];
        }
    }
    return list;
}

/* Those of the merged lists that have the seats, where nobody has lost one. */
static prom_result merge(fixture *test, prom_arena *arena, prom_draw_list *seats, const prom_draw_list *drawn,
                         const prom_draw_list lists[PROM_PARTIES])
{
    const prom_draw_list nobody = {NULL, 0};
    prom_draw_list willing;
    assert_ok(prom_draw_merge(arena, &willing, drawn, lists, SEATS, &test->error), &test->error);
    return prom_draw_seats(arena, seats, drawn, &willing, &nobody, SEATS, &test->error);
}

/* Whatever one of the three leaves out of its list, or asks of arbiters further down, those are taken whom two honest
 * ones found: the first n in the drawn order that said yes. */
static void no_single_party_can_leave_one_out(void **state)
{
    fixture *test = *state;
    uint64_t random = 1;
    size_t wanted = 0;
    for (size_t round = 0; round < 3000; round++) {
        PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
        prom_outpoint room[3][OFFERS];
        prom_draw_list seats;
        prom_arena_init(&arena, 1 << 16);
        const prom_draw_list drawn = order_of(test, &arena, round);
        const size_t willing = random_below(&random, (size_t)1 << OFFERS);
        const size_t told = willing & random_below(&random, (size_t)1 << OFFERS);
        const prom_party liar = (prom_party)random_below(&random, PROM_PARTIES);
        const prom_draw_list honest = willing_of(room[0], &drawn, willing, SEATS);
        prom_draw_list lists[PROM_PARTIES] = {honest, honest, honest};
        lists[liar] = willing_of(room[1], &drawn, told, SEATS);
        const prom_result merged = merge(test, &arena, &seats, &drawn, lists);
        if (honest.count < SEATS) {
            assert_fails(merged, PROM_CATEGORY_BAD_INPUT, &test->error, "drawn arbiters are willing, and P wants 3");
            assert_int_equal(seats.count, 0);
            continue;
        }
        assert_ok(merged, &test->error);
        assert_outpoints(&seats, honest.offers, SEATS);
        wanted++;
    }
    assert_true(wanted > 2500);
}

/* Nor can one that is the only honest one be kept from being heard: its arbiters are taken, or ones drawn before. */
static void one_honest_list_is_enough(void **state)
{
    fixture *test = *state;
    uint64_t random = 2;
    for (size_t round = 0; round < 1000; round++) {
        PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
        prom_outpoint room[3][OFFERS];
        prom_draw_list seats;
        prom_arena_init(&arena, 1 << 16);
        const prom_draw_list drawn = order_of(test, &arena, round);
        const size_t willing = random_below(&random, (size_t)1 << OFFERS);
        const prom_draw_list honest = willing_of(room[0], &drawn, willing, SEATS);
        const prom_draw_list lists[PROM_PARTIES] = {
            honest, willing_of(room[1], &drawn, willing & random_below(&random, (size_t)1 << OFFERS), SEATS),
            willing_of(room[2], &drawn, willing & random_below(&random, (size_t)1 << OFFERS), SEATS)};
        if (honest.count == SEATS) {
            assert_ok(merge(test, &arena, &seats, &drawn, lists), &test->error);
            assert_outpoints(&seats, honest.offers, SEATS);
        }
    }
}

/* Who claims a yes that nobody said is found out when that arbiter refuses: its seat goes to the next in the order, and
 * is not given back. */
static void lost_seats_go_to_the_next(void **state)
{
    fixture *test = *state;
    uint64_t random = 3;
    for (size_t round = 0; round < 300; round++) {
        PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
        prom_outpoint room[4][OFFERS];
        prom_draw_list seats;
        prom_draw_list said_yes;
        prom_arena_init(&arena, 1 << 16);
        const prom_draw_list drawn = order_of(test, &arena, round);
        const size_t all = ((size_t)1 << OFFERS) - 1;
        const size_t willing = random_below(&random, all + 1) | 0x111; /* at least three */
        const prom_draw_list honest = willing_of(room[0], &drawn, willing, SEATS);
        const prom_draw_list false_list = willing_of(room[1], &drawn, random_below(&random, all + 1), SEATS);
        const prom_draw_list lists[PROM_PARTIES] = {honest, false_list, honest};
        assert_ok(prom_draw_merge(&arena, &said_yes, &drawn, lists, SEATS, &test->error), &test->error);
        const prom_draw_list lost = willing_of(room[2], &said_yes, all & ~willing, OFFERS);
        assert_ok(prom_draw_seats(&arena, &seats, &drawn, &said_yes, &lost, SEATS, &test->error), &test->error);
        assert_outpoints(&seats, honest.offers, SEATS);
    }
}

/* C, W and V, one person, seat their own behind an honest arbiter that nobody asked: one that is honest asks it before
 * its first nonce, it says yes, and the last in the order is displaced. */
static void passed_over_arbiters_are_asked_and_seated(void **state)
{
    fixture *test = *state;
    const prom_draw_list drawn = order_of(test, &test->arena, 11);
    const prom_draw_list nobody = {NULL, 0};
    const prom_outpoint own[] = {drawn.offers[2], drawn.offers[5], drawn.offers[7], drawn.offers[1]};
    const prom_draw_list willing = {own, 3};
    prom_draw_list seats;
    prom_draw_list passed;
    assert_ok(prom_draw_seats(&test->arena, &seats, &drawn, &willing, &nobody, SEATS, &test->error), &test->error);
    assert_outpoints(&seats, own, SEATS);
    assert_ok(prom_draw_passed_over(&test->arena, &passed, &drawn, &seats, &nobody, &test->error), &test->error);
    const prom_outpoint asked[] = {drawn.offers[0], drawn.offers[1], drawn.offers[3], drawn.offers[4], drawn.offers[6]};
    assert_outpoints(&passed, asked, COUNT_OF(asked));
    const prom_draw_list excused = {asked + 2, 1};
    assert_ok(prom_draw_passed_over(&test->arena, &passed, &drawn, &seats, &excused, &test->error), &test->error);
    assert_int_equal(passed.count, COUNT_OF(asked) - 1);

    const prom_draw_list with_honest = {own, 4};
    const prom_outpoint expected[] = {drawn.offers[1], drawn.offers[2], drawn.offers[5]};
    assert_ok(prom_draw_seats(&test->arena, &seats, &drawn, &with_honest, &nobody, SEATS, &test->error), &test->error);
    assert_outpoints(&seats, expected, SEATS);
    /* The displaced one has lost nothing: it is the next when a seat is lost. */
    const prom_outpoint next[] = {drawn.offers[1], drawn.offers[5], drawn.offers[7]};
    const prom_draw_list lost = {&drawn.offers[2], 1};
    assert_ok(prom_draw_seats(&test->arena, &seats, &drawn, &with_honest, &lost, SEATS, &test->error), &test->error);
    assert_outpoints(&seats, next, SEATS);
    /* Nine are asked, however many were passed over. */
    const prom_draw_list last = {&drawn.offers[9], 3};
    assert_ok(prom_draw_passed_over(&test->arena, &passed, &drawn, &last, &nobody, &test->error), &test->error);
    assert_outpoints(&passed, drawn.offers, 9);
    const prom_draw_list one = {&drawn.offers[11], 1};
    assert_ok(prom_draw_passed_over(&test->arena, &passed, &drawn, &one, &nobody, &test->error), &test->error);
    assert_outpoints(&passed, drawn.offers, 3);
}

static void bad_lists_are_refused(void **state)
{
    fixture *test = *state;
    const prom_draw_list drawn = order_of(test, &test->arena, 7);
    const prom_draw_list good = {drawn.offers, SEATS};
    prom_outpoint offers[SEATS] = {drawn.offers[0], drawn.offers[1], drawn.offers[1]};
    prom_draw_list lists[PROM_PARTIES] = {good, good, {offers, SEATS}};
    prom_draw_list willing = good;
    assert_fails(prom_draw_merge(&test->arena, &willing, &drawn, lists, SEATS, &test->error), PROM_CATEGORY_PEER,
                 &test->error, "arbiter 3 that the verifier names is not drawn, or out of turn"); /* twice */
    assert_int_equal(willing.count, 0);
    offers[1] = drawn.offers[2]; /* backwards */
    assert_fails(prom_draw_merge(&test->arena, &willing, &drawn, lists, SEATS, &test->error), PROM_CATEGORY_PEER,
                 &test->error, "arbiter 3 that the verifier names");
    offers[1].index ^= 64; /* unknown */
    assert_fails(prom_draw_merge(&test->arena, &willing, &drawn, lists, SEATS, &test->error), PROM_CATEGORY_PEER,
                 &test->error, "arbiter 2 that the verifier names");
    lists[PROM_PARTY_V] = good;
    lists[PROM_PARTY_C] = (prom_draw_list){drawn.offers, SEATS + 1};
    assert_fails(prom_draw_merge(&test->arena, &willing, &drawn, lists, SEATS, &test->error), PROM_CATEGORY_PEER,
                 &test->error, "the client names 4 arbiters; 3 are wanted");
}

static void terms_are_in_the_drawn_order(void **state)
{
    fixture *test = *state;
    const prom_draw_list drawn = order_of(test, &test->arena, 5);
    prom_terms terms = {.arbiter_count = SEATS};
    terms.arbiters[0].offer = drawn.offers[1];
    terms.arbiters[1].offer = drawn.offers[2];
    terms.arbiters[2].offer = drawn.offers[8];
    assert_ok(prom_draw_check_terms(&drawn, &terms, &test->error), &test->error);
    terms.arbiters[2].offer = drawn.offers[0];
    assert_fails(prom_draw_check_terms(&drawn, &terms, &test->error), PROM_CATEGORY_PEER, &test->error,
                 "arbiter 3 of the terms is not drawn, or out of turn");
    terms.arbiters[2].offer = drawn.offers[2]; /* twice */
    assert_fails(prom_draw_check_terms(&drawn, &terms, &test->error), PROM_CATEGORY_PEER, &test->error, "arbiter 3");
    terms.arbiters[0].offer.index += 100;
    assert_fails(prom_draw_check_terms(&drawn, &terms, &test->error), PROM_CATEGORY_PEER, &test->error, "arbiter 1");
}

static void half_of_those_before_must_be_announced(void **state)
{
    fixture *test = *state;
    const prom_draw_list drawn = order_of(test, &test->arena, 6);
    for (size_t last = 0; last < OFFERS; last++) {
        for (size_t heard = 0; heard <= last; heard++) {
            const prom_draw_list seats = {&drawn.offers[last], 1};
            const prom_draw_list announced = {&drawn.offers[last - heard], heard};
            const prom_result result = prom_draw_check_announced(&drawn, &seats, &announced, &test->error);
            char sentence[128];
            if (2 * heard >= last) {
                assert_ok(result, &test->error);
                continue;
            }
            (void)snprintf(
                sentence, sizeof sentence,
                "of %zu offers before the last seat we have heard %zu announced, and at least %zu are needed", last,
                heard, (last + 1) / 2);
            assert_fails(result, PROM_CATEGORY_BAD_INPUT, &test->error, sentence);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(draws_are_those_of_the_vectors),
        cmocka_unit_test(seed_depends_on_setup_and_block),
        FIXTURE_TEST(every_order_is_equally_likely),
        FIXTURE_TEST(no_single_party_can_leave_one_out),
        FIXTURE_TEST(one_honest_list_is_enough),
        FIXTURE_TEST(lost_seats_go_to_the_next),
        FIXTURE_TEST(passed_over_arbiters_are_asked_and_seated),
        FIXTURE_TEST(bad_lists_are_refused),
        FIXTURE_TEST(terms_are_in_the_drawn_order),
        FIXTURE_TEST(half_of_those_before_must_be_announced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
