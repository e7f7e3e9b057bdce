#include "node/purse.h"

/* Out, signed, back, once; after a restart as well. */
static void a_psbt_goes_out_and_comes_back(void **state)
{
    struct purse purse = purse_of(*state);
    struct host *host = purse.host;
    prom_error *error = &host->test->error;
    purse.wanted.how.mode = PROM_PAY_PSBT;
    assert_ok(withdraw(&purse), error);
    const char *out = purse.paid.psbt;
    const prom_bytes32 txid = purse.paid.txid;
    const uint64_t fee = sat(purse.paid.fee);
    assert_int_equal(host->node->payment_count, 0);
    assert_int_equal(sat(balance_of(host).free), 6700000); /* nobody has signed it */
    host_reopen(host);
    assert_fails(take(&purse, out), PROM_CATEGORY_BAD_INPUT, error, "not signed");
    const char *back = sign_elsewhere(&purse, out);
    assert_ok(take(&purse, back), error);
    assert_true(prom_bytes32_equal(&txid, &purse.paid.txid));
    assert_int_equal(sat(purse.paid.fee), fee);
    assert_int_equal(host->node->payment_count, 1);
    assert_true(host->node->publications_due);
    assert_fails(take(&purse, back), PROM_CATEGORY_BAD_INPUT, error, "signed already");
    host_reopen(host);
    assert_int_equal(host->node->payment_count, 1);
    host_free(host);
}

/* What never went out is not taken, whoever signed it, nor what spends a coin that has gone meanwhile. */
static void other_psbts_are_refused(void **state)
{
    struct purse purse = purse_of(*state);
    prom_error *error = &purse.host->test->error;
    json_t *vectors = load_vectors("psbt/bip0371.json");
    const json_t *vector = json_array_get(member(vectors, "vectors"), 12);
    assert_fails(take(&purse, member_text(vector, "base64")), PROM_CATEGORY_BAD_INPUT, error, "no such payment");
    assert_fails(take(&purse, "cHNidP8="), PROM_CATEGORY_BAD_INPUT, error, "the PSBT: ");
    assert_fails(take(&purse, "?"), PROM_CATEGORY_BAD_INPUT, error, "not base 64");
    json_decref(vectors);
    purse.wanted.how.mode = PROM_PAY_PSBT;
    assert_ok(withdraw(&purse), error);
    const char *back = sign_elsewhere(&purse, purse.paid.psbt);
    purse.wanted.how.mode = PROM_PAY_SEND;
    assert_ok(withdraw(&purse), error);
    assert_fails(take(&purse, back), PROM_CATEGORY_BAD_INPUT, error, "not free any more");
    host_free(purse.host);
}

/* The block that paid the coin is undone while the PSBT is out: what nobody has is not spent. */
static void a_psbt_of_undone_coins_is_refused(void **state)
{
    struct purse purse = purse_of(*state);
    struct host *host = purse.host;
    prom_error *error = &host->test->error;
    purse.wanted.how.mode = PROM_PAY_PSBT;
    assert_ok(withdraw(&purse), error);
    const char *back = sign_elsewhere(&purse, purse.paid.psbt);
    host_unblock(host);
    assert_fails(take(&purse, back), PROM_CATEGORY_BAD_INPUT, error, "a coin of ours that no block has any more");
    assert_int_equal(host->node->payment_count, 0);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_psbt_goes_out_and_comes_back),
        FIXTURE_TEST(other_psbts_are_refused),
        FIXTURE_TEST(a_psbt_of_undone_coins_is_refused),
    };
    return cmocka_run_group_tests_name("node/take_psbt", tests, NULL, NULL);
}
