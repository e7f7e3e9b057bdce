#include "prometheus/proof/multilinear.h"
#include "proof/product.h"

typedef struct product_sumcheck {
    const prom_field_kernels *kernels;
    prom_planes x;
    prom_planes y;
    size_t half;                 /* of the elements that the round is over */
    const prom_extension *folds; /* the challenge of the round before, with which to fold first; NULL: there is none */
    prom_extension *constants;   /* of each block */
    prom_extension *leadings;
} product_sumcheck;

static void do_block(void *argument, size_t index)
{
    const product_sumcheck *sumcheck = argument;
    const size_t count = prom_block_length(sumcheck->half);
    const size_t start = index * count;
    if (sumcheck->folds != NULL) {
        prom_fold_range(sumcheck->kernels, sumcheck->x, sumcheck->folds, 2 * sumcheck->half, start, count);
        prom_fold_range(sumcheck->kernels, sumcheck->y, sumcheck->folds, 2 * sumcheck->half, start, count);
        prom_fold_range(sumcheck->kernels, sumcheck->x, sumcheck->folds, 2 * sumcheck->half, sumcheck->half + start,
                        count);
        prom_fold_range(sumcheck->kernels, sumcheck->y, sumcheck->folds, 2 * sumcheck->half, sumcheck->half + start,
                        count);
    }
    sumcheck->kernels->round_of_products(&sumcheck->constants[index], &sumcheck->leadings[index],
                                         prom_planes_at(sumcheck->x, start), prom_planes_at(sumcheck->y, start),
                                         sumcheck->half, count);
}

/* The sum's polynomial in the round's variable, but for the linear coefficient. */
static void do_round(const prom_prover *prover, product_sumcheck *sumcheck, prom_extension sent[2])
{
    const size_t blocks = prom_block_count(sumcheck->half);
    prom_parallel_run(prover->parallel, do_block, sumcheck, blocks);
    sent[0] = prom_extension_zero();
    sent[1] = prom_extension_zero();
    for (size_t i = 0; i < blocks; i++) {
        sent[0] = prom_extension_add(&sent[0], &sumcheck->constants[i]);
        sent[1] = prom_extension_add(&sent[1], &sumcheck->leadings[i]);
    }
}

prom_result prom_product_prove(const prom_prover *prover, const prom_product_factors *factors,
                               const prom_extension *claim, prom_extension *point, prom_extension *x_value,
                               prom_extension *y_value, prom_error *error)
{
    const prom_planes x = factors->x;
    const prom_planes y = factors->y;
    const size_t variables = factors->variables;
    product_sumcheck sumcheck = {.kernels = prover->kernels, .x = x, .y = y};
    const size_t blocks = prom_block_count(((size_t)1 << variables) / 2);
    PROM_TRY_NEW(sumcheck.constants, prover->scratch, blocks, error);
    PROM_TRY_NEW(sumcheck.leadings, prover->scratch, blocks, error);
    product_begin(prover->transcript, variables, claim);
    for (size_t i = 0; i < variables; i++) {
        prom_extension sent[2];
        sumcheck.half = (size_t)1 << (variables - 1 - i);
        sumcheck.folds = i > 0 ? &point[i - 1] : NULL;
        do_round(prover, &sumcheck, sent);
        prom_prover_send(prover, PRODUCT_ROUND, sent, 2);
        point[i] = product_challenge(prover->transcript);
    }
    if (variables > 0) {
        prom_fold_range(prover->kernels, x, &point[variables - 1], 1, 0, 1);
        prom_fold_range(prover->kernels, y, &point[variables - 1], 1, 0, 1);
    }
    *x_value = prom_planes_get(x, 0);
    *y_value = prom_planes_get(y, 0);
    return prom_ok();
}
