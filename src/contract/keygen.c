#include "prometheus/contract/keygen.h"

#include <string.h>

#include "prometheus/crypto/hash.h"

prom_result prom_keygen_session(const prom_curve *curve, prom_dkg_session *session, const prom_bytes32 *host_keys,
                                size_t count, size_t threshold, prom_error *error)
{
    prom_bytes32 hash;
    *session = (prom_dkg_session){.threshold = threshold, .count = count};
    if (count > PROM_ARBITERS_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "a key is made by %d arbiters at most, not by %zu",
                         PROM_ARBITERS_MAX, count);
    }
    for (size_t i = 0; i < count; i++) {
        session->host_keys[i] = prom_point_of_public_key(&host_keys[i]);
    }
    return prom_dkg_session_hash(curve, &hash, session, error); /* which checks the session */
}

static void write_span(prom_writer *writer, prom_span span)
{
    prom_write_u16(writer, (uint16_t)span.length);
    prom_write_span(writer, span);
}

static prom_span read_span(prom_reader *reader)
{
    return prom_read_span(reader, prom_read_u16(reader));
}

prom_result prom_keygen_write_list(prom_arena *arena, prom_span *bytes, const prom_span *items, size_t count,
                                   prom_error *error)
{
    prom_writer writer = prom_writer_in(arena);
    for (size_t i = 0; i < count; i++) {
        write_span(&writer, items[i]);
    }
    return prom_writer_finish(&writer, bytes, error);
}

prom_result prom_keygen_read_list(prom_span *items, size_t count, prom_span bytes, prom_error *error)
{
    prom_reader reader = prom_reader_of(bytes);
    for (size_t i = 0; i < count; i++) {
        items[i] = read_span(&reader);
    }
    return prom_reader_done(&reader) ? prom_ok()
                                     : prom_fail(error, PROM_CATEGORY_PEER,
                                                 "these bytes are not what %zu arbiters sent to make their key", count);
}

/* -- Deals -- */

static prom_result deal_hash(const prom_curve *curve, prom_bytes32 *hash, const prom_dkg_session *session,
                             prom_span message, prom_error *error)
{
    prom_bytes32 id;
    prom_hasher hasher;
    PROM_TRY(prom_dkg_session_hash(curve, &id, session, error));
    prom_hasher_init(&hasher, "prometheus/deal");
    prom_hasher_add(&hasher, prom_span_of32(&id));
    prom_hasher_add(&hasher, message);
    prom_hasher_finish(&hasher, hash);
    return prom_ok();
}

static prom_bytes32 x_of(const prom_point *point)
{
    prom_bytes32 x;
    memcpy(x.bytes, point->bytes + 1, sizeof x.bytes);
    return x;
}

/* A deal without its signature. */
static prom_span message_of(prom_span deal)
{
    return prom_span_of(deal.data, deal.length < sizeof(prom_signature) ? 0 : deal.length - sizeof(prom_signature));
}

bool prom_keygen_same_deal(prom_span one, prom_span other)
{
    return prom_span_equal(message_of(one), message_of(other));
}

static prom_result is_signed(const prom_curve *curve, bool *is, const prom_dkg_session *session, size_t dealer,
                             prom_span deal, prom_error *error)
{
    const prom_span message = message_of(deal);
    prom_signature signature;
    prom_bytes32 hash;
    *is = false;
    if (message.length == 0) {
        return prom_ok();
    }
    const prom_bytes32 key = x_of(&session->host_keys[dealer]);
    memcpy(signature.bytes, deal.data + message.length, sizeof signature.bytes);
    PROM_TRY(deal_hash(curve, &hash, session, message, error));
    *is = prom_signature_valid(curve, &signature, prom_span_of32(&hash), &key);
    return prom_ok();
}

