#include "node/market.h"

#include "node/guest.h"

/* What is not signed by its offer's key, and what is of no offer on the chain, no channel sees. */
static void announcements_are_of_offers_on_the_chain(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    fixture *test = host->test;
    const struct market market = publish(host, 0);
    prom_announcement told[2];
    const prom_tx *offer = offer_of(host, &market, 0, &told[1]);
    told[0] = told[1];
    told[0].signature = (prom_signature){{0}};
    assert_ok(prom_node_take_announcements(host->node, told, 2, &test->error), &test->error);
    assert_int_equal(host->node->told_count, 1);
    assert_int_equal(host->reports[PROM_REPORT_REFUSED], 1);
    assert_int_equal(host->node->announced_count, 0);
    const prom_tx *txs[] = {market.published, offer};
    host_block(host, txs, 2);
    assert_int_equal(host->node->announced_count, 1);
    const prom_tx *withdrawn = host_payment(host, 52, 1);
    withdrawn->inputs[0].outpoint = told[1].offer;
    host_block(host, &withdrawn, 1);
    assert_int_equal(host->node->announced_count, 0);
    host_unblock(host);
    assert_int_equal(host->node->announced_count, 1);
    host_unblock(host);
    assert_int_equal(host->node->announced_count, 0);
    host_free(host);
}

/* What a guest hears is looked at as what the owner tells; a lie about an offer takes nobody's place. */
static void guests_hear_of_offers(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    fixture *test = host->test;
    const struct market market = publish(host, 0);
    const prom_key liar = named_key(test, "liar", 0);
    prom_announcement one;
    bool fresh = true;
    const prom_tx *txs[] = {market.published, offer_of(host, &market, 0, &one)};
    assert_fails(prom_node_hear(host->node, &one, &fresh, &test->error), PROM_CATEGORY_PEER, &test->error,
                 "stands on the chain");
    assert_false(fresh);
    host_block(host, txs, 2);
    prom_announcement lie = one; /* another's address, signed by another */
    lie.address = prom_span_of((const uint8_t *)"/b", 2);
    sign_announcement(host, &lie, &liar);
    assert_fails(prom_node_hear(host->node, &lie, &fresh, &test->error), PROM_CATEGORY_PEER, &test->error, "sign");
    lie.Q = liar.public_key; /* which is not the offer's */
    sign_announcement(host, &lie, &liar);
    assert_fails(prom_node_hear(host->node, &lie, &fresh, &test->error), PROM_CATEGORY_PEER, &test->error,
                 "stands on the chain");
    assert_int_equal(host->node->announced_count, 0);
    assert_ok(prom_node_hear(host->node, &one, &fresh, &test->error), &test->error);
    assert_true(fresh);
    assert_int_equal(host->node->announced_count, 1);
    prom_announcement second = one; /* its own second word: the first one stays */
    const prom_key Q = named_key(test, "Q", 0);
    second.address = prom_span_of((const uint8_t *)"/c", 2);
    sign_announcement(host, &second, &Q);
    assert_ok(prom_node_hear(host->node, &second, &fresh, &test->error), &test->error);
    assert_false(fresh);
    assert_memory_equal(prom_node_heard_at(host->node, 0)->address.data, "/a", 2);
    assert_null(prom_node_heard_at(host->node, 1));
    host_unblock(host);
    assert_int_equal(host->node->announced_count, 0);
    host_block(host, txs, 2);
    assert_int_equal(host->node->announced_count, 1);
    prom_node_unhear(host->node, &lie.offer.txid); /* of no P */
    assert_int_equal(host->node->announced_count, 1);
    prom_node_unhear(host->node, &one.p_txid);
    assert_int_equal(host->node->announced_count, 0);
    host_free(host);
}

/* Of one P so many are kept; whose offers are spent make room. */
static void what_is_heard_is_bounded(void **state)
{
    enum { MORE = PROM_NODE_HEARD_OF_ONE_MAX + 2 };
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    fixture *test = host->test;
    const struct market markets[] = {publish(host, 0), publish(host, 1)};
    prom_announcement *all = calloc(MORE, sizeof *all);
    const prom_tx **txs = calloc(MORE + 2, sizeof *txs);
    bool fresh = false;
    assert_non_null(all);
    assert_non_null(txs);
    for (size_t i = 0; i < MORE; i++) {
        txs[i] = offer_of(host, &markets[i == MORE - 1], i, &all[i]);
    }
    txs[MORE] = markets[0].published;
    txs[MORE + 1] = markets[1].published;
    host_block(host, txs, MORE + 2);
    for (size_t i = 0; i < PROM_NODE_HEARD_OF_ONE_MAX; i++) {
        assert_ok(prom_node_hear(host->node, &all[i], &fresh, &test->error), &test->error);
    }
    assert_fails(prom_node_hear(host->node, &all[MORE - 2], &fresh, &test->error), PROM_CATEGORY_PEER, &test->error,
                 "1024 of one P");
    assert_ok(prom_node_hear(host->node, &all[MORE - 1], &fresh, &test->error), &test->error); /* of another P */
    assert_int_equal(host->node->announced_count, PROM_NODE_HEARD_OF_ONE_MAX + 1);
    const prom_tx *withdrawn = host_payment(host, 52, 1);
    withdrawn->inputs[0].outpoint = all[7].offer;
    host_block(host, &withdrawn, 1);
    assert_ok(prom_node_hear(host->node, &all[MORE - 2], &fresh, &test->error), &test->error);
    assert_true(fresh);
    assert_int_equal(host->node->announced_count, PROM_NODE_HEARD_OF_ONE_MAX + 1);
    for (size_t i = 0; i < host->node->announced_count; i++) { /* none points where another lies */
        const prom_announcement *seen = &host->node->announced[i];
        assert_memory_equal(seen->address.data, "/a", 2);
        assert_false(prom_outpoint_equal(&seen->offer, &all[7].offer));
    }
    free(txs);
    free(all);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(announcements_are_of_offers_on_the_chain),
        FIXTURE_TEST(guests_hear_of_offers),
        FIXTURE_TEST(what_is_heard_is_bounded),
    };
    return cmocka_run_group_tests_name("node/offers", tests, NULL, NULL);
}
