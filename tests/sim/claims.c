/* What must hold (PROTOCOL.md 8), looked at before every block and at the end. */
#include <string.h>

#include "prometheus/bitcoin/script.h"
#include "prometheus/contract/evidence.h"
#include "prometheus/contract/payout.h"
#include "sim.h"

static bool is_right(const sim_party *party)
{
    return party->honest && !party->restored && !party->was_away;
}

/* -- Before every block -- */

/* What a party that is up to date believes of the money is what the chain says. */
static void claim_facts_of_chain(sim_run *run, const sim_party *party)
{
    const prom_facts *facts = &party->disk.facts;
    if (party->tip != run->chain.tip) {
        return;
    }
    if (facts->tx0.there != (run->chain.txs[0].height != 0)) { /* Tx0 was seen first */
        prom_sim_fail(run, "place %zu believes something of Tx0 that is not in the chain", party->place);
    }
    for (size_t i = 0; i < PROM_TREE_OUTPUTS; i++) {
        const prom_spend *spend = &facts->batches[0].money.spent[i];
        const sim_tx *tx = prom_sim_chain_spender(&run->chain, &run->world->tree->output[i].outpoint);
        if (spend->there != (tx != NULL) || (tx != NULL && (spend->height != tx->height || spend->tx != tx->index))) {
            prom_sim_fail(run, "place %zu believes something of %s that is not in the chain", party->place,
                          run->world->tree->output[i].name);
        }
    }
}

/* When the worker gave its package to the arbiters. */
static void see_given(sim_run *run)
{
    const uint32_t arbiters = ((UINT32_C(1) << run->world->set->n) - 1) << PLACE_A;
    const prom_evidence_facts *evidence = &run->parties[PLACE_W].disk.facts.batches[0].evidence;
    if (run->given_tip == 0 && run->parties[PLACE_W].honest && (evidence->delivered & arbiters) == arbiters) {
        run->given_tip = run->chain.tip->height;
    }
}

/* -- At the end -- */

static sim_tx *settlement(sim_run *run)
{
    for (size_t i = 0; i < run->chain.tx_count; i++) {
        sim_tx *tx = &run->chain.txs[i];
        if (tx->height != 0 && tx->index != PROM_TREE_OTHER && run->world->tree->tx[tx->index].scheme != 0) {
            return tx;
        }
    }
    return NULL;
}

/* What a transaction pays to a party. */
static prom_amount paid_to(const sim_run *run, const prom_tx *tx, size_t place)
{
    prom_amount sum = prom_amount_zero();
    const prom_bytes32 *key = &run->world->keys[place].payout.public_key;
    for (size_t i = 0; i < tx->output_count; i++) {
        const prom_span script = tx->outputs[i].script;
        if (prom_script_is_p2tr(script) && memcmp(script.data + 2, key->bytes, sizeof key->bytes) == 0) {
            sum = prom_amount_add(sum, tx->outputs[i].value);
        }
    }
    return sum;
}

/* The rounds that a delivery has. */
static size_t rounds_of(const sim_run *run, prom_round rounds[PROM_ROUNDS])
{
    const bool sampled = run->world->set->varsigma < PROM_BASIS_POINTS_ONE;
    rounds[0] = PROM_ROUND_A;
    rounds[1] = PROM_ROUND_B;
    rounds[2] = PROM_ROUND_NOTICE;
    return sampled ? 3 : 1;
}

/* Whether the worker delivered a good package in time: k honest arbiters have given receipts that count. */
static bool delivered(const sim_run *run, uint32_t H0)
{
    static prom_attestation room[PROM_EVIDENCE_MAX]; /* for all that there can be */
    prom_evidence all = {.room = PROM_EVIDENCE_MAX, .list = room};
    const sim_world *world = run->world;
    const prom_case known = {&world->terms, H0, &all};
    prom_round rounds[PROM_ROUNDS];
    const size_t count = rounds_of(run, rounds);
    uint32_t with = 0;
    prom_error error = {{0}};
    for (size_t place = PLACE_W; place < world->places; place += place == PLACE_W ? 2 : 1) {
        const prom_evidence *its = &run->parties[place].disk.facts.batches[0].evidence.statements;
        for (size_t i = 0; i < its->count && run->parties[place].honest; i++) {
            if (its->list[i].place == place) {
                bool added = false;
                NEED(prom_evidence_add(NULL, &all, &its->list[i], &added, &error), &error);
            }
        }
    }
    for (size_t i = 0; i < count; i++) {
        const prom_attestation *package = prom_case_package(&known, rounds[i]);
        const sim_made *made = package == NULL ? NULL : prom_sim_find_made(run, &package->as.package.hash);
        if (rounds[i] != PROM_ROUND_NOTICE && (made == NULL || !made->good)) {
            return false;
        }
    }
    for (size_t i = 0; i < world->set->n; i++) {
        bool counts = is_right(&run->parties[PLACE_A + i]);
        prom_receipt receipt;
        for (size_t j = 0; j < count; j++) {
            counts = counts && prom_case_receipt(&known, &receipt, i, rounds[j]);
        }
        with += counts;
    }
    return with >= prom_parameters_quorum(&world->terms.P);
}

