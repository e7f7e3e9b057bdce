/* From the full terms to Tx0: trees compared, inputs found, branches signed by all, then Tx0's inputs. */
#include <string.h>

#include "channel/step.h"
#include "prometheus/crypto/hash.h"

prom_result prom_channel_take_digest(struct step *step, const struct received *message)
{
    prom_channel *channel = step->channel;
    prom_reader reader = prom_reader_of(message->body);
    const prom_bytes32 contract_id = prom_read_bytes32(&reader);
    const prom_bytes32 digest = prom_read_bytes32(&reader);
    if (!prom_reader_done(&reader) || !prom_bytes32_equal(&contract_id, &channel->tree->contract_id) ||
        !prom_bytes32_equal(&digest, &channel->tree->digest)) {
        char name[PROM_PLACE_NAME];
        return prom_fail(step->error, PROM_CATEGORY_PEER, "%s has other terms or builds another tree than we",
                         prom_place_name(name, message->place));
    }
    channel->digest_seen[message->place] = true;
    return prom_ok();
}

prom_input_view prom_channel_input_view(const prom_event *event)
{
    const bool in_block = event->found && event->confirmations > 0;
    return (prom_input_view){.found = in_block,
                             .output = event->output,
                             .height = event->height,
                             .coinbase = event->coinbase,
                             .tip = in_block ? event->height + (event->confirmations - 1) : 0};
}

prom_result prom_channel_take_input(struct step *step, const prom_event *event)
{
    prom_channel *channel = step->channel;
    if (channel->tree == NULL) {
        return prom_fail(step->error, PROM_CATEGORY_MISUSE, "no input was to be looked up");
    }
    const prom_tree_tx *tx0 = &channel->tree->tx[PROM_TX0];
    const size_t first_offer = prom_tree_arbiter_input(&channel->terms, 0);
    const prom_input_view view = prom_channel_input_view(event);
    for (size_t i = 0; i < tx0->tx->input_count; i++) {
        if (!prom_outpoint_equal(&tx0->tx->inputs[i].outpoint, &event->outpoint)) {
            continue;
        }
        char txid[PROM_HEX32];
        PROM_TRY(prom_within(
            prom_terms_check_input(&channel->terms, &tx0->spent[i], i >= first_offer, &view, step->error), step->error,
            "input %zu of Tx0, %s:%u", i, prom_hex32_reversed(txid, &event->outpoint.txid), event->outpoint.index));
        channel->input_found[i] = true;
    }
    return prom_ok();
}

static bool all_compared(const prom_channel *channel)
{
    bool all = channel->snapshot_found;
    for (size_t i = 0; i < prom_channel_place_count(channel); i++) {
        all = all && channel->digest_seen[i];
    }
    for (size_t i = 0; i < channel->tree->tx[PROM_TX0].tx->input_count; i++) {
        all = all && (channel->config->role == PROM_ROLE_ARBITER || channel->input_found[i]);
    }
    return all;
}

void prom_message_hash(prom_bytes32 *hash, const prom_bytes32 *contract_id, prom_message_kind kind, prom_span bytes)
{
    const uint8_t number = (uint8_t)kind;
    prom_hasher hasher;
    prom_hasher_init(&hasher, "prometheus/signing");
    prom_hasher_add(&hasher, prom_span_of32(contract_id));
    prom_hasher_add(&hasher, prom_span_of(&number, 1));
    prom_hasher_add(&hasher, bytes);
    prom_hasher_finish(&hasher, hash);
}

/* Nonces or partial signatures, signed with our own-words key: to all, once on the disk. */
static prom_result give_signed(struct step *step, prom_message_kind kind, prom_span bytes)
{
    prom_channel *channel = step->channel;
    prom_writer writer = prom_writer_in(channel->arena);
    prom_signature signature;
    prom_bytes32 hash;
    prom_span body;
    prom_message_hash(&hash, &channel->tree->contract_id, kind, bytes);
    PROM_TRY(channel->signer.sign(channel->signer.context, &signature, &hash, step->error));
    prom_write_span(&writer, bytes);
    prom_write_span(&writer, prom_span_of(signature.bytes, sizeof signature.bytes));
    PROM_TRY(prom_writer_finish(&writer, &body, step->error));
    PROM_TRY(prom_channel_act_store(step, prom_message_name(kind), body));
    return prom_channel_act_send_all(step, kind, body);
}

