/* C's way to base terms: its proposal to W and V, their parts, and its choice of snapshot, draw's block and deadline.
 */
#include <string.h>

#include "setup/setup.h"

enum {
    /* Blocks by which the others' tips may differ from ours without our choice being refused. */
    TIP_SLACK = 2,
    /* Blocks from the signing of the base terms to the setup's deadline. */
    SETUP_BLOCKS = 30,
    BOTH = 1 << PROM_PARTY_W | 1 << PROM_PARTY_V,
};

/* Snapshot, block g and deadline, as the network's ranges want them of a signer whose tip is a little before or behind
 * ours. Where an earlier draw stands snapshot and g are its own. */
static prom_result choose_heights(struct step *step, prom_terms *terms, const prom_terms *earlier)
{
    const uint32_t tip = step->view->own_tip;
    const prom_chain_parameters *network = prom_terms_network(terms);
    const prom_index_record *P = prom_index_find(step->view->index, PROM_INDEX_P, &terms->p_txid);
    const uint32_t depth = network->snapshot_depth.low;
    terms->setup_deadline = tip + SETUP_BLOCKS;
    if (earlier != NULL) {
        terms->snapshot_height = earlier->snapshot_height;
        terms->snapshot_hash = earlier->snapshot_hash;
        terms->draw_height = earlier->draw_height;
        return prom_ok();
    }
    if (P == NULL || tip < depth + P->height + network->offer_age) {
        return prom_fail(step->error, PROM_CATEGORY_BAD_INPUT,
                         "P is not on our chain, or not yet so deep that its offers can be counted");
    }
    const bool room = tip - depth - TIP_SLACK >= P->height + network->offer_age && depth + TIP_SLACK <= tip;
    terms->snapshot_height = tip - depth - (room ? TIP_SLACK : 0);
    terms->draw_height = tip + PROM_DRAW_LEAD + TIP_SLACK;
    return prom_index_block_hash(step->view->index, &terms->snapshot_hash, terms->snapshot_height)
               ? prom_ok()
               : prom_fail(step->error, PROM_CATEGORY_BAD_INPUT, "our chain has no block at height %u for a snapshot",
                           terms->snapshot_height);
}

static prom_result send_proposal(struct step *step)
{
    const prom_facts *facts = step->facts;
    const prom_message message = {
        .kind = PROM_MESSAGE_PROPOSAL,
        .as.proposal = {facts->kept[PROM_KEPT_PROPOSAL], facts->addresses[PROM_PARTY_C], facts->nodes[PROM_PARTY_C]}};
    return prom_send_places(step, BOTH, &message);
}

/* What the owner wants, with our part, and the others' keys alone. */
static prom_result make_proposal(struct step *step, prom_terms *terms, const prom_propose_event *wish)
{
    const prom_channel_view *view = step->view;
    *terms = *wish->proposal;
    terms->arbiter_count = 0;
    terms->earlier = prom_span_of(NULL, 0);
    memset(&terms->h, 0, sizeof terms->h);
    memset(&terms->k_h, 0, sizeof terms->k_h);
    terms->parties[PROM_PARTY_C] = prom_setup_own_part(&step->facts->own);
    for (prom_party party = PROM_PARTY_W; party <= PROM_PARTY_V; party++) {
        terms->parties[party] = (prom_party_terms){.key = wish->peers[party]};
    }
    if (!view->may_begin) {
        return prom_fail(step->error, PROM_CATEGORY_BAD_INPUT, "no new contract is begun now");
    }
    if (prom_draw_count_aborted(view->aborted, view->aborted_count, view->own_tip) > view->config->aborted_max) {
        return prom_fail(step->error, PROM_CATEGORY_BAD_INPUT,
                         "more than %zu draws were aborted within %u blocks: somebody draws until a draw suits him",
                         view->config->aborted_max, PROM_DRAW_MEMORY);
    }
    PROM_TRY(prom_setup_check_owner(step, terms));
    PROM_TRY(choose_heights(step, terms, NULL));
    return prom_setup_check_pool(step, terms);
}

prom_result prom_setup_propose(struct step *step, const prom_event *event)
{
    const prom_propose_event *wish = &event->as.propose;
    prom_facts *facts = step->facts;
    prom_terms terms;
    if (facts->role != PROM_ROLE_CLIENT || facts->setup.phase != PROM_SETUP_NEW) {
        return prom_fail(step->error, PROM_CATEGORY_MISUSE, "a contract is proposed once, by its client");
    }
    const prom_result made = make_proposal(step, &terms, wish);
    if (!prom_is_ok(made)) {
        return prom_setup_break_failed(step, made);
    }
    PROM_TRY(prom_setup_keep_base(step, PROM_KEPT_PROPOSAL, &terms));
    facts->batches[0].evidence.bodies[PROM_BODY_PROGRAM] =
        (prom_body){true, terms.job.program_digest, terms.job.program_bytes, {{0}}};
    facts->batches[0].evidence.bodies[PROM_BODY_INPUT] =
        (prom_body){true, terms.job.input_hash, terms.job.input_bytes, {{0}}};
    facts->nodes[PROM_PARTY_C] = prom_setup_own_node(&facts->own);
    facts->addresses[PROM_PARTY_C] = step->view->config->address;
    facts->addresses[PROM_PARTY_W] = wish->addresses[PROM_PARTY_W];
    facts->addresses[PROM_PARTY_V] = wish->addresses[PROM_PARTY_V];
    facts->setup.begun_tip = step->view->own_tip;
    facts->setup.held_tip = UINT32_MAX;
    facts->setup.phase = PROM_SETUP_PROPOSED;
    return send_proposal(step);
}

