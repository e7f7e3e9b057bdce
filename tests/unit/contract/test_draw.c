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
    prom_bytes32 nonces[PROM_PARTIES];
    prom_bytes32 seed;
    prom_draw_list drawn;
    for (prom_party party = PROM_PARTY_C; party < PROM_PARTIES; party++) {
        prom_bytes32 commitment;
        nonces[party] = bytes32_of_hex(json_string_value(json_array_get(member(vector, "nonces"), party)));
        prom_draw_commitment(&commitment, &setup_id, party, &nonces[party]);
        assert_hex32(&commitment, json_string_value(json_array_get(member(vector, "commitments"), party)));
    }
    assert_ok(prom_draw_seed(&seed, &block, offers.offers, offers.count, nonces, &test->error), &test->error);
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

static void other_nonce_than_committed_is_refused(void **state)
{
    fixture *test = *state;
    uint64_t random = 1;
    static const char *const names[PROM_PARTIES] = {"the client has", "the worker has", "the verifier has"};
    const prom_bytes32 setup_id = random_bytes32(&random);
    prom_bytes32 other_id = setup_id;
    prom_bytes32 nonces[PROM_PARTIES];
    prom_bytes32 commitments[PROM_PARTIES];
    for (prom_party party = PROM_PARTY_C; party < PROM_PARTIES; party++) {
        nonces[party] = random_bytes32(&random);
        prom_draw_commitment(&commitments[party], &setup_id, party, &nonces[party]);
    }
    assert_ok(prom_draw_check_nonces(&setup_id, commitments, nonces, &test->error), &test->error);
    for (prom_party party = PROM_PARTY_C; party < PROM_PARTIES; party++) {
        nonces[party].bytes[31] ^= 1;
        assert_fails(prom_draw_check_nonces(&setup_id, commitments, nonces, &test->error), PROM_CATEGORY_PEER,
                     &test->error, names[party]);
        nonces[party].bytes[31] ^= 1;
    }
    /* Another's commitment, or that of another setup, cannot be used again. */
    prom_bytes32 copied[PROM_PARTIES] = {commitments[0], commitments[0], commitments[2]};
    prom_bytes32 copied_nonces[PROM_PARTIES] = {nonces[0], nonces[0], nonces[2]};
    assert_fails(prom_draw_check_nonces(&setup_id, copied, copied_nonces, &test->error), PROM_CATEGORY_PEER,
                 &test->error, names[PROM_PARTY_W]);
    other_id.bytes[0] ^= 1;
    assert_fails(prom_draw_check_nonces(&other_id, commitments, nonces, &test->error), PROM_CATEGORY_PEER, &test->error,
                 names[PROM_PARTY_C]);
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

static void seed_depends_on_every_part(void **state)
{
    fixture *test = *state;
    prom_outpoint offers[OFFERS];
    prom_bytes32 block = {{1}};
    prom_bytes32 nonces[PROM_PARTIES] = {{{1}}, {{2}}, {{3}}};
    prom_bytes32 seeds[8];
    size_t made = 0;
    make_offers(offers);
    for (size_t change = 0; change < COUNT_OF(seeds); change++) {
        block.bytes[31] = change == 1;
        for (size_t i = 0; i < PROM_PARTIES; i++) {
            nonces[i].bytes[31] = change == 2 + i;
        }
        offers[OFFERS - 1].index = change == 5 ? 99 : 11;
        offers[OFFERS - 1].txid.bytes[31] = change == 6;
        const size_t count = change == 7 ? OFFERS - 1 : OFFERS;
        assert_ok(prom_draw_seed(&seeds[change], &block, offers, count, nonces, &test->error), &test->error);
        for (size_t i = 0; i < made; i++) {
            assert_false(prom_bytes32_equal(&seeds[i], &seeds[change]));
        }
        made++;
    }
}

static void offers_out_of_order_are_refused(void **state)
{
    fixture *test = *state;
    const prom_bytes32 nonces[PROM_PARTIES] = {{{0}}};
    const prom_bytes32 zero = {{0}};
    prom_outpoint offers[OFFERS];
    prom_bytes32 seed = {{1}};
    make_offers(offers);
    offers[5] = offers[4]; /* twice */
    assert_fails(prom_draw_seed(&seed, &zero, offers, OFFERS, nonces, &test->error), PROM_CATEGORY_MISUSE, &test->error,
                 "offer 5 of the draw is not in the order of outpoints");
    assert_memory_equal(&seed, &zero, sizeof zero);
    offers[5].index++; /* the next output of the same transaction */
    assert_ok(prom_draw_seed(&seed, &zero, offers, OFFERS, nonces, &test->error), &test->error);
    offers[5].index -= 2;
    assert_fails(prom_draw_seed(&seed, &zero, offers, OFFERS, nonces, &test->error), PROM_CATEGORY_MISUSE, &test->error,
                 "offer 5");
    make_offers(offers);
    offers[2] = offers[7];
    assert_fails(prom_draw_seed(&seed, &zero, offers, OFFERS, nonces, &test->error), PROM_CATEGORY_MISUSE, &test->error,
                 "offer 3");
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
        prom_draw_list chosen;
        prom_arena_init(&arena, 1 << 16);
        const prom_draw_list drawn = order_of(test, &arena, round);
        const size_t willing = random_below(&random, (size_t)1 << OFFERS);
        const size_t told = willing & random_below(&random, (size_t)1 << OFFERS);
        const prom_party liar = (prom_party)random_below(&random, PROM_PARTIES);
        const prom_draw_list honest = willing_of(room[0], &drawn, willing, SEATS);
        prom_draw_list lists[PROM_PARTIES] = {honest, honest, honest};
        lists[liar] = willing_of(room[1], &drawn, told, SEATS);
        const prom_result merged = prom_draw_merge(&arena, &chosen, &drawn, lists, SEATS, &test->error);
        if (honest.count < SEATS) {
            assert_fails(merged, PROM_CATEGORY_BAD_INPUT, &test->error, "drawn arbiters said yes, and P wants 3");
            assert_int_equal(chosen.count, 0);
            continue;
        }
        assert_ok(merged, &test->error);
        assert_outpoints(&chosen, honest.offers, SEATS);
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
        prom_draw_list chosen;
        prom_arena_init(&arena, 1 << 16);
        const prom_draw_list drawn = order_of(test, &arena, round);
        const size_t willing = random_below(&random, (size_t)1 << OFFERS);
        const prom_draw_list honest = willing_of(room[0], &drawn, willing, SEATS);
        const prom_draw_list lists[PROM_PARTIES] = {
            honest, willing_of(room[1], &drawn, willing & random_below(&random, (size_t)1 << OFFERS), SEATS),
            willing_of(room[2], &drawn, willing & random_below(&random, (size_t)1 << OFFERS), SEATS)};
        if (honest.count == SEATS) {
            assert_ok(prom_draw_merge(&arena, &chosen, &drawn, lists, SEATS, &test->error), &test->error);
            assert_outpoints(&chosen, honest.offers, SEATS);
        }
    }
}

