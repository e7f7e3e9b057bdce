#include "prometheus/proof/multilinear.h"
#include "proof/product.h"

prom_result prom_product_verify(const prom_verifier *verifier, size_t variables, const prom_extension *claim,
                                prom_extension *point, prom_extension *product, prom_error *error)
{
    product_begin(verifier->transcript, variables, claim);
    *product = *claim;
    for (size_t i = 0; i < variables; i++) {
        prom_extension sent[2];
        PROM_TRY(prom_verifier_receive(verifier, PRODUCT_ROUND, sent, 2, error));
        point[i] = product_challenge(verifier->transcript);
        /* The claim is 2 constant + linear + leading. */
        const prom_extension without_constant = prom_extension_subtract(product, &sent[0]);
        const prom_extension both = prom_extension_add(&sent[0], &sent[1]);
        const prom_extension linear = prom_extension_subtract(&without_constant, &both);
        *product = prom_quadratic_at(&sent[0], &linear, &sent[1], &point[i]);
    }
    return prom_ok();
}
