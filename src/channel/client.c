/* The client's policy: proposes, gathers everybody's part, pays, and reads the result. */
#include <string.h>

#include "channel/step.h"
#include "prometheus/contract/payout.h"
#include "prometheus/scheme/delivery.h"

static prom_result send_payload(struct step *step, const prom_bytes32 *to)
{
    const prom_job_bytes *bytes = &step->channel->config->job_bytes;
    prom_writer writer = prom_writer_in(step->channel->arena);
    prom_span body;
    prom_write_u64(&writer, bytes->program.length);
    prom_write_span(&writer, bytes->program);
    prom_write_span(&writer, bytes->input);
    PROM_TRY(prom_writer_finish(&writer, &body, step->error));
    return prom_channel_act_send(step, to, PROM_MESSAGE_PAYLOAD, body);
}

static prom_result start(struct step *step)
{
    prom_channel *channel = step->channel;
    const prom_channel_config *config = channel->config;
    prom_terms terms = config->proposal;
    const prom_scheme_job *job = NULL;
    prom_span body;
    if (channel->stage != PROM_STAGE_NEW) {
        return prom_fail(step->error, PROM_CATEGORY_MISUSE, "the client has started already");
    }
    const prom_chain_parameters *network = prom_terms_network(&terms);
    const prom_stakes stakes = {&terms.P, terms.c, terms.retainer};
    if (network == NULL) {
        return prom_fail(step->error, PROM_CATEGORY_BAD_INPUT, "the proposal is for a chain that is not known");
    }
    PROM_TRY(prom_parameters_check(channel->curve, &terms.P, network, step->error));
    PROM_TRY(prom_stakes_check(&stakes, step->error));
    PROM_TRY(prom_channel_check_when(step, &terms));
    PROM_TRY(prom_channel_check_owner(step, &terms));
    PROM_TRY(prom_delivery_open_job(channel->arena, &job, &config->job_bytes, &terms.job, step->error));
    terms.parties[PROM_PARTY_C] = config->party;
    terms.parties[PROM_PARTY_W] = (prom_party_terms){.key = config->peers[PROM_PARTY_W]};
    terms.parties[PROM_PARTY_V] = (prom_party_terms){.key = config->peers[PROM_PARTY_V]};
    PROM_TRY(prom_terms_write_base(channel->arena, &body, &terms, step->error));
    channel->terms = terms;
    channel->job = job;
    channel->place = PROM_PARTY_C;
    channel->stage = PROM_STAGE_PROPOSED;
    for (prom_party party = PROM_PARTY_W; party <= PROM_PARTY_V; party++) {
        PROM_TRY(prom_channel_act_send(step, &terms.parties[party].key, PROM_MESSAGE_PROPOSAL, body));
        PROM_TRY(send_payload(step, &terms.parties[party].key));
    }
    return prom_ok();
}

static prom_result take_acceptance(struct step *step, const struct received *message)
{
    prom_channel *channel = step->channel;
    prom_party_terms party;
    prom_reader reader = prom_reader_of(message->body);
    prom_party_terms_read(&reader, &party);
    const prom_bytes32 h = prom_read_bytes32(&reader);
    const prom_bytes32 k_h = prom_read_bytes32(&reader);
    if (!prom_reader_done(&reader) || !prom_bytes32_equal(&party.key, message->from) ||
        channel->accepted[message->place]) {
        return prom_fail(step->error, PROM_CATEGORY_PEER, "the acceptance of the %s is not well formed",
                         prom_party_name((prom_party)message->place));
    }
    if (message->place == PROM_PARTY_W) {
        channel->terms.h = h;
        channel->terms.k_h = k_h;
    }
    channel->terms.parties[message->place] = party;
    channel->accepted[message->place] = true;
    return prom_ok();
}

