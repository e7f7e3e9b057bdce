#include "proof/fractions.h"

#include <string.h>

/* The sum of the children, combined. */
static prom_extension combined_sum(const prom_extension children[CHILD_VALUES], const prom_extension *combination)
{
    const prom_extension *q0 = &children[FIRST_DENOMINATOR];
    const prom_extension *q1 = &children[SECOND_DENOMINATOR];
    const prom_extension left = prom_extension_multiply(&children[FIRST_NUMERATOR], q1);
    const prom_extension right = prom_extension_multiply(&children[SECOND_NUMERATOR], q0);
    const prom_fraction sum = {prom_extension_add(&left, &right), prom_extension_multiply(q0, q1)};
    return fractions_combined(&sum, combination);
}

/* From the layer of 2^layer nodes to that of its children: the point gets a new first coordinate, and new others. */
static prom_result verify_layer(const prom_verifier *verifier, size_t layer, prom_extension *point,
                                prom_fraction *values, prom_error *error)
{
    prom_extension children[CHILD_VALUES];
    const prom_extension combination = fractions_combination(verifier->transcript);
    prom_extension claim = fractions_combined(values, &combination);
    for (size_t i = 0; i < layer; i++) {
        prom_extension sent[2];
        PROM_TRY(prom_verifier_receive(verifier, FRACTIONS_ROUND, sent, 2, error));
        const prom_extension challenge = fractions_point(verifier->transcript);
        claim = fractions_next_claim(&claim, &point[i], sent, &challenge);
        point[i] = challenge;
    }
    PROM_TRY(prom_verifier_receive(verifier, FRACTIONS_CHILDREN, children, CHILD_VALUES, error));
    const prom_extension sum = combined_sum(children, &combination);
    if (!prom_extension_equal(&sum, &claim)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the children do not add up to their nodes");
    }
    memmove(point + 1, point, layer * sizeof *point);
    point[0] = fractions_point(verifier->transcript);
    *values = fractions_of_children(children, &point[0]);
    return prom_ok();
}

prom_result prom_fractions_verify(const prom_verifier *verifier, size_t variables, prom_extension *point,
                                  prom_fraction *values, prom_error *error)
{
    fractions_begin(verifier->transcript, variables);
    values->numerator = prom_extension_zero();
    PROM_TRY(prom_verifier_receive(verifier, FRACTIONS_ROOT, &values->denominator, 1, error));
    if (prom_extension_is_zero(&values->denominator)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the proof's sum of fractions has a denominator of zero");
    }
    for (size_t layer = 0; layer < variables; layer++) {
        PROM_TRY(prom_within(verify_layer(verifier, layer, point, values, error), error,
                             "layer %zu of a sum of fractions", layer));
    }
    return prom_ok();
}
