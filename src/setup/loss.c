/* Seats that are lost: by a proof that anybody can check, or when C, W and V all say that an arbiter is silent. One of
 * them alone takes nobody's seat away, and none says so before it has asked; docs/protocol.md, section 4. */
#include <string.h>

#include "prometheus/crypto/hash.h"
#include "setup/setup.h"

/* So many times the time for an answer each waits for a seat's message before it asks whether anybody is there. */
enum { PATIENCE_ANSWERS = 2 };

static bool is_none(const prom_bytes32 *hash)
{
    static const prom_bytes32 none;
    return prom_bytes32_equal(hash, &none);
}

prom_result prom_silence_hash(struct step *step, prom_bytes32 *hash, const prom_candidate *candidate,
                              const prom_bytes32 *seating)
{
    prom_hasher hasher;
    prom_bytes32 id;
    PROM_TRY(prom_setup_id(step, &id));
    prom_hasher_init(&hasher, "prometheus/silence");
    prom_hasher_add(&hasher, prom_span_of32(&id));
    prom_hasher_add(&hasher, prom_span_of32(&candidate->offer.txid));
    prom_hasher_add_number(&hasher, candidate->offer.index, sizeof candidate->offer.index);
    prom_hasher_add(&hasher, prom_span_of32(seating));
    prom_hasher_finish(&hasher, hash);
    return prom_ok();
}

bool prom_candidate_is_called_silent(const prom_candidate *candidate, size_t place, const prom_bytes32 *seating)
{
    return (candidate->silent_by >> place & 1) != 0 && prom_bytes32_equal(&candidate->silent_seatings[place], seating);
}

/* -- Words of silence -- */

/* All three say so, for the same seats. */
static bool is_silent_for_all(const prom_candidate *candidate)
{
    bool all = true;
    for (size_t i = 0; i < PROM_PARTIES; i++) {
        all = all && prom_candidate_is_called_silent(candidate, i, &candidate->silent_seatings[PROM_PARTY_C]);
    }
    return all;
}

static void add_word(prom_candidate *candidate, size_t place, const prom_bytes32 *seating,
                     const prom_signature *signature)
{
    candidate->silent_by |= (uint8_t)(1U << place);
    candidate->silent_seatings[place] = *seating;
    candidate->silent_words[place] = *signature;
    if (!candidate->lost && is_silent_for_all(candidate)) {
        candidate->lost = true;
        candidate->loss = PROM_LOSS_SILENT;
    }
}

static prom_message word_message(const prom_candidate *candidate, size_t place)
{
    return (prom_message){.kind = PROM_MESSAGE_LOSS,
                          .as.loss = {.kind = PROM_LOSS_SILENT,
                                      .offer = candidate->offer,
                                      .seating = candidate->silent_seatings[place],
                                      .place = (uint8_t)place,
                                      .signature = candidate->silent_words[place]}};
}

static prom_result take_word(struct step *step, prom_candidate *candidate, const struct received *received,
                             prom_reception *reception)
{
    const prom_loss *loss = &received->message->as.loss;
    prom_bytes32 hash;
    if (loss->place >= PROM_PARTIES) {
        return prom_refuse(step, reception, "nobody but C, W and V says of an arbiter that it is silent");
    }
    PROM_TRY(prom_silence_hash(step, &hash, candidate, &loss->seating));
    if (!prom_signature_valid(step->channel->curve, &loss->signature, prom_span_of32(&hash),
                              &step->channel->terms.parties[loss->place].key)) {
        return prom_refuse(step, reception, "a word about a silent arbiter is not signed by the %s",
                           prom_party_name((prom_party)loss->place));
    }
    /* Each passes its own word on to all: there is nothing to repeat here. */
    add_word(candidate, loss->place, &loss->seating, &loss->signature);
    return prom_ok();
}

prom_result prom_silence_signed(struct step *step, const prom_event *event)
{
    prom_setup_session *setup = &step->facts->setup;
    const size_t place = step->channel->place;
    for (size_t i = 0; i < setup->candidate_count; i++) {
        prom_candidate *candidate = &setup->candidates[i];
        prom_bytes32 hash;
        if (!candidate->silent || prom_candidate_is_called_silent(candidate, place, &candidate->question)) {
            continue;
        }
        PROM_TRY(prom_silence_hash(step, &hash, candidate, &candidate->question));
        if (prom_bytes32_equal(&hash, &event->as.signed_.hash)) {
            add_word(candidate, place, &candidate->question, &event->as.signed_.signature);
            const prom_message message = word_message(candidate, place);
            return prom_setup_pass_on(step, NULL, &message);
        }
    }
    return prom_ok();
}

/* -- Asking whether anybody is there -- */

/* A number for the step under way: what is late is late in one step, and each has its own time. */
static uint32_t step_of(const prom_setup_session *setup)
{
    return (uint32_t)setup->phase | (uint32_t)setup->keygen_step << 8 | setup->attempt << 16;
}

