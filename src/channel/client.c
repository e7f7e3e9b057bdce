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
    const prom_chain_parameters *network = prom_chain_parameters_by_genesis(&terms.genesis);
    if (network == NULL) {
        return prom_fail(step->error, PROM_CATEGORY_BAD_INPUT, "the proposal is for a chain that is not known");
    }
    PROM_TRY(prom_parameters_check(channel->curve, &terms.P, network, step->error));
    PROM_TRY(prom_reward_check(&terms.P, terms.c, step->error));
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
    prom_span bytes;
    PROM_TRY(prom_span_copy(channel->arena, &bytes, message->body, step->error));
    prom_reader reader = prom_reader_of(bytes);
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

/* An arbiter announces its offer; it counts once the chain confirms it. */
static prom_result take_announcement(struct step *step, const struct received *message)
{
    prom_channel *channel = step->channel;
    prom_announcement announcement;
    prom_span bytes;
    PROM_TRY(prom_span_copy(channel->arena, &bytes, message->body, step->error));
    PROM_TRY(prom_announcement_read(&announcement, bytes, step->error));
    if (!prom_bytes32_equal(&announcement.offer.key, message->from) ||
        !prom_bytes32_equal(&announcement.p_txid, &channel->terms.p_txid) ||
        channel->announcement_count == PROM_ARBITERS_MAX) {
        return prom_fail(step->error, PROM_CATEGORY_PEER, "an announced offer is not for this contract");
    }
    PROM_TRY(prom_announcement_signed(channel->curve, channel->arena, &announcement, step->error));
    for (size_t i = 0; i < channel->announcement_count; i++) {
        const prom_arbiter_terms *known = &channel->announcements[i].offer;
        if (prom_bytes32_equal(&known->key, &announcement.offer.key) ||
            prom_outpoint_equal(&known->offer, &announcement.offer.offer)) {
            return prom_fail(step->error, PROM_CATEGORY_PEER, "an offer is announced twice");
        }
    }
    channel->announcements[channel->announcement_count++] = announcement;
    return prom_channel_act_look_up(step, &announcement.offer.offer);
}

/* An offer that is not as announced does not count, and makes room for another; that is not the others' fault. */
static void forget_announcement(prom_channel *channel, size_t at)
{
    const size_t behind = --channel->announcement_count - at;
    memmove(&channel->announcements[at], &channel->announcements[at + 1], behind * sizeof channel->announcements[0]);
    memmove(&channel->announced[at], &channel->announced[at + 1], behind * sizeof channel->announced[0]);
    channel->announced[channel->announcement_count] = false;
}

static prom_result check_offer(struct step *step, const prom_event *event)
{
    prom_channel *channel = step->channel;
    const prom_chain_parameters *network = prom_chain_parameters_by_genesis(&channel->terms.genesis);
    for (size_t i = 0; i < channel->announcement_count; i++) {
        const prom_announcement *announcement = &channel->announcements[i];
        if (!prom_outpoint_equal(&announcement->offer.offer, &event->outpoint)) {
            continue;
        }
        channel->announced[i] = event->found && event->confirmations >= network->offer_age &&
                                prom_is_ok(prom_announcement_check(channel->curve, channel->arena, announcement,
                                                                   &channel->terms.P, &event->output, step->error));
        if (!channel->announced[i]) {
            forget_announcement(channel, i);
        }
        return prom_ok();
    }
    return prom_ok();
}

static prom_result take_output(struct step *step, const prom_event *event)
{
    return step->channel->tree == NULL ? check_offer(step, event) : prom_channel_take_input(step, event);
}

static int compare_offers(const prom_arbiter_terms *a, const prom_arbiter_terms *b)
{
    const int order = prom_bytes32_compare_vartime(&a->offer.txid, &b->offer.txid);
    return order != 0 ? order : (a->offer.index > b->offer.index) - (a->offer.index < b->offer.index);
}

/* The first n good offers take the seats, in the order of their outpoints. */
static void seat_arbiters(prom_channel *channel)
{
    prom_terms *terms = &channel->terms;
    for (size_t i = 0; i < channel->announcement_count && terms->arbiter_count < terms->P.n; i++) {
        const prom_arbiter_terms offer = channel->announcements[i].offer;
        size_t at = terms->arbiter_count;
        if (!channel->announced[i]) {
            continue;
        }
        for (; at > 0 && compare_offers(&offer, &terms->arbiters[at - 1]) < 0; at--) {
            terms->arbiters[at] = terms->arbiters[at - 1];
        }
        terms->arbiters[at] = offer;
        terms->arbiter_count++;
    }
}

