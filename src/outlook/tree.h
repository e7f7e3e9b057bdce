/* A tree, shown transaction by transaction. */
#ifndef OUTLOOK_TREE_H
#define OUTLOOK_TREE_H

#include <jansson.h>

#include "prometheus/contract/tree.h"

#define PROM_CONTRACT_ROLE 24
/* What an output is for: "O0", "C" (a payout), "change of C", "P" (the mark of P), "anchor". */
typedef struct prom_contract_role {
    char name[PROM_CONTRACT_ROLE];
    char payment[80];       /* descriptor of a payment to a key, or empty */
    const char *descriptor; /* of the tree's own outputs; NULL for others */
} prom_contract_role;

/* Of a closing transaction: F and the anchor besides. */
#define PROM_CONTRACT_ROLES (PROM_PARTIES + PROM_ARBITERS_MAX + 2)

/* Finds the roles of the outputs of `tx`, one for each. */
PROM_MUST_USE prom_result prom_contract_roles(prom_contract_role roles[PROM_CONTRACT_ROLES], const prom_terms *terms,
                                              const prom_tree *tree, const prom_tree_tx *tx, prom_error *error);

/* Prints the tree, a transaction a line. */
void prom_contract_tree_print(const prom_tree *tree);
/* Writes the tree as JSON, which the caller owns, to `answer`. */
PROM_MUST_USE prom_result prom_contract_tree_json(json_t **answer, prom_arena *arena, const prom_terms *terms,
                                                  const prom_tree *tree, prom_error *error);

#endif
