/* From Y to a tree that everybody has built: the terms follow from base terms, seats and Y, so each makes them by
 * itself. Then digests are compared, and the chain is asked for every input. */
#include <string.h>

#include "prometheus/contract/draw.h"
#include "prometheus/contract/keygen.h"
#include "setup/parts.h"

/* -- The terms -- */

prom_result prom_setup_make_terms(struct step *step, prom_terms *terms, const uint8_t *seats, size_t count,
                                  const prom_bytes32 *Y)
{
    prom_outpoint offers[PROM_CANDIDATES_MAX];
    const prom_setup_session *setup = &step->facts->setup;
    *terms = step->channel->terms;
    for (size_t i = 0; i < count; i++) {
        terms->arbiters[i] = setup->candidates[seats[i]].seat.terms;
    }
    terms->arbiter_count = count;
    terms->Y = *Y;
    for (size_t i = 0; i < setup->candidate_count; i++) {
        offers[i] = setup->candidates[i].offer;
    }
    return prom_draw_check_terms(&(prom_draw_list){offers, setup->candidate_count}, terms, step->error);
}

/* What nobody signs. */
static prom_result check_terms(struct step *step, const prom_terms *terms)
{
    PROM_TRY(prom_terms_check(step->channel->curve, terms, step->error));
    return prom_terms_check_fresh(terms, step->view->seen, step->view->seen_count, step->error);
}

static prom_result send_digest(struct step *step, const prom_bytes32 *to)
{
    const prom_message message = {.kind = PROM_MESSAGE_DIGEST,
                                  .as.digest = {step->channel->tree->contract_id, step->channel->tree->digest}};
    return to != NULL ? prom_send(step, to, &message)
                      : prom_send_places(step, prom_places_all(step->channel), &message);
}

/* The last attempt that the tree was to be signed by, when these seats were ours before. */
static uint32_t attempt_of(const prom_setup_session *setup, const prom_bytes32 *contract_id)
{
    for (size_t i = 0; i < setup->left_count; i++) {
        if (prom_bytes32_equal(&setup->left[i].contract_id, contract_id)) {
            return setup->left[i].attempt;
        }
    }
    return setup->left_attempt;
}

/* The terms, which are kept, stand. A tree that cannot be built is C's fault, which chose coins and feerate. */
static prom_result agree(struct step *step, const prom_terms *terms)
{
    prom_channel *channel = step->channel;
    prom_setup_session *setup = &step->facts->setup;
    prom_tree *tree = NULL;
    const prom_result built = prom_tree_build(channel->curve, channel->arena, &tree, terms, step->error);
    if (!prom_is_ok(built)) {
        return prom_setup_break_failed(step, built);
    }
    setup->phase = PROM_SETUP_AGREED;
    setup->attempt = attempt_of(setup, &tree->contract_id);
    PROM_TRY(prom_channel_derive(channel, tree, step->error));
    memset(setup->inputs_found, 0, sizeof setup->inputs_found);
    setup->digest_same = (uint16_t)(1U << channel->place);
    return send_digest(step, NULL);
}

prom_result prom_setup_agree(struct step *step, bool *changed)
{
    const prom_setup_session *setup = &step->facts->setup;
    prom_terms terms;
    prom_span bytes;
    if (setup->keygen_step != PROM_KEYGEN_DONE || !prom_setup_is_seated(step->channel) ||
        !prom_channel_may_sign(step->channel)) {
        return prom_ok();
    }
    *changed = true;
    prom_result made = prom_setup_make_terms(step, &terms, setup->seats, setup->seat_count, &setup->Y);
    if (prom_is_ok(made)) {
        made = check_terms(step, &terms);
    }
    if (made.category == PROM_CATEGORY_BAD_INPUT || made.category == PROM_CATEGORY_PEER) {
        return prom_setup_break(step, "the terms with these arbiters are no good: %.140s", step->error->sentence);
    }
    PROM_TRY(made);
    PROM_TRY(prom_terms_write(step->arena, &bytes, &terms, step->error));
    PROM_TRY(prom_keep(step, PROM_KEPT_TERMS, bytes));
    return agree(step, &terms);
}

/* -- Digests -- */

prom_result prom_setup_send_words(struct step *step, const prom_bytes32 *to)
{
    static const struct {
        prom_message_kind kind;
        prom_kept_kind kept;
    } words[] = {{PROM_MESSAGE_NONCES, PROM_KEPT_NONCES}, {PROM_MESSAGE_PARTIALS, PROM_KEPT_PARTIALS}};
    const size_t before = step->outputs->count;
    PROM_TRY(send_digest(step, to));
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        const prom_span bytes = step->facts->kept[words[i].kept];
        prom_reader reader = prom_reader_of(bytes);
        const prom_message message = {.kind = words[i].kind, .as.bytes = bytes};
        if (bytes.length > 0 && prom_read_u32(&reader) == prom_signing_attempt(step->channel->signing)) {
            PROM_TRY(prom_send(step, to, &message));
        }
    }
    prom_mark_answers(step, before);
    return prom_ok();
}

/* One that names another tree of these terms is not counted: its place is waited for, and loses its seat by silence,
 * or, if it signs, by what it signs. To end the setup for it would let any arbiter veto the draw. */