/* Whom a dispute names. PROM_DKG_PARTICIPANTS_MAX: nobody, for it is none. */
static prom_result judge(const prom_curve *curve, prom_arena *arena, size_t *named, const prom_dkg_session *session,
                         const prom_dkg_dispute *dispute, prom_error *error)
{
    prom_dkg_blame blame = {PROM_DKG_FAULT_NONE, 0};
    const prom_dkg_context context = {.arena = arena, .curve = curve, .blame = &blame};
    const prom_result judged = prom_dkg_judge(&context, session, dispute, error); /* never a success */
    *named = blame.fault == PROM_DKG_FAULT_PARTICIPANT ? blame.participant : PROM_DKG_PARTICIPANTS_MAX;
    return judged.category == PROM_CATEGORY_PEER || judged.category == PROM_CATEGORY_BAD_INPUT ? prom_ok() : judged;
}

prom_result prom_keygen_check_deal(const prom_curve *curve, prom_arena *arena, prom_deal_standing *standing,
                                   const prom_dkg_session *session, size_t dealer, prom_span deal, prom_error *error)
{
    /* A complaint that proves nothing: the dealer is named for nothing but what its message shows by itself. */
    const prom_dkg_dispute dispute = {.dealer = dealer, .complainer = dealer == 0 ? 1 : 0, .message = message_of(deal)};
    bool its = false;
    size_t named = 0;
    PROM_TRY(is_signed(curve, &its, session, dealer, deal, error));
    PROM_TRY(judge(curve, arena, &named, session, &dispute, error));
    *standing = !its ? PROM_DEAL_UNSIGNED : named == dealer ? PROM_DEAL_BAD : PROM_DEAL_WELL_FORMED;
    return prom_ok();
}

/* -- What the deals add up to -- */

static prom_result add_up(const prom_curve *curve, prom_arena *arena, prom_dkg_outcome *outcome, prom_span *round,
                          const prom_dkg_session *session, const prom_span *deals, prom_error *error)
{
    prom_dkg_blame blame;
    const prom_dkg_context context = {.arena = arena, .curve = curve, .blame = &blame};
    prom_span spans[PROM_ARBITERS_MAX];
    for (size_t i = 0; i < session->count; i++) {
        spans[i] = message_of(deals[i]);
    }
    const prom_dkg_messages messages = {spans, session->count};
    return prom_dkg_coordinator_step1(&context, outcome, round, session, &messages, error);
}

prom_result prom_keygen_check_signature(const prom_curve *curve, prom_arena *arena, const prom_dkg_session *session,
                                        const prom_span *deals, size_t signer, prom_span signature, prom_error *error)
{
    const prom_dkg_context context = {.arena = arena, .curve = curve};
    prom_dkg_outcome outcome;
    prom_span round;
    PROM_TRY(add_up(curve, arena, &outcome, &round, session, deals, error));
    return prom_blame_peer(prom_dkg_signature_check(&context, &outcome, signer, signature, error));
}

prom_result prom_keygen_finish(const prom_curve *curve, prom_arena *arena, prom_keygen_key *key,
                               const prom_dkg_session *session, const prom_span *deals, const prom_span *signatures,
                               prom_error *error)
{
    prom_dkg_blame blame;
    const prom_dkg_context context = {.arena = arena, .curve = curve, .blame = &blame};
    const prom_dkg_messages messages = {signatures, session->count};
    prom_dkg_outcome outcome;
    prom_dkg_output output;
    prom_span round;
    prom_span certificate;
    PROM_TRY(add_up(curve, arena, &outcome, &round, session, deals, error));
    PROM_TRY(prom_blame_peer(
        prom_dkg_coordinator_finalize(&context, &output, &certificate, &key->recovery, &outcome, &messages, error)));
    key->Y = x_of(&output.key);
    return prom_ok();
}

/* -- An arbiter's work -- */

prom_result prom_keygen_write_order(prom_arena *arena, prom_span *bytes, const prom_dkg_session *session,
                                    prom_span deals, prom_error *error)
{
    prom_writer writer = prom_writer_in(arena);
    prom_write_u8(&writer, (uint8_t)session->threshold);
    prom_write_u8(&writer, (uint8_t)session->count);
    for (size_t i = 0; i < session->count; i++) {
        const prom_bytes32 key = x_of(&session->host_keys[i]);
        prom_write_bytes32(&writer, &key);
    }
    prom_write_span(&writer, deals);
    return prom_writer_finish(&writer, bytes, error);
}