static bool everybody_there(const prom_channel *channel)
{
    size_t offers = 0;
    for (size_t i = 0; i < channel->announcement_count; i++) {
        offers += channel->announced[i];
    }
    return channel->accepted[PROM_PARTY_W] && channel->accepted[PROM_PARTY_V] && offers >= channel->terms.P.n;
}

/* The arbiters have their joint key: the terms are complete. */
static prom_result propose_full_terms(struct step *step)
{
    prom_channel *channel = step->channel;
    prom_span body;
    PROM_TRY(prom_terms_check(channel->curve, &channel->terms, step->error));
    PROM_TRY(prom_terms_write(channel->arena, &body, &channel->terms, step->error));
    PROM_TRY(prom_channel_agree(step)); /* which stores them */
    PROM_TRY(prom_channel_act_send_all(step, PROM_MESSAGE_TERMS, body));
    return prom_tree_copy(channel->arena, &channel->tx0, &channel->tree->tx[PROM_TX0], step->error);
}

static bool others_signed(const prom_channel *channel)
{
    const size_t own = channel->terms.parties[PROM_PARTY_C].coin_count;
    bool all = true;
    for (size_t i = own; i < channel->tx0->input_count; i++) {
        all = all && channel->input_signed[i];
    }
    return all;
}

static prom_result publish_tx0(struct step *step)
{
    prom_channel *channel = step->channel;
    const prom_outpoint O0 = {channel->tree->tx[PROM_TX0].txid, 0};
    PROM_TRY(prom_channel_sign_own_coins(step, channel->tx0));
    PROM_TRY(prom_channel_act_watch(step, &O0));
    channel->stage = PROM_STAGE_SIGNED;
    return prom_channel_act_publish(step, "Tx0", channel->tx0);
}

static prom_result take_package(struct step *step, const struct received *message)
{
    prom_channel *channel = step->channel;
    prom_package package;
    if (channel->packages[message->place].length > 0) {
        return prom_ok();
    }
    PROM_TRY(prom_package_read(&package, message->body, channel->terms.most_package, step->error));
    PROM_TRY(prom_span_copy(channel->arena, &channel->packages[message->place], message->body, step->error));
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
    if (channel->stage == PROM_STAGE_COMPARED && prom_channel_all_signed(channel) && others_signed(channel)) {
        return publish_tx0(step);
    }
    if (channel->stage == PROM_STAGE_SETTLED && channel->h_p_shown) {
        return open_result(step);
    }
    return prom_ok();
}

static const struct rule rules[] = {
    {PROM_MESSAGE_ANNOUNCEMENT, FROM_STRANGER, PROM_STAGE_PROPOSED, PROM_STAGE_PROPOSED, take_announcement},
    {PROM_MESSAGE_ACCEPTANCE, FROM_WORKER | FROM_VERIFIER, PROM_STAGE_PROPOSED, PROM_STAGE_PROPOSED, take_acceptance},
    {PROM_MESSAGE_KEYGEN, FROM_ARBITER, PROM_STAGE_SEATED, PROM_STAGE_SEATED, prom_channel_take_arbiter_keygen},
    {PROM_MESSAGE_DIGEST, FROM_ANY_PARTY, PROM_STAGE_AGREED, PROM_STAGE_AGREED, prom_channel_take_digest},
    {PROM_MESSAGE_SIGNATURES, FROM_ANY_PARTY, PROM_STAGE_COMPARED, PROM_STAGE_COMPARED, prom_channel_take_signatures},
    {PROM_MESSAGE_TX0_WITNESSES, FROM_WORKER | FROM_VERIFIER | FROM_ARBITER, PROM_STAGE_COMPARED, PROM_STAGE_COMPARED,
     prom_channel_take_tx0_witnesses},
    {PROM_MESSAGE_PACKAGE, FROM_WORKER | FROM_VERIFIER, PROM_STAGE_LOCKED, PROM_STAGE_SETTLED, take_package},
};

const struct policy prom_policy_client = {
    .rules = rules,
    .rule_count = sizeof rules / sizeof rules[0],
    .start = start,
    .output = take_output,
    .keygen = prom_channel_coordinator_keygen_done,
    .advance = advance,
};
