#include <string.h>

#include "channel/step.h"
#include "prometheus/bitcoin/script.h"
#include "prometheus/contract/payout.h"
#include "prometheus/scheme/delivery.h"

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
    if (!prom_bytes32_equal(&terms->genesis, &config->genesis)) {
        return peer_fault(step, "the terms are for another chain than ours");
    }
    if (terms->feerate > config->feerate_max) {
        return peer_fault(step, "the terms ask for a higher feerate than we accept");
    }
    if (terms->P.varsigma != PROM_BASIS_POINTS_ONE) { /* there is no second round to deliver a sample in */
        return peer_fault(step, "a contract with varsigma below 1 is not yet supported");
    }
    return prom_ok();
}

prom_result prom_channel_take_proposal(struct step *step, const struct received *message, prom_party party)
{
    prom_channel *channel = step->channel;
    prom_terms terms;
    prom_span bytes;
    PROM_TRY(prom_span_copy(channel->arena, &bytes, message->body, step->error));
    PROM_TRY(prom_blame_peer(prom_terms_read_base(&terms, bytes, step->error)));
    const prom_chain_parameters *network = prom_chain_parameters_by_genesis(&terms.genesis);
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
    PROM_TRY(prom_blame_peer(prom_reward_check(&terms.P, terms.c, step->error)));
    PROM_TRY(check_for_us(step, &terms));
    if (!prom_amount_at_least(own_share(&terms, party), channel->config->reward_min)) {
        return peer_fault(step, "the reward is less than we work for");
    }
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

prom_result prom_channel_take_payload(struct step *step, const struct received *message)
{
    prom_channel *channel = step->channel;
    const prom_scheme_job *job = NULL;
    prom_span bytes;
    PROM_TRY(prom_span_copy(channel->arena, &bytes, message->body, step->error));
    prom_reader reader = prom_reader_of(bytes);
    const uint64_t program = prom_read_u64(&reader);
    const prom_job_bytes job_bytes = {
        .program = prom_read_span(&reader, (size_t)program),
        .input = prom_read_span(&reader, reader.left),
    };
    if (reader.failed) {
        return peer_fault(step, "these bytes are not a payload");
    }
    /* Held and checked before anything is signed: a client cannot withhold its input later. */
    PROM_TRY(prom_delivery_open_job(channel->arena, &job, &job_bytes, &channel->terms.job, step->error));
    PROM_TRY(prom_delivery_fits(job, &channel->terms, step->error));
    if (channel->place == PROM_PARTY_W) {
        PROM_TRY(prom_delivery_fits_memory(job, channel->config->memory_max, step->error));
    }
    channel->job = job;
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

/* The P in the terms is the one that our offer was made for, to the byte: a client could put its own in. */
static prom_result check_own_parameters(struct step *step, const prom_terms *terms)
{
    const prom_channel *channel = step->channel;
    prom_writer ours = prom_writer_in(channel->arena);
    prom_writer theirs = prom_writer_in(channel->arena);
    prom_span expected;
    prom_span found;
    prom_parameters_write(&ours, &channel->config->P);
    prom_parameters_write(&theirs, &terms->P);
    PROM_TRY(prom_writer_finish(&ours, &expected, step->error));
    PROM_TRY(prom_writer_finish(&theirs, &found, step->error));
    return prom_span_equal(expected, found) ? prom_ok()
                                            : peer_fault(step, "the terms hold another P than our offer was made for");
}

/* Our own seat: the offer in the terms is the one that we announced. */
static prom_result find_seat(struct step *step, const prom_terms *terms, size_t *place)
{
    const prom_channel *channel = step->channel;
    const prom_announcement *own = &channel->config->announcement;
    prom_writer ours = prom_writer_in(channel->arena);
    prom_span expected;
    prom_arbiter_terms_write(&ours, &own->offer);
    PROM_TRY(prom_writer_finish(&ours, &expected, step->error));
    for (size_t i = 0; i < terms->arbiter_count; i++) {
        prom_writer theirs = prom_writer_in(channel->arena);
        prom_span found;
        prom_arbiter_terms_write(&theirs, &terms->arbiters[i]);
        PROM_TRY(prom_writer_finish(&theirs, &found, step->error));
        if (prom_span_equal(expected, found) && prom_bytes32_equal(&terms->p_txid, &own->p_txid)) {
            *place = PROM_PARTIES + i;
            return prom_ok();
        }
    }
    return peer_fault(step, "the terms do not hold our offer as we announced it");
}

prom_result prom_channel_take_terms(struct step *step, const struct received *message)
{
    prom_channel *channel = step->channel;
    const prom_role role = channel->config->role;
    prom_terms terms;
    prom_span bytes;
    size_t place = channel->place;
    PROM_TRY(prom_span_copy(channel->arena, &bytes, message->body, step->error));
    PROM_TRY(prom_blame_peer(prom_terms_read(&terms, bytes, step->error)));
    if (!prom_bytes32_equal(&terms.parties[PROM_PARTY_C].key, message->from)) {
        return peer_fault(step, "the terms name another client than their sender");
    }
    PROM_TRY(prom_blame_peer(prom_terms_check(channel->curve, &terms, step->error)));
    PROM_TRY(check_for_us(step, &terms));
    if (role == PROM_ROLE_ARBITER) {
        PROM_TRY(prom_channel_check_session(step, &terms));
        PROM_TRY(check_own_parameters(step, &terms));
        PROM_TRY(find_seat(step, &terms, &place));
    } else {
        PROM_TRY(check_kept(step, &terms, role == PROM_ROLE_WORKER ? PROM_PARTY_V : PROM_PARTY_W));
    }
    channel->terms = terms;
    channel->place = place;
    return prom_channel_agree(step);
}

prom_result prom_channel_agree(struct step *step)
{
    prom_channel *channel = step->channel;
    const prom_tree_tx *tx0 = NULL;
    prom_writer digest = prom_writer_in(channel->arena);
    prom_span terms;
    prom_span body;
    PROM_TRY(prom_tree_build(channel->curve, channel->arena, &channel->tree, &channel->terms, step->error));
    PROM_TRY(prom_signing_new(channel->arena, &channel->signing, &channel->terms, channel->tree, channel->place,
                              step->error));
    tx0 = &channel->tree->tx[PROM_TX0];
    PROM_TRY(prom_terms_write(channel->arena, &terms, &channel->terms, step->error));
    PROM_TRY(prom_channel_act_store(step, "terms", terms));
    for (size_t i = 0; i < tx0->tx->input_count && channel->config->role != PROM_ROLE_ARBITER; i++) {
        PROM_TRY(prom_channel_act_look_up(step, &tx0->tx->inputs[i].outpoint));
    }
    prom_write_bytes32(&digest, &channel->tree->contract_id);
    prom_write_bytes32(&digest, &channel->tree->digest);
    PROM_TRY(prom_writer_finish(&digest, &body, step->error));
    channel->digest_seen[channel->place] = true;
    channel->stage = PROM_STAGE_AGREED;
    return prom_channel_act_send_all(step, PROM_MESSAGE_DIGEST, body);
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
    channel->digest_seen[message->place] = true;
    return prom_ok();
}

prom_result prom_channel_take_input(struct step *step, const prom_event *event)
{
    prom_channel *channel = step->channel;
    if (channel->tree == NULL) {
        return prom_fail(step->error, PROM_CATEGORY_MISUSE, "no input was to be looked up");
    }
    const prom_tree_tx *tx0 = &channel->tree->tx[PROM_TX0];
    const size_t first_offer = prom_tree_arbiter_input(&channel->terms, 0);
    const uint32_t offer_age = prom_chain_parameters_by_genesis(&channel->terms.genesis)->offer_age;
    for (size_t i = 0; i < tx0->tx->input_count; i++) {
        if (!prom_outpoint_equal(&tx0->tx->inputs[i].outpoint, &event->outpoint)) {
            continue;
        }
        const bool as_agreed = event->found && prom_amount_equal(event->output.value, tx0->spent[i].value) &&
                               prom_span_equal(event->output.script, tx0->spent[i].script) &&
                               event->confirmations >= (i < first_offer ? 1 : offer_age);
        if (!as_agreed) {
            char txid[PROM_HEX32];
            return prom_fail(step->error, PROM_CATEGORY_PEER,
                             "input %zu of Tx0, %s:%u, is spent, unconfirmed, or not what the terms say", i,
                             prom_hex32_reversed(txid, &event->outpoint.txid), event->outpoint.index);
        }
        channel->input_found[i] = true;
    }
    return prom_ok();
}

static bool all_compared(const prom_channel *channel)
{
    bool all = true;
    for (size_t i = 0; i < prom_channel_place_count(channel); i++) {
        all = all && channel->digest_seen[i];
    }
    for (size_t i = 0; i < channel->tree->tx[PROM_TX0].tx->input_count; i++) {
        all = all && (channel->config->role == PROM_ROLE_ARBITER || channel->input_found[i]);
    }
    return all;
}

bool prom_channel_all_signed(const prom_channel *channel)
{
    return prom_signing_may_give(channel->signing, PROM_SIGNING_LOCKING);
}

/* Our signatures of a stage, on the disk before they go to all. */
static prom_result give_signatures(struct step *step, prom_stage_of_signing stage)
{
    prom_channel *channel = step->channel;
    prom_writer writer = prom_writer_in(channel->arena);
    prom_span signatures;
    prom_span body;
    PROM_TRY(prom_signing_give(channel->arena, channel->signing, &signatures, stage, &channel->signer.contract,
                               step->error));
    prom_write_u8(&writer, (uint8_t)stage);
    prom_write_span(&writer, signatures);
    PROM_TRY(prom_writer_finish(&writer, &body, step->error));
    PROM_TRY(prom_channel_act_store(step, "signatures", body));
    return prom_channel_act_send_all(step, PROM_MESSAGE_SIGNATURES, body);
}

prom_result prom_channel_compare_and_sign(struct step *step)
{
    prom_channel *channel = step->channel;
    if (channel->stage == PROM_STAGE_AGREED && all_compared(channel)) {
        channel->stage = PROM_STAGE_COMPARED;
    }
    for (size_t stage = 0; stage < PROM_SIGNING_LOCKING && channel->stage == PROM_STAGE_COMPARED; stage++) {
        if (!channel->signing->taken[channel->place][stage] &&
            prom_signing_may_give(channel->signing, (prom_stage_of_signing)stage)) {
            PROM_TRY(give_signatures(step, (prom_stage_of_signing)stage));
        }
    }
    return prom_ok();
}

prom_result prom_channel_take_signatures(struct step *step, const struct received *message)
{
    prom_channel *channel = step->channel;
    prom_span body;
    PROM_TRY(prom_span_copy(channel->arena, &body, message->body, step->error));
    prom_reader reader = prom_reader_of(body);
    const uint8_t stage = prom_read_u8(&reader);
    if (reader.failed || stage >= PROM_SIGNING_LOCKING || channel->signing->taken[message->place][stage]) {
        return peer_fault(step, "these are not the signatures of a stage, or they came before");
    }
    PROM_TRY(prom_signing_take(channel->signing, message->place, (prom_stage_of_signing)stage,
                               prom_read_span(&reader, reader.left), &channel->signer.contract, step->error));
    return prom_channel_act_store(step, "others-signatures", body);
}

/* The inputs of Tx0 that belong to a place: [first, first + count). */
static size_t inputs_of(const prom_terms *terms, size_t place, size_t *count)
{
    if (place < PROM_PARTIES) {
        *count = terms->parties[place].coin_count;
        return prom_tree_party_input(terms, (prom_party)place);
    }
    *count = 1;
    return prom_tree_arbiter_input(terms, place - PROM_PARTIES);
}

/* The witness of a P2TR key-path spend. */
static prom_result key_path_witness(struct step *step, prom_tx_input *input, const prom_signature *signature)
{
    prom_span *witness = NULL;
    PROM_TRY_NEW(witness, step->channel->arena, 1, step->error);
    PROM_TRY(prom_channel_signature_body(step, witness, signature));
    input->witness = witness;
    input->witness_count = 1;
    return prom_ok();
}

prom_result prom_channel_sign_own_coins(struct step *step, prom_tx *tx)
{
    prom_channel *channel = step->channel;
    const prom_tree_tx *tx0 = &channel->tree->tx[PROM_TX0];
    size_t count = 0;
    const size_t first = inputs_of(&channel->terms, channel->place, &count);
    for (size_t i = 0; i < count; i++) {
        prom_bytes32 hash;
        prom_signature signature;
        PROM_TRY(prom_tree_sighash(channel->arena, &hash, tx0, first + i, step->error));
        PROM_TRY(channel->signer.sign_coin(channel->signer.contract.context, &signature, &hash, i, step->error));
        PROM_TRY(key_path_witness(step, &tx->inputs[first + i], &signature));
    }
    return prom_ok();
}

/* The arbiter's witness: its signature and x. */
static prom_result sign_own_offer(struct step *step, prom_tx *tx)
{
    prom_channel *channel = step->channel;
    const prom_tree_tx *tx0 = &channel->tree->tx[PROM_TX0];
    const size_t input = prom_tree_arbiter_input(&channel->terms, channel->place - PROM_PARTIES);
    prom_keyed_signature keyed = {.public_key = channel->self};
    const prom_satisfaction with = {&keyed, 1, &channel->config->x, 1};
    PROM_TRY(prom_channel_sign_input(step, &keyed.signature, tx0, input));
    return prom_tree_witness(channel->arena, &tx->inputs[input], tx0, input, &with, step->error);
}

/* W, V, A: our witnesses of Tx0 for the client; from now on we watch for it. */
static prom_result give_tx0_witnesses(struct step *step)
{
    prom_channel *channel = step->channel;
    const prom_outpoint O0 = {channel->tree->tx[PROM_TX0].txid, 0};
    prom_writer writer = prom_writer_in(channel->arena);
    prom_tx *tx = NULL;
    prom_span body;
    size_t count = 0;
    const size_t first = inputs_of(&channel->terms, channel->place, &count);
    PROM_TRY(prom_tree_copy(channel->arena, &tx, &channel->tree->tx[PROM_TX0], step->error));
    PROM_TRY(channel->place < PROM_PARTIES ? prom_channel_sign_own_coins(step, tx) : sign_own_offer(step, tx));
    for (size_t i = first; i < first + count; i++) {
        prom_write_u8(&writer, (uint8_t)tx->inputs[i].witness_count);
        for (size_t j = 0; j < tx->inputs[i].witness_count; j++) {
            prom_write_u16(&writer, (uint16_t)tx->inputs[i].witness[j].length);
            prom_write_span(&writer, tx->inputs[i].witness[j]);
        }
    }
    PROM_TRY(prom_writer_finish(&writer, &body, step->error));
    PROM_TRY(prom_channel_act_store(step, "tx0-witnesses", body));
    PROM_TRY(prom_channel_act_watch(step, &O0));
    channel->stage = PROM_STAGE_SIGNED;
    return prom_channel_act_send(step, &channel->terms.parties[PROM_PARTY_C].key, PROM_MESSAGE_TX0_WITNESSES, body);
}

prom_result prom_channel_sign_tree(struct step *step)
{
    PROM_TRY(prom_channel_compare_and_sign(step));
    const bool all = step->channel->stage == PROM_STAGE_COMPARED && prom_channel_all_signed(step->channel);
    return all ? give_tx0_witnesses(step) : prom_ok();
}

static prom_result bad_witness(struct step *step, size_t place)
{
    char name[PROM_PLACE_NAME];
    return prom_fail(step->error, PROM_CATEGORY_PEER, "the witness of Tx0 by %s is not valid",
                     prom_place_name(name, place));
}

/* A coin's key-path signature. Kinds of coin that this program cannot check are left to bitcoind. */
static prom_result check_coin_witness(struct step *step, size_t input, const prom_tx_input *given, size_t place)
{
    const prom_tree_tx *tx0 = &step->channel->tree->tx[PROM_TX0];
    const prom_signer *signer = &step->channel->signer;
    const prom_span script = tx0->spent[input].script;
    prom_bytes32 hash;
    prom_bytes32 key;
    prom_signature signature;
    if (!prom_script_is_p2tr(script)) {
        return prom_ok();
    }
    if (given->witness_count != 1 || given->witness[0].length != sizeof signature.bytes) {
        return bad_witness(step, place);
    }
    PROM_TRY(prom_tree_sighash(step->channel->arena, &hash, tx0, input, step->error));
    memcpy(key.bytes, script.data + 2, sizeof key.bytes);
    memcpy(signature.bytes, given->witness[0].data, sizeof signature.bytes);
    return signer->contract.verify(signer->contract.context, &signature, &hash, &key) ? prom_ok()
                                                                                      : bad_witness(step, place);
}

/* An offer's witness: rebuilt from the signature and the preimage in it, it must be the same. */
static prom_result check_offer_witness(struct step *step, size_t input, const prom_tx_input *given, size_t place)
{
    const prom_channel *channel = step->channel;
    const prom_tree_tx *tx0 = &channel->tree->tx[PROM_TX0];
    prom_keyed_signature keyed = {.public_key = *prom_channel_place_key(channel, place)};
    prom_bytes32 x;
    if (given->witness_count != 4 || given->witness[0].length != sizeof keyed.signature.bytes ||
        given->witness[1].length != sizeof x.bytes) {
        return bad_witness(step, place);
    }
    memcpy(keyed.signature.bytes, given->witness[0].data, sizeof keyed.signature.bytes);
    memcpy(x.bytes, given->witness[1].data, sizeof x.bytes);
    const prom_satisfaction with = {&keyed, 1, &x, 1};
    prom_tx_input expected = *given;
    PROM_TRY(prom_channel_check_input(step, &keyed.signature, tx0, input, place));
    PROM_TRY(prom_blame_peer(prom_tree_witness(channel->arena, &expected, tx0, input, &with, step->error)));
    for (size_t i = 0; i < expected.witness_count; i++) {
        if (!prom_span_equal(expected.witness[i], given->witness[i])) {
            return bad_witness(step, place);
        }
    }
    return prom_ok();
}

static prom_result read_witness(struct step *step, prom_reader *reader, prom_tx_input *input)
{
    prom_span *witness = NULL;
    const size_t count = prom_read_u8(reader);
    PROM_TRY_NEW(witness, step->channel->arena, count, step->error);
    for (size_t i = 0; i < count; i++) {
        PROM_TRY(prom_span_copy(step->channel->arena, &witness[i], prom_read_span(reader, prom_read_u16(reader)),
                                step->error));
    }
    input->witness = witness;
    input->witness_count = count;
    return prom_ok();
}

prom_result prom_channel_take_tx0_witnesses(struct step *step, const struct received *message)
{
    prom_channel *channel = step->channel;
    prom_reader reader = prom_reader_of(message->body);
    prom_tx_input given[PROM_COINS_MAX];
    size_t count = 0;
    const size_t first = inputs_of(&channel->terms, message->place, &count);
    for (size_t i = 0; i < count; i++) {
        given[i] = channel->tx0->inputs[first + i];
        PROM_TRY(read_witness(step, &reader, &given[i]));
    }
    if (!prom_reader_done(&reader)) {
        return bad_witness(step, message->place);
    }
    for (size_t i = 0; i < count; i++) {
        PROM_TRY(message->place < PROM_PARTIES ? check_coin_witness(step, first + i, &given[i], message->place)
                                               : check_offer_witness(step, first + i, &given[i], message->place));
    }
    for (size_t i = 0; i < count; i++) {
        channel->tx0->inputs[first + i] = given[i];
        channel->input_signed[first + i] = true;
    }
    return prom_ok();
}