/* What an arbiter says of itself: its announcement, with its length (u16), its part of the full terms, its host key. */
static prom_result read_candidate(struct step *step, prom_candidate *candidate, prom_span body)
{
    prom_reader reader = prom_reader_of(body);
    const prom_span announcement = prom_read_span(&reader, prom_read_u16(&reader));
    *candidate = (prom_candidate){.confirmed = false};
    prom_arbiter_terms_read(&reader, &candidate->seat);
    candidate->host_key = prom_read_bytes32(&reader);
    if (!prom_reader_done(&reader)) {
        return prom_fail(step->error, PROM_CATEGORY_PEER,
                         "these bytes are not an announcement with its arbiter's keys");
    }
    return prom_announcement_read(&candidate->announcement, announcement, step->error);
}

/* A host key serves the key generation alone. The terms do not hold it, so that nobody else could see. */
static bool host_key_is_own(const prom_candidate *candidate)
{
    const prom_arbiter_terms *seat = &candidate->seat;
    const prom_bytes32 *const others[] = {&seat->key, &seat->joint_key, &seat->offer_key, &seat->payout};
    bool own = true;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        own = own && !prom_bytes32_equal(&candidate->host_key, others[i]);
    }
    return own;
}

/* The announcement is by the sender, says what its part of the terms says, and is for our contract. */
static prom_result check_announcement(struct step *step, const prom_candidate *candidate, const prom_bytes32 *from)
{
    const prom_channel *channel = step->channel;
    const prom_terms *proposal = &channel->config->proposal; /* which may still have to be made */
    const prom_announcement *announcement = &candidate->announcement;
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_arena_init_within(&scratch, channel->arena);
    if (!prom_bytes32_equal(&candidate->seat.key, from) || !prom_bytes32_equal(&announcement->node_key, from) ||
        !prom_outpoint_equal(&candidate->seat.offer, &announcement->offer) ||
        !prom_bytes32_equal(&candidate->seat.offer_key, &announcement->Q) ||
        !prom_bytes32_equal(&announcement->p_txid, &proposal->p_txid)) {
        return prom_fail(step->error, PROM_CATEGORY_PEER, "an announced offer is not for this contract");
    }
    if (!host_key_is_own(candidate)) {
        return prom_fail(step->error, PROM_CATEGORY_PEER,
                         "an arbiter's key for the key generation is one of its other keys, too");
    }
    if (!prom_amount_at_least(proposal->retainer, announcement->retainer)) {
        return prom_fail(step->error, PROM_CATEGORY_PEER, "an arbiter asks for more than our retainer");
    }
    return prom_announcement_signed(channel->curve, &scratch, announcement, step->error);
}

static void forget_candidate(prom_channel *channel, size_t at)
{
    const size_t behind = --channel->candidate_count - at;
    memmove(&channel->candidates[at], &channel->candidates[at + 1], behind * sizeof channel->candidates[0]);
}

/* Room for one more; at the limit, that of the oldest whom the chain has not confirmed. */
static prom_result make_room(struct step *step)
{
    prom_channel *channel = step->channel;
    prom_candidate *grown = NULL;
    size_t oldest = 0;
    if (channel->candidate_count < channel->candidate_room) {
        return prom_ok();
    }
    if (channel->candidate_room < PROM_CANDIDATES_MAX) {
        channel->candidate_room = channel->candidate_room == 0 ? 16 : 2 * channel->candidate_room;
        PROM_TRY_NEW(grown, channel->arena, channel->candidate_room, step->error);
        if (channel->candidate_count > 0) {
            memcpy(grown, channel->candidates, channel->candidate_count * sizeof *grown);
        }
        channel->candidates = grown;
        return prom_ok();
    }
    while (oldest < channel->candidate_count && channel->candidates[oldest].confirmed) {
        oldest++;
    }
    if (oldest == channel->candidate_count) {
        return prom_fail(step->error, PROM_CATEGORY_PEER, "an offer is announced, and there are more than enough");
    }
    forget_candidate(channel, oldest);
    return prom_ok();
}