/* What a message of nonces or partial signatures holds, its sender's signature checked. */
static prom_result take_signed(struct step *step, prom_span *bytes, prom_message_kind kind,
                               const struct received *message)
{
    const prom_channel *channel = step->channel;
    prom_signature signature;
    prom_bytes32 hash;
    char name[PROM_PLACE_NAME];
    const size_t length =
        message->body.length < sizeof signature.bytes ? 0 : message->body.length - sizeof signature.bytes;
    *bytes = prom_span_of(message->body.data, length);
    prom_message_hash(&hash, &channel->tree->contract_id, kind, *bytes);
    if (length > 0) {
        memcpy(signature.bytes, message->body.data + length, sizeof signature.bytes);
    }
    if (length == 0 || !prom_signature_valid(channel->curve, &signature, prom_span_of32(&hash),
                                             prom_channel_place_key(channel, message->place))) {
        return prom_fail(step->error, PROM_CATEGORY_PEER, "the %s of %s are not signed by it", prom_message_name(kind),
                         prom_place_name(name, message->place));
    }
    return prom_ok();
}

prom_result prom_channel_take_nonces(struct step *step, const struct received *message)
{
    prom_span nonces;
    PROM_TRY(take_signed(step, &nonces, PROM_MESSAGE_NONCES, message));
    return prom_signing_take_nonces(step->channel->signing, message->place, nonces, step->error);
}

prom_result prom_channel_take_partials(struct step *step, const struct received *message)
{
    prom_span partials;
    PROM_TRY(take_signed(step, &partials, PROM_MESSAGE_PARTIALS, message));
    return prom_signing_take_partials(step->channel->signing, message->place, partials, step->error);
}

/* The next steps of the signing session that can be made. */
static prom_result sign_branches(struct step *step)
{
    prom_channel *channel = step->channel;
    prom_signing *signing = channel->signing;
    prom_span bytes;
    if (!channel->gave_nonces) {
        PROM_TRY(channel->signer.give_nonces(channel->signer.context, channel->arena, signing, &bytes, step->error));
        channel->gave_nonces = true;
        PROM_TRY(give_signed(step, PROM_MESSAGE_NONCES, bytes));
    }
    if (!channel->gave_partials && prom_signing_has_nonces(signing)) {
        PROM_TRY(prom_signing_give_partials(channel->arena, signing, &bytes, NULL, step->error));
        channel->gave_partials = true;
        PROM_TRY(give_signed(step, PROM_MESSAGE_PARTIALS, bytes));
    }
    if (channel->gave_partials && prom_signing_has_partials(signing) && !prom_signing_is_complete(signing)) {
        PROM_TRY(prom_signing_complete(signing, NULL, step->error));
        PROM_TRY(prom_signing_write(channel->arena, &bytes, signing, step->error));
        return prom_channel_act_store(step, "signatures", bytes);
    }
    return prom_ok();
}

prom_result prom_channel_compare_and_sign(struct step *step)
{
    prom_channel *channel = step->channel;
    if (channel->stage == PROM_STAGE_AGREED && all_compared(channel)) {
        channel->stage = PROM_STAGE_COMPARED;
    }
    return channel->stage == PROM_STAGE_COMPARED ? sign_branches(step) : prom_ok();
}

