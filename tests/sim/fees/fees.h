/* What contracts cost in fees: the step functions of all parties, the broadcast of src/chain, and the fee policy, on a
 * market for blocks. Beside the stories there are attackers on their fees. */
#ifndef SIM_FEES_H
#define SIM_FEES_H

#include "chain/broadcast.h"
#include "market.h"
#include "sim.h"

/* A P of the design, or the demo's. */
typedef struct fees_scale {
    const char *name;
    sim_set set;
    sim_terms terms; /* the feerate is the climate's */
} fees_scale;

extern const size_t prom_fees_scale_count;
fees_scale prom_fees_scale(size_t number);

typedef enum fees_moment {
    FEES_NEVER,
    FEES_LOCKED,    /* Tx0 is in a block */
    FEES_DELIVERED, /* V has decided on what it was given */
    FEES_ACCUSED,   /* TxV0 is in a block */
} fees_moment;

/* One of src/demo/story.c. */
typedef struct fees_story {
    const char *name;
    unsigned scheme;
    uint32_t liars; /* places whose channel computes or checks garbage */
    fees_moment kill_at;
    uint32_t kill;
    bool own_verifier; /* C and V are one */
    bool reorganise;
} fees_story;

extern const fees_story prom_fees_stories[];
extern const size_t prom_fees_story_count;

/* How the attacker gets a transaction out of the next block. */
typedef enum fees_attack_kind {
    FEES_NO_ATTACK,
    FEES_PIN,   /* a child of 1000 vB on the anchor, before the victim's, at a quarter of the climate's feerate */
    FEES_DEAR,  /* the same at seven eighths: hardly less than what is mined */
    FEES_CYCLE, /* the victim's child replaced by one on the same anchor, and that by a spend of its other coin */
    FEES_LAST,  /* the same, and in the end, too, before it brings what it wants: it need not outbid the child then */
    FEES_PARK,  /* a conflicting branch with a child of 1000 vB, before the victim's */
    FEES_ATTACKS,
} fees_attack_kind;

typedef struct fees_attack {
    fees_attack_kind kind;
    prom_branch_id target;
    prom_branch_id instead; /* that the attacker wants mined, once it may be */
    prom_branch_id parked;  /* FEES_PARK */
    prom_branch_id before;  /* an earlier one of the victim's, whose child is to cost it its coin, */
    uint32_t drains;        /* so that it is cycled for so many blocks; 0: it is left alone */
    size_t attacker;        /* place, which publishes nothing else against its interest */
    size_t victim;
    uint32_t eighths; /* of the climate's feerate, that it pays for `instead` at least */
} fees_attack;

typedef struct fees_plan {
    const fees_scale *scale;
    const fees_story *story;
    market_climate climate;
    uint64_t coin;   /* sat that a reserved coin is worth; 0: what prom_fee_coin_of asks of each party */
    uint32_t looks;  /* that a node takes at its mempool from block to block */
    int64_t changes; /* tip at which the climate begins to change; 0: when the first branch is wanted */
    fees_attack attack;
    uint64_t seed;
    const sim_world *world;
} fees_plan;

typedef struct fees_result {
    bool broken; /* the simulator failed: `failure` */
    char failure[320];
    unsigned scheme;                  /* by which it ended */
    uint64_t payers[PROM_PLACES_MAX]; /* sat in fees, base fees of branches with C */
    uint64_t total;
    uint64_t largest;               /* a child's fee that was paid */
    uint64_t largest_risk;          /* what was at risk then */
    uint64_t lost[PROM_PLACES_MAX]; /* sat less than the story's own end pays, by places that kept the rules */
    int64_t first_wanted;           /* tip at which the first branch was wanted */
    int64_t target_wanted;          /* and the attacked one */
    uint32_t blocks;                /* from Tx0's to the settlement's */
    uint32_t Tx0_waited;            /* blocks that Tx0 waited */
    uint64_t attacker_paid;         /* sat in fees that were mined */
    uint32_t attacked;              /* blocks in which it did */
    uint64_t at_risk;               /* of the victim, by the target */
    uint64_t victim_paid;           /* sat in fees of children */
} fees_result;

enum { FEES_SINCE_MAX = 64 };

typedef struct fees_since {
    size_t place;
    uint32_t index;
    int64_t tip;
    int64_t last; /* at which it was wanted last */
} fees_since;

/* What stands for bitcoind: the functions of chain/mempool.h and chain/chain.h that a broadcast calls are in node.c. */
struct prom_rpc {
    sim_market market;
    const fees_plan *plan;
    sim_run *run;
    fees_result *result;
    struct {
        prom_outpoint outpoint;
        uint64_t value;
    } coins[PROM_PLACES_MAX];
    size_t payer; /* whose look it is */
    uint32_t dead;
    bool killed;
    unsigned undone;                  /* reorganisations that have been */
    uint64_t at_risk;                 /* by the obligation that is looked after */
    uint64_t spare_number;            /* of the attacker's coins and transactions */
    fees_since since[FEES_SINCE_MAX]; /* since when each place wants what */
    size_t since_count;
    bool acted;         /* the attacker has, since the last block */
    int64_t drained_at; /* tip at which the earlier branch was cycled last */
    uint32_t drained;   /* blocks in which it was */
};

/* The transaction of a tree as the chain knows it, or NULL: nobody could make it whole yet. */
const sim_tx *prom_fees_seen(const prom_rpc *node, const prom_bytes32 *txid);
/* The market's entry of a transaction of the tree, known by the chain; NULL: it is not. */
market_tx *prom_fees_branch(prom_rpc *node, uint32_t index);
bool prom_fees_fits(void *context, const market_tx *tx);

prom_branch_id prom_fees_branch_id(const prom_tree *tree, uint32_t index);

/* Plays a contract. */
void prom_fees_play(fees_result *result, const fees_plan *plan, FILE *log);

/* The attacker's move, after a look of somebody. */
void prom_fees_attack(prom_rpc *node);

/* The world of a scale under a climate. */
sim_world *prom_fees_world(const fees_scale *scale, market_climate climate, sim_terms *terms);

/* A coin for fees whatever is at risk: 1000 vB at 100 sat/vB. */
#define FEES_COIN 100000U
/* What a node takes for its contracts at most, in sat for 1000 vB: what the climates ask for. */
#define FEES_HIGHEST 100000U
/* What a place's coin must hold. */
uint64_t prom_fees_coin(const sim_world *world, size_t place);

/* The tip at which a climate's change is worst for who wants a transaction mined from this tip on; not before Tx0's
 * block. */
int64_t prom_fees_worst_moment(market_climate climate, int64_t wanted, int64_t H0);

/* Write tables of so many scales; return whether anything ended as it must not. */
int prom_fees_tables(size_t first, size_t count);
/* Returns how many robberies cost less than was at risk, with coins as they must be. */
int prom_fees_budgets(size_t number, bool sample);

#endif
