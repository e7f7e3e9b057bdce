/* What a transaction of the chain is to the index; docs/protocol.md, section 4. */
#ifndef CONTRACT_INDEX_TRANSACTIONS_H
#define CONTRACT_INDEX_TRANSACTIONS_H

#include "prometheus/contract/index.h"

/* Adds what a transaction publishes, offers or engages to the index, and writes down what becomes of the offers that it
 * spends. PROM_CATEGORY_BAD_INPUT when the index holds it already. */
PROM_MUST_USE prom_result prom_index_add_transaction(prom_index *index, const prom_tx *tx, uint32_t height,
                                                     prom_error *error);

/* Sets what has become of an offer, and the transaction that did it. */
void prom_index_set_fate(prom_index_record *offer, prom_offer_fate fate, uint32_t height, const prom_bytes32 *spent_by);

#endif