/* Refuses a second offer of one node, and an offer that the chain has confirmed for another. Somebody else's claim to
 * an offer that is not yet confirmed is none: whose it is the chain tells. The same announcement again is `repeated`.
 */
static prom_result check_new(struct step *step, bool *repeated, const prom_candidate *candidate)
{
    const prom_channel *channel = step->channel;
    *repeated = false;
    for (size_t i = 0; i < channel->candidate_count; i++) {
        const prom_candidate *other = &channel->candidates[i];
        const bool same_offer = prom_outpoint_equal(&other->seat.offer, &candidate->seat.offer);
        const bool same_node = prom_bytes32_equal(&other->seat.key, &candidate->seat.key);
        if (same_offer && same_node) {
            *repeated = true;
        } else if (same_node || (same_offer && other->confirmed)) {
            return prom_fail(step->error, PROM_CATEGORY_PEER, "an offer is announced twice");
        }
    }
    return prom_ok();
}

/* An arbiter announces its offer; it counts once the chain confirms it. When the seats are taken it comes too late, and
 * that is nobody's fault. */
static prom_result take_announcement(struct step *step, const struct received *message)
{
    prom_channel *channel = step->channel;
    prom_candidate candidate;
    bool repeated = false;
    if (channel->stage > PROM_STAGE_PROPOSED) {
        return prom_ok();
    }
    PROM_TRY(read_candidate(step, &candidate, message->body));
    PROM_TRY(check_announcement(step, &candidate, message->from));
    PROM_TRY(check_new(step, &repeated, &candidate));
    if (repeated) {
        return prom_ok();
    }
    prom_span *address = &candidate.announcement.address; /* a stranger's bytes, and kept only now */
    memcpy(candidate.address, address->data, address->length);
    address->data = NULL;
    PROM_TRY(make_room(step));
    channel->candidates[channel->candidate_count++] = candidate;
    return prom_channel_act_look_up(step, &candidate.seat.offer);
}

/* Whether the chain holds what a candidate has announced. */
static bool is_offer(struct step *step, const prom_candidate *candidate, const prom_event *event)
{
    const prom_channel *channel = step->channel;
    const prom_terms *proposal = &channel->config->proposal;
    const prom_input_view view = prom_channel_input_view(event);
    prom_announcement announcement = candidate->announcement;
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    announcement.address.data = candidate->address;
    prom_arena_init_within(&scratch, channel->arena);
    return prom_is_ok(prom_terms_check_input(proposal, &event->output, true, &view, step->error)) &&
           prom_is_ok(prom_announcement_check(channel->curve, &scratch, &announcement, &proposal->P, &event->output,
                                              step->error));
}

/* An offer that is not as announced does not count, and makes room for another; that is not the others' fault. */
static prom_result check_offer(struct step *step, const prom_event *event)
{
    prom_channel *channel = step->channel;
    bool taken = false;
    for (size_t i = 0; i < channel->candidate_count;) {
        prom_candidate *candidate = &channel->candidates[i];
        if (!prom_outpoint_equal(&candidate->seat.offer, &event->outpoint)) {
            i++;
        } else if (candidate->confirmed || (!taken && is_offer(step, candidate, event))) {
            candidate->confirmed = taken = true;
            i++;
        } else {
            forget_candidate(channel, i);
        }
    }
    return prom_ok();
}

static prom_result take_output(struct step *step, const prom_event *event)
{
    return step->channel->tree == NULL ? check_offer(step, event) : prom_channel_take_input(step, event);
}

/* The first n good offers take the seats. */
static void seat_arbiters(prom_channel *channel)
{
    prom_terms *terms = &channel->terms;
    for (size_t i = 0; i < channel->candidate_count; i++) {
        const prom_candidate *candidate = &channel->candidates[i];
        if (candidate->confirmed && terms->arbiter_count < terms->P.n) {
            channel->host_keys[terms->arbiter_count] = candidate->host_key;
            terms->arbiters[terms->arbiter_count++] = candidate->seat;
        }
    }
}

