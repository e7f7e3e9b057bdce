/* What must have happened sometimes in a soak: else the runs do not show what they seem to. */
#include <string.h>

#include "sim.h"

const char *prom_sim_goal_name(sim_goal goal)
{
    static const char *const names[SIM_GOALS] = {"scheme 1",
                                                 "scheme 2",
                                                 "scheme 3",
                                                 "scheme 4",
                                                 "scheme 5",
                                                 "scheme 6",
                                                 "scheme 7",
                                                 "Tx1 mined",
                                                 "Tx3 mined",
                                                 "Tx4 mined",
                                                 "TxV0 mined",
                                                 "Tx5 mined",
                                                 "TxA mined",
                                                 "Tx6 mined",
                                                 "Tx7 mined",
                                                 "Tx8 mined",
                                                 "the worker delivered in time",
                                                 "an honest verifier accused",
                                                 "an honest verifier accepted",
                                                 "an honest verifier published Tx4 itself",
                                                 "an honest worker published Tx3",
                                                 "an honest worker appealed",
                                                 "an honest worker won the appeal against a lying verifier",
                                                 "a guilty worker appealed and lost",
                                                 "a verdict was lost in time: TxV0 after h_p was shown",
                                                 "a receipt was voided",
                                                 "two packages were signed",
                                                 "two notices were signed",
                                                 "evidence came by echoes alone",
                                                 "an arbiter voted twice",
                                                 "S is all of n",
                                                 "S is k",
                                                 "an honest arbiter is beside the decision",
                                                 "Tx0 was reorganised away",
                                                 "TxV0 was reorganised away",
                                                 "TxA was reorganised away",
                                                 "a settlement was reorganised away",
                                                 "another settlement came after a reorganisation",
                                                 "a party crashed with the old disk",
                                                 "a party crashed with the new disk",
                                                 "a commit failed",
                                                 "a party was restored",
                                                 "a job was not possible at first",
                                                 "the client read its result",
                                                 "the client found that the verifier signed for a bad package",
                                                 "Tx0 was spoilt"};
    return names[goal];
}

void prom_sim_goal(sim_run *run, sim_goal goal)
{
    run->goals |= UINT64_C(1) << goal;
}

static const prom_batch_facts *batch_of(const sim_run *run, size_t place)
{
    return &run->parties[place].disk.facts.batches[0];
}

static void of_branches(sim_run *run)
{
    static const struct {
        uint32_t tx;
        sim_goal goal;
    } named[] = {{PROM_TX1, SIM_GOAL_TX1},   {PROM_TX3, SIM_GOAL_TX3}, {PROM_TX4, SIM_GOAL_TX4},
                 {PROM_TXV0, SIM_GOAL_TXV0}, {PROM_TX5, SIM_GOAL_TX5}, {PROM_TXA, SIM_GOAL_TXA},
                 {PROM_TX6, SIM_GOAL_TX6}};
    for (size_t i = 0; i < run->chain.tx_count; i++) {
        const sim_tx *tx = &run->chain.txs[i];
        for (size_t j = 0; j < sizeof named / sizeof named[0]; j++) {
            if (tx->height != 0 && tx->index == named[j].tx) {
                prom_sim_goal(run, named[j].goal);
            }
        }
        if (tx->height != 0 && tx->index != PROM_TREE_OTHER && tx->index >= PROM_TREE_NAMED) {
            prom_sim_goal(run, run->world->tree->tx[tx->index].scheme == 6 ? SIM_GOAL_TX7 : SIM_GOAL_TX8);
        }
    }
}

