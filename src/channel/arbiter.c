/* An arbiter's policy on the normal path: locks its stake, gives a receipt for the package, takes its stake back. */
#include "channel/step.h"
#include "prometheus/contract/evidence.h"

/* One receipt for each round of a contract, ever. */
static prom_result take_package(struct step *step, const struct received *message)
{
    prom_channel *channel = step->channel;
    const prom_signer *signer = &channel->signer;
    prom_receipt receipt = {.contract_id = channel->tree->contract_id, .round = PROM_ROUND_A};
    prom_writer writer = prom_writer_in(channel->arena);
    prom_package package;
    prom_bytes32 hash;
    prom_span body;
    PROM_TRY(prom_package_read(&package, message->body, channel->terms.most_package, step->error));
    prom_package_hash(&receipt.package_hash, &receipt.contract_id, PROM_ROUND_A, message->body);
    receipt.height = channel->tip;
    receipt.tip = channel->tip_hash;
    PROM_TRY(prom_receipt_hash(channel->arena, &hash, &receipt, step->error));
    PROM_TRY(signer->contract.sign(signer->contract.context, &receipt.signature, &hash, step->error));
    prom_receipt_write(&writer, &receipt);
    PROM_TRY(prom_writer_finish(&writer, &body, step->error));
    PROM_TRY(prom_span_copy(channel->arena, &channel->packages[PROM_PARTY_W], message->body, step->error));
    PROM_TRY(prom_channel_act_store(step, "package", channel->packages[PROM_PARTY_W]));
    PROM_TRY(prom_channel_act_store(step, "receipt", body));
    channel->stage = PROM_STAGE_DELIVERED;
    return prom_channel_act_send(step, message->from, PROM_MESSAGE_RECEIPT, body);
}

/* W's signature frees our stake before T blocks have passed. */
static prom_result take_release(struct step *step, const struct received *message)
{
    prom_channel *channel = step->channel;
    const size_t seat = channel->place - PROM_PARTIES;
    prom_keyed_signature keyed[2];
    prom_tree_tx release;
    prom_tx *tx = NULL;
    if (channel->released) {
        return prom_ok();
    }
    PROM_TRY(prom_tree_release(channel->arena, &release, &channel->terms, channel->tree, seat, step->error));
    keyed[0].public_key = channel->terms.parties[PROM_PARTY_W].key;
    keyed[1].public_key = channel->self;
    PROM_TRY(prom_channel_read_signature(step, &keyed[0].signature, message->body));
    PROM_TRY(prom_channel_check_input(step, &keyed[0].signature, &release, 0, PROM_PARTY_W));
    PROM_TRY(prom_channel_sign_input(step, &keyed[1].signature, &release, 0));
    const prom_satisfaction with = {keyed, 2, NULL, 0};
    PROM_TRY(prom_tree_copy(channel->arena, &tx, &release, step->error));
    PROM_TRY(prom_tree_witness(channel->arena, &tx->inputs[0], &release, 0, &with, step->error));
    PROM_TRY(prom_channel_act_watch(step, &tx->inputs[0].outpoint));
    channel->released = true;
    return prom_channel_act_publish(step, "release", tx);
}

static prom_result advance(struct step *step)
{
    prom_channel *channel = step->channel;
    if (channel->stage == PROM_STAGE_AGREED || channel->stage == PROM_STAGE_COMPARED) {
        return prom_channel_sign_tree(step);
    }
    return prom_ok();
}

static const struct rule rules[] = {
    {PROM_MESSAGE_KEYGEN, FROM_STRANGER, PROM_STAGE_NEW, PROM_STAGE_SEATED, prom_channel_take_coordinator_keygen},
    {PROM_MESSAGE_TERMS, FROM_STRANGER, PROM_STAGE_KEYED, PROM_STAGE_KEYED, prom_channel_take_terms},
    {PROM_MESSAGE_DIGEST, FROM_ANY_PARTY, PROM_STAGE_AGREED, PROM_STAGE_AGREED, prom_channel_take_digest},
    {PROM_MESSAGE_SIGNATURES, FROM_ANY_PARTY, PROM_STAGE_COMPARED, PROM_STAGE_COMPARED, prom_channel_take_signatures},
    {PROM_MESSAGE_PACKAGE, FROM_WORKER, PROM_STAGE_LOCKED, PROM_STAGE_LOCKED, take_package},
    {PROM_MESSAGE_RELEASE, FROM_WORKER, PROM_STAGE_SETTLED, PROM_STAGE_SETTLED, take_release},
};

const struct policy prom_policy_arbiter = {
    .rules = rules,
    .rule_count = sizeof rules / sizeof rules[0],
    .keygen = prom_channel_arbiter_keygen_done,
    .advance = advance,
};
