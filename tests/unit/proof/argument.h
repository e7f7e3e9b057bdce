/* What tests of interactive proofs share: vectors of random elements, their polynomials by the definition, provers and
 * verifiers with a transcript of their own, and all kernels that the machine has. */
#ifndef PROMETHEUS_TEST_ARGUMENT_H
#define PROMETHEUS_TEST_ARGUMENT_H

#include "backwards.h"
#include "field/plain.h"
#include "prometheus/proof/message.h"
#include "prometheus/proof/multilinear.h"

/* A prover and what it has written. */
struct proving {
    prom_transcript transcript;
    prom_writer proof;
    prom_prover prover;
};

static inline void begin_proving(fixture *test, struct proving *proving, const prom_field_kernels *kernels,
                                 const prom_parallel *parallel)
{
    prom_transcript_init(&proving->transcript, "test", 1);
    proving->proof = prom_writer_in(&test->arena);
    proving->prover = (prom_prover){kernels, parallel, &test->arena, &proving->transcript, &proving->proof};
}

static inline prom_span proof_of(fixture *test, const struct proving *proving)
{
    prom_span proof;
    assert_ok(prom_writer_finish(&proving->proof, &proof, &test->error), &test->error);
    return proof;
}

/* Kernels of all instruction sets that there are: up to three. Gives their number. */
static inline size_t all_kernels(const prom_field_kernels *kernels[3])
{
    const prom_cpu cpu = prom_cpu_of_machine();
    size_t count = 0;
    kernels[count++] = &prom_field_portable;
#ifdef __x86_64__
    if (cpu.avx2) {
        kernels[count++] = &prom_field_avx2;
    }
    if (cpu.avx512) {
        kernels[count++] = &prom_field_avx512;
    }
#endif
    (void)cpu;
    return count;
}

static inline prom_planes some_planes(fixture *test, uint64_t *random, size_t count)
{
    prom_planes planes = {{NULL}};
    assert_ok(prom_planes_new(&test->arena, &planes, count, &test->error), &test->error);
    for (size_t i = 0; i < count; i++) {
        const prom_extension element = some_extension(random);
        prom_planes_set(planes, i, &element);
    }
    return planes;
}

static inline prom_planes copy_planes(fixture *test, prom_planes planes, size_t count)
{
    prom_planes copy = {{NULL}};
    assert_ok(prom_planes_new(&test->arena, &copy, count, &test->error), &test->error);
    for (size_t i = 0; i < count; i++) {
        const prom_extension element = prom_planes_get(planes, i);
        prom_planes_set(copy, i, &element);
    }
    return copy;
}

static inline prom_extension plus_product(const prom_extension *sum, const prom_extension *a, const prom_extension *b)
{
    const prom_extension product = prom_extension_multiply(a, b);
    return prom_extension_add(sum, &product);
}

static inline prom_extension weight_at(const prom_extension *point, size_t variables, size_t index)
{
    const prom_extension one = prom_extension_one();
    prom_extension weight = one;
    for (size_t i = 0; i < variables; i++) {
        const prom_extension complement = prom_extension_subtract(&one, &point[i]);
        const bool bit = (index >> (variables - 1 - i) & 1) == 1;
        weight = prom_extension_multiply(&weight, bit ? &point[i] : &complement);
    }
    return weight;
}

/* The multilinear polynomial's value, by its definition. */
static inline prom_extension value_at(prom_planes values, const prom_extension *point, size_t variables)
{
    prom_extension sum = prom_extension_zero();
    for (size_t i = 0; i < (size_t)1 << variables; i++) {
        const prom_extension weight = weight_at(point, variables, i);
        const prom_extension value = prom_planes_get(values, i);
        sum = plus_product(&sum, &weight, &value);
    }
    return sum;
}

static inline prom_extension base_value_at(const prom_element *values, const prom_extension *point, size_t variables)
{
    prom_extension sum = prom_extension_zero();
    for (size_t i = 0; i < (size_t)1 << variables; i++) {
        const prom_extension weight = weight_at(point, variables, i);
        const prom_extension scaled = prom_extension_scale(&weight, values[i]);
        sum = prom_extension_add(&sum, &scaled);
    }
    return sum;
}

/* Adds p to a number of four bytes: if it were read, it would stand for the same element. */
static inline void add_prime(uint8_t *bytes)
{
    uint64_t value = PROM_FIELD_PRIME;
    for (size_t i = 0; i < 4; i++) {
        value += (uint64_t)bytes[i] << (24 - 8 * i);
    }
    for (size_t i = 0; i < 4; i++) {
        bytes[i] = (uint8_t)(value >> (24 - 8 * i));
    }
}

#endif
