/* W's and V's way to base terms: the proposal suits our owner, program and input are a job that we can do, our part is
 * given; then C's base terms must be what was proposed. And what C, W, V and arbiters want of the signer until there
 * are seats. */
#include <string.h>

#include "prometheus/contract/payout.h"
#include "setup/parts.h"
#include "setup/setup.h"

static prom_party other_party(const struct step *step)
{
    return step->channel->place == PROM_PARTY_W ? PROM_PARTY_V : PROM_PARTY_W;
}

/* -- The proposal -- */

static uint64_t times(uint64_t seconds, uint32_t jobs)
{
    return seconds > UINT64_MAX / jobs ? UINT64_MAX : seconds * jobs;
}

/* What is under way may be due at the same time: all of it and this one must fit. */
static prom_result check_work(struct step *step, const prom_terms *terms)
{
    const prom_channel_config *config = step->view->config;
    const bool worker = step->channel->place == PROM_PARTY_W;
    const prom_amount share =
        worker ? prom_share_of_worker(&terms->P, terms->c) : prom_share_of_verifier(&terms->P, terms->c);
    prom_job_time time = config->time;
    if (!prom_amount_at_least(share, config->reward_min)) {
        return prom_fail(step->error, PROM_CATEGORY_PEER, "the reward is less than we work for");
    }
    time.compute_seconds = times(time.compute_seconds, step->view->work_ahead + 1);
    time.verify_seconds = times(time.verify_seconds, step->view->work_ahead + 1);
    time.two_rounds = terms->P.varsigma != PROM_BASIS_POINTS_ONE;
    return worker ? prom_terms_check_work(terms, &time, step->error)
                  : prom_terms_check_verification(terms, &time, step->error);
}

static prom_result check_suits(struct step *step, const prom_terms *terms)
{
    PROM_TRY(prom_setup_check_owner(step, terms));
    return check_work(step, terms);
}

/* A channel in memory, with nothing in it but our role. */
prom_result prom_proposal_judge(const prom_curve *curve, prom_arena *arena, prom_role role, const prom_terms *terms,
                                const prom_channel_view *view, prom_error *error)
{
    prom_channel *channel = NULL;
    PROM_TRY_NEW(channel, arena, 1, error);
    *channel = (prom_channel){.curve = curve, .arena = arena};
    channel->facts.role = role;
    channel->place = role == PROM_ROLE_WORKER ? PROM_PARTY_W : PROM_PARTY_V;
    struct step step = {.channel = channel, .facts = &channel->facts, .view = view, .arena = arena, .error = error};
    return check_suits(&step, terms);
}

static prom_result check_proposal(struct step *step, const prom_terms *terms, const prom_proposal_message *proposal)
{
    static const prom_bytes32 none;
    const prom_facts *facts = step->facts;
    const prom_channel_view *view = step->view;
    if (!prom_bytes32_equal(&terms->parties[PROM_PARTY_C].key, &facts->client) ||
        !prom_bytes32_equal(&terms->parties[step->channel->place].key, &facts->own.words) ||
        prom_bytes32_equal(&terms->parties[other_party(step)].key, &none)) {
        return prom_fail(step->error, PROM_CATEGORY_PEER, "the proposal is not its sender's to us");
    }
    if (!prom_node_word_valid(step, &proposal->node, &facts->client)) {
        return prom_fail(step->error, PROM_CATEGORY_PEER, "the client's node has not said that it is there");
    }
    if (!view->may_begin || !prom_channel_may_sign(step->channel)) {
        return prom_fail(step->error, PROM_CATEGORY_PEER, "we take no new contracts now");
    }
    if (prom_draw_count_aborted(view->aborted, view->aborted_count, view->own_tip) > view->config->aborted_max) {
        return prom_fail(step->error, PROM_CATEGORY_PEER, "too many draws were aborted within %u blocks",
                         PROM_DRAW_MEMORY);
    }
    PROM_TRY(prom_setup_check_pool(step, terms));
    return check_suits(step, terms);
}

