#include "contract/cast.h"

static void refuse_input(fixture *test, const prom_terms *terms, bool is_offer, const prom_input_view *view,
                         const char *sentence)
{
    const prom_tx_output wanted = {prom_amount_of(5000), p2tr_script(test, &terms->arbiters[0].offer_key)};
    const prom_result result = prom_terms_check_input(terms, &wanted, is_offer, view, &test->error);
    if (sentence == NULL) {
        assert_ok(result, &test->error);
    } else {
        assert_fails(result, PROM_CATEGORY_PEER, &test->error, sentence);
    }
}

/* The snapshot is block 110, or on main block 1000. */
static void inputs_are_there_mature_and_old(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    prom_terms terms = valid_terms(test, &cast, 3);
    const prom_input_view good = {
        .found = true,
        .output = {prom_amount_of(5000), p2tr_script(test, &terms.arbiters[0].offer_key)},
        .height = 109,
        .tip = 115,
    };
    prom_input_view view = good;
    refuse_input(test, &terms, false, &view, NULL);
    refuse_input(test, &terms, true, &view, NULL);
    view.found = false;
    refuse_input(test, &terms, false, &view, "it is spent, or in no block");
    view = good;
    view.height = 116;
    refuse_input(test, &terms, false, &view, "it is spent, or in no block");
    view = good;
    view.output.value = prom_amount_of(5001);
    refuse_input(test, &terms, false, &view, "it is not worth what the terms say");
    view = good;
    view.output.script = p2tr_script(test, &terms.arbiters[1].offer_key);
    refuse_input(test, &terms, false, &view, "it is not of the key that the terms name");
    view = good;
    view.height = 110;
    refuse_input(test, &terms, false, &view,
                 "it is in block 110, and must be 1 or more before the snapshot, block 110");
    refuse_input(test, &terms, true, &view, "it is in block 110, and must be 1 or more before the snapshot, block 110");
    terms.earlier = prom_span_of(view.output.script.data, 1); /* what became of a coin of an aborted setup */
    refuse_input(test, &terms, false, &view, NULL);
    refuse_input(test, &terms, true, &view, "must be 1 or more before the snapshot");
    terms.earlier.length = 0;
    terms.genesis = prom_chain_parameters_by_name("main")->genesis;
    terms.snapshot_height = 1000;
    view.tip = 1010;
    view.height = 999;
    refuse_input(test, &terms, false, &view, NULL);
    refuse_input(test, &terms, true, &view, "it is in block 999, and must be 6 or more before the snapshot");
    view.height = 994;
    refuse_input(test, &terms, true, &view, NULL);
    view.coinbase = true;
    view.tip = 1093; /* Tx0 would be in block 1094 at the earliest, the 100th after the coinbase's */
    refuse_input(test, &terms, false, &view, NULL);
    view.tip = 1092;
    refuse_input(test, &terms, false, &view, "it is a coinbase with fewer than 100 confirmations");
    view.coinbase = false;
    refuse_input(test, &terms, false, &view, NULL);
    view.height = UINT32_MAX; /* no wrap */
    view.tip = UINT32_MAX;
    refuse_input(test, &terms, true, &view, "it is in block 4294967295");
    const prom_tx_output wanted = good.output;
    terms.genesis.bytes[0] ^= 1;
    assert_fails(prom_terms_check_input(&terms, &wanted, true, &good, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "does not know the chain");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(inputs_are_there_mature_and_old),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
