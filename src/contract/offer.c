#include "prometheus/contract/offer.h"

#include <string.h>

#include "prometheus/bitcoin/script.h"
#include "prometheus/crypto/hash.h"

static prom_result mark(prom_arena *arena, prom_span *script, const char magic[4], const prom_bytes32 *p_txid,
                        prom_error *error)
{
    uint8_t data[36];
    memcpy(data, magic, 4);
    memcpy(data + 4, p_txid->bytes, sizeof p_txid->bytes);
    return prom_script_op_return(arena, script, prom_span_of(data, sizeof data), error);
}

prom_result prom_offer_mark(prom_arena *arena, prom_span *script, const prom_bytes32 *p_txid, prom_error *error)
{
    return mark(arena, script, "PRMO", p_txid, error);
}

prom_result prom_contract_mark(prom_arena *arena, prom_span *script, const prom_bytes32 *p_txid, prom_error *error)
{
    return mark(arena, script, "PRMC", p_txid, error);
}

prom_result prom_offer_outputs(const prom_curve *curve, prom_arena *arena, prom_tx_output outputs[PROM_OFFER_OUTPUTS],
                               const prom_bytes32 *p_txid, const prom_parameters *P, const prom_bytes32 *Q,
                               prom_error *error)
{
    if (!prom_public_key_valid(curve, Q)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the key of an offer is not on the curve: nobody could spend it");
    }
    outputs[0].value = P->a;
    outputs[1].value = prom_amount_zero();
    PROM_TRY(prom_script_p2tr(arena, &outputs[0].script, Q, error));
    return prom_offer_mark(arena, &outputs[1].script, p_txid, error);
}

/* All that Q signs. */
static void write_statement(prom_writer *writer, const prom_announcement *announcement)
{
    writer->failed = announcement->address.length > PROM_ADDRESS_MAX || writer->failed;
    prom_write_bytes32(writer, &announcement->p_txid);
    prom_write_bytes32(writer, &announcement->offer.txid);
    prom_write_u32(writer, announcement->offer.index);
    prom_write_bytes32(writer, &announcement->Q);
    prom_write_amount(writer, announcement->retainer);
    prom_write_bytes32(writer, &announcement->node_key);
    prom_write_u8(writer, (uint8_t)announcement->address.length);
    prom_write_span(writer, announcement->address);
}

prom_result prom_announcement_hash(prom_arena *arena, prom_bytes32 *hash, const prom_announcement *announcement,
                                   prom_error *error)
{
    prom_writer writer = prom_writer_in(arena);
    prom_span bytes;
    write_statement(&writer, announcement);
    PROM_TRY(prom_writer_finish(&writer, &bytes, error));
    prom_tagged_hash(hash, "prometheus/announcement", bytes);
    return prom_ok();
}

prom_result prom_announcement_write(prom_arena *arena, prom_span *bytes, const prom_announcement *announcement,
                                    prom_error *error)
{
    prom_writer writer = prom_writer_in(arena);
    write_statement(&writer, announcement);
    prom_write_span(&writer, prom_span_of(announcement->signature.bytes, sizeof announcement->signature.bytes));
    return prom_writer_finish(&writer, bytes, error);
}

prom_result prom_announcement_read(prom_announcement *announcement, prom_span bytes, prom_error *error)
{
    prom_reader reader = prom_reader_of(bytes);
    announcement->p_txid = prom_read_bytes32(&reader);
    announcement->offer.txid = prom_read_bytes32(&reader);
    announcement->offer.index = prom_read_u32(&reader);
    announcement->Q = prom_read_bytes32(&reader);
    announcement->retainer = prom_read_amount(&reader);
    announcement->node_key = prom_read_bytes32(&reader);
    announcement->address = prom_read_span(&reader, prom_read_u8(&reader));
    const prom_span signature = prom_read_span(&reader, sizeof announcement->signature.bytes);
    if (!prom_reader_done(&reader)) {
        return prom_fail(error, PROM_CATEGORY_PEER, "these bytes are not the announcement of an offer");
    }
    memcpy(announcement->signature.bytes, signature.data, signature.length);
    return prom_ok();
}

prom_result prom_announcement_signed(const prom_curve *curve, prom_arena *arena, const prom_announcement *announcement,
                                     prom_error *error)
{
    prom_bytes32 hash;
    PROM_TRY(prom_announcement_hash(arena, &hash, announcement, error));
    if (!prom_signature_valid(curve, &announcement->signature, prom_span_of32(&hash), &announcement->Q)) {
        return prom_fail(error, PROM_CATEGORY_PEER, "the announcement of an offer is not signed by the offer's key");
    }
    return prom_ok();
}

prom_result prom_announcement_check(const prom_curve *curve, prom_arena *arena, const prom_announcement *announcement,
                                    const prom_parameters *P, const prom_tx_output *output, prom_error *error)
{
    prom_span script;
    PROM_TRY(prom_announcement_signed(curve, arena, announcement, error));
    PROM_TRY(prom_script_p2tr(arena, &script, &announcement->Q, error));
    if (!prom_span_equal(script, output->script)) {
        return prom_fail(error, PROM_CATEGORY_PEER, "an announced offer does not pay to the key that signed for it");
    }
    if (!prom_amount_equal(output->value, P->a)) {
        char has[PROM_AMOUNT_TEXT];
        char needed[PROM_AMOUNT_TEXT];
        return prom_fail(error, PROM_CATEGORY_PEER, "an announced offer holds %s sat, and exactly %s is needed: a",
                         prom_amount_text(has, output->value), prom_amount_text(needed, P->a));
    }
    return prom_ok();
}
