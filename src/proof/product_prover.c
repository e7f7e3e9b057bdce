#include "prometheus/proof/multilinear.h"
#include "proof/product.h"

typedef struct round_work {
    const prom_field_kernels *kernels;
    prom_planes x;
    prom_planes y;
    size_t half;                 /* of the elements that the round is over */
    const prom_extension *folds; /* the challenge of the round before, with which to fold first; NULL: there is none */
    prom_extension *constants;   /* of each block */
    prom_extension *leadings;
} round_work;

static void do_block(void *argument, size_t index)
{
    const round_work *work = argument;
    const size_t count = prom_block_length(work->half);
    const size_t start = index * count;
    if (work->folds != NULL) {
        prom_fold_range(work->kernels, work->x, work->folds, 2 * work->half, start, count);
        prom_fold_range(work->kernels, work->y, work->folds, 2 * work->half, start, count);
        prom_fold_range(work->kernels, work->x, work->folds, 2 * work->half, work->half + start, count);
        prom_fold_range(work->kernels, work->y, work->folds, 2 * work->half, work->half + start, count);
    }
    work->kernels->round_of_products(&work->constants[index], &work->leadings[index], prom_planes_at(work->x, start),
                                     prom_planes_at(work->y, start), work->half, count);
}

/* The sum's polynomial in the round's variable, but for the linear coefficient. */
static void do_round(const prom_prover *prover, round_work *work, prom_extension sent[2])
{
    const size_t blocks = prom_block_count(work->half);
    prom_parallel_run(prover->parallel, do_block, work, blocks);
    sent[0] = prom_extension_zero();
    sent[1] = prom_extension_zero();
    for (size_t i = 0; i < blocks; i++) {
        sent[0] = prom_extension_add(&sent[0], &work->constants[i]);
        sent[1] = prom_extension_add(&sent[1], &work->leadings[i]);
    }
}

prom_result prom_product_prove(const prom_prover *prover, prom_planes x, prom_planes y, size_t variables,
                               const prom_extension *claim, prom_extension *point, prom_extension *x_value,
                               prom_extension *y_value, prom_error *error)
{
    round_work work = {.kernels = prover->kernels, .x = x, .y = y};
    const size_t blocks = prom_block_count(((size_t)1 << variables) / 2);
    PROM_TRY_NEW(work.constants, prover->scratch, blocks, error);
    PROM_TRY_NEW(work.leadings, prover->scratch, blocks, error);
    product_begin(prover->transcript, variables, claim);
    for (size_t i = 0; i < variables; i++) {
        prom_extension sent[2];
        work.half = (size_t)1 << (variables - 1 - i);
        work.folds = i > 0 ? &point[i - 1] : NULL;
        do_round(prover, &work, sent);
        prom_send(prover, PRODUCT_ROUND, sent, 2);
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
