#include <string.h>

#include "channel/step.h"
#include "prometheus/bitcoin/script.h"
#include "prometheus/contract/draw.h"
#include "prometheus/contract/payout.h"
#include "prometheus/scheme/delivery.h"
#include "prometheus/scheme/scheme.h"

static prom_result peer_fault(struct step *step, const char *what)
{
    return prom_fail(step->error, PROM_CATEGORY_PEER, "%s", what);
}

/* The part of the reward that a party works for. */
static prom_amount own_share(const prom_terms *terms, prom_party party)
{
    return party == PROM_PARTY_W ? prom_share_of_worker(&terms->P, terms->c)
                                 : prom_share_of_verifier(&terms->P, terms->c);
}

/* What every role refuses, whatever else the terms say. */
static prom_result check_for_us(struct step *step, const prom_terms *terms)
{
    const prom_channel_config *config = step->channel->config;
    if (!prom_bytes32_equal(&terms->genesis, &config->genesis) ||
        !prom_span_equal(terms->signet_challenge, config->signet_challenge)) {
        return peer_fault(step, "the terms are for another chain than ours");
    }
    if (prom_scheme_by_number(terms->job.scheme) == NULL) {
        return prom_fail(step->error, PROM_CATEGORY_PEER,
                         "the terms name the proof scheme number %u, which this program does not have",
                         terms->job.scheme);
    }
    if (terms->P.varsigma != PROM_BASIS_POINTS_ONE) { /* there is no second round to deliver a sample in */
        return peer_fault(step, "a contract with varsigma below 1 is not yet supported");
    }
    PROM_TRY(prom_channel_check_owner(step, terms));
    /* The channel draws no arbiters yet, so that no draw of an aborted setup is ever remembered. */
    return prom_draw_check_earlier(step->channel->arena, terms, NULL, step->error);
}

/* The P in the terms is the one that we know, and that an arbiter's offer was made for, to the byte: a client could put
 * its own in. */
static prom_result check_parameters(struct step *step, const prom_terms *terms)
{
    const prom_channel *channel = step->channel;
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_arena_init_within(&scratch, channel->arena);
    prom_writer ours = prom_writer_in(&scratch);
    prom_writer theirs = prom_writer_in(&scratch);
    prom_span expected;
    prom_span found;
    prom_parameters_write(&ours, &channel->config->P);
    prom_parameters_write(&theirs, &terms->P);
    PROM_TRY(prom_writer_finish(&ours, &expected, step->error));
    PROM_TRY(prom_writer_finish(&theirs, &found, step->error));
    return prom_span_equal(expected, found) && prom_bytes32_equal(&terms->p_txid, &channel->config->p_txid)
               ? prom_ok()
               : peer_fault(step, "the terms hold another P than the one on the chain that we work on");
}

prom_result prom_channel_check_owner(struct step *step, const prom_terms *terms)
{
    const prom_channel *channel = step->channel;
    PROM_TRY(check_parameters(step, terms));
    return prom_blame_peer(prom_terms_check_limits(channel->curve, terms, &channel->config->limits, step->error));
}

/* What we know of the chain; of the snapshot what the terms say, until the chain has been asked. */
static prom_terms_view view_of(const prom_channel *channel, const prom_terms *terms)
{
    return (prom_terms_view){
        .tip = channel->tip, .p_height = channel->config->p_height, .snapshot = &terms->snapshot_hash};
}

prom_result prom_channel_check_when(struct step *step, const prom_terms *terms)
{
    const prom_terms_view view = view_of(step->channel, terms);
    return prom_terms_check_now(terms, &view, step->error);
}

prom_result prom_channel_take_snapshot(struct step *step, const prom_event *event)
{
    prom_channel *channel = step->channel;
    if (channel->tree == NULL || event->height != channel->terms.snapshot_height) {
        return prom_fail(step->error, PROM_CATEGORY_MISUSE, "no such block was to be looked up");
    }
    prom_terms_view view = view_of(channel, &channel->terms);
    view.snapshot = event->found ? &event->hash : NULL;
    if (channel->stage < PROM_STAGE_SIGNED) {
        PROM_TRY(prom_blame_peer(prom_terms_check_seat(&channel->terms, &view, step->error)));
    }
    channel->snapshot_found = true;
    return prom_ok();
}

