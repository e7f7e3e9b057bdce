#include "contract/chain.h"

#include "contract/index_entries.h"

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

/* A Tx0 of the same P engages, whatever else spends an offer withdraws it, and a reorganisation brings it back. */
static void test_fates(void **state)
{
    struct world world = new_world(*state);
    const prom_bytes32 p_txid = named("P", 0);
    const prom_bytes32 other = named("P", 1);
    prom_bytes32 offers[6];
    const prom_tx *txs[COUNT_OF(offers)];
    for (size_t i = 0; i < COUNT_OF(offers); i++) {
        txs[i] = make_offer(&world, i == 2 ? &other : &p_txid, prom_amount_of(1000));
        offers[i] = id_of(&world, txs[i]);
    }
    connect(&world, txs, COUNT_OF(txs));

    const prom_tx *tx0 = make_tx0(&world, &p_txid, offers, 3); /* the third is for another P */
    const prom_tx *withdrawal = make_plain_spend(&world, &offers[3], 2);
    prom_tx *beside = make_plain_spend(&world, &offers[5], 1);
    beside->inputs[1].outpoint.index = 1;
    const prom_bytes32 digest = digest_of(&world, world.index);
    connect(&world, (const prom_tx *const[]){tx0, withdrawal, beside}, 3);

    static const prom_offer_fate fates[] = {PROM_OFFER_ENGAGED,   PROM_OFFER_ENGAGED,   PROM_OFFER_WITHDRAWN,
                                            PROM_OFFER_WITHDRAWN, PROM_OFFER_WITHDRAWN, PROM_OFFER_UNSPENT};
    const prom_bytes32 tx0_id = id_of(&world, tx0);
    for (size_t i = 0; i < COUNT_OF(offers); i++) {
        assert_int_equal(fate_of(&world, &offers[i]), fates[i]);
        assert_int_equal(prom_index_find(world.index, PROM_INDEX_OFFER, &offers[i])->offer.spent_height, i < 5 ? 2 : 0);
    }
    const prom_index_record *record = prom_index_find(world.index, PROM_INDEX_TX0, &tx0_id);
    assert_non_null(record);
    assert_int_equal(record->lock.offers, 2);
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
    assert_int_equal(fate_of(&world, &txid), PROM_OFFER_WITHDRAWN);
}

/* As of every height, whatever came later. */
static void test_when_an_offer_is_good(void **state)
{
    struct world world = new_world(*state);
    static const prom_chain_parameters strict = {
        .name = "strict", .safety_margin = 2, .verification = 1, .echo_round = 1, .vote_step = 1, .offer_age = 3};
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
    connect_one(&world, p_tx);                                   /* 2 */
    connect_empty(&world, 1);                                    /* 3 */
    connect(&world, (const prom_tx *const[]){spent}, 1);         /* 4 */
    connect_empty(&world, 4);                                    /* 5 to 8 */
    connect_one(&world, make_plain_spend(&world, &spent_id, 1)); /* 9 */
    connect_empty(&world, 1);                                    /* 10 */
    const prom_index_record *parameters = prom_index_find(world.index, PROM_INDEX_P, &p_txid);
    const prom_index_record *first = prom_index_next(world.index, NULL, PROM_INDEX_OFFER, NULL);
    const prom_index_record *second = prom_index_next(world.index, first, PROM_INDEX_OFFER, NULL);
    const prom_index_record *third = prom_index_next(world.index, second, PROM_INDEX_OFFER, NULL);
    for (uint32_t height = 0; height <= 10; height++) {
        assert_int_equal(prom_index_is_good(world.index, first, parameters, height), height >= 2 + 3); /* P's age */
        assert_false(prom_index_is_good(world.index, second, parameters, height));
        assert_int_equal(prom_index_is_good(world.index, third, parameters, height), height == 7 || height == 8);
    }
    prom_index_record other = *parameters; /* an offer is for one P */
    other.txid = named("P", 1);
    assert_false(prom_index_is_good(world.index, first, &other, 8));
}

/* An offer with this key. */
static prom_tx *offer_of(struct world *world, const prom_bytes32 *p_txid, const prom_parameters *P,
                         const prom_bytes32 *Q)
{
    prom_tx_output outputs[PROM_OFFER_OUTPUTS];
    fixture *test = world->test;
    assert_ok(prom_offer_outputs(test->curve, &test->arena, outputs, p_txid, P, Q, &test->error), &test->error);
    return make_tx(world, P->a, (const prom_span[]){outputs[0].script, outputs[1].script}, 2);
}

static const prom_index_record *const *counted_at(struct world *world, size_t *count, const prom_bytes32 *p_txid,
                                                  uint32_t snapshot)
{
    const prom_index_record *const *counted = NULL;
    const prom_offer_query query = {p_txid, snapshot, false};
    assert_ok(prom_index_counted(world->index, &world->test->arena, &counted, count, &query, &world->test->error),
              &world->test->error);
    return counted;
}

