/* The statements of a running contract as a set, and the rules over it: which receipts count, who may give which
 * receipt when, what the answers to V's final question show. All are functions of what is given; nothing is asked.
 *
 * Every statement was checked (prom_attestation_check) before it is added. Of what one signer says in one round at most
 * two different statements are kept: two show all that three could. */
#ifndef PROMETHEUS_CONTRACT_EVIDENCE_H
#define PROMETHEUS_CONTRACT_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "prometheus/base/declarations.h"
#include "prometheus/contract/attestation.h"
#include "prometheus/contract/package.h"
#include "prometheus/contract/terms.h"

PROM_DECLARATIONS_BEGIN

/* W's packages and notices; each arbiter's receipts and answers. */
#define PROM_EVIDENCE_MAX (2 * 2 + 2 + PROM_ARBITERS_MAX * (2 * PROM_ROUNDS + 2))

/* All zeros: none. What is in the list is never changed, so that a copy of this structure stays what it was while one
 * of the two alone is added to. */
typedef struct prom_evidence {
    size_t count;
    size_t room;            /* of the list, which grows */
    prom_attestation *list; /* in the order in which they came */
} prom_evidence;

/* Adds a signed package, a notice, a receipt or an answer; a longer list is made in the arena. `added` says whether it
 * is new and was kept, and so is to be passed on; false also for statements of other kinds, which are no evidence. */
PROM_MUST_USE prom_result prom_evidence_add(prom_arena *arena, prom_evidence *evidence,
                                            const prom_attestation *statement, bool *added, prom_error *error);
/* Makes an empty list with room for so many. */
PROM_MUST_USE prom_result prom_evidence_new(prom_arena *arena, prom_evidence *evidence, size_t room, prom_error *error);

/* A running contract, as the rules see it. */
typedef struct prom_case {
    const prom_terms *terms; /* accepted by prom_terms_check */
    uint32_t H0;             /* height of the block that holds Tx0 */
    const prom_evidence *evidence;
} prom_case;

/* Returns whether the contract is delivered in two rounds, between which a block draws the sample: varsigma below 1. */
bool prom_case_samples(const prom_case *known);

/* Returns W's signed package of a round, or its notice; NULL when there is none, and when there are two. */
const prom_attestation *prom_case_package(const prom_case *known, prom_round round);
const prom_attestation *prom_case_notice(const prom_case *known);
/* Returns whether W has signed two different packages of one round, or two different notices. */
bool prom_case_two_packages(const prom_case *known);
bool prom_case_two_notices(const prom_case *known);

/* Returns whether the notice names a block that the arbiters can still receipt: X <= H0 + t1 - s. */
bool prom_case_notice_in_time(const prom_case *known, const prom_block_notice *notice);

/* Returns whether the receipts of an arbiter are void, all of them: it has given two different answers, or one that
 * does not list a receipt that it gave. */
bool prom_case_voided(const prom_case *known, size_t arbiter);

/* Finds the receipt of an arbiter for a round that counts: the only one, not void, dated in time (packages: at H0 + t1
 * at the latest; the notice: notice_lead blocks before X at the latest, X in time). Returns false, and `receipt`
 * zeroed, when none does. The date of a receipt whose notice is not known is taken as in time. */
bool prom_case_receipt(const prom_case *known, prom_receipt *receipt, size_t arbiter, prom_round round);

/* Returns the arbiters whose receipt for this package or notice counts, bit i for arbiter i. */
uint32_t prom_case_receipts(const prom_case *known, prom_round round, const prom_bytes32 *hash);

/* Returns the arbiters that hold what W delivers in a round, by their receipts that count: for W's package or notice,
 * or, where that is not known to us, for the one thing that most of them have receipts for. None when W signed two. */
uint32_t prom_case_holders(const prom_case *known, prom_round round);

/* Returns the arbiters that have answered V's final question, at a tip of H0 + t1 + 1 or above, or by two different
 * answers; and those of them of whom no receipt for the round counts, for whatever package or notice. */
uint32_t prom_case_answers(const prom_case *known);
uint32_t prom_case_denials(const prom_case *known, prom_round round);

/* Returns the arbiters that W can still show a counting receipt of for its one notice: those of whom one is known, and
 * those who have not answered and of whom no receipt for a notice is known. */
uint32_t prom_case_notice_witnesses(const prom_case *known);

/* -- What may be said -- */

typedef enum prom_permission {
    PROM_PERMITTED,
    PROM_NOT_YET, /* what is missing may come */
    PROM_NEVER,   /* in this contract no more */
} prom_permission;

/* What an arbiter knows when it is asked for a receipt or an answer. Its own statements are in the evidence. */
typedef struct prom_arbiter_view {
    size_t arbiter;             /* index among the arbiters */
    uint32_t tip;               /* own: the greatest height ever seen of a best chain's tip */
    bool in_step;               /* with the chain: asked for a receipt alone, whose date it makes true */
    bool holds_job;             /* program and input, hash-checked */
    const prom_bytes32 *holds;  /* H(package) of the package that it holds: round B's for round B, else round A's; NULL:
                                 * none */
    const prom_bytes32 *block;  /* round B: the hash that package B names for block X */
    const prom_bytes32 *best_x; /* round B: the hash of the block at height X in our best chain; NULL: it has none */
} prom_arbiter_view;

/* Returns whether the arbiter may give its receipt of this round; `error` says why not. Having given one it may never
 * give another: who asks again gets the same bytes. */
prom_permission prom_may_receipt(const prom_case *known, prom_round round, const prom_arbiter_view *view,
                                 prom_error *error);
/* Makes the receipt that is permitted, dated at the own tip and not yet signed. */
prom_attestation prom_receipt_make(const prom_case *known, const prom_bytes32 *contract_id, prom_round round,
                                   const prom_arbiter_view *view);

/* Returns whether the arbiter may answer the final question, whoever asks: from its own tip H0 + t1 + 1 on,
 * however old that is, once. */
prom_permission prom_may_answer(const prom_case *known, const prom_arbiter_view *view, prom_error *error);
/* Makes the answer that is permitted, not yet signed: it lists every receipt of the arbiter that is in the evidence. */
prom_attestation prom_answer_make(const prom_case *known, const prom_bytes32 *contract_id,
                                  const prom_arbiter_view *view);

/* Returns whether W, at its own tip `tip`, may sign its notice for block X = `height`: k receipts of its package A
 * count, X is sampling_lead or more above the tip, and in time. PROM_NEVER also says that this height will not do. */
prom_permission prom_may_notice(const prom_case *known, uint32_t tip, uint32_t height, prom_error *error);
/* Returns whether W may sign a package of this round and hash: it has signed none of the round, or the same. */
prom_permission prom_may_package(const prom_case *known, prom_round round, const prom_bytes32 *hash, prom_error *error);

PROM_DECLARATIONS_END

#endif