prom_result prom_channel_check_fresh(struct step *step, const prom_terms *terms)
{
    const prom_channel_config *config = step->channel->config;
    return prom_terms_check_fresh(terms, config->seen, config->seen_count, step->error);
}

prom_result prom_channel_take_proposal(struct step *step, const struct received *message, prom_party party)
{
    prom_channel *channel = step->channel;
    prom_terms terms;
    prom_span bytes;
    PROM_TRY(prom_blame_peer(prom_terms_read_base(&terms, message->body, step->error)));
    const prom_chain_parameters *network = prom_terms_network(&terms);
    const prom_stakes stakes = {&terms.P, terms.c, terms.retainer};
    if (!prom_bytes32_equal(&terms.parties[PROM_PARTY_C].key, message->from)) {
        return peer_fault(step, "the proposal names another client than its sender");
    }
    if (!prom_bytes32_equal(&terms.parties[party].key, &channel->self)) {
        return peer_fault(step, "the proposal is for somebody else");
    }
    if (network == NULL) {
        return peer_fault(step, "the proposal is for a chain that this program does not know");
    }
    PROM_TRY(prom_blame_peer(prom_parameters_check(channel->curve, &terms.P, network, step->error)));
    PROM_TRY(prom_blame_peer(prom_stakes_check(&stakes, step->error)));
    PROM_TRY(check_for_us(step, &terms));
    PROM_TRY(prom_blame_peer(prom_channel_check_when(step, &terms)));
    if (!prom_amount_at_least(own_share(&terms, party), channel->config->reward_min)) {
        return peer_fault(step, "the reward is less than we work for");
    }
    PROM_TRY(prom_span_copy(channel->arena, &bytes, message->body, step->error)); /* a stranger's, and only now */
    PROM_TRY(prom_terms_read_base(&terms, bytes, step->error));
    terms.parties[party] = channel->config->party;
    channel->terms = terms;
    channel->place = party;
    channel->stage = PROM_STAGE_PROPOSED;
    return prom_ok();
}

/* The answer to a proposal: our part of the base terms, and W's two hashes. */
static prom_result send_acceptance(struct step *step)
{
    prom_channel *channel = step->channel;
    prom_writer writer = prom_writer_in(channel->arena);
    prom_span body;
    prom_party_terms_write(&writer, &channel->config->party);
    prom_write_bytes32(&writer, &channel->terms.h);
    prom_write_bytes32(&writer, &channel->terms.k_h);
    PROM_TRY(prom_writer_finish(&writer, &body, step->error));
    return prom_channel_act_send(step, &channel->terms.parties[PROM_PARTY_C].key, PROM_MESSAGE_ACCEPTANCE, body);
}

/* Opens the job that these bytes hold, which the sizes in the terms divide. */
static prom_result open_job(struct step *step, prom_arena *arena, const prom_scheme_job **job, prom_span body)
{
    const prom_job *named = &step->channel->terms.job;
    prom_reader reader = prom_reader_of(body);
    if (prom_read_u64(&reader) != named->program_bytes || reader.failed || reader.left < named->program_bytes ||
        reader.left - named->program_bytes != named->input_bytes) {
        return peer_fault(step, "these bytes are not a payload of the sizes that the terms name");
    }
    const prom_job_bytes job_bytes = {
        .program = prom_read_span(&reader, (size_t)named->program_bytes),
        .input = prom_read_span(&reader, reader.left),
    };
    return prom_delivery_open_job(arena, job, &job_bytes, named, step->error);
}