static bool everybody_there(const prom_channel *channel)
{
    size_t offers = 0;
    for (size_t i = 0; i < channel->candidate_count; i++) {
        offers += channel->candidates[i].confirmed;
    }
    return channel->accepted[PROM_PARTY_W] && channel->accepted[PROM_PARTY_V] && offers >= channel->terms.P.n;
}

/* The arbiters have their joint key: the terms are complete. */
static prom_result propose_full_terms(struct step *step)
{
    prom_channel *channel = step->channel;
    prom_span body;
    PROM_TRY(prom_terms_check(channel->curve, &channel->terms, step->error));
    PROM_TRY(prom_channel_check_fresh(step, &channel->terms));
    PROM_TRY(prom_terms_write(channel->arena, &body, &channel->terms, step->error));
    PROM_TRY(prom_channel_agree(step)); /* which stores them */
    return prom_channel_act_send_all(step, PROM_MESSAGE_TERMS, body);
}

static bool others_signed(const prom_channel *channel)
{
    bool all = true;
    for (size_t i = 0; i < prom_channel_place_count(channel); i++) {
        all = all && (i == channel->place || channel->tx0_signatures[i].length > 0);
    }
    return all;
}

/* All have signed: Tx0 is tried on the mempool before anybody waits for it. */
static prom_result try_tx0(struct step *step)
{
    prom_channel *channel = step->channel;
    prom_tx *tx0 = NULL;
    PROM_TRY(prom_channel_sign_tx0(step, &channel->tx0_signatures[channel->place]));
    PROM_TRY(
        prom_tx0_finish(channel->arena, &tx0, &channel->terms, channel->tree, channel->tx0_signatures, step->error));
    PROM_TRY(prom_tx_serialize(channel->arena, &channel->tx0, tx0, true, step->error));
    return prom_channel_act(step, (prom_action){.kind = PROM_ACTION_TRY, .name = "Tx0", .bytes = channel->tx0});
}

/* The mempool takes it: it is published, and all have it whole. */
static prom_result tx0_tried(struct step *step, const prom_event *event)
{
    prom_channel *channel = step->channel;
    if (channel->stage != PROM_STAGE_COMPARED || channel->tx0.length == 0) {
        return prom_fail(step->error, PROM_CATEGORY_MISUSE, "no transaction was to be tried");
    }
    if (!event->valid) {
        return prom_fail(step->error, PROM_CATEGORY_PEER, "our mempool does not take Tx0: %s",
                         event->reason == NULL ? "no reason is known" : event->reason);
    }
    const prom_outpoint O0 = channel->tree->root.outpoint;
    PROM_TRY(prom_channel_act_watch(step, &O0));
    channel->stage = PROM_STAGE_SIGNED;
    PROM_TRY(prom_channel_act_store(step, "Tx0", channel->tx0));
    PROM_TRY(
        prom_channel_act(step, (prom_action){.kind = PROM_ACTION_BROADCAST, .name = "Tx0", .bytes = channel->tx0}));
    return prom_channel_act_send_all(step, PROM_MESSAGE_TX0, channel->tx0);
}

static prom_result take_package(struct step *step, const struct received *message)
{
    prom_channel *channel = step->channel;
    prom_attestation claim;
    prom_span package;
    if (channel->packages[message->place].length > 0) {
        return prom_ok();
    }
    PROM_TRY(prom_channel_read_package(step, &claim, &package, message));
    PROM_TRY(prom_span_copy(channel->arena, &channel->packages[message->place], package, step->error));
    (void)prom_evidence_add(&channel->evidence, &claim);
    if (channel->stage == PROM_STAGE_LOCKED) {
        channel->stage = PROM_STAGE_DELIVERED;
    }
    return prom_channel_act_store(step, "package", channel->packages[message->place]);
}

