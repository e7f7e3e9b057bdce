/* The worker's policy: computes, delivers, and is paid by the transaction that shows h_p. */
#include "channel/step.h"
#include "prometheus/crypto/hash.h"

static prom_result take_proposal_as_worker(struct step *step, const struct received *message)
{
    prom_channel *channel = step->channel;
    PROM_TRY(prom_channel_take_proposal(step, message, PROM_PARTY_W));
    prom_sha256(&channel->terms.h, prom_span_of32(&channel->config->h_p));
    prom_sha256(&channel->terms.k_h, prom_span_of32(&channel->config->k_p));
    return prom_ok();
}

/* The message that delivers: W's signature of the package, with its length (u16), and the package. */
static prom_result package_body(struct step *step, prom_span *body)
{
    prom_channel *channel = step->channel;
    const prom_span package = channel->packages[PROM_PARTY_W];
    prom_attestation claim = {
        .kind = PROM_ATTESTATION_PACKAGE, .contract_id = channel->tree->contract_id, .place = PROM_PLACE_W};
    prom_writer writer = prom_writer_in(channel->arena);
    const prom_case known = prom_channel_case(channel);
    prom_error reason;
    prom_span statement;
    claim.as.package.round = PROM_ROUND_A;
    prom_package_hash(&claim.as.package.hash, &claim.contract_id, PROM_ROUND_A, package);
    if (prom_may_package(&known, PROM_ROUND_A, &claim.as.package.hash, &reason) != PROM_PERMITTED) {
        return prom_fail(step->error, PROM_CATEGORY_BROKEN, "%s", reason.sentence);
    }
    PROM_TRY(prom_channel_attest(step, &statement, &claim));
    (void)prom_evidence_add(&channel->evidence, &claim);
    prom_write_u16(&writer, (uint16_t)statement.length);
    prom_write_span(&writer, statement);
    prom_write_span(&writer, package);
    return prom_writer_finish(&writer, body, step->error);
}

/* The arbiters first: what they have receipted nobody can say was not delivered. */
static prom_result computed(struct step *step, const prom_event *event)
{
    prom_channel *channel = step->channel;
    prom_span *package = &channel->packages[PROM_PARTY_W];
    if (channel->stage != PROM_STAGE_LOCKED) {
        return prom_fail(step->error, PROM_CATEGORY_MISUSE, "nothing was to be computed");
    }
    PROM_TRY(prom_span_copy(channel->arena, package, event->result, step->error));
    PROM_TRY(package_body(step, &channel->delivery));
    PROM_TRY(prom_channel_act_store(step, "package", channel->delivery));
    channel->stage = PROM_STAGE_DELIVERED;
    for (size_t i = 0; i < channel->terms.arbiter_count; i++) {
        PROM_TRY(prom_channel_act_send(step, &channel->terms.arbiters[i].key, PROM_MESSAGE_PACKAGE, channel->delivery));
    }
    return prom_ok();
}

/* V's signature of Tx4 is the verdict r = 1: with ALL's and h_p it is the payment. */
static prom_result take_verdict(struct step *step, const struct received *message)
{
    prom_channel *channel = step->channel;
    prom_signature verdict;
    if (channel->accused) { /* h_p in the open would be all that V lacks to be believed */
        return prom_fail(step->error, PROM_CATEGORY_PEER, "a verdict came after the other one was in a block");
    }
    if ((int64_t)channel->tip >
        prom_channel_window(channel, PROM_DEADLINE_TX4).latest) { /* h_p would be out, and Tx1 could come first */
        return prom_fail(step->error, PROM_CATEGORY_PEER, "the verdict came too late to be paid safely");
    }
    PROM_TRY(prom_channel_read_signature(step, &verdict, message->body));
    PROM_TRY(prom_channel_check_verdict(step, &verdict));
    channel->stage = PROM_STAGE_JUDGED;
    return prom_channel_publish_tx4(step, &verdict, &channel->config->h_p);
}

