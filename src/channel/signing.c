/* From the full terms to Tx0: trees compared, inputs found, branches signed by all, then Tx0's inputs. */
#include <string.h>

#include "channel/step.h"

prom_result prom_channel_digest_body(struct step *step, prom_span *body)
{
    prom_writer writer = prom_writer_in(step->channel->arena);
    prom_write_bytes32(&writer, &step->channel->tree->contract_id);
    prom_write_bytes32(&writer, &step->channel->tree->digest);
    return prom_writer_finish(&writer, body, step->error);
}

/* Before the full terms C alone is known to everybody: to the sender ours came as a stranger's, perhaps, and was not
 * kept. Now it is a party, and knows us. */
static prom_result tell_digest_again(struct step *step, const struct received *message)
{
    prom_span body;
    if (message->place == PROM_PARTY_C || step->channel->place == PROM_PARTY_C) {
        return prom_ok();
    }
    PROM_TRY(prom_channel_digest_body(step, &body));
    return prom_channel_act_send(step, message->from, PROM_MESSAGE_DIGEST, body);
}

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
    if (channel->digest_seen[message->place]) {
        return prom_ok();
    }
    channel->digest_seen[message->place] = true;
    return tell_digest_again(step, message);
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

/* Our message of nonces or partial signatures: to all, once on the disk, the number of the attempt with it. */
static prom_result give(struct step *step, prom_message_kind kind, prom_span body)
{
    PROM_TRY(prom_channel_act_store(step, prom_message_name(kind), body));
    return prom_channel_act_send_all(step, kind, body);
}

/* Our nonces of the present attempt, made once. */
static prom_result make_nonces(struct step *step)
{
    prom_channel *channel = step->channel;
    const prom_signer *signer = &channel->signer;
    return signer->give_nonces(signer->context, channel->arena, channel->signing, &channel->nonces, step->error);
}

prom_result prom_channel_take_nonces(struct step *step, const struct received *message)
{
    prom_signing *signing = step->channel->signing;
    bool old = false;
    if (step->channel->culprit != PROM_PLACES_MAX) {
        return prom_ok(); /* we are signed; the others have lost their session to somebody's fault */
    }
    PROM_TRY(prom_signing_take_nonces(signing, message->place, message->body, &old, step->error));
    if (!old || prom_signing_wants_nonces(signing)) {
        return prom_ok();
    }
    /* Ours may have come to the sender before it crashed. */
    return prom_channel_act_send(step, message->from, PROM_MESSAGE_NONCES, step->channel->nonces);
}

prom_result prom_channel_take_partials(struct step *step, const struct received *message)
{
    if (step->channel->culprit != PROM_PLACES_MAX) {
        return prom_ok();
    }
    return prom_signing_take_partials(step->channel->signing, message->place, message->body, step->error);
}

prom_result prom_channel_keep_fault(struct step *step)
{
    prom_channel *channel = step->channel;
    prom_span words;
    if (channel->signing == NULL || channel->culprit != PROM_PLACES_MAX ||
        prom_signing_culprit(channel->signing) == PROM_PLACES_MAX) {
        return prom_ok();
    }
    channel->culprit = prom_signing_culprit(channel->signing);
    PROM_TRY(prom_signing_words(channel->arena, &words, channel->signing, step->error));
    return prom_channel_act_store(step, "signing-fault", words);
}

/* The next steps of the signing session that can be made. */
static prom_result sign_branches(struct step *step)
{
    prom_channel *channel = step->channel;
    prom_signing *signing = channel->signing;
    const prom_own_words words = {channel->signer.context, channel->signer.sign};
    prom_span bytes;
    if (prom_signing_wants_nonces(signing)) {
        PROM_TRY(make_nonces(step));
        PROM_TRY(give(step, PROM_MESSAGE_NONCES, channel->nonces));
    }
    if (prom_signing_wants_partials(signing)) {
        PROM_TRY(prom_signing_give_partials(channel->arena, signing, &bytes, &words, step->error));
        PROM_TRY(give(step, PROM_MESSAGE_PARTIALS, bytes));
    }
    if (prom_signing_has_partials(signing) && !prom_signing_is_complete(signing)) {
        PROM_TRY(prom_signing_complete(signing, step->error));
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
    return channel->stage == PROM_STAGE_COMPARED || channel->stage == PROM_STAGE_SIGNED ? sign_branches(step)
                                                                                        : prom_ok();
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

static prom_result check_tx0_signatures(struct step *step, const struct received *message)
{
    const prom_channel *channel = step->channel;
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_arena_init_within(&scratch, channel->arena);
    return prom_tx0_check(channel->curve, &scratch, &channel->terms, channel->tree, message->place, message->body,
                          step->error);
}

/* The first that are good stand: of one input there are many good signatures. */
prom_result prom_channel_take_tx0_signatures(struct step *step, const struct received *message)
{
    prom_channel *channel = step->channel;
    prom_span *kept = &channel->tx0_signatures[message->place];
    PROM_TRY(check_tx0_signatures(step, message));
    return kept->length > 0 ? prom_ok() : prom_span_copy(channel->arena, kept, message->body, step->error);
}

/* The signatures of a place's inputs, from the witnesses; empty where they are not one signature each. */
static prom_result witnesses_of(struct step *step, prom_arena *arena, prom_span *signatures, const prom_tx *tx0,
                                size_t place)
{
    const prom_channel *channel = step->channel;
    prom_writer writer = prom_writer_in(arena);
    size_t first = 0;
    const size_t count = prom_tx0_inputs(&channel->terms, place, &first);
    for (size_t i = first; i < first + count; i++) {
        const prom_tx_input *input = &tx0->inputs[i];
        prom_write_span(&writer, input->witness_count == 1 ? input->witness[0] : prom_span_of(NULL, 0));
    }
    return prom_writer_finish(&writer, signatures, step->error);
}

/* That these bytes are the Tx0 of the terms, with everybody's signatures. */
static prom_result check_tx0(struct step *step, prom_span bytes)
{
    const prom_channel *channel = step->channel;
    const prom_tree_tx *agreed = &channel->tree->tx[PROM_TX0];
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_tx *tx0 = NULL;
    prom_bytes32 txid;
    prom_arena_init_within(&scratch, channel->arena);
    PROM_TRY(prom_blame_peer(prom_tx_parse(&scratch, &tx0, bytes, step->error)));
    PROM_TRY(prom_tx_id(&scratch, &txid, tx0, step->error));
    if (!prom_bytes32_equal(&txid, &agreed->txid)) {
        return prom_fail(step->error, PROM_CATEGORY_PEER, "what the client sent is not the Tx0 of the terms");
    }
    for (size_t place = 0; place < prom_channel_place_count(channel); place++) {
        prom_span signatures;
        PROM_TRY(witnesses_of(step, &scratch, &signatures, tx0, place));
        PROM_TRY(
            prom_tx0_check(channel->curve, &scratch, &channel->terms, channel->tree, place, signatures, step->error));
    }
    return prom_ok();
}

prom_result prom_channel_take_tx0(struct step *step, const struct received *message)
{
    prom_channel *channel = step->channel;
    if (channel->tx0.length > 0) {
        return prom_ok(); /* it is here already */
    }
    PROM_TRY(check_tx0(step, message->body));
    PROM_TRY(prom_span_copy(channel->arena, &channel->tx0, message->body, step->error));
    return prom_channel_act_store(step, "Tx0", channel->tx0);
}
