#include "prometheus/contract/deadline.h"

/* docs/protocol.md, section 11; the paper's tables 2 and 3. */
static const prom_deadline deadlines[PROM_DEADLINES] = {
    [PROM_DEADLINE_COMPUTE] = {.what = "starts to compute",
                               .who = PROM_ACTOR_W,
                               .from = PROM_MILESTONE_TX0,
                               .earliest = {.s = 1, .more = -1},
                               .open = true},
    [PROM_DEADLINE_DELIVER] = {.what = "delivers the package to verifier, client and arbiters",
                               .who = PROM_ACTOR_W,
                               .from = PROM_MILESTONE_TX0,
                               .earliest = {.s = 1, .more = -1},
                               .latest = {.t1 = 1, .s = -1}},
    [PROM_DEADLINE_RECEIPT] = {.what = "dates a receipt that counts",
                               .who = PROM_ACTOR_A,
                               .from = PROM_MILESTONE_TX0,
                               .earliest = {.s = 1, .more = -1},
                               .latest = {.t1 = 1}},
    [PROM_DEADLINE_TX4] = {.what = "publishes Tx4, when it has the verdict r = 1",
                           .who = PROM_ACTOR_W,
                           .from = PROM_MILESTONE_TX0,
                           .earliest = {.s = 1, .more = -1},
                           .latest = {.t3 = 1, .s = -1, .more = -1}},
    [PROM_DEADLINE_TXV1] = {.what = "publishes TxV1, when Tx4 is not on the chain after the verdict r = 1",
                            .who = PROM_ACTOR_V,
                            .from = PROM_MILESTONE_TX0,
                            .earliest = {.t1 = 1, .more = -1},
                            .latest = {.t2 = 1, .s = -1, .more = -1}},
    [PROM_DEADLINE_QUESTION] = {.what = "asks every arbiter for the package, before it says r = 0",
                                .who = PROM_ACTOR_V,
                                .from = PROM_MILESTONE_TX0,
                                .earliest = {.t1 = 1, .more = 1},
                                .open = true},
    [PROM_DEADLINE_ANSWER] = {.what = "answers the verifier's last question",
                              .who = PROM_ACTOR_A,
                              .from = PROM_MILESTONE_TX0,
                              .earliest = {.t1 = 1, .more = 1},
                              .open = true},
    [PROM_DEADLINE_TXV0] = {.what = "publishes TxV0, the verdict r = 0, once it has checked what it was given",
                            .who = PROM_ACTOR_V,
                            .from = PROM_MILESTONE_TX0,
                            .earliest = {.t1 = 1, .more = 1},
                            .duration = {.vt = 1},
                            .latest = {.t2 = 1, .s = -1, .more = -1}},
    [PROM_DEADLINE_TX3] = {.what = "publishes Tx3, when there is no verdict",
                           .who = PROM_ACTOR_W,
                           .from = PROM_MILESTONE_TX0,
                           .earliest = {.t2 = 1},
                           .latest = {.t3 = 1, .s = -1, .more = -1}},
    [PROM_DEADLINE_TX1] = {.what = "publishes Tx1, when O0 is unspent",
                           .who = PROM_ACTOR_ANYBODY,
                           .from = PROM_MILESTONE_TX0,
                           .earliest = {.t3 = 1, .more = -1},
                           .open = true},
    [PROM_DEADLINE_STAKE] = {.what = "takes its stake, when it is neither released nor in an appeal",
                             .who = PROM_ACTOR_A,
                             .from = PROM_MILESTONE_TX0,
                             .earliest = {.t1 = -2, .t2 = 2, .t3 = 1, .t5 = 1, .more = -1},
                             .open = true},
    [PROM_DEADLINE_TX4B] = {.what = "publishes Tx4b",
                            .who = PROM_ACTOR_W,
                            .from = PROM_MILESTONE_TXV1,
                            .latest = {.t2 = -1, .t3 = 1, .s = -1, .more = -1}},
    [PROM_DEADLINE_TX1B] = {.what = "publishes Tx1b, when OV1 is unspent",
                            .who = PROM_ACTOR_ANYBODY,
                            .from = PROM_MILESTONE_TXV1,
                            .earliest = {.t2 = -1, .t3 = 1, .more = -1},
                            .open = true},
    [PROM_DEADLINE_TXA] = {.what = "appeals by TxA, when its package is good and receipted",
                           .who = PROM_ACTOR_W,
                           .from = PROM_MILESTONE_TXV0,
                           .latest = {.t1 = -1, .t2 = 1, .s = -1, .more = -1}},
    [PROM_DEADLINE_TX5] = {.what = "publishes Tx5, when OV0 is unspent",
                           .who = PROM_ACTOR_ANYBODY,
                           .from = PROM_MILESTONE_TXV0,
                           .earliest = {.t1 = -1, .t2 = 1, .more = -1},
                           .open = true},
    [PROM_DEADLINE_OPENING] = {.what = "opens E_V to the arbiters",
                               .who = PROM_ACTOR_W,
                               .from = PROM_MILESTONE_TXA,
                               .latest = {.spare = 1, .more = 1}},
    [PROM_DEADLINE_ECHO] = {.what = "passes on the evidence that it gets, in n - k + 1 rounds of a block",
                            .who = PROM_ACTOR_A,
                            .from = PROM_MILESTONE_TXA,
                            .latest = {.spare = 1, .more = 1}},
    [PROM_DEADLINE_COMMIT] = {.what = "commits to its vote, once it has checked the package",
                              .who = PROM_ACTOR_A,
                              .from = PROM_MILESTONE_TXA,
                              .earliest = {.spare = 1, .more = 1},
                              .duration = {.vt = 1},
                              .latest = {.vt = 1, .spare = 1, .more = 2}},
    [PROM_DEADLINE_REVEAL] = {.what = "reveals its vote",
                              .who = PROM_ACTOR_A,
                              .from = PROM_MILESTONE_TXA,
                              .earliest = {.vt = 1, .spare = 1, .more = 2},
                              .latest = {.vt = 1, .spare = 1, .more = 3}},
    [PROM_DEADLINE_DECISION] = {.what = "publishes Tx7 or Tx8, signed by k arbiters",
                                .who = PROM_ACTOR_ANYBODY,
                                .from = PROM_MILESTONE_TXA,
                                .earliest = {.vt = 1, .spare = 1, .more = 3},
                                .duration = {.more = 1},
                                .latest = {.t4 = 1, .s = -1, .more = -1}},
    [PROM_DEADLINE_TX6] = {.what = "publishes Tx6, when OA is unspent",
                           .who = PROM_ACTOR_ANYBODY,
                           .from = PROM_MILESTONE_TXA,
                           .earliest = {.t4 = 1, .more = -1},
                           .open = true},
    [PROM_DEADLINE_RELEASE] = {.what = "signs the release of the arbiters' stakes",
                               .who = PROM_ACTOR_W,
                               .from = PROM_MILESTONE_CLOSING,
                               .earliest = {.t5 = 1, .s = 1, .more = -1},
                               .open = true},
};

