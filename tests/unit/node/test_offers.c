#include "node/host.h"

/* What is not signed by its offer's key, and what is of no offer on the chain, no channel sees. */
static void announcements_are_of_offers_on_the_chain(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    fixture *test = host->test;
    const prom_key *Q = &host->world->session.cast.offer[0];
    prom_parameters P = host->world->session.terms.P;
    prom_span mark;
    prom_announcement announcement = {.Q = Q->public_key, .address = prom_span_of((const uint8_t *)"/a", 2)};
    prom_tx *offer = host_payment(host, 50, 1);
    prom_tx *published = host_payment(host, 51, 1);
    prom_writer writer = prom_writer_in(&test->arena);
    prom_bytes32 hash;
    prom_parameters_write(&writer, &P);
    assert_ok(prom_writer_finish(&writer, &mark, &test->error), &test->error);
    assert_ok(prom_script_op_return(&test->arena, &published->outputs[0].script, mark, &test->error), &test->error);
    published->outputs[0].value = prom_amount_zero();
    announcement.p_txid = host_outpoint(host, published).txid;
    assert_ok(prom_tx_new(&test->arena, &offer, 1, PROM_OFFER_OUTPUTS, &test->error), &test->error);
    offer->inputs[0].outpoint = (prom_outpoint){named("offer's coin", 0), 0};
    assert_ok(prom_offer_outputs(test->curve, &test->arena, offer->outputs, &announcement.p_txid, &P, &Q->public_key,
                                 &test->error),
              &test->error);
    announcement.offer = host_outpoint(host, offer);
    assert_ok(prom_announcement_hash(&test->arena, &hash, &announcement, &test->error), &test->error);
    prom_announcement told[] = {announcement, announcement};
    told[1].signature = sign_hash(test, Q, &hash);
    assert_ok(prom_node_take_announcements(host->node, told, 2, &test->error), &test->error);
    assert_int_equal(host->node->told_count, 1);
    assert_int_equal(host->reports[PROM_REPORT_REFUSED], 1);
    assert_int_equal(host->node->announced_count, 0);
    const prom_tx *txs[] = {published, offer};
    host_block(host, txs, 2);
    assert_int_equal(host->node->announced_count, 1);
    const prom_tx *withdrawn = host_payment(host, 52, 1);
    withdrawn->inputs[0].outpoint = announcement.offer;
    host_block(host, &withdrawn, 1);
    assert_int_equal(host->node->announced_count, 0);
    host_unblock(host);
    assert_int_equal(host->node->announced_count, 1);
    host_unblock(host);
    assert_int_equal(host->node->announced_count, 0);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(announcements_are_of_offers_on_the_chain),
    };
    return cmocka_run_group_tests_name("node/offers", tests, NULL, NULL);
}
