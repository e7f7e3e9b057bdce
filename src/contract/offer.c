#include "prometheus/contract/offer.h"

#include <stdio.h>
#include <string.h>

#include "prometheus/bitcoin/script.h"
#include "prometheus/crypto/hash.h"

static prom_result offer_point(const prom_curve *curve, prom_bytes32 *point, const prom_bytes32 *p_txid,
                               const prom_bytes32 *key, prom_error *error)
{
    prom_hasher hasher;
    prom_bytes32 shift;
    bool odd = false;
    prom_hasher_init(&hasher, "prometheus/offer-point");
    prom_hasher_add(&hasher, prom_span_of32(p_txid));
    prom_hasher_add(&hasher, prom_span_of32(key));
    prom_hasher_finish(&hasher, &shift);
    return prom_public_key_tweak(curve, point, &odd, &prom_unspendable_key, &shift, error);
}

prom_result prom_offer_output(const prom_curve *curve, prom_arena *arena, prom_descriptor **output,
                              const prom_bytes32 *p_txid, const prom_arbiter_terms *arbiter, prom_error *error)
{
    prom_bytes32 point;
    char internal[PROM_HEX32];
    char key[PROM_HEX32];
    char hash[PROM_HEX32];
    char text[512];
    PROM_TRY(offer_point(curve, &point, p_txid, &arbiter->key, error));
    (void)prom_hex32(key, &arbiter->key);
    (void)snprintf(text, sizeof text, "tr(%s,{and_v(v:sha256(%s),pk(%s)),and_v(v:pk(%s),older(%u))})",
                   prom_hex32(internal, &point), prom_hex32(hash, &arbiter->x_hash), key, key,
                   (unsigned)arbiter->expiry);
    return prom_descriptor_parse(curve, arena, output, text, error);
}

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
                               const prom_bytes32 *p_txid, const prom_parameters *P, const prom_arbiter_terms *arbiter,
                               prom_error *error)
{
    prom_descriptor *offer = NULL;
    PROM_TRY(prom_offer_output(curve, arena, &offer, p_txid, arbiter, error));
    outputs[0] = (prom_tx_output){P->a, offer->script};
    outputs[1].value = prom_amount_zero();
    return prom_offer_mark(arena, &outputs[1].script, p_txid, error);
}

/* Signs an input by a leaf of the offer; the secrets' x is NULL where the leaf does not ask for it. */
static prom_result spend(const prom_curve *curve, prom_arena *arena, const prom_offer_input *input, size_t leaf,
                         const prom_offer_secrets *secrets, prom_error *error)
{
    prom_keyed_signature keyed = {.public_key = secrets->key->public_key};
    const prom_satisfaction with = {&keyed, 1, secrets->x, secrets->x != NULL};
    const prom_signed_input signed_input = {
        .tx = input->tx, .spent = input->spent, .index = input->index, .leaf_hash = &input->offer->taproot[leaf].hash};
    prom_bytes32 hash;
    PROM_TRY(prom_tx_sighash(arena, &hash, &signed_input, error));
    PROM_TRY(prom_sign(curve, &keyed.signature, &hash, secrets->key, secrets->auxiliary, error));
    prom_tx_input *spending = &input->tx->inputs[input->index];
    return prom_descriptor_witness(arena, &spending->witness, &spending->witness_count, input->offer, leaf, &with,
                                   error);
}

prom_result prom_offer_engage(const prom_curve *curve, prom_arena *arena, const prom_offer_input *input,
                              const prom_offer_secrets *secrets, prom_error *error)
{
    return spend(curve, arena, input, PROM_OFFER_LEAF_ENGAGE, secrets, error);
}

prom_result prom_offer_withdraw(const prom_curve *curve, prom_arena *arena, prom_tx **made,
                                const prom_withdrawal *withdrawal, const prom_key *key, const prom_bytes32 *auxiliary,
                                prom_error *error)
{
    const prom_arbiter_terms *offer = withdrawal->offer;
    const prom_amount stake = withdrawal->stake;
    const uint32_t feerate = withdrawal->feerate;
    prom_descriptor *output = NULL;
    prom_tx *tx = NULL;
    size_t weight = 0;
    PROM_TRY(prom_offer_output(curve, arena, &output, withdrawal->p_txid, offer, error));
    const prom_tx_output spent = {stake, output->script};
    PROM_TRY(prom_tx_new(arena, &tx, 1, 1, error));
    tx->inputs[0].outpoint = offer->offer;
    tx->inputs[0].sequence = offer->expiry; /* BIP 68, in blocks */
    PROM_TRY(prom_script_p2tr(arena, &tx->outputs[0].script, &offer->payout, error));
    PROM_TRY(prom_tx_weight(arena, &weight, tx, error));
    weight += 2 + prom_descriptor_witness_bytes(output, PROM_OFFER_LEAF_WITHDRAW); /* BIP 144's marker and flag */
    tx->outputs[0].value = prom_amount_subtract(stake, prom_fee(feerate, prom_vsize(weight)));
    if (!prom_amount_at_least(tx->outputs[0].value, prom_dust_limit(tx->outputs[0].script))) {
        char text[PROM_AMOUNT_TEXT];
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "a stake of %s sat does not pay for its withdrawal at %u sat/vB: choose a lower feerate",
                         prom_amount_text(text, stake), (unsigned)feerate);
    }
    const prom_offer_input input = {.tx = tx, .spent = &spent, .offer = output};
    const prom_offer_secrets secrets = {.key = key, .auxiliary = auxiliary};
    *made = tx;
    return spend(curve, arena, &input, PROM_OFFER_LEAF_WITHDRAW, &secrets, error);
}

/* All that A signs. */
static void write_statement(prom_writer *writer, const prom_announcement *announcement)
{
    writer->failed = announcement->address.length > PROM_ADDRESS_MAX || writer->failed;
    prom_write_bytes32(writer, &announcement->p_txid);
    prom_arbiter_terms_write(writer, &announcement->offer);
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
    prom_arbiter_terms_read(&reader, &announcement->offer);
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
    if (!prom_signature_valid(curve, &announcement->signature, prom_span_of32(&hash), &announcement->offer.key)) {
        return prom_fail(error, PROM_CATEGORY_PEER, "an offer's announcement is not signed by its arbiter");
    }
    return prom_ok();
}

prom_result prom_announcement_check(const prom_curve *curve, prom_arena *arena, const prom_announcement *announcement,
                                    const prom_parameters *P, const prom_tx_output *output, prom_error *error)
{
    prom_descriptor *offer = NULL;
    PROM_TRY(prom_announcement_signed(curve, arena, announcement, error));
    PROM_TRY(
        prom_blame_peer(prom_offer_output(curve, arena, &offer, &announcement->p_txid, &announcement->offer, error)));
    if (!prom_span_equal(offer->script, output->script)) {
        return prom_fail(error, PROM_CATEGORY_PEER, "an announced offer does not pay to the script that it announces");
    }
    if (!prom_amount_equal(output->value, P->a)) {
        return prom_fail(error, PROM_CATEGORY_PEER, "an announced offer does not hold the stake a of P");
    }
    return prom_ok();
}