/* Whether the worker gave a package out, with s blocks left for receipts: those of the arbiters that keep the rules are
 * then theirs to give. A package that is sampled takes longer, which the stories see to. */
static bool given_in_time(const sim_run *run, uint32_t H0)
{
    return run->given_tip != 0 && run->world->set->varsigma == PROM_BASIS_POINTS_ONE &&
           run->given_tip + run->world->network->safety_margin <= H0 + run->world->terms.P.t1;
}

static void claim_at_least(sim_run *run, const sim_tx *tx, size_t place, prom_amount least, const char *why)
{
    char name[PROM_PLACE_NAME];
    char text[PROM_AMOUNT_TEXT];
    char needed[PROM_AMOUNT_TEXT];
    const prom_amount got = paid_to(run, tx->tx, place);
    if (!prom_amount_at_least(got, least)) {
        prom_sim_fail(run, "%s was robbed: it got %s sat by %s and not %s: %s", prom_place_name(name, place),
                      prom_amount_text(text, got), run->world->tree->tx[tx->index].name,
                      prom_amount_text(needed, least), why);
    }
}

/* Whether what W is paid for by a scheme is its package. */
static bool pays_for_package(unsigned scheme)
{
    return scheme == 2 || scheme == 3 || scheme == 7;
}

/* Whether V had a package, and it is garbage: by its own check, or by what the simulator knows of it. */
static bool had_garbage(const sim_run *run, const prom_evidence_facts *evidence)
{
    const bool sampled = run->world->set->varsigma < PROM_BASIS_POINTS_ONE;
    const prom_body_kind last = sampled ? PROM_BODY_PACKAGE_B : PROM_BODY_PACKAGE_A;
    bool garbage = evidence->checked == PROM_CHECKED_BAD;
    for (prom_body_kind what = PROM_BODY_PACKAGE_A; what <= last; what++) {
        const prom_body *body = &evidence->bodies[what];
        const sim_made *made = body->here ? prom_sim_find_made(run, &body->hash) : NULL;
        garbage = garbage || (made != NULL && (!made->good || (what == PROM_BODY_PACKAGE_A && !made->opens)));
    }
    return garbage;
}

/* A V that keeps the rules lets no garbage be paid, whoever is with W: but for one that could not find out in time, and
 * says so, or came too late to say anything. Against its verdict r=0 there is an appeal alone, and #7 is the arbiters'
 * decision: k of them can decide anything (PROTOCOL.md 8), and fewer can pay for no garbage either. */
static void claim_verdict(sim_run *run, unsigned scheme)
{
    const prom_batch_facts *its = &run->parties[PLACE_V].disk.facts.batches[0];
    const prom_money *money = &its->money;
    const bool found_out = money->verdict != PROM_VERDICT_WAIT && money->verdict_reason != PROM_REASON_NOT_CHECKED;
    if (!is_right(&run->parties[PLACE_V])) {
        return;
    }
    if (scheme == 3 && money->verdict != PROM_VERDICT_ACCEPT) {
        prom_sim_fail(run, "the client paid share_v, and the verifier has not said r = 1");
    } else if (pays_for_package(scheme) && !(scheme == 7 && run->plan.beyond) && found_out &&
               had_garbage(run, &its->evidence)) {
        prom_sim_fail(run, "garbage was paid by #%u, and the verifier keeps the rules and was in time", scheme);
    }
}