prom_result prom_take_proposal(struct step *step, const struct received *received, prom_reception *reception)
{
    const prom_proposal_message *proposal = &received->message->as.proposal;
    prom_facts *facts = step->facts;
    prom_terms terms;
    PROM_TRY(prom_refuse_failed(prom_terms_read_base(&terms, proposal->terms, step->error), reception));
    if (*reception != PROM_TAKEN) {
        return prom_ok();
    }
    facts->addresses[PROM_PARTY_C] = proposal->address;
    const prom_result suits = check_proposal(step, &terms, proposal);
    if (!prom_is_ok(suits)) {
        return prom_setup_break_failed(step, suits);
    }
    PROM_TRY(prom_setup_keep_base(step, PROM_KEPT_PROPOSAL, &terms));
    facts->nodes[PROM_PARTY_C] = proposal->node;
    facts->nodes[step->channel->place] = prom_setup_own_node(&facts->own);
    facts->addresses[step->channel->place] = step->view->config->address;
    facts->setup.begun_tip = step->view->own_tip;
    facts->setup.held_tip = UINT32_MAX;
    facts->setup.phase = PROM_SETUP_ACCEPTED;
    return prom_ok();
}

/* -- The job -- */

static bool bodies_here(const prom_facts *facts)
{
    const prom_body *bodies = facts->batches[0].evidence.bodies;
    return bodies[PROM_BODY_PROGRAM].here && bodies[PROM_BODY_INPUT].here;
}

prom_result prom_setup_job_done(struct step *step, const prom_event *event)
{
    const prom_done_event *done = &event->as.done;
    prom_setup_session *setup = &step->facts->setup;
    if (setup->phase != PROM_SETUP_ACCEPTED || setup->job_open || done->unable ||
        !prom_bytes32_equal(&done->subject, &step->channel->terms.job.input_hash)) {
        return prom_ok();
    }
    if (done->checked == PROM_CHECKED_BAD) {
        return prom_setup_break(step, "the job is not taken: %s",
                                done->reason != NULL ? done->reason : "no reason is known");
    }
    setup->job_open = done->checked == PROM_CHECKED_GOOD;
    return prom_ok();
}

/* The aborted draw with C that we remember: of a third whom we do not yet know it may be ours. */
static prom_result earlier_with_client(struct step *step, prom_span *earlier)
{
    const prom_channel_view *view = step->view;
    prom_known_draw best = {NULL, false};
    prom_draw_partner client;
    PROM_TRY(prom_setup_partner(step->channel, step->arena, &client, &step->channel->terms, PROM_PARTY_C, step->error));
    for (size_t i = 0; i < view->aborted_count; i++) {
        for (size_t third = 0; third < PROM_DRAW_PARTNERS; third++) {
            const prom_draw_partner partners[PROM_DRAW_PARTNERS] = {client, view->aborted[i].partners[third]};
            const prom_known_draw known = prom_draw_binding(&view->aborted[i], 1, partners, view->own_tip);
            if (known.draw != NULL &&
                (best.draw == NULL || (known.certain && !best.certain) ||
                 (known.certain == best.certain && known.draw->draw_height < best.draw->draw_height))) {
                best = known;
            }
        }
    }
    *earlier = best.draw != NULL ? best.draw->signed_terms : prom_span_of(NULL, 0);
    return prom_ok();
}

/* Only now, when program and input are here: C chooses the draw's block by it, and a long download cannot make the base
 * terms void. From now on our coins are tied up. */
prom_result prom_setup_accept(struct step *step, bool *changed)
{
    prom_facts *facts = step->facts;
    prom_setup_session *setup = &facts->setup;
    prom_span earlier;
    if (!setup->job_open || setup->accepting) {
        return prom_ok();
    }
    *changed = true;
    if (step->view->coins_gone) {
        return prom_setup_break(step, "our coins went into other contracts meanwhile");
    }
    setup->accepting = true;
    PROM_TRY(earlier_with_client(step, &earlier));
    const prom_message message = {.kind = PROM_MESSAGE_ACCEPTANCE,
                                  .as.acceptance = {.part = prom_setup_own_part(&facts->own),
                                                    .h = facts->own.h,
                                                    .k_h = facts->own.k_h,
                                                    .earlier = earlier,
                                                    .address = step->view->config->address,
                                                    .node = prom_setup_own_node(&facts->own)}};
    return prom_send(step, &facts->client, &message);
}

/* -- C's base terms -- */

