/* Signed contracts to begin from: keys, terms, tree and signatures of one parameter set, made once and shared by all
 * runs of it, which only read them. */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include "prometheus/channel/channel.h"
#include "prometheus/contract/signing.h"

enum {
    PLACE_C = PROM_PARTY_C,
    PLACE_W = PROM_PARTY_W,
    PLACE_V = PROM_PARTY_V,
    PLACE_A = PROM_PARTIES, /* the first of the arbiters */
};

/* A parameter set. */
typedef struct sim_set {
    const char *name;
    bool open; /* a public network's margins; else regtest's */
    uint8_t n;
    uint16_t mu;
    uint16_t varsigma;
    uint32_t slack;      /* blocks that every bound of section 2 is kept by, beyond what it needs */
    uint32_t late_start; /* that t1 has more, for the two rounds of a delivery */
} sim_set;

extern const sim_set prom_sim_sets[];
extern const size_t prom_sim_set_count;

/* Terms that are not made from a set alone. */
typedef struct sim_terms {
    prom_parameters P; /* without F */
    uint64_t c;        /* sat */
    uint64_t retainer; /* sat */
    uint64_t spare;    /* sat that a party's coin holds beyond its deposit */
    uint32_t feerate;  /* sat/vB */
} sim_terms;

typedef struct sim_keys {
    prom_key words;
    prom_key joint;
    prom_key seal;
    prom_key coin; /* of the party's coin, or of the arbiter's offer */
    prom_key host;
    prom_key payout;
} sim_keys;

typedef struct sim_world {
    const sim_set *set;
    const sim_terms *as; /* NULL: as the set has it */
    prom_arena arena;
    prom_curve *curve;
    const prom_chain_parameters *network;
    sim_keys keys[PROM_PLACES_MAX];
    size_t places;
    prom_channel_secrets secrets; /* W's */
    prom_terms terms;
    prom_tree *tree;
    prom_signing *signing; /* complete; whoever holds it signs nothing with it */
    prom_span base_bytes;
    prom_span terms_bytes;
    prom_span signatures;
    prom_span tx0_bytes;
    prom_span recovery;
    prom_tx *tx0;
    prom_tx *coins[PROM_PLACES_MAX]; /* not on any chain: only what they are to hold */
    uint32_t tip;                    /* at which the signatures of Tx0 were given */
} sim_world;

/* Returns the contract of a set, made when it is asked for first. */
const sim_world *prom_sim_world(size_t set);
void prom_sim_worlds_free(void);
/* Makes one, with these terms or NULL, and frees it. */
sim_world *prom_sim_world_new(const sim_set *set, const sim_terms *as);
void prom_sim_world_free(sim_world *world);

/* Ends the program when something that cannot fail has failed: a fault of the simulator. */
void prom_sim_need(prom_result result, const prom_error *error, const char *what);
#define NEED(expression, error) prom_sim_need((expression), (error), #expression)

/* Has malloc keep what is freed: each run would get its memory from the system again, page by page. */
void prom_sim_keep_memory(void);

/* SHA-256 of a name and a number. */
prom_bytes32 prom_sim_named(const char *name, uint64_t number);
prom_bytes32 prom_sim_block_hash(const sim_world *world, uint32_t height, uint64_t branch);

prom_role prom_sim_role(size_t place);

#endif