/* C never pays share_v without a verdict r=1 or a decision d=0, and never pays share_w without h_p on chain. */
static void claim_client(sim_run *run, const sim_tx *tx, unsigned scheme)
{
    const prom_outpoint *spent = &tx->tx->inputs[0].outpoint;
    prom_bytes32 h_p;
    const bool pays = pays_for_package(scheme);
    claim_verdict(run, scheme);
    if (pays && !prom_tree_find_preimage(&h_p, tx->tx, spent, &run->world->terms.h)) {
        prom_sim_fail(run, "the client paid and h_p is not on the chain");
    }
    if (!pays && is_right(&run->parties[PLACE_C])) {
        claim_at_least(run, tx, PLACE_C, run->world->terms.c, "the worker was not paid");
    }
}

static bool has_voted(const sim_party *party, prom_decision *decision)
{
    const prom_arbitration *arbitration = &party->disk.facts.batches[0].arbitration;
    const size_t own = party->place - PLACE_A;
    if (arbitration->vote_count[own] == 0) {
        return false;
    }
    *decision = arbitration->votes[own][0].as.vote.decision;
    return true;
}

/* Whether somebody that keeps the rules has seen the arbiter's vote for the decision, or nobody is there to see it. */
static bool is_seen_to_vote(const sim_run *run, size_t arbiter, prom_decision decision)
{
    size_t right = 0;
    for (size_t place = PLACE_A; place < run->world->places; place++) {
        right += is_right(&run->parties[place]);
        const prom_arbitration *its = &run->parties[place].disk.facts.batches[0].arbitration;
        for (size_t i = 0; i < its->vote_count[arbiter] && is_right(&run->parties[place]); i++) {
            if (its->votes[arbiter][i].as.vote.decision == decision) {
                return true;
            }
        }
    }
    return right == 0;
}

static void claim_arbiters(sim_run *run, const sim_tx *tx, unsigned scheme)
{
    const prom_terms *terms = &run->world->terms;
    const prom_amount home = prom_amount_add(terms->P.a, terms->retainer);
    const uint32_t S = run->world->tree->tx[tx->index].deciders;
    const prom_decision decided = scheme == 6 ? PROM_DECISION_WORKER : PROM_DECISION_VERIFIER;
    if (scheme == 5) {
        prom_sim_fail(run, "no decision came, and k arbiters keep the rules");
    }
    for (size_t place = PLACE_A; place < run->world->places; place++) {
        prom_decision vote = decided;
        const bool voted = has_voted(&run->parties[place], &vote);
        const bool in_S = (S >> (place - PLACE_A) & 1) != 0;
        if (in_S && !is_seen_to_vote(run, place - PLACE_A, decided)) {
            prom_sim_fail(run, "arbiter %zu is in S and has not voted so", place - PLACE_A + 1);
        }
        if (!is_right(&run->parties[place])) {
            continue;
        }
        if (scheme < 5) {
            claim_at_least(run, tx, place, home, "it was not asked");
        } else if (scheme > 5 && voted && vote != decided) {
            prom_sim_fail(run, "arbiter %zu keeps the rules and was decided against", place - PLACE_A + 1);
        } else if (scheme > 5 && voted && !in_S) {
            prom_sim_fail(run, "arbiter %zu voted with the decision and is not in S", place - PLACE_A + 1);
        } else if (scheme > 5 && !voted) {
            prom_sim_fail(run, "arbiter %zu keeps the rules and has not voted", place - PLACE_A + 1);
        } else if (scheme > 5) {
            claim_at_least(run, tx, place, home, "it voted with the decision");
        }
    }
}

/* A worker that keeps the rules, among arbiters that do, appeals only where it wins. */
static void claim_worker(sim_run *run, unsigned scheme)
{
    if (scheme == 6 && is_right(&run->parties[PLACE_W]) && run->plan.coalition >> PLACE_A == 0) {
        prom_sim_fail(run, "the worker keeps the rules, and lost its stake by an appeal");
    }
}

