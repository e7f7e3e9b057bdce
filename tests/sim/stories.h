/* What stories are told with. */
#ifndef SIM_STORIES_H
#define SIM_STORIES_H

#include "sim.h"

#define BIT(place) (UINT32_C(1) << (place))
#define ENDS(scheme) (1U << (scheme))
#define ON(feature) (UINT64_C(1) << (feature))

enum {
    C = BIT(PLACE_C),
    W = BIT(PLACE_W),
    V = BIT(PLACE_V),
    A1 = BIT(PLACE_A),
    ARBITERS = BIT(PLACE_A) | BIT(PLACE_A + 1) | BIT(PLACE_A + 2), /* all of a set with three */
    TIGHT = 0,
    SAMPLED = 2,
    FIVE = 4,
    OPEN = 7,
};

extern const sim_story prom_sim_findings[];
extern const size_t prom_sim_finding_count;
extern const sim_story prom_sim_last_moments[];
extern const size_t prom_sim_last_moment_count;

/* -- plots.c: what coalitions do in the last moments of a window -- */

typedef void sim_plot(sim_run *run);

/* Blocks since Tx0's; 0 before it. */
uint32_t prom_sim_since(const sim_run *run);

/* Of the worker's package: */

/* All arbiters have it in the seconds in which a receipt is still dated in time, and V sees the next block first. */
sim_plot prom_sim_plot_deliver_last;
/* All arbiters have it when they have answered V. */
sim_plot prom_sim_plot_deliver_late;
/* C is shown another one, which is garbage, first. */
sim_plot prom_sim_plot_second_to_client;
/* One arbiter has it in the last seconds, and another signs two receipts of it, in another order for each of the
 * others; */
sim_plot prom_sim_plot_two_receipts;
/* or leaves its receipt out of its answer to V. */
sim_plot prom_sim_plot_receipt_unlisted;
/* The notice names a block that is there already. */
sim_plot prom_sim_plot_known_block;

/* Of the arbitration: */

/* V accuses. */
sim_plot prom_sim_plot_accuse;
/* W's second package is shown to the last arbiter alone: behind D_0; */
sim_plot prom_sim_plot_late_statement;
/* with the first arbiter's echo, when the others have passed D_1, or D_2, and it has not; */
sim_plot prom_sim_plot_echo_in_round_1;
sim_plot prom_sim_plot_echo_in_round_2;
/* and the same in round 1 when another arbiter was shown a third one behind D_0. */
sim_plot prom_sim_plot_room_taken;
/* W's second package is shown as in round 1, and blocks are faster than messages. */
sim_plot prom_sim_plot_fast_round;
/* The arbiters are shown a key that is none. */
sim_plot prom_sim_plot_wrong_key;
/* The first arbiter commits when it knows how the others vote, and votes as they do. */
sim_plot prom_sim_plot_follow_votes;
/* It commits in time for the second arbiter, and too late for the third. */
sim_plot prom_sim_plot_commit_to_one;
/* It coordinates the other decision, once others have signed for theirs. */
sim_plot prom_sim_plot_decide_twice;
/* It votes before itself alone, and coordinates a decision with it. */
sim_plot prom_sim_plot_vote_unseen;

/* Of nodes that were off: */

/* V comes back when it can ask no more, and what it was sent comes when it has all blocks. */
sim_plot prom_sim_plot_verifier_returns;
/* It comes back at its last tip for a verdict. */
sim_plot prom_sim_plot_verifier_returns_last;
/* It comes back when it can ask no more, and W has signed two packages. */
sim_plot prom_sim_plot_two_packages_unasked;
/* It has asked, and is off before it is answered; what it was sent comes before it has all blocks. */
sim_plot prom_sim_plot_verifier_asks_and_returns;
/* W is off when it has appealed, and comes back when h_p is shown too late. */
sim_plot prom_sim_plot_worker_returns_appealed;
/* W is off when it may take Tx3. V accuses meanwhile, and W comes back when it can neither appeal nor take Tx3; */
sim_plot prom_sim_plot_worker_returns_accused;
/* or nobody does, and W comes back when Tx1 can be mined in the next block. */
sim_plot prom_sim_plot_worker_returns_late;

#endif
