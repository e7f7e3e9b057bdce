/* A P on a host's chain, and offers for it.
 *
 *   const struct market market = publish(host, 0);
 *   const prom_tx *txs[] = {market.published, offer_of(host, &market, 0, &announcement)};
 *   host_block(host, txs, 2); */
#ifndef PROMETHEUS_TEST_NODE_MARKET_H
#define PROMETHEUS_TEST_NODE_MARKET_H

#include "node/host.h"

/* A P of the world's numbers in a transaction of ours, and offers of it with keys of their own. */
struct market {
    prom_tx *published;
    prom_bytes32 p_txid;
};

static inline struct market publish(struct host *host, size_t number)
{
    fixture *test = host->test;
    prom_parameters P = host->world->session.terms.P;
    prom_span mark;
    struct market market = {.published = host_payment(host, 1000 + (uint32_t)number, 1)};
    prom_writer writer = prom_writer_in(&test->arena);
    prom_parameters_write(&writer, &P);
    assert_ok(prom_writer_finish(&writer, &mark, &test->error), &test->error);
    assert_ok(prom_script_op_return(&test->arena, &market.published->outputs[0].script, mark, &test->error),
              &test->error);
    market.published->outputs[0].value = prom_amount_zero();
    market.p_txid = host_outpoint(host, market.published).txid;
    return market;
}

static inline void sign_announcement(struct host *host, prom_announcement *announcement, const prom_key *key)
{
    prom_bytes32 hash;
    assert_ok(prom_announcement_hash(&host->test->arena, &hash, announcement, &host->test->error), &host->test->error);
    announcement->signature = sign_hash(host->test, key, &hash);
}

/* The offer with the key of that number, and its announcement. */
static inline prom_tx *offer_of(struct host *host, const struct market *market, size_t number,
                                prom_announcement *announcement)
{
    fixture *test = host->test;
    const prom_key Q = named_key(test, "Q", number);
    prom_tx *offer = NULL;
    *announcement = (prom_announcement){
        .p_txid = market->p_txid, .Q = Q.public_key, .address = prom_span_of((const uint8_t *)"/a", 2)};
    assert_ok(prom_tx_new(&test->arena, &offer, 1, PROM_OFFER_OUTPUTS, &test->error), &test->error);
    offer->inputs[0].outpoint = (prom_outpoint){named("offer's coin", number), 0};
    assert_ok(prom_offer_outputs(test->curve, &test->arena, offer->outputs, &market->p_txid,
                                 &host->world->session.terms.P, &Q.public_key, &test->error),
              &test->error);
    announcement->offer = host_outpoint(host, offer);
    sign_announcement(host, announcement, &Q);
    return offer;
}

#endif