/* That they hold it, in memory that is given back: bad ones may come again and again. */
static prom_result check_payload(struct step *step, prom_span body)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    const prom_scheme_job *job = NULL;
    prom_arena_init_within(&scratch, step->channel->arena);
    return open_job(step, &scratch, &job, body);
}

prom_result prom_channel_open_payload(struct step *step, prom_span body)
{
    prom_channel *channel = step->channel;
    prom_span payload;
    PROM_TRY(check_payload(step, body));
    PROM_TRY(prom_span_copy(channel->arena, &payload, body, step->error));
    PROM_TRY(open_job(step, channel->arena, &channel->job, payload));
    channel->payload = payload;
    return prom_ok();
}

prom_result prom_channel_take_payload(struct step *step, const struct received *message)
{
    prom_channel *channel = step->channel;
    /* Held and checked before anything is signed: a client cannot withhold its input later. */
    PROM_TRY(prom_channel_open_payload(step, message->body));
    PROM_TRY(prom_delivery_fits(channel->job, &channel->terms, step->error));
    if (channel->place == PROM_PARTY_W) {
        PROM_TRY(prom_delivery_fits_memory(channel->job, channel->config->memory_max, step->error));
        PROM_TRY(prom_blame_peer(prom_terms_check_work(&channel->terms, &channel->config->time, step->error)));
    } else {
        PROM_TRY(prom_blame_peer(prom_terms_check_verification(&channel->terms, &channel->config->time, step->error)));
    }
    channel->stage = PROM_STAGE_ACCEPTED;
    return send_acceptance(step);
}

/* The full terms keep all that we had accepted: only what others were to fill in may be new. */
static prom_result check_kept(struct step *step, const prom_terms *terms, prom_party other)
{
    const prom_channel *channel = step->channel;
    prom_terms expected = channel->terms;
    prom_span ours;
    prom_span theirs;
    expected.parties[other] = terms->parties[other];
    if (other == PROM_PARTY_W) {
        expected.h = terms->h;
        expected.k_h = terms->k_h;
    }
    PROM_TRY(prom_terms_write_base(channel->arena, &ours, &expected, step->error));
    PROM_TRY(prom_terms_write_base(channel->arena, &theirs, terms, step->error));
    if (!prom_span_equal(ours, theirs) ||
        !prom_bytes32_equal(&terms->parties[other].key, &channel->terms.parties[other].key)) {
        return peer_fault(step, "the full terms are not those that we accepted");
    }
    return prom_ok();
}

/* Our own seat: the offer in the terms is the one that we announced. */
static prom_result find_seat(struct step *step, const prom_terms *terms, size_t *place)
{
    const prom_channel *channel = step->channel;
    prom_writer ours = prom_writer_in(channel->arena);
    prom_span expected;
    prom_arbiter_terms_write(&ours, &channel->config->seat);
    PROM_TRY(prom_writer_finish(&ours, &expected, step->error));
    for (size_t i = 0; i < terms->arbiter_count; i++) {
        prom_writer theirs = prom_writer_in(channel->arena);
        prom_span found;
        prom_arbiter_terms_write(&theirs, &terms->arbiters[i]);
        PROM_TRY(prom_writer_finish(&theirs, &found, step->error));
        if (prom_span_equal(expected, found) &&
            prom_bytes32_equal(&terms->p_txid, &channel->config->announcement.p_txid)) {
            *place = PROM_PARTIES + i;
            return prom_ok();
        }
    }
    return peer_fault(step, "the terms do not hold our offer and our keys as we announced them");
}

/* The retainer that we asked for. */
static prom_result check_retainer(struct step *step, const prom_terms *terms)
{
    char offered[PROM_AMOUNT_TEXT];
    char asked[PROM_AMOUNT_TEXT];
    const prom_amount least = step->channel->config->announcement.retainer;
    if (prom_amount_at_least(terms->retainer, least)) {
        return prom_ok();
    }
    return prom_fail(step->error, PROM_CATEGORY_PEER, "the retainer is %s sat, and we asked for at least %s",
                     prom_amount_text(offered, terms->retainer), prom_amount_text(asked, least));
}

