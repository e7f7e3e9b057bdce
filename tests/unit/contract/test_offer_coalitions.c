/* An arbiter that promises its stake twice, or takes it back: until Tx0 it is the owner's, whatever the offer's script
 * may say, and all that it can do with it is to end a setup. */
#include "contract/chain.h"

#include "prometheus/contract/draw.h"

/* What a chain at its index's tip says of an offer that Tx0 is to spend. */
static prom_input_view view_of(const struct world *world, const prom_bytes32 *txid)
{
    const prom_index_record *offer = prom_index_find(world->index, PROM_INDEX_OFFER, txid);
    return (prom_input_view){.found = offer->offer.fate == PROM_OFFER_UNSPENT,
                             .output = {offer->offer.value, p2tr_script(world->test, &offer->offer.key)},
                             .height = offer->height,
                             .tip = prom_index_next_height(world->index) - 1};
}

static size_t counted_at(const struct world *world, const prom_bytes32 *p_txid, uint32_t snapshot, bool unspent_still)
{
    fixture *test = world->test;
    const prom_offer_query query = {p_txid, snapshot, unspent_still};
    const prom_index_record *const *counted = NULL;
    size_t count = 0;
    assert_ok(prom_index_counted(world->index, &test->arena, &counted, &count, &query, &test->error), &test->error);
    return count;
}

/* Four offers; two contracts would have the seats of the same ones. */
static void a_stake_that_is_promised_twice(void **state)
{
    enum { OFFERS = 4, FIRST_SNAPSHOT = 5 };
    fixture *test = *state;
    struct world world = new_world(test);
    const struct cast cast = make_cast(test);
    const prom_parameters P = valid_parameters();
    prom_terms terms = valid_terms(test, &cast, 3);
    const prom_tx *published = make_p(&world, &P);
    const prom_bytes32 p_txid = id_of(&world, published);
    prom_bytes32 offers[OFFERS];
    connect_one(&world, published);
    for (size_t i = 0; i < OFFERS; i++) {
        const prom_tx *offer = make_offer(&world, &p_txid, P.a);
        offers[i] = id_of(&world, offer);
        connect_one(&world, offer); /* blocks 2 to 5 */
    }
    connect_empty(&world, 2);
    terms.snapshot_height = FIRST_SNAPSHOT + 1;
    for (size_t i = 0; i < OFFERS; i++) { /* both contracts may hope for all of them */
        const prom_input_view view = view_of(&world, &offers[i]);
        assert_ok(prom_terms_check_input(&terms, &view.output, true, &view, &test->error), &test->error);
    }
    assert_int_equal(counted_at(&world, &p_txid, terms.snapshot_height, true), OFFERS);

    /* The first contract's Tx0 has three of them; the fourth is taken back. */
    connect_one(&world, make_tx0(&world, &p_txid, offers, 3));
    connect_one(&world, make_plain_spend(&world, &offers[3], 1));
    for (size_t i = 0; i < OFFERS; i++) {
        const prom_input_view view = view_of(&world, &offers[i]);
        assert_int_equal(fate_of(&world, &offers[i]), i < 3 ? PROM_OFFER_ENGAGED : PROM_OFFER_WITHDRAWN);
        assert_fails(prom_terms_check_input(&terms, &view.output, true, &view, &test->error), PROM_CATEGORY_PEER,
                     &test->error, "it is spent, or in no block"); /* the second contract ends before anybody signs */
    }
    /* What counted at the snapshot counted; where the draw stands the spent ones are left out. */
    assert_int_equal(counted_at(&world, &p_txid, terms.snapshot_height, false), OFFERS);
    assert_int_equal(counted_at(&world, &p_txid, terms.snapshot_height, true), 0);
    assert_int_equal(counted_at(&world, &p_txid, prom_index_next_height(world.index) - 1, false), 0);

    /* The first Tx0 leaves the chain: the stakes are there again, for either. */
    disconnect(&world);
    disconnect(&world);
    const prom_input_view view = view_of(&world, &offers[0]);
    assert_ok(prom_terms_check_input(&terms, &view.output, true, &view, &test->error), &test->error);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_stake_that_is_promised_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