prom_result prom_channel_sign_tx0(struct step *step, prom_span *signatures)
{
    prom_channel *channel = step->channel;
    const prom_tree_tx *tx0 = &channel->tree->tx[PROM_TX0];
    prom_writer writer = prom_writer_in(channel->arena);
    size_t first = 0;
    const size_t count = prom_tx0_inputs(&channel->terms, channel->place, &first);
    for (size_t i = 0; i < count; i++) {
        prom_bytes32 hash;
        prom_signature signature;
        PROM_TRY(prom_tree_sighash(channel->arena, &hash, tx0, first + i, step->error));
        PROM_TRY(channel->signer.sign_coin(channel->signer.context, &signature, &hash, i, step->error));
        prom_write_span(&writer, prom_span_of(signature.bytes, sizeof signature.bytes));
    }
    return prom_writer_finish(&writer, signatures, step->error);
}

/* W, V, A: our signatures of Tx0 for the client; from now on we watch for it. */
static prom_result give_tx0_signatures(struct step *step)
{
    prom_channel *channel = step->channel;
    const prom_outpoint O0 = channel->tree->root.outpoint;
    prom_span body;
    PROM_TRY(prom_channel_sign_tx0(step, &body));
    PROM_TRY(prom_channel_act_store(step, "tx0-signatures", body));
    PROM_TRY(prom_channel_act_watch(step, &O0));
    channel->stage = PROM_STAGE_SIGNED;
    return prom_channel_act_send(step, &channel->terms.parties[PROM_PARTY_C].key, PROM_MESSAGE_TX0_SIGNATURES, body);
}

prom_result prom_channel_sign_tree(struct step *step)
{
    PROM_TRY(prom_channel_compare_and_sign(step));
    const bool all = step->channel->stage == PROM_STAGE_COMPARED && prom_signing_is_complete(step->channel->signing);
    return all ? give_tx0_signatures(step) : prom_ok();
}

prom_result prom_channel_take_tx0_signatures(struct step *step, const struct received *message)
{
    prom_channel *channel = step->channel;
    PROM_TRY(prom_tx0_check(channel->curve, channel->arena, &channel->terms, channel->tree, message->place,
                            message->body, step->error));
    return prom_span_copy(channel->arena, &channel->tx0_signatures[message->place], message->body, step->error);
}

/* The signatures of a place's inputs, from the witnesses; empty where they are not one signature each. */
static prom_result witnesses_of(struct step *step, prom_span *signatures, const prom_tx *tx0, size_t place)
{
    const prom_channel *channel = step->channel;
    prom_writer writer = prom_writer_in(channel->arena);
    size_t first = 0;
    const size_t count = prom_tx0_inputs(&channel->terms, place, &first);
    for (size_t i = first; i < first + count; i++) {
        const prom_tx_input *input = &tx0->inputs[i];
        prom_write_span(&writer, input->witness_count == 1 ? input->witness[0] : prom_span_of(NULL, 0));
    }
    return prom_writer_finish(&writer, signatures, step->error);
}

prom_result prom_channel_take_tx0(struct step *step, const struct received *message)
{
    prom_channel *channel = step->channel;
    const prom_tree_tx *agreed = &channel->tree->tx[PROM_TX0];
    prom_tx *tx0 = NULL;
    prom_bytes32 txid;
    if (channel->tx0.length > 0) {
        return prom_ok(); /* it is here already */
    }
    PROM_TRY(prom_blame_peer(prom_tx_parse(channel->arena, &tx0, message->body, step->error)));
    PROM_TRY(prom_tx_id(channel->arena, &txid, tx0, step->error));
    if (!prom_bytes32_equal(&txid, &agreed->txid)) {
        return prom_fail(step->error, PROM_CATEGORY_PEER, "what the client sent is not the Tx0 of the terms");
    }
    for (size_t place = 0; place < prom_channel_place_count(channel); place++) {
        prom_span signatures;
        PROM_TRY(witnesses_of(step, &signatures, tx0, place));
        PROM_TRY(prom_tx0_check(channel->curve, channel->arena, &channel->terms, channel->tree, place, signatures,
                                step->error));
    }
    PROM_TRY(prom_span_copy(channel->arena, &channel->tx0, message->body, step->error));
    return prom_channel_act_store(step, "Tx0", channel->tx0);
}