/* Who claims a yes that nobody said is found out when that arbiter refuses; the retry skips it, in the same order. */
static void retry_skips_who_refused(void **state)
{
    fixture *test = *state;
    uint64_t random = 3;
    for (size_t round = 0; round < 300; round++) {
        PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
        prom_outpoint room[4][OFFERS];
        prom_draw_list chosen;
        prom_draw_list left;
        prom_arena_init(&arena, 1 << 16);
        const prom_draw_list drawn = order_of(test, &arena, round);
        const size_t all = ((size_t)1 << OFFERS) - 1;
        const size_t willing = random_below(&random, all + 1) | 0x111; /* at least three */
        const prom_draw_list honest = willing_of(room[0], &drawn, willing, SEATS);
        const prom_draw_list false_list = willing_of(room[1], &drawn, random_below(&random, all + 1), SEATS);
        const prom_draw_list lists[PROM_PARTIES] = {honest, false_list, honest};
        assert_ok(prom_draw_merge(&arena, &chosen, &drawn, lists, SEATS, &test->error), &test->error);
        const prom_draw_list refused = willing_of(room[2], &chosen, all & ~willing, SEATS);
        assert_ok(prom_draw_skip(&arena, &left, &drawn, &refused, &test->error), &test->error);
        assert_int_equal(left.count, OFFERS - refused.count);
        size_t at = 0;
        for (size_t i = 0; i < drawn.count; i++) { /* what is left is in the drawn order, and nothing else is gone */
            bool skipped = false;
            for (size_t j = 0; j < refused.count; j++) {
                skipped = skipped || prom_outpoint_equal(&refused.offers[j], &drawn.offers[i]);
            }
            assert_true(skipped || prom_outpoint_equal(&left.offers[at++], &drawn.offers[i]));
        }
        const prom_draw_list again[PROM_PARTIES] = {honest, honest, honest};
        assert_ok(prom_draw_merge(&arena, &chosen, &left, again, SEATS, &test->error), &test->error);
        assert_outpoints(&chosen, honest.offers, SEATS);
        if (refused.count > 0) { /* who names it again is named */
            const prom_draw_list stale[PROM_PARTIES] = {honest, refused, honest};
            assert_fails(prom_draw_merge(&arena, &chosen, &left, stale, SEATS, &test->error), PROM_CATEGORY_PEER,
                         &test->error, "arbiter 1 that the worker names is not drawn, or out of turn");
        }
    }
}

