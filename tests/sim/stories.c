/* The findings of PROTOCOL.md 1 as attacks on a contract that runs, each with the end that the rules must give it. */
#include <string.h>

#include "channel/step.h"
#include "stories.h"

/* -- What coalitions do -- */

/* Tx3 as soon as its lock is over. */
static void take_tx3(sim_run *run)
{
    prom_sim_broadcast(run, PROM_TX3);
}

static void accuse_and_lie_low(sim_run *run)
{
    prom_sim_broadcast(run, PROM_TXV0);
}

/* TxV0 in the last blocks in which anything else may still be mined. */
static void accuse_late(sim_run *run)
{
    if (prom_sim_since(run) + run->world->network->safety_margin >= run->world->terms.P.t2) {
        prom_sim_broadcast(run, PROM_TXV0);
    }
}

/* The final question from the first block on, before a worker can have delivered. */
static void ask_early(sim_run *run)
{
    prom_sim_lie_question(run);
    accuse_late(run);
}

/* The first arbiter does not count the last one's vote, as if that had committed to two, and coordinates a decision
 * without it. */
static void discount_a_vote(sim_run *run)
{
    sim_party *bribed = &run->parties[PLACE_A];
    const uint32_t last = run->world->set->n - 1;
    bribed->channel->facts.batches[0].arbitration.commitment_count[last] = 2;
    bribed->disk.facts.batches[0].arbitration.commitment_count[last] = 2;
    accuse_late(run);
}

static void leave_before_tx0(sim_run *run)
{
    prom_sim_spoil(run, PLACE_A);
}

static void spend_deposit_elsewhere(sim_run *run)
{
    prom_sim_spoil(run, PLACE_C);
}

static void sign_two_packages(sim_run *run)
{
    if (prom_sim_since(run) >= 3 && run->adversary.pool_count == 0) {
        prom_sim_lie_package(run);
    }
}

static void sign_two_notices(sim_run *run)
{
    if (prom_sim_since(run) >= 3 && run->adversary.pool_count < 2) {
        prom_sim_lie_notice(run);
    }
}

static void void_receipts(sim_run *run)
{
    prom_sim_lie_answer(run);
    prom_sim_lie_receipt(run);
}

static void vote_twice(sim_run *run)
{
    prom_sim_lie_vote(run);
}

static void give_verdict_and_accuse(sim_run *run)
{
    prom_sim_lie_verdict(run);
    prom_sim_broadcast(run, PROM_TXV0);
}

/* W's tower: it appeals, and once that is in a block tells the arbiters, in nobody's name, what W would. */
static void appeal_for_worker(sim_run *run)
{
    const prom_bytes32 tower = prom_sim_named("tower", 0);
    const prom_facts *worker = &run->parties[PLACE_W].disk.facts;
    const prom_evidence *statements = &worker->batches[0].evidence.statements;
    const prom_message key = {.kind = PROM_MESSAGE_KEY, .as.h_p = run->world->secrets.h_p};
    prom_sim_broadcast(run, PROM_TXV0);
    prom_sim_broadcast(run, PROM_TXA);
    if (prom_money_state_of(worker, 0) != PROM_MONEY_APPEALED) {
        return;
    }
    for (size_t to = PLACE_A; to < run->world->places; to++) {
        for (size_t i = 0; i < statements->count; i++) {
            const prom_message message = {.kind = PROM_MESSAGE_STATEMENT, .as.statement = statements->list[i]};
            prom_sim_post(run, &tower, to, to, &message);
        }
        prom_sim_post(run, &tower, to, to, &key);
    }
}

static void leave_with_input(sim_run *run)
{
    prom_sim_spoil(run, PLACE_W);
}

/* To what it had on its disk right after Tx0, before it could accuse. */
static void set_verifier_back(sim_run *run)
{
    sim_party *verifier = &run->parties[PLACE_V];
    if (prom_sim_since(run) >= 1 && verifier->backup == NULL) {
        prom_sim_party_back_up(verifier);
    }
    if (prom_sim_since(run) + 2 >= run->world->terms.P.t1 && !verifier->restored && verifier->backup != NULL) {
        prom_sim_party_restore(run, verifier);
    }
}

/* The clocks of all nodes, which rounds of the arbitration wait by. */
static void set_clocks_back(sim_run *run)
{
    for (size_t i = 0; i < run->world->places && prom_sim_since(run) % 4 == 0; i++) {
        run->parties[i].started = run->now;
    }
}

