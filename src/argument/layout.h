/* What prover and verifier of a run both derive from the program and the number of items: which polynomials are
 * committed, what is looked up in which table, and where among the leaves of the one sum of fractions it stands; and
 * what it costs to verify that.
 *
 * Each lookup and each table is a block of leaves, one for each place or row. Larger blocks stand before smaller ones,
 * so that each begins at a multiple of its size; of one size lookups stand before tables, each in the order of their
 * numbers. Three lookups of 8, 2 and 8 leaves and two tables of 4 and 8 rows lie so:
 *
 *   leaf  0               8               16              24      28  30  32
 *         |   lookup 0    |   lookup 2    |    table 1    |table 0|l.1|0/1|
 *                                                                     |   |
 *                                                           leaves_used   2^leaf_variables
 */
#ifndef ARGUMENT_LAYOUT_H
#define ARGUMENT_LAYOUT_H

#include "prometheus/argument/proof.h"
#include "prometheus/field/element.h"
#include "prometheus/program/program.h"

enum {
    ARGUMENT_LIMB_BITS = 16,     /* the most of a number that one lookup checks */
    ARGUMENT_LIMBS_MAX = 2,      /* of one number of at most 30 bits */
    ARGUMENT_PLACES_MAX = 16,    /* under the window of a max pool */
    ARGUMENT_QUOTIENT_BITS = 22, /* of the largest activation table */
    ARGUMENT_NUMBER_BITS = 30,   /* |what a rescale divides| < 2^30 */
    ARGUMENT_VARIABLES_MAX = 32,
};

#define ARGUMENT_NONE SIZE_MAX

/* Where the values of one program value come from. */
typedef enum argument_role {
    ARGUMENT_INPUT,     /* public */
    ARGUMENT_COMMITTED, /* a column */
    ARGUMENT_OUTPUT,    /* made by the last layer: public */
    ARGUMENT_MOVED,     /* values of others, in other places */
} argument_role;

/* The multilinear polynomial of a value: each axis is padded with zeros to a power of two, the batch is one axis more,
 * before the others. */
typedef struct argument_value {
    argument_role role;
    size_t column; /* of ARGUMENT_COMMITTED */
    size_t rank;
    size_t bits[PROM_RANK_MAX]; /* variables of each axis of an item */
    size_t variables;           /* of an item */
} argument_value;

/* A number below 2^bits in limbs, the lowest first, each a column and a lookup in a table of its range. */
typedef struct argument_limbs {
    size_t count;
    size_t bits[ARGUMENT_LIMBS_MAX];
    size_t columns[ARGUMENT_LIMBS_MAX]; /* ARGUMENT_NONE where the number is not committed */
    size_t lookups[ARGUMENT_LIMBS_MAX];
} argument_limbs;

typedef struct argument_table {
    bool activation;  /* rows (q, clamped q) for q from -2^(bits-1); else rows 0 to 2^bits - 1 */
    size_t bits;      /* rows: 2^bits */
    prom_range range; /* that an activation is clamped to */
    size_t column;    /* how often each row is looked up */
    size_t start;     /* first leaf */
} argument_table;

typedef struct argument_lookup {
    size_t table;
    size_t variables; /* leaves: 2^variables, the batch included */
    size_t start;     /* first leaf */
} argument_lookup;

/* A layer that rescales, or a max pool. */
typedef struct argument_layer {
    uint32_t value;   /* of the program, that it makes */
    size_t variables; /* of the value, the batch included */
    size_t remainder_bits;
    argument_limbs remainder; /* of a rescale: what is left of the division by 2^shift */
    size_t activation;        /* lookup */
    bool split;               /* a product in two parts (prom_rescale); then also: */
    argument_limbs high;      /* the sum's part above 2^split, plus 2^(30 - split) */
    argument_limbs carry;     /* of the low part's product */
    size_t rest;              /* lookups of the sum's low part, */
    size_t low;               /* and of the low part of its product */
    size_t places;            /* of a max pool: under its window */
    size_t first_place;       /* lookup of the first; the others follow */
} argument_layer;

typedef struct prom_argument {
    const prom_program *program;
    size_t items;
    size_t batch_bits;
    argument_value *values; /* [layer_count + 1] */
    size_t layer_count;
    argument_layer *layers;
    size_t column_count;
    size_t *columns; /* variables of each */
    size_t table_count;
    argument_table *tables;
    size_t lookup_count;
    argument_lookup *lookups;
    size_t leaf_variables;
    size_t leaves_used;
} prom_argument;

/* Lays out the argument, whatever it costs: prom_argument_new is what everybody else calls. PROM_CATEGORY_BAD_INPUT, in
 * a sentence that names the layer, when the program cannot be proven for so many items. */
PROM_MUST_USE prom_result prom_argument_lay_out(prom_arena *arena, prom_argument *argument, const prom_program *program,
                                                size_t items, prom_error *error);

/* Which values a functional of what `value` is made of has coefficients for: reads[v] for each value v below `value`,
 * never one that is moved. */
void prom_argument_reads(const prom_argument *argument, bool *reads, uint32_t value);

/* Its two steps: marks what the layer of `value` reads and nothing else; and marks what a moved value is made of in the
 * place of itself, which is to be done from the last one down. */
void prom_argument_begin_reads(const prom_argument *argument, bool *reads, uint32_t value);
void prom_argument_pass_reads(const prom_argument *argument, bool *reads, uint32_t value);

/* The most bytes of a proof; the arena is for what is needed meanwhile. */
PROM_MUST_USE prom_result prom_argument_bytes_max(prom_arena *arena, uint64_t *bytes, const prom_argument *argument,
                                                  prom_error *error);

/* No honest proof is larger, so that nothing else of a larger one needs to be looked at: PROM_CATEGORY_PEER. */
PROM_MUST_USE prom_result prom_argument_check_size(prom_arena *arena, const prom_argument *argument, prom_span proof,
                                                   prom_error *error);

/* Bits that a number below `size` needs: the variables of an axis. */
size_t prom_argument_bits(size_t size);

/* From row-major places of an item to places in its padded polynomial; `places` has room for the value's count. */
void prom_argument_padded_places(uint32_t *places, const argument_value *value, const prom_shape *shape);

/* -- What it costs to verify a proof of the run (cost.c): known before anything is done -- */

/* Lays out the argument of a run, unless a verifier would need more than PROM_VERIFYING_MEMORY_BASE + _FACTOR bytes, or
 * more than PROM_VERIFYING_STEPS_BASE + _FACTOR steps, for each byte of program, inputs and outputs.
 * PROM_CATEGORY_BAD_INPUT then, and as of prom_argument_lay_out. */
PROM_MUST_USE prom_result prom_argument_new(prom_arena *arena, prom_argument *argument, const prom_program *program,
                                            size_t items, prom_error *error);

/* The arena is for what is needed meanwhile. */
PROM_MUST_USE prom_result prom_argument_cost(prom_arena *arena, prom_verifying_cost *cost,
                                             const prom_argument *argument, prom_error *error);

#endif
