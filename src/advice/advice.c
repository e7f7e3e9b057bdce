#include "advice/advice.h"

#include "outlook/question.h"
#include "outlook/verdict.h"
#include "system/random.h"

#define ARENA_BYTES ((size_t)1 << 28)

prom_result prom_advice_begin(prom_advice *advice, prom_error *error)
{
    *advice = (prom_advice){.accepted = 0};
    prom_arena_init(&advice->arena, ARENA_BYTES);
    const prom_bytes32 blinding = prom_random_bytes32();
    return prom_curve_new(&advice->arena, &advice->curve, &blinding, error);
}

prom_result prom_advice_open(prom_advice *advice, const prom_advice_options *options, prom_error *error)
{
    PROM_TRY(prom_advice_begin(advice, error));
    PROM_TRY(prom_contract_risks_read(&advice->accepted, options->accept, error));
    PROM_TRY(prom_contract_file_read(&advice->arena, &advice->file, options->file, PROM_CONTRACT_ANY, error));
    PROM_TRY(prom_contract_question(&advice->question, &advice->arena, advice->curve, &advice->file, NULL, error));
    advice->question.rules = options->paper ? PROM_GAME_RULES_PAPER : PROM_GAME_RULES_CONTRACT;
    return prom_ok();
}

void prom_advice_free(prom_advice *advice)
{
    prom_arena_free(&advice->arena);
}

prom_advice_verdict prom_advice_verdict_of(const prom_game_solution *solution, uint32_t accepted)
{
    if (solution->bound.sentence[0] != '\0') {
        return PROM_VERDICT_BOUND;
    }
    if (prom_game_refusal(solution, accepted) != NULL) {
        return PROM_VERDICT_REFUSED;
    }
    return solution->finding_count > 0 ? PROM_VERDICT_WARNING : PROM_VERDICT_SAFE;
}

const char *prom_advice_verdict_name(prom_advice_verdict verdict)
{
    static const char *const names[] = {"safe", "warning", "refused", "bound"};
    return names[verdict];
}