/* A worker whose disk is full stands still, until there is room. */
static void fill_disk(sim_run *run)
{
    enum { BLOCKS = 3 };
    sim_party *worker = &run->parties[PLACE_W];
    const sim_tx *spender = prom_sim_chain_spender(&run->chain, &run->world->tree->output[PROM_OUTPUT_O0].outpoint);
    const uint32_t tip = run->chain.tip->height;
    if (spender != NULL && spender->index == PROM_TXV0 && !worker->was_away) {
        prom_sim_party_leave(run, worker, tip + BLOCKS);
    } else if (worker->away != 0 && worker->away <= tip) {
        prom_sim_party_return(run, worker);
    }
}

/* -- What is asked of the end, beside the claims -- */

/* That V signed for a bad package, where it did. */
static bool client_was_told(const sim_run *run)
{
    if (prom_sim_scheme(run) != 3) {
        return true;
    }
    const prom_evidence_facts *evidence = &run->parties[PLACE_C].disk.facts.batches[0].evidence;
    return evidence->result == PROM_CHECKED_BAD;
}

static bool verifier_gave_none(const sim_run *run)
{
    const sim_party *verifier = &run->parties[PLACE_V];
    return verifier->restored && verifier->disk.facts.batches[0].money.verdict == PROM_VERDICT_WAIT;
}

static bool client_has_result(const sim_run *run)
{
    return run->parties[PLACE_C].disk.facts.batches[0].evidence.result_open;
}

static bool client_has_result_if_paid(const sim_run *run)
{
    return prom_sim_scheme(run) == 4 || client_has_result(run);
}

static bool everybody_signed(const sim_run *run)
{
    return prom_sim_scheme(run) < 6 || prom_sim_deciders(run) == (UINT32_C(1) << run->world->set->n) - 1;
}