/* -- Their answers -- */

/* Whether both are signed base terms of one setup. BIP 340 knows many signatures of one message: the id names it. */
static prom_result same_setup(struct step *step, bool *same, prom_span ours, prom_span theirs)
{
    prom_terms terms;
    prom_base_signatures signatures;
    prom_bytes32 first;
    prom_bytes32 second;
    *same = false;
    if (!prom_is_ok(prom_terms_read_signed(&terms, &signatures, theirs, NULL))) {
        return prom_ok();
    }
    PROM_TRY(prom_terms_setup_id(step->arena, &first, &terms, step->error));
    PROM_TRY(prom_terms_read_signed(&terms, &signatures, ours, step->error));
    PROM_TRY(prom_terms_setup_id(step->arena, &second, &terms, step->error));
    *same = prom_bytes32_equal(&first, &second);
    return prom_ok();
}

/* A draw that the sender wants to stand is noted where it is one that we remember too. */
static prom_result note_earlier(struct step *step, prom_terms *terms, prom_span earlier)
{
    for (size_t i = 0; i < step->view->aborted_count && earlier.length > 0; i++) {
        bool same = false;
        PROM_TRY(same_setup(step, &same, step->view->aborted[i].signed_terms, earlier));
        if (same) {
            terms->earlier = step->view->aborted[i].signed_terms;
        }
    }
    return prom_ok();
}

prom_result prom_take_acceptance(struct step *step, const struct received *received, prom_reception *reception)
{
    const prom_acceptance_message *answer = &received->message->as.acceptance;
    prom_facts *facts = step->facts;
    prom_terms terms = step->channel->terms;
    if ((facts->setup.accepted >> received->place & 1) != 0) {
        return prom_ok();
    }
    if (!prom_bytes32_equal(&answer->part.key, received->from) ||
        !prom_node_word_valid(step, &answer->node, received->from)) {
        return prom_refuse(step, reception, "the %s's part is not its own, or its node's word is not true",
                           prom_party_name((prom_party)received->place));
    }
    terms.parties[received->place] = answer->part;
    if (received->place == PROM_PARTY_W) {
        terms.h = answer->h;
        terms.k_h = answer->k_h;
    }
    PROM_TRY(note_earlier(step, &terms, answer->earlier));
    PROM_TRY(prom_setup_keep_base(step, PROM_KEPT_PROPOSAL, &terms));
    facts->setup.accepted |= (uint8_t)(1U << received->place);
    facts->nodes[received->place] = answer->node;
    facts->addresses[received->place] = answer->address;
    return prom_ok();
}

/* -- The choice -- */

/* The draw that stands: of one that is certain we have no choice; one that we know by coins alone stands where one of
 * the others says so. */
static prom_result choose_earlier(struct step *step, prom_terms *terms, prom_terms *earlier)
{
    prom_known_draw known;
    prom_base_signatures signatures;
    PROM_TRY(prom_setup_known_draw(step, &known, terms));
    bool wanted = known.draw != NULL && known.certain;
    if (known.draw != NULL && !wanted && terms->earlier.length > 0) {
        PROM_TRY(same_setup(step, &wanted, known.draw->signed_terms, terms->earlier));
    }
    terms->earlier = wanted ? known.draw->signed_terms : prom_span_of(NULL, 0);
    return wanted ? prom_terms_read_signed(earlier, &signatures, terms->earlier, step->error) : prom_ok();
}

static prom_result choose(struct step *step, prom_terms *terms)
{
    prom_terms earlier;
    PROM_TRY(choose_earlier(step, terms, &earlier));
    PROM_TRY(choose_heights(step, terms, terms->earlier.length > 0 ? &earlier : NULL));
    return prom_setup_check_signing(step, terms);
}

prom_result prom_setup_choose(struct step *step, bool *changed)
{
    prom_setup_session *setup = &step->facts->setup;
    prom_terms terms = step->channel->terms;
    if (setup->accepted != BOTH || !step->view->may_begin || !prom_channel_may_sign(step->channel)) {
        return prom_ok();
    }
    *changed = true;
    const prom_result chosen = choose(step, &terms);
    if (!prom_is_ok(chosen)) {
        return prom_setup_break_failed(step, chosen);
    }
    PROM_TRY(prom_setup_keep_base(step, PROM_KEPT_BASE, &terms));
    setup->phase = PROM_SETUP_BASE;
    return prom_seen(step);
}
