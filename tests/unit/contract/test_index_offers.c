#include "contract/chain.h"

static void test_offer(void **state)
{
    struct world world = new_world(*state);
    const prom_bytes32 p_txid = named("P", 0);
    const prom_tx *tx = make_offer(&world, &p_txid, prom_amount_of(123));
    const prom_bytes32 txid = id_of(&world, tx);
    connect_one(&world, tx);
    const prom_index_record *record = prom_index_find(world.index, PROM_INDEX_OFFER, &txid);
    assert_non_null(record);
    assert_int_equal(record->height, 1);
    assert_true(prom_bytes32_equal(&record->p_txid, &p_txid));
    assert_true(prom_amount_equal(record->offer.value, prom_amount_of(123)));
    assert_memory_equal(record->offer.key.bytes, tx->outputs[0].script.data + 2, 32);
    assert_int_equal(record->offer.fate, PROM_OFFER_UNSPENT);
    assert_ptr_equal(prom_index_next(world.index, NULL, PROM_INDEX_OFFER, &p_txid), record);
    assert_null(prom_index_next(world.index, NULL, PROM_INDEX_OFFER, &txid));
    assert_null(prom_index_next(world.index, record, PROM_INDEX_OFFER, NULL));
}

static void test_what_is_no_offer(void **state)
{
    fixture *test = *state;
    struct world world = new_world(test);
    const prom_bytes32 p_txid = named("P", 0);
    const prom_span stake = p2tr_script(test, &prom_unspendable_key);
    const prom_span mark = mark_of(test, "PRMO", &p_txid);
    const prom_span anchor = prom_span_of((const uint8_t[]){PROM_OP_1, 2, 0x4e, 0x73}, 4);
    const prom_span pushdata = prom_span_of(mark.data + 1, mark.length - 1);
    prom_writer writer = prom_writer_in(&test->arena);
    prom_span long_push;
    prom_write_u8(&writer, PROM_OP_RETURN);
    prom_write_u8(&writer, PROM_OP_PUSHDATA1);
    prom_write_span(&writer, pushdata);
    assert_ok(prom_writer_finish(&writer, &long_push, &test->error), &test->error);
    const prom_tx *const txs[] = {
        make_tx(&world, prom_amount_of(1), (prom_span[]){stake, stake, mark}, 3),
        make_tx(&world, prom_amount_of(1), (prom_span[]){mark, stake}, 2),
        make_tx(&world, prom_amount_of(1), (prom_span[]){anchor, mark}, 2),
        make_tx(&world, prom_amount_of(1), (prom_span[]){stake, mark, mark}, 3),
        make_tx(&world, prom_amount_of(1), (prom_span[]){stake, long_push}, 2),
        make_tx(&world, prom_amount_of(1), (prom_span[]){stake, altered(test, mark, 1, 1, 37)}, 2),
        make_tx(&world, prom_amount_of(1), (prom_span[]){stake, altered(test, mark, 1, 0, PROM_OP_RETURN)}, 2),
        make_tx(&world, prom_amount_of(1), (prom_span[]){stake, altered(test, mark, 0, 5, 'X')}, 2),
    };
    connect(&world, txs, COUNT_OF(txs));
    assert_nothing_kept(world.index);
}

