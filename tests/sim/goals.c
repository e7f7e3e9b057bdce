/* What must have happened sometimes in a soak: else the runs do not show what they seem to. */
#include <string.h>

#include "settlement/arbitration.h"
#include "sim.h"

static const struct {
    const char *name;
    const char *never; /* why no run can reach it; NULL: one must */
} goals[SIM_GOALS] = {
    [SIM_GOAL_SCHEME + 0] = {"scheme 1", NULL},
    [SIM_GOAL_SCHEME + 1] = {"scheme 2", NULL},
    [SIM_GOAL_SCHEME + 2] = {"scheme 3", NULL},
    [SIM_GOAL_SCHEME + 3] = {"scheme 4", NULL},
    [SIM_GOAL_SCHEME + 4] = {"scheme 5", NULL},
    [SIM_GOAL_SCHEME + 5] = {"scheme 6", NULL},
    [SIM_GOAL_SCHEME + 6] = {"scheme 7", NULL},
    [SIM_GOAL_TX1] = {"Tx1 mined", NULL},
    [SIM_GOAL_TX3] = {"Tx3 mined", NULL},
    [SIM_GOAL_TX4] = {"Tx4 mined", NULL},
    [SIM_GOAL_TXV0] = {"TxV0 mined", NULL},
    [SIM_GOAL_TX5] = {"Tx5 mined", NULL},
    [SIM_GOAL_TXA] = {"TxA mined", NULL},
    [SIM_GOAL_TX6] = {"Tx6 mined", NULL},
    [SIM_GOAL_TX7] = {"Tx7 mined", NULL},
    [SIM_GOAL_TX8] = {"Tx8 mined", NULL},
    [SIM_GOAL_DELIVERED] = {"the worker delivered in time", NULL},
    [SIM_GOAL_ACCUSED] = {"an honest verifier accused", NULL},
    [SIM_GOAL_ACCEPTED] = {"an honest verifier accepted", NULL},
    [SIM_GOAL_TX4_BY_V] = {"an honest verifier published Tx4 itself", NULL},
    [SIM_GOAL_TX3_BY_W] = {"an honest worker published Tx3", NULL},
    [SIM_GOAL_APPEALED] = {"an honest worker appealed", NULL},
    [SIM_GOAL_APPEAL_WON] = {"an honest worker won the appeal against a lying verifier", NULL},
    [SIM_GOAL_APPEAL_LOST] = {"a guilty worker appealed and lost", NULL},
    [SIM_GOAL_SHOWN_THEN_ACCUSED] = {"a verdict was lost in time: TxV0 after h_p was shown", NULL},
    [SIM_GOAL_VOIDED] = {"a receipt was voided", NULL},
    [SIM_GOAL_TWO_PACKAGES] = {"two packages were signed", NULL},
    [SIM_GOAL_TWO_NOTICES] = {"two notices were signed", NULL},
    [SIM_GOAL_ECHOES] = {"evidence came by echoes alone", NULL},
    [SIM_GOAL_TWO_VOTES] = {"an arbiter voted twice", NULL},
    [SIM_GOAL_S_ALL] = {"S is all of n", NULL},
    [SIM_GOAL_S_QUORUM] = {"S is k", NULL},
    [SIM_GOAL_BESIDE] = {"an arbiter that was restored or away is beside the decision", NULL},
    [SIM_GOAL_TX0_UNDONE] = {"Tx0 was reorganised away", NULL},
    [SIM_GOAL_TXV0_UNDONE] = {"TxV0 was reorganised away", NULL},
    [SIM_GOAL_TXA_UNDONE] = {"TxA was reorganised away", NULL},
    [SIM_GOAL_SETTLEMENT_UNDONE] = {"a settlement was reorganised away", NULL},
    [SIM_GOAL_OTHER_SETTLEMENT] = {"another settlement came after a reorganisation", NULL},
    [SIM_GOAL_OLD_DISK] = {"a party crashed with the old disk", NULL},
    [SIM_GOAL_NEW_DISK] = {"a party crashed with the new disk", NULL},
    [SIM_GOAL_FAILED_COMMIT] = {"a commit failed", NULL},
    [SIM_GOAL_RESTORED] = {"a party was restored", NULL},
    [SIM_GOAL_UNABLE] = {"a job was not possible at first", NULL},
    [SIM_GOAL_RESULT] = {"the client read its result", NULL},
    [SIM_GOAL_BAD_RESULT] = {"the client found that the verifier signed for a bad package", NULL},
    [SIM_GOAL_SPOILT] = {"Tx0 was spoilt", NULL},
    [SIM_GOAL_AWAY] = {"a party's node was off", NULL},
    [SIM_GOAL_UNRECEIPTED] = {"the worker gave the verifier its package without k receipts, for it was late", NULL},
    [SIM_GOAL_QUESTIONED] = {"the verifier asked the final question", NULL},
    [SIM_GOAL_ANSWERED] = {"an honest arbiter answered it", NULL},
    [SIM_GOAL_TWO_ANSWERS] = {"an arbiter gave two answers", NULL},
    [SIM_GOAL_UNLISTED] = {"an answer did not list a receipt", NULL},
    [SIM_GOAL_DEFAULT_WITH_KEY] = {"r = 1 as verification was not over, with h_p", NULL},
    [SIM_GOAL_DEFAULT_WITHOUT_KEY] = {"r = 1 as verification was not over, without h_p", NULL},
    [SIM_GOAL_TOO_LATE] = {"an honest verifier found it too late to accuse", NULL},
    [SIM_GOAL_AGAINST_POOLED] = {"an honest worker let h_p out against a TxV0 in no block", NULL},
    [SIM_GOAL_NOT_APPEALED] = {"a worker that failed did not appeal", NULL},
    [SIM_GOAL_KEY_SHOWN] = {"an honest worker showed the arbiters h_p", NULL},
    [SIM_GOAL_RESULT_TX3] = {"the client read its result by Tx3", NULL},
    [SIM_GOAL_RESULT_TX4] = {"the client read its result by Tx4", NULL},
    [SIM_GOAL_RESULT_TX8] = {"the client read its result by Tx8", NULL},
    [SIM_GOAL_LEFT_TX1] = {"Tx1, where arbiters alone keep the rules", NULL},
    [SIM_GOAL_LEFT_TX5] = {"Tx5, where arbiters alone keep the rules", NULL},
    [SIM_GOAL_TWO_COMMITMENTS] = {"an arbiter committed twice", NULL},
    [SIM_GOAL_LATE_VOTE] = {"a vote was counted that was committed in time and revealed late", NULL},
    [SIM_GOAL_S_GREW] = {"S grew after an honest arbiter had signed", NULL},
    [SIM_GOAL_SESSION_AGAIN] = {"a session of the decision was begun anew", NULL},
    [SIM_GOAL_NEXT_COORDINATOR] = {"another than the first of S coordinated", NULL},
    [SIM_GOAL_ACCUSED_FOR + PROM_REASON_GOOD] = {NULL, "it is a reason for r = 1"},
    [SIM_GOAL_ACCUSED_FOR + PROM_REASON_KEY_NOT_SHOWN] = {NULL, "h_p is shown to arbiters"},
    [SIM_GOAL_ACCUSED_FOR + PROM_REASON_NOT_CHECKED] = {NULL, "it is a reason for r = 1"},
    [SIM_GOAL_VOTED_FOR + PROM_REASON_BLOCK] = {NULL, "arbiters judge the block by the receipts of round B"},
    [SIM_GOAL_VOTED_FOR + PROM_REASON_NOT_CHECKED] = {NULL, "who could not check commits to nothing"},
};