/* The sample is drawn by a block that nobody knew when arbiters that keep the rules receipted its notice. */
static void claim_sample(sim_run *run)
{
    for (size_t place = PLACE_A; place < run->world->places; place++) {
        const prom_evidence *its = &run->parties[place].disk.facts.batches[0].evidence.statements;
        const prom_case known = {&run->world->terms, run->H0, its};
        const prom_attestation *notice = prom_case_notice(&known);
        for (size_t i = 0; i < its->count && notice != NULL && is_right(&run->parties[place]); i++) {
            const prom_attestation *said = &its->list[i];
            if (said->kind == PROM_ATTESTATION_RECEIPT && said->place == place &&
                said->as.receipt.round == PROM_ROUND_NOTICE && said->as.receipt.height >= notice->as.notice.height) {
                prom_sim_fail(run, "arbiter %zu has receipted a notice whose block it knew", place - PLACE_A + 1);
            }
        }
    }
}

/* A worker that keeps the rules has given nothing out before there was a contract to stay. */
static void claim_no_contract(sim_run *run)
{
    const prom_evidence_facts *evidence = &run->parties[PLACE_W].disk.facts.batches[0].evidence;
    if (run->chain.txs[0].height == 0 && is_right(&run->parties[PLACE_W]) && evidence->delivered != 0) {
        prom_sim_fail(run, "the worker has given its package out, and there is no contract");
    }
}

static void claim_payouts(sim_run *run, const sim_tx *tx)
{
    const prom_terms *terms = &run->world->terms;
    const unsigned scheme = run->world->tree->tx[tx->index].scheme;
    const sim_tx *tx0 = &run->chain.txs[0]; /* seen first */
    if (is_right(&run->parties[PLACE_W]) && !run->plan.beyond &&
        (delivered(run, tx0->height) || given_in_time(run, tx0->height))) {
        prom_sim_goal(run, SIM_GOAL_DELIVERED);
        claim_at_least(run, tx, PLACE_W, prom_amount_add(terms->P.w, prom_share_of_worker(&terms->P, terms->c)),
                       "it delivered a good package in time");
    }
    /* A machine that cannot check is V's own fault, at the risk of [beta v]. */
    const bool checks = (run->plan.features >> SIM_STUCK & 1) == 0;
    if (is_right(&run->parties[PLACE_V]) && !run->plan.beyond) {
        const prom_amount risk = checks ? prom_amount_zero() : prom_amount_fraction(terms->P.v, terms->P.beta);
        claim_at_least(run, tx, PLACE_V, prom_amount_subtract(terms->P.v, risk), "it kept the rules");
    }
    claim_client(run, tx, scheme);
    claim_worker(run, scheme);
    claim_sample(run);
    if (!run->plan.beyond) {
        claim_arbiters(run, tx, scheme);
    }
    const uint32_t within = prom_parameters_duration(&terms->P) + terms->P.t4 + 4 * run->world->network->safety_margin;
    if (tx->height > tx0->height + within) {
        prom_sim_fail(run, "the coins came home %u blocks after Tx0, and %u are the most",
                      (unsigned)(tx->height - tx0->height), (unsigned)within);
    }
}

void prom_sim_claims(sim_run *run, bool end)
{
    for (size_t i = 0; i < run->world->places && !run->failed; i++) {
        if (run->parties[i].disk.facts.frozen) {
            prom_sim_fail(run, "place %zu is frozen", i);
        }
        claim_facts_of_chain(run, &run->parties[i]);
    }
    see_given(run);
    const sim_tx *tx = end && !run->failed ? settlement(run) : NULL;
    if (end && !run->failed) {
        claim_no_contract(run);
    }
    if (tx != NULL) {
        claim_payouts(run, tx);
        prom_sim_goals_of(run, tx);
    }
}

/* No honest party signs two different statements of one kind and round, whatever became of its disk. */
void prom_sim_claim_signed(sim_run *run, sim_party *party, const prom_want *want)
{
    const prom_purpose purpose = want->as.sign.purpose;
    if (!party->honest) {
        return;
    }
    for (size_t i = 0; i < run->signed_count; i++) {
        const sim_signed *other = &run->signed_by[i];
        if (other->place == party->place && other->said.purpose == purpose &&
            prom_bytes32_equal(&other->said.detail, &want->as.sign.detail)) {
            if (!prom_bytes32_equal(&other->said.hash, &want->as.sign.hash)) {
                prom_sim_fail(run, "place %zu has signed two different statements", party->place);
            }
            return;
        }
    }
    if (run->signed_count < SIM_SIGNED_MAX) {
        run->signed_by[run->signed_count++] =
            (sim_signed){party->place, {purpose, want->batch, want->as.sign.detail, want->as.sign.hash}};
    }
}