static void test_fates(void **state)
{
    struct world world = new_world(*state);
    const prom_bytes32 p_txid = named("P", 0);
    const prom_bytes32 other = named("P", 1);
    prom_bytes32 offers[9];
    const prom_tx *txs[COUNT_OF(offers)];
    for (size_t i = 0; i < COUNT_OF(offers); i++) {
        txs[i] = make_offer(&world, i == 2 ? &other : &p_txid, prom_amount_of(1000));
        offers[i] = id_of(&world, txs[i]);
    }
    connect(&world, txs, COUNT_OF(txs));

    prom_tx *tx0 = make_tx0(&world, &p_txid, offers, 4);
    witness_by(&world, tx0, 1, PROM_OFFER_LEAF_ENGAGE, false);
    witness_by(&world, tx0, 2, PROM_OFFER_LEAF_ENGAGE, true);
    witness_by(&world, tx0, 4, PROM_OFFER_LEAF_WITHDRAW, false);
    prom_tx *withdrawal = make_plain_spend(&world, &offers[4], 2);
    witness_by(&world, withdrawal, 1, PROM_OFFER_LEAF_WITHDRAW, false);
    witness_by(&world, withdrawal, 2, PROM_OFFER_LEAF_WITHDRAW, true);
    prom_tx *loss = make_plain_spend(&world, &offers[6], 2);
    witness_by(&world, loss, 1, PROM_OFFER_LEAF_ENGAGE, false);
    prom_tx *beside = make_plain_spend(&world, &offers[8], 1);
    beside->inputs[1].outpoint.index = 1;
    const prom_bytes32 digest = digest_of(&world, world.index);
    connect(&world, (const prom_tx *const[]){tx0, withdrawal, loss, beside}, 4);

    static const prom_offer_fate fates[] = {
        PROM_OFFER_ENGAGED,   PROM_OFFER_ENGAGED, PROM_OFFER_LOST, PROM_OFFER_WITHDRAWN, PROM_OFFER_WITHDRAWN,
        PROM_OFFER_WITHDRAWN, PROM_OFFER_LOST,    PROM_OFFER_LOST, PROM_OFFER_UNSPENT,
    };
    const prom_bytes32 tx0_id = id_of(&world, tx0);
    for (size_t i = 0; i < COUNT_OF(offers); i++) {
        assert_int_equal(fate_of(&world, &offers[i]), fates[i]);
        assert_int_equal(prom_index_find(world.index, PROM_INDEX_OFFER, &offers[i])->offer.spent_height, i < 8 ? 2 : 0);
    }
    const prom_index_record *record = prom_index_find(world.index, PROM_INDEX_TX0, &tx0_id);
    assert_non_null(record);
    assert_int_equal(record->tx0.offers, 2);
    assert_ptr_equal(prom_index_next(world.index, NULL, PROM_INDEX_TX0, &p_txid), record);
    assert_true(
        prom_bytes32_equal(&prom_index_find(world.index, PROM_INDEX_OFFER, &offers[0])->offer.spent_by, &tx0_id));

    disconnect(&world);
    for (size_t i = 0; i < COUNT_OF(offers); i++) {
        assert_int_equal(fate_of(&world, &offers[i]), PROM_OFFER_UNSPENT);
    }
    const prom_bytes32 again = digest_of(&world, world.index);
    assert_true(prom_bytes32_equal(&digest, &again));
}

/* One byte of the script makes the difference between a withdrawal and a loss, and the digest tells it. */
static void test_script_tells_a_withdrawal(void **state)
{
    struct world world = new_world(*state);
    const prom_bytes32 p_txid = named("P", 0);
    const prom_tx *offer = make_offer(&world, &p_txid, prom_amount_of(1000));
    const prom_bytes32 txid = id_of(&world, offer);
    prom_tx *tx = make_plain_spend(&world, &txid, 1);
    witness_by(&world, tx, 1, PROM_OFFER_LEAF_WITHDRAW, false);
    prom_span *witness = NULL;
    assert_ok(prom_arena_alloc(&world.test->arena, (void **)&witness, 3, sizeof *witness, &world.test->error),
              &world.test->error);
    memcpy(witness, tx->inputs[1].witness, 3 * sizeof *witness);
    tx->inputs[1].witness = witness;
    const prom_span script = witness[1];
    connect_one(&world, offer);
    connect_one(&world, tx);
    assert_int_equal(fate_of(&world, &txid), PROM_OFFER_WITHDRAWN);
    const prom_bytes32 withdrawn = digest_of(&world, world.index);
    const size_t places[] = {0, 33, script.length - 1};
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        disconnect(&world);
        witness[1] = altered(world.test, script, 0, places[i], 0);
        connect_one(&world, tx);
        assert_int_equal(fate_of(&world, &txid), PROM_OFFER_LOST);
    }
    const prom_bytes32 lost = digest_of(&world, world.index);
    assert_false(prom_bytes32_equal(&withdrawn, &lost));
    disconnect(&world);
    witness[1] = prom_span_of(script.data, 35); /* no room for a number */
    connect_one(&world, tx);
    assert_int_equal(fate_of(&world, &txid), PROM_OFFER_LOST);
}