const prom_deadline *prom_deadline_of(prom_deadline_id id)
{
    return &deadlines[id];
}

int64_t prom_blocks_count(const prom_blocks *blocks, const prom_parameters *P, const prom_chain_parameters *network)
{
    const int64_t spare = (int64_t)P->n - prom_parameters_quorum(P);
    return (int64_t)blocks->t1 * P->t1 + (int64_t)blocks->t2 * P->t2 + (int64_t)blocks->t3 * P->t3 +
           (int64_t)blocks->t4 * P->t4 + (int64_t)blocks->t5 * P->t5 + (int64_t)blocks->s * network->safety_margin +
           (int64_t)blocks->vt * network->verification + blocks->spare * spare + blocks->more;
}

prom_tip_window prom_deadline_window(prom_deadline_id id, const prom_parameters *P,
                                     const prom_chain_parameters *network, uint32_t milestone_height)
{
    const prom_deadline *deadline = &deadlines[id];
    return (prom_tip_window){
        .earliest = milestone_height + prom_blocks_count(&deadline->earliest, P, network),
        .latest =
            deadline->open ? PROM_WINDOW_OPEN : milestone_height + prom_blocks_count(&deadline->latest, P, network),
    };
}

bool prom_deadline_holds(prom_deadline_id id, const prom_parameters *P, const prom_chain_parameters *network)
{
    const prom_tip_window window = prom_deadline_window(id, P, network, 0);
    return window.earliest + prom_blocks_count(&deadlines[id].duration, P, network) <= window.latest;
}

const char *prom_actor_name(prom_actor actor)
{
    switch (actor) {
    case PROM_ACTOR_W:
        return "worker";
    case PROM_ACTOR_V:
        return "verifier";
    case PROM_ACTOR_A:
        return "arbiter";
    case PROM_ACTOR_ANYBODY:
        return "anybody";
    }
    return "nobody";
}

const char *prom_milestone_name(prom_milestone milestone)
{
    switch (milestone) {
    case PROM_MILESTONE_TX0:
        return "Tx0";
    case PROM_MILESTONE_TXV1:
        return "TxV1";
    case PROM_MILESTONE_TXV0:
        return "TxV0";
    case PROM_MILESTONE_TXA:
        return "TxA";
    case PROM_MILESTONE_CLOSING:
        return "closing";
    case PROM_MILESTONES:
        break;
    }
    return "nothing";
}
