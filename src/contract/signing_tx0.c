#include "contract/signing_parts.h"

size_t prom_tx0_inputs(const prom_terms *terms, size_t place, size_t *first)
{
    if (place < PROM_PARTIES) {
        *first = prom_tree_party_input(terms, (prom_party)place);
        return terms->parties[place].coin_count;
    }
    *first = prom_tree_arbiter_input(terms, place - PROM_PARTIES);
    return 1;
}

static prom_result check_count(const prom_terms *terms, size_t place, prom_span signatures, size_t count,
                               prom_error *error)
{
    if (place >= PROM_PARTIES + terms->arbiter_count) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "there is no place %zu in this contract", place);
    }
    if (signatures.length != count * sizeof(prom_signature)) {
        char name[PROM_PLACE_NAME];
        return prom_fail(error, PROM_CATEGORY_PEER, "%s sent %zu bytes of signatures of Tx0 instead of %zu",
                         prom_place_name(name, place), signatures.length, count * sizeof(prom_signature));
    }
    return prom_ok();
}

prom_result prom_tx0_check(const prom_curve *curve, prom_arena *arena, const prom_terms *terms, const prom_tree *tree,
                           size_t place, prom_span signatures, prom_error *error)
{
    const prom_tree_tx *tx0 = &tree->tx[PROM_TX0];
    size_t first = 0;
    const size_t count = prom_tx0_inputs(terms, place, &first);
    PROM_TRY(check_count(terms, place, signatures, count, error));
    for (size_t i = 0; i < count; i++) {
        const prom_signature signature = prom_signature_at(signatures, i);
        prom_bytes32 hash;
        PROM_TRY(prom_tree_sighash(arena, &hash, tx0, first + i, error));
        if (!prom_signature_valid(curve, &signature, prom_span_of32(&hash), &tx0->descriptor[first + i]->output_key)) {
            char name[PROM_PLACE_NAME];
            return prom_fail(error, PROM_CATEGORY_PEER, "the signature of Tx0's input %zu by %s is not valid",
                             first + i, prom_place_name(name, place));
        }
    }
    return prom_ok();
}

prom_result prom_tx0_finish(prom_arena *arena, prom_tx **finished, const prom_terms *terms, const prom_tree *tree,
                            const prom_span signatures[PROM_PLACES_MAX], prom_error *error)
{
    const prom_tree_tx *tx0 = &tree->tx[PROM_TX0];
    prom_tx *copy = NULL;
    PROM_TRY(prom_tree_copy(arena, &copy, tx0, error));
    for (size_t place = 0; place < PROM_PARTIES + terms->arbiter_count; place++) {
        size_t first = 0;
        const size_t count = prom_tx0_inputs(terms, place, &first);
        PROM_TRY(check_count(terms, place, signatures[place], count, error));
        for (size_t i = first; i < first + count; i++) {
            const prom_keyed_signature keyed = {tx0->descriptor[i]->output_key,
                                                prom_signature_at(signatures[place], i - first)};
            const prom_satisfaction with = {&keyed, 1, NULL, 0};
            PROM_TRY(prom_tree_witness(arena, &copy->inputs[i], tx0, i, &with, error));
        }
    }
    *finished = copy;
    return prom_ok();
}
