/* The sources themselves over the field of 5 elements, with challenges that the test chooses from that field: small
 * enough to try every message of a cheating prover with every challenge. */
#ifndef PROMETHEUS_TEST_TINY_H
#define PROMETHEUS_TEST_TINY_H

#define PROM_FIELD_PRIME UINT32_C(5)
#define PROM_FIELD_GENERATOR 2
#define PROM_FIELD_TWO_ADICITY 2

#define prom_element_power tiny_element_power
#define prom_element_inverse tiny_element_inverse
#define prom_element_root tiny_element_root
#define prom_element_invert_all tiny_element_invert_all
#define prom_extension_equal tiny_extension_equal
#define prom_extension_is_zero tiny_extension_is_zero
#define prom_extension_add tiny_extension_add
#define prom_extension_subtract tiny_extension_subtract
#define prom_extension_multiply tiny_extension_multiply
#define prom_extension_scale tiny_extension_scale
#define prom_extension_power tiny_extension_power
#define prom_extension_inverse tiny_extension_inverse
#define prom_extension_invert_all tiny_extension_invert_all
#define prom_extension_shift tiny_extension_shift
#define prom_field_portable tiny_portable
#define prom_field_kernels_for tiny_kernels_for
#define prom_planes_new tiny_planes_new
#define prom_equality_table tiny_equality_table
#define prom_equality tiny_equality
#define prom_equality_tables_new tiny_equality_tables_new
#define prom_equality_tables_set tiny_equality_tables_set
#define prom_equality_tables_drop tiny_equality_tables_drop
#define prom_multilinear_evaluate tiny_multilinear_evaluate
#define prom_multilinear_evaluate_extensions tiny_multilinear_evaluate_extensions
#define prom_fold_range tiny_fold_range
#define prom_line_at tiny_line_at
#define prom_quadratic_at tiny_quadratic_at
#define prom_read_element tiny_read_element
#define prom_read_extension tiny_read_extension
#define prom_write_element tiny_write_element
#define prom_write_extension tiny_write_extension
#define prom_prover_send tiny_send
#define prom_verifier_receive tiny_receive
#define prom_transcript_absorb_numbers tiny_transcript_absorb_numbers
#define prom_transcript_absorb_extensions tiny_transcript_absorb_extensions
#define prom_transcript_extension tiny_transcript_extension

#include "field/element.c"
#include "field/extension.c"
#undef DEGREE
#define DEGREE KERNEL_DEGREE
#include "field/portable.c"
#undef DEGREE
#define plus_product multilinear_plus_product
#include "field/kernels.c"
#include "proof/encoding.c"
#include "proof/message.c"
#include "proof/multilinear.c"
#undef plus_product
#include "proof/argument.h"

enum { TINY = 5, CHALLENGES_MAX = 16 };

/* The challenges to come, as numbers below TINY. */
static uint32_t challenges[CHALLENGES_MAX];
static size_t challenges_drawn;

void prom_transcript_absorb_numbers(prom_transcript *transcript, const char *label, const uint64_t *numbers,
                                    size_t count)
{
    (void)transcript;
    (void)label;
    (void)numbers;
    (void)count;
}

void prom_transcript_absorb_extensions(prom_transcript *transcript, const char *label, const prom_extension *elements,
                                       size_t count)
{
    (void)transcript;
    (void)label;
    (void)elements;
    (void)count;
}

prom_extension prom_transcript_extension(prom_transcript *transcript, const char *label)
{
    (void)transcript;
    (void)label;
    assert_true(challenges_drawn < CHALLENGES_MAX);
    return prom_extension_of(prom_element_of(challenges[challenges_drawn++]));
}

/* The digits of a number in base TINY. */
static inline void digits_of(uint32_t *digits, size_t number, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        digits[i] = (uint32_t)(number % TINY);
        number /= TINY;
    }
}

static inline size_t tiny_power(size_t exponent)
{
    size_t power = 1;
    for (size_t i = 0; i < exponent; i++) {
        power *= TINY;
    }
    return power;
}

/* A proof of numbers below TINY, each as an element of the extension. */
static inline void write_tiny_proof(uint8_t *proof, size_t number, size_t count)
{
    uint32_t digits[CHALLENGES_MAX];
    digits_of(digits, number, count);
    for (size_t i = 0; i < count; i++) {
        proof[i * PROM_EXTENSION_BYTES + 3] = (uint8_t)digits[i];
    }
}

#endif