const sim_story prom_sim_findings[] = {
    {.name = "normal", .what = "everybody keeps the rules", .set = TIGHT, .holds = client_has_result, .must = 3},
    {.name = "normal, sampled",
     .what = "the same in two rounds",
     .set = SAMPLED,
     .holds = client_has_result,
     .must = 3},
    {.name = "E6",
     .what = "V says r = 0 to a good package: W appeals",
     .set = TIGHT,
     .coalition = V,
     .features = ON(SIM_GARBAGE),
     .must = 7,
     .schemes = ENDS(2)},
    {.name = "E7",
     .what = "W has r = 1 and holds Tx4 back, to take Tx3 with C: V publishes Tx4 itself",
     .set = TIGHT,
     .coalition = C | W,
     .never = SIM_NEVER_PUBLISH,
     .at_block = take_tx3,
     .must = 3},
    {.name = "E7, not checked",
     .what = "the same, and V can open the key and check nothing: it publishes Tx4 at its last tip",
     .set = TIGHT,
     .coalition = C | W,
     .never = SIM_NEVER_PUBLISH,
     .features = ON(SIM_STUCK),
     .at_block = take_tx3,
     .must = 3},
    {.name = "E8, not fetched",
     .what = "V says that nothing was delivered",
     .set = TIGHT,
     .coalition = V,
     .never = SIM_NEVER_FETCH | SIM_NEVER_JOB(PROM_JOB_OPEN_KEY) | SIM_NEVER_SIGN(PROM_PURPOSE_VERDICT),
     .at_block = accuse_late,
     .must = 7,
     .schemes = ENDS(2)},
    {.name = "E8, not delivered",
     .what = "W says that it delivered and has not",
     .set = TIGHT,
     .coalition = W,
     .never = SIM_NEVER_SAY(PROM_ATTESTATION_PACKAGE),
     .must = 4},
    {.name = "E8, not served",
     .what = "W signs a package and gives it to nobody",
     .set = TIGHT,
     .coalition = W,
     .never = SIM_NEVER_FETCH,
     .must = 4},
    {.name = "E8, asked early",
     .what = "V has arbiters say their last word before W delivers: they wait",
     .set = TIGHT,
     .coalition = V,
     .never = SIM_NEVER_SIGN(PROM_PURPOSE_VERDICT),
     .at_block = ask_early,
     .must = 7,
     .schemes = ENDS(2)},
    {.name = "E9",
     .what = "an arbiter spends its stake elsewhere before Tx0: there is no contract",
     .set = TIGHT,
     .coalition = A1,
     .at_block = leave_before_tx0,
     .must = 0,
     .schemes = ENDS(3)},
    {.name = "Tx0 replaced",
     .what = "C takes Tx0's place by a reorganisation: W has given nothing out",
     .set = OPEN,
     .coalition = C,
     .features = ON(SIM_REORG),
     .at_block = spend_deposit_elsewhere,
     .must = 0,
     .schemes = ENDS(3)},
    {.name = "E11",
     .what = "W signs a second notice, to choose among blocks",
     .set = SAMPLED,
     .coalition = W | A1,
     .at_block = sign_two_notices,
     .must = 4,
     .schemes = ENDS(1) | ENDS(3) | ENDS(6)},
    {.name = "E12",
     .what = "the key in the package opens nothing",
     .set = TIGHT,
     .coalition = W,
     .features = ON(SIM_GARBAGE),
     .must = 6,
     .schemes = ENDS(4)},
    {.name = "E13",
     .what = "C keeps program and input from the arbiters: W and V have them",
     .set = TIGHT,
     .coalition = C,
     .never = UINT32_MAX,
     .must = 3},
    {.name = "E18",
     .what = "C, W, V and an arbiter are gone: the others end it",
     .set = TIGHT,
     .coalition = C | W | V | A1,
     .never = UINT32_MAX,
     .must = 1},
    {.name = "E18, accused",
     .what = "the same after TxV0",
     .set = TIGHT,
     .coalition = C | W | V | A1,
     .never = UINT32_MAX,
     .at_block = accuse_and_lie_low,
     .must = 4},
    {.name = "E19",
     .what = "V lies, W appeals and publishes nothing more",
     .set = TIGHT,
     .coalition = V | C,
     .features = ON(SIM_GARBAGE),
     .must = 7,
     .schemes = ENDS(2)},
    {.name = "C is told nothing",
     .what = "W delivers to the arbiters alone, and takes Tx3; V is silent: C has what it paid for",
     .set = TIGHT,
     .coalition = V | W,
     .never = SIM_NEVER_SIGN(PROM_PURPOSE_VERDICT),
     .silent_to = C,
     .at_block = take_tx3,
     .holds = client_has_result,
     .must = 2},
    {.name = "C is told nothing, accused",
     .what = "the same with TxV0, an appeal and its tower",
     .set = TIGHT,
     .coalition = V | W,
     .never = SIM_NEVER_PUBLISH | SIM_NEVER_SIGN(PROM_PURPOSE_VERDICT) | SIM_NEVER_SIGN(PROM_PURPOSE_KEY),
     .silent_to = C,
     .at_block = appeal_for_worker,
     .holds = client_has_result_if_paid,
     .must = 7,
     .schemes = ENDS(4)},
    {.name = "tower",
     .what = "V lies, and W is gone when it has delivered: its tower appeals and shows h_p",
     .set = TIGHT,
     .coalition = V | W,
     .never = SIM_NEVER_PUBLISH | SIM_NEVER_SIGN(PROM_PURPOSE_VERDICT) | SIM_NEVER_SIGN(PROM_PURPOSE_KEY),
     .at_block = appeal_for_worker,
     .must = 7,
     .schemes = ENDS(4)},
    {.name = "E20",
     .what = "an arbiter that nobody asked has its stake and the retainer",
     .set = TIGHT,
     .coalition = C | W | V,
     .never = UINT32_MAX,
     .must = 1},
    {.name = "E22",
     .what = "W spends its input before Tx0: there is no contract",
     .set = TIGHT,
     .coalition = W,
     .at_block = leave_with_input,
     .must = 0,
     .schemes = ENDS(3)},
    {.name = "E23, packages",
     .what = "W signs two packages",
     .set = TIGHT,
     .coalition = W,
     .at_block = sign_two_packages,
     .must = 6,
     .schemes = ENDS(3) | ENDS(4)},
    {.name = "E23, receipts",
     .what = "an arbiter dates twice, and voids what it said",
     .set = TIGHT,
     .coalition = A1,
     .at_block = void_receipts,
     .must = 3},
    {.name = "E25",
     .what = "W and V are one person, and take c for garbage: C is told",
     .set = TIGHT,
     .coalition = W | V,
     .features = ON(SIM_GARBAGE),
     .must = 3,
     .schemes = ENDS(2) | ENDS(4) | ENDS(6),
     .holds = client_was_told},
    {.name = "C = V",
     .what = "C and V are one person and lie: W is safe",
     .set = TIGHT,
     .coalition = C | V,
     .at_block = give_verdict_and_accuse,
     .must = 3,
     .schemes = ENDS(2) | ENDS(7)},
    {.name = "E27",
     .what = "all arbiters that keep the rules are in S",
     .set = TIGHT,
     .coalition = V,
     .features = ON(SIM_GARBAGE),
     .holds = everybody_signed,
     .must = 7,
     .schemes = ENDS(2)},
    {.name = "E27, left out",
     .what = "an arbiter coordinates a decision without another that voted: nobody signs it",
     .set = TIGHT,
     .coalition = V | A1,
     .never = SIM_NEVER_SIGN(PROM_PURPOSE_VERDICT),
     .at_block = discount_a_vote,
     .must = 7,
     .schemes = ENDS(2)},
    {.name = "E28",
     .what = "an arbiter stalls the decision: the others make it",
     .set = TIGHT,
     .coalition = V | A1,
     .features = ON(SIM_GARBAGE),
     .never = SIM_NEVER_SIGN(PROM_PURPOSE_FROST_SHARE) | SIM_NEVER_SIGN(PROM_PURPOSE_FROST_NONCE),
     .must = 7,
     .schemes = ENDS(2)},
    {.name = "E28, two votes",
     .what = "and votes for both",
     .set = TIGHT,
     .coalition = V | A1,
     .features = ON(SIM_GARBAGE),
     .at_block = vote_twice,
     .must = 7,
     .schemes = ENDS(2)},
    {.name = "C is shown garbage",
     .what = "W shows C another package than V: C finds the one that it has paid for",
     .set = TIGHT,
     .coalition = W,
     .at_block = prom_sim_plot_second_to_client,
     .holds = client_has_result,
     .must = 3},
    {.name = "V restored late",
     .what = "V is set back before it accuses, and gives no verdict: W has it by Tx3",
     .set = TIGHT,
     .coalition = W,
     .features = ON(SIM_GARBAGE),
     .at_block = set_verifier_back,
     .holds = verifier_gave_none,
     .must = 2,
     .schemes = ENDS(1)},
    {.name = "clocks set back",
     .what = "all clocks are set back again and again while the arbiters judge",
     .set = OPEN,
     .coalition = V,
     .features = ON(SIM_GARBAGE),
     .at_block = set_clocks_back,
     .must = 7,
     .schemes = ENDS(2)},
    {.name = "disk full",
     .what = "W's disk is full when V has accused it: it appeals once there is room",
     .set = TIGHT,
     .coalition = V,
     .features = ON(SIM_GARBAGE),
     .at_block = fill_disk,
     .must = 7,
     .schemes = ENDS(2)},
    {.name = "decided, not published",
     .what = "arbiters decide and publish nothing, nor does C: W has their signature",
     .set = TIGHT,
     .coalition = C | V | ARBITERS,
     .never = SIM_NEVER_PUBLISH | SIM_NEVER_SIGN(PROM_PURPOSE_VERDICT),
     .at_block = accuse_late,
     .must = 7,
     .schemes = ENDS(2)},
    {.name = "TxV0 lies",
     .what = "V relays TxV0 and lets it lie: it holds W up by nothing",
     .set = TIGHT,
     .coalition = V,
     .never = SIM_NEVER_SIGN(PROM_PURPOSE_VERDICT),
     .at_block = accuse_late,
     .must = 2,
     .schemes = ENDS(7)},
    {.name = "reorganised, sampled",
     .what = "every block is replaced once: a W that keeps the rules is paid",
     .set = SAMPLED,
     .features = ON(SIM_REORG),
     .must = 3},
    {.name = "late messages",
     .what = "messages take ten minutes, and two blocks are fast",
     .set = OPEN,
     .features = ON(SIM_DELAY) | ON(SIM_FAST_BLOCKS),
     .must = 3},
    {.name = "late messages, sampled",
     .what = "the same in two rounds",
     .set = OPEN + 1,
     .features = ON(SIM_DELAY) | ON(SIM_FAST_BLOCKS),
     .must = 3},
};
const size_t prom_sim_finding_count = sizeof prom_sim_findings / sizeof prom_sim_findings[0];
