#include "node/purse.h"

/* Who asks again with its reference gets what was made first, also after a restart, and where nothing can be paid. */
static void a_reference_is_paid_once(void **state)
{
    static const prom_pay_mode hows[] = {PROM_PAY_SEND, PROM_PAY_PSBT};
    for (size_t i = 0; i < COUNT_OF(hows); i++) {
        struct purse purse = purse_of(*state);
        struct host *host = purse.host;
        prom_error *error = &host->test->error;
        purse.wanted.how.mode = hows[i];
        purse.wanted.reference = "rent of May";
        assert_ok(withdraw(&purse), error);
        const prom_node_paid first = purse.paid;
        assert_false(first.before);
        host_reopen(host);
        host->node->disk_short = true;
        assert_ok(withdraw(&purse), error);
        host->node->disk_short = false;
        assert_true(purse.paid.before);
        assert_memory_equal(&purse.paid.txid, &first.txid, sizeof first.txid);
        assert_int_equal(sat(purse.paid.fee), sat(first.fee));
        assert_int_equal(sat(purse.paid.change), sat(first.change));
        assert_int_equal(purse.paid.vsize, first.vsize);
        assert_int_equal(purse.paid.input_count, first.input_count);
        assert_int_equal(purse.paid.psbt != NULL, hows[i] == PROM_PAY_PSBT);
        assert_true(first.psbt == NULL || strcmp(first.psbt, purse.paid.psbt) == 0);
        assert_int_equal(host->node->used.own, 1);
        purse.payee.amount = prom_amount_of(1000001);
        assert_fails(withdraw(&purse), PROM_CATEGORY_BAD_INPUT, error, "or another amount: take another reference");
        purse.payee = (prom_node_payee){OTHER, prom_amount_of(1000000)};
        assert_fails(withdraw(&purse), PROM_CATEGORY_BAD_INPUT, error, "which pays somebody else");
        purse.wanted.reference = "rent of June";
        assert_ok(withdraw(&purse), error);
        assert_false(purse.paid.before);
        assert_int_equal(host->node->used.own, 2);
        host_free(host);
    }
}

/* A PSBT of a reference that came back signed is that reference's payment; all that is free goes once. */
static void a_reference_of_other_payments(void **state)
{
    static const char too_long[PROM_NODE_REFERENCE_MAX + 2] =
        "12345678901234567890123456789012345678901234567890123456789012345";
    struct purse purse = purse_of(*state);
    prom_error *error = &purse.host->test->error;
    purse.wanted.how.mode = PROM_PAY_PSBT;
    purse.wanted.reference = "one";
    assert_ok(withdraw(&purse), error);
    const prom_bytes32 txid = purse.paid.txid;
    assert_ok(take(&purse, sign_elsewhere(&purse, purse.paid.psbt)), error);
    assert_ok(withdraw(&purse), error);
    assert_true(purse.paid.before && purse.paid.psbt == NULL);
    assert_memory_equal(&purse.paid.txid, &txid, sizeof txid);
    purse.wanted =
        (prom_node_withdrawal){.payee_count = 1,
                               .all = true,
                               .how = {.feerate = 2000, .fee_max = prom_amount_of(100000), .mode = PROM_PAY_SEND},
                               .reference = "two"};
    for (unsigned i = 0; i < 2; i++) {
        assert_ok(withdraw(&purse), error);
        assert_int_equal(purse.paid.before, i);
        assert_int_equal(sat(purse.paid.change), 0);
    }
    assert_int_equal(purse.host->node->payment_count, 2);
    purse.wanted.reference = "";
    assert_fails(withdraw(&purse), PROM_CATEGORY_BAD_INPUT, error, "a reference has 1 to 64 bytes");
    purse.wanted.reference = too_long;
    assert_fails(withdraw(&purse), PROM_CATEGORY_BAD_INPUT, error, "a reference has 1 to 64 bytes");
    host_free(purse.host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_reference_is_paid_once),
        FIXTURE_TEST(a_reference_of_other_payments),
    };
    return cmocka_run_group_tests_name("node/own_make", tests, NULL, NULL);
}
