#include "rpc/contract_methods.h"

#include "node/asked.h"
#include "node/payments.h"
#include "rpc/asking.h"

#define FUNDED 50000000

static struct host *funded(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    const prom_tx *tx = host_payment(host, 0, FUNDED);
    host_block(host, &tx, 1);
    return host;
}

/* P as the OP_RETURN has it; the caller frees it. */
static json_t *encoding_of(struct host *host, const prom_parameters *P)
{
    char hex[2 * PROM_PARAMETERS_BYTES + 1];
    prom_writer writer = prom_writer_in(&host->test->arena);
    prom_span bytes;
    prom_parameters_write(&writer, P);
    assert_ok(prom_writer_finish(&writer, &bytes, &host->test->error), &host->test->error);
    return json_string(prom_hex(hex, bytes.data, bytes.length));
}

static void a_p_is_published(void **state)
{
    struct host *host = funded(state);
    const prom_parameters *P = &host->world->session.terms.P;
    json_auto_t *encoding = encoding_of(host, P);
    json_auto_t *dry = ask(host, "contract.publish",
                           json_pack("{s:O, s:i, s:b}", "encoding", encoding, "feerate", 2001, "dry_run", 1), "result");
    assert_int_equal(host->node->payment_count, 0);
    json_auto_t *made =
        ask(host, "contract.publish", json_pack("{s:O, s:i}", "encoding", encoding, "feerate", 2001), "result");
    assert_int_equal(host->node->payment_count, 1);
    assert_int_equal(number(made, "fee"), number(dry, "fee"));
    assert_true(1000 * number(made, "fee") >= 2001 * number(made, "vsize"));
    assert_int_equal(number(made, "fee") + number(made, "change"), FUNDED);
    assert_int_equal(number(made, "locks"), 0);
    assert_string_equal(text(made, "purpose"), "P");
    const prom_tx *tx = host->node->payments[0].tx;
    host_block(host, &tx, 1);
    json_auto_t *shown =
        ask(host, "contract.show", json_pack("{s:O}", "contract", json_object_get(made, "txid")), "result");
    assert_true(json_equal(json_object_get(shown, "encoding"), encoding));
    assert_int_equal(number(json_object_get(shown, "P"), "t3"), P->t3);
    assert_true(json_is_null(json_object_get(shown, "ages")));
    assert_null(json_object_get(shown, "owners"));
    assert_int_equal(number(json_object_get(shown, "quorum"), "seats"), prom_parameters_quorum(P));
    json_auto_t *list = ask(host, "contract.list", json_object(), "result");
    assert_int_equal(json_array_size(json_object_get(list, "contracts")), 1);
    assert_true(json_is_false(json_object_get(list, "more")));
    host_free(host);
}

static void what_is_wrong_is_said(void **state)
{
    struct host *host = funded(state);
    prom_parameters P = host->world->session.terms.P;
    P.t3 = 1;
    json_auto_t *low = encoding_of(host, &P);
    refuses(host, "contract.publish", json_pack("{s:s}", "encoding", "00"), "156 hex digits");
    refuses(host, "contract.publish", json_pack("{s:O, s:i}", "encoding", low, "feerate", 1000), "t3 is 1");
    json_auto_t *right = encoding_of(host, &host->world->session.terms.P);
    refuses(host, "contract.publish", json_pack("{s:O}", "encoding", right), "give a feerate");
    refuses(host, "contract.publish", json_pack("{s:O, s:i}", "encoding", low, "feerate", 999), "from 1000");
    json_auto_t *other = json_string(json_string_value(low));
    ((char *)(uintptr_t)json_string_value(other))[0] = '6';
    refuses(host, "contract.publish", json_pack("{s:O, s:i}", "encoding", other, "feerate", 1000), "the mark of a P");
    refuses(host, "contract.show", json_pack("{s:s}", "contract", "55"), "a transaction's id");
    refuses(host, "contract.show",
            json_pack("{s:s}", "contract", "0000000000000000000000000000000000000000000000000000000000000001"),
            "our chain has no P");
    host->node->caught_up = false;
    refuses(host, "contract.list", json_object(), "left to be read");
    assert_int_equal(host->node->payment_count, 0);
    host_free(host);
}

/* An offer of somebody's: whose it is is asked of bitcoind, and there is none. */
static void owners_that_cannot_be_found_are_null(void **state)
{
    struct host *host = funded(state);
    fixture *test = host->test;
    const struct asked asked = asked_publish_p(host);
    const prom_key Q = named_key(test, "offer", 0);
    char txid[PROM_HEX32];
    prom_tx *tx = NULL;
    assert_ok(prom_tx_new(&test->arena, &tx, 1, PROM_OFFER_OUTPUTS, &test->error), &test->error);
    tx->inputs[0].outpoint.txid = named("funding", 0);
    assert_ok(prom_offer_outputs(test->curve, &test->arena, tx->outputs, &asked.terms.p_txid, &asked.terms.P,
                                 &Q.public_key, &test->error),
              &test->error);
    const prom_tx *txs[] = {tx};
    host_block(host, txs, 1);
    (void)snprintf(host->node->rpc_url, sizeof host->node->rpc_url, "http://127.0.0.1:1");
    (void)prom_hex32_reversed(txid, &asked.terms.p_txid);
    json_auto_t *shown = ask(host, "contract.show", json_pack("{s:s, s:b}", "contract", txid, "owners", 1), "result");
    assert_true(json_is_null(json_object_get(shown, "owners")));
    assert_true(strlen(text(shown, "owners_unknown")) > 0);
    const json_t *offer = json_array_get(json_object_get(shown, "offers"), 0);
    assert_string_equal(text(offer, "fate"), "unspent");
    assert_true(json_is_null(json_object_get(offer, "owner")));
    assert_int_equal(number(shown, "waiting"), 1);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_p_is_published),
        FIXTURE_TEST(what_is_wrong_is_said),
        FIXTURE_TEST(owners_that_cannot_be_found_are_null),
    };
    return cmocka_run_group_tests_name("rpc/contract_methods", tests, NULL, NULL);
}
