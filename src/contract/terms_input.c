/* Whether an output of the chain may go into Tx0; docs/protocol.md, section 6. */
#include "prometheus/contract/terms.h"

/* Why not, in words; NULL where it may. */
static const char *fault_of(const prom_tx_output *wanted, const prom_input_view *view)
{
    if (!view->found || view->height > view->tip) {
        return "is spent, or in no block";
    }
    if (!prom_amount_equal(view->output.value, wanted->value)) {
        return "is not worth what the terms say";
    }
    if (!prom_span_equal(view->output.script, wanted->script)) {
        return "is not of the key that the terms name";
    }
    if (view->coinbase && view->tip - view->height + 1 < PROM_COINBASE_MATURITY) {
        return "is a coinbase with fewer than 100 confirmations: no block could hold Tx0 yet";
    }
    return NULL;
}

prom_result prom_terms_check_input(const prom_terms *terms, const prom_tx_output *wanted, bool is_offer,
                                   const prom_input_view *view, prom_error *error)
{
    const prom_chain_parameters *network = prom_terms_network(terms);
    const char *fault = fault_of(wanted, view);
    if (network == NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "this program does not know the chain of the terms");
    }
    if (fault != NULL) {
        return prom_fail(error, PROM_CATEGORY_PEER, "it %s", fault);
    }
    const uint32_t age = is_offer ? network->offer_age : 1;
    const bool of_age = (uint64_t)view->height + age <= terms->snapshot_height;
    if (!of_age && (is_offer || terms->earlier.length == 0)) {
        return prom_fail(error, PROM_CATEGORY_PEER,
                         "it is in block %u, and must be %u or more before the snapshot, block %u", view->height, age,
                         terms->snapshot_height);
    }
    return prom_ok();
}
