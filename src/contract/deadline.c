#include "prometheus/contract/deadline.h"

/* docs/protocol.md, section 11; the paper's tables 2 and 3. */
static const prom_deadline deadlines[PROM_DEADLINES] = {
    [PROM_DEADLINE_ABANDON_W] = {.what = "spends a coin of Tx0 elsewhere, when that is not confirmed",
                                 .who = PROM_ACTOR_W,
                                 .from = PROM_MILESTONE_SETUP,
                                 .open = true},
    [PROM_DEADLINE_ABANDON_V] = {.what = "does so, when the worker has not",
                                 .who = PROM_ACTOR_V,
                                 .from = PROM_MILESTONE_SETUP,
                                 .earliest = {.s = 1},
                                 .open = true},
    [PROM_DEADLINE_ABANDON_A] = {.what = "does so, when nobody has",
                                 .who = PROM_ACTOR_A,
                                 .from = PROM_MILESTONE_SETUP,
                                 .earliest = {.s = 2},
                                 .open = true},
    [PROM_DEADLINE_COMPUTE] = {.what = "starts to compute",
                               .who = PROM_ACTOR_W,
                               .from = PROM_MILESTONE_TX0,
                               .earliest = {.s = 1, .more = -1},
                               .open = true},
    [PROM_DEADLINE_DELIVER] = {.what =
                                   "delivers the package to the arbiters, and with k receipts to verifier and client",
                               .who = PROM_ACTOR_W,
                               .from = PROM_MILESTONE_TX0,
                               .earliest = {.s = 1, .more = -1},
                               .latest = {.t1 = 1, .s = -1}},
    [PROM_DEADLINE_COLLECT] = {.what = "delivers on to the arbiters whose receipts it lacks",
                               .who = PROM_ACTOR_W,
                               .from = PROM_MILESTONE_TX0,
                               .earliest = {.s = 1, .more = -1},
                               .latest = {.t1 = 1}},
    [PROM_DEADLINE_RECEIPT] = {.what = "dates a receipt that counts",
                               .who = PROM_ACTOR_A,
                               .from = PROM_MILESTONE_TX0,
                               .earliest = {.s = 1, .more = -1},
                               .latest = {.t1 = 1}},
    /* protocol 3 and 10, sampling. X is H0 + t1 - s at the latest, and nobody delivers before H0 + s - 1. */
    [PROM_DEADLINE_X] = {.what = "mines block X, which draws the sample",
                         .who = PROM_ACTOR_ANYBODY,
                         .from = PROM_MILESTONE_TX0,
                         .earliest = {.s = 1, .lead = 1, .more = -1},
                         .latest = {.t1 = 1, .s = -1},
                         .sampled = true},
    [PROM_DEADLINE_NOTICE] = {.what = "signs its notice, which names block X, when k have receipted its package",
                              .who = PROM_ACTOR_W,
                              .from = PROM_MILESTONE_X,
                              .earliest = {.t1 = -1, .s = 2, .more = -1},
                              .latest = {.lead = -1},
                              .sampled = true},
    [PROM_DEADLINE_NOTICE_RECEIPT] = {.what = "dates a receipt of the notice that counts",
                                      .who = PROM_ACTOR_A,
                                      .from = PROM_MILESTONE_X,
                                      .earliest = {.t1 = -1, .s = 2, .more = -1},
                                      .latest = {.notice = -1},
                                      .sampled = true},
    [PROM_DEADLINE_NOTICE_SEEN] = {.what = "sees the notice itself, and need ask nobody who saw it before its block",
                                   .who = PROM_ACTOR_V,
                                   .from = PROM_MILESTONE_X,
                                   .earliest = {.t1 = -1, .s = 2, .more = -1},
                                   .latest = {.more = -2},
                                   .sampled = true},
    [PROM_DEADLINE_OPENINGS] = {.what = "signs package B, the openings of what block X draws",
                                .who = PROM_ACTOR_W,
                                .from = PROM_MILESTONE_X,
                                .earliest = {.s = 1},
                                .open = true,
                                .sampled = true},
    [PROM_DEADLINE_OPENINGS_RECEIPT] = {.what = "receipts package B, while a receipt counts",
                                        .who = PROM_ACTOR_A,
                                        .from = PROM_MILESTONE_X,
                                        .earliest = {.s = 1},
                                        .open = true,
                                        .sampled = true},
    [PROM_DEADLINE_TX4] = {.what = "publishes Tx4, when it has the verdict r = 1",
                           .who = PROM_ACTOR_W,
                           .from = PROM_MILESTONE_TX0,
                           .earliest = {.s = 1, .more = -1},
                           .latest = {.t3 = 1, .s = -1, .more = -1}},
    [PROM_DEADLINE_TX4_V] = {.what = "publishes Tx4 itself, s blocks after its verdict r = 1, when O0 is unspent",
                             .who = PROM_ACTOR_V,
                             .from = PROM_MILESTONE_TX0,
                             .earliest = {.s = 1, .more = -1},
                             .duration = {.s = 1},
                             .latest = {.t2 = 1, .s = -1, .more = -1}},
    [PROM_DEADLINE_QUESTION] = {.what = "asks every arbiter for the package, before it says r = 0",
                                .who = PROM_ACTOR_V,
                                .from = PROM_MILESTONE_TX0,
                                .earliest = {.t1 = 1, .more = 1},
                                .duration = {.s = 1},
                                .latest = {.t2 = 1, .s = -1, .vt = -1, .more = -1}},
    [PROM_DEADLINE_ANSWER] = {.what = "answers the verifier's final question",
                              .who = PROM_ACTOR_A,
                              .from = PROM_MILESTONE_TX0,
                              .earliest = {.t1 = 1, .more = 1},
                              .open = true},
    [PROM_DEADLINE_TXV0] = {.what = "publishes TxV0, the verdict r = 0, once it has checked what it was given",
                            .who = PROM_ACTOR_V,
                            .from = PROM_MILESTONE_TX0,
                            .earliest = {.t1 = 1, .more = 1},
                            .duration = {.s = 1, .vt = 1},
                            .latest = {.t2 = 1, .s = -1, .more = -1}},
    [PROM_DEADLINE_TX3] = {.what = "publishes Tx3, when there is no verdict on the chain",
                           .who = PROM_ACTOR_W,
                           .from = PROM_MILESTONE_TX0,
                           .earliest = {.t2 = 1, .more = -1},
                           .duration = {.s = 3},
                           .latest = {.t3 = 1, .s = -1, .more = -1}},
    [PROM_DEADLINE_TX1] = {.what = "publishes Tx1, when O0 is unspent",
                           .who = PROM_ACTOR_ANYBODY,
                           .from = PROM_MILESTONE_TX0,
                           .earliest = {.t3 = 1, .more = -1},
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
    [PROM_DEADLINE_SHOW_KEY] = {.what = "shows h_p to the arbiters",
                                .who = PROM_ACTOR_W,
                                .from = PROM_MILESTONE_TXA,
                                .latest = {.s = 1}},
    [PROM_DEADLINE_EVIDENCE] = {.what = "takes the evidence that counts",
                                .who = PROM_ACTOR_A,
                                .from = PROM_MILESTONE_TXA,
                                .latest = {.s = 1}},
    [PROM_DEADLINE_ECHO] = {.what = "passes signed statements on, in n - k + 1 rounds",
                            .who = PROM_ACTOR_A,
                            .from = PROM_MILESTONE_TXA,
                            .earliest = {.s = 1},
                            .duration = {.echo = 1},
                            .latest = {.s = 1, .echo = 1}},
    [PROM_DEADLINE_COMMIT] = {.what = "commits to its vote, once it has checked the package",
                              .who = PROM_ACTOR_A,
                              .from = PROM_MILESTONE_TXA,
                              .earliest = {.s = 1, .echo = 1},
                              .duration = {.vt = 1},
                              .latest = {.s = 1, .vt = 1, .p = 1, .echo = 1}},
    [PROM_DEADLINE_REVEAL] = {.what = "reveals its vote",
                              .who = PROM_ACTOR_A,
                              .from = PROM_MILESTONE_TXA,
                              .earliest = {.s = 1, .vt = 1, .p = 1, .echo = 1},
                              .latest = {.s = 1, .vt = 1, .p = 2, .echo = 1}},
    [PROM_DEADLINE_SIGN] = {.what = "signs the decision with the others of S",
                            .who = PROM_ACTOR_A,
                            .from = PROM_MILESTONE_TXA,
                            .earliest = {.s = 1, .vt = 1, .p = 2, .echo = 1},
                            .latest = {.s = 1, .vt = 1, .p = 3, .echo = 1}},
    [PROM_DEADLINE_DECISION] = {.what = "publishes Tx7 or Tx8, signed by k arbiters",
                                .who = PROM_ACTOR_ANYBODY,
                                .from = PROM_MILESTONE_TXA,
                                .earliest = {.s = 1, .vt = 1, .p = 2, .echo = 1},
                                .duration = {.p = 1},
                                .latest = {.t4 = 1, .s = -1, .more = -1}},
    [PROM_DEADLINE_TX6] = {.what = "publishes Tx6, when OA is unspent",
                           .who = PROM_ACTOR_ANYBODY,
                           .from = PROM_MILESTONE_TXA,
                           .earliest = {.t4 = 1, .more = -1},
                           .open = true},
    [PROM_DEADLINE_KEEP] = {.what = "keeps all branches and packages, against a reorganisation",
                            .who = PROM_ACTOR_ANYBODY,
                            .from = PROM_MILESTONE_CLOSING,
                            .latest = {.more = 99}},
};

const prom_deadline *prom_deadline_of(prom_deadline_id id)
{
    return &deadlines[id];
}

int64_t prom_blocks_count(const prom_blocks *blocks, const prom_parameters *P, const prom_chain_parameters *network)
{
    const int64_t echo = (int64_t)network->echo_round * ((int64_t)P->n - prom_parameters_quorum(P) + 1);
    return (int64_t)blocks->t1 * P->t1 + (int64_t)blocks->t2 * P->t2 + (int64_t)blocks->t3 * P->t3 +
           (int64_t)blocks->t4 * P->t4 + (int64_t)blocks->s * network->safety_margin +
           (int64_t)blocks->vt * network->verification + (int64_t)blocks->p * network->vote_step + blocks->echo * echo +
           (int64_t)blocks->lead * network->sampling_lead + (int64_t)blocks->notice * network->notice_lead +
           blocks->more;
}

int64_t prom_deadline_echo_end(uint32_t round, const prom_chain_parameters *network, uint32_t milestone_height)
{
    return (int64_t)milestone_height + network->safety_margin + (int64_t)network->echo_round * round;
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
    case PROM_MILESTONE_SETUP:
        return "setup deadline";
    case PROM_MILESTONE_TX0:
        return "Tx0";
    case PROM_MILESTONE_X:
        return "block X";
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