void prom_sim_goal(sim_run *run, sim_goal goal)
{
    run->goals[goal] = true;
}

/* -- What is printed -- */

static void name_goal(sim_goal goal, char *name, size_t size)
{
    if (goal >= SIM_GOAL_VOTED_FOR) {
        (void)snprintf(name, size, "an honest arbiter voted as %s",
                       prom_reason_text((prom_reason)(goal - SIM_GOAL_VOTED_FOR)));
    } else if (goal >= SIM_GOAL_ACCUSED_FOR) {
        (void)snprintf(name, size, "an honest verifier accused as %s",
                       prom_reason_text((prom_reason)(goal - SIM_GOAL_ACCUSED_FOR)));
    } else {
        (void)snprintf(name, size, "%s", goals[goal].name);
    }
}

static const char *const states[SIM_STATES] = {"none", "locked", "accused", "appealed", "settled"};

static const char *name_given(size_t given)
{
    static const char *const others[] = {"a block", "a block undone", "time"};
    return given < PROM_MESSAGE_KINDS ? prom_message_name((prom_message_kind)given) : others[given - SIM_GIVEN_BLOCK];
}

/* Kinds have numbers with gaps. */
static bool is_given(size_t given)
{
    return given >= PROM_MESSAGE_KINDS || strcmp(prom_message_name((prom_message_kind)given), "unknown") != 0;
}