static void withdraw_question(prom_candidate *candidate, bool *changed)
{
    if (!is_none(&candidate->question)) {
        *changed = true;
        memset(&candidate->question, 0, sizeof candidate->question);
        candidate->silent = false;
    }
}

/* In the key generation what an arbiter sends to one of C, W and V it has sent to all, for each passes it on: who does
 * not send it may answer whatever it likes. Later it may have sent its words to the others, and we miss them alone. */
static bool is_silent(const struct step *step, const prom_candidate *candidate)
{
    return prom_setup_is_over(step, candidate->asked_seconds, step->view->config->answer_seconds) &&
           (step->facts->setup.phase == PROM_SETUP_KEYING || !candidate->answered);
}

static prom_result question_seat(struct step *step, prom_candidate *candidate, bool *changed)
{
    const prom_setup_session *setup = &step->facts->setup;
    const bool asked = prom_bytes32_equal(&candidate->question, &setup->seating);
    if (!asked && prom_setup_is_over(step, setup->moved_seconds,
                                     (uint64_t)PATIENCE_ANSWERS * step->view->config->answer_seconds)) {
        *changed = true;
        candidate->question = setup->seating;
        candidate->silent = false;
        return prom_setup_invite(step, candidate);
    }
    if (asked && !candidate->silent && is_silent(step, candidate)) {
        *changed = true;
        candidate->silent = true;
    }
    return prom_ok();
}

prom_result prom_setup_question(struct step *step, bool *changed)
{
    prom_setup_session *setup = &step->facts->setup;
    const uint32_t awaited = prom_setup_awaited(step->channel);
    const bool moved = setup->waiting_for != step_of(setup);
    if (!prom_channel_may_sign(step->channel)) {
        return prom_ok();
    }
    if (moved) {
        *changed = true;
        setup->waiting_for = step_of(setup);
        setup->moved_seconds = step->view->seconds;
    }
    for (size_t i = 0; i < setup->seat_count; i++) {
        prom_candidate *candidate = &setup->candidates[setup->seats[i]];
        if (moved || (awaited >> i & 1) == 0) {
            withdraw_question(candidate, changed);
        } else {
            PROM_TRY(question_seat(step, candidate, changed));
        }
    }
    return prom_ok();
}

/* -- Proofs -- */

/* The seats that a proof is about, as it names them: candidates with a yes, whose seating is the one of the loss. */
struct proof {
    uint8_t seats[PROM_ARBITERS_MAX];
    size_t count;
    size_t seat; /* of the candidate; `count`: it has none */
    prom_span rest;
};

static prom_result read_proof(struct step *step, struct proof *proof, bool *good, const prom_loss *loss)
{
    const prom_setup_session *setup = &step->facts->setup;
    prom_reader reader = prom_reader_of(loss->proof);
    prom_bytes32 seating;
    *good = false;
    proof->count = prom_read_u8(&reader);
    proof->seat = proof->count;
    if (proof->count != step->channel->terms.P.n) {
        return prom_ok();
    }
    for (size_t i = 0; i < proof->count; i++) {
        proof->seats[i] = prom_read_u8(&reader);
        if (proof->seats[i] >= setup->candidate_count || !setup->candidates[proof->seats[i]].seat.yes) {
            return prom_ok();
        }
        if (prom_outpoint_equal(&setup->candidates[proof->seats[i]].offer, &loss->offer)) {
            proof->seat = i;
        }
    }
    proof->rest = prom_read_span(&reader, reader.left);
    PROM_TRY(prom_setup_seating(step, &seating, proof->seats, proof->count));
    *good = !reader.failed && proof->seat < proof->count && prom_bytes32_equal(&seating, &loss->seating);
    return prom_ok();
}

static prom_result keep_loss(struct step *step, prom_candidate *candidate, const prom_loss *loss)
{
    candidate->lost = true;
    candidate->loss = (uint8_t)loss->kind;
    return prom_span_copy(step->channel->arena, &candidate->proof, loss->proof, step->error);
}

/* The proof of a loss that was kept says for which seats: they are read from it again. */
static prom_result proof_message(struct step *step, prom_message *message, const prom_candidate *candidate)
{
    *message = (prom_message){
        .kind = PROM_MESSAGE_LOSS,
        .as.loss = {.kind = (prom_loss_kind)candidate->loss, .offer = candidate->offer, .proof = candidate->proof}};
    return candidate->loss == PROM_LOSS_WORDS ? prom_ok()
                                              : prom_setup_seating(step, &message->as.loss.seating,
                                                                   candidate->proof.data + 1, candidate->proof.data[0]);
}

