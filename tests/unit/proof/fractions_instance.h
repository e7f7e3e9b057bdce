/* Sums of fractions and their proofs, for the tests of both sides. */
#ifndef PROMETHEUS_TEST_FRACTIONS_INSTANCE_H
#define PROMETHEUS_TEST_FRACTIONS_INSTANCE_H

#include "prometheus/proof/fractions.h"
#include "proof/argument.h"
#include "proof/leaves.h"
#include "proof/threads.h"

enum { VARIABLES_MAX = 15, SMALL = 5 };

struct instance {
    size_t variables;
    prom_element *numerators;
    prom_planes denominators;
};

static inline struct instance new_instance(fixture *test, uint64_t *random, size_t variables)
{
    const size_t count = (size_t)1 << variables;
    struct instance made = {.variables = variables};
    void *memory = NULL;
    assert_ok(prom_arena_alloc(&test->arena, &memory, count, sizeof *made.numerators, &test->error), &test->error);
    made.numerators = memory;
    made.denominators = some_planes(test, random, count);
    return made;
}

/* Sums that are zero as those of lookups are: each value's denominator stands once with the number of times, negated,
 * and so many times with 1; in random order. */
static inline struct instance some_instance(fixture *test, uint64_t *random, size_t variables)
{
    const size_t count = (size_t)1 << variables;
    const struct instance made = new_instance(test, random, variables);
    const size_t values = count / 4 + 1;
    for (size_t i = values; i < count; i++) {
        const size_t looked_up = random_below(random, values);
        const prom_extension value = prom_planes_get(made.denominators, looked_up);
        made.numerators[i] = prom_element_one();
        made.numerators[looked_up] = prom_element_subtract(made.numerators[looked_up], prom_element_one());
        prom_planes_set(made.denominators, i, &value);
    }
    for (size_t i = 0; i < count; i++) {
        const size_t other = i + random_below(random, count - i);
        const prom_element numerator = made.numerators[i];
        const prom_extension a = prom_planes_get(made.denominators, i);
        const prom_extension b = prom_planes_get(made.denominators, other);
        made.numerators[i] = made.numerators[other];
        made.numerators[other] = numerator;
        prom_planes_set(made.denominators, i, &b);
        prom_planes_set(made.denominators, other, &a);
    }
    return made;
}

static inline bool are_true(const struct instance *instance, const prom_extension *point, const prom_fraction *values)
{
    const prom_extension numerator = base_value_at(instance->numerators, point, instance->variables);
    const prom_extension denominator = value_at(instance->denominators, point, instance->variables);
    return prom_extension_equal(&values->numerator, &numerator) &&
           prom_extension_equal(&values->denominator, &denominator);
}

static inline prom_result try_to_prove(fixture *test, const struct instance *instance,
                                       const prom_field_kernels *kernels, const prom_parallel *parallel,
                                       struct proving *proving, prom_extension *point, prom_fraction *values)
{
    begin_proving(test, proving, kernels, parallel);
    const prom_base_fractions fractions = {instance->numerators, instance->denominators};
    const prom_leaves leaves = leaves_of(&fractions);
    return prom_fractions_prove(&proving->prover, &leaves, instance->variables, point, values, &test->error);
}

static inline prom_span prove(fixture *test, const struct instance *instance, const prom_field_kernels *kernels,
                              const prom_parallel *parallel)
{
    struct proving proving;
    prom_extension point[VARIABLES_MAX];
    prom_fraction values;
    assert_ok(try_to_prove(test, instance, kernels, parallel, &proving, point, &values), &test->error);
    assert_true(are_true(instance, point, &values));
    return proof_of(test, &proving);
}

static inline prom_result verify(fixture *test, size_t variables, prom_span proof, prom_extension *point,
                                 prom_fraction *values, bool *is_all_read)
{
    prom_transcript transcript;
    prom_reader reader = prom_reader_of(proof);
    prom_transcript_init(&transcript, "test", 1);
    const prom_result result =
        prom_fractions_verify(&(prom_verifier){&transcript, &reader}, variables, point, values, &test->error);
    *is_all_read = prom_reader_done(&reader);
    return result;
}

/* What a caller does: reads all of the proof, and compares with the true values. */
static inline bool is_accepted(fixture *test, const struct instance *instance, prom_span proof)
{
    prom_extension point[VARIABLES_MAX];
    prom_fraction values;
    bool is_all_read = false;
    const prom_result result = verify(test, instance->variables, proof, point, &values, &is_all_read);
    assert_true(prom_is_ok(result) || result.category == PROM_CATEGORY_BAD_INPUT);
    return prom_is_ok(result) && is_all_read && are_true(instance, point, &values);
}

static inline size_t length_of(size_t variables)
{
    return (1 + variables * (variables - 1) + 4 * variables) * PROM_EXTENSION_BYTES;
}

/* A prover as docs/proof.md describes it, step by step and from the definitions. Of all elements that it sends
 * one may be changed, by adding `lie` to it; what follows is honest. It says of any sum that it is zero. */
struct plain_prover {
    prom_transcript transcript;
    prom_writer proof;
    size_t sent;
    size_t lie_at;
    prom_extension lie;
};

struct node {
    prom_extension p;
    prom_extension q;
};