static unsigned say_pairs(const sim_pairs *pairs, FILE *out)
{
    unsigned reached = 0;
    unsigned missing = 0;
    for (size_t role = 0; role < PROM_ROLES; role++) {
        for (size_t state = 0; state < SIM_STATES; state++) {
            for (size_t given = 0; given < SIM_GIVEN; given++) {
                const bool here = pairs->reached[role][state][given];
                reached += is_given(given) && here;
                if (is_given(given) && !here) {
                    missing++;
                    (void)fprintf(out, "%10d  the %s was given %s while the money was %s\n", 0,
                                  prom_role_name((prom_role)role), name_given(given), states[state]);
                }
            }
        }
    }
    (void)fprintf(out, "%10u  of %u pairs of a role's state and what it was given\n", reached, reached + missing);
    return missing;
}

unsigned prom_sim_say_goals(const uint64_t reached[SIM_GOALS], const sim_pairs *pairs, FILE *out)
{
    unsigned missing = 0;
    char name[200];
    for (sim_goal goal = 0; goal < SIM_GOALS; goal++) {
        name_goal(goal, name, sizeof name);
        (void)fprintf(out, "%10llu  %s", (unsigned long long)reached[goal], name);
        (void)fprintf(out, goals[goal].never == NULL ? "\n" : " (never: %s)\n", goals[goal].never);
        missing += goals[goal].never == NULL ? reached[goal] == 0 : reached[goal] != 0;
    }
    return missing + say_pairs(pairs, out);
}

/* -- At the end of a run -- */

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
    if (honest_worker && scheme == 4) {
        prom_sim_goal(run, SIM_GOAL_NOT_APPEALED);
    }
    if (honest_worker && batch_of(run, PLACE_W)->evidence.key_shown) {
        prom_sim_goal(run, SIM_GOAL_KEY_SHOWN);
    }
}

static void of_client(sim_run *run, unsigned scheme)
{
    const prom_evidence_facts *evidence = &batch_of(run, PLACE_C)->evidence;
    if (!run->parties[PLACE_C].honest) {
        return;
    }
    if (evidence->result_open) {
        prom_sim_goal(run, SIM_GOAL_RESULT);
        prom_sim_goal(run, scheme == 2 ? SIM_GOAL_RESULT_TX3 : scheme == 3 ? SIM_GOAL_RESULT_TX4 : SIM_GOAL_RESULT_TX8);
    }
    if (evidence->result == PROM_CHECKED_BAD && scheme == 3) {
        prom_sim_goal(run, SIM_GOAL_BAD_RESULT);
    }
}

static void of_verifier(sim_run *run)
{
    const prom_batch_facts *its = batch_of(run, PLACE_V);
    const prom_money *money = &its->money;
    if (!run->parties[PLACE_V].honest) {
        return;
    }
    if (its->evidence.questioned) {
        prom_sim_goal(run, SIM_GOAL_QUESTIONED);
    }
    if (money->verdict == PROM_VERDICT_ACCUSE) {
        prom_sim_goal(run, (sim_goal)(SIM_GOAL_ACCUSED_FOR + money->verdict_reason));
    } else if (money->verdict == PROM_VERDICT_ACCEPT && money->verdict_reason == PROM_REASON_NOT_CHECKED) {
        prom_sim_goal(run, its->evidence.key_opened ? SIM_GOAL_DEFAULT_WITH_KEY : SIM_GOAL_DEFAULT_WITHOUT_KEY);
    } else if (money->verdict == PROM_VERDICT_WAIT && money->verdict_tip != 0) {
        prom_sim_goal(run, SIM_GOAL_TOO_LATE);
    }
}