static void assert_counted(struct world *world, const prom_bytes32 *p_txid, uint32_t snapshot,
                           const prom_tx *const *expected, size_t expected_count)
{
    size_t count = 0;
    const prom_index_record *const *counted = counted_at(world, &count, p_txid, snapshot);
    assert_int_equal(count, expected_count);
    for (size_t i = 0; i < count; i++) {
        const prom_bytes32 txid = id_of(world, expected[i]);
        assert_true(prom_bytes32_equal(&counted[i]->txid, &txid));
    }
}

/* The chain alone says which offers count: announcements have no part in it; and one key has one offer. */
static void test_counted(void **state)
{
    fixture *test = *state;
    struct world world = new_world(test);
    const struct cast cast = make_cast(test);
    const prom_parameters P = valid_parameters();
    const prom_tx *p_tx = make_p(&world, &P);
    const prom_bytes32 p_txid = id_of(&world, p_tx);
    const prom_bytes32 other = named("P", 1);
    const prom_tx *offers[5];
    for (size_t i = 0; i < COUNT_OF(offers); i++) {
        offers[i] = offer_of(&world, &p_txid, &P, &cast.offer[i].public_key);
    }
    const prom_bytes32 third = id_of(&world, offers[2]);
    const prom_tx *again = offer_of(&world, &p_txid, &P, &cast.offer[0].public_key);
    const prom_bytes32 first = id_of(&world, offers[0]);
    connect_one(&world, p_tx);  /* 1 */
    connect(&world, offers, 3); /* 2 */
    connect(&world,
            (const prom_tx *const[]){offer_of(&world, &other, &P, &cast.offer[7].public_key), again,
                                     make_plain_spend(&world, &third, 1)},
            3);                                               /* 3 */
    connect(&world, offers + 3, 2);                           /* 4 */
    connect_one(&world, make_plain_spend(&world, &first, 1)); /* 5 */
    connect_empty(&world, 1);                                 /* 6 */
    assert_counted(&world, &p_txid, 2, NULL, 0);
    assert_counted(&world, &p_txid, 3, offers, 2);
    assert_counted(&world, &p_txid, 4, offers, 2);
    /* With the first offer of a key gone, the second one counts. */
    assert_counted(&world, &p_txid, 5, (const prom_tx *const[]){offers[1], again, offers[3], offers[4]}, 4);
    assert_counted(&world, &p_txid, 6, (const prom_tx *const[]){offers[1], again, offers[3], offers[4]}, 4);

    /* Where an earlier draw stands: of those that counted then, the ones that are unspent still; no other takes the
     * place of one that was spent. */
    const prom_index_record *const *counted = NULL;
    size_t count = 0;
    const prom_bytes32 second = id_of(&world, offers[1]);
    assert_ok(prom_index_counted(world.index, &test->arena, &counted, &count, &(prom_offer_query){&p_txid, 4, true},
                                 &test->error),
              &test->error);
    assert_int_equal(count, 1);
    assert_true(prom_bytes32_equal(&counted[0]->txid, &second));
    const prom_offer_query bad[] = {{&p_txid, 7, false}, {&p_txid, 1, false}, {&p_txid, 0, false}, {&other, 6, false}};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        char sentence[64];
        (void)snprintf(sentence, sizeof sentence, "1 blocks before block %u the index knows no P", bad[i].snapshot);
        assert_fails(prom_index_counted(world.index, &test->arena, &counted, &count, &bad[i], &test->error),
                     PROM_CATEGORY_BAD_INPUT, &test->error, sentence);
    }
    prom_arena full;
    prom_arena_init(&full, 8);
    assert_fails(
        prom_index_counted(world.index, &full, &counted, &count, &(prom_offer_query){&p_txid, 6, false}, &test->error),
        PROM_CATEGORY_MEMORY, &test->error, "limit of 8 bytes");
}

static prom_announcement announce(fixture *test, const prom_bytes32 *p_txid, const prom_bytes32 *txid,
                                  const prom_key *key)
{
    prom_bytes32 hash;
    prom_announcement announcement = {.p_txid = *p_txid,
                                      .offer = {*txid, 0},
                                      .Q = key->public_key,
                                      .retainer = prom_amount_of(1),
                                      .node_key = key->public_key};
    assert_ok(prom_announcement_hash(&test->arena, &hash, &announcement, &test->error), &test->error);
    announcement.signature = sign_hash(test, key, &hash);
    return announcement;
}

