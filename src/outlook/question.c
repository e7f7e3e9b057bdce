#include "outlook/question.h"

#include "outlook/example.h"
#include "prometheus/scheme/scheme.h"

/* Measures the tree of valid terms. */
static prom_result measure(prom_game_sizes *sizes, prom_arena *arena, const prom_curve *curve, const prom_terms *terms,
                           prom_error *error)
{
    prom_tree *tree = NULL;
    PROM_TRY(prom_terms_check_base(curve, terms, error));
    PROM_TRY(prom_terms_check(curve, terms, error));
    PROM_TRY(prom_tree_build(curve, arena, &tree, terms, error));
    prom_game_sizes_of(sizes, tree, terms);
    return prom_ok();
}

static prom_result measure_example(prom_game_sizes *sizes, prom_arena *arena, const prom_curve *curve,
                                   const prom_terms *like, prom_error *error)
{
    const uint8_t n = like->P.n;
    const uint8_t arbiters = n < PROM_ARBITERS_MIN ? PROM_ARBITERS_MIN : n > PROM_ARBITERS_MAX ? PROM_ARBITERS_MAX : n;
    prom_terms example;
    PROM_TRY(prom_contract_example_parameters(curve, &example, prom_terms_network(like), arbiters, error));
    PROM_TRY(prom_contract_example_fill(curve, &example, error));
    return measure(sizes, arena, curve, &example, error);
}

static prom_result measure_terms(prom_game_sizes *sizes, prom_arena *arena, const prom_curve *curve,
                                 const prom_terms *terms, const prom_tree *tree, prom_error *error)
{
    if (tree != NULL) {
        prom_game_sizes_of(sizes, tree, terms);
        return prom_ok();
    }
    const prom_result result = measure(sizes, arena, curve, terms, error);
    return result.category == PROM_CATEGORY_BAD_INPUT ? measure_example(sizes, arena, curve, terms, error) : result;
}

prom_result prom_contract_question(prom_game_question *question, prom_arena *arena, const prom_curve *curve,
                                   const prom_contract_file *file, const prom_tree *tree, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_terms terms = file->terms;
    prom_arena_init_within(&scratch, arena);
    if (!file->whole) {
        PROM_TRY(prom_contract_example_fill(curve, &terms, error));
    } else if (prom_terms_network(&terms) == NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the terms are for no network that this program knows");
    }
    const prom_scheme *scheme = prom_scheme_by_number(terms.job.scheme);
    prom_game_question_of(question, curve, &terms, scheme != NULL && scheme->open_sample != NULL);
    question->setting = file->setting;
    PROM_TRY(measure_terms(&question->sizes, &scratch, curve, &terms, tree, error));
    return prom_within(prom_game_question_check(question, error), error, "the game");
}
