/* What the prover says of the polynomials at the leaf that the sum of fractions leads to, and what follows from it; and
 * the list of claims that the commitment's opening proves in the end. */
#ifndef ARGUMENT_CLAIMS_H
#define ARGUMENT_CLAIMS_H

#include "argument/layout.h"
#include "prometheus/proof/commitment.h"

/* Of one layer, all at the point of the layer's lookups. */
typedef struct layer_claims {
    prom_extension value;                            /* y */
    prom_extension remainder[ARGUMENT_LIMBS_MAX];    /* limbs */
    prom_extension high[ARGUMENT_LIMBS_MAX];         /* limbs; with a split only, and so the next */
    prom_extension carry[ARGUMENT_LIMBS_MAX];        /* limbs */
    prom_extension sum;                              /* the layer's sum */
    prom_extension product_high;                     /* multiplier * the sum's high part */
    prom_extension product;                          /* multiplier * sum */
    prom_extension differences[ARGUMENT_PLACES_MAX]; /* of a max pool: y less what lies at each place */
} layer_claims;

/* Where one of them is kept, and the column that it is of, or ARGUMENT_NONE. */
typedef struct claim_slot {
    prom_extension *value;
    size_t column;
    size_t layer; /* of the argument; ARGUMENT_NONE for a table's multiplicities */
    size_t table;
} claim_slot;

/* All that is sent, in the order in which it is sent. `layers` has the argument's count, `multiplicities` one for each
 * table. The output's own value is not among them: everybody knows it. */
PROM_MUST_USE prom_result prom_argument_claim_slots(prom_arena *arena, claim_slot **slots, size_t *count,
                                                    const prom_argument *argument, layer_claims *layers,
                                                    prom_extension *multiplicities, prom_error *error);

/* eq(point, index), the first coordinate for the highest of `bits` bits. */
prom_extension prom_argument_equal(const prom_extension *point, size_t bits, size_t index);
/* The sum of eq(point, x) over x below `end`, which is at most 2^bits. */
prom_extension prom_argument_equal_below(const prom_extension *point, size_t bits, size_t end);

/* The number of which these are the limbs: sum of 2^offset * limb. */
prom_extension prom_argument_number(const argument_limbs *limbs, const prom_extension *values);

/* What follows from a layer's claims for its lookups. */
typedef struct looked_up {
    prom_extension quotient;
    prom_extension rest; /* with a split */
    prom_extension low;  /* with a split */
} looked_up;
looked_up prom_argument_looked_up(const argument_layer *layer, const prom_layer *from, const layer_claims *claims);

/* The values of a table's two columns at a point of as many coordinates as it has bits. */
void prom_argument_table_at(prom_extension *first, prom_extension *second, const argument_table *table,
                            const prom_extension *point);

/* alpha - first - beta * second - beta^2 * (table + 1): the denominator of a row. */
typedef struct lookup_challenges {
    prom_extension alpha;
    prom_extension beta;
} lookup_challenges;
prom_extension prom_argument_denominator(const lookup_challenges *challenges, size_t table, const prom_extension *first,
                                         const prom_extension *second);

/* Claims that columns have values at points, for the opening. */
typedef struct claim_list {
    prom_arena *arena;
    prom_claim *claims;
    size_t count;
    size_t room;
} claim_list;
PROM_MUST_USE prom_result prom_argument_add_claim(claim_list *list, size_t column, const prom_extension *point,
                                                  const prom_extension *value, prom_error *error);

#endif
