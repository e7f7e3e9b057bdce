/* What a complete signing session is good for: signatures on the disk, branches that can be published. */
#include "contract/signing_parts.h"

static prom_result check_complete(const prom_signing *signing, prom_error *error)
{
    return signing->complete ? prom_ok()
                             : prom_fail(error, PROM_CATEGORY_MISUSE, "the signatures of the tree are not complete");
}

prom_result prom_signing_write(prom_arena *arena, prom_span *signatures, const prom_signing *signing, prom_error *error)
{
    PROM_TRY(check_complete(signing, error));
    return prom_span_copy(arena, signatures, signing->signatures, error);
}

prom_result prom_signing_load(prom_signing *signing, prom_span signatures, prom_error *error)
{
    if (signing->complete || signatures.length != signing->count * sizeof(prom_signature)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%zu bytes of signatures cannot be loaded, where %zu belong",
                         signatures.length, signing->complete ? 0 : signing->count * sizeof(prom_signature));
    }
    for (size_t i = 0; i < signing->count; i++) {
        const struct branch *branch = &signing->branches[i];
        const prom_signature signature = prom_signature_at(signatures, i);
        if (!prom_signature_valid(signing->curve, &signature, prom_span_of32(&branch->hash),
                                  &branch->key->public_key)) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the stored signature of %s is not valid",
                             branch->tx->name);
        }
    }
    signing->signatures = signatures; /* all of them, or none */
    signing->complete = true;
    return prom_ok();
}

static prom_result misses(const struct branch *branch, const char *what, prom_error *error)
{
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s waits for %s, which is not there", branch->tx->name, what);
}

/* The one late signature that a branch waits for, if any: it must be there and valid. */
static prom_result add_late(const prom_signing *signing, prom_keyed_signature *keyed, size_t *count,
                            const struct branch *branch, const prom_publication *with, prom_error *error)
{
    const bool waits_for_V = (branch->tx->waits_for & PROM_WAITS_V) != 0;
    const char *what = waits_for_V ? "the verifier's signature" : "the arbiters' joint signature";
    const prom_signature *signature = waits_for_V ? with->V : with->Y;
    if ((branch->tx->waits_for & (PROM_WAITS_V | PROM_WAITS_Y)) == 0) {
        return prom_ok();
    }
    if (signature == NULL) {
        return misses(branch, what, error);
    }
    keyed->public_key = waits_for_V ? signing->terms->parties[PROM_PARTY_V].key : signing->terms->Y;
    keyed->signature = *signature;
    (*count)++;
    return prom_signature_valid(signing->curve, signature, prom_span_of32(&branch->hash), &keyed->public_key)
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s of %s is not valid", what, branch->tx->name);
}

static prom_result add_preimages(prom_bytes32 preimages[2], size_t *count, const struct branch *branch,
                                 const prom_publication *with, prom_error *error)
{
    if ((branch->tx->waits_for & PROM_WAITS_H_P) != 0) {
        PROM_TRY(with->h_p != NULL ? prom_ok() : misses(branch, "h_p", error));
        preimages[(*count)++] = *with->h_p;
    }
    if ((branch->tx->waits_for & PROM_WAITS_K_P) != 0) {
        PROM_TRY(with->k_p != NULL ? prom_ok() : misses(branch, "k_p", error));
        preimages[(*count)++] = *with->k_p;
    }
    return prom_ok();
}

prom_result prom_signing_finish(prom_arena *arena, prom_tx **finished, const prom_signing *signing,
                                const prom_tree_tx *tx, const prom_publication *with, prom_error *error)
{
    const size_t index = (size_t)(tx - signing->tree->tx) - PROM_TX1;
    prom_keyed_signature signatures[2]; /* ALL's and the late one */
    prom_bytes32 preimages[2];
    prom_satisfaction all = {.signatures = signatures, .signature_count = 1, .preimages = preimages};
    prom_tx *copy = NULL;
    PROM_TRY(check_complete(signing, error));
    if (index >= signing->count) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "%s is no branch of the tree", tx->name);
    }
    const struct branch *branch = &signing->branches[index];
    signatures[0] = (prom_keyed_signature){branch->key->public_key, prom_signature_at(signing->signatures, index)};
    PROM_TRY(add_late(signing, &signatures[1], &all.signature_count, branch, with, error));
    PROM_TRY(add_preimages(preimages, &all.preimage_count, branch, with, error));
    PROM_TRY(prom_tree_copy(arena, &copy, tx, error));
    PROM_TRY(prom_within(prom_tree_witness(arena, &copy->inputs[0], tx, 0, &all, error), error, "%s", tx->name));
    *finished = copy;
    return prom_ok();
}