static inline void say(struct plain_prover *prover, const char *label, prom_extension *elements, size_t count)
{
    for (size_t i = 0; i < count; i++, prover->sent++) {
        if (prover->sent == prover->lie_at) {
            elements[i] = prom_extension_add(&elements[i], &prover->lie);
        }
        prom_write_extension(&prover->proof, &elements[i]);
    }
    prom_transcript_absorb_extensions(&prover->transcript, label, elements, count);
}

static inline struct node sum_of(const struct node *a, const struct node *b)
{
    const prom_extension left = prom_extension_multiply(&a->p, &b->q);
    return (struct node){plus_product(&left, &b->p, &a->q), prom_extension_multiply(&a->q, &b->q)};
}

static inline struct node node_on_line(const struct node *low, const struct node *high, const prom_extension *at)
{
    return (struct node){prom_line_at(&low->p, &high->p, at), prom_line_at(&low->q, &high->q, at)};
}

/* The sum over x of eq(coordinates, x) * (p + combination * q)(at, x), for the sum p / q of the children; each child
 * has 2^(1 + count) values. */
static inline prom_extension plain_round_at(const struct node *children, size_t each, const prom_extension *coordinates,
                                            size_t count, const prom_extension *combination, uint32_t number)
{
    const prom_extension at = prom_extension_of(prom_element_of(number));
    const size_t half = (size_t)1 << count;
    prom_extension sum = prom_extension_zero();
    for (size_t i = 0; i < half; i++) {
        const struct node first = node_on_line(&children[i], &children[half + i], &at);
        const struct node second = node_on_line(&children[each + i], &children[each + half + i], &at);
        const struct node node = sum_of(&first, &second);
        const prom_extension value = plus_product(&node.p, &node.q, combination);
        const prom_extension weight = weight_at(coordinates, count, i);
        sum = plus_product(&sum, &weight, &value);
    }
    return sum;
}

/* h(1) - h(0), and (h(2) - 2 h(1) + h(0)) / 2. */
static inline void plain_round(const struct node *children, size_t each, const prom_extension *coordinates,
                               size_t count, const prom_extension *combination, prom_extension sent[2])
{
    prom_extension h[3];
    for (uint32_t number = 0; number < 3; number++) {
        h[number] = plain_round_at(children, each, coordinates, count, combination, number);
    }
    const prom_extension upper = prom_extension_subtract(&h[2], &h[1]);
    sent[0] = prom_extension_subtract(&h[1], &h[0]);
    const prom_extension twice = prom_extension_subtract(&upper, &sent[0]);
    sent[1] = prom_extension_scale(&twice, prom_element_inverse(prom_element_of(2)));
}

static inline void plain_layer(struct plain_prover *prover, struct node *children, size_t layer, prom_extension *point)
{
    const size_t each = (size_t)1 << layer;
    const prom_extension combination = prom_transcript_extension(&prover->transcript, "fractions combination");
    prom_extension next[SMALL];
    for (size_t i = 0; i < layer; i++) {
        prom_extension sent[2];
        const size_t half = each >> (i + 1);
        plain_round(children, each, point + i + 1, layer - 1 - i, &combination, sent);
        say(prover, "fractions round", sent, 2);
        next[i + 1] = prom_transcript_extension(&prover->transcript, "fractions point");
        for (size_t j = 0; j < half; j++) {
            children[j] = node_on_line(&children[j], &children[half + j], &next[i + 1]);
            children[each + j] = node_on_line(&children[each + j], &children[each + half + j], &next[i + 1]);
        }
    }
    prom_extension values[] = {children[0].p, children[each].p, children[0].q, children[each].q};
    say(prover, "fractions children", values, 4);
    next[0] = prom_transcript_extension(&prover->transcript, "fractions point");
    memcpy(point, next, (layer + 1) * sizeof *point);
}

static inline prom_span prove_plainly(fixture *test, const struct instance *instance, struct plain_prover *prover)
{
    static struct node layers[SMALL + 1][1 << SMALL];
    const uint64_t variables = instance->variables;
    prom_extension point[SMALL];
    prom_span proof;
    for (size_t i = 0; i < (size_t)1 << variables; i++) {
        layers[variables][i].p = prom_extension_of(instance->numerators[i]);
        layers[variables][i].q = prom_planes_get(instance->denominators, i);
    }
    for (size_t layer = variables; layer-- > 0;) {
        for (size_t i = 0; i < (size_t)1 << layer; i++) {
            layers[layer][i] = sum_of(&layers[layer + 1][i], &layers[layer + 1][((size_t)1 << layer) + i]);
        }
    }
    prom_extension root = layers[0][0].q;
    prom_transcript_init(&prover->transcript, "test", 1);
    prover->proof = prom_writer_in(&test->arena);
    prover->sent = 0;
    prom_transcript_absorb_numbers(&prover->transcript, "fractions variables", &variables, 1);
    say(prover, "fractions root", &root, 1);
    for (size_t layer = 0; layer < variables; layer++) {
        plain_layer(prover, layers[layer + 1], layer, point);
    }
    assert_ok(prom_writer_finish(&prover->proof, &proof, &test->error), &test->error);
    return proof;
}

#endif