prom_result prom_take_digest(struct step *step, const struct received *received, prom_reception *reception)
{
    prom_setup_session *setup = &step->facts->setup;
    const prom_digest_message *message = &received->message->as.digest;
    const prom_tree *tree = step->channel->tree;
    char name[PROM_PLACE_NAME];
    if (tree == NULL || received->place == PROM_NO_PLACE ||
        !prom_bytes32_equal(&message->contract_id, &tree->contract_id)) {
        return prom_ok(); /* of other terms than ours, or before we have any: with ours we ask again */
    }
    if (!prom_bytes32_equal(&message->digest, &tree->digest)) {
        return received->place < PROM_PARTIES && setup->phase < PROM_SETUP_GIVEN
                   ? prom_setup_break(step, "%s builds another tree of the same terms",
                                      prom_place_name(name, received->place))
                   : prom_refuse(step, reception, "%s builds another tree of the same terms",
                                 prom_place_name(name, received->place));
    }
    if ((setup->digest_same >> received->place & 1) != 0) {
        return prom_ok();
    }
    setup->digest_same |= (uint16_t)(1U << received->place);
    return prom_setup_send_words(step, received->from);
}

/* -- What the chain says -- */

static size_t input_count(const prom_channel *channel)
{
    return channel->tree->tx[PROM_TX0].tx->input_count;
}

/* An arbiter has asked for its own offer only what its wallet knows; the money that it could lose is in that offer. */
static bool inputs_found(const struct step *step)
{
    bool all = true;
    for (size_t i = 0; i < input_count(step->channel) && step->facts->role != PROM_ROLE_ARBITER; i++) {
        all = all && step->facts->setup.inputs_found[i] != 0;
    }
    return all;
}

bool prom_setup_is_sound(const struct step *step)
{
    const prom_channel *channel = step->channel;
    const uint64_t mined = (uint64_t)step->view->own_tip + prom_channel_margin(channel);
    return prom_channel_may_sign(channel) && inputs_found(step) && mined <= channel->terms.setup_deadline;
}

/* Inputs are looked up again at every block until our signature of Tx0 is out. */
void prom_setup_chain_moved(struct step *step)
{
    prom_setup_session *setup = &step->facts->setup;
    if (setup->phase >= PROM_SETUP_AGREED && setup->phase < PROM_SETUP_GIVEN) {
        memset(setup->inputs_found, 0, sizeof setup->inputs_found);
        setup->tx0_tried = false;
    }
}

prom_result prom_want_inputs(struct step *step, prom_wants *wants)
{
    const prom_setup_session *setup = &step->facts->setup;
    if (step->facts->role == PROM_ROLE_ARBITER || setup->phase < PROM_SETUP_AGREED ||
        setup->phase >= PROM_SETUP_GIVEN) {
        return prom_ok();
    }
    for (size_t i = 0; i < input_count(step->channel); i++) {
        if (setup->inputs_found[i] == 0) {
            const prom_want want = {.kind = PROM_WANT_LOOK_UP,
                                    .as.look_up = step->channel->tree->tx[PROM_TX0].tx->inputs[i].outpoint};
            PROM_TRY(prom_want_add(step, wants, &want));
        }
    }
    return prom_ok();
}

static prom_result check_input(struct step *step, size_t index, const prom_output_event *event)
{
    const prom_channel *channel = step->channel;
    const size_t first_offer = prom_tree_arbiter_input(&channel->terms, 0);
    prom_input_view view = event->output;
    char txid[PROM_HEX32];
    view.found = view.found && event->found;
    const prom_result checked = prom_terms_check_input(&channel->terms, &channel->tree->tx[PROM_TX0].spent[index],
                                                       index >= first_offer, &view, step->error);
    if (checked.category == PROM_CATEGORY_PEER) {
        return prom_setup_break(step, "input %zu of Tx0, %.16s...:%u: %.110s", index,
                                prom_hex32_reversed(txid, &event->outpoint.txid), event->outpoint.index,
                                step->error->sentence);
    }
    PROM_TRY(checked);
    step->facts->setup.inputs_found[index] = 1;
    return prom_ok();
}

prom_result prom_setup_output(struct step *step, const prom_event *event)
{
    const prom_output_event *output = &event->as.output;
    const prom_setup_phase phase = step->facts->setup.phase;
    if (prom_setup_looks_up(step->channel)) {
        return prom_setup_fund_seen(step, output);
    }
    if (phase < PROM_SETUP_AGREED || phase >= PROM_SETUP_GIVEN) {
        return prom_ok(); /* asked for terms that no longer stand */
    }
    for (size_t i = 0; i < input_count(step->channel); i++) {
        if (prom_outpoint_equal(&step->channel->tree->tx[PROM_TX0].tx->inputs[i].outpoint, &output->outpoint)) {
            return check_input(step, i, output);
        }
    }
    return prom_ok();
}

/* All have the same tree, and all of it can be: the branches are signed. What we sign for is noted for good first. */
prom_result prom_setup_begin_signing(struct step *step, bool *changed)
{
    prom_setup_session *setup = &step->facts->setup;
    bool asked = true;
    if (setup->digest_same != prom_places_all(step->channel) || !prom_setup_is_sound(step)) {
        return prom_ok();
    }
    if (step->facts->role == PROM_ROLE_ARBITER) {
        PROM_TRY(prom_setup_passed_over_done(step, &asked));
    }
    if (!asked) {
        return prom_ok();
    }
    *changed = true;
    setup->phase = PROM_SETUP_SIGNING;
    return prom_seen(step);
}