static prom_result read_order(const prom_curve *curve, prom_dkg_session *session, prom_span *deals, prom_span bytes,
                              prom_error *error)
{
    prom_reader reader = prom_reader_of(bytes);
    prom_bytes32 host_keys[PROM_ARBITERS_MAX];
    const uint8_t threshold = prom_read_u8(&reader);
    const uint8_t count = prom_read_u8(&reader);
    for (size_t i = 0; i < count && count <= PROM_ARBITERS_MAX; i++) {
        host_keys[i] = prom_read_bytes32(&reader);
    }
    *deals = prom_read_span(&reader, reader.left);
    if (reader.failed) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "these bytes are no step of a key generation");
    }
    return prom_keygen_session(curve, session, host_keys, count, threshold, error);
}

/* Everything that a step has at hand. */
struct work {
    prom_dkg_context context;
    prom_dkg_session session;
    prom_dkg_secrets secrets;
    const prom_key *key;
    prom_dkg_participant participant;
    prom_dkg_blame blame;
};

/* The deal is made again in each step: the same comes of it. */
static prom_result make_deal(struct work *work, prom_span *deal, prom_error *error)
{
    const prom_curve *curve = work->context.curve;
    prom_writer writer = prom_writer_in(work->context.arena);
    prom_signature signature;
    prom_bytes32 hash;
    prom_span message;
    PROM_TRY(prom_dkg_participant_step1(&work->context, &work->participant, &message, &work->session, &work->secrets,
                                        error));
    PROM_TRY(deal_hash(curve, &hash, &work->session, message, error));
    PROM_TRY(prom_sign(curve, &signature, &hash, work->key, work->secrets.randomness, error));
    prom_write_span(&writer, message);
    prom_write_span(&writer, prom_span_of(signature.bytes, sizeof signature.bytes));
    return prom_writer_finish(&writer, deal, error);
}

/* Whose share for us is bad. A complaint opens one share, so none but that of the dealer at fault is shown to anybody.
 */
static prom_result find_culprit(struct work *work, prom_keygen_answer *answer, const prom_span *deals,
                                prom_error *error)
{
    for (size_t i = 0; i < work->session.count; i++) {
        prom_dkg_dispute dispute = {.dealer = i, .complainer = work->participant.id, .message = message_of(deals[i])};
        size_t named = PROM_DKG_PARTICIPANTS_MAX;
        if (i == work->participant.id) {
            continue;
        }
        PROM_TRY(
            prom_dkg_complain(&work->context, &dispute.complaint, &work->participant, &work->secrets, &dispute, error));
        PROM_TRY(judge(work->context.curve, work->context.arena, &named, &work->session, &dispute, error));
        if (named == i) {
            const prom_keygen_proof proof = {
                .deal = deals[i], .complainer = dispute.complainer, .complaint = dispute.complaint};
            answer->culprit = i;
            return prom_keygen_write_proof(work->context.arena, &answer->bytes, &proof, error);
        }
    }
    return prom_fail(error, PROM_CATEGORY_BROKEN, "a key cannot be made, and no arbiter's share is bad"); /* never */
}

static prom_result make_signature(struct work *work, prom_keygen_answer *answer, prom_span bytes, prom_error *error)
{
    prom_arena *arena = work->context.arena;
    prom_span deals[PROM_ARBITERS_MAX];
    prom_dkg_outcome outcome;
    prom_signature signature;
    prom_span round;
    PROM_TRY(prom_keygen_read_list(deals, work->session.count, bytes, error));
    PROM_TRY(add_up(work->context.curve, arena, &outcome, &round, &work->session, deals, error));
    const prom_result made = prom_dkg_participant_step2(&work->context, &outcome, &signature, &work->participant,
                                                        &work->secrets, round, error);
    prom_wipe(&outcome.output, sizeof outcome.output); /* the share: from the recovery data it comes again */
    if (made.category == PROM_CATEGORY_PEER) {
        return find_culprit(work, answer, deals, error);
    }
    PROM_TRY(made);
    return prom_span_copy(arena, &answer->bytes, prom_span_of(signature.bytes, sizeof signature.bytes), error);
}