prom_result prom_candidate_losses(struct step *step, size_t *count, prom_message messages[PROM_LOSS_MESSAGES_MAX],
                                  const prom_candidate *candidate)
{
    *count = 0;
    if (candidate->lost && candidate->proof.length > 0) {
        *count = 1;
        return proof_message(step, &messages[0], candidate);
    }
    for (size_t i = 0; i < PROM_PARTIES; i++) {
        if ((candidate->silent_by >> i & 1) != 0) {
            messages[(*count)++] = word_message(candidate, i);
        }
    }
    return prom_ok();
}

/* Two words of the candidate, that differ. */
static prom_result prove_words(struct step *step, bool *proven, const prom_candidate *candidate, prom_span proof)
{
    prom_reader reader = prom_reader_of(proof);
    prom_seat words[2];
    bool same = false;
    *proven = true;
    for (size_t i = 0; i < 2; i++) {
        bool true_word = false;
        prom_seat_read(&reader, &words[i]);
        if (!reader.failed) {
            PROM_TRY(prom_seat_is_true(step, &true_word, candidate, &words[i]));
        }
        *proven = *proven && true_word;
    }
    *proven = *proven && prom_reader_done(&reader);
    if (*proven) {
        PROM_TRY(prom_seat_is_same(step, &same, &words[0], &words[1]));
        *proven = !same;
    }
    return prom_ok();
}

static prom_result prove(struct step *step, bool *proven, const prom_candidate *candidate, const prom_loss *loss)
{
    struct proof proof;
    if (loss->kind == PROM_LOSS_WORDS) {
        return prove_words(step, proven, candidate, loss->proof);
    }
    PROM_TRY(read_proof(step, &proof, proven, loss));
    if (!*proven) {
        return prom_ok();
    }
    const struct accused accused = {loss->kind, proof.seats, proof.count, proof.seat, proof.rest};
    return prom_setup_prove(step, proven, &accused);
}

static prom_result take_proof(struct step *step, prom_candidate *candidate, const struct received *received,
                              prom_reception *reception)
{
    const prom_loss *loss = &received->message->as.loss;
    bool good = false;
    PROM_TRY(prove(step, &good, candidate, loss));
    if (!good) {
        return prom_refuse(step, reception, "what is said to prove that an arbiter is at fault does not");
    }
    PROM_TRY(keep_loss(step, candidate, loss));
    return prom_setup_pass_on(step, received->from, received->message);
}

prom_result prom_take_loss(struct step *step, const struct received *received, prom_reception *reception)
{
    const prom_loss *loss = &received->message->as.loss;
    prom_candidate *candidate = prom_setup_candidate(step->channel, &loss->offer);
    if (candidate == NULL) {
        return prom_refuse(step, reception, "an arbiter that is not drawn has no seat to lose");
    }
    if (candidate->lost) {
        return prom_ok();
    }
    switch (loss->kind) {
    case PROM_LOSS_SILENT:
        return take_word(step, candidate, received, reception);
    case PROM_LOSS_KEYGEN:
    case PROM_LOSS_SIGNING:
    case PROM_LOSS_WORDS:
        return take_proof(step, candidate, received, reception);
    }
    return prom_refuse(step, reception, "a seat is lost in no known way");
}

prom_result prom_setup_blame(struct step *step, prom_loss_kind kind, size_t seat, prom_span proof)
{
    prom_setup_session *setup = &step->facts->setup;
    prom_candidate *candidate = &setup->candidates[setup->seats[seat]];
    prom_writer writer = prom_writer_in(step->arena);
    prom_message message = {.kind = PROM_MESSAGE_LOSS,
                            .as.loss = {.kind = kind, .offer = candidate->offer, .seating = setup->seating}};
    prom_write_u8(&writer, (uint8_t)setup->seat_count);
    prom_write_span(&writer, prom_span_of(setup->seats, setup->seat_count));
    prom_write_span(&writer, proof);
    PROM_TRY(prom_writer_finish(&writer, &message.as.loss.proof, step->error));
    PROM_TRY(keep_loss(step, candidate, &message.as.loss));
    return prom_setup_pass_on(step, NULL, &message);
}

prom_result prom_setup_blame_words(struct step *step, prom_candidate *candidate, const prom_seat *other)
{
    const prom_seat known = prom_candidate_seat(candidate);
    prom_writer writer = prom_writer_in(step->arena);
    prom_message message = {.kind = PROM_MESSAGE_LOSS, .as.loss = {.kind = PROM_LOSS_WORDS, .offer = candidate->offer}};
    PROM_TRY(prom_seat_write(step->arena, &writer, &known, step->error));
    PROM_TRY(prom_seat_write(step->arena, &writer, other, step->error));
    PROM_TRY(prom_writer_finish(&writer, &message.as.loss.proof, step->error));
    PROM_TRY(keep_loss(step, candidate, &message.as.loss));
    return prom_setup_pass_on(step, NULL, &message);
}