static unsigned answers_of(const prom_evidence *evidence, size_t arbiter)
{
    unsigned count = 0;
    for (size_t i = 0; i < evidence->count; i++) {
        count += evidence->list[i].kind == PROM_ATTESTATION_ANSWER && evidence->list[i].place == PLACE_A + arbiter;
    }
    return count;
}

static void of_arbiter(sim_run *run, size_t i, const prom_case *known, const prom_arbitration *arbitration)
{
    const unsigned answers = answers_of(known->evidence, i);
    if (prom_case_voided(known, i)) {
        prom_sim_goal(run, SIM_GOAL_VOIDED);
        prom_sim_goal(run, answers > 1 ? SIM_GOAL_TWO_ANSWERS : SIM_GOAL_UNLISTED);
    }
    if (answers > 0 && run->parties[PLACE_A + i].honest) {
        prom_sim_goal(run, SIM_GOAL_ANSWERED);
    }
    if (arbitration->vote_count[i] > 1) {
        prom_sim_goal(run, SIM_GOAL_TWO_VOTES);
    }
    if (arbitration->commitment_count[i] > 1) {
        prom_sim_goal(run, SIM_GOAL_TWO_COMMITMENTS);
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
        of_arbiter(run, i, &known, &batch->arbitration);
    }
    if (place >= PLACE_A && batch->arbitration.voted) {
        prom_sim_goal(run, (sim_goal)(SIM_GOAL_VOTED_FOR + batch->arbitration.vote_reason));
    }
}

static void of_chain(sim_run *run, const sim_tx *settled, unsigned scheme)
{
    const uint32_t parties = (UINT32_C(1) << PROM_PARTIES) - 1;
    for (size_t i = 0; i < run->chain.tx_count; i++) {
        const sim_tx *tx = &run->chain.txs[i];
        if (tx->undone && tx != settled && tx->index != PROM_TREE_OTHER &&
            run->world->tree->tx[tx->index].scheme != 0) {
            prom_sim_goal(run, SIM_GOAL_OTHER_SETTLEMENT);
        }
    }
    if ((run->plan.coalition & parties) == parties && (scheme == 1 || scheme == 4)) {
        prom_sim_goal(run, scheme == 1 ? SIM_GOAL_LEFT_TX1 : SIM_GOAL_LEFT_TX5);
    }
}

