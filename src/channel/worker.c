/* The worker's policy: computes, delivers, and is paid by the transaction that shows h_p. */
#include "channel/step.h"
#include "prometheus/contract/deadline.h"
#include "prometheus/contract/evidence.h"
#include "prometheus/crypto/hash.h"

static prom_result take_proposal_as_worker(struct step *step, const struct received *message)
{
    prom_channel *channel = step->channel;
    PROM_TRY(prom_channel_take_proposal(step, message, PROM_PARTY_W));
    prom_sha256(&channel->terms.h, prom_span_of32(&channel->config->h_p));
    prom_sha256(&channel->terms.k_h, prom_span_of32(&channel->config->k_p));
    return prom_ok();
}

static prom_result computed(struct step *step, const prom_event *event)
{
    prom_channel *channel = step->channel;
    prom_span *package = &channel->packages[PROM_PARTY_W];
    if (channel->stage != PROM_STAGE_LOCKED) {
        return prom_fail(step->error, PROM_CATEGORY_MISUSE, "nothing was to be computed");
    }
    PROM_TRY(prom_span_copy(channel->arena, package, event->result, step->error));
    PROM_TRY(prom_channel_act_store(step, "package", *package));
    channel->stage = PROM_STAGE_DELIVERED;
    return prom_channel_act_send_all(step, PROM_MESSAGE_PACKAGE, *package);
}

static prom_result take_receipt(struct step *step, const struct received *message)
{
    prom_channel *channel = step->channel;
    const prom_signer *signer = &channel->signer;
    const size_t seat = message->place - PROM_PARTIES;
    prom_reader reader = prom_reader_of(message->body);
    prom_receipt receipt;
    prom_bytes32 expected;
    prom_bytes32 hash;
    prom_span body;
    if (channel->receipted[seat]) {
        return prom_ok(); /* its first word stands */
    }
    prom_receipt_read(&reader, &receipt, &channel->tree->contract_id);
    if (!prom_reader_done(&reader)) {
        return prom_fail(step->error, PROM_CATEGORY_PEER, "these bytes are not a receipt");
    }
    prom_package_hash(&expected, &channel->tree->contract_id, PROM_ROUND_A, channel->packages[PROM_PARTY_W]);
    PROM_TRY(prom_receipt_hash(channel->arena, &hash, &receipt, step->error));
    if (receipt.round != PROM_ROUND_A || !prom_bytes32_equal(&receipt.package_hash, &expected) ||
        !signer->contract.verify(signer->contract.context, &receipt.signature, &hash,
                                 prom_channel_place_key(channel, message->place))) {
        char name[PROM_PLACE_NAME];
        return prom_fail(step->error, PROM_CATEGORY_PEER, "the receipt of %s is not valid",
                         prom_place_name(name, message->place));
    }
    channel->receipts[seat] = receipt;
    channel->receipted[seat] = true;
    PROM_TRY(prom_span_copy(channel->arena, &body, message->body, step->error));
    return prom_channel_act_store(step, "receipt", body);
}

/* V's signature of Tx4 is the verdict r = 1: with C's and ours, and h_p, it is the payment. */
static prom_result take_verdict(struct step *step, const struct received *message)
{
    prom_channel *channel = step->channel;
    const prom_tree_tx *tx4 = &channel->tree->tx[PROM_TX4];
    prom_keyed_signature verdict = {.public_key = channel->terms.parties[PROM_PARTY_V].key};
    const prom_satisfaction late = {&verdict, 1, &channel->config->h_p, 1};
    prom_tx *tx = NULL;
    const prom_tip_window window =
        prom_deadline_window(PROM_DEADLINE_TX4, &channel->terms.P,
                             prom_chain_parameters_by_genesis(&channel->terms.genesis), channel->tx0_height);
    if ((int64_t)channel->tip > window.latest) { /* h_p would be out, and Tx1 could come first */
        return prom_fail(step->error, PROM_CATEGORY_PEER, "the verdict came too late to be paid safely");
    }
    PROM_TRY(prom_channel_read_signature(step, &verdict.signature, message->body));
    PROM_TRY(prom_channel_check_input(step, &verdict.signature, tx4, 0, PROM_PARTY_V));
    PROM_TRY(
        prom_signing_finish(channel->arena, &tx, channel->signing, tx4, &channel->signer.contract, &late, step->error));
    channel->stage = PROM_STAGE_JUDGED;
    return prom_channel_act_publish(step, "Tx4", tx);
}

/* The contract is closed and buried: the arbiters' stakes are free. */
static prom_result release_stakes(struct step *step)
{
    prom_channel *channel = step->channel;
    for (size_t i = 0; i < channel->terms.arbiter_count; i++) {
        prom_tree_tx release;
        prom_signature signature;
        prom_span body;
        PROM_TRY(prom_tree_release(channel->arena, &release, &channel->terms, channel->tree, i, step->error));
        PROM_TRY(prom_channel_sign_input(step, &signature, &release, 0));
        PROM_TRY(prom_channel_signature_body(step, &body, &signature));
        PROM_TRY(prom_channel_act_store(step, "release", body));
        PROM_TRY(prom_channel_act_send(step, &channel->terms.arbiters[i].key, PROM_MESSAGE_RELEASE, body));
    }
    return prom_channel_act_close(step, PROM_STAGE_CLOSED, "");
}

static prom_result advance(struct step *step)
{
    prom_channel *channel = step->channel;
    if (channel->stage == PROM_STAGE_AGREED || channel->stage == PROM_STAGE_COMPARED) {
        return prom_channel_sign_tree(step);
    }
    if (channel->stage == PROM_STAGE_LOCKED && !channel->working &&
        prom_channel_buried(channel, channel->tx0_height, prom_channel_safety_margin(channel))) {
        channel->working = true;
        return prom_channel_act(step, (prom_action){.kind = PROM_ACTION_COMPUTE});
    }
    if (channel->stage == PROM_STAGE_SETTLED &&
        prom_channel_buried(channel, channel->settled_height, prom_channel_safety_margin(channel))) {
        return release_stakes(step);
    }
    return prom_ok();
}

static const struct rule rules[] = {
    {PROM_MESSAGE_PROPOSAL, FROM_STRANGER, PROM_STAGE_NEW, PROM_STAGE_NEW, take_proposal_as_worker},
    {PROM_MESSAGE_PAYLOAD, FROM_CLIENT, PROM_STAGE_PROPOSED, PROM_STAGE_PROPOSED, prom_channel_take_payload},
    {PROM_MESSAGE_TERMS, FROM_CLIENT, PROM_STAGE_ACCEPTED, PROM_STAGE_ACCEPTED, prom_channel_take_terms},
    {PROM_MESSAGE_DIGEST, FROM_ANY_PARTY, PROM_STAGE_AGREED, PROM_STAGE_AGREED, prom_channel_take_digest},
    {PROM_MESSAGE_SIGNATURES, FROM_ANY_PARTY, PROM_STAGE_COMPARED, PROM_STAGE_COMPARED, prom_channel_take_signatures},
    {PROM_MESSAGE_RECEIPT, FROM_ARBITER, PROM_STAGE_DELIVERED, PROM_STAGE_SETTLED, take_receipt},
    {PROM_MESSAGE_VERDICT, FROM_VERIFIER, PROM_STAGE_DELIVERED, PROM_STAGE_DELIVERED, take_verdict},
};

const struct policy prom_policy_worker = {
    .rules = rules,
    .rule_count = sizeof rules / sizeof rules[0],
    .output = prom_channel_take_input,
    .computed = computed,
    .advance = advance,
};
