/* What the prover and the verifier of a sum of fractions have in common. */
#ifndef PROOF_FRACTIONS_H
#define PROOF_FRACTIONS_H

#include "prometheus/proof/fractions.h"
#include "prometheus/proof/multilinear.h"

#define FRACTIONS_ROOT "fractions root"
#define FRACTIONS_ROUND "fractions round"
#define FRACTIONS_CHILDREN "fractions children"

/* What is sent of a layer's children, in this order: both numerators, both denominators. */
enum { FIRST_NUMERATOR, SECOND_NUMERATOR, FIRST_DENOMINATOR, SECOND_DENOMINATOR, CHILD_VALUES };

static inline void fractions_begin(prom_transcript *transcript, size_t variables)
{
    const uint64_t number = variables;
    prom_transcript_absorb_numbers(transcript, "fractions variables", &number, 1);
}

/* Combines a layer's numerator and denominator: numerator + challenge * denominator. */
static inline prom_extension fractions_combination(prom_transcript *transcript)
{
    return prom_transcript_extension(transcript, "fractions combination");
}

static inline prom_extension fractions_point(prom_transcript *transcript)
{
    return prom_transcript_extension(transcript, "fractions point");
}

/* h(at) for the polynomial h of a round: sent are h(1) - h(0) and the leading coefficient, and the claim is h(0) +
 * coordinate * (h(1) - h(0)). */
static inline prom_extension fractions_next_claim(const prom_extension *claim, const prom_extension *coordinate,
                                                  const prom_extension sent[2], const prom_extension *at)
{
    const prom_extension rise = prom_extension_multiply(coordinate, &sent[0]);
    const prom_extension start = prom_extension_subtract(claim, &rise);
    const prom_extension linear = prom_extension_subtract(&sent[0], &sent[1]);
    return prom_quadratic_at(&start, &linear, &sent[1], at);
}

/* The children's layer at (at, x), from the values of both children at x. */
static inline prom_fraction fractions_of_children(const prom_extension children[CHILD_VALUES], const prom_extension *at)
{
    return (prom_fraction){prom_line_at(&children[FIRST_NUMERATOR], &children[SECOND_NUMERATOR], at),
                           prom_line_at(&children[FIRST_DENOMINATOR], &children[SECOND_DENOMINATOR], at)};
}

/* numerator + combination * denominator. */
static inline prom_extension fractions_combined(const prom_fraction *fraction, const prom_extension *combination)
{
    const prom_extension scaled = prom_extension_multiply(&fraction->denominator, combination);
    return prom_extension_add(&fraction->numerator, &scaled);
}

/* Layers at the end of a tree, the leaves among them, that are not kept, but summed up from leaves when nodes of them
 * are wanted. One layer more takes half of the memory and a seventh more time: worth it where the memory is large. */
#ifndef FRACTIONS_LARGE
#define FRACTIONS_LARGE 24
#endif

static inline size_t fractions_layers_not_kept(size_t variables)
{
    return variables < FRACTIONS_LARGE ? 2 : 3;
}

/* Nodes that the memory of a tree holds: the children of one node need room for two. */
static inline size_t fractions_capacity(size_t variables, size_t not_kept)
{
    return variables + 1 > not_kept ? (size_t)1 << (variables + 1 - not_kept) : 2;
}

#endif
