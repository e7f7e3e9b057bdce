/* The branches of the tree are signed by all. The session, with its secret nonces, is in memory alone; the number of
 * the attempt is on disk before its nonces are made. Who crashed begins the next attempt, and everybody follows. */
#include "prometheus/crypto/hash.h"
#include "setup/parts.h"

/* Whether the session can still be of use to somebody: until Tx0 is in a block others may lack signatures that we have.
 */
static bool is_open(const struct step *step)
{
    const prom_facts *facts = step->facts;
    return step->channel->tree != NULL && facts->setup.phase >= PROM_SETUP_AGREED &&
           facts->setup.phase <= PROM_SETUP_GIVEN && !facts->tx0_seen && prom_channel_may_sign(step->channel) &&
           prom_signing_attempt(step->channel->signing) > 0 &&
           prom_signing_culprit(step->channel->signing) == PROM_PLACES_MAX;
}

/* -- Our own words -- */

static void detail_of(prom_bytes32 *detail, const struct step *step)
{
    prom_hasher hasher;
    prom_hasher_init(&hasher, "prometheus/attempt");
    prom_hasher_add(&hasher, prom_span_of32(&step->channel->tree->contract_id));
    prom_hasher_add_number(&hasher, prom_signing_attempt(step->channel->signing), 4);
    prom_hasher_finish(&hasher, detail);
}

prom_result prom_want_signing(struct step *step, prom_wants *wants)
{
    const prom_signing *signing = step->channel->signing;
    prom_want want = {.kind = PROM_WANT_SIGN};
    if (!is_open(step) || step->facts->setup.phase < PROM_SETUP_SIGNING) {
        return prom_ok();
    }
    want.as.sign.attempt = prom_signing_attempt(signing);
    detail_of(&want.as.sign.detail, step);
    if (prom_signing_wants_nonces(signing) && step->facts->setup.attempt == want.as.sign.attempt) {
        want.as.sign.purpose = PROM_PURPOSE_NONCES;
        return prom_want_add(step, wants, &want);
    }
    want.as.sign.purpose = PROM_PURPOSE_PARTIALS;
    return prom_signing_wants_partials(signing) ? prom_want_add(step, wants, &want) : prom_ok();
}

/* The attempt that we are about to make nonces for is on disk first. */
prom_result prom_setup_begin_attempt(struct step *step, bool *changed)
{
    prom_setup_session *setup = &step->facts->setup;
    if (is_open(step) && prom_signing_wants_nonces(step->channel->signing) &&
        setup->attempt != prom_signing_attempt(step->channel->signing)) {
        setup->attempt = prom_signing_attempt(step->channel->signing);
        *changed = true;
    }
    return prom_ok();
}

/* A message that the signer has made in the session; one of a session that is no more changes nothing. */
static prom_result words_made(struct step *step, const prom_event *event, prom_signing_kind kind, prom_kept_kind kept)
{
    const prom_span bytes = event->as.signed_.bytes;
    const prom_message message = {.kind = (prom_message_kind)kind, .as.bytes = bytes};
    if (!is_open(step) || bytes.length == 0 ||
        !prom_span_equal(prom_signing_own(step->channel->signing, kind), bytes)) {
        return prom_ok();
    }
    PROM_TRY(prom_keep(step, kept, bytes));
    return prom_send_places(step, prom_places_all(step->channel), &message);
}

prom_result prom_nonces_made(struct step *step, const prom_event *event)
{
    return words_made(step, event, PROM_SIGNING_NONCES, PROM_KEPT_NONCES);
}

prom_result prom_partials_made(struct step *step, const prom_event *event)
{
    return words_made(step, event, PROM_SIGNING_PARTIALS, PROM_KEPT_PARTIALS);
}

/* -- Others' -- */

/* What proves somebody at fault is taken, and what is nobody's word refused. */
static prom_result taken(struct step *step, prom_result result, prom_reception *reception)
{
    if (result.category == PROM_CATEGORY_PEER && prom_signing_culprit(step->channel->signing) != PROM_PLACES_MAX) {
        return prom_ok();
    }
    return prom_refuse_failed(result, reception);
}

prom_result prom_take_nonces(struct step *step, const struct received *received, prom_reception *reception)
{
    prom_setup_session *setup = &step->facts->setup;
    prom_signing *signing = step->channel->signing;
    const prom_span own = step->facts->kept[PROM_KEPT_NONCES];
    bool old = false;
    if (!is_open(step) || received->place == PROM_NO_PLACE) {
        return prom_ok(); /* of other terms than ours, or before we have any: with ours we ask again */
    }
    PROM_TRY(taken(step,
                   prom_signing_take_nonces(signing, received->place, received->message->as.bytes, &old, step->error),
                   reception));
    if (*reception != PROM_TAKEN) {
        return prom_ok();
    }
    if (setup->attempt < prom_signing_attempt(signing)) {
        setup->attempt = prom_signing_attempt(signing); /* a crash loses what we have of it: then the next one */
    }
    if (old && own.length > 0 && prom_span_equal(prom_signing_own(signing, PROM_SIGNING_NONCES), own)) {
        const prom_message message = {.kind = PROM_MESSAGE_NONCES, .as.bytes = own};
        const size_t before = step->outputs->count;
        PROM_TRY(prom_send(step, received->from, &message)); /* they may have come to the sender before it crashed */
        prom_mark_answers(step, before);
    }
    return prom_ok();
}