void prom_sim_goals_of(sim_run *run, const sim_tx *settled)
{
    const prom_tree_tx *tx = &run->world->tree->tx[settled->index];
    prom_sim_goal(run, (sim_goal)(SIM_GOAL_SCHEME + tx->scheme - 1));
    of_branches(run);
    of_parties(run, tx->scheme);
    of_client(run, tx->scheme);
    of_verifier(run);
    of_chain(run, settled, tx->scheme);
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
        for (size_t i = 0; i < run->world->set->n; i++) {
            if (run->parties[PLACE_A + i].honest && (tx->deciders >> i & 1) == 0 && !run->plan.beyond) {
                prom_sim_goal(run, SIM_GOAL_BESIDE); /* a claim is that it was restored */
            }
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

/* -- While it runs -- */

void prom_sim_goals_of_sent(sim_run *run, sim_party *party, size_t to, const prom_message *message)
{
    const prom_decision_message *decision = &message->as.decision;
    const prom_case known = {&run->world->terms, run->H0, &party->disk.facts.batches[0].evidence.statements};
    if (message->kind == PROM_MESSAGE_DECISION && decision->step == PROM_DECISION_ASK) {
        if ((decision->deciders & ((UINT32_C(1) << decision->coordinator) - 1)) != 0) {
            prom_sim_goal(run, SIM_GOAL_NEXT_COORDINATOR);
        }
        if (party->session != 0 && party->session != decision->session) {
            prom_sim_goal(run, SIM_GOAL_SESSION_AGAIN);
        }
        party->session = decision->session;
    }
    if (message->kind == PROM_MESSAGE_STATEMENT && message->as.statement.kind == PROM_ATTESTATION_PACKAGE &&
        party->place == PLACE_W && to == PLACE_V) {
        const uint32_t holders = prom_arbiters_count(prom_case_holders(&known, message->as.statement.as.package.round));
        if (holders < prom_parameters_quorum(&run->world->terms.P)) {
            prom_sim_goal(run, SIM_GOAL_UNRECEIPTED);
        }
    }
}

void prom_sim_goals_of_published(sim_run *run, const sim_party *party, uint32_t index)
{
    const bool shows = index == PROM_TX3 || index == PROM_TX4;
    for (size_t i = 0; i < run->chain.tx_count && shows && party->place == PLACE_W; i++) {
        const sim_tx *tx = &run->chain.txs[i];
        if (tx->index == PROM_TXV0 && tx->pooled && tx->height == 0) {
            prom_sim_goal(run, SIM_GOAL_AGAINST_POOLED);
        }
    }
}

/* How many statements, h_p among them, count with an arbiter. */
static unsigned counting(const prom_facts *facts)
{
    const prom_batch_facts *its = &facts->batches[0];
    unsigned count = its->arbitration.key_standing != PROM_STANDING_HERE;
    for (size_t i = 0; i < its->evidence.statements.count; i++) {
        count += its->arbitration.standing[i] != PROM_STANDING_HERE;
    }
    return count;
}

static unsigned votes_counted(const sim_party *party, const prom_facts *facts)
{
    const prom_arbitration *arbitration = &facts->batches[0].arbitration;
    unsigned count = 0;
    for (size_t i = 0; i < party->channel->terms.arbiter_count; i++) {
        count += arbitration->vote_count[i] > 0 && arbitration->commitment_count[i] == 1;
    }
    return count;
}

void prom_sim_goals_of_step(sim_run *run, const sim_party *party, const prom_event *event)
{
    const prom_facts *before = &party->disk.facts;
    const prom_facts *after = &party->channel->facts;
    const uint32_t old = before->batches[0].arbitration.signed_for;
    const uint32_t new = after->batches[0].arbitration.signed_for;
    const bool message = event->kind == PROM_EVENT_MESSAGE;
    if (!party->honest || party->place < PLACE_A) {
        return;
    }
    if (old != 0 && new != old) {
        prom_sim_goal(run, SIM_GOAL_S_GREW);
    }
    if (message && event->as.message.message->kind == PROM_MESSAGE_ECHO &&
        before->batches[0].arbitration.rounds_over > 0 && counting(after) > counting(before)) {
        prom_sim_goal(run, SIM_GOAL_ECHOES);
    }
    if (message && after->batches[0].arbitration.rounds_over > 0 &&
        party->own_tip >= prom_arbitration_window(party->channel, 0, PROM_DEADLINE_SIGN).earliest &&
        votes_counted(party, after) > votes_counted(party, before)) {
        prom_sim_goal(run, SIM_GOAL_LATE_VOTE);
    }
}

void prom_sim_goals_of_given(sim_run *run, const sim_party *party, const prom_event *event)
{
    static const size_t others[PROM_EVENTS] = {[PROM_EVENT_BLOCK] = SIM_GIVEN_BLOCK,
                                               [PROM_EVENT_UNBLOCK] = SIM_GIVEN_UNBLOCK,
                                               [PROM_EVENT_TIME] = SIM_GIVEN_TIME};
    const size_t given =
        event->kind == PROM_EVENT_MESSAGE ? (size_t)event->as.message.message->kind : others[event->kind];
    if (party->honest) {
        run->pairs.reached[prom_sim_role(party->place)][prom_money_state_of(&party->disk.facts, 0)][given] = true;
    }
}