static void of_parties(sim_run *run, unsigned scheme)
{
    const prom_money *worker = &batch_of(run, PLACE_W)->money;
    const prom_money *verifier = &batch_of(run, PLACE_V)->money;
    const bool honest_worker = run->parties[PLACE_W].honest;
    if (run->parties[PLACE_V].honest && verifier->verdict != PROM_VERDICT_WAIT) {
        prom_sim_goal(run, verifier->verdict == PROM_VERDICT_ACCUSE ? SIM_GOAL_ACCUSED : SIM_GOAL_ACCEPTED);
    }
    if (run->parties[PLACE_V].honest && verifier->released && scheme == 3) {
        prom_sim_goal(run, SIM_GOAL_TX4_BY_V);
    }
    if (honest_worker && scheme == 2) {
        prom_sim_goal(run, SIM_GOAL_TX3_BY_W);
    }
    if (honest_worker && worker->appealed) {
        prom_sim_goal(run, SIM_GOAL_APPEALED);
        if (worker->released) {
            prom_sim_goal(run, SIM_GOAL_SHOWN_THEN_ACCUSED);
        }
    }
    if (honest_worker && scheme == 7) {
        prom_sim_goal(run, SIM_GOAL_APPEAL_WON);
    }
    if (!honest_worker && scheme == 6) {
        prom_sim_goal(run, SIM_GOAL_APPEAL_LOST);
    }
    if (batch_of(run, PLACE_C)->evidence.result_open) {
        prom_sim_goal(run, SIM_GOAL_RESULT);
        if (batch_of(run, PLACE_C)->evidence.result == PROM_CHECKED_BAD) {
            prom_sim_goal(run, SIM_GOAL_BAD_RESULT);
        }
    }
}

static void of_evidence(sim_run *run, size_t place)
{
    const prom_batch_facts *batch = batch_of(run, place);
    const prom_case known = {&run->world->terms, run->H0, &batch->evidence.statements};
    if (prom_case_two_packages(&known)) {
        prom_sim_goal(run, SIM_GOAL_TWO_PACKAGES);
    }
    if (prom_case_two_notices(&known)) {
        prom_sim_goal(run, SIM_GOAL_TWO_NOTICES);
    }
    for (size_t i = 0; i < run->world->set->n; i++) {
        if (prom_case_voided(&known, i)) {
            prom_sim_goal(run, SIM_GOAL_VOIDED);
        }
        if (batch->arbitration.vote_count[i] > 1) {
            prom_sim_goal(run, SIM_GOAL_TWO_VOTES);
        }
    }
}

void prom_sim_goals_of(sim_run *run, const sim_tx *settled)
{
    const prom_tree_tx *tx = &run->world->tree->tx[settled->index];
    prom_sim_goal(run, (sim_goal)(SIM_GOAL_SCHEME + tx->scheme - 1));
    of_branches(run);
    of_parties(run, tx->scheme);
    for (size_t place = 0; place < run->world->places; place++) {
        if (run->parties[place].honest) {
            of_evidence(run, place);
        }
    }
    if (tx->deciders != 0) {
        const uint32_t count = prom_arbiters_count(tx->deciders);
        if (count == run->world->set->n) {
            prom_sim_goal(run, SIM_GOAL_S_ALL);
        }
        if (count == prom_parameters_quorum(&run->world->terms.P)) {
            prom_sim_goal(run, SIM_GOAL_S_QUORUM);
        }
    }
}

/* What a reorganisation takes out of the best chain. */
void prom_sim_goals_of_undone(sim_run *run, const sim_block *block)
{
    for (size_t i = 0; i < block->count; i++) {
        const uint32_t index = block->txs[i]->index;
        if (index == PROM_TX0) {
            prom_sim_goal(run, SIM_GOAL_TX0_UNDONE);
        } else if (index == PROM_TXV0) {
            prom_sim_goal(run, SIM_GOAL_TXV0_UNDONE);
        } else if (index == PROM_TXA) {
            prom_sim_goal(run, SIM_GOAL_TXA_UNDONE);
        } else if (index != PROM_TREE_OTHER) {
            prom_sim_goal(run, SIM_GOAL_SETTLEMENT_UNDONE);
        }
    }
}
