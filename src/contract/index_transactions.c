#include "contract/index_transactions.h"

#include <string.h>

#include "contract/index_endings.h"
#include "contract/index_entries.h"
#include "prometheus/bitcoin/script.h"

static const prom_bytes32 none;

void prom_index_set_fate(prom_index_record *offer, prom_offer_fate fate, uint32_t height, const prom_bytes32 *spent_by)
{
    offer->offer.fate = fate;
    offer->offer.spent_height = height;
    offer->offer.spent_by = *spent_by;
}

/* The data of the OP_RETURN that a transaction has exactly one of, if it is one push of the shortest form; else
 * nothing. */
static prom_span only_mark(const prom_tx *tx, size_t *position)
{
    prom_span script = {NULL, 0};
    for (size_t i = 0; i < tx->output_count; i++) {
        const prom_span output_script = tx->outputs[i].script;
        if (output_script.length > 0 && output_script.data[0] == PROM_OP_RETURN) {
            if (script.length > 0) {
                return (prom_span){NULL, 0};
            }
            script = output_script;
            *position = i;
        }
    }
    prom_reader reader = prom_reader_of(script);
    (void)prom_read_u8(&reader);
    const uint8_t opcode = prom_read_u8(&reader);
    const size_t length = opcode == PROM_OP_PUSHDATA1 ? prom_read_u8(&reader) : opcode;
    const prom_span data = prom_read_span(&reader, length);
    const bool shortest = opcode < PROM_OP_PUSHDATA1 || (opcode == PROM_OP_PUSHDATA1 && length >= PROM_OP_PUSHDATA1);
    return shortest && prom_reader_done(&reader) ? data : (prom_span){NULL, 0};
}

/* Whether the mark is `magic` and a txid of P. */
static bool names_p(prom_bytes32 *p_txid, prom_span mark, const char *magic)
{
    prom_reader reader = prom_reader_of(mark);
    const prom_span found = prom_read_span(&reader, 4);
    *p_txid = prom_read_bytes32(&reader);
    return prom_reader_done(&reader) && memcmp(found.data, magic, 4) == 0;
}

static bool publishes_p(const prom_index *index, prom_parameters *P, prom_span mark)
{
    prom_reader reader = prom_reader_of(mark);
    prom_parameters_read(&reader, P);
    return prom_reader_done(&reader) && prom_is_ok(prom_parameters_check(index->curve, P, index->network, NULL));
}

/* Output 0 of an offer: to be worth a is asked of it when P is known. */
static bool locks_stake(prom_index_record *record, const prom_tx_output *output)
{
    if (!prom_script_is_p2tr(output->script)) {
        return false;
    }
    record->offer.value = output->value;
    memcpy(record->offer.key.bytes, output->script.data + 2, sizeof record->offer.key.bytes);
    return true;
}

/* Whether the transaction has the form of one of the three. Of a Tx0 it is still to be seen which offers it engages. */
static bool classify(const prom_index *index, prom_index_record *record, const prom_tx *tx)
{
    size_t position = 0;
    const prom_span mark = only_mark(tx, &position);
    if (publishes_p(index, &record->P, mark)) {
        record->kind = PROM_INDEX_P;
        return true;
    }
    if (names_p(&record->p_txid, mark, "PRMO")) {
        record->kind = PROM_INDEX_OFFER;
        prom_index_set_fate(record, PROM_OFFER_UNSPENT, 0, &none);
        return position == 1 && locks_stake(record, &tx->outputs[0]);
    }
    record->kind = PROM_INDEX_TX0;
    if (!names_p(&record->p_txid, mark, "PRMC")) {
        return false;
    }
    memset(&record->lock, 0, sizeof record->lock);
    record->lock.value = tx->outputs[0].value;
    record->lock.reward = prom_amount_zero();
    return true;
}

/* The record whose unspent output 0 an input spends, or NULL. */
static prom_index_record *spent_record(const prom_index *index, const prom_outpoint *outpoint)
{
    struct index_entry *entry = outpoint->index == 0 ? prom_index_entry_find(index, &outpoint->txid) : NULL;
    prom_index_record *record = entry != NULL ? &entry->record : NULL;
    if (record == NULL || record->kind == PROM_INDEX_P) {
        return NULL;
    }
    const bool unspent = prom_index_is_lock(record) ? record->lock.way == 0 : record->offer.fate == PROM_OFFER_UNSPENT;
    return unspent ? record : NULL;
}

static bool spends_any(const prom_index *index, const prom_tx *tx)
{
    for (size_t i = 0; i < tx->input_count; i++) {
        if (spent_record(index, &tx->inputs[i].outpoint) != NULL) {
            return true;
        }
    }
    return false;
}

/* Writes down what becomes of all that a transaction spends; gives the number of the offers that it engages. `record`
 * is what it is itself, `kept` whether it has a mark. Where it moves the deposits of a contract on, it is that. */
static uint32_t spend_all(const prom_index *index, const prom_tx *tx, prom_index_record *record, bool *kept)
{
    const bool is_tx0 = *kept && record->kind == PROM_INDEX_TX0;
    uint32_t engaged = 0;
    for (size_t i = 0; i < tx->input_count; i++) {
        prom_index_record *spent = spent_record(index, &tx->inputs[i].outpoint);
        if (spent == NULL) {
            continue;
        }
        if (prom_index_is_lock(spent)) {
            struct index_spend spend = {.height = record->height, .txid = record->txid};
            prom_index_find_way(index, &spend, spent, tx);
            prom_index_set_way(spent, &spend);
            *kept = prom_index_moves(record, spent, &spend, tx) || *kept;
            continue;
        }
        const bool same_p = is_tx0 && prom_bytes32_equal(&record->p_txid, &spent->p_txid);
        prom_index_set_fate(spent, same_p ? PROM_OFFER_ENGAGED : PROM_OFFER_WITHDRAWN, record->height, &record->txid);
        engaged += same_p;
    }
    return engaged;
}

prom_result prom_index_add_transaction(prom_index *index, const prom_tx *tx, uint32_t height, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_index_record record = {.height = height};
    bool kept = classify(index, &record, tx);
    if (!kept && !spends_any(index, tx)) {
        return prom_ok();
    }
    prom_arena_init(&scratch, SIZE_MAX);
    PROM_TRY(prom_tx_id(&scratch, &record.txid, tx, error));
    if (prom_index_entry_find(index, &record.txid) != NULL) {
        char text[PROM_HEX32];
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "transaction %s is on the chain already",
                         prom_hex32_reversed(text, &record.txid));
    }
    const uint32_t engaged = spend_all(index, tx, &record, &kept);
    if (!kept || (record.kind == PROM_INDEX_TX0 && engaged == 0)) {
        return prom_ok();
    }
    if (record.kind == PROM_INDEX_TX0) {
        record.lock.offers = engaged;
    }
    if (record.kind == PROM_INDEX_P) {
        record.p_txid = record.txid;
    }
    if (index->entry_count >= index->entry_max) {
        index->full_since = index->full_since == 0 ? height : index->full_since;
        return prom_ok();
    }
    return prom_index_entry_add(index, &record, error);
}