/* Announcements are found for the offers that they are of; forged ones push nothing out. */
static void test_announced(void **state)
{
    fixture *test = *state;
    struct world world = new_world(test);
    const struct cast cast = make_cast(test);
    const prom_parameters P = valid_parameters();
    const prom_tx *p_tx = make_p(&world, &P);
    const prom_bytes32 p_txid = id_of(&world, p_tx);
    enum { OFFERS = 4 };
    const prom_tx *offers[OFFERS];
    prom_bytes32 txids[OFFERS];
    for (size_t i = 0; i < OFFERS; i++) {
        offers[i] = offer_of(&world, &p_txid, &P, &cast.offer[i].public_key);
        txids[i] = id_of(&world, offers[i]);
    }
    connect_one(&world, p_tx);
    connect(&world, offers, OFFERS);
    connect_empty(&world, 1);
    prom_announcement said[] = {
        announce(test, &p_txid, &txids[1], &cast.offer[2]), /* for another's offer */
        announce(test, &p_txid, &txids[1], &cast.offer[1]),
        announce(test, &p_txid, &txids[1], &cast.offer[1]), /* once more: the first one stands */
        announce(test, &p_txid, &txids[2], &cast.offer[2]),
        announce(test, &p_txid, &txids[3], &cast.offer[3]),
        announce(test, &txids[0], &txids[0], &cast.offer[0]), /* of another P */
        announce(test, &p_txid, &p_txid, &cast.offer[0]),     /* of no offer */
    };
    said[3].signature.bytes[0] ^= 1;
    prom_announcement beside = announce(test, &p_txid, &txids[0], &cast.offer[0]); /* of another output */
    prom_bytes32 hash;
    beside.offer.index = 1;
    assert_ok(prom_announcement_hash(&test->arena, &hash, &beside, &test->error), &test->error);
    beside.signature = sign_hash(test, &cast.offer[0], &hash);

    size_t count = 0;
    const prom_announcement *found[OFFERS] = {&beside};
    const prom_index_record *const *counted = counted_at(&world, &count, &p_txid, 3);
    assert_int_equal(count, OFFERS);
    assert_ok(prom_index_announced(world.index, found, counted, count, &beside, 1, &test->error), &test->error);
    assert_null(found[0]);
    assert_ok(prom_index_announced(world.index, found, counted, count, said, COUNT_OF(said), &test->error),
              &test->error);
    assert_null(found[0]);
    assert_ptr_equal(found[1], &said[1]);
    assert_null(found[2]);
    assert_ptr_equal(found[3], &said[4]);
    /* An offer that does not count is not found, though it is announced. */
    assert_ok(prom_index_announced(world.index, found, counted, 3, said, COUNT_OF(said), &test->error), &test->error);
    assert_ptr_equal(found[1], &said[1]);
    assert_null(found[2]);
    assert_ok(prom_index_announced(world.index, found, counted, 0, said, COUNT_OF(said), &test->error), &test->error);
}

/* Whoever pays the fees of enough offers fills it: the chain is followed all the same. */
static void test_more_than_there_is_room_for(void **state)
{
    struct world world = new_world(*state);
    const prom_bytes32 p_txid = named("P", 0);
    const prom_tx *offers[4];
    prom_bytes32 txids[4];
    prom_bytes32 hash;
    for (size_t i = 0; i < COUNT_OF(offers); i++) {
        offers[i] = make_offer(&world, &p_txid, prom_amount_of(330));
        txids[i] = id_of(&world, offers[i]);
    }
    world.index->entry_max = 2;
    connect_one(&world, offers[0]);
    const prom_bytes32 before = digest_of(&world, world.index);
    assert_int_equal(prom_index_full_since(world.index), 0);
    const uint32_t height = prom_index_next_height(world.index);
    connect(&world, offers + 1, 2);
    connect_one(&world, offers[3]);
    assert_int_equal(prom_index_full_since(world.index), height);
    assert_int_equal(prom_index_count(world.index), 2);
    connect_one(&world, make_plain_spend(&world, txids, 1));
    assert_int_equal(fate_of(&world, &txids[0]), PROM_OFFER_WITHDRAWN);
    assert_true(prom_index_block_hash(world.index, &hash, height + 2));
    disconnect(&world);
    disconnect(&world);
    assert_int_equal(prom_index_full_since(world.index), height);
    disconnect(&world);
    assert_int_equal(prom_index_full_since(world.index), 0);
    const prom_bytes32 after = digest_of(&world, world.index);
    assert_memory_equal(&after, &before, sizeof after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_more_than_there_is_room_for),
        FIXTURE_TEST(test_offer),
        FIXTURE_TEST(test_what_is_no_offer),
        FIXTURE_TEST(test_fates),
        FIXTURE_TEST(test_first_spend_stands),
        FIXTURE_TEST(test_made_and_spent_in_one_block),
        FIXTURE_TEST(test_tx0_without_an_offer_is_none),
        FIXTURE_TEST(test_when_an_offer_is_good),
        FIXTURE_TEST(test_counted),
        FIXTURE_TEST(test_announced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