/* Tx0 is buried: the arbiters get program and input, and the work begins. */
static prom_result start_work(struct step *step)
{
    step->channel->working = true;
    PROM_TRY(prom_channel_serve_payload(step));
    return prom_channel_act(step, (prom_action){.kind = PROM_ACTION_COMPUTE});
}

/* Whether V and C may have the package: k arbiters have given their receipts, or there is no time to wait for them. */
static bool may_deliver(const prom_channel *channel)
{
    const prom_case known = prom_channel_case(channel);
    const uint32_t holders = prom_arbiters_count(prom_case_holders(&known, PROM_ROUND_A));
    return holders >= prom_parameters_quorum(&channel->terms.P) ||
           (int64_t)channel->tip >= prom_channel_window(channel, PROM_DEADLINE_DELIVER).latest;
}

static prom_result advance(struct step *step)
{
    prom_channel *channel = step->channel;
    if (channel->stage >= PROM_STAGE_AGREED && channel->stage <= PROM_STAGE_SIGNED) {
        return prom_channel_sign_tree(step);
    }
    if (channel->stage == PROM_STAGE_LOCKED && !channel->working &&
        prom_channel_buried(channel, channel->tx0_height, prom_channel_safety_margin(channel))) {
        return start_work(step);
    }
    if (channel->stage == PROM_STAGE_DELIVERED && !channel->delivered && may_deliver(channel)) {
        channel->delivered = true;
        PROM_TRY(prom_channel_act_send(step, &channel->terms.parties[PROM_PARTY_V].key, PROM_MESSAGE_PACKAGE,
                                       channel->delivery));
        return prom_channel_act_send(step, &channel->terms.parties[PROM_PARTY_C].key, PROM_MESSAGE_PACKAGE,
                                     channel->delivery);
    }
    if (channel->stage == PROM_STAGE_SETTLED &&
        prom_channel_buried(channel, channel->settled_height, prom_channel_safety_margin(channel))) {
        return prom_channel_act_close(step, PROM_STAGE_CLOSED, "");
    }
    return prom_ok();
}

static const struct rule rules[] = {
    {PROM_MESSAGE_PROPOSAL, FROM_CLIENT, PROM_STAGE_NEW, PROM_STAGE_NEW, take_proposal_as_worker},
    {PROM_MESSAGE_PAYLOAD, FROM_CLIENT, PROM_STAGE_PROPOSED, PROM_STAGE_PROPOSED, prom_channel_take_payload},
    {PROM_MESSAGE_TERMS, FROM_CLIENT, PROM_STAGE_ACCEPTED, PROM_STAGE_ACCEPTED, prom_channel_take_terms},
    {PROM_MESSAGE_DIGEST, FROM_ANY_PARTY, PROM_STAGE_AGREED, PROM_STAGE_SETTLED, prom_channel_take_digest},
    {PROM_MESSAGE_NONCES, FROM_ANY_PARTY, PROM_STAGE_COMPARED, PROM_STAGE_SIGNED, prom_channel_take_nonces},
    {PROM_MESSAGE_PARTIALS, FROM_ANY_PARTY, PROM_STAGE_COMPARED, PROM_STAGE_SIGNED, prom_channel_take_partials},
    {PROM_MESSAGE_TX0, FROM_CLIENT, PROM_STAGE_SIGNED, PROM_STAGE_SETTLED, prom_channel_take_tx0},
    {PROM_MESSAGE_RECEIPT, FROM_ARBITER, PROM_STAGE_DELIVERED, PROM_STAGE_SETTLED, prom_channel_take_receipt},
    {PROM_MESSAGE_VERDICT, FROM_VERIFIER, PROM_STAGE_DELIVERED, PROM_STAGE_DELIVERED, take_verdict},
};

const struct policy prom_policy_worker = {
    .rules = rules,
    .rule_count = sizeof rules / sizeof rules[0],
    .output = prom_channel_take_input,
    .computed = computed,
    .advance = advance,
};
