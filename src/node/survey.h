/* What the chain shows of contracts P, of who stands ready for them, and of what has become of that: for an owner who
 * chooses a P, or wants to know what a node sees. All of it follows from the index; who owns what also from the offers'
 * own transactions. */
#ifndef NODE_SURVEY_H
#define NODE_SURVEY_H

#include "chain/rpc.h"
#include "market/reputation.h"
#include "node/node.h"
#include "prometheus/contract/payout.h"

/* How the contracts of a P ended, by what their transactions look like: whoever holds all keys of one can make any end
 * of it, for the fees. */
typedef struct prom_survey_endings {
    size_t schemes[PROM_SCHEMES + 1]; /* by number; [0]: deposits that were spent in no way that the tree has */
    size_t open;                      /* deposits are not spent; those accused and appealed counted in */
    size_t accused;                   /* of these: behind TxV0, the verdict r = 0 */
    size_t appealed;                  /* and behind TxA */
    prom_amount locked;               /* in the open ones */
    prom_amount deposits;             /* of all, with what was set aside for fees */
    prom_amount paid;                 /* rewards of those that ended by #3 */
} prom_survey_endings;

/* Of one P, at the tip. */
typedef struct prom_survey_sum {
    prom_bytes32 txid;
    uint32_t height; /* of its block */
    prom_parameters P;
    size_t counted;         /* offers that would count in a draw whose snapshot is the tip; each key once */
    size_t waiting;         /* offers that nobody has spent, and that do not count: too young, of another value, or of a
                               key that was there before */
    size_t engaged;         /* seats that were taken: offers that went into a contract */
    size_t withdrawn;       /* offers that were taken back */
    prom_amount locked;     /* in offers that nobody has spent */
    size_t contracts;       /* transactions marked as its Tx0, whose seats are its offers */
    uint32_t last_contract; /* height of the last one; 0: none */
    prom_survey_endings endings;
} prom_survey_sum;

/* Lists every P, in the order of the chain, the first `max` of them; `cut` says that there are more. What they are
 * summed up by does not know the keys of offers: one of them may count twice there. Fails when the machine does. */
PROM_MUST_USE prom_result prom_survey_list(const prom_index *index, prom_arena *arena, size_t max,
                                           prom_survey_sum **list, size_t *count, bool *cut, prom_error *error);

/* An offer of a P. */
typedef struct prom_survey_offer {
    prom_bytes32 txid; /* its output 0 */
    prom_bytes32 key;
    uint32_t height; /* of its block */
    uint32_t age;    /* confirmations: 1 in the tip */
    prom_amount value;
    prom_offer_fate fate;
    uint32_t spent_height; /* 0: it is not */
    prom_bytes32 spent_by;
    const char
        *contract; /* of one that is engaged: how that contract ended, "#1" to "#7", "other" or "open"; else NULL */
    bool counts;   /* at the tip */
    size_t owner;  /* offers with one number may be one owner's (prom_survey_owners); their own number before */
} prom_survey_offer;

/* Returns the fate in one word: "unspent", "engaged", "withdrawn". */
const char *prom_offer_fate_name(prom_offer_fate fate);

/* What it would take to have k of the n seats of a draw more often than not, by offers beside those that count. */
typedef struct prom_survey_seats {
    size_t offers;
    prom_amount stake; /* locked for them; invalid where it is more than there is */
} prom_survey_seats;

typedef struct prom_survey {
    prom_survey_sum sum;
    uint32_t tip;
    uint32_t youngest; /* age of those that count; 0: there is none */
    uint32_t oldest;
    bool pool_suits;          /* prom_pool_check */
    prom_survey_seats quorum; /* for the k of P, that decide */
    prom_survey_offer *offers;
    size_t offer_count;
    bool cut; /* there are more than were asked for */
    /* By prom_survey_owners; zero before. */
    size_t owners;         /* of offers that count, as far as the chain shows */
    size_t largest;        /* so many that count may be one owner's */
    double largest_quorum; /* the chance that this one has k seats in a draw */
} prom_survey;

/* Looks at one P, with its first `max` offers in the order of the chain. PROM_CATEGORY_BAD_INPUT when the index has no
 * such P. */
PROM_MUST_USE prom_result prom_survey_look_at(const prom_index *index, prom_arena *arena, prom_survey *survey,
                                              const prom_bytes32 *p_txid, size_t max, prom_error *error);

/* Finds a transaction in the block at that height; NULL where it is not there. It lives until the next one is looked
 * for, or the arena ends. */
typedef prom_result (*prom_survey_find)(void *context, prom_arena *arena, const prom_tx **tx, uint32_t height,
                                        const prom_bytes32 *txid, prom_error *error);

/* Sorts the survey's offers by who may own them: two that are paid out of one transaction, or of which one is paid out
 * of the other's, have one number. That proves nothing, either way: an exchange pays many out of one transaction, and
 * who wants to be taken for several pays out of several. Fails as `find` does. */
PROM_MUST_USE prom_result prom_survey_owners(prom_survey *survey, prom_arena *arena, prom_survey_find find,
                                             void *context, prom_error *error);

/* A finder that asks bitcoind for blocks, one after the other. */
typedef struct prom_survey_chain {
    prom_rpc *rpc;
    prom_arena block; /* the last one's */
    uint32_t height;  /* 0: none yet */
    prom_index_block read;
} prom_survey_chain;
PROM_MUST_USE prom_result prom_survey_find_in_chain(void *context, prom_arena *arena, const prom_tx **tx,
                                                    uint32_t height, const prom_bytes32 *txid, prom_error *error);
void prom_survey_chain_end(prom_survey_chain *chain);

/* Returns the index of a node, up to its best tip; it lacks old records while the node is not ready. */
const prom_index *prom_node_index(const prom_node *node);

/* Returns what the chain shows of a node, by the announcements that are known here. */
prom_chain_record prom_node_chain_record(const prom_node *node, const prom_bytes32 *key);
/* Returns the announcement of that offer which is known here, or NULL. */
const prom_announcement *prom_node_announcement_of(const prom_node *node, const prom_bytes32 *offer);

/* What prom_node_survey_owners may take. */
#define PROM_SURVEY_OWNERS_MS 5000

/* As prom_survey_owners, with the node's bitcoind, while the node does nothing else: PROM_CATEGORY_IO, saying so, when
 * that took longer than PROM_SURVEY_OWNERS_MS, or bitcoind refuses. */
PROM_MUST_USE prom_result prom_node_survey_owners(const prom_node *node, prom_arena *arena, prom_survey *survey,
                                                  prom_error *error);

#endif