/* The payment has shown h_p: opens what V passed on, or else what W sent. */
static prom_result open_result(struct step *step)
{
    static const prom_party order[] = {PROM_PARTY_V, PROM_PARTY_W};
    prom_channel *channel = step->channel;
    const prom_delivery_context context = prom_channel_delivery_context(channel);
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        const prom_span package = channel->packages[order[i]];
        prom_delivery delivery;
        prom_bytes32 root;
        if (package.length > 0 && prom_is_ok(prom_delivery_open(&context, channel->arena, &delivery, &root, package,
                                                                &channel->h_p, step->error))) {
            channel->output = delivery.output;
            PROM_TRY(prom_channel_act(step, (prom_action){.kind = PROM_ACTION_DELIVER, .bytes = delivery.output}));
            return prom_channel_act_close(step, PROM_STAGE_CLOSED, "");
        }
    }
    return prom_ok(); /* a package may still come */
}

static prom_result advance(struct step *step)
{
    prom_channel *channel = step->channel;
    if (channel->stage == PROM_STAGE_PROPOSED && everybody_there(channel)) {
        seat_arbiters(channel);
        return prom_channel_start_keygen(step);
    }
    if (channel->stage == PROM_STAGE_KEYED) {
        return propose_full_terms(step);
    }
    if (channel->stage == PROM_STAGE_AGREED || channel->stage == PROM_STAGE_COMPARED) {
        PROM_TRY(prom_channel_compare_and_sign(step));
    }
    if (channel->stage == PROM_STAGE_COMPARED && channel->tx0.length == 0 &&
        prom_signing_is_complete(channel->signing) && others_signed(channel)) {
        return try_tx0(step);
    }
    if (channel->stage == PROM_STAGE_SETTLED && channel->h_p_shown) {
        return open_result(step);
    }
    return prom_ok();
}

static const struct rule rules[] = {
    {PROM_MESSAGE_ANNOUNCEMENT, FROM_STRANGER | FROM_ARBITER, PROM_STAGE_NEW, PROM_STAGE_SETTLED, take_announcement},
    {PROM_MESSAGE_ACCEPTANCE, FROM_WORKER | FROM_VERIFIER, PROM_STAGE_PROPOSED, PROM_STAGE_PROPOSED, take_acceptance},
    {PROM_MESSAGE_KEYGEN, FROM_ARBITER, PROM_STAGE_SEATED, PROM_STAGE_SEATED, prom_channel_take_arbiter_keygen},
    {PROM_MESSAGE_DIGEST, FROM_ANY_PARTY, PROM_STAGE_AGREED, PROM_STAGE_SETTLED, prom_channel_take_digest},
    {PROM_MESSAGE_NONCES, FROM_ANY_PARTY, PROM_STAGE_COMPARED, PROM_STAGE_COMPARED, prom_channel_take_nonces},
    {PROM_MESSAGE_PARTIALS, FROM_ANY_PARTY, PROM_STAGE_COMPARED, PROM_STAGE_COMPARED, prom_channel_take_partials},
    {PROM_MESSAGE_TX0_SIGNATURES, FROM_WORKER | FROM_VERIFIER | FROM_ARBITER, PROM_STAGE_COMPARED, PROM_STAGE_COMPARED,
     prom_channel_take_tx0_signatures},
    {PROM_MESSAGE_PACKAGE, FROM_WORKER | FROM_VERIFIER, PROM_STAGE_LOCKED, PROM_STAGE_SETTLED, take_package},
};

const struct policy prom_policy_client = {
    .rules = rules,
    .rule_count = sizeof rules / sizeof rules[0],
    .start = start,
    .output = take_output,
    .tried = tx0_tried,
    .keygen = prom_channel_coordinator_keygen_done,
    .advance = advance,
};