/* Nothing but what others were to fill in may differ from the proposal. */
static prom_result check_kept(struct step *step, const prom_terms *terms)
{
    const prom_party other = other_party(step);
    const bool worker = step->channel->place == PROM_PARTY_W;
    prom_terms expected = step->channel->terms;
    prom_span ours;
    prom_span theirs;
    if (!prom_bytes32_equal(&terms->parties[other].key, &expected.parties[other].key)) {
        return prom_fail(step->error, PROM_CATEGORY_PEER, "the base terms are with another %s than was proposed",
                         prom_party_name(other));
    }
    expected.parties[other] = terms->parties[other];
    expected.parties[step->channel->place] = prom_setup_own_part(&step->facts->own);
    expected.h = worker ? step->facts->own.h : terms->h;
    expected.k_h = worker ? step->facts->own.k_h : terms->k_h;
    expected.snapshot_height = terms->snapshot_height;
    expected.snapshot_hash = terms->snapshot_hash;
    expected.draw_height = terms->draw_height;
    expected.earlier = terms->earlier;
    expected.setup_deadline = terms->setup_deadline;
    PROM_TRY(prom_terms_write_base(step->arena, &ours, &expected, step->error));
    PROM_TRY(prom_terms_write_base(step->arena, &theirs, terms, step->error));
    return prom_span_equal(ours, theirs)
               ? prom_ok()
               : prom_fail(step->error, PROM_CATEGORY_PEER, "the base terms are not those that were proposed to us");
}

static bool same_node(const prom_node_word *a, const prom_node_word *b)
{
    return prom_bytes32_equal(&a->key, &b->key);
}

static prom_result check_nodes(struct step *step, const prom_terms *terms, const prom_base_terms_message *base)
{
    const prom_party other = other_party(step);
    const size_t place = step->channel->place;
    const prom_node_word *known = step->facts->nodes;
    if (!same_node(&base->nodes[PROM_PARTY_C], &known[PROM_PARTY_C]) ||
        !same_node(&base->nodes[place], &known[place]) ||
        !prom_node_word_valid(step, &base->nodes[other], &terms->parties[other].key)) {
        return prom_fail(step->error, PROM_CATEGORY_PEER,
                         "the client does not say truly at which nodes the parties are");
    }
    return prom_ok();
}

static prom_result check_base_terms(struct step *step, const prom_terms *terms, const prom_base_terms_message *base)
{
    PROM_TRY(check_kept(step, terms));
    PROM_TRY(check_nodes(step, terms, base));
    step->facts->nodes[other_party(step)] = base->nodes[other_party(step)];
    return prom_setup_check_signing(step, terms);
}

static prom_result is_signed_by_client(struct step *step, bool *is_signed, const prom_terms *terms,
                                       const prom_signature *signature)
{
    prom_bytes32 id;
    PROM_TRY(prom_terms_setup_id(step->arena, &id, terms, step->error));
    *is_signed = prom_signature_valid(step->channel->curve, signature, prom_span_of32(&id), &step->facts->client);
    return prom_ok();
}

/* Our node is some blocks behind C's: then what C chose will suit it soon. */
static bool lags_behind(const struct step *step, const prom_terms *terms)
{
    const uint64_t needed = (uint64_t)terms->snapshot_height + prom_channel_network(step->channel)->snapshot_depth.low;
    return step->view->own_tip < needed || prom_view_best(step->view) < terms->snapshot_height;
}

prom_result prom_take_base_terms(struct step *step, const struct received *received, prom_reception *reception)
{
    const prom_base_terms_message *base = &received->message->as.base_terms;
    prom_facts *facts = step->facts;
    prom_terms terms;
    bool is_signed = false;
    PROM_TRY(prom_refuse_failed(prom_terms_read_base(&terms, base->terms, step->error), reception));
    if (*reception != PROM_TAKEN) {
        return prom_ok();
    }
    PROM_TRY(is_signed_by_client(step, &is_signed, &terms, &base->signature));
    if (!facts->setup.accepting || !is_signed) {
        return prom_refuse(step, reception, "these base terms come before our part, or the client has not signed them");
    }
    if (lags_behind(step, &terms)) {
        *reception = PROM_TOO_EARLY;
        return prom_ok();
    }
    const prom_result suits = check_base_terms(step, &terms, base);
    if (!prom_is_ok(suits)) {
        return prom_setup_break_failed(step, suits);
    }
    PROM_TRY(prom_setup_keep_base(step, PROM_KEPT_BASE, &terms));
    facts->addresses[other_party(step)] = base->addresses[other_party(step)];
    facts->setup.base_signatures.by[PROM_PARTY_C] = base->signature;
    facts->setup.base_signed |= 1U << PROM_PARTY_C;
    facts->setup.phase = PROM_SETUP_BASE;
    return prom_seen(step);
}

