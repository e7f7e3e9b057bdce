#include "proof/zero.h"

prom_result prom_zero_verify(const prom_verifier *verifier, size_t count, size_t variables, prom_extension *point,
                             prom_extension *product, prom_error *error)
{
    prom_extension place[64];
    prom_extension sent[PROM_ZERO_FACTORS_MAX];
    if (count < 1 || count > PROM_ZERO_FACTORS_MAX || variables > sizeof place / sizeof place[0]) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "a product of %zu factors of %zu variables", count, variables);
    }
    zero_begin(verifier->transcript, count, variables, place);
    *product = prom_extension_zero();
    for (size_t i = 0; i < variables; i++) {
        PROM_TRY(prom_verifier_receive(verifier, ZERO_ROUND, sent, count, error));
        point[i] = zero_challenge(verifier->transcript);
        *product = zero_next_claim(product, &place[i], sent, count, &point[i]);
    }
    return prom_ok();
}