prom_result prom_take_partials(struct step *step, const struct received *received, prom_reception *reception)
{
    if (!is_open(step) || received->place == PROM_NO_PLACE) {
        return prom_ok();
    }
    return taken(
        step,
        prom_signing_take_partials(step->channel->signing, received->place, received->message->as.bytes, step->error),
        reception);
}

/* -- Complete, or somebody's fault -- */

static prom_result keep_signatures(struct step *step)
{
    prom_span signatures;
    PROM_TRY(prom_signing_write(step->arena, &signatures, step->channel->signing, step->error));
    step->facts->setup.phase = PROM_SETUP_COMPLETE;
    return prom_keep(step, PROM_KEPT_SIGNATURES, signatures);
}

prom_result prom_setup_complete_signatures(struct step *step, bool *changed)
{
    prom_signing *signing = step->channel->signing;
    if (!is_open(step) || !prom_signing_has_partials(signing) || prom_signing_is_complete(signing)) {
        return prom_ok();
    }
    *changed = true;
    const prom_result completed = prom_signing_complete(signing, step->error);
    if (completed.category == PROM_CATEGORY_PEER && prom_signing_culprit(signing) != PROM_PLACES_MAX) {
        return prom_ok(); /* what follows is the next duty */
    }
    PROM_TRY(completed);
    return keep_signatures(step);
}

/* What shows an arbiter's fault to anybody: Y, which with the seats makes the terms, and the words. */
static prom_result blame(struct step *step, size_t seat, prom_span words)
{
    prom_writer writer = prom_writer_in(step->arena);
    prom_span proof;
    prom_write_bytes32(&writer, &step->channel->terms.Y);
    prom_write_span(&writer, words);
    PROM_TRY(prom_writer_finish(&writer, &proof, step->error));
    return prom_setup_blame(step, PROM_LOSS_SIGNING, seat, proof);
}

prom_result prom_setup_find_fault(struct step *step, bool *changed)
{
    const prom_signing *signing = step->channel->signing;
    char name[PROM_PLACE_NAME];
    prom_span words;
    if (signing == NULL) {
        return prom_ok();
    }
    const size_t culprit = prom_signing_culprit(signing);
    if (culprit != PROM_PLACES_MAX) {
        *changed = true;
        PROM_TRY(prom_signing_words(step->arena, &words, signing, step->error));
        PROM_TRY(prom_keep(step, PROM_KEPT_FAULT, words));
        return culprit >= PROM_PARTIES
                   ? blame(step, culprit - PROM_PARTIES, words)
                   : prom_setup_break(step, "%s was at fault in signing the tree", prom_place_name(name, culprit));
    }
    if (prom_signing_attempt(signing) == 0) {
        *changed = true;
        return prom_setup_break(step, "the tree was to be signed %u times, and no more are made",
                                PROM_SIGNING_ATTEMPTS_MAX);
    }
    return prom_ok();
}

/* The tree that the accused has signed for: ours, or one of seats that were before. */
static prom_result tree_of(struct step *step, const prom_tree **tree, const prom_terms *terms)
{
    prom_bytes32 id;
    prom_tree *built = NULL;
    *tree = NULL;
    PROM_TRY(prom_terms_contract_id(step->arena, &id, terms, step->error));
    if (step->channel->tree != NULL && prom_bytes32_equal(&step->channel->tree->contract_id, &id)) {
        *tree = step->channel->tree;
        return prom_ok();
    }
    prom_result made = prom_terms_check(step->channel->curve, terms, step->error);
    if (prom_is_ok(made)) {
        made = prom_tree_build(step->channel->curve, step->arena, &built, terms, step->error);
    }
    *tree = built;
    return made.category == PROM_CATEGORY_BAD_INPUT ? prom_ok() : made;
}

prom_result prom_signing_fault_proven(struct step *step, bool *proven, const struct accused *accused)
{
    prom_reader reader = prom_reader_of(accused->proof);
    const prom_bytes32 Y = prom_read_bytes32(&reader);
    const prom_tree *tree = NULL;
    prom_terms terms;
    prom_signing_blame found;
    if (reader.failed) {
        return prom_ok();
    }
    const prom_result made = prom_setup_make_terms(step, &terms, accused->seats, accused->count, &Y);
    if (made.category == PROM_CATEGORY_PEER) {
        return prom_ok();
    }
    PROM_TRY(made);
    PROM_TRY(tree_of(step, &tree, &terms));
    if (tree == NULL) {
        return prom_ok();
    }
    const prom_result judged = prom_signing_judge(step->channel->curve, step->arena, &found, &terms, tree,
                                                  prom_read_span(&reader, reader.left), step->error);
    *proven = prom_is_ok(judged) && found.place == PROM_PARTIES + accused->seat;
    return judged.category == PROM_CATEGORY_BAD_INPUT ? prom_ok() : judged;
}