/* -- What is wanted -- */

static prom_result want_body(struct step *step, prom_wants *wants, prom_body_kind what)
{
    const prom_job *job = &step->channel->terms.job;
    const bool program = what == PROM_BODY_PROGRAM;
    const prom_want want = {.kind = PROM_WANT_FETCH,
                            .as.fetch = {.what = what,
                                         .hash = program ? job->program_digest : job->input_hash,
                                         .length = program ? job->program_bytes : job->input_bytes,
                                         .places = 1 << PROM_PARTY_C,
                                         .from = step->facts->client}};
    return step->facts->batches[0].evidence.bodies[what].here ? prom_ok() : prom_want_add(step, wants, &want);
}

static prom_result want_job(struct step *step, prom_wants *wants)
{
    const prom_want open = {.kind = PROM_WANT_JOB,
                            .as.job = {.job = PROM_JOB_OPEN_JOB, .subject = step->channel->terms.job.input_hash}};
    PROM_TRY(want_body(step, wants, PROM_BODY_PROGRAM));
    PROM_TRY(want_body(step, wants, PROM_BODY_INPUT));
    return bodies_here(step->facts) ? prom_want_add(step, wants, &open) : prom_ok();
}

static prom_result want_base_signature(struct step *step, prom_wants *wants)
{
    prom_want want = {.kind = PROM_WANT_SIGN, .as.sign.purpose = PROM_PURPOSE_BASE};
    if (!prom_setup_exists(&step->channel->terms, step->view->own_tip)) {
        return prom_ok(); /* they are void */
    }
    PROM_TRY(prom_setup_id(step, &want.as.sign.hash));
    want.as.sign.detail = want.as.sign.hash;
    return prom_want_add(step, wants, &want);
}

static prom_result want_seat_word(struct step *step, prom_wants *wants)
{
    const prom_facts *facts = step->facts;
    const prom_candidate *own = prom_setup_candidate(step->channel, &facts->own.coins[0].outpoint);
    prom_want want = {.kind = PROM_WANT_SIGN, .as.sign.purpose = PROM_PURPOSE_SEAT};
    if (own == NULL || !own->answered || own->has_seat_word || prom_setup_looks_up(step->channel)) {
        return prom_ok();
    }
    PROM_TRY(prom_setup_id(step, &want.as.sign.detail));
    const prom_seat word = prom_candidate_seat(own);
    PROM_TRY(prom_seat_hash(step, &want.as.sign.hash, &word));
    return prom_want_add(step, wants, &want);
}

static prom_result want_silence_words(struct step *step, prom_wants *wants)
{
    const prom_setup_session *setup = &step->facts->setup;
    for (size_t i = 0; i < setup->seat_count; i++) {
        const prom_candidate *candidate = &setup->candidates[setup->seats[i]];
        prom_want want = {.kind = PROM_WANT_SIGN, .as.sign.purpose = PROM_PURPOSE_SILENCE};
        if (!candidate->silent || !prom_bytes32_equal(&candidate->question, &setup->seating) ||
            prom_candidate_is_called_silent(candidate, step->channel->place, &setup->seating)) {
            continue;
        }
        PROM_TRY(prom_silence_hash(step, &want.as.sign.hash, candidate, &setup->seating));
        want.as.sign.detail = want.as.sign.hash;
        PROM_TRY(prom_want_add(step, wants, &want));
    }
    return prom_ok();
}

prom_result prom_want_setup(struct step *step, prom_wants *wants)
{
    const prom_setup_session *setup = &step->facts->setup;
    const bool party = step->facts->role != PROM_ROLE_ARBITER;
    if (!prom_channel_may_sign(step->channel)) {
        return prom_ok();
    }
    if (setup->phase == PROM_SETUP_ACCEPTED && !setup->job_open) {
        return want_job(step, wants);
    }
    if (setup->phase == PROM_SETUP_BASE && (setup->base_signed >> step->channel->place & 1) == 0) {
        return want_base_signature(step, wants);
    }
    if (setup->phase >= PROM_SETUP_SEATING && setup->phase <= PROM_SETUP_SIGNING) {
        return party ? want_silence_words(step, wants) : want_seat_word(step, wants);
    }
    return prom_ok();
}