/* A second spend, which no chain has, changes nothing. */
static void test_first_spend_stands(void **state)
{
    struct world world = new_world(*state);
    const prom_bytes32 p_txid = named("P", 0);
    const prom_tx *offer = make_offer(&world, &p_txid, prom_amount_of(1000));
    const prom_bytes32 txid = id_of(&world, offer);
    connect_one(&world, offer);
    connect_one(&world, make_tx0(&world, &p_txid, &txid, 1));
    connect_one(&world, make_plain_spend(&world, &txid, 1));
    assert_int_equal(fate_of(&world, &txid), PROM_OFFER_ENGAGED);
    disconnect(&world);
    assert_int_equal(fate_of(&world, &txid), PROM_OFFER_ENGAGED);
}

static void test_made_and_spent_in_one_block(void **state)
{
    struct world world = new_world(*state);
    const prom_bytes32 p_txid = named("P", 0);
    const prom_tx *offer = make_offer(&world, &p_txid, prom_amount_of(1000));
    const prom_bytes32 txid = id_of(&world, offer);
    const prom_tx *tx0 = make_tx0(&world, &p_txid, &txid, 1);
    connect(&world, (const prom_tx *const[]){offer, tx0}, 2);
    assert_int_equal(fate_of(&world, &txid), PROM_OFFER_ENGAGED);
    disconnect(&world);
    assert_nothing_kept(world.index);
}

static void test_tx0_without_an_offer_is_none(void **state)
{
    struct world world = new_world(*state);
    const prom_bytes32 p_txid = named("P", 0);
    const prom_bytes32 other = named("P", 1);
    const prom_tx *offer = make_offer(&world, &other, prom_amount_of(1000));
    const prom_bytes32 txid = id_of(&world, offer);
    connect(&world, (const prom_tx *const[]){offer, make_tx0(&world, &p_txid, NULL, 0)}, 2);
    connect_one(&world, make_tx0(&world, &p_txid, &txid, 1));
    assert_int_equal(count_of(world.index, PROM_INDEX_TX0, NULL), 0);
    assert_int_equal(fate_of(&world, &txid), PROM_OFFER_LOST);
}

/* As of every height, whatever came later. */
static void test_when_an_offer_counts(void **state)
{
    struct world world = new_world(*state);
    static const prom_chain_parameters strict = {
        .name = "strict", .safety_margin = 2, .verification = 1, .offer_age = 3};
    const prom_parameters P = valid_parameters();
    const prom_tx *p_tx = make_p(&world, &P);
    const prom_bytes32 p_txid = id_of(&world, p_tx);
    const prom_tx *early = make_offer(&world, &p_txid, P.a);
    const prom_tx *spent = make_offer(&world, &p_txid, P.a);
    const prom_tx *poor = make_offer(&world, &p_txid, prom_amount_subtract(P.a, prom_amount_of(1)));
    const prom_bytes32 spent_id = id_of(&world, spent);
    assert_ok(prom_index_new(&world.test->arena, &world.index, world.test->curve, &strict, 1, &world.test->error),
              &world.test->error);
    connect(&world, (const prom_tx *const[]){early, poor}, 2);   /* 1: before P */
    connect(&world, (const prom_tx *const[]){spent}, 1);         /* 2 */
    connect_empty(&world, 1);                                    /* 3 */
    connect_one(&world, p_tx);                                   /* 4 */
    connect_empty(&world, 1);                                    /* 5 */
    connect_one(&world, make_plain_spend(&world, &spent_id, 1)); /* 6 */
    connect_empty(&world, 1);                                    /* 7 */
    const prom_index_record *parameters = prom_index_find(world.index, PROM_INDEX_P, &p_txid);
    const prom_index_record *first = prom_index_next(world.index, NULL, PROM_INDEX_OFFER, NULL);
    const prom_index_record *second = prom_index_next(world.index, first, PROM_INDEX_OFFER, NULL);
    const prom_index_record *third = prom_index_next(world.index, second, PROM_INDEX_OFFER, NULL);
    for (uint32_t height = 1; height <= 7; height++) {
        assert_int_equal(prom_index_counts(world.index, first, parameters, height), height >= 4);
        assert_false(prom_index_counts(world.index, second, parameters, height));
        assert_int_equal(prom_index_counts(world.index, third, parameters, height), height == 4 || height == 5);
    }
    /* P at height 0, so that the age alone decides; and an offer for another P. */
    prom_index_record old = *parameters;
    old.height = 0;
    for (uint32_t height = 0; height <= 5; height++) {
        assert_int_equal(prom_index_counts(world.index, first, &old, height), height >= 3);
        assert_int_equal(prom_index_counts(world.index, third, &old, height), height >= 4);
    }
    old.txid = named("P", 1);
    assert_false(prom_index_counts(world.index, first, &old, 5));
}