prom_result prom_keygen_work(const prom_curve *curve, prom_arena *arena, prom_keygen_answer *answer,
                             const prom_keygen_order *order, prom_error *error)
{
    PROM_SCOPED(prom_wipe32) prom_bytes32 host = {{0}};
    struct work work = {.secrets = {&host, order->randomness}, .key = order->key};
    prom_span deals;
    prom_span deal;
    work.context = (prom_dkg_context){.arena = arena, .curve = curve, .blame = &work.blame};
    *answer = (prom_keygen_answer){.culprit = PROM_ARBITERS_MAX};
    PROM_TRY(read_order(curve, &work.session, &deals, order->bytes, error));
    PROM_TRY(prom_key_even_secret(curve, &host, order->key, error));
    PROM_TRY(make_deal(&work, &deal, error));
    switch (order->step) {
    case PROM_KEYGEN_DEAL:
        answer->bytes = deal;
        return prom_ok();
    case PROM_KEYGEN_SIGNATURE:
        return make_signature(&work, answer, deals, error);
    case PROM_KEYGEN_ENTER:
    case PROM_KEYGEN_DEALS:
    case PROM_KEYGEN_CERTIFICATE:
    case PROM_KEYGEN_DONE:
        break;
    }
    return prom_fail(error, PROM_CATEGORY_MISUSE, "step %u of a key generation is no work of an arbiter",
                     (unsigned)order->step);
}

/* -- Proofs -- */

enum { NOBODY = 0xff };

prom_result prom_keygen_write_proof(prom_arena *arena, prom_span *bytes, const prom_keygen_proof *proof,
                                    prom_error *error)
{
    prom_writer writer = prom_writer_in(arena);
    write_span(&writer, proof->deal);
    write_span(&writer, proof->other);
    prom_write_u8(&writer, proof->complainer < PROM_ARBITERS_MAX ? (uint8_t)proof->complainer : NOBODY);
    write_span(&writer, proof->complaint);
    return prom_writer_finish(&writer, bytes, error);
}

static bool read_proof(prom_keygen_proof *proof, prom_span bytes)
{
    prom_reader reader = prom_reader_of(bytes);
    proof->deal = read_span(&reader);
    proof->other = read_span(&reader);
    const uint8_t complainer = prom_read_u8(&reader);
    proof->complainer = complainer < PROM_ARBITERS_MAX ? complainer : PROM_ARBITERS_MAX;
    proof->complaint = read_span(&reader);
    return prom_reader_done(&reader);
}

/* Two messages under one host key for one session. */
static prom_result dealt_twice(const prom_curve *curve, bool *twice, const prom_dkg_session *session, size_t dealer,
                               const prom_keygen_proof *proof, prom_error *error)
{
    bool its = false;
    PROM_TRY(is_signed(curve, &its, session, dealer, proof->other, error));
    *twice = its && !prom_keygen_same_deal(proof->deal, proof->other);
    return prom_ok();
}

prom_result prom_keygen_judge(const prom_curve *curve, prom_arena *arena, bool *proven, const prom_dkg_session *session,
                              size_t dealer, prom_span bytes, prom_error *error)
{
    prom_keygen_proof proof;
    prom_deal_standing standing = PROM_DEAL_UNSIGNED;
    size_t named = PROM_DKG_PARTICIPANTS_MAX;
    *proven = false;
    if (dealer >= session->count || !read_proof(&proof, bytes)) {
        return prom_ok();
    }
    PROM_TRY(prom_keygen_check_deal(curve, arena, &standing, session, dealer, proof.deal, error));
    if (standing != PROM_DEAL_WELL_FORMED) {
        *proven = standing == PROM_DEAL_BAD;
        return prom_ok();
    }
    PROM_TRY(dealt_twice(curve, proven, session, dealer, &proof, error));
    if (!*proven && proof.complainer < session->count && proof.complainer != dealer) {
        const prom_dkg_dispute dispute = {dealer, proof.complainer, message_of(proof.deal), proof.complaint};
        PROM_TRY(judge(curve, arena, &named, session, &dispute, error));
        *proven = named == dealer;
    }
    return prom_ok();
}