static void bad_lists_are_refused(void **state)
{
    fixture *test = *state;
    const prom_draw_list drawn = order_of(test, &test->arena, 7);
    const prom_draw_list good = {drawn.offers, SEATS};
    prom_outpoint offers[SEATS] = {drawn.offers[0], drawn.offers[1], drawn.offers[1]};
    prom_draw_list lists[PROM_PARTIES] = {good, good, {offers, SEATS}};
    prom_draw_list chosen = good;
    assert_fails(prom_draw_merge(&test->arena, &chosen, &drawn, lists, SEATS, &test->error), PROM_CATEGORY_PEER,
                 &test->error, "arbiter 3 that the verifier names is not drawn, or out of turn"); /* twice */
    assert_int_equal(chosen.count, 0);
    offers[1] = drawn.offers[2]; /* backwards */
    assert_fails(prom_draw_merge(&test->arena, &chosen, &drawn, lists, SEATS, &test->error), PROM_CATEGORY_PEER,
                 &test->error, "arbiter 3 that the verifier names");
    offers[1].index ^= 64; /* unknown */
    assert_fails(prom_draw_merge(&test->arena, &chosen, &drawn, lists, SEATS, &test->error), PROM_CATEGORY_PEER,
                 &test->error, "arbiter 2 that the verifier names");
    lists[PROM_PARTY_V] = good;
    lists[PROM_PARTY_C] = (prom_draw_list){drawn.offers, SEATS + 1};
    assert_fails(prom_draw_merge(&test->arena, &chosen, &drawn, lists, SEATS, &test->error), PROM_CATEGORY_PEER,
                 &test->error, "the client names 4 arbiters; 3 are wanted");
    lists[PROM_PARTY_C] = good;
    assert_ok(prom_draw_merge(&test->arena, &chosen, &drawn, lists, SEATS, &test->error), &test->error);
    assert_outpoints(&chosen, drawn.offers, SEATS);
}

static void nobody_is_drawn_from_nothing(void **state)
{
    fixture *test = *state;
    const prom_bytes32 nonces[PROM_PARTIES] = {{{0}}};
    const prom_draw_list none[PROM_PARTIES] = {{0}};
    prom_bytes32 seed = {{0}};
    prom_draw_list drawn;
    prom_draw_list chosen;
    assert_ok(prom_draw_seed(&seed, &seed, NULL, 0, nonces, &test->error), &test->error);
    assert_ok(prom_draw_order(&test->arena, &drawn, &seed, NULL, 0, &test->error), &test->error);
    assert_int_equal(drawn.count, 0);
    assert_fails(prom_draw_merge(&test->arena, &chosen, &drawn, none, SEATS, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "only 0 of the 0 drawn arbiters said yes, and P wants 3");
}

static void draws_need_memory(void **state)
{
    fixture *test = *state;
    PROM_SCOPED(prom_arena_free) prom_arena none = {0};
    const prom_draw_list drawn = order_of(test, &test->arena, 1);
    const prom_draw_list lists[PROM_PARTIES] = {{0}};
    const prom_bytes32 seed = {{0}};
    prom_draw_list list;
    prom_arena_init(&none, 0);
    assert_fails(prom_draw_order(&none, &list, &seed, drawn.offers, OFFERS, &test->error), PROM_CATEGORY_IO,
                 &test->error, "");
    assert_fails(prom_draw_skip(&none, &list, &drawn, &drawn, &test->error), PROM_CATEGORY_IO, &test->error, "");
    assert_fails(prom_draw_merge(&none, &list, &drawn, lists, SEATS, &test->error), PROM_CATEGORY_IO, &test->error, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(draws_are_those_of_the_vectors),
        FIXTURE_TEST(other_nonce_than_committed_is_refused),
        FIXTURE_TEST(seed_depends_on_every_part),
        FIXTURE_TEST(offers_out_of_order_are_refused),
        FIXTURE_TEST(every_order_is_equally_likely),
        FIXTURE_TEST(no_single_party_can_leave_one_out),
        FIXTURE_TEST(one_honest_list_is_enough),
        FIXTURE_TEST(retry_skips_who_refused),
        FIXTURE_TEST(bad_lists_are_refused),
        FIXTURE_TEST(nobody_is_drawn_from_nothing),
        FIXTURE_TEST(draws_need_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
