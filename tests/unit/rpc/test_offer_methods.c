#include "rpc/offer_methods.h"

#include "node/asked.h"
#include "node/payments.h"
#include "rpc/asking.h"

/* An arbiter with a coin and an address, and the transaction of a P. */
static struct host *arbiter(void **state, char p_txid[PROM_HEX32])
{
    struct host *host = host_new(*state, PROM_ROLE_ARBITER);
    prom_address *address = &host->options.config.address;
    address->length = (uint8_t)snprintf((char *)address->bytes, sizeof address->bytes, "%s/socket", host->folder);
    host_reopen(host);
    const struct asked asked = asked_publish_p(host);
    (void)prom_hex32_reversed(p_txid, &asked.terms.p_txid);
    const prom_tx *tx = host_payment(host, 0, 50000000);
    host_block(host, &tx, 1);
    return host;
}

static void mine_last(struct host *host)
{
    const prom_tx *tx = host->node->payments[host->node->payment_count - 1].tx;
    host_block(host, &tx, 1);
}

/* Of the offer in that place. */
static json_t *listed(struct host *host, size_t place)
{
    json_auto_t *list = ask(host, "offer.list", json_object(), "result");
    return json_incref(json_array_get(json_object_get(list, "offers"), place));
}

static void an_offer_from_beginning_to_end(void **state)
{
    char p_txid[PROM_HEX32];
    struct host *host = arbiter(state, p_txid);
    json_auto_t *made =
        ask(host, "offer.make", json_pack("{s:s, s:i, s:i}", "contract", p_txid, "retainer", 1500, "feerate", 2000),
            "result");
    const json_t *name = json_object_get(made, "txid");
    json_auto_t *waits = listed(host, 0);
    assert_string_equal(text(waits, "fate"), "waits");
    assert_true(json_is_null(json_object_get(waits, "age")));
    mine_last(host);
    json_auto_t *there = listed(host, 0);
    assert_string_equal(text(there, "fate"), "unspent");
    assert_true(json_equal(json_object_get(there, "txid"), name));
    assert_string_equal(text(there, "contract"), p_txid);
    assert_int_equal(number(there, "age"), 1);
    assert_int_equal(number(there, "sat"), number(made, "locks"));
    assert_int_equal(number(there, "retainer"), 1500);
    /* What is left out stays. */
    json_auto_t *renewed = ask(host, "offer.renew", json_pack("{s:O, s:i}", "offer", name, "feerate", 2000), "result");
    json_auto_t *leaves = listed(host, 0);
    assert_true(json_is_true(json_object_get(leaves, "leaving")));
    mine_last(host);
    json_auto_t *old = listed(host, 0);
    assert_true(json_equal(json_object_get(old, "spent_by"), json_object_get(renewed, "txid")));
    json_auto_t *new = listed(host, 1);
    assert_int_equal(number(new, "retainer"), 1500);
    assert_string_equal(text(new, "contract"), p_txid);
    json_auto_t *gone =
        ask(host, "offer.withdraw",
            json_pack("{s:O, s:i, s:b}", "offer", json_object_get(renewed, "txid"), "feerate", 2000, "dry_run", 1),
            "result");
    assert_string_equal(text(gone, "purpose"), "withdrawal");
    assert_int_equal(host->node->payment_count, 2);
    host_free(host);
}

static void what_is_wrong_is_said(void **state)
{
    static const char nobodys[] = "0000000000000000000000000000000000000000000000000000000000000001";
    char p_txid[PROM_HEX32];
    struct host *host = arbiter(state, p_txid);
    refuses(host, "offer.make", json_pack("{s:s, s:i}", "contract", nobodys, "feerate", 2000), "our chain has no P");
    refuses(host, "offer.make", json_pack("{s:s}", "contract", p_txid), "give a feerate");
    refuses(host, "offer.make",
            json_pack("{s:s, s:i, s:I}", "contract", p_txid, "feerate", 2000, "retainer", (json_int_t)2100000000000000),
            "a retainer above the stake");
    refuses(host, "offer.renew", json_pack("{s:s, s:i}", "offer", nobodys, "feerate", 2000), "no offer of ours");
    refuses(host, "offer.withdraw", json_pack("{s:s, s:i}", "offer", nobodys, "feerate", 2000), "no offer of ours");
    refuses(host, "offer.withdraw", json_pack("{s:s, s:i}", "offer", "7", "feerate", 2000), "a transaction's id");
    host->node->caught_up = false;
    refuses(host, "offer.list", json_object(), "left to be read");
    assert_int_equal(host->node->payment_count, 0);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(an_offer_from_beginning_to_end),
        FIXTURE_TEST(what_is_wrong_is_said),
    };
    return cmocka_run_group_tests_name("rpc/offer_methods", tests, NULL, NULL);
}