static void sign_announcement(fixture *test, prom_announcement *announcement, const prom_key *key)
{
    prom_bytes32 hash;
    assert_ok(prom_announcement_hash(&test->arena, &hash, announcement, &test->error), &test->error);
    announcement->signature = sign_hash(test, key, &hash);
}

/* An arbiter's offer on the chain, and its announcement. */
static const prom_tx *announce(struct world *world, prom_announcement *announcement, const prom_bytes32 *p_txid,
                               const prom_parameters *P, size_t arbiter)
{
    fixture *test = world->test;
    const struct cast cast = make_cast(test);
    prom_descriptor *offer = NULL;
    *announcement = (prom_announcement){.p_txid = *p_txid, .offer = valid_arbiter(test, &cast, arbiter)};
    assert_ok(prom_offer_output(test->curve, &test->arena, &offer, p_txid, &announcement->offer, &test->error),
              &test->error);
    const prom_span scripts[] = {offer->script, mark_of(test, "PRMO", p_txid)};
    const prom_tx *tx = make_tx(world, P->a, scripts, COUNT_OF(scripts));
    announcement->offer.offer = (prom_outpoint){id_of(world, tx), 0};
    sign_announcement(test, announcement, &cast.arbiter[arbiter]);
    return tx;
}

static void test_eligible(void **state)
{
    fixture *test = *state;
    struct world world = new_world(test);
    const prom_parameters P = valid_parameters();
    const prom_tx *p_tx = make_p(&world, &P);
    const prom_bytes32 p_txid = id_of(&world, p_tx);
    const struct cast cast = make_cast(test);
    enum { OFFERS = 6 };
    prom_announcement said[OFFERS + 3];
    const prom_tx *txs[OFFERS];
    const prom_announcement *const *eligible = NULL;
    size_t count = 0;
    for (size_t i = 0; i < OFFERS; i++) {
        txs[i] = announce(&world, &said[i], &p_txid, &P, i);
    }
    said[4].signature.bytes[0] ^= 1;
    said[OFFERS] = said[0];     /* once more, from elsewhere: the first one stands */
    said[OFFERS + 1] = said[1]; /* forged in front of nothing: its script is not the output's */
    said[OFFERS + 1].offer.expiry++;
    said[OFFERS + 2] = said[2]; /* of another output */
    said[OFFERS + 2].offer.offer.index = 1;
    sign_announcement(test, &said[OFFERS + 2], &cast.arbiter[2]);
    connect_one(&world, p_tx);
    connect(&world, txs, 5); /* the sixth is not on the chain */
    connect_one(&world, make_plain_spend(&world, &said[3].offer.offer.txid, 1));

    assert_ok(
        prom_index_eligible(
            world.index, &test->arena, &eligible, &count,
            &(prom_offer_query){.p_txid = &p_txid, .snapshot = 2, .announced = said, .announced_count = COUNT_OF(said)},
            &test->error),
        &test->error);
    assert_int_equal(count, 4);
    for (size_t i = 0; i < count; i++) {
        assert_true(eligible[i] < &said[4]);
        assert_true(i == 0 || prom_bytes32_compare_vartime(&eligible[i - 1]->offer.offer.txid,
                                                           &eligible[i]->offer.offer.txid) < 0);
    }
    assert_ok(
        prom_index_eligible(
            world.index, &test->arena, &eligible, &count,
            &(prom_offer_query){.p_txid = &p_txid, .snapshot = 3, .announced = said, .announced_count = COUNT_OF(said)},
            &test->error),
        &test->error);
    assert_int_equal(count, 3); /* said[3] was spent */
    assert_ok(
        prom_index_eligible(
            world.index, &test->arena, &eligible, &count,
            &(prom_offer_query){.p_txid = &p_txid, .snapshot = 1, .announced = said, .announced_count = COUNT_OF(said)},
            &test->error),
        &test->error);
    assert_int_equal(count, 0);
    /* A forged announcement in front of the right one does not push it out. */
    const prom_announcement pair[] = {said[OFFERS + 1], said[1]};
    assert_ok(prom_index_eligible(
                  world.index, &test->arena, &eligible, &count,
                  &(prom_offer_query){.p_txid = &p_txid, .snapshot = 2, .announced = pair, .announced_count = 2},
                  &test->error),
              &test->error);
    assert_int_equal(count, 1);
    assert_ptr_equal(eligible[0], &pair[1]);

    assert_fails(prom_index_eligible(
                     world.index, &test->arena, &eligible, &count,
                     &(prom_offer_query){.p_txid = &p_txid, .snapshot = 4, .announced = said, .announced_count = 1},
                     &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "at block 4 the index knows no P");
    assert_fails(prom_index_eligible(
                     world.index, &test->arena, &eligible, &count,
                     &(prom_offer_query){.p_txid = &p_txid, .snapshot = 0, .announced = said, .announced_count = 1},
                     &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "at block 0 the index knows no P");
    assert_fails(prom_index_eligible(
                     world.index, &test->arena, &eligible, &count,
                     &(prom_offer_query){
                         .p_txid = &said[0].offer.offer.txid, .snapshot = 2, .announced = said, .announced_count = 1},
                     &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "knows no P");
    prom_arena full;
    prom_arena_init(&full, 8);
    assert_fails(
        prom_index_eligible(
            world.index, &full, &eligible, &count,
            &(prom_offer_query){.p_txid = &p_txid, .snapshot = 2, .announced = said, .announced_count = COUNT_OF(said)},
            &test->error),
        PROM_CATEGORY_IO, &test->error, "limit of 8 bytes");
}

static void test_p_must_stand_at_the_snapshot(void **state)
{
    struct world world = new_world(*state);
    const prom_parameters P = valid_parameters();
    const prom_tx *p_tx = make_p(&world, &P);
    const prom_bytes32 p_txid = id_of(&world, p_tx);
    const prom_announcement *const *eligible = NULL;
    size_t count = 0;
    connect_empty(&world, 1);
    connect_one(&world, p_tx);
    assert_fails(prom_index_eligible(world.index, &world.test->arena, &eligible, &count,
                                     &(prom_offer_query){.p_txid = &p_txid, .snapshot = 1}, &world.test->error),
                 PROM_CATEGORY_BAD_INPUT, &world.test->error, "at block 1 the index knows no P");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_offer),
        FIXTURE_TEST(test_what_is_no_offer),
        FIXTURE_TEST(test_fates),
        FIXTURE_TEST(test_script_tells_a_withdrawal),
        FIXTURE_TEST(test_first_spend_stands),
        FIXTURE_TEST(test_made_and_spent_in_one_block),
        FIXTURE_TEST(test_tx0_without_an_offer_is_none),
        FIXTURE_TEST(test_when_an_offer_counts),
        FIXTURE_TEST(test_eligible),
        FIXTURE_TEST(test_p_must_stand_at_the_snapshot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