/* An arbiter, whose offer waits for Tx0 until the deadline, and which has to verify in an arbitration. */
static prom_result check_seat(struct step *step, const prom_terms *terms, size_t *place)
{
    const prom_channel *channel = step->channel;
    const prom_terms_view view = view_of(channel, terms);
    PROM_TRY(prom_blame_peer(prom_terms_check_seat(terms, &view, step->error)));
    PROM_TRY(prom_blame_peer(prom_terms_check_verification(terms, &channel->config->time, step->error)));
    PROM_TRY(prom_channel_check_session(step, terms));
    PROM_TRY(check_retainer(step, terms));
    return find_seat(step, terms, place);
}

prom_result prom_channel_take_terms(struct step *step, const struct received *message)
{
    prom_channel *channel = step->channel;
    const prom_role role = channel->config->role;
    prom_terms terms;
    prom_span bytes;
    size_t place = channel->place;
    PROM_TRY(prom_blame_peer(prom_terms_read(&terms, message->body, step->error)));
    if (!prom_bytes32_equal(&terms.parties[PROM_PARTY_C].key, message->from)) {
        return peer_fault(step, "the terms name another client than their sender");
    }
    PROM_TRY(prom_blame_peer(prom_terms_check(channel->curve, &terms, step->error)));
    PROM_TRY(check_for_us(step, &terms));
    PROM_TRY(prom_blame_peer(prom_channel_check_fresh(step, &terms)));
    if (role == PROM_ROLE_ARBITER) {
        PROM_TRY(check_seat(step, &terms, &place));
    } else {
        PROM_TRY(check_kept(step, &terms, role == PROM_ROLE_WORKER ? PROM_PARTY_V : PROM_PARTY_W));
    }
    PROM_TRY(prom_span_copy(channel->arena, &bytes, message->body, step->error));
    PROM_TRY(prom_terms_read(&terms, bytes, step->error));
    channel->terms = terms;
    channel->place = place;
    return prom_channel_agree(step);
}

prom_result prom_channel_serve_payload(struct step *step)
{
    prom_channel *channel = step->channel;
    if (channel->payload_served) {
        return prom_ok();
    }
    channel->payload_served = true;
    for (size_t i = 0; i < channel->terms.arbiter_count; i++) {
        PROM_TRY(prom_channel_act_send(step, &channel->terms.arbiters[i].key, PROM_MESSAGE_PAYLOAD, channel->payload));
    }
    return prom_ok();
}

prom_result prom_channel_agree(struct step *step)
{
    prom_channel *channel = step->channel;
    const prom_tree_tx *tx0 = NULL;
    prom_span terms;
    prom_span body;
    PROM_TRY(prom_tree_build(channel->curve, channel->arena, &channel->tree, &channel->terms, step->error));
    PROM_TRY(prom_signing_new(channel->curve, channel->arena, &channel->signing, &channel->terms, channel->tree,
                              channel->place, step->error));
    PROM_TRY(prom_signing_begin(channel->signing, 0, step->error)); /* a channel is begun once, with an empty disk */
    tx0 = &channel->tree->tx[PROM_TX0];
    PROM_TRY(prom_terms_write(channel->arena, &terms, &channel->terms, step->error));
    PROM_TRY(prom_channel_act_store(step, "terms", terms));
    for (size_t i = 0; i < tx0->tx->input_count && channel->config->role != PROM_ROLE_ARBITER; i++) {
        PROM_TRY(prom_channel_act_look_up(step, &tx0->tx->inputs[i].outpoint));
    }
    PROM_TRY(prom_channel_act_look_up_block(step, channel->terms.snapshot_height));
    PROM_TRY(prom_channel_digest_body(step, &body));
    channel->digest_seen[channel->place] = true;
    channel->stage = PROM_STAGE_AGREED;
    return prom_channel_act_send_all(step, PROM_MESSAGE_DIGEST, body);
}
